"""What optbinning and fastwoe say of German credit.

The recorded numbers of ``notebooks/08``, printed as Python.
"""

import warnings
from importlib.metadata import version

import numpy as np
import pandas as pd
from fastwoe import FastWoe
from optbinning import BinningProcess, OptimalBinning, Scorecard
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import RepeatedStratifiedKFold

from infotheory.datasets import load_german_credit

warnings.filterwarnings("ignore")  # the peers' own deprecations

NAMES = [
    "duration_in_month",
    "credit_amount",
    "status_of_existing_checking_account",
    "savings_account_and_bonds",
]
KEPT = ("name", "dtype", "special_codes", "splits", "categories", "cat_others")
COUNTS = {"a": (200, 20), "b": (150, 40), "c": (100, 60), "d": (30, 0)}  # level d has no events


def plain(value: object) -> object:
    """Turn arrays of numpy and pandas into lists, which print as Python."""
    return (
        [plain(item) for item in value]
        if hasattr(value, "__iter__") and not isinstance(value, str)
        else value
    )


def one_sided() -> tuple[pd.Series, pd.Series]:
    """Rows of a characteristic whose last level holds non-events only."""
    levels, y = zip(
        *((k, c) for k, pair in COUNTS.items() for c in (0, 1) for _ in range(pair[c])), strict=True
    )
    return pd.Series(levels, name="level"), pd.Series(y, name="bad")


def held_out_value(x: pd.Series, y: pd.Series) -> float:
    """Mean over folds of sum (p - q) WoE with the weights of evidence of the other folds."""
    values = []
    for train, test in RepeatedStratifiedKFold(n_splits=5, n_repeats=10, random_state=0).split(
        x, y
    ):
        binning = OptimalBinning().fit(x.iloc[train].to_numpy(), y.iloc[train].to_numpy())
        woe, target = (
            binning.transform(x.iloc[test].to_numpy(), metric="woe"),
            y.iloc[test].to_numpy(),
        )
        values.append(woe[target == 0].mean() - woe[target == 1].mean())
    return float(np.mean(values))


def print_optbinning(X: pd.DataFrame, y: pd.Series) -> None:
    card = Scorecard(
        BinningProcess(NAMES, categorical_variables=NAMES[2:]),
        LogisticRegression(C=1e6, max_iter=10_000),
        scaling_method="pdo_odds",
        scaling_method_params={"pdo": 20, "odds": 50, "scorecard_points": 600},
    ).fit(X[NAMES], y)
    table = card.table(style="summary")
    for name, label, points in table[["Variable", "Bin", "Points"]].itertuples(index=False):
        print(f"{name:36} {plain(label)!s:60} {points:.6f}")
    for name in NAMES:
        binning = card.binning_process_.get_binned_variable(name)
        kept = binning.to_dict()
        print(
            name,
            "IV",
            round(binning.binning_table.iv, 10),
            {key: str(plain(kept[key])) for key in KEPT},
        )
    print("scores", card.score(X[NAMES])[:8].round(6).tolist())
    print("coefficients", card.estimator_.coef_.round(6).tolist())
    free = OptimalBinning(monotonic_trend=None).fit(X[NAMES[0]].to_numpy(), y.to_numpy())
    free.binning_table.build()
    print(NAMES[0], "IV without a trend", free.binning_table.iv)
    print("held out", {name: held_out_value(X[name], y) for name in NAMES[:2]})
    level, bad = one_sided()
    binning = OptimalBinning(dtype="categorical", min_prebin_size=0.01).fit(
        level.to_numpy(), bad.to_numpy()
    )
    print(binning.binning_table.build()[["Bin", "Count", "WoE", "IV"]])


def print_fastwoe(X: pd.DataFrame, y: pd.Series) -> None:
    encoder = FastWoe()
    encoder.fit(X, y)
    for name in X:
        print(encoder.get_mapping(name)[["category", "woe", "woe_se"]].round(6))
    print(encoder.get_iv_analysis().to_dict("records"))


def main() -> None:
    """Print the records."""
    X, y = load_german_credit()
    print("optbinning", version("optbinning"))
    print_optbinning(X, y)
    print("fastwoe", version("fastwoe"))
    print_fastwoe(X[NAMES[3:]], y)
    level, bad = one_sided()
    print_fastwoe(level.to_frame(), bad)


if __name__ == "__main__":
    main()

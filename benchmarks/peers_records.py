"""What optbinning and fastwoe say of German credit: the recorded numbers of ``notebooks/08``, printed as Python."""

import warnings
from importlib.metadata import version
from pprint import pprint

import numpy as np
import pandas as pd
from fastwoe import FastWoe
from optbinning import BinningProcess, OptimalBinning, Scorecard
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import RepeatedStratifiedKFold

from infotheory.datasets import load_german_credit

warnings.filterwarnings("ignore")  # the peers' own deprecations

NAMES = ["duration_in_month", "credit_amount", "status_of_existing_checking_account", "savings_account_and_bonds"]
KEPT = ("name", "dtype", "special_codes", "splits", "categories", "cat_others")
COUNTS = {"a": (200, 20), "b": (150, 40), "c": (100, 60), "d": (30, 0)}  # level d has no events


def plain(value: object) -> object:
    if isinstance(value, np.ndarray):
        return [plain(item) for item in value.tolist()]
    return [plain(item) for item in value] if isinstance(value, list) else value


def one_sided() -> tuple[pd.Series, pd.Series]:
    """Rows of a characteristic whose last level holds non-events only."""
    levels, y = zip(*((k, c) for k, pair in COUNTS.items() for c in (0, 1) for _ in range(pair[c])), strict=True)
    return pd.Series(levels, name="level"), pd.Series(y, name="bad")


def held_out_value(x: pd.Series, y: pd.Series) -> float:
    """Mean over folds of sum (p - q) WoE with the weights of evidence of the other folds."""
    values = []
    for train, test in RepeatedStratifiedKFold(n_splits=5, n_repeats=10, random_state=0).split(x, y):
        binning = OptimalBinning().fit(x.iloc[train].to_numpy(), y.iloc[train].to_numpy())
        woe, target = binning.transform(x.iloc[test].to_numpy(), metric="woe"), y.iloc[test].to_numpy()
        values.append(woe[target == 0].mean() - woe[target == 1].mean())
    return float(np.mean(values))


def main() -> None:
    """Print the records."""
    X, y = load_german_credit()
    print("optbinning", version("optbinning"), "fastwoe", version("fastwoe"))
    card = Scorecard(
        BinningProcess(NAMES, categorical_variables=NAMES[2:]),
        LogisticRegression(C=1e6, max_iter=10_000),
        scaling_method="pdo_odds",
        scaling_method_params={"pdo": 20, "odds": 50, "scorecard_points": 600},
    ).fit(X[NAMES], y)
    table = card.table(style="summary").assign(Bin=lambda t: t["Bin"].map(plain))
    pprint(table.round(6).to_dict("list"), width=110, compact=True)
    binnings = [card.binning_process_.get_binned_variable(name).to_dict() for name in NAMES]
    pprint([{key: plain(binning[key]) for key in KEPT} for binning in binnings], width=110, compact=True)
    print("iv", {b["name"]: None for b in binnings}, card.binning_process_.summary()[["name", "iv"]].to_dict("list"))
    print("scores", card.score(X[NAMES])[:8].round(6).tolist())
    print("coefficients", card.estimator_.coef_.round(6).tolist(), card.estimator_.intercept_.tolist())
    free = OptimalBinning(monotonic_trend=None).fit(X[NAMES[0]].to_numpy(), y.to_numpy())
    free.binning_table.build()
    print("duration without a trend", free.binning_table.iv)
    print("held out", {name: held_out_value(X[name], y) for name in NAMES[:2]})
    level, bad = one_sided()
    theirs = OptimalBinning(dtype="categorical", min_bin_n_event=None, min_prebin_size=0.01, monotonic_trend=None)
    pairs = OptimalBinning(
        dtype="categorical", user_splits=np.array([["a"], ["b"], ["c"], ["d"]], dtype=object), min_prebin_size=0.001
    )
    for binning in (theirs, pairs):
        binning.fit(level.to_numpy(), bad.to_numpy())
        print(binning.binning_table.build()[["Bin", "Count", "WoE", "IV"]])
    woe = FastWoe()
    woe.fit(X[NAMES[3:]], y)
    print(woe.get_mapping(NAMES[3])[["category", "woe", "woe_se"]].round(6).to_dict("list"))
    print(woe.get_iv_analysis().to_dict("records"))
    woe = FastWoe()
    woe.fit(level.to_frame(), bad)
    print(
        woe.get_mapping("level")[["category", "woe", "woe_se"]].round(6).to_dict("list"),
        woe.get_iv_analysis().to_dict("records"),
    )


if __name__ == "__main__":
    main()

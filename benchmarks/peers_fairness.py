"""fairlearn's reductions on the rows, bins and measures of our fair scorecards.

What they reach on test rows.

Both reductions refit a logistic regression on the weights of evidence of bins without a budget;
race is used in the fit only. Grid search keeps one regression a multiplier; exponentiated gradient
mixes several at random, here by the mean of their probabilities, whose order decides who is
approved. Its constraint is on its own random decisions, whose ratio is printed too.
"""

import warnings
from collections.abc import Iterator
from importlib.metadata import version

import numpy as np
import pandas as pd
from fairlearn.reductions import DemographicParity, ExponentiatedGradient, GridSearch
from harness import record, sized
from numpy.typing import NDArray
from paper_sudjianto_burakov import Sample, compact, load_split, measure
from sklearn.linear_model import LogisticRegression

from infotheory.binning import OptimalBinner
from infotheory.evidence import adverse_impact_ratio

warnings.filterwarnings("ignore")  # the peer's own deprecations

Floats = NDArray[np.float64]

MULTIPLIERS = np.linspace(0.0, 0.9, 21)  # beyond, the regressions favour the other group
BOUNDS = (0.01, 0.03, 0.05, 0.1, 0.15, 0.2)


def weights_of_evidence(train: Sample, test: Sample) -> list[Floats]:
    """Return the training and test rows coded by bins without a budget."""
    binner = OptimalBinner(max_n_prebins=20, max_n_bins=6).fit(train.X, train.y)
    return [binner.transform(sample.X) for sample in (train, test)]


def grid_search(
    train: Sample, X: list[Floats], multipliers: Floats
) -> Iterator[tuple[str, list[Floats], None]]:
    """Return the scores on training and test rows for each multiplier of group 1."""
    index = pd.MultiIndex.from_product(
        [["+", "-"], ["all"], [0, 1]], names=["sign", "event", "group_id"]
    )
    grid = pd.DataFrame(0.0, index=index, columns=range(multipliers.size))
    grid.loc[("-", "all", 1)] = multipliers
    search = GridSearch(LogisticRegression(), DemographicParity(), grid=grid)
    search.fit(X[0], train.y, sensitive_features=train.race)
    for multiplier, predictor in zip(multipliers, search.predictors_, strict=True):
        yield (
            f"grid search, {multiplier:.3f}",
            [predictor.predict_proba(own)[:, 1] for own in X],
            None,
        )


def exponentiated_gradient(
    train: Sample, X: list[Floats]
) -> Iterator[tuple[str, list[Floats], NDArray[np.int64]]]:
    """Return the scores of the mixture of each bound, and its own decisions on the test rows."""
    for bound in BOUNDS:
        reduction = ExponentiatedGradient(
            LogisticRegression(), DemographicParity(difference_bound=bound)
        )
        reduction.fit(X[0], train.y, sensitive_features=train.race)
        scores = [
            sum(
                w * p.predict_proba(own)[:, 1]
                for w, p in zip(reduction.weights_, reduction.predictors_, strict=False)
            )
            for own in X
        ]
        yield f"exponentiated gradient, {bound}", scores, reduction.predict(X[1], random_state=0)


def over_splits(*, n_splits: int = 20) -> pd.DataFrame:
    """Return means of the grid search over splits, around an adverse impact ratio of 0.8."""
    rows = []
    for seed in range(n_splits):
        train, test = load_split(seed)
        for name, (fitted, score), _ in grid_search(
            train, weights_of_evidence(train, test), MULTIPLIERS[11:15]
        ):
            rows.append({"method": name} | measure(score, fitted, test).row())
    return (
        pd.DataFrame(rows)
        .groupby("method")[["auc", "adverse_impact_ratio", "iv_fair"]]
        .agg(["mean", "std"])
    )


def main() -> None:
    """Print the points."""
    train, test = load_split()
    X = weights_of_evidence(train, test)
    plain = LogisticRegression().fit(X[0], train.y)
    points: list[tuple[str, list[Floats], NDArray[np.int64] | None]] = [
        ("logistic, no constraint", [plain.predict_proba(own)[:, 1] for own in X], None)
    ]
    points += [*grid_search(train, X, MULTIPLIERS), *exponentiated_gradient(train, X)]
    rows = []
    for name, (fitted, score), decision in points:
        row = {"method": name} | measure(score, fitted, test).row()
        if decision is not None:
            ratio = adverse_impact_ratio(1 - decision, test.race)
            row |= {
                "own decisions: ratio": ratio.value,
                "approved by them": float(np.mean(decision == 0)),
            }
        rows.append(row)
    packages = ", ".join(
        f"{name} {version(name)}" for name in ("fairlearn", "scikit-learn", "numpy")
    )
    shown = compact(pd.DataFrame(rows)).round(3).rename(columns={"method": "case"})
    shown = shown.astype(object).where(shown.notna(), None)
    record(f"reductions beside fair bins, test rows ({packages})", shown.to_dict("records"))
    n_splits = sized(20, 2)
    print(f"\n## {n_splits} other splits of the rows\n")
    print(over_splits(n_splits=n_splits).round(3).to_string())


if __name__ == "__main__":
    main()

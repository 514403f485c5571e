"""Continuous estimators and transfer entropy beside scikit-learn and infomeasure, a thread each."""

from collections.abc import Callable
from importlib.util import find_spec

import numpy as np
from harness import compare, report, sized
from sklearn.feature_selection import mutual_info_classif, mutual_info_regression

from infotheory.estimation import estimate_entropy, estimate_mutual_information, transfer_entropy

Cases = dict[str, Callable[[], object]]


def warm_up() -> None:
    x = np.random.default_rng(0).normal(size=(50, 1))
    y, labels = x[:, 0] + np.arange(50) / 50, np.arange(50) % 2
    estimate_mutual_information(x, y, method="ksg")
    estimate_mutual_information(x, labels, method="ross")
    mutual_info_regression(x, y)
    mutual_info_classif(x, labels)
    transfer_entropy(labels, labels)


def measurements(rng: np.random.Generator, n_rows: int) -> None:
    x, noise = rng.normal(size=(2, n_rows))
    y = 0.6 * x + 0.8 * noise
    X = x[:, None]
    cases: Cases = {
        "infotheory ksg, with error": lambda: estimate_mutual_information(x, y, method="ksg"),
        "scikit-learn mutual_info_regression": lambda: mutual_info_regression(X, y, random_state=0),
        "infotheory gaussian_copula": lambda: estimate_mutual_information(
            x, y, method="gaussian_copula"
        ),
    }
    if find_spec("infomeasure") and n_rows <= 10_000:
        import infomeasure

        cases["infomeasure, metric"] = lambda: infomeasure.mutual_information(
            x, y, approach="metric", k=3
        )
    report(
        f"I(X;Y) of measurements, {n_rows:,} rows, 3 neighbours", compare(cases, warm_up=warm_up)
    )
    # Afterwards: memory that this process has held once is not counted in its children.
    ours = estimate_mutual_information(x, y, method="ksg").value
    assert abs(ours - mutual_info_regression(X, y, random_state=0)[0]) < 1e-4


def labels(rng: np.random.Generator, n_rows: int) -> None:
    y = rng.integers(0, 4, n_rows)
    x = rng.normal(size=n_rows) + y
    X = x[:, None]
    cases: Cases = {
        "infotheory ross, with error": lambda: estimate_mutual_information(x, y, method="ross"),
        "scikit-learn mutual_info_classif": lambda: mutual_info_classif(X, y, random_state=0),
    }
    report(
        f"I(X;Y) of a measurement and 4 labels, {n_rows:,} rows", compare(cases, warm_up=warm_up)
    )
    ours = estimate_mutual_information(x, y, method="ross").value
    assert abs(ours - mutual_info_classif(X, y, random_state=0)[0]) < 1e-4


def entropy(rng: np.random.Generator, n_rows: int) -> None:
    X = rng.normal(size=(n_rows, 3))
    cases: Cases = {
        "infotheory kozachenko_leonenko, with error": lambda: estimate_entropy(
            X, method="kozachenko_leonenko"
        ),
    }
    if find_spec("infomeasure"):
        import infomeasure

        cases["infomeasure, metric"] = lambda: infomeasure.entropy(X, approach="metric", k=3)
    report(f"differential entropy of 3 columns, {n_rows:,} rows", compare(cases, warm_up=warm_up))


def transfer(rng: np.random.Generator, n_steps: int) -> None:
    source = rng.integers(0, 4, n_steps)
    target = (np.r_[0, source[:-1]] + rng.integers(0, 2, n_steps)) % 4
    cases: Cases = {
        "infotheory, with error and test": lambda: transfer_entropy(source, target),
        "infotheory, 200 permutations": lambda: transfer_entropy(
            source, target, n_permutations=200, rng=0
        ),
    }
    if find_spec("infomeasure"):
        import infomeasure

        cases["infomeasure, value only"] = lambda: infomeasure.transfer_entropy(
            source, target, approach="discrete"
        )
    report(f"transfer entropy, {n_steps:,} steps, 4 labels", compare(cases, warm_up=warm_up))


def main() -> None:
    rng = np.random.default_rng(0)
    for n_rows in sized((10_000, 100_000), (1000,)):
        measurements(rng, n_rows)
        labels(rng, n_rows)
        entropy(rng, n_rows)
        transfer(rng, n_rows)


if __name__ == "__main__":
    main()

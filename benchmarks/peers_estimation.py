"""Estimates from samples and the lattice, beside scikit-learn and what else is installed."""

import warnings
from collections.abc import Callable
from importlib.util import find_spec

import numpy as np
from harness import compare, report, sized
from sklearn.metrics import mutual_info_score

from infotheory.estimation import (
    estimate_conditional_mutual_information,
    estimate_mutual_information,
    pairwise_mutual_information,
)
from infotheory.exceptions import WithheldWarning
from infotheory.lattice import Information

N_ROWS = sized(1_000_000, 20_000)
SIZE = f"{N_ROWS:,}"
Cases = dict[str, Callable[[], object]]


def warm_up() -> None:
    small = np.arange(100) % 4
    estimate_mutual_information(small, small)
    warnings.simplefilter("ignore", WithheldWarning)  # of few rows, here and in large alphabets
    estimate_mutual_information([0, 10**15], [0, 1])  # the hash path
    mutual_info_score(small, small)
    pairwise_mutual_information(np.column_stack([small, small]))


def mutual_information(rng: np.random.Generator) -> None:
    x = rng.integers(0, 16, N_ROWS)
    y = (x + rng.integers(0, 14, N_ROWS)) % 16
    cases: Cases = {
        "infotheory, with error and test": lambda: estimate_mutual_information(x, y),
        "scikit-learn mutual_info_score": lambda: mutual_info_score(x, y),
    }
    if find_spec("infomeasure"):
        import infomeasure

        cases["infomeasure"] = lambda: infomeasure.mutual_information(x, y, approach="discrete")
    if find_spec("pyitlib"):
        from pyitlib import discrete_random_variable as drv

        cases["pyitlib"] = lambda: drv.information_mutual(x, y)
    report(f"I(X;Y), {SIZE} samples, 16 x 16 labels", compare(cases, warm_up=warm_up))


def same_values(rng: np.random.Generator) -> None:
    """Run last: memory that this process has held once is not counted in its children."""
    x, y = rng.integers(0, 16, (2, N_ROWS))
    assert abs(estimate_mutual_information(x, y).value - mutual_info_score(x, y)) < 1e-12


def conditional(rng: np.random.Generator) -> None:
    x, y, z = rng.integers(0, 8, (3, N_ROWS))
    cases: Cases = {
        "infotheory, with error and test": lambda: estimate_conditional_mutual_information(x, y, z),
        "scikit-learn, a call for each stratum": lambda: sum(
            np.mean(z == k) * mutual_info_score(x[z == k], y[z == k]) for k in range(8)
        ),
    }
    if find_spec("infomeasure"):
        import infomeasure

        cases["infomeasure"] = lambda: infomeasure.mutual_information(
            x, y, cond=z, approach="discrete"
        )
    if find_spec("pyitlib"):
        from pyitlib import discrete_random_variable as drv

        cases["pyitlib"] = lambda: drv.information_mutual_conditional(x, y, z)
    report(f"I(X;Y|Z), {SIZE} samples, 8 x 8 x 8 labels", compare(cases, warm_up=warm_up))


def large_alphabets(rng: np.random.Generator) -> None:
    x, y = rng.integers(0, 100_000, (2, N_ROWS))
    cases: Cases = {
        "infotheory, with error": lambda: estimate_mutual_information(x, y),
        "scikit-learn mutual_info_score": lambda: mutual_info_score(x, y),
    }
    report(
        f"I(X;Y), {SIZE} samples, 10^5 x 10^5 possible cells",
        compare(cases, repeats=3, warm_up=warm_up),
    )


def pairs(rng: np.random.Generator) -> None:
    X = rng.integers(0, 8, (N_ROWS // 10, 100))
    cases: Cases = {
        "infotheory, 4950 pairs with errors": lambda: pairwise_mutual_information(X),
        "scikit-learn, 50 of the 4950 pairs": lambda: [
            mutual_info_score(X[:, 0], X[:, j]) for j in range(50)
        ],
    }
    report(
        f"matrix of 100 columns x {len(X):,} rows, 8 levels",
        compare(cases, repeats=3, warm_up=warm_up),
    )


def lattice(rng: np.random.Generator) -> None:
    x, y = (Information.from_labels(rng.integers(0, 100_000, N_ROWS)) for _ in range(2))
    cases: Cases = {"meet": lambda: x & y, "join": lambda: x | y, "order": lambda: x <= y}
    report(f"lattice, {SIZE} atoms with 10^5 labels", compare(cases, repeats=3, warm_up=warm_up))


def main() -> None:
    rng = np.random.default_rng(0)
    for benchmark in (
        mutual_information,
        conditional,
        large_alphabets,
        pairs,
        lattice,
        same_values,
    ):
        benchmark(rng)


if __name__ == "__main__":
    main()

"""Measures of series and of many variables, beside thoi, hoi, pyinform and scipy's trees."""

from collections.abc import Callable
from importlib.util import find_spec

import numpy as np
from harness import Row, compare, record, report, sized
from scipy import special
from scipy.spatial import KDTree

from infotheory.estimation import (
    estimate_conditional_mutual_information,
    higher_order_information,
    transfer_entropy,
    transfer_network,
)
from infotheory.estimation.measurements._conditional_neighbors import ConditionalNeighbors

Cases = dict[str, Callable[[], object]]


def many_variables(rng: np.random.Generator) -> None:
    n_rows = sized(10_000, 1000)
    X = rng.normal(size=(n_rows, 20))
    X[:, 2] += X[:, 0] + X[:, 1]
    X[:, 5:9] += rng.normal(size=(n_rows, 1))
    cases: Cases = {
        "infotheory, with errors": lambda: higher_order_information(X, sizes=(3, 4)),
    }
    warm_ups: Cases = {
        "infotheory, with errors": lambda: higher_order_information(X[:100, :4]),
    }
    if find_spec("thoi"):
        import torch
        from thoi.measures.gaussian_copula import multi_order_measures

        torch.set_num_threads(1)
        cases["thoi, without"] = lambda: multi_order_measures(X, min_order=3, max_order=4)
        warm_ups["thoi, without"] = lambda: multi_order_measures(
            X[:100, :4], min_order=3, max_order=4
        )
    report(
        f"20 variables, {n_rows:,} rows, 5985 triplets and quadruplets",
        compare(cases, warm_up=warm_ups),
    )
    # Afterwards: memory that this process has held once is not counted in its children.
    if "thoi, without" in cases:
        theirs = np.sort(np.asarray(cases["thoi, without"]()["o"]))  # type: ignore[index]
        ours = np.sort(higher_order_information(X, sizes=(3, 4)).o_information)
        print(f"largest difference of the O-information: {np.abs(theirs - ours).max():.1e}")
    if find_spec("hoi"):
        # JAX does not survive a fork: it comes last, and in this process.
        from time import process_time

        from hoi.metrics import Oinfo

        def seconds(function: Callable[[], object]) -> float:
            start = process_time()
            function()
            return process_time() - start

        theirs_s = min(
            seconds(lambda: Oinfo(X, verbose=False).fit(minsize=3, maxsize=4, method="gc"))
            for _ in range(2)
        )
        ours_s = min(seconds(cases["infotheory, with errors"]) for _ in range(5))
        rows: list[Row] = [
            {"case": "infotheory, with errors", "cpu_s": ours_s, "cpu_ratio": 1.0},
            {"case": "hoi, without", "cpu_s": theirs_s, "cpu_ratio": theirs_s / ours_s},
        ]
        record(f"the same multiplets of {n_rows:,} rows, in one process", rows)


def by_trees(x: np.ndarray, y: np.ndarray, z: np.ndarray, k: int) -> float:
    """Frenzel and Pompe's estimate by scipy's trees."""
    radius = KDTree(np.hstack([x, y, z])).query(np.hstack([x, y, z]), k + 1, p=np.inf)[0][:, -1]
    radius = np.nextafter(radius, 0)
    n_xz, n_yz, n_z = (
        KDTree(m).query_ball_point(m, radius, p=np.inf, return_length=True)
        for m in (np.hstack([x, z]), np.hstack([y, z]), z)
    )
    return float(special.psi(k) + np.mean(special.psi(n_z) - special.psi(n_xz) - special.psi(n_yz)))


def neighbours(rng: np.random.Generator) -> None:
    """One evaluation of a network: y and the condition are fixed, x is one of many candidates."""
    n_rows = sized(10_000, 1000)
    z = rng.normal(size=(n_rows, 5))
    x, y = rng.normal(size=(2, n_rows, 1)) + z[:, :1]
    x, y, z = ((a - a.mean(axis=0)) / a.std(axis=0) for a in (x, y, z))
    given = ConditionalNeighbors(y, z, 4)
    assert abs(given.terms(x).values.mean() - by_trees(x, y, z, 4)) < 1e-12
    single = {"method": "ksg", "n_neighbors": 4}
    cases: Cases = {
        "infotheory, a candidate or surrogate": lambda: given.terms(x),
        "scipy's trees": lambda: by_trees(x, y, z, 4),
        "infotheory, a call by itself, with error": lambda: estimate_conditional_mutual_information(
            x, y, z, **single
        ),
    }
    report(f"ksg given 5 conditions, {n_rows:,} rows", compare(cases, repeats=3))


def labels(rng: np.random.Generator) -> None:
    source = rng.integers(2, size=sized(10**6, 10**4))
    target = np.roll(source, 1) ^ (rng.random(source.size) < 0.1)
    ours_of, long = "infotheory, with error and test", 200_000  # such have kernels of their own
    cases: Cases = {ours_of: lambda: transfer_entropy(source, target)}
    warm_ups: Cases = {ours_of: lambda: transfer_entropy(source[:long], target[:long])}
    if find_spec("pyinform"):
        from pyinform import transfer_entropy as theirs

        cases["pyinform"] = lambda: theirs(source, target, 1)
        warm_ups["pyinform"] = lambda: theirs(source[:long], target[:long], 1)
    report(
        f"transfer entropy, {source.size:,} steps of 2 labels",
        compare(cases, repeats=3, warm_up=warm_ups),
    )
    if "pyinform" in cases:
        ours = transfer_entropy(source, target, base=2).value
        assert abs(theirs(source, target, 1) - ours) < 1e-9


def network(rng: np.random.Generator) -> None:
    X = rng.normal(size=(sized(10_000, 500), 20))
    cases: Cases = {"infotheory": lambda: transfer_network(X, max_lag=5, rng=0)}
    report(
        f"Gaussian network of 20 series, {len(X):,} steps, 5 lags",
        compare(cases, repeats=3, warm_up=lambda: transfer_network(X[:500, :3], max_lag=1, rng=0)),
    )


def main() -> None:
    rng = np.random.default_rng(0)
    for benchmark in (labels, neighbours, network, many_variables):
        benchmark(rng)


if __name__ == "__main__":
    main()

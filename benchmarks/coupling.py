"""Minimum entropy coupling: times, growth to 10^6, a plain-Python greedy, quality of encoders.

Writes the growth as a figure to benchmarks/coupling_growth.png. The first call is timed in fresh
interpreters: with an empty compile cache, then with the cache that this left on disk.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import mean, median

import numpy as np
from matplotlib.figure import Figure

from infotheory.coupling import entropy_bounded_information, minimum_entropy_coupling

FIRST_CALL = """
import time
start = time.perf_counter()
from infotheory.coupling import minimum_entropy_coupling
imported = time.perf_counter()
minimum_entropy_coupling([0.5, 0.5], [0.6, 0.4])
print(f"{imported - start:.2f} s import, {time.perf_counter() - imported:.2f} s first call")
"""


def pmf(rng: np.random.Generator, size: int) -> np.ndarray:
    weights = rng.exponential(size=size)
    return weights / weights.sum()


def seconds(function: Callable[[], object], repeats: int = 5) -> float:
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return median(times)


def plain_greedy(p: np.ndarray, q: np.ndarray) -> list[tuple[int, int, float]]:
    """Greedy coupling that scans for the largest masses: O(n^2)."""
    left, right, cells = p.tolist(), q.tolist(), []
    while max(left) > 1e-15 and max(right) > 1e-15:
        i, j = left.index(max(left)), right.index(max(right))
        mass = min(left[i], right[j])
        cells.append((i, j, mass))
        left[i] -= mass
        right[j] -= mass
    return cells


def first_call() -> None:
    with tempfile.TemporaryDirectory() as cache:
        environment = {**os.environ, "NUMBA_CACHE_DIR": cache}
        for name in ("compiled", "from the cache on disk"):
            done = subprocess.run(
                [sys.executable, "-c", FIRST_CALL],
                env=environment,
                capture_output=True,
                text=True,
                check=True,
            )
            print(f"greedy, {name:24} {done.stdout.strip()}")


def growth(rng: np.random.Generator) -> None:
    sizes = [10**3, 10**4, 10**5, 10**6]
    curves: dict[str, list[float]] = {"greedy": [], "sorting both": [], "EBIM Algorithm 1": []}
    print("\n## growth (median seconds)\n")
    print(f"{'n':>9} " + " ".join(f"{name:>18}" for name in curves) + f" {'greedy / sorting':>18}")
    for size in sizes:
        p, q = pmf(rng, size), pmf(rng, size)
        curves["greedy"].append(seconds(lambda p=p, q=q: minimum_entropy_coupling(p, q)))
        curves["sorting both"].append(
            seconds(lambda p=p, q=q: [np.argsort(-x, kind="stable") for x in (p, q)])
        )
        curves["EBIM Algorithm 1"].append(
            seconds(lambda p=p: entropy_bounded_information(p, 3.0, method="algorithm1", base=2))
        )
        row = " ".join(f"{values[-1]:18.5f}" for values in curves.values())
        print(f"{size:9d} {row} {curves['greedy'][-1] / curves['sorting both'][-1]:18.1f}")
    ax = Figure(figsize=(5.4, 3.6), layout="constrained").add_subplot()
    for (name, values), mark in zip(curves.items(), "os^", strict=True):
        ax.loglog(sizes, values, marker=mark, label=name)
    ax.set(xlabel="symbols of each marginal", ylabel="seconds")
    ax.legend(frameon=False)
    ax.figure.savefig(Path(__file__).with_name("coupling_growth.png"), dpi=150)


def plain(rng: np.random.Generator) -> None:
    print("\n## plain-Python greedy\n")
    for size in (300, 3000):
        p, q = pmf(rng, size), pmf(rng, size)
        ours = seconds(lambda p=p, q=q: minimum_entropy_coupling(p, q))
        theirs = seconds(lambda p=p, q=q: plain_greedy(p, q), repeats=1)
        masses = np.array([mass for _, _, mass in plain_greedy(p, q)])
        entropy = -(masses * np.log(masses)).sum()
        difference = abs(entropy - minimum_entropy_coupling(p, q).entropy)
        print(f"n = {size:5d}: ours {ours:.5f} s, plain {theirs:.3f} s ({theirs / ours:.0f} times)")
        print(f"           entropies differ by {difference:.1e} nats")


def encoders(rng: np.random.Generator) -> None:
    print("\n## mean rate gap R - I(X;T) in bits\n")
    for size, trials in ((8, 100), (60, 300)):
        methods = ["algorithm1", "search", "best"] + (["exact"] if size <= 8 else [])
        gaps: dict[str, list[float]] = {method: [] for method in methods}
        for _ in range(trials):
            p = pmf(rng, size)
            rate = rng.uniform(0.1, 0.95) * -(p * np.log2(p)).sum()
            for method in methods:
                found = entropy_bounded_information(p, rate, method=method, base=2)
                gaps[method].append(rate - found.information)
        row = ", ".join(f"{method} {mean(values):.2e}" for method, values in gaps.items())
        print(
            f"n = {size:3d}: {row}; algorithm1 / best = "
            f"{mean(gaps['algorithm1']) / mean(gaps['best']):.0f}"
        )


def main() -> None:
    rng = np.random.default_rng(0)
    first_call()
    growth(rng)
    many = [pmf(rng, 10**5) for _ in range(10)]
    print(
        "\nten marginals of 10^5: "
        f"{seconds(lambda: minimum_entropy_coupling(*many), repeats=3):.2f} s"
    )
    for size in (6, 8):
        pairs = [(pmf(rng, size), pmf(rng, size)) for _ in range(50)]
        times = [
            seconds(lambda p=p, q=q: minimum_entropy_coupling(p, q, method="exact"), 3)
            for p, q in pairs
        ]
        print(
            f"exact {size} x {size}: median {1e3 * median(times):.2f} ms, worst of 50 "
            f"{1e3 * max(times):.1f} ms"
        )
    plain(rng)
    encoders(rng)


if __name__ == "__main__":
    main()

"""Minimum entropy coupling: times, a greedy one in plain Python, quality of encoders."""

import time
from collections.abc import Callable
from statistics import mean, median

import numpy as np
from harness import Row, record, sized

from infotheory.coupling import entropy_bounded_information, minimum_entropy_coupling


def pmf(rng: np.random.Generator, size: int) -> np.ndarray:
    weights = rng.exponential(size=size)
    return weights / weights.sum()


def seconds(function: Callable[[], object], repeats: int = 5) -> float:
    """Return the median seconds of the processor."""
    times = []
    for _ in range(repeats):
        start = time.process_time()
        function()
        times.append(time.process_time() - start)
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


def plain(rng: np.random.Generator) -> None:
    for size in sized((300, 3000), (300,)):
        p, q = pmf(rng, size), pmf(rng, size)
        ours = seconds(lambda p=p, q=q: minimum_entropy_coupling(p, q))
        theirs = seconds(lambda p=p, q=q: plain_greedy(p, q), repeats=1)
        masses = np.array([mass for _, _, mass in plain_greedy(p, q)])
        entropy = -(masses * np.log(masses)).sum()
        difference = abs(entropy - minimum_entropy_coupling(p, q).entropy)
        rows: list[Row] = [
            {"case": "infotheory, greedy", "cpu_s": ours, "cpu_ratio": 1.0},
            {"case": "greedy in plain Python", "cpu_s": theirs, "cpu_ratio": theirs / ours},
        ]
        record(
            f"coupling of {size} x {size} symbols",
            rows,
            f"The entropies differ by {difference:.1e} nats.",
        )


def encoders(rng: np.random.Generator) -> None:
    for size, trials in sized(((8, 100), (60, 300)), ((8, 10),)):
        methods = ["algorithm1", "search", "best"] + (["exact"] if size <= 8 else [])
        gaps: dict[str, list[float]] = {method: [] for method in methods}
        for _ in range(trials):
            p = pmf(rng, size)
            rate = rng.uniform(0.1, 0.95) * -(p * np.log2(p)).sum()
            for method in methods:
                found = entropy_bounded_information(p, rate, method=method, base=2)
                gaps[method].append(rate - found.information)
        rows: list[Row] = [
            {"case": method, "mean of rate - information, bits": mean(values)}
            for method, values in gaps.items()
        ]
        record(f"encoders of {size} symbols, {trials} laws", rows)


def sizes(rng: np.random.Generator) -> None:
    n = sized(10**5, 10**3)
    many = [pmf(rng, n) for _ in range(10)]
    rows: list[Row] = [
        {
            "case": f"greedy, ten marginals of {n:,}",
            "cpu_s": seconds(lambda: minimum_entropy_coupling(*many), repeats=3),
        }
    ]
    for size in (6, 8):
        pairs = [(pmf(rng, size), pmf(rng, size)) for _ in range(sized(50, 5))]
        times = [
            seconds(lambda p=p, q=q: minimum_entropy_coupling(p, q, method="exact"), 3)
            for p, q in pairs
        ]
        rows.append(
            {"case": f"exact, {size} x {size}", "cpu_s": median(times), "worst cpu_s": max(times)}
        )
    record("several marginals, and exact couplings", rows)


def main() -> None:
    rng = np.random.default_rng(0)
    minimum_entropy_coupling([0.5, 0.5], [0.6, 0.4], method="exact")
    entropy_bounded_information([0.5, 0.3, 0.2], 0.5)
    for part in (sizes, plain, encoders):
        part(rng)


if __name__ == "__main__":
    main()

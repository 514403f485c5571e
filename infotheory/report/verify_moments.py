"""The part of ``verify_report.py`` for divergences of few rows: exact moments, inverted.

It lies beside the script, which loads it, and imports numpy and scipy only. Counts of a sample are
Poisson counts given their total (Morris 1975). Along laws that lead from equal shares through those
that were seen, mean, variance and third moment of the divergence with half a row more in each bin
are sums over counts; a gamma law with these moments says how likely so much is (Chuang, Lai 2000).
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

__all__ = ["exact_moment_ends"]

Array = NDArray[np.float64]
HALF = 0.5

#: How far laws lie from equal shares: 0 there, 1 at the shares that were seen.
STEPS = np.array([0.0, 0.25, 0.5, 0.75, 1.0, 1.3, 1.65, 2.1, 2.7, 3.6, 5.0, 7.5, 12.0, 25.0, 60.0])
#: Counts of a larger mean are summed at the nodes of a rule of Gauss and Hermite.
MANY = 12.0
NODES, NODE_WEIGHTS = np.polynomial.hermite_e.hermegauss(6)
#: Rows that are expected where a sample has none: from here nothing bounds a divergence above.
SURELY = 3.0


class _Path(NamedTuple):
    """Divergence of each law, and how likely it makes the statistic, or its median, or more."""

    divergence: Array
    above: Array
    above_median: Array


def exact_moment_ends(
    first: Array, second: Array, p_value: float, level: float
) -> tuple[float, float]:
    """Return the ends of a divergence by bin; ``p_value`` is that of equal shares."""
    n, m, k = float(first.sum()), float(second.sum()), first.size
    # half a row of the smaller sample, and as much of the larger one as keeps their ratio
    halves = n / (2.0 * min(n, m)), m / (2.0 * min(n, m))
    rare = np.minimum(1.0, k * (first + second) / (n + m))
    paths = [_path(first, second, halves, parts) for parts in (np.ones(k), rare)]

    tail, low = HALF - level / 2.0, 0.0
    if p_value <= tail:
        sides = 2.0 if first.max() == n or second.max() == m else 1.0
        low = min(_where(path.divergence, path.above, tail / sides) for path in paths)
    expected = np.where(second == 0.0, m * first / n, n * second / m)
    if (((first == 0.0) | (second == 0.0)) & (expected >= SURELY)).any():
        return low, math.inf
    return low, max(_where(path.divergence, path.above_median, 1.0 - tail) for path in paths)


def _path(first: Array, second: Array, halves: tuple[float, float], parts: Array) -> _Path:
    """Follow the laws from equal shares; ``parts`` of the halves shape them."""
    n, m = float(first.sum()), float(second.sum())
    p, q = first + halves[0], second + halves[1]
    statistic = float(_jeffreys(p / p.sum(), q / q.sum()).sum())

    p, q = first + halves[0] * parts, second + halves[1] * parts
    p, q = p / p.sum(), q / q.sum()
    way = np.log(q) - np.log(p)
    noise = (p.size - 1.0) * (n + m) / (n * m)
    seen = float(((q - p) * way).sum())
    if seen < 1e-9 * noise:  # equal shares point nowhere
        way = np.linspace(-1.0, 1.0, p.size) * math.sqrt(noise)
        seen = float(((special.softmax(np.log(p) + way) - p) * way).sum())
    steps = STEPS[:, None] * max(1.0, math.sqrt(0.25 * noise / seen))
    pull = m / (n + m)
    log_p = special.log_softmax(np.log(p) + pull * (1.0 - steps) * way, axis=1)
    log_q = special.log_softmax(np.log(p) + (pull + steps * (1.0 - pull)) * way, axis=1)

    laws = zip(np.exp(log_p), np.exp(log_q), strict=True)
    moments = np.array([_moments(a, b, (n, m), halves) for a, b in laws])
    divergence = ((np.exp(log_p) - np.exp(log_q)) * (log_p - log_q)).sum(axis=1)
    shape = 4.0 / np.maximum(moments[:, 2] / moments[:, 1] ** 1.5, 1e-3) ** 2

    def above(at: float) -> Array:
        standard = (at - moments[:, 0]) / np.sqrt(moments[:, 1])
        reached = np.maximum(shape + standard * np.sqrt(shape), 0.0)
        return np.maximum.accumulate(stats.gamma.sf(reached, shape))

    # the median under equal shares
    middle = (float(stats.gamma.median(shape[0])) - shape[0]) / math.sqrt(shape[0])
    median = float(moments[0, 0] + middle * math.sqrt(moments[0, 1]))
    return _Path(np.maximum(divergence, 0.0), above(statistic), above(max(statistic, median)))


def _jeffreys(p: Array, q: Array) -> Array:
    return np.asarray((p - q) * (np.log(p) - np.log(q)))


def _moments(
    p: Array, q: Array, sizes: tuple[float, float], halves: tuple[float, float]
) -> tuple[float, float, float]:
    """Mean, variance and third central moment of the statistic under one law."""
    (n, m), k = sizes, p.size
    totals = n + halves[0] * k, m + halves[1] * k
    bins = []
    mean = by_first = by_second = curved = 0.0
    for j in range(k):
        (x, of_x), (y, of_y) = _counts(n * p[j]), _counts(m * q[j])
        term = _jeffreys((x[:, None] + halves[0]) / totals[0], (y[None, :] + halves[1]) / totals[1])
        weight = of_x[:, None] * of_y[None, :]
        dx, dy = (x - n * p[j])[:, None], (y - m * q[j])[None, :]
        of_bin = float((weight * term).sum())
        mean += of_bin
        by_first += float((weight * term * dx).sum()) / n
        by_second += float((weight * term * dy).sum()) / m
        square = (dx**2 - x[:, None]) / n + (dy**2 - y[None, :]) / m
        curved += float((weight * term * square).sum())
        bins.append((weight, term - of_bin, dx, dy))

    # totals of Poisson counts vary, those of the samples do not
    second = third = 0.0
    for weight, off, dx, dy in bins:
        rest = off - by_first * dx - by_second * dy
        second += float((weight * rest**2).sum())
        third += float((weight * rest**3).sum())
    return mean - HALF * curved, second, third


def _counts(mean: float) -> tuple[Array, Array]:
    """Poisson counts and their probabilities: all of them, or nodes where they are many."""
    if mean > MANY:
        # the second term bends normal nodes to the skewness of counts
        counts = mean + math.sqrt(mean) * NODES + (NODES**2 - 1.0) / 6.0
        return counts, NODE_WEIGHTS / NODE_WEIGHTS.sum()
    counts = np.arange(math.ceil(mean + 5.0 * math.sqrt(mean) + 5.0), dtype=np.float64)
    weights = np.exp(counts * math.log(mean) - mean - special.gammaln(counts + 1.0))
    return counts, weights / weights.sum()


def _where(divergence: Array, above: Array, probability: float) -> float:
    """Divergence at which the statistic is exceeded with a probability: a line of probits."""
    if above[0] >= probability:
        return 0.0
    if above[-1] < probability:
        return math.inf
    probits = special.ndtri(np.clip(above, 1e-12, 1.0 - 1e-12)) + 1e-9 * np.arange(above.size)
    root = np.interp(special.ndtri(probability), probits, np.sqrt(divergence))
    return float(root) ** 2


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)

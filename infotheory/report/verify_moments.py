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
#: Least variance given the rows of each bin, as a part of that of all counts.
LEAST_SPREAD = 0.01
#: Rows that the one bin that differs may have lost.
LOST = 2.0
#: Pairs of counts less likely than this are left out.
RARELY = 1e-7


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
    # a bin without rows has half of one on every path
    rare = np.minimum(1.0, k * (first + second) / (n + m))
    rare = np.where(rare > 0.0, rare, 1.0)
    equal = _equal_given_bins(first, second, halves)
    paths = [
        _path(first, second, halves, law, equal, LEAST_SPREAD)
        for parts in (np.ones(k), rare)
        for law in _each_way(first + halves[0] * parts, second + halves[1] * parts, n, m)
    ]
    n_from_above = len(paths)
    for apart in (1, 2, 3):
        if k > apart + 1:
            for law in _each_way(*_few_bins_alone(first, second, halves, apart), n, m):
                # in the laws of few bins the rows of each bin take nothing off the spread
                path = _path(first, second, halves, law, equal, 1.0)
                paths.append(_count_by_count(first, second, halves, law, path, apart))

    tail, low = HALF - level / 2.0, 0.0
    if p_value <= tail:
        sides = 2.0 if first.max() == n or second.max() == m else 1.0
        low = min(_where(path.divergence, path.above, tail / sides) for path in paths)

    expected = np.where(second == 0.0, m * first / n, n * second / m)
    if (((first == 0.0) | (second == 0.0)) & (expected >= SURELY)).any():
        return low, math.inf

    # from above the paths to few bins do not bound
    of_all = paths[:n_from_above]
    return low, max(_where(path.divergence, path.above_median, 1.0 - tail) for path in of_all)


def _few_bins_alone(
    first: Array, second: Array, halves: tuple[float, float], apart: int
) -> tuple[Array, Array]:
    """Laws that differ in the bins of the largest terms, and share out the rest as both do.

    The sample with fewer rows in such a bin may have lost some by chance: the term is large then.
    """
    filled = first + halves[0], second + halves[1]
    p, q, both = (rows / rows.sum() for rows in (*filled, filled[0] + filled[1]))
    bins = np.argsort(-_jeffreys(p, q), kind="stable")[:apart]
    inside = [rows[bins] + HALF for rows in (first, second)]
    sizes = [float(rows.sum()) + HALF * (apart + 1) for rows in (first, second)]
    fewer = inside[1] / sizes[1] < inside[0] / sizes[0]
    laws = []
    for rows, size, is_fewer in zip(inside, sizes, (~fewer, fewer), strict=True):
        shares = (rows + LOST * is_fewer) / (size + LOST * float(is_fewer.sum()))
        law = both * (1.0 - float(shares.sum())) / (1.0 - float(both[bins].sum()))
        law[bins] = shares
        laws.append(law)
    return laws[0], laws[1]


def _equal_given_bins(
    first: Array, second: Array, halves: tuple[float, float]
) -> tuple[float, float]:
    """Mean and variance of the statistic of equal shares where the rows of each bin are known.

    Rows of the first sample in a bin are then binomial, given that they add up to the sample.
    """
    n, m, k = float(first.sum()), float(second.sum()), first.size
    share, totals = n / (n + m), (n + halves[0] * k, m + halves[1] * k)
    varies = (n + m) * share * (1.0 - share)

    # Slope and curvature are those of the sum of all terms by the total of the first sample: what
    # they explain is taken off, as that total is known.
    bins = []
    mean = slope = curved = 0.0
    for size in first + second:
        # Counts of the rarer side, so that few of them have to be looked at.
        x, weight = _binomial_counts(float(size), min(share, 1.0 - share))
        x = x if share <= HALF else size - x
        term = _jeffreys((x + halves[0]) / totals[0], (size - x + halves[1]) / totals[1])
        off, of_bin = x - share * size, float(weight @ term)
        mean += of_bin
        slope += float(weight @ (term * off)) / varies
        square = off**2 - (1.0 - 2.0 * share) * off - share * (1.0 - share) * size
        curved += float(weight @ (term * square)) / varies
        bins.append((weight, term - of_bin, off))

    # Counts of a bin vary freely, their sum does not.
    variance = sum(float(weight @ (term - slope * off) ** 2) for weight, term, off in bins)
    return mean - HALF * curved / (1.0 - 1.0 / (n + m)), variance


def _path(
    first: Array,
    second: Array,
    halves: tuple[float, float],
    law: tuple[Array, Array],
    equal: tuple[float, float],
    least_spread: float,
) -> _Path:
    """Follow the laws from equal shares through ``law``, rows in proportion to two of them.

    ``equal`` are mean and variance of the statistic of equal shares, given the rows of each bin;
    they leave at least ``least_spread`` of the variance.
    """
    n, m = float(first.sum()), float(second.sum())
    p, q = first + halves[0], second + halves[1]
    statistic = float(_jeffreys(p / p.sum(), q / q.sum()).sum())

    log_p, log_q = _laws_on_the_way(*law, n, m)
    laws = zip(np.exp(log_p), np.exp(log_q), strict=True)
    moments = np.array([_moments(a, b, (n, m), halves) for a, b in laws])
    divergence = ((np.exp(log_p) - np.exp(log_q)) * (log_p - log_q)).sum(axis=1)
    shape = 4.0 / np.maximum(moments[:, 2] / moments[:, 1] ** 1.5, 1e-3) ** 2

    def above(at: float, means: Array, variances: Array) -> Array:
        standard = (at - means) / np.sqrt(variances)
        reached = np.maximum(shape + standard * np.sqrt(shape), 0.0)
        return np.asarray(special.gammaincc(shape, reached))

    # shares of few rows are less even than true ones: the rows of each bin tell by how much the
    # mean of equal shares is too low, and what of the spread is theirs; the likelier of both counts
    of_bins = moments[:, 0] + equal[0] - moments[0, 0]
    shrunk = moments[:, 1] * max(equal[1] / moments[0, 1], least_spread)
    likely = np.maximum(
        above(statistic, moments[:, 0], moments[:, 1]), above(statistic, of_bins, shrunk)
    )

    # the median under equal shares
    middle = (float(stats.gamma.median(shape[0])) - shape[0]) / math.sqrt(shape[0])
    median = float(moments[0, 0] + middle * math.sqrt(moments[0, 1]))
    beyond = above(max(statistic, median), moments[:, 0], moments[:, 1])
    return _Path(
        np.maximum(divergence, 0.0), np.maximum.accumulate(likely), np.maximum.accumulate(beyond)
    )


def _each_way(first: Array, second: Array, n: float, m: float) -> list[tuple[Array, Array]]:
    """Return two laws; of equal ones, which point nowhere, the smaller sample's is moved both ways.

    It rises with the bins or falls, by what chance makes of samples of these sizes.
    """
    p, q = first / first.sum(), second / second.sum()
    noise = (p.size - 1.0) * (n + m) / (n * m)
    if float(((q - p) * (np.log(q) - np.log(p))).sum()) >= 1e-9 * noise:
        return [(first, second)]
    slope = np.linspace(-1.0, 1.0, p.size) * math.sqrt(noise)
    moved = [special.softmax(np.log(p) + way) for way in (slope, -slope)]
    return [(p, law) if m <= n else (law, q) for law in moved]


def _laws_on_the_way(first: Array, second: Array, n: float, m: float) -> tuple[Array, Array]:
    """Return the logarithms of the laws from equal shares through two, given in proportion."""
    p, q = first / first.sum(), second / second.sum()
    way = np.log(q) - np.log(p)
    noise = (p.size - 1.0) * (n + m) / (n * m)
    seen = float(((q - p) * way).sum())
    steps = STEPS[:, None] * max(1.0, math.sqrt(0.25 * noise / seen))
    pull = m / (n + m)
    log_p = special.log_softmax(np.log(p) + pull * (1.0 - steps) * way, axis=1)
    log_q = special.log_softmax(np.log(p) + (pull + steps * (1.0 - pull)) * way, axis=1)
    return log_p, log_q


def _count_by_count(
    first: Array,
    second: Array,
    halves: tuple[float, float],
    law: tuple[Array, Array],
    path: _Path,
    apart: int,
) -> _Path:
    """Take the larger of what a path says and of sums over the counts of the bins of its own.

    Of the two samples the one that expects fewer rows there is counted, where these are not many.
    """
    samples = [first + halves[0], second + halves[1]]
    terms = _jeffreys(*(rows / rows.sum() for rows in samples))
    # of three bins the largest two are counted
    own = np.argsort(-terms, kind="stable")[: min(apart, 2)]
    sizes = [float(first.sum()), float(second.sum())]
    laws = [np.exp(logs) for logs in _laws_on_the_way(*law, *sizes)]
    there = [size * shares[:, own] for size, shares in zip(sizes, laws, strict=True)]
    # the divergence is the same whichever sample is called the first
    in_second = np.median(there[0] - there[1], axis=0) > 0.0
    few, many = (1, 0) if in_second[0] else (0, 1)
    own = own[in_second == in_second[0]]
    likely = []
    for p, q in zip(laws[few], laws[many], strict=True):
        # two bins are counted where neither has many rows, or else the first
        of_few = own if (sizes[few] * p[own] <= MANY).all() else own[:1]
        of_law = _above_by_count(
            float(terms.sum()),
            (p, q),
            (sizes[few], sizes[many]),
            (halves[few], halves[many]),
            of_few,
        )
        likely.append(of_law)
    above = np.maximum.accumulate(np.maximum(path.above, likely))
    return path._replace(above=above)


def _above_by_count(
    statistic: float,
    laws: tuple[Array, Array],
    sizes: tuple[float, float],
    halves: tuple[float, float],
    alone: NDArray[np.intp],
) -> float:
    """Add up over the first sample's counts of a bin or two how likely the statistic is given each.

    ``alone`` are these bins.
    """
    (p, q), (n, m), k = laws, sizes, laws[0].size
    if n * float(p[alone[0]]) > MANY:
        return 0.0
    totals = n + halves[0] * k, m + halves[1] * k
    # far from equal shares none may be left for the other bins
    outside = max(n * float(np.delete(p, alone).sum()), 1e-300)
    told, chance = _counts_of_few(n, p[alone])

    # the terms of the bins themselves for each count, and what they owe to the other sample's rows
    parts = [
        _own_term(counts, m * float(q[bin_]), totals, halves)
        for counts, bin_ in zip(told, alone, strict=True)
    ]
    of_told, by_told, bent_told = (sum(part[i] for part in parts) for i in range(3))

    # the other bins, and what they owe to the rows that both samples have there
    rows = _rows_of_bins(np.delete(p, alone), np.delete(q, alone), sizes, halves, totals)
    by_first, by_second = rows.in_first(rows.dx) / outside, rows.in_second(rows.dy)
    bent_first = rows.in_first(rows.dx**2 - rows.x) / outside / outside
    bent_second = rows.in_second(rows.dy**2 - rows.y)

    slope = (by_second + float(chance @ by_told)) / m
    off, left = n * float(p[alone].sum()) - told.sum(axis=0), n - told.sum(axis=0)
    means = float(rows.of_bin.sum()) + of_told
    means = means + by_first * off + HALF * bent_first * (off**2 - left)
    means = means - HALF * (bent_second + bent_told) / m

    of_others = rows.second_and_third(by_first, slope)
    second, third = (np.full(chance.size, moment) for moment in of_others)
    for _, _, _, around, dy, of_y in parts:
        rest = around - slope * dy
        second, third = second + rest**2 @ of_y, third + rest**3 @ of_y
    shape = 4.0 / np.maximum(third / second**1.5, 1e-3) ** 2
    reached = np.maximum(shape + (statistic - means) / np.sqrt(second) * np.sqrt(shape), 0.0)
    return float(chance @ special.gammaincc(shape, reached))


def _counts_of_few(n: float, shares: Array) -> tuple[Array, Array]:
    """Return the counts of one bin or two of n rows, and their chances."""
    counts = np.arange(min(39.0, round(n)) + 1.0)
    chance = stats.binom.pmf(counts, n, float(shares[0]))
    if shares.size == 1:
        return counts[None, :], chance
    left, of_left = n - counts, float(shares[1]) / max(1.0 - float(shares[0]), 1e-300)
    both = chance[:, None] * stats.binom.pmf(counts[None, :], left[:, None], min(of_left, 1.0))
    occurs = both > RARELY
    return np.array([counts[place] for place in np.nonzero(occurs)]), both[occurs]


def _own_term(
    told: Array, mean: float, totals: tuple[float, float], halves: tuple[float, float]
) -> tuple[Array, ...]:
    """Term of a bin for each count of the first sample, the other expecting ``mean`` rows there.

    Mean, slope and bend on these rows, and what is left of the mean, their moves and chances.
    """
    (y,), (of_y,) = _counts(np.array([mean]))
    dy = y - mean
    term = _jeffreys((told[:, None] + halves[0]) / totals[0], (y[None, :] + halves[1]) / totals[1])
    of_told = term @ of_y
    around = term - of_told[:, None]
    return of_told, term @ (of_y * dy), term @ (of_y * (dy**2 - y)), around, dy, of_y


def _jeffreys(p: Array, q: Array) -> Array:
    return np.asarray((p - q) * (np.log(p) - np.log(q)))


def _moments(
    p: Array, q: Array, sizes: tuple[float, float], halves: tuple[float, float]
) -> tuple[float, float, float]:
    """Mean, variance and third central moment of the statistic under one law."""
    (n, m), k = sizes, p.size
    totals = n + halves[0] * k, m + halves[1] * k

    # How all terms together move with either total, which in a sample is known.
    rows = _rows_of_bins(p, q, sizes, halves, totals)
    by_first, by_second = rows.in_first(rows.dx) / n, rows.in_second(rows.dy) / m
    curved = rows.in_first(rows.dx**2 - rows.x) / n + rows.in_second(rows.dy**2 - rows.y) / m

    # Totals of Poisson counts vary, those of the samples do not.
    second, third = rows.second_and_third(by_first, by_second)
    return float(rows.of_bin.sum()) - HALF * curved, second, third


class _Rows(NamedTuple):
    """Poisson counts of both samples in each bin, of shape (bins, counts), and the terms of both.

    Terms and their chances are of shape (bins, counts, counts); ``of_x`` and ``of_y`` are what each
    count of a sample adds to the mean term ``of_bin``.
    """

    x: Array
    y: Array
    dx: Array
    dy: Array
    weight: Array
    term: Array
    of_x: Array
    of_y: Array
    of_bin: Array

    def in_first(self, moves: Array) -> float:
        """Add up what terms have in common with moves of the first sample's counts."""
        return float((self.of_x * moves).sum())

    def in_second(self, moves: Array) -> float:
        """Add up what terms have in common with moves of the second sample's counts."""
        return float((self.of_y * moves).sum())

    def second_and_third(self, by_first: float, by_second: float) -> tuple[float, float]:
        """Second and third moments of terms around what they owe to either total."""
        rest = self.term - self.of_bin[:, None, None] - by_first * self.dx[:, :, None]
        rest -= by_second * self.dy[:, None, :]
        squares = self.weight * rest**2
        return float(squares.sum()), float((squares * rest).sum())


def _rows_of_bins(
    p: Array,
    q: Array,
    sizes: tuple[float, float],
    halves: tuple[float, float],
    totals: tuple[float, float],
) -> _Rows:
    """Return the counts of all bins at once, so that numpy loops over bins and not Python."""
    (x, p_x), (y, p_y) = (_counts(size * law) for size, law in zip(sizes, (p, q), strict=True))
    term = _jeffreys(
        (x[:, :, None] + halves[0]) / totals[0], (y[:, None, :] + halves[1]) / totals[1]
    )
    weight = p_x[:, :, None] * p_y[:, None, :]
    dx, dy = x - (sizes[0] * p)[:, None], y - (sizes[1] * q)[:, None]
    part = weight * term
    of_x, of_y = part.sum(axis=2), part.sum(axis=1)
    return _Rows(x, y, dx, dy, weight, term, of_x, of_y, of_x.sum(axis=1))


def _counts(means: Array) -> tuple[Array, Array]:
    """Poisson counts of each mean and their probabilities: all, or nodes where they are many.

    Both are of shape (means, counts); shorter rows end in counts that never occur.
    """
    many = means > MANY
    reached = np.where(many, NODES.size, np.ceil(means + 5.0 * np.sqrt(means) + 5.0))
    every = np.arange(reached.max(initial=NODES.size))
    logs = every * np.log(means)[:, None] - special.gammaln(every + 1.0) - means[:, None]
    weights = np.where(every < reached[:, None], np.exp(logs), 0.0)
    counts = np.where(every < reached[:, None], every, 0.0)

    # the second term bends normal nodes to the skewness of counts
    of_many = means[many, None]
    counts[many, : NODES.size] = of_many + np.sqrt(of_many) * NODES + (NODES**2 - 1.0) / 6.0
    weights[many, : NODES.size] = NODE_WEIGHTS
    return counts, weights / weights.sum(axis=1, keepdims=True)


def _binomial_counts(size: float, share: float) -> tuple[Array, Array]:
    """Binomial counts and their probabilities: all of them, or nodes where they are many."""
    mean = size * share
    if mean > MANY:
        bend = (1.0 - 2.0 * share) * (NODES**2 - 1.0) / 6.0
        counts = mean + math.sqrt(mean * (1.0 - share)) * NODES + bend
        return counts, NODE_WEIGHTS / NODE_WEIGHTS.sum()
    counts = np.arange(min(size, math.ceil(mean + 5.0 * math.sqrt(mean) + 5.0)) + 1.0)
    weights = stats.binom.pmf(counts, size, share)
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

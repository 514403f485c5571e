"""Moments of a divergence between two samples whose counts are Poisson, given their totals.

The statistic is the divergence of the shares after so much was added to each count. Its terms are
functions of the counts of one bin each, so that sums over these counts are exact.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple, Self

import numpy as np
from scipy import special

from infotheory._compiled import compiled, inner
from infotheory._numerics import ALIKE, bounded_terms
from infotheory._typing import BoolArray, FloatArray, IntArray

__all__ = [
    "LARGE",
    "MOST_NODES",
    "NODES",
    "NODE_WEIGHTS",
    "log_choices",
    "moments_by_count",
    "moments_of_counts",
    "terms_of_laws",
]

#: Up to this mean sums run over all counts; above, over the nodes of a Gauss-Hermite rule.
LARGE = 12.0
NODES, NODE_WEIGHTS = np.polynomial.hermite_e.hermegauss(6)
NODE_WEIGHTS = NODE_WEIGHTS / NODE_WEIGHTS.sum()
MOST_NODES = 40

#: Counts of a bin that are told, and the probabilities from which on a pair of them matters, and
#: one of them alone.
_COUNTS = np.arange(MOST_NODES, dtype=np.float64)
_RARELY, _HARDLY_EVER = 1e-7, 1e-18

#: Deviations smaller than this share of a mean are what rounding leaves.
_ROUNDING = 1e-8
#: Shares below it are 0.
_LEAST_SHARE = np.finfo(np.float64).smallest_subnormal
#: Stands for the rows of bins where none is expected: what they add is 0, too.
_NO_ROWS = 1e-300


def moments_of_counts(
    p_laws: FloatArray,
    q_laws: FloatArray,
    sizes: tuple[float, float],
    halves: tuple[float, float],
    *,
    bounded: bool,
) -> FloatArray:
    """Mean, variance and third central moment of the statistic under each law of a path.

    Laws have shape (n_laws, n_bins), ``sizes`` are rows of the samples, ``halves`` what was added
    to each of their counts. The divergence is that of Jensen and Shannon where ``bounded``.
    """
    k = p_laws.shape[1]
    totals = sizes[0] + halves[0] * k, sizes[1] + halves[1] * k
    sums = _sums(np.stack([p_laws, q_laws]), sizes, totals, halves, bounded=bounded)

    # Totals of Poisson counts vary, those of the samples do not: what terms owe to the square of a
    # total comes off the mean.
    mean = sums[:, 0] - 0.5 * (sizes[0] * sums[:, 2] + sizes[1] * sums[:, 4])
    return np.column_stack([mean, sums[:, 5:7]])


def moments_by_count(
    p_laws: FloatArray,
    q_laws: FloatArray,
    sizes: tuple[float, float],
    halves: tuple[float, float],
    told: Sequence[int],
    *,
    bounded: bool,
    wanted: BoolArray | None = None,
) -> tuple[FloatArray, FloatArray]:
    """Probabilities of the counts of one bin or two, and moments of the statistic given each.

    The counts are those of the sample which has fewer rows in the first of the bins ``told``; a
    second bin is told where that sample has fewer rows there, too. Shapes are (n_laws, n_counts)
    and (n_laws, n_counts, 3), two counts one after the other. Where counts take many values all
    probabilities of a law are 0, and of laws that are not ``wanted``, where some are.
    """
    k, told = p_laws.shape[1], list(told)
    fewer = np.median(sizes[0] * p_laws[:, told] - sizes[1] * q_laws[:, told], axis=0) <= 0.0
    if not fewer[0]:
        # neither divergence knows which sample is the first
        p_laws, q_laws, sizes, halves = q_laws, p_laws, sizes[::-1], halves[::-1]
    told = [bin_ for bin_, same in zip(told, fewer == fewer[0], strict=True) if same]
    (n, m), totals = sizes, (sizes[0] + halves[0] * k, sizes[1] + halves[1] * k)

    # Most laws far out on a path expect too many rows, and of a rare bin a few counts occur.
    few = n * p_laws[:, told].max(axis=1) <= LARGE
    wanted = few if wanted is None else few & wanted
    counts, probabilities = _joint_probabilities(n, p_laws[wanted][:, told])
    of_all = np.zeros((wanted.size, probabilities.shape[1]))
    of_all[wanted] = probabilities
    if not probabilities.any():
        return of_all, np.zeros((*of_all.shape, 3))

    p_laws, q_laws = p_laws[wanted], q_laws[wanted]
    laws = np.stack([np.delete(p_laws, told, axis=1), np.delete(q_laws, told, axis=1)])
    sums = _sums(laws, sizes, totals, halves, bounded=bounded)[:, :, None]
    total, slope, bend, other_slope, other_bend, *spread = sums.swapaxes(0, 1)
    second, third, skew, bent, square, cube = spread
    bins = [
        _ToldBin.of(of_bin, m * q_laws[:, [bin_]], totals, halves, bounded=bounded)
        for bin_, of_bin in zip(told, counts, strict=True)
    ]

    # The other sample's rows add up over all bins: one slope on its total, the mean over counts.
    elsewhere = m - m * q_laws[:, told].sum(axis=1, keepdims=True)
    of_told = _over_pairs([each.slope for each in bins])
    slope_of_all = np.sum(probabilities * of_told, axis=1, keepdims=True)
    slope_of_all = (other_slope * elsewhere + slope_of_all) / m
    steeper = slope_of_all - other_slope
    rests = [each.rest(slope_of_all) for each in bins]
    # nodes of large counts spread not quite as these, which the regression takes them for
    second = second - 2.0 * steeper * other_slope * (elsewhere - square) + steeper**2 * square
    second = second + _over_pairs([rest[0] for rest in rests])
    third = third - 3.0 * steeper * skew + 3.0 * steeper**2 * bent - steeper**3 * cube
    third = third + _over_pairs([rest[1] for rest in rests])

    # Counts here leave the others the rows that they do not take.
    taken = _over_pairs([of_bin[None, :] for of_bin in counts])
    moved = n * p_laws[:, told].sum(axis=1, keepdims=True) - taken
    left = n - taken
    means = total + _over_pairs([each.mean for each in bins])
    means = means + slope * moved + 0.5 * bend * (moved**2 - left)
    bend_of_told = _over_pairs([each.bend for each in bins])
    means = means - 0.5 * (other_bend * elsewhere**2 + bend_of_told) / m

    # Where hardly anything varies what is left of these sums is rounding, below 0 as well as above.
    least = (_ROUNDING * means) ** 2 + _NO_ROWS
    third = np.where(second > least, third, 0.0)
    moments = np.zeros((*of_all.shape, 3))
    moments[wanted] = np.stack([means, np.maximum(second, least), third], axis=2)
    return of_all, moments


class _ToldBin(NamedTuple):
    """The term of one bin by the count of the first sample there, all of shape (n_laws, n_counts).

    ``bend`` and ``slope`` say how it moves with the count of the other sample.
    """

    mean: FloatArray
    slope: FloatArray
    bend: FloatArray
    terms: FloatArray
    off: FloatArray
    weights: FloatArray

    @classmethod
    def of(
        cls,
        counts: FloatArray,
        other_mean: FloatArray,
        totals: tuple[float, float],
        halves: tuple[float, float],
        *,
        bounded: bool,
    ) -> Self:
        """Add up the term over counts of the other sample, whose means are (n_laws, 1)."""
        other_counts, weights = (nodes[:, None, :] for nodes in _poisson_nodes(other_mean))
        p = (counts[None, :, None] + halves[0]) / totals[0]
        q = (other_counts + halves[1]) / totals[1]
        terms = terms_of_laws(p, q, np.log(p), np.log(q), bounded=bounded)
        off = other_counts - other_mean[:, :, None]
        mean = np.sum(weights * terms, axis=2)
        slope = np.sum(weights * terms * off, axis=2)
        bend = np.sum(weights * terms * (off**2 - other_counts), axis=2)
        return cls(mean, slope, bend, terms, off, weights)

    def rest(self, slope: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Second and third moment of the term around its mean and a slope on the other count."""
        rest = self.terms - self.mean[:, :, None] - slope[:, :, None] * self.off
        # a power of 3 takes ten times as long as two products
        squares = self.weights * rest * rest
        return np.sum(squares, axis=2), np.sum(squares * rest, axis=2)


def _over_pairs(of_bins: Sequence[FloatArray]) -> FloatArray:
    """Add up over the bins told, for each count of one or pair of counts of two."""
    if len(of_bins) == 1:
        return of_bins[0]
    first, second = of_bins
    return (first[:, :, None] + second[:, None, :]).reshape(len(first), -1)


def terms_of_laws(
    p: FloatArray, q: FloatArray, log_p: FloatArray, log_q: FloatArray, *, bounded: bool
) -> FloatArray:
    """Terms of the divergence of two laws."""
    if not bounded:
        return (p - q) * (log_p - log_q)
    # Far out on a path beside very many rows both shares are less than any float, and add nothing.
    log_middle = np.log(np.maximum(0.5 * (p + q), _LEAST_SHARE))
    return bounded_terms(p, q, 0.5 * (p * (log_p - log_middle) + q * (log_q - log_middle)))


def _joint_probabilities(size: float, shares: FloatArray) -> tuple[list[FloatArray], FloatArray]:
    """Return counts of one bin or two of a sample up to the last that occurs, and their chances.

    ``shares`` have shape (n_laws, n_told), and no bin expects more than ``LARGE``.
    """
    n_told = shares.shape[1]
    least = _RARELY if n_told == 2 else _HARDLY_EVER
    of_bins = [_binomial(_COUNTS, size, shares[:, [bin_]]) for bin_ in range(n_told)]
    most = [np.max(np.nonzero(of_bin > least)[1], initial=-1) + 1 for of_bin in of_bins]
    counts = [_COUNTS[:size] for size in most]
    probabilities = of_bins[0][:, : most[0]]
    if n_told == 1:
        return counts, probabilities

    # Given the count of the first bin that of the second is one of the rows that are left.
    left = np.maximum(size - counts[0], 0.0)[None, :, None]
    of_left = np.minimum(shares[:, [1]] / np.maximum(1.0 - shares[:, [0]], _NO_ROWS), 1.0)
    given = _binomial(counts[1], left, of_left[:, :, None])
    joint = (probabilities[:, :, None] * given).reshape(len(shares), most[0] * most[1])
    # a gamma law for each of a thousand pairs that hardly occur would take most of the time
    return counts, np.where(joint > _RARELY, joint, 0.0)


def log_choices(counts: FloatArray, others: FloatArray) -> FloatArray:
    """Logarithm of the number of ways to choose some of so many rows, by those taken and left.

    Gamma functions of all rows are rounding beside very many: their quotient is a beta function.
    """
    return np.asarray(-special.betaln(others + 1.0, counts + 1.0) - np.log(counts + others + 1.0))


def _binomial(counts: FloatArray, size: float | FloatArray, share: FloatArray) -> FloatArray:
    """Probabilities of counts of a sample of known size.

    ``counts`` have shape (n_counts,), ``share`` (n_laws, 1); or both broadcast with ``size``.
    """
    others = size - counts
    possible = others > -0.5
    others = np.maximum(others, 0.0)
    logs = (
        log_choices(counts, others) + special.xlogy(counts, share) + special.xlog1py(others, -share)
    )
    return np.exp(np.where(possible, logs, -np.inf))


def _poisson_nodes(means: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Poisson counts and their probabilities, as ``_count_nodes``; ``means`` are (n_laws, 1)."""
    many = means[:, 0] > LARGE
    beyond = np.ceil(means + 5.0 * np.sqrt(means) + 5.0)
    n_nodes = max(NODES.size, int(np.max(beyond[~many], initial=0.0)))
    counts = np.arange(n_nodes, dtype=np.float64) + 0.0 * means
    weights = np.exp(special.xlogy(counts, means) - means - special.gammaln(counts + 1.0))
    weights = np.where(counts < beyond, weights, 0.0)
    counts[many, : NODES.size] = _large_counts(means[many], NODES)
    weights[many] = 0.0
    weights[many, : NODES.size] = NODE_WEIGHTS
    return counts, weights / weights.sum(axis=1, keepdims=True)


def _large_counts(means: FloatArray, points: FloatArray) -> FloatArray:
    """Return counts at the nodes of a normal rule, bent to the skewness of Poisson counts."""
    return np.asarray(means + np.sqrt(means) * points + (points**2 - 1.0) / 6.0)


def _sums(
    laws: FloatArray,
    sizes: tuple[float, float],
    totals: tuple[float, float],
    halves: tuple[float, float],
    *,
    bounded: bool,
) -> FloatArray:
    """Return what terms of some bins add up to under each law, of shape (n_laws, 11).

    Their mean; how it moves with the total of the first sample, and with its square, in these bins;
    the same of the second sample; second and third moment around the regression on both totals; the
    mean of the squared rest times the count of the second sample, and of the rest times its squared
    count; second and third moment of these counts. ``totals`` are those of all bins, with what was
    added.
    """
    _, n_laws, k = laws.shape
    sums, nodes = np.zeros((n_laws, 11)), np.empty((4, k, MOST_NODES))
    # Arrays are made here: what makes one in a kernel takes longer to compile than the sums.
    terms = np.empty((k + 1, MOST_NODES, MOST_NODES))
    room = np.empty((2, k), np.int64), np.empty(k), np.empty(MOST_NODES), terms, _COUNTS
    rule = np.stack([NODES, NODE_WEIGHTS])
    numbers = np.array([sizes, totals, halves], dtype=np.float64)
    _add_sums(laws, numbers, rule, bounded, nodes, room, sums)
    return sums


@inner
def _term(p: float, q: float, log_p: float, log_q: float, bounded: bool) -> float:
    """Term of a divergence for one pair of shares."""
    if not bounded:
        return (p - q) * (log_p - log_q)
    contrast = (p - q) / (p + q)
    if abs(contrast) < ALIKE:
        logs = np.log1p(-(contrast * contrast)) + 2.0 * contrast * np.arctanh(contrast)
        return 0.25 * (p + q) * logs
    log_middle = np.log(0.5 * (p + q))
    return 0.5 * (p * (log_p - log_middle) + q * (log_q - log_middle))


@inner
def _write_terms(
    x: FloatArray,
    y: FloatArray,
    n_nodes: tuple[int, int],
    numbers: FloatArray,
    bounded: bool,
    log_q: FloatArray,
    terms: FloatArray,
) -> None:
    """Write the terms of all pairs of some counts of the two samples."""
    n_total, m_total, x_half, y_half = numbers[1, 0], numbers[1, 1], numbers[2, 0], numbers[2, 1]
    for b in range(n_nodes[1]):
        log_q[b] = np.log((y[b] + y_half) / m_total)
    for a in range(n_nodes[0]):
        p = (x[a] + x_half) / n_total
        log_p = np.log(p)
        for b in range(n_nodes[1]):
            q = (y[b] + y_half) / m_total
            terms[a, b] = _term(p, q, log_p, log_q[b], bounded)


@compiled
def _add_sums(
    laws: FloatArray,
    numbers: FloatArray,
    rule: FloatArray,
    bounded: bool,
    nodes: FloatArray,
    room: tuple[IntArray, FloatArray, FloatArray, FloatArray, FloatArray],
    sums: FloatArray,
) -> None:
    """Write the sums under each law; ``nodes`` takes counts and weights of both samples.

    ``room`` takes how many nodes there are, means of terms, logarithms, and all terms, which are
    asked for twice, and has the counts that are told one by one: their terms are most of the work,
    and the same in all bins and under all laws. The last of the bins of terms holds them.
    """
    n, m = numbers[0]
    n_nodes, means, log_q, terms, counts = room
    n_steps, k = laws.shape[1], laws.shape[2]
    x, y, x_weight, y_weight = nodes[0], nodes[1], nodes[2], nodes[3]
    _write_terms(counts, counts, (counts.size, counts.size), numbers, bounded, log_q, terms[k])
    for step in range(n_steps):
        # First the means of the terms, and how they move with the counts of their bin.
        first_slope = second_slope = first_bend = second_bend = total = 0.0
        first_rows = second_rows = _NO_ROWS
        for j in range(k):
            l_x, l_y = n * laws[0, step, j], m * laws[1, step, j]
            first_rows += l_x
            second_rows += l_y
            n_nodes[0, j] = _count_nodes(l_x, x[j], x_weight[j], rule)
            n_nodes[1, j] = _count_nodes(l_y, y[j], y_weight[j], rule)
            means[j] = 0.0
            cells = terms[k]
            if l_x > LARGE or l_y > LARGE:
                cells = terms[j]
                sizes = n_nodes[0, j], n_nodes[1, j]
                _write_terms(x[j], y[j], sizes, numbers, bounded, log_q, cells)
            for a in range(n_nodes[0, j]):
                dx = x[j, a] - l_x
                for b in range(n_nodes[1, j]):
                    dy = y[j, b] - l_y
                    term = cells[a, b] * (x_weight[j, a] * y_weight[j, b])
                    means[j] += term
                    first_slope += term * dx
                    second_slope += term * dy
                    first_bend += term * (dx * dx - x[j, a])
                    second_bend += term * (dy * dy - y[j, b])
            total += means[j]
        first_slope /= first_rows
        second_slope /= second_rows
        of_step = sums[step]
        of_step[0] = total
        of_step[1], of_step[2] = first_slope, first_bend / first_rows / first_rows
        of_step[3], of_step[4] = second_slope, second_bend / second_rows / second_rows

        # Then the moments around the regression on the counts: the totals do not vary.
        second = third = skew = bent = 0.0
        for j in range(k):
            l_x, l_y = n * laws[0, step, j], m * laws[1, step, j]
            cells = terms[j] if l_x > LARGE or l_y > LARGE else terms[k]
            for b in range(n_nodes[1, j]):
                dy = y[j, b] - l_y
                of_step[9] += y_weight[j, b] * dy * dy
                of_step[10] += y_weight[j, b] * dy * dy * dy
            for a in range(n_nodes[0, j]):
                fixed = means[j] + first_slope * (x[j, a] - l_x)
                for b in range(n_nodes[1, j]):
                    dy = y[j, b] - l_y
                    rest = cells[a, b] - fixed - second_slope * dy
                    weighted = x_weight[j, a] * y_weight[j, b] * rest
                    square = weighted * rest
                    second += square
                    third += square * rest
                    skew += square * dy
                    bent += weighted * dy * dy
        of_step[5], of_step[6], of_step[7], of_step[8] = second, third, skew, bent


@inner
def _count_nodes(
    mean: float,
    counts: FloatArray,
    weights: FloatArray,
    rule: FloatArray,
) -> Any:
    """Write Poisson counts and their probabilities: all of them, or nodes where they are many."""
    root = np.sqrt(mean)
    if mean > LARGE:
        for i in range(rule.shape[1]):
            # A Cornish-Fisher term bends the normal nodes to the skewness of the counts.
            point = rule[0, i]
            counts[i] = mean + root * point + (point * point - 1.0) / 6.0
            weights[i] = rule[1, i]
        return rule.shape[1]

    # by numpy: numba compiles ``int`` as a function of its own
    size = np.int64(np.ceil(mean + 5.0 * root + 5.0))
    probability = np.exp(-mean)
    total = 0.0
    for i in range(size):
        counts[i], weights[i] = i, probability
        total += probability
        probability *= mean / (i + 1.0)
    for i in range(size):
        weights[i] /= total
    return size

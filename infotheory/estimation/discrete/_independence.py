"""Tests of independence that hold in sparse tables: the likelihood ratio given both margins."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy import special

from infotheory._compiled import compiled
from infotheory._later import stats
from infotheory._numerics import bent_logarithm
from infotheory._typing import BoolArray, FloatArray, IntArray
from infotheory.estimation.discrete._fixed_margins import (
    DEGREES,
    log_factorials,
    pair_moments,
    strata_moments,
    table_moments,
)
from infotheory.estimation.discrete._margins import Margins, distinct_counts

__all__ = [
    "NullMoments",
    "chi2_holds",
    "constant_given_margins",
    "independence_test_p_value",
    "mid_p_value",
    "null_moments",
    "pair_p_values",
    "sparse_table_p_value",
    "takes_few_values",
]

# The chi-square law stands where the mean of the statistic lies at most this many of its standard
# deviations beyond the degrees of freedom: it then rejects .052 at most where .05 is meant.
_SMALL_EXCESS = 0.02

# Random tables behind a mid-p, and behind one that is small; their seed makes p-values repeat.
_TABLES = 1999
_MANY_TABLES = 19_999
_SMALL_P = 0.005
_SEED = 20240531

# With more rows to place, fewer tables are drawn in proportion.
_MOST_ROWS_OF_ALL_TABLES = 20_000

# Of more rows no tables are drawn (scipy's generator fails on 1e15): the gamma law has to do.
_MOST_ROWS_DRAWN = 10**8

# Tables of more cells are drawn by their rows, which are fewer.
_MOST_DENSE_CELLS = 4096

# Statistics of two tables that are equal on paper differ by the order of a sum.
_ROUNDING = 1e-9


class NullMoments(NamedTuple):
    """Means and variances of ``2 N I`` under independence, given the margins."""

    mean: FloatArray
    variance: FloatArray


def null_moments(margins: Margins) -> NullMoments:
    """Exact moments of a table, summed over its strata: given their sizes these are independent."""
    table = log_factorials(int(margins.sizes.max(initial=0)))
    if margins.n_strata == 1:
        lines = (*distinct_counts(margins.x), *distinct_counts(margins.y))
        mean, variance = table_moments(*lines, table, DEGREES)
        return NullMoments(np.asarray(mean), np.asarray(variance))
    mean, variance = strata_moments(margins.x, margins.x_starts, margins.y, margins.y_starts, table)
    return NullMoments(np.asarray(mean), np.asarray(variance))


def chi2_holds(excess: FloatArray) -> BoolArray:
    """Tell where cells are so well filled that the chi-square law is good enough."""
    return np.asarray(excess <= _SMALL_EXCESS)


def independence_test_p_value(statistic: float, margins: Margins, moments: NullMoments) -> float:
    """P-value of independence from ``2 N I`` where cells are sparse."""
    off_the_largest = np.asarray(margins.rows_off_the_largest)
    if constant_given_margins(moments):
        return 1.0
    can_be_drawn = int(margins.sizes.max(initial=0)) <= _MOST_ROWS_DRAWN
    if margins.is_fourfold or (can_be_drawn and _has_atoms(moments, off_the_largest)):
        return mid_p_value(statistic, margins)
    return float(_gamma_p_value(np.asarray(statistic), moments))


def sparse_table_p_value(statistic: float, x: FloatArray, y: FloatArray) -> float | None:
    """P-value of ``2 N I`` of one table of two levels or more each, None where chi-square holds."""
    margins = Margins.of_table(x, y)
    if chi2_holds(np.asarray(margins.excess)):
        return None
    return independence_test_p_value(statistic, margins, null_moments(margins))


def pair_p_values(
    statistics: FloatArray, counts: Sequence[IntArray], pairs: IntArray
) -> FloatArray:
    """P-values of independence of sparse pairs of columns, of which all levels have rows."""
    n_rows = int(counts[0].sum())
    sizes = np.array([levels.size for levels in counts])
    starts = np.concatenate([[0], np.cumsum(sizes)])
    moments = NullMoments(
        *pair_moments(np.concatenate(counts), starts, pairs, log_factorials(n_rows)).T
    )

    off_the_largest = n_rows - np.array([levels.max() for levels in counts])
    few = _has_atoms(moments, off_the_largest[pairs].min(axis=1)) & (n_rows <= _MOST_ROWS_DRAWN)
    few |= (sizes[pairs] == 2).all(axis=1)
    constant = constant_given_margins(moments)
    p_values = np.where(constant, 1.0, _gamma_p_value(statistics, moments))
    for k in np.flatnonzero(few & ~constant):
        first, second = pairs[k]
        margins = Margins.of_table(counts[first], counts[second])
        p_values[k] = mid_p_value(float(statistics[k]), margins)
    return p_values


def constant_given_margins(moments: NullMoments) -> BoolArray:
    """Tell where all tables with these margins have one information, up to rounding."""
    return np.asarray(moments.variance < 1e-9 * (1.0 + moments.mean))


def takes_few_values(moments: NullMoments) -> BoolArray:
    """Tell where so few tables share the margins that no continuous law fits, nor an interval."""
    mean, variance = moments
    return np.asarray((mean**2 < 0.45 * variance) | ((variance < mean) & (variance < 6.0)))


def _has_atoms(moments: NullMoments, rows_off_the_largest: IntArray) -> BoolArray:
    """Tell where the statistic has atoms that a gamma law would smear, as in all small tables."""
    # Where few values alone switched to a mid-p, 2.5 % of a thousand pairs of margins rejected more
    # than .065 at .05, and at most .166; with these bounds .3 % do, and at most .072.
    few = takes_few_values(moments) | (rows_off_the_largest < 10)
    return np.asarray(few | (moments.variance < 8.0))


def _gamma_p_value(statistic: FloatArray, moments: NullMoments) -> FloatArray:
    """Upper tail of the gamma law with these moments.

    Its scale is at least 1, half of a chi-square's: a law of smaller variance is shifted, not
    shrunk, since its tail does not become shorter. A constant has no gamma law; any does for it.
    """
    mean, variance = moments
    varies = ~constant_given_margins(moments)
    scale = np.maximum(np.divide(variance, mean, out=np.ones_like(mean), where=varies), 1.0)
    shape = np.where(varies, variance, 1.0) / scale**2
    return np.asarray(special.gammaincc(shape, np.maximum((statistic - mean) / scale + shape, 0.0)))


def mid_p_value(statistic: float, margins: Margins) -> float:
    """Probability of a larger statistic given the margins, and half that of an equal one.

    Lancaster 1961, doi:10.1080/01621459.1961.10482105. Exact for a fourfold table, else from random
    tables, the observed one among them.
    """
    if margins.is_fourfold:
        return _tail(statistic, *_fourfold_law(margins))

    # So many labels that few of them meet twice: fewer tables do, each takes long.
    fewer = 1 + margins.rows_off_the_largest // _MOST_ROWS_OF_ALL_TABLES
    p_value = 1.0
    for n_tables in (_TABLES, _MANY_TABLES):
        drawn = np.append(_drawn_statistics(margins, n_tables // fewer), statistic)
        p_value = _tail(statistic, drawn, np.full(drawn.size, 1.0 / drawn.size))
        if p_value >= _SMALL_P:
            break
    return p_value


def _tail(statistic: float, values: FloatArray, probabilities: FloatArray) -> float:
    """Probability of the values above the statistic, and half of that of the values equal to it."""
    equal = np.abs(values - statistic) <= _ROUNDING * max(1.0, statistic)
    above = (values > statistic) & ~equal
    return float(probabilities[above].sum() + 0.5 * probabilities[equal].sum())


def _fourfold_law(margins: Margins) -> tuple[FloatArray, FloatArray]:
    """Values of the statistic of a fourfold table, and their hypergeometric probabilities."""
    # The corner of the rarer levels: beside very many rows the others hold what is left of them.
    (a, off_a), (b, off_b) = sorted(margins.x.tolist()), sorted(margins.y.tolist())
    # Beyond 40 standard deviations nothing is left of the law, and of large margins all memory.
    mean = a * b / (a + off_a)
    reach = 40.0 * (np.sqrt(mean) + 1.0)
    least, most = max(0, a - off_b, int(mean - reach)), min(a, b, int(mean + reach) + 1)
    corner = np.arange(least, most + 1)

    # Each count by the one before: factorials of very many rows are rounding.
    last = corner[:-1]
    ups, downs = (a - last, b - last), (last + 1, off_a - b + last + 1)
    steps = sum(np.log(up) for up in ups) - sum(np.log(down) for down in downs)
    log_p = np.concatenate([[0.0], np.cumsum(steps)])
    p = np.exp(log_p - log_p.max())

    # All four cells lie as far from what is expected, two above it and two below.
    expected = np.outer([a, off_a], np.array([b, off_b]) / (a + off_a)).ravel()
    sign = np.array([1.0, -1.0, -1.0, 1.0])
    excess = (corner - mean)[:, None] * sign / expected
    return 2.0 * bent_logarithm(excess) @ expected, p / p.sum()


def _statistics(cells: IntArray, expected: FloatArray) -> FloatArray:
    """``2 N I`` of tables, whose cells are the columns."""
    return np.asarray(2.0 * special.xlogy(cells, cells / expected).sum(axis=1))


def _drawn_statistics(margins: Margins, n_tables: int) -> FloatArray:
    """Statistics of random tables with the margins, each the sum over its strata."""
    rng = np.random.default_rng(_SEED)
    total = np.zeros(n_tables)
    for x, y in margins.strata():
        if x.size * y.size > _MOST_DENSE_CELLS:
            total += _statistics_of_drawn_rows(x, y, n_tables, rng)
            continue
        tables = stats.random_table(x, y).rvs(n_tables, method="patefield", random_state=rng)
        expected = np.outer(x, y).ravel() / x.sum()
        total += _statistics(tables.reshape(n_tables, -1), expected)
    return total


def _statistics_of_drawn_rows(
    x: IntArray, y: IntArray, n_tables: int, rng: np.random.Generator
) -> FloatArray:
    """Statistics of random tables of very many cells.

    Labels of one row each add nothing to ``sum n log n``, and what the largest label has follows
    from the others: labels are drawn for the rows besides.
    """
    x, y = min((x, y), (y, x), key=lambda pair: _rows_to_draw(pair[0]).sum())
    n_rows, drawn = int(x.sum()), _rows_to_draw(x)
    n_drawn = int(drawn.sum())
    # The rows not drawn are labels of one row each, which add nothing, or those of the largest
    # label: then what remains of each label of the other variable is counted.
    counts_remaining = n_drawn < n_rows - (x == 1).sum()

    counts = np.arange(max(x.max(), y.max()) + 1)
    n_log_n = special.xlogy(counts, counts)
    constant = special.xlogy(n_rows, n_rows) - n_log_n[x].sum() - n_log_n[y].sum()
    if counts_remaining:
        constant += n_log_n[y].sum()

    # The labels may stand in any order when the next table is drawn: all orders that follow are
    # equally likely.
    labels = np.repeat(np.arange(y.size), y)
    remaining, in_level = y.copy(), np.zeros_like(y)
    values = np.empty(n_tables)
    for k in range(n_tables):
        uniforms = rng.random(n_drawn)
        values[k] = _drawn_sum(
            drawn, labels, uniforms, n_log_n, remaining, in_level, counts_remaining
        )
    return np.asarray(2.0 * (values + constant))


@compiled
def _drawn_sum(
    drawn: IntArray,
    labels: IntArray,
    uniforms: FloatArray,
    n_log_n: FloatArray,
    remaining: IntArray,
    in_level: IntArray,
    counts_remaining: bool,
) -> float:
    """Draw labels for the rows of some levels, and return how they move ``sum n log n``.

    ``remaining`` and ``in_level`` are as before afterwards: the counts of the labels, and zeros.
    """
    total, place = 0.0, 0
    for size in drawn:
        start = place
        for place in range(start, start + size):
            # The next of Fisher and Yates: one of the labels that are not drawn.
            other = place + int(uniforms[place] * (labels.size - place))
            label = labels[other]
            labels[other] = labels[place]
            labels[place] = label

            in_level[label] += 1
            total += n_log_n[in_level[label]] - n_log_n[in_level[label] - 1]
            if counts_remaining:
                total += n_log_n[remaining[label] - 1] - n_log_n[remaining[label]]
                remaining[label] -= 1
        place = start + size
        in_level[labels[start:place]] = 0

    if counts_remaining:
        for label in labels[: uniforms.size]:
            remaining[label] += 1
    return total


def _rows_to_draw(counts: IntArray) -> IntArray:
    """Return the counts of all labels but those of one row each, or but the largest if larger."""
    several = counts[counts > 1]
    singles = counts.size - several.size
    return several if singles >= counts.max() else np.delete(counts, counts.argmax())

"""Ratios of shares of rows: score bounds that few rows widen, their tests, Tukey's range."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy import special

from infotheory._later import optimize
from infotheory._typing import BoolArray, FloatArray
from infotheory.inference import kish_size, weighted_mean
from infotheory.laws import two_sided_p_value, two_sided_quantile

__all__ = [
    "CountedShare",
    "counted_share",
    "distance_from_equality",
    "ordered_pairs",
    "range_p_value",
    "range_quantile",
    "several_comparisons",
    "share_ratio_bounds",
]

#: Below this many rows, or this many of either outcome, a score interval alone is too short.
FEW_ROWS, FEW_OUTCOMES = 20.0, 5.0
#: Sizes of weighted rows are rounded: 20 rows of weight 0.1 are not "below 20".
_ROUNDING = 1e-9
#: Ratios are sought between exp(-16) and exp(16), in halvings down to double precision.
_WIDEST, _HALVINGS = 16.0, 45


@dataclass(frozen=True, slots=True)
class CountedShare:
    """A share of rows as counts: ``hits`` of ``size`` rows, effective ones where rows are weighted.

    The size is positive, and hits lie between 0 and the size.
    """

    hits: float
    size: float


def counted_share(
    flags: FloatArray, weights: FloatArray, squared_weights: FloatArray
) -> CountedShare:
    """Share of rows with a flag, counted in the rows that its error is worth.

    The size is ``p (1 - p) / variance``, at most Kish's: where few heavy rows happen to agree, the
    variance is small by chance and says nothing.
    """
    mean, error = weighted_mean(flags, weights, squared_weights)
    share, size = float(mean), kish_size(float(weights.sum()), float(squared_weights.sum()))
    if error > 0.0:
        size = min(size, share * (1.0 - share) / float(error) ** 2)
    return CountedShare(size * share, size)


def ordered_pairs(
    shares: tuple[CountedShare, ...],
) -> tuple[tuple[CountedShare, ...], tuple[CountedShare, ...]]:
    """Return numerators and denominators of the ratios of all ordered pairs."""
    pairs = [(p, q) for i, p in enumerate(shares) for j, q in enumerate(shares) if i != j]
    return tuple(p for p, _ in pairs), tuple(q for _, q in pairs)


def share_ratio_bounds(
    numerators: tuple[CountedShare, ...], denominators: tuple[CountedShare, ...], z: float
) -> tuple[FloatArray, FloatArray]:
    """Lower and upper ends of the ratios of shares, ``z`` normal standard errors to either side.

    The ends of the score test (P. A. R. Koopman, Biometrics 40 (1984) 513-517,
    doi:10.2307/2531405); where a share has few rows or few of an outcome, not inside what the exact
    ends of that share alone leave possible.
    """
    first, second = _as_arrays(numerators), _as_arrays(denominators)
    low, high = _score_root(first, second, z), _score_root(first, second, -z)
    low = np.where(first[0] == 0.0, 0.0, low)
    high = np.where(second[0] == 0.0, np.inf, high)

    exact_low, exact_high = _exact_bounds(first, second, z)
    # Pairs of many rows have NaN for exact ends, which fmin and fmax pass over.
    return np.fmin(low, exact_low), np.fmax(high, exact_high)


def distance_from_equality(
    numerators: tuple[CountedShare, ...], denominators: tuple[CountedShare, ...]
) -> FloatArray:
    """Return the normal standard errors at which the ends of :func:`share_ratio_bounds` reach 1.

    Without few rows that is the pooled two-proportion test.
    """
    first, second = _as_arrays(numerators), _as_arrays(denominators)
    (x1, n1), (x0, n0) = first, second

    # under "the shares are equal" both samples speak of one share
    pooled = (x1 + x0) / (n1 + n0)
    variance = pooled * (1.0 - pooled) * (1.0 / n1 + 1.0 / n0)
    gap = x1 / n1 - x0 / n0
    score = np.divide(np.abs(gap), np.sqrt(variance), out=np.zeros_like(gap), where=variance > 0.0)
    few = _few(first, second)[0] | _few(first, second)[1]
    if not few.any():
        return score

    # the exact ends contain the ratio itself, and move away from it as z grows
    near, far = np.zeros_like(score), score.copy()
    for _ in range(_HALVINGS):
        middle = 0.5 * (near + far)
        low, high = _exact_bounds(first, second, middle)
        excludes = np.where(gap > 0.0, low > 1.0, high < 1.0)
        near, far = np.where(excludes, middle, near), np.where(excludes, far, middle)
    return np.where(few, near, score)


def several_comparisons(p_value: float, comparisons: int) -> float:
    """P-value of the most striking of several comparisons, by Sidak's adjustment."""
    return float(-np.expm1(comparisons * np.log1p(-p_value))) if p_value < 1.0 else 1.0


def range_p_value(distance: float, groups: int) -> float:
    """P-value of the largest of all pairwise distances, in standard errors of a difference."""
    if groups == 2:
        return two_sided_p_value(distance)
    return max(0.0, 1.0 - _range_probability(float(np.sqrt(2.0)) * distance, groups))


@lru_cache(maxsize=64)
def range_quantile(level: float, groups: int) -> float:
    """Quantile of the range of independent standard normal variables (Tukey)."""
    if groups == 2:
        return float(np.sqrt(2.0)) * two_sided_quantile(level)

    # With that probability all of them lie within half of this of 0, and their range is below it:
    # so is the quantile.
    widest = 2.0 * two_sided_quantile(level ** (1.0 / groups))

    def shortfall(width: float) -> float:
        return _range_probability(width, groups) - level

    return float(optimize.brentq(shortfall, 0.0, widest, xtol=1e-12))


def _range_probability(width: float, groups: int) -> float:
    """Probability that the range of ``groups`` standard normal variables is below ``width``."""
    # of a smooth function that vanishes at both ends the plain sum is exact to rounding
    largest = np.linspace(-9.0, 9.0, 901)
    density = np.exp(-0.5 * largest**2)
    within = special.ndtr(largest) - special.ndtr(largest - width)
    return float(groups * (density @ within ** (groups - 1)) / density.sum())


def _as_arrays(shares: tuple[CountedShare, ...]) -> tuple[FloatArray, FloatArray]:
    return np.array([share.hits for share in shares]), np.array([share.size for share in shares])


def _score_root(
    first: tuple[FloatArray, FloatArray], second: tuple[FloatArray, FloatArray], z: float
) -> FloatArray:
    """Ratio at which the score statistic, which falls as the ratio grows, is ``z``."""
    (x1, n1), (x0, n0) = first, second
    low, high = np.full(x1.shape, -_WIDEST), np.full(x1.shape, _WIDEST)
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        ratio = np.exp(middle)

        # The likelihood at this ratio is largest at the smaller root of a quadratic; in this form
        # nothing cancels where the ratio is far from 1.
        square, linear, hits = ratio * (n1 + n0), ratio * (n1 + x0) + x1 + n0, x1 + x0
        root = np.sqrt(np.maximum(linear**2 - 4.0 * square * hits, 0.0))
        # Shares of exactly 0 or 1 would have no variance, and the statistic no value.
        q = np.clip(2.0 * hits / (linear + root), 1e-15, 1.0 - 1e-15)
        p = np.clip(ratio * q, 1e-15, 1.0 - 1e-15)
        spread = np.sqrt(p * (1.0 - p) / n1 + ratio**2 * q * (1.0 - q) / n0)

        above = x1 / n1 - ratio * x0 / n0 > z * spread
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    return np.exp(0.5 * (low + high))


def _few(
    first: tuple[FloatArray, FloatArray], second: tuple[FloatArray, FloatArray]
) -> tuple[BoolArray, BoolArray]:
    """Shares that are known from few rows, or from few of an outcome, counted or expected."""
    (x1, n1), (x0, n0) = first, second
    pooled = (x1 + x0) / (n1 + n0)
    # At 6 rows and rates of .02 the score interval alone covers .89 to .92.
    least = np.minimum(pooled, 1.0 - pooled)
    rows, outcomes = FEW_ROWS * (1.0 - _ROUNDING), FEW_OUTCOMES * (1.0 - _ROUNDING)

    def scarce(hits: FloatArray, size: FloatArray) -> BoolArray:
        counted = np.minimum(hits, size - hits)
        return np.asarray((size < rows) | (np.minimum(counted, size * least) < outcomes))

    return scarce(x1, n1), scarce(x0, n0)


def _exact_bounds(
    first: tuple[FloatArray, FloatArray],
    second: tuple[FloatArray, FloatArray],
    z: float | FloatArray,
) -> tuple[FloatArray, FloatArray]:
    """Return ends from the exact ones of the shares of few rows; NaN where there are none.

    Distances of two such shares are added as the squares of their logarithms (MOVER).
    """
    (x1, n1), (x0, n0) = first, second
    few_first, few_second = _few(first, second)
    tail = special.ndtr(-np.asarray(z))
    p, q = x1 / n1, x0 / n0
    p_low, p_high = _clopper_pearson(x1, n1, tail)
    q_low, q_high = _clopper_pearson(x0, n0, tail)

    with np.errstate(divide="ignore", invalid="ignore"):
        down = _distance(few_first, p, p_low, few_second, q_high, q)
        up = _distance(few_first, p_high, p, few_second, q, q_low)
        low, high = p / q * np.exp(-down), p / q * np.exp(up)

    # a share of 0 has no logarithm: the ratio is bounded by the upper end of that share
    high = np.where((x1 == 0.0) & (x0 > 0.0), p_high / np.where(x0 > 0.0, q, 1.0), high)
    few = few_first | few_second
    low, high = np.where(x1 == 0.0, 0.0, low), np.where(x0 == 0.0, np.inf, high)
    return np.where(few, low, np.nan), np.where(few, high, np.nan)


def _distance(
    few_first: BoolArray,
    above: FloatArray,
    below: FloatArray,
    few_second: BoolArray,
    over: FloatArray,
    under: FloatArray,
) -> FloatArray:
    """Distance on the log scale, to which only shares of few rows add."""
    first = np.where(few_first, np.log(above / below), 0.0)
    second = np.where(few_second, np.log(over / under), 0.0)
    return np.hypot(first, second)


def _clopper_pearson(
    hits: FloatArray, size: FloatArray, tail: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Exact ends of shares, each beyond which ``tail`` of the binomial law is left."""
    misses = size - hits
    # Where there are no hits, or no misses, any positive number keeps the functions defined: that
    # end is 0 or 1.
    low = special.betaincinv(np.where(hits > 0.0, hits, 1.0), misses + 1.0, tail)
    high = special.betaincinv(hits + 1.0, np.where(misses > 0.0, misses, 1.0), 1.0 - tail)
    return np.where(hits > 0.0, low, 0.0), np.where(misses > 0.0, high, 1.0)

r"""Linear inequalities under a standard error :math:`s \ge \sqrt T`, T a sum of variances.

T is linear in the bins chosen, so its root is concave in T and lies above its chord (``chord``). At
a given grouping no inequality in T alone is tight, but one in two parts of T is
(``lifted_tangent``): with :math:`T_1` the variances of its own bins and :math:`T_2` those of all
others, :math:`\sqrt{T_1 + T_2} \ge T_1 / \sqrt{\hat T} + c\,T_2`. For c = 0 it is the tangent of
the norm of :math:`\sqrt v\,x`; with the largest c that holds for every grouping fewer rounds are
needed. For given bins that stay, :math:`(\sqrt{T_1 + T_2} - T_1/\sqrt{\hat T})/T_2` falls in
:math:`T_2`, so c is its minimum over the subsets of bins that may stay, each with the largest
:math:`T_2` of the stretches between them.
"""

from itertools import combinations, pairwise

import numpy as np

from infotheory._typing import FloatArray
from infotheory.binning.fair.candidates import Candidates, Choice

__all__ = ["chord", "chord_between", "lifted_tangent", "stretches"]

MAX_LIFTED_BINS = 10  # subsets are counted out; beyond, the plain tangent has to do


def stretches(c: Candidates, comparison: int) -> FloatArray:
    """Largest sum of variances over the bins of each stretch of pre-bins.

    Entry (i, j) is that of the pre-bins i to j - 1; -inf where no bins fill them, 0 for none.
    """
    return _best_sums(c, c.variance[comparison])


def chord(c: Candidates, comparison: int) -> tuple[FloatArray, float]:
    """Chord of the root between the least and the largest variance of a grouping.

    Returned are the slope of each candidate, and the constant where the characteristic is not
    dropped.
    """
    variance, outside = c.variance[comparison], float(c.outside_variance[comparison])
    high = float(_best_sums(c, variance)[0, -1]) + outside
    low = float(-_best_sums(c, -variance)[0, -1]) + outside
    # No grouping at all, or none with a variance: nothing bounds the standard error but 0.
    if not 0.0 < high < np.inf:
        return np.zeros(variance.size), 0.0
    slope, constant = chord_between(low, high)
    return slope * variance, constant + slope * outside


def chord_between(low: float, high: float) -> tuple[float, float]:
    """Slope and constant of the chord of the root between two variances, not negative."""
    if high <= 0.0:
        return 0.0, 0.0
    # Difference of roots over difference of variances, written without either difference.
    slope = 1.0 / (np.sqrt(low) + np.sqrt(high))
    return float(slope), float(np.sqrt(low) - slope * low)


def lifted_tangent(
    c: Candidates, choice: Choice, comparison: int, longest: FloatArray
) -> tuple[FloatArray, float]:
    """Inequality that is tight at a grouping with a positive standard error.

    ``longest`` is what ``stretches`` returned; slopes and constant are as those of ``chord``.
    """
    norm = float(c.spreads_of(choice)[comparison])
    variance, outside = c.variance[comparison], float(c.outside_variance[comparison])
    slopes = _lift(c, choice, comparison, longest, norm) * variance
    slopes[choice.picked] = variance[choice.picked] / norm
    return slopes, outside / norm


def _lift(
    c: Candidates, choice: Choice, comparison: int, longest: FloatArray, norm: float
) -> float:
    """Largest slope of all other bins with which the inequality holds for every grouping."""
    if choice.picked.size > MAX_LIFTED_BINS:
        return 0.0
    outside, least = float(c.outside_variance[comparison]), np.inf

    for size in range(choice.picked.size):
        for stay in combinations(choice.picked.tolist(), size):
            # Every second stretch lies between bins that stay, and may be filled with others.
            edges = [edge for k in stay for edge in (int(c.start[k]), int(c.end[k]) + 1)]
            gaps = list(pairwise([0, *edges, c.n_prebins]))[::2]
            others = sum(float(longest[i, j]) for i, j in gaps)
            if others > 0.0:
                staying = outside + float(c.variance[comparison, list(stay)].sum())
                # The largest slope of the others at which this grouping meets the inequality.
                slope = (np.sqrt(staying + others) - staying / norm) / others
                least = min(least, slope)
    return max(least, 0.0) if np.isfinite(least) else 0.0


def _best_sums(c: Candidates, weights: FloatArray) -> FloatArray:
    """Largest sum of weights over the bins of each stretch, whatever their event rates."""
    m = c.n_prebins
    best = np.full((m + 1, m + 1), -np.inf)
    np.fill_diagonal(best, 0.0)
    # In order of their ends, what a bin follows is final when it is read.
    for k in np.flatnonzero(c.allowed)[np.argsort(c.end[c.allowed], kind="stable")]:
        end = c.end[k] + 1
        best[:, end] = np.maximum(best[:, end], best[:, c.start[k]] + weights[k])
    return best

"""Intervals of few pre-bins, listed by numpy: a first fit need not compile what lists many."""

import numpy as np

from infotheory._typing import BoolArray, FloatArray, IntArray

__all__ = ["intervals_of_few", "terms_of_bins"]


def intervals_of_few(
    cells: FloatArray,
    totals: FloatArray,
    halves: FloatArray,
    bounds: FloatArray,
    fixed: BoolArray,
    price: tuple[int, float],
) -> tuple[IntArray, FloatArray]:
    """List the intervals that meet the limits on one bin; arguments of ``build_intervals``."""
    # Added up cell by cell, as in the kernel: what stands before an interval is 0.
    places = np.arange(len(cells))
    behind = places >= places[:, None]
    sums = np.cumsum(np.where(behind[..., None], cells, 0.0), axis=1)
    weight = sums[..., 0] + sums[..., 1]

    # No interval goes on over a boundary that is kept.
    first = np.zeros(len(cells), np.intp)
    np.maximum.accumulate(np.where(fixed, places[1:], 0), out=first[1:])
    may_be_a_bin = behind & (first <= places[:, None])
    may_be_a_bin &= (weight > 0.0) & (weight >= bounds[0]) & (weight <= bounds[1])
    # Kish sizes of both classes.
    for c in range(2):
        may_be_a_bin &= _kish_sizes(sums[..., c], sums[..., 2 + c]) >= bounds[2 + c]

    spans = np.array(np.nonzero(may_be_a_bin))
    sums, weight = sums[may_be_a_bin], weight[may_be_a_bin]
    value = terms_of_bins(sums, totals, halves, price[0]) - price[1]
    size = _kish_sizes(weight, sums[:, 2] + sums[:, 3])
    return spans, np.array([value, sums[:, 1] / weight, size])


def terms_of_bins(
    cells: FloatArray, totals: FloatArray, halves: FloatArray, code: int
) -> FloatArray:
    """Return the kernel's ``divergence_term`` of each row of cells."""
    share = np.where((cells[:, 0] <= 0.0) | (cells[:, 1] <= 0.0), 1.0, 0.0)
    p, q = ((cells[:, c] + share * halves[c]) / totals[c] for c in range(2))
    if code == 0:
        return np.asarray((p - q) * np.log(p / q))
    if code == 1:
        middle = 0.5 * (p + q)
        return np.asarray(0.5 * (p * np.log(p / middle) + q * np.log(q / middle)))
    return np.asarray(p * np.log(p / q))


def _kish_sizes(weights: FloatArray, squares: FloatArray) -> FloatArray:
    """Effective numbers of rows, 0 without weight."""
    return np.divide(weights * weights, squares, out=np.zeros_like(weights), where=squares > 0.0)

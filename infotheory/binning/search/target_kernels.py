"""Kernels of the search for targets that are no two classes, which trust their arrays."""

import numpy as np

from infotheory._compiled import compiled, inner
from infotheory._typing import BoolArray, FloatArray, IntArray
from infotheory.binning.search.kernels import (
    RATE_TOLERANCE,
    Intervals,
    Rules,
    continue_chains,
    divergence_term,
    room_for_intervals,
    sort_intervals,
)

__all__ = [
    "FREE_PHASE",
    "TARGET_CODES",
    "build_target_intervals",
    "extend_curve_chains",
    "sums_of_intervals",
    "target_term",
]

#: Code of each divergence by kind of target; the first three are those of two classes.
TARGET_CODES = {
    "fraction": {"iv": 0, "js": 1, "kl": 2},
    "rate": {"iv": 0, "gamma": 2, "poisson": 3},
    "continuous": {"r2": 4},
    "multiclass": {"iv": 5, "mi": 6, "ovr": 7},
}

#: Phase of chains whose rates may go anywhere, as in ``chains``.
FREE_PHASE = 4


@compiled
def target_term(sums: FloatArray, totals: FloatArray, halves: FloatArray, code: int) -> float:
    """Term of one bin in a divergence, totals fixed; a lacking mass adds half a row to all."""
    if code <= 2:
        return divergence_term(sums, totals, halves, code)
    if code == 4:
        # Squares between bins over squares about the mean; sums are taken about an origin near the
        # mean already.
        mean = totals[1] / totals[0]
        away = sums[1] - mean * sums[0]
        return away * away / sums[0] / (totals[2] - mean * totals[1])

    lacking = 0.0
    for c in range(sums.size):
        if sums[c] <= 0.0 and totals[c] > 0.0:
            lacking = 1.0
    cells = sums + lacking * halves
    if code == 3:
        # Shares of the exposure and of the amount.
        p, q = cells[0] / totals[0], cells[1] / totals[1]
        return q * np.log(q / p)

    # Classes that no row has are no part of the divergence.
    whole, inside = totals.sum(), 0.0
    for c in range(sums.size):
        if totals[c] > 0.0:
            inside += cells[c]
    value, pairs = 0.0, 1.0
    for c in range(sums.size):
        if totals[c] <= 0.0:
            continue
        prior, share = totals[c] / whole, cells[c] / totals[c]
        pairs -= prior * prior
        if code == 7:
            others = (inside - cells[c]) / (whole - totals[c])
            value += (share - others) * np.log(share / others)
        else:
            log_ratio = np.log(share * whole / inside)
            value += prior * (share - (inside / whole if code == 5 else 0.0)) * log_ratio
    # Over the chance of a pair of different classes: of two classes this is the information value.
    return 2.0 * value / pairs if code == 5 else value


def build_target_intervals(
    cells: FloatArray,
    products: FloatArray,
    totals: FloatArray,
    halves: FloatArray,
    forms: FloatArray,
    bounds: FloatArray,
    fixed: BoolArray,
    price: tuple[int, float],
) -> Intervals:
    """List the intervals that meet the limits on one bin.

    ``products`` are symmetric matrices. ``forms`` has two rows: the weight of a bin and the sum of
    its target as linear forms of its sums; the second is 0 for classes, which have no mean.
    ``bounds`` are least and largest weight, then the least of each mass: Kish sizes of classes,
    sums of amounts. ``size`` is the Kish size of a bin of classes, else the variance of its mean.
    """
    spans, numbers = room_for_intervals(len(cells))
    n = _list_target_intervals(
        cells, products, totals, halves, forms, bounds, fixed, price, spans, numbers
    )
    return sort_intervals(len(cells), spans[:, :n], numbers[:, :n])


@compiled
def _list_target_intervals(
    cells: FloatArray,
    products: FloatArray,
    totals: FloatArray,
    halves: FloatArray,
    forms: FloatArray,
    bounds: FloatArray,
    fixed: BoolArray,
    price: tuple[int, float],
    spans: IntArray,
    numbers: FloatArray,
) -> int:
    """Write the intervals that meet the limits, and return how many there are."""
    m, d = cells.shape
    n, has_mean = 0, forms[1].any()
    sums, squares = np.empty(d), np.empty((d, d))
    for i in range(m):
        # Added up cell by cell: differences of running sums would leave rounding where nothing is.
        sums[:] = 0.0
        squares[:] = 0.0
        for j in range(i, m):
            if j > i and fixed[j - 1]:
                break
            sums += cells[j]
            squares += products[j]
            weight = np.sum(forms[0] * sums)
            if weight > bounds[1]:
                break  # longer intervals are heavier still
            if weight <= 0.0 or weight < bounds[0]:
                continue
            if not _has_masses(sums, squares, bounds[2:], has_mean):
                continue

            spans[0, n], spans[1, n] = i, j
            numbers[0, n] = target_term(sums, totals, halves, price[0]) - price[1]
            if has_mean:
                numbers[1, n] = np.sum(forms[1] * sums) / weight
                # The gradient of the mean by the sums: its form in the products is the variance of
                # the mean, which rounding may take below 0.
                moved = (forms[1] - numbers[1, n] * forms[0]) / weight
                numbers[2, n] = max(_quadratic(moved, squares), 0.0)
            else:
                # Classes have no mean: the Kish size of the bin.
                numbers[2, n] = weight * weight / squares.sum()
            n += 1
    return n


@inner
def _has_masses(sums: FloatArray, squares: FloatArray, least: FloatArray, has_mean: bool) -> bool:
    """Say whether a bin has enough of each mass."""
    for c in range(sums.size):
        mass = sums[c]
        if not has_mean:
            mass = mass * mass / squares[c, c] if squares[c, c] > 0.0 else 0.0
        if mass < least[c]:
            return False
    return True


@inner
def _quadratic(vector: FloatArray, matrix: FloatArray) -> float:
    """Return ``v' M v``."""
    value = 0.0
    for a in range(vector.size):
        for b in range(vector.size):
            value += vector[a] * matrix[a, b] * vector[b]
    return value


@compiled
def extend_curve_chains(
    intervals: Intervals,
    curves: FloatArray,
    directions: FloatArray,
    rules: Rules,
    boundaries: tuple[int, int],
    chains: tuple[FloatArray, IntArray, IntArray],
) -> None:
    """Extend chains over some boundaries where every curve moves in its direction.

    ``curves`` (n_curves, n_intervals) are shares of classes, ``directions`` 1, -1, or 0 for a curve
    that may go anywhere. A limit on p-values is Pearson's chi-square over all curves.
    """
    # Each curve has its own direction, which is checked pair by pair: the chain has one phase.
    steps = np.full((intervals.start.size, 3), FREE_PHASE, dtype=np.int64)
    for boundary in range(max(1, boundaries[0]), boundaries[1]):
        before = intervals.by_end[intervals.last[boundary - 1] : intervals.last[boundary]]
        for e in range(intervals.first[boundary], intervals.first[boundary + 1]):
            n_steps = 0
            for s in before:
                if _may_follow(intervals, curves, directions, rules, s, e):
                    steps[n_steps, 0] = s
                    n_steps += 1
            continue_chains(intervals, rules, e, steps[:n_steps], chains)


@inner
def _may_follow(
    intervals: Intervals,
    curves: FloatArray,
    directions: FloatArray,
    rules: Rules,
    s: int,
    e: int,
) -> bool:
    """Say whether one bin of classes may stand after another."""
    statistic, size_s, size_e = 0.0, intervals.size[s], intervals.size[e]
    for c in range(curves.shape[0]):
        low, high = curves[c, s], curves[c, e]
        if directions[c] != 0.0:
            step, slack = directions[c] * (high - low), RATE_TOLERANCE * max(abs(low), abs(high))
            if step + slack < rules.gap:
                return False
        pooled = (size_s * low + size_e * high) / (size_s + size_e)
        if pooled > 0.0:
            statistic += (high - low) ** 2 / pooled
    statistic *= size_s * size_e / (size_s + size_e)
    return rules.chi_square <= 0.0 or statistic >= rules.chi_square * (1.0 - RATE_TOLERANCE)


@compiled
def sums_of_intervals(cells: FloatArray, start: IntArray, end: IntArray) -> FloatArray:
    """Add up the pre-bins of each interval, shape (n_intervals, n_columns)."""
    sums = np.zeros((start.size, cells.shape[1]))
    for e in range(start.size):
        for i in range(start[e], end[e] + 1):
            sums[e] += cells[i]
    return sums

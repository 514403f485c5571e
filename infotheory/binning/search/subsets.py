"""Bins of categories that have no order: sets of levels, for a target of several classes.

Levels of two classes, or of an amount, are best binned as neighbours in order of their rate. With
more classes no order has all good bins among its neighbours: up to a dozen levels all partitions
are searched by a dynamic program over sets (each set of levels keeps its best partition, and the
bin of its lowest level is chosen last); with more, the best neighbours along the first axis of a
correspondence analysis are improved by moving single levels.
"""

import numpy as np

from infotheory._compiled import compiled
from infotheory._typing import BoolArray, FloatArray, IntArray
from infotheory.binning.search.kernels import SCORE_TOLERANCE
from infotheory.binning.search.optimal_groups import OptimalGroups, best_groups
from infotheory.binning.search.target_task import TargetTask
from infotheory.exceptions import InfeasibleError

__all__ = ["MOST_LEVELS_EXACT", "best_sets"]

#: Levels up to which all partitions are searched: 3^12 pairs of sets are half a million.
MOST_LEVELS_EXACT = 12

HEURISTIC = "heuristic: exchange"


def best_sets(task: TargetTask) -> OptimalGroups:
    """Best sets of levels that meet the limits."""
    if task.limits.max_pvalue is not None or task.limits.min_event_rate_diff > 0.0:
        message = (
            "max_pvalue and min_event_rate_diff compare neighbours, which categories of several "
            "classes do not have; set them to None and 0 for these features in feature_params"
        )
        raise ValueError(message)

    if len(task.cells) > MOST_LEVELS_EXACT:
        # Too many levels for all partitions: the best bins in the order of the first axis are the
        # start.
        along = best_groups(task)
        groups, gain = _exchanged(task, along.groups)
        # A gain within rounding changes nothing but the bins: the order of the axis stays.
        if gain <= SCORE_TOLERANCE * abs(along.objective):
            groups, gain = along.groups, 0.0
        n_bins = int(groups.max()) + 1
        return _result(groups, along.objective + gain, HEURISTIC if n_bins > 1 else along.status)

    values = _values_of_sets(task)
    limits, m = task.limits, len(task.cells)
    highest = m if limits.max_n_bins is None else min(int(limits.max_n_bins), m)
    best, back = _best_covers(values, m, highest)
    single, full = task.single(), (1 << m) - 1

    # Fewer bins win a tie; one bin is exempt from limits on its size.
    objective, n_bins = (-np.inf, 0) if single is None else (single.objective, 1)
    for k in range(max(2, limits.min_n_bins), highest + 1):
        tie = SCORE_TOLERANCE * max(abs(best[k - 1, full]), abs(objective), 1e-300)
        # Without a single bin to beat, tie is infinite, and infinity less infinity would be NaN.
        if best[k - 1, full] > objective + (tie if np.isfinite(objective) else 0.0):
            objective, n_bins = float(best[k - 1, full]), k
    if n_bins == 0:
        message = (
            f"no partition of the {m} levels meets {', '.join(task.active().values())}; relax one "
            "of them, or give more levels"
        )
        raise InfeasibleError(message)
    if n_bins == 1:
        names = ", ".join(task.active().values()) or f"the levels do not differ in {task.rate_name}"
        status = "single bin: " + ("one level" if m == 1 else names)
        return _result(np.zeros(m, dtype=np.intp), objective, status)

    # Read back from the whole set: its last bin, then the best cover of what is left.
    groups, left = np.zeros(m, dtype=np.intp), full
    for k in range(n_bins, 0, -1):
        members = int(back[k - 1, left])
        groups[[i for i in range(m) if members >> i & 1]] = k - 1
        left ^= members
    return _result(_in_order(groups), objective, "optimal")


def _result(groups: IntArray, objective: float, status: str) -> OptimalGroups:
    return OptimalGroups(
        groups=groups,
        objective=objective,
        trend=None,
        status=status,
        shape_objectives={"unrestricted": objective},
    )


def _in_order(groups: IntArray) -> IntArray:
    """Give groups numbers in order of their first level."""
    _, first = np.unique(groups, return_index=True)
    place = np.empty(len(first), dtype=np.intp)
    place[np.argsort(first)] = np.arange(len(first))
    return place[groups]


def _alone(task: TargetTask) -> BoolArray:
    """Levels that have to stay alone: boundaries on both of their sides are fixed."""
    walls = np.concatenate([[True], task.fixed, [True]])
    alone: BoolArray = walls[:-1] & walls[1:] & task.fixed.any()
    return alone


def _values_of_sets(task: TargetTask) -> FloatArray:
    """Term of each set of levels less its price; minus infinity where it may be no bin."""
    m = len(task.cells)
    # Each number below 2^m is a set, its bits the levels: shape (2^m, m).
    sets = ((np.arange(1 << m)[:, None] >> np.arange(m)) & 1).astype(np.float64)
    sums, squares = sets @ task.cells, sets @ np.diagonal(task.squared, axis1=1, axis2=2)
    values = np.array([task.term(one) if one.any() else -np.inf for one in sums])

    allowed = _allowed(task, sums, squares)
    crowded = (sets @ _alone(task) > 0) & (sets.sum(axis=1) > 1)
    return np.where(allowed & ~crowded, values - task.limits.bin_penalty, -np.inf)


def _allowed(task: TargetTask, sums: FloatArray, squares: FloatArray) -> BoolArray:
    """Whether bins with these sums meet the limits on one bin."""
    weight, (low, high) = sums.sum(axis=1), task.bounds_of_weight
    sizes = np.divide(sums**2, squares, out=np.zeros_like(sums), where=squares > 0.0)
    enough: BoolArray = np.all(sizes >= task.least_masses, axis=1)
    return enough & (weight > 0.0) & (weight >= low) & (weight <= high)


@compiled
def _best_covers(values: FloatArray, m: int, highest: int) -> tuple[FloatArray, IntArray]:
    """Best value of each set of levels as k bins, and the bin of its lowest level."""
    n = 1 << m
    best, back = np.full((highest, n), -np.inf), np.zeros((highest, n), np.int64)
    for part in range(1, n):
        best[0, part], back[0, part] = values[part], part
    for k in range(1, highest):
        for whole in range(1, n):
            # The next bin always holds the lowest level: each partition is met once, and not in
            # every order of its bins.
            lowest = whole & -whole
            others = whole ^ lowest

            # All subsets of the other levels, from all of them down to none.
            joined = others
            while True:
                members = joined | lowest
                left = whole ^ members
                if left and values[members] > -np.inf:
                    value = values[members] + best[k - 1, left]
                    if value > best[k, whole]:
                        best[k, whole], back[k, whole] = value, members
                if joined == 0:
                    break
                joined = (joined - 1) & others
    return best, back


def _exchanged(task: TargetTask, groups: IntArray) -> tuple[IntArray, float]:
    """Move single levels to other bins while the divergence grows and the limits are met."""
    groups, gain = groups.copy(), 0.0
    n_bins, movable = int(groups.max()) + 1, np.flatnonzero(~_alone(task))
    if n_bins < 2:
        return groups, gain
    squares = np.diagonal(task.squared, axis1=1, axis2=2)
    sums, of_squares = np.zeros((2, n_bins, task.cells.shape[1]))
    np.add.at(sums, groups, task.cells)
    np.add.at(of_squares, groups, squares)

    improved = True
    while improved:
        improved = False
        for level in movable:
            source = groups[level]
            # A step has to gain more than rounding, or a level could move to and fro forever.
            best, target = 1e-9, -1
            for other in range(n_bins):
                if other == source or other in groups[~np.isin(np.arange(len(groups)), movable)]:
                    continue
                pair, moved = [source, other], np.array([-1.0, 1.0])[:, None]
                after = sums[pair] + moved * task.cells[level]
                if not _allowed(task, after, of_squares[pair] + moved * squares[level]).all():
                    continue
                # Two bins change, and totals stay: the difference of their terms is that of the
                # divergence.
                step = sum(task.term(one) for one in after) - sum(
                    task.term(one) for one in sums[pair]
                )
                if step > best:
                    best, target = step, other
            if target >= 0:
                for place, factor in ((source, -1.0), (target, 1.0)):
                    sums[place] += factor * task.cells[level]
                    of_squares[place] += factor * squares[level]
                groups[level], gain, improved = target, gain + best, True
    return _in_order(groups), gain

"""Kernels of the exact dynamic program over intervals of ordered pre-bins. They know only arrays and trust them.

A state is the number of bins so far (the layer), the phase of the shape, and the last interval. Intervals that meet at a
boundary are kept in order of event rate, so that "the best predecessor with a lower rate" is a running maximum: one layer
costs as much as there are intervals. A limit on p-values is no threshold on rates and costs a scan of the predecessors.
"""

from typing import NamedTuple

import numba
import numpy as np

from infotheory._typing import BoolArray, FloatArray, IntArray

__all__ = ["CODES", "Intervals", "best_chains", "best_curved_chains", "best_ends", "build_intervals", "divergence_term"]

CODES = {"iv": 0, "js": 1, "kl": 2}
RATE_TOLERANCE = 1e-9  # relative: rates equal up to rounding are equal, whatever the scale of the weights
SCORE_TOLERANCE = 1e-10  # relative: objectives closer than this are tied, and fewer bins win


class Intervals(NamedTuple):
    """Intervals of pre-bins that may be a bin, sorted by (start, event rate).

    ``first[i]:first[i + 1]`` are those that start at pre-bin i, ``by_end[last[j]:last[j + 1]]`` those that end at j, both
    in order of event rate; ``index[i, j]`` is the interval i..j, or -1.
    """

    start: IntArray
    end: IntArray
    value: FloatArray
    rate: FloatArray
    size: FloatArray
    first: IntArray
    by_end: IntArray
    last: IntArray
    index: IntArray


@numba.njit(cache=True, nogil=True)
def divergence_term(nonevents: float, events: float, total_nonevents: float, total_events: float, code: int) -> float:
    """Contribution of one bin to the divergence, totals fixed; an empty class adds 0.5 to both cells."""
    if nonevents <= 0.0 or events <= 0.0:
        nonevents, events = nonevents + 0.5, events + 0.5
    p, q = nonevents / total_nonevents, events / total_events
    if code == 0:
        return (p - q) * np.log(p / q)
    if code == 1:
        middle = 0.5 * (p + q)
        return 0.5 * (p * np.log(p / middle) + q * np.log(q / middle))
    return p * np.log(p / q)


@numba.njit(cache=True, nogil=True)
def build_intervals(
    cells: FloatArray, totals: FloatArray, bounds: FloatArray, fixed: BoolArray, code: int, penalty: float
) -> Intervals:
    """List the intervals that meet the limits on one bin.

    ``cells`` has columns non-events, events, squared weights; ``bounds`` holds least and largest weight, least non-events,
    least events; ``fixed[i]`` keeps the boundary between pre-bins i and i + 1.
    """
    m = cells.shape[0]
    cumulative = np.zeros((m + 1, 3))
    for i in range(m):
        cumulative[i + 1] = cumulative[i] + cells[i]
    room = m * (m + 1) // 2
    start, end = np.empty(room, np.int64), np.empty(room, np.int64)
    value, rate, size = np.empty(room), np.empty(room), np.empty(room)
    n = 0
    for i in range(m):
        for j in range(i, m):
            if j > i and fixed[j - 1]:
                break
            nonevents, events = cumulative[j + 1, 0] - cumulative[i, 0], cumulative[j + 1, 1] - cumulative[i, 1]
            weight = nonevents + events
            if weight > bounds[1]:
                break
            if weight <= 0.0 or weight < bounds[0] or nonevents < bounds[2] or events < bounds[3]:
                continue
            start[n], end[n] = i, j
            value[n] = divergence_term(nonevents, events, totals[0], totals[1], code) - penalty
            rate[n] = events / weight
            size[n] = weight * weight / (cumulative[j + 1, 2] - cumulative[i, 2])
            n += 1
    return _sort_intervals(m, start[:n], end[:n], value[:n], rate[:n], size[:n])


@numba.njit(cache=True, nogil=True)
def _sort_intervals(
    m: int, start: IntArray, end: IntArray, value: FloatArray, rate: FloatArray, size: FloatArray
) -> Intervals:
    """Bucket the intervals by start and by end, each bucket in order of event rate."""
    n = start.size
    first, last = np.zeros(m + 1, np.int64), np.zeros(m + 1, np.int64)
    for e in range(n):
        first[start[e] + 1] += 1
        last[end[e] + 1] += 1
    first, last = np.cumsum(first), np.cumsum(last)
    by_rate = np.argsort(rate)
    order, fill = np.empty(n, np.int64), first.copy()
    for e in by_rate:
        order[fill[start[e]]] = e
        fill[start[e]] += 1
    place = np.empty(n, np.int64)
    place[order] = np.arange(n)
    by_end, fill = np.empty(n, np.int64), last.copy()
    for e in by_rate:
        by_end[fill[end[e]]] = place[e]
        fill[end[e]] += 1
    index = np.full((m, m), -1, np.int64)
    for e in range(n):
        index[start[e], end[e]] = place[e]
    return Intervals(start[order], end[order], value[order], rate[order], size[order], first, by_end, last, index)


@numba.njit(cache=True, nogil=True)
def _better(score: float, count: int, start: int, best: float, best_count: int, best_start: int) -> bool:
    """Order candidates by objective, then fewest bins, then the earliest start of the interval before."""
    if score == -np.inf or best == -np.inf:
        return score > best
    tie = SCORE_TOLERANCE * max(abs(score), abs(best))
    if score > best + tie:
        return True
    if score < best - tie:
        return False
    return count < best_count or (count == best_count and start < best_start)


@numba.njit(cache=True, nogil=True)
def _not_above(lower: float, upper: float, gap: float) -> bool:
    """Say whether ``lower + gap <= upper`` up to rounding."""
    return lower + gap <= upper + RATE_TOLERANCE * max(abs(lower), abs(upper))


@numba.njit(cache=True, nogil=True)
def _differ(intervals: Intervals, a: int, b: int, chi_square: float) -> bool:
    """Say whether Pearson's chi-square between two bins reaches the limit; sizes are Kish sizes."""
    if chi_square <= 0.0:
        return True
    rate_a, rate_b = intervals.rate[a], intervals.rate[b]
    size_a, size_b = intervals.size[a], intervals.size[b]
    pooled = (size_a * rate_a + size_b * rate_b) / (size_a + size_b)
    if pooled <= 0.0 or pooled >= 1.0:
        return False
    statistic = (rate_a - rate_b) ** 2 / (pooled * (1.0 - pooled) * (1.0 / size_a + 1.0 / size_b))
    return statistic >= chi_square * (1.0 - RATE_TOLERANCE)


@numba.njit(cache=True, nogil=True)
def _step(
    intervals: Intervals,
    boundary: int,
    direction: int,
    gap: float,
    chi_square: float,
    source: tuple[FloatArray, IntArray],
    target: tuple[FloatArray, IntArray, IntArray],
    code: int,
) -> None:
    """Extend the chains that end before ``boundary`` by one interval with a rate at least (direction 1) or at most (-1)."""
    rate, start = intervals.rate, intervals.start
    scores, counts = source
    new_scores, new_counts, back = target
    before = intervals.by_end[intervals.last[boundary - 1] : intervals.last[boundary]]
    low, high = intervals.first[boundary], intervals.first[boundary + 1]
    n, seen, leader = before.size, 0, -1
    for step in range(high - low):
        e = low + step if direction > 0 else high - 1 - step
        while seen < n:
            s = before[seen] if direction > 0 else before[n - 1 - seen]
            if not _not_above(direction * rate[s], direction * rate[e], gap):
                break
            seen += 1
            if leader < 0 or _better(scores[s], counts[s], start[s], scores[leader], counts[leader], start[leader]):
                leader = s
        best = leader
        if chi_square > 0.0:
            best = -1
            for k in range(seen):
                s = before[k] if direction > 0 else before[n - 1 - k]
                if scores[s] > -np.inf and _differ(intervals, s, e, chi_square):
                    if best < 0 or _better(scores[s], counts[s], start[s], scores[best], counts[best], start[best]):
                        best = s
        if best < 0 or scores[best] == -np.inf:
            continue
        score, count = scores[best] + intervals.value[e], counts[best] + 1
        known = back[e] % start.size
        if _better(score, count, start[best], new_scores[e], new_counts[e], start[known]):
            new_scores[e], new_counts[e], back[e] = score, count, code * start.size + best


@numba.njit(cache=True, nogil=True)
def best_chains(
    intervals: Intervals, moves: IntArray, n_phases: int, n_layers: int, absorbing: bool, gap: float, chi_square: float
) -> tuple[FloatArray, IntArray, IntArray]:
    """Best chain of intervals up to each interval, by number of bins and phase.

    ``moves`` has rows (phase before, phase after, direction of the rate). Layer k holds chains of k + 1 bins, the last layer
    of an absorbing program those of ``n_layers`` bins or more. Returned are objectives, numbers of bins, and back pointers
    ``(same_layer * n_phases + phase before) * n_intervals + interval before``, all (layer, phase, interval).
    """
    m, n = intervals.first.size - 1, intervals.start.size
    scores = np.full((n_layers, n_phases, n), -np.inf)
    counts = np.zeros((n_layers, n_phases, n), np.int64)
    back = np.full((n_layers, n_phases, n), -1, np.int64)
    for e in range(intervals.first[1]):
        scores[0, :, e], counts[0, :, e] = intervals.value[e], 1
    for boundary in range(1, m):
        for layer in range(1, n_layers):
            same = 1 if absorbing and layer == n_layers - 1 else 0
            for move in range(moves.shape[0]):
                old, new, direction = moves[move]
                target = (scores[layer, new], counts[layer, new], back[layer, new])
                for stay in range(same + 1):
                    source = (scores[layer - 1 + stay, old], counts[layer - 1 + stay, old])
                    code = stay * n_phases + old
                    _step(intervals, boundary, direction, gap, chi_square, source, target, code)
    return scores, counts, back


@numba.njit(cache=True, nogil=True)
def best_ends(
    intervals: Intervals, scores: FloatArray, counts: IntArray, phases: IntArray, lowest: int
) -> tuple[int, int, int]:
    """Layer, phase and last interval of the best chain that covers every pre-bin; (-1, -1, -1) where there is none."""
    m = intervals.first.size - 1
    layer, phase, interval = -1, -1, -1
    best, count, start = -np.inf, 0, 0
    for k in range(lowest, scores.shape[0]):
        for p in phases:
            for e in intervals.by_end[intervals.last[m - 1] : intervals.last[m]]:
                if _better(scores[k, p, e], counts[k, p, e], intervals.start[e], best, count, start):
                    best, count, start = scores[k, p, e], counts[k, p, e], intervals.start[e]
                    layer, phase, interval = k, p, e
    return layer, phase, interval


@numba.njit(cache=True, nogil=True)
def _bend(
    intervals: Intervals,
    middle: int,
    curvature: int,
    gap: float,
    chi_square: float,
    source: tuple[FloatArray, IntArray],
    target: tuple[FloatArray, IntArray, IntArray],
    code: int,
) -> None:
    """Extend the chains that end with ``middle`` by one interval that bends down (curvature 1) or up (-1)."""
    rate, start, end = intervals.rate, intervals.start, intervals.end
    scores, counts = source
    new_scores, new_counts, back = target
    i, after, m = start[middle], end[middle] + 1, intervals.first.size - 1
    before = intervals.by_end[intervals.last[i - 1] : intervals.last[i]]
    low, high = intervals.first[after], intervals.first[after + 1]
    n, seen, leader = before.size, 0, -1
    for step in range(high - low):
        e = high - 1 - step if curvature > 0 else low + step
        limit = curvature * (2.0 * rate[middle] - rate[e])
        while seen < n:
            s = before[seen] if curvature > 0 else before[n - 1 - seen]
            if curvature * rate[s] > limit + RATE_TOLERANCE * (rate[s] + 2.0 * rate[middle] + rate[e]):
                break
            seen += 1
            h = start[s]
            best, best_count = scores[leader, middle], counts[leader, middle]
            if leader < 0 or _better(scores[h, middle], counts[h, middle], h, best, best_count, leader):
                leader = h
        if leader < 0 or scores[leader, middle] == -np.inf or not _differ(intervals, middle, e, chi_square):
            continue
        if not (_not_above(rate[e], rate[middle], gap) or _not_above(rate[middle], rate[e], gap)):
            continue
        score, count = scores[leader, middle] + intervals.value[e], counts[leader, middle] + 1
        if _better(score, count, leader, new_scores[i, e], new_counts[i, e], back[i, e] % m):
            new_scores[i, e], new_counts[i, e], back[i, e] = score, count, code * m + leader


@numba.njit(cache=True, nogil=True)
def best_curved_chains(
    intervals: Intervals, curvature: int, n_layers: int, absorbing: bool, gap: float, chi_square: float
) -> tuple[FloatArray, IntArray, IntArray]:
    """Best chain up to each pair of intervals whose rates are concave (curvature 1) or convex (-1) in the bin number.

    As ``best_chains``, with the start of the interval before the last in place of the phase; layer k holds chains of k + 1
    bins, from k = 1. Back pointers are ``same_layer * n_prebins + start of the interval two before``.
    """
    m, n = intervals.first.size - 1, intervals.start.size
    scores = np.full((n_layers, m, n), -np.inf)
    counts = np.zeros((n_layers, m, n), np.int64)
    back = np.full((n_layers, m, n), -1, np.int64)
    for e in range(intervals.first[1], n):
        s = intervals.index[0, intervals.start[e] - 1]
        if s < 0 or not _differ(intervals, s, e, chi_square):
            continue
        low, high = min(intervals.rate[s], intervals.rate[e]), max(intervals.rate[s], intervals.rate[e])
        if _not_above(low, high, gap):
            scores[1, 0, e], counts[1, 0, e] = intervals.value[s] + intervals.value[e], 2
    for j in range(1, m - 1):
        for middle in intervals.by_end[intervals.last[j] : intervals.last[j + 1]]:
            if intervals.start[middle] == 0:
                continue
            for layer in range(1, n_layers):
                target = (scores[layer], counts[layer], back[layer])
                if layer > 1:
                    source = (scores[layer - 1], counts[layer - 1])
                    _bend(intervals, middle, curvature, gap, chi_square, source, target, 0)
                if absorbing and layer == n_layers - 1:
                    source = (scores[layer], counts[layer])
                    _bend(intervals, middle, curvature, gap, chi_square, source, target, 1)
    return scores, counts, back

"""Kernels of the exact dynamic program over intervals of pre-bins, which trust their arrays.

A state is the number of bins so far (the layer), the phase of the shape, and the last interval.
Intervals that meet at a boundary are kept in order of event rate, so that "the best predecessor
with a lower rate" is a running maximum: one layer costs as much as there are intervals. A limit on
p-values is no threshold on rates: it costs a scan.
"""

from typing import NamedTuple

import numpy as np

from infotheory._compiled import compiled
from infotheory._interrupts import in_pieces
from infotheory._typing import BoolArray, FloatArray, IntArray

__all__ = [
    "CODES",
    "N_PHASES",
    "RATE_TOLERANCE",
    "SCORE_TOLERANCE",
    "STEPS",
    "Intervals",
    "Rules",
    "best_chains",
    "best_curved_chains",
    "best_ends",
    "build_intervals",
    "continue_chains",
    "differ",
    "divergence_term",
    "is_better",
    "no_chains",
    "not_above",
    "sort_intervals",
]

CODES = {"iv": 0, "js": 1, "kl": 2}
N_PHASES = 5
RATE_TOLERANCE = 1e-9  # relative: rates equal up to rounding are equal, at any scale of weights
SCORE_TOLERANCE = 1e-10  # relative: objectives closer than this are tied, and fewer bins win
#: Steps of one call, some nanoseconds each, after which Ctrl-C is heard.
STEPS = 2_000_000


class Intervals(NamedTuple):
    """Intervals of pre-bins that may be a bin, sorted by (start, event rate).

    ``first[i]:first[i + 1]`` are those that start at pre-bin i, ``by_end[last[j]:last[j + 1]]``
    those that end at j, both in order of event rate; ``number[i, j]`` is the interval i..j, or -1.
    """

    start: IntArray
    end: IntArray
    value: FloatArray
    rate: FloatArray
    size: FloatArray
    first: IntArray
    by_end: IntArray
    last: IntArray
    number: IntArray


class Rules(NamedTuple):
    """What consecutive bins have to meet, and how bins are counted.

    Layer k holds chains of k + 1 bins; the last layer of an absorbing program those of ``n_layers``
    bins or more. Where rates are ``means``, the size of an interval is the variance of its rate.
    """

    gap: float
    chi_square: float
    n_layers: int
    absorbing: bool
    means: bool = False


@compiled
def divergence_term(cells: FloatArray, totals: FloatArray, halves: FloatArray, code: int) -> float:
    """Term of one bin in the divergence, totals fixed; an empty class adds half a row to both."""
    share = 1.0 if cells[0] <= 0.0 or cells[1] <= 0.0 else 0.0
    p = (cells[0] + share * halves[0]) / totals[0]
    q = (cells[1] + share * halves[1]) / totals[1]
    if code == 0:
        return (p - q) * np.log(p / q)
    if code == 1:
        middle = 0.5 * (p + q)
        return 0.5 * (p * np.log(p / middle) + q * np.log(q / middle))
    return p * np.log(p / q)


@compiled
def _kish_size(weight: float, squared: float) -> float:
    """Effective number of rows, 0 without weight: the rule of ``inference.kish_size``."""
    return weight * weight / squared if squared > 0.0 else 0.0


@compiled
def build_intervals(
    cells: FloatArray,
    totals: FloatArray,
    halves: FloatArray,
    bounds: FloatArray,
    fixed: BoolArray,
    price: tuple[int, float],
) -> Intervals:
    """List the intervals that meet the limits on one bin.

    ``cells`` has columns non-events, events, and the squared weights of both; ``bounds`` holds
    least and largest weight, then least Kish sizes of non-events and of events; ``fixed[i]`` keeps
    the boundary between pre-bins i and i + 1; ``price`` is the code of the divergence and the
    penalty a bin.
    """
    m = cells.shape[0]

    # One pass finds them, at most one for each pair of ends; the arrays are cut to size below.
    room = m * (m + 1) // 2
    spans, numbers = np.empty((2, room), np.int64), np.empty((3, room))
    n = 0
    sums = np.empty(4)
    for i in range(m):
        # Added up cell by cell: differences of running sums would make an empty class of weights
        # that are no whole numbers a rounding error, and not 0.
        sums[:] = 0.0
        for j in range(i, m):
            if j > i and fixed[j - 1]:
                break
            sums += cells[j]
            weight = sums[0] + sums[1]
            if weight > bounds[1]:
                break  # longer intervals are heavier still
            if weight <= 0.0 or weight < bounds[0]:
                continue
            if _kish_size(sums[0], sums[2]) < bounds[2] or _kish_size(sums[1], sums[3]) < bounds[3]:
                continue
            spans[0, n], spans[1, n] = i, j
            numbers[0, n] = divergence_term(sums, totals, halves, price[0]) - price[1]
            numbers[1, n] = sums[1] / weight
            numbers[2, n] = _kish_size(weight, sums[2] + sums[3])
            n += 1
    return sort_intervals(m, spans[:, :n], numbers[:, :n])


@compiled
def sort_intervals(m: int, spans: IntArray, numbers: FloatArray) -> Intervals:
    """Bucket the intervals by start and by end, each bucket in order of event rate."""
    n = spans.shape[1]
    start, end = spans[0].copy(), spans[1].copy()
    first, last = np.zeros(m + 1, np.int64), np.zeros(m + 1, np.int64)
    for e in range(n):
        first[start[e] + 1] += 1
        last[end[e] + 1] += 1
    first, last = np.cumsum(first), np.cumsum(last)

    # Filled in order of the rates, each bucket is in order of the rates.
    by_rate = np.argsort(numbers[1])
    order, place, fill = np.empty(n, np.int64), np.empty(n, np.int64), first.copy()
    for e in by_rate:
        place[e] = fill[start[e]]
        order[place[e]] = e
        fill[start[e]] += 1

    by_end, fill = np.empty(n, np.int64), last.copy()
    for e in by_rate:
        by_end[fill[end[e]]] = place[e]
        fill[end[e]] += 1

    number = np.full((m, m), -1, np.int64)
    for e in range(n):
        number[start[e], end[e]] = place[e]
    value, rate, size = numbers[0][order], numbers[1][order], numbers[2][order]
    return Intervals(start[order], end[order], value, rate, size, first, by_end, last, number)


@compiled
def is_better(candidate: tuple[float, int, int], best: tuple[float, int, int]) -> bool:
    """Order (objective, number of bins, start of the interval before): most, fewest, earliest."""
    if candidate[0] == -np.inf or best[0] == -np.inf:
        return candidate[0] > best[0]
    tie = SCORE_TOLERANCE * max(abs(candidate[0]), abs(best[0]))
    if abs(candidate[0] - best[0]) > tie:
        return candidate[0] > best[0]
    return candidate[1] < best[1] or (candidate[1] == best[1] and candidate[2] < best[2])


@compiled
def continue_chains(
    intervals: Intervals,
    rules: Rules,
    pair: tuple[int, int],
    phases: tuple[int, int],
    chains: tuple[FloatArray, IntArray, IntArray],
) -> None:
    """Let an interval follow another in the chains of every layer, from one phase to the next.

    Where the last layer absorbs, chains of any further length stay in it.
    """
    (scores, counts, back), n = chains, intervals.start.size
    (s, e), (old, new) = pair, phases
    for layer in range(1, rules.n_layers):
        for stay in range(2 if rules.absorbing and layer == rules.n_layers - 1 else 1):
            source = layer - 1 + stay
            if scores[source, old, s] == -np.inf:
                continue

            candidate = (
                scores[source, old, s] + intervals.value[e],
                counts[source, old, s] + 1,
                intervals.start[s],
            )
            best = (
                scores[layer, new, e],
                counts[layer, new, e],
                intervals.start[back[layer, new, e] % n],
            )
            if is_better(candidate, best):
                scores[layer, new, e] = candidate[0]
                counts[layer, new, e] = candidate[1]
                back[layer, new, e] = (stay * N_PHASES + old) * n + s


@compiled
def not_above(lower: float, upper: float, gap: float) -> bool:
    """Say whether ``lower + gap <= upper`` up to rounding."""
    return lower + gap <= upper + RATE_TOLERANCE * max(abs(lower), abs(upper))


@compiled
def differ(intervals: Intervals, a: int, b: int, rules: Rules) -> bool:
    """Say whether the chi-square between two bins reaches the limit.

    It is Pearson's of two event rates, sizes being Kish sizes, or Welch's of two means.
    """
    if rules.chi_square <= 0.0:
        return True
    least = rules.chi_square * (1.0 - RATE_TOLERANCE)
    rate_a, rate_b = intervals.rate[a], intervals.rate[b]
    size_a, size_b = intervals.size[a], intervals.size[b]
    if rules.means:
        return rate_a != rate_b and (rate_a - rate_b) ** 2 >= least * (size_a + size_b)
    pooled = (size_a * rate_a + size_b * rate_b) / (size_a + size_b)
    if pooled <= 0.0 or pooled >= 1.0:
        return False
    statistic = (rate_a - rate_b) ** 2 / (pooled * (1.0 - pooled) * (1.0 / size_a + 1.0 / size_b))
    return statistic >= least


@compiled
def _step(
    intervals: Intervals,
    rules: Rules,
    move: tuple[int, int, int, bool],
    source: tuple[FloatArray, IntArray],
    target: tuple[FloatArray, IntArray, IntArray],
) -> None:
    """Extend the chains that end before a boundary by one interval.

    ``move`` is (boundary, direction, code, whether only the last pre-bin is of interest): the new
    rate is not below (1) or not above (-1) the one before, or free (0, only without a gap).
    ``source`` has objectives and numbers of bins, ``target`` back pointers too.
    """
    boundary, direction, code, is_final = move
    rate, start = intervals.rate, intervals.start
    scores, counts = source
    new_scores, new_counts, back = target
    before = intervals.by_end[intervals.last[boundary - 1] : intervals.last[boundary]][
        :: 1 if direction >= 0 else -1
    ]
    low, high = intervals.first[boundary], intervals.first[boundary + 1]
    if is_final:  # the one interval that reaches the last pre-bin
        low = intervals.number[boundary, intervals.last.size - 2]
        high = low + 1 if low >= 0 else low

    # Both sides are taken in order of the rate, so that what an interval may follow only grows, and
    # the best of it is a running maximum.
    seen, leader = 0, -1
    for step in range(high - low):
        e = low + step if direction >= 0 else high - 1 - step
        while seen < before.size and not_above(
            direction * rate[before[seen]], direction * rate[e], rules.gap
        ):
            s = before[seen]
            seen += 1
            if leader < 0 or is_better(
                (scores[s], counts[s], start[s]), (scores[leader], counts[leader], start[leader])
            ):
                leader = s

        best = leader
        if rules.chi_square > 0.0:  # a test is no threshold on rates: it takes a scan
            best = _best_different(intervals, rules, e, before[:seen], source)
        if best < 0 or scores[best] == -np.inf:
            continue
        candidate = (scores[best] + intervals.value[e], counts[best] + 1, start[best])
        if is_better(candidate, (new_scores[e], new_counts[e], start[back[e] % start.size])):
            new_scores[e], new_counts[e], back[e] = (
                candidate[0],
                candidate[1],
                code * start.size + best,
            )


@compiled
def _best_different(
    intervals: Intervals,
    rules: Rules,
    e: int,
    before: IntArray,
    source: tuple[FloatArray, IntArray],
) -> int:
    """Best of the intervals ``before`` that differ from ``e`` by the test; -1 where none does."""
    scores, counts = source
    best, leader = -1, (-np.inf, 0, 0)
    for s in before:
        candidate = (scores[s], counts[s], intervals.start[s])
        if is_better(candidate, leader) and differ(intervals, s, e, rules):
            best, leader = s, candidate
    return best


def best_chains(
    intervals: Intervals, moves: IntArray, rules: Rules
) -> tuple[FloatArray, IntArray, IntArray]:
    """Best chain of intervals up to each interval, by number of bins and phase.

    ``moves`` has rows (phase before, phase after, direction of the rate). Returned are objectives,
    numbers of bins, and back pointers
    ``(same_layer * N_PHASES + phase before) * n_intervals + interval before``, each by layer, phase
    and interval.
    """
    m = intervals.first.size - 1
    chains = no_chains(rules.n_layers, N_PHASES, intervals.start.size)
    first = slice(0, intervals.first[1])
    chains[0][0, :, first], chains[1][0, :, first] = intervals.value[first], 1

    steps = rules.n_layers * len(moves) * m * (m if rules.chi_square > 0.0 else 1)
    for boundaries in in_pieces(m, max(1, STEPS // steps)):
        _extend_chains(intervals, moves, rules, (boundaries.start, boundaries.stop), chains)
    return chains


def no_chains(n_layers: int, n_kinds: int, n: int) -> tuple[FloatArray, IntArray, IntArray]:
    """Return objectives, numbers of bins and back pointers of a program that has no chain yet."""
    shape = (n_layers, n_kinds, n)
    return np.full(shape, -np.inf), np.zeros(shape, np.int32), np.full(shape, -1, np.int32)


@compiled
def _extend_chains(
    intervals: Intervals,
    moves: IntArray,
    rules: Rules,
    boundaries: tuple[int, int],
    chains: tuple[FloatArray, IntArray, IntArray],
) -> None:
    """Extend the chains over some of the boundaries, from the first of them to before the last."""
    (scores, counts, back), top = chains, rules.n_layers - 1

    # Intervals that start at a boundary follow those that end before it, which are final by then.
    for boundary in range(max(1, boundaries[0]), boundaries[1]):
        for layer in range(1, rules.n_layers):
            is_final = layer == top and not rules.absorbing
            for k in range(moves.shape[0]):
                old, new, direction = moves[k]
                target = (scores[layer, new], counts[layer, new], back[layer, new])
                source = (scores[layer - 1, old], counts[layer - 1, old])
                _step(intervals, rules, (boundary, direction, old, is_final), source, target)
                if rules.absorbing and layer == top:  # the top layer holds longer chains too
                    source = (scores[layer, old], counts[layer, old])
                    move = (boundary, direction, N_PHASES + old, False)
                    _step(intervals, rules, move, source, target)


@compiled
def best_ends(
    intervals: Intervals, scores: FloatArray, counts: IntArray, phases: IntArray, lowest: int
) -> tuple[int, int, int]:
    """Layer, phase and last interval of the best chain over all pre-bins, each -1 without one."""
    m = intervals.first.size - 1
    best, leader = (-1, -1, -1), (-np.inf, 0, 0)
    for layer in range(lowest, scores.shape[0]):
        for phase in phases:
            for e in intervals.by_end[intervals.last[m - 1] : intervals.last[m]]:
                candidate = (scores[layer, phase, e], counts[layer, phase, e], intervals.start[e])
                if is_better(candidate, leader):
                    best, leader = (layer, phase, e), candidate
    return best


@compiled
def _bend(
    intervals: Intervals,
    rules: Rules,
    move: tuple[int, int, int],
    source: tuple[FloatArray, IntArray],
    target: tuple[FloatArray, IntArray, IntArray],
) -> None:
    """Extend the chains that end with one interval by another that bends the rates down or up.

    ``move`` is (last interval so far, curvature, code) with curvature 1 for concave and -1 for
    convex.
    """
    middle, curvature, code = move
    rate, start, m = intervals.rate, intervals.start, intervals.first.size - 1
    scores, counts = source[0][:, middle], source[1][:, middle]
    i, after = start[middle], intervals.end[middle] + 1
    new_scores, new_counts, back = target[0][i], target[1][i], target[2][i]
    before = intervals.by_end[intervals.last[i - 1] : intervals.last[i]][::curvature]
    low, high = intervals.first[after], intervals.first[after + 1]

    # As in ``_step``: in the order of the rates a bend that is allowed stays so.
    seen, leader = 0, -1
    for step in range(high - low):
        e = high - 1 - step if curvature > 0 else low + step
        while seen < before.size and _bends(curvature, rate[before[seen]], rate[middle], rate[e]):
            h = start[before[seen]]
            seen += 1
            if leader < 0 or is_better(
                (scores[h], counts[h], h), (scores[leader], counts[leader], leader)
            ):
                leader = h

        if leader < 0 or scores[leader] == -np.inf or not _apart(intervals, rules, middle, e):
            continue
        candidate = (scores[leader] + intervals.value[e], counts[leader] + 1, leader)
        if is_better(candidate, (new_scores[e], new_counts[e], back[e] % m)):
            new_scores[e], new_counts[e], back[e] = candidate[0], candidate[1], code * m + leader


@compiled
def _bends(curvature: int, first: float, middle: float, last: float) -> bool:
    """Say whether three rates are concave (1) or convex (-1), up to rounding."""
    return curvature * (first - 2.0 * middle + last) <= RATE_TOLERANCE * (
        abs(first) + 2.0 * abs(middle) + abs(last)
    )


@compiled
def _apart(intervals: Intervals, rules: Rules, a: int, b: int) -> bool:
    """Say whether two consecutive bins meet the limits on the gap and the test."""
    low, high = min(intervals.rate[a], intervals.rate[b]), max(intervals.rate[a], intervals.rate[b])
    return not_above(low, high, rules.gap) and differ(intervals, a, b, rules)


def best_curved_chains(
    intervals: Intervals, curvature: int, rules: Rules
) -> tuple[FloatArray, IntArray, IntArray]:
    """Best chain up to each pair of intervals with concave (1) or convex (-1) rates.

    As ``best_chains``, with the start of the interval before the last in place of the phase. Back
    pointers are ``same_layer * n_prebins + start of the interval two before``.
    """
    m, n = intervals.first.size - 1, intervals.start.size
    chains = no_chains(rules.n_layers, m, n)
    _two_bins(intervals, rules, chains[0], chains[1])

    # The middle one of three bins, in order of its end.
    for ends in in_pieces(m - 1, max(1, STEPS // (rules.n_layers * m**3))):
        _bend_chains(intervals, curvature, rules, (ends.start, ends.stop), chains)
    return chains


@compiled
def _two_bins(intervals: Intervals, rules: Rules, scores: FloatArray, counts: IntArray) -> None:
    """Fill in the chains of two bins, which have no bend."""
    for e in range(intervals.first[1], intervals.start.size):
        s = intervals.number[0, intervals.start[e] - 1]
        if s >= 0 and _apart(intervals, rules, s, e):
            scores[1, 0, e], counts[1, 0, e] = intervals.value[s] + intervals.value[e], 2


@compiled
def _bend_chains(
    intervals: Intervals,
    curvature: int,
    rules: Rules,
    ends: tuple[int, int],
    chains: tuple[FloatArray, IntArray, IntArray],
) -> None:
    """Extend the chains whose last interval ends with some of the pre-bins."""
    (scores, counts, back), top = chains, rules.n_layers - 1
    for j in range(max(1, ends[0]), ends[1]):
        for middle in intervals.by_end[intervals.last[j] : intervals.last[j + 1]]:
            if intervals.start[middle] == 0:
                continue
            for layer in range(2, rules.n_layers):
                source = (scores[layer - 1], counts[layer - 1])
                target = (scores[layer], counts[layer], back[layer])
                _bend(intervals, rules, (middle, curvature, 0), source, target)
            if rules.absorbing:
                source, target = (scores[top], counts[top]), (scores[top], counts[top], back[top])
                _bend(intervals, rules, (middle, curvature, 1), source, target)

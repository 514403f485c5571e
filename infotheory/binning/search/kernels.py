"""Kernels of the exact dynamic program over intervals of pre-bins, which trust their arrays.

A state is the number of bins so far (the layer), the phase of the shape, and the last interval.
Intervals that meet at a boundary are kept in order of event rate, so that "the best predecessor
with a lower rate" is a running maximum: one layer costs as much as there are intervals. A limit on
p-values is no threshold on rates: it costs a scan.
"""

from typing import Any, NamedTuple

import numpy as np

from infotheory._compiled import compiled, inner
from infotheory._interrupts import in_pieces
from infotheory._typing import BoolArray, FloatArray, IntArray
from infotheory.binning.search.few_intervals import intervals_of_few

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
    "room_for_intervals",
    "sort_intervals",
]

CODES = {"iv": 0, "js": 1, "kl": 2}
N_PHASES = 5
RATE_TOLERANCE = 1e-9  # relative: rates equal up to rounding are equal, at any scale of weights
SCORE_TOLERANCE = 1e-10  # relative: objectives closer than this are tied, and fewer bins win
#: Objective, number of bins (Python's integer or numpy's) and start of the last interval.
_Reached = tuple[float, Any, int]
#: No chain; a tuple of a kernel's own would have its types.
_NO_CHAIN: _Reached = (-np.inf, 0, 0)
#: Tolerances between the best objective and those that no ties lead to: more than chains have ends.
_NEAR = 1e6
#: Pre-bins whose intervals numpy lists nearly as fast as a kernel.
_FEW_CELLS = 64
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


@inner
def _kish_size(weight: float, squared: float) -> float:
    """Effective number of rows, 0 without weight: the rule of ``inference.kish_size``."""
    return weight * weight / squared if squared > 0.0 else 0.0


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
    if len(cells) <= _FEW_CELLS:
        spans, numbers = intervals_of_few(cells, totals, halves, bounds, fixed, price)
    else:
        (spans, numbers), sums = room_for_intervals(len(cells)), np.empty(4)
        n = _list_intervals(cells, totals, halves, bounds, fixed, price, (spans, numbers, sums))
        spans, numbers = spans[:, :n], numbers[:, :n]
    return sort_intervals(len(cells), spans, numbers)


def room_for_intervals(m: int) -> tuple[IntArray, FloatArray]:
    """Return arrays that hold an interval for each pair of ends: both ends, and three numbers."""
    room = m * (m + 1) // 2
    return np.empty((2, room), np.int64), np.zeros((3, room))


@compiled
def _list_intervals(
    cells: FloatArray,
    totals: FloatArray,
    halves: FloatArray,
    bounds: FloatArray,
    fixed: BoolArray,
    price: tuple[int, float],
    room: tuple[IntArray, FloatArray, FloatArray],
) -> int:
    """Write the intervals that meet the limits, and return how many there are.

    ``room`` is for their ends, for their numbers, and for four sums on the way: what makes an array
    in a kernel takes longer to compile than the kernel.
    """
    n, (spans, numbers, sums) = 0, room
    for i in range(cells.shape[0]):
        # Added up cell by cell: differences of running sums would make an empty class of weights
        # that are no whole numbers a rounding error, and not 0.
        for c in range(4):
            sums[c] = 0.0
        for j in range(i, cells.shape[0]):
            if j > i and fixed[j - 1]:
                break
            for c in range(4):
                sums[c] += cells[j, c]
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
    return n


def sort_intervals(m: int, spans: IntArray, numbers: FloatArray) -> Intervals:
    """Bucket the intervals by start and by end, each bucket in order of event rate."""
    # Outside of kernels: numba takes seconds to compile what numpy has. Of small integers numpy
    # sorts digits.
    by_rate = np.argsort(numbers[1], kind="stable")
    starts, ends = spans.astype(np.min_scalar_type(m)).take(by_rate, axis=1)
    order = by_rate[np.argsort(starts, kind="stable")]
    place = np.empty(by_rate.size, np.int64)
    place[order] = np.arange(by_rate.size)
    # Both sorts are stable after that by rate, so that each bucket keeps the order of rates.
    by_end = place[by_rate[np.argsort(ends, kind="stable")]]

    first, last = (
        np.concatenate([[0], np.cumsum(np.bincount(side, minlength=m))]) for side in (starts, ends)
    )
    number = np.full((m, m), -1, np.int64)
    number[spans[0], spans[1]] = place
    start, end = spans.take(order, axis=1)
    value, rate, size = numbers.take(order, axis=1)
    return Intervals(start, end, value, rate, size, first, by_end, last, number)


def _precedes(candidate: _Reached, best: _Reached) -> bool:
    """Order (objective, number of bins, start of the interval before): most, fewest, earliest."""
    # Of infinite objectives the difference and the tie would be NaN.
    if candidate[0] == -np.inf or best[0] == -np.inf:
        return candidate[0] > best[0]
    # numba compiles ``max`` as a function of its own.
    size, other = abs(candidate[0]), abs(best[0])
    if abs(candidate[0] - best[0]) > SCORE_TOLERANCE * (other if other > size else size):
        return candidate[0] > best[0]
    return candidate[1] < best[1] or (candidate[1] == best[1] and candidate[2] < best[2])


is_better = inner(_precedes)


@inner
def continue_chains(
    intervals: Intervals,
    rules: Rules,
    e: int,
    steps: IntArray,
    chains: tuple[FloatArray, IntArray, IntArray],
) -> None:
    """Let an interval follow others in the chains of every layer.

    A step is the interval before, its phase and the phase after; all steps to an interval come in
    one call, which costs as much as the work of a step. Where the last layer absorbs, chains of any
    further length stay in it.
    """
    for i in range(steps.shape[0]):
        pair, old, new = (steps[i, 0], e), steps[i, 1], steps[i, 2]
        for layer in range(1, rules.n_layers):
            _let_follow(intervals, pair, (layer - 1, old), (layer, new), chains)
            if rules.absorbing and layer == rules.n_layers - 1:
                _let_follow(intervals, pair, (layer, old), (layer, new), chains)


@inner
def _let_follow(
    intervals: Intervals,
    pair: tuple[int, int],
    source: tuple[int, int],
    target: tuple[int, int],
    chains: tuple[FloatArray, IntArray, IntArray],
) -> None:
    """Let an interval follow another, from one layer and phase to another, where that is better."""
    (scores, counts, back), n = chains, intervals.start.size
    (s, e), (from_layer, old), (layer, new) = pair, source, target
    if scores[from_layer, old, s] == -np.inf:
        return

    score = scores[from_layer, old, s] + intervals.value[e]
    count = np.int64(counts[from_layer, old, s]) + 1
    best = (
        scores[layer, new, e],
        np.int64(counts[layer, new, e]),
        intervals.start[back[layer, new, e] % n],
    )
    if is_better((score, count, intervals.start[s]), best):
        # A back pointer packs whether the layer stays, the phase before and the interval before.
        # It is -1 where there is no chain yet: the place -1 % n above is then never compared.
        stays = 1 if from_layer == layer else 0
        scores[layer, new, e], counts[layer, new, e] = score, count
        back[layer, new, e] = (stays * N_PHASES + old) * n + s


@inner
def not_above(lower: float, upper: float, gap: float) -> bool:
    """Say whether ``lower + gap <= upper`` up to rounding."""
    size, other = abs(lower), abs(upper)
    return lower + gap <= upper + RATE_TOLERANCE * (other if other > size else size)


@inner
def differ(intervals: Intervals, a: int, b: int, rules: Rules) -> bool:
    """Say whether the chi-square between two bins reaches the limit.

    It is Pearson's of two event rates, sizes being Kish sizes, or Welch's of two means.
    """
    if rules.chi_square <= 0.0:
        return True
    least = rules.chi_square * (1.0 - RATE_TOLERANCE)
    rate_a, rate_b = intervals.rate[a], intervals.rate[b]
    size_a, size_b = intervals.size[a], intervals.size[b]
    # Multiplied out: variances of 0 divide nothing, and equal rates do not differ by any test.
    if rules.means:
        return rate_a != rate_b and (rate_a - rate_b) ** 2 >= least * (size_a + size_b)
    pooled = (size_a * rate_a + size_b * rate_b) / (size_a + size_b)
    # Both rates are then 0, or both are 1.
    if pooled <= 0.0 or pooled >= 1.0:
        return False
    statistic = (rate_a - rate_b) ** 2 / (pooled * (1.0 - pooled) * (1.0 / size_a + 1.0 / size_b))
    return statistic >= least


@inner
def _step(
    intervals: Intervals,
    rules: Rules,
    move: tuple[int, int],
    source: tuple[int, int],
    target: tuple[int, int],
    chains: tuple[FloatArray, IntArray, IntArray],
    is_tested: bool | None,
) -> None:
    """Extend the chains that end before a boundary by one interval.

    ``move`` is (boundary, direction): the new rate is not below (1) or not above (-1) the one
    before, or free (0, only without a gap). ``source`` and ``target`` are (layer, phase).
    """
    (boundary, direction), (layer, phase) = move, source
    (scores, counts, _), rate, start = chains, intervals.rate, intervals.start
    ends, stop = intervals.last[boundary - 1], intervals.last[boundary]
    low, high = intervals.first[boundary], intervals.first[boundary + 1]
    if target[0] == rules.n_layers - 1 and not rules.absorbing:
        # the last layer: of interest is the one interval that reaches the last pre-bin
        low = intervals.number[boundary, intervals.last.size - 2]
        high = low + 1 if low >= 0 else low

    # Both sides are taken in order of the rate, so that what an interval may follow only grows, and
    # the best of it is a running maximum. Integers are cast, so that helpers are compiled once:
    # by numpy, for ``int`` leaves numba's integers as short as they are.
    seen, leader, best = 0, -1, _NO_CHAIN
    for step in range(high - low):
        e = low + step if direction >= 0 else high - 1 - step
        while seen < stop - ends:
            s = intervals.by_end[ends + seen if direction >= 0 else stop - 1 - seen]
            if not not_above(direction * rate[s], direction * rate[e], rules.gap):
                break
            seen += 1
            candidate = (scores[layer, phase, s], np.int64(counts[layer, phase, s]), start[s])
            if is_better(candidate, best):
                leader, best = s, candidate

        before = leader
        if is_tested is not None:  # a test is no threshold on rates: it takes a scan
            places = (ends, 1) if direction >= 0 else (stop - 1, -1)
            before = _best_different(intervals, rules, (e, seen), places, source, chains)
        if before >= 0:
            _let_follow(intervals, (before, e), source, target, chains)


@inner
def _best_different(
    intervals: Intervals,
    rules: Rules,
    later: tuple[int, int],
    places: tuple[int, int],
    source: tuple[int, int],
    chains: tuple[FloatArray, IntArray, IntArray],
) -> int:
    """Best of the intervals before ``e`` that differ from it by the test; -1 where none does.

    ``later`` is (e, how many are before it), ``places`` (place of the first, step to the next).
    """
    (scores, counts, _), (layer, phase), start = chains, source, intervals.start
    leader, best = -1, _NO_CHAIN
    for k in range(later[1]):
        s = intervals.by_end[places[0] + k * places[1]]
        candidate = (scores[layer, phase, s], np.int64(counts[layer, phase, s]), start[s])
        if is_better(candidate, best) and differ(intervals, s, later[0], rules):
            leader, best = s, candidate
    return leader


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
    # Chains of one bin: the intervals that start at the first pre-bin.
    first = slice(0, intervals.first[1])
    chains[0][0, :, first], chains[1][0, :, first] = intervals.value[first], 1

    # None leaves the test out of what is compiled.
    tested = True if rules.chi_square > 0.0 else None
    steps = rules.n_layers * len(moves) * m * (m if tested else 1)
    for piece in in_pieces(m, max(1, STEPS // steps)):
        # nothing ends before the first pre-bin
        boundaries = (max(1, piece.start), piece.stop)
        _extend_chains(intervals, moves, rules, boundaries, chains, tested)
    return chains


def no_chains(n_layers: int, n_kinds: int, n: int) -> tuple[FloatArray, IntArray, IntArray]:
    """Return objectives, numbers of bins and back pointers of a program that has no chain yet."""
    shape = (n_layers, n_kinds, n)
    scores, back = np.empty(shape), np.empty(shape, np.int32)
    # a layer at a time: many long ones are gigabytes, and numpy fills them without hearing Ctrl-C
    for layer in range(n_layers):
        scores[layer], back[layer] = -np.inf, -1
    return scores, np.zeros(shape, np.int32), back


@compiled
def _extend_chains(
    intervals: Intervals,
    moves: IntArray,
    rules: Rules,
    boundaries: tuple[int, int],
    chains: tuple[FloatArray, IntArray, IntArray],
    is_tested: bool | None,
) -> None:
    """Extend the chains over some of the boundaries, from the first of them to before the last."""
    # Intervals that start at a boundary follow those that end before it, which are final by then.
    for boundary in range(boundaries[0], boundaries[1]):
        for layer in range(1, rules.n_layers):
            # An absorbing top layer holds longer chains too.
            stays = rules.absorbing and layer == rules.n_layers - 1
            for k in range(moves.shape[0]):
                move, target = (boundary, moves[k, 2]), (layer, moves[k, 1])
                for source in range(layer - 1, layer + 1 if stays else layer):
                    before = (source, moves[k, 0])
                    _step(intervals, rules, move, before, target, chains, is_tested)


def best_ends(
    intervals: Intervals, scores: FloatArray, counts: IntArray, phases: IntArray, lowest: int
) -> tuple[int, int, int]:
    """Layer, phase and last interval of the best chain over all pre-bins, each -1 without one."""
    m = intervals.first.size - 1
    last = intervals.by_end[intervals.last[m - 1] : intervals.last[m]]
    ends = scores[lowest:].take(phases, axis=1).take(last, axis=2)
    top = float(ends.max(initial=-np.inf))
    if top == -np.inf:
        return -1, -1, -1

    # Few are near the best. A tie may lead to a lower objective, of fewer bins or an earlier start:
    # that many steps of the tolerance stay far from this limit.
    best, leader = (-1, -1, -1), _NO_CHAIN
    near = ends >= top - _NEAR * SCORE_TOLERANCE * abs(top)
    for above, k, place in np.argwhere(near).tolist():
        layer, phase, e = lowest + above, int(phases[k]), int(last[place])
        count = int(counts[layer, phase, e])
        candidate = (float(scores[layer, phase, e]), count, int(intervals.start[e]))
        if _precedes(candidate, leader):
            best, leader = (layer, phase, e), candidate
    return best


@inner
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


@inner
def _bends(curvature: int, first: float, middle: float, last: float) -> bool:
    """Say whether three rates are concave (1) or convex (-1), up to rounding."""
    return curvature * (first - 2.0 * middle + last) <= RATE_TOLERANCE * (
        abs(first) + 2.0 * abs(middle) + abs(last)
    )


@inner
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
            # Nothing stands before it, so that it is the middle of no three bins.
            if intervals.start[middle] == 0:
                continue
            for layer in range(2, rules.n_layers):
                source = (scores[layer - 1], counts[layer - 1])
                target = (scores[layer], counts[layer], back[layer])
                _bend(intervals, rules, (middle, curvature, 0), source, target)
            if rules.absorbing:
                source, target = (scores[top], counts[top]), (scores[top], counts[top], back[top])
                _bend(intervals, rules, (middle, curvature, 1), source, target)

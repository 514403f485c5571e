"""Best groupings of each shape, read off the dynamic program."""

import numpy as np
from scipy import special

from infotheory._typing import FloatArray, IntArray
from infotheory.binning.search import kernels as program
from infotheory.binning.search.task import Chain, Task

__all__ = [
    "UNRESTRICTED",
    "best_scores",
    "curved_chains",
    "groups_of",
    "larger",
    "shaped_chains",
    "solve",
]

UNRESTRICTED = "unrestricted"

# Phases: 0 rising, 1 falling, 2 falling after a peak, 3 rising after a valley, 4 free.
# Moves: phase before, phase after, direction of the event rate (0: any).
_MOVES = {
    "ascending": [(0, 0, 1)],
    "descending": [(1, 1, -1)],
    "peak": [(0, 0, 1), (0, 2, -1), (2, 2, -1)],
    "valley": [(1, 1, -1), (1, 3, 1), (3, 3, 1)],
    UNRESTRICTED: [(4, 4, 1), (4, 4, -1)],
}
_PHASES = {"ascending": [0], "descending": [1], "peak": [0, 2], "valley": [1, 3], UNRESTRICTED: [4]}


def solve(task: Task) -> dict[str, Chain]:
    """Best grouping of each shape that has one, the requested shape (or those of "auto") first."""
    intervals = task.intervals()
    chains = (
        curved_chains(task, intervals)
        if task.trend in ("concave", "convex")
        else shaped_chains(task, intervals)
    )
    single = task.single()
    if single is None:
        return {} if task.trend == "auto" and set(chains) == {UNRESTRICTED} else chains
    return {name: larger(single, chains.get(name)) for name in _shapes(task)}


def _shapes(task: Task) -> list[str]:
    """Shapes that are tried; where periods have an order each of them would turn by itself."""
    if task.trend != "auto":
        return [task.trend or UNRESTRICTED]
    in_order = task.order is not None and task.order.slack is not None
    return ["ascending", "descending", UNRESTRICTED] if in_order else list(_MOVES)


def larger(single: Chain, chain: Chain | None) -> Chain:
    """Return the chain of two bins or more where it beats the single bin by more than rounding."""
    if chain is None:
        return single
    tie = program.SCORE_TOLERANCE * max(abs(single.objective), abs(chain.objective))
    return chain if chain.objective > single.objective + tie else single


def _rules(task: Task) -> tuple[int, program.Rules] | None:
    """Lowest layer that may end a chain, and the rules; None where two bins are not allowed."""
    limits, m = task.limits, len(task.cells)
    lowest = max(limits.min_n_bins, 2)
    highest = m if limits.max_n_bins is None else min(limits.max_n_bins, m)
    if lowest > highest:
        return None

    # Without a limit on the number of bins the top layer takes chains of any length.
    absorbing = highest == m
    chi_square = (
        0.0 if limits.max_pvalue is None else float(special.chdtri(task.freedom, limits.max_pvalue))
    )
    n_layers = lowest if absorbing else int(highest)
    return lowest - 1, program.Rules(
        float(limits.min_event_rate_diff), chi_square, n_layers, absorbing, task.compares_means
    )


def _moves(shape: str, rules: program.Rules) -> list[tuple[int, int, int]]:
    """Return the moves of a shape; without a gap the free shape needs no order of the rates."""
    return [(4, 4, 0)] if shape == UNRESTRICTED and rules.gap == 0.0 else _MOVES[shape]


def shaped_chains(task: Task, intervals: program.Intervals) -> dict[str, Chain]:
    """Best chain of two bins or more of each shape that is a sequence of rises and falls."""
    if (bounds := _rules(task)) is None:
        return {}
    lowest, rules = bounds
    shapes = _shapes(task)
    moves = np.array(sorted({move for shape in shapes for move in _moves(shape, rules)}))
    scores, counts, back = task.best_chains(intervals, moves, rules)

    # One program serves all shapes; each is read back from its own best end.
    chains = {}
    for shape in shapes:
        layer, phase, e = program.best_ends(
            intervals, scores, counts, np.array(_PHASES[shape]), lowest
        )
        if layer < 0:
            continue
        objective, starts = float(scores[layer, phase, e]), [int(intervals.start[e])]
        # Back from the last bin to the first; a chain that stays in its layer is one of the top
        # layer.
        while starts[0] > 0:
            code, e = divmod(int(back[layer, phase, e]), intervals.start.size)
            same, phase = divmod(code, program.N_PHASES)
            layer += same - 1
            starts.insert(0, int(intervals.start[e]))
        chains[shape] = Chain(objective, tuple(starts))
    return chains


def best_scores(task: Task, intervals: program.Intervals) -> FloatArray:
    """Best objective of the chains that end with each interval, whatever follows.

    Shape (n_layers, n_intervals): row k holds chains of k + 1 bins; without a limit on the number
    of bins the last row holds longer ones too. No row where two bins are not allowed. The trend is
    of one phase (None, ascending, descending).
    """
    if (bounds := _rules(task)) is None:
        return np.zeros((0, intervals.start.size))
    shape = task.trend or UNRESTRICTED
    scores, _, _ = program.best_chains(intervals, np.array(_moves(shape, bounds[1])), bounds[1])
    return np.asarray(scores[:, _PHASES[shape][0], :])


def curved_chains(task: Task, intervals: program.Intervals) -> dict[str, Chain]:
    """Best chain of two bins or more whose event rates are concave or convex."""
    if (bounds := _rules(task)) is None:
        return {}
    lowest, rules = bounds
    curvature, m = 1 if task.trend == "concave" else -1, len(task.cells)
    scores, counts, back = program.best_curved_chains(intervals, curvature, rules)
    layer, before, e = program.best_ends(intervals, scores, counts, np.arange(m), lowest)
    if layer < 0:
        return {}

    # A back pointer tells the start of the interval two before; the one before is known from it.
    objective, starts = float(scores[layer, before, e]), [int(before), int(intervals.start[e])]
    while starts[0] > 0:
        same, earlier = divmod(int(back[layer, before, e]), m)
        e = intervals.number[before, intervals.start[e] - 1]
        layer, before = layer + same - 1, earlier
        starts.insert(0, before)
    return {str(task.trend): Chain(objective, tuple(starts))}


def groups_of(chain: Chain, n_prebins: int) -> IntArray:
    """Return the group of each pre-bin from the starts of the groups."""
    is_start = np.zeros(n_prebins, dtype=np.intp)
    is_start[list(chain.starts)] = 1
    return np.cumsum(is_start) - 1

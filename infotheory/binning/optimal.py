"""Exact optimal grouping of ordered pre-bins by dynamic programming over intervals."""

from dataclasses import dataclass, replace

import numpy as np
from scipy import special

from infotheory._typing import ArrayLike, BoolArray, FloatArray, IntArray
from infotheory._validation import as_counts, check_length, check_option
from infotheory.binning import _dynamic_program as program
from infotheory.binning.limits import NEUTRAL, Limits
from infotheory.exceptions import InfeasibleError

__all__ = ["DIVERGENCES", "TRENDS", "OptimalGroups", "optimal_groups"]

TRENDS = (None, "auto", "ascending", "descending", "peak", "valley", "concave", "convex")
DIVERGENCES = tuple(program.CODES)
MAX_CURVED_PREBINS = 64
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
_SIZE_TOLERANCE = 1e-9  # relative: a bin of exactly the least or largest size is allowed at any scale of the weights


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OptimalGroups:
    """The best grouping of ordered pre-bins.

    Parameters
    ----------
    groups : ndarray of shape (n_prebins,)
        Bin of each pre-bin, integers 0, 1, ... that never fall.
    objective : float
        Divergence over the bins minus ``bin_penalty`` times their number, in nats.
    trend : str or None
        Shape of the event rate that won; None where none was asked for, or where ``"auto"`` ends in a single bin.
    status : str
        ``"optimal"``, or ``"single bin: "`` and the reason.
    shape_objectives : dict of str to float
        Objective of every shape tried. Under ``"auto"`` also that of ``"unrestricted"``, so that the cost of the shape
        can be read off; shapes that the limits rule out are absent.
    """

    groups: IntArray
    objective: float
    trend: str | None
    status: str
    shape_objectives: dict[str, float]

    @property
    def n_bins(self) -> int:
        """Number of bins."""
        return int(self.groups[-1]) + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class _Task:
    """Everything that decides the optimum; ``relaxed`` drops one limit."""

    cells: FloatArray
    squared: FloatArray
    totals: FloatArray
    limits: Limits
    trend: str | None
    divergence: str
    fixed: BoolArray

    def active(self) -> dict[str, str]:
        """Text of each limit by name."""
        texts = {name: f"{name}={value!r}" for name, value in self.limits.active().items()}
        if self.trend not in (None, "auto"):
            texts["monotonic_trend"] = f"monotonic_trend={self.trend!r}"
        if self.fixed.any():
            texts["user_splits_fixed"] = f"user_splits_fixed ({int(self.fixed.sum())} of {self.fixed.size} boundaries)"
        return texts

    def relaxed(self, name: str) -> "_Task":
        """Return the task without one of its limits."""
        if name == "monotonic_trend":
            return replace(self, trend=None)
        if name == "user_splits_fixed":
            return replace(self, fixed=np.zeros_like(self.fixed))
        return replace(self, limits=replace(self.limits, **{name: NEUTRAL[name]}))


@dataclass(frozen=True, slots=True)
class _Chain:
    """A grouping as the first pre-bin of each bin."""

    objective: float
    starts: tuple[int, ...]


def optimal_groups(
    nonevents: ArrayLike,
    events: ArrayLike,
    *,
    squared_nonevents: ArrayLike | None = None,
    squared_events: ArrayLike | None = None,
    total_nonevents: float | None = None,
    total_events: float | None = None,
    limits: Limits | None = None,
    monotonic_trend: str | None = "auto",
    divergence: str = "iv",
    fixed: ArrayLike | None = None,
) -> OptimalGroups:
    r"""Group ordered pre-bins so that the divergence between non-events and events is largest.

    The optimum is exact: a dynamic program over all contiguous groupings, no solver. Its objective
    :math:`\sum_j f(g_j / G, b_j / B)` adds up over bins because the totals G and B stay those of the table.

    Parameters
    ----------
    nonevents, events : array-like of shape (n_prebins,)
        Counts (sums of weights) of the pre-bins in order. Cells outside the order (missing, special values) do not
        belong here.
    squared_nonevents, squared_events : array-like of shape (n_prebins,), optional
        Sums of squared weights; the counts themselves when None. They give the sizes behind ``max_pvalue`` (Kish) and
        the standard error behind ``"auto"``.
    total_nonevents, total_events : float, optional
        Totals of the whole table, cells outside the order included; the sums of the counts when None.
    limits : Limits, optional
        What bins have to meet; ``Limits()`` when None.
    monotonic_trend : {None, "auto", "ascending", "descending", "peak", "valley", "concave", "convex"}
        Shape of the event rate over the bins; equal rates are allowed in every shape. A peak rises to some bin and
        falls after it (either part may be empty); concave and convex refer to the bin number and take at most 64
        pre-bins. ``"auto"`` is the better of ascending and descending, unless a peak or valley gains more than one
        standard error of the difference.
    divergence : {"iv", "js", "kl"}
        Information value (Jeffreys), Jensen-Shannon, or Kullback-Leibler divergence of non-events from events.
    fixed : array-like of bool of shape (n_prebins - 1,), optional
        Boundaries between pre-bins that have to stay.

    Returns
    -------
    OptimalGroups
        Groups, objective, the shape that won, and what every shape tried would give.

    Raises
    ------
    ValueError
        If counts are negative, not finite or of unequal length, a class is empty, totals are below the sums, an option
        is unknown, or a concave or convex shape is asked of more than 64 pre-bins.
    InfeasibleError
        If no grouping meets the limits; the message names those that contradict each other.

    Notes
    -----
    A bin with an empty class, where the limits allow one, contributes with 0.5 added to both its cells. A single bin is
    exempt from ``min_bin_size``, ``min_bin_n_event`` and ``min_bin_n_nonevent``: there is nothing to merge it with.
    Pre-bins without weight are never a bin of their own. Ties go to fewer bins.

    Examples
    --------
    >>> result = optimal_groups([50, 40, 30, 30], [5, 4, 10, 30])
    >>> result.groups.tolist(), result.trend
    ([0, 0, 1, 2], 'ascending')
    """
    task = _task(
        np.column_stack(_vectors(nonevents, events, "nonevents", "events")),
        squared_nonevents,
        squared_events,
        (total_nonevents, total_events),
        limits=Limits() if limits is None else limits,
        trend=monotonic_trend,
        divergence=divergence,
        fixed=fixed,
    )
    chains = _solve(task)
    if not chains:
        message = (
            f"no grouping of the {len(task.cells)} pre-bins meets {_contradiction(task, 1)}; "
            "relax one of them, or give more pre-bins"
        )
        raise InfeasibleError(message)
    shape = _choose(task, chains) if monotonic_trend == "auto" else next(iter(chains))
    chain = chains[shape]
    single = len(chain.starts) == 1
    return OptimalGroups(
        groups=_groups(chain, len(task.cells)),
        objective=chain.objective,
        trend=None if shape == UNRESTRICTED or (single and monotonic_trend == "auto") else shape,
        status=f"single bin: {_contradiction(task, 2)}" if single else "optimal",
        shape_objectives={name: found.objective for name, found in chains.items()},
    )


def _vectors(first: ArrayLike, second: ArrayLike, *names: str) -> tuple[FloatArray, FloatArray]:
    one, two = (
        as_counts(values, name=name, allow_zero=True) for values, name in zip((first, second), names, strict=True)
    )
    if one.ndim != 1 or one.shape != two.shape:
        message = f"{names[0]} and {names[1]} must be vectors of one length, got shapes {one.shape} and {two.shape}"
        raise ValueError(message)
    return one, two


def _task(
    cells: FloatArray,
    squared_nonevents: ArrayLike | None,
    squared_events: ArrayLike | None,
    totals: tuple[float | None, float | None],
    *,
    limits: Limits,
    trend: str | None,
    divergence: str,
    fixed: ArrayLike | None,
) -> _Task:
    """Check everything and put it together."""
    check_option("monotonic_trend", trend, TRENDS)
    check_option("divergence", divergence, DIVERGENCES)
    m = len(cells)
    if trend in ("concave", "convex") and m > MAX_CURVED_PREBINS:
        message = (
            f"monotonic_trend={trend!r} takes at most {MAX_CURVED_PREBINS} pre-bins, got {m}; "
            f"set max_n_prebins={MAX_CURVED_PREBINS} or less"
        )
        raise ValueError(message)
    squared = cells
    if squared_nonevents is not None or squared_events is not None:
        if squared_nonevents is None or squared_events is None:
            message = "squared_nonevents and squared_events must be given together, got only one of them"
            raise ValueError(message)
        names = ("squared_nonevents", "squared_events")
        squared = np.column_stack(_vectors(squared_nonevents, squared_events, *names))
        if squared.shape != cells.shape or ((squared > 0) != (cells > 0)).any():
            message = f"{names[0]} and {names[1]} must be positive exactly where the {m} counts are"
            raise ValueError(message)
    walls = np.zeros(max(m - 1, 0), dtype=bool) if fixed is None else check_length("fixed", fixed, m - 1).astype(bool)
    return _Task(
        cells=cells,
        squared=squared,
        totals=_totals(cells, totals),
        limits=limits,
        trend=trend,
        divergence=divergence,
        fixed=walls,
    )


def _totals(cells: FloatArray, totals: tuple[float | None, float | None]) -> FloatArray:
    sums = cells.sum(axis=0)
    given = np.array(
        [own if total is None else total for own, total in zip(sums, totals, strict=True)], dtype=np.float64
    )
    for name, own, total in zip(("nonevents", "events"), sums, given, strict=True):
        if not (np.isfinite(total) and total >= own * (1.0 - _SIZE_TOLERANCE)):
            message = f"total_{name} must be finite and at least the sum of {name} {own:g}, got {total:g}"
            raise ValueError(message)
        if total <= 0.0:
            message = (
                f"{name} must not all be zero, got a total of {total:g}; without both classes there is no evidence"
            )
            raise ValueError(message)
    return given


def _solve(task: _Task) -> dict[str, _Chain]:
    """Best grouping of each shape that has one, the requested shape (or the shapes of "auto") first."""
    limits, weight = task.limits, task.totals.sum()
    largest = np.inf if limits.max_bin_size is None else limits.max_bin_size * weight * (1.0 + _SIZE_TOLERANCE)
    least = np.array([limits.min_bin_size * weight, limits.min_bin_n_nonevent, limits.min_bin_n_event])
    least *= 1.0 - _SIZE_TOLERANCE
    intervals = program.build_intervals(
        np.column_stack([task.cells, task.squared.sum(axis=1)]),
        task.totals,
        np.array([least[0], largest, least[1], least[2]]),
        task.fixed,
        (program.CODES[task.divergence], float(limits.bin_penalty)),
    )
    chains = _curved(task, intervals) if task.trend in ("concave", "convex") else _shaped(task, intervals)
    single = _single(task, largest)
    if single is None:
        return {} if task.trend == "auto" and set(chains) == {UNRESTRICTED} else chains
    names = list(_MOVES) if task.trend == "auto" else [task.trend or UNRESTRICTED]
    return {name: _larger(single, chains.get(name)) for name in names}


def _single(task: _Task, largest: float) -> _Chain | None:
    """All pre-bins in one bin, where the limits on the number of bins and their size allow it."""
    if task.limits.min_n_bins > 1 or task.fixed.any() or task.cells.sum() > largest:
        return None
    cells, value = task.cells.sum(axis=0), 0.0
    if cells.any():
        value = program.divergence_term(cells, task.totals, program.CODES[task.divergence])
    return _Chain(value - task.limits.bin_penalty, (0,))


def _larger(single: _Chain, chain: _Chain | None) -> _Chain:
    """Return the chain of two bins or more only where it is better than the single bin by more than rounding."""
    if chain is None:
        return single
    tie = program.SCORE_TOLERANCE * max(abs(single.objective), abs(chain.objective))
    return chain if chain.objective > single.objective + tie else single


def _rules(task: _Task) -> tuple[int, program.Rules] | None:
    """Lowest layer that may end a chain, and the rules of the program; None where two bins or more are not allowed."""
    limits, m = task.limits, len(task.cells)
    lowest = max(limits.min_n_bins, 2)
    highest = m if limits.max_n_bins is None else min(limits.max_n_bins, m)
    if lowest > highest:
        return None
    absorbing = highest == m
    chi_square = 0.0 if limits.max_pvalue is None else float(special.chdtri(1.0, limits.max_pvalue))
    n_layers = lowest if absorbing else int(highest)
    return lowest - 1, program.Rules(float(limits.min_event_rate_diff), chi_square, n_layers, absorbing)


def _moves(shape: str, rules: program.Rules) -> list[tuple[int, int, int]]:
    """Return the moves of a shape; without a gap the free shape needs no order of the event rates."""
    return [(4, 4, 0)] if shape == UNRESTRICTED and rules.gap == 0.0 else _MOVES[shape]


def _shaped(task: _Task, intervals: program.Intervals) -> dict[str, _Chain]:
    """Best chain of two bins or more of each shape that is a sequence of rises and falls."""
    if (bounds := _rules(task)) is None:
        return {}
    lowest, rules = bounds
    shapes = list(_MOVES) if task.trend == "auto" else [task.trend or UNRESTRICTED]
    moves = np.array(sorted({move for shape in shapes for move in _moves(shape, rules)}))
    scores, counts, back = program.best_chains(intervals, moves, rules)
    chains = {}
    for shape in shapes:
        layer, phase, e = program.best_ends(intervals, scores, counts, np.array(_PHASES[shape]), lowest)
        if layer < 0:
            continue
        objective, starts = float(scores[layer, phase, e]), [int(intervals.start[e])]
        while starts[0] > 0:
            code, e = divmod(int(back[layer, phase, e]), intervals.start.size)
            same, phase = divmod(code, program.N_PHASES)
            layer += same - 1
            starts.insert(0, int(intervals.start[e]))
        chains[shape] = _Chain(objective, tuple(starts))
    return chains


def _curved(task: _Task, intervals: program.Intervals) -> dict[str, _Chain]:
    """Best chain of two bins or more whose event rates are concave or convex."""
    if (bounds := _rules(task)) is None:
        return {}
    lowest, rules = bounds
    curvature, m = 1 if task.trend == "concave" else -1, len(task.cells)
    scores, counts, back = program.best_curved_chains(intervals, curvature, rules)
    layer, before, e = program.best_ends(intervals, scores, counts, np.arange(m), lowest)
    if layer < 0:
        return {}
    objective, starts = float(scores[layer, before, e]), [int(before), int(intervals.start[e])]
    while starts[0] > 0:
        same, earlier = divmod(int(back[layer, before, e]), m)
        e = intervals.number[before, intervals.start[e] - 1]
        layer, before = layer + same - 1, earlier
        starts.insert(0, before)
    return {str(task.trend): _Chain(objective, tuple(starts))}


def _groups(chain: _Chain, n_prebins: int) -> IntArray:
    is_start = np.zeros(n_prebins, dtype=np.intp)
    is_start[list(chain.starts)] = 1
    return np.cumsum(is_start) - 1


def _contradiction(task: _Task, fewest: int) -> str:
    """Name limits that together rule out a grouping of ``fewest`` bins or more; none of them can be left out.

    Each limit is relaxed in turn and stays relaxed where that alone does not help.
    """
    for name in task.active():
        without = task.relaxed(name)
        if not _reaches(without, fewest):
            task = without
    texts = list(task.active().values())
    if not texts:
        return "one pre-bin" if len(task.cells) == 1 else "the pre-bins do not differ in event rate"
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} and {texts[-1]} together"


def _reaches(task: _Task, fewest: int) -> bool:
    return any(len(chain.starts) >= fewest for chain in _solve(task).values())


def _choose(task: _Task, chains: dict[str, _Chain]) -> str:
    """Return ascending or descending, unless a peak or valley gains more than one standard error of the difference."""
    simple = _first_best(chains, ("ascending", "descending"))
    bent = _first_best(chains, ("peak", "valley"))
    if simple is None or bent is None:
        return str(simple or bent)
    gain = _larger(chains[simple], chains[bent]).objective - chains[simple].objective
    return bent if gain > 0.0 and gain > _difference_standard_error(task, chains[bent], chains[simple]) else simple


def _first_best(chains: dict[str, _Chain], names: tuple[str, str]) -> str | None:
    found = [name for name in names if name in chains]
    if len(found) < 2:
        return found[0] if found else None
    first, second = found
    return second if _larger(chains[first], chains[second]) is chains[second] else first


def _difference_standard_error(task: _Task, a: _Chain, b: _Chain) -> float:
    """Return the standard error of the difference of two divergences over the same pre-bins, from their influences.

    A row of class c in pre-bin i has the influence ``(d_i - mean of d over class c) / share of c``, with d the
    difference of the two derivatives of the divergence by the share of c in the bin. Cells outside the order have
    d = 0; their squared weights are taken in proportion to those of the pre-bins.
    """
    variance = 0.0
    difference = _derivatives(task, a) - _derivatives(task, b)
    for c in (0, 1):
        total, inside = task.totals[c], task.cells[:, c].sum()
        mean = (task.cells[:, c] @ difference[:, c]) / total
        variance += task.squared[:, c] @ (difference[:, c] - mean) ** 2 / total**2
        if inside > 0.0:
            outside = task.squared[:, c].sum() * max(total - inside, 0.0) / inside
            variance += outside * (mean / total) ** 2
    return float(np.sqrt(variance))


def _derivatives(task: _Task, chain: _Chain) -> FloatArray:
    """Return the derivatives of the divergence by the shares p and q of the bin of each pre-bin."""
    cells = np.add.reduceat(task.cells, chain.starts, axis=0)
    cells += 0.5 * (cells <= 0.0).any(axis=1, keepdims=True)
    p, q = (cells / task.totals).T
    log_ratio = np.log(p / q)
    if task.divergence == "iv":
        slopes = np.column_stack([log_ratio + 1.0 - q / p, 1.0 - p / q - log_ratio])
    elif task.divergence == "js":
        slopes = 0.5 * np.log(2.0 * np.column_stack([p, q]) / (p + q)[:, None])
    else:
        slopes = np.column_stack([log_ratio + 1.0, -p / q])
    return slopes[_groups(chain, len(task.cells))]

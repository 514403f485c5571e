"""Every bin that a characteristic may have, with its terms of objective and divergences."""

from dataclasses import dataclass, replace

import numpy as np

from infotheory._display import short_repr
from infotheory._typing import BoolArray, FloatArray, IntArray
from infotheory.binning.search.kernels import Intervals
from infotheory.binning.search.task import Task
from infotheory.evidence.binned_samples import HALDANE, add_halves, half_rows
from infotheory.evidence.divergence import FORMULAS, debiased_terms

__all__ = ["DIRECTIONS", "Candidates", "Cells", "Choice", "build_candidates", "divergence_terms"]

#: Directions of the event rate that each trend allows: 1 rising, -1 falling, 0 any.
DIRECTIONS: dict[str | None, tuple[int, ...]] = {
    None: (0,),
    "ascending": (1,),
    "descending": (-1,),
    "auto": (1, -1),
}
TRENDS: dict[int, str | None] = {0: None, 1: "ascending", -1: "descending"}
RATE_TOLERANCE = 1e-9  # relative: rates closer than this are equal, as in the dynamic program
RANK_SLACK = 1e-9  # ranks of different event rates are further apart


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cells:
    """Weights of one characteristic by two samples: non-events and events, or two groups."""

    # Weights and squared weights of the ordered pre-bins, of shape (..., n_prebins, 2)
    regular: FloatArray
    regular_squared: FloatArray
    # The same for cells outside the order (missing and special values), of shape (..., n_cells, 2)
    outside: FloatArray
    outside_squared: FloatArray

    @property
    def totals(self) -> FloatArray:
        """Total weight of both samples, shape (..., 2)."""
        return np.asarray(self.regular.sum(axis=-2) + self.outside.sum(axis=-2))

    @property
    def total_squares(self) -> FloatArray:
        """Sum of the squared weights of both samples, shape (..., 2)."""
        return np.asarray(self.regular_squared.sum(axis=-2) + self.outside_squared.sum(axis=-2))

    @property
    def halves(self) -> FloatArray:
        """Weight of half a row of both samples, shape (..., 2)."""
        return half_rows(
            np.concatenate([self.regular, self.outside], axis=-2),
            np.concatenate([self.regular_squared, self.outside_squared], axis=-2),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """The bins of one characteristic."""

    # Candidates in order of their pre-bins; empty where the characteristic is dropped, of shape
    # (n_bins,)
    picked: IntArray

    @property
    def dropped(self) -> bool:
        """Whether everything, missing and special values included, is one bin."""
        return self.picked.size == 0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Candidates:
    """Bins that one characteristic may have.

    A grouping picks intervals of pre-bins that follow each other, from the first pre-bin to the
    last; or the characteristic is dropped: one bin of everything, missing and special values
    included, without any divergence.
    """

    # The characteristic
    name: str
    # First and last pre-bin of each interval. Only the last candidate may hold every pre-bin. Of
    # shape (n_candidates,).
    start: IntArray
    end: IntArray
    # Term of the information value, less the penalty of a bin, of shape (n_candidates,)
    value: FloatArray
    # Rank of the event rate scaled to [0, 1]: what a trend compares, whatever the size of the
    # rates, of shape (n_candidates,)
    order: FloatArray
    # Terms of each divergence between groups without its bias, and of the bound of its variance, of
    # shape (n_comparisons, n_candidates)
    divergence: FloatArray
    variance: FloatArray
    # Information value of missing and special values
    outside_value: float
    # Their terms of each divergence and its variance, of shape (n_comparisons,)
    outside_divergence: FloatArray
    outside_variance: FloatArray
    # Whether the characteristic may be dropped
    droppable: bool
    # Candidates that are still in the race, of shape (n_candidates,)
    allowed: BoolArray
    # The search without groups
    task: Task
    # Its intervals
    intervals: Intervals
    # Candidate of each interval; -1 for the interval of all pre-bins, which has rules of its own,
    # of shape (n_intervals,)
    numbers: IntArray
    # Whether the characteristic separates the classes, or nearly
    separating: bool = False

    __repr__ = short_repr

    @property
    def n_prebins(self) -> int:
        """Number of ordered pre-bins."""
        return len(self.task.cells)

    @property
    def has_single(self) -> bool:
        """Whether one bin may hold every pre-bin."""
        return bool(self.start.size and self.start[-1] == 0 and self.end[-1] == self.n_prebins - 1)

    @property
    def directions(self) -> tuple[int, ...]:
        """Directions of the event rate that the trend allows."""
        return DIRECTIONS[self.task.trend]

    @property
    def tasks(self) -> list[Task]:
        """The search in each direction."""
        return [replace(self.task, trend=TRENDS[direction]) for direction in self.directions]

    @property
    def dropped_value(self) -> float:
        """Value of a dropped characteristic: one bin without information."""
        return -float(self.task.limits.bin_penalty)

    def priced(self, worth: FloatArray) -> Intervals:
        """Intervals with the worth of their candidates in place of their values."""
        return self.intervals._replace(
            value=np.where(self.numbers >= 0, worth[self.numbers], self.intervals.value)
        )

    def choice(self, starts: tuple[int, ...]) -> Choice:
        """Choice of the bins that start at given pre-bins."""
        ends = (*(start - 1 for start in starts[1:]), self.n_prebins - 1)
        # The bin of everything is the last candidate, and has no number among the intervals.
        if len(starts) == 1:
            return Choice(np.array([self.start.size - 1]))
        return Choice(
            self.numbers[[self.intervals.number[pair] for pair in zip(starts, ends, strict=True)]]
        )

    def value_of(self, choice: Choice) -> float:
        """Information value of a choice, missing and special values included, less penalties."""
        if choice.dropped:
            return self.dropped_value
        return float(self.value[choice.picked].sum() + self.outside_value)

    def divergences_of(self, choice: Choice) -> FloatArray:
        """Divergence between the groups of each comparison."""
        if choice.dropped:
            return np.zeros(len(self.divergence))
        return np.asarray(self.divergence[:, choice.picked].sum(axis=1) + self.outside_divergence)

    def spreads_of(self, choice: Choice) -> FloatArray:
        """Bound of the standard error of each divergence."""
        if choice.dropped:
            return np.zeros(len(self.variance))
        return np.sqrt(self.variance[:, choice.picked].sum(axis=1) + self.outside_variance)


def build_candidates(
    name: str,
    task: Task,
    classes: Cells,
    groups: Cells,
    *,
    droppable: bool,
    separating: bool = False,
    divergence_of_groups: str = "iv",
) -> Candidates:
    """List the bins of a characteristic that meet the limits, with their terms.

    ``groups`` has a first axis, one entry a comparison.
    """
    intervals, single, m = task.intervals(), task.single(), len(task.cells)

    # The interval of all pre-bins has rules of its own, and stands last where it is allowed.
    is_part = ~((intervals.start == 0) & (intervals.end == m - 1))
    start, end, value = intervals.start[is_part], intervals.end[is_part], intervals.value[is_part]
    rate = intervals.rate[is_part]
    if single is not None:
        start, end = np.append(start, 0), np.append(end, m - 1)
        # Its rate has no neighbour to be compared with: any number will do.
        value, rate = np.append(value, single.objective), np.append(rate, 0.0)

    cells = _sums(groups.regular, start, end), _sums(groups.regular_squared, start, end)
    outside = groups.outside, groups.outside_squared
    sizes = groups.totals, groups.total_squares
    divergence, outside_divergence = (
        debiased_terms(*each, *sizes, divergence_of_groups) for each in (cells, outside)
    )
    # (n_comparisons, 1, 2): the same totals for every interval of a comparison.
    totals, halves = groups.totals[:, None, :], groups.halves[:, None, :]
    variance, outside_variance = (
        divergence_terms(*each, totals, halves, divergence_of_groups)[1]
        for each in (cells, outside)
    )
    evidence, _ = divergence_terms(
        classes.outside, classes.outside_squared, classes.totals, classes.halves
    )
    return Candidates(
        name=name,
        start=start,
        end=end,
        value=value,
        order=_ranks(rate),
        divergence=divergence,
        variance=variance,
        outside_value=float(evidence.sum()),
        outside_divergence=outside_divergence.sum(axis=-1),
        outside_variance=outside_variance.sum(axis=-1),
        droppable=droppable,
        separating=separating,
        allowed=np.ones(start.size, dtype=bool),
        task=task,
        intervals=intervals,
        numbers=np.where(is_part, np.cumsum(is_part) - 1, -1),
    )


def divergence_terms(
    cells: FloatArray,
    squared: FloatArray,
    totals: FloatArray,
    halves: FloatArray | float = HALDANE,
    name: str = "iv",
) -> tuple[FloatArray, FloatArray]:
    r"""Terms of a divergence and of the bound of its variance; they add up over cells.

    ``cells`` and ``squared`` hold weights and squared weights of two samples on the last axis,
    ``totals`` their total weights. An empty cell of one sample adds half a row to both, whose
    weights are ``halves``, unless the divergence ("js") is finite there; empty cells of both add
    nothing.

    With a and c the derivatives by the two shares, :math:`a = \ln(p/q) + 1 - q/p` and
    :math:`c = \ln(q/p) + 1 - p/q` of the Jeffreys divergence, the variance is
    :math:`\sum S_1 (a - \bar a)^2 / W_1^2 + \sum S_2 (c - \bar c)^2 / W_2^2`, S the squared
    weights of a cell. Without the means it is a sum over cells, and never smaller.

    Examples
    --------
    >>> cells, totals = np.array([[30.0, 10.0], [0.0, 0.0]]), np.array([60.0, 40.0])
    >>> terms, _ = divergence_terms(cells, np.zeros((2, 2)), totals)
    >>> terms.round(4).tolist()  # (1/2 - 1/4) ln 2, and a cell without rows
    [0.1733, 0.0]
    """
    empty = (cells <= 0.0).all(axis=-1)
    # The Jensen-Shannon divergence is finite where a sample lacks, and needs no halves.
    filled = cells if name == "js" else add_halves(cells, halves)

    formula, _ = FORMULAS[name]
    # A cell without rows has no terms; any shares will do for it.
    terms = formula(*np.moveaxis(np.where(np.expand_dims(empty, -1), 1.0, filled / totals), -1, 0))
    gradients = np.stack([terms.first_gradient, terms.second_gradient], axis=-1)
    variance = (squared * gradients**2 / totals**2).sum(axis=-1)
    return np.where(empty, 0.0, terms.value), np.where(empty, 0.0, variance)


def _sums(cells: FloatArray, start: IntArray, end: IntArray) -> FloatArray:
    """Sum the cells of each interval; without a filled cell the sum is 0, and no rounding error."""
    sums, n_filled = (
        _differences(values, start, end) for values in (cells, (cells > 0.0).astype(np.float64))
    )
    return np.where(n_filled > 0.0, sums, 0.0)


def _differences(values: FloatArray, start: IntArray, end: IntArray) -> FloatArray:
    """Sum values from start to end, both included, as differences of running sums."""
    running = np.concatenate(
        [np.zeros((*values.shape[:-2], 1, 2)), np.cumsum(values, axis=-2)], axis=-2
    )
    return np.asarray(running[..., end + 1, :] - running[..., start, :])


def _ranks(rate: FloatArray) -> FloatArray:
    """Rank rates, equal up to rounding counting as equal; scaled to [0, 1]."""
    if rate.size == 0:
        return rate
    # Ranks instead of rates: rates that are equal up to rounding get one rank, and may follow
    # each other in either direction.
    order = np.argsort(rate)
    steps = np.diff(rate[order]) > RATE_TOLERANCE * np.abs(rate[order][1:])
    ranks = np.empty(rate.size)
    ranks[order] = np.concatenate([[0.0], np.cumsum(steps)])
    return ranks / max(ranks.max(), 1.0)

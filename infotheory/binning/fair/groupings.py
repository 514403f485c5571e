"""All groupings of every characteristic, each with its value and what it uses of the budgets."""

from dataclasses import dataclass

import numpy as np

from infotheory._typing import BoolArray, FloatArray, IntArray
from infotheory.binning.fair.candidates import RANK_SLACK, Candidates, Choice
from infotheory.binning.fair.problem import FairProblem
from infotheory.binning.search.kernels import SCORE_TOLERANCE

__all__ = ["Groupings", "list_groupings"]

#: Numbers that the lists may hold in all: 8 bytes each.
MAX_NUMBERS = 20_000_000
#: A divergence below this is 0 but for rounding.
NOTHING = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class Groupings:
    """Groupings of one characteristic."""

    # Candidates of each in order, -1 where there are fewer; none where it is dropped, of shape
    # (n_groupings, most bins)
    picked: IntArray
    # Information value less penalties, of shape (n_groupings,)
    value: FloatArray
    # What each uses of the budgets that several characteristics share, of shape (n_groupings,
    # n_budgets)
    costs: FloatArray

    def take(self, chosen: BoolArray | IntArray) -> "Groupings":
        """Return some of the groupings, by position or mask."""
        return Groupings(self.picked[chosen], self.value[chosen], self.costs[chosen])

    def choice(self, number: int) -> Choice:
        """Return one of them."""
        picked = self.picked[number]
        return Choice(picked[picked >= 0].astype(np.intp))

    def worth(self, prices: FloatArray) -> FloatArray:
        """Values less what the costs are worth."""
        return np.asarray(self.value - self.costs @ prices)

    def undominated(self) -> "Groupings":
        """Leave out what is not better than another one of smaller cost, under one budget."""
        if self.costs.shape[1] != 1 or not self.value.size:
            return self
        # By cost, the best first among equal ones: what is not above the running maximum is
        # dominated.
        order = np.lexsort([-self.value, self.costs[:, 0]])
        before = np.maximum.accumulate(self.value[order])
        tie = SCORE_TOLERANCE * np.abs(self.value).max()
        better = np.concatenate([[True], self.value[order][1:] > before[:-1] + tie])
        return self.take(order[better])


def list_groupings(problem: FairProblem) -> list[Groupings] | None:
    """List the groupings of every characteristic that its own budgets allow.

    None where there are more than fit into memory.
    """
    shared = [row for row in problem.rows if len(row.features) > 1]
    lists, room = [], MAX_NUMBERS
    for f, c in enumerate(problem.candidates):
        groupings = _list(problem, f, c, room)
        if groupings is None:
            return None
        groupings = groupings.undominated()
        lists.append(groupings)
        room -= groupings.value.size * (1 + len(shared) + groupings.picked.shape[1])
    return lists


def _list(problem: FairProblem, f: int, c: Candidates, room: int) -> Groupings | None:
    """List the groupings of one characteristic; None where there are more numbers than room."""
    n_comparisons, limits = len(c.divergence), c.task.limits
    most = c.n_prebins if limits.max_n_bins is None else min(int(limits.max_n_bins), c.n_prebins)
    chains: list[IntArray] = []
    # Where all is in one bin anyway, it is dropped.
    same = c.droppable and c.outside_value == 0.0 and not c.outside_divergence.any()
    if c.has_single and c.allowed[-1] and not same:
        chains.append(np.array([[c.start.size - 1]]))
    for direction in c.directions:
        found = _chains(c, direction, max(limits.min_n_bins, 2), most, room)
        if found is None:
            return None
        chains += found

    width = max([chain.shape[1] for chain in chains], default=1)
    picked = np.concatenate(
        [np.zeros((0, width), dtype=np.int32)]
        + [
            np.pad(chain, [(0, 0), (0, width - chain.shape[1])], constant_values=-1)
            for chain in chains
        ]
    )
    # The last entry stands for no candidate.
    value = np.append(c.value, 0.0)[picked].sum(axis=1) + c.outside_value
    terms, variances = (
        np.column_stack([parts, np.zeros(n_comparisons)])[:, picked].sum(axis=2) + outside[:, None]
        for parts, outside in (
            (c.divergence, c.outside_divergence),
            (c.variance, c.outside_variance),
        )
    )
    used = terms + problem.z * np.sqrt(variances)
    # A budget of 0 admits what is 0 but for rounding.
    used[np.abs(used) < NOTHING] = 0.0
    if c.droppable:
        picked = np.concatenate([picked, np.full((1, width), -1, dtype=picked.dtype)])
        value = np.append(value, c.dropped_value)
        used = np.column_stack([used, np.zeros(n_comparisons)])

    fits, costs = np.ones(value.size, dtype=bool), []
    for row in problem.rows:
        if row.features == (f,):
            fits &= used[row.comparison] <= row.budget
        elif len(row.features) > 1:
            costs.append(used[row.comparison] if f in row.features else np.zeros(value.size))
    matrix = np.column_stack(costs) if costs else np.zeros((value.size, 0))
    return Groupings(picked, value, matrix).take(fits)


def _chains(
    c: Candidates, direction: int, fewest: int, most: int, room: int
) -> list[IntArray] | None:
    """List the chains of two bins or more, by number of bins; None where there is no room."""
    last = c.n_prebins - 1
    usable = np.flatnonzero(c.allowed & ~((c.start == 0) & (c.end == last)))
    # Candidates that start at a pre-bin stand together, from first[i] to before first[i + 1].
    usable = usable[np.argsort(c.start[usable], kind="stable")]
    first = np.searchsorted(c.start[usable], np.arange(c.n_prebins + 1))

    chains, found = usable[: first[1]][:, None].astype(np.int32), []
    for n_bins in range(2, most + 1):
        # Every chain with every candidate that starts where it ends, then those in order.
        ends = c.end[chains[:, -1]] + 1
        n_next = first[ends + 1] - first[ends]
        total = int(n_next.sum())
        if total * n_bins > room:
            return None
        parent = np.repeat(np.arange(len(chains)), n_next)
        offset = np.arange(total) - np.repeat(np.cumsum(n_next) - n_next, n_next)
        following = usable[first[ends][parent] + offset]
        before = chains[parent, -1]
        rises = direction * (c.order[following] - c.order[before]) >= -RANK_SLACK
        if c.task.order is not None:
            spans = [(c.start[k], c.end[k]) for k in (before, following)]
            rises &= c.task.order.follows(spans[0], spans[1], direction)
        chains = np.column_stack([chains[parent[rises]], following[rises]]).astype(np.int32)

        is_whole = c.end[chains[:, -1]] == last
        if n_bins >= fewest and is_whole.any():
            found.append(chains[is_whole])
            room -= int(is_whole.sum()) * n_bins
        # A chain that reaches the last pre-bin is done; the others grow by a bin.
        chains = chains[~is_whole]
    return found

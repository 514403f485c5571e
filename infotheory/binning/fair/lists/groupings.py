"""All groupings of every characteristic that none beats, with values and uses of the budgets.

Groupings are listed by their number of bins, from the first pre-bin on. Two beginnings with the
same last bin and the same number of bins have the same continuations: the one that is no better in
value, and no cheaper in any divergence or variance, is left out at once. That leaves thousands of
groupings where there were millions.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from infotheory._compiled import compiled
from infotheory._typing import BoolArray, FloatArray, IntArray
from infotheory.binning.fair.candidates import RANK_SLACK, Candidates, Choice
from infotheory.binning.fair.problem import FairProblem
from infotheory.binning.search.kernels import SCORE_TOLERANCE, STEPS

__all__ = ["Groupings", "chains_of", "list_groupings", "most_bins", "padded", "weighed"]

#: Numbers that the steps of one list may hold in all; beyond, prices choose what is listed.
MAX_NUMBERS = 1_000_000
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

    def with_others(self, others: "Groupings") -> "Groupings":
        """Return both together."""
        return Groupings(
            padded([self.picked, others.picked]),
            np.concatenate([self.value, others.value]),
            np.concatenate([self.costs, others.costs]),
        )

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

    None where there are too many of one characteristic.
    """
    lists = []
    for f in range(len(problem.candidates)):
        groupings = _groupings_of(problem, f)
        if groupings is None:
            return None
        lists.append(groupings.undominated())
    return lists


def _groupings_of(problem: FairProblem, f: int) -> Groupings | None:
    """List the groupings of one characteristic; None where there are too many."""
    c, chains = problem.candidates[f], list[IntArray]()
    # One bin of all rows tells nothing and costs nothing, just as leaving the characteristic out
    # does; it is listed where missing values or special codes have bins besides, or none may go.
    is_idle = c.droppable and c.outside_value == 0.0 and not c.outside_divergence.any()
    if c.has_single and c.allowed[-1] and not is_idle:
        chains.append(np.array([[c.start.size - 1]]))
    for direction in c.directions:
        found = chains_of(problem, f, direction, MAX_NUMBERS)
        if found is None:
            return None
        chains += found

    picked = padded(chains)
    if c.droppable:
        picked = np.concatenate([picked, np.full((1, picked.shape[1]), -1, dtype=picked.dtype)])
    return weighed(problem, f, picked)


def padded(chains: Sequence[IntArray]) -> IntArray:
    """Return one array of chains of any number of bins, -1 where there are fewer."""
    # What is dropped everywhere has no bins, and still a column that says so.
    width = max([1, *(chain.shape[1] for chain in chains)])
    fill = [
        np.pad(chain, [(0, 0), (0, width - chain.shape[1])], constant_values=-1) for chain in chains
    ]
    return np.concatenate([np.zeros((0, width), dtype=np.int32), *fill])


def weighed(problem: FairProblem, f: int, picked: IntArray) -> Groupings:
    """Values and costs of groupings of one characteristic; those its own budgets forbid are out."""
    c, is_dropped = problem.candidates[f], picked[:, 0] < 0
    # The last entry stands for no candidate.
    value = np.append(c.value, 0.0)[picked].sum(axis=1) + c.outside_value
    terms, variances = (
        np.column_stack([parts, np.zeros(len(parts))])[:, picked].sum(axis=2) + outside[:, None]
        for parts, outside in (
            (c.divergence, c.outside_divergence),
            (c.variance, c.outside_variance),
        )
    )
    used = terms + problem.z * np.sqrt(variances)
    # A budget of 0 admits what is 0 but for rounding.
    used[np.abs(used) < NOTHING] = 0.0
    value, used = np.where(is_dropped, c.dropped_value, value), np.where(is_dropped, 0.0, used)

    fits, costs = np.ones(value.size, dtype=bool), []
    for row in problem.rows:
        if row.features == (f,):
            fits &= used[row.comparison] <= row.budget
        elif len(row.features) > 1:
            costs.append(used[row.comparison] if f in row.features else np.zeros(value.size))
    matrix = np.column_stack(costs) if costs else np.zeros((value.size, 0))
    return Groupings(picked, value, matrix).take(fits)


def most_bins(c: Candidates) -> int:
    """Most bins of a characteristic."""
    most = c.task.limits.max_n_bins
    return c.n_prebins if most is None else min(int(most), c.n_prebins)


def chains_of(
    problem: FairProblem,
    f: int,
    direction: int,
    room: int,
    promising: Callable[[IntArray], BoolArray] | None = None,
) -> list[IntArray] | None:
    """List the chains of two bins or more, by number of bins; None where there is no room.

    Left out is what another chain with as many bins equals or beats in value and every cost.
    ``promising`` says which beginnings, of one number of bins, are worth going on with.
    """
    c, parts = problem.candidates[f], _parts(problem, f)
    last, fewest, most = c.n_prebins - 1, max(c.task.limits.min_n_bins, 2), most_bins(c)
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
        room -= total * n_bins
        if room < 0:
            return None

        # The candidates of a chain are numbered from 0 on, behind the first one that may follow.
        parent = np.repeat(np.arange(len(chains)), n_next)
        offset = np.arange(total) - np.repeat(np.cumsum(n_next) - n_next, n_next)
        following = usable[first[ends][parent] + offset]

        before = chains[parent, -1]
        rises = direction * (c.order[following] - c.order[before]) >= -RANK_SLACK
        if c.task.order is not None:
            spans = [(c.start[k], c.end[k]) for k in (before, following)]
            rises &= c.task.order.follows(spans[0], spans[1], direction)
        chains = np.column_stack([chains[parent[rises]], following[rises]]).astype(np.int32)
        if promising is not None:
            chains = chains[promising(chains)]
        chains = chains[_undominated(chains, parts)]

        is_whole = c.end[chains[:, -1]] == last
        if n_bins >= fewest and is_whole.any():
            found.append(chains[is_whole])
        # A chain that reaches the last pre-bin is done; the others grow by a bin.
        chains = chains[~is_whole]
    return found


def _parts(problem: FairProblem, f: int) -> FloatArray:
    """Return what decides between two chains, smaller being better: minus the value, and costs."""
    c = problem.candidates[f]
    compared = sorted({row.comparison for row in problem.rows if f in row.features})
    spreads = [c.variance[compared]] if problem.z > 0.0 else []
    return np.vstack([-c.value[None, :], c.divergence[compared], *spreads])


def _undominated(chains: IntArray, parts: FloatArray) -> BoolArray:
    """Say which chains none with the same last bin, which goes on as they do, equals or beats."""
    sums, last = parts[:, chains].sum(axis=2), chains[:, -1]
    order = np.lexsort([*sums[::-1], last])  # by last bin, and the best values first
    first = np.searchsorted(last[order], last[order])
    rows, marked = np.ascontiguousarray(sums.T[order]), np.zeros(len(chains), dtype=bool)
    done = 0
    while done < len(rows):
        done = _mark_undominated(first, rows, done, marked)
    stays = np.empty_like(marked)
    stays[order] = marked
    return stays


@compiled
def _mark_undominated(first: IntArray, rows: FloatArray, done: int, marked: BoolArray) -> int:
    """Mark rows that no marked row before them, with the same first row, equals or beats.

    Returned is how many rows are done: after many steps the rest waits, so that Ctrl-C is heard.
    """
    steps = 0
    for i in range(done, rows.shape[0]):
        marked[i] = True
        for j in range(first[i], i):
            if marked[j]:
                k = 1  # rows are in order of their first number
                while k < rows.shape[1] and rows[j, k] <= rows[i, k]:
                    k += 1
                steps += k
                if k == rows.shape[1]:
                    marked[i] = False
                    break

        # Rows that others equal or beat are passed over, which takes time as well.
        steps += i - first[i]
        if steps > STEPS:
            return i + 1
    return rows.shape[0]

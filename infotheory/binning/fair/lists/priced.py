r"""Solves the fair problem where groupings are too many to list: prices say which ones matter.

Every characteristic has one part in the value and one in each budget. So at given prices of the
budgets the best bins of each are found alone, and what they are worth bounds every solution. A
standard error :math:`\sqrt V` is no sum over bins, but between two limits of V its chord is one,
and lies below it: one dynamic program bounds all groupings there, and the limits are drawn closer
where its best bins fall short of what they promised (``best_worth``). The prices with the lowest
bound come from a linear program over the groupings seen (column generation; Dantzig and Wolfe,
doi:10.1287/opre.8.1.101).

A better solution than a known one holds only groupings that come as close to the best of their
characteristic as the known value to the bound. These are listed and chosen among exactly. Where
they are too many, the closest of them are: what is left out reaches at most the bound less the
distance up to which they are listed.
"""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from infotheory._typing import BoolArray, FloatArray, IntArray
from infotheory.binning.fair.candidates import Candidates, Choice
from infotheory.binning.fair.fixing import following_scores
from infotheory.binning.fair.lists.groupings import Groupings, chains_of, most_bins, padded, weighed
from infotheory.binning.fair.lists.listed import NO_SOLVER, choose_listed, relaxed, within_budgets
from infotheory.binning.fair.milp import Progress, SolverOptions, SolverResult
from infotheory.binning.fair.prices import best_bins, prices_by_feature
from infotheory.binning.fair.problem import FairProblem
from infotheory.binning.fair.spread_cuts import chord_between

__all__ = ["MAX_NEARBY", "best_worth", "nearby", "solve_priced"]

#: Numbers that the steps of one list may hold in all, before what comes to too little is left out.
MAX_NEARBY = 4_000_000
#: Shares of the distance between bound and known value up to which groupings are listed.
SHARES = (1 / 16, 1 / 4, 1.0)
#: Steps of the logarithm of the best prices, and how exactly the best worth is asked for there.
NEIGHBOURS = (-0.5, -0.2, -0.1, -0.05, 0.05, 0.1, 0.2, 0.5)
COARSE = 1e-3
#: Promises are within this many distances of the worth, before groupings are listed.
LOOSE = 4.0
_MAX_ROUNDS = 100
_ROUNDING = 1e-9  # relative
_NO_BINS = Choice(np.zeros(0, dtype=np.intp))


@dataclass(frozen=True, slots=True, eq=False)
class _Range:
    """Limits of the variances of a characteristic, one a comparison."""

    low: FloatArray
    high: FloatArray

    def halves(self, comparison: int, middle: float) -> "tuple[_Range, _Range]":
        """Two ranges that meet at a variance."""
        low, high = self.low.copy(), self.high.copy()
        low[comparison] = high[comparison] = middle
        return _Range(self.low, high), _Range(low, self.high)

    def chords(self) -> tuple[FloatArray, FloatArray]:
        """Slopes and constants of the chords of the roots."""
        pairs = [chord_between(*ends) for ends in zip(self.low, self.high, strict=True)]
        slopes, constants = zip(*pairs, strict=True)
        return np.array(slopes), np.array(constants)

    def errors(self) -> FloatArray:
        """How far the roots rise above their chords at most."""
        low, high = np.sqrt(self.low), np.sqrt(self.high)
        return np.asarray((high - low) ** 2 / np.maximum(4.0 * (high + low), 1e-300))


@dataclass(frozen=True, slots=True, eq=False)
class Subproblem:
    """One characteristic at given prices of its divergences and their standard errors."""

    c: Candidates
    # Price of each divergence, and of each standard error, of shape (n_comparisons,)
    prices: FloatArray
    spread_prices: FloatArray
    range: _Range

    def promise(self, box: _Range) -> tuple[FloatArray, float]:
        """Worth of the bins, and of what is outside them, with chords for standard errors."""
        slopes, constants = box.chords()
        slopes *= self.spread_prices
        worth = self.c.value - self.prices @ self.c.divergence - slopes @ self.c.variance
        outside = self.c.outside_value - float(
            self.prices @ self.c.outside_divergence
            + slopes @ self.c.outside_variance
            + self.spread_prices @ constants
        )
        return worth, outside

    def worth(self, choice: Choice) -> float:
        """Value of a choice less what its divergences and standard errors cost."""
        costs = self.prices @ self.c.divergences_of(choice)
        return float(
            self.c.value_of(choice) - costs - self.spread_prices @ self.c.spreads_of(choice)
        )


def variances_of(c: Candidates) -> _Range:
    """Least and largest variance that bins of a characteristic have, by comparison."""
    ends = np.array(
        [
            [-best_bins(c, -v, -float(o))[0], best_bins(c, v, float(o))[0]]
            for v, o in zip(c.variance, c.outside_variance, strict=True)
        ]
    )
    # Without any bins the limits do not matter, and rounding makes no variance negative.
    ends = np.where(np.isfinite(ends), np.maximum(ends, 0.0), 0.0)
    return _Range(ends[:, 0], ends[:, 1])


def best_worth(problem: Subproblem, tolerance: float) -> tuple[float, list[Choice]]:
    """Bound the worth of a characteristic from above, to a tolerance, and the bins seen."""
    c = problem.c
    seen, reached = ([_NO_BINS], c.dropped_value) if c.droppable else ([], -np.inf)
    bound, choice = best_bins(c, *problem.promise(problem.range))
    boxes = [(-bound, 0, problem.range, choice)]

    # The range with the largest promise comes first; the number keeps ties from comparing ranges.
    n_boxes = 1
    while boxes and -boxes[0][0] > reached + tolerance:
        promised, _, box, choice = heapq.heappop(boxes)
        seen.append(choice)
        reached = max(reached, problem.worth(choice))
        if -promised <= reached + tolerance:
            return max(-promised, reached), seen

        # Where the bins cost most more than their chord says, both halves are exact for them.
        variances = c.variance[:, choice.picked].sum(axis=1) + c.outside_variance
        slopes, constants = box.chords()
        short = problem.spread_prices * (np.sqrt(variances) - constants - slopes * variances)
        k = int(short.argmax())
        if not box.low[k] < variances[k] < box.high[k]:
            return max(-promised, reached), seen  # rounding is all that is left
        for half in box.halves(k, float(variances[k])):
            bound, choice = best_bins(c, *problem.promise(half))
            heapq.heappush(boxes, (max(-bound, promised), n_boxes, half, choice))
            n_boxes += 1
    return max([reached, *(-promised for promised, *_ in boxes[:1])]), seen


def nearby(
    problem: FairProblem, f: int, priced: Subproblem, least: float, error: float
) -> IntArray | None:
    """List undominated groupings that are worth at least ``least``, dropping left out.

    Ranges of the variance are halved until promises are within ``error``. None for too many.
    """
    c, boxes = priced.c, [priced.range]
    chains: list[IntArray] = [np.array([[c.start.size - 1]])] if c.has_single else []
    while boxes:
        box = boxes.pop()
        worth, outside = priced.promise(box)
        if best_bins(c, worth, outside)[0] < least:
            continue
        errors = priced.spread_prices * box.errors()
        if errors.sum() > error:
            k = int(errors.argmax())
            # Half way between the roots, where the chord is as far from either part.
            middle = (0.5 * (np.sqrt(box.low[k]) + np.sqrt(box.high[k]))) ** 2
            boxes.extend(box.halves(k, float(middle)))
            continue

        listed = _promised(problem, f, worth, least - outside)
        if listed is None:
            return None
        chains += listed
    # A grouping may be promised enough in several ranges.
    return np.unique(padded(chains), axis=0)


def _promised(
    problem: FairProblem, f: int, worth: FloatArray, least: float
) -> list[IntArray] | None:
    """List chains with a worth of at least ``least``; None for too many."""
    c, chains = problem.candidates[f], list[IntArray]()
    for direction, task in zip(c.directions, c.tasks, strict=True):
        scores = following_scores(c, task, c.priced(worth))
        if not len(scores):
            continue

        # The best that can follow a candidate, itself included, by the most bins that are left.
        is_part = c.numbers >= 0
        after = np.full((len(scores), worth.size), -np.inf)
        after[:, c.numbers[is_part]] = np.maximum.accumulate(scores, axis=0)[:, is_part]
        promising = _Promising(worth, after, most_bins(c), least)
        listed = chains_of(problem, f, direction, MAX_NEARBY, promising)
        if listed is None:
            return None
        chains += listed
    return chains


@dataclass(frozen=True, slots=True, eq=False)
class _Promising:
    """Whether the beginning of a grouping may come to a worth."""

    worth: FloatArray
    after: FloatArray
    most: int
    least: float

    def __call__(self, begun: IntArray) -> BoolArray:
        more = min(self.most - begun.shape[1], len(self.after) - 1)
        before = self.worth[begun[:, :-1]].sum(axis=1)
        return np.asarray(before + self.after[more, begun[:, -1]] >= self.least)


class _Pool:
    """Groupings of each characteristic that the prices asked for, with all budgets as costs."""

    def __init__(self, problem: FairProblem) -> None:
        self.problem = problem
        self.ranges = [variances_of(c) for c in problem.candidates]
        self.choices: list[dict[bytes, Choice]] = [{} for _ in problem.candidates]

    def add(self, f: int, choices: Sequence[Choice]) -> bool:
        """Take in groupings of a characteristic; say whether one of them is new."""
        before = len(self.choices[f])
        self.choices[f] |= {choice.picked.tobytes(): choice for choice in choices}
        return len(self.choices[f]) > before

    def choices_of(self, numbers: Sequence[int]) -> tuple[Choice, ...]:
        """Return groupings by their numbers in the lists."""
        return tuple(
            list(choices.values())[i] for choices, i in zip(self.choices, numbers, strict=True)
        )

    def of_shared(self) -> list[Groupings]:
        """Everything that the budgets of single characteristics allow, with the other budgets."""
        picked = [
            padded([choice.picked[None, :] for choice in choices.values()])
            for choices in self.choices
        ]
        return [weighed(self.problem, f, each) for f, each in enumerate(picked)]

    def lists(self) -> list[Groupings]:
        """Everything taken in."""
        lists = []
        for f, (c, choices) in enumerate(zip(self.problem.candidates, self.choices, strict=True)):
            all_of_them = list(choices.values())
            picked = padded([choice.picked[None, :] for choice in all_of_them])
            value = np.array([c.value_of(choice) for choice in all_of_them])
            costs = np.array([self.problem.used_by(f, choice) for choice in all_of_them])
            lists.append(Groupings(picked, value, costs))
        return lists


@dataclass(frozen=True, slots=True, eq=False)
class _Bound:
    """Bound on every solution, from the best worth of each characteristic at some prices."""

    value: float
    prices: FloatArray
    subproblems: list[Subproblem]
    best: FloatArray


def solve_priced(
    problem: FairProblem,
    options: SolverOptions,
    known: tuple[Choice, ...] | None,
    progress: Progress,
) -> tuple[tuple[Choice, ...] | None, SolverResult, int]:
    """Find the best bins from the groupings that prices ask for, and from those near them.

    Returned are bins within the budgets (or None), the result, whose status is "optimal" where the
    bound is within the gap, and the number of solver calls.
    """
    bound, pool = _lowest_bound(problem, options, known, progress.began)
    # Around the best prices other bins of single characteristics pay, and fill the budgets.
    for step in NEIGHBOURS:
        if options.is_over(progress.began):
            break
        _priced(problem, np.exp(step) * bound.prices, pool, COARSE * abs(bound.value))

    numbers = within_budgets(pool.lists(), problem.budgets, bound.prices, known)
    if numbers is not None:
        known = pool.choices_of(numbers)
    progress.note(-np.inf if known is None else problem.value(known), bound.value)
    return _from_nearby(problem, options, bound, pool, known, progress)


def _from_nearby(
    problem: FairProblem,
    options: SolverOptions,
    bound: _Bound,
    pool: _Pool,
    known: tuple[Choice, ...] | None,
    progress: Progress,
) -> tuple[tuple[Choice, ...] | None, SolverResult, int]:
    """Choose among the groupings near the best ones, ever further away, up to the gap."""
    upper, n_calls, solver = bound.value, 0, NO_SOLVER
    reached = -np.inf if known is None else problem.value(known)

    def is_close() -> bool:
        allowed = options.mip_gap * abs(reached) + _ROUNDING * max(abs(upper), 1.0)
        # Without bins the distance is infinite, and so is any share of what is reached.
        return known is not None and upper - reached <= allowed

    for share in SHARES if known is not None else ():
        if is_close() or options.is_over(progress.began):
            break
        distance = share * (bound.value - reached)
        distance += _ROUNDING * max(abs(bound.value), 1.0)
        lists = _lists_nearby(problem, bound, distance)
        if lists is None:
            break

        # What prices asked for may lie further away, and fill a budget where nothing near does.
        both = zip(lists, pool.of_shared(), strict=True)
        lists = [near.with_others(seen).undominated() for near, seen in both]
        choices, result, calls = choose_listed(problem, lists, options.left(progress.began), known)
        n_calls += calls
        solver = result.solver if calls else solver
        if choices is not None and problem.value(choices) > reached:
            known, reached = choices, problem.value(choices)

        # What is in the lists is bounded by the solver, anything else by its distance.
        listed = -np.inf if result.status == "infeasible" else result.bound
        upper = min(upper, max(listed, bound.value - distance, reached))
        progress.note(reached, upper)

    status = "optimal" if is_close() else "time limit"
    return known, SolverResult(x=None, status=status, bound=upper, solver=solver), n_calls


def _lists_nearby(problem: FairProblem, bound: _Bound, distance: float) -> list[Groupings] | None:
    """List groupings whose worth is within a distance of the best of their characteristic."""
    lists = []
    for f, (priced, best) in enumerate(zip(bound.subproblems, bound.best, strict=True)):
        picked = nearby(problem, f, priced, float(best) - distance, LOOSE * distance)
        if picked is None:
            return None
        if priced.c.droppable:
            picked = np.concatenate([picked, np.full((1, picked.shape[1]), -1, picked.dtype)])
        lists.append(weighed(problem, f, picked))
    return lists


def _lowest_bound(
    problem: FairProblem,
    options: SolverOptions,
    known: tuple[Choice, ...] | None,
    began: float,
) -> tuple[_Bound, _Pool]:
    """Prices with the lowest bound, to a tenth of the gap, and the groupings seen on the way."""
    # Leaving all out that may be, and the bins known, are in the lists from the start.
    pool = _Pool(problem)
    for f, c in enumerate(problem.candidates):
        pool.add(f, [_NO_BINS] if c.droppable else [])
        pool.add(f, [] if known is None else [known[f]])

    # Without a price every budget is free, and no standard error has a chord: a bound for a start.
    lowest, is_new, n_rounds = *_priced(problem, np.zeros(len(problem.rows)), pool, 0.0), 0
    # Column generation: prices of the groupings seen so far ask for others, until none is new.
    while is_new and n_rounds < _MAX_ROUNDS and not options.is_over(began):
        reached, prices, _ = relaxed(pool.lists(), problem.budgets)
        allowed = max(0.1 * options.mip_gap, _ROUNDING) * max(abs(reached), _ROUNDING)
        bound, is_new = _priced(problem, prices, pool, allowed)
        lowest, n_rounds = min(lowest, bound, key=lambda each: each.value), n_rounds + 1
        if lowest.value - reached <= 2.0 * allowed:
            break
    return lowest, pool


def _priced(
    problem: FairProblem,
    prices: FloatArray,
    pool: _Pool,
    tolerance: float,
) -> tuple[_Bound, bool]:
    """Bound at given prices; the groupings seen go into the pool, whether new is said."""
    by_feature = prices_by_feature(problem, prices)
    subproblems = [
        Subproblem(c, price, problem.z * price, each)
        for c, price, each in zip(problem.candidates, by_feature, pool.ranges, strict=True)
    ]
    best, is_new = np.zeros(len(subproblems)), False
    for f, subproblem in enumerate(subproblems):
        best[f], seen = best_worth(subproblem, tolerance / len(subproblems))
        is_new |= pool.add(f, seen)
    value = float(best.sum() + prices @ problem.budgets)
    return _Bound(value, prices, subproblems, best), is_new

"""Prices show which bins no better solution can hold, so that the solver never sees them.

At any prices of the budgets the sum of the best priced values, plus the priced budgets, bounds
every solution from above. A bin whose best grouping falls short of the best of its characteristic
by more than the distance between that bound and a known solution is in no better solution
(reduced-cost fixing). With fewer bins the chord of a standard error is closer to its root, so that
a second look finds more.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from infotheory._later import optimize
from infotheory._typing import FloatArray
from infotheory.binning.fair.candidates import DIRECTIONS, TRENDS, Candidates, Choice
from infotheory.binning.fair.prices import LOGARITHMS, common_prices, prices_by_feature
from infotheory.binning.fair.problem import FairProblem
from infotheory.binning.fair.spread_cuts import chord
from infotheory.binning.search import kernels as program
from infotheory.binning.search.chains import best_scores
from infotheory.binning.search.task import Task

__all__ = ["fix_bins", "following_scores"]

MAX_LOOKS = 6
_WORTHWHILE = 0.9  # share of the bins left beyond which another look does not pay
#: Relative to the values, and by row to 1 + budget: a bin this close to the limit stays.
_ROUNDING = 1e-9

#: A characteristic, the worth of its bins, and the worth of what is outside them.
_Priced = tuple[Candidates, FloatArray, float]


def fix_bins(problem: FairProblem, known: Sequence[Choice]) -> FairProblem:
    """Leave out bins that no solution better than a known one holds; the known bins stay."""
    reached = problem.value(known)
    for _ in range(MAX_LOOKS):
        spreads = _spread_bounds(problem)
        prices = _best_prices(problem, spreads)
        priced = _priced(problem, spreads, prices)

        # A bin stays where its best grouping comes as close to the bound as the known solution.
        rounding = _ROUNDING * (max(abs(reached), 1.0) + float(prices @ (1.0 + problem.budgets)))
        slack = _upper(problem, priced, prices) - reached + rounding
        fewer = replace(problem, candidates=tuple(_restrict(*each, slack) for each in priced))

        done = _n_bins(fewer) > _WORTHWHILE * _n_bins(problem)
        problem = fewer
        if done:
            break
    return problem


def _n_bins(problem: FairProblem) -> int:
    return sum(int(c.allowed.sum()) for c in problem.candidates)


def _spread_bounds(problem: FairProblem) -> list[tuple[FloatArray, FloatArray]]:
    """Slopes and constants under ``z`` times the standard errors, by characteristic."""
    needed = set(problem.spread_keys())
    bounds = []
    for f, c in enumerate(problem.candidates):
        slopes, constants = np.zeros(c.divergence.shape), np.zeros(len(c.divergence))
        for k in range(len(constants)):
            if (f, k) in needed:
                slopes[k], constants[k] = chord(c, k)
        bounds.append((problem.z * slopes, problem.z * constants))
    return bounds


def _best_prices(problem: FairProblem, spreads: list[tuple[FloatArray, FloatArray]]) -> FloatArray:
    """Find the common prices with the lowest upper bound, which is convex in them."""

    def bound(prices: FloatArray) -> float:
        return _upper(problem, _priced(problem, spreads, prices), prices)

    lowest = optimize.minimize_scalar(
        lambda logarithm: bound(common_prices(problem, logarithm)),
        bounds=LOGARITHMS,
        method="bounded",
        options={"xatol": 1e-2},
    )
    # Prices of 0 are the bound without budgets, which is the lower one where no budget binds.
    best, free = common_prices(problem, float(lowest.x)), np.zeros(len(problem.rows))
    return best if float(lowest.fun) < bound(free) else free


def _priced(
    problem: FairProblem, spreads: list[tuple[FloatArray, FloatArray]], prices: FloatArray
) -> list[_Priced]:
    """Worth of the bins at given prices, never below that with the true standard error."""
    priced = []
    by_feature = prices_by_feature(problem, prices)
    for c, price, (slopes, constants) in zip(problem.candidates, by_feature, spreads, strict=True):
        worth = np.where(c.allowed, c.value - price @ (c.divergence + slopes), -np.inf)
        outside = c.outside_value - float(price @ (c.outside_divergence + constants))
        priced.append((c, worth, outside))
    return priced


def _upper(problem: FairProblem, priced: Sequence[_Priced], prices: FloatArray) -> float:
    """Bound every solution from above: the best priced values, and what the budgets cost."""
    return sum(_best(*each) for each in priced) + float(prices @ problem.budgets)


def _best(c: Candidates, worth: FloatArray, outside: float) -> float:
    """Bound the worth of a characteristic, whatever the fewest bins allowed."""
    intervals = c.priced(worth)
    last = intervals.end == c.n_prebins - 1
    # The first layer holds chains of one bin, which has rules of its own: it comes from the last
    # candidate.
    scores = [best_scores(task, intervals)[1:, last].max(initial=-np.inf) for task in c.tasks]
    single = float(worth[-1]) if c.has_single else -np.inf
    dropped = c.dropped_value if c.droppable else -np.inf
    return max(float(max(*scores, single)) + outside, dropped)


def _restrict(c: Candidates, worth: FloatArray, outside: float, slack: float) -> Candidates:
    """Leave out bins whose best grouping falls short of the best of all by more than the slack."""
    through = np.max([_through(c, task, worth) for task in c.tasks], axis=0)
    if c.has_single:
        through[-1] = worth[-1]
    least = _best(c, worth, outside) - slack
    stays = c.allowed & (through + outside >= least)
    return replace(c, allowed=stays, droppable=c.droppable and c.dropped_value >= least)


def following_scores(c: Candidates, task: Task, intervals: program.Intervals) -> FloatArray:
    """Best sums of the chains that start with each interval, by number of bins: ``best_scores``."""
    # A chain that starts at an interval is one that ends at it, with the pre-bins in reverse.
    m = c.n_prebins
    spans = np.stack([m - 1 - intervals.end, m - 1 - intervals.start])
    numbers = np.stack([intervals.value, intervals.rate, intervals.size])
    mirrored = program.sort_intervals(m, spans, numbers)
    backwards = {1: -1, -1: 1, 0: 0}[DIRECTIONS[task.trend][0]]
    scores = best_scores(replace(task, trend=TRENDS[backwards]), mirrored)
    return scores[:, mirrored.number[spans[0], spans[1]]]


def _through(c: Candidates, task: Task, worth: FloatArray) -> FloatArray:
    """Best sum of worth over the groupings of two bins or more that hold each candidate."""
    intervals = c.priced(worth)
    before, after = best_scores(task, intervals), following_scores(c, task, intervals)
    through = np.full(worth.size, -np.inf)
    if len(before):
        is_part = (c.numbers >= 0) & np.isfinite(intervals.value)
        joined = _join(before, after, limited=len(before) == task.limits.max_n_bins)
        # The interval itself stands in both halves.
        through[c.numbers[is_part]] = joined[is_part] - intervals.value[is_part]
    return through


def _join(before: FloatArray, after: FloatArray, *, limited: bool) -> FloatArray:
    """Best sum of a chain up to an interval and one from it, which share this interval.

    ``limited`` says that together they hold at most as many bins as there are rows.
    """
    if not limited:
        return np.asarray(before.max(axis=0) + after.max(axis=0))
    # Layer i has i + 1 bins: layer i before goes with all layers after that keep the sum within
    # limits.
    best = np.maximum.accumulate(after, axis=0)[::-1]
    return np.asarray((before + best).max(axis=0))

"""Solves the fair problem with one variable a grouping, where all groupings can be listed.

A grouping has its exact standard error, so that a chance constraint needs no tangents: what is left
are a value and one cost a budget for each grouping, exactly one grouping a characteristic, and sums
of costs within the budgets (a multiple-choice knapsack). At most as many characteristics are split
in its relaxation as there are budgets, so that prices of the budgets bound the value tightly, and
few groupings come as close to their best as the bound to a known solution: only these are left to
the solver.
"""

import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy import sparse

from infotheory._later import optimize
from infotheory._typing import FloatArray
from infotheory.binning.fair.candidates import Choice
from infotheory.binning.fair.lists.groupings import Groupings
from infotheory.binning.fair.milp import SolverOptions, SolverResult, solve_program
from infotheory.binning.fair.problem import FairProblem, LinearProgram

__all__ = ["NO_SOLVER", "choose_listed", "excess_of", "relaxed", "within_budgets"]

_MAX_ROUNDS = 200
_N_HALVINGS = 30
_PENALTY = 1e6  # what a budget costs where it is exceeded, times the value of everything
_ROUNDING = 1e-9  # relative
ROW_TOLERANCE = 1e-9  # relative to 1 + budget: what a row may be missed by
#: What solved it where prices show that the bins known are the best.
NO_SOLVER = "prices"


def choose_listed(
    problem: FairProblem,
    lists: Sequence[Groupings],
    options: SolverOptions,
    known: tuple[Choice, ...] | None,
) -> tuple[tuple[Choice, ...] | None, SolverResult, int]:
    """Choose among groupings; what misses a budget by the rounding of a solver is cut off."""
    began, n_calls = time.perf_counter(), 0
    budgets = np.array([row.budget for row in problem.rows if len(row.features) > 1])
    is_shared = np.array([len(row.features) > 1 for row in problem.rows], dtype=bool)

    # Each round takes twice as much of what the last one exceeded off the budgets.
    factor = 2.0
    for _ in range(_MAX_ROUNDS):
        choices, result = _solve_listed(lists, budgets, options.left(began), known)
        n_calls += result.solver != NO_SOLVER
        excess = 0.0 if choices is None else excess_of(problem, choices)[is_shared]
        if not np.any(excess):
            return choices, result, n_calls
        budgets, factor = budgets - factor * excess, 2.0 * factor  # pragma: no cover - rounding

    message = (  # pragma: no cover - the budgets shrink faster each time
        f"budgets must be met within {_MAX_ROUNDS} solver calls, got none that meets every one"
    )
    raise RuntimeError(message)  # pragma: no cover


def excess_of(problem: FairProblem, choices: Sequence[Choice]) -> FloatArray:
    """By how much each row is missed; 0 where that is rounding."""
    excess = problem.used(choices) - problem.budgets
    return np.where(excess > ROW_TOLERANCE * (1.0 + problem.budgets), excess, 0.0)


def _solve_listed(
    lists: Sequence[Groupings],
    budgets: FloatArray,
    options: SolverOptions,
    start: Sequence[Choice] | None = None,
) -> tuple[tuple[Choice, ...] | None, SolverResult]:
    """Find one grouping of each characteristic with the largest value within the budgets.

    Returned are the best found (None without any), and how the search ended. The status is
    "infeasible" where even the relaxed program meets no budgets.
    """
    none = SolverResult(x=None, status="infeasible", bound=-np.inf, solver=NO_SOLVER)
    if not all(groupings.value.size for groupings in lists):
        return None, none

    prices, met = _relaxed_prices(lists, budgets)
    if not met and not _can_be_met(lists, budgets):
        return None, none

    # Where what is found near the prices comes within the gap of their bound, no solver is needed.
    upper = _bound(lists, budgets, prices)
    known = within_budgets(lists, budgets, prices, start)
    reached = -np.inf if known is None else _value(lists, known)
    if known is not None and upper - reached <= options.mip_gap * abs(reached) + _ROUNDING:
        result = SolverResult(x=None, status="optimal", bound=upper, solver=NO_SOLVER)
        return _choices(lists, known), result

    # What falls short of its best by more than the gap is in no better solution.
    slack = upper - reached + _ROUNDING * max(abs(upper), 1.0)
    kept = []
    for groupings in lists:
        worth = groupings.worth(prices)
        kept.append(np.flatnonzero(worth >= worth.max() - slack))
    if known is not None:
        kept = [np.union1d(numbers, [number]) for numbers, number in zip(kept, known, strict=True)]

    fewer = [groupings.take(numbers) for groupings, numbers in zip(lists, kept, strict=True)]
    place = (
        None
        if known is None
        else [
            int(np.searchsorted(numbers, number))
            for numbers, number in zip(kept, known, strict=True)
        ]
    )
    result = solve_program(_program(fewer, budgets), options, _encoded(fewer, place))
    if result.status == "infeasible" and known is not None:
        # Nothing is left but, up to rounding, what is known.
        result = replace(result, status="optimal", bound=reached)
    result = replace(result, bound=max(min(result.bound, upper), reached))
    if result.x is None:
        return None if known is None else _choices(lists, known), result

    ends = np.cumsum([groupings.value.size for groupings in fewer])[:-1]
    solved = [int(part.argmax()) for part in np.split(result.x, ends)]
    return _choices(fewer, solved), result


def _choices(lists: Sequence[Groupings], numbers: Sequence[int]) -> tuple[Choice, ...]:
    return tuple(groupings.choice(i) for groupings, i in zip(lists, numbers, strict=True))


def _value(lists: Sequence[Groupings], numbers: Sequence[int]) -> float:
    return sum(float(groupings.value[i]) for groupings, i in zip(lists, numbers, strict=True))


def _used(lists: Sequence[Groupings], numbers: Sequence[int]) -> FloatArray:
    return np.sum([groupings.costs[i] for groupings, i in zip(lists, numbers, strict=True)], axis=0)


def _best(lists: Sequence[Groupings], prices: FloatArray) -> list[int]:
    """Best grouping of each characteristic at given prices."""
    return [int(groupings.worth(prices).argmax()) for groupings in lists]


def _bound(lists: Sequence[Groupings], budgets: FloatArray, prices: FloatArray) -> float:
    """Bound every solution from above: the best priced values, and what the budgets cost."""
    best = sum(float(groupings.worth(prices).max()) for groupings in lists)
    return best + float(prices @ budgets)


def _relaxed_prices(lists: Sequence[Groupings], budgets: FloatArray) -> tuple[FloatArray, bool]:
    """Prices of the budgets with the lowest bound, and whether the relaxed program meets them.

    Groupings enter the relaxed program as the prices ask for them.
    """
    prices = np.zeros(budgets.size)
    entered = [{int(groupings.value.argmax())} for groupings in lists]
    if (_used(lists, [min(seen) for seen in entered]) <= budgets).all():
        return prices, True

    # What uses least of the budgets together comes first, so that the program starts near them.
    for groupings, seen in zip(lists, entered, strict=True):
        seen.add(int((groupings.costs / _scale(budgets)).sum(axis=1).argmin()))

    best, lowest, met = prices, np.inf, False
    for _ in range(_MAX_ROUNDS):
        fewer = [
            groupings.take(np.array(sorted(seen)))
            for groupings, seen in zip(lists, entered, strict=True)
        ]
        reached, prices, met = relaxed(fewer, budgets)
        # Prices of few groupings bound the value of all, though not always lower than the last.
        upper = _bound(lists, budgets, prices)
        if upper < lowest:
            best, lowest = prices, upper

        numbers = _best(lists, prices)
        is_new = [i not in seen for i, seen in zip(numbers, entered, strict=True)]
        for i, seen in zip(numbers, entered, strict=True):
            seen.add(i)
        if not any(is_new) or lowest - reached <= _ROUNDING * max(abs(lowest), 1.0):
            break
    return best, met


def _scale(budgets: FloatArray) -> FloatArray:
    """Size of each budget; one of 0 counts as the smallest other one."""
    return np.maximum(budgets, budgets[budgets > 0.0].min(initial=1.0))


def _can_be_met(lists: Sequence[Groupings], budgets: FloatArray) -> bool:
    """Whether the relaxed program meets the budgets when nothing else matters."""
    if budgets.size == 1:
        least = sum(float(groupings.costs.min()) for groupings in lists)
        return bool(least <= budgets[0] + _ROUNDING * (1.0 + budgets[0]))
    worthless = [replace(groupings, value=np.zeros_like(groupings.value)) for groupings in lists]
    return _relaxed_prices(worthless, budgets)[1]


def relaxed(lists: Sequence[Groupings], budgets: FloatArray) -> tuple[float, FloatArray, bool]:
    """Value and prices of the relaxed program over lists, and whether budgets are met.

    A budget may be exceeded at a price that nothing is worth, so that there always is a solution.
    """
    n_budgets, n = budgets.size, sum(groupings.value.size for groupings in lists)
    span = sum(float(np.ptp(groupings.value)) for groupings in lists)
    penalty = (_PENALTY * span if span > 0.0 else 1.0) / _scale(budgets)

    # A column a grouping, then one a budget for what exceeds it, at its penalty.
    solved = optimize.linprog(
        -np.concatenate([*(groupings.value for groupings in lists), -penalty]),
        A_ub=np.hstack([_costs(lists), -np.eye(n_budgets)]),
        b_ub=budgets,
        A_eq=sparse.hstack([_one_each(lists), sparse.csr_array((len(lists), n_budgets))]),
        b_eq=np.ones(len(lists)),
        method="highs",
    )

    # Prices are what a unit of a budget is worth; rounding makes some slightly negative.
    prices = np.maximum(-np.asarray(solved.ineqlin.marginals), 0.0)
    met = bool((solved.x[n:] <= _ROUNDING * (1.0 + budgets)).all())
    return -float(solved.fun), prices, met


def _costs(lists: Sequence[Groupings]) -> FloatArray:
    return np.concatenate([groupings.costs for groupings in lists]).T


def _one_each(lists: Sequence[Groupings]) -> sparse.csr_array:
    """Rows that count the groupings of each characteristic."""
    sizes = [groupings.value.size for groupings in lists]
    ends = np.concatenate([[0], np.cumsum(sizes)])
    n = int(ends[-1])
    return sparse.csr_array((np.ones(n), np.arange(n), ends), shape=(len(lists), n))


def within_budgets(
    lists: Sequence[Groupings],
    budgets: FloatArray,
    prices: FloatArray,
    start: Sequence[Choice] | None,
) -> list[int] | None:
    """Find groupings within the budgets near the best prices, and spend what is left of them."""
    within: list[int] | None = _best(lists, prices)
    if within is not None and not (_used(lists, within) <= budgets).all():
        # Higher prices use less; they grow together, budgets without a price included. The lowest
        # that keep within the budgets are found by halving.
        base = np.maximum(prices, 1e-3 * prices.max(initial=0.0)) + 1e-12
        low, high, within = 0.0, 30.0, None
        for _ in range(_N_HALVINGS):
            middle = 0.5 * (low + high)
            dearer = _best(lists, base * np.exp(middle))
            if (_used(lists, dearer) <= budgets).all():
                within, high = dearer, middle
            else:
                low = middle

    offers = [within, None if start is None else _find(lists, start)]
    spent = [
        _spend(lists, budgets, offer)
        for offer in offers
        if offer is not None and (_used(lists, offer) <= budgets).all()
    ]
    return max(spent, key=lambda offer: _value(lists, offer), default=None)


def _find(lists: Sequence[Groupings], choices: Sequence[Choice]) -> list[int] | None:
    """Numbers of choices in the lists; None where one was struck off or is dominated."""
    numbers = []
    for groupings, choice in zip(lists, choices, strict=True):
        wanted = np.full(groupings.picked.shape[1], -1)
        if choice.picked.size > wanted.size:
            return None
        wanted[: choice.picked.size] = choice.picked
        places = np.flatnonzero((groupings.picked == wanted).all(axis=1))
        if not places.size:
            return None
        numbers.append(int(places[0]))
    return numbers


def _spend(lists: Sequence[Groupings], budgets: FloatArray, numbers: Sequence[int]) -> list[int]:
    """Exchange groupings while that gains and the budgets hold, the largest gain first."""
    now = list(numbers)
    while True:
        room = budgets - _used(lists, now)
        gain, f, number = 0.0, -1, -1
        for k, (groupings, i) in enumerate(zip(lists, now, strict=True)):
            fits = (groupings.costs - groupings.costs[i] <= room).all(axis=1)
            gains = np.where(fits, groupings.value - groupings.value[i], 0.0)
            gain, f, number = max((gain, f, number), (float(gains.max()), k, int(gains.argmax())))
        if gain <= _ROUNDING:
            return now
        now[f] = number


def _program(lists: Sequence[Groupings], budgets: FloatArray) -> LinearProgram:
    """One binary a grouping, one grouping a characteristic, the budgets."""
    n = sum(groupings.value.size for groupings in lists)
    n_features, n_budgets = len(lists), budgets.size
    return LinearProgram(
        objective=np.concatenate([groupings.value for groupings in lists]),
        constant=0.0,
        is_binary=np.ones(n, dtype=bool),
        matrix=sparse.csr_array(sparse.vstack([_one_each(lists), sparse.csr_array(_costs(lists))])),
        lower=np.concatenate([np.ones(n_features), np.full(n_budgets, -np.inf)]),
        upper=np.concatenate([np.ones(n_features), budgets]),
        first_fairness=n_features,
        blocks=(),
        spreads={},
        stretches={},
    )


def _encoded(lists: Sequence[Groupings], numbers: Sequence[int] | None) -> FloatArray | None:
    """Solution that stands for groupings."""
    if numbers is None:
        return None
    parts = [np.zeros(groupings.value.size) for groupings in lists]
    for part, number in zip(parts, numbers, strict=True):
        part[number] = 1.0
    return np.concatenate(parts)

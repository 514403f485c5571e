"""The frontier of binning: total information value against total demographic information value, budget by budget."""

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.utils.validation import check_is_fitted

from infotheory._parallel import run_tasks
from infotheory._typing import ArrayLike
from infotheory._validation import check_integer
from infotheory.binning import FairBinner
from infotheory.binning.fair.candidates import Choice
from infotheory.binning.fair.prices import best_response, supported_points
from infotheory.binning.fair.problem import FairnessRow, FairProblem
from infotheory.evidence.totals import total_information_value
from infotheory.exceptions import SparseCellWarning
from infotheory.fairness.frontier import Frontier, FrontierPoint, check_budgets, dominated_points
from infotheory.fairness.grouped import GroupedRows, holdout_rows, read_rows
from infotheory.inference import Estimate

__all__ = ["fairness_frontier", "supported_frontier"]

_HIGH_PRICE = 1e9  # at which information about groups outweighs everything else
Progress = Callable[[int, int, str], None]


def fairness_frontier(
    X: Any,
    y: ArrayLike,
    protected: Any,
    budgets: Sequence[float] | None = None,
    *,
    binner: FairBinner | None = None,
    sample_weight: ArrayLike | None = None,
    holdout: Mapping[str, Any] | None = None,
    n_points: int = 10,
    level: float = 0.95,
    n_jobs: int | None = None,
    progress: Progress | None = None,
) -> Frontier:
    """Bins of all characteristics over a range of budgets of demographic information value.

    Rows are counted once; every budget is a mixed-integer program on the same tables (see
    ``FairBinner``).

    Parameters
    ----------
    X : array-like or frame of shape (n_rows, n_features)
        Numbers and categories.
    y : array-like of shape (n_rows,)
        Two labels.
    protected : array-like, Series or frame
        Protected attributes, one column an attribute.
    budgets : sequence of float, optional
        Budgets in nats, ``inf`` for none. When None, ``n_points`` of them are placed one after the
        other in the middle of the step of the frontier that encloses the largest rectangle, from 0
        to the unconstrained optimum.
    binner : FairBinner, optional
        Limits, groups, confidence and solver; its budget is not used. ``FairBinner()`` when None.
    sample_weight : array-like of shape (n_rows,), optional
        Sampling weights.
    holdout : mapping, optional
        Rows that took no part in the fit: keys X, y and protected, and optionally sample_weight.
    n_points : int
        Number of points where ``budgets`` is None, at least 2.
    level : float
        Coverage of the intervals.
    n_jobs : int, optional
        Processes; budgets of a grid are independent of each other. With one process each budget
        starts from the bins of the smaller one.
    progress : callable, optional
        Called with points done, points in all, and what was done.

    Returns
    -------
    Frontier
        Points in order of the budget; ``model`` is the fitted binner. The objective never falls
        with the budget. Further columns of the frame: objective (total information value of the
        program, with fixed totals), bound, used (the largest total that a budget bounds, in nats),
        n_kept (characteristics that are not dropped), n_bins, binding.

    Raises
    ------
    ValueError
        If the data, a budget or an option is not valid.
    InfeasibleError
        If characteristics that have to be kept do not fit a budget.

    Notes
    -----
    ``iv`` is the sum over characteristics, ``iv_fair`` the largest such sum over the pairs of
    groups. Bins are chosen on the training rows, so that both are optimistic there; only the
    held-out ones are honest.

    Examples
    --------
    >>> from infotheory.datasets import make_portfolio
    >>> data = make_portfolio(2000, numeric=[0.3], categorical=[], protected_slope=1.0, random_state=0)
    >>> frame = fairness_frontier(data.X, data.y, data.protected, [0.0, 0.2, np.inf]).to_frame()
    >>> bool(frame["iv"].is_monotonic_increasing), frame["n_kept"].tolist()
    (True, [0, 1, 1])
    """
    base = clone(FairBinner() if binner is None else binner).set_params(budget=None)
    base.fit(X, y, sample_weight, protected=protected)
    event = base.event_label_
    classes = (next(label for label in base.classes_.tolist() if label != event), event)
    policy = {
        "missing": base.missing_protected,
        "intersections": base.intersections,
        "reference": base.reference,
    }
    train = read_rows("training", X, y, protected, sample_weight, classes=classes, policy=policy)
    other = holdout_rows("holdout", holdout, classes=classes, policy=policy)
    if budgets is None:
        fitted = _adaptive(base, n_points, progress)
    else:
        fitted = _grid(base, check_budgets(budgets).tolist(), n_jobs, progress)
    points = [_point(budget, found, train, other) for budget, found in fitted]
    objectives = [found.solution_.objective for _, found in fitted]
    return Frontier(
        tuple(points), dominated_points(objectives, [_used(found) for _, found in fitted]), level
    )


def supported_frontier(binner: FairBinner) -> pd.DataFrame:
    """Find the supported points of the frontier of binning without a solver, by prices and dynamic programming.

    They are exact and lie on the concave hull of the frontier, so that they check what a solver
    finds at their budgets; between them a solver is needed.

    Parameters
    ----------
    binner : FairBinner
        Fitted with one protected attribute of two groups (or one comparison), without confidence;
        its budget is not used.

    Returns
    -------
    pandas.DataFrame
        One row a point, in order of the budget: price (nats of information value per nat of
        IV_fair), budget (IV_fair that the bins use), objective (total information value less
        penalties).

    Raises
    ------
    ValueError
        If there is not exactly one comparison, or standard errors count against the budget.

    Examples
    --------
    >>> from infotheory.datasets import make_portfolio
    >>> data = make_portfolio(2000, numeric=[0.3, 0.2], categorical=[], protected_slope=1.0, random_state=0)
    >>> frame = supported_frontier(FairBinner().fit(data.X, data.y, protected=data.protected))
    >>> bool(frame["objective"].is_monotonic_increasing), float(frame["budget"][0])
    (True, 0.0)
    """
    check_is_fitted(binner)
    if len(binner.comparisons_) != 1 or binner.confidence is not None:
        message = (
            "supported points need one comparison of groups and no confidence, got "
            f"{[str(comparison) for comparison in binner.comparisons_]} and "
            f"confidence={binner.confidence!r}"
        )
        raise ValueError(message)
    candidates = tuple(
        replace(c, droppable=c.name not in binner.keep) for c in binner.solution_.problem.candidates
    )
    row = FairnessRow(0, tuple(range(len(candidates))), np.inf, str(binner.comparisons_[0]))
    points = supported_points(FairProblem(candidates, (row,)))
    return pd.DataFrame(
        [{"price": p.price, "budget": p.used, "objective": p.value} for p in points]
    )


_Fitted = tuple[float, FairBinner]


def _grid(
    base: FairBinner, budgets: list[float], n_jobs: int | None, progress: Progress | None
) -> list[_Fitted]:
    """Solve budgets in ascending order; a smaller budget's bins stand where a larger one's are not better."""
    solved: list[FairBinner] = []
    if n_jobs not in (None, 1):
        solved = run_tasks(_solve, [(base, budget, None) for budget in budgets], n_jobs)
    fitted: list[_Fitted] = []
    for i, budget in enumerate(budgets):
        before = fitted[-1][1] if fitted else None
        found = solved[i] if solved else _solve(base, budget, before)
        if before is not None and before.solution_.objective > found.solution_.objective:
            found = before
        fitted.append((budget, found))
        _tell(progress, i + 1, len(budgets), budget)
    return fitted


def _adaptive(base: FairBinner, n_points: int, progress: Progress | None) -> list[_Fitted]:
    """Place budgets where the frontier is least known: in the step with the largest rectangle."""
    check_integer("n_points", n_points, low=2)
    least = _least_budget(base)
    fitted: list[_Fitted] = [(least, _solve(base, least, None)), (np.inf, base)]
    _tell(progress, 2, n_points, np.inf)
    while len(fitted) < n_points:
        steps = [
            (_used(high) - _used(low)) * (high.solution_.objective - low.solution_.objective)
            for (_, low), (_, high) in pairwise(fitted)
        ]
        place = int(np.argmax(steps))
        if not steps[place] > 0.0:
            break
        low, high = fitted[place], fitted[place + 1]
        budget = 0.5 * (_used(low[1]) + _used(high[1]))
        fitted.insert(place + 1, (budget, _solve(base, budget, low[1])))
        _tell(progress, len(fitted), n_points, budget)
    return fitted


def _solve(base: FairBinner, budget: float, before: FairBinner | None) -> FairBinner:
    start = None if before is None else before.solution_.choices
    return base.with_budget(None if np.isinf(budget) else budget, start=start)


def _used(binner: FairBinner) -> float:
    return _used_by(binner.solution_.problem, binner.solution_.choices)


def _used_by(problem: FairProblem, choices: Sequence[Choice]) -> float:
    """Largest total over the pairs of groups of what a budget bounds, in nats."""
    pairs = zip(problem.candidates, choices, strict=True)
    return float(
        np.max(
            sum(c.divergences_of(choice) + problem.z * c.spreads_of(choice) for c, choice in pairs)
        )
    )


def _least_budget(base: FairBinner) -> float:
    """Budget that the bins with the least information about groups need: 0 where everything may be dropped."""
    problem = base.solution_.problem
    prices = np.full(len(base.comparisons_), _HIGH_PRICE)
    least = [
        best_response(replace(c, droppable=c.name not in base.keep), prices)
        for c in problem.candidates
    ]
    return _used_by(problem, least)


def _point(
    budget: float, binner: FairBinner, train: GroupedRows, other: GroupedRows | None
) -> FrontierPoint:
    measures, comparison = _measures(binner, train)
    holdout, holdout_comparison = ({}, None) if other is None else _measures(binner, other)
    solution = binner.solution_
    details = {
        "objective": solution.objective,
        "bound": solution.bound,
        "used": _used(binner),
        "n_kept": sum(not choice.dropped for choice in solution.choices),
        "n_bins": sum(spec.n_bins for spec in binner.specs_.values()),
        "binding": "; ".join(solution.binding),
    }
    if holdout_comparison is not None:
        details["holdout_comparison"] = holdout_comparison
    return FrontierPoint(
        budget=budget,
        model=binner,
        measures=measures,
        holdout=holdout,
        comparison=comparison,
        status=solution.status,
        gap=solution.gap,
        seconds=solution.seconds,
        details=details,
    )


def _measures(binner: FairBinner, rows: GroupedRows) -> tuple[dict[str, Estimate], str]:
    """Total information value and the largest total demographic one, and the pair of groups behind it."""
    codes = binner.bin_codes(rows.X)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SparseCellWarning)  # the fit has told of such bins
        iv = total_information_value(codes, rows.target, sample_weight=rows.weights)
        between = {}
        for comparison in rows.comparisons:
            chosen, second, weights = rows.pair(comparison)
            between[comparison] = total_information_value(
                codes[chosen], second, sample_weight=weights
            )
    worst = max(between, key=lambda comparison: between[comparison].value)
    return {"iv": iv, "iv_fair": between[worst]}, str(worst)


def _tell(progress: Progress | None, done: int, total: int, budget: float) -> None:
    if progress is not None:
        progress(done, total, f"budget {budget:g}")

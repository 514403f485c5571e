"""The frontier of binning: total information value within budgets of information about groups."""

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.utils.validation import check_is_fitted

from infotheory._display import number_text
from infotheory._largest import largest_of
from infotheory._parallel import run_tasks
from infotheory._target import TargetLabels
from infotheory._typing import ArrayLike
from infotheory._validation import check_integer
from infotheory.binning import FairBinner
from infotheory.binning.fair.candidates import Choice
from infotheory.binning.fair.prices import best_response, supported_points
from infotheory.binning.fair.problem import FairnessRow, FairProblem
from infotheory.evidence.totals import total_of_columns
from infotheory.exceptions import SparseCellWarning, WithheldWarning
from infotheory.fairness.frontier import Frontier, FrontierPoint, check_budgets, dominated_points
from infotheory.fairness.grouped import (
    GroupedSample,
    GroupPolicy,
    read_held_out,
    read_sample,
)
from infotheory.inference import Estimate
from infotheory.scorecard.points.binners import with_event

__all__ = ["fairness_frontier", "supported_frontier"]

#: At this price information about groups outweighs everything else.
_HIGH_PRICE = 1e9

#: Called with points done, points in all, and what was done.
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
    event_label: Any = None,
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
    event_label : object, optional
        The label of an event, where the binner does not name it. When None it is the larger of the
        two, and an EventLabelWarning says so unless labels are 0/1, -1/1 or False/True (numbers or
        text).

    Returns
    -------
    Frontier
        Points in order of the budget; ``model`` is the fitted binner. The objective never falls
        with the budget. Further columns of the table: objective (total information value of the
        program, with fixed totals), bound, used (the largest total that a budget bounds, in nats),
        n_kept (characteristics that are not dropped), n_bins, binding, iv_raw and iv_fair_raw (the
        values with the bias of few rows).

    Raises
    ------
    ValueError
        If the data, a budget or an option is not valid.
    InfeasibleError
        If characteristics that have to be kept do not fit a budget.

    Notes
    -----
    ``iv`` is the sum over characteristics, ``iv_fair`` the largest such sum over the pairs of
    groups, both without the bias of few rows (they may be negative), as are the budgets; the
    interval of ``iv_fair`` is that of the largest true sum, whichever pair has it. Bins are chosen
    on the training rows, so that both are optimistic there; only the held-out ones are honest.

    Examples
    --------
    >>> from infotheory.datasets import make_portfolio
    >>> data = make_portfolio(
    ...     2000, numeric=[0.3], categorical=[], protected_slope=1.0, random_state=0
    ... )
    >>> table = fairness_frontier(data.X, data.y, data.protected, [0.0, 0.2, np.inf]).to_frame()
    >>> bool(table["iv"].is_monotonic_increasing), table["n_kept"].tolist()
    (True, [0, 1, 1])
    """
    if binner is not None and binner.certify:
        message = (
            "binner must not certify, as a frontier asks for many budgets on the same rows, got "
            "certify=True; fit the budget that you choose with it"
        )
        raise ValueError(message)
    if binner is not None and binner.divergence != "iv":
        message = (
            "binner must bound the divergence that a frontier measures, divergence='iv', got "
            f"{binner.divergence!r}; use with_budget and fairness_summary of a fitted binner"
        )
        raise ValueError(message)

    # The candidates of all budgets are those of one fit without a budget; the caller keeps the
    # binner as it is.
    base = clone(FairBinner() if binner is None else binner).set_params(budget=None)
    base = with_event(base, event_label)
    base.fit(X, y, sample_weight, protected=protected)
    labels = TargetLabels.of(base)
    policy = GroupPolicy(
        missing_protected=base.missing_protected,
        intersections=base.intersections,
        reference=base.reference,
    )
    train = read_sample(
        X, y, protected, sample_weight, of="the training rows", labels=labels, policy=policy
    )
    held_out = read_held_out("holdout", holdout, labels=labels, policy=policy)

    if budgets is None:
        solved = _adaptive(base, n_points, progress)
    else:
        solved = _grid(base, check_budgets(budgets).tolist(), n_jobs, progress)

    points = [_point(budget, fitted, train, held_out) for budget, fitted in solved]
    # Compared by what the solver maximised and bounded, not by the estimates of the rows.
    objectives = [fitted.solution_.objective for _, fitted in solved]
    used = [_used(fitted) for _, fitted in solved]
    return Frontier(tuple(points), dominated_points(objectives, used), level)


def supported_frontier(binner: FairBinner) -> pd.DataFrame:
    """Find the supported points of the frontier of binning without a solver.

    Objectives are sums over the training rows: descriptive of a choice, not an estimate.

    They come from prices and dynamic programming, are exact and lie on the concave hull of
    the frontier, so that they check what a solver finds at their budgets; between them a solver is
    needed.

    Parameters
    ----------
    binner : FairBinner
        Fitted with one protected attribute of two groups (or one comparison), without confidence;
        its budget is not used.

    Returns
    -------
    pandas.DataFrame
        One row a point, in order of the budget: price (nats of information value per nat of
        IV_fair), budget (IV_fair that the bins use; less than 0 where groups differ by less than
        chance would make them), objective (total information value less
        penalties).

    Raises
    ------
    ValueError
        If there is not exactly one comparison, or standard errors count against the budget.

    Examples
    --------
    >>> from infotheory.datasets import make_portfolio
    >>> data = make_portfolio(
    ...     2000, numeric=[0.3, 0.2], categorical=[], protected_slope=1.0, random_state=0
    ... )
    >>> table = supported_frontier(FairBinner().fit(data.X, data.y, protected=data.protected))
    >>> bool(table["objective"].is_monotonic_increasing), bool(table["budget"][0] <= 0.0)
    (True, True)
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
        # A price may drop what the fit without a budget had no reason to.
        replace(c, droppable=c.name not in binner.keep)
        for c in binner.solution_.problem.candidates
    )
    # No bound: the price alone weighs what the groups are told apart by.
    row = FairnessRow(0, tuple(range(len(candidates))), np.inf, str(binner.comparisons_[0]))
    points = supported_points(FairProblem(candidates, (row,)))
    return pd.DataFrame(
        [{"price": p.price, "budget": p.used, "objective": p.value} for p in points]
    )


_Solved = tuple[float, FairBinner]


def _grid(
    base: FairBinner, budgets: list[float], n_jobs: int | None, progress: Progress | None
) -> list[_Solved]:
    """Solve budgets in ascending order.

    The bins of a smaller budget keep to a larger one, and stand where a solver that stops at a gap
    found none better.
    """
    in_parallel: list[FairBinner] = []
    # At once no budget can start from the bins of another.
    if n_jobs not in (None, 1):
        in_parallel = run_tasks(_solve, [(base, budget, None) for budget in budgets], n_jobs)

    solved: list[_Solved] = []
    for i, budget in enumerate(budgets):
        # A larger budget allows what a smaller one did: a solver that was stopped early may not
        # fall behind it.
        before = solved[-1][1] if solved else None
        fitted = in_parallel[i] if in_parallel else _solve(base, budget, before)
        if before is not None and before.solution_.objective > fitted.solution_.objective:
            fitted = before
        solved.append((budget, fitted))
        _tell(progress, i + 1, len(budgets), budget)
    return solved


def _adaptive(base: FairBinner, n_points: int, progress: Progress | None) -> list[_Solved]:
    """Place budgets where the frontier is least known: in the step with the largest rectangle."""
    check_integer("n_points", n_points, low=2)
    # the two ends: below the first budget nothing is feasible, above the last nothing binds
    least = _least_budget(base)
    solved: list[_Solved] = [(least, _solve(base, least, None)), (np.inf, base)]
    _tell(progress, 2, n_points, np.inf)

    while len(solved) < n_points:
        # What is best within a budget is so for all budgets down to what it uses: between two
        # points the frontier turns above the budget of the first, and below what the second uses.
        rectangles = [
            (_used(high) - budget) * (high.solution_.objective - low.solution_.objective)
            for (budget, low), (_, high) in pairwise(solved)
        ]
        place = int(np.argmax(rectangles))
        # No step is left inside which the frontier could turn.
        if not rectangles[place] > 0.0:
            break

        (below, low), (_, high) = solved[place : place + 2]
        budget = 0.5 * (below + _used(high))
        solved.insert(place + 1, (budget, _solve(base, budget, low)))
        _tell(progress, len(solved), n_points, budget)
    return solved


def _solve(base: FairBinner, budget: float, before: FairBinner | None) -> FairBinner:
    # Bins within a smaller budget are within this one: a start for the solver.
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
    """Budget that the bins with the least information about groups need, 0 where all may go.

    Information less its bias may be negative, budgets are not.
    """
    problem = base.solution_.problem
    prices = np.full(len(base.comparisons_), _HIGH_PRICE)
    least = [
        best_response(replace(c, droppable=c.name not in base.keep), prices)
        for c in problem.candidates
    ]
    return max(_used_by(problem, least), 0.0)


def _point(
    budget: float, binner: FairBinner, train: GroupedSample, held_out: GroupedSample | None
) -> FrontierPoint:
    """Measure fitted bins of one budget on the training rows and on those held out."""
    measures, raw, comparison = _measures(binner, train)

    solution = binner.solution_
    details = {
        "objective": solution.objective,
        "bound": solution.bound,
        "used": _used(binner),
        "n_kept": sum(not choice.dropped for choice in solution.choices),
        "n_bins": sum(spec.n_bins for spec in binner.specs_.values()),
        "binding": "; ".join(solution.binding),
    }
    # The plug-in totals beside the estimates, which are without their bias.
    details |= {f"{name}_raw": value for name, value in raw.items()}

    holdout: dict[str, Estimate] = {}
    if held_out is not None:
        holdout, raw, details["holdout_comparison"] = _measures(binner, held_out)
        details |= {f"holdout_{name}_raw": value for name, value in raw.items()}
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


def _measures(
    binner: FairBinner, sample: GroupedSample
) -> tuple[dict[str, Estimate], dict[str, float], str]:
    """Total information values about events and about groups, and the pair of groups behind it.

    The values in the middle are those with their bias.
    """
    codes, rows = binner.bin_codes(sample.X), sample.rows
    with warnings.catch_warnings():
        # The fit has told of bins that one class or group does not reach, and each total says
        # itself why it has no interval.
        warnings.simplefilter("ignore", SparseCellWarning)
        warnings.simplefilter("ignore", WithheldWarning)
        iv = total_of_columns(codes, rows.target, rows.weights)
        between = {}
        for comparison in sample.comparisons:
            positions, members = sample.pair(comparison)
            between[comparison] = total_of_columns(
                codes[positions], members.target, members.weights
            )

    # The pair that ``largest_of`` picks, by the value without its bias.
    worst = max(between, key=lambda comparison: between[comparison].estimate.value)
    iv_fair = largest_of([total.estimate for total in between.values()])
    raw = {"iv": iv.raw, "iv_fair": between[worst].raw}
    return {"iv": iv.estimate, "iv_fair": iv_fair}, raw, str(worst)


def _tell(progress: Progress | None, done: int, total: int, budget: float) -> None:
    if progress is not None:
        progress(done, total, f"budget {number_text(budget)}")

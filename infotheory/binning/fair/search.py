"""Solves the fair problem: all groupings, prices, or arcs and tangents; rows that contradict."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from infotheory._display import html_repr, number_text, short_repr
from infotheory._typing import FloatArray
from infotheory._warnings import warn
from infotheory.binning.fair.candidates import Choice
from infotheory.binning.fair.fixing import fix_bins
from infotheory.binning.fair.lists.groupings import list_groupings
from infotheory.binning.fair.lists.listed import choose_listed, excess_of
from infotheory.binning.fair.lists.priced import solve_priced
from infotheory.binning.fair.milp import (
    TOLERANCE,
    Progress,
    SolverOptions,
    SolverResult,
    solve_program,
)
from infotheory.binning.fair.prices import feasible_choices
from infotheory.binning.fair.problem import FairProblem, build_program
from infotheory.exceptions import InfeasibleError, NotConvergedWarning

__all__ = ["BINDING", "FairSolution", "solve_fair"]

BINDING = 1e-6  # relative to 1 + budget: a row with less room than this binds
MAX_ROUNDS = 200


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class FairSolution:
    """Bins of every characteristic, and how good they are.

    Objective and bound are those of a choice on the training rows, not an estimate.

    Parameters
    ----------
    choices : tuple of Choice
        Bins by characteristic.
    objective : float
        Total information value less penalties, with fixed totals (see ``Candidates``).
    bound : float
        No bins within the budgets are better.
    status : {"optimal", "time limit"}
        Optimal up to the gap, or the best that was found in time.
    seconds : float
        Time of the solver calls and everything between them.
    solver : str
        What solved it.
    n_rounds : int
        Solver calls; none where prices show that the bins are the best, more than one where more
        groupings, or tangents, had to be added.
    used : ndarray of shape (n_rows,)
        What the bins use of the budget of each fairness row.
    problem : FairProblem
        What was asked.
    progress : ndarray of shape (n_steps, 3)
        Seconds, the best value known then, and the bound then; the last row is the end.
    """

    choices: tuple[Choice, ...] = field(repr=False)
    objective: float
    bound: float
    status: str
    seconds: float
    solver: str
    n_rounds: int
    used: FloatArray
    problem: FairProblem = field(repr=False)
    progress: FloatArray = field(repr=False)

    __repr__ = short_repr
    _repr_html_ = html_repr

    @property
    def gap(self) -> float:
        """Distance of the bound relative to the objective, ``inf`` where there is no bound."""
        distance = self.bound - self.objective
        # Rounding may put the bound below the value: no gap is negative.
        if distance <= TOLERANCE:
            return 0.0
        return float(distance / max(abs(self.objective), TOLERANCE))

    @property
    def binding(self) -> tuple[str, ...]:
        """Names of the fairness rows without room."""
        room = self.problem.budgets - self.used
        tight = room <= BINDING * (1.0 + self.problem.budgets)
        return tuple(
            row.name for row, is_tight in zip(self.problem.rows, tight, strict=True) if is_tight
        )


def solve_fair(
    problem: FairProblem, options: SolverOptions, start: Sequence[Choice] | None = None
) -> FairSolution:
    """Find the bins with the largest total information value within the budgets.

    ``start`` are bins to start from, where they are better than those that prices find. The rows
    hold when they are computed from the terms, not only for the solver.

    Warns
    -----
    NotConvergedWarning
        If the time limit ended the search; the message says how far the bins may be from the best.
    """
    progress = Progress()
    known = None if start is None or not problem.meets(start) else tuple(start)
    solved, result, n_rounds = _solve(problem, options, known, progress)
    if result.status == "infeasible":
        raise InfeasibleError(_contradiction(problem, replace(options, time_limit=None)))

    best = _best(problem, [c for c in (solved, known) if c is not None])
    if best is None:
        message = (
            f"bins within the budgets must be found in time, got none in {options.time_limit} s; "
            "raise time_limit"
        )
        raise TimeoutError(message)
    progress.note(problem.value(best), result.bound)
    return _solution(problem, best, result, progress=progress, n_rounds=n_rounds)


def _solve(
    problem: FairProblem,
    options: SolverOptions,
    known: tuple[Choice, ...] | None,
    progress: Progress,
) -> tuple[tuple[Choice, ...] | None, SolverResult, int]:
    """Find the best bins from all groupings, from those that prices ask for, or from arcs.

    Returned are bins within the budgets (or None), the last result, and the number of solver calls.
    """
    lists = list_groupings(problem)
    if lists is not None:
        return choose_listed(problem, lists, options.left(progress.began), known)

    # There are too many groupings to list: those that prices ask for may show which are the best.
    # Where they do not, their bound holds for what follows.
    starts = [feasible_choices(problem), known]
    known = _best(problem, [c for c in starts if c is not None and problem.meets(c)])
    bound, n_calls = np.inf, 0
    if problem.rows:
        known, result, n_calls = solve_priced(problem, options, known, progress)
        is_over = options.is_over(progress.began)
        if known is not None and (result.status == "optimal" or is_over):
            return known, result, n_calls
        bound = result.bound

    # The program over arcs, which needs no list, without bins that no better solution holds.
    fewer = problem if known is None else fix_bins(problem, known)
    solved, result, n_rounds = _search(fewer, options.left(progress.began), known)
    best = _best(problem, [c for c in (solved, known) if c is not None])
    if best is not None:
        # Both bounds hold, so that the lower one does; rounding may put it below the value.
        result = replace(result, bound=max(min(result.bound, bound), problem.value(best)))
    return best, result, n_calls + n_rounds


def _search(
    problem: FairProblem, options: SolverOptions, known: tuple[Choice, ...] | None
) -> tuple[tuple[Choice, ...] | None, SolverResult, int]:
    """Solve, cut off what misses a row, and solve again.

    Returned are bins within the budgets (or None), the last result, and the number of rounds.
    """
    began, program = time.perf_counter(), build_program(problem)
    start = None if known is None else program.encode(problem, known)
    seen: set[tuple[bytes, ...]] = set()
    factor = 2.0
    for n_rounds in range(1, MAX_ROUNDS + 1):
        result = solve_program(program, options.left(began), start)

        # Nothing is left but, up to rounding, what is known.
        emptied = result.status == "infeasible" and known is not None
        if emptied and known is not None:  # pragma: no cover - depends on a solver's rounding
            return known, replace(result, status="optimal", bound=problem.value(known)), n_rounds
        if result.x is None:
            return None, result, n_rounds

        choices = program.decode(result.x)
        excess = excess_of(problem, choices)
        if not excess.any():
            return choices, result, n_rounds
        out_of_time = result.status == "time limit"
        if out_of_time or _is_close(problem, known, result, options):  # pragma: no cover - time
            return None, result, n_rounds

        key = tuple(choice.picked.tobytes() for choice in choices)
        program = program.with_tangents(problem, choices)
        # Missed by the rounding that the solver allows itself: no tangent helps.
        if problem.z == 0.0 or key in seen:  # pragma: no cover - depends on a solver's rounding
            program, factor = program.tightened(factor * excess), 2.0 * factor
        seen.add(key)
    message = (
        f"tangents must settle within {MAX_ROUNDS} solver calls, got none that meets every budget"
    )
    raise RuntimeError(message)


def _is_close(
    problem: FairProblem,
    known: tuple[Choice, ...] | None,
    result: SolverResult,
    options: SolverOptions,
) -> bool:
    """Say whether the bins known are within the gap of the bound already."""
    if known is None:
        return False
    reached = problem.value(known)
    return result.bound - reached <= options.mip_gap * abs(reached)


def _best(
    problem: FairProblem, feasible: Sequence[tuple[Choice, ...]]
) -> tuple[Choice, ...] | None:
    return max(feasible, key=problem.value, default=None)


def _solution(
    problem: FairProblem,
    choices: tuple[Choice, ...],
    result: SolverResult,
    *,
    progress: Progress,
    n_rounds: int,
) -> FairSolution:
    """Say how good the bins are; warn where the time limit ended the search."""
    solution = FairSolution(
        choices=choices,
        objective=problem.value(choices),
        bound=result.bound,
        status=result.status,
        seconds=progress.steps[-1][0],
        solver=result.solver,
        n_rounds=n_rounds,
        used=problem.used(choices),
        problem=problem,
        progress=np.array(progress.steps),
    )

    if result.status == "time limit":
        message = (
            "the time limit ended the search for bins; the best found reach "
            f"{solution.objective:.6g}, and no others more than {solution.bound:.6g} "
            f"(gap {solution.gap:.2g}); raise time_limit or the gap"
        )
        warn(message, NotConvergedWarning)
    return solution


def _contradiction(problem: FairProblem, options: SolverOptions) -> str:
    """Name rows that cannot be met together, none of which can be left out."""
    # A row that the contradiction can do without is left out, one after the other.
    rows = list(problem.rows)
    for row in problem.rows:
        others = [other for other in rows if other is not row]
        if not _is_feasible(replace(problem, rows=tuple(others)), options):
            rows = others

    names = "; ".join(f"{row.name} <= {number_text(row.budget)}" for row in rows)
    together = " cannot be met" if len(rows) == 1 else " cannot be met together"
    keep = [c.name for c in problem.candidates if not c.droppable]
    return f"{names}{together} while keep={keep} may not be dropped; raise the budget or keep fewer"


def _is_feasible(problem: FairProblem, options: SolverOptions) -> bool:
    return _solve(problem, options, None, Progress())[1].status != "infeasible"

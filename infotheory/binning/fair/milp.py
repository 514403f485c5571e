"""The one place that talks to solvers: HiGHS and CBC through PuLP, or the HiGHS of scipy."""

import re
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from infotheory._interrupts import InterruptLater, run_beside
from infotheory._later import optimize
from infotheory._optional import require
from infotheory._typing import FloatArray
from infotheory._validation import check_option, is_number
from infotheory._warnings import warn
from infotheory.binning.fair.problem import LinearProgram
from infotheory.exceptions import SolverWarning

__all__ = ["SOLVERS", "Progress", "SolverOptions", "SolverResult", "solve_program"]

SOLVERS = ("highs", "cbc", "scipy")
TOLERANCE = 1e-9  # largest violation of a row, where the solver lets it be set
#: After Ctrl-C the process of CBC is looked for so many times, with seconds between.
_LOOKS, _BETWEEN_LOOKS = 100, 0.05
_HIGHSPY = "scipy's HiGHS (highspy cannot be imported in this process)"


@dataclass(frozen=True, slots=True, kw_only=True)
class SolverOptions:
    """How a program is solved."""

    # HiGHS or CBC through PuLP, or the HiGHS inside scipy
    solver: str = "highs"
    # Relative distance between solution and bound at which the search stops, not negative
    mip_gap: float = 1e-4
    # Seconds, positive
    time_limit: float | None = None

    def __post_init__(self) -> None:
        check_option("solver", self.solver, SOLVERS)
        if not is_number(self.mip_gap) or not 0.0 <= self.mip_gap < np.inf:
            message = f"mip_gap must be a finite number, at least 0, got {self.mip_gap!r}"
            raise ValueError(message)
        if self.time_limit is not None and not (
            is_number(self.time_limit) and 0.0 < self.time_limit < np.inf
        ):
            message = (
                "time_limit must be positive seconds, or None for no limit, got "
                f"{self.time_limit!r}"
            )
            raise ValueError(message)

    def left(self, began: float) -> "SolverOptions":
        """Options with the time that is left, where the search began at a given time."""
        if self.time_limit is None:
            return self
        # A limit has to be positive: where the time is used up, a moment is left to say so.
        return replace(self, time_limit=max(self.time_limit - (time.perf_counter() - began), 1e-3))

    def is_over(self, began: float) -> bool:
        """Say whether the time is used up."""
        return self.time_limit is not None and time.perf_counter() - began >= self.time_limit


class Progress:
    """What was known when: seconds, best value, and what no bins exceed."""

    def __init__(self) -> None:
        self.began = time.perf_counter()
        self.steps: list[tuple[float, float, float]] = []

    def note(self, reached: float, bound: float) -> None:
        """Write down a step; neither number gets worse."""
        if self.steps:
            reached, bound = max(reached, self.steps[-1][1]), min(bound, self.steps[-1][2])
        self.steps.append((time.perf_counter() - self.began, reached, bound))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SolverResult:
    """What a solver found."""

    # Best solution, binaries exact; None where there is none, of shape (n_variables,)
    x: FloatArray | None
    # How the search ended
    status: str
    # No solution is better; `inf` where the solver tells none
    bound: float
    # What solved it
    solver: str


def solve_program(
    program: LinearProgram, options: SolverOptions, start: FloatArray | None = None
) -> SolverResult:
    """Solve a program; ``start`` is a solution for solvers that take one (scipy's does not).

    Warns
    -----
    SolverWarning
        If highspy cannot be imported (ortools in the same process keeps it from loading) and
        scipy's HiGHS takes over.
    """
    if options.solver == "scipy":
        (x, status, bound), name = _solve_scipy(program, options), "scipy HiGHS"
    else:
        # PuLP looks for solvers while it loads, and takes a Ctrl-C there for one that is missing.
        with InterruptLater():
            pulp = require("pulp", extra="mip", purpose=f"solver={options.solver!r}")
        if options.solver == "cbc":
            (x, status, bound), name = _solve_cbc(pulp, program, options, start), "CBC"
        elif pulp.HiGHS().available():
            (x, status, bound), name = _solve_highs(pulp, program, options, start), "HiGHS"
        else:
            warn(f"solver='highs' runs {_HIGHSPY}", SolverWarning)
            (x, status, bound), name = _solve_scipy(program, options), _HIGHSPY

    # Solvers return binaries up to a tolerance.
    if x is not None:
        x = np.where(program.is_binary, np.rint(x), x)
    return SolverResult(x=x, status=status, bound=bound + program.constant, solver=name)


#: Solution, status and bound.
_Answer = tuple[FloatArray | None, str, float]


def _solve_scipy(program: LinearProgram, options: SolverOptions) -> _Answer:
    """Solve with the HiGHS of scipy, which minimises and takes no start.

    Nothing stops it: after Ctrl-C it ends with the process or at the limit, in the background.
    """
    settings: dict[str, Any] = {"mip_rel_gap": options.mip_gap}
    if options.time_limit is not None:
        settings["time_limit"] = options.time_limit
    result = run_beside(
        lambda: optimize.milp(
            -program.objective,
            integrality=program.is_binary.astype(np.intp),
            bounds=optimize.Bounds(0.0, np.where(program.is_binary, 1.0, np.inf)),
            constraints=optimize.LinearConstraint(program.matrix, program.lower, program.upper),
            options=settings,
        ),
        None,
    )
    if result.status not in (0, 1, 2):
        message = (
            f"the solver must end with a solution or at a limit, got status {result.status}: "
            f"{result.message}"
        )
        raise RuntimeError(message)

    status = ("optimal", "time limit", "infeasible")[result.status]
    bound = getattr(result, "mip_dual_bound", None)
    return result.x, status, np.inf if bound is None else -float(bound)


def _model(pulp: ModuleType, program: LinearProgram) -> tuple[Any, list[Any]]:
    """Write the program for PuLP as a minimisation."""
    model = pulp.LpProblem("fair_binning", pulp.LpMinimize)
    variables = [
        model.add_variable(
            f"x{i}", 0, 1 if binary else None, pulp.LpInteger if binary else pulp.LpContinuous
        )
        for i, binary in enumerate(program.is_binary.tolist())
    ]
    model.setObjective(
        pulp.LpAffineExpression(zip(variables, (-program.objective).tolist(), strict=True))
    )

    matrix = program.matrix
    columns, values, ends = matrix.indices.tolist(), matrix.data.tolist(), matrix.indptr.tolist()
    for i, (low, high) in enumerate(
        zip(program.lower.tolist(), program.upper.tolist(), strict=True)
    ):
        row = slice(ends[i], ends[i + 1])
        terms = list(zip([variables[k] for k in columns[row]], values[row], strict=True))
        for sense, limit in _senses(pulp, low, high):
            model.addConstraint(pulp.LpConstraint(pulp.LpAffineExpression(terms), sense, rhs=limit))
    return model, variables


def _senses(pulp: ModuleType, low: float, high: float) -> list[tuple[int, float]]:
    """Constraints of one row: an equation, or up to two inequalities."""
    if low == high:
        return [(pulp.LpConstraintEQ, low)]
    both = [(pulp.LpConstraintGE, low), (pulp.LpConstraintLE, high)]
    return [(sense, limit) for sense, limit in both if np.isfinite(limit)]


def _solve_highs(
    pulp: ModuleType, program: LinearProgram, options: SolverOptions, start: FloatArray | None
) -> _Answer:
    """Solve with highspy, whose model is filled by hand because PuLP passes no start to it."""
    model, variables = _model(pulp, program)
    solver = pulp.HiGHS(
        msg=False,
        gapRel=options.mip_gap,
        # The relative gap alone ends the search, at whatever size of values.
        gapAbs=0.0,
        timeLimit=options.time_limit,
        mip_feasibility_tolerance=TOLERANCE,
        primal_feasibility_tolerance=TOLERANCE,
    )
    solver.createAndConfigureSolver(model)
    solver.buildSolverModel(model)

    highs = model.solverModel
    place = np.array([variable.index for variable in variables], dtype=np.int32)
    if start is not None:
        highs.setSolution(place.size, place, np.asarray(start, dtype=np.float64))
    # The solver runs beside the thread that hears Ctrl-C, and stops when it is told to.
    highs.HandleUserInterrupt = True
    run_beside(lambda: solver.callSolver(model), highs.cancelSolve)

    ended = highs.modelStatusToString(highs.getModelStatus())
    names = {
        "Optimal": "optimal",
        "Time limit reached": "time limit",
        "Infeasible": "infeasible",
    }
    status = names.get(ended)
    if status is None:
        message = f"the solver must end with a solution or at a limit, got HiGHS status {ended!r}"
        raise RuntimeError(message)

    info = highs.getInfo()
    is_solved = status != "infeasible" and np.isfinite(info.objective_function_value)
    x = np.array(highs.getSolution().col_value)[place] if is_solved else None
    return x, status, -float(info.mip_dual_bound)


def _solve_cbc(
    pulp: ModuleType, program: LinearProgram, options: SolverOptions, start: FloatArray | None
) -> _Answer:
    """Solve with CBC, whose bound stands in its log only."""
    model, variables = _model(pulp, program)
    if start is not None:
        for variable, value in zip(variables, start.tolist(), strict=True):
            variable.setInitialValue(value)

    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "cbc.log"
        solver = pulp.COIN_CMD(
            path=pulp.PULP_CBC_CMD.pulp_cbc_path,  # the CBC that PuLP 3 brings
            msg=False,
            gapRel=options.mip_gap,
            timeLimit=options.time_limit,
            warmStart=start is not None,
            logPath=str(log),
            # By default CBC passes over solutions that gain less than an increment of its own.
            options=[f"primalT {TOLERANCE}", f"increment {TOLERANCE}"],
        )
        solver.tmpDir = folder
        _run_cbc(model, solver)
        bound = re.search(r"Lower bound:\s+(\S+)", log.read_text(encoding="utf-8"))

    if model.sol_status == pulp.LpSolutionInfeasible:
        return None, "infeasible", -np.inf
    if model.sol_status == pulp.LpSolutionNoSolutionFound:  # pragma: no cover - depends on time
        return None, "time limit", np.inf

    x = np.array([variable.value() for variable in variables], dtype=np.float64)
    if bound is not None:
        # The log tells of a minimum of what is maximised here: the sign turns.
        limit = -float(bound[1])
    elif model.sol_status == pulp.LpSolutionOptimal:
        # CBC writes no line of a bound where it was done early: the gap that was asked for is one.
        reached = float(program.objective @ x)
        limit = reached + options.mip_gap * abs(reached)
    else:
        limit = np.inf
    return x, "optimal" if model.sol_status == pulp.LpSolutionOptimal else "time limit", limit


def _run_cbc(model: Any, solver: Any) -> None:
    """Let PuLP run CBC, in a thread that hears no Ctrl-C.

    In the middle of its start a Ctrl-C would leave a process behind that nobody knows.
    """
    ended = threading.Event()

    def run() -> None:
        try:
            model.solve(solver)
        finally:
            ended.set()

    def stop() -> None:
        # CBC may still be about to start: it is ended as soon as it is there.
        for _ in range(_LOOKS):
            _end_process(solver)
            if ended.wait(_BETWEEN_LOOKS):
                return

    run_beside(run, stop)


def _end_process(solver: Any) -> None:
    """End the process of a solver, which PuLP shows only in the frame that waits for it."""
    for thread in sys._current_frames().values():  # noqa: SLF001 - documented, under this name
        for frame, _ in traceback.walk_stack(thread):
            seen = frame.f_locals
            if seen.get("self") is solver:
                for value in seen.values():
                    if isinstance(value, subprocess.Popen):
                        value.kill()

"""The solvers: how a search ends, what is said where a package is missing, limits of time."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress

import numpy as np
import pulp
import pytest
from scipy import sparse

from infotheory.binning import FairBinner
from infotheory.binning.fair import milp
from infotheory.binning.fair import search as fair_search
from infotheory.binning.fair.milp import SOLVERS, SolverOptions, SolverResult, solve_program
from infotheory.binning.fair.problem import LinearProgram
from infotheory.exceptions import (
    InfeasibleError,
    MissingDependencyError,
    NotConvergedWarning,
    SolverWarning,
)
from tests.binning.fair.ways import take

RNG = np.random.default_rng(0)
N = 600
GROUP = np.where(RNG.random(N) < 0.4, "b", "w")
Y = (RNG.random(N) < 0.3).astype(int)
X = np.column_stack(
    [
        RNG.normal(size=N) + 0.8 * Y + 0.8 * (GROUP == "b"),
        RNG.normal(size=N) + 0.5 * Y - 0.5 * (GROUP == "b"),
    ]
)


@pytest.fixture(autouse=True)
def _no_lists(request, monkeypatch):
    """Let the program of arcs do the work, as where there are too many groupings to list."""
    if "listed" not in request.node.name:
        take("arcs", monkeypatch)


def program(objective, rows, lower, upper, is_binary=None, constant=0.0):
    """A program without characteristics."""
    n = len(objective)
    return LinearProgram(
        objective=np.asarray(objective, dtype=float),
        constant=constant,
        is_binary=np.ones(n, dtype=bool) if is_binary is None else is_binary,
        matrix=sparse.csr_array(np.atleast_2d(np.asarray(rows, dtype=float))),
        lower=np.asarray(lower, dtype=float),
        upper=np.asarray(upper, dtype=float),
        first_fairness=0,
        blocks=(),
        spreads={},
        stretches={},
    )


def market_split(m=5, seed=1):
    """Equations of a market split (Cornuejols and Dawande, 1998) with slack: hard to close."""
    rng = np.random.default_rng(seed)
    n = 10 * (m - 1)
    weights = rng.integers(0, 100, (m, n)).astype(float)
    half = weights.sum(axis=1) // 2
    rows = np.hstack([weights, np.eye(m), -np.eye(m)])
    objective = np.r_[np.zeros(n), -np.ones(2 * m)]
    return program(objective, rows, half, half, is_binary=np.arange(n + 2 * m) < n)


@pytest.mark.parametrize("solver", SOLVERS)
def test_knapsack(solver):
    knapsack = program([10.0, 13.0, 7.0], [[3.0, 4.0, 2.0]], [-np.inf], [6.0], constant=1.0)
    result = solve_program(knapsack, SolverOptions(solver=solver, mip_gap=0.0))
    assert result.x.tolist() == [0.0, 1.0, 1.0]
    assert result.status == "optimal"
    assert result.bound == pytest.approx(21.0)
    again = solve_program(knapsack, SolverOptions(solver=solver), np.array([1.0, 0.0, 1.0]))
    assert again.x.tolist() == [0.0, 1.0, 1.0]


def test_small_differences_count():
    """Values of 1e-7 are told apart: no absolute gap ends the search of HiGHS."""
    knapsack = program([1.0e-7, 1.3e-7, 0.7e-7], [[3.0, 4.0, 2.0]], [-np.inf], [6.0])
    result = solve_program(knapsack, SolverOptions(mip_gap=0.0))
    assert result.x.tolist() == [0.0, 1.0, 1.0]
    assert result.bound == pytest.approx(2.0e-7)


@pytest.mark.parametrize("solver", SOLVERS)
def test_infeasible(solver):
    result = solve_program(
        program([1.0, 1.0], [[1.0, 1.0]], [3.0], [np.inf]), SolverOptions(solver=solver)
    )
    assert result.x is None
    assert result.status == "infeasible"


@pytest.mark.parametrize("solver", SOLVERS)
def test_time_limit(solver):
    split = market_split()
    result = solve_program(split, SolverOptions(solver=solver, time_limit=0.5))
    assert result.status == "time limit"
    if result.x is not None:
        reached = split.objective @ result.x
        assert reached <= result.bound + 1e-6
        assert np.isin(result.x[split.is_binary], (0.0, 1.0)).all()


def test_unbounded_is_an_error():
    ray = program([1.0], [[0.0]], [-np.inf], [1.0], is_binary=np.zeros(1, dtype=bool))
    for solver in ("highs", "scipy"):
        with pytest.raises(
            RuntimeError, match="the solver must end with a solution or at a limit, got"
        ):
            solve_program(ray, SolverOptions(solver=solver))


def test_without_highspy_scipy_takes_over(monkeypatch):
    binner = FairBinner(budget=0.1, mip_gap=0.0).fit(X, Y, protected=GROUP)
    monkeypatch.setattr(pulp.HiGHS, "available", lambda _: False)
    with pytest.warns(
        SolverWarning, match=r"solver='highs' runs scipy's HiGHS \(highspy cannot be imported"
    ):
        other = FairBinner(budget=0.1, mip_gap=0.0).fit(X, Y, protected=GROUP)
    assert other.specs_ == binner.specs_
    assert other.solution_.objective == pytest.approx(binner.solution_.objective)
    assert other.solution_.solver == "scipy's HiGHS (highspy cannot be imported in this process)"


@pytest.mark.parametrize("solver", ["highs", "cbc"])
def test_without_pulp(monkeypatch, solver):
    monkeypatch.setitem(sys.modules, "pulp", None)
    with pytest.raises(
        MissingDependencyError, match=rf"solver='{solver}' needs the package 'pulp'.*\[mip\]"
    ):
        FairBinner(solver=solver).fit(X, Y)
    assert FairBinner(solver="scipy").fit(X, Y).solution_.solver == "scipy HiGHS"


@pytest.mark.skipif(not hasattr(subprocess, "_fork_exec"), reason="a process is forked")
def test_ctrl_c_in_the_start_of_cbc_ends_its_process(monkeypatch):
    """On a busy machine most fall there; the process was left, and the error was another."""
    started, fork = [], subprocess._fork_exec

    def interrupted_fork(*args):
        started.append(fork(*args))
        signal.raise_signal(signal.SIGINT)
        return started[-1]

    monkeypatch.setattr(subprocess, "_fork_exec", interrupted_fork)
    # A Spark session of another test may have put its own handler there.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            solve_program(market_split(), SolverOptions(solver="cbc", mip_gap=0.0, time_limit=30.0))
        with pytest.raises(ProcessLookupError):
            os.kill(started[0], 0)
    finally:
        signal.signal(signal.SIGINT, before)
        for process in started:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)


def test_ctrl_c_while_pulp_loads_is_heard(monkeypatch):
    """PuLP takes an exception there, whichever it is, for a solver that is missing."""
    heard = []

    def load(*_, **__):
        with suppress(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
            heard.append("later")
        return pulp

    monkeypatch.setattr(milp, "require", load)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            solve_program(market_split(), SolverOptions(time_limit=30.0))
    finally:
        signal.signal(signal.SIGINT, before)
    assert heard == ["later"]


def stopped(bound=9.0):
    """Return a solver that is out of time at once."""
    result = SolverResult(x=None, status="time limit", bound=bound, solver="none")
    return lambda *_: result


def nothing(_):
    """Know no bins to start from."""
    return


def test_time_limit_takes_the_best_bins_known(monkeypatch):
    monkeypatch.setattr(fair_search, "solve_program", stopped())
    with pytest.warns(
        NotConvergedWarning, match=r"the best found reach 0\.\d+, and no others more than 9 \(gap "
    ):
        binner = FairBinner(budget=0.1, time_limit=100.0).fit(X, Y, protected=GROUP)
    solution = binner.solution_
    assert (solution.status, solution.bound) == ("time limit", 9.0)
    assert solution.gap == pytest.approx((9.0 - solution.objective) / solution.objective)
    assert solution.used[0] <= 0.1
    assert set(binner.status_.values()) <= {
        "time limit",
        "dropped: budget",
        "single bin: best within the limits",
    }
    assert solution.objective == pytest.approx(binner.summary()["iv"].sum())


def test_time_limit_without_bound(monkeypatch):
    monkeypatch.setattr(fair_search, "solve_program", stopped(bound=np.inf))
    with pytest.warns(NotConvergedWarning, match=r"gap inf"):
        assert (
            FairBinner(budget=0.1, time_limit=100.0).fit(X, Y, protected=GROUP).solution_.gap
            == np.inf
        )


def test_time_limit_without_bins(monkeypatch):
    monkeypatch.setattr(fair_search, "solve_program", stopped())
    monkeypatch.setattr(fair_search, "feasible_choices", nothing)
    with pytest.raises(
        TimeoutError, match=r"must be found in time, got none in 100\.0 s; raise time_limit"
    ):
        FairBinner(budget=0.1, time_limit=100.0).fit(X, Y, protected=GROUP)


def test_the_solver_alone_finds_the_same(monkeypatch):
    """Without bins to start from, which also switches the fixing off."""
    for options in ({}, {"confidence": 0.95}, {"budget_per_feature": 0.05}):
        known = FairBinner(budget=0.1, mip_gap=0.0, **options).fit(X, Y, protected=GROUP)
        with monkeypatch.context() as patch:
            patch.setattr(fair_search, "feasible_choices", nothing)
            alone = FairBinner(budget=0.1, mip_gap=0.0, **options).fit(X, Y, protected=GROUP)
        assert alone.solution_.objective == pytest.approx(known.solution_.objective, abs=1e-8)
        assert alone.solution_.n_rounds >= known.solution_.n_rounds


def test_tangents_that_never_settle(monkeypatch):
    monkeypatch.setattr(fair_search, "MAX_ROUNDS", 1)
    monkeypatch.setattr(fair_search, "feasible_choices", nothing)
    with pytest.raises(RuntimeError, match="tangents must settle within 1 solver calls"):
        FairBinner(budget=0.1, confidence=0.95).fit(X, Y, protected=GROUP)


def test_infeasible_with_any_solver():
    for solver in SOLVERS:
        with pytest.raises(
            InfeasibleError, match=r"cannot be met while keep=\['x0'\] may not be dropped"
        ):
            FairBinner(budget=0.001, min_n_bins=2, keep=["x0"], solver=solver).fit(
                X, Y, protected=GROUP
            )


def out_of_time(program, options, start):
    """Answer of a solver that found nothing in its time."""
    return SolverResult(x=None, status="time limit", bound=np.inf, solver="HiGHS")


def test_listed_groupings_have_the_time_that_listing_leaves(monkeypatch):
    listed, chosen, seconds = fair_search.list_groupings, fair_search.choose_listed, []

    def slowly(problem):
        time.sleep(0.05)
        return listed(problem)

    def asked(problem, lists, options, known):
        seconds.append(options.time_limit)
        return chosen(problem, lists, options, known)

    monkeypatch.setattr(fair_search, "list_groupings", slowly)
    monkeypatch.setattr(fair_search, "choose_listed", asked)
    FairBinner(budget=0.1, time_limit=100.0).fit(X, Y, protected=GROUP)
    assert 0.0 < seconds[0] <= 99.95


def test_listed_groupings_out_of_time(monkeypatch):
    """Prices alone find bins within the budgets, and bound all others."""
    best = FairBinner(budget=0.05, mip_gap=0.0).fit(X, Y, protected=GROUP).solution_
    monkeypatch.setattr("infotheory.binning.fair.lists.listed.solve_program", out_of_time)
    with pytest.warns(NotConvergedWarning, match="the time limit ended the search for bins"):
        binner = FairBinner(budget=0.05, mip_gap=0.0, time_limit=100.0).fit(X, Y, protected=GROUP)
    found = binner.solution_
    assert found.status == "time limit"
    assert found.used[0] <= 0.05
    assert found.objective <= best.objective + 1e-9 <= found.bound + 2e-9 < np.inf


def test_listed_groupings_need_no_solver_without_budgets():
    found = FairBinner(mip_gap=0.0).fit(X, Y, protected=GROUP).solution_
    assert (found.solver, found.n_rounds, found.status) == ("prices", 0, "optimal")
    assert found.gap == 0.0


def test_listed_groupings_of_forty_features():
    """The chance constraint that took minutes with arcs and tangents, to the optimum."""
    rng = np.random.default_rng(0)
    group, y = rng.random(4000) < 0.35, (rng.random(4000) < 0.2).astype(int)
    shifts = rng.uniform(-0.8, 0.8, 40)
    many = rng.normal(size=(4000, 40)) + 0.5 * y[:, None] + np.outer(group, shifts)
    found = FairBinner(budget=1.0, confidence=0.95, mip_gap=0.0).fit(many, y, protected=group)
    assert found.solution_.gap <= 1e-9
    assert found.solution_.seconds < 60.0  # 1 s on a quiet core
    assert len(repr(found.solution_).splitlines()) < 6

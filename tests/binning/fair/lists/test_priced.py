"""Prices: bounds of single characteristics, groupings near them, and problems too large to list."""

from dataclasses import replace

import numpy as np
import pytest

from infotheory.binning import FairBinner
from infotheory.binning.fair.candidates import Choice
from infotheory.binning.fair.lists.groupings import chains_of, weighed
from infotheory.binning.fair.lists.priced import (
    Subproblem,
    best_worth,
    nearby,
    solve_priced,
    variances_of,
)
from infotheory.binning.fair.milp import Progress, SolverOptions
from infotheory.exceptions import NotConvergedWarning
from tests.binning.fair.ways import take


def portfolio(n_features, n_rows=3000, n_groups=2, seed=0):
    """Normal features shifted by target and group."""
    rng = np.random.default_rng(seed)
    y = (rng.random(n_rows) < 0.25).astype(int)
    group = rng.integers(n_groups, size=n_rows)
    shifts = rng.uniform(-0.6, 0.6, (2, n_features))
    X = rng.normal(size=(n_rows, n_features)) + np.outer(y, shifts[0]) + np.outer(group, shifts[1])
    return X, y, np.array(list("abc"))[group]


@pytest.fixture(scope="module", params=[2, 3])
def problem(request):
    """One of three characteristics, with one or three pairs of groups."""
    X, y, group = portfolio(3, n_groups=request.param)
    options = {"confidence": 0.95, "max_n_prebins": 9, "max_n_bins": 5, "min_bin_size": 0.0}
    return FairBinner(budget=0.3, **options).fit(X, y, protected=group).solution_.problem


def subproblem(problem, f, price):
    """Look at one characteristic at a price of every comparison."""
    c = problem.candidates[f]
    prices = np.full(len(c.divergence), price)
    return Subproblem(c, prices, problem.z * prices, variances_of(c))


def all_of(problem, f):
    """Every grouping of a characteristic, by its candidates: no budget, so that none is beaten."""
    c = problem.candidates[f]

    def grow(chain):
        if c.end[chain[-1]] == c.n_prebins - 1:
            yield Choice(np.array(chain))
        elif len(chain) < 5:
            for k in np.flatnonzero(c.start == c.end[chain[-1]] + 1):
                yield from grow([*chain, k])

    for choice in (each for k in np.flatnonzero(c.start == 0) for each in grow([k])):
        steps = np.diff(c.order[choice.picked])
        if (steps >= 0).all() or (steps <= 0).all():
            yield choice


@pytest.mark.parametrize("price", [0.0, 0.3, 3.0, 100.0])
def test_the_best_worth_is_that_of_all_groupings(problem, price):
    for f, c in enumerate(problem.candidates):
        each = subproblem(problem, f, price)
        best = max([each.worth(choice) for choice in all_of(problem, f)] + [c.dropped_value])
        bound, seen = best_worth(each, 1e-10)
        assert bound == pytest.approx(best, abs=1e-9)
        assert max(each.worth(choice) for choice in seen) == pytest.approx(best, abs=1e-9)
        assert best_worth(each, 0.01)[0] >= best - 1e-12


@pytest.mark.parametrize("distance", [1e-6, 0.003, 0.1])
def test_groupings_nearby_miss_none_that_is_worth_it(problem, distance):
    """Everything as close to the best is listed, or beaten by one that is."""
    for f, c in enumerate(problem.candidates):
        each = subproblem(problem, f, 0.5)
        least = best_worth(each, 1e-10)[0] - distance
        listed = weighed(problem, f, nearby(problem, f, each, least, distance))
        for choice in all_of(problem, f):
            if each.worth(choice) < least + 1e-9:
                continue
            costs = problem.used_by(f, choice)
            beaten = (listed.value >= c.value_of(choice) - 1e-9) & (
                listed.costs <= costs + 1e-9
            ).all(axis=1)
            assert beaten.any()


def test_beaten_beginnings_are_left_out(problem):
    """Lists without what is beaten hold the whole frontier of value and costs."""
    for f, c in enumerate(problem.candidates):
        chains = [each for d in c.directions for each in chains_of(problem, f, d, 10**7)]
        listed = {tuple(row.tolist()) for each in chains for row in each}
        everything = [choice for choice in all_of(problem, f) if choice.picked.size > 1]
        assert listed < {tuple(choice.picked.tolist()) for choice in everything}

        rows = np.array(
            [
                np.r_[-c.value_of(choice), c.divergences_of(choice), c.spreads_of(choice)]
                for choice in everything
            ]
        )
        stays = rows[[tuple(choice.picked.tolist()) in listed for choice in everything]]
        assert all((stays <= row + 1e-12).all(axis=1).any() for row in rows)


@pytest.mark.parametrize("n_groups", [2, 3])
def test_prices_reach_what_lists_do(n_groups, monkeypatch):
    X, y, group = portfolio(8, n_groups=n_groups)
    binner = FairBinner(budget=0.15, confidence=0.95, mip_gap=1e-6).fit(X, y, protected=group)
    take("prices alone", monkeypatch)
    other = binner.with_budget(0.15)
    assert other.solution_.objective == pytest.approx(binner.solution_.objective, rel=2e-6)
    assert other.solution_.gap <= 1e-6
    assert other.solution_.used.max() <= 0.15 * (1 + 1e-9)


def test_prices_with_budgets_of_single_features(monkeypatch):
    X, y, group = portfolio(5)
    options = {"budget": 0.2, "budget_per_feature": 0.06, "confidence": 0.9, "mip_gap": 1e-6}
    listed = FairBinner(**options).fit(X, y, protected=group).solution_
    take("prices alone", monkeypatch)
    priced = FairBinner(**options).fit(X, y, protected=group).solution_
    assert priced.objective == pytest.approx(listed.objective, rel=2e-6)
    assert (priced.used <= priced.problem.budgets + 1e-9).all()


def test_a_characteristic_that_no_price_gives_bins_is_dropped(monkeypatch):
    X, y, group = portfolio(3, n_rows=270, n_groups=3, seed=144419007)
    options = {"budget": 0.2, "confidence": 0.99, "mip_gap": 1e-7, "max_n_prebins": 4}
    options |= {"max_n_bins": 3, "monotonic_trend": "ascending"}
    listed = FairBinner(**options).fit(X, y, protected=group).solution_
    assert any(choice.dropped for choice in listed.choices)
    take("prices alone", monkeypatch)
    priced = FairBinner(**options).fit(X, y, protected=group).solution_
    assert priced.objective == pytest.approx(listed.objective, abs=1e-9)


def test_without_bins_within_the_budgets_nothing_is_the_best(problem):
    kept = tuple(replace(c, droppable=False) for c in problem.candidates)
    # One bin of everything uses nothing: only a budget below that is out of reach.
    none = tuple(replace(row, budget=-1.0) for row in problem.rows)
    tight = replace(problem, candidates=kept, rows=none)
    choices, result, _ = solve_priced(tight, SolverOptions(), None, Progress())
    assert choices is None
    assert result.status == "time limit"


def test_many_cells_and_three_groups_end_within_the_gap():
    X, y, group = portfolio(6, n_rows=4000, n_groups=3)
    options = {"max_n_prebins": 26, "max_n_bins": 8, "min_bin_size": 0.01}
    binner = FairBinner(budget=0.5, confidence=0.95, mip_gap=1e-2, **options)
    solution = binner.fit(X, y, protected=group).solution_
    assert solution.status == "optimal"
    assert solution.gap <= 1e-2
    seconds, reached, bound = solution.progress.T
    assert bound[0] <= 1.1 * solution.objective  # prices alone come close
    assert (np.diff(seconds) >= 0).all()
    assert (np.diff(reached) >= 0).all()
    assert (np.diff(bound) <= 0).all()
    assert (reached[-1], bound[-1]) == (solution.objective, solution.bound)
    assert seconds[-1] == solution.seconds


def test_out_of_time_the_gap_is_certified_by_prices(monkeypatch):
    X, y, group = portfolio(6)
    best = FairBinner(budget=0.1, confidence=0.95).fit(X, y, protected=group).solution_
    take("prices alone", monkeypatch)
    with pytest.warns(NotConvergedWarning, match=r"\(gap \d\.\d+\); raise time_limit"):
        binner = FairBinner(budget=0.1, confidence=0.95, mip_gap=0.0, time_limit=1e-3).fit(
            X, y, protected=group
        )
    found = binner.solution_
    assert found.status == "time limit"
    assert found.objective <= best.bound + 1e-9
    assert best.objective <= found.bound + 1e-9
    assert 0.0 < found.gap < np.inf


def test_the_default_ends_and_the_repr_is_short():
    assert FairBinner().time_limit == 60.0
    X, y, group = portfolio(6)
    solution = FairBinner(budget=0.1).fit(X, y, protected=group).solution_
    assert len(repr(solution)) < 400
    assert solution.progress.shape[1] == 3

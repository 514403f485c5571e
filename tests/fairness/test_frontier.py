"""Points of a frontier: which are dominated, how they are laid out, which budgets are none."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from infotheory.fairness import Frontier, FrontierPoint
from infotheory.fairness.frontier import check_budgets, dominated_points
from infotheory.inference import Estimate

NUMBERS = st.lists(
    st.tuples(st.integers(0, 4).map(float), st.integers(0, 4).map(float)), min_size=1, max_size=12
)


@given(NUMBERS)
def test_dominated_points_by_brute_force(points):
    gains, costs = zip(*points, strict=True)
    marked = dominated_points(gains, costs)
    for i, (gain, cost) in enumerate(points):
        beaten = any(
            (g >= gain and c <= cost and (g > gain or c < cost))
            or (g == gain and c == cost and j < i)
            for j, (g, c) in enumerate(points)
        )
        assert marked[i] == beaten
    # What is left rises in both: more information for more about groups.
    left = sorted({point for point, out in zip(points, marked, strict=True) if not out})
    assert [cost for _, cost in left] == sorted(cost for _, cost in left)


@pytest.mark.parametrize("budgets", [[], [-0.1], [np.nan], [0.1, np.nan, 0.2], [0.0, -np.inf]])
def test_budgets_are_numbers_from_nought_on(budgets):
    with pytest.raises(ValueError, match=r"budgets must be numbers of at least 0 \(inf for none\)"):
        check_budgets(budgets)


def test_budgets_are_put_in_order():
    assert check_budgets([np.inf, 0, 0.5]).tolist() == [0.0, 0.5, np.inf]


def estimate(value):
    return Estimate(value=value, standard_error=0.1, method="test")


def point(budget, value, holdout=None):
    return FrontierPoint(
        budget=budget,
        model=None,
        measures={"iv": estimate(value), "iv_fair": estimate(budget)},
        holdout={} if holdout is None else {"iv": estimate(holdout)},
        comparison="sex: 'm' against 'f'",
        status="optimal",
        gap=0.0,
        seconds=1.5,
        details={"n_features": 3},
    )


@pytest.mark.parametrize("level", [0.8, 0.95])
def test_the_table_has_values_errors_and_intervals_at_the_level(level):
    frontier = Frontier((point(0.1, 1.0), point(0.2, 2.0)), np.array([False, True]), level=level)
    table = frontier.to_frame()
    assert table["budget"].tolist() == [0.1, 0.2]
    assert table["dominated"].tolist() == [False, True]
    assert table["n_features"].tolist() == [3, 3]
    low, high = estimate(1.0).interval(level)
    assert table.loc[0, ["iv", "iv_low", "iv_high"]].tolist() == [1.0, low, high]
    assert not [name for name in table if name.startswith("holdout_")]
    assert not [name for name in table if "p_value" in name]


def test_held_out_numbers_stand_under_names_of_their_own():
    frontier = Frontier((point(0.1, 1.0, holdout=0.8),), np.array([False]))
    row = frontier.to_frame().iloc[0]
    assert row["holdout_iv"] == 0.8
    assert row["iv"] == 1.0
    assert row["holdout_iv_low"] < 0.8 < row["holdout_iv_high"]


def test_a_frontier_is_a_sequence_of_its_points():
    points = (point(0.1, 1.0), point(np.inf, 2.0))
    frontier = Frontier(points, np.array([False, False]))
    assert len(frontier) == 2
    assert tuple(frontier) == points
    assert frontier[-1] is points[1]
    assert repr(frontier).startswith("Frontier(2 points, budgets 0.1, inf;")
    assert "budget 0.1" in repr(points[0])
    assert frontier._repr_html_().count("<tr") == 3

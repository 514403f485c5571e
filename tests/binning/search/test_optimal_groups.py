"""Optimal groups: values by hand, invariances, limits and errors."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from infotheory.binning import Limits, optimal_groups
from infotheory.exceptions import InfeasibleError

GOOD, BAD = [400, 300, 200, 100], [40, 50, 60, 50]  # information value .32573563 in four bins


def tables(min_size=2, max_size=9):
    counts = st.lists(
        st.tuples(st.integers(0, 60), st.integers(0, 40)), min_size=min_size, max_size=max_size
    )
    return counts.map(np.array).filter(lambda cells: cells.sum(axis=0).all())


def test_four_pre_bins_stay_four_bins():
    result = optimal_groups(GOOD, BAD)
    assert result.groups.tolist() == [0, 1, 2, 3]
    assert result.objective == pytest.approx(0.32573563, abs=5e-9)
    assert (result.trend, result.status, result.n_bins) == ("ascending", "optimal", 4)


def test_two_bins_by_hand():
    """Bins {1, 2} and {3, 4}: shares .7, .3 of the non-events and .45, .55 of the events."""
    result = optimal_groups(GOOD, BAD, limits=Limits(max_n_bins=2), monotonic_trend=None)
    assert result.groups.tolist() == [0, 0, 1, 1]
    assert result.objective == pytest.approx(0.25 * np.log(0.7 / 0.45) - 0.25 * np.log(0.3 / 0.55))


@pytest.mark.parametrize(("divergence", "value"), [("kl", stats.entropy), ("js", None)])
def test_other_divergences_equal_scipy(divergence, value):
    from scipy.spatial.distance import jensenshannon

    p, q = np.array(GOOD) / 1000, np.array(BAD) / 200
    expected = value(p, q) if value else jensenshannon(p, q) ** 2
    assert optimal_groups(GOOD, BAD, divergence=divergence).objective == pytest.approx(expected)


def test_auto_keeps_the_simple_shape_where_the_peak_gains_less_than_its_standard_error():
    slight = optimal_groups([80, 70, 60, 61], [20, 30, 40, 39])
    strong = optimal_groups([800, 400, 800], [100, 400, 100])
    assert slight.trend == "ascending"
    assert slight.shape_objectives["peak"] > slight.objective
    assert strong.trend == "peak"
    assert strong.objective == pytest.approx(strong.shape_objectives["unrestricted"])


def test_equal_rates_are_merged():
    result = optimal_groups([10, 20, 30, 10], [5, 10, 15, 20])
    assert result.groups.tolist() == [0, 0, 0, 1]


def test_max_pvalue_is_pearson_without_correction():
    good, bad = [60, 50], [20, 30]
    p_value = stats.chi2_contingency(np.array([good, bad]), correction=False).pvalue
    kept = optimal_groups(good, bad, limits=Limits(max_pvalue=p_value * 1.001))
    merged = optimal_groups(good, bad, limits=Limits(max_pvalue=p_value * 0.999))
    assert (kept.n_bins, merged.n_bins) == (2, 1)
    assert merged.status.startswith("single bin: max_pvalue=")


def test_max_pvalue_sees_squared_weights():
    good, bad = np.array([60.0, 50.0]), np.array([20.0, 30.0])
    limits = Limits(max_pvalue=0.15)
    assert optimal_groups(good, bad, limits=limits).n_bins == 2
    assert (
        optimal_groups(
            good, bad, squared_nonevents=4 * good, squared_events=4 * bad, limits=limits
        ).n_bins
        == 1
    )


def test_fixed_boundaries_stay():
    result = optimal_groups(GOOD, BAD, limits=Limits(max_n_bins=2), fixed=[True, False, False])
    assert result.groups.tolist() == [0, 1, 1, 1]


def test_totals_outside_the_order_count_for_shares():
    inside = optimal_groups(GOOD, BAD, limits=Limits(min_bin_size=0.125))
    outside = optimal_groups(
        GOOD, BAD, limits=Limits(min_bin_size=0.125), total_nonevents=1000, total_events=400
    )
    assert (inside.n_bins, outside.n_bins) == (4, 3)


@pytest.mark.parametrize("scale", [1 / 3, 7.3, 1e6])
@pytest.mark.parametrize("trend", [None, "auto", "concave"])
def test_scale_of_weights_changes_nothing(scale, trend):
    rng = np.random.default_rng(5)
    cells = rng.integers(1, 30, (20, 2)).astype(float)
    cells[5] = 3 * cells[4]
    limits = Limits(
        min_bin_size=0.1, max_n_bins=5, min_bin_n_event=0, min_bin_n_nonevent=0, max_pvalue=0.9
    )
    plain = optimal_groups(*cells.T, limits=limits, monotonic_trend=trend)
    squares = {
        "squared_nonevents": scale**2 * cells[:, 0],
        "squared_events": scale**2 * cells[:, 1],
    }
    scaled = optimal_groups(*(scale * cells).T, **squares, limits=limits, monotonic_trend=trend)
    assert scaled.groups.tolist() == plain.groups.tolist()
    assert scaled.objective == pytest.approx(plain.objective, rel=1e-9)


@given(tables(), st.sampled_from([None, "auto", "ascending", "peak", "convex"]), st.integers(2, 5))
@settings(max_examples=60, deadline=None)
def test_a_finer_limit_never_raises_the_objective(cells, trend, n_bins):
    free = optimal_groups(*cells.T, monotonic_trend=trend)
    limited = optimal_groups(*cells.T, monotonic_trend=trend, limits=Limits(max_n_bins=n_bins))
    smaller = optimal_groups(
        *cells.T, monotonic_trend=trend, limits=Limits(max_n_bins=n_bins, min_bin_size=0.2)
    )
    top = max(free.shape_objectives.values())
    assert max(limited.shape_objectives.values()) <= top + 1e-12
    assert max(smaller.shape_objectives.values()) <= max(limited.shape_objectives.values()) + 1e-12


@given(tables())
@settings(max_examples=60, deadline=None)
def test_mirror_image(cells):
    """Read backwards, ascending is descending, and a peak stays a peak."""
    for shape, mirrored in (("ascending", "descending"), ("peak", "peak"), ("concave", "concave")):
        forward = optimal_groups(*cells.T, monotonic_trend=shape)
        backward = optimal_groups(*cells[::-1].T, monotonic_trend=mirrored)
        assert forward.objective == pytest.approx(backward.objective, abs=1e-12)


@given(tables())
@settings(max_examples=60, deadline=None)
def test_shapes_are_nested(cells):
    objectives = optimal_groups(*cells.T).shape_objectives
    simple = max(objectives["ascending"], objectives["descending"])
    assert min(objectives["peak"], objectives["valley"]) >= simple - 1e-12
    assert objectives["unrestricted"] >= max(objectives["peak"], objectives["valley"]) - 1e-12
    assert (
        optimal_groups(*cells.T, monotonic_trend="concave").objective <= objectives["peak"] + 1e-12
    )


@pytest.mark.parametrize(
    ("cells", "limits", "named"),
    [
        (([5, 5], [5, 5]), {}, "the pre-bins do not differ in event rate"),
        (([5], [5]), {}, "one pre-bin"),
        ((GOOD, BAD), {"min_bin_size": 0.6}, "min_bin_size=0.6"),
        ((GOOD, BAD), {"max_n_bins": 1}, "max_n_bins=1"),
        ((GOOD, BAD), {"min_event_rate_diff": 0.5}, "min_event_rate_diff=0.5"),
        ((GOOD, BAD), {"bin_penalty": 1.0}, "bin_penalty=1.0"),
        (([5, 0], [0, 5]), {}, "min_bin_n_event=1.0 and min_bin_n_nonevent=1.0 together"),
    ],
)
def test_a_single_bin_says_why(cells, limits, named):
    result = optimal_groups(*cells, limits=Limits(**limits))
    assert result.groups.tolist() == [0] * len(cells[0])
    if "together" in named:  # either of the two alone forbids the two bins
        assert re.match(r"single bin: min_bin_n_(non)?event=1.0", result.status)
    else:
        assert result.status == f"single bin: {named}"


@pytest.mark.parametrize(
    ("arguments", "limits", "named"),
    [
        ({}, {"min_n_bins": 5}, "min_n_bins=5"),
        ({}, {"min_n_bins": 3, "min_bin_size": 0.4}, "min_n_bins=3 and min_bin_size=0.4 together"),
        ({}, {"max_bin_size": 0.3}, "max_bin_size=0.3"),
        (
            {"monotonic_trend": "descending"},
            {"min_n_bins": 2},
            "min_n_bins=2 and monotonic_trend='descending' together",
        ),
        (
            {"fixed": [1, 1, 1]},
            {"max_n_bins": 3},
            "max_n_bins=3 and user_splits_fixed (3 of 3 boundaries) together",
        ),
    ],
)
def test_infeasible_limits_are_named(arguments, limits, named):
    with pytest.raises(InfeasibleError, match=re.escape(named)):
        optimal_groups(GOOD, BAD, limits=Limits(**limits), **arguments)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ([1, 2], [1]),
            "nonevents and events must be vectors of one length, got shapes (2,) and (1,)",
        ),
        (([1, -2], [1, 2]), "nonevents must not be negative, got -2.0"),
        (([1, np.nan], [1, 2]), "nonevents must be finite, got nan"),
        (([1, 2], [1, np.inf]), "events must be finite, got inf"),
        (([], []), "nonevents must not be empty, got shape (0,)"),
        (([1, 2], [0, 0]), "events must not all be zero, got a total of 0"),
    ],
)
def test_bad_counts(arguments, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        optimal_groups(*arguments)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"monotonic_trend": "up"}, "monotonic_trend must be one of None, 'auto', 'ascending'"),
        (
            {"divergence": "distance"},
            "divergence must be one of 'iv', 'js', 'kl'",
        ),
        (
            {"total_events": 100},
            "total_events must be finite and at least the sum of events 200, got 100",
        ),
        ({"squared_events": BAD}, "squared_nonevents and squared_events must be given together"),
        (
            {"squared_nonevents": GOOD, "squared_events": [0, 1, 1, 1]},
            "must be positive exactly where the 4 counts are",
        ),
        ({"fixed": [True]}, "fixed must have shape (3,)"),
    ],
)
def test_bad_options(options, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        optimal_groups(GOOD, BAD, **options)


def test_curved_shapes_take_64_pre_bins():
    with pytest.raises(
        ValueError, match=r"takes at most 64 pre-bins, got 65; set max_n_prebins=64"
    ):
        optimal_groups(np.ones(65), np.ones(65), monotonic_trend="concave")


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        ({"min_n_bins": 0}, "min_n_bins must be an integer of at least 1, got 0"),
        (
            {"max_n_bins": 2.5},
            "max_n_bins must be an integer of at least 1, or None for no limit, got 2.5",
        ),
        ({"min_n_bins": 4, "max_n_bins": 3}, "min_n_bins must not be above max_n_bins"),
        (
            {"min_bin_size": 5},
            "min_bin_size must be a share of the total weight in [0, 1); use min_bin_n_event",
        ),
        (
            {"max_bin_size": 0.0},
            "max_bin_size must be a share of the total weight in (0, 1], got 0.0",
        ),
        ({"min_bin_size": 0.5, "max_bin_size": 0.3}, "min_bin_size must not be above max_bin_size"),
        ({"min_bin_n_event": -1}, "min_bin_n_event must be a finite number, at least 0, got -1"),
        (
            {"min_event_rate_diff": np.nan},
            "min_event_rate_diff must be a difference of event rates in [0, 1), got nan",
        ),
        ({"max_pvalue": 0.0}, "max_pvalue must be a probability in (0, 1], or None, got 0.0"),
        ({"bin_penalty": "a"}, "bin_penalty must be a finite number, at least 0, got 'a'"),
    ],
)
def test_bad_limits(limits, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        Limits(**limits)

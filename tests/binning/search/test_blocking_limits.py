"""Searches without bins: what their messages name suffices, and nothing in it is not needed."""

import re

import numpy as np
import pandas as pd
import pytest

from infotheory.binning import FairBinner, Limits, OptimalBinner, optimal_groups
from infotheory.exceptions import InfeasibleError

NAMES = {
    "min_n_bins": 1,
    "max_n_bins": None,
    "min_bin_size": 0.0,
    "max_bin_size": None,
    "min_bin_n_event": 0,
    "min_bin_n_nonevent": 0,
    "min_event_rate_diff": 0.0,
    "max_pvalue": None,
}


def random_case(rng):
    cells = rng.integers(0, 12, (int(rng.integers(2, 8)), 2))
    cells[0] += 1  # both classes are there
    limits = {
        "min_n_bins": int(rng.integers(1, 6)),
        "max_bin_size": [None, 0.3, 0.6][rng.integers(3)],
        "min_bin_size": [0.0, 0.1, 0.25][rng.integers(3)],
        "min_bin_n_event": int(rng.integers(0, 6)),
        "min_bin_n_nonevent": int(rng.integers(0, 6)),
        "min_event_rate_diff": [0.0, 0.2][rng.integers(2)],
        "max_pvalue": [None, 0.05][rng.integers(2)],
    }
    trend = [None, "auto", "ascending", "descending", "peak", "valley"][rng.integers(6)]
    fixed = rng.random(len(cells) - 1) < rng.choice([0.0, 0.4, 1.0])
    return cells, limits, trend, fixed


def search(cells, limits, trend, fixed):
    return optimal_groups(*cells.T, limits=Limits(**limits), monotonic_trend=trend, fixed=fixed)


def without(name, limits, trend, fixed):
    if name == "monotonic_trend":
        return limits, None, fixed
    if name == "user_splits_fixed":
        return limits, trend, np.zeros_like(fixed)
    return limits | {name: NAMES[name]}, trend, fixed


def named_in(message):
    head = message.partition(";")[0]
    return re.findall("|".join([*NAMES, "monotonic_trend", "user_splits_fixed"]), head)


def test_what_is_named_blocks_and_what_is_not_named_does_not():
    rng, seen = np.random.default_rng(0), 0
    for _ in range(600):
        cells, limits, trend, fixed = random_case(rng)
        try:
            search(cells, limits, trend, fixed)
        except InfeasibleError as error:
            message = str(error)
        except ValueError:
            continue  # limits that contradict each other by themselves
        else:
            continue

        seen += 1
        named = named_in(message)
        assert named, message
        relaxed = (limits, trend, fixed)
        for name in named:
            relaxed = without(name, *relaxed)
        search(cells, *relaxed)  # all others stay

        for name in named:
            if "relax one of them" in message:
                search(cells, *without(name, limits, trend, fixed))
            else:  # each of them has to go
                kept = (limits, trend, fixed)
                for other in named:
                    kept = kept if other == name else without(other, *kept)
                with pytest.raises(InfeasibleError):
                    search(cells, *kept)
    assert seen > 150


def test_the_trend_is_named_where_it_is_at_fault():
    """Fixed bins whose rates go up and down again are feasible as they are, in no simple shape."""
    x = np.repeat(np.arange(6.0), 100)
    events = np.concatenate([np.arange(100) < k for k in (10, 40, 15, 45, 20, 60)])
    fixed = {"x": [True] * 5}
    options = {"user_splits": {"x": [1, 2, 3, 4, 5]}, "user_splits_fixed": fixed}
    X, y = pd.DataFrame({"x": x}), events.astype(int)
    with pytest.raises(InfeasibleError, match=r"monotonic_trend='auto'"):
        OptimalBinner(**options).fit(X, y)
    assert OptimalBinner(monotonic_trend=None, **options).fit(X, y).specs_["x"].n_bins == 6


def test_an_empty_fixed_bin_is_named_by_its_label():
    rng = np.random.default_rng(0)
    x = np.concatenate([rng.uniform(0, 1, 200), rng.uniform(2, 3, 200)])
    y = (rng.random(400) < np.where(x < 1, 0.2, 0.5)).astype(int)
    binner = OptimalBinner(
        user_splits={"x": [1.2, 1.8]},
        user_splits_fixed={"x": [True, True]},
        min_bin_size=0,
        min_bin_n_event=0,
        min_bin_n_nonevent=0,
    )
    with pytest.raises(InfeasibleError, match=r"\[1\.2, 1\.8\) holds no rows"):
        binner.fit(pd.DataFrame({"x": x}), y)


def test_a_fixed_bin_that_is_too_small_is_named():
    y = np.array([0, 1] * 100)
    x = np.arange(200.0)
    options = {"user_splits": {"x": [5.0]}, "user_splits_fixed": {"x": [True]}}
    with pytest.raises(InfeasibleError, match=r"\[-inf, 5\) holds 5 rows"):
        OptimalBinner(min_bin_size=0.1, **options).fit(pd.DataFrame({"x": x}), y)


def test_the_fair_binner_names_the_same():
    X, y = pd.DataFrame({"x": np.arange(40.0) % 4}), np.arange(40) % 2
    with pytest.raises(InfeasibleError, match="min_n_bins=6"):
        FairBinner(min_n_bins=6).fit(X, y)

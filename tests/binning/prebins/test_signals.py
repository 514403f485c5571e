"""Categories with many levels: when they are named, and how to say that they are wanted."""

import warnings

import numpy as np
import pandas as pd
import pytest

from infotheory.binning import FairBinner, OptimalBinner, StumpBinner
from infotheory.exceptions import HighCardinalityWarning
from infotheory.scorecard import Scorecard


def category(n_levels, n_rows, seed=0):
    """Every level at least once, noise throughout."""
    rng = np.random.default_rng(seed)
    codes = np.concatenate([np.arange(n_levels), rng.integers(0, n_levels, n_rows - n_levels)])
    X = pd.DataFrame({"level": [f"level {i}" for i in rng.permutation(codes)]})
    return X, rng.integers(0, 2, n_rows)


def warned(binner, X, y, on_frames=False):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        binner.fit_frame(X.assign(y=y), "y") if on_frames else binner.fit(X, y)
    return [str(w.message) for w in caught if issubclass(w.category, HighCardinalityWarning)]


@pytest.mark.parametrize("on_frames", [False, True])
@pytest.mark.parametrize("make", [OptimalBinner, StumpBinner, FairBinner])
@pytest.mark.parametrize(
    ("n_levels", "n_rows", "many"),
    [
        (51, 5000, True),  # more than 50
        (50, 5000, False),
        (30, 500, True),  # more than 5 % of the rows
        (25, 500, False),
        (10, 100, True),
        (9, 100, False),  # few, though more than 5 %
        (2, 30, False),
    ],
)
def test_levels_above_50_or_5_per_cent_of_the_rows_are_many(
    n_levels, n_rows, many, make, on_frames
):
    X, y = category(n_levels, n_rows)
    messages = warned(make(), X, y, on_frames)
    assert len(messages) == many
    if many:
        assert f"'level' ({n_levels} levels in {n_rows} rows)" in messages[0]


@pytest.mark.parametrize("make", [OptimalBinner, StumpBinner, FairBinner])
def test_the_number_is_the_users(make):
    X, y = category(60, 5000)
    assert not warned(make(max_levels=60), X, y)
    assert warned(make(max_levels=59), X, y)
    assert not warned(make(max_levels=None), X, y)
    assert not warned(make(feature_params={"level": {"max_levels": 60}}), X, y)
    assert not warned(make(cat_cutoff=0.05), X, y)  # all rare ones are one cell


@pytest.mark.parametrize("value", [0, -1, 2.5, "all", True])
def test_a_number_that_is_none_is_refused(value):
    X, y = category(3, 50)
    with pytest.raises(ValueError, match="max_levels"):
        OptimalBinner(max_levels=value).fit(X, y)


def test_all_features_are_named_in_one_warning_of_a_card():
    X, y = category(100, 1000)
    X = X.assign(name=[f"name {i}" for i in range(1000)], home=np.where(y, "own", "rent"))
    X.loc[:400, "home"] = "own"
    with pytest.warns(HighCardinalityWarning, match="'level' .*'name'") as caught:
        Scorecard().fit(X, y)
    assert sum(w.category is HighCardinalityWarning for w in caught) == 1
    assert "home" not in str(caught[0].message)


def test_numbers_have_no_levels():
    rng = np.random.default_rng(0)
    X, y = pd.DataFrame({"x": rng.normal(size=500)}), rng.integers(0, 2, 500)
    assert not warned(OptimalBinner(), X, y)


def test_weights_count_rows_that_matter():
    X, y = category(12, 400)
    light = np.where(np.arange(400) < 60, 1.0, 1e-6)
    with pytest.warns(HighCardinalityWarning, match="12 levels in 60 rows"):
        OptimalBinner().fit(X, y, light)

"""The same written numbers as float32 and as float64 have the same bins, or it is told."""

import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest

from infotheory.binning import OptimalBinner
from infotheory.exceptions import ApproximationWarning
from infotheory.scorecard import Scorecard

N = 900


def tenths(n=N):
    """Return tenths in [-1, 1], of which float32 rounds half up and half down, and a target."""
    rng = np.random.default_rng(0)
    values = rng.integers(-10, 11, n) / 10.0
    y = (rng.random(n) < 1.0 / (1.0 + np.exp(-2.0 * values))).astype(int)
    return pd.DataFrame({"x": values}), y


@pytest.mark.parametrize("decimals", [1, 2])
def test_bins_of_float32_hold_the_rows_that_a_text_file_has(decimals):
    """Until then 0.1 of a file lay below the split 0.10000000149 of a fit on float32."""
    rng = np.random.default_rng(decimals)
    written = np.round(rng.normal(size=(N, 1)) * 3.0, decimals)
    y = (rng.random(N) < 1.0 / (1.0 + np.exp(-written[:, 0]))).astype(int)
    short = OptimalBinner().fit(written.astype(np.float32), y)
    assert len(short.splits_["x0"]) > 2
    codes = short.bin_codes(written.astype(np.float32))
    np.testing.assert_array_equal(short.bin_codes(written), codes)
    # The bins are those of float64: only the type of the column differs.
    known = OptimalBinner().fit(written, y)
    np.testing.assert_array_equal(known.bin_codes(written), codes)


def test_frames_of_float32_have_the_splits_of_rows_in_memory():
    X, y = tenths()
    rows = pl.DataFrame({"x": X["x"].to_numpy().astype(np.float32), "y": y})
    of_frame = OptimalBinner().fit_frame(rows, target="y")
    in_memory = OptimalBinner().fit(X.astype("float32"), y)
    np.testing.assert_array_equal(of_frame.splits_["x"], in_memory.splits_["x"])
    codes = in_memory.bin_codes(X.astype("float32"))
    np.testing.assert_array_equal(of_frame.bin_codes(X), codes)


@pytest.mark.parametrize(
    ("library", "dtype"),
    [
        ("pandas", np.float32),
        ("pandas", np.float16),
        ("arrays", np.float32),
        ("arrays", np.float16),
        ("arrays", ">f4"),
        ("polars", np.float32),
    ],
)
def test_rows_just_below_the_split_that_they_are_written_as_are_told(library, dtype):
    X, y = tenths()
    card = Scorecard(OptimalBinner(user_splits={"x": [0.1, 0.7]}), round=False).fit(X, y)
    short = X.astype(dtype)
    # float32 rounds 0.7 down and 0.1 up; float16 does it the other way round.
    down = [split for split in (0.1, 0.7) if float(np.dtype(dtype).type(split)) < split]
    n_below = int(X["x"].isin(down).sum())
    assert n_below > 20
    if library == "polars":
        short = pl.DataFrame({"x": short["x"].to_numpy()})
    elif library == "arrays":
        values, card = X.to_numpy(), Scorecard(OptimalBinner(user_splits={"x0": [0.1, 0.7]}))
        card, short = card.fit(values, y), X.to_numpy().astype(dtype)
    with pytest.warns(ApproximationWarning, match=rf"\('x0?': {n_below} rows\)"):
        card.predict_points(short)


def test_one_row_is_told_as_several_are():
    X, y = tenths()
    card = Scorecard(OptimalBinner(user_splits={"x": [0.1, 0.7]})).fit(X, y)
    one = pd.DataFrame({"x": [np.float32(0.7)]}, dtype="float32")
    with pytest.warns(ApproximationWarning, match="'x': 1 rows"):
        points = card.predict_points(one)
    with pytest.warns(ApproximationWarning):
        assert card.predict_points(pd.concat([one, one]))[0] == points[0]
    # Of float64 the number is what it says, and so is one that float32 rounds up.
    assert card.predict_points(one.astype(np.float64)) == points
    card.predict_points(pd.DataFrame({"x": [0.1]}, dtype="float32"))


def test_whole_numbers_and_halves_are_never_told():
    rng = np.random.default_rng(1)
    values = rng.integers(0, 2**25, (N, 1)) / 2.0
    y = (rng.random(N) < 0.2 + 0.6 * (values[:, 0] > 2**23)).astype(int)
    binner = OptimalBinner().fit(values, y)
    binner.bin_codes(values.astype(np.float32))
    binner.fit(values.astype(np.float32), y)


@pytest.mark.parametrize(("dtype", "n_told"), [(np.float32, 1), (np.float16, 1), (np.float64, 0)])
def test_splits_of_the_user_tell_rows_of_short_floats_in_a_fit(dtype, n_told):
    X, y = tenths()
    binner = OptimalBinner(user_splits={"x": [0.1, 0.7]})
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        binner.fit(X.astype(dtype), y)
    assert len([one for one in told if one.category is ApproximationWarning]) == n_told


def test_whole_numbers_of_float64_beside_a_split_are_not_told():
    """100000008 is a number of float32, which writes it as 100000010.0, and an amount, too."""
    values = np.repeat([100000008.0, 100000009.0, 100000010.0, 100000020.0], 50)[:, None]
    y = np.tile([0, 1, 0, 0, 1], 40)
    OptimalBinner(user_splits={"x0": [100000010.0]}).fit(values, y)

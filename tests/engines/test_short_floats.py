"""The same written numbers as float32 and as float64 have the same bins, or it is told."""

import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest

from infotheory._search import with_short_codes
from infotheory.binning import OptimalBinner
from infotheory.cells import BinSpec
from infotheory.exceptions import ApproximationWarning
from infotheory.scorecard import Scorecard
from tests.engines.in_memory import FRAMES, frame_of
from tests.scorecard.export.test_sas import DataStep

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


# Special codes with a fraction

CODES = {"refused": [-9.9, -8.0], "bureau": [-7.3]}


def coded_rows(n=N):
    """Rows of which a third hold special codes, as float32, and a target."""
    rng = np.random.default_rng(4)
    values = np.rint(4.0 * rng.normal(size=n)) / 4.0
    values[::6], values[1::6], values[2::6] = -9.9, -8.0, -7.3
    y = (rng.random(n) < np.where(values == -9.9, 0.8, np.where(values == -7.3, 0.1, 0.4))).astype(
        int
    )
    return pd.DataFrame({"x": values}).astype("float32"), y


def test_codes_with_a_fraction_have_the_number_that_float32_holds():
    spec = BinSpec(name="x", kind="numerical", splits=(0.0,), special=(("a", (-9.9, -9)),))
    assert spec.special_numbers == ((-9.9, -9, float(np.float32(-9.9))),)
    values = np.array([-9.9, np.float32(-9.9), -9.0, -9.8984375, np.nextafter(-9.9, 0.0)])
    assert spec.encode(values).tolist() == [2, 2, 2, 0, 0]
    # What is named by itself has its own group, whole numbers and what is next to 0 have no other.
    twin = float(np.float32(0.1))
    assert with_short_codes([[0.1], [twin]]) == ((0.1,), (twin,))
    kept = [[99_999_999.0, 1e-50, np.inf, -np.inf, 0.5]]
    assert with_short_codes(kept) == (tuple(kept[0]),)
    assert with_short_codes([[0.1, 0.1000000001], []]) == ((0.1, 0.1000000001, twin), ())


@pytest.mark.parametrize("learnt_from", ["float32", "float64"])
@pytest.mark.parametrize("library", FRAMES)
def test_codes_with_a_fraction_are_met_in_short_columns(library, learnt_from):
    """A fit said that -9.9 is in no row, and a transform said nothing."""
    X, y = coded_rows()
    written = X.astype(float).round(2)
    binner = OptimalBinner(special_codes=CODES)
    binner.fit(X if learnt_from == "float32" else written, y)
    of_frame = OptimalBinner(special_codes=CODES).fit_frame(
        frame_of(library, (X if learnt_from == "float32" else written).assign(y=y)), target="y"
    )
    wanted = binner.bin_codes(written)
    special = binner.features_["x"].spec.n_bins
    assert (wanted[::6] == special).all()
    assert (wanted[1::6] == special).all()
    assert (wanted[2::6] == special + 1).all()
    for fitted in (binner, of_frame):
        np.testing.assert_array_equal(fitted.bin_codes(X), wanted)
        np.testing.assert_array_equal(fitted.bin_codes(X.astype(float)), wanted)

    card = Scorecard(OptimalBinner(special_codes=CODES), round=False).fit(written, y)
    points = card.predict_points(written)
    short = card.predict_points_frame(frame_of(library, X))
    short = short.collect() if library == "lazy polars" else short
    found = short.df()["points"] if library == "duckdb" else short["points"]
    np.testing.assert_array_equal(np.asarray(found), points)


def test_exports_meet_codes_as_float32_holds_them(tmp_path):
    X, y = coded_rows()
    card = Scorecard(OptimalBinner(special_codes=CODES), round=False).fit(
        X.astype(float).round(2), y
    )
    wanted = card.predict_points(X)
    score, step = card.scorer(), DataStep(card.to_sas("loans", "scored"))
    answers = {
        "a row": [card.predict_points(X[i : i + 1])[0] for i in range(30)],
        "a service": [score({"x": value}) for value in X["x"][:30]],
        "as float": [score({"x": float(value)}) for value in X["x"][:30]],
        "SAS": [step.run({"x": float(value)})["points"] for value in X["x"][:30]],
    }
    duckdb = pytest.importorskip("duckdb")
    with duckdb.connect() as connection:
        connection.register("loans", X)
        assert connection.sql("select * from loans").types == ["FLOAT"]
        found = connection.sql(card.to_sql("loans", keep=[], dialect="duckdb")).fetchall()
        answers["SQL"] = [row[0] for row in found[:30]]
    for name, points in answers.items():
        np.testing.assert_allclose(points, wanted[:30], rtol=1e-12, err_msg=name)

    tree = card.to_pmml()
    assert repr(float(np.float32(-9.9))) in tree
    pytest.importorskip("onnx", reason="the extra onnx is not installed")
    runtime = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    session = runtime.InferenceSession(card.to_onnx())
    (given, *_) = session.run(None, {"x": X.to_numpy().astype(float)})
    np.testing.assert_allclose(given[:, 0], wanted, rtol=1e-12)


@pytest.mark.parametrize(
    ("code", "dtype", "n_told"),
    [
        (-9.9, "float16", 150),
        (99_999_999.0, "float32", 150),
        (-9.9, "float32", 0),
        (-9.0, "float16", 0),
    ],
)
def test_rows_that_hold_what_a_code_is_rounded_to_are_told(code, dtype, n_told):
    """100000000 may be an amount, and float16 is too coarse to tell: regular bins hold them."""
    X, y = coded_rows()
    X = X.astype(float).round(2)
    X.iloc[::6] = code
    card = Scorecard(OptimalBinner(special_codes={"x": [code]})).fit(X, y)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        card.predict_points(X.astype(dtype))
        card.predict_points(X[:1].astype(dtype))
    texts = [str(one.message) for one in told if "special codes" in str(one.message)]
    assert len(texts) == (2 if n_told else 0)
    assert not texts or f"('x': {n_told} rows)" in texts[0]

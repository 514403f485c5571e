"""Storages that are rare: one reading on every engine, or a refusal in words."""

import os
from decimal import Decimal

import duckdb
import narwhals as nw
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from infotheory.binning import FairBinner, OptimalBinner, StumpBinner
from infotheory.evidence import auc_influence
from infotheory.scorecard import Scorecard, migration_matrix

N = 240
PLACE = np.resize([0, 1, 2], N)
Y = (np.random.default_rng(0).random(N) < np.array([0.1, 0.4, 0.7])[PLACE]).astype(int)
READ = {
    "large text": (["a", "b", None], pa.large_string(), ["a", "b"]),
    "text view": (["a", "b", None], pa.string_view(), ["a", "b"]),
    "text of missing values": (["nan", "None", None], pa.string(), ["nan", "None"]),
    "empty text": (["", "x", None], pa.string(), ["", "x"]),
    "booleans": ([True, False, None], pa.bool_(), ["True", "False"]),
    "negative codes": ([-1, 0, None], pa.int8(), ["-1", "0"]),
    "negative zero": ([-0.0, 1.5, None], pa.float64(), ["0", "1.5"]),
    "not a number": ([float("nan"), 1.5, 2.0], pa.float64(), ["1.5", "2"]),
    "infinite": ([float("inf"), 1.5, None], pa.float64(), ["inf", "1.5"]),
    "short floats": ([np.float16(0.1), np.float16(2.0), None], pa.float16(), ["0.1", "2"]),
    "decimals": ([Decimal("1.10"), Decimal("2.00"), None], pa.decimal128(9, 2), ["1.1", "2"]),
    "dictionary": (["a", "b", None], pa.dictionary(pa.int8(), pa.string()), ["a", "b"]),
}
REFUSED = {
    "bytes": ([b"a", b"b", None], pa.binary()),
    "lists": ([[1], [2], None], pa.list_(pa.int64())),
    "records": ([{"a": 1}, {"a": 2}, None], pa.struct({"a": pa.int64()})),
}
BINNER = OptimalBinner(categorical_features=["x"])


def table_of(values, dtype, y=Y):
    return pa.table({"x": pa.array([values[i] for i in PLACE], dtype), "y": y})


def frames(table):
    yield "pyarrow", table
    yield "pandas", table.to_pandas()
    yield "pandas arrow", table.to_pandas(types_mapper=pd.ArrowDtype)
    yield "polars", pl.from_arrow(table)
    yield "polars lazy", pl.from_arrow(table).lazy()
    if not pa.types.is_float16(table.schema.field("x").type):  # of which DuckDB knows nothing
        yield "duckdb", duckdb.from_arrow(table)


def points_of(table):
    frame = nw.from_native(table)
    frame = frame.collect() if isinstance(frame, nw.LazyFrame) else frame
    return [float(value) for value in frame["points"].to_list()]


@pytest.mark.parametrize("name", READ)
def test_one_reading_on_every_engine(name):
    if name in ("text view", "short floats") and os.environ.get("INFOTHEORY_VERSIONS") == "lowest":
        pytest.skip("pandas 2.2 has no text views, Polars 1.32 no short floats")
    values, dtype, levels = READ[name]
    table = table_of(values, dtype)
    card = Scorecard(BINNER).fit(table.select(["x"]), Y)
    spec, wanted = card.binner_.specs_["x"], card.predict_points(table.select(["x"])).tolist()
    assert sorted(level for group in spec.levels for level in group) == sorted(levels)
    assert len(set(wanted)) == 3
    for engine, frame in frames(table):
        assert BINNER.fit_frame(frame, "y").specs_["x"] == spec, engine
        assert points_of(card.predict_points_frame(frame)) == wanted, engine


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize("declared", [None, ["x"]])
def test_what_is_no_category_is_refused_on_every_engine(name, declared):
    text = "must hold numbers or categories|must be a string or a number"
    for engine, frame in frames(table_of(*REFUSED[name])):
        with pytest.raises((TypeError, ValueError), match=text):
            OptimalBinner(categorical_features=declared).fit_frame(frame, "y")
        assert engine


@pytest.mark.parametrize(
    "y",
    [
        pa.array(Y.astype(bool)),
        pa.array(Y, pa.uint8()),
        pa.array(Y.astype(float)),
        pa.array([Decimal(int(label)) for label in Y], pa.decimal128(3, 1)),
    ],
    ids=["booleans", "short", "floats", "decimals"],
)
def test_the_target_has_one_reading_on_every_engine(y):
    wanted = BINNER.fit(table_of(*READ["booleans"][:2]).select(["x"]), Y)
    values = table_of(*READ["booleans"][:2], y)
    for engine, frame in frames(values):
        found = OptimalBinner(categorical_features=["x"]).fit_frame(frame, "y")
        assert found.specs_ == wanted.specs_, engine
        assert found.tables_["x"].counts.tolist() == wanted.tables_["x"].counts.tolist(), engine


def test_a_missing_label_is_an_error_on_every_engine():
    y = pa.array([None, *Y.astype(bool).tolist()[1:]])
    for engine, frame in frames(table_of(*READ["booleans"][:2], y)):
        with pytest.raises(ValueError, match="must not contain NaN or None"):
            BINNER.fit_frame(frame, "y")
        assert engine
    labels = pd.Series([pd.NA, *Y[1:].astype(bool)], dtype="boolean")
    with pytest.raises(ValueError, match="must not contain NaN or None"):
        OptimalBinner().fit(PLACE[:, None], labels)


@pytest.mark.parametrize("values", [[True, 1, 2], [0.0, False, 1.0], [b"a", "b", "c"], [1, "1", 2]])
def test_objects_that_can_be_read_in_two_ways_are_refused(values):
    X = pd.DataFrame({"x": pd.Series([values[i] for i in PLACE], dtype=object)})
    with pytest.raises(ValueError, match=r"each level in one type|decode them"):
        OptimalBinner().fit(X, Y)


def test_intervals_of_pandas_keep_their_order():
    x = np.random.default_rng(1).normal(size=N)
    X = pd.DataFrame({"x": pd.cut(x, [-9.0, -1.0, 0.0, 1.0, 9.0])})
    spec = OptimalBinner(monotonic_trend=None).fit(X, Y).prebin_specs_["x"]
    assert spec.levels == (("(-9.0, -1.0]",), ("(-1.0, 0.0]",), ("(0.0, 1.0]",), ("(1.0, 9.0]",))
    assert spec.ordered


@pytest.mark.parametrize("binner", [OptimalBinner(), StumpBinner(), FairBinner(), Scorecard()])
def test_masks_are_refused(binner):
    X = np.column_stack([PLACE, np.random.default_rng(1).integers(0, 3, N)]).astype(float)
    mask = np.zeros_like(X, dtype=bool)
    mask[:5, 0] = True
    masked = np.ma.array(X, mask=mask)
    shown = r"X must have no masked entries, got \d+ of \d+; call .filled"
    for rows in (masked, list(masked)):
        with pytest.raises(ValueError, match=shown):
            binner.fit(rows, Y)

    binner.fit(np.ma.array(X), Y)  # a mask that hides nothing
    method = binner.predict_points if isinstance(binner, Scorecard) else binner.transform
    with pytest.raises(ValueError, match=shown):
        method(masked)
    assert len(method(X)) == N
    for y, weights in (
        (np.ma.array(Y, mask=mask[:, 0]), None),
        (Y, np.ma.array(X[:, 0] + 1.0, mask=mask[:, 0])),
    ):
        with pytest.raises(ValueError, match="must have no masked entries"):
            binner.fit(X, y, sample_weight=weights)


def test_masks_of_kernels_are_refused():
    score, hidden = np.arange(N, dtype=float), np.arange(N) < 2
    for arguments in (
        (np.ma.array(Y.astype(float), mask=hidden), score),
        (Y.astype(float), np.ma.array(score, mask=hidden)),
    ):
        with pytest.raises(ValueError, match="must have no masked entries"):
            auc_influence(*arguments)


def test_grades_beside_missing_ones_are_the_same_grades():
    matrix = migration_matrix([1, 2, 2], [1.0, 2.0, 1.0], labels=[1, 2])
    assert matrix.labels == ("1", "2")
    assert matrix.counts.tolist() == [[1.0, 0.0], [1.0, 1.0]]

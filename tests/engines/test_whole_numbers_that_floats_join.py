"""Whole numbers that float64 joins meet the bounds of bins as they are: frames, SQL, Python."""

import sqlite3
from contextlib import closing
from decimal import Decimal

import duckdb
import numpy as np
import polars as pl
import pyarrow as pa
import pytest

from infotheory._exports.python import write_bins_python
from infotheory._exports.rules import rule_of_codes
from infotheory._exports.sql import write_bins_sql
from infotheory.binning import OptimalBinner, split_bin
from infotheory.cells import BinSpec
from infotheory.engines import bin_column, count_frame, open_frame

#: Where a column starts, and how it is stored.
STORED = {
    "int64": (2**53, pa.int64()),
    "negative": (-(2**53) - 20, pa.int64()),
    "large negative": (-(2**62), pa.int64()),
    "end of int64": (2**63 - 6000, pa.int64()),
    "uint64": (2**63, pa.uint64()),
    "end of uint64": (2**64 - 9000, pa.uint64()),
    "decimals": (2**53, pa.decimal128(38, 2)),
    "long decimals": (2**70, pa.decimal128(38, 0)),
    "negative decimals": (-(2**70) - 10**6, pa.decimal128(38, 0)),
}
LAZY = {"Polars": lambda table: pl.from_arrow(table).lazy(), "DuckDB": duckdb.from_arrow}


def case(name):
    """Bins whose bounds are floats, whole numbers around the bounds, and their codes."""
    start, dtype = STORED[name]
    step = int(np.spacing(float(abs(start))))
    *splits, special = [float(start // step * step + step * k) for k in (4, 8, 14, 18)]
    spec = BinSpec(
        name="x", kind="numerical", splits=tuple(splits), special=(("code", (special,)),)
    )
    near = (-step, -step // 2 - 1, -1, 0, 1, step // 2, step)
    values = [int(bound) + shift for bound in (*splits, special) for shift in near]
    values = [v for v in values if v < 2 ** {"int64": 63, "uint64": 64}.get(str(dtype), 90)]
    codes = [4 if v == special else sum(v >= int(split) for split in splits) for v in values]
    stored = [Decimal(v) for v in values] if pa.types.is_decimal(dtype) else values
    return (
        spec,
        values,
        codes,
        pa.table({"x": pa.array(stored, dtype), "y": np.arange(len(codes)) % 2}),
    )


def sums_by_code(codes):
    return np.bincount(codes, minlength=5).tolist()


@pytest.mark.parametrize("stored", STORED)
@pytest.mark.parametrize("engine", LAZY)
def test_lazy_frames_compare_them_as_they_are_stored(engine, stored):
    spec, _, codes, table = case(stored)
    frame = open_frame(LAZY[engine](table))
    scored = frame.lazy().select(bin_column(spec, [0, 1, 2, 3, 4, 5, 6], frame)).collect()
    assert scored["x"].to_list() == codes
    counted = count_frame(frame, {"x": spec}, target="y").tables["x"]
    assert counted.counts.sum(axis=1)[:5].tolist() == sums_by_code(codes)


def test_a_connection_of_the_user_counts_them_too():
    spec, _, codes, table = case("int64")
    specs = {"x": spec, "y": BinSpec(name="y", kind="numerical", splits=(0.5,))}
    with closing(duckdb.connect()) as connection:
        counts = count_frame(connection.from_arrow(table), specs, target="y")
        wanted = count_frame(duckdb.from_arrow(table), specs, target="y")
    assert counts.tables["x"].counts.sum(axis=1)[:5].tolist() == sums_by_code(codes)
    assert counts.tables["x"].counts.tolist() == wanted.tables["x"].counts.tolist()


@pytest.mark.parametrize("stored", ["negative", "end of int64", "decimals", "long decimals"])
def test_spark_compares_them_as_they_are_stored(spark, stored):
    spec, _, codes, table = case(stored)
    frame = open_frame(spark.createDataFrame(table))
    scored = frame.lazy().select(bin_column(spec, [0, 1, 2, 3, 4, 5, 6], frame)).collect()
    assert scored["x"].to_list() == codes
    counted = count_frame(frame, {"x": spec}, target="y").tables["x"]
    assert counted.counts.sum(axis=1)[:5].tolist() == sums_by_code(codes)


def query(spec, dialect):
    return write_bins_sql([("code", rule_of_codes(spec), False)], "t", dialect, keep=[], about="")


@pytest.mark.parametrize("stored", STORED)
@pytest.mark.parametrize("cast", [None, "DOUBLE", "FLOAT"])
def test_sql_of_duckdb_compares_them_as_they_are_stored(stored, cast):
    spec, _, codes, table = case(stored)
    rows = duckdb.from_arrow(table)
    if cast is not None:
        rows = rows.project(f"CAST(x AS {cast}) AS x")
        codes = spec.encode(rows.fetchnumpy()["x"].astype(float)).tolist()
    result = rows.query("t", query(spec, "duckdb"))
    assert [code for (code,) in result.fetchall()] == codes


@pytest.mark.parametrize(
    "stored", [name for name, (start, _) in STORED.items() if abs(start) < 2**63]
)
@pytest.mark.parametrize("affinity", ["", "INTEGER", "DECIMAL(38, 0)", "REAL"])
def test_sql_of_sqlite_compares_them_as_they_are_stored(stored, affinity):
    spec, values, codes, _ = case(stored)
    if affinity == "REAL":
        codes = spec.encode(np.array(values, dtype=float)).tolist()
    with closing(sqlite3.connect(":memory:")) as base:
        base.execute(f"CREATE TABLE t (x {affinity})")
        base.executemany("INSERT INTO t VALUES (?)", [(value,) for value in values])
        assert [code for (code,) in base.execute(query(spec, "sqlite"))] == codes


@pytest.mark.parametrize("stored", STORED)
@pytest.mark.parametrize("kind", [int, Decimal, float])
def test_python_compares_them_as_they_are(stored, kind):
    spec, values, codes, _ = case(stored)
    if kind is float:
        codes = spec.encode(np.array(values, dtype=float)).tolist()
    scope = {}
    exec(write_bins_python([(spec, np.arange(7))], "codes", ""), scope)  # noqa: S102 - our own source
    assert [scope["transform"]({"x": kind(value)})["x"] for value in values] == codes


def test_bounds_that_no_float_is_are_refused():
    rng = np.random.default_rng(0)
    small = rng.integers(0, 4, 400)
    y = (rng.random(400) < 0.2 + 0.15 * small).astype(int)
    exact = np.array([2**53 + 2 * int(k) for k in small])[:, None]
    binner = OptimalBinner(min_bin_size=0.01).fit(exact, y)
    with pytest.raises(ValueError, match="floats tell apart"):
        BinSpec(name="x", kind="numerical", splits=(2**53 + 1,))
    with pytest.raises(ValueError, match="floats tell apart"):
        split_bin(binner, "x0", at=2**53 + 1, reason="a test")
    for frame in LAZY.values():
        rows = frame(pa.table({"x0": exact[:, 0], "y": y}))
        with pytest.raises(ValueError, match="floats tell apart"):
            OptimalBinner(user_splits={"x0": [2**53 + 1]}).fit_frame(rows, "y")

"""Times that are declared categories: one level on every engine, or a refusal with the way out."""

import datetime as dt

import duckdb
import narwhals as nw
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from infotheory.binning import OptimalBinner
from infotheory.scorecard import Scorecard

N = 240
DAYS = [dt.date(2024, month, 1) for month in (1, 2, 3)]
MOMENTS = [
    dt.datetime(2024, 1, 1, 5, 30),
    dt.datetime(2024, 2, 1),
    dt.datetime(2024, 3, 1, 1, 2, 3, 250_000),
]
COLUMNS = {
    "dates": (DAYS, pa.date32()),
    "seconds": (MOMENTS[:2], pa.timestamp("s")),
    "microseconds": (MOMENTS, pa.timestamp("us")),
    "nanoseconds": (MOMENTS, pa.timestamp("ns")),
    "in a zone": ([m.replace(tzinfo=dt.UTC) for m in MOMENTS], pa.timestamp("us", "UTC")),
    "durations": ([dt.timedelta(days=1), dt.timedelta(seconds=90)], pa.duration("us")),
    "clock times": ([dt.time(5, 30), dt.time(0, 0)], pa.time64("us")),
}
COMPARED = ["dates", "seconds", "microseconds", "nanoseconds"]
BINNER = OptimalBinner(categorical_features=["x"], monotonic_trend=None)


def table_of(kind):
    values, dtype = COLUMNS[kind]
    column = np.resize(np.array([*values, None], dtype=object), N)
    risk = np.resize([*np.linspace(0.1, 0.8, len(values)), 0.5], N)
    y = (np.random.default_rng(0).random(N) < risk).astype(int)
    return pa.table({"x": pa.array(column.tolist(), dtype), "y": y})


def frames(table):
    yield "pandas", table.to_pandas()
    yield "pandas arrow", table.to_pandas(types_mapper=pd.ArrowDtype)
    yield "polars", pl.from_arrow(table)
    yield "polars lazy", pl.from_arrow(table).lazy()
    yield "duckdb", duckdb.from_arrow(table)


def points_of(table):
    frame = nw.from_native(table)
    frame = frame.collect() if isinstance(frame, nw.LazyFrame) else frame
    return [float(value) for value in frame["points"].to_list()]


@pytest.mark.parametrize("kind", COLUMNS)
def test_levels_and_points_agree_or_are_refused(kind):
    table = table_of(kind)
    card = Scorecard(BINNER).fit(table.select(["x"]), table["y"].to_numpy())
    wanted = card.predict_points(table.select(["x"])).tolist()
    assert len(set(wanted)) > 2
    for engine, frame in frames(table):
        if kind not in COMPARED and engine in ("polars lazy", "duckdb"):
            with pytest.raises(TypeError, match="make it text or a date before the fit"):
                BINNER.fit_frame(frame, "y")
            with pytest.raises(TypeError, match="make it text or a date before the fit"):
                card.predict_points_frame(frame)
            continue
        assert BINNER.fit_frame(frame, "y").specs_ == card.binner_.specs_, engine
        assert points_of(card.predict_points_frame(frame)) == wanted, engine


@pytest.mark.parametrize("kind", COLUMNS)
def test_the_python_source_reads_times(kind):
    table = table_of(kind)
    card = Scorecard(BINNER).fit(table.select(["x"]), table["y"].to_numpy())
    wanted = card.predict_points(table.select(["x"])).tolist()
    source: dict = {}
    exec(card.to_python(), source)  # noqa: S102 - it is our own source
    columns = [table["x"].to_pylist(), list(table["x"].to_pandas())]
    if kind not in ("dates", "in a zone", "clock times"):
        columns.append(list(table["x"].to_pandas().to_numpy()))
    for column in columns:
        rows = [None if pd.isna(value) else value for value in column]
        assert [source["score"]({"x": row}) for row in rows] == wanted


@pytest.mark.parametrize("kind", ["dates", "microseconds"])
def test_sql_reads_times(kind):
    table = table_of(kind)
    card = Scorecard(BINNER).fit(table.select(["x"]), table["y"].to_numpy())
    with duckdb.connect() as connection:
        connection.from_arrow(table).create("rows")
        answers = connection.sql(card.to_sql("rows", dialect="duckdb")).fetchall()
    assert [row[-1] for row in answers] == card.predict_points(table.select(["x"])).tolist()


def test_times_that_are_not_declared_are_refused():
    for engine, frame in frames(table_of("dates")):
        with pytest.raises(ValueError, match="must hold numbers or categories"):
            OptimalBinner().fit_frame(frame, "y")
        assert engine


def test_moments_of_spark_have_the_zone_of_its_session(spark):
    frame = spark.createDataFrame(table_of("microseconds"))
    with pytest.raises(TypeError, match="make it text or a date before the fit"):
        BINNER.fit_frame(frame, "y")
    days = spark.createDataFrame(table_of("dates"))
    assert BINNER.fit_frame(days, "y").specs_ == BINNER.fit_frame(table_of("dates"), "y").specs_

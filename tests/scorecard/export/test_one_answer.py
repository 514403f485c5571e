"""One value has one answer, or none, wherever a card is asked: rows, a row, a service, SQL."""

import datetime as dt
import functools
import math
import warnings
from decimal import Decimal

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from infotheory.binning import OptimalBinner
from infotheory.scorecard import Scorecard
from tests.scorecard.export.test_pmml import evaluate, needs_java
from tests.scorecard.export.test_sas import DataStep

N = 600
#: What a characteristic was learnt from; options that it needs.
LEARNT = {
    "numbers": ([-1.0, 0.0, 0.1, 0.25, 2.0], {"user_splits": {"x": [0.0, 0.1, 0.25, 2.0]}}),
    "codes": ([1, 2, 100_000], {"categorical_features": ["x"]}),
    "codes as text": (["1", "2", "3.5", "-4"], {}),
    "truth": ([True, False], {}),
    "words": (["a", "it's", " b", "b ", "", "é", "01", "nan", "None"], {}),
    "days": (["2020-01-01", "2020-01-02 10:00:00", "2020-02-01"], {}),
}
VALUES = [
    *(None, math.nan, pd.NA, 0, -0.0, 0.1, np.float32(0.1), np.float16(0.1), 2, np.int8(2)),
    *(np.nextafter(0.1, 0.0), True, False, np.bool_(True), math.inf, -math.inf, 2**70, 1e300),
    *(Decimal("0.1"), Decimal("0.10000000000000000001"), Decimal("2.00"), Decimal("NaN")),
    *("0.1", "2", "1.0", "01", "+1", " 1", "True", "TRUE", "nan", "NaN", "NA", "None", ""),
    *("a", "A", "it's", " b", "b ", "b", "é", "e\u0301", 1, 1.0, 3.5, np.float32(3.5), -4, "-4.0"),
    *(100_000.0, "1e+05", "100000.0", dt.date(2020, 1, 1), dt.datetime(2020, 1, 1), "2020-01-01"),
    *(pd.Timestamp("2020-01-02 10:00"), np.datetime64("2020-02-01"), "2020-01-02T10:00:00"),
    *("1e0", "10e-1", "1.0E0", "1e5", "1E+5", "10e4", "0e0", "35e-1", "Infinity", "1e400"),
    *(dt.timedelta(days=1), b"a", 1j, np.str_("a"), np.uint64(2**53), -(2**53)),
]


@functools.cache
def card(learnt):
    """Return a card on one characteristic, whose bins have points of their own."""
    values, options = LEARNT[learnt]
    rng = np.random.default_rng(0)
    places = np.resize(np.arange(len(values)), N)
    x = pd.Series([values[place] for place in places], name="x")
    y = (rng.random(N) < 0.1 + 0.8 * places / (len(values) - 1)).astype(int)
    binner = OptimalBinner(min_bin_size=0.0, monotonic_trend=None, **options)
    return Scorecard(binner, round=False).fit(x.to_frame(), y)


def answer(ask):
    """Return the points to nine digits, or that there are none."""
    try:
        points = ask()
    except (ValueError, TypeError):
        return "refused"
    return "refused" if points is None else float(f"{points:.9g}")


@pytest.mark.parametrize("learnt", LEARNT)
def test_rows_a_row_and_a_service_agree(learnt):
    asked, score = card(learnt), card(learnt).scorer()
    for value in VALUES:
        column = np.empty(2, dtype=object)
        column[:] = [value, value]
        rows = pd.DataFrame({"x": column})
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of values that the fit has not seen
            answers = {
                answer(lambda rows=rows: asked.predict_points(rows)[0]),
                answer(lambda rows=rows: asked.predict_points(rows[:1])[0]),
                answer(lambda value=value: score({"x": value})),
            }
        assert len(answers) == 1, (value, answers)


@pytest.mark.parametrize("learnt", LEARNT)
def test_a_database_gives_the_points_of_the_rows_or_has_no_such_column(learnt):
    asked = card(learnt)
    query, compared = asked.to_sql("rows_asked", keep=[], dialect="duckdb"), 0
    with duckdb.connect() as connection:
        for value in VALUES:
            try:
                table = pa.table({"x": pa.array([value, value])})
            except (pa.ArrowException, OverflowError, TypeError):
                continue  # it has no such column
            try:
                connection.register("rows_asked", table)
                found = connection.sql(query).fetchall()[0][0]
            except duckdb.Error:
                continue  # a type that it does not know, or text where a number is cast
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                points = answer(lambda table=table: asked.predict_points(table)[0])
            if points != "refused":
                assert float(f"{found:.9g}") == points, value
                compared += 1
    assert compared > 20


#: Ways to write a level that is a number, and whether programs write it so.
WRITTEN = {
    "1": True,
    "1.0": True,
    "1e0": False,
    "10e-1": False,
    "100000": True,
    "1e+05": True,
    "1E+05": True,
    "1e5": False,
    "10e4": False,
    "2e-07": True,
    "2E-7": True,
    "20e-8": False,
    "inf": True,
    "Infinity": True,
    "1e400": False,
    "01": False,
    "+1": False,
    "35e-1": True,  # as a level is written
    "3.5": True,
}


@functools.cache
def card_of_written_numbers():
    """Return a card on the levels 1, 100000, 2e-07, inf and 35e-1, all of them text."""
    rng = np.random.default_rng(2)
    values = np.resize(["1", "100000", "2e-07", "inf", "35e-1"], 1000)
    risks = {"1": 0.1, "100000": 0.3, "2e-07": 0.5, "inf": 0.7, "35e-1": 0.9}
    y = (rng.random(1000) < [risks[value] for value in values]).astype(int)
    binner = OptimalBinner(min_bin_size=0.0, monotonic_trend=None)
    fitted = Scorecard(binner, round=False).fit(pd.DataFrame({"x": values}), y)
    assert len(set(fitted.points_["x"].round(6))) >= 6
    return fitted


def points_of_texts(texts):
    """Points of each text, by every way to ask a card for them that takes text."""
    asked, rows = card_of_written_numbers(), pd.DataFrame({"x": list(texts)})
    frames = {"Polars, lazily": pl.from_pandas(rows).lazy(), "DuckDB": duckdb.from_df(rows)}
    lazily = {name: asked.predict_points_frame(frame) for name, frame in frames.items()}
    score, step = asked.scorer(), DataStep(asked.to_sas("loans", "scored"))
    with warnings.catch_warnings(), duckdb.connect() as connection:
        warnings.simplefilter("ignore")  # of values that the fit has not seen
        connection.register("loans", rows)
        query = asked.to_sql("loans", keep=["x"], dialect="duckdb")
        return {
            "rows": asked.predict_points(rows),
            "a row": [asked.predict_points(rows[i : i + 1])[0] for i in range(len(rows))],
            "a service": [score({"x": text}) for text in texts],
            "Polars, lazily": lazily["Polars, lazily"].collect()["points"].to_numpy(),
            "DuckDB": lazily["DuckDB"].df()["points"].to_numpy(),
            "SQL": connection.sql(query).df().set_index("x").loc[list(texts)].iloc[:, -1],
            "SAS": [step.run({"x": text})["points"] for text in texts],
        }


def test_every_way_to_ask_reads_the_same_numbers_in_text():
    """Text "1e0" was the level 1 to rows and services, and unseen to databases."""
    answers = points_of_texts(WRITTEN)
    by_level = dict(zip(WRITTEN, answers["rows"], strict=True))
    unseen = by_level["01"]
    assert {text: points != unseen for text, points in by_level.items()} == WRITTEN
    assert by_level["35e-1"] == by_level["3.5"]
    assert by_level["Infinity"] == by_level["inf"]
    for name, points in answers.items():
        np.testing.assert_allclose(np.asarray(points, float), answers["rows"], err_msg=name)


@needs_java
def test_documents_hold_the_same_numbers(backend, tmp_path):
    """Fields of PMML and inputs of ONNX are numbers there: text is none of their values."""
    asked, levels = card_of_written_numbers(), [1.0, 100_000.0, 2e-07, 3.5, 7.0]
    rows = pd.DataFrame({"x": levels})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        wanted = asked.predict_points(rows)
    points = evaluate(asked, rows, backend, tmp_path / "card.pmml")
    np.testing.assert_allclose(points, wanted)
    runtime = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    session = runtime.InferenceSession(asked.to_onnx())
    (given, *_) = session.run(None, {"x": np.array(levels)[:, None]})
    np.testing.assert_allclose(given[:, 0], wanted)

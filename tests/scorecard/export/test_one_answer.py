"""One value has one answer, or none, wherever a card is asked: rows, a row, a service, SQL."""

import datetime as dt
import functools
import math
import warnings
from decimal import Decimal

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from infotheory.binning import OptimalBinner
from infotheory.scorecard import Scorecard

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

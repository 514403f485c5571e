"""Arrays and frames in memory to columns."""

import datetime as dt
import decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from scipy import sparse

from infotheory.cells import Factor
from infotheory.engines import read_columns

NUMBERS = {
    "numpy": np.array([[1.0], [np.nan], [3.0]]),
    "list": [[1], [None], [3.0]],
    "object": np.array([[1], [None], [3]], dtype=object),
    "pandas": pd.DataFrame({"a": [1.0, None, 3.0]}),
    "nullable": pd.DataFrame({"a": pd.array([1, None, 3], dtype="Int64")}),
    "arrow dtype": pd.DataFrame({"a": pd.array([1, None, 3], dtype=pd.ArrowDtype(pa.int32()))}),
    "pandas object": pd.DataFrame({"a": pd.Series([1, None, 3.0], dtype=object)}),
    "decimal": pd.DataFrame(
        {"a": pd.Series([decimal.Decimal(1), None, decimal.Decimal(3)], dtype=object)}
    ),
    "polars": pl.DataFrame({"a": [1, None, 3]}),
    "polars NaN": pl.DataFrame({"a": [1.0, float("nan"), 3.0]}),
    "pyarrow": pa.table({"a": [1, None, 3]}),
}
TEXTS = {
    "list": [["u"], [None], ["v"]],
    "pandas": pd.DataFrame({"a": ["u", None, "v"]}),
    "pandas object": pd.DataFrame({"a": pd.Series(["u", None, "v"], dtype=object)}),
    "category": pd.DataFrame({"a": pd.Categorical(["u", None, "v"])}),
    "arrow dtype": pd.DataFrame(
        {"a": pd.array(["u", None, "v"], dtype=pd.ArrowDtype(pa.string()))}
    ),
    "polars": pl.DataFrame({"a": ["u", None, "v"]}),
    "polars categorical": pl.DataFrame({"a": pl.Series(["u", None, "v"], dtype=pl.Categorical)}),
    "polars enum": pl.DataFrame({"a": pl.Series(["u", None, "v"], dtype=pl.Enum(["v", "u"]))}),
    "pyarrow": pa.table({"a": ["u", None, "v"]}),
    "pyarrow dictionary": pa.table({"a": pa.array(["u", None, "v"]).dictionary_encode()}),
}


@pytest.mark.parametrize("data", NUMBERS.values(), ids=NUMBERS)
def test_numbers(data):
    columns = read_columns(data)
    assert (columns.kinds, columns.n_rows) == (("numerical",), 3)
    np.testing.assert_array_equal(columns.data[0], [1.0, np.nan, 3.0])
    assert columns.data[0].dtype == np.float64


@pytest.mark.parametrize("data", TEXTS.values(), ids=TEXTS)
def test_texts(data):
    columns = read_columns(data)
    assert columns.kinds == ("categorical",)
    factor = columns.data[0]
    assert isinstance(factor, Factor)
    assert [None if c < 0 else factor.levels[c] for c in factor.codes] == ["u", None, "v"]


@pytest.mark.parametrize(
    "data",
    [
        pd.DataFrame({"a": [True, False]}),
        pd.DataFrame({"a": pd.array([True, False], dtype="boolean")}),
        pl.DataFrame({"a": [True, False]}),
        pa.table({"a": [True, False]}),
    ],
)
def test_booleans_of_frames_are_categories(data):
    assert read_columns(data).data[0].levels == ("True", "False")


def test_booleans_of_arrays_are_numbers():
    assert read_columns(np.array([[True], [False]])).data[0].tolist() == [1.0, 0.0]


def test_numeric_categories_are_their_text():
    assert read_columns(pd.DataFrame({"a": pd.Categorical([1, 2, None])})).data[0].levels == (
        "1",
        "2",
    )


def test_names():
    assert read_columns(np.zeros((1, 2))).names == ("x0", "x1")
    assert read_columns(pd.DataFrame([[1, 2]])).names == ("x0", "x1")
    assert read_columns(pd.DataFrame([[1, 2]], columns=["b", "a"])).names == ("b", "a")


def test_all_missing_is_numerical():
    for data in (
        [[None], [None]],
        pd.DataFrame({"a": [None, None]}),
        pl.DataFrame({"a": [None, None]}),
    ):
        assert np.isnan(read_columns(data).data[0]).all()


def test_kinds_of_the_fit_are_kept():
    forced = read_columns(pd.DataFrame({"a": [1, 2]}), kinds=["categorical"])
    assert forced.data[0].levels == ("1", "2")
    assert read_columns([[True], [None]], kinds=["numerical"]).data[0].tolist()[0] == 1.0
    for data in ([["a"]], pd.DataFrame({"x0": ["a"]})):
        with pytest.raises(TypeError, match="feature 'x0' is numerical, got text such as 'a'"):
            read_columns(data, kinds=["numerical"])


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([1.5, "a"], "text such as 'a'"),
        ([1.5, dt.date(2024, 5, 1), "a"], "text such as 'a'"),
        ([1.5, dt.date(2024, 5, 1)], r"values such as datetime\.date"),
        ([1.5, True], "values such as 1.5"),
    ],
)
def test_what_is_no_number_is_shown(values, words):
    frame = pd.DataFrame({"x0": pd.Series(values, dtype=object)})
    with pytest.raises(TypeError, match=f"feature 'x0' is numerical, got {words}"):
        read_columns(frame, kinds=["numerical"])


@pytest.mark.parametrize(
    ("data", "error", "text"),
    [
        (
            [1, 2],
            ValueError,
            r"Expected 2D array, got 1D array \(shape \(2,\)\) instead. Reshape your data",
        ),
        (5, ValueError, r"got 0D array \(a int\)"),
        (pl.DataFrame({"a": [1]}).lazy(), ValueError, r"got 0D array \(a LazyFrame\)"),
        (pd.Series([1]), ValueError, "Expected 2D array"),
        (np.zeros((0, 3)), ValueError, r"Found array with 0 sample\(s\) \(shape=\(0, 3\)\)"),
        (
            np.zeros((3, 0)),
            ValueError,
            r"0 feature\(s\) \(shape=\(3, 0\)\) while a minimum of 1 is required",
        ),
        (sparse.csr_matrix((2, 2)), TypeError, "X must be dense, got a sparse csr_matrix"),
        (np.zeros((2, 1), complex), ValueError, "Complex data not supported"),
        (pd.DataFrame({"a": [1j]}), ValueError, "Complex data not supported"),
        ([[1j]], ValueError, "Complex data not supported"),
        (np.zeros((2, 1), "M8[s]"), ValueError, "must hold numbers or categories, got datetime64"),
        (
            pd.DataFrame({"a": pd.to_datetime(["2020-01-01"])}),
            ValueError,
            "feature 'a' must hold numbers or categories",
        ),
        (
            pl.DataFrame({"a": [dt.date(2020, 1, 1)]}),
            ValueError,
            "got Date; turn it into a number or a string",
        ),
        ([[dt.datetime(2020, 1, 1)]], ValueError, "got datetime"),
        ([[b"a"]], ValueError, "got bytes"),
        ([[1, {}]], TypeError, r"argument must be a string or a number, got \{\} in feature 'x1'"),
        (
            pl.DataFrame({"a": [[1]]}),
            TypeError,
            r"argument must be a string or a number, got List\(Int64\)",
        ),
        ([[10**400]], ValueError, "holds an integer that is too large for a float"),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), ValueError, "unique column names"),
        (pa.table([[1], [2]], names=["a", "a"]), ValueError, "unique column names"),
        (
            pd.DataFrame([[1, 2]], columns=["a", 1]),
            TypeError,
            "column names of X must all be strings, or none of them, got 1",
        ),
    ],
)
def test_bad_data(data, error, text):
    with pytest.raises(error, match=text):
        read_columns(data)


def test_an_array_of_text():
    assert read_columns(np.array([["u"], ["v"]])).data[0].levels == ("u", "v")

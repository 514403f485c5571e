"""One row is coded without arrays: as in a table of two, and refused where that is refused."""

import copy
import math
import warnings
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from infotheory.binning import OptimalBinner, merge_bins
from infotheory.binning.features import FeatureBins
from infotheory.cells import BinSpec
from infotheory.engines.memory import encode_features
from infotheory.engines.one_row import ValueCoder, encode_row
from infotheory.exceptions import UnseenValueWarning
from infotheory.scorecard import Scorecard

NUMBERS = {
    "plain": BinSpec(name="x", kind="numerical", splits=(-1.0, 0.0, 2.5)),
    "special": BinSpec(
        name="x", kind="numerical", splits=(0.0,), special=(("a", (-9, 3.0)), ("b", (math.inf,)))
    ),
    "joined": BinSpec(
        name="x", kind="numerical", splits=(0.0,), special=(("a", (-9,)),), joined={2: 1, 3: 0}
    ),
    "pooled": BinSpec(name="x", kind="numerical", special=(("a", (-9,)),), pooled=True),
}
LEVELS = {
    "text, zero": (("a",), ("b", "01")),
    "numbers, missing": (("1", "2"), ("-3", "0.5")),
    "booleans, error": (("True",), ("False",)),
}
CATEGORIES = {
    name: BinSpec(
        name="x",
        kind="categorical",
        levels=levels,
        unknown=name.split(", ")[1],  # type: ignore[arg-type]
        special=(("refused", ("-9",)),),
    )
    for name, levels in LEVELS.items()
} | {
    "pooled levels": BinSpec(name="x", kind="categorical", levels=(("a", "1"),), pooled=True),
    "joined levels": BinSpec(name="x", kind="categorical", levels=(("a",), ("1",)), joined={2: 1}),
}
SPECS = NUMBERS | CATEGORIES
VALUES: list[Any] = [0.0, -0.0, 2.5, 3.0, -9, -9.0, 1, 0, True, False, 2**53, 2**53 + 1, -(2**60)]
VALUES += [math.inf, -math.inf, math.nan, None, pd.NA, pd.NaT, 1e300, "a", "b", "01", "1", "1.0"]
VALUES += ["true", "False", "nan", "", "-9", "c", Decimal("0.5"), Decimal(1), np.float32(0.5)]
VALUES += [np.int8(-3), np.bool_(True), np.float64("nan"), pd.Timestamp("2020-01-01"), b"a", [1]]
VALUES += [np.timedelta64(5, "ns"), np.datetime64(5, "ns"), np.timedelta64(1, "D")]


def outcome(function: Any, *arguments: Any) -> Any:
    """What a function returns, or the type of its error."""
    try:
        return function(*arguments)
    except (ValueError, TypeError, OverflowError) as error:
        return type(error)


@pytest.mark.parametrize("name", [*NUMBERS, *CATEGORIES])
@pytest.mark.parametrize("storage", ["objects", "array", "pandas", "convertible", "polars", "list"])
def test_a_row_has_the_code_of_a_table(name: str, storage: str) -> None:
    spec = SPECS[name]
    features = {"x": FeatureBins(spec=spec)}
    coded = 0
    for value in VALUES:
        table, names = _table(value, storage)
        if table is None:
            continue
        code = encode_row(features, table, names)
        if code is None:
            continue
        # Without the short way: the same table is read as a whole.
        whole = outcome(encode_features, features, table)
        assert not isinstance(whole, type), value
        assert code["x"].tolist() == whole["x"].tolist(), value
        coded += 1
    assert coded >= 4, "the short way is taken"


def _table(value: Any, storage: str) -> tuple[Any, Any]:
    """Lay a value out as a table of one row, as it would be stored; None where it cannot be."""
    objects = np.empty((1, 1), dtype=object)
    objects[0, 0] = value
    if storage in ("objects", "list", "array"):
        is_number = storage == "array" and not isinstance(value, list)
        return {
            "objects": objects,
            "list": [[value]],
            "array": np.array([[value]]) if is_number else objects,
        }[storage], None

    frame: Any = pd.DataFrame(objects, columns=["x"])
    if storage == "convertible":
        with warnings.catch_warnings():
            # pandas before 3 casts what is not finite on its way to a whole number
            warnings.simplefilter("ignore", RuntimeWarning)
            frame = frame.infer_objects().convert_dtypes()
    if storage == "polars":
        try:
            frame = pl.DataFrame({"x": [value]})
        except (TypeError, OverflowError, pl.exceptions.PolarsError):
            frame = None
    return frame, np.array(["x"], dtype=object)


@pytest.mark.parametrize("value", [math.inf, 2**53 + 1, "a", b"a", 1j, [1], Decimal(1), pd.NaT])
def test_what_is_not_plain_has_no_code(value: Any) -> None:
    assert ValueCoder.of(NUMBERS["plain"]).code(value) is None


def test_pickles_of_before_know_the_short_floats_below_a_split() -> None:
    """What codes one value is kept with the bins, and earlier versions wrote a field less."""
    spec = BinSpec(name="x", kind="numerical", splits=(0.1, 0.7))
    for of_now in (ValueCoder.of(spec), ValueCoder.of(CATEGORIES["text, zero"])):
        fields_of_now = of_now.__getstate__()
        of_before = object.__new__(ValueCoder)
        of_before.__setstate__(fields_of_now[:-1])
        assert of_before.__getstate__() == fields_of_now
        assert copy.copy(of_now).__getstate__()[-1] == fields_of_now[-1]
    assert ValueCoder.of(spec).code(float(np.float32(0.7))) is None


def test_short_floats_keep_the_digits_of_their_type() -> None:
    coder = ValueCoder.of(CATEGORIES["numbers, missing"])
    assert coder.code(0.5) is None
    assert coder.code(np.float32(0.5)) is None


@pytest.fixture(scope="module")
def applicants() -> tuple[pd.DataFrame, Any]:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(600, 3))
    frame = pd.DataFrame(x, columns=["a", "b", "c"])
    frame["level"] = np.where(x[:, 0] > 0, "high", "low")
    frame.loc[::7, "b"] = np.nan
    return frame, (rng.random(600) < 1 / (1 + np.exp(-x[:, 0]))).astype(int)


def test_a_card_gives_one_applicant_the_points_of_a_table(
    applicants: tuple[pd.DataFrame, Any],
) -> None:
    X, y = applicants
    card = Scorecard().fit(X, y)
    together, probabilities = card.predict_points(X), card.predict_proba(X)
    for i in (0, 3, 7):
        one = X.iloc[[i]]
        for table in (one, pl.from_pandas(one), one[["c", "a", "b", "level"]][list(X.columns)]):
            assert card.predict_points(table).tolist() == [together[i]]
            assert card.predict_proba(table).tolist() == [probabilities[i].tolist()]


def test_one_row_is_refused_and_warned_of_as_ever(applicants: tuple[pd.DataFrame, Any]) -> None:
    X, y = applicants
    binner = OptimalBinner().fit(X, y)
    one = X.iloc[[1]]
    with pytest.raises(ValueError, match="feature names"):
        binner.bin_codes(one[["b", "a", "c", "level"]])
    with pytest.raises(ValueError, match="infinity in feature 'a'"):
        binner.bin_codes(one.assign(a=np.inf))
    with pytest.raises(ValueError, match="1D array"):
        binner.bin_codes(X["a"])

    card = Scorecard().fit(X, y)
    with pytest.warns(UnseenValueWarning, match=r"level: 1 rows"):
        card.predict_points(one.assign(level="neither"))
    array_card = Scorecard().fit(X[["a", "b", "c"]].to_numpy(), y)
    with pytest.raises(ValueError, match="2 features"):
        array_card.predict_points([[1.0, 2.0]])


def test_an_edit_by_hand_changes_what_one_row_gets(applicants: tuple[pd.DataFrame, Any]) -> None:
    X, y = applicants
    binner = OptimalBinner().fit(X[["a"]], y)
    one = pd.DataFrame({"a": [9.0]})
    last = binner.bin_codes(one)[0, 0]
    assert merge_bins(binner, "a", [0, 1], reason="few").bin_codes(one).tolist() == [[last - 1]]


def test_text_of_numpy_that_no_table_takes_has_no_code() -> None:
    row = np.array([["a"]], dtype=np.dtypes.StringDType())
    features = {"x": FeatureBins(spec=CATEGORIES["text, zero"])}
    assert encode_row(features, row, None) is None
    assert outcome(encode_features, features, row) is ValueError


@pytest.mark.parametrize(
    "table",
    [
        pd.DataFrame({"x": pd.Categorical([1.0, 3.0, None])}),
        pa.table({"x": pa.array([1.0, 3.0, None]).dictionary_encode()}),
    ],
    ids=["pandas", "PyArrow"],
)
def test_numbers_that_are_stored_as_categories_are_numbers(table: Any) -> None:
    features = {"x": FeatureBins(spec=NUMBERS["plain"])}
    assert encode_features(features, table)["x"].tolist() == [2, 3, 4]
    if isinstance(table, pd.DataFrame):
        names = np.array(["x"], dtype=object)
        one = encode_row(features, table.iloc[[1]], names)
        assert one is not None
        assert one["x"].tolist() == [3]


@pytest.mark.parametrize(
    "column", [pd.Categorical(["a", "b"]), pd.array(["a", "b"], dtype="string")]
)
def test_text_in_place_of_numbers_is_refused_whatever_holds_it(column: Any) -> None:
    features = {"x": FeatureBins(spec=NUMBERS["plain"])}
    with pytest.raises(TypeError, match=r"feature 'x' is numerical, got text such as 'a'"):
        encode_features(features, pd.DataFrame({"x": column}))


@pytest.mark.parametrize("dtype", ["Int64", "Float64", "int64[pyarrow]", "string"])
def test_a_column_of_missing_values_is_missing(dtype: str) -> None:
    features = {"x": FeatureBins(spec=NUMBERS["plain"])}
    table = pd.DataFrame({"x": pd.array([None, None], dtype=dtype)})
    assert encode_features(features, table)["x"].tolist() == [4, 4]

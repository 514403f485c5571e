"""The text of a category, and how values find their level."""

import datetime as dt
import pickle
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from infotheory._levels import LevelReader, level_text
from infotheory.cells import BinSpec, Factor

NOON = dt.datetime(2024, 3, 1, 12, 0, 0, 250_000)
ONE = [1, 1.0, True + 0, Decimal(1), Decimal("1.00"), Decimal("1E0"), np.int8(1), np.uint64(1)]
ONE += [np.float16(1), np.float32(1), np.float64(1)]


@pytest.mark.parametrize("value", ONE)
def test_one_is_one_whatever_its_type(value):
    assert level_text(value) == "1"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (-0.0, "0"),
        (Decimal("-0.00"), "0"),
        (-1, "-1"),
        (np.float32(0.1), "0.1"),
        (np.float16(0.1), "0.1"),
        (0.1, "0.1"),
        (Decimal("0.10"), "0.1"),
        (Decimal("0.1000000000000000055511151231257827"), "0.1000000000000000055511151231257827"),
        (Decimal("1E+3"), "1000"),
        (Decimal("Infinity"), "inf"),
        (2**63, "9223372036854775808"),
        (np.uint64(2**64 - 1), "18446744073709551615"),
        (1e15, "1000000000000000"),
        (1e22, "1e+22"),
        (5e-324, "5e-324"),
        (float("inf"), "inf"),
        (np.True_, "True"),
        (False, "False"),
        ("01", "01"),
        ("1.0", "1.0"),
        ("", ""),
        (np.str_("a"), "a"),
        (dt.date(2024, 3, 1), "2024-03-01"),
        (dt.datetime(2024, 3, 1), "2024-03-01"),
        (np.datetime64("2024-03-01T00:00:00.000000000"), "2024-03-01"),
        (pd.Timestamp("2024-03-01"), "2024-03-01"),
        (NOON, "2024-03-01 12:00:00.250000"),
        (np.datetime64(NOON), "2024-03-01 12:00:00.250000"),
        (pd.Timestamp("2024-03-01", tz="UTC"), "2024-03-01 00:00:00+00:00"),
        (dt.timedelta(seconds=90), "0 days 00:01:30"),
        (np.timedelta64(90, "s"), "0 days 00:01:30"),
        (np.timedelta64(90_000_000_000, "ns"), "0 days 00:01:30"),
        (dt.time(5, 30), "05:30:00"),
        (pd.Period("2024-03"), "2024-03"),
    ],
)
def test_texts(value, text):
    assert level_text(value) == text


@pytest.mark.parametrize(
    ("levels", "special", "kind"),
    [
        (["True", "False"], [], "boolean"),
        (["true"], [], "boolean"),
        (["True", "False"], ["-9"], "boolean"),
        (["1", "2", "inf"], [], "number"),
        (["1.0", "2.5e-05"], [], "number"),
        (["1", "1.0"], [], "text"),
        (["1"], ["1.0"], "text"),
        (["01", "1"], [], "text"),
        (["+1"], [], "text"),
        (["1", "a"], [], "text"),
        (["True", "true"], [], "text"),
        (["1", ""], [], "text"),
        ([], [], "text"),
        (["1_000"], [], "text"),
        (["٣"], [], "text"),  # a digit of another script
    ],
)
def test_levels_decide_how_they_are_read(levels, special, kind):
    assert LevelReader(levels, special).kind == kind


def test_keys_of_numbers():
    reader = LevelReader(["1.0", "2.5", "1e-05", "0", "100"])
    one, zero = reader.key("1"), reader.key("0")
    assert {reader.key(text) for text in ("1.0", "1.00", "True", "true")} == {one}
    assert {reader.key(text) for text in ("-0", "0.0", "-0.0", "False")} == {zero}
    assert reader.key("2.50") == reader.key("2.5")
    assert reader.key("1E-05") == reader.key("1e-5") == reader.key("1e-05")
    assert reader.key("10") != reader.key("100")
    assert reader.key("01") != one
    assert reader.is_missing("nan")
    assert reader.is_missing("NaN")
    assert not reader.is_missing("")


def test_keys_of_booleans_and_text():
    reader = LevelReader(["True", "False"], ["-9"])
    assert {reader.key(text) for text in ("1", "1.0", "true", "TRUE")} == {reader.key("True")}
    assert {reader.key(text) for text in ("0", "0.0", "false")} == {reader.key("False")}
    assert reader.key("-9") == "-9"
    assert not set(reader.texts("-9")) & {"true", "false", "1", "0"}
    text = LevelReader(["1", "one"])
    assert text.key("1.0") == "1.0"
    assert not text.is_missing("nan")
    assert text.texts("1") == ["1"]


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_the_number_of_a_level_is_that_of_the_column(kind):
    reader = LevelReader(["0.1", "16777217", "1e300", "2"])
    assert reader.number("0.1", kind) == float(kind(0.1))
    assert reader.number("2", kind) == 2.0
    # No number of 32 bits has these digits.
    assert (reader.number("16777217", kind) is None) == (kind is np.float32)
    with np.errstate(over="ignore"):
        assert (reader.number("1e300", kind) is None) == (kind is np.float32)


def test_every_text_of_a_level_has_its_key():
    for level in ("1", "0", "-3", "0.5", "1e-05", "1.5e+16", "inf", "123456789"):
        reader = LevelReader([level])
        assert {reader.key(text) for text in reader.texts(level)} >= {reader.key(level)}


@pytest.mark.parametrize(
    ("level", "spelled"),
    [
        ("1e-07", ["1e-07", "1E-7", "1.0E-7", "1.0e-07"]),
        ("1e+22", ["1e+22", "1e22", "1.0E22"]),
        ("1.5e-05", ["1.5e-05", "1.5e-5", "1.5E-5"]),
    ],
)
def test_exponents_are_known_as_programs_write_them(level, spelled):
    reader = LevelReader([level, "7"])
    for text in spelled:
        assert reader.key(text) == reader.key(level)
        assert text.lower() in reader.texts(level)


def test_other_exponents_are_text_unless_a_level_is_written_so():
    reader = LevelReader(["1", "100000", "35e-1"])
    for text in ("1e0", "10e-1", "1e5", "100e3", "1e400"):
        assert reader.key(text) == text
        assert not any(text in reader.texts(level) for level in ("1", "100000"))
    assert reader.key("1E+05") == reader.key("100000")
    assert reader.key("35e-1") == reader.key("3.5") == "3.5"
    assert LevelReader(["1", "1e0"]).kind == "text"
    assert LevelReader(["inf", "1"]).key("Infinity") == "inf"


def test_readers_of_earlier_pickles_read_all_exponents():
    reader = pickle.loads(pickle.dumps(LevelReader(["1", "2"])))  # noqa: S301 - our own
    assert reader.key("10e-1") == "10e-1"
    reader.__setstate__((None, {"kind": "number"}))
    assert reader.key("10e-1") == "1"


@pytest.mark.parametrize(
    ("level", "is_time"),
    [
        ("2024-03-01", True),
        ("2024-03-01 12:00:00.250000", True),
        ("2024-03-01 12:00:00.250000001", False),  # more digits than a datetime has
        ("2024-03-01T12:00:00", False),
        ("20240301", False),
        ("2024-03-01 00:00:00", False),
        ("North", False),
    ],
)
def test_moments(level, is_time):
    moment = LevelReader.moment(level)
    assert (moment is not None) == is_time
    assert moment is None or level_text(moment) == level


@pytest.mark.parametrize(
    "values",
    [
        [1, 2, 1],
        [1.0, 2.0, 1.0],
        pd.Series([1, 2, None], dtype="Int64"),
        pd.Series([1.0, 2.0, np.nan]),
        np.array([1, 2, 1], dtype=np.uint8),
        ["1.0", "2.0", "1.0"],
        ["1", "2", "1"],
        [Decimal(1), Decimal("2.00")],
        pd.Series(pd.Categorical([1, 2, None])),
    ],
)
def test_levels_of_the_first_edition_read_integers_and_floats(values):
    """A feature learnt from floats beside nulls had the levels "1.0" and "2.0"."""
    document = BinSpec(name="x", kind="categorical", levels=(("1.0",), ("2.0",))).to_dict()
    spec = BinSpec.from_dict(document)
    assert spec.levels == (("1.0",), ("2.0",))
    codes = spec.encode(Factor.from_values(values))
    assert codes[:2].tolist() == [0, 1]
    assert spec.encode([3])[0] == spec.unseen_code


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ([1, "1"], "'1' both as text"),
        ([1.0, "1"], "'1' both as text"),
        ([True, "True"], "'True' both as text"),
        ([Decimal("1.5"), "1.5"], "'1.5' both as text"),
        ([dt.date(2024, 3, 1), "2024-03-01"], "'2024-03-01' both as text"),
        (pd.Series(pd.Categorical([1, "1"])), "'1' both as text"),
        ([True, 1, 2], "got True beside 1; cast"),
        ([0.0, False, "a"], "got False beside 0; cast"),
        ([np.True_, Decimal("1.0")], "got True beside 1; cast"),
        ([b"a", "b"], "got the bytes b'a'; decode them"),
    ],
)
def test_a_level_in_two_types_is_refused(values, text):
    column = values if isinstance(values, pd.Series) else pd.Series(values, dtype=object)
    with pytest.raises(ValueError, match=text):
        Factor.from_values(column)


def test_equal_values_of_two_types_are_one_level():
    factor = Factor.from_values(pd.Series([1, 1.0, Decimal(1), "a", None], dtype=object))
    assert factor.levels == ("1", "a")
    assert factor.codes.tolist() == [0, 0, 0, 1, -1]

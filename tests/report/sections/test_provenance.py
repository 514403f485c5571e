"""What made a report, what its columns hold, what people know: by hand, without a model."""

import numpy as np
import pandas as pd
import pytest

from infotheory.report.details import DETAILS, read_details
from infotheory.report.formats.printed_tables import result_table
from infotheory.report.sections.dictionary import _entry
from infotheory.report.sections.extras import table_entry
from infotheory.report.sections.provenance import data_fingerprint, provenance

FRAME = pd.DataFrame({"a": [1.0, 2.0, np.nan], "b": ["x", "y", "x"]})


@pytest.mark.parametrize(
    "other",
    [
        FRAME.rename(columns={"a": "c"}),
        FRAME[["b", "a"]],
        FRAME[::-1],
        FRAME.iloc[:2],
        FRAME.assign(a=[1.0, 2.0, 3.0]),
        FRAME.assign(a=[1.0, 2.0 + 1e-15, np.nan]),
        FRAME.assign(b=["x", "y", "X"]),
    ],
)
def test_a_fingerprint_is_of_values_names_and_order(other):
    assert data_fingerprint(other) != data_fingerprint(FRAME)
    assert data_fingerprint(other) == data_fingerprint(other.copy())


def test_a_fingerprint_does_not_know_the_index_and_knows_its_parts():
    assert data_fingerprint(FRAME.set_axis([5, 9, 5])) == data_fingerprint(FRAME)
    y, weights = np.array([0, 1, 1]), np.array([1.0, 2.0, 1.0])
    found = {
        data_fingerprint(FRAME, *more) for more in ((), (y,), (y, None), (None, y), (y, weights))
    }
    assert len(found) == 5
    assert all(len(text) == 64 for text in found)


def test_parameters_are_written_as_code_and_in_order():
    told = provenance({"signs": "free", "binner": None, "pdo": 20.0}, {"X": "f"}, {"level": 0.9})
    assert told["parameters"] == {"binner": "None", "pdo": "20.0", "signs": "'free'"}
    assert list(told["parameters"]) == ["binner", "pdo", "signs"]
    assert told["fingerprints"] == {"X": "f"}
    assert told["settings"] == {"level": 0.9}
    assert told["created"].endswith("+00:00")
    assert "numpy" in told["versions"]


def test_a_number_is_told_by_its_range_and_its_middle():
    entry = _entry(pd.Series([3.0, np.nan, 1.0, 2.0, 2.0, 10.5], name=7), "numerical", "Years")
    assert entry == {
        "feature": "7",
        "description": "Years",
        "dtype": "numerical",
        "storage": "float64",
        "missing": 1,
        "distinct": 4,
        "values": "1 to 10.5, median 2",
    }
    empty = _entry(pd.Series([np.nan, np.nan], name="x"), "numerical", "")
    assert (empty["values"], empty["missing"], empty["distinct"]) == ("", 2, 0)


def test_levels_are_told_from_the_most_frequent_one_on_and_cut():
    levels = [name for i, name in enumerate("abcdef", start=1) for _ in range(i)]
    entry = _entry(pd.Series(levels, name="x"), "categorical", "")
    assert entry["values"] == "f, e, d, c, b, ..."
    five = _entry(pd.Series(levels[1:], name="x"), "categorical", "")
    assert five["values"] == "f, e, d, c, b"
    long = _entry(pd.Series(["w" * 60, "v" * 61, "v" * 61], name="x"), "categorical", "")
    assert long["values"] == f"{'v' * 57}..., {'w' * 60}"
    mixed = _entry(pd.Series([True, 1.5, True], dtype=object, name="x"), "categorical", "")
    assert mixed["values"] == "True, 1.5"


def test_details_that_nobody_gave_are_none():
    assert read_details(None) == dict.fromkeys(DETAILS)
    known = read_details({"version": 3, "owner": None})
    assert known["version"] == "3"
    assert known["owner"] is None
    assert list(known) == list(DETAILS)
    with pytest.raises(ValueError, match=r"must have the keys model_id, .* got 'note'"):
        read_details({"owner": "me", "note": "x"})


class Result:
    """A result that can be shown as a table."""

    def __init__(self, table):
        self.table = table

    def to_frame(self):
        return self.table


def test_results_are_tables_of_different_names():
    assert table_entry(None) is None
    wanted = {"columns": ["a", "0"], "rows": [{"a": 1, "0": "x"}]}
    table = pd.DataFrame({"a": [1], 0: ["x"]})
    assert table_entry(table) == table_entry(Result(table)) == wanted
    with pytest.raises(ValueError, match=r"must have different names, got \['1', '1'\]"):
        table_entry(pd.DataFrame([[1, 2]], columns=[1, "1"]))
    for other in (3, Result([1])):
        with pytest.raises(TypeError, match="must have to_frame"):
            table_entry(other)


def test_an_error_and_ends_stand_beside_their_value():
    keys = ["name", "iv", "iv_standard_error", "iv_low", "iv_high", "gain", "gain_standard_error"]
    keys += ["value", "standard_error", "p_value", "flag", "alone_low", "nothing"]
    row = dict.fromkeys(keys, 0.5) | {"name": "x", "flag": True, "nothing": None}
    table = result_table("t", "T", {"columns": keys, "rows": [row]})
    kinds = {column.header: column.kind for column in table.columns}
    assert kinds == {
        "name": "text",
        "iv": "estimate",
        "gain": "with_error",
        "value": "with_error",
        "p value": "p_value",
        "flag": "text",
        "alone low": "significant",
        "nothing": "text",
    }
    by_header = {column.header: column for column in table.columns}
    assert by_header["iv"].key == ("iv", "iv_standard_error", "iv_low", "iv_high")
    assert by_header["value"].key == ("value", "standard_error")
    assert by_header["flag"].texts(row) == ["yes"]
    assert result_table("t", "T", None).rows is None

"""Results to plain data."""

import json

import numpy as np
import pandas as pd
import pytest

from infotheory.evidence import information_value
from infotheory.exceptions import SparseCellWarning
from infotheory.inference import Estimate
from infotheory.laws import LogNormalLaw, WithheldLaw
from infotheory.report.formats.columns import column, columns
from infotheory.report.formats.columns import estimate as as_estimate
from infotheory.report.formats.printed_tables import Table
from infotheory.report.plain import Measured, plain
from infotheory.tables import CountTable


def test_an_estimate_becomes_its_parts_at_the_level_asked_for():
    estimate = Estimate(value=1.0, standard_error=0.5, method="mean", p_value=0.25)
    entry = plain(estimate, level=0.5)
    assert entry["high"] - 1.0 == pytest.approx(0.5 * 0.6744897501960817)
    assert entry | {"low": 0, "high": 0} == {
        "value": 1.0,
        "standard_error": 0.5,
        "low": 0,
        "high": 0,
        "p_value": 0.25,
        "low_status": "estimated",
        "high_status": "estimated",
        "method": "mean",
        "law": "normal",
        "reason": None,
    }


def test_what_was_measured_stands_before_the_estimate():
    row = plain(
        Measured({"measure": "AUC"}, Estimate(value=0.7, standard_error=np.nan, method="x")), 0.95
    )
    assert next(iter(row.items())) == ("measure", "AUC")
    assert (row["value"], row["standard_error"], row["low"], row["p_value"]) == (
        0.7,
        None,
        None,
        None,
    )


def test_tables_become_rows_at_any_depth():
    table = pd.DataFrame({"a": [1, 2], "b": [np.nan, 0.5], "c": ["x", None]}, index=[7, 8])
    assert plain({"groups": {"train": table}}, 0.95) == {
        "groups": {"train": [{"a": 1, "b": None, "c": "x"}, {"a": 2, "b": 0.5, "c": None}]}
    }


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (np.float32(0.5), 0.5),
        (np.bool_(False), False),
        (-np.inf, None),
        (pd.NA, None),
        (np.str_("x"), "x"),
        ((1, np.array([[2.0, np.nan]])), [1, [[2.0, None]]]),
        (pd.Timestamp("2026-01-02"), "2026-01-02 00:00:00"),
    ],
)
def test_values_of_every_kind(value, expected):
    found = plain(value, 0.95)
    assert found == expected
    assert type(found) is type(expected)
    json.dumps(found, allow_nan=False)


def test_ends_that_are_withheld_and_ends_that_are_not_bounded_differ():
    withheld = Estimate(
        value=0.3, standard_error=0.1, method="delta", law=WithheldLaw("3 rows for 9 cells")
    )
    entry = plain(withheld, level=0.95)
    assert (entry["low"], entry["high"], entry["reason"]) == (None, None, "3 rows for 9 cells")
    assert (entry["low_status"], entry["high_status"]) == ("withheld", "withheld")

    table = CountTable.from_counts([200, 180, 160], [0, 4, 9])
    with pytest.warns(SparseCellWarning):
        entry = plain(information_value(table), level=0.95)
    assert entry["high"] is None
    assert (entry["low_status"], entry["high_status"]) == ("estimated", "unbounded")
    assert "bin '0' has no events" in entry["reason"]


def test_tables_say_which_ends_are_not_bounded():
    table = pd.DataFrame({"value": [1.0, 2.0], "low": [0.5, 0.7], "high": [np.inf, np.nan]})
    first, second = plain(table, level=0.95)
    assert (first["high"], first["high_status"]) == (None, "unbounded")
    assert (second["high"], second["high_status"]) == (None, "withheld")
    assert "low_status" not in first
    assert "high_status" not in plain(table[["low"]], level=0.95)[0]


@pytest.mark.parametrize(
    ("estimate", "text"),
    [
        (Estimate(value=0.3, standard_error=0.1, method="x"), "0.10 to 0.50"),
        (Estimate(value=0.3, standard_error=0.1, method="x", law=WithheldLaw("few rows")), "–"),
        (
            Estimate(value=0.0, standard_error=0.1, method="x", law=LogNormalLaw()),
            "from 0.00, no upper bound",
        ),
    ],
)
def test_reports_print_a_dash_or_no_upper_bound_and_the_reason(estimate, text):
    row = {"feature": "age", "iv": plain(estimate, level=0.95)}
    flat = {"feature": "age", **plain(estimate, level=0.95)}
    shown = columns("feature", column("iv", "IV", "estimate"))
    for entry, kind in ((row, shown), (flat, columns("feature", as_estimate("IV")))):
        table = Table("t", "T", kind, [entry])
        assert table.columns[1].texts(entry)[1] == text
        assert table.notes == ([f"age: {estimate.reason}"] if estimate.reason else [])

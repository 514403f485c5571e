"""Results to plain data."""

import json

import numpy as np
import pandas as pd
import pytest

from infotheory.inference import Estimate
from infotheory.report.plain import Measured, plain


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
        "method": "mean",
        "law": "normal",
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

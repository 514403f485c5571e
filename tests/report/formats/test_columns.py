"""Names of columns to printed headings, and values to texts."""

import re

import pytest

from infotheory.laws import two_sided_quantile
from infotheory.report.formats import columns
from infotheory.report.formats.columns import Column, column
from infotheory.report.formats.printed_tables import Table

TABLES = {name: value for name, value in vars(columns).items() if isinstance(value, tuple)}
LAID_OUT = {
    **TABLES,
    "samples": columns.samples_columns("points"),
    "gains": columns.gains_columns("points"),
    "bins": columns.bins_columns("1", "nonevent"),
}


@pytest.mark.parametrize("name", LAID_OUT)
def test_keys_are_snake_case_and_every_column_has_a_heading(name):
    for entry in LAID_OUT[name]:
        keys = [entry.key] if isinstance(entry.key, str) else entry.key
        assert all(re.fullmatch(r"[a-z][a-z_.]*", key) for key in keys)
        assert entry.header
        if isinstance(entry.key, str):
            assert entry.key not in ("name", "characteristic", "rows", "n")


def test_a_name_has_its_usual_heading_unless_another_is_stated():
    assert column("event_rate") == Column("event_rate", "Event rate %", "percent")
    assert column("count", "Accounts") == Column("count", "Accounts", "count")
    assert column("p_value", "p, no change").kind == "p_value"
    assert column("anything", "Any thing") == Column("anything", "Any thing", "text")


def test_an_estimate_is_written_with_the_places_that_its_error_supports():
    entry = columns.estimate("IV", "iv")
    row = {"iv": 0.12345, "iv_standard_error": 0.0123, "iv_low": 0.1, "iv_high": None}
    row |= {"iv_low_status": "estimated", "iv_high_status": "unbounded"}
    assert entry.headers == ("IV ± SE", "interval")
    assert entry.texts(row) == ["0.123 ± 0.012", "from 0.100, no upper bound"]
    assert columns.value_with_error("IV", "iv").texts(row) == ["0.123 ± 0.012"]
    assert columns.estimate("Value").key == ("value", "standard_error", "low", "high")


def test_nested_estimates_of_nothing_are_dashes():
    entry = column("cross_fitted", "IV", "estimate")
    assert entry.raw({"cross_fitted": None}) == [None] * 4
    assert entry.texts({"cross_fitted": None}) == ["–", "–"]
    assert column("trend", "Trend").texts({"trend": ["a", True, None]}) == ["a; yes; –"]


def test_digits_know_the_level_of_the_interval():
    """An interval of 50 % is a third as wide as one of 95 %, and supports the same digits."""
    error = 0.012
    texts = []
    for level in (0.5, 0.95, 0.999):
        reach = two_sided_quantile(level) * error
        row = {"gain": 0.5, "gain_low": 0.5 - reach, "gain_high": 0.5 + reach}
        shown = Table("gains", "Gains", columns.between_ends("gain", kind="number"), [row])
        texts.append(shown.at_level(level).columns[0].texts(row))
    assert texts == [["0.500"]] * 3

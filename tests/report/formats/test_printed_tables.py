"""Tables of a report: every number of the summary stands in them once, written as it is."""

import re
from itertools import pairwise

import pytest

from infotheory.report.formats.columns import Column
from infotheory.report.formats.printed_tables import (
    all_bins_table,
    bins_table,
    curve_tables,
    result_table,
    tables_of,
)


@pytest.fixture(scope="module")
def summary(german):
    return german[1].summary


def number(text):
    """Read a printed number back; None where there is none."""
    return None if text == "–" else float(text.replace("−", "-").replace("\u202f", ""))


def test_every_table_has_one_text_a_heading_and_a_row_of_the_summary(summary):
    tables = tables_of(summary)
    assert {"samples", "ranking", "points", "coefficients", "fairness", "stability"} <= set(tables)
    for table in tables.values():
        assert table.rows
        assert table.title
        for row in table.rows:
            for column in table.columns:
                texts = column.texts(row)
                assert len(texts) == len(column.headers)
                assert all(isinstance(text, str) and text for text in texts)


# Half of the last digit that each kind is written with, as a share of 1.
PLACES = {"count": 0.0501, "number": 0.000501, "tenths": 0.0501, "percent": 0.000501}


@pytest.mark.parametrize("kind", PLACES)
def test_printed_numbers_read_back_as_those_of_the_summary(summary, kind):
    compared = 0
    unit = 100.0 if kind == "percent" else 1.0
    for table in [*tables_of(summary).values(), all_bins_table(summary)]:
        for column in table.columns:
            if column.kind != kind:
                continue
            for row in table.rows:
                (value,), (text,) = column.raw(row), column.texts(row)
                if value is None:
                    assert text == "–"
                    continue
                places = column.places(row)
                half = unit * PLACES[kind] if places is None else 0.5001 * 10.0**-places
                assert number(text) == pytest.approx(unit * value, abs=half)
                compared += 1
    assert compared > 10


def test_no_more_digits_are_shown_than_the_error_supports(summary):
    """Two digits of the error, that is: the interval is no more than some 400 units of them wide.

    It holds for values that have an interval beside them, whatever the table.
    """
    compared = 0
    for table in [*tables_of(summary).values(), all_bins_table(summary)]:
        for column in table.columns:
            if len(column.precision) != 2:
                continue
            for row in table.rows:
                low, high = (row.get(key) for key in column.precision)
                if column.places(row) is None:
                    assert low is None or high is None or low == high
                    continue
                width = (high - low) * (100.0 if column.kind == "percent" else 1.0)
                unit = 10.0 ** -column.places(row)
                assert width < 400.0 * unit or unit == 1.0
                assert width > 35.0 * unit or column.places(row) == 4
                compared += 1
    assert compared > 100


def test_it_is_said_whose_rows_numbers_are_of(summary):
    tables = tables_of(summary)
    headers = [column.header for column in tables["coefficients"].columns]
    assert "Coefficient, training rows" in headers
    assert "p, rows of the test" in headers
    assert "Rows of the test" in headers
    for name in ("columns", "dictionary", "points", "ranking", "carriers"):
        assert "training rows" in tables[name].title or "train rows" in tables[name].title
    for name in ("samples", "performance", "gains", "bands", "fairness", "groups"):
        assert any(column.key == "sample" for column in tables[name].columns)


def test_intervals_hold_their_ends_in_order_and_a_dash_has_its_reason(summary):
    shown = 0
    for table in tables_of(summary).values():
        for column in table.columns:
            for row in table.rows if column.kind == "estimate" else ():
                value, error, *_ = column.raw(row)
                with_error, interval = column.texts(row)
                if value is None:
                    continue
                ends = re.fullmatch(r"(\S+) to (\S+)", interval)
                if ends is not None:
                    low, high = map(number, ends.groups())
                    assert low <= high
                    shown += 1
                elif error is None and interval == "–":
                    assert " ± " not in with_error
    assert shown > 50


def test_notes_name_the_row_and_are_told_once(summary):
    for table in tables_of(summary).values():
        notes = table.notes
        assert len(notes) == len(set(notes))
        firsts = {table.columns[0].texts(row)[0] for row in table.rows}
        assert all(any(note.startswith(f"{first}: ") for first in firsts) for note in notes)


def test_the_table_of_all_bins_is_that_of_each_characteristic(summary):
    together = all_bins_table(summary)
    n_rows = 0
    for entry in summary["characteristics"]:
        for sample in entry["samples"]:
            alone = bins_table(summary, entry, sample)
            n_rows += len(alone.rows)
            assert entry["feature"] in alone.title
            assert sample in alone.title
    assert len(together.rows) == n_rows
    assert [column.header for column in together.columns[:2]] == ["Characteristic", "Sample"]


def test_curves_and_distributions_are_shares(summary):
    curves, distribution = curve_tables(summary)
    samples = {row["sample"] for row in curves.rows}
    for sample in samples:
        points = [row for row in curves.rows if row["sample"] == sample]
        # The first point lies below all scores.
        assert points[0]["nonevents"] == points[0]["events"] == 0.0
        for name in ("nonevents", "events", "score"):
            values = [row[name] for row in points[1:]]
            assert values == sorted(values)
        assert points[-1]["events"] == points[-1]["nonevents"] == pytest.approx(1.0)

        cells = [row for row in distribution.rows if row["sample"] == sample]
        assert all(before["high"] == after["low"] for before, after in pairwise(cells))
        for name in ("nonevents", "events"):
            assert sum(row[name] for row in cells) == pytest.approx(1.0)


def entry(columns, rows):
    return {"columns": columns, "rows": [dict(zip(columns, row, strict=True)) for row in rows]}


def test_a_result_made_elsewhere_has_errors_beside_their_values():
    columns = ["cut_off", "profit", "profit_standard_error", "profit_low", "profit_high"]
    columns += ["rate", "rate_standard_error", "p_value", "name", "is_best"]
    row = [500, 12.5, 1.5, 9.5, 15.5, 0.25, 0.01, 0.0001, "x", True]
    table = result_table("decisions", "Cut-offs", entry(columns, [row]))
    assert [(shown.header, shown.kind) for shown in table.columns] == [
        ("cut off", "significant"),
        ("profit", "estimate"),
        ("rate", "with_error"),
        ("p value", "p_value"),
        ("name", "text"),
        ("is best", "text"),
    ]
    texts = [text for shown in table.columns for text in shown.texts(table.rows[0])]
    assert texts == [
        "500", "12.5 ± 1.5", "9.5 to 15.5", "0.250 ± 0.010", "< 0.001", "x", "yes",
    ]  # fmt: skip


def test_a_value_alone_takes_the_columns_without_a_prefix():
    table = result_table(
        "t", "T", entry(["value", "standard_error", "low", "high"], [[1.0, 0.5, 0.0, 2.0]])
    )
    assert table.columns == (
        Column(("value", "standard_error", "low", "high"), "value", "estimate"),
    )


def test_an_error_whose_value_comes_later_is_not_lost():
    table = result_table("t", "T", entry(["iv_standard_error", "iv"], [[0.1, 0.3]]))
    shown = [text for column in table.columns for text in column.texts(table.rows[0])]
    assert "0.30 ± 0.10" in shown or {"0.1", "0.30 ± 0.10"} <= set(shown)
    assert result_table("t", "T", None).rows is None

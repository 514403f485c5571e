"""A summary to a workbook, one sheet a table."""

import errno
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from infotheory._display import xml_text
from infotheory._files import replace_file
from infotheory._optional import require
from infotheory.report.formats.columns import Column
from infotheory.report.formats.excel_charts import add_charts
from infotheory.report.formats.printed_tables import (
    Table,
    all_bins_table,
    curve_tables,
    result_table,
    tables_of,
)

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

__all__ = ["write_book", "write_excel"]

_PARTS = {"estimate": ("", " SE", " low", " high"), "with_error": ("", " SE")}
_FORMATS = {
    "count": "#,##0",
    "number": "0.000",
    "tenths": "0.0",
    "hundredths": "0.00",
    "significant": "#,##0.0###",
    "percent": "0.0%",
    "p_value": "0.0000",
    "estimate": "0.0000",
    "with_error": "0.0000",
}
_HEAD = 3  # row of the headings: what an event is, the title, the headings
_MOST_LETTERS = 32_767


def write_excel(summary: dict[str, Any], path: Path) -> Path:
    """Write the workbook: numbers stay numbers, text is never a formula."""
    custom = summary["custom"]
    users_tables = [
        result_table(f"own {i}", entry["title"], entry["table"])
        for i, entry in enumerate(custom, start=1)
        if entry["table"] is not None
    ]
    texts = [(entry["title"], entry["text"]) for entry in custom if entry["text"].strip()]
    tables = [*tables_of(summary).values(), all_bins_table(summary), *curve_tables(summary)]
    return write_book(summary, tables + users_tables, path, texts=texts, draw=add_charts)


def write_book(
    summary: dict[str, Any],
    tables: Iterable[Table],
    path: Path,
    *,
    texts: Sequence[tuple[str, str]] = (),
    draw: Callable[["Workbook", dict[str, Any]], None] | None = None,
) -> Path:
    """Write the workbook of any report: about it, a list of the sheets, a sheet for each table."""
    openpyxl = require("openpyxl", extra="report", purpose="writing a workbook")
    book = openpyxl.Workbook()
    about = book.active
    for table in tables:
        _sheet(book.create_sheet(table.name), table, summary)

    # the list of sheets comes after them: it asks the workbook what there is
    _about(about, summary, texts)
    _contents(book.create_sheet("contents", 1), book)
    if draw is not None:
        draw(book, summary)

    for sheet in book.worksheets:
        sheet.page_setup.orientation, sheet.page_setup.fitToHeight = "landscape", 0
        sheet.sheet_properties.pageSetUpPr.fitToPage = True

    # Saved in memory first: openpyxl closes its archive late where a disk is full.
    content = BytesIO()
    with _disk_errors():
        book.save(content)
    with replace_file(path) as file:
        file.write(content.getbuffer())
    return path


@contextmanager
def _disk_errors() -> Iterator[None]:
    """Raise OSError where lxml, with which openpyxl writes where it is there, has its own error."""
    try:
        yield
    except Exception as error:
        # sheets go through a temporary file; known by name, as lxml need not be installed
        if type(error).__name__ != "SerialisationError":
            raise
        # its text is the name of the error after IO_, or WRITE where it does not know
        code = getattr(errno, str(error).removeprefix("IO_"), errno.ENOSPC)
        raise OSError(code, os.strerror(code)) from error


def _about(sheet: "Worksheet", summary: dict[str, Any], texts: Sequence[tuple[str, str]]) -> None:
    sheet.title = "about"
    rows = [("report", summary["title"]), *summary["conventions"].items()]
    rows += texts
    rows += [("limitation", text) for text in summary["limitations"]]
    for part in ("versions", "settings", "fingerprints", "parameters"):
        rows += [
            (f"{part}: {name}", value) for name, value in summary["reproducibility"][part].items()
        ]
    for row, (name, value) in enumerate(rows, start=1):
        _put(sheet, row, 1, name, bold=True)
        _put(sheet, row, 2, value, wrap=True)
        # openpyxl lays nothing out: a line of text is 15 points high and has about 100 letters.
        sheet.row_dimensions[row].height = 15 * (1 + len(str(value)) // 100)
    _widths(sheet, {"A": 30, "B": 100})


def _contents(sheet: "Worksheet", book: "Workbook") -> None:
    """List the sheets, with links and the number of rows that the workbook itself counts."""
    for place, header in enumerate(("Sheet", "Table", "Rows"), start=1):
        _put(sheet, 1, place, header, bold=True)

    names = [name for name in book.sheetnames if name not in ("about", "contents")]
    for row, name in enumerate(names, start=2):
        other = book[name]
        _put(sheet, row, 1, name)
        sheet.cell(row, 1).hyperlink = f"#'{name}'!A1"
        sheet.cell(row, 1).style = "Hyperlink"
        _put(sheet, row, 2, other.cell(2, 1).value)

        # A table without rows has a range of one empty cell, and not one that runs upwards.
        last = max(other.max_row, _HEAD + 1)
        sheet.cell(row, 3).value = f"=COUNTA('{name}'!A{_HEAD + 1}:A{last})"
        sheet.cell(row, 3).number_format = "#,##0"
    _widths(sheet, {"A": 18, "B": 60, "C": 10})


def _sheet(sheet: "Worksheet", table: Table, summary: dict[str, Any]) -> None:
    """Write a table; the first row says what an event and a positive weight of evidence are."""
    _put(sheet, 1, 1, summary["conventions"]["short"])
    _put(sheet, 2, 1, table.title, bold=True)

    # value, error and ends of an estimate are cells of their own
    cells = [(column, part) for column in table.columns for part in _PARTS.get(column.kind, ("",))]
    for place, (column, part) in enumerate(cells, start=1):
        # cells are formatted as per cent: the heading need not say so
        heading = column.header.removesuffix(" %") + part
        _put(sheet, _HEAD, place, heading, bold=True, wrap=True)
    for row, entry in enumerate(table.rows, start=_HEAD + 1):
        _put_row(sheet, row, [column for column, _ in cells], table.columns, entry)

    # what HTML says below a table is a column here, so that rows can be sorted
    if table.notes:
        _put(sheet, _HEAD, len(cells) + 1, "Why an error is not shown", bold=True, wrap=True)
        for row, entry in enumerate(table.rows, start=_HEAD + 1):
            _put(sheet, row, len(cells) + 1, "; ".join(table.reasons(entry)) or None)

    sheet.row_dimensions[_HEAD].height = 32
    letters = [cell.column_letter for cell in sheet[_HEAD]]
    sheet.freeze_panes = f"B{_HEAD + 1}"
    sheet.auto_filter.ref = f"A{_HEAD}:{letters[-1]}{max(_HEAD + len(table.rows), _HEAD + 1)}"
    sheet.print_title_rows = f"{_HEAD}:{_HEAD}"

    kinds = [column.kind for column, _ in cells] + ["text"] * bool(table.notes)
    widths = {letter: _width(kind) for letter, kind in zip(letters, kinds, strict=True)}
    _widths(sheet, widths | {"A": 34 if cells[0][0].kind == "text" else 12})


def _put_row(
    sheet: "Worksheet",
    row: int,
    columns_of_cells: Sequence[Column],
    columns: Sequence[Column],
    entry: dict[str, Any],
) -> None:
    values = [value for column in columns for value in column.raw(entry)]
    for place, (column, value) in enumerate(zip(columns_of_cells, values, strict=True), start=1):
        is_list = isinstance(value, list)
        number_format = _format(column, value, column.places(entry))
        _put(sheet, row, place, value, wrap=is_list, number_format=number_format)


def _format(column: Column, value: Any, places: int | None) -> str:
    """Choose the number format of a cell."""
    # As many digits are shown as the error supports; the cell itself holds all of them.
    if places is not None:
        digits = f"0.{'0' * places}" if places else "#,##0"
        return f"{digits.replace('#,##', '')}%" if column.kind == "percent" else digits

    # Weighted counts need not be whole, and whole numbers need no decimals.
    if column.kind == "count" and isinstance(value, float) and not value.is_integer():
        return "#,##0.0"
    if (
        column.kind == "significant"
        and isinstance(value, int | float)
        and float(value).is_integer()
    ):
        return "#,##0"
    return _FORMATS.get(column.kind, "General")


def _width(kind: str) -> float:
    return 24.0 if kind == "text" else 12.0


def _widths(sheet: "Worksheet", widths: dict[str, float]) -> None:
    for letter, width in widths.items():
        sheet.column_dimensions[letter].width = width


def _put(
    sheet: "Worksheet",
    row: int,
    column: int,
    value: Any,
    *,
    bold: bool = False,
    wrap: bool = False,
    number_format: str = "",
) -> None:
    """Write a value into a cell, text always as text, never as a formula."""
    styles = require("openpyxl.styles", extra="report", purpose="writing a workbook")
    cell = sheet.cell(row=row, column=column)
    if isinstance(value, list):
        value = "; ".join(map(str, value))
    if isinstance(value, str):
        value = xml_text(value, "\ufffd")[:_MOST_LETTERS]

    cell.value = value
    if isinstance(value, str):
        cell.data_type = "s"  # a name that starts with "=" is text

    if number_format:
        cell.number_format = number_format
    if bold:
        cell.font = styles.Font(name="Calibri", size=11, bold=True)
    if wrap:
        cell.alignment = styles.Alignment(wrap_text=True, vertical="top")

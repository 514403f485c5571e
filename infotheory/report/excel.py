"""A summary to a workbook, one sheet a table."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from infotheory._optional import require
from infotheory.report.tables import Table, bins_table, tables_of

__all__ = ["write_book", "write_excel"]

_PARTS = ("", " SE", " low", " high")


def write_excel(summary: dict[str, Any], path: Path) -> Path:
    """Write the workbook: numbers stay numbers, text is never a formula.

    Parameters
    ----------
    summary : dict
        The summary.
    path : Path
        Where to write.

    Returns
    -------
    Path
        The file written.

    Raises
    ------
    MissingDependencyError
        If openpyxl is not installed.
    """
    bins = [bins_table(summary, entry, sample) for entry in summary["characteristics"] for sample in entry["samples"]]
    return write_book(summary, {name: [table] for name, table in tables_of(summary).items()} | {"bins": bins}, path)


def write_book(summary: dict[str, Any], sheets: Mapping[str, list[Table]], path: Path) -> Path:
    """Write the workbook of any report: a sheet on the report itself, then the given ones.

    Parameters
    ----------
    summary : dict
        Keys title, conventions (with "short"), limitations and reproducibility.
    sheets : mapping of str to list of Table
        Name of a sheet to the tables on it, one under another.
    path : Path
        Where to write.

    Returns
    -------
    Path
        The file written.

    Raises
    ------
    MissingDependencyError
        If openpyxl is not installed.
    """
    openpyxl = require("openpyxl", extra="report", purpose="writing a workbook")
    book = openpyxl.Workbook()
    _about(book.active, summary)
    for name, tables in sheets.items():
        _sheet(book.create_sheet(name), tables, summary)
    book.save(path)
    return path


def _about(sheet: Any, summary: dict[str, Any]) -> None:
    sheet.title = "about"
    rows = [("report", summary["title"]), *summary["conventions"].items()]
    rows += [("limitation", text) for text in summary["limitations"]]
    for part in ("versions", "settings", "fingerprints", "parameters"):
        rows += [(f"{part}: {name}", value) for name, value in summary["reproducibility"][part].items()]
    for row, (name, value) in enumerate(rows, start=1):
        _put(sheet, row, 1, name)
        _put(sheet, row, 2, value)
    sheet.column_dimensions["A"].width = 28
    sheet.column_dimensions["B"].width = 90


def _sheet(sheet: Any, tables: list[Table], summary: dict[str, Any]) -> None:
    """Write tables one under another; the first row says what an event and a positive weight of evidence are."""
    _put(sheet, 1, 1, summary["conventions"]["short"])
    row = 2
    for table in tables:
        _put(sheet, row, 1, table.title)
        headers = [column.header + part for column in table.columns for part in _parts(column.kind)]
        for place, header in enumerate(headers, start=1):
            _put(sheet, row + 1, place, header)
        for row_number, entry in enumerate(table.rows, start=row + 2):
            values = [value for column in table.columns for value in column.raw(entry)]
            for place, value in enumerate(values, start=1):
                _put(sheet, row_number, place, value)
        row += len(table.rows) + 3
    sheet.column_dimensions["A"].width = 34


def _parts(kind: str) -> tuple[str, ...]:
    return _PARTS if kind == "estimate" else ("",)


def _put(sheet: Any, row: int, column: int, value: Any) -> None:
    cell = sheet.cell(row=row, column=column)
    cell.value = value
    if isinstance(value, str):
        cell.data_type = "s"  # a name that starts with "=" is text

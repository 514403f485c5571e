"""What is told beside the model itself: results made elsewhere, and sections of the user's own."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import pandas as pd

from infotheory.report.plain import records

__all__ = ["Section", "TableResult", "custom_sections", "table_entry"]


class TableResult(Protocol):
    """A result that can be shown as a table."""

    def to_frame(self) -> pd.DataFrame:
        """Return the table."""


@dataclass(frozen=True, slots=True, eq=False)
class Section:
    """A section of the user's own.

    Parameters
    ----------
    title : str
        Heading.
    text : str
        What is said, as plain text; an empty line starts a paragraph.
    table : DataFrame, optional
        A table; its index is not shown.

    Raises
    ------
    ValueError
        If the title is empty, or there is neither text nor table.
    TypeError
        If ``table`` is not a pandas frame.

    Examples
    --------
    >>> Section("Approval", "Approved by the committee on 2 May.").title
    'Approval'
    """

    title: str
    text: str = ""
    table: pd.DataFrame | None = None

    def __post_init__(self) -> None:
        if self.table is not None and not isinstance(self.table, pd.DataFrame):
            message = (
                f"table of section {self.title!r} must be a pandas DataFrame, got "
                f"{type(self.table).__name__}"
            )
            raise TypeError(message)
        if not self.title.strip() or not (self.text.strip() or self.table is not None):
            message = (
                f"a section needs a title, and a text or a table, got title {self.title!r} and "
                f"text {self.text!r}"
            )
            raise ValueError(message)


def table_entry(result: TableResult | pd.DataFrame | None) -> dict[str, Any] | None:
    """Table of a result as plain data: names of the columns, and rows."""
    if result is None:
        return None
    to_frame = getattr(result, "to_frame", None)
    table = result if isinstance(result, pd.DataFrame) or to_frame is None else to_frame()
    if not isinstance(table, pd.DataFrame):
        message = (
            "a result shown in a report must have to_frame() or be a DataFrame, got "
            f"{type(result).__name__}"
        )
        raise TypeError(message)

    # rows are dicts: a name that occurs twice would lose a column
    names = [str(name) for name in table.columns]
    if len(set(names)) < len(names):
        message = f"columns of a table in a report must have different names, got {names}"
        raise ValueError(message)
    return {"columns": names, "rows": records(table)}


def custom_sections(sections: Sequence[Section]) -> list[dict[str, Any]]:
    """Sections of the user's own as plain data."""
    for section in sections:
        if not isinstance(section, Section):
            message = (
                "sections must hold infotheory.report.Section objects, got "
                f"{type(section).__name__}"
            )
            raise TypeError(message)
    return [{"title": s.title, "text": s.text, "table": table_entry(s.table)} for s in sections]

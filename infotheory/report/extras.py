"""What is told beside the model itself: reasons, results made elsewhere, sections of the user's own."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pandas as pd

from infotheory.report.models import Model
from infotheory.report.plain import records
from infotheory.report.samples import Sample
from infotheory.scorecard import reason_table

__all__ = ["FrameResult", "Section", "custom_sections", "frame_entry", "reason_section"]

_MOST_ROWS = 20_000
_N_REASONS = 4


class FrameResult(Protocol):
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
    frame : DataFrame, optional
        A table; its index is not shown.

    Raises
    ------
    ValueError
        If the title is empty, or there is neither text nor table.
    TypeError
        If ``frame`` is not a frame.
    """

    title: str
    text: str = ""
    frame: pd.DataFrame | None = None

    def __post_init__(self) -> None:
        if self.frame is not None and not isinstance(self.frame, pd.DataFrame):
            message = (
                f"frame of section {self.title!r} must be a pandas DataFrame, got "
                f"{type(self.frame).__name__}"
            )
            raise TypeError(message)
        if not self.title.strip() or not (self.text.strip() or self.frame is not None):
            message = (
                f"a section needs a title, and a text or a frame, got title {self.title!r} and "
                f"text {self.text!r}"
            )
            raise ValueError(message)


def frame_entry(result: FrameResult | pd.DataFrame | None) -> dict[str, Any] | None:
    """Table of a result as plain data: names of the columns, and rows.

    Parameters
    ----------
    result : object with ``to_frame``, DataFrame or None
        The result.

    Returns
    -------
    dict or None
        Keys columns and rows; None for None.

    Raises
    ------
    TypeError
        If the result has no table.
    ValueError
        If two columns have one name.
    """
    if result is None:
        return None
    frame = (
        result if isinstance(result, pd.DataFrame) else getattr(result, "to_frame", lambda: None)()
    )
    if not isinstance(frame, pd.DataFrame):
        message = (
            "a result shown in a report must have to_frame() or be a DataFrame, got "
            f"{type(result).__name__}"
        )
        raise TypeError(message)
    names = [str(name) for name in frame.columns]
    if len(set(names)) < len(names):
        message = f"columns of a table in a report must have different names, got {names}"
        raise ValueError(message)
    return {"columns": names, "rows": records(frame)}


def custom_sections(sections: Sequence[Section]) -> list[dict[str, Any]]:
    """Sections of the user's own as plain data.

    Parameters
    ----------
    sections : sequence of Section
        The sections.

    Returns
    -------
    list of dict
        Keys title, text, table.

    Raises
    ------
    TypeError
        If an entry is not a Section.
    """
    for section in sections:
        if not isinstance(section, Section):
            message = (
                "sections must hold infotheory.report.Section objects, got "
                f"{type(section).__name__}"
            )
            raise TypeError(message)
    return [{"title": s.title, "text": s.text, "table": frame_entry(s.frame)} for s in sections]


def reason_section(model: Model, sample: Sample) -> dict[str, Any] | None:
    """How often each characteristic is a reason, and what it costs.

    Parameters
    ----------
    model : Model
        The fitted model.
    sample : Sample
        Rows; where there are more than 20 000, as many at equal distances.

    Returns
    -------
    dict or None
        Keys sample, rows, excluded, characteristics; None where the model has no points.
    """
    if not model.is_card:
        return None
    n_rows = sample.target.size
    chosen = np.unique(np.linspace(0, n_rows - 1, min(n_rows, _MOST_ROWS)).astype(np.intp))
    frame = model.estimator.reason_codes(model.rows(sample.X.iloc[chosen]), _N_REASONS)
    given = frame.filter(like="reason_").to_numpy().ravel()
    lost = pd.Series(frame.filter(like="shortfall_").to_numpy().ravel()).groupby(given).mean()
    entries = [
        {
            "name": row["reason"],
            "first": row["share_1"],
            "among": row["share"],
            "mean_shortfall": lost.get(row["reason"]),
        }
        for row in reason_table(frame).to_dict("records")
    ]
    return {
        "sample": sample.name,
        "rows": int(chosen.size),
        "n_reasons": _N_REASONS,
        "excluded": [str(name) for name in model.estimator.exclude_from_reasons],
        "characteristics": entries,
    }

"""What figures are drawn of: rows become curves, tables are checked for the columns they need."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from infotheory._rows import Rows, needed
from infotheory._typing import ArrayLike, FloatArray
from infotheory.scorecard.validation.outcomes import as_rows

__all__ = ["check_curve", "check_drawable", "check_result", "class_shares", "scored_rows"]


def scored_rows(
    y: ArrayLike | None, score: ArrayLike | None, sample_weight: ArrayLike | None, event_label: Any
) -> Rows:
    """Labels and scores of a sample, checked; both classes must have weight."""
    if score is None or y is None:
        there, missing = ("labels y", "score") if score is None else ("scores", "labels y")
        message = f"{missing} must be given beside the {there}, got None"
        raise ValueError(message)
    rows = as_rows(y, score=score, sample_weight=sample_weight, event_label=event_label)
    for target, name in ((0.0, "non-events"), (1.0, "events")):
        if not rows.mass[rows.target == target].any():
            message = f"a curve needs rows of both classes, got {name} of no weight"
            raise ValueError(message)
    return rows


def class_shares(rows: Rows) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Distinct scores, ascending, and the shares of non-events and events at or below each."""
    score = needed(rows.score, "score")
    order = np.argsort(score, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(score[order])), score.size - 1)

    shares = []
    for target in (0.0, 1.0):
        mass = np.where(rows.target == target, rows.mass, 0.0)[order].cumsum()
        shares.append(mass[ends] / mass[-1])
    return score[order][ends], shares[0], shares[1]


def check_curve(name: str, values: ArrayLike, length: int | None = None) -> FloatArray:
    """Shares of a curve: numbers from 0 to 1 that do not fall."""
    shares = np.asarray(values, dtype=float)
    if shares.ndim != 1 or shares.size == 0 or (length is not None and shares.size != length):
        wanted = "one number or more" if length is None else f"{length} numbers"
        message = f"{name} must be {wanted}, got shape {shares.shape}"
        raise ValueError(message)

    rounding = 1e-9
    inside = (shares >= -rounding) & (shares <= 1.0 + rounding)
    if not inside.all() or (np.diff(shares) < -rounding).any():
        message = (
            f"{name} must be shares from 0 to 1 that never fall, got {shares[:6].tolist()}...; "
            "labels and scores of rows are given as y and score"
        )
        raise ValueError(message)
    return shares


def check_result(value: object, kind: type, name: str, way_out: str) -> None:
    """Check that a figure gets the result that it draws."""
    if not isinstance(value, kind):
        message = f"{name} must be a {kind.__name__}, got {type(value).__name__}; {way_out}"
        raise TypeError(message)


def check_drawable(table: Any, columns: Sequence[str], name: str, way_out: str) -> pd.DataFrame:
    """Check that a table has rows and the columns that are drawn."""
    if not isinstance(table, pd.DataFrame):
        message = f"{name} must be a DataFrame, got {type(table).__name__}; {way_out}"
        raise TypeError(message)
    missing = [column for column in columns if column not in table]
    if missing:
        message = (
            f"{name} must have the columns {', '.join(columns)}, got none called "
            f"{', '.join(missing)}; {way_out}"
        )
        raise ValueError(message)
    if not len(table):
        message = f"{name} must hold at least one row to draw, got none; {way_out}"
        raise ValueError(message)
    return table

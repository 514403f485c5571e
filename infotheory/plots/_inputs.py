"""What figures are drawn of: rows become curves, tables are checked for the columns they need."""

from collections.abc import Sequence
from decimal import Decimal
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd

from infotheory._rows import Rows, needed
from infotheory._typing import ArrayLike, BoolArray, FloatArray
from infotheory.scorecard.validation.outcomes import as_rows

__all__ = [
    "MOST",
    "as_figures",
    "check_ascending",
    "check_curve",
    "check_drawable",
    "check_place",
    "check_result",
    "class_shares",
    "drawn_alarms",
    "drawn_interval",
    "drawn_numbers",
    "scored_rows",
]

#: Beyond it matplotlib's own products leave float64.
MOST = 1e100


def scored_rows(
    y: ArrayLike | None, score: ArrayLike | None, sample_weight: ArrayLike | None, event_label: Any
) -> Rows:
    """Labels and scores of a sample, checked; both classes must have weight."""
    if score is None or y is None:
        there, missing = ("labels y", "score") if score is None else ("scores", "labels y")
        message = f"{missing} must be given beside the {there}, got None"
        raise ValueError(message)
    return as_rows(y, score=score, sample_weight=sample_weight, event_label=event_label)


def class_shares(rows: Rows) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Distinct scores, ascending, and the shares of non-events and events at or below each."""
    score = needed(rows.score, "score")
    order = np.argsort(score, kind="stable")
    # The last place of each run of equal scores: a curve has no point within a tie.
    ends = np.append(np.flatnonzero(np.diff(score[order])), score.size - 1)

    shares = []
    for target in (0.0, 1.0):
        # Cumulated over all rows, of which those of the other class add nothing.
        mass = np.where(rows.target == target, rows.mass, 0.0)[order].cumsum()
        shares.append(mass[ends] / mass[-1])
    return score[order][ends], shares[0], shares[1]


def check_curve(name: str, values: ArrayLike, length: int | None = None) -> FloatArray:
    """Shares of a curve: numbers from 0 to 1 that do not fall."""
    shares = as_figures(name, values)
    if shares.ndim != 1 or shares.size == 0 or (length is not None and shares.size != length):
        wanted = "one number or more" if length is None else f"{length} numbers"
        message = f"{name} must be {wanted}, got shape {shares.shape}"
        raise ValueError(message)

    # What is lost in a sum of weights: its shares may pass 1, or fall, by that much.
    rounding = 1e-9
    inside = (shares >= -rounding) & (shares <= 1.0 + rounding)
    if not inside.all() or (np.diff(shares) < -rounding).any():
        message = (
            f"{name} must be shares from 0 to 1 that never fall, got {shares[:6].tolist()}...; "
            "labels and scores of rows are given as y and score"
        )
        raise ValueError(message)
    return shares


def as_figures(name: str, values: ArrayLike) -> FloatArray:
    """Return numbers that a user gave as float64, what is missing as NaN."""
    try:
        figures = np.asarray(values)
        if figures.dtype.kind in "biuf":
            return figures.astype(np.float64)
        # Text of a number is no number, and complex ones have no place on an axis.
        numbers = np.full(figures.shape, np.nan)
        for place, value in np.ndenumerate(figures.astype(object)):
            if isinstance(value, Real | Decimal):
                numbers[place] = float(value)
            elif not pd.api.types.is_scalar(value) or not pd.isna(value):
                raise TypeError(value)  # noqa: TRY301 - worded below
    except (TypeError, ValueError, OverflowError) as error:
        message = f"{name} must hold numbers, got {values!r:.80}"
        raise ValueError(message) from error
    return numbers


def check_ascending(name: str, values: ArrayLike) -> FloatArray:
    """Places along an axis: finite numbers that ascend."""
    places = as_figures(name, values)
    if places.ndim != 1 or not np.isfinite(places).all() or (np.diff(places) <= 0.0).any():
        message = f"{name} must be finite numbers that ascend, got {places.ravel()[:6].tolist()}"
        raise ValueError(message)
    return places


def check_place(name: str, value: Any) -> float:
    """Return a place at which something is marked: a number that can be drawn."""
    place = as_figures(name, value)
    # NaN is not below it either.
    if place.ndim or not abs(place) <= MOST:
        message = (
            f"{name} must be one finite number between -{MOST:.0e} and {MOST:.0e}, got {value!r}"
        )
        raise ValueError(message)
    return float(place)


def drawn_numbers(
    table: pd.DataFrame, column: str, *, complete: bool = False, some: bool = True
) -> FloatArray:
    """Return the numbers of a column, NaN where there is nothing to draw.

    A ``complete`` column has no NaN; one of NaN alone makes an empty figure, and is refused unless
    ``some`` is False.
    """
    figures = _column(table, column)
    # NaN is not above it, and passes where the column may have gaps.
    wrong = np.abs(figures) > MOST
    wrong |= complete & np.isnan(figures)
    if wrong.any():
        also = "" if complete else ", or NaN where nothing is known"
        message = (
            f"column {column!r} must hold numbers between -{MOST:.0e} and {MOST:.0e}{also}, got "
            f"{figures[wrong][0]}; leave such rows out"
        )
        raise ValueError(message)

    if some and np.isnan(figures).all():
        message = f"column {column!r} must hold a number to draw, got missing values only"
        raise ValueError(message)
    return figures


def drawn_interval(
    table: pd.DataFrame, low: str, high: str, *, open_ended: bool = False
) -> tuple[FloatArray, FloatArray]:
    """Return ends of intervals, NaN where withheld; an ``open_ended`` one may lack its end."""
    lower = drawn_numbers(table, low, some=False)
    # An open end is infinite, which is no number to draw and tells that there is no bound.
    upper = _column(table, high) if open_ended else drawn_numbers(table, high, some=False)
    crossed = lower > upper
    if crossed.any():
        message = (
            f"no interval may end below its start, got {low} {lower[crossed][0]} and {high} "
            f"{upper[crossed][0]}"
        )
        raise ValueError(message)
    return lower, upper


def _column(table: pd.DataFrame, column: str) -> FloatArray:
    values = table[column]
    if values.ndim != 1:
        message = f"columns of the table must have distinct names, got {column!r} twice"
        raise ValueError(message)
    # As objects, so that pandas' own missing values and decimals are told from text.
    return as_figures(f"column {column!r}", values.to_numpy(object))


def drawn_alarms(table: pd.DataFrame, column: str = "alarm") -> BoolArray:
    """Return the flags of a column: text or a missing value is none of them."""
    flags = table[column].to_numpy(object)
    # Text such as "False" would be true, and so would NaN.
    wrong = [flag for flag in flags if not isinstance(flag, bool | np.bool_)]
    if wrong:
        message = f"column {column!r} must hold True or False, got {wrong[0]!r}"
        raise ValueError(message)
    return flags.astype(bool)


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

"""A card from the bins and points of another package.

It gives points only, and what the export does not say stays unknown.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from numbers import Real
from typing import Any

import numpy as np

from infotheory._typing import FloatArray
from infotheory.binning import FeatureBins
from infotheory.cells import BinSpec, Unknown
from infotheory.scorecard.card.classifier import Scorecard
from infotheory.scorecard.points.restored import frozen_binner, with_bins_and_points
from infotheory.scorecard.points.scale import Scale

__all__ = [
    "ImportedFeature",
    "Interval",
    "Scaling",
    "card_of",
    "ends_of",
    "joined_ends",
    "number_of",
    "ordered_bins",
    "reading",
    "table_rows",
]

Scaling = Mapping[str, float | None]
Interval = tuple[float, float]  # from the first end, which it holds, to the second


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedFeature:
    """Bins and points of one characteristic, as far as an export tells them."""

    # Name of the characteristic
    name: str
    # Points of the regular bins
    points: Sequence[float]
    # Splits of a numerical characteristic, one fewer than points
    splits: Sequence[float] | None = None
    # Levels of each bin of a categorical one
    levels: Sequence[Sequence[str]] = ()
    # Special values and their points, by group
    special: Mapping[str, tuple[tuple[Any, ...], float]] = field(default_factory=dict)
    # Points of missing values
    missing: float | None = None
    # Points of unseen categories
    unseen: float | None = None
    # What becomes of unseen categories: points of their own, those of missing values, or an error
    unknown: Unknown = "zero"

    def spec(self) -> BinSpec:
        """Return the bins."""
        return BinSpec(
            name=self.name,
            kind="categorical" if self.splits is None else "numerical",
            splits=tuple(self.splits or ()),
            levels=tuple(tuple(group) for group in self.levels),
            special=tuple((group, values) for group, (values, _) in self.special.items()),
            unknown=self.unknown,
        )

    def points_by_code(self, unlisted: float | None) -> FloatArray:
        """Return the points of each code, NaN where neither the export nor the user says any."""
        otherwise = np.nan if unlisted is None else unlisted
        special = [points for _, points in self.special.values()]
        missing, unseen = (
            otherwise if points is None else points for points in (self.missing, self.unseen)
        )
        return np.array([*self.points, *special, missing, unseen], dtype=np.float64)


@contextmanager
def reading(origin: str) -> Iterator[None]:
    """Word what an export raises that is not of the shape in which its package writes it."""
    try:
        yield
    except (LookupError, TypeError, AttributeError, ArithmeticError) as error:
        message = (
            f"the export of {origin} must have the shape in which {origin} writes it, got another "
            f"({type(error).__name__}: {error}); see the parameters for what is read"
        )
        raise ValueError(message) from error


def number_of(value: object, what: str) -> float:
    """Return a number of an export, or raise ValueError: text and booleans are none.

    Whether it is finite is checked where the card is made, which knows what may be unknown.
    """
    # True is a Real, and would be read as 1 point.
    if isinstance(value, bool) or not isinstance(value, Real):
        message = f"{what} must be a number, got {value!r:.60}"
        raise ValueError(message)  # noqa: TRY004 - a value in an export, not an argument
    try:
        return float(value)
    except OverflowError as error:
        message = f"{what} must be a number that float64 holds, got a larger one"
        raise ValueError(message) from error


def ends_of(low: str, high: str, name: str) -> Interval:
    """Return the ends of an interval in a label, or raise ValueError where one is no number."""
    try:
        ends = float(low), float(high)
    except ValueError as error:
        message = f"bins of {name!r:.60} must lie between numbers, got {low!r:.60} and {high!r:.60}"
        raise ValueError(message) from error
    if any(map(math.isnan, ends)):
        message = f"bins of {name!r:.60} must lie between numbers, got {ends}"
        raise ValueError(message)
    return ends


def card_of(
    origin: str,
    features: Sequence[ImportedFeature],
    base: float,
    unlisted: float | None,
    scaling: Scaling,
) -> Scorecard:
    """Build the card of a package (``origin``), which gives points.

    ``unlisted`` are the points of missing and unseen values that the export does not list, which
    are refused when None; ``scaling`` holds pdo, base_points and base_odds, all or none.
    """
    _check_scaling(scaling)
    if not features:
        message = f"the export of {origin} must hold at least one characteristic, got none"
        raise ValueError(message)

    points = {feature.name: feature.points_by_code(unlisted) for feature in features}
    for name, by_code in points.items():
        _check_finite(by_code, name, origin)
    _check_finite(np.array([base]), "(base points)", origin)

    bins = [FeatureBins(spec=feature.spec()) for feature in features]
    binner = frozen_binner(bins, named=True, classes=[0, 1])
    # Nothing says whether points were rounded; where all are whole numbers, they count as rounded.
    is_rounded = all((np.rint(p) == p)[~np.isnan(p)].all() for p in points.values())
    card = Scorecard(binner, round=is_rounded).set_params(**scaling)
    return with_bins_and_points(card, binner, points, float(base), origin)


def _check_scaling(scaling: Scaling) -> None:
    stated = {name: value for name, value in scaling.items() if value is not None}
    if stated and len(stated) < len(scaling):
        message = f"pdo, base_points and base_odds go together, got only {', '.join(stated)}"
        raise ValueError(message)
    if stated:
        Scale(**stated)


def _check_finite(points: FloatArray, name: str, origin: str) -> None:
    """Raise ValueError where points are not finite; those of missing and unseen may be NaN."""
    # The last two codes are of missing and unseen values.
    n_listed = max(points.size - 2, 1)
    if np.isinf(points).any() or np.isnan(points[:n_listed]).any():
        message = (
            f"points must be finite, got {points.tolist()} for {name!r} in the export of {origin}"
        )
        raise ValueError(message)


def table_rows(table: Any, columns: Sequence[str], source: str) -> list[dict[str, Any]]:
    """Return the rows of a table: a data frame, a dict of columns or a list of records.

    ``columns`` must be there; ``source`` says what the table is, for the message.
    """
    if hasattr(table, "to_dict") and hasattr(table, "columns"):
        rows = table.to_dict("records")
    elif isinstance(table, Mapping):
        by_column = {
            name: list(column.values()) if isinstance(column, Mapping) else list(column)
            for name, column in table.items()
        }
        lengths = {name: len(column) for name, column in by_column.items()}
        if len(set(lengths.values())) > 1:
            message = f"columns of {source} must have one length, got {lengths!r:.200}"
            raise ValueError(message)
        rows = [
            dict(zip(by_column, row, strict=True)) for row in zip(*by_column.values(), strict=True)
        ]
    else:
        records = list(table)
        foreign = [row for row in records if not isinstance(row, Mapping)]
        if foreign or isinstance(table, str | bytes):
            shown = type(foreign[0] if foreign else table).__name__
            message = f"{source} must be a table or a list of records, got {shown}"
            raise ValueError(message)
        rows = [dict(row) for row in records]

    short = [row for row in rows if any(column not in row for column in columns)]
    if not rows or short:
        message = (
            f"{source} must have rows with the columns {list(columns)}, got "
            f"{list(short[0]) if rows else 'no rows'}"
        )
        raise ValueError(message)
    return rows


def ordered_bins(
    name: str, bins: Sequence[tuple[Interval, float]], origin: str
) -> tuple[list[float], list[float]]:
    """Return the splits and points of intervals that cover the line, listed in any order."""
    ordered = sorted(bins)
    ends = [end for end, _ in ordered]
    if not ends or not _touch(ends) or (ends[0][0], ends[-1][1]) != (-np.inf, np.inf):
        message = (
            f"bins of {name!r} in the export of {origin} must cover -inf to inf without gaps and "
            f"overlaps, got {ends}"
        )
        raise ValueError(message)
    return [high for _, high in ends[:-1]], [points for _, points in ordered]


def joined_ends(name: str, parts: Sequence[Interval]) -> Interval:
    """Return the ends of the bin that intervals make together, listed in any order."""
    ordered = sorted(parts)
    if not _touch(ordered):
        message = f"intervals that make a bin of {name!r:.60} must touch each other, got {ordered}"
        raise ValueError(message)
    return ordered[0][0], ordered[-1][1]


def _touch(ordered: Sequence[Interval]) -> bool:
    """Tell whether each of several intervals ``[low, high)`` ends where the next one begins."""
    # Equal ends are the same text, read twice: they are compared exactly.
    return all(high == low for (_, high), (low, _) in pairwise(ordered))

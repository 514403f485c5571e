"""Cards of toad: ``ScoreCard.export()`` and ``Combiner.export()``."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from infotheory.scorecard.bridges.imported import (
    ImportedFeature,
    card_of,
    ends_of,
    number_of,
    ordered_bins,
    reading,
)
from infotheory.scorecard.card.classifier import Scorecard

__all__ = ["from_toad"]

_INTERVAL = re.compile(r"\[(\S+) ~ (\S+)\)")
MISSING, ELSE = "nan", "else"


def from_toad(
    card: "Mapping[str, Mapping[str, float]]",
    *,
    rules: "Mapping[str, Sequence[Any]] | None" = None,
    unlisted: float | None = None,
    pdo: float | None = None,
    base_points: float | None = None,
    base_odds: float | None = None,
) -> Scorecard:
    """Read a card of toad.

    Parameters
    ----------
    card : mapping of str to mapping of str to float
        What ``ScoreCard.export()`` returns: points by bin, ``{"age": {"[-inf ~ 25)": 40.0,
        "[25 ~ inf)": 52.0, "nan": 45.0}, "home": {"own": 60.0, "rent,free": 51.0}}``. It rounds to
        two decimals unless asked otherwise (``decimal=``), and so do the points here.
    rules : mapping of str to sequence, optional
        What ``Combiner.export()`` returns. It tells levels apart that hold a comma, which the keys
        of ``card`` join.
    unlisted : float, optional
        Points of missing and unseen values that the export does not list; ``predict_points``
        refuses them when None.
    pdo, base_points, base_odds : float, optional
        Scale of the points, with odds of non-events to events; it allows probabilities. The export
        does not hold it.

    Returns
    -------
    Scorecard
        A card that gives points, reasons against the maximum, exports, and probabilities where the
        scale is given. It has no coefficients, counts, weights of evidence or standard errors: the
        export holds none.

    Raises
    ------
    ValueError
        If the bins of a number leave a gap, the rules do not fit the card, or a number is not
        finite.

    Examples
    --------
    >>> import pandas as pd
    >>> age = {"[-inf ~ 25)": 40.0, "[25 ~ inf)": 52.0}
    >>> card = from_toad({"age": age, "home": {"own": 60.0, "rent,free": 51.0}})
    >>> card.predict_points(pd.DataFrame({"age": [24, 25], "home": ["own", "free"]})).tolist()
    [100.0, 103.0]
    """
    with reading("toad"):
        features = [
            _feature(str(name), bins, (rules or {}).get(name)) for name, bins in card.items()
        ]
        scaling = {"pdo": pdo, "base_points": base_points, "base_odds": base_odds}
        return card_of("toad", features, 0.0, unlisted, scaling)


def _feature(name: str, bins: Mapping[str, float], rule: Sequence[Any] | None) -> ImportedFeature:
    """Read a characteristic: a number where a bin is an interval, else a category."""
    points = [(str(key), number_of(value, f"points of {name!r}")) for key, value in bins.items()]
    intervals = [_INTERVAL.fullmatch(key) for key, _ in points]
    ends = [ends_of(match[1], match[2], name) for match in intervals if match]
    # toad writes intervals for numbers only: without one the keys are levels.
    if not ends:
        return _category(name, points, rule)

    pairs = list(zip(points, intervals, strict=True))
    foreign = [key for (key, _), match in pairs if key != MISSING and not match]
    if foreign:
        message = (
            f"bins of the number {name!r} must look like '[-inf ~ 5)' or 'nan', got {foreign[0]!r}"
        )
        raise ValueError(message)
    regular = [value for (_, value), match in pairs if match]
    splits, points_in_order = ordered_bins(name, list(zip(ends, regular, strict=True)), "toad")
    return ImportedFeature(
        name=name,
        points=points_in_order,
        splits=splits,
        missing=dict(points).get(MISSING),
    )


def _category(
    name: str, points: Sequence[tuple[str, float]], rule: Sequence[Any] | None
) -> ImportedFeature:
    """Read a category, whose keys join the levels of a bin by commas."""
    keys = [key for key, _ in points]
    groups = [key.split(",") for key in keys]
    if rule is not None:
        # Only the rules tell a level with a comma from two levels.
        groups = [
            [str(level) for level in ([group] if isinstance(group, str) else group)]
            for group in rule
        ]
        joined = [",".join(group) for group in groups]
        if joined != keys:
            message = f"rules of {name!r} must be those of the card, got {joined} and {keys}"
            raise ValueError(message)

    # Missing values may be a bin of their own or share one with levels; "else" stands alone.
    pairs = [(group, value) for group, (_, value) in zip(groups, points, strict=True)]
    missing = [value for group, value in pairs if MISSING in group]
    unseen = [value for group, value in pairs if group == [ELSE]]

    # What is left of a bin without missing values, unless nothing is.
    without_missing = [
        ([level for level in group if level != MISSING], value)
        for group, value in pairs
        if group != [ELSE]
    ]
    regular = [(levels, value) for levels, value in without_missing if levels]
    return ImportedFeature(
        name=name,
        points=[value for _, value in regular],
        levels=[levels for levels, _ in regular],
        missing=missing[0] if missing else None,
        unseen=unseen[0] if unseen else None,
    )

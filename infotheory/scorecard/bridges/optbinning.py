"""Cards of optbinning: ``Scorecard.table()``, with the dictionaries of its binnings."""

import re
from collections.abc import Iterable, Mapping, Sequence
from numbers import Real
from typing import Any

from infotheory._warnings import warn
from infotheory.engines.special_codes import read_special_codes
from infotheory.exceptions import ForeignCardWarning
from infotheory.scorecard.bridges.imported import (
    ImportedFeature,
    Interval,
    card_of,
    ends_of,
    number_of,
    ordered_bins,
    reading,
    table_rows,
)
from infotheory.scorecard.card.classifier import Scorecard

__all__ = ["from_optbinning"]

_INTERVAL = re.compile(r"[\[(](\S+), (\S+)\)")
MISSING, SPECIAL = "Missing", "Special"
Groups = dict[str, tuple[Any, ...]]
BinningDict = Mapping[str, Any]  # what OptimalBinning.to_dict() returns
Row = tuple[Any, float]  # label of a bin, and its points


def from_optbinning(
    table: Any,
    *,
    binnings: "Mapping[str, BinningDict] | Iterable[BinningDict] | None" = None,
    special_codes: "Sequence[Any] | Mapping[str, Any] | None" = None,
    intercept: float = 0.0,
    unlisted: float | None = None,
    pdo: float | None = None,
    base_points: float | None = None,
    base_odds: float | None = None,
) -> Scorecard:
    """Read a card of optbinning.

    Parameters
    ----------
    table : DataFrame, dict of columns or list of records
        What ``Scorecard.table()`` returns, in either style: Variable, Bin, Points.
    binnings : mapping or iterable of mapping, optional
        What ``OptimalBinning.to_dict()`` returns (or ``to_json`` writes) for each variable: exact
        splits, categories and special codes. The labels of the table show splits with two decimals
        only.
    special_codes : sequence or mapping, optional
        Special codes of the fit, where no binnings are given. Without them the rows of special
        values are left out.
    intercept : float
        ``Scorecard.intercept_``, which the table does not hold; 0 unless ``intercept_based=True``.
    unlisted : float, optional
        Points of missing values where the table has no row for them; ``predict_points`` refuses
        these when None.
    pdo, base_points, base_odds : float, optional
        Scale of the points, with odds of non-events to events; it allows probabilities. The table
        does not hold it.

    Returns
    -------
    Scorecard
        A card that gives points, reasons against the maximum, exports, and probabilities where the
        scale is given. It has no coefficients, counts, weights of evidence or standard errors.
        Unseen categories get the points of missing values, as in optbinning.

    Raises
    ------
    ValueError
        If a column is absent, the binnings do not fit the table, or bins leave a gap.

    Warns
    -----
    ForeignCardWarning
        If the splits of a number are read from its labels.

    Examples
    --------
    >>> import pandas as pd
    >>> table = {
    ...     "Variable": ["age"] * 4,
    ...     "Bin": ["(-inf, 24.50)", "[24.50, inf)", "Special", "Missing"],
    ...     "Points": [40, 60, 0, 45],
    ... }
    >>> age = {"name": "age", "dtype": "numerical", "splits": [24.5], "special_codes": None}
    >>> card = from_optbinning(table, binnings=[age])
    >>> card.predict_points(pd.DataFrame({"age": [24.0, 24.5, None]})).tolist()
    [40.0, 60.0, 45.0]
    """
    with reading("optbinning"):
        rows: dict[str, list[Row]] = {}
        for row in table_rows(table, ("Variable", "Bin", "Points"), "table"):
            # A mapping keeps the order of the table, which is that of the bins.
            rows.setdefault(str(row["Variable"]), []).append(
                (row["Bin"], number_of(row["Points"], f"points of {row['Variable']!r:.60}"))
            )

        if binnings is None:
            codes = read_special_codes(special_codes, list(rows))
            features = [
                _from_labels(name, bins, dict(codes[name].groups)) for name, bins in rows.items()
            ]
            _warn_of_rounded_splits(features)
        else:
            by_name = _by_name(binnings)
            absent = [name for name in rows if name not in by_name]
            if absent:
                message = f"binnings must hold every variable of the table, got none of {absent}"
                raise ValueError(message)
            features = [_from_binning(name, bins, by_name[name]) for name, bins in rows.items()]

        scaling = {"pdo": pdo, "base_points": base_points, "base_odds": base_odds}
        return card_of("optbinning", features, number_of(intercept, "intercept"), unlisted, scaling)


def _warn_of_rounded_splits(features: Sequence[ImportedFeature]) -> None:
    rounded = [feature.name for feature in features if feature.splits]
    if rounded:
        message = (
            f"the labels of optbinning show splits with two decimals, and {rounded[:3]} are "
            "read from them; pass binnings= for the exact ones"
        )
        warn(message, ForeignCardWarning)


def _by_name(
    binnings: Mapping[str, BinningDict] | Iterable[BinningDict],
) -> dict[str, BinningDict]:
    listed = binnings.values() if isinstance(binnings, Mapping) else binnings
    return {str(binning["name"]): binning for binning in listed}


def _from_binning(name: str, rows: list[Row], binning: BinningDict) -> ImportedFeature:
    """Read a characteristic whose bins come from its binning, and its points from the table."""
    splits = [number_of(split, f"splits of {name!r}") for split in binning["splits"]]
    is_number = binning["dtype"] == "numerical"
    levels = [] if is_number else _levels(binning, splits)
    groups = dict(read_special_codes(binning.get("special_codes"), (name,))[name].groups)

    # The table has one row for special values even where there are none, and one for missing ones.
    n_bins = len(splits) + 1 if is_number else len(levels)
    n_special = max(len(groups), 1)
    if len(rows) != n_bins + n_special + 1:
        message = (
            f"the table must have {n_bins} bins of {name!r}, {n_special} of special values and one "
            f"of missing values, as its binning says, got {len(rows)} rows"
        )
        raise ValueError(message)

    points = [value for _, value in rows]
    # The row of special values is there without groups too, and then belongs to none.
    special = {
        group: (values, value)
        for (group, values), value in zip(groups.items(), points[n_bins:-1], strict=False)
    }
    return _feature(
        name, points[:n_bins], splits if is_number else None, levels, special, points[-1]
    )


def _levels(binning: BinningDict, splits: list[float]) -> list[list[str]]:
    """Return the levels of each bin: splits are between places in the list of categories."""
    levels: list[list[str]] = [[] for _ in range(len(splits) + 1)]
    for place, level in enumerate(binning["categories"]):
        levels[sum(split < place for split in splits)].append(str(level))

    # Rare levels, which optbinning pooled beforehand, are a bin of their own at the end.
    if len(binning.get("cat_others") or ()):
        levels.append([str(level) for level in binning["cat_others"]])
    return levels


def _from_labels(name: str, rows: list[Row], groups: Groups) -> ImportedFeature:
    """Read a characteristic whose bins are read from the labels of the table."""
    ends: list[Interval] = []
    levels: list[list[str]] = []
    points, special, missing = [], {}, None
    for label, value in rows:
        interval = _INTERVAL.fullmatch(label) if isinstance(label, str) else None
        if interval:
            ends.append(ends_of(interval[1], interval[2], name))
            points.append(value)
        elif not isinstance(label, str):
            levels.append([str(level) for level in label])
            points.append(value)
        elif label == MISSING:
            missing = value
        elif label in groups:
            special[label] = (groups[label], value)
        elif label != SPECIAL:
            message = (
                f"a bin of {name!r} must be '[1.00, 2.00)', a list of levels, a special group or "
                f"'Missing', got {label!r}"
            )
            raise ValueError(message)

    if ends and levels:
        message = (
            f"bins of {name!r} must be intervals or lists of levels, got {ends} and {levels[0]}"
        )
        raise ValueError(message)
    # Neighbours that differ by less than a label shows are one number in it.
    alike = sorted({low for low, high in ends if low == high})
    if alike:
        message = (
            f"the labels of optbinning must tell the splits of {name!r} apart, got several that "
            f"are {alike[0] + 0.0:g} when rounded; pass binnings= for the exact ones, or fit its "
            "card with show_digits=8"
        )
        raise ValueError(message)
    splits: list[float] | None = None
    if ends:
        splits, points = ordered_bins(name, list(zip(ends, points, strict=True)), "optbinning")
    return _feature(name, points, splits, levels, special, missing)


def _feature(
    name: str,
    points: list[float],
    splits: list[float] | None,
    levels: list[list[str]],
    special: Mapping[str, tuple[tuple[Any, ...], float]],
    missing: float | None,
) -> ImportedFeature:
    """Make the characteristic; of special values stay those that its kind of column can hold."""
    possible = {}
    for group, (codes, value) in special.items():
        # A list of codes may serve several columns: a number cannot be text, nor text a number.
        values: tuple[Any, ...] = (
            tuple(str(code) for code in codes)
            if splits is None
            else tuple(float(code) for code in codes if isinstance(code, Real))
        )
        if values:
            possible[group] = (values, value)

    return ImportedFeature(
        name=name,
        points=points,
        splits=splits,
        levels=levels,
        special=possible,
        missing=missing,
        unknown="missing",
    )

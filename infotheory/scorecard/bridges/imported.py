"""A card from the bins and points of another package: points only, and what the export does not say stays unknown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from infotheory.binning import FeatureBins
from infotheory.cells import BinSpec, Unknown
from infotheory.scorecard.card import Scorecard
from infotheory.scorecard.export.document import frozen_binner
from infotheory.scorecard.points.scale import Scale

__all__ = ["ImportedFeature", "Scaling", "card_of", "interval_splits", "table_rows"]

Scaling = Mapping[str, float | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedFeature:
    """Bins and points of one characteristic, as far as an export tells them.

    Parameters
    ----------
    name : str
        Name of the characteristic.
    points : list of float
        Points of the regular bins.
    splits : list of float or None
        Splits of a numerical characteristic, one fewer than points.
    levels : list of list of str
        Levels of each bin of a categorical one.
    special : dict of str to (tuple, float)
        Special values and their points, by group.
    missing : float or None
        Points of missing values.
    unseen : float or None
        Points of unseen categories.
    unknown : {"zero", "missing", "error"}
        What becomes of unseen categories: points of their own, those of missing values, or an
        error.
    """

    name: str
    points: Sequence[float]
    splits: Sequence[float] | None = None
    levels: Sequence[Sequence[str]] = ()
    special: Mapping[str, tuple[tuple[Any, ...], float]] = field(default_factory=dict)
    missing: float | None = None
    unseen: float | None = None
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

    def points_by_code(self, unlisted: float | None) -> "np.ndarray[Any, np.dtype[np.float64]]":
        """Return the points of each code, NaN where neither the export nor the user says any.

        Parameters
        ----------
        unlisted : float or None
            Points of missing and unseen values that the export does not list.
        """
        other = np.nan if unlisted is None else unlisted
        ends = [other if p is None else p for p in (self.missing, self.unseen)]
        return np.array(
            [*self.points, *(p for _, p in self.special.values()), *ends], dtype=np.float64
        )


def card_of(
    origin: str,
    features: Sequence[ImportedFeature],
    base: float,
    unlisted: float | None,
    scaling: Scaling,
) -> Scorecard:
    """Build the card.

    Parameters
    ----------
    origin : str
        The package.
    features : sequence of ImportedFeature
        The characteristics, in the order of the columns of X.
    base : float
        Points added to every score.
    unlisted : float or None
        Points of missing and unseen values that the export does not list; they are refused when
        None.
    scaling : mapping
        Scale of the points: pdo, base_points and base_odds, all given or all None.

    Returns
    -------
    Scorecard
        A card that gives points.

    Raises
    ------
    ValueError
        If there are no characteristics, only a part of the scale is given, or a number is not
        finite.
    """
    given = [name for name, value in scaling.items() if value is not None]
    if given and len(given) < len(scaling):
        message = f"pdo, base_points and base_odds go together, got only {', '.join(given)}"
        raise ValueError(message)
    if given:
        Scale(**{name: value for name, value in scaling.items() if value is not None})
    if not features:
        message = f"the export of {origin} must hold at least one characteristic, got none"
        raise ValueError(message)
    points = {f.name: f.points_by_code(unlisted) for f in features}
    for name, own in {**points, "(base points)": np.array([base])}.items():
        if np.isinf(own).any() or np.isnan(own[: max(own.size - 2, 1)]).any():
            message = (
                f"points must be finite, got {own.tolist()} for {name!r} in the export of {origin}"
            )
            raise ValueError(message)
    bins = [FeatureBins(spec=f.spec()) for f in features]
    binner = frozen_binner(bins, named=True, classes=[0, 1])
    whole = all((np.rint(p) == p)[~np.isnan(p)].all() for p in points.values())
    card = Scorecard(binner, round=whole).set_params(**scaling)
    fitted = {
        "binner_": binner,
        "classes_": binner.classes_,
        "event_label_": binner.event_label_,
        "n_features_in_": binner.n_features_in_,
    }
    fitted |= {
        "feature_names_in_": binner.feature_names_in_,
        "origin_": origin,
        "points_": points,
        "base_": float(base),
    }
    for name, value in fitted.items():
        setattr(card, name, value)
    return card


def table_rows(table: Any, columns: Sequence[str], source: str) -> list[dict[str, Any]]:
    """Rows of a table that came as a frame, a dict of columns or a list of records.

    Parameters
    ----------
    table : DataFrame, mapping of str to sequence, or sequence of mapping
        The table.
    columns : sequence of str
        Columns that it must have.
    source : str
        What the table is, for the error message.

    Returns
    -------
    list of dict
        One a row.

    Raises
    ------
    ValueError
        If a column is absent or the table has no rows.
    """
    if hasattr(table, "to_dict") and hasattr(table, "columns"):
        rows = table.to_dict("records")
    elif isinstance(table, Mapping):
        by_column = {
            k: list(v.values()) if isinstance(v, Mapping) else list(v) for k, v in table.items()
        }
        rows = [
            dict(zip(by_column, row, strict=True)) for row in zip(*by_column.values(), strict=True)
        ]
    else:
        rows = [dict(row) for row in table]
    if not rows or any(column not in rows[0] for column in columns):
        message = (
            f"{source} must have rows with the columns {list(columns)}, got "
            f"{list(rows[0]) if rows else 'no rows'}"
        )
        raise ValueError(message)
    return rows


def interval_splits(name: str, ends: Sequence[tuple[float, float]], origin: str) -> list[float]:
    """Return the splits of intervals ``[low, high)`` that cover the line in order.

    Parameters
    ----------
    name : str
        Name of the characteristic.
    ends : sequence of tuple of float
        Ends of each interval.
    origin : str
        The package.

    Returns
    -------
    list of float
        The inner ends.

    Raises
    ------
    ValueError
        If the intervals leave a gap, overlap or do not reach from -inf to inf.
    """
    lows, highs = [low for low, _ in ends], [high for _, high in ends]
    if not ends or lows[0] != -np.inf or highs[-1] != np.inf or lows[1:] != highs[:-1]:
        message = (
            f"bins of {name!r} in the export of {origin} must cover -inf to inf in order, got "
            f"{list(ends)}"
        )
        raise ValueError(message)
    return highs[:-1]

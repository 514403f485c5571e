"""The rows of a monitored sample, single or in groups of equal ones: checked, scored, cut into periods, counted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd
from scipy import special

from infotheory._typing import ArrayLike, FloatArray, IntArray
from infotheory._validation import as_weights, check_length
from infotheory.engines.patterns import sorted_names
from infotheory.scorecard.points.codes import event_log_odds_of_codes, points_of_codes
from infotheory.scorecard.points.fitted import FittedCard, has_probabilities
from infotheory.tables import CountTable

__all__ = ["ScoredRows", "check_periods", "score_periods", "score_rows", "scores_of_codes"]

_KEYS = ("X", "y", "sample_weight")
_ARRAYS = ("codes", "points", "probability", "target", "weights", "squared_weights")


@dataclass(frozen=True, slots=True, eq=False)
class ScoredRows:
    """Rows as a monitor sees them; one may stand for a group of rows that are equal in all but their weights.

    Parameters
    ----------
    codes : ndarray of shape (n_rows, n_features)
        Bin of each characteristic, the unseen code included.
    points, probability : ndarray of shape (n_rows,)
        Score of the card, and its probability of an event, NaN where the card has points only.
    target : ndarray of shape (n_rows,)
        1.0 for an event, 0.0 for a non-event, NaN where the outcome is not known.
    weights : ndarray of shape (n_rows,)
        Sums of sampling weights, which are 1.0 where none are given.
    squared_weights : ndarray of shape (n_rows,)
        Sums of squared sampling weights.
    period : ndarray of shape (n_rows,)
        Position in ``names``.
    names : tuple of str
        The periods.
    """

    codes: IntArray
    points: FloatArray
    probability: FloatArray
    target: FloatArray
    weights: FloatArray
    squared_weights: FloatArray
    period: IntArray
    names: tuple[str, ...]

    def counts(self, codes: IntArray, n_codes: int) -> tuple[FloatArray, FloatArray]:
        """Count the rows of each period by code.

        Parameters
        ----------
        codes : ndarray of shape (n_rows,)
            Codes from 0.
        n_codes : int
            Number of codes.

        Returns
        -------
        tuple of ndarray
            Sums of weights and of squared weights, of shape (n_periods, n_codes).
        """
        shape = (len(self.names), n_codes)
        cell = self.period * n_codes + codes
        counts, squared = (
            np.asarray(
                np.bincount(cell, w, minlength=shape[0] * n_codes), dtype=np.float64
            ).reshape(shape)
            for w in (self.weights, self.squared_weights)
        )
        return counts, squared

    def table(self, codes: IntArray, labels: Sequence[str]) -> CountTable:
        """Count the rows of all periods by code and class.

        Parameters
        ----------
        codes : ndarray of shape (n_rows,)
            Codes from 0.
        labels : sequence of str
            Label of each code.

        Returns
        -------
        CountTable
            One row a code.
        """
        cell, size = 2 * codes + self.target.astype(np.intp), 2 * len(labels)
        counts, squared = (
            np.bincount(cell, w, minlength=size).astype(np.float64).reshape(-1, 2)
            for w in (self.weights, self.squared_weights)
        )
        return CountTable(tuple(labels), counts, squared)

    def of_period(self, place: int) -> Self:
        """Return the rows of one period.

        Parameters
        ----------
        place : int
            Position in ``names``.
        """
        rows = self.period == place
        arrays: dict[str, Any] = {name: getattr(self, name)[rows] for name in _ARRAYS}
        return type(self)(
            **arrays, period=np.zeros(int(rows.sum()), dtype=np.intp), names=(self.names[place],)
        )


def score_rows(
    card: Any,
    X: Any,
    y: ArrayLike | None,
    sample_weight: ArrayLike | None,
    *,
    by: Any = None,
    name: str = "all rows",
) -> ScoredRows:
    """Check and score rows, and cut them into periods.

    Parameters
    ----------
    card : Scorecard
        The fitted card.
    X : array-like or frame of shape (n_rows, n_columns)
        At least the columns of the card.
    y : array-like of shape (n_rows,) or None
        Labels of the card, or None where outcomes are not known yet.
    sample_weight : array-like of shape (n_rows,) or None
        Sampling weights.
    by : str or array-like of shape (n_rows,), optional
        Period of each row: a column of X, or values.
    name : str
        Name of the only period where ``by`` is None.

    Returns
    -------
    ScoredRows
        The rows; every period has rows of positive weight, and both classes where outcomes are
        known.

    Raises
    ------
    ValueError
        If a column is absent, there are no rows, a label is foreign, a class is absent, weights of
        a period are all 0, or a period is missing.
    """
    n_rows = len(X) if hasattr(X, "__len__") else 0
    if n_rows == 0:
        message = f"period {name!r} must hold rows, got none; leave the period out"
        raise ValueError(message)
    period, names = (
        (np.zeros(n_rows, dtype=np.intp), (name,)) if by is None else _periods(X, by, n_rows)
    )
    used = _columns(card, X, name)
    weights = as_weights(sample_weight, n_rows)
    target = np.full(n_rows, np.nan) if y is None else _target(card, y, card.event_label_, n_rows)
    codes = card.binner_.bin_codes(used)
    w = np.ones(n_rows) if weights is None else weights
    rows = ScoredRows(codes, *scores_of_codes(card, codes), target, w, w**2, period, names)
    check_periods(rows)
    return rows


def score_periods(card: Any, periods: Mapping[str, Any]) -> ScoredRows:
    """Check and score the rows of several periods, each given as a mapping with its X.

    Parameters
    ----------
    card : Scorecard
        The fitted card.
    periods : mapping of str to mapping
        Name of a period to its X, and optionally y and sample_weight.

    Returns
    -------
    ScoredRows
        All rows.

    Raises
    ------
    ValueError
        If there is no period, two have one name, an entry lacks X or has an unknown key, or rows
        are not valid.
    """
    if not periods:
        message = "periods must hold at least one entry, got none"
        raise ValueError(message)
    names = [str(name) for name in periods]
    if len(set(names)) < len(names):
        message = f"periods must have distinct names, got {names}"
        raise ValueError(message)
    parts = []
    for name, entry in periods.items():
        if not isinstance(entry, Mapping) or "X" not in entry or not set(entry) <= set(_KEYS):
            got = sorted(entry) if isinstance(entry, Mapping) else type(entry).__name__
            message = (
                f"period {name!r} must be a mapping with X, and may have y and sample_weight, got "
                f"{got}"
            )
            raise ValueError(message)
        parts.append(
            score_rows(card, entry["X"], entry.get("y"), entry.get("sample_weight"), name=str(name))
        )
    joined: dict[str, Any] = {
        name: np.concatenate([getattr(part, name) for part in parts]) for name in _ARRAYS
    }
    period = np.repeat(np.arange(len(parts)), [part.points.size for part in parts])
    return ScoredRows(**joined, period=period, names=tuple(part.names[0] for part in parts))


def scores_of_codes(card: FittedCard, codes: IntArray) -> tuple[FloatArray, FloatArray]:
    """Score and probability of an event for rows of bin codes.

    Parameters
    ----------
    card : Scorecard
        The fitted card.
    codes : ndarray of shape (n_rows, n_features)
        Bin of each characteristic.

    Returns
    -------
    points, probability : ndarray of shape (n_rows,)
        Those of ``predict_points`` and ``predict_proba``; the probability is NaN from a card of
        another package whose points have no stated scale.
    """
    points = points_of_codes(card, codes)
    if not has_probabilities(card):
        return points, np.full(points.size, np.nan)
    return points, special.expit(event_log_odds_of_codes(card, codes))


def _columns(card: Any, X: Any, name: str) -> Any:
    columns = list(getattr(X, "columns", ()))
    if not hasattr(card, "feature_names_in_") or not columns:
        return X
    wanted = list(card.feature_names_in_)
    absent = [column for column in wanted if column not in columns]
    if absent:
        message = (
            f"X of period {name!r} must hold every characteristic of the card, got none named "
            f"{absent[:5]}; "
            "give the column, with missing values where it was not collected"
        )
        raise ValueError(message)
    return X[wanted]


def _periods(X: Any, by: Any, n_rows: int) -> tuple[IntArray, tuple[str, ...]]:
    if isinstance(by, str):
        if by not in list(getattr(X, "columns", ())):
            message = f"by must be a column of X or one value a row, got {by!r}, which is no column"
            raise ValueError(message)
        by = X[by]
    values = by if isinstance(by, pd.Series) else pd.Series(np.asarray(by))
    check_length("by", values, n_rows)
    if values.isna().any():
        message = (
            "by must name the period of every row, got a missing one in row "
            f"{int(values.isna().argmax())}"
        )
        raise ValueError(message)
    return sorted_names("by", values)


def _target(card: Any, y: ArrayLike, label: Any, n_rows: int) -> FloatArray:
    labels = check_length("y", y, n_rows)
    foreign = [value for value in pd.unique(labels).tolist() if value not in card.classes_.tolist()]
    if foreign:
        message = (
            f"y must hold the labels of the card {card.classes_.tolist()}, got {foreign[:3]}; "
            "leave y out for periods whose outcomes are not known"
        )
        raise ValueError(message)
    return np.asarray(labels == label, dtype=np.float64)


def check_periods(rows: ScoredRows) -> None:
    """Raise ValueError where a period has no weight, or one class only.

    Parameters
    ----------
    rows : ScoredRows
        The rows of all periods.
    """
    n = len(rows.names)
    weight = np.bincount(rows.period, rows.weights, minlength=n)
    if not weight.all():
        place = int(weight.argmin())
        message = (
            f"period {rows.names[place]!r} must hold rows of positive weight, got weight 0; leave "
            "the period out"
        )
        raise ValueError(message)
    if np.isnan(rows.target).any():
        return
    events = np.bincount(rows.period, rows.weights * rows.target, minlength=n)
    one_class = np.flatnonzero((events == 0.0) | (events == weight))
    if one_class.size:
        name, only = (
            rows.names[one_class[0]],
            "non-events" if events[one_class[0]] == 0.0 else "events",
        )
        message = (
            f"period {name!r} must hold events and non-events, got {only} only; join it with "
            "another period, "
            "or pass periods as a mapping and leave out its y"
        )
        raise ValueError(message)

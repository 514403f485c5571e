"""The rows of a monitored sample, single or in groups: checked, scored, cut into periods."""

from collections.abc import Mapping, Sequence
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd
from scipy import special

from infotheory._rows import Rows, needed
from infotheory._target import TargetLabels
from infotheory._typing import ArrayLike, FloatArray, IntArray
from infotheory._validation import as_weights, check_length
from infotheory.engines.periods import order_of_labels, ordered_periods, period_values
from infotheory.scorecard.points.codes import event_log_odds_of_codes, points_of_codes
from infotheory.scorecard.points.fitted import FittedCard, has_probabilities

__all__ = [
    "check_periods",
    "rows_by_period",
    "score_periods",
    "score_rows",
    "scores_of_codes",
    "stated_order",
]

_KEYS = ("X", "y", "sample_weight")


def score_rows(
    card: FittedCard,
    X: Any,
    y: ArrayLike | None,
    sample_weight: ArrayLike | None,
    *,
    periods: Any = None,
    period_order: Sequence[Any] | None = None,
    name: str = "all rows",
    of: str = "",
) -> Rows:
    """Check and score rows, and cut them into periods (a column of X, or values).

    Every period has rows of positive weight, and both classes where outcomes are known. ``name`` is
    that of the only period where ``periods`` is None; ``of`` says whose labels ``y`` are, where
    there are several.
    """
    stated_order(periods, period_order)
    n_rows = len(X) if hasattr(X, "__len__") else 0
    if n_rows == 0:
        message = f"period {name!r} must hold rows, got none; leave the period out"
        raise ValueError(message)
    period, names = (
        (np.zeros(n_rows, dtype=np.intp), (name,))
        if periods is None
        else _read_periods(X, periods, n_rows, period_order)
    )

    characteristics = _characteristics(card, X, name)
    weights = as_weights(sample_weight, n_rows)
    target = np.full(n_rows, np.nan) if y is None else _read_target(card, y, n_rows, of)
    codes = card.binner_.bin_codes(characteristics)
    points, probability = scores_of_codes(card, codes)
    rows = Rows.of_sample(
        target,
        weights,
        codes=codes,
        score=points,
        probability=probability,
        period=period,
        periods=names,
    )
    check_periods(rows)
    return rows


def stated_order(periods: Any, period_order: Sequence[Any] | None) -> Sequence[Any] | None:
    """Return the order that the user states; ValueError where there are no periods to order."""
    if period_order is not None and periods is None:
        message = f"period_order needs periods, got periods=None with {list(period_order)[:5]}"
        raise ValueError(message)
    return period_order


def score_periods(
    card: FittedCard, periods: Mapping[str, Any], period_order: Sequence[Any] | None = None
) -> Rows:
    """Check and score the rows of several periods, each a mapping with X (and y, sample_weight).

    They are in the order of the mapping unless another one is stated.
    """
    if not periods:
        message = "periods must hold at least one entry, got none"
        raise ValueError(message)
    names = [str(name) for name in periods]
    if len(set(names)) < len(names):
        message = f"periods must have distinct names, got {names}"
        raise ValueError(message)
    if period_order is not None:
        keys = list(periods)
        order = order_of_labels("periods", keys, names, period_order)
        periods = {keys[i]: periods[keys[i]] for i in order}

    parts = []
    for name, entry in periods.items():
        if not isinstance(entry, Mapping) or "X" not in entry or not set(entry) <= set(_KEYS):
            got = sorted(entry) if isinstance(entry, Mapping) else type(entry).__name__
            message = (
                f"period {name!r} must be a mapping with X, and may have y and sample_weight, got "
                f"{got}"
            )
            raise ValueError(message)
        y, weights, of = entry.get("y"), entry.get("sample_weight"), f"period {str(name)!r}"
        parts.append(score_rows(card, entry["X"], y, weights, name=str(name), of=of))
    return _joined(parts)


def _joined(parts: list[Rows]) -> Rows:
    """Put the rows of periods, one a part, into one value."""
    known = all(part.probability is not None for part in parts)
    return Rows(
        target=np.concatenate([part.target for part in parts]),
        weights=np.concatenate([part.mass for part in parts]),
        squared_weights=np.concatenate([part.squared_mass for part in parts]),
        codes=np.concatenate([needed(part.codes, "codes") for part in parts]),
        score=np.concatenate([needed(part.score, "score") for part in parts]),
        probability=np.concatenate([needed(part.probability, "probability") for part in parts])
        if known
        else None,
        period=np.repeat(np.arange(len(parts)), [part.n_rows for part in parts]),
        periods=tuple(part.periods[0] for part in parts),
    )


def scores_of_codes(card: FittedCard, codes: IntArray) -> tuple[FloatArray, FloatArray | None]:
    """Points and probability of an event for rows of bin codes.

    There is no probability from a card of another package whose points have no stated scale.
    """
    points = points_of_codes(card, codes)
    if not has_probabilities(card):
        return points, None
    return points, special.expit(event_log_odds_of_codes(card, codes))


def rows_by_period(rows: Rows) -> dict[str, Rows]:
    """Cut rows into those of each period, by its name."""
    period = needed(rows.period, "period")
    return {name: rows.take(period == place) for place, name in enumerate(rows.periods)}


def check_periods(rows: Rows) -> None:
    """Raise ValueError where a period has no weight, or one class only."""
    period, n_periods = needed(rows.period, "period"), len(rows.periods)
    weight = np.bincount(period, rows.mass, minlength=n_periods)
    if not weight.all():
        place = int(weight.argmin())
        message = (
            f"period {rows.periods[place]!r} must hold rows of positive weight, got weight 0; "
            "leave the period out"
        )
        raise ValueError(message)
    if np.isnan(rows.target).any():
        return

    events = np.bincount(period, rows.mass * rows.target, minlength=n_periods)
    one_class = np.flatnonzero((events == 0.0) | (events == weight))
    if one_class.size:
        place = int(one_class[0])
        only = "non-events" if events[place] == 0.0 else "events"
        message = (
            f"period {rows.periods[place]!r} must hold events and non-events, got {only} only; "
            "join it with another period, or pass periods as a mapping and leave out its y"
        )
        raise ValueError(message)


def _characteristics(card: FittedCard, X: Any, name: str) -> Any:
    """Return the columns of the card, in its order; what else a frame holds is left out."""
    columns = list(getattr(X, "columns", ()))
    wanted = list(getattr(card, "feature_names_in_", ()))
    if not wanted or not columns:
        return X
    absent = [column for column in wanted if column not in columns]
    if absent:
        message = (
            f"X of period {name!r} must hold every characteristic of the card, got none named "
            f"{absent[:5]}; give the column, with missing values where it was not collected"
        )
        raise ValueError(message)
    return X[wanted]


def _read_periods(
    X: Any, periods: Any, n_rows: int, period_order: Sequence[Any] | None
) -> tuple[IntArray, tuple[str, ...]]:
    """Position of the period of each row, and the names of the periods in the order of time."""
    if isinstance(periods, str):
        if periods not in list(getattr(X, "columns", ())):
            message = (
                "periods must be a column of X or one value a row, got "
                f"{periods!r}, which is no column"
            )
            raise ValueError(message)
        periods = X[periods]
    series = nw.from_native(periods, series_only=True, pass_through=True)
    if isinstance(series, nw.Series):
        values, categories = period_values(series)
    else:
        is_pandas = isinstance(periods, pd.Index | pd.api.extensions.ExtensionArray)
        values, categories = pd.Series(periods if is_pandas else np.asarray(periods)), None
    check_length("periods", values, n_rows)

    if values.isna().any():
        message = (
            "periods must name the period of every row, got a missing one in row "
            f"{int(values.isna().argmax())}"
        )
        raise ValueError(message)
    return ordered_periods("periods", values, period_order, categories=categories)


def _read_target(card: FittedCard, y: ArrayLike, n_rows: int, of: str) -> FloatArray:
    """Return 1.0 for each event; whether a period has both classes is checked with its weights."""
    return TargetLabels.of(card).read(y, n_rows, of=of, both=False)

"""The rows of a monitored sample, single or in groups: checked, scored, cut into periods."""

from collections.abc import Mapping, Sequence
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd
from sklearn.utils import _safe_indexing

from infotheory._numerics import refuse_sparse
from infotheory._row_order import warn_of_row_order
from infotheory._rows import Rows, needed
from infotheory._target import TargetLabels
from infotheory._typing import ArrayLike, FloatArray, IntArray
from infotheory._validation import as_weights, rows_with_weight
from infotheory.engines.periods import check_period_order, order_of_labels, periods_of_rows
from infotheory.evidence.drift import NO_ROWS
from infotheory.scorecard.points.codes import check_points, event_log_odds_of_codes, sum_by_code
from infotheory.scorecard.points.fitted import AnyCard, has_probabilities, kind_of, link_of

__all__ = [
    "check_reference",
    "lack_of_scores",
    "rows_by_period",
    "score_periods",
    "score_rows",
    "scores_of_codes",
]

_KEYS = ("X", "y", "sample_weight")


def score_rows(
    card: AnyCard,
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

    ``name`` is that of the only period where ``periods`` is None; ``of`` says whose labels ``y``
    are, where there are several.
    """
    check_period_order(periods, period_order)
    warn_of_row_order(X=X, y=y, sample_weight=sample_weight, periods=periods)
    X = _in_memory(X)
    n_rows = len(X)
    if n_rows == 0 and not of:
        message = f"X must hold rows, got none for {name!r}; nothing can be said of no rows"
        raise ValueError(message)
    weights = as_weights(sample_weight, n_rows, may_vanish=bool(of))
    period, names = (
        (np.zeros(n_rows, dtype=np.intp), (name,))
        if periods is None
        else periods_of_rows(X, periods, n_rows, period_order, weights)
    )

    characteristics = _characteristics(card, X, name)
    target = np.full(n_rows, np.nan) if y is None else _read_target(card, y, weights, n_rows, of)
    # What a row of weight 0 holds is nothing that was seen.
    has_weight = rows_with_weight(weights)
    if weights is not None and has_weight is not None:
        characteristics = _taken(characteristics, np.flatnonzero(has_weight))
        weights, target, period = weights[has_weight], target[has_weight], period[has_weight]
        n_rows = weights.size
    # A period may be empty, which a binner refuses.
    codes = (
        card.binner_.bin_codes(characteristics)
        if n_rows
        else np.zeros((0, len(card.binner_.features_)), dtype=np.intp)
    )
    points, probability = scores_of_codes(card, codes)
    return Rows.of_sample(
        target,
        weights,
        kind=kind_of(card),
        codes=codes,
        score=points,
        probability=probability,
        period=period,
        periods=names,
    )


def score_periods(
    card: AnyCard, periods: Mapping[str, Any], period_order: Sequence[Any] | None = None
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
    # All parts are of one card, which has probabilities or has none.
    known = all(part.probability is not None for part in parts)
    return Rows(
        kind=parts[0].kind,
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


def scores_of_codes(card: AnyCard, codes: IntArray) -> tuple[FloatArray, FloatArray | None]:
    """Points and probability of an event, or predicted mean, for rows of bin codes.

    Both are NaN where the export of another package lists no points for a bin; there is no
    probability where its points have no stated scale.
    """
    # Unknown points stay NaN here: a period says that it lacks them, and others go on.
    points = sum_by_code(codes, list(card.points_.values()), card.base_)
    if not has_probabilities(card):
        return points, None
    is_known = ~np.isnan(points)
    probability = np.full(len(codes), np.nan)
    probability[is_known] = link_of(card).mean(event_log_odds_of_codes(card, codes[is_known]))
    return points, probability


def rows_by_period(rows: Rows) -> dict[str, Rows]:
    """Cut rows into those of each period, by its name; rows without weight are left out."""
    period, has_weight = needed(rows.period, "period"), rows.mass > 0.0
    return {
        name: rows.take((period == place) & has_weight) for place, name in enumerate(rows.periods)
    }


def lack_of_scores(rows: Rows) -> str | None:
    """Say why nothing follows from the scores of a period, None where something does."""
    if rows.n_rows == 0:
        return NO_ROWS
    is_unknown = np.isnan(needed(rows.score, "score"))
    if is_unknown.any():
        count = float(rows.mass[is_unknown].sum())
        return f"{count:g} rows without points in the export of the card; unlisted= gives them"
    return None


def check_reference(card: AnyCard, rows: Rows) -> None:
    """Raise ValueError unless reference rows have points, and both classes or different amounts.

    Periods are measured against them; what a period lacks is a matter of that period alone.
    """
    if rows.kind is not None:
        counted = rows.target[rows.mass > 0.0]
        if counted.size == 0 or np.ptp(counted) == 0.0:
            message = (
                f"the reference must hold different amounts, got {counted.size} rows of one; use "
                "rows whose target varies"
            )
            raise ValueError(message)
        return

    weight, events = float(rows.mass.sum()), float(rows.mass @ rows.target)
    check_points(needed(rows.codes, "codes"), card.points_, card.origin_)
    if events in (0.0, weight):
        message = (
            "the reference must hold events and non-events, got "
            f"{'non-events' if events == 0.0 else 'events'} only; use rows of both"
        )
        raise ValueError(message)


def _in_memory(X: Any) -> Any:
    """Return rows with named columns, which are taken by name, or an array as it is."""
    if isinstance(X, pd.DataFrame):
        return X
    refuse_sparse("X", X)
    table = nw.from_native(X, pass_through=True)
    if isinstance(table, nw.DataFrame):
        return table
    if isinstance(table, nw.LazyFrame) or not hasattr(X, "__len__"):
        message = (
            f"X must be rows in memory, got {type(X).__name__}; frames of other engines go to "
            "compare_frame and from_reference_frame"
        )
        raise TypeError(message)
    return X


def _characteristics(card: AnyCard, X: Any, name: str) -> Any:
    """Return the columns of the card, in its order; what else a frame holds is left out."""
    columns = list(getattr(X, "columns", ()))
    wanted = list(getattr(card, "feature_names_in_", ()))
    # Without names on both sides columns stand by their place.
    if not wanted or not columns:
        return nw.to_native(X, pass_through=True)
    absent = [column for column in wanted if column not in columns]
    if absent:
        message = (
            f"X of period {name!r} must hold every characteristic of the card, got none named "
            f"{absent[:5]}; give the column, with missing values where it was not collected"
        )
        raise ValueError(message)
    return nw.to_native(X[wanted], pass_through=True)


def _taken(X: Any, places: IntArray) -> Any:
    """Take some rows of a frame of any library in memory, or of an array."""
    table = nw.from_native(X, eager_only=True, pass_through=True)
    if isinstance(table, nw.DataFrame):
        return table[places].to_native()
    return _safe_indexing(X, places)


def _read_target(
    card: AnyCard, y: ArrayLike, weights: FloatArray | None, n_rows: int, of: str
) -> FloatArray:
    """Return 1.0 for each event; whether a period has both classes is checked with its weights.

    Of a mean it is the amount less its origin.
    """
    kind = kind_of(card)
    if kind is not None:
        return kind.read(y, n_rows, of=of, weights=weights) if n_rows else np.zeros(0)
    labels: Any = card  # two classes, whose labels it knows
    return TargetLabels.of(labels).read(y, n_rows, of=of, both=False, weights=weights)

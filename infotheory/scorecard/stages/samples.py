"""Rows beside those of a selection: held out, or of a later time."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np
from sklearn.utils import _safe_indexing

from infotheory._row_order import warn_of_row_order
from infotheory._target import as_labels
from infotheory._typing import ArrayLike, FloatArray, IntArray
from infotheory._validation import as_weights, wrong_keys
from infotheory.engines.periods import periods_of_rows

__all__ = ["OtherRows", "TargetReader", "last_period", "read_rows"]


class TargetReader(Protocol):
    """What reads the target of any rows: the labels of two classes, or a kind of target."""

    def read(
        self,
        y: ArrayLike,
        n_rows: int | None = None,
        *,
        of: str = "",
        weights: FloatArray | None = None,
    ) -> FloatArray:
        """Return the target of rows as numbers; ``of`` names the rows in messages."""


class OtherRows(NamedTuple):
    """Rows on which nothing is learnt; ``y`` may be None where outcomes are not needed."""

    X: Any
    y: Any
    sample_weight: Any


def read_rows(what: str, rows: Mapping[str, Any], *, needs_y: bool = True) -> OtherRows:
    """Check the keys before anything is fitted; the rows are read when the bins are there."""
    needed = {"X", "y"} if needs_y else {"X"}
    if got := wrong_keys(rows, needed, {"X", "y", "sample_weight"}):
        keys = (
            "X, y and optionally sample_weight" if needs_y else "X and optionally y, sample_weight"
        )
        message = f"{what} must have the keys {keys}, got {got}"
        raise ValueError(message)
    other = OtherRows(rows["X"], rows.get("y"), rows.get("sample_weight"))
    warn_of_row_order(X=other.X, y=other.y, sample_weight=other.sample_weight)
    return other


def last_period(
    X: Any,
    y: ArrayLike,
    sample_weight: ArrayLike | None,
    periods: ArrayLike,
    period_order: Sequence[Any] | None,
) -> tuple[Any, Any, Any, OtherRows, str]:
    """Part rows into those before the last period and those in it, which has a name."""
    warn_of_row_order(X=X, y=y, sample_weight=sample_weight, periods=periods)
    y = as_labels("y", y)
    weights = as_weights(sample_weight, y.size)
    places, names = periods_of_rows(X, periods, y.size, period_order, weights)
    if len(names) < 2:
        message = f"periods must hold at least two periods, got {list(names)}; leave them out"
        raise ValueError(message)

    last = places == len(names) - 1
    X_before, y_before, weights_before = _rows((X, y, sample_weight), np.flatnonzero(~last))
    later = OtherRows(*_rows((X, y, sample_weight), np.flatnonzero(last)))
    return X_before, y_before, weights_before, later, names[-1]


def _rows(arrays: tuple[Any, Any, Any], places: IntArray) -> list[Any]:
    """Take the same rows of each, whatever it is a frame of; None stays None."""
    return [None if array is None else _safe_indexing(array, places) for array in arrays]

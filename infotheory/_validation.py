"""Checks at the border of the package. Inside it, arrays are trusted."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from infotheory._typing import ArrayLike, BoolArray, FloatArray, LabelArray

__all__ = ["as_binary_target", "as_counts", "as_weights", "check_length", "check_option", "missing_mask"]


def check_option(name: str, value: Any, options: Sequence[Any]) -> None:
    """Raise ValueError where ``value`` is not one of ``options``."""
    if value not in options:
        known = ", ".join(repr(option) for option in options)
        message = f"{name} must be one of {known}, got {value!r}"
        raise ValueError(message)


def check_length(name: str, values: ArrayLike, n_rows: int) -> LabelArray:
    """Return ``values`` as a one-dimensional array of ``n_rows`` entries, or raise ValueError."""
    array = np.asarray(values)
    if array.ndim != 1 or array.shape[0] != n_rows:
        message = f"{name} must have shape ({n_rows},), one entry a row, got shape {array.shape}"
        raise ValueError(message)
    return array


def missing_mask(values: LabelArray) -> BoolArray:
    """Mark None, NaN, NaT and pandas.NA in an array of any dtype."""
    if values.dtype.kind in "biuSU":
        return np.zeros(values.shape, dtype=bool)
    if values.dtype.kind in "fcmM":
        return np.asarray(np.isnan(values) if values.dtype.kind in "fc" else np.isnat(values))
    return np.fromiter((_is_missing(value) for value in values.ravel()), dtype=bool, count=values.size).reshape(
        values.shape
    )


def _is_missing(value: Any) -> bool:
    if value is None:
        return True
    different = value != value  # noqa: PLR0124 - NaN and NaT differ from themselves, pandas.NA answers NA
    return bool(different) if isinstance(different, bool | np.bool_) else type(different).__name__ == "NAType"


def as_weights(weights: ArrayLike | None, n_rows: int, *, name: str = "sample_weight") -> FloatArray | None:
    """Return sampling weights as float64, or None where there are none.

    Raises
    ------
    ValueError
        If the weights have the wrong length, are negative, not finite, or all zero.
    """
    if weights is None:
        return None
    array = np.asarray(weights)
    if array.ndim == 0:
        array = np.full(n_rows, array)
    array = check_length(name, array, n_rows)
    try:
        array = array.astype(np.float64)
    except (TypeError, ValueError) as error:
        message = f"{name} must be numbers, got dtype {array.dtype}"
        raise ValueError(message) from error
    if not np.isfinite(array).all():
        message = f"{name} must be finite, got {array[~np.isfinite(array)][0]} in row {np.argmin(np.isfinite(array))}"
        raise ValueError(message)
    if (array < 0).any():
        message = f"{name} must not be negative, got {array.min()} in row {array.argmin()}"
        raise ValueError(message)
    if not array.any():
        message = f"{name} must not all be zero, got {n_rows} zeros"
        raise ValueError(message)
    return array


def as_counts(counts: ArrayLike, *, name: str = "counts", allow_zero: bool = False) -> FloatArray:
    """Return counts as float64.

    Raises
    ------
    ValueError
        If the counts are empty, negative or not finite, or all zero where ``allow_zero`` is False.
    """
    try:
        array = np.asarray(counts, dtype=np.float64)
    except (TypeError, ValueError) as error:
        message = f"{name} must be numbers, got {counts!r}"
        raise ValueError(message) from error
    if array.size == 0:
        message = f"{name} must not be empty, got shape {array.shape}"
        raise ValueError(message)
    if not np.isfinite(array).all():
        message = f"{name} must be finite, got {array[~np.isfinite(array)][0]}"
        raise ValueError(message)
    if (array < 0).any():
        message = f"{name} must not be negative, got {array.min()}"
        raise ValueError(message)
    if not (allow_zero or array.any()):
        message = f"{name} must not all be zero, got shape {array.shape} of zeros"
        raise ValueError(message)
    return array


def as_binary_target(y: ArrayLike, *, event_label: Any = None) -> tuple[FloatArray, LabelArray]:
    """Return the target as 0.0 (non-event) and 1.0 (event), with the two labels in that order.

    Parameters
    ----------
    y : array-like of shape (n_rows,)
        Labels with exactly two distinct values, of any type that can be sorted.
    event_label : object, optional
        The label that counts as an event; the larger of the two when None.

    Returns
    -------
    codes : ndarray of shape (n_rows,)
        1.0 for an event.
    classes : ndarray of shape (2,)
        The two labels, sorted (scikit-learn's ``classes_``).

    Raises
    ------
    ValueError
        If a label is missing, if there are not exactly two labels, or if ``event_label`` is not one of them.
    """
    array = np.asarray(y)
    if array.ndim != 1:
        message = f"y must have shape (n_rows,), got shape {array.shape}"
        raise ValueError(message)
    if missing_mask(array).any():
        message = (
            f"y must not contain NaN or None, got {int(missing_mask(array).sum())} missing labels; drop those rows"
        )
        raise ValueError(message)
    classes, codes = np.unique(array, return_inverse=True)
    if classes.size != 2:
        raise ValueError(_not_binary(classes))
    if event_label is None:
        return codes.astype(np.float64), classes
    if event_label not in classes.tolist():
        message = f"event_label must be one of the labels {classes.tolist()}, got {event_label!r}"
        raise ValueError(message)
    return (array == event_label).astype(np.float64), classes


def _not_binary(classes: LabelArray) -> str:
    if classes.size == 1:
        return f"y must hold two classes, got one class: {classes.tolist()[0]!r}; without both there is no evidence"
    if classes.dtype.kind == "f" and (classes != np.floor(classes)).any():
        return f"Unknown label type: continuous. y must hold two classes, got {classes.size} distinct real numbers"
    shown = ", ".join(repr(label) for label in classes[:5].tolist())
    return (
        "Only binary classification is supported. The type of the target is multiclass: "
        f"got {classes.size} classes ({shown}{', ...' if classes.size > 5 else ''})"
    )

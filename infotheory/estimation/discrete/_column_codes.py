"""Numeric columns to labels: whole numbers of few levels as they are, the rest cut at quantiles."""

from typing import Any

import numpy as np

from infotheory._codes import Codes, compress, encode_labels
from infotheory._typing import ArrayLike, BoolArray, FloatArray
from infotheory._validation import as_array, check_integer

__all__ = ["check_n_bins", "column_codes", "discrete_mask", "is_label", "target_codes"]

# Whole numbers of more levels are amounts rather than labels.
_MOST_LEVELS = 32


def discrete_mask(X: FloatArray, discrete_features: Any) -> BoolArray:
    """Return which columns hold labels."""
    n_columns = X.shape[1]
    if isinstance(discrete_features, str) and discrete_features == "auto":
        return np.array([is_label(X[:, j]) for j in range(n_columns)])
    mask = np.asarray(discrete_features)
    if mask.dtype.kind != "b" or mask.shape not in ((), (n_columns,)):
        message = (
            f"discrete_features must be 'auto', a bool or {n_columns} bools, one a column, got "
            f"{discrete_features!r}"
        )
        raise ValueError(message)
    return np.broadcast_to(mask, (n_columns,))


def is_label(column: FloatArray) -> bool:
    """Tell whether a column holds whole numbers of few levels."""
    return bool((column == np.floor(column)).all()) and np.unique(column).size <= _MOST_LEVELS


def column_codes(column: FloatArray, n_bins: int, *, labels: bool) -> Codes:
    """Return the codes of a column: its labels, or the cells between its quantiles."""
    if labels:
        return compress(encode_labels(column, name="X"))

    # Quantiles that coincide are one edge: a value that fills several cells gets one of its own.
    edges = np.unique(np.quantile(column, np.arange(1, n_bins) / n_bins, method="inverted_cdf"))
    return compress(Codes(np.searchsorted(edges, column, side="left"), edges.size + 1))


def target_codes(y: ArrayLike, n_bins: int) -> Codes:
    """Return the codes of a target: its labels, or quantile cells of a measurement."""
    array = as_array("y", y)
    if array.dtype.kind == "f":
        return column_codes(array, n_bins, labels=is_label(array))
    return compress(encode_labels(array, name="y"))


def check_n_bins(n_bins: Any) -> None:
    """Raise ValueError unless ``n_bins`` is a whole number of at least 2."""
    check_integer("n_bins", n_bins, low=2)

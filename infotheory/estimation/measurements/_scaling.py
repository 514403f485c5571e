"""Samples of continuous variables: checked, and brought to one scale."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from infotheory._numerics import as_float64
from infotheory._typing import ArrayLike, FloatArray
from infotheory._validation import as_array, check_integer

__all__ = [
    "Measurements",
    "as_measurements",
    "check_columns",
    "check_neighbors",
    "measured_columns",
    "standardized",
]

# Mean number of other rows that share a row's value: at most half a row is still a density with
# rounding in it.
_MOST_TIES = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Measurements:
    """Rows of a continuous variable."""

    # Each column with mean 0 and standard deviation 1, of shape (n_rows, n_columns)
    points: FloatArray
    # Sum over the columns of the logarithm of their standard deviation, which the scaling took from
    # the entropy
    log_volume: float


def as_measurements(x: ArrayLike, *, name: str, density: bool = True) -> Measurements:
    """Return the columns of a continuous variable at mean 0 and standard deviation 1."""
    columns = measured_columns(x, name=name)
    if not np.isfinite(columns).all():
        row, column = np.argwhere(~np.isfinite(columns))[0]
        message = (
            f"{name} must be finite, got {columns[row, column]} in row {row}; drop rows with "
            "missing values"
        )
        raise ValueError(message)
    check_columns(columns, name=name, density=density)
    points, log_volume = _scaled(columns)
    return Measurements(points, log_volume)


def measured_columns(x: ArrayLike, *, name: str) -> FloatArray:
    """Return a column or a matrix of numbers as a matrix; values may be missing or infinite."""
    values = as_float64(as_array(name, x), name=name)
    if values.ndim not in (1, 2) or 0 in values.shape:
        message = (
            f"{name} must have shape (n_rows,) or (n_rows, n_columns) with at least one row, got "
            f"{values.shape}"
        )
        raise ValueError(message)
    return np.asarray(values.reshape(values.shape[0], -1))


def standardized(columns: FloatArray) -> FloatArray:
    """Bring columns, none of them constant, to mean 0 and standard deviation 1."""
    return _scaled(columns)[0]


def _scaled(columns: FloatArray) -> tuple[FloatArray, float]:
    # One column after the other: a column that is x and a part of z has to be the same to the last
    # digit in both, and sums over rows of several columns at once are rounded in another order.
    rows = np.ascontiguousarray(columns.T)
    # By the largest value first: squares of numbers near the end of float64 would overflow.
    largest = np.abs(rows).max(axis=1)
    rows = rows / largest[:, None]
    rows -= rows.mean(axis=1)[:, None]
    spread = rows.std(axis=1)
    points = np.ascontiguousarray((rows / spread[:, None]).T)
    return points, float(np.log(largest).sum() + np.log(spread).sum())


def check_columns(columns: FloatArray, *, name: str, density: bool) -> None:
    """Raise ValueError where a column is constant, or repeats its values too often."""
    for j, column in enumerate(columns.T):
        _check_column(column, f"column {j} of {name}" if columns.shape[1] > 1 else name, density)


def _check_column(column: FloatArray, name: str, density: bool) -> None:
    """Raise ValueError where a column is constant, or its values repeat as those of labels do."""
    levels, counts = np.unique(column, return_counts=True)
    if levels.size == 1:
        message = (
            f"{name} must vary, got the one value {levels[0]} in {column.size} rows; leave "
            "constants out"
        )
        raise ValueError(message)

    if density and counts @ (counts - 1) > _MOST_TIES * column.size:
        message = (
            f"{name} must be continuous, got {levels.size} distinct values in {column.size} rows, "
            f"the most frequent ({levels[counts.argmax()]}) {counts.max()} times; for labels use "
            "a discrete method, or 'ross' with the labels as y, for values that repeat 'mixed'; "
            "jitter= undoes rounding by uniform noise of the width of a step"
        )
        raise ValueError(message)


def check_neighbors(n_neighbors: Any, n_rows: int, workers: Any) -> None:
    """Raise ValueError unless there are more rows than neighbours, and threads to find them."""
    check_integer("n_neighbors", n_neighbors)
    if n_neighbors >= n_rows:
        message = (
            f"n_neighbors must be less than the number of rows, got n_neighbors={n_neighbors} with "
            f"{n_rows} rows"
        )
        raise ValueError(message)
    if workers != -1:
        check_integer("workers", workers, alternative=", or -1 for all processors")

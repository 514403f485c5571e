"""Samples of continuous variables: checked, and brought to one scale."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from infotheory._numerics import as_float64
from infotheory._typing import ArrayLike, FloatArray
from infotheory._validation import as_array, check_integer

__all__ = ["Measurements", "as_measurements", "check_neighbors"]

# Mean number of other rows that share a row's value: at most half a row is still a density with
# rounding in it.
_MOST_TIES = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Measurements:
    """Rows of a continuous variable.

    Parameters
    ----------
    points : ndarray of shape (n_rows, n_columns)
        Each column with mean 0 and standard deviation 1.
    log_volume : float
        Sum over the columns of the logarithm of their standard deviation, which the scaling took
        from the entropy.
    """

    points: FloatArray
    log_volume: float


def as_measurements(x: ArrayLike, *, name: str) -> Measurements:
    """Return the columns of a continuous variable at mean 0 and standard deviation 1.

    Raises
    ------
    ValueError
        If the shape is wrong, a value is not a finite number, a column is constant, or values
        repeat so often that there is no density: a row shares its value with more than half a row
        on average.
    """
    values = as_float64(as_array(name, x), name=name)
    if values.ndim not in (1, 2) or 0 in values.shape:
        message = (
            f"{name} must have shape (n_rows,) or (n_rows, n_columns) with at least one row, got "
            f"{values.shape}"
        )
        raise ValueError(message)

    columns = values.reshape(values.shape[0], -1)
    if not np.isfinite(columns).all():
        row, column = np.argwhere(~np.isfinite(columns))[0]
        message = (
            f"{name} must be finite, got {columns[row, column]} in row {row}; drop rows with "
            "missing values"
        )
        raise ValueError(message)
    for j, column in enumerate(columns.T):
        _check_density(column, f"column {j} of {name}" if values.ndim == 2 else name)

    # By the largest value first: squares of numbers near the end of float64 would overflow.
    largest = np.abs(columns).max(axis=0)
    points = columns / largest
    points -= points.mean(axis=0)
    spread = points.std(axis=0)
    return Measurements(points / spread, float(np.log(largest).sum() + np.log(spread).sum()))


def _check_density(column: FloatArray, name: str) -> None:
    """Raise ValueError where a column is constant, or its values repeat as those of labels do."""
    levels, counts = np.unique(column, return_counts=True)
    if levels.size == 1:
        message = (
            f"{name} must vary, got the one value {levels[0]} in {column.size} rows; leave "
            "constants out"
        )
        raise ValueError(message)

    if counts @ (counts - 1) > _MOST_TIES * column.size:
        message = (
            f"{name} must be continuous, got {levels.size} distinct values in {column.size} rows, "
            f"the most frequent ({levels[counts.argmax()]}) {counts.max()} times; for labels use "
            "a discrete method, or 'ross' with the labels as y; to undo rounding add uniform noise "
            "of the width of a step yourself"
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

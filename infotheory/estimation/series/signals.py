"""Series of labels or measurements as the caller gives them: checked, with what is missing."""

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from infotheory._codes import Codes, encode_labels
from infotheory._row_order import warn_of_row_order
from infotheory._typing import ArrayLike, BoolArray, FloatArray, IntArray, LabelArray
from infotheory._validation import (
    as_array,
    as_label_array,
    check_integer,
    missing_mask,
    unmasked,
)
from infotheory._warnings import warn
from infotheory.estimation.measurements._scaling import check_columns, measured_columns
from infotheory.exceptions import SparseCellWarning

__all__ = [
    "Signal",
    "Trials",
    "check_pattern",
    "label_signal",
    "measured_signal",
    "ordinal_signal",
    "read_trials",
    "stack_trials",
]

#: Columns of labels that are one state; more are rather trials, and their states occur once each.
_MOST_LABEL_COLUMNS = 8

#: Longest pattern: 9 steps have 362 880 orders already.
_LONGEST_PATTERN = 8

#: Fourth powers of numbers up to here, and of those as small, and their sums are float64.
_FAR = 1e60

#: What series have for measurements; Rényi's measures of other orders have nothing.
_OF_MEASUREMENTS = 'method="gaussian" (of order 1)'


@dataclass(frozen=True, slots=True, eq=False)
class Signal:
    """Values of one process, step after step."""

    # Measurements, or one column of codes, of shape (n_steps, n_columns)
    values: FloatArray | IntArray
    # Steps whose value is not known, of shape (n_steps,)
    missing: BoolArray
    # Number of codes; 0 for measurements
    n_levels: int = 0

    @property
    def n_steps(self) -> int:
        """Number of steps."""
        return len(self.values)

    @property
    def n_columns(self) -> int:
        """Number of columns."""
        return int(self.values.shape[1])

    @property
    def first_column(self) -> FloatArray:
        """The first column, as numbers."""
        return np.asarray(self.values[:, 0], dtype=np.float64)

    def take(self, order: IntArray) -> Self:
        """Return the steps in another order."""
        return replace(self, values=self.values[order], missing=self.missing[order])

    def codes(self) -> Codes:
        """Return the labels as codes."""
        return Codes(np.asarray(self.values[:, 0], dtype=np.intp), self.n_levels)


@dataclass(frozen=True, slots=True, eq=False)
class Trials:
    """Stretches of steps that do not follow one another."""

    # First step of each, and the number of all steps, of shape (n_trials + 1,)
    starts: IntArray
    # Whether the caller gave trials: else there is one, which is the series
    named: bool

    @property
    def lengths(self) -> IntArray:
        """Steps of each trial."""
        return np.diff(self.starts)

    @property
    def number(self) -> IntArray:
        """Number of the trial of each step."""
        return np.repeat(np.arange(self.lengths.size), self.lengths)

    @property
    def place(self) -> IntArray:
        """Steps since the start of its trial, for each step."""
        return np.arange(self.starts[-1]) - np.repeat(self.starts[:-1], self.lengths)


def read_trials(trials: ArrayLike | None, n_steps: int, **series: Any) -> Trials:
    """Read one label a step of the series; the steps of a trial are neighbours."""
    warn_of_row_order(**series, trials=trials)
    if trials is None:
        return Trials(np.array([0, n_steps]), named=False)
    codes = encode_labels(trials, name="trials")
    if codes.n_rows != n_steps:
        message = f"trials must have one label a step, got {codes.n_rows} for {n_steps} steps"
        raise ValueError(message)

    starts = np.concatenate([[0], np.flatnonzero(np.diff(codes.index)) + 1, [n_steps]])
    # A trial with steps in two places starts more than once.
    again = starts.size - 1 - np.unique(codes.index).size
    if again:
        message = (
            f"steps of a trial must be adjacent and in order of time, got {again} trials that go "
            "on after another one; sort the steps by trial and time first"
        )
        raise ValueError(message)
    return Trials(starts, named=True)


def label_signal(name: str, x: ArrayLike, *, omit: bool, joint: bool = True) -> Signal:
    """Read labels; several columns are one state, unless ``joint`` is False."""
    x = unmasked(x, labels=True) if omit else x
    array = as_label_array(name, x)
    if array.ndim == 0:
        message = f"{name} must be a series of shape (n_steps,), got the single value {x!r}"
        raise ValueError(message)
    if array.ndim == 2 and array.shape[1] > 1:
        if not joint:
            message = (
                f"{name} must be one series of shape (n_steps,), got shape {array.shape}, whose "
                "columns may be trials or components; pass joint_columns=True where they are "
                "components of one state, and trials= with one long series (stack_trials makes "
                "both) where they are trials"
            )
            raise ValueError(message)
        _check_shape(name, array.shape)
        if array.shape[1] > _MOST_LABEL_COLUMNS:
            message = (
                f"{name} has {array.shape[1]} columns of labels, which are read as one state of "
                "that many components; where they are trials, pass trials= with one long series "
                "(stack_trials makes both)"
            )
            warn(message, SparseCellWarning)

    if not omit or not array.size:
        codes = encode_labels(x, name=name, of_measurements=_OF_MEASUREMENTS)
        return Signal(codes.index[:, None], np.zeros(codes.n_rows, dtype=bool), codes.n_levels)

    missing = np.asarray(missing_mask(array).reshape(len(array), -1).any(axis=1))
    _check_some(name, missing)
    codes = encode_labels(array[~missing], name=name, of_measurements=_OF_MEASUREMENTS)
    index = np.zeros(len(array), dtype=np.intp)
    index[~missing] = codes.index
    return Signal(index[:, None], missing, codes.n_levels)


def measured_signal(name: str, x: ArrayLike, *, omit: bool, density: bool) -> Signal:
    """Read measurements; several columns are one variable."""
    columns = measured_columns(unmasked(x, labels=False) if omit else x, name=name)
    _check_shape(name, columns.shape)
    missing = np.asarray(np.isnan(columns).any(axis=1))
    if np.isinf(columns).any() or (missing.any() and not omit):
        # NaN may stand for what is missing, infinity never does.
        step, column = np.argwhere(~np.isfinite(columns) if not omit else np.isinf(columns))[0]
        message = (
            f"{name} must be finite, got {columns[step, column]} in step {step}; missing values "
            "are NaN, and missing='omit' leaves out the steps that touch one"
        )
        raise ValueError(message)
    _check_some(name, missing)
    check_columns(columns[~missing], name=name, density=density)
    return Signal(_within_squares(columns), missing)


def _within_squares(columns: FloatArray) -> FloatArray:
    """Take columns near the ends of float64 in other units, so that their squares are numbers.

    A power of two changes no digit, and no unit an information.
    """
    largest = np.nanmax(np.abs(columns), axis=0)
    far = (largest > _FAR) | (largest < 1.0 / _FAR)
    if not far.any():
        return columns
    return np.asarray(np.ldexp(columns, np.where(far, -np.frexp(largest)[1], 0)))


def _check_shape(name: str, shape: tuple[int, ...]) -> None:
    """Raise ValueError where columns outnumber the steps: they are trials, or turned around."""
    if shape[1] > shape[0]:
        message = (
            f"{name} must have shape (n_steps, n_columns), got {shape}, more columns than steps; "
            "turn it around, or where rows or columns are trials pass trials= with one long "
            "series (stack_trials makes both)"
        )
        raise ValueError(message)


def _check_some(name: str, missing: BoolArray) -> None:
    if missing.all():
        message = f"{name} must have values, got {missing.size} steps that are all missing"
        raise ValueError(message)


def stack_trials(arrays: Any, *, trial_axis: int | None = None) -> "tuple[LabelArray, IntArray]":
    """Make one long series, and the trial of each step, of the trials of an experiment.

    Rows are put in order, nothing is estimated: the result is descriptive.

    Parameters
    ----------
    arrays : sequence of array-like of shape (n_steps,) or (n_steps, n_columns), or array-like
        One array a trial, of any lengths; or, with ``trial_axis``, one array of all trials of one
        length.
    trial_axis : int, optional
        Axis of an array along which trials lie; of the others the first is time. It has no default
        for arrays, where any axis may be meant.

    Returns
    -------
    rows : ndarray of shape (n_steps_of_all,) or (n_steps_of_all, n_columns)
        Trial after trial.
    trials : ndarray of int, of shape (n_steps_of_all,)
        Number of the trial of each step, for ``trials=``.

    Raises
    ------
    ValueError
        If an array comes without ``trial_axis``, it has no such axis, or trials have no steps or
        different columns.

    Examples
    --------
    >>> rows, trials = stack_trials([[1, 2, 3], [4, 5]])
    >>> rows.tolist(), trials.tolist()
    ([1, 2, 3, 4, 5], [0, 0, 0, 1, 1])

    Recordings of 20 trials of 100 steps of 3 channels:

    >>> recordings = np.zeros((20, 100, 3))
    >>> stack_trials(recordings, trial_axis=0)[0].shape
    (2000, 3)
    """
    if trial_axis is not None:
        array = as_array("arrays", arrays)
        if array.ndim < 2:
            message = f"trial_axis needs an array of 2 axes or more, got shape {array.shape}"
            raise ValueError(message)
        check_integer("trial_axis", trial_axis, low=-array.ndim, high=array.ndim - 1)
        arrays = list(np.moveaxis(array, trial_axis, 0))
    elif not isinstance(arrays, list | tuple):
        message = (
            "arrays must be a list of arrays, one a trial, or an array with trial_axis, the axis "
            f"along which trials lie; got {type(arrays).__name__} without trial_axis"
        )
        raise ValueError(message)

    parts = [as_array(f"trial {i}", one) for i, one in enumerate(arrays)]
    # A trial without an axis of steps is refused by its number of axes below.
    columns = {part.shape[1:] for part in parts if part.ndim}
    if (
        not parts
        or len(columns) != 1
        or any(part.ndim not in (1, 2) or not part.size for part in parts)
    ):
        shapes = [part.shape for part in parts[:5]]
        message = (
            "arrays must be trials of shape (n_steps,) or (n_steps, n_columns) with the same "
            f"columns, got shapes {shapes}"
        )
        raise ValueError(message)

    numbers = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
    return np.concatenate(parts), numbers


def check_pattern(pattern: Any) -> tuple[int, int]:
    """Read the number of steps of a pattern, and how far they lie apart."""
    pair = () if isinstance(pattern, str) or not np.iterable(pattern) else tuple(pattern)
    if len(pair) != 2:
        message = (
            f"pattern must be a pair (steps, step between them) such as (3, 1), got {pattern!r}"
        )
        raise ValueError(message)
    check_integer("the steps of pattern", pair[0], low=2, high=_LONGEST_PATTERN)
    check_integer("the step of pattern", pair[1])
    return int(pair[0]), int(pair[1])


def ordinal_signal(
    name: str, x: ArrayLike, pattern: tuple[int, int], trials: Trials, *, omit: bool
) -> Signal:
    """Return the order of the last steps at each step, as labels; ties in order of time.

    Steps without a whole pattern in their trial are missing.
    """
    signal = measured_signal(name, x, omit=omit, density=False)
    if signal.n_columns > 1:
        message = f"{name} must be one column where patterns are taken, got {signal.n_columns}"
        raise ValueError(message)
    n_points, step = pattern

    # Any number will do where one is missing: windows that touch it are marked.
    values = np.where(signal.missing, 0.0, signal.first_column)
    n_steps = values.size
    place = np.arange(n_steps)
    back = np.arange(n_points - 1, -1, -1) * step
    at = place[:, None] - back
    # A series of another length than the trials is refused by the caller, who compares lengths.
    inside = trials.place >= back[0] if n_steps == trials.starts[-1] else place >= back[0]
    # Steps before the first whole pattern look at themselves: no place lies outside the series.
    at = np.where(inside[:, None], at, place[:, None])
    missing = ~inside | signal.missing[at].any(axis=1)

    codes = _orders(values[at])
    levels, index = np.unique(codes[~missing], return_inverse=True)
    labels = np.zeros(n_steps, dtype=np.intp)
    labels[~missing] = index
    return Signal(labels[:, None], missing, max(levels.size, 1))


def _orders(windows: FloatArray) -> Any:
    """Return one number for the order of each row."""
    order = np.argsort(windows, axis=1, kind="stable")
    # The places are the digits of a number in base n_points.
    return order @ (windows.shape[1] ** np.arange(windows.shape[1]))

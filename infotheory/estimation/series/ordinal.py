"""Order patterns of measurements: which of some steps lies highest, next, and so on."""

from typing import Any

import numpy as np

from infotheory._typing import ArrayLike, FloatArray
from infotheory._validation import check_integer
from infotheory.estimation.series.signals import Signal, Trials, measured_signal

__all__ = ["check_pattern", "ordinal_signal"]

#: Longest pattern: 9 steps have 362 880 orders already.
_LONGEST = 8


def check_pattern(pattern: Any) -> tuple[int, int]:
    """Read the number of steps of a pattern, and how far they lie apart."""
    pair = () if isinstance(pattern, str) or not np.iterable(pattern) else tuple(pattern)
    if len(pair) != 2:
        message = (
            f"pattern must be a pair (steps, step between them) such as (3, 1), got {pattern!r}"
        )
        raise ValueError(message)
    check_integer("the steps of pattern", pair[0], low=2, high=_LONGEST)
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

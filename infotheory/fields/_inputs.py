"""Checks of arrays that the modules of this room share; what they return is numpy, float64."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from infotheory._numerics import as_float64
from infotheory._pmfs import as_pmf
from infotheory._typing import ArrayLike, FloatArray
from infotheory._validation import number_or_nan
from infotheory.measures._fixed_point import to_numpy

__all__ = ["as_finite", "as_law", "check_positive"]


def as_finite(values: ArrayLike, *, name: str, shape: Sequence[int | str]) -> FloatArray:
    """Return finite numbers of a shape, in which a name stands for any length from 1."""
    array = to_numpy(as_float64(values, name=name))
    fits = array.ndim == len(shape) and all(
        length == wanted if isinstance(wanted, int) else length > 0
        for length, wanted in zip(array.shape, shape, strict=True)
    )
    if not fits:
        axes = ", ".join(map(str, shape)) + ("," if len(shape) == 1 else "")
        message = f"{name} must have shape ({axes}), got shape {array.shape}"
        raise ValueError(message)

    if not np.isfinite(array).all():
        message = f"{name} must be finite, got {array[~np.isfinite(array)][0]}"
        raise ValueError(message)
    return array


def as_law(p: ArrayLike, *, name: str = "p", size: int | None = None) -> FloatArray:
    """Return one pmf of the size that is asked for, any size when None, or raise ValueError."""
    law = to_numpy(as_pmf(p, name=name))
    if law.ndim != 1 or law.size != (size or law.size):
        message = (
            f"{name} must have shape ({size or 'n_outcomes'},), one pmf, got shape {law.shape}"
        )
        raise ValueError(message)
    return law


def check_positive(name: str, value: Any) -> float:
    """Return a finite positive number as float, or raise ValueError."""
    number = number_or_nan(value)
    if not (np.isfinite(number) and number > 0.0):
        message = f"{name} must be finite and positive, got {value!r}"
        raise ValueError(message)
    return number

"""Uniform noise that undoes the rounding of measurements."""

from typing import Any

import numpy as np

from infotheory._typing import ArrayLike, FloatArray
from infotheory._validation import check_number
from infotheory.estimation.measurements._scaling import measured_columns

__all__ = ["check_jitter", "jittered"]


def check_jitter(jitter: Any, rng: Any) -> None:
    """Raise ValueError unless jitter is None, a width or "auto", and comes with its ``rng``."""
    if jitter is None:
        return
    if isinstance(jitter, str):
        if jitter != "auto":
            message = f"jitter must be None, a positive width or 'auto', got {jitter!r}"
            raise ValueError(message)
    else:
        check_number("jitter", jitter, 0.0, np.inf, ends="()")
    if rng is None:
        message = (
            f"jitter={jitter!r} needs rng, a seed or a Generator: without one the value could not "
            "be had again"
        )
        raise ValueError(message)


def jittered(
    x: ArrayLike, jitter: float | str, rng: np.random.Generator, *, name: str
) -> FloatArray:
    """Add uniform noise of a width, or of the smallest gap between values of each column."""
    columns = measured_columns(x, name=name)
    widths = np.full(columns.shape[1], 0.0 if isinstance(jitter, str) else jitter)
    if isinstance(jitter, str):
        # The smallest gap is the step of the rounding. A column of one value has none and gets no
        # noise: it is refused as a constant afterwards.
        gaps = (np.diff(np.unique(column[np.isfinite(column)])) for column in columns.T)
        widths = np.array([float(gap.min(initial=np.inf)) for gap in gaps])
        widths[~np.isfinite(widths)] = 0.0
    return np.asarray(columns + widths * (rng.random(columns.shape) - 0.5))

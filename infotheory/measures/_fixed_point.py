"""Accelerated alternating minimisation: the loop behind Blahut, Arimoto and Augustin."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from infotheory._numerics import is_tensor, tensor_to_numpy
from infotheory._typing import Array, FloatArray
from infotheory._warnings import warn
from infotheory.exceptions import NotConvergedWarning

__all__ = [
    "FixedPoint",
    "iterate_to_fixed_point",
    "log_softmax",
    "logs",
    "minimize_by_fixed_point",
    "to_numpy",
    "warn_of_gap",
]

# A step takes logarithms of laws, shape (batch..., rows, outcomes); it returns the next ones, and
# of the laws it was given the objective and a bound on its distance from the minimum, shape
# (batch...).
Step = Callable[[FloatArray], tuple[FloatArray, FloatArray, FloatArray]]


@dataclass(frozen=True, slots=True)
class FixedPoint:
    """Laws (logarithms, normalised), the gap certified for each of the batch, and the steps."""

    log_laws: FloatArray
    gap: FloatArray
    n_iter: int


def to_numpy(values: Array) -> FloatArray:
    """Copy a checked array to numpy, without its gradient."""
    return np.asarray(tensor_to_numpy("values", values) if is_tensor(values) else values)


def logs(values: FloatArray) -> FloatArray:
    """Logarithm with -inf at 0, silently: here -inf is a value like any other."""
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(values))


def log_softmax(values: FloatArray) -> FloatArray:
    """Normalise logarithms of laws along the last axis; each row holds a finite entry."""
    shifted = values - values.max(axis=-1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True)))


def minimize_by_fixed_point(
    step: Step, start: FloatArray, *, tolerance: float, max_iter: int, purpose: str
) -> FixedPoint:
    """Iterate a step that never raises its objective until the gap is certified, or warn."""
    solved = iterate_to_fixed_point(step, start, tolerance=tolerance, max_iter=max_iter)
    warn_of_gap(solved, tolerance, purpose)
    return solved


def warn_of_gap(solved: FixedPoint, tolerance: float, purpose: str) -> None:
    """Warn where the steps allowed did not close the gap."""
    if solved.gap.max(initial=0.0) > tolerance:
        message = (
            f"{purpose}: the gap must fall to {tolerance:.3g}, got {solved.gap.max():.3g} after "
            f"{solved.n_iter} steps"
        )
        warn(message, NotConvergedWarning)


def iterate_to_fixed_point(
    step: Step, start: FloatArray, *, tolerance: float, max_iter: int
) -> FixedPoint:
    """Iterate a step that never raises its objective until the gap is certified, or give up.

    Two steps give a direction and its change; the leap along them (Varadhan and Roland 2008,
    doi:10.1111/j.1467-9469.2007.00585.x, scheme S3) is kept where it does not raise the objective,
    else the two steps are.
    """
    state, cap = log_softmax(start), np.ones(start.shape[:-2])
    used = 0
    while True:
        first, value, gap = step(state)
        if gap.max(initial=0.0) <= tolerance or used >= max_iter:
            break

        second = step(first)[0]
        change = _difference(first, state)
        bend = _difference(second, first) - change

        # A length of 1 is the two steps themselves, so that the leap is never behind them.
        tiny = np.finfo(np.float64).tiny
        length = np.clip(_norm(change) / np.maximum(_norm(bend), tiny), 1.0, cap)
        stretch = length[..., None, None]
        # An outcome of probability 0 stays one.
        leap = np.where(
            np.isfinite(state), state + 2.0 * stretch * change + stretch**2 * bend, -np.inf
        )

        # Leaps that were worth it may grow, the others shrink; each entry of the batch by itself.
        landed, leap_value, _ = step(log_softmax(leap))
        better = leap_value <= value
        state = np.where(better[..., None, None], landed, second)
        cap = np.where(better, np.where(length == cap, 4.0 * cap, cap), np.maximum(1.0, cap / 2.0))
        # A round costs three steps.
        used += 3

    return FixedPoint(state, gap, used)


def _difference(new: FloatArray, old: FloatArray) -> FloatArray:
    """Subtract logarithms of laws, 0 where an outcome has probability 0."""
    both = np.isfinite(new) & np.isfinite(old)
    return np.subtract(new, old, out=np.zeros_like(new), where=both)


def _norm(values: FloatArray) -> FloatArray:
    """Euclidean length over rows and outcomes."""
    return np.asarray(np.sqrt((values**2).sum(axis=(-2, -1))))

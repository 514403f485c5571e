"""Checks at the border of the room, and marginals sorted once for all methods."""

import math
from dataclasses import dataclass

import numpy as np

from infotheory._numerics import log_base
from infotheory._pmfs import as_pmf
from infotheory._typing import ArrayLike, Base, FloatArray, IntArray
from infotheory._validation import check_number
from infotheory.measures._fixed_point import to_numpy

__all__ = ["RATE_TOLERANCE", "Marginal", "as_marginal", "as_marginals", "as_rate", "sort_marginal"]

# Nats by which an entropy may exceed the rate and still count as meeting it: rates such as 1 or 1.5
# bits are often met exactly, and a sum of logarithms should not decide.
RATE_TOLERANCE = 1e-10


@dataclass(frozen=True, slots=True, eq=False)
class Marginal:
    """A pmf and its positive masses in descending order, equal ones by index."""

    # The pmf, of shape (n,)
    p: FloatArray
    # Symbols of positive mass, of shape (n_positive,)
    order: IntArray
    # Their masses, descending, of shape (n_positive,)
    mass: FloatArray


def as_marginal(p: ArrayLike, name: str = "p") -> Marginal:
    """Check a pmf and sort it."""
    array = to_numpy(as_pmf(p, name=name))
    if array.ndim != 1:
        message = (
            f"{name} must be one pmf of shape (n,), got shape {array.shape}; pass several pmfs one "
            "by one"
        )
        raise ValueError(message)
    return sort_marginal(array)


def sort_marginal(p: FloatArray) -> Marginal:
    """Sort a pmf that has been checked; the slower stable sort only where masses are equal."""
    positive = np.flatnonzero(p)

    # Negated, since a reversed ascending order would turn the order of equal masses round as well.
    negated = -p[positive]
    order = np.argsort(negated)
    mass = negated[order]
    if (mass[1:] == mass[:-1]).any():
        order = np.argsort(negated, kind="stable")
    order = positive[order]
    return Marginal(p, order, p[order])


def as_marginals(marginals: tuple[ArrayLike, ...]) -> list[Marginal]:
    """Check and sort several pmfs."""
    if not marginals:
        message = (
            "a coupling needs at least one marginal, got none; pass the pmfs one by one, not as a "
            "list"
        )
        raise ValueError(message)
    return [as_marginal(p, f"marginal {j}") for j, p in enumerate(marginals)]


def as_rate(rate: float, base: Base) -> float:
    """Return a rate in nats."""
    rule = "a number from 0 on, in units of the base; inf means no limit"
    check_number("rate", rate, 0.0, math.inf, rule=rule)
    return float(rate) * log_base(base)

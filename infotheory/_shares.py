"""Shares of rows with sampling weights: how many rows they are worth, and their intervals."""

import math
from dataclasses import dataclass, field

import numpy as np

from infotheory._codes import common_weight
from infotheory._later import stats
from infotheory._typing import FloatArray
from infotheory.inference import Estimate, kish_size, weighted_mean
from infotheory.laws import (
    IntervalLaw,
    JeffreysLaw,
    StudentLaw,
    WithheldLaw,
    jeffreys_bounds,
    two_sided_quantile,
)

__all__ = [
    "ShareLaw",
    "mean_of_rows",
    "rows_worth",
    "share_estimate",
    "share_intervals",
    "share_law",
    "shares_of",
    "size_shrinkage",
]


@dataclass(frozen=True, slots=True)
class ShareLaw:
    """Jeffreys interval of ``amount`` times a share of weighted rows, whose size is estimated.

    The size shrinks by how much Student's quantile of its degrees of freedom is wider than the
    normal one (E. L. Korn and B. I. Graubard, Survey Methodology 24 (1998) 193-201).

    Parameters
    ----------
    size : float
        Number of rows that the share is worth.
    degrees_of_freedom : float
        Of that number; infinite without weights.
    amount : float
        What the quantity is in units of the share.
    """

    size: float
    degrees_of_freedom: float = math.inf
    amount: float = 1.0
    name: str = field(default="Jeffreys", init=False)

    def interval(self, value: float, standard_error: float, level: float) -> tuple[float, float]:
        """Return the ends of the interval; the standard error plays no part."""
        size = self.size
        if math.isfinite(self.degrees_of_freedom):
            size *= float(size_shrinkage(np.asarray(self.degrees_of_freedom), level))
        share = value / self.amount if self.amount else 0.0
        # An amount times a share may come back a rounding above the amount.
        low, high = JeffreysLaw(size).interval(min(share, 1.0), standard_error, level)
        return self.amount * low, self.amount * high


def share_estimate(flags: FloatArray, mass: FloatArray, squared_mass: FloatArray) -> Estimate:
    """Share of rows with a flag, 0 or 1; there are rows with weight."""
    mean, error = (float(x) for x in weighted_mean(flags, mass, squared_mass))
    law = share_law(mean, error, mass, squared_mass)
    return Estimate(value=mean, standard_error=error, method="weighted share", law=law)


def mean_of_rows(values: FloatArray, mass: FloatArray, squared_mass: FloatArray) -> Estimate:
    """Mean of rows with Student's interval; withheld where one row says how far they vary."""
    mean, error = (float(x) for x in weighted_mean(values, mass, squared_mass))
    size = kish_size(float(mass.sum()), float(squared_mass.sum()))
    # A Kish size of 1, up to rounding, is one row.
    if not (size > 1.0 + 1e-9 and error > 0.0):
        law: IntervalLaw = WithheldLaw("rows that do not differ say nothing of their error")
        return Estimate(value=mean, standard_error=error, method="mean", law=law)
    error *= math.sqrt(size / (size - 1.0))
    return Estimate(value=mean, standard_error=error, method="mean", law=StudentLaw(size - 1.0))


def share_law(
    share: float, error: float, mass: FloatArray, squared_mass: FloatArray, amount: float = 1.0
) -> ShareLaw:
    """Law of a share of rows, of the size that its error implies."""
    kish = kish_size(float(mass.sum()), float(squared_mass.sum()))
    # At a share of 0 or 1 the error is 0 and implies nothing: there the Kish size has to do.
    implied = share * (1.0 - share) / error**2 if error > 0.0 and share < 1.0 else kish
    if common_weight(mass, squared_mass) is not None:
        return ShareLaw(min(implied, kish), math.inf, amount)
    return ShareLaw(min(implied, kish), max(kish - 1.0, 1.0), amount)


def shares_of(cells: FloatArray) -> FloatArray:
    """Shares of the cells of the last axis in their sum; NaN where it is 0."""
    total = cells.sum(axis=-1, keepdims=True)
    return np.divide(cells, total, out=np.full(cells.shape, np.nan), where=total > 0.0)


def rows_worth(cells: FloatArray, squared: FloatArray, level: float) -> FloatArray:
    """Rows without weights that would tell as much about the share of each cell of the last axis.

    ``cells`` and ``squared`` are sums of weights and of squared weights. As :class:`ShareLaw` has
    it for one share: the size that the variance of the share implies, at most Kish's, shrunk by
    Student's quantile at this level; the number of rows where they have one weight.

    Examples
    --------
    >>> rows_worth(np.array([[30.0, 10.0]]), np.array([[30.0, 10.0]]), 0.95).tolist()
    [[40.0, 40.0]]
    >>> rows_worth(np.array([[30.0, 10.0]]), np.array([[30.0, 30.0]]), 0.95).round(1).tolist()
    [[14.5, 14.5]]
    """
    total, squares = cells.sum(axis=-1, keepdims=True), squared.sum(axis=-1, keepdims=True)
    has_rows = total > 0.0
    kish = np.divide(total**2, squares, out=np.zeros_like(total), where=has_rows)
    size = np.broadcast_to(kish, cells.shape).copy()
    if common_weight(cells, squared) is not None:
        return size

    # Rows of one weight in a bin, another one elsewhere, are rows without weights; where only one
    # cell has rows they may differ in weight all the same.
    weight = np.divide(squares, total, out=np.zeros_like(total), where=has_rows)
    alike = np.isclose(squared, weight * cells, rtol=1e-9, atol=0.0).all(axis=-1, keepdims=True)
    alike &= (cells > 0.0).sum(axis=-1, keepdims=True) > 1

    share = shares_of(cells)
    variance = squared * (1.0 - share) ** 2 + (squares - squared) * share**2
    variance /= np.where(has_rows, total, 1.0) ** 2
    varies = (share > 0.0) & (share < 1.0)
    implied = np.divide(share * (1.0 - share), variance, out=size.copy(), where=varies)
    shrunk = np.minimum(size, implied) * size_shrinkage(np.maximum(size - 1.0, 1.0), level)
    return np.asarray(np.where(alike, size, shrunk))


def share_intervals(
    cells: FloatArray, squared: FloatArray, level: float
) -> tuple[FloatArray, FloatArray]:
    """Return the ends of the intervals of the shares of the last axis; NaN without rows."""
    return jeffreys_bounds(shares_of(cells), rows_worth(cells, squared, level), level)


def size_shrinkage(degrees_of_freedom: FloatArray, level: float) -> FloatArray:
    """Return the factor on a size that is estimated with so many degrees of freedom.

    Examples
    --------
    >>> size_shrinkage(np.array([3.0, np.inf]), 0.95).round(2).tolist()
    [0.38, 1.0]
    """
    t = stats.t.isf((1.0 - level) / 2.0, degrees_of_freedom)
    return np.asarray((two_sided_quantile(level) / t) ** 2)

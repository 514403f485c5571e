"""The sum of the information values of several characteristics, its interval good near 0 too."""

from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np
from scipy import special

from infotheory._row_order import warn_of_row_order
from infotheory._rows import Rows
from infotheory._target import learn_target
from infotheory._typing import ArrayLike, FloatArray, IntArray
from infotheory._validation import check_length, fill_absent, rows_with_weight
from infotheory._warnings import warn
from infotheory.evidence.divergence import NORMAL_FROM
from infotheory.evidence.influence import (
    columns_of_codes,
    degrees_of_sum,
    values_with_influences,
)
from infotheory.exceptions import WithheldWarning
from infotheory.inference import Estimate, kish_size
from infotheory.laws import (
    IntervalLaw,
    NoncentralChi2Law,
    NormalLaw,
    WithheldLaw,
    two_sided_quantile,
)

__all__ = [
    "EstimatedScaleLaw",
    "LowerEndLaw",
    "Total",
    "total_information_value",
    "total_of_columns",
]

_CHUNK = 1 << 14

#: From so many degrees of freedom on Student's law is the normal one to three digits.
_MOST_DEGREES = 2_000.0
_HIGHEST_LEVEL = 1.0 - 1e-12
_METHOD = "sum, delta"

#: Why a sum has no error: an interval that is a point is no mistake then.
_ALL_CONSTANT = "no characteristic has two bins: the sum is 0, whatever the rows"


def total_information_value(
    codes: ArrayLike,
    y: ArrayLike,
    *,
    sample_weight: ArrayLike | None = None,
    event_label: Any = None,
    zero_cells: str | float = "haldane",
    debias: bool = True,
) -> Estimate:
    r"""Sum of the information values of several characteristics, whose errors depend on each other.

    With a protected attribute of two groups as ``y`` it is the total demographic information value.

    Parameters
    ----------
    codes : array-like of shape (n_rows, n_features)
        Bin of each row, integers from 0; a column a characteristic.
    y : array-like of shape (n_rows,)
        Two labels.
    sample_weight : array-like of shape (n_rows,), optional
        Sampling weights, not negative.
    event_label : object, optional
        The label of an event. When None it is the larger of the two, and an EventLabelWarning says
        so unless labels are 0/1, -1/1 or False/True (numbers or text).
    zero_cells : {"haldane", "error"} or float
        Rule for bins with rows of one class only.
    debias : bool
        Return the sum less its bias, which is near ``sum (k - 1) (1/n + 1/m)`` for k bins and n and
        m rows of the classes, and may be many times the truth where a class or group is small. The
        value may then be negative. With False the plain sum is returned, with the same interval.

    Returns
    -------
    Estimate
        The sum in nats, with the standard error of the sum and an interval centred on the sum less
        its bias; not bounded above, with the reason, where a class has no rows in a bin although
        three or more are expected there.

    Raises
    ------
    ValueError
        As :func:`infotheory.evidence.information_values`.

    Warns
    -----
    SparseCellWarning
        If halves were added.
    WithheldWarning
        If the interval is withheld: a bin where the smaller class expects fewer than two rows, or
        weights that are too uneven.

    Notes
    -----
    Derived: where ``y`` is independent of the bins, :math:`N_\mathrm{eff} J_f` is a squared length
    of the class scores projected on the indicators of the bins of f, so that two of them have
    covariance :math:`2 \phi^2_{fg}`, with :math:`\phi^2` the mean-square contingency of the two
    characteristics (:math:`k_f - 1` for one with itself). The sum is then approximately
    :math:`c\,\chi^2_\nu / N_\mathrm{eff}` with :math:`c = \sum\phi^2 / \sum (k_f - 1)` and
    :math:`\nu = \sum (k_f - 1) / c` (F. E. Satterthwaite, Biometrics Bulletin 2 (1946) 110-114).
    Elsewhere the variance is :math:`4 c J / N_\mathrm{eff}`, so that c is at least
    :math:`N_\mathrm{eff} \mathrm{Var} / (4 J)`. As for one characteristic the interval inverts the
    non-central law near 0, and is normal from :math:`N_\mathrm{eff} (J - \mathrm{bias}) / c = 50`.
    Its level is that of Student's quantile with the degrees of freedom that the squared influences
    of the rows leave the variance.
    Simulated coverage of the 95 % interval: .92 to 1.00, on average .965, with 1 and 10
    characteristics of 5 and 10 bins, correlation 0 to .6, and 30 to 400 rows of the smaller class
    beside 2000; with 5 and 15 characteristics of correlation .8 down to .87, and with 20 to 150
    events and 5 to 12 characteristics of correlation .3 to .8 that all differ .85 to .96.

    Examples
    --------
    >>> codes = np.tile([[0, 1], [0, 0], [1, 1], [1, 0], [0, 1], [1, 0]], (4, 1))
    >>> target = np.tile([0, 0, 1, 1, 1, 0], 4)
    >>> round(total_information_value(codes, target, debias=False).value, 4)
    0.9242
    >>> round(total_information_value(codes, target).value, 4)
    0.5127
    """
    warn_of_row_order(codes=codes, y=y, sample_weight=sample_weight)
    bins = columns_of_codes(codes)
    target, weights = learn_target(y, sample_weight, event_label)
    check_length("y", target, len(bins))
    bins = fill_absent("codes", bins, weights)

    total = total_of_columns(bins, target, weights, zero_cells=zero_cells)
    if isinstance(total.estimate.law, WithheldLaw):
        warn(total.estimate.law.reason, WithheldWarning)
    return total.estimate if debias else replace(total.estimate, value=total.raw, method=_METHOD)


class Total(NamedTuple):
    """The sum of the information values of several characteristics, and the sum with its bias."""

    estimate: Estimate
    raw: float


def total_of_columns(
    bins: IntArray,
    target: FloatArray,
    weights: FloatArray | None,
    *,
    zero_cells: str | float = "haldane",
) -> Total:
    """Sum the information values of the columns of bin codes; ``target`` has the events as 1."""
    has_weight = rows_with_weight(weights)
    if weights is not None and has_weight is not None:
        bins, target, weights = bins[has_weight], target[has_weight], weights[has_weight]
    rows = Rows.of_sample(target, weights)
    classes = target.astype(np.intp)[:, None]
    several, influences = values_with_influences(bins, classes, weights, zero_cells=zero_cells)
    value, n_effective = float(several.values.sum()), _effective_size(rows)
    variance = max(float(several.covariance.sum()), 0.0)
    center = float(several.unbiased.sum())

    scale, degrees = _quadratic_law(bins, rows.weights, value, variance, n_effective)

    # Far from 0 the normal law, near it the chi-square that the error explains.
    noncentrality = n_effective * center / scale
    law: IntervalLaw = NormalLaw(0.0, center=max(center, 0.0))
    if degrees > 0.0 and noncentrality < NORMAL_FROM:
        law = NoncentralChi2Law(noncentrality + degrees, degrees, scale / n_effective)

    # What equal laws leave of the variance is no estimate from these rows.
    at_equality = 2.0 * scale**2 * degrees / n_effective**2
    of_rows = variance / (variance + at_equality) if variance > 0.0 else 0.0
    known_as_from = degrees_of_sum(bins, rows, influences)
    if of_rows * _MOST_DEGREES > known_as_from:
        law = EstimatedScaleLaw(law, known_as_from / of_rows)

    if several.reason is not None:
        law = WithheldLaw(several.reason)
    elif several.unbounded is not None:
        law = LowerEndLaw(law)
    estimate = Estimate(
        value=center,
        standard_error=float(np.sqrt(variance)),
        method=f"{_METHOD}, debiased",
        law=law,
        reason=several.reason or several.unbounded or (None if degrees > 0.0 else _ALL_CONSTANT),
    )
    return Total(estimate, value)


@dataclass(frozen=True, slots=True)
class EstimatedScaleLaw:
    """Another law whose scale is known as badly as from some rows.

    The interval is that of a level at which the normal quantile is Student's of the level asked.
    """

    law: IntervalLaw
    degrees_of_freedom: float
    name: str = field(default="with an estimated scale", init=False)

    def interval(self, value: float, standard_error: float, level: float) -> tuple[float, float]:
        """Return the ends of the interval."""
        reach = two_sided_quantile(level, self.degrees_of_freedom)
        wider = float(1.0 - 2.0 * special.ndtr(-reach))
        # Few rows and a high level ask for more than any level below 1.
        return self.law.interval(value, standard_error, min(max(wider, level), _HIGHEST_LEVEL))


@dataclass(frozen=True, slots=True)
class LowerEndLaw:
    """The lower end of a law, where nothing bounds the quantity from above."""

    # Where the lower end comes from
    law: IntervalLaw
    name: str = field(default="not bounded above", init=False)

    def interval(self, value: float, standard_error: float, level: float) -> tuple[float, float]:
        """Return the lower end, and infinity."""
        return self.law.interval(value, standard_error, level)[0], np.inf


def _quadratic_law(
    bins: IntArray, weights: FloatArray | None, value: float, variance: float, n_effective: float
) -> tuple[float, float]:
    """Scale and degrees of freedom of the chi-square near 0; none where no feature has two bins."""
    contingency, n_free = _contingency(bins, weights)
    if n_free == 0:
        return 1.0, 0.0
    scale = contingency / n_free

    # Away from 0 the variance is 4 scale J / N_eff: the scale is at least what explains it.
    if value > 0.0:
        scale = max(scale, n_effective * variance / (4.0 * value))
    return scale, n_free / scale


def _effective_size(rows: Rows) -> float:
    """``n m / (n + m)`` of the Kish sizes of the two classes."""
    n, m = (
        kish_size(float(rows.mass[label].sum()), float(rows.squared_mass[label].sum()))
        for label in (rows.target == 0.0, rows.target == 1.0)
    )
    return n * m / (n + m)


def _contingency(bins: IntArray, weights: FloatArray | None) -> tuple[float, int]:
    """Sum of the mean-square contingencies of all pairs of features, and the free bins of all."""
    first = np.concatenate([[0], np.cumsum(bins.max(axis=0) + 1)])
    joint = np.zeros((first[-1], first[-1]))

    # Chunk by chunk, so that the indicators of all bins never stand in memory at once.
    for start in range(0, len(bins), _CHUNK):
        rows = slice(start, start + _CHUNK)
        indicator = np.zeros((len(bins[rows]), first[-1]))
        np.put_along_axis(indicator, bins[rows] + first[:-1], 1.0, axis=1)
        joint += indicator.T @ (indicator if weights is None else indicator * weights[rows, None])

    # A pair of features has the sum 1 + its mean-square contingency, which for a feature with
    # itself is the number of its bins. Subtracting the number of pairs leaves the contingencies.
    margin = np.diag(joint)
    occupied = margin > 0.0
    inverse = np.divide(1.0, margin, out=np.zeros_like(margin), where=occupied)
    n_features = bins.shape[1]
    return float(inverse @ joint**2 @ inverse) - n_features**2, int(occupied.sum()) - n_features

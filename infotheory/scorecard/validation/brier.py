"""Brier score and what it is made of: reliability, resolution, uncertainty."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from infotheory._display import html_repr, short_repr
from infotheory._rows import Rows, needed
from infotheory._typing import ArrayLike, FloatArray, IntArray
from infotheory._warnings import warn
from infotheory.exceptions import WithheldWarning
from infotheory.inference import Estimate, kish_size, weighted_mean
from infotheory.laws import IntervalLaw, NormalLaw, WithheldLaw
from infotheory.scorecard.validation.bands import groups_by_rank
from infotheory.scorecard.validation.outcomes import as_rows, mean_squared_error

__all__ = ["BrierDecomposition", "brier_decomposition", "brier_score"]

#: Errors up to this are the rounding of a sum.
_ROUNDING = 1e-12

#: Why a part has no interval, and why one needs none.
NO_SPREAD = "outcomes do not vary in any group of predictions, and leave it no error"
CONSTANT = "predictions do not differ inside a group: it is 0, whatever the rows"


@dataclass(frozen=True, slots=True, kw_only=True)
class BrierDecomposition:
    """The Brier score as ``reliability - resolution + uncertainty + within``, over groups of rows.

    Parameters
    ----------
    score : Estimate
        Brier score of the predictions as they are.
    reliability : Estimate
        Mean squared distance of the mean prediction of a group from its event rate; 0 is best.
    resolution : Estimate
        Mean squared distance of the event rates of the groups from that of all rows; larger is
        better.
    uncertainty : Estimate
        ``r (1 - r)`` with r the event rate of all rows: the score of a prediction that is r for
        every row.
    within : Estimate
        What is left, because predictions differ inside a group; 0 where they do not.
    reliability_bias, resolution_bias : float
        Mean excess of the two values over the true ones; their intervals are centred on the value
        less this.
    n_groups : int
        Number of groups.
    """

    score: Estimate
    reliability: Estimate
    resolution: Estimate
    uncertainty: Estimate
    within: Estimate
    reliability_bias: float
    resolution_bias: float
    n_groups: int

    __repr__ = short_repr
    _repr_html_ = html_repr


def brier_score(
    y: ArrayLike,
    probability: ArrayLike,
    *,
    sample_weight: ArrayLike | None = None,
    event_label: Any = None,
) -> Estimate:
    """Mean squared error of predicted probabilities.

    Parameters
    ----------
    y : array-like of shape (n_rows,)
        Two labels; ``event_label`` names the event.
    probability : array-like of shape (n_rows,)
        Predicted probability of an event, from 0 to 1.
    sample_weight : array-like of shape (n_rows,), optional
        Sampling weights, not negative.
    event_label : object, optional
        The label of an event. When None it is the larger of the two, and an EventLabelWarning says
        so unless labels are 0/1, -1/1 or False/True (numbers or text).

    Returns
    -------
    Estimate
        Value between 0 and 1; the standard error is that of a (weighted) mean,
        ``sqrt(sum w^2 (loss - mean)^2) / sum w``.

    Raises
    ------
    ValueError
        If there are not two labels, or a probability does not lie between 0 and 1.

    Examples
    --------
    >>> brier_score([0, 1], [0.2, 0.6]).value.__round__(4)  # (0.04 + 0.16) / 2
    0.1
    """
    return mean_squared_error(
        as_rows(y, event_label=event_label, probability=probability, sample_weight=sample_weight)
    )


def brier_decomposition(
    y: ArrayLike,
    probability: ArrayLike,
    *,
    n_groups: int = 10,
    sample_weight: ArrayLike | None = None,
    event_label: Any = None,
) -> BrierDecomposition:
    """Split the Brier score over groups of the predicted probability.

    Parameters
    ----------
    y : array-like of shape (n_rows,)
        Two labels; ``event_label`` names the event.
    probability : array-like of shape (n_rows,)
        Predicted probability of an event, from 0 to 1.
    n_groups : int
        Largest number of groups of equal weight; equal probabilities stay together.
    sample_weight : array-like of shape (n_rows,), optional
        Sampling weights, not negative.
    event_label : object, optional
        The label of an event. When None it is the larger of the two, and an EventLabelWarning says
        so unless labels are 0/1, -1/1 or False/True (numbers or text).

    Returns
    -------
    BrierDecomposition
        The parts, each with standard error and interval.

    Raises
    ------
    ValueError
        If there are not two labels, a probability does not lie between 0 and 1, or ``n_groups`` is
        not positive.

    Warns
    -----
    WithheldWarning
        If outcomes vary in no group of predictions, so that the interval of a part is withheld.

    Notes
    -----
    Murphy's identity [1]_ holds for predictions that are constant in a group; ``within`` (the
    variance of predictions inside groups less twice their covariance with the outcome, [2]_) makes
    up for the rest. Squares of noisy means are too large on average: with s the share of a group, v
    the variance of ``p - y`` and u that of y inside it, n its Kish size, the bias of reliability is
    ``sum s v / (n - 1)`` and that of resolution ``sum s u / (n - 1) - r (1 - r) / (N - 1)``; [3]_
    gives them for constant predictions. The values are not corrected, so that they add up; the
    intervals are. Standard errors take the groups as given: root of the sum of squared influences,
    plus ``2 sum (s v / n)^2`` (u for resolution), which is what is left where the square is 0;
    there the interval is wider than it need be. The interval of uncertainty is the image of the
    normal one of r.

    References
    ----------
    .. [1] A. H. Murphy, "A new vector partition of the probability score", Journal of Applied
       Meteorology 12 (1973), doi:10.1175/1520-0450(1973)012<0595:ANVPOT>2.0.CO;2.
    .. [2] D. B. Stephenson, C. A. S. Coelho and I. T. Jolliffe, "Two extra components in the Brier
       score decomposition", Weather and Forecasting 23 (2008), doi:10.1175/2007WAF2006116.1.
    .. [3] C. A. T. Ferro and T. E. Fricker, "A bias-corrected decomposition of the Brier score",
       Quarterly Journal of the Royal Meteorological Society 138 (2012), doi:10.1002/qj.1924.

    Examples
    --------
    Predictions .25 and .75, event rates .5 and 1: reliability (.25^2 + .25^2) / 2, resolution
    .25^2, uncertainty .75 * .25.

    >>> parts = brier_decomposition([0, 1, 1, 1], [0.25, 0.25, 0.75, 0.75], n_groups=2)
    >>> parts.reliability.value, parts.resolution.value, parts.uncertainty.value, parts.score.value
    (0.0625, 0.0625, 0.1875, 0.1875)
    """
    rows = as_rows(y, event_label=event_label, probability=probability, sample_weight=sample_weight)
    target, p = rows.target, needed(rows.probability, "probability")
    groups = groups_by_rank(p, rows.mass, n_groups)
    reliability = _mean_square(p - target, groups, rows)

    share, rate_error = weighted_mean(target, rows.mass, rows.squared_mass)
    rate = float(share)
    uncertainty = rate * (1.0 - rate)
    resolution = _mean_square(target - rate, groups, rows)
    # The overall rate is estimated on the same rows: what it follows of the noise is no bias.
    size = kish_size(float(rows.mass.sum()), float(rows.squared_mass.sum()))
    resolution_bias = resolution.bias - uncertainty / max(size - 1.0, 1.0)

    # The influence of a row on r (1 - r) is that on r times the derivative.
    slope = (1.0 - 2.0 * rate) * (target - rate)

    loss = (target - p) ** 2
    whole = mean_squared_error(rows)
    score = whole.value
    within = score - reliability.value + resolution.value - uncertainty
    influence = loss - score - reliability.influence + resolution.influence - slope
    first = np.zeros(groups.max() + 1)
    first[groups] = p
    parts = BrierDecomposition(
        score=whole,
        reliability=_square_estimate(reliability, reliability.bias, rows),
        resolution=_square_estimate(resolution, resolution_bias, rows),
        uncertainty=_estimate(uncertainty, slope, rows, _UncertaintyLaw(rate, float(rate_error))),
        within=(
            Estimate(value=0.0, standard_error=0.0, method="exact", reason=CONSTANT)
            if np.array_equal(first[groups], p)
            else _estimate(within, influence, rows, NormalLaw(-1.0, 1.0))
        ),
        reliability_bias=reliability.bias,
        resolution_bias=resolution_bias,
        n_groups=int(groups.max()) + 1,
    )
    if any(isinstance(part.law, WithheldLaw) for part in (parts.reliability, parts.resolution)):
        warn(f"no interval of a part of the Brier score is shown: {NO_SPREAD}", WithheldWarning)
    return parts


@dataclass(frozen=True, slots=True)
class _UncertaintyLaw:
    """Interval of ``r (1 - r)``: the image of that of r, up to 1/4 where that holds 1/2."""

    rate: float
    rate_error: float
    name: str = field(default="normal interval of the rate", init=False)

    def interval(
        self,
        value: float,  # noqa: ARG002
        standard_error: float,  # noqa: ARG002
        level: float,
    ) -> tuple[float, float]:
        ends = np.array(NormalLaw(0.0, 1.0).interval(self.rate, self.rate_error, level))
        # r (1 - r) rises up to 1/2 and falls beyond: its largest value may lie inside the interval.
        images = ends * (1.0 - ends)
        return float(images.min()), 0.25 if ends[0] < 0.5 < ends[1] else float(images.max())


class _MeanSquare(NamedTuple):
    """Weighted mean over groups of the squared mean of a group."""

    value: float
    influence: FloatArray
    bias: float
    noise: float
    """Variance that is left where all group means are 0."""


def _mean_square(x: FloatArray, groups: IntArray, rows: Rows) -> _MeanSquare:
    """Mean over groups of the squared mean of x, with the influence of each row."""
    totals = np.bincount(groups, rows.mass)
    means = np.bincount(groups, rows.mass * x) / totals
    shares = totals / totals.sum()
    value = float(shares @ means**2)

    deviation = x - means[groups]
    variances = np.bincount(groups, rows.mass * deviation**2) / totals

    # One row tells nothing of its noise: its variance is 0, whatever it is divided by.
    # Deviations are from the mean of the group itself, hence one less than its size.
    sizes = np.maximum(totals**2 / np.bincount(groups, rows.squared_mass) - 1.0, 1.0)
    noise = shares * variances / sizes

    # A row moves the share of its group, and the mean of it. Where all means are 0 the influences
    # are 0 too; the value then is a sum of squares of noise, with twice its squared variances.
    influence = means[groups] ** 2 - value + 2.0 * means[groups] * deviation
    return _MeanSquare(value, influence, float(noise.sum()), 2.0 * float(noise @ noise))


def _square_estimate(square: _MeanSquare, bias: float, rows: Rows) -> Estimate:
    law = NormalLaw(0.0, 1.0, square.value - bias)
    return _estimate(square.value, square.influence, rows, law, square.noise)


def _estimate(
    value: float, influence: FloatArray, rows: Rows, law: IntervalLaw, noise: float = 0.0
) -> Estimate:
    """Estimate from the influence of each row, and a variance that the influences do not see."""
    variance = float(rows.squared_mass @ influence**2) / float(rows.mass.sum()) ** 2 + noise
    error = float(np.sqrt(variance))
    return Estimate(
        value=value,
        standard_error=error,
        method="influence functions",
        law=law if error > _ROUNDING else WithheldLaw(NO_SPREAD),
    )

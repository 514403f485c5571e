"""Whether predicted probabilities hold: calibration line, observed over expected, groups."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from infotheory._codes import common_weight
from infotheory._display import html_repr, short_repr
from infotheory._later import stats
from infotheory._rows import needed
from infotheory._typing import ArrayLike
from infotheory.inference import Estimate
from infotheory.scorecard.validation.bands import groups_by_rank
from infotheory.scorecard.validation.outcome_laws import squares_p_value
from infotheory.scorecard.validation.outcomes import (
    as_rows,
    observed_over_expected,
    shift_of_log_odds,
    slope_of_log_odds,
)

__all__ = [
    "HosmerLemeshow",
    "calibration_intercept",
    "calibration_slope",
    "hosmer_lemeshow",
    "observed_expected_ratio",
]

#: Variance of the events of a group from which their number is near normal.
FEWEST_SPREAD = 5.0


@dataclass(frozen=True, slots=True)
class HosmerLemeshow:
    """Result of the Hosmer-Lemeshow test: its p-value is all that it says.

    Parameters
    ----------
    statistic : float
        Sum over groups of (observed - predicted)^2 over the variance of the events.
    degrees_of_freedom : int
        Groups, less 2 where the probabilities were fitted on the same rows.
    p_value : float
        Probability of a larger statistic where the probabilities hold; NaN without degrees of
        freedom.
    """

    statistic: float
    degrees_of_freedom: int
    p_value: float

    __repr__ = short_repr
    _repr_html_ = html_repr


def calibration_intercept(
    y: ArrayLike,
    probability: ArrayLike,
    *,
    sample_weight: ArrayLike | None = None,
    event_label: Any = None,
) -> Estimate:
    """Calibration in the large: shift of the log odds that makes expected events the observed.

    Parameters
    ----------
    y : array-like of shape (n_rows,)
        Two labels; ``event_label`` names the event.
    probability : array-like of shape (n_rows,)
        Predicted probability of an event, strictly between 0 and 1.
    sample_weight : array-like of shape (n_rows,), optional
        Sampling weights, not negative.
    event_label : object, optional
        The label of an event. When None it is the larger of the two, and an EventLabelWarning says
        so unless labels are 0/1, -1/1 or False/True (numbers or text).

    Returns
    -------
    Estimate
        Positive where risk is underestimated; the p-value is that of "no shift". The error is the
        larger of what the fit says and what the rows show of it, as predictions may be too far
        apart for one shift.

    Raises
    ------
    ValueError
        If there are not two labels, or a probability does not lie strictly between 0 and 1.

    Examples
    --------
    >>> shift = calibration_intercept([0, 0, 0, 1], [0.5, 0.5, 0.5, 0.5])
    >>> round(shift.value, 4)  # ln(1 / 3)
    -1.0986
    """
    return shift_of_log_odds(
        as_rows(y, event_label=event_label, probability=probability, sample_weight=sample_weight)
    )


def calibration_slope(
    y: ArrayLike,
    probability: ArrayLike,
    *,
    sample_weight: ArrayLike | None = None,
    event_label: Any = None,
) -> Estimate:
    """Calibration slope: coefficient of the predicted log odds in a logistic fit of the labels.

    Parameters
    ----------
    y : array-like of shape (n_rows,)
        Two labels; ``event_label`` names the event.
    probability : array-like of shape (n_rows,)
        Predicted probability of an event, strictly between 0 and 1, not all equal.
    sample_weight : array-like of shape (n_rows,), optional
        Sampling weights, not negative.
    event_label : object, optional
        The label of an event. When None it is the larger of the two, and an EventLabelWarning says
        so unless labels are 0/1, -1/1 or False/True (numbers or text).

    Returns
    -------
    Estimate
        Below 1 where predictions are too extreme (overfitting); the p-value is that of "slope = 1".

    Raises
    ------
    ValueError
        If there are not two labels, a probability does not lie strictly between 0 and 1, or all are
        equal.

    References
    ----------
    .. [1] D. R. Cox, "Two further applications of a model for binary regression", Biometrika 45
       (1958), doi:10.1093/biomet/45.3-4.562.

    Examples
    --------
    Observed odds 1 : 3 and 3 : 1, as predicted:

    >>> slope = calibration_slope([0, 0, 0, 1, 0, 1, 1, 1], [0.25] * 4 + [0.75] * 4)
    >>> round(slope.value, 6)
    1.0
    """
    return slope_of_log_odds(
        as_rows(y, event_label=event_label, probability=probability, sample_weight=sample_weight)
    )


def observed_expected_ratio(
    y: ArrayLike,
    probability: ArrayLike,
    *,
    sample_weight: ArrayLike | None = None,
    event_label: Any = None,
) -> Estimate:
    """Events observed over events expected from the predicted probabilities.

    Parameters
    ----------
    y : array-like of shape (n_rows,)
        Two labels; ``event_label`` names the event.
    probability : array-like of shape (n_rows,)
        Predicted probability of an event, from 0 to 1, not all 0.
    sample_weight : array-like of shape (n_rows,), optional
        Sampling weights, not negative.
    event_label : object, optional
        The label of an event. When None it is the larger of the two, and an EventLabelWarning says
        so unless labels are 0/1, -1/1 or False/True (numbers or text).

    Returns
    -------
    Estimate
        Above 1 where risk is underestimated. The interval is log-normal with the delta method's
        error, ``sqrt(sum w^2 (y - ratio p)^2) / sum w p``; the p-value of "ratio = 1" is that of
        ``sum w (y - p) / sqrt(sum w^2 p (1 - p))`` (normal, two-sided).

    Raises
    ------
    ValueError
        If there are not two labels, or a probability does not lie between 0 and 1 or all are 0.

    Examples
    --------
    >>> ratio = observed_expected_ratio([0, 0, 1, 1], [0.25, 0.25, 0.25, 0.25])
    >>> ratio.value, round(ratio.p_value, 4)  # z = (2 - 1) / sqrt(4 * 0.1875)
    (2.0, 0.2482)
    """
    return observed_over_expected(
        as_rows(y, event_label=event_label, probability=probability, sample_weight=sample_weight)
    )


def hosmer_lemeshow(
    y: ArrayLike,
    probability: ArrayLike,
    *,
    n_groups: int = 10,
    fitted: bool = False,
    sample_weight: ArrayLike | None = None,
    event_label: Any = None,
) -> HosmerLemeshow:
    """Hosmer-Lemeshow test over groups of the predicted probability.

    Parameters
    ----------
    y : array-like of shape (n_rows,)
        Two labels; ``event_label`` names the event.
    probability : array-like of shape (n_rows,)
        Predicted probability of an event, strictly between 0 and 1.
    n_groups : int
        Largest number of groups of equal weight; equal probabilities stay together.
    fitted : bool
        Whether the probabilities were fitted on these rows, which takes 2 degrees of freedom.
    sample_weight : array-like of shape (n_rows,), optional
        Sampling weights; the variance of a group is then ``sum w^2 p (1 - p)``.
    event_label : object, optional
        The label of an event. When None it is the larger of the two, and an EventLabelWarning says
        so unless labels are 0/1, -1/1 or False/True (numbers or text).

    Returns
    -------
    HosmerLemeshow
        Statistic, degrees of freedom, p-value.

    Raises
    ------
    ValueError
        If there are not two labels, a probability does not lie strictly between 0 and 1, or
        ``n_groups`` is not positive.

    Notes
    -----
    The variance of a group is the sum of ``p (1 - p)`` over its rows (Hosmer and Lemeshow put the
    mean p into it, which is the same where a group holds one probability), so that the law is
    chi-square with one degree a group for given probabilities.

    That law needs a variance of 5 events in every group. Where one has less, or rows differ in
    weight, the p-value is the larger of two (own rule): by the multiple of a chi-square that has
    the variance of the statistic (where that is larger), and by the gamma law, moved, that has its
    first three moments. With the cumulants k3, k4 and k6 of the standardised sum of a group its
    square has the variance ``2 + k4`` and the third central moment ``8 + 12 k4 + 10 k3^2 + k6``;
    ``fitted`` scales the sums of both as it does the degrees of freedom. Outcomes that would alone
    make a square of more than 20, up to 0.05 of them expected, are no matter of moments: they
    count by their probability. Scattered predictions (log odds of deviation 1, 2 and 4) with 10 and
    40 events, where chi-square rejects .05 to .13 of samples, are rejected in .03 to .05.

    References
    ----------
    .. [1] D. W. Hosmer and S. Lemeshow, "Goodness of fit tests for the multiple logistic regression
       model", Communications in Statistics 9 (1980), doi:10.1080/03610928008827941.

    Examples
    --------
    Two groups of four rows, 1 and 3 events where 2 are expected: 2 * (2 - 1)^2 / (4 * 0.25) = 2.

    >>> test = hosmer_lemeshow([0, 0, 0, 1, 0, 1, 1, 1], [0.49999] * 4 + [0.50001] * 4, n_groups=2)
    >>> round(test.statistic, 2), test.degrees_of_freedom
    (2.0, 2)
    """
    rows = as_rows(
        y,
        event_label=event_label,
        probability=probability,
        sample_weight=sample_weight,
        strict=True,
    )
    p = needed(rows.probability, "probability")
    groups = groups_by_rank(p, rows.mass, n_groups)

    # The variance of a group is that of its rows: two rows of weight 2 are not four rows.
    excess = np.bincount(groups, rows.mass * (rows.target - p))
    variance = np.bincount(groups, rows.squared_mass * p * (1.0 - p))

    # A fit on these rows has made the sum of the excess, and its slope, vanish.
    statistic = float((excess**2 / variance).sum())
    # So few groups have no degree left, and no test.
    degrees = max(excess.size - 2 * fitted, 0)
    if not degrees:
        return HosmerLemeshow(statistic, degrees, np.nan)

    weight = common_weight(rows.mass, rows.squared_mass)
    if weight is not None and float(variance.min()) >= FEWEST_SPREAD * weight**2:
        p_value = float(stats.chi2.sf(statistic, degrees))
    else:
        p_value = squares_p_value(statistic, degrees, p, rows.mass, groups)
    return HosmerLemeshow(statistic, degrees, p_value)

"""Do predicted probabilities hold? calibration line, observed over expected, Hosmer-Lemeshow."""

from dataclasses import dataclass

import numpy as np
from scipy import special, stats

from infotheory._typing import ArrayLike, FloatArray
from infotheory._validation import as_binary_target, as_weights
from infotheory.evidence.ranking import as_scores
from infotheory.inference import Estimate, LogNormalLaw
from infotheory.scorecard.logistic import fit_logistic
from infotheory.scorecard.ordering import groups_by_rank

__all__ = [
    "HosmerLemeshow",
    "calibration_intercept",
    "calibration_slope",
    "class_columns",
    "hosmer_lemeshow",
    "log_odds_of",
    "observed_expected_ratio",
    "probability_rows",
]


@dataclass(frozen=True, slots=True)
class HosmerLemeshow:
    """Result of the Hosmer-Lemeshow test.

    Parameters
    ----------
    statistic : float
        Sum over groups of (observed - predicted)^2 over the variance of the events.
    degrees_of_freedom : int
        Groups, less 2 where the probabilities were fitted on the same rows.
    p_value : float
        Probability of a larger statistic where the probabilities hold; NaN without degrees of freedom.
    """

    statistic: float
    degrees_of_freedom: int
    p_value: float


def calibration_intercept(y: ArrayLike, probability: ArrayLike, *, sample_weight: ArrayLike | None = None) -> Estimate:
    """Calibration in the large: shift of the log odds that makes predicted and observed events equal.

    Parameters
    ----------
    y : array-like of shape (n_rows,)
        Two labels; the larger one is the event.
    probability : array-like of shape (n_rows,)
        Predicted probability of an event, strictly between 0 and 1.
    sample_weight : array-like of shape (n_rows,), optional
        Sampling weights, not negative.

    Returns
    -------
    Estimate
        Positive where risk is underestimated; the p-value is that of "no shift".

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
    target, p, weights = probability_rows(y, probability, sample_weight)
    counts, squared = class_columns(target, weights)
    fit = fit_logistic(np.zeros((p.size, 0)), counts, squared_weights=squared, offset=log_odds_of(p))
    return _wald(fit.intercept, float(fit.covariance[0, 0]), 0.0, "intercept beside the log odds as offset")


def calibration_slope(y: ArrayLike, probability: ArrayLike, *, sample_weight: ArrayLike | None = None) -> Estimate:
    """Calibration slope: coefficient of the predicted log odds in a logistic regression of the labels.

    Parameters
    ----------
    y : array-like of shape (n_rows,)
        Two labels; the larger one is the event.
    probability : array-like of shape (n_rows,)
        Predicted probability of an event, strictly between 0 and 1, not all equal.
    sample_weight : array-like of shape (n_rows,), optional
        Sampling weights, not negative.

    Returns
    -------
    Estimate
        Below 1 where predictions are too extreme (overfitting); the p-value is that of "slope = 1".

    Raises
    ------
    ValueError
        If there are not two labels, a probability does not lie strictly between 0 and 1, or all are equal.

    References
    ----------
    .. [1] D. R. Cox, "Two further applications of a model for binary regression", Biometrika 45 (1958),
       doi:10.1093/biomet/45.3-4.562.

    Examples
    --------
    Observed odds 1 : 3 and 3 : 1, as predicted:

    >>> slope = calibration_slope([0, 0, 0, 1, 0, 1, 1, 1], [0.25] * 4 + [0.75] * 4)
    >>> round(slope.value, 6)
    1.0
    """
    target, p, weights = probability_rows(y, probability, sample_weight)
    if np.ptp(p) == 0.0:
        message = f"probabilities must differ for a slope, got {p[0]} in all {p.size} rows"
        raise ValueError(message)
    counts, squared = class_columns(target, weights)
    fit = fit_logistic(log_odds_of(p)[:, None], counts, squared_weights=squared)
    return _wald(float(fit.coefficients[0]), float(fit.covariance[1, 1]), 1.0, "logistic regression on the log odds")


def observed_expected_ratio(
    y: ArrayLike, probability: ArrayLike, *, sample_weight: ArrayLike | None = None
) -> Estimate:
    """Events observed over events expected from the predicted probabilities.

    Parameters
    ----------
    y : array-like of shape (n_rows,)
        Two labels; the larger one is the event.
    probability : array-like of shape (n_rows,)
        Predicted probability of an event, from 0 to 1, not all 0.
    sample_weight : array-like of shape (n_rows,), optional
        Sampling weights, not negative.

    Returns
    -------
    Estimate
        Above 1 where risk is underestimated. The interval is log-normal with the delta method's error,
        ``sqrt(sum w^2 (y - ratio p)^2) / sum w p``; the p-value of "ratio = 1" is that of
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
    target, p, weights = probability_rows(y, probability, sample_weight)
    w = np.ones(target.size) if weights is None else weights
    expected = float(w @ p)
    if expected == 0.0:
        message = f"probabilities must not all be 0, got {p.size} rows without an expected event"
        raise ValueError(message)
    value = float(w @ target) / expected
    error = float(np.sqrt(w**2 @ (target - value * p) ** 2)) / expected
    spread = float(np.sqrt(w**2 @ (p * (1.0 - p))))
    z = abs(float(w @ (target - p))) / spread if spread > 0.0 else np.inf
    p_value = float(2.0 * stats.norm.sf(z))
    return Estimate(value=value, standard_error=error, method="delta method", p_value=p_value, law=LogNormalLaw())


def hosmer_lemeshow(
    y: ArrayLike,
    probability: ArrayLike,
    *,
    n_groups: int = 10,
    fitted: bool = False,
    sample_weight: ArrayLike | None = None,
) -> HosmerLemeshow:
    """Hosmer-Lemeshow test over groups of the predicted probability.

    Parameters
    ----------
    y : array-like of shape (n_rows,)
        Two labels; the larger one is the event.
    probability : array-like of shape (n_rows,)
        Predicted probability of an event, strictly between 0 and 1.
    n_groups : int
        Largest number of groups of equal weight; equal probabilities stay together.
    fitted : bool
        Whether the probabilities were fitted on these rows, which takes 2 degrees of freedom.
    sample_weight : array-like of shape (n_rows,), optional
        Sampling weights; the variance of a group is then ``sum w^2 p (1 - p)``.

    Returns
    -------
    HosmerLemeshow
        Statistic, degrees of freedom, p-value.

    Raises
    ------
    ValueError
        If there are not two labels, a probability does not lie strictly between 0 and 1, or ``n_groups`` is not
        positive.

    Notes
    -----
    The variance of a group is the sum of ``p (1 - p)`` over its rows (Hosmer and Lemeshow put the mean p into it,
    which is the same where a group holds one probability), so that the law is chi-square with one degree a group for
    given probabilities.

    References
    ----------
    .. [1] D. W. Hosmer and S. Lemeshow, "Goodness of fit tests for the multiple logistic regression model",
       Communications in Statistics 9 (1980), doi:10.1080/03610928008827941.

    Examples
    --------
    Two groups of four rows, 1 and 3 events where 2 are expected: 2 * (2 - 1)^2 / (4 * 0.25) = 2.

    >>> test = hosmer_lemeshow([0, 0, 0, 1, 0, 1, 1, 1], [0.49999] * 4 + [0.50001] * 4, n_groups=2)
    >>> round(test.statistic, 2), test.degrees_of_freedom
    (2.0, 2)
    """
    target, p, weights = probability_rows(y, probability, sample_weight, strict=True)
    w = np.ones(target.size) if weights is None else weights
    groups = groups_by_rank(p, w, n_groups)
    excess = np.bincount(groups, w * (target - p))
    statistic = float((excess**2 / np.bincount(groups, w**2 * p * (1.0 - p))).sum())
    degrees = max(excess.size - 2 * fitted, 0)
    return HosmerLemeshow(statistic, degrees, float(stats.chi2.sf(statistic, degrees)) if degrees else np.nan)


def probability_rows(
    y: ArrayLike, probability: ArrayLike, sample_weight: ArrayLike | None, *, strict: bool = False
) -> tuple[FloatArray, FloatArray, FloatArray | None]:
    """Check labels, predicted probabilities and weights of the same rows.

    Parameters
    ----------
    y : array-like of shape (n_rows,)
        Two labels; the larger one is the event.
    probability : array-like of shape (n_rows,)
        Predicted probability of an event.
    sample_weight : array-like of shape (n_rows,) or None
        Sampling weights, not negative.
    strict : bool
        Refuse probabilities of 0 and 1.

    Returns
    -------
    tuple of ndarray
        Target (1.0 for an event), probabilities, weights or None.

    Raises
    ------
    ValueError
        If there are not two labels, or a probability does not lie between 0 and 1.
    """
    target, _ = as_binary_target(y)
    p = as_scores(probability, target.size)
    outside = (p <= 0.0) | (p >= 1.0) if strict else (p < 0.0) | (p > 1.0)
    if outside.any():
        message = (
            f"probability must lie {'strictly ' * strict}between 0 and 1, got {p[outside][0]} in row {outside.argmax()}"
        )
        raise ValueError(message)
    return target, p, as_weights(sample_weight, target.size)


def log_odds_of(p: FloatArray) -> FloatArray:
    """Log odds of probabilities, or ValueError where one does not lie strictly between 0 and 1.

    Parameters
    ----------
    p : ndarray of shape (n_rows,)
        Finite numbers.

    Returns
    -------
    ndarray of shape (n_rows,)
        ``ln(p / (1 - p))``.
    """
    outside = (p <= 0.0) | (p >= 1.0)
    if outside.any():
        message = f"probability must lie strictly between 0 and 1, got {p[outside][0]} in row {outside.argmax()}"
        raise ValueError(message)
    return np.asarray(special.logit(p))


def class_columns(target: FloatArray, weights: FloatArray | None) -> tuple[FloatArray, FloatArray | None]:
    """Lay out labels as counts of one row each, for ``fit_logistic``.

    Parameters
    ----------
    target : ndarray of shape (n_rows,)
        1.0 for an event.
    weights : ndarray of shape (n_rows,) or None
        Sampling weights.

    Returns
    -------
    counts : ndarray of shape (n_rows, 2)
        Weight of non-events and events.
    squared_weights : ndarray of shape (n_rows, 2) or None
        Squares of the same.
    """
    indicator = np.stack([1.0 - target, target], axis=1)
    return (indicator, None) if weights is None else (indicator * weights[:, None], indicator * weights[:, None] ** 2)


def _wald(value: float, variance: float, null: float, method: str) -> Estimate:
    error = float(np.sqrt(variance))
    p_value = float(2.0 * stats.norm.sf(abs(value - null) / error))
    return Estimate(value=value, standard_error=error, method=method, p_value=p_value)

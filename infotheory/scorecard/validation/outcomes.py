"""Known outcomes beside predicted probabilities, by row or by group of equal rows, and what they say of calibration."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy import special, stats

from infotheory._typing import ArrayLike, FloatArray
from infotheory._validation import as_binary_target, as_weights
from infotheory.evidence.roc_area import as_scores
from infotheory.inference import Estimate
from infotheory.laws import LogNormalLaw, NormalLaw
from infotheory.scorecard.regression.logistic import fit_logistic

__all__ = ["Outcomes", "class_columns", "log_odds_of", "probability_rows"]


@dataclass(frozen=True, slots=True, eq=False)
class Outcomes:
    """Outcomes with predicted probabilities; an entry may stand for a group of rows that are equal in both.

    Parameters
    ----------
    target : ndarray of shape (n,)
        1.0 for an event, 0.0 for a non-event.
    probability : ndarray of shape (n,)
        Predicted probability of an event.
    weights : ndarray of shape (n,)
        Sum of the weights of the rows.
    squared_weights : ndarray of shape (n,) or None
        Sum of their squared weights; None where all weights are 1, and then errors come from the
        information.

    Examples
    --------
    One entry for three equal rows:

    >>> rows = Outcomes(np.array([0.0, 1.0]), np.array([0.5, 0.5]), np.array([3.0, 1.0]), None)
    >>> round(rows.intercept().value, 4)  # ln(1 / 3)
    -1.0986
    """

    target: FloatArray
    probability: FloatArray
    weights: FloatArray
    squared_weights: FloatArray | None

    @classmethod
    def of_rows(cls, y: ArrayLike, probability: ArrayLike, sample_weight: ArrayLike | None) -> Self:
        """Check labels, predicted probabilities and weights of rows.

        Parameters
        ----------
        y : array-like of shape (n_rows,)
            Two labels; the larger one is the event.
        probability : array-like of shape (n_rows,)
            Predicted probability of an event.
        sample_weight : array-like of shape (n_rows,) or None
            Sampling weights, not negative.

        Returns
        -------
        Outcomes
            One entry a row.

        Raises
        ------
        ValueError
            If there are not two labels, or a probability does not lie between 0 and 1.
        """
        target, p, weights = probability_rows(y, probability, sample_weight)
        return cls(
            target, p, *((np.ones(target.size), None) if weights is None else (weights, weights**2))
        )

    @property
    def _squares(self) -> FloatArray:
        return self.weights if self.squared_weights is None else self.squared_weights

    def intercept(self) -> Estimate:
        """Calibration in the large, see :func:`infotheory.scorecard.calibration_intercept`."""
        p = self.probability
        counts, squared = class_columns(self.target, self.weights, self.squared_weights)
        fit = fit_logistic(
            np.zeros((p.size, 0)), counts, squared_weights=squared, offset=log_odds_of(p)
        )
        return _wald(
            fit.intercept,
            float(fit.covariance[0, 0]),
            0.0,
            "intercept beside the log odds as offset",
        )

    def slope(self) -> Estimate:
        """Calibration slope, see :func:`infotheory.scorecard.calibration_slope`."""
        p = self.probability
        if np.ptp(p) == 0.0:
            message = f"probabilities must differ for a slope, got {p[0]} in all {p.size} rows"
            raise ValueError(message)
        counts, squared = class_columns(self.target, self.weights, self.squared_weights)
        fit = fit_logistic(log_odds_of(p)[:, None], counts, squared_weights=squared)
        variance = float(fit.covariance[1, 1])
        return _wald(
            float(fit.coefficients[0]), variance, 1.0, "logistic regression on the log odds"
        )

    def observed_expected_ratio(self) -> Estimate:
        """Events over expected events, see :func:`infotheory.scorecard.observed_expected_ratio`."""
        target, p, w, squares = self.target, self.probability, self.weights, self._squares
        expected = float(w @ p)
        if expected == 0.0:
            message = (
                f"probabilities must not all be 0, got {p.size} rows without an expected event"
            )
            raise ValueError(message)
        value = float(w @ target) / expected
        error = float(np.sqrt(squares @ (target - value * p) ** 2)) / expected
        spread = float(np.sqrt(squares @ (p * (1.0 - p))))
        z = abs(float(w @ (target - p))) / spread if spread > 0.0 else np.inf
        p_value = float(2.0 * stats.norm.sf(z))
        return Estimate(
            value=value,
            standard_error=error,
            method="delta method",
            p_value=p_value,
            law=LogNormalLaw(),
        )

    def brier_score(self) -> Estimate:
        """Mean squared error of the probabilities, see :func:`infotheory.scorecard.brier_score`."""
        loss = (self.target - self.probability) ** 2
        value = float(np.average(loss, weights=self.weights))
        error = float(np.sqrt(self._squares @ (loss - value) ** 2)) / float(self.weights.sum())
        return Estimate(value=value, standard_error=error, method="mean", law=NormalLaw(0.0, 1.0))


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
            f"probability must lie {'strictly ' * strict}between 0 and 1, got {p[outside][0]} in "
            f"row {outside.argmax()}"
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
        message = (
            f"probability must lie strictly between 0 and 1, got {p[outside][0]} in row "
            f"{outside.argmax()}"
        )
        raise ValueError(message)
    return np.asarray(special.logit(p))


def class_columns(
    target: FloatArray, weights: FloatArray | None, squared_weights: FloatArray | None
) -> tuple[FloatArray, FloatArray | None]:
    """Lay out labels as counts of non-events and events, for ``fit_logistic``.

    Parameters
    ----------
    target : ndarray of shape (n_rows,)
        1.0 for an event.
    weights : ndarray of shape (n_rows,) or None
        Weights; ones when None.
    squared_weights : ndarray of shape (n_rows,) or None
        Sums of squared sampling weights; None where rows are not weighted.

    Returns
    -------
    counts : ndarray of shape (n_rows, 2)
        Weight of non-events and events.
    squared_weights : ndarray of shape (n_rows, 2) or None
        Squares of the same.
    """
    indicator = np.stack([1.0 - target, target], axis=1)
    counts = indicator if weights is None else indicator * weights[:, None]
    return counts, None if squared_weights is None else indicator * squared_weights[:, None]


def _wald(value: float, variance: float, null: float, method: str) -> Estimate:
    error = float(np.sqrt(variance))
    p_value = float(2.0 * stats.norm.sf(abs(value - null) / error))
    return Estimate(value=value, standard_error=error, method=method, p_value=p_value)

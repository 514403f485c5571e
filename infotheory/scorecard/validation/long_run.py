"""Probabilities of default moved to a stated long-run default rate."""

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd
from scipy import special

from infotheory._display import html_frame, short_repr
from infotheory._later import optimize
from infotheory._rows import Rows, needed
from infotheory._target import as_labels
from infotheory._typing import ArrayLike, FloatArray
from infotheory._validation import check_level, check_option, number_or_nan
from infotheory.evidence.roc_area import as_scores
from infotheory.inference import Estimate
from infotheory.laws import LogitNormalLaw
from infotheory.scorecard.regression.line_errors import LineErrors
from infotheory.scorecard.regression.logistic import check_both_classes, fit_logistic
from infotheory.scorecard.validation.outcomes import as_rows, class_columns, log_odds_of

__all__ = ["RateCalibration", "calibrate_to_rate"]

METHODS = ("shift", "prior", "slope")

#: Errors up to this part of a mean are the rounding of a sum.
_ROUNDING = 1e-12

#: Why a mean has no error.
STATED = "it is the stated rate, whatever the rows"
ALIKE = "probabilities do not differ, and leave their mean no error"


@dataclass(frozen=True, slots=True, eq=False)
class RateCalibration:
    """Linear map of the log odds that moves probabilities to a long-run rate.

    Parameters
    ----------
    method : {"shift", "prior", "slope"}
        How it was found.
    rate : float
        The stated long-run default rate.
    intercept, slope : float
        ``logit(new) = intercept + slope * logit(old)``.
    covariance : ndarray of shape (2, 2)
        Covariance of intercept and slope, the error of the stated rate included.
    mean_before, mean_after : Estimate
        Mean probability of the rows before and after.
    errors : LineErrors or None
        How well the covariance is known; None where it is taken for known.
    """

    method: str
    rate: float
    intercept: float
    slope: float
    covariance: FloatArray
    mean_before: Estimate
    mean_after: Estimate
    errors: "LineErrors | None" = None

    __repr__ = short_repr
    _repr_html_ = html_frame

    def predict(self, probability: ArrayLike) -> FloatArray:
        """Calibrated probabilities.

        Parameters
        ----------
        probability : array-like of shape (n_rows,)
            Probabilities of default, strictly between 0 and 1.

        Returns
        -------
        ndarray of shape (n_rows,)
            Probabilities of default in the long run; ``MasterScale.assign`` turns them into grades.
        """
        return np.asarray(special.expit(self.intercept + self.slope * _log_odds(probability)))

    def table(self, probability: ArrayLike, *, level: float = 0.95) -> pd.DataFrame:
        """Calibrated probabilities with the error of the map.

        Parameters
        ----------
        probability : array-like of shape (n_rows,)
            Probabilities of default, strictly between 0 and 1.
        level : float
            Coverage of the intervals (Student's on the logit scale), each by itself.

        Returns
        -------
        DataFrame
            Columns probability, calibrated, standard_error, low, high.
        """
        check_level(level)
        x = _log_odds(probability)
        center = self.intercept + self.slope * x
        reach, spread = self._reach(x, level)
        new = special.expit(center)
        return pd.DataFrame(
            {
                "probability": special.expit(x),
                "calibrated": new,
                # The error is that of the delta method; the ends stay between 0 and 1.
                "standard_error": new * (1.0 - new) * spread,
                "low": special.expit(center - reach),
                "high": special.expit(center + reach),
            }
        )

    def to_frame(self, *, level: float = 0.95) -> pd.DataFrame:
        """Return the map and what it does to the mean.

        Parameters
        ----------
        level : float
            Coverage of the intervals.

        Returns
        -------
        DataFrame
            Columns quantity ("intercept", "slope", "mean_before", "mean_after"), value,
            standard_error, low, high.
        """
        check_level(level)
        line = np.array([self.intercept, self.slope])
        # At 0 the line is its intercept, and infinitely far out its errors are of the slope.
        reach, errors = self._reach([0.0, np.inf], level)
        columns = (line, errors, line - reach, line + reach)

        numbers = [
            {"quantity": name, "value": value, "standard_error": error, "low": low, "high": high}
            for name, value, error, low, high in zip(
                ("intercept", "slope"), *(column.tolist() for column in columns), strict=True
            )
        ]
        means = {"mean_before": self.mean_before, "mean_after": self.mean_after}
        numbers += [
            {"quantity": quantity, **estimate.to_row(level, p_value=False)}
            for quantity, estimate in means.items()
        ]
        return pd.DataFrame(numbers)

    def _reach(self, x: ArrayLike, level: float) -> tuple[FloatArray, FloatArray]:
        """Half widths of intervals on the line, or of the slope at infinity, and errors."""
        errors = self.errors or LineErrors.of_covariance(self.covariance)
        return errors.reach(x, level)


def calibrate_to_rate(
    probability: ArrayLike,
    rate: float,
    *,
    method: Literal["shift", "prior", "slope"] = "shift",
    y: ArrayLike | None = None,
    rate_standard_error: float = 0.0,
    sample_weight: ArrayLike | None = None,
    event_label: Any = None,
) -> RateCalibration:
    """Move predicted probabilities so that they agree with a long-run default rate.

    Parameters
    ----------
    probability : array-like of shape (n_rows,)
        Probabilities of default of a reference portfolio, strictly between 0 and 1.
    rate : float
        Long-run default rate of that portfolio, strictly between 0 and 1.
    method : {"shift", "prior", "slope"}
        "shift" adds a constant to the log odds so that the mean is the rate. "prior" multiplies the
        odds by those of the rate over those of the sample (Bayes' rule for a sample whose share of
        defaults was chosen); the mean is then near the rate, not at it. "slope" first refits the
        slope of the log odds on ``y``, then shifts.
    y : array-like of shape (n_rows,), optional
        Two labels; ``event_label`` names the default; needed for "prior" and "slope".
    rate_standard_error : float
        Standard error of the rate, from other data than these rows; 0 where it is set by policy. A
        long run of few years has a large one: years count, not rows.
    sample_weight : array-like of shape (n_rows,), optional
        Sampling weights.
    event_label : object, optional
        The label of an event. When None it is the larger of the two, and an EventLabelWarning says
        so unless labels are 0/1, -1/1 or False/True (numbers or text).

    Returns
    -------
    RateCalibration
        The map with standard errors.

    Raises
    ------
    ValueError
        If a probability or the rate does not lie strictly between 0 and 1, ``rate_standard_error``
        is negative, or labels are missing where they are needed, or given where they are not used,
        or no rows of one class have weight.

    Notes
    -----
    The rows are a sample of the portfolio and the predictions are taken as given. With
    ``q_i = expit(a + b x_i)``, x the log odds and M the mean of ``q (1 - q)``, a row moves the
    intercept of "shift" and "slope" by ``-[(q_i - rate) / n + M_x db_i] / M``, ``M_x`` the mean of
    ``q (1 - q) x`` and ``db_i`` its influence on the slope (0 for "shift"); the error of the rate
    adds ``(se / M)^2``. The intercept of "prior" is ``logit(rate) - logit(r)``, r the share of
    defaults, with variance ``1 / (n r (1 - r))``. Weights enter as ``w_i / sum w``. Intervals of
    the map are Student's, of the rows that make the error, ``(sum u^2)^2 / sum u^4`` with u the
    influences of the rows: where log odds scatter, a few of 20 rows make the mean. Predictions of
    nine laws, 20 to 2000 rows, rates of .02 and .1: covered .96 (.88 by the normal law).

    References
    ----------
    .. [1] G. King and L. Zeng, "Logistic regression in rare events data", Political Analysis 9
       (2001) 137-163, doi:10.1093/oxfordjournals.pan.a004868, section 4 (prior correction).
    .. [2] D. Tasche, "The art of probability-of-default curve calibration", Journal of Credit Risk
       9 (2013) 63-103, arXiv:1212.3716.

    Examples
    --------
    All predictions are 0.2; the long-run rate is 0.1, so the log odds fall by ln 4 - ln 9 less
    themselves:

    >>> moved = calibrate_to_rate([0.2, 0.2, 0.2], 0.1)
    >>> round(moved.intercept, 4), moved.predict([0.2]).round(4).tolist()  # ln(1/9) - ln(1/4)
    (-0.8109, [0.1])
    """
    check_option("method", method, METHODS)
    _check_rate(rate, rate_standard_error)
    rate, rate_standard_error = float(rate), float(rate_standard_error)
    if (y is None) != (method == "shift"):
        message = (
            "y must be given for method 'prior' or 'slope' and only there, got y "
            f"{type(y).__name__} and {method!r}"
        )
        raise ValueError(message)

    # as_rows takes the number of rows from y, and would blame the probabilities.
    if y is not None:
        as_labels("y", y, np.size(probability))
    rows = as_rows(
        y,
        event_label=event_label,
        probability=probability,
        sample_weight=sample_weight,
        strict=True,
        unlabelled=True,
    )
    if not rows.n_rows:
        message = "probability must hold at least one row, got none"
        raise ValueError(message)
    x = log_odds_of(needed(rows.probability, "probability"))
    share = rows.mass / rows.mass.sum()

    if method != "shift":
        check_both_classes(class_columns(rows)[0])
    if method == "prior":
        line = _prior_line(rows.target, share, rate)
    elif method == "slope":
        line = _shifted_line(x, share, rate, *_slope(x, rows))
    else:
        line = _shifted_line(x, share, rate, 1.0, np.zeros(x.size))

    # The stated rate comes from other data: its error adds to that of the rows.
    errors = LineErrors.of_influences(
        line.influence, known=(line.by_rate * rate_standard_error) ** 2
    )

    # The mean moves with each row itself and through the line: by steep.sum() a unit of the
    # intercept, by steep @ x a unit of the slope. Of "shift" and "slope" both cancel: the mean is
    # the rate whatever the rows.
    old, new = special.expit(x), special.expit(line.intercept + line.slope * x)
    steep = share * new * (1.0 - new)
    before = share * (old - share @ old)
    after = share * (new - share @ new) + line.influence @ [steep.sum(), steep @ x]
    error = np.hypot(np.linalg.norm(after), steep.sum() * line.by_rate * rate_standard_error)
    return RateCalibration(
        method=method,
        rate=float(rate),
        intercept=line.intercept,
        slope=line.slope,
        covariance=errors.covariance,
        mean_before=_mean(share @ old, np.linalg.norm(before), "weighted mean"),
        mean_after=_mean(share @ new, error, f"weighted mean after {method}"),
        errors=errors,
    )


class _LogOddsLine(NamedTuple):
    """A line of the log odds with its errors.

    ``influence`` of shape (n_rows, 2) is what each row adds to the errors of intercept and slope,
    ``by_rate`` the derivative of the intercept by the stated rate.
    """

    intercept: float
    slope: float
    influence: FloatArray
    by_rate: float


def _prior_line(target: FloatArray, share: FloatArray, rate: float) -> _LogOddsLine:
    """Bayes' rule for a sample whose share of defaults was chosen."""
    # Each class is summed: one less a share near 1 would lose the digits of the other.
    nonevents, events = float(share @ (1.0 - target)), float(share @ target)
    # The derivative of minus their log odds times the influence of each row on the share.
    moved = share * np.where(target == 1.0, -1.0 / events, 1.0 / nonevents)
    intercept = float(special.logit(rate) - np.log(events) + np.log(nonevents))
    influence = np.stack([moved, np.zeros(target.size)], axis=1)
    return _LogOddsLine(intercept, 1.0, influence, 1.0 / (rate * (1.0 - rate)))


def _shifted_line(
    x: FloatArray, share: FloatArray, rate: float, slope: float, by_slope: FloatArray
) -> _LogOddsLine:
    """Constant that makes the mean the rate, beside a slope with the influence of each row."""
    intercept = _intercept(slope * x, share, rate)
    q = special.expit(intercept + slope * x)

    # The mean stays at the rate: its derivative by a row, with what the slope moves, is undone by
    # the intercept.
    steep = share * q * (1.0 - q)
    moved = -(share * (q - rate) + (steep @ x) * by_slope) / steep.sum()
    influence = np.stack([moved, by_slope], axis=1)
    return _LogOddsLine(intercept, slope, influence, 1.0 / float(steep.sum()))


def _intercept(x: FloatArray, share: FloatArray, rate: float) -> float:
    """Constant that makes the mean of ``expit(constant + x)`` the rate."""
    center = float(special.logit(rate))

    def excess(constant: float) -> float:
        return float(share @ special.expit(constant + x)) - rate

    # It lies between the constants that would do for the extremes alone. Where these are a few
    # rounding errors apart the mean may be on one side of the rate at both: either end is then it.
    low, high = center - float(x.max()), center - float(x.min())
    if excess(low) >= 0.0:
        return low
    if excess(high) <= 0.0:
        return high
    return float(optimize.brentq(excess, low, high, xtol=1e-13))


def _slope(x: FloatArray, rows: Rows) -> tuple[float, FloatArray]:
    """Slope of the log odds of the labels on x, with the influence of every row."""
    weighted = x[rows.mass > 0.0]
    if np.ptp(weighted) == 0.0:
        message = (
            f"probabilities must differ for a slope, got {special.expit(weighted[0]):g} in all "
            f"{weighted.size} rows with weight"
        )
        raise ValueError(message)
    counts, squared = class_columns(rows)
    fit = fit_logistic(x[:, None], counts, squared_weights=squared, names=["log odds"])

    # The influence on the slope: the second row of the bread times the score of each row.
    residual = counts.sum(axis=1) * (rows.target - special.expit(fit.log_odds(x[:, None])))
    return float(fit.coefficients[0]), (fit.bread[1, 0] + fit.bread[1, 1] * x) * residual


def _log_odds(probability: ArrayLike) -> FloatArray:
    return log_odds_of(as_scores(probability, np.size(probability), "probability"))


def _check_rate(rate: float, error: float) -> None:
    if not 1e-12 <= number_or_nan(rate) < 1.0 or not 0.0 <= number_or_nan(error) < np.inf:
        message = (
            "rate must lie strictly between 0 and 1, from 1e-12 up, and rate_standard_error from "
            "0 up, "
            f"got {rate!r} and {error!r}; state 2 % as 0.02"
        )
        raise ValueError(message)


def _mean(value: float, error: float | np.floating[Any], method: str) -> Estimate:
    """Mean of probabilities, whose interval stays between 0 and 1."""
    # An error that is the rounding of a sum is none: the reason says what the mean is.
    if error <= _ROUNDING * value:
        reason = STATED if "after" in method else ALIKE
        return Estimate(value=float(value), standard_error=0.0, method=method, reason=reason)
    return Estimate(
        value=float(value), standard_error=float(error), method=method, law=LogitNormalLaw()
    )

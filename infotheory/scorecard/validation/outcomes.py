"""Rows with outcomes: read at one border, and what they say of predicted probabilities."""

import math
from typing import Any

import numpy as np
from scipy import special

from infotheory._codes import common_weight
from infotheory._row_order import warn_of_row_order
from infotheory._rows import Rows, needed
from infotheory._target import learn_target
from infotheory._typing import ArrayLike, FloatArray
from infotheory._validation import as_array, as_weights
from infotheory.evidence.roc_area import as_scores
from infotheory.inference import Estimate, kish_size, weighted_mean
from infotheory.laws import IntervalLaw, NormalLaw, StudentLaw, WithheldLaw, two_sided_p_value
from infotheory.scorecard.regression.logistic import LogisticFit, fit_logistic
from infotheory.scorecard.validation.outcome_laws import EventRatioLaw, SquaredErrorLaw

__all__ = [
    "as_probabilities",
    "as_rows",
    "class_columns",
    "degrees_of_weights",
    "log_odds_of",
    "mean_squared_error",
    "observed_over_expected",
    "shift_of_log_odds",
    "slope_of_log_odds",
]


def as_rows(
    y: ArrayLike | None,
    *,
    score: ArrayLike | None = None,
    probability: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None,
    strict: bool = False,
    score_name: str = "score",
    event_label: Any = None,
    unlabelled: bool = False,
    all_rows: bool = False,
) -> Rows:
    """Check labels, scores or predicted probabilities, and weights of the same rows.

    This is the one border of validation and decisions. Rows of weight 0 are left out, unless
    ``all_rows`` have other arrays of the caller beside them. Rows that may be ``unlabelled`` (``y``
    None) have the length of their scores or probabilities, and NaN for an outcome. ``strict``
    refuses probabilities of 0 and 1; ``score_name`` is what the caller calls scores. The event is
    the larger label where no ``event_label`` is given, with a warning unless the labels are clear.
    """
    if score is None and probability is None:
        message = f"{score_name} (or probability) must hold a number for each row, got None"
        raise ValueError(message)
    named: dict[str, Any] = {"y": y, score_name: score, "probability": probability}
    warn_of_row_order(**named, sample_weight=sample_weight)
    if y is None and not unlabelled:
        message = "y must hold the label of each row, got None"
        raise ValueError(message)
    if y is not None:
        target, weights = learn_target(y, sample_weight, event_label)
    else:
        # Without labels the outcomes are missing, and the numbers say how many rows there are.
        measured = probability if score is None else score
        n_rows = 0 if measured is None else as_array(score_name, measured).size
        target, weights = np.full(n_rows, np.nan), as_weights(sample_weight, n_rows)

    n_rows = target.size
    scores = None if score is None else as_scores(score, n_rows, score_name, weights)
    p = (
        None
        if probability is None
        else as_probabilities(probability, n_rows, strict=strict, weights=weights)
    )
    rows = Rows.of_sample(target, weights, score=scores, probability=p)
    return rows if all_rows else rows.present()


def as_probabilities(
    probability: ArrayLike,
    n_rows: int | None = None,
    *,
    strict: bool = False,
    weights: FloatArray | None = None,
) -> FloatArray:
    """Return probabilities as float64, or raise ValueError where one is not between 0 and 1.

    Rows of weight 0 may hold anything.
    """
    n_rows = np.size(probability) if n_rows is None else n_rows
    p = as_scores(probability, n_rows, "probability", weights)
    outside = (p <= 0.0) | (p >= 1.0) if strict else (p < 0.0) | (p > 1.0)
    if outside.any():
        message = (
            f"probability must lie {'strictly ' * strict}between 0 and 1, got {p[outside][0]} in "
            f"row {outside.argmax()}"
        )
        raise ValueError(message)
    return p


def log_odds_of(p: FloatArray) -> FloatArray:
    """Log odds of probabilities, or ValueError where one does not lie strictly between 0 and 1."""
    return np.asarray(special.logit(as_probabilities(p, strict=True)))


def class_columns(rows: Rows) -> tuple[FloatArray, FloatArray | None]:
    """Lay out rows as weights of non-events and events, shape (n_rows, 2), for ``fit_logistic``.

    The squares are None where rows are not weighted: errors then come from the information. Rows
    of one weight are rows without weights.
    """
    indicator = np.stack([1.0 - rows.target, rows.target], axis=1)
    # One weight of all rows is a unit: counted in it the rows have no weights.
    weight = common_weight(rows.mass, rows.squared_mass)
    counts = indicator * (rows.mass / (weight or 1.0))[:, None]
    return counts, indicator * rows.squared_mass[:, None] if weight is None else None


def shift_of_log_odds(rows: Rows) -> Estimate:
    """Calibration in the large, see :func:`infotheory.scorecard.calibration_intercept`."""
    log_odds = log_odds_of(needed(rows.probability, "probability"))
    no_columns = np.zeros((rows.n_rows, 0))
    # Where every prediction is 1e-300 no step begins from them; from a row in the middle one does.
    middle = float(np.percentile(log_odds[rows.mass > 0.0], 50, method="lower"))
    fit, variances = _fit_of_rows(no_columns, rows, log_odds - middle)

    method = "intercept beside the log odds as offset"
    shift = fit.intercept - middle
    return _wald(shift, float(variances[0]), 0.0, method, degrees_of_weights(rows))


def slope_of_log_odds(rows: Rows) -> Estimate:
    """Calibration slope, see :func:`infotheory.scorecard.calibration_slope`."""
    p = needed(rows.probability, "probability")
    # What differs where nothing weighs gives no slope.
    held = p[rows.mass > 0.0]
    if np.ptp(held) == 0.0:
        message = f"probabilities must differ for a slope, got {held[0]} in all {held.size} rows"
        raise ValueError(message)
    fit, variances = _fit_of_rows(log_odds_of(p)[:, None], rows)

    method = "logistic regression on the log odds"
    slope = float(fit.coefficients[0])
    return _wald(slope, float(variances[1]), 1.0, method, degrees_of_weights(rows))


def observed_over_expected(rows: Rows) -> Estimate:
    """Events over expected events, see :func:`infotheory.scorecard.observed_expected_ratio`."""
    target, p = rows.target, needed(rows.probability, "probability")
    expected = float(rows.mass @ p)
    # A ratio to nothing has no value, and no event could make it one.
    if expected == 0.0:
        message = f"probabilities must not all be 0, got {p.size} rows without an expected event"
        raise ValueError(message)
    value = float(rows.mass @ target) / expected
    error = float(np.sqrt(rows.squared_mass @ (target - value * p) ** 2)) / expected

    # The test takes the variance under its hypothesis, which is 0 where every p is 0 or 1: then one
    # row against its probability is impossible, and rows that all follow theirs are no surprise.
    spread = float(np.sqrt(rows.squared_mass @ (p * (1.0 - p))))
    # Rows without an event show no other variance. Those with events show a larger one where the
    # probabilities are right on average and too far apart.
    shown = error * expected / np.sqrt(value) if value > 0.0 else spread
    if value == 0.0:
        error = spread / expected
    if spread > 0.0:
        z = float(rows.mass @ (target - p)) / max(spread, shown)
    else:
        z = 0.0 if (target == p)[rows.mass > 0.0].all() else np.inf

    # The interval wants the variance where the ratio lies, not where it is 1: less of it is left
    # where all probabilities are too low by a third. Where nothing is left (every probability is 0
    # or 1, or every row has its event), that of Poisson's law bounds it.
    degrees = degrees_of_weights(rows)
    moved = np.minimum(value * p, 1.0)
    there = float(np.sqrt(rows.squared_mass @ (p * (1.0 - moved))))
    largest = float(np.sqrt(rows.squared_mass @ p))
    certain = spread == 0.0 or max(there, shown) <= 1e-6 * largest  # a root of rounding
    unit = (largest if certain else max(there, shown)) ** 2 / expected
    return Estimate(
        value=value,
        standard_error=error,
        method="delta method",
        p_value=two_sided_p_value(z, degrees),
        law=EventRatioLaw(value * expected, expected, unit, degrees),
    )


def mean_squared_error(rows: Rows) -> Estimate:
    """Brier score of the probabilities, see :func:`infotheory.scorecard.brier_score`."""
    loss = (rows.target - needed(rows.probability, "probability")) ** 2
    value, error = weighted_mean(loss, rows.mass, rows.squared_mass)
    law = SquaredErrorLaw(degrees_of_weights(rows))
    return Estimate(value=float(value), standard_error=float(error), method="mean", law=law)


def degrees_of_weights(rows: Rows) -> float:
    """Degrees of freedom of errors of weighted rows: Kish's size of the smaller class, less one.

    Infinite without weights, and for rows of one class at least one.
    """
    if common_weight(rows.mass, rows.squared_mass) is not None:
        return math.inf
    event = rows.target == 1.0
    sizes = [
        kish_size(float(rows.mass[label].sum()), float(rows.squared_mass[label].sum()))
        for label in (event, ~event)
    ]
    return max(min(sizes) - 1.0, 1.0)


def _fit_of_rows(
    columns: FloatArray, rows: Rows, offset: FloatArray | None = None
) -> tuple[LogisticFit, FloatArray]:
    """Fit the labels, with variances of the coefficients that need not trust the predictions.

    A shift does not mend predictions that are too far apart, nor a line those that bend: events
    then vary more about the fit than its probabilities say. Few rows show too small a variance as
    easily as too large a one, so that the larger counts of what they show and what the fit says.
    """
    counts, squared = class_columns(rows)
    # Rows of one weight weigh 1, and so do their squares.
    squares = counts if squared is None else squared
    fit = fit_logistic(columns, counts, squared_weights=squares, offset=offset)
    shown = np.diag(fit.covariance)
    return fit, np.maximum(shown, np.diag(fit.bread)) if squared is None else shown


def _wald(value: float, variance: float, null: float, method: str, degrees: float) -> Estimate:
    error = float(np.sqrt(variance))
    known = error > 0.0
    reason = None if known else "the error is 0: rows do not vary, and there is no test"
    law: IntervalLaw = NormalLaw() if math.isinf(degrees) else StudentLaw(degrees)
    return Estimate(
        value=value,
        standard_error=error,
        method=method,
        p_value=two_sided_p_value((value - null) / error, degrees) if known else None,
        law=law if reason is None else WithheldLaw(reason),
    )

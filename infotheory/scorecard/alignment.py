"""Scores of any origin on one stated scale of points."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from infotheory._display import html_frame, short_repr
from infotheory._row_order import warn_of_row_order
from infotheory._rows import Rows, needed
from infotheory._target import learn_target
from infotheory._typing import ArrayLike, FloatArray
from infotheory.evidence.roc_area import as_scores
from infotheory.inference import Estimate
from infotheory.laws import two_sided_quantile
from infotheory.scorecard.points.scale import Scale
from infotheory.scorecard.regression.logistic import fit_logistic
from infotheory.scorecard.validation.outcomes import class_columns

__all__ = ["Alignment", "align_scores"]

METHOD = "logistic regression on the score, sandwich"


@dataclass(frozen=True, slots=True, eq=False)
class Alignment:
    """Linear map from a score to points of a stated scale.

    Parameters
    ----------
    scale : Scale
        The scale: points, points that double the odds, base odds.
    intercept, slope : float
        ``points = intercept + slope * score``.
    covariance : ndarray of shape (2, 2)
        Covariance of intercept and slope.
    n_rows : int
        Number of rows of the fit.
    """

    scale: Scale
    intercept: float
    slope: float
    covariance: FloatArray
    n_rows: int

    __repr__ = short_repr
    _repr_html_ = html_frame

    def points(self, score: ArrayLike) -> FloatArray:
        """Points on the scale.

        Parameters
        ----------
        score : array-like of shape (n_rows,)
            Finite scores.

        Returns
        -------
        ndarray of shape (n_rows,)
            Points, more are safer.
        """
        return np.asarray(self.intercept + self.slope * as_scores(score, np.size(score)))

    def table(self, score: ArrayLike, *, level: float = 0.95) -> pd.DataFrame:
        """Points with the error of the map.

        Parameters
        ----------
        score : array-like of shape (n_rows,)
            Finite scores.
        level : float
            Coverage of the intervals, each by itself.

        Returns
        -------
        DataFrame
            Columns score, points, standard_error, low, high.
        """
        x = as_scores(score, np.size(score))
        design = np.stack([np.ones(x.size), x], axis=1)
        # The variance is a quadratic form, which rounding may turn negative where it is 0.
        errors = np.sqrt(np.maximum(((design @ self.covariance) * design).sum(axis=1), 0.0))
        points, reach = self.points(x), two_sided_quantile(level) * errors
        return pd.DataFrame(
            {
                "score": x,
                "points": points,
                "standard_error": errors,
                "low": points - reach,
                "high": points + reach,
            }
        )

    def to_frame(self, *, level: float = 0.95) -> pd.DataFrame:
        """Intercept and slope of the map.

        Parameters
        ----------
        level : float
            Coverage of the intervals.

        Returns
        -------
        DataFrame
            Columns quantity ("intercept", "slope"), value, standard_error, low, high.
        """
        errors = np.sqrt(np.diag(self.covariance)).tolist()
        estimates = {
            "intercept": Estimate(value=self.intercept, standard_error=errors[0], method=METHOD),
            "slope": Estimate(value=self.slope, standard_error=errors[1], method=METHOD),
        }
        return pd.DataFrame(
            [
                {"quantity": quantity} | estimate.to_row(level, p_value=False)
                for quantity, estimate in estimates.items()
            ]
        )


def align_scores(
    y: ArrayLike,
    score: ArrayLike,
    scale: Scale,
    *,
    sample_weight: ArrayLike | None = None,
    event_label: Any = None,
) -> Alignment:
    """Put a score on a scale on which points mean odds.

    The log odds are fitted on these rows, then scaled.
    Align an old and a new card, or a bureau score and a card, on the same rows and the same scale,
    and their points can be compared, averaged, or held against one cut-off.

    Parameters
    ----------
    y : array-like of shape (n_rows,)
        Two labels; ``event_label`` names the event (bad).
    score : array-like of shape (n_rows,)
        Finite numbers in either direction, not all equal.
    scale : Scale
        The scale wanted.
    sample_weight : array-like of shape (n_rows,), optional
        Sampling weights.
    event_label : object, optional
        The label of an event. When None it is the larger of the two, and an EventLabelWarning says
        so unless labels are 0/1, -1/1 or False/True (numbers or text).

    Returns
    -------
    Alignment
        The map, with the covariance of its two numbers. A score that keeps the scale already has
        slope 1 and intercept 0 within their errors.

    Raises
    ------
    ValueError
        If there are not two labels, a score is not finite, or all scores are equal.

    Notes
    -----
    With ``log odds = a + b score`` fitted by maximum likelihood,
    ``points = offset - factor (a + b score)``, where ``factor = pdo / ln 2`` and
    ``offset = base_points - factor ln(base_odds)``. The covariance is the sandwich
    ``H^-1 [sum w^2 x x' (y - p)^2] H^-1`` times ``factor^2``: it holds for the best linear map
    where the true log odds are not linear in the score. It takes the score as given.

    Examples
    --------
    Odds of 9 to 1 at score 2 and of 1 to 1 at score 1:

    >>> score, y = [1, 1] + [2] * 10, [0, 1] + [0] * 9 + [1]
    >>> aligned = align_scores(y, score, Scale(pdo=20, base_points=500, base_odds=1))
    >>> aligned.points([1, 2]).round(4).tolist()  # 500 and 500 + 20 log2(9)
    [500.0, 563.3985]
    """
    warn_of_row_order(y=y, score=score, sample_weight=sample_weight)
    target, weights = learn_target(y, sample_weight, event_label)
    scores = as_scores(score, target.size, weights=weights)
    rows = Rows.of_sample(target, weights, score=scores).present()
    x = needed(rows.score, "score")
    if np.ptp(x) == 0.0:
        message = f"scores must differ, got {x[0]:g} in all {x.size} rows; a constant has no slope"
        raise ValueError(message)

    # The sandwich without weights too: log odds need not be linear in a score of any origin.
    counts, squared = class_columns(rows)
    squares = counts if squared is None else squared
    fit = fit_logistic(x[:, None], counts, squared_weights=squares, names=["score"])

    # Points are scale.offset - factor * log odds of an event: linear in both coefficients, so that
    # their covariance is multiplied by the square of the factor.
    return Alignment(
        scale=scale,
        intercept=scale.score(fit.intercept),
        slope=float(-scale.factor * fit.coefficients[0]),
        covariance=scale.factor**2 * fit.covariance,
        n_rows=rows.n_rows,
    )

"""Scores of any origin on one stated scale of points."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from infotheory._codes import common_weight
from infotheory._display import html_frame, short_repr
from infotheory._row_order import warn_of_row_order
from infotheory._rows import Rows, needed
from infotheory._target import learn_target
from infotheory._typing import ArrayLike, FloatArray
from infotheory._validation import check_level
from infotheory._warnings import warn
from infotheory.evidence.roc_area import as_scores
from infotheory.exceptions import WithheldWarning
from infotheory.inference import kish_size
from infotheory.scorecard.points.scale import Scale
from infotheory.scorecard.regression.line_errors import LineErrors
from infotheory.scorecard.regression.logistic import LogisticFit, fit_logistic
from infotheory.scorecard.validation.outcomes import class_columns

__all__ = ["Alignment", "align_scores"]

#: Rows of the rarer class, by what weighted rows are worth, from which their errors hold.
_FEWEST_WEIGHTED = 5.0

#: What is left of a residual at least, where one row alone says what the line is there.
_LEAST_LEFT = 1e-6

#: Squares of smaller differences of scores leave float64.
_LEAST_SPREAD = 1e-90


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
    errors : LineErrors or None
        How well the covariance is known; None where it is taken for known.
    reason : str or None
        Why intervals are withheld; None where they are not.
    """

    scale: Scale
    intercept: float
    slope: float
    covariance: FloatArray
    n_rows: int
    errors: "LineErrors | None" = None
    reason: str | None = None

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
        check_level(level)
        x = as_scores(score, np.size(score))
        points, (reach, errors) = self.points(x), self._reach(x, level)
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
        check_level(level)
        values = np.array([self.intercept, self.slope])
        reach, errors = self._reach([0.0, np.inf], level)
        return pd.DataFrame(
            {
                "quantity": ["intercept", "slope"],
                "value": values,
                "standard_error": errors,
                "low": values - reach,
                "high": values + reach,
            }
        )

    def _reach(self, x: ArrayLike, level: float) -> tuple[FloatArray, FloatArray]:
        """Half widths of intervals of points, or of the slope at infinity, and errors."""
        errors = self.errors or LineErrors.of_covariance(self.covariance)
        reach, error = errors.reach(x, level)
        return np.full_like(reach, np.nan) if self.reason else reach, error


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
        If there are not two labels, a score is not finite, or all scores are equal or differ by
        less than 1e-90.

    Warns
    -----
    WithheldWarning
        If intervals are withheld: the rarer class expects fewer than 5 rows, by what rows with
        weights are worth.

    Notes
    -----
    With ``log odds = a + b score`` fitted by maximum likelihood,
    ``points = offset - factor (a + b score)``, where ``factor = pdo / ln 2`` and
    ``offset = base_points - factor ln(base_odds)``. The covariance is the sandwich
    ``H^-1 [sum w^2 x x' (y - p)^2 / (1 - h)^2] H^-1`` times ``factor^2``, h the leverage of a row
    (J. G. MacKinnon and H. White, Journal of Econometrics 29 (1985) 305-325,
    doi:10.1016/0304-4076(85)90158-7): it holds for the best linear map where the true log odds are
    not linear in the score. It takes the score as given. Intervals are Student's, of the rows that
    make the error, ``(sum u^2)^2 / sum u^4`` with u the influences of the rows. Scores of nine laws
    (log-normal of deviation 1.5, clumps, few levels, Student's t with 3 degrees), 20 to 2000 rows,
    rates of .01 to .5, weights that depend on the score: covered .97 (.87 of slopes and .93 of
    intercepts by the normal law).

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
    if np.ptp(x) < _LEAST_SPREAD:
        message = (
            f"scores must differ by {_LEAST_SPREAD:g} or more, got {np.ptp(x):.3g}; rescale them"
        )
        raise ValueError(message)

    # The sandwich without weights too: log odds need not be linear in a score of any origin.
    counts, squared = class_columns(rows)
    squares = counts if squared is None else squared
    fit = fit_logistic(x[:, None], counts, squared_weights=squares, names=["score"])
    influences = _influences(fit, x, rows, counts) * scale.factor
    center = float(np.average(x, weights=rows.mass))
    errors = LineErrors.of_influences(influences, center=center)

    # Points are scale.offset - factor * log odds of an event: linear in both coefficients, so that
    # their errors are multiplied by the factor.
    return Alignment(
        scale=scale,
        intercept=scale.score(fit.intercept),
        slope=float(-scale.factor * fit.coefficients[0]),
        covariance=errors.covariance,
        n_rows=rows.n_rows,
        errors=errors,
        reason=_reason(rows, counts),
    )


def _influences(fit: LogisticFit, x: FloatArray, rows: Rows, counts: FloatArray) -> FloatArray:
    """Return what each row, left out, would change in the log odds of an event at 0 and by 1."""
    design = np.stack([np.ones(x.size), x], axis=1)
    risk, mass = special.expit(fit.log_odds(x[:, None])), counts.sum(axis=1)
    moved = design @ fit.bread
    # A row that the line follows has a small residual for it: by one less its leverage.
    leverage = mass * risk * (1.0 - risk) * (moved * design).sum(axis=1)
    residual = mass * (rows.target - risk) / np.maximum(1.0 - leverage, _LEAST_LEFT)
    return np.asarray(moved * residual[:, None])


def _reason(rows: Rows, counts: FloatArray) -> str | None:
    """Say where weighted rows of the rarer class are too few, and warn of it."""
    if common_weight(rows.mass, rows.squared_mass) is not None:
        return None
    size = kish_size(float(rows.mass.sum()), float(rows.squared_mass.sum()))
    expected = size * float(counts.sum(axis=0).min() / counts.sum())
    if expected >= _FEWEST_WEIGHTED:
        return None
    reason = (
        f"the rarer class expects {expected:.1f} rows, by what rows with weights are worth "
        f"({_FEWEST_WEIGHTED:g} needed)"
    )
    warn(f"no interval of the aligned points is shown: {reason}", WithheldWarning)
    return reason

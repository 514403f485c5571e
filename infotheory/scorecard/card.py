"""The scorecard: bins, weights of evidence, a logistic regression and points."""

from collections.abc import Sequence
from copy import copy
from functools import partial
from typing import Any, Literal, Self

import numpy as np
import pandas as pd
from scipy import special
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import Tags, column_or_1d
from sklearn.utils.validation import check_is_fitted

from infotheory._patterns import Patterns
from infotheory._target import TargetLabels
from infotheory._typing import ArrayLike, FloatArray, LabelArray
from infotheory._validation import as_weights, check_length, check_option
from infotheory.scorecard._fit import CardRegression, p_values_on_rows, regress
from infotheory.scorecard.card_frames import CardFrames
from infotheory.scorecard.export.methods import Exports
from infotheory.scorecard.points.binners import fit_binner
from infotheory.scorecard.points.codes import codes_with_warning, log_odds_of_codes, points_of_codes
from infotheory.scorecard.points.fitted import (
    event_coefficients,
    event_direction,
    scale_of,
    scaled_points,
)
from infotheory.scorecard.points.scale import check_estimated
from infotheory.scorecard.points.table import coefficient_frame, points_frame
from infotheory.scorecard.reasons.explanations import Explanations
from infotheory.scorecard.regression.logistic import Penalty, fit_logistic

__all__ = ["Scorecard"]


class Scorecard(CardFrames, Explanations, Exports, ClassifierMixin, BaseEstimator):
    """Points by bin from a logistic regression on weights of evidence.

    Parameters
    ----------
    binner : estimator, optional
        A binner of ``infotheory.binning``; ``OptimalBinner()`` when None. A fitted binner inside
        scikit-learn's ``FrozenEstimator`` is used as it is.
    pdo : float
        Points that double the odds, positive.
    base_points : float
        Points at ``base_odds``.
    base_odds : float
        Non-events per event at ``base_points``, positive.
    round : bool
        Round the points of each bin to integers; the score is the sum of the rounded points.
    intercept : {"spread", "separate"}
        Spread the base points over the characteristics, or keep them as a row of their own.
    penalty : {None, "ridge", "firth"}
        Penalty of the regression, see :func:`infotheory.scorecard.fit_logistic`.
    alpha : float
        Strength of the ridge.
    exclude_from_reasons : sequence of str
        Characteristics that are never given as a reason, such as protected attributes.

    Attributes
    ----------
    binner_ : estimator
        The fitted clone of the binner.
    classes_ : ndarray of shape (2,)
        The two labels, sorted; the event is ``classes_[1]`` unless the binner's ``event_label``
        says otherwise.
    event_label_ : object
        The label that counts as an event.
    coef_ : ndarray of shape (1, n_features)
        Change of the log odds of ``classes_[1]`` per unit of weight of evidence; 0 for a
        characteristic with one bin.
    intercept_ : ndarray of shape (1,)
        Log odds of ``classes_[1]`` at weight of evidence 0.
    covariance_ : ndarray of shape (1 + n_features, 1 + n_features)
        Covariance of intercept and coefficients. It includes the estimation of the weights of
        evidence where they come from the training rows, and takes them as given for a frozen binner
        that learnt on others.
    contribution_covariance_ : ndarray of shape (1 + n_all_codes, 1 + n_all_codes)
        Covariance of the intercept and of what each bin adds to the log odds, characteristic by
        characteristic.
    origin_ : str
        "fit", or the package from whose export the card was read; such a card has points but no
        coefficients.
    status_ : str
        "converged", "separation", "singular" or "iteration limit".
    points_ : dict of str to ndarray
        Points of each characteristic by bin code, the code of unseen categories last.
    base_ : float
        Points added to every score; 0 where they are spread.
    n_features_in_ : int
        Number of features.
    feature_names_in_ : ndarray of shape (n_features,)
        Names of the features, where X has them.

    Notes
    -----
    ``points = offset + factor * ln(non-events : events)``, ``factor = pdo / ln 2``,
    ``offset = base_points - factor * ln(base_odds)``: more points are safer.

    Examples
    --------
    >>> X = pd.DataFrame({"income": [1.0] * 50 + [2.0] * 50})
    >>> y = np.repeat([0, 1, 0, 1], [20, 30, 40, 10])
    >>> card = Scorecard(base_odds=1, base_points=500).fit(X, y)
    >>> card.points_table()["points"].tolist()[:2]  # 500 + 20 / ln 2 * ln(20 / 30) and 500 + 20 / ln 2 * ln(40 / 10)
    [488.0, 540.0]
    """

    def __init__(
        self,
        binner: Any = None,
        *,
        pdo: float = 20,
        base_points: float = 600,
        base_odds: float = 50,
        round: bool = True,  # noqa: A002 - the word of the trade
        intercept: Literal["spread", "separate"] = "spread",
        penalty: Penalty = None,
        alpha: float = 1.0,
        exclude_from_reasons: Sequence[str] = (),
    ) -> None:
        self.binner = binner
        self.pdo = pdo
        self.base_points = base_points
        self.base_odds = base_odds
        self.round = round
        self.intercept = intercept
        self.penalty = penalty
        self.alpha = alpha
        self.exclude_from_reasons = exclude_from_reasons

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        tags.input_tags.allow_nan = True
        tags.input_tags.categorical = True
        return tags

    def fit(
        self, X: Any, y: ArrayLike, sample_weight: ArrayLike | None = None, *, protected: Any = None
    ) -> Self:
        """Learn bins, coefficients and points.

        Parameters
        ----------
        X : array-like or frame of shape (n_rows, n_features)
            Numbers and categories; missing values are welcome.
        y : array-like of shape (n_rows,)
            Two distinct labels.
        sample_weight : array-like of shape (n_rows,), optional
            Sampling weights. Integer weights give the coefficients and points of repeated rows, not
            their standard errors.
        protected : array-like or frame, optional
            Protected attributes of the rows, for a binner whose ``fit`` takes them.

        Returns
        -------
        Scorecard
            The fitted card.

        Raises
        ------
        ValueError
            If an option or the data is not valid, or ``protected`` is given to a binner that has no
            use for it.
        """
        self._check_options()
        labels = y if y is None else column_or_1d(y, warn=True)
        self.binner_ = fit_binner(self.binner, X, labels, sample_weight, protected)
        target, known = TargetLabels.learn(labels, self.binner_.event_label)
        self.classes_, self.event_label_ = known.classes, known.event
        codes = self.binner_.bin_codes(X)
        check_length("y", target, len(codes))
        weights = as_weights(sample_weight, target.size)
        self._fit_patterns(Patterns.from_rows(codes, target, weights))
        return self

    def _check_options(self) -> None:
        check_option("intercept", self.intercept, ("spread", "separate"))
        scale_of(self)

    def _fit_patterns(self, patterns: Patterns) -> None:
        """Learn coefficients and points in the bins of ``binner_``."""
        self.n_features_in_ = self.binner_.n_features_in_
        if hasattr(self.binner_, "feature_names_in_"):
            self.feature_names_in_ = self.binner_.feature_names_in_
        fitter = partial(fit_logistic, penalty=self.penalty, alpha=self.alpha)
        self._store(regress(self.binner_, patterns, fitter))
        self._scale_points()

    def with_regression(self, result: CardRegression) -> Self:
        """Card on the same bins with other coefficients, such as those of a regression under constraints.

        Parameters
        ----------
        result : CardRegression
            What ``infotheory.scorecard._fit.regress`` returned for the bins of this card.

        Returns
        -------
        Scorecard
            A fitted copy; this card stays as it is.
        """
        check_is_fitted(self, "coef_")
        other = copy(self)
        other._store(result)
        other._scale_points()
        return other

    def _store(self, result: CardRegression) -> None:
        direction = event_direction(self)
        self.coef_ = direction * result.coefficients[None, :]
        self.intercept_ = np.array([direction * result.intercept])
        self.covariance_, self.contribution_covariance_ = (
            result.covariance,
            result.contribution_covariance,
        )
        self.active_, self.variance_inflation_ = result.active, result.inflation
        self.status_, self.n_iter_, self.origin_ = result.status, result.n_iter, "fit"

    def _scale_points(self) -> None:
        points, self.base_ = scaled_points(self, rounded=self.round)
        self.points_ = dict(zip(self.binner_.specs_, points, strict=True))

    def decision_function(self, X: Any) -> FloatArray:
        """Log odds of ``classes_[1]``.

        Parameters
        ----------
        X : array-like or frame of shape (n_rows, n_features)
            The features of the fit.

        Returns
        -------
        ndarray of shape (n_rows,)
            Log odds in nats.
        """
        check_is_fitted(self, "points_")
        return log_odds_of_codes(self, codes_with_warning(self.binner_, X))

    def predict_proba(self, X: Any) -> FloatArray:
        """Probability of each class.

        Parameters
        ----------
        X : array-like or frame of shape (n_rows, n_features)
            The features of the fit.

        Returns
        -------
        ndarray of shape (n_rows, 2)
            Columns in the order of ``classes_``; rows sum to 1.
        """
        log_odds = self.decision_function(X)
        return np.column_stack([special.expit(-log_odds), special.expit(log_odds)])

    def predict(self, X: Any) -> LabelArray:
        """Label of the more probable class.

        Parameters
        ----------
        X : array-like or frame of shape (n_rows, n_features)
            The features of the fit.

        Returns
        -------
        ndarray of shape (n_rows,)
            Labels.
        """
        positive = self.decision_function(X) > 0.0
        return np.asarray(self.classes_[positive.astype(np.intp)])

    def predict_points(self, X: Any) -> FloatArray:
        """Score in points; more points are safer.

        Parameters
        ----------
        X : array-like or frame of shape (n_rows, n_features)
            The features of the fit.

        Returns
        -------
        ndarray of shape (n_rows,)
            Sum of the base points and the points of each bin; unseen categories have weight of
            evidence 0.

        Raises
        ------
        ValueError
            If a number is infinite and not a special value, a category is unseen where
            ``cat_unknown="error"``, or the card comes from another package whose export says
            nothing of a value.
        """
        check_is_fitted(self, "points_")
        return points_of_codes(self, codes_with_warning(self.binner_, X))

    def points_table(self) -> pd.DataFrame:
        """Points of every bin.

        Returns
        -------
        DataFrame
            One row a bin, empty ones included, and one for unseen categories: feature, bin, count,
            event_rate, woe, coefficient (of the log odds of an event), points. Separate base points
            are the first row. What the export of another package does not hold is NaN.
        """
        check_is_fitted(self, "points_")
        return points_frame(self.binner_, event_coefficients(self), self.points_, self.base_)

    def coefficient_table(
        self,
        X: Any = None,
        y: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
        *,
        level: float = 0.95,
    ) -> pd.DataFrame:
        """Coefficients with standard errors, and tests of the characteristics on given rows.

        Parameters
        ----------
        X : array-like or frame of shape (n_rows, n_features), optional
            Rows for the tests; p-values are withheld without them. Rows whose counts are those of
            the binner's tables are its training rows and their p-values are marked, other rows
            count as hold-out.
        y : array-like of shape (n_rows,), optional
            Their labels.
        sample_weight : array-like of shape (n_rows,), optional
            Their sampling weights.
        level : float
            Coverage of the intervals.

        Returns
        -------
        DataFrame
            One row a characteristic: feature, coefficient (of the log odds of an event),
            standard_error, low, high, vif, sign_ok (a safer bin has the smaller odds), p_value
            (score test with bins less one degrees of freedom), p_value_note. The errors include the
            estimation of the weights of evidence but take bins as given; the intervals presume a
            clear information value.

        Raises
        ------
        ValueError
            If only one of X and y is given, or ``level`` is not between 0 and 1.
        """
        check_is_fitted(self, "points_")
        check_estimated(self.origin_, "coefficients")
        if (X is None) != (y is None) or not 0.0 < level < 1.0:
            message = (
                "X and y go together and level lies strictly between 0 and 1, "
                f"got X {type(X).__name__}, y {type(y).__name__}, level {level!r}"
            )
            raise ValueError(message)
        p_values, notes = p_values_on_rows(self.binner_, self.active_, X, y, sample_weight)
        safer = 1.0 if self.binner_.woe_sign == "event" else -1.0
        errors = np.sqrt(np.maximum(np.diag(self.covariance_)[1:], 0.0))
        frame = coefficient_frame(event_coefficients(self), errors, level=level, safer=safer)
        return frame.assign(vif=self.variance_inflation_, p_value=p_values, p_value_note=notes)

"""The scorecard: bins, weights of evidence, a logistic regression and points."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Self

import numpy as np
import pandas as pd
from scipy import special
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import Tags, column_or_1d
from sklearn.utils.validation import check_is_fitted

from infotheory._typing import ArrayLike, FloatArray, LabelArray
from infotheory._validation import as_binary_target, as_weights, check_length, check_option
from infotheory.scorecard.bins import codes_with_warning, fit_binner, sum_by_code
from infotheory.scorecard.characteristic_tests import characteristic_tests
from infotheory.scorecard.coefficients import (
    columns_of,
    regressors_of,
    stacked_covariance,
    variance_inflation,
)
from infotheory.scorecard.export import binner_from_dict, dump_card, read_document, restore
from infotheory.scorecard.frames import coefficient_frame, points_frame
from infotheory.scorecard.logistic import LogisticFit, Penalty, fit_logistic
from infotheory.scorecard.patterns import Patterns
from infotheory.scorecard.reasons import rank_reasons, reference_points
from infotheory.scorecard.scaling import Scale

__all__ = ["Scorecard"]

WITHHELD = "withheld: bins were learnt on these rows; pass hold-out rows"
AFTER_SELECTION = "after selection: bins were learnt on these rows"
HOLD_OUT = "rows on which no bins were learnt"
ONE_BIN = "one bin: no information, not in the regression"


class Scorecard(ClassifierMixin, BaseEstimator):
    """Points by bin from a logistic regression on weights of evidence.

    Parameters
    ----------
    binner : estimator, optional
        A binner of ``infotheory.binning``; ``OptimalBinner()`` when None. A fitted binner inside scikit-learn's
        ``FrozenEstimator`` is used as it is.
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
        The two labels, sorted; the event is ``classes_[1]`` unless the binner's ``event_label`` says otherwise.
    coef_ : ndarray of shape (1, n_features)
        Change of the log odds of ``classes_[1]`` per unit of weight of evidence; 0 for a characteristic with one bin.
    intercept_ : ndarray of shape (1,)
        Log odds of ``classes_[1]`` at weight of evidence 0.
    covariance_ : ndarray of shape (1 + n_features, 1 + n_features)
        Covariance of intercept and coefficients. It includes the estimation of the weights of evidence where they come
        from the training rows, and takes them as given for a frozen binner that learnt on others.
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

    def fit(self, X: Any, y: ArrayLike, sample_weight: ArrayLike | None = None, *, protected: Any = None) -> Self:
        """Learn bins, coefficients and points.

        Parameters
        ----------
        X : array-like or frame of shape (n_rows, n_features)
            Numbers and categories; missing values are welcome.
        y : array-like of shape (n_rows,)
            Two distinct labels.
        sample_weight : array-like of shape (n_rows,), optional
            Sampling weights. Integer weights give the coefficients and points of repeated rows, not their standard
            errors.
        protected : array-like or frame, optional
            Protected attributes of the rows, for a binner whose ``fit`` takes them.

        Returns
        -------
        Scorecard
            The fitted card.

        Raises
        ------
        ValueError
            If an option or the data is not valid, or ``protected`` is given to a binner that has no use for it.
        """
        scale = Scale(self.pdo, self.base_points, self.base_odds)
        check_option("intercept", self.intercept, ("spread", "separate"))
        labels = y if y is None else column_or_1d(y, warn=True)
        self.binner_ = fit_binner(self.binner, X, labels, sample_weight, protected)
        target, self.classes_ = as_binary_target(labels, event_label=self.binner_.event_label)
        codes = self.binner_.bin_codes(X)
        check_length("y", target, len(codes))
        weights = as_weights(sample_weight, target.size)
        self.n_features_in_ = self.binner_.n_features_in_
        if hasattr(self.binner_, "feature_names_in_"):
            self.feature_names_in_ = self.binner_.feature_names_in_
        self._regress(Patterns.from_rows(codes, target, weights))
        self._scale_points(scale)
        return self

    def _regress(self, patterns: Patterns) -> None:
        regressors = regressors_of(self.binner_, patterns)
        columns = patterns.design(columns_of(regressors))
        active = np.ptp(columns, axis=0) > 0.0
        used = Patterns(patterns.codes[:, active], patterns.counts, patterns.squared_weights)
        kept = [r for r, is_active in zip(regressors, active, strict=True) if is_active]
        design = used.design(columns_of(kept))
        weighted = patterns.squared_weights is not patterns.counts
        fit = fit_logistic(
            design,
            patterns.counts,
            squared_weights=patterns.squared_weights if weighted else None,
            penalty=self.penalty,
            alpha=self.alpha,
            names=[name for name, is_active in zip(self.binner_.specs_, active, strict=True) if is_active],
        )
        estimated = all(r.counts is not None for r in kept)
        covariance = stacked_covariance(fit, used, kept) if estimated else fit.covariance
        self.status_, self.n_iter_ = fit.status, fit.n_iter
        self._store(fit, covariance, active)
        self.variance_inflation_ = np.full(active.size, np.nan)
        self.variance_inflation_[active] = variance_inflation(design, patterns.counts.sum(axis=1))

    def _store(self, fit: LogisticFit, covariance: FloatArray, active: Any) -> None:
        places = np.r_[0, 1 + np.flatnonzero(active)]
        self.covariance_ = np.zeros((1 + active.size, 1 + active.size))
        self.covariance_[np.ix_(places, places)] = covariance
        direction = self._event_direction()
        self.coef_ = np.zeros((1, active.size))
        self.coef_[0, active] = direction * fit.coefficients
        self.intercept_ = np.array([direction * fit.intercept])
        self.active_ = active

    def _event_direction(self) -> float:
        label = self.binner_.event_label
        return 1.0 if label is None or label == self.classes_[1] else -1.0

    def _scale_points(self, scale: Scale) -> None:
        odds = [coefficient * self.binner_.woe_[name] for name, coefficient in self._event_coefficients().items()]
        points, self.base_ = scale.points(
            odds,
            self._event_direction() * float(self.intercept_[0]),
            self.active_,
            spread=self.intercept == "spread",
            rounded=self.round,
        )
        self.points_ = dict(zip(self.binner_.specs_, points, strict=True))

    def _event_coefficients(self) -> dict[str, float]:
        coefficients = self._event_direction() * self.coef_[0]
        return dict(zip(self.binner_.specs_, coefficients.tolist(), strict=True))

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
        check_is_fitted(self, "coef_")
        tables = [c * self.binner_.woe_[name] for c, name in zip(self.coef_[0], self.binner_.specs_, strict=True)]
        return self._sum(X, tables, float(self.intercept_[0]))

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
            Sum of the base points and the points of each bin; unseen categories have weight of evidence 0.
        """
        check_is_fitted(self, "coef_")
        return self._sum(X, list(self.points_.values()), self.base_)

    def _sum(self, X: Any, tables: Sequence[FloatArray], start: float) -> FloatArray:
        return sum_by_code(codes_with_warning(self.binner_, X), tables, start)

    def points_table(self) -> pd.DataFrame:
        """Points of every bin.

        Returns
        -------
        DataFrame
            One row a bin, empty ones included, and one for unseen categories: feature, bin, count, event_rate, woe,
            coefficient (of the log odds of an event), points. Separate base points are the first row.
        """
        check_is_fitted(self, "coef_")
        return points_frame(self.binner_, self._event_coefficients(), self.points_, self.base_)

    def reason_codes(
        self,
        X: Any,
        n: int = 4,
        *,
        reference: Literal["max", "average", "neutral"] = "max",
        texts: Mapping[str, str] | None = None,
    ) -> pd.DataFrame:
        """Characteristics that cost each applicant the most points; those of ``exclude_from_reasons`` are never given.

        Parameters
        ----------
        X : array-like or frame of shape (n_rows, n_features)
            The features of the fit.
        n : int
            Largest number of reasons.
        reference : {"max", "average", "neutral"}
            Points are lost against the best bin, the mean of the training rows, or a weight of evidence of 0.
        texts : mapping of str to str, optional
            What to say for a characteristic; its name where there is no entry.

        Returns
        -------
        DataFrame
            One row an applicant: reason_1, shortfall_1 (points), ..., None and NaN where no further points are lost.

        Raises
        ------
        ValueError
            If ``n`` is not a positive integer, or a name is not one of the characteristics.
        """
        check_is_fitted(self, "coef_")
        tables = self.binner_.tables_
        counts = {name: tables[name].without_groups().counts.sum(axis=1) for name in self.points_}
        references = {name: reference_points(p, counts[name], reference) for name, p in self.points_.items()}
        excluded = tuple(self.exclude_from_reasons)
        return rank_reasons(
            codes_with_warning(self.binner_, X), self.points_, references, n, texts=texts, excluded=excluded
        )

    def to_json(self) -> str:
        """Write the card as one versioned JSON document.

        Returns
        -------
        str
            Bins, counts, weights of evidence, coefficients with covariance, points and settings.
        """
        check_is_fitted(self, "coef_")
        return dump_card(self)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read a card that ``to_json`` wrote.

        Parameters
        ----------
        text : str
            The document.

        Returns
        -------
        Scorecard
            A fitted card with the same points and probabilities; its binner is frozen.

        Raises
        ------
        ValueError
            If the text is not such a document.
        """
        document = read_document(text)
        return restore(cls(binner_from_dict(document), **document["settings"]), document)

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
            Rows for the tests; p-values are withheld without them. Rows whose counts are those of the binner's tables
            are its training rows and their p-values are marked, other rows count as hold-out.
        y : array-like of shape (n_rows,), optional
            Their labels.
        sample_weight : array-like of shape (n_rows,), optional
            Their sampling weights.
        level : float
            Coverage of the intervals.

        Returns
        -------
        DataFrame
            One row a characteristic: feature, coefficient (of the log odds of an event), standard_error, low, high,
            vif, sign_ok (a safer bin has the smaller odds), p_value (score test with bins less one degrees of
            freedom), p_value_note. The errors include the estimation of the weights of evidence but take bins as
            given; the intervals presume a clear information value.

        Raises
        ------
        ValueError
            If only one of X and y is given, or ``level`` is not between 0 and 1.
        """
        check_is_fitted(self, "coef_")
        if (X is None) != (y is None) or not 0.0 < level < 1.0:
            message = (
                "X and y go together and level lies strictly between 0 and 1, "
                f"got X {type(X).__name__}, y {type(y).__name__}, level {level!r}"
            )
            raise ValueError(message)
        p_values, notes = self._tests(X, y, sample_weight)
        safer = 1.0 if self.binner_.woe_sign == "event" else -1.0
        errors = np.sqrt(np.maximum(np.diag(self.covariance_)[1:], 0.0))
        frame = coefficient_frame(self._event_coefficients(), errors, level=level, safer=safer)
        return frame.assign(vif=self.variance_inflation_, p_value=p_values, p_value_note=notes)

    def _tests(self, X: Any, y: ArrayLike | None, sample_weight: ArrayLike | None) -> tuple[FloatArray, list[str]]:
        p_values = np.full(self.active_.size, np.nan)
        notes = np.where(self.active_, WITHHELD, ONE_BIN).astype(object)
        if X is None or y is None:
            return p_values, notes.tolist()
        target, _ = as_binary_target(y, event_label=self.binner_.event_label)
        codes = self.binner_.bin_codes(X)
        check_length("y", target, len(codes))
        patterns = Patterns.from_rows(codes, target, as_weights(sample_weight, target.size))
        regressors = [
            r for r, is_active in zip(regressors_of(self.binner_, patterns), self.active_, strict=True) if is_active
        ]
        used = Patterns(patterns.codes[:, self.active_], patterns.counts, patterns.squared_weights)
        p_values[self.active_] = [test.p_value for test in characteristic_tests(used, regressors)]
        notes[self.active_] = [HOLD_OUT if r.counts is None else AFTER_SELECTION for r in regressors]
        return p_values, notes.tolist()

"""The scorecard: bins, weights of evidence, a logistic regression and points."""

import inspect
from collections.abc import Sequence
from typing import Any, Literal, Self

import numpy as np
import pandas as pd
from scipy import special, stats
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.frozen import FrozenEstimator
from sklearn.utils import Tags, column_or_1d
from sklearn.utils.validation import check_is_fitted

from infotheory._typing import ArrayLike, FloatArray, LabelArray
from infotheory._validation import as_binary_target, as_weights, check_length, check_option
from infotheory.binning import OptimalBinner
from infotheory.evidence.samples import fill_zero_cells, samples_of_table
from infotheory.scorecard.coefficients import (
    Regressor,
    characteristic_test,
    stacked_covariance,
    variance_inflation,
)
from infotheory.scorecard.logistic import LogisticFit, Penalty, fit_logistic
from infotheory.scorecard.patterns import Patterns
from infotheory.scorecard.scaling import Scale
from infotheory.tables import CountTable

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
        Covariance of intercept and coefficients. It includes the estimation of the weights of evidence where they come from
        the training rows, and takes them as given for a frozen binner that learnt on others.
    status_ : str
        "converged", "separation", "singular" or "iteration limit".
    points_ : dict of str to ndarray
        Points of each characteristic by bin code, the code of unseen categories last.
    base_ : float
        Points added to every score; 0 where they are spread.
    n_features_in_ : int
        Number of features.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features, where X has them.

    Notes
    -----
    ``points = offset + factor * ln(non-events : events)``, ``factor = pdo / ln 2``, ``offset = base_points - factor * ln(base_odds)``:
    more points are safer.

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
            Sampling weights. Integer weights give the coefficients and points of repeated rows, not their standard errors.
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
        self.binner_ = self._fit_binner(X, y, sample_weight, protected)
        target, self.classes_ = as_binary_target(column_or_1d(y, warn=True), event_label=self.binner_.event_label)
        codes = self.binner_.bin_codes(X)
        check_length("y", target, len(codes))
        weights = as_weights(sample_weight, target.size)
        self.n_features_in_ = self.binner_.n_features_in_
        if hasattr(self.binner_, "feature_names_in_"):
            self.feature_names_in_ = self.binner_.feature_names_in_
        self._regress(Patterns.from_rows(codes, target, weights))
        self._scale_points(scale)
        return self

    def _fit_binner(self, X: Any, y: ArrayLike, sample_weight: ArrayLike | None, protected: Any) -> Any:
        binner = OptimalBinner() if self.binner is None else clone(self.binner)
        if isinstance(binner, FrozenEstimator):
            if protected is not None:
                message = f"protected has no use for a frozen binner, got {type(protected).__name__}; leave it out"
                raise ValueError(message)
            check_is_fitted(binner)
            return binner
        if protected is None:
            return binner.fit(X, y, sample_weight=sample_weight)
        if "protected" not in inspect.signature(binner.fit).parameters:
            message = (
                f"protected needs a binner whose fit takes it (FairBinner), got {type(binner).__name__}; leave it out"
            )
            raise ValueError(message)
        return binner.fit(X, y, sample_weight=sample_weight, protected=protected)

    def _regress(self, patterns: Patterns) -> None:
        regressors = self._regressors(patterns)
        spread = [r.values[np.unique(c)] for r, c in zip(regressors, patterns.codes.T, strict=True)]
        active = np.array([values.size > 1 and np.ptp(values) > 0.0 for values in spread], dtype=bool)
        used = Patterns(patterns.codes[:, active], patterns.counts, patterns.squared_weights)
        kept = [r for r, is_active in zip(regressors, active, strict=True) if is_active]
        design = used.design([r.values for r in kept])
        weighted = patterns.squared_weights is not patterns.counts
        fit = fit_logistic(
            design,
            patterns.counts,
            squared_weights=patterns.squared_weights if weighted else None,
            penalty=self.penalty,
            alpha=self.alpha,
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

    def _regressors(self, patterns: Patterns) -> list[Regressor]:
        """Weights of evidence of the binner, marked as estimated where its tables are those of these rows."""
        sign = -1.0 if self.binner_.woe_sign == "event" else 1.0
        regressors = []
        for f, name in enumerate(self.binner_.specs_):
            woe, table = self.binner_.woe_[name], self.binner_.tables_[name].without_groups()
            here = patterns.counts_by_code(f, woe.size)[: table.n_bins]
            same = bool(np.allclose(here, table.counts, rtol=1e-12, atol=0.0))
            filled = fill_zero_cells(samples_of_table(table), self.binner_.zero_cells) if same else None
            regressors.append(Regressor(woe, None if filled is None else _with_unseen(filled), sign))
        return regressors

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
        return np.asarray(self.classes_[(self.decision_function(X) > 0.0).astype(np.intp)])

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
        codes = self.binner_.bin_codes(X)
        total = np.full(len(codes), start)
        for table, column in zip(tables, codes.T, strict=True):
            total += table[column]
        return total

    def points_table(self) -> pd.DataFrame:
        """Points of every bin.

        Returns
        -------
        DataFrame
            One row a bin, empty ones included, and one for unseen categories: feature, bin, count, event_rate, woe, coefficient (of
            the log odds of an event), points. Separate base points are the first row.
        """
        check_is_fitted(self, "coef_")
        coefficients = self._event_coefficients()
        frames = [self._base_row()] if self.base_ else []
        for name, spec in self.binner_.specs_.items():
            frame = self.binner_.tables_[name].without_groups().to_frame()[["bin", "count", "event_rate"]]
            if spec.kind == "categorical":
                unseen = pd.DataFrame({"bin": ["Unseen"], "count": [0.0], "event_rate": [np.nan]})
                frame = pd.concat([frame, unseen], ignore_index=True)
            n = len(frame)
            frames.append(
                frame.assign(
                    feature=name,
                    woe=self.binner_.woe_[name][:n],
                    coefficient=coefficients[name],
                    points=self.points_[name][:n],
                )
            )
        columns = ["feature", "bin", "count", "event_rate", "woe", "coefficient", "points"]
        return pd.concat(frames, ignore_index=True)[columns]

    def _base_row(self) -> pd.DataFrame:
        table: CountTable = next(iter(self.binner_.tables_.values())).without_groups()
        total, events = float(table.counts.sum()), float(table.events.sum())
        row = {"feature": "(base points)", "bin": "", "count": total, "event_rate": events / total, "woe": 0.0}
        return pd.DataFrame([row | {"coefficient": np.nan, "points": self.base_}])

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
            Rows for the tests; p-values are withheld without them.
        y : array-like of shape (n_rows,), optional
            Their labels.
        sample_weight : array-like of shape (n_rows,), optional
            Their sampling weights.
        level : float
            Coverage of the intervals.

        Returns
        -------
        DataFrame
            One row a characteristic: feature, coefficient (of the log odds of an event), standard_error, low, high, vif, sign_ok (a safer bin
            has the smaller odds), p_value (score test with bins less one degrees of freedom), p_value_note. The errors include
            the estimation of the weights of evidence but take bins as given; the intervals presume a clear information value.

        Raises
        ------
        ValueError
            If only one of X and y is given, or ``level`` is not between 0 and 1.
        """
        check_is_fitted(self, "coef_")
        if (X is None) != (y is None) or not 0.0 < level < 1.0:
            message = f"X and y go together and level lies between 0 and 1, got X {type(X).__name__}, y {type(y).__name__}, {level!r}"
            raise ValueError(message)
        coefficients = np.array(list(self._event_coefficients().values()))
        errors = np.sqrt(np.maximum(np.diag(self.covariance_)[1:], 0.0))
        z = float(stats.norm.ppf(0.5 + level / 2.0))
        safer = 1.0 if self.binner_.woe_sign == "event" else -1.0
        p_values, notes = self._tests(X, y, sample_weight)
        return pd.DataFrame(
            {
                "feature": list(self.binner_.specs_),
                "coefficient": coefficients,
                "standard_error": errors,
                "low": coefficients - z * errors,
                "high": coefficients + z * errors,
                "vif": self.variance_inflation_,
                "sign_ok": ~self.active_ | (safer * coefficients > 0.0),
                "p_value": p_values,
                "p_value_note": notes,
            }
        )

    def _tests(self, X: Any, y: ArrayLike | None, sample_weight: ArrayLike | None) -> tuple[FloatArray, list[str]]:
        p_values = np.full(self.active_.size, np.nan)
        notes = np.where(self.active_, WITHHELD, ONE_BIN).astype(object)
        if X is None or y is None:
            return p_values, notes.tolist()
        target, _ = as_binary_target(y, event_label=self.binner_.event_label)
        codes = self.binner_.bin_codes(X)
        check_length("y", target, len(codes))
        patterns = Patterns.from_rows(codes, target, as_weights(sample_weight, target.size))
        regressors = [r for r, is_active in zip(self._regressors(patterns), self.active_, strict=True) if is_active]
        used = Patterns(patterns.codes[:, self.active_], patterns.counts, patterns.squared_weights)
        for place, f in enumerate(np.flatnonzero(self.active_)):
            p_values[f] = characteristic_test(used, regressors, place).p_value
            notes[f] = HOLD_OUT if regressors[place].counts is None else AFTER_SELECTION
        return p_values, notes.tolist()


def _with_unseen(filled: Any) -> Any:
    """Give the unseen code a count of 0."""
    return type(filled)(*(np.append(array, 0.0) for array in filled))

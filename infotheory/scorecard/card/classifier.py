"""The scorecard: bins, weights of evidence, a logistic regression and points."""

from collections.abc import Iterable, Sequence
from copy import copy
from typing import Any, Literal, NamedTuple, Self, TypeVar

import numpy as np
import pandas as pd
from scipy import special
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import Tags, column_or_1d
from sklearn.utils.validation import check_is_fitted

from infotheory._fresh_fit import fresh_fit
from infotheory._patterns import Patterns
from infotheory._target import TargetLabels, as_labels, refuse_missing
from infotheory._typing import ArrayLike, FloatArray, LabelArray
from infotheory._validation import as_weights, check_level, check_option, fill_absent
from infotheory.engines import open_frame
from infotheory.inference import holm
from infotheory.scorecard._fit import CardRegression, Signs, fitter_of, p_values_on_rows, regress
from infotheory.scorecard.card.frames import patterns_of_frame
from infotheory.scorecard.card.methods import PointsCard
from infotheory.scorecard.export.document import dump_card, read_card
from infotheory.scorecard.points.binners import fit_binner, fit_binner_on_frame, labels_of_card
from infotheory.scorecard.points.card_tables import coefficient_table
from infotheory.scorecard.points.codes import (
    codes_with_warning,
    log_odds_of_codes,
    warn_of_rows_new_to_bins,
)
from infotheory.scorecard.points.estimator import ScoredByWeight
from infotheory.scorecard.points.fitted import (
    check_estimated,
    event_direction,
    scale_of,
    scaled_points,
)
from infotheory.scorecard.points.scale import Scale
from infotheory.scorecard.points.signs import warn_of_signs
from infotheory.scorecard.reasons.intervals import probability_intervals
from infotheory.scorecard.regression.logistic import Penalty
from infotheory.scorecard.regression.signed import check_penalty

__all__ = ["Scorecard"]

CardT = TypeVar("CardT", bound="Scorecard")


class _Beginning(NamedTuple):
    """Coefficients of the log odds of an event from which a search begins."""

    intercept: float
    coefficients: dict[str, float]

    @classmethod
    def from_card(cls, card: Any) -> Self:
        """Take those of a fitted card."""
        if not isinstance(card, Scorecard) or not hasattr(card, "coef_"):
            message = (
                f"start must be a Scorecard with coefficients, got {type(card).__name__}; leave it "
                "out where there is none"
            )
            raise ValueError(message)
        direction = event_direction(card)
        coefficients = zip(card.binner_.features_, direction * card.coef_[0], strict=True)
        return cls(float(direction * card.intercept_[0]), dict(coefficients))

    def of(self, names: Iterable[str]) -> FloatArray:
        """Return the intercept and the coefficients of characteristics, 0 of one not seen."""
        return np.array([self.intercept, *(self.coefficients.get(name, 0.0) for name in names)])


class Scorecard(ScoredByWeight, ClassifierMixin, PointsCard):
    """Points by bin from a logistic regression on weights of evidence.

    ``coefficient_table``, ``point_intervals``, ``score_intervals`` and ``probability_intervals``
    give the errors of its numbers.

    Parameters
    ----------
    binner : estimator, optional
        A binner of ``infotheory.binning``; ``OptimalBinner()`` when None. A fitted binner inside
        scikit-learn's ``FrozenEstimator`` is used as it is; an UnseenValueWarning
        counts rows of the fit whose values it never had, which have weight of evidence 0.
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
    signs : {"warn", "constrained", "free"}
        What becomes of coefficients that give a safer bin fewer points: a CoefficientSignWarning;
        none arise, as a regression under bounds holds them at 0 (not under Firth's penalty); or
        nothing. A characteristic held at 0 has no points; its errors are withheld, and those of
        the others take it as left out.
    event_label : object, optional
        The label of an event; it must not contradict that of the binner. When neither names one it
        is the larger of the two, and an EventLabelWarning says so unless labels are 0/1, -1/1 or
        False/True (numbers or text).

    Attributes
    ----------
    binner_ : estimator
        The fitted clone of the binner.
    classes_ : ndarray of shape (2,)
        The two labels, sorted, as scikit-learn has them, whichever is the event: columns of
        ``predict_proba`` are in this order, and ``decision_function`` is positive for the second.
        Points, reasons and odds are those of the event.
    event_label_ : object
        The label that counts as an event.
    coef_ : ndarray of shape (1, n_features)
        Change of the log odds of ``classes_[1]`` per unit of weight of evidence; 0 for a
        characteristic with one bin, or held there.
    held_ : ndarray of shape (n_features,)
        Characteristics whose coefficient their sign holds at 0.
    intercept_ : ndarray of shape (1,)
        Log odds of ``classes_[1]`` at weight of evidence 0.
    covariance_ : ndarray of shape (1 + n_features, 1 + n_features)
        Covariance of intercept and coefficients. It includes the estimation of the weights of
        evidence where they come from the training rows, and takes them as given for a frozen binner
        that learnt on others.
    information_ : ndarray of shape (n_features, n_features)
        Information of the coefficients beside a free intercept, rows of 0 for characteristics
        outside the regression; None where a document of an earlier version does not tell.
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

    Of an income of 1, 20 of 50 are safe: 500 + 20 / ln 2 * ln(20 / 30); of the others, 40 of 50.

    >>> card.points_table()["points"].tolist()[:2]
    [488.0, 540.0]
    """

    def __init__(
        self,
        binner: BaseEstimator | None = None,
        *,
        pdo: float = 20,
        base_points: float = 600,
        base_odds: float = 50,
        round: bool = True,  # noqa: A002 - the word of the trade
        intercept: Literal["spread", "separate"] = "spread",
        penalty: Penalty = None,
        alpha: float = 1.0,
        exclude_from_reasons: Sequence[str] = (),
        signs: Signs = "warn",
        event_label: Any = None,
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
        self.signs = signs
        self.event_label = event_label

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        return tags

    def point_scale(self) -> Scale:
        """Return the scale of the points.

        Returns
        -------
        Scale
            That of the options; its ``factor`` and ``offset`` are those of the Notes above.

        Raises
        ------
        ValueError
            If ``pdo``, ``base_points`` or ``base_odds`` is not valid.
        """
        return Scale(self.pdo, self.base_points, self.base_odds)

    def fit(
        self,
        X: Any,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        protected: Any = None,
        start: "Scorecard | None" = None,
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
        start : Scorecard, optional
            A fitted card of the same characteristics, such as the one before an edit of its bins:
            the search begins from its coefficients. It saves Newton steps, and the fit is the same
            but for rounding.

        Returns
        -------
        Scorecard
            The fitted card.

        Raises
        ------
        ValueError
            If an option or the data is not valid, ``protected`` is given to a binner that has no
            use for it, or ``start`` is no card with coefficients.
        """
        self._check_options()
        # Read before the binner is replaced: a card may begin from itself.
        begun = None if start is None else _Beginning.from_card(start)
        with fresh_fit(self):
            # A vector stays as it is: its categories may have an order.
            if y is not None and np.asarray(y).ndim != 1:
                y = column_or_1d(y, warn=True)
            self.binner_ = fit_binner(
                self.binner, X, y, sample_weight, protected, event_label=self.event_label
            )

            # A frozen binner may know labels of its own, so that those of y are compared with them.
            labels = as_labels("y", y)
            weights = as_weights(sample_weight, labels.size)
            labels = fill_absent("y", labels, weights)
            refuse_missing("y", labels)
            known = labels_of_card(self.binner_, pd.unique(labels).tolist(), self.event_label)

            codes = self.binner_.bin_codes(X)
            target = known.read(labels, len(codes))
            patterns = Patterns.from_rows(codes, target, weights)
            del codes  # as large as the design of the regression that follows
            return self._learn(patterns, known, begun)

    def fit_frame(
        self,
        frame: Any,
        target: str,
        *,
        sample_weight: str | None = None,
        protected: str | Sequence[str] | None = None,
        features: Sequence[str] | None = None,
        random_state: int = 0,
    ) -> Self:
        """Learn bins, coefficients and points from a frame of any engine.

        The bins are those of ``fit_frame`` of the binner (two passes). The engine then groups the
        rows by their bins (one scan), and the regression is that of ``fit`` on these patterns: bins
        that are equal give equal coefficients, covariances and points. Patterns are counted, rather
        than gradients added up at every Newton step, because one scan serves the coefficients and
        their covariance with the weights of evidence, which needs squared residuals by every pair
        of bins.

        Parameters
        ----------
        frame : frame
            A pandas, PyArrow or Polars table, a Polars lazy frame, a DuckDB relation, or a PySpark
            data frame.
        target : str
            Column with two distinct labels.
        sample_weight : str, optional
            Column of sampling weights.
        protected : str or sequence of str, optional
            Columns of protected attributes, for a binner whose ``fit`` takes them.
        features : sequence of str, optional
            Columns of the features; all columns with no other role when None. Those of a frozen
            binner are known.
        random_state : int
            Seed of the sample that places the pre-bins.

        Returns
        -------
        Scorecard
            The fitted card; ``queries_`` is what a database was asked.

        Raises
        ------
        ValueError
            If an option or the data is not valid, a column is missing, or there are more than
            ``MAX_PATTERNS`` (5 000 000) patterns.
        TypeError
            If the frame is of no known engine, or a column does not hold what its bins are made of.
        """
        self._check_options()
        with fresh_fit(self):
            opened = open_frame(frame)
            n_queries = len(opened.queries)
            self.binner_ = fit_binner_on_frame(
                self.binner,
                opened,
                target,
                sample_weight=sample_weight,
                protected=protected,
                features=features,
                event_label=self.event_label,
                random_state=random_state,
            )

            # One more group-by, by code of the bins: the regression needs no rows.
            patterns = patterns_of_frame(
                self.binner_, opened, target, sample_weight, event_label=self.event_label
            )
            self.queries_ = tuple(opened.queries[n_queries:])
            known = TargetLabels(np.array(patterns.classes), patterns.event_label)
            return self._learn(patterns, known)

    def _check_options(self) -> None:
        """Raise ValueError where an option is not valid, before anything is learnt."""
        check_option("intercept", self.intercept, ("spread", "separate"))
        check_option("signs", self.signs, ("warn", "constrained", "free"))
        if self.signs == "constrained":
            check_penalty(self.penalty)
        scale_of(self)

    def _learn(
        self, patterns: Patterns, known: TargetLabels, begun: _Beginning | None = None
    ) -> Self:
        """Learn coefficients and points in the bins of ``binner_``."""
        self.classes_, self.event_label_ = known.classes, known.event
        self.n_features_in_ = self.binner_.n_features_in_
        if hasattr(self.binner_, "feature_names_in_"):
            self.feature_names_in_ = self.binner_.feature_names_in_

        warn_of_rows_new_to_bins(self.binner_, patterns)
        woe_sign = self.binner_.woe_sign
        fitter = fitter_of(self.signs, woe_sign, self.penalty, self.alpha)
        start = None if begun is None else begun.of(self.binner_.features_)
        result = regress(
            self.binner_, patterns, fitter, signed=self.signs == "constrained", start=start
        )
        # Under "constrained" no sign is wrong, and "free" asks for silence.
        if self.signs == "warn":
            warn_of_signs(list(self.binner_.features_), result.coefficients, woe_sign)
        return _with_points(self, result)

    def with_regression(self, result: CardRegression) -> Self:
        """Card on the same bins with other coefficients, such as those of a constrained regression.

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
        # A shallow copy: everything that a regression sets is replaced, nothing changed in place.
        return _with_points(copy(self), result)

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
        # Each probability from its own exponential: 1 - p would lose the digits of a small one.
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
            standard_error, low, high, sign_ok (a safer bin has the smaller odds), reason (why
            an end is infinite or an error NaN), vif, p_value (score test with bins less one
            degrees of freedom), adjusted_p_value (Holm's, of all characteristics together),
            p_value_note. The errors include the estimation of the weights of evidence but take bins
            as given; the intervals allow for its noise, which draws a coefficient to -1, and where
            the rows show no evidence nothing bounds it. Of log-normal, counted and rare numbers
            that depend on each other (.5) those of 95 % were found to cover .88 to .97.
            Descriptive: vif.

        Raises
        ------
        ValueError
            If only one of X and y is given, or ``level`` is not between 0 and 1.
        """
        check_estimated(self, "coefficients")
        check_level(level)
        # Half of the rows would otherwise pass for no rows: no tests, and no word of it.
        if (X is None) != (y is None):
            message = (
                f"X and y go together, got X {type(X).__name__} and y {type(y).__name__}; "
                "give both, or neither"
            )
            raise ValueError(message)

        p_values, notes = p_values_on_rows(
            self.binner_, self.active_, self.held_, X, y, sample_weight, TargetLabels.of(self)
        )
        table = coefficient_table(self, level)
        return table.assign(
            vif=self.variance_inflation_,
            p_value=p_values,
            adjusted_p_value=holm(p_values),
            p_value_note=notes,
        )

    def probability_intervals(self, X: Any, *, level: float = 0.95) -> pd.DataFrame:
        """Probability of an event for each applicant with its confidence interval.

        Parameters
        ----------
        X : array-like or frame of shape (n_rows, n_features)
            The features of the fit.
        level : float
            Coverage, strictly between 0 and 1.

        Returns
        -------
        DataFrame
            One row an applicant: log_odds (of an event), standard_error (of the log odds),
            probability, low, high (of the probability; the interval is symmetric in the log odds).

        Raises
        ------
        ValueError
            If ``level`` is not strictly between 0 and 1, or the card was not fitted on rows.

        Warns
        -----
        ApproximationWarning
            If the bins were learnt on these rows with fewer than 100 of the rarer class, or more
            than half of the characteristics have no evidence (by their p-values).

        Notes
        -----
        Errors of bins that were learnt on the rows of the card count what the search found in
        noise: 95 % intervals cover .94 to .98 with 100 to 3000 events, whatever the share of
        characteristics without evidence (.92 to .96 of the cards of noise alone without a warning).
        A card on a frozen binner that was fitted on other rows covers .94 to .96. The quantile is
        that of ``score_intervals``.
        """
        return probability_intervals(self, X, level)

    def to_json(self) -> str:
        """Write the card as one versioned JSON document.

        Returns
        -------
        str
            Bins, counts, weights of evidence, coefficients with covariance, points and settings,
            after the schema ``scorecard-1.schema.json`` in this package. It is what ``from_json``
            reads.
        """
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
        return read_card(text, cls)


def _with_points(card: CardT, result: CardRegression) -> CardT:
    """Give a card the coefficients of a regression, and the points that follow from them."""
    direction = event_direction(card)

    # scikit-learn's coefficients speak of classes_[1], which need not be the event; covariances are
    # the same for either direction.
    card.coef_ = direction * result.coefficients[None, :]
    card.intercept_ = np.array([direction * result.intercept])
    card.covariance_, card.information_ = result.covariance, result.information
    card.contribution_covariance_ = result.contribution_covariance
    card.active_, card.held_ = result.active, result.held
    card.variance_inflation_ = result.inflation
    card.status_, card.n_iter_, card.origin_ = result.status, result.n_iter, "fit"

    points, card.base_ = scaled_points(card, rounded=card.round)
    card.points_ = dict(zip(card.binner_.features_, points, strict=True))
    return card

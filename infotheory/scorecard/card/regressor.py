"""The scorecard of a mean: bins, weights of evidence, a regression of the mean, and points."""

from collections.abc import Sequence
from functools import partial
from typing import Any, Literal, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils import Tags, column_or_1d
from sklearn.utils.validation import check_is_fitted

from infotheory._fresh_fit import fresh_fit
from infotheory._patterns import Patterns
from infotheory._typing import ArrayLike, FloatArray
from infotheory._validation import as_weights, check_level, check_number, check_option
from infotheory.engines import open_frame
from infotheory.engines.patterns import count_amount_patterns
from infotheory.scorecard._fit import regress
from infotheory.scorecard.card.frames import MAX_PATTERNS
from infotheory.scorecard.card.methods import PointsCard
from infotheory.scorecard.export.mean_document import dump_mean_card, read_mean_card
from infotheory.scorecard.links import LINK_NAMES, MeanLink, link_of_target
from infotheory.scorecard.points.binners import (
    binner_of_kind,
    fit_binner,
    fit_binner_on_frame,
    kind_of_binner,
)
from infotheory.scorecard.points.card_tables import coefficient_table
from infotheory.scorecard.points.codes import (
    codes_with_warning,
    event_log_odds_of_codes,
    warn_of_rows_new_to_bins,
)
from infotheory.scorecard.points.estimator import ScoredByWeight
from infotheory.scorecard.points.fitted import check_estimated, scaled_points
from infotheory.scorecard.points.scale import MeanScale
from infotheory.scorecard.points.signs import effective_sign, right_sign, warn_of_signs
from infotheory.scorecard.reasons.intervals import mean_intervals
from infotheory.scorecard.regression.means import fit_mean
from infotheory.scorecard.regression.signed import fit_signed_mean

__all__ = ["ScorecardRegressor"]


class ScorecardRegressor(ScoredByWeight, RegressorMixin, PointsCard):
    """Points by bin from a regression of a mean on weights of evidence.

    The target is a fraction (a loss given default, a utilisation), a rate (claims or amounts per
    unit of exposure) or any number. Only the mean has to be right: errors are those of a sandwich,
    which asks for no law of the target.

    Parameters
    ----------
    binner : estimator, optional
        An ``OptimalBinner``, which is told the ``target_type``; ``OptimalBinner()`` when None. A
        fitted binner of this target inside scikit-learn's ``FrozenEstimator`` is used as it is; an
        UnseenValueWarning counts rows of the fit whose values it never had, which have weight of
        evidence 0.
    target_type : {"fraction", "rate", "continuous"}
        What the target is. The exposure of a rate is ``sample_weight``, and y is per unit of it, as
        in scikit-learn's ``PoissonRegressor`` and ``TweedieRegressor``.
    link : {None, "logit", "log", "identity"}
        What of the mean is linear in the weights of evidence. Each target has one: the log odds of
        a fraction ("logit"; the fractional logit of Papke and Wooldridge), the logarithm of a rate
        ("log"), the mean itself of a continuous target ("identity"). None takes it.
    power : float
        Of a rate, from 1 to 2: its variance grows in proportion to this power of the mean. 1 is
        Poisson's score, 2 that of gamma amounts, as in ``TweedieRegressor``. It says how rows are
        weighed against each other; the errors hold whether it is right or not.
    pdo : float
        Points that double the odds of a fraction or the mean of a rate, or that a unit of a
        continuous target is worth; positive.
    base_points : float
        Points at ``base_mean``.
    base_mean : float, optional
        A mean; that of the training rows when None.
    more_points : {None, "lower", "higher"}
        Whether more points say a lower or a higher mean: lower of a fraction and a rate, whose mean
        is a loss, and higher of a continuous target, when None.
    round : bool
        Round the points of each bin to integers. Predictions are not rounded.
    intercept : {"spread", "separate"}
        Spread the base points over the characteristics, or keep them as a row of their own.
    penalty : {None, "ridge"}
        Penalty of the regression; the intercept is free of it. Firth's is for two classes.
    alpha : float
        Strength of the ridge, in rows, positive.
    exclude_from_reasons : sequence of str
        Characteristics that are never given as a reason, such as protected attributes.
    signs : {"warn", "constrained", "free"}
        What becomes of coefficients that turn the evidence of a characteristic round: a
        CoefficientSignWarning, 0 (the regression is the best with the signs; what is held at 0 has
        no points and no error), or nothing.

    Attributes
    ----------
    binner_ : estimator
        The fitted clone of the binner.
    link_ : MeanLink
        The link.
    base_mean_ : float
        The mean at ``base_points``.
    coef_ : ndarray of shape (n_features,)
        Change of the predictor per unit of weight of evidence; 0 for a characteristic with one bin.
    intercept_ : float
        Predictor at weight of evidence 0.
    held_ : ndarray of shape (n_features,)
        False: no coefficient is held at 0 by its sign.
    covariance_ : ndarray of shape (1 + n_features, 1 + n_features)
        Sandwich covariance of intercept and coefficients. It includes the estimation of the weights
        of evidence where they come from the training rows, and takes them as given for a frozen
        binner that learnt on others.
    information_ : ndarray of shape (n_features, n_features)
        Information of the coefficients beside a free intercept, rows of 0 for characteristics
        outside the regression; None where a document of an earlier version does not tell.
    contribution_covariance_ : ndarray of shape (1 + n_all_codes, 1 + n_all_codes)
        Covariance of the intercept and of what each bin adds to the predictor.
    origin_ : str
        "fit".
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

    See Also
    --------
    Scorecard : The card of two classes.

    Notes
    -----
    With the mean ``m`` of a row, ``eta = ln(m / (1 - m))`` of a fraction, ``ln m`` of a rate, ``m``
    of a continuous target, is ``intercept_ + coef_ @ weights of evidence``, and points are
    ``base_points -+ factor * (eta - eta(base_mean))`` with ``factor = pdo / ln 2``, of a continuous
    target ``factor = pdo``. There are no labels, so that there is no cut-off by probability, no ROC
    curve and no fairness of decisions; classes of three labels and more have no points either.

    A card is fitted in the patterns of its bins: rows are read once. Coefficients and sandwich
    errors on given columns agree with those of statsmodels' GLM to 1e-6. The interval of a single
    outcome, rather than of its mean, would need the law of the target, and there is none here.

    Papke and Wooldridge, Journal of Applied Econometrics 11 (1996) 619-632.

    Examples
    --------
    >>> X = pd.DataFrame({"collateral": [1.0] * 50 + [2.0] * 50})
    >>> loss = np.repeat([0.2, 1.0, 0.0, 0.6], [25, 25, 30, 20])
    >>> card = ScorecardRegressor(base_mean=0.5, base_points=500).fit(X, loss)
    >>> card.predict(pd.DataFrame({"collateral": [1.0, 2.0]})).round(4).tolist()
    [0.6, 0.24]

    Odds of loss of 0.6 / 0.4 are ln(1.5) / ln(2) doublings above even odds:

    >>> card.points_table()["points"].tolist()[:2]
    [488.0, 533.0]
    """

    target_type: str
    link_: MeanLink

    def __init__(
        self,
        binner: BaseEstimator | None = None,
        *,
        target_type: Literal["fraction", "rate", "continuous"] = "fraction",
        link: Literal["logit", "log", "identity"] | None = None,
        power: float = 1.0,
        pdo: float = 20,
        base_points: float = 600,
        base_mean: float | None = None,
        more_points: Literal["lower", "higher"] | None = None,
        round: bool = True,  # noqa: A002 - the word of the trade
        intercept: Literal["spread", "separate"] = "spread",
        penalty: Literal["ridge"] | None = None,
        alpha: float = 1.0,
        exclude_from_reasons: Sequence[str] = (),
        signs: Literal["warn", "constrained", "free"] = "warn",
    ) -> None:
        self.binner = binner
        self.target_type = target_type
        self.link = link
        self.power = power
        self.pdo = pdo
        self.base_points = base_points
        self.base_mean = base_mean
        self.more_points = more_points
        self.round = round
        self.intercept = intercept
        self.penalty = penalty
        self.alpha = alpha
        self.exclude_from_reasons = exclude_from_reasons
        self.signs = signs

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        # Fractions and rates refuse negative targets; scikit-learn's checks then send none.
        tags.target_tags.positive_only = self.target_type in ("fraction", "rate")
        return tags

    def point_scale(self) -> MeanScale:
        """Return the scale of the points.

        Returns
        -------
        MeanScale
            That of the options, and of the mean of the training rows where ``base_mean`` is None.

        Raises
        ------
        ValueError
            If ``pdo``, ``base_points`` or ``base_mean`` is not valid.
        """
        base = self.base_mean_ if self.base_mean is None else self.base_mean
        # Of a continuous target more is better unless said otherwise; of a fraction or a rate less.
        direction = "higher" if self.target_type == "continuous" else "lower"
        rising = (self.more_points or direction) == "higher"
        name = LINK_NAMES[self.target_type]
        return MeanScale(self.pdo, self.base_points, base, name, rising)

    def fit(self, X: Any, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Learn bins, coefficients and points.

        Parameters
        ----------
        X : array-like or frame of shape (n_rows, n_features)
            Numbers and categories; missing values are welcome.
        y : array-like of shape (n_rows,)
            In [0, 1] for a fraction, not negative for a rate, finite for a continuous target.
        sample_weight : array-like of shape (n_rows,), optional
            Sampling weights; the exposures of a rate. Integer weights give the coefficients and
            points of repeated rows, not their standard errors.

        Returns
        -------
        ScorecardRegressor
            The fitted card.

        Raises
        ------
        ValueError
            If an option or the data is not valid.
        """
        link = self._check_options()
        with fresh_fit(self):
            # A vector stays as it is, whatever holds it.
            if y is not None and np.asarray(y).ndim != 1:
                y = column_or_1d(y, warn=True)
            binner = binner_of_kind(self.binner, self.target_type)
            self.binner_ = fit_binner(binner, X, y, sample_weight, None)
            kind = kind_of_binner(self.binner_, self.target_type)

            codes = self.binner_.bin_codes(X)
            weights = as_weights(sample_weight, len(codes))
            target = kind.read(y, len(codes), weights=weights)
            patterns = Patterns.from_rows(codes, target, weights, kind=kind)
            del codes  # as large as the design of the regression that follows
            return self._learn(patterns, link)

    def fit_frame(
        self,
        frame: Any,
        target: str,
        *,
        sample_weight: str | None = None,
        features: Sequence[str] | None = None,
        random_state: int = 0,
    ) -> Self:
        """Learn bins, coefficients and points from a frame of any engine.

        The bins are those of ``fit_frame`` of the binner (two passes). The engine then adds up the
        rows by their bins (one scan), and the regression is that of ``fit`` on these sums.

        Parameters
        ----------
        frame : frame
            A pandas, PyArrow or Polars table, a Polars lazy frame, a DuckDB relation, or a PySpark
            data frame.
        target : str
            Column of the target.
        sample_weight : str, optional
            Column of sampling weights; the exposures of a rate.
        features : sequence of str, optional
            Columns of the features; all columns with no other role when None. Those of a frozen
            binner are known.
        random_state : int
            Seed of the sample that places the pre-bins.

        Returns
        -------
        ScorecardRegressor
            The fitted card; ``queries_`` is what a database was asked.

        Raises
        ------
        ValueError
            If an option or the data is not valid, a column is missing, or there are more than
            ``MAX_PATTERNS`` (5 000 000) patterns.
        TypeError
            If the frame is of no known engine, or a column does not hold what its bins are made of.
        """
        link = self._check_options()
        with fresh_fit(self):
            opened = open_frame(frame)
            n_queries = len(opened.queries)
            self.binner_ = fit_binner_on_frame(
                binner_of_kind(self.binner, self.target_type),
                opened,
                target,
                sample_weight=sample_weight,
                protected=None,
                features=features,
                random_state=random_state,
            )

            # A frozen binner brings the kind that it learnt, which must be the one asked for.
            kind = kind_of_binner(self.binner_, self.target_type)
            patterns = count_amount_patterns(
                opened,
                self.binner_.specs_,
                target=target,
                kind=kind,
                sample_weight=sample_weight,
                max_patterns=MAX_PATTERNS,
            )
            self.queries_ = tuple(opened.queries[n_queries:])
            return self._learn(patterns, link)

    def _check_options(self) -> MeanLink:
        """Return the link; ValueError where an option is not valid, before anything is learnt."""
        check_option("target_type", self.target_type, tuple(LINK_NAMES))
        natural = LINK_NAMES[self.target_type]
        check_option("link", self.link, (None, "logit", "log", "identity"))
        # Weights of evidence of a kind are linear in one link alone; others would bend the points.
        if self.link not in (None, natural):
            message = (
                f"link must be {natural!r} or None for target_type={self.target_type!r}, whose "
                f"weights of evidence are linear in it, got {self.link!r}"
            )
            raise ValueError(message)
        check_option("more_points", self.more_points, (None, "lower", "higher"))
        check_option("intercept", self.intercept, ("spread", "separate"))
        check_option("signs", self.signs, ("warn", "constrained", "free"))
        check_option("penalty of a mean", self.penalty, (None, "ridge"))
        infinity = float("inf")
        check_number("alpha", self.alpha, 0.0, infinity, ends="()", rule="positive and finite")

        # Without a base mean the scale is checked with one that is valid for any option.
        anywhere = {"logit": 0.5, "log": 1.0, "identity": 0.0}[natural]
        base = anywhere if self.base_mean is None else self.base_mean
        MeanScale(self.pdo, self.base_points, base, natural, rising=False)  # which checks them
        return link_of_target(self.target_type, self.power)

    def _learn(self, patterns: Patterns, link: MeanLink) -> Self:
        """Learn coefficients and points in the bins of ``binner_``."""
        self.n_features_in_ = self.binner_.n_features_in_
        if hasattr(self.binner_, "feature_names_in_"):
            self.feature_names_in_ = self.binner_.feature_names_in_

        warn_of_rows_new_to_bins(self.binner_, patterns)
        options: dict[str, Any] = {"link": link, "penalty": self.penalty, "alpha": self.alpha}
        signed = self.signs == "constrained"
        fit = partial(fit_mean, **options)
        if signed:
            wanted = right_sign(effective_sign(self.binner_))
            fit = partial(fit_signed_mean, sign=wanted, **options)
        result = regress(self.binner_, patterns, fit, signed=signed)
        if self.signs == "warn":
            sign = effective_sign(self.binner_)
            warn_of_signs(list(self.binner_.features_), result.coefficients, sign, of_mean=True)

        # The target was read as its distance from the origin, which the mean gets back.
        origin = 0.0 if patterns.kind is None else patterns.kind.origin
        total = float(patterns.counts[:, 1].sum())
        self.link_, self.base_mean_ = link, origin + total / float(patterns.mass.sum())
        if self.base_mean is not None:
            self.base_mean_ = float(self.base_mean)
        self.coef_, self.intercept_ = result.coefficients, float(result.intercept)
        self.covariance_, self.information_ = result.covariance, result.information
        self.contribution_covariance_ = result.contribution_covariance
        self.active_, self.held_ = result.active, result.held
        self.variance_inflation_ = result.inflation
        self.status_, self.n_iter_, self.origin_ = result.status, result.n_iter, "fit"

        points, self.base_ = scaled_points(self, rounded=self.round)
        self.points_ = dict(zip(self.binner_.features_, points, strict=True))
        return self

    def predict(self, X: Any) -> FloatArray:
        """Mean of the target; of a rate per unit of exposure.

        Parameters
        ----------
        X : array-like or frame of shape (n_rows, n_features)
            The features of the fit.

        Returns
        -------
        ndarray of shape (n_rows,)
            Means, from coefficients rather than from rounded points.
        """
        check_is_fitted(self, "points_")
        return self.link_.mean(event_log_odds_of_codes(self, codes_with_warning(self.binner_, X)))

    def mean_intervals(self, X: Any, *, level: float = 0.95) -> pd.DataFrame:
        """Mean of the target for each row with its confidence interval.

        Parameters
        ----------
        X : array-like or frame of shape (n_rows, n_features)
            The features of the fit.
        level : float
            Coverage, strictly between 0 and 1.

        Returns
        -------
        DataFrame
            One row a row of X: predictor, standard_error (of the predictor), mean, low, high (of
            the mean; the interval is symmetric in the predictor). It is the error of estimation,
            not the spread of single outcomes.

        Raises
        ------
        ValueError
            If ``level`` is not strictly between 0 and 1.
        """
        return mean_intervals(self, X, level)

    def coefficient_table(self, *, level: float = 0.95) -> pd.DataFrame:
        """Coefficients with standard errors.

        Parameters
        ----------
        level : float
            Coverage of the intervals.

        Returns
        -------
        DataFrame
            One row a characteristic: feature, coefficient (of the predictor), standard_error, low,
            high, sign_ok (the evidence of a bin moves the mean its way), reason (why an end is
            infinite or an error NaN), vif. The errors include the estimation of the weights of
            evidence but take bins as given.

        Raises
        ------
        ValueError
            If ``level`` is not between 0 and 1.
        """
        check_estimated(self, "coefficients")
        check_level(level)
        return coefficient_table(self, level).assign(vif=self.variance_inflation_)

    def to_json(self) -> str:
        """Write the card as one versioned JSON document.

        Returns
        -------
        str
            Bins, sums, weights of evidence, coefficients with covariance, points and settings,
            after the schema ``mean-scorecard-1.schema.json`` in this package. It is what
            ``from_json`` reads.
        """
        return dump_mean_card(self)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read a card that ``to_json`` wrote.

        Parameters
        ----------
        text : str
            The document.

        Returns
        -------
        ScorecardRegressor
            A fitted card with the same points and means; its binner is frozen.

        Raises
        ------
        ValueError
            If the text is not such a document.
        """
        return read_mean_card(text, cls)

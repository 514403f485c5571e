"""Methods of a card that explain its points: intervals and reasons."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd
from sklearn.utils.validation import check_is_fitted

from infotheory._typing import FloatArray, IntArray
from infotheory.scorecard.points.codes import (
    check_points,
    codes_with_warning,
    event_log_odds_of_codes,
    points_of_codes,
    sum_by_code,
)
from infotheory.scorecard.points.fitted import contributions_of, event_intercept, scaled_points
from infotheory.scorecard.points.scale import Scale, check_estimated
from infotheory.scorecard.points.table import BASE
from infotheory.scorecard.reasons.confidence import PointDraws, kept_reasons
from infotheory.scorecard.reasons.ranking import check_reasons, rank_reasons, references_of
from infotheory.scorecard.regression.contributions import (
    interval_frame,
    log_odds_errors,
    point_errors,
    probability_frame,
)

__all__ = ["Explanations"]

Reference = Literal["max", "average", "neutral"]


class Explanations:
    """Intervals and reasons of a fitted card; the attributes they read are those of ``Scorecard``."""

    binner_: Any
    points_: dict[str, FloatArray]
    base_: float
    origin_: str
    exclude_from_reasons: Sequence[str]

    def point_intervals(self, *, level: float = 0.95) -> pd.DataFrame:
        """Points of every bin with standard errors and confidence intervals.

        Parameters
        ----------
        level : float
            Coverage, strictly between 0 and 1.

        Returns
        -------
        DataFrame
            ``points_table()`` with the columns standard_error, low and high. The interval is
            centred on the points before rounding; its error is that of
            ``factor * coefficient * weight of evidence`` and of the share of the intercept that the
            bin carries, the estimation of the weights of evidence included where they come from the
            training rows. Bins are taken as given.

        Raises
        ------
        ValueError
            If ``level`` is not strictly between 0 and 1, or the card was not fitted on rows.
        """
        card, scale = self._estimated("intervals")
        table = card.points_table()
        exact, base = scaled_points(card, rounded=False)
        spread = card.intercept == "spread" and card.active_.any()
        share = card.active_ / card.active_.sum() if spread else np.zeros(card.active_.size)
        errors = point_errors(card.contribution_covariance_, card._sizes(), share, scale.factor)
        kinds = [(table["feature"] == name).sum() for name in card.points_]
        parts = [(e[:n], p[:n]) for e, p, n in zip(errors, exact, kinds, strict=True)]
        if table["feature"].iloc[0] == BASE:
            parts.insert(
                0,
                (
                    np.array([scale.factor * np.sqrt(card.contribution_covariance_[0, 0])]),
                    np.array([base]),
                ),
            )
        joined, centre = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
        frame = interval_frame(table["points"].to_numpy(), centre, joined, level)
        return table.assign(
            **{name: frame[name].to_numpy() for name in ("standard_error", "low", "high")}
        )

    def score_intervals(self, X: Any, *, level: float = 0.95) -> pd.DataFrame:
        """Score of each applicant with its standard error and confidence interval.

        Parameters
        ----------
        X : array-like or frame of shape (n_rows, n_features)
            The features of the fit.
        level : float
            Coverage, strictly between 0 and 1.

        Returns
        -------
        DataFrame
            One row an applicant: points, standard_error, low, high. It is the error of estimation,
            the covariance of all bins with each other included, not the spread of outcomes; the
            interval is centred on the score before rounding.

        Raises
        ------
        ValueError
            If ``level`` is not strictly between 0 and 1, or the card was not fitted on rows.
        """
        card, scale = self._estimated("intervals")
        codes = codes_with_warning(self.binner_, X)
        exact, base = scaled_points(card, rounded=False)
        points = points_of_codes(card, codes)
        errors = scale.factor * log_odds_errors(card.contribution_covariance_, card._sizes(), codes)
        return interval_frame(points, sum_by_code(codes, exact, base), errors, level)

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
        """
        card, _ = self._estimated("intervals")
        codes = codes_with_warning(self.binner_, X)
        log_odds = event_log_odds_of_codes(card, codes)
        return probability_frame(
            log_odds, log_odds_errors(card.contribution_covariance_, card._sizes(), codes), level
        )

    def reason_codes(
        self,
        X: Any,
        n: int = 4,
        *,
        reference: Reference = "max",
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
            Points are lost against the best bin, the mean of the training rows, or a weight of
            evidence of 0.
        texts : mapping of str to str, optional
            What to say for a characteristic; its name where there is no entry.

        Returns
        -------
        DataFrame
            One row an applicant: reason_1, shortfall_1 (points), ..., None and NaN where no further
            points are lost. Of equal shortfalls the characteristic that comes first in the card is
            named first.

        Raises
        ------
        ValueError
            If ``n`` is not a positive integer, a name is not one of the characteristics, or the
            reference needs counts or weights of evidence that a card from another package does not
            have.
        """
        codes, references = self._codes_and_references(X, reference)
        excluded = tuple(self.exclude_from_reasons)
        return rank_reasons(codes, self.points_, references, n, texts=texts, excluded=excluded)

    def reason_confidence(
        self,
        X: Any,
        n: int = 4,
        *,
        reference: Reference = "max",
        n_draws: int = 200,
        random_state: int | np.random.RandomState | None = None,
    ) -> pd.DataFrame:
        """How surely the estimated points support the reasons given.

        Intercept and contributions are drawn from the normal law with their estimates and estimated
        covariance, the card is scaled and rounded anew, and reasons are given with it. This is the
        parametric bootstrap of a ranking; where two shortfalls are equal in truth it does not
        settle at 0 or 1 (P. Hall, H. Miller, Annals of Statistics 37 (2009) 3929-3959,
        doi:10.1214/09-AOS699).

        Parameters
        ----------
        X : array-like or frame of shape (n_rows, n_features)
            The features of the fit.
        n : int
            Largest number of reasons.
        reference : {"max", "average", "neutral"}
            As in ``reason_codes``.
        n_draws : int
            Number of draws.
        random_state : int, RandomState or None
            Source of the draws.

        Returns
        -------
        DataFrame
            One row an applicant: first_kept and set_kept, the share of draws in which the first
            reason, and the set of the reasons given, stay the same. Their means speak of the batch.

        Raises
        ------
        ValueError
            If ``n`` or ``n_draws`` is not a positive integer, or the card was not fitted on rows.
        """
        card, scale = self._estimated("standard errors of points")
        check_reasons(n, self.points_, tuple(self.exclude_from_reasons), None)
        codes, _ = self._codes_and_references(X, reference)
        draws = PointDraws(
            scale=scale,
            intercept=event_intercept(card),
            contributions=contributions_of(card),
            covariance=card.contribution_covariance_,
            active=card.active_,
            spread=card.intercept == "spread",
            rounded=card.round,
        )

        def refer(points: Mapping[str, FloatArray]) -> dict[str, float]:
            return references_of(self.binner_, points, reference)

        excluded = tuple(self.exclude_from_reasons)
        return kept_reasons(codes, self.points_, draws, refer, n, excluded, n_draws, random_state)

    def _codes_and_references(self, X: Any, reference: str) -> tuple[IntArray, dict[str, float]]:
        check_is_fitted(self, "points_")
        references = references_of(self.binner_, self.points_, reference)
        codes = codes_with_warning(self.binner_, X)
        check_points(codes, self.points_, self.origin_)
        return codes, references

    def _sizes(self) -> list[int]:
        return [spec.n_codes for spec in self.binner_.specs_.values()]

    def _estimated(self, what: str) -> tuple[Any, Scale]:
        """Return the card, which is known to have coefficients, with its scale."""
        check_is_fitted(self, "points_")
        check_estimated(self.origin_, what)
        card: Any = self
        return card, Scale(card.pdo, card.base_points, card.base_odds)

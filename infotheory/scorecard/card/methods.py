"""What every card does once it is fitted: points, intervals and reasons."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Literal

import numpy as np
import pandas as pd
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted

from infotheory._glance import card_html
from infotheory._typing import BoolArray, FloatArray, LabelArray
from infotheory.binning.features import FittedBinner
from infotheory.scorecard.card.exports import CardExports
from infotheory.scorecard.card.frames import points_on_frame
from infotheory.scorecard.export.database import create_points_view
from infotheory.scorecard.points.card_tables import points_table
from infotheory.scorecard.points.codes import check_points, codes_with_warning, points_of_codes
from infotheory.scorecard.points.estimator import EstimatorOnBins
from infotheory.scorecard.points.scale import PointScale
from infotheory.scorecard.reasons.explanations import (
    Reference,
    confidence_of_rows,
    reasons_of_rows,
)
from infotheory.scorecard.reasons.intervals import point_intervals, score_intervals

__all__ = ["PointsCard"]


class PointsCard(CardExports, EstimatorOnBins):
    """The methods that cards of two classes and of means share; a fit makes the attributes.

    Points, reasons and exports know bins, points and a scale, and not what was regressed.
    """

    pdo: float
    base_points: float
    round: bool
    intercept: Literal["spread", "separate"]
    exclude_from_reasons: Sequence[str]

    binner_: FittedBinner
    n_features_in_: int
    feature_names_in_: LabelArray
    origin_: str
    points_: dict[str, FloatArray]
    base_: float
    status_: str
    n_iter_: int
    coef_: FloatArray
    intercept_: Any
    covariance_: FloatArray
    information_: FloatArray | None
    contribution_covariance_: FloatArray
    active_: BoolArray
    held_: BoolArray
    variance_inflation_: FloatArray

    _html_repr = card_html  # what scikit-learn (from 1.7 on) shows in notebooks

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.categorical = True
        return tags

    def point_scale(self) -> PointScale:
        """Return the scale of the points."""
        raise NotImplementedError  # pragma: no cover - each card has one

    def predict_points(self, X: Any) -> FloatArray:
        """Score in points.

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

    def points_by_characteristic(self, X: Any) -> pd.DataFrame:
        """Points that each characteristic gives each row.

        Parameters
        ----------
        X : array-like or frame of shape (n_rows, n_features)
            The features of the fit.

        Returns
        -------
        DataFrame of shape (n_rows, n_features)
            One column a characteristic, in the order of the fit, with the index of X where it has
            one. The sum of a row and ``base_`` (0 where the base points are spread over the
            characteristics) is ``predict_points``.

        Raises
        ------
        ValueError
            As ``predict_points``.

        See Also
        --------
        reasons : Which characteristics lowered a score.
        """
        check_is_fitted(self, "points_")
        codes = codes_with_warning(self.binner_, X)
        # Unknown points are an error here too: a table with gaps would pass for a score.
        check_points(codes, self.points_, self.origin_)
        pairs = zip(self.points_.items(), codes.T, strict=True)
        points = {name: by_code[column] for (name, by_code), column in pairs}
        return pd.DataFrame(points, index=X.index if isinstance(X, pd.DataFrame) else None)

    def predict_points_frame(self, frame: Any) -> Any:
        """Score rows of a frame of any engine in points, on that engine.

        Parameters
        ----------
        frame : frame
            A frame with the features of the fit; other columns are kept.

        Returns
        -------
        frame
            The frame with the column ``points``, equal to ``predict_points``; lazy where the engine
            is: nothing is computed before it is used. Where ``predict_points`` would raise for a
            row (an infinite number that is not special, an unseen category with
            ``cat_unknown="error"``, a bin without known points) a lazy frame holds null.

        Raises
        ------
        ValueError
            If a feature is missing, or there is a column called ``points`` already.
        TypeError
            If a column does not hold what its bins are made of.
        """
        return points_on_frame(self, frame)

    def create_view(self, connection: Any, name: str, *, table: Any) -> Any:
        """Create a view of a table with its points, in the database that holds the table.

        Parameters
        ----------
        connection : ibis.BaseBackend
            A connection of Ibis with the right to create views.
        name : str
            Name of the view.
        table : ibis.Table
            A table of the connection with the features of the fit.

        Returns
        -------
        ibis.Table
            The view; its points are those of ``predict_points_frame``.

        Raises
        ------
        ValueError
            If there is a table or view of that name, a feature is missing, or the table has a
            column called ``points`` already.
        TypeError
            If ``table`` is no table of Ibis, or a column does not hold what its bins are made of.
        QueryError
            If the database does not answer, or gives no right to create views.
        """
        return create_points_view(connection, name, table, partial(points_on_frame, self))

    def points_table(self) -> pd.DataFrame:
        """Points of every bin.

        Returns
        -------
        DataFrame
            One row a bin, empty ones included, and one for unseen categories: feature, bin, count,
            event_rate, woe, coefficient (of the log odds of an event), points; and woe_reason where
            somebody set a weight of evidence ("set by hand"). Separate base points are the first
            row. What the export of another package does not hold is NaN.
        """
        return points_table(self)

    def point_intervals(self, *, level: float = 0.95) -> pd.DataFrame:
        """Points of every bin with standard errors and confidence intervals.

        Parameters
        ----------
        level : float
            Coverage, strictly between 0 and 1.

        Returns
        -------
        DataFrame
            ``points_table()`` with the columns standard_error, low, high and reason (why these are
            withheld: the characteristic is held at 0 points by its sign). The interval is
            centred on the points before rounding; its error is that of
            ``factor * coefficient * weight of evidence`` and of the share of the intercept that the
            bin carries, the estimation of the weights of evidence included where they come from the
            training rows and not by hand. Bins are taken as given. Where a bin of two classes was
            learnt on these rows with weights that vary, and has fewer than 30 effective rows of the
            rarer class, or has no row of one, the quantile is Student's of them, of one row at
            least (95 % intervals of bins below 100 rows cover .98 to .99 with weights, of the
            normal quantile .88 to .94; .96 without weights). Descriptive: event_rate, woe and
            coefficient, whose own errors ``binning_table`` and ``coefficient_table`` give.

        Raises
        ------
        ValueError
            If ``level`` is not strictly between 0 and 1, or the card was not fitted on rows.
        """
        return point_intervals(self, level)

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

        Warns
        -----
        ApproximationWarning
            If the bins were learnt on these rows with fewer than 100 of the rarer class, or more
            than half of the characteristics have no evidence (by their p-values); of a card of a
            mean, with fewer than 100 effective rows or a mean of skewness above .25.

        Notes
        -----
        Errors of bins that were learnt on the rows of the card count the noise that was found: 95 %
        intervals cover .94 to .98 with 100 to 3000 events (.92 to .96 of the cards of noise alone
        without a warning). A frozen binner that was fitted on other rows covers .94 to .96. Where
        bins with few rows of a class have Student's quantile (see ``point_intervals``) the degrees
        of freedom of a score follow from their part of its variance (Satterthwaite): of scores
        that such bins make a quarter of the variance of, with weights, .95 to .97 instead of .89
        to .95.
        """
        return score_intervals(self, X, level)

    def reason_codes(
        self,
        X: Any,
        n: int = 4,
        *,
        reference: Reference = "max",
        texts: Mapping[str, str] | None = None,
    ) -> pd.DataFrame:
        """Characteristics that cost each applicant the most points.

        Those of ``exclude_from_reasons`` are never given.

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
        return reasons_of_rows(self, X, n, reference, texts)

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

        Warns
        -----
        ApproximationWarning
            If the bins were learnt on these rows with fewer than 100 of the rarer class: draws take
            the bins as given, and what .999 of them keep is right in .87 to .90 at 70 events.
        """
        return confidence_of_rows(self, X, n, reference, n_draws, random_state)

"""From predictors (log odds of an event, or what a mean is modelled by) to points."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from infotheory._display import html_repr, short_repr
from infotheory._typing import BoolArray, FloatArray
from infotheory._validation import check_number, check_option

__all__ = ["MeanScale", "PointLine", "PointScale", "Scale"]


class PointScale(Protocol):
    """How predictors become points."""

    @property
    def line(self) -> "PointLine":
        """The map itself."""


@dataclass(frozen=True, slots=True)
class PointLine:
    """The linear map from predictors to points: ``offset - factor * predictor``."""

    # Points that a unit of the predictor takes away; negative where it adds some
    factor: float
    # Points at a predictor of 0
    offset: float

    __repr__ = short_repr
    _repr_html_ = html_repr

    def predictor(self, points: FloatArray) -> FloatArray:
        """Predictors at given points."""
        return np.asarray((self.offset - points) / self.factor)

    def score(self, predictor: float) -> float:
        """Points at a given predictor."""
        return float(self.offset - self.factor * predictor)

    def points(
        self,
        contributions: Sequence[FloatArray],
        intercept: float,
        active: BoolArray,
        *,
        spread: bool,
        rounded: bool,
    ) -> tuple[list[FloatArray], float]:
        """Points of each bin of each characteristic."""
        base = self.score(intercept)
        n_active = int(active.sum())
        share = 0.0
        # The base is shared among characteristics with different bins: the others have no points.
        # Where there is none to take it, it stays separate.
        if spread and n_active:
            base, share = 0.0, base / n_active

        by_code = [
            np.asarray(share * is_active - self.factor * contribution)
            for contribution, is_active in zip(contributions, active, strict=True)
        ]

        # Each number is rounded for itself, so that the score is a sum of what the table shows.
        if rounded:
            by_code, base = [np.rint(points) for points in by_code], float(np.rint(base))

        # A sum with 0 turns -0.0 into 0.0, which is never shown otherwise.
        return [points + 0.0 for points in by_code], base


@dataclass(frozen=True, slots=True)
class Scale:
    """The linear map from the log odds of an event to points; more points are safer.

    Parameters
    ----------
    pdo : float
        Points that double the odds, positive.
    base_points : float
        Points at ``base_odds``.
    base_odds : float
        Non-events per event at ``base_points``, positive.

    Raises
    ------
    ValueError
        If one is not a finite number, or ``pdo`` or ``base_odds`` is not positive.

    Examples
    --------
    >>> scale = Scale(20.0, 600.0, 50.0)

    Odds of 100 to 1 are one doubling above 50 to 1:

    >>> round(scale.score(-np.log(100.0)), 6)
    620.0
    """

    pdo: float
    base_points: float
    base_odds: float

    __repr__ = short_repr
    _repr_html_ = html_repr

    def __post_init__(self) -> None:
        infinity = float("inf")
        for name in ("pdo", "base_odds"):
            rule = "a finite positive number"
            check_number(name, getattr(self, name), 0.0, infinity, ends="()", rule=rule)
        rule = "a finite number"
        check_number("base_points", self.base_points, -infinity, infinity, ends="()", rule=rule)

    @property
    def factor(self) -> float:
        """Points per nat of log odds: ``pdo / ln 2``."""
        return float(self.pdo / np.log(2.0))

    @property
    def offset(self) -> float:
        """Points at odds of 1: ``base_points - factor * ln(base_odds)``."""
        return float(self.base_points - self.factor * np.log(self.base_odds))

    @property
    def line(self) -> PointLine:
        """The map as factor and offset."""
        return PointLine(self.factor, self.offset)

    def log_odds(self, points: FloatArray) -> FloatArray:
        """Log odds of an event at given points, the inverse of ``score``.

        Parameters
        ----------
        points : ndarray
            Points.

        Returns
        -------
        ndarray
            ``(offset - points) / factor``.
        """
        return self.line.predictor(points)

    def score(self, log_odds: float) -> float:
        """Points at given log odds of an event.

        Parameters
        ----------
        log_odds : float
            Log odds of an event.

        Returns
        -------
        float
            ``offset - factor * log_odds``.
        """
        return self.line.score(log_odds)

    def points(
        self,
        contributions: Sequence[FloatArray],
        intercept: float,
        active: BoolArray,
        *,
        spread: bool,
        rounded: bool,
    ) -> tuple[list[FloatArray], float]:
        """Points of each bin of each characteristic.

        Parameters
        ----------
        contributions : sequence of ndarray of shape (n_codes,)
            What a bin adds to the log odds of an event, by characteristic.
        intercept : float
            Log odds of an event at contribution 0.
        active : ndarray of shape (n_features,)
            Characteristics in the regression; the base points are spread over these.
        spread : bool
            Spread the base points; where no characteristic is active they stay separate.
        rounded : bool
            Round each entry to an integer, halves to even.

        Returns
        -------
        points : list of ndarray
            Points by code.
        base : float
            Separate base points, 0 where they are spread.
        """
        return self.line.points(contributions, intercept, active, spread=spread, rounded=rounded)


@dataclass(frozen=True, slots=True)
class MeanScale:
    """The linear map from the predictor of a mean to points.

    Parameters
    ----------
    pdo : float
        Points that double the odds of a fraction or the mean of a rate, or that a unit of a
        continuous target is worth; positive.
    base_points : float
        Points at ``base_mean``.
    base_mean : float
        A mean: within (0, 1) of a fraction, positive of a rate.
    link : {"logit", "log", "identity"}
        What of the mean is linear.
    rising : bool
        Whether a higher mean has more points.

    Raises
    ------
    ValueError
        If one is not a finite number, or not in its range.

    Examples
    --------
    A mean of twice the base has ``pdo`` points less:

    >>> scale = MeanScale(20.0, 500.0, 0.1, "log", rising=False)
    >>> round(scale.line.score(np.log(0.2)), 6)
    480.0
    """

    pdo: float
    base_points: float
    base_mean: float
    link: str
    rising: bool

    __repr__ = short_repr
    _repr_html_ = html_repr

    def __post_init__(self) -> None:
        infinity = float("inf")
        check_number("pdo", self.pdo, 0.0, infinity, ends="()", rule="a finite positive number")
        limits = {
            "logit": (0.0, 1.0, "a number strictly between 0 and 1 for a fraction"),
            "log": (0.0, infinity, "a finite positive number for a rate"),
            "identity": (-infinity, infinity, "a finite number"),
        }
        check_option("link", self.link, tuple(limits))
        low, high, rule = limits[self.link]
        check_number("base_mean", self.base_mean, low, high, ends="()", rule=rule)
        rule = "a finite number"
        check_number("base_points", self.base_points, -infinity, infinity, ends="()", rule=rule)

    @property
    def line(self) -> PointLine:
        """The map as factor and offset."""
        # pdo doubles the odds or the mean; of the mean itself it is what a unit is worth.
        if self.link == "identity":
            size, base = float(self.pdo), float(self.base_mean)
        else:
            size, base = float(self.pdo / np.log(2.0)), float(np.log(self.base_mean))
            # log1p keeps the digits of 1 - mean where the mean is small.
            base -= float(np.log1p(-self.base_mean)) if self.link == "logit" else 0.0
        factor = -size if self.rising else size
        return PointLine(factor, float(self.base_points + factor * base))

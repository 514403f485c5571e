"""From log odds to points."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from infotheory._typing import BoolArray, FloatArray

__all__ = ["Scale", "check_estimated"]


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
    >>> round(scale.score(-np.log(100.0)), 6)  # odds of 100 to 1: one doubling above 50 to 1
    620.0
    """

    pdo: float
    base_points: float
    base_odds: float

    def __post_init__(self) -> None:
        for name in ("pdo", "base_points", "base_odds"):
            value = getattr(self, name)
            number = isinstance(value, int | float | np.number) and np.isfinite(value)
            if not (number and (name == "base_points" or value > 0.0)):
                message = (
                    f"{name} must be a finite{'' if name == 'base_points' else ' positive'} "
                    f"number, got {value!r}"
                )
                raise ValueError(message)

    @property
    def factor(self) -> float:
        """Points per nat of log odds: ``pdo / ln 2``."""
        return float(self.pdo / np.log(2.0))

    @property
    def offset(self) -> float:
        """Points at odds of 1: ``base_points - factor * ln(base_odds)``."""
        return float(self.base_points - self.factor * np.log(self.base_odds))

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
        return float(self.offset - self.factor * log_odds)

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
        base = self.score(intercept)
        n_active = int(active.sum())
        share = base / n_active if spread and n_active else 0.0
        points = [
            np.asarray(share * is_active - self.factor * c)
            for c, is_active in zip(contributions, active, strict=True)
        ]
        rest = 0.0 if spread and n_active else base
        if rounded:
            return [np.rint(p) + 0.0 for p in points], float(np.rint(rest))
        return [p + 0.0 for p in points], rest


def check_estimated(origin: str, what: str) -> None:
    """Raise ValueError where a card was not fitted here and so has points only.

    Parameters
    ----------
    origin : str
        "fit", or the package from whose export the card was read.
    what : str
        What is asked for, a plural noun.
    """
    if origin != "fit":
        message = (
            f"{what} need a card that was fitted on rows, got one from the export of {origin}, "
            "which holds points "
            "only; fit a Scorecard"
        )
        raise ValueError(message)

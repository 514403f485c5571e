"""How much reasons change when the estimated points move as their covariance says."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.utils import check_random_state

from infotheory._typing import BoolArray, FloatArray, IntArray
from infotheory._validation import check_integer
from infotheory.scorecard.points.scale import Scale
from infotheory.scorecard.reasons.ranking import rank

__all__ = ["PointDraws", "kept_reasons"]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class PointDraws:
    """The law of the points of a card: normal intercept and contributions, scaled as the card does.

    Parameters
    ----------
    scale : Scale
        From log odds to points.
    intercept : float
        Log odds of an event at weight of evidence 0.
    contributions : sequence of ndarray
        What each code adds to the log odds, by characteristic.
    covariance : ndarray of shape (1 + n_all_codes, 1 + n_all_codes)
        Covariance of the intercept and the contributions.
    active : ndarray of shape (n_features,)
        Characteristics in the regression.
    spread : bool
        The base points are spread over these.
    rounded : bool
        Points are rounded.
    """

    scale: Scale
    intercept: float
    contributions: Sequence[FloatArray]
    covariance: FloatArray
    active: BoolArray
    spread: bool
    rounded: bool

    def draw(self, n_draws: int, rng: np.random.RandomState) -> list[list[FloatArray]]:
        """Draw the points of the card.

        Parameters
        ----------
        n_draws : int
            Number of draws.
        rng : RandomState
            Source of the draws.

        Returns
        -------
        list of list of ndarray
            For each draw the points by code of each characteristic.
        """
        values, vectors = np.linalg.eigh(self.covariance)
        root = vectors * np.sqrt(np.maximum(values, 0.0))
        moves = rng.standard_normal((n_draws, values.size)) @ root.T
        moves += np.concatenate([[self.intercept], *self.contributions])
        ends = np.cumsum([1, *(c.size for c in self.contributions)])
        return [
            self.scale.points(
                np.split(move, ends)[1:-1],
                float(move[0]),
                self.active,
                spread=self.spread,
                rounded=self.rounded,
            )[0]
            for move in moves
        ]


def kept_reasons(
    codes: IntArray,
    points: Mapping[str, FloatArray],
    draws: PointDraws,
    refer: Callable[[Mapping[str, FloatArray]], Mapping[str, float]],
    n: int,
    excluded: Sequence[str],
    n_draws: int,
    random_state: int | np.random.RandomState | None,
) -> pd.DataFrame:
    """Share of draws in which the reasons of each row stay what they are.

    Parameters
    ----------
    codes : ndarray of shape (n_rows, n_features)
        Bin codes.
    points : mapping of str to ndarray
        Points by code of each characteristic.
    draws : PointDraws
        Law of the points.
    refer : callable
        Reference points of each characteristic, from the points.
    n : int
        Largest number of reasons.
    excluded : sequence of str
        Characteristics that are never a reason.
    n_draws : int
        Number of draws.
    random_state : int, RandomState or None
        Source of the draws.

    Returns
    -------
    DataFrame
        One row an applicant: first_kept and set_kept, between 0 and 1.

    Raises
    ------
    ValueError
        If ``n_draws`` is not a positive integer.
    """
    check_integer("n_draws", n_draws)
    patterns, place = np.unique(codes, axis=0, return_inverse=True)
    kept = np.array([name not in excluded for name in points])
    first, given = _given(patterns, points, refer(points), kept, n)
    same_first, same_set = np.zeros(len(patterns)), np.zeros(len(patterns))
    for drawn in draws.draw(n_draws, check_random_state(random_state)):
        moved = dict(zip(points, drawn, strict=True))
        other_first, other = _given(patterns, moved, refer(moved), kept, n)
        same_first += first == other_first
        same_set += (given == other).all(axis=1)
    rows = place.ravel()
    return pd.DataFrame(
        {"first_kept": same_first[rows] / n_draws, "set_kept": same_set[rows] / n_draws}
    )


def _given(
    codes: IntArray,
    points: Mapping[str, FloatArray],
    references: Mapping[str, float],
    kept: BoolArray,
    n: int,
) -> tuple[IntArray, BoolArray]:
    """Return the first reason of each row, -1 for none, and which characteristics are given."""
    order, lost = rank(codes, points, references, kept, n)
    given = np.zeros((len(codes), int(kept.sum())), dtype=bool)
    np.put_along_axis(given, order, lost > 0.0, axis=1)
    first = (
        np.where(given.any(axis=1), order[:, 0], -1) if order.shape[1] else np.full(len(codes), -1)
    )
    return first, given

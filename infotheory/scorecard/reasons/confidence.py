"""How much reasons change when the estimated points move as their covariance says."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.utils import check_random_state

from infotheory._typing import BoolArray, FloatArray, IntArray
from infotheory._validation import check_integer
from infotheory.scorecard.points.scale import PointLine
from infotheory.scorecard.reasons.ranking import rank

__all__ = ["PointDraws", "kept_reasons"]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class PointDraws:
    """The law of the points of a card: normal intercept and contributions, as it scales them."""

    # From log odds to points
    scale: PointLine
    # Log odds of an event at weight of evidence 0
    intercept: float
    # What each code adds to the log odds, by characteristic
    contributions: Sequence[FloatArray]
    # Covariance of the intercept and the contributions, of shape (1 + n_all_codes, 1 + n_all_codes)
    covariance: FloatArray
    # Characteristics in the regression, of shape (n_features,)
    active: BoolArray
    # The base points are spread over these
    spread: bool
    # Points are rounded
    rounded: bool

    def draw(self, n_draws: int, rng: np.random.RandomState) -> list[list[FloatArray]]:
        """Draw cards: for each draw the points by code of each characteristic."""
        # The covariance is singular (codes of one characteristic share a coefficient): its root
        # comes from eigenvalues, of which rounding may leave some below 0.
        values, vectors = np.linalg.eigh(self.covariance)
        root = vectors * np.sqrt(np.maximum(values, 0.0))
        drawn = rng.standard_normal((n_draws, values.size)) @ root.T
        drawn += np.concatenate([[self.intercept], *self.contributions])

        ends = np.cumsum([1, *(by_code.size for by_code in self.contributions)])
        return [
            self.scale.points(
                np.split(one, ends)[1:-1],
                float(one[0]),
                self.active,
                spread=self.spread,
                rounded=self.rounded,
            )[0]
            for one in drawn
        ]


def kept_reasons(
    codes: IntArray,
    points: Mapping[str, FloatArray],
    draws: PointDraws,
    refer: Callable[[Mapping[str, FloatArray]], Mapping[str, float]],
    n: int,
    excluded: Sequence[str],
    n_draws: int,
    rng: int | np.random.RandomState | None,
) -> pd.DataFrame:
    """Return the shares of draws in which first reason and set of reasons of a row stay the same.

    ``refer`` gives the reference points of each characteristic, from points.
    """
    check_integer("n_draws", n_draws)

    # Rows in the same bins have the same reasons, whatever the points are.
    patterns, pattern_of_row = np.unique(codes, axis=0, return_inverse=True)
    may_be_given = np.array([name not in excluded for name in points])
    first, reasons = _reasons(patterns, points, refer(points), may_be_given, n)

    same_first, same_set = np.zeros(len(patterns)), np.zeros(len(patterns))
    for drawn in draws.draw(n_draws, check_random_state(rng)):
        drawn_points = dict(zip(points, drawn, strict=True))
        drawn_first, drawn_reasons = _reasons(
            patterns, drawn_points, refer(drawn_points), may_be_given, n
        )
        same_first += first == drawn_first
        same_set += (reasons == drawn_reasons).all(axis=1)

    rows = pattern_of_row.ravel()
    return pd.DataFrame(
        {"first_kept": same_first[rows] / n_draws, "set_kept": same_set[rows] / n_draws}
    )


def _reasons(
    codes: IntArray,
    points: Mapping[str, FloatArray],
    references: Mapping[str, float],
    may_be_given: BoolArray,
    n: int,
) -> tuple[IntArray, BoolArray]:
    """Return the first reason of each row, -1 for none, and which characteristics are reasons."""
    order, lost = rank(codes, points, references, may_be_given, n)
    is_reason = np.zeros((len(codes), int(may_be_given.sum())), dtype=bool)
    # Only those that cost points are reasons; the others fill up the ranks.
    np.put_along_axis(is_reason, order, lost > 0.0, axis=1)

    # Where no characteristic may be given, there is no first column to look at.
    if not order.shape[1]:
        return np.full(len(codes), -1), is_reason
    return np.where(is_reason.any(axis=1), order[:, 0], -1), is_reason

"""Frontiers: what is reached at each budget, with errors, in the fit and on rows held out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from infotheory._display import html_frame, html_repr, number_text
from infotheory._typing import BoolArray, FloatArray
from infotheory.binning import FairBinner
from infotheory.inference import Estimate
from infotheory.scorecard import Scorecard

__all__ = ["Frontier", "FrontierPoint", "check_budgets", "dominated_points"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class FrontierPoint:
    """What was reached at one budget.

    Numbers of the training rows are optimistic, not an estimate; ``holdout`` holds estimates with
    intervals.

    Parameters
    ----------
    budget : float
        The budget in nats; ``inf`` without one.
    model : FairBinner or Scorecard
        The fitted binner or card.
    measures : dict of str to Estimate
        Estimates from the rows of the fit, ``iv`` and ``iv_fair`` among them.
    holdout : dict of str to Estimate
        The same from rows that took no part in anything; empty without them.
    comparison : str
        The two groups with the largest demographic information value.
    status : str
        How the search ended.
    gap : float
        Relative distance to the bound of the search; NaN where there is no bound.
    seconds : float
        Time of the search.
    details : dict
        Further columns of the table.
    stability_budget : float or None
        The budget of the stability index of the score; None where there are no later rows.

    Examples
    --------
    >>> from infotheory.datasets import make_portfolio
    >>> from infotheory.fairness import fairness_frontier
    >>> data = make_portfolio(
    ...     500, numeric=[0.3], categorical=[], protected_slope=1.0, random_state=0
    ... )
    >>> point = fairness_frontier(data.X, data.y, data.protected, [0.0, np.inf]).points[0]
    >>> point.budget, round(point.measures["iv"].value, 3)
    (0.0, 0.0)
    """

    budget: float
    model: "FairBinner | Scorecard"
    measures: dict[str, Estimate]
    holdout: dict[str, Estimate]
    comparison: str
    status: str
    gap: float
    seconds: float
    details: dict[str, Any] = field(default_factory=dict)
    stability_budget: float | None = None

    def __repr__(self) -> str:
        measures = ", ".join(f"{name} {estimate}" for name, estimate in self.measures.items())
        return f"FrontierPoint(budget {_budget_text(self)}: {measures}; {self.status})"

    _repr_html_ = html_repr


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Frontier:
    """Points in order of their budgets.

    Parameters
    ----------
    points : tuple of FrontierPoint
        The points.
    dominated : ndarray of shape (n_points,)
        Points that another one beats: at least as much information with no more about groups (and
        no larger a stability index, where it was measured), and one of them better.
    level : float
        Coverage of the intervals of the table.
    """

    points: tuple[FrontierPoint, ...]
    dominated: BoolArray
    level: float = 0.95

    def __len__(self) -> int:
        return len(self.points)

    def __iter__(self) -> Iterator[FrontierPoint]:
        return iter(self.points)

    def __getitem__(self, position: int) -> FrontierPoint:
        return self.points[position]

    def __repr__(self) -> str:
        budgets = ", ".join(_budget_text(point) for point in self.points)
        return f"Frontier({len(self)} points, budgets {budgets}; to_frame() for the numbers)"

    _repr_html_ = html_frame

    def to_frame(self) -> pd.DataFrame:
        """Lay the points out as a table.

        Returns
        -------
        pandas.DataFrame
            One row a point: budget, and stability_budget where there are later rows; for each
            measure (``iv``, ``iv_fair``, and at the level of scores ``auc``,
            ``adverse_impact_ratio`` and, with later rows, ``stability``) its value,
            ``..._standard_error``, ``..._low`` and ``..._high``; comparison (the two groups behind
            ``iv_fair``), status, gap, seconds, dominated; further columns of the kind of frontier;
            and the measures on held-out rows under ``holdout_...``, where there are any.
        """
        rows = []
        for point, dominated in zip(self.points, self.dominated, strict=True):
            row: dict[str, Any] = {"budget": point.budget}
            if point.stability_budget is not None:
                row["stability_budget"] = point.stability_budget
            row |= _columns(point.measures, "", self.level)
            row |= {"comparison": point.comparison, "status": point.status, "gap": point.gap}
            row |= {"seconds": point.seconds, "dominated": bool(dominated)} | point.details
            rows.append(row | _columns(point.holdout, "holdout_", self.level))
        return pd.DataFrame(rows)


def dominated_points(gains: Sequence[float], *costs: Sequence[float]) -> BoolArray:
    """Mark the points that another one beats.

    Another one does where it gains at least as much at no more of any cost, and is better in one of
    them. Of equal points the first stays.

    Examples
    --------
    >>> dominated_points([1.0, 2.0, 2.0, 1.5], [0.1, 0.3, 0.3, 0.4]).tolist()
    [False, False, True, True]
    >>> dominated_points([1.0, 2.0, 2.0], [0.1, 0.3, 0.2], [0.5, 0.1, 0.2]).tolist()
    [False, False, False]
    """
    # The less the better, of every objective; shape (n_objectives, n_points).
    losses = np.array([-np.asarray(gains, dtype=np.float64), *costs], dtype=np.float64)

    # entry (i, j): whether point j does at least as well as point i, better, or stood first
    at_least = (losses[:, None, :] <= losses[:, :, None]).all(axis=0)
    better = at_least & (losses[:, None, :] < losses[:, :, None]).any(axis=0)
    places = np.arange(losses.shape[1])
    first = at_least & ~better & (places[None, :] < places[:, None])
    return np.asarray((better | first).any(axis=1))


def _budget_text(point: FrontierPoint) -> str:
    """Write the budget of a point, with that of stability where there is one."""
    text = number_text(point.budget)
    if point.stability_budget is None:
        return text
    return f"{text} with stability {number_text(point.stability_budget)}"


def _columns(measures: dict[str, Estimate], prefix: str, level: float) -> dict[str, float]:
    columns: dict[str, float] = {}
    for name, estimate in measures.items():
        columns |= estimate.to_row(level, prefix=f"{prefix}{name}", p_value=False)
    return columns


def check_budgets(budgets: Sequence[float], name: str = "budgets") -> FloatArray:
    """Return budgets in ascending order, or raise ValueError unless they are numbers from 0 on."""
    # NaN stands last in order and fails the comparison; infinity is a budget.
    array = np.sort(np.asarray(budgets, dtype=np.float64).ravel())
    if array.size == 0 or not (array >= 0.0).all():
        message = f"{name} must be numbers of at least 0 (inf for none), got {budgets!r}"
        raise ValueError(message)
    return array

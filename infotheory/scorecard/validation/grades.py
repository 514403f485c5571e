"""Rating grades: a master scale of probabilities of default, and what happened in each grade.

``MasterScale(bounds, pds, grades)`` (or ``.from_ends``, geometric midpoints),
``.assign(probability)`` -> labels, ``.codes(probability)`` -> positions, ``.to_frame()``;
``grade_table(scale, y, probability)`` -> rates and tests.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Self

import numpy as np
import pandas as pd

from infotheory._display import html_frame, short_repr
from infotheory._later import stats
from infotheory._rows import needed
from infotheory._typing import ArrayLike, FloatArray, IntArray, LabelArray
from infotheory.inference import kish_size
from infotheory.scorecard.validation.bands import mean_probabilities, rate_tests
from infotheory.scorecard.validation.outcomes import as_probabilities, as_rows
from infotheory.tables import CountTable

__all__ = ["MasterScale", "grade_table"]


@dataclass(frozen=True, slots=True)
class MasterScale:
    """Rating grades cut along the probability of default, the safest first.

    Its probabilities are stated, not an estimate; :func:`grade_table` holds them against rows.

    Grade ``i`` holds the probabilities in ``[bounds[i - 1], bounds[i])``; the first begins at 0 and
    the last ends with 1, so that every probability has a grade.

    Parameters
    ----------
    bounds : tuple of float
        Inner bounds, ascending, strictly between 0 and 1; one fewer than there are grades.
    pds : tuple of float
        Probability of default that stands for each grade, ascending, inside the bounds of its
        grade.
    grades : tuple of str
        Labels; "1", "2", ... when empty.

    Raises
    ------
    ValueError
        If bounds or probabilities do not ascend, lie outside, or the lengths do not fit.

    Examples
    --------
    >>> scale = MasterScale((0.01, 0.05), (0.004, 0.02, 0.10), ("A", "B", "C"))
    >>> scale.assign([0.0099, 0.01, 0.7]).tolist()
    ['A', 'B', 'C']
    """

    bounds: tuple[float, ...]
    pds: tuple[float, ...]
    grades: tuple[str, ...] = ()

    __repr__ = short_repr
    _repr_html_ = html_frame

    def __post_init__(self) -> None:
        bounds, pds = (
            np.asarray(getattr(self, name), dtype=np.float64) for name in ("bounds", "pds")
        )
        if bounds.ndim != 1 or pds.ndim != 1 or pds.size != bounds.size + 1:
            message = (
                f"a scale of n bounds has n + 1 pds, got shapes {bounds.shape} and {pds.shape}"
            )
            raise ValueError(message)

        ends = np.r_[0.0, bounds, 1.0]
        if not (np.diff(ends) > 0.0).all():
            message = f"bounds must ascend strictly between 0 and 1, got {bounds.tolist()}"
            raise ValueError(message)

        # A grade holds its lower end and not its upper one; the last holds 1, too.
        outside = ~((pds >= ends[:-1]) & ((pds < ends[1:]) | (pds == 1.0)))
        if outside.any() or not (np.diff(pds) > 0.0).all():
            message = (
                f"each of the pds must lie in its grade, with ends {ends.tolist()}, got "
                f"{pds.tolist()}"
            )
            raise ValueError(message)

        numbers = range(1, pds.size + 1)
        labels = tuple(str(label) for label in self.grades or numbers)
        if len(labels) != pds.size or len(set(labels)) != pds.size:
            message = (
                f"grades must be {pds.size} distinct labels, one for each of the pds, got "
                f"{list(labels)}"
            )
            raise ValueError(message)

        object.__setattr__(self, "bounds", tuple(bounds.tolist()))
        object.__setattr__(self, "pds", tuple(pds.tolist()))
        object.__setattr__(self, "grades", labels)

    @classmethod
    def from_ends(cls, ends: ArrayLike, grades: Sequence[str] = ()) -> Self:
        """Build a scale whose grades stand for the geometric mean of their two ends.

        Parameters
        ----------
        ends : array-like of shape (n_grades + 1,)
            Ends of the grades, ascending, the first positive, the last at most 1. Probabilities
            outside fall into the first or the last grade.
        grades : sequence of str
            Labels; "1", "2", ... when empty.

        Returns
        -------
        MasterScale
            The scale.

        Raises
        ------
        ValueError
            If the ends do not ascend between 0 and 1, or the first is 0, which has no geometric
            mean.

        Examples
        --------
        >>> scale = MasterScale.from_ends([0.001, 0.01, 0.1, 1.0])
        >>> [round(pd, 4) for pd in scale.pds], scale.bounds
        ([0.0032, 0.0316, 0.3162], (0.01, 0.1))
        """
        array = np.asarray(ends, dtype=np.float64)
        if (
            array.ndim != 1
            or not np.isfinite(array).all()
            or array.size < 2
            or not (array[0] > 0.0 and array[-1] <= 1.0 and (np.diff(array) > 0).all())
        ):
            message = (
                "ends must ascend, the first positive and the last at most 1, got "
                f"{array.tolist()}; or state pds"
            )
            raise ValueError(message)
        middle = np.sqrt(array[:-1] * array[1:])
        return cls(tuple(array[1:-1].tolist()), tuple(middle.tolist()), tuple(grades))

    def codes(self, probability: ArrayLike) -> IntArray:
        """Position of the grade of each probability.

        Parameters
        ----------
        probability : array-like of shape (n_rows,)
            Probabilities of default, from 0 to 1.

        Returns
        -------
        ndarray of shape (n_rows,)
            0 for the safest grade.

        Raises
        ------
        ValueError
            If a probability is not a number from 0 to 1.
        """
        values = as_probabilities(probability)
        # "right": a probability at a bound belongs to the riskier grade, as the ends are checked.
        return np.searchsorted(np.array(self.bounds), values, side="right")

    def assign(self, probability: ArrayLike) -> LabelArray:
        """Label of the grade of each probability.

        Parameters
        ----------
        probability : array-like of shape (n_rows,)
            Probabilities of default, from 0 to 1.

        Returns
        -------
        ndarray of shape (n_rows,)
            Labels.
        """
        return np.asarray(np.array(self.grades)[self.codes(probability)])

    def to_frame(self) -> pd.DataFrame:
        """Return a table with one row a grade: grade, lower, upper, pd."""
        lower, upper = (0.0, *self.bounds), (*self.bounds, 1.0)
        return pd.DataFrame({"grade": self.grades, "lower": lower, "upper": upper, "pd": self.pds})


def grade_table(
    scale: MasterScale,
    y: ArrayLike,
    probability: ArrayLike,
    *,
    sample_weight: ArrayLike | None = None,
    event_label: Any = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """Default rate of each grade against its probability of default and the next safer grade.

    Parameters
    ----------
    scale : MasterScale
        The grades.
    y : array-like of shape (n_rows,)
        Two labels; ``event_label`` names the default.
    probability : array-like of shape (n_rows,)
        Predicted probability of default, from 0 to 1; it chooses the grade.
    sample_weight : array-like of shape (n_rows,), optional
        Sampling weights; intervals and tests then count the rows that
        :func:`infotheory.evidence.event_rates` counts.
    event_label : object, optional
        The label of an event. When None it is the larger of the two, and an EventLabelWarning says
        so unless labels are 0/1, -1/1 or False/True (numbers or text).
    level : float
        Coverage of the intervals.

    Returns
    -------
    DataFrame
        One row a grade, empty ones included: grade, lower, upper, pd, count, share, events,
        expected_event_rate (mean probability), event_rate, low, high (Jeffreys interval),
        jeffreys_p_value, binomial_p_value (small where there are more defaults than ``pd`` allows),
        adjusted_p_value (Holm, of the binomial ones: for all grades together), inverted (fewer
        defaults than in the next safer grade that holds rows) and inversion_p_value (small where
        the order of the two grades is refuted). NaN where there are no rows.
        Descriptive: share, and expected_event_rate of probabilities that are given.

    Raises
    ------
    ValueError
        If there are not two labels, or a probability does not lie between 0 and 1.

    Notes
    -----
    One-sided tests of "the true rate is at most ``pd``" with D defaults among N rows: Jeffreys,
    ``P(Beta(D + 1/2, N - D + 1/2) <= pd)``; binomial, ``P(Bin(N, pd) >= D) = I_pd(D, N - D + 1)``.
    Both take the rows of a grade as independent; where defaults cluster in time, more grades are
    rejected than the level says. The binomial test never exceeds its size; the Jeffreys test is
    near it, on both sides, as D is discrete. The order is tested by the normal law of the
    difference of two shares with a pooled rate.

    References
    ----------
    .. [1] European Central Bank, "Instructions for reporting the validation results of internal
       models" (2019).

    Examples
    --------
    >>> scale = MasterScale((0.4,), (0.25, 0.5))
    >>> table = grade_table(scale, [0, 0, 0, 1, 1, 0], [0.2, 0.2, 0.2, 0.2, 0.6, 0.6])
    >>> table["event_rate"].tolist()
    [0.25, 0.5]
    >>> table["binomial_p_value"].round(4).tolist()  # 1 - 0.75^4, 1 - 0.5^2
    [0.6836, 0.75]
    """
    rows = as_rows(y, event_label=event_label, probability=probability, sample_weight=sample_weight)
    p = needed(rows.probability, "probability")
    codes = scale.codes(p)
    table = rows.table(codes, scale.grades)
    total = table.counts.sum(axis=1)
    expected = mean_probabilities(codes, p, rows.mass, total)

    frame = scale.to_frame().assign(
        count=total, share=total / total.sum(), events=table.events, expected_event_rate=expected
    )
    frame = pd.concat([frame, rate_tests(table, np.array(scale.pds), level=level)], axis=1)
    inverted, p_values = _order_tests(table)
    return frame.assign(inverted=inverted, inversion_p_value=p_values)


def _order_tests(table: CountTable) -> tuple[list[bool], FloatArray]:
    """Compare each grade with the next safer one that holds rows."""
    total, squared = table.counts.sum(axis=1), table.squared_weights.sum(axis=1)
    inverted, p_values = [False] * table.n_bins, np.full(table.n_bins, np.nan)
    # Grades without rows are passed over: the next safer one that has a rate is compared.
    held = np.flatnonzero(total).tolist()
    for safer, riskier in pairwise(held):
        pair = [safer, riskier]
        # Weighted rows count as the rows that they are worth.
        sizes = np.array([kish_size(float(total[i]), float(squared[i])) for i in pair])
        rates = table.events[pair] / total[pair]
        inverted[riskier] = bool(rates[1] < rates[0])

        pooled = float(sizes @ rates / sizes.sum())
        spread = float(np.sqrt(pooled * (1.0 - pooled) * (1.0 / sizes).sum()))

        # Where the pooled rate is 0 or 1 the two rates are equal, and nothing speaks for an order.
        z = (rates[0] - rates[1]) / spread if spread > 0.0 else 0.0
        p_values[riskier] = float(stats.norm.sf(z))
    return inverted, p_values

"""Bands of a score: groups of equal weight, observed against predicted rates."""

from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from infotheory._codes import equal_parts
from infotheory._row_order import warn_of_row_order
from infotheory._rows import needed
from infotheory._shares import rows_worth
from infotheory._typing import ArrayLike, FloatArray, IntArray
from infotheory._validation import check_integer, labels_of_rows
from infotheory.evidence.rates import event_rates
from infotheory.inference import holm
from infotheory.laws import jeffreys_probability
from infotheory.scorecard.validation.outcomes import as_rows
from infotheory.tables import CountTable

__all__ = [
    "calibration_table",
    "groups_by_rank",
    "mean_probabilities",
    "rate_tests",
]


def groups_by_rank(score: FloatArray, mass: FloatArray, n_groups: int) -> IntArray:
    """Cut rows into at most ``n_groups`` of about equal weight, ascending in the score.

    Rows of one score stay together: they belong to the group in which the middle of their weight
    lies. Rows of weight 0 make no group of their own, so that groups are 0, 1, ... without gaps.

    Examples
    --------
    >>> groups_by_rank(np.array([0.1, 0.2, 0.9, 0.9, 0.5]), np.ones(5), 2).tolist()
    [0, 0, 1, 1, 1]
    """
    check_integer("n_groups", n_groups)
    _, rank = np.unique(score, return_inverse=True)
    mass_of_score = np.bincount(rank, mass).astype(np.float64)
    n_groups = min(n_groups, np.iinfo(np.int32).max)  # more than there are rows
    wanted = equal_parts(mass_of_score, n_groups)

    # A heavy score may leap over a group; the groups that hold weight are numbered anew.
    occupied = np.unique(wanted[mass_of_score > 0.0])
    groups = np.minimum(np.searchsorted(occupied, wanted), occupied.size - 1)
    return np.asarray(groups[rank])


def mean_probabilities(
    codes: IntArray, probability: FloatArray, mass: FloatArray, total: FloatArray
) -> FloatArray:
    """Mean probability of the rows of each code, NaN where ``total`` says that it has no weight."""
    sums = np.bincount(codes, mass * probability, minlength=total.size)
    return np.divide(sums, total, out=np.full(total.shape, np.nan), where=total > 0.0)


def calibration_table(
    y: ArrayLike,
    probability: ArrayLike,
    *,
    bands: ArrayLike | None = None,
    n_groups: int = 10,
    sample_weight: ArrayLike | None = None,
    event_label: Any = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """Predicted and observed event rates by band, with Jeffreys intervals and one-sided tests.

    Parameters
    ----------
    y : array-like of shape (n_rows,)
        Two labels; ``event_label`` names the event.
    probability : array-like of shape (n_rows,)
        Predicted probability of an event, from 0 to 1.
    bands : array-like of shape (n_rows,), optional
        Band or rating grade of each row; groups of equal weight along the probability when None.
    n_groups : int
        Number of groups where ``bands`` is None.
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
        One row a band: band, count, events, expected_event_rate (mean probability), event_rate,
        low, high (Jeffreys interval), jeffreys_p_value, binomial_p_value and adjusted_p_value.
        Small p-values say that the band has more events than expected; the adjusted ones (Holm, of
        the binomial ones) hold for all bands together. Descriptive: expected_event_rate, of
        probabilities that are given.

    Raises
    ------
    ValueError
        If there are not two labels, or a probability does not lie between 0 and 1.

    Notes
    -----
    See :func:`infotheory.scorecard.grade_table` for grades of a master scale and for the two tests.

    Examples
    --------
    >>> table = calibration_table([0, 0, 0, 1], [0.25, 0.25, 0.25, 0.25])
    >>> columns = ["expected_event_rate", "event_rate", "binomial_p_value"]
    >>> table[columns].round(4).to_numpy().tolist()  # 1 - 0.75^4
    [[0.25, 0.25, 0.6836]]
    """
    warn_of_row_order(y=y, bands=bands)
    # Bands stand beside all rows, those of weight 0 too.
    rows = as_rows(
        y,
        event_label=event_label,
        probability=probability,
        sample_weight=sample_weight,
        all_rows=bands is not None,
    )
    p = needed(rows.probability, "probability")
    band_of_row = groups_by_rank(p, rows.mass, n_groups) + 1 if bands is None else bands
    labels, codes = labels_of_rows("bands", band_of_row, rows.n_rows, rows.weights)

    table = rows.table(codes, [str(label) for label in labels])
    total = table.counts.sum(axis=1)
    expected = mean_probabilities(codes, p, rows.mass, total)

    head = {"band": labels, "count": total, "events": table.events, "expected_event_rate": expected}
    return pd.concat([pd.DataFrame(head), rate_tests(table, expected, level=level)], axis=1)


def rate_tests(table: CountTable, expected: FloatArray, *, level: float = 0.95) -> pd.DataFrame:
    """Event rate of each bin with its interval, and one-sided tests of "not more than expected".

    ``expected`` are the rates under the hypothesis, shape (n_bins,). With sampling weights the
    tests count the rows that the interval does; an empty bin has NaN.
    """
    rates = event_rates(table, level=level)
    rate = rates["event_rate"].to_numpy()
    # Weighted rows count as the rows that they are worth, for the tests as for the intervals.
    size = rows_worth(table.counts, table.squared_weights, level)[:, 1]
    binomial = _binomial_p_values(rate * size, size, expected)
    return rates.assign(
        jeffreys_p_value=jeffreys_probability(rate, size, expected),
        binomial_p_value=binomial,
        # of the test that never exceeds its size: all bins are looked at together
        adjusted_p_value=holm(binomial),
    )


def _binomial_p_values(events: FloatArray, size: FloatArray, expected: FloatArray) -> FloatArray:
    """Probability of at least so many events, by ``P(Bin(N, p) >= D) = I_p(D, N - D + 1)``."""
    some = events > 0.0
    # The incomplete beta function needs a positive first argument: 1 stands in for no event.
    tail = special.betainc(np.where(some, events, 1.0), size - events + 1.0, expected)

    # No event is no evidence against any rate; where there are no rows there is nothing to say.
    return np.where(size > 0.0, np.where(some, tail, 1.0), np.nan)

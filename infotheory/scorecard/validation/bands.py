"""Bands of a score and rating grades: predicted against observed event rates, with exact tests, and concentration."""

import numpy as np
import pandas as pd
from scipy import special

from infotheory._typing import ArrayLike, FloatArray
from infotheory._validation import as_counts, check_length, distinct_labels
from infotheory.evidence.rates import event_rates
from infotheory.inference import Estimate, kish_size
from infotheory.laws import NormalLaw
from infotheory.scorecard.validation._ordering import groups_by_rank
from infotheory.scorecard.validation.outcomes import probability_rows
from infotheory.tables import CountTable

__all__ = ["calibration_table", "herfindahl_index", "rate_tests"]


def calibration_table(
    y: ArrayLike,
    probability: ArrayLike,
    *,
    bands: ArrayLike | None = None,
    n_groups: int = 10,
    sample_weight: ArrayLike | None = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """Predicted and observed event rates by band, with Jeffreys intervals and one-sided tests.

    Parameters
    ----------
    y : array-like of shape (n_rows,)
        Two labels; the larger one is the event.
    probability : array-like of shape (n_rows,)
        Predicted probability of an event, from 0 to 1.
    bands : array-like of shape (n_rows,), optional
        Band or rating grade of each row; groups of equal weight along the probability when None.
    n_groups : int
        Number of groups where ``bands`` is None.
    sample_weight : array-like of shape (n_rows,), optional
        Sampling weights; intervals and tests use the Kish size of a band.
    level : float
        Coverage of the intervals.

    Returns
    -------
    DataFrame
        One row a band: band, count, events, predicted (mean probability), observed, low, high
        (Jeffreys interval), jeffreys_p_value and binomial_p_value. Small p-values say that the band
        has more events than predicted.

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
    >>> table[["predicted", "observed", "binomial_p_value"]].round(4).to_numpy().tolist()  # 1 - 0.75^4
    [[0.25, 0.25, 0.6836]]
    """
    target, p, weights = probability_rows(y, probability, sample_weight)
    w = np.ones(target.size) if weights is None else weights
    labels, codes = distinct_labels(
        "bands",
        groups_by_rank(p, w, n_groups) + 1
        if bands is None
        else check_length("bands", bands, p.size),
    )
    if codes.shape != target.shape:
        message = f"bands must have shape {target.shape}, one entry a row, got {codes.shape}"
        raise ValueError(message)
    table = CountTable.from_codes(
        codes, target, sample_weight=weights, labels=[str(label) for label in labels]
    )
    total = table.counts.sum(axis=1)
    predicted = np.full(total.shape, np.nan)
    np.divide(np.bincount(codes, w * p), total, out=predicted, where=total > 0.0)
    head = pd.DataFrame(
        {"band": labels, "count": total, "events": table.events, "predicted": predicted}
    )
    return pd.concat([head, rate_tests(table, predicted, level=level)], axis=1)


def rate_tests(table: CountTable, predicted: FloatArray, *, level: float = 0.95) -> pd.DataFrame:
    """Observed event rate of each bin against a given one: interval and one-sided tests of "not more than predicted".

    Parameters
    ----------
    table : CountTable
        Counts by bin, without groups; with sampling weights, tests use Kish sizes.
    predicted : ndarray of shape (n_bins,)
        Rate of each bin under the null hypothesis.
    level : float
        Coverage of the intervals.

    Returns
    -------
    DataFrame
        Columns observed, low, high, jeffreys_p_value, binomial_p_value; NaN for an empty bin.
    """
    rates = event_rates(table, level=level)
    pairs = zip(
        table.counts.sum(axis=1).tolist(), table.squared_weights.sum(axis=1).tolist(), strict=True
    )
    size = np.array([kish_size(*pair) for pair in pairs])
    events = size * rates["event_rate"].to_numpy()
    some = events > 0.0
    binomial = np.where(
        some, special.betainc(np.where(some, events, 1.0), size - events + 1.0, predicted), 1.0
    )
    return pd.DataFrame(
        {
            "observed": rates["event_rate"],
            "low": rates["low"],
            "high": rates["high"],
            "jeffreys_p_value": special.betainc(events + 0.5, size - events + 0.5, predicted),
            "binomial_p_value": np.where(size > 0.0, binomial, np.nan),
        }
    )


def herfindahl_index(counts: ArrayLike, *, squared_weights: ArrayLike | None = None) -> Estimate:
    """Concentration of rows over score bands: the sum of squared shares.

    Parameters
    ----------
    counts : array-like of shape (n_bands,)
        Rows of each band, not negative.
    squared_weights : array-like of shape (n_bands,), optional
        Sum of squared weights of each band, where ``counts`` are sums of sampling weights.

    Returns
    -------
    Estimate
        Value between 1 / n_bands (even) and 1 (all in one band); multinomial delta method,
        ``4 (sum s^3 - (sum s^2)^2) / n``. It vanishes for even shares, where the index is at its
        least.

    Raises
    ------
    ValueError
        If the counts are empty, negative, not finite or all zero, or the lengths differ.

    Notes
    -----
    Concentration now against that of the reference:
    ``auc_difference(herfindahl_index(now), herfindahl_index(then))``, whose p-value knows the
    numbers of rows. Its normal law needs shares that are clearly uneven.

    Examples
    --------
    >>> herfindahl_index([10, 10, 20]).value  # 1/16 + 1/16 + 1/4
    0.375
    """
    array = as_counts(counts)
    if array.ndim != 1:
        message = f"counts must have shape (n_bands,), got shape {array.shape}"
        raise ValueError(message)
    squared = (
        array
        if squared_weights is None
        else as_counts(check_length("squared_weights", squared_weights, array.size))
    )
    share = array / array.sum()
    value = float(share @ share)
    variance = 4.0 * float(squared @ (share - value) ** 2) / float(array.sum()) ** 2
    law = NormalLaw(1.0 / array.size, 1.0)
    return Estimate(
        value=value,
        standard_error=float(np.sqrt(variance)),
        method="multinomial delta method",
        law=law,
    )

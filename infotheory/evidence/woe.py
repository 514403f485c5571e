"""Weight of evidence of each bin, with its standard error."""

import numpy as np
from scipy import special

from infotheory._later import pd
from infotheory._row_order import warn_of_bin_order
from infotheory._typing import ArrayLike, FloatArray
from infotheory._validation import as_array, as_counts, check_option, refuse_shares
from infotheory.evidence._of_tables import of_tables
from infotheory.evidence.binned_samples import (
    MOST_BINS,
    BinnedSamples,
    fill_zero_cells,
    repeated_rows,
    samples_of_counts,
    samples_of_table,
    share_variance,
    warn_sparse,
)
from infotheory.laws import two_sided_quantile
from infotheory.tables import CountTable

__all__ = [
    "log_share_ratio",
    "reach_of_masses",
    "weight_of_evidence",
    "woe_margins",
    "woe_of_counts",
    "woe_of_table",
    "woe_values",
    "woe_variances",
]


@of_tables(1, "CountTable.from_codes(codes, y)")
def weight_of_evidence(
    table: CountTable,
    *,
    method: str = "delta",
    zero_cells: str | float = "haldane",
    woe_sign: str = "nonevent",
) -> "pd.DataFrame":
    """Weight of evidence of each bin: ``ln(share of non-events / share of events)``.

    It is positive where a bin is safer than the whole.

    Parameters
    ----------
    table : CountTable
        Counts by bin and class; a group axis is summed over.
    method : {"delta", "sudjianto_burakov"}
        Standard error: "delta" has estimated totals, ``Var = 1/g - 1/G + 1/b - 1/B``;
        "sudjianto_burakov" treats the totals as constants, ``1/g + 1/b`` (Eq. 15 of
        arXiv:2509.09855).
    zero_cells : {"haldane", "error"} or float
        Bins with rows of one class only: add half a row to both of their cells and warn, raise, or
        add this number of rows to both cells of every bin that has rows. A row of a class has the
        weight ``sum w^2 / sum w`` of the class.
    woe_sign : {"nonevent", "event"}
        "event" flips the sign: positive is then riskier.

    Returns
    -------
    pandas.DataFrame
        Indexed by bin label; columns ``woe``, ``standard_error``, ``low`` and ``high`` (95 %
        interval), ``adjusted`` (the bin had rows of one class only). A bin without rows has weight
        of evidence 0, which is what its rows get in a transform, and NaN in the three columns of
        error: nothing was estimated.

    Raises
    ------
    ValueError
        If the table lacks a class, or an option is unknown.

    Warns
    -----
    SparseCellWarning
        If halves were added.

    Notes
    -----
    With weights the delta method is exact for the two weighted shares: the variance of ``ln p`` is
    ``[S (1 - p)^2 + (S_all - S) p^2] / (p W)^2`` with S the sum of squared weights of the cell and
    W the weight of the class, which is ``1/g - 1/G`` where all weights are 1, and
    ``(1/p - 1) / Kish size`` of the class where weights do not depend on the bin. Where the weights
    of a class vary, a few rows seldom hold the heavy ones. The interval then holds two: Student's,
    with the effective rows ``(sum w)^2 / sum w^2`` of the smaller cell as degrees of freedom, and
    that of the gamma laws of both sums of weights, whose upper ends have one row of the class more
    (M. P. Fay and E. J. Feuer, Statistics in Medicine 16 (1997) 791-801).
    Of 3 and 8 bins that expect 1 to 50 effective rows, 95 % intervals cover .94 to .99 on average
    over the bins and .92 in single ones, with log-normal weights and with one row in ten or twenty
    that weighs 20 or 40 times the others. Log-normal weights of deviation 1.5 cover .93 to .95.

    Rows of one weight are covered in .93 to 1.00 where a cell expects half a row or more. With a
    tenth of one, and ten or more times as many rows of the other class, it is .88 to .95; where
    far less is expected (20 of 200,000 non-events in a bin, beside 200 events) the half row is so
    much more than that, that the interval does not hold and the bin looks riskier than any: merge
    bins that are ``adjusted``.

    Examples
    --------
    >>> table = CountTable.from_counts([400, 300, 200, 100], [40, 50, 60, 50])
    >>> weight_of_evidence(table)[["woe", "standard_error"]].round(4)
            woe  standard_error
    bin
    0    0.6931          0.1466
    1    0.1823          0.1317
    2   -0.4055          0.1252
    3   -0.9163          0.1549
    """
    check_option("method", method, ("delta", "sudjianto_burakov"))
    check_option("woe_sign", woe_sign, ("nonevent", "event"))
    raw = samples_of_table(table)
    filled = fill_zero_cells(raw, zero_cells)
    warn_sparse(raw, zero_cells, table.labels)

    woe = log_share_ratio(filled) * (1.0 if woe_sign == "nonevent" else -1.0)
    error = np.sqrt(woe_variances(filled, method=method))
    below, above = woe_margins(filled, error, 0.95, 1.0 if woe_sign == "nonevent" else -1.0)
    return pd.DataFrame(
        {
            "woe": woe,
            "standard_error": error,
            "low": woe - below,
            "high": woe + above,
            "adjusted": raw.one_sided(),
        },
        index=pd.Index(table.labels, name="bin"),
    )


def woe_values(
    nonevents: ArrayLike, events: ArrayLike, *, zero_cells: str | float = "haldane"
) -> FloatArray:
    """Weight of evidence of each bin from plain counts; 0 for an empty bin. Does not warn.

    Parameters
    ----------
    nonevents, events : array-like of shape (..., n_bins)
        Counts or sums of weights; leading axes are separate tables.
    zero_cells : {"haldane", "error"} or float
        As in :func:`weight_of_evidence`.

    Returns
    -------
    ndarray of shape (..., n_bins)
        ``ln(share of non-events / share of events)``.

    Raises
    ------
    ValueError
        If a count is negative or not finite, shapes differ, or a class has no rows; if a vector has
        more than 100 entries, which are values of rows.

    Examples
    --------
    >>> woe_values([30, 10, 0], [10, 30, 0]).round(4).tolist()
    [1.0986, -1.0986, 0.0]
    """
    warn_of_bin_order(nonevents=nonevents, events=events)
    for name, counts in (("nonevents", nonevents), ("events", events)):
        shape = np.shape(as_array(name, counts))
        if len(shape) == 1 and shape[0] > MOST_BINS:
            message = (
                f"{name} must be counts of at most {MOST_BINS} bins, got {shape[0]} entries; for "
                "rows, or for more bins, use weight_of_evidence of a CountTable"
            )
            raise ValueError(message)

    # Half a row is added to both cells of a bin of one class: of shares it were half of all rows.
    good = as_counts(nonevents, name="nonevents", allow_zero=True)
    bad = as_counts(events, name="events", allow_zero=True)
    if not (good.all() and bad.all()):
        refuse_shares("nonevents", good, "multiply them by the rows of each class")
        refuse_shares("events", bad, "multiply them by the rows of each class")
    return woe_of_counts(nonevents, events, zero_cells=zero_cells)


def woe_of_counts(
    nonevents: ArrayLike, events: ArrayLike, *, zero_cells: str | float = "haldane"
) -> FloatArray:
    """Weight of evidence as :func:`woe_values`, of any number of bins."""
    good = as_counts(nonevents, name="nonevents", allow_zero=True)
    bad = as_counts(events, name="events", allow_zero=True)
    if good.shape != bad.shape or good.ndim == 0:
        message = (
            f"nonevents and events must have one shape (..., n_bins), got {good.shape} and "
            f"{bad.shape}"
        )
        raise ValueError(message)

    for name, array in (("nonevents", good), ("events", bad)):
        if not (array.sum(axis=-1) > 0.0).all():
            message = (
                f"{name} must not all be zero, got {array.shape[-1]} empty bins; a table must hold "
                "both classes"
            )
            raise ValueError(message)

    # A class may lack in a bin: there the logarithm would be infinite.
    return log_share_ratio(fill_zero_cells(samples_of_counts(good, bad), zero_cells))


def woe_of_table(table: CountTable, zero_cells: str | float = "haldane") -> FloatArray:
    """Weight of evidence of each bin of a table, positive where it is safer.

    What is added to an empty cell has the weight of a row, whatever the unit of the weights; whole
    weights stand for repeated rows, of which each weighs 1.
    """
    are_whole = all((sums == np.rint(sums)).all() for sums in (table.counts, table.squared_weights))
    samples = (
        samples_of_counts(table.nonevents, table.events) if are_whole else samples_of_table(table)
    )
    return log_share_ratio(fill_zero_cells(samples, zero_cells))


def woe_variances(filled: BinnedSamples, *, method: str = "delta") -> FloatArray:
    """Variance of the weight of evidence of each bin; NaN for an empty bin.

    ``filled`` has no one-sided bins; ``method`` is as in :func:`weight_of_evidence`.
    """
    variance = np.zeros(filled.first.shape)
    for weight, squared in (
        (filled.first, filled.first_squared),
        (filled.second, filled.second_squared),
    ):
        # an empty bin has no logarithm, and NaN for its error
        cell = np.where(weight > 0.0, weight, np.nan)
        if method == "delta":
            total = weight.sum(axis=-1, keepdims=True)
            variance += share_variance(weight, squared) * (total / cell) ** 2
        else:
            # As if the totals were known.
            variance += squared / cell**2
    return variance


def woe_margins(
    filled: BinnedSamples, errors: FloatArray, level: float, sign: float = 1.0
) -> tuple[FloatArray, FloatArray]:
    """Reach of the intervals of weights of evidence of some errors below and above, by bin.

    The squared weights of a few rows say little of how weights vary: the quantile is then
    Student's, and the interval holds what the class tells of heavy rows that the bin happens to
    lack. Counts of rows of one weight have a spread that follows from the counts themselves.
    """
    normal = two_sided_quantile(level) * errors
    if repeated_rows(filled)[1]:
        return normal, normal

    classes = (
        (filled.first, filled.first_squared),
        (filled.second, filled.second_squared),
    )
    effective = [
        np.divide(weight**2, squared, out=np.ones_like(weight), where=squared > 0.0)
        for weight, squared in classes
    ]
    # what stands in for an empty cell is half a row, and Student's law needs one
    degrees = np.maximum(np.minimum(*effective), 1.0)
    student = -special.stdtrit(degrees, 0.5 * (1.0 - level)) * errors

    (below_first, above_first), (below_second, above_second) = (
        _log_share_reach(weight, squared, level) for weight, squared in classes
    )
    below = np.maximum(student, np.hypot(below_first, above_second))
    above = np.maximum(student, np.hypot(above_first, below_second))
    return (below, above) if sign > 0.0 else (above, below)


def reach_of_masses(
    sums: FloatArray, squares: FloatArray, errors: FloatArray, level: float
) -> FloatArray:
    """Farther reach of the logarithm of the ratio of two masses of which a row may have a part.

    Sums and squared ones have shape (n_bins, 2); ``errors`` know which masses are of the same rows.
    """
    masses = BinnedSamples(sums[:, 0], sums[:, 1], squares[:, 0], squares[:, 1])
    # Masses of the same rows move together, and their ratio moves less than that of two classes.
    apart = np.sqrt(woe_variances(masses))
    return np.asarray(np.maximum(*woe_margins(masses, apart, level)) * errors / apart)


def _log_share_reach(
    weight: FloatArray, squared: FloatArray, level: float
) -> tuple[FloatArray, FloatArray]:
    """Reach of the gamma interval of the logarithm of each share of one class; 0 if it is certain.

    A sum of weights is nearly gamma, with the mean and variance seen; its upper end is that of the
    sum with one more row (M. P. Fay and E. J. Feuer, Statistics in Medicine 16 (1997) 791-801).
    """
    total = weight.sum(axis=-1, keepdims=True)
    share, variance = weight / total, share_variance(weight, squared)
    known = (share > 0.0) & (variance > 0.0)
    share, variance = np.where(known, share, 1.0), np.where(known, variance, 1.0)

    # The row that might have come is one of the class: those of the bin do not tell how heavy a
    # row that is missing among them is.
    one_row = squared.sum(axis=-1, keepdims=True) / total
    more = np.where(known, one_row * (1.0 - share) / total, 0.0)
    tail = 0.5 * (1.0 - level)
    below = -np.log(_gamma_quantile(share, variance, tail) / share)
    above = np.log(_gamma_quantile(share + more, variance + more**2, 1.0 - tail) / share)
    return np.where(known, below, 0.0), np.where(known, above, 0.0)


def _gamma_quantile(mean: FloatArray, variance: FloatArray, probability: float) -> FloatArray:
    """Quantile of the gamma law of some mean and variance."""
    quantile = special.gammaincinv(mean**2 / variance, probability)
    # far less than a half row of the others has a quantile that is no number above 0
    smallest = np.finfo(np.float64).tiny
    return np.asarray(np.maximum(quantile * (variance / mean), smallest))


def log_share_ratio(filled: BinnedSamples) -> FloatArray:
    """Log ratio of the two shares of each bin; an empty bin says nothing, which is 0."""
    occupied = filled.occupied()
    p, q = (np.where(occupied, share, 1.0) for share in filled.shares())
    return np.log(p) - np.log(q)

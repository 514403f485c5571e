"""Stability of a binned characteristic or score between two samples."""

import numpy as np

from infotheory._row_order import warn_of_bin_order
from infotheory._typing import ArrayLike, FloatArray
from infotheory._validation import as_array, as_counts, as_numbers
from infotheory.evidence._of_tables import of_tables
from infotheory.evidence.binned_samples import (
    MOST_BINS,
    BinnedSamples,
    samples_of_counts,
    samples_of_tables,
)
from infotheory.evidence.divergence import warned_estimate
from infotheory.inference import DivergenceEstimate
from infotheory.tables import CountTable, EvidenceTable

__all__ = [
    "LARGE_SHIFT",
    "SHIFT",
    "characteristic_stability",
    "jensen_shannon_stability",
    "population_stability_index",
    "stability_band",
]


#: Words for the two samples of a stability index.
SAMPLES = ("expected rows", "actual rows")

#: Where the customary reading of an index leaves "stable", and where it says "large shift".
SHIFT, LARGE_SHIFT = 0.10, 0.25


def population_stability_index(
    expected: ArrayLike,
    actual: ArrayLike,
    *,
    method: str = "delta",
    debias: bool = False,
    interval: str = "auto",
    zero_cells: str | float = "haldane",
    second_order: bool = False,
) -> DivergenceEstimate:
    """Return the population stability index: the Jeffreys divergence of two independent samples.

    Parameters
    ----------
    expected, actual : array-like of shape (n_bins,)
        Counts of rows (not shares: the sizes decide what is noise) over the same bins.
    method : {"delta", "sudjianto_burakov"}
        Standard error with both samples random, or the paper's; as in
        :func:`infotheory.evidence.information_value`.
    debias : bool
        Subtract the second-order bias from the value, which is then floored at 0.
    interval : {"auto", "noncentral", "normal"}
        Law of the interval, as in :func:`infotheory.evidence.information_value`.
    zero_cells : {"haldane", "error"} or float
        Bins that one sample does not reach: add 1/2 to both of their cells and warn, raise, or add
        this number to both cells of every bin that has rows.
    second_order : bool
        Add ``2 (k - 1) / N_eff^2`` to the variance, which describes the spread near 0.

    Returns
    -------
    DivergenceEstimate
        ``critical_value(alpha)`` is what the index exceeds with probability ``alpha`` when nothing
        has changed: ``chi2.ppf(1 - alpha, k - 1) / N_eff`` with ``N_eff = n m / (n + m)``, NaN
        where fewer than 5 rows are expected in a bin of the smaller sample. The
        customary limits 0.10 and 0.25 (:func:`stability_band`) know nothing of the sizes. The upper
        end is infinite where a bin has no rows of one sample although 3 or more are expected.

    Raises
    ------
    ValueError
        If the vectors differ in length, hold no rows, look like shares, or an option is unknown.

    Warns
    -----
    SparseCellWarning
        If halves were added to bins that one sample does not reach.

    Notes
    -----
    B. Yurdakul, J. Naranjo, Statistical properties of the population stability index, Journal of
    Risk Model Validation 14 (2020), derive the null law; the standard error is the delta method's.

    Examples
    --------
    >>> index = population_stability_index([100] * 10, [110, 90] * 5)
    >>> round(index.value, 4), round(index.critical_value(0.05), 3), round(index.p_value, 2)
    (0.01, 0.034, 0.83)
    """
    return warned_estimate(
        _samples_of_rows(expected, actual),
        names=SAMPLES,
        method=method,
        debias=debias,
        interval=interval,
        second_order=second_order,
        zero_cells=zero_cells,
    )


@of_tables(2, "CountTable.from_codes of both samples", any_target=True)
def characteristic_stability(
    expected: "CountTable | EvidenceTable",
    actual: "CountTable | EvidenceTable",
    *,
    method: str = "delta",
    debias: bool = False,
    interval: str = "auto",
    zero_cells: str | float = "haldane",
    second_order: bool = False,
) -> DivergenceEstimate:
    """Return the stability index of a characteristic, all rows counting whatever their class.

    Parameters
    ----------
    expected, actual : CountTable or EvidenceTable
        Tables over the same bins; classes, amounts and groups are summed over, weights are
        respected: of a rate the shares are those of the exposure.
    method : {"delta", "sudjianto_burakov"}
        Standard error with both samples random, or the paper's; as in
        :func:`infotheory.evidence.information_value`.
    debias : bool
        Subtract the second-order bias from the value, which is then floored at 0.
    interval : {"auto", "noncentral", "normal"}
        Law of the interval, as in :func:`infotheory.evidence.information_value`.
    zero_cells : {"haldane", "error"} or float
        Bins that one sample does not reach: add 1/2 to both of their cells and warn, raise, or add
        this number to both cells of every bin that has rows.
    second_order : bool
        Add ``2 (k - 1) / N_eff^2`` to the variance, which describes the spread near 0.

    Returns
    -------
    DivergenceEstimate
        The index, with its standard error and tests; the upper end is infinite where a bin has no
        rows of one sample although 3 or more are expected.

    Raises
    ------
    ValueError
        If the bins differ, a table is empty, or an option is unknown.

    Warns
    -----
    SparseCellWarning
        If halves were added to bins that one sample does not reach.

    Examples
    --------
    >>> expected = CountTable.from_counts([400, 300], [40, 60])
    >>> actual = CountTable.from_counts([300, 400], [40, 60])
    >>> round(characteristic_stability(expected, actual).value, 4)
    0.0629
    """
    return warned_estimate(
        samples_of_tables(expected, actual),
        expected.labels,
        names=SAMPLES,
        method=method,
        debias=debias,
        interval=interval,
        second_order=second_order,
        zero_cells=zero_cells,
    )


def jensen_shannon_stability(
    expected: CountTable | ArrayLike,
    actual: CountTable | ArrayLike,
    *,
    debias: bool = False,
    interval: str = "auto",
) -> DivergenceEstimate:
    """Return the Jensen-Shannon divergence between the bins of two independent samples.

    It lies between 0 and ``ln 2``, finite whatever cells are empty; near 0 it is an eighth of the
    stability index.

    Parameters
    ----------
    expected, actual : CountTable or array-like of shape (n_bins,)
        Two tables over the same bins (all their rows count) or two vectors of counts.
    debias : bool
        Subtract the second-order bias from the value, which is then floored at 0.
    interval : {"auto", "noncentral", "normal"}
        Law of the interval, as in :func:`infotheory.evidence.information_value`.

    Returns
    -------
    DivergenceEstimate
        With ``n_effective = 8 n m / (n + m)``, the factor that makes it chi-square with k - 1
        degrees under equality. Where a bin holds fewer than 10 rows of either sample, interval and
        tests invert the law of exact moments; the upper end is ``ln 2`` at most.

    Raises
    ------
    TypeError
        If only one argument is a table.
    ValueError
        If the bins differ or a sample is empty.

    Notes
    -----
    The gradient is ``ln(p / m) / 2`` in p, with m the mean of the two laws; the bias is
    ``sum (1 - p) q / m / (8 n) + sum (1 - q) p / m / (8 m)``, which is ``(k - 1) / (8 N_eff)`` at
    equality. J. Lin, IEEE Transactions on Information Theory 37 (1991) 145-151,
    doi:10.1109/18.61115.

    Examples
    --------
    >>> round(jensen_shannon_stability([30, 10], [10, 30]).value, 4)
    0.1308
    """
    if isinstance(expected, CountTable) and isinstance(actual, CountTable):
        samples = samples_of_tables(expected, actual)
    elif isinstance(expected, CountTable) or isinstance(actual, CountTable):
        message = (
            "expected and actual must both be tables or both be counts, "
            f"got {type(expected).__name__} and {type(actual).__name__}"
        )
        raise TypeError(message)
    else:
        samples = _samples_of_rows(expected, actual)
    return warned_estimate(samples, divergence="js", debias=debias, interval=interval)


def stability_band(value: float) -> str:
    """Customary reading of a stability index, blind to sample sizes.

    A customary reading, descriptive: the index has an interval and tests of its own.

    Print it beside the test, not in its place.

    Parameters
    ----------
    value : float
        A stability index, not negative.

    Returns
    -------
    str
        "stable" below 0.10, "shift" below 0.25, "large shift" from there.

    Raises
    ------
    ValueError
        If the value is negative or NaN.

    Examples
    --------
    >>> stability_band(0.03), stability_band(0.1), stability_band(0.4)
    ('stable', 'shift', 'large shift')
    """
    if not value >= 0.0:
        message = f"a stability index is not negative, got {value!r}"
        raise ValueError(message)
    if value < SHIFT:
        return "stable"
    return "shift" if value < LARGE_SHIFT else "large shift"


def _row_counts(counts: ArrayLike, name: str) -> FloatArray:
    """Return counts of rows by bin, or raise ValueError, also where they look like shares."""
    if isinstance(counts, CountTable | EvidenceTable):
        message = (
            f"{name} must be counts of rows by bin, got a {type(counts).__name__}; "
            "characteristic_stability(expected, actual) takes two tables of any target"
        )
        raise ValueError(message)  # noqa: TRY004 - as for a wrong vector
    _refuse_rows(as_numbers(name, as_array(name, counts)), name)
    array = as_counts(counts, name=name)

    # Shares sum to 1 up to rounding; a single bin with one row does so, too, and is a count.
    if array.sum() <= 1.0 + 1e-9 and array.size > 1:
        message = (
            f"{name} must be counts of rows, got a sum of {array.sum():g}; shares do not tell the "
            "sample size"
        )
        raise ValueError(message)
    return array


def _refuse_rows(array: FloatArray, name: str) -> None:
    """Raise ValueError where a vector cannot be counts by bin, but may be values of rows."""
    if array.ndim != 1:
        message = f"{name} must be a vector of counts, one entry a bin, got shape {array.shape}"
        raise ValueError(message)

    finite = array[np.isfinite(array)]
    # NaN and infinity are told of elsewhere, as values that no count has.
    fractions = finite[finite % 1.0 != 0.0]

    # Fractions that sum to 1 are shares, of which the caller says more.
    are_shares = bool((finite >= 0.0).all()) and finite.sum() <= 1.0 + 1e-9
    if array.size > MOST_BINS or (fractions.size and not are_shares):
        what = f"{array.size} entries" if array.size > MOST_BINS else f"the entry {fractions[0]:g}"
        message = (
            f"{name} must be counts of rows, whole numbers in at most {MOST_BINS} bins, got "
            f"{what}; for rows, or weighted counts, use characteristic_stability or "
            "jensen_shannon_stability of two tables of CountTable.from_codes over the same bins"
        )
        raise ValueError(message)


def _samples_of_rows(expected: ArrayLike, actual: ArrayLike) -> BinnedSamples:
    warn_of_bin_order(expected=expected, actual=actual)
    first, second = _row_counts(expected, "expected"), _row_counts(actual, "actual")
    if first.shape != second.shape:
        message = (
            f"expected and actual must have the same bins, got {first.size} and {second.size}; of "
            "value counts of pandas expected.align(actual, fill_value=0) has them"
        )
        raise ValueError(message)
    return samples_of_counts(first, second)

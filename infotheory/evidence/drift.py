"""Stability over many periods at once: one reference table against the tables of the periods."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy import special, stats

from infotheory._typing import BoolArray, FloatArray
from infotheory.evidence.divergence import (
    DivergenceParts,
    divergence_interval,
    divergence_parts,
    kish_sizes,
    pearson_statistic,
)
from infotheory.evidence.samples import BinnedSamples, fill_zero_cells
from infotheory.evidence.stability import samples_of_tables, stability_band
from infotheory.laws import check_level
from infotheory.tables import CountTable

__all__ = ["SHIFT", "stability_by_period", "stability_rows"]

#: Where the customary reading leaves "stable".
SHIFT = 0.10


def stability_by_period(
    expected: CountTable, periods: Mapping[str, CountTable], *, level: float = 0.95, alpha: float = 0.05
) -> pd.DataFrame:
    """Return the stability index of each period against one reference, with its error, test and customary band.

    Parameters
    ----------
    expected : CountTable
        The reference; classes and groups are summed over.
    periods : mapping of str to CountTable
        Tables over the same bins.
    level : float
        Coverage of the intervals.
    alpha : float
        Size of the test behind ``critical_value``.

    Returns
    -------
    DataFrame
        One row a period: period, bins (with rows in either sample), n_reference, n_period (Kish sizes), value,
        standard_error, low, high, p_value (Pearson's chi-square of "nothing has changed"), critical_value (exceeded by
        a stable period with probability ``alpha``), band (:func:`infotheory.evidence.stability_band`), band_p_value
        (of "the index is at most 0.10"), jensen_shannon, one_sided_bins (bins of one sample only, to both cells of
        which 1/2 is added in ``value``; the p-value needs no such repair).

    Raises
    ------
    ValueError
        If there are no periods, bins differ, a table is empty, or ``level`` or ``alpha`` is not between 0 and 1.

    Notes
    -----
    Each row equals :func:`infotheory.evidence.characteristic_stability` of that period. The reference is a sample, too:
    its noise is part of ``N_eff = n m / (n + m)`` and shared by all periods, so that their indices are not independent.
    No correction is made for the number of periods: of 20 stable ones, one exceeds its 5 % critical value on average.

    Examples
    --------
    >>> march = CountTable.from_counts([100] * 10, [0] * 10)
    >>> april = CountTable.from_counts([110, 90] * 5, [0] * 10)
    >>> frame = stability_by_period(march, {"April": april})
    >>> frame[["period", "value", "critical_value", "band"]].round(3).to_numpy().tolist()
    [['April', 0.01, 0.034, 'stable']]
    """
    if not periods:
        message = "periods must hold at least one table, got none"
        raise ValueError(message)
    pairs = [samples_of_tables(expected, table) for table in periods.values()]
    samples = BinnedSamples(*(np.stack(arrays) for arrays in zip(*pairs, strict=True)))
    frame = stability_rows(samples, level=level, alpha=alpha)
    frame.insert(0, "period", list(periods))
    return frame


def stability_rows(samples: BinnedSamples, *, level: float = 0.95, alpha: float = 0.05) -> pd.DataFrame:
    """Stability index of many pairs of samples (kernel of :func:`stability_by_period`).

    Parameters
    ----------
    samples : BinnedSamples
        Arrays of shape (n_pairs, n_bins); every sample has rows.
    level : float
        Coverage of the intervals.
    alpha : float
        Size of the test behind ``critical_value``.

    Returns
    -------
    DataFrame
        One row a pair, columns as in :func:`stability_by_period` but the period.
    """
    check_level(level)
    check_level(alpha)
    parts = divergence_parts(fill_zero_cells(samples))
    some = parts.degrees_of_freedom > 0.0
    low, high = _intervals(parts, some, level)
    df = np.where(some, parts.degrees_of_freedom, 1.0)
    statistic = parts.n_effective * parts.centre + df
    sizes = kish_sizes(samples)
    return pd.DataFrame(
        {
            "bins": parts.degrees_of_freedom.astype(np.intp) + 1,
            "n_reference": sizes[0],
            "n_period": sizes[1],
            "value": parts.value,
            "standard_error": np.sqrt(parts.variance),
            "low": low,
            "high": high,
            "p_value": np.where(some, special.chdtrc(df, pearson_statistic(samples)), 1.0),
            "critical_value": np.where(some, stats.chi2.ppf(1.0 - alpha, df), 0.0) / parts.n_effective,
            "band": [stability_band(value) for value in parts.value.tolist()],
            "band_p_value": np.where(some, stats.ncx2.sf(statistic, df, parts.n_effective * SHIFT), 1.0),
            "jensen_shannon": divergence_parts(samples, "jensen_shannon").value,
            "one_sided_bins": samples.one_sided().sum(axis=-1),
        }
    )


def _intervals(parts: DivergenceParts, some: BoolArray, level: float) -> tuple[FloatArray, FloatArray]:
    """Intervals where there is a degree of freedom; with one bin the index is 0."""
    low, high = np.zeros(some.shape), np.zeros(some.shape)
    if some.any():
        picked = DivergenceParts(*(array[some] for array in parts))
        low[some], high[some] = divergence_interval(picked, level)
    return low, high

"""Sums by code to the table of a feature, and back."""

from typing import Any

import numpy as np

from infotheory._typing import FloatArray
from infotheory.cells import UNSEEN, BinSpec
from infotheory.tables import CountTable

__all__ = ["sums_by_code", "table_of"]


def table_of(
    spec: BinSpec, counts: FloatArray, squared: FloatArray, groups: tuple[Any, ...] = ()
) -> CountTable:
    """Build the table of a feature; the row of unseen categories is shown where it has weight.

    Parameters
    ----------
    spec : BinSpec
        Bins of the feature.
    counts, squared : ndarray of shape (n_codes, 2) or (n_codes, 2, n_groups)
        Sums of weights and of squared weights by code.
    groups : tuple
        Labels of the groups.

    Returns
    -------
    CountTable
        One row for each label of ``spec``, and one called "Unseen" where needed.
    """
    if counts[-1].any():
        return CountTable((*spec.labels, UNSEEN), counts, squared, groups)
    return CountTable(spec.labels, counts[:-1], squared[:-1], groups)


def sums_by_code(spec: BinSpec, table: CountTable) -> FloatArray:
    """Return the sums that ``table_of`` was given.

    Parameters
    ----------
    spec : BinSpec
        Bins of the feature.
    table : CountTable
        What ``table_of`` returned.

    Returns
    -------
    ndarray of shape (2, n_codes, 2) or (2, n_codes, 2, n_groups)
        Sums of weights, then of squared weights, by code.
    """
    sums = np.zeros((2, spec.n_codes, *table.counts.shape[1:]))
    sums[0, : table.n_bins], sums[1, : table.n_bins] = table.counts, table.squared_weights
    return sums

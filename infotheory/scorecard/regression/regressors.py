"""The characteristics of a card as they enter its regression."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from infotheory._patterns import Patterns
from infotheory._typing import FloatArray
from infotheory.evidence.binned_samples import BinnedSamples, fill_zero_cells, samples_of_table

__all__ = ["Regressor", "columns_of", "regressors_of"]


@dataclass(frozen=True, slots=True, eq=False)
class Regressor:
    """One characteristic as it enters the regression.

    Parameters
    ----------
    woe : ndarray of shape (n_codes,)
        Weight of evidence by code.
    counts : BinnedSamples or None
        Counts without one-sided bins from which the values were estimated on these rows; None where
        they are given.
    sign : float
        1.0 where the values are ``ln(share of non-events / share of events)``, -1.0 for the
        opposite.
    """

    woe: FloatArray
    counts: BinnedSamples | None = None
    sign: float = 1.0


def regressors_of(binner: Any, patterns: Patterns) -> list[Regressor]:
    """Weights of evidence of a binner, marked as estimated on the rows at hand where its tables are theirs.

    Parameters
    ----------
    binner : estimator
        Fitted binner.
    patterns : Patterns
        Rows, one column a feature of the binner.

    Returns
    -------
    list of Regressor
        One a feature.
    """
    sign = -1.0 if binner.woe_sign == "event" else 1.0
    regressors = []
    for f, name in enumerate(binner.specs_):
        woe, table = binner.woe_[name], binner.tables_[name].without_groups()
        here = patterns.counts_by_code(f, woe.size)[: table.n_bins]
        counts = None
        if np.allclose(here, table.counts, rtol=1e-9, atol=0.0):
            filled = fill_zero_cells(samples_of_table(table), binner.zero_cells)
            counts = BinnedSamples(*(np.append(array, 0.0) for array in filled))  # no row is unseen
        regressors.append(Regressor(woe, counts, sign))
    return regressors


def columns_of(regressors: Sequence[Regressor]) -> list[FloatArray]:
    """Weights of evidence by code, one array a characteristic.

    Parameters
    ----------
    regressors : sequence of Regressor
        The characteristics.

    Returns
    -------
    list of ndarray
        Their values.
    """
    return [regressor.woe for regressor in regressors]

"""Two samples over the same bins, and the one rule for bins where only one of them has rows."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from infotheory._typing import BoolArray, FloatArray
from infotheory._warnings import warn
from infotheory.exceptions import SparseCellWarning
from infotheory.tables import CountTable

__all__ = [
    "BinnedSamples",
    "check_zero_cells",
    "fill_zero_cells",
    "join_samples",
    "samples_of_table",
    "warn_sparse",
]

HALDANE = 0.5


class BinnedSamples(NamedTuple):
    """Sums of weights and of squared weights by bin (last axis) of two samples; leading axes are replicates.

    ``first`` are the non-events of a table, the expected rows of a stability index, or one group;
    ``second`` the events, the actual rows, or the other group. Unweighted samples have squared sums
    equal to the sums.
    """

    first: FloatArray
    second: FloatArray
    first_squared: FloatArray
    second_squared: FloatArray

    def one_sided(self) -> BoolArray:
        """Mark the bins where one sample has rows and the other has none."""
        return (self.first > 0.0) != (self.second > 0.0)

    def occupied(self) -> BoolArray:
        """Mark the bins where at least one sample has rows."""
        return (self.first > 0.0) | (self.second > 0.0)


def samples_of_table(table: CountTable) -> BinnedSamples:
    """Non-events and events of a table, summed over groups.

    Parameters
    ----------
    table : CountTable
        Counts by bin and class.

    Returns
    -------
    BinnedSamples
        Arrays of shape (n_bins,).

    Raises
    ------
    ValueError
        If the table has no events or no non-events.
    """
    flat = table.without_groups()
    for name, total in (("non-events", flat.nonevents.sum()), ("events", flat.events.sum())):
        if not total > 0.0:
            message = (
                f"a table must hold both classes, got {total:g} {name} in {table.n_bins} bins; "
                "check the target"
            )
            raise ValueError(message)
    counts, squared = flat.counts, flat.squared_weights
    return BinnedSamples(counts[:, 0], counts[:, 1], squared[:, 0], squared[:, 1])


def join_samples(parts: Sequence[BinnedSamples]) -> BinnedSamples:
    """Lay the bins of several pairs of samples side by side, to speak of all of them at once.

    Parameters
    ----------
    parts : sequence of BinnedSamples
        Arrays of shape (n_bins_i,).

    Returns
    -------
    BinnedSamples
        Arrays of shape (sum of n_bins_i,).
    """
    return BinnedSamples(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))


def check_zero_cells(zero_cells: str | float) -> None:
    """Raise ValueError where ``zero_cells`` is not "haldane", "error" or a positive number.

    Parameters
    ----------
    zero_cells : {"haldane", "error"} or float
        The rule.
    """
    known = zero_cells in ("haldane", "error")
    number = isinstance(zero_cells, int | float) and not isinstance(zero_cells, bool)
    if not known and not (number and 0.0 < float(zero_cells) < np.inf):
        message = f"zero_cells must be 'haldane', 'error' or a positive number, got {zero_cells!r}"
        raise ValueError(message)


def fill_zero_cells(samples: BinnedSamples, zero_cells: str | float = "haldane") -> BinnedSamples:
    """Make every share of an occupied bin positive.

    "haldane" adds 1/2 to both cells of each bin that only one sample reaches (half a row of weight
    1, so weights should have mean near 1); a number is added to both cells of every occupied bin.
    Totals are those of the filled cells, so that shares sum to 1. Empty bins stay empty.

    Parameters
    ----------
    samples : BinnedSamples
        Counts; leading axes are replicates.
    zero_cells : {"haldane", "error"} or float
        The rule.

    Returns
    -------
    BinnedSamples
        Filled counts.

    Raises
    ------
    ValueError
        If ``zero_cells`` is "error" and a bin is reached by one sample only, or if it is not a
        known rule.
    """
    check_zero_cells(zero_cells)
    where = samples.one_sided()
    if isinstance(zero_cells, str):
        if not where.any():
            return samples
        if zero_cells == "error":
            bins = np.unique(np.nonzero(where)[-1])
            message = (
                "every bin must hold rows of both classes where zero_cells='error', got "
                f"{bins.size} one-sided bins, "
                f"at positions {bins[:5].tolist()}; merge them or use zero_cells='haldane'"
            )
            raise ValueError(message)
        added = HALDANE * where
    else:
        added = float(zero_cells) * samples.occupied()
    return BinnedSamples(*(array + added for array in samples))


def warn_sparse(
    samples: BinnedSamples, zero_cells: str | float, labels: Sequence[str] | None = None
) -> None:
    """Warn once where halves were added to cells.

    Parameters
    ----------
    samples : BinnedSamples
        Counts before filling, of shape (n_bins,).
    zero_cells : {"haldane", "error"} or float
        The rule; only "haldane" warns, a number was asked for.
    labels : sequence of str, optional
        Bin labels.
    """
    bins = np.flatnonzero(samples.one_sided())
    if zero_cells != "haldane" or bins.size == 0:
        return
    names = ", ".join(str(i) if labels is None else labels[i] for i in bins[:5]) + ", ..." * (
        bins.size > 5
    )
    message = (
        f"{bins.size} of {samples.first.size} bins hold rows of one class or group only ({names}); "
        "1/2 was added to both of their cells; merge them, or choose zero_cells"
    )
    warn(message, SparseCellWarning)

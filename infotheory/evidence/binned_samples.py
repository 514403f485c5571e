"""Two samples over the same bins, and the one rule for bins where only one of them has rows."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from infotheory._any_table import AnyTable
from infotheory._typing import BoolArray, FloatArray
from infotheory._validation import number_or_nan
from infotheory._warnings import warn
from infotheory.exceptions import SparseCellWarning
from infotheory.tables import CountTable

__all__ = [
    "ONE_BIN_ONLY",
    "OTHERS_NOT_REACHED",
    "BinnedSamples",
    "add_halves",
    "check_zero_cells",
    "fill_zero_cells",
    "half_rows",
    "join_samples",
    "kish_sizes",
    "repeated_rows",
    "samples_of_counts",
    "samples_of_table",
    "samples_of_tables",
    "share_variance",
    "warn_sparse",
]

#: Added to both cells of a bin that only one sample reaches: its log ratio then has a mean near 0.
HALDANE = 0.5
#: Relative: squared weights of rows of one weight, up to rounding.
_EQUAL_WEIGHTS = 1e-9

#: A vector with more entries is one of rows, not of counts by bin.
MOST_BINS = 100
_MOST_NAMED = 5  # bins that a message names before it says "..."

#: Why a value has no error: an interval that is a point is no mistake then.
ONE_BIN_ONLY = "one bin holds all rows: the value is 0, unless rows can lie in another"
#: The same of an interval that leaves room for bins of the table that happen to hold no row.
OTHERS_NOT_REACHED = (
    "one bin holds all rows: the upper end is what so many rows leave to bins that none reached"
)


class BinnedSamples(NamedTuple):
    """Sums of weights and of squared weights by bin (last axis) of two samples.

    ``first`` are the non-events of a table, the expected rows of a stability index, or one group;
    ``second`` the events, the actual rows, or the other group. Leading axes are replicates.
    Unweighted samples have squared sums equal to the sums.
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

    def shares(self) -> tuple[FloatArray, FloatArray]:
        """Share of each bin in the weight of either sample."""
        return _share(self.first), _share(self.second)

    def swapped(self) -> "BinnedSamples":
        """Return the same two samples, the second one first."""
        return BinnedSamples(self.second, self.first, self.second_squared, self.first_squared)


def _share(weight: FloatArray) -> FloatArray:
    return np.asarray(weight / weight.sum(axis=-1, keepdims=True))


def samples_of_table(table: CountTable) -> BinnedSamples:
    """Non-events and events of a table, summed over groups; both classes must have rows."""
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


def samples_of_tables(expected: AnyTable, actual: AnyTable, *, both: bool = True) -> BinnedSamples:
    """Rows of two tables over the same bins, whatever their class or amount.

    Both must have rows, or the expected one alone where ``both`` is False.
    """
    if expected.labels != actual.labels:
        message = (
            f"expected and actual must have the same bins, got labels {expected.labels} and "
            f"{actual.labels}"
        )
        raise ValueError(message)
    for name, table in (("expected", expected), ("actual", actual))[: 2 if both else 1]:
        if not table.weight.any():
            message = f"{name} must hold rows, got a table of {table.n_bins} empty bins"
            raise ValueError(message)

    tables = (expected, actual)
    sums = [*(table.weight for table in tables), *(table.squared_weight for table in tables)]
    return BinnedSamples(*(np.asarray(array) for array in sums))


def samples_of_counts(first: FloatArray, second: FloatArray) -> BinnedSamples:
    """Two samples of unweighted rows."""
    return BinnedSamples(first, second, first, second)


def join_samples(parts: Sequence[BinnedSamples]) -> BinnedSamples:
    """Lay the bins of several pairs of samples side by side, to speak of all of them at once."""
    return BinnedSamples(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))


def check_zero_cells(zero_cells: str | float) -> None:
    """Raise ValueError where ``zero_cells`` is not "haldane", "error" or a positive number."""
    known = isinstance(zero_cells, str) and zero_cells in ("haldane", "error")
    # No other kinds of numbers: a fraction makes objects of the counts.
    number = isinstance(zero_cells, int | float | np.integer | np.floating)
    if not known and not (number and 0.0 < number_or_nan(zero_cells) < np.inf):
        message = f"zero_cells must be 'haldane', 'error' or a positive number, got {zero_cells!r}"
        raise ValueError(message)


def fill_zero_cells(samples: BinnedSamples, zero_cells: str | float = "haldane") -> BinnedSamples:
    """Make every share of an occupied bin positive.

    "haldane" adds half a row to both cells of a one-sided bin (and to both of their squared sums:
    the halves have mean near 1); a number of rows is added to both cells of every occupied bin;
    "error" raises. A row has the weight ``sum w^2 / sum w`` of its sample, so that the unit of the
    weights does not matter. Totals are those of the filled cells, so that shares sum to 1. Empty
    bins stay empty.
    """
    check_zero_cells(zero_cells)
    one_sided = samples.one_sided()

    if isinstance(zero_cells, str):
        if not one_sided.any():
            return samples
        if zero_cells == "error":
            bins = np.unique(np.nonzero(one_sided)[-1])
            message = (
                "every bin must hold rows of both classes where zero_cells='error', got "
                f"{bins.size} one-sided bins, at positions {bins[:_MOST_NAMED].tolist()}; merge "
                "them or use zero_cells='haldane'"
            )
            raise ValueError(message)

        added = HALDANE * one_sided
    else:
        added = float(zero_cells) * samples.occupied()

    # A part of a row brings the same part of its squared weight.
    first, second = (
        _row_weights(samples.first, samples.first_squared),
        _row_weights(samples.second, samples.second_squared),
    )
    return BinnedSamples(
        samples.first + first * added,
        samples.second + second * added,
        samples.first_squared + first**2 * added,
        samples.second_squared + second**2 * added,
    )


def _row_weights(weight: FloatArray, squared: FloatArray) -> FloatArray:
    """Weight of a row of a sample; leading axes are replicates, an empty sample has rows of 1."""
    total = weight.sum(axis=-1, keepdims=True)
    one = np.ones_like(total)
    return np.divide(squared.sum(axis=-1, keepdims=True), total, out=one, where=total > 0.0)


def half_rows(cells: FloatArray, squared: FloatArray) -> FloatArray:
    """Weight of half a row of each of two samples (last axis), which add up over the axis before.

    A sample without rows takes the weight of a row of both together.
    """
    totals, squares = cells.sum(axis=-2), squared.sum(axis=-2)
    both = totals.sum(axis=-1, keepdims=True)
    # Where neither sample has rows a row has weight 1.
    row = np.ones_like(both)
    np.divide(squares.sum(axis=-1, keepdims=True), both, out=row, where=both > 0.0)
    rows = np.broadcast_to(row, totals.shape).copy()
    return np.asarray(HALDANE * np.divide(squares, totals, out=rows, where=totals > 0.0))


def add_halves(cells: FloatArray, halves: FloatArray | float = HALDANE) -> FloatArray:
    """Add half a row to both cells of a bin where one is empty; the last axis is the two samples.

    The rule of "haldane" inside the search for bins, where totals stay fixed; ``halves`` are those
    of ``half_rows``.
    """
    return np.asarray(cells + halves * (cells <= 0.0).any(axis=-1, keepdims=True))


def repeated_rows(samples: BinnedSamples) -> tuple[BinnedSamples, BoolArray]:
    """Rows behind two samples, and a mark where all rows of a sample have one weight.

    Where that holds (the weight may differ from sample to sample) shares have the law of counts.
    """
    equal = np.ones(samples.first.shape[:-1], dtype=np.bool_)
    rows = []

    for weight, squared in (
        (samples.first, samples.first_squared),
        (samples.second, samples.second_squared),
    ):
        total = weight.sum(axis=-1, keepdims=True)
        if (squared is weight or np.array_equal(squared, weight)) and (total > 0.0).all():
            rows.append(weight)  # rows without weights, the most frequent case by far
            continue

        # The weight that all rows would have, and the squares that they would then have by bin.
        of_a_row = squared.sum(axis=-1, keepdims=True) / total
        expected = weight * of_a_row
        equal &= (np.abs(squared - expected) <= _EQUAL_WEIGHTS * np.abs(expected)).all(axis=-1)
        rows.append(weight / of_a_row)

    return samples_of_counts(*rows), equal


def kish_sizes(samples: BinnedSamples) -> tuple[FloatArray, FloatArray]:
    """Effective sizes ``(sum w)^2 / sum w^2`` of the two samples, of shape (...).

    They are the numbers of rows where all weights are 1, and 0 for a sample without rows.
    """
    first = _kish_size(samples.first, samples.first_squared)
    return first, _kish_size(samples.second, samples.second_squared)


def _kish_size(weight: FloatArray, squared: FloatArray) -> FloatArray:
    total, squares = weight.sum(axis=-1), squared.sum(axis=-1)
    return np.divide(total**2, squares, out=np.zeros_like(squares), where=squares > 0.0)


def share_variance(weight: FloatArray, squared: FloatArray) -> FloatArray:
    """Variance of the share of each bin (last axis), the total weight random too.

    ``[S (1 - p)^2 + (S_all - S) p^2] / W^2`` with S the squared weights of the bin: a row inside
    the bin moves the share by 1 - p, one outside by -p.
    """
    share = _share(weight)
    outside = squared.sum(axis=-1, keepdims=True) - squared
    spread = squared * (1.0 - share) ** 2 + outside * share**2
    return np.asarray(spread / weight.sum(axis=-1, keepdims=True) ** 2)


def warn_sparse(
    samples: BinnedSamples, zero_cells: str | float, labels: Sequence[str] | None = None
) -> None:
    """Warn once where halves were added to cells; a number was asked for and does not warn.

    ``samples`` are the counts before filling, of shape (n_bins,).
    """
    bins = np.flatnonzero(samples.one_sided())
    if zero_cells != "haldane" or bins.size == 0:
        return

    names = [str(i) if labels is None else labels[i] for i in bins[:_MOST_NAMED]]
    names += ["..."] * (bins.size > _MOST_NAMED)
    message = (
        f"{bins.size} of {samples.first.size} bins hold rows of one class or group only "
        f"({', '.join(names)}); 1/2 was added to both of their cells; merge them, or choose "
        "zero_cells"
    )
    warn(message, SparseCellWarning)

"""Amounts that are larger in one bin than in another: what the test of one rate knows of them."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from infotheory._evidence_table import EvidenceTable
from infotheory._typing import ArrayLike, BoolArray, FloatArray
from infotheory._validation import as_weights
from infotheory._warnings import warn
from infotheory.exceptions import ApproximationWarning

__all__ = ["UnevenAmounts", "uneven_amounts", "warn_of_unseen_amounts"]

#: Amounts this many times as large in one bin as in another: up to the first the variances of the
#: bins lend one another degrees of freedom, from the second on each has its own.
_EVEN, _UNEVEN = 2.0, 3.0

#: A bin with one row that has an amount has no variance of its own, and hardly a degree of freedom.
_LEAST_FREEDOM = 0.1

#: Tails are told from this many rows with an amount in a bin. The test errs where logarithms spread
#: this many times as far in one bin as in another, and this far at least, and the effective rows
#: that a log-normal law of that spread leaves the bin are fewer than the last number.
_FEWEST_ROWS, _WIDER, _WIDE, _FEWEST_EFFECTIVE = 20, 1.75, 1.2, 50.0


class UnevenAmounts(NamedTuple):
    """What a table with uneven amounts knows of the variance of its bins."""

    share: float
    """How far each bin has but its own degrees of freedom: above 0, and 1 from 3 times on."""
    rows: FloatArray
    """Effective rows with an amount by bin."""
    missed: FloatArray
    """Squares that a bin without amounts expects, shape (n_bins, n_columns)."""

    def freedom(self, parts: FloatArray) -> float:
        """Degrees of freedom of a sum of parts that the bins estimate."""
        own = np.sum(parts**2 / np.maximum(self.rows - 1.0, _LEAST_FREEDOM))
        return float(parts.sum() ** 2 / (self.share * own))


def uneven_amounts(table: EvidenceTable) -> UnevenAmounts | None:
    """Look for a fraction or a rate whose amounts are larger in one bin than in another.

    A bin that few rows with large amounts make knows its variance badly, and one that missed such
    rows looks surely low.
    """
    # A rate has amounts in its second column; of a fraction both parts may be rare.
    first = 1 if table.kind == "rate" else 0
    occupied = table.weight > 0.0
    weight, sums = table.weight[occupied, None], table.sums[occupied, first:]
    squares = np.diagonal(table.product_matrices()[occupied], axis1=1, axis2=2)[:, first:]
    some = squares > 0.0

    # Where bins differ in their rate, amounts differ in size or in number: only what is uneven
    # beside the rates as well would be uneven if the rates were one. A bin without amounts has none
    # of any size, and tells nothing of unevenness.
    sizes = np.divide(squares, sums, out=np.zeros_like(sums), where=some)
    beside = np.divide(sizes * weight, sums, out=np.zeros_like(sums), where=some)
    unevenness = float(np.minimum(_ratio(sizes, some), _ratio(beside, some)).max())
    if unevenness <= _EVEN:
        return None

    # By degrees, so that rows that hardly differ have p-values that hardly differ.
    share = min(float(np.log(unevenness / _EVEN) / np.log(_UNEVEN / _EVEN)), 1.0)
    # A bin without amounts may have missed some of the largest size.
    largest = np.maximum(sizes.max(axis=0), 1e-300)
    expected = weight / weight.sum() * sums.sum(axis=0)
    rows = np.divide(sums, sizes, out=expected / largest, where=some).min(axis=1)
    missed = np.zeros((len(sums), table.sums.shape[1]))
    missed[:, first:] = np.where(some, 0.0, share * expected * largest)
    return UnevenAmounts(share, rows, missed)


def _ratio(values: FloatArray, some: BoolArray) -> FloatArray:
    """Largest over smallest of the bins that have any, by column."""
    largest = values.max(axis=0, initial=0.0, where=some)
    return largest / values.min(axis=0, initial=np.inf, where=some)


def warn_of_unseen_amounts(
    table: EvidenceTable, rows: Sequence[ArrayLike], *, tested: bool
) -> None:
    """Warn where the tail of the amounts of a bin says that the largest were hardly seen.

    The spread of logarithms is known from amounts of the middle as well, so that it shows where
    sums look even because the large amounts are missing.
    """
    codes, amounts = _rows_of(table, rows)
    if not tested:
        return

    spreads, numbers = np.full((2, table.n_bins), np.nan)
    for j in range(table.n_bins):
        logs = np.log(amounts[(codes == j) & (amounts > 0.0)])
        if logs.size >= _FEWEST_ROWS:
            # Above the median alone: a long tail of small amounts does no harm.
            above = np.maximum(logs - np.median(logs), 0.0)
            spreads[j], numbers[j] = np.sqrt(2.0 * np.mean(above**2)), logs.size
    if np.isfinite(spreads).sum() < 2:
        return

    left = numbers * np.exp(-(spreads**2))
    errs = (spreads > max(_WIDER * np.nanmin(spreads), _WIDE)) & (left < _FEWEST_EFFECTIVE)
    if errs.any():
        place = int(np.argmin(np.where(errs, left, np.inf)))
        warn(
            "the p-value of one rate in all bins may be too small: logarithms of amounts have "
            f"deviations of {spreads[place]:.2g} in bin {table.labels[place]!r} and of "
            f"{np.nanmin(spreads):.2g} in another, and its {numbers[place]:.0f} amounts are worth "
            f"{left[place]:.1f} of one size ({_FEWEST_EFFECTIVE:g} needed); merge bins, or cap "
            "what is large",
            ApproximationWarning,
        )


def _rows_of(table: EvidenceTable, rows: Sequence[ArrayLike]) -> tuple[FloatArray, FloatArray]:
    """Return bins and amounts of the rows of a table of a rate, which must add up to it."""
    if table.kind != "rate":
        message = f"rows are looked at for a rate, whose amounts have a tail, got {table.kind!r}"
        raise ValueError(message)
    if not isinstance(rows, tuple | list) or len(rows) not in (2, 3):
        message = (
            "rows must be (codes, y) or (codes, y, sample_weight), as EvidenceTable.from_rows "
            f"takes them, got {type(rows).__name__}"
        )
        raise ValueError(message)

    codes, y, *weights = rows
    added = EvidenceTable.from_rows(
        codes, y, "rate", sample_weight=weights[0] if weights else None, labels=table.labels
    )
    if not np.allclose(added.sums, table.without_groups().sums, rtol=1e-9, atol=0.0):
        message = "rows must be those of the table, but their sums by bin are others"
        raise ValueError(message)
    bins, amounts = np.asarray(codes), np.asarray(y, dtype=np.float64)
    exposure = as_weights(weights[0] if weights else None, amounts.size)
    if exposure is None:
        return bins, amounts
    # What a row of weight 0 holds may be no number.
    return bins, exposure * np.where(exposure > 0.0, amounts, 0.0)

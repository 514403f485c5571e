"""Pre-bins in the order in which neighbours may be merged, for a target of any other kind."""

from typing import NamedTuple

import numpy as np

from infotheory._any_table import AnyTable
from infotheory._evidence_table import EvidenceTable
from infotheory._typing import FloatArray, IntArray
from infotheory.binning.prebins.rows import pooled_cells
from infotheory.cells import BinSpec
from infotheory.tables import CountTable

__all__ = ["OrderedEvidence", "first_axis", "ordered_evidence", "rate_cells"]


class OrderedEvidence(NamedTuple):
    """Regular pre-bins in the order in which neighbours may be merged."""

    place: IntArray
    """Position of each pre-bin, shape (n_prebins,)."""
    sums: FloatArray
    """Sums by position."""
    products: FloatArray
    """Products by position, as matrices."""

    @property
    def degenerate(self) -> str | None:
        """Why there can be one bin only: nothing to group, or one cell; else None."""
        if not self.sums.any():
            return "single bin: no regular values"
        return "single bin: constant" if len(self.sums) == 1 else None


def ordered_evidence(spec: BinSpec, table: EvidenceTable, max_n_cells: int) -> OrderedEvidence:
    """Put the regular pre-bins in order: numbers as they are, categories by their mean.

    Categories of several classes stand in order of the first axis of a correspondence analysis,
    which orders them by the one number that says most of the classes. Categories beyond
    ``max_n_cells`` are pooled with their neighbours.
    """
    flat = table.without_groups()
    sums, products = flat.sums[: spec.n_bins], flat.product_matrices()[: spec.n_bins]
    if spec.kind == "numerical":
        return OrderedEvidence(np.arange(spec.n_bins), sums, products)

    weight = flat.weight[: spec.n_bins]
    if spec.ordered:
        place = pooled_cells(weight, max_n_cells)
    else:
        score = first_axis(sums) if flat.kind == "multiclass" else _means(flat)[: spec.n_bins]
        # Scores that are equal up to rounding are ties, and keep the order of the pre-bins.
        order = np.argsort(np.round(score, 12), kind="stable")
        place = np.empty(spec.n_bins, dtype=np.intp)
        place[order] = pooled_cells(weight[order], max_n_cells)

    # Pooled pre-bins share a place: what falls on it more than once is added up.
    size = int(place.max()) + 1
    placed, placed_products = (
        np.zeros((size, *sums.shape[1:])),
        np.zeros((size, *products.shape[1:])),
    )
    np.add.at(placed, place, sums)
    np.add.at(placed_products, place, products)
    return OrderedEvidence(place, placed, placed_products)


def rate_cells(table: AnyTable) -> FloatArray:
    """Two numbers a bin whose share is its rate, as events among all rows are.

    Rules that put bins in order, or find what is next to what, so serve a target of every kind: a
    mean m of weight W is W (1 - m) and W m, and several classes have their first axis for it.
    """
    flat = table.without_groups()
    if isinstance(flat, CountTable):
        return flat.counts
    weight = flat.weight
    total = flat.sums[:, 1]
    if flat.kind == "multiclass":
        total = weight * first_axis(flat.sums)
    return np.column_stack([weight - total, total])


def first_axis(counts: FloatArray) -> FloatArray:
    """Score of each row of a table by class on the first axis of a correspondence analysis.

    Rows without weight have the score 0. The sign is that of the last class.
    """
    # A class without rows has no say, and would expect 0 rows everywhere.
    counts = counts[:, counts.sum(axis=0) > 0.0]
    weight, totals = counts.sum(axis=1), counts.sum(axis=0)
    expected = np.outer(weight, totals) / totals.sum()
    residual = np.divide(
        counts - expected, np.sqrt(expected), out=np.zeros_like(counts), where=expected > 0.0
    )
    left, _, right = np.linalg.svd(residual, full_matrices=False)
    # The decomposition leaves the sign open: the last class is put at the upper end.
    sign = -1.0 if right[0, -1] < 0.0 else 1.0
    # From singular vectors of the residuals to scores of rows, of whatever weight.
    score = np.divide(left[:, 0], np.sqrt(weight), out=np.zeros(len(weight)), where=weight > 0.0)
    return np.asarray(sign * score)


def _means(table: EvidenceTable) -> FloatArray:
    """Mean target of each bin; that of all where a bin is empty."""
    overall = table.merge(np.zeros(table.n_bins, dtype=np.intp)).rate
    return np.where(table.weight > 0.0, table.rate, overall)

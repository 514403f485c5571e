"""Pre-bins: one pass over the rows of a feature, after which binning works on a count table."""

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from infotheory._any_table import AnyTable, of_two_classes
from infotheory._codes import class_counts, equal_parts
from infotheory._rows import Rows
from infotheory._typing import FloatArray, IntArray
from infotheory.cells import UNSEEN, BinSpec, Factor
from infotheory.engines.placing import (
    PrebinOptions,
    categorical_spec,
    numerical_spec,
    quantile_splits,
)
from infotheory.tables import CountTable

__all__ = [
    "OrderedCells",
    "PreBins",
    "PrebinOptions",
    "event_rate_cells",
    "ordered_cells",
    "pooled_cells",
    "prebin",
    "quantile_splits",
    "sums_of_codes",
    "table_of_codes",
]


@dataclass(frozen=True, slots=True, eq=False)
class PreBins:
    """The pre-bins of one feature, their counts, and the pre-bin of each row."""

    # The pre-bins. They do not depend on the target: levels of a categorical feature stand in their
    # declared order, or in order of their name.
    spec: BinSpec
    # Counts, or sums of another target, one row for each code of `spec` but the unseen one
    sums: AnyTable
    # Code of each row, of shape (n_rows,)
    codes: IntArray

    @property
    def table(self) -> CountTable:
        """Counts of a target of two classes."""
        return of_two_classes(self.sums)


def prebin(name: str, values: FloatArray | Factor, rows: Rows, options: PrebinOptions) -> PreBins:
    """Make the pre-bins of a feature and count the rows over them.

    Numbers go to at most ``max_n_prebins`` quantile cells whose edges are values of the data,
    levels to a cell each; missing and special values have cells of their own. Rows of weight 0
    count as absent.

    Examples
    --------
    >>> rows = Rows(target=np.array([0.0, 1.0, 0.0, 1.0]))
    >>> values, options = np.array([1.0, 2.0, 2.0, np.nan]), PrebinOptions(max_n_prebins=64)
    >>> cells = prebin("x", values, rows, options)
    >>> cells.spec.labels, cells.table.counts.tolist()
    (('[-inf, 2)', '[2, inf)', 'Missing'), [[1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
    """
    if isinstance(values, Factor):
        spec = categorical_spec(name, values, rows.weights, options)
        # Levels of weight 0 are absent from the pre-bins, and no error in the rows of the fit.
        lenient = replace(spec, unknown="zero") if spec.unknown == "error" else spec
        codes = lenient.encode(values, _code_type(spec))
    else:
        spec = numerical_spec(name, values, rows.weights, options)
        codes = spec.encode(values, _code_type(spec))
    return PreBins(spec, sums_of_codes(spec, codes, rows), codes)


def sums_of_codes(
    spec: BinSpec, codes: IntArray, rows: Rows, *, show_unseen: bool = False
) -> AnyTable:
    """Count rows by bin and class, or add up the target of rows where it is no two classes.

    ``show_unseen`` adds a row "Unseen" where rows with the unseen code have weight.
    """
    if rows.kind is None:
        return table_of_codes(spec, codes, rows, show_unseen=show_unseen)
    sums = rows.kind.table(codes, rows.target, (*spec.labels, UNSEEN), rows.weights)
    return sums if show_unseen and sums.weight[-1] > 0.0 else sums.first(spec.n_codes - 1)


def table_of_codes(
    spec: BinSpec, codes: IntArray, rows: Rows, *, show_unseen: bool = False
) -> CountTable:
    """Count rows by bin and class, one row of the table for each label of ``spec``.

    ``show_unseen`` adds a row "Unseen" where rows with the unseen code have weight.
    """
    squared = None if rows.weights is None else rows.squared_mass
    counts, squares = class_counts(codes, rows.target, spec.n_codes, rows.weights, squared)
    if show_unseen and counts[-1].any():
        return CountTable((*spec.labels, UNSEEN), counts, squares)
    return CountTable(spec.labels, counts[:-1], squares[:-1])


def event_rate_cells(counts: FloatArray, max_n_cells: int) -> IntArray:
    """Cell of each category in order of event rate, 0 for the lowest, from its two counts.

    Where there are more categories than ``max_n_cells``, neighbours in that order are pooled to
    cells of about equal weight. An empty category stands at the event rate of all; equal rates
    keep the order of the categories.

    Examples
    --------
    >>> event_rate_cells(np.array([[5.0, 5.0], [9.0, 1.0], [5.0, 5.0]]), 64).tolist()
    [1, 0, 2]
    """
    weight = counts.sum(axis=1)
    total = counts.sum(axis=0)
    # A category without weight stands where a category that tells nothing does.
    overall = total[1] / total.sum() if total.any() else 0.0
    rate = np.divide(counts[:, 1], weight, out=np.full(len(weight), overall), where=weight > 0.0)
    order = np.argsort(np.round(rate, 12), kind="stable")  # rates equal up to rounding are equal
    placed = np.empty(len(order), dtype=np.intp)
    placed[order] = pooled_cells(weight[order], max_n_cells)
    return placed


def pooled_cells(weight: FloatArray, max_n_cells: int) -> IntArray:
    """Cell of each category in order, at most so many cells, of about equal weight."""
    if len(weight) <= max_n_cells:
        return np.arange(len(weight))
    return np.unique(equal_parts(weight, max_n_cells), return_inverse=True)[1]


class OrderedCells(NamedTuple):
    """Regular pre-bins in the order in which neighbours may be merged."""

    place: IntArray
    """Position of each pre-bin, shape (n_prebins,)."""
    counts: FloatArray
    """Non-events and events by position, shape (n_cells, 2)."""
    squared: FloatArray
    """Sums of squared weights of the same cells."""

    @property
    def degenerate(self) -> str | None:
        """Why there can be one bin only: nothing to group, or one cell; else None."""
        if not self.counts.any():
            return "single bin: no regular values"
        return "single bin: constant" if len(self.counts) == 1 else None


def ordered_cells(spec: BinSpec, table: CountTable, max_n_cells: int) -> OrderedCells:
    """Put the regular pre-bins in order: numbers as they are, categories by event rate.

    Categories with an order of their own keep it. Categories beyond ``max_n_cells`` are pooled with
    their neighbours.
    """
    counts, squared = table.counts[: spec.n_bins], table.squared_weights[: spec.n_bins]
    if spec.kind == "numerical":
        return OrderedCells(np.arange(spec.n_bins), counts, squared)

    place = (
        pooled_cells(counts.sum(axis=1), max_n_cells)
        if spec.ordered
        else event_rate_cells(counts, max_n_cells)
    )
    ordered, ordered_squared = np.zeros((2, int(place.max()) + 1, 2))
    np.add.at(ordered, place, counts)
    np.add.at(ordered_squared, place, squared)
    return OrderedCells(place, ordered, ordered_squared)


def _code_type(spec: BinSpec) -> type[np.signedinteger[Any]]:
    # The codes of all rows and features are kept during a fit: two bytes each instead of four.
    return np.int16 if spec.n_codes <= np.iinfo(np.int16).max else np.int32

"""Sums by code to the table of a feature, and back."""

from typing import Any

import numpy as np

from infotheory._any_table import AnyTable
from infotheory._target_kinds import TargetKind
from infotheory._typing import FloatArray
from infotheory.cells import UNSEEN, BinSpec
from infotheory.tables import CountTable, EvidenceTable

__all__ = ["any_table_of", "sums_by_code", "table_of"]


def table_of(
    spec: BinSpec, counts: FloatArray, squared: FloatArray, groups: tuple[Any, ...] = ()
) -> CountTable:
    """Build the table of a feature; the row of unseen categories is shown where it has weight."""
    if counts[-1].any():
        return CountTable((*spec.labels, UNSEEN), counts, squared, groups)
    return CountTable(spec.labels, counts[:-1], squared[:-1], groups)


def any_table_of(
    spec: BinSpec,
    sums: FloatArray,
    products: FloatArray,
    groups: tuple[Any, ...] = (),
    kind: TargetKind | None = None,
) -> AnyTable:
    """Build the table of a feature, whatever the target is."""
    if kind is None:
        return table_of(spec, sums, products, groups)
    labels = (*spec.labels, UNSEEN)
    table = EvidenceTable(labels, kind.kind, sums, products, kind.classes, groups, kind.origin)
    # Sums of amounts may cancel: the weight tells whether there are rows.
    return table if table.weight[-1] > 0.0 else table.first(table.n_bins - 1)


def sums_by_code(spec: BinSpec, table: AnyTable) -> tuple[FloatArray, FloatArray]:
    """Return the sums that ``any_table_of`` was given."""
    # A table without unseen categories has one row less than codes, the last.
    absent = spec.n_codes - table.n_bins

    def wide(rows: FloatArray) -> FloatArray:
        return np.pad(rows, [(0, absent), *[(0, 0)] * (rows.ndim - 1)])

    if isinstance(table, EvidenceTable):
        return wide(table.sums), wide(table.products)
    return wide(table.counts), wide(table.squared_weights)

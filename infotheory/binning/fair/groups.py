"""Counts by bin, class and protected group: from rows, or from counts of their combinations."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from infotheory._any_table import of_two_classes
from infotheory._groups import Comparison, ProtectedAttribute
from infotheory._rows import Rows
from infotheory._typing import FloatArray
from infotheory.binning.features import FeatureBins
from infotheory.binning.prebins.counts import CountedPreBins
from infotheory.binning.prebins.rows import PreBins
from infotheory.engines import FrameCounts
from infotheory.evidence.binned_samples import samples_of_table
from infotheory.evidence.divergence import divergence_estimate, without_bias
from infotheory.evidence.groups.protected import read_protected
from infotheory.tables import CountTable

__all__ = [
    "GroupTables",
    "counted_groups",
    "demographic_value",
    "merged_groups",
    "of_feature",
    "row_groups",
    "tables_by_group",
    "value_of_bins",
]

GroupTables = dict[str, dict[str, CountTable]]


def row_groups(
    prebins: Sequence[PreBins], rows: Rows, protected: Any, *, missing: str, intersections: bool
) -> tuple[tuple[ProtectedAttribute, ...], GroupTables]:
    """Read the protected attributes of rows, and count them by attribute and feature.

    ``missing`` says what a missing group means, ``intersections`` that the combinations of all
    attributes are one more attribute; without attributes both results are empty.
    """
    if protected is None:
        return (), {}

    attributes = read_protected(
        protected, rows.n_rows, weights=rows.weights, missing=missing, intersections=intersections
    )
    return attributes, tables_by_group(attributes, prebins, rows)


def tables_by_group(
    attributes: Sequence[ProtectedAttribute], prebins: Sequence[PreBins], rows: Rows
) -> GroupTables:
    """Count rows by pre-bin, class and group, by attribute and feature."""
    return {
        attribute.name: {
            cells.spec.name: attribute.count(
                cells.codes.astype(np.intp), rows.target, rows.weights, cells.spec.labels
            )
            for cells in prebins
        }
        for attribute in attributes
    }


def counted_groups(
    counts: FrameCounts, made: Sequence[CountedPreBins], *, missing: str, intersections: bool
) -> tuple[tuple[ProtectedAttribute, ...], GroupTables]:
    """Sum counts by combination of groups to counts by attribute, as ``row_groups`` does of rows.

    A combination is read as one row with its weight.
    """
    if not counts.attributes:
        return (), {}
    table = made[0].by_group
    # One row for each combination that was counted, with its weight in place of rows.
    labels = pd.DataFrame(list(table.groups), columns=list(counts.attributes), dtype=object)
    weight = of_two_classes(table).counts.sum(axis=(0, 1))
    attributes = read_protected(
        labels, len(labels), weights=weight, missing=missing, intersections=intersections
    )
    return attributes, {
        a.name: {m.cells.spec.name: a.merge(of_two_classes(m.by_group)) for m in made}
        for a in attributes
    }


def of_feature(tables: GroupTables, name: str) -> dict[str, CountTable]:
    """Return the counts of one feature by attribute."""
    return {attribute: of_features[name] for attribute, of_features in tables.items()}


def merged_groups(bins: FeatureBins, table: CountTable) -> CountTable:
    """Sum counts over the pre-bins of a feature to its bins."""
    spec, _, grouping = bins.prebinned()
    return table.merge(grouping.new_codes(spec)[:-1], bins.spec.labels)


def demographic_value(table: CountTable, comparison: Comparison, divergence: str) -> FloatArray:
    """Divergence of two groups over the bins of a feature: unbiased, its error, and as counted."""
    samples = samples_of_table(table.between_groups(comparison.first, comparison.second))
    estimate = divergence_estimate(samples, divergence=divergence)
    unbiased = without_bias(estimate, samples, divergence)
    return np.array([unbiased.value, estimate.standard_error, estimate.value])


def value_of_bins(
    known: dict[Any, tuple[FeatureBins, FloatArray]],
    bins: FeatureBins,
    comparison: Comparison,
    divergence: str,
) -> FloatArray:
    """Divergence of two groups over the bins of a feature, computed once for bins that stay."""
    # Edited copies share what is known: an entry is of the bins that it names, whoever wrote it.
    key = bins.name, comparison, divergence
    if key not in known or known[key][0] is not bins:
        table = merged_groups(bins, bins.prebin_groups[comparison.attribute])
        known[key] = bins, demographic_value(table, comparison, divergence)
    return known[key][1]

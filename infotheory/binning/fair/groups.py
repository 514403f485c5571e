"""Counts by bin, class and group of protected attributes: from rows, or from counts of their combinations."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from infotheory.binning.prebins.counts import CountedPreBins
from infotheory.binning.prebins.grouping import Rows
from infotheory.binning.prebins.rows import PreBins
from infotheory.engines import FrameCounts
from infotheory.evidence.groups.protected import ProtectedAttribute, read_protected
from infotheory.tables import CountTable

__all__ = ["GroupTables", "counted_groups", "row_groups"]

GroupTables = dict[str, dict[str, CountTable]]


def row_groups(
    prebins: Sequence[PreBins], rows: Rows, *, missing: str, intersections: bool
) -> tuple[tuple[ProtectedAttribute, ...], GroupTables]:
    """Count the rows of a fit by group.

    Parameters
    ----------
    prebins : sequence of PreBins
        Pre-bins of the features, with the code of each row.
    rows : Rows
        The rows with their protected attributes.
    missing : str
        What a missing group means, see ``read_protected``.
    intersections : bool
        Whether the combinations of all attributes are one more attribute.

    Returns
    -------
    attributes : tuple of ProtectedAttribute
        The attributes; empty where there are none.
    tables : dict of str to dict of str to CountTable
        Tables by attribute and feature.
    """
    if rows.protected is None:
        return (), {}
    attributes = read_protected(
        rows.protected,
        rows.target.size,
        weights=rows.weights,
        missing=missing,
        intersections=intersections,
    )
    tables = {
        attribute.name: {
            cells.spec.name: attribute.count(
                cells.codes.astype(np.intp), rows.target, rows.weights, cells.spec.labels
            )
            for cells in prebins
        }
        for attribute in attributes
    }
    return attributes, tables


def counted_groups(
    counts: FrameCounts, made: Sequence[CountedPreBins], *, missing: str, intersections: bool
) -> tuple[tuple[ProtectedAttribute, ...], GroupTables]:
    """Sum the counts by combination of groups to counts by attribute: a combination is read as one row.

    Parameters
    ----------
    counts : FrameCounts
        Counts of a frame.
    made : sequence of CountedPreBins
        Pre-bins of the features.
    missing : str
        What a missing group means, see ``read_protected``.
    intersections : bool
        Whether the combinations of all attributes are one more attribute.

    Returns
    -------
    attributes : tuple of ProtectedAttribute
        The attributes; empty where there are none.
    tables : dict of str to dict of str to CountTable
        Tables by attribute and feature.
    """
    if not counts.attributes:
        return (), {}
    table = made[0].by_group
    labels = pd.DataFrame(list(table.groups), columns=list(counts.attributes), dtype=object)
    weight = table.counts.sum(axis=(0, 1))
    attributes = read_protected(
        labels, len(labels), weights=weight, missing=missing, intersections=intersections
    )
    return attributes, {
        a.name: {m.cells.spec.name: a.merge(m.by_group) for m in made} for a in attributes
    }

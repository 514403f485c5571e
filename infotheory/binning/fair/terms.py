"""From the counts of a feature to the bins it may have, and from the bins chosen to its groups."""

from collections.abc import Sequence

import numpy as np

from infotheory._typing import IntArray
from infotheory.binning.fair.candidates import Candidates, Cells, Choice, build_candidates
from infotheory.binning.prebins.grouping import Grouping
from infotheory.binning.prebins.rows import OrderedCells
from infotheory.binning.prebins.separation import SEPARATING, separating_area
from infotheory.binning.search.limits import Limits
from infotheory.binning.search.optimal_groups import feasible_chains
from infotheory.binning.search.period_order import PeriodOrder
from infotheory.binning.search.task import make_task
from infotheory.cells import BinSpec
from infotheory.exceptions import InfeasibleError
from infotheory.tables import CountTable

__all__ = ["feature_candidates", "feature_grouping"]


def feature_candidates(
    spec: BinSpec,
    table: CountTable,
    pairs: Sequence[CountTable],
    ordered: OrderedCells,
    *,
    limits: Limits,
    trend: str | None,
    droppable: bool,
    divergence_of_groups: str = "iv",
    order: PeriodOrder | None = None,
) -> Candidates:
    """List the bins that a feature may have; ``pairs`` count the two groups of each comparison."""
    separating = separating_area(spec, table) is not None
    task = make_task(
        ordered.counts,
        ordered.squared[:, 0],
        ordered.squared[:, 1],
        (float(table.nonevents.sum()), float(table.events.sum())),
        limits=limits.for_separating(table.counts.sum(axis=0)) if separating else limits,
        trend=trend,
        divergence="iv",
        fixed=None,
        order=order,
    )

    # What the limits rule out without any budget is told at once, by the name of the feature.
    try:
        feasible_chains(task)
    except InfeasibleError as error:
        message = f"feature {spec.name!r}: {error}"
        raise InfeasibleError(message) from error

    classes, groups = _cells([table], spec, ordered.place), _cells(pairs, spec, ordered.place)
    return build_candidates(
        spec.name,
        task,
        classes,
        groups,
        droppable=droppable,
        separating=separating,
        divergence_of_groups=divergence_of_groups,
    )


def feature_grouping(c: Candidates, choice: Choice, ordered: OrderedCells, status: str) -> Grouping:
    """Bin of each pre-bin, with the shape of the event rate and the objective.

    Missing and special values are no part of the objective, as for ``OptimalBinner``.
    """
    if choice.dropped:
        return Grouping(
            groups=np.zeros_like(ordered.place),
            status="dropped: budget",
            objective=0.0,
            dropped=True,
        )

    starts = c.start[choice.picked]
    # The bin of a pre-bin is the last one that starts up to it.
    groups = np.searchsorted(starts, np.arange(c.n_prebins), side="right") - 1
    trend = None
    if len(starts) == 1:
        status = ordered.degenerate or "single bin: best within the limits"
    elif c.task.trend is not None:
        rises = c.order[choice.picked[-1]] > c.order[choice.picked[0]]
        trend = "ascending" if rises else "descending"

    status = SEPARATING if c.separating else status
    objective = c.value_of(choice) - c.outside_value
    return Grouping(groups=groups[ordered.place], status=status, trend=trend, objective=objective)


def _cells(tables: Sequence[CountTable], spec: BinSpec, place: IntArray) -> Cells:
    """Put the cells of tables over the same pre-bins in order, shape (n_tables, n_cells, 2)."""
    # Pre-bins that the order pools share a cell: they are added up.
    regular, squared = np.zeros((2, len(tables), int(place.max()) + 1, 2))
    outside, outside_squared = np.zeros((2, len(tables), len(spec.labels) - spec.n_bins, 2))
    for k, table in enumerate(tables):
        np.add.at(regular[k], place, table.counts[: spec.n_bins])
        np.add.at(squared[k], place, table.squared_weights[: spec.n_bins])
        outside[k] = table.counts[spec.n_bins :]
        outside_squared[k] = table.squared_weights[spec.n_bins :]
    return Cells(
        regular=regular, regular_squared=squared, outside=outside, outside_squared=outside_squared
    )

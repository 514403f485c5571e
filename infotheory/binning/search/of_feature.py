"""The search of one feature: its pre-bins in order, its totals, and errors that name it."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from infotheory._typing import BoolArray, FloatArray, IntArray
from infotheory.binning.search.limits import Limits
from infotheory.binning.search.optimal_groups import OptimalGroups, optimal_groups
from infotheory.binning.search.period_order import PeriodOrder
from infotheory.binning.search.target_groups import optimal_target_groups
from infotheory.binning.search.target_task import TargetLimits, check_target_limits
from infotheory.cells import BinSpec
from infotheory.exceptions import InfeasibleError
from infotheory.tables import CountTable, EvidenceTable

__all__ = [
    "CellsInOrder",
    "EvidenceInOrder",
    "best_groups_of",
    "best_target_groups_of",
    "fixed_boundaries",
]


class CellsInOrder(Protocol):
    """Pre-bins in the order in which neighbours may be merged."""

    @property
    def place(self) -> IntArray:
        """Cell of each pre-bin."""

    @property
    def counts(self) -> FloatArray:
        """Non-events and events by cell."""

    @property
    def squared(self) -> FloatArray:
        """Sums of squared weights by cell."""


def best_groups_of(
    spec: BinSpec,
    table: CountTable,
    cells: CellsInOrder,
    limits: Limits,
    *,
    monotonic_trend: str | None,
    divergence: str = "iv",
    fixed: BoolArray | None = None,
    order: PeriodOrder | None = None,
) -> OptimalGroups:
    """Search the cells of a feature; missing and special values count in the totals."""
    totals = table.without_groups()
    # The search knows pre-bins alone: the name of the feature is put before what it complains of.
    try:
        return optimal_groups(
            cells.counts[:, 0],
            cells.counts[:, 1],
            squared_nonevents=cells.squared[:, 0],
            squared_events=cells.squared[:, 1],
            total_nonevents=float(totals.nonevents.sum()),
            total_events=float(totals.events.sum()),
            limits=limits,
            monotonic_trend=monotonic_trend,
            divergence=divergence,
            fixed=fixed,
            labels=_labels(spec, cells.place, fixed),
            order=order,
        )
    except InfeasibleError as error:
        message = f"feature {spec.name!r}: {error}"
        raise InfeasibleError(message) from error


class EvidenceInOrder(Protocol):
    """As ``CellsInOrder``, for a target that is no two classes."""

    @property
    def place(self) -> IntArray:
        """Cell of each pre-bin."""

    @property
    def sums(self) -> FloatArray:
        """Sums by cell."""

    @property
    def products(self) -> FloatArray:
        """Products by cell, as matrices."""


def best_target_groups_of(
    spec: BinSpec,
    table: EvidenceTable,
    cells: EvidenceInOrder,
    limits: Mapping[str, Any],
    *,
    monotonic_trend: str | Mapping[Any, str] | None,
    divergence: str | None = None,
    fixed: BoolArray | None = None,
    parted: FloatArray | None = None,
    order: PeriodOrder | None = None,
) -> OptimalGroups:
    """Search the cells of a feature, for a target that is no two classes.

    ``parted`` are the weights of the classes where the feature parts one of them.
    """
    several = table.kind == "multiclass"
    # The limits are checked within: their errors, too, are told with the name of the feature.
    try:
        check_target_limits(table.kind, limits)
        bounds = TargetLimits(**limits)
        return optimal_target_groups(
            cells.sums,
            cells.products,
            table,
            limits=bounds if parted is None else bounds.for_separating(parted),
            as_sets=spec.kind == "categorical" and not spec.ordered and several,
            monotonic_trend=monotonic_trend,
            divergence=divergence,
            fixed=fixed,
            labels=_labels(spec, cells.place, fixed),
            order=order,
        )
    except ValueError as error:  # of which InfeasibleError is a kind
        message = f"feature {spec.name!r}: {error}"
        raise type(error)(message) from error


def fixed_boundaries(fixed: Sequence[bool] | None, place: IntArray) -> BoolArray | None:
    """Whether each boundary between cells has to stay, from flags of splits or of groups."""
    if fixed is None:
        return None
    # Flags of splits stand between pre-bins, one fewer than these; flags of groups stand for
    # pre-bins.
    flags = np.asarray(fixed, dtype=bool)
    if len(flags) == len(place) - 1:  # one a split
        return flags

    # A group that is fixed has a wall on each of its sides, wherever its rate puts it.
    alone = np.empty(len(place), dtype=bool)  # one a group of levels
    alone[place] = flags
    return alone[1:] | alone[:-1]


def _labels(spec: BinSpec, place: IntArray, fixed: BoolArray | None) -> list[str] | None:
    """Label of each cell in order; pooled categories are named together."""
    # Only parts between fixed boundaries are named, and a resampling searches a thousand times.
    if fixed is None or not fixed.any():
        return None
    labels: list[list[str]] = [[] for _ in range(int(place.max()) + 1)]
    for label, cell in zip(spec.labels[: spec.n_bins], place.tolist(), strict=True):
        labels[cell].append(label)
    return [", ".join(names) for names in labels]

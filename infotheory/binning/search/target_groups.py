"""Optimal bins of one feature for a target that is an amount, or one of several classes."""

from collections.abc import Mapping, Sequence
from typing import Any

from infotheory._evidence_table import EvidenceTable
from infotheory._typing import ArrayLike, FloatArray
from infotheory.binning.search.limits import Limits
from infotheory.binning.search.optimal_groups import OptimalGroups, best_groups
from infotheory.binning.search.period_order import PeriodOrder
from infotheory.binning.search.subsets import best_sets
from infotheory.binning.search.target_task import make_target_task

__all__ = ["optimal_target_groups"]


def optimal_target_groups(
    cells: FloatArray,
    products: FloatArray,
    table: EvidenceTable,
    *,
    limits: Limits,
    as_sets: bool = False,
    monotonic_trend: str | Mapping[Any, str] | None = "auto",
    divergence: str | None = None,
    fixed: ArrayLike | None = None,
    labels: Sequence[str] | None = None,
    order: PeriodOrder | None = None,
) -> OptimalGroups:
    """Group pre-bins so that the divergence of the target over the bins is largest.

    Neighbours in order of their mean make the best bins of categories; categories of several
    classes have no such order, and are searched ``as_sets``. Sets have no trend.
    """
    task = make_target_task(
        cells,
        products,
        table,
        limits=limits,
        trend=None if as_sets else monotonic_trend,
        divergence=divergence,
        fixed=fixed,
        labels=labels,
        order=order,
    )
    return best_sets(task) if as_sets else best_groups(task)

"""The search for bins of a target that is an amount, or one of several classes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from infotheory._display import number_text
from infotheory._evidence_table import EvidenceTable
from infotheory._interrupts import in_pieces
from infotheory._typing import ArrayLike, BoolArray, FloatArray, IntArray
from infotheory._validation import check_length, check_option
from infotheory.binning.search import kernels as program
from infotheory.binning.search import target_kernels as kernels
from infotheory.binning.search.limits import NEUTRAL, Limits
from infotheory.binning.search.period_order import PeriodOrder
from infotheory.binning.search.shape import has_shape
from infotheory.binning.search.task import (
    DIVERGENCES,
    SIZE_TOLERANCE,
    TRENDS,
    Chain,
    Task,
    check_curved,
    check_trend_of_periods,
)
from infotheory.evidence.targets.kinds import (
    DIVERGENCES_BY_KIND,
    name_of_divergence,
    terms_of_target,
    units_of_mass,
)

__all__ = [
    "TargetLimits",
    "TargetTask",
    "broken_target_limits",
    "check_target_limits",
    "divergences_of_kind",
    "make_target_task",
]

#: The weight of a bin and the sum of its target as linear forms of its sums; the second is 0 for
#: classes, which have no mean.
_FORMS = {
    "fraction": ((1.0, 1.0), (0.0, 1.0)),
    "rate": ((1.0, 0.0), (0.0, 1.0)),
    "continuous": ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0)),
}

#: Limits that say nothing about a kind of target, with what to set in their place.
_WITHOUT_MEANING = {
    "rate": {"min_bin_n_nonevent": "min_bin_size, or min_bin_n_event for the least amount"},
    "continuous": {
        "min_bin_n_event": "min_bin_size",
        "min_bin_n_nonevent": "min_bin_size",
    },
    "multiclass": {"min_bin_n_nonevent": "min_bin_n_event, which holds for every class"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetLimits(Limits):
    """Limits on bins of a target whose mean has a unit: the distance of means may be any number."""

    @property
    def largest_gap(self) -> float:
        """Bound on ``min_event_rate_diff``."""
        return np.inf


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetTask(Task):
    """As ``Task``: ``cells`` are sums by pre-bin, ``squared`` their products as matrices."""

    kind: str
    units: FloatArray
    directions: FloatArray | None = None

    @property
    def rate_name(self) -> str:
        """What the rate of a bin is called."""
        return "share of a class" if self.kind == "multiclass" else "mean"

    @property
    def compares_means(self) -> bool:
        """Whether neighbours are compared as means with variances."""
        return self.kind != "multiclass"

    @property
    def freedom(self) -> float:
        """Degrees of freedom of the test between neighbours."""
        if self.kind != "multiclass":
            return 1.0
        return float(max(int((self.totals > 0.0).sum()) - 1, 1))

    @property
    def halves(self) -> FloatArray:
        """Half a row of each mass: what a bin gets that lacks one of them."""
        return 0.5 * self.units

    @property
    def forms(self) -> FloatArray:
        """Weight and sum of the target of a bin as linear forms of its sums."""
        if self.kind == "multiclass":
            return np.stack([np.ones(len(self.totals)), np.zeros(len(self.totals))])
        return np.array(_FORMS[self.kind])

    @property
    def code(self) -> int:
        """Code of the divergence in the kernels."""
        return kernels.TARGET_CODES[self.kind][self.divergence]

    @property
    def bounds_of_weight(self) -> tuple[float, float]:
        """Least and largest weight of a bin."""
        limits, whole = self.limits, float(self.forms[0] @ self.totals)
        high = np.inf if limits.max_bin_size is None else float(limits.max_bin_size * whole)
        return (
            limits.min_bin_size * whole * (1.0 - SIZE_TOLERANCE),
            high * (1.0 + SIZE_TOLERANCE),
        )

    @property
    def least_masses(self) -> FloatArray:
        """Least of each mass in a bin: Kish sizes of classes, sums of amounts."""
        limits, slack = self.limits, 1.0 - SIZE_TOLERANCE
        if self.kind == "multiclass":
            return slack * np.where(self.totals > 0.0, limits.min_bin_n_event, 0.0)
        if self.kind == "continuous":
            return np.array([0.0, -np.inf, 0.0])

        # The least event of 1 is "some", whatever the unit of amounts and weights: a bin without
        # any amount has no rate to speak of.
        first = limits.min_bin_n_nonevent if self.kind == "fraction" else 0.0
        wanted = np.array([first, limits.min_bin_n_event])
        some = float(np.finfo(np.float64).tiny)
        return np.where((wanted > 0.0) & (wanted <= 1.0), some, slack * wanted)

    def active(self) -> dict[str, str]:
        """Text of each limit by name."""
        texts = {name: f"{name}={value!r}" for name, value in self.limits.active().items()}
        if self.trend is not None:
            texts["monotonic_trend"] = f"monotonic_trend={self.trend!r}"
        if self.directions is not None and self.directions.any():
            texts["monotonic_trend"] = "monotonic_trend by class"
        if self.fixed.any():
            texts["user_splits_fixed"] = (
                f"user_splits_fixed ({int(self.fixed.sum())} of {self.fixed.size} boundaries)"
            )
        return texts | ({} if self.order is None else self.order.active())

    def relaxed(self, name: str) -> "Task":
        """Return the task without one of its limits."""
        if name == "monotonic_trend":
            return replace(self, trend=None, directions=None)
        return Task.relaxed(self, name)

    def intervals(self) -> program.Intervals:
        """Return the intervals of pre-bins that may be one of two bins or more."""
        intervals = kernels.build_target_intervals(
            self.cells,
            self.squared,
            self.totals,
            self.halves,
            self.forms,
            np.array([*self.bounds_of_weight, *self.least_masses]),
            self.fixed,
            (self.code, float(self.limits.bin_penalty)),
        )
        return intervals if self.order is None else self.order.left(intervals)

    def best_chains(
        self, intervals: program.Intervals, moves: IntArray, rules: program.Rules
    ) -> tuple[FloatArray, IntArray, IntArray]:
        """Run the program over the intervals; several classes are several curves."""
        several = self.kind == "multiclass"
        # Without a direction or a test nothing depends on single classes, and the faster program
        # serves.
        if not several or (self.directions is None and rules.chi_square <= 0.0):
            return Task.best_chains(self, intervals, moves, rules)

        sums = kernels.sums_of_intervals(self.cells, intervals.start, intervals.end)
        curves = (sums / sums.sum(axis=1, keepdims=True)).T.copy()
        directions = np.zeros(len(curves)) if self.directions is None else self.directions
        m = intervals.first.size - 1
        chains = program.no_chains(rules.n_layers, program.N_PHASES, intervals.start.size)
        first = slice(0, intervals.first[1])
        chains[0][0, :, first], chains[1][0, :, first] = intervals.value[first], 1

        steps = rules.n_layers * m * m * len(curves)
        for boundaries in in_pieces(m, max(1, program.STEPS // steps)):
            ends = (boundaries.start, boundaries.stop)
            kernels.extend_curve_chains(intervals, curves, directions, rules, ends, chains)
        return chains

    def faults(self, part: FloatArray) -> dict[str, bool]:
        """Say what pre-bins together lack to be a bin."""
        weight = float(self.forms[0] @ part)
        return {
            "no rows": weight == 0.0,
            "too little of a mass": bool((part < self.least_masses).any()),
            f"a weight of {weight:g}": weight < self.bounds_of_weight[0],
        }

    def error_of_difference(self, a: Chain, b: Chain) -> float:
        """Return the standard error of the difference of two divergences over the same pre-bins."""
        difference = self.slopes(a) - self.slopes(b)
        variance = np.einsum("ja,jab,jb->", difference, self.squared, difference)
        return float(np.sqrt(max(variance, 0.0)))

    def slopes(self, chain: Chain) -> FloatArray:
        """Gradient of the divergence by the sums of the bin of each pre-bin.

        Cells outside the order are one more bin, whose sums stay as they are.
        """
        cells = np.add.reduceat(self.cells, chain.starts, axis=0)
        # Missing and special values make one more bin, so that totals are those of the search.
        # Amounts of any sign may leave less than nothing.
        outside = np.maximum(self.totals - self.cells.sum(axis=0), 0.0)
        if self.kind == "continuous":
            outside = self.totals - self.cells.sum(axis=0)
        present = self.totals > 0.0 if self.kind == "multiclass" else np.full(len(outside), True)
        if float(self.forms[0] @ outside) > SIZE_TOLERANCE * float(self.forms[0] @ self.totals):
            cells = np.concatenate([cells, outside[None]])

        if self.kind != "continuous":
            lacking = np.any(cells[:, present] <= 0.0, axis=1, keepdims=True)
            cells = cells + lacking * self.halves
        terms = terms_of_target(cells[:, present], self.kind, self.divergence)
        slopes = np.zeros_like(cells)
        slopes[:, present] = terms.gradient
        sizes = np.diff([*chain.starts, len(self.cells)])
        return np.repeat(slopes[: len(chain.starts)], sizes, axis=0)

    def single(self) -> Chain | None:
        """All pre-bins in one bin, where the limits on number and size allow it."""
        cells = self.cells.sum(axis=0)
        weight = float(self.forms[0] @ cells)
        if self.limits.min_n_bins > 1 or self.fixed.any() or weight > self.bounds_of_weight[1]:
            return None
        value = self.term(cells) if weight > 0.0 else 0.0
        return Chain(value - self.limits.bin_penalty, (0,))

    def term(self, sums: FloatArray) -> float:
        """Term of one bin in the divergence."""
        return float(kernels.target_term(sums, self.totals, self.halves, self.code))


def divergences_of_kind(kind: str) -> list[str]:
    """Divergences of a kind of target, all of them where only the fit decides the kind."""
    by_kind = {"binary": DIVERGENCES, **DIVERGENCES_BY_KIND}
    kinds = [by_kind[kind]] if kind in by_kind else by_kind.values()
    return [*dict.fromkeys(name for names in kinds for name in names)]


def check_target_limits(kind: str, limits: Mapping[str, Any]) -> None:
    """Raise ValueError where a limit is set that says nothing about this kind of target."""
    for name, instead in _WITHOUT_MEANING.get(kind, {}).items():
        if limits.get(name, 1) not in (0, 1):
            message = (
                f"{name} has no meaning for target_type={kind!r}, got {limits[name]!r}; use "
                f"{instead}"
            )
            raise ValueError(message)


def broken_target_limits(
    table: EvidenceTable, n_bins: int, options: Mapping[str, Any]
) -> list[str]:
    """Say which limits the bins of a target of any kind do not meet; nothing is forbidden here.

    The first ``n_bins`` bins of the table are the regular ones; ``options`` hold limits by name and
    ``monotonic_trend``, and absent ones restrict nothing.
    """
    named = {f.name: options[f.name] for f in fields(TargetLimits) if f.name in options}
    limits = TargetLimits(**(NEUTRAL | named))
    flat, trend = table.without_groups(), options.get("monotonic_trend")
    task = make_target_task(
        flat.sums[:n_bins],
        flat.product_matrices()[:n_bins],
        flat,
        limits=replace(limits, min_event_rate_diff=0.0),
        trend=None,
        divergence=None,
    )
    weight, (low, high) = task.cells @ task.forms[0], task.bounds_of_weight
    masses = task.cells
    if flat.kind == "multiclass":
        squares = np.diagonal(task.squared, axis1=1, axis2=2)
        masses = np.divide(masses**2, squares, out=np.zeros_like(masses), where=squares > 0.0)

    several = n_bins > 1  # a single bin is exempt from limits on its size, as in the search
    means = np.zeros(n_bins) if flat.kind == "multiclass" else flat.rate[:n_bins]
    gap = float(np.abs(np.diff(means)).min()) if several else np.inf
    most = n_bins if limits.max_n_bins is None else limits.max_n_bins
    checks = {
        "min_n_bins": (n_bins >= limits.min_n_bins, f"{n_bins} bins"),
        "max_n_bins": (n_bins <= most, f"{n_bins} bins"),
        "max_bin_size": (bool((weight <= high).all()), f"largest weight {weight.max():.4g}"),
        "min_bin_size": (
            not several or bool((weight >= low).all()),
            f"smallest weight {weight.min():.4g}",
        ),
        "min_bin_n_event": (
            not several or bool((masses >= task.least_masses).all()),
            "too little in a bin",
        ),
        "min_event_rate_diff": (
            flat.kind == "multiclass" or gap * (1.0 + 1e-9) >= limits.min_event_rate_diff,
            f"smallest gap {gap:.4g}",
        ),
    }
    broken = [
        f"{name}={getattr(limits, name)!r}: {found}"
        for name, (met, found) in checks.items()
        if not met
    ]
    if isinstance(trend, str) and several and not has_shape(means, trend):
        broken.append(f"monotonic_trend={trend!r}: means {', '.join(map(number_text, means))}")
    return broken


def make_target_task(
    cells: FloatArray,
    products: FloatArray,
    table: EvidenceTable,
    *,
    limits: Limits,
    trend: str | Mapping[Any, str] | None,
    divergence: str | None,
    fixed: ArrayLike | None = None,
    labels: Sequence[str] | None = None,
    order: PeriodOrder | None = None,
) -> TargetTask:
    """Check everything and put it together.

    ``cells`` and ``products`` (matrices) are the ordered pre-bins of ``table``, whose totals count
    missing and special values too.
    """
    kind = table.kind
    name = name_of_divergence(kind, divergence)
    totals = table.without_groups().sums.sum(axis=0)
    directions = None
    if kind == "multiclass":
        directions, trend = _directions(table, trend), None
        if limits.min_event_rate_diff > 0.0 and directions is None:
            message = (
                "min_event_rate_diff needs a trend by class, for example monotonic_trend="
                f"{{{table.classes[0]!r}: 'ascending'}}, got {limits.min_event_rate_diff!r} without"
            )
            raise ValueError(message)
    check_option("monotonic_trend", trend, TRENDS)
    check_trend_of_periods(trend, order)

    m = len(cells)
    check_curved(trend, m)
    walls: BoolArray = (
        np.zeros(max(m - 1, 0), dtype=bool)
        if fixed is None
        else check_length("fixed", fixed, m - 1).astype(bool)
    )
    return TargetTask(
        cells=np.ascontiguousarray(cells),
        squared=np.ascontiguousarray(products),
        totals=totals,
        limits=limits,
        trend=None if trend is None else str(trend),
        divergence=name,
        fixed=walls,
        labels=None if labels is None else tuple(labels),
        kind=kind,
        units=units_of_mass(table),
        directions=directions,
        order=order,
    )


def _directions(table: EvidenceTable, trend: str | Mapping[Any, str] | None) -> FloatArray | None:
    """Direction of the share of each class; "auto" imposes none."""
    if trend is None or trend == "auto":
        return None
    if not isinstance(trend, Mapping):
        message = (
            "monotonic_trend of several classes must be 'auto', None, or a dict from class to "
            f"'ascending' or 'descending', got {trend!r}"
        )
        raise ValueError(message)  # noqa: TRY004 - an option, as all others

    directions, signs = np.zeros(len(table.classes)), {"ascending": 1.0, "descending": -1.0}
    for label, direction in trend.items():
        check_option("a key of monotonic_trend", label, table.classes)
        check_option(f"monotonic_trend[{label!r}]", direction, tuple(signs))
        directions[table.classes.index(label)] = signs[direction]
    return directions

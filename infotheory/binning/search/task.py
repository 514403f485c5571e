"""The search for bins of one feature as plain arrays: what may be a bin, and what a grouping is."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from infotheory._row_order import warn_of_bin_order
from infotheory._typing import ArrayLike, BoolArray, FloatArray, IntArray
from infotheory._validation import as_counts, check_length, check_option
from infotheory.binning.search import kernels as program
from infotheory.binning.search.few_intervals import terms_of_bins
from infotheory.binning.search.limits import NEUTRAL, Limits
from infotheory.binning.search.period_order import PeriodOrder
from infotheory.evidence.binned_samples import add_halves, half_rows
from infotheory.evidence.divergence import FORMULAS

__all__ = [
    "DIVERGENCES",
    "SIZE_TOLERANCE",
    "TRENDS",
    "Chain",
    "Task",
    "check_curved",
    "check_trend_of_periods",
    "make_task",
    "vectors",
]

TRENDS = (None, "auto", "ascending", "descending", "peak", "valley", "concave", "convex")
DIVERGENCES = tuple(program.CODES)
_MAX_CURVED_PREBINS = 64
#: Relative: a bin of exactly the least or largest size is allowed at any scale of the weights.
SIZE_TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Everything that decides the optimum; ``relaxed`` drops one limit."""

    cells: FloatArray
    squared: FloatArray
    totals: FloatArray
    limits: Limits
    trend: str | None
    divergence: str
    fixed: BoolArray
    labels: tuple[str, ...] | None = None
    order: PeriodOrder | None = None

    @property
    def rate_name(self) -> str:
        """What the rate of a bin is called."""
        return "event rate"

    @property
    def compares_means(self) -> bool:
        """Whether neighbours are compared as means with variances, not as shares of rows."""
        return False

    @property
    def freedom(self) -> float:
        """Degrees of freedom of the test between neighbours."""
        return 1.0

    @property
    def halves(self) -> FloatArray:
        """Weight of half a row of each class: what a bin without one of them gets."""
        return half_rows(self.cells, self.squared)

    def active(self) -> dict[str, str]:
        """Text of each limit by name."""
        texts = {name: f"{name}={value!r}" for name, value in self.limits.active().items()}
        if self.trend is not None:
            texts["monotonic_trend"] = f"monotonic_trend={self.trend!r}"
        if self.fixed.any():
            texts["user_splits_fixed"] = (
                f"user_splits_fixed ({int(self.fixed.sum())} of {self.fixed.size} boundaries)"
            )
        return texts | ({} if self.order is None else self.order.active())

    def relaxed(self, name: str) -> "Task":
        """Return the task without one of its limits."""
        if name == "monotonic_trend":
            return replace(self, trend=None)
        if name == "user_splits_fixed":
            return replace(self, fixed=np.zeros_like(self.fixed))
        if self.order is not None and name in self.order.active():
            return replace(self, order=self.order.relaxed(name))
        return replace(self, limits=replace(self.limits, **{name: NEUTRAL[name]}))

    def intervals(self) -> program.Intervals:
        """Return the intervals of pre-bins that may be one of two bins or more."""
        limits, weight = self.limits, self.totals.sum()
        least = np.array(
            [limits.min_bin_size * weight, limits.min_bin_n_nonevent, limits.min_bin_n_event]
        )
        # A bin of exactly the least size is allowed, whatever the rounding of its sum.
        least *= 1.0 - SIZE_TOLERANCE
        intervals = program.build_intervals(
            np.column_stack([self.cells, self.squared]),
            self.totals,
            self.halves,
            np.array([least[0], self._largest(), least[1], least[2]]),
            self.fixed,
            (program.CODES[self.divergence], float(limits.bin_penalty)),
        )
        return intervals if self.order is None else self.order.left(intervals)

    def best_chains(
        self, intervals: program.Intervals, moves: IntArray, rules: program.Rules
    ) -> tuple[FloatArray, IntArray, IntArray]:
        """Run the program over the intervals, see ``kernels.best_chains``."""
        if self.order is not None and self.order.slack is not None:
            return self.order.best_chains(intervals, moves, rules)
        return program.best_chains(intervals, moves, rules)

    def faults(self, part: FloatArray) -> dict[str, bool]:
        """Say what pre-bins together lack to be a bin: whether each fault holds, by its words."""
        limits, (nonevents, events) = self.limits, part.tolist()
        return {
            "no rows": nonevents + events == 0.0,
            f"{events:g} events": events < limits.min_bin_n_event,
            f"{nonevents:g} non-events": nonevents < limits.min_bin_n_nonevent,
            f"{nonevents + events:g} rows": nonevents + events
            < limits.min_bin_size * self.totals.sum() * (1.0 - SIZE_TOLERANCE),
        }

    def slopes(self, chain: "Chain") -> FloatArray:
        """Return derivatives of the divergence by the shares p and q of the bin of each pre-bin."""
        cells = add_halves(np.add.reduceat(self.cells, chain.starts, axis=0), self.halves)
        formula, _ = FORMULAS[self.divergence]
        terms = formula(*(cells / self.totals).T)
        by_bin = np.column_stack([terms.first_gradient, terms.second_gradient])
        # Every pre-bin has the derivatives of its bin.
        sizes = np.diff([*chain.starts, len(self.cells)])
        return np.repeat(by_bin, sizes, axis=0)

    def error_of_difference(self, a: "Chain", b: "Chain") -> float:
        """Return the standard error of the difference of two divergences over the same pre-bins.

        A row of class c in pre-bin i has the influence ``(d_i - mean of d over class c) / share of
        c``, with d the difference of the two derivatives of the divergence by the share of c in the
        bin. Cells outside the order have d = 0; their squared weights are taken in proportion to
        those of the pre-bins.
        """
        variance = 0.0
        difference = self.slopes(a) - self.slopes(b)
        for c in (0, 1):
            total, inside = self.totals[c], self.cells[:, c].sum()
            mean = (self.cells[:, c] @ difference[:, c]) / total
            variance += self.squared[:, c] @ (difference[:, c] - mean) ** 2 / total**2
            if inside > 0.0:
                # Rows outside the pre-bins have no squares here: they are taken to weigh what those
                # inside do.
                outside = self.squared[:, c].sum() * max(total - inside, 0.0) / inside
                variance += outside * (mean / total) ** 2
        return float(np.sqrt(variance))

    def single(self) -> "Chain | None":
        """All pre-bins in one bin, where the limits on number and size allow it."""
        if self.limits.min_n_bins > 1 or self.fixed.any() or self.cells.sum() > self._largest():
            return None
        # One bin of everything is exempt from limits on what a bin holds at least.
        cells, value = self.cells.sum(axis=0), 0.0
        if cells.any():
            code = program.CODES[self.divergence]
            terms = terms_of_bins(cells[None], self.totals, self.halves, code)
            value = float(terms[0])
        return Chain(value - self.limits.bin_penalty, (0,))

    def _largest(self) -> float:
        share = self.limits.max_bin_size
        return (
            np.inf if share is None else float(share * self.totals.sum() * (1.0 + SIZE_TOLERANCE))
        )


@dataclass(frozen=True, slots=True)
class Chain:
    """A grouping as the first pre-bin of each bin."""

    objective: float
    starts: tuple[int, ...]


def vectors(first: ArrayLike, second: ArrayLike, *names: str) -> tuple[FloatArray, FloatArray]:
    """Check two vectors of counts of equal length."""
    warn_of_bin_order(**dict(zip(names, (first, second), strict=True)))
    one, two = (
        as_counts(values, name=name, allow_zero=True, squared=name.startswith("squared"))
        for values, name in zip((first, second), names, strict=True)
    )
    if one.ndim != 1 or one.shape != two.shape:
        message = (
            f"{names[0]} and {names[1]} must be vectors of one length, got shapes {one.shape} and "
            f"{two.shape}"
        )
        raise ValueError(message)
    return one, two


def check_trend_of_periods(trend: object, order: PeriodOrder | None) -> None:
    """Raise ValueError where an order in periods is asked of a trend that turns."""
    if order is not None and order.slack is not None and trend not in TRENDS[:4]:
        message = (
            "order_in_periods takes monotonic_trend None, 'auto', 'ascending' or 'descending', as "
            f"each period would turn where it likes, got {trend!r}"
        )
        raise ValueError(message)


def check_curved(trend: object, n_prebins: int) -> None:
    """Raise ValueError where a trend that looks at three bins at once has too many pre-bins."""
    if trend in ("concave", "convex") and n_prebins > _MAX_CURVED_PREBINS:
        message = (
            f"monotonic_trend={trend!r} takes at most {_MAX_CURVED_PREBINS} pre-bins, got "
            f"{n_prebins}; set max_n_prebins={_MAX_CURVED_PREBINS} or less"
        )
        raise ValueError(message)


def make_task(
    cells: FloatArray,
    squared_nonevents: ArrayLike | None,
    squared_events: ArrayLike | None,
    totals: tuple[float | None, float | None],
    *,
    limits: Limits,
    trend: str | None,
    divergence: str,
    fixed: ArrayLike | None,
    labels: Sequence[str] | None = None,
    order: PeriodOrder | None = None,
) -> Task:
    """Check everything and put it together."""
    check_option("monotonic_trend", trend, TRENDS)
    check_trend_of_periods(trend, order)
    check_option("divergence", divergence, DIVERGENCES)
    m = len(cells)
    check_curved(trend, m)

    # Without weights a row counts once, and so does its square.
    squared = cells
    if squared_nonevents is not None or squared_events is not None:
        if squared_nonevents is None or squared_events is None:
            message = (
                "squared_nonevents and squared_events must be given together, got only one of them"
            )
            raise ValueError(message)
        names = ("squared_nonevents", "squared_events")
        squared = np.column_stack(vectors(squared_nonevents, squared_events, *names))
        if squared.shape != cells.shape or ((squared > 0) != (cells > 0)).any():
            message = f"{names[0]} and {names[1]} must be positive exactly where the {m} counts are"
            raise ValueError(message)

    walls = (
        np.zeros(max(m - 1, 0), dtype=bool)
        if fixed is None
        else check_length("fixed", fixed, m - 1).astype(bool)
    )
    return Task(
        cells=cells,
        squared=squared,
        totals=_totals(cells, totals),
        limits=limits,
        trend=trend,
        divergence=divergence,
        fixed=walls,
        labels=None if labels is None else tuple(labels),
        order=order,
    )


def _totals(cells: FloatArray, totals: tuple[float | None, float | None]) -> FloatArray:
    """Totals of both classes: those of the whole table, which the pre-bins may be a part of."""
    sums = cells.sum(axis=0)
    wholes = np.array(
        [inside if total is None else total for inside, total in zip(sums, totals, strict=True)],
        dtype=np.float64,
    )
    for name, inside, total in zip(("nonevents", "events"), sums, wholes, strict=True):
        if not (np.isfinite(total) and total >= inside * (1.0 - SIZE_TOLERANCE)):
            message = (
                f"total_{name} must be finite and at least the sum of {name} {inside:g}, got "
                f"{total:g}"
            )
            raise ValueError(message)

        if total <= 0.0:
            message = (
                f"{name} must not all be zero, got a total of {total:g}; without both classes "
                "there is no evidence"
            )
            raise ValueError(message)
    return wholes

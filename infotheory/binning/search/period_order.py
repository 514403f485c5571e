"""Order of the rates or means in each of several periods, and how far each drifts from the pooled.

The search stays one over intervals of pre-bins: a limit on the drift leaves intervals out, and an
order in periods leaves out pairs of neighbours.
"""

from dataclasses import dataclass, replace

import numpy as np

from infotheory._compiled import compiled, inner
from infotheory._interrupts import in_pieces
from infotheory._typing import BoolArray, FloatArray, IntArray
from infotheory.binning.search import kernels as program

__all__ = ["PeriodMeans", "PeriodOrder"]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class PeriodOrder:
    """What the event rates of bins have to meet in each period."""

    # Weights and squared weights of non-events and events of the ordered pre-bins, of shape
    # (n_periods, n_prebins, 2)
    cells: FloatArray
    squared: FloatArray
    # Standard errors by which a step between neighbours may go against their order in a period;
    # None where nothing is asked
    slack: float | None = None
    # Largest distance of the event rate of a bin in a period from that of all periods
    drift: float | None = None

    def active(self) -> dict[str, str]:
        """Text of each limit by name."""
        limits = {"order_in_periods": self.slack, "max_rate_drift": self.drift}
        return {name: f"{name}={value!r}" for name, value in limits.items() if value is not None}

    def relaxed(self, name: str) -> "PeriodOrder":
        """Return the same without one of its limits."""
        if name == "order_in_periods":
            return replace(self, slack=None)
        return replace(self, drift=None)

    def rates(self, start: IntArray, end: IntArray) -> tuple[FloatArray, FloatArray]:
        """Rates of intervals and their variances, shape (n_periods, n_intervals).

        NaN where a period has no rows.
        """
        sums, squares = (_sums(values, start, end) for values in (self.cells, self.squared))
        weight, amount = self.masses(sums)
        rates = np.full(weight.shape, np.nan)
        np.divide(amount, weight, out=rates, where=weight > 0.0)
        # A period without rows has a rate of NaN, and so this variance.
        return rates, self.spread(rates, squares) / np.where(weight > 0.0, weight, 1.0) ** 2

    def masses(self, sums: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Weight of intervals, and the part of it whose share is their rate."""
        return sums.sum(axis=-1), sums[..., 1]

    def spread(self, rates: FloatArray, squares: FloatArray) -> FloatArray:
        """Variance of the amount about its rate: of a share, p (1 - p) a squared weight."""
        return rates * (1.0 - rates) * squares.sum(axis=-1)

    def steady(self, start: IntArray, end: IntArray) -> BoolArray:
        """Whether the rate of each interval stays near that of all periods in each of them."""
        if self.drift is None:
            return np.ones(start.size, dtype=bool)
        rates, _ = self.rates(start, end)
        # Written as "not above": a period without rows has a distance of NaN, which breaks no
        # limit.
        away = np.abs(rates - self._pooled(start, end))
        return np.asarray(~(away > self.drift * (1.0 + program.RATE_TOLERANCE)).any(axis=0))

    def follows(
        self, first: tuple[IntArray, IntArray], second: tuple[IntArray, IntArray], direction: int
    ) -> BoolArray:
        """Whether the steps from some intervals to others go in a direction (1, -1) in all periods.

        Intervals are given by their first and last pre-bins. Without a direction (0) a step has to
        go in one of both, in the periods and in all of them together.
        """
        if self.slack is None:
            return np.ones(first[0].size, dtype=bool)
        (low, low_variance), (high, high_variance) = self.rates(*first), self.rates(*second)
        room = self.slack * np.sqrt(low_variance + high_variance)
        room += program.RATE_TOLERANCE * np.maximum(np.abs(low), np.abs(high))
        step, (before, after) = high - low, (self._pooled(*part) for part in (first, second))
        rounding = program.RATE_TOLERANCE * np.maximum(before, after)

        # Without a direction either will do, but it is the same one in all periods.
        allowed = np.zeros(first[0].size, dtype=bool)
        for sign in (1, -1) if direction == 0 else (direction,):
            against = (sign * step < -room).any(axis=0)  # NaN is against nothing
            allowed |= ~against & (sign * (after - before) >= -rounding)
        return allowed

    def _pooled(self, start: IntArray, end: IntArray) -> FloatArray:
        weight, amount = self.masses(_sums(self.cells, start, end).sum(axis=0))
        return np.asarray(amount / weight)

    def best_chains(
        self, intervals: program.Intervals, moves: IntArray, rules: program.Rules
    ) -> tuple[FloatArray, IntArray, IntArray]:
        """Run the program of ``kernels.best_chains`` with the order of each period."""
        slack = 0.0 if self.slack is None else self.slack
        rates, variances = self.rates(intervals.start, intervals.end)
        # A step without a direction has one all the same: that of all periods.
        rows = [
            (old, new, sign)
            for old, new, direction in moves.tolist()
            for sign in ((1, -1) if direction == 0 else (direction,))
        ]
        m = intervals.first.size - 1
        chains = program.no_chains(rules.n_layers, program.N_PHASES, intervals.start.size)
        first = slice(0, intervals.first[1])
        chains[0][0, :, first], chains[1][0, :, first] = intervals.value[first], 1

        steps = rules.n_layers * len(rows) * m * m * len(rates)
        for boundaries in in_pieces(m, max(1, program.STEPS // steps)):
            ends = (boundaries.start, boundaries.stop)
            _extend(intervals, (rates, variances, slack), np.array(rows), rules, ends, chains)
        return chains

    def left(self, intervals: program.Intervals) -> program.Intervals:
        """Leave out intervals whose rate drifts."""
        stays = self.steady(intervals.start, intervals.end)
        if stays.all():
            return intervals
        spans = np.stack([intervals.start[stays], intervals.end[stays]])
        numbers = np.stack([intervals.value[stays], intervals.rate[stays], intervals.size[stays]])
        return program.sort_intervals(intervals.first.size - 1, spans, numbers)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class PeriodMeans(PeriodOrder):
    """As ``PeriodOrder``, for the means of a target that is an amount.

    ``cells`` hold the weight and the sum of the target, ``squared`` the sums of the squared weight,
    of it times the target, and times its square: the last axis has two and three entries.
    """

    def masses(self, sums: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Weight and sum of the target of intervals."""
        return sums[..., 0], sums[..., 1]

    def spread(self, rates: FloatArray, squares: FloatArray) -> FloatArray:
        """Squared distances from the mean, each with its squared weight."""
        plain, crossed, square = np.moveaxis(squares, -1, 0)
        # Of rows of one value rounding may leave less than nothing.
        return np.maximum(square - 2.0 * rates * crossed + rates**2 * plain, 0.0)


def _sums(cells: FloatArray, start: IntArray, end: IntArray) -> FloatArray:
    """Add up the pre-bins of each interval, shape (n_periods, n_intervals, n_columns)."""
    zeros = np.zeros((len(cells), 1, cells.shape[2]))
    running = np.concatenate([zeros, np.cumsum(cells, axis=1)], axis=1)
    counts = np.concatenate([zeros, np.cumsum(cells != 0.0, axis=1)], axis=1)
    # Differences of running sums would leave rounding where no rows are.
    is_filled = counts[:, end + 1] > counts[:, start]
    return np.where(is_filled, running[:, end + 1] - running[:, start], 0.0)


@compiled
def _extend(
    intervals: program.Intervals,
    order: tuple[FloatArray, FloatArray, float],
    moves: IntArray,
    rules: program.Rules,
    boundaries: tuple[int, int],
    chains: tuple[FloatArray, IntArray, IntArray],
) -> None:
    """Extend chains over some boundaries where the pooled rate and those of all periods move."""
    rate = intervals.rate
    steps = np.empty((rate.size * moves.shape[0], 3), dtype=np.int64)
    for boundary in range(max(1, boundaries[0]), boundaries[1]):
        before = intervals.by_end[intervals.last[boundary - 1] : intervals.last[boundary]]

        # All steps to an interval are collected first, and go through the shared kernel at once.
        for e in range(intervals.first[boundary], intervals.first[boundary + 1]):
            n_steps = 0
            for s in before:
                if not program.differ(intervals, s, e, rules):
                    continue
                for k in range(moves.shape[0]):
                    old, new, sign = moves[k]
                    if not program.not_above(sign * rate[s], sign * rate[e], rules.gap):
                        continue
                    if not _moves_in_periods(order, s, e, sign):
                        continue
                    steps[n_steps, 0], steps[n_steps, 1], steps[n_steps, 2] = s, old, new
                    n_steps += 1
            program.continue_chains(intervals, rules, e, steps[:n_steps], chains)


@inner
def _moves_in_periods(
    order: tuple[FloatArray, FloatArray, float], s: int, e: int, sign: int
) -> bool:
    """Say whether a step goes in a direction in each period; one without rows has no say."""
    rates, variances, slack = order
    for p in range(rates.shape[0]):
        low, high = rates[p, s], rates[p, e]
        room = program.RATE_TOLERANCE * max(abs(low), abs(high))
        if slack > 0.0:
            room += slack * np.sqrt(variances[p, s] + variances[p, e])
        if sign * (high - low) < -room:
            return False
    return True

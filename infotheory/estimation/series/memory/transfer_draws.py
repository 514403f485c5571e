"""Tests of Gaussian transfer that hold where source and target remember for long."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from infotheory._typing import BoolArray, FloatArray, IntArray
from infotheory._warnings import warn
from infotheory.estimation._permutations import (
    gamma_p_value,
    least_turn,
    p_value_of_shifts,
    shifts_of_cycles,
)
from infotheory.estimation.series.embedding import Lagged
from infotheory.estimation.series.memory.cycles import whole_cycles
from infotheory.estimation.series.memory.linear_model import (
    PairWithoutTransfer,
    informations_of_draws,
)
from infotheory.estimation.series.memory.long_run import (
    have_cycles,
    longest_memory,
    memory_column,
    shared_memory,
)
from infotheory.estimation.series.memory.noisy_walks import NoisyWalks
from infotheory.estimation.series.memory.trends import doubt_of_trends
from infotheory.estimation.series.memory.uneven_variance import evenness, p_value_of_uneven
from infotheory.estimation.series.signals import Signal, Trials
from infotheory.exceptions import ApproximationWarning
from infotheory.inference import Estimate
from infotheory.laws import IntervalLaw

__all__ = [
    "NO_EVIDENCE",
    "LawWithTest",
    "Transfer",
    "doubt_of_shifts",
    "doubt_of_short_series",
    "doubted_p_value",
    "held_by_draws",
    "is_short",
    "warn_of_surrogates",
]

_Estimate = TypeVar("_Estimate", bound=Estimate)

#: Steps, in units of the summed autocorrelation, below which the F test rejects too often, since
#: what the target's past explains is estimated with a bias: two AR(1) series of .9 and 100 or 150
#: steps are rejected .09 and .08 at 5 %, of .95 and 300 .09, of .98 and 100 .15. Short series look
#: as if they remembered less.
_FEWEST_OF_F_TEST = 50.0
#: P-value of the F test above which no other test is made.
NO_EVIDENCE = 0.2

#: The same below which shifts of a series are too alike.
_FEWEST_OF_SHIFTS = 20.0
#: The same, of what lies beneath noise, below which it may be a random walk: of walks of 300 and
#: 1000 steps .95 are below, of AR(1) of .95 and 300 steps .2, of .9 none.
_FEWEST_BENEATH_NOISE = 15.0

#: Pairs of series that are drawn without transfer.
_DRAWS = 199
#: Even shifts of the source: the first, the last, as shares of a trial, and how many.
_SHIFTS = (0.05, 0.95, 99)
#: Memory of residuals that is noise: so much, and so many of its standard errors. With two of them
#: noisy series of 300 and 1000 steps were rejected .11 and .08 at 5 %.
_MOST_MEMORY, _ERRORS_OF_MEMORY = 0.05, 0.0
#: Standard errors of a correlation of residuals that is more than chance, and the least product of
#: two correlations from which a share of noise is told.
_ERRORS_OF_NOISE, _LEAST_SHARE = 3.0, 0.05
#: The same of what may be noise: of walks beneath noise of their own deviation half are below 2.7.
_ERRORS_OF_SOME_NOISE = 1.5
#: Surrogates that break cycles: waves of 12 steps rejected .28 and .35 by them at 5 %.
_OUT_OF_PHASE = ("block", "iaaft")
#: The same pairs are drawn for the same data.
_SEED = 20240531


def is_short(n_steps: int, source: FloatArray, target: FloatArray) -> bool:
    """Tell whether a series is too short beside what source and target remember for the F test."""
    return n_steps < _FEWEST_OF_F_TEST * shared_memory(source, target)


def _is_remembered(source: FloatArray, target: FloatArray) -> bool:
    """Tell whether source and target remember more than the condition, whose residuals they are.

    The products of the residuals, which the statistic adds up, have then a memory of their own.
    """
    excess = shared_memory(source, target) - 1.0
    if excess <= _MOST_MEMORY:
        return False
    # Beside a target without memory the sum varies as if all its correlations were noise.
    centered = source - source.mean()
    of_source = shared_memory(centered, centered) - 1.0
    noise = np.sqrt(2.0 * of_source / source.size)
    return bool(excess > _MOST_MEMORY + _ERRORS_OF_MEMORY * noise)


def _correlation_of_neighbours(series: FloatArray) -> float:
    """Correlation of each step with the one before."""
    centered = series - series.mean()
    scale = float(centered @ centered)
    return float(centered[1:] @ centered[:-1]) / scale if scale > 0.0 else 0.0


def _memory_beneath_noise(first: FloatArray, second: FloatArray) -> float:
    """Return the shared memory of two slow series from these, which white noise lies upon."""
    # Noise takes a share off the correlations at all lags, the first too, where a slow one has 1.
    shares = _correlation_of_neighbours(first) * _correlation_of_neighbours(second)
    return 1.0 + (shared_memory(first, second) - 1.0) / max(shares, _LEAST_SHARE)


@dataclass(frozen=True, slots=True, eq=False)
class Transfer:
    """What a statistic of transfer looks at."""

    source: Signal
    target: Signal
    conditions: Sequence[Lagged]
    trials: Trials
    # Lags of the target, and groups of lags of the source, of which the largest value counts
    past: Sequence[int]
    source_lags: Sequence[Sequence[int]]
    # The steps, and at these the columns of the conditions, of shape (n_rows, n_columns)
    steps: IntArray
    given: FloatArray

    @property
    def is_short(self) -> bool:
        """Whether there are too few steps beside what source and target remember."""
        return is_short(self.source.n_steps, memory_column(self.source), memory_column(self.target))

    def without_model(self, other_test: str | None = None) -> str:
        """Say why the F test may reject too often where no model of the pair can be fitted."""
        if self.is_short:
            return doubt_of_short_series("the F test", self.source, self.target, other_test)
        return (
            f"the F test of {self.steps.size} steps rejects too often where source and target "
            "remember more than the history sees, and the steps with a whole past are too few for "
            "a model of what they remember: take a longer history"
            + (f", or {other_test}" if other_test else " or a longer series")
        )

    def wandering(self) -> str | None:
        """Say that what lies beneath noise may wander without end; None where it hardly does."""
        source, target = memory_column(self.source), memory_column(self.target)
        memory = _memory_beneath_noise(source, target)
        # Trials of one series may be shorter than its memory whatever it does, and of cycles there
        # is a test by shifts.
        long = self.source.n_steps >= _FEWEST_BENEATH_NOISE * memory
        if long or self.trials.named or have_cycles(source, target):
            return None
        return (
            f"source and target remember {memory:.3g} of {self.source.n_steps} steps beneath noise "
            "(their summed autocorrelation), as random walks do: the p-value is no less than that "
            "of walks beneath as much noise, and the history tells little of what lies beneath; "
            "take a longer series, or test their changes (np.diff)"
        )

    def drifting(self) -> str | None:
        """Say that source and target drift, of which no test here knows; None where not seen."""
        return doubt_of_trends(self.source, self.target, self.trials, self.conditions)

    def p_value(self, plugin: float, *, wanders: bool) -> float | None:
        """P-value of a plug-in information by the gamma law of that of pairs without transfer.

        None where the steps are too few for a model of the pair.
        """
        pair = PairWithoutTransfer.fit(
            self.target, self.source, self.conditions, self.trials, max(self.past)
        )
        if pair is None:
            return None

        n_columns = (1 + len(self.past)) * self.target.n_columns + self.given.shape[1]
        n_columns += len({lag for group in self.source_lags for lag in group})
        # Long series in several passes: each holds the columns of its draws.
        at_once, rng = pair.draws_at_once(n_columns), np.random.default_rng(_SEED)
        n_target = pair.n_target

        def informations(drawn: FloatArray) -> FloatArray:
            return informations_of_draws(
                drawn[:, :, :n_target],
                drawn[:, :, n_target:],
                self.steps,
                self.past,
                self.given,
                self.source_lags,
            )

        drawn = [
            informations(pair.draw(min(at_once, _DRAWS - first), rng))
            for first in range(0, _DRAWS, at_once)
        ]
        size = 2.0 * self.steps.size
        p_value = gamma_p_value(size * plugin, size * np.concatenate(drawn))
        # Cycles that never fade, and walks beneath noise, look as if they faded: autoregressions
        # forget them.
        turn = whole_cycles(self.source, self.target, self.trials)
        if (
            wanders
            or turn is not None
            or have_cycles(memory_column(self.source), memory_column(self.target))
        ):
            at = np.linspace(*_SHIFTS)
            if turn is not None:
                at = np.array(shifts_of_cycles(turn)) / turn
            shares = np.split(at, range(at_once, at.size, at_once))
            shifted = [informations(pair.shifted(some, self.trials, turn)) for some in shares]
            p_value = max(p_value, p_value_of_shifts(size * plugin, size * np.concatenate(shifted)))
        # A trial begins anywhere, and several of them are no walk.
        walks = None if self.trials.named else NoisyWalks(pair.series, self._gaps())
        if walks is not None and (wanders or walks.may_be(pair.shocks)):
            drawn = [
                informations(walks.draw(min(at_once, _DRAWS - first), rng))
                for first in range(0, _DRAWS, at_once)
            ]
            p_value = max(p_value, gamma_p_value(size * plugin, size * np.concatenate(drawn)))
        return p_value

    def _gaps(self) -> BoolArray:
        """Tell which steps of the columns of the target, then of the source, have no value."""
        signals = (self.target, self.source)
        return np.column_stack([one.missing for one in signals for _ in range(one.n_columns)])


def doubted_p_value(
    by_f_test: float,
    plugin: float,
    left: tuple[FloatArray, FloatArray],
    transfer: Transfer,
    other_test: str | None = None,
) -> tuple[float | None, str | None]:
    """Return a p-value that holds where the F test rejects too often, and why it may not hold.

    ``left`` is what the past leaves of the columns of source and target. None where the F test
    stands.
    """
    p_value, even = None, evenness(*left)
    if even < 1.0:
        freedom = left[0].shape[1] * left[1].shape[1]
        p_value = p_value_of_uneven(by_f_test, even, freedom, len(transfer.source_lags))
    longest = [longest_memory(one) for one in left]
    if not (transfer.is_short or _is_remembered(*longest)):
        return p_value, None
    # What the past leaves of a target beneath white noise turns back at once.
    turned = _correlation_of_neighbours(longest[1]) * np.sqrt(transfer.steps.size)
    doubt = transfer.wandering() if turned < -_ERRORS_OF_SOME_NOISE else None
    drawn = transfer.p_value(even * plugin, wanders=doubt is not None)
    if drawn is None:
        return p_value, transfer.without_model(other_test)
    # Shifts are asked for where there may be noise; what is said of walks is to be no chance.
    doubt = doubt if turned < -_ERRORS_OF_NOISE else None
    return max(drawn, by_f_test if p_value is None else p_value), doubt


def held_by_draws(
    estimate: _Estimate,
    transfer: Transfer,
    plugin: float,
    left: tuple[FloatArray, FloatArray] | None,
) -> _Estimate:
    """Test again, as `doubted_p_value` does; what is no evidence by the F test stays as it is."""
    if left is None or estimate.p_value is None or estimate.p_value > NO_EVIDENCE:
        return estimate
    p_value, doubt = doubted_p_value(estimate.p_value, plugin, left, transfer, "n_permutations")
    if doubt is None and (estimate.p_value if p_value is None else p_value) <= NO_EVIDENCE:
        doubt = transfer.drifting()
    if doubt is not None:
        warn(doubt, ApproximationWarning)
    if p_value is None:
        return estimate
    return replace(estimate, p_value=p_value, law=LawWithTest(estimate.law, p_value))


def doubt_of_shifts(
    source: Signal, target: Signal, trials: Trials, turn: int | None, past: int = 0
) -> str | None:
    """Say that a series is short beside what source and target remember; None where it is not.

    ``turn`` is what `whole_cycles` says of them, ``past`` how far `series_surrogates` looks back.
    """
    # Trials are shifted one by one: their shifts combine to many that differ.
    if trials.named:
        return None
    n_steps, memory = source.n_steps, shared_memory(memory_column(source), memory_column(target))
    if n_steps >= _FEWEST_OF_SHIFTS * memory:
        return None
    # A cycle is remembered for ever, and shifts by its phases are all that there are: independent
    # waves of 12 steps upon autoregressions of .95, 300 steps, are rejected .04 by them at 5 %.
    if turn is not None and turn >= least_turn(past):
        return None
    return (
        f"shifts of {n_steps} steps are much alike where the summed autocorrelation of source and "
        f"target is {memory:.3g} steps ({_FEWEST_OF_SHIFTS:.0f} times as many steps are wanted): "
        "the p-value is uncertain; take a longer series, or trials"
    )


def warn_of_surrogates(
    kind: str, source: Signal, target: Signal, trials: Trials, turn: int | None, past: int
) -> bool:
    """Warn where surrogates of a kind do not have what source and target remember: tell whether."""
    doubt = None
    if kind == "shift":
        doubt = doubt_of_shifts(source, target, trials, turn, past)
    elif kind in _OUT_OF_PHASE and turn is not None:
        doubt = (
            f"{kind} surrogates lose the phase of the cycle that source and target have in common "
            "and that does not fade, and their p-value is too small: take surrogates='shift', "
            "which keeps whole cycles"
        )
    if doubt is not None:
        warn(doubt, ApproximationWarning)
    return doubt is not None


def doubt_of_short_series(
    test: str, source: Signal, target: Signal, other_test: str | None = None
) -> str:
    """Say that a test rejects too often of series that are short beside what they remember."""
    n_steps, memory = source.n_steps, shared_memory(memory_column(source), memory_column(target))
    return (
        f"{test} of {n_steps} steps rejects too often where the summed autocorrelation of source "
        f"and target is {memory:.3g} steps ({_FEWEST_OF_F_TEST:.0f} times as many steps are "
        "wanted), and the steps with a whole past are too few for a model of what they remember: "
        "take a longer series" + (f", or {other_test}" if other_test else "")
    )


@dataclass(frozen=True, slots=True)
class LawWithTest:
    """Interval of another law, which holds 0 where a test does not reject it."""

    law: IntervalLaw
    p_value: float

    @property
    def name(self) -> str:
        """Name of the law."""
        return self.law.name

    def interval(self, value: float, standard_error: float, level: float) -> tuple[float, float]:
        """Return the ends of the interval."""
        low, high = self.law.interval(value, standard_error, level)
        return (0.0 if self.p_value > 0.5 - level / 2.0 else low), high

"""Tests of Gaussian transfer that hold where source and target remember for long."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from infotheory._typing import FloatArray, IntArray
from infotheory._warnings import warn
from infotheory.estimation._permutations import gamma_p_value
from infotheory.estimation.series.embedding import Lagged
from infotheory.estimation.series.memory.linear_model import (
    PairWithoutTransfer,
    informations_of_draws,
)
from infotheory.estimation.series.memory.long_run import shared_memory
from infotheory.estimation.series.signals import Signal, Trials
from infotheory.exceptions import ApproximationWarning
from infotheory.inference import Estimate
from infotheory.laws import IntervalLaw

__all__ = [
    "FEWEST_OF_SHIFTS",
    "NO_EVIDENCE",
    "LawWithTest",
    "Transfer",
    "held_by_draws",
    "is_remembered",
    "is_short",
    "warn_of_few_steps",
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
FEWEST_OF_SHIFTS = 20.0

#: Pairs of series that are drawn without transfer.
_DRAWS = 199
#: Memory of residuals that is noise: so much, and so many of its standard errors. With two of them
#: noisy series of 300 and 1000 steps were rejected .11 and .08 at 5 %.
_MOST_MEMORY, _ERRORS_OF_MEMORY = 0.05, 0.5
#: The same pairs are drawn for the same data.
_SEED = 20240531


def is_short(n_steps: int, source: FloatArray, target: FloatArray) -> bool:
    """Tell whether a series is too short beside what source and target remember for the F test."""
    return n_steps < _FEWEST_OF_F_TEST * shared_memory(source, target)


def is_remembered(source: FloatArray, target: FloatArray) -> bool:
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
        return is_short(self.source.n_steps, self.source.memory_column, self.target.memory_column)

    def p_value(self, plugin: float) -> float | None:
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
        drawn = [
            informations_of_draws(
                pair.draw(min(at_once, _DRAWS - first), rng),
                pair.n_target,
                self.steps,
                self.past,
                self.given,
                self.source_lags,
            )
            for first in range(0, _DRAWS, at_once)
        ]
        size = 2.0 * self.steps.size
        return gamma_p_value(size * plugin, size * np.concatenate(drawn))


def held_by_draws(
    estimate: _Estimate,
    transfer: Transfer,
    plugin: float,
    left: tuple[FloatArray, FloatArray] | None,
) -> _Estimate:
    """Test again by draws where source and target remember for too long for the F test.

    ``left`` is what the past leaves of source and target.
    """
    by_f_test = estimate.p_value
    if left is None or by_f_test is None or by_f_test > NO_EVIDENCE:
        return estimate
    short = transfer.is_short
    if not (short or is_remembered(*left)):
        return estimate
    drawn = transfer.p_value(plugin)
    if drawn is None:
        if short:
            warn_of_few_steps(transfer.source, transfer.target, _FEWEST_OF_F_TEST, "the F test")
        return estimate
    p_value = max(drawn, by_f_test)
    return replace(estimate, p_value=p_value, law=LawWithTest(estimate.law, p_value))


def warn_of_few_steps(source: Signal, target: Signal, fewest: float, test: str) -> None:
    """Warn where a series is short beside what source and target remember."""
    n_steps, memory = source.n_steps, shared_memory(source.memory_column, target.memory_column)
    if n_steps >= fewest * memory:
        return
    fault = f"shifts of {n_steps} steps are much alike"
    way_out = "the p-value is uncertain; take a longer series, or trials"
    if test != "shifts":
        fault = f"{test} of {n_steps} steps rejects too often"
        way_out = "take a longer series, or n_permutations"
    message = (
        f"{fault} where the summed autocorrelation of source and target is {memory:.3g} steps "
        f"({fewest:.0f} times as many steps are wanted): {way_out}"
    )
    warn(message, ApproximationWarning)


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

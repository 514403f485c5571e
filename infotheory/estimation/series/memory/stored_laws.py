"""Intervals of what Gaussian series store, where their memory is long beside their steps.

The variance of a series that wanders is seen too small, and what the past tells with it: of AR(1)
series of .9 to .98 and 200 to 1000 steps the interval of independent steps covered .73 to .87.
Series of a linear model with the same memory show how far off the value is, and how far it spreads.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Protocol, TypeVar

import numpy as np

from infotheory._typing import FloatArray
from infotheory._warnings import warn
from infotheory.estimation.measurements._gaussian import scores_of_draws
from infotheory.estimation.measurements.continuous import GAUSSIAN_METHODS
from infotheory.estimation.series.embedding import Embedding
from infotheory.estimation.series.memory.linear_model import (
    PairWithoutTransfer,
    informations_of_draws,
)
from infotheory.estimation.series.memory.long_run import memory_column, shared_memory
from infotheory.estimation.series.memory.transfer_draws import LawWithTest
from infotheory.estimation.series.signals import Signal, Trials
from infotheory.exceptions import WithheldWarning
from infotheory.laws import IntervalLaw, WithheldLaw, two_sided_quantile

__all__ = ["StoredLaw", "with_stored_law"]


class _HasLaw(Protocol):
    """An information with its test and the law of its interval."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def p_value(self) -> float | None: ...

    @property
    def local(self) -> FloatArray: ...


_Information = TypeVar("_Information", bound=_HasLaw)

#: Memory below which the law of independent steps does where there is no model, and steps in its
#: units from which a series is long: ranks, whose law wanders as a whole, need more of them. AR(1)
#: of .4 and 80 steps, of a memory of 1.4, covered .90 by that law.
_LEAST_MEMORY = 2.0
_LONG, _LONG_FOR_RANKS = 100.0, 400.0
#: Steps in its units below which it is not known: AR(1) of .98 and 200 steps covered .87.
_FEWEST = 7.0
#: Series that are drawn from each model, the same for the same data.
_DRAWS, _SEED = 99, 20240531
#: Models with more and less memory than that of the series: angles apart, in units of 1 / sqrt(n).
_APART = (-3.0, -1.5, 0.0, 1.5, 3.0)
#: Angles that are one.
_SAME_ANGLE = 1e-3


@dataclass(frozen=True, slots=True)
class StoredLaw:
    """Interval of the angle whose cosine is ``exp(-I)``, between models that would show it.

    For one lag it is the arcsine of the correlation, which varies nearly alike whatever the
    correlation of an autoregression is. A right angle is an infinite information.
    """

    # The angle that was seen
    angle: float
    # Angles of models, and the mean and deviation of the angle that their draws show
    angles: tuple[float, ...]
    means: tuple[float, ...]
    errors: tuple[float, ...]
    # One nat in the unit of the interval
    nat: float
    name: str = field(default="angles of models", init=False)

    def interval(self, value: float, standard_error: float, level: float) -> tuple[float, float]:
        """Return the ends of the interval; the value and its standard error play no part."""
        reach = two_sided_quantile(level)
        return self._end(reach), self._end(-reach)

    def _end(self, reach: float) -> float:
        """Information of the model that shows the angle so many deviations below what it saw."""
        shown = np.array(self.means) + reach * np.array(self.errors)
        angles = np.array(self.angles)
        # Between two models by a line, which goes on beyond the last ones.
        above = int(np.clip(np.searchsorted(shown, self.angle), 1, shown.size - 1))
        slope = (angles[above] - angles[above - 1]) / (shown[above] - shown[above - 1])
        angle = float(angles[above] + slope * (self.angle - shown[above]))
        if angle >= 0.5 * math.pi:
            return math.inf
        return -self.nat * math.log(math.cos(max(0.0, angle)))


def with_stored_law(
    found: _Information,
    signal: Signal,
    trials: Trials,
    rows: Embedding,
    now: Sequence[int],
    past: Sequence[int],
    method: str,
    unit: float,
) -> _Information:
    """Give what Gaussian series store the error and the law of draws where their memory is long.

    ``now`` and ``past`` are the lags of the two blocks of steps.
    """
    if method not in GAUSSIAN_METHODS:
        return found
    ranks, column = method == "gaussian_copula", memory_column(signal)
    # Beside itself: squares of autocorrelations are what the variance of its covariance grows by.
    memory = shared_memory(column, column)
    long = (_LONG_FOR_RANKS if ranks else _LONG) * memory
    if signal.n_steps >= long:
        return found
    model = PairWithoutTransfer.fit(signal, None, (), trials, max(past))
    if model is None and memory < _LEAST_MEMORY:
        return found
    if model is None or signal.n_steps < _FEWEST * memory:
        return _withheld(found, signal.n_steps, memory)

    by_model = [
        _angles_of(model.with_memory(apart / math.sqrt(rows.n_rows)), rows, now, past, ranks=ranks)
        for apart in _APART
    ]
    # Near a unit root several models are one, and means of draws need not grow.
    nodes = [by_model[0]]
    for one in by_model[1:]:
        if all(one[i] > nodes[-1][i] + _SAME_ANGLE for i in range(2)):
            nodes.append(one)
    if len(nodes) < 2:
        return _withheld(found, signal.n_steps, memory)
    angles, means, errors = zip(*nodes, strict=True)
    plugin = float(found.local.mean())
    angle = math.acos(math.exp(-max(plugin, 0.0)))
    # What a step of the angle is in the information is its tangent.
    error = float(np.interp(angle, means, errors)) * math.tan(min(angle, means[-1]))
    law: IntervalLaw = StoredLaw(angle, angles, means, errors, 1.0 / unit)
    if found.p_value is not None:
        law = LawWithTest(law, found.p_value)
    return replace(found, standard_error=error, law=law)


def _withheld(found: _Information, n_steps: int, memory: float) -> _Information:
    """Withhold the interval where a series is too short beside what it remembers."""
    reason = (
        f"{n_steps} steps of a series with a summed squared autocorrelation of {memory:.3g} steps: "
        f"the interval of what it stores needs {_FEWEST:.0f} times as many; take a longer series"
    )
    warn(reason, WithheldWarning)
    return replace(found, law=WithheldLaw(reason))


def _angles_of(
    model: PairWithoutTransfer,
    rows: Embedding,
    now: Sequence[int],
    past: Sequence[int],
    *,
    ranks: bool,
) -> tuple[float, float, float]:
    """Return the angle of a model, and the mean and deviation of what its draws show."""
    width, rng = model.n_target, np.random.default_rng(_SEED)
    truth = _information(model.covariances(max(past) + 1), width, now, past)
    at_once = model.draws_at_once(2 * width * (len(now) + len(past)))
    drawn = np.concatenate(
        [
            _stored(model.draw(min(at_once, _DRAWS - first), rng), rows, now, past, ranks=ranks)
            for first in range(0, _DRAWS, at_once)
        ]
    )
    angles = np.arccos(np.exp(-np.maximum(drawn, 0.0)))
    return math.acos(math.exp(-truth)), float(angles.mean()), float(angles.std(ddof=1))


def _stored(
    drawn: FloatArray,
    rows: Embedding,
    now: Sequence[int],
    past: Sequence[int],
    *,
    ranks: bool,
) -> FloatArray:
    """Return the plug-in of each draw."""
    if ranks:
        columns = np.ascontiguousarray(np.swapaxes(drawn, 1, 2))
        drawn = np.swapaxes(scores_of_draws(columns), 1, 2)
    none = np.empty((rows.n_rows, 0))
    # The past of a series is a source of its own.
    return informations_of_draws(drawn, drawn, rows.steps, (), none, [past], now)


def _information(
    covariance: FloatArray, width: int, now: Sequence[int], past: Sequence[int]
) -> float:
    """Information of two groups of lags of a process."""

    def log_volume(lags: Sequence[int]) -> float:
        at = [lag * width + column for lag in lags for column in range(width)]
        return float(np.linalg.slogdet(covariance[np.ix_(at, at)])[1])

    return 0.5 * (log_volume(now) + log_volume(past) - log_volume([*now, *past]))

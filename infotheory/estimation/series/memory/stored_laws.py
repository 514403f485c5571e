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
from scipy import special

from infotheory._later import stats
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
#: Steps in its units below which no interval is shown, few: where half of the samples are, those
#: that are left look short of memory, and of AR(1) of .98 and 200 steps .93 of those above 7 and
#: .87 of those above 9 were covered, of all .96.
_FEWEST = 4.0
#: Series that are drawn from each model, the same for the same data.
_DRAWS, _SEED = 99, 20240531
#: Models with more and less memory than that of the series: angles apart, in units of 1 / sqrt(n).
_APART = (-3.0, -1.5, 0.0, 1.5, 3.0)
#: P-value of independent steps below which the sign of their correlation is told.
_TOLD = 0.05
#: Why there is no interval of a series that is long enough.
_NO_MODEL = (
    "the steps with a whole past are too few for a model of what the series remembers, between "
    "which the interval of what it stores lies: take a longer series, or one with fewer gaps"
)
_ONE_MODEL = (
    "the series remembers as a random walk does, and models with more and less memory cannot be "
    "told apart, between which the interval of what it stores lies: take a longer series, or its "
    "changes (np.diff)"
)
#: Angles that are one.
_SAME_ANGLE = 1e-3


@dataclass(frozen=True, slots=True)
class StoredLaw:
    """Interval of the angle whose cosine is ``exp(-I)``, between models that would show it.

    For one lag it is the arcsine of the correlation, which varies nearly alike whatever the
    correlation of an autoregression is. A right angle is an infinite information.
    """

    # Angles of models, which grow, and normal deviates of what was seen in them, which fall
    angles: tuple[float, ...]
    deviates: tuple[float, ...]
    # One nat in the unit of the interval
    nat: float
    name: str = field(default="angles of models", init=False)

    def interval(self, value: float, standard_error: float, level: float) -> tuple[float, float]:
        """Return the ends of the interval; the value and its standard error play no part."""
        reach = two_sided_quantile(level)
        return self._end(reach), self._end(-reach)

    def _end(self, deviate: float) -> float:
        """Information of the model in which what was seen has a normal deviate."""
        angles, falls = np.array(self.angles), -np.array(self.deviates)
        # Between two models by a line, which goes on beyond the last ones.
        above = int(np.clip(np.searchsorted(falls, -deviate), 1, falls.size - 1))
        slope = (angles[above] - angles[above - 1]) / (falls[above] - falls[above - 1])
        angle = float(angles[above] - slope * (deviate + falls[above]))
        if angle >= 0.5 * math.pi:
            return math.inf
        return -self.nat * math.log(math.cos(max(0.0, angle)))


@dataclass(frozen=True, slots=True)
class _EitherLaw:
    """Interval that reaches as far as either of two laws."""

    first: StoredLaw
    second: StoredLaw
    name: str = field(default="angles of models", init=False)

    def interval(self, value: float, standard_error: float, level: float) -> tuple[float, float]:
        """Return the ends of the interval."""
        ends = [one.interval(value, standard_error, level) for one in (self.first, self.second)]
        return min(low for low, _ in ends), max(high for _, high in ends)


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
    model = PairWithoutTransfer.fit(signal, None, (), trials, max(past), sparing=True)
    if model is None and memory < _LEAST_MEMORY:
        return found
    is_short = signal.n_steps < _FEWEST * memory
    if model is None or is_short:
        return _withheld(found, _too_short(signal.n_steps, memory) if is_short else _NO_MODEL)

    angle = math.acos(math.exp(-max(float(found.local.mean()), 0.0)))
    models = _shown_by_models(model, rows, now, past, ranks=ranks)
    first = _law_of_models(models, angle, unit)
    if first is None:
        return _withheld(found, _ONE_MODEL)
    law: IntervalLaw = first
    # Where steps may be independent nothing tells whether they follow each other or turn back, and
    # what follows is seen too short.
    if found.p_value is None or found.p_value > _TOLD:
        mirrored = _shown_by_models(model.mirrored(), rows, now, past, ranks=ranks)
        other = _law_of_models(mirrored, angle, unit)
        law = first if other is None else _EitherLaw(first, other)
    # What a step of the angle is in the information is its tangent.
    means, errors = np.array([(one.mean, one.error) for one in models]).T
    error = float(np.interp(angle, means, errors)) * math.tan(min(angle, means[-1]))
    if found.p_value is not None:
        law = LawWithTest(law, found.p_value)
    return replace(found, standard_error=error, law=law)


@dataclass(frozen=True, slots=True)
class _Shown:
    """Angle of a model, and of what its draws show the mean, deviation, and law of the square."""

    angle: float
    mean: float
    error: float
    # A scale times a non-central chi-square, of so many degrees of freedom
    scale: float
    freedom: float
    excess: float

    def deviate(self, seen: float) -> float:
        """Return the normal deviate of an angle that was seen."""
        square = seen**2 / self.scale
        below = float(stats.ncx2.cdf(square, self.freedom, self.excess))
        above = float(stats.ncx2.sf(square, self.freedom, self.excess))
        # The smaller tail has the digits.
        limit = float(np.finfo(np.float64).tiny)
        if below < above:
            return float(special.ndtri(max(below, limit)))
        return -float(special.ndtri(max(above, limit)))


def _shown_by_models(
    model: PairWithoutTransfer,
    rows: Embedding,
    now: Sequence[int],
    past: Sequence[int],
    *,
    ranks: bool,
) -> list[_Shown]:
    """Return what models with more and less memory show, as long as they are not one."""
    found: list[_Shown] = []
    for apart in _APART:
        moved = model.with_memory(apart / math.sqrt(rows.n_rows))
        one = _shown_by(moved, rows, now, past, ranks=ranks)
        # Near a unit root several models are one, and means of draws need not grow.
        last = found[-1] if found else None
        if last is None or min(one.angle - last.angle, one.mean - last.mean) > _SAME_ANGLE:
            found.append(one)
    return found


def _law_of_models(models: Sequence[_Shown], seen: float, unit: float) -> StoredLaw | None:
    """Return the law of an angle that was seen; None where all models are one."""
    nodes: list[tuple[float, float]] = []
    for one in models:
        deviate = one.deviate(seen)
        # More memory with a wider law may put what was seen no further below.
        if not nodes or deviate < nodes[-1][1]:
            nodes.append((one.angle, deviate))
    if len(nodes) < 2:
        return None
    angles, deviates = zip(*nodes, strict=True)
    return StoredLaw(angles, deviates, 1.0 / unit)


def _too_short(n_steps: int, memory: float) -> str:
    """Say how short a series is beside what it remembers."""
    return (
        f"{n_steps} steps of a series with a summed squared autocorrelation of {memory:.3g} steps: "
        f"the interval of what it stores needs {_FEWEST:.0f} times as many; take a longer series"
    )


def _withheld(found: _Information, reason: str) -> _Information:
    """Withhold the interval for a reason, with a warning."""
    warn(reason, WithheldWarning)
    return replace(found, law=WithheldLaw(reason))


def _shown_by(
    model: PairWithoutTransfer,
    rows: Embedding,
    now: Sequence[int],
    past: Sequence[int],
    *,
    ranks: bool,
) -> _Shown:
    """Return what the draws of a model show."""
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
    # Of an angle near 0 the sign is lost, and of several correlations their directions: squares are
    # non-central chi-squares, with the mean and variance of those of the draws.
    squares = angles**2
    mean, variance = float(squares.mean()), float(squares.var(ddof=1))
    freedom = float(width**2 * len(now) * len(past))
    left = mean**2 - 0.5 * freedom * variance
    if left > 0.0:
        scale = (mean - math.sqrt(left)) / freedom
        excess = mean / scale - freedom
    else:
        scale, excess = 0.5 * variance / mean, 0.0
        freedom = mean / scale
    return _Shown(
        math.acos(math.exp(-truth)),
        float(angles.mean()),
        float(angles.std(ddof=1)),
        scale,
        freedom,
        excess,
    )


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

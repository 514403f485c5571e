"""Series that have the memory of a source and no relation to the target, and what they say."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from infotheory._codes import Codes
from infotheory._random import Rng
from infotheory._typing import ArrayLike, FloatArray, IntArray
from infotheory._validation import check_option
from infotheory.estimation._permutations import (
    FEWEST_SHIFTS,
    StrataShuffle,
    least_turn,
    permutation_p_value,
    shift_beyond,
    surrogate_values,
)
from infotheory.estimation.measurements._local_permutation import LocalPermutation
from infotheory.estimation.measurements._scaling import standardized
from infotheory.estimation.series.signals import Signal, Trials

__all__ = [
    "ROW_SURROGATES",
    "SURROGATES",
    "CallerSurrogates",
    "Null",
    "Surrogates",
    "draw_null",
    "permuted_steps",
    "row_order",
    "series_surrogates",
]

SURROGATES = ("auto", "shift", "trials", "block", "iaaft", "strata", "local")
#: Those that permute embedded rows rather than steps of the source.
ROW_SURROGATES = ("strata", "local")

#: Trials that are enough to tell by their permutations.
_MANY_TRIALS = 10
#: Rounds of the amplitude-adjusted transform: it hardly moves after ten.
_ROUNDS = 15
#: Neighbours in the past among which a local permutation draws.
_LOCAL_NEIGHBORS = 5


class Surrogates(Protocol):
    """A way to draw surrogates of a source."""

    @property
    def name(self) -> str:
        """What they are called."""

    def draw(self, source: Signal, rng: np.random.Generator) -> Signal:
        """Draw one."""


def series_surrogates(
    surrogates: str,
    trials: Trials,
    past: int,
    turn: int | None = None,
    *,
    too_short: str = "take surrogates='block', or longer ones",
) -> Surrogates:
    """Return what draws surrogates of the source as a whole.

    Of a series with cycles the first ``turn`` steps are rolled, after which it is where it began.
    Series that are too short to be shifted are refused, with the way out of the caller.
    """
    check_option("surrogates", surrogates, SURROGATES)
    if surrogates == "auto":
        # Only their permutation holds where trials share an evoked response: it rejects .07 at .05,
        # shifts inside trials nearly always.
        surrogates = "trials" if trials.lengths.size >= _MANY_TRIALS else "shift"
    if surrogates == "trials":
        return _TrialPermutation(trials)
    if surrogates == "shift":
        return _Shift(trials, past, turn, too_short)
    return _Block(trials) if surrogates == "block" else _Iaaft(trials)


def permuted_steps(trials: Trials, rng: np.random.Generator) -> IntArray:
    """Return an order in which the steps of each trial are permuted."""
    keys = rng.random(int(trials.starts[-1]))
    return np.lexsort((keys, trials.number))


class _TrialPermutation:
    """The source of one trial beside the target of another."""

    name = "trials"

    def __init__(self, trials: Trials) -> None:
        lengths = trials.lengths
        if lengths.size < 2 or (lengths != lengths[0]).any():
            message = (
                "surrogates='trials' must have two trials or more of one length, got "
                f"{lengths.size} of {lengths.min()} to {lengths.max()} steps; cut them to one "
                "length, or take surrogates='shift' or 'block'"
            )
            raise ValueError(message)
        self._steps = np.arange(int(trials.starts[-1])).reshape(lengths.size, -1)

    def draw(self, source: Signal, rng: np.random.Generator) -> Signal:
        return source.take(self._steps[rng.permutation(len(self._steps))].ravel())


class _Shift:
    """Each trial rolled by a random number of steps: all memory but one seam stays."""

    name = "shift"

    def __init__(self, trials: Trials, past: int, turn: int | None, too_short: str) -> None:
        shortest = shift_beyond(past)
        self._trials, self._shortest = trials, shortest
        # Whole cycles that leave too few shifts are no reason to refuse a series.
        whole = turn is not None and turn >= least_turn(past)
        self._lengths = np.array([turn]) if whole else trials.lengths

        # Shifts that are long enough either way, of all trials together: each has its own.
        least = int(self._lengths.min())
        n_shifts = float(np.prod(np.maximum(self._lengths - 2.0 * shortest + 1.0, 0.0)))

        # None at all is the case of the message below.
        if 0.0 < n_shifts < FEWEST_SHIFTS:
            message = (
                f"surrogates='shift' must have {FEWEST_SHIFTS} different shifts or more, got "
                f"{n_shifts:.0f} by at least {shortest} steps either way in {trials.lengths.size} "
                f"stretch(es) of {least} steps and more; {too_short}"
            )
            raise ValueError(message)

        if least < 2 * shortest:
            what = "trials" if trials.named else "a series"
            message = (
                f"surrogates='shift' must have {what} of at least {2 * shortest} steps, got "
                f"{least}: what is moved by less than {shortest} steps still knows the target; "
                f"{too_short}"
            )
            raise ValueError(message)

    def draw(self, source: Signal, rng: np.random.Generator) -> Signal:
        lengths, number = self._lengths, self._trials.number
        shifts = rng.integers(self._shortest, lengths - self._shortest, endpoint=True)
        # What leaves a trial at its end comes back at its start.
        place = (self._trials.place - shifts[number]) % lengths[number]
        return source.take(self._trials.starts[number] + place)


class _Block:
    """Blocks of ``2 sqrt(n)`` steps, cut at a random place, in another order inside each trial."""

    name = "block"

    def __init__(self, trials: Trials) -> None:
        self._trials = trials

    def draw(self, source: Signal, rng: np.random.Generator) -> Signal:
        parts = []
        for start, length in zip(self._trials.starts, self._trials.lengths, strict=False):
            size = int(np.ceil(2.0 * np.sqrt(length)))
            first = int(rng.integers(1, size, endpoint=True))
            blocks = np.split(np.arange(length), np.arange(first, length, size))
            parts += [start + blocks[i] for i in rng.permutation(len(blocks))]
        return source.take(np.concatenate(parts))


class _Iaaft:
    """Series of the same values and nearly the same spectrum.

    Schreiber and Schmitz 1996, doi:10.1103/PhysRevLett.77.635.
    """

    name = "iaaft"

    def __init__(self, trials: Trials) -> None:
        self._trials = trials

    def draw(self, source: Signal, rng: np.random.Generator) -> Signal:
        if source.n_levels or source.values.shape[1] > 1 or source.missing.any():
            message = (
                "surrogates='iaaft' must have one column of measurements without missing values, "
                f"got {'labels' if source.n_levels else source.values.shape[1]}"
                f"{'' if source.n_levels else ' columns'}, {int(source.missing.sum())} steps "
                "missing; take surrogates='shift' or 'block'"
            )
            raise ValueError(message)
        parts = np.split(np.asarray(source.values[:, 0]), self._trials.starts[1:-1])
        values = np.concatenate([_amplitude_adjusted(part, rng) for part in parts])
        return Signal(values[:, None], source.missing)


def _amplitude_adjusted(series: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Give a permuted series the spectrum of the original, then its values again, in turns."""
    ordered, amplitudes = np.sort(series), np.abs(np.fft.rfft(series))
    drawn = rng.permutation(series)
    for _ in range(_ROUNDS):
        waves = np.fft.rfft(drawn)
        size = np.abs(waves)
        # A wave that the permuted series lacks has no phase, and stays out.
        waves *= np.where(size > 0.0, amplitudes / np.where(size > 0.0, size, 1.0), 0.0)
        ranks = np.argsort(np.fft.irfft(waves, series.size), kind="stable")
        drawn = np.empty(series.size)
        drawn[ranks] = ordered
    return drawn


@dataclass(frozen=True, slots=True, eq=False)
class CallerSurrogates:
    """What the caller draws from the series as they gave it."""

    function: Callable[[Any, np.random.Generator], ArrayLike]
    read: Callable[[ArrayLike], Signal]
    raw: Any
    name: str = "of the caller"

    def draw(self, source: Signal, rng: np.random.Generator) -> Signal:
        """Draw one, and read it as the source was read."""
        # A copy: the function may write into what it gets.
        drawn = self.read(self.function(self.raw.copy(), rng))
        if drawn.values.shape != source.values.shape:
            message = (
                f"surrogates must return a series like the source, of shape {self.raw.shape}, got "
                f"{drawn.n_steps} steps of {drawn.values.shape[1]} columns"
            )
            raise ValueError(message)
        return drawn


@dataclass(frozen=True, slots=True, eq=False)
class Null:
    """Values of surrogates in nats."""

    values: FloatArray
    observed: float

    @property
    def p_value(self) -> float:
        """Share of the values, the observed one among them, that reach it."""
        return permutation_p_value(self.observed, self.values)


def draw_null(
    value: Callable[[np.random.Generator], float], observed: float, n: int, rng: Rng, workers: int
) -> Null:
    """Evaluate surrogates, each with a stream of its own: the same for any number of workers."""
    return Null(surrogate_values(value, n, rng, workers), observed)


def row_order(kind: str, condition: Any) -> Callable[[np.random.Generator], Any]:
    """Return what draws an order of embedded rows, in which those of one past change places."""
    if isinstance(condition, Codes):
        # Labels have no neighbours but the steps of the same past: "local" is "strata" for them.
        return StrataShuffle(condition).draw
    if kind == "strata":
        message = (
            "surrogates='strata' must have labels, whose pasts occur several times, got "
            "measurements; take surrogates='shift' or 'local'"
        )
        raise ValueError(message)
    return LocalPermutation(standardized(condition), _LOCAL_NEIGHBORS).draw

"""The steps whose whole past was seen, and the columns of that past."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from infotheory._codes import Codes, joint_codes
from infotheory._typing import ArrayLike, BoolArray, CodeArray, FloatArray, IntArray
from infotheory._validation import as_array, check_integer
from infotheory.estimation.series.signals import Signal, Trials

__all__ = ["Embedding", "Lagged", "embed", "lags_before", "read_conditions", "read_lags"]


@dataclass(frozen=True, slots=True, eq=False)
class Lagged:
    """A signal at some steps before each step."""

    # The process
    signal: Signal
    # How many steps before, 0 for the step itself
    lags: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Embedding:
    """Steps at which all that is looked at lies in one trial and nothing is missing."""

    # Places in the series, increasing: a range where they follow one another, which holds nothing
    places: IntArray | range
    # Number of the trial of each; None where there are no trials
    trials: IntArray | None

    @property
    def n_rows(self) -> int:
        """Number of steps."""
        return len(self.places)

    @property
    def steps(self) -> IntArray:
        """Places in the series, of shape (n_rows,)."""
        if isinstance(self.places, range):
            return np.arange(self.places.start, self.places.stop)
        return self.places

    @property
    def one_run(self) -> bool:
        """Whether the steps follow one another without a gap, in no trials."""
        return self.trials is None and isinstance(self.places, range)

    @property
    def has_gaps(self) -> bool:
        """Whether steps between the first and the last are left out, of no trials."""
        return self.trials is None and not isinstance(self.places, range)

    def laid_out(self, columns: FloatArray) -> FloatArray:
        """Return columns of the rows in time, with their means at the steps of gaps."""
        if not self.has_gaps:
            return columns
        steps = self.steps - self.steps[0]
        laid = np.tile(columns.mean(axis=0), (int(steps[-1]) + 1, 1))
        laid[steps] = columns
        return laid

    def take(self, which: BoolArray) -> Self:
        """Return some of the steps."""
        return replace(
            self,
            places=self.steps[which],
            trials=None if self.trials is None else self.trials[which],
        )

    def matrix(self, parts: Sequence[Lagged]) -> FloatArray:
        """Return measurements as columns, lag after lag."""
        steps = self.steps
        columns = [part.signal.values[steps - lag] for part in parts for lag in part.lags]
        if not columns:
            return np.empty((self.n_rows, 0))
        return np.asarray(np.hstack(columns), dtype=np.float64)

    def codes(self, parts: Sequence[Lagged]) -> Codes:
        """Return labels as the joint code of all lags."""
        columns = [
            replace(codes, index=self._before(codes.index, lag))
            for part, codes in ((part, part.signal.codes()) for part in parts)
            for lag in part.lags
        ]
        if not columns:
            return Codes(np.zeros(self.n_rows, dtype=np.intp), 1)
        return joint_codes(*columns)

    def _before(self, series: CodeArray, lag: int) -> CodeArray:
        """Return what was so many steps before; where nothing is left out, without a copy."""
        if isinstance(self.places, range):
            return series[self.places.start - lag : self.places.stop - lag]
        return series[self.places - lag]


def read_lags(name: str, lags: Any, low: int) -> tuple[int, ...]:
    """Read one lag or several."""
    if isinstance(lags, str) or not np.iterable(lags):
        check_integer(name, lags, low=low)
        return (int(lags),)
    several = tuple(lags)
    if not several:
        message = f"{name} must be a whole number or a sequence of some, got an empty one"
        raise ValueError(message)
    for one in several:
        check_integer(f"each {name}", one, low=low)
    return tuple(dict.fromkeys(int(one) for one in several))


def lags_before(first: int, count: int, step: int, trials: Trials) -> tuple[int, ...]:
    """List ``count`` lags from the first on, ``step`` apart."""
    _check_reach(first + (count - 1) * step, trials)
    return tuple(first + i * step for i in range(count))


def _check_reach(longest: int, trials: Trials) -> None:
    if int(trials.lengths.max()) <= longest:
        what = "some trial" if trials.named else "a series"
        message = (
            f"{what} must be longer than the {longest} steps of its past, got "
            f"{int(trials.lengths.max())} steps"
        )
        raise ValueError(message)


def read_conditions(
    read: Callable[..., Signal], conditions: ArrayLike | None, condition_lags: Any
) -> tuple[Lagged, ...]:
    """Read each column of the conditions, with its lags, as ``read`` reads a series."""
    if conditions is None:
        return ()
    array = as_array("conditions", conditions)
    if array.ndim == 1 or not array.size:
        columns = [conditions]
    else:
        columns = [array[:, j] for j in range(array.shape[1])]

    whole = isinstance(condition_lags, str) or not np.iterable(condition_lags)
    each = [condition_lags] if whole else list(condition_lags)
    # Sequences inside are one a column; one lag or a flat sequence is that of every column.
    nested = bool(each) and all(np.iterable(one) and not isinstance(one, str) for one in each)
    if nested and len(each) != len(columns):
        message = (
            f"condition_lags must have one sequence for each of {len(columns)} columns, got "
            f"{len(each)}"
        )
        raise ValueError(message)
    of_columns = each if nested else [condition_lags] * len(columns)
    return tuple(
        Lagged(
            # A column is a series of its own, never a component of a state.
            read("conditions", column, joint=True),
            read_lags("condition_lags", lags, low=0),
        )
        for column, lags in zip(columns, of_columns, strict=True)
    )


def embed(parts: Sequence[Lagged], trials: Trials) -> Embedding:
    """Find the steps whose past was seen."""
    longest = max(lag for part in parts for lag in part.lags)
    _check_reach(longest, trials)

    # Without trials and gaps no step needs to be looked at, or to be listed.
    run = range(longest, int(trials.starts[-1]))
    has_gaps = any(part.signal.missing.any() for part in parts)
    if not (trials.named or has_gaps):
        return Embedding(run, None)
    seen = np.flatnonzero(trials.place >= longest) if trials.named else np.asarray(run)
    for part in parts:
        # Steps that touch a gap are left out and none is closed up, which would change the lags:
        # with 20 % of the steps lost a transfer of .092 was estimated as .080 that way.
        if part.signal.missing.any():
            for lag in part.lags:
                seen = seen[~part.signal.missing[seen - lag]]
    if not seen.size:
        message = (
            f"some step must have no missing value in its past of {longest} steps, got none; take "
            "fewer lags"
        )
        raise ValueError(message)
    if trials.named:
        return Embedding(seen, trials.number[seen])
    first, last = int(seen[0]), int(seen[-1])
    return Embedding(range(first, last + 1) if last - first < seen.size else seen, None)

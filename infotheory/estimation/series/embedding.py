"""The steps whose whole past was seen, and the columns of that past."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from infotheory._codes import Codes, joint_codes
from infotheory._typing import BoolArray, CodeArray, FloatArray, IntArray
from infotheory.estimation.series.signals import Signal, Trials

__all__ = ["Embedding", "Lagged", "embed", "lags_before"]


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

    # Places in the series, increasing, of shape (n_rows,)
    steps: IntArray
    # Number of the trial of each; None where there are no trials
    trials: IntArray | None

    @property
    def one_run(self) -> bool:
        """Whether the steps follow one another without a gap, in no trials."""
        return self.trials is None and int(self.steps[-1] - self.steps[0]) + 1 == self.steps.size

    def take(self, which: BoolArray) -> Self:
        """Return some of the steps."""
        return replace(
            self,
            steps=self.steps[which],
            trials=None if self.trials is None else self.trials[which],
        )

    def matrix(self, parts: Sequence[Lagged]) -> FloatArray:
        """Return measurements as columns, lag after lag."""
        columns = [part.signal.values[self.steps - lag] for part in parts for lag in part.lags]
        if not columns:
            return np.empty((self.steps.size, 0))
        return np.asarray(np.hstack(columns), dtype=np.float64)

    def codes(self, parts: Sequence[Lagged]) -> Codes:
        """Return labels as the joint code of all lags."""
        columns = [
            replace(codes, index=self._before(codes.index, lag))
            for part, codes in ((part, part.signal.codes()) for part in parts)
            for lag in part.lags
        ]
        if not columns:
            return Codes(np.zeros(self.steps.size, dtype=np.intp), 1)
        return joint_codes(*columns)

    def _before(self, series: CodeArray, lag: int) -> CodeArray:
        """Return what was so many steps before; where nothing is left out, without a copy."""
        if self.one_run:
            return series[self.steps[0] - lag : self.steps[-1] + 1 - lag]
        return series[self.steps - lag]


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


def embed(parts: Sequence[Lagged], trials: Trials) -> Embedding:
    """Find the steps whose past was seen."""
    longest = max(lag for part in parts for lag in part.lags)
    _check_reach(longest, trials)

    # Without trials and gaps no step needs to be looked at.
    seen: IntArray = np.arange(longest, int(trials.starts[-1]))
    if trials.named:
        seen = np.flatnonzero(trials.place >= longest)
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
    return Embedding(seen, trials.number[seen] if trials.named else None)

"""How many past steps of a series say something of its next step."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from infotheory._display import html_frame, short_repr
from infotheory._numerics import log_base
from infotheory._typing import ArrayLike, Base, FloatArray
from infotheory._validation import check_flag, check_integer, check_option
from infotheory.estimation.discrete._strata import count_strata, information_score
from infotheory.estimation.measurements._gaussian import GaussianCondition
from infotheory.estimation.series.embedding import Embedding, Lagged, embed, lags_before
from infotheory.estimation.series.estimators import Estimator, StepInformation, estimator_of
from infotheory.estimation.series.memory.long_run import long_run_factor
from infotheory.estimation.series.signals import Signal, Trials, read_trials

__all__ = ["HistoryChoice", "choose_history", "find_history"]

#: Longest history that ``history="auto"`` looks at.
LONGEST = 8
#: Size of the tests of a further lag, all of them together.
_SIZE = 0.05


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HistoryChoice:
    """A history and what the others store.

    The scores are descriptive: standard errors stand beside them, no intervals.

    Parameters
    ----------
    history, step : int
        Number of past steps, and how far they lie apart.
    steps : tuple of int
        The steps that were tried.
    scores : ndarray of shape (n_steps, max_history)
        Active information storage of histories of 1, 2, ..., corrected for its bias.
    standard_errors : ndarray of shape (n_steps, max_history)
        Its standard errors.
    method : str
        How it was estimated.
    """

    history: int
    step: int
    steps: tuple[int, ...]
    scores: FloatArray
    standard_errors: FloatArray
    method: str

    __repr__ = short_repr
    _repr_html_ = html_frame

    def to_frame(self) -> pd.DataFrame:
        """Lay the histories out as a table.

        Returns
        -------
        DataFrame
            Columns step, history, score, standard_error, chosen.
        """
        n_histories = self.scores.shape[1]
        table = pd.DataFrame(
            {
                "step": np.repeat(self.steps, n_histories),
                "history": np.tile(np.arange(1, n_histories + 1), len(self.steps)),
                "score": self.scores.ravel(),
                "standard_error": self.standard_errors.ravel(),
            }
        )
        table["chosen"] = (table["step"] == self.step) & (table["history"] == self.history)
        return table


def choose_history(
    x: ArrayLike,
    *,
    max_history: int = LONGEST,
    steps: Sequence[int] = (1,),
    joint_columns: bool = False,
    trials: ArrayLike | None = None,
    missing: str = "error",
    method: str = "plugin",
    n_neighbors: int = 3,
    base: Base = None,
) -> HistoryChoice:
    """Choose the history of a series for `transfer_entropy` and `active_information_storage`.

    The scores are descriptive: standard errors stand beside them, no intervals.

    The largest storage would choose too long a history: of an AR(2) process it is right in 12 of 40
    series of 1000 steps.

    Parameters
    ----------
    x : array-like of shape (n_steps,) or (n_steps, n_columns)
        Series in order of time, as for `active_information_storage`.
    max_history : int
        Longest history that is tried, at least 1.
    steps : sequence of int
        Numbers of steps between two past steps that are tried.
    joint_columns : bool
        Whether several columns of labels are the components of one state.
    trials : array-like of shape (n_steps,), optional
        One label a step.
    missing : {"error", "omit"}
        Whether missing values are an error, or the steps that touch one are left out.
    method : str
        As for `active_information_storage`.
    n_neighbors : int
        Number of neighbours, for ksg.
    base : float or str, optional
        Base of the logarithm of the scores, "bits" or "nats"; nats when None.

    Returns
    -------
    HistoryChoice
        Labels, gaussian and gaussian_copula: the last lag that says something given those before
        it, by a test of size ``.05 / (max_history - 1)``, else 1. ksg: the shortest history whose
        storage is less than the largest by no more than the standard error of the difference.
        All histories are compared on the same steps. Of several steps, the one whose history
        reaches back least, and whose storage is not clearly less.

    Raises
    ------
    ValueError
        As `active_information_storage`.

    Notes
    -----
    Garland, James and Bradley 2016, doi:10.1103/PhysRevE.93.022221; Vlachos and Kugiumtzis 2010,
    doi:10.1103/PhysRevE.82.016207.

    Examples
    --------
    >>> x = np.random.default_rng(0).normal(size=1000)
    >>> for t in range(2, 1000):
    ...     x[t] += 1.3 * x[t - 1] - 0.8 * x[t - 2]
    >>> choose_history(x, method="gaussian").history
    2
    """
    check_integer("max_history", max_history)
    check_flag("joint_columns", joint_columns)
    check_option("missing", missing, ("error", "omit"))
    if isinstance(steps, str) or not np.iterable(steps) or not len(steps):
        message = f"steps must be a sequence of whole numbers such as (1, 2), got {steps!r}"
        raise ValueError(message)
    for step in steps:
        check_integer("each of steps", step)
    unit = log_base(base)
    estimator = estimator_of(method, n_neighbors, 1)
    signal = estimator.read("x", x, omit=missing == "omit", joint=joint_columns)
    spans = read_trials(trials, signal.n_steps, x=x)
    return _choose(signal, spans, max_history, tuple(steps), method, n_neighbors, unit)


def find_history(
    signal: Signal, trials: Trials, history: Any, step: int, method: str, n_neighbors: int
) -> int:
    """Read a history, or choose one where it is "auto"."""
    if isinstance(history, str):
        check_option("history", history, ("auto",))
        return _choose(signal, trials, LONGEST, (step,), method, n_neighbors, 1.0).history
    check_integer("history", history, alternative=', or "auto"')
    return int(history)


def _choose(
    signal: Signal,
    trials: Trials,
    longest: int,
    steps: tuple[int, ...],
    method: str,
    n_neighbors: int,
    unit: float,
) -> HistoryChoice:
    """Score every history and spacing on the same steps, and choose the shortest of the best."""
    # The plug-in grows with each lag, whatever it says.
    corrected = "miller_madow" if method == "plugin" else method
    estimator = estimator_of(corrected, n_neighbors, 1)
    here = Lagged(signal, (0,))

    # All histories on the steps that the longest of them has: differences are then theirs alone.
    rows = embed(
        [here, *(Lagged(signal, lags_before(1, longest, step, trials)) for step in steps)], trials
    )
    stored = {
        (k, step): _storage(estimator, here, Lagged(signal, lags_before(1, k, step, trials)), rows)
        for step in steps
        for k in range(1, longest + 1)
    }

    # The history of the largest storage is too long: of series of order 2 it is the right one in 12
    # of 40, the last lag that a test finds in 37. A test leaves one history for each step;
    # neighbours have none, and compare all of them.
    candidates = list(stored)
    if method != "ksg":
        candidates = [(_last_lag(signal, longest, step, rows), step) for step in steps]
    history, step = _shortest(candidates, stored, rows)

    def table(read: Any) -> FloatArray:
        rows_of_table = [[read(stored[k, s]) for k in range(1, longest + 1)] for s in steps]
        return np.array(rows_of_table) / unit

    return HistoryChoice(
        history=history,
        step=step,
        steps=steps,
        scores=table(lambda one: one.value),
        standard_errors=table(lambda one: one.standard_error),
        method=method,
    )


def _storage(estimator: Estimator, here: Lagged, past: Lagged, rows: Embedding) -> StepInformation:
    comparison = estimator.compare(here, (), rows)
    return comparison.score(comparison.take([past]))


def _last_lag(signal: Signal, longest: int, step: int, rows: Embedding) -> int:
    """Return the last lag that a test finds given those before it."""
    last, here = 1, Lagged(signal, (0,))
    for k in range(2, longest + 1):
        before, lag = tuple(1 + i * step for i in range(k - 1)), 1 + (k - 1) * step
        past, further = Lagged(signal, before), Lagged(signal, (lag,))
        if _p_value(here, further, past, rows) < _SIZE / (longest - 1):
            last = k
    return last


def _p_value(here: Lagged, further: Lagged, past: Lagged, rows: Embedding) -> float:
    """Test that a further lag says nothing given the past."""
    if here.signal.n_levels:
        x, y, z = (rows.codes([one]) for one in (further, here, past))
        return information_score(count_strata(x, y, z))[2]
    condition = GaussianCondition(rows.matrix([here]), rows.matrix([past]))
    return condition.information(rows.matrix([further])).exact_p_value


def _shortest(
    candidates: Sequence[tuple[int, int]],
    stored: dict[tuple[int, int], StepInformation],
    rows: Embedding,
) -> tuple[int, int]:
    """Return the candidate that reaches back least of those whose storage is near the largest."""
    best = stored[max(candidates, key=lambda one: stored[one].value)]
    for one in sorted(candidates, key=lambda one: (one[0] * one[1], one[0])):
        apart = best.local - stored[one].local
        variance = float(apart.var()) * long_run_factor(apart, rows.steps, rows.trials)
        # One standard error of the difference, of the same steps.
        if best.value - stored[one].value <= np.sqrt(variance / apart.size):
            return one
    return candidates[0]

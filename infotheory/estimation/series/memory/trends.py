"""Levels that drift in two series: what changes slowly in both looks like transfer.

Shifts, models and laws of chi-square alike take series to be stationary. Labels whose share goes
from .2 to .8 in both of two independent series of 300 steps were rejected .27 at 5 %, noise upon a
line from -1 to 1 was .43 to .78.
"""

from collections.abc import Sequence

import numpy as np

from infotheory._later import stats
from infotheory._typing import FloatArray
from infotheory.estimation.series.embedding import Lagged
from infotheory.estimation.series.memory.cycles import number_columns
from infotheory.estimation.series.memory.long_run import long_run_factor
from infotheory.estimation.series.signals import Signal, Trials

__all__ = ["doubt_of_trends"]

#: P-value of equal halves below which a series drifts. Both are to: of independent AR(1) of .9 and
#: labels of a chain that stays with .95 both do in .0004 of 300 steps, .002 of 100.
_DRIFTS = 0.005
#: Steps, in units of the memory, below which nothing is told.
_FEWEST = 5.0
#: Share of the difference of the halves that conditions are to leave.
_LEAST_LEFT = 0.02


def doubt_of_trends(
    source: Signal,
    target: Signal,
    trials: Trials,
    conditions: Sequence[Lagged] | None = None,
) -> str | None:
    """Say that two series drift beside what conditions say; None where it is not seen.

    There is no way out by conditions where there can be none, which is when they are None.

    Trials may each have a level of their own, and nothing is said.
    """
    if trials.named:
        return None
    others = [number_columns(one.signal) for one in conditions or ()]
    given = np.hstack([np.ones((source.n_steps, 1)), *others])
    if not (_drifts(source, given) and _drifts(target, given)):
        return None
    way_out = (
        "stretches of labels as trials"
        if conditions is None
        else "the time as conditions with condition_lags=0 (of labels the number of one of a few "
        "stretches)"
    )
    return (
        "the levels of both series differ between the halves of the steps by more than their "
        "memory explains: what drifts in both looks like a link, and the p-value may be too small; "
        f"take changes (np.diff), what a trend leaves of measurements, or {way_out}"
    )


def _drifts(signal: Signal, given: FloatArray) -> bool:
    """Tell whether the halves of a series differ by more than its memory explains."""
    p_values = [_p_value_of_halves(column, given) for column in number_columns(signal).T]
    return min(p_values) * len(p_values) < _DRIFTS


def _p_value_of_halves(column: FloatArray, given: FloatArray) -> float:
    """P-value of equal halves of a column, less what others say of it."""
    n_steps = column.size
    line = np.linspace(-1.0, 1.0, n_steps)
    contrast = _less(np.sign(line), given)
    squares = float(contrast @ contrast)

    # A drift is no memory: its line is taken off before that is measured, as of noise it would be.
    design = np.column_stack([given, line])
    left = _less(column, design)
    factor = max(1.0, long_run_factor(left))
    freedom = n_steps / factor - design.shape[1]
    variance = float(left @ left) / n_steps * factor
    if freedom < _FEWEST or variance <= 0.0 or squares < _LEAST_LEFT * n_steps:
        return 1.0
    statistic = abs(float(contrast @ column)) / np.sqrt(squares * variance)
    return float(2.0 * stats.t.sf(statistic, freedom))


def _less(column: FloatArray, others: FloatArray) -> FloatArray:
    """Return a column less what others say of it."""
    return np.asarray(column - others @ np.linalg.lstsq(others, column, rcond=None)[0])

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

#: P-value of equal halves below which a series drifts. Both are to: of pairs of AR(1) of .9 or .95
#: and of chains that stay with .95 both do in less than .001, of slow chains that are read wrongly
#: in .01 at most (100 to 300 steps).
_DRIFTS = 0.005
#: Steps, in units of the memory, below which nothing is told.
_FEWEST = 10.0
#: Steps, or stretches of them, that are enough to see a drift.
_MOST_STEPS = 4096
#: Standard errors of a correlation that is more than noise.
_NOTICED = 3.0
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
    others = [_in_stretches(number_columns(one.signal)) for one in conditions or ()]
    # The second is looked at where the first drifts alone: columns of long series take their time.
    if not all(_drifts(_in_stretches(number_columns(one)), others) for one in (source, target)):
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


def _in_stretches(columns: FloatArray) -> FloatArray:
    """Return the means of columns over stretches of one length, all steps where they are few."""
    length = 1 + (len(columns) - 1) // _MOST_STEPS
    n_stretches = len(columns) // length
    return np.asarray(columns[: n_stretches * length].reshape(n_stretches, length, -1).mean(axis=1))


def _drifts(columns: FloatArray, others: Sequence[FloatArray]) -> bool:
    """Tell whether the halves of a series differ by more than its memory and others explain."""
    given = np.hstack([np.ones((len(columns), 1)), *others])
    line = np.linspace(-1.0, 1.0, len(columns))[:, None]
    contrast = _less(np.sign(line), given)[:, 0]
    squares = float(contrast @ contrast)
    if squares < _LEAST_LEFT * len(columns):
        return False

    # A drift is no memory: its line is taken off before that is measured, as of noise it would be.
    design = np.hstack([given, line])
    sums, left = contrast @ columns, _less(columns, design)
    p_values = [
        _p_value(float(one) / np.sqrt(squares), of_column, design.shape[1])
        for one, of_column in zip(sums, left.T, strict=True)
    ]
    return min(p_values) * len(p_values) < _DRIFTS


def _p_value(deviation: float, left: FloatArray, n_others: int) -> float:
    """P-value of a deviation of mean 0 that has the variance of steps and their memory."""
    factor = max(long_run_factor(left), _factor_of_slow_memory(left))
    freedom = left.size / factor - n_others
    if freedom < _FEWEST:
        return 1.0
    variance = float(left @ left) / (left.size - n_others) * factor
    if variance <= 0.0:
        return 1.0
    return float(2.0 * stats.t.sf(abs(deviation) / np.sqrt(variance), freedom))


def _factor_of_slow_memory(left: FloatArray) -> float:
    """Variance of a mean over that of independent steps by what two lags say; 1 where they may not.

    Correlations of what a line leaves are too small, which shows where memory is long: the second
    over the first, of an autoregression beneath noise, has the bias of a slope (Kendall 1954, with
    a term for the line).
    """
    variance = float(left @ left)
    first, second = (float(left[lag:] @ left[:-lag]) for lag in (1, 2))
    if first <= _NOTICED * variance / np.sqrt(left.size):
        return 1.0
    kept = max(first / variance, second / first)
    kept += (2.0 + 4.0 * kept) / left.size
    return 1.0 + 2.0 * first / variance / max(1.0 - kept, 1.0 / left.size)


def _less(columns: FloatArray, others: FloatArray) -> FloatArray:
    """Return columns less what others say of them."""
    return np.asarray(columns - others @ np.linalg.lstsq(others, columns, rcond=None)[0])

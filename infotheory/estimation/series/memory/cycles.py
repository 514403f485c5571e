"""Cycles that two series share and that never fade: their shifts keep the phase.

A source that is rolled over its end has another phase on either side of the seam, and says less of
a target with the same cycle than any source in phase: of labels in cycles of 12 and 4 steps shifts
rejected .30 at 5 %. Rolled after a number of whole cycles it has no seam.
"""

import math

import numpy as np
from scipy import fft

from infotheory._codes import Codes, compress
from infotheory._typing import FloatArray, IntArray
from infotheory.estimation._row_memory import autocorrelations
from infotheory.estimation.series.signals import Signal, Trials

__all__ = [
    "indicators",
    "number_columns",
    "steps_of_whole_cycles",
    "whole_cycles",
]

#: Levels whose indicators are followed, the most frequent ones.
_MOST_LEVELS = 8
#: Share by which memory that does not fade may let a variance grow, and its standard errors: those
#: of series without memory, as what is told in vain costs no more than the shifts.
_MOST_GROWTH, _ERRORS = 0.05, 3.0
#: Share of the near memory that far memory is at least.
_LEAST_LEFT = 0.25
#: Steps that are enough to see a cycle.
_MOST_STEPS = 2048
#: The far half of the series' first half, as a share of it, in which whole cycles are looked for.
_FROM = 0.75
#: At most so many lengths are looked at, by so many lags around.
_MOST_LENGTHS, _MOST_LAGS = 1024, 512
#: What a constant series is divided by.
_TINY = float(np.finfo(np.float64).tiny)


def indicators(labels: Codes) -> FloatArray:
    """Return those of the most frequent levels, of shape (n_rows, n_levels)."""
    labels = compress(labels)
    most = np.argsort(-np.bincount(labels.index), kind="stable")[:_MOST_LEVELS]
    return np.asarray(labels.index[:, None] == most, dtype=np.float64)


def whole_cycles(first: Signal, second: Signal, trials: Trials) -> int | None:
    """Return `steps_of_whole_cycles` of two series; None of trials, each of which is rolled."""
    if trials.named:
        return None
    return steps_of_whole_cycles(number_columns(first), number_columns(second))


def steps_of_whole_cycles(first: FloatArray, second: FloatArray) -> int | None:
    """Return after how many steps the cycles of both series are where they began.

    Series have shape (n_steps, n_columns). It is at least three quarters of the steps; None where
    the two have no memory in common that reaches far.
    """
    n_steps = len(first)
    if not _never_fade(first[:_MOST_STEPS], second[:_MOST_STEPS]):
        return None

    # After half as many steps they are where they began, too: there many pairs of steps tell, and
    # what the lags around are like the near ones of more.
    half = n_steps // 2
    lags = np.arange(max(math.ceil(_FROM * half), half - _MOST_LENGTHS), half + 1)
    alike = [_alike(_covariances(one), lags) for one in (first, second)]
    return 2 * int(lags[np.minimum(*alike).argmax()])


def number_columns(signal: Signal) -> FloatArray:
    """Return columns of numbers that have the cycles of a series, without gaps."""
    gaps = signal.missing[:, None]
    columns = indicators(signal.codes()) if signal.n_levels else np.asarray(signal.values)
    known = np.where(gaps, np.nan, columns)
    left = np.where(gaps, 0.0, columns - np.nanmean(known, axis=0))
    # A column of large numbers must not hide the cycle of another one.
    scales = np.abs(left).max(axis=0)
    left = left / np.where(scales > 0.0, scales, 1.0)
    deviations = left.std(axis=0)
    return left / np.where(deviations > 0.0, deviations, 1.0)


def _never_fade(first: FloatArray, second: FloatArray) -> bool:
    """Tell whether the far lags of two series add to the variance of their covariance."""
    r, s = _correlations(first), _correlations(second)
    near, far = np.split(r * s, [r.size // 2])
    # What fades has no phase to lose at a seam.
    if near.size and far.mean() < _LEAST_LEFT * near.mean():
        return False
    # What is seen of correlations that are none remembers as the series do (Bartlett 1946).
    both = [_until_none(one) for one in (r, s)]
    pairs = ((both[0], both[0]), (both[1], both[1]), both)
    memory = math.prod(1.0 + 2.0 * float(one @ other) for one, other in pairs)
    noise = 2.0 * np.sqrt(far.size * memory) / len(first)
    return bool(2.0 * far.sum() > _MOST_GROWTH + _ERRORS * noise)


def _until_none(r: FloatArray) -> FloatArray:
    """Return correlations up to the first that is not positive, and 0 beyond."""
    return np.where(np.logical_and.accumulate(r > 0.0), r, 0.0)


def _correlations(columns: FloatArray) -> FloatArray:
    """Return the autocorrelations of columns together from lag 1 on."""
    columns = columns - columns.mean(axis=0)
    variances = (columns**2).sum(axis=0)
    return autocorrelations(columns)[1:] @ variances / max(float(variances.sum()), _TINY)


def _alike(covariances: FloatArray, lags: IntArray) -> FloatArray:
    """Return how the covariances about each lag are like those about lag 0, at most 1."""
    # Lag 0 has the noise, too.
    near = np.arange(1, max(2, min(_MOST_LAGS, lags[0] // 2)))
    template = covariances[near]
    around = covariances[lags[:, None] + near] + covariances[lags[:, None] - near]
    alike = around @ template
    return np.asarray(alike / max(float(np.abs(alike).max()), _TINY))


def _covariances(columns: FloatArray) -> FloatArray:
    """Return those of steps so far apart, summed over the columns, by lag."""
    n_steps, columns = len(columns), columns - columns.mean(axis=0)
    # Padded with zeros, circular covariances are the plain ones.
    size = fft.next_fast_len(2 * n_steps, real=True)
    # One by one: transforms of all columns would take more room than they.
    power = sum(np.abs(fft.rfft(column, size)) ** 2 for column in columns.T)
    return np.asarray(fft.irfft(power, size)[:n_steps] / np.arange(n_steps, 0, -1))

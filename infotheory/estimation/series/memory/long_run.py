"""Variance of the mean of terms that follow one another in time."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
from scipy import fft

from infotheory._typing import BoolArray, FloatArray, IntArray
from infotheory.estimation._row_memory import autocorrelations
from infotheory.estimation.discrete._step_cells import StepCells
from infotheory.estimation.series.signals import Signal

__all__ = [
    "have_cycles",
    "long_run_factor",
    "long_run_factor_of_cells",
    "longest_memory",
    "memory_column",
    "pairs_of_lags",
    "shared_memory",
    "until_noise",
]

#: A series that varies by less than this share of itself is constant.
_ROUNDING = 1e-12
#: Lags that are summed one by one; a transform gives all of them at the price of some hundreds.
_SINGLE_LAGS = 500
#: Standard errors of correlations of a season that are more than noise.
_ERRORS_OF_SEASONS = 3.0
#: Trials that are enough to take the variance from their sums.
_MANY_TRIALS = 30
#: The least factor: terms that alternate cancel each other, but no estimate of how far is exact.
#: With 1 in its place intervals of .95 covered every entropy rate of a chain that alternates.
_LEAST = 0.1


def long_run_factor(
    terms: FloatArray, steps: IntArray | None = None, trials: IntArray | None = None
) -> float:
    """Return the variance of the mean of terms over that of independent ones, at least .1.

    ``steps`` are their places in time, one after the other when None, and ``trials`` the numbers of
    the trials they lie in, which are independent. Of 30 trials and more the sums are compared. Of
    fewer the autocovariances are added up, which ends before the first pair of neighbouring lags
    that adds up to nothing or less, beyond which there is only noise: Geyer 1992,
    doi:10.1214/ss/1177011137, section 3.3.
    """
    centered = terms - terms.mean()
    if np.abs(centered).max() <= _ROUNDING * np.abs(terms).max():
        return 1.0
    variance = float(centered @ centered)

    if trials is not None and (n_trials := np.unique(trials).size) >= _MANY_TRIALS:
        sums = np.bincount(trials, centered)
        # The mean takes a degree of freedom from the sums.
        return max(_LEAST, float(sums @ sums) / variance * n_trials / (n_trials - 1.0))

    grid, ends = _on_grid(centered, steps, trials)
    longest = max(end.size for end in ends)
    pairs = _pairs_of_autocovariances(_lagged_products(grid, ends), longest, lambda: ends)
    return _factor(pairs, variance)


def long_run_factor_of_cells(by_cell: FloatArray, cells: StepCells) -> float:
    """Return `long_run_factor` of terms that follow one another, given for the cell of a step."""
    centered = by_cell - cells.counts @ by_cell / cells.n_steps
    if np.abs(centered).max() <= _ROUNDING * np.abs(by_cell).max():
        return 1.0
    pairs = _pairs_of_autocovariances(
        cells.products(centered[None]), cells.n_steps, lambda: [cells.spread(centered)]
    )
    return _factor(pairs, float(cells.counts @ centered**2))


def until_noise(pairs: Iterable[float]) -> float:
    """Add pairs of neighbouring lags up to the first that adds nothing: beyond is only noise."""
    total = 0.0
    for pair in pairs:
        if pair <= 0.0:
            break
        total += pair
    return total


def pairs_of_lags(of_lag: Callable[[int], float], first: int, n_steps: int) -> Iterator[float]:
    """Yield sums over two neighbouring lags from the first on, each worked out when asked for."""
    for lag in range(first, min(_SINGLE_LAGS, n_steps - 1), 2):
        yield of_lag(lag) + of_lag(lag + 1)


def _factor(pairs: Iterable[float], variance: float) -> float:
    """Return the variance of a mean over that of independent terms, from autocovariances."""
    # Every lag stands for itself and its mirror image, lag 0 once.
    return max(_LEAST, 2.0 * until_noise(pairs) / variance - 1.0)


def shared_memory(first: FloatArray, second: FloatArray) -> float:
    """Return ``1 + 2 sum_h r(h) s(h)`` of two series with the autocorrelations r and s.

    It is how much the variance of their covariance exceeds that of independent steps (Bartlett).
    """
    one, other = first - first.mean(), second - second.mean()
    scale = float((one @ one) * (other @ other))
    if scale <= 0.0:
        return 1.0

    def product(lag: int) -> float:
        end = one.size - lag
        return float((one[lag:] @ one[:end]) * (other[lag:] @ other[:end])) / scale

    near = 2.0 * until_noise(pairs_of_lags(product, 0, one.size)) - 1.0
    return max(1.0, near, _seasonal_memory(one, other))


def have_cycles(first: FloatArray, second: FloatArray) -> bool:
    """Tell whether two series have cycles that do not fade within a quarter of their steps."""
    far = (_noticed(one - one.mean()) for one in (first, second))
    return all(bool(r[r.size // 2 :].any()) for r in far)


def _seasonal_memory(one: FloatArray, other: FloatArray) -> float:
    """Return the sum of `shared_memory` over the lags at which both remember more than noise.

    Seasons come back after lags that remember nothing, at which the other sum ends.
    """
    return 1.0 + 2.0 * float(_noticed(one) @ _noticed(other))


def _noticed(series: FloatArray) -> FloatArray:
    """Return the autocorrelations from lag 1 on, those that may be noise as 0."""
    r = autocorrelations(series[:, None])[1:, 0]
    # What correlations of a series vary by that remembers up to its first lag of noise.
    ends = np.flatnonzero(r <= 0.0)
    own = 1.0 + 2.0 * float((r[: ends[0] if ends.size else r.size] ** 2).sum())
    return np.where(np.abs(r) > _ERRORS_OF_SEASONS * np.sqrt(own / series.size), r, 0.0)


def memory_column(signal: Signal) -> FloatArray:
    """Return one column of numbers whose memory is that of a series, without gaps."""
    values: Any = signal.values
    if signal.n_levels:
        # Labels are no numbers: the indicator of the most frequent one stands for their memory.
        # Missing steps carry the code 0 and are no steps of that label.
        there = signal.values[~signal.missing, 0]
        values = values == np.bincount(there, minlength=1).argmax()
    gaps = signal.missing[:, None]
    filled = np.where(gaps, np.nan, values)
    return longest_memory(np.where(gaps, np.nanmean(filled, axis=0), filled))


def longest_memory(columns: FloatArray) -> FloatArray:
    """Return the column, of shape (n_rows, n_columns), that remembers the most."""
    if columns.shape[1] == 1:
        return columns[:, 0]
    return max(columns.T, key=lambda column: shared_memory(column, column))


def _on_grid(
    terms: FloatArray, steps: IntArray | None, trials: IntArray | None
) -> tuple[FloatArray, list[FloatArray]]:
    """Lay terms out in time, 0 where a step has none: all of them, and those of each trial."""
    if steps is None:
        return terms, [terms]
    first = int(steps[0])
    grid = np.zeros(int(steps[-1]) - first + 1)
    grid[steps - first] = terms
    if trials is None:
        return grid, [grid]
    starts = np.flatnonzero(np.diff(trials)) + 1
    return grid, np.split(grid, steps[starts] - first)


def _lagged_products(grid: FloatArray, parts: list[FloatArray]) -> Callable[[int], float]:
    """Return the sum of the products of terms, a lag apart, inside the parts of the grid."""
    starts = np.cumsum([part.size for part in parts])[:-1]

    def at(lag: int) -> float:
        later, earlier = grid[lag:], grid[: max(0, grid.size - lag)]
        if not starts.size:
            return float(later @ earlier)
        return float((later * earlier)[~_crosses(starts, lag, later.size)].sum())

    return at


def _pairs_of_autocovariances(
    at: Callable[[int], float], longest: int, parts: Callable[[], list[FloatArray]]
) -> Iterator[float]:
    """Yield the sums at lags 0 and 1, 2 and 3, and so on, shorter than the longest part."""
    for lag in range(0, min(_SINGLE_LAGS, longest), 2):
        yield at(lag) + (at(lag + 1) if lag + 1 < longest else 0.0)
    if longest <= _SINGLE_LAGS:
        return

    covariances = np.zeros(longest + longest % 2)
    for part in parts():
        # Twice the length: padded with zeros, circular covariances are the plain ones.
        size = fft.next_fast_len(2 * part.size, real=True)
        power = np.abs(fft.rfft(part, size)) ** 2
        covariances[: part.size] += fft.irfft(power, size)[: part.size]
    yield from covariances.reshape(-1, 2)[_SINGLE_LAGS // 2 :].sum(axis=1).tolist()


def _crosses(starts: IntArray, lag: int, n_pairs: int) -> BoolArray:
    """Tell which pairs of steps, a lag apart, lie on both sides of the start of a trial."""
    # A start at s is crossed by the pairs that begin at s - lag to s - 1.
    changes = np.zeros(n_pairs + 1, dtype=np.intp)
    np.add.at(changes, np.clip(starts - lag, 0, n_pairs), 1)
    np.add.at(changes, np.clip(starts, 0, n_pairs), -1)
    return np.asarray(np.cumsum(changes)[:-1] > 0)

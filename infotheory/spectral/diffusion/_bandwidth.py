"""The bandwidth of a Gaussian kernel: a number, or a rule that reads it off the data."""

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np

from infotheory._later import distance
from infotheory._typing import FloatArray, IntArray
from infotheory._validation import check_integer, check_option, number_or_nan
from infotheory._warnings import warn
from infotheory.exceptions import BandwidthWarning
from infotheory.spectral._row_distances import fill_rows, minus_squared_distances, squared_norms
from infotheory.spectral._torch import Tensor, torch, unfollowed_numbers

__all__ = ["Bandwidth", "BandwidthRule", "choose_bandwidth"]

BandwidthRule = Literal["median", "sqrt_d", "adaptive"]

_ROWS_OF_MEDIAN = 1024
#: Rows that suffice for a warning: the median of their distances is right within some per cent.
_ROWS_OF_WARNING = 128

# Squared distances from inner products have all digits where they are no less than this share of
# the squared lengths, and these are far from the least floats.
_LEAST_SHARE, _LEAST_LENGTH = 1e-2, 1e-250
_ROWS_OF_STRIP = 128

# Widths beyond these multiples of the median distance: all rows alike, or none like another.
_LOWEST_RATIO, _HIGHEST_RATIO = 0.1, 3.0


@dataclass(frozen=True, slots=True, eq=False)
class Bandwidth:
    """Width of the kernel ``exp(-|x_i - x_j|^2 / (2 s_i s_j))``."""

    # The width; the median of the local widths where these differ
    sigma: float
    # `sigma / s_i` of the adaptive rule, None where all widths are `sigma`, of shape (n_rows,)
    local: Tensor | None = None


def choose_bandwidth(X: Tensor, rule: float | str, n_neighbors: int) -> Bandwidth:
    """Turn a rule into widths, constants to any gradient; warn where one is far from distances.

    Points that all coincide have the same entropy under any width; theirs is 1 under the rules that
    need distances.
    """
    points = X.detach()
    # Only one rule needs the median itself; the others are compared with it.
    is_median = isinstance(rule, str) and rule == "median"
    middle = _median_distance(points, _ROWS_OF_MEDIAN if is_median else _ROWS_OF_WARNING)

    if not isinstance(rule, str):
        width = Bandwidth(_as_width(rule))
    else:
        check_option("bandwidth", rule, ("median", "sqrt_d", "adaptive"))
        if rule == "sqrt_d":
            width = Bandwidth(math.sqrt(points.shape[1]))
        elif bool((points == points[0]).all()):
            # The kernel is 1 everywhere under every width.
            return Bandwidth(1.0)
        elif rule == "median":
            width = Bandwidth(_positive(middle) / math.sqrt(2.0))
        else:
            width = _local(points, n_neighbors)

    _check_square(width.sigma, points.dtype)
    _warn_if_far(width.sigma, middle)
    return width


def _as_width(bandwidth: float) -> float:
    """Return a width that was given as a number, or raise ValueError."""
    width = number_or_nan(bandwidth)
    if not (math.isfinite(width) and width > 0.0):
        message = (
            "bandwidth must be positive and finite, or 'median', 'sqrt_d', 'adaptive', got "
            f"{bandwidth!r}"
        )
        raise ValueError(message)
    return width


def _check_square(sigma: float, dtype: object) -> None:
    """Raise ValueError where twice the width squared is no number of the type."""
    numbers = torch.finfo(dtype)
    low, high = math.sqrt(numbers.tiny), math.sqrt(numbers.max) / 2.0
    if not low <= sigma <= high:
        message = (
            f"bandwidth must lie between {low:.1g} and {high:.1g}, so that its square is a number "
            f"of {dtype}, got {sigma:.4g}; scale the data"
        )
        raise ValueError(message)


def _median_distance(X: Tensor, most_rows: int) -> float:
    """Median distance of the pairs of up to so many rows, always the same ones (seed 0)."""
    n = X.shape[0]
    if n == 1:
        return 0.0
    if n > most_rows:
        X = X[torch.as_tensor(_drawn_rows(n, most_rows), device=X.device)]

    if X.device.type == "cpu" and X.dtype == torch.float64:
        points = unfollowed_numbers(X)
        middle = _median_by_products(points)
        # torch takes four times as long for differences, in this type only.
        return _median(distance.pdist(points)) if middle is None else middle
    return _median(unfollowed_numbers(torch.pdist(X)))


@lru_cache(maxsize=16)
def _drawn_rows(n_rows: int, n_drawn: int) -> IntArray:
    """Draw some of so many rows, always the same ones, in order."""
    return np.sort(np.random.default_rng(0).choice(n_rows, n_drawn, replace=False))


def _median_by_products(X: FloatArray) -> float | None:
    """Median distance by inner products, which take a fraction of the time of all differences.

    None where these would lose digits of it.
    """
    n, lengths = len(X), np.vecdot(X, X)
    squares, filled = np.empty(n * (n - 1) // 2), 0
    # In strips of one buffer: memory that was never touched takes longer than the sums.
    held = np.empty(min(_ROWS_OF_STRIP, n) * n)
    doubled, below = -2.0 * X, np.tri(min(_ROWS_OF_STRIP, n), k=-1, dtype=bool)
    for start in range(0, n, _ROWS_OF_STRIP):
        stop = min(start + _ROWS_OF_STRIP, n)
        size = stop - start
        strip = held[: size * stop].reshape(size, stop)
        np.matmul(doubled[start:stop], X[:stop].T, out=strip)
        strip += lengths[:stop]
        strip += lengths[start:stop, None]

        # Pairs with earlier strips, and those within this one once.
        squares[filled : filled + size * start].reshape(size, start)[:] = strip[:, :start]
        filled += size * start
        within = strip[:, start:][below[:size, :size]]
        squares[filled : filled + within.size] = within
        filled += within.size

    middle = _median(squares, of_squares=True)
    longest = float(lengths.max())
    is_exact = longest > _LEAST_LENGTH and middle**2 > _LEAST_SHARE * longest
    return middle if is_exact else None


def _median(numbers: FloatArray, *, of_squares: bool = False) -> float:
    """Median of finite numbers, or of the roots of some; they are put in another order.

    It is the middle one, or the mean of the middle two.
    """
    # One rank alone: numpy selects it with vectors of the processor, two of them number by number.
    rank = numbers.size // 2
    numbers.partition(rank)
    above = numbers[rank]
    below = above if numbers.size % 2 else numbers[:rank].max()
    middle = np.array([below, above])
    return float((np.sqrt(np.maximum(middle, 0.0)) if of_squares else middle).mean())


def _positive(distance: float) -> float:
    """Return a median distance, or raise ValueError where it is 0."""
    if distance == 0.0:
        message = (
            "bandwidth='median' needs distinct points, whose differences have squares that are "
            "numbers of the type, got a median distance of 0; give a number, or scale the data"
        )
        raise ValueError(message)
    return distance


def _local(X: Tensor, n_neighbors: int) -> Bandwidth:
    """Return the distance of each row to its ``n_neighbors``-th neighbour."""
    n = X.shape[0]
    check_integer("n_neighbors", n_neighbors, high=n - 1, alternative=", the rows less one")

    # The row itself is one of the nearest, at distance 0.
    squares = squared_norms(X)
    widths = fill_rows(
        torch.empty_like(squares),
        lambda rows: (
            -minus_squared_distances(X, squares, rows).topk(n_neighbors + 1, dim=1).values[:, -1]
        ),
    ).sqrt()
    if not bool((widths > 0).all()):
        message = (
            f"bandwidth='adaptive' needs fewer than {n_neighbors} duplicates of a row, got "
            f"{int((widths == 0).sum())} rows with more; raise n_neighbors or drop duplicates"
        )
        raise ValueError(message)

    sigma = float(widths.median())
    return Bandwidth(sigma, sigma / widths)


def _warn_if_far(sigma: float, middle: float) -> None:
    """Warn where a width is far from the median distance."""
    if middle > 0.0 and not _LOWEST_RATIO <= sigma / middle <= _HIGHEST_RATIO:
        message = (
            f"bandwidth should lie between {_LOWEST_RATIO:g} and {_HIGHEST_RATIO:g} median "
            f"distances, got {sigma:.4g} where the median distance is {middle:.4g}; far from it "
            "trends can turn around; use 'median'"
        )
        warn(message, BandwidthWarning)

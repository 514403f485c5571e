"""The bandwidth of a Gaussian kernel: a number, or a rule that reads it off the data."""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from infotheory._validation import check_option
from infotheory._warnings import warn
from infotheory.exceptions import BandwidthWarning
from infotheory.spectral._row_distances import fill_rows, minus_squared_distances, squared_norms
from infotheory.spectral._torch import Tensor, torch

__all__ = ["Bandwidth", "BandwidthRule", "choose_bandwidth"]

BandwidthRule = Literal["median", "sqrt_d", "adaptive"]

_ROWS_OF_MEDIAN = 1024
_LOWEST_RATIO, _HIGHEST_RATIO = 0.1, 3.0


@dataclass(frozen=True, slots=True, eq=False)
class Bandwidth:
    """Width of the kernel ``exp(-|x_i - x_j|^2 / (2 s_i s_j))``.

    Parameters
    ----------
    sigma : float
        The width; the median of the local widths where these differ.
    local : Tensor of shape (n_rows,) or None
        ``sigma / s_i`` of the adaptive rule, None where all widths are ``sigma``.
    """

    sigma: float
    local: Tensor | None = None


def choose_bandwidth(X: Tensor, rule: float | str, n_neighbors: int) -> Bandwidth:
    """Turn a rule into widths, constants to any gradient; warn where one is far from distances.

    Points that all coincide have the same entropy under any width; theirs is 1 under the rules that
    need distances.

    Raises
    ------
    ValueError
        If the width or its square is not positive and finite, the rule is unknown, or the distances
        it needs are 0.
    """
    points = X.detach()
    middle = _median_distance(points)
    if isinstance(rule, str):
        check_option("bandwidth", rule, ("median", "sqrt_d", "adaptive"))
        if rule == "sqrt_d":
            width = Bandwidth(math.sqrt(points.shape[1]))
        elif bool((points == points[0]).all()):
            return Bandwidth(1.0)
        else:
            width = (
                Bandwidth(_positive(middle) / math.sqrt(2.0))
                if rule == "median"
                else _local(points, n_neighbors)
            )
    else:
        width = Bandwidth(float(rule))
        if not (math.isfinite(width.sigma) and width.sigma > 0.0):
            message = (
                "bandwidth must be positive and finite, or 'median', 'sqrt_d', 'adaptive', got "
                f"{rule!r}"
            )
            raise ValueError(message)
    _check_square(width.sigma, points.dtype)
    _warn_if_far(width.sigma, middle)
    return width


def _check_square(sigma: float, dtype: object) -> None:
    numbers = torch.finfo(dtype)
    low, high = math.sqrt(numbers.tiny), math.sqrt(numbers.max) / 2.0
    if not low <= sigma <= high:
        message = (
            f"bandwidth must lie between {low:.1g} and {high:.1g}, so that its square is a number "
            f"of {dtype}, got "
            f"{sigma:.4g}; scale the data"
        )
        raise ValueError(message)


def _median_distance(X: Tensor) -> float:
    """Median distance of the pairs of up to 1024 rows, always the same ones (seed 0)."""
    n = X.shape[0]
    if n == 1:
        return 0.0
    if n > _ROWS_OF_MEDIAN:
        drawn = np.sort(np.random.default_rng(0).choice(n, _ROWS_OF_MEDIAN, replace=False))
        X = X[torch.as_tensor(drawn, device=X.device)]
    distances = torch.pdist(X)
    middle = [
        distances.kthvalue(rank).values
        for rank in {(len(distances) + 1) // 2, len(distances) // 2 + 1}
    ]
    return float(torch.stack(middle).mean())


def _positive(distance: float) -> float:
    if distance == 0.0:
        message = (
            "bandwidth='median' needs distinct points, got a median distance of 0; give a number"
        )
        raise ValueError(message)
    return distance


def _local(X: Tensor, n_neighbors: int) -> Bandwidth:
    n = X.shape[0]
    if not 1 <= n_neighbors < n:
        message = f"n_neighbors must lie between 1 and n_rows - 1 = {n - 1}, got {n_neighbors}"
        raise ValueError(message)
    squares = squared_norms(X)
    # the row itself is one of the nearest, at distance 0
    widths = fill_rows(
        torch.empty_like(squares),
        lambda rows: (
            -minus_squared_distances(X, squares, rows).topk(n_neighbors + 1, dim=1).values[:, -1]
        ),
    ).sqrt()
    if not bool((widths > 0).all()):
        message = (
            f"bandwidth='adaptive' needs fewer than {n_neighbors} duplicates of a row, got "
            f"{int((widths == 0).sum())} "
            "rows with more; raise n_neighbors or drop duplicates"
        )
        raise ValueError(message)
    sigma = float(widths.median())
    return Bandwidth(sigma, sigma / widths)


def _warn_if_far(sigma: float, middle: float) -> None:
    if middle > 0.0 and not _LOWEST_RATIO <= sigma / middle <= _HIGHEST_RATIO:
        message = (
            f"bandwidth should lie between {_LOWEST_RATIO:g} and {_HIGHEST_RATIO:g} median "
            f"distances, got {sigma:.4g} "
            f"where the median distance is {middle:.4g}; far from it trends can turn around; use "
            "'median'"
        )
        warn(message, BandwidthWarning)

"""How far memory beyond the condition makes the likelihood ratio of two series of labels uneven."""

import numpy as np

from infotheory._codes import Codes, compress, joint_codes
from infotheory._typing import FloatArray

__all__ = ["memory_factor"]

#: Levels whose indicators are followed, the most frequent ones.
_MOST_LEVELS = 8
#: Lags beyond which nothing is looked for.
_MOST_LAGS = 500


def memory_factor(x: Codes, y: Codes, z: Codes) -> float:
    """Return the mean of the statistic of independence over that of steps without memory.

    Under independence the statistic is a square of sums over the steps of products of what z leaves
    of x and of y. Its mean grows by ``1 + 2 sum_h r_x(h) r_y(h)`` where both keep a memory: with a
    history that is long enough what is left of y has none, and the factor is 1. The sum ends as
    that of the long-run variance does.
    """
    left_x, left_y = _residuals(x, z), _residuals(y, z)
    scale = float((left_x**2).sum() * (left_y**2).sum())
    # Where z determines x or y nothing is left that could have a memory.
    if scale <= 0.0:
        return 1.0

    def product(lag: int) -> float:
        return _at_lag(left_x, lag) * _at_lag(left_y, lag) / scale

    # Pairs of neighbouring lags, until one adds nothing. Every lag stands for itself and its mirror
    # image, lag 0 once.
    total = 0.0
    for lag in range(0, min(_MOST_LAGS, x.n_rows - 1), 2):
        pair = product(lag) + product(lag + 1)
        if pair <= 0.0:
            break
        total += pair
    return 2.0 * total - 1.0


def _residuals(labels: Codes, z: Codes) -> FloatArray:
    """Return indicators of levels less their shares given z; of two levels one says all."""
    labels, z = compress(labels), compress(z)
    shares = np.bincount(labels.index, minlength=labels.n_levels)
    levels = np.argsort(-shares, kind="stable")[: max(1, min(_MOST_LEVELS, labels.n_levels - 1))]

    # A residual is a function of the label and of z: a table, and one look-up a row.
    cells = compress(joint_codes(z, labels))
    rows = np.empty(cells.n_levels, dtype=np.intp)
    rows[cells.index] = np.arange(cells.n_rows)
    counts, of_z = np.bincount(cells.index), z.index[rows]
    in_z = np.bincount(of_z, counts)
    residuals = np.empty((levels.size, labels.n_rows))
    for i, level in enumerate(levels):
        here = labels.index[rows] == level
        shares_in_z = np.bincount(of_z, counts * here) / in_z
        residuals[i] = (here - shares_in_z[of_z])[cells.index]
    return residuals


def _at_lag(residuals: FloatArray, lag: int) -> float:
    end = residuals.shape[1] - lag
    return float(sum(row[lag:] @ row[:end] for row in residuals))

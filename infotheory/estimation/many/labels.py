"""Higher-order measures of labels, each multiplet from one table of counts."""

import math
from collections.abc import Sequence

import numpy as np

from infotheory._codes import Codes, compress, joint_codes
from infotheory._numerics import safe_log
from infotheory._typing import FloatArray, IntArray
from infotheory.estimation.many.measures import Values

__all__ = ["ROWS_PER_CELL", "label_local_values", "label_measures"]

#: Below it the bias of the plug-in outweighs its standard error.
ROWS_PER_CELL = 5.0
_MOST_CELLS = 2**20
#: Variance in nats that is none.
_ROUNDING = 1e-24


def label_measures(
    codes: Sequence[Codes], multiplets: IntArray, *, with_target: bool = False
) -> Values:
    """Measures in nats of the multiplets, all of one size, with their errors.

    Entropies are Miller and Madow's; errors and tests are withheld (NaN) where a table has fewer
    than 5 rows a cell. With a target, which is the last of each multiplet, the measures are those
    of all less those without the target.
    """
    measured = [
        _measured([codes[i] for i in multiplet], with_target=with_target)
        for multiplet in multiplets.tolist()
    ]
    total, dual, errors = (np.array(part) for part in zip(*measured, strict=True))
    return Values(
        total_correlation=total,
        dual_total_correlation=dual,
        standard_errors=errors,
        independence_p_values=np.full(len(measured), np.nan),
    )


def _measured(codes: Sequence[Codes], *, with_target: bool) -> tuple[float, float, FloatArray]:
    """Total and dual total correlation of some columns of labels, and the four errors."""
    shape = tuple(code.n_levels for code in codes)
    n_cells = math.prod(shape)
    if n_cells > _MOST_CELLS:
        message = (
            f"the table of a multiplet must have at most {_MOST_CELLS} cells, got {n_cells} "
            f"(levels {list(shape)}); merge levels, or take smaller multiplets"
        )
        raise ValueError(message)

    n_rows, size = codes[0].n_rows, len(codes)
    joint = np.ravel_multi_index([code.index for code in codes], shape)
    counts = np.bincount(joint, minlength=n_cells).reshape(shape) / n_rows

    values, pointwise = _both(counts, range(size), n_rows)
    if with_target:
        # The axis of the target stays, with length 1, so that values by cell fit those of all.
        less, pointwise_less = _both(counts.sum(axis=-1, keepdims=True), range(size - 1), n_rows)
        values, pointwise = values - less, pointwise - pointwise_less
    total, dual = values.tolist()
    if n_rows < ROWS_PER_CELL * n_cells:
        return total, dual, np.full(4, np.nan)

    of_total, of_dual = pointwise

    # Delta method, in the order of ``MEASURES``, of shape (4, n_cells).
    by_cell = np.stack([of_total, of_dual, of_total - of_dual, of_total + of_dual]).reshape(4, -1)
    weights = counts.ravel()
    apart = by_cell - (by_cell @ weights)[:, None]
    variance = apart**2 @ weights
    # Where every cell says the same, only rounding is left of the variance.
    return total, dual, np.sqrt(np.where(variance > _ROUNDING, variance, 0.0) / n_rows)


def _both(shares: FloatArray, axes: range, n_rows: int) -> tuple[FloatArray, FloatArray]:
    """Total and dual total correlation of some axes of a table, and their values by cell.

    Pointwise values of margins are broadcast over the table.
    """
    value, of_cell = _entropy(shares, n_rows)
    total, dual = -value, -(len(axes) - 1) * value
    of_total, of_dual = -of_cell, -(len(axes) - 1) * of_cell
    for axis in axes:
        others = tuple(other for other in axes if other != axis)
        single, of_single = _entropy(shares.sum(axis=others, keepdims=True), n_rows)
        rest, of_rest = _entropy(shares.sum(axis=axis, keepdims=True), n_rows)
        total, dual = total + single, dual + rest
        of_total, of_dual = of_total + of_single, of_dual + of_rest
    return np.array([total, dual]), np.stack([of_total, of_dual])


def _entropy(shares: FloatArray, n_rows: int) -> tuple[float, FloatArray]:
    """Entropy after Miller and Madow, and the surprise of each cell (0 for an empty one)."""
    surprise = -safe_log(shares)
    plugin = float((shares * surprise).sum())
    return plugin + (np.count_nonzero(shares) - 1) / (2.0 * n_rows), np.asarray(surprise)


def label_local_values(codes: Sequence[Codes]) -> FloatArray:
    """O-information in nats of each row of labels, whose mean is the plug-in.

    ``sum h(x_i) - sum h(x without i) + (k - 2) h(x)`` with h the surprise at the shares of labels.
    """
    n_variables = len(codes)

    def surprise(which: Sequence[Codes]) -> FloatArray:
        joint = compress(joint_codes(*which))
        return -np.log(np.bincount(joint.index)[joint.index] / joint.n_rows)

    total = (n_variables - 2) * surprise(codes)
    for i, one in enumerate(codes):
        total += surprise([one]) - surprise([*codes[:i], *codes[i + 1 :]])
    return np.asarray(total)

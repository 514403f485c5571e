"""Higher-order measures of labels, each multiplet from one table of counts."""

import math
from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from infotheory._codes import Codes, compress, joint_codes
from infotheory._numerics import safe_log
from infotheory._typing import FloatArray, IntArray
from infotheory.estimation.discrete._entropy_methods import by_discovery_rates
from infotheory.estimation.many.measures import Values

__all__ = ["ROWS_PER_CELL", "label_local_values", "label_measures"]

#: Below it the bias of the plug-in outweighs its standard error.
ROWS_PER_CELL = 5.0
_MOST_CELLS = 2**20
#: Cells of so many rows hide nothing, and those of so few tell of cells without a row.
_ROWS_OF_FULL_CELLS, _ROWS_OF_UNSEEN = 10.0, 2.0
#: Rows that a cell may lack.
_ADDED = 0.5
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
        standard_errors=errors[:, :4],
        errors_of_no_o_information=errors[:, 4],
        independence_p_values=np.full(len(measured), np.nan),
    )


def _measured(codes: Sequence[Codes], *, with_target: bool) -> tuple[float, float, FloatArray]:
    """Total and dual total correlation of some columns of labels, and errors.

    They are those of the four measures, and that of no O-information.
    """
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

    values, first = _values_and_variances(counts, n_rows, with_target=with_target)
    total, dual = values.tolist()
    if n_rows < ROWS_PER_CELL * n_cells:
        return total, dual, np.full(5, np.nan)
    # Where every cell says the same, only rounding is left of the variance of first order.
    first = np.where(first > _ROUNDING, first, 0.0) / n_rows
    terms = _entropy_terms(size)
    if with_target:
        for margin, coefficients in _entropy_terms(size - 1).items():
            terms[margin] -= coefficients
    margins = {name: _margin(counts, name) for name in terms}
    second = _second_variances(margins, terms) / n_rows**2
    # What a constant adds is nothing, and rounding no correction of it.
    variance = np.where(first + second > _ROUNDING, first + second, 0.0)
    # A value that happens to be small has a small variance, which near independence is twice the
    # value over the rows: that of a value one error larger. What the correction takes off is known
    # no better than so itself.
    larger = 2.0 * np.sqrt(variance) / n_rows + _corrections(margins, terms, n_rows) ** 2
    if counts.min() < _ROWS_OF_FULL_CELLS / n_rows:
        hidden = _what_few_rows_hide(counts, margins, terms, n_rows, with_target=with_target)
        larger += np.maximum(hidden - first, 0.0)
    larger = np.where(variance > 0.0, variance + larger, 0.0)
    # The test of no O-information asks of a value that is 0: there its variance is not too small.
    return total, dual, np.sqrt(np.r_[larger, variance[2]])


def _values_and_variances(
    shares: FloatArray, n_rows: int, *, with_target: bool
) -> tuple[FloatArray, FloatArray]:
    """Total and dual total correlation, and the variances of a row's part in the four measures."""
    size = shares.ndim
    values, pointwise = _both(shares, range(size), n_rows)
    if with_target:
        # The axis of the target stays, with length 1, so that values by cell fit those of all.
        less, pointwise_less = _both(shares.sum(axis=-1, keepdims=True), range(size - 1), n_rows)
        values, pointwise = values - less, pointwise - pointwise_less
    of_total, of_dual = pointwise

    # Delta method, in the order of ``MEASURES``, of shape (4, n_cells).
    by_cell = np.stack([of_total, of_dual, of_total - of_dual, of_total + of_dual]).reshape(4, -1)
    weights = shares.ravel()
    apart = by_cell - (by_cell @ weights)[:, None]
    return values, apart**2 @ weights


def _what_few_rows_hide(
    shares: FloatArray,
    margins: dict[tuple[int, ...], FloatArray],
    terms: dict[tuple[int, ...], FloatArray],
    n_rows: int,
    *,
    with_target: bool,
) -> FloatArray:
    """Variances of the four measures of a table whose rare cells have half a row more, or the same.

    Rows off a strong dependence are few: a sample that lacks some has a large value, and a small
    variance of first order. Beside it stands the square of what the entropies of Chao, Wang and
    Jost, which know of cells without a row, make of the values.
    """
    filled = (shares * n_rows + _ADDED) / (n_rows + _ADDED * shares.size)
    variances = _values_and_variances(filled, n_rows, with_target=with_target)[1] / n_rows

    both = np.zeros(2)
    for name, coefficients in terms.items():
        counts = np.rint(margins[name][margins[name] > 0.0] * n_rows)
        if coefficients.any() and counts.min() <= _ROWS_OF_UNSEEN:
            values, copies = np.unique(counts, return_counts=True)
            known = by_discovery_rates(values, copies.astype(np.float64))
            both += coefficients * (known - _entropy(counts / n_rows, n_rows)[0])
    total, dual = both
    return variances + np.array([total, dual, total - dual, total + dual]) ** 2


def _corrections(
    margins: dict[tuple[int, ...], FloatArray],
    terms: dict[tuple[int, ...], FloatArray],
    n_rows: int,
) -> FloatArray:
    """Return what the correction of entropies by their cells adds to the four measures."""
    both = np.zeros(2)
    for name, coefficients in terms.items():
        both += coefficients * (np.count_nonzero(margins[name]) - 1) / (2.0 * n_rows)
    total, dual = both
    return np.array([total, dual, total - dual, total + dual])


def _entropy_terms(size: int) -> dict[tuple[int, ...], FloatArray]:
    """Coefficients of entropies of margins in the total and the dual total correlation."""
    everything = tuple(range(size))
    terms: dict[tuple[int, ...], FloatArray] = defaultdict(lambda: np.zeros(2))
    terms[everything] = np.array([-1.0, 1.0 - size])
    for axis in everything:
        terms[axis,] += np.array([1.0, 0.0])
        terms[tuple(other for other in everything if other != axis)] += np.array([0.0, 1.0])
    return terms


def _second_variances(
    margins: dict[tuple[int, ...], FloatArray],
    terms: dict[tuple[int, ...], FloatArray],
) -> FloatArray:
    """Variances of second order of the four measures, times the square of the number of rows.

    That of first order vanishes with the dependence. The second differential of an entropy is minus
    the sum of squared changes over shares; those of two margins A and B of multinomial noise have
    the covariance 2 phi^2 / N^2, where ``phi^2 = sum p_AB^2 / (p_A p_B) - 1`` is Pearson's
    dependence of A and B: of A within B the number of cells of A less one.
    """
    names = tuple(name for name, coefficients in terms.items() if coefficients.any())
    joint = margins[max(margins, key=len)]
    within, apart = _pairs(names, joint.ndim)

    # Most pairs hold all axes between them: one product of matrices has their sums.
    of_cell = np.empty((len(names), *joint.shape))
    for name, given in zip(names, of_cell, strict=True):
        np.divide(joint, np.where(margins[name] > 0.0, margins[name], 1.0), out=given)
    of_cell = of_cell.reshape(len(names), -1)
    phi_square = of_cell @ of_cell.T - 1.0
    smaller = np.array([np.count_nonzero(margins[name]) for name in names])[within] - 1.0
    phi_square = np.where(within >= 0, smaller, phi_square)
    for i, j, union in apart:
        shared = margins[union] if union in margins else _margin(joint, union)
        expected = margins[names[i]] * margins[names[j]]
        ratio = shared**2 / np.where(expected > 0.0, expected, 1.0)
        phi_square[i, j] = phi_square[j, i] = float(ratio.sum()) - 1.0

    coefficients = np.array([terms[name] for name in names])
    both = coefficients.T @ phi_square @ coefficients
    (of_total, shared_part), (_, of_dual) = both / 2.0
    variances = [of_total, of_dual, of_total + of_dual - 2.0 * shared_part]
    return np.maximum([*variances, of_total + of_dual + 2.0 * shared_part], 0.0)


@lru_cache(maxsize=32)
def _pairs(
    names: tuple[tuple[int, ...], ...], n_axes: int
) -> tuple[IntArray, tuple[tuple[int, int, tuple[int, ...]], ...]]:
    """Return for each pair which margin lies within the other, -1 where neither does.

    And the pairs that neither hold one another nor all axes, with the axes that they have.
    """
    within, apart = np.full((len(names), len(names)), -1), []
    for i, first in enumerate(names):
        for j, second in enumerate(names):
            union = {*first, *second}
            if len(union) == max(len(first), len(second)):
                within[i, j] = i if len(first) <= len(second) else j
            elif len(union) < n_axes and i < j:
                apart.append((i, j, tuple(sorted(union))))
    return within, tuple(apart)


def _margin(shares: FloatArray, axes: tuple[int, ...]) -> FloatArray:
    """Shares of some axes; the others stay, with length 1."""
    others = tuple(axis for axis in range(shares.ndim) if axis not in axes)
    return shares.sum(axis=others, keepdims=True)


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

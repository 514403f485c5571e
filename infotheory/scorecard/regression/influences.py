"""What each row adds to the error of the coefficients of a card, the estimation of weights of evidence included.

The coefficients solve ``U(beta, w) = sum_i a_i (y_i - p_i) = 0`` with
``a_i = (1, weights of evidence of row i)``. The weight of evidence of bin j,
``ln g_j/G - ln b_j/B``, is estimated on the same rows: a non-event of bin j moves it by
``1/g_j - 1/G`` and any other bin of the feature by ``-1/G``; an event by ``-(1/b_j - 1/B)`` and
``1/B``. Hence a row moves the score equations by

    u_i = a_i (y_i - p_i) + sum_f sum_j D_fj (influence of row i on w_fj),
    D_fj = sum of [e_f (y - p) - a p (1 - p) beta_f] over the rows of bin j,

and the coefficients by ``H^-1 u_i`` (stacked estimating equations, an M-estimator of Huber's kind).
Squares of sampling weights go with the squared influences.

Rows are taken in blocks: a first pass sums ``D``, a second makes the influences of one block after
the other.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from scipy import sparse, special

from infotheory._patterns import Patterns
from infotheory._typing import FloatArray, IntArray
from infotheory.scorecard.regression._blocks import pattern_blocks
from infotheory.scorecard.regression.regressors import Regressor, columns_of

__all__ = [
    "InfluenceBlock",
    "code_indicators",
    "influence_blocks",
    "influence_by_code",
    "outer_product",
    "row_influences",
    "sums_by_code",
    "with_intercept",
]


class InfluenceBlock(NamedTuple):
    """Influences of the rows of some patterns, per unit of weight, each of shape (n_rows, n_outputs)."""

    rows: Patterns
    nonevent: FloatArray
    event: FloatArray


def influence_blocks(
    theta: FloatArray, patterns: Patterns, regressors: Sequence[Regressor], combination: FloatArray
) -> Iterator[InfluenceBlock]:
    """Return what a non-event and an event of each pattern add to ``scores @ combination``, block by block.

    Parameters
    ----------
    theta : ndarray of shape (1 + n_features,)
        Intercept and coefficients.
    patterns : Patterns
        Rows of the fit.
    regressors : sequence of Regressor
        One a column of ``patterns.codes``.
    combination : ndarray of shape (1 + n_features, n_outputs)
        Outputs as combinations of the score equations; the bread for the coefficients.

    Yields
    ------
    InfluenceBlock
        Patterns in their order with the influence of a row of either class.
    """
    moved = _moved_by_code(theta, patterns, regressors, combination)
    n_outputs = combination.shape[1]
    for part in pattern_blocks(patterns):
        design = with_intercept(part.design(columns_of(regressors)))
        p, combined = special.expit(design @ theta)[:, None], design @ combination
        nonevent, event = -combined * p, combined * (1.0 - p)
        if moved is not None:
            through = code_indicators(part.codes, regressors) @ moved
            nonevent += through[:, :n_outputs]
            event += through[:, n_outputs:]
        yield InfluenceBlock(part, nonevent, event)


def row_influences(
    theta: FloatArray, patterns: Patterns, regressors: Sequence[Regressor], combination: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Influences of all patterns at once, for those who change them; see :func:`influence_blocks`.

    Parameters
    ----------
    theta : ndarray of shape (1 + n_features,)
        Intercept and coefficients.
    patterns : Patterns
        Rows of the fit.
    regressors : sequence of Regressor
        One a column of ``patterns.codes``.
    combination : ndarray of shape (1 + n_features, n_outputs)
        Outputs as combinations of the score equations.

    Returns
    -------
    nonevent, event : ndarray of shape (n_patterns, n_outputs)
        Influence of a row of weight 1 of either class.
    """
    blocks = [
        (block.nonevent, block.event)
        for block in influence_blocks(theta, patterns, regressors, combination)
    ]
    nonevent, event = (np.concatenate(arrays) for arrays in zip(*blocks, strict=True))
    return nonevent, event


def outer_product(blocks: Iterator[InfluenceBlock]) -> FloatArray:
    """Sum the outer products of the influences of all rows, times their squared weights.

    Parameters
    ----------
    blocks : iterator of InfluenceBlock
        What :func:`influence_blocks` yields.

    Returns
    -------
    ndarray of shape (n_outputs, n_outputs)
        The sum.
    """
    return np.asarray(
        sum(
            own.T @ (own * block.rows.squared_weights[:, [label]])
            for block in blocks
            for label, own in enumerate((block.nonevent, block.event))
        )
    )


def _moved_by_code(
    theta: FloatArray, patterns: Patterns, regressors: Sequence[Regressor], combination: FloatArray
) -> FloatArray | None:
    """Influence by code through weights of evidence, that of a non-event, then of an event; None if all are given."""
    if all(regressor.counts is None for regressor in regressors):
        return None
    sizes = [regressor.woe.size for regressor in regressors]
    sums = np.zeros((sum(sizes), theta.size + 1))
    for part in pattern_blocks(patterns):
        design = with_intercept(part.design(columns_of(regressors)))
        p, total = special.expit(design @ theta), part.counts.sum(axis=1)
        curved = design * (total * p * (1.0 - p))[:, None]
        sums += code_indicators(part.codes, regressors).T @ np.column_stack(
            [curved, part.counts[:, 1] - total * p]
        )
    moved = []
    for f, (regressor, own) in enumerate(
        zip(regressors, np.split(sums, np.cumsum(sizes)[:-1]), strict=True)
    ):
        if regressor.counts is None:
            moved.append(np.zeros((regressor.woe.size, 2 * combination.shape[1])))
            continue
        derivative = -theta[1 + f] * own[:, :-1]
        derivative[:, 1 + f] += own[:, -1]
        through = regressor.sign * (derivative @ combination)
        counts = regressor.counts
        moved.append(
            np.hstack(
                [
                    influence_by_code(through, counts.first),
                    -influence_by_code(through, counts.second),
                ]
            )
        )
    return np.concatenate(moved)


def code_indicators(codes: IntArray, regressors: Sequence[Regressor]) -> sparse.csr_array:
    """Lay the indicators of the codes of all characteristics side by side.

    Parameters
    ----------
    codes : ndarray of shape (n_rows, n_features)
        Codes of rows.
    regressors : sequence of Regressor
        One a column of ``codes``.

    Returns
    -------
    csr_array of shape (n_rows, n_all_codes)
        1 at the code of each characteristic.
    """
    n_rows, n_features = codes.shape
    sizes = [regressor.woe.size for regressor in regressors]
    places = (codes + np.r_[0, np.cumsum(sizes)[:-1]]).astype(np.int32)
    starts = np.arange(0, n_rows * n_features + 1, n_features, dtype=np.int32)
    return sparse.csr_array(
        (np.ones(places.size), places.ravel(), starts), shape=(n_rows, sum(sizes))
    )


def sums_by_code(codes: IntArray, n_codes: int, rows: FloatArray) -> FloatArray:
    """Sum the rows of each code.

    Parameters
    ----------
    codes : ndarray of shape (n_rows,)
        Code of each row.
    n_codes : int
        Number of codes.
    rows : ndarray of shape (n_rows, n_columns)
        What is summed.

    Returns
    -------
    ndarray of shape (n_codes, n_columns)
        Sums.
    """
    n = codes.size
    indicator = sparse.csc_array((np.ones(n), codes, np.arange(n + 1)), shape=(n_codes, n))
    return np.asarray(indicator @ rows)


def influence_by_code(derivative: FloatArray, counts: FloatArray) -> FloatArray:
    """Multiply a derivative by the influence of a row of each bin on ``ln(count / total)`` of all bins of its feature.

    Parameters
    ----------
    derivative : ndarray of shape (n_codes, n_outputs)
        Derivative of the outputs with respect to the logarithm of each share.
    counts : ndarray of shape (n_codes,)
        Weight of one class by bin; a bin without rows has a fixed weight of evidence, and its rows
        no influence.

    Returns
    -------
    ndarray of shape (n_codes, n_outputs)
        Influence of a row of weight 1.
    """
    result = np.zeros_like(derivative)
    occupied = np.flatnonzero(counts > 0.0)
    own = derivative[occupied]
    result[occupied] = own / counts[occupied][:, None] - own.sum(axis=0) / counts.sum()
    return result


def with_intercept(columns: FloatArray) -> FloatArray:
    """Put a column of ones in front.

    Parameters
    ----------
    columns : ndarray of shape (n_rows, n_columns)
        Columns of a design.

    Returns
    -------
    ndarray of shape (n_rows, 1 + n_columns)
        The design.
    """
    return np.column_stack([np.ones(len(columns)), columns])

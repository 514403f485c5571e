"""Variances of second order of differences of measures, from their second differentials."""

from itertools import combinations_with_replacement
from types import ModuleType
from typing import Any

import numpy as np

from infotheory._typing import FloatArray

__all__ = ["difference_variances"]


def difference_variances(xp: ModuleType, whole: Any, less: Any) -> tuple[Any, Any, Any]:
    """Variances, and covariance, of the second differentials of both differences, times 4.

    ``less`` are the matrices ``whole`` without their last variable. With ``S = L L'`` the noise of
    S is ``L G L' / sqrt(n)``, and that of ``less`` its upper left block, since L is triangular. In
    an orthonormal basis of the symmetric matrices G has independent coordinates g of variance 2, a
    second differential is ``g' W g``, and two of them have the covariance ``8 tr(W W')``.
    """
    total, dual = _forms(xp, whole)
    total_less, dual_less = _forms(xp, less)
    # The basis starts with the matrices of the variables that stay.
    size = total_less.shape[1]
    total[:, :size, :size] -= total_less
    dual[:, :size, :size] -= dual_less
    return tuple(
        8.0 * xp.sum(one * other, axis=(1, 2))
        for one, other in ((total, total), (dual, dual), (total, dual))
    )


def _forms(xp: ModuleType, s: Any) -> tuple[Any, Any]:
    """Matrices W of the second differentials of total and dual total correlation, times 4.

    The first is ``tr G^2 - sum (u' G u)^2`` with u the directions of the rows of L, the second
    ``tr(G^2 D) - sum (v' G v)^2`` with v those of the columns of its inverse and
    ``D = 2 sum v v' - I``.
    """
    n, size = s.shape[0], s.shape[1]
    basis = xp.asarray(_basis(size), device=s.device)
    flat = xp.reshape(basis, (-1, size * size))
    lower = xp.linalg.cholesky(s)
    inverse = xp.matrix_transpose(xp.linalg.inv(lower))
    u, v = (a / xp.sqrt(xp.sum(a**2, axis=2))[:, :, None] for a in (lower, inverse))

    def squares(directions: Any) -> Any:
        # Entry (d, a) of w is u' B_a u for direction u and basis matrix B_a: the products over d
        # are the form of the sum of squares (u' G u)^2.
        outer = directions[:, :, :, None] * directions[:, :, None, :]
        w = xp.reshape(outer, (n, size, size * size)) @ flat.T
        return xp.matrix_transpose(w) @ w

    identity = xp.eye(size, dtype=xp.float64, device=s.device)
    weights = 2.0 * (xp.matrix_transpose(v) @ v) - identity
    # tr(B_a B_b D), made symmetric in a and b.
    turned = xp.reshape(basis[None] @ weights[:, None], (n, -1, size * size))
    products = turned @ flat.T
    products = 0.5 * (products + xp.matrix_transpose(products))
    total = xp.eye(len(flat), dtype=xp.float64, device=s.device) - squares(u)
    return total, products - squares(v)


def _basis(size: int) -> FloatArray:
    """Orthonormal basis of the symmetric matrices, those of the first variables first."""
    pairs = sorted(combinations_with_replacement(range(size), 2), key=lambda pair: pair[::-1])
    basis = np.zeros((len(pairs), size, size))
    for matrix, (i, j) in zip(basis, pairs, strict=True):
        matrix[i, j] = matrix[j, i] = 1.0 if i == j else np.sqrt(0.5)
    return basis

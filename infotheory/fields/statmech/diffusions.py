"""Entropy that stationary diffusions produce."""

import numpy as np
from scipy.linalg import cho_factor, cho_solve, solve_continuous_lyapunov

from infotheory._numerics import log_base
from infotheory._pmfs import mass_tolerance
from infotheory._row_order import warn_of_axis_order, warn_of_row_order, warn_of_square_order
from infotheory._typing import ArrayLike, Base, FloatArray
from infotheory.fields._inputs import as_finite

__all__ = [
    "entropy_production_diffusion",
    "entropy_production_linear",
    "entropy_production_parts",
]


def entropy_production_diffusion(
    drift: ArrayLike, score: ArrayLike, D: ArrayLike, *, base: Base = None
) -> float:
    r"""Entropy production rate of a stationary diffusion from points.

    Descriptive: a mean over the points, whose error depends on how these follow each other.

    It is :math:`E[v' D^{-1} v]`, ``v = drift - D score``.

    The process is ``dx = drift(x) dt + sqrt(2 D) dW``, the score the gradient of the logarithm of
    its stationary density, v the velocity of the probability flow; the expectation is the mean over
    the points.

    Parameters
    ----------
    drift : array-like of shape (n_points, n_dimensions)
        Drift at points drawn from the stationary law.
    score : array-like of shape (n_points, n_dimensions)
        Score at the same points.
    D : array-like of shape (n_dimensions, n_dimensions)
        Diffusion matrix, symmetric and positive definite.
    base : float or str, optional
        Base of the logarithm, "bits" or "nats"; nats when None.

    Returns
    -------
    float
        Entropy per unit of time, not negative; 0 where the flow vanishes.

    Raises
    ------
    ValueError
        If shapes do not fit each other, a number is not finite, or ``D`` is not symmetric and
        positive definite.

    References
    ----------
    N. M. Boffi, E. Vanden-Eijnden (2023), "Deep learning probability flows and entropy production
    rates in active matter", arXiv:2309.12991.

    Examples
    --------
    A turning flow of speed 3 at distance 1, with unit diffusion:

    >>> drift, score = [[0.0, 3.0], [-3.0, 0.0]], [[0.0, 0.0], [0.0, 0.0]]
    >>> entropy_production_diffusion(drift, score, [[1.0, 0.0], [0.0, 1.0]])
    9.0
    """
    return float(_of_dimensions(drift, score, D).sum()) / log_base(base)


def entropy_production_parts(
    drift: ArrayLike, score: ArrayLike, D: ArrayLike, *, base: Base = None
) -> FloatArray:
    r"""Entropy production of each dimension, the means of :math:`v_i (D^{-1} v)_i`.

    Descriptive: means over the points, whose errors depend on how these follow each other.

    They sum to `entropy_production_diffusion` and say where a system of many particles is driven.

    Parameters
    ----------
    drift : array-like of shape (n_points, n_dimensions)
        Drift at points drawn from the stationary law.
    score : array-like of shape (n_points, n_dimensions)
        Score at the same points.
    D : array-like of shape (n_dimensions, n_dimensions)
        Diffusion matrix, symmetric and positive definite.
    base : float or str, optional
        Base of the logarithm, "bits" or "nats"; nats when None.

    Returns
    -------
    ndarray of shape (n_dimensions,)
        Entropy per unit of time; not negative where D is diagonal, of either sign otherwise.

    Raises
    ------
    ValueError
        If shapes do not fit each other, a number is not finite, or ``D`` is not symmetric and
        positive definite.

    References
    ----------
    N. M. Boffi, E. Vanden-Eijnden (2023), "Deep learning probability flows and entropy production
    rates in active matter", arXiv:2309.12991.

    Examples
    --------
    One particle is driven, the other at rest:

    >>> drift, score = [[0.0, 3.0], [0.0, -1.0]], [[0.0, 0.0], [0.0, 0.0]]
    >>> entropy_production_parts(drift, score, [[1.0, 0.0], [0.0, 1.0]]).tolist()
    [0.0, 5.0]
    """
    return _of_dimensions(drift, score, D) / log_base(base)


def _of_dimensions(drift: ArrayLike, score: ArrayLike, D: ArrayLike) -> FloatArray:
    """Return the means of ``v_i (D^-1 v)_i`` in nats."""
    warn_of_row_order(drift=drift, score=score)
    warn_of_axis_order(("drift", drift, 1), ("score", score, 1), ("D", D, 0))
    warn_of_square_order(D=D)
    forces = as_finite(drift, name="drift", shape=("n_points", "n_dimensions"))
    gradients = as_finite(score, name="score", shape=forces.shape)
    matrix = _as_diffusion(D, forces.shape[1])
    # The mean flow ``b - D s`` of the stationary law, point by point; D is symmetric.
    velocity = forces - gradients @ matrix
    solved = cho_solve(cho_factor(matrix), velocity.T).T
    return np.asarray((velocity * solved).mean(axis=0))


def entropy_production_linear(A: ArrayLike, D: ArrayLike, *, base: Base = None) -> float:
    r"""Entropy production rate of the stationary linear diffusion ``dx = A x dt + sqrt(2 D) dW``.

    Its law is Gaussian with the covariance S of ``A S + S A' + 2 D = 0``, its flow
    ``(A + D S^-1) x``; the rate is 0 if and only if ``A D = D A'`` (detailed balance).

    Parameters
    ----------
    A : array-like of shape (n_dimensions, n_dimensions)
        Drift matrix, all of whose eigenvalues have a negative real part.
    D : array-like of shape (n_dimensions, n_dimensions)
        Diffusion matrix, symmetric and positive definite.
    base : float or str, optional
        Base of the logarithm, "bits" or "nats"; nats when None.

    Returns
    -------
    float
        Entropy per unit of time, not negative up to rounding.

    Raises
    ------
    ValueError
        If shapes do not fit each other, a number is not finite, ``D`` is not symmetric and positive
        definite, or the process has no stationary law.

    References
    ----------
    N. M. Boffi, E. Vanden-Eijnden (2023), "Deep learning probability flows and entropy production
    rates in active matter", arXiv:2309.12991.

    Examples
    --------
    Relaxation 2 and turning 3 produce ``2 * 3^2 / 2``:

    >>> round(entropy_production_linear([[-2.0, -3.0], [3.0, -2.0]], [[0.7, 0.0], [0.0, 0.7]]), 9)
    9.0
    """
    warn_of_square_order(A=A, D=D)
    warn_of_axis_order(("A", A, 0), ("D", D, 0))
    drift = as_finite(A, name="A", shape=("n_dimensions", "n_dimensions"))
    # Once for two dimensions, once more for equal ones.
    drift = as_finite(drift, name="A", shape=(drift.shape[0], drift.shape[0]))
    matrix = _as_diffusion(D, drift.shape[0])

    slowest = np.linalg.eigvals(drift).real.max()
    if slowest >= 0.0:
        message = (
            f"the eigenvalues of A must have negative real parts, got {slowest:.6g}: the process "
            "has no stationary law"
        )
        raise ValueError(message)

    # The stationary law is normal, with the covariance S of ``A S + S A' = -2 D``. Its score is
    # ``-S^-1 x``, so that the flow ``A x - D score`` is linear as well: ``(A + D S^-1) x``.
    covariance = solve_continuous_lyapunov(drift, -2.0 * matrix)
    flow = drift + np.linalg.solve(covariance, matrix).T
    nats = np.trace(flow.T @ cho_solve(cho_factor(matrix), flow) @ covariance)
    return float(nats) / log_base(base)


def _as_diffusion(D: ArrayLike, size: int) -> FloatArray:
    """Return a symmetric positive definite matrix, its rounding made symmetric too."""
    matrix = as_finite(D, name="D", shape=(size, size))
    lowest = float(np.linalg.eigvalsh((matrix + matrix.T) / 2.0).min())

    # Rounding of the dtype that came in, as a share of the largest entry: a zero has none itself.
    rounding = mass_tolerance(D, size) * np.abs(matrix).max()
    if np.abs(matrix - matrix.T).max() > rounding or lowest <= 0.0:
        message = f"D must be symmetric and positive definite, got {matrix.tolist()}"
        raise ValueError(message)
    return (matrix + matrix.T) / 2.0

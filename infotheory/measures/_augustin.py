"""The Augustin center: the law nearest to the rows of a channel in mean Rényi divergence."""

import math

import numpy as np

from infotheory._numerics import namespace
from infotheory._typing import Array, FloatArray
from infotheory.measures._fixed_point import (
    Step,
    log_softmax,
    logs,
    minimize_by_fixed_point,
    to_numpy,
)

__all__ = ["augustin_center"]

_TOLERANCE = 1e-12
_MAX_ITER = 300_000

# At orders 0 and inf the iteration is slower than any geometric rate.
_TOLERANCE_AT_ENDS = 1e-8


def augustin_center(law_x: Array, channel: Array, order: float) -> Array:
    """Return the output law Q that minimises ``sum_x P(x) D_alpha(W(.|x), Q)``, without gradient.

    ``law_x`` is P, of shape (..., n_x), and ``channel`` W, of shape (..., n_x, n_y); rows where P
    is 0 play no part. The order is not 1: there the center is the output law. B. Nakiboğlu (2019),
    "The Augustin capacity and center", arXiv:1803.07937, lemma 13.
    """
    weights, rows = to_numpy(law_x), to_numpy(channel)

    # Below order 1 the law Q itself is iterated, above it the laws V of the dual problem.
    end = order == 0.0 or math.isinf(order)
    start, step = (
        _conditional_step(weights, rows, order)
        if order > 1.0
        else _center_step(weights, rows, order)
    )
    solved = minimize_by_fixed_point(
        step,
        start,
        tolerance=_TOLERANCE_AT_ENDS if end else _TOLERANCE,
        max_iter=_MAX_ITER,
        purpose=f"Csiszár's information of order {order}",
    )

    laws = np.exp(solved.log_laws)
    center = (weights[..., None] * laws).sum(axis=-2) if order > 1.0 else laws[..., 0, :]
    return namespace(channel).asarray(center, device=channel.device)


def _center_step(weights: FloatArray, rows: FloatArray, order: float) -> tuple[FloatArray, Step]:
    """Step below order 1: ``Q <- sum_x P(x) W_x``, each row tilted to ``W^alpha Q^(1-alpha)``."""
    masses = weights[..., None]
    # At order 0 the power of a probability of 0 is 0, not the 1 of 0**0.
    powers = np.where(masses * rows > 0, (rows > 0) if order == 0.0 else rows**order, 0.0)

    def step(log_q: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        q = np.exp(log_q)
        tilted = powers * q ** (1.0 - order)
        norms = tilted.sum(axis=-1, keepdims=True)
        mixed = (masses * tilted / np.where(norms > 0, norms, 1.0)).sum(axis=-2, keepdims=True)
        value = (weights * np.log(np.where(norms > 0, norms, 1.0))[..., 0]).sum(axis=-1) / (
            order - 1.0
        )

        # The objective is convex: the largest ratio of the next law to this one bounds how far
        # below the minimum can lie.
        gap = np.divide(mixed, q, out=np.zeros_like(q), where=q > 0).max(axis=(-2, -1)) - 1.0
        return log_softmax(logs(mixed)), value, gap

    return logs((masses * rows).sum(axis=-2, keepdims=True)), step


def _conditional_step(
    weights: FloatArray, rows: FloatArray, order: float
) -> tuple[FloatArray, Step]:
    """Step above order 1: maximise ``I(P, V) - c D(V || W | P)`` over V, c = alpha / (alpha - 1).

    The step is ``V <- W (V / PV)^(1/c)``. The maximum over V is the minimum over Q, at Q = PV; the
    difference of the two values is the gap.
    """
    c = 1.0 if math.isinf(order) else order / (order - 1.0)
    masses = weights[..., None]
    allowed = rows > 0
    log_rows = logs(rows)

    # Inputs of probability 0 may come without a law.
    idle = ~allowed.any(axis=-1, keepdims=True)

    def step(log_v: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        v = np.exp(log_v)
        log_q = logs((masses * v).sum(axis=-2, keepdims=True))

        used = allowed & (masses > 0) & np.isfinite(log_v)
        to_q = np.subtract(log_v, log_q, out=np.zeros_like(v), where=used)
        to_w = np.subtract(log_v, log_rows, out=np.zeros_like(v), where=used)
        dual = (masses * v * (to_q - c * to_w)).sum(axis=(-2, -1))
        return log_softmax(np.where(used, log_rows + to_q / c, start)), -dual, primal(log_q) - dual

    def primal(log_q: FloatArray) -> FloatArray:
        ratio = np.subtract(
            log_rows, log_q, out=np.full_like(rows, -np.inf), where=allowed & (masses > 0)
        )
        top = np.where(masses > 0, ratio.max(axis=-1, keepdims=True), 0.0)
        if math.isinf(order):
            return np.asarray((masses * top).sum(axis=(-2, -1)))

        # Ratios relative to the largest of the row: no power overflows.
        moments = (rows * np.exp((order - 1.0) * (ratio - top))).sum(axis=-1, keepdims=True)
        divergences = top + np.log(np.where(masses > 0, moments, 1.0)) / (order - 1.0)
        return np.asarray((masses * divergences).sum(axis=(-2, -1)))

    start = np.where(idle, 0.0, log_rows)
    return start, step

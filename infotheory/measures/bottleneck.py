"""The information bottleneck curve: how much of Y a compressed X can keep."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from infotheory._display import html_repr, short_repr
from infotheory._numerics import log_base
from infotheory._pmfs import as_joint
from infotheory._typing import ArrayLike, Base, FloatArray
from infotheory._validation import as_array, as_numbers, check_integer
from infotheory.measures._fixed_point import log_softmax, logs, minimize_by_fixed_point, to_numpy
from infotheory.measures.mutual import mutual_information

__all__ = ["BottleneckCurve", "information_bottleneck_curve"]

# From there on the encoder is a map in float64.
_LARGEST = 1e12


@dataclass(frozen=True, slots=True, eq=False)
class BottleneckCurve:
    """Points of an information bottleneck curve, one a multiplier.

    Parameters
    ----------
    betas : ndarray of shape (n_points,)
        Multipliers, as given.
    compression : ndarray of shape (n_points,)
        I(X;T), what the code keeps of X.
    relevance : ndarray of shape (n_points,)
        I(T;Y), what the code says of Y; at most I(X;Y).
    encoders : ndarray of shape (n_points, n_x, n_codes)
        Laws of T given X.
    """

    betas: FloatArray
    compression: FloatArray
    relevance: FloatArray
    encoders: FloatArray

    __repr__ = short_repr
    _repr_html_ = html_repr


def information_bottleneck_curve(
    pxy: ArrayLike,
    *,
    betas: Sequence[float] | FloatArray,
    n_codes: int | None = None,
    base: Base = None,
    tolerance: float = 1e-8,
    max_iter: int = 30_000,
) -> BottleneckCurve:
    """Trade-off of ``I(X;T) - beta I(T;Y)`` over codes T of X, by reverse annealing.

    The problem is not convex. The largest multiplier starts from T = X (with fewer codes, from the
    likeliest symbols apart and the rest together), each next one from the codes of the one before
    it, which follows the branch that keeps most; each point is a fixed point of Tishby's equations,
    not proven to be the global optimum.

    Parameters
    ----------
    pxy : array-like of shape (n_x, n_y)
        Joint probabilities, rows X, columns Y.
    betas : sequence of float
        Multipliers, positive; up to 1 the best code is constant.
    n_codes : int, optional
        Number of codes, 1 to n_x; n_x when None.
    base : float or str, optional
        Base of the logarithm, "bits" or "nats"; nats when None.
    tolerance : float
        The iteration stops where a step changes no encoder entry by more.
    max_iter : int
        Largest number of steps a point; a NotConvergedWarning says where they did not suffice.

    Returns
    -------
    BottleneckCurve
        Compression, relevance and encoder at each multiplier, in the order given.

    Raises
    ------
    ValueError
        If ``pxy`` is not one joint table, ``betas`` is empty or not positive, or ``n_codes`` is out
        of range.

    References
    ----------
    N. Tishby, F. Pereira, W. Bialek (1999), "The information bottleneck method",
    arXiv:physics/0004057, eqs. (16), (17) and (28).

    Examples
    --------
    >>> pxy = [[0.45, 0.05], [0.05, 0.45]]
    >>> curve = information_bottleneck_curve(pxy, betas=[1000.0, 0.5], base=2)
    >>> curve.relevance.round(4).tolist(), curve.compression.round(4).tolist()
    ([0.531, 0.0], [1.0, 0.0])
    """
    table = to_numpy(as_joint(pxy, n_variables=2, name="pxy"))
    multipliers = _as_multipliers(table, betas, n_codes)

    # From the largest multiplier down: each point starts from the codes of the one before it.
    encoder = _first_encoder(table.sum(axis=1), n_codes or table.shape[0])
    results: dict[int, tuple[float, float, FloatArray]] = {}
    for point in np.argsort(-multipliers, kind="stable"):
        encoder = _fixed_encoder(table, encoder, float(multipliers[point]), tolerance, max_iter)
        results[int(point)] = (*_code_information(table, encoder), encoder)

    compression, relevance, encoders = zip(
        *(results[point] for point in range(len(multipliers))), strict=True
    )
    unit = log_base(base)
    return BottleneckCurve(
        multipliers, np.array(compression) / unit, np.array(relevance) / unit, np.stack(encoders)
    )


def _as_multipliers(
    table: FloatArray, betas: Sequence[float] | FloatArray, n_codes: int | None
) -> FloatArray:
    """Return the multipliers, or raise ValueError."""
    if table.ndim != 2:
        message = f"pxy must have shape (n_x, n_y), one table, got shape {table.shape}"
        raise ValueError(message)

    multipliers = as_numbers("betas", as_array("betas", betas))
    if (
        multipliers.ndim != 1
        or multipliers.size == 0
        or not (np.isfinite(multipliers) & (multipliers > 0)).all()
    ):
        message = f"betas must be a sequence of finite positive multipliers, got {betas!r}"
        raise ValueError(message)
    if multipliers.max() > _LARGEST:
        message = (
            f"betas must be at most {_LARGEST:g}, got {multipliers.max()}; from there on the "
            "encoder is a map"
        )
        raise ValueError(message)

    if n_codes is not None:
        check_integer("n_codes", n_codes, high=table.shape[0], alternative=", the symbols of X")
    return multipliers


def _first_encoder(law_x: FloatArray, n_codes: int) -> FloatArray:
    """Give the likeliest symbols a code each, and one code to all others."""
    rank = np.argsort(np.argsort(-law_x, kind="stable"), kind="stable")
    return np.asarray(np.eye(n_codes)[np.minimum(rank, n_codes - 1)])


def _fixed_encoder(
    table: FloatArray, encoder: FloatArray, beta: float, tolerance: float, max_iter: int
) -> FloatArray:
    """Return the fixed point of Tishby's equations at one multiplier."""
    law_x = table.sum(axis=1, keepdims=True)
    given_x = table / np.where(law_x > 0, law_x, 1.0)
    negative_entropy = (given_x * np.log(np.where(given_x > 0, given_x, 1.0))).sum(
        axis=1, keepdims=True
    )

    def step(log_encoder: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        laws = np.exp(log_encoder)
        codes = (law_x * laws).sum(axis=0)
        decoder = laws.T @ table / np.where(codes > 0, codes, 1.0)[:, None]

        # A code that no symbol has keeps a finite row, so that its weight of 0 stays 0.
        log_decoder = np.where(
            decoder > 0, logs(decoder), np.where(codes[:, None] > 0, -np.inf, 0.0)
        )
        cross = (given_x[:, None, :] * np.where(given_x[:, None, :] > 0, log_decoder, 0.0)).sum(
            axis=2
        )
        updated = log_softmax(logs(codes) - beta * (negative_entropy - cross))

        compression, relevance = _code_information(table, laws)
        change = np.abs(np.exp(updated) - laws).max()
        return updated, np.asarray(compression - beta * relevance), np.asarray(change)

    solved = minimize_by_fixed_point(
        step,
        logs(encoder),
        tolerance=tolerance,
        max_iter=max_iter,
        purpose=f"information bottleneck at beta {beta:g}",
    )
    return np.asarray(np.exp(solved.log_laws))


def _code_information(table: FloatArray, encoder: FloatArray) -> tuple[float, float]:
    """I(X;T) and I(T;Y) in nats."""
    compression = mutual_information(table.sum(axis=1)[:, None] * encoder)
    return float(compression), float(mutual_information(encoder.T @ table))

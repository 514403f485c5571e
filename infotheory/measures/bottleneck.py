"""The information bottleneck curve: how much of Y a compressed X can keep."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from infotheory._display import html_repr, short_repr
from infotheory._numerics import log_base
from infotheory._pmfs import as_joint
from infotheory._typing import ArrayLike, Base, FloatArray
from infotheory._uncompiled import uncompiled
from infotheory._validation import as_array, as_numbers, check_integer, check_number
from infotheory.measures._bottleneck_codes import Bottleneck, code_information, encoder_of
from infotheory.measures._bottleneck_search import possible_laws, search_encoder
from infotheory.measures._fixed_point import to_numpy, warn_of_gap

__all__ = ["BottleneckCurve", "information_bottleneck_curve"]

# From there on the encoder is a map in float64.
_LARGEST = 1e12

# Symbols below it are left out.
_LEAST_SYMBOL = 1e-30

# Differences of the objective that are rounding, for a multiplier near 0.
_ROUNDING = 1e-12


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


@uncompiled
def information_bottleneck_curve(
    pxy: ArrayLike,
    *,
    betas: "Sequence[float] | FloatArray",
    n_codes: int | None = None,
    base: Base = None,
    tolerance: float = 1e-8,
    max_iter: int = 30_000,
) -> BottleneckCurve:
    """Trade-off of ``I(X;T) - beta I(T;Y)`` over codes T of X.

    The problem is not convex, and the iteration of Tishby's equations alone sticks where it starts:
    a probability of 0 never leaves an encoder. So each point is searched for. The constant code,
    the symbols apart and the codes of the other multipliers are starts; a fixed point sets prices
    on symbols, by which laws of X are looked for that would lower the objective as a further code,
    and a linear program mixes the codes seen so far, until no law is worth its price. With fewer
    codes than the best encoder would use, mergers of its codes and starts by chance are compared.

    Up to a multiplier of 1 the code is constant, which is the optimum; beyond it points are fixed
    points that no start has bettered, not proven to be the global optimum. Compression and
    relevance never fall as the multiplier grows.

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
        Largest number of steps from the codes found to the fixed point; a NotConvergedWarning says
        where they did not suffice.

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
    check_number("tolerance", tolerance, 0.0, math.inf, ends="()")
    check_integer("max_iter", max_iter)

    # What is as good as impossible changes neither information, but would divide by nearly 0.
    occurs = table.sum(axis=1) > _LEAST_SYMBOL
    likely = table[occurs]
    encoders = _encoders(
        likely[:, likely.sum(axis=0) > 0], multipliers, n_codes or len(table), tolerance, max_iter
    )
    # Symbols that were left out have the law of the codes, shape (n_betas, n_codes): T says nothing
    # of them.
    codes = likely.sum(axis=1) @ encoders
    rows = np.repeat(codes[:, None] / codes.sum(axis=1)[:, None, None], len(table), axis=1)
    rows[:, occurs] = encoders

    unit = log_base(base)
    compression, relevance = code_information(table, rows)
    return BottleneckCurve(multipliers, compression / unit, relevance / unit, rows)


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


def _encoders(
    table: FloatArray, multipliers: FloatArray, n_codes: int, tolerance: float, max_iter: int
) -> FloatArray:
    """Return the best encoder found at each multiplier; every symbol of the table occurs."""
    constant = encoder_of(table.sum(axis=1)[None], n_codes)
    encoders = np.repeat(constant[None], multipliers.size, axis=0)
    # Mergers by what they lose of Y: at the largest multiplier next to nothing else counts.
    laws = possible_laws(Bottleneck(table, _LARGEST))

    def search(point: int, starts: list[FloatArray]) -> FloatArray:
        problem = Bottleneck(table, float(multipliers[point]))
        encoder, solved = search_encoder(
            problem, n_codes, laws=laws, starts=starts, tolerance=tolerance, max_iter=max_iter
        )
        warn_of_gap(solved, tolerance, f"information bottleneck at beta {multipliers[point]:g}")
        return encoder

    # Data processing: up to a multiplier of 1 what is said of Y never pays for what is kept of X.
    searched = [int(p) for p in np.argsort(-multipliers, kind="stable") if multipliers[p] > 1.0]
    # From the largest multiplier down, each from the encoder of the one before.
    start = constant
    for point in searched:
        start = encoders[point] = search(point, [start])

    # An encoder of another multiplier may be better here than the one that was found here. Where
    # none is, compression and relevance grow with the multiplier: add the two inequalities of a
    # pair of multipliers.
    compression, relevance = code_information(table, encoders)
    for point in searched:
        values = compression - multipliers[point] * relevance
        better = int(np.argmin(values))
        if values[better] < values[point] - _ROUNDING * (1.0 + multipliers[point]):
            encoders[point] = search(point, [encoders[better]])
    return _best_of_all(table, multipliers, encoders)


def _best_of_all(table: FloatArray, multipliers: FloatArray, encoders: FloatArray) -> FloatArray:
    """Give each multiplier the best encoder of all, its own where another is better by rounding."""
    compression, relevance = code_information(table, encoders)
    values = compression[None, :] - multipliers[:, None] * relevance[None, :]
    best = values.argmin(axis=1)
    points = np.arange(multipliers.size)
    gained = values[points, points] - values[points, best]
    return np.asarray(encoders[np.where(gained > _ROUNDING * (1.0 + multipliers), best, points)])

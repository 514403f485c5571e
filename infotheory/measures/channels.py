"""Limits of transmission and compression, with certified gaps: capacity and rate-distortion."""

import math
from dataclasses import dataclass

import numpy as np

from infotheory._display import html_repr, short_repr
from infotheory._numerics import (
    as_float64,
    in_units,
    is_followed,
    log_base,
    namespace,
)
from infotheory._pmfs import as_channel, as_pmf
from infotheory._row_order import warn_of_axis_order
from infotheory._typing import Array, ArrayLike, Base, FloatArray
from infotheory._uncompiled import uncompiled
from infotheory._validation import check_integer, check_range, number_or_nan
from infotheory.measures._envelope import once_differentiable
from infotheory.measures._fixed_point import (
    Step,
    log_softmax,
    logs,
    minimize_by_fixed_point,
    to_numpy,
)
from infotheory.measures._products import information_nats

__all__ = ["ChannelCapacity", "RateDistortion", "channel_capacity", "rate_distortion"]

# Below the logarithm of every probability that a law of float64 logarithms comes to.
_LEAST_LOG = -1e6

# An objective that is larger by no more than this is as good.
_ROUNDING = 1e-15


@dataclass(frozen=True, slots=True, eq=False)
class ChannelCapacity:
    """Capacity of a channel, the input law that reaches it, and how near it is.

    Parameters
    ----------
    capacity : float or array of shape (...)
        Information that ``input_law`` sends through the channel.
    input_law : array of shape (..., n_inputs)
        Law of the input, without gradient.
    gap : array of shape (...)
        The capacity lies between ``capacity`` and ``capacity + gap``.
    n_iter : int
        Steps of the iteration.
    """

    capacity: Array
    input_law: Array
    gap: Array
    n_iter: int

    __repr__ = short_repr
    _repr_html_ = html_repr

    def __float__(self) -> float:
        return float(self.capacity)


@uncompiled
def channel_capacity(
    channel: ArrayLike,
    *,
    base: Base = None,
    tolerance: float = 1e-10,
    max_iter: int = 100_000,
) -> ChannelCapacity:
    """Capacity ``max over P of I(P, W)`` of a memoryless channel, by the Blahut-Arimoto iteration.

    The iteration is accelerated, and stops on the certificate
    ``I(P, W) <= C <= max_x KL(W(.|x), PW)``.

    Parameters
    ----------
    channel : array-like of shape (..., n_inputs, n_outputs)
        Each row the law of the output given an input; leading axes are a batch. Numpy or torch.
    base : float or str, optional
        Base of the logarithm, "bits" or "nats"; nats when None.
    tolerance : float
        Largest gap in nats at which the iteration stops, positive.
    max_iter : int
        Largest number of steps; a NotConvergedWarning says where they did not suffice.

    Returns
    -------
    ChannelCapacity
        Capacity, input law, gap and number of steps; ``float()`` of it is the capacity. The
        gradient of the capacity of a tensor is that at the best input law; a second derivative is
        refused.

    Raises
    ------
    ValueError
        If ``channel`` is not a channel, or ``tolerance`` is not positive.

    References
    ----------
    Blahut, R. E. (1972), "Computation of channel capacity and rate-distortion functions",
    doi:10.1109/TIT.1972.1054855. Arimoto, S. (1972), "An algorithm for computing the capacity of
    arbitrary discrete memoryless channels", doi:10.1109/TIT.1972.1054753.

    Examples
    --------
    >>> round(float(channel_capacity([[0.9, 0.1], [0.1, 0.9]], base=2)), 6)
    0.531004
    """
    rows = as_channel(channel)
    _check_limits(tolerance, max_iter)
    values = to_numpy(rows)

    # From the uniform law: every input stays possible.
    solved = minimize_by_fixed_point(
        _capacity_step(values),
        np.zeros((*values.shape[:-2], 1, values.shape[-2])),
        tolerance=tolerance,
        max_iter=max_iter,
        purpose="channel_capacity",
    )

    # The value is computed anew at the best law: at a maximum its gradient in the channel is that
    # of the capacity, without a derivative of the law.
    xp = namespace(rows)
    law = xp.asarray(np.exp(solved.log_laws[..., 0, :]), device=rows.device)
    gap = xp.asarray(np.maximum(solved.gap, 0.0), device=rows.device)
    return ChannelCapacity(
        in_units(information_nats(law[..., None] * once_differentiable(rows)), base, channel),
        in_units(law, None, channel),
        in_units(gap, base, channel),
        solved.n_iter,
    )


def _check_limits(tolerance: float, max_iter: int) -> None:
    """Raise ValueError unless the tolerance is positive and the number of steps whole."""
    check_integer("max_iter", max_iter)
    if not number_or_nan(tolerance) > 0.0:
        message = f"tolerance must be positive, got {tolerance!r}; the default is 1e-10 nats"
        raise ValueError(message)


def _capacity_step(rows: FloatArray) -> Step:
    """Step ``p <- p exp(KL(W_x, PW))``; the largest divergence bounds the capacity from above."""
    log_rows = logs(rows)
    negative_entropy = (rows * np.where(rows > 0, log_rows, 0.0)).sum(axis=-1)

    def step(log_p: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        law = np.exp(log_p)
        output = law @ rows
        cross = (rows * np.where(rows > 0, _log_output(log_p, log_rows, output), 0.0)).sum(axis=-1)
        divergences = (negative_entropy - cross)[..., None, :]
        lower = np.where(law > 0, law * divergences, 0.0).sum(axis=(-2, -1))
        gap = divergences.max(axis=(-2, -1)) - lower
        return log_softmax(log_p + divergences), -lower, gap

    return step


def _log_output(log_p: FloatArray, log_rows: FloatArray, output: FloatArray) -> FloatArray:
    """Logarithm of the law of the output, also of outputs whose probability underflows."""
    if (output > 0.0).all():
        return np.asarray(np.log(output))

    # There the largest of its terms stands for the sum, which is at most n_inputs times it.
    largest = (np.swapaxes(log_p, -1, -2) + log_rows).max(axis=-2, keepdims=True)
    return np.where(output > 0.0, logs(output), np.maximum(largest, _LEAST_LOG))


@dataclass(frozen=True, slots=True, eq=False)
class RateDistortion:
    """One point of a rate-distortion curve.

    Parameters
    ----------
    rate : float
        Information that the reproduction keeps, not negative.
    distortion : float
        Expected distortion.
    channel : array of shape (n_source, n_reproduction)
        Law of the reproduction given the source symbol, without gradient.
    slope : float
        ``-dR/dD`` at this point, in the unit of the rate per unit of distortion.
    gap : float
        No channel has ``rate + slope * distortion`` lower by more than this.
    n_iter : int
        Steps of the iteration.
    """

    rate: Array
    distortion: Array
    channel: Array
    slope: float
    gap: float
    n_iter: int

    __repr__ = short_repr
    _repr_html_ = html_repr


@uncompiled
def rate_distortion(
    p: ArrayLike,
    distortion: ArrayLike,
    *,
    slope: float,
    base: Base = None,
    tolerance: float = 1e-8,
    max_iter: int = 100_000,
) -> RateDistortion:
    """Point of the rate-distortion function where its slope is ``-slope``.

    The Blahut-Arimoto iteration minimises ``I(X;Y) + slope * E d(X,Y)`` over the channels from X to
    Y; larger slopes walk up the curve towards the least distortion. Up to the slope at which the
    curve leaves the axis, also at 0, the point is its end: rate 0 at the least distortion of one
    symbol for all.

    Parameters
    ----------
    p : array-like of shape (n_source,)
        Law of the source. Numpy or torch.
    distortion : array-like of shape (n_source, n_reproduction)
        Distortion of reproducing a source symbol by another, finite.
    slope : float
        ``-dR/dD``, not negative, in the unit of the rate per unit of distortion.
    base : float or str, optional
        Base of the logarithm of the rate and the slope; nats when None.
    tolerance : float
        Largest gap in nats at which the iteration stops, positive.
    max_iter : int
        Largest number of steps; a NotConvergedWarning says where they did not suffice.

    Returns
    -------
    RateDistortion
        Rate, distortion, the channel, the gap and the number of steps.

    Raises
    ------
    ValueError
        If ``p`` is not one pmf, ``distortion`` does not fit it or is not finite, ``slope`` is
        negative or infinite, or a tensor wants a gradient, which rate and distortion do not have
        here.

    References
    ----------
    Blahut, R. E. (1972), "Computation of channel capacity and rate-distortion functions",
    doi:10.1109/TIT.1972.1054855.

    Examples
    --------
    A fair bit under Hamming distortion has ``R(D) = 1 - h(D)``, of slope ``log2((1 - D) / D)``:

    >>> point = rate_distortion([0.5, 0.5], [[0, 1], [1, 0]], slope=3.169925, base=2)
    >>> round(float(point.distortion), 6), round(float(point.rate), 6)
    (0.1, 0.531004)
    """
    warn_of_axis_order(("p", p, 0), ("distortion", distortion, 0))
    law, costs = _check_source(p, distortion)
    _check_limits(tolerance, max_iter)
    if not 0.0 <= number_or_nan(slope) < math.inf:
        message = f"slope must be finite and not negative, got {slope!r}; it is -dR/dD"
        raise ValueError(message)

    weights, table = to_numpy(law), to_numpy(costs)
    check_range("distortion", table)
    slope = float(slope)
    check_range("slope", np.array(slope))

    # Costs relative to the least of the row: the largest weight of a row is 1, none overflows.
    table = slope * log_base(base) * table
    exponents = table.min(axis=1, keepdims=True) - table
    solved = minimize_by_fixed_point(
        _reproduction_step(weights, exponents),
        np.zeros((1, table.shape[1])),
        tolerance=tolerance,
        max_iter=max_iter,
        purpose="rate_distortion",
    )

    # What no reproduction depends on costs least with one symbol for all.
    constant = int((weights @ to_numpy(costs)).argmin())
    best, gained = _no_worse_than_constant(
        weights, -exponents, np.exp(log_softmax(solved.log_laws + exponents)), constant
    )
    xp = namespace(law)
    channel = xp.asarray(best, device=law.device)
    joint = law[:, None] * channel
    return RateDistortion(
        in_units(information_nats(joint), base, p, distortion),
        in_units(xp.sum(joint * costs), None, p, distortion),
        in_units(channel, None, p, distortion),
        slope,
        max(float(solved.gap) - gained, 0.0) / log_base(base),
        solved.n_iter,
    )


def _no_worse_than_constant(
    weights: FloatArray, costs: FloatArray, channel: FloatArray, symbol: int
) -> tuple[FloatArray, float]:
    """Return a channel, or that of one symbol alone where it is as good, and what it gains."""
    # Where the slope is next to 0 every law of the reproduction closes the gap, and the iteration
    # ends where it began, at a distortion that buys no rate.
    joint = weights[:, None] * channel
    found = float(information_nats(joint)) + float((joint * costs).sum())
    gained = found - float(weights @ costs[:, symbol])
    if gained < -_ROUNDING:
        return channel, 0.0

    constant = np.zeros_like(channel)
    constant[:, symbol] = 1.0
    return constant, gained


def _check_source(p: ArrayLike, distortion: ArrayLike) -> tuple[Array, Array]:
    """Return the law of the source and the costs, of one kind and on one device."""
    law = as_pmf(p, like=distortion)
    costs = as_float64(distortion, name="distortion", like=law)
    if law.ndim != 1 or costs.ndim != 2 or costs.shape[0] != law.shape[0] or costs.shape[1] == 0:
        message = (
            "p must have shape (n_source,) and distortion (n_source, n_reproduction), "
            f"got shapes {tuple(law.shape)} and {tuple(costs.shape)}"
        )
        raise ValueError(message)

    # Both change with the channel, whose derivative is not known: theirs at a channel that stays
    # would be another number.
    if is_followed(law) or is_followed(costs):
        message = (
            "rate_distortion has no gradient, got a tensor through which torch follows one; pass "
            "p.detach() and distortion.detach()"
        )
        raise ValueError(message)

    values = to_numpy(costs)
    if not np.isfinite(values).all():
        message = (
            f"distortion must be finite, got {values[~np.isfinite(values)][0]}; use a large cost "
            "to forbid a pair"
        )
        raise ValueError(message)
    return law, costs


def _reproduction_step(weights: FloatArray, exponents: FloatArray) -> Step:
    """Step ``q <- q c``, ``c = sum_x p(x) e^{-s d} / sum_y q e^{-s d}``; the gap is log max c."""
    kernel = np.exp(exponents)

    def step(log_q: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        norms = kernel @ np.exp(log_q[0])
        factors = (weights / norms) @ kernel
        value = np.asarray(-(weights * np.log(norms)).sum())
        return log_softmax(log_q + logs(factors)), value, np.asarray(np.log(factors.max()))

    return step

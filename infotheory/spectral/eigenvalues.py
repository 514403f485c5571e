"""The entropy of a spectrum."""

import math
from typing import Any

from infotheory._numerics import as_float64, in_units, is_tensor, namespace
from infotheory._pmfs import read_value
from infotheory._row_order import warn_of_axis_order
from infotheory._typing import Array, ArrayLike, Base
from infotheory._validation import as_order
from infotheory.spectral._spectrum import as_power, spectral_entropy_nats

__all__ = ["spectral_entropy"]


def spectral_entropy(
    spectrum: ArrayLike,
    *,
    t: float = 1.0,
    order: float = 1.0,
    weights: ArrayLike | None = None,
    base: Base = None,
) -> Any:
    r"""Rényi entropy of a spectrum raised to a power.

    Descriptive of the rows at hand: no error is given.

    With :math:`\psi(s) = \log \sum_i w_i \lambda_i^s` the entropy is
    :math:`H_\alpha(t) = [\psi(\alpha t) - \alpha \psi(t)] / (1 - \alpha)`, and its limits
    :math:`\psi(t) - t \psi'(t)` at order 1, :math:`\psi(t) - t \log \lambda_{\max}` at infinity and
    the logarithm of the (weighted) rank at 0. Its exponential is an effective number of
    eigenvalues.

    Parameters
    ----------
    spectrum : array-like of shape (..., n)
        Eigenvalues, not negative and not all zero; a tensor stays a tensor and keeps its gradient.
    t : float
        Power, finite and positive: diffusion time of a diffusion matrix, 1/2 turns squared singular
        values into singular values.
    order : float
        Order from 0 to inf; 1 is Shannon.
    weights : array-like of shape (..., n), optional
        Multiplicity of each eigenvalue, not negative (quadrature weights need not be whole); 1 when
        None.
    base : float or str, optional
        Base of the logarithm, "bits" or "nats"; nats when None.

    Returns
    -------
    float or array of shape (...)
        Entropy from 0 to log n; with weights below 1 it may be negative.

    Raises
    ------
    ValueError
        If the spectrum or the weights are negative, not finite, empty, all zero or of different
        shapes, or ``t`` or ``order`` lie outside their ranges.

    References
    ----------
    D. Liao, C. Liu et al. (2023), "Assessing neural network representations during training using
    noise-resilient diffusion spectral entropy", arXiv:2312.04823, equations 4 and 5 (order 1, t the
    diffusion time).

    Examples
    --------
    Two equal eigenvalues are one bit; squaring 2, 1, 1 gives shares 2/3, 1/6, 1/6:

    >>> float(spectral_entropy([3.0, 3.0], base=2))
    1.0
    >>> round(float(spectral_entropy([2.0, 1.0, 1.0], t=2.0, base=2)), 6)
    1.251629
    """
    values = as_float64(spectrum, name="spectrum")
    _check_not_negative(values, "spectrum")
    xp = namespace(values)

    multiplicity = None
    if weights is not None:
        warn_of_axis_order(("spectrum", spectrum, -1), ("weights", weights, -1))
        multiplicity = as_float64(weights, name="weights", like=values)
        _check_not_negative(multiplicity, "weights")
        if tuple(multiplicity.shape) != tuple(values.shape):
            message = (
                f"weights must have the shape of spectrum {tuple(values.shape)}, got "
                f"{tuple(multiplicity.shape)}"
            )
            raise ValueError(message)

    present = values > 0 if multiplicity is None else (values > 0) & (multiplicity > 0)
    if not read_value(present, lambda: xp.all(xp.any(present, axis=-1))):
        message = "spectrum must have a positive eigenvalue of positive weight, got none"
        raise ValueError(message)

    nats = spectral_entropy_nats(values, as_power(t), as_order(order), multiplicity)
    return in_units(nats, base, spectrum)


def _check_not_negative(values: Array, name: str) -> None:
    """Raise ValueError unless all entries are finite and none is negative."""
    array = values.detach() if is_tensor(values) else values
    xp = namespace(array)
    if array.ndim == 0 or 0 in array.shape:
        message = (
            f"{name} must have at least one entry along its last axis, got shape "
            f"{tuple(array.shape)}"
        )
        raise ValueError(message)

    lowest = read_value(array, lambda: xp.min(array))
    highest = read_value(array, lambda: xp.max(array))
    if not (math.isfinite(lowest) and math.isfinite(highest)):
        message = f"{name} must be finite, got values from {lowest} to {highest}"
        raise ValueError(message)
    if lowest < 0.0:
        message = f"{name} must not be negative, got {lowest!r}; set rounding below 0 to 0 first"
        raise ValueError(message)

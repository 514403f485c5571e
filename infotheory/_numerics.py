"""Numerical kernels that every room shares, for numpy arrays and torch tensors; no checks."""

import math
from typing import Any

import array_api_compat
import numpy as np

from infotheory._typing import Array, ArrayLike

__all__ = [
    "as_float64",
    "clip_rounding",
    "cumulant",
    "in_units",
    "is_tensor",
    "log_base",
    "log_covered",
    "namespace",
    "renyi_divergence_nats",
    "renyi_entropy_nats",
    "safe_log",
]

# Below this |t| the cumulant is taken by expm1 and log1p. Logarithms of float64 ratios stay below
# 1490, so |t v| < 15 there and log1p(mean of expm1) is accurate; beyond it log-sum-exp loses at
# most about 1e-16 / 1e-2.
_SMALL_ORDER = 1e-2


def is_tensor(array: Any) -> bool:
    """Tell whether ``array`` is a torch tensor, without loading torch."""
    return bool(array_api_compat.is_torch_array(array))


def namespace(*arrays: Any) -> Any:
    """Return the array namespace (torch where one of the arrays is a tensor, numpy otherwise)."""
    tensors = [array for array in arrays if is_tensor(array)]
    return (
        array_api_compat.array_namespace(*tensors)
        if tensors
        else array_api_compat.array_namespace(np.empty(0))
    )


def as_float64(array: ArrayLike, *, name: str = "p", like: ArrayLike | None = None) -> Array:
    """Convert to float64: a tensor stays one, anything else becomes numpy, or a tensor as ``like``.

    Anything but real numbers in a rectangular array is a ValueError.
    """
    if is_tensor(array):
        xp = namespace(array)
        tensor: Any = array
        if xp.isdtype(tensor.dtype, "complex floating"):
            message = f"{name} must hold real numbers, got dtype {tensor.dtype}"
            raise ValueError(message)
        return xp.astype(tensor, xp.float64, copy=False)

    # Complex numbers and text must not become floats; objects hold numbers of any type.
    try:
        values = np.asarray(array)
        numbers = values.astype(
            np.float64, copy=False, casting="unsafe" if values.dtype.kind == "O" else "same_kind"
        )
    except (TypeError, ValueError) as error:
        message = f"{name} must hold real numbers in a rectangular array, got {array!r}"
        raise ValueError(message) from error

    if not is_tensor(like):
        return numbers
    reference: Any = like
    return namespace(like).asarray(numbers, device=reference.device)


def in_units(nats: Array, base: float | None, *inputs: ArrayLike) -> Array:
    """Divide nats by the logarithm of the base, in the type of the caller's inputs.

    Float32 tensors in, a float32 tensor out; numpy results stay float64.
    """
    divisor = log_base(base)
    value = nats if divisor == 1.0 else nats / divisor
    tensors: list[Any] = [array for array in inputs if is_tensor(array)]
    if tensors:
        xp = namespace(*tensors)
        floating = [tensor.dtype for tensor in tensors if xp.isdtype(tensor.dtype, "real floating")]
        return xp.astype(value, xp.result_type(*floating), copy=False) if floating else value
    return value[()] if isinstance(value, np.ndarray) else value


def log_base(base: float | None) -> float:
    """Return nats per unit: 1 for None (nats), log 2 for ``base=2`` (bits)."""
    if base is None:
        return 1.0
    if not (math.isfinite(base) and base > 1.0):
        message = f"base must be finite and above 1, got {base!r}; use None for nats, 2 for bits"
        raise ValueError(message)
    return math.log(base)


def safe_log(x: Array) -> Array:
    """Logarithm where ``x > 0``; elsewhere 0 with a gradient of 0, never inf times 0."""
    xp = namespace(x)
    return xp.log(xp.where(x > 0, x, 1.0))


def clip_rounding(x: Array) -> Array:
    """Lift rounding below 0 to 0; NaN stays NaN, and the gradient at exactly 0 is kept."""
    return namespace(x).where(x < 0, 0.0, x)


def cumulant(weights: Array, values: Array, t: float, *, axis: int = -1) -> Array:
    """Scaled cumulant ``log(sum w exp(t v) / sum w) / t``, which all Rényi measures share.

    Order 0 is the mean ``sum w v``, infinite orders are the maximum (t = inf) and minimum (t =
    -inf) over ``w > 0``. Values are finite everywhere; cells of weight 0 play no part, and where no
    weight is positive the cumulant is 0.
    """
    xp = namespace(weights)
    if t == 0.0:
        return xp.sum(weights * values, axis=axis)

    positive = weights > 0
    some = xp.any(positive, axis=axis)
    if math.isinf(t):
        ends = (
            xp.max(xp.where(positive, values, -math.inf), axis=axis)
            if t > 0
            else -cumulant(weights, -values, math.inf, axis=axis)
        )
        return xp.where(some, ends, 0.0)

    # Small orders by expm1 and log1p, which keep the digits of the mean; others by log-sum-exp,
    # which does not overflow.
    mass = xp.where(some, xp.sum(weights, axis=axis), 1.0)
    if abs(t) <= _SMALL_ORDER:
        return xp.log1p(xp.sum(weights * xp.expm1(t * values), axis=axis) / mass) / t
    exponents = xp.where(positive, t * values + safe_log(weights), -math.inf)
    top = xp.where(some, xp.max(exponents, axis=axis), 0.0)
    total = xp.sum(xp.exp(exponents - xp.expand_dims(top, axis=axis)), axis=axis)
    return xp.where(some, (top + xp.log(xp.where(some, total, 1.0)) - xp.log(mass)) / t, 0.0)


def renyi_entropy_nats(p: Array, order: float, *, axis: int = -1) -> Array:
    """Rényi entropy of a checked pmf in nats, over its support; 0 where there is no mass."""
    xp = namespace(p)
    if order == 0.0:
        size = xp.sum(xp.astype(p > 0, xp.float64), axis=axis)
        return safe_log(size)
    return clip_rounding(-cumulant(p, safe_log(p), order - 1.0, axis=axis))


def log_covered(p: Array, q: Array, *, axis: int = -1) -> Array:
    """Logarithm of the mass of p on the support of q: exactly 0 where q misses nothing.

    It is -inf where q misses all.

    A small missed mass goes through log1p, so that no digits cancel.
    """
    xp = namespace(p)
    covered = xp.sum(xp.where(q > 0, p, 0.0), axis=axis)
    missed = xp.sum(xp.where(q > 0, 0.0, p), axis=axis)
    little = missed < covered
    value = xp.where(little, xp.log1p(-xp.where(little, missed, 0.0)), safe_log(covered))
    return xp.where((covered == 0) & (missed > 0), -math.inf, value)


def renyi_divergence_nats(p: Array, q: Array, order: float, *, axis: int = -1) -> Array:
    """Rényi divergence of checked pmfs of one shape in nats, 0 without mass in p.

    It is inf where absolute continuity fails.

    Below order 1 the mass of p that q misses costs the finite amount ``log_covered / (order - 1)``.
    """
    xp = namespace(p)
    if order == 0.0:
        return clip_rounding(
            -log_covered(xp.where(xp.any(p > 0, axis=axis, keepdims=True), q, 0.0), p, axis=axis)
        )

    common = xp.where(q > 0, p, 0.0)
    ratio = xp.where(common > 0, safe_log(p) - safe_log(q), 0.0)
    value = cumulant(common, ratio, order - 1.0, axis=axis)

    if order < 1.0:
        return clip_rounding(value + log_covered(p, q, axis=axis) / (order - 1.0))
    missed = xp.any((p > 0) & (q == 0), axis=axis)
    return xp.where(missed, math.inf, clip_rounding(value))

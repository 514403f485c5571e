"""Numerical kernels that every room shares, for numpy arrays and torch tensors; no checks."""

import math
import sys
from typing import Any, Literal

import array_api_compat
import numpy as np

from infotheory._typing import Array, ArrayLike, Base, FloatArray

__all__ = [
    "ALIKE",
    "as_float64",
    "bent_logarithm",
    "bounded_terms",
    "clip_rounding",
    "conditional_laws",
    "cumulant",
    "deviance_terms",
    "in_units",
    "information_of_cells",
    "is_divisible",
    "is_followed",
    "is_half",
    "is_hidden",
    "is_tensor",
    "log_base",
    "log_covered",
    "namespace",
    "refuse_masked",
    "refuse_meta",
    "refuse_sparse",
    "refuse_text",
    "relative_entropy_nats",
    "renyi_divergence_nats",
    "renyi_entropy_nats",
    "safe_log",
    "tensor_to_numpy",
    "unit_name",
]

#: Shares with a smaller contrast ``(p - q) / (p + q)`` are nearly equal.
ALIKE = 0.1

# Below this |x| the bend of a logarithm is its series, to the last digit.
_SMALL_EXCESS = 0.01
_BEND = tuple((-1.0) ** j / ((j + 1.0) * (j + 2.0)) for j in range(9))

# Below this |t| the cumulant is taken by expm1 and log1p. Logarithms of float64 ratios stay below
# 1490, so |t v| < 15 there and log1p(mean of expm1) is accurate; beyond it log-sum-exp loses at
# most about 1e-16 / 1e-2.
_SMALL_ORDER = 1e-2

# Up to this |t v| they are taken at every order: the mean of small values is small itself, and
# log-sum-exp would know it to 1e-16 only.
_SMALL_EXPONENT = 0.1

# Up to this |p - q| / (p + q) a cell of a divergence is a series: the difference of its terms
# would lose what they have in common. The series below is exact to 1e-17 there.
_NEAR = 0.1
_ODD_SERIES = tuple(1.0 / (2 * k + 3) for k in range(8))

# Up to this |x| the difference e^x - 1 - x is a series, of twelve factors x / (k + 3).
_NEAR_EXPONENT = 0.25
_EXPONENT_FACTORS = tuple(1.0 / k for k in range(14, 2, -1))

# No power of a likelihood ratio beyond exp of this takes part in the form for near laws.
_LARGEST_EXPONENT = 50.0

# Smaller numbers divide nothing as they are: their inverse, or its gradient, overflows.
_LEAST_DIVISOR = 1e-290
_SCALE = 2.0**600
_LOG_SCALE = 600.0 * math.log(2.0)

_NATS = ("e", "nat", "nats")
_BITS = ("bit", "bits")


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

    Anything but real numbers in a rectangular array is a ValueError: text that looks like numbers
    and entries that a mask hides are refused too.
    """
    if is_tensor(array):
        refuse_meta(name, array)
        xp = namespace(array)
        tensor: Any = array
        if xp.isdtype(tensor.dtype, "complex floating"):
            message = f"{name} must hold real numbers, got dtype {tensor.dtype}"
            raise ValueError(message)
        return xp.astype(tensor, xp.float64, copy=False)

    # Complex numbers and text must not become floats; objects hold numbers of any type.
    refuse_masked(name, array)
    rule = f"{name} must hold real numbers in a rectangular array, got"
    try:
        values = np.asarray(array)
    except (TypeError, ValueError) as error:
        message = f"{rule} {array!r}"
        raise ValueError(message) from error

    refuse_text(name, values)
    casting: Literal["unsafe", "same_kind"] = "unsafe" if values.dtype.kind == "O" else "same_kind"
    try:
        numbers = values.astype(np.float64, copy=False, casting=casting)
    except (TypeError, ValueError) as error:
        message = f"{rule} {array!r}"
        raise ValueError(message) from error

    if not is_tensor(like):
        return numbers
    refuse_meta(f"what stands beside {name}", like)
    reference: Any = like
    return namespace(like).asarray(numbers, device=reference.device)


def refuse_meta(name: str, tensor: Any) -> None:
    """Raise ValueError for a tensor on the device "meta", which has a shape and no values."""
    if tensor.device.type == "meta":
        message = (
            f"{name} must hold values, got a tensor of shape {tuple(tensor.shape)} on the device "
            "'meta', which has none"
        )
        raise ValueError(message)


def tensor_to_numpy(name: str, tensor: Any) -> np.ndarray[Any, Any]:
    """Copy a tensor to numpy without its gradient; bfloat16, which numpy lacks, as float32."""
    refuse_meta(name, tensor)
    values = tensor.detach().cpu()
    values = values.float() if str(values.dtype) == "torch.bfloat16" else values
    if not is_hidden(values):
        return np.asarray(values)
    # A transform tells the numbers, but not where they lie.
    return np.array(values.tolist(), dtype=str(values.dtype).removeprefix("torch."))


def is_followed(array: Array) -> bool:
    """Tell whether torch follows a derivative through an array, backward or forward."""
    if not is_tensor(array):
        return False
    torch = sys.modules["torch"]
    tangent = torch.autograd.forward_ad.unpack_dual(array).tangent
    return tangent is not None or bool(array.requires_grad and torch.is_grad_enabled())


def is_hidden(tensor: Array) -> bool:
    """Tell whether a transform of torch stands between us and the memory of a tensor."""
    try:
        tensor.data_ptr()
    except RuntimeError:
        return True
    return False


def refuse_masked(name: str, array: Any) -> None:
    """Raise ValueError where a mask hides entries: numpy would silently read what lies below it."""
    if isinstance(array, np.ma.MaskedArray) and np.ma.is_masked(array):
        message = (
            f"{name} must have no masked entries, got {int(np.ma.getmaskarray(array).sum())} of "
            f"{array.size}; call .filled(value) to give them a value, or .compressed() to drop them"
        )
        raise ValueError(message)


def refuse_sparse(name: str, table: Any) -> None:
    """Raise TypeError where rows come as a sparse matrix, which has no length and no entries."""
    # Whoever made one has loaded its module.
    sparse = sys.modules.get("scipy.sparse")
    if sparse is not None and sparse.issparse(table):
        message = f"{name} must be dense, got a sparse {type(table).__name__}; use {name}.toarray()"
        raise TypeError(message)


def refuse_text(name: str, values: np.ndarray[Any, Any]) -> None:
    """Raise ValueError where an array holds text, also where the text reads as numbers."""
    text = (
        next((entry for entry in values.flat if isinstance(entry, str | bytes)), None)
        if values.dtype.kind == "O"
        else values.flat[0]
        if values.dtype.kind in "US" and values.size
        else None
    )
    if text is not None:
        message = (
            f"{name} must hold real numbers in a rectangular array, got the text {text!r}; turn "
            "text into numbers first (numpy.asarray(values, dtype=float))"
        )
        raise ValueError(message)


def is_half(array: Any) -> bool:
    """Tell whether an array or tensor is float16 or bfloat16."""
    return str(getattr(array, "dtype", "")).endswith("float16")


def in_units(nats: Array, base: Base, *inputs: ArrayLike) -> Array:
    """Divide nats by the logarithm of the base, in the type of the caller's inputs.

    Float32 and half precision tensors in, a float32 tensor out; numpy results stay float64.
    """
    divisor = log_base(base)

    # Adding 0.0 turns -0.0 into 0.0.
    value = (nats if divisor == 1.0 else nats / divisor) + 0.0
    tensors: list[Any] = [array for array in inputs if is_tensor(array)]
    if tensors:
        xp = namespace(*tensors)
        floating = [
            xp.float32 if is_half(tensor) else tensor.dtype
            for tensor in tensors
            if xp.isdtype(tensor.dtype, "real floating")
        ]
        return xp.astype(value, xp.result_type(*floating), copy=False) if floating else value
    return value[()] if isinstance(value, np.ndarray) else value


def log_base(base: Base) -> float:
    """Return nats per unit: 1 for None, "e" or "nats", log 2 for 2 or "bits"."""
    if base is None or (isinstance(base, str) and base in _NATS):
        return 1.0
    if isinstance(base, str) and base in _BITS:
        return math.log(2.0)

    # Arrays, None-like objects and text have no order: they are as wrong as a base of 1.
    try:
        valid = not isinstance(base, str | bytes) and math.isfinite(base) and base > 1.0
    except (TypeError, ValueError):
        valid = False
    if not valid:
        message = (
            f'base must be finite and above 1, got {base!r}; use None or "nats" for nats, 2 or '
            '"bits" for bits'
        )
        raise ValueError(message)
    return math.log(float(base))


def unit_name(base: Base) -> str:
    """Name the unit of a checked base: nats, bits, or "base 3"."""
    if isinstance(base, str):
        return "nats" if base in _NATS else "bits"
    return {None: "nats", 2.0: "bits"}.get(base, f"base {base}")


def safe_log(x: Array) -> Array:
    """Logarithm where ``x > 0``; elsewhere 0 with a gradient of 0, never inf times 0."""
    xp = namespace(x)
    positive = xp.where(x > 0, x, 1.0)
    if not is_tensor(x) or x.dtype != xp.float64:
        return xp.log(positive)

    # The gradient 1/x of the least floats overflows, though x times it is 1: they are scaled up.
    scale = _scale_of_least(positive)
    return xp.log(positive * scale) - xp.where(scale > 1.0, _LOG_SCALE, xp.zeros_like(x))


def is_divisible(x: Array) -> Array:
    """Mark what may divide a number of its own size, with a gradient."""
    return x >= _LEAST_DIVISOR


def _scale_of_least(x: Array) -> Array:
    """Return a power of two for numbers whose inverse overflows, 1 for others."""
    xp = namespace(x)
    return xp.where(x < _LEAST_DIVISOR, _SCALE, xp.ones_like(x))


def conditional_laws(cells: Array, axis: int | tuple[int, ...]) -> tuple[Array, Array]:
    """Return sums of a table over axes, which stay, and the table over them; 0 over 0 is 0."""
    xp = namespace(cells)
    law = xp.sum(cells, axis=axis, keepdims=True)
    scale = _scale_of_least(law)
    return law, cells * scale / xp.where(law > 0, law * scale, 1.0)


def clip_rounding(x: Array) -> Array:
    """Lift rounding below 0 and -0.0 to 0; NaN stays NaN, and the gradient at 0 is kept."""
    return namespace(x).where(x < 0, 0.0, x) + 0.0


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

    # Small orders and exponents by expm1 and log1p, which keep the digits of the mean; others by
    # log-sum-exp, which does not overflow.
    mass = xp.where(some, xp.sum(weights, axis=axis), 1.0)
    if abs(t) <= _SMALL_ORDER:
        return xp.log1p(xp.sum(weights * xp.expm1(t * values), axis=axis) / mass) / t

    exponents = t * values
    largest = xp.max(xp.where(positive, xp.abs(exponents), 0.0), axis=axis, keepdims=True)
    small = largest <= _SMALL_EXPONENT
    growth = xp.expm1(xp.where(small & positive, exponents, 0.0))
    by_growth = xp.log1p(xp.sum(weights * growth, axis=axis) / mass)

    logs = xp.where(positive, exponents + safe_log(weights), -math.inf)
    by_logs = xp.where(some, _log_sum_exp(logs, some, axis) - xp.log(mass), 0.0)
    return xp.where(xp.squeeze(small, axis=axis), by_growth, by_logs) / t


def _log_sum_exp(logs: Array, some: Array, axis: int) -> Array:
    """Logarithm of a sum of exponentials; ``some`` marks the sums that have a term."""
    xp = namespace(logs)

    # The largest term counts as 1 beside the others, so that log1p keeps the digits of theirs. It
    # is a constant that cancels, and has no gradient.
    top = xp.where(some, xp.max(_without_gradient(logs), axis=axis), 0.0)
    shifted = logs - xp.expand_dims(top, axis=axis)
    place = xp.expand_dims(xp.argmax(_without_gradient(logs), axis=axis), axis=axis)
    position = xp.arange(logs.shape[axis], device=logs.device)
    shape = [1] * logs.ndim
    shape[axis] = -1
    first = (xp.reshape(position, tuple(shape)) == place) & xp.expand_dims(some, axis=axis)

    terms = xp.where(first, xp.expm1(xp.where(first, shifted, 0.0)), xp.exp(shifted))
    return top + xp.log1p(xp.sum(terms, axis=axis))


def _without_gradient(x: Array) -> Array:
    return x.detach() if is_tensor(x) else x


def renyi_entropy_nats(p: Array, order: float, *, axis: int = -1) -> Array:
    """Rényi entropy of a checked pmf in nats, over its support; 0 where there is no mass.

    Order 0 counts outcomes: of a tensor that wants a gradient it is a ValueError.
    """
    xp = namespace(p)
    if order == 0.0:
        _refuse_gradient(p)
        size = xp.sum(xp.astype(p > 0, xp.float64), axis=axis)
        return safe_log(size)
    return clip_rounding(-cumulant(p, safe_log(p), order - 1.0, axis=axis))


def _refuse_gradient(p: Array) -> None:
    """Raise ValueError where a gradient is recorded: a count of outcomes has none."""
    if is_tensor(p) and p.requires_grad and sys.modules["torch"].is_grad_enabled():
        message = (
            "order 0 counts the outcomes that occur, which has no gradient, got a tensor with "
            "requires_grad=True; pass p.detach(), or an order above 0"
        )
        raise ValueError(message)


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


def relative_entropy_nats(
    p: Array, q: Array, log_ratio: Array, difference: Array, *, axis: int | tuple[int, ...] = -1
) -> Array:
    """Sum ``p log(p/q) - p + q`` of checked masses of one shape, in nats.

    No cell is negative, so that nothing cancels where p and q are near, and masses that differ by
    the rounding of their dtype matter at second order only. ``log_ratio`` is finite where p is
    positive and 0 elsewhere, and ``difference`` is p - q: the caller knows both better than the
    product or mixture q, which may underflow.
    """
    xp = namespace(p)
    near, close = _near_cells(p, q, difference)

    # Masses of the other cells are summed apart, where those of round numbers cancel exactly.
    cells = xp.where(near, close, p * log_ratio)
    nats = xp.sum(cells, axis=axis) - xp.sum(xp.where(near, 0.0, difference), axis=axis)

    # Off the simplex the gradient is that of ``sum p log(p/q)``: the masses change no value, and
    # are put back as what has a gradient alone.
    if not is_tensor(difference) or not difference.requires_grad:
        return nats
    masses = xp.sum(difference, axis=axis)
    return nats + (masses - masses.detach())


def _near_cells(p: Array, q: Array, difference: Array) -> tuple[Array, Array]:
    """Mark the cells where p and q are near, and compute ``p log(p/q) - p + q`` there."""
    xp = namespace(p)
    both = p + q
    divisible = is_divisible(both)
    share = difference / xp.where(divisible, both, 1.0)
    near = divisible & (xp.abs(share) <= _NEAR)

    # With s = (p - q)/(p + q) the cell is (p + q) ((1 + s) artanh s - s), here as a series in s.
    s = xp.where(near, share, 0.0)
    square = s * s
    tail = _ODD_SERIES[-1] + 0.0 * square
    for coefficient in _ODD_SERIES[-2::-1]:
        tail = coefficient + square * tail
    return near, both * square * (1.0 + (1.0 + s) * s * tail)


def information_of_cells(
    cells: FloatArray, first: FloatArray, second: FloatArray, shared: FloatArray
) -> FloatArray:
    """Cells ``p log(p/q) - p + q`` of a table, q the product of its margins over a shared one.

    For each cell: its weight, those of the two margins that hold it, and that of what both hold
    (the total, or the class of the condition). In nats times weight; the sum over all cells, empty
    ones too, is the information, without any that would be negative.
    """
    # Products of counts are exact, and so is their difference: near independence it is all.
    product = first * second
    difference = (cells * shared - product) / shared
    near, close = _near_cells(cells, product / shared, difference)

    # One logarithm of a ratio is exact for round numbers; where products underflow they are four.
    ratio = np.where(is_divisible(product), cells * shared / np.where(product > 0, product, 1), 0)
    logs = np.where(
        is_divisible(ratio),
        safe_log(ratio),
        safe_log(cells) + safe_log(shared) - safe_log(first) - safe_log(second),
    )
    far = np.where(cells > 0, cells * logs, 0.0) - difference
    return np.asarray(np.where(near, close, far))


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
    missed = xp.any((p > 0) & (q == 0), axis=axis)
    empty = ~xp.any(p > 0, axis=axis)
    if order == 1.0:
        value = clip_rounding(relative_entropy_nats(common, q, ratio, common - q, axis=axis))
        return xp.where(missed, math.inf, xp.where(empty, 0.0, value))

    value = cumulant(common, ratio, order - 1.0, axis=axis)
    if order < 1.0:
        value = value + log_covered(p, q, axis=axis) / (order - 1.0)
    if math.isfinite(order):
        # Below 1/2 the two terms of the form for near laws would nearly cancel, and skew symmetry
        # takes its place. There order - 1 is minus the order here, to its last digit.
        near, is_near = (
            _near_renyi_divergence(q, p, -ratio, -order, axis)
            if order < 0.5
            else _near_renyi_divergence(p, q, ratio, order - 1.0, axis)
        )
        near = near * (order / (1.0 - order)) if order < 0.5 else near
        value = xp.where(is_near & ~empty, near, value)
    value = clip_rounding(value)
    return xp.where(missed, math.inf, value) if order > 1.0 else value


def _near_renyi_divergence(
    p: Array, q: Array, ratio: Array, t: float, axis: int
) -> tuple[Array, Array]:
    """Rényi divergence of order 1 + t without cancellation, and where it may be used: near laws.

    The sum of ``p^(1 + t) q^-t`` less 1 is t times the relative entropy plus the sum of
    ``p (e^(t r) - 1 - t r)``, r the logarithm of p/q.
    """
    xp = namespace(p)
    common = xp.where(q > 0, p, 0.0)
    exponents = t * ratio
    bounded = xp.max(exponents, axis=axis, keepdims=True) <= _LARGEST_EXPONENT
    bend = common * _exponential_bend(xp.where(bounded, exponents, 0.0))
    excess = t * relative_entropy_nats(common, q, ratio, common - q, axis=axis)
    excess = excess + xp.sum(bend, axis=axis) - (1.0 + t) * xp.sum(p - common, axis=axis)

    is_near = (xp.abs(excess) < 0.5) & xp.squeeze(bounded, axis=axis)
    return xp.log1p(xp.where(is_near, excess, 0.0)) / t, is_near


def _exponential_bend(x: Array) -> Array:
    """Compute ``e^x - 1 - x`` to its last digits."""
    xp = namespace(x)
    near = xp.abs(x) <= _NEAR_EXPONENT
    small = xp.where(near, x, 0.0)
    series = 1.0 + 0.0 * small
    for factor in _EXPONENT_FACTORS:
        series = 1.0 + small * factor * series
    return xp.where(near, small * small / 2.0 * series, xp.expm1(x) - x)


def bounded_terms(p: FloatArray, q: FloatArray, by_logarithms: FloatArray) -> FloatArray:
    """Terms of Jensen and Shannon's divergence, those of shares that are nearly equal put right.

    The sum of two logarithms that nearly cancel is rounding from 10^15 rows on. With
    ``c = (p - q) / (p + q)`` a term is ``(p + q) / 4`` times ``ln(1 - c^2) + 2 c artanh(c)``, whose
    parts are ``-c^2`` and ``2 c^2`` to second order.
    """
    total = np.maximum(p + q, np.finfo(np.float64).smallest_subnormal)
    contrast = (p - q) / total
    alike = np.abs(contrast) < ALIKE
    contrast = np.where(alike, contrast, 0.0)
    logs = np.log1p(-(contrast**2)) + 2.0 * contrast * np.arctanh(contrast)
    return np.where(alike, 0.25 * total * logs, by_logarithms)


def bent_logarithm(excess: FloatArray) -> FloatArray:
    """``(1 + x) ln(1 + x) - x`` for x from -1 on, which as it stands loses its digits near 0.

    Times a share it is what a count adds to a likelihood ratio that lies by x beyond its share;
    below -1 by rounding counts as -1.
    """
    excess = np.maximum(excess, -1.0)
    # At -1 the logarithm is infinite, and its part 0.
    logarithm = np.log1p(np.maximum(excess, -1.0 + np.finfo(np.float64).eps))
    by_logarithm = (1.0 + excess) * logarithm - excess
    series = excess**2 * np.polynomial.polynomial.polyval(excess, _BEND)
    return np.asarray(np.where(np.abs(excess) < _SMALL_EXCESS, series, by_logarithm))


def deviance_terms(p: FloatArray, q: FloatArray) -> FloatArray:
    """``p ln(p / q) - p + q`` of shares, not negative, 0 where q is; they add up to KL(p||q).

    Terms ``p ln(p / q)`` have both signs, and beside 10^15 rows cancel but for their rounding.
    """
    has_share = q > 0.0
    share = np.where(has_share, q, 1.0)
    return np.where(has_share, share * bent_logarithm((p - q) / share), 0.0)

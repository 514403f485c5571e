"""Checks at the border of the package. Inside it, arrays are trusted."""

import math
from collections.abc import Sequence
from numbers import Integral, Real
from typing import Any

import numpy as np

from infotheory._numerics import as_float64, is_tensor, namespace
from infotheory._typing import Array, ArrayLike, BoolArray, FloatArray, IntArray, LabelArray

__all__ = [
    "as_array",
    "as_channel",
    "as_counts",
    "as_joint",
    "as_numbers",
    "as_order",
    "as_pmf",
    "as_pmfs",
    "as_weights",
    "check_integer",
    "check_length",
    "check_level",
    "check_mass",
    "check_number",
    "check_option",
    "check_range",
    "distinct_labels",
    "is_number",
    "mass_of_rows",
    "mass_tolerance",
    "missing_labels",
    "missing_mask",
]

_COUNTS = "pass counts to entropy_from_counts"
_LARGEST = 1e60  # fourth powers of numbers up to here, and their sums, are float64


def check_option(name: str, value: Any, options: Sequence[Any]) -> None:
    """Raise ValueError where ``value`` is not one of ``options``."""
    if value not in options:
        known = ", ".join(repr(option) for option in options)
        message = f"{name} must be one of {known}, got {value!r}"
        raise ValueError(message)


def check_integer(
    name: str, value: Any, *, low: int = 1, high: int | None = None, alternative: str = ""
) -> None:
    """Raise ValueError unless ``value`` is an integer from ``low`` to ``high``.

    ``alternative`` names what else would do (", or None for no limit").
    """
    whole = isinstance(value, Integral) and not isinstance(value, bool)
    if not whole or value < low or (high is not None and value > high):
        range_ = f"of at least {low}" if high is None else f"from {low} to {high}"
        message = f"{name} must be an integer {range_}{alternative}, got {value!r}"
        raise ValueError(message)


def is_number(value: Any) -> bool:
    """Whether a value is a real number; True and False are not."""
    return isinstance(value, Real) and not isinstance(value, bool)


def check_number(
    name: str, value: Any, low: float, high: float, *, ends: str = "[]", rule: str = ""
) -> None:
    """Raise ValueError unless ``value`` is a number between ``low`` and ``high``.

    ``ends`` says which ends belong, as in "[)"; ``rule`` words it for the message where the
    interval alone would not do.
    """
    inside = is_number(value) and (
        (value >= low if ends[0] == "[" else value > low)
        and (value <= high if ends[1] == "]" else value < high)
    )
    if not inside:
        worded = rule or f"a number in {ends[0]}{low:g}, {high:g}{ends[1]}"
        message = f"{name} must be {worded}, got {value!r}"
        raise ValueError(message)


def check_level(level: float, name: str = "level") -> None:
    """Raise ValueError unless a coverage (or a size, or a power) lies strictly between 0 and 1."""
    if not is_number(level) or not 0.0 < level < 1.0:
        message = (
            f"{name} must lie strictly between 0 and 1, got {level!r}; use 0.95 for a 95 % interval"
            if name == "level"
            else f"{name} must lie strictly between 0 and 1, got {level!r}"
        )
        raise ValueError(message)


def check_length(name: str, values: ArrayLike, n_rows: int) -> LabelArray:
    """Return ``values`` as a one-dimensional array of ``n_rows`` entries, or raise ValueError."""
    array = as_array(name, values)
    if array.ndim != 1 or array.shape[0] != n_rows:
        message = f"{name} must have shape ({n_rows},), one entry a row, got shape {array.shape}"
        raise ValueError(message)
    return array


def as_array(name: str, values: ArrayLike) -> LabelArray:
    """Return an array of any dtype, or raise ValueError where rows have different lengths."""
    try:
        return np.asarray(values)
    except ValueError as error:
        message = f"{name} must be one rectangular array, got {values!r}"
        raise ValueError(message) from error


def distinct_labels(name: str, labels: LabelArray) -> tuple[LabelArray, IntArray]:
    """Return the sorted distinct labels and the place of each label among them.

    Raises
    ------
    ValueError
        If the labels cannot be sorted.
    """
    try:
        found, codes = np.unique(labels, return_inverse=True)
    except TypeError as error:
        message = (
            f"{name} must hold labels that can be sorted, got {labels[:5].tolist()}; turn them "
            "into strings"
        )
        raise ValueError(message) from error
    return found, codes


def check_range(name: str, values: FloatArray) -> None:
    """Raise ValueError where squares and products would leave the range of float64."""
    if values.size and np.abs(values).max() > _LARGEST:
        message = (
            f"{name} must lie between -1e60 and 1e60, got {values.flat[np.abs(values).argmax()]}; "
            "rescale it"
        )
        raise ValueError(message)


def missing_mask(values: LabelArray) -> BoolArray:
    """Mark None, NaN, NaT and pandas.NA in an array of any dtype."""
    if values.dtype.kind in "biuSU":
        return np.zeros(values.shape, dtype=bool)
    if values.dtype.kind in "fcmM":
        return np.asarray(np.isnan(values) if values.dtype.kind in "fc" else np.isnat(values))
    return np.fromiter(
        (_is_missing(value) for value in values.ravel()), dtype=bool, count=values.size
    ).reshape(values.shape)


def missing_labels(name: str, n_missing: int, *, way_out: str = "drop those rows") -> str:
    """Word the error for labels that are missing."""
    return f"{name} must not contain NaN or None, got {n_missing} missing labels; {way_out}"


def _is_missing(value: Any) -> bool:
    if value is None:
        return True
    # NaN and NaT differ from themselves; pandas.NA answers NA.
    different = value != value  # noqa: PLR0124
    return (
        bool(different)
        if isinstance(different, bool | np.bool_)
        else type(different).__name__ == "NAType"
    )


def as_weights(
    weights: ArrayLike | None, n_rows: int, *, name: str = "sample_weight"
) -> FloatArray | None:
    """Return sampling weights as float64, or None where there are none or all are 1.

    Raises
    ------
    ValueError
        If the weights have the wrong length, are negative, not finite, or all zero, or are positive
        and not between 1e-60 and 1e60.
    """
    if weights is None:
        return None
    array = as_array(name, weights)
    if array.ndim == 0:
        array = np.full(n_rows, array)
    array = check_length(name, array, n_rows)
    array = as_numbers(name, array)
    if not np.isfinite(array).all():
        message = (
            f"{name} must be finite, got {array[~np.isfinite(array)][0]} in row "
            f"{np.argmin(np.isfinite(array))}"
        )
        raise ValueError(message)
    if (array < 0).any():
        message = f"{name} must not be negative, got {array.min()} in row {array.argmin()}"
        raise ValueError(message)
    if not array.any():
        message = f"{name} must not all be zero, got {n_rows} zeros"
        raise ValueError(message)
    _check_mass_range(name, array)
    # Whether rows are weighted is told by the values: weights of 1 are no weights.
    return None if (array == 1.0).all() else array


def mass_of_rows(weights: FloatArray | None, n_rows: int) -> FloatArray:
    """Weight of each row, ones where none are given: the one place where ones stand for none."""
    return np.ones(n_rows) if weights is None else weights


def _check_mass_range(name: str, values: FloatArray) -> None:
    check_range(name, values)
    smallest = values[values > 0.0].min(initial=1.0)
    if smallest < 1.0 / _LARGEST:
        message = f"{name} must be 0 or at least 1e-60, got {smallest}; rescale it"
        raise ValueError(message)


def as_numbers(name: str, array: LabelArray) -> FloatArray:
    """Return the real numbers of an array as float64, or raise ValueError."""
    message = f"{name} must be numbers, got dtype {array.dtype}"
    if array.dtype.kind in "cmMV":
        raise ValueError(message)
    try:
        return array.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(message) from error


def as_counts(counts: ArrayLike, *, name: str = "counts", allow_zero: bool = False) -> FloatArray:
    """Return counts as float64.

    Raises
    ------
    ValueError
        If the counts are empty, negative or not finite, positive and not between 1e-60 and 1e60, or
        all zero where ``allow_zero`` is False.
    """
    array = as_numbers(name, as_array(name, counts))

    if array.size == 0:
        message = f"{name} must not be empty, got shape {array.shape}"
        raise ValueError(message)
    if not np.isfinite(array).all():
        message = f"{name} must be finite, got {array[~np.isfinite(array)][0]}"
        raise ValueError(message)
    if (array < 0).any():
        message = f"{name} must not be negative, got {array.min()}"
        raise ValueError(message)
    if not (allow_zero or array.any()):
        message = f"{name} must not all be zero, got shape {array.shape} of zeros"
        raise ValueError(message)
    _check_mass_range(name, array)
    return array


def as_order(order: float) -> float:
    """Return the order of a Rényi measure as a float in [0, inf], or raise ValueError."""
    value = float(order)
    if not value >= 0.0:
        message = f"order must be a number from 0 to inf, got {order!r}; 1 is Shannon"
        raise ValueError(message)
    return value


def mass_tolerance(p: ArrayLike) -> float:
    """Return the distance from 1 that the rounding of the dtype of ``p`` excuses.

    1e-5 in float32 and shorter, else 1e-9.
    """
    dtype = str(getattr(p, "dtype", "float64"))
    return 1e-5 if dtype.endswith(("float32", "float16")) else 1e-9


def check_mass(
    lowest: float,
    worst_sum: float,
    *,
    name: str = "p",
    tolerance: float = 1e-9,
    over: str = "along axis -1",
    way_out: str = _COUNTS,
) -> None:
    """Raise ValueError unless the smallest entry and the sum furthest from 1 are those of a pmf."""
    if not (math.isfinite(lowest) and math.isfinite(worst_sum)):
        message = f"{name} must be finite, got {lowest if not math.isfinite(lowest) else worst_sum}"
        raise ValueError(message)
    if lowest < 0.0:
        message = f"{name} must not be negative, got {lowest!r}"
        raise ValueError(message)
    if not abs(worst_sum - 1.0) <= tolerance:
        message = f"{name} must sum to 1 {over}, got {worst_sum!r}; {way_out}"
        raise ValueError(message)


def _check_rows(rows: Array, **texts: Any) -> None:
    """Check pmfs along the last axis of a float64 array; ``texts`` as for ``check_mass``."""
    values = rows.detach() if is_tensor(rows) else rows
    if 0 in values.shape:
        return
    xp = namespace(values)
    sums = xp.reshape(xp.sum(values, axis=-1), (-1,))
    check_mass(float(xp.min(values)), float(sums[xp.argmax(xp.abs(sums - 1.0))]), **texts)


def as_pmf(
    p: ArrayLike, *, axis: int = -1, name: str = "p", like: ArrayLike | None = None
) -> Array:
    """Return probability mass functions as float64, their axis moved last; nothing is renormalised.

    Parameters
    ----------
    p : array-like
        Probabilities that sum to 1 along ``axis``; the other axes are a batch.
    axis : int
        Axis of the outcomes.
    name : str
        Name of the argument in messages.
    like : array-like, optional
        Where this is a tensor, ``p`` becomes a tensor on its device.

    Returns
    -------
    array
        A tensor for a tensor (gradient kept), numpy otherwise, shape (..., n_outcomes).

    Raises
    ------
    ValueError
        If ``p`` is not numeric, a scalar, empty, negative, not finite, or does not sum to 1.
    """
    rows = _outcomes_last(as_float64(p, name=name, like=like), axis, name)
    _check_rows(rows, name=name, tolerance=mass_tolerance(p), over=f"along axis {axis}")
    return rows


def _outcomes_last(values: Array, axis: int, name: str) -> Array:
    if values.ndim == 0:
        message = f"{name} must have at least one axis, got the scalar {float(values)!r}"
        raise ValueError(message)
    if not -values.ndim <= axis < values.ndim:
        message = (
            f"axis must lie between {-values.ndim} and {values.ndim - 1} for shape "
            f"{tuple(values.shape)}, got {axis}"
        )
        raise ValueError(message)
    if values.shape[axis] == 0:
        message = f"{name} must not be empty along axis {axis}, got shape {tuple(values.shape)}"
        raise ValueError(message)
    return namespace(values).moveaxis(values, axis, -1)


def as_pmfs(*ps: ArrayLike, axis: int = -1, names: Sequence[str] = ("p", "q")) -> tuple[Array, ...]:
    """Return pmfs over the same outcomes as arrays of one kind and shape, outcomes last.

    Raises
    ------
    ValueError
        If one is not a pmf (see `as_pmf`), or if numbers of outcomes or batch shapes do not fit
        each other.
    """
    tensor = next((p for p in ps if is_tensor(p)), None)
    rows = [as_pmf(p, axis=axis, name=name, like=tensor) for p, name in zip(ps, names, strict=True)]

    shapes = [tuple(row.shape) for row in rows]
    if len({shape[-1] for shape in shapes}) > 1:
        message = (
            f"{' and '.join(names)} must have the same number of outcomes along axis {axis}, got "
            f"shapes {shapes}"
        )
        raise ValueError(message)

    try:
        np.broadcast_shapes(*shapes)
    except ValueError as error:
        message = (
            f"the batch axes of {' and '.join(names)} must fit each other, got shapes {shapes}"
        )
        raise ValueError(message) from error
    return tuple(namespace(*rows).broadcast_arrays(*rows))


def as_joint(
    p: ArrayLike, *, n_variables: int | None = None, batch_ndim: int = 0, name: str = "p"
) -> Array:
    """Return joint tables as float64: the last axes are the variables, the leading ones a batch.

    Parameters
    ----------
    p : array-like
        Probabilities; each table of the batch sums to 1.
    n_variables : int, optional
        Number of variables, where the measure fixes it; the axes before them are the batch.
    batch_ndim : int
        Number of leading batch axes, where ``n_variables`` is None.
    name : str
        Name of the argument in messages.

    Returns
    -------
    array
        A tensor for a tensor (gradient kept), numpy otherwise, in the shape of ``p``.

    Raises
    ------
    ValueError
        If ``p`` has too few axes, is not numeric, empty, negative, not finite, or does not sum to
        1.
    """
    values = as_float64(p, name=name)
    batch = batch_ndim if n_variables is None else values.ndim - n_variables
    if not 0 <= batch <= values.ndim - (n_variables or 1):
        wanted = (
            f"{n_variables} axes, one a variable"
            if n_variables
            else f"a variable axis after {batch_ndim} batch axes"
        )
        message = f"{name} must have at least {wanted}, got shape {tuple(values.shape)}"
        raise ValueError(message)

    if 0 in values.shape[batch:]:
        message = f"{name} must not be empty along a variable, got shape {tuple(values.shape)}"
        raise ValueError(message)

    shape = (*values.shape[:batch], math.prod(values.shape[batch:]))
    flat = namespace(values).reshape(values, shape)
    _check_rows(
        flat,
        name=name,
        tolerance=mass_tolerance(p),
        over=f"over its {values.ndim - batch} variable axes",
        way_out="divide counts by their total, and name batch axes by batch_ndim"
        if n_variables is None
        else "counts and samples go to infotheory.estimation",
    )
    return values


def as_channel(
    channel: ArrayLike, *, name: str = "channel", like: ArrayLike | None = None
) -> Array:
    """Return a channel as float64, shape (..., n_inputs, n_outputs).

    Each row is the law of the output given an input.

    Raises
    ------
    ValueError
        If it has fewer than two axes, is not numeric, empty, negative, not finite, or a row does
        not sum to 1.
    """
    values = as_float64(channel, name=name, like=like)
    if values.ndim < 2 or 0 in values.shape[-2:]:
        message = (
            f"{name} must have shape (..., n_inputs, n_outputs) with both positive, got shape "
            f"{tuple(values.shape)}"
        )
        raise ValueError(message)

    _check_rows(
        values,
        name=name,
        tolerance=mass_tolerance(channel),
        over="along axis -1",
        way_out=(
            "rows are the laws of the output given an input; transpose a table whose columns sum "
            "to 1"
        ),
    )
    return values

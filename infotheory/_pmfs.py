"""Checks of probabilities at the border: laws, joint tables, channels."""

import math
from collections.abc import Callable, Sequence
from functools import wraps
from numbers import Integral
from typing import Any, ParamSpec, TypeVar

import numpy as np

from infotheory._numerics import as_float64, is_half, is_tensor, namespace
from infotheory._row_order import warn_of_bin_order
from infotheory._typing import Array, ArrayLike, Axis
from infotheory._validation import check_integer

__all__ = [
    "as_channel",
    "as_joint",
    "as_pmf",
    "as_pmfs",
    "check_mass",
    "mass_tolerance",
    "one_table",
    "outcome_axes",
    "read_value",
]

P = ParamSpec("P")
R = TypeVar("R")

_COUNTS = "pass counts to entropy_from_counts"


def one_table(for_rows: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Make a function of one table refuse two samples, and name the function for these."""

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        @wraps(function)
        def checked(*args: P.args, **options: P.kwargs) -> R:
            # Functions of estimation of nearly the same names take two samples of rows.
            if len(args) > 1:
                message = (
                    f"{function.__name__} takes one table of joint probabilities, got {len(args)} "
                    f"arguments; for rows use {for_rows} of infotheory.estimation, options go by "
                    "name"
                )
                raise ValueError(message)
            return function(*args, **options)

        return checked

    return decorate


def mass_tolerance(p: ArrayLike, n_outcomes: int = 1) -> float:
    """Return the distance from 1 that the rounding of the dtype of ``p`` excuses.

    1e-9 in float64, 1e-5 in float32, twice the rounding of a mass in bfloat16 and float16; of
    float16 also what its smallest steps take from each outcome.
    """
    # By name, which numpy and torch share; bfloat16 first, whose name ends as that of float16 does.
    dtype = str(getattr(p, "dtype", "float64"))
    if dtype.endswith("bfloat16"):
        return 2.0**-8
    if dtype.endswith("float16"):
        return 2.0**-10 + n_outcomes * 2.0**-25
    return 1e-5 if dtype.endswith("float32") else 1e-9


def _normalized_halves(values: Array, p: ArrayLike) -> Array:
    """Divide checked laws by their sums where the dtype of ``p`` is too short for sums of 1."""
    return values / namespace(values).sum(values, axis=-1, keepdims=True) if is_half(p) else values


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
    # A check is no part of what is differentiated. Where there are no laws, there is none to check.
    values = rows.detach() if is_tensor(rows) else rows
    if 0 in values.shape:
        return
    xp = namespace(values)
    sums = xp.reshape(xp.sum(values, axis=-1), (-1,))
    # The sum that lies furthest from 1 speaks for all.
    worst = read_value(sums, lambda: sums[xp.argmax(xp.abs(sums - 1.0))])
    check_mass(read_value(values, lambda: xp.min(values)), worst, **texts)


def read_value(array: Array, number: Callable[[], Array]) -> float:
    """Return a number computed from an array, which a transform of torch may not let us see."""
    try:
        return float(number())
    except RuntimeError as error:
        # Inside a transform the numbers of a tensor are hidden; any other error is none of ours.
        if not is_tensor(array) or "vmap" not in str(error):
            raise
        message = (
            "torch.vmap hides the values, which are checked before use; pass the batch as leading "
            "axes instead, over which every measure is computed at once"
        )
        raise ValueError(message) from error


def as_pmf(
    p: ArrayLike, *, axis: Axis = -1, name: str = "p", like: ArrayLike | None = None
) -> Array:
    """Return probability mass functions as float64, their axis moved last; nothing is renormalised.

    Parameters
    ----------
    p : array-like
        Probabilities that sum to 1 along ``axis``; the other axes are a batch.
    axis : int, tuple of int or None
        Axis of the outcomes; several, or all of them (None), together are one outcome.
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
    _check_rows(
        rows,
        name=name,
        tolerance=mass_tolerance(p, rows.shape[-1]),
        over="over all axes" if axis is None else f"along axis {axis}",
    )
    return _normalized_halves(rows, p)


def outcome_axes(shape: Sequence[int], axis: Axis, name: str) -> tuple[int, ...]:
    """Return the axes of the outcomes, counted from 0, or raise ValueError."""
    ndim = len(shape)
    if axis is None:
        return tuple(range(ndim))

    listed: tuple[Any, ...] = axis if isinstance(axis, tuple) else (axis,)
    whole = all(isinstance(entry, Integral) and not isinstance(entry, bool) for entry in listed)
    if not whole or not listed:
        message = f"axis must be an integer, a tuple of integers or None, got {axis!r}"
        raise ValueError(message)
    if not all(-ndim <= entry < ndim for entry in listed):
        message = (
            f"axis must lie between {-ndim} and {ndim - 1} for shape {tuple(shape)}, got {axis}"
        )
        raise ValueError(message)

    # Named from the end or from the start, an axis is the same one.
    axes = tuple(int(entry) % ndim for entry in listed)
    if len(set(axes)) < len(axes):
        message = f"axis must name each axis once, got {axis} for {name} of {ndim} axes"
        raise ValueError(message)
    return axes


def _outcomes_last(values: Array, axis: Axis, name: str) -> Array:
    """Move the axes of the outcomes behind the others, as one."""
    if values.ndim == 0:
        message = f"{name} must have at least one axis, got the scalar {float(values)!r}"
        raise ValueError(message)
    axes = outcome_axes(values.shape, axis, name)
    if any(values.shape[one] == 0 for one in axes):
        message = f"{name} must not be empty along axis {axis}, got shape {tuple(values.shape)}"
        raise ValueError(message)

    batch = tuple(one for one in range(values.ndim) if one not in axes)
    xp = namespace(values)
    moved = xp.permute_dims(values, (*batch, *axes))
    # One axis is there already; several become one, in the order in which they are named.
    if len(axes) == 1:
        return moved
    return xp.reshape(moved, (*(values.shape[one] for one in batch), -1))


def as_pmfs(
    *ps: ArrayLike, axis: Axis = -1, names: Sequence[str] = ("p", "q")
) -> tuple[Array, ...]:
    """Return pmfs over the same outcomes as arrays of one kind and shape, outcomes last.

    Raises
    ------
    ValueError
        If one is not a pmf (see `as_pmf`), or if numbers of outcomes or batch shapes do not fit
        each other.
    """
    warn_of_bin_order(**dict(zip(names, ps, strict=True)))

    # One tensor among them makes tensors of all, so that gradients pass.
    tensor = next((p for p in ps if is_tensor(p)), None)
    rows = [as_pmf(p, axis=axis, name=name, like=tensor) for p, name in zip(ps, names, strict=True)]

    # Tables of other shapes may flatten to as many outcomes, which are then not the same.
    shapes = [tuple(row.shape) for row in rows]
    given = [np.shape(p) for p in ps]
    tables = [tuple(shape[one] for one in outcome_axes(shape, axis, "p")) for shape in given]
    if len(set(tables)) > 1:
        shapes = shapes if axis is not None and not isinstance(axis, tuple) else given
        message = (
            f"{' and '.join(names)} must have the same number of outcomes along axis {axis}, got "
            f"shapes {shapes}"
        )
        raise ValueError(message)

    try:
        # The error of broadcasting itself would not say which of the arguments do not fit.
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
    check_integer("batch_ndim", batch_ndim, low=0)
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

    # The mass of a table is that over all of its variables: they lie flat for the check.
    shape = (*values.shape[:batch], math.prod(values.shape[batch:]))
    flat = namespace(values).reshape(values, shape)
    _check_rows(
        flat,
        name=name,
        tolerance=mass_tolerance(p, shape[-1]),
        over=f"over its {values.ndim - batch} variable axes",
        way_out="divide counts by their total, and name batch axes by batch_ndim"
        if n_variables is None
        else "counts and samples go to infotheory.estimation",
    )
    return namespace(values).reshape(_normalized_halves(flat, p), values.shape)


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
        tolerance=mass_tolerance(channel, values.shape[-1]),
        over="along axis -1",
        way_out=(
            "rows are the laws of the output given an input; transpose a table whose columns sum "
            "to 1"
        ),
    )
    return _normalized_halves(values, channel)

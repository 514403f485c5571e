"""Second moments of features and their spectrum: rows are read once, in blocks."""

from collections.abc import Iterable
from typing import Any

from infotheory._numerics import is_tensor
from infotheory._validation import check_flag
from infotheory.spectral._row_distances import row_slices
from infotheory.spectral._torch import (
    Tensor,
    as_matrix,
    full_precision,
    is_plain,
    symmetric_eigenvalues,
    torch,
    wide,
)

__all__ = ["moment_spectrum", "second_moments"]

# Below it a sum of squares has lost digits, or smaller sums beside it have.
_LEAST_MOMENT = 1e-300


def moment_spectrum(Z: Any, *, center: bool) -> tuple[Tensor, int, Any]:
    """Eigenvalues of the second moments, ascending; the number of rows; the kind of the input.

    Eigenvalues at rounding level are 0; a spectrum of zeros is an error.
    """
    check_flag("center", center)
    blocks, kind = _peek(Z)
    with full_precision():
        moments, n = second_moments(blocks, center=center)
        largest = float(moments.detach().diagonal().max())
        if largest == 0.0:
            alike = "equal rows" if center else "rows of zeros"
            message = f"Z must vary, got {n} {alike}, or squares that vanish; its spectrum is zero"
            raise ValueError(message)
        if largest < _LEAST_MOMENT:
            message = (
                f"Z must have squares of at least {_LEAST_MOMENT:.0e}, which are numbers with all "
                f"digits, got a sum of {largest:.3g}; rescale it"
            )
            raise ValueError(message)
        values = symmetric_eigenvalues(moments)

    # Eigenvalues below are rounding, as in matrix_rank.
    floor = values.shape[0] * torch.finfo(values.dtype).eps * values.detach().max()
    return torch.where(values > floor, values, 0.0), n, kind


def _peek(Z: Any) -> tuple[Any, Any]:
    """Return Z and what tells its kind: a first block of an iterator is looked at and put back."""
    if is_tensor(Z) or hasattr(Z, "__array__") or not isinstance(Z, Iterable):
        return Z, Z
    blocks = list(Z) if isinstance(Z, list | tuple) else iter(Z)
    if isinstance(blocks, list):
        return Z, (blocks[0] if blocks else Z)

    first = next(blocks, None)
    if first is None:
        message = "Z must hold at least one row, got no blocks"
        raise ValueError(message)
    return _chain(first, blocks), first


def _chain(first: Any, others: Iterable[Any]) -> Iterable[Any]:
    """Put a block back before the others."""
    yield first
    yield from others


def second_moments(Z: Any, *, center: bool) -> tuple[Tensor, int]:
    """Sum of ``z z'`` over rows in float64, about the mean if ``center``, and their number.

    Blocks are read once, and one at a time is held.
    """
    one = is_tensor(Z) or hasattr(Z, "__array__") or not isinstance(Z, Iterable) or _is_rows(Z)
    blocks = [Z] if one else Z

    total: Tensor = None
    shift = sums = None
    n = 0
    for each in blocks:
        block = as_matrix(each, name="Z")
        if total is not None and block.shape[1] != total.shape[0]:
            message = (
                f"blocks of Z must have the same columns, got {block.shape[1]} after "
                f"{total.shape[0]}"
            )
            raise ValueError(message)

        for rows in row_slices(block.shape[0], block.shape[1]):
            part = block[rows].to(wide(block.device))

            # Deviations from the mean of the first rows, near that of all: what is taken off at the
            # end is small, and no digits cancel.
            if shift is None:
                shift = part.detach().mean(dim=0) if center else torch.zeros_like(part[0])
            part = part - shift if center else part
            moments = _products(part)
            total = moments if total is None else total + moments
            if center:
                part_sum = part.sum(dim=0)
                sums = part_sum if sums is None else sums + part_sum
        n += block.shape[0]

    if total is None:
        message = "Z must hold at least one row, got no blocks"
        raise ValueError(message)
    return (total - torch.outer(sums, sums) / n if center else total), n


def _products(rows: Tensor) -> Tensor:
    """Return the inner products of all pairs of columns."""
    if not is_plain(rows):
        return rows.T @ rows
    # numpy sees that it is a matrix with itself, and does half of the work. It knows no tensor that
    # stands for the negative of another.
    columns = rows.resolve_neg().numpy()
    return torch.from_numpy(columns.T @ columns)


def _is_rows(Z: Any) -> bool:
    """Tell nested lists of numbers from a list of blocks."""
    return isinstance(Z, list | tuple) and not any(
        hasattr(each, "shape") and len(each.shape) == 2 for each in Z
    )

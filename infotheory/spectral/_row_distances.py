"""Distances between rows in blocks of rows, so that no more than a block is held."""

from collections.abc import Callable, Iterator

from infotheory.spectral._torch import Tensor, carries_derivative, is_plain, torch, wide

__all__ = [
    "fill_rows",
    "minus_squared_distances",
    "row_slices",
    "row_sums",
    "scale_both",
    "squared_norms",
]

# 16 MiB of float32: what is held beside the input.
_BLOCK_ENTRIES = 2**22

# Entries that are summed in the type of the block before float64 takes over.
_PARTIAL = 64

# Strips of the lower triangle: the diagonal ones do twice the work that they need.
_STRIPS = 8
_FEW_ROWS = 1024


def row_slices(n_rows: int, n_columns: int) -> Iterator[slice]:
    """Cut rows into slices of at most 2**22 entries."""
    size = max(1, _BLOCK_ENTRIES // n_columns)
    for start in range(0, n_rows, size):
        yield slice(start, min(start + size, n_rows))


def fill_rows(out: Tensor, part: Callable[[slice], Tensor]) -> Tensor:
    """Fill the rows of ``out``, one for each of n points, from blocks of n x n.

    Parts kept in a list lie between the blocks in memory, and the allocator then finds no room for
    the next block where the last one was: at n = 50 000 that costs 14 GiB.
    """
    for rows in row_slices(out.shape[0], out.shape[0]):
        out[rows] = part(rows)
    return out


def squared_norms(X: Tensor) -> Tensor:
    """Squared length of each row, summed in float64."""
    return torch.sum(X * X, dim=1, dtype=wide(X.device)).to(X.dtype)


def minus_squared_distances(X: Tensor, squares: Tensor, rows: slice) -> Tensor:
    """Minus the squared distances of some rows to all rows, never above 0, and 0 to itself.

    Every step may overwrite its input without harm to a gradient: none of them saves it.
    """
    whole = rows == slice(0, X.shape[0])

    # |x|^2 + |y|^2 - 2 x'y, negated.
    if whole and not carries_derivative(X):
        block = _inner_products(X).mul_(2.0).sub_(squares)
    else:
        block = torch.addmm(squares, X[rows], X.T, beta=-1, alpha=2)
    block = block.sub_(squares[rows, None]).clamp_max_(0.0)
    block.diagonal(offset=rows.start).zero_()
    return block


def _inner_products(X: Tensor) -> Tensor:
    """Inner products of all rows: the lower triangle by strips, mirrored, at half the work."""
    n = X.shape[0]
    if n <= _FEW_ROWS and X.dtype == torch.float64 and is_plain(X):
        # numpy does the same in one call.
        points = X.numpy()
        return torch.from_numpy(points @ points.T)
    size = -(-n // _STRIPS)
    products = X.new_empty((n, n))
    for start in range(0, n, size):
        stop = min(start + size, n)
        torch.mm(X[start:stop], X[:stop].T, out=products[start:stop, :stop])
        products[:start, start:stop] = products[start:stop, :start].T
    return products


def row_sums(block: Tensor) -> Tensor:
    """Sum rows in float64 over partial sums of 64 entries in the block's type, without a copy."""
    whole = block.shape[1] // _PARTIAL * _PARTIAL
    partial = block[:, :whole].unflatten(1, (-1, _PARTIAL)).sum(dim=2)
    high = wide(block.device)
    return torch.sum(partial, dim=1, dtype=high) + torch.sum(block[:, whole:], dim=1, dtype=high)


def scale_both(matrix: Tensor, left: Tensor, right: Tensor) -> Tensor:
    """Multiply rows and columns by vectors, in place unless a gradient needs what was there."""
    if matrix.requires_grad:
        return matrix * left[:, None] * right
    return matrix.mul_(left[:, None]).mul_(right)

"""The diffusion matrix of points."""

from dataclasses import dataclass

from infotheory.spectral._row_distances import (
    fill_rows,
    minus_squared_distances,
    row_sums,
    scale_both,
    squared_norms,
)
from infotheory.spectral._torch import Tensor, torch, wide
from infotheory.spectral.diffusion._bandwidth import Bandwidth

__all__ = ["DiffusionOperator", "diffusion_operator"]


@dataclass(frozen=True, slots=True, eq=False)
class DiffusionOperator:
    """The symmetric diffusion matrix ``A_ij = s_i G_ij s_j`` of points, in blocks of rows.

    ``G`` is the Gaussian kernel with self-loops, ``s_i = q_i^-a d_i^-1/2`` with ``q`` its row sums,
    ``a`` the anisotropy and ``d`` the row sums of ``G_ij / (q_i q_j)^a``. Its largest eigenvalue is
    1, with eigenvector ``sqrt(d)``.
    """

    # Points divided by `sqrt(2) sigma`, of shape (n, d)
    points: Tensor
    # Their squared lengths, of shape (n,)
    squares: Tensor
    # Factors of an adaptive width, of shape (n,)
    local: Tensor | None
    # `s`, of shape (n,)
    scale: Tensor
    # `d`, in float64, of shape (n,)
    degrees: Tensor
    # The matrix A where it is held; blocks are computed anew where it is None, of shape (n, n)
    stored: Tensor | None

    @property
    def n_rows(self) -> int:
        """Number of points."""
        return int(self.points.shape[0])

    @property
    def diagonal(self) -> Tensor:
        """Diagonal of A in float64: the kernel is 1 there."""
        return self.scale.to(self.degrees.dtype) ** 2

    def block(self, rows: slice) -> Tensor:
        """Rows of A."""
        if self.stored is not None:
            return self.stored[rows]
        return scale_both(
            _kernel(self.points, self.squares, self.local, rows), self.scale[rows], self.scale
        )

    def matmul(self, columns: Tensor) -> Tensor:
        """Product of A with a matrix of shape (n, k)."""
        if self.stored is not None:
            return self.stored @ columns
        return fill_rows(torch.empty_like(columns), lambda rows: self.block(rows) @ columns)


def diffusion_operator(
    X: Tensor, bandwidth: Bandwidth, anisotropy: float, *, store: bool
) -> DiffusionOperator:
    """Build the diffusion matrix of checked points: one n x n buffer if ``store``, else a block."""
    n, high = X.shape[0], wide(X.device)
    points = X / (2.0**0.5 * bandwidth.sigma)
    squares, local = squared_norms(points), bandwidth.local
    whole = _kernel(points, squares, local, slice(0, n)) if store else None

    def all_sums(factor: Tensor | None) -> Tensor:
        def sums(rows: slice) -> Tensor:
            block = _kernel(points, squares, local, rows) if whole is None else whole[rows]
            return row_sums(block if factor is None else block * factor)

        return fill_rows(X.new_empty(n, dtype=high), sums)

    degrees = all_sums(None)
    scale = torch.rsqrt(degrees)

    # A second pass over the kernel: the degrees after the density is divided out.
    if anisotropy:
        shrink = degrees**-anisotropy
        degrees = shrink * all_sums(shrink.to(X.dtype))
        scale = shrink * torch.rsqrt(degrees)
    scale = scale.to(X.dtype)
    stored = None if whole is None else scale_both(whole, scale, scale)
    return DiffusionOperator(points, squares, local, scale, degrees, stored)


def _kernel(points: Tensor, squares: Tensor, local: Tensor | None, rows: slice) -> Tensor:
    """Rows of the Gaussian kernel of scaled points."""
    block = minus_squared_distances(points, squares, rows)
    # With points over sqrt(2) sigma, and factors sigma / s_i: -|x_i - x_j|^2 / (2 s_i s_j).
    if local is not None:
        block = scale_both(block, local[rows], local)
    return block.exp_()

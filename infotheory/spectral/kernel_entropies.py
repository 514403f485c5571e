"""Entropies of a given kernel matrix: Vendi score, matrix-based entropy and information."""

from typing import Any

from infotheory._codes import encode_labels
from infotheory._numerics import is_tensor
from infotheory._row_order import warn_of_row_order, warn_of_square_order
from infotheory._typing import Base
from infotheory._validation import as_order
from infotheory.spectral._spectrum import entropy_of_computed, spectral_entropy_nats
from infotheory.spectral._torch import (
    Tensor,
    as_matrix,
    as_output,
    full_precision,
    symmetric_eigenvalues,
    torch,
    wide,
)

__all__ = [
    "cosine_vendi_score",
    "matrix_renyi_entropy",
    "matrix_renyi_mutual_information",
    "vendi_score",
]


def vendi_score(K: Any, *, order: float = 1.0) -> Any:
    """Vendi score: the effective number of different items of a similarity matrix.

    Descriptive of the rows at hand: no error is given.

    Parameters
    ----------
    K : array-like or tensor of shape (n, n)
        Similarities, symmetric, positive semidefinite, 1 on the diagonal.
    order : float
        Order of the entropy, from 0 to inf.

    Returns
    -------
    float or Tensor
        From 1 (all alike) to n (all unlike).

    Raises
    ------
    ValueError
        If K is not such a matrix.

    Warns
    -----
    ApproximationWarning
        If an order below 1 weighs eigenvalues at the level of rounding, which count as 0.

    References
    ----------
    D. Friedman, A. Dieng (2023), "The Vendi score", arXiv:2210.02410, definition 3.1; A. Pasarkar,
    A. Dieng (2024), arXiv:2310.12952 (other orders).

    Examples
    --------
    >>> round(vendi_score([[1.0, 1.0, 0.0], [1.0, 1.0, 0.0], [0.0, 0.0, 1.0]], order=0), 6)
    2.0
    """
    matrix = _as_kernel(K)
    diagonal = matrix.detach().diagonal()
    if not bool(((diagonal - 1.0).abs() < 1e-6).all()):
        worst = float(diagonal[(diagonal - 1.0).abs().argmax()])
        message = f"K must have 1 on its diagonal, got {worst!r}; divide K_ij by sqrt(K_ii K_jj)"
        raise ValueError(message)
    return as_output(_matrix_entropy(matrix, as_order(order)).exp(), K, dtype=matrix.dtype)


def cosine_vendi_score(Z: Any, *, order: float = 1.0) -> Any:
    """Vendi score of the cosine similarities of rows, from the smaller of n x n and d x d.

    Descriptive of the rows at hand: no error is given.

    Parameters
    ----------
    Z : array-like or tensor of shape (n, d)
        Items, none of them zero.
    order : float
        Order of the entropy, from 0 to inf.

    Returns
    -------
    float or Tensor
        From 1 to the rank of Z.

    Raises
    ------
    ValueError
        If Z is not a finite matrix or a row is zero.

    Examples
    --------
    >>> cosine_vendi_score([[1.0, 0.0], [0.0, 2.0]])
    2.0
    """
    rows = as_matrix(Z, name="Z")
    points = rows.to(wide(rows.device))
    # In units of the largest entry of each row: a cosine has none, and no square vanishes.
    largest = points.detach().abs().amax(dim=1, keepdim=True)
    points = points / torch.where(largest > 0, largest, 1.0)
    lengths = torch.linalg.vector_norm(points, dim=1)
    if not bool((lengths > 0).all()):
        message = (
            f"rows of Z must not be zero, got {int((lengths == 0).sum())} zero rows; a cosine "
            "needs a direction"
        )
        raise ValueError(message)

    # Z Z' and Z'Z have the same positive eigenvalues: take the smaller one.
    unit = points / lengths[:, None]
    small = unit.T @ unit if unit.shape[1] < unit.shape[0] else unit @ unit.T
    return as_output(_matrix_entropy(small, as_order(order)).exp(), Z, dtype=rows.dtype)


def matrix_renyi_entropy(K: Any, *, order: float, base: Base = None) -> Any:
    """Matrix-based Rényi entropy: the entropy of the eigenvalues of ``K / tr K``.

    Descriptive of the rows at hand: no error is given.

    Parameters
    ----------
    K : array-like or tensor of shape (n, n)
        Kernel matrix, symmetric and positive semidefinite, of positive trace.
    order : float
        Order of the entropy, from 0 to inf; 1 is von Neumann's.
    base : float or str, optional
        Base of the logarithm, "bits" or "nats"; nats when None.

    Returns
    -------
    float or Tensor
        From 0 to log n.

    Raises
    ------
    ValueError
        If K is not such a matrix.

    References
    ----------
    L. Sánchez Giraldo, M. Rao, J. Príncipe (2015), "Measures of entropy from data using infinitely
    divisible kernels", arXiv:1211.2459, definition 3.1.

    Examples
    --------
    >>> matrix_renyi_entropy([[1.0, 0.0], [0.0, 1.0]], order=2, base=2)
    1.0
    """
    matrix = _as_kernel(K)
    return as_output(_matrix_entropy(matrix, as_order(order)), K, base=base, dtype=matrix.dtype)


def matrix_renyi_mutual_information(K: Any, y: Any, *, order: float, base: Base = None) -> Any:
    """Matrix-based Rényi mutual information of items and labels, without resampling.

    Descriptive of the rows at hand: no error is given.

    It is ``S(A) + S(B) - S(A o B / tr)``. ``B`` is the kernel of one-hot labels, so that ``A o B``
    falls into blocks, one a class. At order 1 the value lies between 0 and the entropy of the
    labels.

    Parameters
    ----------
    K : array-like or tensor of shape (n, n)
        Kernel matrix, symmetric and positive semidefinite, with a constant positive diagonal.
    y : array-like of shape (n,)
        Labels of any type.
    order : float
        Order of the entropies, from 0 to inf.
    base : float or str, optional
        Base of the logarithm, "bits" or "nats"; nats when None.

    Returns
    -------
    float or Tensor
        The information; other orders than 1 may give negative values.

    Raises
    ------
    ValueError
        If K is not such a matrix, or the labels are missing or not one a row.

    References
    ----------
    L. Sánchez Giraldo, M. Rao, J. Príncipe (2015), arXiv:1211.2459, section 4.

    Examples
    --------
    >>> matrix_renyi_mutual_information([[1.0, 0.0], [0.0, 1.0]], ["a", "b"], order=1, base=2)
    1.0
    """
    warn_of_row_order(K=K, y=y)
    matrix, order = _as_kernel(K), as_order(order)
    diagonal = matrix.detach().diagonal()
    if not bool((diagonal - diagonal[0]).abs().max() <= 1e-6 * diagonal[0]):
        message = (
            f"K must have a constant diagonal, got values from {float(diagonal.min())!r} to "
            f"{float(diagonal.max())!r}; divide K_ij by sqrt(K_ii K_jj)"
        )
        raise ValueError(message)

    codes = encode_labels(y.detach().cpu().numpy() if is_tensor(y) else y, name="y")
    if codes.n_rows != matrix.shape[0]:
        message = (
            f"y must have one label a row of K, got {codes.n_rows} labels for {matrix.shape[0]} "
            "rows"
        )
        raise ValueError(message)

    # A o B falls into one block a class, whose eigenvalues together are its own.
    # Labels of pandas may be read-only, of which torch warns.
    index = torch.as_tensor(codes.index.copy(), device=matrix.device)
    members = [torch.nonzero(index == code)[:, 0] for code in range(codes.n_levels)]
    # A label that no row has makes no block.
    members = [rows for rows in members if len(rows)]
    joint = torch.cat([_eigenvalues(matrix[rows][:, rows]) for rows in members])
    shares = torch.tensor([len(rows) for rows in members], dtype=joint.dtype, device=joint.device)
    nats = (
        _matrix_entropy(matrix, order)
        + spectral_entropy_nats(shares, 1.0, order)
        - _spectrum_entropy(joint, matrix, order)
    )

    # At order 1 the information is never negative, and rounding is lifted to 0. At other orders it
    # may be, and stays.
    return as_output(
        nats.clamp(min=0.0) if order == 1.0 else nats, K, base=base, dtype=matrix.dtype
    )


def _matrix_entropy(matrix: Tensor, order: float) -> Tensor:
    """Entropy in nats of the spectrum of a matrix."""
    return _spectrum_entropy(_eigenvalues(matrix), matrix, order)


def _spectrum_entropy(values: Tensor, matrix: Tensor, order: float) -> Tensor:
    """Entropy in nats of eigenvalues, which are known to the rounding of the matrix."""
    lowest = float(values.detach().min())
    eps = torch.finfo(matrix.dtype).eps
    return entropy_of_computed(values.clamp(min=0.0), 1.0, order, eps, lowest=lowest)


def _eigenvalues(matrix: Tensor) -> Tensor:
    """Eigenvalues in float64; below 0 there is nothing but rounding."""
    with full_precision():
        values = symmetric_eigenvalues(matrix).to(wide(matrix.device))
    lowest, largest = float(values.detach()[0]), float(values.detach()[-1])
    # The solver errs by some n eps of the largest; a hundred times as much is no rounding.
    if lowest < -100.0 * matrix.shape[0] * torch.finfo(matrix.dtype).eps * largest:
        message = (
            f"K must be positive semidefinite, got the eigenvalue {lowest:.6g} beside the largest "
            f"{largest:.6g}"
        )
        raise ValueError(message)
    return values


def _as_kernel(K: Any) -> Tensor:
    """Return a square, symmetric matrix of positive trace, its rounding made symmetric too."""
    warn_of_square_order(K=K)
    matrix = as_matrix(K, name="K")
    if matrix.shape[0] != matrix.shape[1]:
        message = (
            f"K must be square, got shape {tuple(matrix.shape)}; pass a kernel matrix, not features"
        )
        raise ValueError(message)

    flat = matrix.detach()
    gap, size = float((flat - flat.T).abs().max()), float(flat.abs().max())
    if gap > 1e-5 * size:
        message = (
            f"K must be symmetric, got entries that differ by {gap:.6g} from their mirror image"
        )
        raise ValueError(message)

    if not float(flat.trace()) > 0.0:
        message = f"K must have a positive trace, got {float(flat.trace())!r}"
        raise ValueError(message)
    # The solver reads one triangle only.
    return (matrix + matrix.T) / 2.0

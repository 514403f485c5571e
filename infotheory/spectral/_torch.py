"""The one place that leads to torch, and the border between numpy arrays and tensors.

torch takes a second or two to import: it is loaded when the first rows come.
"""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from infotheory._interrupts import run_beside
from infotheory._later import Later
from infotheory._numerics import (
    is_hidden,
    is_tensor,
    log_base,
    refuse_masked,
    tensor_to_numpy,
)
from infotheory._optional import require
from infotheory._typing import Base
from infotheory._validation import check_option
from infotheory.exceptions import InfeasibleError

__all__ = [
    "Tensor",
    "as_matrix",
    "as_output",
    "carries_derivative",
    "full_precision",
    "is_plain",
    "symmetric_eigenvalues",
    "symmetric_eigenvectors",
    "torch",
    "unfollowed_numbers",
    "wide",
]


class _Torch(Later):
    """torch, or a word on how to install it."""

    __slots__ = ()

    def load(self) -> Any:
        """Import torch."""
        return require("torch", extra="torch", purpose="infotheory.spectral")


torch: Any = _Torch("torch")

#: Eigenvalues of fewer rows take some tenths of a second.
_MANY_ROWS = 1000

# Eigenvalues in float64 of fewer rows take numpy's LAPACK .65 to .8 of the time of torch's, of more
# the same; in float32 it takes as long as in float64.
_ROWS_FOR_NUMPY = 2000

# torch ships inline types that need torch at check time; the package is optional.
Tensor = Any


def wide(device: Any) -> Any:
    """Return the type of sums: float64, and float32 on mps, which has no float64."""
    return torch.float32 if device.type == "mps" else torch.float64


def carries_derivative(tensor: Tensor) -> bool:
    """Whether torch follows a derivative through a tensor, backward or forward: numpy loses it."""
    # Only the backward one stops torch from handing the numbers to numpy.
    return bool(
        tensor.requires_grad or torch.autograd.forward_ad.unpack_dual(tensor).tangent is not None
    )


def is_plain(tensor: Tensor) -> bool:
    """Whether numpy may read a tensor where it lies, and nothing is lost by it."""
    return tensor.device.type == "cpu" and not carries_derivative(tensor) and not is_hidden(tensor)


def unfollowed_numbers(tensor: Tensor) -> Any:
    """Return the numbers of a tensor to numpy, without a derivative; not copied where it may."""
    return tensor.numpy() if is_plain(tensor) else tensor_to_numpy("X", tensor)


def symmetric_eigenvalues(matrix: Tensor) -> Tensor:
    """Return the eigenvalues of a symmetric matrix, ascending; Ctrl-C does not wait for them."""
    few = matrix.shape[-1] < _ROWS_FOR_NUMPY
    if few and matrix.dtype == torch.float64 and is_plain(matrix):
        return _heard_beside(_eigenvalues_by_numpy, matrix)
    return _heard_beside(torch.linalg.eigvalsh, matrix)


def _eigenvalues_by_numpy(matrix: Tensor) -> Tensor:
    return torch.from_numpy(np.linalg.eigvalsh(matrix.numpy()))


def symmetric_eigenvectors(matrix: Tensor) -> tuple[Tensor, Tensor]:
    """Return eigenvalues, ascending, and the eigenvectors; Ctrl-C does not wait for them."""
    values, vectors = _heard_beside(torch.linalg.eigh, matrix)
    return values, vectors


def _heard_beside(decompose: Callable[[Tensor], Any], matrix: Tensor) -> Any:
    """Decompose a matrix; LAPACK cannot be stopped, and after Ctrl-C is left to end by itself."""
    has_gradient = torch.is_grad_enabled()

    # Another thread knows nothing of this one's torch.no_grad.
    def decomposition() -> Any:
        with torch.set_grad_enabled(has_gradient):
            return decompose(matrix)

    # Nor does it know of a transform that this one is in.
    if matrix.shape[-1] < _MANY_ROWS or is_hidden(matrix):
        return decomposition()
    return run_beside(decomposition, None)


def as_matrix(
    X: Any, *, name: str = "X", device: Any = None, dtype: Any = None, center: bool = False
) -> Tensor:
    """Return rows as a finite floating tensor of shape (n_rows, n_columns); gradients are kept.

    ``device`` is the tensor's own when None, the cpu for numpy; ``dtype`` the input's own, float32
    for shorter floats, float64 for integers. ``center`` subtracts the column means, in float64,
    before the numbers are shortened.
    """
    tensor = X if is_tensor(X) else _from_numpy(X, name)
    tensor = tensor if device is None else tensor.to(_device(device))
    if tensor.is_complex():
        message = f"{name} must hold real numbers, got dtype {tensor.dtype}"
        raise ValueError(message)
    if tensor.ndim != 2 or 0 in tensor.shape:
        message = (
            f"{name} must have shape (n_rows, n_columns) with at least one of each, got "
            f"{tuple(tensor.shape)}"
        )
        raise ValueError(message)

    work = _work_dtype(tensor, dtype)
    _refuse_vmap(name, tensor)
    # Both ends tell of NaN and inf in one pass; where there are some, all entries are looked at.
    ends = map(float, torch.aminmax(tensor.detach())) if tensor.is_floating_point() else (0.0,)
    largest = max(map(abs, ends))
    if not math.isfinite(largest):
        finite = torch.isfinite(tensor).all(dim=1)
        row = int((~finite).nonzero()[0])
        message = (
            f"{name} must be finite, got NaN or inf in row {row} and {int((~finite).sum())} rows "
            "in all; drop them"
        )
        raise ValueError(message)

    # Squares, and sums of many squares, must stay numbers of the type.
    most = _largest(work)
    if largest > most:
        message = (
            f"{name} must lie between -{most:.0e} and {most:.0e}, the range of squares in {work}; "
            "rescale it"
        )
        raise ValueError(message)

    # In float64: what is left of large numbers near their mean keeps its digits.
    if center:
        tensor = tensor.to(wide(tensor.device))
        tensor = tensor - tensor.mean(dim=0)
    return tensor.to(work)


def _refuse_vmap(name: str, tensor: Tensor) -> None:
    """Raise ValueError inside torch.vmap, which does not tell the numbers of a tensor."""
    if not is_hidden(tensor):
        return
    try:
        float(tensor.detach().sum())
    except RuntimeError as error:
        if "vmap" not in str(error):
            raise
        message = (
            f"torch.vmap hides the values of {name}, which are checked before use; call the "
            "function for one matrix after the other"
        )
        raise ValueError(message) from error


def _from_numpy(X: Any, name: str) -> Tensor:
    """Turn numbers into a tensor; complex numbers and text are errors."""
    refuse_masked(name, X)
    try:
        array = np.asarray(X)
        if array.dtype.kind not in "biuf":
            # Objects may hold numbers of any type. Complex numbers and text are of no kind that
            # becomes floats, and raise.
            array = array.astype(
                np.float64, casting="unsafe" if array.dtype.kind == "O" else "same_kind"
            )
    except (TypeError, ValueError) as error:
        message = f"{name} must hold real numbers in a rectangular array, got {X!r}"
        raise ValueError(message) from error
    # torch knows numbers of this machine's order of bytes, and of 64 bits at most.
    if array.dtype.itemsize > 8:
        array = array.astype(np.float64)
    elif not array.dtype.isnative:
        array = array.astype(array.dtype.newbyteorder("="))
    # It takes no array that runs backwards.
    array = np.ascontiguousarray(array)
    return torch.from_numpy(array if array.flags.writeable else np.asarray(_ReadOnly(array)))


class _ReadOnly:
    """An array that may not be written, and does not say so.

    torch warns of one, as of a file that is mapped into memory; nothing here writes into rows.
    """

    def __init__(self, array: Any) -> None:
        self._array = array  # whose memory it is
        interface = array.__array_interface__
        self.__array_interface__ = interface | {"data": (interface["data"][0], False)}


def _largest(dtype: Any) -> float:
    """Numbers up to here have squares, and sums of many squares, of the type."""
    return float(10.0 ** (math.floor(math.log10(torch.finfo(dtype).max) / 2) - 4))


def _device(device: Any) -> Any:
    """Return a device that is there, or raise InfeasibleError."""
    wanted = torch.device(device)
    missing = (wanted.type == "cuda" and not torch.cuda.is_available()) or (
        wanted.type == "mps" and not torch.backends.mps.is_available()
    )
    if missing:
        message = (
            f"device must be one that torch finds here, got {str(wanted)!r}; use 'cpu' or None"
        )
        raise InfeasibleError(message)
    return wanted


def _work_dtype(tensor: Tensor, dtype: Any) -> Any:
    """Return the type of the kernel: the one asked for, or that of the input."""
    if dtype is not None:
        # numpy.float32, torch.float32 and the text "float32" end alike.
        name = getattr(dtype, "__name__", str(dtype)).rpartition(".")[2]
        check_option("dtype", name, ("float32", "float64"))
        return getattr(torch, name)
    if tensor.dtype in {torch.float32, torch.float64}:
        return tensor.dtype
    return torch.float32 if tensor.is_floating_point() else wide(tensor.device)


def as_output(value: Tensor, X: Any, *, base: Base = None, dtype: Any = None) -> Any:
    """Return nats in units of ``base``: a float for numpy input, a tensor for tensors."""
    value = value / log_base(base)
    if not is_tensor(X):
        return float(value)
    return value if dtype is None else value.to(dtype)


@contextmanager
def full_precision() -> Iterator[None]:
    """Switch the shortened float32 products (TF32) off, and back to what they were."""
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("highest")
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(before)

"""Names of methods to what computes them."""

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType

from infotheory._validation import check_option, number_or_nan
from infotheory.spectral.diffusion._approximations import nystrom_answer, subsample_answer
from infotheory.spectral.diffusion._exact import (
    SpectrumAnswer,
    SpectrumTask,
    blocked_answer,
    exact_answer,
    fits,
)
from infotheory.spectral.diffusion._lanczos import lanczos_answer

__all__ = ["as_anisotropy", "solve_spectrum"]

_METHODS: Mapping[str, Callable[[SpectrumTask], SpectrumAnswer]] = MappingProxyType(
    {
        "exact": exact_answer,
        "blocked": blocked_answer,
        "slq": lanczos_answer,
        "nystrom": nystrom_answer,
        "subsample": subsample_answer,
    }
)

# Methods that take no modulus of an eigenvalue: a kernel of local widths may have negative ones.
_NEED_POSITIVE = ("blocked", "slq", "nystrom")


def solve_spectrum(task: SpectrumTask, method: str) -> tuple[str, SpectrumAnswer]:
    """Compute the entropy by a method; return the method that ``"auto"`` chose with the answer."""
    check_option("method", method, ("auto", *_METHODS))
    if method == "auto":
        # Without room for the matrix: sums over blocks are exact at order 2 and t = 1, and of all
        # else there is a quadrature.
        quadratic = task.order == 2.0 and task.t == 1.0
        method = "exact" if fits(task) else "blocked" if quadratic else "slq"

    if task.bandwidth.local is not None and method in _NEED_POSITIVE:
        message = (
            f"method={method!r} needs a kernel without negative eigenvalues, got "
            "bandwidth='adaptive'; use 'exact' or 'subsample'"
        )
        raise ValueError(message)
    return method, _METHODS[method](task)


def as_anisotropy(anisotropy: float) -> float:
    """Return the anisotropy as a float from 0 to 1, or raise ValueError."""
    value = number_or_nan(anisotropy)
    if not (math.isfinite(value) and 0.0 <= value <= 1.0):
        message = f"anisotropy must lie between 0 and 1, got {anisotropy!r}"
        raise ValueError(message)
    return value

"""Cheap ways to a diffusion spectral entropy; each warns of a bias that no error shows."""

import dataclasses
import math

import numpy as np

from infotheory._validation import check_integer
from infotheory._warnings import warn
from infotheory.exceptions import ApproximationWarning
from infotheory.spectral._row_distances import fill_rows
from infotheory.spectral._spectrum import spectral_entropy_nats
from infotheory.spectral._torch import (
    Tensor,
    symmetric_eigenvalues,
    symmetric_eigenvectors,
    torch,
)
from infotheory.spectral.diffusion._bandwidth import Bandwidth
from infotheory.spectral.diffusion._exact import SpectrumAnswer, SpectrumTask, exact_answer

__all__ = ["nystrom_answer", "subsample_answer", "subset_task"]

_ROWS, _SUBSETS = 1000, 5

# From this time on little is left of the tail of the spectrum that landmarks miss.
_TIME_OF_NYSTROM = 3.0


def nystrom_answer(task: SpectrumTask) -> SpectrumAnswer:
    """Spectrum of the rank-m approximation ``C W^-1 C'`` of A on m landmark rows, degrees exact.

    It holds n x m numbers. The missing tail of the spectrum biases the entropy down: harmless for t
    >= 3, where little is left of the tail, or for points of low dimension; by 1.9 bits at t = 1 for
    a Gaussian in 512 dimensions.
    """
    n = task.X.shape[0]
    size = _subset_size(task, n)
    if task.t < _TIME_OF_NYSTROM and size < n:
        message = (
            f"method='nystrom' needs t >= {_TIME_OF_NYSTROM:g} unless the points have few "
            f"dimensions, got t={task.t:g}: the entropy comes out too low; use 'slq'"
        )
        warn(message, ApproximationWarning)

    # C, of shape (n, m): the columns of the landmarks, read off blocks of rows. W are its own rows
    # there.
    operator = task.operator(store=False)
    landmarks = _random_rows(task, n, size)
    columns = fill_rows(
        task.X.new_empty((n, size)), lambda rows: operator.block(rows)[:, landmarks]
    )

    # Smaller eigenvalues of W are rounding, as in matrix_rank.
    values, vectors = symmetric_eigenvectors(columns[landmarks])
    real = values > size * torch.finfo(values.dtype).eps * values.max()

    # C W^-1 C' and its small transpose F'F, F = C W^-1/2, have the same spectrum.
    factor = columns @ (vectors[:, real] * torch.rsqrt(values[real]))
    spectrum = symmetric_eigenvalues((factor.T @ factor).to(operator.degrees.dtype)).clamp(min=0.0)
    nats = spectral_entropy_nats(spectrum, task.t, task.order)
    if size == n:
        return SpectrumAnswer(nats, 0.0, n)
    reason = (
        f"method='nystrom' leaves out what {size} of {n} rows do not tell of the spectrum, and "
        "nothing tells how much that is: the error of the entropy is not known; use 'exact' or "
        "'slq'"
    )
    return SpectrumAnswer(nats, math.nan, n, reason=reason)


def subsample_answer(task: SpectrumTask) -> SpectrumAnswer:
    """Mean of exact entropies of random subsets of rows, under the width of all rows.

    The entropy of m rows is not that of n rows: ``n_samples`` is m, and only results of equal m
    compare. The standard error is the standard deviation over subsets divided by the root of their
    number.
    """
    n = task.X.shape[0]
    size, repeats = _subset_size(task, n), task.repeats or _SUBSETS
    check_integer("repeats", repeats, low=2, alternative=", for a standard error")

    if size < n:
        message = (
            f"method='subsample' gives the entropy of {size} rows, got {n} rows; compare at equal "
            "numbers of rows only"
        )
        warn(message, ApproximationWarning)

    subsets = [subset_task(task, _random_rows(task, n, size)) for _ in range(repeats)]
    draws = torch.stack([exact_answer(subset).nats for subset in subsets])
    return SpectrumAnswer(
        draws.mean(), float(draws.detach().std()) / math.sqrt(repeats), size, repeats - 1
    )


def subset_task(task: SpectrumTask, rows: Tensor) -> SpectrumTask:
    """Ask the same of some rows, under the same widths."""
    local = task.bandwidth.local
    bandwidth = Bandwidth(task.bandwidth.sigma, None if local is None else local[rows])
    return dataclasses.replace(task, X=task.X[rows], bandwidth=bandwidth)


def _subset_size(task: SpectrumTask, n: int) -> int:
    """Return the number of rows of a subset, or of landmarks."""
    # Fewer rows than the method would take by itself are all taken; more than there are is an error
    # only where they were asked for.
    size = min(_ROWS, n) if task.subset_size is None else task.subset_size
    check_integer("subset_size", size, high=n, alternative=", the rows")
    return size


def _random_rows(task: SpectrumTask, n: int, size: int) -> Tensor:
    """Draw rows without replacement, in ascending order."""
    return torch.as_tensor(np.sort(task.rng.choice(n, size, replace=False)), device=task.X.device)

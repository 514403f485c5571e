"""Diffusion spectral entropy of points."""

from typing import Any

from infotheory._random import Rng, as_generator
from infotheory._typing import Base
from infotheory._uncompiled import uncompiled
from infotheory._validation import as_order
from infotheory.spectral._spectrum import as_power
from infotheory.spectral._torch import as_matrix, as_output, full_precision
from infotheory.spectral.diffusion._bandwidth import choose_bandwidth
from infotheory.spectral.diffusion._dispatch import as_anisotropy, solve_spectrum
from infotheory.spectral.diffusion._exact import SpectrumTask
from infotheory.spectral.results import SpectralEstimate, law_of_draws

__all__ = ["diffusion_spectral_entropy"]


@uncompiled
def diffusion_spectral_entropy(
    X: Any,
    *,
    t: float = 1.0,
    order: float = 1.0,
    bandwidth: float | str = "median",
    anisotropy: float = 0.0,
    method: str = "auto",
    base: Base = None,
    device: Any = None,
    dtype: Any = None,
    rng: Rng = None,
    n_neighbors: int = 10,
    repeats: int | None = None,
    subset_size: int | None = None,
) -> SpectralEstimate:
    """Entropy of the spectrum of the diffusion matrix of points.

    It says how many directions a random walk on them has. The Gaussian kernel
    ``exp(-|x_i - x_j|^2 / (2 sigma^2))``, self-loops kept, is made a diffusion matrix; the entropy
    of its eigenvalues to the power t lies between 0 (one tight cloud) and log n (points far apart).

    A width far from the distances can turn a trend around: in training
    activations grow, so that under a fixed width the entropy may rise while it falls under the
    median rule. The width is always returned.

    Parameters
    ----------
    X : array-like or tensor of shape (n_rows, n_features)
        Points. A tensor keeps its device and its gradient (the width counts as a constant).
    t : float
        Diffusion time, positive. The Shannon entropy falls in t, down to the log of the number of
        components.
    order : float
        Order of the entropy, from 0 to inf.
    bandwidth : float or {"median", "sqrt_d", "adaptive"}
        Width: a number; the median distance over sqrt 2 (of the pairs of 1024 rows where there are
        more); the root of ``n_features``; or the distance of each row to its ``n_neighbors``-th
        neighbour, where the kernel has ``sigma_i sigma_j`` in place of ``sigma^2``. That kernel may
        have negative eigenvalues, of which the moduli are taken, so that only the exact and the
        subsample method apply.
    anisotropy : float
        Power of the density divided out of the kernel, 0 to 1. The default 0 is what the published
        code computes.
    method : {"auto", "exact", "blocked", "slq", "nystrom", "subsample"}
        All eigenvalues; sums over blocks (order 2 at t = 1 only, no n x n memory); stochastic
        Lanczos quadrature; landmarks; subsets of rows. "auto" is exact where the dense matrix fits
        half of the memory; beyond it blocked where that applies, and slq elsewhere.
    base : float or str, optional
        Base of the logarithm, "bits" or "nats"; nats when None.
    device : str or torch.device, optional
        Where to compute; the tensor's own when None, the cpu for numpy.
    dtype : {"float32", "float64"}, optional
        Type of the kernel; when None that of X (float32 for shorter floats, float64 for integers).
        Sums are float64.
    rng : Generator or int, optional
        Source of the random methods, or its seed.
    n_neighbors : int
        Neighbour that sets the local width.
    repeats : int, optional
        Probes of slq (30 when None) or subsets of subsample (5 when None).
    subset_size : int, optional
        Rows of a subset or landmarks; 1000 or n_rows, the smaller, when None.

    Returns
    -------
    SpectralEstimate
        Value, standard error (0 when exact; over probes or subsets otherwise, with Student's law),
        width, rows and method. The interval is withheld where the method errs by what no error
        shows: by slq at powers below .75 (see Warns), by nystrom, whose error is NaN.

    Raises
    ------
    ValueError
        If X is not a finite matrix, an option lies outside its range, or a rule of width finds
        distances of 0.
    InfeasibleError
        If the exact method does not fit the memory, or the device is not there.

    Warns
    -----
    ApproximationWarning
        If t, or t times the order, is below 1 and eigenvalues at the level of rounding, which count
        as 0 there, could change the entropy by .005 nats; below .75 of the method slq, whose
        quadrature errs upwards; of the biases of nystrom and subsample.
    WithheldWarning
        If the interval is withheld.
    BandwidthWarning
        If the width is far from the distances.

    References
    ----------
    D. Liao, C. Liu et al. (2023), arXiv:2312.04823, equations 1 to 5; R. Coifman, S. Lafon (2006),
    "Diffusion maps", doi:10.1016/j.acha.2006.04.006 (anisotropy); L. Zelnik-Manor, P. Perona
    (2004), "Self-tuning spectral clustering" (local widths).

    Examples
    --------
    Two points at distance sqrt(2) sigma have kernel entries 1 and 1/e, eigenvalues 1 and (e - 1)/(e
    + 1) = .462117:

    >>> estimate = diffusion_spectral_entropy([[0.0], [1.0]])
    >>> round(estimate.value, 6), round(estimate.bandwidth, 6), estimate.method
    (0.623864, 0.707107, 'exact')
    """
    # Distances do not change when points are centered, and lose fewer digits.
    points = as_matrix(X, device=device, dtype=dtype, center=True)
    with full_precision():
        task = SpectrumTask(
            X=points,
            bandwidth=choose_bandwidth(points, bandwidth, n_neighbors),
            anisotropy=as_anisotropy(anisotropy),
            t=as_power(t),
            order=as_order(order),
            rng=as_generator(rng),
            repeats=repeats,
            subset_size=subset_size,
        )
        used, answer = solve_spectrum(task, method)

    return SpectralEstimate(
        value=as_output(answer.nats, X, base=base, dtype=points.dtype),
        standard_error=float(as_output(answer.standard_error, None, base=base)),
        bandwidth=task.bandwidth.sigma,
        n_samples=answer.n_samples,
        method=used,
        law=law_of_draws(answer.degrees_of_freedom, answer.reason),
    )

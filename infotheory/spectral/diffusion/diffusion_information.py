"""Mutual information between points and a target by diffusion spectral entropy."""

import math
from typing import Any

import numpy as np

from infotheory._codes import encode_labels
from infotheory._random import Rng, as_generator
from infotheory._row_order import warn_of_row_order
from infotheory._typing import ArrayLike, Base, FloatArray, IntArray
from infotheory._uncompiled import uncompiled
from infotheory._validation import as_array, as_order, check_flag, check_integer, missing_mask
from infotheory.spectral._spectrum import as_power
from infotheory.spectral._torch import Tensor, as_matrix, as_output, full_precision, torch
from infotheory.spectral.diffusion._approximations import subset_task
from infotheory.spectral.diffusion._bandwidth import choose_bandwidth
from infotheory.spectral.diffusion._dispatch import as_anisotropy, solve_spectrum
from infotheory.spectral.diffusion._exact import SpectrumAnswer, SpectrumTask
from infotheory.spectral.results import SpectralInformation, law_of_draws

__all__ = ["diffusion_spectral_mutual_information"]

# Bins of equal width of a numeric target.
_BINS = 10


@uncompiled
def diffusion_spectral_mutual_information(
    X: Any,
    y: Any,
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
    repeats: int = 5,
    discrete: bool | None = None,
    n_clusters: int = 10,
) -> SpectralInformation:
    r"""Estimate the mutual information of points and a target from diffusion spectral entropies.

    :math:`I = \sum_c \frac{n_c}{N} [\overline{DSE(X_S)} - DSE(X \mid c)]`, the bar a mean over
    ``repeats`` random subsets S of :math:`n_c` rows of all X, drawn anew for each class and repeat;
    width and t are those of all rows. The entropy grows with the number of rows, so that a
    comparison of all rows with the rows of a class would call independent labels informative.

    Parameters
    ----------
    X : array-like or tensor of shape (n_rows, n_features)
        Points.
    y : array-like or tensor of shape (n_rows,) or (n_rows, n_outputs)
        Target: labels of any type, numbers, or vectors.
    t : float
        Diffusion time, positive.
    order : float
        Order of the entropies, from 0 to inf.
    bandwidth : float or {"median", "sqrt_d", "adaptive"}
        Width of the kernel, chosen once on all rows, as in ``diffusion_spectral_entropy``.
    anisotropy : float
        Power of the density divided out of the kernel, 0 to 1.
    method : {"auto", "exact", "blocked", "slq"}
        How each entropy is computed.
    base : float or str, optional
        Base of the logarithm, "bits" or "nats"; nats when None.
    device : str or torch.device, optional
        Where to compute; the tensor's own when None, the cpu for numpy.
    dtype : {"float32", "float64"}, optional
        Type of the kernel; when None that of X.
    rng : Generator or int, optional
        Source of the subsets and of the clustering, or its seed.
    n_neighbors : int
        Neighbour that sets the local width of the adaptive rule.
    repeats : int
        Subsets a class, at least 2.
    discrete : bool, optional
        True takes y as labels whatever its type; False cuts numbers into 10 bins of equal width and
        puts vectors into spectral clusters, or takes them as labels where no more than
        ``n_clusters`` differ. When None, floating-point targets and vectors are
        continuous, all others labels.
    n_clusters : int
        Clusters of vectors.

    Returns
    -------
    SpectralInformation
        Value (not clipped: about 0 for independent labels, of either sign), its standard error over
        the subsets, the width, the number of rows, the method, and the class of each row.

    Raises
    ------
    ValueError
        If X is not a finite matrix, y has missing values or not one entry a row, or an option lies
        outside its range.
    InfeasibleError
        If the exact method does not fit the memory.

    Notes
    -----
    The variance is ``sum_c v_c`` with ``v_c = (n_c / N)^2 s_c^2 / repeats`` and ``s_c^2`` the
    variance over the subsets of class c: the error of the subsets alone, not that of another
    sample; the squared error of slq for the class itself, times ``(n_c / N)^2``, is added. The
    interval takes Student's law with Satterthwaite's ``(sum v_c)^2 / sum [v_c^2 / (repeats - 1)]``
    degrees of freedom (doi:10.2307/3002019), with those of slq for its part. A class of all rows
    has the value 0 and no error.

    References
    ----------
    D. Liao, C. Liu et al. (2023), arXiv:2312.04823, equations 6 and 7; equation 7 compares with all
    rows, without matching sizes, which for 10 independent classes of 100 Gaussian points gives .88
    bits.

    Examples
    --------
    One class says nothing:

    >>> diffusion_spectral_mutual_information([[0.0], [1.0], [2.0]], ["a", "a", "a"]).value
    0.0
    """
    warn_of_row_order(X=X, y=y)
    points = as_matrix(X, device=device, dtype=dtype, center=True)
    generator = as_generator(rng)
    check_integer("repeats", repeats, low=2, alternative=", for a standard error")

    labels = _target_classes(y, points.shape[0], discrete, n_clusters, generator)
    with full_precision():
        # Without repeats and sizes: here they count the subsets of a class, and each entropy takes
        # those of its method.
        task = SpectrumTask(
            X=points,
            bandwidth=choose_bandwidth(points, bandwidth, n_neighbors),
            anisotropy=as_anisotropy(anisotropy),
            t=as_power(t),
            order=as_order(order),
            rng=generator,
        )
        nats, error, freedom, used, reason = _matched_information(task, labels, repeats, method)

    return SpectralInformation(
        value=as_output(nats, X, base=base, dtype=points.dtype),
        standard_error=float(as_output(error, None, base=base)),
        bandwidth=task.bandwidth.sigma,
        n_samples=points.shape[0],
        method=used,
        law=law_of_draws(freedom, reason),
        labels=labels,
    )


def _matched_information(
    task: SpectrumTask, labels: IntArray, repeats: int, method: str
) -> tuple[Tensor, float, float, str, str | None]:
    """Information in nats, its error with the degrees of freedom, the methods, and a reason.

    The reason is why the interval is withheld, None where it is not.
    """
    n = len(labels)
    terms, methods, reasons = [], set(), set()
    # Of what is drawn: variances, and their degrees of freedom
    variances, freedoms = [0.0], [math.inf]

    def entropy(rows: IntArray) -> SpectrumAnswer:
        subset = subset_task(task, torch.as_tensor(rows, device=task.X.device))
        used, answer = solve_spectrum(subset, method)
        methods.add(used)
        if answer.reason is not None:
            reasons.add(answer.reason)
        return answer

    for code in np.unique(labels):
        rows = np.flatnonzero(labels == code)
        share = len(rows) / n
        # The class against random rows of all, as many of them: the entropy grows with their
        # number.
        answer = entropy(rows)
        within = answer.nats

        # A class of all rows: its only subset is itself. The difference keeps the gradient.
        if len(rows) == n:
            terms.append(within - within)
            continue

        draws = [
            entropy(np.sort(task.rng.choice(n, len(rows), replace=False))).nats
            for _ in range(repeats)
        ]
        subsets = torch.stack(draws)
        terms.append(share * (subsets.mean() - within))

        # What probes add to the entropies of the subsets lies in their variance.
        variances.append(share**2 * float(subsets.detach().var()) / repeats)
        freedoms.append(repeats - 1.0)
        variances.append((share * answer.standard_error) ** 2)
        freedoms.append(answer.degrees_of_freedom)

    # Satterthwaite's degrees of freedom of a sum of variances.
    variance = math.fsum(variances)
    spread = math.fsum(each**2 / freedom for each, freedom in zip(variances, freedoms, strict=True))
    freedom = variance**2 / spread if spread > 0.0 else math.inf
    # Classes of different sizes may be computed in different ways.
    used = "+".join(sorted(methods))
    return torch.stack(terms).sum(), math.sqrt(variance), freedom, used, min(reasons, default=None)


def _target_classes(
    y: Any, n_rows: int, discrete: bool | None, n_clusters: int, rng: np.random.Generator
) -> IntArray:
    """Return the class of each row: labels as they are, numbers in bins, vectors in clusters."""
    if discrete is not None:
        check_flag("discrete", discrete)
    target = as_array("y", y)
    if target.ndim not in {1, 2} or target.shape[0] != n_rows or target.size == 0:
        message = (
            f"y must have one entry a row, ({n_rows},) or ({n_rows}, n_outputs), got shape "
            f"{target.shape}"
        )
        raise ValueError(message)
    if missing_mask(target).any():
        message = (
            f"y must not be missing, got {int(missing_mask(target).sum())} missing entries; drop "
            "those rows"
        )
        raise ValueError(message)

    vectors = target.ndim == 2 and target.shape[1] > 1
    if discrete is None:
        discrete = target.dtype.kind != "f" and not vectors
    if discrete:
        # As labels they may have any type, and several columns are one joint label.
        return _label_classes(target)
    numbers = _finite_target(target)
    return (
        _cluster_classes(numbers, n_clusters, rng) if vectors else _bin_classes(numbers.reshape(-1))
    )


def _label_classes(target: ArrayLike) -> IntArray:
    """Code labels in the order in which they first occur; floats are labels too."""
    array = np.asarray(target)
    if array.dtype.kind == "f":
        # As numbers of labels: `encode_labels` refuses floats that look like measurements.
        array = np.unique(array, axis=0, return_inverse=True)[1].reshape(-1)
    return encode_labels(array, name="y").index


def _finite_target(target: ArrayLike) -> FloatArray:
    """Return a target as finite numbers."""
    try:
        numbers = np.asarray(target).astype(np.float64)
    except (TypeError, ValueError) as error:
        message = (
            f"y must hold numbers where discrete=False, got dtype {np.asarray(target).dtype}; use "
            "discrete=True"
        )
        raise ValueError(message) from error
    if not np.isfinite(numbers).all():
        message = f"y must be finite, got {numbers[~np.isfinite(numbers)][0]}"
        raise ValueError(message)
    return numbers


def _bin_classes(numbers: FloatArray) -> IntArray:
    """Cut numbers into bins of equal width."""
    # In units of a power of two about the largest, which change no digit: no width overflows.
    _, exponent = np.frexp(np.abs(numbers).max())
    scaled = np.ldexp(numbers, -exponent)

    # The outer edges bound nothing: the largest number belongs to the last bin.
    edges = np.linspace(scaled.min(), scaled.max(), _BINS + 1)[1:-1]
    return np.searchsorted(edges, scaled, side="right")


def _cluster_classes(vectors: FloatArray, n_clusters: int, rng: np.random.Generator) -> IntArray:
    """Put vectors into spectral clusters, under a width of their own scale."""
    check_integer(
        "n_clusters", n_clusters, low=2, high=len(vectors) - 1, alternative=", the rows less one"
    )
    # Of so few different vectors each is a class: more clusters would part equal ones by chance.
    distinct, codes = np.unique(vectors + 0.0, axis=0, return_inverse=True)
    if len(distinct) <= n_clusters:
        return np.asarray(codes.reshape(-1))
    from sklearn.cluster import SpectralClustering  # not before, it takes half a second

    # From one of them on and by their largest difference: no square overflows or vanishes.
    places = vectors / 2.0 - vectors[0] / 2.0
    places /= np.abs(places).max()
    model = SpectralClustering(
        n_clusters, random_state=int(rng.integers(2**31)), gamma=1.0 / places.var(axis=0).sum()
    )
    return np.asarray(model.fit_predict(places))

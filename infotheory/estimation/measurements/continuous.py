"""Entropy and information of continuous samples: nearest neighbours and the Gaussian copula.

Every nearest-neighbour estimate is a mean of one term a row. Its variance is that of a term over
the number of rows, and once more the part of it that is noise of the distance to the k-th
neighbour: a distance serves both of its ends, so that terms of neighbours move together. The
logarithm of the mass within that distance has the variance psi'(k); of the share of one label among
the m points within it, ``psi'(k) - psi'(m)``: logarithms of gamma and beta variables.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from scipy import special

from infotheory._codes import compress, encode_labels
from infotheory._random import Rng, as_generator
from infotheory._typing import ArrayLike, FloatArray, IntArray
from infotheory._validation import as_weights
from infotheory.estimation._permutations import permutation_p_value
from infotheory.estimation.discrete._samples import check_rows_agree
from infotheory.estimation.measurements._gaussian_copula import gaussian_estimate
from infotheory.estimation.measurements._neighbors import count_closer, nearest
from infotheory.estimation.measurements._scaling import as_measurements, check_neighbors
from infotheory.inference import Estimate
from infotheory.laws import IntervalLaw, NormalLaw

__all__ = [
    "CONDITIONAL_METHODS",
    "CONTINUOUS_METHODS",
    "GAUSSIAN_METHODS",
    "continuous_conditional_information",
    "continuous_information",
    "differential_entropy",
    "ksg_terms",
]

#: Methods that count no neighbours.
GAUSSIAN_METHODS = ("gaussian", "gaussian_copula")
CONTINUOUS_METHODS = ("ksg", "ksg2", "ross", *GAUSSIAN_METHODS)
CONDITIONAL_METHODS = ("ksg", *GAUSSIAN_METHODS)

#: One term a row, and the variance of the noise of distances in them.
Terms = tuple[FloatArray, float]


def differential_entropy(
    x: ArrayLike, sample_weight: ArrayLike | None, n_neighbors: int, workers: int, unit: float
) -> Estimate:
    """Estimate of Kozachenko and Leonenko: ``psi(n) - psi(k) + d log 2 + d mean(log distance)``."""
    sample = as_measurements(x, name="x")
    n_rows, n_columns = sample.points.shape
    _refuse_weights("kozachenko_leonenko", sample_weight, n_rows)
    check_neighbors(n_neighbors, n_rows, workers)

    radius, _ = nearest(sample.points, n_neighbors, workers)
    terms = (
        special.psi(n_rows)
        - special.psi(n_neighbors)
        + n_columns * np.log(2.0 * radius)
        + sample.log_volume
    )
    noise = _log_mass_variance(n_neighbors)
    return _mean_of_terms((terms, noise), "kozachenko_leonenko", unit, NormalLaw())


def continuous_information(
    x: ArrayLike,
    y: ArrayLike,
    sample_weight: ArrayLike | None,
    *,
    method: str,
    n_neighbors: int,
    n_permutations: int,
    rng: Rng,
    workers: int,
    unit: float,
) -> Estimate:
    """Estimate of the mutual information of x and y by one of `CONTINUOUS_METHODS`."""
    # Gaussian variables are known by their covariance, which ties do not harm.
    density = method != "gaussian"
    first = as_measurements(x, name="x", density=density).points
    second = (
        compress(encode_labels(y, name="y")).index
        if method == "ross"
        else as_measurements(y, name="y", density=density).points
    )
    n_rows = first.shape[0]
    check_rows_agree(x=n_rows, y=second.shape[0])
    _refuse_weights(method, sample_weight, n_rows)
    if method not in GAUSSIAN_METHODS:
        check_neighbors(n_neighbors, n_rows, workers)

    def estimate(other: Any) -> Estimate:
        if method in GAUSSIAN_METHODS:
            return gaussian_estimate(first, other, None, method, unit)
        terms = _TERMS[method](first, other, n_neighbors, workers)
        return _mean_of_terms(terms, method, unit, NormalLaw(lower=0.0))

    result = estimate(second)
    if n_permutations == 0:
        return result

    generator = as_generator(rng)
    draws = (estimate(second[generator.permutation(n_rows)]).value for _ in range(n_permutations))
    return replace(result, p_value=permutation_p_value(result.value, draws))


def continuous_conditional_information(
    x: ArrayLike,
    y: ArrayLike,
    z: ArrayLike,
    sample_weight: ArrayLike | None,
    *,
    method: str,
    n_neighbors: int,
    workers: int,
    unit: float,
) -> Estimate:
    """Estimate of the mutual information of x and y given z by one of `CONDITIONAL_METHODS`."""
    first, second, condition = (
        as_measurements(column, name=name, density=method != "gaussian").points
        for column, name in ((x, "x"), (y, "y"), (z, "z"))
    )
    check_rows_agree(x=first.shape[0], y=second.shape[0], z=condition.shape[0])
    _refuse_weights(method, sample_weight, first.shape[0])

    if method in GAUSSIAN_METHODS:
        return gaussian_estimate(first, second, condition, method, unit)

    check_neighbors(n_neighbors, first.shape[0], workers)
    terms = _frenzel_pompe(first, second, condition, n_neighbors, workers)
    return _mean_of_terms(terms, method, unit, NormalLaw(lower=0.0))


def _refuse_weights(method: str, sample_weight: ArrayLike | None, n_rows: int) -> None:
    """Raise ValueError where rows have weights: neighbours and ranks cannot be weighed."""
    weights = as_weights(sample_weight, n_rows)
    if weights is not None:
        message = (
            f"sample_weight must be None for method={method!r}, which counts neighbours or ranks, "
            f"got weights of shape {weights.shape}; cut the measurements into cells and "
            "use a discrete method"
        )
        raise ValueError(message)


def _mean_of_terms(terms: Terms, method: str, unit: float, law: IntervalLaw) -> Estimate:
    """Mean of one term a row; the noise of distances, at most all of the variance, counts twice."""
    values, noise = terms
    variance = float(values.var(ddof=1))
    error = float(np.sqrt((variance + min(variance, noise)) / values.size))
    return Estimate(
        value=float(values.mean()) / unit, standard_error=error / unit, method=method, law=law
    )


def _log_mass_variance(k: int) -> float:
    """Variance of the logarithm of the mass within the distance to the k-th neighbour."""
    return float(special.polygamma(1, k))


def _ksg(x: FloatArray, y: FloatArray, k: int, workers: int) -> Terms:
    """Kraskov, Stögbauer and Grassberger, equation 8: neighbours closer than the joint distance."""
    radius, _ = nearest(np.hstack([x, y]), k, workers)
    n_x, n_y = (count_closer(margin, radius, workers) for margin in (x, y))
    terms = special.psi(k) + special.psi(x.shape[0]) - special.psi(n_x + 1) - special.psi(n_y + 1)
    return terms, _log_mass_variance(k)


def ksg_terms(x: FloatArray, y: FloatArray, k: int) -> FloatArray:
    """Return one term a row, whose mean is the estimate, of columns of one scale."""
    return _ksg(x, y, k, 1)[0]


def _ksg2(x: FloatArray, y: FloatArray, k: int, workers: int) -> Terms:
    """Kraskov, Stögbauer and Grassberger, equation 9: within the box that the k neighbours span."""
    _, neighbors = nearest(np.hstack([x, y]), k, workers)
    n_x, n_y = (count_closer(margin, _half_width(margin, neighbors), workers) for margin in (x, y))
    terms = special.psi(k) - 1.0 / k + special.psi(x.shape[0]) - special.psi(n_x) - special.psi(n_y)
    return terms, _log_mass_variance(k)


def _half_width(margin: FloatArray, neighbors: IntArray) -> FloatArray:
    """Return a radius just beyond the furthest of the neighbours in one margin."""
    width = np.zeros(margin.shape[0])
    for column in neighbors.T:
        np.maximum(width, np.abs(margin[column] - margin).max(axis=1), out=width)
    return np.asarray(np.nextafter(width, np.inf))


def _ross(x: FloatArray, labels: IntArray, k: int, workers: int) -> Terms:
    """Ross 2014: the k-th neighbour of the same label, and the neighbours of any label up to it."""
    sizes = np.bincount(labels)
    if sizes.min() <= k:
        message = (
            f"y must have more than n_neighbors={k} rows of each label, got a label with "
            f"{sizes.min()}; merge rare labels, or lower n_neighbors"
        )
        raise ValueError(message)

    radius = np.empty(labels.size)
    for rows in np.split(np.argsort(labels, kind="stable"), np.cumsum(sizes)[:-1]):
        radius[rows] = nearest(x[rows], k, workers)[0]

    # The next number above the distance: the neighbour that sets it counts as well.
    within = count_closer(x, np.nextafter(radius, np.inf), workers)
    terms = (
        special.psi(k) + special.psi(labels.size) - special.psi(sizes[labels]) - special.psi(within)
    )
    return terms, float((special.polygamma(1, k) - special.polygamma(1, within)).mean())


def _frenzel_pompe(x: FloatArray, y: FloatArray, z: FloatArray, k: int, workers: int) -> Terms:
    """Frenzel and Pompe 2007: neighbours in (x, z), (y, z) and z closer than the joint distance."""
    radius, _ = nearest(np.hstack([x, y, z]), k, workers)
    n_xz, n_yz, n_z = (
        count_closer(m, radius, workers) for m in (np.hstack([x, z]), np.hstack([y, z]), z)
    )
    terms = special.psi(k) + special.psi(n_z + 1) - special.psi(n_xz + 1) - special.psi(n_yz + 1)
    return terms, _log_mass_variance(k)


_TERMS: dict[str, Callable[[FloatArray, Any, int, int], Terms]] = {
    "ksg": _ksg,
    "ksg2": _ksg2,
    "ross": _ross,
}

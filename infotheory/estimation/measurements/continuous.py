"""Entropy and information of continuous samples: nearest neighbours and the Gaussian copula.

Every nearest-neighbour estimate is a mean of one term a row. Its variance is that of a term over
the number of rows, and once more the part of it that is noise of the distance to the k-th
neighbour: a distance serves both of its ends, so that terms of neighbours move together. The
logarithm of the mass within that distance has the variance psi'(k); of the share of one label among
the m points within it, ``psi'(k) - psi'(m)``: logarithms of gamma and beta variables.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy import special

from infotheory._codes import compress, encode_labels
from infotheory._random import Rng, as_generator
from infotheory._typing import ArrayLike, FloatArray, IntArray
from infotheory._validation import as_weights, check_integer
from infotheory._warnings import warn
from infotheory.estimation._permutations import (
    StrataShuffle,
    check_permutations,
    permutation_p_value,
    surrogate_values,
)
from infotheory.estimation._row_memory import warn_of_memory
from infotheory.estimation.discrete._samples import check_rows_agree
from infotheory.estimation.measurements._conditional_neighbors import ConditionalNeighbors
from infotheory.estimation.measurements._gaussian import GaussianCondition, normal_scores
from infotheory.estimation.measurements._gaussian_copula import (
    gaussian_estimate,
    gaussian_information,
)
from infotheory.estimation.measurements._jitter import check_jitter, jittered
from infotheory.estimation.measurements._local_permutation import LocalPermutation
from infotheory.estimation.measurements._mixed import (
    check_discrete,
    condition_points,
    copies_of_measurements,
    mixed_terms,
    read_mixed,
    warn_of_sparse_cells,
)
from infotheory.estimation.measurements._neighbors import (
    count_closer,
    count_given,
    kth_distance,
    nearest,
)
from infotheory.estimation.measurements._scaling import as_measurements, check_neighbors
from infotheory.estimation.measurements._terms import (
    MOST_COPIES,
    RowTerms,
    coarseness,
    error_of_mean,
    excess_of_copies,
    log_mass_variance,
    mean_of_terms,
    share_of_copies,
)
from infotheory.exceptions import ApproximationWarning, WithheldWarning
from infotheory.inference import Estimate
from infotheory.laws import NormalLaw, WithheldLaw

__all__ = [
    "CONDITIONAL_METHODS",
    "CONTINUOUS_METHODS",
    "GAUSSIAN_METHODS",
    "ContinuousOptions",
    "continuous_conditional_information",
    "continuous_information",
    "differential_entropy",
    "ksg_terms",
]

#: Methods that count no neighbours.
GAUSSIAN_METHODS = ("gaussian", "gaussian_copula")
CONTINUOUS_METHODS = ("ksg", "ksg2", "ross", "mixed", *GAUSSIAN_METHODS)
CONDITIONAL_METHODS = ("ksg", "mixed", *GAUSSIAN_METHODS)

#: Uniform variables in three dimensions: 6000 rows are off by .08 with an error of .012.
_MOST_COLUMNS_OF_ENTROPY = 2


def differential_entropy(
    x: ArrayLike, sample_weight: ArrayLike | None, n_neighbors: int, workers: int, unit: float
) -> Estimate:
    """Estimate of Kozachenko and Leonenko: ``psi(n) - psi(k) + d log 2 + d mean(log distance)``."""
    sample = as_measurements(x, name="x")
    n_rows, n_columns = sample.points.shape
    _refuse_weights("kozachenko_leonenko", sample_weight, n_rows)
    check_neighbors(n_neighbors, n_rows, workers)

    # In the maximum norm the ball is a cube of side twice the distance. Scaling took the logarithm
    # of the deviations from the entropy, which is put back.
    def terms_of(k: int) -> FloatArray:
        radius = kth_distance(sample.points, k, workers)
        log_volume = n_columns * np.log(2.0 * radius) + sample.log_volume
        return np.asarray(special.psi(n_rows) - special.psi(k) + log_volume)

    terms = terms_of(n_neighbors)
    error = error_of_mean(terms, log_mass_variance(n_neighbors))

    # In one dimension the bias of edges and tails is small beside that.
    points = sample.points
    warn_of_memory(points)
    copies = share_of_copies(points) if n_columns > 1 else excess_of_copies(points[:, 0])
    reason = None
    if copies > MOST_COPIES:
        reason = (
            f"{copies:.1%} of the rows repeat another one, which independent measurements do not: "
            "the density looks too high; leave repeated rows out"
        )
    elif n_columns > _MOST_COLUMNS_OF_ENTROPY:
        reason = (
            f"{n_columns} columns: beyond {_MOST_COLUMNS_OF_ENTROPY} the bias of nearest "
            "neighbours at edges and in tails may be many times the error"
        )
    elif n_columns > 1 and 2 * n_neighbors >= n_rows:
        reason = f"the bias shows with twice the {n_neighbors} neighbours, which {n_rows} rows lack"
    elif n_columns > 1:
        # Boxes of twice the rows are wider by 2^(1/d), and so is what edges lose.
        moved = terms.mean() - terms_of(2 * n_neighbors).mean()
        error = np.hypot(error, moved / (2.0 ** (1.0 / n_columns) - 1.0))

    if reason is not None:
        warn(reason, WithheldWarning)
    return Estimate(
        value=float(terms.mean()) / unit,
        standard_error=float(error) / unit,
        method="kozachenko_leonenko",
        law=NormalLaw() if reason is None else WithheldLaw(reason),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ContinuousOptions:
    """How to estimate from measurements."""

    # One of `CONTINUOUS_METHODS`
    method: str
    # Number of neighbours
    n_neighbors: int
    # Which variables are labels, for mixed
    discrete: str | Collection[str]
    # Width of the uniform noise that is added
    jitter: float | str | None
    # Permutations for a p-value
    n_permutations: int
    # Neighbours in the condition among which rows change places
    permutation_neighbors: int
    # Threads
    workers: int
    # Nats of the unit of the values
    unit: float

    def check(self, rng: Any) -> None:
        """Raise ValueError where options are not valid, or do not go together."""
        check_permutations(self.n_permutations)
        check_integer("n_permutation_neighbors", self.permutation_neighbors, low=2)
        check_jitter(self.jitter, rng)
        if self.jitter is not None and self.method == "mixed":
            message = "jitter must be None for method='mixed', which takes values that repeat"
            raise ValueError(message)
        check_discrete(self.discrete)

    def measurements(self, x: ArrayLike, name: str, generator: np.random.Generator) -> FloatArray:
        """Return columns of one scale."""
        # Gaussian variables are known by their covariance, which ties do not harm.
        density = self.method != "gaussian"
        if self.jitter is not None:
            x = jittered(x, self.jitter, generator, name=name)
        return as_measurements(x, name=name, density=density).points

    def named(self, estimate: Estimate) -> Estimate:
        """Name the noise that was added."""
        if self.jitter is None:
            return estimate
        return replace(estimate, method=f"{self.method}, jitter {self.jitter}")


def continuous_information(
    x: ArrayLike,
    y: ArrayLike,
    sample_weight: ArrayLike | None,
    *,
    options: ContinuousOptions,
    rng: Rng,
) -> Estimate:
    """Estimate of the mutual information of x and y by one of `CONTINUOUS_METHODS`."""
    options.check(rng)
    generator, method, k = as_generator(rng), options.method, options.n_neighbors
    if method == "mixed":
        return _mixed_information(x, y, None, sample_weight, options, generator)
    first = options.measurements(x, "x", generator)
    second: Any = (
        compress(encode_labels(y, name="y")).index
        if method == "ross"
        else options.measurements(y, "y", generator)
    )
    n_rows = first.shape[0]
    check_rows_agree(x=n_rows, y=second.shape[0])
    _refuse_weights(method, sample_weight, n_rows)
    if method not in GAUSSIAN_METHODS:
        check_neighbors(k, n_rows, options.workers)

    def value(other: Any) -> float:
        # The plug-in without its bias, which is the same for every permutation.
        if method in GAUSSIAN_METHODS:
            return gaussian_information(first, other, None, method).plugin
        return float(_TERMS[method](first, other, k, options.workers).values.mean()) / options.unit

    # Warned of for the data alone, not for each permutation of them.
    if method in GAUSSIAN_METHODS:
        result = gaussian_estimate(first, second, None, method, options.unit)
    else:
        terms = _TERMS[method](first, second, k, options.workers)
        tailed = () if method == "ross" else (first, second)
        copies = share_of_copies(first, np.asarray(second, dtype=np.float64))
        result = mean_of_terms(terms, method, options.unit, *tailed, copies=copies)
        if method in ("ksg", "ksg2"):
            _warn_of_dimension(terms, first, np.asarray(second, dtype=np.float64), options.unit)
    warn_of_memory(first, second)
    result = options.named(result)
    if options.n_permutations == 0:
        return result

    draws = (value(second[generator.permutation(n_rows)]) for _ in range(options.n_permutations))
    observed = value(second) if method in GAUSSIAN_METHODS else result.value
    return replace(result, p_value=permutation_p_value(observed, draws))


def continuous_conditional_information(
    x: ArrayLike,
    y: ArrayLike,
    z: ArrayLike,
    sample_weight: ArrayLike | None,
    *,
    options: ContinuousOptions,
    rng: Rng,
) -> Estimate:
    """Estimate of the mutual information of x and y given z by one of `CONDITIONAL_METHODS`."""
    options.check(rng)
    generator, method, k = as_generator(rng), options.method, options.n_neighbors
    if method == "mixed":
        return _mixed_information(x, y, z, sample_weight, options, generator)
    first, second, condition = (
        options.measurements(column, name, generator)
        for column, name in ((x, "x"), (y, "y"), (z, "z"))
    )
    check_rows_agree(x=first.shape[0], y=second.shape[0], z=condition.shape[0])
    _refuse_weights(method, sample_weight, first.shape[0])

    if method in GAUSSIAN_METHODS:
        result = gaussian_estimate(first, second, condition, method, options.unit)
    else:
        check_neighbors(k, first.shape[0], options.workers)
        terms = _frenzel_pompe(first, second, condition, k, options.workers)
        columns = (first, second, condition)
        copies = share_of_copies(*columns)
        result = mean_of_terms(terms, method, options.unit, *columns, copies=copies, given=True)
    warn_of_memory(first, second, given=condition)
    result = options.named(result)
    if options.n_permutations == 0:
        return result

    statistic = _conditional_statistic(second, condition, method, k)
    moved = LocalPermutation(condition, options.permutation_neighbors)
    if method == "gaussian_copula":
        # y and z are scores inside the statistic; those of x go with its rows.
        first = normal_scores(first)
    draws = surrogate_values(
        lambda stream: statistic(first[moved.draw(stream)]),
        options.n_permutations,
        generator,
        options.workers,
    )
    return replace(result, p_value=permutation_p_value(statistic(first), draws))


def _conditional_statistic(
    y: FloatArray, z: FloatArray, method: str, k: int
) -> Callable[[FloatArray], float]:
    """Return the estimate in nats for many x with the same y and z."""
    if method == "ksg":
        given = ConditionalNeighbors(y, z, k)
        return lambda x: float(given.terms(x).values.mean())
    if method == "gaussian_copula":
        y, z = normal_scores(y), normal_scores(z)
    # The plug-in without its bias, which is the same for every x and compares nothing.
    condition = GaussianCondition(y, z, method=method)
    return lambda x: condition.information(x).plugin


def _mixed_information(
    x: ArrayLike,
    y: ArrayLike,
    z: ArrayLike | None,
    sample_weight: ArrayLike | None,
    options: ContinuousOptions,
    generator: np.random.Generator,
) -> Estimate:
    """Estimate from labels, values that repeat and measurements."""
    k = options.n_neighbors
    given = {"x": x, "y": y} if z is None else {"x": x, "y": y, "z": z}
    parts = {
        name: read_mixed(column, name=name, k=k, discrete=options.discrete)
        for name, column in given.items()
    }
    check_rows_agree(**{name: part.classes.n_rows for name, part in parts.items()})
    n_rows = parts["x"].classes.n_rows
    _refuse_weights("mixed", sample_weight, n_rows)
    check_neighbors(k, n_rows, options.workers)
    first, second, condition = parts["x"], parts["y"], parts.get("z")
    terms = mixed_terms(first, second, condition, k, options.workers)
    warn_of_sparse_cells([*parts.values()], k)
    tailed = () if first.is_label or second.is_label else [part.columns for part in parts.values()]
    given_z = condition is not None
    copies = copies_of_measurements(first, second, condition)
    result = mean_of_terms(terms, "mixed", options.unit, *tailed, copies=copies, given=given_z)
    # Classes are numbers beside the measurements.
    of_x, of_y = (np.column_stack([one.classes.index, one.columns]) for one in (first, second))
    if condition is None:
        warn_of_memory(of_x, of_y)
    else:
        warn_of_memory(of_x, of_y, strata=condition.classes.index, given=condition.columns)
    if options.n_permutations == 0:
        return result

    # Rows change places among those of one label of the condition, or of nearly the same
    # measurement, and never across its classes.
    draw: Callable[[np.random.Generator], IntArray]
    if condition is None:
        draw = lambda stream: stream.permutation(n_rows)  # noqa: E731
    elif condition.is_label:
        draw = StrataShuffle(condition.classes).draw
    else:
        points, far = condition_points(condition)
        draw = LocalPermutation(points, options.permutation_neighbors, far).draw

    # One thread for each: the surrogates themselves run beside one another.
    def value(stream: np.random.Generator) -> float:
        return float(mixed_terms(first.take(draw(stream)), second, condition, k, 1).values.mean())

    draws = surrogate_values(value, options.n_permutations, generator, options.workers)
    return replace(result, p_value=permutation_p_value(float(terms.values.mean()), draws))


def _warn_of_dimension(terms: RowTerms, x: FloatArray, y: FloatArray, unit: float) -> None:
    """Warn where neighbours find less than the correlations of the ranks, which bound from below.

    Of all variables with these correlations of their normal scores the Gaussian ones share least.
    Given a third variable that is no bound: what scores leave open may look like dependence.
    """
    try:
        scores = gaussian_information(x, y, None, "gaussian_copula")
    except ValueError:
        # Too few rows for so many columns, or columns that determine each other.
        return

    # Where the correlations show nothing, the noise of the neighbours is no want of rows.
    least = scores.plugin - scores.bias
    error_of_least = float(np.sqrt((scores.canonical_correlations**2).sum() / scores.n_rows))
    found, error = float(terms.values.mean()), error_of_mean(terms.values, terms.noise)
    shows_something = least > 3.0 * error_of_least
    if shows_something and found + 2.0 * error < least - 2.0 * error_of_least:
        message = (
            f"nearest neighbours find {found / unit:.3g}, and the correlations of the ranks "
            f"alone make {least / unit:.3g}: too few rows for so many columns; take "
            "gaussian_copula, or fewer columns"
        )
        warn(message, ApproximationWarning)


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


def _ksg(x: FloatArray, y: FloatArray, k: int, workers: int) -> RowTerms:
    """Kraskov, Stögbauer and Grassberger, equation 8: neighbours closer than the joint distance."""
    radius = kth_distance(np.hstack([x, y]), k, workers)
    n_x, n_y = (count_closer(margin, radius, workers) for margin in (x, y))
    terms = special.psi(k) + special.psi(x.shape[0]) - special.psi(n_x + 1) - special.psi(n_y + 1)
    coarse = coarseness(k, (n_x + 1, y.shape[1]), (n_y + 1, x.shape[1]))
    return RowTerms(terms, log_mass_variance(k), coarse)


def ksg_terms(x: FloatArray, y: FloatArray, k: int) -> RowTerms:
    """Return one term a row, whose mean is the estimate, of columns of one scale."""
    return _ksg(x, y, k, 1)


def _ksg2(x: FloatArray, y: FloatArray, k: int, workers: int) -> RowTerms:
    """Kraskov, Stögbauer and Grassberger, equation 9: within the box that the k neighbours span."""
    _, neighbors = nearest(np.hstack([x, y]), k, workers)
    n_x, n_y = (count_closer(margin, _half_width(margin, neighbors), workers) for margin in (x, y))
    terms = special.psi(k) - 1.0 / k + special.psi(x.shape[0]) - special.psi(n_x) - special.psi(n_y)
    coarse = coarseness(k, (n_x, y.shape[1]), (n_y, x.shape[1]))
    return RowTerms(terms, log_mass_variance(k), coarse)


def _half_width(margin: FloatArray, neighbors: IntArray) -> FloatArray:
    """Return a radius just beyond the furthest of the neighbours in one margin."""
    width = np.zeros(margin.shape[0])
    for column in neighbors.T:
        np.maximum(width, np.abs(margin[column] - margin).max(axis=1), out=width)
    return np.asarray(np.nextafter(width, np.inf))


def _ross(x: FloatArray, labels: IntArray, k: int, workers: int) -> RowTerms:
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
        radius[rows] = kth_distance(x[rows], k, workers)

    # The next number above the distance: the neighbour that sets it counts as well.
    within = count_closer(x, np.nextafter(radius, np.inf), workers)
    terms = (
        special.psi(k) + special.psi(labels.size) - special.psi(sizes[labels]) - special.psi(within)
    )
    noise = float((special.polygamma(1, k) - special.polygamma(1, within)).mean())
    # Of the rows of a label those within the distance are a part as narrow as the measurements ask.
    coarse = coarseness(k, (sizes[labels], x.shape[1]))
    return RowTerms(terms, noise, coarse)


def _frenzel_pompe(x: FloatArray, y: FloatArray, z: FloatArray, k: int, workers: int) -> RowTerms:
    """Frenzel and Pompe 2007: neighbours in (x, z), (y, z) and z closer than the joint distance."""
    n_xz, n_yz, n_z = count_given(x, y, z, k, workers).T
    terms = special.psi(k) + special.psi(n_z + 1) - special.psi(n_xz + 1) - special.psi(n_yz + 1)
    coarse = coarseness(k, (n_xz + 1, y.shape[1]), (n_yz + 1, x.shape[1]))
    return RowTerms(terms, log_mass_variance(k), coarse)


_TERMS: dict[str, Callable[[FloatArray, Any, int, int], RowTerms]] = {
    "ksg": _ksg,
    "ksg2": _ksg2,
    "ross": _ross,
}

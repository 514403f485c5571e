"""Laws of maximum entropy under given means."""

from typing import NamedTuple

import numpy as np
from scipy.optimize import linprog

from infotheory._display import html_repr, short_repr
from infotheory._row_order import warn_of_axis_order
from infotheory._typing import ArrayLike, FloatArray
from infotheory.exceptions import InfeasibleError
from infotheory.fields._inputs import as_finite, as_law
from infotheory.measures._fixed_point import log_softmax

__all__ = ["MaximumEntropy", "maximum_entropy"]

# Means at which every law leaves an outcome less than this lie on the boundary.
_LEAST_MASS = 1e-12

# Features that vary by less than this share of their size are constant.
_ROUNDING = 1e-13

_MAX_STEPS = 300

# Most that a step changes an exponent.
_LONGEST = 20.0

# Distance of the means that are reached, as a share of the range of the features.
_TOLERANCE = 1e-9


class MaximumEntropy(NamedTuple):
    """Law of maximum entropy and its multipliers.

    Parameters
    ----------
    p : ndarray of shape (n_outcomes,)
        The law.
    multipliers : ndarray of shape (n_features,)
        Multiplier of each feature in the exponent.
    """

    p: FloatArray
    multipliers: FloatArray

    def __repr__(self) -> str:
        return short_repr(self)

    def _repr_html_(self) -> str:
        """Table of the fields for notebooks."""
        return html_repr(self)


def maximum_entropy(
    features: ArrayLike, means: ArrayLike, *, prior: ArrayLike | None = None
) -> MaximumEntropy:
    r"""Law of largest entropy among those with given means.

    It is :math:`p_i \propto q_i e^{\theta \cdot f_i}`.

    With a prior q it is the law of least Kullback-Leibler divergence from q. The multipliers
    minimise the convex dual :math:`\log \sum_i q_i e^{\theta \cdot f_i} - \theta \cdot m` by
    Newton's method; of multipliers that give the same law (features that depend on each other) the
    shortest are returned.

    Parameters
    ----------
    features : array-like of shape (n_outcomes, n_features)
        Value of each feature at each outcome, finite.
    means : array-like of shape (n_features,)
        Means that the law must have.
    prior : array-like of shape (n_outcomes,), optional
        Reference law; uniform when None. Outcomes that it excludes stay excluded.

    Returns
    -------
    MaximumEntropy
        The law ``p`` and the ``multipliers``; it has the means to 1e-9 of the range of each feature
        at worst.

    Raises
    ------
    ValueError
        If an argument has the wrong shape or is not finite, or ``prior`` is not a pmf.
    InfeasibleError
        If no law has these means, or only laws that exclude outcomes have them, or the prior gives
        the outcomes that they need so little that float64 does not suffice.

    Notes
    -----
    "Information theory and statistical mechanics revisited" has a version for paths, which is
    not here.

    References
    ----------
    E. T. Jaynes (1957), "Information theory and statistical mechanics",
    doi:10.1103/PhysRev.106.620.

    Examples
    --------
    Jaynes's die whose mean is 4.5:

    >>> import numpy as np
    >>> p, multipliers = maximum_entropy(np.arange(1.0, 7.0)[:, None], [4.5])
    >>> p.round(4).tolist(), multipliers.round(6).tolist()
    ([0.0544, 0.0788, 0.1142, 0.1654, 0.2398, 0.3475], [0.371049])
    """
    warn_of_axis_order(("features", features, 0), ("prior", prior, 0))
    warn_of_axis_order(("features", features, 1), ("means", means, 0))
    table = as_finite(features, name="features", shape=("n_outcomes", "n_features"))
    wanted = as_finite(means, name="means", shape=(table.shape[1],))
    size = table.shape[0]
    reference = (
        np.full(size, 1.0 / size) if prior is None else as_law(prior, name="prior", size=size)
    )

    # Each feature in units of its range about the mean. One that does not vary says nothing: every
    # outcome has the mean already.
    possible = reference > 0
    gaps = table[possible] - wanted
    scale = np.abs(gaps).max(axis=0)
    varies = scale > _ROUNDING * np.abs(table).max(axis=0)
    units = np.where(varies, scale, 1.0)
    gaps = np.where(varies, gaps, 0.0) / units
    _check_reachable(gaps, wanted)

    log_prior = np.log(reference[possible])
    scaled = _minimize_dual(gaps, log_prior)
    law = np.zeros(size)
    law[possible] = np.exp(log_softmax(log_prior + gaps @ scaled))
    return MaximumEntropy(law, scaled / units)


def _check_reachable(gaps: FloatArray, wanted: FloatArray) -> None:
    """Find the law of these means whose smallest probability is largest.

    It is positive in the interior alone.

    The law is ``least + rest_i`` with nothing negative, so that the program has one row a feature.
    """
    # Unknowns are what is above the smallest probability, one an outcome, and that probability
    # itself: the last column adds it to all. `linprog` keeps unknowns from being negative where no
    # bounds are given.
    rows = np.column_stack(
        [np.vstack([gaps.T, np.ones(len(gaps))]), np.append(gaps.sum(axis=0), len(gaps))]
    )
    # Minimised, so that the smallest probability is as large as can be.
    objective = np.append(np.zeros(len(gaps)), -1.0)
    solution = linprog(objective, A_eq=rows, b_eq=np.append(np.zeros(gaps.shape[1]), 1.0))

    if not solution.success:
        message = (
            f"means must lie in the convex hull of the features, got {wanted.tolist()}, which no "
            "law has"
        )
        raise InfeasibleError(message)

    if solution.x[-1] < _LEAST_MASS:
        message = (
            f"means must lie inside the convex hull of the features, got {wanted.tolist()} on its "
            "boundary; set the prior to 0 at the outcomes that every law of these means excludes"
        )
        raise InfeasibleError(message)


def _minimize_dual(gaps: FloatArray, log_prior: FloatArray) -> FloatArray:
    """Newton's method with shortened steps on ``log sum q exp(theta gaps)``; its minimum."""

    def dual(theta: FloatArray) -> float:
        return float(np.logaddexp.reduce(log_prior + gaps @ theta))

    theta = np.zeros(gaps.shape[1])
    for _ in range(_MAX_STEPS):
        law = np.exp(log_softmax(log_prior + gaps @ theta))
        gradient = law @ gaps
        hessian = (gaps - gradient).T @ (law[:, None] * (gaps - gradient))
        # Features may depend on one another, so the matrix may be singular: of all steps that do
        # the same the shortest is taken.
        step = -np.linalg.lstsq(hessian, gradient, rcond=1e-13)[0]
        decrease = -float(gradient @ step)
        if decrease <= 1e-28:
            break

        # Halve the step until the dual falls by a quarter of what its slope promises (Armijo), up
        # to the rounding of its value.
        size, value = min(1.0, _LONGEST / np.abs(gaps @ step).max()), dual(theta)
        while size > 1e-12 and dual(
            theta + size * step
        ) > value - 0.25 * size * decrease + 1e-15 * (1.0 + abs(value)):
            size /= 2.0
        theta = theta + size * step

    if np.abs(gradient).max() > _TOLERANCE:
        message = (
            f"means must be in reach of the prior, got means off by {np.abs(gradient).max():.3g} "
            f"of their range after {_MAX_STEPS} steps at most; give the outcomes they need more "
            "prior mass"
        )
        raise InfeasibleError(message)
    return theta

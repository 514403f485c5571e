"""Mutual information of the Gaussian copula: canonical correlations of normal scores of ranks."""

import numpy as np
from scipy import special, stats

from infotheory._typing import FloatArray
from infotheory.estimation.discrete._strata import information_law
from infotheory.inference import Estimate

__all__ = ["gaussian_copula_estimate", "normal_scores"]

# A direction that keeps less than this share of its length is rounding of one that is not there.
_RANK_TOLERANCE = 1e-10


def gaussian_copula_estimate(
    x: FloatArray, y: FloatArray, z: FloatArray | None, unit: float
) -> Estimate:
    """Estimate from the columns of x and y, and of z where there is a condition.

    With r the (partial) canonical correlations of the normal scores the information is
    ``-sum log(1 - r^2) / 2``, its variance ``sum r^2 / n`` (delta method), and the test of
    independence that of Bartlett.

    Raises
    ------
    ValueError
        If there are too few rows, columns are linearly dependent, or x determines a column of y.
    """
    n_rows, n_x, n_y = x.shape[0], x.shape[1], y.shape[1]

    # Each column of the condition takes a degree of freedom.
    size = n_rows - (0 if z is None else z.shape[1])
    if size <= n_x + n_y + 1:
        wanted = n_rows - size + n_x + n_y + 2
        message = (
            f"gaussian_copula must have at least {wanted} rows for these columns, got {n_rows}"
        )
        raise ValueError(message)

    r = _canonical_correlations(x, y, z)
    plugin = float(-0.5 * np.log1p(-(r**2)).sum())
    variance, freedom = float((r**2).sum()), n_x * n_y
    bartlett = 2.0 * (size - 1.0 - 0.5 * (n_x + n_y + 1)) * plugin
    return Estimate(
        value=(plugin - _bias(size, n_x, n_y)) / unit,
        standard_error=float(np.sqrt(variance / n_rows)) / unit,
        method="gaussian_copula",
        p_value=float(stats.chi2.sf(bartlett, freedom)),
        law=information_law(plugin, variance, n_rows, freedom, unit),
    )


def _bias(size: int, n_x: int, n_y: int) -> float:
    """Mean of the plug-in less the truth: log-determinants of Wishart laws have known means."""
    halves = special.psi((size - np.arange(1, n_x + n_y + 1)) / 2.0)
    return float(0.5 * (halves[:n_x].sum() + halves[:n_y].sum() - halves.sum()))


def _canonical_correlations(x: FloatArray, y: FloatArray, z: FloatArray | None) -> FloatArray:
    """Canonical correlations of the normal scores of x and y, less what z says of them."""
    scores_x, scores_y = normal_scores(x), normal_scores(y)
    if z is not None:
        condition = _orthonormal(normal_scores(z), "z")
        scores_x, scores_y = (s - condition @ (condition.T @ s) for s in (scores_x, scores_y))

    r = np.linalg.svd(_orthonormal(scores_x, "x").T @ _orthonormal(scores_y, "y"), compute_uv=False)
    if r[0] > 1.0 - _RANK_TOLERANCE:
        message = (
            f"x and y must not determine each other, got a canonical correlation of {r[0]:.12g} of "
            "their normal scores, for which the information is infinite; leave out the columns "
            "that they share"
        )
        raise ValueError(message)
    return np.asarray(r)


def normal_scores(columns: FloatArray) -> FloatArray:
    """Return normal quantiles of the ranks, columns of mean 0."""
    scores = special.ndtri(stats.rankdata(columns, axis=0) / (columns.shape[0] + 1.0))
    return np.asarray(scores - scores.mean(axis=0))


def _orthonormal(scores: FloatArray, name: str) -> FloatArray:
    """Return an orthonormal basis of the columns."""
    q, r = np.linalg.qr(scores)

    # Before any projection the norm of a column is near sqrt(n).
    least = float(np.abs(np.diag(r)).min()) / np.sqrt(scores.shape[0])
    if least < _RANK_TOLERANCE:
        message = (
            f"the columns of {name} must not be determined by each other or by the condition, got "
            f"a column whose normal scores keep a share of {least:.3g} of their length; leave it "
            "out"
        )
        raise ValueError(message)
    return np.asarray(q)

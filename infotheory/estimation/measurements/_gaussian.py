"""Mutual information of Gaussian variables, also given others: canonical correlations."""

from dataclasses import dataclass

import numpy as np
from scipy import special

from infotheory._later import stats
from infotheory._typing import FloatArray

__all__ = [
    "GaussianCondition",
    "GaussianInformation",
    "linear_residuals",
    "normal_scores",
    "plugin_bias",
    "scores_of_draws",
]

# A direction that keeps less than this share of its length is rounding of one that is not there.
_RANK_TOLERANCE = 1e-10


@dataclass(frozen=True, slots=True, eq=False)
class GaussianInformation:
    """What Gaussian x and y tell of each other beyond a condition, in nats."""

    # Those of x and y less what the condition says of them
    canonical_correlations: FloatArray
    # `-sum log(1 - r^2) / 2`
    plugin: float
    # Mean of the plug-in less the truth
    bias: float
    # Rows less the columns of the condition
    size: int
    # Columns of x and y
    n_x: int
    n_y: int
    # Rows, whatever the condition
    n_rows: int

    @property
    def effective_size(self) -> float:
        """Number of rows for which the plug-in has the chi-square law (Bartlett)."""
        return self.size - 1.0 - 0.5 * (self.n_x + self.n_y + 1)

    @property
    def degrees_of_freedom(self) -> int:
        """Number of correlations that the test takes to be 0."""
        return self.n_x * self.n_y

    @property
    def exact_p_value(self) -> float:
        """P-value of independence: an F test for one column of either, else that of Bartlett."""
        one, other = sorted((self.n_x, self.n_y))
        if one > 1:
            return self.bartlett_p_value
        freedom = self.size - 1 - other
        statistic = np.expm1(2.0 * self.plugin) * freedom / other
        return float(stats.f.sf(statistic, other, freedom))

    @property
    def bartlett_p_value(self) -> float:
        """P-value of independence by the chi-square law of Bartlett's statistic."""
        statistic = 2.0 * self.effective_size * self.plugin
        return float(stats.chi2.sf(statistic, self.degrees_of_freedom))


class GaussianCondition:
    """Columns y less what the columns z say of them, to be compared with many x."""

    def __init__(
        self,
        y: FloatArray,
        z: FloatArray | None,
        *,
        names: tuple[str, str, str] = ("x", "y", "z"),
        method: str = "gaussian",
    ) -> None:
        self._names, self._method = names, method
        self._n_rows, self._n_z = len(y), 0 if z is None else z.shape[1]
        self._n_y = y.shape[1]
        self._check_rows(1)
        self._z = None if z is None or not self._n_z else _orthonormal(_centered(z), names[2])
        self._residuals = self._less_z(y)
        self._y = _orthonormal(self._residuals, names[1])

    def residuals(self, x: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return what the condition leaves of columns x, and of those it was made for."""
        return self._less_z(x), self._residuals

    def information(self, x: FloatArray) -> GaussianInformation:
        """Compare with columns x."""
        self._check_rows(x.shape[1])
        return self._compare(_orthonormal(self._less_z(x), self._names[0]))

    def information_and_terms(self, x: FloatArray) -> tuple[GaussianInformation, FloatArray]:
        """Compare with columns x, and return what each row says: the mean is the plug-in."""
        self._check_rows(x.shape[1])
        basis = _orthonormal(self._less_z(x), self._names[0])
        information = self._compare(basis)

        # log p(y | x, z) / p(y | z), each of a normal law with the covariance of its residuals
        without = self._residuals
        with_x = without - basis @ (basis.T @ without)
        squares = [_mahalanobis(residuals) for residuals in (without, with_x)]
        return information, information.plugin + 0.5 * (squares[0] - squares[1])

    def _compare(self, basis: FloatArray) -> GaussianInformation:
        n_x, n_y, size = basis.shape[1], self._n_y, self._n_rows - self._n_z
        r = np.asarray(np.linalg.svd(basis.T @ self._y, compute_uv=False))
        if r[0] > 1.0 - _RANK_TOLERANCE:
            first, second, _ = self._names
            message = (
                f"{first} and {second} must not determine each other, got a canonical correlation "
                f"of {r[0]:.12g}, for which the information is infinite; leave out the columns "
                "that they share"
            )
            raise ValueError(message)
        plugin = float(-0.5 * np.log1p(-(r**2)).sum())
        bias = plugin_bias(size, n_x, n_y)
        return GaussianInformation(r, plugin, bias, size, n_x, n_y, self._n_rows)

    def _check_rows(self, n_x: int) -> None:
        """Raise ValueError where there are too few rows for the columns."""
        # Each column of the condition takes a degree of freedom.
        needed = self._n_z + n_x + self._n_y + 2
        if self._n_rows < needed:
            message = (
                f"{self._method} must have at least {needed} rows for these columns, got "
                f"{self._n_rows}"
            )
            raise ValueError(message)

    def _less_z(self, columns: FloatArray) -> FloatArray:
        centered = _centered(columns)
        return centered if self._z is None else centered - self._z @ (self._z.T @ centered)


def linear_residuals(y: FloatArray, z: FloatArray) -> FloatArray:
    """Return columns y, in their own unit, less what the columns z say of them."""
    basis = _orthonormal(_centered(z), "the past")
    centered = y - y.mean(axis=0)
    return np.asarray(centered - basis @ (basis.T @ centered))


def plugin_bias(size: int, n_x: int, n_y: int) -> float:
    """Mean of the plug-in less the truth: log-determinants of Wishart laws have known means."""
    halves = special.psi((size - np.arange(1, n_x + n_y + 1)) / 2.0)
    return float(0.5 * (halves[:n_x].sum() + halves[:n_y].sum() - halves.sum()))


def normal_scores(columns: FloatArray) -> FloatArray:
    """Return normal quantiles of the ranks, columns of mean 0."""
    scores = special.ndtri(stats.rankdata(columns, axis=0) / (columns.shape[0] + 1.0))
    return np.asarray(scores - scores.mean(axis=0))


def scores_of_draws(columns: FloatArray) -> FloatArray:
    """Return normal scores along the last axis of draws of a density, which has no ties."""
    # Without ties the order is all that ranks need: half of the time of `normal_scores`.
    n_rows, order = columns.shape[-1], columns.argsort(axis=-1)
    of_ranks = special.ndtri(np.arange(1, n_rows + 1) / (n_rows + 1.0))
    scores = np.empty_like(columns)
    np.put_along_axis(scores, order, np.broadcast_to(of_ranks, order.shape), axis=-1)
    return scores


def _centered(columns: FloatArray) -> FloatArray:
    """Bring columns to mean 0 and length sqrt(n), so that what is left of them shows."""
    largest = np.abs(columns).max(axis=0)
    scaled = columns / np.where(largest > 0.0, largest, 1.0)
    scaled -= scaled.mean(axis=0)
    spread = scaled.std(axis=0)
    return np.asarray(scaled / np.where(spread > 0.0, spread, 1.0))


def _mahalanobis(residuals: FloatArray) -> FloatArray:
    covariance = residuals.T @ residuals / len(residuals)
    return np.asarray((residuals @ np.linalg.inv(covariance) * residuals).sum(axis=1))


def _orthonormal(columns: FloatArray, name: str) -> FloatArray:
    """Return an orthonormal basis of the columns."""
    n_rows = columns.shape[0]
    q, r = np.linalg.qr(columns)

    # Before any projection the norm of a column is sqrt(n).
    least = float(np.abs(np.diag(r)).min()) / np.sqrt(n_rows)
    if least < _RANK_TOLERANCE:
        message = (
            f"the columns of {name} must not be determined by each other or by the condition, got "
            f"a column of which a share of {least:.3g} is left; leave it out"
        )
        raise ValueError(message)
    return np.asarray(q)

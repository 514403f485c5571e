"""Logistic regression on grouped rows by Newton's method: maximum likelihood, ridge and Firth."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from scipy import special
from sklearn.exceptions import ConvergenceWarning

from infotheory._typing import ArrayLike, BoolArray, FloatArray
from infotheory._validation import (
    as_array,
    as_counts,
    as_numbers,
    check_integer,
    check_length,
    check_option,
    check_range,
)
from infotheory._warnings import warn
from infotheory.scorecard.regression._blocks import cache_blocks, gram
from infotheory.scorecard.regression.separation import SOLVER_TOLERANCE, separating_direction

__all__ = ["LogisticFit", "Penalty", "fit_logistic"]

Penalty = Literal["ridge", "firth"] | None

TOLERANCE = 1e-10  # largest relative Newton step at convergence; the error after it is of the order of its square
DEPENDENT = (
    1e-10  # eigenvalue of the correlation matrix, or spread relative to size, that counts as zero
)
SUSPICIOUS = 30.0  # log odds beyond which separation is examined


@dataclass(frozen=True, slots=True, eq=False)
class LogisticFit:
    """A fitted logistic regression.

    Parameters
    ----------
    coefficients : ndarray of shape (n_columns,)
        Change of the log odds of an event per unit of each column.
    intercept : float
        Log odds of an event where every column is 0.
    covariance : ndarray of shape (1 + n_columns, 1 + n_columns)
        Covariance of the intercept (first) and the coefficients, the columns taken as given.
    bread : ndarray of shape (1 + n_columns, 1 + n_columns)
        Inverse of the (penalised) information; influence functions start from it.
    log_likelihood : float
        Log-likelihood without any penalty, in nats.
    n_iter : int
        Newton steps taken.
    status : {"converged", "separation", "singular", "iteration limit"}
        What happened. Coefficients are finite in each case.
    involved : tuple of int
        Columns that the status speaks of: those that separate, or depend on each other linearly.
    """

    coefficients: FloatArray
    intercept: float
    covariance: FloatArray
    bread: FloatArray
    log_likelihood: float
    n_iter: int
    status: str
    involved: tuple[int, ...] = ()

    def log_odds(self, X: FloatArray) -> FloatArray:
        """Log odds of an event.

        Parameters
        ----------
        X : ndarray of shape (n_rows, n_columns)
            Columns as in the fit.

        Returns
        -------
        ndarray of shape (n_rows,)
            ``intercept + X @ coefficients``.
        """
        return np.asarray(self.intercept + X @ self.coefficients)


@dataclass(frozen=True, slots=True, eq=False)
class _Likelihood:
    """Penalised log-likelihood of grouped rows: what Newton's method needs to know."""

    design: FloatArray
    counts: FloatArray
    offset: FloatArray
    ridge: FloatArray
    firth: bool

    def log_odds(self, theta: FloatArray) -> FloatArray:
        return np.asarray(self.offset + self.design @ theta)

    def unpenalised(self, theta: FloatArray) -> float:
        eta = self.log_odds(theta)
        return -float(
            self.counts[:, 0] @ np.logaddexp(0.0, eta) + self.counts[:, 1] @ np.logaddexp(0.0, -eta)
        )

    def value(self, theta: FloatArray) -> float:
        value = self.unpenalised(theta) - 0.5 * float(theta @ self.ridge @ theta)
        return (
            value + 0.5 * float(np.linalg.slogdet(self.information(theta))[1])
            if self.firth
            else value
        )

    def information(self, theta: FloatArray) -> FloatArray:
        eta = self.log_odds(theta)
        return gram(self.design, self.counts.sum(axis=1) * special.expit(eta) * special.expit(-eta))

    def gradient(self, theta: FloatArray, information: FloatArray) -> FloatArray:
        p = special.expit(self.log_odds(theta))
        total = self.counts.sum(axis=1)
        residual = self.counts[:, 1] - total * p
        if self.firth:
            residual += total * p * (1.0 - p) * self._leverage(information) * (0.5 - p)
        return np.asarray(self.design.T @ residual - self.ridge @ theta)

    def _leverage(self, information: FloatArray) -> FloatArray:
        leverage = np.empty(len(self.design))
        for block in cache_blocks(len(self.design)):
            rows = self.design[block]
            leverage[block] = np.einsum("ij,ji->i", rows, np.linalg.solve(information, rows.T))
        return leverage

    def outer_product(self, theta: FloatArray, squared_weights: FloatArray) -> FloatArray:
        p = special.expit(self.log_odds(theta))
        return gram(
            self.design, squared_weights[:, 0] * p * p + squared_weights[:, 1] * (1.0 - p) ** 2
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Basis:
    """Standardised columns without linear dependence, and the way back to intercept and coefficients."""

    design: FloatArray
    back: FloatArray
    dependent: BoolArray


def fit_logistic(
    X: ArrayLike,
    counts: ArrayLike,
    *,
    squared_weights: ArrayLike | None = None,
    offset: ArrayLike | None = None,
    penalty: Penalty = None,
    alpha: float = 1.0,
    max_iterations: int = 200,
    names: Sequence[str] | None = None,
) -> LogisticFit:
    """Fit the log odds of an event, ``offset + intercept + X @ coefficients``, to grouped rows.

    Rows with the same values of ``X`` may be given as one row with their counts; the fit is the
    same. Without ``squared_weights`` the covariance is the inverse information (``H^-1 I H^-1``
    under a ridge). With them the weights are sampling weights and the covariance is the sandwich
    ``H^-1 [sum w^2 a a' (y - p)^2] H^-1``, which does not change when all weights are scaled.

    Parameters
    ----------
    X : array-like of shape (n_rows, n_columns)
        Columns; the intercept is added.
    counts : array-like of shape (n_rows, 2)
        Weight of non-events and events of each row, not negative.
    squared_weights : array-like of shape (n_rows, 2), optional
        Sums of squared sampling weights of the same cells.
    offset : array-like of shape (n_rows,), optional
        Known part of the log odds.
    penalty : {None, "ridge", "firth"}
        None is maximum likelihood. "ridge" subtracts ``alpha / 2 * sum(coefficients ** 2)``, the
        intercept is free. "firth" adds half the log determinant of the information (Jeffreys'
        prior), which removes the first-order bias and is finite for separated rows.
    alpha : float
        Strength of the ridge, positive.
    max_iterations : int
        Limit on Newton steps.
    names : sequence of str, optional
        Names of the columns for warnings; their positions when None.

    Returns
    -------
    LogisticFit
        Coefficients with covariance and status. Where rows are separated, maximum likelihood has no
        finite solution and the coefficients are Firth's; where columns depend on each other, they
        are the smallest (in standard deviations of the columns) among the equally good. Either is
        announced by a ConvergenceWarning.

    Raises
    ------
    ValueError
        If shapes differ, a value is not finite, a class has no weight, or ``alpha`` is not
        positive.

    References
    ----------
    .. [1] D. Firth, "Bias reduction of maximum likelihood estimates", Biometrika 80 (1993),
       doi:10.1093/biomet/80.1.27.
    .. [2] G. Heinze and M. Schemper, "A solution to the problem of separation in logistic
       regression", Statistics in Medicine 21 (2002), doi:10.1002/sim.1047.

    Examples
    --------
    A 2 x 2 table: the coefficient is the log odds ratio, its variance the sum of the four
    reciprocals.

    >>> fit = fit_logistic([[0.0], [1.0]], [[40, 10], [20, 30]])
    >>> bool(np.isclose(fit.coefficients[0], np.log(40 * 30 / (10 * 20))))
    True
    >>> bool(np.isclose(fit.covariance[1, 1], 1 / 40 + 1 / 10 + 1 / 20 + 1 / 30))
    True
    """
    check_integer("max_iterations", max_iterations)
    check_option("penalty", penalty, (None, "ridge", "firth"))
    if penalty == "ridge" and not (np.isfinite(alpha) and alpha > 0.0):
        message = (
            f"alpha must be positive and finite, got {alpha!r}; use penalty=None for maximum "
            "likelihood"
        )
        raise ValueError(message)
    matrix, table = _check_rows(X, counts)
    squares = (
        None
        if squared_weights is None
        else as_counts(squared_weights, name="squared_weights", allow_zero=True)
    )
    start = np.zeros(matrix.shape[0]) if offset is None else _check_offset(offset, matrix.shape[0])
    basis = _independent_columns(matrix, table.sum(axis=1), keep_all=penalty == "ridge")
    ridge = np.diag(np.r_[0.0, np.full(matrix.shape[1], alpha)]) if penalty == "ridge" else None
    size = basis.back.shape[1]
    likelihood = _Likelihood(
        design=basis.design,
        counts=table,
        offset=start,
        ridge=np.zeros((size, size)) if ridge is None else basis.back.T @ ridge @ basis.back,
        firth=penalty == "firth",
    )
    theta, n_iter, status, direction = _solve(likelihood, max_iterations, examine=penalty is None)
    involved: tuple[int, ...] = ()
    if direction is not None:
        involved = _columns(np.abs(basis.back @ direction)[1:] > SOLVER_TOLERANCE)
    elif status == "converged" and basis.dependent.any():
        status, involved = "singular", _columns(basis.dependent)
    _warn(status, [column if names is None else names[column] for column in involved])
    return _result(
        likelihood, theta, basis, squares, n_iter=n_iter, status=status, involved=involved
    )


def _check_offset(offset: ArrayLike, n_rows: int) -> FloatArray:
    start = as_numbers("offset", check_length("offset", offset, n_rows))
    if not np.isfinite(start).all():
        message = f"offset must be finite, got {start[~np.isfinite(start)][0]}"
        raise ValueError(message)
    check_range("offset", start)
    return start


def _check_rows(X: ArrayLike, counts: ArrayLike) -> tuple[FloatArray, FloatArray]:
    matrix = as_numbers("X", as_array("X", X))
    if matrix.ndim != 2 or matrix.shape[0] == 0:
        message = (
            f"X must have shape (n_rows, n_columns) with at least one row, got shape {matrix.shape}"
        )
        raise ValueError(message)
    if not np.isfinite(matrix).all():
        message = f"X must be finite, got {matrix[~np.isfinite(matrix)][0]}"
        raise ValueError(message)
    check_range("X", matrix)
    table = as_counts(counts, allow_zero=True)
    if table.shape != (matrix.shape[0], 2):
        message = (
            f"counts must have shape ({matrix.shape[0]}, 2), non-events and events, got "
            f"{table.shape}"
        )
        raise ValueError(message)
    if not table.any(axis=0).all():
        message = (
            f"both classes need weight, got non-events {table[:, 0].sum():g} and events "
            f"{table[:, 1].sum():g}"
        )
        raise ValueError(message)
    return matrix, table


def _independent_columns(matrix: FloatArray, weights: FloatArray, *, keep_all: bool) -> _Basis:
    """Centre and scale the columns and, unless all are kept, leave out the directions that do not vary."""
    n_columns = matrix.shape[1]
    share = weights / weights.sum()
    mean = share @ matrix
    design = np.ones((matrix.shape[0], 1 + n_columns))
    standard = np.subtract(matrix, mean, out=design[:, 1:])
    spread = np.sqrt(
        sum(share[block] @ standard[block] ** 2 for block in cache_blocks(len(matrix)))
    )
    largest = np.maximum(matrix.max(axis=0, initial=0.0), -matrix.min(axis=0, initial=0.0))
    varies = spread > DEPENDENT * largest
    scale = np.where(varies, spread, 1.0)
    standard /= scale
    standard[:, ~varies] = 0.0
    directions, dependent = np.eye(n_columns), np.zeros(n_columns, dtype=bool)
    if not keep_all and n_columns:
        eigenvalues, vectors = np.linalg.eigh(gram(standard, share))
        null = eigenvalues <= DEPENDENT * n_columns
        if null.any():
            dependent = (np.abs(vectors[:, null]) > np.sqrt(DEPENDENT)).any(axis=1)
            directions = vectors[:, ~null]
            design = np.column_stack([np.ones(matrix.shape[0]), standard @ directions])
    coefficients = directions / scale[:, None]
    back = np.zeros((1 + n_columns, 1 + directions.shape[1]))
    back[0, 0], back[0, 1:], back[1:, 1:] = 1.0, -mean @ coefficients, coefficients
    return _Basis(design, back, dependent)


def _solve(
    likelihood: _Likelihood, max_iterations: int, *, examine: bool
) -> tuple[FloatArray, int, str, FloatArray | None]:
    """Maximise; where log odds run away, ask whether the rows are separated, and use Firth's penalty if so."""
    theta, n_iter, converged = _newton(
        likelihood, max_iterations, limit=SUSPICIOUS if examine else np.inf
    )
    if converged or not examine:
        return theta, n_iter, "converged" if converged else "iteration limit", None
    direction = separating_direction(likelihood.design, likelihood.counts)
    chosen = likelihood if direction is None else replace(likelihood, firth=True)
    theta, n_iter, converged = _newton(chosen, max_iterations, limit=np.inf)
    if direction is not None:
        return theta, n_iter, "separation", direction
    return theta, n_iter, "converged" if converged else "iteration limit", None


def _newton(
    likelihood: _Likelihood, max_iterations: int, *, limit: float
) -> tuple[FloatArray, int, bool]:
    """Newton steps (Fisher scoring under Firth's penalty), halved while the likelihood falls."""
    theta = np.zeros(likelihood.design.shape[1])
    theta[0] = np.log(likelihood.counts[:, 1].sum() / likelihood.counts[:, 0].sum())
    value = likelihood.value(theta)
    rounding = np.finfo(np.float64).eps * likelihood.counts.shape[0]
    for iteration in range(1, max_iterations + 1):
        information = likelihood.information(theta)
        gradient = likelihood.gradient(theta, information)
        try:
            step = np.linalg.solve(information + likelihood.ridge, gradient)
        except (
            np.linalg.LinAlgError
        ):  # pragma: no cover - exact singularity is rare in floating point
            return theta, iteration, False
        while (new := likelihood.value(theta + step)) < value - rounding * abs(value):
            step = step / 2.0
        theta, value = theta + step, new
        if np.abs(step).max() <= TOLERANCE * (1.0 + np.abs(theta).max()):
            return theta, iteration, True
        if np.abs(likelihood.log_odds(theta)).max() > limit:
            return theta, iteration, False
    return theta, max_iterations, False


def _result(
    likelihood: _Likelihood,
    theta: FloatArray,
    basis: _Basis,
    squared_weights: FloatArray | None,
    *,
    n_iter: int,
    status: str,
    involved: tuple[int, ...],
) -> LogisticFit:
    information = likelihood.information(theta)
    bread = np.linalg.inv(information + likelihood.ridge)
    meat = (
        information if squared_weights is None else likelihood.outer_product(theta, squared_weights)
    )
    back = basis.back
    solution = back @ theta
    return LogisticFit(
        coefficients=solution[1:],
        intercept=float(solution[0]),
        covariance=back @ bread @ meat @ bread @ back.T,
        bread=back @ bread @ back.T,
        log_likelihood=likelihood.unpenalised(theta),
        n_iter=n_iter,
        status=status,
        involved=involved,
    )


def _columns(mask: BoolArray) -> tuple[int, ...]:
    return tuple(np.flatnonzero(mask).tolist())


def _warn(status: str, involved: Sequence[object]) -> None:
    reasons = {
        "separation": f"columns {involved} separate events from non-events, so that maximum likelihood has no "
        "finite solution; the coefficients are Firth's. Merge bins without one of the classes, or "
        "choose "
        "penalty='firth' or 'ridge'",
        "singular": f"columns {involved} depend on each other linearly, so that the Hessian is singular; the "
        "coefficients are the smallest of the equally good. Drop a column or choose "
        "penalty='ridge'",
        "iteration limit": "Newton's method did not converge; raise max_iterations or choose penalty='ridge'",
    }
    if status in reasons:
        warn(f"{status}: {reasons[status]}", ConvergenceWarning)

"""Logistic regression on grouped rows by Newton's method: maximum likelihood, ridge and Firth.

Rows whose classes can be told apart exactly have no finite maximum. Whether they can is asked of a
linear program, and only where log odds run away.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from scipy import optimize

from infotheory._codes import penalty_unit
from infotheory._display import html_repr, short_repr
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
from infotheory.exceptions import NotConvergedWarning
from infotheory.scorecard.regression._blocks import cache_blocks, gram
from infotheory.scorecard.regression.likelihood import LogisticLikelihood, NewtonResult, newton

__all__ = ["LogisticFit", "Penalty", "check_both_classes", "fit_logistic", "separating_direction"]

Penalty = Literal["ridge", "firth"] | None

#: Eigenvalue of the correlation matrix, or spread relative to size, that counts as zero.
DEPENDENT = 1e-10
#: Log odds beyond which separation is examined: 1e-13 as a probability, which data seldom tell.
SUSPICIOUS = 30.0
#: HiGHS meets its constraints to 1e-7; a direction below this is no direction.
SOLVER_TOLERANCE = 1e-6


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

    __repr__ = short_repr
    _repr_html_ = html_repr

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
class _Basis:
    """Standardised columns that do not depend on each other, and the way back.

    ``back`` turns their coefficients, the intercept first, into those of the columns of the user.
    """

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
        Sums of squared sampling weights of the same cells; pass ``counts`` for the sandwich of
        rows without weights.
    offset : array-like of shape (n_rows,), optional
        Known part of the log odds.
    penalty : {None, "ridge", "firth"}
        None is maximum likelihood. "ridge" subtracts ``alpha / 2 * sum(coefficients ** 2)``, the
        intercept is free. "firth" adds half the log determinant of the information (Jeffreys'
        prior), which removes the first-order bias and is finite for separated rows.
    alpha : float
        Strength of the ridge, positive; with ``squared_weights`` per row of weight
        ``sum w^2 / sum w``, as Firth's penalty is, so that the unit of the weights does not
        matter. Different whole numbers up to about 1000 are taken for repeated rows.
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
        announced by a NotConvergedWarning.

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
    matrix, table = _check_design(X, counts)
    squares = (
        None
        if squared_weights is None
        else as_counts(squared_weights, name="squared_weights", allow_zero=True, squared=True)
    )
    start = np.zeros(matrix.shape[0]) if offset is None else _check_offset(offset, matrix.shape[0])

    # A penalty is as much as some rows say, and a row has a weight.
    row = 1.0 if squares is None else penalty_unit(table, squares)
    basis = _independent_columns(matrix, table.sum(axis=1), keep_all=penalty == "ridge")
    likelihood = LogisticLikelihood(
        design=basis.design,
        counts=table,
        offset=start,
        ridge=_ridge_in(basis, alpha * row) if penalty == "ridge" else 0.0,
        firth=row if penalty == "firth" else 0.0,
    )
    solution = _maximise(likelihood, max_iterations, row, examine=penalty is None)

    status, involved = solution.status, np.zeros(matrix.shape[1], dtype=bool)
    if solution.direction is not None:
        involved = np.abs(basis.back @ solution.direction)[1:] > SOLVER_TOLERANCE
    elif status == "converged" and basis.dependent.any():
        status, involved = "singular", basis.dependent
    columns = np.flatnonzero(involved).tolist()
    _warn(status, [column if names is None else names[column] for column in columns])
    return _fit_of_solution(
        likelihood, solution, basis, squares, status=status, involved=tuple(columns)
    )


def _ridge_in(basis: _Basis, alpha: float) -> FloatArray:
    """Express the ridge on the columns of the user by the coefficients of the basis."""
    n_columns = basis.back.shape[0] - 1
    penalty = np.diag(np.r_[0.0, np.full(n_columns, alpha)])
    return np.asarray(basis.back.T @ penalty @ basis.back)


def _check_offset(offset: ArrayLike, n_rows: int) -> FloatArray:
    start = as_numbers("offset", check_length("offset", offset, n_rows))
    if not np.isfinite(start).all():
        message = f"offset must be finite, got {start[~np.isfinite(start)][0]}"
        raise ValueError(message)
    check_range("offset", start)
    return start


def _check_design(X: ArrayLike, counts: ArrayLike) -> tuple[FloatArray, FloatArray]:
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
    check_both_classes(table)
    return matrix, table


def check_both_classes(counts: FloatArray) -> None:
    """Raise ValueError unless counts by class hold events and non-events."""
    if not counts.any(axis=0).all():
        message = (
            f"both classes need weight, got non-events {counts[:, 0].sum():g} and events "
            f"{counts[:, 1].sum():g}"
        )
        raise ValueError(message)


def _independent_columns(matrix: FloatArray, weights: FloatArray, *, keep_all: bool) -> _Basis:
    """Standardise the columns and, unless all are kept, leave out directions that do not vary."""
    n_columns = matrix.shape[1]
    share = weights / weights.sum()
    mean = share @ matrix

    # The design is written in place: of all rows only two arrays exist at any time.
    design = np.ones((matrix.shape[0], 1 + n_columns))
    standard = np.subtract(matrix, mean, out=design[:, 1:])
    spread = np.sqrt(
        sum(share[block] @ standard[block] ** 2 for block in cache_blocks(len(matrix)))
    )

    # A column that varies by less than its rounding errors is constant: scaled up, it is noise.
    largest = np.maximum(matrix.max(axis=0, initial=0.0), -matrix.min(axis=0, initial=0.0))
    varies = spread > DEPENDENT * largest
    scale = np.where(varies, spread, 1.0)
    standard /= scale
    standard[:, ~varies] = 0.0

    # Directions in which no row varies are left out, so that of all solutions that fit equally well
    # the shortest (in standard deviations of the columns) remains.
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


@dataclass(frozen=True, slots=True, eq=False)
class _Solution:
    """Where the search ended, and the direction in which rows are separated, if they are."""

    theta: FloatArray
    n_iter: int
    status: str
    direction: FloatArray | None = None


def _maximise(
    likelihood: LogisticLikelihood, max_iterations: int, row: float, *, examine: bool
) -> _Solution:
    """Maximise the likelihood, or Firth's where rows turn out to be separated.

    ``row`` is the weight of a row.
    """
    first = newton(likelihood, max_iterations, limit=SUSPICIOUS if examine else np.inf)
    if first.converged or not examine:
        return _solution_of(first)

    # Log odds ran away: the linear program tells rows that are separated from a slow search.
    direction = separating_direction(likelihood.design, likelihood.counts)
    if direction is None:
        return _solution_of(newton(likelihood, max_iterations))
    theta, n_iter, _ = newton(replace(likelihood, firth=row), max_iterations)
    return _Solution(theta, n_iter, "separation", direction)


def _solution_of(result: NewtonResult) -> _Solution:
    status = "converged" if result.converged else "iteration limit"
    return _Solution(result.theta, result.n_iter, status)


def separating_direction(design: FloatArray, counts: FloatArray) -> FloatArray | None:
    """Direction along which the likelihood never falls, or None where its maximum is finite.

    Rows are separated, completely or in part, where some ``b`` has ``a'b >= 0`` for all events and
    ``a'b <= 0`` for all non-events, with inequality in at least one row (A. Albert and
    J. A. Anderson, Biometrika 71 (1984), doi:10.1093/biomet/71.1.1). The linear program maximises
    the sum of these margins inside the box ``|b| <= 1`` (K. Konis, thesis, University of Oxford
    (2007)). ``design`` includes the intercept.

    >>> design = np.array([[1.0, 0.0], [1.0, 1.0]])
    >>> separating_direction(design, np.array([[5.0, 0.0], [2.0, 3.0]])).tolist()
    [-1.0, 1.0]
    >>> separating_direction(design, np.array([[5.0, 1.0], [2.0, 3.0]])) is None
    True
    """
    good, bad = counts[:, 0] > 0, counts[:, 1] > 0
    one_class: BoolArray = good ^ bad
    mixed: BoolArray = good & bad
    signed = design[one_class] * np.where(bad[one_class], 1.0, -1.0)[:, None]
    if signed.shape[0] == 0:
        return None

    # A pattern with both classes lies on the boundary of any separation: its margin must be 0.
    result = optimize.linprog(
        -signed.sum(axis=0),
        A_ub=-signed,
        b_ub=np.zeros(signed.shape[0]),
        A_eq=design[mixed] if mixed.any() else None,
        b_eq=np.zeros(int(mixed.sum())) if mixed.any() else None,
        bounds=(-1.0, 1.0),
        method="highs",
    )

    largest = max(float(np.abs(signed).max()), 1.0)
    if result.x is None or float((signed @ result.x).max()) <= SOLVER_TOLERANCE * largest:
        return None
    return np.asarray(result.x, dtype=np.float64)


def _fit_of_solution(
    likelihood: LogisticLikelihood,
    solution: _Solution,
    basis: _Basis,
    squared_weights: FloatArray | None,
    *,
    status: str,
    involved: tuple[int, ...],
) -> LogisticFit:
    log_odds, back = likelihood.log_odds(solution.theta), basis.back
    information = likelihood.information(log_odds)
    bread = np.linalg.inv(information + likelihood.ridge)
    meat = (
        information
        if squared_weights is None
        else likelihood.outer_product(log_odds, squared_weights)
    )

    theta = back @ solution.theta
    return LogisticFit(
        coefficients=theta[1:],
        intercept=float(theta[0]),
        covariance=back @ bread @ meat @ bread @ back.T,
        bread=back @ bread @ back.T,
        log_likelihood=likelihood.unpenalised(log_odds),
        n_iter=solution.n_iter,
        status=status,
        involved=involved,
    )


def _warn(status: str, involved: Sequence[object]) -> None:
    reasons = {
        "separation": (
            f"columns {involved} separate events from non-events, so that maximum likelihood has "
            "no finite solution; the coefficients are Firth's. Merge bins without one of the "
            "classes, or choose penalty='firth' or 'ridge'"
        ),
        "singular": (
            f"columns {involved} depend on each other linearly, so that the Hessian is singular; "
            "the coefficients are the smallest of the equally good. Drop a column or choose "
            "penalty='ridge'"
        ),
        "iteration limit": (
            "Newton's method did not converge; raise max_iterations or choose penalty='ridge'"
        ),
    }

    if status in reasons:
        warn(f"{status}: {reasons[status]}", NotConvergedWarning)

"""Logistic regression with coefficients of one sign and bounded gaps between group means.

The gaps are differences of the mean log odds of two groups each: a fair card holds them small.
"""

import numpy as np
from scipy import linalg

from infotheory._later import optimize
from infotheory._typing import ArrayLike, FloatArray
from infotheory._validation import as_counts, check_number, check_option
from infotheory._warnings import warn
from infotheory.exceptions import NotConvergedWarning
from infotheory.scorecard.regression.likelihood import (
    GroupedLikelihood,
    with_intercept,
)
from infotheory.scorecard.regression.logistic import LogisticFit, check_both_classes

__all__ = ["fit_constrained_logistic"]

ACTIVE = 1e-7  # a coefficient or a gap this close to its bound counts as at it
_TOLERANCE = 1e-13  # of the mean log-likelihood, whose rounding error is near 1e-15
_MAX_ITERATIONS = 1000
_RANK = 1e-10  # relative: singular values below count as zero


def fit_constrained_logistic(
    X: ArrayLike,
    counts: ArrayLike,
    *,
    sign: int = 0,
    gaps: ArrayLike | None = None,
    largest_gap: float | FloatArray = np.inf,
    ridge: float = 0.0,
    squared_weights: ArrayLike | None = None,
    start: ArrayLike | None = None,
) -> LogisticFit:
    """Fit the log odds of an event to grouped rows under linear constraints: a convex problem.

    ``largest_gap`` bounds every gap, or is one bound a gap.

    Warns
    -----
    NotConvergedWarning
        If the optimiser stops early.

    Notes
    -----
    Sequential least squares (D. Kraft, DFVLR-FB 88-28, 1988) as in scipy. For columns whose log
    odds are near normal in both groups the Jeffreys divergence of the score is the squared
    standardised gap, so that a bound on the gap is the convex stand-in for a bound on the
    demographic information value.

    Examples
    --------
    >>> fit = fit_constrained_logistic(
    ...     [[0.0], [1.0]], [[40, 10], [20, 30]], gaps=[[0.5]], largest_gap=0.25
    ... )
    >>> fit.coefficients.round(6).tolist()
    [0.5]
    """
    check_option("sign", sign, (-1, 0, 1))
    matrix, table = np.asarray(X, dtype=np.float64), as_counts(counts, allow_zero=True)
    if matrix.ndim != 2 or table.shape != (matrix.shape[0], 2) or not np.isfinite(matrix).all():
        message = (
            f"X must be finite rows of columns and counts their two classes, got {matrix.shape} "
            f"and {table.shape}"
        )
        raise ValueError(message)
    check_both_classes(table)
    if not np.all(np.asarray(largest_gap) >= 0.0):
        message = f"largest_gap must be at least 0, got {largest_gap!r}"
        raise ValueError(message)
    check_number("ridge", ridge, 0.0, np.inf, ends="[)", rule="a finite number of at least 0")
    gap_rows = _check_gaps(gaps, matrix.shape[1])
    reach = np.broadcast_to(np.asarray(largest_gap, dtype=np.float64), len(gap_rows))
    squares = (
        None
        if squared_weights is None
        else as_counts(squared_weights, name="squared_weights", allow_zero=True, squared=True)
    )

    # The intercept is neither penalised nor bounded.
    penalty = np.diag(np.r_[0.0, np.full(matrix.shape[1], float(ridge))])
    likelihood = GroupedLikelihood(with_intercept(matrix), table, ridge=penalty)
    first = likelihood.start() if start is None else np.asarray(start, dtype=np.float64)
    optimum = _minimise(likelihood, first, sign, gap_rows, reach)
    if not optimum.success:
        message = (
            f"the constrained regression did not converge ({optimum.message}); scale the columns "
            "or loosen the gap"
        )
        warn(message, NotConvergedWarning)

    # The optimiser stops a rounding error inside the bound; a coefficient there is 0.
    # Without a sign there is no bound at 0, and nothing is cut off.
    theta = np.where(np.abs(optimum.x) <= ACTIVE * (sign != 0), 0.0, optimum.x)
    theta[0] = optimum.x[0]
    return _fit_on_face(
        likelihood, theta, squares, _at_bounds(theta, sign, gap_rows, reach), optimum
    )


def _check_gaps(gaps: ArrayLike | None, n_columns: int) -> FloatArray:
    rows = np.zeros((0, n_columns)) if gaps is None else np.asarray(gaps, dtype=np.float64)
    if rows.ndim != 2 or rows.shape[1] != n_columns:
        message = (
            f"gaps must have one column a column of X, got shape {rows.shape} for "
            f"{n_columns} columns"
        )
        raise ValueError(message)
    if not np.isfinite(rows).all():
        message = f"gaps must be finite, got {rows[~np.isfinite(rows)][0]}"
        raise ValueError(message)
    return rows


def _minimise(
    likelihood: GroupedLikelihood,
    first: FloatArray,
    sign: int,
    gaps: FloatArray,
    largest: FloatArray,
) -> "optimize.OptimizeResult":
    """Minimise the loss with signs as bounds and gaps between groups as constraints."""
    # A sign is a bound of each coefficient; the intercept has none.
    lower, upper = (0.0 if sign > 0 else -np.inf), (0.0 if sign < 0 else np.inf)
    bounds = [(-np.inf, np.inf), *([(lower, upper)] * (first.size - 1))]

    constraints = []
    closed, bounded = gaps[largest == 0.0], np.isfinite(largest) & (largest > 0.0)
    if len(closed):
        # Equalities that repeat each other make the optimiser's matrix singular: a basis of their
        # row space says the same.
        _, sizes, basis = np.linalg.svd(closed)
        rank = int((sizes > _RANK * sizes.max()).sum())
        equal = np.column_stack([np.zeros(rank), basis[:rank]])
        constraints += [{"type": "eq", "fun": lambda t: equal @ t, "jac": lambda _: equal}]
    if bounded.any():
        # Rows of length 1: the optimiser's tolerance is one of the constraints too.
        norms = np.linalg.norm(gaps[bounded], axis=1)
        with np.errstate(divide="ignore", over="ignore"):
            reach = largest[bounded] / norms
        # The gap of two equal groups has length 0 and bounds no coefficient.
        binds = np.isfinite(reach)
        rows = np.column_stack([np.zeros(binds.sum()), gaps[bounded][binds] / norms[binds, None]])
        both, most = np.concatenate([-rows, rows]), np.tile(reach[binds], 2)
        constraints += [{"type": "ineq", "fun": lambda t: most + both @ t, "jac": lambda _: both}]

    return optimize.minimize(
        _mean_loss,
        first,
        args=(likelihood,),
        jac=True,
        method="SLSQP",
        bounds=bounds,
        constraints=constraints,
        options={"maxiter": _MAX_ITERATIONS, "ftol": _TOLERANCE},
    )


def _mean_loss(theta: FloatArray, likelihood: GroupedLikelihood) -> tuple[float, FloatArray]:
    """Negative log-likelihood a row, and its gradient: one tolerance then suits any sample."""
    log_odds = likelihood.log_odds(theta)
    residual = likelihood.link.terms(likelihood.counts, log_odds).residual
    gradient = np.asarray(likelihood.design).T @ residual - likelihood.ridge @ theta
    total = likelihood.counts.sum()
    return -likelihood.value(theta, log_odds) / total, -gradient / total


def _at_bounds(theta: FloatArray, sign: int, gaps: FloatArray, largest: FloatArray) -> FloatArray:
    """Rows of the constraints that hold with equality."""
    rows = [
        np.eye(theta.size)[1 + i] for i, value in enumerate(theta[1:]) if sign != 0 and value == 0.0
    ]
    bounded = np.isfinite(largest)
    gaps, largest = gaps[bounded], largest[bounded]
    # Absolute for narrow gaps, relative for wide ones.
    tight = np.abs(np.abs(gaps @ theta[1:]) - largest) <= ACTIVE * np.maximum(1.0, largest)
    rows += [np.r_[0.0, gap] for gap in gaps[tight]]
    return np.array(rows).reshape(-1, theta.size)


def _fit_on_face(
    likelihood: GroupedLikelihood,
    theta: FloatArray,
    squared_weights: FloatArray | None,
    equalities: FloatArray,
    optimum: optimize.OptimizeResult,
) -> LogisticFit:
    """Return the fit at the optimum, with the covariance along what constraints leave free."""
    log_odds = likelihood.log_odds(theta)
    information = likelihood.information(log_odds)
    meat = (
        information
        if squared_weights is None
        else likelihood.outer_product(log_odds, squared_weights)
    )

    # On the face of the constraints that hold with equality the fit is an unconstrained one.
    free = linalg.null_space(equalities) if len(equalities) else np.eye(theta.size)
    # Columns may depend on each other here: the pseudo-inverse leaves out what no row tells apart.
    curvature = information + likelihood.ridge
    bread = free @ np.linalg.pinv(free.T @ curvature @ free) @ free.T
    return LogisticFit(
        coefficients=theta[1:],
        intercept=float(theta[0]),
        covariance=bread @ meat @ bread,
        bread=bread,
        log_likelihood=likelihood.unpenalised(log_odds),
        n_iter=int(optimum.nit),
        status="converged" if optimum.success else "iteration limit",
    )

"""Logistic regression on grouped rows by Newton's method: maximum likelihood, ridge and Firth.

Rows whose classes can be told apart exactly have no finite maximum. Whether they can is asked of a
linear program, and only where log odds run away.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from infotheory._codes import penalty_unit
from infotheory._display import html_repr, short_repr
from infotheory._typing import ArrayLike, FloatArray
from infotheory._validation import (
    as_counts,
    as_numbers,
    check_integer,
    check_length,
    check_option,
    check_range,
)
from infotheory.scorecard.links import LOGIT, MeanLink
from infotheory.scorecard.regression._blocks import CodedDesign, Design
from infotheory.scorecard.regression.likelihood import GroupedLikelihood, newton
from infotheory.scorecard.regression.solving import (
    SUSPICIOUS,
    Solution,
    as_design,
    ending_of,
    independent_columns,
    ridge_in,
    separating_direction,
    solution_of,
    told_ending,
)

__all__ = ["LogisticFit", "Penalty", "check_both_classes", "fit_logistic", "separating_direction"]

Penalty = Literal["ridge", "firth"] | None

#: A ridge beyond it has squares that no number holds.
_LARGEST_ALPHA = 1e60
#: Patterns that are many enough for a search among some of them to pay, and how many of them.
_MANY_PATTERNS, _STEP_OF_START, _STEPS_OF_START = 1 << 17, 16, 20
#: What it means that columns separate the classes.
_SEPARATED = (
    "separate events from non-events, so that maximum likelihood has no finite solution; the "
    "coefficients are Firth's. Merge bins without one of the classes, or choose penalty='firth' or "
    "'ridge'"
)


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

    @property
    def link(self) -> MeanLink:
        """The logit."""
        return LOGIT

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


def fit_logistic(
    X: "ArrayLike | CodedDesign",
    counts: ArrayLike,
    *,
    squared_weights: ArrayLike | None = None,
    offset: ArrayLike | None = None,
    penalty: Penalty = None,
    alpha: float = 1.0,
    max_iterations: int = 200,
    names: Sequence[str] | None = None,
    start: ArrayLike | None = None,
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
        Strength of the ridge, positive, up to 1e60; with ``squared_weights`` per row of weight
        ``sum w^2 / sum w``, as Firth's penalty is, so that the unit of the weights does not
        matter. Different whole numbers up to about 1000 are taken for repeated rows.
    max_iterations : int
        Limit on Newton steps.
    names : sequence of str, optional
        Names of the columns for warnings; their positions when None.
    start : array-like of shape (1 + n_columns,), optional
        Intercept and coefficients of a fit on similar columns, from which the search begins where
        they are likelier than the best constant. It saves Newton steps, and the fit is the same
        but for rounding.

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
        positive or beyond 1e60.

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
    if penalty == "ridge" and not 0.0 < alpha <= _LARGEST_ALPHA:
        message = (
            f"alpha must be positive and at most {_LARGEST_ALPHA:g}, got {alpha!r}; use "
            "penalty=None for maximum likelihood"
        )
        raise ValueError(message)
    matrix, table = _check_design(X, counts)
    squares = (
        None
        if squared_weights is None
        else as_counts(squared_weights, name="squared_weights", allow_zero=True, squared=True)
    )
    known = np.zeros(matrix.shape[0]) if offset is None else _check_offset(offset, matrix.shape[0])
    first = None if start is None else _check_start(start, 1 + matrix.shape[1])

    # A penalty is as much as some rows say, and a row has a weight.
    # Without squares the counts are rows, which weigh 1.
    row = 1.0 if squares is None else penalty_unit(table, squares)
    # A ridge chooses between directions that no row tells apart, so that none is left out.
    basis = independent_columns(matrix, LOGIT.weight(table), keep_all=penalty == "ridge")
    likelihood = GroupedLikelihood(
        design=basis.design,
        counts=table,
        offset=known,
        ridge=ridge_in(basis, alpha * row) if penalty == "ridge" else 0.0,
        firth=row if penalty == "firth" else 0.0,
    )
    if first is not None:
        # Those coefficients of the basis that give the ones of the user, or come nearest.
        first = np.asarray(np.linalg.lstsq(basis.back, first, rcond=None)[0], dtype=np.float64)
    solution = _maximise(likelihood, max_iterations, row, first, examine=penalty is None)

    status, involved = told_ending(solution, basis, names, _SEPARATED)
    theta, covariance, bread, log_likelihood = ending_of(likelihood, solution, basis, squares)
    return LogisticFit(
        coefficients=theta[1:],
        intercept=float(theta[0]),
        covariance=covariance,
        bread=bread,
        log_likelihood=log_likelihood,
        n_iter=solution.n_iter,
        status=status,
        involved=involved,
    )


def _check_offset(offset: ArrayLike, n_rows: int) -> FloatArray:
    start = as_numbers("offset", check_length("offset", offset, n_rows))
    if not np.isfinite(start).all():
        message = f"offset must be finite, got {start[~np.isfinite(start)][0]}"
        raise ValueError(message)
    check_range("offset", start)
    return start


def _check_start(start: ArrayLike, size: int) -> FloatArray:
    theta = as_numbers("start", check_length("start", start, size))
    if not np.isfinite(theta).all():
        message = f"start must be finite, got {theta[~np.isfinite(theta)][0]}"
        raise ValueError(message)
    check_range("start", theta)
    return theta


def _check_design(X: ArrayLike | CodedDesign, counts: ArrayLike) -> tuple[Design, FloatArray]:
    matrix = as_design(X)
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


def _maximise(
    likelihood: GroupedLikelihood,
    max_iterations: int,
    row: float,
    start: FloatArray | None,
    *,
    examine: bool,
) -> Solution:
    """Maximise the likelihood, or Firth's where rows turn out to be separated.

    ``row`` is the weight of a row.
    """
    # Maximum likelihood alone can run away: penalties keep coefficients finite.
    limit = SUSPICIOUS if examine else np.inf
    if start is None and len(likelihood.design) >= _MANY_PATTERNS and not likelihood.firth:
        start = _start_of_some(likelihood, limit)
    first = newton(likelihood, max_iterations, limit=limit, start=start)
    if first.converged or not examine:
        return solution_of(first)

    # Log odds ran away: the linear program tells rows that are separated from a slow search.
    direction = separating_direction(likelihood.design, likelihood.counts)
    if direction is None:
        # The limit only made the search stop early; it goes on to its end without one.
        return solution_of(newton(likelihood, max_iterations))
    theta, n_iter, _ = newton(replace(likelihood, firth=row), max_iterations)
    return Solution(theta, n_iter, "separation", direction)


def _start_of_some(likelihood: GroupedLikelihood, limit: float) -> FloatArray | None:
    """Coefficients of a sixteenth of the patterns: all of them then take half of the steps."""
    some = slice(None, None, _STEP_OF_START)
    offset = likelihood.offset
    fewer = replace(
        likelihood,
        design=likelihood.design[some],
        counts=likelihood.counts[some],
        offset=offset[some] if isinstance(offset, np.ndarray) else offset,
    )
    # Where a few rows are separated, or lack a class, the search begins at the constant as ever.
    if not fewer.counts.any(axis=0).all():
        return None
    found = newton(fewer, _STEPS_OF_START, limit=limit)
    return found.theta if found.converged else None

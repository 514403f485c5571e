"""Regression of a mean on grouped rows: fractional logit, logarithm and identity, sandwich errors.

Only the mean has to be right: errors come from the squared residuals of the rows, whatever the law
of the target (W. K. Newey and D. McFadden, Handbook of Econometrics 4 (1994) 2111-2245, section 3;
for fractions L. E. Papke and J. M. Wooldridge, Journal of Applied Econometrics 11 (1996) 619-632).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from infotheory._codes import penalty_unit
from infotheory._display import html_repr, short_repr
from infotheory._patterns import Patterns
from infotheory._typing import FloatArray
from infotheory.scorecard.links import LOGIT, LogLink, MeanLink
from infotheory.scorecard.regression._blocks import Design
from infotheory.scorecard.regression.likelihood import GroupedLikelihood, newton
from infotheory.scorecard.regression.logistic import LogisticFit, Penalty, fit_logistic
from infotheory.scorecard.regression.solving import (
    SUSPICIOUS,
    Solution,
    ending_of,
    independent_columns,
    ridge_in,
    separating_direction,
    solution_of,
    told_ending,
)

__all__ = ["MeanFit", "fit_mean", "fit_patterns"]

#: What it means that columns separate rows whose target is at an end of what it can be.
_SEPARATED = (
    "separate rows whose target is 0 (or 1) from the others, so that the regression has no finite "
    "solution; the coefficients are those of a ridge of one row on columns in their standard "
    "deviations. Merge bins in which nothing varies, or choose penalty='ridge'"
)


@dataclass(frozen=True, slots=True, eq=False)
class MeanFit:
    """A fitted regression of a mean."""

    # Change of the predictor per unit of each column, of shape (n_columns,)
    coefficients: FloatArray
    # Predictor where every column is 0
    intercept: float
    # Sandwich covariance of the intercept (first) and the coefficients, of shape (1 + n_columns, 1
    # + n_columns)
    covariance: FloatArray
    # Inverse of the (penalised) derivative of the score, of shape (1 + n_columns, 1 + n_columns)
    bread: FloatArray
    # From predictors to means
    link: MeanLink
    # Newton steps taken
    n_iter: int
    # What happened. Coefficients are finite in each case.
    status: str
    # Columns that the status speaks of
    involved: tuple[int, ...] = ()

    __repr__ = short_repr
    _repr_html_ = html_repr


def fit_mean(
    X: Design,
    sums: FloatArray,
    *,
    link: MeanLink,
    squared_weights: FloatArray,
    crossed: FloatArray,
    penalty: Penalty = None,
    alpha: float = 1.0,
    max_iterations: int = 200,
    names: Sequence[str] | None = None,
) -> MeanFit:
    """Fit the predictor of a mean, ``intercept + X @ coefficients``, to grouped rows.

    ``sums`` are the two of each pattern that its link takes (``links.py``), ``squared_weights`` the
    sums of their squares over rows, ``crossed`` those of their products. A ridge is as much as
    ``alpha`` rows say, whatever the unit of target and weights.
    """
    # The columns of the basis are in their standard deviations, so that one number for all of them
    # is a ridge of one row; it leaves the intercept free.
    row = _weight_of_row(link, sums, squared_weights, crossed)
    basis = independent_columns(X, link.weight(sums), keep_all=penalty == "ridge")
    likelihood = GroupedLikelihood(
        design=basis.design,
        counts=sums,
        ridge=ridge_in(basis, alpha * row) if penalty == "ridge" else 0.0,
        link=link,
    )
    of_one_row = replace(
        likelihood, ridge=np.diag(np.r_[0.0, np.full(basis.back.shape[1] - 1, row)])
    )
    solution = _maximise(likelihood, of_one_row, max_iterations, examine=penalty is None)

    # The errors are those of the likelihood that was maximised in the end.
    if solution.status == "separation":
        likelihood = of_one_row

    status, involved = told_ending(solution, basis, names, _SEPARATED)
    theta, covariance, bread, _ = ending_of(likelihood, solution, basis, squared_weights, crossed)
    return MeanFit(
        coefficients=theta[1:],
        intercept=float(theta[0]),
        covariance=covariance,
        bread=bread,
        link=link,
        n_iter=solution.n_iter,
        status=status,
        involved=involved,
    )


def fit_patterns(
    columns: Design, patterns: Patterns, link: MeanLink = LOGIT
) -> LogisticFit | MeanFit:
    """Fit columns to the classes of patterns, or to their means where the target is a number."""
    if patterns.crossed is None:
        squares = patterns.squared_weights if patterns.weighted else None
        return fit_logistic(columns, patterns.counts, squared_weights=squares)
    return fit_mean(
        columns,
        patterns.counts,
        link=link,
        squared_weights=patterns.squared_weights,
        crossed=patterns.crossed,
    )


def _maximise(
    likelihood: GroupedLikelihood,
    of_one_row: GroupedLikelihood,
    max_iterations: int,
    *,
    examine: bool,
) -> Solution:
    """Maximise the quasi-likelihood; under the ridge of one row where rows are separated."""
    # Least squares have a finite solution whatever the rows.
    can_run_away = examine and likelihood.link.name != "identity"
    first = newton(likelihood, max_iterations, limit=SUSPICIOUS if can_run_away else np.inf)
    if first.converged or not can_run_away:
        return solution_of(first)

    # Rows without any of the second sum ask for a mean of 0, and of a fraction those without any of
    # the first for 1: a direction that gives it to them, and leaves the others, has no end.
    direction = separating_direction(likelihood.design, likelihood.counts)
    if direction is None:
        return solution_of(newton(likelihood, max_iterations))
    theta, n_iter, _ = newton(of_one_row, max_iterations)
    return Solution(theta, n_iter, "separation", direction)


def _weight_of_row(
    link: MeanLink, sums: FloatArray, squared_weights: FloatArray, crossed: FloatArray
) -> float:
    """Return what a row weighs in the quasi-likelihood, in its unit: that of ``mu^(2 - power)``."""
    first, second = squared_weights.T
    if link == LOGIT:
        # The sums of a fraction are w (1 - y) and w y: together, squared, the squared weight.
        return penalty_unit(link.weight(sums), first + 2.0 * crossed + second)

    row, mean = penalty_unit(link.weight(sums), first), float(sums[:, 1].sum() / sums[:, 0].sum())
    if isinstance(link, LogLink):
        return float(row * mean ** (2.0 - link.power))

    # Least squares are in squares of the target: times its variance about the mean.
    spread = second.sum() - 2.0 * mean * crossed.sum() + mean**2 * first.sum()
    return float(row * spread / first.sum())

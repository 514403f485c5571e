"""Errors of the coefficients of a scorecard, and how much its columns tell the same."""

from collections.abc import Sequence

import numpy as np

from infotheory._patterns import Patterns
from infotheory._typing import FloatArray
from infotheory.scorecard.regression._blocks import Design, gram
from infotheory.scorecard.regression.contributions import RegressionFit
from infotheory.scorecard.regression.influences import influence_blocks, outer_product
from infotheory.scorecard.regression.regressors import Regressor

__all__ = [
    "inflation_of_correlation",
    "stacked_covariance",
    "variance_inflation",
    "weighted_correlation",
]

#: Part of a column in a direction without variance that counts as dependence.
DEPENDENT = 1e-6


def stacked_covariance(
    fit: RegressionFit, patterns: Patterns, regressors: Sequence[Regressor]
) -> FloatArray:
    """Covariance of intercept and coefficients that includes the estimation of weights of evidence.

    Bins are taken as given; ``fit`` is that on ``patterns.design(values)``. With a single
    characteristic and no penalty the coefficient is exactly -1, whatever the rows (1 under the
    opposite sign of the weights of evidence), and its standard error is 0; the usual Wald error
    knows nothing of this.
    """
    theta = np.r_[fit.intercept, fit.coefficients]
    return outer_product(influence_blocks(theta, patterns, regressors, fit.bread, fit.link))


def variance_inflation(design: "Design", weights: FloatArray) -> FloatArray:
    """Variance inflation factor of each column: ``1 / (1 - R^2)`` on the other columns.

    Descriptive: no error of a factor was shown to hold.

    Parameters
    ----------
    design : ndarray of shape (n_rows, n_columns)
        Columns that vary, without the intercept.
    weights : ndarray of shape (n_rows,)
        Weight of each row.

    Returns
    -------
    ndarray of shape (n_columns,)
        At least 1; infinite where the columns depend on each other linearly.

    Examples
    --------
    Two columns with correlation 1/2 have the factor 1 / (1 - 1/4):

    >>> design = np.array([[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]])
    >>> variance_inflation(design, np.array([3.0, 1.0, 1.0, 3.0])).round(4).tolist()
    [1.3333, 1.3333]
    """
    n_columns = design.shape[1]
    if n_columns == 0:
        return np.zeros(0)
    return inflation_of_correlation(weighted_correlation(design, weights))


def weighted_correlation(design: Design, weights: FloatArray) -> FloatArray:
    """Correlation matrix of columns that vary, rows weighted."""
    share = weights / weights.sum()
    covariance = gram(design, share, center=share @ design)
    scale = np.sqrt(np.diag(covariance))
    return np.asarray(covariance / np.outer(scale, scale))


def inflation_of_correlation(correlation: FloatArray) -> FloatArray:
    """Variance inflation factors from a correlation matrix of columns that vary.

    ``1 / (1 - R^2)``, infinite for a column that takes part in a linear dependence.
    """
    eigenvalues, vectors = np.linalg.eigh(correlation)
    # The rounding error of the decomposition: what lies below it may be 0.
    null = eigenvalues <= eigenvalues.size * np.finfo(np.float64).eps * max(
        float(eigenvalues[-1]), 1.0
    )

    # The diagonal of the inverse; directions without variance would make all of it infinite, so
    # they are left out, and only the columns that lie in them are.
    inverse = (vectors[:, ~null] ** 2 / eigenvalues[~null]).sum(axis=1)
    dependent = (np.abs(vectors[:, null]) > DEPENDENT).any(axis=1)
    # Rounding leaves factors of uncorrelated columns a little below 1.
    return np.where(dependent, np.inf, np.maximum(inverse, 1.0))

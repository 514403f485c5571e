"""The regression of a card: from bin codes to coefficients with all their covariances, and tests on given rows."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from infotheory._patterns import Patterns
from infotheory._typing import ArrayLike, BoolArray, FloatArray
from infotheory._validation import as_binary_target, as_weights, check_length
from infotheory.scorecard.regression.characteristic_tests import characteristic_tests
from infotheory.scorecard.regression.coefficients import variance_inflation
from infotheory.scorecard.regression.contributions import contribution_covariance
from infotheory.scorecard.regression.logistic import LogisticFit
from infotheory.scorecard.regression.regressors import columns_of, regressors_of

__all__ = ["CardRegression", "Fitter", "p_values_on_rows", "regress"]

Fitter = Callable[..., LogisticFit]

WITHHELD = "withheld: bins were learnt on these rows; pass hold-out rows"
AFTER_SELECTION = "after selection: bins were learnt on these rows"
HOLD_OUT = "rows on which no bins were learnt"
ONE_BIN = "one bin: no information, not in the regression"


@dataclass(frozen=True, slots=True, eq=False)
class CardRegression:
    """What the regression of a card gives; all log odds are those of an event.

    Parameters
    ----------
    intercept : float
        Log odds at weight of evidence 0.
    coefficients : ndarray of shape (n_features,)
        Change of the log odds per unit of weight of evidence; 0 for a characteristic with one bin.
    covariance : ndarray of shape (1 + n_features, 1 + n_features)
        Covariance of intercept and coefficients.
    contribution_covariance : ndarray of shape (1 + n_all_codes, 1 + n_all_codes)
        Covariance of the intercept and of ``coefficient * weight of evidence`` of every code of
        every characteristic.
    active : ndarray of shape (n_features,)
        Characteristics in the regression.
    inflation : ndarray of shape (n_features,)
        Variance inflation factors, NaN where a characteristic is not active.
    status : str
        Status of the fit.
    n_iter : int
        Newton steps.
    """

    intercept: float
    coefficients: FloatArray
    covariance: FloatArray
    contribution_covariance: FloatArray
    active: BoolArray
    inflation: FloatArray
    status: str
    n_iter: int


def regress(binner: Any, patterns: Patterns, fit: Fitter) -> CardRegression:
    """Regress the class on the weights of evidence of a binner.

    Parameters
    ----------
    binner : estimator
        Fitted binner.
    patterns : Patterns
        The rows, one column a feature of the binner.
    fit : callable
        Fits the columns of the active characteristics: ``fit_logistic`` with its options, or a
        function with its arguments X, counts, squared_weights and names.

    Returns
    -------
    CardRegression
        Coefficients and covariances, which include the estimation of the weights of evidence where
        all of them come from these rows.
    """
    regressors = regressors_of(binner, patterns)
    active = np.array(
        [
            np.ptp(r.woe[np.unique(codes)]) > 0.0
            for r, codes in zip(regressors, patterns.codes.T, strict=True)
        ]
    )
    used = patterns if active.all() else patterns.select(np.flatnonzero(active))
    kept = [r for r, is_active in zip(regressors, active, strict=True) if is_active]
    design = used.design(columns_of(kept))
    found = fit(
        design,
        patterns.counts,
        squared_weights=patterns.squared_weights if patterns.weighted else None,
        names=[name for name, is_active in zip(binner.specs_, active, strict=True) if is_active],
    )
    factors = variance_inflation(design, patterns.counts.sum(axis=1))
    del design  # what follows makes the rows that it needs block by block
    covariance, contributions = contribution_covariance(found, used, kept)
    sizes = [1, *(r.woe.size for r in regressors)]
    codes = np.repeat(np.r_[True, active], sizes)
    coefficients, inflation = np.zeros(active.size), np.full(active.size, np.nan)
    coefficients[active] = found.coefficients
    inflation[active] = factors
    return CardRegression(
        found.intercept,
        coefficients,
        _spread(covariance, np.r_[True, active]),
        _spread(contributions, codes),
        active,
        inflation,
        found.status,
        found.n_iter,
    )


def p_values_on_rows(
    binner: Any, active: BoolArray, X: Any, y: ArrayLike | None, sample_weight: ArrayLike | None
) -> tuple[FloatArray, list[str]]:
    """Score test of each characteristic on given rows.

    Parameters
    ----------
    binner : estimator
        Fitted binner.
    active : ndarray of shape (n_features,)
        Characteristics in the regression.
    X : array-like or frame of shape (n_rows, n_features) or None
        The rows; tests are withheld without them.
    y : array-like of shape (n_rows,) or None
        Their labels.
    sample_weight : array-like of shape (n_rows,) or None
        Their sampling weights.

    Returns
    -------
    p_values : ndarray of shape (n_features,)
        NaN where there is no test.
    notes : list of str
        What each p-value is worth, or why it is withheld.
    """
    p_values = np.full(active.size, np.nan)
    notes = np.where(active, WITHHELD, ONE_BIN).astype(object)
    if X is None or y is None:
        return p_values, notes.tolist()
    target, _ = as_binary_target(y, event_label=binner.event_label)
    codes = binner.bin_codes(X)
    check_length("y", target, len(codes))
    patterns = Patterns.from_rows(codes, target, as_weights(sample_weight, target.size))
    regressors = [
        r for r, is_active in zip(regressors_of(binner, patterns), active, strict=True) if is_active
    ]
    used = patterns.select(np.flatnonzero(active))
    p_values[active] = [test.p_value for test in characteristic_tests(used, regressors)]
    notes[active] = [HOLD_OUT if r.counts is None else AFTER_SELECTION for r in regressors]
    return p_values, notes.tolist()


def _spread(covariance: FloatArray, places: BoolArray) -> FloatArray:
    """Put a covariance at its places in a larger one that is 0 elsewhere."""
    whole = np.zeros((places.size, places.size))
    whole[np.ix_(places, places)] = covariance
    return whole

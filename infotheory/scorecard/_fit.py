"""The regression of a card: from bin codes to coefficients with all covariances, and its tests."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Literal

import numpy as np

from infotheory._patterns import Patterns
from infotheory._row_order import warn_of_row_order
from infotheory._target import TargetLabels
from infotheory._typing import ArrayLike, BoolArray, FloatArray
from infotheory._validation import as_weights
from infotheory.binning.features import FittedBinner
from infotheory.scorecard.points.codes import warn_of_new_values
from infotheory.scorecard.points.signs import HELD, ONE_BIN, right_sign
from infotheory.scorecard.regression._blocks import columns_among, design_of
from infotheory.scorecard.regression.characteristic_tests import characteristic_tests
from infotheory.scorecard.regression.coefficients import variance_inflation
from infotheory.scorecard.regression.contributions import contribution_covariance
from infotheory.scorecard.regression.logistic import LogisticFit, Penalty, fit_logistic
from infotheory.scorecard.regression.means import MeanFit
from infotheory.scorecard.regression.regressors import columns_of, in_rows, regressors_of
from infotheory.scorecard.regression.signed import fit_signed_logistic

__all__ = [
    "CardRegression",
    "Fitter",
    "Signs",
    "fitter_of",
    "p_values_on_rows",
    "patterns_of_rows",
    "regress",
]

Fitter = Callable[..., LogisticFit | MeanFit]
Signs = Literal["warn", "constrained", "free"]

WITHHELD = "withheld: bins were learnt on these rows; pass hold-out rows"
AFTER_SELECTION = "after selection: bins were learnt on these rows"
HOLD_OUT = "rows on which no bins were learnt"


@dataclass(frozen=True, slots=True, eq=False)
class CardRegression:
    """What the regression of a card gives; all log odds are those of an event.

    Of a target that is a number they are predictors of its mean.
    """

    # Log odds at weight of evidence 0
    intercept: float
    # Change of the log odds per unit of weight of evidence; 0 for a characteristic with one bin,
    # and for one that bounds hold there, of shape (n_features,)
    coefficients: FloatArray
    # Covariance of intercept and coefficients, of shape (1 + n_features, 1 + n_features)
    covariance: FloatArray
    # Covariance of the intercept and of `coefficient * weight of evidence` of every code of every
    # characteristic, of shape (1 + n_all_codes, 1 + n_all_codes)
    contribution_covariance: FloatArray
    # Information of the coefficients beside a free intercept, rows of 0 where there is none, of
    # shape (n_features, n_features)
    information: FloatArray
    # Characteristics in the regression: their coefficient is not 0, of shape (n_features,)
    active: BoolArray
    # Characteristics with different bins whose coefficient bounds hold at 0: they carry no part of
    # the base points, as those with one bin, of shape (n_features,)
    held: BoolArray
    # Variance inflation factors, NaN where a characteristic is not active, of shape (n_features,)
    inflation: FloatArray
    # Status of the fit
    status: str
    # Newton steps
    n_iter: int


def regress(
    binner: FittedBinner,
    patterns: Patterns,
    fit: Fitter,
    *,
    signed: bool = False,
    start: FloatArray | None = None,
) -> CardRegression:
    """Regress the class, or another target, on the weights of evidence of a binner.

    ``patterns`` have one column a feature. ``fit`` fits the columns of the active characteristics:
    ``fit_logistic`` with its options, or a function with its arguments X, counts, squared_weights
    and names; ``fit_mean`` where the target is a number, which takes crossed, too. ``signed`` says
    that it holds coefficients at 0 by their signs; ``start``, for fits that take it, are intercept
    and coefficients of all characteristics, from which the search begins. The covariances include
    the estimation of the weights of evidence where all of them come from these rows.
    """
    patterns, regressors = in_rows(patterns, regressors_of(binner, patterns))

    # Without two different weights of evidence there is nothing to multiply by a coefficient.
    varied = np.array(
        [
            np.ptp(regressor.woe[: int(np.max(codes)) + 1][np.bincount(codes) > 0]) > 0.0
            for regressor, codes in zip(regressors, patterns.codes.T, strict=True)
        ]
    )
    places, names = np.flatnonzero(varied), list(binner.features_)
    used = patterns if varied.all() else patterns.select(places.tolist())
    design = design_of(used, columns_of([regressors[f] for f in places]))
    # fit_logistic has no argument crossed: a row of classes has one of its sums only.
    mixed = {} if patterns.crossed is None else {"crossed": patterns.crossed}
    begun = {} if start is None else {"start": start[np.r_[0, 1 + places]]}
    fitted = fit(
        design,
        patterns.counts,
        # Without squares the errors are those of rows, not a sandwich.
        squared_weights=patterns.squared_weights if patterns.weighted else None,
        names=[names[f] for f in places],
        **mixed,
        **begun,
    )

    # Where signs hold coefficients at 0 it is the regression on the other columns. A free
    # coefficient that comes out as exactly 0 is an estimate and stays.
    entered = fitted.coefficients != 0.0
    if signed and not entered.all():
        fitted = _without_columns(fitted, entered)
        design, places = columns_among(design, entered), places[entered]
        used = patterns.select(places.tolist())
    active = np.zeros(varied.size, dtype=bool)
    active[places] = True

    inflation_of_active = variance_inflation(design, patterns.mass)
    del design  # what follows makes the rows that it needs block by block
    covariance, contributions = contribution_covariance(
        fitted, used, [regressors[f] for f in places]
    )

    # What is not in the regression has a coefficient and covariances of 0, and no inflation.
    coefficients, inflation = np.zeros(active.size), np.full(active.size, np.nan)
    coefficients[active], inflation[active] = fitted.coefficients, inflation_of_active
    with_intercept = np.r_[True, active]
    n_codes = [1, *(regressor.woe.size for regressor in regressors)]
    # A number was read as its distance from the origin, which is added to the predictor again.
    origin = 0.0 if patterns.kind is None else patterns.kind.origin
    return CardRegression(
        intercept=fitted.intercept + origin,
        coefficients=coefficients,
        covariance=_embedded(covariance, with_intercept),
        contribution_covariance=_embedded(contributions, np.repeat(with_intercept, n_codes)),
        information=_embedded(_information(fitted.bread), active),
        active=active,
        held=varied & ~active,
        inflation=inflation,
        status=fitted.status,
        n_iter=fitted.n_iter,
    )


def _information(bread: FloatArray) -> FloatArray:
    """Information of coefficients where the intercept is fitted beside them."""
    of_coefficients = bread[1:, 1:]
    if not np.isfinite(of_coefficients).all():
        return np.zeros_like(of_coefficients)
    return np.asarray(np.linalg.pinv(of_coefficients, hermitian=True))


def _without_columns(fit: LogisticFit | MeanFit, entered: BoolArray) -> LogisticFit | MeanFit:
    """Leave out columns whose coefficients, and all of their covariances, are 0."""
    block = np.ix_(np.r_[True, entered], np.r_[True, entered])
    return replace(
        fit,
        coefficients=fit.coefficients[entered],
        covariance=fit.covariance[block],
        bread=fit.bread[block],
        involved=(),
    )


def fitter_of(signs: Signs, woe_sign: str, penalty: Penalty, alpha: float) -> Fitter:
    """Return the regression that a card asks for."""
    if signs == "constrained":
        return partial(fit_signed_logistic, sign=right_sign(woe_sign), penalty=penalty, alpha=alpha)
    return partial(fit_logistic, penalty=penalty, alpha=alpha)


def patterns_of_rows(
    binner: FittedBinner,
    X: Any,
    y: ArrayLike,
    sample_weight: ArrayLike | None,
    *,
    labels: TargetLabels | None = None,
    of: str = "",
) -> Patterns:
    """Count rows, which the binner need not have seen, by their bins and classes.

    ``labels`` are those of the binner when None; ``of`` names the rows in messages.
    """
    warn_of_row_order(X=X, y=y, sample_weight=sample_weight)
    codes = binner.bin_codes(X)
    known = TargetLabels.of(binner) if labels is None else labels
    name = f"sample_weight of {of}" if of else "sample_weight"
    weights = as_weights(sample_weight, len(codes), name=name)
    warn_of_new_values(binner, codes, weights)
    return Patterns.from_rows(codes, known.read(y, len(codes), of=of, weights=weights), weights)


def p_values_on_rows(
    binner: FittedBinner,
    active: BoolArray,
    held: BoolArray,
    X: Any,
    y: ArrayLike | None,
    sample_weight: ArrayLike | None,
    labels: TargetLabels,
) -> tuple[FloatArray, list[str]]:
    """Score test of each characteristic on given rows, and what each p-value is worth.

    ``labels`` are those of the card: a frozen binner may have learnt its bins on others.
    A p-value is NaN where there is no test: without rows, which are then None, and for a
    characteristic that is not active: it has one bin, or is ``held`` at 0.
    """
    p_values = np.full(active.size, np.nan)
    notes = np.where(active, WITHHELD, np.where(held, HELD, ONE_BIN)).astype(object)
    if X is None or y is None:
        return p_values, notes.tolist()

    patterns = patterns_of_rows(binner, X, y, sample_weight, labels=labels)
    places = np.flatnonzero(active)
    every = regressors_of(binner, patterns)
    regressors = [every[f] for f in places]
    tests = characteristic_tests(patterns.select(places), regressors)

    p_values[active] = [test.p_value for test in tests]
    # Values that were estimated on the very rows of the test come with bins learnt on them.
    notes[active] = [HOLD_OUT if r.counts is None else AFTER_SELECTION for r in regressors]
    return p_values, notes.tolist()


def _embedded(covariance: FloatArray, places: BoolArray) -> FloatArray:
    """Put a covariance at its places in a larger one that is 0 elsewhere."""
    whole = np.zeros((places.size, places.size))
    whole[np.ix_(places, places)] = covariance
    return whole

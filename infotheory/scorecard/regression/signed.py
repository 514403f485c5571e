"""A regression whose coefficients have one sign, or are 0.

Evidence of several characteristics that say the same may give some of them a coefficient against
their own evidence. Here bounds keep it at 0 instead.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from infotheory._typing import BoolArray, FloatArray
from infotheory._warnings import collect_warnings, warn
from infotheory.scorecard.regression.constrained import fit_constrained_logistic
from infotheory.scorecard.regression.logistic import LogisticFit, Penalty, fit_logistic

__all__ = ["check_penalty", "fit_signed_logistic"]


def check_penalty(penalty: Penalty) -> None:
    """Raise ValueError for a penalty under which coefficients cannot be held to a sign."""
    if penalty == "firth":
        message = (
            "signs='constrained' needs penalty=None or 'ridge', got 'firth', whose likelihood is "
            "not concave, so that no regression under bounds is surely the best; signs='warn' "
            "names the characteristics to leave out"
        )
        raise ValueError(message)


def fit_signed_logistic(
    X: FloatArray,
    counts: FloatArray,
    *,
    sign: int,
    squared_weights: FloatArray | None = None,
    penalty: Penalty = None,
    alpha: float = 1.0,
    names: Sequence[str] | None = None,
    start: FloatArray | None = None,
) -> LogisticFit:
    """Fit a logistic regression whose coefficients have a sign or are 0.

    It is ``fit_logistic`` on the columns that remain: where all signs are right it is that of all
    columns, bit for bit. Otherwise the regression under bounds says which columns are held at 0;
    without them it is an unconstrained one, whose errors and statuses are known.
    """
    labels = [str(f) for f in range(X.shape[1])] if names is None else list(names)

    # A fit says its warnings only if it is the one that stays; others are steps on the way.
    def on(columns: BoolArray) -> tuple[LogisticFit, list[tuple[str, type[Warning]]]]:
        places = np.flatnonzero(columns).tolist()
        with collect_warnings() as said:
            fit = fit_logistic(
                X if columns.all() else X[:, columns],
                counts,
                squared_weights=squared_weights,
                penalty=penalty,
                alpha=alpha,
                names=[labels[place] for place in places],
                start=None if start is None else start[[0, *(1 + place for place in places)]],
            )
        return fit, said

    free = np.ones(X.shape[1], dtype=bool)
    fit, said = on(free)

    # The free solution moved onto the bounds that it breaks obeys them, and lies near the end.
    if (sign * fit.coefficients < 0.0).any():
        moved = np.r_[fit.intercept, np.where(sign * fit.coefficients < 0.0, 0, fit.coefficients)]
        ridge = alpha if penalty == "ridge" else 0.0
        with collect_warnings() as said_of_bounds:
            bounded = fit_constrained_logistic(X, counts, sign=sign, ridge=ridge, start=moved)
        # A coefficient at its bound is exactly 0 there, without the rounding of the optimiser.
        free = bounded.coefficients != 0.0
        fit, said = on(free)
        # Where the regression without them has a trouble of its own, that is what must be told.
        said += said_of_bounds if fit.status == "converged" else []

        # Separated rows have no maximum under bounds, and columns that depend on each other have
        # many: what Firth's penalty or the smallest of them turns round goes too.
        # Every turn holds at least one column more at 0, so that this ends.
        while (wrong := sign * fit.coefficients < 0.0).any():
            free[np.flatnonzero(free)[wrong]] = False
            fit, said = on(free)

    for message, category in said:
        warn(message, category)
    return _among_all(fit, free)


def _among_all(fit: LogisticFit, free: BoolArray) -> LogisticFit:
    """Put a fit on some columns among all of them, where the others are held at 0."""
    if free.all():
        return fit

    # What is held at 0 has no error: its rows and columns of the covariances are 0.
    places, with_intercept = np.flatnonzero(free), np.flatnonzero(np.r_[True, free])
    coefficients = np.zeros(free.size)
    coefficients[free] = fit.coefficients

    def whole(matrix: FloatArray) -> FloatArray:
        larger = np.zeros((1 + free.size, 1 + free.size))
        larger[np.ix_(with_intercept, with_intercept)] = matrix
        return larger

    return replace(
        fit,
        coefficients=coefficients,
        covariance=whole(fit.covariance),
        bread=whole(fit.bread),
        involved=tuple(places[list(fit.involved)].tolist()),
    )

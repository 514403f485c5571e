"""A regression whose coefficients have one sign, or are 0.

Evidence of several characteristics that say the same may give some of them a coefficient against
their own evidence. Here bounds keep it at 0 instead.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np

from infotheory._typing import BoolArray, FloatArray
from infotheory._warnings import collect_warnings, warn
from infotheory.scorecard.links import MeanLink
from infotheory.scorecard.regression._blocks import Design, columns_among
from infotheory.scorecard.regression.constrained import fit_constrained_logistic
from infotheory.scorecard.regression.logistic import LogisticFit, Penalty, fit_logistic
from infotheory.scorecard.regression.means import MeanFit, fit_mean

__all__ = ["check_penalty", "fit_signed_logistic", "fit_signed_mean"]

Fit = TypeVar("Fit", LogisticFit, MeanFit)
#: Messages of a fit, with their categories.
_Said = list[tuple[str, type[Warning]]]

#: Relative to what its rows add up to without their signs: a slope of the likelihood that is 0.
_NO_SLOPE = 1e-9


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
    X: Design,
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
    def on(columns: BoolArray) -> tuple[LogisticFit, _Said]:
        places = np.flatnonzero(columns).tolist()
        with collect_warnings() as said:
            fit = fit_logistic(
                columns_among(X, columns),
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
            # The search under bounds holds all rows.
            rows = np.asarray(X)
            bounded = fit_constrained_logistic(rows, counts, sign=sign, ridge=ridge, start=moved)
        # A coefficient at its bound is exactly 0 there, without the rounding of the optimiser.
        free = bounded.coefficients != 0.0
        fit, said = on(free)
        # Where the regression without them has a trouble of its own, that is what must be told.
        said += said_of_bounds if fit.status == "converged" else []

    # Separated rows have no maximum under bounds, and columns that depend on each other have
    # many: what Firth's penalty or the smallest of them turns round goes too.
    return _without_turned(on, fit, said, free, sign)


def fit_signed_mean(
    X: Design,
    sums: FloatArray,
    *,
    sign: int,
    link: MeanLink,
    squared_weights: FloatArray,
    crossed: FloatArray,
    penalty: Penalty = None,
    alpha: float = 1.0,
    names: Sequence[str] | None = None,
) -> MeanFit:
    """Fit the regression of a mean whose coefficients have a sign or are 0.

    The quasi-likelihood of each link is concave, so that a set of columns is the best where its own
    fit has the signs and none of the others would rise from 0. Columns enter and leave as in the
    least squares of C. L. Lawson and R. J. Hanson (Solving Least Squares Problems, 1974, chapter
    23): on the way from one fit to the next what reaches 0 first leaves, so that the likelihood
    rises with every step and no set comes twice.
    """
    labels = [str(f) for f in range(X.shape[1])] if names is None else list(names)

    def on(columns: BoolArray) -> tuple[MeanFit, _Said]:
        with collect_warnings() as said:
            fit = fit_mean(
                columns_among(X, columns),
                sums,
                link=link,
                squared_weights=squared_weights,
                crossed=crossed,
                penalty=penalty,
                alpha=alpha,
                names=[labels[place] for place in np.flatnonzero(columns).tolist()],
            )
        return fit, said

    free = np.ones(X.shape[1], dtype=bool)
    fit, said = on(free)
    if (sign * fit.coefficients < 0.0).any():
        # The free solution moved onto its bounds has the signs, and lies near the end.
        reached = np.where(sign * fit.coefficients < 0.0, 0.0, fit.coefficients)
        free = reached != 0.0
        # Each turn ends with one column more or the end; rounding must not make it endless.
        for _ in range(3 * X.shape[1] + 3):
            fit, said = on(free)
            while (sign * fit.coefficients < 0.0).any():
                reached, free = _towards(reached, free, fit, sign)
                fit, said = on(free)
            reached = np.zeros(X.shape[1])
            reached[free] = fit.coefficients
            rising = _rising(np.asarray(X), sums, fit, reached, free, sign)
            if rising is None:
                break
            free[rising] = True

    # What ended on a turn too many, or under the ridge of separated rows, obeys the signs too.
    return _without_turned(on, fit, said, free, sign)


def _towards(
    reached: FloatArray, free: BoolArray, fit: MeanFit, sign: int
) -> tuple[FloatArray, BoolArray]:
    """Go towards a fit until the first coefficient is 0, and hold it there."""
    wanted = np.zeros(reached.size)
    wanted[free] = fit.coefficients
    leaving = free & (sign * wanted < 0.0)
    # A column that has just entered is at 0 already: rounding alone turned it round.
    room = np.abs(reached[leaving]) / np.abs(wanted[leaving] - reached[leaving])
    part = float(room.min())
    moved = reached + part * (wanted - reached)
    moved[np.flatnonzero(leaving)[room <= part]] = 0.0
    return np.where(free, moved, 0.0), free & (moved != 0.0)


def _rising(
    X: FloatArray,
    sums: FloatArray,
    fit: MeanFit,
    coefficients: FloatArray,
    free: BoolArray,
    sign: int,
) -> int | None:
    """Return the column held at 0 along which the likelihood rises most, None where none does."""
    residual = fit.link.terms(sums, fit.intercept + X @ coefficients).residual
    # Each slope in the unit of its own rows: the sizes of columns decide nothing.
    size = np.abs(X).T @ np.abs(residual)
    slope = np.divide(sign * (X.T @ residual), size, out=np.zeros(size.size), where=size > 0.0)
    slope[free] = 0.0
    best = int(np.argmax(slope)) if slope.size else 0
    return best if slope.size and slope[best] > _NO_SLOPE else None


def _without_turned(
    on: Callable[[BoolArray], tuple[Fit, _Said]], fit: Fit, said: _Said, free: BoolArray, sign: int
) -> Fit:
    """Hold at 0 what is turned round still, say what the last fit said, and lay it out."""
    # Every turn holds at least one column more at 0, so that this ends.
    while (wrong := sign * fit.coefficients < 0.0).any():
        free[np.flatnonzero(free)[wrong]] = False
        fit, said = on(free)

    for message, category in said:
        warn(message, category)
    return _among_all(fit, free)


def _among_all(fit: Fit, free: BoolArray) -> Fit:
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

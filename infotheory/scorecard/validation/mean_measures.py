"""How well predicted means of an amount rank and fit rows that took no part in their fit."""

from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from scipy import special

from infotheory._compiled import compiled
from infotheory._display import html_repr, short_repr
from infotheory._typing import ArrayLike, FloatArray, IntArray
from infotheory._validation import check_flag
from infotheory.evidence.roc_area import area_under_curve
from infotheory.inference import Estimate
from infotheory.laws import LogitNormalLaw, LogNormalLaw, StudentLaw
from infotheory.scorecard.links import link_of_target
from infotheory.scorecard.regression.means import fit_mean
from infotheory.scorecard.validation.discrimination import gini_of_area
from infotheory.scorecard.validation.mean_rows import (
    MeanRows,
    estimate_of_rows,
    mean_rows,
    root_of_squares,
)

__all__ = [
    "MeanCalibration",
    "concordance",
    "concordance_difference",
    "deviance_explained",
    "mean_calibration",
    "ordered_gini",
]

#: Effective rows of the deviance itself from which the interval of its share holds.
_FEWEST_OF_DEVIANCE = 50.0

#: What is left of a residual at least, where one row alone says what the line is there.
_LEAST_LEFT = 1e-6


@dataclass(frozen=True, slots=True)
class MeanCalibration:
    """Whether predicted means hold on average, and over their range.

    Parameters
    ----------
    difference : Estimate
        Mean observed less mean predicted; the p-value is that of "no difference".
    ratio : Estimate or None
        Observed over predicted, of a fraction and a rate; None of any number, whose mean may be 0.
    slope : Estimate or None
        Coefficient of the predicted log odds, logarithm or mean in a regression of the rows on it:
        below 1 where predictions are too extreme. The p-value is that of "slope = 1". None where
        all predictions are equal.
    """

    difference: Estimate
    ratio: Estimate | None
    slope: Estimate | None

    __repr__ = short_repr
    _repr_html_ = html_repr


def deviance_explained(
    y: ArrayLike,
    mean: ArrayLike,
    *,
    target_type: str,
    power: float = 1.0,
    sample_weight: ArrayLike | None = None,
) -> Estimate:
    """Share of the deviance of the rows from their own mean that predicted means explain.

    Parameters
    ----------
    y : array-like of shape (n_rows,)
        In [0, 1] for a fraction, not negative for a rate (per unit of exposure), any number for a
        continuous target.
    mean : array-like of shape (n_rows,)
        Predicted means: strictly between 0 and 1 of a fraction, positive of a rate.
    target_type : {"fraction", "rate", "continuous"}
        Whose deviance: that of the fractional logit, Tweedie's of the ``power``, or squares, whose
        share is R^2.
    power : float
        Of a rate, from 1 (Poisson) to 2 (gamma, which needs positive y).
    sample_weight : array-like of shape (n_rows,), optional
        Sampling weights; the exposures of a rate.

    Returns
    -------
    Estimate
        At most 1, and below 0 where the mean of all rows is the better prediction. The interval is
        Student's, from the influence of each row; withheld where the target is that of fewer than
        10 effective rows. ``reason`` says where the deviance is that of fewer than 50.

    Raises
    ------
    ValueError
        If ``y`` or ``mean`` is not of this kind, y does not vary (by more than rounding),
        ``power`` is outside its range, or it is 2 and a y is 0.

    Notes
    -----
    As ``sklearn.metrics.d2_tweedie_score`` of a rate. With A the deviance from the predictions, B
    that from the mean of all rows and D = 1 - A / B, a row adds
    :math:`(A b_i / B - a_i) / B` to the error, since the mean of all rows minimises B. Simulated
    coverage of 95 % intervals of 300 to 10 000 rows: .93 to .97 of fractions, counts, lognormal
    costs and numbers with unequal variances; .87 to .91 of numbers whose fourth moments are
    infinite (Student's law of 3 degrees; .84 to .89 of samples without a ``reason``, as deviances
    that bear the next sample were not seen), where :func:`concordance` still covers .95.

    Examples
    --------
    >>> explained = deviance_explained(
    ...     [0.0, 1.0, 2.0, 3.0] * 5, [0.5, 0.5, 2.5, 2.5] * 5, target_type="continuous"
    ... )
    >>> round(explained.value, 3)
    0.8
    """
    rows = mean_rows(y, mean, target_type, sample_weight)
    link_of_target(target_type, power)  # which refuses a power out of range
    if target_type == "rate" and power == 2.0 and not (rows.target > 0.0).all():
        message = (
            f"y must be positive for power=2, got {int((rows.target == 0.0).sum())} rows of 0, "
            "whose gamma deviance is infinite; choose a power below 2"
        )
        raise ValueError(message)

    overall = float(rows.mass @ rows.target / rows.mass.sum())
    # Rows that differ by a rounding error deviate by 0, and far predictions by more than float64.
    with np.errstate(all="ignore"):
        own = rows.mass * _deviances(rows, rows.mean, power)
        null = rows.mass * _deviances(rows, np.full(rows.target.size, overall), power)
        left = float(own.sum() / null.sum())
        influence = (left * null - own) / null.sum()
    if not null.sum() > 0.0:
        message = (
            "y must differ by more than rounding to deviate from its mean, got rows from "
            f"{rows.target.min()} to {rows.target.max()}; take them for equal"
        )
        raise ValueError(message)
    if not np.isfinite(influence).all():
        message = (
            "mean must be so near to y that float64 holds its deviance, got predictions from "
            f"{rows.mean.min():g} to {rows.mean.max():g}; drop the rows that are far off"
        )
        raise ValueError(message)

    explained = estimate_of_rows(
        rows, 1.0 - left, influence, "deviance explained", law=partial(StudentLaw, upper=1.0)
    )
    # Where a few rows far out bear the deviance, the next sample has others.
    size = float(null.sum() ** 2 / (null @ null))
    if explained.reason is None and size < _FEWEST_OF_DEVIANCE:
        few = (
            f"the deviance is that of {size:.1f} effective rows ({_FEWEST_OF_DEVIANCE:g} needed): "
            "the interval may be too narrow"
        )
        return replace(explained, reason=few)
    return explained


def _deviances(rows: MeanRows, mean: FloatArray, power: float) -> FloatArray:
    """Half the deviance of each row from a mean."""
    y = rows.target
    if rows.kind == "continuous":
        return np.asarray((y - mean) ** 2)
    if rows.kind == "fraction":
        return np.asarray(special.kl_div(y, mean) + special.kl_div(1.0 - y, 1.0 - mean))
    if power == 1.0:
        return np.asarray(special.kl_div(y, mean))
    if power == 2.0:
        return np.asarray(y / mean - 1.0 - np.log(y / mean))
    falling, rising = 1.0 - power, 2.0 - power
    return np.asarray(
        y**rising / (falling * rising) - y * mean**falling / falling + mean**rising / rising
    )


def ordered_gini(
    y: ArrayLike,
    mean: ArrayLike,
    *,
    sample_weight: ArrayLike | None = None,
    relative: bool = False,
) -> Estimate:
    """Gini index of an amount whose rows are in the order of their predicted means.

    Twice the area between the diagonal and the curve of the share of the amount against the share
    of the rows (their weight, the exposure of a rate), lowest predictions first.

    Parameters
    ----------
    y : array-like of shape (n_rows,)
        Not negative: a fraction, or an amount or number of claims per unit of exposure.
    mean : array-like of shape (n_rows,)
        Predicted means, or any score that rises with them; rows of one score share their place.
    sample_weight : array-like of shape (n_rows,), optional
        Sampling weights; the exposures of a rate.
    relative : bool
        Divide by the index of the perfect order, that of y itself: 1 is the best there is (the loss
        capture ratio).

    Returns
    -------
    Estimate
        Between -1 and 1, 0 where the order says nothing, which is what the p-value tests. The
        interval is Student's, from the influence of each row; withheld where the amount is that of
        fewer than 10 effective rows. ``relative`` and of two values it is that of
        :func:`infotheory.scorecard.gini_coefficient`.

    Raises
    ------
    ValueError
        If a y is negative, or y does not vary (of ``relative`` by more than rounding).

    Notes
    -----
    E. W. Frees, G. Meyers, A. D. Cummings, "Insurance ratemaking and a Gini index", Journal of Risk
    and Insurance 81 (2014) 335-366, doi:10.1111/j.1539-6975.2012.01507.x. On two classes and
    ``relative`` it is 2 AUC - 1.

    Examples
    --------
    >>> y, score = [0.0, 0.2, 0.4, 1.0] * 6, [1, 3, 2, 4] * 6
    >>> round(ordered_gini(y, score).value, 4)
    0.4375
    >>> round(ordered_gini(y, score, relative=True).value, 4)
    0.875
    """
    check_flag("relative", relative)
    # Any score ranks, whatever its sign: only the amounts have to be a rate's.
    scores = mean_rows(y, mean, "continuous", sample_weight)
    target = mean_rows(y, np.ones(np.shape(mean)), "rate", sample_weight).target
    rows = MeanRows("rate", target, scores.mean, scores.mass)
    value, influence = _gini_of_order(rows.target, rows.mean, rows.mass)
    method = "ordered Lorenz curve"
    if relative:
        best, of_best = _gini_of_order(rows.target, rows.target, rows.mass)
        if best <= 0.0:
            message = (
                f"y must differ by more than rounding to be compared with its own order, got rows "
                f"from {rows.target.min()} to {rows.target.max()}; leave relative=False"
            )
            raise ValueError(message)
        if (area := _area_of_two(rows)) is not None:
            return gini_of_area(area)
        value, influence = value / best, (influence - value / best * of_best) / best
        method = "ordered Lorenz curve over that of the perfect order"
    law = partial(StudentLaw, lower=-1.0, upper=1.0)
    return estimate_of_rows(rows, value, influence, method, null=0.0, law=law)


def _gini_of_order(y: FloatArray, score: FloatArray, mass: FloatArray) -> tuple[float, FloatArray]:
    """Gini index of y in the order of a score, and what each row adds to its error."""
    _, place = np.unique(score, return_inverse=True)
    by_place, amount = np.bincount(place, mass), mass * y
    amount_by_place = np.bincount(place, amount)
    total, all_amount = float(mass.sum()), float(amount.sum())

    # Weight of the rows below each row, and amount of those above it, ties counting half.
    below = (np.cumsum(by_place) - by_place / 2.0)[place]
    above = (all_amount - np.cumsum(amount_by_place) + amount_by_place / 2.0)[place]
    pairs = float(amount @ below)
    twice = 2.0 * pairs / (all_amount * total)
    parts = (amount * below + mass * above) / pairs - amount / all_amount - mass / total
    return twice - 1.0, np.asarray(twice * parts)


def concordance(
    y: ArrayLike, mean: ArrayLike, *, sample_weight: ArrayLike | None = None
) -> Estimate:
    """Probability that of two rows of different y the one of the larger y has the higher mean.

    Parameters
    ----------
    y : array-like of shape (n_rows,)
        Numbers.
    mean : array-like of shape (n_rows,)
        Predicted means, or any score that rises with them; ties count half.
    sample_weight : array-like of shape (n_rows,), optional
        Sampling weights; a pair counts as the product of its two.

    Returns
    -------
    Estimate
        Between 0 and 1, 1/2 where the order says nothing, which is what the p-value tests. The
        interval is Student's on the log odds, from the influence of each row; of two labels it is
        that of :func:`infotheory.evidence.area_under_curve`.

    Raises
    ------
    ValueError
        If y does not vary.

    Notes
    -----
    Of two labels it is the area under the ROC curve; of amounts the generalised one, (1 + d) / 2
    with Somers' d, by which banks in the euro area report models of loss given default (European
    Central Bank, Instructions for reporting the validation results of internal models, 2019). The
    error is that of a ratio of two U-statistics.

    R. H. Somers, American Sociological Review 27 (1962) 799-811, doi:10.2307/2090408.

    Examples
    --------
    >>> y, score = [0.0, 0.2, 0.4, 1.0] * 3, [1, 3, 2, 4] * 3
    >>> round(concordance(y, score).value, 4)  # of 6 pairs of different y one is turned
    0.8333
    """
    rows = mean_rows(y, mean, "continuous", sample_weight)
    if (area := _area_of_two(rows)) is not None:
        return area
    value, influence = _concordance_of(rows)
    law = LogitNormalLaw if 0.0 < value < 1.0 else StudentLaw
    return estimate_of_rows(rows, value, influence, "pairs of rows", null=0.5, law=law)


def _area_of_two(rows: MeanRows) -> Estimate | None:
    """Area under the ROC curve where the target has two values, which has a law of its own."""
    held = rows.target[rows.mass > 0.0]
    is_higher = rows.target == held.max()
    if ((held != held.min()) & (held != held.max())).any():
        return None
    return area_under_curve(is_higher.astype(int), rows.mean, sample_weight=rows.mass)


def concordance_difference(
    y: ArrayLike, first: ArrayLike, second: ArrayLike, *, sample_weight: ArrayLike | None = None
) -> Estimate:
    """Concordance of the second means less that of the first, on the same rows."""
    values, influences = [], []
    for mean in (first, second):
        rows = mean_rows(y, mean, "continuous", sample_weight)
        value, influence = _concordance_of(rows)
        values.append(value)
        influences.append(influence)
    # Influences of one row on both are of the same pairs: their difference has the paired error.
    change = influences[1] - influences[0]
    return estimate_of_rows(rows, values[1] - values[0], change, "paired rows", null=0.0)


def _concordance_of(rows: MeanRows) -> tuple[float, FloatArray]:
    """Return the share of pairs in order, and what each row adds to its error."""
    _, by_target = np.unique(rows.target, return_inverse=True)
    _, by_mean = np.unique(rows.mean, return_inverse=True)
    order = np.argsort(by_target, kind="stable")
    balance = np.empty(order.size)
    balance[order] = _balance_of_pairs(
        by_target[order].astype(np.int64),
        by_mean[order].astype(np.int64),
        rows.mass[order],
        int(by_mean.max()) + 1,
    )

    alike = np.bincount(by_target, rows.mass)[by_target]
    concordant, different = rows.mass * balance, rows.mass * (rows.mass.sum() - alike)
    somers = float(concordant.sum() / different.sum())
    return 0.5 * (1.0 + somers), (concordant - somers * different) / different.sum()


@compiled
def _balance_of_pairs(
    target: IntArray, place: IntArray, mass: FloatArray, n_places: int
) -> FloatArray:
    """Weight of the rows that a row is in order with, less that of those it is turned with.

    Rows come in the order of their target, whose ranks are ``target``; ``place`` are the ranks of
    their means. A binary indexed tree holds the weight of the rows of lower targets by place.
    """
    n_rows = target.size
    tree, everywhere = np.zeros(n_places + 1), np.zeros(n_places + 1)
    for i in range(n_rows):
        everywhere[place[i] + 1] += mass[i]
    everywhere = np.cumsum(everywhere)
    balance, so_far, start = np.zeros(n_rows), 0.0, 0
    while start < n_rows:
        stop = start
        while stop < n_rows and target[stop] == target[start]:
            stop += 1

        # First against the rows of lower targets, then, with those of the same one in the tree,
        # against all others: what is left of all rows has a higher target.
        for after in range(2):
            for i in range(start, stop):
                below, upto = 0.0, 0.0
                k = place[i]
                while k > 0:
                    below += tree[k]
                    k -= k & -k
                k = place[i] + 1
                while k > 0:
                    upto += tree[k]
                    k -= k & -k
                balance[i] += below - (so_far - upto)
            if after == 0:
                for i in range(start, stop):
                    k = place[i] + 1
                    while k <= n_places:
                        tree[k] += mass[i]
                        k += k & -k
                    so_far += mass[i]
        for i in range(start, stop):
            lower, higher = everywhere[place[i]], everywhere[n_places] - everywhere[place[i] + 1]
            balance[i] -= lower - higher
        start = stop
    return balance


def mean_calibration(
    y: ArrayLike, mean: ArrayLike, *, target_type: str, sample_weight: ArrayLike | None = None
) -> "MeanCalibration":
    """Compare predicted means with what was observed: level, and slope over their range.

    Parameters
    ----------
    y : array-like of shape (n_rows,)
        In [0, 1] for a fraction, not negative for a rate (per unit of exposure), any number for a
        continuous target.
    mean : array-like of shape (n_rows,)
        Predicted means: strictly between 0 and 1 of a fraction, positive of a rate.
    target_type : {"fraction", "rate", "continuous"}
        What the target is.
    sample_weight : array-like of shape (n_rows,), optional
        Sampling weights; the exposures of a rate.

    Returns
    -------
    MeanCalibration
        Difference and ratio of the means, and the calibration slope.

    Raises
    ------
    ValueError
        If ``y`` or ``mean`` is not of this kind, or y does not vary.

    Warns
    -----
    NotConvergedWarning
        If the regression of the slope has no finite solution.

    Notes
    -----
    Errors come from the spread of the rows about their predictions, whatever their law; the slope
    has a sandwich error, with residuals as if their row were left out. The interval of the ratio is
    log-normal. Quantiles are Student's, of the effective rows of the target, or of those that make
    the error, ``(sum u^2)^2 / sum u^4`` with u the influences of the rows, if these are fewer. All
    are withheld where the target is that of fewer than 10 effective rows.

    Examples
    --------
    >>> y = [0.1, 0.3, 0.5, 0.9] * 5
    >>> held = mean_calibration(y, [0.25, 0.25, 0.5, 0.5] * 5, target_type="fraction")
    >>> round(held.difference.value, 3), round(held.ratio.value, 3)
    (0.075, 1.2)
    """
    rows = mean_rows(y, mean, target_type, sample_weight)
    total = float(rows.mass.sum())
    observed, expected = float(rows.mass @ rows.target), float(rows.mass @ rows.mean)

    gap = (observed - expected) / total
    difference = estimate_of_rows(
        rows,
        gap,
        rows.mass * (rows.target - rows.mean - gap) / total,
        "mean of differences",
        null=0.0,
    )
    return MeanCalibration(difference, _ratio_of(rows, observed, expected), _slope_of(rows))


def _ratio_of(rows: MeanRows, observed: float, expected: float) -> Estimate | None:
    """Observed over predicted amount."""
    if rows.kind == "continuous":
        return None
    ratio = observed / expected
    influence = rows.mass * (rows.target - ratio * rows.mean) / expected
    error = root_of_squares(influence)
    return estimate_of_rows(
        rows,
        ratio,
        influence,
        "ratio of means",
        null=1.0,
        law=LogNormalLaw,
        # The logarithm, as in the interval.
        z=float(np.log(ratio)) * ratio / error if error > 0.0 else 0.0,
    )


def _slope_of(rows: MeanRows) -> Estimate | None:
    """Coefficient of the predictor in a regression of the rows on it."""
    link = link_of_target(rows.kind)
    origin = float(rows.mass @ rows.target / rows.mass.sum()) if rows.kind == "continuous" else 0.0
    y, mean = rows.target - origin, rows.mean - origin
    if rows.kind == "continuous":
        predictor = mean
    else:
        predictor = special.logit(mean) if rows.kind == "fraction" else np.log(mean)
    if np.ptp(predictor) == 0.0:
        return None

    # Centred, so that the two coefficients are nearly independent of each other.
    middle = float(rows.mass @ predictor / rows.mass.sum())
    first = 1.0 - y if rows.kind == "fraction" else np.ones(y.size)
    sums, squared = rows.mass[:, None], rows.mass[:, None] ** 2
    z = np.column_stack([first, y])
    fit = fit_mean(
        (predictor - middle)[:, None],
        sums * z,
        link=link,
        squared_weights=squared * z**2,
        crossed=rows.mass**2 * first * y,
    )
    # Scores of the three links at their own power: what a row observed less what the line says.
    eta = fit.intercept + fit.coefficients[0] * (predictor - middle)
    if rows.kind == "continuous":
        fitted, spread = eta, np.ones(eta.size)
    elif rows.kind == "rate":
        fitted = spread = np.exp(eta)
    else:
        fitted = special.expit(eta)
        spread = fitted * special.expit(-eta)

    design = np.column_stack([np.ones(y.size), predictor - middle])
    moved = design @ fit.bread
    # A row that the line follows has a small residual for it: by one less its leverage.
    leverage = rows.mass * spread * (moved * design).sum(axis=1)
    residual = rows.mass * (y - fitted) / np.maximum(1.0 - leverage, _LEAST_LEFT)
    return estimate_of_rows(
        rows,
        float(fit.coefficients[0]),
        moved[:, 1] * residual,
        "regression on the predictor",
        null=1.0,
    )

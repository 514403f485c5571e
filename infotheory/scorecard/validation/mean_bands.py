"""Bands of predicted means: observed against predicted, and the amounts that they gather."""

import numpy as np
import pandas as pd
from scipy import special

from infotheory._later import stats
from infotheory._typing import ArrayLike, BoolArray, FloatArray, IntArray
from infotheory._validation import check_level, check_option
from infotheory.scorecard.validation.bands import groups_by_rank
from infotheory.scorecard.validation.mean_rows import FEWEST_EFFECTIVE, MeanRows, mean_rows

__all__ = ["mean_calibration_table", "mean_gains_table"]

#: Below this Hall's transformation moves a quantile by less than rounding does.
_NO_BEND = 1e-8

#: Effective rows from which a group tells of skewness: its third moment has the factor
#: ``n / ((n - 1) (n - 2))``, which grows without limit towards 2.
_FEWEST_OF_SKEWNESS = 3.0


def mean_calibration_table(
    y: ArrayLike,
    mean: ArrayLike,
    *,
    target_type: str,
    n_groups: int = 10,
    sample_weight: ArrayLike | None = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """Predicted and observed means by groups of the prediction, with intervals and tests.

    Parameters
    ----------
    y : array-like of shape (n_rows,)
        In [0, 1] for a fraction, not negative for a rate (per unit of exposure), any number for a
        continuous target.
    mean : array-like of shape (n_rows,)
        Predicted means: strictly between 0 and 1 of a fraction, positive of a rate.
    target_type : {"fraction", "rate", "continuous"}
        What the target is.
    n_groups : int
        Number of groups of equal weight; equal predictions stay together, so there may be fewer.
    sample_weight : array-like of shape (n_rows,), optional
        Sampling weights; the exposures of a rate.
    level : float
        Coverage of the intervals, each by itself.

    Returns
    -------
    DataFrame
        One row a group, lowest predictions first: ``band``, ``count`` (weight), ``expected_mean``,
        ``mean`` (observed), ``mean_standard_error``, ``mean_low``, ``mean_high``, ``p_value`` (of
        "the prediction holds", two-sided), and the ``reason`` where ends and p-value are NaN: the
        group has fewer than 10 effective rows, or rows that do not differ. Descriptive:
        ``expected_mean``, of predictions that are given, and ``reason``.

    Raises
    ------
    ValueError
        If ``y`` or ``mean`` is not of this kind, or y does not vary.

    Notes
    -----
    Intervals are symmetric in the log odds of a fraction, the logarithm of a rate, the mean itself
    of any number, with Student's quantile of the effective rows of the group (of its rarer mass),
    or of those that make its error, ``(sum u^2)^2 / sum u^4`` with u the distances of its rows from
    their mean, if these are fewer; the test compares the rows with their own predictions. Below 10
    effective rows both are withheld. Skewed amounts move both by Hall's transformation (P. Hall,
    Journal of the Royal Statistical Society B 54 (1992) 221-228), where it lies farther out than
    Student's law, with half the skewness that all groups show together: p-values, and the ends of
    a continuous target. Ten groups of 10 to 100 rows of log-normal (deviation 0.5 to 1.5),
    exponential, normal and Student's amounts (3 degrees): the test at 5 % rejects .01 to .05.

    Examples
    --------
    >>> table = mean_calibration_table(
    ...     [0.1, 0.3, 0.5, 0.9] * 10, [0.2, 0.2, 0.6, 0.6] * 10, target_type="fraction", n_groups=2
    ... )
    >>> table[["count", "expected_mean", "mean"]].round(3).to_numpy().tolist()
    [[20.0, 0.2, 0.2], [20.0, 0.6, 0.7]]
    """
    check_level(level)
    rows = mean_rows(y, mean, target_type, sample_weight)
    groups = groups_by_rank(rows.mean, rows.mass, n_groups)
    count, observed, expected = (
        _sums(groups, values) for values in (rows.mass, rows.mass * rows.target, _predicted(rows))
    )
    means, predictions = observed / count, expected / count

    # A mean has the spread of its rows about it; the test that about their predictions.
    about_mean = rows.mass * (rows.target - means[groups])
    error = np.sqrt(_sums(groups, about_mean**2)) / count
    gap = rows.mass * (rows.target - rows.mean)
    about_gap = gap - rows.mass * (means - predictions)[groups]
    spread = np.sqrt(_sums(groups, about_gap**2))
    size = _effective_by_group(rows, groups)
    shown = (size >= FEWEST_EFFECTIVE) & (error > 0.0)

    z = np.divide(_sums(groups, gap), spread, out=np.zeros(count.size), where=spread > 0.0)
    straight = _without_skewness(z, _bends(groups, about_gap, rows.mass))
    p_value = 2.0 * stats.t.sf(straight, _degrees(groups, about_gap, size))
    degrees = _degrees(groups, about_mean, size)
    if rows.kind == "continuous":
        low, high = _skewed_ends(
            means, error, degrees, _bends(groups, about_mean, rows.mass), level
        )
    else:
        low, high = _ends(rows.kind, means, error, degrees, level)
    return pd.DataFrame(
        {
            "band": np.arange(1, count.size + 1),
            "count": count,
            "expected_mean": predictions,
            "mean": means,
            "mean_standard_error": error,
            "mean_low": np.where(shown, low, np.nan),
            "mean_high": np.where(shown, high, np.nan),
            "p_value": np.where(shown & (spread > 0.0), p_value, np.nan),
            "reason": _reasons(size, shown),
        }
    )


def mean_gains_table(
    y: ArrayLike,
    mean: ArrayLike,
    *,
    target_type: str = "rate",
    n_groups: int = 10,
    sample_weight: ArrayLike | None = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """Lift and gathered amount by groups of the predicted mean, the highest first.

    Parameters
    ----------
    y : array-like of shape (n_rows,)
        In [0, 1] for a fraction, not negative for a rate (per unit of exposure).
    mean : array-like of shape (n_rows,)
        Predicted means: strictly between 0 and 1 of a fraction, positive of a rate.
    target_type : {"fraction", "rate"}
        What the target is: a continuous one may be negative, and has no shares.
    n_groups : int
        Number of groups of equal weight; equal predictions stay together, so there may be fewer.
    sample_weight : array-like of shape (n_rows,), optional
        Sampling weights; the exposures of a rate.
    level : float
        Coverage of the intervals, each by itself.

    Returns
    -------
    DataFrame
        One row a group: ``group`` (1 = highest predictions), ``predicted_low``,
        ``predicted_high`` (range of the predictions, no interval), ``count`` (weight), ``amount``,
        ``mean``, ``lift`` (mean over that of all rows), ``cumulative_share`` (of the weight),
        ``cumulative_capture`` (share of all the amount so far: the Lorenz curve from above), with
        ``mean_low``, ``mean_high`` and so on of mean, lift and capture, and the ``reason`` where
        they are NaN: fewer than 10 effective rows, or rows that do not differ. The capture of all
        rows is 1 whatever the data: NaN stands for its ends. Descriptive: ``amount``,
        ``cumulative_share``, for which the groups were made, ``predicted_low``, ``predicted_high``
        and ``reason``.

    Raises
    ------
    ValueError
        If ``y`` or ``mean`` is not of this kind, or y does not vary.

    Notes
    -----
    Groups are taken as given. Intervals are those of :func:`mean_calibration_table`, of a lift
    symmetric in its logarithm, of a capture in its log odds.

    Examples
    --------
    >>> table = mean_gains_table([0.0, 1.0, 2.0, 5.0] * 10, [1.0, 1.0, 3.0, 3.0] * 10, n_groups=2)
    >>> table[["mean", "lift", "cumulative_capture"]].to_numpy().tolist()
    [[3.5, 1.75, 0.875], [0.5, 0.25, 1.0]]
    """
    check_level(level)
    check_option("target_type", target_type, ("fraction", "rate"))
    rows = mean_rows(y, mean, target_type, sample_weight)
    groups = groups_by_rank(-rows.mean, rows.mass, n_groups)
    amount = rows.mass * rows.target
    count, gathered = _sums(groups, rows.mass), _sums(groups, amount)
    means, overall = gathered / count, amount.sum() / rows.mass.sum()
    about_mean = rows.mass * (rows.target - means[groups])
    error = np.sqrt(_sums(groups, about_mean**2)) / count
    size = _effective_by_group(rows, groups)
    degrees = _degrees(groups, about_mean, size)
    shown = (size >= FEWEST_EFFECTIVE) & (error > 0.0)

    # A row of a group moves its mean and that of all, another one that of all alone.
    crossed = rows.mass**2 * (rows.target - means[groups]) * (rows.target - overall)
    of_all = ((rows.mass * (rows.target - overall) / amount.sum()) ** 2).sum()
    both = _sums(groups, crossed) / (count * rows.mass.sum())
    lift = means / overall
    relative = (error / np.where(means > 0.0, means, 1.0)) ** 2 + of_all
    relative -= 2.0 * both / np.where(means > 0.0, means, overall) / overall
    lift_error = lift * np.sqrt(np.maximum(relative, 0.0))

    so_far, weight_so_far = np.cumsum(gathered), np.cumsum(count)
    capture = so_far / so_far[-1]
    inside = np.cumsum(_sums(groups, amount**2))
    capture_error = np.sqrt(inside * (1.0 - capture) ** 2 + (inside[-1] - inside) * capture**2)
    capture_error /= gathered.sum()
    whole = float(amount.sum() ** 2 / (amount @ amount))

    # Rows of weight 0 are none, and widen no group.
    held = rows.mass > 0.0
    scores = pd.Series(rows.mean[held]).groupby(groups[held]).agg(["min", "max"])
    table = pd.DataFrame(
        {
            "group": np.arange(1, count.size + 1),
            "predicted_low": scores["min"].to_numpy(),
            "predicted_high": scores["max"].to_numpy(),
            "count": count,
            "amount": gathered,
            "mean": means,
            "lift": lift,
            "cumulative_share": weight_so_far / weight_so_far[-1],
            "cumulative_capture": capture,
        }
    )
    between = (capture < 1.0 - 1e-12) & (whole >= FEWEST_EFFECTIVE)
    ends = {
        "mean": (*_ends(rows.kind, means, error, degrees, level), shown),
        "lift": (*_ends("rate", lift, lift_error, degrees, level), shown),
        "cumulative_capture": (
            *_ends("fraction", capture, capture_error, np.full(count.size, whole), level),
            between,
        ),
    }
    for quantity, (low, high, is_shown) in ends.items():
        table[f"{quantity}_low"] = np.where(is_shown, low, np.nan)
        table[f"{quantity}_high"] = np.where(is_shown, high, np.nan)
    return table.assign(reason=_reasons(size, shown))


def _sums(groups: IntArray, values: FloatArray) -> FloatArray:
    return np.asarray(np.bincount(groups, values), dtype=np.float64)


def _predicted(rows: MeanRows) -> FloatArray:
    return np.asarray(rows.mass * rows.mean)


def _degrees(groups: IntArray, influence: FloatArray, size: FloatArray) -> FloatArray:
    """Degrees of freedom of the error of each group: of its rows, or of those that make it."""
    # By the largest of its group: the fourth power of a weight times an amount may overflow.
    largest = np.zeros(size.size)
    np.maximum.at(largest, groups, np.abs(influence))
    part = np.divide(
        influence, largest[groups], out=np.zeros(influence.size), where=largest[groups] > 0.0
    )
    squares, fourths = _sums(groups, part**2), _sums(groups, part**4)
    behind = np.divide(squares**2, fourths, out=size.copy(), where=fourths > 0.0)
    return np.maximum(np.minimum(size, behind) - 1.0, 1.0)


def _bends(groups: IntArray, influence: FloatArray, mass: FloatArray) -> FloatArray:
    """Third of half the skewness of each group's mean, by the rows of all groups together.

    Ten rows seldom show how skewed amounts are. Student's quantile of the rows that make the error
    knows a part of it already, and half of what all groups show is what holds beside it.
    """
    size = _kish(groups, mass)
    # By the largest of its group: the third power of a weight times an amount may overflow.
    largest = np.zeros(size.size)
    np.maximum.at(largest, groups, np.abs(influence))
    everywhere = float(largest.max(initial=0.0))
    told = size >= _FEWEST_OF_SKEWNESS
    if everywhere == 0.0 or not told.any():
        return np.zeros(size.size)

    part = influence / everywhere
    scale = size[told]
    spread = _sums(groups, part**2)[told] / (scale - 1.0)
    third = _sums(groups, part**3)[told] * scale / ((scale - 1.0) * (scale - 2.0))
    whole = float(np.sum(spread**1.5))
    skewness = float(third.sum()) / whole if whole > 0.0 else 0.0
    return np.asarray(skewness / np.sqrt(np.maximum(size, 1.0)) / 6.0)


def _without_skewness(z: FloatArray, bend: FloatArray) -> FloatArray:
    """Distance of z from 0, or of what Hall's transformation makes of it if that is nearer."""
    # ((1 + b z)^3 - 1) / (3 b) + b / 2, written so that a bend of 0 leaves z.
    transformed = z + bend * z**2 + bend**2 * z**3 / 3.0 + bend / 2.0
    return np.minimum(np.abs(z), np.maximum(np.sign(z) * transformed, 0.0))


def _skewed_ends(
    value: FloatArray, error: FloatArray, degrees: FloatArray, bend: FloatArray, level: float
) -> tuple[FloatArray, FloatArray]:
    """Return Student's ends, or Hall's where these lie farther out."""
    quantile = stats.t.isf((1.0 - level) / 2.0, degrees)
    straight = np.abs(bend) < _NO_BEND
    b = np.where(straight, 1.0, bend)
    below, above = (
        np.where(straight, quantile, sign * (np.cbrt(1.0 + 3.0 * b * (q - b / 2.0)) - 1.0) / b)
        for sign, q in ((1.0, quantile), (-1.0, -quantile))
    )
    return (
        value - np.maximum(quantile, below) * error,
        value + np.maximum(quantile, above) * error,
    )


def _effective_by_group(rows: MeanRows, groups: IntArray) -> FloatArray:
    """Effective rows that the rarer mass of each group expects, by the spread of all rows.

    A group of few rows that happens to lack the large amounts looks as if it had many: that of its
    predictions, times what the amounts of all rows take from it, knows of them.
    """
    if rows.kind == "continuous":
        return _kish(groups, rows.mass)
    masses = [(rows.mass * rows.mean, rows.mass * rows.target)]
    if rows.kind == "fraction":
        masses.append((rows.mass * (1.0 - rows.mean), rows.first_mass))
    else:
        masses.append((rows.mass, rows.mass))

    sizes = []
    everywhere = np.zeros(groups.size, dtype=np.intp)
    for expected, observed in masses:
        held = expected > 0.0
        ratio = np.divide(observed, expected, out=np.zeros(expected.size), where=held)
        kept = _kish(everywhere, rows.mass * ratio) / _kish(everywhere, rows.mass)
        sizes.append(_kish(groups, expected) * kept)
    return np.asarray(np.min(sizes, axis=0))


def _kish(groups: IntArray, mass: FloatArray) -> FloatArray:
    """Rows of equal weight that the weights of each group are worth."""
    total, squares = _sums(groups, mass), _sums(groups, mass**2)
    return np.divide(total**2, squares, out=np.zeros(total.size), where=squares > 0.0)


def _ends(
    kind: str, value: FloatArray, error: FloatArray, degrees: FloatArray, level: float
) -> tuple[FloatArray, FloatArray]:
    """Return the ends of intervals symmetric in log odds, a logarithm, or the value itself."""
    reach = stats.t.isf((1.0 - level) / 2.0, degrees) * error
    if kind == "continuous":
        return value - reach, value + reach
    with np.errstate(divide="ignore", invalid="ignore"):
        if kind == "rate":
            spread = reach / value
            return value * np.exp(-spread), value * np.exp(spread)
        spread, middle = reach / (value * (1.0 - value)), special.logit(value)
        return special.expit(middle - spread), special.expit(middle + spread)


def _reasons(size: FloatArray, shown: BoolArray) -> list[str]:
    """Say why a group has no interval; empty where it has one."""
    return [
        ""
        if is_shown
        else f"{n:.1f} effective rows of its rarer part ({FEWEST_EFFECTIVE:g} needed)"
        if n < FEWEST_EFFECTIVE
        else "its rows do not differ"
        for n, is_shown in zip(size.tolist(), shown.tolist(), strict=True)
    ]

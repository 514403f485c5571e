"""How well a score separates events from non-events: Gini, Kolmogorov-Smirnov."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy import special

from infotheory._codes import class_counts, common_weight
from infotheory._rows import needed
from infotheory._typing import ArrayLike, FloatArray, IntArray
from infotheory._warnings import warn
from infotheory.evidence.roc_area import area_under_curve
from infotheory.evidence.roc_laws import (
    DistributionGapLaw,
    difference_of,
    reason_of_score_weights,
)
from infotheory.exceptions import WithheldWarning
from infotheory.inference import Estimate
from infotheory.laws import IntervalLaw, NormalLaw, WithheldLaw, two_sided_quantile
from infotheory.scorecard.validation.gap_tests import exact_gap_p_value
from infotheory.scorecard.validation.outcomes import as_rows

__all__ = [
    "auc_difference",
    "gini_coefficient",
    "gini_of_area",
    "kolmogorov_smirnov",
]

# Mean of max over all t of W(t) - t^2 / 2, W a two-sided Brownian motion: Janson, Louchard and
# Martin-Löf (2010).
PARABOLIC_MAXIMUM = 0.996193
# Mean loss of the maximum when Brownian motion is seen on a grid, per root of the step: -zeta(1/2)
# / sqrt(2 pi).
DISCRETE_LOSS = 0.582597
# Mean of sup |Brownian bridge| = sqrt(pi / 2) ln 2: the bias where the two classes share one law.
BRIDGE_MAXIMUM = float(np.sqrt(np.pi / 2.0) * np.log(2.0))


# Rows of the smaller class from which the gap has an interval, and from which, with so many rows on
# the wrong side of the peak, the bias and the normal law hold.
FEWEST_ROWS, MANY_ROWS, MANY_WRONG = 15.0, 50.0, 10.0

# Standard errors up to which ends of intervals are compared between cuts: at a level of 1 - 1e-15.
_FARTHEST_END = 8.0

# Gaps that differ by less differ by rounding.
_ROUNDING = 1e-12


@dataclass(frozen=True, slots=True)
class _TwiceLessOne:
    """Law of ``2 A - 1`` from the law of ``A``."""

    law: IntervalLaw
    name: str = field(default="twice an area less one", init=False)

    def interval(self, value: float, standard_error: float, level: float) -> tuple[float, float]:
        low, high = self.law.interval((value + 1.0) / 2.0, standard_error / 2.0, level)
        return 2.0 * low - 1.0, 2.0 * high - 1.0


@dataclass(frozen=True, slots=True)
class _GapLaw:
    """Normal interval around the corrected gap, down to 0 where equal laws are not rejected.

    A gap below the median of those of equal laws ends above where that median would: samples that
    are more alike than equal laws make them do not show that these are equal. The interval ends
    above where that of any cut does: the largest of the true gaps may be one that is seen a little
    smaller than another, and with a larger error.
    """

    bias: float
    # Of the difference of two empirical functions of one law
    noise: float
    # Of the test that the two laws are equal
    p_value: float
    # Gap and error at cuts of smaller gaps that are less certain
    others: tuple[tuple[float, float], ...] = field(default=(), repr=False)
    name: str = field(default="bias-corrected normal", init=False)

    def interval(self, value: float, standard_error: float, level: float) -> tuple[float, float]:
        low, high = NormalLaw(0.0, 1.0, value - self.bias).interval(value, standard_error, level)
        z = two_sided_quantile(level)
        reached = (gap - self.bias + z * error for gap, error in self.others)
        high = min(max(high, *reached, high), 1.0)
        if special.kolmogorov(value / self.noise) > 0.5:
            # The median of the gaps of equal laws less their bias, which is their mean, is 0 (a
            # little less); the error of such a gap is at most half the noise.
            high = max(high, min(0.5 * z * self.noise, 1.0))
        return (0.0 if self.p_value > 1.0 - level else low), high


def gini_coefficient(
    y: ArrayLike,
    score: ArrayLike,
    *,
    sample_weight: ArrayLike | None = None,
    event_label: Any = None,
) -> Estimate:
    """Gini coefficient (accuracy ratio, Somers' D) of a score: twice the ROC area less 1.

    Parameters
    ----------
    y : array-like of shape (n_rows,)
        Two labels; ``event_label`` names the event.
    score : array-like of shape (n_rows,)
        Finite numbers, higher where an event is more likely (a probability of default; minus the
        points of a card).
    sample_weight : array-like of shape (n_rows,), optional
        Sampling weights, not negative.
    event_label : object, optional
        The label of an event. When None it is the larger of the two, and an EventLabelWarning says
        so unless labels are 0/1, -1/1 or False/True (numbers or text).

    Returns
    -------
    Estimate
        Value between -1 and 1; the standard error is twice DeLong's, the p-value is that of "Gini =
        0".

    Raises
    ------
    ValueError
        If there are not two labels with positive weight, or if a score is not finite.

    Examples
    --------
    >>> gini_coefficient([0, 1, 0, 1], [0.1, 0.3, 0.4, 0.8]).value
    0.5
    """
    return gini_of_area(
        area_under_curve(y, score, sample_weight=sample_weight, event_label=event_label)
    )


def gini_of_area(area: Estimate) -> Estimate:
    """Gini coefficient from the area under the curve."""
    law: IntervalLaw = _TwiceLessOne(area.law)
    if isinstance(area.law, WithheldLaw):
        law = area.law
    return Estimate(
        value=2.0 * area.value - 1.0,
        standard_error=2.0 * area.standard_error,
        method=area.method,
        p_value=area.p_value,
        law=law,
    )


def auc_difference(first: Estimate, second: Estimate) -> Estimate:
    """Difference of two areas, or of any two estimates, from independent samples.

    Parameters
    ----------
    first, second : Estimate
        The two areas; no row is in both samples.

    Returns
    -------
    Estimate
        ``first - second``; the variances add up. The interval is made of those of the two
        estimates, and the p-value of "no difference" is one less the level at which it reaches 0.
        Withheld where one of the two intervals is.

    Raises
    ------
    ValueError
        If both standard errors are 0, and both intervals points: then nothing is known about the
        difference.

    References
    ----------
    .. [1] G. Y. Zou, A. Donner, "Construction of confidence limits about effect measures: a general
       approach", Statistics in Medicine 27 (2008) 1693-1702, doi:10.1002/sim.3095.

    Examples
    --------
    >>> a = Estimate(value=0.80, standard_error=0.03, method="DeLong")
    >>> b = Estimate(value=0.75, standard_error=0.04, method="DeLong")
    >>> difference = auc_difference(a, b)
    >>> round(difference.value, 3), round(difference.standard_error, 3)
    (0.05, 0.05)
    >>> round(difference.p_value, 3)
    0.317
    """
    # An interval may have a width where the error is 0: then the two can be compared.
    ends = (*first.interval(), *second.interval())
    if first.standard_error + second.standard_error == 0.0 and ends[::2] == ends[1::2]:
        message = (
            f"one of the two standard errors must be positive, got {first.standard_error} and "
            f"{second.standard_error}"
        )
        raise ValueError(message)
    return difference_of(first, second, f"independent samples, {first.method}")


def kolmogorov_smirnov(
    y: ArrayLike,
    score: ArrayLike,
    *,
    sample_weight: ArrayLike | None = None,
    event_label: Any = None,
) -> Estimate:
    """Largest distance between the distribution functions of the score of events and non-events.

    Parameters
    ----------
    y : array-like of shape (n_rows,)
        Two labels; ``event_label`` names the event.
    score : array-like of shape (n_rows,)
        Finite numbers in either direction.
    sample_weight : array-like of shape (n_rows,), optional
        Sampling weights, not negative.
    event_label : object, optional
        The label of an event. When None it is the larger of the two, and an EventLabelWarning says
        so unless labels are 0/1, -1/1 or False/True (numbers or text).

    Returns
    -------
    Estimate
        Value between 0 and 1, the uncorrected statistic; the p-value of "one law", exact given the
        values of all rows, ties and all (Kolmogorov's, which ties make conservative, for rows with
        weights and for more than 1000 values). The interval is centred on the bias-corrected value
        and has 0 as lower end where that test does not reject; it ends above where that of the gap
        at any cut does. With fewer than 50 rows of a class, or fewer than 10 on the wrong side of
        the largest gap, it is wide, and may reach 0 where the test rejects: Kolmogorov's bound
        below, Wilson's intervals of the two shares above. With fewer than 15 rows of a class it is
        withheld.

    Raises
    ------
    ValueError
        If there are not two labels with positive weight, or if a score is not finite.

    Warns
    -----
    WithheldWarning
        If the interval is withheld.

    Notes
    -----
    At a fixed cut the gap is a difference of two shares, so its variance is
    ``F(1-F)/G + E(1-E)/B``; the derivative of the maximum with respect to the cut is 0, hence this
    is the standard error at the largest gap too. A maximum of a noisy curve is biased upward: in
    shares u of the pooled rows the gap near its peak is ``D - c u^2 + s W(u)``,
    ``s^2 = 1/G + 1/B``, whose maximum exceeds D by ``0.9962 s r``, ``r = (s / (2 c))^(1/3)``. The
    curvature c is that of a curve ``u (1 - u) (a + b u + d u^2)`` fitted to the gaps. A score with
    few values is seen on a grid of step h (the sum of squared shares of its values), which takes
    ``0.5826 s sqrt(h)`` off again. The correction ends at the bias of two equal laws, 0.8687 s.
    With weights, G and B are Kish sizes, or what the squared weights on either side of the cut
    leave of them, s is raised where weights that go along with the score make the curve noisier,
    and interval and p-value are withheld where weights depend on
    the score so much that the smaller class expects fewer than 3 rows in the heaviest tenth of the
    weight along the score.

    References
    ----------
    .. [1] S. Janson, G. Louchard and A. Martin-Löf, "The maximum of Brownian motion with parabolic
       drift", Electronic Journal of Probability 15 (2010), doi:10.1214/EJP.v15-830.

    Examples
    --------
    >>> gap = kolmogorov_smirnov([0] * 60 + [1] * 20, [*range(60), *range(40, 60)])
    >>> low, high = gap.interval()
    >>> round(gap.value, 4), round(low, 3), round(high, 3)
    (0.6667, 0.316, 0.773)
    """
    rows = as_rows(y, event_label=event_label, score=score, sample_weight=sample_weight)
    # Ties of the score are one step of both distribution functions.
    _, rank = np.unique(needed(rows.score, "score"), return_inverse=True)
    mass, squared = (
        sums.T
        for sums in class_counts(
            rank, rows.target, int(rank.max()) + 1, rows.mass, rows.squared_mass
        )
    )
    totals = mass.sum(axis=1)
    if not totals.all():
        message = (
            f"both classes must have positive weight, got sums {totals.tolist()} of non-events and "
            "events"
        )
        raise ValueError(message)
    sizes = totals**2 / squared.sum(axis=1)

    shares = np.cumsum(mass / totals[:, None], axis=1)
    gaps = shares[0] - shares[1]
    peak = _place_of_largest(gaps, shares, sizes)
    # Cumulated shares may end a rounding error off 1: which rows lie beyond the cut is counted.
    shares = np.clip(shares, 0.0, 1.0)
    last = mass.shape[1] - 1 - (mass[:, ::-1] > 0.0).argmax(axis=1)
    shares[np.arange(mass.shape[1]) >= last[:, None]] = 1.0
    spread = shares * (1.0 - shares)
    weight, reason = common_weight(rows.mass, rows.squared_mass), None
    rows_at = np.broadcast_to(sizes[:, None], shares.shape)
    if weight is None:
        # Weights that go along with the score leave fewer rows at a cut than they do in all. All
        # rows of a class on one side of the cut say nothing of weights that differ there.
        of_weights = _variance_at_cuts(mass, squared, shares)
        told = np.divide(spread, of_weights, out=np.array(rows_at), where=spread > 0.0)
        rows_at = np.minimum(rows_at, told)
    size_of_gap, variance = np.abs(shares[0] - shares[1]), (spread / rows_at).sum(axis=0)
    others = _less_certain_cuts(size_of_gap, variance, peak)

    upper, lower = _larger_and_smaller(shares[:, peak], rows_at[:, peak])
    few = DistributionGapLaw(
        upper,
        lower,
        tuple(_larger_and_smaller(shares[:, cut], rows_at[:, cut]) for cut in others),
    )
    value, sizes = float(size_of_gap[peak]), rows_at[:, peak]

    # The spread of the difference of two empirical functions of one law, as Kolmogorov's takes it.
    noise, exact = float(np.sqrt((1.0 / sizes).sum())), None
    if weight is not None:
        exact = exact_gap_p_value(np.rint(mass / weight).astype(np.intp))
    else:
        noise = max(noise, _noise_of_weights(mass, squared))
        reason = reason_of_score_weights(
            rows.target, needed(rows.score, "score"), rows.mass, rows.squared_mass
        )
    upward = gaps if gaps[peak] > 0.0 else -gaps
    bias = _maximum_bias(upward, mass.sum(axis=0) / totals.sum(), noise)
    p_value = float(special.kolmogorov(value / noise)) if exact is None else exact
    seen = zip(size_of_gap[others].tolist(), np.sqrt(variance[others]).tolist(), strict=True)
    many = _GapLaw(bias, noise, p_value, tuple(seen))
    law = _gap_law(few, many) if reason is None else WithheldLaw(reason)
    if isinstance(law, WithheldLaw):
        warn(f"no interval of the Kolmogorov-Smirnov gap is shown: {law.reason}", WithheldWarning)
    return Estimate(
        value=value,
        standard_error=float(np.sqrt(variance[peak])),
        method="delta method at the largest gap",
        p_value=None if reason is not None else p_value,
        law=law,
    )


def _gap_law(few: DistributionGapLaw, many: IntervalLaw) -> IntervalLaw:
    """Choose the law by the smaller class, and by the rows on the wrong side of the peak."""
    (a, rows_a), (b, rows_b) = few.upper, few.lower
    smaller = min(rows_a, rows_b)
    if smaller < FEWEST_ROWS:
        return WithheldLaw(f"{smaller:.3g} rows of a class, {FEWEST_ROWS:.0f} are needed")
    wrong_side = min(rows_a * (1.0 - a), rows_b * b)
    return few if smaller < MANY_ROWS or wrong_side < MANY_WRONG else many


def _place_of_largest(gaps: FloatArray, shares: FloatArray, sizes: FloatArray) -> int:
    """Place of the largest gap; of equal ones that with the largest error, from either end."""
    size = np.abs(gaps)
    equal = np.flatnonzero(size >= size.max() - _ROUNDING)
    spread = (shares * (1.0 - shares))[:, equal] / sizes[:, None]
    return int(equal[spread.sum(axis=0).argmax()])


def _less_certain_cuts(gaps: FloatArray, variance: FloatArray, peak: int) -> IntArray:
    """Cuts of smaller gaps whose upper ends may be the highest, each less certain than the last."""
    error = np.sqrt(variance)
    # A gap that no quantile in use lifts above the largest is left out before the rest is ordered.
    near = np.flatnonzero(gaps + _FARTHEST_END * (error - error[peak]) > gaps[peak])
    near = near[np.argsort(-gaps[near], kind="stable")]
    highest = np.maximum.accumulate(np.append(error[peak], error[near]))[:-1]
    return near[error[near] > highest + _ROUNDING]


def _larger_and_smaller(
    shares: FloatArray, rows: FloatArray
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Order the shares of both classes at a cut, each with its number of rows."""
    first, second = (float(shares[0]), float(rows[0])), (float(shares[1]), float(rows[1]))
    return (first, second) if first[0] > second[0] else (second, first)


def _variance_at_cuts(mass: FloatArray, squared: FloatArray, shares: FloatArray) -> FloatArray:
    """Variance of the share of each class that lies below each cut, by the weights of its rows.

    ``sum of squared weights below (1 - u)^2 + above u^2`` over the squared weight of the class,
    with u the share; ``u (1 - u) / N`` with N its Kish size where weights do not depend on the
    score.
    """
    below, whole = np.cumsum(squared, axis=1), squared.sum(axis=1, keepdims=True)
    parts = below * (1.0 - shares) ** 2 + (whole - below) * shares**2
    return np.asarray(parts / mass.sum(axis=1, keepdims=True) ** 2)


def _noise_of_weights(mass: FloatArray, squared: FloatArray) -> float:
    """Noise of the curve of gaps of one law under weights: its square is four times the largest."""
    u = np.broadcast_to(np.cumsum(mass.sum(axis=0)) / mass.sum(), mass.shape)
    return 2.0 * float(np.sqrt(_variance_at_cuts(mass, squared, u).sum(axis=0).max()))


def _maximum_bias(gaps: FloatArray, shares: FloatArray, noise: float) -> float:
    """Mean excess of the largest gap over the true one, from the curvature at the peak."""
    ceiling = BRIDGE_MAXIMUM * noise

    # The gaps themselves are too rough for a second derivative: a curve that vanishes at both ends,
    # as the gaps do, is fitted to them by weighted least squares.
    # A cut lies between two values, of which it has half the rows each: from either end of the
    # score the same.
    u, weights = np.cumsum(shares), np.sqrt((shares + np.append(shares[1:], shares[-1])) / 2.0)
    design = (u * (1.0 - u))[:, None] * np.stack([np.ones_like(u), u, u * u], axis=1)
    fitted = np.linalg.lstsq(design * weights[:, None], gaps * weights, rcond=None)[0]
    smooth = np.polynomial.Polynomial([0.0, 1.0, -1.0]) * np.polynomial.Polynomial(fitted)

    grid = np.linspace(0.0, 1.0, 201)
    curvature = -float(smooth.deriv(2)(grid[smooth(grid).argmax()])) / 2.0
    if curvature <= 0.0:
        return ceiling

    # At u = reach^2 t the gap about its peak is noise * reach times W(t) - t^2 / 2, of which the
    # mean maximum is known. The step of the grid is its mean over the rows.
    reach = (noise / (2.0 * curvature)) ** (1.0 / 3.0)
    loss = DISCRETE_LOSS * float(np.sqrt(shares @ shares))
    return float(np.clip(noise * (PARABOLIC_MAXIMUM * reach - loss), 0.0, ceiling))

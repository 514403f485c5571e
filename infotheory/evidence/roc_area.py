"""Area under the ROC curve with DeLong's standard error, in one sort, with ties and weights."""

from typing import Any

import numpy as np

from infotheory._codes import common_weight
from infotheory._numerics import refuse_masked
from infotheory._row_order import warn_of_row_order
from infotheory._rows import Rows
from infotheory._target import learn_target
from infotheory._typing import ArrayLike, FloatArray
from infotheory._validation import as_numbers, check_length, check_range, fill_absent
from infotheory._warnings import warn
from infotheory.evidence.roc_laws import (
    AreaLaw,
    area_p_value,
    influence_degrees,
    reason_of_score_weights,
    student_degrees,
)
from infotheory.exceptions import WithheldWarning
from infotheory.inference import Estimate, kish_size
from infotheory.laws import WithheldLaw

__all__ = ["area_of_groups", "area_under_curve", "as_scores", "auc_influence", "placements"]


def area_under_curve(
    y: ArrayLike,
    score: ArrayLike,
    *,
    sample_weight: ArrayLike | None = None,
    event_label: Any = None,
) -> Estimate:
    """Area under the ROC curve: probability that an event scores higher than a non-event.

    Ties count half.

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
        Value between 0 and 1, DeLong's standard error, the p-value of "area = 1/2" (Brunner and
        Munzel's test; exact where the ranking is perfect), and an interval inside (0, 1) that holds
        from some 8 events on, and near 1. At an area of exactly 0 or 1 the standard error is 0, and
        the interval rests on the numbers of rows.

    Raises
    ------
    ValueError
        If there are not two labels with positive weight, or if a score is not finite.

    Warns
    -----
    WithheldWarning
        If interval and p-value are withheld.

    Notes
    -----
    The standard error is the root of ``sum of squared influences``, see :func:`auc_influence`;
    unweighted it is that of E. R. DeLong, D. M. DeLong, D. L. Clarke-Pearson, Biometrics 44 (1988)
    837-845, doi:10.2307/2531595.

    The interval holds the areas x with ``(area - x)^2 <= t^2 v(x)``, where v is DeLong's variance
    scaled as ``x (1 - x)``, plus half of what the variance under exponential scores exceeds it by
    (R. G. Newcombe, Statistics in Medicine 25 (2006) 559-573, doi:10.1002/sim.2324), and t is
    Student's quantile with the degrees of freedom of E. Brunner and U. Munzel, Biometrical Journal
    42 (2000) 17-25, at least those of the smaller class. Towards 1/2 it leaves room for rows at the
    far end of the score that a small class may not show: if X of its m rows lie beyond the middle
    of the other class, and d is the upper Clopper-Pearson end of X / m, the end lies at least
    ``(d - X / m) (area - 1/4)`` below the area. With fewer than 5 rows of a class the p-value uses
    v(1/2). With weights, numbers of rows are Kish sizes, and degrees of freedom those of the
    largest terms of the variance, ``(sum u^2)^2 / sum u^4`` with u the influences of a class.
    Interval and p-value are withheld where weights depend on the score so much that the smaller
    class expects fewer than 3 rows in the heaviest tenth of the weight along the score.

    Examples
    --------
    Of the four pairs (event, non-event) three are in the right order:

    >>> area = area_under_curve([0, 1, 0, 1], [0.1, 0.3, 0.4, 0.8])
    >>> area.value
    0.75
    """
    warn_of_row_order(y=y, score=score, sample_weight=sample_weight)
    target, weights = learn_target(y, sample_weight, event_label)
    scores = as_scores(score, target.size, weights=weights)
    rows = Rows.of_sample(target, weights)
    area = area_of_groups(target, scores, rows.mass, rows.squared_mass)
    if isinstance(area.law, WithheldLaw):
        warn(f"no interval of the area is shown: {area.law.reason}", WithheldWarning)
    return area


def area_of_groups(
    target: FloatArray, score: FloatArray, weights: FloatArray, squared_weights: FloatArray
) -> Estimate:
    """Area under the ROC curve of rows that may each stand for a group of equal ones.

    ``squared_weights`` are the sums of the squared weights of the rows of a group; both classes
    have weight, scores are finite. The estimate is that of the single rows.
    """
    placement = placements(target, score, weights)
    value, influence = _unit_influence(placement, target, weights, squared_weights)
    event = target == 1.0
    classes = (event, ~event)
    variances = np.array([squared_weights[rows] @ influence[rows] ** 2 for rows in classes])
    sizes = np.array([_kish(weights[rows], squared_weights[rows]) for rows in classes])
    standard_error = float(np.sqrt(variances.sum()))
    effective = sizes
    if common_weight(weights, squared_weights) is None:
        reason = reason_of_score_weights(target, score, weights, squared_weights)
        if reason is not None:
            law_of_none = WithheldLaw(reason)
            return Estimate(
                value=value, standard_error=standard_error, method="DeLong", law=law_of_none
            )

        of_rows = [influence_degrees(influence[c], weights[c], squared_weights[c]) for c in classes]
        effective = np.minimum(sizes, of_rows)

    # rows of a class that lie on the wrong side of the middle of the other
    far = placement < 0.5 if value >= 0.5 else placement > 0.5
    shares = [float(np.average(far[rows], weights=weights[rows])) for rows in classes]
    law = AreaLaw(
        events=float(sizes[0]),
        nonevents=float(sizes[1]),
        degrees_of_freedom=student_degrees(variances, effective),
        far_events=shares[0],
        far_nonevents=shares[1],
    )

    return Estimate(
        value=value,
        standard_error=standard_error,
        method="DeLong",
        p_value=area_p_value(law, value, standard_error),
        law=law,
    )


def auc_influence(
    target: FloatArray, score: FloatArray, sample_weight: FloatArray | None = None
) -> tuple[float, FloatArray]:
    """Area under the curve and what each row adds to its error (array kernel).

    Two areas on the same rows have covariance ``influence_1 @ influence_2`` (DeLong's for paired
    curves); rows in clusters go through :func:`infotheory.inference.covariance_from_influence`.

    Parameters
    ----------
    target : ndarray of shape (n_rows,)
        1.0 for an event, 0.0 for a non-event; both occur.
    score : ndarray of shape (n_rows,)
        Finite scores, higher where an event is more likely.
    sample_weight : ndarray of shape (n_rows,), optional
        Weights, positive in sum for both classes.

    Returns
    -------
    value : float
        The area.
    influence : ndarray of shape (n_rows,)
        ``w_i (V_i - area) / W * sqrt(N / (N - 1))`` with V the placement of the row among the other
        class, W the weight and N the Kish size of its own class; 0 for the one row of a class of
        one. Sums to 0.

    Examples
    --------
    >>> target, score = np.array([0.0, 1.0, 0.0, 1.0]), np.array([1.0, 2.0, 3.0, 4.0])
    >>> value, influence = auc_influence(target, score)
    >>> value, influence.round(3).tolist()
    (0.75, [0.177, -0.177, -0.177, 0.177])
    """
    # An array kernel trusts its arrays, but for what a mask would hide.
    for name, values in (("target", target), ("score", score), ("sample_weight", sample_weight)):
        refuse_masked(name, values)
    rows = Rows.of_sample(target, sample_weight)
    placement = placements(target, score, rows.mass)
    value, influence = _unit_influence(placement, target, rows.mass, rows.squared_mass)
    return value, rows.mass * influence


def _unit_influence(
    placement: FloatArray, target: FloatArray, weights: FloatArray, squared_weights: FloatArray
) -> tuple[float, FloatArray]:
    """Area, and what a row of weight 1 in each place adds to its error."""
    event = target == 1.0
    value = float(np.average(placement[event], weights=weights[event]))

    # A class of one row shows no variance: its part of the error is 0.
    influence = placement - value
    for label in (event, ~event):
        size = _kish(weights[label], squared_weights[label])
        # N / (N - 1): DeLong's variances of the placements are those of samples
        scale = np.sqrt(size / (size - 1.0)) / weights[label].sum() if size > 1.0 else 0.0
        influence[label] *= scale
    # A weighted mean of ones may lie above 1 by a rounding.
    return min(value, 1.0), influence


def _kish(weights: FloatArray, squared_weights: FloatArray) -> float:
    return kish_size(float(weights.sum()), float(squared_weights.sum()))


def placements(target: FloatArray, score: FloatArray, weights: FloatArray) -> FloatArray:
    """Share of the other class that each row is on the right side of, ties counting half.

    The weighted mean over either class is the area under the curve; both classes occur.
    """
    # Equal scores share a rank, and half of the mass at it lies below each of them.
    _, rank = np.unique(score, return_inverse=True)
    event = target == 1.0
    placement = np.empty(target.size)
    for one, other in ((event, ~event), (~event, event)):
        mass = np.bincount(rank[other], weights[other], minlength=int(rank.max()) + 1)
        below = (np.cumsum(mass) - 0.5 * mass) / mass.sum()
        placement[one] = below[rank[one]] if one is event else 1.0 - below[rank[one]]
    return placement


def as_scores(
    score: ArrayLike, n_rows: int, name: str = "score", weights: FloatArray | None = None
) -> FloatArray:
    """Return scores as float64, or raise ValueError unless they are ``n_rows`` finite numbers.

    Rows of weight 0 may hold anything.
    """
    array = as_numbers(name, fill_absent(name, check_length(name, score, n_rows), weights))
    if not np.isfinite(array).all():
        row = int(np.argmin(np.isfinite(array)))
        message = f"{name} must be finite, got {array[row]} in row {row}; impute or drop those rows"
        raise ValueError(message)
    check_range(name, array)
    return array

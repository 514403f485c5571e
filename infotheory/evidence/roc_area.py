"""Area under the ROC curve with DeLong's standard error, in one sort, with ties and weights."""

from typing import Any

import numpy as np

from infotheory._numerics import refuse_masked
from infotheory._rows import Rows
from infotheory._target import TargetLabels
from infotheory._typing import ArrayLike, FloatArray
from infotheory._validation import (
    as_numbers,
    as_weights,
    check_length,
    check_range,
)
from infotheory.inference import Estimate, kish_size
from infotheory.laws import LogitNormalLaw, two_sided_p_value

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
        Munzel's statistic against the normal law), and an interval on the logit scale that stays
        inside (0, 1). At an area of exactly 0 or 1 the standard error is 0 and the interval is (0,
        1): the data bound nothing.

    Raises
    ------
    ValueError
        If there are not two labels with positive weight, or if a score is not finite.

    Notes
    -----
    The standard error is the root of ``sum of squared influences``, see :func:`auc_influence`;
    unweighted it is that of E. R. DeLong, D. M. DeLong, D. L. Clarke-Pearson, Biometrics 44 (1988)
    837-845, doi:10.2307/2531595.

    Examples
    --------
    Of the four pairs (event, non-event) three are in the right order:

    >>> area = area_under_curve([0, 1, 0, 1], [0.1, 0.3, 0.4, 0.8])
    >>> area.value
    0.75
    """
    target, _ = TargetLabels.learn(y, event_label)

    scores = as_scores(score, target.size)
    weights = as_weights(sample_weight, target.size)
    if weights is not None and not (weights[target == 0].any() and weights[target == 1].any()):
        message = (
            "both classes must have positive weight, got sums "
            f"{weights[target == 0].sum()} (non-events) and {weights[target == 1].sum()} (events); "
            "drop weightless rows"
        )
        raise ValueError(message)
    rows = Rows.of_sample(target, weights)
    return area_of_groups(target, scores, rows.mass, rows.squared_mass)


def area_of_groups(
    target: FloatArray, score: FloatArray, weights: FloatArray, squared_weights: FloatArray
) -> Estimate:
    """Area under the ROC curve of rows that may each stand for a group of equal ones.

    ``squared_weights`` are the sums of the squared weights of the rows of a group; both classes
    have weight, scores are finite. The estimate is that of the single rows.
    """
    value, influence = _unit_influence(target, score, weights, squared_weights)
    standard_error = float(np.sqrt(squared_weights @ influence**2))

    # A perfect ranking has standard error 0, a constant score is 0 / 0.
    z = abs(value - 0.5) / max(standard_error, np.finfo(np.float64).tiny)
    return Estimate(
        value=value,
        standard_error=standard_error,
        method="DeLong",
        p_value=two_sided_p_value(z),
        law=LogitNormalLaw(),
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
    """
    for name, values in (("target", target), ("score", score), ("sample_weight", sample_weight)):
        refuse_masked(name, values)
    rows = Rows.of_sample(target, sample_weight)
    value, influence = _unit_influence(target, score, rows.mass, rows.squared_mass)
    return value, rows.mass * influence


def _unit_influence(
    target: FloatArray, score: FloatArray, weights: FloatArray, squared_weights: FloatArray
) -> tuple[float, FloatArray]:
    """Area, and what a row of weight 1 in each place adds to its error."""
    event = target == 1.0
    placement = placements(target, score, weights)
    value = float(np.average(placement[event], weights=weights[event]))

    influence = placement - value
    for label in (event, ~event):
        total = float(weights[label].sum())
        size = kish_size(total, float(squared_weights[label].sum()))
        # N / (N - 1): DeLong's variances of the placements are those of samples
        influence[label] *= np.sqrt(size / (size - 1.0)) / total if size > 1.0 else 0.0
    return min(value, 1.0), influence


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


def as_scores(score: ArrayLike, n_rows: int, name: str = "score") -> FloatArray:
    """Return scores as float64, or raise ValueError unless they are ``n_rows`` finite numbers."""
    array = as_numbers(name, check_length(name, score, n_rows))
    if not np.isfinite(array).all():
        row = int(np.argmin(np.isfinite(array)))
        message = f"{name} must be finite, got {array[row]} in row {row}; impute or drop those rows"
        raise ValueError(message)
    check_range(name, array)
    return array

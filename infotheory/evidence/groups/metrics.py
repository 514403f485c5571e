"""Rates, ranking and calibration of each group, each with its standard error and interval."""

from typing import Any

import numpy as np
import pandas as pd

from infotheory._row_order import warn_of_row_order
from infotheory._shares import share_estimate
from infotheory._target import learn_target
from infotheory._typing import ArrayLike, BoolArray, FloatArray
from infotheory._validation import as_label_array, as_weights, check_length, mass_of_rows
from infotheory.evidence.groups.differences import as_groups, favourable_decisions
from infotheory.evidence.groups.laws import CalibrationGapLaw
from infotheory.evidence.roc_area import area_of_groups, as_scores
from infotheory.inference import Estimate, holm, kish_size, weighted_mean

__all__ = ["group_estimates", "group_metrics"]

MEASURES = ("approval_rate", "event_rate", "auc", "calibration_gap")

#: Those with a test of their own: that a score ranks by chance, that it is right on average.
_TESTED = ("auc", "calibration_gap")

#: What a table shows of a measure that a group does not have.
_NO_MEANING = Estimate(value=np.nan, standard_error=np.nan, method="none")


def group_metrics(
    y: ArrayLike,
    score: ArrayLike,
    group: ArrayLike,
    *,
    decision: ArrayLike | None = None,
    favourable: Any = 1,
    sample_weight: ArrayLike | None = None,
    event_label: Any = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """Lay the estimates of each group of a protected attribute out as a table.

    Parameters
    ----------
    y : array-like of shape (n_rows,)
        Two labels; ``event_label`` names the event.
    score : array-like of shape (n_rows,)
        Finite scores, higher where an event is more likely; probabilities where calibration is
        wanted.
    group : array-like of shape (n_rows,)
        Group of each row, at least two groups, none missing.
    decision : array-like of shape (n_rows,), optional
        Decision on each row, none missing.
    favourable : object
        The decision that favours the applicant.
    sample_weight : array-like of shape (n_rows,), optional
        Sampling weights, not negative.
    event_label : object, optional
        The label of an event. When None it is the larger of the two, and an EventLabelWarning says
        so unless labels are 0/1, -1/1 or False/True (numbers or text).
    level : float
        Coverage of the intervals.

    Returns
    -------
    pandas.DataFrame
        Indexed by group; columns ``count`` (rows) and ``weight``; ``approval_rate``,
        ``event_rate``, ``auc`` and ``calibration_gap``, each followed by its
        ``..._standard_error``, ``..._low`` and ``..._high``; for the last two also ``..._p_value``
        (of an area of 1/2, of a gap of 0) and ``..._adjusted_p_value``, Holm's over all groups.
        NaN where a number has no meaning, see :func:`group_estimates`.

    Raises
    ------
    ValueError
        If inputs differ in length, are missing or not finite, y has not two labels, or
        ``favourable`` is no single decision of the rows (decisions of 0/1 or False/True may all be
        refusals).

    Examples
    --------
    >>> table = group_metrics([0, 1, 0, 1], [0.2, 0.8, 0.4, 0.6], ["a", "a", "b", "b"])
    >>> table[["count", "event_rate", "auc"]].to_numpy().tolist()
    [[2.0, 0.5, 1.0], [2.0, 0.5, 1.0]]
    """
    estimates = group_estimates(
        y,
        score,
        group,
        decision=decision,
        favourable=favourable,
        sample_weight=sample_weight,
        event_label=event_label,
    )
    return table_of_groups(estimates, group, sample_weight, level)


def table_of_groups(
    estimates: dict[Any, dict[str, Estimate]],
    group: ArrayLike,
    sample_weight: ArrayLike | None,
    level: float,
) -> "pd.DataFrame":
    """Lay estimates out as a table with one row a group, p-values adjusted over the groups."""
    weights = as_weights(sample_weight, np.size(as_label_array("group", group)))
    groups, codes = as_groups(group, weights=weights, fewest=1)
    mass = mass_of_rows(weights, codes.size)

    rows = []
    for code, label in enumerate(groups):
        row: dict[str, float] = {
            "count": int(((codes == code) & (mass > 0.0)).sum()),
            "weight": float(mass[codes == code].sum()),
        }
        # Every group has all columns: what has no meaning for it is NaN.
        for measure in MEASURES:
            estimate = estimates[label].get(measure, _NO_MEANING)
            row |= estimate.to_row(level, prefix=measure, p_value=measure in _TESTED)
        rows.append(row)

    table = pd.DataFrame(rows, index=pd.Index(groups, name="group"))
    for measure in _TESTED:
        # Of many groups one looks miscalibrated by chance: together they ask for more.
        p_values = table[f"{measure}_p_value"].to_numpy()
        place = table.columns.get_loc(f"{measure}_p_value") + 1
        table.insert(place, f"{measure}_adjusted_p_value", holm(p_values))
    return table


def group_estimates(
    y: ArrayLike,
    score: ArrayLike,
    group: ArrayLike,
    *,
    decision: ArrayLike | None = None,
    favourable: Any = 1,
    sample_weight: ArrayLike | None = None,
    event_label: Any = None,
) -> dict[Any, dict[str, Estimate]]:
    """Rates, ranking and calibration of each group of a protected attribute.

    Parameters
    ----------
    y : array-like of shape (n_rows,)
        Two labels; ``event_label`` names the event.
    score : array-like of shape (n_rows,)
        Finite scores, higher where an event is more likely; probabilities where calibration is
        wanted.
    group : array-like of shape (n_rows,)
        Group of each row, at least two groups, none missing.
    decision : array-like of shape (n_rows,), optional
        Decision on each row, none missing.
    favourable : object
        The decision that favours the applicant.
    sample_weight : array-like of shape (n_rows,), optional
        Sampling weights, not negative.
    event_label : object, optional
        The label of an event. When None it is the larger of the two, and an EventLabelWarning says
        so unless labels are 0/1, -1/1 or False/True (numbers or text).

    Returns
    -------
    dict of dict of str to Estimate
        By group: ``approval_rate`` and ``event_rate`` (Jeffreys interval), ``auc`` (as by
        :func:`area_under_curve`), ``calibration_gap`` (mean score less event rate, score interval,
        and the p-value of "the probabilities are right on average"). What has no meaning is absent:
        approval without decisions, the AUC of a group with one class, calibration of scores outside
        [0, 1]; and so is a group without weight.

    Raises
    ------
    ValueError
        If inputs differ in length, are missing or not finite, y has not two labels, or
        ``favourable`` is no single decision of the rows (decisions of 0/1 or False/True may all be
        refusals).

    Notes
    -----
    The error of a mean is ``sqrt(sum w^2 (x - mean)^2) / W``, of the calibration gap that of the
    mean of ``score - y`` (the score taken as given), of the AUC that of DeLong. The interval of the
    calibration gap joins two: the gaps that the score test does not reject where the true rates are
    a multiple of the score, or their complements one of its complement, which holds for few rows;
    and Student's, which holds for scores of the wrong slope.

    Examples
    --------
    >>> estimates = group_estimates([0, 1, 0, 1], [0.2, 0.8, 0.4, 0.6], ["a", "a", "b", "b"])
    >>> sorted(estimates["a"]), round(estimates["b"]["calibration_gap"].value, 3)
    (['auc', 'calibration_gap', 'event_rate'], 0.0)
    """
    columns = {"score": score, "group": group, "decision": decision}
    warn_of_row_order(y=y, **columns, sample_weight=sample_weight)
    target, weights = learn_target(y, sample_weight, event_label)
    return estimates_by_group(
        target, weights, score, group, decision=decision, favourable=favourable
    )


def estimates_by_group(
    target: FloatArray,
    weights: FloatArray | None,
    score: ArrayLike,
    group: ArrayLike,
    *,
    decision: ArrayLike | None = None,
    favourable: Any = 1,
    fewest: int = 2,
) -> dict[Any, dict[str, Estimate]]:
    """Estimate what :func:`group_estimates` does of a target of 0 and 1, of so many groups."""
    scores = as_scores(score, target.size, weights=weights)
    labels = check_length("group", as_label_array("group", group), target.size)
    groups, codes = as_groups(labels, weights=weights, fewest=fewest)
    mass = mass_of_rows(weights, target.size)
    approved = (
        None
        if decision is None
        else favourable_decisions(decision, target.size, favourable, weights)
    )
    # scores outside [0, 1] are no probabilities, and the gap would mean nothing
    counted = scores[mass > 0.0]
    calibrated = bool(counted.min() >= 0.0 and counted.max() <= 1.0)

    return {
        label: _estimates_of_group(
            # Rows of weight 0 are no rows: they would make a class occur that has no weight.
            (codes == code) & (mass > 0.0),
            target,
            scores,
            approved,
            mass,
            calibrated=calibrated,
        )
        for code, label in enumerate(groups)
    }


def _estimates_of_group(
    member: BoolArray,
    target: FloatArray,
    scores: FloatArray,
    approved: FloatArray | None,
    mass: FloatArray,
    *,
    calibrated: bool,
) -> dict[str, Estimate]:
    """Estimates of one group; what has no meaning is absent."""
    estimates: dict[str, Estimate] = {}
    w, y, score = mass[member], target[member], scores[member]
    if y.size == 0:
        return estimates

    if approved is not None:
        estimates["approval_rate"] = share_estimate(approved[member], w, w * w)
    estimates["event_rate"] = share_estimate(y, w, w * w)
    # One class alone has no ranking.
    if 0.0 < y.mean() < 1.0:
        estimates["auc"] = area_of_groups(y, score, w, w * w)
    if calibrated:
        estimates["calibration_gap"] = _calibration_gap(y, score, w)
    return estimates


def _calibration_gap(y: FloatArray, probability: FloatArray, w: FloatArray) -> Estimate:
    """Mean probability less event rate, with the interval and the test of given probabilities."""
    value, error = (float(number) for number in weighted_mean(probability - y, w, w * w))
    size = kish_size(float(w.sum()), float((w * w).sum()))
    mean, rate, square = (
        float(np.average(numbers, weights=w)) for numbers in (probability, y, probability**2)
    )
    law = CalibrationGapLaw(mean, rate, square, size)
    return Estimate(
        value=value,
        standard_error=error,
        method="mean score less event rate",
        p_value=law.p_value(value, error),
        law=law,
    )

"""One row a group: rates, ranking and calibration, each with its standard error."""

from typing import Any

import numpy as np
import pandas as pd

from infotheory._typing import ArrayLike, FloatArray
from infotheory._validation import as_binary_target, as_weights, check_length
from infotheory.evidence.groups import as_groups
from infotheory.evidence.ranking import as_scores, auc_influence

__all__ = ["group_metrics"]


def group_metrics(
    y: ArrayLike,
    score: ArrayLike,
    group: ArrayLike,
    *,
    decision: ArrayLike | None = None,
    favourable: Any = 1,
    sample_weight: ArrayLike | None = None,
) -> pd.DataFrame:
    """Rates, ranking and calibration of each group of a protected attribute.

    Parameters
    ----------
    y : array-like of shape (n_rows,)
        Two labels; the larger one is the event.
    score : array-like of shape (n_rows,)
        Finite scores, higher where an event is more likely; probabilities where calibration is wanted.
    group : array-like of shape (n_rows,)
        Group of each row, at least two groups, none missing.
    decision : array-like of shape (n_rows,), optional
        Decision on each row.
    favourable : object
        The decision that favours the applicant.
    sample_weight : array-like of shape (n_rows,), optional
        Sampling weights, not negative.

    Returns
    -------
    pandas.DataFrame
        Indexed by group; columns ``n`` (rows) and ``weight``; ``approval_rate``, ``event_rate``, ``auc`` and
        ``calibration_gap`` (mean score less event rate), each followed by its ``..._standard_error``. NaN where a
        number has no meaning: approval without decisions, AUC of a group with one class, calibration of scores outside
        [0, 1].

    Raises
    ------
    ValueError
        If inputs differ in length, are missing or not finite, or y has not two labels.

    Notes
    -----
    The error of a mean is ``sqrt(sum w^2 (x - mean)^2) / W``, of the calibration gap that of the mean of ``score - y``
    (the score taken as given), of the AUC that of DeLong.

    Examples
    --------
    >>> frame = group_metrics([0, 1, 0, 1], [0.2, 0.8, 0.4, 0.6], ["a", "a", "b", "b"])
    >>> frame[["n", "event_rate", "auc"]].to_numpy().tolist()
    [[2.0, 0.5, 1.0], [2.0, 0.5, 1.0]]
    """
    target, _ = as_binary_target(y)
    scores = as_scores(score, target.size)
    groups, codes = as_groups(check_length("group", group, target.size))
    checked = as_weights(sample_weight, target.size)
    weights = np.ones(target.size) if checked is None else checked
    approved = None
    if decision is not None:
        approved = np.asarray(check_length("decision", decision, target.size) == favourable, dtype=np.float64)
    calibrated = bool(scores.min() >= 0.0 and scores.max() <= 1.0)
    missing = (np.nan, np.nan)
    rows = []
    for code in range(len(groups)):
        own = codes == code
        w = weights[own]
        pairs = {
            "approval_rate": missing if approved is None else _mean_and_error(approved[own], w),
            "event_rate": _mean_and_error(target[own], w),
            "auc": _auc_and_error(target[own], scores[own], w),
            "calibration_gap": _mean_and_error(scores[own] - target[own], w) if calibrated else missing,
        }
        row = {"n": int(own.sum()), "weight": float(w.sum())}
        for name, (value, error) in pairs.items():
            row |= {name: value, f"{name}_standard_error": error}
        rows.append(row)
    return pd.DataFrame(rows, index=pd.Index(groups, name="group"))


def _mean_and_error(x: FloatArray, w: FloatArray) -> tuple[float, float]:
    total = float(w.sum())
    if total == 0.0:
        return np.nan, np.nan
    mean = float(w @ x) / total
    return mean, float(np.sqrt((w * w) @ (x - mean) ** 2)) / total


def _auc_and_error(target: FloatArray, score: FloatArray, w: FloatArray) -> tuple[float, float]:
    if not (w[target == 1.0].any() and w[target == 0.0].any()):
        return np.nan, np.nan
    value, influence = auc_influence(target, score, w)
    return value, float(np.sqrt(influence @ influence))

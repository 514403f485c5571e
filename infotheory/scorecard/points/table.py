"""The tables of a fitted card."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from infotheory._typing import FloatArray

__all__ = ["BASE", "UNSEEN", "coefficient_frame", "points_frame"]

UNSEEN = "Unseen"
BASE = "(base points)"
COLUMNS = ["feature", "bin", "count", "event_rate", "woe", "coefficient", "points"]


def points_frame(
    binner: Any, coefficients: Mapping[str, float], points: Mapping[str, FloatArray], base: float
) -> pd.DataFrame:
    """Points of every bin.

    Parameters
    ----------
    binner : estimator
        Fitted binner.
    coefficients : mapping of str to float
        Coefficient of each characteristic in the log odds of an event.
    points : mapping of str to ndarray
        Points by bin code of each characteristic.
    base : float
        Separate base points; no row where they are 0.

    Returns
    -------
    DataFrame
        Columns feature, bin, count, event_rate, woe, coefficient, points.
    """
    frames = []
    for name, spec in binner.specs_.items():
        if name in binner.tables_:
            frame = binner.tables_[name].without_groups().to_frame()[["bin", "count", "event_rate"]]
        else:
            frame = pd.DataFrame({"bin": spec.labels, "count": np.nan, "event_rate": np.nan})
        if spec.kind == "categorical":
            unseen = pd.DataFrame(
                {"bin": [UNSEEN], "count": 0.0 * frame["count"][:1], "event_rate": [np.nan]}
            )
            frame = pd.concat([frame, unseen], ignore_index=True)
        n = len(frame)
        woe, own = binner.woe_.get(name, np.full(n, np.nan))[:n], points[name][:n]
        frames.append(
            frame.assign(feature=name, woe=woe, coefficient=coefficients[name], points=own)
        )
    if base:
        frames.insert(0, _base_row(binner, base))
    return pd.concat(frames, ignore_index=True)[COLUMNS]


def coefficient_frame(
    coefficients: Mapping[str, float], errors: FloatArray, *, level: float, safer: float
) -> pd.DataFrame:
    """Coefficients with normal intervals and the check of their signs.

    Parameters
    ----------
    coefficients : mapping of str to float
        Coefficient of each characteristic in the log odds of an event; 0 where it is not in the
        regression.
    errors : ndarray of shape (n_features,)
        Standard errors.
    level : float
        Coverage of the intervals.
    safer : float
        Sign (1.0 or -1.0) that a coefficient has where safer bins have smaller odds.

    Returns
    -------
    DataFrame
        Columns feature, coefficient, standard_error, low, high, sign_ok.
    """
    values = np.array(list(coefficients.values()))
    reach = float(stats.norm.ppf(0.5 + level / 2.0)) * errors
    return pd.DataFrame(
        {
            "feature": list(coefficients),
            "coefficient": values,
            "standard_error": errors,
            "low": values - reach,
            "high": values + reach,
            "sign_ok": (values == 0.0) | (safer * values > 0.0),
        }
    )


def _base_row(binner: Any, base: float) -> pd.DataFrame:
    row: dict[str, Any] = {"feature": BASE, "bin": "", "count": np.nan, "event_rate": np.nan}
    for table in list(binner.tables_.values())[:1]:
        total = float(table.counts.sum())
        row |= {"count": total, "event_rate": float(table.events.sum()) / total}
    return pd.DataFrame([row | {"woe": 0.0, "coefficient": np.nan, "points": base}])

"""The tables of a fitted card: points of every bin, coefficients with their errors."""

from typing import Any

import numpy as np
import pandas as pd
from sklearn.utils.validation import check_is_fitted

from infotheory._typing import FloatArray
from infotheory.binning.features import FeatureBins
from infotheory.binning.prebins.grouping import BY_HAND
from infotheory.cells import UNSEEN
from infotheory.scorecard.points.coefficient_laws import coefficient_intervals
from infotheory.scorecard.points.fitted import AnyCard, event_coefficients, kind_of
from infotheory.scorecard.points.signs import effective_sign, wrong_signs

__all__ = ["BASE", "bin_rows", "coefficient_table", "points_table"]

BASE = "(base points)"
COLUMNS = ["feature", "bin", "count", "event_rate", "woe", "coefficient", "points"]


def points_table(card: AnyCard) -> pd.DataFrame:
    """Lay out the points of every bin; separate base points are the first row."""
    check_is_fitted(card, "points_")
    parts = [_base_row(card)] if card.base_ else []
    table = pd.concat([*parts, *bin_rows(card).values()], ignore_index=True)
    by_hand = any(bins.woe_by_hand for bins in card.binner_.features_.values())
    table = table[[*COLUMNS, "woe_reason"] if by_hand else COLUMNS]
    return table if kind_of(card) is None else table.rename(columns={"event_rate": "mean"})


def bin_rows(card: AnyCard) -> dict[str, pd.DataFrame]:
    """Lay out the points of the bins of each characteristic; rows are called by their code."""
    coefficients = event_coefficients(card)
    return {
        name: _bin_rows(bins, card.points_[name], coefficients[name])
        for name, bins in card.binner_.features_.items()
    }


def coefficient_table(card: AnyCard, level: float) -> pd.DataFrame:
    """Lay out the coefficients with intervals, what these lack, and the check of their signs."""
    coefficients = event_coefficients(card)
    values = np.array(list(coefficients.values()))
    intervals = coefficient_intervals(card, level)
    return pd.DataFrame(
        {
            "feature": list(coefficients),
            "coefficient": values,
            "standard_error": [interval.standard_error for interval in intervals],
            "low": [interval.low for interval in intervals],
            "high": [interval.high for interval in intervals],
            "sign_ok": ~wrong_signs(values, effective_sign(card.binner_)),
            "reason": [interval.reason for interval in intervals],
        }
    )


def _bin_rows(bins: FeatureBins, points: FloatArray, coefficient: float) -> pd.DataFrame:
    """Lay out the bins of one characteristic, with a row for unseen categories.

    Codes that are joined to another bin have no row of their own; rows are called by their code.
    """
    spec = bins.spec
    if bins.table is None:
        rows = pd.DataFrame({"bin": spec.labels, "count": np.nan, "event_rate": np.nan})
    else:
        flat = bins.table.without_groups()
        rows = pd.DataFrame({"bin": flat.labels, "count": flat.weight, "event_rate": flat.rate})

    # Only a category can be unseen: a number always has a bin.
    if spec.kind == "categorical":
        no_rows = 0.0 * rows["count"][:1]  # NaN where nothing was counted
        unseen = pd.DataFrame({"bin": [UNSEEN], "count": no_rows, "event_rate": [np.nan]})
        rows = pd.concat([rows, unseen], ignore_index=True)

    n_rows = len(rows)
    woe = np.full(n_rows, np.nan) if bins.woe is None else bins.woe[:n_rows]
    rows = rows.assign(feature=bins.name, woe=woe, coefficient=coefficient, points=points[:n_rows])
    rows["woe_reason"] = np.where(rows.index.isin(list(bins.woe_by_hand)), BY_HAND, "")
    return rows.drop(index=list(spec.joined))


def _base_row(card: AnyCard) -> pd.DataFrame:
    """Lay out the separate base points, which every row gets."""
    row: dict[str, Any] = {"feature": BASE, "bin": "", "count": np.nan, "event_rate": np.nan}
    row["woe_reason"] = ""

    # Each characteristic counts all training rows, so the first that was counted will do.
    tables = (bins.table for bins in card.binner_.features_.values())
    counted = next((table for table in tables if table is not None), None)
    if counted is not None:
        whole = counted.without_groups().merge(np.zeros(counted.n_bins, dtype=np.intp))
        row |= {"count": float(whole.weight[0]), "event_rate": float(whole.rate[0])}
    return pd.DataFrame([row | {"woe": 0.0, "coefficient": np.nan, "points": card.base_}])

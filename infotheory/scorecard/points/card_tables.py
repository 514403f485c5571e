"""The tables of a fitted card: points of every bin, coefficients with their errors."""

from typing import Any

import numpy as np
import pandas as pd
from sklearn.utils.validation import check_is_fitted

from infotheory._typing import FloatArray, IntArray, LabelArray
from infotheory.binning.features import FeatureBins
from infotheory.binning.prebins.grouping import BY_HAND
from infotheory.cells import UNSEEN
from infotheory.scorecard.points.coefficient_laws import coefficient_intervals
from infotheory.scorecard.points.fitted import AnyCard, event_coefficients, kind_of
from infotheory.scorecard.points.signs import effective_sign, wrong_signs

__all__ = ["BASE", "codes_with_rows", "coefficient_table", "points_table"]

BASE = "(base points)"
COLUMNS = ["feature", "bin", "count", "event_rate", "woe", "coefficient", "points"]


def points_table(card: AnyCard) -> pd.DataFrame:
    """Lay out the points of every bin; separate base points are the first row."""
    check_is_fitted(card, "points_")
    coefficients, features = event_coefficients(card), card.binner_.features_
    # Base points that are spread are 0, and have no row.
    parts = [_base_row(card)] if card.base_ else []
    parts += [_bin_rows(bins, card.points_[n], coefficients[n]) for n, bins in features.items()]

    by_hand = any(bins.woe_by_hand for bins in features.values())
    names = [*COLUMNS, "woe_reason"] if by_hand else COLUMNS
    # one frame of all: a frame of each characteristic costs a hundred times what it holds
    table = pd.DataFrame({name: np.concatenate([part[name] for part in parts]) for name in names})
    return table if kind_of(card) is None else table.rename(columns={"event_rate": "mean"})


def codes_with_rows(bins: FeatureBins) -> IntArray:
    """Codes that have a row in the table of points.

    Those that are joined to another bin have none, nor has the unseen one of numbers, each of which
    has a bin.
    """
    spec = bins.spec
    codes = np.arange(len(spec.labels) + (spec.kind == "categorical"))
    return codes[~np.isin(codes, list(spec.joined))]


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


def _bin_rows(
    bins: FeatureBins, points: FloatArray, coefficient: float
) -> dict[str, LabelArray | FloatArray]:
    """Lay out the bins of one characteristic by column, with a row for unseen categories."""
    spec, codes = bins.spec, codes_with_rows(bins)
    n_labels = len(spec.labels)
    count, rate = np.full((2, n_labels + 1), np.nan)
    # Bins from another package were never counted: their counts are unknown, not 0.
    if bins.table is not None:
        flat = bins.table.without_groups()
        count[:-1], rate[:-1] = flat.weight, flat.rate
        count[-1] = 0.0  # of unseen categories

    reason = np.full(n_labels + 1, "", dtype=object)
    reason[list(bins.woe_by_hand)] = BY_HAND
    columns = {
        "feature": np.full(n_labels + 1, bins.name, dtype=object),
        "bin": np.array([*spec.labels, UNSEEN], dtype=object),
        "count": count,
        "event_rate": rate,
        "woe": np.full(n_labels + 1, np.nan) if bins.woe is None else bins.woe,
        "coefficient": np.full(n_labels + 1, coefficient),
        "points": points,
        "woe_reason": reason,
    }
    return {name: column[codes] for name, column in columns.items()}


def _base_row(card: AnyCard) -> dict[str, LabelArray | FloatArray]:
    """Lay out the separate base points, which every row gets."""
    row: dict[str, Any] = {"feature": BASE, "bin": "", "count": np.nan, "event_rate": np.nan}
    row["woe_reason"] = ""

    # Each characteristic counts all training rows, so the first that was counted will do.
    tables = (bins.table for bins in card.binner_.features_.values())
    counted = next((table for table in tables if table is not None), None)
    if counted is not None:
        whole = counted.without_groups().merge(np.zeros(counted.n_bins, dtype=np.intp))
        row |= {"count": float(whole.weight[0]), "event_rate": float(whole.rate[0])}
    row |= {"woe": 0.0, "coefficient": np.nan, "points": card.base_}
    texts = ("feature", "bin", "woe_reason")
    return {
        name: np.array([value], dtype=object if name in texts else None)
        for name, value in row.items()
    }

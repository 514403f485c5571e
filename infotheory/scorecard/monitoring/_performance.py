"""Does the score still rank, and do its probabilities still hold? Measures of a period and their drift."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from infotheory.evidence.roc_area import area_of_groups
from infotheory.inference import Estimate, benjamini_hochberg
from infotheory.scorecard.monitoring._rows import ScoredRows
from infotheory.scorecard.validation.discrimination import auc_difference, gini_of_area
from infotheory.scorecard.validation.outcomes import Outcomes

__all__ = ["PERFORMANCE_COLUMNS", "drift_of", "performance_frame", "performance_measures"]

PERFORMANCE_COLUMNS = (
    "period",
    "measure",
    "value",
    "standard_error",
    "low",
    "high",
    "p_value",
    "reference",
    "reference_standard_error",
    "difference",
    "difference_standard_error",
    "difference_low",
    "difference_high",
    "difference_p_value",
    "adjusted_p_value",
    "alarm",
)


def performance_measures(rows: ScoredRows) -> dict[str, Estimate]:
    """Discrimination and calibration of one sample.

    Parameters
    ----------
    rows : ScoredRows
        Rows of one period with known outcomes of both classes.

    Returns
    -------
    dict of str to Estimate
        AUC and Gini of the points; calibration intercept, calibration slope (where probabilities
        differ), observed / expected and Brier score of the probabilities, where the card has them.
    """
    weights, squared = rows.weights, rows.squared_weights
    area = area_of_groups(rows.target, -rows.points, weights, squared)
    measures = {"AUC": area, "Gini": gini_of_area(area)}
    if np.isnan(rows.probability).any():
        return measures
    plain = np.array_equal(weights, squared)  # every row has weight 1, or 0
    outcomes = Outcomes(rows.target, rows.probability, weights, None if plain else squared)
    measures["calibration intercept"] = outcomes.intercept()
    if np.ptp(rows.probability) > 0.0:
        measures["calibration slope"] = outcomes.slope()
    return measures | {
        "observed / expected": outcomes.observed_expected_ratio(),
        "Brier score": outcomes.brier_score(),
    }


def drift_of(
    measures: Mapping[str, Estimate], reference: Mapping[str, Estimate]
) -> dict[str, Estimate]:
    """Differences of the measures of a period from those of the reference.

    Parameters
    ----------
    measures, reference : mapping of str to Estimate
        What :func:`performance_measures` returned for two samples without a row in common.

    Returns
    -------
    dict of str to Estimate
        Period less reference, with the p-value of "no difference"; without measures that one of the
        two lacks, or whose standard errors are both 0.
    """
    return {
        name: auc_difference(estimate, reference[name])
        for name, estimate in measures.items()
        if name in reference and estimate.standard_error + reference[name].standard_error > 0.0
    }


def performance_frame(
    periods: Mapping[str, Mapping[str, Estimate]],
    reference: Mapping[str, Estimate],
    *,
    level: float,
    alpha: float,
) -> pd.DataFrame:
    """Lay out measures and their drift, one row a period and measure.

    Parameters
    ----------
    periods : mapping of str to mapping
        Measures of each period with known outcomes.
    reference : mapping of str to Estimate
        Measures of the reference.
    level : float
        Coverage of the intervals.
    alpha : float
        Size of the tests behind ``alarm``, by Benjamini-Hochberg over the measures of a period.

    Returns
    -------
    DataFrame
        Columns ``PERFORMANCE_COLUMNS``; NaN where there is no difference to speak of.
    """
    rows = []
    for period, measures in periods.items():
        drifts = drift_of(measures, reference)
        told = np.array(
            [drifts[name].p_value if name in drifts else np.nan for name in measures],
            dtype=np.float64,
        )
        for (name, estimate), adjusted in zip(
            measures.items(), benjamini_hochberg(told).tolist(), strict=True
        ):
            row = {"period": period, "measure": name, **_entry(estimate, level)}
            if name in drifts:
                entry = _entry(drifts[name], level)
                row |= {"reference": reference[name].value, "difference": entry.pop("value")}
                row |= {"reference_standard_error": reference[name].standard_error}
                row |= {f"difference_{key}": value for key, value in entry.items()}
            rows.append(row | {"adjusted_p_value": adjusted, "alarm": adjusted < alpha})
    return pd.DataFrame(rows, columns=list(PERFORMANCE_COLUMNS))


def _entry(estimate: Estimate, level: float) -> dict[str, Any]:
    low, high = estimate.interval(level)
    p_value = np.nan if estimate.p_value is None else estimate.p_value
    return {
        "value": estimate.value,
        "standard_error": estimate.standard_error,
        "low": low,
        "high": high,
        "p_value": p_value,
    }

"""Does the score still rank, and do its probabilities still hold? Measures and their drift."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from infotheory._rows import Rows, needed
from infotheory.evidence.roc_area import area_of_groups
from infotheory.inference import Estimate, benjamini_hochberg
from infotheory.scorecard.validation.discrimination import auc_difference, gini_of_area
from infotheory.scorecard.validation.outcomes import (
    mean_squared_error,
    observed_over_expected,
    shift_of_log_odds,
    slope_of_log_odds,
)

__all__ = ["PERFORMANCE_COLUMNS", "drift_of", "performance_measures", "performance_table"]

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


def performance_measures(rows: Rows) -> dict[str, Estimate]:
    """Discrimination and calibration of rows with known outcomes of both classes.

    AUC and Gini are those of the points; calibration needs probabilities, and its slope
    probabilities that differ.
    """
    score = needed(rows.score, "score")
    area = area_of_groups(rows.target, -score, rows.mass, rows.squared_mass)
    measures = {"AUC": area, "Gini": gini_of_area(area)}
    if rows.probability is None:
        return measures

    measures["calibration intercept"] = shift_of_log_odds(rows)
    if np.ptp(rows.probability) > 0.0:
        measures["calibration slope"] = slope_of_log_odds(rows)
    return measures | {
        "observed / expected": observed_over_expected(rows),
        "Brier score": mean_squared_error(rows),
    }


def drift_of(
    measures: Mapping[str, Estimate], reference: Mapping[str, Estimate]
) -> dict[str, Estimate]:
    """Measures of a period less those of the reference, with the p-value of "no difference".

    A measure that one of the two lacks, or whose standard errors are both 0, has no difference to
    speak of.
    """
    return {
        name: auc_difference(estimate, reference[name])
        for name, estimate in measures.items()
        if name in reference and estimate.standard_error + reference[name].standard_error > 0.0
    }


def performance_table(
    periods: Mapping[str, Mapping[str, Estimate]],
    reference: Mapping[str, Estimate],
    *,
    level: float,
    alpha: float,
) -> pd.DataFrame:
    """Lay out measures and their drift, one row a period and measure.

    Alarms are those of Benjamini-Hochberg over the measures of a period; NaN stands where there is
    no difference to speak of.
    """
    records = []
    for period, measures in periods.items():
        drifts = drift_of(measures, reference)
        p_values = [drifts[name].p_value if name in drifts else np.nan for name in measures]
        adjusted = benjamini_hochberg(np.array(p_values, dtype=np.float64)).tolist()

        for (name, estimate), adjusted_p_value in zip(measures.items(), adjusted, strict=True):
            record = {"period": period, "measure": name, **estimate.to_row(level)}
            if name in drifts:
                record |= {
                    "reference": reference[name].value,
                    "reference_standard_error": reference[name].standard_error,
                    **drifts[name].to_row(level, prefix="difference"),
                }
            record |= {"adjusted_p_value": adjusted_p_value, "alarm": adjusted_p_value < alpha}
            records.append(record)
    return pd.DataFrame(records, columns=list(PERFORMANCE_COLUMNS))

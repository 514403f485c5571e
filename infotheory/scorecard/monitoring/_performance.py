"""Does the score still rank, and do its probabilities still hold? Measures and their drift."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Final

import numpy as np
import pandas as pd

from infotheory._rows import Rows, needed
from infotheory._several_tests import adjust_over_families, benjamini_hochberg
from infotheory._typing import FloatArray
from infotheory.evidence.roc_area import area_of_groups
from infotheory.evidence.roc_laws import AreaLaw
from infotheory.inference import Estimate, kish_size
from infotheory.laws import IntervalLaw, LogNormalLaw, NormalLaw, WithheldLaw
from infotheory.scorecard.monitoring._rows import lack_of_scores
from infotheory.scorecard.validation.discrimination import auc_difference, gini_of_area
from infotheory.scorecard.validation.outcomes import (
    mean_squared_error,
    observed_over_expected,
    shift_of_log_odds,
    slope_of_log_odds,
)
from infotheory.tables import CountTable

__all__ = [
    "PERFORMANCE_COLUMNS",
    "as_reference",
    "drift_of",
    "few_expected",
    "flag_drift",
    "measures_of_period",
    "performance_measures",
    "performance_table",
]

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
    "overall_p_value",
    "alarm",
    "reason",
)

#: With fewer expected events a drift of performance rejects more than its size.
FEWEST_EXPECTED: Final = 8.0
#: Sums of weights differ from whole numbers by less.
_ROUNDING: Final = 1e-9
_RANKING: Final = ("AUC", "Gini")
_SHIFT, _SLOPE, _RATIO = "calibration intercept", "calibration slope", "observed / expected"
_OF_PROBABILITIES: Final[Mapping[str, Callable[[Rows], Estimate]]] = {
    _SHIFT: shift_of_log_odds,
    _SLOPE: slope_of_log_odds,
    _RATIO: observed_over_expected,
    "Brier score": mean_squared_error,
}


def performance_measures(rows: Rows) -> dict[str, Estimate]:
    """Discrimination and calibration of rows with known outcomes of both classes.

    AUC and Gini are those of the points; calibration needs probabilities, and its slope
    probabilities that differ.
    """
    # slope_of_log_odds refuses equal probabilities, which have no slope.
    is_flat = rows.probability is not None and np.ptp(rows.probability) == 0.0
    return _measured(rows, {_SLOPE} if is_flat else ())


def measures_of_period(rows: Rows, few: str | None = None) -> dict[str, Estimate]:
    """Discrimination and calibration of a period; what its rows cannot tell is NaN with a reason.

    Where the value is known and its error is not, the value stays.
    """
    lacks = _lacks(rows)
    estimates = {
        name: _with_error_or_reason(name, estimate, rows)
        for name, estimate in _measured(rows, lacks).items()
    }
    for name, reason in lacks.items():
        law = WithheldLaw(reason)
        estimates[name] = Estimate(value=np.nan, standard_error=np.nan, method="none", law=law)

    names = _RANKING if rows.probability is None else (*_RANKING, *_OF_PROBABILITIES)
    ordered = {name: estimates[name] for name in names}
    return ordered if few is None else _untested(ordered, few)


def _measured(rows: Rows, left_out: Collection[str]) -> dict[str, Estimate]:
    """Compute all measures but those left out."""
    measures: dict[str, Estimate] = {}
    if not set(_RANKING) <= set(left_out):
        score = needed(rows.score, "score")
        # More points are safer: events must rank high by what the area takes.
        area = area_of_groups(rows.target, -score, rows.mass, rows.squared_mass)
        measures = {"AUC": area, "Gini": gini_of_area(area)}
    of_probabilities = {} if rows.probability is None else _OF_PROBABILITIES
    return measures | {
        name: measure(rows) for name, measure in of_probabilities.items() if name not in left_out
    }


def _lacks(rows: Rows) -> dict[str, str]:
    """Reasons by the name of each measure that has no value."""
    unscored = lack_of_scores(rows)
    if unscored is not None:
        return dict.fromkeys((*_RANKING, *_OF_PROBABILITIES), unscored)

    lacks: dict[str, str] = {}
    event, probability = rows.target == 1.0, rows.probability
    if np.ptp(needed(rows.score, "score")) == 0.0:
        lacks |= dict.fromkeys(_RANKING, "one score in all rows")
    if probability is not None and np.ptp(probability) == 0.0:
        lacks[_SLOPE] = "one score in all rows"
    if event.all() or not event.any():
        only = "events" if event.all() else "non-events"
        lacks |= dict.fromkeys((*_RANKING, _SHIFT, _SLOPE), f"{only} only")
    elif probability is not None and _apart(probability[event], probability[~event]):
        # Probabilities that are all equal have given their reason already.
        lacks.setdefault(_SLOPE, "a score that separates events from non-events")
    return lacks


def _apart(first: FloatArray, second: FloatArray) -> bool:
    """Whether no number lies among the others: the likelihood of a slope then has no top."""
    return bool(first.min() >= second.max() or first.max() <= second.min())


def _with_error_or_reason(name: str, estimate: Estimate, rows: Rows) -> Estimate:
    """Return an estimate as it is, or its value alone where the rows do not tell its error."""
    reason = _lonely_class(rows) if name in _RANKING else None
    if reason is None and estimate.standard_error == 0.0:
        reason = "no spread among its rows"
    if reason is None:
        return estimate
    return replace(
        estimate, standard_error=np.nan, law=WithheldLaw(reason), p_value=None, reason=reason
    )


def _lonely_class(rows: Rows) -> str | None:
    """Say that a class is one row, in whose place another one would give another area."""
    mass, squared = (
        np.bincount(rows.target.astype(np.intp), sums, minlength=2)
        for sums in (rows.mass, rows.squared_mass)
    )
    for label, title in enumerate(("non-event", "event")):
        if kish_size(mass[label], squared[label]) <= 1.0 + _ROUNDING:
            return f"one {title} only"
    return None


def as_reference(performance: Mapping[str, Estimate], table: CountTable) -> dict[str, Estimate]:
    """Give each measure of the reference the law that its value, error and counts determine.

    A monitor that was read from a document knows no more, and compares as the first did.
    """
    # Columns of a table are non-events and events; AreaLaw takes events first. The degrees are
    # those of degrees_of_weights. What lies far on the wrong side no count tells: none is assumed.
    sizes = [
        kish_size(float(counts.sum()), float(squared.sum()))
        for counts, squared in zip(table.counts.T, table.squared_weights.T, strict=True)
    ]
    degrees = max(min(sizes) - 1.0, 1.0)
    area = AreaLaw(sizes[1], sizes[0], degrees, far_events=0.0, far_nonevents=0.0)
    laws: dict[str, IntervalLaw] = {
        "AUC": area,
        _RATIO: LogNormalLaw(),
        "Brier score": LogNormalLaw(),
    }

    # Gini is made of the area anew, so that both have the same law.
    reference = {
        name: replace(estimate, law=laws.get(name, NormalLaw()))
        for name, estimate in performance.items()
    }
    return reference | {"Gini": gini_of_area(reference["AUC"])}


def drift_of(
    measures: Mapping[str, Estimate], reference: Mapping[str, Estimate], few: str | None = None
) -> dict[str, Estimate]:
    """Measures of a period less those of the reference, with the p-value of "no difference".

    A measure that one of the two lacks, or whose error in the period is not known, has no
    difference to speak of. Where too few events are expected for a test, differences have none.
    """
    drifts = {
        name: auc_difference(estimate, reference[name])
        for name, estimate in measures.items()
        if name in reference and estimate.standard_error > 0.0
    }
    return drifts if few is None else _untested(drifts, few)


def few_expected(rows: Rows, reference_rate: float) -> str | None:
    """Say that a period expects too few events, or non-events, for tests; None where it does not.

    Expected ones are those of the probabilities, or of the reference: what was observed must not
    decide on what is tested.
    """
    total = float(rows.mass.sum())
    if total == 0.0:
        return None
    rate = reference_rate
    if rows.probability is not None:
        rate = float(np.average(rows.probability, weights=rows.mass))
    # Events are expected in the rows that weighted ones are worth.
    size = kish_size(total, float(rows.squared_mass.sum()))
    expected, title = min((size * rate, "events"), (size * (1.0 - rate), "non-events"))
    if not expected < FEWEST_EXPECTED:
        return None
    return f"{expected:.2g} {title} expected, {FEWEST_EXPECTED:.0f} are needed for a test"


def _untested(estimates: Mapping[str, Estimate], reason: str) -> dict[str, Estimate]:
    """Take away p-values, and say why where nothing else is missing."""
    return {
        name: estimate
        if estimate.reason is not None
        else replace(estimate, p_value=None, reason=reason)
        for name, estimate in estimates.items()
    }


def performance_table(
    periods: Mapping[str, Mapping[str, Estimate]],
    reference: Mapping[str, Estimate],
    *,
    level: float,
    few: Mapping[str, str | None],
) -> pd.DataFrame:
    """Lay out measures and their drift, one row a period and measure.

    P-values are adjusted over the measures of a period (Benjamini-Hochberg), Gini not counted
    beside AUC; ``few`` says why a period has no tests, None where it has; NaN stands where there is
    no difference to speak of.
    """
    records = []
    for period, measures in periods.items():
        drifts = drift_of(measures, reference, few[period])
        # Gini is twice the area less one: one question, counted once
        p_values = {name: drifts[name].p_value for name in drifts if name != "Gini"}
        counted = np.array([p_values.get(name) for name in measures], dtype=np.float64)
        adjusted = dict(zip(measures, benjamini_hochberg(counted).tolist(), strict=True))
        if "Gini" in adjusted:
            adjusted["Gini"] = adjusted["AUC"]

        for name, estimate in measures.items():
            record = {"period": period, "measure": name, **estimate.to_row(level)}
            if name in reference:
                record["reference"] = reference[name].value
                record["reference_standard_error"] = reference[name].standard_error
            if name in drifts:
                record |= drifts[name].to_row(level, prefix="difference")
            record |= {"adjusted_p_value": adjusted[name], "reason": estimate.reason}
            records.append(record)
    table = pd.DataFrame(records, columns=list(PERFORMANCE_COLUMNS))
    # pandas would make NaN of None among texts.
    return table.assign(reason=pd.Series([row["reason"] for row in records], dtype=object))


def flag_drift(table: pd.DataFrame, alpha: float, beside: FloatArray) -> pd.DataFrame:
    """Adjust the p-values of all periods for each other (Holm), and flag the measures that drifted.

    ``beside`` holds the smallest adjusted p-values of the other families that are looked at.
    """
    adjusted = table["adjusted_p_value"].to_numpy(dtype=np.float64)
    overall = adjust_over_families(adjusted, table["period"].tolist(), beside)
    return table.assign(overall_p_value=overall, alarm=overall < alpha)

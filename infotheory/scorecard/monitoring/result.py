"""What a monitor found in one or more periods, as tidy tables."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from infotheory._display import html_repr, short_repr
from infotheory.inference import Estimate

__all__ = ["MonitoringResult"]


@dataclass(frozen=True, slots=True, eq=False)
class MonitoringResult:
    """Periods compared with the reference of a monitor.

    Parameters
    ----------
    periods : DataFrame
        One row a period, the reference first: period, count (sum of weights), size (Kish), events
        and event_rate with event_rate_low and event_rate_high (NaN where outcomes are not known),
        expected_event_rate (mean predicted probability), mean_points, mean_points_standard_error,
        mean_points_low, mean_points_high (Student). Descriptive: expected_event_rate, of the
        probabilities of the card.
        Of a card of a mean the mean stands for the event rate: mean, mean_standard_error, mean_low,
        mean_high (Student; NaN below 10 effective rows of the target), effective_rows,
        expected_mean.
    stability : DataFrame
        One row a period and score or characteristic: period, feature, kind ("score" or
        "characteristic"), the columns of :func:`infotheory.evidence.stability_by_period`,
        adjusted_p_value and adjusted_tolerance_p_value (Benjamini-Hochberg over the characteristics
        of a period, not over periods; the p-values themselves for the score), overall_p_value and
        overall_tolerance_p_value (adjusted once more over all periods, see Notes), moved
        (overall_p_value below alpha: something has changed), alarm (overall_tolerance_p_value
        below alpha: the index exceeds ``tolerance``), points_shift and points_shift_standard_error
        (change of the mean points that come from it), reason (why numbers are NaN: no rows, or for
        the score rows without points; None where nothing is withheld). Descriptive: jensen_shannon.
    bins : DataFrame
        One row a period, feature and bin with rows in either sample: period, feature, bin,
        reference_share, share, reference_count, count (sums of weights), points (of the bin; NaN
        for the score). Missing, special and unseen values are bins.
    performance : DataFrame
        One row a period and measure (AUC, Gini, calibration intercept, calibration slope, observed
        / expected, Brier score; of a mean observed / predicted, or observed less predicted of any
        number, calibration slope, concordance, deviance explained) where outcomes are known: the
        measure with its interval and p-value, that of the reference, their difference with interval
        and p-value, adjusted_p_value (over the measures of a period, Gini not counted beside AUC),
        overall_p_value (over all periods, see Notes), alarm (the latter below alpha), reason (why a
        value or its error is NaN, such as "non-events only", or why a period has no tests, such as
        "4.1 events expected, 8 are needed for a test"; None where nothing is withheld).
    drift : mapping of str to mapping of str to Estimate
        The differences behind ``performance``: period to measure to estimate.
    level : float
        Coverage of the intervals.
    alpha : float
        Size of the tests behind alarms.
    tolerance : float
        Stability index above which a change alarms.

    Notes
    -----
    Whoever looks at twelve months looks at 36 families of tests: in each the score, the
    characteristics, the performance. So the smallest p-values of the families, adjusted inside
    them, are adjusted for the number of families (Holm): where nothing has changed, the probability
    of any alarm in the whole result is at most ``alpha``. Results know nothing of each other;
    twelve that are made month by month want a twelfth of ``alpha`` each.

    ``adjusted_p_value`` is of one period by itself: of twelve stable months some one's lies below
    0.05 in most years. What holds for all periods together is ``overall_p_value``. (In
    :func:`infotheory.evidence.stability_by_period`, where one characteristic is looked at, the
    adjusted p-values are those of all periods.)
    """

    periods: pd.DataFrame
    stability: pd.DataFrame
    bins: pd.DataFrame
    performance: pd.DataFrame
    drift: "Mapping[str, Mapping[str, Estimate]]"
    level: float
    alpha: float
    tolerance: float

    __repr__ = short_repr
    _repr_html_ = html_repr

    @property
    def alarms(self) -> pd.DataFrame:
        """Rows that need a look: period, what, value (index or difference), p_value (overall).

        The p-value of an index is of "at most ``tolerance``", that of a measure of "no change".
        """
        unstable = self.stability[self.stability["alarm"]]
        changed = self.performance[self.performance["alarm"].astype(bool)]
        parts = [
            unstable[["period", "feature", "value", "overall_tolerance_p_value"]],
            changed[["period", "measure", "difference", "overall_p_value"]],
        ]
        named = [part.set_axis(_ALARM_COLUMNS, axis=1) for part in parts]

        # pandas warns where an empty part has no types of its own.
        filled = [part for part in named if len(part)] or named[:1]
        place = {name: i for i, name in enumerate(self.periods["period"])}
        return pd.concat(filled, ignore_index=True).sort_values(
            "period", key=lambda names: names.map(place), kind="stable", ignore_index=True
        )


_ALARM_COLUMNS = ["period", "what", "value", "p_value"]

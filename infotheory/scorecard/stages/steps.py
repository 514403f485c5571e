"""One line of the log of a selection, and a number with its error as such a line has it."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from infotheory.inference import Estimate

__all__ = ["SelectionStep", "StepNumber", "judged"]


@dataclass(frozen=True, slots=True)
class SelectionStep:
    """One line of the log.

    Parameters
    ----------
    stage : str
        "admission", "information value", "stability", "correlation", "variance inflation",
        "stepwise", "demographic information", "sign" or "hold-out".
    feature : str
        The characteristic.
    decision : str
        "set aside", "kept", "dropped", "entered", "removed", "left out", "included" or "told": what
        became of it; "told" is a number without a decision.
    statistic : str
        What the number is: "missing_share", "identical_share", "iv", "cross_fitted_iv",
        "permutation" (the p-value), "psi", "out_of_time_iv", "correlation", "vif",
        "likelihood_ratio", "score", "demographic_iv", "coefficient" (of the log odds of an event,
        or the predictor of a mean); "excluded" where there is none. Of a continuous target the
        values "iv" are shares of its variance.
    value : float
        The number.
    standard_error, low, high : float
        Its error and 95 % interval; NaN where it has none, infinite where the rows do not bound it.
    threshold : float
        What it was held against: a limit of the number, or of the p-value in "stepwise"; NaN
        without a decision.
    degrees_of_freedom : int
        Of a test: number of bins less one; 0 where there is no test.
    p_value : float
        Of a test; NaN where there is none.
    adjusted_p_value : float
        For the number of tests of its stage (Benjamini-Hochberg): of permutation tests, and on rows
        held out; NaN elsewhere.
    partner : str
        The other characteristic of a correlation; empty otherwise.
    reason : str
        The decision in words.
    """

    stage: str
    feature: str
    decision: str
    statistic: str
    value: float
    threshold: float
    reason: str
    standard_error: float = np.nan
    low: float = np.nan
    high: float = np.nan
    degrees_of_freedom: int = 0
    p_value: float = np.nan
    adjusted_p_value: float = np.nan
    partner: str = ""


class StepNumber(NamedTuple):
    """A number with its error and 95 % interval, under the names that a step has for them."""

    value: float
    standard_error: float
    low: float
    high: float

    @classmethod
    def of(cls, estimate: Estimate) -> "StepNumber":
        """Take the number of an estimate."""
        return cls(estimate.value, estimate.standard_error, *estimate.interval())


def judged(
    stage: str,
    feature: str,
    estimate: Estimate,
    *,
    statistic: str,
    kept: bool,
    threshold: float,
    reason: str,
    p_value: float | None = None,
) -> SelectionStep:
    """Write the line of a number that was held against a limit."""
    return SelectionStep(
        stage=stage,
        feature=feature,
        decision="kept" if kept else "dropped",
        statistic=statistic,
        threshold=threshold,
        reason=reason,
        p_value=np.nan if p_value is None else p_value,
        **StepNumber.of(estimate)._asdict(),
    )

"""What a selection looks at, and what it sets aside: empty, constant, or knowing too much."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from infotheory._validation import check_number
from infotheory._warnings import warn
from infotheory.binning.features import FittedBinner
from infotheory.binning.options import check_feature
from infotheory.exceptions import LeakageWarning
from infotheory.inference import Estimate

__all__ = [
    "Admission",
    "SelectionStep",
    "by_admission",
    "check_names",
    "check_shares",
    "forced",
    "warn_set_aside",
]

_WORDS = {
    "missing_share": "share of missing values",
    "identical_share": "share of one value",
    "iv": "may be known only after the outcome: in-sample information value",
}


@dataclass(frozen=True, slots=True)
class SelectionStep:
    """One line of the log.

    Parameters
    ----------
    stage : str
        "admission", "information value", "correlation", "variance inflation", "stepwise" or
        "hold-out".
    feature : str
        The characteristic.
    decision : str
        "set aside", "kept", "dropped", "entered", "removed", "left out", "included" or "told": what
        became of it; "told" is a number without a decision.
    statistic : str
        What the number is: "missing_share", "identical_share", "iv", "cross_fitted_iv",
        "correlation", "vif", "likelihood_ratio", "score"; "excluded" where there is none.
    value : float
        The number.
    standard_error, low, high : float
        Its error and 95 % interval; NaN where it has none.
    threshold : float
        What it was held against: a limit of the number, or of the p-value in "stepwise"; NaN
        without a decision.
    degrees_of_freedom : int
        Of a test: number of bins less one; 0 where there is no test.
    p_value : float
        Of a test; NaN where there is none.
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
    partner: str = ""


def check_shares(
    iv_max: float | None, max_missing: float | None, max_identical: float | None
) -> None:
    """Raise ValueError where a limit of the admission is out of its range."""
    if iv_max is not None:
        check_number("iv_max", iv_max, 0.0, np.inf, ends="[]", rule="a number above 0, or None")
    for name, value in (("max_missing", max_missing), ("max_identical", max_identical)):
        if value is not None:
            check_number(name, value, 0.0, 1.0, rule="a share in [0, 1], or None")


class Admission(NamedTuple):
    """Rules for what is looked at."""

    iv_max: float | None
    include: tuple[str, ...]
    exclude: tuple[str, ...]
    max_missing: float | None
    max_identical: float | None


def check_names(include: Sequence[str], exclude: Sequence[str], names: Sequence[str]) -> None:
    """Raise ValueError where a list names no characteristic, or both lists the same one."""
    for what, listed in (("include", include), ("exclude", exclude)):
        if isinstance(listed, str):
            message = f"{what} must be a list of names, got the text {listed!r}; write [{listed!r}]"
            raise ValueError(message)  # noqa: TRY004 - as all wrong options
        for name in listed:
            check_feature(what, name, names)
    both = sorted(set(include) & set(exclude))
    if both:
        message = f"a characteristic is either included or excluded, got {both} in both lists"
        raise ValueError(message)


def by_admission(
    binner: FittedBinner, inside: Mapping[str, Estimate], rules: Admission
) -> Iterator[SelectionStep]:
    """Set aside what is excluded, too empty, too constant, or knows too much."""
    for name, bins in binner.features_.items():
        spec, table, _ = bins.prebinned()
        weight = table.without_groups().counts.sum(axis=1)
        share = weight / weight.sum()
        numbers = {
            "missing_share": (float(share[spec.missing_code]), rules.max_missing),
            "identical_share": (float(share.max()), rules.max_identical),
            "iv": (inside[name].value, rules.iv_max),
        }
        if name in rules.exclude:
            yield _set_aside(name, "excluded", np.nan, np.nan, "left out on request")
            continue
        if name in rules.include:
            continue
        for statistic, (value, limit) in numbers.items():
            if limit is not None and value > limit:
                reason = f"{_WORDS[statistic]} {value:.4g} above {limit:g}"
                yield _set_aside(name, statistic, value, limit, reason)
                break


def _set_aside(name: str, statistic: str, value: float, limit: float, reason: str) -> SelectionStep:
    return SelectionStep(
        stage="admission",
        feature=name,
        decision="set aside",
        statistic=statistic,
        value=value,
        threshold=limit,
        reason=reason,
    )


def warn_set_aside(steps: Sequence[SelectionStep], iv_max: float | None) -> None:
    """Warn once about what knows too much."""
    found = [f"{step.feature!r} ({step.value:.4g})" for step in steps if step.statistic == "iv"]
    if found:
        message = (
            f"characteristics with an information value above iv_max={iv_max:g} were set aside: "
            f"{', '.join(found)}; they may be known only after the outcome. Name those in include "
            "that are known when the score is used"
        )
        warn(message, LeakageWarning)


def forced(include: Sequence[str], steps: Sequence[SelectionStep]) -> list[SelectionStep]:
    """Take in what was asked for and some stage put out."""
    last = {step.feature: step for step in steps if step.decision != "told"}
    return [
        SelectionStep(
            stage="admission",
            feature=name,
            decision="included",
            statistic=last[name].statistic,
            value=last[name].value,
            threshold=last[name].threshold,
            reason=f"included on request; would be {last[name].decision}: {last[name].reason}",
        )
        for name in include
        if last[name].decision not in {"kept", "entered"}
    ]

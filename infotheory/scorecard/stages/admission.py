"""What a selection looks at, and what it sets aside: empty, constant, or knowing too much."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from infotheory._validation import check_number
from infotheory._warnings import warn
from infotheory.binning.features import FittedBinner
from infotheory.binning.prebins.options import check_feature
from infotheory.binning.prebins.separation import SEPARATING
from infotheory.exceptions import LeakageWarning
from infotheory.inference import Estimate
from infotheory.scorecard.stages.steps import SelectionStep
from infotheory.scorecard.stages.worth import kind_learnt, suspicious_worth, word_of_worth

__all__ = [
    "Admission",
    "by_admission",
    "check_names",
    "check_shares",
    "forced",
    "warn_set_aside",
    "warn_suspicious",
]

_WORDS = {
    "missing_share": "share of missing values",
    "identical_share": "share of one value",
    "iv": "may be known only after the outcome: in-sample",
}


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
        spec, table, _ = bins.prebin_sums()
        share = table.weight / table.weight.sum()

        # In the order of what is said first: an information value of hardly any rows says little.
        numbers = {
            "missing_share": (float(share[spec.missing_code]), rules.max_missing),
            "identical_share": (float(share.max()), rules.max_identical),
            "iv": (inside[name].value, rules.iv_max),
        }
        # An excluded name needs no number; an included one passes whatever its numbers.
        if name in rules.exclude:
            yield _set_aside(name, "excluded", np.nan, np.nan, "left out on request")
            continue
        if name in rules.include:
            continue
        for statistic, (value, limit) in numbers.items():
            if limit is not None and value > limit:
                of_worth = f" {word_of_worth(kind_learnt(binner))}" if statistic == "iv" else ""
                reason = f"{_WORDS[statistic]}{of_worth} {value:.4g} above {limit:g}"
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


def warn_set_aside(steps: Sequence[SelectionStep], iv_max: float | None, word: str) -> None:
    """Warn once about what knows too much; ``word`` is what its worth is called."""
    texts = [f"{step.feature!r} ({step.value:.4g})" for step in steps if step.statistic == "iv"]
    if texts:
        message = (
            f"characteristics with {_article(word)} {word} above iv_max={iv_max:g} were set aside: "
            f"{', '.join(texts)}; they may be known only after the outcome. Name those in include "
            "that are known when the score is used"
        )
        warn(message, LeakageWarning)


def warn_suspicious(
    selected: Sequence[str], inside: Mapping[str, Estimate], binner: FittedBinner, rules: Admission
) -> None:
    """Warn once about what is selected and knows a lot, where nobody stated how much is too much.

    A bureau score may know as much as a field that was filled in after the outcome, so that no
    default can set either aside. What separates the classes was named by the binner.
    """
    if rules.iv_max is not None:
        return
    kind = kind_learnt(binner)
    limit, word = suspicious_worth(kind), word_of_worth(kind)

    # Who included a characteristic by name knows it, and the binner named those that separate.
    texts = [
        f"{name!r} ({inside[name].value:.4g})"
        for name in selected
        if inside[name].value > limit
        and name not in rules.include
        and binner.features_[name].status != SEPARATING
    ]
    if texts:
        message = (
            f"characteristics with {_article(word)} {word} above {limit:g} were selected: "
            f"{', '.join(texts)}; they may be known only after the outcome. Name them in exclude, "
            "or in include if they are known when the score is used, or state a limit as iv_max"
        )
        warn(message, LeakageWarning)


def _article(word: str) -> str:
    return "an" if word.startswith("information") else "a"


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

"""What a card says of each value, reduced to what every export needs: bins, points, base."""

import math
from dataclasses import dataclass

from sklearn.utils.validation import check_is_fitted

from infotheory._exports.rules import FeatureRule, feature_rule, rule_of_codes
from infotheory._validation import EXACT
from infotheory._warnings import warn
from infotheory.exceptions import ApproximationWarning
from infotheory.scorecard.points.fitted import (
    AnyCard,
    check_estimated,
    event_coefficients,
    event_direction,
    event_intercept,
    kind_of,
    link_of,
    scale_of,
)

#: What the target of a mean is called in an export.
_TARGETS = {
    "fraction": "fraction",
    "rate": "rate a unit of exposure",
    "continuous": "number",
}

__all__ = ["CardColumns", "CardRules", "columns_of_card", "rules_of", "warn_of_rounding"]


@dataclass(frozen=True, slots=True, eq=False)
class CardRules:
    """A card as the exports write it."""

    # Where each score starts
    base: float
    # One a characteristic, in the order in which points are added
    features: tuple[FeatureRule, ...]
    # What the points are about, in one line of printable text: the event and both labels, or what
    # the mean is of
    event: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class CardColumns:
    """All that a card says of a row, as the exports write it."""

    # The points
    rules: CardRules
    # Weights of evidence in place of points
    evidence: tuple[FeatureRule, ...]
    # Codes of bins in place of points
    bins: tuple[FeatureRule, ...]
    # In the log odds of an event, or in the predictor of a mean, one a characteristic
    coefficients: tuple[float, ...]
    # Log odds of an event, or the predictor, at weight of evidence 0
    intercept: float
    # What of the outcome is linear: "logit", "log" or "identity"
    link: str = "logit"
    # What is predicted
    outcome: str = "probability"


def columns_of_card(card: AnyCard) -> CardColumns:
    """Take all that a card says, which only one that was fitted on rows can."""
    check_estimated(card, "columns of evidence and probability")
    rules = rules_of(card)
    specs = [feature.spec for feature in rules.features]
    evidence = zip(specs, card.binner_.woe_.values(), strict=True)
    return CardColumns(
        rules=rules,
        evidence=tuple(feature_rule(spec, woe) for spec, woe in evidence),
        bins=tuple(map(rule_of_codes, specs)),
        coefficients=tuple(event_coefficients(card).values()),
        intercept=event_intercept(card),
        link=link_of(card).name,
        outcome="probability" if kind_of(card) is None else "mean",
    )


def warn_of_rounding(rules: CardRules, target: str) -> None:
    """Warn where a format of float64 alone meets bounds beyond which it joins whole numbers."""
    joined = [
        feature.spec.name
        for feature in rules.features
        for bounds in ([*feature.spec.splits, *(v for group, _ in feature.special for v in group)],)
        if feature.spec.kind == "numerical" and any(EXACT <= abs(v) < math.inf for v in bounds)
    ]
    if joined:
        message = (
            f"{target} reads numbers as float64, which from 2**53 on skips whole numbers: "
            f"{', '.join(map(repr, joined))} has splits or special codes there, and whole numbers "
            "beside them may get the points of the bin next to theirs; score with to_sql or "
            "to_python, which compare what is stored, or subtract a constant before the fit"
        )
        warn(message, ApproximationWarning)


def rules_of(card: AnyCard) -> CardRules:
    """Take the rules of a fitted card."""
    check_is_fitted(card, "points_")
    pairs = ((bins.spec, card.points_[name]) for name, bins in card.binner_.features_.items())
    features = tuple(feature_rule(spec, points) for spec, points in pairs)
    return CardRules(float(card.base_), features, _event_of(card))


def _event_of(card: AnyCard) -> str:
    """Say which label is the event, or what the mean is of: points alone do not tell."""
    kind = kind_of(card)
    if kind is not None:
        # A positive factor takes points away as the mean grows.
        more = "a lower" if scale_of(card).factor > 0.0 else "a higher"
        return f"more points say {more} mean, the target is a {_TARGETS[kind.kind]}"

    low, high = (repr(label) for label in card.binner_.classes_.tolist())
    event = high if event_direction(card) > 0.0 else low
    return f"more points are safer, the event is {event} of the labels {low} and {high}"

"""What a card says of each value, reduced to what every export needs: bins, points, base."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from infotheory._typing import FloatArray
from infotheory.cells import BinSpec
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

__all__ = ["CardColumns", "CardRules", "FeatureRule", "columns_of_card", "rules_of"]


@dataclass(frozen=True, slots=True, eq=False)
class FeatureRule:
    """Points of one characteristic.

    Parameters
    ----------
    spec : BinSpec
        Its bins.
    points : ndarray of shape (n_codes,)
        Points by code. Those of unseen categories are what ``cat_unknown`` makes of them, and NaN
        where ``predict_points`` refuses them; those of missing values may be NaN where the card
        comes from another package.
    """

    spec: BinSpec
    points: FloatArray

    @property
    def regular(self) -> list[float]:
        """Points of the regular bins."""
        return [float(p) for p in self.points[: self.spec.n_bins]]

    @property
    def special(self) -> list[tuple[tuple[Any, ...], float]]:
        """Values of each special group with their points."""
        return [
            (values, float(self.points[self.spec.n_bins + i]))
            for i, (_, values) in enumerate(self.spec.special)
        ]

    @property
    def level_groups(self) -> list[tuple[tuple[str, ...], float]]:
        """Levels of each bin and of each special group with their points; none is empty."""
        regular = zip(self.spec.levels, self.regular, strict=True)
        return [(levels, points) for levels, points in [*regular, *self.special] if levels]

    @property
    def missing(self) -> float | None:
        """Points of missing values, None where they are refused."""
        return _known(self.points[self.spec.missing_code])

    @property
    def unseen(self) -> float | None:
        """Points of categories that are in no bin, None where they are refused."""
        return _known(self.points[self.spec.unseen_code])


@dataclass(frozen=True, slots=True, eq=False)
class CardRules:
    """A card as the exports write it.

    Parameters
    ----------
    base : float
        Where each score starts.
    features : tuple of FeatureRule
        One a characteristic, in the order in which points are added.
    event : str
        What the points are about, in one line of printable text: the event and both labels, or
        what the mean is of.
    """

    base: float
    features: tuple[FeatureRule, ...]
    event: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class CardColumns:
    """All that a card says of a row, as the exports write it.

    Parameters
    ----------
    rules : CardRules
        The points.
    evidence : tuple of FeatureRule
        Weights of evidence in place of points.
    bins : tuple of FeatureRule
        Codes of bins in place of points.
    coefficients : tuple of float
        In the log odds of an event, or in the predictor of a mean, one a characteristic.
    intercept : float
        Log odds of an event, or the predictor, at weight of evidence 0.
    link : str
        What of the outcome is linear: "logit", "log" or "identity".
    outcome : {"probability", "mean"}
        What is predicted.
    """

    rules: CardRules
    evidence: tuple[FeatureRule, ...]
    bins: tuple[FeatureRule, ...]
    coefficients: tuple[float, ...]
    intercept: float
    link: str = "logit"
    outcome: str = "probability"


def columns_of_card(card: AnyCard) -> CardColumns:
    """Take all that a card says, which only one that was fitted on rows can."""
    check_estimated(card, "columns of evidence and probability")
    rules = rules_of(card)
    specs = [feature.spec for feature in rules.features]
    evidence = zip(specs, card.binner_.woe_.values(), strict=True)
    return CardColumns(
        rules=rules,
        evidence=tuple(FeatureRule(spec, _points_by_code(spec, woe)) for spec, woe in evidence),
        bins=tuple(
            FeatureRule(spec, _points_by_code(spec, np.arange(spec.n_codes, dtype=np.float64)))
            for spec in specs
        ),
        coefficients=tuple(event_coefficients(card).values()),
        intercept=event_intercept(card),
        link=link_of(card).name,
        outcome="probability" if kind_of(card) is None else "mean",
    )


def rules_of(card: AnyCard) -> CardRules:
    """Take the rules of a fitted card."""
    check_is_fitted(card, "points_")
    pairs = ((bins.spec, card.points_[name]) for name, bins in card.binner_.features_.items())
    features = tuple(FeatureRule(spec, _points_by_code(spec, points)) for spec, points in pairs)
    return CardRules(float(card.base_), features, _event_of(card))


def _event_of(card: AnyCard) -> str:
    """Say which label is the event, or what the mean is of: points alone do not tell."""
    kind = kind_of(card)
    if kind is not None:
        more = "a lower" if scale_of(card).factor > 0.0 else "a higher"
        return f"more points say {more} mean, the target is a {_TARGETS[kind.kind]}"

    low, high = (repr(label) for label in card.binner_.classes_.tolist())
    event = high if event_direction(card) > 0.0 else low
    return f"more points are safer, the event is {event} of the labels {low} and {high}"


def _points_by_code(spec: BinSpec, points: FloatArray) -> FloatArray:
    """Say for every code what ``predict_points`` gives it: exports know no other rule."""
    by_code = points[spec.destinations]
    if spec.unknown == "missing":
        by_code[spec.unseen_code] = by_code[spec.missing_code]
    elif spec.unknown == "error":
        by_code[spec.unseen_code] = np.nan
    return by_code


def _known(points: float) -> float | None:
    return None if np.isnan(points) else float(points)

"""What readers of a fitted card may use, and the few readings of it that many rooms share."""

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple, Protocol

import numpy as np
from sklearn.utils.validation import check_is_fitted

from infotheory._target_kinds import TargetKind
from infotheory._typing import BoolArray, FloatArray, LabelArray
from infotheory.binning.features import FeatureBins, FittedBinner
from infotheory.binning.prebins.learnt_evidence import check_evidence_options
from infotheory.scorecard.links import LOGIT, MeanLink
from infotheory.scorecard.points.scale import PointLine, PointScale

__all__ = [
    "AnyCard",
    "FittedCard",
    "check_estimated",
    "check_options_of_fit",
    "check_two_classes",
    "contributions_of",
    "event_coefficients",
    "event_direction",
    "event_intercept",
    "has_probabilities",
    "kind_of",
    "link_of",
    "misplaced_points",
    "scale_of",
    "scaled_points",
    "training_weights",
]

#: Sums of the same rows in another order, and logarithms of another system, differ by less.
_ROUNDING = 1e-6


class AnyCard(Protocol):
    """A card of two classes or of a mean, after ``fit`` or read from a document."""

    pdo: float
    base_points: float
    round: bool
    intercept: Literal["spread", "separate"]
    exclude_from_reasons: Sequence[str]

    binner_: FittedBinner
    n_features_in_: int
    feature_names_in_: LabelArray  # where X has names
    origin_: str
    points_: dict[str, FloatArray]
    base_: float

    status_: str
    n_iter_: int
    coef_: FloatArray
    intercept_: Any  # of two classes an array, of a mean a number, as scikit-learn has them
    covariance_: FloatArray
    information_: FloatArray | None
    contribution_covariance_: FloatArray
    active_: BoolArray
    held_: BoolArray
    variance_inflation_: FloatArray

    def get_params(self, deep: bool = True) -> dict[str, Any]: ...  # noqa: D102

    def point_scale(self) -> PointScale: ...  # noqa: D102


class FittedCard(AnyCard, Protocol):
    """A ``Scorecard`` after ``fit``, or read from a document or from another package's export.

    A card of another package (``origin_`` is not "fit") has bins, points and base; the attributes
    from ``status_`` on are those of a regression, and only a card that was fitted has them.
    """

    base_odds: float

    classes_: LabelArray
    event_label_: Any


def check_two_classes(card: AnyCard, what: str) -> None:
    """Raise ValueError for a card of a mean, which has no labels for ``what`` (a plural)."""
    if kind_of(card) is not None:
        message = (
            f"{what} need a card of two classes, got a {type(card).__name__}: a mean has no "
            "labels, probabilities or cut-offs; fit a Scorecard on an event"
        )
        raise ValueError(message)


def check_estimated(card: AnyCard, what: str) -> None:
    """Raise an error unless the card was fitted on rows, which ``what`` (a plural) needs."""
    check_is_fitted(card, "points_")
    if card.origin_ != "fit":
        message = (
            f"{what} need a card that was fitted on rows, got one from the export of "
            f"{card.origin_}, which holds points only; fit a Scorecard"
        )
        raise ValueError(message)
    check_options_of_fit(card)


def check_options_of_fit(card: AnyCard) -> None:
    """Raise ValueError where options that were set after the fit contradict what it left.

    Points, coefficients and evidence stay those of the fit. Read with other options, errors would
    be of another scale than the points beside them, and signs of other evidence.
    """
    check_evidence_options(card.binner_)
    # A card of another package has points alone, which follow from no options.
    if card.origin_ != "fit":
        return
    if misplaced_points(card) is not None:
        own = ("base_mean", "more_points") if kind_of(card) else ("base_odds",)
        options = ("pdo", "base_points", *own, "intercept", "round")
        values = ", ".join(f"{name}={getattr(card, name)!r}" for name in options)
        message = (
            f"options of a card must be those of its fit, got {values}, of which its points do not "
            "follow; fit it again, or set them back"
        )
        raise ValueError(message)


class MisplacedPoints(NamedTuple):
    """Points that do not follow from coefficients, evidence and scale.

    ``feature`` is its position, None of the base points; ``code`` that of its bin.
    """

    feature: int | None
    code: int
    found: float
    wanted: float


def misplaced_points(card: AnyCard) -> MisplacedPoints | None:
    """Return the first points that do not follow from the rest of a card, None where all do.

    Where points are rounded, what is half a point away may be rounded either way.
    """
    # The points are made again from what they follow from, and compared before rounding.
    wanted, wanted_base = scaled_points(card, rounded=False)
    pairs: list[tuple[int | None, FloatArray, FloatArray]] = [
        (None, np.array([card.base_]), np.array([wanted_base]))
    ]
    named = enumerate(zip(card.points_.values(), wanted, strict=True))
    pairs += [(i, *pair) for i, pair in named]

    for feature, found, follows in pairs:
        slack = _ROUNDING * np.maximum(1.0, np.abs(follows)) + (0.5 if card.round else 0.0)
        near = np.abs(found - follows) <= slack
        # Half a point of slack would let a fraction pass for a rounded number.
        near &= (found == np.rint(found)) | (not card.round)
        if not near.all():
            i = int(np.argmin(near))
            return MisplacedPoints(feature, i, float(found[i]), float(follows[i]))
    return None


def event_direction(card: AnyCard) -> float:
    """Return 1.0 where log odds of ``classes_[1]`` are those of an event, else -1.0.

    It is 1.0 of a mean, which has no classes.
    """
    classes: LabelArray | None = getattr(card, "classes_", None)
    if classes is None:
        return 1.0
    return 1.0 if getattr(card, "event_label_", None) == classes[1] else -1.0


def link_of(card: AnyCard) -> MeanLink:
    """Return what of the mean is linear: the log odds of two classes."""
    link: MeanLink = getattr(card, "link_", LOGIT)
    return link


def kind_of(card: AnyCard) -> TargetKind | None:
    """Return what the target of a mean is; None of two classes."""
    kind: TargetKind | None = getattr(card.binner_, "target_kind_", None)
    return kind


def event_intercept(card: AnyCard) -> float:
    """Return the log odds of an event at weight of evidence 0, or the predictor of a mean."""
    return event_direction(card) * float(np.ravel(card.intercept_)[0])


def event_coefficients(card: AnyCard) -> dict[str, float]:
    """Return the coefficients in the log odds of an event, NaN for a card that has points only."""
    if card.origin_ != "fit":
        return dict.fromkeys(card.binner_.features_, np.nan)
    coefficients = (event_direction(card) * np.ravel(card.coef_)).tolist()
    return dict(zip(card.binner_.features_, coefficients, strict=True))


def contributions_of(card: AnyCard) -> list[FloatArray]:
    """Return what each bin adds to the log odds of an event, one array by code a characteristic."""
    coefficients = event_coefficients(card).values()
    evidence = card.binner_.woe_.values()
    return [coefficient * woe for coefficient, woe in zip(coefficients, evidence, strict=True)]


def scale_of(card: AnyCard) -> PointLine:
    """Return the map from predictors to points; an option that is no valid number is an error."""
    return card.point_scale().line


def has_probabilities(card: AnyCard) -> bool:
    """Tell whether points can be turned into probabilities: not where their scale is unknown."""
    return card.origin_ == "fit" or card.pdo is not None


def scaled_points(card: AnyCard, *, rounded: bool) -> tuple[list[FloatArray], float]:
    """Return the points of each bin, and the separate base points, rounded or as they are."""
    return scale_of(card).points(
        contributions_of(card),
        event_intercept(card),
        card.active_,
        spread=card.intercept == "spread",
        rounded=rounded,
    )


def training_weights(bins: FeatureBins) -> FloatArray | None:
    """Return the weight of the training rows of each bin; None where they were not counted."""
    if bins.table is None:
        return None
    return bins.table.weight

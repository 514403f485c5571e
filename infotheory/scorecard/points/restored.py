"""A fitted card put together from its parts: bins, points and base that were read somewhere."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
from sklearn.frozen import FrozenEstimator

from infotheory._target_kinds import TargetKind
from infotheory._typing import FloatArray
from infotheory.binning import FeatureBins
from infotheory.binning.features import FittedBinner
from infotheory.scorecard.points.fitted import AnyCard, kind_of
from infotheory.scorecard.points.learners import read_learner

__all__ = ["frozen_binner", "with_bins_and_points"]

CardT = TypeVar("CardT", bound=AnyCard)


def frozen_binner(
    features: Sequence[FeatureBins],
    *,
    named: bool,
    classes: Sequence[Any],
    audit: Sequence[dict[str, Any]] = (),
    kind: TargetKind | None = None,
    learner: Mapping[str, Any] | None = None,
    **settings: Any,
) -> FittedBinner:
    """Make a fitted binner of known bins, which is not refitted.

    ``named`` says that the features have names in X, ``classes`` are the two labels (none of a
    mean, whose target is of some ``kind``), ``learner`` is how the bins were learnt where that is
    known, ``settings`` say what they mean.
    """
    # The attributes are those that a fit would set; readers do not tell the difference.
    names = [bins.name for bins in features]
    binner = read_learner(learner, "$.learner", names, **settings)
    binner.features_ = {bins.name: bins for bins in features}
    binner.audit_ = list(audit)
    binner.n_features_in_ = len(features)
    if kind is None:
        binner.classes_ = np.array(classes)
        binner.event_label_ = classes[1] if binner.event_label is None else binner.event_label
    else:
        binner.target_kind_, binner.target_type_ = kind, kind.kind
    if named:
        binner.feature_names_in_ = np.array([bins.name for bins in features], dtype=object)
    frozen: FittedBinner = FrozenEstimator(binner)
    return frozen


def with_bins_and_points(
    card: CardT,
    binner: FittedBinner,
    points: Mapping[str, FloatArray],
    base: float,
    origin: str,
) -> CardT:
    """Make an unfitted card a fitted one with these bins and points, without a regression."""
    card.binner_ = binner
    if kind_of(card) is None:
        vars(card).update(classes_=binner.classes_, event_label_=binner.event_label_)
    card.n_features_in_ = binner.n_features_in_
    if hasattr(binner, "feature_names_in_"):
        card.feature_names_in_ = binner.feature_names_in_

    card.points_, card.base_, card.origin_ = dict(points), base, origin
    return card

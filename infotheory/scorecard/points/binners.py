"""The binner of a card: fitted with it, or taken as it is."""

import inspect
from collections.abc import Sequence
from typing import Any

from sklearn.base import BaseEstimator, clone
from sklearn.frozen import FrozenEstimator
from sklearn.utils.validation import check_is_fitted

from infotheory._row_order import warn_of_row_order
from infotheory._target import TargetLabels, same_label
from infotheory._target_kinds import TargetKind
from infotheory._typing import ArrayLike
from infotheory.binning import OptimalBinner
from infotheory.binning.features import FittedBinner
from infotheory.binning.prebins.learnt_evidence import check_evidence_options
from infotheory.binning.prebins.options import refuse_periods
from infotheory.engines import Frame

__all__ = [
    "binner_of_kind",
    "fit_binner",
    "fit_binner_on_frame",
    "kind_of_binner",
    "labels_of_card",
    "with_event",
]

#: What to do where a card passes no periods to its binner.
_FREEZE = (
    "fit the binner first, with binner.fit(X, y, periods=), and give the card scikit-learn's "
    "FrozenEstimator(binner)"
)


def fit_binner(
    binner: BaseEstimator | None,
    X: Any,
    y: ArrayLike,
    sample_weight: ArrayLike | None,
    protected: Any,
    *,
    event_label: Any = None,
) -> FittedBinner:
    """Fit a clone of the binner (``OptimalBinner()`` when None); a frozen one is only checked."""
    warn_of_row_order(X=X, y=y, sample_weight=sample_weight, protected=protected)
    unfitted = with_event(_cloned(binner, protected), event_label)
    if isinstance(unfitted, FrozenEstimator):
        return unfitted
    refuse_periods(unfitted, "a card", _FREEZE)

    # Not every binner takes the argument, so it is passed on only where somebody gave it.
    groups = {} if protected is None else {"protected": protected}
    fitted: FittedBinner = unfitted.fit(X, y, sample_weight=sample_weight, **groups)
    return fitted


def fit_binner_on_frame(
    binner: BaseEstimator | None,
    frame: Frame,
    target: str,
    *,
    protected: str | Sequence[str] | None,
    features: Sequence[str] | None,
    event_label: Any = None,
    **options: Any,
) -> FittedBinner:
    """Fit a clone of the binner on a frame of any engine; a frozen one is only checked.

    ``options`` are further arguments of its ``fit_frame``.
    """
    unfitted = with_event(_cloned(binner, protected), event_label)
    if not isinstance(unfitted, FrozenEstimator):
        refuse_periods(unfitted, "a card", _FREEZE)
        fitted: FittedBinner = unfitted.fit_frame(
            frame, target, protected=protected, features=features, **options
        )
        return fitted

    known = list(unfitted.features_)
    if features is not None and list(features) != known:
        message = (
            f"features must be those of the frozen binner {known}, or None, got {list(features)}"
        )
        raise ValueError(message)
    return unfitted


def with_event(binner: BaseEstimator, event_label: Any) -> BaseEstimator:
    """Name the event to an unfitted binner, so that it is decided, and warned of, in one place."""
    if event_label is None or isinstance(binner, FrozenEstimator):
        return binner

    of_binner = binner.get_params(deep=False).get("event_label")
    if of_binner is not None and not same_label(of_binner, event_label):
        message = (
            f"event_label must be that of the binner, {of_binner!r}, or None, got {event_label!r}; "
            "name the event in one of the two places"
        )
        raise ValueError(message)
    return binner.set_params(event_label=event_label)


def labels_of_card(binner: FittedBinner, present: Sequence[Any], event_label: Any) -> TargetLabels:
    """Labels of the rows of a card, of which those that are ``present`` are known.

    They are those of the binner that was fitted on these rows; a frozen one must mean the same
    event.
    """
    known = TargetLabels.of(binner)
    return known.beside(present, event_label) if isinstance(binner, FrozenEstimator) else known


def binner_of_kind(binner: BaseEstimator | None, target_type: str) -> BaseEstimator:
    """Clone the binner of a card of a mean, and tell it what the target is; a frozen one stays."""
    if binner is None:
        return OptimalBinner(target_type=target_type)
    if isinstance(binner, FrozenEstimator):
        return binner

    cloned = clone(binner)
    named = cloned.get_params(deep=False).get("target_type")
    if named is None:
        message = (
            f"a card of a mean needs a binner that takes target_type, got {type(binner).__name__}, "
            "which is for two classes; use OptimalBinner"
        )
        raise ValueError(message)
    if named not in ("binary", target_type):  # "binary" is what it says by itself
        message = (
            f"target_type must be that of the binner, {named!r}, got {target_type!r}; name it in "
            "one of the two places"
        )
        raise ValueError(message)
    return cloned.set_params(target_type=target_type)


def kind_of_binner(binner: FittedBinner, target_type: str) -> TargetKind:
    """Return what the binner of a card of a mean learnt of its target."""
    kind: TargetKind | None = getattr(binner, "target_kind_", None)
    if kind is None or kind.kind != target_type:
        named = "binary" if kind is None else kind.kind
        message = (
            f"the binner must have learnt target_type={target_type!r}, got one of {named!r}; name "
            "its target_type, or fit a binner on this target"
        )
        raise ValueError(message)
    return kind


def _cloned(binner: BaseEstimator | None, protected: Any) -> BaseEstimator:
    """Clone the binner; it must take protected attributes where they are given.

    A frozen one must hold all that a card needs.
    """
    cloned = OptimalBinner() if binner is None else clone(binner)
    if not hasattr(cloned, "bin_codes"):
        message = (
            "binner must be a binner of infotheory.binning, or a fitted one in scikit-learn's "
            f"FrozenEstimator, got {type(cloned).__name__}"
        )
        raise TypeError(message)
    is_frozen = isinstance(cloned, FrozenEstimator)
    # A frozen binner learns nothing, so that groups would be ignored without a word.
    if protected is not None and (
        is_frozen or "protected" not in inspect.signature(cloned.fit).parameters
    ):
        message = (
            "protected needs a binner whose fit takes it (FairBinner), got "
            f"{type(cloned).__name__}; leave it out"
        )
        raise ValueError(message)

    if is_frozen:
        check_is_fitted(cloned)
        absent = [name for name, bins in cloned.features_.items() if bins.woe is None]
        if absent:
            message = (
                f"a frozen binner must hold weights of evidence, got none of {absent[:3]} (bins of "
                "a card from another package); fit a binner on rows"
            )
            raise ValueError(message)
        check_evidence_options(cloned)
    return cloned

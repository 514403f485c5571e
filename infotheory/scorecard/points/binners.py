"""The binner of a card: fitted with it, or taken as it is."""

import inspect
from collections.abc import Sequence
from typing import Any

from sklearn.base import BaseEstimator, clone
from sklearn.frozen import FrozenEstimator
from sklearn.utils.validation import check_is_fitted

from infotheory._typing import ArrayLike
from infotheory.binning import OptimalBinner
from infotheory.binning.features import FittedBinner
from infotheory.engines import Frame

__all__ = ["fit_binner", "fit_binner_on_frame"]


def fit_binner(
    binner: BaseEstimator | None,
    X: Any,
    y: ArrayLike,
    sample_weight: ArrayLike | None,
    protected: Any,
) -> FittedBinner:
    """Fit a clone of the binner (``OptimalBinner()`` when None); a frozen one is only checked."""
    unfitted = _cloned(binner, protected)
    if isinstance(unfitted, FrozenEstimator):
        return unfitted

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
    **options: Any,
) -> FittedBinner:
    """Fit a clone of the binner on a frame of any engine; a frozen one is only checked.

    ``options`` are further arguments of its ``fit_frame``.
    """
    unfitted = _cloned(binner, protected)
    if not isinstance(unfitted, FrozenEstimator):
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


def _cloned(binner: BaseEstimator | None, protected: Any) -> BaseEstimator:
    """Clone the binner; it must take protected attributes where they are given.

    A frozen one must hold all that a card needs.
    """
    cloned = OptimalBinner() if binner is None else clone(binner)
    is_frozen = isinstance(cloned, FrozenEstimator)
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
    return cloned

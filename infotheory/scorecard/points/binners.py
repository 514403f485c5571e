"""The binner of a card: fitted with it, or taken as it is."""

import inspect
from collections.abc import Sequence
from typing import Any

from sklearn.base import clone
from sklearn.frozen import FrozenEstimator
from sklearn.utils.validation import check_is_fitted

from infotheory._typing import ArrayLike
from infotheory.binning import OptimalBinner
from infotheory.engines import Frame

__all__ = ["fit_binner", "fit_binner_on_frame"]


def fit_binner(
    binner: Any, X: Any, y: ArrayLike, sample_weight: ArrayLike | None, protected: Any
) -> Any:
    """Fit a clone of the binner; a frozen one is only checked.

    Parameters
    ----------
    binner : estimator or None
        The binner; ``OptimalBinner()`` when None.
    X : array-like or frame of shape (n_rows, n_features)
        The features.
    y : array-like of shape (n_rows,)
        The labels.
    sample_weight : array-like of shape (n_rows,) or None
        Sampling weights.
    protected : array-like, frame or None
        Protected attributes, passed on where they are given.

    Returns
    -------
    estimator
        The fitted binner.

    Raises
    ------
    ValueError
        If ``protected`` is given and the binner has no use for it, or a frozen binner has no
        weights of evidence.
    """
    chosen = _chosen(binner, protected)
    if isinstance(chosen, FrozenEstimator):
        return chosen
    known = {} if protected is None else {"protected": protected}
    return chosen.fit(X, y, sample_weight=sample_weight, **known)


def fit_binner_on_frame(
    binner: Any,
    frame: Frame,
    target: str,
    *,
    protected: Any,
    features: Sequence[str] | None,
    **options: Any,
) -> Any:
    """Fit a clone of the binner on a frame of any engine; a frozen one is only checked.

    Parameters
    ----------
    binner : estimator or None
        The binner; ``OptimalBinner()`` when None.
    frame : Frame
        The rows.
    target : str
        Column of the labels.
    protected : str, sequence of str or None
        Columns of protected attributes.
    features : sequence of str or None
        Columns of the features.
    **options : object
        Further arguments of ``fit_frame`` of the binner.

    Returns
    -------
    estimator
        The fitted binner.

    Raises
    ------
    ValueError
        If ``protected`` is given and the binner has no use for it, or a frozen binner has no
        weights of evidence or other features.
    """
    chosen = _chosen(binner, protected)
    if not isinstance(chosen, FrozenEstimator):
        return chosen.fit_frame(frame, target, protected=protected, features=features, **options)
    if features is not None and list(features) != list(chosen.specs_):
        message = (
            f"features must be those of the frozen binner {list(chosen.specs_)}, or None, got "
            f"{list(features)}"
        )
        raise ValueError(message)
    return chosen


def _chosen(binner: Any, protected: Any) -> Any:
    """Clone the binner, and check that it can be fitted with these attributes or is frozen with all that is needed."""
    chosen = OptimalBinner() if binner is None else clone(binner)
    frozen = isinstance(chosen, FrozenEstimator)
    if protected is not None and (
        frozen or "protected" not in inspect.signature(chosen.fit).parameters
    ):
        message = (
            "protected needs a binner whose fit takes it (FairBinner), got "
            f"{type(chosen).__name__}; leave it out"
        )
        raise ValueError(message)
    if frozen:
        check_is_fitted(chosen)
        absent = [name for name in chosen.specs_ if name not in chosen.woe_]
        if absent:
            message = (
                f"a frozen binner must hold weights of evidence, got none of {absent[:3]} (bins of "
                "a card from another "
                "package); fit a binner on rows"
            )
            raise ValueError(message)
    return chosen

"""The binner of a card: fitted, or taken as it is, and asked for codes."""

import inspect
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator
from sklearn.utils.validation import check_is_fitted

from infotheory._typing import ArrayLike, FloatArray, IntArray
from infotheory._warnings import warn
from infotheory.binning import OptimalBinner
from infotheory.engines import Frame
from infotheory.exceptions import UnseenValueWarning

__all__ = ["check_points", "codes_with_warning", "fit_binner", "fit_binner_on_frame", "sum_by_code"]


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


def codes_with_warning(binner: Any, X: Any) -> IntArray:
    """Bin codes of rows, with one warning for all values that the training rows never had.

    Parameters
    ----------
    binner : estimator
        Fitted binner.
    X : array-like or frame of shape (n_rows, n_features)
        The features of the fit.

    Returns
    -------
    ndarray of shape (n_rows, n_features)
        Codes.
    """
    codes: IntArray = binner.bin_codes(X)
    unseen = {}
    for (name, spec), column in zip(binner.specs_.items(), codes.T, strict=True):
        empty = np.arange(spec.n_codes) == spec.unseen_code
        if name in binner.tables_:
            empty[:-1] = binner.tables_[name].without_groups().counts.sum(axis=1) == 0.0
        unseen[name] = int(empty[column].sum())
    if any(unseen.values()):
        shown = ", ".join(f"{name}: {count} rows" for name, count in unseen.items() if count)
        given = "weight of evidence 0" if binner.woe_ else "the points of unseen values"
        message = f"X holds values that the training rows never had ({shown}); they get {given}"
        warn(message, UnseenValueWarning)
    return codes


def check_points(codes: IntArray, points: Mapping[str, FloatArray], origin: str) -> None:
    """Raise ValueError where a row falls into a bin whose points are not known (NaN).

    Parameters
    ----------
    codes : ndarray of shape (n_rows, n_features)
        Bin codes.
    points : mapping of str to ndarray
        Points by code of each characteristic.
    origin : str
        Where the card comes from.
    """
    for (name, table), column in zip(points.items(), codes.T, strict=True):
        unknown = np.isnan(table)
        count = int(unknown[column].sum()) if unknown.any() else 0
        if count:
            message = (
                f"every value must have points in the export of {origin}, got {count} rows of "
                f"feature {name!r} "
                "with a missing, special or unseen value that it does not list; pass unlisted= to "
                "give these points"
            )
            raise ValueError(message)


def sum_by_code(codes: IntArray, tables: Sequence[FloatArray], start: float) -> FloatArray:
    """Add up what each feature gives a row: points, or terms of log odds.

    Parameters
    ----------
    codes : ndarray of shape (n_rows, n_features)
        Bin codes.
    tables : sequence of ndarray
        Value by code, one array a feature.
    start : float
        Value before the first feature.

    Returns
    -------
    ndarray of shape (n_rows,)
        The sums.

    Examples
    --------
    >>> sum_by_code(np.array([[0, 1], [1, 1]]), [np.array([1.0, 2.0]), np.array([10.0, 20.0])], 100.0).tolist()
    [121.0, 122.0]
    """
    total = np.full(len(codes), start)
    for table, column in zip(tables, codes.T, strict=True):
        total += table[column]
    return total

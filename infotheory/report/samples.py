"""The rows of one sample as the report sees them: columns, target, points, probabilities, groups."""

from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from infotheory._typing import ArrayLike, FloatArray
from infotheory._validation import as_weights, check_length

__all__ = ["Sample", "as_frame", "event_label", "make_sample"]


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """One sample.

    Parameters
    ----------
    name : str
        "train" or "hold-out".
    X : DataFrame of shape (n_rows, n_columns)
        All columns given, those outside the card included.
    target : ndarray of shape (n_rows,)
        1.0 for an event.
    weights : ndarray of shape (n_rows,) or None
        Sampling weights.
    points, probability : ndarray of shape (n_rows,)
        Score of the card, and its probability of an event.
    protected : DataFrame or None
        Group of each row as text, one column an attribute.
    """

    name: str
    X: pd.DataFrame
    target: FloatArray
    weights: FloatArray | None
    points: FloatArray
    probability: FloatArray
    protected: pd.DataFrame | None


def event_label(card: Any) -> Any:
    """Label of the event of a fitted card.

    Parameters
    ----------
    card : Scorecard
        The fitted card.

    Returns
    -------
    object
        One of ``card.classes_``.
    """
    label = card.binner_.event_label
    return card.classes_.tolist()[1] if label is None else label


def as_frame(X: Any) -> pd.DataFrame:
    """Return a data set in memory as a pandas frame; columns of an array are named ``x0``, ``x1``, ...

    Parameters
    ----------
    X : array-like or frame
        Two-dimensional data.

    Returns
    -------
    DataFrame
        The frame.

    Raises
    ------
    ValueError
        If X is not two-dimensional or has no rows.
    """
    native = nw.from_native(X, eager_only=True, pass_through=True)
    if isinstance(native, nw.DataFrame):
        frame = X if isinstance(X, pd.DataFrame) else native.to_pandas()
    else:
        array = np.asarray(X)
        if array.ndim != 2:
            message = f"X must have two dimensions, rows and columns, got shape {array.shape}"
            raise ValueError(message)
        frame = pd.DataFrame(array, columns=[f"x{i}" for i in range(array.shape[1])])
    if len(frame) == 0:
        message = f"X must hold rows, got shape {frame.shape}"
        raise ValueError(message)
    return frame


def make_sample(
    name: str, card: Any, X: Any, y: ArrayLike, *, sample_weight: ArrayLike | None = None, protected: Any = None
) -> Sample:
    """Check the rows of a sample and score them.

    Parameters
    ----------
    name : str
        Name of the sample, for tables and messages.
    card : Scorecard
        The fitted card.
    X : array-like or frame of shape (n_rows, n_columns)
        At least the columns of the card.
    y : array-like of shape (n_rows,)
        Labels; both classes occur.
    sample_weight : array-like of shape (n_rows,), optional
        Sampling weights.
    protected : Series, frame or array, optional
        One column an attribute.

    Returns
    -------
    Sample
        The sample.

    Raises
    ------
    ValueError
        If a column of the card is absent, labels are not those of the card, a class is absent, lengths differ, or an
        attribute has one group.
    """
    frame = as_frame(X)
    names = list(card.binner_.specs_)
    absent = [column for column in names if column not in frame.columns]
    if absent:
        message = f"X of the {name} sample must hold every column of the card, got none named {absent[:5]}"
        raise ValueError(message)
    labels = check_length("y", y, len(frame))
    found = pd.unique(labels).tolist()
    if not set(found) <= set(card.classes_.tolist()):
        message = f"y of the {name} sample must hold the labels of the card {card.classes_.tolist()}, got {found[:5]}"
        raise ValueError(message)
    if len(found) != 2:
        message = f"y of the {name} sample must hold two classes, got one class: {found[0]!r}"
        raise ValueError(message)
    label = event_label(card)
    used = frame[names] if hasattr(card, "feature_names_in_") else frame[names].to_numpy()
    return Sample(
        name=name,
        X=frame,
        target=np.asarray(labels == label, dtype=np.float64),
        weights=as_weights(sample_weight, len(frame)),
        points=card.predict_points(used),
        probability=card.predict_proba(used)[:, card.classes_.tolist().index(label)],
        protected=None if protected is None else _groups(name, protected, len(frame)),
    )


def _groups(name: str, protected: Any, n_rows: int) -> pd.DataFrame:
    """Read protected attributes as text; missing values are a group of their own."""
    if isinstance(protected, pd.Series):
        frame = protected.to_frame(protected.name if protected.name is not None else "group")
    elif np.ndim(protected) == 1:
        frame = pd.DataFrame({"group": np.asarray(protected)})
    else:
        frame = as_frame(protected)
    if len(frame) != n_rows:
        message = f"protected of the {name} sample must have one row for each of {n_rows} rows of X, got {len(frame)}"
        raise ValueError(message)
    text = frame.astype(object).where(frame.notna(), "missing").astype(str).reset_index(drop=True)
    for attribute in text.columns:
        if text[attribute].nunique() < 2:
            message = (
                f"a protected attribute must have at least two groups, got only {text[attribute].iloc[0]!r} in "
                f"{attribute!r} of the {name} sample"
            )
            raise ValueError(message)
    return text

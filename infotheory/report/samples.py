"""The rows of one sample as the report sees them: columns, target, bins, score, probabilities, groups."""

from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from infotheory._typing import ArrayLike, FloatArray, IntArray
from infotheory._validation import as_weights, check_length
from infotheory.report.models import Model, check_columns

__all__ = ["Sample", "as_frame", "check_target", "make_sample"]


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """One sample.

    Parameters
    ----------
    name : str
        "train" or "hold-out".
    X : DataFrame of shape (n_rows, n_columns)
        All columns given, those outside the model included.
    target : ndarray of shape (n_rows,)
        1.0 for an event.
    weights : ndarray of shape (n_rows,) or None
        Sampling weights.
    codes : ndarray of shape (n_rows, n_features)
        Bin codes of the columns of the model, in a small integer type.
    score, probability : ndarray of shape (n_rows,)
        Score of the model, higher is safer, and its probability of an event.
    protected : DataFrame or None
        Group of each row as text, one column an attribute.
    """

    name: str
    X: pd.DataFrame
    target: FloatArray
    weights: FloatArray | None
    codes: IntArray
    score: FloatArray
    probability: FloatArray
    protected: pd.DataFrame | None


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
    name: str,
    model: Model,
    X: Any,
    y: ArrayLike,
    *,
    sample_weight: ArrayLike | None = None,
    protected: Any = None,
) -> Sample:
    """Check the rows of a sample, find their bins and score them.

    Parameters
    ----------
    name : str
        Name of the sample, for tables and messages.
    model : Model
        The fitted model.
    X : array-like or frame of shape (n_rows, n_columns)
        At least the columns of the model.
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
        If a column of the model is absent, labels are not those of the model, a class is absent,
        lengths differ, or an attribute has one group.
    """
    frame = as_frame(X)
    check_columns(model, frame, name)
    target = check_target(name, model, y, len(frame))
    codes = model.binner.bin_codes(model.rows(frame))
    codes = codes.astype(np.int16 if codes.max() <= np.iinfo(np.int16).max else np.int32, order="F")
    score, probability = model.scores(frame, codes)
    return Sample(
        name=name,
        X=frame,
        target=target,
        weights=as_weights(sample_weight, len(frame)),
        codes=codes,
        score=score,
        probability=probability,
        protected=None if protected is None else _groups(name, protected, len(frame)),
    )


def check_target(name: str, model: Model, y: ArrayLike, n_rows: int) -> FloatArray:
    """Return 1.0 for each event, or raise ValueError where labels are not those of the model.

    Parameters
    ----------
    name : str
        Name of the sample, for messages.
    model : Model
        The fitted model.
    y : array-like of shape (n_rows,)
        Labels; both classes occur.
    n_rows : int
        Wanted length.

    Returns
    -------
    ndarray of shape (n_rows,)
        1.0 for an event, 0.0 for a non-event.
    """
    labels = check_length("y", y, n_rows)
    found = pd.unique(labels).tolist()
    if not set(found) <= set(model.classes):
        message = (
            f"y of the {name} sample must hold the labels of the model {model.classes}, got "
            f"{found[:5]}"
        )
        raise ValueError(message)
    if len(found) != 2:
        message = f"y of the {name} sample must hold two classes, got one class: {found[0]!r}"
        raise ValueError(message)
    return np.asarray(labels == model.event, dtype=np.float64)


def _groups(name: str, protected: Any, n_rows: int) -> pd.DataFrame:
    """Read protected attributes as text; missing values are a group of their own."""
    if isinstance(protected, pd.Series):
        frame = protected.to_frame(protected.name if protected.name is not None else "group")
    elif np.ndim(protected) == 1:
        frame = pd.DataFrame({"group": np.asarray(protected)})
    else:
        frame = as_frame(protected)
    if len(frame) != n_rows:
        message = (
            f"protected of the {name} sample must have one row for each of {n_rows} rows of X, got "
            f"{len(frame)}"
        )
        raise ValueError(message)
    text = {str(attribute): _as_text(column) for attribute, column in frame.items()}
    for attribute, column in text.items():
        if len(column.categories) < 2:
            message = (
                f"a protected attribute must have at least two groups, got only {column[0]!r} in "
                f"{attribute!r} of the {name} sample"
            )
            raise ValueError(message)
    return pd.DataFrame(text)


def _as_text(column: pd.Series) -> pd.Categorical:
    """Distinct values as text, each row a code of one of them, in the order of the texts."""
    codes, found = pd.factorize(column)
    texts = np.array([*map(str, found), "missing"], dtype=object)[codes]
    return pd.Categorical(texts)

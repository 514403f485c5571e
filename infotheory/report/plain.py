"""Results to plain data that JSON can hold: the one place where a number becomes a dict entry."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from infotheory.inference import Estimate

__all__ = ["estimate_entry", "plain", "records"]


def estimate_entry(estimate: Estimate, level: float) -> dict[str, Any]:
    """Value, standard error, interval, p-value and what made them.

    Parameters
    ----------
    estimate : Estimate
        The result.
    level : float
        Coverage of the interval.

    Returns
    -------
    dict
        Keys value, standard_error, low, high, p_value, method, law.

    Examples
    --------
    >>> entry = estimate_entry(Estimate(value=0.5, standard_error=0.1, method="mean"), level=0.95)
    >>> round(entry["low"], 3), entry["law"], entry["p_value"]
    (0.304, 'normal', None)
    """
    low, high = estimate.interval(level)
    return {
        "value": estimate.value,
        "standard_error": estimate.standard_error,
        "low": low,
        "high": high,
        "p_value": estimate.p_value,
        "method": estimate.method,
        "law": estimate.law.name,
    }


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows of a frame as dicts with string keys; the index is dropped.

    Parameters
    ----------
    frame : DataFrame
        The frame.

    Returns
    -------
    list of dict
        One dict a row.
    """
    names = [str(name) for name in frame.columns]
    return [dict(zip(names, row, strict=True)) for row in frame.itertuples(index=False, name=None)]


def plain(value: Any) -> Any:  # noqa: PLR0911 - one line a type
    """Turn a nested result into lists, dicts, strings, numbers and None; a number that is not finite becomes None.

    Parameters
    ----------
    value : object
        Mappings, sequences, arrays, frames' records, numpy scalars; anything else is written as
        ``str(value)``.

    Returns
    -------
    object
        What ``json.dumps(..., allow_nan=False)`` takes.

    Examples
    --------
    >>> plain({"a": np.array([1.0, np.nan]), 2: np.int64(3), "c": pd.NA})
    {'a': [1.0, None], '2': 3, 'c': None}
    """
    if value is None or value is pd.NA or isinstance(value, str | bool):
        return value if value is not pd.NA else None
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): plain(entry) for key, entry in value.items()}
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, Sequence):
        return [plain(entry) for entry in value]
    return str(value)

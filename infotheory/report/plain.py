"""Results to plain data that JSON can hold: the one place where a number becomes a dict entry.

Sections of a report return estimates and tables as they are; they become dicts and lists here,
once, when the summary is whole.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from infotheory.inference import Estimate

__all__ = ["Measured", "plain", "records"]

#: Types of nearly all numbers and texts.
_SCALARS = frozenset({bool, int, float, str, np.bool_, np.float64, np.int64})


@dataclass(frozen=True, slots=True)
class Measured:
    """An estimate as a row of a table: what was measured, where, and the result."""

    # First entries of the row
    labels: dict[str, str]
    # The result, whose parts follow
    estimate: Estimate


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows of a table as dicts with string keys; the index is dropped."""
    names = [str(name) for name in table.columns]
    return [dict(zip(names, row, strict=True)) for row in table.itertuples(index=False, name=None)]


def plain(value: Any, level: float) -> Any:
    """Turn a nested result into lists, dicts, strings, numbers and None.

    Examples
    --------
    >>> plain({"a": np.array([1.0, np.nan]), 2: np.int64(3), "c": pd.NA}, level=0.95)
    {'a': [1.0, None], '2': 3, 'c': None}
    >>> entry = plain(Estimate(value=0.5, standard_error=0.1, method="mean"), level=0.95)
    >>> round(entry["low"], 3), entry["low_status"], entry["law"], entry["p_value"]
    (0.304, 'estimated', 'normal', None)
    """
    if value is None or type(value) in _SCALARS:
        return _plain_scalar(value)  # most entries: what follows asks for protocols, which is slow
    if isinstance(value, Estimate):
        return _plain_scalars(_estimate_entry(value, level))
    if isinstance(value, Measured):
        return value.labels | plain(value.estimate, level)

    # Tables become lists of dicts and arrays lists, whose entries go the way of all others.
    if isinstance(value, pd.DataFrame):
        value = records(_with_statuses(value))
    elif isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, Mapping):
        return {str(key): plain(entry, level) for key, entry in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [plain(entry, level) for entry in value]
    return _plain_scalar(value)


def _plain_scalars(entries: dict[str, Any]) -> dict[str, Any]:
    return {key: _plain_scalar(entry) for key, entry in entries.items()}


def _plain_scalar(value: Any) -> str | bool | int | float | None:
    """One value; JSON knows neither NaN nor infinity, so these become None."""
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or value is pd.NA:
        return None
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if isinstance(value, str | bool | int | float) else str(value)


def _estimate_entry(estimate: Estimate, level: float) -> dict[str, Any]:
    """Value, standard error, interval, p-value, what made them, and why something is not shown."""
    row = estimate.to_row(level)
    return {
        **row,
        "low_status": _status(row["low"]),
        "high_status": _status(row["high"]),
        "method": estimate.method,
        "law": estimate.law.name,
        "reason": estimate.reason,
    }


def _status(end: float) -> str:
    """Kind of an end of an interval: JSON has null for both kinds of missing ends."""
    if math.isnan(end):
        return "withheld"
    return "unbounded" if math.isinf(end) else "estimated"


def _with_statuses(table: pd.DataFrame) -> pd.DataFrame:
    """Say beside the ends of intervals which are not bounded, where a table has such ends."""
    # JSON has null for infinity as well as for what is withheld; a table that holds no infinity
    # needs no second column.
    ends = [name for name in map(str, table.columns) if name.rpartition("_")[2] in ("low", "high")]
    statuses = {
        f"{name}_status": [_status(end) for end in table[name].astype(np.float64)]
        for name in ends
        if pd.api.types.is_numeric_dtype(table[name]) and np.isinf(table[name]).any()
    }
    return table.assign(**statuses)

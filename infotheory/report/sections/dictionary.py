"""The data dictionary: what columns mean, and what they hold."""

from typing import Any

import pandas as pd

from infotheory.report.subject import Subject

__all__ = ["dictionary_section"]

_MOST_LEVELS = 5
_MOST_LETTERS = 60


def dictionary_section(subject: Subject) -> dict[str, Any]:
    """Say of each column what it means and what the training rows hold."""
    frame, meanings = subject.train.frame, subject.settings.descriptions
    unknown = [name for name in meanings if name not in frame.columns]
    if unknown:
        message = f"descriptions must be of columns of X, got {unknown[0]!r}"
        raise ValueError(message)
    kinds = {
        name: bins.spec.kind
        for columns in subject.columns
        for name, bins in columns.binner.features_.items()
    }
    return {"dictionary": [_entry(frame[n], kinds[n], meanings.get(n, "")) for n in kinds]}


def _entry(column: "pd.Series", kind: str, meaning: str) -> dict[str, Any]:
    values = column.dropna()
    return {
        "feature": str(column.name),
        "description": meaning,
        "dtype": kind,
        "storage": str(column.dtype),
        "missing": int(column.isna().sum()),
        "distinct": int(values.nunique()),
        "values": _range(values, kind),
    }


def _range(values: "pd.Series", kind: str) -> str:
    """Smallest, median and largest number, or the most frequent levels."""
    if values.empty:
        return ""
    if kind == "numerical":
        numbers = pd.to_numeric(values)
        low, middle, high = (f"{x:.6g}" for x in numbers.quantile([0.0, 0.5, 1.0]))
        return f"{low} to {high}, median {middle}"
    # As text: levels may be numbers, and truth, beside words.
    frequent = values.astype(str).value_counts()
    levels = [_short(level) for level in frequent.index[:_MOST_LEVELS]]
    return ", ".join(levels) + (", ..." if len(frequent) > _MOST_LEVELS else "")


def _short(level: str) -> str:
    return level if len(level) <= _MOST_LETTERS else f"{level[: _MOST_LETTERS - 3]}..."

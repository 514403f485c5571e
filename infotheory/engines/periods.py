"""The order of periods: by their time, category or number, never by the alphabet."""

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from infotheory._typing import IntArray
from infotheory.engines.frames import Frame

__all__ = ["order_of_labels", "ordered_periods", "periods_of_frame"]

_MONTH = re.compile(r"(\d{4})-?(0[1-9]|1[0-2])")
_QUARTER = re.compile(r"(\d{4})-?[Qq]([1-4])")
_YEAR = re.compile(r"\d{4}")


def ordered_periods(
    what: str,
    values: "pd.Series[Any]",
    period_order: Sequence[Any] | None = None,
    *,
    in_memory: bool = True,
    categories: Sequence[Any] | None = None,
) -> tuple[IntArray, tuple[str, ...]]:
    """Position of the period of each row, and the names of the periods in their order.

    Dates, text that all reads as dates, months or quarters, numbers and ordered categories have an
    order of their own; other text that of its rows, where these lie in memory in blocks.

    Raises
    ------
    ValueError
        If a period is missing, the order is not known, or ``period_order`` does not name a period.
    """
    if values.isna().any():
        message = (
            f"{what} must be known of every row, got rows where it is missing; drop them, or name "
            "what is missing"
        )
        raise ValueError(message)
    if isinstance(values.dtype, pd.CategoricalDtype):
        categories = list(values.cat.categories) if values.cat.ordered else categories
        values = values.astype(values.cat.categories.dtype)

    codes, distinct = pd.factorize(values)
    # As many changes from row to row as labels: each label is one block of rows.
    is_block = in_memory and bool(np.count_nonzero(np.diff(codes)) == len(distinct) - 1)
    names = [str(name) for name in pd.Index(distinct).astype(str)]
    order = order_of_labels(
        what, list(distinct), names, period_order, categories=categories, is_block=is_block
    )
    place = np.empty(len(order), dtype=np.intp)
    place[order] = np.arange(len(order))
    return place[codes], tuple(names[i] for i in order)


def order_of_labels(
    what: str,
    labels: Sequence[Any],
    names: Sequence[str],
    period_order: Sequence[Any] | None,
    *,
    categories: Sequence[Any] | None = None,
    is_block: bool = False,
) -> list[int]:
    """Return the places of distinct labels in the order of time; they come as they appear."""
    if period_order is not None:
        return _stated_order(what, names, period_order)
    places = range(len(labels))
    if categories is not None:
        rank = {str(category): i for i, category in enumerate(categories)}
        return sorted(places, key=lambda i: rank[str(labels[i])])

    keys = _times(labels)
    if keys is not None:
        twice = [names[i] for i in places if keys.index(keys[i]) != i]
        if twice:
            message = (
                f"{what} must write each period in one way, got {twice[0]!r} beside "
                f"{names[keys.index(keys[names.index(twice[0])])]!r}"
            )
            raise ValueError(message)
        return sorted(places, key=keys.__getitem__)
    if is_block or len(labels) < 2:
        return list(places)

    message = (
        f"the order of {what} must be known, got text such as {', '.join(map(repr, names[:3]))}, "
        "which is no time and not in one block of rows for each period; pass "
        f"period_order=[{names[0]!r}, ...] from the first to the last, or dates, or months such "
        "as '2024-05'"
    )
    raise ValueError(message)


def periods_of_frame(
    frame: Frame, column: str, names: Sequence[str], period_order: Sequence[Any] | None
) -> list[int]:
    """Return the places of the texts of the periods of a frame, in the order of time.

    The first row of each period tells an order only where the frame lies in memory.
    """
    what, dtype = f"periods in column {column!r}", frame.dtypes[column]
    if dtype.is_numeric():
        return order_of_labels(what, [float(name) for name in names], names, period_order)
    categories = dtype.categories if isinstance(dtype, nw.Enum) else None
    if frame.eager and categories is None and period_order is None and _times(names) is None:
        appearing, is_block = _appearance(frame, column)
        order = order_of_labels(what, appearing, appearing, None, is_block=is_block)
        return [names.index(appearing[i]) for i in order]
    return order_of_labels(what, names, names, period_order, categories=categories)


def _appearance(frame: Frame, column: str) -> tuple[list[str], bool]:
    """Return the texts of a column in memory as they appear, and whether each is one block."""
    codes, distinct = pd.factorize(frame.lazy().select(column).collect()[column].to_numpy())
    return [str(value) for value in distinct], bool(
        np.count_nonzero(np.diff(codes)) < len(distinct)
    )


def _stated_order(what: str, names: Sequence[str], period_order: Sequence[Any]) -> list[int]:
    """Return the places of periods in the order that the user states; it may hold others too."""
    if isinstance(period_order, str | bytes) or not hasattr(period_order, "__iter__"):
        message = f"period_order must be a list of periods, got {period_order!r}"
        raise ValueError(message)
    stated = [str(name) for name in pd.Index(list(period_order)).astype(str)]
    if len(set(stated)) < len(stated):
        message = f"period_order must name each period once, got {stated}"
        raise ValueError(message)

    absent = [name for name in names if name not in stated]
    if absent:
        message = f"period_order must name every one of {what}, got none of {absent[:5]}"
        raise ValueError(message)
    return sorted(range(len(names)), key=lambda i: stated.index(names[i]))


def _times(labels: Sequence[Any]) -> list[Any] | None:
    """Return what sorts labels that have an order of their own, None where they have none."""
    if not all(isinstance(label, str) for label in labels):
        try:
            sorted(labels)
        except TypeError:
            return None  # text beside numbers, dates with and without a zone
        return list(labels)

    readers: tuple[Callable[[str], Any], ...] = (_month, _quarter, _year, _moment)
    for reader in readers:
        keys = [reader(label.strip()) for label in labels]
        if all(key is not None for key in keys):
            zones = {key.tzinfo is None for key in keys if isinstance(key, datetime)}
            return keys if len(zones) < 2 else None
    return None


def _month(text: str) -> tuple[str, ...] | None:
    found = _MONTH.fullmatch(text)
    return None if found is None else found.groups()


def _quarter(text: str) -> tuple[str, ...] | None:
    found = _QUARTER.fullmatch(text)
    return None if found is None else found.groups()


def _year(text: str) -> str | None:
    return text if _YEAR.fullmatch(text) else None


def _moment(text: str) -> datetime | None:
    """Read an ISO date or time."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment

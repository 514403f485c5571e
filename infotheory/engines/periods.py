"""The order of periods: by their time, category or number, never by the alphabet."""

import re
from collections.abc import Callable, Hashable, Sequence
from datetime import datetime
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from infotheory._levels import level_text
from infotheory._numerics import refuse_masked
from infotheory._typing import FloatArray, IntArray
from infotheory._validation import (
    as_label_array,
    check_length,
    codes_of_all_rows,
    refuse_joined,
    rows_with_weight,
    warn_of_identifier,
)
from infotheory.engines.frames import Frame, array_of

__all__ = [
    "check_period_order",
    "order_if_known",
    "order_of_categories",
    "order_of_labels",
    "ordered_periods",
    "period_values",
    "periods_of_frame",
    "periods_of_rows",
]

# Digits without a dash are a year only in these centuries: "0524" may be May 2024.
_MONTH = re.compile(r"(\d{4}(?=-)|(?:19|20)\d\d)-?(0[1-9]|1[0-2])", re.ASCII)
_QUARTER = re.compile(r"(\d{4})-?[Qq]([1-4])", re.ASCII)
_UTC = {"UTC", "UCT", "ZULU", "Z", "+00:00", "UTC+00:00"}
#: Ten years of days.
MOST_PERIODS = 4000
_YEAR = re.compile(r"(?:19|20)\d\d", re.ASCII)


def check_period_order(periods: Any, period_order: Sequence[Any] | None) -> Sequence[Any] | None:
    """Return the order that the user states; ValueError where there are no periods to order."""
    if period_order is not None and periods is None:
        message = f"period_order needs periods, got periods=None with {list(period_order)[:5]}"
        raise ValueError(message)
    return period_order


def check_n_periods(what: str, n_periods: int) -> None:
    """Raise ValueError where there are more periods than anybody compares."""
    if n_periods > MOST_PERIODS:
        message = (
            f"{what} may hold {MOST_PERIODS} periods (ten years of days), got {n_periods}; cut "
            "exact times to days, months or quarters"
        )
        raise ValueError(message)


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
    """
    if values.isna().any():
        message = (
            f"{what} must be known of every row, got rows where it is missing; drop them, or name "
            "what is missing"
        )
        raise ValueError(message)
    if isinstance(values.dtype, pd.CategoricalDtype):
        categories = list(values.cat.categories) if values.cat.ordered else categories
        # As plain values: labels are then distinct values that occur, whatever categories there
        # are.
        values = values.astype(values.cat.categories.dtype)

    try:
        codes, distinct = pd.factorize(values)
    except TypeError as error:
        message = f"{what} must hold text, numbers or dates, got {values.iloc[0]!r}"
        raise TypeError(message) from error
    refuse_joined(what, distinct)
    check_n_periods(what, len(distinct))
    warn_of_identifier(what, len(distinct), len(codes))
    # As many changes from row to row as labels: each label is one block of rows.
    is_block = in_memory and bool(np.count_nonzero(np.diff(codes)) == len(distinct) - 1)
    # Labels that are tuples stay single labels, and make no index of several levels.
    labels = _plain_moments(pd.Index(distinct, tupleize_cols=False))
    names = _names_of(labels)
    order = order_of_labels(
        what, list(labels), names, period_order, categories=categories, is_block=is_block
    )
    # The inverse of the order: where each label stands in it.
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
    if len(set(names)) < len(names):
        repeated = next(name for i, name in enumerate(names) if name in names[:i])
        message = f"{what} must write each period in one way, got {repeated!r} in two types"
        raise ValueError(message)
    if period_order is not None:
        return _stated_order(what, labels, names, period_order)
    places = range(len(labels))
    if categories is not None:
        rank = {str(category): i for i, category in enumerate(categories)}
        return sorted(places, key=lambda i: rank[str(labels[i])])

    keys = _times(labels)
    if keys is not None:
        # Two texts of one time, 2024-05 and 202405, would be two periods of it.
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


def order_if_known(periods: Any, labels: Sequence[Any], codes: IntArray) -> list[int]:
    """Return the places of labels in the order of time, as they stand where none is known.

    It is for what the order decides nothing of, such as scenarios: nothing is refused.
    """
    places, categories = list(range(len(labels))), None
    series = nw.from_native(periods, series_only=True, pass_through=True)
    if isinstance(series, nw.Series):
        periods, categories = period_values(series)
    # Pandas keeps the order in the type, be it of a series or of a categorical by itself.
    declared = getattr(getattr(periods, "dtype", None), "categories", None)
    if declared is not None and periods.dtype.ordered:
        categories = list(declared)
    if categories is not None:
        rank = {str(category): i for i, category in enumerate(categories)}
        return sorted(places, key=lambda i: rank[str(labels[i])])

    keys = _times(labels)
    if keys is not None:
        return sorted(places, key=keys.__getitem__)
    is_block = np.count_nonzero(np.diff(codes)) == len(labels) - 1
    # Labels in one block of rows each stand in the order in which they appear.
    first = np.unique(codes, return_index=True)[1]
    return sorted(places, key=first.tolist().__getitem__) if is_block else places


def periods_of_frame(
    frame: Frame, column: str, names: Sequence[str], period_order: Sequence[Any] | None
) -> dict[str, str]:
    """Return the name of each period of a frame by the text of its group, in the order of time.

    The first row of each period tells an order only where the frame lies in memory.
    """
    what, dtype = f"periods in column {column!r}", frame.dtypes[column]
    # Groups come back from an engine as text: their values have the order.
    labels: Sequence[Any] = names
    if dtype.is_integer():
        labels = [int(name) for name in names]
    elif dtype.is_numeric():
        labels = [float(name) for name in names]
        refuse_joined(what, np.array(labels))
    elif dtype == nw.Boolean:
        labels = [name == "True" for name in names]
    elif isinstance(dtype, nw.Datetime):
        labels = list(_in_zone(pd.Series(pd.to_datetime(list(names))), dtype.time_zone))

    shown = list(names) if labels is names else list(pd.Index(labels).astype(str))
    if dtype.is_numeric():
        shown = list(names)  # 9, where the engine counts whole numbers, not 9.0
    categories, is_block, places = (
        order_of_categories(frame, column),
        False,
        list(range(len(names))),
    )
    if frame.eager and categories is None and period_order is None and _times(labels) is None:
        appearing, is_block = _appearance(frame, column)
        # A period of which no row has weight has rows here, and no name.
        places = [names.index(text) for text in appearing if text in names]

    order = order_of_labels(
        what,
        [labels[i] for i in places],
        [shown[i] for i in places],
        period_order,
        categories=categories,
        is_block=is_block,
    )
    return {names[places[i]]: shown[places[i]] for i in order}


def periods_of_rows(
    X: Any,
    periods: Any,
    n_rows: int,
    period_order: Sequence[Any] | None = None,
    weights: FloatArray | None = None,
) -> tuple[IntArray, tuple[str, ...]]:
    """Position of the period of each row, and the names of the periods in the order of time.

    ``periods`` is a column of X, or one value a row in anything that holds values. A period of
    which no row has weight is none; rows of weight 0 stand in the first one.
    """
    if isinstance(periods, str):
        if periods not in list(getattr(X, "columns", ())):
            message = (
                "periods must be a column of X or one value a row, got "
                f"{periods!r}, which is no column"
            )
            raise ValueError(message)
        periods = nw.to_native(X[periods], pass_through=True)
    refuse_masked("periods", periods)
    series = nw.from_native(periods, series_only=True, pass_through=True)
    if isinstance(series, nw.Series):
        values, categories = period_values(series)
    else:
        is_pandas = isinstance(periods, pd.Index | pd.api.extensions.ExtensionArray)
        labels = periods if is_pandas else as_label_array("periods", periods)
        values, categories = pd.Series(labels), None
    check_length("periods", values, n_rows)
    has_weight = rows_with_weight(weights)
    if has_weight is not None:
        values = values[has_weight].reset_index(drop=True)

    if values.isna().any():
        message = (
            "periods must name the period of every row, got a missing one in row "
            f"{int(values.isna().argmax())}"
        )
        raise ValueError(message)
    codes, names = ordered_periods("periods", values, period_order, categories=categories)
    return codes_of_all_rows(codes, has_weight), names


def order_of_categories(frame: Frame, column: str) -> Sequence[Any] | None:
    """Return the categories of a column in the order that was declared, None where none was."""
    dtype = frame.dtypes[column]
    if isinstance(dtype, nw.Enum):
        categories = list(dtype.categories)
        # DuckDB makes an ordered type of unordered categories of pandas, which lie in the order
        # of the alphabet: such an order is nobody's statement.
        unsure = frame.engine == "duckdb" and categories == sorted(categories)
        return None if unsure else categories
    if isinstance(frame.table, nw.DataFrame):
        return _arrow_order(frame.table[column].to_native())
    return None


def period_values(series: "nw.Series[Any]") -> "tuple[pd.Series[Any], Sequence[Any] | None]":
    """Return the values of a series of any library, with zones, and the order of its categories."""
    native, dtype = series.to_native(), series.dtype
    if isinstance(native, pd.Series):
        # Rows are told by their place, whatever index they came with.
        return native.reset_index(drop=True), None
    categories = list(dtype.categories) if isinstance(dtype, nw.Enum) else _arrow_order(native)
    values = pd.Series(array_of(series))
    return _in_zone(values, getattr(dtype, "time_zone", None)), categories


def _in_zone(values: "pd.Series[Any]", zone: str | None) -> "pd.Series[Any]":
    """Show moments, which arrays of numpy hold in UTC without saying so, in the user's zone."""
    if zone is None or _is_utc(zone) or not pd.api.types.is_datetime64_dtype(values):
        return values
    return values.dt.tz_localize("UTC").dt.tz_convert(zone)


def _names_of(labels: "pd.Index[Any]") -> list[str]:
    """Text of each label; a month stays 202401 where a missing one beside it made it a float."""
    texts = zip(labels, labels.astype(str), strict=True)
    is_float = (float, np.floating)  # nullable columns of pandas hand out short floats
    return [level_text(one) if isinstance(one, is_float) else str(text) for one, text in texts]


def _plain_moments(labels: "pd.Index[Any]") -> "pd.Index[Any]":
    """Show moments in UTC without their zone, as engines that know no other do."""
    zone = getattr(labels, "tz", None)
    return labels if zone is None or not _is_utc(zone) else _in_utc(labels)


def _in_utc(moments: Any) -> "pd.Index[Any]":
    """Moments with a zone as those of UTC, without saying so."""
    plain: pd.Index[Any] = moments.tz_convert("UTC").tz_localize(None)
    return plain


def _is_utc(zone: Any) -> bool:
    # Spark calls moments without a zone UTC, DuckDB calls UTC what the machine calls it.
    return str(zone).upper().removeprefix("ETC/") in _UTC


def _arrow_order(native: Any) -> Sequence[Any] | None:
    """Return the order of a dictionary of PyArrow, of which narwhals does not tell."""
    if not getattr(getattr(native, "type", None), "ordered", False) or not len(native):
        return None
    categories: Sequence[Any] = native.unify_dictionaries().chunk(0).dictionary.to_pylist()
    return categories


def _appearance(frame: Frame, column: str) -> tuple[list[str], bool]:
    """Return the texts of a column in memory as they appear, and whether each is one block."""
    codes, distinct = pd.factorize(frame.collect(frame.lazy().select(column))[column].to_numpy())
    return [str(value) for value in distinct], bool(
        np.count_nonzero(np.diff(codes)) < len(distinct)
    )


def _stated_order(
    what: str, labels: Sequence[Any], names: Sequence[str], period_order: Sequence[Any]
) -> list[int]:
    """Return the places of periods in the order that the user states; it may hold others too."""
    is_list = hasattr(period_order, "__iter__")
    if not is_list or isinstance(period_order, str | bytes | set | frozenset):
        message = f"period_order must be a list of periods, got {period_order!r}"
        raise ValueError(message)
    entries: Any = _plain_moments(pd.Index(list(period_order), tupleize_cols=False))
    stated = _names_of(entries)
    if len(set(stated)) < len(stated):
        message = f"period_order must name each period once, got {stated}"
        raise ValueError(message)

    # By text, or by value: 9.0 names a period that is stored as 9, and a moment in any zone the one
    # that an engine tells in UTC.
    rank = {entry: i for i, entry in enumerate(entries) if isinstance(entry, Hashable)}
    if getattr(entries, "tz", None) is not None:
        rank.update({moment: i for i, moment in enumerate(_in_utc(entries))})
    rank.update({name: i for i, name in enumerate(stated)})
    places = [
        rank.get(name, rank.get(label, rank.get(str(label), -1)))
        for name, label in zip(names, labels, strict=True)
    ]
    absent = [name for name, place in zip(names, places, strict=True) if place < 0]
    if absent:
        message = f"period_order must name every one of {what}, got none of {absent[:5]}"
        raise ValueError(message)
    return sorted(range(len(names)), key=places.__getitem__)


def _times(labels: Sequence[Any]) -> list[Any] | None:
    """Return what sorts labels that have an order of their own, None where they have none."""
    labels = [
        label.decode(errors="replace") if isinstance(label, bytes) else label for label in labels
    ]
    if not all(isinstance(label, str) for label in labels):
        # Python compares tuples of text by the alphabet, which is no order of time.
        parts = [part for label in labels if isinstance(label, tuple) for part in label]
        if any(isinstance(part, str | bytes) for part in parts):
            return None
        try:
            sorted(labels)
        except (TypeError, ValueError):
            return None  # text beside numbers, dates with and without a zone, months and quarters
        return list(labels)

    readers: tuple[Callable[[str], Any], ...] = (_month, _quarter, _year, _moment)
    for reader in readers:
        keys = [reader(label.strip()) for label in labels]
        if all(key is not None for key in keys):
            # Times with a zone and times without have no common order.
            zones = {key.tzinfo is None for key in keys if isinstance(key, datetime)}
            return keys if len(zones) < 2 else None
    return None


def _month(text: str) -> tuple[str, ...] | None:
    found = _MONTH.fullmatch(text)
    # Digits of one width sort as text as they do as numbers.
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

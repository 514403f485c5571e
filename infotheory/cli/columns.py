"""Columns of a file that are no characteristics: identifiers and dates.

An identifier has a value of its own in nearly every row, and a date means another thing when the
card is used. Either would enter a card by chance or as a trend of time, so that no command takes
them without being told to.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from infotheory._typing import BoolArray, FloatArray
from infotheory._validation import EXACT
from infotheory.engines import Frame

__all__ = ["characteristics", "characteristics_of_table", "column_reason"]

#: Share of distinct values among those that are there from which nearly every row has its own.
_OWN = 0.95
#: The same where the name says that the column identifies something, several rows of which may be.
_OWN_BY_NAME = 0.5
#: With fewer rows distinct values say nothing.
_FEWEST = 20
#: Digits from which numbers of equal length look drawn up rather than measured.
_DIGITS = 6
#: Seconds since 1970, or parts of them, of any time after 1973.
_SECONDS = 1e8

_IDENTIFIES = re.compile(
    r"(^|[^a-z])(id|ids|uuid|guid|key|nr|no|number|index|identifier|reference|ref|ssn|iban|"
    r"unnamed: \d+)$|[a-z](ID|Id|Uuid|Key|Nr|No|Number)$"
)
_SAYS_WHEN = re.compile(
    r"(^|[^a-z])(date|day|month|period|quarter|vintage|year|time|timestamp|dt|opened|closed|issued)"
    r"$|[a-z](Date|Month|Period|Year|Time|Timestamp)$|(^|[^a-z])(date|dt|timestamp)[^a-z]"
)

_MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
#: Text of dates, months, quarters and moments.
_DATES = re.compile(
    r"(19|20)\d\d[-/](0?[1-9]|1[0-2])|"
    r"\d{4}[-/.](0?[1-9]|1[0-2])[-/.](0?[1-9]|[12]\d|3[01])([T ]\d{1,2}:\d\d.*)?|"
    r"\d{1,2}[-/.]\d{1,2}[-/.](\d{4}|\d\d)([T ]\d{1,2}:\d\d.*)?|"
    rf"(\d{{1,2}}[-/. ])?({_MONTHS})[a-z]*[-/., ]+(\d{{1,2}}, )?(\d{{4}}|\d\d)|"
    r"\d{4}[- ]?q[1-4]|q[1-4][- ]\d{4}",
    re.IGNORECASE | re.ASCII,
)


def characteristics(
    frame: pd.DataFrame, keep: Sequence[str] = (), roles: Sequence[str] = ()
) -> list[str]:
    """Print the columns that are identifiers or dates, and return the names of the others."""
    candidates = [name for name in frame.columns if name not in roles]
    reasons = {
        str(name): reason
        for name in candidates
        if name not in keep and (reason := column_reason(frame[name])) is not None
    }
    return _without(candidates, reasons)


def characteristics_of_table(
    table: Frame, keep: Sequence[str] = (), roles: Sequence[str] = ()
) -> list[str]:
    """Return the characteristics of a table in a database, which tells sizes and ends of columns.

    No other value leaves it: names and numbers of accounts stay where they are.
    """
    candidates = [name for name in table.columns if name not in roles]
    asked = [name for name in candidates if name not in keep]
    return _without(candidates, _reasons_in_database(table, asked))


def _without(candidates: Sequence[Any], reasons: Mapping[str, str]) -> list[Any]:
    """Print why columns are set aside, and return the others."""
    for name, reason in reasons.items():
        print(f"set aside: {name!r} {reason}; --keep {_quoted(name)} takes it as a characteristic")

    left = [name for name in candidates if str(name) not in reasons]
    if candidates and not left:
        message = (
            f"no column is left: {list(reasons)} look like identifiers or dates; name in --keep "
            "those that are characteristics"
        )
        raise ValueError(message)
    return left


def column_reason(values: "pd.Series") -> str | None:
    """Say why a column is no characteristic, or return None."""
    present, name = values.dropna(), str(values.name)
    if _is_time(values.dtype):
        return "holds dates"
    if present.empty or pd.api.types.is_bool_dtype(values.dtype):
        return None
    if pd.api.types.is_numeric_dtype(values.dtype):
        return _reason_of_numbers(present.to_numpy(dtype=np.float64), name)

    texts = present.astype(str).str.strip()
    if texts.map(lambda text: _DATES.fullmatch(text) is not None).mean() >= _OWN:
        return "holds dates"
    return _own_values(texts.nunique(), len(texts), name, _OWN)


def _reason_of_numbers(numbers: FloatArray, name: str) -> str | None:
    """Say why numbers are no measurements; those with decimals are."""
    if not np.isfinite(numbers).all() or (numbers % 1.0 != 0.0).any():
        return None
    return "holds dates" if _are_dates(numbers, name) else _own_numbers(numbers, name)


def _is_time(dtype: object) -> bool:
    """Tell a type of dates, be it of pandas or of PyArrow."""
    words = ("datetime64", "period[", "timestamp[", "date32", "date64", "timedelta64", "duration[")
    return str(dtype).startswith(words)


def _are_dates(numbers: FloatArray, name: str) -> bool:
    """Tell numbers that nearly all read as days (20240131), or as times in a column named so."""
    # Digits of a day as year, month, day: 20240131.
    year, month = numbers // 10_000, numbers // 100 % 100
    days = _is_year(year) & (month >= 1) & (month <= 12) & (numbers % 100 >= 1)
    # A number of that form is a day whatever the name of its column; months (202401), years and
    # seconds are also amounts, so that the name must speak of time too.
    if (days & (numbers % 100 <= 31)).mean() >= _OWN:
        return True

    months = _is_year(numbers // 100) & (numbers % 100 >= 1) & (numbers % 100 <= 12)
    times = _is_year(numbers) | months | (numbers >= _SECONDS)
    return _SAYS_WHEN.search(name) is not None and bool(times.mean() >= _OWN)


def _is_year(numbers: FloatArray) -> BoolArray:
    return np.asarray((numbers >= 1900) & (numbers <= 2100))


def _own_numbers(numbers: FloatArray, name: str) -> str | None:
    """Say that whole numbers identify rows: distinct, and counted up or of one length."""
    distinct = np.unique(numbers)
    if _IDENTIFIES.search(name):
        return _own_values(distinct.size, numbers.size, name, _OWN_BY_NAME)
    if distinct.size < numbers.size or numbers.size < _FEWEST:
        return None

    # Counted in the order of the file, upwards or downwards with gaps of any size; or in any order
    # where at least about every second number of the range occurs.
    steps = np.diff(numbers)
    counted = (steps > 0.0).all() or (steps < 0.0).all() or np.ptp(distinct) < 2.0 * distinct.size
    if counted or _of_one_length(distinct[0], distinct[-1]):
        return _own_values(distinct.size, numbers.size, name, _OWN)
    return None


def _of_one_length(least: float, largest: float) -> bool:
    """Whether both have equally many digits, and then all between them have."""
    lengths = {len(str(int(abs(number)))) for number in (least, largest)}
    return len(lengths) == 1 and min(lengths) >= _DIGITS


def _own_values(n_distinct: int, n_rows: int, name: str, share: float) -> str | None:
    least = min(share, _OWN_BY_NAME) if _IDENTIFIES.search(name) else share
    if n_rows < _FEWEST or n_distinct < least * n_rows:
        return None
    return f"has {n_distinct} values in {n_rows} rows, as an identifier has"


def _quoted(name: str) -> str:
    return f"'{name}'" if re.search(r"[^\w.-]", name) else name


def _reasons_in_database(table: Frame, names: Sequence[str]) -> dict[str, str]:
    """Say of columns of a database why they are no characteristics."""
    reasons = {name: "holds dates" for name in names if table.dtypes[name].is_temporal()}
    numbers = [name for name in names if table.dtypes[name].is_numeric()]
    texts = [name for name in names if table.dtypes[name] == nw.String]
    for name, (n_rows, low, high) in _ends(table, numbers, texts).items():
        reason = (
            _reason_of_texts(table, name, n_rows, low, high)
            if name in texts
            else _reason_of_range(table, name, n_rows, low, high)
        )
        if reason is not None:
            reasons[name] = reason
    return {name: reasons[name] for name in names if name in reasons}


def _ends(
    table: Frame, numbers: Sequence[str], texts: Sequence[str]
) -> dict[str, tuple[int, Any, Any]]:
    """Count values, and return the least and the largest, of text and of whole numbers."""
    names, facts = [*numbers, *texts], []
    for i, name in enumerate(names):
        values = table.number(name) if name in numbers else nw.col(name)
        facts += [values.count().alias(f"n{i}"), values.min().alias(f"l{i}")]
        facts.append(values.max().alias(f"h{i}"))
        if name in numbers and not table.dtypes[name].is_integer():
            facts.append(_n_fractions(values).alias(f"f{i}"))
    if not facts:
        return {}

    (row,) = table.collect(table.lazy().select(*facts)).rows(named=True)
    return {
        name: (int(row[f"n{i}"]), row[f"l{i}"], row[f"h{i}"])
        for i, name in enumerate(names)
        if row[f"n{i}"] and not row.get(f"f{i}")
    }


def _n_fractions(number: nw.Expr) -> nw.Expr:
    """Count numbers with decimals; beyond what integers hold there are none."""
    small = nw.when(number.abs() < EXACT).then(number)
    whole = small.cast(nw.Int64).cast(nw.Float64)
    return nw.when(small != whole).then(nw.lit(1)).otherwise(nw.lit(0)).sum()


def _n_distinct(table: Frame, name: str) -> int:
    """Count values; grouped, which databases do faster than they count distinct ones."""
    values = table.lazy().select(nw.col(name).alias("x")).filter(~nw.col("x").is_null())
    groups = values.group_by("x").agg(nw.len().alias("n")).select(nw.len().alias("n"))
    return int(table.collect(groups).item())


def _reason_of_texts(table: Frame, name: str, n_rows: int, low: str, high: str) -> str | None:
    # Text between two dates may be anything, but hardly in a column that begins and ends with one.
    if all(_DATES.fullmatch(text.strip()) for text in (low, high)):
        return "holds dates"
    if n_rows < _FEWEST:
        return None
    return _own_values(_n_distinct(table, name), n_rows, name, _OWN)


def _reason_of_range(table: Frame, name: str, n_rows: int, low: float, high: float) -> str | None:
    """Say why whole numbers, of which the ends are known, are no measurements."""
    ends = np.array([low, high], dtype=np.float64)
    if not np.isfinite(ends).all():
        return None
    if _are_dates(ends, name):
        return "holds dates"

    # A range that is too short for distinct numbers needs no count of them.
    if n_rows < _FEWEST or high - low + 1.0 < _OWN_BY_NAME * n_rows:
        return None
    n_distinct = _n_distinct(table, name)
    counted = high - low < 2.0 * n_distinct or _of_one_length(low, high)
    if _IDENTIFIES.search(name) or (n_distinct == n_rows and counted):
        return _own_values(n_distinct, n_rows, name, _OWN)
    return None

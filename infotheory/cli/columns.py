"""Columns of a file that are no characteristics: identifiers and dates.

An identifier has a value of its own in nearly every row, and a date means another thing when the
card is used. Either would enter a card by chance or as a trend of time, so that no command takes
them without being told to.
"""

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd

from infotheory._typing import BoolArray, FloatArray

__all__ = ["characteristics", "column_reason"]

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
    # The least and the largest have equally many digits, and then all between them have.
    lengths = {len(str(int(abs(number)))) for number in (distinct[0], distinct[-1])}
    of_one_length = len(lengths) == 1 and min(lengths) >= _DIGITS
    if counted or of_one_length:
        return _own_values(distinct.size, numbers.size, name, _OWN)
    return None


def _own_values(n_distinct: int, n_rows: int, name: str, share: float) -> str | None:
    least = min(share, _OWN_BY_NAME) if _IDENTIFIES.search(name) else share
    if n_rows < _FEWEST or n_distinct < least * n_rows:
        return None
    return f"has {n_distinct} values in {n_rows} rows, as an identifier has"


def _quoted(name: str) -> str:
    return f"'{name}'" if re.search(r"[^\w.-]", name) else name

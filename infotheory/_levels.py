"""Levels of a categorical feature: one text for a value whatever its storage, and how it is read.

A category may come as 1, 1.0, Decimal("1.00"), True or "1", by engine, by missing values beside it
and by what wrote the file. ``level_text`` gives a number one text, and ``LevelReader`` decides once
for the levels of a feature when two texts mean one level.
"""

import datetime as dt
import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from numbers import Integral
from typing import Any, Literal

import numpy as np

from infotheory._later import pd

__all__ = ["LevelKind", "LevelReader", "check_distinct", "check_level_types", "level_text"]

LevelKind = Literal["boolean", "number", "text"]

#: Whole floats below it are exact in the digits of an integer; beyond, zeros would be made up.
_LARGEST_WHOLE = 1e22
#: A number as programs write it: "01", "+1" and " 1" are text, for somebody chose to write so.
_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?(e[+-]?[0-9]+)?|-?inf")
_TRUE_FALSE = {"true": "True", "false": "False"}
_AS_NUMBER = {"true": "1", "false": "0"}
_OTHER_TEXTS = {"-0": "0", "infinity": "inf", "-infinity": "-inf"}
_AS_BOOLEAN = {"1": "True", "0": "False", "-0": "False", **_TRUE_FALSE}


def level_text(value: Any) -> str:
    """Text of a category: that of its value, not of its storage.

    Whole numbers are written without a point, other floats in the fewest digits of their own type,
    decimals as the float of the same value; a time at midnight is its date.

    Examples
    --------
    >>> [level_text(value) for value in (1, 1.0, np.float32(0.1), -0.0, 1e20, True, "01")]
    ['1', '1', '0.1', '0', '100000000000000000000', 'True', '01']
    """
    for types, text_of in _TEXTS:
        if isinstance(value, types):
            return text_of(value)
    return str(value)


def _float_text(value: Any) -> str:
    # The bound as a float: numbers of 16 bits do not reach it.
    if np.isfinite(value) and float(value).is_integer() and abs(float(value)) < _LARGEST_WHOLE:
        return str(int(value))
    return str(value)


def _decimal_text(value: Decimal) -> str:
    if not value.is_finite():
        return _float_text(float(value))
    if value == value.to_integral_value():
        return str(int(value))
    text = _float_text(float(value))
    # More digits than a float holds are kept: two decimals are one level only where they are equal.
    return text if Decimal(text) == value else format(value, "f").rstrip("0")


def _time_text(value: Any) -> str:
    # What is at midnight is a date: engines differ in which of the two types they hand out.
    return str(pd.Timestamp(value)).removesuffix(" 00:00:00")


#: Booleans are integers to Python, and durations to numpy, so they come first.
_TEXTS: tuple[tuple[Any, Callable[[Any], str]], ...] = (
    (str, str),
    (bool | np.bool_, lambda value: str(bool(value))),
    (np.timedelta64 | dt.timedelta, lambda value: str(pd.Timedelta(value))),
    (Integral, lambda value: str(int(value))),
    (float | np.floating, _float_text),
    (Decimal, _decimal_text),
    (np.datetime64 | dt.datetime, _time_text),
)


def check_distinct(what: str, values: Iterable[Any]) -> None:
    """Raise ValueError where a value stands twice."""
    seen: set[Any] = set()
    for value in values:
        if value in seen:
            message = f"each {what} must stand in one place, got {value!r} twice"
            raise ValueError(message)
        seen.add(value)


def check_level_types(values: Iterable[Any], texts: Iterable[str], name: str) -> None:
    """Refuse what may be one level or two: text beside another value of its text, 1 beside True.

    Bytes are refused too, for their text is that of Python's notation.
    """
    values = list(values)
    # The usual case, of which there may be a hundred thousand: text alone is one type.
    if all(isinstance(value, str) for value in values):
        return
    texts_of: dict[str, set[str]] = {kind: set() for kind in ("text", "boolean", "bytes", "other")}
    for value, text in zip(values, texts, strict=True):
        kinds = ((str, "text"), (bool | np.bool_, "boolean"), (bytes, "bytes"))
        texts_of[next((kind for t, kind in kinds if isinstance(value, t)), "other")].add(text)

    if texts_of["bytes"]:
        message = (
            f"feature {name!r} must hold numbers or categories, got the bytes "
            f"{min(texts_of['bytes'])}; decode them to text"
        )
        raise ValueError(message)
    twice = texts_of["text"] & (texts_of["boolean"] | texts_of["other"])
    if twice:
        message = (
            f"feature {name!r} must hold each level in one type, got {min(twice)!r} both as text "
            "and as a number, boolean or date; cast the column to text, or to what its text stands "
            "for"
        )
        raise ValueError(message)

    flags = {"True": "1", "False": "0"}
    equal = [
        flag for flag in flags if flag in texts_of["boolean"] and flags[flag] in texts_of["other"]
    ]
    if equal:
        message = (
            f"feature {name!r} must hold each level in one type, got {equal[0]} beside "
            f"{flags[equal[0]]}; cast the column to numbers, or to booleans"
        )
        raise ValueError(message)


class LevelReader:
    """How values find their level: as booleans, as numbers, or as text.

    The levels themselves decide, so that a feature means the same whatever storage it was learnt
    from. Where all of them are True and False, 1 and 0 mean them too. Where all write numbers, and
    no two the same, a value is compared as the number that it writes: 1, 1.0, True and the texts
    "1" and "1.0" are one level. Text with an exponent is one as programs write it, "1e+05" or
    "1.0E-5": no engine can list all ways, and "1e0" is not "1" unless a level is written so.
    Otherwise text is compared exactly: "01" is not "1".

    Parameters
    ----------
    levels : iterable of str
        Levels of the regular bins.
    special : iterable of str
        Levels of special groups.
    """

    __slots__ = ("kind", "written")

    def __init__(self, levels: Iterable[str], special: Iterable[str] = ()) -> None:
        regular, special = list(levels), list(special)
        # Exponents in texts of the levels, in small letters; None while these themselves are read.
        self.written: frozenset[str] | None = None
        self.kind: LevelKind = "text"
        if regular and all(level.lower() in _TRUE_FALSE for level in regular):
            self.kind = "boolean"
        elif regular and all(_NUMBER.fullmatch(level.lower()) for level in regular):
            self.kind = "number"

        # Two levels that write one value were told apart by their text, and stay so.
        values = [*regular, *special]
        if len({self.key(value) for value in values}) < len(values):
            self.kind = "text"
        texts = map(str.lower, values if self.kind == "number" else ())
        self.written = frozenset(text for text in texts if "e" in text)

    def __setstate__(self, state: tuple[None, Mapping[str, Any]]) -> None:
        """Take the fields of a pickle; earlier versions wrote the kind alone."""
        _, fields = state
        self.kind, self.written = fields["kind"], fields.get("written")

    def key(self, text: str) -> str:
        """Return what is compared: texts of one level have one key.

        Parameters
        ----------
        text : str
            Text of a level or value.

        Returns
        -------
        str
            The key; empty text is a key like any other.
        """
        if self.kind == "text":
            return text
        shortened = _without_zeros(text.lower())
        if self.kind == "boolean":
            return _AS_BOOLEAN.get(shortened, shortened)
        return self._number_key(_AS_NUMBER.get(shortened, shortened))

    def _number_key(self, text: str) -> str:
        """Return what is compared of a text of numbers."""
        if "e" in text and _NUMBER.fullmatch(text):
            key = _float_text(float(text))
            # What `texts` does not list is no level to an engine, and so to nobody.
            is_known = self.written is None or text in self.written or text in _spellings(key)
            return key if is_known else text
        return _OTHER_TEXTS.get(text, text)

    def is_missing(self, text: str) -> bool:
        """Whether text stands for a missing value: NaN, where levels are numbers or booleans.

        Parameters
        ----------
        text : str
            Text of a value.
        """
        return self.kind != "text" and text.lower() == "nan"

    def texts(self, level: str) -> list[str]:
        """All texts in which engines may write a level, zeros behind the point left out.

        They are in small letters, and so has to be what is compared, unless ``kind`` is "text".

        Parameters
        ----------
        level : str
            A level.

        Returns
        -------
        list of str
            Its texts, that of the level first.
        """
        if self.kind == "text":
            return [level]
        key = self.key(level)
        if self.kind == "boolean":
            # A special code beside booleans, -9 say, is neither.
            spellings = {"True": ["true", "1"], "False": ["false", "0", "-0"]}.get(key, [])
        else:
            spellings = _spellings(key)
        return list(dict.fromkeys([level.lower(), key.lower(), *spellings]))

    def number(self, level: str, dtype: Any = np.float64) -> float | None:
        """Return the number that a column of floats holds for a level, None where it is none.

        Parameters
        ----------
        level : str
            A level.
        dtype : dtype
            Type of the column, which decides what number the digits of the level stand for.

        Returns
        -------
        float or None
            The number in float64.
        """
        key = self.key(level)
        if self.kind == "boolean":
            key = {"True": "1", "False": "0"}.get(key, key)
        if not _NUMBER.fullmatch(key):
            return None
        with np.errstate(over="ignore"):  # what a short float cannot hold is none of its values
            number = np.dtype(dtype).type(key)
        # A level whose digits are not those of a number of this type is in no column of it.
        return float(number) if level_text(number) == key else None

    @staticmethod
    def moment(level: str) -> dt.datetime | None:
        """Return the time without a zone that a level writes, None where it writes none.

        Parameters
        ----------
        level : str
            A level.

        Returns
        -------
        datetime or None
            The time, exact to its last digit.
        """
        try:
            moment = dt.datetime.fromisoformat(level)
        except ValueError:
            return None
        # Other spellings of a time than its own are text, and no level of a column of times.
        return moment if level_text(moment) == level else None


def _without_zeros(text: str) -> str:
    """Leave out zeros at the end of a plain decimal fraction, which decimals carry as a scale."""
    if "." not in text or "e" in text or not _NUMBER.fullmatch(text):
        return text
    return text.rstrip("0").rstrip(".")


def _spellings(key: str) -> list[str]:
    """Other texts of a number: booleans, negative zero, exponents as C, SQLite and Java write."""
    spellings = {"1": ["true"], "0": ["false", "-0"], "inf": ["infinity"], "-inf": ["-infinity"]}
    if not _NUMBER.fullmatch(key) or key.endswith("inf"):
        return spellings.get(key, [])

    number = float(key)
    if not number or _float_text(number) != key:
        return spellings.get(key, [])
    mantissa, exponent = f"{Decimal(repr(number)).normalize():e}".split("e")
    with_point, power = mantissa if "." in mantissa else f"{mantissa}.0", int(exponent)
    as_in_c = f"{mantissa}e{power:+03d}"
    # Java writes no exponent within these bounds, and R none unless it is the shorter text.
    if 1e-3 <= abs(number) < 1e7:
        return [*spellings.get(key, []), *([as_in_c] if len(as_in_c) < len(key) else [])]
    # As C, as SQLite, as Java, and as JavaScript and ClickHouse write them.
    in_java = f"{with_point}e{power}"
    return [as_in_c, f"{with_point}e{power:+03d}", in_java, f"{mantissa}e{power}"]

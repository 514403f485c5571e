"""Bins in Python source without imports beyond the standard library."""

import math
from collections.abc import Callable, Sequence

import numpy as np

from infotheory._exports.rules import FeatureRule, rule_of_codes
from infotheory._typing import LabelArray
from infotheory.cells import UNSEEN, BinSpec

__all__ = ["IMPORTS", "LOOK_UPS", "VALUES", "python_number", "rule_lines", "write_bins_python"]

#: What a value may be. A backslash at the end of a line joins it to the next: what is written has
#: longer lines.
VALUES = """\
- None, NaN and NA are missing values; a key that is absent raises KeyError, so that a \
misspelt name does not pass for a
  missing value.
- Numbers may be anything that float() takes except text, which raises TypeError; an \
infinite number raises ValueError
  unless it is named as a special value.
- A category is text, a number, a truth value or a date, and one whatever its type: 1, 1.0 and \
Decimal("1.00") are "1"; where
  all levels of a characteristic are numbers (or booleans), so are "1.0" and True. One that no bin \
knows is unseen,
  or raises ValueError where it is refused.
"""

IMPORTS = """\

import re
from bisect import bisect_right
from datetime import date, timedelta
from decimal import Decimal
"""

LOOK_UPS = """

LARGE = 2.0**53
NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\\.[0-9]+)?(e[+-]?[0-9]+)?|-?inf")


def _is_missing(value):
    # NA of pandas answers no comparison; NaN and NaT differ from themselves
    return value is None or type(value).__name__ == "NAType" or value != value


def _number(name, value, splits, points, special, missing):
    if _is_missing(value):
        return missing
    if isinstance(value, (str, bytes)):
        raise TypeError(f"{name!r} must be a number, got {value!r}")
    number = float(value)
    if not -LARGE < number < LARGE:  # floats of this size join whole numbers
        if isinstance(value, Decimal) or hasattr(value, "__index__"):
            number = value if isinstance(value, Decimal) else value.__index__()
    if number in special:
        return special[number]
    if number in (INFINITY, -INFINITY):
        raise ValueError(f"{name!r} must be finite, got {value!r}")
    return points[bisect_right(splits, number)]


def _text(value):
    if isinstance(value, str):
        return str(value)
    if type(value).__name__ in ("bool", "bool_"):
        return str(bool(value))
    if type(value).__name__ in ("datetime64", "timedelta64"):
        exact = value.astype(value.dtype.str[:3] + "[us]")
        value = exact.item() if exact == value else value
    if hasattr(value, "__index__"):
        return str(value.__index__())
    if isinstance(value, Decimal) and value.is_finite():
        if value == value.to_integral_value():
            return str(int(value))
        text = _text(float(value))
        return text if Decimal(text) == value else format(value, "f").rstrip("0")
    if isinstance(value, float) or type(value).__name__.startswith("float"):
        is_whole = value not in (INFINITY, -INFINITY) and value == int(value)
        return str(int(value)) if is_whole and abs(float(value)) < 1e22 else str(value)
    if type(value) is timedelta:
        clock = str(timedelta(seconds=value.seconds, microseconds=value.microseconds))
        return f"{value.days} days {'+' if value.days < 0 else ''}{clock.rjust(8, '0')}"
    if isinstance(value, date) or type(value).__name__ == "datetime64":
        return str(value).replace("T", " ").removesuffix(" 00:00:00")
    return str(value)


def _key(text, kind):
    if kind == "text":
        return text
    text = text.lower()
    if "." in text and "e" not in text and NUMBER.fullmatch(text):
        text = text.rstrip("0").rstrip(".")
    return text


def _category(value, kind, levels, missing, unseen):
    if _is_missing(value):
        return missing
    if isinstance(value, (bytes, bytearray, complex, list, dict, set)):
        raise TypeError(f"a category must be text, a number, True, False or a date, got {value!r}")
    if isinstance(value, float) and LARGE <= abs(value) < INFINITY:  # it may be of several numbers
        raise ValueError(f"a category must be a number that floats tell apart, got {value!r}")
    text = _text(value)
    if kind != "text" and text.lower() == "nan":
        return missing
    return levels.get(_key(text, kind), unseen)
"""

BINS_HEADER = '''\
"""Bins of features. Written by infotheory; needs nothing beyond the standard library.

bins(row) takes a dict with every feature and gives the label of the bin of each; transform(row) \
gives what is said of
the bins ({metric}), as transform() of the binner does.

'''

BINS_FUNCTIONS = '''

def _codes(row):
    for name, kind, *rule in FEATURES:
        code = _number(name, row[name], *rule) if kind == "number" else \
_category(row[name], *rule)
        if code is None:
            raise ValueError(f"there is no bin for the value {row[name]!r} of {name!r}")
        yield name, code


def bins(row):
    """Return the label of the bin of each feature, a dict."""
    return {name: LABELS[name][code] for name, code in _codes(row)}


def transform(row):
    """Return what is said of the bin of each feature, a dict."""
    return {name: VALUES[name][code] for name, code in _codes(row)}
'''


def write_bins_python(
    features: Sequence[tuple[BinSpec, LabelArray]], metric: str, about: str
) -> str:
    """Write source that defines ``bins(row)`` and ``transform(row)``; values are by code."""
    lines = ["", *([f"# {about}"] if about else []), 'INFINITY = float("inf")', "FEATURES = ["]
    for spec, _ in features:
        lines += [f"    {line}" for line in rule_lines(rule_of_codes(spec), _code, "codes")]

    lines += ["]", "LABELS = {"]
    lines += [f"    {spec.name!r}: {[*spec.labels, UNSEEN]!r}," for spec, _ in features]
    lines += ["}", "VALUES = {"]
    lines += [f"    {spec.name!r}: [{_listed(values)}]," for spec, values in features]

    # Not str.format: the text holds braces of its own.
    head = BINS_HEADER.replace("{metric}", metric) + VALUES + '"""\n' + IMPORTS
    return head + "\n".join([*lines, "}"]) + "\n" + LOOK_UPS + BINS_FUNCTIONS


def rule_lines(feature: FeatureRule, write: Callable[[float | None], str], what: str) -> list[str]:
    """Write one feature as a tuple, with a comment that says what stands where.

    ``write`` writes what a value gets, which the comment calls ``what``.
    """
    name, missing = repr(feature.spec.name), write(feature.missing)
    if feature.spec.kind == "numerical":
        splits = ", ".join(map(python_number, feature.spec.splits))
        of_bins = ", ".join(map(write, feature.regular))
        special = ", ".join(
            f"{python_number(float(value))}: {write(of_group)}"
            for values, of_group in feature.special
            for value in values
        )
        legend = f"splits of the bins [-inf, s_1), [s_1, s_2), ..., their {what}, special values"
        return [
            f"# {name}: {legend}, missing",
            f'({name}, "number", [{splits}], [{of_bins}], {{{special}}}, {missing}),',
        ]

    reader = feature.spec.level_reader
    # Each level stands there in every way in which it may be written, as in all exports.
    levels = ", ".join(
        f"{text!r}: {write(of_group)}"
        for group, of_group in feature.level_groups
        for level in group
        for text in reader.texts(level)
    )
    unseen = write(feature.unseen)
    return [
        f"# {name}: what the levels are, {what} of each level, missing, unseen",
        f'({name}, "category", "{reader.kind}", {{{levels}}}, {missing}, {unseen}),',
    ]


def python_number(value: float | None) -> str:
    """Write a float64 in the fewest digits that give it back."""
    # repr writes inf and nan, which are no names of Python.
    if value is None or math.isfinite(value):
        return repr(value)
    return "INFINITY" if value > 0 else "-INFINITY"


def _code(code: float | None) -> str:
    return "None" if code is None else str(int(code))


def _listed(values: LabelArray) -> str:
    """Write values by code, of which each is a number, a text, or one number a class."""
    return ", ".join(
        f"({_listed(value)})" if isinstance(value, np.ndarray) else _written(value)
        for value in values
    )


def _written(value: float | str) -> str:
    if isinstance(value, str):
        return repr(value)
    return python_number(float(value)) if isinstance(value, float) else str(int(value))

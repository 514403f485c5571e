"""A card as Python source without imports beyond the standard library."""

import math

from infotheory.scorecard.export.rules import CardRules, FeatureRule

__all__ = ["write_python"]

# A backslash at the end of a line joins it to the next: the text that is written has longer lines.
HEADER = '''\
"""Points of a scorecard. Written by infotheory; needs nothing beyond the standard library.

score(row) takes a dict with every characteristic of the card:

- None, NaN and NA are missing values; a key that is absent raises KeyError, so that a \
misspelt name does not pass for a
  missing value.
- Numbers may be anything that float() takes except text, which raises TypeError; an \
infinite number raises ValueError
  unless the card names it as a special value.
- A category is one whatever its type: 1, 1.0 and Decimal("1.00") are "1"; where all levels \
of a characteristic are
  numbers (or booleans), so are "1.0" and True. One that the card does not know gets the points \
for unseen categories,
  or raises ValueError where the card refuses it.
"""

import re
from bisect import bisect_right
from datetime import date, timedelta
from decimal import Decimal
'''

FUNCTIONS = '''

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
    if kind == "boolean":
        return {"1": "True", "true": "True", "0": "False", "false": "False"}.get(text, text)
    text = {"true": "1", "false": "0", "-0": "0"}.get(text, text)
    return _text(float(text)) if "e" in text and NUMBER.fullmatch(text) else text


def _category(value, kind, levels, missing, unseen):
    if _is_missing(value):
        return missing
    text = _text(value)
    if kind != "text" and text.lower() == "nan":
        return missing
    return levels.get(_key(text, kind), unseen)


def score(row):
    """Return the points of one applicant, a float."""
    total = BASE
    for name, kind, *rule in CHARACTERISTICS:
        points = _number(name, row[name], *rule) if kind == "number" else \
_category(row[name], *rule)
        if points is None:
            raise ValueError(f"the card has no points for the value {row[name]!r} of {name!r}")
        total += points
    return total
'''


def write_python(rules: CardRules) -> str:
    """Write source that defines ``score(row)``."""
    # repr has no line break, so that a label cannot leave its comment.
    about = ["", f"# {rules.event}"] if rules.event else []
    lines = [
        *about,
        "",
        'INFINITY = float("inf")',
        f"BASE = {_number(rules.base)}",
        "CHARACTERISTICS = [",
    ]
    for feature in rules.features:
        lines += [f"    {line}" for line in _lines(feature)]
    return HEADER + "\n".join([*lines, "]"]) + "\n" + FUNCTIONS


def _lines(feature: FeatureRule) -> list[str]:
    """Write one characteristic as a tuple, with a comment that says what stands where."""
    name, missing = repr(feature.spec.name), _number(feature.missing)
    if feature.spec.kind == "numerical":
        splits = ", ".join(map(_number, feature.spec.splits))
        points = ", ".join(map(_number, feature.regular))
        special = ", ".join(
            f"{_number(float(value))}: {_number(of_group)}"
            for values, of_group in feature.special
            for value in values
        )
        legend = "splits of the bins [-inf, s_1), [s_1, s_2), ..., their points, special values"
        return [
            f"# {name}: {legend}, missing",
            f'({name}, "number", [{splits}], [{points}], {{{special}}}, {missing}),',
        ]

    reader = feature.spec.level_reader
    levels = ", ".join(
        f"{reader.key(level)!r}: {_number(of_group)}"
        for group, of_group in feature.level_groups
        for level in group
    )
    unseen = _number(feature.unseen)
    return [
        f"# {name}: what the levels are, points of each level, missing, unseen",
        f'({name}, "category", "{reader.kind}", {{{levels}}}, {missing}, {unseen}),',
    ]


def _number(value: float | None) -> str:
    """Write a float64 in the fewest digits that give it back."""
    if value is None or math.isfinite(value):
        return repr(value)
    return "INFINITY" if value > 0 else "-INFINITY"

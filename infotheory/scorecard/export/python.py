"""A card as Python source without imports beyond the standard library."""

import math

from infotheory.scorecard.export.rules import CardRules, FeatureRule

__all__ = ["write_python"]

# A backslash at the end of a line joins it to the next: the text that is written has longer lines.
HEADER = '''\
"""Points of a scorecard. Written by infotheory; needs nothing beyond the standard library.

score(row) takes a dict with every characteristic of the card:

- None and NaN are missing values; a key that is absent raises KeyError, so that a \
misspelt name does not pass for a
  missing value.
- Numbers may be anything that float() takes except text, which raises TypeError; an \
infinite number raises ValueError
  unless the card names it as a special value.
- Categories are compared as str(value); one that the card does not know gets the points for \
unseen categories, or
  raises ValueError where the card refuses it.
"""

from bisect import bisect_right
'''

FUNCTIONS = '''

def _number(name, value, splits, points, special, missing):
    if value is None or value != value:
        return missing
    if isinstance(value, (str, bytes)):
        raise TypeError(f"{name!r} must be a number, got {value!r}")
    number = float(value)
    if number in special:
        return special[number]
    if number in (INFINITY, -INFINITY):
        raise ValueError(f"{name!r} must be finite, got {value!r}")
    return points[bisect_right(splits, number)]


def _category(value, levels, missing, unseen):
    if value is None or value != value:
        return missing
    return levels.get(str(value), unseen)


def score(row):
    """Return the points of one applicant, a float; more points are safer."""
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
    lines = ["", 'INFINITY = float("inf")', f"BASE = {_number(rules.base)}", "CHARACTERISTICS = ["]
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

    groups = [*zip(feature.spec.levels, feature.regular, strict=True), *feature.special]
    levels = ", ".join(
        f"{level!r}: {_number(of_group)}" for group, of_group in groups for level in group
    )
    return [
        f"# {name}: points of each level, missing, unseen",
        f'({name}, "category", {{{levels}}}, {missing}, {_number(feature.unseen)}),',
    ]


def _number(value: float | None) -> str:
    """Write a float64 in the fewest digits that give it back."""
    if value is None or math.isfinite(value):
        return repr(value)
    return "INFINITY" if value > 0 else "-INFINITY"

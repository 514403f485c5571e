"""A card as Python source without imports beyond the standard library."""

from infotheory._exports.python import IMPORTS, LOOK_UPS, VALUES, python_number, rule_lines
from infotheory.scorecard.export.rules import CardRules

__all__ = ["write_python"]

HEADER = '''\
"""Points of a scorecard. Written by infotheory; needs nothing beyond the standard library.

score(row) takes a dict with every characteristic of the card:

'''

FUNCTION = '''

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
        f"BASE = {python_number(rules.base)}",
        "CHARACTERISTICS = [",
    ]
    for feature in rules.features:
        # The order of the lines is that of the sum, which gives the same float64 as the card.
        lines += [f"    {line}" for line in rule_lines(feature, python_number, "points")]
    head = HEADER + VALUES + '"""\n' + IMPORTS
    return head + "\n".join([*lines, "]"]) + "\n" + LOOK_UPS + FUNCTION

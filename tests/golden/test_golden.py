"""The public API still gives the numbers in ``numbers.json``; see ``numbers.py``."""

import json
import math

import pytest

from tests.golden.numbers import NUMBERS, ROOMS, compute

TOLERANCE = 1e-12  # relative to max(1, |expected|)

# Where an iteration stops hangs on the last bits of sums, which processors add up differently.
ITERATED = {"rate_distortion": 1e-8, "and/broja": 1e-8}
SHOWN = 12

EXPECTED = json.loads(NUMBERS.read_text(encoding="utf-8"))


def difference(found, expected):
    """Return the difference relative to max(1, |expected|); inf where only one is finite."""
    if found == expected or (math.isnan(found) and math.isnan(expected)):
        return 0.0
    if not (math.isfinite(found) and math.isfinite(expected)):
        return math.inf
    return abs(found - expected) / max(1.0, abs(expected))


def tolerance(key):
    """Return how far a number may be off, relative to max(1, |expected|)."""
    return max((ITERATED[start] for start in ITERATED if key.startswith(start)), default=TOLERANCE)


def complaints(found, expected):
    """Return what differs, the worst differences first."""
    lines = [f"missing: {key}" for key in sorted(expected.keys() - found.keys())]
    lines += [f"extra: {key}" for key in sorted(found.keys() - expected.keys())]
    differences = {
        key: difference(found[key], expected[key]) for key in expected.keys() & found.keys()
    }
    worst = sorted((-value, key) for key, value in differences.items() if value > tolerance(key))
    lines += [
        f"{-value:.1e}: {key} was {expected[key]!r}, is {found[key]!r}" for value, key in worst
    ]
    return lines


def test_the_rooms_are_those_of_the_file():
    assert sorted(EXPECTED) == sorted(ROOMS)


@pytest.mark.parametrize("room", ROOMS)
def test_no_number_has_changed(room):
    lines = complaints(compute(room), EXPECTED[room])
    more = [f"... and {len(lines) - SHOWN} more"] if len(lines) > SHOWN else []
    assert not lines, "\n".join([f"{len(lines)} in {room}:", *lines[:SHOWN], *more])


def test_complaints_name_what_differs():
    expected = {"a": 1.0, "b": 100.0, "c": math.nan, "d": math.inf, "e": 2.0}
    assert complaints(dict(expected), expected) == []
    assert complaints({**expected, "b": 100.0 + 9e-11}, expected) == []
    found = {"a": 1.0 + 1e-11, "b": 101.0, "c": 0.0, "d": math.inf, "f": 1.0}
    kinds = [line.split(" was")[0] for line in complaints(found, expected)]
    assert kinds == ["missing: e", "extra: f", "inf: c", "1.0e-02: b", "1.0e-11: a"]

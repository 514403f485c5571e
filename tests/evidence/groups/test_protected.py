"""Protected attributes: what is read, which groups are compared, what a missing group means."""

import re

import numpy as np
import pandas as pd
import polars as pl
import pytest

from infotheory._groups import Comparison
from infotheory.evidence.groups.protected import comparisons, read_protected, reference_of

RACE, SEX = ["b", "a", "b", "a"], ["f", "f", "m", "m"]


@pytest.mark.parametrize(
    "protected",
    [
        RACE,
        tuple(RACE),
        np.array(RACE),
        np.array(RACE, dtype=object),
        pd.Series(RACE),
        pd.Series(RACE, dtype="category"),
        pd.Series(RACE, dtype="string"),
        pl.Series(RACE),
        [[value] for value in RACE],
    ],
)
def test_vectors(protected):
    (found,) = read_protected(protected, 4)
    assert found.groups == ("a", "b")
    assert found.codes.tolist() == [1, 0, 1, 0]
    assert found.name in ("group", "x0")


@pytest.mark.parametrize("series", [pd.Series(RACE, name="race"), pl.Series("race", RACE)])
def test_the_name_of_a_series(series):
    assert read_protected(series, 4)[0].name == "race"


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame({"race": RACE, "sex": SEX}),
        pl.DataFrame({"race": RACE, "sex": SEX}),
    ],
)
def test_frames(frame):
    race, sex = read_protected(frame, 4)
    assert (race.name, sex.name) == ("race", "sex")
    assert race.codes.tolist() == [1, 0, 1, 0]
    assert sex.codes.tolist() == [0, 0, 1, 1]
    first, second = read_protected(frame.to_numpy(), 4)
    assert (first.name, second.name) == ("x0", "x1")
    assert second.codes.tolist() == sex.codes.tolist()


def test_groups_are_text():
    (numbers,) = read_protected([1, 0, 1, 2], 4)
    assert numbers.groups == ("0", "1", "2")
    (flags,) = read_protected(np.array([True, False]), 2)
    assert flags.groups == ("False", "True")
    (mixed,) = read_protected(pd.Series([1.0, np.nan, 0.0]), 3, missing="exclude")
    assert mixed.groups == ("0", "1")
    for label in (1, 1.0, "1"):
        assert reference_of(mixed, label) == "1"
    (flags,) = read_protected(np.array([True, False]), 2)
    assert reference_of(flags, True) == "True"


def test_masked_groups_are_refused():
    groups = np.ma.array([1, 2, 1], mask=[True, False, False])
    for protected in (groups, np.ma.array(groups[:, None])):
        with pytest.raises(ValueError, match=r"must have no masked entries.*filled"):
            read_protected(protected, 3)


def test_intersections():
    race, sex, both = read_protected(
        pd.DataFrame({"race": RACE, "sex": SEX}), 4, intersections=True
    )
    assert both.name == "race & sex"
    assert both.groups == ("a & f", "a & m", "b & f", "b & m")
    assert both.codes.tolist() == [2, 0, 3, 1]
    assert (race.name, sex.name) == ("race", "sex")


def test_intersections_without_rows_are_no_groups():
    frame = pd.DataFrame({"race": ["a", "b", "b", None], "sex": ["f", "f", "m", "m"]})
    both = read_protected(frame, 4, missing="exclude", intersections=True)[-1]
    assert both.groups == ("a & f", "b & f", "b & m")
    assert both.codes.tolist() == [0, 1, 2, -1]
    both = read_protected(frame, 4, missing="group", intersections=True)[-1]
    assert both.groups == ("Missing & m", "a & f", "b & f", "b & m")


@pytest.mark.parametrize("absent", [None, np.nan, pd.NA])
def test_missing_groups(absent):
    protected = np.array(["b", absent, "a"], dtype=object)
    with pytest.raises(
        ValueError,
        match=r"'group' must not be missing, got 1 missing groups; choose missing_protected=",
    ):
        read_protected(protected, 3)
    assert read_protected(protected, 3, missing="exclude")[0].codes.tolist() == [1, -1, 0]
    (own,) = read_protected(protected, 3, missing="group")
    assert own.groups == ("Missing", "a", "b")
    assert own.codes.tolist() == [2, 0, 1]


def test_a_group_called_missing():
    assert read_protected(["Missing", "a"], 2, missing="group")[0].groups == ("Missing", "a")
    with pytest.raises(
        ValueError, match=r"needs the label 'Missing', got a group of that name in 'group'"
    ):
        read_protected(["Missing", "a", None], 3, missing="group")


def test_rows_of_weight_zero():
    weights = np.array([1.0, 0.0, 1.0, 0.0])
    (found,) = read_protected(
        ["b", "c", "a", None], 4, weights=weights
    )  # neither a group nor missing
    assert found.groups == ("a", "b")
    assert found.codes.tolist() == [1, -1, 0, -1]


@pytest.mark.parametrize(
    ("protected", "options", "text"),
    [
        (RACE[:3], {}, "protected must have one row for each of the 4 rows of X, got 3"),
        (
            ["a"] * 4,
            {},
            (
                "a protected attribute must have at least two groups, got ['a'] in 'group'; leave "
                "it out"
            ),
        ),
        (
            [None] * 4,
            {"missing": "exclude"},
            "a protected attribute must have at least two groups, got [] in 'group'",
        ),
        (RACE, {"missing": "drop"}, "missing_protected must be one of"),
        (
            RACE,
            {"intersections": True},
            "intersections need at least two protected attributes, got only 'group'",
        ),
        (np.zeros((4, 1, 1)), {}, "one column an attribute, got shape (4, 1, 1)"),
        (3.0, {}, "one column an attribute, got shape ()"),
        (
            pd.DataFrame(np.array([RACE, SEX]).T, columns=["race", "race"]),
            {},
            "'race'",
        ),
    ],
)
def test_errors(protected, options, text):
    with pytest.raises(ValueError, match=re.escape(text)):
        read_protected(protected, 4, **options)


def test_comparisons():
    (found,) = read_protected(["c", "a", "b"], 3)
    pairs = [("a", "b"), ("a", "c"), ("b", "c")]
    assert comparisons(found) == tuple(Comparison("group", *pair) for pair in pairs)
    against = (Comparison("group", "a", "b"), Comparison("group", "c", "b"))
    assert comparisons(found, "b") == comparisons(found, {"group": "b"}) == against
    assert comparisons(found, {"other": "b"}) == comparisons(found)
    with pytest.raises(
        ValueError,
        match=r"reference of 'group' must be one of its groups \['a', 'b', 'c'\], got 'd'",
    ):
        comparisons(found, "d")
    (numbers,) = read_protected([0, 1], 2)
    assert comparisons(numbers, 1) == (Comparison("group", "0", "1"),)
    assert str(comparisons(numbers)[0]) == "group: '0' against '1'"


def test_counts_leave_out_rows_without_a_group():
    (found,) = read_protected(["b", None, "a", "b"], 4, missing="exclude")
    table = found.count(
        np.array([0, 0, 1, 1]),
        np.array([1.0, 0.0, 0.0, 1.0]),
        np.array([2.0, 5.0, 1.0, 3.0]),
        ("low", "high"),
    )
    assert table.groups == ("a", "b")
    assert table.labels == ("low", "high")
    assert table.counts.sum() == 6.0
    pair = table.between_groups("a", "b")
    assert pair.counts.tolist() == [[0.0, 2.0], [1.0, 3.0]]
    rows, second = found.indicator(comparisons(found)[0])
    assert rows.tolist() == [True, False, True, True]
    assert second.tolist() == [1, 0, 1]


def test_attributes_of_one_name():
    frame = pd.DataFrame([["a", "f"]] * 4, columns=["race", "race"])
    with pytest.raises(ValueError, match=r"names?, got \['race', 'race'\]|unique"):
        read_protected(frame, 4)

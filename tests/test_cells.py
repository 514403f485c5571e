"""Bins of one feature: codes, labels, plain data."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infotheory.cells import BinSpec, Factor

finite = st.floats(allow_nan=False, allow_infinity=False, width=64)
age = BinSpec(
    name="age", kind="numerical", splits=(5.0, 20.0), special=(("refused", (-1.0, -2.0)),)
)
job = BinSpec(
    name="job", kind="categorical", levels=(("a", "b"), ("c",)), special=(("unknown", ("?",)),)
)


def test_codes_of_numbers_by_hand():
    codes = age.encode([4.9, 5.0, 19.9, 20.0, np.nan, -1.0, -2.0, -3.0])
    assert codes.tolist() == [0, 1, 1, 2, 4, 3, 3, 0]
    assert (age.n_bins, age.missing_code, age.unseen_code, age.n_codes) == (3, 4, 5, 6)
    assert age.labels == ("[-inf, 5)", "[5, 20)", "[20, inf)", "refused", "Missing")


def test_codes_of_categories_by_hand():
    assert job.encode(["a", "c", None, "?", "new", "b"]).tolist() == [0, 1, 3, 2, 4, 0]
    assert job.labels == ("a, b", "c", "unknown", "Missing")


@settings(deadline=None, max_examples=60)
@given(st.lists(finite, max_size=40, unique=True), st.lists(finite, min_size=1, max_size=60))
def test_codes_are_numpys_searchsorted(splits, values):
    splits = sorted(splits)
    spec = BinSpec(name="x", kind="numerical", splits=tuple(splits))
    assert (
        spec.encode([*values, *splits]).tolist()
        == np.searchsorted(splits, [*values, *splits], "right").tolist()
    )


@settings(deadline=None, max_examples=60)
@given(st.lists(finite, max_size=30, unique=True))
def test_different_splits_have_different_labels(splits):
    spec = BinSpec(name="x", kind="numerical", splits=tuple(sorted(splits)))
    ends = [label[1:-1].split(", ")[0] for label in spec.labels[1 : spec.n_bins]]
    assert tuple(map(float, ends)) == spec.splits
    assert len(set(ends)) == len(ends)


def test_labels_are_readable():
    spec = BinSpec(name="x", kind="numerical", splits=(1 / 3, 1234567.0))
    assert spec.labels[:3] == (
        "[-inf, 0.3333333333333333)",
        "[0.3333333333333333, 1234567)",
        "[1234567, inf)",
    )
    close = BinSpec(name="x", kind="numerical", splits=(1.00000001, 1.00000002))
    assert close.labels[1] == "[1.00000001, 1.00000002)"
    long = BinSpec(
        name="x", kind="categorical", levels=(tuple(f"level {i}" for i in range(50)), ("Missing",))
    )
    assert long.labels[0].endswith("... (50 levels)")
    assert long.labels[1:] == ("'Missing'", "Missing")


def test_splits_are_named_by_the_shortest_text_that_gives_them_back():
    splits = (-0.0, 0.1, 1000000.0, 1234567.25, 1234567.5, 1e15, 2.0**53 + 2, 1e22)
    spec = BinSpec(name="x", kind="numerical", splits=splits)
    ends = [label[1:-1].split(", ")[0] for label in spec.labels[1 : spec.n_bins]]
    assert ends[:5] == ["0", "0.1", "1000000", "1234567.25", "1234567.5"]
    assert ends[5:] == ["1000000000000000", "9007199254740994", "1e+22"]
    assert tuple(map(float, ends)) == splits


def test_a_level_with_a_comma_is_not_taken_for_two():
    spec = BinSpec(name="x", kind="categorical", levels=(("a", "b"), ("a, b",)))
    assert spec.labels[:2] == ("'a', 'b'", "'a, b'")


def test_unknown_categories():
    values = ["a", "new"]
    by_policy = {
        p: BinSpec(name="x", kind="categorical", levels=(("a",),), unknown=p)
        for p in ("zero", "missing", "error")
    }
    assert by_policy["zero"].encode(values).tolist() == [0, 2]
    assert by_policy["missing"].encode(values).tolist() == [0, 1]
    with pytest.raises(ValueError, match=r"only categories seen in the fit, got \['new'\]"):
        by_policy["error"].encode(values)


def test_infinity_needs_to_be_special():
    with pytest.raises(
        ValueError, match=r"contains infinity in feature 'age', got inf; .*special_codes"
    ):
        age.encode([1.0, np.inf])
    spec = BinSpec(name="x", kind="numerical", splits=(1.0,), special=(("top", (np.inf,)),))
    assert spec.encode([np.inf, 0.0]).tolist() == [2, 0]
    with pytest.raises(ValueError, match="got -inf"):
        spec.encode([-np.inf])


def test_text_for_a_numerical_feature():
    with pytest.raises(TypeError, match="feature 'age' is numerical, got text"):
        age.encode(Factor.from_values(["a"]))


def test_merge():
    assert age.merge([0, 0, 1]).splits == (20.0,)
    assert job.merge([0, 0]).levels == (("a", "b", "c"),)
    assert job.merge([1, 0]).levels == (("c",), ("a", "b"))
    assert age.all_groups([0, 0, 1]).tolist() == [0, 0, 1, 2, 3, 4]
    for groups in ([0, 2, 2], [1, 1, 2], [1, 0, 0], [0, 1]):
        with pytest.raises(
            ValueError,
            match="groups of feature 'age' must be 3 integers from 0 without gaps, in order",
        ):
            age.merge(groups)


@pytest.mark.parametrize(
    "spec", [age, job, BinSpec(name="x", kind="numerical", special=(("top", (np.inf,)),))]
)
def test_plain_data_and_back(spec):
    text = json.dumps(spec.to_dict(), allow_nan=False)
    assert BinSpec.from_dict(json.loads(text)) == spec


def test_plain_data_are_checked():
    with pytest.raises(ValueError, match=r"\$ must have the key 'name', .*got 'kind'"):
        BinSpec.from_dict({"kind": "numerical"})
    with pytest.raises(ValueError, match="must be finite and increase"):
        BinSpec.from_dict(age.to_dict() | {"splits": [2.0, 1.0]})
    with pytest.raises(
        ValueError, match=r"\$.kind must be one of 'numerical', 'categorical', got 'ordinal'"
    ):
        BinSpec.from_dict(age.to_dict() | {"kind": "ordinal"})


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (
            {"kind": "numerical", "splits": (1.0, 1.0)},
            "splits of feature 'x' must be finite and increase",
        ),
        ({"kind": "numerical", "splits": (np.nan,)}, "must be finite"),
        ({"kind": "categorical"}, "levels of feature 'x' must hold at least one bin"),
        (
            {"kind": "categorical", "levels": (("a",), ("a",))},
            "each value of feature 'x' must stand in one place, got 'a' twice",
        ),
        ({"kind": "numerical", "special": (("Missing", (1.0,)),)}, "got 'Missing' twice"),
        (
            {"kind": "numerical", "special": (("s", ("a",)),)},
            "special values of the numerical feature 'x' must be numbers",
        ),
        (
            {"kind": "numerical", "ordered": True},
            "ordered says something of levels only, got the number 'x'",
        ),
        (
            {"kind": "numerical", "unknown": "drop"},
            "unknown must be one of 'zero', 'missing', 'error', got 'drop'",
        ),
    ],
)
def test_bad_bins(options, text):
    with pytest.raises(ValueError, match=text):
        BinSpec(name="x", **options)


def test_factor_refuses_equal_values_that_may_be_one_level_or_two():
    factor = Factor.from_values(np.array([1, 1.0, "a", None], dtype=object))
    assert factor.levels == ("1", "a")
    assert factor.codes.tolist() == [0, 0, 1, -1]
    assert len(factor) == 4
    with pytest.raises(ValueError, match="must hold each level in one type, got True beside 1"):
        Factor.from_values(np.array([1, 1.0, True, None], dtype=object))
    with pytest.raises(ValueError, match="must hold each level in one type, got '1' both as text"):
        Factor.from_values(np.array([1, "1"], dtype=object))


def test_factor_refuses_what_is_no_category():
    with pytest.raises(
        TypeError, match=r"argument must be a string or a number, got \{\} in feature 'x'"
    ):
        Factor.from_values(np.array([{}, 1], dtype=object))


def test_levels_with_one_text_are_one_level():
    class Shade:
        def __str__(self):
            return "grey"

    factor = Factor.from_values(pd.Series([Shade(), Shade(), None], dtype=object))
    assert factor.levels == ("grey",)
    assert factor.codes.tolist() == [0, 0, -1]

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infotheory import _codes, _compiled
from infotheory._codes import (
    Codes,
    canonical,
    compress,
    count_codes,
    encode_labels,
    equal_parts,
    joint_codes,
    reached_at,
    sum_weights,
)


@pytest.mark.parametrize("unit", [0.1, 0.3, 1 / 3, 0.7, 3.3])
def test_rounding_of_running_sums_moves_no_place(unit):
    for n in (5, 7, 12, 99, 1000, 100_000):
        for k in (2, 3, 5, 10):
            # by whole numbers: the middle of row i is (2 i + 1) / (2 n) of all
            expected = (2 * np.arange(n) + 1) * k // (2 * n)
            assert np.array_equal(equal_parts(np.full(n, unit), k), expected)
            places = reached_at(np.full(n, unit), np.arange(1, k + 1) / k)
            assert places.tolist() == [-(-n * i // k) - 1 for i in range(1, k + 1)]


def test_weights_of_zero_at_the_end_make_no_part_more():
    assert equal_parts(np.array([0.0, 1.0, 1.0, 0.0, 0.0]), 2).tolist() == [0, 0, 1, 1, 1]
    assert reached_at(np.array([0.0, 1.0, 0.0]), np.array([1e-300, 1.0])).tolist() == [1, 1]


def same_partition(codes, labels):
    pairs = {(int(code), str(label)) for code, label in zip(codes, labels, strict=True)}
    return len(pairs) == len({code for code, _ in pairs}) == len({label for _, label in pairs})


@pytest.mark.parametrize(
    "labels",
    [
        [3, 1, 3, 2],
        np.array([-5, 7, -5, 7], dtype=np.int8),
        np.array([2**63 + 5, 1, 2**63 + 5], dtype=np.uint64),
        np.array([10**15, -(10**15), 3]),
        np.array([255, 0, 255], dtype=np.uint8),
        [True, False, True],
        ["a", "b", "a"],
        [1, "1", 1],
        [("a",), "b", 3.5],
        np.array([1.0, 2.0, 1.0]),
        [0.25, 0.5, 0.25, 0.5, 0.25, 0.5],
        np.array(["2020-01-01", "2021-01-01", "2020-01-01"], dtype="datetime64[D]"),
        pd.Series(["x", "y", "x"], dtype="category"),
        pd.Series(["x", "y", "x"], dtype="string"),
    ],
    ids=str,
)
def test_labels_of_any_type(labels):
    if isinstance(labels, list) and isinstance(labels[0], tuple):
        array = np.empty(3, dtype=object)
        array[:] = labels
        labels = array
    codes = encode_labels(labels)
    assert codes.index.dtype == np.intp
    assert 0 <= codes.index.min() <= codes.index.max() < codes.n_levels
    listed = list(labels)
    assert same_partition(codes.index, [f"{type(label).__name__}{label}" for label in listed])


def test_columns_are_one_joint_label():
    codes = canonical(encode_labels([[0, 5], [1, 5], [0, 7], [0, 5]]))
    assert codes.index.tolist() == [0, 1, 2, 0]


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (
            [],
            (
                r"x must have shape \(n_rows,\) or \(n_rows, n_columns\) with at least one row, "
                r"got \(0,\)"
            ),
        ),
        (np.zeros((2, 0)), r"got \(2, 0\)"),
        (np.zeros((2, 2, 2)), r"got \(2, 2, 2\)"),
        ([1.0, np.nan], "x must not contain NaN or None, got 1 missing labels"),
        (["a", None, None], "got 2 missing labels"),
        (
            np.linspace(0.05, 1, 100),
            "x must hold labels, got 100 distinct real numbers in 100 rows",
        ),
        (np.random.default_rng(0).normal(size=10), "numpy.digitize"),
    ],
)
def test_bad_labels(labels, message):
    with pytest.raises(ValueError, match=message):
        encode_labels(labels, name="x")


def test_measurements_are_pointed_to_what_the_caller_has_for_them():
    x = np.random.default_rng(0).normal(size=10)
    with pytest.raises(ValueError, match="one label each; for measurements use method='m'; cut"):
        encode_labels(x, of_measurements="method='m'")
    with pytest.raises(ValueError, match="for measurements use method='m'"):
        encode_labels(np.column_stack([x, x]), of_measurements="method='m'")


def test_joint_codes_do_not_overflow():
    column = Codes(np.array([0, 2**40, 2**40]), 2**40 + 1)
    joint = joint_codes(column, column, column)
    assert canonical(joint).index.tolist() == [0, 1, 1]
    with pytest.raises(ValueError, match="same number of rows, got 3 and 1"):
        joint_codes(column, Codes(np.array([0]), 1))


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 6), min_size=1, max_size=30), st.booleans())
def test_canonical_counts_and_weights(labels, spread):
    index = np.array(labels, dtype=np.intp) * (10**6 if spread else 1)
    codes = Codes(index, int(index.max()) + 1)
    dense = canonical(codes)
    seen: dict[int, int] = {}
    assert dense.index.tolist() == [seen.setdefault(label, len(seen)) for label in labels]
    assert dense.n_levels == compress(codes).n_levels == len(seen)
    cells, counts = count_codes(codes)
    expected = np.unique(index, return_counts=True)
    assert cells.tolist() == expected[0].tolist()
    assert counts.tolist() == expected[1].tolist()
    weights = np.arange(1.0, index.size + 1.0)
    weighted = count_codes(codes, weights)
    assert weighted[0].tolist() == cells.tolist()
    assert weighted[1] == pytest.approx([weights[index == cell].sum() for cell in cells])
    assert sum_weights(dense, weights).sum() == weights.sum()


def test_cells_of_weight_zero_are_left_out():
    for n_levels in (3, 10**9):
        cells, weights = count_codes(
            Codes(np.array([0, 1, 2]), n_levels), np.array([1.0, 0.0, 2.0])
        )
        assert cells.tolist() == [0, 2]
        assert weights.tolist() == [1.0, 2.0]


@pytest.mark.parametrize("dtype", ["category", "str", "string[python]", "string[pyarrow]", object])
def test_text_of_pandas_has_the_codes_of_its_objects(dtype):
    """In order of first occurrence, unused categories left out, however the text is stored."""
    if dtype == "string[pyarrow]":
        pytest.importorskip("pyarrow")
    texts = np.random.default_rng(0).choice(["b", "a", "c"], 200).astype(object)
    column = pd.Series(texts, index=np.arange(200)[::-1], dtype=dtype)
    if dtype == "category":
        column = column.cat.add_categories(["never"])
    codes, plain = encode_labels(column), encode_labels(texts)
    assert codes.index.tolist() == plain.index.tolist()
    assert codes.n_levels == plain.n_levels == 3
    assert codes.index.dtype == np.intp
    gaps = column.copy()
    gaps.iloc[[3, 5]] = None
    with pytest.raises(ValueError, match="x must not contain NaN or None, got 2 missing labels"):
        encode_labels(gaps, name="x")


def test_what_pandas_does_not_know_for_missing_is_missing():
    """Odd values that differ from themselves stand among levels, not rows."""

    class Odd:
        def __ne__(self, other):
            return True

        def __hash__(self):
            return 1

    odd, labels = Odd(), np.array(["a", "b", "a", "b"], dtype=object)
    labels[[1, 3]] = odd
    with pytest.raises(ValueError, match="got 2 missing labels"):
        encode_labels(labels)
    with pytest.raises(ValueError, match="got 1 missing labels"):
        encode_labels(np.array(["a", pd.NaT, "b"], dtype=object))


@pytest.mark.parametrize("kept", [object, "str"])
@pytest.mark.parametrize("n_levels", [1, 7, 300, 40_000])
def test_a_kernel_numbers_categories_as_the_hash_does(n_levels, kept, monkeypatch):
    names = pd.Index([f"level {i}" for i in range(n_levels)], dtype=kept)
    drawn = np.random.default_rng(n_levels).integers(0, n_levels, 50_000)
    column = pd.Series(pd.Categorical.from_codes(drawn, names))
    monkeypatch.setattr(_compiled, "_ROWS_BEFORE", 0)
    for labels in (column, column.array, column[100:0:-3]):
        wanted, levels = pd.factorize(labels)
        found = encode_labels(labels)
        assert found.n_levels == len(levels)
        assert found.index.dtype == np.intp
        np.testing.assert_array_equal(found.index, wanted)
    assert _codes._number_anew.is_made

    # The codes of the column itself are not written over, and one that is missing is named.
    np.testing.assert_array_equal(column.cat.codes, drawn)
    column[3] = None
    with pytest.raises(ValueError, match="1 missing"):
        encode_labels(column)


def test_categories_that_are_numbers_keep_their_order():
    assert encode_labels(pd.Categorical([3, 1, 3, 2])).index.tolist() == [2, 0, 2, 1]

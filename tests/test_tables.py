import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infotheory.tables import CountTable


def draw(seed, n=60):
    rng = np.random.default_rng(seed)
    return (
        rng.integers(0, 4, n),
        rng.integers(0, 2, n),
        rng.choice(["a", "b", "c"], n),
        rng.exponential(size=n),
    )


def test_counts_by_hand():
    table = CountTable.from_codes([0, 0, 1, 2], [0, 1, 1, 0], sample_weight=[1.0, 2.0, 3.0, 0.5])
    assert table.counts.tolist() == [[1.0, 2.0], [0.0, 3.0], [0.5, 0.0]]
    assert table.squared_weights.tolist() == [[1.0, 4.0], [0.0, 9.0], [0.25, 0.0]]
    assert (table.nonevents.tolist(), table.events.tolist()) == ([1.0, 0.0, 0.5], [2.0, 3.0, 0.0])


@given(st.integers(0, 1000))
@settings(max_examples=30)
def test_shards_add_up_and_groups_sum_out(seed):
    codes, y, group, w = draw(seed)
    group[:3], group[-3:] = list("abc"), list("abc")
    labels = list("wxyz")
    halves = [
        CountTable.from_codes(codes[s], y[s], group[s], w[s], labels=labels)
        for s in (slice(30), slice(30, None))
    ]
    whole = CountTable.from_codes(codes, y, group, w, labels=labels)
    np.testing.assert_allclose((halves[0] + halves[1]).counts, whole.counts)
    plain = CountTable.from_codes(codes, y, sample_weight=w, labels=labels)
    np.testing.assert_allclose(whole.without_groups().counts, plain.counts)
    np.testing.assert_allclose(whole.without_groups().squared_weights, plain.squared_weights)
    np.testing.assert_allclose(
        whole.merge([0, 0, 1, 1]).counts, [c.sum(axis=0) for c in np.split(whole.counts, 2)]
    )
    pair = whole.between_groups("a", "c", outcome=1)
    expected = [
        np.bincount(codes[(group == g) & (y == 1)], w[(group == g) & (y == 1)], minlength=4)
        for g in "ac"
    ]
    np.testing.assert_allclose(pair.counts, np.column_stack(expected))


def test_merge_labels_and_gaps():
    table = CountTable.from_counts([1, 2, 3], [4, 5, 6], labels=["a", "b", "c"])
    assert table.merge([0, 1, 1]).labels == ("a", "b | c")
    wide = table.merge([0, 2, 2], labels=["x", "y", "z"])
    assert (wide.labels, wide.counts.tolist()) == (
        ("x", "y", "z"),
        [[1.0, 4.0], [0.0, 0.0], [5.0, 11.0]],
    )


def test_frame_has_a_row_a_bin_and_group():
    table = CountTable.from_codes([0, 1, 1], [0, 1, 0], ["m", "f", "m"])
    frame = table.to_frame()
    assert frame[["bin", "group"]].to_numpy().tolist() == [
        ["0", "f"],
        ["0", "m"],
        ["1", "f"],
        ["1", "m"],
    ]
    assert frame["count"].tolist() == [0.0, 1.0, 1.0, 1.0]
    assert np.isnan(frame["event_rate"][0])
    assert CountTable.from_counts([3], [1]).to_frame()["event_rate"].tolist() == [0.25]


def test_tables_are_frozen_and_copied():
    counts = np.array([[1.0, 2.0]])
    table = CountTable(("a",), counts, counts)
    counts[0, 0] = 9.0
    assert table.counts[0, 0] == 1.0
    with pytest.raises(ValueError, match="read-only"):
        table.counts[0, 0] = 5.0
    with pytest.raises(AttributeError):
        table.labels = ("b",)


def test_counts_of_rows_of_weight_one_stand_once():
    counts = np.array([[3.0, 1.0], [2.0, 4.0]])
    table = CountTable(("a", "b"), counts, counts)
    assert table.squared_weights is table.counts
    assert table.counts is not counts
    with pytest.raises(ValueError, match="counts must not be negative"):
        CountTable(("a", "b"), -counts, -counts)
    apart = CountTable(("a", "b"), counts, counts.copy())
    assert apart.squared_weights is not apart.counts


def test_adding_something_else_is_a_type_error():
    with pytest.raises(TypeError):
        CountTable.from_counts([1], [1]) + 1


TABLE = CountTable.from_counts([1, 2], [3, 4])
GROUPED = CountTable.from_codes([0, 1], [0, 1], ["a", "b"])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: CountTable.from_counts([1, 2], [1]),
            r"vectors of one length, got shapes \(2,\) and \(1,\)",
        ),
        (lambda: CountTable.from_counts([1, -2], [1, 1]), "nonevents must not be negative, got -2"),
        (lambda: CountTable.from_counts([1, 2], [1, np.inf]), "events must be finite, got inf"),
        (lambda: CountTable.from_counts([], []), "nonevents must not be empty"),
        (lambda: CountTable.from_counts(["a"], [1]), "nonevents must be numbers"),
        (
            lambda: CountTable.from_counts([1, 2], [1, 2], labels=["a"]),
            r"counts must have shape \(1, 2\)",
        ),
        (
            lambda: CountTable.from_codes([0.5], [1]),
            "bins must be integers from 0, got dtype float64",
        ),
        (lambda: CountTable.from_codes([-1], [1]), "bins must be integers from 0"),
        (
            lambda: CountTable.from_codes([2], [1], labels=["a"]),
            "bins must be integers from 0 to 0",
        ),
        (lambda: CountTable.from_codes([], []), "non-empty vector of integers"),
        (lambda: CountTable.from_codes([0, 1], [1]), r"y must have shape \(2,\)"),
        (
            lambda: CountTable.from_codes([0, 1, 1], [0, 1, 2]),
            r"got 3 classes \(0, 1, 2\); pass y == 2 for one of them against the others",
        ),
        (lambda: CountTable.from_codes([0, 1], [1, np.nan]), "got 1 missing labels"),
        (
            lambda: CountTable.from_codes([0, 1], [1, 0], sample_weight=[1, -1]),
            "sample_weight must not be negative, got -1",
        ),
        (
            lambda: CountTable.from_codes([0, 1], [1, 0], group=["a"]),
            r"group must have shape \(2,\)",
        ),
        (lambda: TABLE.merge([0]), r"groups must have shape \(2,\)"),
        (lambda: TABLE.merge([0, 1.5]), "bins must be integers"),
        (lambda: TABLE + CountTable.from_counts([1], [1]), "tables add up only over the same bins"),
        (lambda: GROUPED.between_groups("a", "z"), r"group must be one of \['a', 'b'\], got 'z'"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()

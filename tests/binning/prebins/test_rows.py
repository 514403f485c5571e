"""Pre-bins: quantile cells, levels, counts."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infotheory._rows import Rows
from infotheory.binning.prebins.rows import (
    PrebinOptions,
    event_rate_cells,
    pooled_cells,
    prebin,
    quantile_splits,
)
from infotheory.cells import Factor
from infotheory.engines import placing as room

VALUES = st.lists(st.integers(-30, 30).map(float), min_size=1, max_size=120)


def make(values, y=None, weights=None, **options):
    n = len(values)
    target = np.arange(n) % 2 * 1.0 if y is None else np.asarray(y, dtype=float)
    rows = Rows.of_sample(target, weights)
    return prebin("x", values, rows, PrebinOptions(**{"max_n_prebins": 64} | options))


def test_rounding_of_millions_of_weights_moves_no_split():
    values = np.arange(3_000_000.0)
    for weight in (0.3, 1 / 3):
        splits = quantile_splits(values, np.full(values.size, weight), 2)
        assert splits.tolist() == [1_500_000.0]


def test_categories_without_weight_make_no_cell_more():
    assert pooled_cells(np.array([1.0, 1.0, 1.0, 0.0]), 3).tolist() == [0, 1, 2, 2]
    assert pooled_cells(np.full(5, 0.3), 2).tolist() == [0, 0, 1, 1, 1]


def test_quantile_splits_by_hand():
    assert quantile_splits(np.arange(8.0), None, 4).tolist() == [2.0, 4.0, 6.0]
    atom = np.array([0.0] * 70 + list(range(1, 31)))
    assert quantile_splits(atom, None, 10).tolist() == [1.0, 11.0, 21.0]


def test_few_values_have_a_cell_each():
    cells = make(np.array([3.0, 1.0, 2.0, 1.0]), max_n_prebins=3)
    assert cells.spec.splits == (2.0, 3.0)
    assert cells.codes.tolist() == [2, 0, 1, 0]


@settings(deadline=None, max_examples=80)
@given(VALUES, st.integers(2, 20), st.data())
def test_integer_weights_are_repeated_rows(values, m, data):
    values = np.array(values)
    weights = np.array(
        data.draw(st.lists(st.integers(1, 4), min_size=len(values), max_size=len(values)))
    )
    repeated = quantile_splits(np.repeat(values, weights), None, m)
    assert quantile_splits(values, weights.astype(float), m).tolist() == repeated.tolist()
    assert quantile_splits(values, weights * 0.1, m).tolist() == repeated.tolist()
    assert np.isin(repeated, values).all()
    assert len(repeated) < m


@settings(deadline=None, max_examples=60)
@given(VALUES, st.integers(2, 20))
def test_cells_end_with_numpys_inverted_cdf_quantiles(values, m):
    values = np.array(values)
    splits = quantile_splits(values, None, m)
    if len(np.unique(values)) > m:
        ends = np.quantile(values, np.arange(1, m) / m, method="inverted_cdf")
        assert (
            splits.tolist()
            == np.unique([values[values > e].min() for e in ends if (values > e).any()]).tolist()
        )


@pytest.mark.parametrize("weighted", [False, True])
def test_partial_sort_gives_the_splits_of_a_full_sort(monkeypatch, weighted):
    rng = np.random.default_rng(0)
    draws = [
        rng.normal(size=3000),
        np.exp(3 * rng.normal(size=3000)),
        rng.integers(0, 200, 3000) * 1.0,
    ]
    draws.append(np.where(rng.random(3000) < 0.5, 0.0, rng.normal(size=3000)))
    for values in draws:
        weights = rng.integers(1, 5, 3000) * 1.0 if weighted else None
        full = quantile_splits(values, weights, 20)
        monkeypatch.setattr(room, "_SAMPLE", 100)
        monkeypatch.setattr(room, "_PIVOTS_A_CELL", 2)
        assert quantile_splits(values, weights, 20).tolist() == full.tolist()
        monkeypatch.undo()


def test_missing_and_special_values_have_cells():
    values = np.array([1.0, 2.0, np.nan, -9.0, -8.0, 5.0])
    cells = make(
        values, special_codes={"refused": -9, "lost": [-8, "text is ignored"], "text": "a"}
    )
    assert cells.spec.labels == ("[-inf, 2)", "[2, 5)", "[5, inf)", "refused", "lost", "Missing")
    assert cells.codes.tolist() == [0, 1, 5, 3, 4, 2]
    assert make(values, special_codes=[-9, -8]).spec.special == (("Special", (-9.0, -8.0)),)


def test_rows_of_weight_zero_are_absent():
    values = np.array([1.0, 2.0, 3.0, np.inf, 4.0])
    weights = np.array([1.0, 0.0, 2.0, 0.0, 1.0])
    with pytest.raises(ValueError, match="infinity"):  # a value without a bin is refused even so
        make(values, weights=weights)
    cells = make(values[[0, 1, 2, 4]], weights=weights[[0, 1, 2, 4]])
    assert cells.spec.splits == (3.0, 4.0)
    factor = Factor.from_values(["a", "b", "a", "c"])
    absent = make(factor, weights=np.array([1.0, 0.0, 1.0, 1.0]), cat_unknown="error")
    assert absent.spec.levels == (("a",), ("c",))
    assert absent.codes.tolist() == [0, 3, 0, 1]
    assert absent.table.counts.sum() == 3.0


def test_weighted_counts_are_not_truncated():
    cells = make(np.array([1.0, 1.0, 2.0]), y=[0, 1, 0], weights=np.array([0.25, 0.5, 0.3]))
    np.testing.assert_allclose(cells.table.counts, [[0.25, 0.5], [0.3, 0.0], [0.0, 0.0]])
    np.testing.assert_allclose(
        cells.table.squared_weights, [[0.0625, 0.25], [0.09, 0.0], [0.0, 0.0]]
    )


def test_levels_stand_in_order_of_their_name_and_rare_ones_together():
    factor = Factor.from_values(["c"] * 5 + ["b"] * 4 + ["z", "y", None])
    assert make(factor).spec.levels == (("b",), ("c",), ("y",), ("z",))
    assert make(factor, cat_cutoff=0.2).spec.levels == (("b",), ("c",), ("y", "z"))
    assert make(factor, special_codes=["z"]).spec.labels == ("b", "c", "y", "Special", "Missing")


def test_event_rate_cells():
    counts = np.array([[5.0, 5.0], [9.0, 1.0], [0.0, 0.0], [1.0, 9.0]])
    assert event_rate_cells(counts, 64).tolist() == [
        1,
        0,
        2,
        3,
    ]  # the empty one at the overall rate, 0.5
    many = np.column_stack([np.full(1000, 1.0), np.arange(1000.0)])
    pooled = event_rate_cells(many, 10)
    assert (np.diff(pooled) >= 0).all()
    assert pooled.max() == 9
    share = np.bincount(pooled, many.sum(axis=1)) / many.sum()
    assert (abs(share - 0.1) < 0.01).all()


def test_hundred_thousand_levels():
    rng = np.random.default_rng(0)
    values = np.arange(100_000).repeat(2)
    cells = make(Factor.from_values(values), y=rng.integers(0, 2, 200_000))
    assert cells.spec.n_bins == 100_000
    assert event_rate_cells(cells.table.counts[:100_000], 64).max() < 64


def test_user_splits():
    assert make(np.arange(9.0), user_splits=[2.5, 7]).spec.splits == (2.5, 7.0)
    factor = Factor.from_values(["a", "b", "c"])
    assert make(factor, user_splits=[["a", "c"], ["b", "d"]]).spec.levels == (
        ("a", "c"),
        ("b", "d"),
    )
    with pytest.raises(ValueError, match="must be finite and increase"):
        make(np.arange(9.0), user_splits=[7, 2])
    with pytest.raises(
        ValueError, match=r"must name every level of the data, got none for \['c'\]"
    ):
        make(factor, user_splits=[["a"], ["b"]])
    with pytest.raises(ValueError, match="must be lists of levels"):
        make(factor, user_splits=["a", "b"])


def test_no_regular_values():
    assert make(np.full(4, np.nan)).spec.labels == ("[-inf, inf)", "Missing")
    assert make(Factor.from_values(np.array([None, None], dtype=object))).spec.labels == (
        "(no level)",
        "Missing",
    )


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"max_n_prebins": 1}, ValueError, "max_n_prebins must be an integer of at least 2, got 1"),
        (
            {"max_n_prebins": 2.5},
            TypeError,
            "max_n_prebins must be an integer of at least 2, got 2.5",
        ),
        (
            {"cat_cutoff": 1.5},
            ValueError,
            r"cat_cutoff must be a share of the total weight in \[0, 1\), or None, got 1.5",
        ),
        (
            {"special_codes": [np.nan]},
            ValueError,
            "special_codes must not hold missing values",
        ),
        ({"special_codes": {"Missing": 1}}, ValueError, "got 'Missing' twice"),
    ],
)
def test_bad_options(options, error, text):
    with pytest.raises(error, match=text):
        make(np.arange(4.0), **options)

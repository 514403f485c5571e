"""Levels in a declared order: only neighbours share a bin, on every engine and after every edit."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from infotheory.binning import FairBinner, OptimalBinner, StumpBinner
from infotheory.binning.edits.edits import merge_bins, move_category, set_bins, split_bin
from infotheory.binning.prebins.separation import separating_area
from infotheory.cells import BinSpec, Factor
from infotheory.engines import FrameCounts, PrebinOptions, count_frame, fine_cells
from infotheory.scorecard import Scorecard
from infotheory.tables import CountTable
from tests.engines.in_memory import FRAMES, frame_of

ORDER = ["<1", "1-3", "3-5", "5-10", "10+"]
RATES = dict(zip(ORDER, [0.3, 0.1, 0.5, 0.1, 0.5], strict=True))


@pytest.fixture(scope="module")
def rows():
    """Risk goes up and down along the order, so that levels far apart would share a bin."""
    rng = np.random.default_rng(4)
    levels = rng.choice(np.array([*ORDER, None], dtype=object), 3000)
    risk = np.array([RATES.get(level, 0.3) for level in levels])
    tenure = pd.Categorical(levels, categories=[*ORDER[:2], "never", *ORDER[2:]], ordered=True)
    return pd.DataFrame({"tenure": tenure, "bad": (rng.random(3000) < risk).astype(int)})


def levels_of(binner, feature="tenure"):
    return [list(levels) for levels in binner.specs_[feature].levels]


def is_in_order(groups, order=ORDER):
    levels = [level for group in groups for level in group]
    return levels == [level for level in order if level in levels]


FREE = OptimalBinner(monotonic_trend=None, max_n_bins=2)


def test_text_of_the_same_levels_is_joined_across_the_order(rows):
    """Otherwise the tests below could not fail."""
    binner = FREE.fit(rows[["tenure"]].astype(object), rows["bad"])
    assert not is_in_order(levels_of(binner))
    assert not binner.specs_["tenure"].ordered


@pytest.mark.parametrize(
    "binner",
    [
        FREE,
        OptimalBinner(),
        OptimalBinner(cat_cutoff=0.2, monotonic_trend=None),
        OptimalBinner(max_n_prebins=3, monotonic_trend=None),
        StumpBinner(max_n_bins=2, monotonic_trend=None),
        StumpBinner(mode="joint", max_n_bins=3),
        FairBinner(max_n_bins=3),
    ],
)
def test_only_neighbours_are_joined(rows, binner):
    binner.fit(rows[["tenure"]], rows["bad"])
    groups = levels_of(binner)
    assert len(groups) >= 2
    assert is_in_order(groups)
    assert sorted(level for group in groups for level in group) == sorted(ORDER)
    assert binner.specs_["tenure"].ordered
    assert binner.prebin_specs_["tenure"].ordered


def test_the_best_bins_of_neighbours(rows):
    """By enumeration: the bins are the cut with the largest information value."""
    binner = FREE.fit(rows[["tenure"]], rows["bad"])
    table = binner.prebin_tables_["tenure"]
    values = []
    for cut in range(1, len(ORDER)):
        groups = np.repeat([0, 1, 2], [cut, len(ORDER) - cut, 1])
        counts = np.zeros((3, 2))
        np.add.at(counts, groups, table.counts)
        shares = counts / counts.sum(axis=0)
        terms = (shares[:, 0] - shares[:, 1]) * np.log(shares[:, 0] / shares[:, 1])
        values.append(terms[:2].sum())
    cut = 1 + int(np.argmax(values))
    assert levels_of(binner) == [ORDER[:cut], ORDER[cut:]]


@pytest.mark.parametrize("library", FRAMES)
def test_every_engine_keeps_the_order(rows, library):
    wanted = levels_of(FREE.fit(rows[["tenure"]], rows["bad"]))
    frame = frame_of(library, rows)
    if "polars" in library:  # which makes unordered categories of those of pandas
        enum = pl.Enum(list(rows["tenure"].cat.categories))
        frame = frame.with_columns(pl.col("tenure").cast(pl.String).cast(enum))
    found = OptimalBinner(monotonic_trend=None, max_n_bins=2).fit_frame(frame, "bad")
    assert levels_of(found) == wanted
    assert found.specs_["tenure"].ordered


def test_columns_of_polars_and_pyarrow_in_memory_keep_the_order(rows):
    wanted = levels_of(FREE.fit(rows[["tenure"]], rows["bad"]))
    arrow = pa.Table.from_pandas(rows[["tenure"]])
    texts = rows["tenure"].astype(object).where(rows["tenure"].notna(), None)
    enum = pl.Series(texts.to_list(), dtype=pl.Enum(list(rows["tenure"].cat.categories)))
    as_arrow = pd.Series(
        pd.arrays.ArrowExtensionArray(arrow["tenure"].combine_chunks()), index=rows.index
    )
    for X in (arrow, pl.DataFrame({"tenure": enum}), pd.DataFrame({"tenure": as_arrow})):
        assert levels_of(FREE.fit(X, rows["bad"])) == wanted


@pytest.mark.parametrize("library", FRAMES)
def test_an_order_is_declared_or_taken_away(rows, library):
    wanted = levels_of(FREE.fit(rows[["tenure"]], rows["bad"]))
    unordered = levels_of(FREE.fit(rows[["tenure"]].astype(object), rows["bad"]))
    text = rows.assign(tenure=rows["tenure"].astype(object).where(rows["tenure"].notna(), None))
    for source, order, groups in ((text, ORDER, wanted), (rows, None, unordered)):
        binner = OptimalBinner(
            categorical_features={"tenure": order}, monotonic_trend=None, max_n_bins=2
        )
        assert levels_of(binner.fit_frame(frame_of(library, source), "bad")) == groups
        assert levels_of(binner.fit(source[["tenure"]], source["bad"])) == groups
        assert levels_of(binner.fit_counts(binner.fit_frame(source, "bad").counts_)) == groups


def test_enums_of_duckdb_in_order_of_the_alphabet_are_nobodys_statement(rows):
    unordered = rows.assign(tenure=pd.Categorical(rows["tenure"].astype(object)))
    found = FREE.fit_frame(frame_of("duckdb", unordered), "bad")
    assert not found.specs_["tenure"].ordered
    assert levels_of(found) == levels_of(FREE.fit(unordered[["tenure"]], rows["bad"]))


@pytest.mark.parametrize(
    ("order", "error", "text"),
    [
        (ORDER[:3], ValueError, r"must name every level of the data, got none for \['10\+'"),
        ([*ORDER, "<1"], ValueError, "each level once"),
        ([], ValueError, "each level once"),
        ("abc", TypeError, "levels in order"),
        (set(ORDER), TypeError, "levels in order"),
    ],
)
def test_what_is_no_order(rows, order, error, text):
    with pytest.raises(error, match=text):
        OptimalBinner(categorical_features={"tenure": order}).fit(rows[["tenure"]], rows["bad"])
    with pytest.raises(ValueError, match="must be among the features"):
        OptimalBinner(categorical_features={"age": None}).fit(rows[["tenure"]], rows["bad"])


def test_numbers_have_an_order_of_levels_too():
    X = pd.DataFrame({"code": np.resize([1.0, 2.0, np.nan, 10.0], 400)})
    y = np.resize([0, 1, 1, 0, 0, 0, 1], 400)
    by_dtype = X.assign(code=pd.Categorical(X["code"], [10.0, 2.0, 1.0], ordered=True))
    for binner, frame in (
        (OptimalBinner(categorical_features={"code": [10, 2, 1]}), X),
        (OptimalBinner(), by_dtype),
    ):
        assert is_in_order(levels_of(binner.fit(frame, y), "code"), ["10", "2", "1"])
        assert binner.specs_["code"].ordered


def test_special_codes_and_declared_levels_without_rows_are_no_part_of_the_order(rows):
    binner = OptimalBinner(
        categorical_features={"tenure": ["0", *ORDER]}, special_codes={"old": ["10+"]}
    ).fit(rows[["tenure"]].astype(object), rows["bad"])
    assert is_in_order(levels_of(binner))
    assert sorted(level for group in levels_of(binner) for level in group) == sorted(ORDER[:-1])


def test_groups_of_the_user_keep_the_order(rows):
    X, y = rows[["tenure"]], rows["bad"]
    groups = [["<1", "1-3"], ["3-5"], ["5-10", "10+"]]
    binner = OptimalBinner(user_splits={"tenure": groups}, monotonic_trend=None).fit(X, y)
    assert [list(group) for group in binner.prebin_specs_["tenure"].levels] == groups
    for mixed in ([["<1", "3-5"], ["1-3"], ["5-10", "10+"]], groups[::-1]):
        with pytest.raises(ValueError, match="must hold neighbours, in the order"):
            OptimalBinner(user_splits={"tenure": mixed}).fit(X, y)


def test_edits_keep_the_order(rows):
    X, y = rows[["tenure"]], rows["bad"]
    binner = OptimalBinner(monotonic_trend=None).fit(X, y)
    assert levels_of(binner) == [[level] for level in ORDER]
    with pytest.raises(ValueError, match=r"ordered feature 'tenure' must be neighbours"):
        merge_bins(binner, "tenure", [0, 2], reason="test")

    pairs = merge_bins(binner, "tenure", [0, 1], reason="test")
    assert levels_of(pairs)[0] == ["<1", "1-3"]
    assert levels_of(split_bin(pairs, "tenure", ["<1"], reason="test")) == levels_of(binner)
    assert levels_of(split_bin(pairs, "tenure", ["1-3"], reason="test")) == levels_of(binner)
    moved = move_category(pairs, "tenure", "1-3", 1, reason="test")
    assert levels_of(moved) == [["<1"], ["1-3", "3-5"], ["5-10"], ["10+"]]
    back = move_category(moved, "tenure", "1-3", 0, reason="test")
    assert levels_of(back) == levels_of(pairs)

    for step, arguments in (
        (move_category, ("<1", 1)),
        (set_bins, ([["<1", "3-5"], ["1-3", "5-10", "10+"]],)),
        (set_bins, ([ORDER[3:], ORDER[:3]],)),
    ):
        with pytest.raises(ValueError, match="must hold neighbours, in the order"):
            step(pairs, "tenure", *arguments, reason="test")
    third = set_bins(binner, "tenure", [ORDER[:3], ORDER[3:]], reason="test")
    with pytest.raises(ValueError, match="must hold neighbours"):
        split_bin(third, "tenure", ["1-3"], reason="test")
    assert third.specs_["tenure"].ordered


def test_finer_bins_of_given_rows_keep_the_order(rows):
    X, y = rows[["tenure"]], rows["bad"]
    binner = OptimalBinner(cat_cutoff=0.3, monotonic_trend=None).fit(X, y)
    first = levels_of(binner)[0]
    assert len(first) > 1
    for again in (X, X.astype(object)):
        finer = split_bin(binner, "tenure", first[:1], reason="test", rows=(again, y))
        assert levels_of(finer)[:2] == [first[:1], first[1:]]
        assert finer.specs_["tenure"].ordered
        assert finer.prebin_specs_["tenure"].ordered


def test_documents_keep_the_order(rows):
    card = Scorecard(FREE).fit(rows[["tenure"]], rows["bad"])
    spec = Scorecard.from_json(card.to_json()).binner_.specs_["tenure"]
    assert spec == card.binner_.specs_["tenure"]
    assert spec.ordered
    plain = Scorecard(FREE).fit(rows[["tenure"]].astype(object), rows["bad"])
    assert '"ordered"' not in plain.to_json()  # as readers of the first edition know it

    counts = FREE.fit_frame(rows, "bad").counts_
    assert FrameCounts.from_json(counts.to_json()).specs == counts.specs
    with pytest.raises(ValueError, match="ordered"):
        BinSpec.from_dict({**BinSpec(name="x", kind="numerical").to_dict(), "ordered": True})


def shard(levels, categories):
    values = pd.Categorical(np.repeat(list(levels), 2), categories, ordered=True)
    return pd.DataFrame({"x": values, "y": np.resize([0, 1], 2 * len(levels))})


def test_shards_unite_their_levels_in_order():
    one, other = shard("ac", list("abc")), shard("bcd", list("bcd"))
    cells = fine_cells(one, {"x": PrebinOptions(max_n_prebins=5)})
    for frame in (other, pl.from_pandas(other).cast({"x": pl.Enum(list("bcd"))})):
        with pytest.raises(ValueError, match=r"ordered feature 'x' must have one order.*'a' and"):
            count_frame(frame, cells, target="y", new_levels=True)

    counted = count_frame(shard("abc", list("abc")), cells, target="y", new_levels=True)
    assert counted.specs["x"].levels == (("a",), ("b",), ("c",))
    whole = counted + count_frame(other.iloc[2:], cells, target="y", new_levels=True)
    assert whole.specs["x"].levels == (("a",), ("b",), ("c",), ("d",))
    assert whole.tables["x"].counts[:4].tolist() == [[1, 1], [1, 1], [2, 2], [1, 1]]

    with pytest.raises(ValueError, match="nobody says which is first"):
        count_frame(other.astype({"x": object}), cells, target="y", new_levels=True)
    declared = fine_cells(one, {"x": PrebinOptions(max_n_prebins=5, level_order=list("abcd"))})
    assert declared["x"].levels == (("a",), ("b",), ("c",), ("d",))
    both = [count_frame(frame, declared, target="y", new_levels=True) for frame in (one, other)]
    assert (both[0] + both[1]).tables["x"].counts[:4].tolist() == [[1, 1], [1, 1], [2, 2], [1, 1]]


def test_levels_in_order_that_separate_are_found_whatever_their_number():
    """One row a level says nothing of a category, and all of an order."""
    spec = BinSpec(
        name="x", kind="categorical", levels=tuple((f"{i:02}",) for i in range(40)), ordered=True
    )
    goods = np.append(np.repeat([1.0, 0.0], 20), 0.0)
    table = CountTable.from_counts(goods, np.append(1.0 - goods[:-1], 0.0), labels=spec.labels)
    assert separating_area(spec, table) == 1.0
    unordered = BinSpec(name="x", kind="categorical", levels=spec.levels)
    assert separating_area(unordered, table) is None


def test_a_factor_in_order():
    factor = Factor.from_values(pd.Series(["b", None, "a"]), order=["c", "b", "a"])
    assert (factor.levels, factor.codes.tolist()) == (("b", "a"), [0, -1, 1])
    with pytest.raises(ValueError, match="must name every level"):
        Factor.from_values(["b", "a"], order=["b"])
    with pytest.raises(ValueError, match="in one place"):
        Factor.from_values(["b", "a"], order=["b", "a", "b"])


def test_an_ordered_level_that_occurs_in_no_row_is_no_unseen_value(rows):
    binner = OptimalBinner(cat_unknown="error").fit(rows[["tenure"]], rows["bad"])
    assert binner.bin_codes(rows[["tenure"]]).max() < 6


def test_a_binner_read_from_its_document_and_a_subset_keep_the_order(rows):
    declared = {"tenure": ORDER, "place": None}
    X = rows[["tenure"]].astype(object).assign(place=np.resize(["b", "a", "c"], len(rows)))
    binner = OptimalBinner(categorical_features=declared, monotonic_trend=None).fit(X, rows["bad"])
    read = OptimalBinner.from_json(binner.to_json())
    assert read.specs_ == binner.specs_
    assert levels_of(merge_bins(read, "tenure", [0, 1], reason="test"))[0] == ORDER[:2]
    part = read.subset(["tenure"])
    assert part.categorical_features == {"tenure": ORDER}
    assert levels_of(part.fit(X[["tenure"]], rows["bad"])) == levels_of(binner)

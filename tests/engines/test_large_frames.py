"""More rows than the sample: cuts within the rank error that is reported; many levels; counts that
add up.
"""

from dataclasses import replace

import narwhals as nw
import numpy as np
import pandas as pd
import pytest

from infotheory.binning import OptimalBinner, StumpBinner
from infotheory.binning import _base as base
from infotheory.binning.prebins import counts as counted
from infotheory.cells import BinSpec
from infotheory.engines import (
    PrebinOptions,
    bin_column,
    count_frame,
    fine_cells,
    open_frame,
    sampling,
)

every_engine = pytest.mark.parametrize(
    "engine", ["pandas", "pyarrow", "polars", "polars lazy", "duckdb", "spark"]
)


@pytest.fixture
def small_sample(monkeypatch):
    for room in (sampling, counted, base):
        monkeypatch.setattr(room, "SAMPLE_ROWS", 4000)


def many(n=40_000, seed=5):
    rng = np.random.default_rng(seed)
    smooth = rng.normal(size=n)
    return pd.DataFrame(
        {
            "smooth": smooth,
            "tied": np.where(rng.random(n) < 0.6, 0.0, rng.exponential(size=n).round(1)),
            "whole": rng.integers(18, 90, n),
            "few": rng.choice([1.0, 2.0, 5.0], n, p=[0.7, 0.2999, 0.0001]),
            "y": (rng.random(n) < 1 / (1 + np.exp(1.0 - smooth))).astype(int),
            "w": rng.integers(0, 4, n) / 2.0,
        }
    )


@every_engine
@pytest.mark.parametrize("weights", [None, "w"])
def test_cuts_are_within_the_reported_rank_error(on_engine, small_sample, engine, weights):
    rows = many()
    features = ["smooth", "tied", "whole", "few"]
    binner = OptimalBinner(max_n_prebins=32).fit_frame(
        on_engine(rows, engine), "y", sample_weight=weights, features=features
    )
    w = np.ones(len(rows)) if weights is None else rows["w"].to_numpy()
    for name in features:
        x, error = rows[name].to_numpy(), binner.rank_errors_[name]
        splits = np.array(binner.prebin_specs_[name].splits)
        assert np.isin(splits, x).all()
        values, place = np.unique(x, return_inverse=True)
        exact = (
            np.cumsum(np.bincount(place, w)) / w.sum()
        )  # rank behind each value; 1 where nothing is cut
        ours = np.append(exact[np.searchsorted(values, splits) - 1], 1.0)
        for target in np.arange(1, 32) / 32:
            wanted = exact[np.argmax(exact >= target * (1 - 1e-12))]
            assert np.abs(ours - wanted).min() <= error + 1e-12
        assert error < (0.006 if name == "smooth" else 0.003)
        table = binner.prebin_tables_[name]
        cells = 2 * binner.prebin_specs_[name].encode(x) + rows["y"].to_numpy()
        assert (
            table.counts.ravel().tolist()
            == np.bincount(cells, w, minlength=2 * table.n_bins).tolist()
        )
    again = OptimalBinner(max_n_prebins=32).fit_frame(
        on_engine(rows, engine), "y", sample_weight=weights, features=features
    )
    assert again.prebin_specs_ == binner.prebin_specs_


@every_engine
def test_user_splits_need_no_sample(on_engine, small_sample, engine):
    rows = many()[["smooth", "y"]]
    splits = {"smooth": [-1.0, 0.1, 1.0]}
    wanted = OptimalBinner(user_splits=splits).fit(rows[["smooth"]], rows["y"])
    found = OptimalBinner(user_splits=splits).fit_frame(on_engine(rows, engine), "y")
    assert (
        found.prebin_tables_["smooth"].counts.tolist()
        == wanted.prebin_tables_["smooth"].counts.tolist()
    )
    assert found.splits_["smooth"].tolist() == wanted.splits_["smooth"].tolist()


@pytest.mark.filterwarnings("ignore::infotheory.exceptions.HighCardinalityWarning")
@pytest.mark.parametrize("engine", ["polars lazy", "duckdb"])
def test_a_hundred_thousand_levels(on_engine, engine):
    n_levels = 100_000
    level = np.concatenate(
        [np.arange(n_levels), np.random.default_rng(0).integers(0, 50, n_levels)]
    )
    rows = pd.DataFrame(
        {"shop": [f"s{i}" for i in level], "y": np.random.default_rng(1).integers(0, 2, len(level))}
    )
    options = {"cat_cutoff": 1e-3, "min_bin_size": 0.01, "max_levels": None}
    wanted = OptimalBinner(**options).fit(rows[["shop"]], rows["y"])
    found = OptimalBinner(**options).fit_frame(on_engine(rows, engine), "y")
    assert found.prebin_specs_ == wanted.prebin_specs_
    assert (
        found.prebin_tables_["shop"].counts.tolist()
        == wanted.prebin_tables_["shop"].counts.tolist()
    )
    assert found.specs_ == wanted.specs_
    values = (
        nw.from_native(found.transform_frame(on_engine(rows, engine))).collect()["shop"].to_numpy()
    )
    assert (values == wanted.transform(rows[["shop"]])[:, 0]).all()


@every_engine
def test_shards_add_up_to_the_whole(on_engine, engine):
    rows = many(3000).assign(c=lambda d: d["whole"].astype(str).str[0])
    rows.loc[rows.index[:1000], "c"] = rows["c"][:1000].where(rows["c"][:1000] != "8", None)
    rows["g"] = np.where(rows.index < 1000, "F", rows["whole"].mod(2).map({0: "M", 1: "F"}))
    names = ["smooth", "tied", "c"]
    options = {name: PrebinOptions(max_n_prebins=64) for name in names}
    cells = fine_cells(on_engine(rows[:1000], engine), options, sample_weight="w")
    assert "8" not in {level for group in cells["c"].levels for level in group}
    roles = {"target": "y", "sample_weight": "w", "groups": "g", "new_levels": True}
    days = [rows[:1000], rows[1000:2000], rows[2000:]]
    parts = [
        count_frame(on_engine(day, engine), cells, shard=str(i), **roles)
        for i, day in enumerate(days)
    ]
    total, whole = (
        parts[0] + parts[1] + parts[2],
        count_frame(on_engine(rows, engine), cells, **roles),
    )
    assert total.specs == whole.specs
    assert total.rows == whole.rows == 3000
    assert total.shards == ("0", "1", "2")
    for name in names:
        assert total.tables[name].groups == whole.tables[name].groups == (("F",), ("M",))
        assert total.tables[name].counts.tolist() == whole.tables[name].counts.tolist()
        assert (
            total.tables[name].squared_weights.tolist()
            == whole.tables[name].squared_weights.tolist()
        )
    assert (parts[2] + (parts[1] + parts[0])).tables["c"].counts.tolist() == whole.tables[
        "c"
    ].counts.tolist()
    assert OptimalBinner().fit_counts(total).specs_ == OptimalBinner().fit_counts(whole).specs_
    with pytest.raises(ValueError, match="a shard may be counted once only, got '1' on both sides"):
        total + parts[1]


def test_counts_that_do_not_fit_each_other_are_named():
    rows = many(300)
    spec = BinSpec(name="smooth", kind="numerical", splits=(0.0,))
    counts = count_frame(rows, {"smooth": spec}, target="y")
    other = BinSpec(name="smooth", kind="numerical", splits=(1.0,))
    with pytest.raises(
        ValueError, match=r"only over the same bins, got 2 numerical bins with splits \[0.0\] and"
    ):
        counts + count_frame(rows, {"smooth": other}, target="y")
    with pytest.raises(
        ValueError, match="only over the same features, got 'smooth', 'tied' on one side"
    ):
        counts + count_frame(rows, {"tied": BinSpec(name="tied", kind="numerical")}, target="y")
    with pytest.raises(ValueError, match="only over the same event_label, got 1 and 0"):
        counts + count_frame(rows, {"smooth": spec}, target="y", event_label=0)
    with pytest.raises(TypeError):
        counts + 1


def test_counts_that_do_not_fit_the_options_are_named():
    rows = many(300).assign(c=list("abc") * 100)
    cells = fine_cells(rows, {name: PrebinOptions(max_n_prebins=64) for name in ("smooth", "c")})
    counts = count_frame(rows, cells, target="y")
    with pytest.raises(
        ValueError, match="special_codes of feature 'smooth' must be those of the counts, got"
    ):
        OptimalBinner(special_codes=[-9]).fit_counts(counts)
    with pytest.raises(
        ValueError, match=r"user_splits of feature 'smooth' must be edges .* got \[0.123\] besides"
    ):
        OptimalBinner(user_splits={"smooth": [0.123]}).fit_counts(counts)
    with pytest.raises(
        ValueError, match="event_label must be that of the counts, 1, or None, got 0"
    ):
        OptimalBinner(event_label=0).fit_counts(counts)
    with pytest.raises(ValueError, match="mode='joint' boosts the rows of all features at once"):
        StumpBinner(mode="joint").fit_counts(counts)
    with pytest.raises(ValueError, match="mode='joint' boosts the rows of all features at once"):
        StumpBinner(mode="joint").fit_frame(rows, "y")
    closed = {"c": BinSpec(name="c", kind="categorical", levels=(("a",), ("b",)))}
    with pytest.raises(
        ValueError, match=r"'c' hold 100 rows of unseen categories, .* count with new_levels=True"
    ):
        OptimalBinner().fit_counts(count_frame(rows, closed, target="y"))
    pooled = {"c": BinSpec(name="c", kind="categorical", levels=(("a", "b"), ("c",)))}
    with pytest.raises(
        ValueError, match=r"'c' must have one level a cell, got \['a', 'b'\] in one"
    ):
        OptimalBinner().fit_counts(count_frame(rows, pooled, target="y"))


def test_splits_of_the_counts_may_be_chosen_afterwards():
    rows = many(300)[["smooth", "y"]]
    edges = fine_cells(rows, {"smooth": PrebinOptions(max_n_prebins=64)})["smooth"].splits
    chosen = {"smooth": [edges[50], edges[200]]}
    cells = {"smooth": BinSpec(name="smooth", kind="numerical", splits=edges)}
    found = OptimalBinner(user_splits=chosen).fit_counts(count_frame(rows, cells, target="y"))
    wanted = OptimalBinner(user_splits=chosen).fit(rows[["smooth"]], rows["y"])
    assert found.tables_["smooth"].counts.tolist() == wanted.tables_["smooth"].counts.tolist()


@every_engine
def test_a_column_without_any_category(on_engine, engine):
    rows = pd.DataFrame(
        {"c": pd.array([None] * 8, dtype="string"), "n": [None] * 8, "y": [0, 1] * 4}
    )
    found = OptimalBinner().fit_frame(on_engine(rows, engine), "y")
    assert found.status_ == {
        "c": "single bin: no regular values",
        "n": "single bin: no regular values",
    }
    assert found.tables_["n"].counts[-1].tolist() == [4.0, 4.0]


def test_frames_that_are_none_are_refused():
    with pytest.raises(TypeError, match=r"frame must be a table of a known engine .* got list"):
        open_frame([[1.0]])
    with pytest.raises(TypeError, match="columns of the frame must have names"):
        open_frame(pd.DataFrame([[1.0]]))
    with pytest.raises(
        TypeError,
        match="fine cells need a random sample, which is known for polars, duckdb, pyspark",
    ):
        sampling.draw(replace(open_frame(pd.DataFrame({"x": [1.0]})), engine="unknown"), None, 1, 0)


@pytest.mark.parametrize("engine", ["polars lazy", "duckdb", "spark"])
def test_columns_must_hold_what_the_bins_are_made_of(on_engine, engine):
    frame = open_frame(on_engine(pd.DataFrame({"x": ["a"], "c": [1.5], "i": [3]}), engine))
    with pytest.raises(TypeError, match="column 'x' must hold numbers, got type String"):
        bin_column(BinSpec(name="x", kind="numerical"), [1.0, 2.0, 3.0], frame)
    floats = BinSpec(name="c", kind="categorical", levels=(("1.5",),))
    bins = bin_column(floats, [1.0, 2.0, 3.0], frame)
    assert frame.lazy().select(bins).collect()["c"].to_list() == [1.0]
    bins = bin_column(
        BinSpec(name="i", kind="categorical", levels=(("3",),)), [1.0, 2.0, 3.0], frame
    )
    assert frame.lazy().select(bins).collect()["i"].to_list() == [1.0]


@pytest.mark.parametrize("engine", ["pandas", "polars lazy"])
@pytest.mark.parametrize("n_values", [2, 3, 40])
def test_neighbouring_floats_have_pre_bins_of_their_own(on_engine, small_sample, engine, n_values):
    """What lies behind a sampled value joined it: of neighbours each lies behind another one."""
    values = 1.0 + np.arange(n_values) * np.spacing(1.0)
    rng = np.random.default_rng(0)
    place = rng.integers(0, n_values, 20_000)
    y = (rng.random(20_000) < 0.1 + 0.8 * place / n_values).astype(int)
    rows = pd.DataFrame({"x": values[place], "y": y})
    binner = OptimalBinner(max_n_prebins=8).fit_frame(on_engine(rows, engine), "y")
    bins = binner.features_["x"]
    assert bins.prebin_table.n_bins - 1 == min(n_values, 8)  # and one of missing values
    assert binner.rank_errors_ == {"x": 0.0}  # every cut is right behind a value
    assert bins.spec.n_bins > 1
    assert set(bins.spec.splits) <= set(values)
    few = replace(bins.spec, splits=bins.spec.splits)
    assert few.encode(values).max() == bins.spec.n_bins - 1


@pytest.mark.parametrize("engine", ["polars lazy", "pandas"])
def test_whole_numbers_that_no_float_holds_are_in_the_last_bin_where_none_was_drawn(
    on_engine, small_sample, monkeypatch, engine
):
    """A table in memory is read whole and refuses them; else the sample tells where cells end."""
    monkeypatch.setattr(sampling, "_row_numbers", lambda *_: np.arange(4000))
    rng = np.random.default_rng(0)
    x = rng.integers(0, 50, 6000)
    y = (rng.random(6000) < x / 60).astype(int)
    x[-2:] = 2**53 + np.array([1, 3])
    rows = on_engine(pd.DataFrame({"x": x, "y": y}), engine)
    binner = OptimalBinner(max_n_prebins=8)
    if engine == "pandas":
        with pytest.raises(ValueError, match="feature 'x'"):
            binner.fit_frame(rows, "y")
        return
    bins = binner.fit_frame(rows, "y").features_["x"]
    assert max(bins.spec.splits) < 50
    assert bins.table.counts.sum() == 6000
    last = bins.table.counts[bins.spec.n_bins - 1].sum()
    assert last == (x >= bins.spec.splits[-1]).sum()

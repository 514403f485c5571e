"""Shards: counted on any engine, killed, repeated, empty, not like the others; nothing is counted
twice.
"""

import contextlib
import itertools
import json
import os
import signal
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import polars as pl
import pytest

from infotheory.binning import OptimalBinner
from infotheory.cells import BinSpec
from infotheory.engines import CountStore, FrameCounts, PrebinOptions, count_frame, fine_cells

MONTHS = ("2026-01", "2026-02", "2026-03")
FEATURES = ("income", "visits", "region")


def rows(n=1500, seed=5):
    rng = np.random.default_rng(seed)
    income = rng.lognormal(size=n).round(2)
    region = rng.choice(["North", "South", "East"], n).astype(object)
    region[rng.random(n) < 0.1] = None
    bad = rng.random(n) < 1.0 / (1.0 + np.exp(1.0 + np.log(income) - (region == "South")))
    return pd.DataFrame(
        {
            "income": np.where(rng.random(n) < 0.05, np.nan, income),
            "visits": rng.poisson(2.0, n),
            "region": region,
            "bad": bad.astype(np.int64),
            "w": rng.integers(1, 4, n) / 2.0,
            "sex": rng.choice(["F", "M"], n),
        }
    )


@pytest.fixture(scope="module")
def table():
    return rows()


@pytest.fixture(scope="module")
def shards(table):
    """The table cut in three; the last has a region of its own."""
    cut = [table[start : start + 500].reset_index(drop=True) for start in (0, 500, 1000)]
    cut[2] = cut[2].assign(region=cut[2]["region"].replace("East", "Far East"))
    return dict(zip(MONTHS, cut, strict=True))


@pytest.fixture(scope="module")
def cells(shards):
    """Cells of the first two shards, which do not know the region of the third."""
    seen = pd.concat([shards[MONTHS[0]], shards[MONTHS[1]]])
    return fine_cells(seen, {name: PrebinOptions(max_n_prebins=64) for name in FEATURES})


@pytest.fixture
def store(tmp_path):
    return CountStore(tmp_path / "counts")


@pytest.fixture
def filled(store, shards, cells):
    for month, shard in shards.items():
        store.count(shard, cells, shard=month, target="bad")
    return store


def assert_equal(found, wanted):
    assert found.specs == wanted.specs
    assert (found.rows, found.classes) == (wanted.rows, wanted.classes)
    for name, expected in wanted.tables.items():
        assert found.tables[name].labels == expected.labels
        assert found.tables[name].groups == expected.groups
        assert np.array_equal(found.tables[name].counts, expected.counts)
        assert np.array_equal(found.tables[name].squared_weights, expected.squared_weights)


def whole_of(shards, cells, **options):
    return count_frame(pd.concat(shards.values()), cells, target="bad", new_levels=True, **options)


@pytest.mark.usefixtures("spark")  # runs where the others of Spark do
@pytest.mark.parametrize(
    "options", [{}, {"sample_weight": "w"}, {"sample_weight": "w", "groups": ["sex"]}]
)
def test_shards_of_different_engines_are_one_frame(store, shards, cells, on_engine, options):
    for (month, shard), engine in zip(
        shards.items(), ("polars lazy", "duckdb", "spark"), strict=True
    ):
        store.count(on_engine(shard, engine), cells, shard=month, target="bad", **options)
    assert store.shards == MONTHS
    whole = whole_of(shards, cells, **options)
    assert_equal(store.total(), whole)
    found, wanted = OptimalBinner().fit_counts(store.total()), OptimalBinner().fit_counts(whole)
    assert found.specs_ == wanted.specs_
    pd.testing.assert_frame_equal(found.summary(), wanted.summary(), check_exact=True)
    assert ("Far East",) in store.total().specs["region"].levels


def test_fit_of_the_total_is_fit_of_all_rows(filled, shards):
    together = pd.concat(shards.values())
    wanted = OptimalBinner().fit(together[list(FEATURES)], together["bad"])
    found = OptimalBinner().fit_counts(filled.total())
    assert found.splits_["visits"] == pytest.approx(wanted.splits_["visits"], abs=0)
    assert found.specs_["region"] == wanted.specs_["region"]
    assert found.summary()["iv"].to_numpy() == pytest.approx(
        wanted.summary()["iv"].to_numpy(), rel=0.02
    )


def test_a_window_rolls_by_adding(filled, shards, cells):
    for window in (MONTHS[:2], MONTHS[1:], MONTHS[2:]):
        total = filled.total(window)
        assert total.shards == window
        expected = whole_of({month: shards[month] for month in window}, cells)
        assert total.tables["income"].counts.tolist() == expected.tables["income"].counts.tolist()
        assert total.rows == expected.rows


def test_a_repeated_shard_replaces_itself(filled, shards, cells):
    before = filled.total()
    filled.count(shards["2026-02"], cells, shard="2026-02", target="bad")
    assert_equal(filled.total(), before)
    filled.count(
        shards["2026-02"][:100], cells, shard="2026-02", target="bad"
    )  # corrected: 400 rows were wrong
    assert filled.total().rows == before.rows - 400
    assert filled.shards == MONTHS


KILLED = """
import os, sys, time
import pandas as pd
import polars as pl
from infotheory.cells import BinSpec
from infotheory.engines import CountStore

def stop(*arguments, **options):
    print("here", flush=True)
    time.sleep(60)

path, where = sys.argv[1:]
specs = {"visits": BinSpec(name="visits", kind="numerical", splits=(2.0,))}
frame = pl.read_parquet(path + "/rows.parquet").lazy()
if where == "counting":
    stopping = pl.col("visits").map_batches(stop, return_dtype=pl.Int64, is_elementwise=True)
    frame = frame.with_columns(stopping)
else:
    os.fsync = stop
CountStore(path + "/counts").count(frame, specs, shard="2026-02", target="bad")
"""


@pytest.mark.parametrize("where", ["counting", "writing"])
@pytest.mark.parametrize("there", [False, True])
def test_a_killed_shard_leaves_nothing_and_is_repeated(tmp_path, shards, where, there):
    cells = {
        "visits": fine_cells(shards["2026-01"], {"visits": PrebinOptions(max_n_prebins=2)})[
            "visits"
        ]
    }
    store, second = CountStore(tmp_path / "counts"), pl.from_pandas(shards["2026-02"]).lazy()
    first = store.count(shards["2026-01"], cells, shard="2026-01", target="bad")
    if there:
        store.count(second.limit(10), cells, shard="2026-02", target="bad")
    pl.from_pandas(shards["2026-02"]).write_parquet(tmp_path / "rows.parquet")
    program = KILLED.replace("(2.0,)", repr(cells["visits"].splits))
    command = [sys.executable, "-c", program, str(tmp_path), where]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own text
        said = process.stdout.read(4)
        process.kill()
    assert (said, process.returncode) == ("here", -signal.SIGKILL)
    assert store.shards == (("2026-01", "2026-02") if there else ("2026-01",))
    assert store.total().rows == first.rows + (10 if there else 0)
    again = store.count(second, cells, shard="2026-02", target="bad")
    assert store.total().rows == first.rows + again.rows == 1000
    whole = whole_of({month: shards[month] for month in MONTHS[:2]}, cells)
    assert_equal(store.total(), whole)


def test_an_error_while_writing_leaves_nothing(store, shards, cells, monkeypatch):
    def full(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        store.count(shards["2026-01"], cells, shard="2026-01", target="bad")
    assert not list(store.path.iterdir())


def test_a_missing_column_in_one_shard(filled, shards, cells, on_engine):
    before = filled.total()
    for engine in ("pandas", "polars lazy", "duckdb"):
        frame = on_engine(shards["2026-02"].drop(columns="visits"), engine)
        with pytest.raises(
            ValueError, match=r"features must be columns of the frame .*, got 'visits'"
        ) as caught:
            filled.count(frame, cells, shard="2026-02", target="bad")
        assert caught.value.__notes__ == ["This is shard '2026-02'; it was not saved."]
    with pytest.raises(
        ValueError,
        match=r"target, sample_weight and groups must be columns of the frame .*, got 'bad'",
    ):
        filled.count(shards["2026-02"].drop(columns="bad"), cells, shard="2026-02", target="bad")
    assert_equal(filled.total(), before)


@pytest.mark.parametrize("engine", ["pandas", "pyarrow", "polars lazy", "duckdb"])
def test_a_number_that_becomes_text(filled, shards, cells, on_engine, engine):
    frame = on_engine(shards["2026-02"].assign(visits=lambda x: x["visits"].astype(str)), engine)
    with pytest.raises(TypeError, match="visits") as caught:
        filled.count(frame, cells, shard="2026-02", target="bad")
    assert caught.value.__notes__ == ["This is shard '2026-02'; it was not saved."]


@pytest.mark.parametrize("engine", ["pandas", "pyarrow", "polars lazy", "duckdb"])
def test_an_integer_that_becomes_a_float_is_fine(filled, shards, cells, on_engine, engine):
    before = filled.total()
    frame = on_engine(
        shards["2026-02"].assign(visits=lambda x: x["visits"].astype(np.float64)), engine
    )
    filled.count(frame, cells, shard="2026-02", target="bad")
    assert_equal(filled.total(), before)


@pytest.mark.parametrize("engine", ["pandas", "polars lazy", "duckdb"])
def test_text_that_becomes_a_float(filled, shards, cells, on_engine, engine):
    frame = on_engine(shards["2026-02"].assign(region=1.5), engine)
    with pytest.raises(
        TypeError, match=r"column 'region' must hold categories, got type Float64 with 1\.5"
    ):
        filled.count(frame, cells, shard="2026-02", target="bad")


@pytest.mark.parametrize("engine", ["pandas", "polars lazy", "duckdb"])
def test_text_that_becomes_an_integer_has_the_same_levels(store, on_engine, engine):
    codes = pd.DataFrame({"code": pd.array([1, 2, None, 1], dtype="Int64"), "bad": [0, 1, 0, 1]})
    texts = codes.assign(
        code=codes["code"].astype("string").astype(object).where(codes["code"].notna(), None)
    )
    specs = fine_cells(texts, {"code": PrebinOptions(max_n_prebins=2)})
    for shard, frame in (("texts", texts), ("numbers", codes)):
        store.count(on_engine(frame, engine), specs, shard=shard, target="bad")
    assert store.total().specs["code"].levels == (("1",), ("2",))
    assert store.total().tables["code"].counts.tolist() == [[2.0, 2.0], [0.0, 2.0], [2.0, 0.0]]


@pytest.mark.parametrize("engine", ["pandas", "pyarrow", "polars lazy", "duckdb"])
def test_an_empty_shard_counts_nothing(filled, shards, cells, on_engine, engine):
    before = filled.total()
    empty = on_engine(shards["2026-01"], engine)
    empty = empty[:0] if engine != "duckdb" else empty.limit(0)
    empty = empty.limit(0) if engine == "polars lazy" else empty
    counts = filled.count(empty, cells, shard="2026-04", target="bad", classes=[0, 1])
    assert (counts.rows, filled.shards) == (0, (*MONTHS, "2026-04"))
    assert_equal(filled.total(), before)
    with pytest.raises(ValueError, match="a shard may be empty if classes="):
        filled.count(empty, cells, shard="2026-05", target="bad")


@pytest.mark.parametrize("engine", ["pandas", "pyarrow", "polars lazy", "duckdb"])
def test_a_shard_whose_rows_have_no_weight_counts_nothing(store, shards, cells, on_engine, engine):
    of = {"target": "bad", "sample_weight": "w", "classes": [0, 1]}
    rows = shards["2026-01"].assign(w=2.5)
    store.count(on_engine(rows, engine), cells, shard="2026-01", **of)
    before = store.total()
    nothing = on_engine(rows.assign(w=0.0), engine)

    counts = store.count(nothing, cells, shard="2026-02", **of)
    assert {table.counts.sum() for table in counts.tables.values()} == {0.0}
    total = store.total()
    for name, table in before.tables.items():
        np.testing.assert_array_equal(total.tables[name].counts, table.counts)
    with pytest.raises(ValueError, match="must not all be zero"):
        store.count(nothing, cells, shard="2026-03", target="bad", sample_weight="w")


def test_a_total_of_empty_shards(store, shards, cells):
    store.count(shards["2026-01"][:0], cells, shard="2026-01", target="bad", classes=[0, 1])
    with pytest.raises(
        ValueError, match="shards must hold rows, got none in 1 empty shards: '2026-01'"
    ):
        store.total()


def test_a_shard_of_one_class(store, shards, cells):
    goods = shards["2026-01"].query("bad == 0")
    with pytest.raises(ValueError, match="y must hold two classes, got one class: 0"):
        store.count(goods, cells, shard="2026-01", target="bad")
    counts = store.count(goods, cells, shard="2026-01", target="bad", classes=[0, 1])
    assert counts.tables["income"].counts.sum(axis=0).tolist() == [len(goods), 0]


def test_a_shard_in_two_files_is_counted_once(filled):
    twin = filled.path / "2026-09.parquet"
    twin.write_bytes((filled.path / "2026-01.parquet").read_bytes())
    with pytest.raises(
        ValueError, match="a shard may be counted once only, got '2026-01' on both sides"
    ):
        filled.total()
    with pytest.raises(ValueError, match="a shard may be counted once only"):
        filled.total(["2026-01", "2026-01"])
    counts = filled.load("2026-01")
    with pytest.raises(ValueError, match="a shard may be counted once only"):
        _ = counts + counts


def test_cells_that_differ_are_refused_when_saved(filled, shards, cells):
    other = cells | {"income": replace(cells["income"], splits=(1.0, 2.0))}
    with pytest.raises(
        ValueError, match=r"'income' add up only over the same bins.*one call of fine_cells"
    ) as caught:
        filled.count(shards["2026-02"], other, shard="2026-02", target="bad")
    assert caught.value.__notes__ == ["This is shard '2026-02'; it was not saved."]
    fewer = {name: cells[name] for name in ("income", "visits")}
    with pytest.raises(
        ValueError, match="only over the same features, got 'region' on one side only"
    ):
        filled.count(shards["2026-02"], fewer, shard="2026-02", target="bad")
    assert filled.total().rows == 1500


def test_keys_of_any_text(store, shards, cells):
    keys = ("../up", "a/b", "é 1.parquet", ".hidden", "100%")
    for key in keys:
        store.count(shards["2026-01"], cells, shard=key, target="bad")
    assert store.shards == tuple(sorted(keys))
    assert len(list(store.path.iterdir())) == len(keys)
    assert store.total().rows == 500 * len(keys)
    for counts in (count_frame(shards["2026-01"], cells, target="bad"), store.total()):
        with pytest.raises(ValueError, match="counts must be those of one shard, got the shards"):
            store.save(counts)
    with pytest.raises(ValueError, match="shard must be text of at least one character"):
        store.count(shards["2026-01"], cells, shard="", target="bad")


def test_what_is_not_there(store):
    with pytest.raises(ValueError, match="there must be at least one shard to add up, got none of"):
        store.total()
    with pytest.raises(
        ValueError, match=r"shard must be one of .* \(0 there, the last: none\), got 'May'"
    ):
        store.load("May")


def test_what_is_saved_is_what_was_counted(filled, shards, cells):
    counts = count_frame(shards["2026-01"], cells, target="bad", new_levels=True, shard="2026-01")
    assert_equal(filled.load("2026-01"), counts)
    assert_equal(FrameCounts.from_json(json.dumps(json.loads(counts.to_json()))), counts)


@pytest.mark.parametrize("shard", ["", None, 5, b"may", "x" * 300, "é" * 90, "may\ud800"])
def test_keys_that_name_no_file_are_refused_before_the_rows_are_read(tmp_path, shard):
    def specs():
        raise AssertionError

    with pytest.raises(ValueError, match=r"shard|file of a shard"):
        CountStore(tmp_path).count(specs, {}, shard=shard, target="bad")
    with pytest.raises(ValueError, match=r"shard|file of a shard"):
        CountStore(tmp_path).load(shard)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("shard", ["..", ".", "a/b", "2026-01 (late)", "Ü%2F", ".hidden"])
def test_any_other_key_is_one_file_in_the_folder(tmp_path, shard):
    spec = BinSpec(name="age", kind="numerical", splits=(40.0,))
    rows = pd.DataFrame({"age": [30, 50, 60], "bad": [1, 0, 0]})

    store = CountStore(tmp_path / "counts")
    store.count(rows, {"age": spec}, shard=shard, target="bad")

    assert store.shards == (shard,)
    assert store.load(shard).rows == 3
    assert [path.parent for path in tmp_path.rglob("*.parquet")] == [tmp_path / "counts"]


def ordered_shard(levels, shard):
    column = pd.Categorical(list(levels) * 2, categories=list(levels), ordered=True)
    frame = pd.DataFrame({"grade": column, "bad": [0] * len(levels) + [1] * len(levels)})
    spec = BinSpec(
        name="grade", kind="categorical", ordered=True, levels=tuple((level,) for level in levels)
    )
    return count_frame(frame, {"grade": spec}, target="bad", new_levels=True, shard=shard)


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_orders_of_levels_that_do_not_add_up_are_refused_when_saved(store, order):
    levels = ["abc", "ab", "ac"]
    for i in order:
        # Rows that do not say which of "b" and "c" is first are refused, unless others say it.
        with contextlib.suppress(ValueError):
            store.save(ordered_shard(levels[i], str(i)))
        total = store.total()
        assert total.shards == store.shards
        saved = {level for key in store.shards for level in levels[int(key)]}
        assert [group[0] for group in total.specs["grade"].levels] == sorted(saved)
    assert (len(store.shards) == 3) == (set(order[:2]) != {1, 2})


def test_an_order_is_checked_against_all_shards(store, monkeypatch):
    store.save(ordered_shard("abc", "1"))
    store.save(ordered_shard("ab", "2"))
    store.save(ordered_shard("bc", "3"))
    # The first shard holds every level of these, the second and third tell otherwise.
    with pytest.raises(ValueError, match="must have one order in all rows"):
        store.save(ordered_shard("ba", "4"))
    # One that told the order is not replaced by one that leaves it open.
    with pytest.raises(ValueError, match="must have one order in all rows"):
        store.save(ordered_shard("cb", "1"))
    assert store.shards == ("1", "2", "3")
    assert store.total().rows == 14

    # No sums of the others are read.
    monkeypatch.delattr(FrameCounts, "read_parquet")
    store.save(ordered_shard("ac", "5"))
    monkeypatch.undo()
    assert store.total().rows == 18

    # Another process may have replaced a shard meanwhile.
    CountStore(store.path).save(ordered_shard("abcd", "1"))
    with pytest.raises(ValueError, match="must have one order in all rows"):
        store.save(ordered_shard("dc", "6"))
    store.save(ordered_shard("cd", "6"))

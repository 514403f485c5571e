"""Cells that parts of a file place: as good as those of a random sample, or replaced by them."""

from importlib.metadata import version

import numpy as np
import pandas as pd
import pytest

from infotheory._search import SplitGrid, add_up_located
from infotheory._target_kinds import TargetKind
from infotheory.binning import OptimalBinner
from infotheory.binning import _base as base
from infotheory.binning.prebins import counts as counted
from infotheory.cells import BinSpec
from infotheory.engines import sampling
from infotheory.engines.frames import open_frame
from infotheory.engines.layout import CountedRows
from infotheory.engines.numbers import _codes_of
from infotheory.engines.population import Population

FEATURES = ["smooth", "tied", "months"]


@pytest.fixture(params=["polars", "duckdb"])
def opened(request, tmp_path, monkeypatch):
    """Return what writes rows to a file and opens it, and the features of each random sample."""
    for room in (sampling, counted, base):
        monkeypatch.setattr(room, "SAMPLE_ROWS", 4000)
    engine, sampled, draw = pytest.importorskip(request.param), [], sampling.draw

    def drawn(frame, rows, n_rows, seed):
        sampled.append([name for name in rows.collect_schema().names() if name != "w"])
        return draw(frame, rows, n_rows, seed)

    monkeypatch.setattr(sampling, "draw", drawn)

    def frame(rows):
        path = str(tmp_path / "rows.parquet")
        rows.to_parquet(path, row_group_size=2000, index=False)
        if request.param == "polars":
            return engine.scan_parquet(path)
        connection = engine.connect()
        request.addfinalizer(connection.close)
        return connection.read_parquet(path)

    return frame, sampled


def many(n=100_000):
    rng = np.random.default_rng(3)
    smooth = rng.normal(size=n)
    return pd.DataFrame(
        {
            "smooth": smooth,
            "tied": np.where(rng.random(n) < 0.6, 0.0, rng.exponential(size=n).round(1)),
            "months": rng.integers(0, 60, n) + rng.random(n),
            "y": (rng.random(n) < 1 / (1 + np.exp(1.0 - smooth))).astype(int),
            "w": rng.integers(0, 4, n) / 2.0,
        }
    )


@pytest.mark.parametrize("weights", [None, "w"])
def test_parts_of_rows_in_any_order_take_the_place_of_a_random_sample(opened, weights):
    frame, sampled = opened
    rows = many()
    fits = [
        OptimalBinner().fit_frame(frame(rows), "y", sample_weight=weights, features=FEATURES)
        for _ in range(2)
    ]
    assert not sampled
    assert fits[0].prebin_specs_ == fits[1].prebin_specs_
    w = np.ones(len(rows)) if weights is None else rows["w"].to_numpy()
    for name in FEATURES:
        assert fits[0].rank_errors_[name] < 0.006
        spec, table = fits[0].prebin_specs_[name], fits[0].prebin_tables_[name]
        cells = 2 * spec.encode(rows[name].to_numpy()) + rows["y"].to_numpy()
        assert table.counts.ravel().tolist() == np.bincount(cells, w, 2 * table.n_bins).tolist()


def test_where_rows_are_sorted_by_a_number_a_random_sample_places_its_cells(opened, monkeypatch):
    frame, sampled = opened
    rows = many().sort_values("months")
    binner = OptimalBinner().fit_frame(frame(rows), "y", features=FEATURES)
    assert sampled == [["x0"]]  # one number of three

    monkeypatch.setattr(sampling, "_PARTS", {})
    wanted = OptimalBinner().fit_frame(frame(rows), "y", features=["months"])
    assert binner.prebin_specs_["months"] == wanted.prebin_specs_["months"]
    assert binner.tables_["months"].counts.tolist() == wanted.tables_["months"].counts.tolist()
    assert max(binner.rank_errors_.values()) < 0.006
    assert list(binner.specs_) == FEATURES


def test_a_number_without_any_value_in_the_parts_gets_cells(opened):
    frame, sampled = opened
    rows = many()
    rows.loc[rows.index[: len(rows) - 900], "smooth"] = np.nan
    binner = OptimalBinner().fit_frame(frame(rows), "y", features=["smooth"])
    assert sampled in ([], [["x0"]])  # a part may lie at the end
    assert binner.prebin_specs_["smooth"].n_bins > 10


def test_rows_that_are_filtered_first_have_no_parts(opened):
    frame, sampled = opened
    some = frame(many())
    if hasattr(some, "lazy"):
        import polars as pl

        some, by_number = some.filter(pl.col("y") >= 0), False
    else:
        some = some.filter("months > 1 and y >= 0")
        # DuckDB 1.3 finds filtered rows by their numbers too.
        part = some.limit(sampling.SAMPLE_ROWS, 9)
        by_number = "file_row_number" in part.explain()
    binner = OptimalBinner().fit_frame(some, "y", features=FEATURES)
    assert sampled == ([] if by_number else [["x0", "x1", "x2"]])
    assert max(binner.rank_errors_.values()) < 0.006


@pytest.fixture
def files(tmp_path):
    """Return relations of DuckDB: one file, the same in two, and what is made of them."""
    duckdb = pytest.importorskip("duckdb")
    rows = many(20_000)
    for name, some in (("all", rows), ("a", rows[:9000]), ("b", rows[9000:])):
        some.to_parquet(tmp_path / f"{name}.parquet", row_group_size=2000, index=False)
    rows.rename(columns={"y": "File_Row_Number"}).to_parquet(tmp_path / "named.parquet")
    with duckdb.connect() as connection:
        one = connection.read_parquet(str(tmp_path / "all.parquet"))
        yield {
            "one file": one,
            "filter that leaves out none": one.filter("months > -1"),
            "filter": one.filter("months > 1"),
            "order": one.order("months"),
            "limit": one.limit(15_000),
            "two files": connection.read_parquet([str(tmp_path / f"{x}.parquet") for x in "ab"]),
            "name of its own": connection.read_parquet(str(tmp_path / "named.parquet")),
        }


@pytest.mark.parametrize("parts", [[(0, 1)], [(5, 100), (1999, 2), (7000, 2600), (14_990, 10)]])
def test_rows_by_their_numbers_are_those_of_limits(files, parts):
    found = {}
    for name, relation in files.items():
        frame = open_frame(relation)
        found[name] = sampling._one_file(frame) is not None
        chosen = sampling._chosen(frame, FEATURES, "w")
        tables = sampling._parts_of_duckdb(frame, chosen, parts)
        if tables is not None:
            rows = np.vstack([table.to_numpy() for table in tables])
            wanted = [relation.limit(length, start).df() for start, length in parts]
            assert np.array_equal(rows, pd.concat(wanted)[[*FEATURES, "w"]].to_numpy())

    # Older versions number the rows of a file only where they are asked to.
    is_new = int(version("duckdb").split(".")[0]) >= 2
    numbered = {"one file", "filter that leaves out none"} if is_new else set()
    assert {name for name, is_one in found.items() if is_one} == numbered


KINDS = [
    None,
    TargetKind("multiclass", ("a", "b", "c")),
    TargetKind("continuous", (), 0.3),
    TargetKind("fraction"),
    TargetKind("rate"),
]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: "binary" if kind is None else kind.kind)
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("grouped", [False, True])
def test_rows_are_located_and_added_up_in_one_as_in_two_passes(kind, weighted, grouped):
    rng, n = np.random.default_rng(0), 3000
    values = rng.normal(size=n).round(2)
    values[:50], values[50:60], values[60:65], values[70:90] = np.nan, np.inf, -np.inf, -9.0
    population = Population(
        target="y",
        weights="w" if weighted else None,
        attributes=("g",) if grouped else (),
        rows=n,
        classes=(0, 1) if kind is None else kind.classes,
        event_label=1,
        groups=((None,), ("F",)) if grouped else (),
        kind=kind,
    )
    is_number = population.is_number
    y = rng.normal(size=n) if is_number else rng.integers(0, len(population.classes), n)
    group = [rng.choice(np.array([None, "F"]), n)] if grouped else []
    w = rng.random(n) if weighted else None
    rows = CountedRows(population, population.cell(y, group), y, w)
    special = (("a", (-9.0,)), ("b", (np.inf, 0.5)))
    spec = BinSpec(
        name="x", kind="numerical", splits=tuple(np.linspace(-2, 2, 37)), special=special
    )
    for bins in (spec, spec.pool(), BinSpec(name="x", kind="numerical")):
        n_codes = bins.unseen_code + 2
        wanted = rows.tally(bins.mark(values), n_codes)
        found = rows.tally_of(
            *add_up_located(
                values,
                SplitGrid.of_splits(np.array(bins.splits), 10**6),
                _codes_of(bins),
                rows.cell,
                population.n_cells,
                rows.stacked_terms(),
                four_powers=rows.four_powers,
            ),
            n_codes,
        )
        assert found.counts.tolist() == wanted.counts.tolist()
        assert found.squared.tolist() == wanted.squared.tolist()

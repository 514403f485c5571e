"""Counts as JSON and Parquet: exact round trips, and errors for anything else."""

import datetime as dt
import json
import pickle

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet

from infotheory.cells import BinSpec
from infotheory.engines import FrameCounts, count_frame


def frame(n=400, seed=0):
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "income": np.where(rng.random(n) < 0.1, np.nan, rng.lognormal(size=n)),
            "region": rng.choice(np.array(["é\"'x", "South", None], dtype=object), n),
            "bad": rng.integers(0, 2, n),
            "w": rng.random(n) / 3.0,
            "sex": rng.choice(np.array(["F", "M", None], dtype=object), n),
        }
    )


SPECS = {
    "income": BinSpec(
        name="income",
        kind="numerical",
        splits=(0.1, 1 / 3, 2.0),
        special=(("odd", (-1.0, np.inf)),),
    ),
    "region": BinSpec(name="region", kind="categorical", levels=(("South",),)),
}
CASES = {
    "plain": {},
    "weighted": {"sample_weight": "w"},
    "groups": {"sample_weight": "w", "groups": ["sex"]},
    "new levels": {"new_levels": True, "shard": "2026-01/€"},
}


def counted(case="plain", rows=None, event_label=None):
    options = {"target": "bad", "event_label": event_label} | CASES[case]
    return count_frame(frame() if rows is None else rows, SPECS, **options)


def assert_equal(found, wanted):
    for name in ("specs", "classes", "event_label", "attributes", "rows", "weighted", "shards"):
        assert getattr(found, name) == getattr(wanted, name)
    assert [type(label) for label in found.classes] == [type(label) for label in wanted.classes]
    assert list(found.tables) == list(wanted.tables)
    for name, table in wanted.tables.items():
        assert (found.tables[name].labels, found.tables[name].groups) == (
            table.labels,
            table.groups,
        )
        assert np.array_equal(found.tables[name].counts, table.counts)
        assert np.array_equal(found.tables[name].squared_weights, table.squared_weights)


@pytest.mark.parametrize("case", CASES)
def test_round_trips_are_exact(tmp_path, case):
    counts = counted(case)
    assert_equal(FrameCounts.from_json(counts.to_json()), counts)
    assert_equal(FrameCounts.read_parquet(counts.to_parquet(tmp_path / "counts.parquet")), counts)
    assert [path.name for path in tmp_path.iterdir()] == ["counts.parquet"]


@pytest.mark.parametrize("case", ["plain", "groups"])
def test_counts_of_no_rows_round_trip(tmp_path, case):
    counts = count_frame(frame()[:0], SPECS, target="bad", classes=[0, 1], **CASES[case])
    assert counts.rows == 0
    assert_equal(FrameCounts.from_json(counts.to_json()), counts)
    assert_equal(FrameCounts.read_parquet(counts.to_parquet(tmp_path / "counts.parquet")), counts)
    total = counted(case) + counts
    assert_equal(total, counted(case))


@pytest.mark.parametrize("labels", [("good", "late"), (False, True), (0.5, 1.5)])
def test_labels_keep_their_type(tmp_path, labels):
    rows = frame().assign(bad=lambda x: [labels[y] for y in x["bad"]])
    counts = counted(rows=rows, event_label=labels[1])
    assert counts.classes == labels
    assert_equal(FrameCounts.from_json(counts.to_json()), counts)
    assert_equal(FrameCounts.read_parquet(counts.to_parquet(tmp_path / "counts.parquet")), counts)


def test_labels_that_json_cannot_hold(tmp_path):
    days = [dt.date(2026, 1, 1), dt.date(2026, 1, 2)]
    rows = frame().assign(bad=lambda x: [days[y] for y in x["bad"]])
    counts = counted(rows=rows, event_label=days[1])
    message = (
        r"labels of the target must be text, numbers or booleans to be saved, got "
        r"datetime.date\(2026, 1, 1\)"
    )
    with pytest.raises(TypeError, match=message):
        counts.to_json()
    with pytest.raises(TypeError, match=message):
        counts.to_parquet(tmp_path / "counts.parquet")
    assert not list(tmp_path.iterdir())


WRONG = {
    "version": (2, "version must be 1, got 2; read it with the release that wrote it"),
    "format": ("other", "text must be a document of format 'infotheory counts'"),
    "classes": ([0], r"\$.classes must have 2 entries, got 1; .* is damaged"),
    "event_label": (7, r"\$.event_label must be one of \[0, 1\], got 7"),
    "attributes": ("sex", r"\$.attributes must be a list, got 'sex'"),
    "groups": ([["F"]], r"\$.groups\[0\] must have 0 entries, one an attribute, got 1"),
    "rows": (-1, r"\$.rows must be at least 0, got -1"),
    "weighted": ("no", r"\$.weighted must be true or false, got 'no'"),
    "shards": ([1], r"\$.shards\[0\] must be text, got 1"),
    "bins": ([{"name": "income"}], r"\$.bins\[0\] must have the key 'kind'"),
}


@pytest.mark.parametrize("key", WRONG)
def test_wrong_entries(tmp_path, key):
    counts = counted()
    value, message = WRONG[key]
    with pytest.raises(ValueError, match=message):
        FrameCounts.from_json(json.dumps(json.loads(counts.to_json()) | {key: value}))
    path = counts.to_parquet(tmp_path / "counts.parquet")
    table = parquet.read_table(path)
    header = json.loads(table.schema.metadata[b"infotheory"]) | {key: value}
    parquet.write_table(table.replace_schema_metadata({b"infotheory": json.dumps(header)}), path)
    with pytest.raises(ValueError, match=message):
        FrameCounts.read_parquet(path)


def changed(change):
    document = json.loads(counted().to_json())
    change(document)
    return json.dumps(document)


def test_other_texts():
    with pytest.raises(
        ValueError, match=r"text must be JSON that to_json\(\) wrote, got 'not json'"
    ):
        FrameCounts.from_json("not json")
    wrong = {
        r"\$ must have the key 'classes', got": lambda d: d.pop("classes"),
        r"\$.classes must be a list, got 3": lambda d: d.update(classes=3),
        r"\$.bins\[0\].splits must be a list, got 1": lambda d: d["bins"][0].update(splits=1),
        r"\$.bins\[1\].name must be of one feature, got 'income' again": lambda d: d[
            "bins"
        ].__setitem__(1, d["bins"][0]),
        r"\$.counts\[0\] must have 7 entries, one for each bin, got 6": lambda d: d["counts"][
            0
        ].pop(),
        r"\$.counts must have 2 entries, one a feature, got 1": lambda d: d["counts"].pop(),
        r"\$.counts\[0\]\[0\]\[0\] must be at least 0, got -1.0": lambda d: d["counts"][0][
            0
        ].__setitem__(0, -1.0),
        r"\$.counts\[1\] must add up to": lambda d: [
            d[key][1][0].__setitem__(0, 1e6) for key in ("counts", "squared_weights")
        ],
        r"\$.rows must be \d+, the sum of the counts of 'income', got": lambda d: d.update(rows=1),
        r"\$.squared_weights\[0\]\[0\]\[0\] must be above 0": lambda d: d["squared_weights"][0][
            0
        ].__setitem__(0, 0),
        r"\$.weighted must be true where": lambda d: d["squared_weights"][0][0].__setitem__(0, 0.5),
    }
    for message, change in wrong.items():
        with pytest.raises(ValueError, match=message):
            FrameCounts.from_json(changed(change))


def test_other_files(tmp_path):
    path = tmp_path / "counts.parquet"
    with pytest.raises(FileNotFoundError):
        FrameCounts.read_parquet(path)
    path.write_bytes(pickle.dumps(print))
    with pytest.raises(
        ValueError,
        match=r"counts.parquet must be a Parquet file that to_parquet\(\) wrote, got another",
    ):
        FrameCounts.read_parquet(path)
    parquet.write_table(pa.table({"x": [1.0]}), path)
    with pytest.raises(
        ValueError,
        match=r"counts.parquet must be written by to_parquet\(\), got the columns \['x'\]",
    ):
        FrameCounts.read_parquet(path)


@pytest.mark.parametrize(("column", "value"), [("code", 99), ("event", -1), ("group", 1)])
def test_cells_that_lie_outside(tmp_path, column, value):
    path = counted().to_parquet(tmp_path / "counts.parquet")
    table = parquet.read_table(path)
    place = table.schema.get_field_index(column)
    values = pa.array([value, *table.column(column).to_pylist()[1:]], pa.int32())
    parquet.write_table(table.set_column(place, table.schema.field(place), values), path)
    with pytest.raises(ValueError, match=r"cells of feature 'income' must lie within \(7, 2\)"):
        FrameCounts.read_parquet(path)


def test_cut_files_are_errors(tmp_path):
    path = counted().to_parquet(tmp_path / "counts.parquet")
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ValueError, match="must be a Parquet file"):
        FrameCounts.read_parquet(path)


def test_a_file_is_a_table_that_any_engine_reads(tmp_path):
    import duckdb

    paths = [
        counted(rows=frame(seed=seed)).to_parquet(tmp_path / f"{seed}.parquet") for seed in (0, 1)
    ]
    found = duckdb.sql(
        f"SELECT sum(count) FROM '{tmp_path}/*.parquet' WHERE feature = 'income' AND event = 1"
    ).fetchall()
    assert len(paths) == 2
    assert found[0][0] == sum(frame(seed=seed)["bad"].sum() for seed in (0, 1))

"""Amounts and several classes: on every engine the sums, bins and documents of rows in memory."""

import numpy as np
import pandas as pd
import pytest

from infotheory.binning import FairBinner, OptimalBinner, StumpBinner
from infotheory.cells import BinSpec
from infotheory.engines import CountStore, FrameCounts, count_frame
from infotheory.tables import EvidenceTable
from tests.engines.warehouse import WAREHOUSES

ENGINES = ("pandas", "pyarrow", "polars", "polars lazy", "duckdb", "spark", *WAREHOUSES)
KINDS = ("fraction", "rate", "continuous", "multiclass")
FEATURES = ["x", "region"]

every_engine = pytest.mark.parametrize("engine", ENGINES)
every_kind = pytest.mark.parametrize("kind", KINDS)


def rows_of(n=2500, seed=4):
    """Losses with humps at 0 and 1, claims of one row in ten, large amounts, three classes."""
    rng = np.random.default_rng(seed)
    x, region = rng.normal(size=n).round(2), rng.choice(["North", "South", "é'x"], n).astype(object)
    latent = x + 0.5 * (region == "South") + rng.normal(size=n)
    fraction = np.clip(rng.beta(0.3, 0.4, n) * 1.4 - 0.2 + 0.05 * latent, 0.0, 1.0)
    x[::17], region[3::19] = np.nan, None
    return pd.DataFrame(
        {
            "x": x,
            "region": region,
            "sex": rng.choice(np.array(["F", "M", None], dtype=object), n),
            "w": np.where(rng.random(n) < 0.1, 0.0, rng.gamma(0.7, 2.0, n)),
            "fraction": fraction,
            "rate": np.where(rng.random(n) < 0.1, rng.gamma(2.0, 300.0, n) * np.exp(latent), 0.0),
            "continuous": 1e7 + 10.0 * latent,
            "multiclass": np.array(["good", "late", "lost"])[np.digitize(latent, [0.0, 1.0])],
        }
    )


@pytest.fixture(scope="module")
def rows():
    return rows_of()


def assert_same_sums(table, wanted):
    assert table.labels == wanted.labels
    assert (table.kind, table.classes, table.groups) == (wanted.kind, wanted.classes, wanted.groups)
    assert table.origin == wanted.origin
    for part, other in ((table.sums, wanted.sums), (table.products, wanted.products)):
        # Sums about an origin cancel, what was added up does not.
        scale = np.abs(other).max(axis=0)
        assert (np.abs(part - other) <= 1e-12 * np.maximum(np.abs(other), scale)).all()


@every_kind
@every_engine
@pytest.mark.parametrize("weights", [None, "w"])
def test_frames_give_the_bins_of_rows(on_engine, rows, engine, kind, weights):
    wanted = OptimalBinner(target_type=kind).fit(
        rows[FEATURES], rows[kind], None if weights is None else rows[weights]
    )
    binner = OptimalBinner(target_type=kind).fit_frame(
        on_engine(rows, engine), kind, sample_weight=weights, features=FEATURES
    )

    assert binner.specs_ == wanted.specs_
    assert binner.target_type_ == kind
    assert binner.target_kind_ == wanted.target_kind_
    assert hasattr(binner, "classes_") == (kind == "multiclass")
    for name in FEATURES:
        assert_same_sums(binner.prebin_tables_[name], wanted.prebin_tables_[name])
        assert_same_sums(binner.tables_[name], wanted.tables_[name])
        np.testing.assert_allclose(binner.woe_[name], wanted.woe_[name], rtol=1e-9, atol=1e-12)
    pd.testing.assert_frame_equal(binner.summary(), wanted.summary(), rtol=1e-8)


@every_kind
@every_engine
def test_groups_and_shards_add_up_to_the_whole(on_engine, rows, engine, kind):
    specs = OptimalBinner(target_type=kind).fit(rows[FEATURES], rows[kind]).prebin_specs_
    options = {"target": kind, "target_type": kind, "sample_weight": "w", "groups": "sex"}
    whole = count_frame(rows, specs, **options)
    parts = [rows.iloc[:900], rows.iloc[900:].sort_values("continuous")]
    shards = [
        count_frame(on_engine(part, engine), specs, shard=str(i), **options)
        for i, part in enumerate(parts)
    ]
    total = shards[0] + shards[1]

    assert total.rows == len(rows)
    assert total.target_type == kind
    for name in FEATURES:
        codes = pd.Series(specs[name].encode(_column(rows, name, specs[name])))
        by_hand = EvidenceTable.from_rows(
            codes,
            rows[kind],
            kind,
            rows["sex"].fillna("none"),
            rows["w"],
            labels=(*specs[name].labels, "Unseen"),
            origin=total.target_kind.origin,
        )
        assert_same_sums(_named(total.tables[name]), by_hand.first(by_hand.n_bins - 1))
        assert total.tables[name].groups == whole.tables[name].groups


def _column(rows, name, spec):
    from infotheory.engines import read_columns

    return read_columns(rows[[name]], kinds=[spec.kind]).data[0]


def _named(table):
    groups = tuple("none" if text is None else text for (text,) in table.groups)
    return EvidenceTable(
        table.labels, table.kind, table.sums, table.products, table.classes, groups, table.origin
    )


@every_kind
@pytest.mark.parametrize("groups", [None, "sex"])
def test_documents_give_counts_back_exactly(tmp_path, rows, kind, groups):
    specs = OptimalBinner(target_type=kind).fit(rows[FEATURES], rows[kind]).specs_
    counts = count_frame(
        rows, specs, target=kind, target_type=kind, sample_weight="w", groups=groups
    )
    read = FrameCounts.from_json(counts.to_json())
    stored = FrameCounts.read_parquet(counts.to_parquet(tmp_path / "counts.parquet"))
    for back in (read, stored):
        assert back.target_kind == counts.target_kind
        assert (back.classes, back.event_label) == (counts.classes, None)
        for name in FEATURES:
            assert (back.tables[name].sums == counts.tables[name].sums).all()
            assert (back.tables[name].products == counts.tables[name].products).all()
            assert back.tables[name].labels == counts.tables[name].labels


@every_kind
def test_a_store_of_shards_is_fitted_like_the_rows(tmp_path, rows, kind):
    wanted = OptimalBinner(target_type=kind).fit(rows[FEATURES], rows[kind])
    store = CountStore(tmp_path)
    classes = ("good", "late", "lost") if kind == "multiclass" else None
    parts = {"a": rows.iloc[:700], "b": rows.iloc[700:], "empty": rows.iloc[:0]}
    for key, part in parts.items():
        store.count(
            part,
            wanted.prebin_specs_,
            shard=key,
            target=kind,
            target_type=kind,
            classes=classes,
        )
    binner = OptimalBinner(target_type=kind).fit_counts(store.total())

    assert binner.specs_ == wanted.specs_
    for name in FEATURES:
        np.testing.assert_allclose(binner.woe_[name], wanted.woe_[name], rtol=1e-8, atol=1e-10)


@every_engine
def test_auto_tells_the_kind_as_it_does_of_rows(on_engine, rows, engine):
    asked = {"continuous": "continuous", "fraction": "continuous", "multiclass": "multiclass"}
    frame = on_engine(rows.assign(whole=np.arange(len(rows)) % 5, two=rows["x"] > 0.0), engine)
    for target, kind in asked.items():
        binner = OptimalBinner(target_type="auto").fit_frame(frame, target, features=["x"])
        assert binner.target_type_ == kind
    binner = OptimalBinner(target_type="auto").fit_frame(frame, "two", features=["region"])
    assert binner.target_type_ == "binary"
    with pytest.raises(ValueError, match="target_type must be named"):
        OptimalBinner(target_type="auto").fit_frame(frame, "whole", features=["x"])


@every_engine
@pytest.mark.parametrize(
    ("kind", "values", "message"),
    [
        ("fraction", [0.1, 1.4, -0.2, 0.5], r"2 of 4 values outside \(-0.2 to 1.4\)"),
        ("rate", [0.1, 2.0, -3.0, 0.5], "must not be negative for target_type='rate', got -3"),
        ("continuous", [0.1, np.inf, 3.0, 0.5], "y must be finite, got inf"),
        ("continuous", [0.1, np.nan, 3.0, 0.5], "missing labels"),
        ("continuous", [2.5, 2.5, 2.5, 2.5], "y must vary for target_type='continuous', got 2.5"),
        ("fraction", [0.0, 0.0, 0.0, 0.0], "y must vary for target_type='fraction', got 0"),
        ("rate", [0.0, 0.0, 0.0, 0.0], "y must vary for target_type='rate', got 0"),
        ("multiclass", ["a", "a", "a", "a"], "two classes or more for target_type='multiclass'"),
        ("multiclass", ["a", None, "b", "c"], "missing labels"),
    ],
)
def test_a_target_of_another_kind_is_refused_in_the_same_words(
    on_engine, engine, kind, values, message
):
    frame = on_engine(pd.DataFrame({"x": [1.0, 2.0, 3.0, 4.0], "y": values}), engine)
    with pytest.raises(ValueError, match=message):
        OptimalBinner(target_type=kind).fit_frame(frame, "y")


def test_binners_of_two_classes_refuse_counts_of_amounts(rows):
    specs = {"x": BinSpec(name="x", kind="numerical", splits=(0.0,))}
    counts = count_frame(rows, specs, target="rate", target_type="rate")
    for binner in (OptimalBinner(), StumpBinner(), FairBinner()):
        with pytest.raises(ValueError, match=r"target_type='?rate|got 'rate'"):
            binner.fit_counts(counts)
    with pytest.raises(ValueError, match="only over the same target_type"):
        counts + count_frame(rows, specs, target="fraction", target_type="fraction")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"target_type": "rate", "event_label": 1}, "event_label has no meaning"),
        ({"target_type": "rate", "classes": (0, 1)}, "classes have no meaning"),
        ({"target_type": "several"}, "target_type must be one of"),
    ],
)
def test_options_of_another_kind_are_refused(rows, options, message):
    specs = {"x": BinSpec(name="x", kind="numerical", splits=(0.0,))}
    with pytest.raises(ValueError, match=message):
        count_frame(rows, specs, target="rate", **options)


def test_a_class_of_rows_without_weight_is_absent(on_engine, rows):
    changed = rows.assign(multiclass=np.where(rows["w"] > 0, rows["multiclass"], "gone"))
    for engine in ("pandas", "polars lazy", "duckdb"):
        binner = OptimalBinner(target_type="multiclass").fit_frame(
            on_engine(changed, engine), "multiclass", sample_weight="w", features=FEATURES
        )
        assert binner.classes_.tolist() == ["good", "late", "lost"]


def test_transform_of_a_frame_equals_that_of_rows(on_engine, rows):
    for kind in KINDS:
        binner = OptimalBinner(target_type=kind).fit(rows[FEATURES], rows[kind])
        wanted = binner.transform(rows[FEATURES])
        for engine in ("polars lazy", "duckdb"):
            frame = binner.transform_frame(on_engine(rows[[*FEATURES, "w"]], engine))
            table = frame.collect().to_pandas() if engine == "polars lazy" else frame.df()
            shown = table[list(binner.get_feature_names_out())].to_numpy()
            assert sorted(shown[:, 0]) == pytest.approx(sorted(wanted[:, 0]))

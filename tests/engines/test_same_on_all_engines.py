"""Whatever the engine: the same tables, splits, weights of evidence and information values as rows
in memory.
"""

from decimal import Decimal

import narwhals as nw
import numpy as np
import pandas as pd
import pytest

from infotheory._patterns import Patterns
from infotheory.binning import FairBinner, OptimalBinner, StumpBinner, merge_bins, set_woe
from infotheory.engines import count_frame, count_patterns
from infotheory.exceptions import UnseenValueWarning
from tests.engines.warehouse import WAREHOUSES

ENGINES = ("pandas", "pyarrow", "polars", "polars lazy", "duckdb", "spark", *WAREHOUSES)
IN_MEMORY = (
    "pandas",
    "pyarrow",
    "polars",
)  # errors are raised at once; elsewhere nothing can raise before it is computed
FEATURES = ["amount", "age", "price", "flat", "empty", "ratio", "region", "owner", "product"]
SPECIAL = {
    "amount": {"special_codes": {"refused": [-9.0, np.inf], "bureau": -8.0}},
    "product": {"cat_cutoff": 0.02},
}

every_engine = pytest.mark.parametrize("engine", ENGINES)


def messy(n=3000, seed=3):
    """Rows with everything that goes wrong: nulls, NaN, both zeros, special codes, rare levels,
    weights of 0.
    """
    rng = np.random.default_rng(seed)
    amount = rng.normal(size=n).round(2)
    amount[::13], amount[1::17], amount[2::19], amount[3::23], amount[5::97] = (
        np.nan,
        -9.0,
        -8.0,
        -0.0,
        np.inf,
    )
    amount[4::29] = 0.0
    age = pd.array(rng.integers(18, 90, n), dtype="Int64")
    age[rng.random(n) < 0.05] = pd.NA
    region = rng.choice(["North", "South", "East", "west", "é'\"x"], n).astype(object)
    region[rng.random(n) < 0.1] = None
    owner = rng.choice(np.array([True, False, None], dtype=object), n, p=[0.3, 0.6, 0.1])
    product = pd.Categorical(rng.choice([*"abcdefgh", "rare"], n, p=[*[0.124] * 8, 0.008]))
    risk = (
        np.nan_to_num(np.where(np.abs(amount) > 5, 0.5, amount))
        + 0.8 * (region == "South")
        - 0.5 * (owner == True)  # noqa: E712
    )
    return pd.DataFrame(
        {
            "amount": amount,
            "age": age,
            "price": [Decimal(int(k)) / 100 for k in rng.integers(0, 500, n)],
            "flat": np.ones(n, dtype=np.int32),
            "empty": np.full(n, np.nan),
            "ratio": rng.exponential(size=n).astype(np.float32),
            "region": region,
            "owner": owner,
            "product": product,
            "y": (rng.random(n) < 1 / (1 + np.exp(1.5 - risk))).astype(np.int64),
            "w": np.where(rng.random(n) < 0.1, 0.0, rng.integers(1, 4, n) / 2.0),
            "sex": rng.choice(np.array(["F", "M", None], dtype=object), n, p=[0.5, 0.45, 0.05]),
            "citizen": rng.random(n) < 0.7,
        }
    )


@pytest.fixture(scope="module")
def rows():
    return messy()


def assert_same(found, wanted):
    assert found.prebin_specs_ == wanted.prebin_specs_
    assert found.specs_ == wanted.specs_
    assert found.status_ == wanted.status_
    assert found.classes_.tolist() == wanted.classes_.tolist()
    assert list(found.feature_names_in_) == list(wanted.feature_names_in_)
    for name, table in wanted.prebin_tables_.items():
        assert found.prebin_tables_[name].labels == table.labels
        assert found.prebin_tables_[name].counts.tolist() == table.counts.tolist()
        assert found.prebin_tables_[name].squared_weights.tolist() == table.squared_weights.tolist()
        assert found.woe_[name].tolist() == wanted.woe_[name].tolist()
    pd.testing.assert_frame_equal(found.summary(), wanted.summary(), check_exact=True)


def values_of(frame):
    """Features of a frame of any engine as one array of objects, in the order of the rows."""
    table = nw.from_native(frame)
    table = table.collect() if isinstance(table, nw.LazyFrame) else table
    return np.column_stack([table[name].to_numpy().astype(object) for name in FEATURES]), table


@every_engine
@pytest.mark.parametrize("weights", [None, "w"])
def test_bins_are_those_of_rows_in_memory(rows, on_engine, engine, weights):
    binner = OptimalBinner(feature_params=SPECIAL)
    wanted = OptimalBinner(feature_params=SPECIAL).fit(
        rows[FEATURES], rows["y"], None if weights is None else rows["w"]
    )
    found = binner.fit_frame(on_engine(rows, engine), "y", sample_weight=weights, features=FEATURES)
    assert_same(found, wanted)
    assert set(found.rank_errors_) == {"amount", "age", "price", "flat", "empty", "ratio"}
    assert set(found.rank_errors_.values()) == {0.0}
    assert found.fit_counts(found.counts_).specs_ == wanted.specs_


@every_engine
@pytest.mark.parametrize("metric", ["woe", "event_rate", "indices", "bins"])
def test_transform_frame_equals_transform_row_by_row(rows, on_engine, engine, metric):
    binner = OptimalBinner(feature_params=SPECIAL, metric=metric).fit(rows[FEATURES], rows["y"])
    found, table = values_of(binner.transform_frame(on_engine(rows, engine)))
    assert (found == binner.transform(rows[FEATURES])).all()
    assert table.columns == list(rows.columns)
    assert table["sex"].fill_null("?").to_list() == rows["sex"].fillna("?").to_list()


JOINS = [
    ("amount", ["refused", 0]),
    ("amount", ["bureau", "Missing"]),
    ("age", [0, "Missing"]),
    ("region", ["Missing", 1]),
    ("owner", [1, "Missing"]),
    ("product", [0, "Missing"]),
]


def tuned(binner):
    """Join special (inf among them) and missing values to other bins, and set some evidence."""
    for name, bins in JOINS:
        binner = merge_bins(binner, name, bins, reason="a test")
    binner = set_woe(binner, "ratio", "Missing", -0.25, reason="a test")
    return set_woe(binner, "region", 0, 0.75, reason="a test")


@every_engine
@pytest.mark.parametrize("metric", ["woe", "event_rate", "indices", "bins"])
def test_what_is_joined_by_hand_has_the_values_of_its_bin_on_every_engine(
    rows, on_engine, engine, metric
):
    fitted = OptimalBinner(feature_params=SPECIAL, metric=metric).fit(rows[FEATURES], rows["y"])
    binner = tuned(fitted)
    wanted = binner.transform(rows[FEATURES])
    found, _ = values_of(binner.transform_frame(on_engine(rows, engine)))
    assert (found == wanted).all()
    for name in ("amount", "region"):
        column = wanted[:, FEATURES.index(name)]
        spec = binner.specs_[name]
        of_bin = binner.features_[name].values(metric)[spec.joined[spec.missing_code]]
        assert set(column[rows[name].isna().to_numpy()]) == {of_bin}


@every_engine
@pytest.mark.parametrize("weights", [None, "w"])
def test_what_is_joined_by_hand_is_counted_with_its_bin_on_every_engine(
    rows, on_engine, engine, weights
):
    weight = None if weights is None else rows["w"]
    binner = tuned(OptimalBinner(feature_params=SPECIAL).fit(rows[FEATURES], rows["y"], weight))
    frame = on_engine(rows, engine)
    counts = count_frame(frame, dict(binner.specs_), target="y", sample_weight=weights)
    for name, table in binner.tables_.items():
        np.testing.assert_allclose(counts.tables[name].counts, table.counts, rtol=1e-12)
        assert not table.counts[list(binner.specs_[name].joined)].any()

    wanted = Patterns.from_rows(
        binner.bin_codes(rows[FEATURES]), rows["y"].to_numpy(), weights and rows["w"].to_numpy()
    )
    found = count_patterns(frame, binner.specs_, target="y", sample_weight=weights)
    order = np.lexsort(wanted.codes.T[::-1])
    assert found.codes.tolist() == wanted.codes[order].tolist()
    assert found.counts.tolist() == wanted.counts[order].tolist()


@every_engine
@pytest.mark.parametrize("missing", ["group", "exclude"])
def test_fair_bins_and_counts_by_group_are_those_of_rows(rows, on_engine, engine, missing):
    features = ["amount", "region", "owner"]
    options = {
        "budget": 0.05,
        "intersections": True,
        "missing_protected": missing,
        "feature_params": {"amount": SPECIAL["amount"]},
    }
    wanted = FairBinner(**options).fit(
        rows[features], rows["y"], rows["w"], protected=rows[["sex", "citizen"]]
    )
    found = FairBinner(**options).fit_frame(
        on_engine(rows, engine),
        "y",
        sample_weight="w",
        protected=["sex", "citizen"],
        features=features,
    )
    assert_same(found, wanted)
    assert found.comparisons_ == wanted.comparisons_
    for attribute, tables in wanted.prebin_group_tables_.items():
        for name, table in tables.items():
            counted = found.prebin_group_tables_[attribute][name]
            assert counted.groups == table.groups
            assert counted.counts.tolist() == table.counts.tolist()
            assert counted.squared_weights.tolist() == table.squared_weights.tolist()
    pd.testing.assert_frame_equal(
        found.fairness_summary(), wanted.fairness_summary(), check_exact=True
    )


@every_engine
def test_stumps_a_feature_are_those_of_rows(rows, on_engine, engine):
    features = ["age", "region", "ratio"]
    wanted = StumpBinner(min_bin_size=0.02).fit(rows[features], rows["y"])
    assert_same(
        StumpBinner(min_bin_size=0.02).fit_frame(on_engine(rows, engine), "y", features=features),
        wanted,
    )


@every_engine
def test_user_splits_are_exact(rows, on_engine, engine):
    splits = {"ratio": [0.5, 1.0, 2.0], "region": [["North", "South"], ["East", "west", "é'\"x"]]}
    wanted = OptimalBinner(user_splits=splits).fit(rows[["ratio", "region"]], rows["y"])
    found = OptimalBinner(user_splits=splits).fit_frame(
        on_engine(rows, engine), "y", features=["ratio", "region"]
    )
    assert_same(found, wanted)
    assert found.rank_errors_ == {}


@every_engine
@pytest.mark.parametrize("weights", [None, "w"])
def test_patterns_are_those_of_rows(rows, on_engine, engine, weights):
    binner = OptimalBinner(feature_params=SPECIAL).fit(rows[FEATURES], rows["y"])
    wanted = Patterns.from_rows(
        binner.bin_codes(rows[FEATURES]), rows["y"].to_numpy(), weights and rows["w"].to_numpy()
    )
    found = count_patterns(
        on_engine(rows, engine), binner.specs_, target="y", sample_weight=weights
    )
    order = np.lexsort(wanted.codes.T[::-1])
    assert found.codes.tolist() == wanted.codes[order].tolist()
    assert found.counts.tolist() == wanted.counts[order].tolist()
    assert found.squared_weights.tolist() == wanted.squared_weights[order].tolist()


@every_engine
def test_patterns_of_groups_are_those_of_their_rows(rows, on_engine, engine):
    binner = OptimalBinner().fit(rows[["ratio", "region"]], rows["y"])
    found = count_patterns(
        on_engine(rows, engine), binner.specs_, target=None, sample_weight="w", group="citizen"
    )
    assert found.groups == ("False", "True")
    assert found.counts[:, 1].tolist() == [0.0] * len(found.codes)
    for place, citizen in enumerate((False, True)):
        part = rows[rows["citizen"] == citizen]
        wanted = count_patterns(part, binner.specs_, target=None, sample_weight="w")
        own = found.group == place
        assert found.codes[own].tolist() == wanted.codes.tolist()
        assert found.counts[own].tolist() == wanted.counts.tolist()
        assert found.squared_weights[own].tolist() == wanted.squared_weights.tolist()


@every_engine
def test_unseen_values_are_treated_as_in_transform(rows, on_engine, engine):
    for unknown, null in (("zero", False), ("missing", False), ("error", True)):
        binner = OptimalBinner(cat_unknown=unknown).fit(rows[["ratio", "region"]], rows["y"])
        new = pd.DataFrame(
            {"ratio": [1.0, np.nan, 0.2], "region": ["North", "Mars", None], "id": [1, 2, 3]}
        )
        if engine in IN_MEMORY:
            new = on_engine(new, engine)
            if null:
                with pytest.raises(ValueError, match="must hold only categories seen in the fit"):
                    binner.transform_frame(new)
                continue
            with pytest.warns(UnseenValueWarning, match="ratio: 1 rows"):
                found = binner.transform_frame(new)
        else:
            found = nw.from_native(binner.transform_frame(on_engine(new, engine))).lazy().collect()
        place = {
            "zero": binner.specs_["region"].unseen_code,
            "missing": binner.specs_["region"].missing_code,
        }
        value = None if null else binner.woe_["region"][place[unknown]]
        assert nw.from_native(found, eager_only=True)["region"].to_list()[1] == value
        assert nw.from_native(found, eager_only=True)["ratio"].to_list()[1] == 0.0


@every_engine
def test_text_without_a_value_is_numbers_without_one(rows, on_engine, engine):
    """A lazy frame refused a column whose type is text as nobody filled it in."""
    binner = OptimalBinner().fit(rows[["amount", "ratio"]].replace(np.inf, 0.0), rows["y"])
    new = pd.DataFrame({"amount": pd.array([None, None], dtype="string"), "ratio": [1.0, 0.2]})
    found = nw.from_native(binner.transform_frame(on_engine(new, engine))).lazy().collect()
    missing = binner.woe_["amount"][binner.specs_["amount"].missing_code]
    assert missing != 0.0
    assert found["amount"].to_list() == [missing] * 2
    new.loc[1, "amount"] = "12"
    with pytest.raises(TypeError, match=r"must hold numbers, got|is numerical, got text"):
        binner.transform_frame(on_engine(new, engine))


@every_engine
def test_infinite_values_are_null_where_nothing_can_raise(rows, on_engine, engine):
    binner = OptimalBinner().fit(rows[["ratio"]], rows["y"])
    new = on_engine(pd.DataFrame({"ratio": [np.inf, 1.0, -np.inf]}), engine)
    if engine in IN_MEMORY:
        with pytest.raises(
            ValueError, match="Input X contains infinity in feature 'ratio', got inf"
        ):
            binner.transform_frame(new)
    else:
        found = nw.from_native(binner.transform_frame(new)).lazy().collect()["ratio"].to_list()
        assert found == [None, binner.transform(pd.DataFrame({"ratio": [1.0]}))[0, 0], None]


LABELS = {"strings": ["good", "bad"], "booleans": [False, True], "floats": [0.0, 1.0]}


@every_engine
@pytest.mark.parametrize("labels", LABELS.values(), ids=LABELS)
def test_labels_of_any_type(rows, on_engine, engine, labels):
    data = rows[["ratio"]].assign(y=np.array(labels)[rows["y"]])
    for event in labels:
        wanted = OptimalBinner(event_label=event).fit(data[["ratio"]], data["y"])
        found = OptimalBinner(event_label=event).fit_frame(on_engine(data, engine), "y")
        assert_same(found, wanted)
        assert found.event_label_ == wanted.event_label_

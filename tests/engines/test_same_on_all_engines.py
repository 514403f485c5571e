"""Whatever the engine: the same tables, splits, weights of evidence and information values as rows in memory."""

from decimal import Decimal

import narwhals as nw
import numpy as np
import pandas as pd
import pytest

from infotheory.binning import OptimalBinner

ENGINES = ("pandas", "pyarrow", "polars", "polars lazy", "duckdb", "spark")
FEATURES = ["amount", "age", "price", "flat", "empty", "ratio", "region", "owner", "product"]
SPECIAL = {"amount": {"special_codes": {"refused": [-9.0, np.inf], "bureau": -8.0}}, "product": {"cat_cutoff": 0.02}}

every_engine = pytest.mark.parametrize("engine", ENGINES)


def messy(n=3000, seed=3):
    """Rows with everything that goes wrong: nulls, NaN, both zeros, special codes, rare levels, weights of 0."""
    rng = np.random.default_rng(seed)
    amount = rng.normal(size=n).round(2)
    amount[::13], amount[1::17], amount[2::19], amount[3::23], amount[5::97] = np.nan, -9.0, -8.0, -0.0, np.inf
    amount[4::29] = 0.0
    age = pd.array(rng.integers(18, 90, n), dtype="Int64")
    age[rng.random(n) < 0.05] = pd.NA
    region = rng.choice(["North", "South", "East", "west", "é'\"x"], n).astype(object)
    region[rng.random(n) < 0.1] = None
    owner = rng.choice(np.array([True, False, None], dtype=object), n, p=[0.3, 0.6, 0.1])
    product = pd.Categorical(rng.choice([*"abcdefgh", "rare"], n, p=[*[0.124] * 8, 0.008]))
    risk = np.nan_to_num(np.where(np.abs(amount) > 5, 0.5, amount)) + 0.8 * (region == "South") - 0.5 * (owner == True)  # noqa: E712
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
    found = binner.fit_frame(on_engine(rows, engine), "y", weights=weights, features=FEATURES)
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

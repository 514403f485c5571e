"""Bins in SQL and Python give what transform gives, on every kind of value."""

import sqlite3
from contextlib import closing

import duckdb
import numpy as np
import pandas as pd
import pytest

from infotheory import FairBinner, OptimalBinner, StumpBinner
from infotheory.binning import merge_bins
from infotheory.datasets import load_german_credit


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(7)
    n = 900
    age = np.where(rng.random(n) < 0.1, np.nan, rng.integers(18, 80, n))
    age[rng.random(n) < 0.05] = -9.0
    X = pd.DataFrame(
        {
            "age": age,
            'in"come': rng.lognormal(3.0, 1.0, n),
            "town": rng.choice(["a", "it's", "c", None], n),
            "grade": rng.choice([1.0, 2.5, 3.0], n),
        }
    )
    risk = 0.02 * np.nan_to_num(age, nan=40.0) - 0.3 * (X["town"] == "a") - X['in"come'] / 80
    y = (rng.random(n) < 1.0 / (1.0 + np.exp(1.0 + risk))).astype(int)
    return X, y


def binner_of(X, y, **options):
    settings = {
        "special_codes": {"age": {"refused": [-9.0]}},
        "categorical_features": ["town", "grade"],
    }
    return OptimalBinner(**settings, **options).fit(X, y)


def through_duckdb(query, X):
    with duckdb.connect() as connection:
        connection.register("loans", X)
        return connection.sql(query).df()


@pytest.mark.parametrize("metric", ["woe", "event_rate", "indices", "bins"])
def test_sql_and_python_give_what_transform_gives(rows, metric):
    X, y = rows
    binner = binner_of(X, y, metric=metric)
    wanted = binner.transform(X)
    suffix = {"bins": "bin", "indices": "index"}.get(metric, metric)

    table = through_duckdb(binner.to_sql("loans", metrics=[metric], keep=[]), X)
    assert list(table) == [f"{name}_{suffix}" for name in X]
    np.testing.assert_array_equal(table.to_numpy(), wanted)

    namespace = {}
    exec(binner.to_python(), namespace)  # noqa: S102 - what we have written
    records = X.astype(object).where(X.notna(), None).to_dict("records")
    np.testing.assert_array_equal(
        pd.DataFrame([namespace["transform"](row) for row in records]).to_numpy(), wanted
    )
    labels = pd.DataFrame([namespace["bins"](row) for row in records]).to_numpy()
    np.testing.assert_array_equal(labels, binner.set_params(metric="bins").transform(X))


def test_the_default_adds_labels_and_the_metric_of_the_binner(rows):
    X, y = rows
    query = binner_of(X, y).to_sql("loans", keep=["age"])
    table = through_duckdb(query, X)
    assert list(table)[:3] == ["age", "age_bin", "age_woe"]
    assert set(table["age_bin"]) == set(binner_of(X, y).tables_["age"].labels)
    assert query.startswith("/* Bins, the event is 1 */ SELECT")


def test_bins_joined_by_hand_are_written_as_they_are(rows):
    X, y = rows
    binner = binner_of(X, y)
    binner = merge_bins(binner, "age", [0, "Missing"], reason="few rows")
    table = through_duckdb(binner.to_sql("loans", metrics=["woe"], keep=[]), X)
    np.testing.assert_array_equal(table.to_numpy(), binner.transform(X))
    namespace = {}
    exec(binner.to_python(), namespace)  # noqa: S102 - what we have written
    row = {'in"come': 3.0, "town": "a", "grade": 1}
    values = [namespace["transform"](row | {"age": age})["age"] for age in (None, 18.0)]
    assert values[0] == values[1]


def test_every_binner_writes_its_bins():
    X, y = load_german_credit()
    X = X[["duration_in_month", "purpose"]]
    groups = load_german_credit()[0]["foreign_worker"]
    fair = FairBinner(budget=0.05).fit(X, y, protected=groups)
    for binner in (StumpBinner().fit(X, y), fair):
        table = through_duckdb(binner.to_sql("loans", metrics=["woe"], keep=[]), X)
        np.testing.assert_array_equal(table.to_numpy(), binner.transform(X))


def test_sqlite_reads_the_default_dialect(rows):
    X, y = rows
    with closing(sqlite3.connect(":memory:")) as connection:
        X.to_sql("loans", connection, index=False)
        table = pd.read_sql(binner_of(X, y).to_sql("loans", metrics=["woe"], keep=[]), connection)
    np.testing.assert_array_equal(table.to_numpy(), binner_of(X, y).transform(X))


def test_other_targets_have_their_metrics():
    rng = np.random.default_rng(1)
    X = pd.DataFrame({"x": rng.normal(size=600)})
    amount = OptimalBinner(target_type="continuous").fit(X, X["x"] + rng.normal(size=600))
    table = through_duckdb(amount.to_sql("loans", metrics=["event_rate"], keep=[]), X)
    rates = amount.set_params(metric="event_rate").transform(X)
    np.testing.assert_array_equal(table.to_numpy(), rates)

    y = np.digitize(X["x"] + rng.normal(size=600), [-1, 1])
    classes = OptimalBinner(target_type="multiclass").fit(X, y)
    table = through_duckdb(classes.to_sql("loans", metrics=["log_share"], keep=[]), X)
    assert list(table) == ["x_log_share_0", "x_log_share_1", "x_log_share_2"]
    np.testing.assert_array_equal(table, classes.set_params(metric="log_share").transform(X))
    namespace = {}
    exec(classes.to_python(metric="log_share"), namespace)  # noqa: S102 - what we have written
    assert namespace["transform"]({"x": X["x"][0]})["x"] == tuple(table.iloc[0])


def test_what_cannot_be_written_is_refused(rows):
    X, y = rows
    binner = binner_of(X, y, cat_unknown="error")
    with pytest.raises(ValueError, match=r"metrics must be one of 'woe', .* got 'points'"):
        binner.to_sql("loans", metrics=["points"])
    with pytest.raises(ValueError, match=r"metric must be one of .* got 'log_share'"):
        binner.to_python(metric="log_share")
    with pytest.raises(ValueError, match="distinct names, got 'age_woe' twice"):
        binner.to_sql("loans", keep=["age_woe"])
    with pytest.raises(ValueError, match="not fitted"):
        OptimalBinner().to_sql("loans")

    namespace = {}
    exec(binner.to_python(), namespace)  # noqa: S102 - what we have written
    row = {"age": 30, 'in"come': 1.0, "town": "elsewhere", "grade": 1}
    with pytest.raises(ValueError, match="no bin for the value 'elsewhere' of 'town'"):
        namespace["bins"](row)
    with pytest.raises(TypeError, match="'age' must be a number"):
        namespace["bins"](row | {"age": "30"})
    with pytest.raises(KeyError):
        namespace["bins"]({"age": 30})

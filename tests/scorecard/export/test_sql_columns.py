"""All that a card says as one query, and the columns of the table that stay."""

import sqlite3
from contextlib import closing

import duckdb
import numpy as np
import pandas as pd
import pytest
import sqlglot

from infotheory.binning import OptimalBinner
from infotheory.cells import UNSEEN
from infotheory.scorecard import Scorecard, from_toad
from tests.scorecard.export.conftest import PARAMS, hard_rows, portfolio


def from_duckdb(rows, query):
    with duckdb.connect() as connection:
        connection.register("loans", rows)
        return connection.sql(query).df()


def from_sqlite(rows, query):
    with closing(sqlite3.connect(":memory:")) as connection:
        rows.to_sql("loans", connection, index=False)
        return pd.read_sql(query, connection)


def sample(card, n=3000):
    rows = hard_rows(card, n)
    rows.insert(0, "key", np.arange(len(rows)))
    return rows


@pytest.mark.filterwarnings("ignore::infotheory.exceptions.UnseenValueWarning")
@pytest.mark.parametrize("run", [from_duckdb, from_sqlite])
def test_bins_evidence_points_and_probability_are_those_of_the_card(card, run):
    rows = sample(card)
    dialect = run.__name__.removeprefix("from_")
    query = card.to_sql("loans", columns="all", keep=["key"], dialect=dialect)
    found = run(rows, query).sort_values("key").reset_index(drop=True)
    X = rows.drop(columns="key")
    names = list(card.points_)
    added = [f"{name}_{what}" for name in names for what in ("bin", "woe", "points")]
    assert list(found.columns) == ["key", *added, "points", "probability"]

    codes, points = card.binner_.bin_codes(X), card.points_by_characteristic(X)
    for name, column in zip(names, codes.T, strict=True):
        spec = card.binner_.specs_[name]
        labels = np.array([*spec.labels, UNSEEN], dtype=object)
        unseen = spec.missing_code if spec.unknown == "missing" else spec.unseen_code
        places = np.where(column == spec.unseen_code, unseen, column)
        assert found[f"{name}_bin"].tolist() == labels[spec.destinations][places].tolist()
        np.testing.assert_allclose(found[f"{name}_woe"], card.binner_.woe_[name][places])
        np.testing.assert_allclose(found[f"{name}_points"], points[name], atol=1e-9)
    np.testing.assert_allclose(found["points"], card.predict_points(X), atol=1e-9)
    event = card.classes_.tolist().index(card.event_label_)
    np.testing.assert_allclose(found["probability"], card.predict_proba(X)[:, event], atol=1e-12)


def test_columns_that_stay(card):
    rows = sample(card, 50)
    whole = from_duckdb(rows, card.to_sql("loans", dialect="duckdb"))
    assert list(whole.columns) == [*rows.columns, "points"]
    keys = from_duckdb(rows, card.to_sql("loans", keep=["key"], dialect="duckdb"))
    assert list(keys.columns) == ["key", "points"]
    alone = from_duckdb(rows, card.to_sql("loans", keep=[], dialect="duckdb"))
    assert list(alone.columns) == ["points"]
    np.testing.assert_array_equal(alone["points"], whole["points"])
    every = from_duckdb(rows, card.to_sql("loans", columns="all", dialect="duckdb"))
    assert list(every.columns[: rows.shape[1]]) == list(rows.columns)


RELEASE = tuple(int(part) for part in sqlglot.__version__.split(".")[:2])


@pytest.mark.skipif(
    RELEASE < (30, 30), reason="the names of this card are refused, as another test says"
)
@pytest.mark.parametrize("dialect", ["postgres", "mysql", "tsql", "snowflake", "bigquery", "spark"])
def test_other_dialects_read_their_query_back(card, dialect):
    query = card.to_sql("loans", columns="all", keep=["key"], dialect=dialect)
    assert "probability" in query


def test_names_that_clash_and_what_is_no_column_are_refused(card):
    with pytest.raises(ValueError, match="columns must be one of"):
        card.to_sql("loans", columns="bins")
    with pytest.raises(ValueError, match="keep must be a list of names"):
        card.to_sql("loans", keep="key")
    with pytest.raises(ValueError, match="distinct names, got 'points' twice"):
        card.to_sql("loans", keep=["Points"])
    with pytest.raises(ValueError, match="got 'income_bin' twice"):
        card.to_sql("loans", columns="all", keep=["Income_Bin"])


def test_a_card_without_evidence_has_points_alone():
    card = from_toad({"x": {"[-inf ~ 2.0)": 10.0, "[2.0 ~ inf)": 20.0}})
    with pytest.raises(ValueError, match="need a card that was fitted on rows"):
        card.to_sql("loans", columns="all")
    rows = pd.DataFrame({"x": [1.0, 3.0]})
    assert card.points_by_characteristic(rows)["x"].tolist() == [10.0, 20.0]


@pytest.mark.parametrize("intercept", ["spread", "separate"])
def test_points_by_characteristic_add_up(intercept):
    X, y = portfolio()
    X.index = X.index + 7
    binner = OptimalBinner(feature_params=PARAMS)
    card = Scorecard(binner, intercept=intercept, signs="free").fit(X, y)
    points = card.points_by_characteristic(X)
    assert list(points.columns) == list(X.columns)
    assert points.index.equals(X.index)
    np.testing.assert_array_equal(points.sum(axis=1) + card.base_, card.predict_points(X))
    assert (card.base_ == 0.0) == (intercept == "spread")
    by_bin = dict(zip(card.binner_.specs_["income"].labels, card.points_["income"], strict=False))
    codes = card.binner_.bin_codes(X)[:, 0]
    labels = np.array(card.binner_.specs_["income"].labels)[codes]
    assert points["income"].tolist() == [by_bin[label] for label in labels]

"""A card on fair bins: dropped characteristics stand for every value, protected is passed on."""

import json

import duckdb
import numpy as np
import pandas as pd
import pytest
import sklearn
from jsonschema import Draft202012Validator

from infotheory.binning import FairBinner
from infotheory.scorecard import Scorecard
from infotheory.scorecard.export import document_schema
from tests.scorecard.export.conftest import portfolio

from .test_pmml import evaluate, needs_java


@pytest.fixture(scope="module")
def fair():
    X, y = portfolio(1500)
    X = X[["income", "rating"]].assign(region=X["region"])
    group = np.where(X["income"].fillna(0.0) > 0, "a", "b")
    card = Scorecard(FairBinner(budget=0.02)).fit(X, y, protected=group)
    assert card.binner_.specs_["income"].pooled
    assert not card.binner_.specs_["rating"].pooled
    return card, X, y, group


def test_exports_of_pooled_bins(fair):
    card = fair[0]
    rows = fair[1].head(200).assign(income=[np.nan, 7.5] * 100)
    expected = card.predict_points(rows)
    Draft202012Validator(document_schema()).validate(json.loads(card.to_json()))
    np.testing.assert_array_equal(
        Scorecard.from_json(card.to_json()).predict_points(rows), expected
    )
    namespace = {}
    exec(card.to_python(), namespace)  # noqa: S102 - our own source
    assert [namespace["score"](row) for row in rows.to_dict("records")] == expected.tolist()
    with duckdb.connect() as connection:
        connection.register("loans", rows)
        np.testing.assert_array_equal(connection.sql(card.to_sql("loans")).df()["points"], expected)


@needs_java
def test_the_evaluator_reads_pooled_bins(fair, backend, tmp_path):
    card = fair[0]
    rows = fair[1].head(200).assign(income=[np.nan, 7.5] * 100)
    np.testing.assert_array_equal(
        evaluate(card, rows, backend, tmp_path / "card.pmml"), card.predict_points(rows)
    )


def test_protected_is_routed(fair):
    card, X, y, group = fair
    from sklearn.pipeline import make_pipeline

    with sklearn.config_context(enable_metadata_routing=True):
        step = Scorecard(FairBinner(budget=0.02)).set_fit_request(
            protected=True, sample_weight=False
        )
        routed = make_pipeline("passthrough", step).fit(X, y, protected=group)[-1]
    pd.testing.assert_frame_equal(routed.points_table(), card.points_table())

"""The JSON document: round trip, schema, errors."""

import copy
import json

import numpy as np
import pandas as pd
import pytest
from jsonschema import Draft202012Validator, ValidationError
from sklearn.exceptions import NotFittedError

from infotheory._documents import load_schema
from infotheory.binning import OptimalBinner
from infotheory.scorecard import Scorecard
from infotheory.scorecard.export import document_schema
from tests.scorecard.export.conftest import AGE, PARAMS, check_equal, hard_rows, portfolio

VALIDATOR = Draft202012Validator(document_schema())


def test_the_schema_is_one():
    Draft202012Validator.check_schema(document_schema())


def test_bins_have_one_schema():
    bins = load_schema("infotheory", "bins-1.schema.json")
    words = {"$schema", "$id", "title", "description"}
    assert {word: value for word, value in bins.items() if word not in words} == document_schema()[
        "$defs"
    ]["bins"]


def test_documents_keep_the_schema_and_give_the_card_back(card):
    text = card.to_json()
    VALIDATOR.validate(json.loads(text))
    again = Scorecard.from_json(text)
    assert again.to_json() == text
    X = portfolio(300, seed=4)[0]
    np.testing.assert_array_equal(again.predict_points(X), card.predict_points(X))
    pd.testing.assert_frame_equal(again.score_intervals(X), card.score_intervals(X))
    pd.testing.assert_frame_equal(again.point_intervals(), card.point_intervals())
    rows = hard_rows(card, 500)
    with pytest.warns(UserWarning, match="never had"):
        points = again.predict_points(rows)
    check_equal(card, rows, points)


@pytest.mark.parametrize(
    "make",
    [
        lambda X, y: Scorecard(event_label="bad").fit(
            X[["income"]].to_numpy(), np.where(y == 1, "bad", "good")
        ),
        lambda X, y: Scorecard(OptimalBinner(event_label=0, woe_sign="event", zero_cells=0.5)).fit(
            X[["income"]], y
        ),
        lambda X, y: Scorecard(penalty="ridge", exclude_from_reasons=["income"]).fit(
            X[["income", "rating"]], y == 1
        ),
        lambda X, y: Scorecard(pdo=np.float64(20)).fit(
            X[["rating"]], y, sample_weight=np.linspace(0.1, 2, y.size)
        ),
        lambda X, y: Scorecard(OptimalBinner(feature_params={AGE: PARAMS[AGE]})).fit(
            X[[AGE]].assign(one=1.0), y
        ),
        lambda X, y: Scorecard().fit(np.ones((len(X), 2)), y),
    ],
)
def test_cards_of_many_kinds_keep_the_schema(make):
    X, y = portfolio(1200)
    card = make(X, y)
    text = card.to_json()
    VALIDATOR.validate(json.loads(text))
    assert Scorecard.from_json(text).to_json() == text


def test_the_schema_refuses_what_is_not_a_card(strict_card):
    document = json.loads(strict_card.to_json())
    wrong = [
        ("version", 2),
        ("origin", "elsewhere"),
        ("features", []),
        ("regression", None),
        ("base", "600"),
    ]
    for key, value in wrong:
        with pytest.raises(ValidationError):
            VALIDATOR.validate(document | {key: value})
    changed = copy.deepcopy(document)
    changed["features"][0]["bins"]["unit"] = "euro"
    with pytest.raises(ValidationError):
        VALIDATOR.validate(changed)


def test_only_fitted_cards_are_written_or_explained():
    X, _ = portfolio(10)
    card = Scorecard()
    calls = [
        card.to_json,
        lambda: card.to_sql("loans"),
        card.to_pmml,
        card.to_python,
        card.point_intervals,
    ]
    calls += [
        lambda: card.score_intervals(X),
        lambda: card.reason_codes(X),
        lambda: card.reason_confidence(X),
    ]
    for call in calls:
        with pytest.raises(NotFittedError):
            call()


def test_settings_that_json_cannot_hold_are_refused(strict_card):
    card = Scorecard.from_json(strict_card.to_json()).set_params(exclude_from_reasons=[object()])
    with pytest.raises(TypeError, match="settings must be plain numbers and text, got object"):
        card.to_json()


@pytest.mark.parametrize(
    "option",
    [
        {"pdo": 40},
        {"base_points": 500},
        {"base_odds": 20},
        {"round": False},
        {"intercept": "separate"},
    ],
)
def test_options_that_are_set_after_the_fit_have_no_document(option):
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"x": rng.normal(size=400)})
    y = (rng.random(400) < 1 / (1 + np.exp(1 - X["x"]))).astype(int)
    card = Scorecard().fit(X, y)
    text = card.to_json()
    before = card.get_params()
    card.set_params(**option)
    with pytest.raises(ValueError, match=r"options of a card must be those of its fit, got pdo="):
        card.to_json()
    card.set_params(**{name: before[name] for name in option})
    assert card.to_json() == text
    assert Scorecard.from_json(card.set_params(**option).fit(X, y).to_json()).pdo == card.pdo

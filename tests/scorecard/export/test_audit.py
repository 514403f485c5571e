"""What was done to bins by hand goes with the card."""

import json

import pytest
from sklearn.frozen import FrozenEstimator

from infotheory.binning import OptimalBinner, merge_bins, undo_step
from infotheory.datasets import make_portfolio
from infotheory.scorecard import Scorecard
from infotheory.scorecard.export.document import document_schema


def test_the_audit_trail_is_in_the_document_and_comes_back():
    portfolio = make_portfolio(1000, numeric=[0.5], categorical=[0.2], random_state=0)
    tuned = merge_bins(
        OptimalBinner().fit(portfolio.X, portfolio.y), "number_0", [0, 1], reason="policy", who="A"
    )
    tuned = undo_step(tuned, reason="not needed")
    card = Scorecard(FrozenEstimator(tuned)).fit(portfolio.X, portfolio.y)
    text = card.to_json()
    pytest.importorskip("jsonschema").validate(json.loads(text), document_schema())
    restored = Scorecard.from_json(text)
    assert restored.binner_.audit_ == tuned.audit_
    assert [entry["action"] for entry in restored.binner_.audit_] == ["merge", "undo"]
    assert json.loads(restored.to_json()) == json.loads(text)
    assert json.loads(Scorecard().fit(portfolio.X, portfolio.y).to_json())["audit"] == []

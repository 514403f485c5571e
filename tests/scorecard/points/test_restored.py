"""Cards put together from bins and points are fitted cards, and refuse what they do not hold."""

import json

import numpy as np
import pandas as pd
import pytest
from sklearn.frozen import FrozenEstimator

from infotheory.binning import FeatureBins
from infotheory.cells import BinSpec
from infotheory.scorecard import Scorecard, from_toad
from infotheory.scorecard.points.restored import frozen_binner, with_bins_and_points
from tests.scorecard.card.test_card import portfolio

AGE = BinSpec(name="age", kind="numerical", splits=(25.0,))


def test_a_card_of_two_bins_by_hand():
    binner = frozen_binner([FeatureBins(spec=AGE)], named=True, classes=[0, 1])
    points = {"age": np.array([10.0, 20.0, 5.0, np.nan])}
    card = with_bins_and_points(Scorecard(binner), binner, points, 100.0, "by hand")
    rows = pd.DataFrame({"age": [24.0, 25.0, np.nan]})
    assert card.predict_points(rows).tolist() == [110.0, 120.0, 105.0]
    assert card.feature_names_in_.tolist() == ["age"]
    assert (card.n_features_in_, card.origin_, card.event_label_) == (1, "by hand", 1)
    assert isinstance(card.binner_, FrozenEstimator)


@pytest.mark.parametrize(("named", "event", "expected"), [(True, None, "b"), (False, "a", "a")])
def test_a_frozen_binner_knows_labels_and_whether_features_have_names(named, event, expected):
    audit = [{"edit": "split_bin"}]
    binner = frozen_binner(
        [FeatureBins(spec=AGE)], named=named, classes=["a", "b"], audit=audit, event_label=event
    )
    assert binner.event_label_ == expected
    assert binner.audit_ == audit
    assert binner.audit_ is not audit
    assert hasattr(binner, "feature_names_in_") == named
    rows = pd.DataFrame({"age": [24.0, 30.0]})
    assert binner.bin_codes(rows if named else rows.to_numpy()).tolist() == [[0], [1]]


def test_bins_read_back_hold_counts_and_evidence_but_no_pre_bins():
    card = Scorecard().fit(*portfolio(400))
    for name, bins in Scorecard.from_json(card.to_json()).binner_.features_.items():
        fitted = card.binner_.features_[name]
        assert bins.spec == fitted.spec
        assert bins.status == fitted.status
        np.testing.assert_array_equal(bins.woe, fitted.woe)
        np.testing.assert_array_equal(bins.table.counts, fitted.table.counts)
        np.testing.assert_array_equal(bins.table.squared_weights, fitted.table.squared_weights)
        with pytest.raises(ValueError, match="must keep its pre-bins"):
            bins.prebinned()


def test_bins_of_an_imported_card_hold_no_counts():
    card = from_toad({"home": {"own": 60.0, "rent,free": 51.0}})
    bins = card.binner_.features_["home"]
    assert bins.table is bins.woe is bins.status is None
    again = Scorecard.from_json(card.to_json()).binner_.features_["home"]
    assert again.table is again.woe is again.status is None
    assert again.spec == bins.spec


def test_a_document_cannot_ask_for_more_memory_than_its_bins_need():
    document = json.loads(Scorecard().fit(*portfolio(400)).to_json())
    packed = document["regression"]["contribution_covariance"]
    packed["size"] += 1
    with pytest.raises(ValueError, match=r"contribution_covariance.size must be \d+, one for"):
        Scorecard.from_json(json.dumps(document))


@pytest.mark.parametrize("key", ["points", "woe"])
def test_a_document_with_too_few_numbers_is_refused(key):
    document = json.loads(Scorecard().fit(*portfolio(400)).to_json())
    document["features"][0][key].pop()
    with pytest.raises(
        ValueError, match=r"\$.features\[0\].\w+ must have \d+ entries, one for each"
    ):
        Scorecard.from_json(json.dumps(document))

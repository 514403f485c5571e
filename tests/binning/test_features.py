"""A fitted feature is one value; the views by field are read off it."""

import copy
import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.utils.validation import check_is_fitted

from infotheory.binning import FeatureBins, OptimalBinner, cross_fitted_information_value, split_bin
from infotheory.cells import BinSpec
from infotheory.scorecard import Scorecard, from_toad

VIEWS = {
    "specs_": "spec",
    "tables_": "table",
    "woe_": "woe",
    "status_": "status",
    "groupings_": "grouping",
    "prebin_specs_": "prebin_spec",
    "prebin_tables_": "prebin_table",
}


@pytest.fixture(scope="module")
def frame():
    rng = np.random.default_rng(0)
    return pd.DataFrame({"age": rng.normal(size=400), "home": rng.choice(list("abc"), 400)})


@pytest.fixture(scope="module")
def target(frame):
    rng = np.random.default_rng(1)
    return (frame["age"] + rng.normal(size=400) > 0.0).astype(int)


@pytest.fixture(scope="module")
def binner(frame, target):
    return OptimalBinner().fit(frame, target)


@pytest.mark.parametrize(("view", "field"), VIEWS.items())
def test_a_view_holds_one_field_of_every_feature(binner, view, field):
    assert list(getattr(binner, view)) == ["age", "home"]
    for name, bins in binner.features_.items():
        assert getattr(binner, view)[name] is getattr(bins, field)


def test_views_are_read_only_mappings(binner):
    view = binner.splits_
    assert len(view) == 2
    assert view["home"] == [list(levels) for levels in binner.specs_["home"].levels]
    assert repr(binner.status_) == repr(dict(binner.status_))
    assert binner.status_ == {"age": "optimal", "home": binner.features_["home"].status}
    with pytest.raises(TypeError, match="item assignment"):
        view["age"] = np.array([0.0])
    with pytest.raises(AttributeError, match="specs_"):
        binner.specs_ = {}
    with pytest.raises(KeyError, match="income"):
        view["income"]


def test_a_feature_is_frozen_and_complete(binner):
    bins = binner.features_["age"]
    assert (bins.name, bins.status, bins.trend) == ("age", "optimal", "ascending")
    np.testing.assert_array_equal(bins.splits, bins.spec.splits)
    assert bins.counted() == (bins.spec, bins.table)
    assert bins.prebinned() == (bins.prebin_spec, bins.prebin_table, bins.grouping)
    with pytest.raises(AttributeError):
        bins.status = "other"
    again = FeatureBins.of_groups(*bins.prebinned()).with_evidence(binner.zero_cells, 1.0)
    assert again.spec == bins.spec
    np.testing.assert_array_equal(again.woe, bins.woe)
    np.testing.assert_array_equal(again.table.counts, bins.table.counts)


def test_bins_without_counts_say_so():
    bins = FeatureBins(spec=BinSpec(name="age", kind="numerical", splits=(25.0,)))
    assert bins.trend is None
    with pytest.raises(ValueError, match="feature 'age' must have counts"):
        bins.counted()
    with pytest.raises(ValueError, match="feature 'age' must keep its pre-bins"):
        bins.prebinned()


def test_an_unfitted_binner_has_no_views():
    for view in (*VIEWS, "features_", "splits_"):
        assert not hasattr(OptimalBinner(), view)
    with pytest.raises(NotFittedError):
        check_is_fitted(OptimalBinner())


def _pickled(binner):
    return pickle.loads(pickle.dumps(binner))  # noqa: S301 - our own bytes


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, _pickled])
def test_copies_transform_alike(binner, frame, copied):
    other = copied(binner)
    check_is_fitted(other)
    assert other.specs_ == binner.specs_
    np.testing.assert_array_equal(other.transform(frame), binner.transform(frame))
    assert not hasattr(clone(other), "features_")


def test_set_output_names_the_columns(binner, frame):
    out = copy.copy(binner).set_output(transform="pandas").transform(frame)
    assert list(out.columns) == ["age", "home"]


def test_an_edit_replaces_one_feature(binner):
    at = float(np.mean(binner.prebin_specs_["age"].splits[:2]))
    at = min(s for s in binner.prebin_specs_["age"].splits if s not in binner.splits_["age"]) or at
    tuned = split_bin(binner, "age", at, reason="asked")
    assert tuned.features_["home"] is binner.features_["home"]
    assert tuned.features_["age"] is not binner.features_["age"]
    assert at not in binner.splits_["age"]


def test_a_card_read_from_json_keeps_counts_but_no_prebins(frame, target):
    card = Scorecard().fit(frame, target)
    read = Scorecard.from_json(card.to_json()).binner_
    assert isinstance(read, FrozenEstimator)
    assert read.event_label_ == 1
    assert read.status_ == card.binner_.status_
    assert (len(read.tables_), len(read.prebin_specs_), len(read.groupings_)) == (2, 0, 0)
    assert read.summary()["iv"].tolist() == card.binner_.summary()["iv"].tolist()
    with pytest.raises(ValueError, match="must keep its pre-bins"):
        cross_fitted_information_value(read)


def test_a_card_of_another_package_has_bins_only():
    binner = from_toad({"age": {"[-inf ~ 25)": 40.0, "[25 ~ inf)": 52.0}}).binner_
    assert (len(binner.specs_), len(binner.tables_), len(binner.woe_)) == (1, 0, 0)
    with pytest.raises(ValueError, match="must have counts"):
        binner.binning_table("age")

"""What only some lazy frames reach: engines without a scan of their own, dropped features, hopeless
targets.
"""

import numpy as np
import pandas as pd
import polars as pl
import pytest

from infotheory.binning import FairBinner, OptimalBinner
from infotheory.engines import count_frame, count_patterns, counting


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(4)
    amount = rng.normal(size=2000)
    amount[::9] = np.nan
    frame = pd.DataFrame(
        {
            "amount": amount,
            "region": rng.choice(["a", "b", "c"], 2000),
            "w": rng.integers(0, 3, 2000),
        }
    )
    frame["y"] = (rng.random(2000) < 1 / (1 + np.exp(1 - np.nan_to_num(amount)))).astype(int)
    return frame.assign(group=np.where(np.nan_to_num(amount) + rng.normal(size=2000) > 0, "m", "f"))


@pytest.mark.parametrize("weights", [None, "w"])
def test_an_engine_without_a_scan_of_its_own_counts_the_same(rows, weights, monkeypatch):
    rows = rows.copy()
    rows.loc[:9, "amount"] = -1.0
    binner = OptimalBinner(special_codes=[-1.0]).fit(rows[["amount", "region"]], rows["y"])
    specs = binner.prebin_specs_
    lazy = pl.from_pandas(rows).lazy()
    wanted = count_frame(lazy, specs, target="y", sample_weight=weights, groups="group")
    monkeypatch.setattr(counting, "_SCANS", {})
    found = count_frame(lazy, specs, target="y", sample_weight=weights, groups="group")
    for name, table in wanted.tables.items():
        np.testing.assert_array_equal(found.tables[name].counts, table.counts)
        np.testing.assert_array_equal(found.tables[name].squared_weights, table.squared_weights)


@pytest.mark.parametrize("lazy", [False, True])
def test_weights_of_one_are_no_weights(rows, lazy):
    rows = rows.assign(one=1.0)
    frame = pl.from_pandas(rows).lazy() if lazy else rows
    specs = OptimalBinner().fit(rows[["amount", "region"]], rows["y"]).prebin_specs_
    plain, ones, half = (
        count_frame(frame, specs, target="y", sample_weight=name) for name in (None, "one", "w")
    )
    assert (plain.weighted, ones.weighted, half.weighted) == (False, False, True)
    assert ones.to_json() == plain.to_json()

    patterns = count_patterns(frame, specs, target="y", sample_weight="one")
    wanted = count_patterns(frame, specs, target="y")
    assert not patterns.weighted
    np.testing.assert_array_equal(patterns.counts, wanted.counts)
    np.testing.assert_array_equal(patterns.squared_weights, wanted.squared_weights)


def test_dropped_features_are_one_bin_on_lazy_frames_too(rows):
    binner = FairBinner(budget=0.0).fit(
        rows[["amount", "region"]], rows["y"], protected=rows["region"]
    )
    assert any(grouping.dropped for grouping in binner.groupings_.values())
    found = (
        binner.transform_frame(pl.from_pandas(rows).lazy())
        .collect()
        .select("amount", "region")
        .to_numpy()
    )
    np.testing.assert_array_equal(found, binner.transform(rows[["amount", "region"]]))


def test_a_target_of_many_labels_on_a_lazy_frame(rows):
    lazy = pl.from_pandas(rows.assign(y=np.arange(2000.0))).lazy()
    with pytest.raises(ValueError, match="Unknown label type: continuous"):
        OptimalBinner().fit_frame(lazy, "y")
    with pytest.raises(ValueError, match="Only binary classification is supported"):
        OptimalBinner().fit_frame(pl.from_pandas(rows.assign(y=np.arange(2000))).lazy(), "y")


def test_patterns_refuse_categories_that_the_fit_never_saw(rows):
    binner = OptimalBinner(cat_unknown="error").fit(rows[["amount", "region"]], rows["y"])
    lazy = pl.from_pandas(rows.assign(region="Mars")).lazy()
    with pytest.raises(
        ValueError, match="feature 'region' must hold only categories seen in the fit"
    ):
        count_patterns(lazy, binner.specs_, target="y")


@pytest.mark.parametrize("weights", [None, "w"])
@pytest.mark.parametrize("most", [2, 100, 2**62])
def test_patterns_do_not_depend_on_how_codes_are_packed(rows, monkeypatch, most, weights):
    from infotheory.engines import patterns

    features = ["amount", "region"]
    specs = OptimalBinner().fit(rows[features], rows["y"]).specs_
    wanted = count_patterns(rows, specs, target="y", sample_weight=weights)
    monkeypatch.setattr(patterns, "_MOST_NUMBERS", most)
    for few, dtype in ((patterns._FEW_CODES, np.int16), (0, np.int32)):
        monkeypatch.setattr(patterns, "_FEW_CODES", few)
        lazy = pl.from_pandas(rows).lazy()
        found = count_patterns(lazy, specs, target="y", sample_weight=weights)
        assert found.codes.dtype == dtype
        np.testing.assert_array_equal(found.codes, wanted.codes)
        np.testing.assert_allclose(found.counts, wanted.counts, rtol=1e-14)
        assert (found.squared_weights is found.counts) == (weights is None)

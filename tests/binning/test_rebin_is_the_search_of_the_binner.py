"""Bins searched again with no other limits are those of the fit, whatever the binner was told."""

import numpy as np
import pandas as pd
import pytest

from infotheory.binning import OptimalBinner, rebin
from infotheory.exceptions import InfeasibleError, LeakageWarning, SparseCellWarning


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(6)
    x = rng.normal(size=3000)
    c = rng.choice([f"k{i:02d}" for i in range(30)], 3000)
    p = 1.0 / (1.0 + np.exp(2.0 - x - 0.05 * np.char.lstrip(c, "k").astype(int)))
    return pd.DataFrame({"x": x, "c": c}), (rng.random(3000) < p).astype(int)


SETTINGS = {
    "plain": {},
    "js": {"divergence": "js", "max_n_bins": 3},
    "kl": {"divergence": "kl", "max_n_bins": 4, "bin_penalty": 0.01},
    "one feature": {"feature_params": {"x": {"divergence": "kl", "max_n_bins": 3}}},
    "splits that stay": {
        "user_splits": {"x": [-1.0, -0.3, 0.1, 0.9]},
        "user_splits_fixed": {"x": [False, True, False, False]},
        "max_n_bins": 3,
    },
    "groups of levels": {
        "user_splits": {"c": [[f"k{i:02d}"] for i in range(30)]},
        "max_n_prebins": 5,
    },
}


@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)
@pytest.mark.parametrize("feature", ["x", "c"])
def test_no_other_limits_give_the_same_bins(rows, feature, settings):
    binner = OptimalBinner(**settings).fit(*rows)
    again = rebin(binner, feature, reason="the same")
    assert again.specs_[feature] == binner.specs_[feature]


def test_what_separates_is_searched_as_in_the_fit():
    x = np.r_[np.linspace(0.0, 1.0, 400), np.linspace(2.0, 3.0, 100)]
    with pytest.warns((LeakageWarning, SparseCellWarning)):
        binner = OptimalBinner().fit(x[:, None], (x > 1.5).astype(int))
    again = rebin(binner, "x0", reason="the same")
    assert again.specs_["x0"] == binner.specs_["x0"]
    assert len(again.specs_["x0"].splits) == 1


def test_what_cannot_be_met_names_feature_and_bins(rows):
    binner = OptimalBinner().fit(*rows)
    with pytest.raises(InfeasibleError, match="feature 'x': "):
        rebin(binner, "x", min_n_bins=15, max_n_bins=15, max_pvalue=1e-9, reason="finer")

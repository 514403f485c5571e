"""What a search returns, and the rule by which each binner searches."""

import numpy as np
import pytest

from infotheory.binning import FairBinner, OptimalBinner, StumpBinner
from infotheory.binning.prebins.grouping import Grouping, group_counts
from infotheory.cells import BinSpec
from infotheory.tables import CountTable

SPEC = BinSpec(name="x", kind="numerical", splits=(1.0, 2.0, 3.0))
TABLE = CountTable(SPEC.labels, *[np.array([[40, 10], [40, 10], [10, 40], [10, 40], [0, 0.0]])] * 2)


def test_groups_become_bins_and_codes():
    grouping = Grouping(groups=np.array([0, 0, 1, 1]), status="optimal")
    assert grouping.merged(SPEC).splits == (2.0,)
    # bins, then missing, then unseen values
    assert grouping.new_codes(SPEC).tolist() == [0, 0, 1, 1, 2, 3]


def test_a_dropped_feature_is_one_bin_of_everything():
    grouping = Grouping(groups=np.zeros(4, dtype=int), status="dropped: budget", dropped=True)
    assert grouping.merged(SPEC).pooled
    assert grouping.new_codes(SPEC).tolist() == [0] * 6


def test_the_rule_of_a_binner_needs_no_fit():
    grouping = group_counts(OptimalBinner(), SPEC, TABLE)
    assert grouping.groups.tolist() == [0, 0, 1, 1]
    assert (grouping.status, grouping.trend) == ("optimal", "ascending")


def test_the_rule_of_stumps():
    pytest.importorskip("xgboost")
    grouping = group_counts(StumpBinner(n_rounds=1), SPEC, TABLE)
    assert grouping.groups.tolist() == [0, 0, 1, 1]
    with pytest.raises(ValueError, match="bins on other counts need mode='per_feature'"):
        group_counts(StumpBinner(mode="joint"), SPEC, TABLE)


def test_a_binner_of_all_features_at_once_has_no_rule():
    with pytest.raises(TypeError, match="from its own counts, got FairBinner; use OptimalBinner"):
        group_counts(FairBinner(), SPEC, TABLE)

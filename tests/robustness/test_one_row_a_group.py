"""An identifier in place of a group or a period: told at once, and never gigabytes or minutes."""

import numpy as np
import pandas as pd
import pytest

from infotheory import evidence
from infotheory import scorecard as s
from infotheory.binning import OptimalBinner, StumpBinner
from infotheory.exceptions import ApproximationWarning, HighCardinalityWarning
from infotheory.scorecard import ScorecardMonitor
from infotheory.tables import CountTable

N = 20_000
RNG = np.random.default_rng(0)
X = RNG.normal(size=N)
P = 1.0 / (1.0 + np.exp(2.0 - X))
Y = (RNG.random(N) < P).astype(int)
EACH = np.arange(N)

IDENTIFIER = "1000 pairs of groups .* is it an identifier"
GROUPED = {
    "adverse impact": lambda: evidence.adverse_impact_ratio(P > 0.3, EACH),
    "mean difference": lambda: evidence.standardized_mean_difference(P, EACH),
    "metrics": lambda: evidence.group_metrics(Y, P, EACH),
    "estimates": lambda: evidence.group_estimates(Y, P, EACH),
    "sweep": lambda: s.cut_off_sweep(
        Y, 100.0 * P, [30], costs=s.CostTable(1.0, 5.0), protected=EACH
    ),
}


@pytest.mark.parametrize("function", GROUPED.values(), ids=GROUPED)
def test_groups_of_one_row_are_refused(function):
    with pytest.raises(ValueError, match=IDENTIFIER):
        function()


def test_a_table_of_them_is_told_of():
    with pytest.warns(HighCardinalityWarning, match="group holds 20000 labels for 20000 rows"):
        table = CountTable.from_codes(EACH % 3, Y, group=EACH)
    with pytest.raises(ValueError, match=IDENTIFIER):
        evidence.demographic_information_value(table)


def test_groups_of_many_rows_are_not_told_of():
    CountTable.from_codes(EACH % 3, Y, group=EACH % 1000)
    CountTable.from_codes([0, 1, 0, 1], [0, 0, 1, 1], group=list("abcd"))


@pytest.fixture(scope="module")
def monitor():
    card = s.Scorecard().fit(X[:, None], Y)
    return ScorecardMonitor.from_reference(card, X[:, None], Y)


def test_exact_times_are_no_periods(monitor):
    times = pd.date_range("2024-01-01", periods=N, freq="min")
    with pytest.raises(ValueError, match=r"4000 periods \(ten years of days\), got 20000; cut"):
        monitor.compare(X[:, None], Y, periods=times)
    with pytest.warns(HighCardinalityWarning, match="periods holds 60 labels for 60 rows"):
        monitor.compare(X[:60, None], Y[:60], periods=times[:60])


@pytest.mark.parametrize("make", [OptimalBinner, StumpBinner])
def test_more_pre_bins_than_a_search_holds_are_told_of(make):
    with pytest.warns(ApproximationWarning, match=r"at most 2000 .*'x0' \(2000 pre-bins"):
        bounded = make(max_n_prebins=10**9).fit(X[:, None], Y)
    assert bounded.prebin_specs_["x0"].n_bins == 2000


def test_nor_are_levels_searched_without_bound():
    levels = np.char.add("k", (EACH % 3000).astype(str)).astype(object)
    with pytest.warns((ApproximationWarning, HighCardinalityWarning)):
        binner = OptimalBinner(max_n_prebins=10**9).fit(pd.DataFrame({"c": levels}), Y)
    assert binner.specs_["c"].n_bins <= 6

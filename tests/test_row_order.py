"""Rows go together by position, and an index of pandas that says otherwise is told of."""

import dataclasses
import warnings

import numpy as np
import pandas as pd
import pytest

from infotheory._row_order import warn_of_row_order
from infotheory.binning import OptimalBinner
from infotheory.estimation import pairwise_mutual_information, transfer_network
from infotheory.evidence import area_under_curve
from infotheory.exceptions import RowOrderWarning
from tests.robustness import weighted
from tests.robustness.more_weighted import MORE

N_ROWS = 60
ORDER = np.random.default_rng(0).permutation(N_ROWS)
NAMES = [f"row {i}" for i in range(N_ROWS)]
MONTHS = pd.period_range("2020-01", periods=N_ROWS, freq="M")


@pytest.mark.parametrize(
    "index",
    [
        pd.RangeIndex(N_ROWS),
        pd.Index(NAMES),
        pd.Index(np.linspace(0.0, 1.0, N_ROWS)),
        pd.date_range("2026-01-01", periods=N_ROWS),
        MONTHS,
        pd.MultiIndex.from_arrays([NAMES, range(N_ROWS)]),
    ],
    ids=["range", "text", "floats", "dates", "months", "several levels"],
)
def test_the_same_labels_in_another_order_are_told_of(index):
    X = pd.DataFrame({"x": np.arange(N_ROWS)}, index=index)
    y = pd.Series(np.arange(N_ROWS), index=index[ORDER])
    with pytest.warns(RowOrderWarning, match=r"y has the index labels of X in another order"):
        warn_of_row_order(X=X, y=y)


def quiet(**arguments):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warn_of_row_order(**arguments)


def test_nothing_is_said_where_an_index_says_nothing():
    X = pd.DataFrame({"x": np.arange(N_ROWS)})
    y = pd.Series(np.arange(N_ROWS))
    # The same order, the same index, other labels, another length, no index at all.
    quiet(X=X, y=y)
    quiet(X=X, y=y.set_axis(X.index.copy()))
    quiet(X=X.set_axis(pd.Index(range(N_ROWS), dtype="int64")), y=y)
    quiet(X=X, y=y.set_axis(ORDER + 1000))
    quiet(X=X, y=y.iloc[ORDER][:-1])
    quiet(X=X.to_numpy(), y=y.iloc[ORDER])
    quiet(X=X, y=y.iloc[ORDER].to_numpy())
    quiet(X=X, y=y.iloc[ORDER].tolist())
    # Numbers and their text, in columns of any objects.
    for odd in (0, ()):
        numbers = pd.Index([odd, *range(1, N_ROWS)], dtype=object)
        texts = pd.Index([str(label) for label in numbers], dtype=object)
        quiet(X=X.set_axis(numbers.map(str)), y=y.set_axis(numbers))
        quiet(X=X.set_axis(texts), y=y.set_axis(numbers))
    # Labels that occur twice name no row.
    twice = X.index // 2
    quiet(X=X.set_axis(twice), y=y.set_axis(twice[ORDER]))


def test_position_is_what_counts():
    X = pd.DataFrame({"x": np.arange(N_ROWS) % 7.0})
    y = pd.Series(np.arange(N_ROWS) % 3 == 0).astype(int).iloc[ORDER]
    with pytest.warns(RowOrderWarning) as caught:
        found = OptimalBinner().fit(X, y)
    assert len(caught) == 1
    wanted = OptimalBinner().fit(X, y.to_numpy())
    np.testing.assert_array_equal(found.woe_["x"], wanted.woe_["x"])
    # The way out that the message names.
    quiet(X=X, y=y.loc[X.index])


def test_weights_beside_scores_are_told_of():
    y, score = pd.Series(np.arange(N_ROWS) % 2), np.arange(N_ROWS)
    weights = pd.Series(1.0 + np.arange(N_ROWS))[ORDER]
    with pytest.warns(RowOrderWarning, match="sample_weight has the index labels of y"):
        area_under_curve(y, score, sample_weight=weights)


def test_columns_beside_weights_or_trials_are_told_of():
    X = pd.DataFrame(np.random.default_rng(2).normal(size=(N_ROWS, 2)))
    labels, beside = X > 0.0, pd.Series(1.0 + np.arange(N_ROWS) // 30)[ORDER]
    with pytest.warns(RowOrderWarning, match="sample_weight has the index labels of X"):
        pairwise_mutual_information(labels, sample_weight=beside)
    with pytest.warns(RowOrderWarning, match="trials has the index labels of X"):
        transfer_network(X, max_lag=1, trials=beside.sort_values())


PLACES = weighted.PLACES | MORE


@pytest.mark.filterwarnings("ignore::infotheory.exceptions.InfotheoryWarning")
@pytest.mark.parametrize(
    "place",
    [
        *("optimal", "fair", "card", "selection", "monitor", "cut-offs", "report", "groups"),
        *("evidence", "discrimination", "calibration", "grades", "decomposition", "workbench"),
        *("validation of means", "plots", "lattice", "frontier of cards", "cards"),
        *("permutations", "cross-fitting", "demographic value"),
    ],
)
def test_every_place_that_takes_weights_says_that_they_lie_in_another_order(place):
    rows = weighted.sample()
    names = ("y", "p", "score", "amount", "group")
    given = dataclasses.replace(rows, **{name: pd.Series(getattr(rows, name)) for name in names})
    order = np.random.default_rng(1).permutation(weighted.N_ROWS)
    weights = pd.Series(np.random.default_rng(4).uniform(0.3, 3.0, weighted.N_ROWS), index=order)
    with pytest.warns(RowOrderWarning, match="sample_weight has the index labels of") as caught:
        PLACES[place](given, weights)
    lines = {warning.filename for warning in caught if warning.category is RowOrderWarning}
    assert all(name.endswith("weighted.py") for name in lines)

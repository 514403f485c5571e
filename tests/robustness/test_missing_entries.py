"""Groups, clusters, periods and bands of rows of which one is missing, in every storage."""

import functools

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from infotheory.binning import FairBinner, OptimalBinner, permutation_test
from infotheory.estimation import transfer_entropy
from infotheory.evidence import group_metrics, information_values, standardized_mean_difference
from infotheory.fairness import scorecard_frontier
from infotheory.scorecard import (
    Scorecard,
    ScorecardMonitor,
    calibration_table,
    cut_off_sweep,
    select_characteristics,
)
from infotheory.tables import CountTable, EvidenceTable
from infotheory.workbench import workbench

N = 120
rng = np.random.default_rng(0)
X = pd.DataFrame({"x": rng.normal(size=N), "z": rng.normal(size=N)})
Y = (X["x"] + rng.normal(size=N) > 0).to_numpy(int)
CODES = (X["x"] > 0).to_numpy(int)
AMOUNT = np.exp(X["x"].to_numpy())
SHARE = 1 / (1 + AMOUNT)
TEXT = ["a", "b"] * (N // 2)
PLACE = 3


def spoilt(labels, missing):
    return [missing if row == PLACE else label for row, label in enumerate(labels)]


NUMBERS = [int(label == "a") for label in TEXT]
DATES = [pd.Timestamp(2024, 1 + number, 1) for number in NUMBERS]
STORAGES = {
    "list of text": spoilt(TEXT, np.nan),
    "list of numbers": spoilt(NUMBERS, None),
    "object": np.array(spoilt(TEXT, None), dtype=object),
    "float": np.array(spoilt(NUMBERS, np.nan)),
    "masked": np.ma.MaskedArray(NUMBERS, mask=[row == PLACE for row in range(N)]),
    "moments": np.array(spoilt(DATES, "NaT"), dtype="datetime64[s]"),
    "pandas text": pd.Series(spoilt(TEXT, None), dtype="string"),
    "pandas category": pd.Series(spoilt(TEXT, None), dtype="category"),
    "pandas Int64": pd.Series(spoilt(NUMBERS, None), dtype="Int64"),
    "pandas boolean": pd.Series(spoilt(NUMBERS, None), dtype="boolean"),
    "pandas dates": pd.Series(spoilt(DATES, pd.NaT)),
    "polars": pl.Series("g", spoilt(TEXT, None)),
    "polars category": pl.Series("g", spoilt(TEXT, None), dtype=pl.Categorical),
    "arrow": pa.array(spoilt(TEXT, None)),
    "arrow dictionary": pa.array(spoilt(TEXT, None)).dictionary_encode(),
}
ENTRANCES = {
    "CountTable": lambda g: CountTable.from_codes(CODES, Y, g),
    "EvidenceTable": lambda g: EvidenceTable.from_rows(CODES, AMOUNT, kind="continuous", group=g),
    "classes": lambda g: EvidenceTable.from_rows(CODES, g, kind="multiclass"),
    "clusters": lambda g: permutation_test(binner(), X, Y, clusters=g, n_permutations=9, rng=0),
    "clusters of differences": lambda g: information_values(np.c_[CODES, Y], Y, clusters=g),
    "periods of bins": lambda g: OptimalBinner(order_in_periods=1.0).fit(X, Y, periods=g),
    "periods of a selection": lambda g: select_characteristics(X, Y, periods=g),
    "periods of a monitor": lambda g: monitor().compare(X, Y, periods=g),
    "periods of a session": lambda g: workbench(binner(), X, Y, periods=g),
    "groups of metrics": lambda g: group_metrics(Y, CODES, g),
    "groups of means": lambda g: standardized_mean_difference(X["x"], g),
    "groups of a fit": lambda g: FairBinner(budget=0.1).fit(X, Y, protected=g),
    "groups of a frontier": lambda g: scorecard_frontier(X, Y, g, n_points=2),
    "groups of cut-offs": lambda g: cut_off_sweep(Y, X["x"], [0.0], protected=g),
    "bands": lambda g: calibration_table(Y, SHARE, bands=g),
    "trials": lambda g: transfer_entropy(CODES, Y, trials=g),
}


@functools.cache
def binner():
    return OptimalBinner().fit(X, Y)


@functools.cache
def monitor():
    return ScorecardMonitor.from_reference(Scorecard().fit(X, Y), X, Y)


@pytest.mark.parametrize("entrance", ENTRANCES)
def test_a_missing_label_of_a_row_is_refused(entrance):
    for labels in STORAGES.values():
        with pytest.raises(ValueError, match=r"missing|NaN or None|masked"):
            ENTRANCES[entrance](labels)

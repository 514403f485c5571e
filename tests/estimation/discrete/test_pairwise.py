from dataclasses import astuple

import numpy as np
import pandas as pd
import polars as pl
import pytest

from infotheory.estimation import (
    estimate_entropy,
    estimate_mutual_information,
    pairwise_mutual_information,
)
from infotheory.estimation.discrete import pairwise as module
from infotheory.inference import holm


def frame(n_rows=300):
    rng = np.random.default_rng(0)
    a = rng.integers(0, 3, n_rows)
    return {
        "a": a,
        "b": np.array(["x", "y", "z", "w"])[(a + rng.integers(0, 3, n_rows)) % 4],
        "c": a * 0,
        "d": -a,
    }


@pytest.mark.filterwarnings("ignore::infotheory.exceptions.WithheldWarning")
@pytest.mark.parametrize("most", [4096, 0], ids=["gram", "pair by pair"])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("n_rows", [60, 300], ids=["sparse cells", "filled cells"])
def test_agrees_with_single_estimates(monkeypatch, most, weighted, n_rows):
    monkeypatch.setattr(module, "_MOST_INDICATORS", most)
    monkeypatch.setattr(module, "_BLOCK_ROWS", 64)
    columns = frame(n_rows)
    weights = np.random.default_rng(1).uniform(0.5, 2, n_rows) if weighted else None
    result = pairwise_mutual_information(pd.DataFrame(columns), sample_weight=weights, base=2)
    values, errors, p_values, names = astuple(result)
    assert names == tuple(columns)
    for i, x in enumerate(columns.values()):
        assert values[i, i] == pytest.approx(
            estimate_entropy(x, sample_weight=weights, base=2).value, abs=1e-9
        )
        for j, y in enumerate(columns.values()):
            single = estimate_mutual_information(x, y, sample_weight=weights, base=2)
            assert values[i, j] == pytest.approx(single.value, abs=1e-9)
            if single.law.name not in ("sparse table", "withheld"):  # else not by the delta method
                assert errors[i, j] == pytest.approx(single.standard_error, abs=1e-7)
            assert p_values[i, j] == pytest.approx(single.p_value, abs=1e-9)


def test_engines_and_frame():
    columns = frame()
    left, right = (
        pairwise_mutual_information(make(columns)) for make in (pd.DataFrame, pl.DataFrame)
    )
    values = astuple(left)[0]
    assert np.array_equal(values, astuple(right)[0])
    table = left.to_frame()
    assert list(table.columns) == [
        "first",
        "second",
        "mutual_information",
        "standard_error",
        "p_value",
        "adjusted_p_value",
    ]
    assert len(table) == 6
    np.testing.assert_array_equal(table["adjusted_p_value"], holm(table["p_value"].to_numpy()))
    assert table["mutual_information"][0] == values[0, 1]
    assert pairwise_mutual_information(np.column_stack([columns["a"], columns["d"]])).names == (
        "x0",
        "x1",
    )


@pytest.mark.filterwarnings("ignore::infotheory.exceptions.WithheldWarning")
def test_p_values_where_cells_are_sparse():
    X = np.column_stack([np.arange(20), np.arange(20) % 7, np.arange(20) % 3, np.arange(20) // 18])
    result = pairwise_mutual_information(X)
    for i, j in np.ndindex(4, 4):
        single = estimate_mutual_information(X[:, i], X[:, j])
        assert result.p_values[i, j] == pytest.approx(single.p_value)

    # Where every row has a label of its own, all tables with these margins are alike.
    assert result.p_values[0].tolist() == [1.0] * 4
    assert result.p_values[1, 1] < 0.001


def test_p_values_are_withheld_where_weighted_rows_are_few():
    X = np.column_stack([np.arange(20), np.arange(20) % 7])
    weights = np.linspace(0.5, 1.5, 20)
    result = pairwise_mutual_information(X, sample_weight=weights)
    assert np.isnan(result.p_values[0, 1])
    assert np.isnan(result.p_values[1, 1])  # 36 degrees of freedom


@pytest.mark.parametrize(
    ("X", "message"),
    [
        (
            [1, 2],
            r"X must have shape \(n_rows, n_columns\) with at least one of each, got shape \(2,\)",
        ),
        (np.zeros((0, 2)), r"got shape \(0, 2\)"),
        (pd.DataFrame(), r"got shape \(0, 0\)"),
        (pd.DataFrame({"u": [1.0, np.nan]}), "column 'u' must not contain NaN or None"),
        (np.random.default_rng(0).normal(size=(50, 2)), "column 'x0' must hold labels"),
    ],
)
def test_bad_input(X, message):
    with pytest.raises(ValueError, match=message):
        pairwise_mutual_information(X)


def test_columns_of_one_label_and_of_many_are_counted_as_pair_by_pair(monkeypatch):
    """The last label of a column is what the others leave; a column may have no other."""
    rng = np.random.default_rng(3)
    X = np.column_stack([rng.integers(k, size=5000) for k in (1, 2, 9, 40, 1)])
    at_once = pairwise_mutual_information(X)
    monkeypatch.setattr(module, "_MOST_INDICATORS", 0)
    one_by_one = pairwise_mutual_information(X)
    for name in ("values", "standard_errors", "p_values"):
        np.testing.assert_allclose(
            getattr(at_once, name), getattr(one_by_one, name), rtol=1e-9, atol=1e-12
        )


def test_many_weighted_rows_have_the_numbers_of_products_of_indicators(monkeypatch):
    rng = np.random.default_rng(5)
    X = rng.integers(0, [2, 5, 9, 3, 1], size=(4000, 5))
    X[:, 3] = (X[:, 1] + X[:, 3]) % 4
    weights = rng.lognormal(size=4000)
    # Rows of no weight are none, and a label may have no others.
    weights[::7] = weights[X[:, 2] == 8] = 0.0
    wanted = pairwise_mutual_information(X, sample_weight=weights)
    monkeypatch.setattr(module, "_MANY_LABELS", 0)
    found = pairwise_mutual_information(X, sample_weight=weights)
    for name in ("values", "standard_errors", "p_values"):
        np.testing.assert_allclose(
            getattr(found, name), getattr(wanted, name), rtol=1e-9, atol=1e-12
        )
    assert found.p_values[1, 3] < 1e-9 < found.p_values[0, 1]

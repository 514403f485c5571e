"""Mutual information of all pairs, by tables counted by hand, and what changes nothing."""

# ruff: noqa: PD011 (the values of a result, which is no frame)

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infotheory.estimation import pairwise_mutual_information

pytestmark = pytest.mark.filterwarnings("ignore::infotheory.exceptions.WithheldWarning")
FEW = settings(max_examples=20)


@st.composite
def matrices(draw, most_columns=4):
    n_rows, n_columns = draw(st.integers(2, 20)), draw(st.integers(1, most_columns))
    cells = st.integers(0, 3)
    flat = draw(st.lists(cells, min_size=n_rows * n_columns, max_size=n_rows * n_columns))
    return np.array(flat).reshape(n_rows, n_columns)


def entropy(*columns, weights=None):
    """Entropy of the rows of some columns, one row after the other."""
    rows = list(zip(*columns, strict=True))
    weights = np.ones(len(rows)) if weights is None else weights
    mass = {}
    for row, weight in zip(rows, weights, strict=True):
        mass[row] = mass.get(row, 0.0) + weight
    p = np.array(list(mass.values())) / np.sum(weights)
    return -float(p[p > 0.0] @ np.log(p[p > 0.0]))


@FEW
@given(matrices())
def test_values_by_three_entropies(X):
    found = pairwise_mutual_information(X)
    n = X.shape[1]
    assert found.values.shape == found.standard_errors.shape == found.p_values.shape == (n, n)
    for i in range(n):
        for j in range(n):
            shared = entropy(X[:, i]) + entropy(X[:, j]) - entropy(X[:, i], X[:, j])
            assert found.values[i, j] == pytest.approx(shared, abs=1e-9)
    np.testing.assert_allclose(found.values, found.values.T, atol=1e-12)
    assert found.names == tuple(f"x{i}" for i in range(n))


@FEW
@given(matrices())
def test_no_pair_shares_more_than_either_column_has(X):
    values = pairwise_mutual_information(X).values
    entropies = np.diag(values)
    assert (values >= -1e-12).all()
    assert (values <= np.minimum.outer(entropies, entropies) + 1e-9).all()


@FEW
@given(matrices(), st.randoms(use_true_random=False))
def test_order_of_columns_and_names_of_labels(X, random):
    order = list(range(X.shape[1]))
    random.shuffle(order)
    plain = pairwise_mutual_information(X)
    turned = pairwise_mutual_information(X[:, order])
    names = np.array(["south", "north", "east", "west"], dtype=object)
    worded = pairwise_mutual_information(names[X])
    # Tables of few rows are drawn at random: their p-values have the error of so many draws.
    for name, error in (("values", 1e-9), ("standard_errors", 1e-9), ("p_values", 0.05)):
        matrix = getattr(plain, name)
        np.testing.assert_allclose(getattr(turned, name), matrix[np.ix_(order, order)], atol=error)
        np.testing.assert_allclose(getattr(worded, name), matrix, atol=error)


@pytest.mark.filterwarnings("ignore:rows remember")
@FEW
@given(matrices(), st.integers(0, 2**32 - 1))
def test_weights_are_shares_of_the_rows(X, seed):
    weights = np.random.default_rng(seed).integers(1, 4, len(X)).astype(float)
    weighted = pairwise_mutual_information(X, sample_weight=weights).values
    repeated = pairwise_mutual_information(np.repeat(X, weights.astype(int), axis=0)).values
    np.testing.assert_allclose(weighted, repeated, atol=1e-9)
    scaled = pairwise_mutual_information(X, sample_weight=7.5 * weights).values
    np.testing.assert_allclose(scaled, weighted, atol=1e-9)


@pytest.mark.parametrize(
    ("base", "unit"), [(2, math.log(2)), ("bits", math.log(2)), (10, math.log(10))]
)
def test_units(base, unit):
    X = np.array([[0, 0, 1], [0, 1, 1], [1, 1, 0], [2, 1, 0], [2, 0, 1]])
    nats, other = pairwise_mutual_information(X), pairwise_mutual_information(X, base=base)
    np.testing.assert_allclose(other.values * unit, nats.values, atol=1e-12)
    np.testing.assert_allclose(other.standard_errors * unit, nats.standard_errors, atol=1e-12)
    np.testing.assert_array_equal(other.p_values, nats.p_values)


def test_a_copy_and_a_constant():
    rng = np.random.default_rng(0)
    x = rng.integers(0, 3, 300)
    frame = pd.DataFrame({"x": x, "copy": 7 - x, "constant": 5, "noise": rng.integers(0, 2, 300)})
    found = pairwise_mutual_information(frame)
    assert found.names == ("x", "copy", "constant", "noise")
    assert found.values[0, 1] == pytest.approx(found.values[0, 0])
    assert found.p_values[0, 1] < 1e-12
    np.testing.assert_allclose(found.values[2], 0.0, atol=1e-12)
    assert found.p_values[0, 3] > 0.001
    table = found.to_frame()
    assert {"x", "copy"} <= set(table.astype(str).to_numpy().ravel())


@pytest.mark.parametrize(
    ("X", "text"),
    [
        (np.zeros((0, 2), dtype=int), "row"),
        (np.zeros((3, 0), dtype=int), "column"),
        (pd.DataFrame({"a": [1, 2], "b": ["x", None]}), "'b'"),
        (np.random.default_rng(0).normal(size=(30, 2)), "estimate_mutual_information"),
    ],
)
def test_what_is_no_matrix_of_labels(X, text):
    with pytest.raises(ValueError, match=text):
        pairwise_mutual_information(X)

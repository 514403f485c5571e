"""Closed forms, the plug-in's own measures, invariances, and intervals that cover."""

import itertools

import numpy as np
import pandas as pd
import pytest

from infotheory import (
    dual_total_correlation,
    o_information,
    s_information,
    total_correlation,
)
from infotheory.estimation import (
    higher_order_information,
    local_o_information,
    o_information_gradient,
)
from infotheory.estimation.many.gaussian import gaussian_local_values, gaussian_measures
from infotheory.exceptions import WithheldWarning

MEASURES = ("total_correlation", "dual_total_correlation", "o_information", "s_information")
MANY = 10**12


def equal(n_variables, correlation):
    matrix = np.full((n_variables, n_variables), correlation)
    np.fill_diagonal(matrix, 1.0)
    return matrix


CHAIN = np.array([[1.0, 0.5, 0.25], [0.5, 1.0, 0.5], [0.25, 0.5, 1.0]])
COLLIDER = np.array([[1.0, 0.0, 0.6], [0.0, 1.0, 0.6], [0.6, 0.6, 1.0]])


@pytest.mark.parametrize(
    ("covariance", "values", "errors"),
    [
        (CHAIN, (0.287682, 0.255413, 0.032269), (0.75, 0.63246, 0.25)),
        (COLLIDER, (0.636483, 0.826679, -0.190196), (0.84853, 1.20059, 0.5625)),
        (equal(3, 0.5), (0.346574, 0.261624, 0.084950), None),
        (equal(5, 0.3), (0.319121, 0.206057, 0.113064), None),
    ],
    ids=["chain", "collider", "three equal", "five equal"],
)
def test_closed_forms(covariance, values, errors):
    multiplet = np.arange(len(covariance))[None, :]
    found = gaussian_measures(covariance, multiplet, MANY)
    np.testing.assert_allclose(found.table[0, :3], values, atol=1e-6)
    if errors is not None:
        np.testing.assert_allclose(found.standard_errors[0, :3] * 1e6, errors, rtol=2e-5)


def test_the_gradient_in_closed_form():
    four, three = (
        gaussian_measures(equal(n, 0.3), np.arange(n)[None, :], MANY).table[0, 2] for n in (4, 3)
    )
    assert (four, three) == pytest.approx((0.058522, 0.019793), abs=1e-6)
    rng = np.random.default_rng(0)
    X = rng.multivariate_normal(np.zeros(4), equal(4, 0.3), 20_000)
    found = o_information_gradient(X, [0, 1, 2, 3], 3)
    assert abs(found.value - 0.038729) < 3.0 * found.standard_error
    pair = o_information_gradient(X, [0, 1, 2], 2, base="bits")
    triplet = higher_order_information(X, multiplets=[[0, 1, 2]], base="bits")
    assert pair.value == pytest.approx(triplet.o_information[0], rel=1e-12)


def test_pointwise_values_have_the_plug_in_as_mean_and_the_error_as_spread():
    rng = np.random.default_rng(1)
    scores = rng.multivariate_normal(np.zeros(3), COLLIDER, 20_000)
    scores -= scores.mean(axis=0)
    local = gaussian_local_values(scores)
    s = scores.T @ scores / len(scores)
    found = gaussian_measures(s, np.array([[0, 1, 2]]), MANY)
    assert local.mean() == pytest.approx(found.table[0, 2], abs=1e-10)
    assert local.std() == pytest.approx(found.standard_errors[0, 2] * 1e6, rel=0.02)


def test_every_multiplet_is_what_it_is_alone():
    rng = np.random.default_rng(2)
    X = rng.normal(size=(300, 6)) @ rng.normal(size=(6, 6))
    every = higher_order_information(X, sizes=(3, 4))
    assert len(every.multiplets) == 20 + 15
    frame = every.to_frame().set_index("multiplet")
    for one in itertools.islice(every.multiplets, 0, None, 7):
        alone = higher_order_information(X, multiplets=[one]).to_frame().iloc[0]
        for name in (*MEASURES, "o_information_standard_error", "p_value"):
            assert frame.loc[[one], name].iloc[0] == pytest.approx(alone[name], rel=1e-10)
    assert (every.s_information == every.total_correlation + every.dual_total_correlation).all()
    np.testing.assert_array_equal(np.sign(every.adjusted - every.p_values) >= 0, True)
    top = every.top(5)["o_information"].abs()
    assert top.is_monotonic_decreasing
    assert top.iloc[0] == np.abs(every.o_information).max()


def test_monotone_maps_units_and_order_of_rows_change_nothing():
    rng = np.random.default_rng(3)
    X = rng.multivariate_normal(np.zeros(3), CHAIN, 400)
    expected = higher_order_information(X)
    mapped = np.column_stack([np.exp(X[:, 0]), X[:, 1] ** 3, 5.0 - 2.0 * X[:, 2]])
    for other in (mapped, X[::-1], 1e6 * X + 3.0):
        found = higher_order_information(other)
        np.testing.assert_allclose(found.o_information, expected.o_information, atol=1e-10)
        np.testing.assert_allclose(found.standard_errors, expected.standard_errors, atol=1e-10)
    scaled = higher_order_information(1e6 * X + 3.0, method="gaussian")
    plain = higher_order_information(X, method="gaussian")
    np.testing.assert_allclose(scaled.total_correlation, plain.total_correlation, atol=1e-9)


def test_labels_are_those_of_the_empirical_law():
    rng = np.random.default_rng(4)
    a, b = rng.integers(2, size=(2, 600))
    X = pd.DataFrame({"a": a, "b": np.where(b, "x", "y"), "c": (a ^ b) ^ (rng.random(600) < 0.1)})
    found = higher_order_information(X, method="plugin", base=2)
    assert found.multiplets == (("a", "b", "c"),)

    table = np.zeros((2, 2, 2))
    np.add.at(table, (a, 1 - b, X["c"].astype(int)), 1.0 / 600)
    n_cells = np.count_nonzero(table)
    unit = 2.0 * 600 * np.log(2.0)
    # Miller and Madow add (cells - 1) / 2n to each of the entropies.
    bias_total = (3 * 1 - (n_cells - 1)) / unit
    bias_dual = (3 * 3 - 2 * (n_cells - 1)) / unit
    plugin = [f(table, base=2) for f in (total_correlation, dual_total_correlation)]
    assert found.total_correlation[0] == pytest.approx(plugin[0] + bias_total, abs=1e-12)
    assert found.dual_total_correlation[0] == pytest.approx(plugin[1] + bias_dual, abs=1e-12)
    assert o_information(table, base=2) == pytest.approx(plugin[0] - plugin[1])
    assert s_information(table, base=2) == pytest.approx(plugin[0] + plugin[1])
    assert found.o_information[0] < -0.3
    assert found.p_values[0] < 1e-10


def test_sparse_tables_of_labels_have_values_and_no_errors():
    X = np.random.default_rng(5).integers(5, size=(400, 4))
    with pytest.warns(WithheldWarning, match="4 of 4 multiplets have fewer than 5 rows a cell"):
        found = higher_order_information(X, method="plugin")
    assert np.isfinite(found.o_information).all()
    assert np.isnan(found.standard_errors).all()
    assert np.isnan(found.p_values).all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"sizes": (2,)}, "a size must be"),
        ({"sizes": (9,)}, "a size must be"),
        ({"sizes": ()}, "sizes must be a sequence"),
        ({"sizes": 3}, "sizes must be a sequence"),
        ({"multiplets": [["x0", "x9", "x1"]]}, "must name columns of X"),
        ({"multiplets": [[0, 0, 1]]}, "must name each column once"),
        ({"multiplets": [[0, 1]]}, "must each have 3 columns or more"),
        ({"multiplets": ["x0"]}, "must be a list of columns"),
        ({"max_multiplets": 3}, "where 1 to 3 may be"),
        ({"method": "hoi"}, "method must be"),
    ],
)
def test_what_cannot_be_measured_is_refused(options, message):
    X = np.random.default_rng(6).normal(size=(100, 5))
    with pytest.raises(ValueError, match=message):
        higher_order_information(X, **options)


@pytest.mark.parametrize(
    ("X", "message"),
    [
        (np.ones((50, 3)), "must vary"),
        (np.full((50, 3), np.nan), "must be finite"),
        (np.arange(12.0).reshape(4, 3), "at least 6 rows"),
        (np.repeat(np.random.default_rng(0).normal(size=(60, 1)), 3, axis=1), "determine each"),
        (np.random.default_rng(0).normal(size=(60, 2)), "2 columns have 0 multiplets"),
    ],
)
def test_columns_that_have_no_measures_are_named(X, message):
    with pytest.raises(ValueError, match=message):
        higher_order_information(X)


def test_a_gradient_is_of_one_of_the_multiplet():
    X = np.random.default_rng(7).normal(size=(100, 5))
    with pytest.raises(ValueError, match="variable must be one of the multiplet"):
        o_information_gradient(X, [0, 1, 2], 3)


@pytest.mark.slow
@pytest.mark.parametrize("size", [3, 4])
@pytest.mark.parametrize("margins", ["normal", "lognormal", "uniform"])
def test_intervals_cover_and_the_tests_hold_their_size(size, margins):
    rng = np.random.default_rng(8)
    covariance = COLLIDER if size == 3 else equal(4, 0.3) + np.diag([0.0, 0.3, 0.6, 0.9])
    truth = gaussian_measures(covariance, np.arange(size)[None, :], MANY).table[0]
    inside, rejected, independent = [], 0, 0
    for _ in range(400):
        z = rng.multivariate_normal(np.zeros(size), covariance, 400)
        X = {"normal": z, "lognormal": np.exp(z), "uniform": np.arctan(z)}[margins]
        found = higher_order_information(X, sizes=(size,))
        values = np.array([getattr(found, name)[0] for name in MEASURES])
        inside.append(np.abs(values - truth) <= 1.96 * found.standard_errors[0])
        noise = higher_order_information(rng.normal(size=(400, size)), sizes=(size,))
        rejected += noise.p_values[0] < 0.05
        independent += noise.independence_p_values[0] < 0.05
    coverage = np.mean(inside, axis=0)
    assert coverage.min() > 0.90
    assert coverage.max() < 0.985
    assert rejected / 400 < 0.03
    assert 0.02 < independent / 400 < 0.08


@pytest.mark.parametrize("method", ["gaussian_copula", "gaussian", "plugin"])
def test_local_values_have_the_plugin_as_their_mean(method):
    rng = np.random.default_rng(40)
    X = rng.normal(size=(4000, 4)) + rng.normal(size=(4000, 1))
    if method == "plugin":
        X = (X > 0).astype(int)
    for multiplet in ([0, 1, 2], [0, 1, 2, 3]):
        local = local_o_information(X, multiplet, method=method)
        whole = higher_order_information(X, multiplets=[multiplet], method=method)
        assert local.shape == (4000,)
        assert local.mean() == pytest.approx(whole.o_information[0], abs=5e-3)
    bits = local_o_information(X, [0, 1, 2], method=method, base=2)
    assert bits == pytest.approx(local_o_information(X, [0, 1, 2], method=method) / np.log(2))
    with pytest.raises(ValueError, match="3 columns or more"):
        local_o_information(X, [0, 1], method=method)

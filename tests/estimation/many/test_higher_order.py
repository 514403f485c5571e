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
    estimate_mutual_information,
    higher_order_information,
    local_o_information,
    o_information_gradient,
)
from infotheory.estimation.many.curvature import _forms
from infotheory.estimation.many.gaussian import (
    _curvature_variances,
    gaussian_local_values,
    gaussian_measures,
)
from infotheory.estimation.many.labels import _entropy_terms, _margin, _second_variances
from infotheory.estimation.many.neighbors import _terms
from infotheory.exceptions import WithheldWarning
from tests.studies import Study

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
        ({"sizes": np.int64(3)}, "sizes must be a sequence"),
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


# what a target adds


@pytest.mark.parametrize("method", ["gaussian_copula", "gaussian", "plugin"])
def test_a_target_adds_differences_of_measures(method):
    rng = np.random.default_rng(50)
    X = rng.normal(size=(3000, 5)) + 0.7 * rng.normal(size=(3000, 1))
    X[:, 4] += X[:, 0] * 0.5
    if method == "plugin":
        X = (X > 0).astype(int)
    frame = pd.DataFrame(X, columns=list("abcdt"))
    found = higher_order_information(frame, sizes=(2, 3), target="t", method=method)
    assert found.target == "t"
    assert found.n_rows == 3000
    assert len(found.multiplets) == 6 + 4
    assert all("t" not in one for one in found.multiplets)
    for place, one in enumerate(found.multiplets):
        whole = higher_order_information(frame, multiplets=[[*one, "t"]], method=method)
        gradient = o_information_gradient(frame, [*one, "t"], "t", method=method)
        assert gradient.value == pytest.approx(found.o_information[place], rel=1e-9)
        assert gradient.standard_error == pytest.approx(found.standard_errors[place, 2], rel=1e-9)
        assert gradient.p_value == pytest.approx(found.p_values[place], rel=1e-6)
        if len(one) > 2:
            less = higher_order_information(frame, multiplets=[one], method=method)
            for name in MEASURES:
                wanted = getattr(whole, name)[0] - getattr(less, name)[0]
                assert getattr(found, name)[place] == pytest.approx(wanted, abs=1e-12)
        else:
            assert found.o_information[place] == pytest.approx(whole.o_information[0], abs=1e-12)


def test_the_total_correlation_that_a_target_adds_is_its_information():
    rng = np.random.default_rng(51)
    X = rng.multivariate_normal(np.zeros(4), equal(4, 0.4), 500)
    found = higher_order_information(X, multiplets=[[0, 2, 3]], target=1, method="gaussian")
    told = estimate_mutual_information(X[:, [0, 2, 3]], X[:, 1], method="gaussian")
    assert found.total_correlation[0] == pytest.approx(told.value, abs=1e-12)
    assert found.independence_p_values[0] == pytest.approx(0.0, abs=1e-12)
    noise = higher_order_information(rng.normal(size=(500, 4)), sizes=(3,), target=0)
    assert noise.independence_p_values[0] > 0.001


@pytest.mark.parametrize("size", [3, 4, 5])
def test_curvatures_of_differences_are_those_of_the_closed_form(size):
    """The variance of the second differential of one measure has a formula, which numbers check."""
    import array_api_compat.numpy as xp

    factor = np.random.default_rng(52).normal(size=(9, size))
    s = (factor.T @ factor)[None]
    s /= np.sqrt(s[:, range(size), range(size)])[:, :, None]
    s /= np.diagonal(s, axis1=1, axis2=2)[:, None, :]
    s = 0.5 * (s + s.transpose(0, 2, 1))
    total, dual = _forms(xp, s)
    closed = _curvature_variances(xp, s, np.linalg.inv(s))
    pairs = ((total, total), (dual, dual), (total, dual))
    for (one, other), wanted in zip(pairs, closed, strict=True):
        assert 8.0 * (one * other).sum() == pytest.approx(wanted[0], rel=1e-9)


@pytest.mark.parametrize("target", [None, 5])
def test_torch_computes_the_same(target):
    X = np.random.default_rng(53).normal(size=(200, 6)) @ np.random.default_rng(54).normal(
        size=(6, 6)
    )
    options = {"sizes": (3, 4), "target": target}
    there = higher_order_information(X, **options)
    torch = higher_order_information(X, device="cpu", **options)
    pd.testing.assert_frame_equal(torch.to_frame(), there.to_frame(), rtol=1e-9, atol=1e-12)
    assert isinstance(torch.o_information, np.ndarray)


# what is missing, and what is not looked at


@pytest.mark.parametrize("method", ["gaussian_copula", "plugin"])
def test_rows_that_miss_a_value_are_left_out(method):
    rng = np.random.default_rng(55)
    X = rng.normal(size=(600, 4)) + rng.normal(size=(600, 1))
    if method == "plugin":
        X = (X > 0).astype(float)
    gaps = np.where(rng.random(X.shape) < 0.05, np.nan, X)
    whole = ~np.isnan(gaps).any(axis=1)
    found = higher_order_information(gaps, method=method, missing="omit")
    wanted = higher_order_information(X[whole], method=method)
    pd.testing.assert_frame_equal(found.to_frame(), wanted.to_frame())
    assert found.n_rows == whole.sum()
    with pytest.raises(ValueError, match=r"finite|missing"):
        higher_order_information(gaps, method=method)
    with pytest.raises(ValueError, match="a row without missing values, got none in 600 rows"):
        higher_order_information(gaps * np.nan, missing="omit", method=method)

    # Only what is in a multiplet counts.
    some = ~np.isnan(gaps[:, :3]).any(axis=1)
    three = higher_order_information(gaps, multiplets=[[0, 1, 2]], method=method, missing="omit")
    assert three.n_rows == some.sum()


def test_columns_beside_the_multiplets_are_not_read():
    rng = np.random.default_rng(56)
    frame = pd.DataFrame(rng.normal(size=(100, 3)), columns=list("abc"))
    wanted = higher_order_information(frame)
    frame.insert(0, "name", ["text"] * 100)
    frame["constant"] = 1.0
    found = higher_order_information(frame, multiplets=[["a", "b", "c"]])
    assert found.o_information == pytest.approx(wanted.o_information, abs=1e-14)
    local = local_o_information(frame, ["a", "b", "c"])
    assert local.mean() == pytest.approx(wanted.o_information[0], abs=0.05)
    assert np.isfinite(o_information_gradient(frame, ["a", "b", "c"], "b").value)
    with pytest.raises(ValueError, match="column 'name'"):
        higher_order_information(frame)


def test_a_constant_adds_nothing_and_is_no_finding():
    X = np.random.default_rng(60).integers(2, size=(100, 3))
    X[:, 2] = 0
    gradient = o_information_gradient(X, [0, 1, 2], 2, method="plugin")
    assert gradient.value == pytest.approx(0.0, abs=1e-12)
    assert gradient.p_value is None
    assert "every row says the same" in gradient.reason
    found = higher_order_information(X, method="plugin", sizes=(2,), target=2)
    assert np.isnan(found.p_values).all()


def test_adjustments_for_any_dependence_are_larger():
    X = np.random.default_rng(57).multivariate_normal(np.zeros(5), equal(5, 0.4), 300)
    bh, by = (higher_order_information(X, adjust=rule) for rule in ("bh", "by"))
    harmonic = (1.0 / np.arange(1, 11)).sum()
    assert by.adjusted == pytest.approx(np.minimum(1.0, bh.adjusted * harmonic), rel=1e-12)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"target": "x9"}, "target must name columns of X"),
        ({"target": 9}, "a column of target must be"),
        ({"target": 1, "multiplets": [[0, 1]]}, "must be without the target, column 1"),
        ({"target": 1, "multiplets": [[0]]}, "must each have 2 columns or more"),
        ({"target": 1, "sizes": (5,)}, "a size must be"),
        ({"target": 1, "sizes": (1,)}, "a size must be"),
        ({"missing": "drop"}, "missing must be"),
        ({"adjust": "holm"}, "adjust must be"),
        ({"device": "nowhere"}, "device must be one that torch finds here"),
        ({"device": "meta"}, "must hold values"),
        ({"device": "cpu", "method": "plugin"}, "device must be None for method='plugin'"),
        ({"device": "cpu", "method": "ksg"}, "device must be None for method='ksg'"),
        ({"method": "ksg", "n_neighbors": 0}, "n_neighbors must be"),
        ({"method": "ksg", "n_neighbors": 100}, "n_neighbors must be less than the number of rows"),
    ],
)
def test_what_does_not_go_with_a_target_or_a_device(options, message):
    X = np.random.default_rng(58).normal(size=(100, 5))
    with pytest.raises(ValueError, match=message):
        higher_order_information(X, **options)


@pytest.mark.slow
@pytest.mark.parametrize("covariance", [CHAIN, COLLIDER, np.eye(4)], ids=["chain", "sum", "none"])
def test_intervals_of_what_a_target_adds_cover(covariance):
    rng, size = np.random.default_rng(59), len(covariance)
    order = np.arange(size)[None, :]
    truth = gaussian_measures(covariance, order, MANY, with_target=True).table[0]
    bounds = {"covers": (0.917, 1.0)}
    if (covariance == np.eye(size)).all():
        bounds["rejects"] = (0.017, 0.083)
    study = Study(400, **bounds)
    for _ in study:
        X = np.exp(rng.multivariate_normal(np.zeros(size), covariance, 400))
        found = higher_order_information(X, sizes=(size - 1,), target=size - 1)
        values = np.array([getattr(found, name)[0] for name in MEASURES])
        study.note(covers=np.abs(values - truth) <= 1.96 * found.standard_errors[0] + 1e-12)
        if "rejects" in bounds:
            study.note(rejects=found.independence_p_values[0] < 0.05)
    study.check("what a target adds")


@pytest.mark.slow
@pytest.mark.parametrize("size", [3, 4])
def test_intervals_cover_and_the_tests_hold_their_size(size):
    """Ranks do not see the margins, which are a normal, a log-normal and a bounded one."""
    rng = np.random.default_rng(8)
    covariance = COLLIDER if size == 3 else equal(4, 0.3) + np.diag([0.0, 0.3, 0.6, 0.9])
    truth = gaussian_measures(covariance, np.arange(size)[None, :], MANY).table[0]
    study = Study(400, covers=(0.90, 0.985), rejects=(-1.0, 0.03), independent=(0.02, 0.08))
    for _ in study:
        z = rng.multivariate_normal(np.zeros(size), covariance, 400)
        X = np.column_stack([z[:, 0], np.exp(z[:, 1]), np.arctan(z[:, 2:])])
        found = higher_order_information(X, sizes=(size,))
        values = np.array([getattr(found, name)[0] for name in MEASURES])
        noise = higher_order_information(rng.normal(size=(400, size)), sizes=(size,))
        study.note(
            covers=np.abs(values - truth) <= 1.96 * found.standard_errors[0],
            rejects=noise.p_values[0] < 0.05,
            independent=noise.independence_p_values[0] < 0.05,
        )
    study.check(f"{size} columns")


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


@pytest.mark.parametrize(
    "covariance", [CHAIN, COLLIDER, equal(4, 0.5), np.eye(3)], ids=["chain", "collider", "4", "0"]
)
def test_neighbours_find_the_closed_forms(covariance):
    rng = np.random.default_rng(3)
    X = rng.multivariate_normal(np.zeros(len(covariance)), covariance, 8000)
    truth = gaussian_measures(covariance, np.arange(len(covariance))[None, :], MANY).table[0]
    found = higher_order_information(X, multiplets=[range(len(covariance))], method="ksg")
    values = np.array([getattr(found, name)[0] for name in MEASURES])
    assert (np.abs(values - truth) < 3.0 * found.standard_errors[0]).all()
    assert np.isnan(found.independence_p_values).all()

    # the last as a target: what all have less what the others have
    less = 0.0
    if len(covariance) > 3:
        less = higher_order_information(X[:, :-1], method="ksg").o_information[0]
    added = o_information_gradient(X, range(len(covariance)), len(covariance) - 1, method="ksg")
    assert added.value == pytest.approx(found.o_information[0] - less, abs=1e-12)


def test_total_correlation_by_neighbours_is_that_of_pairs():
    """What a target adds to one more column is their mutual information, of the same rows."""
    rng = np.random.default_rng(4)
    X = rng.normal(size=(400, 3)) + rng.normal(size=(400, 1))
    local = local_o_information(X, [0, 1, 2], method="ksg", n_neighbors=5)
    found = higher_order_information(X, method="ksg", n_neighbors=5, base=2)
    assert local.mean() / np.log(2.0) == pytest.approx(found.o_information[0])

    points = (X - X.mean(axis=0)) / X.std(axis=0)
    total, dual, _ = _terms(points[:, :2], 5)
    np.testing.assert_allclose(total, dual, atol=1e-12)
    pair = estimate_mutual_information(X[:, 0], X[:, 1], method="ksg", n_neighbors=5)
    assert total.mean() == pytest.approx(pair.value)


def independent(*margins):
    law = np.ones(())
    for margin in margins:
        law = np.multiply.outer(law, margin)
    return law


def label_chain(n_levels, turns):
    step = np.full((n_levels, n_levels), turns / (n_levels - 1))
    np.fill_diagonal(step, 1.0 - turns)
    return step[:, :, None] * step / n_levels


EVEN, ODD = np.full(2, 0.5), np.add.outer(np.add.outer([0, 1], [0, 1]), [0, 1]) % 2
LABEL_LAWS = {
    # Of independent labels tests of .05 rejected .10 to .15, and errors covered .85 to .90.
    "independent, 80": (independent(EVEN, EVEN, EVEN), 80),
    "independent, 400": (independent(EVEN, EVEN, EVEN), 400),
    "rare, 400": (independent([0.95, 0.05], [0.9, 0.1], EVEN), 400),
    "Zipf, 135": (independent(*[np.array([6, 3, 2]) / 11] * 3), 135),
    # Little of an exclusive or: .77 and .83.
    "little synergy, 80": (0.9 / 8 + 0.1 / 4 * (ODD == 0), 80),
    "little synergy, 400": (0.9 / 8 + 0.1 / 4 * (ODD == 0), 400),
    "pair beside another, 40": (independent([[0.4, 0.1], [0.1, 0.4]], EVEN), 40),
    # What is rare is off the chain, and a sample that lacks it is sure of too large a value: the
    # dual correlation was covered .85, .88 and .79.
    "chain, 80": (label_chain(2, 0.15), 80),
    "strong chain, 100": (label_chain(2, 0.05), 100),
    "chain of three, 135": (label_chain(3, 0.2), 135),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", LABEL_LAWS)
def test_errors_and_tests_of_labels_hold(name):
    law, n_rows = LABEL_LAWS[name]
    total, dual, truth = (
        float(measure(law))
        for measure in (total_correlation, dual_total_correlation, o_information)
    )
    rng, places = np.random.default_rng(3), np.indices(law.shape).reshape(law.ndim, -1).T
    study = Study(200, total=(0.92, 1.0), dual=(0.92, 1.0), o=(0.92, 1.0), rejects=(0.0, 0.06))
    for _ in study:
        X = places[rng.choice(law.size, size=n_rows, p=law.ravel())]
        found = higher_order_information(X, method="plugin")
        errors = 1.96 * found.standard_errors[0]
        study.note(
            total=abs(found.total_correlation[0] - total) <= errors[0],
            dual=abs(found.dual_total_correlation[0] - dual) <= errors[1],
            o=abs(found.o_information[0] - truth) <= errors[2],
            # The test asks whether it is 0, which that of a chain is not.
            rejects=abs(truth) < 0.01 and found.p_values[0] < 0.05,
        )
    study.check(name)


def test_variances_of_second_order_are_those_of_chi_squares():
    """Of independent labels 2 N times each measure is a sum of chi-squares, from the cells."""
    law = independent(EVEN, np.full(3, 1 / 3), np.full(4, 1 / 4))
    pairs, all_three = 1 * 2 + 1 * 3 + 2 * 3, 1 * 2 * 3
    # The dual counts what three say of each other twice, the O-information is that alone.
    degrees = np.array(
        [pairs + all_three, pairs + 4 * all_three, all_three, 4 * pairs + 9 * all_three]
    )
    terms = _entropy_terms(3)
    margins = {name: _margin(law, name) for name in terms}
    np.testing.assert_allclose(_second_variances(margins, terms), degrees / 2)


def test_variances_of_second_order_are_sums_over_pairs_of_margins():
    """Of four dependent labels, some of which never meet, from Pearson's dependence itself."""
    law = np.random.default_rng(6).dirichlet(np.full(48, 0.3)).reshape(2, 3, 2, 4)
    law[0, 1], law[1, :, 0, 2] = 0.0, 0.0
    law /= law.sum()
    terms = _entropy_terms(4)

    both = np.zeros((2, 2))
    for first, second in itertools.product(terms, repeat=2):
        joint = _margin(law, tuple(sorted({*first, *second})))
        expected = _margin(law, first) * _margin(law, second)
        # Where one holds the other this is its number of cells.
        ratio = joint**2 / np.where(joint > 0.0, expected, 1.0)
        if {*first} <= {*second} or {*second} <= {*first}:
            ratio = _margin(law, min(first, second, key=len)) > 0.0
        both += np.outer(terms[first], terms[second]) * (ratio.sum() - 1.0)

    signs = np.array([[1, 0], [0, 1], [1, -1], [1, 1]])
    expected = np.einsum("ij,jk,ik->i", signs, both, signs) / 2.0
    margins = {name: _margin(law, name) for name in terms}
    np.testing.assert_allclose(_second_variances(margins, terms), expected)


@pytest.mark.slow
@pytest.mark.parametrize(("target", "least"), [(None, 0.93), (2, 0.93)])
def test_intervals_by_neighbours_cover(target, least):
    """O-information at 300 rows of three variables that are equally correlated."""
    covariance, rng = equal(3, 0.5), np.random.default_rng(5)
    truth = gaussian_measures(covariance, np.arange(3)[None, :], MANY).table[0, 2]
    study = Study(150, covers=(least, 1.0))
    for _ in study:
        X = rng.multivariate_normal(np.zeros(3), covariance, 300)
        size = (3,) if target is None else (2,)
        found = higher_order_information(X, sizes=size, target=target, method="ksg")
        error = found.standard_errors[0, 2]
        study.note(covers=abs(found.o_information[0] - truth) < 1.96 * error)
    study.check(f"neighbours, target {target}")


def test_columns_that_determine_each_other_are_refused_for_neighbours():
    """Neighbours would give a number that grows with the logarithm of the rows."""
    x, y = np.random.default_rng(6).normal(size=(2, 60))
    for X in (np.c_[x, y, x], np.c_[x, y, x + y]):
        with pytest.raises(ValueError, match="must not determine each other"):
            higher_order_information(X, method="ksg")
        with pytest.raises(ValueError, match="must not determine each other"):
            local_o_information(X, [0, 1, 2], method="ksg")


def test_errors_by_neighbours_are_withheld_where_boxes_are_wide():
    """Three copies with little noise have any information, and 100 rows tell of 100 rows alone."""
    rng = np.random.default_rng(6)
    X = rng.normal(size=(100, 1)) + 0.001 * rng.normal(size=(100, 3))
    with pytest.warns(WithheldWarning, match="1 of 1 multiplets have too few rows for nearest"):
        found = higher_order_information(X, method="ksg")
    assert np.isnan(found.standard_errors).all()
    assert np.isnan(found.p_values).all()

    with pytest.warns(WithheldWarning, match="take gaussian_copula"):
        added = o_information_gradient(X, [0, 1, 2], 2, method="ksg")
    assert np.isnan(added.interval()).all()

"""Columns that may be trials, masks, and rows in place of tables."""

import numpy as np
import pytest

import infotheory as it
from infotheory.estimation import (
    active_information_storage,
    estimate_entropy,
    estimate_mutual_information,
    higher_order_information,
    transfer_entropy,
    transfer_network,
)
from infotheory.lattice import Information, common_information, generated_lattice

SERIES = np.random.default_rng(0).integers(0, 2, size=(200, 3))


def test_columns_may_be_trials():
    one = SERIES[:, 0]
    for arguments in ((SERIES, one), (one, SERIES), (SERIES, SERIES)):
        with pytest.raises(ValueError, match=r"may be trials or components; .*joint_columns=True"):
            transfer_entropy(*arguments)
    with pytest.raises(ValueError, match="x must be one series"):
        active_information_storage(SERIES)


def test_a_state_of_several_columns_says_so():
    joint = SERIES @ [1, 2, 4]
    assert transfer_entropy(SERIES, SERIES[:, 0], joint_columns=True).value == pytest.approx(
        transfer_entropy(joint, SERIES[:, 0]).value
    )
    assert active_information_storage(SERIES, joint_columns=True).value == pytest.approx(
        active_information_storage(joint).value
    )
    assert transfer_entropy(SERIES[:, :1], SERIES[:, 1:2]).value >= 0.0


def test_masked_labels_are_refused():
    masked = np.ma.masked_equal(SERIES[:, 0], 1)
    for call in (
        lambda: estimate_entropy(masked),
        lambda: estimate_mutual_information(SERIES[:, 1], masked),
        lambda: transfer_entropy(masked, SERIES[:, 0]),
        lambda: Information.from_labels(masked),
        lambda: it.minimum_entropy_coupling([0.5, 0.5], np.ma.masked_equal([0.25, 0.75], 0.25)),
    ):
        with pytest.raises(ValueError, match=r"must have no masked entries.*filled.*compressed"):
            call()


@pytest.mark.parametrize("method", ["plugin", "gaussian", "ksg"])
def test_masked_steps_are_missing_where_those_are_left_out(method):
    rng = np.random.default_rng(1)
    X = SERIES if method == "plugin" else rng.normal(size=SERIES.shape)
    hidden = rng.random(X.shape) < 0.03
    masked, gaps = np.ma.masked_array(X, hidden), np.where(hidden, np.nan, X)
    if method == "plugin":
        gaps = np.where(hidden, None, X)

    def options(x):
        return {"method": method, "missing": "omit", "conditions": x[:, 2]}

    expected = transfer_entropy(gaps[:, 0], gaps[:, 1], **options(gaps)).value
    assert transfer_entropy(masked[:, 0], masked[:, 1], **options(masked)).value == expected
    expected = active_information_storage(gaps[:, 0], method=method, missing="omit").value
    found = active_information_storage(masked[:, 0], method=method, missing="omit").value
    assert found == expected

    options = {"method": method, "missing": "omit", "max_lag": 1, "rng": 0, "n_permutations": 19}
    np.testing.assert_array_equal(
        transfer_network(masked, **options).links["value"],
        transfer_network(gaps, **options).links["value"],
    )
    many = [
        higher_order_information(x, method=method, missing="omit").o_information
        for x in (masked, gaps)
    ]
    np.testing.assert_array_equal(*many)


def test_whole_numbers_that_are_masked():
    x, y = np.random.default_rng(2).integers(0, 50, size=(2, 400))
    masked = np.ma.masked_equal(x, 5)
    gaps = np.where(masked.mask, np.nan, masked.data)
    assert masked.mask.any()
    options = {"missing": "omit", "pattern": (2, 1)}
    assert transfer_entropy(masked, y, **options).value == pytest.approx(
        transfer_entropy(gaps, y, **options).value
    )


@pytest.mark.parametrize(
    ("measure", "way_out"),
    [
        (it.mutual_information, "estimate_mutual_information"),
        (it.joint_entropy, "estimate_entropy"),
        (it.conditional_entropy, "estimate_entropy"),
        (it.normalized_mutual_information, "estimate_mutual_information"),
        (it.total_correlation, "estimate_entropy"),
    ],
)
def test_rows_have_functions_of_their_own(measure, way_out):
    with pytest.raises(ValueError, match=rf"takes one table .* for rows use {way_out}"):
        measure(SERIES[:, 0], SERIES[:, 1])


@pytest.mark.parametrize("function", [generated_lattice, common_information])
def test_informations_come_one_by_one(function):
    pair = [Information.from_labels(SERIES[:, column]) for column in (0, 1)]
    with pytest.raises(ValueError, match=r"one an argument, got list; unpack a list"):
        function(pair)
    function(*pair)


@pytest.mark.parametrize("scale", [1e200, 1e-200, 1e300])
def test_units_near_the_ends_of_float64_change_nothing(scale):
    """Squares of sums overflowed in the tests of memory, and a network ended in numpy's error."""
    X = np.random.default_rng(0).normal(size=(200, 3))
    X[1:, 1] += X[:-1, 0]
    plain, scaled = (transfer_network(X * unit, max_lag=2).links for unit in (1.0, scale))
    for column in ("value", "standard_error", "p_value"):
        assert scaled[column].to_numpy() == pytest.approx(plain[column].to_numpy(), abs=1e-12)
    for measure in (
        lambda x, y: transfer_entropy(x, y, method="gaussian"),
        lambda _, y: active_information_storage(y, method="gaussian"),
        lambda x, y: transfer_entropy(x, y, method="ksg", n_permutations=19, rng=0),
    ):
        plain, scaled = (measure(X[:, 0] * unit, X[:, 1] * unit) for unit in (1.0, scale))
        assert scaled.value == pytest.approx(plain.value, abs=1e-12)
        assert scaled.p_value == pytest.approx(plain.p_value, abs=1e-12)
        assert scaled.interval() == pytest.approx(plain.interval(), abs=1e-12, nan_ok=True)

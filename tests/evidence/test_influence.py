"""Covariances of information values, and what is built on them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from infotheory.evidence import (
    conservative_ratio,
    information_value,
    information_value_covariance,
    information_values,
    linear_combination,
)
from infotheory.evidence.combinations import ratio
from infotheory.evidence.influence import InformationValues
from infotheory.exceptions import ApproximationWarning, SparseCellWarning, WithheldWarning
from infotheory.inference import Estimate
from infotheory.laws import WithheldLaw
from infotheory.tables import CountTable


def draw(seed, n=600, d=3):
    rng = np.random.default_rng(seed)
    y = (rng.random(n) < 0.4).astype(int)
    common = rng.normal(size=n)
    codes = np.column_stack(
        [np.digitize(0.6 * y + common + rng.normal(size=n), [-0.8, 0.3, 1.2]) for _ in range(d)]
    )
    return codes, y, rng.exponential(size=n) + 0.1


@given(st.integers(0, 500))
@settings(max_examples=20)
def test_diagonal_is_the_delta_method_with_and_without_weights(seed):
    codes, y, w = draw(seed)
    for weights in (None, w):
        result = information_values(codes, y, sample_weight=weights)
        for column in range(3):
            table = CountTable.from_codes(codes[:, column], y, sample_weight=weights)
            single = information_value(table)
            assert result.values[column] == pytest.approx(single.value, rel=1e-12)
            assert result.standard_errors[column] == pytest.approx(single.standard_error, rel=1e-9)
            assert result.bias[column] == pytest.approx(single.bias, rel=1e-9)


def test_covariance_against_the_jackknife():
    codes, y, _ = draw(1, n=400, d=2)
    values, covariance = information_values(codes, y)
    deleted = np.array(
        [information_values(np.delete(codes, i, 0), np.delete(y, i)).values for i in range(400)]
    )
    spread = deleted - deleted.mean(axis=0)
    jackknife = 399 / 400 * spread.T @ spread
    np.testing.assert_allclose(covariance, jackknife, rtol=0.1)
    assert covariance[0, 1] > 0.0
    assert values.shape == (2,)


def test_joint_counts_suffice():
    codes, y, _ = draw(2, d=2)
    joint = np.zeros((4, 4, 2))
    np.add.at(joint, (codes[:, 0], codes[:, 1], y), 1.0)
    np.testing.assert_allclose(
        information_value_covariance(joint), information_values(codes, y).covariance, rtol=1e-10
    )


def test_clusters_of_copies_double_the_variance_and_singletons_are_rows():
    codes, y, w = draw(3)
    plain = information_values(codes, y, sample_weight=w).covariance * y.size / (y.size - 1)
    alone = information_values(codes, y, sample_weight=w, clusters=np.arange(y.size)).covariance
    np.testing.assert_allclose(alone, plain, rtol=1e-10)
    twice = np.tile(np.arange(y.size), 2).astype(str)
    copied = information_values(
        np.tile(codes, (2, 1)), np.tile(y, 2), sample_weight=np.tile(w, 2), clusters=twice
    )
    np.testing.assert_allclose(copied.covariance, plain, rtol=1e-10)


def test_clusters_without_weight_are_none():
    codes, y, w = draw(3)
    clusters = np.arange(y.size)
    w[::5] = 0.0
    held = w > 0.0
    plain = information_values(codes[held], y[held], sample_weight=w[held], clusters=clusters[held])
    more = information_values(codes, y, sample_weight=w, clusters=clusters)
    np.testing.assert_allclose(more.covariance, plain.covariance, rtol=1e-12)
    assert more.degrees_of_freedom == pytest.approx(plain.degrees_of_freedom)

    alone = np.where(held, "all that weigh", "others")
    with pytest.raises(ValueError, match="at least two clusters of positive weight, got one"):
        information_values(codes, y, sample_weight=w, clusters=alone)


def test_integer_weights_in_values_and_scale_free():
    codes, y, w = draw(4)
    whole = np.ceil(w * 2).astype(int)
    repeated = information_values(np.repeat(codes, whole, axis=0), np.repeat(y, whole))
    np.testing.assert_allclose(
        information_values(codes, y, sample_weight=whole).values, repeated.values, rtol=1e-12
    )
    first, second = (information_values(codes, y, sample_weight=w * k) for k in (1.0, 1000.0))
    np.testing.assert_allclose(first.covariance, second.covariance, rtol=1e-9)


def test_chunks_add_up(monkeypatch):
    codes, y, w = draw(5)
    whole = information_values(codes, y, sample_weight=w).covariance
    monkeypatch.setattr("infotheory.evidence.influence._CHUNK", 64)
    np.testing.assert_allclose(
        information_values(codes, y, sample_weight=w).covariance, whole, rtol=1e-10
    )


def test_own_targets_tie_information_to_demographic_information():
    codes, y, _ = draw(6, d=1)
    group = np.where(
        np.random.default_rng(0).random(y.size) < 0.3 + 0.2 * (codes[:, 0] > 1), "b", "a"
    )
    labels = np.column_stack([np.where(y == 1, "z", "n"), group])
    result = information_values(np.column_stack([codes, codes]), labels, event_label=["z", "b"])
    expected = CountTable.from_codes(codes[:, 0], (group == "b").astype(int))
    assert result.values[1] == pytest.approx(information_value(expected).value)
    difference = linear_combination(*result, [1.0, -0.5], bias=result.bias)
    assert difference.value == pytest.approx(result.values[0] - 0.5 * result.values[1])
    low, high = difference.interval()
    # Near 0 the interval is not symmetric about the difference less its bias.
    assert low < difference.value - result.bias @ [1.0, -0.5] < high


def test_constant_characteristic_and_one_dimension():
    values, covariance = information_values([0, 0, 0, 0], [0, 1, 0, 1])
    assert (values.tolist(), covariance.tolist()) == ([0.0], [[0.0]])
    assert isinstance(information_values([0, 1, 0, 1], [0, 0, 1, 1]), InformationValues)


def test_sparse_cells_warn():
    codes = np.array([0, 0, 1, 1, 2, 2])
    with pytest.warns(
        SparseCellWarning, match=r"\(bin 2 of column 0, bin 2 of column 1\)"
    ) as caught:
        values, _ = information_values(np.column_stack([codes, codes]), [0, 1, 0, 1, 0, 0])
    assert len(caught) == 1
    assert np.isfinite(values).all()


def test_a_ratio_without_an_error_has_no_interval():
    """Of a value to twice itself: the interval was a point."""
    with pytest.warns(WithheldWarning, match="no error, and no interval") as caught:
        quotient = ratio([0.2, 0.4], [[0.01, 0.02], [0.02, 0.04]])
    assert caught[0].filename == __file__
    assert (quotient.value, quotient.standard_error) == (0.5, 0.0)
    assert np.isnan(quotient.interval()).all()


def test_ratio_and_conservative_ratio_by_hand():
    quotient = ratio([0.4, 0.2], [[0.0016, 0.0004], [0.0004, 0.0004]])
    variance = 0.0016 / 0.16 - 2 * 0.0004 / 0.08 + 0.0004 / 0.04
    assert quotient.standard_error == pytest.approx(2 * np.sqrt(variance))
    low, high = quotient.interval()
    assert low * high == pytest.approx(4.0)
    nothing = Estimate(value=0.0, standard_error=0.0, method="")
    some = Estimate(value=0.1, standard_error=0.01, method="")
    assert conservative_ratio(nothing, some) == 0.0
    assert conservative_ratio(some, nothing) == np.inf
    assert conservative_ratio(some, some) == pytest.approx(
        (0.1 - 0.016448536) / (0.1 + 0.016448536), rel=1e-6
    )


def test_at_even_odds_the_conservative_ratio_is_that_of_the_values():
    some, other = (Estimate(value=v, standard_error=0.1, method="x") for v in (0.6, 0.4))
    assert conservative_ratio(some, other, level=0.5) == pytest.approx(1.5)
    ratios = [conservative_ratio(some, other, level=level) for level in (0.5, 0.6, 0.9, 0.99)]
    assert ratios == sorted(ratios, reverse=True)
    for level in (0.49, 1.0, np.nan):
        with pytest.raises(ValueError, match="level must be a number in"):
            conservative_ratio(some, other, level=level)


def test_conservative_ratio_takes_the_laws_of_its_estimates():
    small = information_value(CountTable.from_counts([400, 400, 400], [40, 55, 41]))
    large = information_value(CountTable.from_counts([400, 300, 200], [40, 80, 120]))
    low, high = large.interval(0.9)[0], small.interval(0.9)[1]
    assert conservative_ratio(large, small) == pytest.approx(low / high)

    # a bin without rows of one sample leaves the denominator without a bound, weights say nothing
    with pytest.warns(SparseCellWarning):
        unbounded = information_value(CountTable.from_counts([400, 100], [40, 0]))
    assert conservative_ratio(large, unbounded) == 0.0
    withheld = Estimate(value=0.1, standard_error=0.01, method="", law=WithheldLaw("too few rows"))
    assert np.isnan(conservative_ratio(large, withheld))
    assert np.isnan(conservative_ratio(withheld, large))
    nothing = Estimate(value=0.0, standard_error=0.0, method="")
    assert np.isnan(conservative_ratio(withheld, nothing))
    assert conservative_ratio(large, nothing) == np.inf


def test_difference_p_value():
    same = linear_combination([0.2, 0.2], np.eye(2) * 0.01, [1, -1])
    assert (same.value, same.p_value) == (0.0, 1.0)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: information_values(np.zeros((2, 2, 2), int), [0, 1]),
            r"codes must have shape .* got \(2, 2, 2\)",
        ),
        (lambda: information_values([], []), r"codes must have shape"),
        (lambda: information_values([0.5, 1.0], [0, 1]), "bins must be integers from 0"),
        (lambda: information_values([0, -1], [0, 1]), "bins must be integers from 0"),
        (lambda: information_values([0, 1], [0, 1, 1]), r"y must have shape \(2,\)"),
        (lambda: information_values([0, 1], [1, 1]), "y must hold two classes"),
        (lambda: information_values([0, 1], [0.0, np.nan]), "y must not contain NaN"),
        (lambda: information_values([[0], [1]], [[0, 1], [1, 0]]), "one column a column of codes"),
        (
            lambda: information_values([0, 1], [0, 1], sample_weight=[1.0, 0.0]),
            "got one class with positive sample_weight: 0",
        ),
        (
            lambda: information_values([0, 1], [0, 1], clusters=[5, 5]),
            "at least two clusters, got one for all 2 rows",
        ),
        (
            lambda: information_values([0, 1], [0, 1], clusters=[5]),
            r"clusters must have shape \(2,\)",
        ),
        (
            lambda: information_value_covariance(np.ones((2, 2))),
            r"must have shape \(n_bins_a, n_bins_b, 2\)",
        ),
        (lambda: information_values(3, [0, 1]), r"\(n_rows, n_features\), got \(\)"),
        (
            lambda: information_values(3, [0], sample_weight=[1.0]),
            r"\(n_rows, n_features\), got \(\)",
        ),
        (
            lambda: linear_combination([1, 2], np.eye(3), [1, 1]),
            r"covariance be square to match, got \(2,\) and",
        ),
        (lambda: linear_combination([1, 2], np.eye(2), [1]), "weights must be 2 finite numbers"),
        (lambda: linear_combination([1, np.inf], np.eye(2), [1, 1]), "must be finite"),
        (
            lambda: linear_combination([1, 2], [[1, 2], [0, 1]], [1, 1]),
            "symmetric, got a difference of 2",
        ),
        (
            lambda: linear_combination([1, 2], [[0.04, 0.05], [0.05, 0.04]], [1, -1]),
            r"no sum a negative variance, got -0.02 for weights \[1.0, -1.0\]",
        ),
        (lambda: ratio([1, 2], [[0, 1], [1, 0]]), "no sum a negative variance, got -1 "),
        (lambda: ratio([1, 0], np.eye(2)), r"must be positive, got \[1.0, 0.0\]"),
        (lambda: ratio([1, 2, 3], np.eye(3)), r"values must have shape \(2,\)"),
        (
            lambda: conservative_ratio(
                *[Estimate(value=1.0, standard_error=1.0, method="")] * 2, level=1.0
            ),
            r"level must be a number in \[0\.5, 1\), got 1\.0",
        ),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize("n_clusters", [8, 15, 40])
def test_few_clusters_have_students_law_or_none(n_clusters):
    codes, y, _ = draw(5)
    clusters = np.arange(y.size) % n_clusters
    sizes = np.bincount(clusters)
    expected = {8: (WithheldWarning, "8 effective clusters, 10 are needed")}
    expected[15] = (ApproximationWarning, "15 effective clusters: below 30 intervals are short")
    if n_clusters in expected:
        category, text = expected[n_clusters]
        with pytest.warns(category, match=text):
            several = information_values(codes, y, clusters=clusters)
    else:
        several = information_values(codes, y, clusters=clusters)
    degrees = sizes.sum() ** 2 / (sizes**2).sum() - 1
    assert several.degrees_of_freedom == pytest.approx(degrees)
    assert (several.reason is not None) == (n_clusters == 8)

    def combined():
        weights = np.ones(several.values.size)
        freedom = several.degrees_of_freedom
        total = linear_combination(*several, weights, degrees_of_freedom=freedom)
        quotient = ratio(several.values[:2], several.covariance[:2, :2], degrees_of_freedom=freedom)
        return total, quotient

    if n_clusters == 8:
        with pytest.warns(WithheldWarning, match="7 degrees of freedom, 9 are needed"):
            total, quotient = combined()
        assert np.isnan(total.interval()).all()
        assert np.isnan(quotient.interval()).all()
        assert total.p_value is None
        return
    total, quotient = combined()
    t = stats.t.ppf(0.975, degrees)
    assert total.interval()[1] == pytest.approx(total.value + t * total.standard_error)
    assert total.p_value == pytest.approx(
        2 * stats.t.sf(total.value / total.standard_error, degrees)
    )
    spread = t * quotient.standard_error / quotient.value
    assert quotient.interval()[1] == pytest.approx(quotient.value * np.exp(spread))
    with pytest.raises(ValueError, match="degrees_of_freedom must be positive"):
        linear_combination(*several, np.ones(several.values.size), degrees_of_freedom=0.0)


@pytest.mark.parametrize("event_label", [None, 1, [1, 1]])
def test_one_message_tells_which_target_of_several_has_one_class(event_label):
    codes, y = [[0, 1], [1, 0], [0, 0], [1, 1]], [[0, 1], [1, 1], [1, 1], [0, 7]]
    with pytest.raises(ValueError, match="got one class with positive sample_weight: 1"):
        information_values(codes, y, event_label=event_label, sample_weight=[1.0, 2.0, 1.0, 0.0])

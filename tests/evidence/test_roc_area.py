import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn.metrics import roc_auc_score

from infotheory.evidence import area_under_curve, auc_influence


def draw(seed, n=300, ties=True, weighted=False):
    rng = np.random.default_rng(seed)
    y = (rng.random(n) < 0.3).astype(int)
    score = rng.normal(size=n) + 0.8 * y
    if ties:
        score = np.round(score, 0 if seed % 2 else 1)
    return y, score, rng.integers(1, 5, n).astype(float) if weighted else None


def test_value_by_hand_with_a_tie():
    assert area_under_curve([0, 0, 1, 1], [1.0, 2.0, 2.0, 3.0]).value == pytest.approx(3.5 / 4)


@given(st.integers(0, 10_000))
@settings(max_examples=40, deadline=None)
def test_equals_sklearn_with_ties_and_weights(seed):
    y, score, weights = draw(seed, weighted=True)
    assert area_under_curve(y, score).value == pytest.approx(roc_auc_score(y, score), abs=1e-12)
    expected = roc_auc_score(y, score, sample_weight=weights)
    assert area_under_curve(y, score, sample_weight=weights).value == pytest.approx(
        expected, abs=1e-12
    )


def delong_variance(y, score):
    x, z = score[y == 1], score[y == 0]
    kernel = (x[:, None] > z).astype(float) + 0.5 * (x[:, None] == z)
    return kernel.mean(axis=1).var(ddof=1) / x.size + kernel.mean(axis=0).var(ddof=1) / z.size


@pytest.mark.parametrize("seed", range(6))
def test_standard_error_is_delongs_and_p_value_is_brunner_munzels(seed):
    y, score, _ = draw(seed)
    area = area_under_curve(y, score)
    assert area.standard_error**2 == pytest.approx(delong_variance(y, score), rel=1e-12)
    outside = stats.brunnermunzel(score[y == 0], score[y == 1], distribution="t")
    assert area.p_value == pytest.approx(outside.pvalue, rel=1e-9)


def test_influence_sums_to_zero_and_gives_the_covariance_of_paired_curves():
    y, first, _ = draw(2)
    second = first + np.random.default_rng(1).normal(size=first.size)
    (a, phi), (b, psi) = (auc_influence(y.astype(float), score) for score in (first, second))
    assert phi.sum() == pytest.approx(0.0, abs=1e-12)
    x, z = y == 1, y == 0
    placements = []
    for score in (first, second):
        kernel = (score[x][:, None] > score[z]).astype(float) + 0.5 * (
            score[x][:, None] == score[z]
        )
        placements.append((kernel.mean(axis=1), kernel.mean(axis=0)))
    expected = sum(
        np.cov(placements[0][i], placements[1][i])[0, 1] / n
        for i, n in enumerate((x.sum(), z.sum()))
    )
    assert phi @ psi == pytest.approx(expected, rel=1e-10)
    assert (a, b) == pytest.approx((roc_auc_score(y, first), roc_auc_score(y, second)))


def test_equal_weights_change_nothing_and_reversed_scores_mirror():
    y, score, _ = draw(3)
    plain = area_under_curve(y, score)
    scaled = area_under_curve(y, score, sample_weight=np.full(y.size, 7.5))
    assert (scaled.value, scaled.standard_error) == pytest.approx(
        (plain.value, plain.standard_error)
    )
    mirrored = area_under_curve(y, -score)
    assert (mirrored.value, mirrored.standard_error) == pytest.approx(
        (1 - plain.value, plain.standard_error)
    )


def test_limits():
    perfect = area_under_curve([0, 0, 1, 1], [1, 2, 3, 4])
    assert (perfect.value, perfect.standard_error) == (1.0, 0.0)
    low, high = perfect.interval()
    assert 0.0 < low < 0.5
    assert high == 1.0
    # 2 of the 6 ways to mix two events with two non-events rank them perfectly
    assert perfect.p_value == pytest.approx(2 / 6)
    constant = area_under_curve([0, 0, 1, 1], [1, 1, 1, 1])
    assert (constant.value, constant.p_value) == (0.5, 1.0)
    single = area_under_curve([0, 0, 0, 1], [1, 2, 3, 2.5])
    assert np.isfinite(single.standard_error)


@pytest.mark.parametrize(
    ("y", "score", "weights", "message"),
    [
        ([0, 1, 0], [1.0, np.nan, 2.0], None, "score must be finite, got nan in row 1"),
        ([0, 1, 0], [1.0, 2.0], None, r"score must have shape \(3,\)"),
        ([0, 1, 0], ["a", "b", "c"], None, "score must be numbers"),
        ([0, 0, 0], [1.0, 2.0, 3.0], None, "y must hold two classes"),
        ([0, 1, np.nan], [1.0, 2.0, 3.0], None, "y must not contain NaN"),
        ([0, 1, 0], [1.0, 2.0, 3.0], [1.0, 0.0, 1.0], "one class with positive sample_weight"),
        ([0, 1, 0], [1.0, 2.0, 3.0], [1.0, -1.0, 1.0], "sample_weight must not be negative"),
    ],
)
def test_bad_input(y, score, weights, message):
    with pytest.raises(ValueError, match=message):
        area_under_curve(y, score, sample_weight=weights)

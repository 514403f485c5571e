"""Bands and cut-off of a score, and what they say of events and groups, beside values by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from infotheory._target import TargetLabels
from infotheory.evidence import area_under_curve
from infotheory.fairness.grouped import GroupPolicy, read_sample
from infotheory.fairness.score_measures import (
    ScoreRule,
    group_divergence,
    score_measures,
    score_rule,
)

LABELS = TargetLabels(np.array([0, 1]), 1)


def sample_of(y, groups, *, weights=None, reference=None):
    policy = GroupPolicy(missing_protected="exclude", intersections=False, reference=reference)
    X = np.zeros((len(y), 1))
    return read_sample(X, y, groups, weights, of="the rows", labels=LABELS, policy=policy)


@pytest.fixture(scope="module")
def drawn():
    """Scores, labels and three groups of unequal size, one of which scores higher."""
    rng = np.random.default_rng(7)
    groups = rng.choice(["a", "b", "c"], size=3000, p=[0.6, 0.3, 0.1])
    scores = rng.normal(size=3000) + 0.8 * (groups == "c") + 0.2 * (groups == "b")
    y = (rng.random(3000) < 1.0 / (1.0 + np.exp(1.5 - scores))).astype(int)
    return scores, y, groups


SCORES = st.lists(st.integers(-4, 4), min_size=1, max_size=30)


@given(SCORES, st.floats(0.01, 1.0))
def test_the_cut_off_is_the_least_score_that_approves_enough(scores, rate):
    scores = np.array(scores, dtype=float)
    rule = score_rule(scores, None, 3, rate)
    # Sums of rows are exact; the share itself may round.
    enough = [s for s in np.unique(scores) if (scores <= s).mean() >= rate * (1.0 - 1e-12)]
    assert rule.cut_off == enough[0]
    assert rule.approved(scores).mean() >= rate * (1.0 - 1e-12)


@given(SCORES, st.floats(0.01, 1.0), st.data())
def test_whole_weights_are_repeated_rows(scores, rate, data):
    scores = np.array(scores, dtype=float)
    weights = np.array(
        data.draw(st.lists(st.integers(0, 3), min_size=scores.size, max_size=scores.size))
    )
    if not weights.any():
        return
    weighted = score_rule(scores, weights.astype(float), 4, rate)
    repeated = score_rule(np.repeat(scores, weights), None, 4, rate)
    assert weighted.cut_off == repeated.cut_off
    np.testing.assert_array_equal(weighted.edges, repeated.edges)


def test_bands_are_closed_on_the_left_and_ties_are_approved():
    rule = ScoreRule(np.array([0.0, 1.0]), 1.0)
    assert rule.band(np.array([-1.0, 0.0, 0.5, 1.0, 2.0])).tolist() == [0, 1, 1, 2, 2]
    assert rule.approved(np.array([0.5, 1.0, 1.5])).tolist() == [True, True, False]
    assert rule.labels == ("band 1", "band 2", "band 3")


def test_the_largest_divergence_is_that_of_the_groups_that_differ_most(drawn):
    scores, y, groups = drawn
    rule = score_rule(scores, None, 5, 0.7)
    sample = sample_of(y, groups)
    estimate, pair = group_divergence(rule.band(scores), rule, sample)
    assert {pair.first, pair.second} == {"a", "c"}

    # Jeffreys divergence of the shares by hand, which the estimate lies below by its bias.
    shares = [np.bincount(rule.band(scores[groups == g]), minlength=5) for g in "ac"]
    p, q = (count / count.sum() for count in shares)
    plain = float(((p - q) * np.log(p / q)).sum())
    bias = 4.0 * (1.0 / shares[0].sum() + 1.0 / shares[1].sum())
    assert estimate.value == pytest.approx(plain - bias, rel=0.02)
    low, high = estimate.interval()
    assert 0.0 <= low < estimate.value < high


def test_groups_of_one_law_have_no_divergence_that_their_size_makes():
    rng = np.random.default_rng(1)
    values = []
    for _ in range(40):
        groups = rng.choice(["a", "b"], size=400, p=[0.9, 0.1])
        scores = rng.normal(size=400)
        y = rng.integers(0, 2, size=400)
        rule = score_rule(scores, None, 5, 0.7)
        values.append(group_divergence(rule.band(scores), rule, sample_of(y, groups))[0].value)
    # The plain value has a mean of 4 (1/360 + 1/40) = .11.
    assert np.mean(values) < 0.04


def test_measures_are_those_of_the_functions(drawn):
    scores, y, groups = drawn
    rule = score_rule(scores, None, 5, 0.7)
    measures, worst = score_measures(scores, rule, sample_of(y, groups, reference="a"))
    assert set(measures) == {"iv", "iv_fair", "auc", "adverse_impact_ratio"}
    assert measures["auc"].value == area_under_curve(y, scores).value
    assert "c" in worst

    rates = {g: (scores[groups == g] <= rule.cut_off).mean() for g in "abc"}
    smallest = min(rates["b"], rates["c"]) / rates["a"]
    assert measures["adverse_impact_ratio"].value == pytest.approx(smallest)
    low, high = measures["adverse_impact_ratio"].interval()
    assert low < smallest < high < 1.0


def test_rows_without_a_group_count_for_events_alone(drawn):
    scores, y, groups = drawn
    some = np.array([None if i % 5 == 0 else g for i, g in enumerate(groups)], dtype=object)
    rule = score_rule(scores, None, 5, 0.7)
    measures, _ = score_measures(scores, rule, sample_of(y, some, reference="a"))
    assert measures["auc"].value == area_under_curve(y, scores).value
    member = np.array([g is not None for g in some])
    alone, _ = score_measures(
        scores[member], rule, sample_of(y[member], groups[member], reference="a")
    )
    for name in ("iv_fair", "adverse_impact_ratio"):
        assert measures[name].value == pytest.approx(alone[name].value)


def test_nobody_approved_withholds_the_ratio_with_its_reason():
    scores = np.r_[np.zeros(50), np.ones(50)]
    y = np.tile([0, 1], 50)
    sample = sample_of(y, np.repeat(["b", "a"], 50), reference="a")
    measures, _ = score_measures(scores, ScoreRule(np.array([0.5]), 0.5), sample)
    ratio = measures["adverse_impact_ratio"]
    assert np.isnan(ratio.value)
    assert ratio.reason

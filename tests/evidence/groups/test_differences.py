"""Group measures against scipy, statsmodels' formulas by hand, and scikit-learn."""

import warnings

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.metrics import roc_auc_score

from infotheory import fairness
from infotheory.evidence import (
    adverse_impact_ratio,
    conservative_ratio,
    demographic_information_value,
    group_estimates,
    group_metrics,
    information_value,
    information_values,
    standardized_mean_difference,
)
from infotheory.evidence.combinations import ratio
from infotheory.exceptions import SparseCellWarning, WithheldWarning
from infotheory.inference import Estimate, holm
from infotheory.tables import CountTable
from tests.studies import Study


def decisions(*pairs):
    good = np.concatenate([np.r_[np.ones(x), np.zeros(n - x)] for _, x, n in pairs])
    return good, np.concatenate([[label] * n for label, _, n in pairs])


def test_impact_ratio_is_scipys_relative_risk():
    decision, group = decisions(("f", 30, 80), ("m", 60, 120))
    ratio = adverse_impact_ratio(decision, group, reference="m")
    outside = stats.contingency.relative_risk(30, 80, 60, 120)
    assert ratio.value == pytest.approx(outside.relative_risk)
    katz = np.sqrt(1 / 30 - 1 / 80 + 1 / 60 - 1 / 120)
    assert ratio.standard_error == pytest.approx(ratio.value * katz)
    test = stats.chi2_contingency([[30, 50], [60, 60]], correction=False)
    assert ratio.p_value == pytest.approx(test.pvalue)
    assert adverse_impact_ratio(decision, group, reference="f").value == pytest.approx(
        1 / ratio.value
    )


def test_impact_ratio_names_the_worst_pair():
    decision, group = decisions(("a", 40, 100), ("b", 80, 100), ("c", 60, 100))
    worst = adverse_impact_ratio(decision, group)
    assert worst.method == "rate of 'a' / rate of 'b', all pairs, Tukey"
    chosen = adverse_impact_ratio(decision, group, reference="c")
    assert (chosen.method, chosen.value) == ("rate of 'a' / rate of 'c'", pytest.approx(2 / 3))


def test_impact_ratio_weights_labels_and_zero():
    decision, group = decisions(("f", 30, 80), ("m", 60, 120))
    words = np.where(decision == 1, "approve", "decline")
    plain = adverse_impact_ratio(decision, group)
    scaled = adverse_impact_ratio(
        words, group, favourable="approve", sample_weight=np.full(200, 3.0)
    )
    assert (scaled.value, scaled.standard_error, scaled.p_value) == pytest.approx(
        (plain.value, plain.standard_error, plain.p_value)
    )
    none = adverse_impact_ratio(*decisions(("f", 0, 10), ("m", 5, 10)))
    assert none.value == none.interval()[0] == 0.0
    assert 0.4 < none.interval()[1] < 1.2
    assert np.isnan(none.standard_error)
    everyone = adverse_impact_ratio(*decisions(("f", 10, 10), ("m", 10, 10)))
    assert (everyone.value, everyone.p_value) == (1.0, 1.0)
    assert np.isnan(everyone.standard_error)
    low, high = everyone.interval()
    assert 0.6 < low < 1.0 < high < 1.6


def test_mean_difference_by_hand_and_against_the_normal_formula():
    with pytest.warns(WithheldWarning, match="'b' has 3 rows"):
        few = standardized_mean_difference([1, 2, 3, 3, 4, 5, 6], list("bbbaaaa"), reference="a")
    assert few.value == pytest.approx(-2.5)
    rng = np.random.default_rng(0)
    n, m = 30_000, 60_000
    score = np.r_[rng.normal(0.5, 1, n), rng.normal(0, 1, m)]
    gap = standardized_mean_difference(score, np.repeat(["x", "y"], [n, m]))
    assert gap.method.startswith("mean of 'x' - mean of 'y'")
    expected = np.sqrt(1 / n + 1 / m + gap.value**2 / (2 * (n + m)))
    assert gap.standard_error == pytest.approx(expected, rel=0.02)
    weighted = standardized_mean_difference(
        score, np.repeat(["x", "y"], [n, m]), sample_weight=np.full(n + m, 2.0)
    )
    assert (weighted.value, weighted.standard_error) == pytest.approx(
        (gap.value, gap.standard_error)
    )


def test_mean_difference_takes_the_worst_pair():
    score = np.r_[np.arange(40), np.arange(40) + 1, np.arange(40) - 8.0]
    gap = standardized_mean_difference(score, np.repeat(list("abc"), 40))
    assert gap.method.startswith("mean of 'b' - mean of 'c'")
    assert standardized_mean_difference(
        score, np.repeat(list("abc"), 40), reference="a"
    ).method.startswith("mean of 'c' - mean of 'a'")


def test_demographic_information_value_is_the_divergence_between_groups():
    rng = np.random.default_rng(1)
    codes, y, group = rng.integers(0, 4, 900), rng.integers(0, 2, 900), rng.choice(list("abc"), 900)
    codes = np.where((group == "c") & (rng.random(900) < 0.5), 3, codes)
    table = CountTable.from_codes(codes, y, group=group)
    pairs = {}
    for pair in (("a", "b"), ("a", "c"), ("b", "c")):
        own = np.isin(group, pair)
        pairs[pair] = information_value(
            CountTable.from_codes(codes[own], (group[own] == pair[1]).astype(int))
        )
    worst = demographic_information_value(table)
    top = max(pairs, key=lambda pair: pairs[pair].value)
    assert worst.value == pytest.approx(pairs[top].value)
    assert worst.standard_error == pytest.approx(pairs[top].standard_error)
    assert worst.method == f"delta, {top[0]!r} against {top[1]!r}"
    against = demographic_information_value(table, reference="a")
    assert against.value == pytest.approx(max(pairs["a", "b"].value, pairs["a", "c"].value))
    events = demographic_information_value(table, outcome=1)
    assert events.n_effective < worst.n_effective


def test_demographic_information_value_warns_on_one_sided_bins():
    table = CountTable.from_codes([0, 0, 1, 1, 2], [0, 1, 0, 1, 0], group=list("ababa"))
    with pytest.warns(SparseCellWarning):
        demographic_information_value(table)


def test_group_metrics_against_sklearn():
    rng = np.random.default_rng(2)
    y = (rng.random(400) < 0.3).astype(int)
    score = np.clip(0.3 + 0.2 * y + rng.normal(0, 0.15, 400), 0, 1)
    group = np.repeat(["a", "b"], [150, 250])
    approve = np.where(score < 0.4, "yes", "no")
    frame = group_metrics(y, score, group, decision=approve, favourable="yes")
    own = group == "b"
    row = frame.loc["b"]
    assert row["count"] == 250
    assert row["auc"] == pytest.approx(roc_auc_score(y[own], score[own]))
    assert row["approval_rate"] == pytest.approx((score[own] < 0.4).mean())
    assert row["event_rate_standard_error"] == pytest.approx(np.sqrt(y[own].var() / 250))
    assert row["calibration_gap"] == pytest.approx((score[own] - y[own]).mean())
    assert row["calibration_gap_standard_error"] == pytest.approx(
        (score[own] - y[own]).std() / np.sqrt(250)
    )
    for measure in ("auc", "calibration_gap"):
        p_values = frame[f"{measure}_p_value"].to_numpy()
        assert p_values[1] == group_estimates(y, score, group)["b"][measure].p_value
        np.testing.assert_array_equal(frame[f"{measure}_adjusted_p_value"], holm(p_values))
    heavier = group_metrics(y, score, group, sample_weight=np.full(400, 2.0))
    np.testing.assert_allclose(heavier["auc_standard_error"], frame["auc_standard_error"])


def test_group_metrics_are_nan_where_they_have_no_meaning():
    frame = group_metrics([0, 1, 0, 0], [600, 500, 620, 640], ["a", "a", "b", "b"])
    assert frame["approval_rate"].isna().all()
    assert frame["calibration_gap"].isna().all()
    assert np.isnan(frame.loc["b", "auc"])


def test_fairness_re_exports_the_same_objects():
    assert fairness.adverse_impact_ratio is adverse_impact_ratio
    assert all(callable(getattr(fairness, name)) for name in fairness.__all__)


BINARY = (np.array([1, 0, 1, 0]), np.array(["a", "a", "b", "b"]))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: adverse_impact_ratio([1, 0], ["a", "a"]), r"at least two groups, got \['a'\]"),
        (
            lambda: adverse_impact_ratio([1, 0], ["a", None]),
            "group must not be missing, got 1 missing labels",
        ),
        (lambda: adverse_impact_ratio([1, 0, 1], ["a", "b"]), r"decision must have shape \(2,\)"),
        (
            lambda: adverse_impact_ratio([1.0, np.nan], ["a", "b"]),
            "decision must not be missing, got 1",
        ),
        (
            lambda: adverse_impact_ratio(*BINARY, favourable="yes"),
            "favourable must be one of the decisions, got 'yes'",
        ),
        (
            lambda: adverse_impact_ratio(*BINARY, reference="c"),
            "reference must be one of the groups .* got 'c'",
        ),
        (lambda: adverse_impact_ratio([0, 0, 1, 1], BINARY[1], reference="a"), "got none in 'a'"),
        (
            lambda: adverse_impact_ratio(*BINARY, sample_weight=[0, 0, 1, 1]),
            r"at least two groups of positive weight, got \['b'\]",
        ),
        (lambda: adverse_impact_ratio([[1]], [["a"]]), "group must have shape"),
        (
            lambda: standardized_mean_difference([1, np.inf, 2, 3], BINARY[1]),
            "score must be finite, got inf",
        ),
        (
            lambda: standardized_mean_difference([1, 1, 2, 2], BINARY[1]),
            r"must vary inside a group, got constants",
        ),
        (
            lambda: demographic_information_value(CountTable.from_counts([1], [1])),
            "must have at least two groups, got",
        ),
        (
            lambda: demographic_information_value(
                CountTable.from_codes([0, 1], [0, 1], group=["a", "b"]), outcome=1
            ),
            "every group must have rows, got none in 'a'",
        ),
        (
            lambda: demographic_information_value(
                CountTable.from_codes([0, 1], [0, 1], group=["a", "b"]), outcome=2
            ),
            "outcome must be one of",
        ),
        (lambda: group_metrics([0, 1], [0.1, 0.2], ["a"]), r"group must have shape \(2,\)"),
        (lambda: group_metrics([0, 0], [0.1, 0.2], ["a", "b"]), "y must hold two classes"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize("measure", [group_estimates, group_metrics])
@pytest.mark.parametrize(
    ("decision", "favourable", "message"),
    [
        ([1, np.nan, 1, 0], 1, "decision must not be missing, got 1 missing values; drop"),
        (["yes", np.nan, None, "no"], "yes", "decision must not be missing, got 2"),
        (["yes", "no", "yes", "no"], 1, r"got 1 where the decisions are \['yes', 'no'\]; name the"),
        ([1, 2, 1, 2], 0, "favourable must be one of the decisions, got 0"),
        ([0, 0, 0, 0], 2, "favourable must be one of the decisions, got 2"),
        ([1, 0, 1, 0], [1, 0, 1, 0], r"must be one of the decisions, got \[1, 0, 1, 0\]"),
        ([1, 0, 1, 0], (1, 0, 1, 0), r"must be one of the decisions, got \(1, 0, 1, 0\)"),
        ([1, 0, 1, 0], np.array([1, 0, 1, 0]), "favourable must be one of the decisions, got arr"),
        ([1, 0, 1, 0], pd.NA, "favourable must be one of the decisions, got <NA>"),
        ([1, 0, 1, 0], None, "favourable must be one of the decisions, got None"),
    ],
)
def test_decisions_and_the_favourable_one_are_checked_everywhere(
    measure, decision, favourable, message
):
    y, score, group = [0, 1, 0, 1], [0.1, 0.9, 0.2, 0.8], list("aabb")
    with pytest.raises(ValueError, match=message):
        measure(y, score, group, decision=decision, favourable=favourable)
    with pytest.raises(ValueError, match=r"decision must not|favourable must be"):
        adverse_impact_ratio(decision, group, favourable=favourable)


@pytest.mark.parametrize(("refused", "favourable"), [(0, 1), (False, True), (1.0, 0)])
def test_decisions_of_truth_values_may_all_be_refusals(refused, favourable):
    y, score, group = [0, 1, 0, 1], [0.1, 0.9, 0.2, 0.8], list("aabb")
    table = group_metrics(y, score, group, decision=[refused] * 4, favourable=favourable)
    assert table["approval_rate"].tolist() == [0.0, 0.0]
    with pytest.raises(ValueError, match=r"a ratio needs favourable decisions, got none of"):
        adverse_impact_ratio([refused] * 4, group, favourable=favourable)


def test_a_group_that_is_missing_in_a_list_of_text_is_no_group():
    y, score, group = [0, 1, 0, 1], [0.1, 0.9, 0.2, 0.8], ["a", "a", "b", np.nan]
    for call in (
        lambda: group_estimates(y, score, group),
        lambda: adverse_impact_ratio([1, 0, 1, 0], group),
        lambda: standardized_mean_difference(score, group),
    ):
        with pytest.raises(ValueError, match="group must not be missing, got 1 missing"):
            call()


def test_group_estimates_are_those_of_the_table_with_their_intervals():
    rng = np.random.default_rng(4)
    y, score = rng.integers(0, 2, 300), rng.random(300)
    group, approve = rng.choice(["a", "b"], 300), rng.integers(0, 2, 300)
    found = group_estimates(y, score, group, decision=approve)
    frame = group_metrics(y, score, group, decision=approve, level=0.9)
    for label, estimates in found.items():
        assert set(estimates) == {"approval_rate", "event_rate", "auc", "calibration_gap"}
        for name, estimate in estimates.items():
            assert frame.loc[label, name] == estimate.value
            low, high = estimate.interval(0.9)
            assert (frame.loc[label, f"{name}_low"], frame.loc[label, f"{name}_high"]) == (
                low,
                high,
            )
    rate = found["a"]["approval_rate"]
    n, k = (group == "a").sum(), approve[group == "a"].sum()
    np.testing.assert_allclose(
        rate.interval(), stats.beta.ppf([0.025, 0.975], k + 0.5, n - k + 0.5)
    )  # Jeffreys


def test_groups_without_weight_or_class_have_no_estimates():
    found = group_estimates(
        [0, 1, 0, 0, 1], [0.1, 0.9, 2.0, -3.0, 0.4], list("aabbc"), sample_weight=[1, 1, 0, 0, 1]
    )
    # Nobody is in b, whose scores are no probabilities.
    assert list(found) == ["a", "c"]
    assert "calibration_gap" in found["a"]
    assert "auc" not in group_estimates([0, 1, 0, 0], [0.1, 0.9, 0.2, 0.3], list("aabb"))["b"]


@pytest.mark.slow
def test_intervals_of_groups_cover():
    rng, study = np.random.default_rng(5), Study(1500, covers=(0.93, 0.975))
    for _ in study:
        score = rng.uniform(0.1, 0.6, 400)
        y = (rng.random(400) < score).astype(int)  # calibrated: the gap is 0
        group = np.repeat(["a", "b"], [150, 250])
        found = group_estimates(y, score, group, decision=(rng.random(400) < 0.3).astype(int))["a"]
        wanted = {"approval_rate": 0.3, "event_rate": 0.35, "calibration_gap": 0.0}
        study.note(
            covers=[low <= wanted[k] <= high for k in wanted for low, high in [found[k].interval()]]
        )
    study.check("groups")


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::infotheory.exceptions.SparseCellWarning")
def test_the_ratio_of_information_to_group_information_covers_with_its_covariance():
    """IV per IV_fair on the same rows: the covariance is that of the influences of each row."""
    p, q = np.array([0.5, 0.3, 0.2]), np.array([0.2, 0.3, 0.5])  # bins of non-events and events
    in_b = np.array([0.2, 0.4, 0.7])  # probability of the second group by bin
    rng, n = np.random.default_rng(6), 3000
    marginal = 0.7 * p + 0.3 * q
    first, second = (
        marginal * (1 - in_b) / (marginal @ (1 - in_b)),
        marginal * in_b / (marginal @ in_b),
    )
    wanted = ((p - q) @ np.log(p / q)) / ((first - second) @ np.log(first / second))
    # The conservative ends are one-sided bounds at 95 % each, and seldom fail together.
    study = Study(600, covers=(0.93, 0.97), below=(0.95, 1.0))
    for _ in study:
        y = (rng.random(n) < 0.3).astype(int)
        bins = (
            rng.random(n)[:, None] > np.cumsum(np.where(y[:, None] == 1, q, p), axis=1)[:, :2]
        ).sum(axis=1)
        group = (rng.random(n) < in_b[bins]).astype(int)
        values, covariance = information_values(
            np.column_stack([bins, bins]), np.column_stack([y, group])
        )
        low, high = ratio(values, covariance).interval()
        ends = [
            Estimate(value=v, standard_error=e, method="delta")
            for v, e in zip(values, np.sqrt(np.diag(covariance)), strict=True)
        ]
        study.note(covers=low <= wanted <= high, below=conservative_ratio(*ends) <= wanted)
    study.check("ratio of information to group information")


def test_demographic_value_by_jensen_shannon_is_bounded_and_needs_no_halves():
    codes, group = [0, 0, 0, 1, 1, 1], list("aaabbb")
    table = CountTable.from_codes(codes, [0, 1, 0, 1, 0, 1], group)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        estimate = demographic_information_value(table, divergence="js")
    assert estimate.value == pytest.approx(np.log(2.0))
    assert estimate.method.endswith("'a' against 'b'")
    with pytest.raises(ValueError, match="divergence must be one of 'iv', 'js', got 'kl'"):
        demographic_information_value(table, divergence="kl")

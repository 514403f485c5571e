from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from infotheory._evidence_table import EvidenceTable
from infotheory._several_tests import adjust_over_families
from infotheory.evidence import demographic_information_value, information_value
from infotheory.evidence.targets.estimates import target_divergence
from infotheory.exceptions import SparseCellWarning
from infotheory.inference import (
    DivergenceEstimate,
    Estimate,
    benjamini_hochberg,
    covariance_from_influence,
    holm,
    kish_size,
    weighted_mean,
)
from infotheory.laws import (
    JeffreysLaw,
    LogitNormalLaw,
    LogNormalLaw,
    NoncentralChi2Law,
    NormalLaw,
    StudentLaw,
    WithheldLaw,
    chi2_noncentrality_bounds,
    chi2_noncentrality_interval,
    jeffreys_bounds,
    jeffreys_probability,
    one_sided_quantile,
    two_sided_p_value,
    two_sided_quantile,
)
from infotheory.tables import CountTable


def divergence(**changes):
    fields = {
        "value": 0.1,
        "standard_error": 0.02,
        "method": "delta",
        "n_effective": 200.0,
        "degrees_of_freedom": 4,
        "bias": 0.02,
        "plug_in": 0.1,
    }
    return DivergenceEstimate(**(fields | changes))


def test_normal_law_by_hand_and_cut_to_the_range():
    estimate = Estimate(
        value=0.5, standard_error=0.1, method="x", law=NormalLaw(lower=0.4, upper=0.6)
    )
    assert estimate.interval() == (0.4, 0.6)
    assert Estimate(value=1.0, standard_error=0.1, method="x").interval()[1] == pytest.approx(
        1.0 + 1.959964 * 0.1
    )
    centred = Estimate(value=1.0, standard_error=0.1, method="x", law=NormalLaw(center=0.8))
    assert sum(centred.interval()) / 2 == pytest.approx(0.8)


def test_student_law():
    few = Estimate(value=2.0, standard_error=0.5, method="x", law=StudentLaw(4))
    assert few.interval() == pytest.approx(
        (2.0 - 2.776445 * 0.5, 2.0 + 2.776445 * 0.5), rel=1e-6
    )  # printed tables
    assert StudentLaw(np.inf).interval(1.0, 0.1, 0.95) == pytest.approx(
        NormalLaw().interval(1.0, 0.1, 0.95)
    )


def test_log_normal_law():
    low, high = Estimate(value=2.0, standard_error=0.2, method="x", law=LogNormalLaw()).interval(
        0.9
    )
    assert (low * high, np.log(high / 2.0)) == pytest.approx((4.0, 1.644854 * 0.1), rel=1e-6)
    assert LogNormalLaw().interval(0.0, 0.1, 0.95) == (0.0, np.inf)


def test_logit_normal_law():
    low, high = LogitNormalLaw().interval(0.8, 0.05, 0.95)
    spread = 1.959964 * 0.05 / 0.16
    assert np.log(high / (1 - high)) - np.log(4) == pytest.approx(spread, rel=1e-6)
    assert np.log(4) - np.log(low / (1 - low)) == pytest.approx(spread, rel=1e-6)
    assert LogitNormalLaw().interval(1.0, 0.0, 0.95) == (0.0, 1.0)


@pytest.mark.parametrize("level", [0.0, 1.0, -0.1, 95, float("nan")])
def test_level_outside_its_range(level):
    with pytest.raises(ValueError, match="level must lie strictly between 0 and 1, got"):
        Estimate(value=1.0, standard_error=0.1, method="x").interval(level)


@given(st.floats(0.0, 1e5), st.floats(1.0, 60.0), st.floats(0.5, 0.999))
def test_noncentrality_ends_solve_scipys_equation(statistic, df, level):
    low, high = chi2_noncentrality_interval(statistic, df, level)
    if low == 0.0:
        assert stats.chi2.cdf(statistic, df) <= 0.5 + level / 2 + 1e-9
    else:
        assert stats.ncx2.cdf(statistic, df, low) == pytest.approx(0.5 + level / 2, abs=1e-7)

    # an upper end uses no draw below the median under equality, so that it is never 0
    draw = max(statistic, stats.chi2.median(df))
    assert high > low
    assert stats.ncx2.cdf(draw, df, high) == pytest.approx(0.5 - level / 2, abs=1e-7)


def test_noncentrality_bounds_broadcast_and_negative_draws_are_zero():
    low, high = chi2_noncentrality_bounds(np.array([-3.0, 0.0, 20.0]), np.array(4.0), 0.95)
    assert low[:2].tolist() == [0.0, 0.0]
    assert high[:2] == pytest.approx(chi2_noncentrality_interval(stats.chi2.median(4), 4, 0.95)[1])
    assert (low[2], high[2]) == pytest.approx(chi2_noncentrality_interval(20.0, 4, 0.95))
    law = NoncentralChi2Law(20.0, 4.0, 0.5)
    assert law.interval(0.0, 0.0, 0.95) == pytest.approx((low[2] / 2, high[2] / 2))


def test_noncentrality_bounds_of_no_draw_are_none():
    low, high = chi2_noncentrality_bounds(np.array([np.nan, 20.0]), np.array(4.0), 0.95)
    assert np.isnan(low[0])
    assert np.isnan(high[0])
    assert (low[1], high[1]) == pytest.approx(chi2_noncentrality_interval(20.0, 4, 0.95))
    with pytest.raises(ValueError, match=r"strictly between 0 and 1, got 1\.5"):
        chi2_noncentrality_bounds(np.array([20.0]), np.array(4.0), 1.5)


def test_divergence_tests_are_scipys_law():
    estimate = divergence()
    assert estimate.statistic == pytest.approx(200 * 0.08 + 4)
    assert estimate.critical_value(0.05) == pytest.approx(stats.chi2.ppf(0.95, 4) / 200)
    assert estimate.exceeds(0.0) == pytest.approx(stats.chi2.sf(20.0, 4))
    assert estimate.exceeds(0.05) == pytest.approx(stats.ncx2.sf(20.0, 4, 10.0))
    assert estimate.certifies(0.3) == pytest.approx(stats.ncx2.cdf(20.0, 4, 60.0))
    assert estimate.exceeds(0.05) + estimate.certifies(0.05) == pytest.approx(1.0)
    assert estimate.power(0.05, threshold=0.05) == pytest.approx(0.05)


def _every_law_of_tests():
    """Divergences by each law of tests against a limit, with the largest value that each has."""
    rng = np.random.default_rng(0)
    codes, y = rng.integers(0, 4, 900), rng.integers(0, 2, 900)
    groups = rng.choice(list("abc"), 900)

    def among(rows, divergence="iv"):
        table = CountTable.from_codes(codes[rows], y[rows], group=groups[rows])
        return demographic_information_value(table, divergence=divergence)

    def target(bins):
        return target_divergence(EvidenceTable.from_rows(bins, rng.normal(size=900), "continuous"))

    return {
        "one bin": (information_value(CountTable.from_counts([50.0], [20.0])), np.inf),
        "few rows": (information_value(CountTable.from_counts([50, 3], [20, 1])), np.inf),
        "few and equal": (information_value(CountTable.from_counts([5, 5], [2, 2])), np.inf),
        "normal": (information_value(CountTable.from_counts([500, 300], [200, 400])), np.inf),
        "chi-square": (information_value(CountTable.from_counts([500, 300], [205, 110])), np.inf),
        "equal": (information_value(CountTable.from_counts([500, 500], [200, 200])), np.inf),
        "two groups": (among(groups != "c"), np.inf),
        "all pairs": (among(groups != "d"), np.inf),
        "few of Jensen and Shannon": (among(np.arange(900) < 30, "js"), np.log(2.0)),
        "means": (target(codes), 1.0),
        "means of one bin": (target(np.zeros(900, dtype=int)), np.inf),
    }


def test_what_always_holds_is_never_rejected():
    for name, (estimate, largest) in _every_law_of_tests().items():
        assert estimate.certifies(0.0) == 1.0, name
        assert estimate.exceeds(largest) == 1.0, name
        assert estimate.exceeds(np.inf) == 1.0, name
        # and just beside, what the data say
        assert estimate.certifies(1e9) < 1e-9, name
        assert 0.0 <= estimate.exceeds(0.0) <= 1.0, name


def test_a_divergence_without_a_bound_is_certified_below_nothing():
    with pytest.warns(SparseCellWarning):
        estimate = information_value(CountTable.from_counts([50, 0], [20, 8]))
    assert [estimate.certifies(limit) for limit in (0.0, 1.0, np.inf)] == [1.0, 1.0, 1.0]
    assert estimate.exceeds(np.inf) == 1.0


def test_a_statistic_below_its_median_certifies_no_more_than_the_median():
    low, middle = divergence(bias=0.11), divergence(bias=0.1 + (4 - stats.chi2.median(4)) / 200)
    assert low.statistic < stats.chi2.median(4)
    assert low.certifies(0.01) == pytest.approx(middle.certifies(0.01))
    assert low.exceeds(0.01) > middle.exceeds(0.01)


def test_what_is_withheld_is_not_a_number():
    withheld = divergence(law=WithheldLaw("12 rows for 40 cells"), p_value=0.2)
    numbers = (withheld.exceeds(0.1), withheld.certifies(0.1), withheld.critical_value())
    assert np.isnan([*withheld.interval(), *numbers, withheld.probability_above(0.1)]).all()
    assert (withheld.value, withheld.p_value) == (0.1, 0.2)
    assert np.isnan(divergence(smallest_expected=4.9).critical_value())
    assert divergence(smallest_expected=4.9).exceeds(0.0) < 0.05


def test_sample_growth_inverts_power():
    estimate = divergence()
    for target in (0.3, 0.8, 0.99):
        growth = estimate.sample_growth(0.1, power=target, threshold=0.02)
        assert estimate.power(0.1, threshold=0.02, growth=growth) == pytest.approx(target, abs=1e-6)
    with pytest.raises(ValueError, match=r"must exceed threshold, got 0.02 <= 0.02"):
        estimate.sample_growth(0.02, threshold=0.02)
    for target in (0.05, 0.01):
        with pytest.raises(ValueError, match=rf"power must exceed alpha, got {target} and 0\.05"):
            estimate.sample_growth(0.1, power=target)


def test_without_degrees_of_freedom_nothing_can_be_said():
    estimate = divergence(degrees_of_freedom=0, value=0.0, plug_in=0.0, bias=0.0)
    assert (estimate.critical_value(), estimate.exceeds(0.1), estimate.power(0.5)) == (
        0.0,
        1.0,
        0.0,
    )
    with pytest.raises(ValueError, match="degree of freedom"):
        estimate.sample_growth(0.5)


def test_negative_threshold():
    with pytest.raises(ValueError, match=r"a divergence is not negative, got -0\.1"):
        divergence().certifies(-0.1)


def test_probability_above_is_the_papers_example():
    estimate = Estimate(value=0.066, standard_error=0.0069, method="paper")
    assert round(estimate.probability_above(0.05), 2) == 0.99
    exact = Estimate(value=0.1, standard_error=0.0, method="x")
    assert (exact.probability_above(0.05), exact.probability_above(0.1)) == (1.0, 0.0)


def test_row_of_a_table():
    estimate = Estimate(value=1.0, standard_error=0.5, method="x")
    row = estimate.to_row(0.9)
    assert list(row) == ["value", "standard_error", "low", "high", "p_value"]
    assert (row["low"], row["high"]) == estimate.interval(0.9)
    assert np.isnan(row["p_value"])
    assert replace(estimate, p_value=0.25).to_row()["p_value"] == 0.25


def test_row_of_a_table_with_several_quantities():
    estimate = Estimate(value=1.0, standard_error=0.5, method="x", p_value=0.01)
    assert list(estimate.to_row(prefix="iv")) == [
        "iv", "iv_standard_error", "iv_low", "iv_high", "iv_p_value",
    ]  # fmt: skip
    assert list(estimate.to_row(prefix="iv", p_value=False))[-1] == "iv_high"


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        (0.2894, 0.0893, "0.289 ± 0.089 [0.114, 0.464]"),
        (0.2894, 0.00893, "0.2894 ± 0.0089 [0.2719, 0.3069]"),
        (123456.7, 120.3, "123457 ± 120 [123221, 123692]"),
        (0.5, 0.0, "0.5000 ± 0.0000 [0.5000, 0.5000]"),
        (0.0, 0.0, "0.000 ± 0.000 [0.000, 0.000]"),
        (-0.0001, 0.1, "0.00 ± 0.10 [-0.20, 0.20]"),
        (1.0, np.nan, "1.000 ± nan [nan, nan]"),
        (3e-12, 1e-12, "3e-12 ± 1e-12 [1.04e-12, 4.96e-12]"),
    ],
)
def test_prints_value_error_and_interval_as_far_as_the_error_goes(value, error, text):
    assert str(Estimate(value=value, standard_error=error, method="x")) == text


def test_format_round_and_float():
    estimate = Estimate(value=0.2894, standard_error=0.0893, method="x")
    assert f"{estimate:.2f}" == "0.29 ± 0.09 [0.11, 0.46]"
    assert f"{estimate}" == str(estimate)
    assert (round(estimate, 2), round(estimate), float(estimate)) == (0.29, 0, 0.2894)
    assert float(Estimate(value=0, standard_error=1, method="of a document")) == 0.0


def test_repr_is_one_line_with_p_value_method_and_reason():
    estimate = Estimate(value=0.2894, standard_error=0.0893, method="delta", p_value=0.00123)
    assert repr(estimate) == "Estimate(0.289 ± 0.089 [0.114, 0.464], p = 0.0012, delta)"
    assert repr(divergence()) == "DivergenceEstimate(0.100 ± 0.020 [0.061, 0.139], delta)"


def test_unbounded_end_prints_as_infinite():
    ratio = Estimate(value=0.0, standard_error=np.nan, method="x", law=LogNormalLaw())
    assert str(ratio) == "0.000 ± nan [0.000, inf]"


def test_html_table_escapes_the_method():
    estimate = Estimate(value=0.2894, standard_error=0.0893, method="rate of '<b>'", p_value=0.5)
    table = estimate._repr_html_()
    assert "<td>0.114 to 0.464</td>" in table
    assert "&lt;b&gt;" in table
    assert "<b>" not in table
    assert "reason" not in table


def test_withheld_interval_is_nan_and_says_why():
    withheld = Estimate(
        value=0.3, standard_error=0.1, method="x", law=WithheldLaw("12 rows for 40 cells")
    )
    assert np.isnan(withheld.interval()).all()
    assert np.isnan(withheld.probability_above(0.1))
    assert withheld.reason == "12 rows for 40 cells"
    assert str(withheld) == "0.30 ± 0.10 [withheld]"
    assert repr(withheld) == "Estimate(0.30 ± 0.10 [withheld], x, 12 rows for 40 cells)"
    assert "<td>12 rows for 40 cells</td>" in withheld._repr_html_()
    assert np.isnan([withheld.to_row()[key] for key in ("low", "high", "p_value")]).all()


def test_reason_of_its_own_stays():
    law = WithheldLaw("too few rows")
    estimate = Estimate(value=0.3, standard_error=0.1, method="x", law=law, reason="two rows")
    assert estimate.reason == "two rows"
    assert Estimate(value=0.3, standard_error=0.1, method="x").reason is None


def test_normal_quantiles():
    assert two_sided_quantile(0.95) == stats.norm.ppf(0.975)
    assert one_sided_quantile(0.95) == stats.norm.ppf(0.95)
    for quantile in (two_sided_quantile, one_sided_quantile):
        with pytest.raises(ValueError, match="level must lie strictly between 0 and 1, got 95"):
            quantile(95)


def test_kish_size_by_hand():
    assert kish_size(4.0, 4.0) == 4.0
    assert kish_size(3.0, 5.0) == pytest.approx(9 / 5)
    assert kish_size(0.0, 0.0) == 0.0


def test_covariance_from_influence_sums_clusters():
    influence = np.array([[1.0, 0.0], [2.0, 1.0], [3.0, -1.0]])
    np.testing.assert_allclose(covariance_from_influence(influence), influence.T @ influence)
    sums = np.array([[3.0, 1.0], [3.0, -1.0]])
    np.testing.assert_allclose(
        covariance_from_influence(influence, np.array([0, 0, 1])), sums.T @ sums
    )


def test_benjamini_hochberg_leaves_withheld_tests_out():
    p = np.array([0.01, np.nan, 0.04, 0.03])
    adjusted = benjamini_hochberg(p)
    np.testing.assert_allclose(
        adjusted[[0, 2, 3]], stats.false_discovery_control([0.01, 0.04, 0.03])
    )
    assert np.isnan(adjusted[1])
    assert np.isnan(benjamini_hochberg(np.array([np.nan]))).all()
    with pytest.raises(ValueError, match="p_values must be a vector of numbers between 0 and 1"):
        benjamini_hochberg(np.array([1.5]))


def test_holm_multiplies_by_what_is_left():
    """By hand: .01 x 3, .02 x 2, and .03 x 1 not below the one before."""
    p = np.array([0.02, np.nan, 0.03, 0.01])
    np.testing.assert_allclose(holm(p), [0.04, np.nan, 0.04, 0.03])
    assert holm(np.array([0.6, 0.9])).tolist() == [1.0, 1.0]
    assert np.isnan(holm(np.array([np.nan]))).all()
    assert holm(np.zeros(0)).size == 0
    with pytest.raises(ValueError, match="p_values must be a vector of numbers between 0 and 1"):
        holm(np.array([-0.1]))


def test_families_are_adjusted_for_their_number():
    """By hand: families of smallest .01, .2 and none, .04 beside; .01 x 3, .04 x 2, .2 x 1."""
    adjusted, families = np.array([0.01, 0.02, 0.2, np.nan]), ["a", "a", "b", "c"]
    found = adjust_over_families(adjusted, families, np.array([0.04, np.nan]))
    np.testing.assert_allclose(found, [0.03, 0.06, 0.2, np.nan])
    alone = adjust_over_families(adjusted[:2], families[:2], np.zeros(0))
    np.testing.assert_allclose(alone, adjusted[:2])


def test_jeffreys_law_is_that_of_the_beta_quantiles():
    law = JeffreysLaw(20.0)
    estimate = Estimate(value=0.1, standard_error=0.0, method="share", law=law)
    assert estimate.interval() == pytest.approx(stats.beta.ppf([0.025, 0.975], 2.5, 18.5))
    assert (law.interval(0.0, 0.0, 0.95)[0], law.interval(1.0, 0.0, 0.95)[1]) == (0.0, 1.0)
    assert np.isnan(law.interval(np.nan, np.nan, 0.95)).all()


def test_weighted_mean_of_groups_is_that_of_their_rows():
    rng = np.random.default_rng(4)
    values, weights = rng.integers(0, 3, 200).astype(float), rng.uniform(0.2, 2.0, 200)
    mean, error = weighted_mean(values, weights, weights**2)
    assert mean == pytest.approx(np.average(values, weights=weights))
    assert error == pytest.approx(
        np.sqrt((weights**2 * (values - mean) ** 2).sum()) / weights.sum()
    )

    codes = values.astype(int)
    sums, squares = np.bincount(codes, weights), np.bincount(codes, weights**2)
    grouped = weighted_mean(np.arange(3.0), sums, squares)
    assert [float(x) for x in grouped] == pytest.approx([mean, error])

    means, errors = weighted_mean(np.arange(3.0), np.stack([sums, sums]), np.stack([squares] * 2))
    assert means.tolist() == pytest.approx([mean, mean])
    assert errors.tolist() == pytest.approx([error, error])


def test_jeffreys_probability_is_that_of_the_beta_law():
    rate, size, limit = np.array([0.0, 0.3, 1.0, np.nan]), np.array(20.0), np.array(0.4)
    found = jeffreys_probability(rate, size, limit)
    wanted = stats.beta.cdf(0.4, 20.0 * rate + 0.5, 20.0 * (1.0 - rate) + 0.5)
    np.testing.assert_allclose(found, wanted, rtol=1e-12)
    # the two ends of the interval leave the same probability on either side
    low, high = jeffreys_bounds(np.array([0.3]), size, 0.9)
    assert jeffreys_probability(np.array([0.3]), size, low)[0] == pytest.approx(0.05)
    assert jeffreys_probability(np.array([0.3]), size, high)[0] == pytest.approx(0.95)


@pytest.mark.parametrize("z", [0.0, 1.3, -1.3, 9.0, np.inf])
def test_two_sided_p_value_is_that_of_the_normal_law(z):
    assert two_sided_p_value(z) == pytest.approx(2.0 * stats.norm.sf(abs(z)), rel=1e-12)


def test_tests_by_a_chi_square_hold_beside_very_many_rows():
    """From a noncentrality of 1e12 on scipy's law gives .09 for .16, and then no number."""
    for noncentrality in (1e9, 1e12, 1e20):
        spread = np.sqrt(2.0 * 4.0 + 4.0 * noncentrality)
        law = NoncentralChi2Law(noncentrality + 4.0 + 1.5 * spread, 4.0, 1e-3)
        limit = 1e-3 * noncentrality
        assert law.exceeds(limit) == pytest.approx(stats.norm.sf(1.5), rel=1e-4)
        assert law.certifies(limit) == pytest.approx(stats.norm.cdf(1.5), rel=1e-4)

    # Elsewhere the numbers are those of the law that ``at`` hands out.
    law = NoncentralChi2Law(9.0, 4.0, 0.01)
    assert law.exceeds(0.02) == law.at(0.02).sf(9.0)
    assert law.exceeds(0.0) == law.at(0.0).sf(9.0)
    assert law.certifies(0.25) == law.at(0.25).cdf(9.0)

"""Information value, weight of evidence and stability index against values from outside."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special, stats

from infotheory.estimation import estimate_mutual_information
from infotheory.evidence import (
    characteristic_stability,
    independence_tests,
    information_value,
    jensen_shannon_stability,
    population_stability_index,
    stability_band,
    stability_by_period,
    weight_of_evidence,
    woe_values,
)
from infotheory.evidence.binned_samples import (
    BinnedSamples,
    add_halves,
    samples_of_counts,
    samples_of_table,
)
from infotheory.evidence.divergence import (
    FORMULAS,
    divergence_estimate,
    divergence_interval,
    divergence_parts,
    laws_of_few_rows,
    term_errors,
)
from infotheory.evidence.equality import pearson_p_values, pearson_statistic
from infotheory.exceptions import SparseCellWarning
from infotheory.tables import CountTable

GOOD, BAD = np.array([400.0, 300, 200, 100]), np.array([40.0, 50, 60, 50])
TABLE = CountTable.from_counts(GOOD, BAD)
cells = st.lists(st.tuples(st.integers(1, 300), st.integers(1, 100)), min_size=2, max_size=12)


def unzip(pairs):
    return (np.array(column, dtype=float) for column in zip(*pairs, strict=True))


def test_check_values_of_the_derivation():
    estimate = information_value(TABLE)
    assert estimate.value == pytest.approx(0.32573563, abs=5e-9)
    assert estimate.standard_error == pytest.approx(0.08906146, abs=5e-9)
    assert estimate.bias == pytest.approx(0.01933333, abs=5e-9)
    assert estimate.n_effective * estimate.value == pytest.approx(54.28927, abs=5e-6)
    assert information_value(TABLE, method="sudjianto_burakov").standard_error == pytest.approx(
        0.04527693, abs=5e-9
    )
    assert float(pearson_statistic(samples_of_table(TABLE))) == pytest.approx(57.3026973, abs=5e-8)
    woe = weight_of_evidence(TABLE)
    np.testing.assert_allclose(
        woe["standard_error"], [0.14662878, 0.13165612, 0.12516656, 0.15491933], atol=5e-9
    )
    np.testing.assert_allclose(woe["woe"], np.log(GOOD / 1000) - np.log(BAD / 200))


def test_closed_form_of_the_variance_and_of_the_paper():
    p, q = GOOD / 1000, BAD / 200
    a, c = np.log(p / q) + 1 - q / p, np.log(q / p) + 1 - p / q
    variance = (p @ a**2 - (p @ a) ** 2) / 1000 + (q @ c**2 - (q @ c) ** 2) / 200
    assert information_value(TABLE).standard_error ** 2 == pytest.approx(variance, rel=1e-12)
    n_eff = 1000 * 200 / 1200
    second = information_value(TABLE, second_order=True)
    assert second.standard_error**2 == pytest.approx(variance + 2 * 3 / n_eff**2, rel=1e-12)
    paper = weight_of_evidence(TABLE, method="sudjianto_burakov")["standard_error"]
    np.testing.assert_allclose(paper**2, 1 / GOOD + 1 / BAD)


def test_paper_reading_of_a_threshold():
    estimate = information_value(TABLE, method="sudjianto_burakov")
    expected = stats.norm.cdf((estimate.value - 0.25) / estimate.standard_error)
    assert estimate.probability_above(0.25) == pytest.approx(expected)
    low, high = estimate.interval()
    assert (low + high) / 2 == pytest.approx(estimate.value)


def test_pearsons_statistic_is_scipys_and_its_p_value_nearly_so():
    near = np.column_stack([GOOD, [70, 66, 44, 20]])
    outside = stats.chi2_contingency(near, correction=False)
    table = CountTable.from_counts(near[:, 0], near[:, 1])
    assert 0.1 < outside.pvalue < 0.9
    assert information_value(table).p_value == pytest.approx(outside.pvalue, abs=2e-3)

    outside = stats.chi2_contingency(np.column_stack([GOOD, BAD]), correction=False)
    frame = independence_tests(TABLE)
    likelihood = stats.chi2_contingency(
        np.column_stack([GOOD, BAD]), correction=False, lambda_="log-likelihood"
    )
    assert frame.loc["likelihood_ratio", "statistic"] == pytest.approx(
        likelihood.statistic, rel=1e-10
    )
    assert frame.loc["pearson", "statistic"] == pytest.approx(outside.statistic, rel=1e-10)


@given(cells)
def test_information_value_is_stability_index_is_two_divergences(pairs):
    good, bad = unzip(pairs)
    p, q = good / good.sum(), bad / bad.sum()
    outside = special.rel_entr(p, q).sum() + special.rel_entr(q, p).sum()
    value = information_value(CountTable.from_counts(good, bad))
    index = population_stability_index(good, bad)
    assert value.value == pytest.approx(outside, abs=1e-12)
    assert (index.value, index.standard_error, index.bias) == (
        value.value,
        value.standard_error,
        value.bias,
    )
    assert value.value == pytest.approx((p - q) @ woe_values(good, bad), abs=1e-12)


@given(cells)
def test_every_p_value_of_equality_is_one(pairs):
    good, bad = unzip(pairs)
    table = CountTable.from_counts(good, bad)
    p_value = float(pearson_p_values(samples_of_table(table)))
    rows = [CountTable.from_counts(counts, 0 * counts) for counts in (good, bad)]
    assert information_value(table).p_value == p_value
    assert population_stability_index(good, bad).p_value == pytest.approx(p_value)
    assert jensen_shannon_stability(good, bad).p_value == pytest.approx(p_value)
    assert stability_by_period(rows[0], {"now": rows[1]})["p_value"][0] == pytest.approx(p_value)


def test_a_table_at_equality_is_not_known_to_be_equal():
    estimate = information_value(CountTable.from_counts([400] * 3, [40, 41, 39]))
    assert estimate.interval() == pytest.approx((0.0, 0.07475), abs=5e-6)
    assert estimate.certifies(0.05) == pytest.approx(0.06952, abs=5e-6)


@given(cells, st.sampled_from(["auto", "noncentral", "normal"]), st.booleans())
def test_no_interval_is_a_point(pairs, interval, equal):
    good, bad = unzip(pairs)
    bad = good if equal else bad
    for method in ("delta", "sudjianto_burakov"):
        for level in (0.5, 0.95):
            estimate = population_stability_index(good, bad, method=method, interval=interval)
            low, high = estimate.interval(level)
            assert 0.0 <= low < high
    low, high = jensen_shannon_stability(good, bad, interval=interval).interval()
    assert 0.0 <= low < high


@given(cells)
def test_batch_interval_is_the_interval_of_the_estimate(pairs):
    good, bad = unzip(pairs)
    table = CountTable.from_counts(good, bad)
    samples = BinnedSamples(*(x[None] for x in (good, bad, good, bad)))
    parts = divergence_parts(samples)
    for law in ("auto", "noncentral", "normal"):
        few_rows = laws_of_few_rows(samples) if law == "auto" else None
        low, high = divergence_interval(parts, 0.9, interval=law, few_rows=few_rows)
        expected = information_value(table, interval=law).interval(0.9)
        np.testing.assert_allclose((low[0], high[0]), expected, rtol=1e-9, atol=1e-12)
        assert 0.0 <= low[0] <= high[0]


@given(cells, st.permutations(range(12)), st.floats(0.01, 1000.0))
def test_order_of_bins_and_scale_of_weights_change_nothing(pairs, order, scale):
    good, bad = unzip(pairs)
    shuffle = [i for i in order if i < good.size]
    table = CountTable.from_counts(good, bad)
    other = CountTable.from_counts(good[shuffle], bad[shuffle])
    scaled = CountTable(table.labels, table.counts * scale, table.squared_weights * scale**2)
    first = information_value(table)
    for second in (information_value(other), information_value(scaled)):
        for name in ("value", "standard_error", "bias", "p_value", "n_effective"):
            assert getattr(first, name) == pytest.approx(getattr(second, name), rel=1e-7, abs=1e-12)
    pd.testing.assert_frame_equal(weight_of_evidence(table), weight_of_evidence(scaled))


@given(st.integers(0, 1000))
@settings(max_examples=25)
def test_integer_weights_are_repeated_rows_in_values_and_shards_add_up(seed):
    rng = np.random.default_rng(seed)
    codes, y, w = rng.integers(0, 4, 200), rng.integers(0, 2, 200), rng.integers(1, 4, 200)
    labels = list("abcd")
    weighted = CountTable.from_codes(codes, y, sample_weight=w, labels=labels)
    repeated = CountTable.from_codes(np.repeat(codes, w), np.repeat(y, w), labels=labels)
    np.testing.assert_allclose(
        weight_of_evidence(weighted)["woe"], weight_of_evidence(repeated)["woe"]
    )
    assert information_value(weighted).value == pytest.approx(information_value(repeated).value)
    halves = [
        CountTable.from_codes(codes[s], y[s], sample_weight=w[s], labels=labels)
        for s in (slice(90), slice(90, None))
    ]
    whole = halves[0] + halves[1]
    np.testing.assert_allclose(whole.counts, weighted.counts)
    np.testing.assert_allclose(whole.squared_weights, weighted.squared_weights)


def test_weighted_woe_error_is_the_sum_of_squared_influences():
    rng = np.random.default_rng(0)
    codes, y = rng.integers(0, 3, 500), (rng.random(500) < 0.4).astype(int)
    w = rng.exponential(size=500) * (1 + codes)
    frame = weight_of_evidence(CountTable.from_codes(codes, y, sample_weight=w))
    for j in range(3):
        variance = 0.0
        for label in (0, 1):
            rows = y == label
            weight, inside = w[rows], (codes[rows] == j).astype(float)
            share = weight @ inside / weight.sum()
            variance += ((weight * (inside - share) / (share * weight.sum())) ** 2).sum()
        assert frame.loc[str(j), "standard_error"] == pytest.approx(np.sqrt(variance), rel=1e-12)


def test_zero_cells():
    table = CountTable.from_counts([10, 20, 0], [5, 0, 0], labels=["low", "high", "missing"])
    with pytest.warns(
        SparseCellWarning, match=r"1 of 3 bins hold rows of one class or group only \(high\)"
    ) as caught:
        frame = weight_of_evidence(table)
    assert len(caught) == 1
    assert frame["adjusted"].tolist() == [False, True, False]
    assert frame.loc["low", "woe"] == pytest.approx(np.log((10 / 30.5) / (5 / 5.5)))
    assert frame.loc["high", "woe"] == pytest.approx(np.log((20.5 / 30.5) / (0.5 / 5.5)))
    assert frame.loc["missing", "woe"] == 0.0
    assert frame.loc["missing", ["standard_error", "low", "high"]].isna().all()
    with pytest.warns(SparseCellWarning):
        estimate = information_value(table)
    assert estimate.degrees_of_freedom == 1
    gaps = np.array([10 / 30.5 - 5 / 5.5, 20.5 / 30.5 - 0.5 / 5.5])
    assert estimate.value == pytest.approx(gaps @ frame["woe"].to_numpy()[:2])
    added = weight_of_evidence(table, zero_cells=1.0)["woe"]
    np.testing.assert_allclose(
        added, [np.log((11 / 32) / (6 / 7)), np.log((21 / 32) / (1 / 7)), 0.0]
    )
    with pytest.raises(
        ValueError, match=r"every bin must hold rows of both classes.*at positions \[1\]"
    ):
        information_value(table, zero_cells="error")
    js = jensen_shannon_stability([10, 20, 0], [5, 0, 0])
    p, q = np.array([1 / 3, 2 / 3]), np.array([1.0, 0.0])
    middle = (p + q) / 2
    assert js.value == pytest.approx(
        (special.rel_entr(p, middle).sum() + special.rel_entr(q, middle).sum()) / 2
    )
    assert np.isfinite(js.standard_error)


def test_woe_sign_flips_value_and_interval():
    safe, risk = weight_of_evidence(TABLE), weight_of_evidence(TABLE, woe_sign="event")
    np.testing.assert_allclose(safe["woe"], -risk["woe"])
    np.testing.assert_allclose(safe["low"], -risk["high"])


def test_woe_values_of_many_tables():
    batch = woe_values(np.stack([GOOD, GOOD[::-1]]), np.stack([BAD, BAD[::-1]]))
    np.testing.assert_allclose(batch[0], batch[1][::-1])


def test_one_bin_says_nothing():
    estimate = information_value(CountTable.from_counts([10], [5]))
    assert (estimate.value, estimate.standard_error, estimate.p_value) == (0.0, 0.0, 1.0)
    assert estimate.interval() == (0.0, 0.0)
    assert estimate.critical_value() == 0.0
    assert (estimate.exceeds(0.1), estimate.certifies(0.1)) == (1.0, 0.0)
    assert independence_tests(CountTable.from_counts([10], [5]))["p_value"].tolist() == [1.0] * 6


@pytest.mark.parametrize(("n", "m"), [(5, 5), (20, 20), (100, 20), (50, 1000), (1000, 1000)])
def test_bins_that_no_row_reached_leave_room_above(n, m):
    """The interval was (0, 0), as if no row could ever lie in the other bin."""
    estimate = information_value(CountTable.from_counts([n, 0], [m, 0]))
    assert (estimate.value, estimate.p_value, estimate.exceeds(0.0)) == (0.0, 1.0, 1.0)
    assert "bins that none reached" in estimate.reason
    low, high = estimate.interval(0.95)
    assert low == 0.0

    # Shares of the other bin up to 20 times apart: where the true value lies above, samples without
    # a row there are hardly ever drawn; above an eighth of the end they are no rarity.
    p, q = np.meshgrid(*[np.geomspace(1e-6, 0.9, 200)] * 2)
    truth = (p - q) * (np.log(p / q) - np.log((1 - p) / (1 - q)))
    none_there = (1 - p) ** n * (1 - q) ** m * (np.abs(np.log(p / q)) < np.log(20.0))
    assert none_there[truth > high].max() < 0.025
    assert none_there[truth > high / 8].max() > 0.025

    assert estimate.certifies(high) == pytest.approx(0.025, abs=0.01)
    # However many there are, and whichever holds the rows
    of_more = information_value(CountTable.from_counts([n, 0, 0, 0], [m, 0, 0, 0]))
    assert of_more.interval() == estimate.interval()
    swapped = information_value(CountTable.from_counts([0, m], [0, n]))
    assert swapped.interval() == pytest.approx(estimate.interval())


def test_debiased_value_is_floored_and_its_interval_is_not():
    near = CountTable.from_counts([100, 101, 99], [50, 50, 51])
    plain, corrected = information_value(near), information_value(near, debias=True)
    assert plain.value > 0.0
    assert corrected.value == 0.0
    assert corrected.interval() == plain.interval()
    assert corrected.law.name == "noncentral chi-square"
    far = information_value(TABLE, debias=True)
    assert far.value == pytest.approx(0.32573563 - 0.01933333, abs=1e-8)
    assert far.law.name == "normal"


def test_law_changes_at_fifty():
    for factor, name in ((0.97, "noncentral chi-square"), (0.99, "normal")):
        estimate = information_value(CountTable.from_counts(GOOD * factor, BAD * factor))
        assert (estimate.n_effective * (estimate.value - estimate.bias) < 50) == (name != "normal")
        assert estimate.law.name == name


def test_noncentral_interval_inverts_scipys_law():
    table = CountTable.from_counts(GOOD / 4, BAD / 4)
    estimate = information_value(table)
    for end, tail in zip(estimate.interval(0.9), (0.95, 0.05), strict=True):
        law = stats.ncx2(3, estimate.n_effective * end)
        assert law.cdf(estimate.statistic) == pytest.approx(tail, abs=1e-9)


def numerical_error(function, p, q, *, n=1000, m=200, step=1e-6):
    """Delta method with numerical gradients of an unnormalised function, for any divergence."""
    variance = bias = 0.0
    for size, share, of in ((n, p, lambda x: function(x, q)), (m, q, lambda x: function(p, x))):
        eye = np.eye(share.size) * step
        up, down = (np.array([of(share + sign * row) for row in eye]) for sign in (1, -1))
        gradient, curvature = (up - down) / (2 * step), (up - 2 * of(share) + down) / step**2
        variance += (share @ gradient**2 - (share @ gradient) ** 2) / size
        bias += curvature @ (share * (1 - share)) / (2 * size)
    return np.sqrt(variance), bias


@pytest.mark.parametrize("name", ["iv", "kl", "js"])
def test_gradients_and_bias_against_differences(name):
    def jensen(p, q):
        middle = (p + q) / 2
        return (p @ np.log(p / middle) + q @ np.log(q / middle)) / 2

    functions = {
        "iv": lambda p, q: (p - q) @ np.log(p / q),
        "kl": lambda p, q: p @ np.log(p / q),
        "js": jensen,
    }
    parts = divergence_parts(samples_of_table(TABLE), name)
    p, q = GOOD / 1000, BAD / 200
    assert float(parts.value) == pytest.approx(functions[name](p, q))
    error, _ = numerical_error(functions[name], p, q)
    assert np.sqrt(parts.variance) == pytest.approx(error, rel=1e-6)
    _, bias = numerical_error(functions[name], p, q, step=1e-4)
    assert float(parts.bias) == pytest.approx(bias, rel=1e-3)


def test_few_rows_have_laws_of_their_own_only_where_moments_are_known(monkeypatch):
    """A new divergence has the laws that follow from its terms, and not those of another."""
    samples = samples_of_counts(np.array([500.0, 300.0, 200.0]), np.array([60.0, 30.0, 8.0]))
    monkeypatch.setitem(FORMULAS, "new", FORMULAS["kl"])
    laws = {name: divergence_estimate(samples, divergence=name).law.name for name in FORMULAS}
    assert laws == {
        "iv": "exact moments",
        "js": "exact moments",
        "kl": "noncentral chi-square",
        "new": "noncentral chi-square",
    }


def test_stability_index_critical_value_and_bands():
    index = population_stability_index([100] * 10, [100] * 10)
    assert index.value == 0.0
    assert round(index.critical_value(0.05), 3) == 0.034
    assert index.critical_value(0.01) == pytest.approx(stats.chi2.ppf(0.99, 9) / 500)
    assert [stability_band(v) for v in (0.0, 0.0999, 0.1, 0.2499, 0.25)] == [
        "stable", "stable", "shift", "shift", "large shift"]  # fmt: skip
    with pytest.raises(ValueError, match="not negative, got nan"):
        stability_band(float("nan"))


def test_characteristic_stability_respects_weights_and_groups():
    rng = np.random.default_rng(3)
    codes, y, group, w = (
        rng.integers(0, 3, 300),
        rng.integers(0, 2, 300),
        rng.integers(0, 2, 300),
        rng.random(300),
    )
    first = CountTable.from_codes(codes[:150], y[:150], group[:150], w[:150])
    second = CountTable.from_codes(codes[150:], y[150:], group[150:], w[150:])
    estimate = characteristic_stability(first, second)
    sums = [np.bincount(codes[s], w[s]) for s in (slice(150), slice(150, None))]
    p, q = (weights / weights.sum() for weights in sums)
    assert estimate.value == pytest.approx(((p - q) * np.log(p / q)).sum())
    sizes = [w[s].sum() ** 2 / (w[s] ** 2).sum() for s in (slice(150), slice(150, None))]
    assert estimate.n_effective == pytest.approx(sizes[0] * sizes[1] / sum(sizes))
    assert jensen_shannon_stability(first, second).n_effective == pytest.approx(
        8 * estimate.n_effective
    )


def test_power_and_sample_growth_agree_with_scipy():
    estimate = information_value(TABLE)
    cut = stats.ncx2.ppf(0.95, 3, estimate.n_effective * 0.1)
    expected = stats.ncx2.sf(cut, 3, estimate.n_effective * 0.2)
    assert estimate.power(0.2, threshold=0.1) == pytest.approx(expected)
    growth = estimate.sample_growth(0.2, power=0.9, threshold=0.1)
    assert estimate.power(0.2, threshold=0.1, growth=growth) == pytest.approx(0.9, abs=1e-6)
    assert estimate.exceeds(0.02) == pytest.approx(
        stats.ncx2.sf(estimate.statistic, 3, estimate.n_effective * 0.02)
    )
    assert estimate.certifies(0.9) == pytest.approx(
        stats.ncx2.cdf(estimate.statistic, 3, estimate.n_effective * 0.9)
    )


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: information_value(CountTable.from_counts([5, 5], [0, 0])),
            "both classes, got 0 events in 2 bins",
        ),
        (
            lambda: information_value(CountTable.from_counts([0, 0], [5, 5])),
            "both classes, got 0 non-events",
        ),
        (
            lambda: information_value(TABLE, method="bootstrap"),
            "method must be one of 'delta', .* got 'bootstrap'",
        ),
        (
            lambda: information_value(TABLE, interval="exact"),
            "interval must be one of .* got 'exact'",
        ),
        (
            lambda: information_value(TABLE, zero_cells="drop"),
            "zero_cells must be 'haldane', .* got 'drop'",
        ),
        (lambda: information_value(TABLE, zero_cells=-1), "zero_cells must be .* got -1"),
        (lambda: information_value(TABLE, zero_cells=True), "zero_cells must be .* got True"),
        (
            lambda: information_value(TABLE, zero_cells=float("nan")),
            "zero_cells must be .* got nan",
        ),
        (lambda: weight_of_evidence(TABLE, woe_sign="good"), "woe_sign must be one of"),
        (lambda: weight_of_evidence(TABLE, method="x"), "method must be one of"),
        (
            lambda: woe_values([1, 2], [1, 2, 3]),
            r"must have one shape \(..., n_bins\), got \(2,\) and \(3,\)",
        ),
        (lambda: woe_values([1, np.nan], [1, 2]), "nonevents must be finite, got nan"),
        (
            lambda: woe_values(np.arange(300.0), np.arange(300) % 2),
            "at most 100 bins, got 300 entries; for rows, or for more bins, use weight_of_evidence",
        ),
        (lambda: woe_values([0, 0], [1, 2]), "nonevents must not all be zero"),
        (
            lambda: population_stability_index([1, 2], [1, 2, 3]),
            "must have the same bins, got 2 and 3",
        ),
        (lambda: population_stability_index([0, 0], [1, 2]), "expected must not all be zero"),
        (lambda: population_stability_index([], [1, 2]), "expected must not be empty"),
        (
            lambda: population_stability_index([1, -2], [1, 2]),
            "expected must not be negative, got -2",
        ),
        (
            lambda: population_stability_index([0.4, 0.6], [0.5, 0.5]),
            "must be counts of rows, got a sum of 1; shares",
        ),
        (
            lambda: population_stability_index([[1, 2]], [[1, 2]]),
            r"must be a vector of counts.*got shape \(1, 2\)",
        ),
        (lambda: population_stability_index(["a", "b"], [1, 2]), "expected must be numbers"),
        (
            lambda: characteristic_stability(TABLE, CountTable.from_counts([1], [1])),
            "the same bins, got labels",
        ),
        (
            lambda: characteristic_stability(TABLE, CountTable.from_counts([0] * 4, [0] * 4)),
            "actual must hold rows, got a table of 4 empty bins",
        ),
        (lambda: information_value(TABLE).exceeds(-0.1), "not negative, got -0.1"),
        (lambda: information_value(TABLE).interval(95), "strictly between 0 and 1, got 95"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_table_beside_counts_is_a_type_error():
    with pytest.raises(
        TypeError, match="both be tables or both be counts, got CountTable and list"
    ):
        jensen_shannon_stability(TABLE, [1, 2, 3, 4])


def test_the_error_in_print_is_that_of_one_divergence():
    samples = samples_of_table(TABLE)
    with pytest.raises(
        ValueError, match="is defined for the Jeffreys divergence, got divergence 'js'"
    ):
        divergence_estimate(samples, divergence="js", method="sudjianto_burakov")


@pytest.mark.parametrize("name", FORMULAS)
def test_gradients_and_curvatures_are_those_of_finite_differences(name):
    formula, _ = FORMULAS[name]
    p, q, step = np.array([0.2, 0.5, 0.05]), np.array([0.3, 0.1, 0.2]), 1e-5

    def slope(side, at):
        move = np.array([[step], [0.0]]) if side == 0 else np.array([[0.0], [step]])
        up, down = at + move, at - move
        return (formula(*up).value - formula(*down).value) / (2 * step)

    terms, at = formula(p, q), np.array([p, q])
    # gradients are known up to a constant: their differences between bins are compared
    for side, gradient in enumerate((terms.first_gradient, terms.second_gradient)):
        np.testing.assert_allclose(np.diff(gradient), np.diff(slope(side, at)), rtol=1e-6)
    for side, curvature in enumerate((terms.first_curvature, terms.second_curvature)):
        move = np.array([[step], [0.0]]) if side == 0 else np.array([[0.0], [step]])
        second = (slope(side, at + move) - slope(side, at - move)) / (2 * step)
        np.testing.assert_allclose(curvature, at[side] * second, rtol=1e-3)


def test_errors_of_the_terms_by_hand():
    good, bad = np.array([400.0, 300.0, 300.0]), np.array([40.0, 50.0, 10.0])
    errors = term_errors(samples_of_counts(good, bad))
    p, q = good / 1000, bad / 100
    u, v = np.log(p / q) + 1 - q / p, np.log(q / p) + 1 - p / q
    variance = u**2 * p * (1 - p) / 1000 + v**2 * q * (1 - q) / 100
    np.testing.assert_allclose(errors, np.sqrt(variance))


def test_errors_of_the_terms_of_an_empty_bin_are_withheld():
    errors = term_errors(samples_of_counts(np.array([5.0, 0.0, 5.0]), np.array([2.0, 0.0, 3.0])))
    assert np.isnan(errors).tolist() == [False, True, False]


def test_halves_are_added_to_both_cells_of_a_bin_with_an_empty_one():
    cells = np.array([[3.0, 0.0], [2.0, 1.0], [0.0, 0.0]])
    assert add_halves(cells).tolist() == [[3.5, 0.5], [2.0, 1.0], [0.5, 0.5]]


WRAPPERS = {
    "information_value": (information_value, [CountTable.from_counts([4, 0], [3, 5])]),
    "population_stability_index": (population_stability_index, [[4, 0], [3, 5]]),
    "characteristic_stability": (
        characteristic_stability,
        [CountTable.from_counts([4, 0], [3, 0]), CountTable.from_counts([1, 2], [3, 4])],
    ),
}


@pytest.mark.parametrize("name", WRAPPERS)
def test_the_three_wrappers_take_the_same_options_and_warn_alike(name):
    function, samples = WRAPPERS[name]
    with pytest.warns(SparseCellWarning, match="1 of 2 bins hold rows of one class or group only"):
        function(*samples)
    filled = function(*samples, zero_cells=0.5, debias=True, second_order=True, interval="normal")
    assert (filled.method, filled.law.name) == ("delta, second order, debiased", "normal")
    with pytest.raises(ValueError, match="every bin must hold rows of both classes"):
        function(*samples, zero_cells="error")


def test_independence_tests_of_sparse_bins_are_those_given_the_margins():
    table = CountTable.from_counts([30, 9, 8, 7, 6, 5], [1, 2, 1, 3, 1, 2])
    frame = independence_tests(table)
    bins = np.repeat(np.arange(6), table.counts.sum(axis=1).astype(int))
    events = np.concatenate(
        [np.repeat([0, 1], counts) for counts in table.counts[:, :2].astype(int)]
    )
    assert frame.loc["likelihood_ratio", "p_value"] == pytest.approx(
        estimate_mutual_information(bins, events).p_value, rel=1e-9
    )
    assert frame.loc["pearson", "p_value"] == pytest.approx(information_value(table).p_value)
    others = frame.drop(["likelihood_ratio", "pearson"])
    assert (others["p_value"] == stats.chi2.sf(others["statistic"], 5)).all()

    # Well-filled bins keep the chi-square, bit for bit.
    filled = independence_tests(TABLE)
    assert (filled["p_value"] == stats.chi2.sf(filled["statistic"], 3)).all()


@pytest.mark.parametrize("function", [jensen_shannon_stability, population_stability_index])
def test_very_many_rows_leave_the_law_of_what_differs(function):
    """Times the rows, ends are those of fewer rows: logarithms of nearly equal shares cancel."""
    few, many = 1e8, 2.0**70
    for alike in (lambda n: ([n, 3.0, 20.0], [n, 5.0, 30.0]), _moved_by_noise):
        ends = [n * np.array(function(*alike(n)).interval()) for n in (few, many)]
        np.testing.assert_allclose(ends[1], ends[0], rtol=2e-3)
        values = [n * function(*alike(n)).value for n in (few, many)]
        assert values[1] == pytest.approx(values[0], rel=2e-3)

    # of two samples one is small: nothing depends on how many rows the other has
    ends = [function([n, np.floor(n / 32.0), n], [900, 40, 800]).interval() for n in (few, many)]
    np.testing.assert_allclose(ends[1], ends[0], rtol=1e-4)
    # nor does a handful of rows beside them get lost
    lows = [function([n, 3, 20, n], [1000, 1, 30, 900]).interval()[0] for n in (few, many)]
    assert lows[1] == pytest.approx(lows[0], rel=0.2)
    assert lows[1] > 0.0


def _moved_by_noise(n):
    """Return two samples whose shares differ by as much as noise makes them."""
    return np.floor([n, n / 2.0, n / 4.0]), np.floor([n + np.sqrt(n), n / 2.0, n / 4.0])

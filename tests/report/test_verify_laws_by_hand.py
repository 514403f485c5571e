"""The script that recomputes a report: its laws, beside enumeration and root properties."""

import itertools
import math

import numpy as np
import pytest
from scipy import special, stats

from infotheory.report import verify_laws, verify_moments, verify_ratios
from tests.report.conftest import Noted

LEVEL = {"conventions": {"level": 0.95, "woe_sign": "nonevent"}}
HALVES = {"reproducibility": {"parameters": {}}}

# Divergences of many rows


@pytest.mark.parametrize(
    ("parameters", "rows"),
    [
        ({}, 0.5),
        ({"binner__zero_cells": "'haldane'"}, 0.5),
        ({"binner__zero_cells": "2.0"}, 2.0),
        ({"zero_cells": "np.float64(0.25)"}, 0.25),
        ({"zero_cells": "1e-3"}, 0.001),
        ({"binner__max_n_bins": "5"}, 0.5),
    ],
)
def test_rows_that_are_added_are_read_from_the_parameters(parameters, rows):
    assert verify_laws.added_rows({"reproducibility": {"parameters": parameters}}) == rows


def test_the_test_of_equal_shares_has_the_moments_of_all_tables_of_the_totals():
    """Dawson (1954): mean and variance of Pearson's statistic over tables of these margins."""
    counts = np.array([[3.0, 1.0, 2.0], [1.0, 2.0, 3.0]])
    columns, n = counts.sum(axis=0), int(counts[0].sum())
    expected = np.outer(counts.sum(axis=1), columns) / counts.sum()
    values, chances = [], []
    for first in itertools.product(*(range(int(size) + 1) for size in columns)):
        if sum(first) == n:
            table = np.array([first, columns - first])
            values.append(((table - expected) ** 2 / expected).sum())
            chances.append(
                math.prod(math.comb(int(c), k) for c, k in zip(columns, first, strict=True))
            )
    values, chances = np.array(values), np.array(chances) / sum(chances)
    mean = chances @ values
    variance = chances @ (values - mean) ** 2
    seen = ((counts - expected) ** 2 / expected).sum()
    wanted = stats.gamma.sf(seen, mean**2 / variance, scale=variance / mean)
    assert verify_laws.same_shares(counts) == pytest.approx(wanted, rel=1e-10)
    assert verify_laws.same_shares(counts[:, :1]) == 1.0


def test_a_divergence_is_centred_by_the_curvature_of_its_mean():
    """The mean of a smooth function of shares exceeds it by half of its curvature times spread."""
    counts, rng = np.array([[60.0, 90.0, 150.0], [120.0, 40.0, 40.0]]), np.random.default_rng(0)
    sizes = counts.sum(axis=1)
    p, q = counts / sizes[:, None]
    draws = [rng.multinomial(int(n), s, 40_000) / n for n, s in zip(sizes, (p, q), strict=True)]
    divergences = ((draws[0] - draws[1]) * np.log(draws[0] / draws[1])).sum(axis=1)
    value = ((p - q) * np.log(p / q)).sum()
    center, error = verify_laws._centre(counts)
    assert value - center == pytest.approx(divergences.mean() - value, rel=0.15)
    assert error == pytest.approx(divergences.std(), rel=0.05)


def ends_of(law, counts, n_prebins=None, level=0.95):
    done = Noted({"conventions": {"level": level}})
    verify_laws.compare_ends(done, "g", "x", {"law": law}, np.array(counts, float), n_prebins)
    return done.numbers.get("x.low"), done.numbers.get("x.high")


FAR = [[600, 300, 100], [200, 300, 500]]
NEAR = [[60, 70, 70], [75, 60, 65]]


def test_ends_of_a_normal_law_are_equally_far_from_the_centre():
    center, error = verify_laws._centre(np.array(FAR, float))
    low, high = ends_of("normal", FAR)
    assert (low + high) / 2 == pytest.approx(center)
    assert high - low == pytest.approx(2 * 1.959963984540054 * error)
    assert verify_laws._law_of_fixed(np.array(FAR, float)) == "normal"


def test_ends_of_a_noncentral_law_have_the_tails_of_the_level():
    assert verify_laws._law_of_fixed(np.array(NEAR, float)) == "noncentral chi-square"
    low, high = ends_of("noncentral chi-square", NEAR, level=0.9)
    scale = 200 * 200 / 400
    draw = scale * verify_laws._centre(np.array(NEAR, float))[0] + 2
    assert low == 0.0  # such a draw is likely of equal shares
    assert stats.ncx2.cdf(draw, 2, high * scale) == pytest.approx(0.05)


def test_few_rows_have_exact_moments_and_no_law_of_many():
    few = [[60, 70, 4], [75, 60, 5]]
    assert verify_laws._law_of_fixed(np.array(few, float)) == "exact moments"
    assert ends_of("normal", [[60, 70, 0], [75, 60, 5]]) == (None, None)
    assert ends_of("some other law", NEAR) == (None, None)


def test_bins_that_a_search_chose_reach_down_as_far_as_its_prebins_allow():
    fixed = ends_of("normal", FAR)
    low, high = ends_of("over the search", FAR, n_prebins=3)
    assert (low, high) == (pytest.approx(fixed[0]), pytest.approx(fixed[1]))
    lower = [ends_of("over the search", FAR, n_prebins=k)[0] for k in (5, 20, 60)]
    scale = 1000 * 1000 / 2000
    # normal law of what is left once the noise of so many pre-bins is taken off
    assert fixed[0] - lower[0] == pytest.approx(2 / scale)
    assert lower[0] > lower[1] > lower[2]
    assert ends_of("over the search", FAR, n_prebins=20)[1] == pytest.approx(high)
    assert ends_of("over the search", FAR) == (None, None)  # of a search that is not told


def test_one_bin_says_nothing_with_certainty():
    assert ends_of("normal", [[5, 0], [7, 0]]) == (0.0, 0.0)


def test_bins_that_no_row_reached_leave_room_above():
    low, high = ends_of("exact moments", [[5, 0], [7, 0]])
    assert (low, ends_of("exact moments", [[5], [7]])) == (0.0, (low, high))
    assert high > ends_of("exact moments", [[50], [70]])[1] > 0.3


def bin_part(cells, adjusted=()):
    rows = [
        {
            "nonevents": n,
            "events": e,
            "squared_nonevents": n,
            "squared_events": e,
            "adjusted": i in adjusted,
            "woe_standard_error": 0.1,
            "count": n + e,
        }
        for i, (n, e) in enumerate(cells)
    ]
    return {"bins": rows, "iv": {"law": "normal"}}


def test_terms_of_bins_move_with_their_evidence():
    report = LEVEL | HALVES
    done = Noted(report)
    verify_laws._of_bins(done, "x", bin_part([(600, 20), (400, 80)]))
    p, q, z = 0.6, 0.2, 1.959963984540054
    of_p, of_q = 0.4 / 600, 0.8 / 20
    reach = z * math.sqrt(of_p + of_q)
    ends = []
    for moved in (-reach, reach):
        a = p * math.exp(moved * of_p / (of_p + of_q))
        b = q * math.exp(-moved * of_q / (of_p + of_q))
        assert math.log(a / b) == pytest.approx(math.log(p / q) + moved)
        ends.append((a - b) * math.log(a / b))
    assert done.numbers["x.bins[0].iv_low"] == pytest.approx(ends[0])
    assert done.numbers["x.bins[0].iv_high"] == pytest.approx(ends[1])
    assert done.numbers["x.bins[1].squared_events"] == 80


def test_terms_of_bins_of_no_clear_evidence_reach_down_to_nothing():
    done = Noted(LEVEL | HALVES)
    verify_laws._of_bins(done, "x", bin_part([(500, 52), (500, 48)]))
    assert done.numbers["x.bins[0].iv_low"] == done.numbers["x.bins[1].iv_low"] == 0.0
    assert done.numbers["x.bins[0].iv_high"] > 0.0


def test_a_bin_of_one_class_is_bounded_from_below_only_and_one_bin_not_at_all():
    done = Noted(LEVEL | HALVES)
    verify_laws._of_bins(done, "x", bin_part([(600, 0), (400, 80)], adjusted=(0,)))
    assert "x.bins[0].iv_high" not in done.numbers
    assert "x.bins[0].iv_low" in done.numbers
    done = Noted(LEVEL | HALVES)
    verify_laws._of_bins(done, "x", bin_part([(600, 30)]))
    assert [done.numbers[f"x.bins[0].iv_{end}"] for end in ("low", "high")] == [0.0, 0.0]
    done = Noted(LEVEL | HALVES)
    verify_laws._of_bins(done, "x", bin_part([(600, 30), (0, 0)]))
    assert all("squared" in place for place in done.numbers)


# Areas, Brier scores and lines


def curve_of(safe_scores, bad_scores):
    grid = sorted({*safe_scores, *bad_scores})
    parts = [
        [0.0, *(float(np.mean(np.array(scores) <= x)) for x in grid)]
        for scores in (safe_scores, bad_scores)
    ]
    return {"nonevents": parts[0], "events": parts[1]}


def test_ends_of_an_area_turn_over_where_the_classes_change_places():
    rng = np.random.default_rng(1)
    safe, bad = rng.normal(1.0, 1.0, 60).round(1), rng.normal(0.0, 1.0, 25).round(1)
    area = float(np.mean([(s > b) + 0.5 * (s == b) for s in safe for b in bad]))
    row = {"value": area, "standard_error": 0.05, "low": 0.0}
    low, high, p_value = verify_laws.area_ends(row, curve_of(safe, bad), (60, 25), 0.95)
    turned = row | {"value": 1.0 - area}
    other = verify_laws.area_ends(turned, curve_of(-safe, -bad), (60, 25), 0.95)
    assert other == pytest.approx((1.0 - high, 1.0 - low, p_value))
    assert 0.5 < low < area < high < 1.0
    assert verify_laws.area_ends(row, curve_of(safe, bad), (60, 25), 0.99)[0] < low


@pytest.mark.parametrize(
    ("change", "sizes"),
    [
        ({"value": 1.0}, (60, 25)),
        ({"standard_error": 0.0}, (60, 25)),
        ({"low": None}, (60, 25)),
        ({}, (60, 4)),
    ],
)
def test_an_area_of_very_few_rows_has_no_ends(change, sizes):
    row = {"value": 0.7, "standard_error": 0.05, "low": 0.6} | change
    assert verify_laws.area_ends(row, curve_of([1, 2, 3], [1, 2]), sizes, 0.95) is None


def test_where_nothing_is_rejected_an_end_is_that_of_the_range():
    assert verify_laws._crossing(lambda _: -1.0, 0.7, 1.0) == 1.0
    assert verify_laws._crossing(lambda x: x - 0.83, 0.7, 1.0) == pytest.approx(0.83)
    assert verify_laws._crossing(lambda x: 0.2 - x, 0.7, 0.0) == pytest.approx(0.2)


def test_clopper_and_pearson_end_where_as_few_hits_have_the_tail():
    high = verify_laws._clopper_pearson(0.3, 10, 0.95)
    assert stats.binom.cdf(3, 10, high) == pytest.approx(0.025)
    assert verify_laws._clopper_pearson(1.0, 10, 0.95) == 1.0


@pytest.mark.parametrize(("rate", "size"), [(0.2, 400), (0.5, 400), (0.48, 50)])
def test_the_uncertainty_of_a_rate_is_largest_at_one_half(rate, size):
    done = Noted(LEVEL)
    verify_laws._uncertainty(done, "x", rate, size)
    of_rate = math.sqrt(rate * (1 - rate) / size)
    ends = [rate - 1.959963984540054 * of_rate, rate + 1.959963984540054 * of_rate]
    inside = np.linspace(*ends, 2001)
    images = inside * (1 - inside)
    assert done.numbers["x.low"] == pytest.approx(images.min())
    assert done.numbers["x.high"] == pytest.approx(images.max(), abs=1e-6)
    assert done.numbers["x.standard_error"] == pytest.approx(abs(1 - 2 * rate) * of_rate)


def test_normal_and_log_normal_ends_are_cut_to_the_range():
    done, row = Noted(LEVEL), {"value": 0.1, "standard_error": 0.1}
    verify_laws._normal(done, "x", row, 2.0, 0.0, 1.0)
    assert (done.numbers["x.low"], done.numbers["x.high"]) == (0.0, pytest.approx(0.3))
    verify_laws._log_normal(done, "y", row, 2.0, 0.5)
    assert done.numbers["y.low"] == pytest.approx(0.1 * math.exp(-2.0))
    assert done.numbers["y.high"] == 0.5
    verify_laws._log_normal(done, "z", row | {"standard_error": 0.0}, 2.0, 0.5)
    assert "z.low" not in done.numbers


def test_a_brier_score_is_the_sum_of_its_parts():
    parts = {"reliability": 0.01, "resolution": 0.03, "uncertainty": 0.16, "within groups": 0.002}
    places = {
        (f"Brier score: {part}", "train"): (part, {"value": value}) for part, value in parts.items()
    }
    places["Brier score", "train"] = "whole", {"value": 0.142}
    sample = {"sample": "train", "weighted": False, "events": 20, "count": 100}
    done = Noted({})
    verify_laws._brier(done, places, sample)
    assert done.numbers == {
        "whole.value": pytest.approx(0.142),
        "uncertainty.value": pytest.approx(0.16),
    }
    del places["Brier score: resolution", "train"]
    done = Noted({})
    verify_laws._brier(done, places, sample)
    assert done.numbers == {}


def test_lines_of_calibration_are_tested_against_0_and_1():
    measures = [
        {"measure": "intercept of the line", "law": "normal", "value": 0.2, "standard_error": 0.1},
        {"measure": "slope", "law": "normal", "value": 0.8, "standard_error": 0.1},
        {"measure": "slope", "law": "withheld", "value": 0.8, "standard_error": 0.1},
    ]
    groups = [{"binomial_p_value": p} for p in (0.02, 0.5, 0.01)]
    calibration = {
        "measures": measures,
        "groups": {"train": groups, "hold-out": [{"binomial_p_value": None}]},
    }
    done = Noted(LEVEL | {"calibration": calibration})
    verify_laws._predictions(done)
    for i in (0, 1):
        p_value = done.numbers[f"calibration.measures[{i}].p_value"]
        assert p_value == pytest.approx(0.04550026389635841)  # two errors away
    assert "calibration.measures[2].p_value" not in done.numbers
    at = "calibration.groups.train[{}].adjusted_p_value".format
    assert [done.numbers[at(i)] for i in range(3)] == pytest.approx([0.04, 0.5, 0.03])


# Exact moments


@pytest.mark.parametrize("mean", [0.3, 4.0, 11.9, 12.1, 40.0])
def test_counts_of_a_poisson_law_have_its_moments(mean):
    # Beside means of other sizes, whose rows of counts are longer or shorter.
    (_, counts, _), (_, weights, _) = verify_moments._counts(np.array([0.1, mean, 30.0]))
    assert weights.sum() == pytest.approx(1.0)
    assert weights @ counts == pytest.approx(mean, rel=2e-4)
    off = counts - weights @ counts
    assert weights @ off**2 == pytest.approx(mean, rel=0.02)
    assert weights @ off**3 == pytest.approx(mean, rel=0.15)


@pytest.mark.parametrize(("size", "share"), [(5.0, 0.2), (40.0, 0.1), (90.0, 0.4)])
def test_counts_of_a_binomial_law_have_its_moments(size, share):
    counts, weights = verify_moments._binomial_counts(size, share)
    mean, variance = size * share, size * share * (1 - share)
    assert weights @ counts == pytest.approx(mean, rel=1e-3)
    assert weights @ (counts - mean) ** 2 == pytest.approx(variance, rel=0.02)


def statistics_of(x, y, halves):
    p, q = np.asarray(x) + halves[0], np.asarray(y) + halves[1]
    p, q = (part / part.sum(axis=-1, keepdims=True) for part in (p, q))
    return ((p - q) * np.log(p / q)).sum(axis=-1)


def test_moments_of_equal_shares_are_those_of_all_tables_of_the_bins():
    """Rows of a bin are binomial given that they add up.

    That they do takes a degree of freedom from the mean; of the variance, which is that of free
    rows less what is linear in them, it leaves the one in three that a chi-square law loses.
    """
    first, second = np.array([18.0, 12.0, 20.0]), np.array([24.0, 27.0, 29.0])
    halves, bins = (0.5, 0.8), first + second
    tables = np.array(
        [
            (a, b, 50 - a - b)
            for a, b in itertools.product(range(43), range(40))
            if 0 <= 50 - a - b <= 49
        ]
    )
    values = statistics_of(tables, bins - tables, halves)
    chances = np.exp(sum(log_binomials(c, k) for c, k in zip(bins, tables.T, strict=True)))
    chances /= chances.sum()
    mean, variance = verify_moments._equal_given_bins(first, second, halves)
    assert mean == pytest.approx(chances @ values, rel=0.02)
    exact = chances @ (values - chances @ values) ** 2
    assert variance == pytest.approx(1.5 * exact, rel=0.06)


def log_binomials(n, k):
    return special.gammaln(n + 1) - special.gammaln(k + 1) - special.gammaln(n - k + 1)


def test_moments_of_a_law_are_those_of_binomial_counts():
    """Two bins of 60 and 90 rows, all 5551 pairs of counts."""
    p, q, sizes, halves = np.array([0.6, 0.4]), np.array([0.35, 0.65]), (60, 90), (0.5, 0.75)
    x, y = (part.ravel() for part in np.meshgrid(np.arange(61), np.arange(91), indexing="ij"))
    values = statistics_of(np.stack([x, 60 - x], 1), np.stack([y, 90 - y], 1), halves)
    chances = stats.binom.pmf(x, 60, p[0]) * stats.binom.pmf(y, 90, q[0])
    mean, variance, third = verify_moments._moments(p, q, sizes, halves)
    wanted = chances @ values
    assert mean == pytest.approx(wanted, rel=0.01)
    assert variance == pytest.approx(chances @ (values - wanted) ** 2, rel=0.08)
    assert np.cbrt(third) == pytest.approx(np.cbrt(chances @ (values - wanted) ** 3), rel=0.1)


def test_a_law_of_one_bin_alone_keeps_that_bin_and_evens_out_the_rest():
    first, second = np.array([1.0, 10.0, 9.0]), np.array([12.0, 9.0, 9.0])
    p, q = verify_moments._few_bins_alone(first, second, (0.5, 0.75), 1)
    assert p.sum() == pytest.approx(1.0)
    assert q.sum() == pytest.approx(1.0)
    # half a row each, and two that the sample with fewer may have lost
    assert (p[0], q[0]) == pytest.approx((3.5 / 23, 12.5 / 31))
    assert p[1] / p[2] == pytest.approx(20.25 / 19.25)
    assert q[1] / q[2] == pytest.approx(20.25 / 19.25)


def test_the_place_of_a_probability_lies_between_laws():
    divergence, above = np.array([0.0, 0.25, 1.0]), np.array([0.01, 0.5, 0.9])
    assert verify_moments._where(divergence, above, 0.005) == 0.0
    assert verify_moments._where(divergence, above, 0.95) == math.inf
    assert verify_moments._where(divergence, above, 0.5) == pytest.approx(0.25)
    middle = special.ndtr((special.ndtri(0.5) + special.ndtri(0.9)) / 2)
    assert verify_moments._where(divergence, above, middle) == pytest.approx(0.75**2)


def test_a_bin_that_should_have_had_rows_bounds_nothing_from_above():
    second = np.array([0.0, 20.0, 20.0])
    for rows, is_open in ((1.0, False), (9.0, True)):
        first = np.array([rows, 20.0, 20.0])
        low, high = verify_moments.exact_moment_ends(first, second, 0.5, 0.95)
        assert low == 0.0  # equal shares are not rejected
        assert math.isinf(high) == is_open


def test_the_lower_end_rises_with_the_evidence_against_equal_shares():
    first, second = np.array([9.0, 30.0, 30.0]), np.array([30.0, 9.0, 30.0])
    counts = np.array([first, second])
    low, high = verify_moments.exact_moment_ends(
        first, second, verify_laws.same_shares(counts), 0.95
    )
    value = statistics_of(first, second, (0.5, 0.5))
    assert 0.0 < low < value < high
    assert verify_moments.exact_moment_ends(first, second, 0.03, 0.95)[0] == 0.0


# Ratios


def score_statistic(x, n, y, m, ratio):
    """Koopman's statistic with the shares that are likeliest under the ratio, by a fine grid."""
    q = np.linspace(1e-9, min(1.0, 1.0 / ratio) - 1e-9, 40_001)
    p = ratio * q
    log_likelihood = stats.binom.logpmf(x, n, p) + stats.binom.logpmf(y, m, q)
    q = q[log_likelihood.argmax()]
    p = ratio * q
    variance = p * (1 - p) / n + ratio**2 * q * (1 - q) / m
    return (x / n - ratio * y / m) / math.sqrt(variance)


@pytest.mark.parametrize("cells", [(30, 60, 20, 50), (5, 100, 12, 90), (40, 45, 30, 60)])
def test_ends_of_a_ratio_are_rejected_by_the_score_test_and_no_more(cells):
    low, high = verify_ratios._ratio_ends(*cells, 1.959963984540054)
    assert low < cells[0] / cells[1] / (cells[2] / cells[3]) < high
    assert score_statistic(*cells, low) == pytest.approx(1.95996, abs=1e-3)
    assert score_statistic(*cells, high) == pytest.approx(-1.95996, abs=1e-3)
    x, n, y, m = cells
    turned = verify_ratios._ratio_ends(y, m, x, n, 1.959963984540054)
    assert turned == pytest.approx((1 / high, 1 / low))


@pytest.mark.parametrize(
    ("cells", "few"),
    [
        ((10, 30, 10, 30), False),
        ((4, 30, 20, 30), True),
        ((27, 30, 20, 30), True),
        ((10, 19, 20, 30), True),
        ((10, 30, 10, 19), True),
        ((5, 20, 5, 20), False),
    ],
)
def test_shares_of_few_rows_or_of_few_of_an_outcome_are_few(cells, few):
    assert verify_ratios._are_many(*cells) != few


def test_exact_ends_of_a_share_have_the_tails_of_the_binomial_law():
    low, high = verify_ratios._exact_ends(3.0, 12.0, 0.025)
    assert stats.binom.sf(2, 12, low) == pytest.approx(0.025)
    assert stats.binom.cdf(3, 12, high) == pytest.approx(0.025)
    assert verify_ratios._exact_ends(0.0, 12.0, 0.025)[0] == 0.0
    assert verify_ratios._exact_ends(12.0, 12.0, 0.025)[1] == 1.0


def test_ratios_of_few_rows_are_widened_by_exact_ends():
    z = 1.959963984540054
    many = (30, 60, 20, 50)
    assert verify_ratios._ends_of_ratio(*many, z) == verify_ratios._ratio_ends(*many, z)
    few = (3, 10, 20, 50)
    low, high = verify_ratios._ends_of_ratio(*few, z)
    a, b = verify_ratios._exact_ends(3, 10, 0.025)
    ratio = 0.3 / 0.4
    assert low == pytest.approx(min(verify_ratios._ratio_ends(*few, z)[0], ratio * a / 0.3))
    assert high == pytest.approx(max(verify_ratios._ratio_ends(*few, z)[1], ratio * b / 0.3))
    # the few may be below the line, where their upper end makes the ratio small
    low, high = verify_ratios._ends_of_ratio(20, 50, 3, 10, z)
    assert low == pytest.approx(min(verify_ratios._ratio_ends(20, 50, 3, 10, z)[0], 0.4 / b))
    assert high == pytest.approx(max(verify_ratios._ratio_ends(20, 50, 3, 10, z)[1], 0.4 / a))
    # both few: distances add up as the squares of their logarithms
    both = verify_ratios._ends_of_ratio(3, 10, 3, 10, z)
    reach = math.hypot(math.log(0.3 / a), math.log(b / 0.3))
    assert both[0] == pytest.approx(
        min(math.exp(-reach), verify_ratios._ratio_ends(3, 10, 3, 10, z)[0])
    )
    assert both[1] == pytest.approx(1.0 / both[0])
    none = verify_ratios._ends_of_ratio(0, 10, 20, 50, z)
    assert none[0] == 0.0
    assert none[1] >= verify_ratios._exact_ends(0, 10, 0.025)[1] / 0.4


def test_a_lift_compares_a_group_with_all_rows():
    rows = [
        {"count": 100, "events": 40},
        {"count": 100, "events": 20},
        {"count": 200, "events": 20},
    ]
    done = Noted(LEVEL)
    verify_ratios.lifts(done, "g", rows)
    ratios = verify_ratios._ratio_ends(40, 100, 40, 300, 1.959963984540054)
    # rate inside over the rate of all, of which a quarter is inside
    low, high = (ratio / (0.25 * ratio + 0.75) for ratio in ratios)
    # Rows move the cut by themselves, and 60 of the 200 beside it are events.
    y, inside = np.repeat([1, 0, 1, 0], [40, 60, 40, 260]), np.repeat([1, 0], [100, 300])
    influence = y * (inside - 0.5) - 0.3 * (inside - 0.25)
    reach = 1.959963984540054 * math.sqrt((influence**2).sum()) / 80 / 0.25
    for end, edge in (("low", min(low, 2.0 - reach)), ("high", max(high, 2.0 + reach))):
        assert done.numbers[f"g[0].lift_{end}"] == pytest.approx(edge)
        assert done.numbers[f"g[0].cumulative_lift_{end}"] == pytest.approx(edge)
    assert "g[2].lift_low" in done.numbers
    assert "g[2].cumulative_lift_low" not in done.numbers  # all rows are inside


def test_impact_ratios_have_the_pooled_test_of_two_shares():
    where = {"attribute": "origin", "sample": "train"}
    groups = [
        where | {"group": "a", "count": 60, "approval_rate": 0.5},
        where | {"group": "b", "count": 50, "approval_rate": 0.8},
    ]
    measure = where | {"measure": "adverse impact ratio", "law": "score"}
    measure["method"] = "rate of 'a' / rate of 'b'"
    report = LEVEL | {
        "data": {"samples": [{"sample": "train", "count": 110}]},
        "fairness": {"groups": groups, "measures": [measure]},
    }
    done = Noted(report)
    verify_ratios.impact_ratios(done, {"train": False})
    assert done.numbers["fairness.approved_share"] == pytest.approx(70 / 110)
    ends = stats.beta.ppf([0.025, 0.975], 70.5, 40.5)
    found = [done.numbers[f"fairness.approved_share_{end}"] for end in ("low", "high")]
    assert found == pytest.approx(ends)
    # the square of the pooled test is Pearson's statistic of the two by two table
    table = np.array([[30, 30], [40, 10]])
    wanted = stats.chi2_contingency(table, correction=False).pvalue
    assert done.numbers["fairness.measures[0].p_value"] == pytest.approx(wanted)
    error = 0.625 * math.sqrt(0.5 / 30 + 0.2 / 40)
    assert done.numbers["fairness.measures[0].standard_error"] == pytest.approx(error)

    done = Noted(report)
    verify_ratios.impact_ratios(done, {"train": True})
    assert done.numbers == {}
    measure["method"] = "rate of 'a' / rate of the others"
    done = Noted(report)
    verify_ratios.impact_ratios(done, {"train": False})
    assert not any(place.startswith("fairness.measures") for place in done.numbers)

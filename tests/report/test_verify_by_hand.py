"""The script that recomputes a report: what it works out of small tables, beside the definitions.

That it agrees with the package says little where both have the same fault; here numbers come from
definitions, from counting, and from published examples.
"""

import itertools
import math

import numpy as np
import pytest
from scipy import stats

from infotheory.cells import BinSpec
from infotheory.report import verify_points, verify_rows
from infotheory.report.verify_report import (
    TOLERANCE,
    Verification,
    _bins,
    _calibration,
    _delong,
    _gains,
    _groups,
    _jeffreys_ends,
    _jeffreys_error,
    _least_variance,
    _ranking,
    _reasons,
    _samples,
    _stability,
    verify_command,
)
from tests.report.conftest import Noted

LEVEL = {"conventions": {"level": 0.9, "woe_sign": "nonevent"}}


# What is compared


@pytest.mark.parametrize(
    ("reported", "recomputed", "slack", "agrees"),
    [
        (1.0, 1.0 + 0.9 * TOLERANCE, 0.0, True),
        (1.0, 1.0 + 2.0 * TOLERANCE, 0.0, False),
        (1000.0, 1000.0 + 900.0 * TOLERANCE, 0.0, True),  # relative above 1
        (0.001, 0.001 + 0.9 * TOLERANCE, 0.0, True),  # absolute below
        (4.0, 4.4, 0.5, True),
        (4.0, 4.6, 0.5, False),
        (None, math.inf, 0.0, True),
        (None, math.nan, 0.0, True),
        (None, 2.0, 0.0, False),
        (2.0, math.nan, 0.0, False),
        (2.0, math.inf, 0.0, False),
    ],
)
def test_numbers_agree_but_for_rounding_and_none_is_one_that_is_not_finite(
    reported, recomputed, slack, agrees
):
    done = Verification({})
    done.compare("group", "place", reported, recomputed, slack)
    assert done.seen == {"place"}
    assert (done.agreed["group"] == 1) == agrees
    assert len(done.differences) == (not agrees)
    if not agrees:
        assert done.differences[0].startswith(f"place: reported {reported}, recomputed ")


def test_a_place_leads_through_lists_and_names():
    done = Verification({"rows": [{"of": {"train": [5.0, 7.0]}}], "of_3": {"3": 2.0}})
    done("numbers", "rows[0].of.train[1]", 7.0)
    done("numbers", "of_3.3", 2.0)  # a key that looks like an index of a list
    assert done.agreed == {"numbers": 2}
    with pytest.raises(IndexError):
        done("numbers", "rows[1].of", 1.0)


# Errors and intervals


def placements(safe_scores, bad_scores):
    """Mann-Whitney's shares of each row, by all pairs."""
    wins = np.array([[(s > b) + 0.5 * (s == b) for b in bad_scores] for s in safe_scores])
    return wins.mean(axis=1), wins.mean(axis=0)


def test_the_error_of_an_area_is_that_of_all_pairs_of_rows():
    safe_scores, bad_scores = np.array([1, 2, 3, 3, 5, 6.0]), np.array([1, 1, 3, 4.0])
    of_safe, of_bad = placements(safe_scores, bad_scores)
    wanted = math.sqrt(of_safe.var(ddof=1) / 6 + of_bad.var(ddof=1) / 4)
    grid = np.arange(1, 7)
    safe, bad = (
        np.array([(scores == x).mean() for x in grid]) for scores in (safe_scores, bad_scores)
    )
    # the variance of means of shares: the script divides by the rows less one
    assert _delong(safe, bad, 6, 4) == pytest.approx(wanted, rel=1e-12)
    # one event has no spread of its own
    only = _delong(safe, (grid == 3).astype(float), 6, 1)
    alone = placements(safe_scores, [3.0])[0]
    assert only == pytest.approx(math.sqrt(alone.var(ddof=1) / 6), rel=1e-12)


@pytest.mark.parametrize(("n", "m"), [(50.0, 80.0), (400.0, 30.0)])
def test_the_error_of_a_divergence_is_the_delta_method_by_differences(n, m):
    p, q = np.array([0.2, 0.5, 0.3]), np.array([0.4, 0.35, 0.25])

    def divergence(a, b):
        return ((a - b) * np.log(a / b)).sum()

    variance, step = 0.0, 1e-6
    for size, share, of in ((n, p, lambda x: divergence(x, q)), (m, q, lambda x: divergence(p, x))):
        slopes = np.array(
            [(of(share + step * e) - of(share - step * e)) / (2 * step) for e in np.eye(3)]
        )
        covariance = (np.diag(share) - np.outer(share, share)) / size
        variance += slopes @ covariance @ slopes
    assert _jeffreys_error(p, q, n, m) == pytest.approx(math.sqrt(variance), rel=1e-6)


def test_jeffreys_interval_is_closed_where_no_row_speaks_against_it():
    assert _jeffreys_ends(LEVEL, 0.0, 10.0)[0] == 0.0
    assert _jeffreys_ends(LEVEL, 10.0, 10.0)[1] == 1.0
    # Brown, Cai and DasGupta (2001): beta quantiles of x + 1/2 and n - x + 1/2
    low, high = _jeffreys_ends(LEVEL, 3.0, 10.0)
    assert stats.beta.cdf(low, 3.5, 7.5) == pytest.approx(0.05)
    assert stats.beta.sf(high, 3.5, 7.5) == pytest.approx(0.05)
    low, high = _jeffreys_ends(LEVEL, 0.0, 10.0)
    assert stats.beta.sf(high, 0.5, 10.5) == pytest.approx(0.05)


# Bins


def bin_row(nonevents, events, *, weight=1.0, adjusted=False, error=0.1):
    """Bin of rows of one weight each."""
    row = {"nonevents": nonevents, "events": events, "adjusted": adjusted}
    row |= {"squared_nonevents": weight * nonevents, "squared_events": weight * events}
    row |= {"bin": f"{nonevents}/{events}", "count": nonevents + events, "woe": 0.0}
    return row | {"woe_standard_error": error}


def bins_of(rows, *, sign="nonevent", added=0.5, p_value=0.5):
    report = {"conventions": {"level": 0.9, "woe_sign": sign}}
    done = Noted(report)
    _bins(report, done, "x", {"bins": rows, "iv": {"p_value": p_value}}, added)
    return done.numbers


def test_evidence_and_terms_of_two_bins_are_those_of_the_definition():
    found = bins_of([bin_row(60, 10), bin_row(40, 30)])
    assert found["x.bins[0].woe"] == pytest.approx(math.log((60 / 100) / (10 / 40)))
    assert found["x.bins[1].woe"] == pytest.approx(math.log((40 / 100) / (30 / 40)))
    assert found["x.bins[0].event_rate"] == pytest.approx(10 / 70)
    assert found["x.bins[1].share"] == pytest.approx(70 / 140)
    terms = [0.35 * math.log(0.6 / 0.25), -0.35 * math.log(0.4 / 0.75)]
    assert [found[f"x.bins[{i}].iv"] for i in (0, 1)] == pytest.approx(terms)
    assert found["x.iv.value"] == pytest.approx(sum(terms))
    # ln of a multinomial share has the variance (1 - p) / count
    error = math.sqrt(0.4 / 60 + 0.75 / 10)
    assert found["x.bins[0].woe_standard_error"] == pytest.approx(error)
    assert found["x.bins[0].woe_high"] == pytest.approx(stats.norm.ppf(0.95) * error)


def test_evidence_of_events_has_the_other_sign_and_the_same_terms():
    rows = [bin_row(60, 10), bin_row(40, 30)]
    safe, risky = bins_of(rows), bins_of(rows, sign="event")
    assert risky["x.bins[0].woe"] == -safe["x.bins[0].woe"]
    assert risky["x.bins[0].iv"] == safe["x.bins[0].iv"]


@pytest.mark.parametrize("added", [0.5, 2.0])
def test_rows_are_added_to_both_cells_of_the_bins_that_say_so(added):
    found = bins_of([bin_row(60, 0, adjusted=True), bin_row(40, 30)], added=added)
    p = (60 + added) / (100 + added)
    q = added / (30 + added)
    assert found["x.bins[0].woe"] == pytest.approx(math.log(p / q))
    assert found["x.bins[0].event_rate"] == 0.0
    assert "x.bins[0].woe_standard_error" not in found
    assert "x.iv.standard_error" not in found


def test_rows_that_weigh_two_add_what_such_rows_weigh():
    found = bins_of([bin_row(60, 0, weight=2.0, adjusted=True), bin_row(40, 30, weight=2.0)])
    # to whole sums half a row is added to the evidence, and its weight, two halves, to the terms
    assert found["x.bins[0].woe"] == pytest.approx(math.log(60.5 / 100.5 / (0.5 / 30.5)))
    p, q = 61 / 101, 1 / 31
    rest = 40 / 101, 30 / 31
    total = (p - q) * math.log(p / q) + (rest[0] - rest[1]) * math.log(rest[0] / rest[1])
    assert found["x.iv.value"] == pytest.approx(total)
    assert not {"x.bins[0].iv", "x.bins[1].iv", "x.iv.p_value"} & set(found)


def test_weights_that_vary_have_the_spread_of_their_squares_and_students_ends():
    """Bins of a hundred rows and more, a class of which weighs 1 or 3; by the sum over rows."""
    cells = np.array([[60.0, 12.0], [50.0, 36.0]])
    squares = np.array([[120.0, 30.0], [50.0, 72.0]])
    rows = [
        bin_row(*c) | {"squared_nonevents": s[0], "squared_events": s[1]}
        for c, s in zip(cells, squares, strict=True)
    ]
    found = bins_of(rows)
    p, q = cells[0] / cells.sum(axis=0)
    spread = [
        (squares[0, k] * (1 - share) ** 2 + squares[1, k] * share**2) / cells[:, k].sum() ** 2
        for k, share in enumerate((p, q))
    ]
    error = math.sqrt(spread[0] / p**2 + spread[1] / q**2)
    assert found["x.bins[0].woe_standard_error"] == pytest.approx(error)
    # 12^2 / 30 effective events, fewer than 60^2 / 120 non-events
    assert found["x.bins[0].woe_high"] == pytest.approx(stats.t.isf(0.05, 4.8) * error)
    slopes = math.log(p / q) + 1 - q / p, math.log(q / p) + 1 - p / q
    of_term = math.sqrt(spread[0] * slopes[0] ** 2 + spread[1] * slopes[1] ** 2)
    assert found["x.bins[0].iv_standard_error"] == pytest.approx(of_term)
    assert "x.bins[0].event_rate_low" not in found

    # Rows that all weigh 2 are counts in another unit: normal ends, and the error of half as many.
    twice = bins_of([bin_row(60, 10, weight=2.0), bin_row(40, 30, weight=2.0)])
    error = math.sqrt(0.4 / 30 + 0.75 / 5)
    assert twice["x.bins[0].woe_standard_error"] == pytest.approx(error)
    assert twice["x.bins[0].woe_high"] == pytest.approx(stats.norm.isf(0.05) * error)


@pytest.mark.parametrize("sign", ["nonevent", "event"])
def test_a_bin_that_lacks_heavy_rows_has_the_ends_of_gamma_laws(sign):
    """Events weigh 1 or 20, those of the first bin 1: their squares tell of no heavy one."""
    cells, squares = np.array([[60.0, 4.0], [50.0, 96.0]]), np.array([[60.0, 4.0], [50.0, 1616.0]])
    rows = [
        bin_row(*c) | {"squared_nonevents": s[0], "squared_events": s[1]}
        for c, s in zip(cells, squares, strict=True)
    ]
    found = bins_of(rows, sign=sign)

    reaches = []
    for sums, own in zip(cells.T, squares.T, strict=True):
        share, total = sums[0] / sums.sum(), sums.sum()
        variance = (own[0] * (1 - share) ** 2 + own[1] * share**2) / total**2
        row = own.sum() / total * (1 - share) / total
        law = stats.gamma(share**2 / variance, scale=variance / share)
        size = (share + row) ** 2 / (variance + row**2)
        with_one_more = stats.gamma(size, scale=(share + row) / size)
        reaches.append((math.log(share / law.ppf(0.05)), math.log(with_one_more.ppf(0.95) / share)))
    (of_safe, more_safe), (of_risky, more_risky) = reaches
    below, above = math.hypot(of_safe, more_risky), math.hypot(more_safe, of_risky)

    # The reported evidence of these rows is 0. One that may be heavy is missing among the events.
    of_student = stats.t.isf(0.05, 4.0) * found["x.bins[0].woe_standard_error"]
    assert below > 1.2 * of_student
    ends = (-below, max(above, of_student))
    if sign == "event":
        ends = -ends[1], -ends[0]
    assert found["x.bins[0].woe_low"] == pytest.approx(ends[0])
    assert found["x.bins[0].woe_high"] == pytest.approx(ends[1])


def test_bins_set_by_hand_have_counts_and_no_evidence_of_rows():
    found = bins_of([bin_row(60, 10, error=None), bin_row(40, 30)])
    assert "x.bins[0].woe" not in found
    assert "x.bins[1].woe" in found
    assert "x.iv.value" not in found
    assert found["x.bins[0].share"] == 0.5


def test_a_bin_without_rows_has_a_share_of_none():
    found = bins_of([bin_row(60, 10), bin_row(40, 30), bin_row(0, 0, error=None)])
    assert found["x.bins[2].share"] == 0.0
    assert "x.bins[2].event_rate" not in found
    assert "x.iv.value" in found  # nothing that was set by hand has rows


def test_sums_of_samples_are_those_of_each_characteristic():
    rows = [bin_row(60, 10), bin_row(40, 30)]
    sample = {"sample": "train", "weighted": False, "count": 140, "events": 40}
    report = LEVEL | {
        "data": {"samples": [sample | {"sum_of_weights": 140}]},
        "characteristics": [{"feature": "x", "samples": {"train": {"bins": rows}}}],
    }
    done = Noted(report)
    _samples(report, done)
    assert done.numbers["data.samples[0].event_rate"] == pytest.approx(40 / 140)
    assert done.numbers["rows of x, train"] == 140
    assert done.numbers["events of rows of x, train"] == 40
    sample["weighted"] = True
    weighted = report | {"data": {"samples": [sample | {"sum_of_weights": 140}]}}
    done = Noted(weighted)
    _samples(weighted, done)
    assert list(done.numbers) == ["rows of x, train"]


# Ranking, gains, calibration, stability


def test_p_values_are_adjusted_as_in_the_example_of_benjamini_and_hochberg():
    """Fifteen p-values of Benjamini and Hochberg (1995), section 4: the first four are rejected."""
    p_values = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344]
    p_values += [0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0]
    iv = {"value": 0.3, "standard_error": None, "low": 0.1, "high": 0.5}
    names = [f"x{i}" for i in range(len(p_values))]
    ranking = [
        {"feature": x, "permutation_p_value": p} for x, p in zip(names, p_values, strict=True)
    ]
    ranking.insert(3, {"feature": "x3", "permutation_p_value": None})  # not tested
    characteristics = [{"feature": x, "samples": {"train": {"iv": iv}}} for x in names]
    report = {"ranking": ranking, "characteristics": characteristics}
    done = Noted(report)
    _ranking(report, done)
    adjusted = {k: v for k, v in done.numbers.items() if k.endswith("adjusted_p_value")}
    assert len(adjusted) == 15
    assert "ranking[3].adjusted_p_value" not in adjusted
    assert sum(p <= 0.05 for p in adjusted.values()) == 4
    assert adjusted["ranking[0].adjusted_p_value"] == pytest.approx(0.0015)
    assert adjusted["ranking[4].adjusted_p_value"] == pytest.approx(0.0095 * 15 / 4)
    assert done.numbers["ranking[0].iv.low"] == 0.1
    assert "ranking[0].iv.standard_error" not in done.numbers


def test_gains_of_three_groups_are_shares_of_rows_so_far():
    rows = [{"count": 10, "events": 6}, {"count": 10, "events": 3}, {"count": 20, "events": 1}]
    for row, gap in zip(rows, (0.5, 0.6, 0.0), strict=True):
        row["gap"] = gap
    sample = {"sample": "train", "sum_of_weights": 40, "weighted": False}
    report = LEVEL | {"performance": {"gains": {"train": rows}}, "data": {"samples": [sample]}}
    done = Noted(report)
    _gains(report, done, "train")
    at = "performance.gains.train[{}].{}".format
    wanted = {
        "event_rate": [0.6, 0.3, 0.05],
        "lift": [2.4, 1.2, 0.2],
        "cumulative_share": [0.25, 0.5, 1.0],
        "cumulative_capture": [0.6, 0.9, 1.0],
        "cumulative_lift": [2.4, 1.8, 1.0],
        "gap": [0.6 - 4 / 30, 0.9 - 11 / 30, 0.0],
    }
    for key, values in wanted.items():
        assert [done.numbers[at(i, key)] for i in range(3)] == pytest.approx(values)
    assert done.numbers["rows of the gains, train"] == 40
    # of all rows nothing is estimated
    assert at(2, "gap_low") not in done.numbers
    assert at(2, "event_rate_low") in done.numbers

    # the distances of both shares from their ends add up in squares
    capture, safe = (stats.beta.ppf([0.05, 0.95], *of) for of in ((6.5, 4.5), (4.5, 26.5)))
    down = math.hypot(0.6 - capture[0], safe[1] - 4 / 30)
    up = math.hypot(capture[1] - 0.6, 4 / 30 - safe[0])
    assert done.numbers[at(0, "gap_low")] == pytest.approx(0.5 - down)
    assert done.numbers[at(0, "gap_high")] == pytest.approx(0.5 + up)

    sample["weighted"] = True
    done = Noted(report)
    _gains(report, done, "train")
    assert not any(key.endswith(("_low", "_high")) for key in done.numbers)


def test_groups_of_like_predictions_have_binomial_tests_and_the_level_of_all():
    groups = [
        {"count": 20, "events": 3, "expected_event_rate": 0.1},
        {"count": 10, "events": 4, "expected_event_rate": 0.3},
    ]
    many = [group | {"count": 10 * group["count"]} for group in groups]
    sample = {"sample": "train", "weighted": False}
    tests = [
        {"sample": "train", "statistic": 3.0, "degrees_of_freedom": 0},
        {"sample": "hold-out", "statistic": 3.0, "degrees_of_freedom": 2},
        {"sample": "later", "statistic": 3.0, "degrees_of_freedom": 2},
    ]
    others = [{"sample": "hold-out", "weighted": True}, {"sample": "later", "weighted": False}]
    report = LEVEL | {
        "data": {"samples": [sample, *others]},
        "calibration": {
            "measures": [
                {"sample": "train", "measure": "slope"},
                {"sample": "train", "measure": "observed / expected events"},
            ],
            "groups": {"train": groups, "hold-out": groups, "later": many},
            "tests": tests,
        },
    }
    done = Noted(report)
    _calibration(report, done)
    at = "calibration.groups.{}[{}].{}".format
    at_least = sum(math.comb(20, k) * 0.1**k * 0.9 ** (20 - k) for k in range(3, 21))
    assert done.numbers[at("train", 0, "binomial_p_value")] == pytest.approx(at_least)
    below = stats.beta.cdf(0.3, 4.5, 6.5)
    assert done.numbers[at("train", 1, "jeffreys_p_value")] == pytest.approx(below)
    assert done.numbers[at("hold-out", 1, "event_rate")] == pytest.approx(0.4)
    assert at("hold-out", 0, "binomial_p_value") not in done.numbers
    assert done.numbers["calibration.measures[1].value"] == pytest.approx(7 / 5)
    # two numbers of the line were fitted on the training rows, none on others
    freedoms = [done.numbers[f"calibration.tests[{i}].degrees_of_freedom"] for i in range(3)]
    assert freedoms == [0, 2, 2]
    assert done.numbers["calibration.tests[2].p_value"] == pytest.approx(math.exp(-1.5))
    # 20 rows of a tenth vary by less than 5: their law is not told by groups
    assert _least_variance(many) == pytest.approx(100 * (0.21 - 0.2 * 0.7))
    assert "calibration.tests[0].p_value" not in done.numbers
    # how heavy rows stretch the chi-square is told by the rows alone
    assert "calibration.tests[1].p_value" not in done.numbers


def stability_report(first, second, critical=None, weighted=False):
    def bins(counts):
        return [{"bin": name, "count": count} for name, count in counts.items()]

    parts = {"train": {"bins": bins(first)}, "hold-out": {"bins": bins(second)}}
    samples = [
        {"sample": name, "count": sum(counts.values()), "weighted": weighted}
        for name, counts in (("train", first), ("hold-out", second))
    ]
    row = {"feature": "x", "n_bins": len(first | second), "critical_value": critical}
    return {
        "conventions": {"level": 0.95, "classes": []},
        "characteristics": [{"feature": "x", "samples": parts}],
        "data": {"samples": samples},
        "stability": [row],
    }


def test_a_stability_index_meets_bins_by_their_names():
    report = stability_report({"a": 30, "b": 70}, {"b": 40, "a": 60}, critical=0.1)
    done = Noted(report)
    _stability(report, done)
    index = (0.3 - 0.6) * math.log(0.3 / 0.6) + (0.7 - 0.4) * math.log(0.7 / 0.4)
    assert done.numbers["stability[0].index.value"] == pytest.approx(index)
    assert done.numbers["stability[0].n_bins"] == 2
    # a chi-square quantile of one degree, times 1/n + 1/m (Yurdakul, Naranjo 2020)
    critical = 3.841458820694124 * (1 / 100 + 1 / 100)
    assert done.numbers["stability[0].critical_value"] == pytest.approx(critical)


def test_a_bin_of_one_sample_gets_half_a_row_in_both():
    report = stability_report({"a": 30, "b": 70}, {"b": 100}, critical=0.1)
    done = Noted(report)
    _stability(report, done)
    p, q = np.array([30.5, 70]) / 100.5, np.array([0.5, 100]) / 100.5
    index = float(((p - q) * np.log(p / q)).sum())
    assert done.numbers["stability[0].index.value"] == pytest.approx(index)
    assert done.numbers["stability[0].critical_value"] == pytest.approx(3.841458820694124 / 50.25)
    # with weights half a row is no half a row of the report
    report = stability_report({"a": 30, "b": 70}, {"b": 100}, weighted=True)
    done = Noted(report)
    _stability(report, done)
    assert list(done.numbers) == ["stability[0].n_bins"]


def test_one_bin_has_no_critical_value():
    report = stability_report({"a": 30}, {"a": 70}, critical=0.0)
    done = Noted(report)
    _stability(report, done)
    assert done.numbers["stability[0].critical_value"] == 0.0
    assert done.numbers["stability[0].index.p_value"] == 1.0


def test_reasons_are_shares_of_those_who_are_told_reasons():
    row = {"first": 0.25, "among": 0.5, "counts": [3, 1], "shortfalls": [2.0, 10.0]}
    alone = {"first": 0.1251, "among": 0.125, "counts": [1], "shortfalls": [7.0]}
    report = LEVEL | {"reasons": {"count": 8, "characteristics": [row, alone]}}
    done = Noted(report)
    _reasons(report, done)
    at = "reasons.characteristics[{}].{}".format
    assert done.numbers[at(0, "first")] == 0.25
    assert done.numbers[at(1, "first")] == 0.125  # of whole people
    assert done.numbers[at(0, "among")] == 0.5
    assert done.numbers[at(0, "mean_shortfall")] == pytest.approx(4.0)
    # rows of 2, 2, 2 and 10 have the variance 16, and Student's quantile of three degrees
    reach = stats.t.ppf(0.95, 3) * 4.0 / 2.0
    assert done.numbers[at(0, "mean_shortfall_low")] == pytest.approx(4.0 - reach)
    assert done.numbers[at(1, "mean_shortfall")] == 7.0
    assert at(1, "mean_shortfall_low") not in done.numbers


def test_rates_of_groups_of_people_are_counted_and_compared_by_their_names():
    where = {"attribute": "origin", "sample": "train"}
    groups = [
        where | {"group": "a / rate of 'b'", "count": 40, "approval_rate": 0.5, "event_rate": None},
        where | {"group": "b", "count": 10, "approval_rate": 0.8, "event_rate": 0.1},
    ]
    names = [f"{row['group']!r}" for row in groups]
    method = f"rate of {names[1]} / rate of {names[0]}"
    measures = [
        where | {"measure": "standardised mean difference of the score", "method": "other"},
        where | {"measure": "adverse impact ratio", "method": method},
    ]
    report = LEVEL | {
        "data": {"samples": [{"sample": "train", "weighted": False}]},
        "fairness": {"groups": groups, "measures": measures},
    }
    done = Noted(report)
    _groups(report, done)
    assert done.numbers["fairness.measures[1].value"] == pytest.approx(0.8 / 0.5)
    assert done.numbers["fairness.groups[1].event_rate"] == pytest.approx(0.1)
    error = math.sqrt(0.5 * 0.5 / 40)
    assert done.numbers["fairness.groups[0].approval_rate_standard_error"] == pytest.approx(error)
    assert "fairness.groups[0].event_rate" not in done.numbers
    assert "fairness.measures[0].value" not in done.numbers


# Rows of a file


NUMERICAL = {
    "kind": "numerical",
    "pooled": False,
    "splits": [1.0, 2.5],
    "levels": [],
    "labels": ["low", "middle", "high", "none", "Missing", "Unseen"],
    "special": {"none": [-9.0, "?"]},
    "joined": {},
    "unknown": "missing",
}
LEVELS = {
    "kind": "categorical",
    "pooled": False,
    "splits": [],
    "levels": [["red", "nan"], ["1", "2"]],
    "labels": ["colour", "number", "Missing", "Unseen"],
    "special": {},
    "joined": {},
    "unknown": "missing",
}


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("0.99", "low"),
        ("1", "middle"),  # a split belongs to the bin above it
        ("2.4999", "middle"),
        ("2.5", "high"),
        ("1e9", "high"),
        ("", "Missing"),
        (" NaN ", "Missing"),
        ("-9", "none"),
        ("-9.0", "none"),
        ("?", "none"),
    ],
)
def test_a_text_of_a_file_falls_into_the_bin_of_its_number(text, label):
    assert verify_rows._label(NUMERICAL, text) == label


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("red", "colour"),
        ("nan", "colour"),  # a level that is called so is not missing
        ("1.0", "number"),
        ("2", "number"),
        ("", "Missing"),
        ("blue", "Missing"),
    ],
)
def test_a_text_of_a_file_falls_into_the_bin_of_its_level(text, label):
    assert verify_rows._label(LEVELS, text) == label


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("-9.9", "first"),
        ("-9.899999618530273", "first"),  # as float32 holds it
        ("0.10000000149011612", "second"),  # a code, though float32 holds 0.1 as this one
        ("1e-46", "first"),
        ("0", "low"),  # which float32 makes of 1e-46
        ("0.0", "low"),
        ("1.4012984643248171e-45", "low"),
    ],
)
def test_a_code_in_single_precision_is_that_code_where_it_is_no_other_number(text, label):
    special = {"first": [-9.9, 1e-46, 1.5e-45, 0.1], "second": [0.10000000149011612]}
    labels = ["low", "middle", "high", *special, "Missing", "Unseen"]
    definition = NUMERICAL | {"special": special, "labels": labels}
    assert verify_rows._label(definition, text) == label

    # The library puts it there too.
    spec = BinSpec(
        name="x",
        kind="numerical",
        splits=(1.0, 2.5),
        special=tuple(special.items()),
    )
    assert [*labels[:3], *special][int(spec.encode(np.array([float(text)]))[0])] == label


def test_unknown_levels_joined_bins_and_columns_of_one_bin():
    assert verify_rows._label(LEVELS | {"unknown": "zero"}, "blue") == "Unseen"
    joined = NUMERICAL | {"joined": {"4": 0, "3": 2}}
    assert verify_rows._label(joined, "") == "low"
    assert verify_rows._label(joined, "?") == "high"
    assert verify_rows._label(joined, "2") == "middle"
    pooled = NUMERICAL | {"pooled": True, "labels": ["all", "Missing", "Unseen"], "special": {}}
    assert {verify_rows._label(pooled, text) for text in ("3", "", "word")} == {"all"}


def test_words_for_missing_values_beside_numbers_truth_values_and_words():
    assert {verify_rows._label(NUMERICAL, text) for text in ("NA", "null", "#N/A")} == {"Missing"}
    words = LEVELS | {"unknown": "zero"}
    assert verify_rows._label(words, "NA") == "Unseen"

    truth = {**words, "levels": [["True"], ["False"]], "special": {}, "joined": {}}
    truth["labels"] = ["yes", "no", "Missing", "Unseen"]
    found = [verify_rows._label(truth, text) for text in ("TRUE", "True", "false", "NA", "x")]
    assert found == ["yes", "yes", "no", "Missing", "Unseen"]
    assert verify_rows._same("TRUE", "True")
    assert not verify_rows._same("TRUE", "1")


def test_a_file_of_rows_may_have_a_mark_of_its_coding_quotes_and_blank_lines(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_bytes(b'\xef\xbb\xbfname;y\r\n"a;b";1\r\n\r\nc;0\r\n')
    assert verify_rows.csv_rows(path, ";") == [{"name": "a;b", "y": "1"}, {"name": "c", "y": "0"}]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"sample": "new"}, "--sample must be one of train, got 'new'"),
        ({"target": "z"}, r"the columns of the report, got none for \['z'\]"),
        ({"rows": []}, "must have the columns of the report"),
        ({"weighted": True}, "got the train sample with weights; leave the rows out"),
        ({"conventions": {"level": 0.9}}, "of two classes only; leave them out"),
    ],
)
def test_rows_that_cannot_be_counted_are_refused(change, words):
    sample = {"sample": "train", "weighted": change.get("weighted", False)}
    report = {
        "conventions": change.get("conventions", {"event_label": 1}),
        "data": {"samples": [sample]},
        "characteristics": [],
    }
    rows = change.get("rows", [{"y": "1"}])
    with pytest.raises(ValueError, match=words):
        verify_rows.recount_rows(
            Noted(report), rows, change.get("target", "y"), change.get("sample", "train")
        )


def test_bins_are_of_other_rows_where_most_of_them_differ():
    bins = [{"bin": name, "count": count} for name, count in zip("abc", (10, 20, 30), strict=True)]
    report = {"characteristics": [{"feature": "x", "samples": {"train": {"bins": bins}}}]}
    for moved, is_other in (((10, 20, 30), False), ((10, 20, 31), False), ((11, 21, 30), True)):
        points = [{"feature": "x", "bin": b, "count": n} for b, n in zip("abc", moved, strict=True)]
        assert verify_rows.of_other_rows(report | {"points": points}) == (
            {"x"} if is_other else set()
        )
    assert verify_rows.of_other_rows(report | {"points": None}) == set()


def test_numbers_of_a_document_are_found_by_place_and_settings_are_none():
    document = {
        "conventions": {"level": 0.9},
        "rows": [{"value": 1, "is_low": True, "degrees_of_freedom": 0}, {"value": None}],
        "more": {"deep": [2.5, "3", {"x": 4}], "degrees_of_freedom": 2},
    }
    places = ["rows[0].value", "more.deep[0]", "more.deep[2].x", "more.degrees_of_freedom"]
    assert list(verify_rows._numbers_in(document)) == places


def test_samples_of_other_rows_are_named_once(tmp_path, capsys):
    words = [str(tmp_path / "r.json"), str(tmp_path / "a.csv"), "--target", "y"]
    words += ["--holdout", str(tmp_path / "b.csv"), "--sample", "hold-out"]
    with pytest.raises(SystemExit):
        verify_command(words)
    assert "--sample must be train where --holdout has the other rows" in capsys.readouterr().err


def test_holm_multiplies_by_the_tests_that_are_left_and_never_falls():
    found = verify_points.adjusted_by_holm({"a": 0.01, "b": 0.04, "c": 0.03, "d": None, "e": 0.005})
    assert found == pytest.approx({"e": 0.02, "a": 0.03, "c": 0.06, "b": 0.06})
    assert verify_points.adjusted_by_holm({"a": 0.6, "b": 0.7}) == {"a": 1.0, "b": 1.0}
    for p_values in itertools.permutations([0.2, 0.01, 0.5]):
        adjusted = verify_points.adjusted_by_holm(dict(zip("xyz", p_values, strict=True)))
        in_order = [adjusted[k] for _, k in sorted(zip(p_values, "xyz", strict=True))]
        assert in_order == pytest.approx([0.03, 0.4, 0.5])

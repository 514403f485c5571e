"""The script that recomputes a report: scores, groups of people and means, row by row."""

import math

import numpy as np
import pytest
from scipy import optimize, special, stats

from infotheory.evidence import standardized_mean_difference
from infotheory.report import verify_people, verify_scores, verify_targets
from infotheory.scorecard import kolmogorov_smirnov
from infotheory.scorecard.validation.outcome_laws import squares_p_value
from tests.report.conftest import Noted

LEVEL = {"conventions": {"level": 0.95, "woe_sign": "nonevent"}}
CELLS = {
    "score": [1.0, 2.0, 3.0, 4.0],
    "predicted": [0.6, 0.4, 0.3, 0.1],
    "nonevents": [1, 2, 0, 5],
    "events": [3, 2, 1, 0],
}


def rows_one_by_one(cells=CELLS):
    """Outcome, score and prediction of each row."""
    rows = [
        (event, score, p)
        for event, key in ((0.0, "nonevents"), (1.0, "events"))
        for score, p, count in zip(cells["score"], cells["predicted"], cells[key], strict=True)
        for _ in range(count)
    ]
    return (np.array(part) for part in zip(*rows, strict=True))


# Scores


def test_counts_by_score_are_laid_out_as_rows_of_either_outcome():
    rows = verify_scores.rows_of(CELLS)
    assert rows.count.tolist() == [1, 2, 5, 3, 2, 1]  # what nobody has is left out
    assert rows.event.tolist() == [0, 0, 0, 1, 1, 1]
    assert rows.score.tolist() == [1, 2, 4, 1, 2, 3]
    assert rows.predicted.tolist() == [0.6, 0.4, 0.1, 0.6, 0.4, 0.3]


def test_bands_of_the_score_hold_the_rows_from_their_lower_edge_on():
    scores = {"samples": {"train": CELLS, "hold-out": None}, "band_edges": [2.0, 4.0]}
    bands = verify_scores.score_bands({"performance": {"scores": scores}})
    assert {name: counts.tolist() for name, counts in bands.items()} == {"train": [4, 5, 5]}
    assert verify_scores.score_bands({"performance": None}) == {}
    assert verify_scores.score_bands({"performance": {}}) == {}


def test_an_area_of_rows_counts_ties_as_halves_and_has_the_error_of_placements():
    event, score, _ = rows_one_by_one()
    safe, bad = score[event == 0], score[event == 1]
    wins = (safe[:, None] > bad) + 0.5 * (safe[:, None] == bad)
    of_safe, of_bad = wins.mean(axis=1), wins.mean(axis=0)
    rows = verify_scores.rows_of(CELLS)
    area, error = verify_scores.area_of_rows(rows, -rows.score)
    assert area == pytest.approx(wins.mean())
    wanted = math.sqrt(of_safe.var(ddof=1) / safe.size + of_bad.var(ddof=1) / bad.size)
    assert error == pytest.approx(wanted)
    turned, same = verify_scores.area_of_rows(rows, rows.score)
    assert (turned, same) == pytest.approx((1.0 - area, error))


def test_shares_up_to_a_score_are_those_of_each_class():
    rows = verify_scores.rows_of(CELLS)
    safe, bad = verify_scores._shares_up_to(rows, np.array([0.0, 1.0, 2.5, 4.0]))
    assert safe == pytest.approx([0.0, 1 / 8, 3 / 8, 1.0])
    assert bad == pytest.approx([0.0, 3 / 6, 5 / 6, 1.0])


@pytest.mark.parametrize(
    ("events", "cut_off", "wanted"),
    [
        ([3, 2, 1, 0], 3.0, 3.0),
        ([3, 2, 1, 0], 1.0, 3.0),  # gaps are .375, .4583, .625 and 0
        ([3, 3, 0, 0], 2.0, 2.0),  # now .625 stands at 2 and at 3
        ([3, 3, 0, 0], 3.0, 3.0),
        ([3, 3, 0, 0], 4.0, 2.0),
    ],
)
def test_a_cut_off_has_the_largest_gap(events, cut_off, wanted):
    curve = {"score": [None, 1.0], "cut_off": cut_off}
    done = Noted({"performance": {"curves": {"train": curve}}})
    rows = verify_scores.rows_of(CELLS | {"events": events})
    verify_scores._curve(done, "performance.curves.train", rows)
    assert done.numbers["performance.curves.train.cut_off"] == wanted
    # the corner without a score is that of nobody
    assert done.numbers["performance.curves.train.nonevents[1]"] == 1 / 8
    assert "performance.curves.train.nonevents[0]" not in done.numbers


def test_cells_and_groups_of_the_score_are_counted_with_both_of_their_ends():
    gains = [{"score_low": 1.0, "score_high": 2.0}, {"score_low": 3.0, "score_high": 4.0}]
    performance = {"distribution": {"edges": [1.0, 2.0, 4.0]}, "gains": {"train": gains}}
    done = Noted({"performance": performance})
    verify_scores._cells_and_gains(done, "train", verify_scores.rows_of(CELLS))
    at = "performance.distribution.samples.train.{}[{}]".format
    assert [done.numbers[at("nonevents", i)] for i in (0, 1)] == [1, 7]
    assert [done.numbers[at("events", i)] for i in (0, 1)] == [3, 3]
    of = "performance.gains.train[{}].{}".format
    assert [done.numbers[of(i, "count")] for i in (0, 1)] == [8, 6]
    assert [done.numbers[of(i, "events")] for i in (0, 1)] == [5, 1]
    assert [done.numbers[of(1, f"score_{end}")] for end in ("low", "high")] == [3.0, 4.0]


@pytest.mark.parametrize(
    ("counts", "groups"),
    [
        ([5, 9], [1, 1, 0, 1, 1, 1]),
        ([6, 8], [1, 1, 0, 1, 1, 0]),
        ([7, 7], None),  # rows of .4 would be in both
        ([5, 8], None),  # a row is in none
    ],
)
def test_groups_of_like_predictions_end_where_a_prediction_does(counts, groups):
    """From the lowest prediction: .1 has five rows, .3 one, .4 four and .6 four."""
    report = {"calibration": {"groups": {"train": [{"count": n} for n in counts]}}}
    found = verify_scores._groups(report, "train", verify_scores.rows_of(CELLS))
    assert (None if found is None else found.tolist()) == groups


def test_the_parts_of_a_brier_score_are_those_of_murphy():
    event, _, p = rows_one_by_one()
    rows, group = verify_scores.rows_of(CELLS), np.array([1, 1, 0, 1, 1, 0])
    each = np.where(p > 0.35, 1, 0)
    off, sizes = p - event, np.bincount(each)
    means = np.bincount(each, off) / sizes
    square = verify_scores._mean_square(rows.predicted - rows.event, group, rows.count)
    assert square.value == pytest.approx((sizes * means**2).sum() / 14)
    # what a mean of n rows exceeds the true square by: its own variance
    variances = np.array([off[each == g].var(ddof=1) / sizes[g] for g in (0, 1)])
    assert square.bias == pytest.approx((sizes / 14 * variances).sum())
    assert float(rows.count @ square.influence) == pytest.approx(0.0, abs=1e-12)


def test_a_mean_over_rows_has_student_s_interval():
    done = Noted(LEVEL)
    verify_scores.compare_mean(done, "x", np.array([2.0, 10.0]), np.array([3.0, 1.0]))
    wanted = stats.ttest_1samp([2.0, 2.0, 2.0, 10.0], 0.0).confidence_interval(0.95)
    assert (done.numbers["x_low"], done.numbers["x_high"]) == pytest.approx(
        (wanted.low, wanted.high)
    )
    verify_scores.compare_mean(done, "y", np.array([2.0]), np.array([1.0]))
    assert done.numbers["y"] == 2.0
    assert "y_low" not in done.numbers


def test_the_line_of_calibration_has_the_greatest_likelihood():
    event, _, p = rows_one_by_one()
    rows = verify_scores.rows_of(CELLS)
    log_odds = special.logit(rows.predicted)
    columns = np.stack([np.ones_like(log_odds), log_odds], axis=1)
    theta, errors = verify_scores._logistic(columns, rows.event, rows.count, np.zeros(6))

    def loss(line):
        eta = line[0] + line[1] * special.logit(p)
        return (np.logaddexp(0.0, eta) - event * eta).sum()

    found = optimize.minimize(loss, [0.0, 1.0], method="BFGS", options={"gtol": 1e-9})
    assert theta == pytest.approx(found.x, abs=1e-5)
    step = 1e-4
    hessian = np.array(
        [
            [
                sum(
                    s * t * loss(theta + step * (s * np.eye(2)[i] + t * np.eye(2)[j]))
                    for s in (1, -1)
                    for t in (1, -1)
                )
                / (4 * step**2)
                for j in (0, 1)
            ]
            for i in (0, 1)
        ]
    )
    # The larger of what the fit says and of what the rows show, by derivatives of their losses.
    says = np.linalg.inv(hessian)
    slopes = np.stack([np.ones_like(p), special.logit(p)], axis=1)
    scores = slopes * (special.expit(slopes @ found.x) - event)[:, None]
    shows = says @ scores.T @ scores @ says
    assert errors == pytest.approx(np.sqrt(np.maximum(np.diag(says), np.diag(shows))), rel=1e-4)


def test_events_that_a_prediction_separates_have_no_line():
    y, count = np.array([0.0, 1.0]), np.array([3.0, 4.0])
    columns = np.array([[1.0, -1.0], [1.0, 1.0]])
    assert verify_scores._logistic(columns, y, count, np.zeros(2)) is None


def test_observed_over_expected_events_have_a_gamma_interval():
    event, _, p = rows_one_by_one()
    done = Noted(LEVEL)
    verify_scores._level_of_all(done, "x", verify_scores.rows_of(CELLS))
    ratio = event.sum() / p.sum()
    assert done.numbers["x.value"] == pytest.approx(ratio)
    error = math.sqrt(((event - ratio * p) ** 2).sum()) / p.sum()
    assert done.numbers["x.standard_error"] == pytest.approx(error)
    spread = max(math.sqrt((p * (1 - p)).sum()), error * p.sum() / math.sqrt(ratio))
    wanted = 2 * stats.norm.sf(abs(event.sum() - p.sum()) / spread)
    assert done.numbers["x.p_value"] == pytest.approx(wanted)
    assert done.numbers["x.low"] < ratio < done.numbers["x.high"]

    done = Noted(LEVEL)
    none = CELLS | {"events": [0, 0, 0, 0]}
    verify_scores._level_of_all(done, "x", verify_scores.rows_of(none))
    assert done.numbers == {}


# People


def test_multiples_of_predictions_that_are_not_rejected():
    """The ends solve (y - k p)^2 = z^2 (k p - k^2 s) / n for the multiple k of the predictions."""
    p, y, square, n, z = 0.3, 0.4, 0.12, 80.0, 1.96
    low, high = verify_people._multiples(p, y, square, n, z)
    for gap in (low, high):
        k = 1.0 - gap / p
        assert (y - k * p) ** 2 == pytest.approx(z**2 * (k * p - k**2 * square) / n)
    assert low < p - y < high


def test_calibration_of_a_group_joins_the_score_test_with_student_s():
    event, _, p = rows_one_by_one()
    done, n = Noted(LEVEL), event.size
    row = {"calibration_gap": 0.0}
    verify_people._calibration_of_group(done, "g", row, verify_scores.rows_of(CELLS))
    off = p - event
    assert done.numbers["g.calibration_gap"] == pytest.approx(off.mean())
    assert done.numbers["g.calibration_gap_standard_error"] == pytest.approx(
        off.std() / math.sqrt(n)
    )
    student = stats.ttest_1samp(off, 0.0)
    variance = (p * (1 - p)).sum() / n
    score = 2 * stats.norm.sf(abs(off.mean()) / math.sqrt(variance / n))
    wanted = max(score, student.pvalue)
    assert done.numbers["g.calibration_gap_p_value"] == pytest.approx(wanted)
    ends = student.confidence_interval(0.95)
    assert done.numbers["g.calibration_gap_low"] <= ends.low
    assert done.numbers["g.calibration_gap_high"] >= min(ends.high, p.mean())
    done = Noted(LEVEL)
    verify_people._calibration_of_group(done, "g", {"calibration_gap": None}, None)
    assert done.numbers == {}


def test_groups_of_an_attribute_are_adjusted_together():
    groups = [{"auc_p_value": p} for p in (0.03, None, 0.01)]
    done = Noted({"fairness": {"groups": groups}})
    verify_people._holm(done, [f"fairness.groups[{i}]" for i in range(3)], "auc")
    assert done.numbers == {
        "fairness.groups[2].auc_adjusted_p_value": 0.02,
        "fairness.groups[0].auc_adjusted_p_value": 0.03,
    }


OTHERS = CELLS | {"nonevents": [4, 1, 0, 1], "events": [2, 0, 2, 0]}


@pytest.mark.parametrize("law", ["withheld", "Student, skewness corrected"])
def test_a_mean_difference_is_in_units_of_the_pooled_deviation(law):
    (_, x, _), (_, z, _) = rows_one_by_one(), rows_one_by_one(OTHERS)
    first, second = verify_scores.rows_of(CELLS), verify_scores.rows_of(OTHERS)
    done = Noted(LEVEL)
    verify_people._mean_gap(done, "m", {"law": law}, first, second)
    n, m = x.size, z.size

    def gap_of(of_x, of_z):
        means, within = [], 0.0
        for values, weights in ((x, of_x), (z, of_z)):
            means.append(weights @ values / weights.sum())
            within += values.size * (weights @ (values - means[-1]) ** 2) / weights.sum()
        return (means[0] - means[1]) / math.sqrt(within / (n + m))

    ones, step = (np.ones(n), np.ones(m)), 1e-5
    gap = gap_of(*ones)
    assert done.numbers["m.value"] == pytest.approx(gap)
    if law == "withheld":
        # how a row moves the difference is its derivative by the weight of the row
        moves = [
            (gap_of(ones[0] + step * e, ones[1]) - gap_of(ones[0] - step * e, ones[1])) / (2 * step)
            for e in np.eye(n)
        ]
        moves += [
            (gap_of(ones[0], ones[1] + step * e) - gap_of(ones[0], ones[1] - step * e)) / (2 * step)
            for e in np.eye(m)
        ]
        assert done.numbers["m.standard_error"] == pytest.approx(np.linalg.norm(moves), rel=1e-6)
        assert set(done.numbers) == {"m.value", "m.standard_error"}
        return

    assert done.numbers["m.low"] < gap < done.numbers["m.high"]
    turned = Noted(LEVEL)
    verify_people._mean_gap(turned, "m", {"law": law}, second, first)
    assert turned.numbers["m.low"] == pytest.approx(-done.numbers["m.high"])
    assert turned.numbers["m.p_value"] == pytest.approx(done.numbers["m.p_value"])


def test_a_mean_difference_of_groups_in_two_clumps_is_that_of_the_library():
    """Their deviations have a kurtosis of 1, of which nothing is left to divide by."""
    rows = {"score": [0.0, 1.0], "predicted": [0.2, 0.4], "nonevents": [20, 20], "events": [0, 0]}
    others = rows | {"score": [0.3, 1.3]}
    for first, second in ((rows, others), (others, rows)):
        parts = [verify_scores.rows_of(cells) for cells in (first, second)]
        done, labels = Noted(LEVEL), ["a"] * 40 + ["b"] * 40
        verify_people._mean_gap(done, "m", {"law": "Student, skewness corrected"}, *parts)
        scores = np.concatenate([np.repeat(part.score, part.count.astype(int)) for part in parts])
        estimate = standardized_mean_difference(scores, labels, reference="b")
        ends = [done.numbers[f"m.{name}"] for name in ("low", "high")]
        assert ends == pytest.approx(list(estimate.interval(0.95)), rel=1e-9)
        assert done.numbers["m.standard_error"] == pytest.approx(estimate.standard_error)


def test_a_divergence_of_groups_has_no_bias():
    """Over all draws of 12 and 9 rows of equal shares its mean is next to 0."""
    values, chances, done = [], [], Noted(LEVEL)
    for a in range(13):
        for b in range(10):
            counts = np.array([[a, 12 - a], [b, 9 - b]], float)
            row = {"law": "withheld", "p_value": None}
            with np.errstate(all="ignore"):
                verify_people._divergence(done, "d", row, counts)
            values.append(done.numbers["d.value"])
            chances.append(stats.binom.pmf(a, 12, 0.4) * stats.binom.pmf(b, 9, 0.4))
    assert sum(chances) == pytest.approx(1.0)
    plug_in = 1 / 12 + 1 / 9  # the mean of sum (p - q) ln (p / q) of two bins, nearly
    assert abs(np.dot(values, chances)) < 0.1 * plug_in


# Means


def mean_row(count, mean, **parts):
    row = {"count": count, "mean": mean, "adjusted": False, "woe": 0.0, "woe_standard_error": 0.1}
    return row | {"woe_low": 0.0, "woe_high": 0.0, "mean_standard_error": 0.1} | parts


def bins_of_means(kind, rows, sign="nonevent", value=0.25):
    about = {"level": 0.95, "target_type": kind, "classes": [], "woe_sign": sign}
    done = Noted({"conventions": about})
    part = {"bins": rows, "iv": {"value": value}}
    verify_targets._target_bins(done, "x", part, weighted=False)
    return done.numbers


WEIGHED = {"weighted": True}
ROWS = [mean_row(30.0, 0.2), mean_row(10.0, 0.6)]


def test_fractions_have_the_evidence_of_what_is_not_lost_over_what_is():
    found = bins_of_means("fraction", ROWS)
    p, q = np.array([24, 4]) / 28, np.array([6, 6]) / 12
    assert [found[f"x.bins[{i}].woe"] for i in (0, 1)] == pytest.approx(np.log(p / q))
    terms = (p - q) * np.log(p / q)
    assert [found[f"x.bins[{i}].iv"] for i in (0, 1)] == pytest.approx(terms)
    assert found["x.iv.value"] == pytest.approx(terms.sum())
    other = bins_of_means("fraction", ROWS, sign="event")
    assert other["x.bins[0].woe"] == -found["x.bins[0].woe"]
    assert other["x.iv.value"] == found["x.iv.value"]


def test_rates_have_the_evidence_of_exposure_over_claims():
    found = bins_of_means("rate", ROWS)
    p, q = np.array([30, 10]) / 40, np.array([6, 6]) / 12
    assert found["x.bins[1].woe"] == pytest.approx(math.log(p[1] / q[1]))


def test_numbers_have_the_distance_from_their_mean_and_parts_of_r_squared():
    found = bins_of_means("continuous", ROWS)
    assert [found[f"x.bins[{i}].woe"] for i in (0, 1)] == pytest.approx([-0.1, 0.3])
    between = np.array([30 * 0.01, 10 * 0.09])
    terms = 0.25 * between / between.sum()
    assert [found[f"x.bins[{i}].iv"] for i in (0, 1)] == pytest.approx(terms)
    same = bins_of_means("continuous", [mean_row(30.0, 0.2), mean_row(10.0, 0.2)])
    assert same["x.iv.value"] == 0.0


@pytest.mark.parametrize(
    "change", [{"adjusted": True}, {"woe_standard_error": None}, {"count": 0.0}]
)
def test_bins_by_hand_or_with_added_rows_have_shares_only(change):
    found = bins_of_means("fraction", [ROWS[0], ROWS[1] | change])
    assert set(found) == {"x.bins[0].share", "x.bins[1].share"}


@pytest.mark.parametrize("degrees", [1.0, 3.5, math.inf])
def test_ends_of_evidence_with_weights_are_some_students(degrees):
    reach = 0.1 * float(stats.t.isf(0.025, degrees))
    rows = [row | {"woe_low": -reach, "woe_high": reach} for row in ROWS]
    done = Noted({"conventions": {"level": 0.95, "target_type": "fraction", "woe_sign": ""}})
    done.report["conventions"]["classes"] = []
    verify_targets._target_bins(done, "x", {"bins": rows, "iv": {}}, weighted=True)
    ends = [done.numbers[f"x.bins[0].woe_{end}"] for end in ("low", "high")]
    assert ends == pytest.approx([-reach, reach])

    # Both ends of the normal law at least, of one degree at most, and alike to both sides.
    for low, high, wanted in (
        (-0.1, 0.1, 0.1 * 1.959963984540054),
        (-2.0, 2.0, 0.1 * 12.706204736174698),
        (-0.1, reach, reach),
    ):
        changed = [row | {"woe_low": low, "woe_high": high} for row in ROWS]
        done = Noted(done.report)
        verify_targets._target_bins(done, "x", {"bins": changed, "iv": {}}, weighted=True)
        assert done.numbers["x.bins[0].woe_low"] == pytest.approx(-wanted)


@pytest.mark.parametrize("weighted", [False, True])
def test_a_class_is_compared_with_all_others_and_pairs_are_averaged(weighted):
    shares = {"a": [0.5, 0.1], "b": [0.3, 0.3], "c": [0.2, 0.6]}
    rows = []
    for i, count in enumerate((100.0, 50.0)):
        row = {"count": count, "adjusted": False}
        for name, of in shares.items():
            row |= {f"share_{name}": of[i], f"woe_{name}": 0.0, f"woe_{name}_standard_error": 0.1}
            row |= {f"woe_{name}_low": -0.2, f"woe_{name}_high": 0.2}
        rows.append(row)
    about = {"level": 0.95, "target_type": "multiclass", "classes": list("abc")}
    done = Noted({"conventions": about})
    verify_targets._target_bins(done, "x", {"bins": rows, "iv": {}}, weighted=weighted)
    cells = np.array([[50, 30, 20], [5, 15, 30.0]])
    p = cells / cells.sum(axis=0)
    others = np.array([100, 50])[:, None] - cells
    q = others / others.sum(axis=0)
    for i in (0, 1):
        for k, name in enumerate("abc"):
            evidence = math.log(p[i, k] / q[i, k])
            assert done.numbers[f"x.bins[{i}].woe_{name}"] == pytest.approx(evidence)
            error = math.sqrt((1 - p[i, k]) / cells[i, k] + (1 - q[i, k]) / others[i, k])
            place = f"x.bins[{i}].woe_{name}_standard_error"
            assert done.numbers.get(place) == (None if weighted else pytest.approx(error))
            end = done.numbers[f"x.bins[{i}].woe_{name}_high"]
            assert end == pytest.approx(0.2 if weighted else 0.1 * 1.959963984540054)

    total = weights = 0.0
    for a, b in ((0, 1), (0, 2), (1, 2)):
        share = cells[:, a].sum() * cells[:, b].sum()
        total += share * ((p[:, a] - p[:, b]) * np.log(p[:, a] / p[:, b])).sum()
        weights += share
    assert done.numbers["x.iv.value"] == pytest.approx(total / weights)


def test_means_of_a_sample_are_those_of_its_bins():
    done = Noted({"conventions": {"classes": []}})
    sample = {"sum_of_weights": 40.0, "mean": 0.3}
    verify_targets._sums(done, "data.samples[0]", ", bins of x", sample, ROWS)
    assert done.numbers == {
        "data.samples[0].sum_of_weights, bins of x": 40.0,
        "data.samples[0].mean, bins of x": pytest.approx(0.3),
    }
    done = Noted({"conventions": {"classes": ["a", "b"]}})
    rows = [{"count": 30.0, "share_a": 0.2, "share_b": 0.8}]
    rows.append({"count": 10.0, "share_a": 0.6, "share_b": 0.4})
    sample = {"sum_of_weights": 40.0, "class_shares": {"a": 0.3, "b": 0.7}}
    verify_targets._sums(done, "s", "", sample, rows)
    assert done.numbers["s.class_shares.a"] == pytest.approx(0.3)
    assert done.numbers["s.class_shares.b"] == pytest.approx(0.7)


def test_a_report_without_a_score_is_recomputed_by_its_bins():
    """Each sample is met by each of its characteristics, once under its own name."""
    entry = {"samples": {"train": {"bins": ROWS, "iv": {"value": 0.25}}}}
    report = {
        "conventions": {"level": 0.95, "target_type": "rate", "classes": [], "woe_sign": "event"},
        "data": {"samples": [{"sample": "train", "sum_of_weights": 40, "mean": 0.3} | WEIGHED]},
        "characteristics": [{"feature": "x"} | entry, {"feature": "z"} | entry],
        "performance": None,
        "calibration": None,
    }
    done = Noted(report)
    verify_targets.recompute_targets(done)
    places = ("data.samples[0].mean", "data.samples[0].mean, bins of z")
    assert [done.numbers[place] for place in places] == pytest.approx([0.3, 0.3])
    assert "characteristics[1].samples.train.bins[1].woe" in done.numbers


def test_amounts_of_groups_are_shares_of_the_amount_so_far():
    done = Noted({})
    verify_targets._amounts(done, "g", [{"count": 10, "amount": 6.0}, {"count": 30, "amount": 2.0}])
    wanted = {"mean": [0.6, 2 / 30], "lift": [3.0, 1 / 3], "cumulative_share": [0.25, 1.0]}
    wanted["cumulative_capture"] = [0.75, 1.0]
    for key, values in wanted.items():
        assert [done.numbers[f"g[{i}].{key}"] for i in (0, 1)] == pytest.approx(values)


def measure(name, sample, value, error, law, low=0.2, high=0.8):
    row = {"measure": name, "sample": sample, "value": value, "standard_error": error}
    return row | {"law": law, "low": low, "high": high}


def test_intervals_of_measures_of_means_are_those_of_their_laws():
    # Student's reach below, and one above that is nearer than even the normal law allows
    logit, reach = special.logit(0.6), 1.959963984540054 * 0.05 / 0.24
    low, high = special.expit(logit - 1.3 * reach), special.expit(logit + 0.9 * reach)
    rows = [
        measure("R", "train", 0.6, 0.1, "normal"),
        measure("R", "hold-out", 0.5, 0.2, "normal", low=0.1),
        measure("concordance", "train", 0.6, 0.05, "logit-normal", low, high),
        measure("R, train − hold-out", "both", 0.1, 0.1, "MOVER", -0.2, 0.4),
        measure("S, train − hold-out", "both", 0.1, 0.1, "MOVER"),  # of parts that are not there
        measure("R", "other", 0.5, 0.4, "normal", low=0.0),
    ]
    done, z = Noted(LEVEL), 1.959963984540054
    verify_targets._measures(done, rows)
    at = "performance.measures[{}].{}".format
    assert done.numbers[at(0, "high")] == pytest.approx(0.6 + z * 0.1)
    assert done.numbers[at(1, "low")] == pytest.approx(0.5 - z * 0.2)
    assert at(5, "low") not in done.numbers  # cut where the quantity ends
    assert special.logit(done.numbers[at(2, "low")]) == pytest.approx(logit - reach)
    assert special.logit(done.numbers[at(2, "high")]) == pytest.approx(logit + 1.3 * reach)
    assert done.numbers[at(0, "low")] == pytest.approx(0.6 - z * 0.1)
    assert done.numbers[at(3, "value")] == pytest.approx(0.1)
    assert done.numbers[at(3, "standard_error")] == pytest.approx(math.hypot(0.1, 0.2))
    assert done.numbers[at(3, "low")] == pytest.approx(0.1 - math.hypot(0.4, 0.3))
    assert done.numbers[at(3, "high")] == pytest.approx(0.1 + math.hypot(0.2, 0.4))
    assert not any(place.startswith("performance.measures[4]") for place in done.numbers)


def test_the_level_of_means_is_a_ratio_or_a_difference():
    groups = [{"count": 2.0, "mean": 3.0, "expected_mean": 2.0}]
    groups.append({"count": 1.0, "mean": 0.0, "expected_mean": 1.0})
    names = ("observed / predicted mean", "observed less predicted mean", "slope")
    calibration = {
        "measures": [{"sample": "train", "measure": name} for name in names],
        "groups": {"train": groups},
    }
    done = Noted({"calibration": calibration})
    verify_targets._levels(done)
    assert done.numbers == {
        "calibration.measures[0].value": pytest.approx(6 / 5),
        "calibration.measures[1].value": pytest.approx(1 / 3),
    }
    done = Noted({"calibration": None})
    verify_targets._levels(done)
    assert done.numbers == {}


@pytest.mark.parametrize(("scatter", "freedom"), [(0.3, 5), (1.0, 5), (2.0, 3), (4.0, 5)])
def test_tails_of_groups_are_those_of_the_package(scatter, freedom):
    rng = np.random.default_rng(3)
    p = np.sort(special.expit(-2.0 - 0.5 * scatter + scatter * rng.normal(size=60)))
    count, group = rng.integers(1, 9, 60).astype(float), np.arange(60) // 12
    rows = verify_scores.ScoredRows(count, np.zeros(60), p, p)
    long, groups = np.repeat(p, count.astype(int)), np.repeat(group, count.astype(int))
    for statistic in (0.5, 4.0, 9.0, 14.0, 60.0, 5000.0):
        theirs = squares_p_value(statistic, freedom, long, np.ones(long.size), groups)
        mine = verify_scores._tail_of_groups(statistic, freedom, rows, group)
        assert mine == pytest.approx(theirs, rel=1e-6, abs=1e-12)
    many = verify_scores.ScoredRows(200.0 * count, np.zeros(60), np.full(60, 0.2), 0.1 + 0.0 * p)
    assert verify_scores._tail_of_groups(9.0, 4, many, group) == stats.chi2.sf(9.0, 4)


@pytest.mark.parametrize("seed", range(40))
def test_the_largest_gap_has_the_test_and_the_ends_of_the_package(seed):
    """Alike and unlike samples, with many ties and few, the smaller class being either."""
    rng = np.random.default_rng(seed)
    n_values, sizes = rng.integers(2, 12), rng.integers([60, 60], [90, 400])[:: 1 - 2 * (seed % 2)]
    shares = rng.dirichlet(np.ones(n_values), 2)[[0, (seed // 2) % 2]]
    safe, bad = (rng.multinomial(size, of) for size, of in zip(sizes, shares, strict=True))
    score = np.arange(float(n_values))
    rows = verify_scores.rows_of(
        {"score": score, "predicted": 0.1 + 0.0 * score, "nonevents": safe, "events": bad}
    )
    gap = kolmogorov_smirnov(
        np.repeat([0, 1], sizes), -np.repeat(np.tile(score, 2), np.r_[safe, bad])
    )
    row = {"value": gap.value, "standard_error": gap.standard_error}
    p_value = verify_scores._gap_p_value(rows, row)
    assert p_value == pytest.approx(gap.p_value, rel=1e-8)
    if gap.law.name == "bias-corrected normal":
        ends = verify_scores._gap_ends(rows, row, p_value, stats.norm.ppf(0.975), 0.95)
        assert ends == pytest.approx(gap.interval(0.95), abs=1e-9)


def test_chances_of_a_gap_stay_probabilities_where_classes_are_unlike_in_size():
    """A walk by differences left its rounding where nobody can be: it grew, up to infinity."""
    rows = verify_scores.rows_of(
        {"score": [0.0, 1.0], "predicted": [0.1, 0.1], "nonevents": [90, 10], "events": [8000, 900]}
    )
    _, place = np.unique(rows.score, return_inverse=True)
    counts = stats.hypergeom(9000, 100, 8090)
    at = np.arange(101)
    as_far = np.abs(9000 * at - 100 * 8090) >= abs(9000 * 90 - 100 * 8090)
    wanted = counts.pmf(at)[as_far].sum()
    assert verify_scores._chance_of_gap(rows, place) == pytest.approx(wanted, rel=1e-9)
    # a long walk is none of the script's
    many = verify_scores.ScoredRows(100.0 * rows.count, rows.event, rows.score, rows.predicted)
    assert verify_scores._gap_p_value(many, {"value": 0.01}) is None

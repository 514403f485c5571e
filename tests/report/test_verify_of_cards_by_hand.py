"""The script that recomputes a report: its regressions and points, beside other ways to them."""

import math

import numpy as np
import pytest
from scipy import optimize, special, stats

from infotheory.report import verify_points
from infotheory.report.verify_coefficients import _learnt_counts
from infotheory.report.verify_points import (
    BASE,
    _are_equal,
    _mean_scores,
    _selected_twice,
    _selection,
    _unrounded,
    recompute_points,
)
from infotheory.report.verify_regression import (
    _influences,
    _logistic,
    _of_predictions,
    reselect,
    retest,
)
from tests.report.conftest import Noted

# Regressions


def drawn(n=120, seed=0):
    """Labels of two characteristics of three and two bins, and outcomes."""
    rng = np.random.default_rng(seed)
    first, second = rng.choice(["a", "b", "c"], n), rng.choice(["u", "v"], n)
    risk = -0.4 + 0.8 * (first == "b") - 0.9 * (second == "v")
    return [first.tolist(), second.tolist()], rng.random(n) < special.expit(risk)


def evidence(labels, is_event, weights):
    """Weights of evidence of weighted rows, ln of the share of non-events over that of events."""
    columns = []
    for names in labels:
        column = np.zeros(len(names))
        for name in set(names):
            inside = np.array([other == name for other in names])
            safe = weights[inside & ~is_event].sum() / weights[~is_event].sum()
            bad = weights[inside & is_event].sum() / weights[is_event].sum()
            column[inside] = math.log(safe / bad)
        columns.append(column)
    return np.column_stack([np.ones(is_event.size), *columns])


def greatest_likelihood(design, is_event, weights):
    """Coefficients by a general optimiser, which knows no Newton step of ours."""

    def loss(theta):
        eta = design @ theta
        return weights @ (np.logaddexp(0.0, eta) - is_event * eta)

    def slope(theta):
        return design.T @ (weights * (special.expit(design @ theta) - is_event))

    start = np.zeros(design.shape[1])
    found = optimize.minimize(loss, start, jac=slope, method="BFGS", options={"gtol": 1e-10})
    return found.x


def test_the_regression_has_the_greatest_likelihood():
    labels, is_event = drawn()
    design = evidence(labels, is_event, np.ones(is_event.size))
    theta = _logistic(design, is_event)
    wanted = greatest_likelihood(design, is_event, np.ones(is_event.size))
    assert theta == pytest.approx(wanted, abs=1e-6)
    assert design.T @ (is_event - special.expit(design @ theta)) == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize("column", ["separates", "repeats"])
def test_a_regression_without_a_maximum_is_none(column):
    _, is_event = drawn()
    second = is_event * 2.0 - 1.0 if column == "separates" else np.ones(is_event.size)
    assert _logistic(np.column_stack([np.ones(is_event.size), second]), is_event) is None


@pytest.mark.parametrize("row", [0, 17, 55, 119])
def test_a_row_moves_coefficients_as_a_little_more_of_its_weight_does(row):
    """Huber's influence is the derivative by the weight of a row, evidence learnt anew."""
    labels, is_event = drawn()
    ones, step = np.ones(is_event.size), 1e-4
    design = evidence(labels, is_event, ones)
    moves, of_bins = _influences(design, _logistic(design, is_event), is_event, labels, 1.0)

    def fitted(weight):
        weights = ones.copy()
        weights[row] = weight
        columns = evidence(labels, is_event, weights)
        return greatest_likelihood(columns, is_event, weights), columns

    (up, more), (down, less) = fitted(1.0 + step), fitted(1.0 - step)
    assert moves[row] == pytest.approx((up - down) / (2 * step), abs=2e-4)
    for j, names in enumerate(labels):
        wanted = (more[row, j + 1] - less[row, j + 1]) / (2 * step)
        assert of_bins[j][names[row]][row] == pytest.approx(wanted, abs=1e-6)


def test_evidence_of_events_moves_the_other_way():
    labels, is_event = drawn()
    design = evidence(labels, is_event, np.ones(is_event.size))
    turned = design * [1.0, -1.0, -1.0]
    moves, of_bins = _influences(design, _logistic(design, is_event), is_event, labels, 1.0)
    other, of_others = _influences(turned, _logistic(turned, is_event), is_event, labels, -1.0)
    assert other == pytest.approx(moves * [1.0, -1.0, -1.0], abs=1e-9)
    for mine, theirs in zip(of_bins, of_others, strict=True):
        for name, influence in mine.items():
            assert theirs[name] == pytest.approx(-influence)


def card_of(labels, is_event, names=("x", "z")):
    """Report whose points tell the evidence of each bin."""
    design = evidence(labels, is_event, np.ones(is_event.size))
    points = [
        {"feature": name, "bin": label, "woe": float(design[list(column).index(label), j])}
        for j, (name, column) in enumerate(zip(names, labels, strict=True), start=1)
        for label in sorted(set(column))
    ]
    coefficients = [{"feature": name, "p_value": 0.5} for name in names]
    return {"points": points, "coefficients": coefficients}, design


def test_the_score_test_of_a_characteristic_is_that_of_its_bins_beside_the_others():
    labels, is_event = drawn(400, seed=1)
    report, design = card_of(labels, is_event)
    done = Noted(report)
    retest(done, dict(zip(("x", "z"), labels, strict=True)), is_event)

    # Rao's statistic: scores of all columns at the fit without the bins, by the whole information
    for i, beside, levels in ((0, [0, 2], "bc"), (1, [0, 1], "v")):
        others = design[:, beside]
        theta = greatest_likelihood(others, is_event, np.ones(is_event.size))
        p = special.expit(others @ theta)
        bins = np.array([[label == level for level in levels] for label in labels[i]], float)
        whole = np.hstack([others, bins])
        score = whole.T @ (is_event - p)
        information = (whole * (p * (1.0 - p))[:, None]).T @ whole
        statistic = score @ np.linalg.solve(information, score)
        wanted = stats.chi2.sf(statistic, len(levels))
        assert done.numbers[f"coefficients[{i}].p_value"] == pytest.approx(wanted, rel=1e-6)


def test_nothing_is_tested_where_a_bin_is_not_in_the_report():
    labels, is_event = drawn()
    report, _ = card_of(labels, is_event)
    done = Noted(report | {"points": report["points"][1:]})
    retest(done, dict(zip(("x", "z"), labels, strict=True)), is_event)
    assert done.numbers == {}
    done = Noted(report | {"coefficients": [{"feature": "x", "p_value": None}]})
    retest(done, dict(zip(("x", "z"), labels, strict=True)), is_event)
    assert done.numbers == {}


def selection_of(rows, labels, is_event):
    report, design = card_of(labels, is_event)
    entries = [
        {
            "feature": name,
            "samples": {
                "train": {"bins": [row for row in report["points"] if row["feature"] == name]}
            },
        }
        for name in ("x", "z")
    ]
    return Noted({"selection": {"rows": rows}, "characteristics": entries}), design


def test_correlations_and_inflation_of_a_selection_are_those_of_the_columns():
    labels, is_event = drawn(300)
    labels[1] = ["u" if a == "b" else b for a, b in zip(*labels, strict=True)]  # they are related
    pair = {"feature": "x", "partner": "z", "statistic": "correlation", "decision": "kept"}
    vif = [
        {"feature": name, "partner": None, "statistic": "vif", "decision": "kept"} for name in "xz"
    ]
    done, design = selection_of([pair, *vif], labels, is_event)
    bins = dict(zip("xz", labels, strict=True))
    reselect(done, bins)
    r = np.corrcoef(design[:, 1], design[:, 2])[0, 1]
    assert abs(r) > 0.2
    assert done.numbers["selection.rows[0].value"] == pytest.approx(r)
    for i in (1, 2):
        assert done.numbers[f"selection.rows[{i}].value"] == pytest.approx(1.0 / (1.0 - r**2))

    # the error by leaving out a row at a time, which is the same to the first order
    left = [np.corrcoef(np.delete(design[:, 1:], i, axis=0).T)[0, 1] for i in range(300)]
    error = math.sqrt(299 / 300 * ((np.array(left) - np.mean(left)) ** 2).sum())
    assert done.numbers["selection.rows[0].standard_error"] == pytest.approx(error, rel=0.02)

    vif[1]["decision"] = "dropped"  # the others had other factors then
    done, _ = selection_of([pair, *vif], labels, is_event)
    reselect(done, bins)
    assert list(done.numbers) == ["selection.rows[0].value", "selection.rows[0].standard_error"]
    done, _ = selection_of([], labels, is_event)
    done.report["selection"] = None
    reselect(done, bins)
    assert done.numbers == {}


def test_groups_of_like_predictions_end_where_a_prediction_does():
    predicted = np.array([0.1, 0.1, 0.2, 0.2, 0.4])
    is_event = np.array([False, True, False, False, True])
    groups = [{"count": 2, "events": 1}, {"count": 3, "events": 1}]
    report = {
        "performance": {"measures": [{"measure": "Brier score", "sample": "train"}]},
        "calibration": {"groups": {"train": groups}, "tests": [{"sample": "train"}]},
    }
    done = Noted(report)
    _of_predictions(done, predicted, is_event)
    brier = (2 * 0.04 + 0.01 + 0.81 + 0.36) / 5
    assert done.numbers["performance.measures[0].value"] == pytest.approx(brier)
    assert done.numbers["calibration.groups.train[0].expected_event_rate"] == pytest.approx(0.1)
    assert done.numbers["calibration.groups.train[1].expected_event_rate"] == pytest.approx(0.8 / 3)
    # (1 - .2)^2 / (2 * .1 * .9) and (1 - .8)^2 / (2 * .2 * .8 + .4 * .6)
    statistic = 0.64 / 0.18 + 0.04 / 0.56
    assert done.numbers["calibration.tests[0].statistic"] == pytest.approx(statistic)

    groups[0]["count"], groups[1]["count"] = 3, 2  # equal predictions are in both
    done = Noted(report)
    _of_predictions(done, predicted, is_event)
    assert list(done.numbers) == ["performance.measures[0].value"]


# Points


def points_report(**changes):
    """Card of one characteristic: 20 points double the odds, 600 of them at odds of 50."""
    points = [
        {
            "feature": "x",
            "bin": "a",
            "count": 60.0,
            "woe": 0.5,
            "coefficient": -1.0,
            "points": 20.0,
        },
        {
            "feature": "x",
            "bin": "b",
            "count": 40.0,
            "woe": -0.5,
            "coefficient": -1.0,
            "points": 5.0,
        },
        {
            "feature": BASE,
            "bin": "",
            "count": 100.0,
            "woe": None,
            "coefficient": None,
            "points": 500.0,
        },
    ]
    bins = [
        {"bin": "a", "count": 60.0, "nonevents": 50, "events": 10, "woe": 0.5},
        {"bin": "b", "count": 40.0, "nonevents": 20, "events": 20, "woe": -0.5},
    ]
    for row in bins:
        row |= {"woe_standard_error": 0.1, "adjusted": False}
    about = {"level": 0.95, "pdo": 20.0, "base_points": 600.0, "base_odds": 50.0}
    about |= {"model": "Scorecard", "woe_sign": "nonevent"}
    entry = {"feature": "x", "in_card": True, "samples": {"train": {"bins": bins}}}
    report = {
        "conventions": about,
        "points": points,
        "coefficients": [],
        "characteristics": [entry],
        "data": {"samples": [{"sample": "train", "weighted": False}]},
        "reproducibility": {"parameters": {"round": "False"}},
        "performance": None,
    }
    return report | changes


def test_points_of_two_bins_differ_by_the_evidence_between_them():
    done = Noted(points_report())
    recompute_points(done)
    # 20 / ln 2 points a unit of log odds: the first bin is safer by one unit
    assert done.numbers["points[1].points"] == pytest.approx(20.0 - 20.0 / math.log(2.0))
    assert done.slack["points[1].points"] == 0.0
    assert done.numbers["data.samples[0].mean_score"] == pytest.approx(500.0 + 0.6 * 20 + 0.4 * 5)


@pytest.mark.parametrize(
    ("about", "step"),
    [
        ({"rising": True}, 20.0 / math.log(2.0)),
        ({"link": "identity"}, -20.0),
        ({"pdo": 40.0}, -40 / math.log(2)),
    ],
)
def test_points_follow_the_scale_of_the_card(about, step):
    report = points_report()
    report["conventions"] |= about
    done = Noted(report)
    recompute_points(done)
    assert done.numbers["points[1].points"] == pytest.approx(20.0 + step)


def test_rounded_points_of_two_bins_may_be_half_a_point_off_each():
    done = Noted(points_report(reproducibility={"parameters": {"round": "True"}}))
    recompute_points(done)
    assert done.slack["points[1].points"] == 1.0


def test_a_bin_that_nobody_saw_has_no_evidence_unless_it_was_given():
    rare = {"feature": "x", "bin": "Unseen", "count": 0.0, "woe": 0.0, "coefficient": -1.0}
    for more, told in (({}, True), ({"woe_reason": "policy"}, False)):
        report = points_report()
        report["points"].append(rare | {"points": 12.5} | more)
        done = Noted(report)
        recompute_points(done)
        assert ("points[3].woe" in done.numbers) == told
    report["reproducibility"]["parameters"]["binner__cat_unknown"] = "'worst'"
    del report["points"][3]["woe_reason"]
    done = Noted(report)
    recompute_points(done)
    assert "points[3].woe" not in done.numbers


def test_a_mean_score_needs_the_points_of_every_bin():
    report = points_report()
    del report["points"][1]
    done = Noted(report)
    rows = {"x": [(0, report["points"][0])], BASE: [(1, report["points"][1])]}
    _mean_scores(done, rows)
    assert done.numbers == {}
    report["characteristics"][0]["samples"]["train"]["bins"][1]["count"] = 0.0
    _mean_scores(done, rows)
    assert done.numbers["data.samples[0].mean_score"] == 520.0


def test_points_before_rounding_follow_from_the_mean_log_odds():
    """One characteristic with base points: the intercept is what the mean evidence leaves."""
    report = points_report()
    intercept = -0.9
    chances = special.expit(intercept - np.array([0.5, -0.5]))
    cells = {"score": [2.0, 1.0], "predicted": chances.tolist()}
    cells |= {"nonevents": [50, 20], "events": [10, 20]}
    report["performance"] = {"scores": {"samples": {"train": cells}}}
    rows = {"x": list(enumerate(report["points"][:2])), BASE: [(2, report["points"][2])]}
    found = _unrounded(Noted(report), rows, 20.0 / math.log(2.0))
    unit = 20.0 / math.log(2.0)
    base = 600.0 - unit * (math.log(50.0) + intercept)
    assert found == pytest.approx({0: unit * 0.5, 1: -unit * 0.5, 2: base})

    del rows[BASE]  # the only characteristic carries the base itself
    found = _unrounded(Noted(report), rows, unit)
    assert found == pytest.approx({0: base + unit * 0.5, 1: base - unit * 0.5})
    for about in ({"model": "OptimalBinner + Ridge"}, {"link": "log"}):
        other = report | {"conventions": report["conventions"] | about}
        assert _unrounded(Noted(other), rows, unit) == {}


def test_counts_of_evidence_that_was_learnt_on_them():
    report = points_report()
    assert _learnt_counts(Noted(report), "x").tolist() == [[50, 20], [10, 20]]
    assert _learnt_counts(Noted(report), "unknown") is None
    for place, change in (
        (report["characteristics"][0]["samples"]["train"]["bins"][0], {"woe_standard_error": None}),
        (report["points"][0], {"woe": 0.6}),  # evidence of other rows
        (report["points"][1], {"count": 41.0}),
        (report["data"]["samples"][0], {"weighted": True}),
        (report["conventions"], {"model": "OptimalBinner + Ridge"}),
    ):
        before = dict(place)
        place.update(change)
        assert _learnt_counts(Noted(report), "x") is None, change
        place.update(before)
    assert _learnt_counts(Noted(report), "x") is not None


# Paths of a selection


def step(statistic, **parts):
    row = {"feature": "x", "statistic": statistic, "value": None, "standard_error": None}
    return row | {"low": None, "high": None, "p_value": None} | parts


def test_tests_and_ends_of_a_selection_follow_from_its_statistics():
    rows = [
        step("likelihood_ratio", value=3.841458820694124, degrees_of_freedom=1),
        step("score", value=5.991464547107979, degrees_of_freedom=2),
        step("correlation", value=0.5, standard_error=0.05),
        step("correlation", value=1.0, standard_error=0.0),  # of a column and itself
        step("coefficient", value=-0.8, standard_error=0.1, low=0.0),
        step("coefficient", value=-0.8, standard_error=0.1),  # whose ends were withheld
        step("permutation", value=0.02, p_value=0.02),
        step("permutation", value=0.03, p_value=0.03),
        step("permutation", value=None),
    ]
    done = Noted({"selection": {"rows": rows}, "characteristics": [], "coefficients": []})
    _selection(done)
    at = "selection.rows[{}].{}".format
    assert done.numbers[at(0, "p_value")] == pytest.approx(0.05)
    assert done.numbers[at(1, "p_value")] == pytest.approx(0.05)
    z = 1.959963984540054
    ends = [np.tanh(np.arctanh(0.5) + sign * z * 0.05 / 0.75) for sign in (-1, 1)]
    assert [done.numbers[at(2, end)] for end in ("low", "high")] == pytest.approx(ends)
    assert at(3, "low") not in done.numbers
    assert done.numbers[at(4, "low")] == pytest.approx(-0.8 - z * 0.1)
    assert at(5, "low") not in done.numbers
    assert done.numbers[at(6, "adjusted_p_value")] == pytest.approx(0.03)
    assert done.numbers[at(7, "adjusted_p_value")] == pytest.approx(0.03)
    assert at(8, "adjusted_p_value") not in done.numbers


@pytest.mark.parametrize(("n_moved", "told"), [(0, True), (1, True), (2, False), (3, False)])
def test_a_selection_on_the_same_bins_tells_what_the_report_tells(n_moved, told):
    known = {"standard_error": None, "low": 0.1, "high": 0.4}
    entries = [
        {"feature": name, "samples": {"train": {"iv": known | {"value": 0.3}}}} for name in "abc"
    ]
    rows = [
        step("iv", feature=name, value=0.3 + 0.1 * (i < n_moved)) for i, name in enumerate("abc")
    ]
    report = {"selection": {"rows": rows}, "characteristics": entries, "coefficients": None}
    done = Noted(report)
    _selected_twice(done)
    wanted = {f"selection.rows[{i}].{key}" for i in range(3) for key in ("value", "low", "high")}
    assert set(done.numbers) == (wanted if told else set())


def test_numbers_that_are_not_there_are_equal_to_each_other_only():
    assert _are_equal(None, None)
    assert not _are_equal(None, 0.0)
    assert not _are_equal(0.0, None)
    assert _are_equal(1e6, 1e6 + 1e-3)
    assert not _are_equal(1e-3, 1.1e-3)


@pytest.mark.parametrize(
    ("events", "weight", "half", "wanted"),
    [
        (60, 2.0, 1.5, 1.959963984540054),  # many rows of either class
        (12, 2.0, 2.4, 2.446911848791681),  # Student's of six
        (12, 2.0, 1.9, 1.959963984540054),  # evidence of other rows
        (6, 1.0, 2.4, 1.959963984540054),  # six rows of one weight, as all others
        (0, 1.0, 20.0, 12.706204736174698),  # half a row counts as one
    ],
)
def test_ends_of_points_of_few_rows_are_students_or_of_evidence_given(events, weight, half, wanted):
    done = Noted({"conventions": {"level": 0.95}})
    rows = [("x", 90.0 - events, events, weight), ("y", 300.0, 100.0, 1.0)]
    bins = [
        {"bin": name, "count": safe + bad, "nonevents": safe, "events": bad}
        | {"squared_nonevents": safe, "squared_events": of * bad}
        for name, safe, bad, of in rows
    ]
    entry = {"feature": "a", "samples": {"train": {"bins": bins}}}
    counted = verify_points._counted({"characteristics": [entry]}, "a")
    count, size = counted["x"]
    assert count == 90.0
    assert size == (events / weight if weight > 1.0 or not events else math.inf)
    assert counted["y"] == (400.0, 100.0 if weight > 1.0 else math.inf)
    row = {"standard_error": 1.0, "low": -half, "high": half}
    assert verify_points._reach(done, row, size, is_same=True) == pytest.approx(wanted)
    # A card of other rows may have any of Student's.
    other = verify_points._reach(done, row, size, is_same=False)
    assert other == pytest.approx(min(max(half, 1.959963984540054), 12.706204736174698))
    assert verify_points._counted({"characteristics": []}, "a") == {}

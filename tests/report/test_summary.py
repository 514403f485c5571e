import json
import re

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse
from sklearn.frozen import FrozenEstimator
from sklearn.metrics import roc_auc_score

from infotheory.binning import OptimalBinner, merge_bins
from infotheory.exceptions import WithheldWarning
from infotheory.report import SCHEMA_VERSION, report_schema, scorecard_report
from infotheory.report.plain import plain
from infotheory.report.sections.provenance import data_fingerprint
from infotheory.scorecard import Scorecard, ScorecardRegressor

SECTIONS = {
    "schema",
    "title",
    "model_details",
    "findings",
    "dictionary",
    "conventions",
    "data",
    "characteristics",
    "ranking",
    "coefficients",
    "coefficient_matrices",
    "points",
    "test_warnings",
    "audit",
    "selection",
    "reasons",
    "frontier",
    "decisions",
    "custom",
    "performance",
    "calibration",
    "stability",
    "fairness",
    "limitations",
    "reproducibility",
}
ESTIMATE = {
    *("value", "standard_error", "low", "low_status", "high", "high_status"),
    *("p_value", "method", "law", "reason"),
}


def test_the_summary_has_the_sections_of_its_schema(german):
    summary = german[1].summary
    assert set(summary) == SECTIONS
    assert summary["schema"] == {"name": "infotheory.scorecard_report", "version": SCHEMA_VERSION}
    assert set(summary["ranking"][0]["iv"]) == ESTIMATE
    assert json.loads(json.dumps(summary, allow_nan=False)) == summary


def test_all_twenty_characteristics_are_there_and_three_stay_out(german):
    entries = german[1].summary["characteristics"]
    assert len(entries) == 20
    outside = {entry["feature"]: entry["reason"] for entry in entries if not entry["in_card"]}
    assert outside == dict.fromkeys(
        ["age_in_years", "foreign_worker", "personal_status_and_sex"], "protected"
    )
    assert {row["feature"] for row in german[1].summary["ranking"]} == {
        entry["feature"] for entry in entries
    }


def test_bins_add_up_to_the_rows_of_each_sample(german):
    for entry in german[1].summary["characteristics"]:
        for sample, rows in (("train", 700), ("hold-out", 300)):
            assert sum(row["count"] for row in entry["samples"][sample]["bins"]) == rows


def test_the_area_under_the_curve_is_that_of_scikit_learn(german):
    card, report, (X, y, train, _) = german
    points = card.predict_points(X[~train][list(card.feature_names_in_)])
    found = {
        (row["measure"], row["sample"]): row["value"]
        for row in report.summary["performance"]["measures"]
    }
    assert found["AUC", "hold-out"] == pytest.approx(roc_auc_score(y[~train], -points), rel=1e-12)
    assert found["Gini", "hold-out"] == pytest.approx(2 * found["AUC", "hold-out"] - 1)


def test_protected_attributes_are_measured_on_both_samples(german):
    fairness = german[1].summary["fairness"]
    told = {
        (row["attribute"], row["sample"], row["measure"].split()[0]) for row in fairness["measures"]
    }
    assert told == {
        (attribute, sample, measure)
        for attribute in ("young", "foreign_worker")
        for sample in ("train", "hold-out")
        for measure in ("IV_fair", "adverse", "standardised")
    }
    assert fairness["approved_share"] == pytest.approx(0.5, abs=0.03)
    assert any("fewer than 50 rows" in text for text in german[1].summary["limitations"])


def test_a_group_without_hold_out_rows_has_no_numbers_there(small, tmp_path):
    """It is in the table of groups, as in every sample, and the comparisons say what is absent."""
    card, portfolio = small
    X, y = portfolio.X, portfolio.y
    group = pd.DataFrame({"sex": np.where(np.arange(len(y)) % 3 == 0, "f", "m")})
    men = np.flatnonzero(group["sex"] == "m")[:300]
    holdout = {"X": X.iloc[men], "y": y[men], "protected": group.iloc[men]}
    report = scorecard_report(card, X, y, protected=group, holdout=holdout, n_permutations=19)
    fairness = report.summary["fairness"]
    groups = {(row["sample"], row["group"]): row for row in fairness["groups"]}
    assert groups["hold-out", "f"]["count"] == groups["hold-out", "f"]["weight"] == 0.0
    assert groups["hold-out", "f"]["approval_rate"] is None
    assert groups["hold-out", "m"]["count"] == 300.0
    assert groups["hold-out", "m"]["event_rate"] == pytest.approx(y[men].mean())

    rows = [row for row in fairness["measures"] if row["sample"] == "hold-out"]
    words = "the hold-out sample has no rows of 'f': there is nothing to compare 'm' with"
    assert [(row["value"], row["low_status"], row["reason"]) for row in rows] == 3 * [
        (None, "withheld", words)
    ]
    page = report.to_html(tmp_path / "report.html").read_text(encoding="utf-8")
    assert "hold-out sample has no rows of" in page
    jsonschema = pytest.importorskip("jsonschema")
    jsonschema.validate(report.summary, report_schema())

    # of an attribute that the training rows do not have a single group says nothing
    with pytest.raises(ValueError, match=r"protected of the hold-out sample: .* two groups"):
        scorecard_report(card, X, y, holdout=holdout, n_permutations=19)


def test_stability_prints_the_critical_value_beside_the_band(german):
    score = german[1].summary["stability"][0]
    assert score["feature"] == "score"
    assert 0.0 < score["critical_value"] < 0.2
    assert score["band"] in ("stable", "shift", "large shift")


def test_no_hold_out_no_groups_is_said_and_tests_are_withheld(small):
    card, portfolio = small
    summary = scorecard_report(card, portfolio.X, portfolio.y, n_permutations=19).summary
    assert summary["stability"] is None
    assert summary["fairness"] is None
    assert all(row["p_value"] is None for row in summary["coefficients"])
    assert any("no hold-out rows" in text for text in summary["limitations"])
    assert any("No protected attribute" in text for text in summary["limitations"])


def test_the_same_seed_gives_the_same_numbers(small):
    card, portfolio = small
    first, second = (
        scorecard_report(card, portfolio.X, portfolio.y, n_permutations=19).summary
        for _ in range(2)
    )
    for summary in (first, second):
        del summary["reproducibility"]["created"]
    assert first == second


def test_arrays_and_polars_frames_give_the_numbers_of_pandas(small):
    _, portfolio = small
    X = portfolio.X[["number_0", "number_1"]]
    card = Scorecard().fit(X, portfolio.y)
    expected = scorecard_report(card, X, portfolio.y, n_permutations=9).summary
    polars = scorecard_report(
        card, pl.from_pandas(X), portfolio.y.to_numpy(), n_permutations=9
    ).summary
    assert polars["ranking"] == expected["ranking"]
    array_card = Scorecard().fit(X.to_numpy(), portfolio.y)
    array = scorecard_report(array_card, X.to_numpy(), portfolio.y, n_permutations=9).summary
    assert [row["iv"] for row in array["ranking"]] == [row["iv"] for row in expected["ranking"]]


def test_a_card_read_from_json_reports_the_same_numbers(small):
    card, portfolio = small
    expected = scorecard_report(card, portfolio.X, portfolio.y, n_permutations=9).summary
    restored = Scorecard.from_json(card.to_json())
    summary = scorecard_report(restored, portfolio.X, portfolio.y, n_permutations=9).summary
    assert summary["ranking"] == expected["ranking"]
    assert summary["performance"] == expected["performance"]
    assert {entry["status"] for entry in summary["characteristics"]} == {"unknown"}


@pytest.mark.parametrize("make", [Scorecard, ScorecardRegressor])
def test_a_card_read_from_json_learns_again_with_the_options_of_its_fit(small, make):
    """Folds and permutations were those of default options, without a word."""
    _, portfolio = small
    binner = OptimalBinner(max_n_bins=2, max_n_prebins=8, monotonic_trend=None)
    options = {"target_type": "fraction"} if make is ScorecardRegressor else {}
    X = portfolio.X[["number_0", "number_1"]]
    card = make(binner, signs="free", **options).fit(X, portfolio.y)
    document = json.loads(card.to_json())
    restored = make.from_json(json.dumps(document))

    def report(of_card):
        return scorecard_report(of_card, X, portfolio.y, n_permutations=9, rng=0).summary

    expected, summary = report(card), report(restored)
    # The interval holds over the search that the document tells of.
    assert {row["iv"]["law"] for row in summary["ranking"]} == {"over the search"}
    assert summary["ranking"] == expected["ranking"]
    assert "max_n_bins=2" in str(summary["reproducibility"])

    # Documents of earlier versions say nothing, and so do the numbers that need it.
    del document["learner"]
    earlier = make.from_json(json.dumps(document))
    with pytest.warns(WithheldWarning, match="does not say with which options") as caught:
        summary = report(earlier)
    assert {warning.filename for warning in caught} == {__file__}
    assert all(
        row["cross_fitted"] is row["permutation_p_value"] is None for row in summary["ranking"]
    )
    assert summary["reproducibility"]["parameters"]["binner"] == "'not known'"
    assert json.loads(earlier.to_json())["learner"] is None


def test_bins_set_by_hand_are_not_learnt_again_from_a_document(small):
    """The value on held-out folds was that of the bins that a search finds."""
    _, portfolio = small
    X = portfolio.X[["number_0", "number_1"]]
    binner = OptimalBinner().fit(X, portfolio.y)
    tuned = merge_bins(binner, "number_0", [0, 1], reason="a test")
    card = Scorecard(FrozenEstimator(tuned), signs="free").fit(X, portfolio.y)
    restored = Scorecard.from_json(card.to_json())
    ranking = scorecard_report(restored, X, portfolio.y, n_permutations=9).summary["ranking"]
    told = {row["feature"]: row["cross_fitted"] for row in ranking}
    assert told["number_0"] is None
    assert told["number_1"]["value"] > 0.0


def test_a_constant_column_outside_the_card_and_a_turned_event_are_shown(small):
    _, portfolio = small
    card = Scorecard(OptimalBinner(event_label=0, woe_sign="event")).fit(portfolio.X, portfolio.y)
    summary = scorecard_report(
        card, portfolio.X.assign(constant=1.0), portfolio.y, n_permutations=9
    ).summary
    assert summary["conventions"]["short"] == "event = 0; WoE > 0 is riskier"
    assert summary["data"]["samples"][0]["events"] == int((portfolio.y == 0).sum())
    constant = next(entry for entry in summary["ranking"] if entry["feature"] == "constant")
    assert constant["iv"]["value"] == 0.0
    assert constant["permutation_p_value"] == 1.0


def test_weights_reach_every_section(small):
    card, portfolio = small
    weights = np.where(portfolio.y == 1, 3.0, 1.0)
    summary = scorecard_report(
        card, portfolio.X, portfolio.y, sample_weight=weights, n_permutations=9
    ).summary
    assert summary["data"]["samples"][0]["weighted"] is True
    rate = np.average(portfolio.y, weights=weights)
    assert summary["data"]["samples"][0]["event_rate"] == pytest.approx(rate)
    bins = summary["characteristics"][0]["samples"]["train"]["bins"]
    assert sum(row["count"] for row in bins) == pytest.approx(weights.sum())


def test_progress_counts_to_the_end(small):
    card, portfolio = small
    calls = []
    scorecard_report(
        card,
        portfolio.X,
        portfolio.y,
        n_permutations=9,
        progress=lambda *args: calls.append(args[:2]),
    )
    assert [done for done, _ in calls] == sorted(done for done, _ in calls)
    assert calls[-1][0] == calls[-1][1]


def wrong_requests(portfolio):
    X, y = portfolio.X, portfolio.y
    ones = np.ones(len(y), dtype=int)
    return [
        (
            {"X": X.drop(columns="number_0")},
            "X of the train sample must hold every column of the model, got none named",
        ),
        ({"y": ones}, "y of the train rows must hold two classes, got one class: 1"),
        ({"y": y + 1}, "y of the train rows must hold the labels of the fit [0, 1], got"),
        ({"y": y[:-1]}, "y of the train rows must have shape (1500,)"),
        ({"X": X.iloc[:0]}, "X must hold rows, got shape (0, 3)"),
        (
            {"X": X["number_0"].to_numpy()},
            "X must have two dimensions, rows and columns, got shape (1500,)",
        ),
        ({"level": 1.0}, "level must lie strictly between 0 and 1, got 1.0"),
        (
            {"holdout": {"X": X}},
            (
                "holdout must have the keys X and y, and may have sample_weight and protected, got "
                "['X']"
            ),
        ),
        ({"holdout": (X, y)}, 'got tuple; pass a dict such as {"X": X_test, "y": y_test}'),
        ({"holdout": X}, "got DataFrame; pass a dict such as"),
        ({"reasons": ["age"]}, "reasons must be a dict from columns of X, got list"),
        ({"descriptions": "age"}, "descriptions must be a dict from columns of X, got str"),
        ({"notes": "A note."}, 'notes must be a list of texts, got one text; pass ["A note."]'),
        (
            {"holdout": {"X": X, "y": y * 0}},
            "y of the hold-out rows must hold two classes, got one class: 0",
        ),
        (
            {"protected": ones},
            (
                "protected of the train sample: a protected attribute must have at least two "
                "groups, got ['1']"
            ),
        ),
        (
            {"protected": pd.Series(["a", "b"])},
            "protected of the train sample: protected must have one row for each of the 1500 rows",
        ),
        (
            {"reviews": {"income": {"status": "accepted"}}},
            "reviews must be of columns of X, got those of ['income']",
        ),
    ]


@pytest.mark.parametrize("case", range(17))
def test_wrong_requests_name_the_rule_and_the_value(small, case):
    card, portfolio = small
    change, text = wrong_requests(portfolio)[case]
    with pytest.raises(ValueError, match=re.escape(text)):
        scorecard_report(card, **{"X": portfolio.X, "y": portfolio.y} | change)


def test_sparse_rows_are_refused_by_name(small):
    card, portfolio = small
    with pytest.raises(TypeError, match="X must be dense, got a sparse csr_array"):
        scorecard_report(card, sparse.csr_array(np.eye(3)), portfolio.y)


def test_plain_data_hold_no_nan_and_no_numpy():
    value = {
        "a": np.float64("nan"),
        "b": (np.int64(1), np.inf),
        "c": np.array(["x"]),
        "d": np.bool_(True),
    }
    assert plain(value, level=0.95) == {"a": None, "b": [1, None], "c": ["x"], "d": True}


def test_the_fingerprint_sees_every_change_but_not_the_index():
    frame = pd.DataFrame({"a": [1.0, 2.0], "b": ["x", None]})
    base = data_fingerprint(frame, np.array([0.0, 1.0]), None)
    assert re.fullmatch("[0-9a-f]{64}", base)
    assert data_fingerprint(frame.set_axis([5, 6]), np.array([0.0, 1.0]), None) == base
    changed = [frame.rename(columns={"a": "z"}), frame[::-1], frame.assign(a=[1.0, 2.1])]
    prints = {data_fingerprint(other, np.array([0.0, 1.0]), None) for other in changed}
    assert len(prints | {base, data_fingerprint(frame, np.array([0.0, 1.0]), np.ones(2))}) == 5

"""Reports on a binner and a classifier in a pipeline, and on hand-made bins."""

import json
import re
import warnings

import numpy as np
import pandas as pd
import pytest
from scipy import special
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from infotheory.binning import (
    OptimalBinner,
    StumpBinner,
    keep_features,
    merge_bins,
    rebin,
    redo_step,
    set_woe,
    undo_step,
)
from infotheory.report import report_schema, scorecard_report
from infotheory.report.models import read_model
from infotheory.scorecard import Scorecard

jsonschema = pytest.importorskip("jsonschema")

MODELS = {
    "logistic regression": lambda: make_pipeline(OptimalBinner(), LogisticRegression()),
    "boosting on stumps": lambda: make_pipeline(
        StumpBinner(min_bin_size=0.2), HistGradientBoostingClassifier(max_iter=10)
    ),
    "forest": lambda: make_pipeline(
        OptimalBinner(metric="indices"), RandomForestClassifier(20, random_state=0)
    ),
    "event is 0": lambda: make_pipeline(
        OptimalBinner(event_label=0, woe_sign="event"), LogisticRegression()
    ),
}


def halves(portfolio):
    half = np.arange(len(portfolio.y)) % 2 == 0
    return [
        (portfolio.X[part], portfolio.y[part], portfolio.protected[part]) for part in (half, ~half)
    ]


@pytest.fixture(scope="module", params=MODELS)
def told(request, small):
    (X, y, group), (X2, y2, group2) = halves(small[1])
    pipeline = MODELS[request.param]().fit(X, y)
    report = scorecard_report(
        pipeline,
        X,
        y,
        protected=group,
        holdout={"X": X2, "y": y2, "protected": group2},
        n_permutations=9,
    )
    return request.param, pipeline, (X2, y2), report


def test_a_pipeline_is_reported_and_follows_the_schema(told):
    jsonschema.validate(told[3].summary, report_schema())


def test_what_a_pipeline_has_not_is_left_out_and_said(told, tmp_path):
    _, _, _, report = told
    summary = report.summary
    assert summary["points"] is None
    assert summary["reasons"] is None
    assert any("The model is a pipeline" in text for text in summary["limitations"])
    page = report.to_html(tmp_path / "page.html").read_text(encoding="utf-8")
    assert "points double the odds" not in page
    assert 'id="reasons"' not in page
    report.to_excel(tmp_path / "book.xlsx")


def test_the_score_ranks_as_the_probability_does(told):
    name, pipeline, (X, y), report = told
    summary = report.summary
    event = int(summary["conventions"]["event_label"])
    probability = pipeline.predict_proba(X)[:, event]
    from sklearn.metrics import roc_auc_score

    measures = {
        (row["measure"], row["sample"]): row["value"] for row in summary["performance"]["measures"]
    }
    assert measures["AUC", "hold-out"] == pytest.approx(
        roc_auc_score(y == event, probability), rel=1e-9
    )
    expected = "probability of a non-event" if name == "forest" else "log odds of a non-event"
    assert summary["conventions"]["score"] == expected
    score = 1.0 - probability if name == "forest" else special.logit(1.0 - probability)
    assert summary["data"]["samples"][1]["mean_score"] == pytest.approx(score.mean(), rel=1e-6)


def test_probabilities_of_0_and_1_leave_out_the_calibration_line(told):
    name, _, _, report = told
    tests = report.summary["calibration"]["tests"]
    assert [row["sample"] for row in tests] == ([] if name == "forest" else ["train", "hold-out"])
    assert any(
        "neither" in text or "no calibration line" in text for text in report.summary["limitations"]
    ) == (name == "forest")


def test_coefficients_of_a_linear_pipeline_have_no_errors(told):
    name, pipeline, _, report = told
    rows = report.summary["coefficients"]
    if "boost" in name or name == "forest":
        assert rows is None
        return
    sign = -1.0 if name == "event is 0" else 1.0
    np.testing.assert_allclose([row["coefficient"] for row in rows], sign * pipeline[-1].coef_[0])
    assert {row["standard_error"] for row in rows} == {None}
    assert all(row["sign_ok"] for row in rows)


def test_a_step_between_binner_and_classifier_leaves_out_coefficients(small):
    X, y, _ = halves(small[1])[0]
    pipeline = make_pipeline(OptimalBinner(), StandardScaler(), LogisticRegression()).fit(X, y)
    assert scorecard_report(pipeline, X, y, n_permutations=9).summary["coefficients"] is None


@pytest.mark.parametrize(
    "make",
    [
        LogisticRegression,
        lambda: make_pipeline(StandardScaler(), LogisticRegression()),
        lambda: make_pipeline(OptimalBinner(), RidgeClassifier()),
        lambda: make_pipeline(OptimalBinner()),
    ],
)
def test_other_models_are_refused_with_what_is_needed(make, small):
    X, y = small[1].X[["number_0", "number_1"]].fillna(0.0), small[1].y
    with pytest.raises(
        TypeError, match=re.escape("a Pipeline that starts with a binner of infotheory.binning")
    ):
        read_model(make().fit(X, y), X)


@pytest.fixture(scope="module")
def by_hand(small):
    portfolio = small[1]
    tuned = merge_bins(
        OptimalBinner().fit(portfolio.X, portfolio.y),
        "number_0",
        [0, 1],
        reason="<policy>",
        who="A",
        when="today",
    )
    card = Scorecard(FrozenEstimator(tuned)).fit(portfolio.X, portfolio.y)
    return tuned, card, portfolio


def test_steps_by_hand_reach_every_format(by_hand, tmp_path):
    import openpyxl

    tuned, card, portfolio = by_hand
    report = scorecard_report(card, portfolio.X, portfolio.y, n_permutations=9)
    jsonschema.validate(report.summary, report_schema())
    assert report.summary["audit"] == tuned.audit_
    page = report.to_html(tmp_path / "page.html").read_text(encoding="utf-8")
    assert '<section id="audit">' in page
    assert "&lt;policy&gt;" in page
    book = openpyxl.load_workbook(report.to_excel(tmp_path / "book.xlsx"))
    assert book["audit"]["E4"].value == "<policy>"
    assert (
        json.loads(report.to_json(tmp_path / "r.json").read_text())["audit"][0]["reason"]
        == "<policy>"
    )


def test_every_kind_of_step_and_what_was_set_reaches_every_format(small, tmp_path):
    portfolio = small[1]
    X, y = portfolio.X, portfolio.y
    binner = OptimalBinner().fit(X, y)
    tuned = merge_bins(binner, "number_0", [0, "Missing"], reason="a")
    tuned = rebin(tuned, "number_0", max_n_bins=3, reason="b")
    tuned = redo_step(undo_step(tuned, reason="c"), reason="d")
    tuned = set_woe(tuned, "number_0", 1, 0.25, reason="<policy>")
    names = list(X.columns)
    tuned = keep_features(tuned, names[:-1], reason="e")
    X = X[names[:-1]]
    card = Scorecard(FrozenEstimator(tuned), signs="free").fit(X, y)

    report = scorecard_report(card, X, y, n_permutations=9)
    summary = report.summary
    jsonschema.validate(summary, report_schema())
    actions = [line["action"] for line in summary["audit"]]
    assert actions == ["merge", "rebin", "undo", "redo", "woe", "exclude"]
    entry = next(row for row in summary["characteristics"] if row["feature"] == "number_0")
    label = tuned.specs_["number_0"].labels[1]
    assert entry["woe_by_hand"] == [label]
    assert entry["missing_share"] == pytest.approx(X["number_0"].isna().mean())
    bins = {row["bin"]: row for row in entry["samples"]["train"]["bins"]}
    assert "Missing" not in bins
    assert (bins[label]["woe"], bins[label]["woe_reason"]) == (0.25, "set by hand")
    assert bins[label]["woe_low"] is None
    assert bins[label]["woe_standard_error"] is None
    points = [row for row in summary["points"] if row["feature"] == "number_0"]
    assert [row["woe_reason"] for row in points if row["bin"] == label] == ["set by hand"]
    assert any("have no error" in t and label in t for t in summary["limitations"])

    page = report.to_html(tmp_path / "page.html").read_text(encoding="utf-8")
    # status of the column, bins of the fit, points
    assert page.count(">set by hand<") == 3
    assert '<rect class="o"' in page
    report.to_excel(tmp_path / "book.xlsx")
    report.to_json(tmp_path / "r.json")


@pytest.mark.parametrize("weighted", [False, True])
def test_hand_made_bins_are_valued_as_they_are_and_their_p_value_is_withheld(by_hand, weighted):
    tuned, card, portfolio = by_hand
    weights = np.ones(len(portfolio.y)) if weighted else None
    summary = scorecard_report(
        card, portfolio.X, portfolio.y, sample_weight=weights, n_permutations=9
    ).summary
    entry = next(row for row in summary["ranking"] if row["feature"] == "number_0")
    assert entry["by_hand"]
    assert entry["permutation_p_value"] is None
    assert entry["adjusted_p_value"] is None
    assert entry["iv"]["value"] == pytest.approx(tuned.audit_[0]["iv_after"])
    assert (
        abs(entry["cross_fitted"]["value"] - entry["iv"]["value"])
        < 2 * entry["iv"]["standard_error"]
    )
    others = [row for row in summary["ranking"] if not row["by_hand"]]
    assert all(row["permutation_p_value"] is not None for row in others)
    assert any("Bins set by hand are held as they are" in text for text in summary["limitations"])


def test_rows_other_than_those_of_the_fit_are_counted_anew(by_hand):
    _, card, portfolio = by_hand
    X, y = portfolio.X[:900], portfolio.y[:900]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        summary = scorecard_report(card, X, y, n_permutations=9).summary
    fitted = scorecard_report(card, portfolio.X, portfolio.y, n_permutations=9).summary
    pair = [
        next(row for row in s["ranking"] if row["feature"] == "number_1") for s in (summary, fitted)
    ]
    assert pair[0]["cross_fitted"]["value"] != pair[1]["cross_fitted"]["value"]


def test_jointly_learnt_stumps_have_no_cross_fitted_values(small):
    X, y, _ = halves(small[1])[0]
    pipeline = make_pipeline(StumpBinner(mode="joint", min_bin_size=0.2), LogisticRegression()).fit(
        X, y
    )
    summary = scorecard_report(pipeline, X, y, n_permutations=9).summary
    assert {row["cross_fitted"] for row in summary["ranking"]} == {None}
    assert any("not learnt column by column" in text for text in summary["limitations"])


def test_options_of_single_features_do_not_reach_columns_outside(small):
    X, y, _ = halves(small[1])[0]
    splits = {"number_0": [0.0], "number_1": [0.5]}
    card = Scorecard(
        OptimalBinner(user_splits=splits, feature_params={"number_0": {"max_n_bins": 3}})
    ).fit(X[["number_0", "number_1"]], y)
    summary = scorecard_report(card, X.assign(other=X["number_0"]), y, n_permutations=9).summary
    assert {entry["feature"] for entry in summary["characteristics"]} == {*X.columns, "other"}


def test_a_frame_of_any_kind_is_a_result(small):
    card, portfolio = small

    class Frontier:
        def to_frame(self):
            return pd.DataFrame(
                {
                    "budget": [0.1, np.inf],
                    "iv": [0.5, 0.7],
                    "iv_standard_error": [0.05, 0.06],
                    "dominated": [True, False],
                }
            )

    summary = scorecard_report(
        card,
        portfolio.X,
        portfolio.y,
        n_permutations=9,
        frontier=Frontier(),
        selection=pd.DataFrame({"step": [1]}),
    ).summary
    assert summary["frontier"]["rows"][1] == {
        "budget": None,
        "iv": 0.7,
        "iv_standard_error": 0.06,
        "dominated": False,
    }
    assert summary["selection"] == {"columns": ["step"], "rows": [{"step": 1}]}
    with pytest.raises(TypeError, match="must have to_frame"):
        scorecard_report(card, portfolio.X, portfolio.y, decisions=[1, 2])


def test_parts_of_the_brier_score_add_up_and_a_sweep_is_told(small, tmp_path):
    from infotheory.scorecard import CostTable, cut_off_sweep

    card, portfolio = small
    sweep = cut_off_sweep(
        portfolio.y, card.predict_points(portfolio.X), [500.0, 520.0], costs=CostTable(10, 60)
    )
    report = scorecard_report(card, portfolio.X, portfolio.y, n_permutations=9, decisions=sweep)
    values = {row["measure"]: row["value"] for row in report.summary["performance"]["measures"]}
    parts = [
        values[f"Brier score: {part}"]
        for part in ("reliability", "uncertainty", "within groups", "resolution")
    ]
    assert sum(parts[:3]) - parts[3] == pytest.approx(values["Brier score"])
    ratio = next(
        r
        for r in report.summary["calibration"]["measures"]
        if r["measure"].startswith("observed / expected")
    )
    assert ratio["value"] == pytest.approx(1.0, abs=1e-6)  # the fit makes it so on training rows
    page = report.to_html(tmp_path / "page.html").read_text(encoding="utf-8")
    part = page[page.index('<section id="decisions">') :]
    assert "value ± SE" in part[: part.index("</section>")]
    assert re.findall('aria-label="([^"]*by cut-off)"', part) == [
        f"{quantity} by cut-off" for quantity in ("approval rate", "bad rate", "profit")
    ]


def test_a_card_of_another_package_is_refused(small):
    card, portfolio = small
    document = json.loads(card.to_json()) | {"origin": "toad"}
    document |= {"regression": None, "learner": None}
    for feature in document["features"]:
        # Cards of other packages tell no counts and no weights of evidence.
        feature.update(dict.fromkeys(("counts", "squared_weights", "woe", "status")))
    foreign = Scorecard.from_json(json.dumps(document))
    with pytest.raises(ValueError, match="a card that was fitted on rows, got one read from toad"):
        scorecard_report(foreign, portfolio.X, portfolio.y)


def test_bins_chosen_with_regard_to_groups_are_told(small, tmp_path):
    pytest.importorskip("pulp")
    from infotheory.binning import FairBinner

    portfolio = small[1]
    card = Scorecard(FairBinner(budget_per_feature=0.0, min_n_bins=2)).fit(
        portfolio.X, portfolio.y, protected=portfolio.protected
    )
    report = scorecard_report(
        card, portfolio.X, portfolio.y, protected=portfolio.protected, n_permutations=9
    )
    jsonschema.validate(report.summary, report_schema())
    assert report.summary["conventions"]["fitted_with_protected"] == ["group"]
    assert any(
        "The bins were chosen with regard to protected" in text
        for text in report.summary["limitations"]
    )
    dropped = next(
        entry for entry in report.summary["characteristics"] if entry["status"] == "dropped: budget"
    )
    assert len(dropped["samples"]["train"]["bins"]) == 1
    assert dropped["missing_share"] is None
    assert (
        "The bins were chosen with regard to group"
        in report.to_html(tmp_path / "p.html").read_text()
    )


def test_a_frontier_is_drawn_and_its_table_is_in_every_format(small, tmp_path):
    pytest.importorskip("pulp")
    import openpyxl

    from infotheory.fairness import fairness_frontier

    card, portfolio = small
    frontier = fairness_frontier(portfolio.X, portfolio.y, portfolio.protected, budgets=[0.02, 0.5])
    report = scorecard_report(card, portfolio.X, portfolio.y, n_permutations=9, frontier=frontier)
    jsonschema.validate(report.summary, report_schema())
    page = report.to_html(tmp_path / "page.html").read_text(encoding="utf-8")
    assert 'aria-label="iv against IV between groups"' in page
    sheet = openpyxl.load_workbook(report.to_excel(tmp_path / "book.xlsx"))["frontier"]
    assert [cell.value for cell in sheet[3]][:3] == ["budget", "iv", "iv SE"]
    assert sheet["B4"].value == pytest.approx(frontier[0].measures["iv"].value)

"""Reports on targets that are no two classes: losses, claims, numbers, several classes."""

import functools
import json
import re

import numpy as np
import openpyxl
import pytest
from jsonschema import validate

from infotheory.binning import OptimalBinner, merge_bins
from infotheory.cli import main
from infotheory.datasets import make_losses
from infotheory.report import report_schema, scorecard_report, verify_report
from infotheory.report.verify_report import verify
from infotheory.scorecard import (
    MasterScale,
    Scorecard,
    ScorecardRegressor,
    concordance,
    mean_calibration,
)
from tests.report.conftest import Checker

KINDS = ("fraction", "rate", "continuous", "multiclass")


def in_classes(y):
    return np.select([y < 0.1, y < 0.9], ["cured", "partial"], "lost")


def rows_of(kind, seed):
    """Characteristics, target and exposure of one sample."""
    losses = make_losses(3000, kind="policies" if kind == "rate" else "loans", random_state=seed)
    y = {"continuous": 100.0 * losses.y - 30.0, "multiclass": in_classes(losses.y)}
    return losses.X, y.get(kind, losses.y), losses.exposure


@pytest.fixture(scope="module")
def reports():
    """A model and its report by kind of target; one characteristic is not in the model."""
    made = {}
    for kind in KINDS:
        X, y, weight = rows_of(kind, 0)
        used = X.drop(columns="area" if kind == "rate" else "branch")
        binner = OptimalBinner(target_type=kind, max_n_bins=4)
        model = (
            binner
            if kind == "multiclass"
            else ScorecardRegressor(binner, target_type=kind, signs="free")
        )
        model.fit(used, y, weight)
        other_X, other_y, other_weight = rows_of(kind, 1)
        made[kind] = (
            model,
            scorecard_report(
                model,
                X,
                y,
                sample_weight=weight,
                holdout={"X": other_X, "y": other_y, "sample_weight": other_weight},
                n_permutations=19,
            ),
        )
    return made


@pytest.mark.parametrize("kind", KINDS)
def test_the_document_follows_its_schema(reports, kind, tmp_path):
    report = reports[kind][1]
    document = json.loads(report.to_json(tmp_path / "r.json").read_text(encoding="utf-8"))
    validate(document, report_schema("target"))
    assert document["schema"] == {"name": "infotheory.target_report", "version": 1}


@pytest.mark.parametrize("kind", KINDS)
def test_what_has_no_meaning_is_absent_with_a_sentence(reports, kind):
    summary = reports[kind][1].summary
    assert summary["fairness"] is None
    assert any("no ROC curve" in text for text in summary["limitations"])
    assert (summary["performance"] is None) == (kind == "multiclass")
    assert ("A binner alone has no score" in " ".join(summary["limitations"])) == (
        kind == "multiclass"
    )


@pytest.mark.parametrize("kind", KINDS)
def test_the_page_is_whole_and_says_nothing_of_events(reports, kind, tmp_path):
    page = reports[kind][1].to_html(tmp_path / "r.html").read_text(encoding="utf-8")
    checker = Checker()
    checker.feed(page)
    assert checker.open == []
    assert len(checker.ids) == len(set(checker.ids))
    text = re.sub(r"<style>.*?</style>|<[^>]+>", " ", page, flags=re.DOTALL)
    assert not re.search(r"\b(non-)?events?\b|AUC|safer|\bROC\b(?! curve, cut-off)", text)


@pytest.mark.parametrize("kind", KINDS)
def test_the_workbook_and_the_document_open(reports, kind, tmp_path):
    docx = pytest.importorskip("docx")
    book = openpyxl.load_workbook(reports[kind][1].to_excel(tmp_path / "r.xlsx"))
    names = {"samples", "ranking", "bins", "stability", "charts"}
    if kind != "multiclass":
        names |= {"points", "coefficients", "performance", "bands", "distribution"}
    assert names <= set(book.sheetnames)
    assert ("gains" in book.sheetnames) == (kind in ("fraction", "rate"))

    document = docx.Document(str(reports[kind][1].to_docx(tmp_path / "r.docx")))
    lead = document.paragraphs[1].text
    assert lead.startswith(f"Target: {kind}; WoE > 0 is ")


@pytest.mark.parametrize("kind", KINDS[:3])
def test_the_numbers_are_those_of_the_functions(reports, kind):
    card, report = reports[kind]
    X, y, weight = rows_of(kind, 1)
    mean = card.predict(X[list(card.binner_.features_)])
    held = {
        (row["measure"].split(" (")[0], row["sample"]): row
        for part in ("performance", "calibration")
        for row in report.summary[part]["measures"]
    }
    options = {"sample_weight": weight}
    order = held["concordance", "hold-out"]
    assert order["value"] == pytest.approx(concordance(y, mean, **options).value)
    level = mean_calibration(y, mean, target_type=kind, **options)
    assert held["slope", "hold-out"]["low"] == pytest.approx(level.slope.interval()[0])

    # What is counted by bin is counted by band and by sample.
    sample = report.summary["data"]["samples"][0]
    for entry in report.summary["characteristics"]:
        bins = entry["samples"]["train"]["bins"]
        count = sum(row["count"] for row in bins)
        assert count == pytest.approx(sample["sum_of_weights"])
        mean_of_bins = sum(row["count"] * row["mean"] for row in bins) / count
        assert mean_of_bins == pytest.approx(sample["mean"])
    bands = report.summary["calibration"]["groups"]["train"]
    assert sum(row["count"] for row in bands) == pytest.approx(count)


def test_the_ranking_of_bins_learnt_elsewhere_has_no_p_value(reports):
    summary = reports["fraction"][1].summary
    crossed = {entry["feature"]: entry for entry in summary["ranking"]}
    assert crossed["product"]["cross_fitted"]["low"] > 0.2
    assert crossed["branch"]["cross_fitted"]["low"] <= 0.0
    assert not crossed["branch"]["in_card"]
    assert crossed["product"]["iv"]["p_value"] is None


def test_stability_is_that_of_the_weights(reports):
    rows = reports["rate"][1].summary["stability"]
    assert [row["feature"] for row in rows] == ["score", "age", "power", "area"]
    assert all(row["index"]["value"] < 0.02 for row in rows)
    assert reports["multiclass"][1].summary["stability"][0]["feature"] == "loan_to_value"


def test_a_drift_of_the_mean_is_found():
    X, y, _ = rows_of("fraction", 2)
    card = ScorecardRegressor(signs="free").fit(X, y)
    later, loss, _ = rows_of("fraction", 3)
    worse = {"X": later, "y": np.sqrt(loss)}
    report = scorecard_report(card, X, y, holdout=worse, n_permutations=9)
    texts = [finding["text"] for finding in report.summary["findings"]]
    assert any("means are too low or too high" in text for text in texts)


def test_bins_set_by_hand_and_no_hold_out_rows():
    X, y, _ = rows_of("fraction", 4)
    binner = OptimalBinner(target_type="fraction").fit(X, y)
    binner = merge_bins(binner, "months_in_arrears", [0, 1], reason="one policy")
    report = scorecard_report(binner, X, y, n_permutations=9)
    summary = report.summary
    assert [row["action"] for row in summary["audit"]] == ["merge"]
    assert summary["stability"] is None
    assert summary["findings"][0]["text"].startswith("There are no hold-out rows")
    months = next(row for row in summary["ranking"] if row["feature"] == "months_in_arrears")
    assert months["by_hand"]
    assert months["permutation_p_value"] is None


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("cut_off", 600.0),
        ("scale", MasterScale((0.2,), (0.1, 0.3))),
        ("protected", np.repeat(["a", "b"], 1500)),
    ],
)
def test_what_speaks_of_labels_is_refused(reports, option, value):
    card = reports["fraction"][0]
    X, y, _ = rows_of("fraction", 0)
    with pytest.raises(ValueError, match=f"{option} must be left out .* no two classes"):
        scorecard_report(card, X, y, n_permutations=9, **{option: value})


def test_amounts_that_are_none_of_the_target_name_the_sample(reports):
    card = reports["fraction"][0]
    X, y, _ = rows_of("fraction", 0)
    with pytest.raises(ValueError, match=r"y of the train rows must lie in \[0, 1\]"):
        scorecard_report(card, X, 2.0 * y)


def test_gamma_amounts_with_zeros_are_told_by_poisson_deviance():
    X, y, weight = rows_of("rate", 0)
    card = ScorecardRegressor(
        OptimalBinner(max_n_bins=3), target_type="rate", power=2.0, signs="free"
    ).fit(X, y, weight)
    report = scorecard_report(card, X, y, sample_weight=weight, n_permutations=9)
    measures = [row["measure"] for row in report.summary["performance"]["measures"]]
    assert measures[0] == "deviance explained (Poisson)"


def test_two_classes_stay_as_they_are():
    assert report_schema()["properties"]["schema"]["properties"]["version"] == {"const": 3}
    X, y, _ = rows_of("fraction", 0)
    card = Scorecard().fit(X[["product"]], (y > 0.5).astype(int))
    summary = scorecard_report(card, X[["product"]], (y > 0.5).astype(int)).summary
    assert summary["schema"]["name"] == "infotheory.scorecard_report"
    assert "target_type" not in summary["conventions"]


@pytest.mark.parametrize("kind", KINDS)
def test_the_numbers_follow_from_the_tables(reports, kind, tmp_path, capsys):
    path = reports[kind][1].to_json(tmp_path / "r.json")
    document = json.loads(path.read_text(encoding="utf-8"))
    done = verify(document)
    assert done.differences == []
    groups = {"weights of evidence", "information values", "means of samples", "shares"}
    assert groups <= set(done.agreed)
    assert main(["verify", str(path)]) == 0
    (tmp_path / "rows.csv").write_text("y\n1\n")
    assert main(["verify", str(path), str(tmp_path / "rows.csv"), "--target", "y"]) == 2
    assert "of two classes only" in capsys.readouterr().err


CHANGED_OF_TARGETS = [
    ("characteristics", 0, "samples", "train", "bins", 1, "woe"),
    ("characteristics", 1, "samples", "hold-out", "bins", 0, "mean"),
    ("characteristics", 1, "samples", "hold-out", "bins", 0, "iv"),
    ("characteristics", 0, "samples", "train", "bins", 0, "woe_high"),
    ("characteristics", 0, "samples", "train", "iv", "value"),
    ("data", "samples", 0, "mean"),
    ("data", "samples", 1, "mean_score"),
    ("ranking", 0, "iv", "low"),
    ("points", 1, "points"),
    ("performance", "gains", "train", 2, "lift"),
    ("performance", "measures", 1, "high"),
    ("performance", "measures", -1, "value"),
    ("calibration", "measures", 1, "value"),
    ("stability", 1, "index", "value"),
    ("reasons", "characteristics", 0, "first"),
]


@pytest.mark.parametrize("place", CHANGED_OF_TARGETS, ids=lambda place: ".".join(map(str, place)))
def test_a_number_of_a_mean_that_was_changed_is_seen(reports, place):
    part = changed = json.loads(json.dumps(reports["rate"][1].summary))
    for key in place[:-1]:
        part = part[key]
    part[place[-1]] = part[place[-1]] * 1.1 + 0.01 + 2.0 * (place[0] == "points")
    assert verify(changed).differences


def parts_of(summary, place):
    """Return what holds the number of a place, and its key; None where names hide the place."""
    part, words = summary, re.findall(r"[^.\[\]]+", place)
    try:
        for word in words[:-1]:
            part = part[int(word) if isinstance(part, list) else word]
        key = int(words[-1]) if isinstance(part, list) else words[-1]
        return (part, key) if isinstance(part[key], int | float) else None
    except (KeyError, TypeError, ValueError):
        return None


@pytest.mark.parametrize("kind", KINDS)
def test_a_changed_number_of_every_kind_is_seen(reports, kind, monkeypatch):
    """One number of each kind that the script looks at, wherever it stands in a report."""
    # the files of the script are loaded once for all of these changes
    monkeypatch.setattr(verify_report, "_other_part", functools.cache(verify_report._other_part))
    summary = json.loads(json.dumps(reports[kind][1].summary))
    of_kind = {}
    for place in sorted(verify(summary).seen):
        known = parts_of(summary, place)
        if known is not None:
            of_kind[re.sub(r"\[\d+\]", "", place)] = place, *known
    assert len(of_kind) > 25
    unseen = []
    for place, part, key in of_kind.values():
        before = part[key]
        part[key] = before * 1.1 + 0.01 + 2.0 * place.startswith("points")
        if not verify(summary).differences:
            unseen.append(place)
        part[key] = before
    assert unseen == []
    assert verify(summary).differences == []

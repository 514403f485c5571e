"""The card of a session, what it leaves behind, and its widget."""

import csv
import io
import json
import resource
import sys
import threading
import time
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest

from infotheory.binning import OptimalBinner, merge_bins
from infotheory.datasets import load_german_credit
from infotheory.exceptions import CoefficientSignWarning
from infotheory.scorecard import Scorecard
from infotheory.workbench import card, workbench
from infotheory.workbench.card import fitted_card
from infotheory.workbench.samples import SessionRows
from tests.workbench.conftest import edit, newest_card
from tests.workbench.test_state import DURATION


def test_the_card_follows_the_bins(opened):
    edit(opened, "merge", feature=DURATION, bins=[0, 1])
    edit(opened, "split", feature=DURATION, at=24)
    answer = newest_card(opened, 2)
    assert answer["step"] == 2
    assert answer["auc_start"]["value"] == pytest.approx(0.8386, abs=6e-5)
    assert answer["auc"]["value"] == pytest.approx(0.8376, abs=6e-5)
    assert answer["change"]["error"] > 0.0
    wrong = {row["feature"] for row in answer["characteristics"] if row["sign_ok"] is False}
    assert wrong == {
        "number_of_existing_credits_at_this_bank",
        "number_of_people_being_liable_to_provide_maintenance_for",
    }
    json.dumps(answer, allow_nan=False)
    # The same bins are not fitted twice; a review makes another step.
    assert opened.handle({"type": "card"})["updating"] is False
    opened.handle({"type": "review", "feature": "purpose", "status": "excluded"})
    names = {row["feature"] for row in newest_card(opened, 3)["points"]}
    assert "purpose" not in names


def test_a_refit_begins_at_the_card_before_and_ends_where_it_would(german):
    X, y, binner = german
    rows = SessionRows((X, y))
    with pytest.warns(CoefficientSignWarning):
        before = fitted_card(binner, rows)
    edited = merge_bins(binner, DURATION, [0, 1], reason="too fine")
    with pytest.warns(CoefficientSignWarning):
        cold, warm = fitted_card(edited, rows), fitted_card(edited, rows, before=before)
    np.testing.assert_allclose(warm.coef_, cold.coef_, atol=1e-9)
    assert warm.n_iter_ < cold.n_iter_


def test_hold_out_rows_of_the_card(small):
    X, y, binner, _ = small
    with workbench(binner, X, y, holdout=(X[:200], y[:200])) as session:
        edit(session, "merge", feature="level", bins=[0, 1])
        answer = newest_card(session, 1)
        assert 0.5 < answer["holdout_auc"]["value"] < 1.0
        assert answer["holdout_change"]["error"] >= 0.0


def test_hold_out_rows_of_one_class_leave_the_numbers_of_the_training_rows(small):
    X, y, binner, _ = small
    others = X[y == 1]
    with workbench(binner, X, y, holdout=(others, np.ones(len(others)))) as session:
        answer = newest_card(session, 0)
    with workbench(binner, X, y) as session:
        alone = newest_card(session, 0)
    told = answer.pop("holdout_reason")
    assert told.startswith("no numbers of the hold-out rows: y must hold two classes")
    assert answer == alone
    assert answer["auc"]["value"] > 0.5


def test_a_card_that_cannot_be_fitted_says_why(small):
    X, y, binner, _ = small
    with workbench(binner) as session:
        assert "no rows" in session.handle({"type": "card"})["reason"]
        with pytest.raises(ValueError, match="a card needs the rows of the fit"):
            session.card()
    with workbench(binner, X[::-1], y[:300]) as session:
        assert "reason" in newest_card(session, 0)


def test_the_card_keeps_the_settings_of_the_one_that_was_given(german):
    X, y, _ = german
    columns = [DURATION, "purpose"]
    given = Scorecard(pdo=50, signs="free").fit(X[columns], y)
    with workbench(given, X[columns], y) as session:
        edit(session, "merge", feature=DURATION, bins=[0, 1])
        card = session.card()
    assert (card.pdo, card.signs) == (50, "free")
    assert len(card.binner_.splits_[DURATION]) == len(given.binner_.splits_[DURATION]) - 1
    assert card.binner_.audit_[-1]["action"] == "merge"


def test_evidence_is_set_by_hand_and_taken_back(opened):
    before = edit(opened, "merge", feature="purpose", bins=[0, 1])["feature"]
    answer = edit(opened, "woe", feature="purpose", bin=0, value=0.25)
    row = answer["feature"]["bins"][0]
    assert (row["woe"], row["woe_low"], row["by_hand"]) == (0.25, None, True)
    assert "woe" in [flag["name"] for flag in answer["feature"]["flags"]]
    assert answer["feature"]["iv"] == before["iv"]
    back = edit(opened, "woe", feature="purpose", bin=0, value=None)
    assert back["feature"]["bins"][0]["woe"] == before["bins"][0]["woe"]
    assert edit(opened, "woe", feature="purpose", bin=0, value="x")["code"] == "rejected"
    beyond = edit(opened, "woe", feature="purpose", bin=0, value=1e300)
    assert (beyond["type"], beyond["code"]) == ("error", "rejected")
    assert "must be a number from -50 to 50, or None" in beyond["message"]


def test_what_a_session_leaves_behind(tmp_path):
    X, y = load_german_credit()
    names = {DURATION: "=HYPERLINK(1)", "purpose": "purpose"}
    X = X[list(names)].rename(columns=names)
    path = tmp_path / "loans.tune.jsonl"
    with workbench(OptimalBinner().fit(X, y), X, y, session=path, who="@KL") as session:
        edit(session, "merge", feature="=HYPERLINK(1)", bins=[0, 1], reason="+1")
        note = {"status": "accepted", "note": "as the policy"}
        session.handle({"type": "review", "feature": "purpose", **note})

        answer = session.handle({"type": "export", "what": "audit"})
        assert answer["path"] == str(tmp_path / "loans.audit.csv")
        (row,) = csv.DictReader(io.StringIO((tmp_path / "loans.audit.csv").read_text()))
        assert (row["feature"], row["reason"], row["who"]) == ("'=HYPERLINK(1)", "'+1", "'@KL")
        assert float(row["iv_difference_standard_error"]) > 0.0

        session.handle({"type": "export", "what": "card"})
        card = Scorecard.from_json((tmp_path / "loans.card.json").read_text())
        assert len(card.binner_.features_) == 2
        session.handle({"type": "export", "what": "python"})
        assert "def score(" in (tmp_path / "loans.card.py").read_text()

        answer = session.handle({"type": "export", "what": "report"})
        assert answer["path"] == str(tmp_path / "loans-report" / "report.html")
        report = json.loads((tmp_path / "loans-report" / "report.json").read_text())
        (line,) = report["audit"]
        assert (line["action"], line["who"], line["reason"]) == ("merge", "@KL", "+1")
        page = (tmp_path / "loans-report" / "report.html").read_text()
        assert "Reviews of characteristics" in page
        assert "as the policy" in page
        assert session.reviews["purpose"]["note"] == "as the policy"


def test_without_a_file_exports_are_texts(small):
    X, y, binner, _ = small
    with workbench(binner, X, y) as session:
        assert session.handle({"type": "export", "what": "audit"})["text"].startswith("step,")
        assert "needs a place" in session.handle({"type": "export", "what": "report"})["message"]
    with workbench(binner) as session:
        assert "needs the rows" in session.handle({"type": "export", "what": "card"})["message"]


def test_the_card_of_python_warns_as_a_fit_does(opened):
    with pytest.warns(CoefficientSignWarning, match="2 of 20"):
        card = opened.card()
    assert len(card.binner_.features_) == 20


def test_the_widget_answers_as_the_page_does(small):
    pytest.importorskip("anywidget")
    X, y, binner, _ = small
    with workbench(binner, X, y) as session:
        widget = session.widget()
        assert session.widget() is widget
        sent = []
        widget.send = sent.append
        widget._handle_custom_msg({"type": "open", "id": 4}, [])
        action = {"type": "merge", "feature": "level", "bins": [0, 1], "reason": "r"}
        message = {"type": "edit", "version": 0, "action": action, "id": 5}
        widget._handle_custom_msg(message, [])
        assert [(answer["type"], answer["id"]) for answer in sent] == [("opened", 4), ("edited", 5)]
        assert session.binner.audit_[-1]["action"] == "merge"
        bundle = session._repr_mimebundle_()
        assert "application/vnd.jupyter.widget-view+json" in json.dumps(bundle)


def test_without_its_package_the_widget_names_the_extra(small, monkeypatch):
    import sys

    _, _, binner, _ = small
    monkeypatch.setitem(sys.modules, "anywidget", None)
    with workbench(binner) as session, pytest.raises(ImportError, match="anywidget"):
        session.widget()


def test_frames_with_more_columns_and_another_order(german):
    X, y, _ = german
    columns = ["purpose", DURATION, "credit_amount"]
    binner = OptimalBinner().fit(X[columns], y)
    with workbench(binner, X, y, holdout=(X[:100], y[:100])) as session:
        answer = edit(session, "split", feature="credit_amount", at=5000)
        assert answer["type"] == "edited"
        assert newest_card(session, 1)["auc"]["value"] > 0.6


def exported(session, what):
    return session.handle({"type": "export", "what": what})


def test_an_export_that_cannot_be_written_is_named(small, tmp_path):
    X, y, binner, _ = small
    (tmp_path / "x-report").write_text("not a folder")
    (tmp_path / "x.audit.csv").mkdir()
    with workbench(binner, X, y, session=tmp_path / "x.tune.jsonl") as session:
        for what, name in (("report", "x-report"), ("audit", "x.audit.csv")):
            answer = exported(session, what)
            assert answer["code"] == "broken"
            assert answer["message"].startswith("the export was not made")
            assert str(tmp_path / name) in answer["message"]
            assert "session file" not in answer["message"]

        # A full disk names no file: the words do.
        usual = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, usual[1]))
        try:
            answer = exported(session, "card")
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, usual)
        assert answer["code"] == "broken"
        assert f"{str(tmp_path / 'x.card.json')!r} must be a place" in answer["message"]

        # Edits go on, and a place that is free again is written.
        assert edit(session, "merge", feature="number", bins=[0, 1])["type"] == "edited"
        (tmp_path / "x-report").unlink()
        assert exported(session, "report")["path"] == str(tmp_path / "x-report" / "report.html")


def test_each_session_has_exports_of_its_own(small, tmp_path):
    X, y, binner, _ = small
    places = []
    for name in (
        "x.1.jsonl",
        "x.2.jsonl",
        "x.jsonl",
        "x.tune.jsonl",
        ".tune.jsonl",
        "x.1.tune.jsonl",
    ):
        with workbench(binner, X, y, session=tmp_path / name, who=name) as session:
            edit(session, "merge", feature="number", bins=[0, 1])
            places += [exported(session, what)["path"] for what in ("audit", "card")]
            assert name in Path(places[-2]).read_text()
    assert len(set(places)) == len(places)
    assert str(tmp_path / "x.audit.csv") in places


@pytest.mark.parametrize("frame", ["array", "polars"])
@pytest.mark.parametrize("kind", ["binary", "continuous"])
def test_a_card_without_the_first_column_is_fitted_on_its_own(kind, frame, tmp_path):
    """An excluded characteristic stays in the rows: the others must not move into its place."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(600, 2))
    y = X[:, 1] + rng.normal(size=600)
    y = y if kind == "continuous" else (y > 0).astype(int)
    if frame == "polars":
        X = pytest.importorskip("polars").DataFrame({"x0": X[:, 0], "x1": X[:, 1]})
    binner = OptimalBinner(target_type=kind).fit(X, y)
    with workbench(binner, X, y, holdout=(X, y), session=tmp_path / "s.tune.jsonl") as session:
        session.handle({"type": "review", "feature": "x0", "status": "excluded", "note": "no"})
        fitted = session.card()
        assert list(fitted.binner_.features_) == ["x1"]
        # The column of weights of evidence alone, on the rows that it was learnt on.
        wanted = 1.0 if kind == "continuous" else -1.0
        assert fitted.coef_ == pytest.approx([wanted], abs=0.01)
        answer = newest_card(session, 1)
        assert answer["characteristics"][-1]["coefficient"] == pytest.approx(wanted, abs=0.01)
        told = f"this one: coefficient {wanted:.3f}, variance inflation 1.00".replace("-", "−")
        assert answer["characteristics"][-1]["note"] == told
        assert answer["auc"]["value"] > 0.7
        assert answer["holdout_auc"]["value"] == pytest.approx(answer["auc"]["value"])


def test_a_fit_that_ends_in_a_fault_is_told_and_the_next_one_begins(small, monkeypatch):
    faults = []
    monkeypatch.setattr(threading, "excepthook", lambda told: faults.append(told.exc_type))

    def broken(*_):
        raise RuntimeError("broken")  # noqa: EM101 - not one of our own

    monkeypatch.setattr(card, "fitted_card", broken)
    fits = card.CardFits(small[2], None, None)
    for step in (0, 1):
        answer = fits.ask(step, small[2])
        deadline = time.monotonic() + 120
        while answer["updating"] and time.monotonic() < deadline:
            time.sleep(0.001)
            answer = fits.ask(step, small[2])
        assert (answer["step"], answer["reason"]) == (step, "RuntimeError('broken')")
    # Each thread hands its fault over after it has told it.
    deadline = time.monotonic() + 120
    while len(faults) < 2 and time.monotonic() < deadline:
        time.sleep(0.001)
    assert faults == [RuntimeError, RuntimeError]


def nothing_fits():
    """Wait for the threads of sessions of other tests, which end when their card is fitted."""
    while card.giving_way.n_fits:
        time.sleep(0.001)


def test_fits_of_two_sessions_leave_the_interpreter_as_it_was():
    """The second begins within the first and ends after it."""
    nothing_fits()
    before = sys.getswitchinterval()
    first, second = ExitStack(), ExitStack()
    first.enter_context(card.giving_way)
    second.enter_context(card.giving_way)
    first.close()
    assert sys.getswitchinterval() < before
    second.close()
    assert sys.getswitchinterval() == before


def test_a_fit_gives_way_and_leaves_the_interpreter_as_it_was(small, monkeypatch):
    """Threads take turns sooner while a card is fitted, also where the fit fails."""
    nothing_fits()
    before, seen = sys.getswitchinterval(), []

    def refused(*_):
        seen.append(sys.getswitchinterval())
        message = "no card"
        raise ValueError(message)

    monkeypatch.setattr(card, "fitted_card", refused)
    fits = card.CardFits(small[2], None, None)
    while (answer := fits.ask(0, small[2]))["updating"]:
        time.sleep(0.001)
    assert answer["reason"] == "no card"
    nothing_fits()
    assert sys.getswitchinterval() == before
    assert max(seen) < before

"""Sessions on a FairBinner: protected rows go with the cuts, and the budget is always in sight."""

import json

import numpy as np
import pandas as pd
import pytest

from infotheory.binning import FairBinner, split_bin
from infotheory.datasets import load_german_credit
from infotheory.exceptions import RefitWarning
from infotheory.workbench import workbench
from infotheory.workbench.journal import read_session
from tests.workbench.conftest import edit

COLUMNS = ["duration_in_month", "credit_amount", "housing"]
BUDGET = 0.004


@pytest.fixture(scope="module")
def fair():
    X, y = load_german_credit()
    young = (X["age_in_years"] <= 25).map({True: "young", False: "older"})
    X = X[COLUMNS]
    return X, y, young, FairBinner(budget=BUDGET, confidence=None).fit(X, y, protected=young)


def shown(session, feature="credit_amount"):
    return session.handle({"type": "feature", "feature": feature})["feature"]


def test_a_split_counts_the_protected_rows(fair):
    X, y, young, binner = fair
    session = workbench(binner, X, y, protected=young)
    answer = edit(session, "split", feature="credit_amount", at=5000.0)
    wanted = split_bin(binner, "credit_amount", 5000.0, reason="x", rows=(X, y), protected=young)
    tuned = session.binner
    assert tuned.splits_["credit_amount"].tolist() == wanted.splits_["credit_amount"].tolist()
    np.testing.assert_array_equal(
        tuned.group_tables_["age_in_years"]["credit_amount"].counts,
        wanted.group_tables_["age_in_years"]["credit_amount"].counts,
    )
    # The next cut there reads no rows; a cut elsewhere does.
    assert answer["feature"]["prebin_splits"].count(5000.0) == 1
    without = workbench(binner, X, y)
    refused = edit(without, "split", feature="credit_amount", at=5000.0)
    assert refused["code"] == "rejected"
    assert "protected= of the fit" in refused["message"]


def test_the_budget_is_that_of_the_bins_of_now(fair):
    X, y, young, binner = fair
    session = workbench(binner, X, y, protected=young)
    this, whole = shown(session)["protected"]
    assert whole["of"] == "all features"
    assert whole["budget"] == BUDGET
    assert whole["used"] == pytest.approx(binner.solution_.used[0], abs=1e-12)
    assert not whole["over"]
    assert this["budget"] is None

    # Who rents is younger: a bin for each level tells more than the budget allows.
    levels = [list(levels) for levels in binner.prebin_specs_["housing"].levels]
    answer = edit(session, "set", feature="housing", bins=levels)
    summary = session.binner.fairness_summary().set_index("feature")
    after = answer["feature"]["protected"]
    assert [row["value"] for row in after] == pytest.approx(
        summary.loc[["housing", "all features"], "iv_fair"].tolist()
    )
    assert after[1]["used"] == pytest.approx(summary.loc["all features", "used"])
    assert after[1]["over"] == (after[1]["used"] > BUDGET)
    assert after[1]["over"]
    assert any("budget=" in text for text in session.binner.audit_[-1]["not_met"])
    assert "budget=" in next(
        f["text"] for f in answer["feature"]["flags"] if f["name"] == "not_met"
    )

    undone = edit(session, "undo", feature="housing")
    assert not undone["feature"]["protected"][1]["over"]
    assert undone["feature"]["protected"][1]["used"] == pytest.approx(whole["used"], abs=1e-12)


def test_a_session_is_taken_up_with_the_same_binner(fair, tmp_path):
    X, y, young, binner = fair
    path = tmp_path / "fair.tune.jsonl"
    with workbench(binner, X, y, protected=young, session=path) as session:
        edit(session, "split", feature="credit_amount", at=5000.0)
        edit(session, "split", feature="credit_amount", at=6001.5)
        edit(session, "undo")
        before = session.binner
    assert len(read_session(path, binner).steps) == 3

    with workbench(binner, X, y, protected=young, session=path) as again:
        assert again.binner.audit_ == before.audit_
        assert shown(again)["protected"][1]["used"] == pytest.approx(
            before.fairness_summary()["used"].iloc[-1], abs=1e-12
        )
        assert edit(again, "redo")["type"] == "edited"
    looked_at = workbench(binner, session=path, read_only=True)
    assert len(looked_at.binner.audit_) == 4


def test_the_file_alone_or_another_binner_is_refused(fair, tmp_path):
    X, y, young, binner = fair
    path = tmp_path / "fair.tune.jsonl"
    workbench(binner, X, y, protected=young, session=path).close()
    with pytest.raises(ValueError, match="must be opened with the fitted FairBinner"):
        workbench(None, session=path, read_only=True)
    other = FairBinner(budget=BUDGET, max_n_bins=2).fit(X, y, protected=young)
    for options in ({"protected": young}, {"read_only": True}):
        with pytest.raises(ValueError, match="must be of the same data and pre-bins"):
            workbench(other, X, y, session=path, **options)


def test_a_file_names_each_column_once(fair, tmp_path):
    X, y, young, binner = fair
    path = tmp_path / "fair.tune.jsonl"
    workbench(binner, X, y, protected=young, session=path).close()
    head = json.loads(path.read_text())
    assert head["fingerprint"]["columns"] == len(COLUMNS)
    other = FairBinner(budget=BUDGET).fit(X[COLUMNS[:2]], y, protected=young)
    with pytest.raises(
        ValueError, match=r"got rows 1000\.0, columns 2, .* rows 1000\.0, columns 3,"
    ):
        workbench(other, X, y, session=path)

    # An earlier release wrote twice as many, and its sessions are taken up.
    head["fingerprint"]["columns"] *= 2
    path.write_text(json.dumps(head) + "\n")
    with workbench(binner, X, y, protected=young, session=path) as session:
        assert edit(session, "split", feature="credit_amount", at=5000.0)["type"] == "edited"
    del head["fingerprint"]
    path.write_text(json.dumps(head) + "\n")
    with pytest.raises(ValueError, match=r"start of session .* as it was written"):
        workbench(binner, X, y, session=path)


def test_a_cut_between_pre_bins_bounds_no_order_over_time(fair):
    X, y, young, _ = fair
    periods = np.arange(len(X)) % 3
    options = {"budget": BUDGET, "confidence": None, "order_in_periods": 0.0}
    binner = FairBinner(**options).fit(X, y, protected=young, periods=periods)
    given = {"protected": young, "periods": periods}
    rates = binner.period_table("credit_amount")
    with workbench(binner, X, y, **given) as session:
        first = binner.prebin_specs_["credit_amount"].splits[3]
        assert edit(session, "split", feature="credit_amount", at=first)["type"] == "edited"
        along = session.binner
        assert along.period_table("credit_amount")["count"].sum() == len(X)
        assert edit(session, "split", feature="credit_amount", at=first + 1.0)["type"] == "edited"
        cut = session.binner
        assert edit(session, "undo", feature="credit_amount")["type"] == "edited"
        assert edit(session, "undo", feature="credit_amount")["type"] == "edited"
        back = session.binner

    # Nothing that was counted over coarser pre-bins is shown or bounded over finer ones.
    assert np.isnan(cut.summary().set_index("feature").loc["credit_amount", "reversals"])
    with pytest.raises(ValueError, match="must be counted by period, got none"):
        cut.period_table("credit_amount")
    for tuned in (
        cut,
        split_bin(along, "credit_amount", first + 1.0, reason="x", rows=(X, y), protected=young),
    ):
        with (
            pytest.warns(RefitWarning),
            pytest.raises(ValueError, match=r"'credit_amount', got none: .* take such cuts back"),
        ):
            tuned.with_budget(0.002)

    # Taken back, the counts are there again, and another budget bounds the order over time.
    pd.testing.assert_frame_equal(back.period_table("credit_amount"), rates)
    with pytest.warns(RefitWarning):
        other = back.with_budget(0.002)
    direct = FairBinner(**options | {"budget": 0.002}).fit(X, y, **given)
    assert other.specs_ == direct.specs_
    assert not other.period_table("credit_amount")["reversal"].any()

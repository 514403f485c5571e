import json
import math
import random

import numpy as np
import pandas as pd
import pytest

from infotheory.binning import OptimalBinner, StumpBinner
from infotheory.scorecard import Scorecard
from infotheory.workbench import workbench
from tests.workbench.conftest import edit
from tests.workbench.test_state import DURATION


def test_what_a_page_asks_for_first(opened):
    answer = opened.handle({"type": "open", "id": 7})
    assert answer["type"] == "opened"
    assert answer["id"] == 7
    assert len(answer["features"]) == 20
    assert answer["meta"]["rows"] == 1000.0
    assert answer["meta"]["event"] == "1"
    assert (answer["version"], answer["step"], answer["can_undo"]) == (0, 0, False)
    seen = opened.handle({"type": "feature", "feature": DURATION})
    assert seen["feature"]["n_bins"] == 6
    json.dumps(seen, allow_nan=False)


def test_a_preview_leaves_no_trace(opened):
    content = opened.path.read_bytes()
    action = {"type": "merge", "feature": DURATION, "bins": [0, 1]}
    answer = opened.handle({"type": "preview", "version": 0, "action": action})
    assert answer["feature"]["iv"]["value"] == pytest.approx(0.2685, abs=6e-5)
    assert not answer["stale"]
    assert opened.handle({"type": "open"})["version"] == 0
    assert opened.path.read_bytes() == content
    assert opened.handle({"type": "preview", "version": 3, "action": action})["stale"]


def test_an_edit_is_signed_and_answers_with_its_row(opened):
    answer = edit(opened, "merge", feature=DURATION, bins=[0, 1])
    assert answer["type"] == "edited"
    assert [row["name"] for row in answer["rows"]] == [DURATION]
    assert (answer["version"], answer["step"], answer["can_undo"]) == (1, 1, True)
    line = opened.binner.audit_[-1]
    assert line["who"] == "KL"
    assert line["reason"] == "a test"
    assert line["when"].endswith("+00:00")
    assert edit(opened, "merge", feature=DURATION, bins=[0, 1], who="MN")["type"] == "edited"
    assert opened.binner.audit_[-1]["who"] == "MN"


def test_the_second_tab_is_stale(opened):
    assert edit(opened, "merge", feature=DURATION, bins=[0, 1])["type"] == "edited"
    answer = edit(opened, "merge", version=0, feature=DURATION, bins=[0, 1])
    assert (answer["code"], answer["version"]) == ("stale", 1)


def test_undo_without_a_feature_answers_with_the_one_it_changed(opened):
    edit(opened, "merge", feature=DURATION, bins=[0, 1])
    edit(opened, "merge", feature="purpose", bins=[0, 1])
    back = edit(opened, "undo", feature=DURATION)
    assert back["feature"]["name"] == DURATION
    assert opened.handle({"type": "feature", "feature": "purpose"})["feature"]["n_bins"] == 5
    assert edit(opened, "undo")["feature"]["name"] == "purpose"
    assert edit(opened, "redo")["feature"]["name"] == "purpose"
    everything = edit(opened, "reset")
    assert [row["name"] for row in everything["rows"]] == ["purpose"]
    assert not everything["can_undo"]


def test_a_reason_is_needed_and_has_its_length(opened):
    for reason, words in (("", "a reason must be given"), (" ", "a reason must be given")):
        answer = edit(opened, "merge", feature=DURATION, bins=[0, 1], reason=reason)
        assert answer["code"] == "rejected"
        assert words in answer["message"]
    long = edit(opened, "merge", feature=DURATION, bins=[0, 1], reason="x" * 2001)
    assert "$.action.reason must have at most 2000 characters, got 2001" in long["message"]
    assert edit(opened, "merge", feature=DURATION, bins=[0, 1], who="x" * 201)["code"] == "rejected"
    surrogate = edit(opened, "merge", feature=DURATION, bins=[0, 1], reason="\ud800")
    assert surrogate["code"] == "rejected"
    review = {"type": "review", "feature": DURATION, "status": "open", "note": "\ud800"}
    assert opened.handle(review)["code"] == "rejected"
    assert opened.handle({"type": "open"})["step"] == 0


@pytest.mark.parametrize(
    ("message", "code", "words"),
    [
        (None, "rejected", "a message must be an object"),
        ([1], "rejected", "a message must be an object"),
        ({}, "unknown", "type must be one of"),
        ({"type": ["open"]}, "unknown", "type must be one of"),
        ({"type": "open", "more": 1}, "rejected", "$ must have no keys but"),
        ({"type": "feature"}, "rejected", "must have the key 'feature'"),
        ({"type": "feature", "feature": "nothing"}, "rejected", "must be one of the binner"),
        ({"type": "feature", "feature": 3}, "rejected", "$.feature must be text"),
        ({"type": "edit", "version": 0, "action": {}}, "rejected", "$.action.type must be one of"),
        ({"type": "edit", "version": 0, "action": {"type": "drop"}}, "rejected", "must be one of"),
        ({"type": "edit", "version": True, "action": {"type": "undo"}}, "rejected", "an integer"),
        (
            {"type": "edit", "version": 0, "action": {"type": "undo", "rows": []}},
            "rejected",
            "$.action must have no keys but",
        ),
        (
            {
                "type": "edit",
                "version": 0,
                "action": {"type": "split", "feature": DURATION, "at": math.nan, "reason": "r"},
            },
            "rejected",
            "$.action.at must be a finite number, got NaN",
        ),
        (
            {
                "type": "edit",
                "version": 0,
                "action": {"type": "merge", "feature": DURATION, "bins": [0, 99], "reason": "r"},
            },
            "rejected",
            "must be an integer from 0 to 6",
        ),
        ({"type": "review", "feature": DURATION, "status": "fine"}, "rejected", "must be one of"),
    ],
)
def test_wrong_messages_are_refused_by_name(opened, message, code, words):
    answer = opened.handle(message)
    assert (answer["type"], answer["code"]) == ("error", code)
    assert words in answer["message"]


def any_json(rng, depth=0):
    """Draw a JSON value in which words of the protocol are frequent."""
    words = [
        *(
            "open",
            "feature",
            "preview",
            "edit",
            "review",
            "card",
            "export",
            "merge",
            "split",
            "set",
        ),
        *(
            "move",
            "rebin",
            "undo",
            "redo",
            "reset",
            "type",
            "action",
            "version",
            "bins",
            "at",
            "to",
        ),
        *("levels", "reason", "number", "level", "a", "b", "trend", "auto", "keep", "status", "id"),
    ]
    values = [
        *(None, True, False, 0, 1, 2, -1, 10**30, 1.5, math.nan, math.inf, "", "\ud800", "\x00"),
        *words,
    ]
    kind = rng.random()
    if depth > 3 or kind < 0.45:
        return rng.choice(values)
    if kind < 0.65:
        return [any_json(rng, depth + 1) for _ in range(rng.randrange(4))]
    return {rng.choice(words): any_json(rng, depth + 1) for _ in range(rng.randrange(5))}


def nearly_right(rng):
    """Draw a message of the protocol, some of whose parts are anything."""

    def part(*choices):
        return any_json(rng, 2) if rng.random() < 0.15 else rng.choice(choices)

    action = {
        "type": part("merge", "split", "move", "set", "rebin", "undo", "redo", "reset"),
        "feature": part("number", "level"),
        "reason": part("r", "r", "r", ""),
        rng.choice(["bins", "at", "levels", "to", "keep"]): part([0, 1], 0.5, ["a"], 1, []),
    }
    message = {"type": part("edit", "preview"), "version": part(0, 0, 1), "action": action}
    return message if rng.random() < 0.7 else any_json(rng)


def test_ten_thousand_messages_raise_nothing(small):
    X, y, binner, _ = small
    rng = random.Random(5)  # noqa: S311 - no secret
    with workbench(binner, X, y) as session:
        for _ in range(10_000):
            before = session.handle({"type": "open"})["version"] if rng.random() < 0.01 else None
            message = nearly_right(rng)
            answer = session.handle(message)
            assert isinstance(answer["type"], str)
            json.dumps(answer, allow_nan=False)
            if answer["type"] == "error" and before is not None:
                assert session.handle({"type": "open"})["version"] == before
            if answer["type"] == "edited":
                undone = edit(session, "undo")
                assert undone["type"] in ("edited", "error")


def test_excluded_characteristics_leave_the_binner_with_their_reason(opened):
    edit(opened, "merge", feature=DURATION, bins=[0, 1])
    answer = opened.handle(
        {"type": "review", "feature": "purpose", "status": "excluded", "note": "no policy"}
    )
    assert answer["row"]["review"]["status"] == "excluded"
    assert answer["step"] == 2
    binner = opened.binner
    assert "purpose" not in binner.features_
    assert len(binner.splits_[DURATION]) == 4
    line = binner.audit_[-1]
    assert (line["action"], line["feature"], line["reason"]) == ("exclude", "purpose", "no policy")
    opened.handle({"type": "review", "feature": "purpose", "status": "open"})
    assert "purpose" in opened.binner.features_


def test_one_characteristic_stays(small):
    X, y, binner, _ = small
    with workbench(binner, X, y) as session:
        first = {"type": "review", "feature": "number", "status": "excluded"}
        assert session.handle(first)["type"] == "reviewed"
        last = session.handle({**first, "feature": "level"})
        assert "one characteristic must stay" in last["message"]


def test_cards_and_other_binners_are_tuned_too(german):
    X, y, _ = german
    columns = [DURATION, "purpose"]
    card = Scorecard().fit(X[columns], y)
    with workbench(card, X[columns], y) as session:
        assert edit(session, "merge", feature=DURATION, bins=[0, 1])["type"] == "edited"
        assert len(session.binner.splits_[DURATION]) == len(card.binner_.splits_[DURATION]) - 1
    stumps = StumpBinner().fit(X[columns], y)
    with workbench(stumps, X[columns], y) as session:
        assert edit(session, "merge", feature=DURATION, bins=[0, 1])["type"] == "edited"


def test_weighted_rows_and_arrays(small):
    X, y, _, _ = small
    rng = np.random.default_rng(0)
    weight = rng.uniform(0.5, 2.0, len(y))
    array = X[["number"]].to_numpy()
    binner = OptimalBinner().fit(array, y, weight)
    with workbench(
        binner, array, y, sample_weight=weight, holdout=(array[:90], y[:90], weight[:90])
    ) as session:
        answer = edit(session, "split", feature="x0", at=0.01)
        assert answer["type"] == "edited", answer
        total = sum(row["count"] for row in answer["feature"]["bins"])
        assert total == pytest.approx(weight.sum())


def test_what_begins_a_session_is_checked(german):
    X, y, binner = german
    with pytest.raises(ValueError, match="X and y must be given together"):
        workbench(binner, X)
    with pytest.raises(ValueError, match="holdout must be"):
        workbench(binner, X, y, holdout=X)
    with workbench(binner, X, y, holdout={"X": X[:90], "y": y[:90]}) as session:
        assert list(session.binner.features_) == list(binner.features_)
    with pytest.raises(ValueError, match="who must be text"):
        workbench(binner, X, y, who="x" * 201)
    with pytest.raises(ValueError, match="rows must have the features"):
        workbench(binner, X, y, holdout=(X[["purpose"]], y))
    with pytest.raises(ValueError, match="periods must have"):
        workbench(binner, X, y, periods=[1, 2])
    with pytest.raises(TypeError, match="must be a fitted binner or card"):
        workbench(None)
    with pytest.raises(TypeError, match="must be a binner"):
        workbench(object(), X, y)


def test_hostile_names_come_back_as_they_are():
    name, level = "<img src=x onerror=alert(1)>", '"><script>\u202e'
    X = pd.DataFrame({name: [level, "b", "c", "d"] * 50})
    y = [0, 0, 1, 1] * 40 + [1, 0, 1, 0] * 10
    with workbench(OptimalBinner().fit(X, y), X, y) as session:
        seen = session.handle({"type": "feature", "feature": name})["feature"]
        assert seen["name"] == name
        assert level in [text for levels in seen["levels"] for text in levels]

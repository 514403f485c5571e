import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.model_selection import train_test_split

from infotheory.binning import (
    OptimalBinner,
    merge_bins,
    move_category,
    rebin,
    set_bins,
    split_bin,
    undo_step,
)
from infotheory.workbench import workbench
from infotheory.workbench.samples import SessionRows
from infotheory.workbench.state import (
    Review,
    State,
    apply,
    refine,
    refinement_of,
    reviewed,
    session_steps,
)
from infotheory.workbench.view import feature_view, overview

DURATION = "duration_in_month"

numbers = st.one_of(
    st.integers(-30, 30).map(lambda k: k / 10),
    st.floats(-3, 3).map(lambda x: round(x, 2)),
)
actions = st.one_of(
    st.fixed_dictionaries(
        {
            "type": st.just("merge"),
            "feature": st.sampled_from(["number", "level"]),
            "bins": st.lists(st.integers(0, 5), min_size=2, max_size=3),
        }
    ),
    st.fixed_dictionaries(
        {
            "type": st.just("split"),
            "feature": st.just("number"),
            "at": st.one_of(numbers, st.sampled_from(["Missing", "z asked"])),
        }
    ),
    st.fixed_dictionaries(
        {
            "type": st.just("join"),
            "feature": st.just("number"),
            "codes": st.lists(st.sampled_from(["Missing", "z asked", "a refused"]), min_size=1),
            "to": st.integers(0, 5),
        }
    ),
    st.fixed_dictionaries(
        {
            "type": st.just("move"),
            "feature": st.just("level"),
            "levels": st.lists(st.sampled_from("abcdef"), min_size=1, max_size=3),
            "to": st.integers(0, 4),
        }
    ),
    st.fixed_dictionaries(
        {
            "type": st.just("set"),
            "feature": st.just("number"),
            "bins": st.lists(numbers, max_size=4, unique=True).map(sorted),
        }
    ),
    st.fixed_dictionaries(
        {
            "type": st.just("rebin"),
            "feature": st.sampled_from(["number", "level"]),
            "trend": st.sampled_from(["none", "ascending", "peak"]),
            "max_n_bins": st.integers(1, 6),
        }
    ),
    st.fixed_dictionaries(
        {"type": st.sampled_from(["undo", "redo", "reset"])},
        optional={"feature": st.sampled_from(["number", "level"])},
    ),
)


def taken(state, action, rows):
    """As a session takes it: finer pre-bins first, then the action."""
    after = apply(state, action, rows.of_fit)

    def count(spec):
        counts = rows.counted(state.binner, {spec.name: spec})
        return {name: cells[spec.name] for name, cells in counts.items()}

    finer = refinement_of(state, after, action, count)
    return after if finer is None else apply(refine(state, finer), action)


CALLS = {
    "join": lambda b, a, r: merge_bins(b, a["feature"], [a["to"], *a["codes"]], reason="r", rows=r),
    "merge": lambda b, a, r: merge_bins(b, a["feature"], a["bins"], reason="r", rows=r),
    "split": lambda b, a, r: split_bin(b, a["feature"], a["at"], reason="r", rows=r),
    "move": lambda b, a, r: move_category(
        b, a["feature"], a["levels"], a["to"], reason="r", rows=r
    ),
    "set": lambda b, a, r: set_bins(b, a["feature"], a["bins"], reason="r", rows=r),
    "rebin": lambda b, a, r: rebin(
        b,
        a["feature"],
        reason="r",
        rows=r,
        monotonic_trend=None if a["trend"] == "none" else a["trend"],
        max_n_bins=a["max_n_bins"],
    ),
}


def counts_of(table):
    return table.counts.sum(axis=0)


@settings(max_examples=12)
@given(data=st.data())
def test_any_sequence_keeps_the_rows_and_equals_the_same_calls(small, data):
    X, y, binner, periods = small
    rows = SessionRows((X, y), (X[:150], y[:150]), periods)
    state = State(binner, binner, rows.counted(binner, dict(binner.prebin_specs_)))
    by_hand, plain = binner, True
    for action in data.draw(st.lists(actions, min_size=1, max_size=8)):
        signed = {**action, "reason": "r"}
        try:
            after = taken(state, signed, rows)
        except ValueError:
            continue
        plain = plain and action["type"] in CALLS
        if plain:
            by_hand = CALLS[action["type"]](by_hand, action, (X, y))
            for name in by_hand.features_:
                assert by_hand.specs_[name] == after.binner.specs_[name]
                assert np.array_equal(
                    by_hand.tables_[name].counts, after.binner.tables_[name].counts
                )
            assert _close(by_hand.audit_[-1], after.binner.audit_[-1])
        state = after

        # No row is lost, in the fit, the hold-out rows and the periods.
        for name in binner.features_:
            bins = state.binner.features_[name]
            assert counts_of(bins.counted()[1]) == pytest.approx([np.sum(y == 0), np.sum(y == 1)])
            assert counts_of(state.samples["holdout"][name].in_bins(bins)).sum() == 150
            in_periods = sum(
                state.samples[f"period {p}"][name].in_bins(bins).counts for p in range(3)
            )
            assert np.array_equal(in_periods, bins.counted()[1].counts)

            # The page gets plain data alone.
            json.dumps(feature_view(state, name), allow_nan=False)

    while session_steps(state)[0]:
        state = apply(state, {"type": "undo", "reason": "r"})
    for name in binner.features_:
        assert state.binner.specs_[name] == binner.specs_[name]
        assert np.array_equal(state.binner.woe_[name], binner.woe_[name])
        assert state.binner.status_[name] == binner.status_[name]


def _close(first, second):
    """Lines of a trail are equal, their numbers up to rounding."""
    return first.keys() == second.keys() and all(
        first[key] == pytest.approx(second[key], abs=1e-12, nan_ok=True)
        if isinstance(first[key], float)
        else first[key] == second[key]
        for key in first
    )


def test_the_numbers_of_the_bundled_data(german):
    X, y, binner = german
    state = State(binner, binner)
    first = overview(state)[0]
    assert first["name"] == "status_of_existing_checking_account"
    opened = feature_view(state, first["name"])["iv"]
    assert first["iv"]["value"] == pytest.approx(opened["value"], abs=1e-12)
    assert [opened[key] for key in ("value", "low", "high")] == pytest.approx(
        [0.6660, 0.4238, 0.8725], abs=6e-5
    )

    def after(state, **action):
        return taken(state, {"reason": "r", **action}, SessionRows((X, y)))

    merged = after(state, type="merge", feature=DURATION, bins=[0, 1])
    seen = feature_view(merged, DURATION)
    assert (seen["iv"]["value"], seen["iv"]["low"], seen["iv"]["high"]) == pytest.approx(
        (0.2685, 0.0202, 0.3898), abs=6e-5
    )
    assert (seen["change"]["value"], seen["change"]["error"]) == pytest.approx(
        (-0.0201, 0.0235), abs=6e-5
    )
    row = seen["bins"][0]
    assert (row["label"], row["count"], row["rate"]) == ("[-inf, 12)", 180, 0.15)
    assert row["woe"] == pytest.approx(0.887, abs=6e-4)
    assert (row["rate_low"], row["rate_high"]) == pytest.approx((0.1036, 0.2076), abs=6e-5)

    split = feature_view(after(merged, type="split", feature=DURATION, at=24), DURATION)
    assert split["iv"]["value"] == pytest.approx(0.2704, abs=6e-5)
    assert split["change"]["error"] == pytest.approx(0.0059, abs=6e-5)
    assert [flag["name"] for flag in split["flags"]] == ["not_met"]
    assert "monotonic_trend" in split["flags"][0]["text"]

    one_sided = feature_view(after(state, type="split", feature=DURATION, at=5), DURATION)
    assert one_sided["iv"]["value"] == pytest.approx(0.2846, abs=6e-5)
    assert "one-sided" in [flag["name"] for flag in one_sided["flags"]]

    to = next(i for i, levels in enumerate(binner.splits_["purpose"]) if "car (used)" in levels)
    moved = after(state, type="move", feature="purpose", levels=["business"], to=to)
    seen = feature_view(moved, "purpose")
    assert (seen["iv"]["value"], seen["smallest"]) == pytest.approx((0.1156, 0.022), abs=6e-5)
    rates = [row["rate"] for row in seen["bins"] if row["kind"] == "bin"]
    assert rates == sorted(rates)


def test_the_hold_out_rows_beside_the_bins():
    from infotheory.datasets import load_german_credit

    X, y = load_german_credit()
    train, test, target, other = train_test_split(X, y, test_size=0.3, random_state=0, stratify=y)
    binner = OptimalBinner().fit(train, target)
    rows = SessionRows((train, target), (test, other))
    state = State(binner, binner, rows.counted(binner, dict(binner.prebin_specs_)))
    seen = feature_view(state, DURATION)
    assert seen["splits"] == [9, 12, 16, 33, 45]
    assert seen["psi"]["value"] == pytest.approx(0.0230, abs=6e-5)
    assert (seen["psi"]["low"], seen["psi"]["high"]) == pytest.approx((0.0, 0.0561), abs=6e-5)
    assert seen["psi"]["p_value"] == pytest.approx(0.42, abs=6e-3)
    beside = binner.binning_table(DURATION, test, other)
    shown = [row["holdout_rate"] for row in seen["bins"][:6]]
    assert shown == pytest.approx(beside["event_rate"].tolist()[:6])

    # A split that the pre-bins lack counts the hold-out rows anew.
    after = taken(state, {"type": "split", "feature": DURATION, "at": 5, "reason": "r"}, rows)
    row = feature_view(after, DURATION)["bins"][0]
    assert row["holdout_share"] == pytest.approx(np.mean(test[DURATION] < 5))


def test_steps_of_before_the_session_stay(german):
    *_, binner = german
    tuned = merge_bins(binner, DURATION, [0, 1], reason="before")
    state = State(tuned, tuned)
    assert session_steps(state) == (False, False)
    with pytest.raises(ValueError, match="got none in this session"):
        apply(state, {"type": "undo", "reason": "r"})
    other = apply(state, {"type": "merge", "feature": DURATION, "bins": [0, 1], "reason": "r"})
    back = apply(other, {"type": "reset", "feature": DURATION, "reason": "r"})
    assert back.binner.specs_[DURATION] == tuned.specs_[DURATION]
    assert len(undo_step(back.binner, reason="r").splits_[DURATION]) == 5


def test_unseen_levels_have_a_row_of_the_hold_out_sample(small):
    X, y, binner, _ = small
    rows = SessionRows((X, y), (X.assign(level="new"), y))
    state = State(binner, binner, rows.counted(binner, dict(binner.prebin_specs_)))
    index = feature_view(state, "level")["psi"]
    assert index["value"] > 1.0
    with workbench(binner, X, y, holdout=(X.assign(level="new"), y)) as session:
        assert session.handle({"type": "feature", "feature": "level"})["type"] == "feature"


def test_the_list_is_that_of_the_bins_and_reviews_of_now(german):
    *_, binner = german
    state = State(binner, binner)
    before = overview(state)
    merge = {"type": "merge", "feature": DURATION, "bins": [0, 1], "reason": "r"}
    for after in (
        apply(state, merge),
        reviewed(state, DURATION, Review("accepted", "n")),
        apply(apply(state, merge), {"type": "undo", "feature": DURATION, "reason": "r"}),
    ):
        fresh = replace(after, rows={})
        assert overview(after) == overview(fresh)
        by_name = {row["name"]: row for row in overview(after)}
        old = {row["name"]: row for row in before}
        # Rows of others are made once.
        assert [name for name in by_name if by_name[name] is not old[name]] in ([], [DURATION])
    assert overview(state) == before

"""The sweep: by hand, weights, adverse impact, what is not defined, coverage, errors."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from infotheory.evidence import adverse_impact_ratio
from infotheory.exceptions import WithheldWarning
from infotheory.scorecard import CostTable, cut_off_sweep

Y = np.array([1, 1, 0, 0, 1, 0, 0, 0])
POINTS = np.arange(1.0, 9.0)
GROUP = np.array(list("aabbabab"))


def sample(n, rng):
    points = rng.normal(600, 40, size=n).round()
    y = (rng.random(n) < 1 / (1 + np.exp((points - 560) / 25))).astype(int)
    group = np.where(rng.random(n) < 1 / (1 + np.exp((points - 600) / 60)), "b", "a")
    return y, points, group


def test_sweep_by_hand():
    costs = CostTable(10, 40, cost_per_refused_good=2, cost_per_refused_bad=1)
    sweep = cut_off_sweep(
        Y, POINTS, [5], costs=costs, protected={"sex": GROUP}, reference={"sex": "a"}
    )
    frame = sweep.to_frame().set_index("quantity")
    assert frame["value"].to_dict() == pytest.approx(
        {
            "approval_rate": 4 / 8,
            "bad_rate": 1 / 4,
            "profit": (3 * 10 - 40 - 2 * 2 - 2 * 1) / 8,
            "adverse_impact_ratio": (2 / 4) / (2 / 4),
        }
    )
    assert frame.loc["approval_rate", "standard_error"] == pytest.approx(np.sqrt(0.25 / 8))
    assert frame.loc["bad_rate", "standard_error"] == pytest.approx(np.sqrt(0.25 * 0.75 / 4))
    values = [-1, -1, -2, -2, -40, 10, 10, 10]
    assert frame.loc["profit", "standard_error"] == pytest.approx(np.std(values) / np.sqrt(8))
    assert frame.loc["bad_rate", ["low", "high"]].tolist() == pytest.approx(
        stats.beta.ppf([0.025, 0.975], 1.5, 3.5)
    )
    assert frame["origin"].unique().tolist() == ["stated"]
    columns = [
        "cut_off",
        "quantity",
        "attribute",
        "value",
        "standard_error",
        "low",
        "high",
        "method",
        "origin",
    ]
    assert list(sweep.to_frame().columns) == columns


def test_amounts_by_row_and_weights_as_repeated_rows():
    gain, loss = np.arange(8.0), 10 * np.arange(8.0)
    with pytest.warns(WithheldWarning, match="amounts differ by row"):
        sweep = cut_off_sweep(Y, POINTS, [5], costs=CostTable(gain, loss))
    assert sweep.estimate("profit", 5).value == pytest.approx((-40 + 5 + 6 + 7) / 8)
    weights = np.array([1, 2, 1, 3, 2, 1, 1, 1])
    repeated = [np.repeat(a, weights) for a in (Y, POINTS, GROUP)]
    weighted = cut_off_sweep(
        Y, POINTS, [3, 6], costs=CostTable(1, 5), protected=GROUP, sample_weight=weights
    )
    rows = cut_off_sweep(
        repeated[0], repeated[1], [3, 6], costs=CostTable(1, 5), protected=repeated[2]
    )
    np.testing.assert_allclose(weighted.to_frame()["value"], rows.to_frame()["value"])
    assert (weighted.to_frame()["standard_error"] >= rows.to_frame()["standard_error"]).all()


def test_errors_with_weights_are_those_of_the_influences():
    rng = np.random.default_rng(0)
    y, points, _ = sample(500, rng)
    w = rng.choice([1.0, 4.0], size=500)
    sweep = cut_off_sweep(y, points, [590], costs=CostTable(1, 5), sample_weight=w)
    approved = points >= 590
    rate = np.average(y[approved], weights=w[approved])
    influence = w[approved] * (y[approved] - rate) / w[approved].sum()
    assert sweep.estimate("bad_rate", 590).standard_error == pytest.approx(
        np.sqrt((influence**2).sum())
    )
    assert sweep.estimate("bad_rate", 590).law.size == pytest.approx(
        rate * (1 - rate) / (influence**2).sum()
    )


def test_ratio_is_that_of_the_evidence_room_and_frames_name_attributes():
    rng = np.random.default_rng(1)
    y, points, group = sample(400, rng)
    theirs = adverse_impact_ratio(points >= 600, group, favourable=True, reference="a")
    for protected in (
        pd.DataFrame({"g": group}),
        pl.DataFrame({"g": group}),
        pd.Series(group, name="g"),
        {"g": group},
    ):
        ours = cut_off_sweep(y, points, 600, protected=protected, reference={"g": "a"})
        assert ours.estimate("adverse_impact_ratio", 600, attribute="g") == theirs
    unnamed = cut_off_sweep(y, points, 600, protected=group)
    assert unnamed.to_frame()["attribute"].tolist() == ["", "", "group"]


def test_nobody_approved_is_undefined_and_everybody_is_parity():
    frame = cut_off_sweep(
        Y, POINTS, [-np.inf, np.inf], costs=CostTable(1, 1), protected=GROUP
    ).to_frame()
    everybody, nobody = frame[frame["cut_off"] < 0], frame[frame["cut_off"] > 0]
    assert everybody["value"].tolist() == pytest.approx([1.0, 3 / 8, 2 / 8, 1.0])
    assert nobody["value"].tolist()[::2] == [0.0, 0.0]
    assert nobody["value"].isna().tolist() == [False, True, False, True]
    assert nobody["high"].isna().tolist() == [False, True, False, True]
    assert everybody["low"].iloc[0] < 1.0 == everybody["high"].iloc[0]


def test_a_reference_group_without_approvals_gives_no_ratio():
    y, points, group = [0, 1, 0, 1], [1, 2, 3, 4], ["a", "a", "b", "b"]
    sweep = cut_off_sweep(y, points, 3, protected={"g": group}, reference={"g": "a"})
    ratio = sweep.estimate("adverse_impact_ratio", 3, attribute="g")
    assert np.isnan(ratio.value)
    assert ratio.reason.startswith("nobody of the reference group 'a' has the favourable decision")


def test_groups_are_checked_also_where_nobody_is_approved():
    y, points = [0, 1, 0, 1], [1, 2, 3, 4]
    with pytest.raises(ValueError, match=r"reference must be one of the groups .* got 'c'"):
        cut_off_sweep(y, points, 9, protected={"g": list("aabb")}, reference={"g": "c"})
    with pytest.raises(ValueError, match="group must not be missing, got 1 missing"):
        cut_off_sweep(y, points, 2, protected={"g": ["a", "a", "b", np.nan]})


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.1, 50.0))
def test_approval_falls_with_the_cut_off_and_scaled_weights_change_nothing(seed, scale):
    rng = np.random.default_rng(seed)
    y, points, group = sample(60, rng)
    y[:2], group[:2], w = (0, 1), ("a", "b"), rng.random(60) + 0.1
    tables = [
        cut_off_sweep(
            y, points, [560, 600, 640], costs=CostTable(1, 5), protected=group, sample_weight=c * w
        ).to_frame()
        for c in (1.0, scale)
    ]
    approved = tables[0].loc[tables[0]["quantity"] == "approval_rate", "value"].to_numpy()
    assert (np.diff(approved) <= 0.0).all()
    columns = ["value", "standard_error", "low", "high"]
    np.testing.assert_allclose(tables[0][columns], tables[1][columns], rtol=1e-7, atol=1e-12)


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: cut_off_sweep([0, 0], [1, 2], 1), "got one class"),
        (lambda: cut_off_sweep([0, 1], [1, np.inf], 1), "points must be finite, got inf in row 1"),
        (lambda: cut_off_sweep([0, 1], [1, 2, 3], 1), r"points must have shape \(2,\)"),
        (
            lambda: cut_off_sweep([0, 1], [1, 2], []),
            r"cut_offs must be at least one number of points, got \[\]",
        ),
        (lambda: cut_off_sweep([0, 1], [1, 2], [np.nan]), r"cut_offs must be .* got \[nan\]"),
        (lambda: cut_off_sweep([0, 1], [1, 2], "high"), "cut_offs must be numbers, got 'high'"),
        (
            lambda: cut_off_sweep([0, 1], [1, 2], 1, level=0.0),
            "level must lie strictly between 0 and 1, got 0.0",
        ),
        (
            lambda: cut_off_sweep([0, 1], [1, 2], 1, protected={"g": ["a"]}),
            r"protected\['g'\] must have shape \(2,\)",
        ),
        (lambda: cut_off_sweep([0, 1], [1, 2], 1, protected=["a", "a"]), "at least two groups"),
        (
            lambda: cut_off_sweep([0, 1], [1, 2], 1, protected=["a", "b"], reference={"sex": "a"}),
            r"reference must name protected attributes, got \['sex'\]; given are \['group'\]",
        ),
        (
            lambda: cut_off_sweep([0, 1], [1, 2], 1, sample_weight=[-1, 1]),
            "must not be negative, got -1.0 in row 0",
        ),
        (
            lambda: cut_off_sweep([0, 1], [1, 2], 1, costs=CostTable([1], 1)),
            r"gain_per_good must have shape \(2,\)",
        ),
    ],
)
def test_errors(call, text):
    with pytest.raises(ValueError, match=text):
        call()


def test_a_number_that_the_sweep_does_not_hold():
    with pytest.raises(KeyError, match=r"must hold the number asked for, got \('profit', 5, ''\)"):
        cut_off_sweep(Y, POINTS, 5).estimate("profit", 5)


@pytest.mark.slow
@pytest.mark.parametrize("weighted", [False, True])
def test_intervals_cover(weighted):
    rng, replicates, n, cuts = np.random.default_rng(6), 250, 800, [570.0, 620.0]
    costs = CostTable(1, 6, cost_per_refused_good=0.2)
    y, points, group = sample(1_500_000, rng)
    truth = cut_off_sweep(
        y, points, cuts, costs=costs, protected=group == "b", reference={"group": False}
    )
    truth = truth.to_frame()["value"].to_numpy()
    covered = np.zeros(truth.size)
    for _ in range(replicates):
        y, points, group = sample(n, rng)
        w = rng.choice([1.0, 4.0], size=n) if weighted else None
        sweep = cut_off_sweep(
            y, points, cuts, costs=costs, protected=group, reference={"group": "a"}, sample_weight=w
        ).to_frame()
        covered += (sweep["low"] <= truth) & (truth <= sweep["high"])
    print(f"weighted {weighted}", list(zip(sweep["quantity"], covered / replicates, strict=True)))
    errors = (covered / replicates - 0.95) / np.sqrt(0.05 * 0.95 / replicates)
    assert (abs(errors) < 3.3).all()

"""Figures of a scorecard in use show the numbers that they are given."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from infotheory.evidence import stability_by_period
from infotheory.plots import (
    plot_drift,
    plot_lift,
    plot_migration,
    plot_shares,
    plot_stability,
    plot_stability_map,
)
from infotheory.scorecard import gains_table
from infotheory.tables import CountTable

MONTHS = ["2024-01", "2024-02", "2024-03"]
STABILITY = pd.DataFrame(
    {
        "period": MONTHS,
        "feature": "score",
        "value": [0.01, 0.02, 0.3],
        "low": [0.0, 0.0, 0.2],
        "high": [0.02, 0.03, 0.4],
        "critical_value": [0.03, 0.03, 0.04],
        "alarm": [False, False, True],
    }
)
DRIFT = STABILITY.assign(measure="AUC", reference=0.75)
SHARES = pd.DataFrame({"bin": ["low", "high"], "reference_share": [0.4, 0.6], "share": [0.5, 0.5]})
RATES = np.array([[0.9, 0.1, 0.0], [0.2, 0.797, 0.003], [np.nan, np.nan, np.nan]])


def test_stability_marks_alarms_and_draws_the_critical_value():
    ax = plot_stability(STABILITY)
    hollow, filled = (line for line in ax.get_lines() if line.get_marker() == "o")
    np.testing.assert_allclose(hollow.get_xydata(), [[0, 0.01], [1, 0.02]])
    np.testing.assert_allclose(filled.get_xydata(), [[2, 0.3]])
    assert hollow.get_markerfacecolor() == "none"
    np.testing.assert_allclose(ax.patches[0].get_data().values, [0.03, 0.03, 0.04])
    assert [text.get_text() for text in ax.texts] == ["0.10", "0.25"]
    assert [label.get_text() for label in ax.get_xticklabels()] == MONTHS
    assert not plot_stability(STABILITY[:2]).texts


def test_stability_by_period_is_drawn_as_it_is():
    """It has no flags: a period alarms where its adjusted test of the tolerance says so."""
    counts = [np.array([[400.0, 100.0]] * 2).T, np.array([[410.0, 90.0]] * 2).T]
    counts += [np.array([[100.0, 400.0]] * 2).T, np.zeros((2, 2))]
    tables = [CountTable(("low", "high"), weight, weight) for weight in counts]
    table = stability_by_period(tables[0], dict(zip(["a", "b", "c"], tables[1:], strict=True)))
    assert "alarm" not in table
    assert np.isnan(table["adjusted_tolerance_p_value"].iloc[2])  # a period without rows
    hollow, filled = (
        line for line in plot_stability(table).get_lines() if line.get_marker() == "o"
    )
    assert hollow.get_xdata().tolist() == [0, 2]
    assert filled.get_xdata().tolist() == [1]
    with pytest.raises(ValueError, match="got none called alarm"):
        plot_stability(table.drop(columns="adjusted_tolerance_p_value"))


def test_the_map_writes_the_index_where_it_alarms():
    both = pd.concat(
        [STABILITY, STABILITY.assign(feature="age", value=0.0, alarm=False, critical_value=0.0)]
    )
    ax = plot_stability_map(both)
    assert [text.get_text() for text in ax.texts] == ["0.30"]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["score", "age"]
    strengths = [patch.get_alpha() for patch in ax.patches]
    assert strengths[:3] == sorted(strengths[:3])
    assert strengths[2] == pytest.approx(0.6)
    assert strengths[3] == pytest.approx(0.04)


def test_the_map_hatches_what_has_no_critical_value():
    rare = STABILITY.assign(critical_value=[0.1, np.nan, 0.1])
    assert [patch.get_hatch() for patch in plot_stability_map(rare).patches] == [None, "////", None]


def test_the_tolerance_stands_in_place_of_the_customary_limits():
    ax = plot_stability(STABILITY[:2], tolerance=0.2)
    assert [text.get_text() for text in ax.texts] == ["tolerance 0.2"]
    assert ax.get_ylim()[1] > 0.2
    by_critical, by_tolerance = (
        [patch.get_alpha() for patch in plot_stability_map(STABILITY, **options).patches]
        for options in ({}, {"tolerance": 0.15})
    )
    assert by_critical[2] == pytest.approx(0.6)
    assert by_tolerance[2] == pytest.approx(0.04 + 0.56 * 0.3 / 0.15 / 4)
    for draw in (plot_stability, plot_stability_map):
        with pytest.raises(ValueError, match="tolerance must be a finite number of at least 0"):
            draw(STABILITY, tolerance=-1)


def test_a_period_without_numbers_is_left_empty():
    numbers = ["value", "low", "high", "critical_value"]
    gap = STABILITY.assign(**{name: STABILITY[name].where([True, False, True]) for name in numbers})
    hollow, filled = (line for line in plot_stability(gap).get_lines() if line.get_marker() == "o")
    np.testing.assert_allclose(hollow.get_xydata()[0], [0, 0.01])
    np.testing.assert_allclose(filled.get_xydata(), [[2, 0.3]])
    assert len(plot_stability_map(gap).patches) == 2
    assert plot_drift(gap.assign(measure="AUC", reference=0.75)).get_ylabel() == "AUC"

    nothing = STABILITY.assign(**dict.fromkeys(numbers, np.nan), alarm=False)
    top = plot_stability(nothing).get_ylim()[1]
    assert np.isfinite(top)
    assert top > 0.0
    assert not plot_stability_map(nothing).patches
    assert len(plot_drift(nothing.assign(measure="AUC", reference=np.nan)).get_xticklabels()) == 3
    shares = plot_shares(SHARES.assign(share=np.nan))
    assert [bar.get_width() for bar in shares.patches] == [40.0, 60.0]


def test_no_rows_are_no_figure():
    for draw, table in (
        (plot_stability, STABILITY),
        (plot_stability_map, STABILITY),
        (plot_drift, DRIFT),
        (plot_shares, SHARES),
    ):
        with pytest.raises(ValueError, match="table must hold at least one row to draw, got none"):
            draw(table[:0])


def test_many_periods_are_named_in_part():
    many = pd.concat([STABILITY] * 20, ignore_index=True).assign(
        period=[f"week {i}" for i in range(60)]
    )
    assert len(plot_stability(many).get_xticklabels()) == 12
    assert {text.get_text() for text in plot_stability_map(many).texts} == {"•"}


def test_drift_stands_beside_its_reference():
    ax = plot_drift(DRIFT)
    assert ax.get_lines()[0].get_ydata()[0] == 0.75
    assert ax.get_ylabel() == "AUC"
    assert len(plot_drift(DRIFT.assign(reference=np.nan)).get_lines()) == 2


def test_shares_are_in_per_cent():
    ax = plot_shares(SHARES)
    assert [bar.get_width() for bar in ax.patches] == [40.0, 60.0]
    np.testing.assert_allclose(ax.get_lines()[0].get_xdata(), [50, 50])


def test_migration_writes_per_cent_and_leaves_empty_rows_out():
    ax = plot_migration(RATES, ("A", "B", "C"))
    assert [text.get_text() for text in ax.texts] == ["90", "10", "0", "20", "80", "<1"]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["A", "B", "C"]


def test_lift_is_that_of_the_gains_table():
    table = gains_table([1, 1, 0, 1, 0, 0], [6, 5, 4, 3, 2, 1], n_groups=2)
    ax = plot_lift(table)
    np.testing.assert_allclose(ax.patches[0].get_data().values, [4 / 3, 2 / 3])
    np.testing.assert_allclose(ax.get_lines()[0].get_xydata(), [[50, 4 / 3], [100, 1]])


@pytest.mark.parametrize(
    "draw",
    [
        lambda ax: plot_stability(STABILITY, ax),
        lambda ax: plot_stability_map(STABILITY, ax),
        lambda ax: plot_drift(DRIFT, ax),
        lambda ax: plot_shares(SHARES, ax),
        lambda ax: plot_migration(RATES, ("A", "B", "C"), ax),
        lambda ax: plot_lift(gains_table([1, 0, 1, 0], [4, 3, 2, 1]), ax),
    ],
)
def test_figures_are_drawn_where_one_asks(draw):
    ax = Figure().add_subplot()
    assert draw(ax) is ax

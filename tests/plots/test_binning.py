import io
import re
import sys

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from scipy import stats

from infotheory.binning import OptimalBinner, set_woe
from infotheory.plots import plot_binning, plot_ranking
from infotheory.tables import CountTable

TABLE = CountTable.from_counts(
    [400, 300, 200, 100, 0], [40, 50, 60, 50, 0], labels=["a", "b", "c", "d", "empty"]
)


def points_of(ax):
    line = ax.containers[0][0]
    return line.get_xdata(), line.get_ydata()


def ends_of(ax):
    (segments,) = ax.containers[0][2]
    return np.array([segment[:, 0] for segment in segments.get_segments()])


def test_woe_points_and_their_intervals_are_those_of_the_formula():
    ax = plot_binning(TABLE)
    x, rows = points_of(ax)
    np.testing.assert_allclose(
        x, np.log([2.0, 1.2, 2 / 3, 0.4]), rtol=1e-12
    )  # (.4/.2, .3/.25, .2/.3, .1/.25)
    assert rows.tolist() == [0, 1, 2, 3]
    errors = np.array([0.14662878, 0.13165612, 0.12516656, 0.15491933])
    np.testing.assert_allclose(
        np.diff(ends_of(ax)).ravel(), 2 * stats.norm.ppf(0.975) * errors, rtol=1e-6
    )
    assert [label.get_text() for label in ax.get_yticklabels()] == ["a", "b", "c", "d"]


def test_the_sign_of_woe_turns_and_is_printed():
    ax = plot_binning(TABLE, woe_sign="event")
    np.testing.assert_allclose(points_of(ax)[0], -np.log([2.0, 1.2, 2 / 3, 0.4]), rtol=1e-12)
    assert "riskier" in ax.get_xlabel()
    assert "safer" in plot_binning(TABLE).get_xlabel()


def test_event_rates_are_shown_in_per_cent():
    ax = plot_binning(TABLE, value="event_rate")
    np.testing.assert_allclose(
        points_of(ax)[0], [100 * 40 / 440, 100 * 50 / 350, 100 * 60 / 260, 100 * 50 / 150]
    )


def test_an_axes_that_is_given_is_used_and_returned():
    ax = Figure().add_subplot()
    assert plot_binning(TABLE, ax=ax) is ax


def test_a_group_axis_is_summed_over():
    counts = np.stack([TABLE.counts, TABLE.counts], axis=2) / 2
    table = CountTable(TABLE.labels, counts, counts, ("A", "B"))
    np.testing.assert_allclose(points_of(plot_binning(table))[0], points_of(plot_binning(TABLE))[0])


def test_figures_leave_pyplot_alone():
    pyplot = sys.modules.get("matplotlib.pyplot")
    before = pyplot.get_fignums() if pyplot else []
    plot_binning(TABLE).figure.savefig(io.BytesIO(), format="svg")
    assert (
        sys.modules["matplotlib.pyplot"].get_fignums() if "matplotlib.pyplot" in sys.modules else []
    ) == before


def test_labels_are_text_and_not_formulas():
    table = CountTable.from_counts([10, 20], [20, 10], labels=["$x^2$ to $y", "b" * 60])
    buffer = io.BytesIO()
    plot_binning(table).figure.savefig(buffer, format="png")
    labels = [label.get_text() for label in plot_binning(table).get_yticklabels()]
    assert labels[0] == r"\$x^2\$ to \$y"
    assert len(labels[1]) == 30
    assert labels[1].endswith("…")


def test_wrong_requests_are_named():
    with pytest.raises(
        ValueError, match=re.escape("value must be one of 'woe', 'event_rate', got 'rate'")
    ):
        plot_binning(TABLE, value="rate")
    with pytest.raises(ValueError, match="a figure needs a bin with rows, got empty bins only"):
        plot_binning(CountTable.from_counts([0, 0], [0, 0]))


def test_ranking_draws_both_series_with_their_intervals():
    frame = pd.DataFrame(
        {"feature": ["x", "z"], "iv": [0.4, 0.1], "iv_low": [0.3, 0.0], "iv_high": [0.6, 0.2]}
    )
    assert len(plot_ranking(frame).containers) == 1
    crossed = frame.assign(
        cross_fitted=[0.35, -0.01], cross_fitted_low=[0.2, -0.1], cross_fitted_high=[0.5, 0.08]
    )
    ax = plot_ranking(crossed)
    np.testing.assert_allclose(ends_of(ax), [[0.3, 0.6], [0.0, 0.2]])
    assert [text.get_text() for text in ax.get_legend().get_texts()] == [
        "same rows as the bins",
        "held-out folds",
    ]


def test_evidence_that_was_set_is_an_open_square_without_interval():
    X = [[1.0], [2.0], [3.0], [4.0]] * 50
    binner = OptimalBinner().fit(X, [0, 0, 1, 1] * 40 + [1, 0, 1, 0] * 10)
    tuned = set_woe(binner, "x0", 1, -0.25, reason="a test")
    for ax in (plot_binning(tuned, "x0"), plot_binning(tuned.binning_table("x0"))):
        (square,) = [line for line in ax.lines if line.get_marker() == "s"]
        assert square.get_xdata().tolist() == [-0.25]
        assert square.get_ydata().tolist() == [1]
        (segments,) = ax.containers[0][2]
        assert [len(segment) for segment in segments.get_segments()] == [2, 0]
    assert not [line for line in plot_binning(binner, "x0").lines if line.get_marker() == "s"]
    turned = plot_binning(tuned, "x0", woe_sign="event")
    (square,) = [line for line in turned.lines if line.get_marker() == "s"]
    assert square.get_xdata().tolist() == [0.25]
    rates = plot_binning(tuned, "x0", value="event_rate")
    assert not [line for line in rates.lines if line.get_marker() == "s"]

"""Figures take what a user has, and refuse the rest with the way out."""

import re

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from sklearn.frozen import FrozenEstimator
from sklearn.metrics import roc_curve

from infotheory import plots
from infotheory.binning import OptimalBinner, StumpBinner
from infotheory.datasets import load_german_credit
from infotheory.evidence import area_under_curve
from infotheory.exceptions import WithheldWarning
from infotheory.scorecard import Scorecard, kolmogorov_smirnov, migration_matrix

Y = np.array([0, 1, 0, 0, 1, 1, 0, 1, 0, 0])
SCORE = np.array([0.1, 0.9, 0.3, 0.3, 0.3, 0.8, 0.2, 0.4, 0.6, 0.5])


@pytest.fixture(scope="module")
def german():
    X, y = load_german_credit()
    return X.iloc[:, :4], y


@pytest.fixture(scope="module")
def binner(german):
    return OptimalBinner().fit(*german)


def line(ax, place):
    return np.asarray(ax.get_lines()[place].get_xydata())


@pytest.mark.parametrize("weights", [None, np.linspace(0.5, 2.0, 10)])
def test_roc_of_rows_is_that_of_scikit_learn(weights):
    drawn = line(plots.plot_roc(Y, SCORE, sample_weight=weights), 1)
    refused, caught, _ = roc_curve(Y, SCORE, sample_weight=weights, drop_intermediate=False)
    np.testing.assert_allclose(drawn, np.column_stack([refused, caught]), atol=1e-12)

    # The area under the drawn line is the estimate that its legend tells.
    area = area_under_curve(Y, SCORE, sample_weight=weights)
    assert np.trapezoid(drawn[:, 1], drawn[:, 0]) == pytest.approx(area.value)


def test_samples_by_name_are_told_apart():
    ax = plots.plot_roc({"train": (Y, SCORE), "hold-out": (Y[:6], -SCORE[:6])})
    names = [text.get_text() for text in ax.get_legend().get_texts()]
    assert re.fullmatch(r"train: 0\.\d{3} \[0\.\d{3}, [01]\.\d{3}\]", names[0])
    assert names[1].startswith("hold-out: ")
    assert len(ax.get_lines()) == 3


def test_text_labels_need_their_event():
    words = np.where(Y, "bad", "good")
    told = plots.plot_roc(words, SCORE, event_label="bad")
    np.testing.assert_array_equal(line(told, 1), line(plots.plot_roc(Y, SCORE), 1))
    distribution = plots.plot_score_distribution(SCORE, words, event_label="bad")
    assert distribution.get_xlabel() == "points"


def test_class_curves_mark_the_largest_gap():
    ax = plots.plot_class_curves(SCORE, Y)
    events, nonevents = line(ax, 0), line(ax, 1)
    gap = np.abs(events[:, 1] - nonevents[:, 1]).max()
    with pytest.warns(WithheldWarning, match="4 rows of a class"):
        assert gap == pytest.approx(kolmogorov_smirnov(Y, SCORE).value)
    at = events[np.abs(events[:, 1] - nonevents[:, 1]).argmax(), 0]
    assert f"largest gap at {at:.0f} points" in ax.texts[0].get_text()


def test_a_distribution_of_weighted_rows_sums_to_a_hundred():
    weights = np.linspace(0.5, 2.0, 10)
    ax = plots.plot_score_distribution(SCORE, Y, n_cells=4, sample_weight=weights)
    heights = [sum(patch.get_data()[0]) for patch in ax.patches]
    np.testing.assert_allclose(heights, 100.0)
    np.testing.assert_allclose(ax.patches[0].get_data().edges, [0.1, 0.3, 0.5, 0.7, 0.9])


def refused(call, text, kind=ValueError):
    with pytest.raises(kind, match=re.escape(text)):
        call()


def test_rows_and_curves_are_not_mixed_up():
    rates = {"t": ([0.0, 1.0], [0.0, 1.0])}
    refused(plots.plot_roc, "plot_roc(y, score), or of rates=, got neither")
    refused(lambda: plots.plot_roc(Y, SCORE, rates=rates), "got both")
    refused(lambda: plots.plot_roc(Y), "score must be given beside the labels y")
    refused(lambda: plots.plot_roc(rates={"t": (Y, SCORE)}), "are given as y and score")
    refused(lambda: plots.plot_roc(rates={"t": ([0, 0.5, 1], [0, 1])}), "must be 3 numbers")
    refused(lambda: plots.plot_roc(np.zeros(4), SCORE[:4]), "y must hold two classes")
    refused(lambda: plots.plot_roc(Y, SCORE, sample_weight=Y), "one class with positive")
    refused(lambda: plots.plot_roc({"t": (Y, SCORE)}, SCORE), "hold their own scores")
    refused(plots.plot_class_curves, "got neither")
    refused(lambda: plots.plot_class_curves(shares=(SCORE, SCORE, Y)), "never fall")
    refused(plots.plot_score_distribution, "got neither")
    refused(lambda: plots.plot_score_distribution(cells=(SCORE, Y, Y)), "numbers that ascend")
    refused(lambda: plots.plot_score_distribution(SCORE, Y, n_cells=0), "n_cells must be")


def test_bins_of_a_binner_a_card_and_a_table_are_the_same(german, binner):
    X, y = german
    frozen = FrozenEstimator(binner)
    card = Scorecard(frozen).fit(X, y)
    table = binner.binning_table("duration_in_month")
    for value in ("woe", "event_rate"):
        wanted = plots.plot_binning(binner.tables_["duration_in_month"], value=value)
        for source in (binner, frozen, card):
            drawn = plots.plot_binning(source, "duration_in_month", value=value)
            np.testing.assert_array_equal(line(drawn, 1), line(wanted, 1))
        drawn = plots.plot_binning(table, value=value)
        np.testing.assert_allclose(line(drawn, 1), line(wanted, 1))
        labels = [[text.get_text() for text in ax.get_yticklabels()] for ax in (drawn, wanted)]
        assert labels[0] == labels[1]
        assert len(labels[0]) == 6


def test_the_sign_is_that_of_the_binner(german):
    X, y = german
    turned = OptimalBinner(woe_sign="event").fit(X, y)
    ax = plots.plot_binning(turned, "purpose")
    assert "riskier" in ax.get_xlabel()
    assert "riskier" in plots.plot_binning(turned.binning_table("purpose")).get_xlabel()
    np.testing.assert_allclose(
        line(ax, 1)[:, 0], turned.binning_table("purpose")["woe"].iloc[: len(line(ax, 1))]
    )


def test_shares_lie_on_axes_of_their_own(binner):
    ax = plots.plot_binning(binner, "purpose")
    (beside,) = ax.child_axes
    assert not ax.patches
    widths = [bar.get_width() for bar in beside.patches]
    table = binner.tables_["purpose"]
    shares = table.counts.sum(axis=1) / table.counts.sum()
    np.testing.assert_allclose(widths, 100.0 * shares[shares > 0.0])
    assert beside.get_position().x0 >= 0.0


def test_shares_stay_inside_a_figure_of_the_user_without_a_layout(binner):
    figure = Figure(figsize=(6.4, 4.8))
    axes = figure.subplots(1, 2)
    plots.plot_binning(binner, "purpose", axes[1])
    figure.canvas.draw()
    (beside,) = axes[1].child_axes
    right = max(text.get_window_extent().x1 for text in beside.texts)
    assert right <= figure.bbox.x1


def test_all_characteristics_in_a_grid(german, binner):
    figure = plots.plot_binnings(binner, n_columns=3)
    assert [ax.get_title(loc="left") for ax in figure.axes] == list(german[0].columns)
    two = plots.plot_binnings(binner, ["purpose", "duration_in_month"], value="event_rate")
    assert len(two.axes) == 2
    np.testing.assert_array_equal(
        line(two.axes[1], 1),
        line(plots.plot_binning(binner, "duration_in_month", value="event_rate"), 1),
    )


def test_a_ranking_takes_a_binner_and_its_summary(german, binner):
    X, y = german
    by_value = plots.plot_ranking(binner)
    summary = binner.summary()
    drawn = plots.plot_ranking(summary).containers[0][0].get_xdata()
    np.testing.assert_array_equal(drawn, summary["iv"])
    in_order = by_value.containers[0][0].get_xdata()
    np.testing.assert_array_equal(in_order, np.sort(summary["iv"])[::-1])
    one = StumpBinner().fit(X[["duration_in_month"]], y)
    assert len(plots.plot_ranking(one).get_yticklabels()) == 1


def test_a_ranking_takes_a_card(german, binner):
    card = Scorecard(FrozenEstimator(binner)).fit(*german)
    of_card, of_binner = plots.plot_ranking(card), plots.plot_ranking(binner)
    np.testing.assert_array_equal(
        of_card.containers[0][0].get_xdata(), of_binner.containers[0][0].get_xdata()
    )


def test_a_long_name_leaves_the_area_in_the_legend():
    name = "rows of the whole portfolio, application to maturity"
    ax = plots.plot_roc({name: (Y, SCORE), f"{name} again": (Y, -SCORE)})
    text, _ = ax.get_legend().get_texts()
    assert len(ax.get_lines()) == 3
    assert re.fullmatch(r"rows of the whole portfolio.*…:\n0\.\d{3} \[.*\]", text.get_text())


def test_wrong_bins_are_named(german, binner):
    refused(lambda: plots.plot_binning(binner, "purpos"), "such as ['purpose'], got 'purpos'")
    refused(lambda: plots.plot_binning(binner), "feature must be one that was fitted")
    refused(
        lambda: plots.plot_binning(binner.tables_["purpose"], "purpose"),
        "CountTable has no features",
    )
    refused(lambda: plots.plot_binning(german[0]), "none called bin, count, woe")
    refused(lambda: plots.plot_binning(OptimalBinner()), "got OptimalBinner", TypeError)
    refused(lambda: plots.plot_binning(Y), "got ndarray", TypeError)
    refused(lambda: plots.plot_binnings(binner, []), "got none")
    refused(lambda: plots.plot_binnings(binner, ["sex"]), "got 'sex'")
    refused(lambda: plots.plot_ranking(binner.binning_table("purpose")), "feature")
    refused(lambda: plots.plot_ranking([1, 2]), "must be a DataFrame, got list", TypeError)


STABILITY = pd.DataFrame(
    {
        "period": ["2024-01", "2024-01"],
        "feature": ["age", "income"],
        "value": 0.1,
        "low": 0.0,
        "high": 0.2,
        "critical_value": 0.1,
        "alarm": False,
    }
)


def test_a_line_is_of_one_characteristic():
    refused(lambda: plots.plot_stability(STABILITY), "plot_stability_map(table) draws all of them")
    assert plots.plot_stability(STABILITY[STABILITY["feature"] == "age"])
    drift = STABILITY.assign(measure=["AUC", "Gini"], reference=0.5)
    refused(lambda: plots.plot_drift(drift), "table must be of one measure, got 2")
    shares = STABILITY.assign(bin=["a", "b"], reference_share=0.5, share=0.5)
    refused(lambda: plots.plot_shares(shares), "of one feature, got 2")
    refused(lambda: plots.plot_stability(STABILITY.drop(columns="low")), "none called low")
    refused(lambda: plots.plot_stability_map(STABILITY[:0]), "at least one row to draw")
    refused(lambda: plots.plot_calibration(STABILITY), "calibration_table(y, probability)")
    refused(lambda: plots.plot_lift(STABILITY), "gains_table(y, score)")


def test_a_migration_matrix_is_drawn_as_it_is():
    matrix = migration_matrix(["A", "A", "B"], ["A", "B", "B"], labels=["A", "B"])
    ax = plots.plot_migration(matrix)
    assert [text.get_text() for text in ax.get_yticklabels()] == ["A", "B"]
    refused(lambda: plots.plot_migration([[1.0, 2.0], [0.0, 1.0]]), "shares from 0 to 1")
    refused(lambda: plots.plot_migration([[1.0, 0.0]]), "got shape (1, 2)")
    refused(lambda: plots.plot_migration(np.zeros((2, 2))), "must add up to 1")
    refused(lambda: plots.plot_migration(np.eye(2), ["A"]), "1 labels")


@pytest.mark.parametrize(
    ("draw", "maker"),
    [
        (lambda: plots.plot_cut_offs(Y, "profit"), "cut_off_sweep"),
        (lambda: plots.plot_reject_quantity(Y, "auc_all"), "reject_inference"),
        (lambda: plots.plot_reject_points(Y, "age"), "reject_inference"),
        (lambda: plots.plot_alignment(Y, SCORE), "align_scores"),
        (lambda: plots.plot_frontier([Y]), "fairness_frontier"),
        (lambda: plots.plot_rate_curve(Y), "rate_curve"),
    ],
)
def test_what_is_no_result_is_refused_with_what_makes_one(draw, maker):
    refused(draw, f"got {'list' if maker == 'fairness_frontier' else 'ndarray'}; ", TypeError)
    refused(draw, maker, TypeError)

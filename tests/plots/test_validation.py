import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from infotheory.plots import (
    plot_calibration,
    plot_class_curves,
    plot_lift,
    plot_lorenz,
    plot_roc,
    plot_score_distribution,
)
from infotheory.scorecard import gains_table, mean_gains_table


def test_roc_names_each_sample_and_tells_them_apart_without_colour():
    x = np.linspace(0, 1, 11)
    ax = plot_roc(rates={"train": (x, np.sqrt(x)), "hold-out": (x, x)})
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["train", "hold-out"]
    lines = ax.get_lines()[1:]
    np.testing.assert_allclose(lines[0].get_ydata(), np.sqrt(x))
    assert lines[0].get_linestyle() != lines[1].get_linestyle()


def test_the_largest_gap_of_the_class_curves_is_marked():
    ax = plot_class_curves(shares=([400, 450, 500], [0.1, 0.3, 1.0], [0.4, 0.9, 1.0]), cut_off=450)
    assert [text.get_text() for text in ax.texts] == ["largest gap at 450 points"]
    assert not plot_class_curves(shares=([400, 500], [0.1, 1.0], [0.4, 1.0])).texts


@pytest.mark.parametrize(
    ("cut_off", "ends", "text"),
    [
        (400, (0.1, 0.4), "gap of 0.300 at 400 points"),
        (449, (0.1, 0.4), "gap of 0.300 at 449 points"),  # the shares hold up to the next score
        (450, (0.3, 0.9), "largest gap at 450 points"),
        (460.5, (0.3, 0.9), "gap of 0.600 at 460.5 points"),
        (390, (0.0, 0.0), "gap of 0.000 at 390 points"),
        (600, (1.0, 1.0), "gap of 0.000 at 600 points"),
    ],
)
def test_the_gap_at_a_cut_off_of_ones_own_is_told(cut_off, ends, text):
    shares = ([400, 450, 500], [0.1, 0.3, 1.0], [0.4, 0.9, 1.0])
    ax = plot_class_curves(shares=shares, cut_off=cut_off)
    assert [label.get_text() for label in ax.texts] == [text]
    (marked,) = ax.collections[0].get_segments()
    assert marked.tolist() == [[cut_off, ends[0]], [cut_off, ends[1]]]


def test_the_gap_of_rows_at_a_cut_off_is_told():
    y, points = [1, 1, 0, 0, 1, 0], [400, 420, 430, 440, 450, 460]
    at_own = plot_class_curves(points, y, cut_off=430, score="score")
    assert at_own.texts[0].get_text() == "gap of 0.333 at 430"
    assert plot_class_curves(points, y).texts[0].get_text() == "largest gap at 420 points"


def test_calibration_is_in_per_cent_with_equal_axes():
    table = pd.DataFrame(
        {
            "expected_event_rate": [0.1, 0.4],
            "event_rate": [0.2, 0.5],
            "low": [0.1, 0.3],
            "high": [0.3, 0.8],
        }
    )
    ax = plot_calibration(table)
    np.testing.assert_allclose(ax.containers[0][0].get_xydata(), [[10, 20], [40, 50]])
    assert ax.get_xlim() == ax.get_ylim() == pytest.approx((0, 84))


def test_each_class_of_the_score_distribution_sums_to_100():
    ax = plot_score_distribution(cells=([400, 500, 600], [30, 10], [1, 3]))
    filled, _, events = ax.patches
    np.testing.assert_allclose(filled.get_data().values, [75, 25])
    np.testing.assert_allclose(events.get_data().values, [25, 75])


@pytest.mark.parametrize(
    "draw",
    [
        lambda ax: plot_roc(rates={"train": ([0, 1], [0, 1])}, ax=ax),
        lambda ax: plot_class_curves(shares=([1, 2], [0, 1], [0, 1]), ax=ax),
        lambda ax: plot_score_distribution(cells=([0, 1], [1], [1]), ax=ax),
    ],
)
def test_the_given_axes_come_back(draw):
    ax = Figure().add_subplot()
    assert draw(ax) is ax


def bars_of(ax):
    (bars,) = ax.containers[0][2]
    return [segment[:, 1].tolist() for segment in bars.get_segments()]


def test_bars_of_a_calibration_are_the_intervals_and_a_point_without_one_stands_alone():
    table = pd.DataFrame(
        {
            "expected_event_rate": [0.1, 0.4],
            "event_rate": [0.2, 0.5],
            "low": [0.1, np.nan],
            "high": [0.3, np.nan],
        }
    )
    first, second = bars_of(plot_calibration(table))
    np.testing.assert_allclose(first, [10, 30])
    np.testing.assert_allclose(second, [50, 50])


@pytest.mark.parametrize("shift", [0.0, -500.0])
def test_calibration_of_means_has_their_unit_and_room_for_losses(shift):
    means = np.array([100.0, 250.0, 400.0]) + shift
    table = pd.DataFrame(
        {
            "expected_mean": means,
            "mean": means + 20.0,
            "mean_low": means - 10.0,
            "mean_high": means + 50.0,
        }
    )
    ax = plot_calibration(table)
    assert ax.get_xlabel() == "predicted mean"
    np.testing.assert_allclose(ax.containers[0][0].get_xdata(), means)
    low, high = ax.get_xlim()
    assert ax.get_ylim() == (low, high)
    assert low <= min(0.0, means.min() - 10.0)
    assert high > means.max() + 50.0


def test_lifts_have_their_intervals_in_the_middle_of_the_group():
    rng = np.random.default_rng(0)
    score = rng.normal(size=400)
    y = rng.random(400) < 1.0 / (1.0 + np.exp(1.0 - score))
    table = gains_table(y, score, n_groups=4)
    ax = plot_lift(table)
    segments = np.array(ax.collections[0].get_segments())
    np.testing.assert_allclose(segments[:, 0, 0], [12.5, 37.5, 62.5, 87.5], atol=0.2)
    np.testing.assert_allclose(segments[:, :, 1], table[["lift_low", "lift_high"]])
    # all rows together have the event rate of all rows
    assert ax.get_lines()[0].get_ydata()[-1] == pytest.approx(1.0)
    without = plot_lift(table.drop(columns=["lift_low", "lift_high"]))
    assert not without.collections


@pytest.mark.parametrize(
    ("share", "message"),
    [
        ([0.5, 1.2], "column 'cumulative_share' must hold shares up to 1, got 1.2"),
        ([0.5, 0.4], "cumulative_share"),
        ([np.nan, 1.0], "cumulative_share"),
    ],
)
def test_lifts_of_shares_that_are_none_are_refused(share, message):
    table = pd.DataFrame({"cumulative_share": share, "lift": 1.0, "cumulative_lift": 1.0})
    with pytest.raises(ValueError, match=message):
        plot_lift(table)


def test_the_lorenz_curve_runs_from_nothing_to_everything():
    rng = np.random.default_rng(1)
    amounts = rng.gamma(0.5, 100.0, size=300)
    table = mean_gains_table(amounts, amounts + rng.uniform(1.0, 3.0, size=300), n_groups=5)
    ax = plot_lorenz(table)
    diagonal, curve = ax.get_lines()
    assert curve.get_xydata()[0].tolist() == [0.0, 0.0]
    np.testing.assert_allclose(curve.get_xydata()[-1], [1.0, 1.0])
    # the highest means first: never below the line of no order
    assert (curve.get_ydata() >= curve.get_xdata() - 1e-12).all()
    np.testing.assert_array_equal(diagonal.get_xdata(), diagonal.get_ydata())


@pytest.mark.parametrize("weight", [1.0, 3.0])
def test_curves_do_not_feel_the_scale_of_weights(weight):
    rng = np.random.default_rng(2)
    score, y = rng.integers(0, 6, size=80), rng.integers(0, 2, size=80)
    weights = rng.uniform(0.5, 2.0, size=80)
    first, second = (
        plot_roc(y, score, sample_weight=scale * weights).get_lines()[1].get_xydata()
        for scale in (1.0, weight)
    )
    np.testing.assert_allclose(first, second, atol=1e-12)
    curves = [
        plot_class_curves(score, y, sample_weight=scale * weights).get_lines()[0].get_xydata()
        for scale in (1.0, weight)
    ]
    np.testing.assert_allclose(*curves, atol=1e-12)


def test_rows_of_weight_nought_are_not_drawn():
    y, score = [0, 1, 0, 1, 1], [1.0, 2.0, 3.0, 4.0, 99.0]
    weighted = plot_score_distribution(score, y, n_cells=4, sample_weight=[1, 1, 1, 1, 0])
    shares, edges, _ = weighted.patches[2].get_data()
    assert sum(shares) == pytest.approx(100.0)
    # The cells end with the rows that are there.
    assert edges[-1] == pytest.approx(4.0)

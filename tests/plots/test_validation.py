import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from infotheory.plots import plot_calibration, plot_class_curves, plot_roc, plot_score_distribution


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

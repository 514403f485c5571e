import numpy as np
import pytest
from matplotlib.figure import Figure

from infotheory.plots import plot_alignment, plot_cut_offs, plot_reject_points, plot_reject_quantity
from infotheory.scorecard import (
    CostTable,
    Scale,
    Scorecard,
    align_scores,
    cut_off_sweep,
    reject_inference,
)

Y = np.array([1, 1, 0, 0, 1, 0, 0, 0])
POINTS = np.arange(1.0, 9.0)


@pytest.fixture(scope="module")
def sweep():
    return cut_off_sweep(
        Y, POINTS, [2, 4, 6], costs=CostTable(10, 20), protected={"sex": list("abababab")}
    )


@pytest.fixture(scope="module")
def band():
    X, y = np.repeat([[1.0], [2.0]], 50, axis=0), np.repeat([0, 1, 0, 1], [40, 10, 30, 20])
    return reject_inference(
        Scorecard().fit(X, y), X, y, np.repeat([[1.0], [2.0]], [5, 20], axis=0), bands=2
    )


def test_cut_offs_are_in_per_cent_with_their_band_and_the_marked_one(sweep):
    ax = plot_cut_offs(sweep, "approval_rate", marked=4)
    np.testing.assert_allclose(ax.get_lines()[0].get_xydata(), [[2, 87.5], [4, 62.5], [6, 37.5]])
    assert [text.get_text() for text in ax.texts] == ["4"]
    ends = ax.collections[0].get_datalim(ax.transData)
    low, high = (
        sweep.estimate("approval_rate", 6).interval()[0],
        sweep.estimate("approval_rate", 2).interval()[1],
    )
    assert (ends.y0, ends.y1) == pytest.approx((100 * low, 100 * high))


def test_the_ratio_names_its_attribute_and_shows_four_fifths(sweep):
    ax = plot_cut_offs(sweep, "adverse_impact_ratio", attribute="sex")
    assert ax.get_ylabel() == "adverse impact ratio (sex)"
    assert ax.get_lines()[1].get_ydata()[0] == 0.8


def test_reject_quantities_show_every_factor_and_the_accepted_rows(band):
    ax = plot_reject_quantity(band, "bad_rate_all")
    np.testing.assert_allclose(ax.containers[0][0].get_xdata(), [1.0, 1.5, 2.0, 3.0])
    assert ax.get_lines()[0].get_ydata()[0] == pytest.approx(30.0)
    assert not plot_reject_quantity(band, "auc_all").get_title()


def test_reject_points_have_one_row_a_bin(band):
    ax = plot_reject_points(band, "x0")
    assert len(ax.get_yticklabels()) == 3
    diamonds = ax.get_lines()[0].get_xdata()
    frame = band.band()
    np.testing.assert_allclose(diamonds, frame.loc[frame["quantity"] == "points", "accepted_only"])


def test_alignment_draws_the_map():
    aligned = align_scores(Y, POINTS, Scale(20, 600, 50))
    ax = plot_alignment(aligned, POINTS)
    np.testing.assert_allclose(ax.get_lines()[1].get_ydata()[[0, -1]], aligned.points([1.0, 8.0]))


def test_the_given_axes_come_back(sweep, band):
    aligned = align_scores(Y, POINTS, Scale(20, 600, 50))
    for draw in (
        lambda ax: plot_cut_offs(sweep, "profit", ax),
        lambda ax: plot_reject_quantity(band, "auc_accepted", ax),
        lambda ax: plot_reject_points(band, "x0", ax),
        lambda ax: plot_alignment(aligned, POINTS, ax),
    ):
        ax = Figure().add_subplot()
        assert draw(ax) is ax


def test_errors_name_what_there_is(sweep, band):
    with pytest.raises(
        ValueError, match=r"quantity and attribute must be one of .* got \['profit', 'sex'\]"
    ):
        plot_cut_offs(sweep, "profit", attribute="sex")
    with pytest.raises(
        ValueError, match="must be an area or a rate of the result, got 'coefficient'"
    ):
        plot_reject_quantity(band, "coefficient")
    with pytest.raises(
        ValueError, match=r"must be a characteristic of the card, got 'age'; known are \['x0'\]"
    ):
        plot_reject_points(band, "age")

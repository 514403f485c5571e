import numpy as np
import pytest

from infotheory.fairness import Frontier, FrontierPoint
from infotheory.inference import Estimate
from infotheory.plots import plot_frontier


def point(budget, iv, iv_fair, holdout=True):
    measures = {
        "iv": Estimate(value=iv, standard_error=0.1, method="test"),
        "iv_fair": Estimate(value=iv_fair, standard_error=0.05, method="test"),
    }
    other = {
        name: Estimate(value=e.value + 0.1, standard_error=0.2, method="test")
        for name, e in measures.items()
    }
    return FrontierPoint(
        budget=budget,
        model=None,
        measures=measures,
        holdout=other if holdout else {},
        comparison="group: 'A' against 'B'",
        status="optimal",
        gap=0.0,
        seconds=0.1,
    )


FRONTIER = Frontier(
    (point(0.1, 1.0, 0.1), point(0.2, 0.9, 0.2), point(0.3, 2.0, 0.3)),
    np.array([False, True, False]),
)


def test_points_lie_where_the_measures_are_and_dominated_ones_are_off_the_line():
    ax = plot_frontier(FRONTIER)
    lines = [line for line in ax.get_lines() if len(line.get_xdata())]
    np.testing.assert_allclose(lines[0].get_xdata(), [0.1, 0.3])
    np.testing.assert_allclose(lines[0].get_ydata(), [1.0, 2.0])
    np.testing.assert_allclose(lines[1].get_xdata(), [0.2])
    assert lines[1].get_markerfacecolor() == "none"
    assert [text.get_text() for text in ax.get_legend().get_texts()] == [
        "training rows",
        "held-out rows",
    ]


def test_bars_are_the_intervals():
    ax = plot_frontier(Frontier((point(0.1, 1.0, 0.5, holdout=False),), np.array([False])))
    across, up = (bars.get_segments()[0] for bars in ax.containers[0][2])
    np.testing.assert_allclose(across[:, 0], 0.5 + np.array([-1, 1]) * 0.05 * 1.959964, rtol=1e-6)
    np.testing.assert_allclose(up[:, 1], 1.0 + np.array([-1, 1]) * 0.1 * 1.959964, rtol=1e-6)
    assert len(ax.get_legend().get_texts()) == 1


def test_axes_are_named_and_checked():
    ax = plot_frontier(FRONTIER, x="iv", y="iv_fair")
    assert ax.get_xlabel() == "information value (nats)"
    assert ax.get_ylabel() == "demographic information value (nats)"
    with pytest.raises(ValueError, match="y must be one of 'iv', 'iv_fair', got 'auc'"):
        plot_frontier(FRONTIER, y="auc")

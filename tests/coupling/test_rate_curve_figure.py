"""The figure of a rate curve shows the data and nothing else."""

import numpy as np

from infotheory.coupling import rate_curve
from infotheory.plots import plot_rate_curve


def test_lines_are_the_methods_and_axes_come_back():
    curve = rate_curve([0.7, 0.2, 0.1], [0.5, 0.3, 0.2], np.linspace(0.0, 1.6, 9), base=2)
    ax = plot_rate_curve(curve)
    assert [line.get_label() for line in ax.lines] == ["best", "algorithm1", "uniform"]
    for line, values in zip(ax.lines, curve.information.values(), strict=True):
        assert (np.asarray(line.get_xdata()) == curve.rates).all()
        assert (np.asarray(line.get_ydata()) == values).all()
    assert ax.get_xlabel() == "rate (bits)"
    assert plot_rate_curve(curve, ax) is ax


def test_a_curve_of_zeros_can_be_drawn():
    assert plot_rate_curve(rate_curve([1.0], [1.0], [0.0, 1.0])).get_ylim() == (0.0, 1.0)

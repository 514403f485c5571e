"""Figures of a rate curve and of couplings show the data and nothing else."""

import numpy as np
import pytest

from infotheory.coupling import bottleneck_coupling, minimum_entropy_coupling, rate_curve
from infotheory.plots import plot_coupling, plot_rate_curve


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


@pytest.mark.parametrize(
    "coupling",
    [
        minimum_entropy_coupling([0.7, 0.2, 0.1], [0.5, 0.5]),
        bottleneck_coupling([0.25] * 4, [0.25] * 4, 1.0, base=2),
    ],
)
def test_a_coupling_is_drawn_cell_by_cell(coupling):
    ax = plot_coupling(coupling)
    (image,) = ax.images
    assert (image.get_array() == coupling.toarray()).all()
    assert ((image.get_alpha() > 0) == (coupling.toarray() > 0)).all()
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("y", "x")
    assert plot_coupling(coupling, ax) is ax


def test_what_is_no_coupling_of_two_is_refused():
    with pytest.raises(TypeError, match="coupling must be a Coupling"):
        plot_coupling(np.eye(2))
    with pytest.raises(ValueError, match="must join two marginals to be drawn, got 3"):
        plot_coupling(minimum_entropy_coupling([1.0], [1.0], [1.0]))

"""The figure of a coupling shows its joint pmf, and blanks where there is no mass."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from infotheory.coupling import bottleneck_coupling, minimum_entropy_coupling
from infotheory.plots import plot_coupling

P, Q = [0.5, 0.3, 0.2], [0.6, 0.4]


@pytest.mark.parametrize(
    "make",
    [
        lambda: minimum_entropy_coupling(P, Q),
        lambda: bottleneck_coupling(P, Q, 0.5),
    ],
)
def test_cells_are_those_of_the_joint_pmf(make):
    coupling = make()
    joint = coupling.toarray()
    ax = plot_coupling(coupling)
    (image,) = ax.images
    np.testing.assert_array_equal(image.get_array(), joint)
    np.testing.assert_array_equal(image.get_alpha(), joint > 0.0)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("y", "x")
    # cells are whole: symbols of X down, those of Y across
    assert image.get_extent()[:2] == [-0.5, joint.shape[1] - 0.5]


def test_the_darkest_cell_has_the_most_mass():
    coupling = minimum_entropy_coupling(P, Q)
    (image,) = plot_coupling(coupling).images
    shades = image.to_rgba(image.get_array())[..., :3].sum(axis=-1)
    assert shades.argmin() == coupling.toarray().argmax()
    assert image.norm.vmin == 0.0


def test_the_axes_of_the_user_are_drawn_on():
    ax = Figure().add_subplot()
    assert plot_coupling(minimum_entropy_coupling(P, Q), ax) is ax


def test_three_marginals_and_arrays_are_refused():
    with pytest.raises(ValueError, match="must join two marginals to be drawn, got 3"):
        plot_coupling(minimum_entropy_coupling(P, Q, [0.5, 0.5]))
    with pytest.raises(TypeError, match=r"got ndarray; minimum_entropy_coupling\(\.\.\.\)"):
        plot_coupling(np.eye(2) / 2)

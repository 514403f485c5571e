"""Figure of a coupling: its joint pmf, cell by cell."""

from typing import TYPE_CHECKING

from infotheory.coupling import BottleneckCoupling, Coupling
from infotheory.plots._style import PALETTE, axes_or_new, quiet

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["plot_coupling"]


def plot_coupling(coupling: "Coupling | BottleneckCoupling", ax: "Axes | None" = None) -> "Axes":
    """Draw the joint pmf of two variables: darker cells have more mass, empty ones are left blank.

    Parameters
    ----------
    coupling : Coupling or BottleneckCoupling
        Result of `infotheory.coupling.minimum_entropy_coupling` of two marginals, or of
        `infotheory.coupling.bottleneck_coupling`.
    ax : Axes, optional
        Where to draw; a new figure when None.

    Returns
    -------
    Axes
        The axes drawn on: symbols of X down, those of Y across.

    Raises
    ------
    TypeError
        If it is no such result.
    ValueError
        If it couples more or fewer than two marginals.

    Examples
    --------
    >>> from infotheory.coupling import minimum_entropy_coupling
    >>> plot_coupling(minimum_entropy_coupling([0.5, 0.5], [0.6, 0.4])).get_xlabel()
    'y'
    """
    if not isinstance(coupling, Coupling | BottleneckCoupling):
        message = (
            f"coupling must be a Coupling or a BottleneckCoupling, got {type(coupling).__name__}; "
            "minimum_entropy_coupling(...) and bottleneck_coupling(...) make one"
        )
        raise TypeError(message)
    if isinstance(coupling, Coupling) and len(coupling.shape) != 2:
        message = f"coupling must join two marginals to be drawn, got {len(coupling.shape)}"
        raise ValueError(message)

    joint = coupling.toarray()
    ax = axes_or_new(ax, 3.6, 3.6)
    image = ax.imshow(joint, cmap="Blues", vmin=0.0, interpolation="none", aspect="auto")
    # cells without mass show the paper
    image.set_alpha((joint > 0.0).astype(float))
    ax.set(xlabel="y", ylabel="x")
    quiet(ax)
    ax.grid(visible=False)
    for name in ("left", "top", "right", "bottom"):
        ax.spines[name].set_visible(True)
        ax.spines[name].set_color(PALETTE["muted"])
    return ax

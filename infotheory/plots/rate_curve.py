"""Figure of a rate curve: information against rate, under its bound."""

from typing import TYPE_CHECKING

from infotheory.coupling import RateCurve
from infotheory.plots._inputs import check_result
from infotheory.plots._style import PALETTE, axes_or_new, ink_of, legend, quiet

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["plot_rate_curve"]

# Dashes and marks besides colours, which tell the lines apart on grey paper too.
_LINES = (
    ("first", "-", "o"),
    ("second", (0, (5, 2)), "s"),
    ("muted", (0, (1, 1.5)), "^"),
    ("ink", (0, (3, 1, 1, 1)), "D"),
)


def plot_rate_curve(curve: RateCurve, ax: "Axes | None" = None) -> "Axes":
    """Draw I(X;Y) against the rate, one line a method, and shade what the bound excludes.

    Parameters
    ----------
    curve : RateCurve
        Result of `infotheory.coupling.rate_curve`.
    ax : Axes, optional
        Where to draw; a new figure when None.

    Returns
    -------
    Axes
        The axes drawn on.

    Raises
    ------
    TypeError
        If it is no such result.

    Examples
    --------
    >>> import numpy as np
    >>> from infotheory.coupling import rate_curve
    >>> rates = np.linspace(0.1, 1.2, 8)
    >>> curve = rate_curve([0.4, 0.3, 0.2, 0.1], [0.5, 0.25, 0.25], rates, methods=["algorithm1"])
    >>> plot_rate_curve(curve).get_xlabel()
    'rate (nats)'
    """
    check_result(curve, RateCurve, "curve", "infotheory.coupling.rate_curve(...) makes one")
    ax = axes_or_new(ax, 5.4, 3.6)
    # A little room above the bound; where it is 0 nothing can be shared, and any height shows that.
    top = 1.08 * float(curve.bound.max()) if curve.bound.max() > 0.0 else 1.0
    ax.fill_between(
        curve.rates,
        curve.bound,
        top,
        color=PALETTE["fill"],
        alpha=0.5,
        linewidth=0.0,
        label="excluded",
    )

    for i, (method, information) in enumerate(curve.information.items()):
        colour, dash, mark = _LINES[i % len(_LINES)]
        ax.plot(
            curve.rates,
            information,
            color=ink_of(ax) if colour == "ink" else PALETTE[colour],
            linestyle=dash,
            marker=mark,
            markersize=3.0,
            linewidth=1.6,
            label=method,
        )

    ax.set(xlabel=f"rate ({curve.unit})", ylabel=f"I(X;Y) ({curve.unit})", ylim=(0.0, top))
    quiet(ax, grid="both")
    legend(ax, "lower right")
    return ax

"""Hasse diagram of the lattice that a few informations generate."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from infotheory._numerics import unit_name
from infotheory._typing import Base
from infotheory.lattice import Information, generated_lattice
from infotheory.plots._hasse import hasse_positions
from infotheory.plots._style import PALETTE, axes_or_new, shorten_all

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["plot_lattice"]


def plot_lattice(
    *informations: Information,
    ax: "Axes | None" = None,
    names: Sequence[str] | None = None,
    base: Base = 2.0,
    max_elements: int = 32,
) -> "Axes":
    """Draw the lattice of some informations: joins above, meets below, an entropy in each element.

    Parameters
    ----------
    *informations : Information
        At least one, over the same atoms; they are drawn in colour.
    ax : Axes, optional
        Where to draw; a new figure when None.
    names : sequence of str, optional
        Their names; X1, X2, ... when None.
    base : float or str, optional
        Base of the logarithm of the entropies: bits by default, nats when None.
    max_elements : int
        Most elements the lattice may have.

    Returns
    -------
    Axes
        The axes drawn on.

    Raises
    ------
    InfeasibleError
        If the lattice has more than ``max_elements`` elements.
    ValueError
        If there are no informations, not one name each, or they are over different atoms.

    Examples
    --------
    >>> die = Information.from_labels([1, 2, 3, 4, 5, 6])
    >>> parity = Information.from_labels([1, 0, 1, 0, 1, 0])
    >>> half = Information.from_labels([0, 0, 0, 1, 1, 1])
    >>> ax = plot_lattice(parity, half, names=["parity", "half"])
    >>> ax.texts[0].get_text().splitlines()
    ['parity ∧ half', '0 bits']
    """
    lattice = generated_lattice(*informations, names=names, max_elements=max_elements)
    labels = [
        _label(name, x.entropy(base=base), base)
        for name, x in zip(shorten_all(lattice.names, 26), lattice.elements, strict=True)
    ]

    # Boxes are as wide as their text: the places know it, so that no box covers an edge.
    reach = np.array([max(map(_reach, label.split("\n"))) for label in labels])
    x = hasse_positions(lattice.ranks, lattice.covers, reach)
    y = np.asarray(lattice.ranks, dtype=np.float64)

    ax = axes_or_new(
        ax, max(4.0, 1.9 * float(np.ptp(x) + 1.0)), max(2.5, 1.1 * (max(lattice.ranks) + 1))
    )
    for lower, upper in lattice.covers:
        ax.plot(
            x[[lower, upper]], y[[lower, upper]], color=PALETTE["muted"], linewidth=1.0, zorder=1
        )

    # Boxes over the edges, which run from middle to middle.
    starting = set(informations)
    for i, (element, text) in enumerate(zip(lattice.elements, labels, strict=True)):
        colour = PALETTE["first"] if element in starting else PALETTE["muted"]
        box = {
            "boxstyle": "round,pad=0.35",
            "facecolor": "white",
            "edgecolor": colour,
            "linewidth": 1.2,
        }
        ax.text(
            x[i],
            y[i],
            text,
            ha="center",
            va="center",
            fontsize=8,
            color=PALETTE["ink"],
            bbox=box,
            zorder=2,
        )

    ax.set_xlim(x.min() - 0.6, x.max() + 0.6)
    ax.set_ylim(-0.5, max(lattice.ranks) + 0.5)
    ax.set_axis_off()
    ax.patch.set_alpha(0.0)
    ax.figure.patch.set_alpha(0.0)
    return ax


def _label(name: str, entropy: float, base: Base) -> str:
    value = f"{entropy:.4g}"
    unit = unit_name(base)
    named = unit.removesuffix("s") if value == "1" else unit
    entropy_text = f"{value} ({unit})" if unit.startswith("base") else f"{value} {named}"
    return f"{name}\n{entropy_text}"


def _reach(text: str) -> float:
    """Half the width of the box of a name, in places: a letter takes .06 inches, a place 1.75."""
    return (0.03 * len(text) + 0.2) / 1.75

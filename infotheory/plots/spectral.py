"""Spectral measures of layers by training step."""

from typing import TYPE_CHECKING

import numpy as np

from infotheory._later import stats
from infotheory._validation import check_level
from infotheory.plots._style import PALETTE, axes_or_new, ink_of, quiet, series_name

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from infotheory.spectral import SpectralMonitor

__all__ = ["plot_spectral"]

_MARKS = ("o", "s", "^", "D", "v", "P")
_DASHES = ("-", "--", "-.", ":")


def plot_spectral(
    monitor: "SpectralMonitor",
    *,
    measure: str | None = None,
    level: float = 0.95,
    ax: "Axes | None" = None,
) -> "Axes":
    """Draw one measure by step, a line a layer, with its interval where it has an error.

    Parameters
    ----------
    monitor : SpectralMonitor
        A monitor with at least one record.
    measure : str, optional
        Which measure; the monitor's first when None.
    level : float
        Coverage of the band, strictly between 0 and 1.
    ax : Axes, optional
        Where to draw; a new figure when None.

    Returns
    -------
    Axes
        The axes drawn on.

    Raises
    ------
    ValueError
        If nothing is recorded, the measure was not recorded, or the level is not between 0 and 1.
    TypeError
        If ``monitor`` is no SpectralMonitor.

    Examples
    --------
    >>> from infotheory.spectral import SpectralMonitor
    >>> rng = np.random.default_rng(0)
    >>> monitor = SpectralMonitor(["rankme"])
    >>> for step in range(6):
    ...     layers = {"first": rng.normal(size=(60, 8)), "second": rng.normal(size=(60, 8)) ** step}
    ...     monitor.record(step, layers)
    >>> plot_spectral(monitor).get_ylabel()
    'rankme'
    """
    # Its class would bring PyTorch along.
    if not (hasattr(monitor, "to_frame") and hasattr(monitor, "measures")):
        message = (
            f"monitor must be a SpectralMonitor, got {type(monitor).__name__}; its record() takes "
            "the layers of a step"
        )
        raise TypeError(message)
    check_level(level)
    table = monitor.to_frame()
    measure = monitor.measures[0] if measure is None else measure
    recorded = sorted(set(table["measure"]))
    if measure not in recorded:
        message = f"measure must have been recorded, got {measure!r} where {recorded} were"
        raise ValueError(message)
    rows = table[table["measure"] == measure]

    ax = axes_or_new(ax, 6.0, 3.6)
    for i, (layer, line) in enumerate(rows.groupby("layer", sort=False, dropna=False)):
        ordered = line.sort_values("step")
        steps, values = ordered["step"].to_numpy(), ordered["value"].to_numpy()

        # records of few batches have an error of few degrees of freedom
        width = stats.t.ppf(0.5 + level / 2.0, ordered["degrees_of_freedom"].to_numpy())
        half = width * ordered["standard_error"].to_numpy()

        colour = (PALETTE["first"], PALETTE["second"], ink_of(ax), PALETTE["muted"])[i % 4]
        # Six marks and four colours: after four lines the dash changes with the colour that comes
        # again.
        mark, dash = _MARKS[i % len(_MARKS)], _DASHES[(i // 4) % len(_DASHES)]
        ax.plot(
            steps,
            values,
            color=colour,
            label=series_name(layer),
            marker=mark,
            linestyle=dash,
            markersize=4.0,
        )
        # NaN is not above 0: values without an error have no band.
        if np.any(half > 0):
            ax.fill_between(
                steps, values - half, values + half, color=colour, alpha=0.15, linewidth=0
            )

    ax.set_xlabel("step")
    ax.set_ylabel(measure.replace("_", " "))
    quiet(ax, grid="y")
    ax.legend(frameon=False)
    return ax

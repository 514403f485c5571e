"""Colours and axes shared by all figures.

Figures are made without pyplot, so that no global state is left behind and no display is needed;
backgrounds are transparent, so that a figure can lie on any light paper. Where matplotlib's style
or the user's own figure is dark, the paper stays and the ink is light.
"""

from collections.abc import Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

from infotheory._display import distinct_texts
from infotheory._optional import require

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = [
    "PALETTE",
    "axes_or_new",
    "ink_of",
    "legend",
    "quiet",
    "row_axis",
    "series_name",
    "shorten",
    "shorten_all",
]

PALETTE = MappingProxyType(
    {
        "ink": "#1d2530",
        "muted": "#66707d",
        "grid": "#dde1e6",
        "fill": "#ced6df",
        "first": "#0072b2",
        "second": "#c4501b",
    }
)
"""Colour by role. The two data colours differ for every common colour vision and, with the marks
and dashes that go with them, on grey paper; the report maps each role to its light, dark and print
value."""

_LIGHT_INK, _GRID_ON_DARK = "#e6e9ed", "#454d58"


def axes_or_new(ax: "Axes | None", width: float, height: float) -> "Axes":
    """Return ``ax``, or the axes of a new figure of a size in inches, not tied to any display."""
    if ax is not None:
        if not hasattr(ax, "plot") or not hasattr(ax, "spines"):
            message = (
                f"ax must be axes of matplotlib, or None for a new figure, got {type(ax).__name__}"
            )
            raise TypeError(message)
        return ax
    figure = require("matplotlib.figure", extra="report", purpose="drawing a figure")
    return figure.Figure(figsize=(width, height), layout="constrained").add_subplot()


def _is_dark(ax: "Axes") -> bool:
    """Tell whether what is written on the paper of a figure must be light."""
    if ax.figure is None:
        return False
    # Rec. 709: green makes most of what is seen as bright.
    colors = require("matplotlib.colors", extra="report", purpose="drawing a figure")
    red, green, blue = colors.to_rgb(ax.figure.get_facecolor())
    return bool(0.2126 * red + 0.7152 * green + 0.0722 * blue < 0.4)


def ink_of(ax: "Axes") -> str:
    """Colour of what is written on a figure."""
    return _LIGHT_INK if _is_dark(ax) else PALETTE["ink"]


def quiet(ax: "Axes", *, grid: Literal["x", "y", "both"] = "x") -> None:
    """Leave only what is read: no frame, no background, a light grid."""
    is_dark, ink = _is_dark(ax), ink_of(ax)
    ax.patch.set_alpha(0.0)
    if ax.figure is not None and not is_dark:
        ax.figure.patch.set_alpha(0.0)

    for name, spine in ax.spines.items():
        spine.set_visible(name == "bottom")
        spine.set_color(PALETTE["muted"])

    ax.tick_params(colors=PALETTE["muted"], labelcolor=ink, labelsize=9, length=0)
    for text in (ax.xaxis.label, ax.yaxis.label):
        text.set(color=ink, fontsize=9)
    ax.set_axisbelow(True)
    ax.grid(axis=grid, color=_GRID_ON_DARK if is_dark else PALETTE["grid"], linewidth=0.8)


def legend(ax: "Axes", where: Literal["upper left", "upper right", "lower right"]) -> None:
    """Name the series of a chart, without a frame."""
    ax.legend(frameon=False, fontsize=9, labelcolor=ink_of(ax), loc=where)


def row_axis(ax: "Axes", labels: Sequence[str]) -> None:
    """Name the rows of a chart from top to bottom."""
    ax.set_yticks(range(len(labels)), shorten_all(labels))
    ax.set_ylim(len(labels) - 0.4, -0.6)


def series_name(name: Any, figures: str = "") -> str:
    """Return the name of a series in a legend, which leaves out "" and what starts with "_".

    Figures beside a long name have a line of their own, so that the legend covers no curve.
    """
    text = shorten(name, 30 if figures else 60)
    if figures:
        gap = "\n" if len(text) > 16 else " "
        text = f"{text}:{gap}{figures}" if text else figures
    # A space of no width hides the underscore from matplotlib and nothing from a reader.
    return f"\u200b{text}" if not text or text.startswith("_") else text


def shorten(label: Any, length: int = 30) -> str:
    """Cut a long label, ending it with an ellipsis; a dollar sign in it starts no formula."""
    return shorten_all([label], length)[0]


def shorten_all(labels: Sequence[Any], length: int = 30) -> list[str]:
    """Cut the long ones among labels of one axis, but for those that would look alike."""
    texts = distinct_texts([str(label) for label in labels], length)
    return [text.replace("$", r"\$") for text in texts]

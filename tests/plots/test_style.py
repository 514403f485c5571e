"""What all figures share: labels that stay apart, names in legends, a page without frames."""

import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from infotheory.plots._style import (
    PALETTE,
    axes_or_new,
    legend,
    quiet,
    row_axis,
    series_name,
    shorten,
    shorten_all,
)


def luminance(colour):
    """Relative luminance of WCAG 2, from 0 to 1."""
    channels = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255.0
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


@pytest.mark.parametrize(("role", "least"), [("ink", 7.0), ("muted", 4.5), ("first", 4.5)])
def test_text_and_lines_stand_out_from_white_paper(role, least):
    assert 1.05 / (luminance(PALETTE[role]) + 0.05) >= least


def test_the_two_colours_of_data_stand_out_from_white_paper():
    for role in ("first", "second"):
        assert 1.05 / (luminance(PALETTE[role]) + 0.05) >= 3.0


@pytest.mark.parametrize("length", [8, 12, 30])
def test_long_labels_are_cut_and_stay_apart(length):
    labels = [f"{'the same beginning ' * 3}{end}" for end in ("one", "two", "three")]
    texts = shorten_all(labels, length)
    assert len(set(texts)) == 3
    assert shorten_all(["short", *labels], length)[0] == "short"


def test_no_label_is_a_formula():
    assert shorten("$x$ and $y$") == r"\$x\$ and \$y\$"
    assert shorten(12.5) == "12.5"


@pytest.mark.parametrize(
    ("name", "text"), [("_x", "\u200b_x"), ("", "\u200b"), ("x_", "x_"), (3, "3")]
)
def test_legends_show_names_that_matplotlib_hides(name, text):
    assert series_name(name) == text


def test_rows_are_named_from_top_to_bottom():
    ax = axes_or_new(None, 3.0, 2.0)
    row_axis(ax, ["first", "second", "third"])
    low, high = ax.get_ylim()
    assert low > 2.0
    assert high < 0.0
    assert [text.get_text() for text in ax.get_yticklabels()] == ["first", "second", "third"]


def test_a_new_figure_has_the_size_asked_for_and_no_frame():
    ax = axes_or_new(None, 3.0, 2.0)
    assert ax.figure.get_size_inches().tolist() == [3.0, 2.0]
    quiet(ax, grid="y")
    shown = {name for name, spine in ax.spines.items() if spine.get_visible()}
    assert shown == {"bottom"}
    assert ax.patch.get_alpha() == ax.figure.patch.get_alpha() == 0.0
    assert to_hex(ax.xaxis.label.get_color()) == PALETTE["ink"]


def test_legends_have_no_frame():
    ax = Figure().add_subplot()
    ax.plot([0, 1], [0, 1], label="line")
    legend(ax, "upper left")
    assert not ax.get_legend().get_frame_on()


@pytest.mark.parametrize("wrong", [5, "axes", Figure()])
def test_only_axes_are_drawn_on(wrong):
    with pytest.raises(TypeError, match="ax must be axes of matplotlib, or None"):
        axes_or_new(wrong, 1.0, 1.0)


@pytest.mark.parametrize("paper", ["white", "#f4f4f0", "#1e1e1e", "black"])
def test_what_is_written_stands_out_from_the_paper(paper):
    ax = Figure(facecolor=paper).add_subplot()
    ax.plot([0.0, 1.0], [0.0, 1.0], label="line")
    quiet(ax)
    legend(ax, "upper left")
    texts = [*ax.get_xticklabels(), ax.xaxis.label, *ax.get_legend().get_texts()]
    dark = paper in {"#1e1e1e", "black"}
    for text in texts:
        light, ink = sorted([luminance(to_hex(paper)), luminance(to_hex(text.get_color()))])
        assert (ink + 0.05) / (light + 0.05) >= 7.0
    # Light paper shows through; dark paper stays, for the ink is light.
    assert ax.figure.patch.get_alpha() == (None if dark else 0.0)

"""Figures of bins are read back from their SVG: every mark stands where its number is."""

import re
import xml.etree.ElementTree as ET
from itertools import pairwise

import pytest

from infotheory.report.formats.bin_figures import bin_figure, ticks_between

SPACE = "{http://www.w3.org/2000/svg}"


def row(name, share, value, reach=0.5, **parts):
    ends = {"woe_low": value - reach, "woe_high": value + reach}
    return {"bin": name, "share": share, "woe": value} | ends | parts


ROWS = [row("low", 0.1, -1.0), row("middle", 0.5, 0.2), row("high", 0.4, 1.4)]


def drawn(rows, value="woe", **options):
    words = {"axis": "WoE, positive = safer", "line": 0.0, "label": "Evidence"} | options
    text = bin_figure(rows, value, **words)
    return ET.fromstring(text.replace("<svg", f'<svg xmlns="{SPACE[1:-1]}"'))  # noqa: S314 - ours


def marks(figure, tag, kind):
    return [entry for entry in figure.iter(SPACE + tag) if entry.get("class") == kind]


def horizontal(figure):
    """Ends and height of the lines of intervals."""
    pattern = re.compile(r"M([\d.-]+) ([\d.-]+)H([\d.-]+)")
    return [
        tuple(map(float, pattern.match(p.get("d")).groups())) for p in marks(figure, "path", "l")
    ]


def scale_of(figure):
    """What a number on the axis is: two ticks tell a line."""
    texts = [t for t in marks(figure, "text", "c") if re.fullmatch(r"[−\d.]+", t.text)]
    ticks = [(float(t.get("x")), float(t.text.replace("−", "-"))) for t in texts]
    (x0, v0), (x1, v1) = ticks[0], ticks[-1]
    return lambda x: v0 + (x - x0) * (v1 - v0) / (x1 - x0)


def test_points_and_intervals_stand_at_their_numbers_in_the_order_of_the_bins():
    figure = drawn(ROWS)
    at, points = scale_of(figure), marks(figure, "circle", "p")
    heights = [float(point.get("cy")) for point in points]
    assert heights == sorted(heights)  # the first bin is on top
    assert len({b - a for a, b in pairwise(heights)}) == 1
    for of_bin, point, (low, y, high) in zip(ROWS, points, horizontal(figure), strict=True):
        assert at(float(point.get("cx"))) == pytest.approx(of_bin["woe"], abs=0.01)
        assert at(low) == pytest.approx(of_bin["woe_low"], abs=0.01)
        assert at(high) == pytest.approx(of_bin["woe_high"], abs=0.01)
        assert y == float(point.get("cy"))


def test_names_and_bars_stand_beside_their_points():
    figure = drawn(ROWS)
    heights = [float(point.get("cy")) for point in marks(figure, "circle", "p")]
    names = marks(figure, "text", "e")
    assert [name.text for name in names] == ["low", "middle", "high"]
    bars = marks(figure, "rect", "b")
    widths = [float(bar.get("width")) for bar in bars]
    assert widths == pytest.approx([8.0, 40.0, 32.0])  # the largest share is the longest bar
    shares = [text.text for text in marks(figure, "text", "e m")]
    assert shares == ["rows", "10 %", "50 %", "40 %"]
    for y, name, bar in zip(heights, names, bars, strict=True):
        assert abs(float(name.get("y")) - y) < 6
        middle = float(bar.get("y")) + float(bar.get("height")) / 2
        assert middle == pytest.approx(y)


def test_nothing_is_drawn_outside_of_the_picture():
    rows = [row("a" * 80, 0.5, -40.0, 20.0), row("b", 0.5, 0.001, 0.0005)]
    figure = drawn(rows, line=3.0)
    _, _, width, height = map(float, figure.get("viewBox").split())
    xs = [float(p.get("cx")) for p in marks(figure, "circle", "p")]
    xs += [x for low, _, high in horizontal(figure) for x in (low, high)]
    xs += [float(t.get("x")) for t in figure.iter(SPACE + "text")]
    assert all(0.0 <= x <= width for x in xs)
    assert all(0.0 <= float(t.get("y")) <= height for t in figure.iter(SPACE + "text"))
    names = [t.text for t in marks(figure, "text", "e")]
    assert len(names[0]) <= 30


def test_a_value_without_an_interval_is_an_open_square():
    by_hand = ROWS[1] | {"woe_low": None, "woe_high": None}
    figure = drawn([ROWS[0], by_hand, ROWS[2]])
    assert len(marks(figure, "circle", "p")) == len(horizontal(figure)) == 2
    (square,) = marks(figure, "rect", "o")
    middle = float(square.get("x")) + float(square.get("width")) / 2
    assert scale_of(figure)(middle) == pytest.approx(0.2, abs=0.02)


def test_rates_are_in_per_cent_and_so_is_the_line_of_reference():
    rows = [
        {
            "bin": name,
            "share": 0.5,
            "event_rate": r,
            "event_rate_low": r / 2,
            "event_rate_high": r * 2,
        }
        for name, r in (("a", 0.1), ("b", 0.3))
    ]
    figure = drawn(rows, "event_rate", axis="event rate, %", line=0.2)
    at = scale_of(figure)
    points = [at(float(p.get("cx"))) for p in marks(figure, "circle", "p")]
    assert points == pytest.approx([10.0, 30.0], abs=0.3)
    (line,) = marks(figure, "path", "d")
    assert at(float(re.match(r"M([\d.]+)", line.get("d"))[1])) == pytest.approx(20.0, abs=0.3)


def test_bins_of_one_value_have_a_span_around_it():
    figure = drawn([row("only", 1.0, 2.0, 0.0)], line=2.0)
    at = scale_of(figure)
    assert at(float(marks(figure, "circle", "p")[0].get("cx"))) == pytest.approx(2.0, abs=0.01)
    assert horizontal(figure)[0][0] == horizontal(figure)[0][2]


def test_words_of_the_data_are_text_and_no_tags():
    figure = drawn([row("<script>", 1.0, 0.0)], axis="a < b & c", label='say "yes"')
    assert figure.get("aria-label") == 'say "yes"'
    assert [t.text for t in marks(figure, "text", "e")] == ["<script>"]
    assert any(t.text == "a < b & c" for t in figure.iter(SPACE + "text"))


@pytest.mark.parametrize("low", [-3.7, 0.0, 1e-6, 250.0])
@pytest.mark.parametrize("width", [1e-6, 0.03, 1.0, 7.3, 12_345.0])
@pytest.mark.parametrize("most", [2, 3, 5])
def test_ticks_are_round_even_and_inside(low, width, most):
    high = low + width
    ticks = ticks_between(low, high, most)
    assert len(ticks) <= most
    slack = 1e-9 * max(abs(low), abs(high))
    assert all(low - slack <= tick <= high + slack for tick in ticks)
    steps = [b - a for a, b in pairwise(ticks)]
    if steps:
        assert steps == pytest.approx([steps[0]] * len(steps), rel=1e-3)
        first_digit = float(f"{steps[0]:.6e}".partition("e")[0])
        assert min(abs(first_digit - digit) for digit in (1.0, 2.0, 5.0, 10.0)) < 1e-3

"""Figures of the bins of a characteristic, written as SVG by hand: a report may hold hundreds."""

from collections.abc import Callable
from typing import Any

import numpy as np

from infotheory._display import distinct_texts
from infotheory._optional import require
from infotheory.report.formats.number_texts import fixed

__all__ = ["bin_figure", "ticks_between"]

_ROW, _TOP, _FOOT = 22.0, 18.0, 34.0
_SHARES, _BAR, _WIDTH = 78.0, 40.0, 360.0
_LETTER = 5.5  # mean width of a letter at the size of the labels
_MOST_LETTERS = 30
_TICK = 27.0  # room of a number under the axis


def ticks_between(low: float, high: float, most: int = 5) -> list[float]:
    """Round numbers inside an interval, a step of 1, 2 or 5 times a power of ten apart.

    Examples
    --------
    >>> ticks_between(-0.3, 1.2)
    [0.0, 0.5, 1.0]
    """
    # Tried upwards from the power of ten below the least step: ten times that is wide enough, but
    # for rounding.
    scale = 10.0 ** np.floor(np.log10((high - low) / most))
    for step in (scale * factor for factor in (1.0, 2.0, 5.0, 10.0, 20.0)):
        first, last = np.ceil(low / step), np.floor(high / step)
        if last - first < most:
            break
    places = max(-int(np.floor(np.log10(step))), 0)
    # Multiples of a step have digits behind the last place; adding 0.0 makes -0.0 a plain zero.
    return [round(float(number * step), places) + 0.0 for number in np.arange(first, last + 1.0)]


def bin_figure(
    bins: list[dict[str, Any]], value: str, *, axis: str, line: float, label: str
) -> str:
    """Draw one value of each bin with its interval, and the share of rows as bars beside it."""
    escape = require("markupsafe", extra="report", purpose="the figures of a report").escape
    factor = 100.0 if value == "event_rate" else 1.0
    points, low, high = (
        [factor * _number(row[key]) for row in bins]
        for key in (value, f"{value}_low", f"{value}_high")
    )
    names = distinct_texts([row["bin"] for row in bins], _MOST_LETTERS)
    shares = [fixed(100.0 * row["share"], 0) for row in bins]
    left = min(max(_LETTER * max(map(len, names)) + 8.0, 50.0), 175.0)
    right, bottom = _WIDTH - _SHARES, _TOP + _ROW * len(bins)
    largest = max(row["share"] for row in bins)
    start, end = _range([*points, *low, *high, factor * line])

    def at(number: float) -> str:
        return f"{left + (number - start) / (end - start) * (right - left):.1f}"

    parts = [f'<text x="{_WIDTH - 2:.0f}" y="12" class="e m">rows</text>']
    # Beside long names the axis is short, and the numbers under it must not touch.
    most = min(max(int((right - left) // _TICK), 2), 5)
    parts += _grid(ticks_between(start, end, most), at, bottom)
    for i, row in enumerate(bins):
        # In a column of their own: on the axis of the values bars are read as values.
        y, width = _TOP + _ROW * (i + 0.5), _BAR * row["share"] / largest
        bar = f'x="{right + 8:.0f}" y="{y - 8:.0f}" width="{width:.1f}" height="16"'
        parts += [
            f'<rect class="b" {bar}/>',
            f'<text x="{left - 6:.0f}" y="{y + 3.5:.1f}" class="e">{escape(names[i])}</text>',
            f'<text x="{_WIDTH - 2:.0f}" y="{y + 3.5:.1f}" class="e m">{shares[i]} %</text>',
        ]

    # over the grid: the line of reference, the axis, and the points with their intervals
    parts.append(f'<path class="d" d="M{at(factor * line)} {_TOP:.0f}V{bottom:.0f}"/>')
    parts.append(f'<path class="a" d="M{left:.0f} {bottom:.0f}H{right:.0f}"/>')
    for i, (point, start_of_row, end_of_row) in enumerate(zip(points, low, high, strict=True)):
        y = _TOP + _ROW * (i + 0.5)
        if bins[i][f"{value}_low"] is None:
            # What was set by hand, or is withheld, has no interval: an open square says so.
            x = float(at(point)) - 3.2
            parts.append(
                f'<rect class="o" x="{x:.1f}" y="{y - 3.2:.1f}" width="6.4" height="6.4"/>'
            )
            continue
        parts.append(f'<path class="l" d="M{at(start_of_row)} {y:.0f}H{at(end_of_row)}"/>')
        parts.append(f'<circle class="p" cx="{at(point)}" cy="{y:.0f}" r="3.2"/>')

    middle = (left + right) / 2
    parts.append(f'<text x="{middle:.0f}" y="{bottom + 29:.0f}" class="c">{escape(axis)}</text>')
    head = (
        f'<svg class="bins" role="img" aria-label="{escape(label)}" '
        f'viewBox="0 0 {_WIDTH:.0f} {bottom + _FOOT:.0f}">'
    )
    return head + "".join(parts) + "</svg>"


def _grid(ticks: list[float], at: Callable[[float], str], bottom: float) -> list[str]:
    """Lines and numbers at round values, with as many places as the finest of them needs."""
    places = max((len(f"{tick:.10g}".partition(".")[2]) for tick in ticks), default=0)
    parts = []
    for tick in ticks:
        x = at(tick)
        parts.append(f'<path class="g" d="M{x} {_TOP:.0f}V{bottom:.0f}"/>')
        parts.append(f'<text x="{x}" y="{bottom + 13:.0f}" class="c">{fixed(tick, places)}</text>')
    return parts


def _number(value: float | None) -> float:
    return 0.0 if value is None else float(value)


def _range(values: list[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    # Where all values are equal there is no span to take a share of.
    room = 0.05 * (high - low) or 0.5
    return low - room, high + room

"""How results show themselves: a few lines in a shell, a small table in a notebook."""

import dataclasses
import html
import numbers
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from infotheory._typing import FloatArray

__all__ = [
    "bar_chart",
    "distinct_texts",
    "html_frame",
    "html_repr",
    "html_rows",
    "html_table",
    "number_text",
    "short_repr",
    "shortened",
    "xml_text",
]

_WIDTH = 100
_MOST_LINES = 12

# Longer vectors and tuples are told by their size alone.
_MOST_ENTRIES = 6
_LONGEST_TEXT = 60

# Rows of a table that a notebook shows; pandas cuts it in the middle and tells how many there are.
_MOST_ROWS = 30

# What XML cannot hold: controls, halves of pairs of UTF-16, what stands for no letter. The delete
# character it can hold, but a reader sees nothing of it.
_NOT_IN_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")

# Pixels of a small chart in a table.
_CHART_WIDTH, _CHART_HEIGHT = 200, 28


class _Tabular(Protocol):
    """A result that lays itself out as a table."""

    def to_frame(self) -> Any: ...


def number_text(number: float) -> str:
    """Shortest text that gives a float64 back; whole numbers are written without a point.

    It names what has to be recognised: splits, codes, limits, cut-offs. Numbers of different value
    never share a text.
    """
    # Adding 0 leaves one zero, without a sign.
    return repr(float(number) + 0.0).removesuffix(".0")


def distinct_texts(texts: Sequence[str], length: int) -> list[str]:
    """Cut long texts at their ends, or where they are alike; what would still be alike is whole."""
    cut = {text: shortened(text, length) for text in texts}
    for alike in _alike(cut):
        cut |= {text: _from_where_they_part(text, alike, length) for text in alike}
    for alike in _alike(cut):
        cut |= {text: text for text in alike}
    return [cut[text] for text in texts]


def _alike(cut: Mapping[str, str]) -> list[list[str]]:
    """Texts that are told by the same short one, in groups."""
    whole_of: dict[str, list[str]] = {}
    for text, short in cut.items():
        whole_of.setdefault(short, []).append(text)
    return [texts for texts in whole_of.values() if len(texts) > 1]


def _from_where_they_part(text: str, alike: Sequence[str], length: int) -> str:
    """Leave out the middle that texts share, and cut what follows it."""
    # What all share is what the first and the last in order share.
    pairs = enumerate(zip(min(alike), max(alike), strict=False))
    part = next((place for place, (one, other) in pairs if one != other), len(min(alike)))
    head = length // 3

    # A word or a number that differs is shown from its first letter, unless that is far away.
    word = text.rfind(" ", 0, part) + 1
    start = word if max(head, part - 12) < word else part
    return f"{text[:head].rstrip()}…{shortened(text[start:], length - head - 1)}"


def shortened(text: str, length: int) -> str:
    """Cut a long text, ending it with an ellipsis."""
    return text if len(text) <= length else f"{text[: length - 1].rstrip()}…"


def xml_text(text: str, instead: str) -> str:
    r"""Put something else in place of each character that XML cannot hold.

    Examples
    --------
    >>> xml_text("a\x00b\uffffc", "?")
    'a?b?c'
    """
    return _NOT_IN_XML.sub(instead, text)


def short_repr(result: object) -> str:
    """Fields of a result on at most 12 lines; arrays are told by their shapes."""
    entries = [f"{name}={text}" for name, text in _field_texts(result)]
    name = type(result).__name__

    line = f"{name}({', '.join(entries)})"
    if len(line) <= _WIDTH:
        return line

    # Fill lines with whole entries.
    lines = ["   "]
    for entry in entries:
        if len(lines[-1]) + len(entry) + 2 > _WIDTH and lines[-1].strip():
            lines.append("   ")
        lines[-1] += f" {entry},"
    if len(lines) > _MOST_LINES - 2:
        lines = [*lines[: _MOST_LINES - 3], "    ..."]
    return "\n".join([f"{name}(", *lines, ")"])


def html_repr(result: object) -> str:
    """Fields of a result as a table of HTML."""
    return html_table(_field_texts(result))


def html_frame(result: _Tabular) -> str:
    """Show the table of a result, as pandas does."""
    frame = result.to_frame()
    text: str = frame.to_html(
        index=False, max_rows=_MOST_ROWS, float_format="{:.4g}".format, na_rep="-", border=0
    )
    return text


def html_table(entries: Iterable[tuple[str, str]]) -> str:
    """Headings and texts as the rows of a table of HTML."""
    rows = "".join(
        f"<tr><th style='text-align: left'>{html.escape(heading)}</th>"
        f"<td>{html.escape(text)}</td></tr>"
        for heading, text in entries
    )
    return f"<table>{rows}</table>"


def html_rows(headings: Sequence[str], rows: Iterable[Sequence[str]], *, note: str = "") -> str:
    """Lay out texts and charts as a table of HTML; what begins with ``<svg `` is a chart."""
    head = "".join(f"<th style='text-align: left'>{html.escape(text)}</th>" for text in headings)
    body = ""
    for row in rows:
        cells = [cell if cell.startswith("<svg ") else html.escape(cell) for cell in row]
        texts = "".join(f"<td style='text-align: left'>{cell}</td>" for cell in cells)
        body += f"<tr>{texts}</tr>"
    below = f"<p>{html.escape(note)}</p>" if note else ""
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{below}"


def bar_chart(
    heights: FloatArray, shares: FloatArray, tips: Sequence[str], *, tallest: float
) -> str:
    """Draw bars side by side as an SVG, as wide as their shares; each tells its tip.

    Parameters
    ----------
    heights : ndarray of shape (n_bars,)
        Not negative.
    shares : ndarray of shape (n_bars,)
        Widths, which sum to 1.
    tips : sequence of str
        One a bar.
    tallest : float
        Height that fills the chart: one for all charts of a table, so that they can be compared.
    """
    right_ends = _CHART_WIDTH * shares.cumsum()
    bars = []
    for right, share, height, tip in zip(right_ends, shares, heights, tips, strict=True):
        # A gap of a pixel parts neighbours; a bar of almost nothing stays a line that can be seen.
        width = max(_CHART_WIDTH * share - 1.0, 0.5)
        tall = max(_CHART_HEIGHT * height / (tallest or 1.0), 0.5)
        bars.append(
            f"<rect x='{right - _CHART_WIDTH * share:.1f}' y='{_CHART_HEIGHT - tall:.1f}' "
            f"width='{width:.1f}' height='{tall:.1f}'><title>{html.escape(tip)}</title></rect>"
        )
    return (
        f"<svg width='{_CHART_WIDTH}' height='{_CHART_HEIGHT}' fill='currentColor' "
        f"opacity='0.7' role='img' aria-label='{html.escape('; '.join(tips), quote=True)}'>"
        f"{''.join(bars)}</svg>"
    )


def _field_texts(result: Any) -> list[tuple[str, str]]:
    """Names of the fields of a dataclass or a named tuple, and their values as short texts."""
    if dataclasses.is_dataclass(result):
        names = [field.name for field in dataclasses.fields(result) if field.repr]
    else:
        names = list(result._fields)
    return [(name, _value_text(getattr(result, name))) for name in names]


def _value_text(value: Any) -> str:
    """Return one value as a short text."""
    if isinstance(value, numbers.Real) and not isinstance(value, numbers.Integral):
        return _six_digits(float(value))
    if hasattr(value, "shape") and hasattr(value, "ndim"):
        return _array_text(value)
    if isinstance(value, Mapping):
        return f"{type(value).__name__} of {_names(list(value))}"

    # A tuple of one entry keeps its comma, as Python shows it.
    if isinstance(value, tuple | list) and len(value) > _MOST_ENTRIES:
        return f"{type(value).__name__} of {len(value)}"
    if isinstance(value, tuple | list):
        texts = ", ".join(_value_text(entry) for entry in value)
        comma = "," if isinstance(value, tuple) and len(value) == 1 else ""
        text = f"({texts}{comma})" if isinstance(value, tuple) else f"[{texts}]"
    else:
        text = repr(value)

    # What is long or has lines of its own is named by its type: a result shows on a few lines. An
    # estimate with its interval fills most of one.
    if isinstance(value, tuple | list):
        fits = len(text) <= _LONGEST_TEXT and "\n" not in text
        return text if fits else f"{type(value).__name__} of {len(value)}"
    fits = len(text) <= _WIDTH - 30 and "\n" not in text
    return text if fits else type(value).__name__


def _six_digits(number: float) -> str:
    """Return six digits of a number; 2.0 stays a float."""
    text = f"{number:.6g}"
    return f"{text}.0" if text.removeprefix("-").isdigit() else text


def _array_text(array: Any) -> str:
    """Return a short vector as it is, and anything larger by its shape."""
    if array.ndim == 0:
        return _six_digits(float(array))
    kind = "array" if type(array).__name__ == "ndarray" else type(array).__name__
    numeric = hasattr(array, "tolist") and str(array.dtype).removeprefix("torch.")[:1] in "uifb"
    if array.ndim == 1 and array.shape[0] <= _MOST_ENTRIES and numeric:
        return f"[{', '.join(_value_text(entry) for entry in array.tolist())}]"
    return f"{kind} of shape {tuple(array.shape)}"


def _names(keys: list[Any]) -> str:
    """Return a few keys as they are, and many by their number."""
    return ", ".join(map(str, keys)) if 0 < len(keys) <= _MOST_ENTRIES else str(len(keys))

"""Charts of a workbook, drawn by the spreadsheet from the cells of its sheets."""

from typing import TYPE_CHECKING, Any

from infotheory._optional import require

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.chart._chart import ChartBase
    from openpyxl.worksheet.worksheet import Worksheet

__all__ = ["add_charts"]

_HEAD = 3
_COLOURS = ("0072B2", "C4501B")
_MOST_BARS = 40
_ROWS_OF_A_CHART = 20


def add_charts(book: "Workbook", summary: dict[str, Any]) -> None:
    """Put charts of the tables on a sheet of their own."""
    of_target = "target_type" in summary["conventions"]
    samples: list[str | None] = [row["sample"] for row in summary["data"]["samples"]]
    crossed = all(entry["cross_fitted"] is not None for entry in summary["ranking"])
    value = "IV, held-out folds" if crossed else "IV, same rows"
    far = ("Rows so far", "Events so far")
    refused = ("Non-events refused", "Events refused")
    shares = ("Non-events, share", "Events, share")

    charts = [_bars(book["ranking"], "Characteristic", value, "Information value")]
    charts += (
        _of_means(book, samples)
        if of_target
        else [
            _curves(book["bands"], ("Predicted", "Observed"), "Calibration", samples, marks=True),
            _shares(_curves(book["gains"], far, "Gains", samples)),
            _shares(_curves(book["curves"], refused, "ROC curves", samples)),
            _columns(book["distribution"], shares, "Score by class", str(samples[0])),
        ]
    )
    if "stability" in book.sheetnames:
        charts.append(_bars(book["stability"], "What", "Index", "Stability index"))
    if "frontier" in book.sheetnames and {"iv", "iv fair"} <= _headers(book["frontier"]).keys():
        charts.append(_curves(book["frontier"], ("iv fair", "iv"), "Frontier", [], marks=True))

    # two beside each other, the low ones first: a high one then covers none
    sheet = book.create_sheet("charts", 2)
    for i, chart in enumerate(sorted(charts, key=lambda chart: chart.height)):
        # From A to J nine columns of the usual width hold a chart of 15 cm.
        sheet.add_chart(chart, f"{'AJ'[i % 2]}{1 + _ROWS_OF_A_CHART * (i // 2)}")


def _of_means(book: "Workbook", samples: list[str | None]) -> list["ChartBase"]:
    """Charts of predicted means, where there are any."""
    charts = []
    if "bands" in book.sheetnames:
        axes = ("Predicted", "Observed")
        charts.append(_curves(book["bands"], axes, "Calibration", samples, marks=True))
    if "gains" in book.sheetnames:
        axes = ("Weight so far", "Amount so far")
        charts.append(_shares(_curves(book["gains"], axes, "Lorenz curve", samples)))
    return charts


def _headers(sheet: "Worksheet") -> dict[str, int]:
    return {str(cell.value): cell.column for cell in sheet[_HEAD] if cell.value is not None}


def _rows_of(sheet: "Worksheet", sample: str | None) -> tuple[int, int]:
    """First and last row of a sample, which stands in the first column; of all without one."""
    rows = [
        row
        for row in range(_HEAD + 1, sheet.max_row + 1)
        if sample is None or sheet.cell(row, 1).value == sample
    ]
    return min(rows), max(rows)


def _titled(chart: "ChartBase", title: str, x: str, y: str) -> "ChartBase":
    chart.title, chart.height, chart.width = title, 9.0, 15.0
    chart.x_axis.title, chart.y_axis.title = x, y
    # Written in full: without it spreadsheets hide the axes of charts made by openpyxl.
    chart.x_axis.delete = chart.y_axis.delete = False
    return chart


def _shares(chart: "ChartBase") -> "ChartBase":
    """Let both axes run from 0 to 1."""
    for axis in (chart.x_axis, chart.y_axis):
        axis.scaling.min, axis.scaling.max, axis.number_format = 0.0, 1.0, "0%"
    return chart


def _bars(sheet: "Worksheet", names: str, values: str, title: str) -> "ChartBase":
    """Draw a column of numbers as horizontal bars, a name each."""
    charts = require("openpyxl.chart", extra="report", purpose="writing a workbook")
    chart = charts.BarChart()
    chart.type, chart.legend, chart.gapWidth = "bar", None, 40

    headers, last = _headers(sheet), min(sheet.max_row, _HEAD + _MOST_BARS)
    lengths, texts = (
        charts.Reference(sheet, min_col=headers[name], min_row=_HEAD + 1, max_row=last)
        for name in (values, names)
    )
    chart.add_data(lengths)
    chart.set_categories(texts)
    chart.series[0].graphicalProperties.solidFill = _COLOURS[0]

    chart.x_axis.scaling.orientation = "maxMin"  # the first row at the top
    titled = _titled(chart, title, "", values)
    # Half a centimetre a bar, so that all names can be read.
    titled.height = max(9.0, 0.5 * (last - _HEAD))
    return titled


def _curves(
    sheet: "Worksheet",
    axes: tuple[str, str],
    title: str,
    samples: list[str | None],
    *,
    marks: bool = False,
) -> "ChartBase":
    """Draw one column against another, a curve (or marks) for each sample."""
    charts = require("openpyxl.chart", extra="report", purpose="writing a workbook")
    headers, chart = _headers(sheet), charts.ScatterChart()
    chart.style, chart.scatterStyle = 13, "lineMarker"
    for colour, sample in zip(_COLOURS, samples or [None], strict=False):
        first, last = _rows_of(sheet, sample)
        x, y = (
            charts.Reference(sheet, min_col=headers[name], min_row=first, max_row=last)
            for name in axes
        )

        series = charts.Series(y, x, title=sample or title)
        series.marker.symbol = "circle" if marks else "none"
        series.marker.graphicalProperties.solidFill = colour
        if marks:
            series.graphicalProperties.line.noFill = True
        else:
            series.graphicalProperties.line.solidFill = colour
        series.smooth = False
        chart.series.append(series)

    return _titled(chart, title, *axes)


def _columns(sheet: "Worksheet", values: tuple[str, str], title: str, sample: str) -> "ChartBase":
    charts = require("openpyxl.chart", extra="report", purpose="writing a workbook")
    headers, chart = _headers(sheet), charts.BarChart()
    chart.type, chart.grouping, chart.gapWidth = "col", "clustered", 10
    first, last = _rows_of(sheet, sample)
    for colour, name in zip(_COLOURS, values, strict=True):
        cells = charts.Reference(sheet, min_col=headers[name], min_row=first, max_row=last)
        series = charts.Series(cells, title=name)
        series.graphicalProperties.solidFill = colour
        chart.series.append(series)
    chart.set_categories(
        charts.Reference(sheet, min_col=headers["Score from"], min_row=first, max_row=last)
    )
    chart.x_axis.number_format = "0.0"
    return _titled(chart, f"{title}, {sample} rows", "score", "share of the class")

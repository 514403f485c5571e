"""The page of a monitoring report: its tiles, tables and figures beside the rows of two periods."""

import re
import xml.etree.ElementTree as ET

import numpy as np
import openpyxl
import pytest

from infotheory.datasets import make_portfolio
from infotheory.report import monitoring_report
from infotheory.report.formats.monitoring_page import render_monitoring
from infotheory.scorecard import Scorecard, ScorecardMonitor


@pytest.fixture(scope="module")
def months():
    """A card, rows of its fit, and rows of two months of which the second has moved."""
    made = make_portfolio(2000, numeric=[0.6, 0.2], random_state=5)
    later = make_portfolio(1200, numeric=[0.6, 0.2], random_state=6)
    X = later.X.assign(month=np.repeat(["Jan", "Feb"], 600))
    X.loc[X["month"] == "Feb", "number_0"] += 1.0
    card = Scorecard().fit(made.X, made.y)
    return card, made, X, later.y


@pytest.fixture(scope="module")
def report(months):
    card, made, X, y = months
    monitor = ScorecardMonitor.from_reference(card, made.X, made.y)
    return monitoring_report(monitor, X, y, periods="month", period_order=["Jan", "Feb"])


@pytest.fixture(scope="module")
def page(report, tmp_path_factory):
    return report.to_html(tmp_path_factory.mktemp("months") / "page.html")


def test_tiles_tell_the_last_period(report, page, months):
    text = page.read_text(encoding="utf-8")
    tiles = dict(re.findall(r"<dt>([^<]*)</dt><dd>([^<]*)</dd>", text))
    assert tiles["Periods"] == "2"
    card, made, X, y = months
    feb = X["month"] == "Feb"
    names = list(card.feature_names_in_)
    edges = [float(s) for s in np.unique(card.predict_points(made.X))]
    assert len(edges) > 10
    rows = {(r["period"], r["feature"]): r for r in report.summary["stability"]}
    score = rows["Feb", "score"]
    told = float(tiles["Index of the score, Feb"])
    assert told == pytest.approx(score["value"], abs=0.005)
    alarms = sum(rows["Feb", name]["alarm"] for name in names)
    assert tiles["Characteristics beyond 0.1, Feb"] == f"{alarms} of {len(names)}"
    assert alarms >= 1

    # the area of the last month, by its definition
    points = card.predict_points(X.loc[feb, names])
    bad, good = points[y[feb] == 1], points[y[feb] == 0]
    area = np.mean(bad[:, None] < good) + 0.5 * np.mean(bad[:, None] == good)
    assert float(tiles["AUC, Feb"]) == pytest.approx(area, abs=0.0051)


def test_the_index_of_each_characteristic_is_that_of_its_shares(report):
    for row in report.summary["stability"]:
        bins = [
            entry
            for entry in report.summary["bins"]
            if (entry["period"], entry["feature"]) == (row["period"], row["feature"])
        ]
        first, second = (
            np.array([entry[key] for entry in bins], dtype=float)
            for key in ("reference_count", "count")
        )
        for entry, share in zip(bins, second / second.sum(), strict=True):
            assert entry["share"] == pytest.approx(share)
        if min(first.min(), second.min()) > 0.0:
            p, q = first / first.sum(), second / second.sum()
            assert row["value"] == pytest.approx(((p - q) * np.log(p / q)).sum())


def test_page_and_workbook_tell_the_same_numbers(report, page, read_tables, tmp_path):
    book = openpyxl.load_workbook(report.to_excel(tmp_path / "book.xlsx"))
    tables, compared = read_tables(page), 0
    for name in book.sheetnames:
        if name in ("about", "contents", "bins"):
            continue
        sheet = book[name]
        table = tables[sheet["A2"].value]
        head = [cell.value for cell in sheet[3]]
        for cells, row in zip(sheet.iter_rows(min_row=4), table["rows"], strict=True):
            values = dict(zip(head, (cell.value for cell in cells), strict=True))
            for header, text in zip(table["head"], row, strict=True):
                key = header.removesuffix(" ± SE").removesuffix(" %")
                value = values.get(key)
                if header == "interval" or not isinstance(value, float) or text.startswith("<"):
                    continue
                unit = 100.0 if header.endswith(" %") else 1.0
                printed = text.split(" ± ")[0].replace("−", "-").replace("\u202f", "")
                half = 0.5 * 10.0 ** -len(printed.partition(".")[2])
                assert abs(float(printed) - unit * value) <= half * 1.0001
                compared += 1
    assert compared > 60


def test_bins_of_the_page_are_those_of_the_last_period(report, page, read_tables):
    tables = read_tables(page)
    for feature in ("score", "number_0", "number_1"):
        table = tables[f"{feature}, Feb"]
        wanted = [
            row
            for row in report.summary["bins"]
            if row["period"] == "Feb" and row["feature"] == feature
        ]
        assert [row[0] for row in table["rows"]] == [row["bin"] for row in wanted]
        counts = [row[table["head"].index("Rows")] for row in table["rows"]]
        assert [int(text.replace("\u202f", "")) for text in counts] == [r["count"] for r in wanted]
        assert "Period" not in table["head"]


def test_figures_are_sound_and_have_names_of_their_own(page):
    pictures = re.findall(r"<svg.*?</svg>", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    labels, names = [], []
    for picture in pictures:
        root = ET.fromstring(picture)  # noqa: S314 - what we have written
        labels.append(root.get("aria-label"))
        names += [element.get("id") for element in root.iter() if element.get("id")]
        wanted = set(re.findall(r"url\(#([^)]+)\)", picture))
        assert wanted <= {element.get("id") for element in root.iter()}
    assert {"Stability index of the score by period", "AUC by period"} <= set(labels)
    assert len(labels) == len(set(labels))
    assert len(names) == len(set(names))


def test_without_outcomes_there_is_no_area_and_no_figure_of_it(months):
    card, made, X, _ = months
    monitor = ScorecardMonitor.from_reference(card, made.X, made.y)
    summary = monitoring_report(monitor, X, periods="month", period_order=["Jan", "Feb"]).summary
    text = render_monitoring(summary)
    assert "<dt>AUC" not in text
    assert "AUC by period" not in text
    assert 'id="performance"' not in text
    assert "Index of the score, Feb" in text
    one = monitoring_report(monitor, X[:600].drop(columns="month")).summary
    tiles = dict(re.findall(r"<dt>([^<]*)</dt><dd>([^<]*)</dd>", render_monitoring(one)))
    assert tiles["Periods"] == "1"

"""The monitoring report: what it finds, and its three formats."""

import json
import re

import numpy as np
import openpyxl
import pytest

from infotheory.datasets import make_portfolio
from infotheory.report import monitoring_report
from infotheory.scorecard import Scorecard, ScorecardMonitor, migration_matrix


def portfolio(n, seed):
    made = make_portfolio(
        n, numeric=(0.5, 0.1), categorical=(0.2,), missing_rate=0.05, random_state=seed
    )
    return made.X.rename(columns={"number_1": "a <b> & c", "category_0": "=1+1"}), made.y


@pytest.fixture(scope="module")
def parts():
    X, y = portfolio(5000, 0)
    monitor = ScorecardMonitor.from_reference(Scorecard().fit(X, y), X, y)
    later, outcomes = portfolio(3000, 1)
    later = later.assign(month=np.repeat(["2024-01", "2024-02", "2024-03"], 1000))
    later.loc[later["month"] == "2024-03", "number_0"] -= 0.5
    points = monitor.card.predict_points(later[list(monitor.card.feature_names_in_)])
    matrix = migration_matrix(points[:1000], points[1000:2000], splits=monitor.score_bins.splits)
    return monitor, later, outcomes, matrix


@pytest.fixture(scope="module")
def report(parts):
    monitor, later, outcomes, matrix = parts
    return monitoring_report(
        monitor,
        later,
        outcomes,
        periods="month",
        migration=matrix,
        notes=["Made up."],
        title="T <1>",
    )


def test_the_drift_is_found_and_the_stable_months_are_not(report):
    stability = {(row["period"], row["feature"]): row for row in report.summary["stability"]}
    assert stability["2024-03", "score"]["adjusted_tolerance_p_value"] < 0.05
    assert stability["2024-03", "score"]["moved"]
    assert stability["2024-03", "number_0"]["alarm"]
    assert not any(row["alarm"] for (period, _), row in stability.items() if period != "2024-03")
    assert {row["period"] for row in report.summary["alarms"]} == {"2024-03"}
    sentences = {row["what"]: row["sentence"] for row in report.summary["alarms"]}
    assert re.fullmatch(
        r"2024-03: index of number_0 [\d.]+ exceeds the tolerance 0\.1 \(adjusted p .*\)",
        sentences["number_0"],
    )


def test_json_is_the_summary(report, tmp_path):
    path = report.to_json(tmp_path / "report.json")
    read = json.loads(path.read_text(encoding="utf-8"))
    assert read == report.summary
    assert read["schema"] == {"name": "infotheory.monitoring_report", "version": 5}
    assert read["limitations"][0] == "Made up."


def test_the_report_says_what_chance_gives(report, parts):
    """Three months, in each the score, the characteristics and the performance: nine families."""
    said = report.summary["limitations"][1]
    assert "all 9 families of tests" in said
    assert "in at most 5 % of such reports" in said
    assert "about 0.45 in each" in said
    monitor, later, _, _ = parts
    texts = monitoring_report(monitor, later[:1000], alpha=0.01).summary["limitations"]
    assert "all 2 families of tests" in texts[0]
    assert "made month by month, each at 1 %, about 0.12 alarm by chance" in texts[1]


def test_html_is_one_sound_file(report, tmp_path):
    text = report.to_html(tmp_path / "report.html").read_text(encoding="utf-8")
    ids = re.findall(r'\bid="([^"]+)"', text)
    assert len(ids) == len(set(ids))
    assert {
        "alarms",
        "periods",
        "score",
        "characteristics",
        "performance",
        "migration",
        "bins",
    } <= set(ids)
    assert not re.findall(r'(?:src|href)="(?!#)', text)
    for tag in ("section", "table", "figure", "svg", "details", "div", "ul"):
        assert len(re.findall(rf"<{tag}\b", text)) == text.count(f"</{tag}>")
    assert "T &lt;1&gt;" in text
    assert "a &lt;b&gt; &amp; c" in text
    assert "<b> &" not in text
    assert "1 of 3" in text


def test_every_table_is_a_sheet_of_numbers(report, tmp_path):
    book = openpyxl.load_workbook(report.to_excel(tmp_path / "report.xlsx"))
    assert book.sheetnames == [
        *("about", "contents", "periods", "alarms", "score", "characteristics", "bins"),
        *("performance", "mobility", "symmetry", "migration"),
    ]
    sheet = book["score"]
    headers = [cell.value for cell in sheet[3]]
    found = [sheet.cell(row, headers.index("Index") + 1).value for row in (4, 5, 6)]
    told = [row["value"] for row in report.summary["stability"] if row["kind"] == "score"]
    assert found == pytest.approx(told, rel=1e-14)
    formulas = [
        cell
        for rows in book["characteristics"].iter_rows()
        for cell in rows
        if cell.data_type == "f"
    ]
    assert not formulas


def test_without_outcomes_alarms_and_migration(parts, tmp_path):
    monitor, later, *_ = parts
    first = later[later["month"] == "2024-01"]
    report = monitoring_report(monitor, {"Jan": {"X": first}})
    assert report.summary["performance"] == []
    assert report.summary["migration"] is None
    assert any("Outcomes are not known" in text for text in report.summary["limitations"])
    text = report.to_html(tmp_path / "r.html").read_text(encoding="utf-8")
    assert 'id="performance"' not in text
    assert "no index exceeds the tolerance" in text
    assert "alarms" not in openpyxl.load_workbook(report.to_excel(tmp_path / "r.xlsx")).sheetnames


def test_limitations_name_what_is_small_and_what_is_partly_known(parts):
    monitor, later, outcomes, _ = parts
    periods = {"old": {"X": later[:500], "y": outcomes[:500]}, "new": {"X": later[500:560]}}
    texts = " ".join(monitoring_report(monitor, periods).summary["limitations"])
    assert "Outcomes are known in some of the periods only." in texts
    assert "new has an effective size of 60" in texts


def test_the_same_rows_have_the_same_fingerprints(parts):
    monitor, later, outcomes, _ = parts
    one, two = (
        monitoring_report(monitor, later, outcomes).summary["reproducibility"] for _ in range(2)
    )
    assert one["fingerprints"] == two["fingerprints"]
    other = monitoring_report(monitor, later[::-1], outcomes[::-1]).summary["reproducibility"]
    assert other["fingerprints"] != one["fingerprints"]


@pytest.mark.parametrize("kind", ["pyarrow", "polars", "period"])
def test_frames_of_other_kinds_have_the_fingerprint_of_the_rows(parts, kind):
    monitor, later, outcomes, _ = parts
    later = later[list(monitor.card.feature_names_in_)]
    wanted = monitoring_report(monitor, later, outcomes).summary
    pyarrow = pytest.importorskip("pyarrow")
    table, y = pyarrow.Table.from_pandas(later), pyarrow.chunked_array([np.asarray(outcomes)])
    if kind == "polars":
        polars = pytest.importorskip("polars")
        table, y = polars.from_arrow(table), polars.Series(np.asarray(outcomes))
    rows = ({"all rows": {"X": table, "y": y}},) if kind == "period" else (table, y)
    found = monitoring_report(monitor, *rows).summary
    values = [[row["value"] for row in summary["stability"]] for summary in (found, wanted)]
    assert values[0] == pytest.approx(values[1])
    prints = found["reproducibility"]["fingerprints"]
    assert prints == wanted["reproducibility"]["fingerprints"]


def test_errors_of_the_monitor_pass_through(parts):
    monitor, later, *_ = parts
    with pytest.raises(
        ValueError, match="periods must be a column of X or one value a row, got 'week'"
    ):
        monitoring_report(monitor, later, periods="week")


def test_a_template_and_a_logo_of_ones_own(report, tmp_path):
    own, logo = tmp_path / "own.html", tmp_path / "logo.svg"
    own.write_text(
        '{% extends "monitoring.html" %}'
        "{% block before %}<p>Ours: {{ summary.names[0] }}</p>{% endblock %}"
    )
    logo.write_text('<svg xmlns="http://www.w3.org/2000/svg"></svg>')
    text = report.to_html(tmp_path / "r.html", template=own, logo=logo).read_text(encoding="utf-8")
    assert "<p>Ours: 2024-01</p>" in text
    assert 'src="data:image/svg+xml;base64' in text
    own.write_text("<p>alone</p>")
    with pytest.raises(ValueError, match=r"must begin with .* extends .monitoring.html"):
        report.to_html(tmp_path / "r.html", template=own)

"""Sections, template and logo of the user's own; schema; the workbook in a spreadsheet."""

import base64
import json
import re
import shutil
import subprocess
import zipfile

import numpy as np
import openpyxl
import pandas as pd
import pytest

from infotheory.report import Section, report_schema, scorecard_report
from infotheory.report.formats.bin_figures import bin_figure, ticks_between
from infotheory.report.formats.columns import Column
from infotheory.report.formats.pages import read_logo
from infotheory.report.formats.printed_tables import result_table
from infotheory.report.sections.extras import table_entry
from infotheory.scorecard import MasterScale, Scorecard

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><rect width="9" height="9"/></svg>'


@pytest.fixture(scope="module")
def report(small):
    card, portfolio = small
    half = portfolio.y.index % 2 == 0
    sections = [
        Section(
            "Approval <1>",
            "Approved by <b>all</b>.\n\nOn paper.",
            pd.DataFrame({"=who": ["=1+1"], "votes": [3]}),
        ),
        Section("Remark", "None."),
    ]
    frontier = pd.DataFrame(
        {
            "iv": [0.4, 0.5],
            "iv_standard_error": [0.1, 0.1],
            "iv_fair": [0.1, 0.2],
            "status": ["a", "b"],
        }
    )
    return scorecard_report(
        card,
        portfolio.X[half],
        portfolio.y[half],
        holdout={"X": portfolio.X[~half], "y": portfolio.y[~half]},
        sections=sections,
        scale=MasterScale.from_ends([0.05, 0.15, 0.3, 0.6, 1.0], "ABCD"),
        frontier=frontier,
        decisions=pd.DataFrame(
            {"cut_off": [500.0], "profit": [1.5], "profit_low": [1.0], "profit_high": [2.0]}
        ),
        n_permutations=9,
    )


def test_own_sections_are_in_every_format_and_escaped(report, checker, tmp_path):
    page = report.to_html(tmp_path / "page.html").read_text(encoding="utf-8")
    assert "<h2>Approval &lt;1&gt;</h2>" in page
    assert '<p class="lead">Approved by &lt;b&gt;all&lt;/b&gt;.</p>' in page
    assert '<a href="#own1">Approval &lt;1&gt;</a>' in page
    checker.feed(page)
    assert checker.open == []
    book = openpyxl.load_workbook(report.to_excel(tmp_path / "book.xlsx"))
    assert book["own 1"]["A4"].value == "=1+1"
    assert book["own 1"]["A4"].data_type == "s"
    assert ("Remark", "None.") in [
        tuple(c.value for c in row[:2]) for row in book["about"].iter_rows()
    ]
    custom = json.loads(report.to_json(tmp_path / "r.json").read_text())["custom"]
    assert [entry["title"] for entry in custom] == ["Approval <1>", "Remark"]
    assert custom[0]["table"]["rows"] == [{"=who": "=1+1", "votes": 3}]


def test_grades_and_results_made_elsewhere_are_told(report, tmp_path):
    page = report.to_html(tmp_path / "page.html").read_text(encoding="utf-8")
    for name in ("frontier", "decisions", "own2"):
        assert f'<section id="{name}">' in page
    assert "Grades of the master scale" in page
    grades = report.summary["calibration"]["grades"]["hold-out"]
    assert [row["grade"] for row in grades] == list("ABCD")
    assert sum(row["count"] for row in grades) == report.summary["data"]["samples"][1]["count"]


@pytest.mark.parametrize(
    ("arguments", "error", "text"),
    [
        (("", "text"), ValueError, "a section needs a title"),
        (("title",), ValueError, "a text or a table"),
        (("title", "text", [1]), TypeError, "must be a pandas DataFrame, got list"),
    ],
)
def test_sections_without_content_are_refused(arguments, error, text):
    with pytest.raises(error, match=text):
        Section(*arguments)


def test_sections_are_section_objects(small):
    card, portfolio = small
    with pytest.raises(
        TypeError, match=r"sections must hold infotheory\.report\.Section objects, got tuple"
    ):
        scorecard_report(card, portfolio.X, portfolio.y, sections=[("title", "text")])


def test_a_template_fills_blocks_and_reads_what_lies_beside_it(report, tmp_path):
    (tmp_path / "stamp.html").write_text("<p>stamp {{ summary.title }}</p>", encoding="utf-8")
    template = tmp_path / "report.html"
    template.write_text(
        '{% extends "report.html" %}{% block style %}h1 { color: teal; }{% endblock %}'
        '{% block before %}{% include "stamp.html" %}{% endblock %}'
        '{% block limitations %}{{ super() }}<p id="signed">signed</p>{% endblock %}'
        "{% block ranking %}<p>{{ macros.table_with(tables.ranking, 'short') }}</p>{% endblock %}",
        encoding="utf-8",
    )
    page = report.to_html(tmp_path / "out.html", template=template).read_text(encoding="utf-8")
    for part in (
        "h1 { color: teal; }",
        "stamp Scorecard report",
        'id="signed"',
        "<h2>Limitations</h2>",
    ):
        assert part in page
    assert 'id="ranking"' not in page
    (tmp_path / "other.html").write_text("<p>nothing</p>", encoding="utf-8")
    with pytest.raises(
        ValueError, match=re.escape('must begin with {% extends "report.html" %}, got none of that')
    ):
        report.to_html(tmp_path / "out.html", template=tmp_path / "other.html")


@pytest.mark.parametrize(
    ("name", "content", "kind"), [("a.png", PNG, "png"), ("a.svg", SVG.encode(), "svg+xml")]
)
def test_a_logo_lies_in_the_page(report, tmp_path, name, content, kind):
    path = tmp_path / name
    path.write_bytes(content)
    page = report.to_html(tmp_path / "out.html", logo=path).read_text(encoding="utf-8")
    found = re.search(r'<img class="logo" src="data:image/([^;]+);base64,([^"]+)"', page)
    assert found.group(1) == kind
    assert base64.b64decode(found.group(2)) == content


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"GIF89a", "must be a PNG or SVG file"),
        (
            SVG.replace("<rect", "<script>x</script><rect").encode(),
            "neither scripts nor parts that lie elsewhere",
        ),
        (
            SVG.replace("<rect", '<image href="http://a.b/c.png"/><rect').encode(),
            "neither scripts nor parts",
        ),
        (SVG.replace("<rect", '<rect onclick="x()"').encode(), "neither scripts nor parts"),
        (PNG + b"\0" * 1_000_000, "at most 1000000 bytes"),
    ],
)
def test_other_logos_are_refused(tmp_path, content, text):
    path = tmp_path / "logo"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=text):
        read_logo(path)


def test_the_schema_is_one_and_every_report_follows_it(report, german):
    jsonschema = pytest.importorskip("jsonschema")
    validator = jsonschema.Draft202012Validator(report_schema())
    validator.check_schema(report_schema())
    for summary in (report.summary, german[1].summary):
        assert list(validator.iter_errors(summary)) == []
    wrong = report.summary | {"ranking": [{"feature": 1}], "more": 1}
    assert len(list(validator.iter_errors(wrong))) > 1


def test_the_workbook_has_formats_charts_and_counts_its_own_rows(report, tmp_path):
    path = report.to_excel(tmp_path / "book.xlsx")
    book = openpyxl.load_workbook(path)
    assert book.sheetnames[:3] == ["about", "contents", "charts"]
    ranking = book["ranking"]
    assert ranking.freeze_panes == "B4"
    assert ranking.auto_filter.ref.startswith("A3:")
    samples = book["samples"]
    assert [samples.cell(4, i).number_format for i in (2, 4)] == ["#,##0", "0.0%"]
    rows = {row[0].value: row[2].value for row in book["contents"].iter_rows(min_row=2)}
    assert rows["ranking"] == "=COUNTA('ranking'!A4:A6)"
    with zipfile.ZipFile(path) as archive:
        charts = [
            name for name in archive.namelist() if re.fullmatch(r"xl/charts/chart\d+\.xml", name)
        ]
    assert len(charts) == 7


def test_control_characters_of_the_data_do_not_break_the_workbook(small, tmp_path):
    _, portfolio = small
    X = portfolio.X[["number_0"]].rename(columns={"number_0": "a\x07b"})
    report = scorecard_report(Scorecard().fit(X, portfolio.y), X, portfolio.y, n_permutations=9)
    sheet = openpyxl.load_workbook(report.to_excel(tmp_path / "book.xlsx"))["columns"]
    assert sheet["A4"].value == "a\ufffdb"


def test_a_spreadsheet_recalculates_the_workbook_without_an_error_cell(report, tmp_path):
    office = shutil.which("soffice") or shutil.which("libreoffice")
    if office is None:
        pytest.skip(
            "LibreOffice is not installed: the workbook is not opened by a spreadsheet here"
        )
    path = report.to_excel(tmp_path / "book.xlsx")
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    out = tmp_path / "again"
    command = [
        office,
        profile,
        "--headless",
        "--convert-to",
        "xlsx",
        "--outdir",
        str(out),
        str(path),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=120)  # noqa: S603 - our own file
    values = openpyxl.load_workbook(out / "book.xlsx", data_only=True)
    cells = [cell for sheet in values.worksheets for row in sheet.iter_rows() for cell in row]
    assert [cell.coordinate for cell in cells if cell.data_type == "e"] == []
    rows = {row[0].value: row[2].value for row in values["contents"].iter_rows(min_row=2)}
    assert rows["ranking"] == 3
    assert rows["curves"] == sum(
        len(curve["score"]) for curve in report.summary["performance"]["curves"].values()
    )


def test_tables_of_other_results_pair_values_with_errors():
    keys = [
        "a",
        "a_standard_error",
        "b",
        "b_standard_error",
        "b_low",
        "b_high",
        "p_value",
        "name",
        "yes",
    ]
    row = dict(zip(keys, [1.0, 0.1, 2.0, 0.2, 1.6, 2.4, 0.03, "x", True], strict=True))
    table = result_table("n", "t", {"columns": keys, "rows": [row]})
    assert [(column.header, column.kind) for column in table.columns] == [
        ("a", "with_error"),
        ("b", "estimate"),
        ("p value", "p_value"),
        ("name", "text"),
        ("yes", "text"),
    ]
    texts = [text for column in table.columns for text in column.texts(row)]
    assert texts == ["1.00 ± 0.10", "2.00 ± 0.20", "1.60 to 2.40", "0.030", "x", "yes"]
    assert Column(("a",), "a").texts({"a": []}) == ["–"]


def test_names_of_columns_may_be_anything_but_the_same():
    frame = pd.DataFrame({"a,b.c=": [1.5], "a,b.c=_standard_error": [0.5]})
    table = result_table("n", "t", table_entry(frame))
    assert table.columns[0].texts(table.rows[0]) == ["1.50 ± 0.50"]
    with pytest.raises(ValueError, match=re.escape("must have different names, got ['a', 'a']")):
        table_entry(pd.DataFrame([[1, 2]], columns=["a", "a"]))


def test_round_ticks_by_hand():
    assert ticks_between(0.0, 100.0) == [0.0, 50.0, 100.0]
    assert ticks_between(0.011, 0.052) == [0.02, 0.03, 0.04, 0.05]
    assert ticks_between(-1.3, 0.4) == [-1.0, -0.5, 0.0]


def test_a_bin_figure_puts_points_to_scale():
    rows = [
        {"bin": "low <1>", "share": 0.25, "woe": -1.0, "woe_low": -1.5, "woe_high": -0.5},
        {"bin": "high", "share": 0.75, "woe": 1.0, "woe_low": 0.5, "woe_high": 1.5},
    ]
    words = {"axis": "WoE", "line": 0.0, "label": "a & b"}
    text = bin_figure(rows, "woe", **words)
    centres = [float(x) for x in re.findall(r'<circle class="p" cx="([\d.]+)"', text)]
    bars = [float(x) for x in re.findall(r'width="([\d.]+)" height="16"', text)]
    zero = float(re.search(r'class="d" d="M([\d.]+)', text).group(1))
    assert zero - centres[0] == pytest.approx(centres[1] - zero, abs=0.15)
    assert bars[1] == pytest.approx(3 * bars[0], abs=0.15)

    # Bars begin behind the axis of the values, and end before the figures beside them.
    starts = {float(x) for x in re.findall(r'class="b" x="([\d.]+)"', text)}
    end = float(re.search(r'class="a" d="M\d+ \d+H([\d.]+)"', text).group(1))
    assert min(starts) > max(end, *centres)
    assert max(starts) + bars[1] < 360.0 - 2.0 - 4 * 5.5

    # Beside names of any length the numbers under the axis do not touch.
    for name in ("a", "a name of many letters, " * 3):
        long = bin_figure([{**row, "bin": f"{name}{row['bin']}"} for row in rows], "woe", **words)
        marks = [float(x) for x in re.findall(r'class="g" d="M([\d.]+)', long)]
        assert len(marks) >= 2
        assert min(np.diff(marks)) > 24.0
    assert "low &lt;1&gt;" in text
    assert 'aria-label="a &amp; b"' in text

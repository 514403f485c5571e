"""Word documents: what stands in them, their pictures, letters that XML cannot hold."""

import zipfile

import openpyxl
import pandas as pd
import pytest

from infotheory.exceptions import MissingDependencyError
from infotheory.report import Section, monitoring_report, scorecard_report
from infotheory.report.formats.word import _widths
from infotheory.scorecard import ScorecardMonitor

POINTS = ["SE", "from", "to"]
docx = pytest.importorskip("docx", reason="the extra word is not installed")


def texts(document):
    return [paragraph.text for paragraph in document.paragraphs]


def test_all_sections_tables_and_pictures_are_there(german, written_document):
    _, report, _ = german
    path, word = written_document
    headings = [p.text for p in word.paragraphs if p.style.name.startswith("Heading")]
    assert headings[:3] == ["Findings", "Model and sign-off", "Data and target"]
    assert {"The model", "Discrimination", "Calibration", "Groups", "Limitations"} <= set(headings)
    for entry in report.summary["characteristics"]:
        assert any(heading.startswith(entry["feature"]) for heading in headings)
    for text in (*report.summary["limitations"], report.summary["findings"][0]["text"]):
        assert text in texts(word)
    n_figures = 2 + 4 * 2 + 2 * len(report.summary["characteristics"])
    assert len(word.inline_shapes) == n_figures
    # Two beside each other have room between the margins, and none fills a page.
    assert all(2 * shape.width <= word.sections[0].page_width for shape in word.inline_shapes)
    assert max(paragraph._p.xml.count("<wp:inline ") for paragraph in word.paragraphs) == 2
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None


def test_tables_hold_the_numbers_and_repeat_their_heads(german, written_document):
    _, report, _ = german
    _, word = written_document
    points = next(t for t in word.tables if [c.text for c in t.rows[0].cells][-3:] == POINTS)
    assert len(points.rows) == 1 + len(report.summary["points"])
    first = report.summary["points"][0]
    assert points.rows[1].cells[0].text == first["feature"]
    assert f"{first['points']:.0f}" in [cell.text for cell in points.rows[1].cells]
    for table in word.tables[4:8]:
        assert "w:tblHeader" in table.rows[0]._tr.xml
        assert all("w:cantSplit" in row._tr.xml for row in table.rows)
    assert "NUMPAGES" in word.sections[0].footer._element.xml
    assert word.sections[0].page_width > word.sections[0].page_height


def test_letters_that_xml_cannot_hold_and_sections_of_the_user(small, tmp_path):
    card, portfolio = small
    section = Section("Own \x0b part", "First.\n\nSecond.", pd.DataFrame({"a": [1.0]}))
    report = scorecard_report(
        card,
        portfolio.X,
        portfolio.y,
        title="A\x00 <title> & é",
        sections=[section],
        model_details={"prepared_by": "A. Person"},
        n_permutations=9,
    )
    word = docx.Document(report.to_docx(tmp_path / "r.docx"))
    assert word.paragraphs[0].text == "A <title> & é"
    assert {"Own  part", "First.", "Second."} <= set(texts(word))
    assert word.core_properties.author == "A. Person"


def test_long_titles_stand_whole_on_the_page_and_short_in_the_properties(small, tmp_path):
    card, portfolio = small
    title, person = "T" * 300, "P" * 300
    details = {"prepared_by": person}
    options = {"title": title, "model_details": details, "n_permutations": 9}
    report = scorecard_report(card, portfolio.X, portfolio.y, **options)
    word = docx.Document(report.to_docx(tmp_path / "r.docx"))
    assert word.paragraphs[0].text == title
    assert word.core_properties.title == "T" * 254 + "…"
    assert word.core_properties.author == "P" * 254 + "…"
    cells = [cell.text for table in word.tables[:4] for row in table.rows for cell in row.cells]
    assert person in cells


def test_letters_of_any_kind_go_into_every_format(small, tmp_path):
    """Code points that are no letters; half a pair of UTF-16, which text files refuse in words."""
    card, portfolio = small
    in_table = "A\x7f\ufffe\uffff\U0001fffeB"
    text = in_table.replace("B", "\ud800B")
    section = Section(text, text, pd.DataFrame({"a": [in_table]}))
    options = {"title": text, "sections": [section], "notes": [text], "n_permutations": 9}
    report = scorecard_report(card, portfolio.X, portfolio.y, **options)
    monitor = ScorecardMonitor.from_reference(card, portfolio.X, portfolio.y)
    options = {"title": text, "notes": [text]}
    for made in (report, monitoring_report(monitor, portfolio.X, portfolio.y, **options)):
        with pytest.raises(ValueError, match="got the lone surrogate"):
            made.to_html(tmp_path / "r.html")
        book = openpyxl.load_workbook(made.to_excel(tmp_path / "r.xlsx"))
        assert book["about"]["B1"].value == "A\ufffd\ufffd\ufffd\U0001fffe\ufffdB"
    word = docx.Document(report.to_docx(tmp_path / "r.docx"))
    assert word.paragraphs[0].text == "A\U0001fffeB"


def test_what_has_no_document_says_so(small, tmp_path, monkeypatch):
    card, portfolio = small
    monitor = ScorecardMonitor.from_reference(card, portfolio.X, portfolio.y)
    monitored = monitoring_report(monitor, portfolio.X, portfolio.y)
    with pytest.raises(ValueError, match="got a monitoring report"):
        monitored.to_docx(tmp_path / "m.docx")

    report = scorecard_report(card, portfolio.X, portfolio.y, n_permutations=9)
    monkeypatch.setitem(__import__("sys").modules, "docx", None)
    with pytest.raises(MissingDependencyError, match=r"to_docx\(\) needs the package 'docx'"):
        report.to_docx(tmp_path / "r.docx")
    assert list(tmp_path.iterdir()) == []


def test_columns_are_as_wide_as_what_is_written_in_them():
    name = "number_of_existing_credits_at_this_bank"
    widths = _widths(["Characteristic", "Mean of all rows", "To sign"], [[name, "1.25", ""]])
    assert sum(widths) == pytest.approx(29.7 - 2 * 1.5)
    # Names are not broken, heads may be, and what somebody fills in has room.
    assert widths[0] > widths[2] > 3.0 * widths[1]

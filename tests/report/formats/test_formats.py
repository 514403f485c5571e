import errno
import json
import os
import re

import openpyxl
import pytest

from infotheory.report import scorecard_report
from infotheory.report.formats import number_texts as numbers
from infotheory.scorecard import Scorecard

SECTIONS = (
    "data ranking characteristics card reasons discrimination calibration stability groups "
    "limitations"
)


@pytest.fixture(scope="module")
def page(written):
    return written[0].read_text(encoding="utf-8")


def test_the_page_is_well_formed_and_loads_nothing(page, checker):
    checker.feed(page)
    assert checker.open == []
    assert checker.loads == []
    assert len(checker.ids) == len(set(checker.ids))
    assert not checker.tags & {"script", "iframe", "object", "embed", "link"}
    assert "@import" not in page
    assert not re.search(r"url\((?!#)", page)
    assert len(page.encode()) < 3_000_000


def test_inner_links_of_figures_reach_their_target(page):
    wanted = set(re.findall(r'(?:href="#|url\(#)([^")]+)', page))
    assert wanted <= set(re.findall(r'\bid="([^"]+)"', page))


def test_every_characteristic_and_every_section_is_on_the_page(page, german):
    for entry in german[1].summary["characteristics"]:
        assert f"<h3>{entry['feature']}" in page
    for name in SECTIONS.split():
        assert f'<section id="{name}">' in page
    assert page.count('role="img"') == 2 * 20 + 2 + 4 * 2


def test_every_table_says_what_an_event_and_a_positive_woe_are(page):
    captions = re.findall(r"<caption>(.*?)</caption>", page, flags=re.DOTALL)
    assert len(captions) > 40
    assert all("event = 1; WoE &gt; 0 is safer" in caption for caption in captions)


def test_colours_follow_the_page(page):
    assert "prefers-color-scheme: dark" in page
    assert "@media print" in page
    # a wide table alone would turn its page, and leave those before and after it half empty
    assert "section:has(.wide-table), .wide-table { page: wide; }" in page
    figures = "".join(re.findall(r"<svg.*?</svg>", page, flags=re.DOTALL))
    assert "var(--first)" in figures
    assert "#0072b2" not in figures


def test_no_heading_names_a_regulation(page):
    headings = " ".join(re.findall(r"<h[123]>(.*?)</h[123]>", page, flags=re.DOTALL)).lower()
    assert not re.search(r"\bsr 11|regulation|basel|\bact\b|ecoa|eba|occ\b", headings)


def test_names_and_levels_from_the_data_are_escaped(small, checker, tmp_path):
    _, portfolio = small
    evil = "<script>alert('x')</script>"
    X = portfolio.X[["number_0", "category_0"]].rename(columns={"number_0": evil})
    X["category_0"] = X["category_0"].str.replace("level a", "</table><b>&$x$", regex=False)
    group = portfolio.protected.rename("<i>group</i>")
    report = scorecard_report(
        Scorecard().fit(X, portfolio.y),
        X,
        portfolio.y,
        protected=group,
        n_permutations=9,
        title="<u>title</u>",
    )
    text = report.to_html(tmp_path / "page.html").read_text(encoding="utf-8")
    for raw in ("<script", "<b>&", "<i>", "<u>"):
        assert raw not in text
    assert "&lt;script&gt;alert" in text
    checker.feed(text)
    assert checker.open == []


def test_json_is_the_summary(german, tmp_path):
    path = german[1].to_json(tmp_path / "report.json")
    assert json.loads(path.read_text(encoding="utf-8")) == german[1].summary


def test_the_workbook_has_one_sheet_a_table_with_numbers_as_numbers(german, written):
    book = openpyxl.load_workbook(written[1])
    assert book.sheetnames[0] == "about"
    assert {
        "ranking",
        "coefficients",
        "points",
        "performance",
        "stability",
        "fairness",
        "bins",
    } <= set(book.sheetnames)
    sheet = book["ranking"]
    assert sheet["A1"].value == "event = 1; WoE > 0 is safer"
    headers = [cell.value for cell in sheet[3]]
    assert headers[:6] == [
        "Characteristic",
        "In the model",
        *(f"IV, same rows{p}" for p in ("", " SE", " low", " high")),
    ]
    assert sheet["C4"].value == pytest.approx(german[1].summary["ranking"][0]["iv"]["value"])


def test_a_name_that_looks_like_a_formula_stays_text(small, tmp_path):
    _, portfolio = small
    X = portfolio.X[["number_0", "number_1"]].rename(columns={"number_0": "=1+1"})
    report = scorecard_report(Scorecard().fit(X, portfolio.y), X, portfolio.y, n_permutations=9)
    sheet = openpyxl.load_workbook(report.to_excel(tmp_path / "report.xlsx"))["columns"]
    cells = [cell for row in sheet for cell in row if cell.value == "=1+1"]
    assert len(cells) == 1
    assert all(cell.data_type == "s" for cell in cells)


def test_digits_follow_the_error():
    assert numbers.with_error(12.3456, 1.2) == "12.3 ± 1.2"
    assert numbers.with_error(-0.5, 0.031) == "−0.500 ± 0.031"
    assert numbers.with_error(None, None) == "–"
    assert numbers.with_error(0.5, None) == "0.500"
    assert numbers.count(2.5) == "2.5"
    assert numbers.percent(None) == "–"
    assert numbers.percent(0.125) == "12.5"
    assert numbers.p_value(0.5) == "0.500"


class SerialisationError(Exception):
    """As lxml's, with which openpyxl writes where it is installed."""


@pytest.mark.parametrize(("text", "code"), [("IO_EFBIG", "EFBIG"), ("IO_WRITE", "ENOSPC")])
def test_a_disk_that_is_full_is_an_oserror_with_lxml_too(german, tmp_path, monkeypatch, text, code):
    def save(*_):
        raise SerialisationError(text)

    monkeypatch.setattr("openpyxl.Workbook.save", save)
    with pytest.raises(OSError, match=os.strerror(getattr(errno, code))):
        german[1].to_excel(tmp_path / "report.xlsx")
    assert list(tmp_path.iterdir()) == []

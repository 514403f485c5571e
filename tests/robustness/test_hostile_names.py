"""Names of features, levels, groups and files that mean something elsewhere stay names."""

import json
import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser

import numpy as np
import openpyxl
import pandas as pd
import pytest

from infotheory.cli import main
from infotheory.report import monitoring_report, scorecard_report
from infotheory.scorecard import Scorecard, ScorecardMonitor

NAMES = (
    *('a"b', "a'b", "a`b", "a\\", "\\\\'", "a\nb\r\tc", "*/ a /*", "]]>", "=cmd()", "+1", "@x"),
    *(
        "\u202eabc\u202c",
        "</script><script>x()</script>",
        "{{ 7 }}{% raw %}",
        "<!--",
        "&lt;",
        "$x$",
    ),
    *("'''", '"""', "#", "a,b;c", "é" * 40, "%s %(a)d", "${HOME}", "`rm -rf`", "--help"),
)


def rows(name, n_rows=300):
    """A number and a category by a name, whose levels are called the same, and a target."""
    rng = np.random.default_rng(0)
    levels = np.array([name, f"{name} 2", "plain"], dtype=object)
    X = pd.DataFrame(
        {name: rng.normal(size=n_rows), f"{name} level": levels[rng.integers(0, 3, n_rows)]}
    )
    odds = X.iloc[:, 0] + (X.iloc[:, 1] == name)
    return X, (rng.random(n_rows) < 1 / (1 + np.exp(1 - odds))).astype(int).rename("bad")


class Page(HTMLParser):
    """Tags and attributes of a page, and what it says."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.words = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, sorted(name for name, _ in attrs)))

    def handle_data(self, data):
        self.words.append(data)


@pytest.mark.parametrize("name", NAMES)
def test_python_and_pmml_and_json_give_the_names_back(name):
    X, y = rows(name)
    card = Scorecard().fit(X, y)
    points = card.predict_points(X)
    scope = {}
    exec(compile(card.to_python(), "card", "exec"), scope)  # noqa: S102 - our own text
    assert [scope["score"](row) for row in X[:40].to_dict("records")] == points[:40].tolist()

    tree = ET.fromstring(card.to_pmml().encode())  # noqa: S314 - our own text
    fields = [entry.get("name") for entry in tree.iter() if entry.tag.endswith("DataField")]
    assert set(X.columns) <= set(fields)
    texts = {value for entry in tree.iter() for value in entry.attrib.values()}
    assert any(name in text for text in texts)
    assert np.array_equal(Scorecard.from_json(card.to_json()).predict_points(X), points)


def monitored(name):
    """A report that shows a name as title, feature, level and period."""
    X, y = rows(name)
    monitor = ScorecardMonitor.from_reference(Scorecard().fit(X, y), X, y)
    periods = {name: {"X": X, "y": y}, "plain": {"X": X, "y": y}}
    return monitoring_report(monitor, periods, title=name)


@pytest.mark.filterwarnings("ignore:Glyph")  # matplotlib's font draws no control characters
@pytest.mark.parametrize(
    "name", ["</script><script>x()</script>", "=cmd()", "]]>\u202e\\", "{{ 7 }}"]
)
def test_pages_and_workbooks_show_names_as_text(name, tmp_path):
    made, plain = monitored(name), monitored("name")
    pages = []
    for i, report in enumerate((made, plain)):
        text = report.to_html(tmp_path / f"{i}.html").read_text(encoding="utf-8")
        pages.append(Page(re.sub(r"<svg.*?</svg>", "", text, flags=re.DOTALL)))
        assert "<script" not in text
    assert pages[0].tags == pages[1].tags
    assert any(name in words for words in pages[0].words)

    book = openpyxl.load_workbook(made.to_excel(tmp_path / "r.xlsx"))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not [cell.value for cell in cells if cell.data_type == "f" and name in str(cell.value)]
    assert any(name in str(cell.value) for cell in cells)
    read = json.loads(made.to_json(tmp_path / "r.json").read_text(encoding="utf-8"))
    assert read["names"] == [name, "plain"]


@pytest.mark.filterwarnings("ignore:Glyph")
def test_groups_and_titles_of_a_scorecard_report_are_text(tmp_path):
    name = "<img src=x onerror=y()>"
    X, y = rows(name)
    group = pd.Series(np.resize([f"{name}1", "=2+3"], len(X)), name=name)
    report = scorecard_report(
        Scorecard().fit(X, y), X, y, protected=group, n_permutations=2, title=name, notes=[name]
    )
    page = Page(report.to_html(tmp_path / "r.html").read_text(encoding="utf-8"))
    assert not [tag for tag in page.tags if "onerror" in tag[1] or tag[0] in ("img", "script")]
    book = openpyxl.load_workbook(report.to_excel(tmp_path / "r.xlsx"))
    formulas = [
        str(cell.value)
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
        if cell.data_type == "f"
    ]
    assert not [text for text in formulas if "2+3" in text or name in text]


@pytest.mark.parametrize("name", ["a'b", "a b;c", "é\u202e", "$(x)", "-x", "=cmd()", "a\\b", "]]>"])
def test_the_command_line_takes_files_and_columns_of_any_name(name, tmp_path, capsys):
    X, y = rows(name)
    source = tmp_path / f"{name}.csv"
    X.assign(bad=y).to_csv(source, index=False)
    folder = tmp_path / f"{name} out"
    assert main(["psi", str(source), str(source), "-o", str(folder / "psi.csv")]) == 0
    assert pd.read_csv(folder / "psi.csv")["feature"].tolist()[:2] == list(X.columns)
    assert main(["bin", str(source), "--target", "bad", "-o", str(folder)]) == 0
    assert list(folder.iterdir())
    assert main(["psi", str(source), str(source)]) == 0
    assert name in capsys.readouterr().out

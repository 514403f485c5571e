import warnings
from html.parser import HTMLParser

import pandas as pd
import pytest

from infotheory.datasets import load_german_credit, make_portfolio
from infotheory.exceptions import WithheldWarning
from infotheory.report import scorecard_report
from infotheory.report.verify_report import Verification
from infotheory.scorecard import Scorecard

VOID = {"meta", "link", "br", "hr", "img", "input", "path", "use", "rect", "wbr"}
KEPT_OUT = ["age_in_years", "foreign_worker", "personal_status_and_sex"]


@pytest.fixture(scope="session")
def german():
    """Report on the German credit data, hold-out and two protected attributes included."""
    X, y = load_german_credit()
    groups = pd.DataFrame({"young": X["age_in_years"] <= 25, "foreign_worker": X["foreign_worker"]})
    train = X.index % 10 < 7
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        card = Scorecard().fit(X[train].drop(columns=KEPT_OUT), y[train])
    # 27 and 10 workers who are not foreign are too few for the interval of their mean score
    with pytest.warns(WithheldWarning, match="'no' has .. rows"):
        report = scorecard_report(
            card,
            X[train],
            y[train],
            protected=groups[train],
            holdout={"X": X[~train], "y": y[~train], "protected": groups[~train]},
            reasons=dict.fromkeys(KEPT_OUT, "protected"),
            n_permutations=19,
        )
    return card, report, (X, y, train, groups)


@pytest.fixture(scope="session")
def small():
    """Card on three synthetic columns, with its rows."""
    portfolio = make_portfolio(
        1500,
        numeric=[0.6, 0.2],
        categorical=[0.3],
        missing_rate=0.1,
        protected_slope=1.0,
        random_state=0,
    )
    return Scorecard().fit(portfolio.X, portfolio.y), portfolio


class Noted(Verification):
    """Keeps what the script recomputed, by place, and compares nothing."""

    def __init__(self, report):
        super().__init__(report)
        self.numbers, self.slack = {}, {}

    def __call__(self, group, place, recomputed, slack=0.0):
        self.compare(group, place, None, recomputed, slack)

    def compare(self, _group, place, _reported, recomputed, slack=0.0):
        self.numbers[place], self.slack[place] = recomputed, slack


class Checker(HTMLParser):
    """Collects tags left open, identifiers, and attributes that would load something."""

    def __init__(self):
        super().__init__()
        self.open, self.ids, self.loads, self.tags = [], [], [], set()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.note(attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, _tag, attrs):
        self.note(attrs)

    def handle_endtag(self, tag):
        if tag in VOID:
            return
        assert self.open.pop() == tag

    def note(self, attrs):
        for name, value in attrs:
            if name == "id":
                self.ids.append(value)
            if name in ("src", "href", "xlink:href", "data", "action") and not value.startswith(
                "#"
            ):
                self.loads.append(value)


@pytest.fixture
def checker():
    """Parser of a page that has read nothing yet."""
    return Checker()


class TablesOfPage(HTMLParser):
    """Reads the tables of a page: title, headings, and rows of texts, as a reader sees them."""

    def __init__(self):
        super().__init__()
        self.tables, self.text, self.inside = [], None, []

    def handle_starttag(self, tag, _attrs):
        self.inside.append(tag)
        if tag == "table":
            self.tables.append({"title": None, "head": [], "rows": []})
        elif tag == "tr" and "tbody" in self.inside:
            self.tables[-1]["rows"].append([])
        elif tag in ("caption", "th", "td"):
            self.text = ""
        elif tag == "span" and "caption" in self.inside:
            # behind the title stands what an event and a positive weight of evidence are
            self.tables[-1]["title"], self.text = self.text.strip(), None

    def handle_data(self, data):
        if self.text is not None:
            self.text += data

    def handle_endtag(self, tag):
        while self.inside and self.inside.pop() != tag:
            pass  # void elements, which nothing closes
        if tag not in ("th", "td"):
            return
        kept = self.tables[-1]
        (kept["rows"][-1] if "tbody" in self.inside else kept["head"]).append(self.text)
        self.text = None


@pytest.fixture(scope="session")
def read_tables():
    """Read a page: its tables by title, of those that have one."""

    def read(path):
        reader = TablesOfPage()
        reader.feed(path.read_text(encoding="utf-8"))
        return {table["title"]: table for table in reader.tables if table["title"] is not None}

    return read


@pytest.fixture(scope="session")
def written(german, tmp_path_factory):
    """Page and workbook of the report on the German credit data."""
    folder = tmp_path_factory.mktemp("written")
    return german[1].to_html(folder / "report.html"), german[1].to_excel(folder / "report.xlsx")


@pytest.fixture(scope="session")
def written_document(german, tmp_path_factory):
    """Word document of the same report: its path, and what python-docx reads of it."""
    docx = pytest.importorskip("docx", reason="the extra word is not installed")
    path = german[1].to_docx(tmp_path_factory.mktemp("word") / "report.docx")
    return path, docx.Document(path)

import warnings
from html.parser import HTMLParser

import pandas as pd
import pytest

from infotheory.datasets import load_german_credit, make_portfolio
from infotheory.exceptions import WithheldWarning
from infotheory.report import scorecard_report
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

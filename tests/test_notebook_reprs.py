"""Whatever a public function returns shows itself on few lines, and in a notebook as a table."""

import dataclasses
import importlib
import inspect
import pkgutil
import re

import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.utils.fixes import parse_version

import infotheory
from infotheory import OptimalBinner, Scorecard, scorecard_report
from infotheory._display import bar_chart, html_frame, html_rows
from infotheory.binning import FairBinner, StumpBinner, permutation_test
from infotheory.datasets import load_german_credit, make_portfolio
from infotheory.lattice import Information
from infotheory.scorecard import (
    ScorecardMonitor,
    brier_decomposition,
    compare_cards,
    cut_off_sweep,
    hosmer_lemeshow,
    migration_matrix,
    select_characteristics,
)
from tests.scorecard.bridges.test_bridges import SCORECARDPY

# What is given to functions, or goes between rooms, and is no result that a cell ends in.
INPUTS = {
    "Columns", "CountedPreBins", "FairProblem", "FairSolution", "Frame", "FrameCounts", "Limits",
    "PrebinOptions", "ScorecardMonitor", "Section",
}  # fmt: skip


# Public modules that are no package.
MODULES = ("infotheory.inference", "infotheory.tables")


def public_results():
    """Dataclasses and named tuples of the public faces."""
    classes = {}
    for module in pkgutil.walk_packages(infotheory.__path__, "infotheory."):
        hidden = any(part.startswith("_") for part in module.name.split("."))
        if hidden or not (module.ispkg or module.name in MODULES):
            continue
        face = importlib.import_module(module.name)
        for name in getattr(face, "__all__", []):
            value = getattr(face, name)
            tuple_like = inspect.isclass(value) and hasattr(value, "_fields")
            if inspect.isclass(value) and (dataclasses.is_dataclass(value) or tuple_like):
                classes[name] = value
    return classes


def test_every_result_of_the_faces_has_both():
    results = public_results()
    assert len(results) > 50
    for name, kind in results.items():
        if name in INPUTS or name.endswith("Law"):
            continue
        assert hasattr(kind, "_repr_html_"), name

        # What a dataclass makes for itself prints every array whole.
        assert not hasattr(kind.__repr__, "__wrapped__"), name


@pytest.fixture(scope="module")
def german():
    X, y = load_german_credit()
    return X.iloc[:, :4], y


@pytest.fixture(scope="module")
def card(german):
    return Scorecard().fit(*german)


def results_of_credit(X, y, card):
    points = card.predict_points(X)
    bands = np.where(points > 500, "high", "low")
    monitor = ScorecardMonitor.from_reference(card, X, y)
    log = select_characteristics(X, y, rng=0)
    return {
        "report": scorecard_report(card, X, y),
        "selection": log,
        "monitoring": monitor.compare(X, y, periods=np.repeat([1, 2], 500)),
        "comparison": compare_cards(card, card, X, y),
        "sweep": cut_off_sweep(y, points, np.arange(400.0, 600.0, 1.0)),
        "migration": migration_matrix(bands, bands[::-1], labels=["low", "high"]),
        "groups": hosmer_lemeshow(y, card.predict_proba(X)[:, 1]),
        "brier": brier_decomposition(y, card.predict_proba(X)[:, 1]),
        "feature": card.binner_.features_["duration_in_month"],
        "table": card.binner_.tables_["purpose"],
        "permutation": permutation_test(card.binner_, n_permutations=9, rng=0)["purpose"],
        "information": Information.from_labels(np.arange(500)),
    }


def test_credit_results_show_on_few_lines(german, card):
    X, y = german
    for name, result in results_of_credit(X, y, card).items():
        lines = repr(result).splitlines()
        assert len(lines) <= 12, name
        assert sum(map(len, lines)) < 1200, name
        assert len(result._repr_html_()) < 12_000, name


def test_a_report_names_its_limits_and_how_to_write_it(german, card):
    X, y = german
    report = scorecard_report(card, X, y, title="<b>Card</b>")
    assert "5 limitations" in repr(report)
    assert "to_html(path)" in repr(report)
    assert "&lt;b&gt;Card&lt;/b&gt;" in report._repr_html_()
    assert "There are no hold-out rows" in report._repr_html_()


def test_a_log_names_what_is_selected(german):
    log = select_characteristics(*german, rng=0)
    assert repr(log).startswith(f"SelectionLog({len(log.selected)} of 4 characteristics selected: ")
    assert "<th>stage</th>" in log._repr_html_()


def test_long_tables_are_cut_in_the_middle():
    class Many:
        def to_frame(self):
            return pd.DataFrame({"value": np.arange(1000.0), "gap": np.nan})

    table = html_frame(Many())
    assert table.count("<tr") < 40
    assert "<td>-</td>" in table


def test_bars_are_as_wide_as_their_shares():
    chart = bar_chart(np.array([0.5, 1.0]), np.array([0.25, 0.75]), ["a < b", "c"], tallest=2.0)
    assert re.findall(r"x='([\d.]+)' y='([\d.]+)' width='([\d.]+)' height='([\d.]+)'", chart) == [
        ("0.0", "21.0", "49.0", "7.0"),
        ("50.0", "14.0", "149.0", "14.0"),
    ]
    assert "<title>a &lt; b</title>" in chart
    assert "a < b" not in chart


def test_cells_are_text_unless_they_are_charts():
    table = html_rows(["<i>"], [["<script>"], ["<svg ></svg>"]], note="a & b")
    assert "&lt;script&gt;" in table
    assert "<td style='text-align: left'><svg ></svg></td>" in table
    assert "<p>a &amp; b</p>" in table


NEW_SKLEARN = parse_version(sklearn.__version__) >= parse_version("1.7")


@pytest.mark.skipif(not NEW_SKLEARN, reason="scikit-learn before 1.7 asks for no page of ours")
@pytest.mark.parametrize("binner", [OptimalBinner(), StumpBinner(), FairBinner(budget=0.5)])
def test_binners_show_their_bins(german, binner):
    X, y = german
    assert "<svg " not in binner._repr_html_().split("</style>")[-1].split("event rate by bin")[0]
    assert "event rate by bin" not in binner._repr_html_()

    if isinstance(binner, FairBinner):
        sex = np.where(np.arange(len(y)) % 2, "f", "m")
        binner.fit(X, y, protected=sex)
    else:
        binner.fit(X, y)
    page = binner._repr_mimebundle_()["text/html"]
    table = page[page.index("event rate by bin") :]
    assert table.count("<svg ") == 4
    assert "status_of_existing_checking_account" in table
    first = binner.summary().sort_values("iv", ascending=False).iloc[0]
    assert f"{first['iv']:.3f} [{first['iv_low']:.3f}, {first['iv_high']:.3f}]" in table


@pytest.mark.skipif(not NEW_SKLEARN, reason="scikit-learn before 1.7 asks for no page of ours")
def test_cards_show_their_points(german, card):
    page = card._repr_html_()
    table = page[page.index("points by bin") :]
    assert table.count("<svg ") == 4
    bins = card.points_table().query("feature == 'duration_in_month'")
    assert f"{bins['points'].min():g} to {bins['points'].max():g}" in table

    separate = Scorecard(intercept="separate").fit(*german)._repr_html_()
    assert "(base points)" not in separate[separate.index("points by bin") :]


@pytest.mark.skipif(not NEW_SKLEARN, reason="scikit-learn before 1.7 asks for no page of ours")
def test_cards_without_counts_and_of_many_characteristics():
    imported = infotheory.scorecard.from_scorecardpy(SCORECARDPY)
    assert "<svg " in imported._repr_html_()

    portfolio = make_portfolio(400, random_state=0)
    copies = [portfolio.X.iloc[:, [0]].add_suffix(f"_{i}") for i in range(40)]
    binner = OptimalBinner().fit(pd.concat(copies, axis=1), portfolio.y)
    assert "10 further features: see summary()" in binner._repr_html_()

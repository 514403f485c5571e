"""What comes from outside: documents cannot run code, and names cannot leave the quotes of an
export.
"""

import ast
import contextlib
import json
import pickle
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import duckdb
import numpy as np
import openpyxl
import pandas as pd
import pytest

import infotheory
from infotheory.binning import FairBinner, OptimalBinner, StumpBinner
from infotheory.engines import FrameCounts, count_frame
from infotheory.estimation import MutualInformationSelector
from infotheory.report import scorecard_report
from infotheory.scorecard import Scorecard, ScorecardMonitor
from tests.robustness.documents import changed, places

HOSTILE = (
    '"; DROP TABLE t; --',
    "'); import os; os._exit(1) #",
    "{{ 7 * 7 }}<script>alert(1)</script>",
    "=cmd|' /C calc'!A0",
    "\u202egnp\n\r\t\\",
    "é" * 200,
)
LEVELS = (
    'a", __import__("os")._exit(1), "',
    "<img src=x onerror=alert(1)>",
    "it's",
    "=1+1",
    "]]>&amp;",
)


def data(n_rows=400):
    rng = np.random.default_rng(0)
    X = pd.DataFrame({name: rng.normal(size=n_rows) for name in HOSTILE})
    X[LEVELS[0]] = rng.choice(np.array(LEVELS, dtype=object), n_rows)
    y = (
        rng.random(n_rows) < 1 / (1 + np.exp(-X.iloc[:, :6].sum(axis=1) - (X.iloc[:, 6] == "it's")))
    ).astype(int)
    return X, y.to_numpy()


@pytest.fixture(scope="module")
def fitted():
    X, y = data()
    return X, y, Scorecard().fit(X, y)


def test_no_reader_runs_code():
    forbidden = {"eval", "exec", "compile", "__import__"}
    package = Path(infotheory.__file__).parent
    # A scorer compiles what the card itself exports, whose names and levels are literals there:
    # hostile ones are tried with the exports and with the scorer.
    for path in set(package.rglob("*.py")) - {package / "scorecard/export/scorer.py"}:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                name = node.func.id if isinstance(node.func, ast.Name) else ""
                assert name not in forbidden, f"{path}:{node.lineno}: {name}"
            if isinstance(node, ast.Import | ast.ImportFrom):
                names = {getattr(node, "module", None), *(alias.name for alias in node.names)}
                assert not names & {"pickle", "marshal", "shelve", "yaml", "dill", "joblib.load"}, (
                    path
                )


def _changed(document, path, value):
    return json.dumps(changed(document, path, value))


@pytest.mark.parametrize(
    "value", [..., None, "__import__('os')._exit(1)", [], {}, -1, 1e400, [[[]]], True], ids=str
)
def test_damaged_cards_are_errors_or_cards(fitted, value):
    X, y, _ = fitted
    small = Scorecard().fit(X.iloc[:, [0, 6]], y)
    document = json.loads(small.to_json())
    for path in places(document, every=False):
        if path:
            with contextlib.suppress(
                ValueError
            ):  # anything else, a process that ends included, fails the test
                assert isinstance(Scorecard.from_json(_changed(document, path, value)), Scorecard)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        "{}",
        "[" * 100_000,
        '{"format": NaN}',
        "cos\nsystem\n(S'true'\ntR.",
        "!!python/object",
    ],
)
@pytest.mark.parametrize("reader", [Scorecard, ScorecardMonitor, FrameCounts])
def test_what_is_no_document_is_an_error(reader, text):
    with pytest.raises(ValueError, match="text must be"):
        reader.from_json(text)


def test_a_damaged_monitor_is_an_error(fitted):
    X, y, card = fitted
    document = json.loads(ScorecardMonitor.from_reference(card, X, y).to_json())
    for key in ("card", "score", "characteristics", "performance", "description"):
        with pytest.raises(ValueError, match="damaged"):
            ScorecardMonitor.from_json(_changed(document, (key,), ...))


def test_damaged_counts_are_errors_or_counts(fitted):
    X, y, _ = fitted
    binner = OptimalBinner().fit(X, y)
    counts = count_frame(X.assign(target=y), binner.specs_, target="target")
    document = json.loads(counts.to_json())
    for value in (..., None, "a", [], {}, -1):
        for path in [
            *((key,) for key in document),
            ("bins", 0),
            ("bins", 0, "splits"),
            ("counts", 0),
        ]:
            with contextlib.suppress(ValueError):
                assert isinstance(
                    FrameCounts.from_json(_changed(document, path, value)), FrameCounts
                )


@pytest.mark.parametrize(("key", "text"), [("points", "must have"), ("woe", "must have")])
def test_lengths_in_a_card_are_checked(fitted, key, text):
    document = json.loads(fitted[2].to_json())
    with pytest.raises(ValueError, match=text):
        Scorecard.from_json(_changed(document, ("features", 0, key), [1.0]))


def test_the_size_of_a_covariance_is_bounded(fitted):
    document = json.loads(fitted[2].to_json())
    with pytest.raises(ValueError, match=r"contribution_covariance.size must be \d+, one for"):
        Scorecard.from_json(
            _changed(document, ("regression", "contribution_covariance", "size"), 10**9)
        )


def test_hostile_names_in_exports(fitted):
    X, _, card = fitted
    expected = card.predict_points(X)
    scope = {}
    exec(compile(card.to_python(), "card", "exec"), scope)  # noqa: S102 - the test is that this runs nothing else
    rows = X.to_dict("records")
    assert [scope["score"](row) for row in rows[:50]] == expected[:50].tolist()
    scorer = card.scorer()
    assert [scorer(row) for row in rows[:50]] == expected[:50].tolist()
    ET.fromstring(card.to_pmml().encode())  # noqa: S314 - our own text


def test_hostile_names_in_sql(fitted):
    X, y, _ = fitted
    X = X.iloc[:, [0, 1, 6]]
    card = Scorecard().fit(X, y)
    with duckdb.connect() as connection:
        connection.register("rows", X)
        connection.execute("CREATE TABLE t AS SELECT * FROM rows")
        got = connection.execute(card.to_sql("t")).df()["points"].to_numpy()
        assert connection.execute("SELECT count(*) FROM t").fetchone() == (len(X),)
    np.testing.assert_allclose(got, card.predict_points(X))


@pytest.mark.filterwarnings(
    "ignore:Glyph"
)  # matplotlib says that its font draws no control characters
def test_hostile_names_in_reports(fitted, tmp_path):
    X, y, _ = fitted
    X = X.iloc[:, [2, 3, 4, 6]]
    report = scorecard_report(
        Scorecard().fit(X, y), X, y, protected=X.iloc[:, -1].rename("<b>g</b>"), n_permutations=2
    )
    page = report.to_html(tmp_path / "r.html").read_text(encoding="utf-8")
    for raw in ("<script>alert", "<img src=x", "<b>g", "49<script"):
        assert raw not in page
    book = openpyxl.load_workbook(report.to_excel(tmp_path / "r.xlsx"))
    cells = [
        cell
        for sheet in book.worksheets
        for row in sheet.iter_rows()
        for cell in row
        if cell.data_type == "f"
    ]
    assert {str(cell.value).split("(")[0] for cell in cells} <= {"=COUNTA"}
    json.loads(report.to_json(tmp_path / "r.json").read_text(encoding="utf-8"))


PROGRAM = """
import json, pickle, sys
import numpy as np, pandas as pd
from infotheory.scorecard import Scorecard, ScorecardMonitor
X, models, card, monitor = pickle.load(open(sys.argv[1], "rb"))
card, monitor = Scorecard.from_json(card), ScorecardMonitor.from_json(monitor)
out = [
    m.predict_points(X) if hasattr(m, "predict_points") else m.transform(X.iloc[:, :6])
    for m in models
]
np.savez(sys.argv[2], *out, card.predict_points(X), np.array(monitor.to_json()))
"""


def test_a_fresh_process_reads_what_this_one_wrote(fitted, tmp_path):
    X, y, card = fitted
    numbers = X.iloc[:, :6]
    large = {"min_bin_size": 0.1}
    makers = (
        OptimalBinner(),
        StumpBinner(**large),
        StumpBinner(mode="joint", **large),
        FairBinner(max_n_prebins=6),
    )
    models = [m.fit(numbers, y) for m in (*makers, MutualInformationSelector(n_features=2))] + [
        card
    ]
    monitor = ScorecardMonitor.from_reference(card, X, y)
    source, result = tmp_path / "models", tmp_path / "out.npz"
    source.write_bytes(pickle.dumps((X, models, card.to_json(), monitor.to_json())))
    subprocess.run([sys.executable, "-c", PROGRAM, source, result], check=True)  # noqa: S603 - our own text
    read = np.load(result)
    got = [read[f"arr_{k}"] for k in range(len(models) + 2)]
    for model, values in zip(models[:-1], got, strict=False):
        assert np.array_equal(np.asarray(model.transform(numbers)), values)
    assert np.array_equal(card.predict_points(X), got[-3])
    assert np.array_equal(card.predict_points(X), got[-2])
    assert str(got[-1]) == monitor.to_json()

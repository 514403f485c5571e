"""Cards that the command line writes in other languages are run there, and give the same points."""

import json
import operator
import re
import sqlite3
import subprocess
import sys
import xml.etree.ElementTree as ET
from contextlib import closing

import duckdb
import numpy as np
import pandas as pd
import pytest

from infotheory.cli import main
from infotheory.datasets import make_losses, make_portfolio
from infotheory.scorecard import Scorecard, ScorecardRegressor


@pytest.fixture(scope="module")
def bank(tmp_path_factory):
    """A card with missing values and levels, as JSON, and rows for it."""
    folder = tmp_path_factory.mktemp("bank")
    made = make_portfolio(
        1000, numeric=[0.6, 0.2], categorical=[0.4], missing_rate=0.1, random_state=3
    )
    card = Scorecard().fit(made.X, made.y)
    (folder / "card.json").write_text(card.to_json(), encoding="utf-8")
    return folder, card, made.X.head(200)


def exported(bank, tmp_path, language, *words):
    """Path of the card in a language, as the command writes it."""
    path = tmp_path / "out" / f"card.{language}"
    command = ["export", str(bank[0] / "card.json"), "--to", language, "-o", str(path), *words]
    assert main(command) == 0
    return path


def plain_rows(X):
    return X.astype(object).where(X.notna(), None).to_dict("records")


def test_the_query_runs_in_a_database(bank, tmp_path, capsys):
    _, card, X = bank
    path = exported(bank, tmp_path, "sql", "--table", "loans", "--dialect", "duckdb")
    assert str(path.resolve()) in capsys.readouterr().out
    with duckdb.connect() as connection:
        connection.register("loans", X)
        table = connection.sql(path.read_text(encoding="utf-8")).df()
    column = next(name for name in table.columns if name not in X.columns)
    assert table[column].to_numpy() == pytest.approx(card.predict_points(X))


def test_the_query_without_a_dialect_runs_in_sqlite(bank, tmp_path):
    _, card, X = bank
    query = exported(bank, tmp_path, "sql", "--table", "loans").read_text(encoding="utf-8")
    with closing(sqlite3.connect(":memory:")) as connection:
        X.to_sql("loans", connection, index=False)
        table = pd.read_sql(query, connection)
    column = next(name for name in table.columns if name not in X.columns)
    assert table[column].to_numpy() == pytest.approx(card.predict_points(X))


SCRIPT = """
import json, sys
source, rows = sys.argv[1:]
namespace = {}
exec(open(source, encoding="utf-8").read(), namespace)
rows = json.load(open(rows, encoding="utf-8"))
print(json.dumps([namespace["score"](row) for row in rows]))
"""


def test_the_source_runs_in_a_python_without_packages(bank, tmp_path):
    _, card, X = bank
    path = exported(bank, tmp_path, "python")
    (tmp_path / "rows.json").write_text(json.dumps(plain_rows(X)), encoding="utf-8")
    # -I -S: neither this folder nor what is installed can be imported
    command = [sys.executable, "-I", "-S", "-c", SCRIPT, str(path), str(tmp_path / "rows.json")]
    said = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - ours
    assert json.loads(said.stdout) == pytest.approx(card.predict_points(X))


COMPARISONS = {
    "lessThan": operator.lt,
    "lessOrEqual": operator.le,
    "greaterThan": operator.gt,
    "greaterOrEqual": operator.ge,
    "equal": operator.eq,
    "notEqual": operator.ne,
}


def holds(predicate, row):
    """Whether a predicate of PMML holds for a row; None where it is unknown."""
    kind, sign = predicate.tag.rpartition("}")[2], predicate.get("booleanOperator")
    if kind == "True":
        return True
    if kind == "CompoundPredicate":
        return joined([holds(part, row) for part in predicate], sign)

    value = row[predicate.get("field")]
    if predicate.get("operator") in ("isMissing", "isNotMissing"):
        return (value is None) == (predicate.get("operator") == "isMissing")
    if value is None:
        return None
    if kind == "SimpleSetPredicate":
        return (value in re.findall(r'"([^"]*)"', predicate[0].text)) == (sign == "isIn")
    limit = type(value)(predicate.get("value"))
    return COMPARISONS[predicate.get("operator")](value, limit)


def joined(parts, sign):
    """Logic of three values: true, false and unknown."""
    if sign == "surrogate":
        return next((part for part in parts if part is not None), None)
    decides = sign == "or"  # one that is true decides an "or", one that is false an "and"
    if decides in parts:
        return decides
    return None if None in parts else not decides


def test_the_document_of_pmml_adds_up_to_the_points(bank, tmp_path):
    """Read by its own rules: the first attribute of each characteristic whose predicate holds."""
    _, card, X = bank
    root = ET.parse(exported(bank, tmp_path, "pmml")).getroot()  # noqa: S314 - what we have written
    space = root.tag.partition("}")[0] + "}"
    model = root.find(f"{space}Scorecard")
    found = []
    for row in plain_rows(X):
        total = float(model.get("initialScore", "0"))
        for characteristic in model.iter(f"{space}Characteristic"):
            attributes = characteristic.findall(f"{space}Attribute")
            inside = next(a for a in attributes if holds(a[0], row))
            total += float(inside.get("partialScore"))
        found.append(total)
    assert found == pytest.approx(card.predict_points(X))


def test_a_model_of_onnx_runs_and_is_no_text(bank, tmp_path, capsys):
    runtime = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    _, card, X = bank
    path = exported(bank, tmp_path, "onnx")
    session = runtime.InferenceSession(path.read_bytes(), providers=["CPUExecutionProvider"])
    inputs = {}
    for entry in session.get_inputs():
        column = X[entry.name]
        is_text = entry.type == "tensor(string)"
        values = column.fillna("").astype(str).to_numpy(object) if is_text else column.to_numpy()
        kind = object if is_text else {"tensor(float)": np.float32}.get(entry.type, np.float64)
        inputs[entry.name] = values.astype(kind).reshape(-1, 1)
    outputs = dict(
        zip([o.name for o in session.get_outputs()], session.run(None, inputs), strict=True)
    )
    known = X.notna().all(axis=1).to_numpy()
    points = np.asarray(outputs["points"], dtype=float).ravel()
    assert points[known] == pytest.approx(card.predict_points(X)[known], abs=1e-3)

    capsys.readouterr()
    assert main(["export", str(bank[0] / "card.json"), "--to", "onnx"]) == 2
    assert "an ONNX model is no text: name its file" in capsys.readouterr().err


def test_a_card_of_a_mean_is_exported_too(tmp_path, capsys):
    losses = make_losses(900, kind="loans", random_state=0)
    X = losses.X.iloc[:, :2]
    card = ScorecardRegressor(target_type="fraction").fit(X, losses.y)
    (tmp_path / "card.json").write_text(card.to_json(), encoding="utf-8")
    assert main(["export", str(tmp_path / "card.json"), "--to", "python"]) == 0
    namespace = {}
    exec(capsys.readouterr().out, namespace)  # noqa: S102 - what we have written
    rows = X.head(50)
    found = [namespace["score"](row) for row in plain_rows(rows)]
    assert found == pytest.approx(card.predict_points(rows))


def test_what_is_no_card_or_no_language_is_refused_and_leaves_no_file(bank, tmp_path, capsys):
    (tmp_path / "none.json").write_text('{"a": 1}', encoding="utf-8")
    output = tmp_path / "card.sql"
    for words, text in (
        ([str(tmp_path / "none.json"), "--to", "sql"], "got"),
        (
            [str(bank[0] / "card.json"), "--to", "sql", "--dialect", "nothing"],
            "dialect must be one",
        ),
        ([str(bank[0] / "card.json"), "--to", "sql", "--table", " "], "table_name must be"),
    ):
        assert main(["export", *words, "-o", str(output)]) == 2
        assert text in capsys.readouterr().err
        assert not output.exists()
    with pytest.raises(SystemExit) as stop:
        main(["export", str(bank[0] / "card.json"), "--to", "cobol"])
    assert stop.value.code == 2
    assert "invalid choice: 'cobol'" in capsys.readouterr().err

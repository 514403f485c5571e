"""The ONNX model, run by onnxruntime beside ``predict_proba`` and ``predict_points``."""

import warnings

import numpy as np
import pandas as pd
import pytest

from infotheory import OptimalBinner, Scorecard, ScorecardRegressor
from infotheory.cli import main
from infotheory.exceptions import UnseenValueWarning
from tests.scorecard.export.conftest import HOME, hard_rows, portfolio

pytest.importorskip("onnx", reason="the extra onnx is not installed")
runtime = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")

MISSING = "(missing)"


def inputs(session, rows, missing=MISSING):
    """Columns as the model takes them: float64, or text with a text for missing values."""
    given = {}
    for place in session.get_inputs():
        column = rows[place.name]
        if place.type == "tensor(string)":
            text = [missing if pd.isna(value) else str(value) for value in column]
            given[place.name] = np.array(text, dtype=object)[:, None]
        else:
            given[place.name] = column.astype(float).to_numpy()[:, None]
    return given


def run(card, rows, missing=MISSING):
    session = runtime.InferenceSession(card.to_onnx(missing_text=missing))
    names = [place.name for place in session.get_outputs()]
    values = session.run(None, inputs(session, rows, missing))
    return dict(zip(names, values, strict=True))


def numbers_where_numbers_are(rows):
    """Ratings as numbers: text of another kind is no value of such a column."""
    rows = rows.copy()
    rows["rating"] = pd.to_numeric(rows["rating"], errors="coerce")
    return rows


def test_the_runtime_gives_points_and_probabilities(card):
    rows = numbers_where_numbers_are(hard_rows(card, 20_000))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UnseenValueWarning)
        points, probabilities = card.predict_points(rows), card.predict_proba(rows)
        labels = card.predict(rows)
    given = run(card, rows)
    np.testing.assert_allclose(given["points"][:, 0], points, rtol=0.0, atol=1e-9)
    np.testing.assert_allclose(given["probabilities"], probabilities, rtol=1e-12, atol=1e-15)
    sure = np.abs(probabilities[:, 1] - 0.5) > 1e-9
    np.testing.assert_array_equal(given["label"][sure, 0], labels[sure])


@pytest.mark.parametrize("event", ["bad", "good"])
def test_classes_keep_their_order(event):
    X, y = portfolio()
    named = np.where(y == 1, "bad", "good")
    card = Scorecard(OptimalBinner(), event_label=event).fit(X[["income", "rating"]], named)
    given = run(card, X)
    np.testing.assert_allclose(given["probabilities"], card.predict_proba(X[["income", "rating"]]))
    assert given["label"][:, 0].tolist() == card.predict(X[["income", "rating"]]).tolist()


def test_what_is_refused_has_no_number(strict_card):
    rows = numbers_where_numbers_are(portfolio()[0].dropna().head(4))
    rows["region"] = ["unseen", *rows["region"].iloc[1:]]
    rows.iloc[1, rows.columns.get_loc("income")] = np.inf
    given = run(strict_card, rows)
    assert np.isnan(given["points"][:, 0]).tolist() == [True, True, False, False]
    assert np.isnan(given["probabilities"]).any(axis=1).tolist() == [True, True, False, False]


@pytest.mark.parametrize("kind", ["continuous", "rate", "fraction"])
def test_means_are_those_of_the_card(kind):
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"age": rng.normal(size=1500), "area": rng.choice(["a", "b", "c"], size=1500)})
    mean = np.exp(0.3 * X["age"] + 0.4 * (X["area"] == "a") - 1.0)
    y = {
        "continuous": mean + rng.normal(scale=0.3, size=1500),
        "rate": rng.poisson(mean).astype(float),
        "fraction": np.clip(mean / 4.0 + rng.normal(scale=0.02, size=1500), 0.0, 1.0),
    }[kind]
    card = ScorecardRegressor(target_type=kind).fit(X, y)
    X.loc[:9, "area"], X.loc[5:20, "age"] = None, np.nan
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UnseenValueWarning)
        mean, points = card.predict(X), card.predict_points(X)
    given = run(card, X)
    assert set(given) == {"points", "mean"}
    np.testing.assert_allclose(given["mean"][:, 0], mean, rtol=1e-12)
    np.testing.assert_allclose(given["points"][:, 0], points, rtol=0.0, atol=1e-9)


def test_what_a_model_cannot_say_is_refused():
    X, y = portfolio()
    card = Scorecard(OptimalBinner()).fit(X[["income", HOME]], y)
    with pytest.raises(ValueError, match="choose another text"):
        card.to_onnx()  # the empty text is a level here
    named = Scorecard(OptimalBinner()).fit(X[["income"]].rename(columns={"income": "points"}), y)
    with pytest.raises(ValueError, match="name of an output"):
        named.to_onnx()


def test_one_row_and_none():
    X, y = portfolio()
    card = Scorecard(OptimalBinner()).fit(X[["income"]], y)
    for n in (0, 1):
        assert run(card, X.iloc[:n])["probabilities"].shape == (n, 2)


def test_the_command_line_writes_a_file(tmp_path, capsys):
    X, y = portfolio()
    card = Scorecard(OptimalBinner()).fit(X[["income"]], y)
    (tmp_path / "card.json").write_text(card.to_json(), encoding="utf-8")
    words = ["export", str(tmp_path / "card.json"), "--to", "onnx"]
    assert main(words) == 2
    assert "name its file" in capsys.readouterr().err
    assert main([*words, "--output", str(tmp_path / "new" / "card.onnx")]) == 0
    assert (tmp_path / "new" / "card.onnx").read_bytes() == card.to_onnx()

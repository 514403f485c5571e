"""The Python source: no imports beyond the standard library, the points of predict_points."""

import ast
import itertools
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from infotheory.scorecard import from_toad
from tests.scorecard.export.conftest import AGE, check_equal, hard_rows, portfolio


def load(card):
    namespace = {}
    exec(compile(card.to_python(), "card.py", "exec"), namespace)  # noqa: S102 - our own source
    return namespace["score"]


def test_python_gives_the_points_of_100_000_rows(card):
    rows, score = hard_rows(card, 100_000), load(card)
    check_equal(card, rows, [score(row) for row in rows.to_dict("records")])


def test_it_needs_the_standard_library_only(card, tmp_path):
    tree = ast.parse(card.to_python())
    imported = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    modules = {getattr(node, "module", None) or node.names[0].name for node in imported}
    assert modules == {"re", "bisect", "datetime", "decimal"}
    (tmp_path / "card.py").write_text(card.to_python(), encoding="utf-8")
    X = portfolio()[0].dropna().head(1)
    row = {
        name: value.item() if hasattr(value, "item") else value for name, value in X.iloc[0].items()
    }
    code = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import card; "
        f"print(repr(card.score({row!r})))"
    )
    code = code.replace(": inf", ": float('inf')").replace(": -inf", ": -float('inf')")
    command = [sys.executable, "-I", "-S", "-c", code]
    # what runs is our own source
    run = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    assert float(run.stdout) == pytest.approx(card.predict_points(X)[0], abs=1e-9)


def test_values_that_are_missing_or_of_another_type(strict_card):
    score, X = load(strict_card), portfolio()[0].dropna().query("flag").head(1)
    row = X.to_dict("records")[0]
    base = score(row)
    assert (
        score(row | {"rating": np.int64(row["rating"])})
        == score(row | {"rating": float(row["rating"])})
        == base
    )
    assert score(row | {"income": None}) == score(row | {"income": float("nan")})
    assert score(row | {"region": None}) == score(row | {"region": float("nan")})
    assert score(row | {"flag": "True"}) == base


@pytest.mark.parametrize(
    ("change", "error", "text"),
    [
        ({"income": "1.0"}, TypeError, "'income' must be a number, got '1.0'"),
        ({"income": float("inf")}, ValueError, "'income' must be finite, got inf"),
        ({"region": "unseen"}, ValueError, "no points for the value 'unseen' of 'region'"),
    ],
)
def test_what_is_refused_raises(strict_card, change, error, text):
    score, row = load(strict_card), portfolio()[0].dropna().to_dict("records")[0]
    with pytest.raises(error, match=text):
        score(row | change)


def test_a_missing_key_is_an_error(strict_card):
    row = portfolio()[0].to_dict("records")[0]
    del row[AGE]
    with pytest.raises(KeyError, match="client"):
        load(strict_card)(row)


NUMBERS = st.floats(allow_nan=False, allow_infinity=False)


@given(
    splits=st.lists(NUMBERS, min_size=1, max_size=6, unique=True).map(sorted),
    values=st.lists(NUMBERS | st.none(), min_size=1, max_size=20),
    data=st.data(),
)
def test_any_splits_and_points(splits, values, data):
    """Splits, points and values of any size, each split among the values."""
    ends = [-np.inf, *splits, np.inf]
    small = st.floats(-1e6, 1e6)
    bins = {f"[{low!r} ~ {high!r})": data.draw(small) for low, high in itertools.pairwise(ends)}
    card = from_toad({"x": bins | {"nan": data.draw(small)}})
    values = [*values, *splits]
    expected = card.predict_points(pd.DataFrame({"x": np.array(values, dtype=float)}))
    score = load(card)
    assert [score({"x": value}) for value in values] == expected.tolist()

"""The compiled card for services: the points of predict_points, one row at a time."""

import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from types import MappingProxyType

import numpy as np
import pandas as pd
import pytest

from infotheory.scorecard import CardScorer, Scorecard
from tests.scorecard.export.conftest import check_equal, hard_rows, portfolio


def test_missing_special_unseen_joined_and_boolean_values_get_their_points(card):
    rows, score = hard_rows(card, 3000), card.scorer()
    check_equal(card, rows, [score(row) for row in rows.to_dict("records")])


def test_many_threads_give_the_points_of_one(card):
    score = card.scorer()
    rows = hard_rows(card, 2000).to_dict("records")
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(score, rows)) == [score(row) for row in rows]


@pytest.mark.parametrize("nothing", [None, float("nan"), np.nan, pd.NA, pd.NaT])
def test_whatever_is_missing_is_missing(card, nothing):
    row = portfolio()[0].dropna().to_dict("records")[0]
    score = card.scorer()
    for name in ("income", "region", "flag"):
        assert score(row | {name: nothing}) == score(row | {name: None})


@pytest.mark.parametrize("odd", [b"north", bytearray(b"1"), 1e300, 1j, ["north"], {"a": 1}])
def test_what_is_no_category_to_a_frame_is_none_to_the_scorer(card, odd):
    X = portfolio()[0].dropna().head(1)
    row, score = X.to_dict("records")[0], card.scorer()
    for name in ("region", "flag"):
        with pytest.raises((TypeError, ValueError), match="a category must be"):
            score(row | {name: odd})
        with pytest.raises((TypeError, ValueError), match=name):
            card.predict_points(X.assign(**{name: pd.Series([odd], X.index, dtype=object)}))


@pytest.mark.parametrize("dtype", ["boolean", "Int64", "category", "string"])
def test_values_of_extension_types_are_those_of_the_frame(card, dtype):
    names = {"boolean": ["flag"], "Int64": ["rating"]}.get(dtype, ["region"])
    rows = portfolio()[0].head(200).astype(dict.fromkeys(names, dtype))
    if names == ["region"]:  # neither flags nor ratings were missing in the fit
        rows.loc[rows.index[3], names] = None
    points = [card.scorer()(row) for row in rows.to_dict("records")]
    np.testing.assert_allclose(points, card.predict_points(rows), rtol=0.0, atol=1e-9)


def test_rows_are_mappings_of_any_kind(card):
    X = portfolio()[0].dropna().head(1)
    row, score = X.to_dict("records")[0], card.scorer()
    assert score.names == tuple(X.columns)
    for same in (MappingProxyType(row), X.iloc[0], row | {"id": 7}):
        assert score(same) == score(row)
    with pytest.raises(TypeError, match=r"row must name its values, got list; dict\(zip\("):
        score(list(row.values()))
    with pytest.raises(KeyError, match="income"):
        score({name: value for name, value in row.items() if name != "income"})


def test_a_later_edit_of_the_card_does_not_reach_it(card):
    row = portfolio()[0].dropna().to_dict("records")[0]
    score = card.scorer()
    before = score(row)
    with pytest.raises(AttributeError):
        score.source = ""
    copied = pickle.loads(pickle.dumps(score))  # noqa: S301 - our own
    assert isinstance(copied, CardScorer)
    assert copied == score
    assert copied(row) == before


def test_a_copy_needs_nothing_heavy_and_names_are_only_text(tmp_path):
    """The source runs without any package, whatever the characteristic is called."""
    x = np.arange(200.0)
    name = "x'); import os; os.abort() #"
    frame = pd.DataFrame({name: x})
    card = Scorecard().fit(frame, (x % 7 + x / 50 > 5).astype(int))
    assert card.scorer()({name: 30.0}) == card.predict_points(frame.iloc[[30]])[0]
    (tmp_path / "source.py").write_text(card.scorer().source, encoding="utf-8")
    subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-I", "-S", str(tmp_path / "source.py")], check=True
    )


def test_what_is_shown_says_nothing_of_the_process(card):
    # The address of a function would make two equal cards look different.
    shown = repr(card.scorer())
    assert "0x" not in shown
    assert shown == repr(card.scorer())

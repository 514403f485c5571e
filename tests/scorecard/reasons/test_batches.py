"""Reasons of a batch, counted one applicant after the other."""

from collections import Counter

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from infotheory.scorecard import Scorecard, reason_stability, reason_table
from infotheory.scorecard.reasons.ranking import rank_reasons, reference_points
from tests.scorecard.card.test_card import portfolio

FEW = settings(max_examples=30)
NAMES = st.sampled_from(["age", "income", "debts", None])


@st.composite
def batches(draw, most=2):
    """What `reason_codes` may return: reasons by rank, none after the first that is missing."""
    n = draw(st.integers(1, most))
    rows = draw(st.lists(st.lists(NAMES, min_size=n, max_size=n), min_size=1, max_size=12))
    ended = [[name if None not in row[:i] else None for i, name in enumerate(row)] for row in rows]
    return pd.DataFrame(ended, columns=[f"reason_{i + 1}" for i in range(n)], dtype=object)


def jeffreys(k, n, level):
    """Ends by the beta law, 0 and 1 where no or all applicants have it."""
    tail = 0.5 * (1.0 - level)
    low = stats.beta.ppf(tail, k + 0.5, n - k + 0.5) if k else 0.0
    high = stats.beta.isf(tail, k + 0.5, n - k + 0.5) if k < n else 1.0
    return low, high


@FEW
@given(batches(), st.sampled_from([0.8, 0.95]))
def test_applicants_are_counted_once(batch, level):
    table = reason_table(batch, level=level).set_index("reason")
    rows, n = batch.to_numpy().tolist(), len(batch)
    for reason in table.index[:-1]:
        have = sum(reason in row for row in rows)
        assert table.loc[reason, "count"] == have
        assert table.loc[reason, "share"] == pytest.approx(have / n)
        ends = tuple(table.loc[reason, ["share_low", "share_high"]])
        if 0 < have < n:
            assert ends == pytest.approx(jeffreys(have, n, level))
        assert 0.0 <= ends[0] <= have / n <= ends[1] <= 1.0
    for rank in range(batch.shape[1]):
        counted = Counter("(no reason)" if row[rank] is None else row[rank] for row in rows)
        shown = table[f"count_{rank + 1}"]
        assert shown.to_dict() == {name: counted[name] for name in table.index}
        assert shown.sum() == n
    assert table.index[-1] == "(no reason)"
    assert table["count"].iloc[-1] == sum(row[0] is None for row in rows)


@FEW
@given(batches())
def test_the_most_frequent_stand_first_and_equal_ones_by_name(batch):
    table = reason_table(batch)
    reasons = list(zip(-table["count"].iloc[:-1], table["reason"].iloc[:-1], strict=True))
    assert reasons == sorted(reasons)
    shuffled = batch.sample(frac=1.0, random_state=0)
    pd.testing.assert_frame_equal(reason_table(shuffled), table)


def test_one_text_of_two_characteristics_counts_an_applicant_once():
    """Its share was 4 / 3 and its interval NaN."""
    codes = np.array([[0, 0], [0, 1], [1, 0]])
    points = {"a": np.array([0.0, 9.0, 5.0]), "b": np.array([1.0, 9.0, 5.0])}
    texts = {"a": "history too short", "b": "history too short"}
    reasons = rank_reasons(codes, points, {"a": 9.0, "b": 9.0}, 2, texts=texts)
    table = reason_table(reasons).set_index("reason")
    assert table.loc["history too short", ["count_1", "count_2", "count"]].tolist() == [3, 1, 3]
    assert table.loc["history too short", "share"] == 1.0
    assert table.filter(like="share").notna().to_numpy().all()


def test_texts_take_the_place_of_names_in_all_that_follows():
    X, y = portfolio()
    card = Scorecard().fit(X, y)
    names = list(card.points_)
    texts = {name: f"Because of {name}" for name in names}
    plain, worded = card.reason_codes(X, n=2), card.reason_codes(X, n=2, texts=texts)
    for rank in (1, 2):
        expected = [texts.get(name) for name in plain[f"reason_{rank}"]]
        assert worded[f"reason_{rank}"].tolist() == expected
    first, second = reason_table(plain), reason_table(worded)
    counts = second.set_index("reason")["count"].to_dict()
    for reason, count in first[["reason", "count"]].iloc[:-1].itertuples(index=False):
        assert counts[texts[reason]] == count


@FEW
@given(st.lists(st.integers(-50, 50), min_size=2, max_size=6), st.data())
def test_references_by_hand(points, data):
    by_code = np.array([*points, 0.0])
    counts = np.array(data.draw(st.lists(st.integers(0, 9), min_size=len(points), max_size=6)))
    counts = np.resize(counts, len(points)).astype(float)
    counts[0] += counts.sum() == 0.0
    seen = [p for p, count in zip(points, counts, strict=True) if count > 0]
    assert reference_points(by_code, counts, "max") == max(seen)
    assert reference_points(by_code, counts, "neutral") == 0.0
    mean = sum(p * c for p, c in zip(points, counts, strict=True)) / counts.sum()
    assert reference_points(by_code, counts, "average") == pytest.approx(mean)
    assert min(seen) - 1e-9 <= reference_points(by_code, counts, "average") <= max(seen) + 1e-9


@FEW
@given(st.integers(1, 5), st.integers(0, 2**32 - 1))
def test_reasons_are_the_largest_shortfalls(n, seed):
    rng = np.random.default_rng(seed)
    points = {name: rng.integers(0, 9, 4).astype(float) for name in "abc"}
    references = {name: float(by_code[:-1].max()) for name, by_code in points.items()}
    codes = rng.integers(0, 3, (10, 3))
    found = rank_reasons(codes, points, references, n)
    assert found.shape == (10, 2 * n)
    for row, given_to in zip(codes, found.itertuples(index=False), strict=True):
        lost = {
            name: references[name] - points[name][code]
            for name, code in zip("abc", row, strict=True)
        }
        # sorted() is stable: ties keep the order of the characteristics
        wanted = [(k, v) for k, v in sorted(lost.items(), key=lambda one: -one[1]) if v > 0.0][:n]
        shown = [
            (a, b) for a, b in zip(given_to[::2], given_to[1::2], strict=True) if a is not None
        ]
        assert shown == wanted


def test_batches_of_one_law_and_of_two():
    batch = pd.DataFrame({"reason_1": ["age"] * 60 + ["income"] * 40})
    same = reason_stability(batch, batch)
    assert same["psi"].tolist() == [0.0]
    assert same["band"].tolist() == ["stable"]
    other = pd.DataFrame({"reason_1": ["age"] * 20 + ["income"] * 80})
    moved = reason_stability(batch, other)
    turned = reason_stability(other, batch)
    assert moved["psi"].iloc[0] == pytest.approx(0.4 * np.log(6.0))
    assert turned["psi"].iloc[0] == pytest.approx(moved["psi"].iloc[0])
    assert moved["p_value"].iloc[0] < 1e-6
    alone = pd.DataFrame({"reason_1": ["age"] * 9})
    assert reason_stability(alone, alone)["band"].tolist() == ["one reason"]
    assert reason_stability(alone, alone)["psi"].isna().all()


@pytest.mark.parametrize(
    ("first", "second", "text"),
    [
        ({"reason_1": ["a"]}, {"reason_1": ["a"], "reason_2": ["b"]}, "got 1 and 2; call reason"),
        ({"reason_1": []}, {"reason_1": ["a"]}, "with rows, got 0 rows"),
        ({"points": [1]}, {"reason_1": ["a"]}, r"got 1 rows of \['points'\]"),
    ],
)
def test_what_is_no_pair_of_batches(first, second, text):
    with pytest.raises(ValueError, match=text):
        reason_stability(pd.DataFrame(first), pd.DataFrame(second))

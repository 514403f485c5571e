"""Reasons: references and ties by hand, the table of a batch, stability, confidence."""

import numpy as np
import pandas as pd
import pytest

from infotheory.binning import OptimalBinner
from infotheory.evidence import population_stability_index
from infotheory.exceptions import ApproximationWarning, SparseCellWarning
from infotheory.scorecard import Scorecard, reason_stability, reason_table
from infotheory.scorecard.reasons.ranking import rank_reasons, references_of
from tests.scorecard.card.test_card import portfolio
from tests.studies import Study

POINTS = {
    "a": np.array([10.0, 40.0, 20.0, 25.0]),
    "b": np.array([5.0, 35.0, 20.0, 25.0]),
    "c": np.array([0.0, 9.0, 9.0]),
}
MAXIMA = {"a": 40.0, "b": 35.0, "c": 9.0}


def test_ties_keep_the_order_of_the_characteristics():
    reasons = rank_reasons(np.array([[0, 0, 0], [1, 0, 0], [1, 1, 1]]), POINTS, MAXIMA, 2)
    assert reasons["reason_1"].tolist() == ["a", "b", None]
    assert reasons["reason_2"].tolist() == ["b", "c", None]
    assert reasons["shortfall_1"].tolist()[:2] == [30.0, 30.0]
    assert np.isnan(reasons["shortfall_1"][2])
    turned = {name: POINTS[name] for name in ("b", "a", "c")}
    assert rank_reasons(np.array([[0, 0, 0]]), turned, MAXIMA, 2)["reason_1"].tolist() == ["b"]


def test_reasons_are_distinct_and_end_where_nothing_is_lost():
    reasons = rank_reasons(np.array([[0, 1, 0]]), POINTS, MAXIMA, 4)
    assert reasons.filter(like="reason_").iloc[0].tolist() == ["a", "c", None, None]


def test_references_of_a_card():
    X, y = portfolio()
    card = Scorecard().fit(X, y)
    for name, points in card.points_.items():
        counts = card.binner_.tables_[name].counts.sum(axis=1)
        found = {
            r: references_of(card.binner_.features_, card.points_, r)[name]
            for r in ("max", "average", "neutral")
        }
        assert found["max"] == points[:-1][counts > 0].max()
        assert found["average"] == pytest.approx((points[:-1] * counts).sum() / counts.sum())
        assert found["neutral"] == points[-1]
    with pytest.raises(
        ValueError, match="reference must be one of 'max', 'average', 'neutral', got 'best'"
    ):
        card.reason_codes(X, reference="best")


def test_protected_attributes_are_never_given():
    X, y = portfolio()
    X = X.assign(group=np.where(np.random.default_rng(0).random(len(X)) < 0.2 + 0.5 * y, "x", "y"))
    card = Scorecard(exclude_from_reasons=["group"]).fit(X, y)
    assert (Scorecard().fit(X, y).reason_codes(X)["reason_1"] == "group").any()
    for reference in ("max", "average", "neutral"):
        given = card.reason_codes(X, n=9, reference=reference)
        assert "group" not in set(given.filter(like="reason_").to_numpy().ravel())
    assert "group" not in set(reason_table(card.reason_codes(X))["reason"])
    assert "group" not in set(Scorecard.from_json(card.to_json()).reason_codes(X)["reason_1"])


def test_table_of_a_batch_adds_up():
    X, y = portfolio()
    card = Scorecard().fit(X, y)
    reasons = card.reason_codes(X, n=3)
    table = reason_table(reasons)
    assert table["reason"].iloc[-1] == "(no reason)"
    assert list(table["count"][:-1]) == sorted(table["count"][:-1], reverse=True)
    for i in (1, 2, 3):
        assert table[f"count_{i}"].sum() == len(X)
        assert table[f"share_{i}"].sum() == pytest.approx(1.0)
        first = table.set_index("reason")[f"count_{i}"]
        assert (first["age"], first["(no reason)"]) == (
            (reasons[f"reason_{i}"] == "age").sum(),
            reasons[f"reason_{i}"].isna().sum(),
        )
    anywhere = (reasons.filter(like="reason_") == "income").any(axis=1).sum()
    assert table.set_index("reason")["count"]["income"] == anywhere


def frame(counts):
    names = [None if name == "-" else name for name in counts]
    return pd.DataFrame(
        {"reason_1": np.repeat(np.array(names, dtype=object), list(counts.values()))}
    )


def test_stability_between_batches_is_that_of_the_counts():
    before, after = frame({"a": 50, "b": 30, "-": 20}), frame({"a": 30, "b": 45, "-": 25})
    row = reason_stability(before, after).iloc[0]
    index = population_stability_index([50, 30, 20], [30, 45, 25])
    assert row["psi"] == pytest.approx(index.value)
    assert row["p_value"] == row["adjusted_p_value"] == pytest.approx(index.p_value)
    assert (row["rank"], row["band"]) == (1, "shift")
    assert row["critical_value"] == pytest.approx(
        5.991464547 / 50
    )  # chi-square with 2 degrees over n m / (n + m)
    ranks = [of.assign(reason_2=of["reason_1"].to_numpy()[::-1]) for of in (before, after)]
    both = reason_stability(*ranks)
    assert both["adjusted_p_value"].tolist() == pytest.approx([2 * index.p_value] * 2)
    same = reason_stability(frame({"a": 5}), frame({"a": 9})).iloc[0]
    assert same["band"] == "one reason"
    assert np.isnan(same["psi"])
    with pytest.warns(SparseCellWarning):
        reason_stability(before, frame({"a": 40, "c": 60}))


@pytest.mark.slow
def test_reasons_of_one_law_are_called_stable():
    """600 pairs of batches: the test of the first reason rejects 5 % of them."""
    rng = np.random.default_rng(0)
    shares, names = [0.5, 0.3, 0.15, 0.05], ["a", "b", "c", "-"]
    study = Study(600, rejects=(14 / 600, 46 / 600))  # three standard errors
    for _ in study:
        pair = [
            frame(dict(zip(names, rng.multinomial(400, shares), strict=True))) for _ in range(2)
        ]
        study.note(rejects=reason_stability(*pair)["p_value"][0] < 0.05)
    study.check("reasons of one law")


def test_confidence_of_reasons_by_hand():
    """One reason is 'x' unless a draw turns the order of the bins: Phi(difference / its error)."""
    X = pd.DataFrame({"x": np.repeat([0.0, 1.0], [60, 60])})
    y = np.concatenate([np.repeat([0, 1], pair) for pair in ((30, 30), (38, 22))])
    card = Scorecard(OptimalBinner(min_bin_size=0.1), round=False).fit(X, y)
    difference = np.log(38 / 22)
    error = np.sqrt(1 / 30 + 1 / 30 + 1 / 38 + 1 / 22)
    from scipy.stats import norm

    rows = pd.DataFrame({"x": [0.0, 1.0]})
    with pytest.warns(ApproximationWarning, match="keep a reason take the bins as given"):
        found = card.reason_confidence(rows, n_draws=20_000, random_state=0)
    np.testing.assert_allclose(found["first_kept"], norm.cdf(difference / error), atol=0.01)
    np.testing.assert_array_equal(found["first_kept"], found["set_kept"])


def test_confidence_of_reasons_grows_with_the_sample():
    rows = portfolio(300, seed=9)[0]
    small, large = (
        Scorecard().fit(*portfolio(n, seed=2)).reason_confidence(rows, 2, random_state=0)
        for n in (800, 20_000)
    )
    assert small["set_kept"].mean() < large["set_kept"].mean()
    assert small.min().min() >= 0.0
    assert large.max().max() <= 1.0
    card = Scorecard().fit(*portfolio())
    pd.testing.assert_frame_equal(
        card.reason_confidence(rows, random_state=3), card.reason_confidence(rows, random_state=3)
    )


@pytest.mark.slow
def test_confidence_of_reasons_is_the_agreement_of_resampled_cards():
    """The mean share of kept reasons is near that of bootstrapped cards in the same bins."""
    from sklearn.frozen import FrozenEstimator

    X, y = portfolio(2000, seed=4)
    card, rng = Scorecard(round=False).fit(X, y), np.random.default_rng(0)
    found = card.reason_confidence(X, 1, n_draws=400, random_state=0)["first_kept"].mean()
    first, kept = card.reason_codes(X, 1)["reason_1"], 0.0
    splits = {name: list(card.binner_.splits_[name]) for name in X}
    fixed = {name: [True] * len(values) for name, values in splits.items()}
    for _ in range(100):
        rows = rng.integers(0, len(X), size=len(X))
        binner = OptimalBinner(
            user_splits=splits, user_splits_fixed=fixed, min_bin_size=0.0, monotonic_trend=None
        ).fit(X.iloc[rows], y[rows])
        again = Scorecard(FrozenEstimator(binner), round=False).fit(X.iloc[rows], y[rows])
        kept += (again.reason_codes(X, 1)["reason_1"] == first).mean() / 100
    print(f"first reason kept: {found:.3f} by draws, {kept:.3f} by resampling")
    assert found == pytest.approx(kept, abs=0.03)


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (
            lambda card, X: card.reason_confidence(X, n_draws=0),
            "n_draws must be an integer of at least 1, got 0",
        ),
        (lambda card, X: card.reason_confidence(X, 0), "n must be an integer of at least 1, got 0"),
        (lambda _, X: reason_table(X), "reasons must be a table of reason_codes"),
        (lambda card, X: reason_table(card.reason_codes(X).head(0)), "got 0 rows"),
        (
            lambda card, X: reason_stability(card.reason_codes(X, 1), card.reason_codes(X, 2)),
            "same number of reasons",
        ),
    ],
)
def test_errors(call, text):
    X, y = portfolio(300)
    with pytest.raises(ValueError, match=text):
        call(Scorecard().fit(X, y), X)

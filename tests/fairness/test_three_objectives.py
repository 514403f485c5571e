"""Frontiers of scorecards over budgets of groups and of stability at once."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from infotheory.datasets import make_portfolio
from infotheory.evidence import population_stability_index
from infotheory.fairness import scorecard_frontier
from infotheory.fairness.frontier import dominated_points
from infotheory.plots import plot_frontier

BUDGETS, STABILITY = [0.02, 0.2, np.inf], [0.01, 0.05, np.inf]
BANDS = 8


def draw(seed, n=3000):
    return make_portfolio(
        n, numeric=[0.4, 0.2], categorical=[0.2], protected_slope=1.2, random_state=seed
    )


@pytest.fixture(scope="module")
def data():
    return draw(0)


@pytest.fixture(scope="module")
def moved():
    """Rows of a later sample, whose first characteristic has moved."""
    later = draw(1, 2000).X
    return later.assign(number_0=later["number_0"] + 0.5)


@pytest.fixture(scope="module")
def frontier(data, moved):
    return scorecard_frontier(
        data.X,
        data.y,
        data.protected,
        BUDGETS,
        later={"X": moved},
        stability_budgets=STABILITY[::-1],
        n_score_bins=BANDS,
    )


def test_every_pair_of_budgets_is_kept(frontier):
    table = frontier.to_frame()
    pairs = [(a, b) for a in BUDGETS for b in STABILITY]
    assert list(zip(table["budget"], table["stability_budget"], strict=True)) == pairs
    assert (table["iv_fair"] <= table["budget"]).all()
    assert (table["stability"] <= table["stability_budget"]).all()
    assert (table["measured"] == table["iv_fair"]).all()
    assert (table["stability_measured"] == table["stability"]).all()
    assert list(table.columns[:2]) == ["budget", "stability_budget"]
    assert repr(frontier[1]).startswith("FrontierPoint(budget 0.02 with stability 0.05: iv ")


def test_wider_budgets_never_make_a_worse_score(frontier):
    auc = frontier.to_frame()["auc"].to_numpy().reshape(3, 3)
    # The two bounds are tightened in turn: a hair may be lost, not more.
    assert (np.diff(auc, axis=0) >= -2e-3).all()
    assert (np.diff(auc, axis=1) >= -2e-3).all()
    assert auc[-1, -1] - auc[0, 0] > 0.02


def test_a_card_found_for_tighter_budgets_serves_for_looser_ones():
    """Five later rows measure little: the search for .1 and .01 ended at the constant score."""
    data = make_portfolio(
        1500,
        numeric=[0.4, 0.2],
        categorical=[0.3],
        protected_slope=1.0,
        missing_rate=0.05,
        random_state=0,
    )
    frame = scorecard_frontier(
        data.X,
        data.y,
        data.protected,
        [0.02, 0.1],
        later={"X": data.X[:5]},
        stability_budgets=[0.01, np.inf],
    ).to_frame()
    assert (frame["measured"] <= frame["budget"]).all()
    assert (frame["stability_measured"] <= frame["stability_budget"]).all()
    assert (frame["n_kept"] > 0).all()
    auc = frame.pivot(index="budget", columns="stability_budget", values="auc")
    assert (auc.loc[0.1] >= auc.loc[0.02]).all()


def test_a_budget_that_binds_is_used(frontier):
    table = frontier.to_frame().set_index(["budget", "stability_budget"])
    free = table.loc[(np.inf, np.inf)]
    assert free["stability"] > 0.05
    bound = table.loc[(np.inf, 0.05)]
    assert 0.5 * 0.05 < bound["stability"] <= 0.05
    assert bound["stability_bound"] < np.inf
    assert np.isinf(free["stability_bound"])


def test_the_index_is_that_of_the_bands_of_the_card(frontier, data, moved):
    for point in (frontier[-1], frontier[2]):
        first, later = (point.model.decision_function(X) for X in (data.X, moved))
        ends = np.quantile(first, np.arange(1, BANDS) / BANDS, method="inverted_cdf")
        # A band starts with the next score.
        starts = np.unique([first[first > end + 1e-9].min() for end in ends]) - 1e-9
        counts = [
            np.bincount(np.searchsorted(starts, scores), minlength=len(starts) + 1)
            for scores in (first, later)
        ]
        index = point.measures["stability"]
        plain = population_stability_index(*counts)
        assert index.plug_in == pytest.approx(plain.value, rel=1e-9)
        assert index.standard_error == pytest.approx(plain.standard_error, rel=1e-9)
        # Two samples of one law would not have 0: that much is taken off.
        n_effective = 1 / (1 / counts[0].sum() + 1 / counts[1].sum())
        assert index.plug_in - index.value == pytest.approx(
            (len(counts[0]) - 1) / n_effective, rel=0.2
        )


def test_without_a_bound_the_cards_are_those_without_later_rows(data, moved):
    plain = scorecard_frontier(data.X, data.y, data.protected, [0.1, np.inf])
    measured = scorecard_frontier(data.X, data.y, data.protected, [0.1, np.inf], later={"X": moved})
    for first, second in zip(plain, measured, strict=True):
        np.testing.assert_array_equal(first.model.coef_, second.model.coef_)
        assert "stability" not in first.measures
        assert second.measures["stability"].value > 0.0
    assert "stability_budget" not in plain.to_frame()


def test_with_confidence_errors_count_against_the_budget_of_stability(data, moved):
    point = scorecard_frontier(
        data.X,
        data.y,
        data.protected,
        [np.inf],
        later={"X": moved},
        stability_budgets=[0.05],
        confidence=0.95,
    )[0]
    index = point.measures["stability"]
    assert index.value + 1.6448536 * index.standard_error <= 0.05 + 1e-9
    assert point.details["stability_measured"] > index.value


def test_rows_of_weight_0_are_no_later_rows(data, moved):
    weights = np.ones(len(moved))
    weights[1000:] = 0.0
    options = {"stability_budgets": [0.03, np.inf]}
    first, second = (
        scorecard_frontier(data.X, data.y, data.protected, [np.inf], later=later, **options)
        for later in ({"X": moved, "sample_weight": weights}, {"X": moved[:1000]})
    )
    for one, other in zip(first, second, strict=True):
        np.testing.assert_allclose(one.model.coef_, other.model.coef_, rtol=1e-6, atol=1e-9)
        assert one.measures["stability"].value == pytest.approx(
            other.measures["stability"].value, rel=1e-6
        )


def test_a_score_that_must_not_drift_at_all_is_constant(data):
    # The sample of the fit against half of it that was picked by the first characteristic.
    picked = data.X[data.X["number_0"] > data.X["number_0"].median()]
    point = scorecard_frontier(
        data.X[["number_0"]],
        data.y,
        data.protected,
        [np.inf],
        later={"X": picked[["number_0"]]},
        stability_budgets=[0.0],
    )[0]
    assert point.status == "constant score"
    assert not point.model.coef_.any()
    assert point.measures["stability"].value <= 0.0


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"stability_budgets": [0.1]}, "stability_budgets need the rows of a later sample"),
        ({"later": {"y": 1}}, r"later must have the key X, and may have sample_weight, got \['y'"),
        ({"later": [1, 2]}, "later must have the key X, and may have sample_weight, got list"),
        ({"later": {"X": []}}, "later must have rows, got none"),
        ({"later": {"X": None}}, "X must hold rows of features, got one NoneType"),
        ({"later": {"X": np.array(5.0)}}, "X must hold rows of features, got one ndarray"),
        ({"later": {"X": "x"}, "stability_budgets": [-1.0]}, "stability_budgets must be numbers"),
        ({"later": {"X": "x"}, "stability_budgets": []}, "stability_budgets must be numbers"),
        ({"later": {"X": "x"}, "stability_budgets": -1.0}, r"at least 0 .*, got -1\.0"),
    ],
)
def test_what_is_refused(data, options, text):
    with pytest.raises(ValueError, match=text):
        scorecard_frontier(data.X, data.y, data.protected, [0.1], **options)


@given(
    st.lists(st.tuples(*(st.integers(0, 3).map(float) for _ in range(3))), min_size=1, max_size=9)
)
def test_dominated_points_of_three_objectives_by_brute_force(points):
    gains, first, second = zip(*points, strict=True)
    marked = dominated_points(gains, first, second)
    losses = [(-gain, a, b) for gain, a, b in points]
    for i, loss in enumerate(losses):
        beaten = any(
            all(x <= y for x, y in zip(other, loss, strict=True)) and (other != loss or j < i)
            for j, other in enumerate(losses)
        )
        assert marked[i] == beaten


def test_a_line_for_every_budget_of_stability(frontier):
    ax = plot_frontier(frontier, x="iv_fair", y="iv")
    legend = ax.get_legend()
    assert legend.get_title().get_text() == "training rows"
    assert [text.get_text() for text in legend.get_texts()] == [
        "stability index up to 0.01",
        "stability index up to 0.05",
        "stability index any",
    ]
    lines = [line for line in ax.get_lines() if line.get_linestyle() == "-"]
    assert [len(line.get_xdata()) for line in lines] == [3, 3, 3]
    drawn = sum(len(line.get_markevery()) for line in lines)
    assert drawn == (~frontier.dominated).sum()
    assert plot_frontier(frontier, x="stability").get_xlabel() == (
        "stability index of the score (nats)"
    )

import numpy as np
import pytest

from infotheory.binning import FairBinner, OptimalBinner
from infotheory.datasets import make_portfolio
from infotheory.evidence import (
    adverse_impact_ratio,
    area_under_curve,
    demographic_information_value,
    information_value,
)
from infotheory.exceptions import UnseenValueWarning
from infotheory.fairness import scorecard_frontier
from infotheory.scorecard import Scorecard
from infotheory.tables import CountTable

BUDGETS = [0.0, 0.02, 0.1, 0.2, np.inf]


def draw(seed, n=4000):
    return make_portfolio(
        n,
        numeric=[0.4, 0.2, 0.1],
        categorical=[0.2],
        protected_slope=1.2,
        missing_rate=0.05,
        random_state=seed,
    )


def as_sample(data):
    return {"X": data.X, "y": data.y, "protected": data.protected}


@pytest.fixture(scope="module")
def data():
    return draw(0)


@pytest.fixture(scope="module")
def other():
    return draw(1)


@pytest.fixture(scope="module")
def frontier(data, other):
    return scorecard_frontier(data.X, data.y, data.protected, BUDGETS, holdout=as_sample(other))


def test_what_is_measured_stays_within_the_budget_and_the_likelihood_grows_with_it(frontier):
    frame = frontier.to_frame()
    assert (frame["measured"] <= frame["budget"]).all()
    assert (frame["iv_fair"] <= frame["budget"]).all()
    assert frame["auc"].is_monotonic_increasing
    # a score with hardly a gap differs between groups by no more than chance makes it
    assert frame["status"].tolist() == ["converged"] * 5
    assert frame["measured"][0] <= 0.0
    assert frame["gap_bound"][0] < 0.1 * frame["gap_bound"][2]


def test_prints_in_a_line_and_as_a_table_in_notebooks(frontier):
    assert repr(frontier).startswith("Frontier(5 points, budgets 0, 0.02, 0.1, 0.2, inf;")
    line = repr(frontier[1])
    assert line.startswith(f"FrontierPoint(budget 0.02: iv {frontier[1].measures['iv']}, iv_fair ")
    assert line.endswith("; converged)")
    assert frontier._repr_html_().count("<tr") == 6


def test_a_budget_is_used_up_where_it_binds(frontier):
    frame = frontier.to_frame()
    assert (frame["measured"][2:4] > 0.5 * frame["budget"][2:4]).all()


def test_coefficients_have_one_sign(frontier):
    for point in frontier:
        assert (point.model.coef_ <= 0.0).all()


def test_the_model_is_a_scorecard_that_can_be_deployed(frontier, other):
    card = frontier[3].model
    again = Scorecard.from_json(card.to_json())
    np.testing.assert_array_equal(card.predict_points(other.X), again.predict_points(other.X))
    np.testing.assert_array_equal(card.predict_proba(other.X), again.predict_proba(other.X))


def test_measures_are_those_of_the_card_on_the_rows(frontier, data, other):
    point = frontier[3]
    train, test = (point.model.decision_function(sample.X) for sample in (data, other))
    auc = area_under_curve(other.y, test)
    assert point.holdout["auc"].value == pytest.approx(auc.value, rel=1e-9)
    assert point.holdout["auc"].standard_error == pytest.approx(auc.standard_error, rel=1e-9)
    cut = np.quantile(train, 0.5, method="inverted_cdf")
    ratio = adverse_impact_ratio((test <= cut + 1e-9).astype(int), other.protected)
    assert point.holdout["adverse_impact_ratio"].value == pytest.approx(ratio.value, rel=1e-9)
    ends = np.quantile(train, np.arange(1, 10) / 10, method="inverted_cdf")
    starts = np.array(
        [train[train > end + 1e-9].min() for end in ends]
    )  # a band starts with the next score
    bands = np.searchsorted(np.unique(starts) - 1e-9, test)
    table = CountTable.from_codes(bands, other.y)
    assert point.holdout["iv"].value == pytest.approx(information_value(table).value, rel=1e-9)
    groups = CountTable.from_codes(bands, (other.protected == "B").astype(int))
    of_groups = demographic_information_value(
        CountTable.from_codes(bands, other.y, group=other.protected), debias=True
    )
    assert point.holdout["iv_fair"].value == pytest.approx(of_groups.value, rel=1e-9)
    assert point.holdout["iv_fair"].plug_in == pytest.approx(
        information_value(groups).value, rel=1e-9
    )


def test_held_out_rows_are_never_tuned_on(frontier, data):
    alone = scorecard_frontier(data.X, data.y, data.protected, BUDGETS)
    for first, second in zip(frontier, alone, strict=True):
        np.testing.assert_array_equal(first.model.coef_, second.model.coef_)


def test_validation_rows_take_the_place_of_the_training_rows_in_the_search(data, other):
    tuned = scorecard_frontier(
        data.X,
        data.y,
        data.protected,
        [0.05],
        validation=as_sample(other),
        holdout=as_sample(other),
    )
    assert tuned[0].holdout["iv_fair"].value <= 0.05
    assert tuned[0].details["measured"] == pytest.approx(
        tuned[0].holdout["iv_fair"].value, rel=1e-12
    )


def test_standard_errors_count_where_confidence_is_asked(data):
    plain, sure = (
        scorecard_frontier(data.X, data.y, data.protected, [0.1], confidence=confidence)
        for confidence in (None, 0.95)
    )
    fair = sure[0].measures["iv_fair"]
    assert fair.value + 1.6448536 * fair.standard_error <= 0.1 + 1e-9
    assert fair.value < plain[0].measures["iv_fair"].value


def test_without_constraints_it_is_the_card_itself(data):
    found = scorecard_frontier(data.X, data.y, data.protected, [np.inf], sign_constraints=False)
    card = Scorecard().fit(data.X, data.y)
    np.testing.assert_allclose(found[0].model.coef_, card.coef_, atol=2e-5)
    np.testing.assert_allclose(found[0].model.covariance_, card.covariance_, rtol=1e-3, atol=1e-8)


def test_without_signs_a_budget_that_no_net_gap_meets_leaves_the_constant_score(data):
    found = scorecard_frontier(data.X, data.y, data.protected, [0.0], sign_constraints=False)
    assert found[0].status == "constant score"
    assert found[0].measures["auc"].value == 0.5


def test_bins_may_be_fair_too(data):
    card = Scorecard(FairBinner(budget=0.05, max_n_prebins=10))
    found = scorecard_frontier(data.X, data.y, data.protected, [np.inf], card=card)
    assert found[0].model.binner_.solution_.used[0] <= 0.05 + 1e-9


def test_weights_event_label_and_the_other_sign_of_woe(data):
    weights = np.random.default_rng(0).uniform(0.5, 2.0, len(data.y))
    labels = np.where(data.y == 1, "bad", "good")  # the event is the smaller label
    card = Scorecard(OptimalBinner(event_label="bad", woe_sign="event"))
    found = scorecard_frontier(
        data.X, labels, data.protected, [0.1, np.inf], card=card, sample_weight=weights
    )
    assert (found[0].model.coef_ <= 0.0).all()  # log odds of "good" fall with evidence of "bad"
    plain = scorecard_frontier(data.X, data.y, data.protected, [0.1, np.inf], sample_weight=weights)
    np.testing.assert_allclose(
        found[0].measures["auc"].value, plain[0].measures["auc"].value, atol=1e-4
    )
    assert found[1].measures["iv"].value == pytest.approx(plain[1].measures["iv"].value, rel=1e-3)


def test_even_steps_where_no_budgets_are_given(data):
    told = []
    frame = scorecard_frontier(
        data.X, data.y, data.protected, n_points=3, progress=lambda *call: told.append(call[:2])
    ).to_frame()
    largest = frame["measured"].iloc[-1]
    np.testing.assert_allclose(frame["budget"], [largest / 3, 2 * largest / 3, np.inf])
    assert told == [(1, 3), (2, 3), (3, 3)]


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"approval_rate": 1.0}, "approval_rate must lie strictly between 0 and 1, got 1.0"),
        ({"confidence": 0.2}, r"confidence must lie in \[0.5, 1\)"),
        ({"n_score_bins": 1}, "n_score_bins must be an integer of at least 2, got 1"),
        ({"missing_protected": "drop"}, "missing_protected must be one of"),
        (
            {"reference": "C"},
            r"reference of 'group' must be one of its groups \['A', 'B'\], got 'C'",
        ),
        ({"validation": {"X": 1}}, "validation must have the keys X, y and protected"),
    ],
)
def test_options_are_checked(data, options, text):
    with pytest.raises(ValueError, match=text):
        scorecard_frontier(data.X, data.y, data.protected, [0.1], **options)


@pytest.mark.parametrize("reference", ["A", None])
def test_a_point_that_approves_nobody_of_the_reference_has_no_ratio_and_stays(
    data, other, reference
):
    risk = scorecard_frontier(data.X, data.y, data.protected, [np.inf])[0].model.predict_proba(
        other.X
    )[:, 1]
    # The riskiest tenth is refused; with a reference it is all that is left of that group.
    refused = risk > np.quantile(risk, 0.9)
    rows = refused if reference is None else refused | (np.asarray(other.protected) != reference)
    held_out = {key: values[rows] for key, values in as_sample(other).items()}
    frontier = scorecard_frontier(
        data.X, data.y, data.protected, [0.0, np.inf], holdout=held_out, reference=reference
    )

    fair, free = (point.holdout["adverse_impact_ratio"] for point in frontier)
    assert fair.value > 0.0
    assert fair.reason is None
    assert np.isnan([free.value, *free.interval()]).all()
    whose = "any group" if reference is None else "the reference group 'A'"
    assert free.reason.startswith(f"nobody of {whose} has the favourable decision")
    assert np.isfinite(frontier[1].measures["adverse_impact_ratio"].value)
    table = frontier.to_frame()
    assert table["holdout_adverse_impact_ratio"].isna().tolist() == [False, True]
    assert table["holdout_auc"].notna().all()


@pytest.mark.parametrize("sample", ["validation", "holdout", "later"])
def test_values_that_the_training_rows_never_had_are_named(data, other, sample):
    column = "category_0"
    new = other.X.assign(**{column: other.X[column].where(np.arange(len(other.y)) >= 7, "new")})
    rows = {"X": new} if sample == "later" else as_sample(other) | {"X": new}
    ask = (data.X, data.y, data.protected, [0.1, np.inf])
    with pytest.warns(UnseenValueWarning, match=r"never had \(category_0: 7 rows\)") as told:
        scorecard_frontier(*ask, **{sample: rows})
    assert len(told) == 1
    # Rows of weight 0 are no rows: nothing is told of them.
    weights = (np.arange(len(other.y)) >= 7).astype(float)
    scorecard_frontier(*ask, **{sample: rows | {"sample_weight": weights}})

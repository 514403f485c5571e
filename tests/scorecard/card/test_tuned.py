"""Cards whose bins are tuned by hand, and the comparison of two cards on the same rows."""

import re

import numpy as np
import pytest
from sklearn.frozen import FrozenEstimator

from infotheory.binning import OptimalBinner, keep_features, merge_bins, redo_step, undo_step
from infotheory.datasets import make_portfolio
from infotheory.evidence import area_under_curve
from infotheory.report import scorecard_report
from infotheory.scorecard import Scorecard, compare_cards


@pytest.fixture(scope="module")
def portfolio():
    made = make_portfolio(3000, numeric=[0.6, 0.3], categorical=[0.4], random_state=3)
    return made.X, made.y


@pytest.fixture(scope="module")
def card(portfolio):
    return Scorecard(OptimalBinner(min_bin_size=0.1), pdo=40).fit(*portfolio)


def test_a_card_is_tuned_on_its_rows_and_keeps_its_scale(portfolio, card):
    X, y = portfolio
    tuned = merge_bins(card, "number_0", [0, 1], reason="policy", rows=(X, y))
    expected = Scorecard(
        FrozenEstimator(merge_bins(card.binner_, "number_0", [0, 1], reason="policy")), pdo=40
    ).fit(X, y)
    np.testing.assert_array_equal(tuned.predict_points(X), expected.predict_points(X))
    assert [line["action"] for line in tuned.binner_.audit_] == ["merge"]

    back = undo_step(tuned, reason="no", rows=(X, y))
    np.testing.assert_array_equal(back.predict_points(X), card.predict_points(X))
    again = redo_step(back, reason="yes", rows=(X, y))
    np.testing.assert_array_equal(again.predict_points(X), tuned.predict_points(X))
    assert Scorecard.from_json(again.to_json()).binner_.audit_ == again.binner_.audit_


def test_a_card_is_fitted_on_rows_so_that_it_needs_them(portfolio, card):
    with pytest.raises(ValueError, match=r"pass rows=\(X, y\) of the fit"):
        merge_bins(card, "number_0", [0, 1], reason="policy")


def test_a_card_of_fewer_features_is_reported_with_what_was_set_aside(portfolio, card, tmp_path):
    X, y = portfolio
    fewer = X[["number_0", "category_0"]]
    kept = keep_features(card, list(fewer.columns), reason="weak", rows=(fewer, y))
    assert kept.n_features_in_ == 2
    assert len(kept.points_) == 2
    assert Scorecard.from_json(kept.to_json()).binner_.audit_ == kept.binner_.audit_

    report = scorecard_report(kept, fewer, y)
    (line,) = report.summary["audit"]
    assert (line["action"], line["feature"], line["iv_after"]) == ("exclude", "number_1", None)
    report.to_html(tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text()
    (row,) = re.findall("<tr>(?:(?!<tr>).)*exclude.*?</tr>", page, flags=re.DOTALL)
    assert "number_1" in row
    assert "None" not in row
    assert "nan" not in row


def test_the_comparison_is_that_of_the_two_cards(portfolio, card):
    X, y = portfolio
    tuned = merge_bins(card, "number_0", [0, 1], reason="policy", rows=(X, y))
    result = compare_cards(card, tuned, X, y)
    for one, area in ((card, result.auc_before), (tuned, result.auc_after)):
        assert area.value == area_under_curve(y, one.decision_function(X)).value
    assert result.auc_difference.value == result.auc_after.value - result.auc_before.value
    assert 0.0 < result.auc_difference.standard_error < result.auc_before.standard_error

    assert result.characteristics["feature"].tolist() == list(X.columns)
    np.testing.assert_array_equal(result.characteristics["coefficient_after"], tuned.coef_[0])
    np.testing.assert_array_equal(result.characteristics["vif_before"], card.variance_inflation_)
    labels = result.points.query("feature == 'number_0'")["bin"].tolist()
    assert tuned.binner_.specs_["number_0"].labels[0] in labels
    assert (result.points["points_before"] != result.points["points_after"]).all()


def test_the_error_of_the_difference_is_its_spread_over_samples(portfolio, card):
    """Two fixed cards on many samples of the same law."""
    X, y = portfolio
    tuned = keep_features(card, ["number_0", "category_0"], reason="a",
                          rows=(X[["number_0", "category_0"]], y))  # fmt: skip
    values, errors = [], []
    for seed in range(150):
        rows = np.random.default_rng(seed).integers(len(y), size=800)
        difference = compare_cards(card, tuned, X.iloc[rows], y.iloc[rows]).auc_difference
        values.append(difference.value)
        errors.append(difference.standard_error)
    assert np.mean(errors) == pytest.approx(np.std(values), rel=0.15)


def test_cards_that_rank_alike_have_a_difference_without_an_error(portfolio, card):
    difference = compare_cards(card, card, *portfolio).auc_difference
    assert difference.value == 0.0
    assert np.isnan(difference.interval()).all()
    assert "rank the rows alike" in difference.reason


def test_weights_count_as_repeated_rows_in_the_areas(portfolio, card):
    X, y = portfolio
    tuned = merge_bins(card, "number_0", [0, 1], reason="policy", rows=(X, y))
    times = np.random.default_rng(0).integers(1, 3, len(y))
    weighted = compare_cards(card, tuned, X, y, times)
    repeated = compare_cards(card, tuned, X.loc[X.index.repeat(times)], np.repeat(y, times))
    assert weighted.auc_difference.value == pytest.approx(repeated.auc_difference.value, abs=1e-12)


def test_cards_of_other_events_are_not_compared(portfolio, card):
    X, y = portfolio
    other = Scorecard(OptimalBinner(min_bin_size=0.1), event_label=0).fit(X, y)
    with pytest.raises(ValueError, match="both cards must have the same labels and event"):
        compare_cards(card, other, X, y)

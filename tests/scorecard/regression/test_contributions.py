"""Errors of points and scores: closed forms, derivatives, what is given, coverage."""

import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.frozen import FrozenEstimator

from infotheory._patterns import Patterns
from infotheory.binning import OptimalBinner
from infotheory.exceptions import ApproximationWarning
from infotheory.scorecard import Scorecard
from infotheory.scorecard.regression.coefficients import stacked_covariance
from infotheory.scorecard.regression.contributions import (
    contribution_covariance,
    log_odds_errors,
    point_errors,
)
from infotheory.scorecard.regression.logistic import fit_logistic
from infotheory.scorecard.regression.regressors import Regressor, columns_of
from tests.studies import Study

from .conftest import CODES, SIZES, law, patterns_of, regressors_of

FACTOR = 20 / np.log(2)


def contributions(counts):
    """Intercept and contributions of all codes, from the counts of every pattern."""
    patterns = patterns_of(counts)
    regressors = regressors_of(patterns)
    fit = fit_logistic(patterns.design(columns_of(regressors)), patterns.counts)
    return np.concatenate(
        [[fit.intercept], *(b * r.woe for b, r in zip(fit.coefficients, regressors, strict=True))]
    ), (
        fit,
        patterns,
        regressors,
    )


@pytest.mark.filterwarnings("ignore:intervals of scores:infotheory.exceptions.ApproximationWarning")
def test_one_characteristic_has_the_error_of_its_weight_of_evidence():
    """The coefficient is -1 without error: the log odds of a bin are those of its rows.

    Their variance is 1/g + 1/b.
    """
    X = pd.DataFrame({"x": np.repeat([1.0, 2.0, 3.0], [50, 60, 90])})
    y = np.concatenate([np.repeat([0, 1], pair) for pair in ((20, 30), (40, 20), (75, 15))])
    card = Scorecard(OptimalBinner(), round=False).fit(X, y)
    assert len(card.binner_.splits_["x"]) == 2
    rows = pd.DataFrame({"x": [1.0, 2.0, 3.0]})
    expected = np.sqrt([1 / 20 + 1 / 30, 1 / 40 + 1 / 20, 1 / 75 + 1 / 15])
    frame = card.score_intervals(rows, level=0.9)
    np.testing.assert_allclose(frame["standard_error"], FACTOR * expected, rtol=1e-8)
    np.testing.assert_allclose(
        frame["high"] - frame["points"], 1.6448536269514722 * FACTOR * expected, rtol=1e-8
    )
    np.testing.assert_allclose(
        card.point_intervals()["standard_error"][:3], FACTOR * expected, rtol=1e-8
    )
    chance = card.probability_intervals(rows)
    np.testing.assert_allclose(chance["standard_error"], expected, rtol=1e-8)
    np.testing.assert_allclose(chance["probability"], [0.6, 1 / 3, 1 / 6], rtol=1e-8)
    np.testing.assert_allclose(
        np.log(chance["low"] / (1 - chance["low"])),
        chance["log_odds"] - 1.959963984540054 * expected,
    )


def test_separate_points_have_the_error_of_the_weight_of_evidence_alone():
    """1/g - 1/G + 1/b - 1/B for a bin, and 1/G + 1/B for the intercept ln(B / G)."""
    X = pd.DataFrame({"x": np.repeat([1.0, 2.0], [50, 60])})
    y = np.concatenate([np.repeat([0, 1], pair) for pair in ((20, 30), (40, 20))])
    table = Scorecard(intercept="separate").fit(X, y).point_intervals()
    bins = [1 / 20 - 1 / 60 + 1 / 30 - 1 / 50, 1 / 40 - 1 / 60 + 1 / 20 - 1 / 50]
    np.testing.assert_allclose(
        table["standard_error"][:3], FACTOR * np.sqrt([1 / 60 + 1 / 50, *bins]), rtol=1e-7
    )
    assert table["feature"][0] == "(base points)"
    assert (table["points"] == np.rint(table["points"])).all()
    np.testing.assert_allclose((table["low"] + table["high"]) / 2, table["points"], atol=0.5)


def test_the_covariance_is_the_sum_of_squared_derivatives():
    """Adding a row of a cell moves the contributions by what a numerical derivative says."""
    counts = np.random.default_rng(2).multinomial(4000, law().ravel()).reshape(-1, 2) + 1.0
    _, parts = contributions(counts)
    total = np.zeros((1 + sum(SIZES), 1 + sum(SIZES)))
    for cell in np.ndindex(counts.shape):
        step = np.zeros_like(counts)
        step[cell] = 1e-3
        slope = (contributions(counts + step)[0] - contributions(counts - step)[0]) / 2e-3
        total += counts[cell] * np.outer(slope, slope)
    small, found = contribution_covariance(*parts)
    np.testing.assert_allclose(found, total, rtol=1e-3, atol=1e-7)
    np.testing.assert_allclose(small, stacked_covariance(*parts), rtol=1e-9, atol=1e-15)


def test_given_weights_of_evidence_leave_the_coefficients():
    counts = 2000 * law()
    patterns = patterns_of(counts)
    given = [Regressor(r.woe) for r in regressors_of(patterns)]
    fit = fit_logistic(patterns.design(columns_of(given)), counts)
    small, whole = contribution_covariance(fit, patterns, given)
    design = np.column_stack([np.ones(len(CODES)), patterns.design(columns_of(given))])
    expected = np.sqrt(np.einsum("ij,jk,ik->i", design, fit.covariance, design))
    np.testing.assert_allclose(log_odds_errors(whole, SIZES, patterns.codes), expected, rtol=1e-9)
    np.testing.assert_array_equal(small, fit.covariance)


def test_a_frozen_binner_of_other_rows_takes_its_weights_as_given():
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"x": rng.normal(size=900), "z": rng.normal(size=900)})
    y = (rng.random(900) < 1 / (1 + np.exp(-X["x"] - X["z"]))).astype(int)
    binner = OptimalBinner().fit(X[:400], y[:400])
    card = Scorecard(FrozenEstimator(binner)).fit(X[400:], y[400:])
    design = np.column_stack([np.ones(500), binner.transform(X[400:])])
    expected = np.sqrt(np.einsum("ij,jk,ik->i", design, card.covariance_, design))
    np.testing.assert_allclose(
        card.probability_intervals(X[400:])["standard_error"], expected, rtol=1e-9
    )


def test_scaled_weights_change_no_error():
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"x": rng.normal(size=900)})
    y = (rng.random(900) < 1 / (1 + np.exp(-X["x"]))).astype(int)
    weights = rng.exponential(size=900)
    one, ten = (
        Scorecard().fit(X, y, sample_weight=c * weights).score_intervals(X) for c in (1.0, 10.0)
    )
    np.testing.assert_allclose(one["standard_error"], ten["standard_error"], rtol=1e-6)


def test_bins_without_rows_carry_their_share_of_the_intercept_only():
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"x": rng.normal(size=900), "one": 1.0})
    card = Scorecard().fit(X, (rng.random(900) < 1 / (1 + np.exp(-X["x"]))).astype(int))
    table = card.point_intervals().set_index(["feature", "bin"])["standard_error"]
    assert table["x", "Missing"] == pytest.approx(FACTOR * np.sqrt(card.covariance_[0, 0]))
    # One bin of all rows has no evidence that varies: the interval of its points is withheld.
    assert table["one"].isna().all()


def test_few_events_are_said_where_bins_were_learnt_beside_them():
    """60 to 100 events cover 77 to 86 %; a frozen binner of other rows holds."""
    rng = np.random.default_rng(8)
    X = rng.normal(size=(1500, 2))
    y = (rng.random(1500) < 0.1 / (1 + np.exp(-X[:, 0]))).astype(int)
    card = Scorecard(signs="free").fit(X[:900], y[:900])
    for method in (card.score_intervals, card.probability_intervals):
        with pytest.warns(ApproximationWarning, match="rows of the rarer class: below 100"):
            method(X[:5])
    frozen = FrozenEstimator(card.binner_)
    Scorecard(frozen, signs="free").fit(X[900:], y[900:]).score_intervals(X[:5])


@pytest.mark.parametrize("n_events", [1, 40])
def test_few_events_are_said_of_a_card_without_active_characteristics(n_events):
    """Nothing varies with the rows of such a card, which was taken for evidence of other rows."""
    X = np.random.default_rng(1).normal(size=(600, 2))
    y = (np.arange(600) < n_events).astype(int)
    binner = OptimalBinner(max_n_bins=1) if n_events > 1 else OptimalBinner()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        card = Scorecard(binner).fit(X, y)
        frozen = Scorecard(FrozenEstimator(card.binner_)).fit(X, y)
    assert not card.active_.any()
    with pytest.warns(ApproximationWarning, match=f"{n_events} rows of the rarer class") as told:
        card.score_intervals(X[:5])
    assert len(told) == 1
    frozen.score_intervals(X[:5])


@pytest.mark.filterwarnings("ignore:intervals of scores:infotheory.exceptions.ApproximationWarning")
def test_errors():
    X, y = np.arange(100.0)[:, None], np.repeat([0, 1, 0], [40, 30, 30])
    card = Scorecard().fit(X, y)
    for method in (card.point_intervals, lambda level: card.score_intervals(X, level=level)):
        with pytest.raises(ValueError, match=r"level must lie strictly between 0 and 1, got 1\.5"):
            method(level=1.5)


@pytest.mark.slow
@pytest.mark.parametrize("weights", [False, True])
def test_intervals_of_points_and_scores_cover(weights):
    """Every bin and every applicant: nominal 95 %, 1200 samples of 4000 rows.

    Taking bins as given fails.
    """
    table, rng = law(), np.random.default_rng(11)
    true, _ = contributions(table)
    starts = 1 + np.r_[0, np.cumsum(SIZES)[:-1]]
    exact = true[0] + true[CODES + starts].sum(axis=1)
    share = np.full(3, 1 / 3)
    true_points = true[0] / 3 + true[1:]
    study = Study(1200, bins=(0.928, 0.972), rows=(0.928, 0.972), naive=(-1.0, 0.85))
    for _ in study:
        if weights:
            light, heavy = (
                rng.multinomial(2000, table.ravel()).reshape(-1, 2).astype(float) for _ in range(2)
            )
            sample = (light + 3.0 * heavy, light + 9.0 * heavy)
        else:
            sample = (rng.multinomial(4000, table.ravel()).reshape(-1, 2).astype(float),) * 2
        patterns = Patterns(CODES, *sample)
        regressors = regressors_of(patterns)
        fit = fit_logistic(patterns.design(columns_of(regressors)), patterns.counts)
        small, whole = contribution_covariance(fit, patterns, regressors)
        found = np.concatenate(
            [b * r.woe for b, r in zip(fit.coefficients, regressors, strict=True)]
        )
        errors = np.concatenate(point_errors(whole, SIZES, share, 1.0))
        of_bins = np.abs(fit.intercept / 3 + found - true_points) < 1.96 * errors
        score = fit.intercept + found[CODES + starts - 1].sum(axis=1)
        of_rows = np.abs(score - exact) < 1.96 * log_odds_errors(whole, SIZES, CODES)
        design = np.column_stack([np.ones(len(CODES)), patterns.design(columns_of(regressors))])
        naive = np.abs(score - exact) < 1.96 * np.sqrt(
            np.einsum("ij,jk,ik->i", design, small, design)
        )
        study.note(bins=of_bins, rows=of_rows, naive=naive.mean())
    study.check(f"bins, rows, and weights of evidence taken as given, weights {weights}")


@pytest.mark.slow
def test_intervals_of_scores_cover_where_weights_of_evidence_are_given():
    """A frozen binner that learnt on other rows: nominal 95 %, 1200 samples of 4000 rows."""
    table, rng, study = law(), np.random.default_rng(12), Study(1200, covers=(0.928, 0.972))
    given = [Regressor(r.woe) for r in regressors_of(patterns_of(200_000 * table))]
    columns = patterns_of(table).design(columns_of(given))
    exact = fit_logistic(columns, table).log_odds(columns)
    for _ in study:
        patterns = Patterns(
            CODES, *(rng.multinomial(4000, table.ravel()).reshape(-1, 2).astype(float),) * 2
        )
        fit = fit_logistic(columns, patterns.counts)
        errors = log_odds_errors(contribution_covariance(fit, patterns, given)[1], SIZES, CODES)
        study.note(covers=np.abs(fit.log_odds(columns) - exact) < 1.96 * errors)
    study.check("weights of evidence given")

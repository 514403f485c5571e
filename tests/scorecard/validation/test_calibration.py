"""Calibration line, Hosmer-Lemeshow, Brier score: by hand, scipy, scikit-learn, size."""

import itertools

import numpy as np
import pytest
from scipy import optimize, special, stats
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss

from infotheory.scorecard import (
    brier_score,
    calibration_intercept,
    calibration_slope,
    hosmer_lemeshow,
)
from infotheory.scorecard.validation.outcome_laws import _moments_of_squares, squares_p_value
from tests.studies import Study


def sample(n=600, seed=0):
    rng = np.random.default_rng(seed)
    p = 1.0 / (1.0 + np.exp(1.5 - rng.normal(size=n)))
    return (rng.random(n) < p).astype(int), p


def test_brier_equals_sklearn_and_its_error_is_that_of_a_mean():
    y, p = sample()
    brier = brier_score(y, p)
    assert brier.value == pytest.approx(brier_score_loss(y, p))
    assert brier.standard_error == pytest.approx(np.std((y - p) ** 2) / np.sqrt(y.size))
    weights = np.random.default_rng(1).random(y.size)
    assert brier_score(y, p, sample_weight=weights).value == pytest.approx(
        brier_score_loss(y, p, sample_weight=weights)
    )


def test_calibration_line_equals_sklearn():
    y, p = sample()
    eta = np.log(p / (1 - p))
    theirs = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-10).fit(eta[:, None], y)
    slope = calibration_slope(y, p)
    assert slope.value == pytest.approx(theirs.coef_[0, 0], abs=1e-6)
    assert slope.p_value == pytest.approx(
        2 * stats.norm.sf(abs(slope.value - 1) / slope.standard_error)
    )


def test_calibration_in_the_large_by_hand():
    shift = calibration_intercept(np.repeat([0, 1], [30, 10]), np.full(40, 0.5))
    assert shift.value == pytest.approx(np.log(1 / 3))
    assert shift.standard_error == pytest.approx(np.sqrt(1 / 30 + 1 / 10))


def test_predictions_that_are_too_far_apart_leave_the_shift_less_certain():
    # as many events as predicted, at rates of .3 and .7 for .1 and .9: squares of 50, not of 18
    y = np.repeat([1, 0, 1, 0], [30, 70, 70, 30])
    shift = calibration_intercept(y, np.repeat([0.1, 0.9], 100))
    assert shift.value == pytest.approx(0.0, abs=1e-9)
    assert shift.standard_error == pytest.approx(np.sqrt(50) / 18)
    # a line through two points says all that the rows do
    slope = calibration_slope(y, np.repeat([0.1, 0.9], 100))
    assert slope.standard_error == pytest.approx(np.sqrt(2 / 21) / (2 * np.log(9)))


def test_a_shifted_model_is_shifted_back():
    y, p = sample()
    odds = p / (1 - p) * np.exp(calibration_intercept(y, p).value)
    assert calibration_intercept(y, odds / (1 + odds)).value == pytest.approx(0.0, abs=1e-8)


def test_moments_of_squares_are_those_of_all_outcomes():
    """Three rows in one group and two in another: 32 samples, each with its probability."""
    p, weights = np.array([0.1, 0.6, 0.3, 0.2, 0.5]), np.array([1.0, 2.0, 1.0, 3.0, 1.0])
    groups, shift = np.array([0, 0, 0, 1, 1]), np.array([0.3, -0.2])
    y = np.array(list(itertools.product([0, 1], repeat=5)))
    chance = np.where(y == 1, p, 1.0 - p).prod(axis=1)
    excess = weights * (y - p)
    squares = (excess[:, :3].sum(axis=1) + 0.3) ** 2 + (excess[:, 3:].sum(axis=1) - 0.2) ** 2
    mean = chance @ squares
    wanted = [mean, chance @ (squares - mean) ** 2, chance @ (squares - mean) ** 3]
    assert _moments_of_squares(p, weights, shift, groups) == pytest.approx(wanted)


@pytest.mark.parametrize("spread", [0.7, 1.2])
@pytest.mark.parametrize("scatter", [1.0, 2.0, 4.0])
def test_size_where_groups_expect_next_to_no_event(scatter, spread):
    """Chi-square rejected .05 to .13 of such samples, and every one of weighted rows."""
    rng = np.random.default_rng(5)
    p = np.sort(special.expit(-1.5 - 0.6 * scatter + scatter * rng.normal(size=400)))
    groups = np.arange(400) // 40
    for weights in (np.ones(400), rng.lognormal(0.0, spread, 400)):
        variance = np.bincount(groups, weights**2 * p * (1.0 - p))
        excess = weights * ((rng.random((400, 400)) < p) - p)
        statistics = (np.add.reduceat(excess, np.arange(0, 400, 40), axis=1) ** 2 / variance).sum(1)
        p_values = np.array([squares_p_value(s, 10, p, weights, groups) for s in statistics])
        print(f"{scatter} {spread}: {np.mean(p_values < 0.05):.3f} {np.mean(p_values < 0.01):.3f}")
        assert 0.01 <= np.mean(p_values < 0.05) <= 0.06 + 2 * np.sqrt(0.05 * 0.95 / 400)
        assert np.mean(p_values < 0.01) <= 0.02 + 2 * np.sqrt(0.01 * 0.99 / 400)


def test_events_that_could_not_be_are_told_from_those_that_were_not():
    """An event of 1e-300 made every p-value of its sample 1e-97, whether it occurred or not."""
    p = [1e-300, 1e-300, 0.2, 0.3]
    quiet, loud = (hosmer_lemeshow(y, p, n_groups=3) for y in ([0, 0, 0, 1], [0, 1, 0, 0]))
    assert quiet.statistic == pytest.approx(0.2 / 0.8 + 0.7 / 0.3)
    assert 0.2 < quiet.p_value < 0.4
    assert loud.p_value < 1e-100
    # one event where .002 are expected, beside as many as expected
    p = np.r_[np.full(200, 1e-5), np.full(200, 0.3)]
    y = np.r_[1, np.zeros(199), np.tile([1, 0, 0, 0, 0, 1, 0, 0, 0, 1], 20)].astype(int)
    one = hosmer_lemeshow(y, p, n_groups=2)
    assert one.statistic == pytest.approx(0.998**2 / 0.002, rel=1e-4)
    assert one.p_value == pytest.approx(1.0 - (1.0 - 1e-5) ** 200, rel=0.02)
    # one row of 1/2 in each group has one statistic whatever happens
    half, alone = np.full(3, 0.5), np.arange(3)
    assert squares_p_value(3.0, 3, half, np.ones(3), alone) == 1.0
    assert squares_p_value(3.1, 3, half, np.ones(3), alone) == 0.0


def test_groups_that_vary_enough_have_a_chi_square():
    y, p = sample()
    test = hosmer_lemeshow(y, p, n_groups=5)
    assert test.p_value == stats.chi2.sf(test.statistic, 5)
    few = hosmer_lemeshow(y[::6], p[::6], n_groups=5)
    assert few.p_value != pytest.approx(stats.chi2.sf(few.statistic, 5), rel=1e-4)
    twice = hosmer_lemeshow(y[::6], p[::6], n_groups=5, sample_weight=np.full(100, 1e-20))
    assert twice.p_value == pytest.approx(few.p_value)


def test_hosmer_lemeshow_is_pearsons_statistic_of_the_groups():
    rng = np.random.default_rng(2)
    p = np.repeat([0.1, 0.3, 0.6], 100)
    y = (rng.random(300) < p).astype(int)
    events = y.reshape(3, 100).sum(axis=1)
    observed = np.stack([events, 100 - events])
    expected = 100 * np.array([[0.1, 0.3, 0.6], [0.9, 0.7, 0.4]])
    test = hosmer_lemeshow(y, p, n_groups=3)
    assert test.statistic == pytest.approx(((observed - expected) ** 2 / expected).sum())
    assert (
        test.degrees_of_freedom,
        hosmer_lemeshow(y, p, n_groups=3, fitted=True).degrees_of_freedom,
    ) == (3, 1)
    assert test.p_value == pytest.approx(stats.chi2.sf(test.statistic, 3))
    assert np.isnan(hosmer_lemeshow(y, p, n_groups=2, fitted=True).p_value)
    twice = hosmer_lemeshow(y, p, n_groups=3, sample_weight=np.full(300, 2.0))
    assert twice.statistic == pytest.approx(test.statistic)


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (
            lambda: brier_score([0, 1], [0.5, 1.5]),
            "probability must lie between 0 and 1, got 1.5 in row 1",
        ),
        (
            lambda: hosmer_lemeshow([0, 1], [0.5, 1.0]),
            "probability must lie strictly between 0 and 1, got 1.0 in row 1",
        ),
        (
            lambda: calibration_intercept([0, 1], [0.0, 0.5]),
            "strictly between 0 and 1, got 0.0 in row 0",
        ),
        (
            lambda: calibration_slope([0, 1], [0.5, 0.5]),
            "probabilities must differ for a slope, got 0.5 in all 2 rows",
        ),
        (lambda: brier_score([0, 0], [0.5, 0.5]), "got one class"),
    ],
)
def test_errors(call, text):
    with pytest.raises(ValueError, match=text):
        call()


@pytest.mark.slow
@pytest.mark.parametrize("weighted", [False, True])
def test_size_and_coverage_where_probabilities_hold(weighted):
    rng, n = np.random.default_rng(11), 1500
    grid = 1.0 / (1.0 + np.exp(1.5 - rng.normal(size=1_000_000)))
    truth = (grid * (1 - grid)).mean()
    # three standard errors of 1000 samples
    study = Study(1000, **dict.fromkeys(["brier", "intercept", "slope", "hosmer"], (0.029, 0.071)))
    for _ in study:
        p = 1.0 / (1.0 + np.exp(1.5 - rng.normal(size=n)))
        y = (rng.random(n) < p).astype(int)
        w = rng.choice([1.0, 3.0], size=n) if weighted else None
        low, high = brier_score(y, p, sample_weight=w).interval()
        study.note(
            brier=not low <= truth <= high,
            intercept=calibration_intercept(y, p, sample_weight=w).p_value < 0.05,
            slope=calibration_slope(y, p, sample_weight=w).p_value < 0.05,
            hosmer=hosmer_lemeshow(y, p, sample_weight=w).p_value < 0.05,
        )
    study.check(f"probabilities that hold, weighted {weighted}")


@pytest.mark.slow
@pytest.mark.parametrize(("n", "spread", "slope"), [(3000, 1.5, 0.6), (2000, 2.0, 0.4)])
def test_coverage_of_the_line_where_probabilities_are_too_far_apart(n, spread, slope):
    """By the variance that the fit says alone the shift is covered in .92 and .88."""
    rng = np.random.default_rng(13)
    eta = rng.normal(-2.0, spread, size=400_000)
    held = special.expit(slope * eta).mean()
    truth = optimize.brentq(lambda shift: special.expit(eta + shift).mean() - held, -3, 3)
    study = Study(400, shift=(0.92, 1.0), slope=(0.92, 1.0))
    for _ in study:
        eta = rng.normal(-2.0, spread, size=n)
        y, p = (rng.random(n) < special.expit(slope * eta)).astype(int), special.expit(eta)
        (low, high), (least, most) = (
            found(y, p).interval() for found in (calibration_intercept, calibration_slope)
        )
        study.note(shift=low <= truth <= high, slope=least <= slope <= most)
    study.check(f"slope {slope} of {n} rows")


@pytest.mark.slow
def test_size_of_hosmer_lemeshow_on_the_rows_of_the_fit():
    # three standard errors of 600 samples
    rng, n, study = np.random.default_rng(12), 1500, Study(600, rejects=(0.023, 0.077))
    for _ in study:
        x = rng.normal(size=(n, 2))
        y = (rng.random(n) < 1.0 / (1.0 + np.exp(1.5 - x.sum(axis=1)))).astype(int)
        model = LogisticRegression(C=np.inf, solver="newton-cholesky").fit(x, y)
        found = hosmer_lemeshow(y, model.predict_proba(x)[:, 1], fitted=True)
        study.note(rejects=found.p_value < 0.05)
    study.check("Hosmer and Lemeshow on the rows of the fit")


def test_a_slope_needs_probabilities_that_differ_where_rows_weigh():
    y, p, weights = [0, 1, 0, 1], [0.8, 0.8, 0.2, 0.3], [1.0, 2.0, 0.0, 0.0]
    with pytest.raises(ValueError, match=r"must differ for a slope, got 0\.8 in all 2 rows"):
        calibration_slope(y, p, sample_weight=weights)

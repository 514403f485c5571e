"""Regressions of means: against another package, against rows, influences by differences."""

import json

import numpy as np
import pytest
from scipy import special

from infotheory._evidence_table import EvidenceTable
from infotheory._patterns import Patterns
from infotheory._target_kinds import TargetKind
from infotheory.evidence.binned_samples import BinnedSamples
from infotheory.evidence.targets.encodings import encoded_bins
from infotheory.evidence.targets.kinds import filled_sums
from infotheory.exceptions import NotConvergedWarning
from infotheory.scorecard.links import LOGIT, IdentityLink, LogLink, link_of_target
from infotheory.scorecard.regression.coefficients import stacked_covariance
from infotheory.scorecard.regression.contributions import contribution_covariance, log_odds_errors
from infotheory.scorecard.regression.means import fit_mean
from infotheory.scorecard.regression.regressors import Regressor
from tests.scorecard.regression.conftest import CODES, SIZES, law
from tests.scorecard.regression.glm_numbers import CASES, NUMBERS, rows_of
from tests.studies import Study

LINKS = {
    ("fraction", 1.0): LOGIT,
    ("continuous", 0.0): IdentityLink(),
    **{("rate", power): LogLink(power) for power in (1.0, 1.5, 2.0)},
}
GLM = json.loads(NUMBERS.read_text(encoding="utf-8"))["fits"]


def sums_of(kind, y, weights):
    """The two sums of single rows, their squares and products."""
    first = weights * (1.0 - y if kind == "fraction" else 1.0)
    rows = np.column_stack([first, weights * y])
    return rows, {"squared_weights": rows**2, "crossed": rows.prod(axis=1)}


@pytest.mark.parametrize("case", CASES)
def test_coefficients_and_sandwich_are_those_of_statsmodels(case):
    kind, power, weighted = CASES[case]
    X, y, weights = rows_of(kind, weighted)
    sums, squares = sums_of(kind, y, weights)
    fit = fit_mean(X, sums, link=LINKS[kind, power], **squares)
    assert fit.status == "converged"
    theta = np.r_[fit.intercept, fit.coefficients]
    assert theta == pytest.approx(GLM[case]["theta"], rel=1e-6)
    assert fit.covariance == pytest.approx(np.array(GLM[case]["covariance"]), rel=1e-6)


@pytest.mark.parametrize("case", CASES)
def test_patterns_stand_for_rows(case):
    kind, power, weighted = CASES[case]
    X, y, weights = rows_of(kind, weighted)
    codes = np.column_stack([np.unique(column, return_inverse=True)[1] for column in X.T])
    target, learnt = TargetKind.learn(kind, y, len(y), weights)
    patterns = Patterns.from_rows(codes, target, weights, kind=learnt)
    values = [np.unique(column) for column in X.T]
    assert len(patterns.codes) < 13
    assert patterns.mass.sum() == pytest.approx(weights.sum())

    link = LINKS[kind, power]
    squares = {"squared_weights": patterns.squared_weights, "crossed": patterns.crossed}
    few = fit_mean(patterns.design(values), patterns.counts, link=link, **squares)
    sums, squares = sums_of(kind, y, weights)
    all_rows = fit_mean(X, sums, link=link, **squares)
    assert few.coefficients == pytest.approx(all_rows.coefficients, rel=1e-9)
    assert few.intercept + learnt.origin == pytest.approx(all_rows.intercept, rel=1e-9)
    assert few.covariance[1:, 1:] == pytest.approx(all_rows.covariance[1:, 1:], rel=1e-7)


@pytest.mark.parametrize("case", [case for case in CASES if "unweighted" not in case])
@pytest.mark.parametrize("scale", [1e-6, 7.0, 1e9])
def test_the_unit_of_weights_means_nothing(case, scale):
    kind, power, weighted = CASES[case]
    X, y, weights = rows_of(kind, weighted)
    for options in ({}, {"penalty": "ridge", "alpha": 3.0}):
        fits = []
        for factor in (1.0, scale):
            sums, squares = sums_of(kind, y, weights * factor)
            fits.append(fit_mean(X, sums, link=LINKS[kind, power], **squares, **options))
        assert fits[0].coefficients == pytest.approx(fits[1].coefficients, rel=1e-8)
        assert fits[0].covariance == pytest.approx(fits[1].covariance, rel=1e-7)


@pytest.mark.parametrize("power", [1.0, 1.5, 2.0])
def test_the_currency_means_nothing_under_a_ridge(power):
    X, y, weights = rows_of("rate", True)
    fits = []
    for unit in (1.0, 1e5):
        sums, squares = sums_of("rate", y * unit, weights)
        fits.append(fit_mean(X, sums, link=LogLink(power), penalty="ridge", **squares))
    assert fits[0].coefficients == pytest.approx(fits[1].coefficients, rel=1e-8)
    assert fits[1].intercept - fits[0].intercept == pytest.approx(np.log(1e5))


def stacked(case, moved=None, step=0.0):
    """Fit on weights of evidence of the same rows; one row has its weight moved by a share."""
    kind, power, weighted = CASES[case]
    X, y, weights = rows_of(kind, weighted, n_rows=120)
    codes = np.column_stack([np.unique(column, return_inverse=True)[1] for column in X.T])
    if moved is not None:
        weights = weights * (1.0 + step * (np.arange(len(y)) == moved))
    learnt = TargetKind(kind, (), 50.0 if kind == "continuous" else 0.0)
    target = y - learnt.origin
    patterns = Patterns.from_rows(codes, target, weights, kind=learnt)

    regressors = []
    for column in codes.T:
        table = EvidenceTable.from_rows(
            column, y, kind, sample_weight=weights, origin=learnt.origin
        )
        woe = np.append(encoded_bins(table, "woe", "haldane", 1.0), 0.0)
        sums = np.vstack([table.sums[:, :2], np.zeros(2)]).T
        samples = BinnedSamples(*sums, *np.zeros_like(sums))
        regressors.append(Regressor(woe, samples, of_means=kind == "continuous"))
    link = LINKS[kind, power]
    squares = {"squared_weights": patterns.squared_weights, "crossed": patterns.crossed}
    design = patterns.design([regressor.woe for regressor in regressors])
    return fit_mean(design, patterns.counts, link=link, **squares), patterns, regressors, weights


@pytest.mark.parametrize("case", CASES)
def test_errors_hold_the_estimation_of_the_weights_of_evidence(case):
    """The infinitesimal jackknife: move the weight of one row after the other, learn all anew."""
    fit, patterns, regressors, weights = stacked(case)
    step, influences = 1e-5, []
    for i in range(len(weights)):
        ends = [stacked(case, i, sign * step) for sign in (1.0, -1.0)]
        made = [
            np.concatenate(
                [[end.intercept], end.coefficients]
                + [c * r.woe for c, r in zip(end.coefficients, parts, strict=True)]
            )
            for end, _, parts, _ in ends
        ]
        influences.append((made[0] - made[1]) / (2.0 * step))
    wanted = np.transpose(influences) @ np.array(influences)

    covariance, contributions = contribution_covariance(fit, patterns, regressors)
    size = len(covariance)
    scale = np.sqrt(np.diag(wanted))
    slack = 1e-5 * np.outer(scale, scale) + 1e-12
    assert (np.abs(covariance - wanted[:size, :size]) <= slack[:size, :size]).all()
    assert stacked_covariance(fit, patterns, regressors) == pytest.approx(covariance, rel=1e-9)
    places = np.r_[0, size : len(wanted)]
    difference = contributions - wanted[np.ix_(places, places)]
    assert (np.abs(difference) <= slack[np.ix_(places, places)]).all()


def test_one_characteristic_has_the_coefficient_of_its_noise():
    for case, expected in (("fraction 1.0", -1.0), ("rate 1.0", -1.0), ("continuous 0.0", 1.0)):
        kind, power, weighted = CASES[f"{case} weighted"]
        X, y, weights = rows_of(kind, weighted)
        codes = np.unique(X[:, 0], return_inverse=True)[1]
        table = EvidenceTable.from_rows(codes, y, kind, sample_weight=weights)
        woe = encoded_bins(table, "woe", "haldane", 1.0)
        sums, squares = sums_of(kind, y, weights)
        fit = fit_mean(woe[codes][:, None], sums, link=LINKS[kind, power], **squares)
        assert fit.coefficients == pytest.approx([expected], rel=1e-9)


def test_rows_that_are_separated_have_a_ridge_and_a_warning():
    sums = np.array([[10.0, 0.0], [10.0, 4.0]])
    squares = {"squared_weights": sums**2 / 10.0, "crossed": sums.prod(axis=1) / 10.0}
    for link in (LOGIT, LogLink(1.0), LogLink(1.5)):
        with pytest.warns(NotConvergedWarning, match="rows whose target is 0"):
            fit = fit_mean(np.array([[0.0], [1.0]]), sums, link=link, names=["a"], **squares)
        assert fit.status == "separation"
        assert fit.involved == (0,)
        assert np.isfinite(fit.coefficients).all()
        assert fit.coefficients[0] > 1.0


def test_columns_that_say_the_same_are_named():
    X, y, weights = rows_of("rate", True)
    sums, squares = sums_of("rate", y, weights)
    double = np.column_stack([X, 2.0 * X[:, 0]])
    with pytest.warns(NotConvergedWarning, match="depend on each other"):
        fit = fit_mean(double, sums, link=LogLink(), **squares)
    assert fit.status == "singular"
    assert set(fit.involved) == {0, 2}
    alone = fit_mean(X, sums, link=LogLink(), **squares)
    assert fit.coefficients[1] == pytest.approx(alone.coefficients[1], rel=1e-8)


#: Kind of target, its shape, weights, rows, and what is warned of below 100 effective rows.
SETTINGS = [
    ("fraction", "humps", None, 300),
    ("fraction", "humps", "uneven", 1000),
    ("fraction", "zeros", None, 5000),
    ("rate", "counts", "exposure", 1000),
    ("rate", "zeros", None, 5000),
    ("continuous", "t3", None, 300),
    ("continuous", "skewed", "uneven", 5000),
]


def outcomes(kind, shape, eta, exposure, rng):
    """Targets about a mean that is given by the predictor, which comes back too."""
    n = eta.size
    if kind == "fraction":
        mean = special.expit(eta - 0.5) if shape == "humps" else 0.1 * special.expit(eta)
        whole = rng.random(n) < mean
        between = rng.beta(4.0 * mean, 4.0 * (1.0 - mean))
        humps = np.where(rng.random(n) < 0.7, whole, between)
        some = np.where(rng.random(n) < 2.0 * mean, rng.random(n), 0.0)
        return (humps if shape == "humps" else some), mean
    if kind == "rate":
        mean = np.exp(eta - 1.5)
        if shape == "counts":
            return rng.poisson(exposure * mean) / exposure, mean
        return 10.0 * mean * (rng.random(n) < 0.1) * rng.lognormal(-0.5, 1.0, n), mean
    if shape == "t3":
        return eta + rng.standard_t(3, n), eta
    noise = rng.lognormal(0.0, 1.0, n) - np.exp(0.5)
    return eta + noise * (1.0 + np.exp(eta)), eta


def fit_of_codes(kind, codes, y, weights):
    """Fit on weights of evidence of the same rows, whose bins are their codes."""
    learnt = TargetKind(kind)
    patterns = Patterns.from_rows(codes, y, weights, kind=learnt)
    regressors = []
    for column, size in zip(codes.T, SIZES, strict=True):
        labels = [str(j) for j in range(size)]
        table = EvidenceTable.from_rows(
            column, y, kind, sample_weight=weights, origin=0.0, labels=labels
        )
        sums, products = filled_sums(table)
        by_code = np.zeros((4, size + 1))
        by_code[:, np.flatnonzero(table.weight > 0.0)] = [
            *sums[:, :2].T, products[:, 0, 0], products[:, 1, 1]
        ]  # fmt: skip
        woe = np.append(encoded_bins(table, "woe", "haldane", 1.0), 0.0)
        samples = BinnedSamples(*by_code)
        regressors.append(Regressor(woe, samples, of_means=kind == "continuous"))
    fit = fit_mean(
        patterns.design([regressor.woe for regressor in regressors]),
        patterns.counts,
        link=link_of_target(kind),
        squared_weights=patterns.squared_weights,
        crossed=patterns.crossed,
    )
    return fit, patterns, regressors


def predictors(fit, regressors):
    return fit.intercept + sum(
        coefficient * regressor.woe[column]
        for coefficient, regressor, column in zip(
            fit.coefficients, regressors, CODES.T, strict=True
        )
    )


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "shape", "weighting", "n_rows"), SETTINGS)
def test_intervals_of_means_cover(kind, shape, weighting, n_rows):
    """Average coverage over the kinds of rows; the truth is the fit on the whole law."""
    rng = np.random.default_rng(5)
    share = law().sum(axis=1)
    eta = np.array([0.8, 0.2, -0.3, -0.7])[CODES[:, 0]] + np.array([0.5, 0.0, -0.5])[CODES[:, 1]]
    eta = eta + np.array([0.3, 0.1, 0.0, -0.2, -0.4])[CODES[:, 2]]
    _, means = outcomes(kind, shape, eta, np.ones(len(eta)), rng)
    whole, _, evidence = fit_of_codes(kind, CODES, means, share)
    truth = predictors(whole, evidence)

    # Kinds of rows share three coefficients: 250 samples leave an error of .014 at most.
    study = Study(250, covers=(0.905, 0.985))
    for _ in study:
        pattern = rng.choice(len(share), n_rows, p=share / share.sum())
        weights = np.ones(n_rows)
        if weighting is not None:
            uneven = weighting == "uneven"
            weights = rng.lognormal(0.0, 0.8, n_rows) if uneven else rng.uniform(0.003, 2.0, n_rows)
        y, _ = outcomes(kind, shape, eta[pattern], weights, rng)
        fit, patterns, regressors = fit_of_codes(kind, CODES[pattern], y, weights)
        _, contributions = contribution_covariance(fit, patterns, regressors)
        sizes = [regressor.woe.size for regressor in regressors]
        errors = log_odds_errors(contributions, sizes, CODES)
        held = np.abs(predictors(fit, regressors) - truth) <= 1.959964 * errors
        study.note(covers=np.average(held, weights=share))
    study.check(f"{kind}, {shape}, {weighting}")

"""Predicted means on rows held out: against other packages, by hand, and coverage."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special, stats
from sklearn.metrics import d2_tweedie_score, r2_score

from infotheory.datasets import make_losses
from infotheory.evidence import area_under_curve
from infotheory.scorecard import (
    ScorecardRegressor,
    concordance,
    deviance_explained,
    gini_coefficient,
    mean_calibration,
    mean_calibration_table,
    mean_gains_table,
    ordered_gini,
)
from tests.studies import Study


def claims(n, rng):
    """Numbers of claims a year, a mean that is right but for its spread, and exposures."""
    x, exposure = rng.normal(size=n), rng.uniform(1 / 365, 2.0, n)
    mean = 0.3 * np.exp(0.5 * x)
    return rng.poisson(exposure * mean) / exposure, 0.32 * np.exp(0.4 * x), exposure


def losses(n, rng):
    """Losses given default with two humps, and a mean that is not quite right."""
    x = rng.normal(size=n)
    mean = special.expit(0.8 * x - 0.5)
    between = rng.beta(4.0 * mean, 4.0 * (1.0 - mean))
    y = np.where(rng.random(n) < 0.7, rng.random(n) < mean, between)
    return y, special.expit(0.7 * x - 0.4), np.ones(n)


def numbers(n, rng):
    """Numbers with unequal variances."""
    x = rng.normal(size=n)
    return 3.0 + x + rng.normal(size=n) * np.exp(0.4 * x), 3.0 + 0.9 * x, np.ones(n)


KINDS = {"rate": claims, "fraction": losses, "continuous": numbers}


@pytest.mark.parametrize("power", [1.0, 1.3, 1.9])
def test_deviance_explained_is_that_of_scikit_learn(power):
    y, mean, weight = claims(400, np.random.default_rng(1))
    explained = deviance_explained(y, mean, target_type="rate", power=power, sample_weight=weight)
    expected = d2_tweedie_score(y, mean, sample_weight=weight, power=power)
    assert explained.value == pytest.approx(expected, abs=1e-12)


def test_gamma_deviance_needs_positive_amounts():
    rng = np.random.default_rng(0)
    mean = np.exp(rng.normal(size=300))
    y = mean * rng.gamma(2.0, 0.5, 300)
    explained = deviance_explained(y, mean, target_type="rate", power=2.0)
    assert explained.value == pytest.approx(d2_tweedie_score(y, mean, power=2.0), abs=1e-12)
    with pytest.raises(ValueError, match=r"got 1 rows of 0.*choose a power below 2"):
        deviance_explained(np.r_[0.0, y], np.r_[1.0, mean], target_type="rate", power=2.0)


def test_deviance_of_numbers_is_r_squared_and_of_labels_mcfaddens():
    y, mean, _ = numbers(300, np.random.default_rng(2))
    explained = deviance_explained(y, mean, target_type="continuous")
    assert explained.value == pytest.approx(r2_score(y, mean), abs=1e-12)

    label = (y > 3.0).astype(float)
    p = special.expit(mean - 3.0)
    own = np.log(np.where(label == 1.0, p, 1.0 - p)).sum()
    null = np.log(np.where(label == 1.0, label.mean(), 1.0 - label.mean())).sum()
    share = deviance_explained(label, p, target_type="fraction").value
    assert share == pytest.approx(1.0 - own / null, abs=1e-12)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.booleans())
def test_of_two_labels_they_are_the_area(seed, weighted):
    rng = np.random.default_rng(seed)
    y = np.r_[np.zeros(12), np.ones(12), rng.integers(0, 2, 60)]
    score = rng.integers(0, 9, y.size) + y
    weights = rng.uniform(0.2, 3.0, y.size) if weighted else None
    area = area_under_curve(y, score, sample_weight=weights)
    assert concordance(y, score, sample_weight=weights).value == pytest.approx(area.value)
    gini = ordered_gini(y, score, sample_weight=weights, relative=True)
    assert gini.value == pytest.approx(2.0 * area.value - 1.0)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_concordance_counts_pairs(seed):
    rng = np.random.default_rng(seed)
    y, mean = rng.integers(0, 6, 30).astype(float), rng.integers(0, 7, 30).astype(float)
    weight = rng.uniform(0.1, 2.0, 30)
    pairs = np.outer(weight, weight) * (y[:, None] > y)
    order = 0.5 * (1.0 + np.sign(mean[:, None] - mean))
    expected = (pairs * order).sum() / pairs.sum()
    assert concordance(y, mean, sample_weight=weight).value == pytest.approx(expected)


def test_gini_is_the_area_of_the_lorenz_curve():
    rng = np.random.default_rng(3)
    y, mean, weight = claims(200, rng)
    order = np.argsort(mean)
    share = np.r_[0.0, np.cumsum(weight[order])] / weight.sum()
    amount = np.r_[0.0, np.cumsum((weight * y)[order])] / (weight @ y)
    area = np.trapezoid(amount, share)
    gini = ordered_gini(y, mean, sample_weight=weight)
    assert gini.value == pytest.approx(1.0 - 2.0 * area)


@pytest.mark.parametrize("kind", KINDS)
def test_errors_are_those_of_the_influence_of_each_row(kind):
    """An influence is the derivative by the weight of a row, times the weight."""
    y, mean, weight = KINDS[kind](120, np.random.default_rng(4))
    weight = weight * np.random.default_rng(5).uniform(0.5, 2.0, y.size)
    functions = {
        "deviance": lambda w: deviance_explained(y, mean, target_type=kind, sample_weight=w),
        "concordance": lambda w: concordance(y, mean, sample_weight=w),
        "difference": lambda w: (
            mean_calibration(y, mean, target_type=kind, sample_weight=w).difference
        ),
    }
    if kind != "continuous":
        functions["gini"] = lambda w: ordered_gini(y, mean, sample_weight=w)
        functions["relative"] = lambda w: ordered_gini(y, mean, sample_weight=w, relative=True)
        functions["ratio"] = lambda w: (
            mean_calibration(y, mean, target_type=kind, sample_weight=w).ratio
        )

    step = 1e-4
    for name, function in functions.items():
        influence = [
            (function(weight * (1.0 + move)).value - function(weight * (1.0 - move)).value)
            / (2.0 * step)
            for move in step * np.eye(y.size)
        ]
        error = function(weight).standard_error
        assert error == pytest.approx(np.linalg.norm(influence), rel=1e-4), name


@pytest.mark.parametrize("kind", KINDS)
def test_the_error_of_a_slope_is_that_of_leaving_rows_out(kind):
    y, mean, weight = KINDS[kind](120, np.random.default_rng(4))
    weight = weight * np.random.default_rng(5).uniform(0.5, 2.0, y.size)

    def slope(w):
        return mean_calibration(y, mean, target_type=kind, sample_weight=w).slope

    whole = slope(weight)
    left_out = [slope(weight * (np.arange(y.size) != i)).value - whole.value for i in range(y.size)]
    assert whole.standard_error == pytest.approx(np.linalg.norm(left_out), rel=0.02)


def test_two_labels_have_the_area_and_its_interval():
    rng = np.random.default_rng(6)
    y, score, weight = rng.random(200) < 0.2, rng.normal(size=200), rng.uniform(0.5, 2.0, 200)
    area = area_under_curve(y.astype(int), score, sample_weight=weight)
    gini = gini_coefficient(y.astype(int), score, sample_weight=weight)
    amounts = np.where(y, 7.5, 2.5)
    assert concordance(amounts, score, sample_weight=weight).interval() == area.interval()
    relative = ordered_gini(amounts, score, sample_weight=weight, relative=True)
    assert (relative.value, relative.p_value) == (gini.value, gini.p_value)
    assert relative.interval() == gini.interval()


@pytest.mark.parametrize("share", [0.02, 0.2])
def test_few_rows_that_make_the_error_are_its_degrees(share):
    """Of 400 rows a few make most of the squared influences: Student's quantile has as few."""
    rng = np.random.default_rng(7)
    y = np.where(np.arange(400) < 400 * share, 50.0, 1.0) * rng.uniform(0.9, 1.1, 400)
    mean = np.ones(400)
    gap = mean_calibration(y, mean, target_type="continuous").difference
    squares = (y - y.mean()) ** 2
    rows = squares.sum() ** 2 / (squares @ squares)
    low, high = gap.interval()
    reach = stats.t.isf(0.025, rows - 1.0) * gap.standard_error
    assert (high - low) / 2.0 == pytest.approx(reach)


def test_level_and_slope_by_hand():
    y = np.repeat([0.1, 0.3, 0.5, 0.9], 25)
    mean = np.repeat([0.25, 0.25, 0.5, 0.5], 25)
    held = mean_calibration(y, mean, target_type="fraction")
    assert held.difference.value == pytest.approx(0.075)
    assert held.ratio.value == pytest.approx(1.2)
    # Means of .2 and .7 where .25 and .5 were predicted.
    slope = (special.logit(0.7) - special.logit(0.2)) / (special.logit(0.5) - special.logit(0.25))
    assert held.slope.value == pytest.approx(slope)
    assert held.slope.p_value < 1e-3

    numbers_held = mean_calibration(2.0 * mean, mean, target_type="continuous")
    assert numbers_held.ratio is None
    assert numbers_held.slope.value == pytest.approx(2.0)
    assert mean_calibration(y, np.full(100, 0.4), target_type="fraction").slope is None


def test_bands_by_hand():
    y, mean = np.tile([0.0, 2.0, 4.0, 6.0], 20), np.tile([1.0, 1.0, 6.0, 6.0], 20)
    table = mean_calibration_table(y, mean, target_type="continuous", n_groups=2, level=0.9)
    assert table[["count", "expected_mean", "mean"]].to_numpy().tolist() == [[40, 1, 1], [40, 6, 5]]
    error = 1.0 / np.sqrt(40.0)
    assert table["mean_standard_error"].tolist() == pytest.approx([error, error])
    reach = stats.t(39).ppf(0.95) * error
    assert table["mean_low"].tolist() == pytest.approx([1.0 - reach, 5.0 - reach])
    assert table["p_value"].iloc[1] == pytest.approx(2.0 * stats.t(39).sf(1.0 / error))

    gains = mean_gains_table(y, mean, n_groups=2)
    assert gains["cumulative_capture"].tolist() == pytest.approx([10.0 / 12.0, 1.0])
    assert gains["lift"].tolist() == pytest.approx([5.0 / 3.0, 1.0 / 3.0])
    assert np.isnan(gains["cumulative_capture_low"].iloc[-1])

    # What a row more moves, its group being known: the shares of the groups are random, too.
    def lift_and_capture(weight):
        amount = weight * y
        high = mean == 6.0
        overall = amount.sum() / weight.sum()
        lift = amount[high].sum() / weight[high].sum() / overall
        return np.array([lift, amount[high].sum() / amount.sum()])

    moves = 1e-5 * np.eye(y.size)
    influence = [lift_and_capture(1.0 + m) - lift_and_capture(1.0 - m) for m in moves]
    lift_error, capture_error = np.linalg.norm(np.array(influence) / 2e-5, axis=0)
    spread = stats.t(gains_size(y, mean) - 1.0).isf(0.025) * lift_error / (5.0 / 3.0)
    assert gains["lift_high"].iloc[0] == pytest.approx(5.0 / 3.0 * np.exp(spread))
    whole, capture = y.sum() ** 2 / (y @ y), 10.0 / 12.0
    reach = stats.t(whole).isf(0.025) * capture_error / (capture * (1.0 - capture))
    low = special.expit(special.logit(capture) - reach)
    assert gains["cumulative_capture_low"].iloc[0] == pytest.approx(low)


def gains_size(y, mean):
    """Rows that the first group expects: its 40, times what the spread of all rows takes."""
    ratio = y / mean
    return 40.0 * ratio.sum() ** 2 / (ratio @ ratio) / y.size


def test_few_claims_say_why_there_is_no_interval():
    y, mean = np.r_[np.zeros(97), 1.0, 2.0, 3.0], np.linspace(0.1, 0.2, 100)
    ratio = mean_calibration(y, mean, target_type="rate").ratio
    assert np.isnan(ratio.interval()[0])
    assert ratio.reason == "the target is that of 2.6 effective rows (10 needed)"
    table = mean_calibration_table(y, mean, target_type="rate", n_groups=4)
    assert table["mean_low"].isna().all()
    assert table["reason"].iloc[0] == "0.6 effective rows of its rarer part (10 needed)"


@pytest.mark.parametrize(
    ("y", "mean", "kind", "text"),
    [
        ([0.0, 1.2], [0.5, 0.5], "fraction", r"y must lie in \[0, 1\]"),
        ([0.0, 1.0], [0.0, 0.5], "fraction", "strictly between 0 and 1"),
        ([0.0, 1.0], [0.0, 0.5], "rate", "positive for target_type='rate', got 0 in 1 of 2"),
        ([0.0, 0.0], [0.1, 0.5], "rate", "rows of different values, got 0 in all"),
        ([0.0, 1.0], [0.1], "rate", "one number for each of the 2 rows"),
        ([0.0, 1.0], [np.nan, 0.1], "continuous", "mean must be finite"),
        ([0.0, 1.0], [0.1, 0.2], "multiclass", "target_type must be one of"),
    ],
)
def test_what_is_no_mean_is_refused(y, mean, kind, text):
    with pytest.raises(ValueError, match=text):
        mean_calibration(y, mean, target_type=kind)


def test_heavy_tails_are_told():
    rng = np.random.default_rng(0)
    mean = rng.normal(size=500)
    y = mean + rng.standard_cauchy(500)
    explained = deviance_explained(y, mean, target_type="continuous")
    assert "the interval may be too narrow" in explained.reason


def test_a_card_of_losses_on_rows_held_out():
    train, test = (make_losses(3000, random_state=seed) for seed in (0, 1))
    card = ScorecardRegressor(signs="free").fit(train.X, train.y)
    mean = card.predict(test.X)
    low, high = mean_calibration(test.y, mean, target_type="fraction").ratio.interval()
    assert low < 1.0 < high
    assert ordered_gini(test.y, mean).interval()[0] > 0.15
    points = -card.predict_points(test.X)
    assert concordance(test.y, points).value == pytest.approx(
        concordance(test.y, mean).value, abs=0.01
    )


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_intervals_cover(kind):
    """Nominal .95; with 300 samples the Monte Carlo error is .0126 (three of them .038)."""

    def measured(rows):
        y, mean, weight = rows
        options = {"target_type": kind, "sample_weight": weight}
        held = mean_calibration(y, mean, **options)
        measures = [deviance_explained(y, mean, **options), held.difference, held.slope]
        measures.append(concordance(y, mean, sample_weight=weight))
        if kind != "continuous":
            measures += [held.ratio, ordered_gini(y, mean, sample_weight=weight)]
        return measures

    truth = [m.value for m in measured(KINDS[kind](400_000, np.random.default_rng(0)))]
    study = Study(300, covers=(0.91, 1.0))
    for seed in study:
        found = measured(KINDS[kind](600, np.random.default_rng(seed + 1)))
        low, high = np.transpose([measure.interval() for measure in found])
        study.note(covers=(low <= truth) & (truth <= high))
    study.check(kind)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_intervals_of_bands_cover(kind):
    """Means of single bands, and the size of their test where predictions hold."""
    rng = np.random.default_rng(7)
    covered, rejected, n_bands = 0, 0, 0
    for _ in range(120):
        y, mean, weight = KINDS[kind](1500, rng)
        if kind == "fraction":
            mean = special.expit((special.logit(mean) + 0.4) * 0.8 / 0.7 - 0.5)
        elif kind == "rate":
            mean = 0.3 * (mean / 0.32) ** (0.5 / 0.4)
        else:
            mean = (mean - 3.0) / 0.9 + 3.0
        table = mean_calibration_table(
            y, mean, target_type=kind, n_groups=5, sample_weight=weight
        ).dropna(subset=["mean_low", "p_value"])
        covered += table["expected_mean"].between(table["mean_low"], table["mean_high"]).sum()
        rejected += (table["p_value"] < 0.05).sum()
        n_bands += len(table)
    assert n_bands > 500
    assert covered / n_bands > 0.92
    assert 0.02 < rejected / n_bands < 0.08


@pytest.mark.parametrize(("scale", "weight"), [(1e50, 1e40), (1e-50, 1e-40)])
def test_tables_of_groups_have_no_unit(scale, weight):
    rng = np.random.default_rng(6)
    mean = rng.gamma(4.0, 1.0, 200)
    y, weights = mean * rng.gamma(2.0, 0.5, 200), rng.integers(1, 3, 200).astype(float)

    told = mean_calibration_table(y, mean, target_type="continuous", sample_weight=weights)
    again = mean_calibration_table(
        scale * y, scale * mean, target_type="continuous", sample_weight=weight * weights
    )
    ends = ["mean_low", "mean_high"]
    np.testing.assert_allclose(again[ends], scale * told[ends], rtol=1e-9)
    np.testing.assert_allclose(again["p_value"], told["p_value"], rtol=1e-9)

    lifts = [
        mean_gains_table(y, mean, sample_weight=weights),
        mean_gains_table(scale * y, scale * mean, sample_weight=weight * weights),
    ]
    ends = ["lift_low", "lift_high"]
    np.testing.assert_allclose(lifts[1][ends], lifts[0][ends], rtol=1e-9)

"""Intervals of a card: their centre, what they say of an event, where they are refused."""

import numpy as np
import pandas as pd
import pytest
from scipy import special, stats
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator

from infotheory.binning import OptimalBinner, StumpBinner
from infotheory.binning.prebins.searched import information_of_bins, noise_of_search
from infotheory.exceptions import ApproximationWarning, UnseenValueWarning
from infotheory.laws import two_sided_quantile
from infotheory.scorecard import Scorecard, fit_logistic, from_toad
from infotheory.scorecard.points.card_tables import codes_with_rows
from infotheory.scorecard.regression.contributions import log_odds_errors
from tests.scorecard.card.test_card import portfolio

LEVELS = "ABCDEFGHIJKL"
INTERVALS = ("point_intervals", "score_intervals", "probability_intervals")


@pytest.fixture(scope="module")
def data():
    return portfolio(800)


def intervals(card, method, X, **options):
    return getattr(card, method)(*(() if method == "point_intervals" else (X,)), **options)


def test_intervals_are_centred_on_points_before_rounding(data):
    X, y = data
    rounded, exact = Scorecard().fit(X, y), Scorecard(round=False).fit(X, y)
    for method in INTERVALS[:2]:
        whole, broken = intervals(rounded, method, X), intervals(exact, method, X)
        np.testing.assert_array_equal(whole[["low", "high"]], broken[["low", "high"]])
        np.testing.assert_allclose((broken["low"] + broken["high"]) / 2, broken["points"])
        assert (whole["points"] == np.rint(whole["points"])).all()


@pytest.mark.parametrize("level", [0.5, 0.9])
def test_the_level_is_the_reach_in_standard_errors(data, level):
    X, y = data
    card = Scorecard(round=False).fit(X, y)
    table = card.score_intervals(X, level=level)
    np.testing.assert_allclose(
        table["high"] - table["points"], two_sided_quantile(level) * table["standard_error"]
    )


def test_tables_have_one_row_a_bin_or_an_applicant(data):
    X, y = data
    card = Scorecard(intercept="separate").fit(X, y)
    points = card.point_intervals()
    assert points["feature"].tolist() == card.points_table()["feature"].tolist()
    assert list(points)[-4:] == ["standard_error", "low", "high", "reason"]
    assert list(card.score_intervals(X[:5])) == ["points", "standard_error", "low", "high"]
    chances = card.probability_intervals(X[:5])
    assert list(chances) == ["log_odds", "standard_error", "probability", "low", "high"]
    assert len(chances) == 5


def with_rare_levels(rng, n, *, chances=False):
    """Rows of three numbers, one missing at times, and of twelve levels, eight of them rare.

    Beside them outcomes, or their chances.
    """
    z = rng.normal(size=(n, 4)) @ np.linalg.cholesky(0.5 + 0.5 * np.eye(4)).T
    level = np.searchsorted(np.cumsum([0.006] * 8 + [0.2, 0.25, 0.25]), stats.norm.cdf(z[:, 3]))
    X = pd.DataFrame({"a": z[:, 0], "b": z[:, 1], "c": z[:, 2], "l": np.array(list(LEVELS))[level]})
    X.loc[rng.random(n) < 0.006, "a"] = np.nan
    effect = np.array([1, -1, 0.5, -0.5, 1.5, 0, -1.5, 0.7, 0, 0.2, -0.2, 0.3])[level]
    chance = special.expit(-2.0 + z[:, :3] @ [0.6, 0.4, 0.2] + 0.3 * effect)
    return X, chance if chances else (rng.random(n) < chance).astype(int)


@pytest.mark.filterwarnings("ignore::infotheory.exceptions.SparseCellWarning")
def test_points_of_few_rows_with_weights_have_students_interval_of_the_rarer_class():
    X, y = with_rare_levels(np.random.default_rng(0), 1500)
    binner, normal = OptimalBinner(min_bin_size=0.004), stats.norm.isf(0.05)
    varied = np.random.default_rng(1).uniform(0.5, 2.0, len(y))
    for weights in (None, np.where(y == 1, 1.0, 2.5), varied):
        card = Scorecard(binner, round=False, signs="free").fit(X, y, sample_weight=weights)
        table = card.point_intervals(level=0.9)
        reach = ((table["high"] - table["low"]) / 2.0 / table["standard_error"]).to_numpy()
        start, varies = 0, weights is varied
        for bins in card.binner_.features_.values():
            codes, flat = codes_with_rows(bins), bins.table.without_groups()
            with np.errstate(invalid="ignore"):
                size = np.nan_to_num(flat.counts**2 / flat.squared_weights).min(axis=1)
            wanted = np.full(bins.spec.n_codes, normal)
            # Rows of one weight tell the spread by their number, unless there is none.
            few = np.flatnonzero((size < (30.0 if varies else 1.0)) & (flat.weight > 0.0))
            wanted[few] = stats.t.isf(0.05, np.maximum(size[few], 1.0))
            assert reach[start : start + codes.size] == pytest.approx(wanted[codes], rel=1e-9)
            start += codes.size
        assert (reach > 1.7).sum() >= (3 if varies else 1)

    # Evidence of other rows has the errors of the coefficient alone, which all rows tell.
    frozen = Scorecard(FrozenEstimator(card.binner_), signs="free")
    table = frozen.fit(*with_rare_levels(np.random.default_rng(2), 1500)).point_intervals()
    reach = (table["high"] - table["low"]) / 2.0 / table["standard_error"]
    assert reach.to_numpy() == pytest.approx(stats.norm.isf(0.025), rel=1e-9)


@pytest.mark.filterwarnings("ignore::infotheory.exceptions.SparseCellWarning")
@pytest.mark.filterwarnings("ignore::infotheory.exceptions.ApproximationWarning")
def test_scores_have_the_degrees_of_freedom_of_their_bins_with_few_rows():
    X, y = with_rare_levels(np.random.default_rng(0), 1500)
    binner = OptimalBinner(min_bin_size=0.004)
    weights = np.random.default_rng(1).uniform(0.5, 2.0, len(y))

    # Of one characteristic the bin makes nearly all of the variance.
    card = Scorecard(binner, round=False, signs="free").fit(X[["l"]], y, sample_weight=weights)
    scores = card.score_intervals(X[["l"]])
    reach = ((scores["high"] - scores["low"]) / 2.0 / scores["standard_error"]).to_numpy()
    flat = card.binner_.features_["l"].table.without_groups()
    with np.errstate(invalid="ignore"):
        size = np.nan_to_num(flat.counts**2 / flat.squared_weights).min(axis=1)
    of_rows = size[card.binner_.bin_codes(X[["l"]])[:, 0]]
    alone = of_rows < 30.0
    wanted = stats.t.isf(0.025, np.maximum(of_rows, 1.0))
    assert 20 < alone.sum() < 500
    assert reach[alone] == pytest.approx(wanted[alone], rel=0.1)
    assert reach[~alone] == pytest.approx(stats.norm.isf(0.025))
    chances = card.probability_intervals(X[["l"]])
    ends = special.logit(chances["high"]) - chances["log_odds"]
    assert ends.to_numpy() == pytest.approx(reach * chances["standard_error"].to_numpy())

    # Beside bins of many rows it is a part, and rows of one weight have the normal quantile.
    for of, columns in ((weights, [*"abcl"]), (None, [*"bc"])):
        card = Scorecard(binner, signs="free").fit(X[columns], y, sample_weight=of)
        scores = card.score_intervals(X[columns])
        together = ((scores["high"] - scores["low"]) / 2.0 / scores["standard_error"]).to_numpy()
        if of is None:
            assert together == pytest.approx(stats.norm.isf(0.025))
        else:
            assert (together > 1.9599).all()
            assert (together > 1.97).any()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::infotheory.exceptions.SparseCellWarning")
@pytest.mark.parametrize("weighted", [False, True])
def test_points_of_bins_with_few_rows_are_covered(weighted):
    """With weights .88 of normal intervals of bins below 100 rows held; of one weight .96 do."""
    later, events = with_rare_levels(np.random.default_rng(9), 40_000, chances=True)
    held = []
    for seed in range(40):
        rng = np.random.default_rng(100 + seed)
        X, y = with_rare_levels(rng, 3000)
        weights = rng.lognormal(0.0, 0.9, len(y)) if weighted else None
        card = Scorecard(OptimalBinner(min_bin_size=0.004), signs="free").fit(X, y, weights)
        points, codes = card.point_intervals(), card.binner_.bin_codes(later)
        features, active = list(card.binner_.features_.values()), np.flatnonzero(card.active_)

        # The truth: evidence and coefficients of all rows in these bins, by their chances, since
        # outcomes that were drawn would add an error to it that all samples share.
        evidence = []
        for f, bins in enumerate(features):
            cells = [np.bincount(codes[:, f], of, bins.spec.n_codes) for of in (1 - events, events)]
            safe, bad = (np.maximum(cell, 1e-9) / cell.sum() for cell in cells)
            evidence.append(np.log(safe / bad))
        design = np.column_stack([evidence[f][codes[:, f]] for f in active])
        fit = fit_logistic(design, np.column_stack([1 - events, events]))
        scale = card.point_scale()
        share = (scale.offset - scale.factor * fit.intercept) / active.size
        for f, slope in zip(active, fit.coefficients, strict=True):
            bins, of_rows = features[f], codes_with_rows(features[f])
            part = points[points["feature"] == bins.name]
            true = share - scale.factor * slope * evidence[f][of_rows]
            few = (part["count"] > 0.0) & (part["count"] < 100.0)
            held += ((part["low"] <= true) & (true <= part["high"]))[few].tolist()
    print(f"points of few rows, weights {weighted}: {np.mean(held):.3f} of {len(held)}")
    assert len(held) > 100
    assert np.mean(held) >= 0.94


def test_points_of_one_bin_have_no_interval_of_no_width(data):
    X, y = data
    points = Scorecard().fit(X.assign(one=1.0), y).point_intervals().set_index("feature")
    assert points.loc["one", ["standard_error", "low", "high"]].isna().all(axis=None)
    assert points.loc["one", "reason"].str.startswith("one bin: no information").all()
    others = points.drop(index="one")
    assert (others["reason"] == "").all()
    assert (others["low"] < others["high"]).all()


def test_probabilities_are_those_of_the_event_whatever_its_label(data):
    X, y = data
    plain = Scorecard().fit(X, y)
    named = Scorecard(OptimalBinner(event_label="bad")).fit(X, np.where(y == 1, "bad", "good"))
    chances = named.probability_intervals(X)
    np.testing.assert_allclose(chances, plain.probability_intervals(X), rtol=1e-9)
    np.testing.assert_allclose(chances["probability"], named.predict_proba(X)[:, 0])
    assert (
        (chances["low"] < chances["probability"]) & (chances["probability"] < chances["high"])
    ).all()


def test_unseen_values_have_intervals_and_a_warning(data):
    X, y = data
    card = Scorecard().fit(X, y)
    with pytest.warns(UnseenValueWarning, match="home: 2 rows"):
        table = card.score_intervals(X.head(2).assign(home="boat"))
    assert (table["standard_error"] > 0.0).all()


@pytest.mark.parametrize("method", INTERVALS)
def test_cards_without_a_regression_have_no_intervals(data, method):
    with pytest.raises(NotFittedError):
        intervals(Scorecard(), method, data[0])
    card = from_toad({"home": {"own": 60.0, "rent,free": 51.0}})
    with pytest.raises(ValueError, match="intervals need a card that was fitted on rows"):
        intervals(card, method, data[0][["home"]])


def test_bins_that_are_noise_are_warned_of_whatever_the_number_of_events():
    rng = np.random.default_rng(1)
    X = rng.normal(size=(6000, 5))
    y = (rng.random(6000) < 1.0 / (1.0 + np.exp(1.5 - X[:, 0]))).astype(int)
    card = Scorecard(signs="free").fit(X, y)
    for method in INTERVALS[1:]:
        with pytest.warns(ApproximationWarning, match="of 5 characteristics have no evidence"):
            intervals(card, method, X[:3])

    # bins of other rows were no choice among these, and half with evidence are enough
    binner = FrozenEstimator(OptimalBinner().fit(X[:3000], y[:3000]))
    Scorecard(binner, signs="free").fit(X[3000:], y[3000:]).score_intervals(X[:3])
    Scorecard(signs="free").fit(X[:, :2], y).score_intervals(X[:3, :2])


def test_bins_of_weak_evidence_are_no_noise():
    # Intervals over the search begin at 0 for all of these, whose information value is about .1.
    rng = np.random.default_rng(3)
    X = rng.normal(size=(1500, 6))
    y = (rng.random(1500) < 1.0 / (1.0 + np.exp(1.6 - 0.4 * X[:, :5].sum(axis=1)))).astype(int)
    card = Scorecard(signs="free").fit(X, y)
    lows = [
        information_of_bins(bins, card.binner_.zero_cells).interval()[0]
        for bins in card.binner_.features_.values()
    ]
    assert sum(low == 0.0 for low in lows) > 3
    card.score_intervals(X[:3])
    card.probability_intervals(X[:3])


@pytest.mark.filterwarnings("ignore::infotheory.exceptions.ApproximationWarning")
@pytest.mark.parametrize("trend", ["ascending", None])
def test_errors_count_what_a_search_finds_among_neighbours_and_among_levels_without_order(trend):
    rng = np.random.default_rng(2)
    years, homes = rng.integers(10, 22, (2, 1500))
    tenure = pd.Categorical(years.astype(str), categories=np.arange(10, 22).astype(str))
    X = pd.DataFrame({"tenure": tenure.as_ordered(), "home": homes.astype(str)})
    X["x"] = rng.normal(size=1500)
    # more than noise, so that it counts how much noise there may be
    y = (rng.random(1500) < 0.3 + 0.013 * (years - 15.5)).astype(int)
    card = Scorecard(OptimalBinner(monotonic_trend=trend), signs="free").fit(X, y)

    features = card.binner_.features_.values()
    noise = [
        noise_of_search(bins, "haldane", ordered=bins.spec.name != "home", free=trend is None)
        for bins in features
    ]
    tenure_bins = card.binner_.features_["tenure"]
    apart = noise_of_search(tenure_bins, "haldane", ordered=False, free=trend is None)
    bound = noise_of_search(tenure_bins, "haldane", ordered=True)
    assert 1.0 < bound < apart
    # Free of a trend neighbours find more, and no more than levels in order of their rates.
    assert noise[0] == bound if trend else bound <= noise[0] <= apart
    restored = Scorecard.from_json(card.to_json())
    pd.testing.assert_frame_equal(card.probability_intervals(X), restored.probability_intervals(X))

    sizes = [bins.spec.n_codes for bins in features]
    factors = np.sqrt(np.r_[1.0, np.repeat(noise, sizes)])
    covariance = card.contribution_covariance_ * np.outer(factors, factors)
    expected = log_odds_errors(covariance, sizes, card.binner_.bin_codes(X))
    found = card.probability_intervals(X)["standard_error"]
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    fixed = log_odds_errors(card.contribution_covariance_, sizes, card.binner_.bin_codes(X))
    assert (found > fixed).all()


def card_of_population(codes, sizes, chance):
    """Log odds of the card that these bins have where every row counts with its chance."""
    columns = []
    for of_rows, size in zip(codes.T, sizes, strict=True):
        events, others = (np.bincount(of_rows, w, size) for w in (chance, 1.0 - chance))
        seen = (events > 0.0) & (others > 0.0)
        woe = np.log(np.where(seen, events, 1.0)) - np.log(np.where(seen, others, 1.0))
        columns.append((woe - seen * special.logit(chance.mean()))[of_rows])
    design, beta = np.column_stack([np.ones(len(codes)), *columns]), np.zeros(len(sizes) + 1)
    beta[0] = special.logit(chance.mean())
    for _ in range(8):
        fitted = special.expit(design @ beta)
        curvature = (design * (fitted * (1.0 - fitted))[:, None]).T @ design
        ridge = 1e-9 * np.eye(beta.size)
        beta += np.linalg.solve(curvature + ridge, design.T @ (chance - fitted))
    return design @ beta


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::infotheory.exceptions.ApproximationWarning")
@pytest.mark.filterwarnings("ignore::infotheory.exceptions.SparseCellWarning")
@pytest.mark.parametrize(
    ("slopes", "binner"),
    [
        ((0, 0, 0, 0), OptimalBinner()),
        ((0.5, 0.5, 0, 0), OptimalBinner()),
        ((0.5, 0.5, 0.5, 0.5), OptimalBinner()),
        ((0, 0, 0, 0), OptimalBinner(monotonic_trend=None)),
        ((0, 0, 0, 0), StumpBinner()),
    ],
)
def test_coverage_of_bins_that_were_learnt_on_the_rows(slopes, binner):
    """Errors of fixed bins covered .83 of six without evidence, .90 where half have some.

    Free of a trend noise was counted as if it had one: .90.
    """
    rng, covered = np.random.default_rng(8), []
    for _ in range(60):
        X, others = rng.normal(size=(2500, 4)), rng.normal(size=(20_000, 4))
        log_odds = [np.asarray(part) @ slopes - 2.1 for part in (X, others)]
        y = (rng.random(len(X)) < special.expit(log_odds[0])).astype(int)
        card = Scorecard(binner, signs="free").fit(X, y)
        sizes = [bins.spec.n_codes for bins in card.binner_.features_.values()]
        codes = card.binner_.bin_codes(others)
        truth = card_of_population(codes, sizes, special.expit(log_odds[1]))[:500]
        chances = card.probability_intervals(others[:500])
        ends = special.logit(chances[["low", "high"]].to_numpy())
        covered.append(((ends[:, 0] <= truth) & (truth <= ends[:, 1])).mean())
    error = np.std(covered) / np.sqrt(len(covered))
    print(f"slopes {slopes}, {binner}: covers {np.mean(covered):.3f}, error {error:.3f}")
    assert np.mean(covered) >= 0.94 - 2.0 * error

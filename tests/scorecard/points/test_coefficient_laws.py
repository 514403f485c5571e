"""Intervals of coefficients: by hand, where they are withheld or have no ends, and coverage."""

import json

import numpy as np
import pandas as pd
import pytest
from scipy import special, stats
from sklearn.frozen import FrozenEstimator

from infotheory.binning import OptimalBinner
from infotheory.binning.prebins.searched import noise_of_search
from infotheory.evidence import information_value
from infotheory.laws import chi2_noncentrality_interval
from infotheory.report import scorecard_report
from infotheory.scorecard import Scorecard, fit_logistic
from infotheory.scorecard.points.coefficient_laws import interval_beside_noise
from tests.studies import Study

NAMES = ["x0", "x1", "x2"]
LEVELS = 8
CODES = np.array(np.unravel_index(np.arange(LEVELS**3), (LEVELS,) * 3)).T


def test_by_hand():
    noncentrality = chi2_noncentrality_interval(30.0, 3.0, 0.95)[0]
    assert noncentrality == pytest.approx(10.772, abs=1e-3)
    arguments = (-0.6, 0.05, -1.0, 3.0, noncentrality, 0.95)
    assert interval_beside_noise(*arguments) == pytest.approx((-0.6980, -0.3633), abs=2e-4)
    mirrored = interval_beside_noise(0.6, 0.05, 1.0, 3.0, noncentrality, 0.95)
    assert mirrored == pytest.approx((0.3633, 0.6980), abs=2e-4)
    assert interval_beside_noise(-0.6, 0.05, -1.0, 3.0, 0.0, 0.95) == (-np.inf, np.inf)
    strong = interval_beside_noise(-0.6, 0.05, -1.0, 3.0, 1e9, 0.95)
    assert strong == pytest.approx((-0.6 - 1.96 * 0.05, -0.6 + 1.96 * 0.05), abs=1e-5)


def population(slopes, intercept, skewed=False):
    """Law of three correlated characteristics of eight levels, and the risk of each cell."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(60)
    shares = [0.5, 0.7, 0.82, 0.9, 0.95, 0.98, 0.993] if skewed else np.arange(1, 8) / 8
    ends = np.r_[-np.inf, stats.norm.ppf(shares), np.inf]
    given = np.diff(special.ndtr((ends - 0.5 * nodes[:, None]) / np.sqrt(0.75)), axis=1)
    law = np.einsum("z,za,zb,zc->abc", weights / weights.sum(), given, given, given).ravel()
    values = (np.arange(LEVELS) - 3.5) * 3 / 8
    return law / law.sum(), special.expit(intercept + values[CODES] @ np.array(slopes))


def sample(rng, law, risk, n):
    cells = rng.choice(law.size, n, p=law)
    y = (rng.random(n) < risk[cells]).astype(int)
    return pd.DataFrame(CODES[cells].astype(float), columns=NAMES), y


def true_coefficients(card, law, risk):
    """Coefficients in the whole population, whose weights of evidence have no noise."""
    columns = []
    for name, bins in card.binner_.features_.items():
        codes = bins.spec.encode(CODES[:, NAMES.index(name)].astype(float))
        goods, bads = (
            np.bincount(codes, mass, minlength=bins.spec.n_codes)
            for mass in (law * (1 - risk), law * risk)
        )
        woe = np.log(np.where(goods > 0, goods, 1.0)) - np.log(np.where(bads > 0, bads, 1.0))
        columns.append((woe - np.log(goods.sum() / bads.sum()))[codes])
    counts = 1e6 * np.column_stack([law * (1 - risk), law * risk])
    sign = 1.0 if card.binner_.woe_sign == "nonevent" else -1.0
    return sign * fit_logistic(np.column_stack(columns), counts).coefficients


def fixed_binner(**options):
    return OptimalBinner(
        user_splits={name: [1.5, 3.5, 5.5] for name in NAMES},
        user_splits_fixed={name: [True] * 3 for name in NAMES},
        monotonic_trend=None,
        min_bin_size=0.0,
        min_bin_n_event=0,
        min_bin_n_nonevent=0,
        max_n_bins=None,
        **options,
    )


def test_it_is_made_of_the_information_value():
    rng = np.random.default_rng(3)
    X, y = sample(rng, *population((-0.6, -0.3, -0.2), -2.0), 3000)
    card = Scorecard(signs="free").fit(X, y)
    table = card.coefficient_table(level=0.9).set_index("feature")
    shares, own = [], []
    for name, bins in card.binner_.features_.items():
        value, row = information_value(bins.table), table.loc[name]
        degrees = float((bins.table.counts.sum(axis=1) > 0).sum()) - 1.0
        noise = noise_of_search(bins, "haldane", ordered=True)
        draw = value.n_effective * (value.plug_in - value.bias) + degrees
        least = value.interval(0.9)[0] * value.n_effective
        if noise > 1.0:
            searched = chi2_noncentrality_interval(draw, degrees * noise, 0.9)[0]
            least = min(least, searched)
        numbers = (row["coefficient"], row["standard_error"], -1.0)
        own.append(interval_beside_noise(*numbers, degrees * noise, least, 0.9))
        shares.append(degrees * noise / draw)

    # The noise of all at once, with the information by rows.
    evidence, chance = card.binner_.transform(X), card.predict_proba(X)[:, 1]
    of_rows = chance * (1.0 - chance)
    columns = evidence - np.average(evidence, axis=0, weights=of_rows)
    information = columns.T @ (columns * of_rows[:, None])
    np.testing.assert_allclose(card.information_, information, rtol=1e-6)
    rest = information - np.diag(np.diag(information) * shares)
    undone = np.linalg.solve(rest, information @ (table["coefficient"] + 1.0)) - 1.0
    stretch = np.linalg.solve(rest, information)
    errors = np.sqrt(np.diag(stretch @ card.covariance_[1:, 1:] @ stretch.T))
    reach = stats.norm.ppf(0.95) * errors
    ends = np.array(own)
    np.testing.assert_allclose(table["low"], np.minimum(ends[:, 0], undone - reach), rtol=1e-6)
    np.testing.assert_allclose(table["high"], np.maximum(ends[:, 1], undone + reach), rtol=1e-6)
    mirrored = Scorecard(OptimalBinner(woe_sign="event"), signs="free").fit(X, y)
    other = mirrored.coefficient_table(level=0.9).set_index("feature")
    np.testing.assert_allclose(other["low"], -table["high"], rtol=1e-6)


def test_noise_is_not_bounded_and_the_report_says_so():
    rng = np.random.default_rng(5)
    X, y = sample(rng, *population((-0.8, 0.0, 0.0), -2.0), 2000)
    X["noise"] = rng.integers(0, 6, 2000).astype(float)
    card = Scorecard(signs="free").fit(X, y)
    row = card.coefficient_table().set_index("feature").loc["noise"]
    assert (row["low"], row["high"]) == (-np.inf, np.inf)
    assert row["standard_error"] > 0.0
    assert "nothing bounds it" in row["reason"]
    summary = scorecard_report(card, X, y, n_permutations=9, rng=0).summary
    entry = next(r for r in summary["coefficients"] if r["feature"] == "noise")
    assert (entry["low"], entry["low_status"], entry["high_status"]) == (
        *(None, "unbounded"),
        "unbounded",
    )
    assert any(
        "nothing bounds their coefficients: " in text and text.endswith("noise.")
        for text in summary["limitations"]
    )


def test_degenerate_coefficients_have_no_interval_of_no_width():
    rng = np.random.default_rng(6)
    X, y = sample(rng, *population((-0.8, -0.5, 0.0), -1.5), 1500)
    alone = Scorecard().fit(X[["x0"]], y).coefficient_table().iloc[0]
    assert np.isnan([alone["low"], alone["high"]]).all()
    assert alone["reason"] == "the only characteristic: its coefficient is -1 whatever the rows"
    constant = Scorecard(signs="free").fit(X.assign(one=1.0), y).coefficient_table().iloc[3]
    assert np.isnan(constant[["standard_error", "low", "high"]].astype(float)).all()
    assert constant["reason"].startswith("one bin")

    # weights of evidence of other rows hold none of the noise of these
    other = sample(rng, *population((-0.8, -0.5, 0.0), -1.5), 1500)
    frozen = FrozenEstimator(OptimalBinner().fit(*other))
    given = Scorecard(frozen, signs="free").fit(X, y).coefficient_table()
    reach = stats.norm.ppf(0.975) * given["standard_error"]
    np.testing.assert_allclose(given["high"] - given["coefficient"], reach)
    assert np.isfinite(given["low"]).all()

    ridge = Scorecard(penalty="ridge", alpha=5.0).fit(X[["x0"]], y).coefficient_table().iloc[0]
    assert ridge["low"] < ridge["coefficient"] < ridge["high"]


def test_uneven_weights_withhold_it():
    rng = np.random.default_rng(7)
    X, y = sample(rng, *population((-0.6, -0.3, 0.0), -3.5), 1500)
    weights = np.where(rng.random(1500) < 0.05, 40.0, 1.0)
    table = Scorecard(fixed_binner(), signs="free").fit(X, y, weights).coefficient_table()
    assert table["reason"].str.contains("too uneven").any()
    withheld = table[table["reason"].str.contains("too uneven")]
    assert withheld[["low", "high"]].isna().all(axis=None)


def test_a_document_keeps_how_characteristics_depend_on_each_other():
    X, y = sample(np.random.default_rng(3), *population((-0.6, -0.3, -0.2), -2.0), 2000)
    card = Scorecard(signs="free").fit(X.assign(one=1.0), y)
    assert (card.information_[3] == 0.0).all()
    text = card.to_json()
    again = Scorecard.from_json(text)
    pd.testing.assert_frame_equal(again.coefficient_table(), card.coefficient_table())

    # Documents of earlier versions do not tell, and each characteristic has its own noise only.
    document = json.loads(text)
    del document["regression"]["information"]
    earlier = Scorecard.from_json(json.dumps(document))
    assert earlier.information_ is None
    ends, own = card.coefficient_table()[:3], earlier.coefficient_table()[:3]
    assert (own["low"] >= ends["low"]).all()
    assert (own["high"] <= ends["high"]).all()
    assert json.loads(earlier.to_json())["regression"]["information"] is None


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::infotheory.exceptions.InfotheoryWarning")
@pytest.mark.parametrize(
    ("slopes", "correlation", "n"), [((0.6, 0.1, 0.05), 0.3, 3000), ((0.5, 0.2, 0.0), 0.6, 4000)]
)
def test_noise_of_weak_characteristics_leaves_those_beside_them_covered(slopes, correlation, n):
    """The strong one was covered in .87, as what its weak neighbours took too much of was not."""
    rng, least = np.random.default_rng(5), 0.95 - 2.5 * np.sqrt(0.95 * 0.05 / 80)
    study = Study(80, covers=(least, 1.0))

    def draw(n_rows):
        common, own = rng.normal(size=(n_rows, 1)), rng.normal(size=(n_rows, 3))
        X = np.sqrt(correlation) * common + np.sqrt(1.0 - correlation) * own
        return pd.DataFrame(X, columns=NAMES), special.expit(X @ slopes - 2.4)

    everybody, risk = draw(60_000)
    for _ in study:
        X, chance = draw(n)
        card = Scorecard(signs="free").fit(X, (rng.random(n) < chance).astype(int))
        columns = []
        for codes in card.binner_.bin_codes(everybody).T:
            goods, bads = (np.bincount(codes, mass) for mass in (1.0 - risk, risk))
            seen = goods > 0.0
            woe = np.log(goods[seen] / bads[seen]) - np.log((1.0 - risk).sum() / risk.sum())
            columns.append(woe[(np.cumsum(seen) - 1)[codes]])
        truth = fit_logistic(
            np.column_stack(columns), np.column_stack([1.0 - risk, risk])
        ).coefficients
        table = card.coefficient_table()
        held = (table["low"] <= truth) & (truth <= table["high"])
        study.note(covers=held.to_numpy())
    study.check(f"{slopes}, {correlation}")


SETTINGS = {
    "noise": {"slopes": (-0.6, -0.3, 0.0), "intercept": -2.5, "n": 3000},
    "weak": {"slopes": (-0.6, -0.3, -0.1), "intercept": -2.5, "n": 3000, "fixed": True},
    "35 events": {"slopes": (-0.6, -0.3, -0.1), "intercept": -3.5, "n": 1000},
    "70 events, skewed": {
        "slopes": (-0.6, 0.25, 0.1),
        "intercept": -4.0,
        "n": 3000,
        "skewed": True,
    },
    "ridge": {"slopes": (-0.5, -0.4, 0.05), "intercept": -2.0, "n": 2000, "penalty": "ridge"},
    "firth": {"slopes": (-0.5, -0.4, 0.05), "intercept": -3.0, "n": 1500, "penalty": "firth"},
    "constrained": {
        "slopes": (-0.4, 0.2, 0.1),
        "intercept": -1.5,
        "n": 3000,
        "signs": "constrained",
    },
    "event sign": {"slopes": (-0.5, -0.2, 0.0), "intercept": -2.0, "n": 2500, "woe_sign": "event"},
}


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::infotheory.exceptions.InfotheoryWarning")
@pytest.mark.parametrize("setting", SETTINGS)
def test_coefficients_are_covered(setting):
    """Bins learnt anew (or fixed), truth by the whole population: covers .97; it was .13 to .93."""
    options = dict(SETTINGS[setting])
    law, risk = population(
        options.pop("slopes"), options.pop("intercept"), options.pop("skewed", False)
    )
    n, fixed = options.pop("n"), options.pop("fixed", False)
    sign = {"woe_sign": options.pop("woe_sign", "nonevent")}
    rng, least = np.random.default_rng(16), 0.95 - 3.0 * np.sqrt(0.95 * 0.05 / 200)
    study = Study(200, **dict.fromkeys(NAMES, (least, 1.0)), bounded=(0.1, 1.0))
    for _ in study:
        binner = fixed_binner(**sign) if fixed else OptimalBinner(**sign)
        card = Scorecard(binner, **({"signs": "free"} | options)).fit(*sample(rng, law, risk, n))
        table = card.coefficient_table()
        truth = true_coefficients(card, law, risk)
        shown = table["low"].notna().to_numpy() & card.active_
        covers = ((table["low"] <= truth) & (truth <= table["high"])).to_numpy()
        found = {name: covers[i] for i, name in enumerate(NAMES) if shown[i]}
        if shown[0]:
            found["bounded"] = np.isfinite(table["low"].to_numpy()[0])
        study.note(**found)
    study.check(setting)

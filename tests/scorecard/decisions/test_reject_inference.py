"""Reject inference: by hand, numerical derivatives, coverage under a true assumption, errors."""

import warnings

import numpy as np
import pandas as pd
import pytest
from scipy import sparse, special
from sklearn.frozen import FrozenEstimator

from infotheory.binning import OptimalBinner
from infotheory.exceptions import UnseenValueWarning
from infotheory.scorecard import Scorecard, reject_inference

LEVELS = (4, 3)
EFFECTS = (np.array([0.9, 0.3, -0.3, -1.0]), np.array([0.8, 0.0, -0.7]))
CELLS = np.array([(a, b) for a in range(LEVELS[0]) for b in range(LEVELS[1])], dtype=float)
SHARES = np.outer([0.2, 0.3, 0.3, 0.2], [0.3, 0.4, 0.3]).ravel()
RISK = special.expit(
    -1.2 + EFFECTS[0][CELLS[:, 0].astype(int)] + EFFECTS[1][CELLS[:, 1].astype(int)]
)
BANDS = [500, 520, 540]
ACCEPTED = special.expit(
    1.5 - 1.3 * (EFFECTS[0][CELLS[:, 0].astype(int)] + EFFECTS[1][CELLS[:, 1].astype(int)])
)


def frozen_card(**options):
    """Card whose bins are the levels, learnt on rows in which each cell has both classes."""
    X, y = np.repeat(CELLS, 100, axis=0), np.tile(np.repeat([0, 1], 50), len(CELLS))
    binner = OptimalBinner(min_bin_size=0.0, max_n_bins=4, monotonic_trend=None)
    y = np.where(np.arange(y.size) % 100 < 100 * np.repeat(RISK, 100), 1, 0)
    binner.fit(X, y)
    assert [spec.n_bins for spec in binner.specs_.values()] == list(LEVELS)
    return Scorecard(FrozenEstimator(binner), **options).fit(X, y)


def weighted(card, accepted, rejected, **options):
    """Result of cell counts as weights: accepted of shape (n_cells, 2), rejected (n_cells,)."""
    X, y = np.vstack([CELLS, CELLS]), np.repeat([0, 1], len(CELLS))
    return reject_inference(
        card,
        X,
        y,
        CELLS,
        sample_weight=accepted.T.ravel(),
        reject_weight=rejected,
        **{"factors": (1, 2)} | options,
    )


def counts_of(n, rng=None):
    law = np.stack(
        [SHARES * ACCEPTED * (1 - RISK), SHARES * ACCEPTED * RISK, SHARES * (1 - ACCEPTED)], axis=1
    )
    drawn = (
        n * law if rng is None else rng.multinomial(n, law.ravel()).reshape(law.shape).astype(float)
    )
    return drawn[:, :2], drawn[:, 2]


@pytest.mark.parametrize(("method", "factors"), [("parcelling", (1.0, 1.7)), ("fuzzy", (0.8, 2.0))])
def test_errors_are_those_of_numerical_derivatives(method, factors):
    card, step = frozen_card(), 1e-4
    accepted, rejected = counts_of(3000, np.random.default_rng(0))
    accepted, rejected = accepted + 1.0, rejected + 1.0
    options = {"method": method, "factors": factors, "bands": BANDS}
    result = weighted(card, accepted, rejected, **options).to_frame()
    cells, variance = np.concatenate([accepted.ravel(), rejected]), np.zeros(len(result))
    for i, count in enumerate(cells):
        ends = []
        for sign in (1, -1):
            moved = cells.copy()
            moved[i] += sign * step
            values = weighted(
                card, moved[: accepted.size].reshape(-1, 2), moved[accepted.size :], **options
            ).to_frame()
            ends.append(values["value"].to_numpy())
        variance += (count * (ends[0] - ends[1]) / (2 * step)) ** 2
    sized = (
        ~result["quantity"].isin(["auc_accepted"]).to_numpy()
    )  # DeLong's error has a factor N / (N - 1)
    np.testing.assert_allclose(
        result["standard_error"][sized], np.sqrt(variance)[sized], rtol=1e-4, atol=1e-7
    )


def test_one_characteristic_by_hand():
    X, y = np.repeat([[1.0], [2.0]], 50, axis=0), np.repeat([0, 1, 0, 1], [40, 10, 30, 20])
    card = Scorecard(base_odds=1, base_points=500, round=False).fit(X, y)
    rejects = np.repeat([[1.0], [2.0]], [20, 60], axis=0)
    frame = reject_inference(card, X, y, rejects, factors=(1, 2), bands=2).to_frame()
    # band rates .2 and .4: at factor 2 the rejects hold 20 * .4 and 60 * .8 events
    twice = frame[frame["factor"] == 2].set_index(["quantity", "bin"])["value"]
    assert twice[("bad_rate_rejected", "")] == pytest.approx((20 * 0.4 + 60 * 0.8) / 80)
    assert twice[("bad_rate_all", "")] == pytest.approx((30 + 8 + 48) / 180)
    assert twice[("coefficient", "")] == pytest.approx(-1.0)
    factor = 20 / np.log(2)
    points = twice["points"].to_numpy()[:2]
    np.testing.assert_allclose(
        points, 500 + factor * np.log([(40 + 12) / (10 + 8), (30 + 12) / (20 + 48)])
    )
    # pairs (event, non-event) over both bins: events 18 and 68, non-events 52 and 42
    assert twice[("auc_all", "")] == pytest.approx(
        (18 * 0.5 * 52 + 68 * (52 + 0.5 * 42)) / (86 * 94)
    )
    assert frame["value"][frame["assumption"] == "accepted only"].iloc[-1] == pytest.approx(0.3)


def test_fuzzy_at_factor_1_gives_one_characteristic_its_points_back():
    X, y = np.repeat([[1.0], [2.0]], 50, axis=0), np.repeat([0, 1, 0, 1], [40, 10, 30, 20])
    card = Scorecard(round=False).fit(X, y)
    result = reject_inference(
        card, X, y, np.repeat([[1.0], [2.0]], [5, 300], axis=0), method="fuzzy", factors=(1, 3)
    )
    frame = result.to_frame()
    points = (
        frame[frame["quantity"] == "points"].groupby("assumption", sort=False)["value"].apply(list)
    )
    np.testing.assert_allclose(points["fuzzy x 1"][:2], points["accepted only"][:2], atol=1e-6)
    # odds three times: every bin moves by less than 20 log2(3), the more the more rejects it holds
    loss = np.subtract(points["fuzzy x 1"], points["fuzzy x 3"])[:2]
    assert 0 < loss[0] < loss[1] < 20 * np.log2(3)


def test_accepted_only_is_the_card_itself():
    rng = np.random.default_rng(1)
    X = pd.DataFrame({"a": rng.normal(size=800), "b": rng.choice(list("xyz"), size=800)})
    y = (rng.random(800) < special.expit(-1 - X["a"] + (X["b"] == "x"))).astype(int)
    for options in ({}, {"intercept": "separate"}):
        card = Scorecard(round=False, **options).fit(X, y)
        frame = reject_inference(card, X, y, X[:50]).to_frame()
        alone = frame[frame["assumption"] == "accepted only"]
        np.testing.assert_allclose(
            alone["value"][alone["quantity"] == "coefficient"], card.coef_[0], atol=1e-8
        )
        np.testing.assert_allclose(
            alone["standard_error"][alone["quantity"].isin(["intercept", "coefficient"])],
            np.sqrt(np.diag(card.covariance_)),
            atol=1e-8,
        )
        points = np.concatenate([card.points_[name][:-1] for name in "ab"])
        np.testing.assert_allclose(alone["value"][alone["quantity"] == "points"], points, atol=1e-6)


@pytest.mark.parametrize("sign", ["nonevent", "event"])
def test_points_do_not_depend_on_the_sign_of_woe_or_the_name_of_the_event(sign):
    rng = np.random.default_rng(2)
    x = rng.normal(size=(600, 1))
    y = np.where(rng.random(600) < special.expit(-1 - x[:, 0]), "bad", "good")
    card = Scorecard(OptimalBinner(woe_sign=sign, event_label="bad"), round=False).fit(x, y)
    frame = reject_inference(card, x, y, x[:100] - 1).to_frame()
    points = frame[(frame["quantity"] == "points") & (frame["assumption"] == "accepted only")][
        "value"
    ]
    np.testing.assert_allclose(points, card.points_["x0"][:-1], atol=1e-6)
    rates = frame[frame["quantity"] == "bad_rate_rejected"].set_index("factor")["value"]
    assert rates.is_monotonic_increasing
    assert rates[1.0] > (y == "bad").mean()


def test_band_spans_the_assumptions_and_says_what_lies_outside():
    card = frozen_card()
    accepted, rejected = counts_of(5000, np.random.default_rng(3))
    result = weighted(card, accepted, rejected, factors=(3, 1, 2, 2))
    frame, band = result.to_frame(), result.band()
    assert result.factors == (1.0, 2.0, 3.0)
    assert list(band.columns) == [
        "quantity",
        "feature",
        "bin",
        "minimum",
        "maximum",
        "low",
        "high",
        "accepted_only",
    ]
    own = frame[(frame["quantity"] == "bad_rate_all") & frame["factor"].notna()]
    row = band.set_index("quantity").loc["bad_rate_all"]
    assert (row["minimum"], row["maximum"]) == (own["value"].min(), own["value"].max())
    assert (row["low"], row["high"]) == (own["low"].min(), own["high"].max())
    assert row["low"] < row["minimum"] < row["maximum"] < row["high"]
    assert result.outside_share == 0.0
    accepted[CELLS[:, 0] == 0] = 0.0  # nobody of the riskiest level was accepted
    points = card.predict_points(CELLS)
    riskier = points < points[3:].min()
    assert weighted(card, accepted, rejected).outside_share == pytest.approx(
        rejected[riskier].sum() / rejected.sum()
    )
    assert rejected[riskier].sum() / rejected.sum() > 0.1


def test_values_unseen_among_accepted_are_named_and_weigh_nothing():
    X = pd.DataFrame({"home": ["own"] * 60 + ["rent"] * 40})
    y = np.repeat([0, 1, 0, 1], [50, 10, 25, 15])
    card = Scorecard().fit(X, y)
    with pytest.warns(UnseenValueWarning, match="home: 5 rows"):
        frame = reject_inference(
            card, X, y, pd.DataFrame({"home": ["free"] * 5 + ["own"] * 5})
        ).to_frame()
    assert np.isfinite(frame["value"]).all()


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (
            {"factors": (1.5,)},
            r"factors must hold at least two different positive numbers, got \[1.5\]",
        ),
        ({"factors": (1.0, 1.0)}, "one assumption would pass for an answer"),
        ({"factors": (0.0, 1.0)}, r"positive numbers, got \[0.0, 1.0\]"),
        ({"factors": (np.nan, 1.0)}, r"positive numbers, got \[nan, 1.0\]"),
        (
            {"method": "augmentation"},
            "method must be one of 'parcelling', 'fuzzy', got 'augmentation'",
        ),
        (
            {"bands": 0},
            "bands must be an integer of at least 1, or the points at which a band begins, got 0",
        ),
        (
            {"bands": [500, 900]},
            "every band must hold accepted rows, got none from 900 to inf points; join",
        ),
        ({"level": 1.0}, "level must lie strictly between 0 and 1, got 1.0"),
        ({"reject_weight": [1.0]}, r"reject_weight must have shape \(12,\)"),
        ({"y": np.zeros(24)}, "got one class"),
        (
            {"y": np.repeat(["bad", "good"], 12)},
            r"y must hold the labels of the fit \[0, 1\], got \['bad', 'good'\]",
        ),
        ({"rejects": np.zeros((0, 1))}, "rejects must hold rows, got none"),
        ({"y": [0, 1]}, r"y must have shape \(24,\)"),
        (
            {"card": Scorecard(penalty="ridge")},
            "card must be a maximum-likelihood fit .* got penalty 'ridge'",
        ),
    ],
)
def test_errors(change, text):
    X, y = np.vstack([CELLS, CELLS]), np.repeat([0, 1], len(CELLS))
    card = frozen_card()
    if "card" in change:
        card = (
            change["card"].set_params(binner=card.binner_).fit(X, y, counts_of(3000)[0].T.ravel())
        )
    weights = counts_of(3000)[0].T.ravel()
    arguments = {"X": X, "y": y, "rejects": CELLS, "sample_weight": weights} | {
        k: v for k, v in change.items() if k != "card"
    }
    with pytest.raises(ValueError, match=text):
        reject_inference(card, **arguments)


def test_sparse_rows_are_refused_by_name():
    X, y = np.vstack([CELLS, CELLS]), np.repeat([0, 1], len(CELLS))
    for change in ("X", "rejects"):
        rows = {"X": X, "rejects": CELLS}
        rows[change] = sparse.csr_matrix(rows[change])
        with pytest.raises(TypeError, match=f"{change} must be dense, got a sparse csr_matrix"):
            reject_inference(frozen_card(), rows["X"], y, rows["rejects"])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("method", "factor", "bands"),
    [("parcelling", 1.5, BANDS), ("parcelling", 1.5, 4), ("fuzzy", 2.0, 4)],
)
def test_intervals_cover_under_each_assumption_and_the_band_covers(method, factor, bands):
    card, rng, replicates = frozen_card(), np.random.default_rng(5), 150
    options = {"method": method, "factors": (1.0, factor), "bands": bands}
    truth = weighted(card, *counts_of(1e7), **options).to_frame()
    covered, in_band = np.zeros(len(truth)), 0
    X, y = np.vstack([CELLS, CELLS]), np.repeat([0, 1], len(CELLS))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for _ in range(replicates):
            accepted, rejected = counts_of(4000, rng)
            rows = np.repeat(np.arange(y.size), accepted.T.ravel().astype(int))
            result = reject_inference(
                card, X[rows], y[rows], np.repeat(CELLS, rejected.astype(int), axis=0), **options
            )
            frame, band = result.to_frame(), result.band().set_index("quantity")
            covered += (frame["low"] <= truth["value"]) & (truth["value"] <= frame["high"])
            whole = truth["value"][
                (truth["quantity"] == "bad_rate_all") & (truth["factor"] == factor)
            ].iloc[0]
            in_band += band.loc["bad_rate_all", "low"] <= whole <= band.loc["bad_rate_all", "high"]
    table = truth.assign(coverage=covered / replicates).groupby(
        ["quantity", "factor"], dropna=False
    )["coverage"]
    print(
        method,
        bands,
        table.agg(["min", "max"]).round(3).to_string(),
        f"band {in_band / replicates}",
        sep="\n",
    )
    assert (
        covered / replicates > 0.95 - 4.0 * np.sqrt(0.05 * 0.95 / replicates)
    ).all()  # dozens of numbers
    assert 0.93 < (covered / replicates).mean() < 0.97
    assert in_band / replicates > 0.935

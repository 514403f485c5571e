"""A card of a mean fitted and applied on frames of any engine is that of rows in memory."""

import narwhals as nw
import numpy as np
import pytest
from sklearn.frozen import FrozenEstimator

from infotheory.binning import OptimalBinner
from infotheory.scorecard import ScorecardRegressor
from tests.scorecard.card.test_card_frames import FEATURES, every_engine, loans

BINNER = OptimalBinner(special_codes={"refused": [-9.0]}, monotonic_trend=None)
KINDS = ("fraction", "rate", "continuous")


@pytest.fixture(scope="module")
def rows():
    """Rows with nulls, NaN, special codes, booleans, decimals, weights of 0."""
    made, rng = loans(2000), np.random.default_rng(1)
    risk = np.nan_to_num(np.where(made["amount"] < -5, 0.5, made["amount"]))
    risk = risk + 0.8 * (made["region"] == "South").to_numpy() - 0.5 * made["owner"].to_numpy()
    p = 1.0 / (1.0 + np.exp(-risk))
    return made.assign(
        fraction=rng.beta(0.4 * p, 0.4 * (1.0 - p)),
        rate=rng.poisson(np.exp(risk)) * rng.lognormal(size=len(p)),
        continuous=1e4 + risk + rng.standard_t(4, len(p)),
    )


def collected(frame):
    native = nw.from_native(frame)
    return (native.collect() if isinstance(native, nw.LazyFrame) else native).to_pandas()


@every_engine
@pytest.mark.parametrize("kind", KINDS)
def test_the_card_is_that_of_rows_in_memory(rows, on_engine, engine, kind):
    for weights in (None, "w"):
        card = ScorecardRegressor(BINNER, target_type=kind)
        given = rows if weights is None else rows[rows["w"] > 0.0]
        wanted = card.fit(given[FEATURES], given[kind], given[weights] if weights else None)
        options = {"sample_weight": weights, "features": FEATURES}
        found = ScorecardRegressor(BINNER, target_type=kind)
        found.fit_frame(on_engine(rows, engine), kind, **options)

        assert found.status_ == wanted.status_
        for name in ("coef_", "intercept_", "covariance_", "contribution_covariance_"):
            expected = np.asarray(getattr(wanted, name))
            atol = 1e-9 * np.abs(expected).max()
            np.testing.assert_allclose(getattr(found, name), expected, rtol=1e-7, atol=atol)
        assert found.base_mean_ == pytest.approx(wanted.base_mean_, rel=1e-12)
        for name, points in wanted.points_.items():
            assert found.points_[name] == pytest.approx(points, abs=1.0)  # a half may round


@every_engine
def test_points_of_a_frame_are_those_of_rows(rows, on_engine, engine):
    card = ScorecardRegressor(BINNER, target_type="rate").fit(rows[FEATURES], rows["rate"])
    scored = collected(card.predict_points_frame(on_engine(rows, engine)))
    order = ["amount", "w", "rate"]
    wanted = rows.assign(points=card.predict_points(rows[FEATURES])).sort_values(order)
    found = scored.sort_values(order)
    np.testing.assert_array_equal(found["points"].to_numpy(), wanted["points"].to_numpy())


def test_a_frozen_binner_reads_amounts_as_it_learnt_them(rows, on_engine):
    binner = OptimalBinner(target_type="continuous").fit(rows[FEATURES], rows["continuous"] - 3e3)
    frozen = ScorecardRegressor(FrozenEstimator(binner), target_type="continuous")
    wanted = frozen.fit(rows[FEATURES], rows["continuous"])
    found = ScorecardRegressor(FrozenEstimator(binner), target_type="continuous").fit_frame(
        on_engine(rows, "duckdb"), "continuous", features=FEATURES
    )
    assert found.predict(rows[FEATURES]) == pytest.approx(wanted.predict(rows[FEATURES]), rel=1e-9)


def test_amounts_of_another_kind_are_refused(rows, on_engine):
    with pytest.raises(ValueError, match=r"y must lie in \[0, 1\]"):
        ScorecardRegressor().fit_frame(on_engine(rows, "duckdb"), "rate", features=FEATURES)
    with pytest.raises(ValueError, match="target, sample_weight and groups"):
        ScorecardRegressor().fit_frame(on_engine(rows, "duckdb"), "loss", features=FEATURES)

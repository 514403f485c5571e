"""A card fitted and applied on frames of any engine is the card of rows in memory."""

from decimal import Decimal

import narwhals as nw
import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.frozen import FrozenEstimator

from infotheory.binning import FairBinner, OptimalBinner
from infotheory.engines import count_patterns
from infotheory.scorecard import Scorecard, ScorecardRegressor, from_toad
from infotheory.scorecard.card import frames as card_frames
from tests.engines.warehouse import WAREHOUSES

ENGINES = ("pandas", "pyarrow", "polars", "polars lazy", "duckdb", "spark", *WAREHOUSES)
LAZY = ("polars lazy", "duckdb", "spark", *WAREHOUSES)
FEATURES = ["amount", "age", "price", "region", "owner"]
BINNER = OptimalBinner(special_codes={"refused": [-9.0]})

every_engine = pytest.mark.parametrize("engine", ENGINES)


def loans(n=3000, seed=0):
    """Rows with nulls, NaN, special codes, booleans, decimals, weights of 0."""
    rng = np.random.default_rng(seed)
    amount = rng.normal(size=n).round(2)
    amount[::13], amount[1::17] = np.nan, -9.0
    age = pd.array(rng.integers(18, 90, n), dtype="Int64")
    age[rng.random(n) < 0.05] = pd.NA
    region = rng.choice(["North", "South", "East"], n).astype(object)
    region[rng.random(n) < 0.1] = None
    owner = rng.random(n) < 0.6
    risk = (
        np.nan_to_num(np.where(amount < -5, 0.5, amount)) + 0.8 * (region == "South") - 0.5 * owner
    )
    return pd.DataFrame(
        {
            "amount": amount,
            "age": age,
            "price": [Decimal(int(k)) / 100 for k in rng.integers(0, 500, n)],
            "region": region,
            "owner": owner,
            "bad": (rng.random(n) < 1 / (1 + np.exp(1.5 - risk))).astype(np.int64),
            "w": np.where(rng.random(n) < 0.1, 0.0, rng.integers(1, 4, n) / 2.0),
            "sex": rng.choice(["F", "M"], n),
        }
    )


@pytest.fixture(scope="module")
def rows():
    return loans()


def assert_same_card(found, wanted):
    assert found.classes_.tolist() == wanted.classes_.tolist()
    assert found.status_ == wanted.status_
    for name, points in wanted.points_.items():
        assert found.points_[name].tolist() == points.tolist()
    for name in (
        "coef_",
        "intercept_",
        "covariance_",
        "contribution_covariance_",
        "variance_inflation_",
    ):
        expected = getattr(wanted, name)
        # Of columns that depend on each other the inflation is infinite.
        scale = np.abs(expected[np.isfinite(expected)]).max(initial=0.0)
        np.testing.assert_allclose(getattr(found, name), expected, rtol=1e-9, atol=1e-12 * scale)


@every_engine
@pytest.mark.parametrize("weights", [None, "w"])
def test_the_card_is_that_of_rows_in_memory(rows, on_engine, engine, weights):
    wanted = Scorecard(BINNER).fit(
        rows[FEATURES], rows["bad"], None if weights is None else rows["w"]
    )
    found = Scorecard(BINNER).fit_frame(
        on_engine(rows, engine), "bad", sample_weight=weights, features=FEATURES
    )
    assert_same_card(found, wanted)
    assert list(found.feature_names_in_) == FEATURES
    pd.testing.assert_frame_equal(
        found.points_table(), wanted.points_table(), check_exact=False, rtol=1e-12
    )
    pd.testing.assert_frame_equal(found.coefficient_table(), wanted.coefficient_table(), rtol=1e-9)
    assert Scorecard.from_json(found.to_json()).points_table().equals(found.points_table())


@every_engine
def test_frozen_bins_of_the_whole_table_and_the_rest_on_a_sample(rows, on_engine, engine):
    binner = OptimalBinner().fit_frame(on_engine(rows, engine), "bad", features=FEATURES)
    sample = rows[:1000]
    wanted = Scorecard(FrozenEstimator(binner)).fit(sample[FEATURES], sample["bad"])
    assert_same_card(
        Scorecard(FrozenEstimator(binner)).fit_frame(on_engine(sample, engine), "bad"), wanted
    )


@every_engine
@pytest.mark.parametrize("intercept", ["spread", "separate"])
@pytest.mark.parametrize("rounded", [True, False])
def test_points_equal_those_of_rows_exactly(rows, on_engine, engine, intercept, rounded):
    card = Scorecard(BINNER, intercept=intercept, round=rounded).fit(rows[FEATURES], rows["bad"])
    found = nw.from_native(card.predict_points_frame(on_engine(rows, engine)))
    assert isinstance(found, nw.LazyFrame) == (engine in LAZY)
    table = found.lazy().collect() if isinstance(found, nw.LazyFrame) else found
    assert table["points"].to_list() == card.predict_points(rows[FEATURES]).tolist()
    assert table.columns == [*rows.columns, "points"]
    assert table["sex"].to_list() == rows["sex"].tolist()


@every_engine
def test_what_has_no_points_is_an_error_in_memory_and_null_on_lazy_engines(rows, on_engine, engine):
    card = Scorecard(OptimalBinner(cat_unknown="error")).fit(
        rows[["amount", "region"]], rows["bad"]
    )
    strange = pd.DataFrame({"amount": [0.0, np.inf, 0.0], "region": ["South", "South", "Moon"]})
    if engine in ("pandas", "pyarrow", "polars"):
        with pytest.raises(ValueError, match=r"infinity|categories seen in the fit"):
            nw.from_native(card.predict_points_frame(on_engine(strange, engine)))
        return
    table = nw.from_native(card.predict_points_frame(on_engine(strange, engine))).collect()
    assert table["points"].to_list() == [card.predict_points(strange[:1])[0], None, None]


@every_engine
def test_a_card_of_another_package_scores_frames(on_engine, engine):
    card = from_toad({"age": {"[-inf ~ 30)": 10.0, "[30 ~ 50)": 20.0, "[50 ~ inf)": 35.0}})
    rows = pd.DataFrame({"age": [29.0, 30.0, 70.0]})
    found = nw.from_native(card.predict_points_frame(on_engine(rows, engine))).lazy().collect()
    assert found["points"].to_list() == [10.0, 20.0, 35.0]


@every_engine
def test_faults_are_named(rows, on_engine, engine):
    def fit(frame, target="bad", **options):
        return Scorecard(BINNER).fit_frame(
            on_engine(frame, engine), target, **{"features": FEATURES} | options
        )

    with pytest.raises(ValueError, match=r"must be columns of the frame .* got 'worse'"):
        fit(rows, "worse")
    with pytest.raises(ValueError, match=r"must be columns of the frame .* got 'speed'"):
        fit(rows, features=[*FEATURES, "speed"])
    with pytest.raises(
        ValueError, match=r"y must hold two classes|Only binary|contains only one|one class"
    ):
        fit(rows.assign(bad=1))
    with pytest.raises(ValueError, match=r"missing labels|NaN"):
        fit(rows.assign(bad=rows["bad"].where(rows.index != 5)))
    with pytest.raises(ValueError, match="protected needs a binner whose fit takes it"):
        fit(rows, protected="sex")
    with pytest.raises(ValueError, match="intercept must be one of"):
        Scorecard(BINNER, intercept="none").fit_frame(on_engine(rows, engine), "bad")
    card = Scorecard(BINNER).fit(rows[FEATURES], rows["bad"])
    with pytest.raises(
        ValueError, match=r"features of the fit must be columns of the frame .* got 'region'"
    ):
        card.predict_points_frame(on_engine(rows.drop(columns="region"), engine))
    with pytest.raises(
        ValueError, match="frame must have no column called 'points', which the result adds; rename"
    ):
        card.predict_points_frame(on_engine(rows.assign(points=1.0), engine))
    with pytest.raises(TypeError, match=r"'age' (is numerical, got|must hold numbers)"):
        card.predict_points_frame(on_engine(rows.assign(age="old"), engine))


@every_engine
def test_an_empty_frame(rows, on_engine, engine):
    card = Scorecard(BINNER).fit(rows[FEATURES], rows["bad"])
    with pytest.raises(ValueError, match=r"0 sample\(s\)|must hold rows"):
        Scorecard(FrozenEstimator(card.binner_)).fit_frame(on_engine(rows[:0], engine), "bad")


@every_engine
def test_too_many_patterns_say_how_many_and_what_to_do(rows, on_engine, engine, monkeypatch):
    monkeypatch.setattr(card_frames, "MAX_PATTERNS", 100)
    card = Scorecard(BINNER)
    binner = OptimalBinner(special_codes={"refused": [-9.0]}).fit(rows[FEATURES], rows["bad"])
    found = count_patterns(rows, binner.specs_, target="bad")
    pairs = np.count_nonzero(found.counts)
    with pytest.raises(
        ValueError,
        match=rf"at most 100 different forms .* got {pairs}; use fewer .* FrozenEstimator",
    ):
        card.fit_frame(on_engine(rows, engine), "bad", features=FEATURES)


def test_frozen_bins_have_their_features_and_an_unknown_frame_is_refused(rows):
    binner = OptimalBinner().fit(rows[FEATURES], rows["bad"])
    with pytest.raises(ValueError, match="features must be those of the frozen binner"):
        Scorecard(FrozenEstimator(binner)).fit_frame(rows, "bad", features=["age"])
    with pytest.raises(TypeError, match="frame must be a table of a known engine"):
        Scorecard(FrozenEstimator(binner)).fit_frame([[1, 2]], "bad")


def test_protected_attributes_reach_the_binner(rows):
    binner = FairBinner(budget=0.05)
    wanted = Scorecard(binner).fit(rows[["amount", "region"]], rows["bad"], protected=rows["sex"])
    found = Scorecard(binner).fit_frame(rows, "bad", protected="sex", features=["amount", "region"])
    assert_same_card(found, wanted)


def twice(rows):
    """Rows with a column that says the same as another one, and one that tells the classes."""
    return rows.assign(again=rows["amount"], told=rows["bad"].astype(float))


@pytest.mark.parametrize(
    ("features", "options"),
    [
        (FEATURES, {}),
        (FEATURES, {"penalty": "ridge"}),
        (FEATURES, {"penalty": "firth"}),
        (FEATURES, {"signs": "constrained"}),
        (["amount", "again", "region"], {}),
        (["amount", "told"], {}),
    ],
)
@pytest.mark.filterwarnings("ignore::infotheory.exceptions.InfotheoryWarning")
def test_a_card_of_so_many_patterns_that_they_stay_codes_is_the_same(
    rows, monkeypatch, features, options
):
    from infotheory.scorecard.regression import _blocks

    frame = pl.from_pandas(twice(rows)).lazy()
    options = {"signs": "free"} | options
    cards = []
    for most, most_in_rows in ((_blocks._MOST_CELLS, 0), (0, 0), (0, 10**9)):
        monkeypatch.setattr(_blocks, "_MOST_CELLS", most)
        monkeypatch.setattr(_blocks, "_MOST_CELLS_IN_ROWS", most_in_rows)
        cards.append(Scorecard(**options).fit_frame(frame, "bad", features=features))
    assert_same_card(cards[1], cards[0])
    assert_same_card(cards[2], cards[0])


@pytest.mark.parametrize("signs", ["free", "constrained"])
def test_a_mean_of_so_many_patterns_that_they_stay_codes_is_the_same(rows, monkeypatch, signs):
    from infotheory.scorecard.regression import _blocks

    rng = np.random.default_rng(3)
    frame = pl.from_pandas(rows.assign(loss=rng.beta(1 + rows["bad"], 3))).lazy()
    cards = []
    for most, most_in_rows in ((_blocks._MOST_CELLS, 0), (0, 0), (0, 10**9)):
        monkeypatch.setattr(_blocks, "_MOST_CELLS", most)
        monkeypatch.setattr(_blocks, "_MOST_CELLS_IN_ROWS", most_in_rows)
        card = ScorecardRegressor(target_type="fraction", signs=signs)
        cards.append(card.fit_frame(frame, "loss", features=FEATURES))
    for name in ("coef_", "covariance_", "variance_inflation_"):
        for card in cards[1:]:
            np.testing.assert_allclose(getattr(card, name), getattr(cards[0], name), rtol=1e-8)

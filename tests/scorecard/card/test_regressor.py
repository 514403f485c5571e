"""The card of a mean: values by hand, exports, documents, and what is refused."""

import json
import sqlite3
import warnings
from contextlib import closing

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import parametrize_with_checks

from infotheory.binning import FairBinner, OptimalBinner, StumpBinner, merge_bins, set_woe
from infotheory.cli import main
from infotheory.exceptions import (
    ApproximationWarning,
    CoefficientSignWarning,
    SparseCellWarning,
    UnseenValueWarning,
)
from infotheory.scorecard import (
    MeanScale,
    Scorecard,
    ScorecardRegressor,
    compare_cards,
    reject_inference,
)
from infotheory.scorecard.export.document import document_schema
from infotheory.scorecard.export.mean_document import mean_document_schema
from tests.binning.test_sklearn_checks import squeezed

KINDS = ("fraction", "rate", "continuous")


def sample(kind, n_rows=2500, seed=0):
    """Loss shapes: two humps at 0 and 1, nine rows in ten without a claim, heavy tails."""
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(
        {
            "age": rng.normal(40.0, 10.0, n_rows),
            "value": rng.lognormal(size=n_rows),
            "region": rng.choice(list("nesw"), n_rows),
        }
    )
    X.loc[::19, "age"] = np.nan
    score = 0.04 * (X["age"].fillna(45.0) - 40.0) - 0.4 * np.log(X["value"])
    eta = (score + (X["region"] == "n")).to_numpy()
    weights = rng.uniform(0.02, 2.0, n_rows)  # from days to years
    if kind == "fraction":
        p = 1.0 / (1.0 + np.exp(0.5 - eta))
        y = rng.beta(0.3 * p, 0.3 * (1.0 - p))
    elif kind == "rate":
        y = rng.poisson(weights * np.exp(eta - 1.5)) * rng.lognormal(size=n_rows) / weights
    else:
        y = 1000.0 + eta + rng.standard_t(3, n_rows)
    return X, y, weights


@pytest.fixture(scope="module", params=KINDS)
def fitted(request):
    X, y, weights = sample(request.param)
    return ScorecardRegressor(target_type=request.param).fit(X, y, weights), X, y, weights


class Squeezed(ScorecardRegressor):
    """A card of fractions for checks, whose targets are any numbers not below 0."""

    def fit(self, X, y, sample_weight=None):
        column = np.asarray(y)
        if column.ndim == 2 and column.shape[1] == 1:
            y = 1.0 - np.exp(-np.abs(column))
        return super().fit(X, squeezed(y), sample_weight)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.regressor_tags.poor_score = True  # for the target of the check, which is another one
        return tags


def pre_binner(**options):
    # "auto" weighs a gain against its standard error, which is another one where a row of weight 2
    # stands for one customer than where two rows stand for two.
    return OptimalBinner(monotonic_trend=None, **options)


@pytest.mark.filterwarnings("ignore::infotheory.exceptions.SparseCellWarning")
@pytest.mark.filterwarnings("ignore::infotheory.exceptions.UnseenValueWarning")
@pytest.mark.filterwarnings("ignore::infotheory.exceptions.NotConvergedWarning")
@pytest.mark.filterwarnings("ignore::infotheory.exceptions.CoefficientSignWarning")
@parametrize_with_checks(
    [
        Squeezed(pre_binner()),
        ScorecardRegressor(pre_binner(), target_type="rate", power=1.5, penalty="ridge"),
        ScorecardRegressor(pre_binner(), target_type="continuous", intercept="separate"),
    ]
)
def test_scikit_learn_checks(estimator, check):
    with warnings.catch_warnings():
        for category in (SparseCellWarning, UnseenValueWarning):
            warnings.simplefilter("ignore", category)
        check(estimator)


def test_a_mean_of_one_characteristic_is_that_of_its_bins():
    X = pd.DataFrame({"x": [1.0] * 50 + [2.0] * 50})
    targets = {
        "fraction": np.repeat([0.2, 1.0, 0.0, 0.6], [25, 25, 30, 20]),
        "rate": np.repeat([0.0, 3.0, 0.0, 9.0], [25, 25, 30, 20]),
        "continuous": np.repeat([-1.0, 3.0, -4.0, 6.0], [25, 25, 30, 20]),
    }
    for kind, y in targets.items():
        card = ScorecardRegressor(target_type=kind).fit(X, y)
        assert card.predict(X)[[0, -1]] == pytest.approx([y[:50].mean(), y[50:].mean()])
        assert card.base_mean_ == pytest.approx(y.mean())
        assert card.coefficient_table()["reason"][0].startswith("the only characteristic")


@pytest.mark.parametrize(
    ("kind", "base", "double"), [("fraction", 0.5, 2.0 / 3.0), ("rate", 3.0, 6.0)]
)
def test_pdo_doubles_the_odds_or_the_mean(kind, base, double):
    for more, sign in ((None, -1.0), ("lower", -1.0), ("higher", 1.0)):
        card = ScorecardRegressor(
            target_type=kind, base_mean=base, base_points=500, pdo=30, more_points=more
        )
        scale = card.point_scale()
        link = {"fraction": lambda m: np.log(m / (1 - m)), "rate": np.log}[kind]
        assert scale.line.score(link(base)) == pytest.approx(500.0)
        assert scale.line.score(link(double)) == pytest.approx(500.0 + sign * 30.0)
        assert scale.line.predictor(np.array([500.0])) == pytest.approx([link(base)])


def test_pdo_is_worth_a_unit_of_a_number():
    scale = MeanScale(5.0, 100.0, 1000.0, "identity", rising=True)
    assert scale.line.score(1003.0) == pytest.approx(115.0)


def test_points_are_the_predictor_on_the_scale(fitted):
    card, X, _, _ = fitted
    exact = clone(card).set_params(round=False).fit(*fitted[1:])
    line = exact.point_scale().line
    predictor = exact.intercept_ + exact.binner_.transform(X) @ exact.coef_
    assert exact.predict_points(X) == pytest.approx(line.offset - line.factor * predictor)
    assert card.predict(X) == pytest.approx(exact.predict(X))
    assert np.abs(card.predict_points(X) - exact.predict_points(X)).max() <= 0.5 * len(card.points_)
    parts = card.points_by_characteristic(X)
    assert parts.sum(axis=1).to_numpy() + card.base_ == pytest.approx(card.predict_points(X))


def test_means_balance(fitted):
    """The score of the intercept is 0: with these links predictions add up to what happened."""
    card, X, y, weights = fitted
    assert weights @ card.predict(X) == pytest.approx(weights @ y, rel=1e-9)


def test_tables_say_mean(fitted):
    card, _X, y, weights = fitted
    table = card.points_table()
    assert list(table) == ["feature", "bin", "count", "mean", "woe", "coefficient", "points"]
    of_region = table[table["feature"] == "region"]
    assert of_region["count"].sum() == pytest.approx(weights.sum())
    known = of_region[of_region["count"] > 0.0]
    assert known["count"] @ known["mean"] == pytest.approx(weights @ y)
    assert {"standard_error", "low", "high"} <= set(card.point_intervals())
    assert card.coefficient_table()["sign_ok"].all()


def test_intervals_are_those_of_points_and_means(fitted):
    card, X, _, _ = fitted
    means, scores = card.mean_intervals(X.head(20)), card.score_intervals(X.head(20))
    assert means["mean"].to_numpy() == pytest.approx(card.predict(X.head(20)))
    factor = abs(card.point_scale().line.factor)
    assert scores["standard_error"].to_numpy() == pytest.approx(
        factor * means["standard_error"].to_numpy()
    )
    assert (means["low"] < means["mean"]).all()
    assert (means["mean"] < means["high"]).all()
    wide = card.mean_intervals(X.head(20), level=0.99)
    assert (wide["low"] < means["low"]).all()
    with pytest.raises(ValueError, match="level must lie strictly between 0 and 1"):
        card.mean_intervals(X, level=95)


def test_reasons_are_those_that_cost_points(fitted):
    card, X, _, _ = fitted
    reasons = card.reason_codes(X.head(30), n=3)
    lost = {name: points.max() - points for name, points in card.points_.items()}
    codes = card.binner_.bin_codes(X.head(30))
    largest = np.column_stack([lost[n][c] for n, c in zip(lost, codes.T, strict=True)]).max(axis=1)
    assert reasons["shortfall_1"].fillna(0.0).to_numpy() == pytest.approx(largest)
    excluded = clone(card).set_params(exclude_from_reasons=["region"]).fit(*fitted[1:])
    assert "region" not in excluded.reason_codes(X.head(30), n=3)["reason_1"].tolist()
    kept = card.reason_confidence(X.head(30), random_state=0)
    assert kept["first_kept"].between(0.0, 1.0).all()


def test_a_document_gives_the_card_back(fitted):
    card, X, _, _ = fitted
    text = card.to_json()
    back = ScorecardRegressor.from_json(text)
    assert back.to_json() == text
    np.testing.assert_array_equal(back.predict(X), card.predict(X))
    np.testing.assert_array_equal(back.predict_points(X), card.predict_points(X))
    pd.testing.assert_frame_equal(back.points_table(), card.points_table())
    pd.testing.assert_frame_equal(back.coefficient_table(), card.coefficient_table())
    pd.testing.assert_frame_equal(back.mean_intervals(X.head(9)), card.mean_intervals(X.head(9)))


def test_a_document_of_another_kind_is_refused(fitted):
    card = fitted[0]
    with pytest.raises(ValueError, match="infotheory scorecard"):
        Scorecard.from_json(card.to_json())


DAMAGES = {
    "points": (lambda d: d["features"][0]["points"].__setitem__(0, 1e4), "must be"),
    "woe": (lambda d: d["features"][0]["woe"].__setitem__(0, 9.0), "must be"),
    "sums": (lambda d: d["features"][0]["sums"][0].__setitem__(0, 1e7), "must"),
    "products": (lambda d: d["features"][0]["products"][0].__setitem__(1, 1e9), "products"),
    "base": (lambda d: d.__setitem__("base", 77.0), "must be"),
    "kind": (lambda d: d["settings"].__setitem__("target_type", "rate"), "target"),
    "power": (lambda d: d["settings"].__setitem__("power", 3.0), "power"),
    "coef": (lambda d: d["regression"]["coef"][0].pop(), "entries"),
    "name": (lambda d: d["features"][1]["bins"].__setitem__("name", "age"), "again"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_document_is_refused_with_its_place(damage):
    X, y, weights = sample("fraction")
    document = json.loads(ScorecardRegressor().fit(X, y, weights).to_json())
    break_it, said = DAMAGES[damage]
    break_it(document)
    with pytest.raises(ValueError, match=said):
        ScorecardRegressor.from_json(json.dumps(document))


def test_the_schemas_share_their_definitions():
    theirs, ours = document_schema()["$defs"], mean_document_schema()["$defs"]
    for name in ("bins", "regression", "step", "number", "numbers"):
        assert ours[name] == theirs[name]


def test_options_that_were_changed_after_the_fit_have_no_document():
    X, y, _ = sample("rate")
    card = ScorecardRegressor(target_type="rate").fit(X, y)
    with pytest.raises(ValueError, match="options of a card must be those of its fit"):
        card.set_params(pdo=40).to_json()
    with pytest.raises(ValueError, match="power must be that of the fit"):
        card.set_params(pdo=20, power=2.0).to_json()


def test_exports_give_points_and_means(fitted):
    card, X, _, _ = fitted
    query = card.to_sql("t", columns="all", dialect="sqlite")
    with closing(sqlite3.connect(":memory:")) as connection:
        X.to_sql("t", connection, index=False)
        found = pd.read_sql(query, connection)
    np.testing.assert_allclose(found["mean"], card.predict(X), rtol=1e-12)
    np.testing.assert_array_equal(found["points"], card.predict_points(X))
    assert "probability" not in found

    names: dict = {}
    exec(card.to_python(), names)  # noqa: S102 - it is what the export is for
    scores = [names["score"](row) for row in X.head(50).to_dict("records")]
    assert scores == card.predict_points(X.head(50)).tolist()
    more = "a higher mean" if card.target_type == "continuous" else "a lower mean"
    for text in (query, card.to_python(), card.to_pmml()):
        assert f"more points say {more}" in text


def test_a_card_shows_itself(fitted):
    card = fitted[0]
    assert "ScorecardRegressor" in repr(card)
    assert "points by bin" in card._repr_html_()


def test_frozen_binners_take_the_evidence_as_given():
    X, y, weights = sample("rate")
    other = sample("rate", seed=1)
    binner = OptimalBinner(target_type="rate").fit(*other)
    card = ScorecardRegressor(FrozenEstimator(binner), target_type="rate").fit(X, y, weights)
    assert card.binner_.features_ is binner.features_
    errors = np.sqrt(np.diag(card.covariance_))[1:]
    table = card.coefficient_table()
    assert (table["high"] - table["low"]).to_numpy() == pytest.approx(
        2 * 1.959964 * errors, rel=1e-6
    )


def test_a_card_is_tuned_with_its_rows():
    X, y, weights = sample("rate")
    card = ScorecardRegressor(target_type="rate").fit(X, y, weights)
    with pytest.raises(ValueError, match="rows must be given to tune the bins of a ScorecardRegr"):
        merge_bins(card, "age", [0, 1], reason="one policy")
    tuned = merge_bins(card, "age", [0, 1], reason="one policy", rows=(X, y, weights))
    assert isinstance(tuned, ScorecardRegressor)
    assert len(tuned.points_["age"]) == len(card.points_["age"]) - 1
    assert weights @ tuned.predict(X) == pytest.approx(weights @ y, rel=1e-9)


def test_what_needs_labels_refuses_a_card_of_a_mean():
    X, y, _ = sample("fraction", 600)
    card = ScorecardRegressor().fit(X, y)
    with pytest.raises(ValueError, match="comparisons of cards need a card of two classes"):
        compare_cards(card, card, X, y)
    with pytest.raises(ValueError, match="rejects need a card of two classes"):
        reject_inference(card, X, y, X)


@pytest.mark.parametrize("kind", KINDS)
def test_the_command_line_scores_and_exports(kind, tmp_path, capsys):
    X, y, weights = sample(kind, 800)
    card = ScorecardRegressor(target_type=kind).fit(X, y, weights)
    (tmp_path / "card.json").write_text(card.to_json(), encoding="utf-8")
    X.to_csv(tmp_path / "rows.csv", index=False)
    names = [str(tmp_path / name) for name in ("card.json", "rows.csv", "out.csv")]
    main(["score", *names[:2], "-o", names[2]])
    scored = pd.read_csv(tmp_path / "out.csv")
    assert scored["mean"].to_numpy() == pytest.approx(card.predict(X), rel=1e-9)
    assert scored["points"].tolist() == card.predict_points(X).tolist()
    capsys.readouterr()
    main(["export", names[0], "--to", "python"])
    assert "def score(row)" in capsys.readouterr().out


def test_bins_tuned_by_hand_make_a_card():
    X, y, weights = sample("fraction")
    binner = OptimalBinner(target_type="fraction").fit(X, y, weights)
    merged = merge_bins(binner, "age", [0, 1], reason="one policy")
    set_by_hand = set_woe(merged, "age", "Missing", -0.3, reason="policy")
    card = ScorecardRegressor(FrozenEstimator(set_by_hand)).fit(X, y, weights)
    assert "woe_reason" in card.points_table()
    back = ScorecardRegressor.from_json(card.to_json())
    np.testing.assert_array_equal(back.predict_points(X), card.predict_points(X))


def test_exposure_is_the_weight():
    X, y, exposure = sample("rate")
    card = ScorecardRegressor(target_type="rate").fit(X, y, exposure)
    doubled = ScorecardRegressor(target_type="rate").fit(X, y / 2.0, exposure * 2.0)
    assert doubled.predict(X) == pytest.approx(card.predict(X) / 2.0, rel=1e-9)
    assert doubled.coef_ == pytest.approx(card.coef_, rel=1e-9)
    np.testing.assert_allclose(doubled.covariance_[1:, 1:], card.covariance_[1:, 1:], rtol=1e-6)


@pytest.mark.parametrize("unit", [1e-6, 1e6])
def test_the_unit_of_a_target_means_nothing(unit):
    for kind in ("rate", "continuous"):
        X, y, weights = sample(kind)
        here = ScorecardRegressor(target_type=kind).fit(X, y, weights)
        there = ScorecardRegressor(target_type=kind).fit(X, y * unit, weights)
        assert there.predict(X) == pytest.approx(here.predict(X) * unit, rel=1e-7)
        assert there.coef_ == pytest.approx(here.coef_, rel=1e-6)


def test_weights_of_one_are_no_weights(fitted):
    card, X, y, _ = fitted
    plain, ones = (clone(card).fit(X, y, w) for w in (None, np.ones(len(y))))
    np.testing.assert_array_equal(plain.predict(X), ones.predict(X))
    np.testing.assert_array_equal(plain.covariance_, ones.covariance_)


def test_a_card_ends_a_pipeline_and_is_cloned(fitted):
    card, X, y, _ = fitted
    pipeline = make_pipeline(clone(card))
    assert pipeline.fit(X, y).predict(X).shape == (len(X),)
    assert pipeline.score(X, y) > 0.0


def test_a_turned_sign_is_warned_of():
    rng = np.random.default_rng(3)
    first = rng.normal(size=3000)
    second = first + 0.6 * rng.normal(size=3000)
    y = np.exp(1.2 * first - 0.6 * second + 0.1 * rng.normal(size=3000))
    X = pd.DataFrame({"first": first, "second": second})
    with pytest.warns(CoefficientSignWarning, match="turn the evidence of their bins round"):
        ScorecardRegressor(target_type="rate").fit(X, y)
    with warnings.catch_warnings():
        warnings.simplefilter("error", CoefficientSignWarning)
        ScorecardRegressor(target_type="rate", signs="free").fit(X, y)


REFUSED = [
    ({"target_type": "binary"}, "target_type must be one of"),
    ({"target_type": "multiclass"}, "target_type must be one of"),
    ({"link": "log"}, "link must be 'logit' or None for target_type='fraction'"),
    ({"target_type": "continuous", "link": "log"}, "link must be 'identity' or None"),
    ({"link": "probit"}, "link must be one of"),
    ({"power": 1.5}, "power is for target_type='rate'"),
    ({"target_type": "rate", "power": 0.5}, "power must be a number from 1 to 2"),
    ({"target_type": "rate", "power": "2"}, "power must be a number from 1 to 2"),
    ({"penalty": "firth"}, "penalty of a mean must be one of"),
    ({"penalty": "lasso"}, "penalty of a mean must be one of"),
    ({"penalty": "ridge", "alpha": -1.0}, "alpha must be positive"),
    ({"pdo": 0}, "pdo must be a finite positive number"),
    ({"base_mean": 1.0}, "base_mean must be a number strictly between 0 and 1"),
    ({"target_type": "rate", "base_mean": 0.0}, "base_mean must be a finite positive number"),
    ({"target_type": "continuous", "base_mean": np.inf}, "base_mean must be a finite number"),
    ({"base_points": None}, "base_points must be a finite number"),
    ({"more_points": "safer"}, "more_points must be one of"),
    ({"intercept": "none"}, "intercept must be one of"),
    ({"signs": "bounded"}, "signs must be one of"),
    ({"binner": StumpBinner()}, "a card of a mean needs a binner that takes target_type"),
    ({"binner": FairBinner()}, "a card of a mean needs a binner that takes target_type"),
    ({"binner": OptimalBinner(target_type="rate")}, "target_type must be that of the binner"),
]


@pytest.mark.parametrize(("options", "message"), REFUSED)
def test_what_has_no_meaning_is_refused(options, message):
    X, y, _ = sample("fraction", 200)
    with pytest.raises(ValueError, match=message):
        ScorecardRegressor(**options).fit(X, y)


def test_targets_that_are_not_of_the_kind_are_refused():
    X, y, weights = sample("fraction", 200)
    with pytest.raises(ValueError, match=r"y must lie in \[0, 1\]"):
        ScorecardRegressor().fit(X, 2.0 * y)
    with pytest.raises(ValueError, match="y must not be negative"):
        ScorecardRegressor(target_type="rate").fit(X, y - 0.5)
    with pytest.raises(ValueError, match="y must vary"):
        ScorecardRegressor(target_type="rate").fit(X, 0.0 * y)
    binner = FrozenEstimator(OptimalBinner(target_type="rate").fit(X, y, weights))
    with pytest.raises(ValueError, match="must have learnt target_type='fraction', got one"):
        ScorecardRegressor(binner).fit(X, y)
    binary = FrozenEstimator(OptimalBinner().fit(X, y > 0.5))
    with pytest.raises(ValueError, match="got one of 'binary'"):
        ScorecardRegressor(binary).fit(X, y)


def test_intervals_warn_where_there_are_too_few_effective_rows():
    X, y, weights = sample("rate", 400)
    card = ScorecardRegressor(target_type="rate").fit(X, y, weights)
    with pytest.warns(ApproximationWarning, match="effective rows of the rarer part"):
        card.mean_intervals(X)

    rng = np.random.default_rng(2)
    skewed = ScorecardRegressor(target_type="continuous").fit(X, rng.lognormal(size=400) ** 2)
    with pytest.warns(ApproximationWarning, match="skewness"):
        skewed.score_intervals(X)

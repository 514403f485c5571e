"""Signs of the coefficients of a card: warned of, held, or left; and the card without some."""

import json
import pickle
import sqlite3
import warnings
from contextlib import closing

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import special
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import cross_val_score, train_test_split

from infotheory.binning import OptimalBinner
from infotheory.datasets import load_german_credit
from infotheory.exceptions import CoefficientSignWarning
from infotheory.report import scorecard_report
from infotheory.scorecard import Scorecard, reject_inference
from infotheory.scorecard.points.fitted import event_coefficients
from infotheory.scorecard.points.signs import right_sign, warn_of_signs, wrong_signs

TURNED = ["echo"]


def portfolio(n=4000, seed=0):
    """Return rows where "echo" repeats "income" and lowers, by itself, what it adds too much.

    Alone it is evidence of safety as "income" is; beside it its coefficient has the wrong sign.
    """
    rng = np.random.default_rng(seed)
    income, age = rng.normal(size=(2, n))
    echo = income + 0.5 * rng.normal(size=n)
    home = rng.choice(["own", "rent", "other"], size=n)
    log_odds = -1.0 - 2.0 * income + 0.8 * echo - 0.5 * age + 0.4 * (home == "rent")
    y = (rng.random(n) < special.expit(log_odds)).astype(int)
    return pd.DataFrame({"income": income, "echo": echo, "age": age, "home": home}), y


@pytest.fixture(scope="module")
def data():
    return portfolio()


@pytest.fixture(scope="module")
def binner(data):
    return FrozenEstimator(OptimalBinner().fit(*data))


@pytest.fixture(scope="module")
def free(data, binner):
    return Scorecard(binner, signs="free").fit(*data)


@pytest.fixture(scope="module")
def signed(data, binner):
    return Scorecard(binner, signs="constrained").fit(*data)


@pytest.fixture(scope="module")
def without(data):
    """Return the card of the same bins that never heard of the characteristic."""
    X, y = data
    others = FrozenEstimator(OptimalBinner().fit(X.drop(columns=TURNED), y))
    return Scorecard(others).fit(X.drop(columns=TURNED), y)


def test_a_wrong_sign_is_named_with_the_ways_out(data, binner):
    with pytest.warns(CoefficientSignWarning) as caught:
        card = Scorecard(binner).fit(*data)
    (message,) = [str(w.message) for w in caught]
    coefficient = event_coefficients(card)["echo"]
    assert coefficient > 0.2
    assert "1 of 4 characteristics have a coefficient of the wrong sign" in message
    assert f"'echo' ({coefficient:+.2g}), where it must be negative" in message
    assert "signs='constrained'" in message
    assert "signs='free'" in message
    assert card.coefficient_table().set_index("feature")["sign_ok"].tolist() == [1, 0, 1, 1]


def test_cross_validation_warns_once_though_each_fold_has_its_coefficients(data):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        cross_val_score(Scorecard(), *data, cv=4)
    assert [w.category for w in caught] == [CoefficientSignWarning]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for _ in range(2):
            Scorecard().fit(*data)
    assert len(caught) == 2


def test_cards_refitted_with_rejects_warn_too(data, free):
    X, y = data
    refused = X[:300].assign(income=X["income"][:300] - 1.0)
    with pytest.warns(CoefficientSignWarning):
        card = Scorecard(free.binner).fit(X, y)
    told = "in a card refitted with rejects 1 of 4 characteristics .* 'echo'"
    with pytest.warns(CoefficientSignWarning, match=told):
        warned = reject_inference(card, X, y, refused)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        silent = reject_inference(free, X, y, refused)
    pd.testing.assert_frame_equal(warned.to_frame(), silent.to_frame())


def test_the_card_that_warns_is_the_free_one(data, binner, free):
    with pytest.warns(CoefficientSignWarning):
        card = Scorecard(binner).fit(*data)
    np.testing.assert_array_equal(card.coef_, free.coef_)
    assert not card.held_.any()


def test_the_quick_start_had_two():
    X, y = load_german_credit()
    X = X.drop(columns=["age_in_years", "foreign_worker", "personal_status_and_sex"])
    X_train, _, y_train, _ = train_test_split(X, y, test_size=0.3, random_state=0, stratify=y)
    with pytest.warns(CoefficientSignWarning, match=r"2 of 17 .*\(\+0\.78\).*\(\+0\.69\)"):
        Scorecard().fit(X_train, y_train)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        card = Scorecard(signs="constrained").fit(X_train, y_train)
    assert card.coefficient_table()["sign_ok"].all()
    assert card.held_.sum() == 2


@pytest.mark.parametrize("woe_sign", ["nonevent", "event"])
@pytest.mark.parametrize("event", [0, 1])
def test_a_sign_is_that_of_the_event_whatever_the_convention(data, woe_sign, event):
    X, y = data
    binner = OptimalBinner(woe_sign=woe_sign)
    card = Scorecard(binner, event_label=event)
    wanted = "negative" if woe_sign == "nonevent" else "positive"
    with pytest.warns(CoefficientSignWarning, match=rf"'echo' .* must be {wanted}"):
        card.fit(X, y)
    held = clone(card).set_params(signs="constrained").fit(X, y)
    assert held.held_.tolist() == [False, True, False, False]
    assert not wrong_signs(np.array([*event_coefficients(held).values()]), woe_sign).any()


def test_a_held_characteristic_is_as_one_left_out(data, signed, without):
    X, _ = data
    others = X.drop(columns=TURNED)
    np.testing.assert_array_equal(signed.predict_points(X), without.predict_points(others))
    np.testing.assert_allclose(signed.predict_proba(X), without.predict_proba(others), rtol=1e-12)
    assert not signed.points_["echo"].any()
    pd.testing.assert_frame_equal(
        signed.score_intervals(X), without.score_intervals(others), check_exact=False
    )
    pd.testing.assert_frame_equal(signed.reason_codes(X), without.reason_codes(others))


def test_its_errors_are_withheld_with_the_reason(data, signed, without):
    table = signed.coefficient_table(*data).set_index("feature")
    row = table.loc["echo"]
    assert row["coefficient"] == 0.0
    assert row["sign_ok"]
    assert np.isnan(
        [row[name] for name in ("standard_error", "low", "high", "vif", "p_value")]
    ).all()
    assert row["reason"].startswith("held at 0 by its sign")
    assert row["p_value_note"].startswith("held at 0 by its sign")
    others = table.drop(index=TURNED)
    assert (others["reason"] == "").all()
    wanted = without.coefficient_table(data[0].drop(columns=TURNED), data[1]).set_index("feature")
    pd.testing.assert_frame_equal(others, wanted, check_exact=False)

    points = signed.point_intervals().set_index("feature")
    assert points.loc["echo", ["standard_error", "low", "high"]].isna().all(axis=None)
    assert points.loc["echo", "reason"].str.startswith("held at 0 by its sign").all()
    assert points.drop(index=TURNED)["standard_error"].notna().all()


def test_separate_base_points_are_the_intercept(data, binner):
    card = Scorecard(binner, signs="constrained", intercept="separate").fit(*data)
    assert not card.points_["echo"].any()
    assert card.point_intervals().iloc[0]["standard_error"] > 0.0


def test_the_ridge_has_its_own_card(data, binner):
    card = Scorecard(binner, signs="constrained", penalty="ridge", alpha=10.0).fit(*data)
    assert card.coefficient_table()["sign_ok"].all()
    X, y = data
    names = X.columns[card.active_]
    others = FrozenEstimator(OptimalBinner().fit(X[names], y))
    again = Scorecard(others, penalty="ridge", alpha=10.0).fit(X[names], y)
    np.testing.assert_array_equal(card.predict_points(X), again.predict_points(X[names]))


def test_firths_penalty_is_refused_before_anything_is_learnt(data):
    card = Scorecard(signs="constrained", penalty="firth")
    with pytest.raises(ValueError, match="'firth', whose likelihood is not concave"):
        card.fit(*data)
    with pytest.raises(ValueError, match="'firth', whose likelihood is not concave"):
        card.fit_frame(data[0].assign(y=data[1]), "y")
    assert not hasattr(card, "binner_")


@pytest.mark.parametrize("signs", ["Warn", None, True, 0])
def test_an_unknown_choice_is_refused(data, signs):
    with pytest.raises(ValueError, match="signs must be one of"):
        Scorecard(signs=signs).fit(*data)


def test_firths_signs_are_looked_at_too(data, binner):
    with pytest.warns(CoefficientSignWarning, match="'echo'"):
        Scorecard(binner, penalty="firth").fit(*data)


def test_weights_of_rows_decide_with_them(data):
    X, y = data
    weights = np.random.default_rng(0).integers(1, 4, len(y))
    weighted = Scorecard(signs="constrained").fit(X, y, weights)
    assert weighted.held_.tolist() == [False, True, False, False]
    assert weighted.coefficient_table()["standard_error"].notna().sum() == 3
    with pytest.warns(CoefficientSignWarning, match="'echo'"):
        Scorecard().fit(X, y, weights)


def test_frames_of_engines_give_the_same_card(data, binner, signed):
    X, y = data
    frame = pl.from_pandas(X).with_columns(y=y).lazy()
    card = Scorecard(binner, signs="constrained").fit_frame(frame, "y")
    np.testing.assert_allclose(card.coef_, signed.coef_, rtol=1e-9)
    np.testing.assert_array_equal(card.held_, signed.held_)
    points = card.predict_points_frame(frame).collect()["points"].to_numpy()
    np.testing.assert_array_equal(points, signed.predict_points(X))
    with pytest.warns(CoefficientSignWarning, match="'echo'"):
        Scorecard(binner).fit_frame(frame, "y")


def test_it_survives_documents_and_pickles(data, signed):
    X, _ = data
    for card in (Scorecard.from_json(signed.to_json()), pickle.loads(pickle.dumps(signed))):  # noqa: S301
        np.testing.assert_array_equal(card.held_, signed.held_)
        assert card.signs == "constrained"
        pd.testing.assert_frame_equal(card.coefficient_table(), signed.coefficient_table())
        pd.testing.assert_frame_equal(card.point_intervals(), signed.point_intervals())
        np.testing.assert_array_equal(card.predict_points(X), signed.predict_points(X))


def test_a_document_of_an_earlier_version_holds_nothing(free):
    document = json.loads(free.to_json())
    del document["settings"]["signs"], document["regression"]["held"]
    card = Scorecard.from_json(json.dumps(document))
    assert card.signs == "warn"
    assert not card.held_.any()
    pd.testing.assert_frame_equal(card.coefficient_table(), free.coefficient_table())


@pytest.mark.parametrize(
    ("held", "words"),
    [
        ([True, True, False, False], r"held\[0\] must be false, as the characteristic is active"),
        ([True], "held must have 4 entries"),
        (["yes"] * 4, "held"),
    ],
)
def test_a_document_cannot_hold_what_is_active(signed, held, words):
    document = json.loads(signed.to_json())
    document["regression"]["held"] = held
    with pytest.raises(ValueError, match=words):
        Scorecard.from_json(json.dumps(document))


def test_sql_and_python_give_its_points(data, signed):
    X, _ = data
    rows = X.head(300)
    wanted = signed.predict_points(rows)
    pytest.importorskip("sqlglot")
    with closing(sqlite3.connect(":memory:")) as connection:
        rows.to_sql("loans", connection, index=False)
        scored = pd.read_sql(signed.to_sql("loans", dialect="sqlite"), connection)
    np.testing.assert_array_equal(scored["points"], wanted)

    module = {}
    exec(signed.to_python(), module)  # noqa: S102
    assert [module["score"](row) for row in rows.to_dict("records")] == wanted.tolist()


def test_it_is_never_a_reason(data, signed):
    X, _ = data
    for reference in ("max", "average", "neutral"):
        reasons = signed.reason_codes(X, reference=reference).filter(like="reason_")
        assert "echo" not in set(reasons.to_numpy().ravel())
    assert (
        signed.reason_confidence(X.head(20), n_draws=20, random_state=0)["first_kept"].mean() > 0.5
    )


def test_a_report_tells_of_it(data, signed, free):
    X, y = data
    X, y = X.head(600), y[:600]
    texts = scorecard_report(signed, X, y, n_permutations=9, rng=0).summary["limitations"]
    assert any(text.endswith("held at 0: echo.") for text in texts)
    texts = scorecard_report(free, X, y, n_permutations=9, rng=0).summary["limitations"]
    assert any(text.endswith("(sign turned): echo.") for text in texts)


def test_a_card_of_which_nothing_remains_is_its_base_points():
    """Bins of other rows, on which both characteristics work the other way."""
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"x": rng.normal(size=600), "z": rng.normal(size=600)})
    y = (rng.random(600) < special.expit(X["x"] + X["z"])).astype(int)
    other_way = FrozenEstimator(OptimalBinner().fit(X, 1 - y))
    card = Scorecard(other_way, signs="constrained").fit(X, y)
    assert card.held_.all()
    assert card.base_ == card.predict_points(X)[0]
    assert np.unique(card.predict_points(X)).size == 1
    assert card.predict_proba(X)[0, 1] == pytest.approx(y.mean())
    assert np.isnan(card.coefficient_table()["standard_error"]).all()
    read = Scorecard.from_json(card.to_json())
    np.testing.assert_array_equal(read.predict_points(X), card.predict_points(X))


def test_right_signs_are_the_free_card_bit_for_bit(data):
    X, y = data
    X = X.drop(columns=TURNED)
    cards = [Scorecard(signs=signs).fit(X, y) for signs in ("warn", "constrained", "free")]
    documents = {card.to_json().replace(f'"{card.signs}"', '"any"') for card in cards}
    assert len(documents) == 1


def test_names_of_columns_without_names(data):
    X, y = data
    with pytest.warns(CoefficientSignWarning, match="'x1'"):
        Scorecard().fit(X[["income", "echo", "age"]].to_numpy(), y)


def test_many_wrong_signs_are_not_all_named():
    names, coefficients = [f"x{i}" for i in range(13)], np.full(13, 0.5)
    with pytest.warns(CoefficientSignWarning, match=r"13 of 13 .*'x9' \(\+0\.5\), 3 more, where"):
        warn_of_signs(names, coefficients, "nonevent")


def test_rounding_has_no_sign():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warn_of_signs(["x"], np.array([1e-9]), "nonevent")
    assert wrong_signs(np.array([1e-9, 1e-3, -1e-3]), "nonevent").tolist() == [False, True, False]
    assert wrong_signs(np.array([1e-3, -1e-3]), "event").tolist() == [False, True]
    assert [right_sign(sign) for sign in ("nonevent", "event")] == [-1, 1]

"""Stages of a selection beside the four: later rows, signs, and what knows too much."""

import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import special

from infotheory.binning import OptimalBinner
from infotheory.evidence import population_stability_index
from infotheory.exceptions import LeakageWarning
from infotheory.scorecard import Scorecard, fit_logistic, select_characteristics


def drawn(n, seed, *, moved=0.0, turned=1.0, shifted=0.0):
    """Return rows with a steady, a drifting, a fading and a second steady characteristic."""
    rng = np.random.default_rng(seed)
    steady, drifts, fades = rng.normal(size=(3, n))
    home = rng.choice(["own", "rent"], size=n, p=[0.6 - shifted, 0.4 + shifted])
    log_odds = -1.0 - 0.8 * steady - 0.7 * drifts - 0.7 * turned * fades + 0.6 * (home == "rent")
    y = (rng.random(n) < special.expit(log_odds)).astype(int)
    frame = pd.DataFrame({"steady": steady, "drifts": drifts + moved, "fades": fades, "home": home})
    return frame, y


@pytest.fixture(scope="module")
def data():
    return drawn(4000, 0)


@pytest.fixture(scope="module")
def later():
    return drawn(3000, 1, moved=0.9, turned=-0.5)


def stage(log, name):
    frame = log.to_frame()
    return frame[frame["stage"] == name]


def row(log, **where):
    frame = log.to_frame()
    for column, value in where.items():
        frame = frame[frame[column] == value]
    (only,) = frame.to_dict("records")
    return only


# --- later rows


def test_what_drifts_and_what_fades_is_dropped_with_its_number(data, later):
    rows = {"X": later[0], "y": later[1]}
    log = select_characteristics(*data, out_of_time=rows, rng=0)
    assert log.selected == ["steady", "home"]

    drifts = row(log, feature="drifts", stage="stability")
    assert (drifts["statistic"], drifts["decision"]) == ("psi", "dropped")
    assert drifts["value"] > drifts["threshold"] == 0.25
    assert drifts["low"] < drifts["value"] < drifts["high"]
    assert drifts["p_value"] < 1e-6

    fades = row(log, feature="fades", statistic="out_of_time_iv")
    assert fades["decision"] == "dropped"
    assert fades["value"] < 0.0 < fades["threshold"] == 0.02
    steady = row(log, feature="steady", statistic="out_of_time_iv")
    assert steady["decision"] == "kept"
    assert steady["reason"].startswith("information value")
    later_stages = log.to_frame().query("stage == 'correlation'")["feature"]
    assert set(later_stages) == {"steady", "home"}


def test_the_index_is_that_of_the_bins(data, later):
    log = select_characteristics(*data, out_of_time={"X": later[0]}, rng=0)
    binner = OptimalBinner().fit(*data)
    codes = binner.bin_codes(later[0])
    for f, name in enumerate(binner.features_):
        table = binner.tables_[name]
        actual = np.bincount(codes[:, f], minlength=table.n_bins + 1)[:-1]
        index = population_stability_index(table.counts.sum(axis=1), actual)
        ours = row(log, feature=name, statistic="psi")
        assert ours["value"] == pytest.approx(index.value)
        assert ours["standard_error"] == pytest.approx(index.standard_error)
        assert ours["p_value"] == pytest.approx(index.p_value)
    assert not (log.to_frame()["statistic"] == "out_of_time_iv").any()


def test_evidence_out_of_time_is_a_difference_of_means(data, later):
    X, y = later
    log = select_characteristics(*data, out_of_time={"X": X, "y": y}, max_psi=9, rng=0)
    woe = OptimalBinner().set_output(transform="pandas").fit(*data).transform(X)
    for name in woe:
        safe, bad = woe.loc[y == 0, name], woe.loc[y == 1, name]
        ours = row(log, feature=name, statistic="out_of_time_iv")
        assert ours["value"] == pytest.approx(safe.mean() - bad.mean())
        error = np.hypot(safe.std(ddof=0) / len(safe) ** 0.5, bad.std(ddof=0) / len(bad) ** 0.5)
        assert ours["standard_error"] == pytest.approx(error)


@pytest.mark.parametrize("woe_sign", ["nonevent", "event"])
@pytest.mark.parametrize("event", [0, 1])
def test_evidence_out_of_time_has_the_sign_of_the_event(data, later, woe_sign, event):
    log = select_characteristics(
        *data,
        binner=OptimalBinner(woe_sign=woe_sign),
        event_label=event,
        out_of_time={"X": later[0], "y": later[1]},
        max_psi=9,
        rng=0,
    )
    assert row(log, feature="steady", statistic="out_of_time_iv")["value"] > 0.1
    assert row(log, feature="fades", statistic="out_of_time_iv")["value"] < 0.0


def test_weights_of_later_rows_are_respected(data, later):
    X, y = later
    weights = np.random.default_rng(0).integers(1, 4, len(y))
    weighted = {"X": X, "y": y, "sample_weight": weights}
    repeated = {"X": X.loc[X.index.repeat(weights)], "y": y.repeat(weights)}
    logs = [select_characteristics(*data, out_of_time=rows, rng=0) for rows in (weighted, repeated)]
    ours, theirs = (stage(log, "stability") for log in logs)
    np.testing.assert_allclose(ours["value"], theirs["value"])
    assert (ours["standard_error"] > theirs["standard_error"]).all()


def test_the_last_period_takes_no_part_in_learning(data, later):
    months = ["2024-05"] * 4000 + ["2024-06"] * 3000
    mixed = np.random.default_rng(0).permutation(7000)
    X = pd.concat([data[0], later[0]], ignore_index=True).iloc[mixed]
    y, periods = np.concatenate([data[1], later[1]])[mixed], np.array(months)[mixed]
    by_period = select_characteristics(X, y, periods=periods, rng=0)

    is_last = periods == "2024-06"
    rows = {"X": X[is_last], "y": y[is_last]}
    by_rows = select_characteristics(X[~is_last], y[~is_last], out_of_time=rows, rng=0)
    ours, theirs = (log.to_frame().drop(columns="reason") for log in (by_period, by_rows))
    pd.testing.assert_frame_equal(ours, theirs)
    assert stage(by_period, "stability")["reason"].str.contains("of 2024-06").all()
    polars = select_characteristics(pl.from_pandas(X), y, periods=pl.Series(periods), rng=0)
    pd.testing.assert_frame_equal(polars.to_frame(), by_period.to_frame())


def test_the_order_of_periods_can_be_stated(data):
    X, y = data
    periods = np.where(np.arange(4000) % 4 == 0, "June", "May")
    log = select_characteristics(X, y, periods=periods, period_order=["May", "June"], rng=0)
    assert stage(log, "stability")["reason"].str.contains("of June").all()
    with pytest.raises(ValueError, match="the order of periods must be known"):
        select_characteristics(X, y, periods=periods)
    with pytest.raises(ValueError, match="at least two periods"):
        select_characteristics(X, y, periods=["May"] * 4000)
    with pytest.raises(ValueError, match="each name the later rows"):
        select_characteristics(X, y, periods=periods, out_of_time={"X": X})


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"out_of_time": {"y": []}}, "out_of_time must have the keys X and optionally y"),
        ({"out_of_time": {"X": [], "z": 1}}, "out_of_time must have the keys X and optionally y"),
        ({"max_psi": -0.1}, "max_psi must be a number of at least 0"),
        ({"max_psi": np.nan}, "max_psi must be a number of at least 0"),
        ({"min_out_of_time_iv": "no"}, "min_out_of_time_iv must be a number"),
        ({"min_out_of_time_iv": np.nan}, "min_out_of_time_iv must be a number"),
        ({"signs": "free"}, "signs must be one of"),
    ],
)
def test_limits_out_of_their_range(data, options, words):
    with pytest.raises(ValueError, match=words):
        select_characteristics(*data, **options)


def test_labels_of_later_rows_are_those_of_the_fit(data, later):
    with pytest.raises(ValueError, match="out_of_time"):
        select_characteristics(*data, out_of_time={"X": later[0], "y": later[1] + 1}, rng=0)


def test_limits_of_infinity_keep_all(data, later):
    rows = {"X": later[0], "y": later[1]}
    log = select_characteristics(
        *data, out_of_time=rows, max_psi=np.inf, min_out_of_time_iv=-np.inf, rng=0
    )
    assert (stage(log, "stability")["decision"] == "kept").all()
    assert len(log.selected) == 4


def test_unseen_categories_of_later_rows_are_a_change(data):
    X, y = data
    later = X.assign(home=np.where(np.arange(4000) % 2, "boat", X["home"]))
    log = select_characteristics(X, y, out_of_time={"X": later}, rng=0)
    assert row(log, feature="home", stage="stability")["decision"] == "dropped"
    assert "steady" in log.selected


# --- signs


def echoing(n=4000, seed=0):
    rng = np.random.default_rng(seed)
    income, age = rng.normal(size=(2, n))
    echo = income + 0.8 * rng.normal(size=n)
    log_odds = -1.0 - 2.0 * income + 0.6 * echo - 0.5 * age
    y = (rng.random(n) < special.expit(log_odds)).astype(int)
    return pd.DataFrame({"income": income, "echo": echo, "age": age}), y


OPEN = {"max_correlation": 1.0, "max_vif": np.inf, "iv_max": np.inf, "rng": 0}


def test_a_wrong_sign_is_dropped_with_its_number():
    X, y = echoing()
    log = select_characteristics(X, y, **OPEN)
    assert log.selected == ["income", "age"]
    echo = row(log, feature="echo", stage="sign")
    assert (echo["decision"], echo["statistic"], echo["threshold"]) == ("dropped", "coefficient", 0)
    assert "must be negative: its safer bins would get fewer points" in echo["reason"]

    woe = OptimalBinner().fit(X, y).transform(X)
    fit = fit_logistic(woe, np.column_stack([1 - y, y]))
    assert echo["value"] == pytest.approx(fit.coefficients[1], rel=1e-6)
    assert echo["low"] < echo["value"] < echo["high"]
    kept = stage(log, "sign").query("decision == 'kept'")
    assert (kept["value"] < 0.0).all()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        card = Scorecard().fit(X[log.selected], y)
    np.testing.assert_allclose(
        kept["standard_error"], card.coefficient_table()["standard_error"], rtol=1e-6
    )


def test_signs_can_be_left():
    X, y = echoing()
    log = select_characteristics(X, y, signs="keep", **OPEN)
    assert log.selected == ["income", "echo", "age"]
    assert stage(log, "sign").empty


def test_an_included_sign_is_told_of():
    X, y = echoing()
    log = select_characteristics(X, y, include=["echo"], **OPEN)
    assert log.selected == ["income", "echo", "age"]
    echo = row(log, feature="echo", stage="sign")
    assert echo["decision"] == "told"
    assert echo["reason"].startswith("included on request; its coefficient")


def test_one_goes_at_a_time():
    """Two echoes: when the larger has gone the other has the right sign, or goes after it."""
    X, y = echoing()
    rng = np.random.default_rng(5)
    X = X.assign(second=X["income"] + 1.0 * rng.normal(size=len(X)))
    log = select_characteristics(X, y, alpha=1.0, **OPEN)
    dropped = stage(log, "sign").query("decision == 'dropped'")["feature"].tolist()
    assert dropped[0] == "echo"
    names = log.selected
    woe = OptimalBinner().fit(X, y).transform(X)[:, list(log.indices)]
    assert (fit_logistic(woe, np.column_stack([1 - y, y])).coefficients <= 0.0).all()
    assert "income" in names


@pytest.mark.parametrize("woe_sign", ["nonevent", "event"])
def test_the_sign_is_that_of_the_convention(woe_sign):
    X, y = echoing()
    log = select_characteristics(X, y, binner=OptimalBinner(woe_sign=woe_sign), **OPEN)
    assert log.selected == ["income", "age"]


# --- what knows too much


def knowing(n=2000):
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, n)
    return pd.DataFrame(
        {"after": rng.normal(size=n) + 1.1 * y, "good": rng.normal(size=n) + 0.7 * y}
    ), y


def test_much_knowledge_is_named_where_no_limit_is_stated():
    X, y = knowing()
    with pytest.warns(LeakageWarning, match=r"above 1 were selected: 'after' \(1\.\d+\); they may"):
        log = select_characteristics(X, y, rng=0)
    assert log.selected == ["after", "good"]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        select_characteristics(X, y, include=["after"], rng=0)
        select_characteristics(X, y, exclude=["after"], rng=0)
        select_characteristics(X, y, iv_max=np.inf, rng=0)


@pytest.mark.filterwarnings("ignore::infotheory.exceptions.SparseCellWarning")
def test_what_is_excluded_gives_no_warning():
    """To exclude a leak is the way out that the warning names."""
    X, y = knowing()
    X = X.assign(outcome=y.astype(float), other=y.astype(float))
    with warnings.catch_warnings():
        warnings.simplefilter("error", LeakageWarning)
        log = select_characteristics(X, y, exclude=["outcome", "other"], iv_max=9, rng=0)
    assert log.selected == ["after", "good"]
    with pytest.warns(LeakageWarning, match="'other'") as caught:
        select_characteristics(X, y, exclude=["outcome"], iv_max=9, rng=0)
    assert "'outcome'" not in str([str(w.message) for w in caught])


@pytest.mark.filterwarnings("ignore::infotheory.exceptions.SparseCellWarning")
@pytest.mark.parametrize("kind", ["number", "category"])
def test_what_separates_is_neither_uninformative_nor_silent(kind):
    X, y = knowing()
    rng = np.random.default_rng(1)
    number = y + 0.1 * rng.random(len(y))
    X = X.assign(outcome=number if kind == "number" else np.where(y == 1, "written off", "paid"))
    with pytest.warns(LeakageWarning, match="'outcome'"):
        log = select_characteristics(X, y, include=["after"], rng=0)
    decided = log.to_frame().query("feature == 'outcome' and decision != 'told'")
    assert decided.iloc[0]["decision"] == "kept"
    with (
        pytest.warns(LeakageWarning, match="features that separate the classes"),
        pytest.warns(LeakageWarning, match="above iv_max=3 were set aside: 'outcome'"),
    ):
        log = select_characteristics(X, y, iv_max=3, rng=0)
    assert log.selected == ["after", "good"]


@pytest.mark.filterwarnings("ignore::infotheory.exceptions.SparseCellWarning")
@pytest.mark.filterwarnings("ignore::infotheory.exceptions.WithheldWarning")
def test_what_separates_few_rows_is_not_dropped_as_uninformative():
    """Folds of few rows may find no bins, which is not the same as nothing to find."""
    rng = np.random.default_rng(2)
    y = np.repeat([0, 1], [60, 12])
    X = pd.DataFrame({"outcome": y + 0.1 * rng.random(72), "noise": rng.normal(size=72)})
    with pytest.warns(LeakageWarning, match="'outcome'"):
        log = select_characteristics(X, y, min_information_value=1e6, rng=0)
    step = row(log, feature="outcome", statistic="cross_fitted_iv")
    assert step["decision"] == "kept"
    assert step["reason"].startswith("it separates the classes, though")

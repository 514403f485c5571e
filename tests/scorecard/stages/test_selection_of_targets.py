"""Selection for means and several classes: the same stages, with the numbers of their kind."""

import numpy as np
import pandas as pd
import pytest
from scipy import optimize, special
from sklearn.frozen import FrozenEstimator

from infotheory._patterns import Patterns
from infotheory._target_kinds import TargetKind
from infotheory.binning import OptimalBinner, StumpBinner
from infotheory.evidence.targets.contrast import worth_of_encoding
from infotheory.exceptions import LeakageWarning
from infotheory.scorecard import ScorecardRegressor, select_characteristics
from infotheory.scorecard.links import LogLink
from infotheory.scorecard.regression.characteristic_tests import characteristic_tests
from infotheory.scorecard.regression.regressors import Regressor

SETTINGS = {"n_permutations": 19, "cv": 3, "rng": 0}


def drawn(n, seed, kind, turned=1.0):
    """Return rows, target and weights; "fades" turns round where ``turned`` is negative."""
    rng = np.random.default_rng(seed)
    steady, fades, noise = rng.normal(size=(3, n))
    home = rng.choice(["own", "rent"], size=n)
    frame = pd.DataFrame({"steady": steady, "fades": fades, "noise": noise, "home": home})
    frame["copy"] = steady + 0.02 * rng.normal(size=n)
    score = 0.7 * steady + 0.5 * turned * fades + 0.4 * (home == "rent")

    if kind == "fraction":
        mean = 1.0 / (1.0 + np.exp(1.0 - score))
        return frame, rng.beta(2.0 * mean, 2.0 * (1.0 - mean)), None
    if kind == "rate":
        exposure = rng.uniform(0.2, 2.0, n)
        return frame, rng.poisson(exposure * np.exp(score)) / exposure, exposure
    if kind == "continuous":
        return frame, 1e4 + 50.0 * score + 60.0 * rng.normal(size=n), None
    utility = np.stack([score, -score, np.zeros(n)], axis=1) + rng.gumbel(size=(n, 3))
    return frame, np.array(["late", "never", "prompt"])[utility.argmax(axis=1)], None


def select(kind, *, later=None, n=1500, **options):
    frame, y, weights = drawn(n, 0, kind)
    if later is not None:
        X, other, mass = drawn(n, 1, kind, turned=later)
        options["out_of_time"] = {"X": X, "y": other, "sample_weight": mass}
    options = {"target_type": kind, "sample_weight": weights} | SETTINGS | options
    return select_characteristics(frame, y, **options)


def only(log, **where):
    frame = log.to_frame()
    for column, value in where.items():
        frame = frame[frame[column] == value]
    (row,) = frame.to_dict("records")
    return row


@pytest.mark.parametrize("kind", ["fraction", "rate", "continuous"])
def test_means_have_all_stages(kind):
    log = select(kind, later=-1.0)
    # The copy and its source say the same, whichever was a little better on these rows.
    first, second = sorted(("steady", "copy"), key=lambda name: name not in log.selected)
    assert log.selected == [name for name in ("steady", "home", "copy") if name != second]
    assert only(log, feature=second, stage="correlation")["partner"] == first
    assert only(log, feature="noise", statistic="permutation")["decision"] == "dropped"

    fades = only(log, feature="fades", statistic="out_of_time_iv")
    assert fades["decision"] == "dropped"
    assert fades["value"] < -0.01
    assert fades["high"] < 0.0
    assert only(log, feature="steady" if first == "steady" else "copy", stage="sign")["value"] != 0
    assert log.absent == ""
    tests = log.to_frame().query("stage == 'stepwise'")
    assert set(tests["statistic"]) == {"score"}


def test_classes_end_after_stability_and_say_so():
    log = select("multiclass", later=-1.0)
    assert log.selected == ["steady", "home", "copy"]
    assert only(log, feature="fades", statistic="out_of_time_iv")["decision"] == "dropped"
    assert set(log.to_frame()["stage"]) == {"information value", "stability"}
    assert "several classes have a column a class and no card" in log.absent
    assert log.absent in repr(log)


@pytest.mark.parametrize("kind", ["fraction", "rate", "continuous"])
def test_the_coefficients_of_signs_are_those_of_the_card(kind):
    log = select(kind, signs="drop", max_correlation=1.0, max_vif=np.inf, power=1.0)
    frame, y, weights = drawn(1500, 0, kind)
    binner = OptimalBinner(target_type=kind).fit(frame, y, weights)
    bins = FrozenEstimator(binner.subset(log.selected))
    card = ScorecardRegressor(bins, target_type=kind).fit(frame[log.selected], y, weights)
    table = card.coefficient_table().set_index("feature")
    for name in log.selected:
        row = only(log, feature=name, stage="sign", decision="kept")
        assert row["value"] == pytest.approx(table.loc[name, "coefficient"], rel=1e-6)
        assert row["standard_error"] == pytest.approx(table.loc[name, "standard_error"], rel=1e-5)


MEANS = {"fraction": special.expit, "rate": np.exp, "continuous": lambda predictor: predictor}


@pytest.mark.parametrize("kind", MEANS)
def test_steps_are_score_tests_with_the_sandwich_of_rows(kind):
    power = 1.5 if kind == "rate" else 1.0
    binner = OptimalBinner(target_type=kind, max_n_bins=3)
    log = select(kind, binner=binner, target_type=None, direction="forward", power=power)
    steps = log.to_frame().query("stage == 'stepwise' and decision == 'entered'")
    first, second = steps["feature"].iloc[:2]

    # The null fit of the second entry by its score equations; the efficient scores row by row.
    frame, y, weights = drawn(1500, 0, kind)
    weights = np.ones(len(y)) if weights is None else weights
    fitted = binner.set_params(target_type=kind).fit(frame, y, weights)
    columns = fitted.transform(frame)[:, [fitted.feature_names_in_.tolist().index(first)]]
    design = np.column_stack([np.ones(len(y)), columns])

    def mean_of(theta):
        return MEANS[kind](design @ theta)

    def equations(theta):
        raised = mean_of(theta) ** (1.0 - power) if kind == "rate" else 1.0
        return (weights * (y - mean_of(theta)) * raised) @ design / len(y)

    start = [{"fraction": 0.0, "rate": 0.5, "continuous": 1e4}[kind], 0.0]
    theta = optimize.root(equations, start, tol=1e-13).x
    assert np.abs(equations(theta)).max() < 1e-8
    codes = fitted.bin_codes(frame)[:, list(fitted.features_).index(second)]
    indicators = (codes[:, None] == np.unique(codes)[1:]).astype(float)

    mean = mean_of(theta)
    raised = mean ** (1.0 - power) if kind == "rate" else 1.0
    slope = {
        "fraction": mean * (1.0 - mean),
        "rate": (2.0 - power) * mean ** (2.0 - power) + (power - 1.0) * y * raised,
        "continuous": np.ones(len(y)),
    }[kind]
    bent = (weights * slope)[:, None]
    projection = np.linalg.solve(design.T @ (bent * design), design.T @ (bent * indicators))
    scores = (weights * (y - mean) * raised)[:, None] * (indicators - design @ projection)
    total = scores.sum(axis=0)
    statistic = total @ np.linalg.solve(scores.T @ scores, total)
    assert steps["value"].iloc[1] == pytest.approx(statistic, rel=1e-5)


def test_the_size_of_a_score_test_of_a_mean():
    """Bins that add nothing to another column are found in 5 % of samples, in heavy tails too."""
    rng = np.random.default_rng(3)
    found = 0
    for _ in range(400):
        codes = rng.integers(0, 4, size=(500, 2))
        mean = np.exp(0.3 * codes[:, 0])
        y = mean * rng.lognormal(-0.5, 1.0, 500) * (rng.random(500) < 0.5)
        kind = TargetKind("rate")
        patterns = Patterns.from_rows(codes, y, kind=kind)
        columns = [Regressor(np.arange(4.0)), Regressor(np.arange(4.0))]
        test = characteristic_tests(patterns, columns, [1], LogLink(1.5))[0]
        assert test.degrees_of_freedom == 3
        found += test.p_value < 0.05
    assert 0.02 < found / 400 < 0.083  # three standard errors of .05


def test_a_wrong_sign_is_dropped_with_the_words_of_means():
    rng = np.random.default_rng(0)
    n = 3000
    strong = rng.normal(size=n)
    # Alone it rises with the target; beside the strong one it lowers it.
    turned = strong + 0.8 * rng.normal(size=n)
    y = 3.0 * strong - 1.2 * turned + rng.normal(size=n)
    frame = pd.DataFrame({"strong": strong, "turned": turned})
    with pytest.warns(LeakageWarning, match=r"a share of variance above 0\.5 were selected"):
        log = select_characteristics(
            frame, y, target_type="continuous", max_correlation=1.0, **SETTINGS
        )
    assert log.selected == ["strong"]
    assert "its points would turn the evidence of its bins round" in str(
        only(log, feature="turned", stage="sign")["reason"]
    )


def test_a_limit_of_worth_and_hold_out_rows():
    frame, y, _ = drawn(1500, 1, "fraction")
    log = select("fraction", min_information_value=0.01, holdout={"X": frame, "y": y})
    assert "noise" not in log.selected
    told = log.to_frame().query("stage == 'hold-out'")
    assert told["feature"].tolist() == log.selected
    assert (told["p_value"] < 0.01).all()
    assert (told["adjusted_p_value"] >= told["p_value"]).all()


def test_what_knows_too_much_of_a_mean_is_set_aside():
    with pytest.warns(LeakageWarning, match="with a share of variance above iv_max=0.1 were set"):
        log = select("continuous", iv_max=0.1)
    assert "in-sample share of variance" in str(only(log, feature="steady")["reason"])


def test_demographic_budget_of_a_mean():
    steady = drawn(1500, 0, "rate")[0]["steady"].to_numpy()
    chance = 1.0 / (1.0 + np.exp(-steady))
    group = np.where(np.random.default_rng(1).random(1500) < chance, "a", "b")
    log = select("rate", protected=group, max_demographic_iv=0.1)
    assert "steady" not in log.selected
    assert "copy" not in log.selected
    assert "home" in log.selected


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"target_type": "rates"}, "target_type must be one of"),
        ({"power": 1.5}, "power is for target_type='rate'"),
        ({"event_label": 1}, "event_label"),
        ({"cv": 2}, "cv must be 3 folds or more"),
        ({"binner": OptimalBinner(target_type="rate")}, "target_type must be that of the binner"),
        (
            {"binner": OptimalBinner(target_type="fraction", order_in_periods=1)},
            r"select_characteristics passes no periods .* set_params\(order_in_periods=None",
        ),
        ({"binner": StumpBinner()}, "needs a binner that takes target_type"),
        (
            {"binner": OptimalBinner(target_type="rate"), "target_type": "binary"},
            "target_type must be that of the binner, 'rate', got 'binary'",
        ),
    ],
)
def test_wrong_options(options, match):
    with pytest.raises(ValueError, match=match):
        select("fraction", n=300, **options)


def test_a_power_is_refused_by_the_name_of_the_target():
    with pytest.raises(ValueError, match="power=2 and target_type='multiclass'"):
        select("multiclass", n=300, power=2)


def test_later_rows_of_one_amount_are_refused():
    """Sums of one number far from the origin differ by their rounding, which is no variance."""
    kind, codes = TargetKind("continuous"), np.arange(500) % 3
    for amount in np.random.default_rng(0).normal(0.0, 30.0, 50):
        table = kind.table(codes, np.full(500, amount), [""] * 3, None)
        with pytest.raises(ValueError, match="the other rows must vary in a continuous target"):
            worth_of_encoding(table, np.array([-1.0, 0.0, 1.0]))


def test_classes_take_no_hold_out_rows():
    frame, y, _ = drawn(300, 1, "multiclass")
    with pytest.raises(ValueError, match="holdout is for targets that have a card"):
        select("multiclass", n=300, holdout={"X": frame, "y": y})

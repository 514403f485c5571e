"""FairBinner as a user meets it: budgets, groups, dropped features, errors, scikit-learn."""

import json
import pickle
import re
import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest
import sklearn
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from infotheory.binning import FairBinner, OptimalBinner, cross_fitted_information_value
from infotheory.cells import BinSpec
from infotheory.exceptions import InfeasibleError, UnseenValueWarning
from infotheory.scorecard import Scorecard

NAMES = ["age", "income", "job", "zip"]


def portfolio(n=1500, seed=0):
    rng = np.random.default_rng(seed)
    race = np.where(rng.random(n) < 0.4, "b", "w").astype(object)
    region = np.array(["north", "south", "west"], dtype=object)[rng.integers(0, 3, n)]
    y = (rng.random(n) < 0.2 + 0.1 * (race == "b")).astype(int)
    age = (rng.normal(size=n) + 0.6 * y - 0.3 * (region == "west")).round(2)
    income = np.exp(rng.normal(size=n) - 0.5 * y - 0.5 * (race == "b")).round(2)
    job = np.array(["clerk", "cook", "none", "smith"], dtype=object)[
        np.minimum(rng.integers(0, 4, n) + (y & (rng.random(n) < 0.4)), 3)
    ]
    zip_code = (rng.normal(size=n) + 1.5 * (race == "b") + 0.3 * y).round(2)
    age[rng.random(n) < 0.05] = np.nan
    income[rng.random(n) < 0.05] = -9.0
    job[rng.random(n) < 0.05] = None
    X = pd.DataFrame({"age": age, "income": income, "job": job, "zip": zip_code})
    return X, y, pd.DataFrame({"race": race, "region": region})


X, Y, A = portfolio()
RACE = A["race"]
#: A group that job and income tell, so that no bins of them keep to a budget of nothing.
COOKS = np.where((X["job"] == "cook") | (X["income"] == -9.0), "b", RACE)
OPTIONS = {"special_codes": [-9], "min_bin_size": 0.05, "max_n_bins": 5}


def unbiased(x, y):
    """Jeffreys divergence of two counts without its bias: every row is measured by the others."""
    n, m = x.sum(), y.sum()
    total = 0.0
    for i, j in zip(x, y, strict=True):
        if i > 0:
            total += i / n * np.log((i - 0.5) / (n - 0.5) * (m + 0.5) / (j + 0.5))
        if j > 0:
            total += j / m * np.log((j - 0.5) / (m - 0.5) * (n + 0.5) / (i + 0.5))
    return total


def iv_fair(binner, group, pair=("b", "w")):
    """Unbiased divergence between two groups by feature, from the codes of the rows."""
    codes, found = binner.bin_codes(X), []
    for f in range(X.shape[1]):
        counts = (np.bincount(codes[group == g, f], minlength=99).astype(float) for g in pair)
        found.append(unbiased(*counts))
    return np.array(found)


@pytest.fixture(scope="module")
def free():
    return FairBinner(**OPTIONS).fit(X, Y, protected=RACE)


@pytest.fixture(scope="module")
def fair():
    return FairBinner(budget=0.1, **OPTIONS).fit(X, Y, protected=RACE)


def by_hand():
    """Two features of two values: the first says much of the group, the second nothing."""
    X = np.array([[0.0, 0.0]] * 40 + [[0.0, 1.0]] * 40 + [[1.0, 0.0]] * 60 + [[1.0, 1.0]] * 60)
    y = np.r_[[1] * 30, [0] * 10, [1] * 10, [0] * 30, [1] * 15, [0] * 45, [1] * 5, [0] * 55]
    group = np.array(
        ["b"] * 30 + ["w"] * 10 + ["b"] * 30 + ["w"] * 10 + (["b"] * 10 + ["w"] * 50) * 2
    )
    return X, y, group


def test_by_hand():
    X, y, group = by_hand()
    # groups b and w over the first feature
    cost = unbiased(np.array([60.0, 20.0]), np.array([20.0, 100.0]))
    g, b = np.array([40, 100]) / 140, np.array([40, 20]) / 60
    value = ((g - b) * np.log(g / b)).sum()
    binner = FairBinner(budget=cost * 1.001).fit(X, y, protected=group)
    # the second has the same shares in both groups: less than chance would give
    nothing = unbiased(np.array([40.0, 40.0]), np.array([60.0, 60.0]))
    assert nothing < 0.0
    assert binner.solution_.used == pytest.approx([cost + nothing])
    assert binner.summary()["iv"][0] == pytest.approx(value)
    assert binner.status_ == {"x0": "optimal", "x1": "optimal"}
    binner = FairBinner(budget=(cost + nothing) * 0.999).fit(X, y, protected=group)
    assert binner.status_ == {"x0": "dropped: budget", "x1": "optimal"}
    assert binner.solution_.used == pytest.approx([nothing])
    assert binner.solution_.objective == pytest.approx(binner.summary()["iv"].sum())


def test_solution(fair, free):
    solution = fair.solution_
    assert solution.status == "optimal"
    assert solution.solver == "HiGHS"
    assert solution.gap <= 1e-4
    assert solution.bound >= solution.objective - 1e-9
    assert solution.seconds > 0.0
    assert solution.n_rounds >= 1
    assert solution.used[0] == pytest.approx(iv_fair(fair, RACE).sum())
    assert solution.used[0] <= 0.1 < iv_fair(free, RACE).sum()
    assert [str(c) for c in fair.comparisons_] == ["race: 'b' against 'w'"]
    assert free.solution_.used.size == 0
    binding = (
        FairBinner(budget=solution.used[0], **OPTIONS).fit(X, Y, protected=RACE).solution_.binding
    )
    assert binding == ("budget (race: 'b' against 'w', all features)",)


def test_fairness_summary(fair, free):
    frame = fair.fairness_summary()
    assert list(frame["feature"]) == [*NAMES, "all features"]
    np.testing.assert_allclose(frame["iv_fair"][:-1], iv_fair(fair, RACE))
    total = frame.iloc[-1]
    assert total["iv_fair"] == pytest.approx(frame["iv_fair"][:-1].sum())
    assert total["iv_fair_standard_error"] == pytest.approx(
        frame["iv_fair_standard_error"][:-1].sum()
    )
    assert total["budget"] == 0.1
    assert total["used"] == pytest.approx(fair.solution_.used[0])
    assert frame["budget"][:-1].isna().all()
    assert free.fairness_summary()["budget"].isna().all()
    assert FairBinner().fit(X, Y).fairness_summary().empty


@pytest.mark.parametrize("trend", [None, "ascending", "descending", "auto"])
def test_without_budget_it_is_the_optimal_binner(trend):
    X, Y, A = portfolio(4000, seed=3)
    limits = {"min_bin_size": 0.04, "max_n_bins": 6, "bin_penalty": 0.001, "max_n_prebins": 25}
    limits |= {"monotonic_trend": trend, "special_codes": [-9]}
    optimal = OptimalBinner(**limits).fit(X, Y)
    for protected in (None, A):
        fair = FairBinner(mip_gap=0.0, **limits).fit(X, Y, protected=protected)
        for name in NAMES:
            best, found = optimal.groupings_[name], fair.groupings_[name]
            if trend == "auto":
                simple = max(
                    best.shape_objectives["ascending"], best.shape_objectives["descending"]
                )
                assert found.objective == pytest.approx(simple, abs=1e-9)
            else:
                assert fair.specs_[name] == optimal.specs_[name]
                assert found.objective == pytest.approx(best.objective, abs=1e-9)
                if fair.specs_[name].n_bins > 1:
                    assert (found.trend, found.status) == (best.trend, best.status)


@pytest.mark.parametrize("confidence", [None, 0.95])
def test_monotone_in_the_budget_and_with_budget_is_a_fit(confidence):
    binner = FairBinner(budget=0.5, confidence=confidence, mip_gap=0.0, **OPTIONS).fit(
        X, Y, protected=A
    )
    values, start = [], None
    for budget in [0.0, 0.02, 0.1, {"race": 0.05, "region": 1.0}, {"region": 0.05}, 5.0, None]:
        again = binner.with_budget(budget, start=start)
        fresh = clone(binner).set_params(budget=budget).fit(X, Y, protected=A)
        assert again.budget == budget
        assert again.solution_.objective == pytest.approx(fresh.solution_.objective, abs=1e-9)
        assert again.specs_ == fresh.specs_
        np.testing.assert_array_equal(again.transform(X), fresh.transform(X))
        if not isinstance(budget, dict):
            values.append(again.solution_.objective)
        start = again.solution_.choices if budget != 5.0 else None
    assert (np.diff(values) >= -1e-9).all()
    assert values[0] < values[-1]
    assert binner.budget == 0.5
    assert binner.solution_.objective == pytest.approx(
        clone(binner).fit(X, Y, protected=A).solution_.objective
    )


def test_budgets_by_attribute():
    binner = FairBinner(budget={"region": 0.01}, **OPTIONS).fit(X, Y, protected=A)
    assert len(binner.solution_.problem.rows) == 3  # three pairs of regions, nothing on race
    for pair in (("north", "south"), ("north", "west"), ("south", "west")):
        assert iv_fair(binner, A["region"], pair=pair).sum() <= 0.01 + 1e-8
    assert iv_fair(binner, RACE).sum() > 0.1


def test_budgets_by_feature():
    binner = FairBinner(budget_per_feature={"zip": 0.05, "income": 0.01}, **OPTIONS).fit(
        X, Y, protected=RACE
    )
    used = dict(zip(NAMES, iv_fair(binner, RACE), strict=True))
    assert used["zip"] <= 0.05
    assert used["income"] <= 0.01
    frame = binner.fairness_summary().set_index("feature")
    assert frame["budget"].dropna().to_dict() == {"zip": 0.05, "income": 0.01}
    every = FairBinner(budget_per_feature=0.02, **OPTIONS).fit(X, Y, protected=RACE)
    assert (iv_fair(every, RACE) <= 0.02).all()
    assert len(every.solution_.problem.rows) == 4
    both = FairBinner(budget=0.03, budget_per_feature=0.02, **OPTIONS).fit(X, Y, protected=RACE)
    assert iv_fair(both, RACE).sum() <= 0.03
    assert both.solution_.objective <= every.solution_.objective + 1e-9


def test_confidence_counts_standard_errors():
    plain = FairBinner(budget=0.1, **OPTIONS).fit(X, Y, protected=RACE)
    sure = FairBinner(budget=0.1, confidence=0.95, **OPTIONS).fit(X, Y, protected=RACE)
    assert sure.solution_.objective < plain.solution_.objective
    total = sure.fairness_summary().iloc[-1]
    assert (
        total["iv_fair"] + 1.6448536269514722 * total["iv_fair_standard_error"]
        <= total["used"]
        <= 0.1 + 1e-8
    )
    half = FairBinner(budget=0.1, confidence=0.5, **OPTIONS).fit(X, Y, protected=RACE)
    assert half.solution_.objective == plain.solution_.objective


@pytest.mark.parametrize(
    ("reference", "pairs"),
    [
        (None, [("north", "south"), ("north", "west"), ("south", "west")]),
        ("south", [("north", "south"), ("west", "south")]),
        ({"region": "west"}, [("north", "west"), ("south", "west")]),
        ({"race": "w"}, [("north", "south"), ("north", "west"), ("south", "west")]),
    ],
)
def test_three_groups(reference, pairs):
    binner = FairBinner(budget=0.02, reference=reference, **OPTIONS).fit(
        X, Y, protected=A["region"]
    )
    assert [(c.first, c.second) for c in binner.comparisons_] == pairs
    for pair, used in zip(pairs, binner.solution_.used, strict=True):
        assert iv_fair(binner, A["region"], pair=pair).sum() == pytest.approx(used)
        assert used <= 0.02 + 1e-8


def test_intersections():
    protected = pd.DataFrame({"race": RACE, "west": A["region"] == "west"})
    binner = FairBinner(budget=0.05, intersections=True, **OPTIONS).fit(X, Y, protected=protected)
    assert list(binner.group_tables_) == ["race", "west", "race & west"]
    joint = RACE + " & " + protected["west"].astype(str)
    assert binner.group_tables_["race & west"]["age"].groups == tuple(sorted(set(joint)))
    assert len(binner.comparisons_) == 1 + 1 + 6
    for comparison, used in zip(binner.comparisons_, binner.solution_.used, strict=True):
        if comparison.attribute == "race & west":
            value = iv_fair(binner, joint, pair=(comparison.first, comparison.second)).sum()
            assert value == pytest.approx(used)
            assert value <= 0.05 + 1e-8
    only = FairBinner(budget={"race & west": 0.05}, intersections=True, **OPTIONS).fit(
        X, Y, protected=protected
    )
    assert only.solution_.objective >= binner.solution_.objective - 1e-9


def test_missing_protected():
    race = RACE.copy()
    race[:200] = None
    with pytest.raises(
        ValueError, match=r"'race' must not be missing, got 200 missing groups; choose .*'exclude'"
    ):
        FairBinner(budget=0.1).fit(X, Y, protected=race)
    out = FairBinner(budget=0.05, missing_protected="exclude", **OPTIONS).fit(X, Y, protected=race)
    assert out.group_tables_["race"]["age"].counts.sum() == len(X) - 200
    assert out.tables_["age"].counts.sum() == len(X)
    assert out.solution_.used[0] == pytest.approx(iv_fair(out, race).sum())
    own = FairBinner(budget=0.05, missing_protected="group", **OPTIONS).fit(X, Y, protected=race)
    assert own.group_tables_["race"]["age"].groups == ("Missing", "b", "w")
    filled = race.fillna("Missing")
    for comparison, used in zip(own.comparisons_, own.solution_.used, strict=True):
        assert used == pytest.approx(
            iv_fair(own, filled, pair=(comparison.first, comparison.second)).sum()
        )


def test_rows_of_weight_zero_count_as_absent():
    weights = np.ones(len(X))
    weights[:300] = 0.0
    race = RACE.copy()
    race[:300] = None  # nobody asks for the group of a row that is absent
    one = FairBinner(budget=0.1, **OPTIONS).fit(X, Y, weights, protected=race)
    other = FairBinner(budget=0.1, **OPTIONS).fit(X[300:], Y[300:], protected=RACE[300:])
    assert one.specs_ == other.specs_
    np.testing.assert_allclose(one.solution_.used, other.solution_.used)


def test_integer_weights_are_repeated_rows_of_fewer_people():
    weights = np.random.default_rng(0).integers(0, 4, len(X))
    rows = np.repeat(np.arange(len(X)), weights)
    one = FairBinner(mip_gap=0.0, **OPTIONS).fit(X, Y, weights, protected=RACE)
    other = FairBinner(mip_gap=0.0, **OPTIONS).fit(X.iloc[rows], Y[rows], protected=RACE.iloc[rows])
    assert one.specs_ == other.specs_
    assert one.solution_.objective == pytest.approx(other.solution_.objective, abs=1e-9)
    np.testing.assert_allclose(one.transform(X), other.transform(X))
    # as counted they tell the groups apart as much; fewer people give the value more of a bias
    ours, theirs = one.fairness_summary(), other.fairness_summary()
    np.testing.assert_allclose(ours["iv_fair_raw"], theirs["iv_fair_raw"])
    assert (ours["iv_fair"] < theirs["iv_fair"]).all()
    budgeted = FairBinner(budget=0.1, mip_gap=0.0, **OPTIONS).fit(X, Y, weights, protected=RACE)
    again = FairBinner(budget=0.1, mip_gap=0.0, **OPTIONS).fit(X, Y, 3 * weights, protected=RACE)
    np.testing.assert_allclose(budgeted.solution_.used, again.solution_.used)


def test_a_budget_of_nothing():
    # job does not depend on the group: its divergence is what chance gives it, and it may stay
    binner = FairBinner(budget=0.0, **OPTIONS).fit(X, Y, protected=RACE)
    assert binner.status_["zip"] == "dropped: budget"
    assert binner.status_["job"] == "optimal"
    assert binner.solution_.used[0] == pytest.approx(iv_fair(binner, RACE).sum())
    assert binner.solution_.used[0] <= 0.0

    names = ["zip"]
    options = OPTIONS | {"special_codes": None}
    none = FairBinner(budget=0.0, **options).fit(X[names], Y, protected=RACE)
    assert set(none.status_.values()) == {"dropped: budget"}
    assert none.solution_.objective == 0.0
    assert none.solution_.gap == 0.0
    np.testing.assert_array_equal(none.transform(X[names]), 0.0)
    penalised = FairBinner(budget=0.0, bin_penalty=0.01, **options).fit(X[names], Y, protected=RACE)
    assert penalised.solution_.objective == pytest.approx(-0.01)  # a dropped feature is one bin


@pytest.fixture(scope="module")
def dropped():
    binner = FairBinner(budget_per_feature={"income": 0.0, "job": 0.0}, **OPTIONS).fit(
        X, Y, protected=COOKS
    )
    assert {name for name, status in binner.status_.items() if status == "dropped: budget"} == {
        "income",
        "job",
    }
    return binner


def test_dropped_feature_says_nothing(dropped):
    other = pd.DataFrame(
        {"age": 0.0, "income": [-9.0, np.nan, 1.0], "job": [None, "astronaut", "cook"], "zip": 0.0}
    )
    out = np.asarray(dropped.transform(other))  # no warning: every value is in the one bin
    np.testing.assert_array_equal(out[:, 1:3], 0.0)
    np.testing.assert_array_equal(dropped.bin_codes(other)[:, 1:3], 0)
    assert set(
        clone(dropped).set_params(metric="bins").fit(X, Y, protected=COOKS).transform(other)[:, 2]
    ) == {"All values"}
    rates = (
        clone(dropped).set_params(metric="event_rate").fit(X, Y, protected=COOKS).transform(other)
    )
    np.testing.assert_allclose(rates[:, 1:3].astype(float), Y.mean())
    assert dropped.splits_["income"].size == 0
    assert dropped.groupings_["job"].dropped


def test_dropped_feature_in_tables(dropped):
    row = dropped.summary().set_index("feature").loc["income"]
    assert (row["status"], row["n_bins"], row["iv"]) == ("dropped: budget", 1, 0.0)
    assert pd.isna(row["trend"])
    assert row["smallest_bin"] == 1.0
    other, y, _ = portfolio(200, seed=9)
    for table, target in (
        (dropped.binning_table("income"), Y),
        (dropped.binning_table("income", other, y), y),
    ):
        first, total = table.iloc[0], table.iloc[-1]
        assert first["bin"] == "All values"
        assert (first["count"], first["events"]) == (len(target), target.sum())
        assert (first["woe"], total["iv"]) == (0.0, 0.0)
    assert dropped.tables_["income"].counts[1:].sum() == 0.0
    assert dropped.tables_["income"].labels == ("All values", "Special", "Missing")


def test_dropped_bins_as_plain_data(dropped):
    for name in NAMES:
        spec = dropped.specs_[name]
        again = BinSpec.from_dict(json.loads(json.dumps(spec.to_dict())))
        assert again == spec
        np.testing.assert_array_equal(again.encode(X[name]), spec.encode(X[name]))
    with pytest.raises(
        ValueError, match=r"pooled bins of feature 'x' must be one regular bin, got 2"
    ):
        BinSpec(name="x", kind="numerical", splits=(1.0,), pooled=True)


def test_keep():
    binner = FairBinner(budget=0.0, keep=["zip"], **OPTIONS).fit(X, Y, protected=RACE)
    assert (
        binner.specs_["zip"].n_bins == 1
    )  # one bin, without missing values: nothing is said, nothing is dropped
    assert binner.status_["zip"] == "single bin: best within the limits"
    with pytest.raises(InfeasibleError) as error:
        FairBinner(budget=0.01, min_n_bins=2, keep=["zip"], **OPTIONS).fit(X, Y, protected=RACE)
    assert str(error.value) == (
        "budget (race: 'b' against 'w', all features) <= 0.01 cannot be met while keep=['zip'] may "
        "not be dropped; "
        "raise the budget or keep fewer"
    )


def test_infeasible_budgets_are_irreducible():
    # Splitting 0 from 1 tells races apart, splitting 1 from 2 tells the sexes; two bins are one of
    # the splits.
    x = np.repeat([0.0, 1.0, 2.0], 200)
    race = np.r_[
        np.tile(["b", "b", "b", "w"], 50), np.tile(["b", "w"], 100), np.tile(["b", "w"], 100)
    ]
    sex = np.r_[
        np.tile(["f", "m"], 100), np.tile(["f", "m"], 100), np.tile(["f", "m", "m", "m"], 50)
    ]
    y = np.r_[np.tile([0, 0, 0, 1], 50), np.tile([0, 1], 100), np.tile([0, 1, 1, 1], 50)]
    region = np.tile(["n", "s", "s", "n"], 150)
    protected = pd.DataFrame({"region": region, "race": race, "sex": sex})
    limits = {"min_n_bins": 2, "max_n_bins": 2, "keep": ["x0"]}
    for name in ("race", "sex"):
        FairBinner(budget={"region": 0.1, name: 0.1}, **limits).fit(
            x[:, None], y, protected=protected
        )
    with pytest.raises(InfeasibleError, match="cannot be met together while keep=") as error:
        FairBinner(budget=0.1, **limits).fit(x[:, None], y, protected=protected)
    assert "race: 'b' against 'w'" in str(error.value)
    assert "sex: 'f' against 'm'" in str(error.value)
    assert "region" not in str(error.value)


def test_infeasible_limits_are_named():
    with pytest.raises(
        InfeasibleError, match=r"feature 'age': no grouping .* min_n_bins=2 and min_bin_size=0\.6"
    ):
        FairBinner(min_n_bins=2, min_bin_size=0.6).fit(X[["age"]], Y)


def test_constant_and_missing_features():
    other = X.assign(constant=1.0, empty=np.nan, text="a")
    binner = FairBinner(budget=0.1, **OPTIONS).fit(other, Y, protected=RACE)
    assert binner.status_["constant"] == "single bin: constant"
    assert binner.status_["text"] == "single bin: constant"
    assert binner.status_["empty"] == "single bin: no regular values"
    np.testing.assert_array_equal(np.asarray(binner.transform(other))[:, 4:], 0.0)
    with pytest.warns(UnseenValueWarning, match="empty: 1 rows"):
        binner.transform(other[:1].assign(empty=3.0))


def test_frames_arrays_and_lists_agree(fair):
    other = clone(fair).fit(pl.from_pandas(X), Y, protected=pl.Series("race", RACE.tolist()))
    rows = clone(fair).fit(X.astype(object).to_numpy(), Y, protected=RACE.tolist())
    for binner in (other, rows):
        assert list(binner.woe_.values()) != []
        for old, new in zip(fair.woe_.values(), binner.woe_.values(), strict=True):
            np.testing.assert_array_equal(old, new)
    assert str(rows.comparisons_[0]) == "group: 'b' against 'w'"


ERRORS = [
    ({"budget": -0.1}, "budget must be a finite number of nats, at least 0, got -0.1"),
    ({"budget": np.nan}, "budget must be a finite number of nats, at least 0, got nan"),
    ({"budget": np.inf}, "budget must be a finite number of nats, at least 0, got inf"),
    ({"budget": True}, "budget must be a finite number of nats, at least 0, got True"),
    ({"budget": "0.1"}, "budget must be a finite number of nats, at least 0, got '0.1'"),
    ({"budget": {"race": None}}, "budget must be a finite number of nats, at least 0, got None"),
    ({"budget": {"sex": 0.1}}, "budget must name a protected attribute ('race'), got 'sex'"),
    (
        {"budget_per_feature": {"x": 1.0}},
        "budget_per_feature must name a feature ('age', 'income', 'job', 'zip'), got",
    ),
    (
        {"budget_per_feature": {"age": -1}},
        "budget_per_feature must be a finite number of nats, at least 0, got -1",
    ),
    (
        {"confidence": 0.3},
        "confidence must be a number in [0.5, 1), or None for no standard errors, got 0.3",
    ),
    (
        {"confidence": 1.0},
        "confidence must be a number in [0.5, 1), or None for no standard errors, got 1.0",
    ),
    (
        {"confidence": np.nan},
        "confidence must be a number in [0.5, 1), or None for no standard errors, got nan",
    ),
    (
        {"confidence": "95"},
        "confidence must be a number in [0.5, 1), or None for no standard errors, got '95'",
    ),
    ({"solver": "cplex"}, "solver must be one of"),
    ({"mip_gap": -1.0}, "mip_gap must be a finite number, at least 0, got -1.0"),
    ({"mip_gap": "0"}, "mip_gap must be a finite number, at least 0, got '0'"),
    ({"time_limit": 0.0}, "time_limit must be positive seconds, or None for no limit, got 0.0"),
    ({"time_limit": np.inf}, "time_limit must be positive seconds, or None for no limit, got inf"),
    (
        {"monotonic_trend": "peak"},
        "got 'peak' for feature 'age'; OptimalBinner offers other shapes",
    ),
    ({"feature_params": {"zip": {"monotonic_trend": "convex"}}}, "got 'convex' for feature 'zip'"),
    ({"feature_params": {"zip": {"budget": 1.0}}}, "feature_params['zip'] must be one of"),
    ({"keep": ["sex"]}, "keep must name features of X ('age', 'income', 'job', 'zip'), got 'sex'"),
    ({"missing_protected": "drop"}, "missing_protected must be one of"),
    ({"reference": "x"}, "reference of 'race' must be one of its groups ['b', 'w'], got 'x'"),
    (
        {"intersections": True},
        "intersections need at least two protected attributes, got only 'race'",
    ),
    ({"min_n_bins": 3, "max_n_bins": 2}, "min_n_bins must not be above max_n_bins"),
    ({"max_n_prebins": 1}, "max_n_prebins must be an integer of at least 2, got 1"),
]


@pytest.mark.parametrize(("options", "text"), ERRORS)
def test_errors(options, text):
    with pytest.raises(ValueError, match=re.escape(text)):
        FairBinner(**options).fit(X, Y, protected=RACE)


@pytest.mark.parametrize(
    ("protected", "text"),
    [
        (
            None,
            (
                "a budget needs protected attributes, got protected=None with budget=0.1, "
                "budget_per_feature=None"
            ),
        ),
        (RACE[:-1], "protected must have one row for each of the 1500 rows of X, got 1499"),
        (
            ["a"] * len(X),
            (
                "a protected attribute must have at least two groups, got ['a'] in 'group'; "
                "leave it "
                "out"
            ),
        ),
        (
            np.zeros((len(X), 1, 1)),
            "protected must have one row a row of X and one column an attribute, got shape",
        ),
    ],
)
def test_errors_of_protected_attributes(protected, text):
    with pytest.raises(ValueError, match=re.escape(text)):
        FairBinner(budget=0.1).fit(X, Y, protected=protected)


def test_with_budget_needs_groups():
    with pytest.raises(
        ValueError,
        match=r"a budget needs protected attributes, got protected=None with budget=0\.1",
    ):
        FairBinner().fit(X, Y).with_budget(0.1)
    with pytest.raises(sklearn.exceptions.NotFittedError):
        FairBinner().with_budget(0.1)


def test_crossfit_refuses():
    with pytest.raises(
        TypeError, match="must bin each feature from its own counts, got FairBinner"
    ):
        cross_fitted_information_value(FairBinner(), X, Y)


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_set_output(fair, library):
    out = clone(fair).set_output(transform=library).fit_transform(X, Y, protected=RACE)
    assert list(out.columns) == NAMES == list(fair.get_feature_names_out())
    np.testing.assert_array_equal(out.to_numpy(), fair.transform(X))


def test_clone_pickle_and_copies(fair):
    again = pickle.loads(pickle.dumps(fair))  # noqa: S301 - our own bytes
    np.testing.assert_array_equal(again.transform(X), fair.transform(X))
    assert again.solution_.binding == fair.solution_.binding
    assert again.with_budget(0.02).solution_.used[0] <= 0.02
    assert clone(fair).get_params() == fair.get_params()


def test_protected_columns_are_not_needed_afterwards(fair):
    assert fair.n_features_in_ == 4
    assert not hasattr(fair, "protected")
    np.testing.assert_array_equal(FrozenEstimator(fair).fit(X, Y).transform(X), fair.transform(X))
    names = list(fair.transform.__code__.co_varnames[: fair.transform.__code__.co_argcount])
    assert "protected" not in names


def test_metadata_routing(fair):
    with sklearn.config_context(enable_metadata_routing=True):
        binner = clone(fair).set_fit_request(protected=True, sample_weight=False)
        pipeline = make_pipeline(binner, LogisticRegression())
        pipeline.fit(X, Y, protected=RACE)
        np.testing.assert_array_equal(pipeline[0].transform(X), fair.transform(X))
        assert pipeline[0].solution_.used == pytest.approx(fair.solution_.used)
        assert pipeline.predict_proba(X).shape == (len(X), 2)
        with pytest.raises(sklearn.exceptions.UnsetMetadataPassedError, match="protected"):
            make_pipeline(clone(fair), LogisticRegression()).fit(X, Y, protected=RACE)


def test_scorecard(fair, dropped):
    card = Scorecard(clone(fair)).fit(X, Y, protected=RACE)
    assert card.binner_.specs_ == fair.specs_
    assert card.binner_.solution_.used == pytest.approx(fair.solution_.used)
    assert card.predict_points(X).shape == (len(X),)
    card = Scorecard(clone(dropped)).fit(X, Y, protected=COOKS)
    points = card.predict_points(X)
    assert np.isfinite(points).all()
    np.testing.assert_allclose(Scorecard.from_json(card.to_json()).predict_points(X), points)
    changed = X.assign(income=np.nan, job="astronaut")
    np.testing.assert_allclose(card.predict_points(changed), points)
    with pytest.raises(ValueError, match="protected needs a binner whose fit takes it"):
        Scorecard(OptimalBinner()).fit(X, Y, protected=RACE)


def test_feature_params_and_categories():
    options = {
        "feature_params": {
            "age": {"monotonic_trend": None, "max_n_bins": 3},
            "job": {"max_n_bins": 2},
        }
    }
    binner = FairBinner(budget=0.3, cat_unknown="missing", **OPTIONS, **options).fit(
        X, Y, protected=RACE
    )
    assert binner.specs_["age"].n_bins <= 3
    assert binner.specs_["job"].n_bins <= 2
    assert binner.groupings_["age"].trend is None
    levels = [level for group in binner.specs_["job"].levels for level in group]
    assert sorted(levels) == ["clerk", "cook", "none", "smith"]
    codes = binner.bin_codes(X[:1].assign(job="astronaut"))
    assert codes[0, 2] == binner.specs_["job"].missing_code
    rates = binner.tables_["job"].to_frame()["event_rate"].to_numpy()[: binner.specs_["job"].n_bins]
    assert (np.diff(rates) > 0).all()


def test_any_two_labels(fair):
    for labels in [("good", "poor"), (False, True), (2, 1)]:
        y = np.array(labels)[Y]
        other = clone(fair).set_params(event_label=labels[1]).fit(X, y, protected=RACE)
        np.testing.assert_array_equal(other.woe_["age"], fair.woe_["age"])


def test_no_warning_where_nothing_is_wrong(fair):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        clone(fair).fit(X, Y, protected=RACE).transform(X)

"""Selection log: numbers from outside, duplicates, constants, separation, coverage, errors."""

import itertools

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss

from infotheory._patterns import Patterns
from infotheory.binning import (
    FairBinner,
    OptimalBinner,
    PermutationResult,
    cross_fitted_information_value,
    permutation_test,
)
from infotheory.datasets import make_portfolio
from infotheory.evidence import demographic_information_value
from infotheory.exceptions import (
    InfeasibleError,
    LeakageWarning,
    SparseCellWarning,
    UnseenValueWarning,
    WithheldWarning,
)
from infotheory.inference import benjamini_hochberg
from infotheory.scorecard import Scorecard, select_characteristics, variance_inflation
from infotheory.scorecard.stages.columns import EvidenceColumns
from infotheory.tables import CountTable
from tests.studies import Study


@pytest.fixture(scope="module")
def portfolio():
    drawn = make_portfolio(2500, numeric=[0.5, 0.2, 0.0], categorical=[0.3, 0.0], random_state=1)
    rng = np.random.default_rng(2)
    near = drawn.X["number_0"] + 0.35 * rng.normal(size=2500)
    return drawn.X.assign(near=near, copy=drawn.X["number_1"], constant=1.0), drawn.y


@pytest.fixture(scope="module")
def log(portfolio):
    return select_characteristics(*portfolio, rng=3)


def rows(log, **where):
    frame = log.to_frame()
    for name, value in where.items():
        frame = frame[frame[name] == value]
    return frame.set_index("feature")


def test_selected_characteristics_fit_a_card(log, portfolio):
    X, y = portfolio
    assert log.selected == ["number_0", "number_1", "category_0"]
    assert [list(X.columns)[i] for i in log.indices] == log.selected
    assert Scorecard().fit(X[log.selected], y).active_.all()


def test_information_values_are_those_of_the_binning_room(log, portfolio):
    binner = OptimalBinner().fit(*portfolio)
    summary = binner.summary().set_index("feature")
    told = rows(log, statistic="iv")
    assert (told["decision"] == "told").all()
    np.testing.assert_allclose(told["value"], summary["iv"])
    np.testing.assert_allclose(told["standard_error"], summary["iv_standard_error"])
    assert told["reason"].str.startswith("after selection").all()
    theirs = cross_fitted_information_value(binner, rng=3)
    ours = rows(log, statistic="cross_fitted_iv")
    for name, estimate in theirs.items():
        assert ours.loc[name, ["value", "standard_error"]].tolist() == [
            estimate.value,
            estimate.standard_error,
        ]
    limited = select_characteristics(*portfolio, rng=3, min_information_value=0.02)
    decided = rows(limited, statistic="cross_fitted_iv")["decision"]
    for name, estimate in theirs.items():
        assert (decided[name] == "kept") == (estimate.value >= 0.02)
    assert ours["decision"].eq("told").all()
    assert (
        rows(log, statistic="permutation").loc["constant", "reason"]
        == "no two bins with rows differ: no information"
    )


def test_permutation_tests_decide_unless_a_limit_is_stated(log, portfolio):
    theirs = permutation_test(OptimalBinner().fit(*portfolio), n_permutations=99, rng=3)
    ours = rows(log, statistic="permutation")
    for name, test in theirs.items():
        assert ours.loc[name, "p_value"] == ours.loc[name, "value"] == test.p_value
        assert ours.loc[name, ["low", "high"]].tolist() == list(test.interval())
        if name != "constant":
            assert (ours.loc[name, "decision"] == "kept") == (test.p_value <= 0.05)
    adjusted = benjamini_hochberg(ours["p_value"].to_numpy())
    np.testing.assert_allclose(ours["adjusted_p_value"], adjusted)
    message = "n_permutations must be at least 199 for p-values of 0.005, got 150; draw more"
    with pytest.raises(ValueError, match=message):
        select_characteristics(*portfolio, alpha=0.005, n_permutations=150)
    low, high = PermutationResult(0.1, 1.0, 99).interval()
    assert low < 0.99 < high == 1.0


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::infotheory.exceptions.InfotheoryWarning")
@pytest.mark.parametrize("weighted", [False, True])
def test_noise_is_kept_in_five_per_cent(weighted):
    """Six of ten characteristics know nothing, 700 rows, heavy tails and levels."""
    rng, kept = np.random.default_rng(16), []
    for _ in range(4 if weighted else 9):
        X = pd.DataFrame(rng.standard_t(3, size=(700, 8)), columns=[f"x{j}" for j in range(8)])
        X = X.assign(**{f"c{j}": rng.choice(list("abcdefgh"), 700, p=LEVELS) for j in range(2)})
        log_odds = -1.8 + X.iloc[:, :4].clip(-3, 3) @ np.array([0.7, 0.5, 0.3, 0.3])
        y = (rng.random(700) < 1 / (1 + np.exp(-log_odds))).astype(int)
        # with 19 draws p <= .05 has probability 1 / 20 under the null hypothesis, as with 99
        options = {"n_permutations": 19}
        if weighted:
            options["sample_weight"] = rng.uniform(0.5, 1.5, 700)
        log = select_characteristics(X, y, rng=rng, cv=3, **options)
        kept.append([name in log.selected for name in X])
    noise = np.array(kept)[:, 4:]
    print("noise kept", noise.mean(), "signal", np.array(kept)[:, :4].mean(axis=0))
    # three standard errors, which rows shared by the characteristics make a little larger
    assert noise.mean() <= 0.05 + 4.0 * np.sqrt(0.05 * 0.95 / noise.size)
    assert np.array(kept)[:, 0].mean() >= 0.9


LEVELS = np.array([0.4, 0.2, 0.15, 0.1, 0.06, 0.05, 0.03, 0.01])


def test_correlations_name_the_better_partner(log, portfolio):
    X, y = portfolio
    woe = OptimalBinner().set_output(transform="pandas").fit(X, y).transform(X)
    ours = rows(log, stage="correlation")
    for name, row in ours.iterrows():
        if row["partner"]:
            assert row["value"] == pytest.approx(
                np.corrcoef(woe[name], woe[row["partner"]])[0, 1], abs=1e-9
            )
    assert ours.loc["near", ["decision", "partner"]].tolist() == ["dropped", "number_0"]
    assert ours.loc["copy", ["decision", "partner"]].tolist() == ["dropped", "number_1"]
    assert ours.loc["copy", ["low", "high"]].tolist() == pytest.approx([1.0, 1.0])
    assert ours["partner"].iloc[0] == ""
    inflation = rows(log, stage="variance inflation")
    np.testing.assert_allclose(
        inflation["value"],
        variance_inflation(woe[list(inflation.index)].to_numpy(), np.ones(len(X))),
    )


def test_likelihood_ratios_are_those_of_sklearn(log, portfolio):
    X, y = portfolio
    binner = OptimalBinner().set_output(transform="pandas").fit(X, y)
    woe, codes = binner.transform(X), pd.DataFrame(binner.bin_codes(X), columns=X.columns)

    def log_likelihood(design):
        if design.shape[1] == 0:
            return -log_loss(y, np.full(len(y), y.mean()), normalize=False)
        model = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-10).fit(design, y)
        return -log_loss(y, model.predict_proba(design)[:, 1], normalize=False)

    before = []
    for name, row in rows(log, stage="stepwise", decision="entered").iterrows():
        bins = pd.get_dummies(codes[name], drop_first=True, dtype=float).to_numpy()
        ratio = 2 * (
            log_likelihood(np.column_stack([woe[before], bins]))
            - log_likelihood(woe[before].to_numpy())
        )
        assert row["value"] == pytest.approx(ratio, rel=1e-5)
        assert row["degrees_of_freedom"] == codes[name].nunique() - 1
        assert row["p_value"] == pytest.approx(
            stats.chi2.sf(ratio, codes[name].nunique() - 1), rel=1e-3
        )
        assert "after selection" in row["reason"]
        before.append(name)
    assert before


def test_frame_has_a_number_a_threshold_and_a_reason_for_every_decision(log):
    frame = log.to_frame()
    decided = frame[frame["decision"] != "told"]
    assert decided["threshold"].notna().all()
    assert (decided["reason"].str.len() > 10).all()
    assert decided["value"].isna().sum() == 1  # the first of the correlations has nothing before it
    assert decided.groupby("feature")["stage"].count().loc["constant"] == 1


@pytest.mark.parametrize("direction", ["forward", "backward", "both"])
@pytest.mark.parametrize("weighted", [False, True])
def test_directions_agree_on_clear_cases(portfolio, direction, weighted):
    X, y = portfolio
    weights = np.random.default_rng(4).choice([1.0, 3.0], size=len(X)) if weighted else None
    log = select_characteristics(
        X, y, direction=direction, sample_weight=weights, rng=0, min_information_value=0.01
    )
    assert {"number_0", "number_1", "category_0"} <= set(log.selected)
    steps = rows(log, stage="stepwise")
    assert set(steps["statistic"]) <= ({"score"} if weighted else {"score", "likelihood_ratio"})
    assert (set(steps["decision"]) <= {"kept", "removed"}) == (direction == "backward")


def test_scaled_weights_change_no_test(portfolio):
    X, y = portfolio
    weights = np.random.default_rng(4).choice([1.0, 3.0], size=len(X))
    one, many = (
        rows(
            select_characteristics(X, y, sample_weight=c * weights, rng=0),
            stage="stepwise",
        )
        for c in (1.0, 10.0)
    )
    np.testing.assert_allclose(one["p_value"], many["p_value"], rtol=1e-4, atol=1e-12)


def test_duplicates_beyond_the_correlation_limit_meet_the_inflation_limit(portfolio):
    X, y = portfolio
    log = select_characteristics(X, y, max_correlation=1.0, rng=3)
    dropped = rows(log, stage="variance inflation", decision="dropped")
    assert set(dropped.index) == {"copy", "near"}
    assert dropped.loc["copy", "value"] > 1e9
    loose = select_characteristics(X, y, max_correlation=1.0, max_vif=np.inf, rng=3)
    assert len({"number_1", "copy"} & set(loose.selected)) == 1


def test_hold_out_tests_are_those_of_the_card(portfolio):
    X, y = portfolio
    other = make_portfolio(1500, numeric=[0.5, 0.2, 0.0], categorical=[0.3, 0.0], random_state=9)
    Z = other.X.assign(near=other.X["number_0"], copy=other.X["number_1"], constant=1.0)
    log = select_characteristics(X, y, holdout={"X": Z, "y": other.y}, rng=3)
    told = rows(log, stage="hold-out")
    card = Scorecard().fit(X[log.selected], y)
    theirs = card.coefficient_table(Z[log.selected], other.y).set_index("feature")
    np.testing.assert_allclose(told["p_value"], theirs.loc[told.index, "p_value"], rtol=1e-6)
    np.testing.assert_allclose(
        told["adjusted_p_value"], benjamini_hochberg(told["p_value"].to_numpy())
    )
    assert (told["decision"] == "told").all()
    assert list(told.index) == log.selected == select_characteristics(X, y, rng=3).selected
    with pytest.raises(
        ValueError, match=r"holdout must have the keys X, y and optionally .* got \['X'\]"
    ):
        select_characteristics(X, y, holdout={"X": Z})
    with pytest.raises(ValueError, match="got tuple; pass a dict such as"):
        select_characteristics(X, y, holdout=(Z, other.y))
    with pytest.raises(ValueError, match=r"y of holdout must have shape \(1500,\)"):
        select_characteristics(X, y, holdout={"X": Z, "y": y}, rng=3)


def test_perfect_separation_is_selected_and_reported():
    rng = np.random.default_rng(7)
    y = np.repeat([0, 1], [300, 100])
    X = pd.DataFrame(
        {"weak": y + 2 * rng.normal(size=400), "oracle": np.where(y == 1, "gone", "here")}
    )
    with (
        pytest.warns(SparseCellWarning, match="bins with rows of one class only"),
        pytest.warns(LeakageWarning, match="'oracle'"),
    ):
        log = select_characteristics(X, y, rng=0)
    steps = rows(log, stage="stepwise")
    assert steps.loc["oracle", ["decision", "statistic"]].tolist() == ["entered", "score"]
    assert log.selected == ["oracle"]


def test_nothing_left_is_an_empty_list():
    rng = np.random.default_rng(4)
    log = select_characteristics(rng.normal(size=(300, 2)), np.arange(300) % 2, rng=0)
    assert log.selected == []
    assert set(log.to_frame()["stage"]) == {"information value"}


def test_splitters_and_arrays():
    portfolio = make_portfolio(1000, numeric=[0.5, 0.4], categorical=[], random_state=0)
    folds = [
        (np.arange(0, 1000, 2), np.arange(1, 1000, 2)),
        (np.arange(1, 1000, 2), np.arange(0, 1000, 2)),
    ]

    class Halves:
        def split(self, *_):
            return folds

    # one fold left out, with few events in its rarest bins: there is a value, but no interval
    with pytest.warns(WithheldWarning, match="a held-out fold expects"):
        log = select_characteristics(portfolio.X.to_numpy(), portfolio.y, cv=Halves())
    assert log.selected == ["x0", "x1"]
    assert log.indices == (0, 1)


def test_the_event_label_of_the_binner_counts():
    portfolio = make_portfolio(1500, numeric=[0.5, 0.0], categorical=[], random_state=0)
    y = np.where(portfolio.y == 1, "bad", "good")
    log = select_characteristics(portfolio.X, y, binner=OptimalBinner(event_label="bad"), rng=0)
    assert log.selected == ["number_0"]


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"max_correlation": 0.0}, "max_correlation must be above 0 and at most 1, got 0.0"),
        ({"max_vif": 0.5}, "max_vif must be at least 1, got 0.5"),
        ({"alpha": np.nan}, "alpha must be above 0 and at most 1, got nan"),
        ({"min_information_value": np.nan}, "min_information_value must be a number, got nan"),
        (
            {"direction": "sideways"},
            "direction must be one of 'forward', 'backward', 'both', got 'sideways'",
        ),
        ({"cv": 1}, "cv must be at least 2 folds or a splitter, got 1"),
        ({"sample_weight": [1.0]}, r"sample_weight must have shape \(40,\)"),
    ],
)
def test_errors(options, text):
    X, y = np.arange(40.0)[:, None], np.arange(40) % 2
    with pytest.raises(ValueError, match=text):
        select_characteristics(X, y, **options)


def test_errors_of_target_and_binner():
    X = np.arange(40.0)[:, None]
    with pytest.raises(ValueError, match="got one class"):
        select_characteristics(X, np.zeros(40))

    with pytest.raises(
        TypeError, match="binner must bin each feature from its own counts, got FairBinner"
    ):
        select_characteristics(X, np.arange(40) % 2, binner=FairBinner())


@pytest.mark.slow
@pytest.mark.parametrize("weighted", [False, True])
def test_intervals_of_correlations_cover(weighted):
    rng, n, study = np.random.default_rng(10), 400, Study(1000, covers=(0.93, 0.97))
    law = np.array([[0.25, 0.05, 0.02], [0.08, 0.2, 0.05], [0.03, 0.07, 0.25]])
    woe = [np.array([-1.0, 0.2, 0.8]), np.array([-0.5, 0.1, 1.5])]
    x, z = woe[0][:, None] - law.sum(axis=1) @ woe[0], woe[1] - law.sum(axis=0) @ woe[1]
    truth = (law * x * z).sum() / np.sqrt((law * x**2).sum() * (law * z**2).sum())
    cells = np.array(list(itertools.product(range(3), range(3))))
    for _ in study:
        codes = cells[rng.choice(9, size=n, p=law.ravel())]
        weights = rng.choice([1.0, 4.0], size=n) if weighted else None
        patterns = Patterns.from_rows(codes, (np.arange(n) % 2).astype(float), weights)
        step = list(EvidenceColumns(patterns, woe, ["x", "z"]).by_correlation(1.0))[1]
        study.note(covers=step.low <= truth <= step.high)
    study.check(f"correlation of {truth:.3f}, weighted {weighted}")


def test_what_knows_too_much_is_set_aside_unless_it_is_included():
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 2000)
    X = pd.DataFrame({"after": rng.normal(size=2000) + 1.2 * y, "good": rng.normal(size=2000) + y})
    with pytest.warns(LeakageWarning, match="'after'") as caught:
        log = select_characteristics(X, y, iv_max=1.2, rng=0)
    assert len(caught) == 1
    assert log.selected == ["good"]
    (step,) = [step for step in log.steps if step.decision == "set aside"]
    assert (step.feature, step.statistic, step.threshold) == ("after", "iv", 1.2)
    assert step.value > 1.2
    assert step.reason.startswith("may be known only after the outcome")

    log = select_characteristics(X, y, iv_max=1.2, include=["after"], rng=0)
    assert log.selected == ["after", "good"]


def test_included_and_excluded_characteristics():
    rng = np.random.default_rng(1)
    y = rng.integers(0, 2, 1000)
    X = pd.DataFrame({"noise": rng.normal(size=1000), "good": rng.normal(size=1000) + y})
    log = select_characteristics(X, y, include=["noise"], iv_max=2, rng=0)
    assert log.selected == ["noise", "good"]
    (step,) = rows(log, decision="included").itertuples()
    assert "included on request; would be dropped" in step.reason

    log = select_characteristics(X, y, exclude=["good"], include=["noise"], rng=0)
    assert log.selected == ["noise"]
    with pytest.raises(ValueError, match="exclude must name features of X"):
        select_characteristics(X, y, exclude=["goods"])
    with pytest.raises(ValueError, match="both lists"):
        select_characteristics(X, y, exclude=["good"], include=["good"])
    with pytest.raises(ValueError, match="must be a list of names"):
        select_characteristics(X, y, exclude="good")


def test_empty_and_constant_columns_are_set_aside_with_their_shares():
    rng = np.random.default_rng(2)
    y = rng.integers(0, 2, 1000)
    good = rng.normal(size=1000) + y
    X = pd.DataFrame({"good": good, "gaps": good, "same": np.where(rng.random(1000) < 0.97, 0, y)})
    X.loc[:599, "gaps"] = np.nan
    limits = {"max_missing": 0.5, "max_identical": 0.95, "iv_max": 2.0}
    log = select_characteristics(X, y, **limits, rng=0)
    found = {step.feature: step for step in log.steps if step.decision == "set aside"}
    assert found["gaps"].statistic == "missing_share"
    assert found["gaps"].value == pytest.approx(0.6)
    assert found["same"].statistic == "identical_share"
    assert log.selected == ["good"]
    for name in ("max_missing", "max_identical", "iv_max"):
        with pytest.raises(ValueError, match=name):
            select_characteristics(X, y, **{name: -1})


@pytest.fixture(scope="module")
def grouped():
    """A portfolio whose strongest characteristic tells of a group, and the next a little."""
    portfolio = make_portfolio(3000, numeric=[0.6, 0.3, 0.2], random_state=0)
    noise = np.random.default_rng(0).normal(0, 700, (2, 3000))
    ranks = portfolio.X[["number_0", "number_1"]].rank().to_numpy().T
    protected = pd.DataFrame(
        {
            "a": np.where(ranks[0] + noise[0] > 1500, "x", "y"),
            "b": np.where(ranks[1] + 4 * noise[1] > 1500, "x", "y"),
        }
    )
    return portfolio.X, portfolio.y, protected


def demographic_lines(log):
    frame = log.to_frame()
    return frame[frame["stage"] == "demographic information"].set_index("feature")


def test_a_demographic_budget_keeps_what_fits(grouped):
    X, y, protected = grouped
    free = select_characteristics(X, y, rng=0)
    assert len(demographic_lines(free)) == 0
    endless = select_characteristics(X, y, rng=0, protected=protected, max_demographic_iv=np.inf)
    assert endless.selected == free.selected

    # the value is the largest of the attributes, of the bins of the log
    lines = demographic_lines(endless)
    assert lines["value"].idxmax() == "number_0"
    binner = OptimalBinner().fit(X, y)
    codes = binner.bin_codes(X)[:, list(binner.features_).index("number_1")]
    largest = max(
        demographic_information_value(
            CountTable.from_codes(codes, y, protected[name]), debias=True
        ).value
        for name in protected
    )
    assert lines.loc["number_1", "value"] == pytest.approx(largest)

    costs = lines["value"].clip(lower=0.0)
    before = len(free.selected)
    for budget in (4.0, 0.5, 0.1, 0.004, 0.0):
        log = select_characteristics(X, y, rng=0, protected=protected, max_demographic_iv=budget)
        assert costs[log.selected].sum() <= budget + 1e-12
        assert len(log.selected) <= before
        before = len(log.selected)
        # nothing that was dropped would still fit, what costs nothing always does
        left = budget - costs[log.selected].sum()
        dropped = demographic_lines(log).query("decision == 'dropped'").index
        assert (costs[dropped] > left).all()
    assert "number_0" not in log.selected


def test_what_is_included_is_taken_first_or_too_much(grouped):
    X, y, protected = grouped
    log = select_characteristics(
        X, y, rng=0, protected=protected, max_demographic_iv=2.9, include=["number_0"]
    )
    assert "number_0" in log.selected
    with pytest.raises(InfeasibleError, match=r"leave room for what is included, got 0\.5 and"):
        select_characteristics(
            X, y, rng=0, protected=protected, max_demographic_iv=0.5, include=["number_0"]
        )


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ({"max_demographic_iv": 1.0}, "protected and max_demographic_iv go together"),
        ({"protected": "b"}, "protected and max_demographic_iv go together"),
        ({"protected": "b", "max_demographic_iv": -1.0}, "max_demographic_iv must be"),
        ({"protected": "b", "max_demographic_iv": np.nan}, "max_demographic_iv must be"),
        (
            {"protected": "b", "max_demographic_iv": 1.0, "periods": "b"},
            "without periods",
        ),
    ],
)
def test_wrong_demographic_budgets(grouped, arguments, match):
    X, y, protected = grouped
    given_ = {
        name: protected[value] if isinstance(value, str) else value
        for name, value in arguments.items()
    }
    with pytest.raises(ValueError, match=match):
        select_characteristics(X, y, rng=0, **given_)


@pytest.mark.parametrize("sample", ["holdout", "out_of_time"])
def test_values_new_to_the_bins_of_other_rows_are_named(portfolio, sample):
    X, y = portfolio
    options = {"rng": 3, "min_information_value": 0.02, "cv": 3}
    rows = {"X": X.assign(category_0=X["category_0"].where(X.index >= 6, "new")), "y": y}
    with pytest.warns(UnseenValueWarning, match=r"never had \(category_0: 6 rows\)"):
        select_characteristics(X, y, **options, **{sample: rows})
    # Rows of weight 0 are none, and a characteristic that is out already has no evidence to lose.
    weights = (X.index >= 6).astype(float)
    select_characteristics(X, y, **options, **{sample: rows | {"sample_weight": weights}})
    rows["X"] = X.assign(category_1=X["category_1"].where(X.index >= 6, "new"))
    select_characteristics(X, y, **options, **{sample: rows})

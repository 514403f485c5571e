"""OptimalBinner on targets of every kind: encodings, tables, documents, edits, refusals."""

import json

import numpy as np
import pandas as pd
import pytest
from scipy import special

from infotheory.binning import (
    FairBinner,
    OptimalBinner,
    StumpBinner,
    _frames,
    keep_features,
    merge_bins,
    move_category,
    rebin,
    set_bins,
    set_woe,
    split_bin,
    undo_step,
)
from infotheory.evidence import target_divergence
from infotheory.exceptions import SparseCellWarning, UnseenValueWarning
from infotheory.scorecard import Scorecard
from infotheory.tables import EvidenceTable

KINDS = ("fraction", "rate", "continuous", "multiclass")


def portfolio(kind, n=3000, seed=0):
    """Loss given default with two humps, claims with exposures, amounts, and grades."""
    rng = np.random.default_rng(seed)
    X = pd.DataFrame({"age": rng.normal(size=n), "region": rng.choice(list("abcdefg"), n)})
    level = X["age"] + (X["region"] > "d")
    X.loc[::9, "age"] = np.nan
    exposure = rng.uniform(0.02, 3.0, n) if kind == "rate" else rng.gamma(4.0, 0.25, n) + 0.1
    y = {
        "fraction": lambda: np.where(
            rng.random(n) < 0.6, rng.random(n) < special.expit(level), rng.beta(2.0, 2.0, n)
        ),
        "rate": lambda: rng.poisson(exposure * np.exp(level - 1.5)) / exposure,
        "continuous": lambda: 3.0 * level + rng.normal(size=n) + 100.0,
        "multiclass": lambda: np.array(["bad", "fair", "good"])[
            np.clip(np.round(level + rng.normal(size=n) + 1.0), 0, 2).astype(int)
        ],
    }[kind]()
    return X, y, exposure


@pytest.mark.parametrize("kind", ["continuous", "multiclass"])
def test_values_written_in_blocks_are_those_of_all_rows_at_once(kind, monkeypatch):
    X, y, _ = portfolio(kind, n=600)
    binner = OptimalBinner(target_type=kind).fit(X, y)
    whole = binner.transform(X)
    monkeypatch.setattr(_frames, "_ROWS_AT_ONCE", 7)
    np.testing.assert_array_equal(binner.transform(X), whole)
    np.testing.assert_array_equal(binner.transform(X[13:14]), whole[13:14])


@pytest.mark.parametrize("kind", KINDS)
def test_encodings_are_those_of_the_bins(kind):
    X, y, w = portfolio(kind)
    binner = OptimalBinner(target_type=kind).fit(X, y, w)
    assert binner.target_type_ == kind
    codes = binner.bin_codes(X)[:, 0]
    table = binner.tables_["age"]
    assert isinstance(table, EvidenceTable)
    woe, means = (
        OptimalBinner(target_type=kind, metric=metric).fit_transform(X, y, w)
        for metric in ("woe", "event_rate")
    )
    np.testing.assert_array_equal(woe, binner.transform(X))

    for code in range(table.n_bins):
        inside = codes == code
        if kind == "multiclass":
            for c, label in enumerate(["bad", "fair", "good"]):
                share = np.average(y[inside] == label, weights=w[inside])
                overall = np.average(y == label, weights=w)
                np.testing.assert_allclose(means[inside, c], share)
                expected = special.logit(share) - special.logit(overall)
                np.testing.assert_allclose(woe[inside, c], expected, rtol=1e-9)
            continue
        mean, overall = np.average(y[inside], weights=w[inside]), np.average(y, weights=w)
        np.testing.assert_allclose(means[inside, 0], mean)
        expected = {
            "fraction": lambda m, o: special.logit(o) - special.logit(m),
            "rate": lambda m, o: np.log(o / m),
            "continuous": lambda m, o: m - o,
        }[kind](mean, overall)
        np.testing.assert_allclose(woe[inside, 0], expected, rtol=1e-8)


def test_columns_of_several_classes_have_names_and_add_up():
    X, y, _ = portfolio("multiclass")
    binner = OptimalBinner(target_type="multiclass").set_output(transform="pandas")
    out = binner.fit_transform(X, y)
    names = [f"{f}_{c}" for f in ("age", "region") for c in ("bad", "fair", "good")]
    assert list(out) == names == binner.get_feature_names_out().tolist()
    pd.testing.assert_frame_equal(out, binner.transform(X))
    frame = binner.transform_frame(X.assign(id=1))
    assert list(frame) == ["id", *names]
    np.testing.assert_array_equal(frame[names], out)

    # The sum rule: shares of the classes in a bin are those of all, moved by the evidence.
    prior = special.logit([(y == c).mean() for c in ("bad", "fair", "good")])
    np.testing.assert_allclose(special.expit(prior + out.iloc[:, :3]).sum(axis=1), 1.0)
    logs = OptimalBinner(target_type="multiclass", metric="log_share").fit_transform(X, y)
    np.testing.assert_allclose(logs[:, :3].sum(axis=1), 0.0, atol=1e-12)
    codes = OptimalBinner(target_type="multiclass", metric="indices").fit(X, y)
    assert codes.get_feature_names_out().tolist() == ["age", "region"]
    assert codes.transform(X).shape == (len(X), 2)


@pytest.mark.parametrize("kind", KINDS)
def test_frames_of_lazy_engines_get_the_same_values(kind):
    pl = pytest.importorskip("polars")
    X, y, _ = portfolio(kind)
    binner = OptimalBinner(target_type=kind).fit(X, y)
    lazy = binner.transform_frame(pl.from_pandas(X).lazy()).collect()
    assert lazy.columns == binner.get_feature_names_out().tolist()
    np.testing.assert_allclose(lazy.to_numpy(), binner.transform(X))


@pytest.mark.parametrize("kind", KINDS)
def test_tables_and_summary_say_what_the_estimates_say(kind):
    X, y, w = portfolio(kind)
    binner = OptimalBinner(target_type=kind).fit(X, y, w)
    shown, summary = binner.binning_table("age"), binner.summary().set_index("feature")
    estimate = target_divergence(binner.tables_["age"])
    assert shown.loc["Totals", "iv"] == pytest.approx(estimate.value)
    assert shown["iv"].iloc[:-1].sum() == pytest.approx(estimate.value)
    assert shown.loc["Totals", "count"] == pytest.approx(w.sum())
    assert kind in shown.columns.name
    row = summary.loc["age"]
    assert row["iv"] == pytest.approx(estimate.value)
    assert row["iv_low"] < row["iv"] < row["iv_high"]
    assert row["divergence"] == ("r2" if kind == "continuous" else "iv")
    assert (summary["trend_cost"] >= 0.0).all()
    if kind != "multiclass":
        assert (shown["mean_low"] <= shown["mean"])[:-1].all()

    again = binner.binning_table("age", X, y, w)
    # rows that are handed in count in bins that were fixed before
    searched = ["iv_low", "iv_high"]
    assert again.loc["Totals", "iv_low"] > shown.loc["Totals", "iv_low"]
    pd.testing.assert_frame_equal(again.drop(columns=searched), shown.drop(columns=searched))
    counted = binner.count_prebins(X, y, w)["age"]
    by_table = binner.binning_table("age", table=counted)
    pd.testing.assert_frame_equal(by_table, again, rtol=1e-9)
    both = binner.compare({"all": (X, y, w), "some": (X[:500], y[:500], w[:500])}, "region")
    assert both["all"].shape == (len(binner.binning_table("region")), shown.shape[1] - 1)


def test_errors_of_means_and_weights_of_evidence_are_those_of_samples():
    """The standard error of each bin is the spread over samples, off-diagonals included."""
    rng, draws = np.random.default_rng(3), {"fraction": [], "rate": []}
    told = {}
    for _ in range(300):
        x = rng.integers(0, 3, 600)
        for kind, values in draws.items():
            y = rng.beta(0.5 + 0.2 * x, 0.5) if kind == "fraction" else rng.gamma(0.7, 1.0 + x)
            binner = OptimalBinner(
                target_type=kind, user_splits={"x0": [1, 2]}, user_splits_fixed={"x0": [True] * 2}
            ).fit(x[:, None], y)
            told[kind] = shown = binner.binning_table("x0")
            values.append(shown[["mean", "woe"]].to_numpy()[:3].ravel())
    for kind, values in draws.items():
        spread = np.std(values, axis=0).reshape(3, 2)
        errors = told[kind][["mean_standard_error", "woe_standard_error"]].to_numpy()[:3]
        np.testing.assert_allclose(errors, spread, rtol=0.25)


@pytest.mark.parametrize("kind", KINDS)
def test_documents_bring_the_binner_back(kind):
    X, y, w = portfolio(kind)
    binner = merge_bins(OptimalBinner(target_type=kind).fit(X, y, w), "age", [0, 1], reason="few")
    read = OptimalBinner.from_json(binner.to_json())
    np.testing.assert_array_equal(read.transform(X), binner.transform(X))
    pd.testing.assert_frame_equal(read.summary(), binner.summary())
    assert read.target_type_ == kind
    assert read.tables_["age"].origin == binner.tables_["age"].origin
    undone = undo_step(read, reason="after all")
    assert undone.specs_["age"].n_bins == binner.specs_["age"].n_bins + 1
    subset = read.subset(["region"])
    assert subset.transform(X[["region"]]).shape[1] == (3 if kind == "multiclass" else 1)

    document = json.loads(binner.to_json())
    document["classes"] = [] if kind == "multiclass" else ["a", "b"]
    with pytest.raises(ValueError, match=r"\$\.classes"):
        OptimalBinner.from_json(json.dumps(document))


@pytest.mark.parametrize("kind", KINDS)
def test_edits_by_hand(kind):
    X, y, w = portfolio(kind)
    binner = OptimalBinner(target_type=kind).fit(X, y, w)
    at = next(s for s in binner.prebin_specs_["age"].splits if s not in binner.splits_["age"])
    tuned = split_bin(binner, "age", at, reason="policy")
    assert tuned.audit_[-1]["iv_difference"] >= -1e-12
    tuned = merge_bins(tuned, "region", [0, 1], reason="one office")
    assert tuned.audit_[-1]["iv_difference"] <= 1e-12
    tuned = set_bins(tuned, "age", [0.123], reason="policy", rows=(X, y, w))
    tuned = move_category(tuned, "region", tuned.specs_["region"].levels[0][0], 1, reason="moved")
    tuned = rebin(tuned, "age", max_n_bins=3, reason="fewer")
    assert tuned.specs_["age"].n_bins <= 3
    lines = pd.DataFrame(tuned.audit_)
    assert (lines["iv_difference_standard_error"] > 0.0).all()
    np.testing.assert_allclose(lines["iv_after"] - lines["iv_before"], lines["iv_difference"])
    alone = keep_features(tuned, ["age"], reason="noise")
    assert alone.audit_[-1]["iv_before"] > 0.0

    with pytest.raises(ValueError, match="must be the rows of the fit"):
        set_bins(binner, "age", [0.123], reason="other rows", rows=(X, y, 2.0 * w))
    crowded = set_bins(binner, "age", binner.prebin_specs_["age"].splits, reason="all")
    assert any("max_n_bins=6" in text for text in crowded.audit_[-1]["not_met"])


def test_a_missing_bin_joins_another():
    X, y, w = portfolio("rate")
    binner = OptimalBinner(target_type="rate").fit(X, y, w)
    joined = merge_bins(binner, "age", [1, "Missing"], reason="few")
    values = joined.transform(X)
    assert values[0, 0] == joined.woe_["age"][1]
    assert joined.summary()["missing_share"][0] == binner.summary()["missing_share"][0]


def test_evidence_set_by_hand():
    X, y, w = portfolio("rate")
    tuned = set_woe(OptimalBinner(target_type="rate").fit(X, y, w), "age", 0, 1.5, reason="policy")
    codes = tuned.bin_codes(X)[:, 0]
    assert (tuned.transform(X)[codes == 0, 0] == 1.5).all()
    shown = tuned.binning_table("age")
    assert shown.loc[0, ["woe", "woe_reason"]].tolist() == [1.5, "set by hand"]
    assert np.isnan(shown.loc[0, "woe_standard_error"])
    assert OptimalBinner.from_json(tuned.to_json()).woe_["age"][0] == 1.5
    X, y, w = portfolio("multiclass")
    classes = OptimalBinner(target_type="multiclass").fit(X, y, w)
    with pytest.raises(ValueError, match="must have one weight of evidence a bin"):
        set_woe(classes, "age", 0, 1.5, reason="policy")


@pytest.mark.parametrize("kind", KINDS)
def test_weights_of_one_and_their_unit_change_nothing(kind):
    X, y, w = portfolio(kind)
    plain = OptimalBinner(target_type=kind).fit(X, y)
    ones = OptimalBinner(target_type=kind).fit(X, y, np.ones(len(y)))
    pd.testing.assert_frame_equal(plain.summary(), ones.summary())
    one, other = (OptimalBinner(target_type=kind).fit(X, y, c * w) for c in (1.0, 1e-3))
    np.testing.assert_allclose(one.transform(X), other.transform(X), rtol=1e-7, atol=1e-9)
    columns = ["iv", "iv_standard_error", "iv_low", "iv_high"]
    np.testing.assert_allclose(one.summary()[columns], other.summary()[columns], rtol=1e-6)


def test_the_unit_of_an_amount_changes_nothing():
    X, y, w = portfolio("rate")
    for kind in ("rate", "continuous"):
        one, other = (OptimalBinner(target_type=kind).fit(X, c * y, w) for c in (1.0, 1e6))
        assert one.specs_["age"] == other.specs_["age"]
        np.testing.assert_allclose(one.summary()["iv"], other.summary()["iv"], rtol=1e-8)


def test_a_fraction_of_0_and_1_is_binary():
    """One kind of target is a case of another: same bins, same evidence, same errors."""
    X, y, _ = portfolio("fraction")
    labels = (y > 0.7).astype(float)
    fraction, binary = (OptimalBinner(target_type=k).fit(X, labels) for k in ("fraction", "binary"))
    assert fraction.specs_ == binary.specs_
    np.testing.assert_allclose(fraction.transform(X), binary.transform(X))
    columns = ["iv", "iv_standard_error"]
    np.testing.assert_allclose(fraction.summary()[columns], binary.summary()[columns])


def test_limits_and_trends_hold():
    X, y, w = portfolio("continuous")
    binner = OptimalBinner(
        target_type="continuous",
        min_event_rate_diff=2.0,
        max_pvalue=0.01,
        min_bin_size=0.1,
        monotonic_trend="ascending",
    ).fit(X, y, w)
    shown = binner.binning_table("age").iloc[: binner.specs_["age"].n_bins]
    assert (np.diff(shown["mean"]) >= 2.0).all()
    assert (shown["share"] >= 0.1).all()

    X, y, w = portfolio("multiclass")
    trend = {"bad": "descending", "good": "ascending"}
    binner = OptimalBinner(target_type="multiclass", monotonic_trend=trend).fit(X, y, w)
    shown = binner.binning_table("age").iloc[: binner.specs_["age"].n_bins]
    assert (np.diff(shown["share_bad"]) <= 0.0).all()
    assert (np.diff(shown["share_good"]) >= 0.0).all()
    assert OptimalBinner.from_json(binner.to_json()).monotonic_trend == trend


def test_claims_without_amount_and_unseen_categories_are_told():
    X = pd.DataFrame({"c": ["a"] * 40 + ["b"] * 40 + ["d"] * 20})
    y = np.array([0.0, 2.0] * 20 + [0.0] * 40 + [5.0] * 20)
    fixed = {"user_splits": {"c": [["a"], ["b"], ["d"]]}, "user_splits_fixed": {"c": [True] * 3}}
    options = {"target_type": "rate", "min_bin_n_event": 0.0, **fixed}
    with pytest.warns(SparseCellWarning, match="none of a class, or of the amount"):
        binner = OptimalBinner(**options).fit(X, y)
    assert np.isfinite(binner.transform(X)).all()
    assert binner.binning_table("c")["adjusted"].sum() == 1
    with pytest.raises(ValueError, match="every bin must hold rows of both classes"):
        OptimalBinner(**options, zero_cells="error").fit(X, y)
    with pytest.warns(UnseenValueWarning):
        assert binner.transform(pd.DataFrame({"c": ["new"]})).tolist() == [[0.0]]
    with pytest.warns(SparseCellWarning):
        mean = OptimalBinner(**options, metric="event_rate").fit(X, y)
    with pytest.warns(UnseenValueWarning):
        assert mean.transform(pd.DataFrame({"c": ["new"]}))[0, 0] == pytest.approx(y.mean())


def test_auto_guesses_only_what_is_clear():
    X = np.arange(60.0)[:, None]
    fits = {
        "binary": np.arange(60) % 2,
        "multiclass": np.array(["a", "b", "c"] * 20),
        "continuous": np.linspace(0.1, 7.3, 60),
    }
    for kind, y in fits.items():
        assert OptimalBinner(target_type="auto").fit(X, y).target_type_ == kind
    with pytest.raises(ValueError, match=r"they may be counts \('rate'\), amounts"):
        OptimalBinner(target_type="auto").fit(X, np.arange(60) % 3)


def test_a_second_fit_forgets_the_first_target():
    X, y, _ = portfolio("multiclass")
    binner = OptimalBinner(target_type="multiclass").fit(X, y)
    assert binner.classes_.tolist() == ["bad", "fair", "good"]
    binner.set_params(target_type="continuous").fit(X, np.arange(len(y)))
    assert not hasattr(binner, "classes_")
    binner.set_params(target_type="binary").fit(X, np.arange(len(y)) % 2)
    assert not hasattr(binner, "target_kind_")
    assert binner.event_label_ == 1


@pytest.mark.parametrize(
    ("options", "y", "message"),
    [
        ({"target_type": "fraction"}, [0.5, 1.2] * 30, r"y must lie in \[0, 1\]"),
        ({"target_type": "rate"}, [0.5, -1.2] * 30, "y must not be negative"),
        ({"target_type": "rate"}, [0.0] * 60, "y must vary for target_type='rate', got 0"),
        ({"target_type": "continuous"}, [2.0] * 60, "y must vary"),
        ({"target_type": "multiclass"}, [1] * 60, "two classes or more"),
        ({"target_type": "euros"}, [0, 1] * 30, "target_type must be one of"),
        ({"target_type": "binary"}, [0, 1, 2] * 20, "Only binary classification is supported"),
        ({"target_type": "rate", "divergence": "js"}, [0, 1, 2] * 20, "got 'js'"),
        ({"target_type": "rate", "event_label": 1}, [0, 1, 2] * 20, "event_label has no meaning"),
        ({"target_type": "rate", "metric": "log_share"}, [0, 1, 2] * 20, "log_share"),
        (
            {"target_type": "continuous", "woe_sign": "event"},
            [0, 1, 2] * 20,
            "woe_sign='event' has no meaning",
        ),
        (
            {"target_type": "continuous", "min_bin_n_event": 5},
            [0, 1, 2] * 20,
            "feature 'x0': min_bin_n_event has no meaning",
        ),
        (
            {"target_type": "multiclass", "monotonic_trend": "ascending"},
            [0, 1, 2] * 20,
            "a dict from class",
        ),
        (
            {"target_type": "continuous", "metric": "log_share"},
            np.arange(60.0),
            "metric='log_share' is for target_type='multiclass', got target_type='continuous'",
        ),
    ],
)
def test_what_has_no_meaning_is_refused(options, y, message):
    with pytest.raises(ValueError, match=message):
        OptimalBinner(**options).fit(np.arange(60.0)[:, None], y)


@pytest.mark.parametrize("kind", KINDS)
def test_what_takes_two_classes_says_so(kind):
    X, y, _ = portfolio(kind)
    binner = OptimalBinner(target_type=kind).fit(X, y)
    labels = np.arange(len(X)) % 2
    with pytest.raises(ValueError, match="two classes"):
        Scorecard(OptimalBinner(target_type=kind)).fit(X, labels)
    with pytest.raises(AttributeError, match="sums of two classes are wanted here"):
        binner.tables_["age"].counts  # noqa: B018
    for other in (StumpBinner, FairBinner):
        with pytest.raises(TypeError, match="target_type"):
            other(target_type=kind)


@pytest.mark.parametrize("rate", [1.0, 2.0, 0.25])
def test_a_rate_that_is_the_same_everywhere_leaves_one_bin_from_rows_and_frames(rate):
    rows = pd.DataFrame({"x": np.arange(200.0), "y": np.full(200, rate)})
    fitted = OptimalBinner(target_type="rate").fit(rows[["x"]], rows["y"])
    framed = OptimalBinner(target_type="rate").fit_frame(rows, "y")
    assert fitted.specs_["x"].n_bins == framed.specs_["x"].n_bins == 1


def test_numbers_that_are_not_whole_are_no_classes():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(90, 1)), rng.normal(size=90)
    frame = pd.DataFrame({"x": X[:, 0], "y": y})
    binner = OptimalBinner(target_type="multiclass")
    for target in (y, y.astype(object), y.astype(np.float32)):
        with pytest.raises(ValueError, match="got 90 different numbers that are not whole"):
            binner.fit(X, target)
    with pytest.raises(ValueError, match="name amounts target_type='continuous', 'rate' or"):
        binner.fit_frame(frame, "y")
    with pytest.raises(ValueError, match="or turn classes into strings"):
        EvidenceTable.from_rows(rng.integers(0, 3, 90), y, "multiclass")

    # whole numbers are labels whatever their type, and strings always; rows of weight 0 hold none
    grades = np.where(y > 0.0, 1.5, 2.5)
    assert binner.fit(X, np.round(y)).target_kind_.classes == tuple(np.unique(np.round(y)))
    assert binner.fit(X, grades.astype(str)).target_kind_.classes == ("1.5", "2.5")
    whole, weights = np.round(y), np.ones(90)
    whole[:3], weights[:3] = 0.5, 0.0
    assert 0.5 not in binner.fit(X, whole, sample_weight=weights).target_kind_.classes
    # who names the classes has said that they are some
    named = EvidenceTable.from_rows(np.zeros(90, int), grades, "multiclass", classes=(1.5, 2.5))
    assert named.classes == (1.5, 2.5)

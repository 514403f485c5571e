"""Which label is the event: guessed with one warning, named, learnt once, or refused."""

import json
import warnings

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GridSearchCV, cross_val_score

from infotheory import evidence, fairness, scorecard
from infotheory._target import TargetLabels
from infotheory.binning import (
    FairBinner,
    OptimalBinner,
    StumpBinner,
    cross_fitted_information_value,
    permutation_test,
)
from infotheory.datasets import make_portfolio
from infotheory.engines import count_frame
from infotheory.exceptions import EventLabelWarning, SparseCellWarning
from infotheory.report import scorecard_report
from infotheory.scorecard import Scorecard, ScorecardMonitor, select_characteristics
from infotheory.tables import CountTable

DATA = make_portfolio(
    2000, numeric=[0.5, 0.3], categorical=[0.3], protected_slope=1.0, random_state=0
)
X, Y, GROUP = DATA.X, np.asarray(DATA.y), DATA.protected
TEXT = np.where(Y == 1, "bad", "good")
RISK = X["number_0"].fillna(0.0).rank(pct=True).to_numpy() * 0.9 + 0.05
POINTS = np.round(600.0 - 100.0 * RISK)
CODES = np.column_stack([np.digitize(RISK, [0.3, 0.6]), np.digitize(RISK, [0.5])])
COSTS = scorecard.CostTable(gain_per_good=1.0, loss_per_bad=5.0)
SCALE = scorecard.Scale(pdo=20, base_points=600, base_odds=50)

#: Functions of labels and numbers: each takes y and event_label.
FUNCTIONS = {
    "area_under_curve": lambda y, **o: evidence.area_under_curve(y, RISK, **o),
    "total_information_value": lambda y, **o: evidence.total_information_value(CODES, y, **o),
    "information_values": lambda y, **o: evidence.information_values(CODES, y, **o),
    "own targets": lambda y, **o: evidence.information_values(CODES, np.column_stack([y, y]), **o),
    "group_metrics": lambda y, **o: evidence.group_metrics(y, RISK, GROUP, **o),
    "from_codes": lambda y, **o: CountTable.from_codes(CODES[:, 0], y, **o),
    "gini_coefficient": lambda y, **o: scorecard.gini_coefficient(y, RISK, **o),
    "kolmogorov_smirnov": lambda y, **o: scorecard.kolmogorov_smirnov(y, RISK, **o),
    "gains_table": lambda y, **o: scorecard.gains_table(y, RISK, **o),
    "calibration_intercept": lambda y, **o: scorecard.calibration_intercept(y, RISK, **o),
    "calibration_slope": lambda y, **o: scorecard.calibration_slope(y, RISK, **o),
    "observed_expected_ratio": lambda y, **o: scorecard.observed_expected_ratio(y, RISK, **o),
    "hosmer_lemeshow": lambda y, **o: scorecard.hosmer_lemeshow(y, RISK, **o),
    "calibration_table": lambda y, **o: scorecard.calibration_table(y, RISK, **o),
    "brier_score": lambda y, **o: scorecard.brier_score(y, RISK, **o),
    "brier_decomposition": lambda y, **o: scorecard.brier_decomposition(y, RISK, **o),
    "calibrate_to_rate": lambda y, **o: scorecard.calibrate_to_rate(
        RISK, 0.1, method="prior", y=y, **o
    ),
    "cut_off_sweep": lambda y, **o: scorecard.cut_off_sweep(y, POINTS, [540.0], **o),
    "best_cut_off": lambda y, **o: scorecard.best_cut_off(y, POINTS, COSTS, **o),
    "align_scores": lambda y, **o: scorecard.align_scores(y, RISK, SCALE, **o),
}

#: Estimators and functions that learn bins.
LEARNERS = {
    "OptimalBinner": lambda y, **o: OptimalBinner(**o).fit(X, y).woe_,
    "StumpBinner": lambda y, **o: StumpBinner(**o).fit(X, y).woe_,
    "FairBinner": lambda y, **o: FairBinner(**o).fit(X, y, protected=GROUP).woe_,
    "threads": lambda y, **o: OptimalBinner(n_jobs=2, **o).fit(X, y).woe_,
    "Scorecard": lambda y, **o: Scorecard(**o).fit(X, y).points_,
    "fit_frame": lambda y, **o: Scorecard(**o).fit_frame(X.assign(y=y), "y").points_,
    "cross_fitted": lambda y, **o: cross_fitted_information_value(OptimalBinner(**o), X, y, rng=0),
    "permutation_test": lambda y, **o: permutation_test(
        OptimalBinner(**o), X, y, n_permutations=5, rng=0
    ),
    "selection": lambda y, **o: select_characteristics(X, y, rng=0, **o).selected,
    "weighted selection": lambda y, **o: (
        select_characteristics(
            X, y, sample_weight=np.linspace(1.0, 2.0, Y.size), rng=0, **o
        ).selected
    ),
    "fairness_frontier": lambda y, **o: (
        fairness.fairness_frontier(X, y, GROUP, [0.1], **o).points[0].model.woe_
    ),
    "scorecard_frontier": lambda y, **o: (
        fairness.scorecard_frontier(X, y, GROUP, [0.1], **o).points[0].model.points_
    ),
}
CALLS = FUNCTIONS | LEARNERS


def same(one, other):
    np.testing.assert_equal(repr(one), repr(other))


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.filterwarnings("ignore::infotheory.exceptions.SparseCellWarning")
def test_a_guessed_event_is_said_once_and_a_named_one_is_taken(name):
    call = CALLS[name]
    with pytest.warns(EventLabelWarning) as caught:
        guessed = call(TEXT)
    said = [w for w in caught if w.category is EventLabelWarning]
    assert len(said) == 1
    assert said[0].filename == __file__
    assert str(said[0].message) == (
        "the labels are 'bad' and 'good', and 'good' is taken for the event (the larger label); "
        "pass event_label='bad' if that is the event, or event_label='good' to confirm"
    )
    same(guessed, call(TEXT, event_label="good"))
    same(call(TEXT, event_label="bad"), call(Y))
    same(call(Y, event_label=1), call(Y))


@pytest.mark.parametrize("name", CALLS)
def test_an_unknown_event_is_refused_with_the_labels(name):
    with pytest.raises(
        ValueError, match=r"event_label must be one of the labels \['bad', 'good'\], got 'Bad'"
    ):
        CALLS[name](TEXT, event_label="Bad")


CLEAR = {
    "integers": [0, 1],
    "floats": [0.0, 1.0],
    "signs": [-1, 1],
    "signs as floats": [-1.0, 1.0],
    "booleans": [False, True],
    "numpy booleans": np.array([False, True]),
    "objects": np.array([False, True], dtype=object),
    "nullable": pd.array([0, 1], dtype="Int64"),
    "nullable booleans": pd.array([False, True], dtype="boolean"),
    "arrow": pa.array([False, True]),
    "polars": pl.Series([0, 1]),
    "text of integers": ["0", "1"],
    "text of signs": ["-1", "1"],
    "text of floats": ["0.0", "1.0"],
    "text of booleans": ["False", "True"],
    "text of booleans in lower case": ["false", "true"],
    "categories of integers": pd.Categorical([0, 1]),
    "ordered categories of integers": pd.Categorical([0, 1], categories=[1, 0], ordered=True),
}


@pytest.mark.parametrize("labels", CLEAR.values(), ids=CLEAR)
def test_clear_labels_need_no_name(labels):
    target, known = TargetLabels.learn(labels)
    assert target.tolist() == [0.0, 1.0]
    assert known.event == known.classes.tolist()[1]


UNCLEAR = {
    "good and bad": (["good", "bad"], "good"),
    "1 and 2": ([1, 2], 2),
    "0 and 2": ([0, 2], 2),
    "text of 1 and 2": (["1", "2"], "2"),
    "yes and no": (["no", "yes"], "yes"),
    "other case": (["TRUE", "false"], "false"),
    "0.5 and 1": ([0.5, 1.0], 1.0),
    "categories": (pd.Categorical(["good", "bad"]), "good"),
    "categories whose order is that of the text": (
        pd.Categorical(["good", "bad"], categories=["bad", "good"], ordered=True),
        "good",
    ),
}


@pytest.mark.parametrize(("labels", "event"), UNCLEAR.values(), ids=UNCLEAR)
def test_other_labels_are_asked_for(labels, event):
    with pytest.warns(EventLabelWarning, match=f"{event!r} is taken for the event"):
        assert TargetLabels.learn(labels)[1].event == event


ORDERED = pd.Categorical(TEXT, categories=["good", "bad"], ordered=True)


def ordered_in_polars(y):
    return pl.from_pandas(X.assign(y=y.astype(object))).with_columns(
        pl.col("y").cast(pl.Enum(["good", "bad"]))
    )


@pytest.mark.parametrize(
    "call",
    [
        lambda y: evidence.area_under_curve(y, RISK),
        lambda y: OptimalBinner().fit(X, y),
        lambda y: Scorecard().fit(X, y),
        lambda y: Scorecard().fit_frame(X.assign(y=y), "y"),
        lambda y: Scorecard().fit_frame(ordered_in_polars(y).lazy(), "y"),
        lambda y: OptimalBinner().fit(X, ordered_in_polars(y)["y"]),
    ],
)
def test_an_order_that_says_otherwise_is_not_overruled(call):
    with pytest.raises(ValueError, match=r"are ordered, 'bad' after 'good', got None; pass event_"):
        call(pd.Series(ORDERED, index=X.index))


def test_an_event_beside_an_order_is_taken():
    card = Scorecard(event_label="bad").fit(X, ORDERED)
    same(card.points_, Scorecard().fit(X, Y).points_)


@pytest.mark.parametrize(
    ("y", "text"),
    [
        (["good", "bad", None, None], "got 2 missing labels"),
        (["good", float("nan")], "got 1 missing labels"),
        (pd.Series(["good", "bad", None], dtype="string"), "got 1 missing labels"),
        (pd.array([0, 1, None], dtype="Int64"), "got 1 missing labels"),
        (pd.Categorical(["good", None, "bad"]), "got 1 missing labels"),
        ([1, 1, 1], "y must hold two classes, got one class: 1"),
        (["a", "b", "c"], r"got 3 classes \('a', 'b', 'c'\); pass y == 'c' for one of them"),
        ([0.1, 0.2, 0.35], r"got 3 distinct real numbers; cut them, as in y > 0\.2"),
        ([1, "a"], "labels that can be sorted"),
        ([[0, 1], [1, 0]], r"y must have shape \(n_rows,\), got shape \(2, 2\)"),
        (np.array(["2026-01-01", "2026-01-02"], dtype="M8[D]"), "y must hold two labels"),
        ([1j, 0], "y must hold two labels, numbers or text, got dtype complex128"),
    ],
)
def test_what_is_no_pair_of_labels(y, text):
    with pytest.raises(ValueError, match=text):
        TargetLabels.learn(y)
    with pytest.raises(ValueError, match=text):
        evidence.area_under_curve(y, np.arange(len(y)))


@pytest.mark.parametrize("column", [pd.DataFrame({"y": Y}), Y[:, None]])
def test_a_table_of_one_column_is_its_column(column):
    same(evidence.area_under_curve(column, RISK), evidence.area_under_curve(Y, RISK))
    same(OptimalBinner().fit(X, column).woe_, OptimalBinner().fit(X, Y).woe_)


@pytest.mark.parametrize("label", [np.array([0, 1]), pd.NA, np.nan, [1], "1", {}])
def test_what_cannot_be_a_label_is_no_event(label):
    with pytest.raises(ValueError, match=r"event_label must be one of the labels \[0, 1\], got"):
        TargetLabels.learn([0, 1], label)


def test_a_scalar_of_numpy_becomes_the_label_itself():
    assert type(TargetLabels.learn([1, 2], np.float32(2))[1].event) is int
    assert TargetLabels.learn(["b", "g"], np.str_("b"))[1].event == "b"


# --- the card and its binner


@pytest.mark.parametrize("event", ["bad", "good"])
def test_the_event_of_a_card_is_that_of_its_binner(event):
    wanted = Scorecard(OptimalBinner(event_label=event)).fit(X, TEXT)
    for binner in (None, OptimalBinner(), OptimalBinner(event_label=event)):
        card = Scorecard(binner, event_label=event).fit(X, TEXT)
        assert card.event_label_ == card.binner_.event_label_ == event
        same(card.points_, wanted.points_)
    assert Scorecard(event_label=event).fit(X, TEXT).classes_.tolist() == ["bad", "good"]


def test_a_bad_applicant_gets_fewer_points_with_text_labels():
    card = Scorecard(event_label="bad").fit(X, TEXT)
    points = card.predict_points(X)
    assert points[TEXT == "bad"].mean() < points[TEXT == "good"].mean()


def test_two_events_are_an_error():
    binner = OptimalBinner(event_label="good")
    text = "event_label must be that of the binner, 'good', or None, got 'bad'"
    for call in (
        lambda: Scorecard(binner, event_label="bad").fit(X, TEXT),
        lambda: Scorecard(binner, event_label="bad").fit_frame(X.assign(y=TEXT), "y"),
        lambda: select_characteristics(X, TEXT, binner=binner, event_label="bad"),
    ):
        with pytest.raises(ValueError, match=text):
            call()


def frozen(y, **options):
    return FrozenEstimator(OptimalBinner(**options).fit(X, y))


ROWS = {
    "rows": lambda card, y: card.fit(X, y),
    "frame": lambda card, y: card.fit_frame(X.assign(y=y), "y"),
    "lazy": lambda card, y: card.fit_frame(pl.from_pandas(X.assign(y=y)).lazy(), "y"),
}


@pytest.mark.parametrize("fit", ROWS.values(), ids=ROWS)
def test_a_frozen_binner_keeps_its_event(fit):
    wanted = Scorecard().fit(X, Y)
    bins = frozen(TEXT, event_label="bad")
    for card in (Scorecard(bins), Scorecard(bins, event_label="bad")):
        same(fit(card, TEXT).points_, wanted.points_)
        assert card.event_label_ == "bad"
    signs = fit(Scorecard(frozen(Y)), np.where(Y == 1, 1, -1))
    assert signs.event_label_ == 1
    named = fit(Scorecard(frozen(Y), event_label="bad"), TEXT)
    same(named.points_, wanted.points_)


@pytest.mark.parametrize("fit", ROWS.values(), ids=ROWS)
@pytest.mark.parametrize(
    ("learnt", "options", "y", "event"),
    [
        (TEXT, {"event_label": "good"}, TEXT, "bad"),
        (Y, {"event_label": 0}, Y, 1),
        (Y, {}, TEXT, None),
        (TEXT, {"event_label": "bad"}, Y, None),
        (Y, {}, Y + 1, None),
        (Y, {}, Y + 1, 2),
        (Y, {"event_label": 0}, np.where(Y == 1, 1, -1), None),
    ],
)
def test_a_frozen_binner_of_another_event_is_refused(fit, learnt, options, y, event):
    card = Scorecard(frozen(learnt, **options), event_label=event)
    with pytest.raises(ValueError, match=r"a card must have the event of its frozen binner, .*fit"):
        fit(card, y)


# --- what was learnt holds later


def test_rows_that_come_later_are_read_with_the_labels_of_the_fit():
    with pytest.warns(EventLabelWarning):
        card = Scorecard().fit(X, TEXT)
    bad = np.flatnonzero(TEXT == "bad")[:50]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", SparseCellWarning)
        card.predict(X)
        card.predict_proba(X)
        card.coefficient_table(X, TEXT)
        monitor = ScorecardMonitor.from_reference(card, X, TEXT)
        monitor.compare(X.tail(900), TEXT[-900:])
        scorecard_report(card, X, TEXT, holdout={"X": X, "y": TEXT})
        assert TargetLabels.of(card).read(TEXT[bad], both=False).sum() == 0.0


def test_columns_of_probabilities_are_those_of_scikit_learn():
    plain, named = Scorecard().fit(X, Y), Scorecard(event_label="bad").fit(X, TEXT)
    assert named.classes_.tolist() == ["bad", "good"]
    np.testing.assert_allclose(named.predict_proba(X)[:, 0], plain.predict_proba(X)[:, 1])
    np.testing.assert_allclose(named.decision_function(X), -plain.decision_function(X))
    assert ((named.decision_function(X) > 0) == (named.predict(X) == "good")).all()
    rows = X.head(20)
    same(named.reason_codes(rows), plain.reason_codes(rows))


@pytest.mark.parametrize("event", ["bad", "good"])
def test_scikit_learn_scores_text_labels_as_it_scores_numbers(event):
    text = cross_val_score(Scorecard(event_label=event), X, TEXT, cv=3, scoring="roc_auc")
    numbers = cross_val_score(Scorecard(), X, Y, cv=3, scoring="roc_auc")
    np.testing.assert_allclose(text, numbers, atol=1e-12)
    assert (text > 0.5).all()

    grid = GridSearchCV(
        Scorecard(event_label=event), {"penalty": [None, "ridge"]}, cv=3, scoring="roc_auc"
    ).fit(X, TEXT)
    log_odds = grid.decision_function(X)
    assert roc_auc_score(TEXT == "good", log_odds) > 0.5


def test_a_clone_has_the_event_of_its_original():
    assert clone(Scorecard(event_label="bad")).event_label == "bad"


# --- documents


@pytest.mark.parametrize("labels", [["good", "bad"], [1, 2], [False, True], [0.0, 1.0]])
def test_a_document_carries_the_event(labels):
    y = np.array(labels)[Y]
    card = Scorecard(event_label=labels[1]).fit(X, y)
    text = card.to_json()
    assert json.loads(text)["event_label"] == labels[1]
    again = Scorecard.from_json(text)
    assert (again.event_label, again.event_label_) == (labels[1], labels[1])
    assert again.to_json() == text
    np.testing.assert_array_equal(again.decision_function(X), card.decision_function(X))


def test_a_document_of_an_earlier_version_has_the_second_class_as_event():
    card = Scorecard().fit(X, Y)
    document = json.loads(card.to_json())
    document["event_label"] = None
    del document["settings"]["event_label"]
    again = Scorecard.from_json(json.dumps(document))
    assert (again.event_label, again.event_label_) == (None, 1)
    np.testing.assert_array_equal(again.predict_points(X), card.predict_points(X))


# --- frames


@pytest.mark.parametrize(
    "make",
    [
        lambda frame: frame,
        pa.Table.from_pandas,
        pl.from_pandas,
        lambda frame: pl.from_pandas(frame).lazy(),
    ],
)
def test_frames_ask_once_and_take_what_is_named(make):
    frame = X.assign(y=TEXT)
    specs = OptimalBinner().fit(X, Y).specs_
    for call in (
        lambda **o: count_frame(make(frame), specs, target="y", **o).tables,
        lambda **o: OptimalBinner(**o).fit_frame(make(frame), "y").woe_,
        lambda **o: Scorecard(**o).fit_frame(make(frame), "y").points_,
    ):
        with pytest.warns(EventLabelWarning, match="'good' is taken for the event") as caught:
            guessed = call()
        assert len(caught) == 1
        assert caught[0].filename == __file__
        same(guessed, call(event_label="good"))
        with pytest.raises(ValueError, match=r"one of the labels \['bad', 'good'\], got 1"):
            call(event_label=1)


# --- names in errors


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: scorecard.brier_score([0, 1], [0.5, np.nan]), "probability must be finite, got n"),
        (lambda: scorecard.hosmer_lemeshow([0, 1], [np.inf, 0.5]), "probability must be finite"),
        (lambda: scorecard.calibrate_to_rate([np.nan], 0.1), "probability must be finite"),
        (lambda: evidence.area_under_curve([0, 1], [np.nan, 1]), "score must be finite, got nan"),
        (
            lambda: scorecard.best_cut_off([0, 1], [np.nan, 1], COSTS),
            "points must be finite, got nan in row 0",
        ),
        (lambda: scorecard.brier_score([0, 1], [0.5]), r"probability must have shape \(2,\)"),
    ],
)
def test_an_error_names_what_was_passed(call, text):
    with pytest.raises(ValueError, match=text):
        call()


def test_folds_ask_once_even_where_all_warnings_are_shown():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 2))
    y = np.where(X[:, 0] + rng.normal(size=300) > 0, "good", "bad")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        cross_val_score(Scorecard(signs="free"), X, y, cv=5)
    asked = [warning for warning in caught if warning.category is EventLabelWarning]
    assert len(asked) == 1
    assert asked[0].filename == __file__

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        Scorecard(signs="free").fit(X, y)
        Scorecard(signs="free").fit(X, y)
    assert [warning.category for warning in caught].count(EventLabelWarning) == 2

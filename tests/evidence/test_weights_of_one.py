"""No weights and weights of one are one thing, bit for bit, wherever weights are taken."""

import numpy as np
import pandas as pd
import pytest

from infotheory.cells import BinSpec
from infotheory.evidence import (
    InformationValues,
    adverse_impact_ratio,
    area_under_curve,
    auc_influence,
    demographic_information_value,
    group_estimates,
    group_metrics,
    independence_tests,
    information_value,
    information_values,
    population_stability_indices,
    standardized_mean_difference,
    total_information_value,
    weight_of_evidence,
)
from infotheory.tables import CountTable

N = 600
RNG = np.random.default_rng(20)
CODES = RNG.integers(0, [5, 3, 4], (N, 3))
Y = (RNG.random(N) < 0.1 + 0.1 * CODES[:, 0]).astype(int)
SCORE = np.clip(0.1 * CODES[:, 0] + RNG.uniform(0, 0.5, N), 0.0, 1.0).round(2)
GROUP = np.where(RNG.random(N) < 0.3, "f", "m")
DECISION = (SCORE < 0.5).astype(int)
FRAME = pd.DataFrame({"x": SCORE, "one": 1.0, "month": np.where(np.arange(N) < 300, "1", "2")})
SPECS = {"x": BinSpec(name="x", kind="numerical", splits=(0.2, 0.5))}


def table(weights, group=None):
    return CountTable.from_codes(CODES[:, 0], Y, group, weights)


def indices(weights):
    column = None if weights is None else "one"
    return population_stability_indices(
        FRAME[:300], FRAME[300:], SPECS, periods="month", sample_weight=column
    )


FUNCTIONS = {
    "adverse_impact_ratio": lambda w: adverse_impact_ratio(DECISION, GROUP, sample_weight=w),
    "area_under_curve": lambda w: area_under_curve(Y, SCORE, sample_weight=w),
    "auc_influence": lambda w: auc_influence(Y.astype(float), SCORE, w),
    "demographic_information_value": lambda w: demographic_information_value(table(w, GROUP)),
    "group_estimates": lambda w: group_estimates(
        Y, SCORE, GROUP, decision=DECISION, sample_weight=w
    ),
    "group_metrics": lambda w: group_metrics(Y, SCORE, GROUP, decision=DECISION, sample_weight=w),
    "independence_tests": lambda w: independence_tests(table(w)),
    "information_value": lambda w: information_value(table(w)),
    "information_values": lambda w: information_values(CODES, Y, sample_weight=w),
    "information_values of clusters": lambda w: information_values(
        CODES, Y, sample_weight=w, clusters=np.arange(N) // 3
    ),
    "population_stability_indices": indices,
    "standardized_mean_difference": lambda w: standardized_mean_difference(
        SCORE, GROUP, sample_weight=w
    ),
    "total_information_value": lambda w: total_information_value(CODES, Y, sample_weight=w),
    "weight_of_evidence": lambda w: weight_of_evidence(table(w)),
}


def numbers(result):
    """All numbers of a result, as bytes: NaN equals NaN, and a last digit counts."""
    if isinstance(result, dict):
        return {key: numbers(value) for key, value in result.items()}
    if isinstance(result, pd.DataFrame):
        return result.to_csv(float_format="%.17g")
    if hasattr(result, "to_row"):
        return (result.to_row(), result.law)
    if isinstance(result, InformationValues):
        values, covariance = result
        return [array.tobytes() for array in (values, covariance, result.bias)]
    value, influence = result
    return value, influence.tobytes()


@pytest.mark.parametrize("name", FUNCTIONS)
def test_weights_of_one_are_no_weights(name):
    plain, ones = (numbers(FUNCTIONS[name](w)) for w in (None, np.ones(N)))
    assert str(plain) == str(ones)


@pytest.mark.parametrize("name", sorted(set(FUNCTIONS) - {"population_stability_indices"}))
def test_other_weights_make_a_difference(name):
    weights = np.where(np.arange(N) % 2, 0.5, 2.0)
    plain, weighted = (numbers(FUNCTIONS[name](w)) for w in (None, weights))
    assert str(plain) != str(weighted)

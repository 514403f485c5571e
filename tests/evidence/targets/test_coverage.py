"""Monte-Carlo studies of the intervals and tests of other targets; ``-m slow -s`` shows each cell.

The settings are those of losses and claims: two humps at 0 and 1, nine zeros of ten, exposures from
a day to three years, unequal variances and weights.
"""

from functools import cache

import numpy as np
import pytest
from scipy import special

from infotheory.evidence.targets.estimates import target_estimate
from infotheory.laws import WithheldLaw
from infotheory.tables import EvidenceTable
from tests.studies import Study

pytestmark = pytest.mark.slow

REPLICATES = 2000
SHARES = np.array([0.1, 0.15, 0.2, 0.25, 0.3])
LABELS = tuple("abcde")


def humps(rng, e):
    """Loss given default: 7 of 10 lose all or nothing."""
    n, mean = len(e), special.expit(e - 0.4)
    whole = (rng.random(n) < mean).astype(float)
    part = rng.beta(2.0 * mean + 0.2, 2.0 * (1.0 - mean) + 0.2)
    return np.where(rng.random(n) < 0.7, whole, part), None


def humps_with_weights(rng, e):
    return humps(rng, e)[0], rng.gamma(2.0, 0.5, len(e)) + 0.1


def mostly_zeros(rng, e):
    """A fraction that is 0 for nine of ten."""
    n = len(e)
    return rng.beta(1.0, 2.0, n) * (rng.random(n) < 0.1 * np.exp(e)), None


def claims(rng, e):
    """Claims a year, exposures from a day to three years, with a spread beyond Poisson's."""
    exposure = rng.uniform(1.0 / 365.0, 3.0, len(e))
    mean = exposure * 0.25 * np.exp(e) * rng.gamma(2.0, 0.5, len(e))
    return rng.poisson(mean) / exposure, exposure


def costs(rng, e):
    """Costs of those that have any, two of five."""
    n = len(e)
    return rng.gamma(1.5, np.exp(e)) * (rng.random(n) < 0.4), rng.uniform(0.2, 1.0, n)


def unequal(rng, e):
    return e + rng.normal(size=len(e)) * np.where(e > 0.0, 2.0, 0.7), None


def classes(rng, e):
    eta = np.column_stack([0.0 * e, e, 0.3 - 0.5 * e, 0.2 * e**2 - 0.8])
    p = np.exp(eta) / np.exp(eta).sum(axis=1, keepdims=True)
    return (p.cumsum(axis=1) < rng.random(len(e))[:, None]).sum(axis=1), None


SETTINGS = {
    "humps": ("fraction", humps, "iv"),
    "humps js": ("fraction", humps, "js"),
    "humps with weights": ("fraction", humps_with_weights, "iv"),
    "mostly zeros": ("fraction", mostly_zeros, "iv"),
    "claims": ("rate", claims, "iv"),
    "claims poisson": ("rate", claims, "poisson"),
    "costs gamma": ("rate", costs, "gamma"),
    "unequal variances": ("continuous", unequal, "r2"),
    "classes": ("multiclass", classes, "iv"),
    "classes mi": ("multiclass", classes, "mi"),
}


def drawn(kind, law, n, effect, rng):
    codes = rng.choice(5, n, p=SHARES)
    y, w = law(rng, effect * (codes - 2.0))
    options = {"classes": range(4)} if kind == "multiclass" else {}
    return EvidenceTable.from_rows(codes, y, kind, sample_weight=w, labels=LABELS, **options)


@cache
def truth(name, effect):
    """Value of the population, from many rows less the bias that is left."""
    kind, law, divergence = SETTINGS[name]
    if effect == 0.0:
        return 0.0
    rng, total = np.random.default_rng(99), None
    for _ in range(4):
        part = drawn(kind, law, 400_000, effect, rng)
        total = part if total is None else total + part
    estimate = target_estimate(total, divergence)
    return estimate.value - estimate.bias


@pytest.mark.parametrize("effect", [0.0, 0.1, 0.4])
@pytest.mark.parametrize("n", [1000, 5000])
@pytest.mark.parametrize("name", SETTINGS)
def test_intervals_cover_and_tests_keep_their_size(name, n, effect):
    kind, law, divergence = SETTINGS[name]
    rng, value = np.random.default_rng(7), truth(name, effect)
    errors, values = [], []
    slack = 3.0 * np.sqrt(0.05 * 0.95 / REPLICATES)
    bounds = {"covers": (0.93 - slack, 0.99 + slack)}
    if effect == 0.0:
        bounds["rejects"] = (0.03 - slack, 0.065 + slack)
    study = Study(REPLICATES, **bounds)
    for _ in study:
        estimate = target_estimate(drawn(kind, law, n, effect, rng), divergence)
        values.append(estimate.value)
        errors.append(estimate.standard_error)
        if not isinstance(estimate.law, WithheldLaw):
            low, high = estimate.interval()
            study.note(covers=low <= value <= high)
        if effect == 0.0 and estimate.p_value is not None:
            study.note(rejects=estimate.p_value < 0.05)

    # where most intervals are withheld, those that are shown are few and chosen by the data
    left_out = () if len(study.noted["covers"]) > study.drawn // 2 else ("covers",)
    study.check(f"{name} n={n} effect={effect}", but=left_out)
    if effect == 0.4:
        assert np.mean(errors) == pytest.approx(np.std(values), rel=0.15)

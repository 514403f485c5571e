import math

import numpy as np
import pytest

from infotheory._numerics import clip_rounding, cumulant, log_base, log_covered, safe_log


def test_cumulant_by_hand():
    weights, values = np.array([0.5, 0.5, 0.0]), np.array([0.0, 1.0, 99.0])
    assert cumulant(weights, values, 0.0) == 0.5
    assert cumulant(weights, values, 1.0) == pytest.approx(math.log((1 + math.e) / 2))
    assert cumulant(weights, values, math.inf) == 1.0
    assert cumulant(weights, values, -math.inf) == 0.0
    assert cumulant(np.zeros(3), values, 2.0) == 0.0


def test_cumulant_is_continuous_where_its_form_changes():
    rng = np.random.default_rng(0)
    weights, values = rng.dirichlet(np.ones(50)), rng.normal(size=50)
    for t in (0.01, -0.01):
        inside, outside = cumulant(weights, values, t), cumulant(weights, values, t * (1 + 1e-12))
        assert inside == pytest.approx(outside, abs=1e-12)
    assert cumulant(weights, values, 1e-15) == pytest.approx(weights @ values, abs=1e-12)


def test_large_orders_do_not_underflow():
    weights = np.array([0.5, 0.3, 0.2])
    assert cumulant(weights, np.log(weights), 1e6) == pytest.approx(math.log(0.5), abs=1e-5)


def test_covered_mass_keeps_its_digits():
    p = np.array([1.0 - 1e-17, 1e-17])
    assert log_covered(p, np.array([1.0, 0.0])) == pytest.approx(-1e-17, rel=1e-9)
    assert log_covered(p, np.array([0.5, 0.5])) == 0.0
    assert log_covered(np.array([1.0, 0.0]), np.array([0.0, 1.0])) == -math.inf


def test_small_helpers():
    assert safe_log(np.array([0.0, math.e])).tolist() == [0.0, 1.0]
    assert np.isnan(clip_rounding(np.array([math.nan, -1e-17]))).tolist() == [True, False]
    assert log_base(None) == 1.0
    assert log_base(2) == math.log(2)

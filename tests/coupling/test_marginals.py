"""What couplings take for marginals and rates, and what a coupling says of itself."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from infotheory.coupling import (
    entropic_causal_direction,
    minimum_entropy_coupling,
    rate_curve,
)
from infotheory.coupling._marginals import as_marginal, as_marginals, as_rate

COUNTS = st.lists(st.integers(0, 5), min_size=1, max_size=8).filter(sum)


@given(COUNTS)
def test_masses_descend_and_equal_ones_keep_their_order(counts):
    p = np.array(counts) / sum(counts)
    marginal = as_marginal(p)
    wanted = sorted(np.flatnonzero(p).tolist(), key=lambda symbol: (-p[symbol], symbol))
    assert marginal.order.tolist() == wanted
    np.testing.assert_array_equal(marginal.mass, p[wanted])


@pytest.mark.parametrize(
    ("p", "text"),
    [
        ([[0.5, 0.5], [0.5, 0.5]], "one pmf of shape"),
        ([0.5, 0.4], "sum"),
        ([1.5, -0.5], "marginal 0"),
        ([np.nan, 1.0], "marginal 0"),
        (["a", "b"], "marginal 0"),
    ],
)
def test_what_is_no_pmf_names_its_marginal(p, text):
    with pytest.raises((ValueError, TypeError), match=text):
        as_marginals((p,))


def test_no_marginals_are_no_coupling():
    with pytest.raises(ValueError, match="at least one marginal, got none; pass the pmfs one by"):
        minimum_entropy_coupling()


@pytest.mark.parametrize(("rate", "base", "nats"), [(1, 2, math.log(2)), (2.0, None, 2.0)])
def test_rates_are_in_units_of_the_base(rate, base, nats):
    assert as_rate(rate, base) == pytest.approx(nats)
    assert as_rate(math.inf, base) == math.inf


@pytest.mark.parametrize("rate", [-0.1, np.nan, "1", None])
def test_rates_are_numbers_from_nought_on(rate):
    with pytest.raises((ValueError, TypeError), match="rate must be a number from 0 on"):
        as_rate(rate, None)


@given(COUNTS, COUNTS)
def test_cells_of_a_coupling_add_up_to_its_marginals(first, second):
    p, q = (np.array(counts) / sum(counts) for counts in (first, second))
    coupling = minimum_entropy_coupling(p, q)
    joint = coupling.toarray()
    assert joint.shape == coupling.shape == (p.size, q.size)
    np.testing.assert_allclose(joint.sum(axis=1), p, atol=1e-12)
    np.testing.assert_allclose(joint.sum(axis=0), q, atol=1e-12)
    assert coupling.marginal_error <= 1e-12
    assert (coupling.mass > 0.0).all()
    # a vertex of the transport polytope has no more cells than n + m - 1
    assert coupling.mass.size <= np.count_nonzero(p) + np.count_nonzero(q) - 1
    assert coupling.gap == pytest.approx(max(coupling.entropy - coupling.lower_bound, 0.0))


@given(COUNTS, COUNTS)
def test_directions_turn_with_the_table(first, second):
    rng = np.random.default_rng(sum(first) + 31 * sum(second))
    joint = rng.random((len(first), len(second)))
    joint /= joint.sum()
    there, back = entropic_causal_direction(joint), entropic_causal_direction(joint.T)
    assert there.x_to_y == pytest.approx(back.y_to_x)
    assert there.margin == pytest.approx(abs(there.x_to_y - there.y_to_x))
    turned = {"x->y": "y->x", "y->x": "x->y", "undecided": "undecided"}
    assert back.direction == turned[there.direction]
    # No direction needs less than the joint entropy, which the cause and its noise determine.
    assert min(there.x_to_y, there.y_to_x) >= -float((joint * np.log(joint)).sum()) - 1e-9


@pytest.mark.parametrize(
    ("rates", "methods"), [([], ["best"]), ([[0.5]], ["best"]), ([0.5], []), ([0.5], "best")]
)
def test_a_curve_needs_rates_and_methods(rates, methods):
    with pytest.raises(ValueError, match="a vector of rates and a list of at least one method"):
        rate_curve([0.5, 0.5], [0.5, 0.5], rates, methods=methods)


def test_information_grows_with_the_rate_up_to_the_bound():
    rates = np.linspace(0.0, 1.6, 9)
    curve = rate_curve([0.4, 0.3, 0.2, 0.1], [0.5, 0.3, 0.2], rates, methods=["best"])
    information = curve.information["best"]
    assert (np.diff(information) >= -1e-9).all()
    assert (information <= curve.bound + 1e-9).all()
    assert (curve.encoder_information["best"] <= rates + 1e-9).all()
    assert information[0] == pytest.approx(0.0, abs=1e-12)
    assert curve.unit == "nats"

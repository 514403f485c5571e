"""Half precision, several axes at once, units by name, orders and masks: what a caller may pass."""

import math
from fractions import Fraction

import numpy as np
import pytest

import infotheory as it

ONE_LAW = [it.entropy, it.tsallis_entropy, it.hill_number]
TWO_LAWS = [
    it.kl_divergence,
    it.jeffreys_divergence,
    it.jensen_shannon_divergence,
    it.hellinger_distance,
    it.total_variation,
    it.chi_square_divergence,
    it.cross_entropy,
]
TABLES = [
    it.mutual_information,
    it.joint_entropy,
    it.total_correlation,
    it.conditional_entropy,
    it.variation_of_information,
    it.rajski_distance,
    it.normalized_mutual_information,
]


def halves():
    torch = pytest.importorskip("torch")
    return (torch.float16, torch.bfloat16)


@pytest.mark.parametrize("shape", [(3,), (50_000,), (7, 1000)])
def test_a_softmax_in_half_precision_is_a_law(shape):
    torch = pytest.importorskip("torch")
    scores = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    for dtype in halves():
        p = torch.softmax(scores, dim=-1).to(dtype)
        q = torch.softmax(scores + 0.1, dim=-1).to(dtype)
        for measure in ONE_LAW:
            value = measure(p)
            assert value.dtype == torch.float32
            expected = measure(torch.softmax(scores.double(), dim=-1))
            assert torch.allclose(value.double(), expected, rtol=2e-2)
        for measure in TWO_LAWS:
            assert measure(p, q).dtype == torch.float32
            assert torch.isfinite(measure(p, q)).all()
        assert bool((it.entropy(p) <= math.log(shape[-1]) + 1e-6).all())


def test_a_law_of_three_thirds_in_half_precision():
    torch = pytest.importorskip("torch")
    for dtype in halves():
        p = torch.full((3,), 1 / 3, dtype=dtype)
        assert float(it.entropy(p)) == pytest.approx(math.log(3))
        table = torch.full((3, 3), 1 / 9, dtype=dtype)
        for measure in TABLES:
            assert measure(table).dtype == torch.float32
        assert float(it.mutual_information(table)) == 0.0


def test_half_precision_has_its_own_tolerance_and_no_more():
    torch = pytest.importorskip("torch")
    for dtype in halves():
        with pytest.raises(ValueError, match="p must sum to 1"):
            it.entropy(torch.tensor([0.5, 0.51], dtype=dtype))
    with pytest.raises(ValueError, match="p must sum to 1"):
        it.entropy(np.array([0.5, 0.501]))


def test_float16_of_numpy_gives_float64():
    p = np.full(1000, 1e-3, dtype=np.float16)
    assert it.entropy(p).dtype == np.float64
    assert it.entropy(p) == pytest.approx(math.log(1000))
    rows = np.full((3000, 30), 1 / 30, dtype=np.float16)
    assert it.entropy(rows) == pytest.approx(math.log(30))
    table = np.full((2, 3), 1 / 6, dtype=np.float16)
    assert it.mutual_information(table) == pytest.approx(0.0, abs=1e-30)
    channel = np.array([[0.9, 0.1], [0.1, 0.9]], dtype=np.float16)
    assert float(it.channel_capacity(channel, base=2)) == pytest.approx(0.531, abs=1e-3)


def test_gradients_reach_half_precision():
    torch = pytest.importorskip("torch")
    for dtype in halves():
        scores = torch.tensor([0.0, 1.0, 2.0], dtype=dtype, requires_grad=True)
        it.entropy(torch.softmax(scores, dim=0)).backward()
        assert scores.grad.dtype == dtype
        assert bool(torch.isfinite(scores.grad).all())


def test_several_axes_are_one_joint_outcome():
    table = np.random.default_rng(0).dirichlet(np.ones(12), size=5).reshape(5, 3, 4)
    flat = table.reshape(5, 12)
    assert it.entropy(table, axis=(1, 2)) == pytest.approx(it.entropy(flat))
    assert it.entropy(table, axis=(-2, -1)) == pytest.approx(it.entropy(flat))
    assert it.entropy(np.moveaxis(table, 0, 1), axis=(0, 2)) == pytest.approx(it.entropy(flat))
    assert it.entropy(table[0], axis=None) == pytest.approx(it.entropy(flat[0]))
    assert it.kl_divergence(table[0], table[1], axis=None) == pytest.approx(
        it.kl_divergence(flat[0], flat[1])
    )
    for measure in TWO_LAWS:
        assert measure(table[1:], table[:1], axis=(1, 2)) == pytest.approx(
            measure(flat[1:], flat[:1])
        )


def test_several_axes_of_tensors():
    torch = pytest.importorskip("torch")
    table = torch.full((5, 3, 4), 1 / 12, dtype=torch.float64)
    assert it.entropy(table, axis=(1, 2)).tolist() == pytest.approx([math.log(12)] * 5)
    assert float(it.hill_number(table[0], axis=None)) == pytest.approx(12.0)


def test_axes_that_name_nothing():
    p = np.full((2, 2), 0.25)
    for axis, text in (
        ((0, 0), "axis must name each axis once"),
        ((0, 5), "axis must lie between -2 and 1"),
        (1.5, "axis must be an integer, a tuple of integers or None, got 1.5"),
        ("all", "axis must be an integer"),
        ((), "axis must be an integer"),
        ([0, 1], "axis must be an integer"),
    ):
        with pytest.raises(ValueError, match=text):
            it.entropy(p, axis=axis)


def test_tables_of_other_shapes_are_not_the_same_outcomes():
    p, q = np.full((2, 3), 1 / 6), np.full((3, 2), 1 / 6)
    with pytest.raises(ValueError, match=r"same number of outcomes .*\(2, 3\), \(3, 2\)"):
        it.kl_divergence(p, q, axis=None)


@pytest.mark.parametrize(
    ("base", "same"), [("bits", 2), ("bit", 2), ("nats", None), ("nat", None), ("e", None)]
)
def test_units_have_names(base, same):
    p, table = [0.5, 0.25, 0.25], [[0.5, 0.0], [0.25, 0.25]]
    assert it.entropy(p, base=base) == it.entropy(p, base=same)
    assert it.mutual_information(table, base=base) == it.mutual_information(table, base=same)
    assert it.entropy(p, base=math.e) == pytest.approx(it.entropy(p, base="e"))


@pytest.mark.parametrize("base", ["two", "2", True, [2], (2.0,), 2j, b"bits", np.array([2, 3])])
def test_other_units_are_refused(base):
    with pytest.raises(ValueError, match=r'base must be finite and above 1, got .*"bits"'):
        it.entropy([0.5, 0.5], base=base)


@pytest.mark.parametrize("order", [[1.0, 2.0], np.array([1.0, 2.0]), None, "one", (2,), 2j])
def test_orders_come_one_at_a_time(order):
    with pytest.raises(ValueError, match="order must be a number from 0 to inf, got"):
        it.entropy([0.5, 0.5], order=order)
    with pytest.raises(ValueError, match="order must be a number from 0 to inf, got"):
        it.renyi_divergence([0.5, 0.5], [0.5, 0.5], order=order)


def test_zero_has_no_sign():
    constant = np.array([1.0, 0.0])
    law, table = [constant, np.array([0.0, 1.0])], np.diag([1.0, 0.0])
    values = [measure(one) for measure in ONE_LAW for one in law]
    values += [it.entropy(constant, order=order) for order in (0.0, 0.5, 2.0, math.inf)]
    values += [measure(constant, constant) for measure in TWO_LAWS]
    values += [measure(table) for measure in TABLES]
    values += [it.tsallis_entropy(constant, order=order) for order in (0.0, 0.5, 1.0, math.inf)]
    values += [it.renyi_divergence(constant, constant, order=order) for order in (0.5, 2.0)]
    values += [it.renyi_cross_entropy(constant, constant, order=order) for order in (0.5, 2.0)]
    values += [it.o_information(table), it.co_information(table), it.s_information(table)]
    values += [it.interaction_information(np.ones((1, 1, 1)))]
    assert not np.signbit(np.array(values, dtype=float)).any()


@pytest.mark.parametrize("function", [*ONE_LAW, it.joint_entropy, it.conditional_entropy])
def test_a_count_of_outcomes_has_no_gradient(function):
    torch = pytest.importorskip("torch")
    p = torch.full((2, 2), 0.25, requires_grad=True)
    one = p[0] * 2.0 if function in ONE_LAW else p
    with pytest.raises(ValueError, match=r"order 0 counts .* no gradient.*p\.detach\(\)"):
        function(one, order=0)
    assert float(function(one.detach(), order=0)) >= 0.0
    with torch.no_grad():
        assert float(function(one, order=0)) >= 0.0


def test_vmap_is_refused_in_words():
    torch = pytest.importorskip("torch")
    p = torch.full((4, 2), 0.5)
    for measure in (it.entropy, it.hill_number):
        with pytest.raises(ValueError, match=r"torch\.vmap hides .* leading axes"):
            torch.vmap(measure)(p)
    with pytest.raises(ValueError, match=r"torch\.vmap"):
        torch.vmap(it.mutual_information)(torch.full((4, 2, 2), 0.25))
    assert it.entropy(p).shape == (4,)


def test_transforms_that_show_values_work():
    torch = pytest.importorskip("torch")
    scores = torch.tensor([0.0, 1.0, 2.0], dtype=torch.float64)
    gradient = torch.func.grad(lambda x: it.entropy(torch.softmax(x, dim=0)))(scores)
    assert float(gradient.sum()) == pytest.approx(0.0, abs=1e-12)


def test_masks_and_text_are_refused():
    masked = np.ma.masked_array([0.5, 0.25, 0.25], mask=[False, False, True])
    for function in ONE_LAW:
        with pytest.raises(ValueError, match=r"p must have no masked entries, got 1 of 3.*filled"):
            function(masked)
    with pytest.raises(ValueError, match="q must have no masked entries"):
        it.kl_divergence([0.5, 0.25, 0.25], masked)
    with pytest.raises(ValueError, match="pxy must have no masked entries"):
        it.mutual_information(np.ma.masked_equal([[0.5, 0.0], [0.0, 0.5]], 0.0))
    assert it.entropy(np.ma.masked_array([0.5, 0.5]), base=2) == 1.0

    for text in (["0.5", "0.5"], np.array(["0.5", "0.5"], dtype=object)):
        with pytest.raises(ValueError, match=r"p must hold real numbers .* text"):
            it.entropy(text)
    assert it.entropy([Fraction(1, 2), Fraction(1, 2)], base=2) == 1.0
    for wrong in (
        np.array(["2020-01-01"], dtype="datetime64[D]"),
        np.array([1], dtype="timedelta64[D]"),
        np.array([1 + 0j], dtype=object),
        [None],
    ):
        with pytest.raises(ValueError, match=r"p must (hold real numbers|be finite, got nan)"):
            it.entropy(wrong)


def test_nullable_numbers():
    pd = pytest.importorskip("pandas")
    assert it.entropy(pd.array([0.5, 0.5], dtype="Float64"), base=2) == 1.0
    with pytest.raises(ValueError, match="p must be finite, got nan"):
        it.entropy(pd.array([0.5, None], dtype="Float64"))

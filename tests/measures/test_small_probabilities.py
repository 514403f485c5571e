"""Probabilities down to the least positive float, and laws that are nearly equal.

The reference is mpmath on the exact values of the floats, each law divided by its exact sum.
"""

import itertools
import math

import numpy as np
import pytest

import infotheory as it

mpmath = pytest.importorskip("mpmath")

LEAST = 5e-324
TINY = math.exp(-400.0) / 3.0


def exact(values):
    """The law as mpmath numbers that sum to 1."""
    with mpmath.workdps(400):
        array = np.vectorize(lambda value: mpmath.mpf(float(value)), otypes=[object])(
            np.asarray(values, dtype=np.float64)
        )
        return array / array.sum()


def sum_terms(p, q):
    with mpmath.workdps(400):
        return sum((a * mpmath.log(a / b) for a, b in zip(p.flat, q.flat, strict=True) if a), 0)


def margin(table, keep):
    axes = tuple(axis for axis in range(table.ndim) if axis not in keep)
    return table.sum(axis=axes, keepdims=True) if axes else table


def product_of_margins(table):
    with mpmath.workdps(400):
        return math.prod((margin(table, {axis}) for axis in range(table.ndim)), start=1)


def exact_information(values):
    with mpmath.workdps(400):
        table = exact(values)
        return float(sum_terms(table, product_of_margins(table)))


def exact_entropy(law):
    with mpmath.workdps(400):
        return -sum((a * mpmath.log(a) for a in law.flat if a), mpmath.mpf(0))


def close(value, expected, rel=1e-12, tolerance=1e-300):
    assert float(value) == pytest.approx(float(expected), rel=rel, abs=tolerance)


DIAGONALS = [
    [TINY, 1 / 3, 1 / 3, 1 / 3],
    [LEAST, 1.0],
    [1e-310, 0.5, 0.5],
    [1e-200, 1e-200, 1.0],
    [LEAST, LEAST, LEAST, 1.0],
]
KINDS = ["sibson", "arimoto", "csiszar"]


@pytest.mark.parametrize("diagonal", DIAGONALS)
def test_what_determines_itself(diagonal):
    table = np.diag(diagonal)
    close(it.mutual_information(table), exact_information(table), tolerance=1e-15)
    close(it.total_correlation(table), exact_information(table), tolerance=1e-15)
    close(it.dual_total_correlation(table), exact_information(table), tolerance=1e-15)
    close(it.s_information(table), 2 * exact_information(table), tolerance=1e-15)
    close(it.co_information(table), exact_information(table), tolerance=1e-15)
    assert it.o_information(table) == pytest.approx(0.0, abs=1e-15)
    assert it.conditional_entropy(table) == 0.0
    assert it.variation_of_information(table) == 0.0


@pytest.mark.parametrize("normalization", ["arithmetic", "geometric", "min", "max", "joint"])
@pytest.mark.parametrize("diagonal", DIAGONALS[:1] + DIAGONALS[2:3])
def test_what_determines_itself_shares_all(diagonal, normalization):
    share = it.normalized_mutual_information(np.diag(diagonal), normalization=normalization)
    assert share == pytest.approx(1.0, abs=1e-12)


def test_small_entropies_do_not_underflow_in_a_mean():
    table = [[1e-200, 1e-202], [1e-202, 1.0]]
    shares = {
        kind: float(it.normalized_mutual_information(table, normalization=kind))
        for kind in ("geometric", "arithmetic")
    }
    assert shares["geometric"] == pytest.approx(shares["arithmetic"], rel=1e-9)
    assert 0.9 < shares["geometric"] < 1.0


def test_a_small_share_is_not_taken_for_all():
    table = np.array([[0.5 - TINY, 0.25], [TINY, 0.25]])
    table[0, 0] = 0.5
    value = exact_information(table)
    close(it.mutual_information(table), value)
    assert it.normalized_mutual_information(table, normalization="joint") < 0.5

    small = np.outer([LEAST, 1.0], [0.5, 0.5])
    small[0] = LEAST
    assert it.normalized_mutual_information(small) == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("order", [0.0, 0.5, 1.5, 2.0, math.inf])
def test_orders_of_information_that_a_tiny_cell_does_not_change(kind, order):
    # At order 0 of Arimoto and Csiszár every symbol that occurs counts, however rare.
    table = np.diag([TINY, 1 / 3, 1 / 3, 1 / 3])
    value = float(it.mutual_information(table, order=order, kind=kind))
    rare_counts = {("sibson", math.inf), ("arimoto", 0.0)}
    expected = math.log(4 if (kind, order) in rare_counts else 3)
    assert value == pytest.approx(expected, abs=1e-6)


def test_jensen_shannon_of_the_least_float():
    p, q = [0.0, 1.0], [LEAST, 1.0]
    assert it.jensen_shannon_divergence(p, q) == pytest.approx(0.0, abs=1e-300)
    assert it.jensen_shannon_divergence([LEAST, 1.0], [1.0, 0.0]) == pytest.approx(math.log(2))
    third = it.jensen_shannon_divergence(p, q, [1.0, 0.0], weights=[1e-300, 0.5, 0.5])
    assert third == pytest.approx(math.log(2), abs=1e-12)


@pytest.mark.parametrize("small", [LEAST, 1e-310, 1e-200, TINY])
def test_divergences_of_small_masses(small):
    p, q = [small, 1.0 - small], [0.5, 0.5]
    ep, eq = exact(p), exact(q)
    close(it.kl_divergence(p, q), sum_terms(ep, eq))
    close(it.kl_divergence(q, p), sum_terms(eq, ep))
    close(it.jeffreys_divergence(p, q), sum_terms(ep, eq) + sum_terms(eq, ep))
    with mpmath.workdps(400):
        mixture = (ep + eq) / 2
        js = (sum_terms(ep, mixture) + sum_terms(eq, mixture)) / 2
        for order in (0.25, 0.75, 1.5, 2.0):
            moment = sum(a**order * b ** (1 - order) for a, b in zip(eq, ep, strict=True))
            expected = mpmath.log(moment) / (order - 1)
            close(it.renyi_divergence(q, p, order=order), expected)
        chi = sum((a - b) ** 2 / b for a, b in zip(ep, eq, strict=True))
    close(it.jensen_shannon_divergence(p, q), js)
    close(it.chi_square_divergence(p, q), chi)


@pytest.mark.parametrize("order", [1e-18, 1e-15, 1e-12, 1e-9, 1e-5, 0.01])
def test_divergences_of_small_orders_keep_what_p_misses(order):
    """At order 0 it is minus the logarithm of the mass that q has where p has some."""
    p, q = np.array([0.5, 0.3, 0.2, 0.0]), np.array([0.45, 0.3, 0.2, 0.05])
    held = p > 0
    rest = np.sum(q[held] * np.expm1(order * np.log(p[held] / q[held])))
    expected = np.log1p(rest - q[~held].sum()) / (order - 1.0)
    assert float(it.renyi_divergence(p, q, order=order)) == pytest.approx(expected, rel=1e-13)


@pytest.mark.parametrize("order", [20.0, 100.0, 1e4, 1e6])
@pytest.mark.parametrize("rare", [1e-3, 4e-5, 1e-12])
def test_arimotos_information_of_a_rare_symbol_at_high_orders(order, rare):
    """X is known from Y: the information is the entropy of X, whatever the powers of its law."""
    found = float(it.mutual_information(np.diag([1.0 - rare, rare]), order=order, kind="arimoto"))
    # of the power of the rare symbol nothing is left beside that of the other
    powers = np.log1p((rare / (1.0 - rare)) ** order) + order * np.log1p(-rare)
    assert found == pytest.approx(powers / (1.0 - order), rel=1e-9)


def test_chi_square_of_squares_that_underflow():
    p, q = [1e-170, 1.0], [1e-320, 1.0]
    expected = (mpmath.mpf(1e-170) - mpmath.mpf(1e-320)) ** 2 / mpmath.mpf(1e-320)
    close(it.chi_square_divergence(p, q), expected)


@pytest.mark.parametrize("small", [LEAST, 1e-310, 1e-200])
@pytest.mark.parametrize("order", [0.5, 1.0, 2.0, math.inf])
def test_entropies_of_small_masses(small, order):
    p = [small, 0.25, 0.75]
    with mpmath.workdps(400):
        law = [mpmath.mpf(x) for x in p]
        if order == 1.0:
            expected = exact_entropy(np.array(law))
        elif math.isinf(order):
            expected = -mpmath.log(max(law))
        else:
            expected = mpmath.log(sum(x**order for x in law)) / (1 - order)
    close(it.entropy(p, order=order), expected)


def three_variables(seed, zeros):
    rng = np.random.default_rng(seed)
    table = rng.dirichlet(np.full(12, 0.3)).reshape(2, 3, 2)
    table.flat[:zeros] = [LEAST, 1e-310, 1e-200][:zeros]
    return table / table.sum()


def exact_joint_measures(values):
    with mpmath.workdps(60):
        table = exact(values)
        entropies = {
            subset: exact_entropy(margin(table, set(subset)))
            for size in (1, 2, 3)
            for subset in itertools.combinations(range(3), size)
        }
        joint = entropies[0, 1, 2]
        pairs = sum(entropies[pair] for pair in ((0, 1), (0, 2), (1, 2)))
        single = sum(entropies[one,] for one in range(3))
        given = entropies[0, 2] + entropies[1, 2] - joint - entropies[2,]
        return {
            it.total_correlation: single - joint,
            it.dual_total_correlation: pairs - 2 * joint,
            it.o_information: single - joint - (pairs - 2 * joint),
            it.s_information: single - joint + (pairs - 2 * joint),
            it.co_information: single - pairs + joint,
            it.interaction_information: -(single - pairs + joint),
            it.conditional_mutual_information: given,
        }


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("zeros", [0, 3])
def test_measures_of_three_variables(seed, zeros):
    table = three_variables(seed, zeros)
    for measure, expected in exact_joint_measures(table).items():
        close(measure(table), expected, rel=1e-11, tolerance=2e-15)


@pytest.mark.parametrize("strength", [1e-3, 1e-6, 1e-8])
def test_near_independence_keeps_its_digits(strength):
    table = np.full((2, 2, 2), 0.125)
    sign = np.array([1.0, -1.0])
    table *= 1.0 + strength * sign[:, None, None] * sign[None, :, None]
    expected = exact_joint_measures(table)
    for measure in (
        it.total_correlation,
        it.dual_total_correlation,
        it.conditional_mutual_information,
        it.s_information,
    ):
        close(measure(table), expected[measure], rel=1e-15 / strength + 1e-12)
    close(
        it.mutual_information(table.sum(axis=2)),
        exact_information(table.sum(axis=2)),
        rel=1e-15 / strength + 1e-12,
    )


@pytest.mark.parametrize("order", [0.1, 0.5, 0.9, 1 - 1e-6, 1.0, 1 + 1e-9, 1.001, 2.0, 7.0])
@pytest.mark.parametrize("moved", [1e-2, 1e-5, 1e-8])
def test_near_laws_keep_the_digits_of_every_order(order, moved):
    p = np.array([0.2, 0.3, 0.5])
    q = np.array([0.2 + moved, 0.3 - 2 * moved, 0.5 + moved])
    ep, eq = exact(p), exact(q)
    with mpmath.workdps(60):
        if order == 1.0:
            expected = sum_terms(ep, eq)
        else:
            a = mpmath.mpf(order)
            expected = mpmath.log(sum(x**a * y ** (1 - a) for x, y in zip(ep, eq, strict=True))) / (
                a - 1
            )

    # The sums of the floats differ by a rounding, which counts at second order only.
    close(it.renyi_divergence(p, q, order=order), expected, rel=1e-15 / moved + 1e-12)


@pytest.mark.parametrize("order", [0.5, 0.999, 1.001, 2.0])
def test_orders_of_information_near_independence(order):
    sign = np.array([1.0, -1.0])
    values = [
        float(it.mutual_information(0.25 * (1.0 + strength * np.outer(sign, sign)), order=order))
        for strength in (1e-3, 1e-6)
    ]
    assert values[1] / values[0] == pytest.approx(1e-6, rel=1e-4)


def test_a_channel_with_the_least_float():
    capacity = it.channel_capacity([[1.0, LEAST], [0.0, 1.0]], base=2)
    assert float(capacity) == pytest.approx(1.0)
    useless = it.channel_capacity([[1.0, LEAST], [1.0, 0.0]], base=2)
    assert float(useless) == pytest.approx(0.0, abs=1e-9)
    rate = it.rate_distortion([LEAST, 1.0], [[0.0, 1.0], [1.0, 0.0]], slope=3.0)
    assert rate.rate == pytest.approx(0.0, abs=1e-9)


def test_a_bottleneck_with_a_tiny_symbol():
    curve = it.information_bottleneck_curve(np.diag([TINY, 1 / 3, 1 / 3, 1 / 3]), betas=[1e6])
    assert curve.relevance[0] == pytest.approx(math.log(3))
    assert curve.compression[0] == pytest.approx(math.log(3))


@pytest.mark.parametrize(
    "measure",
    [
        it.mutual_information,
        it.total_correlation,
        it.dual_total_correlation,
        it.o_information,
        it.s_information,
        it.co_information,
        it.normalized_mutual_information,
    ],
)
def test_gradients_stay_finite(measure):
    torch = pytest.importorskip("torch")
    table = torch.tensor(np.diag([TINY, 1 / 3, 1 / 3, 1 / 3]), requires_grad=True)
    measure(table).backward()
    assert torch.isfinite(table.grad).all()


def test_gradient_of_the_divergence_of_a_mixture():
    torch = pytest.importorskip("torch")
    q = torch.tensor([LEAST, 1.0], dtype=torch.float64, requires_grad=True)
    it.jensen_shannon_divergence([0.0, 1.0], q).backward()
    assert q.grad.tolist() == pytest.approx([math.log(2) / 2, 0.0])


@pytest.mark.parametrize("least", [LEAST, 1e-310])
def test_gradients_at_the_least_floats(least):
    torch = pytest.importorskip("torch")
    p = torch.tensor([[least, 0.5], [0.25, 0.25]], dtype=torch.float64, requires_grad=True)
    column = torch.tensor([[least, 0.5], [least, 0.5]], dtype=torch.float64, requires_grad=True)
    cube = torch.stack([column, column], dim=-1) / 2

    for table in (p, column):
        for measure in (
            it.joint_entropy,
            it.conditional_entropy,
            it.mutual_information,
            it.total_correlation,
            it.dual_total_correlation,
            it.normalized_mutual_information,
            lambda x: it.mutual_information(x, order=2.0),
            lambda x: it.conditional_entropy(x, order=0.5),
        ):
            (gradient,) = torch.autograd.grad(measure(table), table)
            assert torch.isfinite(gradient).all()
    (gradient,) = torch.autograd.grad(it.conditional_mutual_information(cube), column)
    assert torch.isfinite(gradient).all()

    law = p.flatten()
    uniform = torch.full((4,), 0.25, dtype=torch.float64)
    (gradient,) = torch.autograd.grad(it.entropy(law), law)
    assert float(gradient[0]) == pytest.approx(-math.log(least) - 1.0)
    (gradient,) = torch.autograd.grad(it.kl_divergence(law, uniform), law)
    assert float(gradient[0]) == pytest.approx(math.log(least / 0.25) + 1.0)


@pytest.mark.parametrize("kind", ["numpy", "torch"])
def test_divergences_of_fifty_thousand_tokens_in_float32(kind):
    rng = np.random.default_rng(0)
    logits = rng.normal(size=50_000).astype(np.float32)
    moved = logits + 1e-3 * rng.normal(size=50_000).astype(np.float32)

    def law(scores):
        powers = np.exp(scores - scores.max())
        return powers / powers.sum()

    p, q = law(logits.astype(np.float64)), law(moved.astype(np.float64))
    p32, q32 = law(logits), law(moved)
    if kind == "torch":
        torch = pytest.importorskip("torch")
        p32, q32 = (torch.softmax(torch.from_numpy(x), dim=0) for x in (logits, moved))

    for measure in (
        it.kl_divergence,
        it.jeffreys_divergence,
        it.jensen_shannon_divergence,
        it.chi_square_divergence,
        *(
            lambda a, b, order=order: it.renyi_divergence(a, b, order=order)
            for order in (0.5, 0.999, 1.001, 2.0)
        ),
    ):
        assert float(measure(p32, q32)) == pytest.approx(float(measure(p, q)), rel=2e-4)


def test_information_of_a_float32_table_near_independence():
    rng = np.random.default_rng(1)
    table = np.outer(rng.dirichlet(np.ones(300)), rng.dirichlet(np.ones(200)))
    table *= 1.0 + 1e-3 * rng.normal(size=table.shape)
    table /= table.sum()
    expected = float(it.mutual_information(table))
    short = table.astype(np.float32)
    assert float(it.mutual_information(short)) == pytest.approx(expected, rel=1e-4)
    assert float(it.total_correlation(short)) == pytest.approx(expected, rel=1e-4)
    assert float(it.dual_total_correlation(short)) == pytest.approx(expected, rel=1e-4)

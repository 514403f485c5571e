"""Greedy, exact and majorisation coupling, and the bounds that certify them."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import entr

from infotheory.coupling import coupling_lower_bound, minimum_entropy_coupling

# Ebrahimi, Chen, Khisti (arXiv 2410.21666) and Compton et al. (arXiv 2302.11838)
# bits: meet, profile, majorised profile, exact, greedy
TABLE = [
    ([0.5, 0.4, 0.1], [0.6, 0.2, 0.2], (1.485475, 1.660964, 1.760964, 1.760964, 1.760964)),
    ([0.5, 0.5], [0.6, 0.4], (1.0, 1.128771, 1.360964, 1.360964, 1.360964)),
    (
        [0.5535, 0.4465],
        [0.3436, 0.3156, 0.1729, 0.1679],
        (1.924671, 1.924671, 1.924671, 2.052416, 2.052416),
    ),
]
GREEDY_BITS = np.log2(np.e) / np.e


def bits(p):
    return entr(np.asarray(p)).sum() / np.log(2)


@st.composite
def pmfs(draw, max_size=200):
    """Pmfs with zeros, ties and masses down to 1e-300."""
    size = draw(st.integers(1, max_size))
    kind = draw(st.sampled_from(["smooth", "ties", "tiny"]))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    if kind == "smooth":
        weights = rng.exponential(size=size) * (rng.random(size) > 0.2)
    elif kind == "ties":
        weights = rng.integers(0, 4, size).astype(float)
    else:
        weights = 10.0 ** rng.uniform(-300, 0, size)
    weights[rng.integers(size)] += 1.0
    return weights / weights.sum()


@pytest.mark.parametrize(("p", "q", "expected"), TABLE)
def test_values_of_the_literature(p, q, expected):
    kinds = ("meet", "profile", "majorized_profile")
    got = [coupling_lower_bound(p, q, kind=kind, base=2) for kind in kinds]
    got += [
        minimum_entropy_coupling(p, q, method=method, base=2).entropy
        for method in ("exact", "greedy")
    ]
    assert got == pytest.approx(expected, abs=1e-6)


def test_three_marginals_by_hand():
    coupling = minimum_entropy_coupling([1.0], [0.75, 0.25], [0.6, 0.3, 0.1])
    assert coupling.indices.tolist() == [[0, 0, 0], [0, 1, 1], [0, 0, 2], [0, 0, 1]]
    assert coupling.mass == pytest.approx([0.6, 0.25, 0.1, 0.05])
    assert coupling.toarray().shape == (1, 2, 3)


@settings(deadline=None, max_examples=150)
@given(st.lists(pmfs(), min_size=1, max_size=4), st.sampled_from(["greedy", "majorization"]))
def test_marginals_are_exact_and_bounds_hold(marginals, method):
    coupling = minimum_entropy_coupling(*marginals, method=method, base=2)
    for j, p in enumerate(marginals):
        made = np.bincount(coupling.indices[:, j], coupling.mass, p.size)
        assert np.abs(made - p).max() <= min(coupling.marginal_error, 1e-12)
        assert (made[p > 0] > 0).all()
        assert (made[p == 0] == 0).all()
    meet, profile, best = (
        coupling_lower_bound(*marginals, kind=kind, base=2)
        for kind in ("meet", "profile", "majorized_profile")
    )
    assert max(bits(p) for p in marginals) <= meet + 1e-9
    assert max(meet, profile) <= best + 1e-9
    assert coupling.lower_bound == pytest.approx(best, abs=1e-9)
    assert best <= coupling.entropy + 1e-9
    assert coupling.gap == pytest.approx(coupling.entropy - coupling.lower_bound, abs=1e-9)
    if method == "greedy":
        limit = GREEDY_BITS if len(marginals) <= 2 else (1 + np.log2(np.e)) / 2
        assert coupling.entropy <= best + limit + 1e-9
        assert (
            coupling.mass.size <= sum(np.count_nonzero(p) for p in marginals) - len(marginals) + 1
        )
    else:
        assert coupling.entropy <= meet + np.ceil(np.log2(len(marginals))) + 1e-9


def literal_greedy(p, q):
    p, q, cells = list(p), list(q), []
    while max(p) > 1e-12 and max(q) > 1e-12:
        i, j = int(np.argmax(p)), int(np.argmax(q))
        cells.append((i, j, min(p[i], q[j])))
        p[i], q[j] = p[i] - cells[-1][2], q[j] - cells[-1][2]
    return cells


def literal_zero_seeking(p, q):
    p, q, cells = np.array(p), np.array(q), []
    while max(p) > 1e-12 and max(q) > 1e-12:
        distance = np.abs(p[:, None] - q)
        distance[p <= 1e-12], distance[:, q <= 1e-12] = 2.0, 2.0
        i, j = np.unravel_index(int(np.argmin(distance)), distance.shape)
        mass = min(p[i], q[j])
        cells.append((i, j, mass))
        p[i], q[j] = p[i] - mass, q[j] - mass
    return cells


def test_zero_seeking_equals_a_literal_run():
    rng = np.random.default_rng(3)
    for _ in range(200):
        p, q = (rng.dirichlet(np.ones(rng.integers(1, 30))) for _ in range(2))
        expected = literal_zero_seeking(p, q)
        coupling = minimum_entropy_coupling(p, q, method="zero_seeking")
        assert coupling.marginal_error < 1e-12
        kept = coupling.mass > 1e-12
        assert coupling.indices[kept].tolist() == [[i, j] for i, j, _ in expected]
        assert coupling.mass[kept] == pytest.approx([mass for _, _, mass in expected], abs=1e-12)


def test_zero_seeking_takes_equal_masses_zeros_and_long_laws():
    coupling = minimum_entropy_coupling(
        [0.5, 0.0, 0.3, 0.2], [0.2, 0.3, 0.5], method="zero_seeking"
    )
    assert coupling.indices.tolist() == [[0, 2], [2, 1], [3, 0]]
    assert coupling.gap == pytest.approx(0.0, abs=1e-12)
    p, q = np.random.default_rng(4).dirichlet(np.ones(3000), size=2)
    for method in ("zero_seeking", "max_seeking", "greedy"):
        coupling = minimum_entropy_coupling(p, q, method=method)
        assert coupling.marginal_error < 1e-12
    with pytest.raises(ValueError, match="'zero_seeking' couples two marginals, got 3"):
        minimum_entropy_coupling([1.0], [1.0], [1.0], method="zero_seeking")


def test_greedy_keeps_the_better_of_both_rules():
    rng = np.random.default_rng(5)
    winners = set()
    for _ in range(60):
        p, q = rng.dirichlet(np.ones(12)), rng.dirichlet(np.ones(9))
        rules = {
            method: minimum_entropy_coupling(p, q, method=method).entropy
            for method in ("max_seeking", "zero_seeking")
        }
        winners.add(min(rules, key=rules.get))
        assert minimum_entropy_coupling(p, q).entropy == pytest.approx(min(rules.values()))
    assert winners == {"max_seeking", "zero_seeking"}


def test_the_table_of_the_paper():
    """Table 1 of arXiv:2410.21666: p ~ |N(0, 1)|, n = 20, means of 100 pairs in nats."""
    rng = np.random.default_rng(0)
    pairs = np.abs(rng.normal(size=(100, 2, 20)))
    pairs /= pairs.sum(axis=2, keepdims=True)
    values = {
        method: [minimum_entropy_coupling(p, q, method=method).entropy for p, q in pairs]
        for method in ("max_seeking", "zero_seeking")
    }
    values["independent"] = [-(p * np.log(p)).sum() - (q * np.log(q)).sum() for p, q in pairs]
    printed = {"independent": 5.443, "max_seeking": 2.946, "zero_seeking": 2.937}
    for method, value in printed.items():
        # theirs is a mean of as many: the error of the difference is sqrt(2) times ours
        error = np.std(values[method], ddof=1) / np.sqrt(50)
        assert abs(np.mean(values[method]) - value) < 3 * error, method
    assert np.mean(values["zero_seeking"]) < np.mean(values["max_seeking"])


def test_greedy_equals_a_literal_run():
    rng = np.random.default_rng(0)
    for _ in range(200):
        p, q = (rng.dirichlet(np.ones(rng.integers(1, 30))) for _ in range(2))
        expected = literal_greedy(p, q)
        coupling = minimum_entropy_coupling(p, q, method="max_seeking")
        kept = coupling.mass > 1e-12
        assert coupling.indices[kept].tolist() == [[i, j] for i, j, _ in expected]
        assert coupling.mass[kept] == pytest.approx([mass for _, _, mass in expected], abs=1e-12)
        assert (np.diff(coupling.mass[kept]) <= 0).all()


def vertices_optimum(p, q):
    """Least entropy over all basic solutions of the transport polytope."""
    n, m = len(p), len(q)
    rows = np.zeros((n + m, n * m))
    for i, j in itertools.product(range(n), range(m)):
        rows[[i, n + j], i * m + j] = 1.0
    columns = np.array(list(itertools.combinations(range(n * m), n + m - 1)))
    systems = rows[:-1, columns].transpose(1, 0, 2)
    systems = systems[np.abs(np.linalg.det(systems)) > 0.5]
    right = np.broadcast_to(np.concatenate([p, q])[:-1, None], (len(systems), n + m - 1, 1))
    solutions = np.linalg.solve(systems, right)[..., 0]
    return entr(np.clip(solutions[(solutions > -1e-12).all(axis=1)], 0.0, None)).sum(axis=1).min()


@settings(deadline=None, max_examples=60)
@given(pmfs(3), pmfs(4))
def test_exact_equals_enumeration_of_vertices(p, q):
    coupling = minimum_entropy_coupling(p, q, method="exact")
    assert coupling.entropy == pytest.approx(vertices_optimum(p, q), abs=1e-9)
    # The search is the proof: nothing is left between the coupling and the optimum.
    assert coupling.gap == 0.0


@settings(deadline=None, max_examples=60)
@given(pmfs(7), pmfs(7))
def test_bound_exact_greedy_are_ordered(p, q):
    exact, greedy, split = (
        minimum_entropy_coupling(p, q, method=m, base=2)
        for m in ("exact", "greedy", "majorization")
    )
    assert exact.marginal_error <= 1e-12
    assert exact.lower_bound <= exact.entropy + 1e-9
    assert exact.entropy <= min(greedy.entropy, split.entropy) + 1e-9
    assert greedy.entropy <= exact.entropy + GREEDY_BITS + 1e-9
    assert split.entropy <= exact.entropy + 1 + 1e-9


def test_results_repeat_bit_for_bit():
    p = np.full(50, 0.02)
    first, second = (minimum_entropy_coupling(p, p[::-1]) for _ in range(2))
    assert (first.indices == second.indices).all()
    assert first.indices.tolist() == [[i, i] for i in range(50)]


def test_base_scales_entropy_and_bound():
    nats, in_bits = (
        minimum_entropy_coupling([0.5, 0.5], [0.6, 0.4], base=base) for base in (None, 2)
    )
    assert nats.entropy == pytest.approx(in_bits.entropy * np.log(2))
    assert nats.lower_bound == pytest.approx(in_bits.lower_bound * np.log(2))


@pytest.mark.parametrize(
    ("marginals", "options", "text"),
    [
        ([], {}, "at least one marginal, got none"),
        ([[0.5, 0.6]], {}, r"marginal 0 must sum to 1 .* got 1\.1"),
        ([[0.5, 0.5], [np.nan, 1.0]], {}, "marginal 1 must"),
        ([[0.5, 0.5], [np.inf, 1.0]], {}, "marginal 1 must"),
        ([[1.5, -0.5]], {}, "marginal 0 must"),
        ([[]], {}, "marginal 0 must not be empty"),
        ([[[0.5, 0.5]]], {}, r"one pmf of shape \(n,\), got shape \(1, 2\)"),
        ([["a", "b"]], {}, "marginal 0 must hold real numbers"),
        (
            [[1.0], [1.0]],
            {"method": "magic"},
            "method must be one of 'greedy', 'max_seeking', 'zero_seeking', 'exact', ",
        ),
        ([[1.0], [1.0]], {"base": 1.0}, "base must be finite and above 1"),
        (
            [np.full(9, 1 / 9), [1.0]],
            {"method": "exact"},
            r"at most 8 positive masses each, got 2 with \[9, 1\]",
        ),
        ([[1.0]] * 3, {"method": "exact"}, "got 3 with"),
    ],
)
def test_errors_say_the_rule_and_the_value(marginals, options, text):
    with pytest.raises(ValueError, match=text):
        minimum_entropy_coupling(*marginals, **options)


def test_unknown_bound_is_an_error():
    with pytest.raises(
        ValueError, match="kind must be one of 'majorized_profile', 'profile', 'meet', got 'best'"
    ):
        coupling_lower_bound([1.0], kind="best")


@pytest.mark.parametrize("method", ["greedy", "exact", "majorization"])
def test_rounding_makes_no_cell(method):
    rng = np.random.default_rng(0)
    for size in (3, 4, 5):
        for _ in range(30):
            p, q = (rng.integers(1, 10, size=size).astype(float) for _ in range(2))
            coupling = minimum_entropy_coupling(p / p.sum(), q / q.sum(), method=method)
            if method == "greedy":
                assert coupling.mass.min() > 1e-13


def test_rounding_lifts_no_bound_above_the_entropy():
    # Ten tenths and one certain symbol have one coupling; its entropy rounds below its bound.
    coupling = minimum_entropy_coupling([0.1] * 10, [1.0])
    assert coupling.lower_bound <= coupling.entropy == pytest.approx(np.log(10), rel=1e-14)

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infotheory import mutual_information
from infotheory.decomposition import partial_information_decomposition, redundant_information
from infotheory.exceptions import NotConvergedWarning


def gate(function, n_target):
    p = np.zeros((2, 2, n_target))
    for a in range(2):
        for b in range(2):
            p[a, b, function(a, b)] += 0.25
    return p


XOR, AND = gate(lambda a, b: a ^ b, 2), gate(lambda a, b: a & b, 2)
COPY = gate(lambda a, b: 2 * a + b, 4)
RDN = np.zeros((2, 2, 2))
RDN[0, 0, 0] = RDN[1, 1, 1] = 0.5
AND_REDUNDANCY = 0.3112781245


@pytest.mark.parametrize(
    ("table", "kind", "redundancy", "unique", "synergy"),
    [
        (XOR, "broja", 0, 0, 1),
        (AND, "broja", AND_REDUNDANCY, 0, 0.5),
        (COPY, "broja", 0, 1, 0),
        (RDN, "broja", 1, 0, 0),
        (XOR, "williams_beer", 0, 0, 1),
        (AND, "williams_beer", AND_REDUNDANCY, 0, 0.5),
        (COPY, "williams_beer", 1, 0, 1),
        (RDN, "williams_beer", 1, 0, 0),
        (COPY, "minimum", 1, 0, 1),
        (AND, "minimum", AND_REDUNDANCY, 0, 0.5),
        (AND, "meet", 0, AND_REDUNDANCY, 0.5 - AND_REDUNDANCY),
        (RDN, "meet", 1, 0, 0),
        (COPY, "meet", 0, 1, 0),
    ],
)
def test_gates(table, kind, redundancy, unique, synergy):
    parts = partial_information_decomposition(table, kind=kind, base=2)
    assert (parts.redundancy, *parts.unique, parts.synergy) == pytest.approx(
        (redundancy, unique, unique, synergy), abs=1e-7
    )
    assert min(parts.unique) >= 0.0
    assert parts.gap <= 1e-8


def test_broja_of_rare_values_comes_to_its_certified_gap():
    """A cell of a billionth beside others is no reason to stop halfway."""
    of_second = np.array([[0.1, 0.2, 1e-9], [0.3, 0.2, 0.0], [0.1, 0.0, 0.1 - 1e-9]])
    parts = partial_information_decomposition(of_second[None])
    # A constant source says nothing: all is unique to the other.
    told = float(mutual_information(of_second))
    assert (parts.redundancy, *parts.unique) == pytest.approx((0.0, 0.0, told), abs=1e-9)
    assert parts.gap <= 1e-9


@pytest.mark.parametrize("concentration", [0.02, 0.1])
def test_broja_of_laws_with_cells_of_every_size(concentration):
    rng = np.random.default_rng(5)
    for _ in range(40):
        table = rng.dirichlet(np.full(18, concentration)).reshape(3, 3, 2)
        parts = partial_information_decomposition(table)
        assert parts.gap <= 1e-9
        assert min(parts.redundancy, *parts.unique, parts.synergy) >= -2e-9


def test_broja_is_the_least_of_all_laws_with_the_same_pairs():
    """One change is free in the four cells of a target value: two numbers to go through here."""
    table = np.random.default_rng(3).dirichlet(np.full(8, 0.3)).reshape(2, 2, 2)
    swap = np.array([[1.0, -1.0], [-1.0, 1.0]])

    def information(shifts):
        law = np.maximum(table + swap[:, :, None] * shifts, 0.0)
        return mutual_information(law.reshape(4, 2))

    low = -np.minimum(table[0, 0], table[1, 1])
    high = np.minimum(table[0, 1], table[1, 0])
    grids = [np.linspace(low[t], high[t], 201) for t in range(2)]
    least = min(information(np.array([a, b])) for a in grids[0] for b in grids[1])
    parts = partial_information_decomposition(table)
    found = mutual_information(table.reshape(4, 2)) - parts.synergy
    assert least - 1e-4 <= found <= least + 1e-9


def test_broja_that_is_stopped_says_so(monkeypatch):
    monkeypatch.setattr("infotheory.measures._broja._MAX_ITER", 3)
    with pytest.warns(NotConvergedWarning, match="each part may be off by so much"):
        parts = partial_information_decomposition(AND)
    assert parts.gap > 1e-6


def test_broja_whose_rounding_ends_in_no_number_says_so(monkeypatch):
    """A gap that is NaN bounds nothing; before, the redundancy was 0 without a word."""
    monkeypatch.setattr(
        "infotheory.decomposition.two_sources.least_joint_information",
        lambda first, second: (np.nan * (first.sum() + second.sum()), np.nan),
    )
    with pytest.warns(NotConvergedWarning, match="gap of nan"):
        parts = partial_information_decomposition(AND)
    assert np.isnan([parts.redundancy, *parts.unique, parts.synergy, parts.gap]).all()


@settings(max_examples=20)
@given(st.integers(0, 10_000))
def test_parts_add_up_and_are_ordered(seed):
    p = np.random.default_rng(seed).dirichlet(np.full(18, 0.4)).reshape(3, 3, 2)
    both = mutual_information(p.reshape(9, 2))
    parts = partial_information_decomposition(p)
    assert parts.redundancy + sum(parts.unique) + parts.synergy == pytest.approx(both, abs=1e-10)
    assert min(parts.redundancy, *parts.unique, parts.synergy) >= -1e-7
    assert parts.gap <= 1e-6
    meet = redundant_information(p, kind="meet")
    assert meet <= parts.redundancy + 1e-7 <= redundant_information(p, kind="minimum") + 2e-7


def test_broja_against_a_grid():
    """For binary variables the laws with given pair laws have one free number for each target
    value.
    """
    p = np.random.default_rng(3).dirichlet(np.ones(8)).reshape(2, 2, 2)
    turn = np.array([[1.0, -1.0], [-1.0, 1.0]])
    best = np.inf
    steps = [
        np.linspace(-min(p[0, 0, t], p[1, 1, t]), min(p[0, 1, t], p[1, 0, t]), 200)
        for t in range(2)
    ]
    first, second = np.meshgrid(*steps)
    moved = np.stack(
        [first.ravel()[:, None, None] * turn, second.ravel()[:, None, None] * turn], axis=-1
    )
    laws = np.clip(p + moved, 0.0, None)
    best = mutual_information(laws.reshape(-1, 4, 2)).min()
    parts = partial_information_decomposition(p)
    least = mutual_information(p.reshape(4, 2)) - parts.synergy
    assert least <= best + 1e-9
    assert least == pytest.approx(best, abs=1e-4)


def test_three_sources_and_groups():
    p = np.zeros((2, 2, 2, 2))
    p[0, 0, 0, 0] = p[1, 1, 1, 1] = 0.5
    for kind in ("williams_beer", "minimum", "meet"):
        assert redundant_information(p, kind=kind, base=2) == pytest.approx(1.0)
    grouped = redundant_information(p, sources=[(0, 1), 2], target=3, base=2)
    assert grouped == pytest.approx(1.0, abs=1e-7)


def test_errors():
    with pytest.raises(ValueError, match="kind must be one of 'williams_beer'"):
        redundant_information(AND, kind="other")
    with pytest.raises(ValueError, match="this decomposition is defined for two sources, got 1"):
        partial_information_decomposition(AND, sources=[0])
    with pytest.raises(ValueError, match="sources must each name variables other than the target"):
        redundant_information(AND, sources=[0, 2])
    with pytest.raises(ValueError, match="target and sources must lie between -3 and 2, got 7"):
        redundant_information(AND, target=7, sources=[0, 1])
    with pytest.raises(ValueError, match="p must sum to 1"):
        redundant_information(2 * AND)

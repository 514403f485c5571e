"""Lower bounds on the entropy of couplings, beside literal readings of their definitions."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from infotheory.coupling import coupling_lower_bound, minimum_entropy_coupling

KINDS = ("majorized_profile", "profile", "meet")


@st.composite
def pmfs(draw, most=6):
    counts = draw(st.lists(st.integers(0, 9), min_size=1, max_size=most).filter(sum))
    return np.array(counts) / sum(counts)


def entropy(p):
    p = np.asarray(p)[np.asarray(p) > 0.0]
    return -float(p @ np.log(p))


def literal_meet(laws):
    """Entropy of the law whose partial sums are the least of all, descending."""
    length = max(map(len, laws))
    sums = [np.cumsum(np.sort(np.pad(p, (0, length - len(p))))[::-1]) for p in laws]
    return entropy(np.diff(np.min(sums, axis=0), prepend=0.0))


def literal_profile(laws):
    """Integral of -log of the smallest mass that covers u, symbols laid out in ascending order."""
    ends = sorted({0.0, 1.0, *itertools.chain(*(np.cumsum(np.sort(p)) for p in laws))})
    total = 0.0
    for low, high in itertools.pairwise(ends):
        u = 0.5 * (low + high)
        cover = []
        for p in laws:
            masses = np.sort(p[p > 0.0])
            cover.append(masses[min(np.searchsorted(np.cumsum(masses), u), masses.size - 1)])
        total -= (high - low) * math.log(min(cover))
    return total


@given(st.lists(pmfs(), min_size=1, max_size=3))
def test_bounds_are_those_of_their_definitions(laws):
    assert coupling_lower_bound(*laws, kind="meet") == pytest.approx(literal_meet(laws), abs=1e-9)
    assert coupling_lower_bound(*laws, kind="profile") == pytest.approx(
        literal_profile(laws), abs=1e-9
    )


@given(st.lists(pmfs(), min_size=1, max_size=3))
def test_no_bound_is_below_a_marginal_s_entropy_or_above_a_coupling(laws):
    bounds = {kind: coupling_lower_bound(*laws, kind=kind) for kind in KINDS}
    most = max(entropy(p) for p in laws)
    made = minimum_entropy_coupling(*laws)
    assert max(bounds.values()) <= made.entropy + 1e-9
    assert made.lower_bound == pytest.approx(max(bounds.values()), abs=1e-12)
    assert bounds["meet"] >= most - 1e-9
    # the third is the tightest of the three
    assert bounds["majorized_profile"] >= max(bounds["profile"], bounds["meet"]) - 1e-9


@given(pmfs())
def test_one_marginal_is_bounded_by_its_own_entropy(p):
    for kind in KINDS:
        assert coupling_lower_bound(p, kind=kind) == pytest.approx(entropy(p), abs=1e-9)
        assert coupling_lower_bound(p, p, p, kind=kind) == pytest.approx(entropy(p), abs=1e-9)


@given(st.lists(pmfs(), min_size=2, max_size=3), st.randoms())
def test_order_of_symbols_and_of_marginals_does_not_matter(laws, random):
    shuffled = [np.array(random.sample(list(p), len(p))) for p in random.sample(laws, len(laws))]
    for kind in KINDS:
        first, second = (coupling_lower_bound(*some, kind=kind) for some in (laws, shuffled))
        assert first == pytest.approx(second, abs=1e-9)


@pytest.mark.parametrize("kind", KINDS)
def test_units(kind):
    nats = coupling_lower_bound([0.5, 0.5], [0.6, 0.4], kind=kind)
    for base, unit in ((2, math.log(2)), ("bits", math.log(2)), (10, math.log(10))):
        assert coupling_lower_bound([0.5, 0.5], [0.6, 0.4], kind=kind, base=base) == pytest.approx(
            nats / unit
        )

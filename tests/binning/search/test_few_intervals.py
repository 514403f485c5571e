"""Intervals that numpy lists, beside those of the kernel."""

import numpy as np
import pytest

from infotheory.binning.search import kernels
from infotheory.binning.search.few_intervals import intervals_of_few, terms_of_bins

TOTALS, HALVES = np.array([700.0, 90.0]), np.array([0.5, 0.06])


def cells_of(m, seed, *, weighted):
    """Draw cells of both classes with their squared weights; some lack a class, some are empty."""
    rng = np.random.default_rng(seed)
    counts = rng.poisson((20.0, 2.0), (m, 2)).astype(np.float64)
    counts[rng.random(m) < 0.1] = 0.0
    weights = rng.uniform(0.1, 3.0, (m, 2)) if weighted else np.ones((m, 2))
    return np.column_stack([counts * weights, counts * weights**2])


def by_kernel(cells, bounds, fixed, price):
    (spans, numbers), sums = kernels.room_for_intervals(len(cells)), np.empty(4)
    room = (spans, numbers, sums)
    n = kernels._list_intervals(cells, TOTALS, HALVES, bounds, fixed, price, room)
    return spans[:, :n], numbers[:, :n]


@pytest.mark.parametrize("m", [1, 2, 20, kernels._FEW_CELLS])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("code", kernels.CODES.values(), ids=kernels.CODES)
@pytest.mark.parametrize(
    "bounds", [[0.0, np.inf, 0.0, 0.0], [25.0, 300.0, 5.0, 3.0]], ids=["no limits", "limits"]
)
def test_few_intervals_are_those_of_the_kernel(m, weighted, code, bounds):
    cells = cells_of(m, m, weighted=weighted)
    fixed = np.random.default_rng(1).random(m - 1) < 0.1
    case = cells, np.array(bounds), fixed, (code, 0.01)
    spans, numbers = by_kernel(*case)
    found = intervals_of_few(cells, TOTALS, HALVES, *case[1:])
    np.testing.assert_array_equal(found[0], spans)
    # Terms near 0 are differences of shares.
    np.testing.assert_allclose(found[1], numbers, rtol=1e-13, atol=1e-16)


def test_many_pre_bins_are_for_the_kernel(monkeypatch):
    cells = cells_of(kernels._FEW_CELLS + 1, 0, weighted=True)
    case = np.array([10.0, 200.0, 0.0, 0.0]), np.zeros(len(cells) - 1, bool), (0, 0.0)
    many = kernels.build_intervals(cells, TOTALS, HALVES, *case)
    monkeypatch.setattr(kernels, "_FEW_CELLS", len(cells))
    few = kernels.build_intervals(cells, TOTALS, HALVES, *case)
    for one, other in zip(many, few, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-13, atol=1e-16)


@pytest.mark.parametrize("code", kernels.CODES.values(), ids=kernels.CODES)
def test_terms_of_bins_are_those_of_the_kernel(code):
    cells = np.array([[30.0, 10.0], [7.0, 0.0], [0.0, 4.0], [1e-3, 80.0]])
    each = [kernels.divergence_term(row, TOTALS, HALVES, code) for row in cells]
    np.testing.assert_allclose(terms_of_bins(cells, TOTALS, HALVES, code), each, rtol=1e-14)

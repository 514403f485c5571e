"""Compiled kernels repeat formulas of ``evidence``: they must say the same."""

import numpy as np
import pytest

from infotheory.binning.search.kernels import (
    CODES,
    SCORE_TOLERANCE,
    best_ends,
    divergence_term,
    sort_intervals,
)
from infotheory.evidence.binned_samples import add_halves
from infotheory.evidence.divergence import FORMULAS


@pytest.mark.parametrize("divergence", FORMULAS)
@pytest.mark.parametrize("cells", [[30.0, 10.0], [1e-3, 900.0], [7.0, 7.0], [0.0, 4.0], [5.0, 0.0]])
def test_term_of_a_bin_is_the_formula_of_evidence(divergence, cells):
    totals = np.array([60.0, 1000.0])
    formula, _ = FORMULAS[divergence]
    halves = np.array([0.5, 0.05])
    p, q = add_halves(np.array(cells), halves) / totals
    term = divergence_term(np.array(cells), totals, halves, CODES[divergence])
    assert term == pytest.approx(float(formula(p, q).value), rel=1e-13, abs=1e-16)


def test_every_divergence_of_the_search_has_a_formula():
    assert set(CODES) == set(FORMULAS)


@pytest.mark.parametrize("seed", range(5))
def test_the_best_end_is_that_of_a_scan_in_order(seed):
    """Ties of ties lead down from the best objective, to fewer bins and earlier starts."""
    rng = np.random.default_rng(seed)
    m, n, shape = 6, 21, (4, 3, 21)
    starts, ends = np.triu_indices(m)
    intervals = sort_intervals(m, np.array([starts, ends]), rng.random((3, n)))
    scores = 1.0 - 0.9 * SCORE_TOLERANCE * rng.integers(0, 5, shape)
    scores[rng.random(shape) < 0.3] = -np.inf
    scores[rng.random(shape) < 0.3] -= 0.1
    counts = rng.integers(1, 4, shape).astype(np.int32)

    leader, best = (-np.inf, 0, 0), (-1, -1, -1)
    for layer in range(1, 4):
        for phase in (2, 0):
            for e in intervals.by_end[intervals.last[m - 1] :]:
                score, count = scores[layer, phase, e], counts[layer, phase, e]
                candidate = (score, count, intervals.start[e])
                better = score > leader[0]
                if np.isfinite([score, leader[0]]).all():
                    tied = abs(score - leader[0]) <= SCORE_TOLERANCE
                    better = candidate[1:] < leader[1:] if tied else better
                if better:
                    leader, best = candidate, (layer, phase, e)
    assert best[0] >= 1
    assert best_ends(intervals, scores, counts, np.array([2, 0]), 1) == best


def test_no_chain_has_no_best_end():
    intervals = sort_intervals(1, np.zeros((2, 1), np.int64), np.ones((3, 1)))
    none = np.full((2, 1, 1), -np.inf)
    counts = np.zeros(none.shape, np.int32)
    assert best_ends(intervals, none, counts, np.array([0]), 1) == (-1, -1, -1)
    assert best_ends(intervals, none, counts, np.array([0]), 2) == (-1, -1, -1)

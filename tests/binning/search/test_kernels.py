"""Compiled kernels repeat formulas of ``evidence``: they must say the same."""

import numpy as np
import pytest

from infotheory.binning.search.kernels import CODES, divergence_term
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

"""Cells that are alike, against all cells one by one."""

import math

import numpy as np
import pytest

from infotheory._codes import Codes
from infotheory.estimation import (
    estimate_conditional_mutual_information,
    estimate_mutual_information,
)
from infotheory.estimation.discrete import _sparse_interval, _strata
from infotheory.estimation.discrete._cell_kinds import FEW_CELLS, CellKinds
from infotheory.estimation.discrete._margins import Margins


def zipf(rng, n_levels, n_rows):
    shares = 1.0 / np.arange(1, n_levels + 1)
    return rng.choice(n_levels, n_rows, p=shares / shares.sum())


def strata_of(x, y, z=None):
    codes = [Codes(labels, int(labels.max()) + 1) for labels in (x, y)]
    return _strata.count_strata(*codes, None if z is None else Codes(z, int(z.max()) + 1))


def information_by_hand(x, y):
    """Plug-in and variance of the pointwise information from a dense table."""
    table = np.zeros((x.max() + 1, y.max() + 1))
    np.add.at(table, (x, y), 1.0)
    joint = table / x.size
    product = np.outer(joint.sum(axis=1), joint.sum(axis=0))
    terms = np.log(joint[joint > 0.0] / product[joint > 0.0])
    value = math.fsum(joint[joint > 0.0] * terms)
    return value, math.fsum(joint[joint > 0.0] * (terms - value) ** 2)


@pytest.mark.parametrize(("n_x", "n_y", "n_rows"), [(5000, 2, 20_000), (300, 40, 30_000)])
@pytest.mark.parametrize("dependent", [False, True])
def test_information_of_kinds_is_that_of_all_cells(n_x, n_y, n_rows, dependent):
    rng = np.random.default_rng(n_x)
    x, y = zipf(rng, n_x, n_rows), rng.integers(n_y, size=n_rows)
    if dependent:
        y = np.where(rng.random(n_rows) < 0.7, x % n_y, y)
    strata = strata_of(x, y)
    assert strata.counts.size > FEW_CELLS
    assert strata.kinds.copies.sum() == strata.counts.size
    assert strata.information() == pytest.approx(information_by_hand(x, y), rel=1e-11)


def test_counts_of_too_many_kinds_are_taken_one_by_one():
    """Ten thousand different counts have no table of kinds."""
    n = 3000
    counts = np.random.default_rng(0).permutation(np.arange(1.0, n + 1.0)) * 1000.0
    x, y = Codes(np.arange(n), n), Codes(np.arange(n) // 2, n // 2)
    of_x, of_y = counts, np.bincount(y.index, weights=counts)
    z = Codes(np.zeros(n, dtype=np.intp), 1)
    margins, sums = (x, y, z), [of_x, of_y, np.array([counts.sum()])]
    kinds, each = (find(counts, margins, sums) for find in (CellKinds.of, CellKinds.each))
    assert kinds.counts.size == n
    assert kinds.mass == each.mass


@pytest.mark.parametrize("n_y", [2, 25])
def test_kinds_of_all_cells_are_the_cells_of_the_table(n_y):
    """Empty cells included, each as often as the table has it."""
    rng = np.random.default_rng(n_y)
    x, y = zipf(rng, 4000, 9000), zipf(rng, n_y, 9000)
    strata = strata_of(x, y)
    margins = strata.fixed_margins()
    kinds = strata.all_cells(margins)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_strata, "FEW_CELLS", margins.n_cells)
        cells = strata.all_cells(margins)
    assert cells.copies.sum() == kinds.copies.sum() == margins.n_cells

    copies = kinds.copies.astype(int)
    spread = np.stack([np.repeat(kinds.counts, copies), np.repeat(kinds.expected, copies)])
    of_table = np.stack([cells.counts, cells.expected])
    for found, wanted in zip(
        spread[:, np.lexsort(spread)], of_table[:, np.lexsort(of_table)], strict=True
    ):
        np.testing.assert_array_equal(found, wanted)
    assert kinds.rows_in_nearly_empty == cells.rows_in_nearly_empty
    assert margins.median_expected == np.median(margins.expected())


@pytest.mark.parametrize("sizes", [(4, 6), (5, 7)])
def test_median_of_even_and_odd_numbers_of_cells(sizes):
    rng = np.random.default_rng(1)
    x, y = (rng.integers(1, 20, size) for size in sizes)
    y[-1] += max(0, x.sum() - y.sum())
    x[-1] += max(0, y.sum() - x.sum())
    margins = Margins.of_table(x, y)
    assert margins.median_expected == np.median(margins.expected())


def test_rounding_does_not_move_cells_to_other_groups():
    """Of an uneven table: parted by rounding, errors were .002 for one sample and .007 for one."""
    rng = np.random.default_rng(0)
    strata = strata_of(zipf(rng, 3000, 20_000), zipf(rng, 2, 20_000))
    bundles = _sparse_interval._bundles(strata.all_cells(strata.fixed_margins()))
    groups = _sparse_interval._groups(bundles)
    assert groups.max() > 3
    noise = rng.uniform(-2e-15, 2e-15, bundles.expected.size)
    moved = bundles._replace(expected=bundles.expected * (1.0 + noise))
    np.testing.assert_array_equal(_sparse_interval._groups(moved), groups)


def test_names_of_labels_do_not_matter():
    rng = np.random.default_rng(1)
    x, y = zipf(rng, 3000, 100_000), zipf(rng, 2, 100_000)
    first = estimate_mutual_information(x, y)
    second = estimate_mutual_information(rng.permutation(3000)[x], 1 - y)
    assert second.standard_error == pytest.approx(first.standard_error, rel=1e-9)
    assert second.interval() == pytest.approx(first.interval(), rel=1e-9)


def test_one_stratum_is_none():
    """A condition that has one value, and levels without rows."""
    rng = np.random.default_rng(2)
    x, y = zipf(rng, 3000, 100_000), rng.integers(3, size=100_000)
    plain = estimate_mutual_information(x, y)
    given = estimate_conditional_mutual_information(2 * x, y, np.full(x.size, 7))
    assert given.value == pytest.approx(plain.value, rel=1e-12)
    assert given.p_value == pytest.approx(plain.p_value, rel=1e-12)
    assert given.interval() == pytest.approx(plain.interval(), rel=1e-12, nan_ok=True)

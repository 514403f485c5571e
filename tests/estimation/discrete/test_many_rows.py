"""Cells that kernels count, beside those that numpy counts."""

import numpy as np
import pytest

from infotheory import _compiled
from infotheory._codes import Codes
from infotheory.estimation import estimate_mutual_information
from infotheory.estimation.discrete import _cell_kinds, _many_rows
from infotheory.estimation.discrete._cell_kinds import FEW_CELLS, CellKinds
from infotheory.estimation.discrete._strata import count_strata
from infotheory.exceptions import WithheldWarning

#: Levels of x and of y that their codes have room for; rows.
SHAPES = {
    "a small table": ((3, 2), 400),
    "a table": ((150, 90), 9000),
    "one level": ((1, 5000), 6000),
    "more cells than twice the rows": ((4000, 300), 5000),
    "more levels than rows": ((60_000, 60_000), 3000),
    "more cells than codes of 32 bits": ((70_000, 70_000), 20_000),
}


def sample(shape, n_rows):
    """Draw codes of levels of which some have no row, in and after the others."""
    rng = np.random.default_rng(n_rows)
    x, y = (
        np.minimum(rng.geometric(min(0.6, 4.0 / size), n_rows) - 1, size - 1) // 2 * 2
        for size in shape
    )
    y = np.where(rng.random(n_rows) < 0.3, x % shape[1], y)
    return [Codes(one, size) for one, size in zip((x, y), shape, strict=True)]


@pytest.fixture
def rows_before(monkeypatch):
    """Set after how many rows a kernel is made, in a process that has made none."""

    def set_to(rows):
        monkeypatch.setattr(_compiled, "_ROWS_BEFORE", rows)
        if rows > 0:
            kernel = _compiled.compiled(_many_rows._fill_table.py_func)
            monkeypatch.setattr(_many_rows, "_fill_table", kernel)

    return set_to


@pytest.mark.parametrize(("shape", "n_rows"), SHAPES.values(), ids=SHAPES)
def test_kernels_count_what_numpy_counts(shape, n_rows, rows_before):
    x, y = sample(shape, n_rows)
    rows_before(0)
    by_kernels = count_strata(x, y, None)
    assert _many_rows.count_pairs(x, y) is not None
    rows_before(10**9)
    assert _many_rows.count_pairs(x, y) is None
    by_numpy = count_strata(x, y, None)

    assert by_kernels.sizes == by_numpy.sizes
    np.testing.assert_array_equal(by_kernels.counts, by_numpy.counts)
    for found, wanted in zip(by_kernels.margins, by_numpy.margins, strict=True):
        assert found.n_levels == wanted.n_levels
        np.testing.assert_array_equal(found.index, wanted.index)
    for found, wanted in zip(by_kernels.margin_counts, by_numpy.margin_counts, strict=True):
        np.testing.assert_array_equal(found, wanted)
    assert by_kernels.information() == by_numpy.information()


@pytest.mark.parametrize("n_alike", [0, 1, 4999])
def test_cells_of_one_row_are_not_written_over_codes_that_are_read_later(n_alike, rows_before):
    """The y of cells take the room of codes: nearly as fast as these are read, or far behind."""
    rows_before(0)
    rng, n = np.random.default_rng(8), 5000
    places = rng.permutation(4000 * 3000)[:n]
    places[:n_alike] = places[-1]
    x, y = (
        Codes(code, size) for code, size in zip(divmod(places, 3000), (4000, 3000), strict=True)
    )
    found = _many_rows.count_pairs(x, y)
    cells, counts = np.unique(places, return_counts=True)
    np.testing.assert_array_equal(found.counts, counts)
    for of_cell, code in zip((found.x, found.y), divmod(cells, 3000), strict=True):
        np.testing.assert_array_equal(of_cell.index, np.unique(code, return_inverse=True)[1])
    for sums, code in zip((found.x_counts, found.y_counts), (x, y), strict=True):
        np.testing.assert_array_equal(sums, np.unique(code.index, return_counts=True)[1])


@pytest.mark.parametrize("order", [1, -1])
def test_columns_stay_as_they_are(order, rows_before):
    """The codes that are sorted in place are not those of the caller, which may run backwards."""
    rows_before(0)
    x, y = (Codes(one.index[::order], one.n_levels) for one in sample((4000, 300), 5000))
    before = x.index.copy(), y.index.copy()
    count_strata(x, y, None)
    np.testing.assert_array_equal(x.index, before[0])
    np.testing.assert_array_equal(y.index, before[1])


@pytest.mark.parametrize(("shape", "fits"), [((4000, 30), True), ((4000, 300), False)])
def test_kinds_of_a_kernel_are_those_of_numpy(monkeypatch, shape, fits):
    """The table that the kernel fills has a place for each kind that could be."""
    strata = count_strata(*sample(shape, 9000), None)
    assert strata.counts.size > FEW_CELLS
    found, compiled = [], []
    for rows in (0, 10**9):
        monkeypatch.setattr(_compiled, "_ROWS_BEFORE", rows)
        kernel = _compiled.compiled(_cell_kinds._count_kinds.py_func)
        monkeypatch.setattr(_cell_kinds, "_count_kinds", kernel)
        found.append(CellKinds.of(strata.counts, strata.margins, strata.margin_counts))
        compiled.append(kernel.is_made)
    assert compiled == [fits, False]
    for name in ("counts", "x", "y", "z", "copies"):
        np.testing.assert_array_equal(getattr(found[0], name), getattr(found[1], name))


def test_counts_too_large_for_a_table_are_ranked(monkeypatch):
    """A few cells of very many rows: their counts are no places of a table."""
    monkeypatch.setattr(_compiled, "_ROWS_BEFORE", 0)
    n = 3000
    counts = np.append(np.ones(n - 1), 1e9)
    x, y, one = Codes(np.arange(n), n), Codes(np.arange(n), n), Codes(np.zeros(n, np.intp), 1)
    kinds = CellKinds.of(counts, (x, y, one), [counts, counts, np.array([counts.sum()])])
    assert kinds.counts.tolist() == [1.0, 1e9]
    assert kinds.copies.tolist() == [n - 1.0, 1.0]


@pytest.mark.parametrize("method", ["plugin", "miller_madow", "james_stein"])
def test_estimates_do_not_depend_on_who_counts(method, rows_before):
    x, y = (one.index for one in sample((500, 200), 6000))
    found = []
    for rows in (0, 10**9):
        rows_before(rows)
        with pytest.warns(WithheldWarning):
            estimate = estimate_mutual_information(x, y, method=method)
        found.append((estimate.value, estimate.standard_error, estimate.p_value))
    assert found[0] == pytest.approx(found[1], rel=1e-13)

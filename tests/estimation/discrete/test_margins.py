"""Margins of tables and of strata: what they say is counted by hand."""

import itertools
import math

import numpy as np
import pytest

from infotheory.estimation.discrete._margins import Margins, mean_excess


def strata():
    """Three strata: 2 x 3 of 12 rows, 1 x 2 of 5 rows that test nothing, 2 x 2 of 7 rows."""
    x, x_levels = np.array([8.0, 4, 5, 3, 4]), np.array([2, 1, 2])
    y, y_levels = np.array([6.0, 4, 2, 1, 4, 5, 2]), np.array([3, 2, 2])
    return Margins.within(x, x_levels, y, y_levels, 24.0)


def test_strata_that_test_nothing_have_no_margins_and_their_rows_are_told():
    margins = strata()
    assert margins.x.tolist() == [8, 4, 3, 4]
    assert margins.y.tolist() == [6, 4, 2, 5, 2]
    assert margins.x_starts.tolist() == [0, 2, 4]
    assert margins.y_starts.tolist() == [0, 3, 5]
    assert margins.n_rows == 24
    assert margins.sizes.tolist() == [12, 7]
    assert margins.n_strata == 2
    assert [(x.tolist(), y.tolist()) for x, y in margins.strata()] == [
        ([8, 4], [6, 4, 2]),
        ([3, 4], [5, 2]),
    ]


def test_cells_and_degrees_of_freedom_add_up_over_strata():
    margins = strata()
    assert margins.n_cells == 2 * 3 + 2 * 2
    assert margins.degrees_of_freedom == 1 * 2 + 1 * 1
    # of x 8 + 4 rows are in the largest levels, of y 6 + 5: fewer are off those of x
    assert margins.rows_off_the_largest == 19 - 12


def test_expected_counts_are_products_of_margins_stratum_after_stratum():
    margins = strata()
    first = np.outer([8, 4], [6, 4, 2]) / 12
    second = np.outer([3, 4], [5, 2]) / 7
    wanted = np.concatenate([first.ravel(), second.ravel()])
    np.testing.assert_allclose(margins.expected(), wanted)
    assert margins.expected().sum() == pytest.approx(19.0)


@pytest.mark.parametrize(("x", "y", "is_one"), [(2, 2, True), (2, 3, False), (3, 2, False)])
def test_a_fourfold_table_is_one_of_two_by_two(x, y, is_one):
    table = Margins.of_table(np.full(x, 6 // x), np.full(y, 6 // y))
    assert table.is_fourfold == is_one
    assert table.degrees_of_freedom == (x - 1) * (y - 1)
    assert table.n_rows == 6


def test_two_fourfold_strata_are_no_fourfold_table():
    counts, levels = np.array([3.0, 3.0, 2.0, 4.0]), np.array([2, 2])
    assert not Margins.within(counts, levels, counts, levels, 12.0).is_fourfold


def likelihood_ratio(table):
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / table.sum()
    held = table > 0
    return 2.0 * (table[held] * np.log(table[held] / expected[held])).sum()


def test_the_mean_of_the_likelihood_ratio_exceeds_its_degrees_as_williams_says():
    """All tables of two margins of 60 rows, by their hypergeometric chances."""
    x, y = np.array([26, 34]), np.array([22, 38])
    mean = total = 0.0
    for a in range(max(0, 22 - 34), 23):
        table = np.array([[a, 26 - a], [22 - a, 38 - 26 + a]], dtype=float)
        if (table < 0).any():
            continue
        chance = math.comb(26, a) * math.comb(34, 22 - a)
        mean += chance * likelihood_ratio(table)
        total += chance
    excess = mean_excess(np.array([60.0]), np.array([(1 / x).sum()]), np.array([(1 / y).sum()]))
    assert excess[0] == pytest.approx(mean / total - 1.0, rel=0.25)
    table = Margins.of_table(x, y)
    assert table.excess == pytest.approx(excess[0] / math.sqrt(2.0))


def test_the_excess_of_strata_adds_up_over_the_deviation_of_all():
    margins = strata()
    parts = [
        mean_excess(np.array([n]), np.array([(1.0 / x).sum()]), np.array([(1.0 / y).sum()]))[0]
        for n, (x, y) in zip((12.0, 7.0), margins.strata(), strict=True)
    ]
    assert margins.excess == pytest.approx(sum(parts) / math.sqrt(2.0 * 3.0))


def test_even_margins_have_the_least_excess():
    n = 24
    excesses = {
        cut: Margins.of_table(np.array([cut, n - cut]), np.array([12, 12])).excess
        for cut in range(1, n)
    }
    assert min(excesses, key=excesses.get) == 12
    assert all(excesses[a] > excesses[b] for a, b in itertools.pairwise(range(1, 13)))
    assert excesses[5] == pytest.approx(excesses[19])

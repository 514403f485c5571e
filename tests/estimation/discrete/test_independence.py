"""Tests of independence in sparse tables: moments by enumeration, values of the specification."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special, stats

from infotheory.estimation import (
    estimate_conditional_mutual_information,
    estimate_mutual_information,
)
from infotheory.estimation.discrete import _independence as tests_of_tables
from infotheory.estimation.discrete._fixed_margins import log_factorials, table_moments
from infotheory.estimation.discrete._independence import (
    NullMoments,
    independence_test_p_value,
    mid_p_value,
    null_moments,
)
from infotheory.estimation.discrete._margins import Margins


def rows_of(*tables):
    """Labels of x, of y and of the table, of the rows of some tables."""
    columns = []
    for k, table in enumerate(map(np.asarray, tables)):
        x, y = np.indices(table.shape).reshape(2, -1)
        columns.append([np.repeat(labels, table.ravel()) for labels in (x, y, 0 * x + k)])
    return tuple(np.concatenate(parts) for parts in zip(*columns, strict=True))


def likelihood_ratio(table):
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / table.sum()
    return 2.0 * special.xlogy(table, table / expected).sum()


def moments(a, b, degrees=4):
    values = [part for margin in (a, b) for part in np.unique(margin, return_counts=True)]
    return table_moments(*values, log_factorials(sum(a)), degrees)


def margins_of(a, b):
    return Margins.of_table(np.array(a), np.array(b))


@pytest.mark.parametrize(
    ("a", "b", "degrees", "mean", "variance"),
    [
        ((3, 2), (2, 2, 1), 4, 3.4030102034048, 4.3048590047071),
        ((3, 3, 1), (2, 2, 3), 6, 5.7847506246279, 5.9079469873705),
        ((200, 200), (200, 200), 4, 1.0037667758, 2.0151348916),
        ((1, 1, 398), (2, 398), 4, 0.1320630228, 1.2450386521),
    ],
)
def test_moments_of_the_specification(a, b, degrees, mean, variance):
    assert moments(a, b, degrees) == pytest.approx((mean, variance), rel=1e-9)


def test_moments_of_twenty_levels_each():
    a, b = (np.bincount(labels) for labels in np.random.default_rng(0).integers(20, size=(2, 400)))
    assert moments(a, b, 4) == pytest.approx((422.302932, 502.15652), rel=1e-6)


@pytest.mark.parametrize(
    ("a", "b"),
    [((4, 2, 1), (3, 2, 2)), ((2, 2, 2, 1), (1, 1, 5)), ((6, 1), (2, 3, 2)), ((3, 4), (3, 4))],
)
def test_moments_are_those_over_all_permutations(a, b):
    x, y = np.repeat(np.arange(len(a)), a), np.repeat(np.arange(len(b)), b)
    values = []
    for order in set(permutations(y.tolist())):
        table = np.zeros((len(a), len(b)))
        np.add.at(table, (x, order), 1)
        values.append(likelihood_ratio(table))
    assert moments(a, b, 7) == pytest.approx((np.mean(values), np.var(values)), rel=1e-12)

    # Four degrees of the polynomials are nearly all there is.
    assert moments(a, b)[1] == pytest.approx(np.var(values), rel=3e-3)


def test_moments_of_long_laws_are_those_of_their_sums():
    """Wide cells are summed in steps, and those of a level with nearly all rows lose no digits."""
    for a, b, n_rows in [
        (3000, 5000, 12_000),
        (150, 9000, 20_000),
        (40, 700, 1_500_000),
    ]:
        n = np.arange(min(a, b) + 1)
        law = stats.hypergeom.pmf(n, n_rows, a, b)
        cells = np.stack([n, a - n, b - n, n_rows - a - b + n])
        expected = np.array(
            [a * b, a * (n_rows - b), (n_rows - a) * b, (n_rows - a) * (n_rows - b)]
        )
        values = 2 * special.xlogy(cells, cells / (expected / n_rows)[:, None]).sum(axis=0)
        mean = law @ values
        assert moments((a, n_rows - a), (b, n_rows - b), 8) == pytest.approx(
            (mean, law @ (values - mean) ** 2), rel=1e-5
        )


def test_moments_of_strata_add_up():
    margins = Margins.within(
        np.array([4, 3, 4, 3, 4, 4, 9]),
        np.array([3, 3, 1]),
        np.array([4, 3, 4, 3, 3, 5, 4, 5]),
        np.array([3, 3, 2]),
        31,
    )
    assert (margins.n_strata, margins.n_cells, margins.degrees_of_freedom) == (2, 18, 8)
    assert (margins.sizes.tolist(), margins.n_rows) == ([11, 11], 31)
    assert margins.rows_off_the_largest == min(22 - 4 - 4, 22 - 4 - 5)
    expected = [np.outer(a, b) / 11 for a, b in margins.strata()]
    assert margins.expected() == pytest.approx(np.concatenate([e.ravel() for e in expected]))
    sums = np.sum([moments(*stratum) for stratum in margins.strata()], axis=0)
    assert np.array(null_moments(margins)) == pytest.approx(sums)


P_VALUES = {
    "twenty by twenty": (None, 0.12682876),
    "four by four": ([[[3, 0, 1, 0], [0, 2, 0, 1], [1, 0, 2, 0], [0, 1, 0, 3]]], 0.01731685),
    "strata": (
        [[[3, 0, 1], [0, 2, 1], [1, 1, 2]], [[1, 2, 0], [0, 1, 3], [2, 0, 2]]],
        0.12133174,
    ),
    "one of two rare rows": ([[[1, 1], [1, 397]]], 0.005),
    "none of two rare rows": ([[[0, 2], [2, 396]]], 0.50499373),
}


@pytest.mark.filterwarnings("ignore::infotheory.exceptions.WithheldWarning")
@pytest.mark.parametrize("name", P_VALUES)
def test_p_values_of_the_specification(name):
    tables, expected = P_VALUES[name]
    if tables is None:
        x, y = np.random.default_rng(0).integers(20, size=(2, 400))
        estimate = estimate_mutual_information(x, y)
    else:
        estimate = estimate_conditional_mutual_information(*rows_of(*tables))
    assert estimate.p_value == pytest.approx(expected, rel=1e-6)


def test_small_tables_take_the_mid_p():
    """The gamma law alone would give .00157969 (specification); its table has few atoms."""
    margins = margins_of((13, 12), (11, 5, 9))
    statistic = likelihood_ratio(np.array([[10, 2, 1], [1, 3, 8]]))
    law = null_moments(margins)
    gamma = tests_of_tables._gamma_p_value(np.asarray(statistic), law)
    assert float(gamma) == pytest.approx(0.00157969, rel=1e-5)

    # All tables with these margins, and their probabilities.
    cells = [(i, j, 13 - i - j) for i in range(12) for j in range(6) if 0 <= 13 - i - j <= 9]
    tables = np.array([[first, np.subtract((11, 5, 9), first)] for first in cells])
    probabilities = np.exp(-special.gammaln(tables + 1.0).sum(axis=(1, 2)))
    probabilities /= probabilities.sum()
    values = np.array([likelihood_ratio(table) for table in tables])
    equal = np.isclose(values, statistic)
    exact = probabilities[(values > statistic) & ~equal].sum() + probabilities[equal].sum() / 2
    assert independence_test_p_value(statistic, margins, law) == pytest.approx(exact, abs=8e-4)


def test_a_fourfold_table_is_exact():
    margins = margins_of((12, 8), (5, 15))
    n = np.arange(6)
    law = stats.hypergeom.pmf(n, 20, 12, 5)
    tables = np.array([[[k, 12 - k], [5 - k, 3 + k]] for k in n])
    values = np.array([likelihood_ratio(table) for table in tables])
    for k in n:
        exact = law[values > values[k] + 1e-9].sum() + law[np.isclose(values, values[k])].sum() / 2
        assert mid_p_value(values[k], margins) == pytest.approx(exact, rel=1e-12)


@pytest.mark.filterwarnings("ignore::infotheory.exceptions.WithheldWarning")
def test_labels_of_a_row_each_tell_nothing():
    ids = np.arange(200)
    assert estimate_mutual_information(ids, ids % 7).p_value == 1.0
    assert estimate_mutual_information(ids, ids).p_value == 1.0


@pytest.mark.filterwarnings("ignore::infotheory.exceptions.WithheldWarning")
@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(2, 6), st.integers(2, 6), st.integers(8, 60))
def test_symmetric_and_blind_to_the_order_of_labels(seed, n_x, n_y, n_rows):
    rng = np.random.default_rng(seed)
    x, y = rng.integers(0, n_x, n_rows), rng.integers(0, n_y, n_rows) ** 2
    p_value = estimate_mutual_information(x, y).p_value
    assert 0.0 <= p_value <= 1.0

    # Random tables are drawn label by label, so that their order moves a mid-p by its noise.
    noise = 4.0 * np.sqrt(p_value * (1.0 - p_value) / 2000) + 1e-9
    assert estimate_mutual_information(y, x).p_value == pytest.approx(p_value, abs=noise + 1e-3)
    assert estimate_mutual_information(-x, y).p_value == pytest.approx(p_value, abs=noise + 1e-3)


def test_well_filled_tables_keep_the_chi_square_bit_for_bit():
    rng = np.random.default_rng(5)
    x, y = rng.integers(0, 5, (2, 4000))
    estimate = estimate_mutual_information(x, y)
    assert estimate.p_value == stats.chi2.sf(2.0 * 4000 * estimate.value, 16)


@pytest.mark.filterwarnings("ignore::infotheory.exceptions.WithheldWarning")
def test_very_many_labels_are_drawn_by_their_rows():
    """Both ways to draw tables have one law."""
    for a, b in [((5, 1, 1, 1, 3), (4, 4, 3)), ((9, 1, 1, 2), (1, 1, 1, 5, 5))]:
        margins = margins_of(a, b)
        by_rows = tests_of_tables._statistics_of_drawn_rows(
            *margins.strata()[0], 4000, np.random.default_rng(1)
        )
        dense = tests_of_tables._drawn_statistics(margins, 4000)
        values = np.unique(np.r_[by_rows, dense].round(8))
        shares = [[(drawn.round(8) == v).mean() for v in values] for drawn in (by_rows, dense)]
        assert np.abs(np.subtract(*shares)).max() < 4 * np.sqrt(0.5 / 4000)

    # A column of names, three of which occur twice, against one of many levels.
    rng = np.random.default_rng(0)
    names = np.r_[np.arange(49_997), 0, 1, 2]
    p_value = estimate_mutual_information(names, rng.integers(0, 9000, 50_000)).p_value
    assert p_value == pytest.approx(0.5, abs=0.01)


def test_a_law_without_variance_has_no_gamma_law():
    constant = NullMoments(np.asarray(3.0), np.asarray(0.0))
    assert tests_of_tables.constant_given_margins(constant)
    assert 0.0 <= float(tests_of_tables._gamma_p_value(np.asarray(3.0), constant)) <= 1.0

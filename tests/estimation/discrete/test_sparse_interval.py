"""Intervals of the information of sparse tables: values, gates, and warnings."""

import time

import numpy as np
import pytest
from scipy import stats

from infotheory._codes import Codes
from infotheory.estimation import (
    estimate_conditional_mutual_information,
    estimate_mutual_information,
    pairwise_mutual_information,
)
from infotheory.estimation.discrete import _sparse_interval as intervals
from infotheory.estimation.discrete import _strata as strata_of_tables
from infotheory.exceptions import WithheldWarning
from tests.estimation.discrete.studies import rows
from tests.estimation.test_entropy_estimates import METHODS

DIAGONAL = np.diag([10] * 5)


def law_of(x, y):
    """Error, bias and law of a sparse table in nats, shown or not."""
    strata = strata_of_tables.count_strata(Codes(x, x.max() + 1), Codes(y, y.max() + 1), None)
    table = strata_of_tables._SparseTable.of(strata)
    plugin, _ = strata.information()
    error, law = intervals.sparse_table_law(
        plugin, table.cells, table.margins, table.moments, table.p_value(plugin), 1.0
    )
    return error, plugin - law.center, law


@pytest.mark.parametrize(
    ("x_y", "bias", "error", "ends"),
    [
        (
            tuple(np.random.default_rng(0).integers(20, size=(2, 400))),
            0.5228328,
            0.0334970,
            (0.0, 0.1081357),
        ),
        (rows(np.array([[10, 2, 1], [1, 3, 8]])), 0.04554498, 0.1588621, (0.0468992, 0.6819582)),
        (rows(DIAGONAL), -0.0402881, None, (1.4838297, 1.7415444)),
    ],
)
def test_values_of_the_specification(x_y, bias, error, ends):
    """The lower ends are those before rows off a near-function are allowed for."""
    actual_error, actual_bias, law = law_of(*x_y)
    assert actual_bias == pytest.approx(bias, rel=1e-6)
    assert error is None or actual_error == pytest.approx(error, abs=6e-8)
    assert law.chi2.interval(0.0, 0.0, 0.95) == pytest.approx(ends, rel=1e-6)

    low, high = law.interval(0.0, 0.0, 0.95)
    assert low <= ends[0]
    assert high == pytest.approx(ends[1], rel=1e-6)


def test_rows_off_a_relation_that_were_not_seen_lower_the_interval():
    estimate = estimate_mutual_information(*rows(DIAGONAL))
    low, high = estimate.interval()
    # A sixth label may exist, of which more than five can tell.
    assert high == pytest.approx(1.7415444, rel=1e-6)

    # No row lies off the diagonal: at most the share d with (1 - d)^50 = .025 does.
    center = np.log(5) + 0.0402881
    share = 1.0 - 0.025 ** (1 / 50)
    assert low == pytest.approx(center - share * (center - np.log(share)), rel=1e-6)
    assert low < 1.4838297
    bits = estimate_mutual_information(*rows(DIAGONAL), base=2)
    assert bits.interval() == pytest.approx((low / np.log(2), high / np.log(2)))


@pytest.mark.parametrize("n_rows", [100, 1000, 50_000])
def test_a_relation_without_exception_has_an_interval_that_holds_its_entropy(n_rows):
    """Well-filled margins do not help: all cells off the relation are empty."""
    x = np.arange(n_rows) % 5
    for method in METHODS:
        estimate = estimate_mutual_information(x, x, method=method)
        low, high = estimate.interval()
        assert low < np.log(5) < high
        assert high - low < 12.0 / np.sqrt(n_rows)


def test_the_lower_end_agrees_with_the_test():
    x, y = np.random.default_rng(2).integers(8, size=(2, 160))
    estimate = estimate_mutual_information(x, y)
    for level in (0.5, 0.8, 0.9, 0.99):
        low, high = estimate.interval(level)
        assert (low > 0.0) <= (estimate.p_value < (1.0 - level) / 2.0)
        assert high > 0.0
    assert estimate.law.name == "sparse table"
    assert estimate.reason is None


WITHHELD = {
    "a row a cell": (
        lambda rng: rng.integers(20, size=(2, 400)),
        "400 rows for 400 cells: the interval of the information needs 2 rows a cell",
    ),
    "one level of most rows": (
        lambda rng: (
            rng.choice(8, 160, p=[0.93, *[0.01] * 7]),
            rng.integers(8, size=160),
        ),
        "half of the 64 cells expect at most 0.[0-9]+ rows",
    ),
    "few rows off the largest level": (
        lambda rng: (np.arange(400) // 394, rng.integers(2, size=400)),
        "6 of 400 rows off the largest level",
    ),
}


@pytest.mark.parametrize("name", WITHHELD)
def test_what_is_withheld_and_why(name):
    make, reason = WITHHELD[name]
    x, y = make(np.random.default_rng(0))
    with pytest.warns(WithheldWarning, match=reason) as record:
        estimate = estimate_mutual_information(x, y)
    assert len(record) == 1
    assert record[0].filename == __file__
    assert np.isnan(estimate.interval()).all()
    assert estimate.reason == str(record[0].message)
    assert 0.0 <= estimate.p_value <= 1.0
    assert np.isfinite([estimate.value, estimate.standard_error]).all()


@pytest.mark.filterwarnings("ignore:rows remember")
def test_an_interval_of_small_strata_is_withheld():
    z = np.repeat(np.arange(200), 4)
    x, y = np.tile([0, 0, 1, 1], 200), np.tile([0, 1, 0, 1], 200)
    y[::8] = 1  # half of the strata have two levels of y in other shares, a few have one
    x[: 4 * 40] = 0
    with pytest.warns(WithheldWarning, match="640 of 800 rows lie where both variables have two"):
        estimate_conditional_mutual_information(x, y, z)


def test_weighted_rows_without_an_interval():
    x = np.arange(12)
    with pytest.warns(WithheldWarning, match="weighted rows of effective size"):
        estimate = estimate_mutual_information(x, x % 5, sample_weight=np.linspace(1.0, 2.0, 12))
    assert estimate.p_value is None
    assert np.isnan(estimate.interval()).all()
    with pytest.warns(WithheldWarning, match="all weighted rows have one pointwise information"):
        estimate_mutual_information(
            [0, 1] * 20, [0, 1] * 20, sample_weight=[1.0, 1.0, 4.0, 4.0] * 10
        )


def test_an_interval_of_weighted_rows_needs_five_effective_rows_a_cell():
    """With 2 to 4 of them intervals covered .80 to .90, with 1.2 of them .01 to .12."""
    rng = np.random.default_rng(0)
    weights = rng.uniform(1.0, 3.0, size=2000)
    few = int(5 * 100 / (np.mean(weights) ** 2 / np.mean(weights**2)))
    x, y = rng.integers(10, size=(2, 2000))
    enough = estimate_mutual_information(
        x[: few + 60], y[: few + 60], sample_weight=weights[: few + 60]
    )
    assert np.isfinite(enough.interval()).all()
    with pytest.warns(WithheldWarning, match="for 100 cells: .* 5 effective rows a cell"):
        withheld = estimate_mutual_information(
            x[: few - 60], y[: few - 60], sample_weight=weights[: few - 60]
        )
    assert np.isnan(withheld.interval()).all()
    assert 0.0 < withheld.p_value < 1.0


@pytest.mark.parametrize(("n_levels", "n_rows"), [(5, 100), (10, 300), (20, 1000)])
def test_weighted_rows_of_sparse_independent_tables_are_rarely_rejected(n_levels, n_rows):
    """Without Williams's correction .07 to .35 of these were rejected."""
    rng = np.random.default_rng(1)
    p_values = []
    for _ in range(200):
        x, y = rng.integers(n_levels, size=(2, n_rows))
        strata = strata_of_tables.count_strata(
            Codes(x, n_levels), Codes(y, n_levels), None, rng.uniform(1.0, 3.0, size=n_rows)
        )
        p_values.append(strata_of_tables.independence_p_value(strata, strata.information()[0]))
    # In 1 % weights seem to be no products, by chance.
    told = [p_value for p_value in p_values if p_value is not None]
    assert len(told) >= 0.95 * len(p_values)
    assert np.mean(np.array(told) < 0.05) <= 0.05 + 3.0 * np.sqrt(0.05 * 0.95 / 200)


def test_pairs_of_weighted_columns_have_the_p_value_of_one_pair():
    rng = np.random.default_rng(2)
    columns, weights = rng.integers(12, size=(400, 3)), rng.uniform(1.0, 3.0, size=400)
    table = pairwise_mutual_information(columns, sample_weight=weights)
    for i, j in ((0, 1), (0, 2), (1, 2)):
        with pytest.warns(WithheldWarning, match="effective rows a cell"):
            alone = estimate_mutual_information(columns[:, i], columns[:, j], sample_weight=weights)
        assert table.p_values[i, j] == pytest.approx(alone.p_value, rel=1e-9)


def test_equal_weights_are_none():
    x, y = np.random.default_rng(4).integers(4, size=(2, 50))
    plain = estimate_mutual_information(x, y)
    for weight in (0.1, 3.0):
        weighted = estimate_mutual_information(x, y, sample_weight=weight)
        assert weighted.p_value == pytest.approx(plain.p_value, rel=1e-9)
        assert weighted.interval() == pytest.approx(plain.interval(), rel=1e-9)


def test_a_gate_does_not_look_at_the_outcome():
    """Tables of the same margins are shown or withheld together, whatever their information."""
    x = np.repeat(np.arange(4), 5)
    for y in (x, np.roll(x, 3), np.tile(np.arange(4), 5)):
        with pytest.warns(WithheldWarning, match="20 rows for 16 cells"):
            estimate_mutual_information(x, y)


def test_many_cells_are_bundled():
    """Bundles of cells have nearly the interval of all cells, in little time."""
    rng = np.random.default_rng(0)
    x = rng.integers(60, size=20_000)
    y = np.where(rng.random(x.size) < 0.1, x, rng.integers(60, size=x.size))

    def seconds():
        start = time.process_time()
        for _ in range(5):
            estimate_mutual_information(x, y)
        return time.process_time() - start

    bundled, of_bundles = law_of(x, y), seconds()
    with pytest.MonkeyPatch.context() as patch:
        for module in (intervals, strata_of_tables):
            patch.setattr(module, "FEW_CELLS", 10**6)
        single, of_cells = law_of(x, y), seconds()
    assert bundled[0] == pytest.approx(single[0], rel=2e-3)
    assert bundled[2].interval(0, 0, 0.95) == pytest.approx(
        single[2].interval(0, 0, 0.95), rel=2e-3
    )

    # A third, whatever else the machine does.
    assert of_bundles < 0.7 * of_cells


def test_biases_of_poisson_counts():
    rng = np.random.default_rng(0)
    means = np.array([0.3, 4.0, 60.0, 900.0])
    draws = rng.poisson(means, size=(400_000, 4))
    logs = np.log(np.maximum(draws, 1))
    one, two = intervals._poisson_biases(means)
    for power, biases in ((1, one), (2, two)):
        sums = draws * logs**power
        error = sums.std(axis=0) / np.sqrt(len(draws))
        assert (abs(sums.mean(axis=0) - means * np.log(means) ** power - biases) < 5 * error).all()
    near = np.array([0.9e-5, 1.1e-5, 399.0, 401.0])
    assert np.diff(intervals._poisson_biases(near)[0][2:]) == pytest.approx(0.0, abs=1e-5)
    assert intervals._poisson_biases(near)[0][:2] == pytest.approx(
        -near[:2] * np.log(near[:2]), rel=0.01
    )


@pytest.mark.parametrize("mean", [1e-6, 1e-5, 3e-4, 0.2, 1.0, 7.5, 60.0, 399.0, 401.0, 2000.0])
def test_biases_are_those_of_sums_over_all_counts(mean):
    """Within the table, below it and above it, where both have closed forms."""
    n = np.arange(int(mean + 14.0 * np.sqrt(mean) + 40.0))
    law, logs = stats.poisson.pmf(n, mean), np.log(np.maximum(n, 1))
    wanted = [law @ (n * logs**k) - mean * np.log(mean) ** k for k in (1, 2)]
    found = intervals._poisson_biases(np.array([mean]))
    assert [float(part[0]) for part in found] == pytest.approx(wanted, rel=2e-3, abs=1e-9)


def table_cells(counts, expected, copies=None):
    copies = np.ones(len(counts)) if copies is None else copies.astype(float)
    return intervals.TableCells(counts.astype(float), expected, copies)


def test_a_mixing_law_finds_the_ratios_that_counts_were_drawn_with():
    rng = np.random.default_rng(0)
    expected = np.full(3000, 20.0)
    ratio = np.where(rng.random(3000) < 0.3, 3.0, 0.4)
    cells = table_cells(rng.poisson(expected * ratio), expected)
    ratios = intervals._ratios(float(np.log(cells.counts.max() / 20.0)))
    law = intervals._mixing_law(cells, ratios)
    assert law.sum() == pytest.approx(1.0)
    high = ratios > 1.5
    assert law[high].sum() == pytest.approx((ratio == 3.0).mean(), abs=0.005)
    assert law[high] @ ratios[high] / law[high].sum() == pytest.approx(3.0, rel=0.03)
    assert law @ ratios == pytest.approx(cells.counts.sum() / expected.sum(), rel=0.01)


def test_nodes_hold_0_and_1_and_reach_beyond_the_largest_ratio():
    for largest in (0.0, 1.0, 4.0):
        ratios = intervals._ratios(largest)
        assert ratios[0] == 0.0
        assert 1.0 in ratios
        assert (np.diff(ratios) > 0.0).all()
        assert ratios[-1] == pytest.approx(1.2 * max(3.0, np.exp(largest)))


def test_copies_of_a_cell_are_as_many_cells():
    rng = np.random.default_rng(1)
    expected = rng.uniform(0.5, 9.0, 40)
    counts, copies = rng.poisson(expected), rng.integers(1, 4, 40)
    cells = table_cells(counts, expected, copies)
    repeated = table_cells(np.repeat(counts, copies), np.repeat(expected, copies))
    ratios = intervals._ratios(1.0)
    one, many = (intervals._mixing_law(of, ratios) for of in (cells, repeated))
    np.testing.assert_allclose(one, many, atol=1e-12)
    sums = intervals._bias_sums(cells, ratios, one)
    of_all = intervals._bias_sums(repeated, ratios, many)
    assert cells.rows_in_nearly_empty == repeated.rows_in_nearly_empty
    assert sums == pytest.approx(of_all)


def test_bundles_hold_the_rows_of_their_cells():
    rng = np.random.default_rng(2)
    expected = np.exp(rng.normal(size=5000))
    cells = table_cells(rng.poisson(expected), expected)
    bundled = intervals._bundles(cells)
    copies = bundled.copies
    assert copies.sum() == 5000
    assert bundled.counts.size < 2048
    assert bundled.counts @ copies == pytest.approx(cells.counts.sum())
    assert bundled.expected @ copies == pytest.approx(expected.sum())
    few = table_cells(cells.counts[:2048], expected[:2048])
    assert intervals._bundles(few) is few


def test_cells_that_hold_less_than_a_quarter_are_nearly_empty():
    cells = table_cells(np.array([0, 1, 1, 2]), np.array([1.0, 4.0, 4.01, 9.0]))
    assert cells.nearly_empty.tolist() == [True, False, True, True]
    assert cells.rows_in_nearly_empty == 3.0


@pytest.mark.parametrize(
    ("expected", "n_groups"),
    [
        (np.full(150, 2.0), 1),
        (np.full(400, 2.0), 1),  # even margins
        (np.geomspace(0.1, 10.0, 110), 1),  # too few cells for two laws
        (np.geomspace(0.1, 10.0, 150), 2),
        (np.geomspace(0.1, 10.0, 400), 4),
        (np.geomspace(0.1, 10.0, 5000), 8),
        (np.array([20.0] * 12 + [1.0] * 70), 2),  # a frequent label
        (np.array([20.0] * 9 + [1.0] * 70), 1),
        (np.array([20.0] * 12 + [1.0] * 50), 1),
    ],
)
def test_cells_have_laws_of_their_own_where_margins_are_uneven(expected, n_groups):
    groups = intervals._groups(table_cells(np.zeros(expected.size), expected))
    assert np.unique(groups).tolist() == list(range(n_groups))
    # rarer cells are never in a later group
    order = np.argsort(expected, kind="stable")
    assert (np.diff(groups[order]) >= 0).all()


def test_many_levels_without_a_row_a_cell_withhold():
    """Of tables with .07 to .4 of such levels .48 to 1 of intervals covered."""
    rng = np.random.default_rng(5)
    rows_of_levels = np.concatenate([np.full(160, 1), np.full(1040, 10)])
    x = np.repeat(np.arange(1200), rows_of_levels)
    y = rng.integers(2, size=x.size)
    with pytest.warns(WithheldWarning, match=r"0\.13 of the levels .* have few rows.*merge"):
        found = estimate_mutual_information(x, y)
    assert np.isnan(found.interval()).all()
    assert 0.0 < found.p_value < 1.0

    # Fewer of them, or fewer cells, are as they were.
    for some in (x >= 140, (x < 80) | (x >= 1100)):
        assert np.isfinite(estimate_mutual_information(x[some], y[some]).interval()).all()

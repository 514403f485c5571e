"""Weights that depend on the labels: the test of independence and the interval hold."""

import warnings

import numpy as np
import pytest

from infotheory._codes import Codes
from infotheory.estimation import (
    estimate_conditional_mutual_information,
    estimate_mutual_information,
    pairwise_mutual_information,
)
from infotheory.estimation.discrete import _strata
from infotheory.exceptions import WithheldWarning


def half_and_rare(n_levels):
    """Shares of labels of which the first has half of the rows."""
    return np.r_[0.5, np.full(n_levels - 1, 0.5 / (n_levels - 1))]


def drawn(rng, shares, weights, n_rows):
    """Rows of two labels and their weight, whose weighted shares are the ones given."""
    rows = shares / weights
    cells = rng.choice(rows.size, size=n_rows, p=(rows / rows.sum()).ravel())
    x, y = np.unravel_index(cells, rows.shape)
    return x, y, weights[x, y]


def cells_of(x, y, weights):
    codes = [Codes(labels, int(labels.max()) + 1) for labels in (x, y)]
    strata = _strata.count_strata(*codes, None, weights)
    return strata, strata.weighted_cells()


def test_equal_squares_give_the_chi_square_law():
    """Where squared weights are shared out as weights are, mean and half variance are df."""
    x, y = (labels.ravel() for labels in np.indices((3, 4)))
    x, y = np.tile(x, 20), np.tile(y, 20)
    _, cells = cells_of(x, y, np.repeat([1.0, 3.0], 120))
    assert cells._moments_of_margins() == pytest.approx((6.0, 6.0))
    assert cells._bias() == pytest.approx(6.0)


def test_moments_of_margins_are_those_of_the_covariances():
    """The covariances of ``p_xy - p_x p_y`` are products of those of both margins."""
    rng = np.random.default_rng(0)
    x, y, weights = drawn(rng, np.outer(half_and_rare(3), half_and_rare(4)), np.ones((3, 4)), 200)
    weights = weights * np.array([1.0, 3.0, 5.0])[x] * rng.uniform(1.0, 2.0, size=200)
    _, cells = cells_of(x, y, weights)

    traces = []
    for labels in (x, y):
        p, q = (np.bincount(labels, w) / w.sum() for w in (weights, weights**2))
        covariance = np.diag(q) - np.outer(q, p) - np.outer(p, q) + np.outer(p, p)
        scaled = covariance / np.sqrt(np.outer(p, p))
        traces.append((np.trace(scaled), np.trace(scaled @ scaled)))
    expected = np.prod(traces, axis=0)
    assert cells._moments_of_margins() == pytest.approx(tuple(expected))


def test_strata_that_are_alike_have_the_law_of_one():
    """Twice the same table in two strata: half of the weight each, degrees of freedom twice."""
    rng = np.random.default_rng(1)
    x, y = rng.integers(3, size=(2, 300))
    weights = np.array([1.0, 2.0, 4.0])[y]
    single = cells_of(x, y, weights)[1]
    double = _strata.count_strata(
        *(Codes(np.tile(labels, 2), 3) for labels in (x, y)),
        Codes(np.repeat([0, 1], 300), 2),
        np.tile(weights, 2),
    ).weighted_cells()
    assert double.degrees_of_freedom == 2 * single.degrees_of_freedom
    assert double.least_effective_rows == pytest.approx(single.least_effective_rows)
    assert double._bias() == pytest.approx(2.0 * single._bias())
    for part, whole in zip(single._moments_of_margins(), double._moments_of_margins(), strict=True):
        assert whole == pytest.approx(2.0 * part)


def test_the_variables_may_change_places():
    rng = np.random.default_rng(2)
    x, y = rng.integers(4, size=(2, 60))
    weights = np.array([1.0, 1.0, 5.0, 9.0])[y]
    with pytest.warns(WithheldWarning):
        first, second = (
            estimate_mutual_information(*pair, sample_weight=weights) for pair in ((x, y), (y, x))
        )
    assert first.p_value == pytest.approx(second.p_value, rel=1e-9)


def test_weights_of_cells_that_are_no_products_have_no_test_in_sparse_tables():
    rng = np.random.default_rng(3)
    weights = np.array([[1.0, 8.0, 1.0], [8.0, 1.0, 1.0], [1.0, 1.0, 8.0]])
    x, y, w = drawn(rng, np.full((3, 3), 1.0 / 9.0), weights, 120)
    with pytest.warns(WithheldWarning, match="no products of weights of the labels"):
        estimate = estimate_mutual_information(x, y, sample_weight=w)
    assert estimate.p_value is None
    assert estimate.interval()[0] == 0.0
    pairs = pairwise_mutual_information(np.column_stack([x, y]), sample_weight=w)
    assert np.isnan(pairs.p_values[0, 1])

    # Many rows in every cell need no such rule.
    x, y, w = drawn(rng, np.full((3, 3), 1.0 / 9.0), weights, 3000)
    assert estimate_mutual_information(x, y, sample_weight=w).p_value is not None


def test_rows_without_weight_are_none():
    rng = np.random.default_rng(4)
    x, y = rng.integers(3, size=(2, 90))
    weights = rng.uniform(1.0, 2.0, size=90)
    plain = estimate_mutual_information(x, y, sample_weight=weights)
    more = estimate_mutual_information(
        np.r_[x, [7, 8]], np.r_[y, [0, 9]], sample_weight=np.r_[weights, 0.0, 0.0]
    )
    assert more.p_value == pytest.approx(plain.p_value, rel=1e-12)
    assert more.interval() == pytest.approx(plain.interval())


@pytest.mark.parametrize("weight", [1.0, 3.0])
def test_rows_of_one_weight_among_rows_without_are_rows_without_weights(weight):
    rng = np.random.default_rng(6)
    x, y, z = rng.integers(3, size=(3, 200))
    y = np.where(rng.random(200) < 0.5, x, y)
    held = rng.random(200) < 0.75
    # Some labels occur only where nothing weighs.
    x[~held] += 3
    weights = np.where(held, weight, 0.0)

    for estimate in (
        lambda rows, w: estimate_mutual_information(x[rows], y[rows], sample_weight=w),
        lambda rows, w: estimate_conditional_mutual_information(
            x[rows], y[rows], z[rows], sample_weight=w
        ),
    ):
        plain, more = estimate(held, None), estimate(slice(None), weights)
        assert more.value == pytest.approx(plain.value, rel=1e-12)
        assert more.standard_error == pytest.approx(plain.standard_error, rel=1e-12)
        assert more.p_value == pytest.approx(plain.p_value, rel=1e-12)
        assert more.interval() == pytest.approx(plain.interval(), rel=1e-9)

    columns = np.column_stack([x, y, z])
    pairs = pairwise_mutual_information(columns, sample_weight=weights)
    expected = pairwise_mutual_information(columns[held])
    np.testing.assert_allclose(pairs.p_values, expected.p_values, rtol=1e-9)
    np.testing.assert_allclose(pairs.standard_errors, expected.standard_errors, rtol=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize("heavy", [1.0 / 8.0, 8.0], ids=["half weighs less", "half weighs more"])
def test_independent_labels_with_weights_by_label_are_rarely_rejected(heavy):
    """Kish's size alone rejected .93 of the first; here 3 standard errors above .05 at most."""
    rng = np.random.default_rng(5)
    shares, weights = np.outer(np.full(8, 1.0 / 8.0), half_and_rare(8)), np.ones((8, 8))
    weights[:, 0] = heavy
    p_values = []
    for _ in range(150):
        x, y, w = drawn(rng, shares, weights, 640)
        strata, _ = cells_of(x, y, w)
        p_values.append(_strata.independence_p_value(strata, strata.information()[0]))
    assert None not in p_values
    assert np.mean(np.array(p_values) < 0.05) <= 0.05 + 3.0 * np.sqrt(0.05 * 0.95 / 150)


@pytest.mark.slow
def test_intervals_hold_where_weights_depend_on_the_label():
    """With Kish's size alone .17 to .85 of them did."""
    rng = np.random.default_rng(6)
    rare = half_and_rare(6)
    independent = np.outer(np.full(6, 1.0 / 6.0), rare)
    dependent = 0.6 * independent + 0.4 * np.diag(rare)
    weights = np.ones((6, 6))
    weights[:, 0] = 1.0 / 8.0
    for shares in (independent, dependent):
        product = np.outer(shares.sum(axis=1), shares.sum(axis=0))
        truth = float((shares * np.log(shares / product)).sum())
        held = 0
        for _ in range(150):
            x, y, w = drawn(rng, shares, weights, 1500)
            low, high = estimate_mutual_information(x, y, sample_weight=w).interval()
            held += low <= truth + 1e-12 <= high
        assert held / 150 >= 0.95 - 3.0 * np.sqrt(0.05 * 0.95 / 150)


@pytest.mark.slow
def test_strata_with_weights_by_label_are_rarely_rejected():
    rng = np.random.default_rng(7)
    rejected = told = 0
    for _ in range(150):
        z = rng.integers(3, size=360)
        x, y = rng.choice(3, p=half_and_rare(3), size=(2, 360))
        weights = np.where(y == 0, 0.125, 1.0) * (1.0 + z)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", WithheldWarning)
            p_value = estimate_conditional_mutual_information(
                x, y, z, sample_weight=weights
            ).p_value
        if p_value is not None:
            told += 1
            rejected += p_value < 0.05
    assert told >= 0.9 * 150
    assert rejected / told <= 0.05 + 3.0 * np.sqrt(0.05 * 0.95 / 150)


def test_rare_labels_do_not_hide_a_strong_dependence():
    """Weights that nearly are none: p was .2 for .58 nats of 2000 rows, and 0 without weights."""
    rng = np.random.default_rng(0)
    shares = 0.6 ** np.arange(12)
    ends = np.cumsum(shares / shares.sum())[:-1]
    x = rng.random(2000)
    y = np.where(rng.random(2000) < 0.6, x, rng.random(2000))
    x, y = np.searchsorted(ends, x), np.searchsorted(ends, y)

    with pytest.warns(WithheldWarning, match="effective rows"):
        nearly = estimate_mutual_information(x, y, sample_weight=np.where(x == 0, 1.001, 1.0))
    assert estimate_mutual_information(x, y).p_value < 1e-20
    assert nearly.p_value < 1e-20


def test_tables_of_very_many_cells_have_no_test():
    """Squared weights alone rejected .90 of independent labels of 100 x 100 at two rows a cell."""
    rng = np.random.default_rng(1)
    x, y = rng.integers(0, 140, (2, 40_000))
    with pytest.warns(WithheldWarning, match="effective"):
        estimate = estimate_mutual_information(x, y, sample_weight=np.where(x == 0, 1.001, 1.0))
    assert estimate.p_value is None


@pytest.mark.slow
def test_many_cells_of_independent_labels_are_rarely_rejected():
    """First-order laws rejected .35 of them, whose cells hold three rows."""
    p_values = []
    for seed in range(25):
        x, y = np.random.default_rng(seed).integers(0, 70, (2, 15_000))
        weights = np.where(x == 0, 1.001, 1.0)
        strata, cells = cells_of(x, y, weights)
        p_values.append(cells.p_value(2.0 * strata.total * strata.information()[0]))
    assert np.mean(np.array(p_values) < 0.05) <= 0.16


def geometric(n_levels, ratio):
    shares = ratio ** np.arange(n_levels)
    return shares / shares.sum()


def test_pairs_draw_no_tables_where_the_margins_are_enough(monkeypatch):
    """A few cells of 3 rows among 5000, or nothing to be seen: tables took most of the time."""
    rng = np.random.default_rng(8)
    x, y = rng.choice(6, p=geometric(6, 0.6), size=(2, 10_000))
    weights = rng.lognormal(0.0, 0.5, size=x.size)
    _, cells = cells_of(x, y, weights)
    assert cells.least_effective_rows < 10.0
    moments = cells._moments_of_margins()
    assert cells._mean_excess() <= 0.02 * np.sqrt(2.0 * moments[1])

    rare = rng.choice(6, p=geometric(6, 0.4), size=(2, 6000))
    _, sparse = cells_of(*rare, weights[:6000])
    mean, spread = sparse._moments_of_margins()
    assert sparse.least_effective_rows < 1.0
    assert 0.02 < sparse._mean_excess() / np.sqrt(2.0 * spread) < 0.5

    drawn = []

    def draw(self, statistic):
        drawn.append(statistic)
        return 0.01

    monkeypatch.setattr(type(cells), "_drawn_p_value", draw)
    assert 0.0 < cells.p_value(60.0) < 1.0
    assert sparse.p_value(mean) > 0.2
    assert drawn == []
    assert sparse.p_value(mean + 4.0 * np.sqrt(2.0 * spread)) == 0.01
    assert len(drawn) == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("n_x", "n_y", "ratio", "n_rows"), [(3, 8, 0.75, 1500), (8, 8, 0.75, 6000), (12, 12, 0.8, 9000)]
)
def test_laws_of_the_margins_are_rarely_rejected(n_x, n_y, ratio, n_rows):
    """Weights by label, by row and both: no tables are drawn for most of them."""
    rng = np.random.default_rng(9)
    by_label = rng.lognormal(0.0, 1.0, size=n_x)
    p_values = []
    for k in range(240):
        x = rng.choice(n_x, p=geometric(n_x, ratio), size=n_rows)
        y = rng.choice(n_y, p=geometric(n_y, ratio), size=n_rows)
        weights = by_label[x] if k % 3 else np.ones(n_rows)
        if k % 3 != 1:
            weights = weights * np.where(rng.random(n_rows) < 0.5, 1.0, 0.01)
        strata, cells = cells_of(x, y, weights)
        p_values.append(cells.p_value(2.0 * strata.total * strata.information()[0]))
    told = np.array([p for p in p_values if p is not None])
    assert told.size >= 0.9 * len(p_values)
    print(f"{n_x} x {n_y}: {(told < 0.05).mean():.3f} of {told.size}")
    assert (told < 0.05).mean() <= 0.055 + 2.5 * np.sqrt(0.05 * 0.95 / told.size)

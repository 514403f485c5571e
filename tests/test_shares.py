"""Shares of rows with sampling weights."""

import numpy as np
import pytest
from scipy import special, stats

from infotheory._shares import ShareLaw, rows_worth, share_estimate, share_intervals
from infotheory.laws import JeffreysLaw, jeffreys_bounds


def test_shares_of_equal_and_of_weighted_rows():
    flags = np.repeat([1.0, 0.0], [3, 37])
    plain = share_estimate(flags, np.ones(40), np.ones(40))
    assert plain.interval() == pytest.approx(JeffreysLaw(40).interval(3 / 40, 0.0, 0.95))
    t = stats.t.ppf(0.975, 11) / stats.norm.ppf(0.975)
    shrunk = ShareLaw(40.0, 11.0).interval(0.075, 0.0, 0.95)
    assert shrunk == pytest.approx(JeffreysLaw(40 / t**2).interval(0.075, 0.0, 0.95))


def test_cells_say_what_rows_say():
    rng = np.random.default_rng(0)
    flags, w = (rng.random(60) < 0.2) * 1.0, rng.lognormal(size=60)
    sums = [np.array([[x[flags == 0].sum(), x[flags == 1].sum()]]) for x in (w, w * w)]
    low, high = share_intervals(*sums, 0.9)
    of_rows = share_estimate(flags, w, w * w).interval(0.9)
    assert (low[0, 1], high[0, 1]) == pytest.approx(of_rows, rel=1e-12)


def test_one_weight_is_no_weight_in_all_bins_and_in_one():
    counts = np.array([[30.0, 10.0], [20.0, 20.0], [5.0, 0.0], [0.0, 0.0]])
    plain = rows_worth(counts, counts, 0.95)
    assert plain[:, 0].tolist() == [40.0, 40.0, 5.0, 0.0]
    np.testing.assert_allclose(rows_worth(7.0 * counts, 49.0 * counts, 0.95), plain)

    # a bin of rows of weight 7 beside bins of rows of weight 1
    factor = np.array([[7.0], [1.0], [1.0], [1.0]])
    mixed = rows_worth(factor * counts, factor**2 * counts, 0.95)
    np.testing.assert_allclose(mixed[:2], plain[:2])
    assert 0.0 < mixed[2, 0] < 5.0  # one class only: its rows may differ in weight
    low, high = share_intervals(counts, counts, 0.95)
    shares, sizes = counts[:3] / plain[:3], plain[:3]
    np.testing.assert_array_equal(high[:3], jeffreys_bounds(shares, sizes, 0.95)[1])
    assert np.isnan(low[3]).all()


def drawn(rng, weights, shape):
    """Weights of rows, and the factor of their rate."""
    if weights == "lognormal":
        return rng.lognormal(0.0, 1.2, shape), 1.0
    if weights == "gamma":
        return rng.gamma(0.3, 1.0, shape) + 1e-9, 1.0
    if weights == "fading":
        return np.exp(-3.0 * rng.random(shape)), 1.0
    segment = rng.random(shape) < 0.1
    return np.where(segment, 10.0, 1.0), np.where(segment, 2.0 if weights == "riskier" else 0.5, 1)


@pytest.mark.slow
@pytest.mark.parametrize("weights", ["lognormal", "gamma", "fading", "riskier", "safer"])
@pytest.mark.parametrize(("n", "rate"), [(60, 0.08), (150, 0.03), (1000, 0.02), (80, 0.4)])
def test_coverage_with_weights(weights, n, rate):
    rng, draws = np.random.default_rng(n), 2000
    w, factor = drawn(rng, weights, (draws, n))
    y = rng.random((draws, n)) < rate * factor
    cells, squares = (
        np.stack([(x * ~y).sum(axis=1), (x * y).sum(axis=1)], axis=1) for x in (w, w * w)
    )
    w, factor = drawn(rng, weights, (400, 5000))
    truth = float(np.sum(w * rate * factor) / np.sum(w))
    low, high = share_intervals(cells, squares, 0.95)
    covered = np.mean((low[:, 1] <= truth) & (truth <= high[:, 1]))
    print(f"{weights}, {n} rows, rate {truth:.3f}: covers {covered:.3f}")
    assert covered >= 0.95 - 3.0 * np.sqrt(0.95 * 0.05 / draws)
    # and says something: no wider than Clopper and Pearson's at a third of the rows of Kish
    kish = cells.sum(axis=1) ** 2 / squares.sum(axis=1)
    share = cells[:, 1] / cells.sum(axis=1)
    widest = special.betaincinv(share * kish / 3 + 1.0, (1.0 - share) * kish / 3, 0.975)
    assert np.mean(high[:, 1] <= widest) >= 0.9

"""Rates and blocks that few steps carry: their intervals and errors, by hand and by simulation."""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from infotheory.estimation import block_entropies, estimate_entropy_rate
from infotheory.estimation.series.memory.rate_laws import RateLaw, freedom_of_variance
from infotheory.exceptions import WithheldWarning
from tests.estimation.series.processes import autoregressive
from tests.studies import Study


def test_the_upper_end_of_labels_is_that_of_a_factor():
    reach = float(stats.t.ppf(0.975, 12)) * 0.1
    low, high = RateLaw(0.4, 12.0, labels=True).interval(np.nan, 0.1, 0.95)
    assert (low, high) == pytest.approx((0.4 - reach, 0.4 * math.exp(reach / 0.4)))
    assert RateLaw(0.1, 12.0, labels=True).interval(np.nan, 0.1, 0.95)[0] == 0.0
    # Differential entropies may be negative: the factor is that of their variance.
    ends = RateLaw(-0.4, 12.0, labels=False).interval(np.nan, 0.1, 0.95)
    assert ends == pytest.approx((-0.4 - reach, -0.4 + reach * math.exp(reach)))
    # Two columns in bits are two logarithms of a variance.
    law = RateLaw(-0.4, 12.0, labels=False, nat=2.0 / math.log(2.0))
    high = -0.4 + reach * math.exp(reach * math.log(2.0) / 2.0)
    assert law.interval(np.nan, 0.1, 0.95)[1] == pytest.approx(high)
    assert np.isfinite(RateLaw(1e-300, 2.0, labels=True).interval(np.nan, 1.0, 0.95)).all()


def test_no_rate_of_labels_is_more_than_that_of_even_ones():
    law = RateLaw(0.7, 12.0, labels=True, upper=math.log(2.0))
    reach = stats.t.ppf(0.975, 12) * np.array([0.01, 0.001])
    assert law.interval(np.nan, 0.01, 0.95) == pytest.approx((0.7 - reach[0], law.upper))
    # All of it lies beyond.
    assert law.interval(np.nan, 0.001, 0.95) == pytest.approx((law.upper - reach[1], law.upper))
    assert RateLaw(0.4, 12.0, labels=True, upper=1.0).interval(0.0, 0.01, 0.95)[1] < 0.5
    # Coins of 100 steps: before up to .7046 and 1.02 bits.
    for seed in range(20):
        x = np.random.default_rng(seed).integers(0, 2, 100)
        for method in ("plugin", "miller_madow"):
            low, high = estimate_entropy_rate(x, method=method).interval()
            assert 0.6 < low < high <= math.log(2.0)
            assert estimate_entropy_rate(x, method=method, base=2).interval(0.999)[1] <= 1.0


def test_the_freedom_of_a_variance_is_that_of_its_kurtosis():
    # One large value of n has the kurtosis (n - 1) + 1 / (n - 1) - 1.
    n = 100
    kurtosis = ((n - 1) ** 3 + 1) / (n * (n - 1))
    terms = np.r_[1.0, np.zeros(n - 1)]
    assert freedom_of_variance(terms, 0.5) == pytest.approx(max(2.0, 2 * n / (kurtosis - 1)))
    ten = np.r_[np.ones(10), np.zeros(90)]
    kurtosis = (0.1 * 0.9**4 + 0.9 * 0.1**4) / 0.09**2
    assert freedom_of_variance(ten, 2.0) == pytest.approx(100 / (kurtosis - 1))
    assert freedom_of_variance(np.ones(9), 1.0) == freedom_of_variance(np.r_[1, 0.0], 1) == math.inf


def test_the_interval_of_a_gaussian_rate_stands_around_the_value_without_bias():
    """Residuals of n steps less a mean and two lags: the logarithm of a chi-square."""
    x = np.random.default_rng(0).normal(size=42)
    rate = estimate_entropy_rate(x, method="gaussian", history=2)
    draws = np.log(stats.chi2.rvs(37, size=200_000, random_state=1) / 40) / 2
    low, high = rate.interval()
    reach = rate.value - draws.mean() - low
    assert high - low == pytest.approx(reach * (1.0 + math.exp(reach)), abs=4e-3)
    in_bits = estimate_entropy_rate(x, method="gaussian", history=2, base=2)
    assert np.array(in_bits.interval()) * math.log(2) == pytest.approx((low, high))


def test_cells_that_were_not_seen_may_add_to_a_rate():
    law = RateLaw(0.4, 12.0, labels=True, upper=1.0)
    wider = RateLaw(0.4, 12.0, labels=True, upper=1.0, unseen=1.2)
    low, high = law.interval(np.nan, 0.05, 0.95)
    assert wider.interval(np.nan, 0.05, 0.95) == pytest.approx((low, 1.2 * high))

    # Cells that were seen twice and more tell of no others.
    x = np.tile([0, 0, 1, 1, 0, 1], 40)
    assert estimate_entropy_rate(x).law.unseen == 1.0
    few = chain(stays(0.95, 6), 600, np.random.default_rng(7))[0]
    assert 1.02 < estimate_entropy_rate(few).law.unseen < 1.5


def test_many_steps_that_are_alone_add_their_surprise_to_the_upper_end():
    law = RateLaw(0.4, 12.0, labels=True)
    low, high = law.interval(np.nan, 0.05, 0.95)
    wider = replace(law, beyond=0.1)
    assert wider.interval(np.nan, 0.05, 0.95) == pytest.approx((low, high + 0.1))

    # Labels that come once, after two that come often.
    for n_once, share in ((20, 20 / 319), (9, 9 / 308), (3, 3 / 302)):
        x = np.array([*np.tile([0, 0, 1, 1, 0, 1], 50), *range(2, 2 + n_once)])
        wanted = -0.5 * share * np.log(share) if share > 0.03 else 0.0
        assert estimate_entropy_rate(x).law.beyond == pytest.approx(wanted)
        assert estimate_entropy_rate(x, base=2).law.beyond == pytest.approx(wanted / np.log(2))
    few = [0, 1] * 10 + [2, 3, 4]
    assert estimate_entropy_rate(few).law.beyond == 0.0


def chain(law, n_steps, rng):
    """Steps of a chain from its stationary law, and the entropies of 1, 2 and 3 of them."""
    law = np.asarray(law)
    start = np.linalg.matrix_power(law, 4096)[0]
    sums, draws = law.cumsum(axis=1), rng.random(n_steps)
    x = [int(np.searchsorted(start.cumsum(), draws[0]))]
    for draw in draws[1:]:
        x.append(int(np.searchsorted(sums[x[-1]], draw)))
    rate = float(start @ stats.entropy(law, axis=1))
    return np.array(x), rate, float(stats.entropy(start)) + rate * np.arange(3)


def stays(share, n):
    law = np.full((n, n), (1 - share) / (n - 1))
    np.fill_diagonal(law, share)
    return law


RARE = [[0.98, 0.02], [0.3, 0.7]]
RING = [[0.05, 0.9, 0.05], [0.05, 0.05, 0.9], [0.9, 0.05, 0.05]]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::infotheory.exceptions.WithheldWarning")
@pytest.mark.parametrize(
    ("law", "n_steps", "least"),
    [
        (RARE, 200, 0.9),
        (RING, 100, 0.85),
        (stays(0.95, 2), 100, 0.9),
        (stays(0.9, 4), 300, 0.9),
        (stays(0.95, 6), 600, 0.9),
        (stays(0.9, 6), 300, 0.9),
    ],
)
def test_rates_that_few_steps_carry(law, n_steps, least):
    """Before .88 of the rare state, .84 of the ring, .91 of the half shown of six labels.

    Of six that stay with .9, .15 were shown and .89 of these covered.
    """
    rng, study = np.random.default_rng(2), Study(300, shown=(least, 1.0), covers=(0.92, 1.0))
    for _ in study:
        x, rate, _ = chain(law, n_steps, rng)
        if np.unique(x).size > 1:
            low, high = estimate_entropy_rate(x).interval()
            study.note(shown=not np.isnan(low))
            if not np.isnan(low):
                study.note(covers=low <= rate <= high)
    study.check(f"{n_steps} steps")


@pytest.mark.slow
def test_gaussian_rates_of_short_series():
    """Before .94 of 150 steps, .88 of 60 and .87 of 30."""
    truth = np.log(2 * np.pi * np.e) / 2
    for memory, n_steps in ((0.9, 150), (0.5, 60), (0.0, 30)):
        rng, study = np.random.default_rng(3), Study(300, covers=(0.91, 0.99))
        for _ in study:
            x = autoregressive([memory], n_steps, rng)
            low, high = estimate_entropy_rate(x, method="gaussian").interval()
            study.note(covers=low <= truth <= high)
        study.check(f"{n_steps} steps of memory {memory}")


@pytest.mark.slow
@pytest.mark.parametrize(("freedom", "n_steps"), [(5, 100), (4, 300)])
def test_gaussian_rates_of_heavy_tails(freedom, n_steps):
    """Before .925 of both."""
    variance, hits = freedom / (freedom - 2), 0
    truth, rng = np.log(2 * np.pi * np.e * variance) / 2, np.random.default_rng(8)
    for _ in range(500):
        x = rng.standard_t(freedom, n_steps)
        low, high = estimate_entropy_rate(x, method="gaussian").interval()
        hits += low <= truth <= high
    assert hits / 500 > 0.93


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::infotheory.exceptions.WithheldWarning")
@pytest.mark.parametrize("method", ["plugin", "miller_madow"])
def test_errors_of_blocks_hold(method):
    """By plus and minus 1.96 errors; before .80 to .92."""
    for law, n_steps in ((stays(0.95, 4), 500), (RARE, 200), (stays(0.9, 4), 200), (RING, 200)):
        rng, covers = np.random.default_rng(4), []
        for _ in range(120):
            x, _, truth = chain(law, n_steps, rng)
            if np.unique(x).size > 1:
                blocks = block_entropies(x, 3, method=method)
                z = np.abs(blocks.values - truth) / blocks.standard_errors
                covers.append(np.where(np.isnan(z), np.nan, z < 1.96))
        covers = np.array(covers)
        assert np.isfinite(covers[:, :2]).mean() > 0.9
        assert (np.nanmean(covers, axis=0) > 0.88).all()
        assert np.nanmean(covers) > 0.91


def test_the_bias_of_plugin_blocks_is_in_their_error():
    """Blocks of three even letters of four: .11 too small, which was five of their errors."""
    x = np.random.default_rng(5).integers(0, 4, 300)
    blocks = block_entropies(x, 3)
    assert abs(blocks.values[2] - 3 * np.log(4)) < 1.96 * blocks.standard_errors[2]


def test_the_error_is_withheld_where_many_blocks_were_seen_once():
    x = np.random.default_rng(6).integers(0, 6, 300)
    with pytest.warns(WithheldWarning, match=r"blocks of length 3 were seen once.*2 of 4") as told:
        blocks = block_entropies(x, 4)
    assert [one.filename for one in told] == [__file__]
    assert np.isnan(blocks.standard_errors).tolist() == [False, False, True, True]

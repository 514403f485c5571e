"""Moments of divergences of counts against those of many drawn tables, whole and count by count."""

import numpy as np
import pytest
from scipy import special, stats

from infotheory.evidence.count_moments import (
    _joint_probabilities,
    moments_by_count,
    moments_of_counts,
)


@pytest.mark.parametrize(
    ("n", "m", "k", "tilt"), [(400, 30, 12, 0.0), (300, 60, 8, 1.5), (90, 70, 20, 1.0)]
)
def test_moments_are_those_of_many_tables(n, m, k, tilt):
    """Of second order in the totals; with a dozen rows in two bins the spread is too large."""
    rng, p = np.random.default_rng(k), 0.8 ** np.arange(k)
    p /= p.sum()
    q = p * np.exp(tilt * np.linspace(-1, 1, k))
    q /= q.sum()
    halves = n / (2.0 * m), 0.5
    shares = [
        (rows + half) / (size + k * half)
        for rows, half, size in (
            (rng.multinomial(n, p, 100_000), halves[0], n),
            (rng.multinomial(m, q, 100_000), halves[1], m),
        )
    ]
    middle = 0.5 * (shares[0] + shares[1])
    statistics = (
        np.sum((shares[0] - shares[1]) * np.log(shares[0] / shares[1]), axis=1),
        0.5 * sum(np.sum(share * np.log(share / middle), axis=1) for share in shares),
    )
    laws = np.array([p]), np.array([q])
    for bounded, statistic in enumerate(statistics):
        mean, variance, third = moments_of_counts(*laws, (n, m), halves, bounded=bool(bounded))[0]
        assert mean == pytest.approx(statistic.mean(), rel=0.01)
        assert np.sqrt(variance) == pytest.approx(statistic.std(), rel=0.08)
        assert np.cbrt(third) == pytest.approx(
            np.cbrt(np.mean((statistic - statistic.mean()) ** 3)), rel=0.15
        )


def spiked(k, spike):
    """Return even shares, and those of which one bin has so much."""
    return np.full(k, 1.0 / k), np.append(np.full(k - 1, (1.0 - spike) / (k - 1)), spike)


def drawn(rng, p, q, n, m, size):
    """Return the counts of the last bin in the first sample, and the statistics."""
    halves = n / (2.0 * min(n, m)), m / (2.0 * min(n, m))
    first, second = rng.multinomial(n, p, size), rng.multinomial(m, q, size)
    shares = [
        (rows + half) / (rows.sum(axis=1, keepdims=True) + half * p.size)
        for rows, half in ((first, halves[0]), (second, halves[1]))
    ]
    statistics = np.sum((shares[0] - shares[1]) * np.log(shares[0] / shares[1]), axis=1)
    return halves, first[:, -1], statistics


@pytest.mark.parametrize(
    ("k", "spike", "n", "m"), [(15, 0.9, 30, 600), (8, 0.95, 20, 300), (12, 0.6, 40, 40)]
)
def test_moments_given_a_count_are_those_of_tables_with_it(k, spike, n, m):
    p, q = spiked(k, spike)
    halves, counts, statistics = drawn(np.random.default_rng(k), p, q, n, m, 60_000)
    laws = p[None], q[None]
    probabilities, moments = moments_by_count(*laws, (n, m), halves, [k - 1], bounded=False)
    assert probabilities.sum() == pytest.approx(1.0, abs=1e-6)
    for count in range(4):
        seen = statistics[counts == count]
        mean, variance, third = moments[0, count]
        assert probabilities[0, count] == pytest.approx(np.mean(counts == count), abs=0.01)
        assert mean == pytest.approx(seen.mean(), rel=0.01)
        assert np.sqrt(variance) == pytest.approx(seen.std(), rel=0.2)
        assert np.cbrt(third) == pytest.approx(
            np.cbrt(np.mean((seen - seen.mean()) ** 3)), abs=0.35 * seen.std()
        )

    # which sample is called the first makes no difference
    swapped = moments_by_count(*laws[::-1], (m, n), halves[::-1], [k - 1], bounded=False)
    assert np.array_equal(swapped[0], probabilities)
    assert np.array_equal(swapped[1], moments)


@pytest.mark.parametrize("bounded", [False, True])
def test_counts_of_a_bin_add_up_to_all_tables(bounded):
    """Mean and variance over the counts are those of all tables."""
    p, q = spiked(10, 0.7)
    laws, sizes, halves = (p[None], q[None]), (40, 400), (0.5, 5.0)
    probabilities, moments = moments_by_count(*laws, sizes, halves, [9], bounded=bounded)
    means, variances = moments[0, :, 0], moments[0, :, 1]
    mean = probabilities[0] @ means
    variance = probabilities[0] @ (variances + (means - mean) ** 2)
    whole = moments_of_counts(*laws, sizes, halves, bounded=bounded)[0]
    assert mean == pytest.approx(whole[0], rel=2e-3)
    assert variance == pytest.approx(whole[1], rel=0.03)


def test_counts_of_many_rows_are_not_told():
    p, q = spiked(5, 0.5)
    probabilities, moments = moments_by_count(
        p[None], q[None], (300, 400), (0.5, 0.7), [4], bounded=False
    )
    assert not probabilities.any()
    assert not moments.any()


@pytest.mark.parametrize("bounded", [False, True])
def test_counts_of_two_bins_add_up_to_those_of_one(bounded):
    """Given the count of the first bin, the mean over those of the second is that of one told."""
    p, q = np.full(10, 0.1), np.full(10, 0.3 / 8)
    q[[0, 9]] = 0.35
    laws, sizes, halves = (p[None], q[None]), (20, 400), (0.5, 10.0)
    one, of_one = moments_by_count(*laws, sizes, halves, [9], bounded=bounded)
    two, of_two = moments_by_count(*laws, sizes, halves, [9, 0], bounded=bounded)
    assert two.sum() == pytest.approx(1.0, abs=2e-5)
    counts, _ = _joint_probabilities(20, p[None, [9, 0]])
    shape = counts[0].size, counts[1].size
    two, means = two.reshape(shape), of_two[0, :, 0].reshape(shape)
    assert two.sum(axis=1) == pytest.approx(one[0, : shape[0]], abs=1e-5)
    for count in range(4):
        given = two[count] / two[count].sum()
        mean, variance, _ = of_one[0, count]
        assert given @ means[count] == pytest.approx(mean, rel=5e-3)
        spread = of_two[0, :, 1].reshape(shape)[count] + (means[count] - mean) ** 2
        assert given @ spread == pytest.approx(variance, rel=0.06)

    # a bin in which the other sample has fewer rows is not told beside it
    alone = moments_by_count(*laws, (90, 90), (0.5, 0.5), [3, 9], bounded=bounded)
    first = moments_by_count(*laws, (90, 90), (0.5, 0.5), [3], bounded=bounded)
    assert alone[0].shape == first[0].shape


def test_laws_that_nobody_wants_are_not_told_and_change_none():
    p, q = spiked(10, 0.7)
    laws, sizes, halves = (np.tile(p, (3, 1)), np.stack([q, p, q])), (40, 400), (0.5, 5.0)
    whole = moments_by_count(*laws, sizes, halves, [9], bounded=False)
    wanted = np.array([True, False, True])
    part = moments_by_count(*laws, sizes, halves, [9], bounded=False, wanted=wanted)
    assert not part[0][1].any()
    for found, of_all in zip(part, whole, strict=True):
        assert np.array_equal(found[wanted], of_all[wanted])


def test_tails_of_two_spikes_are_those_of_tables_where_one_count_is_not_enough():
    """Two bins of which 20 rows expect 1.3 each: by one count the tail of .05 gets .033."""
    p, q = np.full(15, 1 / 15), np.full(15, 0.1 / 13)
    q[[3, 14]] = 0.45
    halves, _, statistics = drawn(np.random.default_rng(4), p, q, 20, 600, 60_000)
    tails = {}
    for told in ([14], [14, 3]):
        probabilities, moments = moments_by_count(
            p[None], q[None], (20, 600), halves, told, bounded=False
        )
        occurs = probabilities[0] > 0.0
        mean, variance, third = moments[0, occurs].T
        shape = 4.0 / np.maximum(third / variance**1.5, 1e-3) ** 2
        for share in (0.1, 0.05, 0.03, 0.01):
            at = np.quantile(statistics, 1.0 - share)
            reached = shape + (at - mean) / np.sqrt(variance) * np.sqrt(shape)
            given = special.gammaincc(shape, np.maximum(reached, 0.0))
            tails[len(told), share] = probabilities[0, occurs] @ given
    for share in (0.1, 0.05, 0.03, 0.01):
        assert tails[2, share] == pytest.approx(share, rel=0.12)
    assert tails[1, 0.05] < 0.036


def test_tails_count_by_count_are_those_of_tables_where_a_gamma_law_fails():
    """The count is 0 in one table of eight, which the gamma law gives .04 in place of .1."""
    p, q = spiked(15, 0.9)
    halves, _, statistics = drawn(np.random.default_rng(3), p, q, 30, 600, 60_000)
    laws = p[None], q[None]
    probabilities, moments = moments_by_count(*laws, (30, 600), halves, [14], bounded=False)
    whole = moments_of_counts(*laws, (30, 600), halves, bounded=False)

    def tail(at, mean, variance, third):
        shape = 4.0 / (third / variance**1.5) ** 2
        reached = shape + (at - mean) / np.sqrt(variance) * np.sqrt(shape)
        return special.gammaincc(shape, np.maximum(reached, 0.0))

    occurs = probabilities[0] > 0.0
    for share in (0.2, 0.1, 0.05, 0.025):
        at = np.quantile(statistics, 1.0 - share)
        told = probabilities[0, occurs] @ tail(at, *moments[0, occurs].T)
        assert told == pytest.approx(share, rel=0.1)
    assert tail(np.quantile(statistics, 0.9), *whole[0]) < 0.06


@pytest.mark.parametrize(
    ("n", "shares"), [(30, (0.35, 0.38)), (50, (0.2, 0.23)), (20, (0.4, 0.55))]
)
def test_chances_of_two_counts_are_whole_where_both_bins_have_most_rows(n, shares):
    """Few rows in the first bin leave more than a dozen for the second: .14 to .43 were lost."""
    counts, chances = _joint_probabilities(n, np.array([shares]))
    assert chances.sum() == pytest.approx(1.0, abs=1e-5)
    of_second = chances.reshape(counts[0].size, -1).sum(axis=0)
    assert of_second == pytest.approx(stats.binom.pmf(counts[1], n, shares[1]), abs=1e-5)
    assert counts[1].size > 20

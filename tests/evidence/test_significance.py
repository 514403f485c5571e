"""Tests of independence where weights vary, rows are very many, and counts are parts of rows."""

from decimal import Decimal, localcontext

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from infotheory.evidence import independence_tests, information_value
from infotheory.evidence.binned_samples import BinnedSamples
from infotheory.evidence.divergence import divergence_parts
from infotheory.evidence.targets.kinds import terms_of_target
from infotheory.exceptions import WithheldWarning
from infotheory.tables import CountTable


def test_independence_tests_of_equal_weights_are_those_of_their_rows():
    plain = CountTable.from_counts([30, 9, 8, 7, 6, 5], [1, 2, 1, 3, 1, 2])
    unit = np.array([3.3, 0.7])  # weights of the rows of either class
    table = CountTable(plain.labels, plain.counts * unit, plain.counts * unit**2)
    pd.testing.assert_frame_equal(independence_tests(table), independence_tests(plain))


@pytest.mark.parametrize("n", [1e12, 1e15, 1e17])
def test_independence_tests_hold_beside_very_many_rows(n):
    """Differences of logarithms gave the likelihood ratio -65 for 1.35 at 10^17 rows."""
    frame = independence_tests(CountTable.from_counts([n, n, n], [7, 9, 12]))
    shares = np.array([7.0, 9.0, 12.0]) / 28.0
    ratio = 2.0 * 28.0 * float(shares @ np.log(3.0 * shares))
    assert frame.loc["likelihood_ratio", "statistic"] == pytest.approx(ratio, rel=1e-9)
    assert frame.loc["likelihood_ratio", "p_value"] == pytest.approx(0.517, abs=0.001)

    # of two bins the events alone tell: 8 tosses of a coin, 3 of one side (0 or 1 by gammas)
    frame = independence_tests(CountTable.from_counts([n, n], [3, 5]))
    binomial = stats.binom(8, 0.5)
    exact = 2.0 * binomial.cdf(2) + binomial.pmf(3)
    assert frame.loc["likelihood_ratio", "p_value"] == pytest.approx(exact, rel=1e-6)


def in_many_digits(first, second, term):
    """Sum of a term of the shares of two columns of counts, with sixty digits."""
    with localcontext() as context:
        context.prec = 60
        columns = [[Decimal(int(count)) for count in counts] for counts in (first, second)]
        shares = zip(*([n / sum(column) for n in column] for column in columns), strict=True)
        return float(sum(term(p, q) for p, q in shares))


def kullback_leibler_term(p, q):
    return p * (p / q).ln()


def jensen_shannon_term(p, q):
    middle = (p + q) / 2
    return (p * (p / middle).ln() + q * (q / middle).ln()) / 2


@pytest.mark.parametrize("n", [1e4, 1e12, 1e15, 1e17])
def test_divergences_keep_their_digits_beside_very_many_rows(n):
    """A sum of terms of both signs was rounding: at 10^15 rows off by half, at 10^17 nothing."""
    shares, moved = np.array([0.5, 0.3, 0.2]), np.array([1.0, -1.0, 0.3])
    first, second = np.rint(n * shares), np.rint(n * shares + np.sqrt(n) * moved)
    kl = in_many_digits(first, second, kullback_leibler_term)
    reverse = in_many_digits(second, first, kullback_leibler_term)
    js = in_many_digits(first, second, jensen_shannon_term)
    # what is left is the rounding of shares, by their difference
    rel = 1e-15 + 1e-15 * np.sqrt(n)

    samples = BinnedSamples(first, second, first, second)
    assert divergence_parts(samples, "kl").value == pytest.approx(kl, rel=rel)
    assert divergence_parts(samples.swapped(), "kl").value == pytest.approx(reverse, rel=rel)
    assert divergence_parts(samples, "js").value == pytest.approx(js, rel=rel)

    sums = np.stack([first, second], axis=-1)
    for kind, name, value in (
        ("fraction", "kl", kl),
        ("fraction", "js", js),
        ("rate", "gamma", kl),
        ("rate", "poisson", reverse),
    ):
        terms = terms_of_target(sums, kind, name).value
        assert terms.sum() == pytest.approx(value, rel=rel)
        assert (terms >= 0.0).all()

    # two classes of one size: their mutual information with the bin is the Jensen-Shannon one
    second[0] += first.sum() - second.sum()
    both = terms_of_target(np.stack([first, second], axis=-1), "multiclass", "mi").value.sum()
    js = in_many_digits(first, second, jensen_shannon_term)
    assert both == pytest.approx(js, rel=1e-15 + 4.0 * rel)


def test_independence_tests_of_parts_of_rows_are_chi_square():
    frame = independence_tests(CountTable.from_counts([9.5, 3.5, 2.5], [1.0, 0.5, 2.5]))
    assert (frame["p_value"] == stats.chi2.sf(frame["statistic"], 2)).all()


def heavy_first_bin(rng, n_rows, n_bins):
    """Rows of equal laws, of which those of one bin weigh 8."""
    codes, y = rng.integers(0, n_bins, n_rows), (rng.random(n_rows) < 0.3).astype(int)
    return CountTable.from_codes(codes, y, sample_weight=np.where(codes == 0, 8.0, 1.0))


def test_independence_tests_with_weights_reject_equal_laws_as_often_as_said():
    """By chi-squares of Kish sizes none of these samples."""
    rng, p_values = np.random.default_rng(4), []
    for _ in range(250):
        table = heavy_first_bin(rng, 800, 5)
        frame = independence_tests(table)
        assert frame.loc["pearson", "p_value"] == pytest.approx(information_value(table).p_value)
        p_values.append(frame["p_value"])
    rejected = (np.array(p_values) < 0.05).mean(axis=0)
    assert (np.abs(rejected - 0.05) <= 2.5 * np.sqrt(0.05 * 0.95 / 250)).all()

    with pytest.warns(WithheldWarning, match="no p-value: weights in bin .* too uneven"):
        frame = independence_tests(heavy_first_bin(rng, 60, 3))
    assert frame["p_value"].isna().all()
    assert np.isfinite(frame["statistic"]).all()

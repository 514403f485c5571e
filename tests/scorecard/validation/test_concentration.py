"""The concentration of bands, and its interval where shares are even or one band has all."""

import numpy as np
import pytest

from infotheory.exceptions import WithheldWarning
from infotheory.scorecard import auc_difference, herfindahl_index


def test_values_and_errors():
    assert herfindahl_index([5, 5, 5, 5]).value == pytest.approx(0.25)
    assert herfindahl_index([7, 0]).value == 1.0
    # rounding is no error
    assert herfindahl_index([60, 0, 0]).standard_error == 0.0
    shares, rng = np.array([0.5, 0.3, 0.2]), np.random.default_rng(3)
    for law in (shares, np.full(3, 1 / 3)):
        draws = ((rng.multinomial(1000, law, size=20_000) / 1000) ** 2).sum(axis=1)
        expected = herfindahl_index(1000 * law).standard_error
        assert expected == pytest.approx(draws.std(), rel=0.03)


@pytest.mark.parametrize("counts", [[1, 0], [7, 0, 0], [1, 1], [4, 4, 4], [500, 500], [9, 1]])
def test_no_interval_is_a_point(counts):
    estimate = herfindahl_index(counts)
    low, high = estimate.interval()
    assert 1 / len(counts) <= low < high <= 1.0
    assert low - 1e-12 <= estimate.value <= high + 1e-12


def test_intervals_by_hand():
    # All of n rows in one of two bands: the share p of the other has (1 - p)^n = .025 at the end.
    p = 1.0 - 0.025 ** (1 / 30)
    assert herfindahl_index([30, 0]).interval() == pytest.approx(((1 - p) ** 2 + p**2, 1.0))
    # Even shares: the statistic is 0, which counts as the median of the chi-square, and the other
    # shares may have all of the distance.
    wide, narrow = (herfindahl_index([n, n]).interval()[1] - 0.5 for n in (100, 10_000))
    assert wide == pytest.approx(100 * narrow, rel=0.02)


def test_beside_empty_bands_the_interval_is_that_of_the_others():
    """The chi-square above even shares of all bands was .106 wide for .036."""
    low, high = herfindahl_index([50, 50, 50, 0]).interval()
    of_three = herfindahl_index([50, 50, 50]).interval()[1]
    share = 1.0 - 0.025 ** (1 / 150)
    assert low == pytest.approx((1 - share) ** 2 / 3 + share**2)
    assert high == pytest.approx(of_three)

    # a band that is expected to have few rows may be empty by chance: then all bands count
    few = herfindahl_index([5, 5, 5, 0])
    assert few.law.name == "above even shares"
    low, high = herfindahl_index([500, 300, 200, 3, 2]).interval()
    assert low < 0.375 < high < low + 0.06


def test_the_two_indices_of_even_shares_can_be_compared():
    assert auc_difference(herfindahl_index([9, 9]), herfindahl_index([90, 90])).p_value == 1.0


@pytest.mark.parametrize("counts", [[2**63, 1], [1e30, 1e5], [1e20, 1e3, 1e3]])
def test_few_rows_beside_very_many_are_not_lost(counts):
    estimate = herfindahl_index(counts)
    assert estimate.standard_error > 0.0
    low, high = estimate.interval()
    assert low <= estimate.value <= high
    off = sum(counts[1:]) / sum(counts)
    assert low >= 1.0 - 20 * off - 1e-9


def test_where_it_is_withheld():
    with pytest.warns(WithheldWarning, match="one band holds all rows"):
        assert np.isnan(herfindahl_index([5]).interval()).all()
    with pytest.warns(WithheldWarning, match="weighted rows"):
        estimate = herfindahl_index([200.0, 8.0], squared_weights=[200.0, 32.0])
    assert np.isnan(estimate.interval()).all()
    assert "off the largest band" in estimate.reason


@pytest.mark.parametrize(
    ("counts", "text"),
    [([[1, 2]], r"counts must have shape \(n_bands,\)"), ([0, 0], "must not all be zero")],
)
def test_wrong_counts_are_refused(counts, text):
    with pytest.raises(ValueError, match=text):
        herfindahl_index(counts)


SHARES = {
    "even": np.full(6, 1 / 6),
    "two of six": np.array([0.5, 0.5, 0.0, 0.0, 0.0, 0.0]),
    "nearly two": np.array([0.6, 0.4, 0.0, 0.0, 0.0, 0.0]),
    "slightly uneven": np.linspace(0.8, 1.2, 6) / 6,
    "geometric": 0.5 ** np.arange(6) / (0.5 ** np.arange(6)).sum(),
    "even beside rare": np.array([0.247, 0.247, 0.247, 0.247, 0.008, 0.004]),
    "uneven beside rare": np.array([0.5, 0.3, 0.17, 0.02, 0.01, 0.0]),
    "one has most": np.array([0.97, 0.02, 0.01, 0.0, 0.0, 0.0]),
}


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::infotheory.exceptions.WithheldWarning")
@pytest.mark.parametrize("n_rows", [12, 80, 900])
@pytest.mark.parametrize("kind", SHARES)
def test_coverage(kind, n_rows):
    shares, rng = SHARES[kind], np.random.default_rng(n_rows)
    intervals = [herfindahl_index(c).interval() for c in rng.multinomial(n_rows, shares, size=400)]
    covered = [low - 1e-12 <= shares @ shares <= high + 1e-12 for low, high in intervals]
    print(f"{kind}, {n_rows} rows: covers {np.mean(covered):.3f}")
    assert np.mean(covered) >= 0.93 - 2.5 * np.sqrt(0.05 * 0.95 / 400)

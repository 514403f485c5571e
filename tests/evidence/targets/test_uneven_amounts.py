"""The test of one rate where amounts are larger in one bin than in another."""

import warnings

import numpy as np
import pytest
from scipy import stats

from infotheory.evidence import target_divergence
from infotheory.evidence.targets.estimates import target_estimate
from infotheory.evidence.targets.uneven_amounts import uneven_amounts
from infotheory.exceptions import ApproximationWarning, WithheldWarning
from infotheory.tables import EvidenceTable


def paid(n, size):
    """Rows of one amount in a bin of exposure 1000: exposure, amount, and products."""
    return [1000.0, n * size], [1000.0, n * size, n * size**2]


def table_of(*bins):
    sums, products = zip(*bins, strict=True)
    return EvidenceTable(tuple("abcd"[: len(bins)]), "rate", np.array(sums), np.array(products))


def by_hand(table, second):
    """P-value of the F with pooled variances, from the sums alone; None has no end of degrees."""
    w, y = table.sums.T
    a, b, c = table.products.T
    m, share = y.sum() / w.sum(), w / w.sum()
    spread = (c - 2.0 * m * b + m**2 * a) / w
    parts = (1.0 - share) * spread
    statistic = ((y - m * w) ** 2 / w).sum() / parts.sum()
    first = parts.sum() ** 2 / (spread @ spread + (share @ spread) ** 2 - 2.0 * share @ spread**2)
    if second is None:
        return stats.chi2.sf(first * statistic, first)
    return stats.f.sf(statistic, first, second(parts))


def test_amounts_of_like_size_keep_the_chi_square():
    table = table_of(paid(100, 3.0), paid(130, 2.0), paid(90, 3.5))
    assert uneven_amounts(table) is None
    assert target_estimate(table).p_value == pytest.approx(by_hand(table, None), rel=1e-6)


def test_uneven_amounts_have_the_degrees_of_freedom_of_their_rows():
    table = table_of(paid(12, 20.0), paid(100, 3.0), paid(160, 2.0))
    rows = np.array([12.0, 100.0, 160.0])
    found = uneven_amounts(table)
    assert found.share == 1.0
    np.testing.assert_allclose(found.rows, rows)

    def second(parts):
        return parts.sum() ** 2 / (parts**2 / (rows - 1.0)).sum()

    p_value = target_estimate(table).p_value
    assert p_value == pytest.approx(by_hand(table, second), rel=1e-9)
    assert p_value > by_hand(table, None)


def test_degrees_of_freedom_come_by_degrees():
    p_values, shares = [], []
    for ratio in np.linspace(1.9, 3.2, 27):
        # the rates stay as they are: as many times fewer rows as amounts are larger
        table = table_of(paid(60.0 / ratio, 5.0 * ratio), paid(90, 5.0), paid(50, 5.0))
        found = uneven_amounts(table)
        shares.append(0.0 if found is None else found.share)
        p_values.append(target_estimate(table).p_value)
    assert shares[0] == 0.0
    assert shares[-1] == 1.0
    assert (np.diff(shares) >= 0.0).all()
    assert np.abs(np.diff(p_values)).max() < 0.02


def test_a_bin_without_amounts_may_have_missed_the_largest():
    none = [1000.0, 0.0], [1000.0, 0.0, 0.0]
    table = table_of(none, paid(2, 60.0), paid(60, 2.0))
    found = uneven_amounts(table)
    expected = 240.0 / 3.0
    assert found.missed[0, 1] == pytest.approx(expected * 60.0)
    assert found.rows[0] == pytest.approx(expected / 60.0)
    assert (found.missed[1:] == 0.0).all()

    # Many that it expects and lacks still tell.
    scaled = EvidenceTable(table.labels, "rate", 500.0 * table.sums, 500.0 * table.products)
    assert target_estimate(scaled).p_value < 1e-6


def test_amounts_without_a_size_are_even():
    tiny = table_of(*[([10.0, 1e-200], [10.0, 1e-200, 0.0])] * 3)
    assert uneven_amounts(tiny) is None


def costs(deviations, n=60):
    """Log-normal amounts at even steps of their law, with exposures of half a year to two."""
    codes = np.repeat(np.arange(len(deviations)), n)
    logs = np.tile(stats.norm.ppf((np.arange(n) + 0.5) / n), len(deviations))
    exposure = np.tile(np.linspace(0.5, 2.0, n), len(deviations))
    return codes, np.exp(np.array(deviations)[codes] * logs) / exposure, exposure


def test_rows_tell_of_a_tail_that_sums_do_not():
    codes, y, exposure = costs([1.6, 0.5, 0.8])
    table = EvidenceTable.from_rows(codes, y, "rate", sample_weight=exposure)
    with pytest.warns(ApproximationWarning, match=r"deviations of 1.* in bin '0' and of 0.*merge"):
        told = target_divergence(table, rows=(codes, y, exposure))
    plain = target_divergence(table)
    assert (told.value, told.p_value) == (plain.value, plain.p_value)


@pytest.mark.parametrize(
    ("deviations", "n"),
    [
        ((1.6, 1.5, 1.4), 60),  # one law in all bins
        ((1.1, 0.3, 0.5), 60),  # no tail to speak of
        ((1.6, 0.5, 0.8), 2000),  # rows enough
        ((1.6, 0.5, 0.8), 19),  # too few to see a tail by
    ],
)
def test_rows_that_do_no_harm_are_not_warned_of(deviations, n):
    codes, y, exposure = costs(deviations, n)
    table = EvidenceTable.from_rows(codes, y, "rate", sample_weight=exposure)
    with warnings.catch_warnings():
        warnings.simplefilter("error", ApproximationWarning)
        warnings.simplefilter("ignore", WithheldWarning)
        target_divergence(table, rows=(codes, y, exposure))


def test_rows_must_be_those_of_the_table():
    codes, y, exposure = costs([1.0, 0.9])
    table = EvidenceTable.from_rows(codes, y, "rate", sample_weight=exposure)
    with pytest.raises(ValueError, match="rows must be those of the table"):
        target_divergence(table, rows=(codes, y))
    with pytest.raises(ValueError, match=r"rows must be \(codes, y\) or \(codes, y, sample_weight"):
        target_divergence(table, rows=y)
    numbers = EvidenceTable.from_rows(codes, y, "continuous")
    with pytest.raises(ValueError, match="rows are looked at for a rate"):
        target_divergence(numbers, rows=(codes, y))


def test_rows_of_weight_0_may_hold_no_number():
    # infinity times 0 was numpy's RuntimeWarning
    rng = np.random.default_rng(0)
    codes, y = np.arange(3000) % 3, rng.gamma(2.0, size=3000)
    exposure = np.ones(3000)
    y[:3], exposure[:3] = [np.inf, np.nan, -1.0], 0.0
    table = EvidenceTable.from_rows(codes, y, "rate", sample_weight=exposure)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        estimate = target_divergence(table, rows=(codes, y, exposure))
    assert estimate == target_divergence(table)

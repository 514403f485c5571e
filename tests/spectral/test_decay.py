"""The power law of a spectrum: exponents that were put in come out, and ranges are checked."""

import numpy as np
import pytest

from infotheory.spectral import spectral_decay


def rows_of(spectrum, n_rows=None):
    """Rows whose second moments have this spectrum, turned so that no axis is one of it."""
    spectrum = np.asarray(spectrum, dtype=float)
    turned, _ = np.linalg.qr(np.random.default_rng(0).standard_normal((spectrum.size,) * 2))
    n_rows = spectrum.size if n_rows is None else n_rows
    rows = np.zeros((n_rows, spectrum.size))
    rows[: spectrum.size] = np.diag(np.sqrt(n_rows * spectrum)) @ turned
    return rows


@pytest.mark.parametrize("exponent", [0.0, 0.5, 1.0, 2.5])
@pytest.mark.parametrize("fit_range", [(1, 2), (1, 12), (3, 9)])
def test_an_exponent_comes_out_as_it_was_put_in(exponent, fit_range):
    spectrum = 7.0 * np.arange(1.0, 13.0) ** -exponent
    fit = spectral_decay(rows_of(spectrum), fit_range=fit_range, center=False)
    assert fit.exponent == pytest.approx(exponent, abs=1e-9)
    assert np.exp(fit.intercept) == pytest.approx(7.0)
    assert fit.r_squared == pytest.approx(1.0)
    assert fit.fit_range == fit_range


def test_a_rank_weighs_as_its_reciprocal():
    rng = np.random.default_rng(1)
    spectrum = np.sort(rng.gamma(1.0, size=10))[::-1]
    fit = spectral_decay(rows_of(spectrum, 30), fit_range=(2, 8), center=False)
    ranks = np.arange(2.0, 9.0)
    x, y = np.log(ranks), np.log(spectrum[1:8])
    # numpy multiplies residuals by its weights before it squares them
    slope, intercept = np.polyfit(x, y, 1, w=np.sqrt(1.0 / ranks))
    assert (fit.exponent, fit.intercept) == pytest.approx((-slope, intercept))
    mean = np.average(y, weights=1.0 / ranks)
    left = ((y - intercept - slope * x) ** 2 / ranks).sum() / ((y - mean) ** 2 / ranks).sum()
    assert fit.r_squared == pytest.approx(1.0 - left)


def test_the_size_of_the_rows_moves_the_intercept_alone():
    rows = rows_of(np.arange(1.0, 9.0) ** -1.3)
    one = spectral_decay(rows, fit_range=(1, 8), center=False)
    other = spectral_decay(10.0 * rows, fit_range=(1, 8), center=False)
    assert other.exponent == pytest.approx(one.exponent)
    assert other.intercept == pytest.approx(one.intercept + 2.0 * np.log(10.0))


def test_a_shift_of_all_rows_counts_only_without_centring():
    rng = np.random.default_rng(2)
    rows = rng.standard_normal((200, 6)) * np.arange(1.0, 7.0) ** -0.7
    for center in (True, False):
        one, other = (spectral_decay(z, fit_range=(1, 6), center=center) for z in (rows, rows + 5))
        assert (one.exponent == pytest.approx(other.exponent)) == center


def test_blocks_of_rows_have_the_fit_of_all_rows():
    rows = np.random.default_rng(3).standard_normal((90, 5)) * [5.0, 3.0, 2.0, 1.0, 0.5]
    whole = spectral_decay(rows, fit_range=(1, 5))
    blocks = spectral_decay(iter([rows[:20], rows[20:21], rows[21:]]), fit_range=(1, 5))
    assert blocks.exponent == pytest.approx(whole.exponent, rel=1e-9)
    assert blocks.intercept == pytest.approx(whole.intercept, rel=1e-9)


@pytest.mark.parametrize(
    "fit_range", [(0, 3), (3, 3), (4, 2), (1, 5), (1.5, 3), (1, np.nan), ("1", "3"), (True, 3)]
)
def test_ranks_that_are_not_in_the_positive_spectrum_are_refused(fit_range):
    rows = np.diag([4.0, 3.0, 2.0, 1.0])
    with pytest.raises(ValueError, match="fit_range must be two ranks from 1 to the 4 positive"):
        spectral_decay(rows, fit_range=fit_range, center=False)


@pytest.mark.parametrize("fit_range", [(1,), (1, 2, 3), 3, None])
def test_a_range_is_two_ranks(fit_range):
    with pytest.raises(ValueError, match="fit_range must be two ranks, as in"):
        spectral_decay(np.eye(4), fit_range=fit_range)

"""White's statistic beside that of even variances, against sums that are written out."""

import numpy as np
import pytest
from scipy import stats

from infotheory.estimation.series.memory.uneven_variance import evenness, p_value_of_uneven


def one_scale(n_rows, n_columns, rng, *, slope=0.0):
    """Columns whose deviations are one, row by row."""
    scale = rng.exponential(size=n_rows)[:, None]
    source = scale * rng.normal(size=(n_rows, n_columns))
    target = scale * rng.normal(size=(n_rows, 1)) + slope * source[:, :1]
    return source - source.mean(axis=0), target - target.mean(axis=0)


@pytest.mark.parametrize("n_columns", [1, 3])
@pytest.mark.parametrize("slope", [0.0, 0.5])
def test_it_is_the_ratio_of_two_wald_statistics(n_columns, slope):
    source, target = one_scale(300, n_columns, np.random.default_rng(0), slope=slope)
    weights = np.linalg.lstsq(source, target, rcond=None)[0]
    left = target - source @ weights
    inverse = np.linalg.inv(source.T @ source)
    even = inverse * (left.T @ left).item() / 300
    uneven = inverse @ (source.T @ (source * left**2)) @ inverse
    ratio = (weights.T @ np.linalg.inv(uneven) @ weights) / (
        weights.T @ np.linalg.inv(even) @ weights
    )
    assert evenness(source, target) == pytest.approx(min(1.0, ratio.item()), rel=1e-9)
    # The units of the columns play no part.
    assert evenness(1e6 * source, 1e-6 * target) == pytest.approx(evenness(source, target))


def test_where_large_steps_do_not_go_together_all_of_it_is_left():
    source, target = one_scale(300, 2, np.random.default_rng(1))
    assert evenness(source, np.random.default_rng(2).permutation(target)) == 1.0
    assert evenness(source[:15], target[:15]) == 1.0


def test_a_target_of_several_columns():
    rng = np.random.default_rng(3)
    scale = rng.exponential(size=(500, 1))
    source, target = scale * rng.normal(size=(500, 2)), scale * rng.normal(size=(500, 3))
    share = evenness(source, target)
    assert 0.0 < share < 1.0
    turned = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    assert evenness(source, target @ turned) == pytest.approx(share)


def test_p_values_of_what_is_left():
    assert p_value_of_uneven(0.01, 1.0, 2, 1) == pytest.approx(0.01)
    whole = stats.chi2.isf(0.01 / 3, 2)
    assert p_value_of_uneven(0.01, 0.5, 2, 3) == pytest.approx(3 * stats.chi2.sf(0.5 * whole, 2))
    assert p_value_of_uneven(0.2, 1e-6, 1, 5) == 1.0
    assert p_value_of_uneven(0.0, 0.5, 1, 1) == 0.0

"""Bands of predicted means of skewed amounts."""

import numpy as np
import pytest
from scipy import optimize, stats

from infotheory.scorecard import mean_calibration_table


def skewed(n_groups, n_rows, deviation, seed):
    """Means of well-separated groups, and log-normal amounts about them."""
    rng = np.random.default_rng([31, seed])
    mean = np.repeat(np.exp(np.linspace(-1.0, 1.0, n_groups)), n_rows)
    noise = np.exp(deviation * rng.normal(size=mean.size) - deviation**2 / 2.0)
    return mean * noise, mean


def test_ends_of_skewed_amounts_are_halls_with_half_the_skewness_of_all_groups():
    y, mean = skewed(4, 12, 1.0, 3)
    table = mean_calibration_table(y, mean, target_type="continuous", n_groups=4)
    by_group = y.reshape(4, 12)
    skewness = stats.skew(by_group, axis=1, bias=False) * by_group.std(axis=1, ddof=1) ** 3
    # of the third central moments, whose bias has the factor n (n - 1) / ((n - 1) (n - 2))
    third = ((by_group - by_group.mean(axis=1, keepdims=True)) ** 3).sum(axis=1) * 12 / (11 * 10)
    np.testing.assert_allclose(skewness, third)
    pooled = third.sum() / (by_group.std(axis=1, ddof=1) ** 3).sum()
    bend = pooled / np.sqrt(12.0) / 2.0 / 3.0

    for i, rows in enumerate(by_group):
        moved = rows - rows.mean()
        error = np.sqrt((moved**2).sum()) / 12.0
        degrees = min(12.0, (moved**2).sum() ** 2 / (moved**4).sum()) - 1.0
        reach = stats.t.isf(0.025, degrees)

        def transformed(u):
            return u + bend * u**2 + bend**2 * u**3 / 3.0 + bend / 2.0

        above = -optimize.brentq(lambda u, t=reach: transformed(u) + t, -60.0, 5.0)
        assert above > reach  # amounts of a long upper tail: the mean may lie far above
        assert table["mean_high"].iloc[i] == pytest.approx(rows.mean() + above * error, rel=1e-6)
        assert table["mean_low"].iloc[i] == pytest.approx(rows.mean() - reach * error, rel=1e-6)

        gap = (rows - mean.reshape(4, 12)[i]).mean() / error
        nearest = min(abs(gap), max(np.sign(gap) * transformed(gap), 0.0))
        expected = 2.0 * stats.t.sf(nearest, degrees)
        assert table["p_value"].iloc[i] == pytest.approx(expected, rel=1e-6)


def test_a_group_of_two_heavy_rows_tells_nothing_of_skewness():
    """The third moment of 2.01 effective rows weighs a hundred times that of the other groups."""
    y, mean = skewed(5, 40, 1.0, 0)
    of_five = mean_calibration_table(y, mean, target_type="continuous", n_groups=5)
    heavy, weight = np.array([10.0, 52.0, 20.0, 14.0]), np.array([19.9, 19.9, 0.1, 0.1])
    of_six = mean_calibration_table(
        np.append(y, heavy),
        np.append(mean, np.full(4, 20.0)),
        target_type="continuous",
        n_groups=6,
        sample_weight=np.append(np.ones(y.size), weight),
    )
    columns = ["mean_low", "mean_high", "p_value"]
    np.testing.assert_allclose(of_six[columns].to_numpy()[:5], of_five[columns].to_numpy())
    assert np.isnan(of_six["mean_high"].iloc[5])


@pytest.mark.parametrize("factor", [-1.0, 1e-40, 1e40])
def test_ends_follow_the_unit(factor):
    y, mean = skewed(4, 12, 1.0, 5)
    of_one, moved = (
        mean_calibration_table(unit * y, unit * mean, target_type="continuous", n_groups=4)
        for unit in (1.0, factor)
    )
    columns = ["mean_low", "mean_high"] if factor > 0.0 else ["mean_high", "mean_low"]
    ends = moved[columns].to_numpy() / factor
    ends, p_values = (
        (ends, moved["p_value"]) if factor > 0.0 else (ends[::-1], moved["p_value"][::-1])
    )
    np.testing.assert_allclose(ends, of_one[["mean_low", "mean_high"]].to_numpy())
    np.testing.assert_allclose(p_values.to_numpy(), of_one["p_value"].to_numpy())


@pytest.mark.slow
@pytest.mark.parametrize(("n_rows", "deviation"), [(10, 1.0), (20, 1.0), (10, 1.5), (40, 1.5)])
def test_the_size_holds_for_skewed_costs(n_rows, deviation):
    """Student's law alone rejected .07 to .16."""
    rejected, covered = [], []
    for seed in range(200):
        y, mean = skewed(10, n_rows, deviation, seed)
        table = mean_calibration_table(y, mean, target_type="continuous")
        rejected.append(table["p_value"] < 0.05)
        truth = table["expected_mean"]
        covered.append((table["mean_low"] <= truth) & (truth <= table["mean_high"]))
    assert np.mean(rejected) < 0.055
    assert np.mean(covered) > 0.945

"""Intervals of weights of evidence where rows have weights that vary."""

import numpy as np
import pytest
from scipy import stats

from infotheory.evidence import weight_of_evidence
from infotheory.tables import CountTable

COUNTS = np.array([[40.0, 6.0], [30.0, 9.0]])
SQUARED = np.array([[80.0, 9.0], [70.0, 27.0]])


def gamma_reach(label, level=0.95):
    """Reach of the logarithm of each share of a class below and above: Fay and Feuer's gamma."""
    weight, squared = COUNTS[:, label], SQUARED[:, label]
    total, share = weight.sum(), weight / weight.sum()
    variance = (squared * (1.0 - share) ** 2 + (squared.sum() - squared) * share**2) / total**2
    low = stats.gamma.ppf(0.5 - level / 2.0, share**2 / variance, scale=variance / share)

    more = squared.sum() / total * (1.0 - share) / total
    mean, variance = share + more, variance + more**2
    high = stats.gamma.ppf(0.5 + level / 2.0, mean**2 / variance, scale=variance / mean)
    return np.log(share / low), np.log(high / share)


def test_ends_hold_those_of_student_and_those_of_the_gamma_laws():
    frame = weight_of_evidence(CountTable(("a", "b"), COUNTS, SQUARED))
    student = stats.t.ppf(0.975, [4.0, 3.0]) * frame["standard_error"]
    (below_p, above_p), (below_q, above_q) = gamma_reach(0), gamma_reach(1)
    below = np.maximum(student, np.hypot(below_p, above_q))
    above = np.maximum(student, np.hypot(above_p, below_q))
    np.testing.assert_allclose(frame["woe"] - frame["low"], below)
    np.testing.assert_allclose(frame["high"] - frame["woe"], above)

    flipped = weight_of_evidence(CountTable(("a", "b"), COUNTS, SQUARED), woe_sign="event")
    np.testing.assert_allclose(flipped["low"], -frame["high"])
    np.testing.assert_allclose(flipped["high"], -frame["low"])


def test_a_cell_of_light_rows_reaches_as_far_as_the_heavy_ones_of_its_class():
    """Twenty events of weight 1 in a bin, where one in ten of the class weighs 20."""
    counts = np.array([[1000.0, 20.0], [1000.0, 580.0]])
    squared = np.array([[1000.0, 20.0], [1000.0, 8180.0]])
    frame = weight_of_evidence(CountTable(("light", "others"), counts, squared))
    student = stats.t.ppf(0.975, 20.0) * frame.loc["light", "standard_error"]
    assert frame.loc["light", "woe"] - frame.loc["light", "low"] > 1.4 * student
    assert frame.loc["light", "high"] - frame.loc["light", "woe"] < 1.2 * student


def test_rows_of_one_weight_keep_the_normal_ends():
    frame = weight_of_evidence(CountTable(("a", "b"), COUNTS, 2.5 * COUNTS))
    reach = stats.norm.ppf(0.975) * frame["standard_error"]
    np.testing.assert_allclose(frame["high"] - frame["woe"], reach)
    np.testing.assert_allclose(frame["woe"] - frame["low"], reach)


@pytest.mark.slow
@pytest.mark.parametrize(("heavy", "weight"), [(0.1, 20.0), (0.05, 40.0)])
@pytest.mark.parametrize(("n_rows", "event_rate"), [(1000, 0.2), (3000, 0.1)])
def test_few_heavy_rows_are_covered(heavy, weight, n_rows, event_rate):
    """Student's ends alone covered .61 to .79 in the bin of the fewest events."""
    n_bins = 8
    of_events = np.exp(0.25 * np.arange(n_bins))
    of_events /= of_events.sum()
    truth, covered = -np.log(n_bins * of_events), []
    for seed in range(400):
        rng = np.random.default_rng([7, seed, n_rows])
        y = (rng.random(n_rows) < event_rate).astype(int)
        codes = np.where(
            y == 1, rng.choice(n_bins, n_rows, p=of_events), rng.integers(0, n_bins, n_rows)
        )
        w = np.where(rng.random(n_rows) < heavy, weight, 1.0)
        counts, squared = (
            np.bincount(2 * codes + y, w**power, 2 * n_bins).reshape(n_bins, 2) for power in (1, 2)
        )
        if counts.min() == 0.0:
            continue
        labels = tuple(str(code) for code in range(n_bins))
        frame = weight_of_evidence(CountTable(labels, counts, squared))
        covered.append((frame["low"] <= truth) & (truth <= frame["high"]))
    by_bin = np.mean(covered, axis=0)
    assert by_bin.min() > 0.90
    assert 0.94 < by_bin.mean() <= 0.995

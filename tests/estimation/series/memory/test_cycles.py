"""Cycles of two series that never fade: shifts keep them whole, and tests hold."""

import warnings

import numpy as np
import pytest

from infotheory._codes import Codes
from infotheory.estimation import lagged_mutual_information, transfer_entropy
from infotheory.estimation._permutations import least_turn, shifts_of_cycles
from infotheory.estimation.series.memory.cycles import (
    indicators,
    steps_of_whole_cycles,
    whole_cycles,
)
from infotheory.estimation.series.memory.transfer_draws import doubt_of_shifts
from infotheory.estimation.series.signals import label_signal, measured_signal, read_trials
from infotheory.estimation.series.surrogates import series_surrogates
from infotheory.exceptions import ApproximationWarning, WithheldWarning
from tests.estimation.series.processes import autoregressive, sticky


def places(n_places, noise, n_steps, rng):
    """Places of a cycle that begins anywhere, some of them drawn anew."""
    place = (np.arange(n_steps) + rng.integers(n_places)) % n_places
    return np.where(rng.random(n_steps) < noise, rng.integers(n_places, size=n_steps), place)


def wave(n_steps, rng, period=12):
    """A wave beneath noise."""
    phase = np.arange(n_steps) / period + rng.random()
    return rng.normal(size=n_steps) + np.sqrt(2.0) * np.sin(2.0 * np.pi * phase)


def codes(labels):
    return Codes(labels, int(labels.max()) + 1)


@pytest.mark.parametrize(("periods", "together"), [((6, 4), 12), ((12, 12), 12), ((5, 5), 5)])
@pytest.mark.parametrize("n_steps", [240, 307, 1000])
def test_what_is_rolled_is_a_number_of_whole_cycles(periods, together, n_steps):
    rng = np.random.default_rng(0)
    columns = [indicators(codes(places(one, 0.2, n_steps, rng))) for one in periods]
    turn = steps_of_whole_cycles(*columns)
    assert turn % together == 0
    assert 0.7 * n_steps < turn <= n_steps


def test_cycles_without_a_common_factor_and_memory_that_fades_are_rolled_as_a_whole():
    rng = np.random.default_rng(1)
    n_told = 0
    for _ in range(40):
        for first, second in (
            (places(3, 0.1, 300, rng), places(4, 0.1, 300, rng)),
            (places(4, 0.1, 300, rng), rng.integers(4, size=300)),
            (sticky(0.9, 300, rng), sticky(0.9, 300, rng)),
        ):
            columns = indicators(codes(first)), indicators(codes(second))
            n_told += steps_of_whole_cycles(*columns) is not None
        pair = (autoregressive([0.9], 300, rng)[:, None] for _ in range(2))
        n_told += steps_of_whole_cycles(*pair) is not None
    # Of 160; a false one costs a quarter of the steps at most.
    assert n_told <= 8


def test_constant_and_very_short_series_have_no_cycles():
    for n_steps in (1, 2, 3, 5, 8):
        some = np.arange(n_steps, dtype=float)[:, None] % 2
        assert steps_of_whole_cycles(some, np.ones((n_steps, 1))) is None
        turn = steps_of_whole_cycles(some, some)
        assert turn is None or 0 < turn <= n_steps


def test_gaps_and_scales_leave_the_cycle_and_trials_have_none():
    rng = np.random.default_rng(2)
    x, y = wave(600, rng), places(12, 0.2, 600, rng).astype(object)
    x[rng.random(600) < 0.1] = np.nan
    y[rng.random(600) < 0.1] = None
    # The wave is the small one of two columns.
    columns = np.column_stack([x, 1e6 * rng.normal(size=600)])
    first = measured_signal("x", columns, omit=True, density=False)
    second = label_signal("y", y, omit=True, joint=False)
    alone = read_trials(None, 600)
    assert whole_cycles(first, second, alone) % 12 == 0
    assert whole_cycles(first, second, read_trials(np.repeat([0, 1], 300), 600)) is None


@pytest.mark.parametrize("n_steps", [300, 1307, 5000])
def test_shifts_of_cycles_are_at_all_places_of_a_cycle(n_steps):
    shifts = np.array(shifts_of_cycles(n_steps))
    assert np.all(np.diff(shifts) > 0)
    assert shifts[0] >= n_steps // 20
    assert shifts[-1] <= n_steps - n_steps // 20
    for period in (4, 7, 12):
        assert np.bincount(shifts % period, minlength=period).min() >= 98 / period / 2.5


def test_the_place_of_a_gap_withholds_the_test_of_labels_in_a_cycle():
    rng = np.random.default_rng(3)
    x, y = (places(12, 0.2, 307, rng).astype(object) // 4 for _ in range(2))
    for one in (x, y):
        one[rng.random(307) < 0.1] = None
    with pytest.warns(WithheldWarning, match="common cycle"):
        estimate = transfer_entropy(x, y, missing="omit")
    assert estimate.p_value is None
    assert estimate.interval()[0] == 0.0
    # The surrogates are shifted in time, with their gaps.
    drawn = transfer_entropy(x, y, missing="omit", n_permutations=39, rng=0)
    assert drawn.p_value > 0.05


@pytest.mark.parametrize("method", ["plugin", "ksg"])
def test_lags_of_series_too_short_for_shifts_of_cycles_are_warned_of(method):
    """They were refused, with a way out that a scan of lags does not have."""
    rng = np.random.default_rng(9)
    x, y = places(3, 0.05, 30, rng), places(3, 0.05, 30, rng)
    if method == "ksg":
        x, y = (one + 0.1 * rng.normal(size=30) for one in (x, y))
    options = {"max_lag": 1, "method": method, "n_permutations": 19, "rng": 0}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", WithheldWarning)
        with pytest.warns(ApproximationWarning, match="30 steps are too few to shift"):
            scan = lagged_mutual_information(x, y, **options)
    assert scan.method.endswith("block" if method == "plugin" else "iaaft")
    assert 0.0 < scan.p_value <= 1.0


def test_shifts_of_strong_waves_are_not_said_to_be_alike():
    """In phase they are what independent waves are; .92 to 1 of such pairs were warned of."""
    rng = np.random.default_rng(8)
    for strong in (2.0, 10.0):
        phases = np.arange(300) / 12.0 + rng.random((2, 1))
        x, y = strong * np.sin(2.0 * np.pi * phases) + rng.normal(size=(2, 300))
        found = transfer_entropy(x, y, method="gaussian", n_permutations=39, rng=0)
        assert 0.0 < found.p_value <= 1.0


def test_a_transfer_beside_a_cycle_is_found():
    rng = np.random.default_rng(4)
    x, y = places(6, 0.3, 1000, rng), places(4, 0.2, 1000, rng)
    driven = np.where(rng.random(1000) < 0.4, np.roll(x, 1) % 4, y)
    assert transfer_entropy(x, driven).p_value < 1e-4
    x, y = wave(1000, rng), wave(1000, rng)
    assert transfer_entropy(x, y + 0.8 * np.roll(x, 1), method="gaussian").p_value < 1e-3


@pytest.mark.slow
@pytest.mark.parametrize("options", [{}, {"n_permutations": 39, "rng": 0}], ids=["law", "shift"])
def test_cycles_with_a_common_factor_are_no_transfer(options):
    """Rolled over a seam .52, .29 (labels) and .37 (waves) were rejected at 5 %."""
    rng, kinds = np.random.default_rng(5), np.zeros(3)
    for _ in range(100):
        for i, (x, y, method) in enumerate(
            (
                (places(6, 0.2, 307, rng), places(4, 0.1, 307, rng), "plugin"),
                (places(12, 0.2, 307, rng) // 4, places(12, 0.2, 307, rng) // 4, "plugin"),
                (wave(307, rng), wave(307, rng), "gaussian"),
            )
        ):
            with warnings.catch_warnings():
                # Cells are sparse for intervals.
                warnings.simplefilter("ignore", WithheldWarning)
                kinds[i] += transfer_entropy(x, y, method=method, **options).p_value <= 0.05
    # Binomial: of 100 at 5 % twelve and more are seen in .004.
    assert (kinds <= 12).all(), kinds


@pytest.mark.slow
def test_cycles_with_a_common_factor_are_no_information_at_any_lag():
    """Of labels .35 and .76, of waves .30 at a lag and .62 by neighbours were rejected at 5 %."""
    rng, each = np.random.default_rng(6), {"plugin": [], "gaussian": []}
    for _ in range(60):
        labels = places(6, 0.2, 307, rng), places(4, 0.2, 307, rng)
        for method, (x, y) in (("plugin", labels), ("gaussian", (wave(307, rng), wave(307, rng)))):
            scan = lagged_mutual_information(
                x, y, max_lag=3, method=method, n_permutations=39, rng=rng
            )
            each[method].append(np.mean(scan.p_values <= 0.05))
    for method, some in each.items():
        assert np.mean(some) < 0.1, method


@pytest.mark.parametrize("kind", ["block", "iaaft"])
def test_surrogates_that_break_a_cycle_are_warned_of(kind):
    rng = np.random.default_rng(7)
    options = {"method": "gaussian", "n_permutations": 9, "surrogates": kind, "rng": 0}
    with pytest.warns(ApproximationWarning, match="take surrogates='shift'"):
        transfer_entropy(wave(307, rng), wave(307, rng), **options)
    # Without a cycle there is nothing to break.
    x, y = (autoregressive([0.9], 307, rng) for _ in range(2))
    assert transfer_entropy(x, y, **options).p_value > 0.0


@pytest.mark.parametrize("past", [1, 15])
@pytest.mark.parametrize("missing_steps", [0, 2])
def test_shifts_keep_cycles_of_so_many_steps_as_warnings_say(past, missing_steps):
    steps = np.arange(60.0)
    trials, turn = read_trials(None, steps.size), least_turn(past) - missing_steps
    source = measured_signal("source", steps, omit=False, density=False)
    drawn = series_surrogates("shift", trials, past, turn).draw(source, np.random.default_rng(4))

    # Only what lies within whole cycles is rolled, and stands for what comes after them.
    keeps = missing_steps == 0
    assert (drawn.values.max() < turn) == keeps
    # A slope is remembered as long as the series is: only shifts by whole cycles are not alike.
    assert (doubt_of_shifts(source, source, trials, turn, past) is None) == keeps

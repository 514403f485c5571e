"""Closed forms at 20 000 steps within three standard errors, and what peers publish."""

import numpy as np
import pytest
from scipy import signal

from infotheory.estimation import (
    active_information_storage,
    block_entropies,
    choose_history,
    estimate_entropy_rate,
    estimate_mutual_information,
    stack_trials,
    transfer_entropy,
    transfer_network,
)
from tests.estimation.series.processes import Linear, autoregressive, driven

MANY = 20_000


# measurements


@pytest.mark.parametrize("method", ["gaussian", "gaussian_copula", "ksg"])
@pytest.mark.parametrize(
    ("coefficients", "history", "wanted"),
    [
        ([0.9], 1, 0.830366),
        ([0.9], 3, 0.830366),
        ([0.95 * 2**0.5, -0.9025], 1, 0.345262),
        ([0.95 * 2**0.5, -0.9025], 2, 1.187629),
        ([0.95 * 2**0.5, -0.9025], 3, 1.187629),
    ],
)
def test_storage_of_autoregressions(coefficients, history, wanted, method):
    x = autoregressive(coefficients, MANY, np.random.default_rng(1))
    stored = active_information_storage(x, history=history, method=method)
    assert stored.value == pytest.approx(wanted, abs=3 * stored.standard_error)


@pytest.mark.parametrize(("a", "b", "c"), [(0.5, 0.5, 0.4), (0.9, 0.5, 0.4), (0.9, 0.9, 0.2)])
def test_a_long_history_sees_all_of_the_past(a, b, c):
    """Barnett and Seth 2014: both pasts without end."""
    whole = 1 + a**2 + c**2
    wanted = 0.5 * np.log(0.5 * (whole + np.sqrt(whole**2 - 4 * a**2)))
    past = 12
    linear = Linear([[a, 0], [c, b]])
    lags = [(1, 1 + i) for i in range(past)], [(0, 1 + i) for i in range(past)]
    assert linear.information([(1, 0)], lags[1], lags[0]) == pytest.approx(wanted, abs=3e-5)
    x, y = driven(a, b, c, MANY, np.random.default_rng(1))
    found = transfer_entropy(x, y, history=past, source_history=past, method="gaussian")
    assert found.value == pytest.approx(wanted, abs=3 * found.standard_error)


def test_every_lag_of_a_late_link():
    x, y = driven(0.5, 0.5, 0.4, MANY, np.random.default_rng(2), lag=3)
    for lag, wanted in enumerate((0.005021, 0.020600, 0.092053, 0.017843, 0.002653), start=1):
        found = transfer_entropy(x, y, lag=lag, method="gaussian")
        assert found.value == pytest.approx(wanted, abs=3 * found.standard_error)


def test_gaps_that_are_closed_up_hide_transfer():
    """One step in five is lost; what is left out beside a gap costs rows, and no bias."""
    rng = np.random.default_rng(3)
    x, y = driven(0.5, 0.5, 0.4, MANY, rng)
    there = rng.random(MANY) > 0.2
    gaps = (np.where(there, series, np.nan) for series in (x, y))
    found = transfer_entropy(*gaps, missing="omit", method="gaussian")
    assert found.value == pytest.approx(0.092053, abs=3 * found.standard_error)
    closed = transfer_entropy(x[there], y[there], method="gaussian")
    assert closed.value < 0.092053 - 3 * closed.standard_error


@pytest.mark.parametrize(
    ("a", "b", "c", "wanted"),
    [
        (0.5, 0.5, 0.4, 0.0883),
        (0.9, 0.5, 0.4, 0.1731),
        (0.5, 0.9, 0.4, 0.0832),
        (0.9, 0.9, 0.2, 0.0632),
    ],
)
def test_the_mean_of_neighbours(a, b, c, wanted):
    """Means of an implementation apart (in the specification), sd .02 of one series."""
    rng = np.random.default_rng(4)
    values = [
        transfer_entropy(*driven(a, b, c, 1000, rng), method="ksg", n_neighbors=4).value
        for _ in range(30)
    ]
    spread = np.std(values, ddof=1)
    # Thirty series here, and some thirty there.
    assert np.mean(values) == pytest.approx(wanted, abs=3 * spread * np.sqrt(2 / 30))
    assert 0.014 < spread < 0.030


# what is in the tests of IDTxl


@pytest.mark.parametrize("method", ["gaussian", "gaussian_copula", "ksg"])
def test_correlated_gaussians_of_idtxl(method):
    """``y = .4 x + .6 e``, correlation .4 / sqrt(.16 + .36), at one step and the next."""
    rng = np.random.default_rng(5)
    source, other, noise = rng.normal(size=(3, MANY))
    target = 0.4 * source + 0.6 * noise
    square = 0.16 / 0.52
    wanted = -0.5 * np.log1p(-square)
    estimate = estimate_mutual_information(source, target, method=method)
    assert estimate.value == pytest.approx(wanted, abs=3 * estimate.standard_error)
    there = transfer_entropy(source[1:], target[:-1], method=method)
    assert there.value == pytest.approx(wanted, abs=3 * there.standard_error)
    none = transfer_entropy(other[1:], target[:-1], method=method)
    assert none.value == pytest.approx(0.0, abs=3 * none.standard_error)


@pytest.mark.parametrize("method", ["gaussian", "ksg"])
def test_the_network_of_two_gaussians_of_idtxl(method):
    source, noise = np.random.default_rng(6).normal(size=(2, 1000))
    target = 0.4 * source + 0.6 * noise
    x = np.column_stack([source[1:], target[:-1]])
    network = transfer_network(x, max_lag=5, method=method, targets=[1], n_permutations=60, rng=0)
    link = network.links.iloc[0]
    assert link["lags"] == (1,)
    assert network.conditions[network.names[1]][0] == (network.names[1], 1)
    alone = transfer_entropy(*x.T, method="ksg" if method == "ksg" else "gaussian", n_neighbors=4)
    if method == "ksg":
        assert link["value"] == pytest.approx(0.1839, abs=0.06)
        assert link["value"] == pytest.approx(alone.value, abs=0.03)
    else:
        assert link["value"] == pytest.approx(0.1839, abs=3 * link["standard_error"])


def test_the_autoregression_of_idtxl_by_neighbours_and_correlations():
    x = autoregressive([0.95 * 2**0.5, -0.9025], 10_000, np.random.default_rng(7))
    for method in ("gaussian", "ksg"):
        assert choose_history(x[:2000], method=method, max_history=4).history == 2
    values = [
        active_information_storage(x, history=2, method=method).value
        for method in ("gaussian", "ksg")
    ]
    assert values[0] == pytest.approx(values[1], abs=0.05)
    white = np.random.default_rng(8).normal(size=10_000)
    for method in ("gaussian", "ksg"):
        stored = active_information_storage(white, history=2, method=method)
        assert stored.value == pytest.approx(0.0, abs=0.02)


# what is in the tests of PyInform, in bits


@pytest.mark.filterwarnings("ignore::infotheory.exceptions.WithheldWarning")
@pytest.mark.filterwarnings("ignore::infotheory.exceptions.SparseCellWarning")
@pytest.mark.parametrize(
    ("xs", "ys", "there", "back"),
    [
        ("11100", "11001", 0.666667, 0.0),
        ("0011100001", "1100000011", 0.5, 0.106844),
        ("0101001100", "0010111011", 0.344361, 0.25),
    ],
)
def test_transfer_of_pyinform(xs, ys, there, back):
    x, y = ([int(label) for label in one] for one in (xs, ys))
    for source, target, wanted in ((y, x, there), (x, y, back), (x, x, 0.0), (y, y, 0.0)):
        found = transfer_entropy(source, target, history=2, base=2)
        assert found.value == pytest.approx(wanted, abs=1e-6)


@pytest.mark.filterwarnings("ignore::infotheory.exceptions.WithheldWarning")
@pytest.mark.filterwarnings("ignore::infotheory.exceptions.SparseCellWarning")
@pytest.mark.parametrize(
    ("rows", "base", "storage", "rate"),
    [
        (["11001001"], 2, 0.918296, 0.0),
        (["100000000"], 2, 0.0, 0.0),
        (["001111000"], 2, 0.305958, 0.679270),
        (["100000011"], 2, 0.347458, 0.515663),
        (["000001100"], 2, 0.399533, 0.463587),
        (["333210001"], 4, 0.635471, 0.285714),
        (["223333210"], 4, 0.635471, 0.196778),
        (["222222111"], 4, 0.234783, 0.257831),
        (["11001001", "00010001"], 2, 0.459148, None),
        (["333210001", "223333210", "000011000", "110001122"], 4, 0.662146, 0.272234),
    ],
)
def test_storage_and_rates_of_pyinform(rows, base, storage, rate):
    x, trials = stack_trials([[int(label) for label in row] for row in rows])
    options = {"history": 2, "trials": trials, "base": base}
    assert active_information_storage(x, **options).value == pytest.approx(storage, abs=1e-6)
    if rate is not None:
        found = estimate_entropy_rate(x, method="plugin", **options)
        assert found.value == pytest.approx(rate, abs=1e-6)
        blocks = block_entropies(x, 1, trials=trials, base=base)
        assert blocks.values[0] >= found.value


# labels are their own alphabet


@pytest.mark.parametrize("transform", [np.float32, list, tuple])
def test_storage_of_measurements_in_any_container(transform):
    x = signal.lfilter([1], [1, -0.6], np.random.default_rng(9).normal(size=400))
    x = np.asarray(x, dtype=np.float32).astype(np.float64)
    wanted = active_information_storage(x, method="ksg")
    assert active_information_storage(transform(x), method="ksg").value == wanted.value

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import infotheory as it
from infotheory.exceptions import NotConvergedWarning


def binary_entropy(p):
    return float(it.entropy([p, 1 - p], base=2))


@pytest.mark.parametrize(
    ("channel", "capacity"),
    [
        ([[0.9, 0.1], [0.1, 0.9]], 0.531004),
        ([[0.75, 0.25, 0.0], [0.0, 0.25, 0.75]], 0.75),  # erasure
        ([[1.0, 0.0], [0.5, 0.5]], math.log2(1.25)),  # Z
        (np.eye(3), math.log2(3)),
        ([[0.3, 0.7], [0.3, 0.7]], 0.0),
        ([[1.0, 0.0], [0.0, 1.0], [0.5, 0.5]], 1.0),  # an input that is never used
    ],
)
def test_known_capacities(channel, capacity):
    result = it.channel_capacity(channel, base=2)
    assert float(result) == pytest.approx(capacity, abs=1e-6)
    assert 0 <= result.gap <= 1e-9
    assert result.input_law.sum() == pytest.approx(1.0)


@settings(max_examples=20)
@given(st.integers(0, 10_000))
def test_capacity_is_an_upper_bound(seed):
    rng = np.random.default_rng(seed)
    channel = rng.dirichlet(np.full(4, 0.5), size=3)
    capacity = it.channel_capacity(channel, tolerance=1e-8)
    laws = rng.dirichlet(np.ones(3), size=50)
    informations = it.mutual_information(laws[:, :, None] * channel)
    assert informations.max() <= float(capacity) + float(capacity.gap) + 1e-12


def test_batch_of_channels():
    channels = np.array([[[1 - e, e], [e, 1 - e]] for e in (0.0, 0.1, 0.5)])
    expected = [1 - binary_entropy(e) for e in (0.0, 0.1, 0.5)]
    assert it.channel_capacity(channels, base=2).capacity == pytest.approx(expected, abs=1e-8)


def test_too_few_steps_warn_and_the_gap_is_honest():
    channel = [[0.6, 0.3, 0.1], [0.1, 0.2, 0.7], [0.3, 0.4, 0.3]]
    best = float(it.channel_capacity(channel))
    with pytest.warns(
        NotConvergedWarning, match="channel_capacity: the gap must fall to 1e-10, got"
    ):
        early = it.channel_capacity(channel, max_iter=1)
    assert float(early) <= best <= float(early) + early.gap


@pytest.mark.parametrize("distortion", [0.05, 0.2, 0.4])
def test_binary_source_under_hamming_distortion(distortion):
    slope = math.log2((1 - distortion) / distortion)
    point = it.rate_distortion([0.5, 0.5], 1 - np.eye(2), slope=slope, base=2)
    assert point.distortion == pytest.approx(distortion, abs=1e-6)
    assert point.rate == pytest.approx(1 - binary_entropy(distortion), abs=1e-6)
    assert point.gap <= 1e-7


def test_ends_of_the_rate_distortion_curve():
    free = it.rate_distortion([0.7, 0.3], 1 - np.eye(2), slope=0.0)
    assert free.rate == pytest.approx(0.0, abs=1e-12)
    steep = it.rate_distortion([0.7, 0.3], 1 - np.eye(2), slope=60.0, base=2)
    assert (steep.distortion, steep.rate) == pytest.approx((0.0, binary_entropy(0.3)), abs=1e-6)


@pytest.mark.parametrize("slope", [0.0, 1e-300, 1e-12, 1e-4, 1.0, 2.19])
def test_on_the_axis_the_best_symbol_stands_for_all(slope):
    # The curve of a source of .1 leaves the axis at the slope log(.9 / .1) = 2.197.
    point = it.rate_distortion([0.1, 0.9], 1 - np.eye(2), slope=slope)
    assert (point.rate, point.distortion) == (0.0, pytest.approx(0.1, abs=1e-15))
    assert point.channel.tolist() == [[0.0, 1.0], [0.0, 1.0]]
    assert 0.0 <= point.gap <= 1e-8


def test_off_the_axis_no_symbol_stands_for_all():
    point = it.rate_distortion([0.1, 0.9], 1 - np.eye(2), slope=2.3)
    distortion = 1 / (1 + math.exp(2.3))
    assert point.distortion == pytest.approx(distortion, abs=1e-4)
    rate = (binary_entropy(0.1) - binary_entropy(distortion)) * math.log(2)
    assert point.rate == pytest.approx(rate, abs=1e-5)
    assert point.rate > 1e-3


def test_bottleneck_curve():
    pxy = np.array([[0.3, 0.1], [0.05, 0.2], [0.15, 0.2]])
    curve = it.information_bottleneck_curve(pxy, betas=[0.5, 3.0, 1e4])
    information = float(it.mutual_information(pxy))
    assert curve.relevance[0] == pytest.approx(0.0, abs=1e-6)
    assert curve.relevance[2] == pytest.approx(information, abs=1e-6)
    assert (curve.relevance <= np.minimum(curve.compression, information) + 1e-9).all()
    assert (np.diff(curve.compression) >= -1e-9).all()
    np.testing.assert_allclose(curve.encoders.sum(axis=2), 1.0)
    one = it.information_bottleneck_curve(pxy, betas=[10.0], n_codes=1)
    assert one.compression[0] == pytest.approx(0.0, abs=1e-12)

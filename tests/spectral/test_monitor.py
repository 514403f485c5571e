"""The monitor of training runs and its figure."""

import numpy as np
import pytest
import torch

from infotheory.plots import plot_spectral
from infotheory.spectral import SpectralMonitor, diffusion_spectral_entropy, rankme

ALL = (
    "diffusion_spectral_entropy",
    "diffusion_spectral_mutual_information",
    "rankme",
    "participation_ratio",
    "stable_rank",
    "von_neumann_entropy",
)


def filled():
    rng = np.random.default_rng(0)
    monitor = SpectralMonitor(ALL, base=2, rng=0)
    labels = np.arange(40) % 2
    for step in (0, 10):
        layers = {
            "first": rng.standard_normal((40, 3, 2)),
            "second": torch.tensor(rng.standard_normal((40, 4))),
        }
        monitor.record(step, layers, labels)
    return monitor, layers


def test_frame():
    monitor, layers = filled()
    frame = monitor.to_frame()
    assert len(frame) == 2 * 2 * len(ALL)
    assert list(frame.columns) == [
        "step",
        "layer",
        "measure",
        "value",
        "standard_error",
        "degrees_of_freedom",
        "bandwidth",
        "n_samples",
    ]
    last = frame[frame["step"] == 10].set_index(["layer", "measure"])["value"]
    first = layers["first"].reshape(40, 6)
    assert last["first", "rankme"] == rankme(first)
    assert (
        last["first", "diffusion_spectral_entropy"]
        == diffusion_spectral_entropy(first, base=2).value
    )
    of_information = frame[frame["measure"] == "diffusion_spectral_mutual_information"]
    assert (of_information["standard_error"] > 0).all()
    assert SpectralMonitor().to_frame().empty


def test_a_gradient_is_not_kept():
    monitor = SpectralMonitor()
    monitor.record(
        0, {"a": torch.randn(8, 2, generator=torch.Generator().manual_seed(0), requires_grad=True)}
    )
    assert isinstance(monitor.to_frame()["value"][0], float)


def test_messages():
    with pytest.raises(ValueError, match=r"measures must be one of .*got 'rank'"):
        SpectralMonitor(["rank"])
    with pytest.raises(
        ValueError, match="measures must be a non-empty list of names, got 'rankme'"
    ):
        SpectralMonitor("rankme")
    monitor = SpectralMonitor(ALL)
    with pytest.raises(ValueError, match="labels must be given"):
        monitor.record(0, {"a": np.eye(3)})
    monitor = SpectralMonitor(["rankme"])
    for layers in ({}, [np.eye(3)], np.eye(3)):
        with pytest.raises(ValueError, match="at least one layer"):
            monitor.record(0, layers)
    with pytest.raises(ValueError, match="Z must vary"):
        monitor.record(0, {"a": np.eye(3), "b": np.zeros((3, 3))})
    assert monitor.to_frame().empty
    monitor.record(0, {"a": np.eye(3)})
    with pytest.raises(ValueError, match="recorded once, got step 0 of 'a' again"):
        monitor.record(0, {"a": np.eye(3)})


@pytest.mark.parametrize("step", [np.nan, np.inf, torch.tensor(np.nan), None, "1", True, [1.0]])
def test_a_step_is_a_finite_number(step):
    monitor = SpectralMonitor(["rankme"])
    with pytest.raises(ValueError, match="step must be a finite number, got"):
        monitor.record(step, {"a": np.eye(3)})
    assert monitor.to_frame().empty


def test_a_step_is_recorded_once_whatever_its_type():
    monitor = SpectralMonitor(["rankme"])
    monitor.record(torch.tensor(3), {"a": np.eye(3)})
    for again in (3, 3.0, np.int64(3), np.array(3.0), torch.tensor(3.0)):
        with pytest.raises(ValueError, match="recorded once, got step 3"):
            monitor.record(again, {"a": np.eye(3)})
    assert monitor.to_frame()["step"].tolist() == [3]


def test_figure():
    monitor, _ = filled()
    ax = plot_spectral(monitor)
    assert [line.get_label() for line in ax.lines] == ["first", "second"]
    assert ax.get_ylabel() == "diffusion spectral entropy"
    assert not ax.collections
    banded = plot_spectral(monitor, measure="diffusion_spectral_mutual_information")
    assert len(banded.collections) == 2
    assert plot_spectral(monitor, measure="rankme", ax=ax) is ax
    with pytest.raises(ValueError, match="measure must have been recorded, got 'vendi'"):
        plot_spectral(monitor, measure="vendi")
    with pytest.raises(TypeError, match="must be a SpectralMonitor, got dict"):
        plot_spectral({"rankme": [1.0]})
    with pytest.raises(ValueError, match="level must lie strictly between 0 and 1, got 1"):
        plot_spectral(monitor, level=1)

"""Figures of bins of amounts."""

import numpy as np
import pytest

from infotheory.binning import OptimalBinner
from infotheory.plots import plot_binning, plot_binnings

pytest.importorskip("matplotlib")


def fitted(kind, **options):
    rng = np.random.default_rng(0)
    x, noise = rng.normal(size=2000), np.random.default_rng(1).normal(size=2000)
    y = {
        "fraction": 1.0 / (1.0 + np.exp(-x - rng.normal(size=2000))),
        "rate": rng.poisson(np.exp(x - 1.0)).astype(float),
        "continuous": x + rng.normal(size=2000),
        "multiclass": np.array(["a", "b", "c"])[
            np.clip(np.round(x + noise + 1.0), 0, 2).astype(int)
        ],
    }[kind]
    return OptimalBinner(target_type=kind, **options).fit(x[:, None], y)


@pytest.mark.parametrize("kind", ["fraction", "rate", "continuous"])
@pytest.mark.parametrize(("value", "column"), [("woe", "woe"), ("event_rate", "mean")])
def test_points_and_intervals_are_those_of_the_table(kind, value, column):
    binner = fitted(kind)
    shown = binner.binning_table("x0").query("count > 0").iloc[:-1]
    for source in (binner, binner.tables_["x0"], binner.binning_table("x0")):
        ax = plot_binning(source, value=value)
        line, _, (bars,) = ax.containers[0]
        np.testing.assert_allclose(line.get_xdata(), shown[column])
        ends = np.array([segment[:, 0] for segment in bars.get_segments()])
        expected = shown[[f"{column}_low", f"{column}_high"]].to_numpy()
        if kind == "continuous" or value == "woe":  # means of the others are cut to their range
            np.testing.assert_allclose(ends, expected, rtol=1e-6, atol=1e-9)
    words = {
        "woe": "a mean above" if kind == "continuous" else "a lower mean",
        "event_rate": "mean",
    }
    assert words[value] in ax.get_xlabel()


def test_signs_grids_and_classes():
    higher = fitted("rate", woe_sign="event")
    assert "a higher mean" in plot_binning(higher).get_xlabel()
    assert len(plot_binnings(higher).axes) >= 1
    with pytest.raises(ValueError, match="one point a bin, got several classes"):
        plot_binning(fitted("multiclass"))

"""Figures of a report are read back: what is drawn has the coordinates of the numbers."""

import re
import xml.etree.ElementTree as ET

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.figure import Figure

from infotheory.plots import PALETTE
from infotheory.report.formats.bin_figures import bin_figure, ticks_between
from infotheory.report.formats.figures import binning_figures, summary_axes, svg

SPACE = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def summary(german):
    return german[1].summary


@pytest.fixture(scope="module")
def axes(summary):
    drawn = summary_axes(summary)
    yield drawn
    plt.close("all")


def longest_lines(ax):
    """Lines that are curves, rather than marks of an axis or a diagonal."""
    return [line.get_xydata() for line in ax.get_lines() if len(line.get_xydata()) > 10]


def test_the_area_under_the_drawn_curve_is_the_number_beside_it(summary, axes):
    areas = {
        row["sample"]: row["value"]
        for row in summary["performance"]["measures"]
        if row["measure"] == "AUC"
    }
    drawn = [np.trapezoid(line[:, 1], line[:, 0]) for line in longest_lines(axes["roc"])]
    assert sorted(drawn) == pytest.approx(sorted(areas.values()), abs=1e-6)


@pytest.mark.parametrize("sample", ["train", "hold-out"])
def test_the_drawn_gap_of_the_classes_is_the_statistic(summary, axes, sample):
    (gap,) = (
        row["value"]
        for row in summary["performance"]["measures"]
        if row["measure"] == "KS" and row["sample"] == sample
    )
    first, second = longest_lines(axes[f"gap {sample}"])[:2]
    np.testing.assert_array_equal(first[:, 0], second[:, 0])
    assert np.abs(first[:, 1] - second[:, 1]).max() == pytest.approx(gap)


@pytest.mark.parametrize("sample", ["train", "hold-out"])
def test_marks_of_the_calibration_are_at_predicted_and_observed(summary, axes, sample):
    groups = summary["calibration"]["groups"][sample]
    wanted = 100.0 * np.array([[row["expected_event_rate"], row["event_rate"]] for row in groups])
    ax = axes[f"calibration {sample}"]
    marks = [line.get_xydata() for line in ax.get_lines()]
    marks += [np.asarray(part.get_offsets()) for part in ax.collections if len(part.get_offsets())]
    assert any(m.shape == wanted.shape and np.allclose(m, wanted) for m in marks)


def test_the_ranking_names_every_characteristic_from_the_best_on(summary, axes):
    ax = axes["ranking"]
    names = [label.get_text() for label in ax.get_yticklabels()]
    heights = dict(zip(names, ax.get_yticks(), strict=True))
    assert len(names) == 20
    order = sorted(names, key=heights.get, reverse=not ax.yaxis_inverted())
    values = {row["feature"]: row["iv"]["value"] for row in summary["ranking"]}
    crossed = {row["feature"]: row["cross_fitted"]["value"] for row in summary["ranking"]}
    # long names are shortened in the picture
    full = [next(n for n in values if n.startswith(name[:12])) for name in order]
    by = [[of[name] for name in full] for of in (values, crossed)]
    assert any(numbers == sorted(numbers, reverse=True) for numbers in by)


def test_a_picture_takes_its_colours_from_the_page_and_its_names_from_its_own():
    figure = Figure()
    ax = figure.subplots()
    ax.plot([0, 1], [0, 1], color=PALETTE["first"], label="it's <b> & more")
    ax.legend()
    first, again, other = (svg(ax, name, "a <label>") for name in ("one", "one", "two"))
    assert first == again
    assert "var(--first)" in first
    assert PALETTE["first"].lower() not in first.lower()
    roots = [ET.fromstring(text) for text in (first, other)]  # noqa: S314 - what we have written
    ids = [{element.get("id") for element in root.iter() if element.get("id")} for root in roots]
    assert not ids[0] & ids[1]
    assert all(name.startswith("one-") for name in ids[0])
    assert roots[0].get("aria-label") == "a <label>"
    assert "it's <b> & more" in "".join(roots[0].itertext())
    assert "DejaVu" not in first
    assert "<metadata" not in first

    ax.remove()
    with pytest.raises(ValueError, match="got axes of none for 'gone'"):
        svg(ax, "gone", "nothing")


def texts_of(picture):
    root = ET.fromstring(picture)  # noqa: S314 - what we have written
    return root, ["".join(element.itertext()) for element in root.iter("text")]


def test_figures_of_bins_stand_at_the_values_of_the_table(summary):
    """Each mark is read back through the two outer ticks of its axis."""
    for entry in summary["characteristics"][:6]:
        rate, woe = binning_figures(summary, entry)
        bins = entry["samples"]["train"]["bins"]
        for picture, key, factor in ((rate, "event_rate", 100.0), (woe, "woe", 1.0)):
            ticks = [
                (float(x), float(text.replace("−", "-")))
                for x, text in re.findall(
                    r'<text x="([\d.]+)" y="[\d.]+" class="c">(−?[\d.]+)</text>', picture
                )
            ]
            (x0, v0), (x1, v1) = ticks[0], ticks[-1]
            marks = [float(x) for x in re.findall(r'<circle class="p" cx="([\d.]+)"', picture)]
            found = [v0 + (x - x0) / (x1 - x0) * (v1 - v0) for x in marks]
            wanted = [factor * row[key] for row in bins if row[f"{key}_low"] is not None]
            # coordinates have one decimal
            assert found == pytest.approx(wanted, abs=0.11 * abs(v1 - v0) / (x1 - x0))
            _, texts = texts_of(picture)
            assert f"{100 * bins[0]['share']:.0f} %" in texts


def test_what_has_no_interval_is_an_open_square():
    rows = [
        {"bin": "a", "share": 0.5, "woe": 0.4, "woe_low": None, "woe_high": None},
        {"bin": "b", "share": 0.5, "woe": -0.4, "woe_low": -0.6, "woe_high": -0.2},
    ]
    root, _ = texts_of(bin_figure(rows, "woe", axis="WoE", line=0.0, label="x"))
    kinds = [element.get("class") for element in root.iter()]
    assert kinds.count("o") == kinds.count("p") == kinds.count("l") == 1
    flat = [{**row, "woe": 0.0, "woe_low": None, "woe_high": None} for row in rows]
    assert "NaN" not in bin_figure(flat, "woe", axis="WoE", line=0.0, label="x").replace(
        "nan", "NaN"
    )


@pytest.mark.parametrize("seed", range(5))
def test_ticks_are_round_inside_and_not_too_many(seed):
    rng = np.random.default_rng(seed)
    for _ in range(60):
        low = rng.normal(scale=10.0 ** rng.uniform(-4, 5))
        high = low + 10.0 ** rng.uniform(-5, 6)
        most = int(rng.integers(2, 8))
        ticks = ticks_between(low, high, most)
        assert 0 < len(ticks) <= most + 1
        assert all(low - 1e-9 * abs(low) <= tick <= high + 1e-9 * abs(high) for tick in ticks)
        steps = np.diff(ticks)
        if len(steps):
            assert np.allclose(steps, steps[0], rtol=1e-6)
            lead = steps[0] / 10.0 ** np.floor(np.log10(steps[0]) + 1e-9)
            assert min(abs(lead - round_one) for round_one in (1.0, 2.0, 5.0, 10.0)) < 1e-4

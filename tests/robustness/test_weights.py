"""Weights as users draw them, in every place that takes some; and all of them times a constant."""

import warnings

import numpy as np
import pandas as pd
import pytest

from infotheory._validation import as_weights
from infotheory.cells import BinSpec
from infotheory.engines import count_frame
from infotheory.exceptions import InfotheoryWarning
from tests.engines.in_memory import FRAMES, frame_of
from tests.robustness.weighted import N_ROWS, PLACES, numbers, sample


@pytest.fixture(scope="module")
def rows():
    return sample()


def drawn(kind, x):
    """Weights of a law of positive numbers; "fading" has rows that say nothing, 1e-90 of others."""
    rng = np.random.default_rng(8)
    laws = {
        "exponential": lambda: rng.exponential(size=N_ROWS),
        "log-normal": lambda: rng.lognormal(0.0, 3.0, N_ROWS),
        "gamma": lambda: rng.gamma(0.1, size=N_ROWS),
        "fading": lambda: np.exp(-60.0 * np.maximum(0.0, x)),
    }
    return laws[kind]()


def at(place, rows, weights):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", InfotheoryWarning)
        return dict(numbers(PLACES[place](rows, weights)))


@pytest.mark.parametrize(
    "kind",
    [
        *("gamma", "fading"),
        *(pytest.param(kind, marks=pytest.mark.slow) for kind in ("exponential", "log-normal")),
    ],
)
@pytest.mark.parametrize("place", PLACES)
def test_weights_of_any_law_are_taken(rows, place, kind):
    weights = drawn(kind, rows.X["x"].to_numpy())
    weights[:3] = [1e-13, 1e-40, 1e-200]
    given = at(place, rows, weights)
    values = [name for name in given if name.endswith(".value")]
    assert given
    assert all(np.isfinite(given[name]) for name in values)


@pytest.mark.parametrize(
    "constant",
    [1.0 / N_ROWS, *(pytest.param(c, marks=pytest.mark.slow) for c in (1e-9, 7.0, 1e12))],
)
@pytest.mark.parametrize("place", PLACES)
def test_all_weights_times_a_constant_give_the_same(rows, place, constant):
    weights = np.random.default_rng(4).uniform(0.3, 3.0, N_ROWS)
    plain, scaled = (at(place, rows, c * weights) for c in (1.0, constant))
    assert plain
    assert plain.keys() == scaled.keys()
    for name, number in plain.items():
        np.testing.assert_allclose(scaled[name], number, rtol=1e-6, atol=1e-9, err_msg=name)


@pytest.mark.parametrize("place", ["card", "evidence", "discrimination", "estimates", "DuckDB"])
def test_rows_of_hardly_any_weight_say_nothing(rows, place):
    weights = np.random.default_rng(4).uniform(0.3, 3.0, N_ROWS)
    weights[::7] = 0.0
    silent, faint = (at(place, rows, np.where(weights == 0.0, w, weights)) for w in (0.0, 1e-70))
    assert silent.keys() == faint.keys()
    for name, number in silent.items():
        np.testing.assert_array_equal(faint[name], number, err_msg=name)


HEAVY = r"up to 1e\+07 times their median \(of those above 0\), got a median of 1 and a largest"


@pytest.mark.parametrize("library", FRAMES)
def test_frames_refuse_what_arrays_refuse(library):
    frame = pd.DataFrame({"x": np.arange(9.0), "y": [0, 1, 0] * 3, "w": 1.0})
    spec = BinSpec(name="x", kind="numerical", splits=(4.0,))
    for heavy, text in ((1e9, HEAVY), (1e61, "between -1e60 and 1e60")):
        frame.loc[3, "w"] = heavy
        with pytest.raises(ValueError, match=text):
            count_frame(frame_of(library, frame), {"x": spec}, target="y", sample_weight="w")
    faint = frame.assign(w=1e-70)
    with pytest.raises(ValueError, match="rescale them"):
        count_frame(frame_of(library, faint), {"x": spec}, target="y", sample_weight="w")


@pytest.mark.parametrize(
    ("weights", "text"),
    [
        ([1.0, 1.0, 1e9], HEAVY),
        ([1e-70, 1e-65], "leave it no digit, got 1e-70 and a largest of 1e-65; rescale them"),
        ([1.0, 2e60], "must lie between -1e60 and 1e60"),
    ],
)
def test_weights_out_of_range_are_refused(weights, text):
    with pytest.raises(ValueError, match=text):
        as_weights(weights, len(weights))


def test_small_weights_are_taken_as_they_are():
    assert as_weights([1e-9, 1.0, 1.0], 3).tolist() == [1e-9, 1.0, 1.0]
    assert as_weights([1e-61, 1.0, 1.0], 3).tolist() == [0.0, 1.0, 1.0]
    assert as_weights([1e-50, 1e-50, 1e-50], 3).tolist() == [1e-50] * 3

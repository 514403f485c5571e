"""The interval of a number is the one that numpy's search finds, bit for bit."""

import numpy as np
import pytest

from infotheory import _compiled, _search
from infotheory._search import as_written, locate, rounded_below

TINY, LARGEST = np.nextafter(0.0, 1.0), np.finfo(np.float64).max
RNG = np.random.default_rng(5)
SPLITS = {
    "none": [],
    "one": [0.5],
    "as many as need no grid": np.arange(7.0),
    "one more": np.arange(8.0),
    "normal": np.sort(RNG.normal(size=1023)),
    "many magnitudes": np.sort(10.0 ** RNG.uniform(-300, 300, 500) * RNG.choice([-1, 1], 500)),
    "neighbouring floats": 1.0 + np.arange(700) * np.finfo(np.float64).eps,
    "denormal": TINY * np.arange(40),
    "all in one bucket": [-1e300, *TINY * np.arange(40), 1e300],
    "too wide for a grid": [-LARGEST, *np.linspace(-1, 1, 30), LARGEST],
    "infinite ends": [-np.inf, *np.linspace(-1, 1, 30), np.inf],
    "repeated": np.repeat(np.linspace(-1, 1, 30), 3),
}


def near(splits):
    """Return splits, floats beside them, numbers of all magnitudes and no numbers."""
    odd = [np.nan, np.inf, -np.inf, 0.0, -0.0, TINY, -TINY, LARGEST, -LARGEST]
    spread = 10.0 ** RNG.uniform(-320, 308, 9000) * RNG.choice([-1, 1], 9000)
    with np.errstate(over="ignore"):
        beside = [np.nextafter(splits, end) for end in (-np.inf, np.inf)]
    return np.concatenate([splits, *beside, odd, spread, RNG.normal(size=1000)])


@pytest.mark.parametrize("splits", SPLITS.values(), ids=SPLITS)
@pytest.mark.parametrize(
    ("rows_for_grid", "rows_before"),
    [(_search._ROWS_FOR_GRID, 0), (10**9, 0), (_search._ROWS_FOR_GRID, 10**9)],
    ids=["grid", "no grid", "few rows so far"],
)
def test_numbers_lie_where_numpy_finds_them(splits, rows_for_grid, rows_before, monkeypatch):
    monkeypatch.setattr(_search, "_ROWS_FOR_GRID", rows_for_grid)
    monkeypatch.setattr(_compiled, "_ROWS_BEFORE", rows_before)
    if rows_before > 0:  # as in a process that has not made the kernel
        monkeypatch.setattr(_search, "_locate", _compiled.compiled(_search._locate.py_func))
    splits = np.asarray(splits, dtype=np.float64)
    values = near(splits)
    assert len(values) > 8192
    found = np.empty(len(values), dtype=np.int64)
    locate(values, splits, -7, found)
    wanted = np.where(np.isnan(values), -7, np.searchsorted(splits, values, side="right"))
    np.testing.assert_array_equal(found, wanted)
    assert _search._locate.is_made == (rows_before == 0)


def test_a_kernel_is_made_once_it_has_been_worth_it(monkeypatch):
    kernel = _compiled.compiled(_search._locate.py_func)
    monkeypatch.setattr(_search, "_locate", kernel)
    monkeypatch.setattr(_compiled, "_ROWS_BEFORE", 2500)
    made = []
    for _ in range(4):
        locate(RNG.normal(size=1000), np.arange(3.0), 4, np.empty(1000, np.int32))
        made.append(kernel.is_made)
    assert made == [False, False, True, True]


def test_splits_between_numbers_of_float32_are_the_decimals_or_below_them():
    decimals = np.unique(RNG.integers(-(10**5), 10**5, 500)) / 1000.0
    short = np.unique(decimals.astype(np.float32)).astype(np.float64)
    written = as_written(short)
    # Rows of float32 and of the decimals reach the same splits, each in its own type.
    np.testing.assert_array_equal(
        np.searchsorted(written, short, side="right"), np.arange(1, 1 + short.size)
    )
    np.testing.assert_array_equal(
        np.searchsorted(written, decimals, side="right"), np.arange(1, 1 + short.size)
    )
    assert (written <= short).all()
    assert (written == decimals).sum() > 100


def test_other_splits_stay_as_they_are():
    splits = np.sort(RNG.normal(size=300))
    assert as_written(splits) is splits
    whole = np.arange(5.0)
    assert as_written(whole) is whole
    between = np.array([0.1, float(np.float32(0.1))])
    np.testing.assert_array_equal(as_written(between), between)
    assert as_written(np.array([-LARGEST, 0.5, LARGEST])).tolist() == [-LARGEST, 0.5, LARGEST]


@pytest.mark.parametrize("dtype", [np.float32, np.float16])
def test_what_short_floats_round_down_is_known(dtype):
    splits = np.arange(1, 100) / 100.0
    short = splits.astype(dtype).astype(np.float64)
    np.testing.assert_array_equal(rounded_below(splits, dtype), short[short < splits])
    # Neighbours of a number end its cell, and no short float stands for them.
    assert rounded_below(np.nextafter(splits, np.inf), dtype).size == 0
    assert rounded_below(np.array([2.0**24 + 1.0, -LARGEST, 1e300]), dtype).size == 0

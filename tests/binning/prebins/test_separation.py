"""Features that separate the classes: found whatever their kind, kept in bins, said once."""

import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest

from infotheory._rows import Rows
from infotheory.binning import FairBinner, OptimalBinner, StumpBinner, rebin
from infotheory.binning.prebins.rows import PrebinOptions, prebin
from infotheory.binning.prebins.separation import separating_area
from infotheory.cells import Factor
from infotheory.exceptions import InfotheoryWarning, LeakageWarning, SparseCellWarning
from infotheory.scorecard import Scorecard, select_characteristics

BINNERS = [
    OptimalBinner(),
    OptimalBinner(min_bin_n_event=30, min_bin_n_nonevent=30, min_n_bins=2),
    StumpBinner(),
    StumpBinner(mode="joint"),
    FairBinner(),
]


def area(values, y, weights=None):
    if np.asarray(values).dtype.kind in "OU":
        levels, codes = np.unique(np.asarray(values, dtype=str), return_inverse=True)
        values = Factor(tuple(levels.tolist()), codes)
    cells = prebin(
        "x", values, Rows.of_sample(np.asarray(y, float), weights), PrebinOptions(max_n_prebins=64)
    )
    return separating_area(cells.spec, cells.table)


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(0)
    x = rng.normal(size=600)
    return x, (x > 0.3).astype(int), rng


def frame_of(x, y, rng):
    return pd.DataFrame(
        {
            "x": x,
            "answer": np.where(y == 1, "yes", "no"),
            "filled": np.where(y == 1, x, np.nan),
            "noise": rng.normal(size=len(x)),
        }
    )


def fitted(binner, X, y, **roles):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        binner.fit(X, y) if not roles else binner.fit_frame(X.assign(y=y), "y")
    return [w for w in caught if issubclass(w.category, LeakageWarning)]


@pytest.mark.parametrize("on_frames", [False, True])
@pytest.mark.parametrize("binner", BINNERS, ids=str)
def test_a_feature_that_separates_keeps_its_bins_and_is_named_once(binner, on_frames, rows):
    x, y, rng = rows
    X = frame_of(x, y, rng)
    if on_frames and getattr(binner, "mode", "") == "joint":
        pytest.skip("the joint booster needs rows")
    (warning,) = fitted(binner, X, y, **({"on_frames": True} if on_frames else {}))
    assert all(f"'{name}'" in str(warning.message) for name in ("x", "answer", "filled"))
    assert "noise" not in str(warning.message)

    summary = binner.summary().set_index("feature")
    assert summary["status"].tolist()[:3] == ["separating"] * 3
    assert summary["status"].iloc[3] != "separating"
    assert (summary["iv"].iloc[:3] > 5.0).all()
    assert np.isfinite(summary["iv"]).all()
    assert all(np.isfinite(woe).all() for woe in binner.woe_.values())
    assert binner.specs_["x"].n_bins >= 2
    assert binner.specs_["answer"].n_bins == 2


@pytest.mark.parametrize("make", [OptimalBinner, StumpBinner, FairBinner])
def test_one_stray_row_changes_nothing(make, rows):
    x, y, rng = rows
    stray = y.copy()
    stray[np.argmin(x)] = 1
    (warning,) = fitted(binner := make(), frame_of(x, y, rng), stray)
    assert "'x'" in str(warning.message)
    assert binner.status_["x"] == "separating"


def test_few_events_that_a_cut_parts_are_found(rows):
    x, _, rng = rows
    y = (x >= np.sort(x)[-6]).astype(int)  # one per cent
    for make in (OptimalBinner, StumpBinner, FairBinner):
        (warning,) = fitted(binner := make(), frame_of(x, y, rng)[["x", "answer", "noise"]], y)
        assert "'answer'" in str(warning.message)
        assert binner.specs_["answer"].n_bins == 2


def test_cuts_in_several_places_are_found(rows):
    x, *_ = rows
    assert area(x, np.abs(x) > 1) > 0.95
    assert area(x, (np.floor(4 * x) % 2) == 0) is None or area(x, np.floor(x) % 2 == 0) > 0.95


def test_a_perfect_cut_needs_nine_rows_a_class():
    for n in (4, 8, 9, 20):
        y = np.repeat([0.0, 1.0], n)
        assert area(np.arange(2.0 * n), y) == (1.0 if n >= 9 else None)
        assert area(np.where(y == 1, "b", "a"), y) == (1.0 if n >= 9 else None)


@pytest.mark.parametrize("share", [0.5, 0.1])
@pytest.mark.parametrize("n", [30, 100, 1000, 20_000])
def test_a_genuine_strong_score_is_no_leak(n, share):
    """An area of .85 (binormal with a distance of 1.466) in samples of any size."""
    for seed in range(60 if n <= 1000 else 5):
        rng = np.random.default_rng(seed)
        y = rng.random(n) < share
        if y.sum() >= 2:
            assert area(rng.normal(size=n) + 1.466 * y, y) is None


def test_noise_is_no_leak_however_small_the_sample():
    for seed in range(300):
        rng = np.random.default_rng(seed)
        n = int(rng.integers(6, 60))
        y = rng.random(n) < 0.3
        if not 0 < y.sum() < n:
            continue
        assert area(rng.normal(size=n), y) is None
        assert area(rng.choice(list("abcdefgh"), n), y) is None
        assert area([f"name {i}" for i in range(n)], y) is None  # nobody else has the name


def test_weights_count_in_kish_sizes():
    x, y = np.arange(40.0), np.repeat([0.0, 1.0], 20)
    assert area(x, y, np.full(40, 1e-3)) == area(x, y, np.full(40, 1e3)) == 1.0
    few = np.where(np.arange(40) % 20 < 3, 1.0, 1e-9)  # six rows matter
    assert area(x, y, few) is None


def test_two_weighted_rows_of_a_level_know_each_other():
    """By hand: levels of two rows each, all alike; the other row says the class of this one."""
    y = np.repeat([0.0, 1.0], 30)
    names = [f"pair {i // 2}" for i in range(60)]
    assert area(names, y) == 1.0


def test_a_card_and_a_selection_say_it_once_and_keep_it_visible(rows):
    x, y, rng = rows
    X = frame_of(x, y, rng)[["answer", "noise"]]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        card = Scorecard(penalty="firth").fit(X, y)
        log = select_characteristics(X, y, rng=0)
    assert sum(issubclass(w.category, LeakageWarning) for w in caught) >= 2
    assert card.binner_.status_["answer"] == "separating"
    assert "answer" in log.features


def test_where_classes_overlap_nothing_is_said():
    rng = np.random.default_rng(1)
    y = rng.integers(0, 2, 500)
    with warnings.catch_warnings():
        warnings.simplefilter("error", InfotheoryWarning)
        warnings.simplefilter("ignore", SparseCellWarning)
        OptimalBinner().fit(pd.DataFrame({"x": rng.normal(size=500) + 1.4 * y}), y)


FITS = {
    "rows": lambda binner, X, y: binner.fit(X, y),
    "frame": lambda binner, X, y: binner.fit_frame(pl.from_pandas(X.assign(y=y)), "y"),
}


@pytest.mark.parametrize("fit", FITS.values(), ids=list(FITS))
@pytest.mark.filterwarnings("ignore::infotheory.exceptions.SparseCellWarning")
def test_a_feature_that_parts_one_of_several_classes_keeps_its_bins(fit):
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"x": rng.normal(size=600), "noise": rng.normal(size=600)})
    label = np.array(["low", "middle", "high"])[np.digitize(frame["x"], [-0.5, 0.5])]
    frame["copy"] = label
    # Only one class is parted by it.
    frame["half"] = np.where(label == "low", "l", rng.choice(["m", "h"], 600))
    with pytest.warns(LeakageWarning, match=r"'x' .*'copy' .*'half'"):
        binner = fit(OptimalBinner(target_type="multiclass"), frame, label)

    found = binner.summary().set_index("feature")
    parted = ["x", "copy", "half"]
    assert found.loc[parted, "status"].tolist() == ["separating"] * 3
    assert found.loc["noise", "status"] == "optimal"
    assert (found.loc[parted, "n_bins"] >= [3, 3, 2]).all()


def parted_classes():
    x = np.random.default_rng(1).normal(size=600)
    return pd.DataFrame({"x": x}), np.digitize(x, [-0.5, 0.5])


@pytest.mark.filterwarnings("ignore::infotheory.exceptions.LeakageWarning")
@pytest.mark.filterwarnings("ignore::infotheory.exceptions.SparseCellWarning")
def test_a_feature_that_parts_a_class_is_searched_again_under_the_limits_of_the_fit():
    X, y = parted_classes()
    binner = OptimalBinner(target_type="multiclass", min_bin_n_event=20).fit(X, y)
    assert len(binner.splits_["x"]) >= 2
    again = rebin(binner, "x", reason="the same")
    assert again.splits_["x"].tolist() == binner.splits_["x"].tolist()


@pytest.mark.filterwarnings("ignore::infotheory.exceptions.LeakageWarning")
@pytest.mark.parametrize("value", ["a", None, 5, -3])
@pytest.mark.parametrize("name", ["min_bin_size", "min_bin_n_event"])
def test_limits_are_checked_where_a_class_is_parted(name, value):
    if (name, value) == ("min_bin_n_event", 5):
        value = np.nan
    X, y = parted_classes()
    with pytest.raises(ValueError, match=f"feature 'x': {name} must be .*got {value!r}"):
        OptimalBinner(target_type="multiclass", **{name: value}).fit(X, y)

"""Special codes: one reading of lists and dicts, the same from rows, frames and counts."""

import warnings
from decimal import Decimal
from functools import partial

import numpy as np
import pandas as pd
import pytest

from infotheory.binning import FairBinner, OptimalBinner, StumpBinner
from infotheory.cli import main
from infotheory.datasets import load_german_credit
from infotheory.engines import PrebinOptions, count_frame, fine_cells
from infotheory.engines.special_codes import read_special_codes
from infotheory.exceptions import SpecialCodesWarning
from infotheory.scorecard import Scorecard
from tests.engines.in_memory import FRAMES, frame_of

NAMES = ("age", "income", "months")


@pytest.fixture
def rows():
    rng = np.random.default_rng(0)
    X = pd.DataFrame(
        {
            "age": rng.integers(20, 100, 600).astype(float),
            "months": rng.integers(1, 60, 600).astype(float),
            "home": rng.choice(["rent", "own", "?"], 600),
        }
    )
    X.loc[:40, "months"] = 99.0
    X.loc[20:60, "age"] = 99.0
    return X, rng.integers(0, 2, 600)


def groups(codes, names=NAMES):
    return {name: dict(read.groups) for name, read in read_special_codes(codes, names).items()}


@pytest.mark.parametrize("codes", [None, [], (), {}, np.array([]), {"age": []}, {"age": {}}])
def test_no_codes_are_no_groups(codes):
    assert groups(codes) == {name: {} for name in NAMES}


@pytest.mark.parametrize(
    ("codes", "read"),
    [
        ([-9, -8], (-9, -8)),
        (-9, (-9,)),
        ("refused", ("refused",)),
        (np.array([-9, -8]), (-9, -8)),
        (pd.Series([-9]), (-9,)),
        (np.array(-9), (-9,)),
        (np.int64(-9), (-9,)),
        ({-9, -8}, (-8, -9)),
    ],
)
def test_a_list_or_one_code_is_for_all_features(codes, read):
    assert groups(codes) == {name: {"Special": read} for name in NAMES}


def test_the_keys_of_a_dict_by_hand():
    refused = {"not asked": [-9]}
    assert groups({"income": refused}) == {"age": {}, "income": {"not asked": (-9,)}, "months": {}}
    months = {"age": {}, "income": {}, "months": {"Special": (99,)}}
    assert groups({"months": [99]}) == months
    assert groups({"months": 99, "age": {"high": 98}}) == months | {"age": {"high": (98,)}}
    lost = {"refused": (-9,), "lost": (-8,)}
    assert groups({"refused": [-9], "lost": -8}) == dict.fromkeys(NAMES, lost)


@pytest.mark.parametrize(
    ("codes", "error", "text"),
    [
        ({"incme": {"a": [1]}}, ValueError, "got 'incme'; did you mean 'income'"),
        ({"Income": {"a": [1]}}, ValueError, "did you mean 'income'"),
        ({"age": {"a": [1]}, "refused": [-9]}, ValueError, "got the features .'age'. beside"),
        ({"months": [99], "incom": [-9]}, ValueError, "beside .'incom'.; did you mean 'income'"),
        ({"age": {"a": {"b": [1]}}}, ValueError, "must hold lists of codes in its groups"),
        ({0: [1]}, TypeError, "keys of special_codes must be text"),
        ({"age": {0: [1]}}, TypeError, "special_codes of feature 'age' must be text"),
        ({"age": [None]}, ValueError, "special_codes of feature 'age' must not hold missing"),
        ([pd.NA], ValueError, "must not hold missing values"),
        (float("nan"), ValueError, "must not hold missing values"),
        ([[1, 2]], ValueError, r"must hold single values, got \[1, 2\]"),
        (iter([1]), TypeError, "can be read only once"),
    ],
)
def test_what_can_be_read_in_two_ways_is_refused(codes, error, text):
    with pytest.raises(error, match=text):
        read_special_codes(codes, NAMES)


def test_codes_become_values_of_the_kind_of_the_column():
    read = read_special_codes([-9, np.float64(-8), "a", True, Decimal("1.5"), -9.0], ("x",))["x"]
    assert read.of_kind("x", numerical=True) == (("Special", (-9.0, -8.0, 1.5)),)
    assert read.not_numbers() == ["a", True]

    twice = read_special_codes({"a": [-9], "b": [-9.0]}, ("x",))["x"]
    with pytest.raises(ValueError, match="must stand in one group, got -9 in 'a' and 'b'"):
        twice.of_kind("x", numerical=True)
    with pytest.raises(ValueError, match="too large for a float"):
        read_special_codes(10**400, ("x",))["x"].of_kind("x", numerical=True)


def test_the_how_to_makes_a_bin():
    X, y = load_german_credit()
    frame = X[["duration_in_month", "credit_amount", "purpose"]].copy()
    frame.loc[frame.index[:40], "credit_amount"] = -9
    binner = OptimalBinner(special_codes={"credit_amount": {"not asked": [-9]}}).fit(frame, y)
    table = binner.binning_table("credit_amount").set_index("bin")
    assert table.loc["not asked", "count"] == 40
    assert "not asked" not in set(binner.binning_table("duration_in_month")["bin"])


@pytest.mark.parametrize(
    "binner", [OptimalBinner(), StumpBinner(), StumpBinner(mode="joint"), FairBinner()]
)
def test_a_list_of_a_feature_leaves_the_others_alone(binner, rows):
    X, y = rows
    fitted = binner.set_params(special_codes={"months": [99]}).fit(X, y)
    special = {name: spec.special for name, spec in fitted.specs_.items()}
    assert special == {"age": (), "months": (("Special", (99.0,)),), "home": ()}


@pytest.mark.parametrize("engine", FRAMES)
@pytest.mark.parametrize(
    "codes", [[99], {"months": [99]}, {"months": {"old": 99}, "home": {"blank": ["?"]}}]
)
def test_frames_of_all_engines_have_the_bins_of_rows(engine, codes, rows):
    X, y = rows
    binner = OptimalBinner(special_codes=codes).fit(X, y)
    frame = frame_of(engine, X.assign(y=y))
    other = OptimalBinner(special_codes=codes).fit_frame(frame, "y")
    for name, bins in binner.features_.items():
        assert other.features_[name].spec.to_dict() == bins.spec.to_dict()
        np.testing.assert_array_equal(other.tables_[name].counts, bins.counted()[1].counts)


def test_fine_cells_read_codes_over_all_their_features(rows):
    X, y = rows
    frame, codes = X.assign(y=y), {"months": {"old": [99]}}
    options = {name: PrebinOptions(max_n_prebins=9, special_codes=codes) for name in X}
    specs = fine_cells(frame, options)
    assert [spec.special for spec in specs.values()] == [(), (("old", (99.0,)),), ()]
    binner = OptimalBinner(max_n_prebins=9, special_codes=codes)
    assert binner.fit_counts(count_frame(frame, specs, target="y")).specs_["age"].special == ()


@pytest.mark.parametrize(
    ("codes", "text"),
    [
        ({"month": [99]}, "group 'month' of all features, .*almost that of the feature 'months'"),
        ({"Months": [99]}, "almost that of the feature 'months'"),
        ([-77], r"match no row: 'Special' \[-77\] of all features"),
        ({"age": {"a": [98.5], "b": [99]}}, r"match no row: 'a' \[98.5\] of feature 'age'"),
        ({"age": {"a": []}}, r"match no row: 'a' \[\] of feature 'age'"),
        ({"age": ["99"]}, "no numbers match no row of a numerical feature: '99' of feature 'age'"),
        ({"age": [True, 99]}, "no numbers .* True of feature 'age'"),
    ],
)
@pytest.mark.parametrize("engine", [None, "duckdb"])
def test_codes_that_miss_their_aim_warn(engine, codes, text, rows):
    X, y = rows
    binner = OptimalBinner(special_codes=codes)
    fit = partial(binner.fit, X, y)
    if engine is not None:
        fit = partial(binner.fit_frame, frame_of(engine, X.assign(y=y)), "y")
    with pytest.warns(SpecialCodesWarning, match=text) as caught:
        fit()
    assert [warning.filename for warning in caught] == [__file__]


def test_text_for_all_features_warns_where_all_are_numbers(rows):
    X, y = rows
    OptimalBinner(special_codes=["?", 99]).fit(X, y)
    with pytest.warns(SpecialCodesWarning, match=r"'\?' of all features"):
        OptimalBinner(special_codes=["?", 99]).fit(X[["age", "months"]], y)


def test_a_group_that_describes_a_feature_is_no_slip(rows):
    X, y = rows
    OptimalBinner(special_codes={"no age": [99]}).fit(X, y)
    options = {"months": {"special_codes": {"old": [99]}}}
    assert OptimalBinner(feature_params=options).fit(X, y).specs_["months"].special
    with pytest.raises(ValueError, match=r"special_codes in feature_params\['months'\]"):
        OptimalBinner(feature_params={"months": {"special_codes": {"age": {"a": [1]}}}}).fit(X, y)


def test_columns_without_names_are_called_by_their_place(rows):
    X, y = rows
    array = X[["age", "months"]].to_numpy()
    binner = OptimalBinner(special_codes={"x1": [99]}).fit(array, y)
    assert [spec.special for spec in binner.specs_.values()] == [(), (("Special", (99.0,)),)]
    for table in (array, pd.DataFrame(array), pd.DataFrame(array, columns=[5, 1])):
        with pytest.raises(TypeError, match="called x0, x1, "):
            OptimalBinner(special_codes={1: [99]}).fit(table, y)
    with pytest.raises(ValueError, match="called x0, x1"):
        OptimalBinner(special_codes={"months": {"old": [99]}}).fit(array, y)


def test_a_card_hands_them_on(rows):
    X, y = rows
    card = Scorecard(OptimalBinner(special_codes={"months": {"old": [99]}})).fit(X, y)
    assert card.binner_.specs_["age"].special == ()
    assert card.binner_.specs_["months"].special == (("old", (99.0,)),)


@pytest.mark.parametrize(
    ("arguments", "special"),
    [(["99"], {"age", "months"}), (['{"months": {"Special": [99]}}'], {"months"})],
)
def test_the_command_line_reads_them(arguments, special, rows, tmp_path):
    X, y = rows
    X.assign(y=y).to_csv(tmp_path / "rows.csv", index=False)
    command = ["bin", str(tmp_path / "rows.csv"), "--target", "y", "-o", str(tmp_path)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        main([*command, "--special", *arguments])
    bins = pd.read_csv(tmp_path / "bins.csv")
    with_rows = bins[(bins["bin"] == "Special") & (bins["count"] > 0)]
    assert set(with_rows["feature"]) == special

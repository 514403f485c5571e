"""Options of a binner, feature by feature."""

import numpy as np
import pandas as pd
import pytest

from infotheory.binning import FairBinner, OptimalBinner, StumpBinner
from infotheory.binning.prebins.options import check_feature, option_of, prebin_options


def test_an_override_of_a_feature_comes_first():
    binner = OptimalBinner(max_n_bins=4, feature_params={"age": {"max_n_bins": None}})
    assert option_of(binner, "age", "max_n_bins") is None
    assert option_of(binner, "income", "max_n_bins") == 4


@pytest.mark.parametrize("cls", [OptimalBinner, StumpBinner, FairBinner])
def test_every_binner_says_how_pre_bins_are_made(cls):
    binner = cls(max_n_prebins=9, special_codes=[-1], feature_params={"age": {"cat_cutoff": 0.1}})
    options = prebin_options(binner, ("age", "income"))
    assert (options["age"].max_n_prebins, options["age"].cat_cutoff) == (9, 0.1)
    for option in options.values():
        assert option.special_groups("age", numerical=True) == (("Special", (-1.0,)),)
        assert option.user_splits is None
    assert options["income"].cat_cutoff is None


def test_splits_of_the_user_are_those_of_their_feature():
    binner = OptimalBinner(user_splits={"age": [25.0, 40.0]})
    options = prebin_options(binner, ("age", "income"))
    assert options["age"].user_splits == [25.0, 40.0]
    assert options["income"].user_splits is None


def test_an_unknown_feature_is_named_with_those_that_there_are():
    with pytest.raises(ValueError, match=r"keep must name features of X \('a', 'b'\), got 'c'"):
        check_feature("keep", "c", ("a", "b"))
    with pytest.raises(ValueError, match=r"'x9', \.\.\.\), got 'c'"):
        check_feature("keep", "c", tuple(f"x{i}" for i in range(12)))


@pytest.mark.parametrize("declared", [["code"], [1], [False, True], np.array([1])])
def test_numbers_can_be_declared_categories(declared):
    X = pd.DataFrame({"age": np.arange(200.0), "code": np.resize([1.0, 2.0, np.nan, 3.0], 200)})
    y = np.resize([0, 1, 1, 0, 0], 200)
    binner = OptimalBinner(categorical_features=declared).fit(X, y)
    assert [spec.kind for spec in binner.specs_.values()] == ["numerical", "categorical"]
    on_frame = OptimalBinner(categorical_features=declared).fit_frame(X.assign(y=y), "y")
    assert on_frame.specs_["code"].levels == binner.specs_["code"].levels
    with pytest.raises(ValueError, match="counts of the categorical_features must be counts of"):
        OptimalBinner(categorical_features=[0]).fit_counts(on_frame.counts_)


@pytest.mark.parametrize(
    ("declared", "error", "text"),
    [
        (["income"], ValueError, r"must be among the features \('age'\), got 'income'"),
        ([1], ValueError, r"must be among the features \('age'\), got 1"),
        ([True, False], ValueError, "a mask of 2 for 1 features"),
        ("age", TypeError, "categorical_features must be names of features.*got 'age'"),
        ([1.5], TypeError, "categorical_features must be names"),
    ],
)
def test_what_declares_no_features(declared, error, text):
    X = pd.DataFrame({"age": [1.0, 2.0, 3.0]})
    with pytest.raises(error, match=text):
        OptimalBinner(categorical_features=declared).fit(X, [0, 1, 1])

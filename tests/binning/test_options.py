"""Options of a binner, feature by feature."""

import pytest

from infotheory.binning import FairBinner, OptimalBinner, StumpBinner
from infotheory.binning.options import check_feature, option_of, prebin_options


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

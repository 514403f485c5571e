"""Every estimator, and every function of rows, on data sets as users bring them."""

import numpy as np
import pytest
from hypothesis import given, settings

from infotheory.binning import (
    FairBinner,
    OptimalBinner,
    StumpBinner,
    cross_fitted_information_value,
    permutation_test,
)
from infotheory.estimation import (
    MutualInformationSelector,
    mutual_information_score,
    pairwise_mutual_information,
)
from infotheory.scorecard import Scorecard, ScorecardMonitor, select_characteristics
from tests.robustness.frames import data_sets
from tests.robustness.outcome import check
from tests.robustness.test_fuzz_arrays import EXPLORING


def binner(make):
    def run(X, y, weights):
        model = make().fit(X, y, weights)
        model.summary()
        values = model.transform(X)
        assert np.isfinite(values).all()
        assert values.shape == (len(y), model.n_features_in_)
        codes = model.bin_codes(X)
        assert all(
            (codes[:, i] < spec.n_codes).all() for i, spec in enumerate(model.specs_.values())
        )
        return values

    return run


def card(X, y, weights):
    model = Scorecard().fit(X, y, weights)
    points = model.predict_points(X)
    assert np.isfinite(points).all()
    assert np.isfinite(model.predict_proba(X)).all()
    again = Scorecard.from_json(model.to_json())
    assert np.array_equal(again.predict_points(X), points)
    return points


def monitor(X, y, weights):
    model = Scorecard().fit(X, y, weights)
    reference = ScorecardMonitor.from_reference(model, X, y, sample_weight=weights)
    reference.compare(X, y, sample_weight=weights)


CASES = {
    "OptimalBinner": binner(OptimalBinner),
    "StumpBinner": binner(StumpBinner),
    "StumpBinner, joint": binner(lambda: StumpBinner(mode="joint")),
    "FairBinner": binner(lambda: FairBinner(max_n_prebins=6)),
    "Scorecard": card,
    "ScorecardMonitor": monitor,
    "MutualInformationSelector": lambda X, y, _: MutualInformationSelector().fit(X, y).transform(X),
    "mutual_information_score": lambda X, y, _: mutual_information_score(X, y),
    "pairwise_mutual_information": lambda X, *_: pairwise_mutual_information(X),
    "select_characteristics": lambda X, y, weights: select_characteristics(
        X, y, sample_weight=weights, rng=0
    ),
    "cross_fitted_information_value": lambda X, y, weights: cross_fitted_information_value(
        OptimalBinner(), X, y, sample_weight=weights, rng=0
    ),
    "permutation_test": lambda X, y, weights: permutation_test(
        OptimalBinner(), X, y, n_permutations=3, sample_weight=weights, rng=0
    ),
}


def fuzz(case, n_examples):
    @settings(max_examples=settings.default.max_examples if EXPLORING else n_examples)
    @given(data_sets())
    def run(data):
        check(CASES[case], *data)

    run()


@pytest.mark.part_of("test_many_data_sets")
@pytest.mark.parametrize("case", CASES)
def test_few_data_sets(case):
    fuzz(case, 8)


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
def test_many_data_sets(case):
    fuzz(case, 40)

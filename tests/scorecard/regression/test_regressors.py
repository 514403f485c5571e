"""Which weights of evidence are estimated on the rows at hand, and which are given."""

import numpy as np
import pytest

from infotheory._patterns import Patterns
from infotheory.binning import OptimalBinner
from infotheory.datasets import make_portfolio
from infotheory.scorecard.regression.regressors import columns_of, regressors_of

PORTFOLIO = make_portfolio(1200, numeric=[0.6, 0.2], categorical=[0.4], random_state=0)
X, Y = PORTFOLIO.X, PORTFOLIO.y.astype(float)


def patterns_of(binner, rows=slice(None), weights=None):
    return Patterns.from_rows(binner.bin_codes(X.iloc[rows]), Y[rows], weights)


def test_rows_of_the_fit_are_known_by_their_counts():
    binner = OptimalBinner().fit(X, Y)
    regressors = regressors_of(binner, patterns_of(binner))
    assert all(regressor.counts is not None for regressor in regressors)
    for regressor, name in zip(regressors, binner.features_, strict=True):
        assert regressor.woe is binner.woe_[name]
        assert regressor.counts.first[-1] == 0.0  # no row is unseen
    assert [column.tolist() for column in columns_of(regressors)] == [
        woe.tolist() for woe in binner.woe_.values()
    ]


def test_other_rows_and_other_weights_take_them_as_given():
    binner = OptimalBinner().fit(X, Y)
    for patterns in (
        patterns_of(binner, slice(0, 900)),
        patterns_of(binner, weights=np.full(len(X), 2.0)),
    ):
        assert all(regressor.counts is None for regressor in regressors_of(binner, patterns))


@pytest.mark.parametrize("sign", ["nonevent", "event"])
def test_the_sign_is_that_of_the_binner(sign):
    binner = OptimalBinner(woe_sign=sign).fit(X, Y)
    regressors = regressors_of(binner, patterns_of(binner))
    assert {regressor.sign for regressor in regressors} == {1.0 if sign == "nonevent" else -1.0}
    for regressor in regressors:
        first, second = regressor.counts.first[:-1], regressor.counts.second[:-1]
        occupied = first > 0
        shares = (first / first.sum(), second / second.sum())
        expected = regressor.sign * np.log(shares[0][occupied] / shares[1][occupied])
        np.testing.assert_allclose(regressor.woe[:-1][occupied], expected, rtol=1e-12)

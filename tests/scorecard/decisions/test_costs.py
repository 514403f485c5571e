"""What a decision costs: by hand, errors."""

import numpy as np
import pytest

from infotheory.scorecard import CostTable


def test_outcomes_by_hand():
    costs = CostTable([10, 20, 30], 50, cost_per_refused_good=2, cost_per_refused_bad=[0, 1, 2])
    approved, refused = costs.outcomes(np.array([0.0, 1.0, 1.0]))
    assert approved.tolist() == [10.0, -50.0, -50.0]
    assert refused.tolist() == [-2.0, -1.0, -2.0]


def test_a_cost_of_nothing_is_no_negative_zero():
    _, refused = CostTable(1, 1).outcomes(np.array([0.0, 1.0]))
    assert not np.signbit(refused).any()


def test_amounts_stay_as_they_were():
    amounts = np.array([1.0, 2.0])
    costs = CostTable(amounts, 1)
    amounts[0] = 9.0
    assert costs.gain_per_good.tolist() == [1.0, 2.0]
    with pytest.raises(ValueError, match="read-only"):
        costs.gain_per_good[0] = 9.0


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (
            lambda: CostTable(1, -5),
            "loss_per_bad must not be negative, got -5.0; state losses and costs as positive",
        ),
        (lambda: CostTable(np.nan, 1), "gain_per_good must be finite, got nan"),
        (lambda: CostTable([1, np.inf], 1), "gain_per_good must be finite, got inf"),
        (
            lambda: CostTable("much", 1),
            "gain_per_good must be a number or one number a row, got 'much'",
        ),
        (
            lambda: CostTable([[1]], 1),
            r"gain_per_good must be a number or one number a row, got shape \(1, 1\)",
        ),
    ],
)
def test_errors(call, text):
    with pytest.raises(ValueError, match=text):
        call()

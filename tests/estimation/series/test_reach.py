"""A past that no series has is refused before it is laid out, however long it is."""

import numpy as np
import pytest

from infotheory.estimation import (
    active_information_storage,
    block_entropies,
    choose_history,
    estimate_entropy_rate,
    lagged_mutual_information,
    predictive_information,
    transfer_entropy,
    transfer_network,
)

LABELS = np.array(list("abbabaab" * 6))
X, Y = np.random.default_rng(0).normal(size=(2, 48))
FAR = 10**12


@pytest.mark.parametrize(
    "call",
    [
        lambda: transfer_entropy(LABELS, LABELS[::-1], lag=FAR),
        lambda: transfer_entropy(LABELS, LABELS[::-1], history=10**6),
        lambda: transfer_entropy(LABELS, LABELS[::-1], history=2, history_step=FAR),
        lambda: transfer_entropy(LABELS, LABELS[::-1], source_history=10**6),
        lambda: transfer_entropy(X, Y, conditions=Y, condition_lags=FAR, method="gaussian"),
        lambda: active_information_storage(X, history=FAR, method="gaussian"),
        lambda: choose_history(LABELS, max_history=FAR),
        lambda: block_entropies(LABELS, FAR),
        lambda: estimate_entropy_rate(LABELS, history=FAR),
        lambda: predictive_information(LABELS, FAR, 1),
        lambda: predictive_information(LABELS, 1, FAR),
        lambda: lagged_mutual_information(X, Y, max_lag=FAR),
        lambda: transfer_network(np.column_stack([X, Y]), max_lag=FAR),
    ],
)
def test_a_past_beyond_the_series_is_refused(call):
    with pytest.raises(ValueError, match=r"a series must be longer than the \d+ steps of its past"):
        call()

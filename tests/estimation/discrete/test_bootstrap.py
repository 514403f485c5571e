"""The bootstrap of counts: pieces of draws, and what is refused."""

import numpy as np
import pytest

from infotheory.estimation import bootstrap_counts
from infotheory.estimation.discrete import bootstrap

COUNTS = np.array([[5, 3], [0, 12]])


def largest_share(tables):
    return tables.reshape(len(tables), -1).max(axis=1)


def test_pieces_give_the_numbers_of_one(monkeypatch):
    whole = bootstrap_counts(COUNTS, largest_share, n_resamples=50, rng=3)
    sizes = []

    def counted(tables):
        sizes.append(len(tables))
        return largest_share(tables)

    monkeypatch.setattr(bootstrap, "_CELLS_AT_ONCE", 4 * 16)
    parts = bootstrap_counts(COUNTS, counted, n_resamples=50, rng=3)
    assert sizes == [17, 16, 16, 2]
    assert (parts.value, parts.standard_error) == (whole.value, whole.standard_error)
    np.testing.assert_array_equal(parts.interval(), whole.interval())


def test_a_statistic_of_another_shape_is_refused():
    with pytest.raises(ValueError, match=r"one value a table, got shape \(4, 2\) for 4 tables"):
        bootstrap_counts(COUNTS, lambda p: p.sum(axis=1), n_resamples=3, rng=0)

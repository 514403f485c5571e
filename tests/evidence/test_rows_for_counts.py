"""Rows where counts by bin belong are refused, with the function that takes them."""

import numpy as np
import pytest

from infotheory.evidence import jensen_shannon_stability, population_stability_index


@pytest.mark.parametrize("function", [population_stability_index, jensen_shannon_stability])
@pytest.mark.parametrize(
    ("rows", "received"),
    [
        (np.full(1000, 52_000.0), "got 1000 entries"),
        (np.array([1.5, 2.0, 3.0]), "got 1.5, which is not whole"),
    ],
)
def test_rows_are_refused(function, rows, received):
    with pytest.raises(ValueError, match=f"{received}.*for rows.*characteristic_stability"):
        function(rows, rows + 1)

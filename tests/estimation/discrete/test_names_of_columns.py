"""A frame may name its columns by whole numbers, which index rows elsewhere."""

import numpy as np
import pandas as pd
import pytest

from infotheory.estimation import higher_order_information, pairwise_mutual_information
from infotheory.lattice import Information
from infotheory.scorecard import CostTable, cut_off_sweep

CODES = np.random.default_rng(0).integers(0, 3, (300, 3))
NUMBERED, LETTERED = pd.DataFrame(CODES), pd.DataFrame(CODES, columns=["0", "1", "2"])


def test_pairs():
    plain = pairwise_mutual_information(LETTERED)
    found = pairwise_mutual_information(NUMBERED)
    np.testing.assert_array_equal(found.values, plain.values)
    assert found.names == plain.names


def test_orders():
    found, plain = (
        higher_order_information(X, method="plugin").to_frame() for X in (NUMBERED, LETTERED)
    )
    pd.testing.assert_frame_equal(found, plain)


def test_informations():
    numbered, lettered = (
        Information.from_frame(X.rename(columns={0: "a", "0": "a"}), "a")
        for X in (NUMBERED, LETTERED)
    )
    assert numbered.entropy() == lettered.entropy()


def test_groups_of_a_sweep():
    y, points = CODES[:, 0] > 0, 10.0 * CODES[:, 1] + CODES[:, 2]
    found, plain = (
        cut_off_sweep(y, points, [11.0], costs=CostTable(1.0, 5.0), protected=X[X.columns[2:]])
        for X in (NUMBERED, LETTERED)
    )
    pd.testing.assert_frame_equal(found.to_frame().astype({"attribute": str}), plain.to_frame())


def test_names_that_read_the_same_are_refused():
    with pytest.raises(ValueError, match="columns of different names, as text, got"):
        pairwise_mutual_information(NUMBERED.rename(columns={2: "1"}))

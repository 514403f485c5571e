"""Columns that may be trials, masks, and rows in place of tables."""

import numpy as np
import pytest

import infotheory as it
from infotheory.estimation import (
    active_information_storage,
    estimate_entropy,
    estimate_mutual_information,
    transfer_entropy,
)
from infotheory.lattice import Information, common_information, generated_lattice

SERIES = np.random.default_rng(0).integers(0, 2, size=(200, 3))


def test_columns_may_be_trials():
    one = SERIES[:, 0]
    for arguments in ((SERIES, one), (one, SERIES), (SERIES, SERIES)):
        with pytest.raises(ValueError, match=r"may be trials or components; .*joint_columns=True"):
            transfer_entropy(*arguments)
    with pytest.raises(ValueError, match="x must be one series"):
        active_information_storage(SERIES)


def test_a_state_of_several_columns_says_so():
    joint = SERIES @ [1, 2, 4]
    assert transfer_entropy(SERIES, SERIES[:, 0], joint_columns=True).value == pytest.approx(
        transfer_entropy(joint, SERIES[:, 0]).value
    )
    assert active_information_storage(SERIES, joint_columns=True).value == pytest.approx(
        active_information_storage(joint).value
    )
    assert transfer_entropy(SERIES[:, :1], SERIES[:, 1:2]).value >= 0.0


def test_masked_labels_are_refused():
    masked = np.ma.masked_equal(SERIES[:, 0], 1)
    for call in (
        lambda: estimate_entropy(masked),
        lambda: estimate_mutual_information(SERIES[:, 1], masked),
        lambda: transfer_entropy(masked, SERIES[:, 0]),
        lambda: Information.from_labels(masked),
        lambda: it.minimum_entropy_coupling([0.5, 0.5], np.ma.masked_equal([0.25, 0.75], 0.25)),
    ):
        with pytest.raises(ValueError, match=r"must have no masked entries.*filled.*compressed"):
            call()


@pytest.mark.parametrize(
    ("measure", "way_out"),
    [
        (it.mutual_information, "estimate_mutual_information"),
        (it.joint_entropy, "estimate_entropy"),
        (it.conditional_entropy, "estimate_entropy"),
        (it.normalized_mutual_information, "estimate_mutual_information"),
        (it.total_correlation, "estimate_entropy"),
    ],
)
def test_rows_have_functions_of_their_own(measure, way_out):
    with pytest.raises(ValueError, match=rf"takes one table .* for rows use {way_out}"):
        measure(SERIES[:, 0], SERIES[:, 1])


@pytest.mark.parametrize("function", [generated_lattice, common_information])
def test_informations_come_one_by_one(function):
    pair = [Information.from_labels(SERIES[:, column]) for column in (0, 1)]
    with pytest.raises(ValueError, match=r"one an argument, got list; unpack a list"):
        function(pair)
    function(*pair)

import numpy as np
import pytest

from infotheory._groups import Comparison, ProtectedAttribute
from infotheory._rows import Rows
from infotheory.tables import CountTable

SEX = ProtectedAttribute("sex", ("f", "m"), np.array([1, 0, -1, 1, 0]))
BINS, TARGET = np.array([0, 1, 1, 1, 2]), np.array([0.0, 1.0, 1.0, 1.0, 0.0])


@pytest.mark.parametrize("weights", [None, np.array([1.0, 2.0, 3.0, 0.5, 4.0])])
def test_counts_are_those_of_the_rows_with_a_group(weights):
    member = SEX.codes >= 0
    expected = CountTable.from_codes(
        BINS[member],
        TARGET[member],
        np.array(SEX.groups)[SEX.codes[member]],
        None if weights is None else weights[member],
        labels=("a", "b", "c"),
    )
    table = SEX.count(BINS, TARGET, weights, ("a", "b", "c"))
    assert table.groups == ("f", "m")
    np.testing.assert_array_equal(table.counts, expected.counts)
    np.testing.assert_array_equal(table.squared_weights, expected.squared_weights)


def test_a_group_that_some_rows_lack_keeps_its_place():
    table = SEX.take(slice(1, 3)).count(BINS[1:3], TARGET[1:3], None, ("a", "b", "c"))
    assert table.groups == ("f", "m")
    assert table.counts[..., 1].sum() == 0.0


def test_indicator_marks_the_second_group():
    rows, second = SEX.indicator(Comparison("sex", "f", "m"))
    assert rows.tolist() == [True, True, False, True, True]
    assert second.tolist() == [1, 0, 1, 0]


def test_rows_carry_attributes_through_a_selection():
    rows = Rows.of_sample(TARGET, None, attributes=(SEX,))
    assert rows.take(TARGET == 1.0).attribute("sex").codes.tolist() == [0, -1, 1]
    assert rows.take(np.array([4, 0])).attribute("sex").codes.tolist() == [0, 1]

"""Numbers as a reader sees them: the digits that the error supports, and no false sign."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infotheory.report.formats import number_texts as numbers

FINITE = st.floats(-1e9, 1e9, allow_nan=False)
ERRORS = st.floats(1e-12, 1e6)


def read(text):
    """Read a printed number back."""
    return float(text.replace("−", "-").replace("\u202f", ""))


@given(value=FINITE, places=st.integers(0, 6))
def test_a_printed_number_is_the_rounded_one(value, places):
    text = numbers.fixed(value, places)
    assert read(text) == pytest.approx(round(value, places), abs=1e-9)
    # "-0.00" would speak of a sign that the digits do not have.
    assert not (text.startswith("−") and read(text) == 0.0)
    assert len(text.partition(".")[2]) == places


@given(error=ERRORS)
def test_an_error_is_written_with_two_digits_and_four_places_unless_it_would_be_0(error):
    places = numbers.decimals(error)
    assert 0 <= places <= (4 if error > 5e-5 or error < 5e-13 else 12)
    if 1e-3 <= error < 10.0:
        assert 10 <= round(error * 10**places) <= 100
    if error > 1e-12:
        assert read(numbers.fixed(error, places)) > 0.0


@pytest.mark.parametrize("nothing", [None, 0.0, -1.0, math.nan, math.inf])
def test_without_an_error_there_are_three_places(nothing):
    assert numbers.decimals(nothing) == 3


@given(value=FINITE, error=ERRORS)
def test_a_value_has_the_places_of_its_error(value, error):
    first, second = numbers.with_error(value, error).split(" ± ")
    assert len(first.partition(".")[2]) == len(second.partition(".")[2]) == numbers.decimals(error)


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        (None, 0.1, "–"),
        (0.25, None, "0.250"),
        (None, None, "–"),
        (-0.04, 0.2, "−0.04 ± 0.20"),
        (1234.5, 120.0, "1\u202f234 ± 120"),  # half to even
    ],
)
def test_values_and_errors_that_are_not_there(value, error, text):
    assert numbers.with_error(value, error) == text


@pytest.mark.parametrize(
    ("ends", "statuses", "text"),
    [
        ((0.1, 0.2), (), "0.10 to 0.20"),
        ((-0.3, -0.1), (), "−0.30 to −0.10"),
        ((None, 0.2), ("unbounded", "estimated"), "to 0.20, no lower bound"),
        ((0.1, None), ("estimated", "unbounded"), "from 0.10, no upper bound"),
        ((None, None), ("unbounded", "unbounded"), "no bounds"),
        ((None, None), ("withheld", "withheld"), "–"),
    ],
)
def test_ends_of_intervals(ends, statuses, text):
    assert numbers.interval(*ends, 2, *statuses) == text


@given(value=st.floats(1e-6, 1e6), digits=st.integers(2, 6))
def test_significant_digits_lose_less_than_half_of_the_last_one(value, digits):
    printed = read(numbers.significant(value, digits))
    if not value.is_integer():
        room = 0.5 * 10.0 ** max(math.floor(math.log10(value)) - digits + 1, -9)
        assert abs(printed - value) <= max(room, 0.5 if value >= 10.0**digits else 0.0) * 1.000001


@pytest.mark.parametrize(
    ("value", "text"), [(1234567.0, "1\u202f234\u202f567"), (2.5, "2.5"), (None, "–"), (0.0, "0")]
)
def test_counts_are_whole_but_for_weights(value, text):
    assert numbers.count(value) == text


@pytest.mark.parametrize(
    ("value", "text"), [(0.0, "< 0.001"), (0.001, "0.001"), (1.0, "1.000"), (None, "–")]
)
def test_p_values_are_never_nought(value, text):
    assert numbers.p_value(value) == text


@given(share=st.floats(0.0, 1.0))
def test_shares_are_in_per_cent(share):
    assert read(numbers.percent(share, 2)) == pytest.approx(100.0 * share, abs=0.00501)
    assert numbers.percent(None) == "–"

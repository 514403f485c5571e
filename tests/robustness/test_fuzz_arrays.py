"""Every public function of arrays, on sound and on spoilt input: a worded error or numbers that are
numbers.
"""

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st

from tests.robustness.outcome import check, takes
from tests.robustness.registry import CALLS

EXPLORING = settings().max_examples >= 300  # its profile in conftest.py
FEW = settings.default.max_examples if EXPLORING else 4
MANY = settings.default.max_examples if EXPLORING else 20


def name(function):
    return f"{function.__module__}.{function.__qualname__}"


def fuzz(function, n_examples):
    @settings(max_examples=n_examples)
    @given(st.data())
    def run(data):
        args, options = data.draw(CALLS[function])
        check(function, *args, **options)

    run()


@pytest.mark.part_of("test_many_inputs")
@pytest.mark.parametrize("function", CALLS, ids=name)
def test_few_inputs(function):
    fuzz(function, FEW)


@pytest.mark.parametrize("function", CALLS, ids=name)
def test_some_input_is_taken(function):
    """A function whose every draw is refused would pass the tests above."""
    patient = settings(
        max_examples=3000, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
    )
    find(CALLS[function], lambda call: takes(function, *call[0], **call[1]), settings=patient)


@pytest.mark.slow
@pytest.mark.parametrize("function", CALLS, ids=name)
def test_many_inputs(function):
    fuzz(function, MANY)

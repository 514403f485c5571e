"""Tables of zeros, constant columns, one row, none: a worded error, or numbers that are numbers.

Raw errors of Python and warnings of numpy (divisions by zero, logarithms of zero, empty slices)
are neither: pytest makes errors of the warnings.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.robustness.outcome import check
from tests.robustness.registry import CALLS
from tests.robustness.test_fuzz_arrays import EXPLORING, name

DEGENERATE = {
    "zeros": lambda array: np.zeros(array.shape, array.dtype),
    "one value": lambda array: np.broadcast_to(array.flat[0], array.shape).copy(),
    "one entry that counts": lambda array: np.where(
        np.arange(array.size).reshape(array.shape) == 0, array, np.zeros_like(array)
    ),
    "one row": lambda array: array[:1],
    "two rows": lambda array: array[:2],
    "no rows": lambda array: array[:0],
    "no columns": lambda array: array[..., :0],
    "the same rows": lambda array: np.repeat(array[:1], len(array), axis=0),
}


def spoilt_calls(args, options):
    """The call with each array, and with all arrays at once, made degenerate in each way."""
    places = [(k, v) for k, v in [*enumerate(args), *options.items()] if is_array(v)]
    for way, make in DEGENERATE.items():
        made = {place: make(value) for place, value in places}
        for changed in [*({place: value} for place, value in made.items()), made]:
            yield (
                way,
                [changed.get(place, value) for place, value in enumerate(args)],
                {key: changed.get(key, value) for key, value in options.items()},
            )


def is_array(value):
    return isinstance(value, np.ndarray) and value.ndim > 0 and value.size > 0


@pytest.mark.parametrize("function", CALLS, ids=name)
def test_degenerate_inputs(function):
    @settings(max_examples=settings.default.max_examples if EXPLORING else 3)
    @given(st.data())
    def run(data):
        args, options = data.draw(CALLS[function])
        for way, changed, changed_options in spoilt_calls(args, options):
            try:
                check(function, *changed, **changed_options)
            except (Exception, RuntimeWarning) as error:
                error.add_note(f"{way}: {changed} {changed_options}")
                raise

    run()

"""No number of this room that is estimated from rows comes without an error, unless it says so."""

import inspect
import re
import typing

import numpy as np
import pytest

from infotheory import estimation
from infotheory.inference import Estimate

#: Words that a docstring must hold where a number has no interval of its own.
WORDS = re.compile(r"descriptive", re.IGNORECASE)


def returned(function):
    """What a function says that it returns."""
    return typing.get_type_hints(function).get("return")


def has_interval(kind):
    """Whether a result is an estimate, or a frame of which says where its intervals are."""
    return kind is Estimate or callable(getattr(kind, "interval", None))


@pytest.mark.parametrize("name", estimation.__all__)
def test_a_number_is_an_estimate_or_is_called_descriptive(name):
    public = getattr(estimation, name)
    kind = returned(public) if inspect.isfunction(public) else public
    if has_interval(kind):
        return
    assert WORDS.search(inspect.getdoc(public)), (
        f"{name} returns numbers that are estimated from rows, without an interval: return an "
        "Estimate, or say in its docstring that they are descriptive and where an interval is"
    )


def test_every_estimate_has_an_error_and_an_interval_or_a_reason():
    rng = np.random.default_rng(0)
    x, y, z = rng.integers(0, 3, (3, 400))
    real, noise = rng.normal(size=(2, 200))
    estimates = [
        estimation.estimate_entropy(x),
        estimation.estimate_entropy(real, method="kozachenko_leonenko"),
        estimation.entropy_from_counts([30, 20, 9]),
        estimation.estimate_mutual_information(x, y),
        estimation.estimate_mutual_information(real, noise, method="ksg"),
        estimation.estimate_conditional_mutual_information(x, y, z),
        estimation.transfer_entropy(x, y),
        estimation.active_information_storage(x),
        estimation.bootstrap_counts([30, 20], lambda p: p[:, 0], rng=0),
    ]
    for estimate in estimates:
        low, high = estimate.interval()
        assert low < high
        assert estimate.standard_error > 0.0
        assert estimate.reason is None

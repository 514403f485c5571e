"""What ``rng`` may be, and that a seed gives the numbers of numpy's own constructors."""

import numpy as np
import pytest

from infotheory._random import as_generator, as_random_state, as_seed


def test_seed_gives_the_numbers_of_numpy():
    assert as_generator(7).random() == np.random.default_rng(7).random()
    assert as_generator(np.int64(7)).random() == np.random.default_rng(7).random()
    assert as_random_state(7).random_sample() == np.random.RandomState(7).random_sample()
    assert as_random_state(np.uint8(7)).random_sample() == np.random.RandomState(7).random_sample()


def test_generator_goes_on_where_it_stands():
    generator = np.random.default_rng(3)
    assert as_generator(generator) is generator

    # Both draw from one stream: what one has drawn, the other does not draw again.
    legacy = as_random_state(generator)
    first = legacy.random_sample(4)
    second = generator.random(4)
    assert np.array_equal(np.r_[first, second], np.random.default_rng(3).random(8))


def test_legacy_state_is_taken_by_both():
    state = np.random.RandomState(5)
    assert as_random_state(state) is state

    first = as_generator(state).random(3)
    assert np.array_equal(first, as_generator(np.random.RandomState(5)).random(3))
    assert not np.array_equal(first, as_generator(state).random(3))


def test_none_gives_fresh_numbers():
    assert as_generator(None).random() != as_generator(None).random()
    assert as_random_state(None).random_sample() != as_random_state(None).random_sample()


@pytest.mark.parametrize("read", [as_generator, as_random_state])
@pytest.mark.parametrize(
    ("rng", "error", "received"),
    [
        (-1, ValueError, "got -1"),
        (True, TypeError, "got True"),
        (np.True_, TypeError, r"got np\.True_"),
        (1.0, TypeError, "got float"),
        ("7", TypeError, "got str"),
        ([1, 2], TypeError, "got list"),
    ],
)
def test_refuses_what_is_no_seed(read, rng, error, received):
    with pytest.raises(error, match=f"rng must be a non-negative integer.*{received}"):
        read(rng)


def test_large_seed():
    assert as_generator(2**80).random() == np.random.default_rng(2**80).random()
    with pytest.raises(ValueError, match="rng must be at most 4294967295 here, got 4294967296"):
        as_random_state(2**32)


def test_a_seed_for_an_engine():
    assert as_seed(2**40) == 2**40
    assert as_seed(np.random.default_rng(3)) == as_seed(np.random.default_rng(3))
    assert 0 <= as_seed(None) < 2**31
    with pytest.raises(TypeError, match="got True"):
        as_seed(True)

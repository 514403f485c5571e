"""Random numbers: what ``rng`` may be, read in one place."""

import operator
from typing import Any

import numpy as np

__all__ = ["Rng", "as_generator", "as_random_state", "as_seed"]

#: What a function takes as ``rng``.
Rng = np.random.Generator | int | None

#: A RandomState is seeded by 32 bits.
_LARGEST_LEGACY_SEED = 2**32 - 1


def as_generator(rng: Rng | np.random.RandomState) -> np.random.Generator:
    """Return a Generator; one that came in is used as it stands, so that its draws go on."""
    if isinstance(rng, np.random.Generator):
        return rng
    if isinstance(rng, np.random.RandomState):
        # A RandomState does not hand out its bit generator: it seeds a Generator by a draw.
        return np.random.default_rng(rng.randint(2**63, size=2, dtype=np.int64))
    return np.random.default_rng(_as_seed(rng))


def as_random_state(rng: Rng | np.random.RandomState) -> np.random.RandomState:
    """Return a RandomState, whose numbers for a seed are those of earlier versions.

    A Generator lends its bit generator: both draw from one stream, and no draw is used twice.
    """
    if isinstance(rng, np.random.RandomState):
        return rng
    if isinstance(rng, np.random.Generator):
        return np.random.RandomState(rng.bit_generator)

    seed = _as_seed(rng)
    if seed is not None and seed > _LARGEST_LEGACY_SEED:
        message = f"rng must be at most {_LARGEST_LEGACY_SEED} here, got {seed}; pass a Generator"
        raise ValueError(message)
    return np.random.RandomState(seed)


def as_seed(rng: Rng) -> int:
    """Return a seed of 31 bits for an engine that draws by itself; an integer stays what it is."""
    seed = None if isinstance(rng, np.random.Generator | np.random.RandomState) else _as_seed(rng)
    return int(as_generator(rng).integers(2**31)) if seed is None else seed


def _as_seed(rng: Any) -> int | None:
    """Return a seed, or None for fresh numbers from the operating system."""
    if rng is None:
        return None

    wanted = "rng must be a non-negative integer, a numpy.random.Generator or None"
    # True is the integer 1, and never a seed that somebody meant.
    if isinstance(rng, bool | np.bool_):
        message = f"{wanted}, got {rng!r}"
        raise TypeError(message)

    # Integers of numpy and others count, floats such as 1.0 do not.
    try:
        seed = operator.index(rng)
    except TypeError:
        message = f"{wanted}, got {type(rng).__name__}"
        raise TypeError(message) from None
    if seed < 0:
        message = f"{wanted}, got {seed}"
        raise ValueError(message)
    return seed

"""What the fuzz tests hand to the library: sound inputs, and the same inputs spoilt in one of many
ways.
"""

from typing import Any

import numpy as np
from hypothesis import strategies as st

TINY, HUGE = 1e-300, 1e300
SUBNORMAL = 5e-324


@st.composite
def _spoilt(draw: st.DrawFn, sound: st.SearchStrategy) -> Any:
    array = draw(sound)
    if draw(st.integers(0, 3)):
        return array
    try:
        return draw(st.sampled_from(SPOILERS))(array)
    except (TypeError, ValueError):  # text cannot be spoilt by a number
        return array


def spoilt(sound: st.SearchStrategy) -> st.SearchStrategy:
    """Mostly a sound array; else one with something wrong, or of another type."""
    return _spoilt(sound)


def _with(array: Any, value: Any) -> Any:
    out = np.array(array, dtype=np.float64 if isinstance(value, float) else object)
    if out.size:
        out.flat[out.size // 2] = value
    return out


def _put(value: Any) -> Any:
    return lambda array: _with(array, value)


def _instead(value: Any) -> Any:
    return lambda _: value


SPOILERS = [
    *map(
        _put,
        [
            np.nan,
            np.inf,
            -np.inf,
            -0.25,
            0.0,
            HUGE,
            -HUGE,
            TINY,
            SUBNORMAL,
            None,
            "a",
            True,
            1j,
            [1],
            object(),
        ],
    ),
    lambda array: np.zeros_like(np.asarray(array)),
    lambda array: np.asarray(array)[:0],
    lambda array: np.asarray(array)[..., :0],
    lambda array: np.asarray(array)[:1],
    lambda array: np.asarray(array)[None],
    lambda array: np.asarray(array).ravel(),
    lambda array: np.asarray(array).tolist(),
    lambda array: tuple(np.asarray(array).tolist()),
    lambda array: np.asarray(array).astype(object),
    lambda array: np.asarray(array).astype(str),
    lambda array: np.clip(np.asarray(array), -1e30, 1e30).astype(np.float32),
    lambda array: np.asarray(array).astype(bool),
    lambda array: np.asarray(array).astype(complex),
    lambda array: np.asarray(array) * 2,
    lambda array: np.concatenate([np.asarray(array).ravel(), [1.0]]),
    *map(_instead, [0.5, None, "text", {}, [[1.0], [1.0, 2.0]]]),
    lambda array: np.zeros(np.shape(array), "datetime64[D]"),
]

numbers = st.sampled_from(
    [0.0, 1.0, -1.0, 0.5, 2.0, 3.25, TINY, SUBNORMAL, HUGE, -HUGE, 1e16, -0.0, 1e-9]
)
sizes = st.integers(1, 5)


def _normalised(values: list[float], shape: tuple[int, ...]) -> np.ndarray:
    table = np.array(values).reshape(shape)
    return table / table.sum() if table.sum() else np.full(shape, 1 / table.size)


def joint(*shape: st.SearchStrategy) -> st.SearchStrategy:
    """A table of probabilities with zeros, of sides drawn from ``shape``."""
    masses = st.sampled_from([0.0, 0.0, 1.0, 2.0, 0.3, 1e-12, TINY])
    return st.tuples(*shape).flatmap(
        lambda sides: st.lists(
            masses, min_size=int(np.prod(sides)), max_size=int(np.prod(sides))
        ).map(lambda values: _normalised(values, sides))
    )


def _rows(table: np.ndarray) -> np.ndarray:
    sums = table.sum(axis=1, keepdims=True)
    return np.where(sums > 0, table / np.where(sums > 0, sums, 1.0), 1 / table.shape[1])


def array(elements: st.SearchStrategy, *shape: st.SearchStrategy) -> st.SearchStrategy:
    """An array of any sides drawn from ``shape``."""
    return st.tuples(*shape).flatmap(
        lambda sides: st.lists(
            elements, min_size=int(np.prod(sides)), max_size=int(np.prod(sides))
        ).map(lambda values: np.array(values).reshape(sides))
    )


fixed = st.just(3)
few = st.integers(1, 3)
rows = st.just(12)

pmf3 = spoilt(joint(fixed))
pmf = spoilt(joint(sizes))
pair = spoilt(joint(few, few))
cube = spoilt(joint(few, few, few))
channel = spoilt(joint(few, few).map(_rows))
counts = spoilt(array(st.sampled_from([0, 0, 1, 2, 7, 100, 1e15, 0.5]), fixed))
labels = spoilt(
    st.one_of(
        array(st.integers(0, 3), rows),
        array(st.sampled_from(["a", "b", "c d", "é\u202e"]), rows),
        array(st.booleans(), rows),
        array(st.sampled_from([None, "a", 1, 1.0, True]), rows).map(
            lambda a: np.array(a, dtype=object)
        ),
    )
)
floats = spoilt(array(numbers, rows))
reals = spoilt(st.one_of(array(st.floats(-3, 3, width=32), rows), array(numbers, rows)))
target = spoilt(
    st.one_of(array(st.integers(0, 1), rows), array(st.sampled_from(["bad", "good"]), rows))
)
probabilities = spoilt(array(st.sampled_from([0.0, 1.0, 0.5, 0.1, 0.9, 1e-12, TINY]), rows))
inner_probabilities = spoilt(array(st.sampled_from([0.5, 0.1, 0.9, 1e-12]), rows))
weights = st.one_of(
    st.none(), st.none(), spoilt(array(st.sampled_from([0.0, 1.0, 2.5, TINY, HUGE]), rows))
)
unit_weights = st.one_of(st.none(), spoilt(array(st.sampled_from([0.0, 1.0, 2.5]), rows)))
groups = spoilt(array(st.sampled_from(["f", "m", "x"]), rows))
matrix = spoilt(st.one_of(array(st.floats(-3, 3, width=32), rows, few), array(numbers, rows, few)))
series = spoilt(
    st.integers(0, 99).map(lambda seed: np.random.default_rng(seed).normal(size=(60, 3)))
)
kernel = spoilt(
    st.integers(0, 99).map(lambda seed: _kernel(np.random.default_rng(seed).normal(size=(5, 2))))
)


def _kernel(points: np.ndarray) -> np.ndarray:
    squared = ((points[:, None] - points[None]) ** 2).sum(axis=2)
    return np.exp(-squared)


orders = st.sampled_from([0.0, 0.5, 1.0, 2.0, np.inf, 1.0 + 1e-12, 50.0, HUGE, -1.0, np.nan])
bases = st.sampled_from([None, None, 2, 10.0, 1.0, 0.0, -2, np.nan, np.inf])
axes = st.sampled_from([-1, -1, 0, 1, 7])
levels = st.sampled_from([0.95, 0.5, 0.0, 1.0, np.nan, 1.5, -1.0])
seeds = st.sampled_from([0, 1])
positive = st.sampled_from([1, 2, 3, 0, -1, 1.5, True])
flags = st.sampled_from([True, False])


def one(*values: Any) -> st.SearchStrategy:
    """One of the options, or something that is none."""
    return st.sampled_from([*values, *values, "nothing"])

"""A row of weight 0 is no row, wherever weights are taken: junk with weight 0 changes nothing."""

import dataclasses
import warnings

import numpy as np
import pandas as pd
import pytest

from tests.robustness.more_weighted import MORE
from tests.robustness.weighted import N_ROWS, PLACES, Sample, numbers, sample

EVERYWHERE = PLACES | MORE

JUNK = 40


def with_junk(rows):
    """The rows with others among them: extreme numbers, an unseen category, group and period."""
    rng = np.random.default_rng(11)
    huge = np.where(np.arange(JUNK) % 2, 1e9, -1e9)
    X = pd.DataFrame({"x": huge, "z": huge[::-1], "c": ["unseen"] * JUNK})
    junk = Sample(
        X,
        np.arange(JUNK) // 2 % 2,
        np.where(np.arange(JUNK) % 3, 1e-9, 1.0 - 1e-9),
        np.array(["other"] * JUNK),
        np.full(JUNK, 7),
        np.full((JUNK, 2), 9),
        score=np.where(np.arange(JUNK) % 2, 1e6, -1e6),
        amount=np.full(JUNK, 1e7),
        cluster=np.full(JUNK, 10_000),
        early=np.arange(JUNK) % 2 == 0,
        real=np.zeros(JUNK, dtype=bool),
    )
    order = np.argsort(rng.random(N_ROWS + JUNK), kind="stable")
    # The real rows keep their order, with junk anywhere among them.
    slots = np.sort(order[:N_ROWS])
    place = np.full(N_ROWS + JUNK, -1)
    place[slots] = np.arange(N_ROWS)
    place[place < 0] = N_ROWS + np.arange(JUNK)
    joined = {
        field.name: (
            pd.concat([rows.X, X], ignore_index=True)
            if field.name == "X"
            else np.concatenate([getattr(rows, field.name), getattr(junk, field.name)])
        )
        for field in dataclasses.fields(Sample)
    }
    return Sample(**joined).take(place)


def at(place, rows, weights):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = list(numbers(EVERYWHERE[place](rows, weights)))
    return found, sorted({str(w.message) for w in caught})


@pytest.mark.parametrize("place", EVERYWHERE)
def test_rows_of_weight_0_change_nothing(place):
    rows = sample()
    more = with_junk(rows)
    for weights in (np.random.default_rng(4).uniform(0.3, 3.0, N_ROWS),np.ones(N_ROWS)):
        spread = np.zeros(N_ROWS + JUNK)
        spread[more.real] = weights
        (wanted, said), (found, told) = at(place, rows, weights), at(place, more, spread)
        assert [n for n, _ in found] == [n for n, _ in wanted]
        np.testing.assert_allclose([v for _, v in found], [v for _, v in wanted], rtol=1e-12, atol=1e-12)
        assert told == said

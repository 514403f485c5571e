"""What an estimate of a series says of each step."""

import pickle
from dataclasses import replace

import numpy as np
import pytest

from infotheory.estimation import transfer_entropy
from infotheory.estimation.discrete._step_cells import StepCells


@pytest.fixture
def series():
    rng = np.random.default_rng(0)
    source = rng.integers(2, size=5000)
    return source, np.roll(source, 1) ^ (rng.random(5000) < 0.1)


def test_what_each_step_says_is_made_once_and_when_asked(series, monkeypatch):
    spread, made = StepCells.spread, []
    monkeypatch.setattr(StepCells, "spread", lambda *given: (made.append(1), spread(*given))[1])
    found = transfer_entropy(*series)
    assert made == []
    assert found.local is found.local
    assert found.steps is found.steps
    assert made == [1]
    assert found.local.shape == found.steps.shape == (found.n_rows,)
    assert found.local.mean() == pytest.approx(transfer_entropy(*series).local.mean(), rel=1e-12)


def test_copies_and_pickles_hold_what_each_step_says(series):
    found = transfer_entropy(*series, base=2)
    again = pickle.loads(pickle.dumps(found))  # noqa: S301 - our own
    changed = replace(found, p_value=0.5)
    for one in (again, changed):
        assert one.local.tobytes() == found.local.tobytes()
        assert one.steps.tolist() == list(range(1, 5000))
    with pytest.raises(AttributeError, match="cannot assign"):
        found.local = np.zeros(3)

"""Fitted bins for sessions; nobody changes them, so that all tests share them."""

import time

import numpy as np
import pandas as pd
import pytest

from infotheory.binning import OptimalBinner
from infotheory.datasets import load_german_credit
from infotheory.workbench import workbench


@pytest.fixture(scope="session")
def german():
    X, y = load_german_credit()
    return X, y, OptimalBinner().fit(X, y)


@pytest.fixture(scope="session")
def small():
    """Two columns with missing and special values, their binner, and rows of three periods."""
    rng = np.random.default_rng(3)
    n = 400
    number = rng.normal(size=n).round(2)
    number[:20], number[20:30], number[30:36] = np.nan, -9.0, -8.0
    level = rng.choice(list("abcdef"), size=n)
    y = (rng.random(n) < 1.0 / (1.0 + np.exp(-np.nan_to_num(number) - (level == "a")))).astype(int)
    y[20:36] = np.arange(16) % 2
    X = pd.DataFrame({"number": number, "level": level})
    binner = OptimalBinner(special_codes={"number": {"z asked": [-9.0], "a refused": [-8.0]}})
    return X, y, binner.fit(X, y), np.arange(n) % 3


@pytest.fixture
def opened(german, tmp_path):
    """A session with a file on the bundled data."""
    X, y, binner = german
    with workbench(binner, X, y, session=tmp_path / "german.tune.jsonl", who="KL") as session:
        yield session


def newest_card(session, step):
    """Ask until the card of a step is fitted, as the page does; it is there soon, or never."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        answer = session.handle({"type": "card", "step": step})
        assert answer["type"] == "card"
        if not answer["updating"]:
            return answer
        time.sleep(0.02)
    pytest.fail("no card within two minutes")


def edit(session, kind, version=None, **entries):
    """Ask for an edit of the version that there is, and return the answer."""
    if version is None:
        version = session.handle({"type": "open"})["version"]
    action = {"type": kind, "reason": "a test", **entries}
    return session.handle({"type": "edit", "version": version, "action": action})

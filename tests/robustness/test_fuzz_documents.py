"""Documents that were damaged, and what is read from them: a worded error, or numbers."""

import json
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infotheory.engines import FrameCounts, count_frame
from infotheory.scorecard import (
    Scorecard,
    ScorecardMonitor,
    from_optbinning,
    from_scorecardpy,
    from_toad,
)
from tests.robustness.documents import changed, parent, places
from tests.robustness.outcome import check
from tests.robustness.test_fuzz_arrays import EXPLORING

#: Put in the place of any part of a document.
VALUES = [
    *(None, True, False, 0, 1, -1, 2, 0.5, -0.0, 1e300, -1e300, 5e-324, 10**18, 10**400),
    *(float("nan"), float("inf"), -float("inf")),
    *("", "a", "x", "nan", "1", "\ud800", "é\u202e", [], {}, [[]], [None], {"a": 1}, [1, "a"]),
    *([1.0], [1.0, 0.0], [0.0] * 9, [float("nan")] * 2),
]

ROWS = pd.DataFrame({"x": [-3.0, -0.5, 0.0, 0.5, 3.0, np.nan], "c": [*"abz", None, "a", "b"]})


#: Cards of other packages, as their exports write them.
EXPORTS = {
    "optbinning": {
        "Variable": ["x"] * 4 + ["c"] * 4,
        "Bin": [
            *("(-inf, 0.50)", "[0.50, inf)", "Special", "Missing"),
            *("['a' 'b']", "['d']", "Special", "Missing"),
        ],
        "Points": [10.0, 20.0, 5.0, 5.0, 30.0, 10.0, 0.0, 0.0],
    },
    "scorecardpy": {
        "variable": ["basepoints", "x", "x", "x", "c", "c"],
        "bin": [None, "[-inf,0.5)", "[0.5,inf)", "missing", "a%,%b", "d"],
        "points": [400.0, 10.0, -10.0, 0.0, 5.0, -5.0],
    },
    "toad": {"x": {"[-inf ~ 0.5)": 10.0, "[0.5 ~ inf)": 20.0}, "c": {"a,b": 1.0, "d": 2.0}},
}


def sample():
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"x": rng.normal(size=400), "c": rng.choice(["a", "b", "d"], 400)})
    y = (rng.random(400) < 1 / (1 + np.exp(1 - X["x"] - (X["c"] == "a")))).astype(int)
    return X, y.to_numpy()


@pytest.fixture(scope="module")
def sound():
    """Sound documents by the name of their reader."""
    X, y = sample()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        card = Scorecard().fit(X, y)
        monitor = ScorecardMonitor.from_reference(card, X, y)
        counts = count_frame(X.assign(y=y), card.binner_.specs_, target="y")
    return {
        "card": json.loads(card.to_json()),
        "monitor": json.loads(monitor.to_json()),
        "counts": json.loads(counts.to_json()),
        **EXPORTS,
    }


def read_card(document):
    return use(Scorecard.from_json(json.dumps(document)))


def use(card):
    """Score rows; read the exports."""
    points = card.predict_points(ROWS)
    assert np.isfinite(points).all(), points
    again = Scorecard.from_json(card.to_json())
    assert np.array_equal(again.predict_points(ROWS), points)
    assert "inf" not in card.to_sql("t").lower().replace("information", "")
    return points


def read_monitor(document):
    X, y = sample()
    monitor = ScorecardMonitor.from_json(json.dumps(document))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        monitor.compare(X[:200], y[:200])


def read_counts(document):
    counts = FrameCounts.from_json(json.dumps(document))
    for table in counts.tables.values():
        assert np.isfinite(np.asarray(table.counts, dtype=float)).all()


READERS = {
    "card": read_card,
    "monitor": read_monitor,
    "counts": read_counts,
    "optbinning": lambda table: use(from_optbinning(table)),
    "scorecardpy": lambda table: use(from_scorecardpy(table)),
    "toad": lambda card: use(from_toad(card)),
}


def damaged(document, path, change, value):
    """Replace, remove or double a part of a copy."""
    if change == "remove" and path:
        return changed(document, path, ...)
    place = parent(document, path)
    if change == "double" and path and isinstance(place, list):
        return changed(document, path[:-1], [*place, place[path[-1]]])
    return changed(document, path, value)


def fuzz(reader, document, n_examples):
    parts = list(places(document))

    @settings(max_examples=settings.default.max_examples if EXPLORING else n_examples)
    @given(
        st.sampled_from(parts),
        st.sampled_from(["replace", "replace", "remove", "double"]),
        st.sampled_from(VALUES),
    )
    def run(place, change, value):
        spoilt = damaged(document, place, change, value)
        check(READERS[reader], spoilt)

    run()


@pytest.mark.part_of("test_many_damages")
@pytest.mark.parametrize("reader", READERS)
def test_few_damages(sound, reader):
    fuzz(reader, sound[reader], 15)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:X has feature names")  # a card that says it has none
@pytest.mark.parametrize("reader", READERS)
def test_many_damages(sound, reader):
    fuzz(reader, sound[reader], 500)

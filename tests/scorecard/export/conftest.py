"""Cards and rows that try an export: edges, missing, special, unseen values, names to quote."""

import numpy as np
import pandas as pd
import pytest
from sklearn.frozen import FrozenEstimator

from infotheory.binning import OptimalBinner, merge_bins
from infotheory.scorecard import Scorecard

AGE, HOME = 'age "of" client\'s', "home, é 住"
HOMES = ["own", "it's", 'say "hi"', "rent\\free", "é 住所", "two\nlines", "", " padded ", "None"]


def portfolio(n=3000, seed=0):
    rng = np.random.default_rng(seed)
    income = rng.normal(size=n).round(3)
    age = rng.integers(20, 70, size=n).astype(float)
    home = rng.choice(HOMES, size=n)
    region = rng.choice(["north", "south", "east"], size=n).astype(object)
    rating = rng.integers(1, 5, size=n)
    flag = rng.random(n) < 0.3
    eta = (
        -1.0
        - 0.9 * income
        + 0.6 * np.isin(home, HOMES[1:4])
        - 0.02 * (age - 45)
        + 0.4 * (region == "east")
    )
    y = (rng.random(n) < 1.0 / (1.0 + np.exp(-eta - 0.2 * rating - 0.5 * flag))).astype(int)
    income[rng.random(n) < 0.05] = np.nan
    age[rng.random(n) < 0.05], age[rng.random(n) < 0.05] = -9.0, -8.5
    amount = np.exp(rng.normal(size=n))
    amount[rng.random(n) < 0.05], amount[rng.random(n) < 0.05] = np.inf, -np.inf
    region[rng.random(n) < 0.05] = None
    frame = {
        "income": income,
        AGE: age,
        "amount": amount,
        HOME: home,
        "region": region,
        "rating": rating,
        "flag": flag,
    }
    return pd.DataFrame(frame), y


PARAMS = {
    AGE: {"special_codes": {"refused": -9, "unknown's": [-8.5, -7]}},
    "amount": {"special_codes": {"over": np.inf, "under": -np.inf}},
    HOME: {"special_codes": {"blank": [""]}},
    "region": {"cat_unknown": "missing"},
}
CARDS = {
    "rounded": {},
    "exact": {"round": False},
    "separate": {"intercept": "separate", "round": False, "pdo": 33, "base_points": -17.3},
    "joined": {"round": False},
}

#: Missing and special values of the card "joined" that share a bin with others.
JOINS = [
    ("income", [1, "Missing"]),
    (AGE, ["refused", "unknown's"]),
    (AGE, [0, "Missing"]),
    ("amount", ["over", 0]),
    ("amount", ["Missing", "under"]),
    (HOME, ["Missing", 1]),
    (HOME, ["blank", 0]),
    ("region", [0, "Missing"]),
    ("rating", ["Missing", 0]),
    ("flag", ["Missing", 1]),
]


def hard_rows(card, n, seed=1, *, flag=True):
    """Rows on, just below and just above every edge; missing, special and unseen; tiny and huge."""
    rng = np.random.default_rng(seed)
    columns = {}
    for name, spec in card.binner_.specs_.items():
        special = [value for _, group in spec.special for value in group]
        if spec.kind == "numerical":
            splits = np.array(spec.splits)
            edges = np.concatenate(
                [splits, np.nextafter(splits, np.inf), np.nextafter(splits, -np.inf)]
            )
            pool = [
                *edges,
                *special,
                np.nan,
                0.0,
                -0.0,
                5e-324,
                -5e-324,
                1.7976931348623157e308,
                -1e300,
            ]
            values = rng.choice(pool, size=n)
            values = np.where(rng.random(n) < 0.3, rng.normal(scale=20.0, size=n), values)
            columns[name] = np.where(
                rng.random(n) < 0.1, splits[rng.integers(splits.size, size=n)], values
            )
        elif name == "flag":
            columns[name] = rng.random(n) < 0.5
        else:
            levels = [level for group in spec.levels for level in group]
            pool = np.array(
                [*levels, *special, None, "unseen", levels[0].upper() + "x"], dtype=object
            )
            columns[name] = rng.choice(pool, size=n)
    return pd.DataFrame(columns)


@pytest.fixture(scope="session", params=list(CARDS))
def card(request):
    X, y = portfolio()
    binner = OptimalBinner(feature_params=PARAMS)
    if request.param == "joined":
        binner = joined(binner.fit(X, y))
    return Scorecard(binner, **CARDS[request.param]).fit(X, y)


def joined(binner):
    """Join missing and special values to bins of others."""
    for name, bins in JOINS:
        binner = merge_bins(binner, name, bins, reason="a test")
    return FrozenEstimator(binner)


@pytest.fixture(scope="session")
def strict_card():
    """A card that refuses unseen categories of one characteristic."""
    X, y = portfolio()
    params = PARAMS | {"region": {"cat_unknown": "error"}}
    return Scorecard(OptimalBinner(feature_params=params)).fit(X, y)


def check_equal(card, rows, points):
    """Rounded points are equal, others within 1e-9."""
    with pytest.warns(UserWarning, match="never had"):
        expected = card.predict_points(rows)
    if card.round and card.intercept == "spread":
        np.testing.assert_array_equal(np.asarray(points, dtype=float), expected)
    else:
        np.testing.assert_allclose(np.asarray(points, dtype=float), expected, rtol=0.0, atol=1e-9)


@pytest.fixture(scope="session")
def backend():
    from jpmml_evaluator.py4j import Py4JBackend

    backend = Py4JBackend()
    yield backend
    backend.gateway.shutdown()
    backend.gateway.java_process.stdin.close()
    backend.gateway.java_process.wait()

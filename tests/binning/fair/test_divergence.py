"""FairBinner(divergence="js"): budgets of Jensen-Shannon divergences, against brute force."""

import itertools
import warnings

import numpy as np
import pandas as pd
import pytest

from infotheory.binning import FairBinner
from infotheory.exceptions import InfeasibleError, InfotheoryWarning
from infotheory.fairness import demographic_information_value, fairness_frontier
from tests.binning.fair.ways import take

M = 5
GROUPINGS = [
    np.repeat(np.arange(k + 1), np.diff([0, *cuts, M]))
    for k in range(M)
    for cuts in itertools.combinations(range(1, M), k)
]


def draw(seed):
    """Two features of five values; the last value of the first is of one group alone."""
    rng = np.random.default_rng(seed)
    n = 240
    group = rng.choice(["a", "b", "c"][: 2 + seed % 2], n)
    y = (rng.random(n) < 0.3).astype(int)
    X = np.column_stack(
        [
            np.clip(rng.integers(0, M, n) + y - (group == "b") * rng.integers(0, 3), 0, M - 1)
            for _ in range(2)
        ]
    ).astype(float)
    X[(X[:, 0] == M - 1) & (group == "b"), 0] = 0.0
    X[:M] = np.arange(M)[:, None]
    if seed % 3 == 0:
        X[rng.random(n) < 0.1 + 0.2 * (group == "b"), 1] = np.nan
    return X, y, group


def shares(codes, rows):
    return np.bincount(codes[rows], minlength=M + 1) / rows.sum()


def js(x, y):
    """Jensen-Shannon divergence of two counts less its bias, half the curvature times variances."""
    p, q = x / x.sum(), y / y.sum()
    middle = 0.5 * (p + q)
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = [np.nan_to_num(share * np.log(share / middle)) for share in (p, q)]
        bias = [
            np.nan_to_num(other / middle * (1.0 - share)).sum() / 8.0 / size
            for share, other, size in ((p, q, x.sum()), (q, p, y.sum()))
        ]
    return 0.5 * sum(term.sum() for term in terms) - sum(bias)


def counts(codes, rows):
    return np.bincount(codes[rows], minlength=M + 1).astype(float)


def iv(p, q):
    kept = p + q > 0.0
    return ((p - q) * np.log(np.where(kept, p, 1.0) / np.where(kept, q, 1.0)))[kept].sum()


def brute_force(X, y, group, budget):
    """Best information value within the budget for every pair of groups."""
    pairs = list(itertools.combinations(np.unique(group), 2))
    offers = []
    for column in X.T:
        cell = np.where(np.isnan(column), M, column).astype(int)
        found = [(0.0, np.zeros(len(pairs)))]
        for grouping in GROUPINGS:
            codes = np.append(grouping, M)[cell]
            p, q = shares(codes, y == 0), shares(codes, y == 1)
            inner = (p + q > 0)[:M]
            if (((p == 0) | (q == 0))[:M] & inner).any() and grouping.max() > 0:
                continue  # fewer than one event or non-event
            used = [js(counts(codes, group == a), counts(codes, group == b)) for a, b in pairs]
            found.append((iv(p, q), np.array(used)))
        offers.append(found)
    return max(
        first + second
        for (first, one), (second, two) in itertools.product(*offers)
        if (one + two <= budget + 1e-12).all()
    )


@pytest.mark.parametrize("way", ["lists", "prices", "arcs"])
def test_equals_brute_force(way, monkeypatch):
    take(way, monkeypatch)
    options = {"min_bin_size": 0.0, "max_n_bins": None, "monotonic_trend": None, "mip_gap": 0.0}
    n_binding = 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", InfotheoryWarning)
        for seed in range(30 if way == "lists" else 10):
            X, y, group = draw(seed)
            free = FairBinner(divergence="js", **options).fit(X, y, protected=group)
            budget = (0.1 + 0.05 * (seed % 10)) * max(free.fairness_summary()["iv_fair"].max(), 0)
            binner = FairBinner(budget=budget, divergence="js", **options)
            binner.fit(X, y, protected=group)
            best = brute_force(X, y, group, budget)
            assert binner.solution_.objective == pytest.approx(best, abs=1e-8), seed
            n_binding += best < free.solution_.objective - 1e-6

            # What is used is what the summary and the function say.
            total = binner.fairness_summary().query("feature == 'all features'")["iv_fair"]
            assert total.to_numpy() == pytest.approx(binner.solution_.used, abs=1e-12)
            tables = binner.group_tables_["group"].values()
            values = [
                demographic_information_value(t, divergence="js", debias=True).value for t in tables
            ]
            assert total.max() <= sum(values) + 2e-12
            assert (total <= budget + 1e-9).all()
    assert n_binding >= (20 if way == "lists" else 6)


def data():
    rng = np.random.default_rng(1)
    group = np.where(rng.random(3000) < 0.4, "b", "w")
    y = (rng.random(3000) < 0.2).astype(int)
    X = rng.normal(size=(3000, 3)) + 0.6 * y[:, None] + np.outer(group == "b", [0.0, 0.4, 1.0])
    return pd.DataFrame(X, columns=["x0", "x1", "x2"]), y, group


def test_margin_certificate_and_other_budgets():
    X, y, group = data()
    plain = FairBinner(budget=0.02, divergence="js").fit(X, y, protected=group)
    sure = FairBinner(budget=0.02, divergence="js", confidence=0.95).fit(X, y, protected=group)
    assert sure.solution_.objective < plain.solution_.objective
    total = sure.fairness_summary().iloc[-1]
    assert total["iv_fair"] + 1.644 * total["iv_fair_standard_error"] <= total["used"] <= 0.02
    assert plain.with_budget(0.01).solution_.used[0] <= 0.01

    certified = FairBinner(budget=0.05, divergence="js", confidence=0.95, certify=True)
    certificate = certified.fit(X, y, protected=group).certificate_
    assert certificate.share > 0.0
    assert (certificate.to_frame()["upper"] <= np.log(2.0) * 3).all()


def test_errors():
    X, y, group = data()
    with pytest.raises(ValueError, match="divergence must be one of"):
        FairBinner(budget=0.1, divergence="kl").fit(X, y, protected=group)
    with pytest.raises(ValueError, match="must bound the divergence that a frontier measures"):
        fairness_frontier(X, y, group, [0.1], binner=FairBinner(divergence="js"))
    with pytest.raises(InfeasibleError):
        FairBinner(budget=0.0, divergence="js", keep=["x2"], min_n_bins=2).fit(
            X, y, protected=group
        )

"""Inequalities under a standard error hold for every grouping, tangents are tight."""

import itertools
import warnings
from dataclasses import replace

import numpy as np
import pytest

from infotheory.binning import FairBinner
from infotheory.binning.fair import spread_cuts as cuts
from infotheory.binning.fair.candidates import Choice, divergence_terms
from infotheory.exceptions import SparseCellWarning

N_PREBINS = 8
N_CASES = 40


def feature(rng):
    """Bins of one feature of 8 values, with missing ones, under limits and a standard error."""
    n = int(rng.integers(200, 800))
    group, y = rng.random(n) < 0.4, (rng.random(n) < 0.3).astype(int)
    x = np.clip(
        (rng.normal(size=n) + rng.uniform(-1, 1) * group + 0.5 * y) * 2 + 4, 0, N_PREBINS - 1
    ).round()
    x[rng.random(n) < rng.choice([0.0, 0.1]) * (1 + group)] = np.nan
    x[:N_PREBINS] = np.arange(N_PREBINS)
    weights = rng.uniform(0.2, 3.0, n)
    limits = {
        "min_bin_size": float(rng.choice([0.0, 0.03])),
        "min_bin_n_event": 0,
        "min_bin_n_nonevent": 0,
    }
    limits |= {"monotonic_trend": None, "max_n_bins": None}
    binner = FairBinner(budget=1.0, confidence=0.9, **limits).fit(
        x[:, None], y, weights, protected=group
    )
    c = binner.solution_.problem.candidates[0]
    if rng.random() < 0.5:  # as after fixing
        c = replace(c, allowed=rng.random(c.allowed.size) < 0.8)
    return c


def groupings(c):
    """Every way to fill the pre-bins with bins that are allowed."""
    number = {(int(c.start[k]), int(c.end[k]) + 1): k for k in np.flatnonzero(c.allowed)}
    found = []
    for n_splits in range(c.n_prebins):
        for splits in itertools.combinations(range(1, c.n_prebins), n_splits):
            pairs = list(itertools.pairwise([0, *splits, c.n_prebins]))
            if all(pair in number for pair in pairs):
                found.append(Choice(np.array([number[pair] for pair in pairs])))
    return found


@pytest.fixture(scope="module")
def features():
    rng = np.random.default_rng(5)
    pairs = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SparseCellWarning)
        for _ in range(N_CASES):
            c = feature(rng)
            pairs.append((c, groupings(c)))
    assert sum(len(found) > 10 for _, found in pairs) >= 25
    return pairs


def test_stretches(features):
    for c, found in features:
        longest = cuts.stretches(c, 0)
        whole = max((c.variance[0, choice.picked].sum() for choice in found), default=-np.inf)
        assert longest[0, -1] == pytest.approx(whole)
        assert (np.diag(longest) == 0.0).all()
        for k in np.flatnonzero(c.allowed):
            assert longest[c.start[k], c.end[k] + 1] >= c.variance[0, k]


def test_chord_lies_below(features):
    n_tight = 0
    for c, found in features:
        if not found:
            continue
        slopes, kept = cuts.chord(c, 0)
        heights = np.array([slopes[choice.picked].sum() + kept for choice in found])
        spreads = np.array([c.spreads_of(choice)[0] for choice in found])
        assert (heights <= spreads + 1e-12).all()
        n_tight += np.isclose(heights, spreads, rtol=1e-9, atol=1e-12).sum()
    assert n_tight >= 2 * 25  # both ends


def test_tangents_lie_below_and_touch(features):
    """The lifted tangent holds everywhere, is exact at its own, and beats the plain one."""
    rng, n_lifted = np.random.default_rng(6), 0
    for c, found in features:
        longest = cuts.stretches(c, 0)
        spreads = np.array([c.spreads_of(choice)[0] for choice in found])
        for i in rng.permutation(len(found))[:12]:
            if spreads[i] == 0.0:
                continue
            slopes, kept = cuts.lifted_tangent(c, found[i], 0, longest)
            heights = np.array([slopes[choice.picked].sum() + kept for choice in found])
            assert (heights <= spreads + 1e-12).all()
            assert heights[i] == pytest.approx(spreads[i])
            plain = np.zeros(slopes.size)
            plain[found[i].picked] = c.variance[0, found[i].picked] / spreads[i]
            assert (slopes >= plain - 1e-12).all()
            n_lifted += (slopes > plain + 1e-9).any()
    assert n_lifted >= 100


def test_plain_tangents(features, monkeypatch):
    """Beyond ten bins only the plain tangent is left; it holds as well."""
    monkeypatch.setattr(cuts, "MAX_LIFTED_BINS", 0)
    for c, found in features[:10]:
        for choice in found[:5]:
            norm = c.spreads_of(choice)[0]
            if norm > 0.0:
                slopes, _ = cuts.lifted_tangent(c, choice, 0, cuts.stretches(c, 0))
                assert np.count_nonzero(slopes) <= choice.picked.size


def test_terms_by_hand():
    cells = np.array([[30.0, 10.0], [0.0, 4.0], [0.0, 0.0]])
    terms, variance = divergence_terms(cells, cells, np.array([60.0, 40.0]))
    p, q = 30 / 60, 10 / 40
    a, c = np.log(p / q) + 1 - q / p, np.log(q / p) + 1 - p / q
    assert terms[0] == pytest.approx((p - q) * np.log(p / q))
    assert variance[0] == pytest.approx(30 * a**2 / 60**2 + 10 * c**2 / 40**2)
    p, q = 0.5 / 60, 4.5 / 40
    assert terms[1] == pytest.approx((p - q) * np.log(p / q))
    assert variance[1] == pytest.approx(4 * (np.log(q / p) + 1 - p / q) ** 2 / 40**2)
    assert (terms[2], variance[2]) == (0.0, 0.0)


def test_the_bound_of_the_variance_is_above_it():
    """Dropping the squared means can only add: the bound is never below the variance."""
    rng = np.random.default_rng(7)
    for _ in range(50):
        cells = rng.integers(1, 60, (6, 2)).astype(float)
        totals = cells.sum(axis=0)
        _, bound = divergence_terms(cells, cells, totals)
        p, q = (cells / totals).T
        a, c = np.log(p / q) + 1 - q / p, np.log(q / p) + 1 - p / q
        exact = (p @ a**2 - (p @ a) ** 2) / totals[0] + (q @ c**2 - (q @ c) ** 2) / totals[1]
        assert bound.sum() >= exact

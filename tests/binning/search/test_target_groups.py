"""The search for targets of every kind: equal to trying all groupings, under every limit."""

from itertools import combinations

import numpy as np
import pytest
from scipy import special

from infotheory.binning.prebins.ordered_evidence import first_axis, ordered_evidence
from infotheory.binning.search.limits import Limits
from infotheory.binning.search.optimal_groups import best_groups
from infotheory.binning.search.subsets import best_sets
from infotheory.binning.search.target_groups import optimal_target_groups
from infotheory.binning.search.target_task import (
    TargetLimits,
    check_target_limits,
    make_target_task,
)
from infotheory.cells import BinSpec
from infotheory.evidence.targets.kinds import DIVERGENCES_BY_KIND, terms_of_target, units_of_mass
from infotheory.exceptions import InfeasibleError
from infotheory.tables import EvidenceTable

FREE = {"min_bin_n_event": 0.0, "min_bin_n_nonevent": 0.0}
TRENDS = (None, "ascending", "descending", "peak", "valley", "concave", "convex")


def grouped(spec, table, **options):
    cells = ordered_evidence(spec, table, 64)
    as_sets = table.kind == "multiclass"
    return optimal_target_groups(cells.sums, cells.products, table, as_sets=as_sets, **options)


def random_table(rng, kind, m, n_classes=3):
    """Rows of m pre-bins and a missing one, with weights and means that go up and down."""
    n = int(rng.integers(8, 40)) * m
    codes = rng.integers(0, m + 1, n)
    codes[: m + 1] = np.arange(m + 1)
    level = rng.normal(size=m + 1)[codes]
    y = {
        "fraction": lambda: special.expit(level + rng.normal(size=n)),
        "rate": lambda: rng.gamma(0.8, np.exp(level)),
        "continuous": lambda: level + rng.normal(size=n) + 5.0,
        "multiclass": lambda: np.clip(
            np.round(rng.normal(size=n) + level + 1.0), 0, n_classes - 1
        ).astype(int),
    }[kind]()
    w = rng.gamma(2.0, 0.5, n) + 0.1 if rng.random() < 0.5 else None
    labels = [*map(str, range(m)), "Missing"]
    classes = tuple(range(n_classes)) if kind == "multiclass" else None
    return EvidenceTable.from_rows(codes, y, kind, sample_weight=w, labels=labels, classes=classes)


def whole_terms(table, name, cells):
    """Terms of some bins with the totals of the table, by the public definition."""
    totals = table.sums.sum(axis=0)
    rest = totals - cells.sum(axis=0)
    present = totals > 0.0 if table.kind == "multiclass" else slice(None)
    sums, totals = np.concatenate([cells, rest[None]])[:, present], totals[present]
    halves = 0.5 * units_of_mass(table)[present]
    if table.kind != "continuous":
        lacking = np.any(sums <= 0.0, axis=1, keepdims=True)
        sums = sums + lacking * halves
    # Terms with the totals of all rows, though halves were added: as the search has it.
    if table.kind == "continuous":
        return terms_of_target(sums, table.kind, name).value[:-1].sum()
    p = sums / totals
    if table.kind == "multiclass":
        pi = totals / totals.sum()
        bar = (pi * p).sum(axis=1, keepdims=True)
        if name == "ovr":
            others = (sums.sum(axis=1, keepdims=True) - sums) / (totals.sum() - totals)
            terms = ((p - others) * np.log(p / others)).sum(axis=1)
        elif name == "mi":
            terms = (pi * p * np.log(p / bar)).sum(axis=1)
        else:
            terms = (pi * (p - bar) * np.log(p / bar)).sum(axis=1) * 2 / (1 - (pi**2).sum())
        return terms[:-1].sum()
    a, b = p[:-1].T
    middle = (a + b) / 2
    return {
        "iv": (a - b) * np.log(a / b),
        "js": (a * np.log(a / middle) + b * np.log(b / middle)) / 2,
        "kl": a * np.log(a / b),
        "gamma": a * np.log(a / b),
        "poisson": b * np.log(b / a),
    }[name].sum()


def merged(table, m, starts):
    groups = np.searchsorted(starts, np.arange(m), side="right") - 1
    size = len(starts)
    sums, products = np.zeros((size, table.sums.shape[1])), table.product_matrices()[:m]
    np.add.at(sums, groups, table.sums[:m])
    squares = np.zeros((size, *products.shape[1:]))
    np.add.at(squares, groups, products)
    return sums, squares


def means_and_variances(kind, sums, squares):
    one = {"fraction": [1, 1], "rate": [1, 0], "continuous": [1, 0, 0]}[kind]
    two = {"fraction": [0, 1], "rate": [0, 1], "continuous": [0, 1, 0]}[kind]
    weight, total = sums @ one, sums @ two
    means = total / weight
    moved = (np.array(two)[None] - means[:, None] * np.array(one)) / weight[:, None]
    return means, np.einsum("ja,jab,jb->j", moved, squares, moved)


def has_trend(means, trend):
    slack = 1e-9 * np.abs(means).max()
    steps = np.diff(means)
    if trend in ("concave", "convex"):
        bends = np.diff(means, 2) * (1.0 if trend == "concave" else -1.0)
        return (bends <= 4 * slack).all()
    sign = {"ascending": 1, "peak": 1, "descending": -1, "valley": -1}[trend]
    if trend in ("ascending", "descending"):
        return (sign * steps >= -slack).all()
    return any(
        (sign * steps[:i] >= -slack).all() and (sign * steps[i:] <= slack).all()
        for i in range(len(steps) + 1)
    )


def brute_force(table, m, name, limits, trend):
    """Best of all groupings of neighbours that meet the limits."""
    kind, best, found = table.kind, -np.inf, None
    of_weight = np.ones(table.sums.shape[1]) if kind in ("fraction", "multiclass") else None
    whole = table.weight.sum()
    highest = limits.max_n_bins or m
    for size in range(limits.min_n_bins, highest + 1):
        for inner in combinations(range(1, m), size - 1):
            starts = (0, *inner)
            sums, squares = merged(table, m, starts)
            weight = sums @ of_weight if of_weight is not None else sums[:, 0]
            if size > 1 and (weight < limits.min_bin_size * whole * (1 - 1e-9)).any():
                continue
            if limits.max_bin_size and (weight > limits.max_bin_size * whole * (1 + 1e-9)).any():
                continue
            if kind != "multiclass" and size > 1:
                means, variances = means_and_variances(kind, sums, squares)
                gaps, pooled = np.abs(np.diff(means)), variances[1:] + variances[:-1]
                if (gaps < limits.min_event_rate_diff).any():
                    continue
                if (
                    limits.max_pvalue is not None
                    and (special.chdtrc(1.0, gaps**2 / pooled) > limits.max_pvalue).any()
                ):
                    continue
                if trend is not None and not has_trend(means, trend):
                    continue
            value = whole_terms(table, name, sums) - limits.bin_penalty * size
            if value > best + 1e-12:
                best, found = value, starts
    return best, found


def search(table, m, name, limits, trend=None):
    return best_groups(
        make_target_task(
            table.sums[:m],
            table.product_matrices()[:m],
            table,
            limits=limits,
            trend=trend,
            divergence=name,
        )
    )


def random_limits(rng, kind):
    options = dict(FREE)
    if rng.random() < 0.7:
        options["max_n_bins"] = int(rng.integers(2, 5))
    if rng.random() < 0.4:
        options["min_bin_size"] = float(rng.uniform(0.05, 0.2))
    if rng.random() < 0.2:
        options["max_bin_size"] = float(rng.uniform(0.5, 0.9))
    if rng.random() < 0.2:
        options["bin_penalty"] = 0.01
    if kind != "multiclass" and rng.random() < 0.3:
        options["min_event_rate_diff"] = 0.05
    if kind != "multiclass" and rng.random() < 0.3:
        options["max_pvalue"] = 0.2
    return TargetLimits(**options)


def check(rng, kind, name, trend):
    m = int(rng.integers(3, 8))
    table, limits = random_table(rng, kind, m), random_limits(rng, kind)
    best, _ = brute_force(table, m, name, limits, trend)
    if not np.isfinite(best):
        with pytest.raises(InfeasibleError, match="no grouping"):
            search(table, m, name, limits, trend)
        return
    assert search(table, m, name, limits, trend).objective == pytest.approx(
        best, rel=1e-9, abs=1e-12
    )


CASES = [
    (kind, name, trend)
    for kind, named in DIVERGENCES_BY_KIND.items()
    for name in named
    for trend in (TRENDS if kind != "multiclass" else (None,))
]


@pytest.mark.parametrize(("kind", "name", "trend"), CASES)
def test_a_search_equals_trying_all_groupings(kind, name, trend):
    rng = np.random.default_rng(hash_of(kind, name, trend))
    for _ in range(6):
        check(rng, kind, name, trend)


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "name", "trend"), CASES)
def test_many_searches_equal_trying_all_groupings(kind, name, trend):
    """With the six above 300 of each: a fault in one table of 100 of a case is met with 95 %."""
    rng = np.random.default_rng(100 + hash_of(kind, name, trend))
    for _ in range(294):
        check(rng, kind, name, trend)


def hash_of(*words):
    return sum(map(ord, "".join(map(str, words))))


def brute_force_of_curves(table, m, directions, limits):
    best = -np.inf
    for size in range(1, (limits.max_n_bins or m) + 1):
        for inner in combinations(range(1, m), size - 1):
            sums, squares = merged(table, m, (0, *inner))
            shares = sums / sums.sum(axis=1, keepdims=True)
            steps = np.diff(shares, axis=0) * directions
            wanted = limits.min_event_rate_diff * (directions != 0.0)
            if (steps < wanted - 1e-12).any():
                continue
            if limits.max_pvalue is not None and size > 1:
                n = sums.sum(axis=1) ** 2 / squares.sum(axis=(1, 2))
                pooled = (n[1:, None] * shares[1:] + n[:-1, None] * shares[:-1]) / (n[1:] + n[:-1])[
                    :, None
                ]
                squared = np.diff(shares, axis=0) ** 2
                statistic = (squared / np.where(pooled > 0.0, pooled, 1.0)).sum(axis=1)
                statistic *= n[1:] * n[:-1] / (n[1:] + n[:-1])
                if (special.chdtrc(2.0, statistic) > limits.max_pvalue).any():
                    continue
            best = max(best, whole_terms(table, "iv", sums))
    return best


@pytest.mark.parametrize("repeats", [40, pytest.param(300, marks=pytest.mark.slow)])
def test_trends_by_class_equal_trying_all_groupings(repeats):
    rng = np.random.default_rng(5)
    for _ in range(repeats):
        m = int(rng.integers(3, 8))
        table = random_table(rng, "multiclass", m)
        signs = rng.choice([-1.0, 0.0, 1.0], 3)
        words = {1.0: "ascending", -1.0: "descending"}
        trend = {c: words[s] for c, s in enumerate(signs) if s} or None
        limits = TargetLimits(
            **FREE,
            max_n_bins=int(rng.integers(2, 6)),
            min_event_rate_diff=0.02 if trend and rng.random() < 0.3 else 0.0,
            max_pvalue=0.3 if rng.random() < 0.3 else None,
        )
        best = brute_force_of_curves(table, m, signs, limits)
        assert search(table, m, "iv", limits, trend).objective == pytest.approx(best, rel=1e-9)


def partitions(levels, highest):
    """All partitions of some levels into at most so many sets, as a group by level."""
    if not levels:
        yield ()
        return
    for before in partitions(levels[:-1], highest):
        used = max(before, default=-1) + 1
        for group in range(min(used + 1, highest)):
            yield (*before, group)


@pytest.mark.parametrize("repeats", [10, pytest.param(300, marks=pytest.mark.slow)])
def test_sets_of_levels_equal_trying_all_partitions(repeats):
    rng = np.random.default_rng(6)
    for _ in range(repeats):
        m, highest = int(rng.integers(2, 7)), int(rng.integers(2, 5))
        table = random_table(rng, "multiclass", m, n_classes=int(rng.integers(3, 5)))
        limits = TargetLimits(**FREE, max_n_bins=highest)
        best = max(
            whole_terms(
                table,
                "iv",
                sums_of(table.sums[:m], g),
            )
            for g in partitions(list(range(m)), highest)
        )
        task = make_target_task(
            table.sums[:m],
            table.product_matrices()[:m],
            table,
            limits=limits,
            trend=None,
            divergence="iv",
        )
        result = best_sets(task)
        assert result.objective == pytest.approx(best, rel=1e-9)
        assert result.status == "optimal" or result.status.startswith("single bin")


def sums_of(cells, groups):
    sums = np.zeros((max(groups) + 1, cells.shape[1]))
    np.add.at(sums, list(groups), cells)
    return sums


def test_means_in_order_make_the_best_sets_of_levels():
    """For an amount, neighbours in order of the mean are best among all partitions."""
    rng = np.random.default_rng(7)
    for kind, name in (
        ("continuous", "r2"),
        ("rate", "iv"),
        ("rate", "poisson"),
        ("fraction", "iv"),
    ):
        for _ in range(8):
            m = 6
            table = random_table(rng, kind, m)
            spec = BinSpec(name="x", kind="categorical", levels=tuple((c,) for c in "abcdef"))
            table = EvidenceTable(
                spec.labels, kind, table.sums, table.products, origin=table.origin
            )
            result = grouped(
                spec,
                table,
                limits=TargetLimits(**FREE, max_n_bins=3),
                monotonic_trend=None,
                divergence=name,
            )
            best = max(
                whole_terms(
                    table,
                    name,
                    sums_of(table.sums[:m], g),
                )
                for g in partitions(list(range(m)), 3)
            )
            assert result.objective == pytest.approx(best, rel=1e-9)


def test_many_levels_are_exchanged_and_lose_little():
    rng, losses = np.random.default_rng(8), []
    for _ in range(12):
        counts = rng.integers(5, 200, (13, 4)).astype(float)
        labels = tuple(map(str, range(13)))
        table = EvidenceTable(labels, "multiclass", counts, counts, tuple("abcd"))
        limits = TargetLimits(**FREE, max_n_bins=3)
        spec = BinSpec(name="x", kind="categorical", levels=tuple((c,) for c in "abcdefghijkl"))
        padded = table.merge([*range(12), 12], spec.labels)
        exact = grouped(spec, padded, limits=limits)
        wide = BinSpec(name="x", kind="categorical", levels=tuple((c,) for c in "abcdefghijklm"))
        more = EvidenceTable(
            wide.labels, "multiclass", *([np.vstack([counts, np.zeros(4)])] * 2), tuple("abcd")
        )
        result = grouped(wide, more, limits=limits)
        assert exact.status == "optimal"
        assert result.status == "heuristic: exchange"
        losses.append(result.objective)
        assert result.n_bins <= 3
    assert min(losses) > 0.0


def test_values_of_the_specification():
    n, means = np.full(6, 10.0), np.array([1.0, 3.0, 2.0, 5.0, 4.0, 6.0])
    sums = np.column_stack([n, n * means, n * (means**2 + 1.0)])
    zeros = np.zeros(6)
    products = np.column_stack([n, n * means, sums[:, 2], sums[:, 2], zeros, zeros])
    table = EvidenceTable(tuple("abcdef"), "continuous", sums, products)
    for trend, most, value, starts in (
        (None, 3, 0.638298, [0, 1, 3]),
        ("ascending", 6, 0.702128, [0, 1, 3, 5]),
        ("descending", 6, 0.0, [0]),
    ):
        result = search(table, 6, "r2", TargetLimits(**FREE, max_n_bins=most), trend)
        assert result.objective == pytest.approx(value, abs=5e-7)
        assert np.flatnonzero(np.diff(result.groups, prepend=-1)).tolist() == starts


def test_limits_without_a_meaning_are_refused():
    for kind, limits, message in (
        ("continuous", {"min_bin_n_event": 30}, "min_bin_n_event has no meaning for target_type="),
        ("rate", {"min_bin_n_nonevent": 30}, "use min_bin_size, or min_bin_n_event"),
        ("multiclass", {"min_bin_n_nonevent": 5}, "which holds for every class"),
    ):
        with pytest.raises(ValueError, match=message):
            check_target_limits(kind, limits)
    check_target_limits("fraction", {"min_bin_n_event": 30, "min_bin_n_nonevent": 30})
    assert TargetLimits(min_event_rate_diff=50.0).min_event_rate_diff == 50.0
    with pytest.raises(ValueError, match=r"a difference of event rates in \[0, 1\)"):
        Limits(min_event_rate_diff=50.0)

    table = random_table(np.random.default_rng(0), "multiclass", 4)
    for trend, limits, message in (
        ("ascending", {}, "must be 'auto', None, or a dict from class"),
        ({9: "ascending"}, {}, "a key of monotonic_trend must be one of"),
        ({0: "peak"}, {}, "must be one of"),
        (None, {"min_event_rate_diff": 0.1}, "needs a trend by class"),
    ):
        with pytest.raises(ValueError, match=message):
            search(table, 4, "iv", TargetLimits(**FREE, **limits), trend)


def test_the_first_axis_orders_levels_by_their_classes():
    shares = np.linspace(0.1, 0.7, 5)
    counts = 100.0 * np.column_stack([0.8 - shares, np.full(5, 0.2), shares])
    assert (np.diff(first_axis(counts)) > 0.0).all()
    assert first_axis(np.vstack([counts, np.zeros(3)]))[-1] == 0.0

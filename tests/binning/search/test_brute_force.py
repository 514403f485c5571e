"""The dynamic program against every contiguous grouping of small random tables."""

import itertools
from collections import Counter
from dataclasses import dataclass, fields

import numpy as np
import pytest

from infotheory.binning.search.limits import NEUTRAL, Limits
from infotheory.binning.search.optimal_groups import TRENDS, optimal_groups
from infotheory.evidence.binned_samples import half_rows
from infotheory.exceptions import InfeasibleError

N_TABLES = 900
SHAPES = (None, "ascending", "descending", "peak", "valley", "concave", "convex")
TOLERANCE = 1e-9
CHI2_CRITICAL = {
    0.05: 3.841458820694124,
    0.3: 1.0741941708575332,
}  # upper points of chi-square(1), from tables


@dataclass(frozen=True)
class Table:
    nonevents: np.ndarray
    events: np.ndarray
    squared: np.ndarray
    totals: tuple[float, float]
    limits: dict[str, float | None]
    fixed: np.ndarray
    divergence: str
    weighted: bool

    def solve(self, trend):
        return optimal_groups(
            self.nonevents,
            self.events,
            squared_nonevents=self.squared[:, 0],
            squared_events=self.squared[:, 1],
            total_nonevents=self.totals[0],
            total_events=self.totals[1],
            limits=Limits(**{**NEUTRAL, **self.limits}),
            monotonic_trend=trend,
            divergence=self.divergence,
            fixed=self.fixed,
        )


def random_table(rng):
    m = int(rng.integers(9, 11) if rng.random() < 0.08 else rng.integers(1, 9))
    expected = rng.choice([2.0, 12.0, 60.0])
    counts = rng.poisson(
        expected * rng.uniform(0.3, 2.0, (m, 1)) * np.array([1.0, rng.uniform(0.2, 0.8)]), (m, 2)
    )
    counts = counts.astype(float)
    if rng.random() < 0.3:
        counts[rng.integers(m), rng.integers(2)] = 0.0  # an empty class
    if m > 1 and rng.random() < 0.4:
        i = rng.integers(m - 1)
        counts[i + 1] = counts[i] * rng.choice([1.0, 2.0])  # a tie of event rates
    if rng.random() < 0.05:
        counts[rng.integers(m)] = 0.0  # an empty pre-bin
    weighted = rng.random() < 0.3
    squared = counts
    if weighted:
        factor = rng.uniform(0.5, 2.0, (m, 2))
        counts, squared = counts * factor, counts * factor**2 * rng.uniform(1.0, 1.5, (m, 2))
    outside = rng.poisson(3.0, 2) * (rng.random() < 0.5)
    totals = counts.sum(axis=0) + outside + np.where(counts.sum(axis=0) + outside == 0.0, 1.0, 0.0)
    return Table(
        counts[:, 0],
        counts[:, 1],
        squared,
        (float(totals[0]), float(totals[1])),
        random_limits(rng, m, expected),
        rng.random(m - 1) < 0.15 if rng.random() < 0.15 else np.zeros(m - 1, dtype=bool),
        str(rng.choice(["iv", "iv", "iv", "js", "kl"])),
        weighted,
    )


def random_limits(rng, m, expected):
    minimum = int(rng.choice([2, 2, 2, 3]))
    drawn = {
        "min_n_bins": min(minimum, m),
        "max_n_bins": max(minimum, int(rng.choice([2, 2, 3]))),
        "min_bin_size": float(rng.choice([0.1, 0.2, 0.3])),
        "max_bin_size": float(rng.choice([0.4, 0.5, 0.6])),
        "min_bin_n_event": float(rng.choice([1.0, expected])),
        "min_bin_n_nonevent": float(rng.choice([1.0, 2.0 * expected])),
        "min_event_rate_diff": float(rng.choice([0.03, 0.08])),
        "max_pvalue": float(rng.choice([0.05, 0.3])),
        "bin_penalty": float(rng.choice([0.01, 0.05])),
    }
    chance = {
        "min_n_bins": 0.3,
        "max_n_bins": 0.75,
        "max_bin_size": 0.2,
        "min_event_rate_diff": 0.4,
        "bin_penalty": 0.2,
    }
    return {name: value for name, value in drawn.items() if rng.random() < chance.get(name, 0.32)}


class BruteForce:
    """Objective and violated limits of every grouping, by shape."""

    def __init__(self, table):
        self.table = table
        self.m = len(table.nonevents)
        self.halves = half_rows(np.column_stack([table.nonevents, table.events]), table.squared)
        self.bins = {(i, j): self.describe(i, j) for i in range(self.m) for j in range(i, self.m)}
        self.groupings = [
            self.examine(cuts)
            for k in range(self.m)
            for cuts in itertools.combinations(range(1, self.m), k)
        ]

    def describe(self, i, j):
        t, span = self.table, slice(i, j + 1)
        g, b, squares = t.nonevents[span].sum(), t.events[span].sum(), t.squared[span].sum(axis=0)
        good, bad = (w**2 / s if w > 0.0 else 0.0 for w, s in zip((g, b), squares, strict=True))
        weight, share = g + b, (g + b) / sum(t.totals)
        low = {name: t.limits.get(name, NEUTRAL[name]) for name in NEUTRAL}
        violated = set()
        violated |= {"min_bin_size"} if share < low["min_bin_size"] - TOLERANCE else set()
        violated |= {"min_bin_n_event"} if bad < low["min_bin_n_event"] - TOLERANCE else set()
        few = good < low["min_bin_n_nonevent"] - TOLERANCE
        violated |= {"min_bin_n_nonevent"} if few else set()
        heavy = low["max_bin_size"] is not None and share > low["max_bin_size"] + TOLERANCE
        inside = t.fixed[i:j].any()
        halves = self.halves * (g == 0.0 or b == 0.0)
        p, q = (g + halves[0]) / t.totals[0], (b + halves[1]) / t.totals[1]
        value = {
            "iv": (p - q) * np.log(p / q),
            "kl": p * np.log(p / q),
            "js": 0.5 * p * np.log(2 * p / (p + q)) + 0.5 * q * np.log(2 * q / (p + q)),
        }[t.divergence]
        rate = b / weight if weight > 0 else np.nan
        size = weight**2 / squares.sum() if weight > 0 else 0.0
        return (0.0 if weight == 0.0 else value, rate, size, violated, heavy, inside, weight)

    def examine(self, cuts):
        ends = [*cuts, self.m]
        bins = [self.bins[i, j - 1] for i, j in zip([0, *cuts], ends, strict=True)]
        limits, k = self.table.limits, len(bins)
        violated = set() if k == 1 else set().union(*(one[3] for one in bins))
        violated |= {"max_bin_size"} if any(one[4] for one in bins) else set()
        violated |= {"fixed"} if any(one[5] for one in bins) else set()
        violated |= {"empty"} if k > 1 and any(one[6] == 0.0 for one in bins) else set()
        violated |= {"min_n_bins"} if k < limits.get("min_n_bins", 1) else set()
        violated |= {"max_n_bins"} if k > limits.get("max_n_bins", k) else set()
        if "empty" not in violated:
            for a, b in itertools.pairwise(bins):
                violated |= self.compare(a, b)
        value = sum(one[0] for one in bins) - k * limits.get("bin_penalty", 0.0)
        gross = sum(one[0] for one in bins)
        shapes = set(SHAPES) if "empty" in violated else shapes_of([one[1] for one in bins])
        return value, gross, k, frozenset(violated), shapes

    def compare(self, a, b):
        limits = self.table.limits
        found = set()
        if abs(a[1] - b[1]) < limits.get("min_event_rate_diff", 0.0) - TOLERANCE:
            found.add("min_event_rate_diff")
        if "max_pvalue" in limits:
            n, pooled = a[2] + b[2], (a[1] * a[2] + b[1] * b[2]) / (a[2] + b[2])
            variance = pooled * (1 - pooled) * n / (a[2] * b[2])
            if variance <= 0 or (a[1] - b[1]) ** 2 / variance < CHI2_CRITICAL[
                limits["max_pvalue"]
            ] * (1 - TOLERANCE):
                found.add("max_pvalue")
        return found

    def best(self, shapes, relaxed=None):
        """Return the best objective without one limit and the fewest bins for it, or None."""
        column = 1 if relaxed == "bin_penalty" else 0
        allowed = [g for g in self.groupings if g[3] <= {relaxed} and not shapes.isdisjoint(g[4])]
        if not allowed:
            return None
        top = max(g[column] for g in allowed)
        return top, min(g[2] for g in allowed if g[column] >= top - TOLERANCE * max(abs(top), 1e-3))


def shapes_of(rates):
    """Return every shape that a sequence of rates has, equal rates allowed."""
    steps = [
        0 if np.isclose(a, b, rtol=TOLERANCE, atol=0) else np.sign(b - a)
        for a, b in itertools.pairwise(rates)
    ]
    signs = [s for s in steps if s != 0]
    changes = sum(a != b for a, b in itertools.pairwise(signs))
    found = {None}
    found |= {"ascending"} if all(s > 0 for s in signs) else set()
    found |= {"descending"} if all(s < 0 for s in signs) else set()
    found |= {"peak"} if changes == 0 or (changes == 1 and signs[0] > 0) else set()
    found |= {"valley"} if changes == 0 or (changes == 1 and signs[0] < 0) else set()
    bends = np.diff(rates, 2)
    found |= {"concave"} if (bends <= TOLERANCE).all() else set()
    found |= {"convex"} if (bends >= -TOLERANCE).all() else set()
    return found


def close(a, b):
    return np.isclose(a, b, rtol=1e-8, atol=1e-12)


@pytest.fixture(scope="module")
def cases():
    rng = np.random.default_rng(20250101)
    return [BruteForce(random_table(rng)) for _ in range(N_TABLES)]


@pytest.mark.parametrize("trend", TRENDS)
def test_equals_brute_force_and_every_limit_binds(cases, trend):
    binding, seen = Counter(), Counter()
    shapes = {"ascending", "descending", "peak", "valley"} if trend == "auto" else {trend}
    for case in cases:
        best = case.best(shapes)
        relaxed = {name: case.best(shapes, name) for name in case.table.limits}
        binding.update(
            n
            for n, b in relaxed.items()
            if b is not None and (best is None or b[0] > best[0] + TOLERANCE)
        )
        seen["zero cell"] += bool(
            (case.table.nonevents == 0).any() or (case.table.events == 0).any()
        )
        seen["weighted"] += case.table.weighted
        if best is None:
            seen["infeasible"] += 1
            with pytest.raises(InfeasibleError):
                case.table.solve(trend)
            continue
        result = case.table.solve(trend)
        if trend == "auto":
            check_auto(case, result)
            continue
        assert close(result.objective, best[0])
        assert result.n_bins == best[1]
        assert (result.status == "optimal") == (result.n_bins > 1)
        check_groups(case, result, shapes)
    assert {field.name for field in fields(Limits)} == set(binding)
    assert min(binding.values()) >= 20, binding
    assert min(seen.values()) >= 20
    assert len(seen) == 3


def check_groups(case, result, shapes):
    """The groups returned are an allowed grouping and worth the objective that is claimed."""
    cuts = tuple((np.flatnonzero(np.diff(result.groups)) + 1).tolist())
    value, _, k, violated, found = case.examine(cuts)
    assert not violated
    assert not shapes.isdisjoint(found)
    assert k == result.n_bins
    assert close(value, result.objective)


def check_auto(case, result):
    """The objectives of all shapes are the best ones, and the choice follows the rule."""
    names = {
        "ascending": "ascending",
        "descending": "descending",
        "peak": "peak",
        "valley": "valley",
        "unrestricted": None,
    }
    for name, shape in names.items():
        best = case.best({shape})
        assert (best is None) == (name not in result.shape_objectives)
        assert best is None or close(result.shape_objectives[name], best[0])
    found = {
        name: value for name, value in result.shape_objectives.items() if name != "unrestricted"
    }
    simple = [found[name] for name in ("ascending", "descending") if name in found]
    bent = max(found.values())
    if not simple:
        assert result.trend in ("peak", "valley")
    elif close(bent, max(simple)):
        assert result.trend in (None, "ascending", "descending")
        assert close(result.objective, max(simple))
    else:
        simple_shape = max(("ascending", "descending"), key=lambda name: found.get(name, -np.inf))
        bent_shape = max(("peak", "valley"), key=lambda name: found.get(name, -np.inf))
        groups = [case.table.solve(shape).groups for shape in (bent_shape, simple_shape)]
        gain = bent - max(simple)
        expected = bent if gain > standard_error_from_rows(case.table, *groups) else max(simple)
        assert close(result.objective, expected)


def standard_error_from_rows(table, groups_a, groups_b):
    """Sum of squared influences over classes and cells, by numerical derivatives."""
    outside = np.array(table.totals) - [table.nonevents.sum(), table.events.sum()]
    inside = np.array([table.nonevents.sum(), table.events.sum()])
    halves = half_rows(np.column_stack([table.nonevents, table.events]), table.squared)
    extra = np.divide(
        outside * table.squared.sum(axis=0), inside, out=np.zeros(2), where=inside > 0
    )

    def divergence(groups, shares):
        g, b = (np.bincount(groups, counts) for counts in (table.nonevents, table.events))
        one_sided = (g == 0) | (b == 0)
        p = np.bincount(groups, shares[:-1, 0]) + one_sided * halves[0] / table.totals[0]
        q = np.bincount(groups, shares[:-1, 1]) + one_sided * halves[1] / table.totals[1]
        terms = {
            "iv": (p - q) * np.log(p / q),
            "kl": p * np.log(p / q),
            "js": 0.5 * p * np.log(2 * p / (p + q)) + 0.5 * q * np.log(2 * q / (p + q)),
        }
        return terms[table.divergence].sum()

    cells = np.vstack([np.column_stack([table.nonevents, table.events]), outside])
    squared = np.vstack([table.squared, extra])
    variance = 0.0
    for i, c in itertools.product(range(len(cells)), (0, 1)):
        step = 1e-6  # move a share of class c into cell i
        values = []
        for sign in (1, -1):
            shares = cells / table.totals
            shares[:, c] *= 1 - sign * step
            shares[i, c] += sign * step
            values.append(divergence(groups_a, shares) - divergence(groups_b, shares))
        influence = (values[0] - values[1]) / (2 * step)
        variance += squared[i, c] * influence**2 / table.totals[c] ** 2
    return np.sqrt(variance)

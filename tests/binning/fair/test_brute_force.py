"""FairBinner against every combination of bins of three features, on raw rows."""

import itertools
from collections import Counter
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from infotheory.binning import FairBinner
from infotheory.binning.fair.candidates import Choice
from infotheory.binning.fair.fixing import fix_bins
from infotheory.binning.fair.milp import SolverOptions, solve_program
from infotheory.binning.fair.prices import feasible_choices, supported_points
from infotheory.binning.fair.problem import FairProblem, build_program
from infotheory.exceptions import InfeasibleError
from tests.binning.fair.ways import take

N_CASES = 300
N_VALUES = 6
NAMES = ("x0", "x1", "x2")
SPECIAL = -9.0
TOLERANCE = 1e-9
GROUPINGS = [
    tuple(itertools.pairwise([0, *cuts, N_VALUES]))
    for k in range(N_VALUES)
    for cuts in itertools.combinations(range(1, N_VALUES), k)
]

pytestmark = [
    pytest.mark.filterwarnings("ignore::infotheory.exceptions.SparseCellWarning"),
    pytest.mark.filterwarnings("ignore::infotheory.exceptions.UnseenValueWarning"),
    # Random samples may hold no special code, and few rows may separate the classes.
    pytest.mark.filterwarnings("ignore::infotheory.exceptions.SpecialCodesWarning"),
    pytest.mark.filterwarnings("ignore::infotheory.exceptions.LeakageWarning"),
]


@dataclass
class Case:
    X: pd.DataFrame
    y: np.ndarray
    protected: pd.DataFrame
    weights: np.ndarray | None
    limits: dict
    trends: dict
    keep: tuple
    confidence: float | None
    budget: object = None
    budget_per_feature: object = None
    rows: list = field(default_factory=list)  # (attribute, pair of groups, features, limit)

    def binner(self, **options):
        return FairBinner(
            budget=self.budget,
            budget_per_feature=self.budget_per_feature,
            confidence=self.confidence,
            keep=self.keep,
            special_codes=[SPECIAL],
            feature_params={
                name: {"monotonic_trend": trend} for name, trend in self.trends.items()
            },
            metric="indices",
            mip_gap=0.0,
            **self.limits,
            **options,
        )

    def fit(self, **options):
        return self.binner(**options).fit(self.X, self.y, self.weights, protected=self.protected)

    @property
    def w(self):
        return np.ones(len(self.y)) if self.weights is None else self.weights

    @property
    def z(self):
        return 0.0 if self.confidence is None else stats.norm.ppf(self.confidence)


def random_case(rng):
    n = int(rng.integers(150, 400))
    groups = ["a", "b", "c"] if rng.random() < 0.25 else ["a", "b"]
    share = np.array([0.6, 0.4]) if len(groups) == 2 else np.array([0.5, 0.3, 0.2])
    first = rng.choice(len(groups), n, p=share)
    y = (rng.random(n) < 0.3).astype(int)
    columns = {}
    for name in NAMES:
        latent = rng.normal(size=n) + rng.uniform(0, 1.2) * y + rng.uniform(-1.2, 1.2) * first
        x = np.digitize(latent, np.linspace(-1.2, 2.2, N_VALUES - 1)).astype(float)
        x[rng.random(n) < rng.choice([0.0, 0.02, 0.1]) * (1 + 2 * first)] = np.nan
        x[rng.random(n) < rng.choice([0.0, 0.05])] = SPECIAL
        if rng.random() < 0.3:  # a value that one group never has
            x[(x == rng.integers(N_VALUES)) & (first == 1)] = np.nan
        x[:N_VALUES] = np.arange(N_VALUES)
        columns[name] = x
    protected = {"race": np.array(groups, dtype=object)[first]}
    if rng.random() < 0.3:
        protected["sex"] = np.where(rng.random(n) < 0.5, "f", "m").astype(object)
    weights = None
    if (kind := rng.random()) < 0.35:
        weights = rng.uniform(0.5, 2.0, n) if kind < 0.25 else rng.integers(0, 3, n).astype(float)
        weights[:N_VALUES] = 1.0
    drawn = {
        "min_n_bins": int(rng.choice([1, 1, 1, 2])),
        "max_n_bins": [None, 2, 3, 4, 6][rng.integers(5)],
        "min_bin_size": float(rng.choice([0.0, 0.05, 0.1])),
        "max_bin_size": [None, None, None, 0.7][rng.integers(4)],
        "min_bin_n_event": float(rng.choice([0.0, 1.0, 4.0])),
        "min_bin_n_nonevent": float(rng.choice([1.0, 1.0, 9.0])),
        "bin_penalty": float(rng.choice([0.0, 0.0, 0.004])),
    }
    trends = {name: [None, "auto", "ascending", "descending"][rng.integers(4)] for name in NAMES}
    keep = tuple(name for name in NAMES if rng.random() < 0.15)
    confidence = float(rng.choice([0.8, 0.95])) if rng.random() < 0.4 else None
    return Case(
        pd.DataFrame(columns), y, pd.DataFrame(protected), weights, drawn, trends, keep, confidence
    )


def divergence(one, two, squared_one, squared_two, totals):
    """Terms of a Jeffreys divergence and of the additive bound of its variance, by cell."""
    terms, bounds = [], []
    rows = [sum(squared_one) / sum(one), sum(squared_two) / sum(two)]
    for u, v, s, t in zip(one, two, squared_one, squared_two, strict=True):
        if u == 0.0 and v == 0.0:
            terms.append(0.0)
            bounds.append(0.0)
            continue
        half = 0.5 if u == 0.0 or v == 0.0 else 0.0
        p, q = (u + half * rows[0]) / totals[0], (v + half * rows[1]) / totals[1]
        a, c = np.log(p / q) + 1 - q / p, np.log(q / p) + 1 - p / q
        terms.append((p - q) * np.log(p / q))
        bounds.append(s * a**2 / totals[0] ** 2 + t * c**2 / totals[1] ** 2)
    return np.array(terms), np.array(bounds)


def unbiased(one, two, squared_one, squared_two, totals, total_squares):
    """Terms of the divergence in which no row votes on the logarithm that weighs it."""
    terms = np.zeros(len(one))
    halves = [s / t / 2 for s, t in zip(total_squares, totals, strict=True)]
    for i, (u, v, s, t) in enumerate(zip(one, two, squared_one, squared_two, strict=True)):
        h = s / u / 2 if u > 0 else halves[0]
        k = t / v / 2 if v > 0 else halves[1]
        sizes = totals[0], totals[1]
        if u > 0:
            own, opposite = (u - h) / (sizes[0] - halves[0]), (v + k) / (sizes[1] + halves[1])
            terms[i] += u / sizes[0] * np.log(own / opposite)
        if v > 0:
            own, opposite = (v - k) / (sizes[1] - halves[1]), (u + h) / (sizes[0] + halves[0])
            terms[i] += v / sizes[1] * np.log(own / opposite)
    return terms


def divergence_of_codes(codes, is_second, w, groups=False):
    """Divergence between two samples of rows over their codes, and the bound of its variance."""
    sums = [
        np.array([w[(codes == code) & (is_second == side)].sum() for code in np.unique(codes)])
        for side in (0, 1)
    ]
    squares = [
        np.array(
            [(w[(codes == code) & (is_second == side)] ** 2).sum() for code in np.unique(codes)]
        )
        for side in (0, 1)
    ]
    totals = [w[is_second == side].sum() for side in (0, 1)]
    terms, bounds = divergence(*sums, *squares, totals)
    if groups:
        terms = unbiased(*sums, *squares, totals, [square.sum() for square in squares])
    return terms.sum(), bounds.sum()


class Feature:
    """Value, divergences and variance bounds of every grouping that the limits allow."""

    def __init__(self, case, name, pairs):
        self.case, self.name = case, name
        x = case.X[name].to_numpy()
        cells = np.where(np.isnan(x), N_VALUES, np.where(x == SPECIAL, N_VALUES + 1, x)).astype(int)
        self.counts, self.squares = squared = self.tables(cells, [case.y == 0, case.y == 1])
        self.size = self.counts.sum()
        found = []
        codings = [self.coding(grouping) for grouping in GROUPINGS if self.allows(grouping)]
        for coding in codings:
            n_bins = int(coding[:N_VALUES].max()) + 1
            value = self.merged(coding, *squared)[0] - n_bins * case.limits["bin_penalty"]
            found.append([value])
        for attribute, (a, b) in pairs:
            group = case.protected[attribute].to_numpy()
            tables = self.tables(cells, [group == a, group == b])
            for coding, row in zip(codings, found, strict=True):
                row.extend(self.merged(coding, *tables, groups=True))
        self.n_groupings = len(found)
        if name not in case.keep:
            found.append([-case.limits["bin_penalty"]] + [0.0] * (2 * len(pairs)))  # dropped
        array = np.array(found).reshape(len(found), 1 + 2 * len(pairs))
        self.worth, self.terms, self.bounds = array[:, 0], array[:, 1::2], array[:, 2::2]

    def tables(self, cells, masks):
        w, size = self.case.w, N_VALUES + 2
        counts = np.column_stack(
            [np.bincount(cells[mask], w[mask], minlength=size) for mask in masks]
        )
        return counts, np.column_stack(
            [np.bincount(cells[mask], w[mask] ** 2, minlength=size) for mask in masks]
        )

    @staticmethod
    def coding(grouping):
        codes = [k for k, (start, end) in enumerate(grouping) for _ in range(start, end)]
        return np.array([*codes, len(grouping), len(grouping) + 1])

    @staticmethod
    def merged(coding, counts, squared, groups=False):
        c, s = np.zeros((2, coding.max() + 1, 2))
        np.add.at(c, coding, counts)
        np.add.at(s, coding, squared)
        terms, bounds = divergence(*c.T, *s.T, counts.sum(axis=0))
        if groups:
            terms = unbiased(*c.T, *s.T, counts.sum(axis=0), squared.sum(axis=0))
        return [terms.sum(), bounds.sum()]

    def allows(self, grouping):
        limits, trend = self.case.limits, self.case.trends[self.name]
        bins = np.array([self.counts[start:end].sum(axis=0) for start, end in grouping])
        shares = bins.sum(axis=1) / self.size
        if (
            limits["max_bin_size"] is not None
            and (shares > limits["max_bin_size"] + TOLERANCE).any()
        ):
            return False
        if not limits["min_n_bins"] <= len(grouping) <= (limits["max_n_bins"] or N_VALUES):
            return False
        if len(grouping) == 1:
            return True
        least = np.array([limits["min_bin_n_nonevent"], limits["min_bin_n_event"]])
        squares = np.array([self.squares[start:end].sum(axis=0) for start, end in grouping])
        sizes = np.divide(bins**2, squares, out=np.zeros_like(bins), where=squares > 0.0)
        if (shares < limits["min_bin_size"] - TOLERANCE).any() or (sizes < least - TOLERANCE).any():
            return False
        steps = np.diff(bins[:, 1] / bins.sum(axis=1))
        rises, falls = (steps > -TOLERANCE).all(), (steps < TOLERANCE).all()
        return {None: True, "auto": rises or falls, "ascending": rises, "descending": falls}[trend]


class BruteForce:
    """All combinations of the groupings of three features."""

    def __init__(self, case):
        self.case = case
        self.pairs = [
            (attribute, pair)
            for attribute in case.protected
            for pair in itertools.combinations(
                sorted(set(case.protected[attribute][case.w > 0])), 2
            )
        ]
        self.features = [Feature(case, name, self.pairs) for name in NAMES]
        self.infeasible = any(f.n_groupings == 0 for f in self.features)
        self.used = [f.terms + case.z * np.sqrt(f.bounds) for f in self.features]

    def free(self):
        """What the best groupings without budgets use, by feature and pair."""
        best = [int(np.argmax(f.worth[: f.n_groupings])) for f in self.features]
        return np.array([used[i] for used, i in zip(self.used, best, strict=True)])

    def combine(self, arrays):
        a, b, c = arrays
        return a[:, None, None] + b[None, :, None] + c[None, None, :]

    def row_use(self, row):
        attribute, pair, features, _ = row
        k = self.pairs.index((attribute, pair))
        kept = [
            used[:, k] if name in features else 0.0 * used[:, k]
            for name, used in zip(NAMES, self.used, strict=True)
        ]
        return self.combine(kept)

    def solve(self):
        """Best total value within the rows and the features dropped; None where nothing is."""
        total = self.combine([f.worth for f in self.features])
        feasible = np.ones(total.shape, dtype=bool)
        for row in self.case.rows:
            feasible &= self.row_use(row) <= row[3] + 1e-11
        if not feasible.any():
            return None
        place = np.unravel_index(np.where(feasible, total, -np.inf).argmax(), total.shape)
        dropped = [
            name
            for name, f, i in zip(NAMES, self.features, place, strict=True)
            if i == f.n_groupings
        ]
        return total[place], dropped


def draw_budgets(case, brute, rng):
    """Budgets as shares of what the groupings without budgets use, as one number or by name."""
    free = brute.free()
    attributes = list(case.protected)
    largest = {
        a: max(0.0, *(free[:, k].sum() for k, (own, _) in enumerate(brute.pairs) if own == a))
        for a in attributes
    }
    share = float(
        rng.choice(
            [rng.uniform(0.02, 0.3), rng.uniform(0.3, 0.95), rng.uniform(1.0, 1.3)],
            p=[0.35, 0.5, 0.15],
        )
    )
    kind = rng.random()
    if kind < 0.75:
        by_name = {
            a: share * largest[a] for a in attributes if len(attributes) == 1 or rng.random() < 0.7
        }
        by_name = by_name or {attributes[0]: share * largest[attributes[0]]}
        if rng.random() < 0.5:
            case.budget = max(by_name.values())
            by_name = dict.fromkeys(attributes, case.budget)
        else:
            case.budget = by_name
        case.rows += [(a, pair, NAMES, by_name[a]) for a, pair in brute.pairs if a in by_name]
        if rng.random() < 0.15:  # met exactly by some combination
            exact = brute.row_use(case.rows[0])
            case.budget = max(float(exact.flat[rng.integers(exact.size)]), 0.0)
            case.rows = [(a, pair, NAMES, case.budget) for a, pair in brute.pairs]
    if kind > 0.6:
        largest_single = np.maximum(free.max(axis=1), 0.0)
        single = {
            name: share * value
            for name, value in zip(NAMES, largest_single, strict=True)
            if rng.random() < 0.6
        }
        single = single or {NAMES[0]: share * largest_single[0]}
        if rng.random() < 0.3:
            case.budget_per_feature = max(single.values())
            single = dict.fromkeys(NAMES, case.budget_per_feature)
        else:
            case.budget_per_feature = single
        case.rows += [
            (a, pair, (name,), limit) for a, pair in brute.pairs for name, limit in single.items()
        ]


@pytest.fixture(scope="module")
def cases():
    found = []
    for seed in range(N_CASES):
        rng = np.random.default_rng([20260101, seed])
        case = random_case(rng)
        brute = BruteForce(case)
        if not brute.infeasible:
            draw_budgets(case, brute, rng)
        else:
            case.budget = 1.0
        found.append((case, brute))
    return found


@pytest.fixture(scope="module")
def solved(cases):
    """The cases that have a solution."""
    return [
        (case, brute) for case, brute in cases if not brute.infeasible and brute.solve() is not None
    ]


def check_rows(case, binner):
    """The budgets hold, and the objective is what it claims to be, when computed from rows."""
    codes = binner.transform(case.X)
    codes = np.asarray(codes)
    w = case.w
    for attribute, (a, b), features, limit in case.rows:
        group = case.protected[attribute].to_numpy()
        rows = np.isin(group, [a, b])
        used = 0.0
        for f, name in enumerate(NAMES):
            if name in features:
                value, bound = divergence_of_codes(
                    codes[rows, f], (group[rows] == b).astype(int), w[rows], groups=True
                )
                used += value + case.z * np.sqrt(bound)
        assert used <= limit + 2e-9 * (1 + limit)
    values = [divergence_of_codes(codes[:, f], case.y, w)[0] for f in range(3)]
    bins = [binner.specs_[name].n_bins for name in NAMES]
    assert sum(values) - case.limits["bin_penalty"] * sum(bins) == pytest.approx(
        binner.solution_.objective, abs=1e-9
    )


@pytest.fixture
def no_lists(monkeypatch):
    """Leave the work to the program of arcs, as where there are too many groupings to list."""
    take("arcs", monkeypatch)


@pytest.mark.usefixtures("no_lists")
def test_the_program_of_arcs_equals_brute_force(solved):
    for case, brute in solved[::9]:
        binner = case.fit()
        assert binner.solution_.objective == pytest.approx(brute.solve()[0], abs=1e-8)
        assert binner.solution_.gap <= 1e-8
        check_rows(case, binner)


def test_prices_equal_brute_force(solved, monkeypatch):
    """The groupings near the best prices hold the optimum, several budgets and groups included."""
    take("prices", monkeypatch)
    for case, brute in solved[1::9]:
        binner = case.fit()
        assert binner.solution_.objective == pytest.approx(brute.solve()[0], abs=1e-8)
        assert binner.solution_.gap <= 1e-8
        check_rows(case, binner)


def test_equals_brute_force(cases):
    seen = Counter()
    for number, (case, brute) in enumerate(cases):
        if brute.infeasible:
            seen["limits infeasible"] += 1
            with pytest.raises(InfeasibleError, match="no grouping of the"):
                case.fit()
            continue
        found = brute.solve()
        if found is None:
            seen["budgets infeasible"] += 1
            with pytest.raises(InfeasibleError, match="cannot be met"):
                case.fit()
            continue
        best, dropped = found
        binner = case.fit()
        assert binner.solution_.objective == pytest.approx(best, abs=1e-8), number
        assert binner.solution_.status == "optimal"
        assert binner.solution_.gap <= 1e-8
        check_rows(case, binner)
        seen["solved"] += 1
        seen["missing"] += bool(case.X.isna().to_numpy().any())
        free, rows = brute.free(), case.rows
        seen["binding"] += any(
            sum(free[NAMES.index(name), brute.pairs.index((a, pair))] for name in features)
            > limit * (1 + 1e-6)
            for a, pair, features, limit in rows
        )
        seen["chance"] += case.confidence is not None
        seen["dropped"] += bool(dropped)
        seen["several rows"] += len(rows) > 1
        seen["two attributes"] += len(case.protected.columns) > 1
        seen["per feature"] += case.budget_per_feature is not None
        seen["weighted"] += case.weights is not None
        seen["keep"] += bool(case.keep)
        seen["penalty"] += case.limits["bin_penalty"] > 0
    assert seen["solved"] >= 200
    assert seen["binding"] >= 150
    assert seen["chance"] >= 50
    assert seen["dropped"] >= 20
    assert min(seen.values()) >= 5, seen


@pytest.mark.parametrize("solver", ["highs", "cbc", "scipy"])
def test_solvers_agree_on_lists(solved, solver):
    n_called = 0
    for case, brute in solved[::7]:
        found = case.fit(solver=solver).solution_
        assert found.objective == pytest.approx(brute.solve()[0], abs=1e-8)
        assert solver in found.solver.lower() or found.solver == "prices"
        n_called += found.n_rounds
    assert n_called >= 10


@pytest.mark.usefixtures("no_lists")
@pytest.mark.parametrize("solver", ["highs", "cbc", "scipy"])
def test_solvers_agree(solved, solver):
    for case, brute in solved[::10]:
        binner = case.fit(solver=solver)
        assert binner.solution_.objective == pytest.approx(brute.solve()[0], abs=1e-8)
        assert binner.solution_.status == "optimal"
        assert solver in binner.solution_.solver.lower()
        check_rows(case, binner)


@pytest.mark.parametrize("solver", ["highs", "cbc", "scipy"])
def test_whole_program(solved, solver):
    """No bin is left out beforehand and no solution is known: the program alone has the optimum."""
    n_solved = 0
    for case, brute in solved[::5]:
        if case.confidence is not None:
            continue
        problem = case.fit().solution_.problem
        program = build_program(problem)
        result = solve_program(program, SolverOptions(solver=solver, mip_gap=0.0))
        best = brute.solve()[0]
        assert result.status == "optimal"
        assert problem.value(program.decode(result.x)) == pytest.approx(best, abs=1e-6)
        assert result.bound >= best - 1e-9
        start = program.encode(problem, program.decode(result.x))
        np.testing.assert_allclose(start, result.x, atol=1e-6)
        assert program.objective @ start + program.constant == pytest.approx(best, abs=1e-6)
        n_solved += 1
    assert n_solved >= 20


@pytest.mark.slow
def test_known_bins_are_feasible_and_fixing_keeps_the_optimum(solved):
    """Bins known to be within the budgets are; fixing leaves every combination that is better."""
    n_smaller = 0
    for case, brute in solved[::5]:
        problem = case.fit().solution_.problem
        known = feasible_choices(problem)
        if known is None:
            continue
        assert (problem.used(known) <= problem.budgets).all()
        fewer = fix_bins(problem, known)
        best = brute.solve()[0]
        assert problem.value(known) <= best + TOLERANCE
        for allowed in (problem, fewer):
            for c, choice in zip(allowed.candidates, known, strict=True):
                assert c.droppable if choice.dropped else c.allowed[choice.picked].all()
        n_smaller += sum(c.allowed.sum() for c in fewer.candidates) < sum(
            c.start.size for c in problem.candidates
        )
        assert best_of_choices(fewer) == pytest.approx(best, abs=TOLERANCE)
    assert n_smaller >= 20


def all_choices(c):
    """Every grouping out of the bins allowed, within limits and trend; dropping it too."""
    limits, m, found = c.task.limits, c.n_prebins, []
    number = {(int(c.start[k]), int(c.end[k]) + 1): k for k in np.flatnonzero(c.allowed)}
    for grouping in GROUPINGS:
        if not all(pair in number for pair in grouping) or m != N_VALUES:
            continue
        picked = np.array([number[pair] for pair in grouping])
        steps = np.diff(c.order[picked])
        monotone = any((direction * steps >= 0.0).all() for direction in c.directions)
        if monotone and limits.min_n_bins <= len(picked) <= (limits.max_n_bins or m):
            found.append(Choice(picked))
    return [*found, Choice(np.zeros(0, dtype=int))] if c.droppable else found


def best_of_choices(problem):
    """Best value of all combinations of the bins that are allowed."""
    values, uses = [], []
    for f, c in enumerate(problem.candidates):
        choices = all_choices(c)
        values.append(np.array([c.value_of(choice) for choice in choices]))
        uses.append(
            np.array([problem.used_by(f, choice) for choice in choices]).reshape(len(choices), -1)
        )
    total = values[0][:, None, None] + values[1][None, :, None] + values[2][None, None, :]
    used = uses[0][:, None, None] + uses[1][None, :, None] + uses[2][None, None, :]
    return total[(used <= problem.budgets + 1e-11).all(axis=-1)].max()


@pytest.mark.slow
@pytest.mark.parametrize("way", ["lists", "arcs"])
def test_budgets_met_exactly_or_missed_by_rounding(solved, way, monkeypatch):
    """A budget that the best bins just meet, or just miss, is no reason to fail or to go on."""
    take(way, monkeypatch)
    n_rounds = Counter()
    single = [case for case, brute in solved if len(brute.pairs) == 1]
    for number, case in enumerate(single[::4]):
        free = replace(
            case, confidence=0.95 if number % 3 else None, budget_per_feature=None, rows=[]
        )
        brute = BruteForce(free)
        (attribute, pair), total = brute.pairs[0], brute.combine([f.worth for f in brute.features])
        used = brute.row_use((attribute, pair, NAMES, np.inf))
        limit = 0.8 * brute.free()[:, 0].sum()
        if not (used <= limit).any():
            continue
        exact = used.flat[np.where(used <= limit, total, -np.inf).argmax()]
        for short in (0.0, 1.5e-9, 3e-9):
            budget = max(exact - short, 0.0)
            if not (used <= budget + 1e-11).any():
                continue
            least, most = (total[used <= budget + room].max() for room in (1e-11, 1e-8))
            tight = replace(free, budget=budget, rows=[(attribute, pair, NAMES, budget)])
            binner = tight.fit(solver=("highs", "scipy")[number % 2])
            n_rounds[free.confidence, binner.solution_.n_rounds > 1] += 1
            assert least - 1e-5 * (number % 2) - 1e-9 <= binner.solution_.objective <= most + 1e-9
            check_rows(tight, binner)
    assert n_rounds.total() >= 60
    assert way == "lists" or n_rounds[0.95, True] >= 5, n_rounds


def test_supported_points_lie_on_the_frontier(solved):
    """The sweep over prices finds the corners of the concave hull, and nothing else."""
    n_points = 0
    for case, _ in solved[::8]:
        swept = replace(case, budget=1.0, budget_per_feature=None, confidence=None, keep=())
        problem = swept.fit().solution_.problem
        problem = FairProblem(problem.candidates, problem.rows[:1])
        points = supported_points(problem)
        n_points += len(points)
        for point in points:
            again = replace(problem, rows=(replace(problem.rows[0], budget=point.used),))
            assert best_of_choices(again) == pytest.approx(point.value, abs=1e-9)
            assert again.value(point.choices) == pytest.approx(point.value)
        uses, values = (
            np.array([getattr(point, key) for point in points]) for key in ("used", "value")
        )
        slopes = np.diff(values) / np.diff(uses)
        assert (np.diff(uses) > 0).all()
        assert (slopes > 0).all()
        assert (np.diff(slopes) < 1e-9).all()  # concave
        for limit in np.linspace(uses[0], uses[-1], 9):
            between = replace(problem, rows=(replace(problem.rows[0], budget=limit),))
            assert best_of_choices(between) <= np.interp(limit, uses, values) + 1e-9
    assert n_points >= 50


def test_a_sweep_over_prices_takes_one_row(solved):
    problem = solved[0][0].fit().solution_.problem
    row = problem.rows[0]
    with pytest.raises(
        ValueError, match=r"needs one fairness row and no standard errors, got 2 rows and z = 0"
    ):
        supported_points(FairProblem(problem.candidates, (row, row)))
    with pytest.raises(ValueError, match=r"got 1 rows and z = 1\.5"):
        supported_points(FairProblem(problem.candidates, (row,), 1.5))

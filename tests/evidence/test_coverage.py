"""Monte-Carlo studies of intervals and tests; ``pytest -m slow -s`` shows every cell."""

from itertools import product

import numpy as np
import pytest
from scipy import optimize, stats

from infotheory.evidence import (
    adverse_impact_ratio,
    area_under_curve,
    demographic_information_value,
    information_value,
    information_value_covariance,
    information_values,
    linear_combination,
    population_stability_index,
    standardized_mean_difference,
)
from infotheory.evidence.binned_samples import BinnedSamples, fill_zero_cells
from infotheory.evidence.divergence import divergence_interval, divergence_parts
from infotheory.evidence.equality import pearson_statistic
from infotheory.evidence.woe import woe_values, woe_variances
from infotheory.tables import CountTable
from tests.evidence.test_moment_laws import SHARES, TILTS, other_law
from tests.studies import Study

pytestmark = pytest.mark.slow

REPLICATES = 700
SHAPES = ("monotone", "one-sided", "U")
VALUES = (0.0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5)


def laws(k, value, shape):
    """Shares of two samples over k bins with a given Jeffreys divergence."""
    tilt = {
        "monotone": np.linspace(-1, 1, k),
        "one-sided": np.arange(k) >= k - max(1, k // 4),
        "U": np.linspace(-1, 1, k) ** 2,
    }[shape].astype(float)
    p = np.full(k, 1.0 / k)

    def other(strength):
        q = p * np.exp(strength * tilt)
        return q / q.sum()

    def miss(strength):
        q = other(strength)
        return float((p - q) @ np.log(p / q)) - value

    return p, other(optimize.brentq(miss, 0.0, 20.0) if value else 0.0)


def grid(values=VALUES):
    """Yield cells with at least 10 events expected in each bin; shapes are one at value 0."""
    for n, rate, k, value, shape in product(
        (2000, 20000), (0.02, 0.05, 0.15, 0.3), (3, 5, 10, 20), values, SHAPES
    ):
        p, q = laws(k, value, shape)
        if n * rate * q.min() >= 10 and (value or shape == SHAPES[0]):
            yield (n, rate, k, value, shape), p, q


def count(rng, n, rate, p, q, size):
    """Count rows drawn with a random number of events."""
    counts = rng.multinomial(n, np.r_[p * (1 - rate), q * rate], size=size).astype(float)
    good, bad = counts[:, : p.size], counts[:, p.size :]
    return BinnedSamples(good, bad, good, bad)


def share_in(truth, low, high):
    return ((low <= truth) & (truth <= high)).mean(axis=0)


def check_cells(title, cells, low, high, replicates):
    """Print all cells; each rate lies between the limits, or misses by two Monte-Carlo errors."""
    print(f"\n{title}: {len(cells)} cells, {replicates} replicates each")
    for label, rate in cells:
        print(f"  {label}: {rate:.4f}")
    rates = np.array([rate for _, rate in cells])
    print(f"  all between {rates.min():.4f} and {rates.max():.4f}")
    slack = [2.0 * np.sqrt(limit * (1.0 - limit) / replicates) for limit in (low, high)]
    bad = [cell for cell in cells if not low - slack[0] <= cell[1] <= high + slack[1]]
    assert not bad, bad


def coverage_of(most):
    """Study of a coverage that lies in the limits of a cell, or misses by two errors of all."""
    low, high = (
        limit + sign * 2.0 * np.sqrt(limit * (1.0 - limit) / most)
        for limit, sign in ((0.93, -1.0), (0.985, 1.0))
    )
    return Study(most, covers=(low, high))


def test_coverage_of_information_value_and_weight_of_evidence():
    rng = np.random.default_rng(20250901)
    values, woes = [], []
    for (n, rate, k, value, shape), p, q in grid():
        raw = count(rng, n, rate, p, q, REPLICATES)
        filled = fill_zero_cells(raw)
        label = f"n={n} rate={rate} k={k} IV={value} {shape}"
        values.append((label, share_in(value, *divergence_interval(divergence_parts(filled)))))
        woe, margin = (
            woe_values(raw.first, raw.second),
            stats.norm.ppf(0.975) * np.sqrt(woe_variances(filled)),
        )
        covered = share_in(np.log(p / q), woe - margin, woe + margin)
        woes += [(f"{label} lowest", covered.min()), (f"{label} highest", covered.max())]
    check_cells("information value", values, 0.93, 0.985, REPLICATES)
    check_cells(
        "weight of evidence, bins of lowest and highest coverage", woes, 0.93, 0.985, REPLICATES
    )
    assert len(values) > 300


def estimated_information_value(rng, few, ratio, p, q):
    """Events of a random number beside ``ratio`` times as many non-events."""
    n_events = max(rng.binomial((1 + ratio) * few, 1.0 / (1 + ratio)), 3)
    counts = rng.multinomial((1 + ratio) * few - n_events, p), rng.multinomial(n_events, q)
    return information_value(CountTable.from_counts(*counts))


def estimated_stability(rng, few, ratio, p, q):
    """A small month against a reference ``ratio`` times as large."""
    return population_stability_index(rng.multinomial(ratio * few, p), rng.multinomial(few, q))


def estimated_demographic_value(rng, few, ratio, p, q):
    """A large group and two small ones, the second of which has the law of the large one."""
    sizes = rng.multinomial((2 + ratio) * few, np.array([ratio, 1, 1]) / (2 + ratio))
    groups = [
        rng.multinomial(max(size, 3), law) for size, law in zip(sizes, (p, q, p), strict=True)
    ]
    # Every fifth row is an event: classes play no part.
    cells = [np.column_stack([rows - rows // 5, rows // 5]) for rows in groups]
    labels = tuple(str(i) for i in range(p.size))
    counts = np.stack(cells, axis=-1).astype(float)
    return demographic_information_value(CountTable(labels, counts, counts, ("a", "b", "c")))


#: How a number is drawn, how many large samples to a small one, and samples a cell.
OF_FEW_ROWS = {
    "information value": (estimated_information_value, (40,), 4),
    "stability": (estimated_stability, (1, 40), 2),
    "demographic value": (estimated_demographic_value, (40,), 2),
}


@pytest.mark.filterwarnings("ignore::infotheory.exceptions.SparseCellWarning")
@pytest.mark.parametrize("few", [20, 50, 100])
@pytest.mark.parametrize("number", list(OF_FEW_ROWS))
def test_coverage_without_ten_events_in_a_bin(number, few):
    """The grid of few events: pooled by shape and by value, as each cell has a few samples."""
    rng = np.random.default_rng([few, list(OF_FEW_ROWS).index(number)])
    estimated, ratios, replicates = OF_FEW_ROWS[number]
    of_shares = product(ratios, (5, 10, 15, 25), ("equal", "skewed"), (0.0, 0.05, 0.3))
    rates = {}
    for shape, (ratio, k, shares, value) in product(
        ("monotone", "U", "spike", "nearly empty"), list(of_shares)
    ):
        if shape == "nearly empty" and shares == "skewed":
            continue  # its rarest bin is too rare for the value
        p = SHARES[shares](k)
        q = other_law(p, value, TILTS[shape](k))
        for _ in range(replicates):
            estimate = estimated(rng, few, ratio, p, q)
            low, high = estimate.interval()
            assert low < high, (shape, k, shares, value)
            row = (
                low <= value <= high,
                estimate.exceeds(value) < 0.05,
                value > 0.0 and estimate.certifies(value) < 0.05,
                np.isfinite(high),
            )
            for pool in (shape, f"value {value}", "all"):
                rates.setdefault(pool, []).append(row)

    for pool, rows in rates.items():
        covers, exceeds, certifies, bounded = np.mean(rows, axis=0)
        print(
            f"\n{number}, {few} rows, {pool}: covers {covers:.3f}, exceeds {exceeds:.3f}, "
            f"certifies {certifies:.3f}, bounded above {bounded:.2f}, always shown"
        )
        slack = 3.0 * np.sqrt(0.05 * 0.95 / len(rows))
        assert covers >= 0.95 - slack
        assert max(exceeds, certifies) <= 0.06 + slack


def test_coverage_of_stability_indices():
    rng = np.random.default_rng(2)
    found = {"iv": [], "js": []}
    for n, share, k, value, shape in product(
        (2000, 20000), (0.1, 1.0), (3, 5, 10, 20), VALUES, SHAPES
    ):
        p, q = laws(k, value, shape)
        m = int(n * share)
        if m * q.min() < 10 or (value == 0.0 and shape != SHAPES[0]):
            continue
        first, second = (
            rng.multinomial(*draw, size=REPLICATES).astype(float) for draw in ((n, p), (m, q))
        )
        filled = fill_zero_cells(BinnedSamples(first, second, first, second))
        middle = (p + q) / 2
        truths = {
            "iv": value,
            "js": (p @ np.log(p / middle) + q @ np.log(q / middle)) / 2,
        }
        for divergence, cells in found.items():
            low, high = divergence_interval(divergence_parts(filled, divergence))
            cells.append(
                (f"n={n} m={m} k={k} PSI={value} {shape}", share_in(truths[divergence], low, high))
            )
    check_cells("stability index", found["iv"], 0.93, 0.985, REPLICATES)
    check_cells("Jensen-Shannon stability", found["js"], 0.93, 0.985, REPLICATES)


def test_size_of_the_tests():
    rng, replicates = np.random.default_rng(3), 2000
    pearson, exceeds, certifies = [], [], []
    for (n, rate, k, value, shape), p, q in grid((0.0, 0.02, 0.05, 0.1, 0.2, 0.5)):
        raw = count(rng, n, rate, p, q, replicates)
        label = f"n={n} rate={rate} k={k} IV={value} {shape}"
        parts = divergence_parts(fill_zero_cells(raw))
        statistic = parts.n_effective * parts.center + parts.degrees_of_freedom
        law = stats.ncx2(k - 1, parts.n_effective * value) if value else stats.chi2(k - 1)
        exceeds.append((label, (law.sf(statistic) < 0.05).mean()))
        if value:
            certifies.append((label, (law.cdf(statistic) < 0.05).mean()))
        else:
            pearson.append((label, (stats.chi2.sf(pearson_statistic(raw), k - 1) < 0.05).mean()))
    for title, cells in (
        ("Pearson's test", pearson),
        ("exceeds", exceeds),
        ("certifies", certifies),
    ):
        check_cells(f"size of {title} at 5 %", cells, 0.035, 0.065, replicates)


def test_power_is_what_the_law_promises():
    rng, replicates = np.random.default_rng(10), 10_000
    for n, rate, k, value, limit in (
        (2000, 0.15, 5, 0.1, 0.02),
        (20_000, 0.05, 10, 0.05, 0.02),
        (2000, 0.3, 3, 0.02, 0.0),
    ):
        p, q = laws(k, value, "monotone")
        estimate = information_value(CountTable.from_counts(n * (1 - rate) * p, n * rate * q))
        parts = divergence_parts(fill_zero_cells(count(rng, n, rate, p, q, replicates)))
        statistic = parts.n_effective * parts.center + parts.degrees_of_freedom
        cut = (
            stats.ncx2.ppf(0.95, k - 1, parts.n_effective * limit)
            if limit
            else stats.chi2.ppf(0.95, k - 1)
        )
        simulated, promised = (statistic > cut).mean(), estimate.power(value, threshold=limit)
        print(
            f"\npower n={n} k={k} IV={value} limit={limit}: simulated {simulated:.3f}, promised "
            f"{promised:.3f}"
        )
        assert simulated == pytest.approx(promised, abs=0.03)


def test_papers_standard_error_covers_two_thirds():
    rng = np.random.default_rng(4)
    p, q = laws(6, 0.4555, "monotone")
    parts = divergence_parts(fill_zero_cells(count(rng, 2000, 0.15, p, q, 20_000)))
    shares = []
    for variance in (parts.variance, parts.fixed_weight_variance):
        margin = stats.norm.ppf(0.975) * np.sqrt(variance)
        shares.append(float(share_in(0.4555, parts.value - margin, parts.value + margin)))
    print("\ncoverage of IV +- z SE: delta, paper", shares)
    assert shares[0] == pytest.approx(0.95, abs=0.012)
    assert 0.6 < shares[1] < 0.8
    spread = float(np.std(parts.value))
    assert float(np.sqrt(parts.variance.mean())) == pytest.approx(spread, rel=0.03)


def test_bias_formula():
    rng, cells = np.random.default_rng(5), []
    for (n, rate, k, value, shape), p, q in grid((0.0, 0.1, 0.5)):
        if n == 2000:
            parts = divergence_parts(fill_zero_cells(count(rng, n, rate, p, q, REPLICATES)))
            error = float(np.std(parts.center)) / np.sqrt(REPLICATES)
            cells.append(
                (
                    (rate, k, value, shape),
                    (float(parts.center.mean()) - value, float(parts.bias.mean()), error),
                )
            )
    for label, (left, bias, error) in cells:
        print(f"  {label}: left {left:.5f} of bias {bias:.5f}, Monte-Carlo error {error:.5f}")
        assert abs(left) < 0.25 * bias + 3 * error, label


def correlated(rng, n):
    """Draw two characteristics of two sources of risk that depend on each other."""
    y = (rng.random(n) < 0.25).astype(int)
    common = rng.normal(size=n)
    scores = [0.6 * y + 0.8 * common + 0.6 * rng.normal(size=n) for _ in range(2)]
    return np.column_stack([np.digitize(score, [-0.7, 0.2, 0.9]) for score in scores]), y


def true_values(draw):
    """Information values of a law, from a sample so large that its error does not matter."""
    rng = np.random.default_rng(99)
    return np.mean([information_values(*draw(rng, 1_000_000)).values for _ in range(4)], axis=0)


def test_coverage_of_sums_and_differences_on_the_same_rows():
    rng, replicates, hits = np.random.default_rng(6), 1600, np.zeros(3)
    truth = true_values(correlated)
    combinations = np.array([[1.0, 1.0], [1.0, -1.0], [1.0, 0.0]])
    big, y = correlated(np.random.default_rng(98), 4_000_000)
    law = np.zeros((4, 4, 2))
    np.add.at(law, (big[:, 0], big[:, 1], y), 1.0 / y.size)
    for counts in (
        rng.multinomial(4000, law.ravel(), size=replicates).reshape(-1, 4, 4, 2).astype(float)
    ):
        covariance = information_value_covariance(counts)
        margins = [counts.sum(axis=axis).T for axis in (1, 0)]
        parts = [divergence_parts(BinnedSamples(*margin, *margin)) for margin in margins]
        values, bias = (
            np.array([getattr(part, name) for part in parts]) for name in ("value", "bias")
        )
        for i, weights in enumerate(combinations):
            low, high = linear_combination(values, covariance, weights, bias=bias).interval()
            hits[i] += low <= weights @ truth <= high
    cells = list(zip(("sum", "difference", "one alone"), hits / replicates, strict=True))
    check_cells("two information values on the same rows", cells, 0.93, 0.985, replicates)


def test_coverage_with_clusters_and_weights():
    """Borrowers whose 1 to 4 loans share bin and class: robust errors cover, plain ones do not."""
    rng = np.random.default_rng(7)

    def borrowers(rng, n):
        codes, y = correlated(rng, n)
        return codes[:, :1], y

    truth = float(true_values(borrowers)[0])
    bounds = coverage_of(700).bounds["covers"]
    study = Study(700, clusters=bounds, weights=bounds, plain=(-1.0, 0.85))
    for _ in study:
        codes, y = borrowers(rng, 3000)
        loans = rng.integers(1, 5, 3000)
        owner = np.repeat(np.arange(3000), loans)
        weights = 0.01 + rng.exponential(size=3000)
        results = {
            "clusters": information_values(codes[owner], y[owner], clusters=owner),
            "plain": information_values(codes[owner], y[owner]),
            "weights": information_values(codes, y, sample_weight=weights),
        }
        found = {}
        for name, result in results.items():
            low, high = linear_combination(*result, [1.0], bias=result.bias).interval()
            found[name] = low <= truth <= high
        study.note(**found)
    study.check("rows in clusters, taken for independent rows, and weights")


@pytest.mark.parametrize(("n_clusters", "slope"), [(10, 0.3), (12, 0.0), (20, 0.3), (20, 0.0)])
@pytest.mark.filterwarnings("ignore::infotheory.exceptions.ApproximationWarning")
def test_coverage_with_few_clusters(n_clusters, slope):
    """Bins and odds that go along with 10 to 20 clusters; normal laws cover .82 to .95."""
    rng, size = np.random.default_rng([8, n_clusters]), 40

    def clustered(number):
        owner = np.repeat(np.arange(number), size)
        shared, alone = (rng.integers(4, size=count) for count in (number, owner.size))
        codes = np.where(rng.random(owner.size) < 0.3, shared[owner], alone)
        odds = np.exp(-1.2 + slope * (codes - 1.5) + 0.5 * rng.normal(size=number)[owner])
        return owner, codes, (rng.random(owner.size) < odds / (1.0 + odds)).astype(int)

    _, codes, y = clustered(40_000)
    good, bad = (np.bincount(codes[y == label]) / (y == label).sum() for label in (0, 1))
    truth = float((good - bad) @ np.log(good / bad)) if slope else 0.0
    study = Study(300, covers=(0.94 - 2.0 * np.sqrt(0.94 * 0.06 / 300), 1.0))
    for _ in study:
        owner, codes, y = clustered(n_clusters)
        found = information_values(codes[:, None], y, clusters=owner)
        low, high = linear_combination(
            found.values,
            found.covariance,
            [1.0],
            bias=found.bias,
            degrees_of_freedom=found.degrees_of_freedom,
        ).interval()
        study.note(covers=low <= truth <= high)
    study.check(f"{n_clusters} clusters, value {truth:.3f}")


def test_coverage_of_the_area_under_the_curve():
    rng = np.random.default_rng(8)
    for (good, bad), distance, rounded in product(
        ((170, 30), (450, 50), (700, 300)), (0.36, 0.95, 1.8), (False, True)
    ):
        if rounded:
            edges = np.arange(-6, 8.0)
            masses = [np.diff(stats.norm.cdf(edges, shift)) for shift in (0.0, distance)]
            truth = float(masses[1] @ (np.cumsum(masses[0]) - masses[0] / 2))
        else:
            truth = float(stats.norm.cdf(distance / np.sqrt(2)))
        y, study = np.repeat([0, 1], [good, bad]), coverage_of(600)
        for _ in study:
            score = rng.normal(size=good + bad) + distance * y
            low, high = area_under_curve(y, np.floor(score) if rounded else score).interval()
            study.note(covers=low <= truth <= high)
        study.check(f"{good}+{bad} area={truth:.3f} {'ties' if rounded else ''}")


def test_coverage_of_impact_ratio_and_mean_difference():
    rng = np.random.default_rng(9)
    for sizes, rates in product(((100, 300), (500, 1500)), ((0.2, 0.4), (0.5, 0.5), (0.8, 0.9))):
        group, study = np.repeat([0, 1], sizes), coverage_of(400)
        for _ in study:
            decision = (rng.random(group.size) < np.take(rates, group)).astype(int)
            low, high = adverse_impact_ratio(decision, group, reference=1).interval()
            study.note(covers=low <= rates[0] / rates[1] <= high)
        study.check(f"adverse impact ratio, sizes={sizes} rates={rates}")
    for sizes, shift, law in product(
        ((100, 300), (500, 1500)), (0.0, 0.5, 1.0), ("normal", "gamma")
    ):
        group, study = np.repeat([0, 1], sizes), coverage_of(400)
        for _ in study:
            noise = (
                rng.normal(size=group.size)
                if law == "normal"
                else (rng.gamma(4.0, size=group.size) - 4.0) / 2.0
            )
            low, high = standardized_mean_difference(
                noise - shift * (group == 0), group, reference=1
            ).interval()
            study.note(covers=low <= -shift <= high)
        study.check(f"standardised mean difference, sizes={sizes} difference={shift} {law}")

"""Size and coverage in sparse tables, on settings of the specification and on others."""

import numpy as np
import pytest

from infotheory.estimation import (
    estimate_conditional_mutual_information,
    estimate_mutual_information,
)
from tests.estimation.discrete.studies import information, joint, margin, rows
from tests.studies import Study

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::infotheory.exceptions.WithheldWarning"),
]


def p_values(law, n_rows, n_samples, rng):
    tables = rng.multinomial(n_rows, law.ravel(), size=n_samples)
    return np.array(
        [estimate_mutual_information(*rows(t.reshape(law.shape))).p_value for t in tables]
    )


#: Levels of x and y, margins, rows, and whether so few rows have rare levels that no test that
#: tosses no coin can reject as often as it may.
SIZES = [
    (2, 30, "uniform", "uniform", 100, False),
    (8, 8, "zipf", "zipf", 100, False),
    (20, 20, "uniform", "uniform", 400, False),
    (20, 20, "geometric", "geometric", 400, False),
    (30, 30, "steep zipf", "uniform", 600, False),
    (7, 11, "half", "zipf", 60, False),
    (3, 17, "geometric", "half", 90, False),
    (12, 5, "rare", "geometric", 300, False),
    (4, 4, "uniform", "steep zipf", 40, False),
    (2, 2, "half", "uniform", 30, True),
    (2, 6, "rare", "uniform", 250, True),
    (5, 5, "rare", "rare", 300, True),
]


@pytest.mark.parametrize("setting", SIZES, ids=str)
def test_size(setting):
    n_x, n_y, kind_x, kind_y, n_rows, few = setting
    law = np.outer(margin(kind_x, n_x), margin(kind_y, n_y))
    p = p_values(law, n_rows, 400, np.random.default_rng(100 * n_x + n_y))
    error = np.sqrt(0.05 * 0.95 / p.size)
    rejected = (p < 0.05).mean()
    print(f"{setting}: rejects {rejected:.3f} at .05, {(p < 0.01).mean():.3f} at .01")
    assert rejected < 0.055 + 2.5 * error
    assert few or rejected > 0.045 - 2.5 * error
    assert (p < 0.01).mean() <= 0.01 + 2.5 * np.sqrt(0.01 * 0.99 / p.size)


@pytest.mark.parametrize(
    "shape", [(4, 4, 5, 200), (3, 3, 20, 200), (2, 2, 50, 200), (6, 3, 9, 250)]
)
def test_size_within_strata(shape):
    n_x, n_y, n_z, n_rows = shape
    rng = np.random.default_rng(sum(shape))
    rejected = []
    for _ in range(1000):
        z = rng.choice(n_z, n_rows, p=margin("zipf", n_z))
        x = (rng.choice(n_x, n_rows, p=margin("zipf", n_x)) + z) % n_x
        y = (rng.integers(n_y, size=n_rows) * z) % n_y
        rejected.append(estimate_conditional_mutual_information(x, y, z).p_value < 0.05)
    assert np.mean(rejected) == pytest.approx(0.05, abs=0.02)


FAMILIES = {
    "independent": ("independent", 0.0),
    "weak copula": ("copula", 0.3),
    "strong copula": ("copula", 0.9),
    "a function": ("noise", 0.0),
    "nearly a function": ("noise", 0.02),
    "noisy": ("noise", 0.15),
    "uneven": ("uneven", 2.0),
}

COVERAGES = [
    (2, 2, "uniform", "uniform", 40),
    (2, 2, "uniform", "half", 24),
    (3, 2, "zipf", "uniform", 60),
    (3, 3, "uniform", "uniform", 20),
    (4, 6, "zipf", "uniform", 150),
    (6, 6, "half", "half", 250),
    (10, 10, "geometric", "geometric", 250),
    (15, 12, "zipf", "uniform", 400),
    # of one law of ratios strong dependence covered .92
    (12, 12, "geometric", "steep zipf", 432),
    (20, 20, "uniform", "uniform", 800),
    # rare labels of both sides, whose cells deviate otherwise than those of frequent ones
    (20, 20, "zipf", "zipf", 800),
    (30, 30, "zipf", "zipf", 1800),
    # half of the cells expect fewer than one row, and a frequent label of either side has most rows
    (20, 20, "half", "half", 1000),
    (4, 4, "uniform", "uniform", 5000),
]


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("setting", COVERAGES, ids=str)
def test_coverage(setting, family):
    n_x, n_y, kind_x, kind_y, n_rows = setting
    law = joint(*FAMILIES[family], margin(kind_x, n_x), margin(kind_y, n_y))
    if np.median(n_rows * np.outer(law.sum(axis=1), law.sum(axis=0))) < 0.6:
        pytest.skip("half of the cells are nearly empty: the interval is withheld in many samples")
    truth = information(law)
    rng = np.random.default_rng(11 * n_x + n_y)
    # Silence is no way out: all of these have two rows a cell, and no level of a few rows.
    study = Study(170, covers=(0.93 - 2.5 * np.sqrt(0.05 * 0.95 / 170), 1.1), shown=(0.9, 1.1))
    for _ in study:
        table = rng.multinomial(n_rows, law.ravel()).reshape(law.shape)
        low, high = estimate_mutual_information(*rows(table)).interval()
        study.note(shown=not np.isnan(low))
        if not np.isnan(low):
            study.note(covers=low <= truth + 1e-9 and truth - 1e-9 <= high)
            assert high > low
    study.check(f"{setting}, {family}")


def test_many_labels_that_were_not_seen():
    """Twelve labels that equal twelve others, four of .3 expected rows each: .90 before."""
    shares = np.r_[np.full(8, (1.0 - 1.2 / 432) / 8), np.full(4, 0.3 / 432)]
    truth = float(-(shares * np.log(shares)).sum())
    rng = np.random.default_rng(12)
    study = Study(170, covers=(0.93 - 2.5 * np.sqrt(0.05 * 0.95 / 170), 1.1), shown=(0.9, 1.1))
    for _ in study:
        x = np.repeat(np.arange(12), rng.multinomial(432, shares))
        low, high = estimate_mutual_information(x, x).interval()
        study.note(shown=not np.isnan(low))
        if not np.isnan(low):
            study.note(covers=low <= truth <= high)
    study.check("labels not seen")


#: Levels of x, of y and of z, margins, exponent of the Zipf law of z, family, rows. Before, in this
#: order: .53, .56, .66, .69, .89 and .90, each below the truth.
WITHIN = [
    (3, 3, 50, "zipf", "half", 0.0, ("noise", 0.0), 990),
    (6, 3, 25, "zipf", "geometric", 1.5, ("copula", 0.95), 540),
    (2, 4, 50, "geometric", "uniform", 1.5, ("noise", 0.0), 480),
    (6, 3, 25, "geometric", "geometric", 1.5, ("noise", 0.01), 990),
    (3, 3, 50, "uniform", "uniform", 1.5, ("copula", 0.7), 1800),
    (6, 3, 9, "uniform", "zipf", 1.0, ("copula", 0.7), 400),
]


@pytest.mark.parametrize("n_rows", [108, 216])
def test_strata_that_alone_hold_dependence(n_rows):
    """One of .9 of the rows, independent, beside five of nearly functions: .47 and .55 before."""
    even = np.full(3, 1 / 3)
    linked = 0.1 * np.outer(even, even) + 0.9 * np.diag(even)
    law = np.stack([0.9 * np.outer(even, even), *[0.02 * linked] * 5])
    truth = 0.1 * information(linked)
    places = np.array(np.unravel_index(np.arange(law.size), law.shape))

    rng = np.random.default_rng(n_rows)
    study = Study(150, covers=(0.89, 1.1), shown=(0.9, 1.1))
    for _ in study:
        counts = rng.multinomial(n_rows, law.ravel())
        z, x, y = places[:, np.repeat(np.arange(law.size), counts)]
        low, high = estimate_conditional_mutual_information(x, y, z).interval()
        study.note(shown=not np.isnan(low))
        if not np.isnan(low):
            study.note(covers=low <= truth <= high)
    study.check(f"{n_rows} rows")


@pytest.mark.parametrize("setting", WITHIN, ids=str)
def test_coverage_within_rare_strata(setting):
    n_x, n_y, n_z, kind_x, kind_y, exponent, family, n_rows = setting
    strata = np.arange(1.0, n_z + 1.0) ** -exponent
    strata /= strata.sum()
    laws = [
        joint(*family, np.roll(margin(kind_x, n_x), k), np.roll(margin(kind_y, n_y), 2 * k))
        for k in range(n_z)
    ]
    truth = float(sum(p * information(law) for p, law in zip(strata, laws, strict=True)))
    cells = np.concatenate([p * law.ravel() for p, law in zip(strata, laws, strict=True)])
    places = np.array(np.unravel_index(np.arange(cells.size), (n_z, n_x, n_y)))

    rng = np.random.default_rng(n_rows)
    study = Study(120, covers=(0.93 - 2.5 * np.sqrt(0.05 * 0.95 / 120), 1.1), shown=(0.9, 1.1))
    for _ in study:
        counts = rng.multinomial(n_rows, cells / cells.sum())
        z, x, y = places[:, np.repeat(np.arange(cells.size), counts)]
        low, high = estimate_conditional_mutual_information(x, y, z).interval()
        study.note(shown=not np.isnan(low))
        if not np.isnan(low):
            study.note(covers=low <= truth + 1e-9 and truth - 1e-9 <= high)
    study.check(str(setting))

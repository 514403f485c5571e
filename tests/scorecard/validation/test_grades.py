"""Master scales and grade tables: by hand, against scipy, exact sizes, errors."""

import numpy as np
import pytest
from scipy import special, stats

from infotheory.scorecard import (
    MasterScale,
    auc_difference,
    calibration_table,
    grade_table,
    herfindahl_index,
)
from infotheory.scorecard.validation.bands import rate_tests
from infotheory.scorecard.validation.grades import _order_tests
from infotheory.tables import CountTable
from tests.studies import Study

SCALE = MasterScale((0.01, 0.05), (0.004, 0.02, 0.10), ("A", "B", "C"))


def rows(n=3000, seed=0):
    rng = np.random.default_rng(seed)
    p = special.expit(rng.normal(-3.5, 1.2, n))
    return (rng.random(n) < p).astype(int), p


def test_every_probability_has_a_grade_and_bounds_belong_to_the_riskier_one():
    assert SCALE.assign([0.0, 0.01, np.nextafter(0.01, 0), 0.05, 1.0]).tolist() == [
        "A",
        "B",
        "A",
        "C",
        "C",
    ]
    assert SCALE.codes([0.0, 0.03]).tolist() == [0, 1]
    assert SCALE.to_frame()["upper"].tolist() == [0.01, 0.05, 1.0]
    assert MasterScale((), (0.5,)).assign([0.2]).tolist() == ["1"]


def test_geometric_midpoints():
    scale = MasterScale.from_ends([0.0003, 0.0012, 0.0108])
    assert scale.pds == pytest.approx((np.sqrt(0.0003 * 0.0012), np.sqrt(0.0012 * 0.0108)))
    assert scale.bounds == (0.0012,)


def test_table_against_scipy():
    y, p = rows()
    table = grade_table(SCALE, y, p).set_index("grade")
    for grade in SCALE.grades:
        inside = SCALE.assign(p) == grade
        n, d = int(inside.sum()), int(y[inside].sum())
        row = table.loc[grade]
        assert (row["count"], row["events"]) == (n, d)
        assert row["expected_event_rate"] == pytest.approx(p[inside].mean())
        assert row["binomial_p_value"] == pytest.approx(
            stats.binomtest(d, n, row["pd"], "greater").pvalue
        )
        assert row["jeffreys_p_value"] == pytest.approx(
            stats.beta(d + 0.5, n - d + 0.5).cdf(row["pd"])
        )
    assert table["share"].sum() == pytest.approx(1.0)


def test_the_tests_of_a_grade_are_those_of_a_band():
    y, p = rows()
    scale = MasterScale((0.03,), (0.01, 0.1))
    bands = calibration_table(y, p, bands=scale.codes(p))
    tested = grade_table(MasterScale((0.03,), tuple(bands["expected_event_rate"])), y, p)
    for column in ("event_rate", "low", "high", "jeffreys_p_value", "binomial_p_value"):
        assert tested[column].tolist() == pytest.approx(bands[column].tolist())


def test_a_broken_order_is_seen_and_an_empty_grade_is_not_compared():
    scale = MasterScale((0.1, 0.2, 0.3), (0.05, 0.15, 0.25, 0.4))
    y = np.r_[np.repeat([0, 1], [50, 50]), np.repeat([0, 1], [90, 10]), np.repeat([0, 1], [80, 20])]
    p = np.repeat([0.05, 0.15, 0.5], 100)
    table = grade_table(scale, y, p)
    assert table["inverted"].tolist() == [False, True, False, False]
    assert table["count"].tolist() == [100, 100, 0, 100]
    assert np.isnan(table["inversion_p_value"][[0, 2]]).all()
    z = (0.5 - 0.1) / np.sqrt(0.3 * 0.7 * 0.02)
    assert table["inversion_p_value"][1] == pytest.approx(stats.norm.sf(z))
    empty = table.iloc[2]
    assert np.isnan(
        empty[
            ["expected_event_rate", "event_rate", "low", "jeffreys_p_value", "binomial_p_value"]
        ].astype(float)
    ).all()


def test_integer_weights_keep_the_rates_and_equal_weights_the_kish_size():
    y, p = rows(400)
    doubled = grade_table(SCALE, y, p, sample_weight=np.full(400, 2.0))
    plain = grade_table(SCALE, y, p)
    assert doubled["count"].tolist() == (2 * plain["count"]).tolist()
    for column in (
        "event_rate",
        "low",
        "jeffreys_p_value",
        "binomial_p_value",
        "inversion_p_value",
    ):
        assert doubled[column].to_numpy() == pytest.approx(plain[column].to_numpy(), nan_ok=True)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ((0.5, 0.2), (0.1, 0.3, 0.6)),
            r"bounds must ascend strictly between 0 and 1, got \[0.5, 0.2\]",
        ),
        (((0.0,), (0.0, 0.6)), r"bounds must ascend strictly between 0 and 1, got \[0.0\]"),
        (((float("nan"),), (0.1, 0.6)), r"bounds must ascend .* got \[nan\]"),
        (((0.5,), (0.1,)), r"a scale of n bounds has n \+ 1 pds, got shapes \(1,\) and \(1,\)"),
        (((0.5,), (0.6, 0.7)), r"each of the pds must lie in its grade, .* got \[0.6, 0.7\]"),
        (
            ((0.5,), (0.1, 0.7), ("A", "A")),
            r"grades must be 2 distinct labels, .* got \['A', 'A'\]",
        ),
    ],
)
def test_a_scale_that_makes_no_sense(arguments, message):
    with pytest.raises(ValueError, match=message):
        MasterScale(*arguments)


def test_ends_and_probabilities_out_of_range():
    with pytest.raises(
        ValueError, match=r"ends must ascend, the first positive .* got \[0.0, 0.1\]; or state pds"
    ):
        MasterScale.from_ends([0.0, 0.1])
    with pytest.raises(ValueError, match=r"probability must lie between 0 and 1, got 1.5 in row 1"):
        SCALE.codes([0.1, 1.5])
    with pytest.raises(ValueError, match="probability must be finite, got nan in row 0"):
        SCALE.assign([np.nan])


def test_exact_sizes_of_the_tests_of_a_grade(capsys):
    """Both laws are discrete, so the size is a sum over all numbers of defaults."""
    sizes = {}
    for n, pd in ((100, 0.05), (300, 0.02), (1000, 0.01), (1000, 0.1), (5000, 0.02)):
        d = np.arange(n + 1)
        table = CountTable.from_counts(n - d, d)
        tested = rate_tests(table, np.full(n + 1, pd))
        law = stats.binom.pmf(d, n, pd)
        sizes[n, pd] = [
            law[tested[f"{name}_p_value"] < 0.05].sum() for name in ("jeffreys", "binomial")
        ]
    with capsys.disabled():
        print(
            "\nexact size at 5 %, Jeffreys and binomial:",
            {k: np.round(v, 4).tolist() for k, v in sizes.items()},
        )
    for jeffreys, binomial in sizes.values():
        assert binomial <= 0.05
        assert 0.02 <= jeffreys <= 0.08


@pytest.mark.slow
@pytest.mark.parametrize(
    ("sizes", "rate"), [((500, 500), 0.05), ((2000, 400), 0.02), ((300, 3000), 0.1)]
)
def test_size_of_the_order_test(sizes, rate):
    rng, study = np.random.default_rng(1), Study(4000, rejects=(0.035, 0.065))
    for _ in study:
        d = np.array([rng.binomial(n, rate) for n in sizes])
        p_values = _order_tests(CountTable.from_counts(np.array(sizes) - d, d))[1]
        study.note(rejects=p_values[1] < 0.05)
    study.check(f"order of {sizes} at {rate}")


@pytest.mark.slow
@pytest.mark.parametrize("weighted", [False, True])
def test_size_of_the_concentration_test(weighted):
    rng = np.random.default_rng(2)
    shares = np.array([0.05, 0.1, 0.15, 0.2, 0.5])
    study = Study(1000, rejects=(0.029, 0.071), covers=(0.93, 0.97))
    for _ in study:
        indices = []
        for n in (800, 500):
            codes = rng.choice(5, n, p=shares)
            weights = rng.exponential(size=n) if weighted else np.ones(n)
            counts, squared = np.bincount(codes, weights, 5), np.bincount(codes, weights**2, 5)
            indices.append(herfindahl_index(counts, squared_weights=squared))
        low, high = indices[0].interval()
        study.note(
            rejects=auc_difference(*indices).p_value < 0.05,
            covers=low <= shares @ shares <= high,
        )
    study.check(f"concentration, weighted {weighted}")


def test_true_grades_are_rarely_refused_together():
    """Some of twelve true grades look wrong in a third of tables, adjusted in 5 %."""
    edges = tuple(np.linspace(0.02, 0.24, 12)[1:].round(3).tolist())
    pds = tuple(np.linspace(0.02, 0.24, 12).round(3).tolist())
    scale, rng = MasterScale(edges, pds), np.random.default_rng(5)
    p = np.repeat(np.r_[np.array(edges) - 1e-6, 0.9], 300)
    alone, together = [], []
    for _ in range(150):
        table = grade_table(scale, (rng.random(p.size) < np.repeat(pds, 300)).astype(int), p)
        alone.append((table["binomial_p_value"] < 0.05).any())
        together.append((table["adjusted_p_value"] < 0.05).any())
    assert np.mean(alone) > 0.25
    assert np.mean(together) <= 0.05 + 3.0 * np.sqrt(0.05 * 0.95 / 150)

"""The largest of several estimates: interval and tests know that it was picked."""

import numpy as np
import pytest

from infotheory.evidence import demographic_information_value
from infotheory.exceptions import WithheldWarning
from infotheory.tables import CountTable
from tests.studies import Study


def table_of(rng, sizes, laws=None):
    k = 5
    codes = np.concatenate(
        [rng.choice(k, n, p=None if laws is None else laws[i]) for i, n in enumerate(sizes)]
    )
    group = np.repeat(list("abcdefgh")[: len(sizes)], sizes)
    return CountTable.from_codes(codes, rng.integers(0, 2, codes.size), group=group)


def test_the_ends_are_the_largest_at_the_level_that_pairs_leave():
    table = table_of(np.random.default_rng(0), (300, 400, 500))
    estimate = demographic_information_value(table)
    pairs = [
        demographic_information_value(
            CountTable(
                table.labels,
                table.counts[..., [i, j]],
                table.squared_weights[..., [i, j]],
                tuple(table.groups[g] for g in (i, j)),
            )
        )
        for i, j in ((0, 1), (0, 2), (1, 2))
    ]
    ends = np.array([pair.interval(1 - 0.05 / 3) for pair in pairs])
    assert estimate.value == max(pair.value for pair in pairs)
    assert estimate.interval() == pytest.approx(tuple(ends.max(axis=0)))
    assert estimate.exceeds(0.01) == pytest.approx(min(1, 3 * min(p.exceeds(0.01) for p in pairs)))
    assert estimate.certifies(0.1) == pytest.approx(max(p.certifies(0.1) for p in pairs))
    assert estimate.p_value == pytest.approx(min(1.0, 3 * min(p.p_value for p in pairs)))
    assert estimate.law.name == "largest of all pairs"


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("divergence", ["iv", "js"])
@pytest.mark.parametrize("reference", [None, "a"])
def test_statistic_critical_value_and_power_are_those_of_the_pair_that_is_named(
    weighted, divergence, reference
):
    rng = np.random.default_rng(3)
    laws = [[0.3, 0.2, 0.2, 0.2, 0.1], [0.25, 0.25, 0.2, 0.2, 0.1], [0.1, 0.2, 0.2, 0.2, 0.3]]
    codes = np.concatenate([rng.choice(5, 900, p=law) for law in laws])
    rows = {
        "y": rng.integers(0, 2, codes.size),
        "group": np.repeat(list("abc"), 900),
        "sample_weight": rng.choice([1.0, 3.0], codes.size) if weighted else None,
    }
    among = demographic_information_value(
        CountTable.from_codes(codes, **rows), divergence=divergence, reference=reference
    )
    pair = rows["group"] != "b"
    rows = {name: None if column is None else column[pair] for name, column in rows.items()}
    alone = demographic_information_value(
        CountTable.from_codes(codes[pair], **rows), divergence=divergence, reference=reference
    )

    assert among.method == alone.method
    # the tests themselves pay for the choice
    assert among.exceeds(0.02) == pytest.approx(
        (3 if reference is None else 2) * alone.exceeds(0.02)
    )
    assert (among.value, among.statistic) == (alone.value, alone.statistic)
    assert among.critical_value(0.1) == alone.critical_value(0.1)
    assert among.power(0.05) == alone.power(0.05)
    assert among.power(0.05, threshold=0.02, growth=0.5) == alone.power(
        0.05, threshold=0.02, growth=0.5
    )
    assert among.sample_growth(0.1) == alone.sample_growth(0.1)


def test_one_pair_is_as_before_and_a_reference_leaves_fewer():
    table = table_of(np.random.default_rng(1), (300, 400))
    assert demographic_information_value(table).law.name == "noncentral chi-square"
    three = table_of(np.random.default_rng(1), (300, 400, 500))
    assert len(demographic_information_value(three, reference="a").law.pairs) == 2


def test_a_pair_that_is_withheld_withholds_the_largest():
    rng = np.random.default_rng(2)
    codes, group = rng.integers(0, 4, 900), rng.choice(list("abc"), 900, p=[0.6, 0.37, 0.03])
    table = CountTable.from_codes(
        codes, rng.integers(0, 2, 900), sample_weight=rng.exponential(size=900), group=group
    )
    with pytest.warns(WithheldWarning, match="too uneven"):
        estimate = demographic_information_value(table)
    assert np.isnan(estimate.interval()).all()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::infotheory.exceptions.SparseCellWarning")
@pytest.mark.parametrize("sizes", [(400,) * 5, (1500, 300, 60), (200, 40, 40, 40)], ids=str)
def test_coverage_with_equal_groups(sizes):
    rng, replicates = np.random.default_rng(len(sizes)), 300
    slack = 2.0 * np.sqrt(0.05 * 0.95 / replicates)
    study = Study(replicates, holds=(0.95 - slack, 1.0), rejects=(-1.0, 0.055 + slack))
    for _ in study:
        estimate = demographic_information_value(table_of(rng, sizes))
        study.note(holds=estimate.interval()[0] <= 0.0, rejects=estimate.p_value < 0.05)
    study.check(f"equal groups of {sizes}")

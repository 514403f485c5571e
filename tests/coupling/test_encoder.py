"""Entropy-bounded information maximisation."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import entr

from infotheory.coupling import entropy_bounded_information

TOLERANCE = 1e-10
METHODS = ("algorithm1", "search", "best", "uniform")


def entropy_bits(p):
    return entr(np.asarray(p)).sum() / np.log(2)


def random_case(rng, low=2, high=12):
    p = rng.dirichlet(np.ones(rng.integers(low, high)) * rng.choice([0.3, 1.0, 5.0]))
    if rng.random() < 0.3:
        p = rng.integers(1, 5, p.size).astype(float)
        p /= p.sum()
    p = p[p > 0]
    rate = (
        rng.choice([0.0, 0.5, 1.0, 1.5, 2.0])
        if rng.random() < 0.3
        else rng.uniform(0, 1.05) * entropy_bits(p)
    )
    return p, float(rate)


def literal_algorithm1(p, rate):
    """Algorithm 1 of arXiv 2410.21666 as it is written; returns the sorted masses of the blocks."""
    blocks, limit = sorted(p, reverse=True), rate * np.log(2) + TOLERANCE
    while entr(blocks).sum() > limit:
        small = sorted([*blocks[:-2], blocks[-2] + blocks[-1]], reverse=True)
        if entr(small).sum() <= limit:
            return small
        blocks = sorted([blocks[0] + blocks[1], *blocks[2:]], reverse=True)
    return blocks


def test_closed_form_equals_a_literal_run():
    rng = np.random.default_rng(1)
    for _ in range(3000):
        p, rate = random_case(rng)
        encoder = entropy_bounded_information(p, rate, method="algorithm1", base=2)
        assert encoder.p_t == pytest.approx(literal_algorithm1(p, rate), abs=1e-12), (p, rate)


def test_theorem_2_and_the_joint_pmf():
    rng = np.random.default_rng(2)
    for _ in range(2000):
        p, rate = random_case(rng, high=30)
        encoder = entropy_bounded_information(p, rate, method="algorithm1", base=2)
        second = np.sort(p)[-2] if p.size > 1 else 0.0
        gap = min(rate, entropy_bits(p)) - encoder.information
        assert gap <= entropy_bits([second, 1 - second]) + 1e-9
        assert encoder.entropy <= rate + 1e-9
        assert encoder.information == encoder.entropy


@pytest.mark.parametrize("method", METHODS)
def test_what_is_reported_is_what_the_joint_pmf_has(method):
    rng = np.random.default_rng(3)
    for _ in range(100):
        p, rate = random_case(rng)
        p = np.insert(p, 1, 0.0)
        encoder = entropy_bounded_information(p, rate, method=method, base=2)
        joint = encoder.toarray()
        assert joint.sum(axis=1) == pytest.approx(p, abs=1e-12)
        assert joint.sum(axis=0) == pytest.approx(encoder.p_t, abs=1e-12)
        assert (joint >= 0).all()
        assert (encoder.p_t > 0).all()
        assert (np.diff(encoder.p_t) <= 0).all()
        information = entropy_bits(p) + entropy_bits(encoder.p_t) - entropy_bits(joint)
        assert encoder.information == pytest.approx(information, abs=1e-9)
        assert encoder.entropy == pytest.approx(entropy_bits(encoder.p_t), abs=1e-12)
        assert encoder.entropy <= rate + 1e-9
        assert encoder.information <= encoder.bound + 1e-9


# Figure 2 of arXiv 2410.21666: p_X = (.7, .2, .1), bits
FIGURE_2 = {
    0.1: 0.044292,
    0.3: 0.200303,
    0.5: 0.476066,
    0.7: 0.639774,
    0.8: 0.752841,
    0.9: 0.884789,
    1.0: 0.921421,
    1.15: 1.133676,
}


@pytest.mark.parametrize(("rate", "information"), FIGURE_2.items())
def test_best_meets_the_paper_s_figure(rate, information):
    encoder = entropy_bounded_information([0.7, 0.2, 0.1], rate, base=2)
    assert encoder.information == pytest.approx(information, abs=1e-6)
    assert encoder.entropy == pytest.approx(rate, abs=1e-9)
    assert encoder.split is not None


def partitions(n):
    if n == 0:
        yield []
        return
    for rest in partitions(n - 1):
        for label in range(max(rest, default=-1) + 2):
            yield [*rest, label]


def test_exact_equals_a_plain_enumeration_and_best_is_never_worse():
    rng = np.random.default_rng(4)
    for _ in range(40):
        p, rate = random_case(rng, high=6)
        entropies = [entropy_bits(np.bincount(labels, p)) for labels in partitions(p.size)]
        best = max(h for h in entropies if h <= rate + 1e-9)
        assert entropy_bounded_information(
            p, rate, method="exact", base=2
        ).information == pytest.approx(best, abs=1e-9)


def test_best_is_never_worse_than_the_others():
    rng = np.random.default_rng(5)
    for _ in range(150):
        p, rate = random_case(rng, high=40)
        others = ["algorithm1", "search", "uniform"] + (["exact"] if p.size <= 8 else [])
        got = {
            m: entropy_bounded_information(p, rate, method=m, base=2).information
            for m in [*others, "best"]
        }
        assert got["best"] >= max(got.values()) - 1e-9
        assert got["search"] >= got["algorithm1"] - 1e-9


def scanned_best(p, rate):
    """Best information over maps with one symbol divided, by a fine grid: at most the optimum."""
    best = 0.0
    for labels in partitions(p.size):
        block = np.bincount(labels, p, max(labels) + 2)
        for symbol, mass in enumerate(p):
            for target in range(max(labels) + 2):
                if target == labels[symbol]:
                    continue
                moved = np.linspace(0, mass, 2001)
                changed = np.repeat(block[:, None], moved.size, axis=1)
                changed[labels[symbol]] -= moved
                changed[target] += moved
                entropy = entr(np.clip(changed, 0, None)).sum(axis=0) / np.log(2)
                loss = (entr(moved) + entr(np.clip(mass - moved, 0, None)) - entr(mass)) / np.log(2)
                fits = entropy <= rate
                best = max(best, (entropy - loss)[fits].max(initial=0.0))
    return best


def test_best_beats_a_scan_of_all_single_divisions():
    rng = np.random.default_rng(6)
    for _ in range(8):
        p = rng.dirichlet(np.ones(4))
        rate = rng.uniform(0.1, 0.95) * entropy_bits(p)
        assert (
            entropy_bounded_information(p, rate, base=2).information >= scanned_best(p, rate) - 1e-9
        )


def test_mean_gap_at_60_symbols_is_100_times_smaller():
    rng = np.random.default_rng(7)
    gaps = {"algorithm1": [], "search": [], "best": []}
    for _ in range(100):
        p = rng.dirichlet(np.ones(60))
        rate = rng.uniform(0.1, 0.95) * entropy_bits(p)
        for method, values in gaps.items():
            values.append(
                rate - entropy_bounded_information(p, rate, method=method, base=2).information
            )
    mean = {method: np.mean(values) for method, values in gaps.items()}
    assert mean["best"] <= mean["search"] + 1e-12
    assert mean["best"] * 100 <= mean["algorithm1"]


@pytest.mark.parametrize(
    ("rate", "p_t"),
    [
        (0.5, [1.0]),
        (1.0, [0.5, 0.5]),
        (1.5, [0.5, 0.25, 0.25]),
        (3.0, [0.25] * 4),
        (np.inf, [0.25] * 4),
    ],
)
def test_exact_ties_of_a_uniform_pmf(rate, p_t):
    assert (
        entropy_bounded_information([0.25] * 4, rate, method="algorithm1", base=2).p_t.tolist()
        == p_t
    )


def test_uniform_quantiser_by_hand():
    encoder = entropy_bounded_information([0.1, 0.2, 0.3, 0.2, 0.2], 1.0, method="uniform", base=2)
    assert encoder.labels.tolist() == [0, 0, 0, 1, 1]
    assert encoder.p_t == pytest.approx([0.6, 0.4])


@settings(deadline=None, max_examples=60)
@given(
    st.integers(1, 200), st.integers(0, 2**32 - 1), st.sampled_from(METHODS), st.floats(0.0, 8.0)
)
def test_any_pmf_and_rate(size, seed, method, rate):
    rng = np.random.default_rng(seed)
    p = 10.0 ** rng.uniform(-300, 0, size) * (rng.random(size) > 0.2)
    p[rng.integers(size)] += 1.0
    p /= p.sum()
    encoder = entropy_bounded_information(p, rate, method=method, base=2)
    assert encoder.toarray().sum(axis=1) == pytest.approx(p, abs=1e-12)
    assert -1e-12 <= encoder.information <= encoder.entropy + 1e-12 <= rate + 1e-9


@pytest.mark.parametrize(
    ("p", "rate", "options", "text"),
    [
        (
            [0.5, 0.5],
            -1.0,
            {},
            "rate must be a number from 0 on, in units of the base; inf means no limit, got -1.0",
        ),
        ([0.5, 0.5], np.nan, {}, "rate must be a number from 0 on"),
        ([0.5, 0.6], 1.0, {}, "p must sum to 1"),
        ([0.5, 0.5], 0.1, {"method": "dib"}, "method must be one of 'best'"),
        (np.full(9, 1 / 9), 0.5, {"method": "exact"}, "at most 8 positive masses, got 9"),
    ],
)
def test_errors_say_the_rule_and_the_value(p, rate, options, text):
    with pytest.raises(ValueError, match=text):
        entropy_bounded_information(p, rate, **options)


def test_many_blocks_reach_a_rate_that_no_map_has():
    rng = np.random.default_rng(0)
    p = rng.dirichlet(np.ones(400))
    rate = 0.98 * entropy_bits(p)
    encoder = entropy_bounded_information(p, rate, method="search", base=2)
    assert encoder.entropy <= rate + TOLERANCE
    assert encoder.information >= 0.999 * rate

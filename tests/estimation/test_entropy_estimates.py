import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, special, stats

from infotheory._codes import Codes
from infotheory.estimation import bootstrap_counts, entropy_from_counts, estimate_entropy
from infotheory.estimation.discrete._rare_labels import _least_means
from infotheory.estimation.discrete._weighted_entropy import WeightedLabels
from infotheory.exceptions import SparseCellWarning, WithheldWarning
from infotheory.measures import entropy
from tests.studies import Study

METHODS = (
    "plugin",
    "miller_madow",
    "grassberger",
    "chao_shen",
    "james_stein",
    "dirichlet",
    "nsb",
    "jackknife",
    "chao_wang_jost",
)
COUNTS = [4, 2, 3, 0, 2, 4, 0, 0, 2, 1, 1]


@pytest.mark.filterwarnings("ignore::infotheory.exceptions.WithheldWarning")
@pytest.mark.filterwarnings("ignore::infotheory.exceptions.SparseCellWarning")
@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(0, 40), min_size=1, max_size=12).filter(any),
    st.sampled_from([0, 0.5, 1, 2, np.inf]),
)
def test_plugin_is_the_entropy_of_the_frequencies(counts, order):
    p = np.array(counts) / sum(counts)
    estimate = entropy_from_counts(counts, order=order, base=2)
    assert estimate.value == pytest.approx(float(entropy(p, order=order, base=2)), abs=1e-12)
    if order == 1:
        assert estimate.value == pytest.approx(stats.entropy(p, base=2), abs=1e-12)
        q = p[p > 0]
        variance = ((q * np.log2(q) ** 2).sum() - stats.entropy(p, base=2) ** 2) / sum(counts)
        assert estimate.standard_error == pytest.approx(np.sqrt(max(variance, 0)), abs=1e-7)


@pytest.mark.parametrize("order", [0.5, 2.0, 3.0])
def test_renyi_standard_error(order):
    p, total = np.array([0.5, 0.3, 0.2]), 1000
    sums = (p**order).sum()
    variance = (
        (order / (1 - order)) ** 2 * ((p ** (2 * order - 1)).sum() - sums**2) / (total * sums**2)
    )
    assert entropy_from_counts(p * total, order=order).standard_error == pytest.approx(
        np.sqrt(variance)
    )


def test_min_entropy_standard_error():
    estimate = entropy_from_counts([60, 40], order=np.inf)
    assert estimate.value == pytest.approx(-np.log(0.6))
    assert estimate.standard_error == pytest.approx(np.sqrt(0.4 / 60))


@pytest.mark.filterwarnings("ignore::infotheory.exceptions.WithheldWarning")
@pytest.mark.filterwarnings("ignore::infotheory.exceptions.SparseCellWarning")
@pytest.mark.parametrize(
    ("method", "value"),
    # values that the documentation of the R package entropy (Hausser and Strimmer) gives for these
    # counts
    [("plugin", 1.968382), ("miller_madow", 2.152593), ("nsb", 2.187774)],
)
def test_reference_values(method, value):
    assert entropy_from_counts(COUNTS, method=method).value == pytest.approx(value, abs=1e-5)


@pytest.mark.filterwarnings("ignore::infotheory.exceptions.WithheldWarning")
@pytest.mark.filterwarnings("ignore::infotheory.exceptions.SparseCellWarning")
def test_chao_shen_by_hand():
    n = np.array([2.0, 1.0, 1.0])
    p = (1 - 2 / 4) * n / 4
    expected = -(p * np.log(p) / (1 - (1 - p) ** 4)).sum()
    assert entropy_from_counts([2, 1, 1], method="chao_shen").value == pytest.approx(expected)
    assert entropy_from_counts([1], method="chao_shen").value == 0.0
    assert np.isfinite(entropy_from_counts([1, 1, 1], method="chao_shen").value)


@pytest.mark.filterwarnings("ignore::infotheory.exceptions.WithheldWarning")
@pytest.mark.filterwarnings("ignore::infotheory.exceptions.SparseCellWarning")
def test_grassberger_by_recursion():
    """G(1) = -gamma - log 2, G(2) = 2 - gamma - log 2, G(2n+1) = G(2n), G(2n+2) = G(2n) + 2 /
    (2n+1).
    """
    first = -np.euler_gamma - np.log(2)
    g = {1: first, 2: first + 2, 3: first + 2, 4: first + 2 + 2 / 3}
    counts = [4, 3, 2, 1]
    expected = np.log(10) - sum(n * g[n] for n in counts) / 10
    assert entropy_from_counts(counts, method="grassberger").value == pytest.approx(expected)


@pytest.mark.filterwarnings("ignore::infotheory.exceptions.WithheldWarning")
@pytest.mark.filterwarnings("ignore::infotheory.exceptions.SparseCellWarning")
def test_james_stein_by_hand():
    p = np.array([0.5, 0.25, 0.25, 0.0])
    intensity = (1 - (p**2).sum()) / ((8 - 1) * ((0.25 - p) ** 2).sum())
    shrunk = intensity * 0.25 + (1 - intensity) * p
    assert intensity < 1
    assert entropy_from_counts(8 * p, method="james_stein").value == pytest.approx(
        stats.entropy(shrunk)
    )
    assert entropy_from_counts([1, 1], method="james_stein").value == pytest.approx(np.log(2))


@pytest.mark.filterwarnings("ignore::infotheory.exceptions.WithheldWarning")
@pytest.mark.filterwarnings("ignore::infotheory.exceptions.SparseCellWarning")
def test_jackknife_by_leaving_rows_out():
    rows = np.repeat([0, 1, 2], [5, 2, 1])
    whole = stats.entropy([5, 2, 1])
    left = np.array([stats.entropy(np.bincount(np.delete(rows, i), minlength=3)) for i in range(8)])
    estimate = entropy_from_counts([5, 2, 1], method="jackknife")
    assert estimate.value == pytest.approx(8 * whole - 7 * left.mean())
    assert estimate.standard_error == pytest.approx(
        np.sqrt(7 / 8 * ((left - left.mean()) ** 2).sum())
    )


@pytest.mark.filterwarnings("ignore::infotheory.exceptions.WithheldWarning")
@pytest.mark.parametrize("concentration", [0.1, 0.5, 2.0])
def test_dirichlet_moments_by_quadrature(concentration):
    a, b = 3 + concentration, 1 + concentration

    def moment(power):
        def density(p):
            return stats.beta.pdf(p, a, b) * (special.entr(p) + special.entr(1 - p)) ** power

        return integrate.quad(density, 0, 1)[0]

    estimate = entropy_from_counts([3, 1], method="dirichlet", concentration=concentration)
    assert estimate.value == pytest.approx(moment(1), abs=1e-7)
    assert estimate.standard_error == pytest.approx(np.sqrt(moment(2) - moment(1) ** 2), abs=1e-6)


def test_nsb_with_many_rows_is_the_plugin():
    counts = np.array([50_000, 30_000, 20_000])
    plugin, nsb = (entropy_from_counts(counts, method=method) for method in ("plugin", "nsb"))
    assert nsb.value == pytest.approx(plugin.value, abs=1e-4)
    assert nsb.standard_error == pytest.approx(plugin.standard_error, rel=0.01)


@pytest.mark.filterwarnings("ignore::infotheory.exceptions.WithheldWarning")
def test_nsb_in_the_undersampled_regime():
    rng = np.random.default_rng(1)
    counts = np.bincount(rng.integers(0, 1000, 300), minlength=1000)
    estimate = entropy_from_counts(counts, method="nsb")
    assert abs(estimate.value - np.log(1000)) < 4 * estimate.standard_error
    assert entropy_from_counts(counts).value < np.log(1000) - 1


@pytest.mark.filterwarnings("ignore::infotheory.exceptions.WithheldWarning")
@pytest.mark.parametrize("method", METHODS)
def test_samples_counts_and_one_label(method):
    x = ["b", "a", "b", "c"]
    assert estimate_entropy(x, method=method) == entropy_from_counts([1, 2, 1], method=method)
    one = entropy_from_counts([7], method=method)
    assert one.value == pytest.approx(
        0.0, abs=0.2 if method == "grassberger" else 1e-12
    )  # log 7 - G(7)
    assert one.standard_error == 0.0
    low, high = estimate_entropy(
        np.arange(50) % 5, method=method, alphabet_size=5, base=5
    ).interval()
    assert 0 <= low <= high <= 1.0


@pytest.mark.filterwarnings("ignore::infotheory.exceptions.WithheldWarning")
def test_squared_weights_are_the_error():
    """A row of weight w moves the entropy by w times its term, less w times what all have."""
    assert estimate_entropy([0, 0, 1], sample_weight=[1, 1, 2]).value == pytest.approx(np.log(2))
    x = np.repeat([0, 1, 2], [40, 30, 20])
    w = np.repeat([3.0, 1.0, 0.25, 2.0], [20, 30, 20, 20])
    p = np.bincount(x, w) / w.sum()
    squares = np.bincount(x, w**2) / w.sum() ** 2
    # Few rows that weigh more than others may lack some.
    ratio = np.maximum(0.0, 1.0 - p * (squares.sum() / squares))
    squares *= 1.0 + 4.0 * ratio / np.array([40, 30, 20])
    for order, gradient in (
        (1.0, -np.log(p)),
        (2.0, -2.0 * p / (p @ p)),
        (0.5, p**-0.5 / np.sqrt(p).sum()),
    ):
        found = estimate_entropy(x, sample_weight=w, order=order)
        apart = gradient - p @ gradient
        assert found.standard_error == pytest.approx(np.sqrt(squares @ apart**2)), order

    equal = estimate_entropy([0, 0, 1], sample_weight=[0.3, 0.3, 0.3])
    plain = estimate_entropy([0, 0, 1])
    assert equal.standard_error == pytest.approx(plain.standard_error)
    assert equal.interval() == pytest.approx(plain.interval(), nan_ok=True)


def test_bias_of_weighted_labels_is_that_of_the_covariances():
    """Half the curvature times the covariance of the shares, by finite differences."""
    rng = np.random.default_rng(0)
    x, w = rng.integers(4, size=300), rng.uniform(0.5, 1.5, size=300)
    codes = Codes(x, 4)
    labels = WeightedLabels.of(codes, w, np.bincount(x, w))
    p, q = labels.p, labels.q
    covariance = np.diag(q) - np.outer(q, p) - np.outer(p, q) + q.sum() * np.outer(p, p)

    def entropy_of(shares, order):
        if order == 1.0:
            return -(shares * np.log(shares)).sum() + shares.sum() - 1.0
        return np.log((shares**order).sum()) / (1.0 - order)

    h = 1e-4 * np.eye(4)
    for order in (0.5, 1.0, 2.0, 4.0):
        curvature = np.array(
            [
                [
                    entropy_of(p + a + b, order)
                    - entropy_of(p + a - b, order)
                    - entropy_of(p - a + b, order)
                    + entropy_of(p - a - b, order)
                    for a in h
                ]
                for b in h
            ]
        )
        curvature /= 4.0 * 1e-8
        expected = 0.5 * (curvature * covariance).sum() / labels.size
        assert labels.error_and_bias(order)[1] == pytest.approx(expected, rel=1e-4), order


@pytest.mark.filterwarnings("ignore::infotheory.exceptions.WithheldWarning")
def test_weights_do_not_hide_labels_that_were_not_seen():
    """Weights of .99 to 1.01 switched the interval of 100 rows of 100 labels on: it covered 0."""
    rng = np.random.default_rng(0)
    x, w = rng.integers(100, size=100), rng.uniform(0.99, 1.01, size=100)
    assert "labels that were not seen" in estimate_entropy(x, sample_weight=w).reason
    assert estimate_entropy(x).reason is not None

    # One label of a few rows that weigh much: what it holds is a guess.
    x, w = np.repeat([0, 1, 2], [40, 40, 5]), np.repeat([1.0, 1.0, 20.0], [40, 40, 5])
    assert "more than three times the average" in estimate_entropy(x, sample_weight=w).reason


@pytest.mark.parametrize(("order", "n_rows"), [(2.0, 100), (2.0, 60), (3.0, 200)])
def test_collisions_know_of_labels_that_were_not_seen(order, n_rows):
    """Of 100 even labels and 100 rows .01 of intervals of order 2 held."""
    tables = np.random.default_rng(4).multinomial(n_rows, np.full(100, 0.01), size=100)
    ends = [entropy_from_counts(table[table > 0], order=order).interval() for table in tables]
    assert np.mean([low <= np.log(100) <= high for low, high in ends]) >= 0.9


def test_too_few_rows_of_one_label_tell_nothing_of_large_orders():
    """Order 4 of 100 even labels and 40 rows, which show no four of one label, covered .08."""
    tables = np.random.default_rng(4).multinomial(40, np.full(100, 0.01), size=60)
    for order in (2.5, 4.0):
        held = []
        for table in tables:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", WithheldWarning)
                low, high = entropy_from_counts(table[table > 0], order=order).interval()
            held += [] if np.isnan(low) else [low <= np.log(100) <= high]
        assert len(held) >= 30, order
        assert np.mean(held) >= 0.9, order

    with pytest.warns(WithheldWarning, match="too few share one to tell the entropy of order 2"):
        entropy_from_counts(np.r_[2, np.ones(38)], order=2)
    # Rows with weights are no sets of rows.
    x, w = np.arange(100) % 60, np.linspace(1.0, 1.1, 100)
    with pytest.warns(WithheldWarning, match="of order 2 from larger ones"):
        estimate_entropy(x, sample_weight=w, order=2)


TWO_AND_RARE = np.r_[0.4, 0.4, np.full(40, 0.005)]


@pytest.mark.parametrize(
    "options", [{"method": "chao_shen"}, {"method": "nsb", "alphabet_size": 42}]
)
def test_lower_ends_are_no_more_than_those_by_discovery_rates(options):
    """Where labels occur once and the value is too large: .76 and .88 held of those shown."""
    held = []
    for table in np.random.default_rng(1).multinomial(200, TWO_AND_RARE, size=60):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", WithheldWarning)
            warnings.simplefilter("ignore", SparseCellWarning)
            low, high = entropy_from_counts(table[table > 0], **options).interval()
        held += [] if np.isnan(low) else [low <= stats.entropy(TWO_AND_RARE) <= high]
    assert len(held) >= 50
    assert np.mean(held) >= 0.9

    counts = np.r_[80, 85, np.ones(15), np.full(10, 2)]
    with pytest.warns(SparseCellWarning, match="the lower end of its interval is that"):
        entropy_from_counts(counts, method="chao_shen")


@pytest.mark.parametrize(
    ("method", "size"), [("dirichlet", 100), ("dirichlet", 1000), ("james_stein", 1000)]
)
def test_a_prior_that_moves_the_value_has_no_interval(method, size):
    """Of dirichlet with 100 labels and 200 rows of Zipf's law none of the intervals held."""
    counts = [90, 40, 25, 15, 10, 8, 6, 4, 2]
    with pytest.warns(WithheldWarning, match=f"the prior of {method} moves the value by"):
        entropy_from_counts(counts, method=method, alphabet_size=size)
    # Of as many labels as there are, and of many rows, it says little.
    many = np.array(counts) * 1000
    for table, known in ((counts, 9), (many, 20)):
        found = entropy_from_counts(table, method=method, alphabet_size=known)
        half = 1.959963984540054 * found.standard_error
        assert found.interval()[0] == pytest.approx(found.value - half)


@pytest.mark.slow
def test_entropies_hold_where_weights_depend_on_the_label():
    """Kish's size alone covered .82 to .90 of half and five labels of a tenth, and of even labels.

    1 to 8 and 1 to 20 are the weights of the first and of the last label.
    """
    rng = np.random.default_rng(1)
    half = np.r_[0.5, np.full(5, 0.1)]
    for shares, weights, n_rows in (
        (half, np.r_[0.125, np.ones(5)], 400),
        (half, np.r_[8.0, np.ones(5)], 400),
        (np.full(4, 0.25), np.array([1.0, 1.0, 1.0, 20.0]), 1500),
    ):
        rows = shares / weights
        for order in (1.0, 2.0, np.inf):
            truth = float(entropy(shares, order=order))
            study = Study(170, covers=(0.93 - 2.5 * np.sqrt(0.05 * 0.95 / 170), 1.1))
            for _ in study:
                x = rng.choice(rows.size, size=n_rows, p=rows / rows.sum())
                found = estimate_entropy(
                    x, sample_weight=weights[x], order=order, alphabet_size=shares.size
                )
                low, high = found.interval()
                study.note(covers=low <= truth + 1e-12 and truth - 1e-12 <= high)
            study.check(f"{shares.size} labels, order {order}")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: entropy_from_counts([]), "counts must not be empty"),
        (lambda: entropy_from_counts([0, 0]), "counts must not all be zero"),
        (lambda: entropy_from_counts([1, -1]), "counts must not be negative, got -1.0"),
        (lambda: entropy_from_counts([1, np.nan]), "counts must be finite, got nan"),
        (
            lambda: entropy_from_counts([1, 2], method="best"),
            "method must be one of 'plugin', .* got 'best'",
        ),
        (
            lambda: entropy_from_counts([1.5, 2], method="grassberger"),
            "needs whole counts, got a count of 1.5",
        ),
        (
            lambda: entropy_from_counts([1, 2], order=2, method="nsb"),
            "method must be 'plugin' for an order other",
        ),
        (lambda: entropy_from_counts([1, 2], order=-1), "order"),
        (lambda: entropy_from_counts([1, 2], base=1), "base must be"),
        (
            lambda: entropy_from_counts([1, 2], alphabet_size=1),
            "at least the 2 labels observed, got 1",
        ),
        (
            lambda: entropy_from_counts([1, 2], concentration=0),
            "must be positive and at most 1e60, got 0",
        ),
        (
            lambda: estimate_entropy([0, 1], sample_weight=[1]),
            r"sample_weight must have shape \(2,\)",
        ),
        (
            lambda: estimate_entropy([0, 0, 1], sample_weight=[1, 2, 3], method="jackknife"),
            "weights make effective counts",
        ),
        (
            lambda: estimate_entropy(np.random.default_rng(0).normal(size=200)),
            "x must hold labels, got 200 distinct",
        ),
        (lambda: estimate_entropy(pd.Series([1.0, None])), "x must not contain NaN or None, got 1"),
        (lambda: bootstrap_counts([0.5], entropy), "counts must be whole to draw tables, got 0.5"),
        (
            lambda: bootstrap_counts([5], entropy, n_resamples=1),
            "n_resamples must be an integer from 2 to 10000000, got 1",
        ),
        (lambda: bootstrap_counts([5], lambda p: p), "statistic must return one value a table"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_bootstrap_agrees_with_the_delta_method():
    counts = np.array([500, 300, 200])
    estimate = bootstrap_counts(counts, entropy, n_resamples=4000, rng=0)
    delta = entropy_from_counts(counts, alphabet_size=3)
    assert estimate.value == pytest.approx(delta.value)
    assert estimate.standard_error == pytest.approx(delta.standard_error, rel=0.05)
    assert estimate.interval() == pytest.approx(delta.interval(), abs=0.01)
    assert bootstrap_counts(counts.reshape(3, 1), lambda p: p[:, 0, 0], rng=0).value == 0.5


@pytest.mark.filterwarnings("ignore::infotheory.exceptions.WithheldWarning")
@pytest.mark.parametrize(
    ("counts", "value", "error"),
    [([5, 3, 2, 1, 1, 1], 1.974650325, 0.456565208), ([10, 20, 30], 1.028302253, 0.052308486)],
)
def test_discovery_rates_of_the_specification(counts, value, error):
    estimate = entropy_from_counts(counts, method="chao_wang_jost")
    assert (estimate.value, estimate.standard_error) == pytest.approx((value, error), rel=1e-8)


def test_discovery_rates_by_their_definition():
    """The sum over r of the rate of new labels after r rows, over r (equation 4 of the source)."""
    counts = np.array([9, 6, 2, 2, 1, 1, 1])
    n, once, twice = counts.sum(), 3, 2
    rate = 2 * twice / ((n - 1) * once + 2 * twice)
    new = [
        (counts / n * special.comb(n - counts, r) / special.comb(n - 1, r)).sum()
        for r in range(1, n)
    ]
    beyond = [once / n * (1 - rate) ** (r - n + 1) for r in range(n, 5000)]
    expected = (np.array(new + beyond) / np.arange(1, 5000)).sum()
    estimate = entropy_from_counts(counts, method="chao_wang_jost")
    assert estimate.value == pytest.approx(expected, rel=1e-9)

    # The jackknife over rows, one at a time, and an upper end for labels that were not seen.
    rows = np.repeat(np.arange(7), counts)
    left = [
        entropy_from_counts(np.bincount(np.delete(rows, i), minlength=7), method="chao_wang_jost")
        for i in range(n)
    ]
    values = np.array([one.value for one in left])
    assert estimate.standard_error == pytest.approx((n - 1) / np.sqrt(n) * values.std())
    share = once / n
    low, high = estimate.interval()
    half = 1.959963985 * estimate.standard_error
    assert low == pytest.approx(estimate.value - half)
    assert high == pytest.approx(estimate.value + half - share * np.log(share))
    assert entropy_from_counts(counts, method="chao_wang_jost", alphabet_size=8).interval()[
        1
    ] == pytest.approx(np.log(8))


def test_discovery_rates_of_labels_that_all_occur_once():
    estimate = entropy_from_counts(np.ones(20_000), method="chao_wang_jost")
    assert estimate.value > np.log(20_000)


@pytest.mark.parametrize(
    ("counts", "ends"),
    [
        ([500, 500], (0.6897, 0.6931)),
        ([520, 480], (0.6879, 0.6931)),
        ([84, 75, 75, 66], (1.3711, 1.3863)),
    ],
)
def test_intervals_near_the_largest_entropy(counts, ends):
    """Of labels of which somebody knows that there are no others."""
    options = {"alphabet_size": len(counts)}
    for method in METHODS:
        estimate = entropy_from_counts(counts, method=method, **options)
        assert estimate.interval() == pytest.approx(ends, abs=1e-4)
    bits = entropy_from_counts(counts, base=2, **options)
    assert bits.interval() == pytest.approx(tuple(end / np.log(2) for end in ends), abs=2e-4)


@pytest.mark.parametrize("order", [0.9, 1.0, 2.0, np.inf])
def test_a_label_that_was_not_seen_raises_the_upper_end(order):
    """By what twice as many add whose absence has the probability of the upper tail."""
    counts, share = np.array([10, 10, 10, 10, 10, 10]), 1.0 - 0.025 ** (1 / 60)
    known = entropy_from_counts(counts, order=order, alphabet_size=6)
    free = entropy_from_counts(counts, order=order)
    law = np.r_[counts / 60.0 * (1.0 - share), np.full(12, share / 12.0)]
    added = entropy(law, order=order) - np.log(6)
    low, high = free.interval()
    assert low == known.interval()[0]
    if np.isfinite(order):
        # Of even labels nothing else is above the largest entropy.
        assert high == pytest.approx(np.log(6) + added)
    assert high > known.interval()[1] or np.isinf(order)

    # In many rows, and where labels are uneven, it is little beside the error.
    uneven = entropy_from_counts([70_000, 20_000, 10_000], order=order)
    close = entropy_from_counts([70_000, 20_000, 10_000], order=order, alphabet_size=3)
    assert uneven.interval() == pytest.approx(close.interval(), abs=0.05 * close.standard_error)


def coverage(law, n_rows, n_samples=200, **options):
    """Share of the intervals shown that hold the truth, and of samples with one."""
    rng, law = np.random.default_rng(n_rows), np.asarray(law) / np.sum(law)
    truth = float(entropy(law, order=options.get("order", 1.0)))
    samples = rng.multinomial(n_rows, law, size=n_samples)
    ends = [entropy_from_counts(counts[counts > 0], **options).interval() for counts in samples]
    low, high = np.array(ends).T
    shown = np.isfinite(low)
    return float(((low <= truth) & (truth <= high))[shown].mean()), float(shown.mean())


ZIPF = 1.0 / np.arange(1, 301)


def test_orders_below_1_need_rows_of_each_label_and_in_all():
    for counts, order, words in (
        ([40, 30, 9], 0.5, "a label has 9 rows.*needs 10 rows of each"),
        ([40, 30, 4], 0.95, "a label has 4 rows.*needs 5 rows of each"),
        ([15, 15, 15], 0.5, "45 rows, which tell little of rare labels.*needs 50"),
    ):
        with pytest.warns(WithheldWarning, match=words):
            estimate = entropy_from_counts(counts, order=order)
        assert np.isnan(estimate.interval()).all()
    assert np.isfinite(entropy_from_counts([40, 30, 10], order=0.5).interval()).all()


def test_a_label_of_just_enough_rows_may_be_one_that_is_shown_by_chance():
    """Of 10 rows, where fewer show nothing, the lower end falls; of many more it does not."""
    lowered = []
    for rows in (10, 15, 60):
        law = entropy_from_counts([400, 300, rows], order=0.5, alphabet_size=3).law
        low, high = law.interval(0.0, 0.02, 0.95)
        without_it, same = law.of_seen.interval(0.0, 0.02, 0.95)
        assert high == same
        lowered.append(without_it - low)
    assert lowered[0] > 0.02
    assert lowered[0] > lowered[1] > lowered[2] == 0.0

    # Given that it has 10 or more, 13 of them are likely enough to come of this mean only.
    (mean,) = _least_means(np.array([13.0]), 10, 0.025)
    poisson = stats.poisson(mean)
    assert poisson.sf(12) / poisson.sf(9) == pytest.approx(0.025, rel=1e-6)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::infotheory.exceptions.WithheldWarning")
@pytest.mark.parametrize(
    ("law", "n_rows", "order"),
    [
        # The rarest label expects about as many rows as it needs, so that samples are shown in
        # which it has more: .80 to .87, .60 and .67 without the law of what is shown.
        (ZIPF[:5] ** 2, 300, 0.5),
        (ZIPF[:5] ** 2, 200, 0.7),
        (0.5 ** np.arange(5), 300, 0.3),
        (ZIPF[:20], 1000, 0.3),
        (ZIPF[:20] ** 2, 5000, 0.7),
        (np.r_[np.full(5, 0.196), np.full(5, 0.004)], 5000, 0.1),
    ],
)
def test_low_orders_of_labels_that_are_shown_by_chance_are_covered(law, n_rows, order):
    covered, shown = coverage(law, n_rows, n_samples=300, order=order)
    assert covered >= 0.9
    assert shown < 0.6


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::infotheory.exceptions.WithheldWarning")
@pytest.mark.parametrize("order", [0.3, 0.7, 0.95])
def test_low_orders_are_shown_and_covered_where_rows_are_ample(order):
    for law, n_rows in ((np.ones(20), 1000), (ZIPF[:10], 2000), (0.7 ** np.arange(6), 600)):
        covered, shown = coverage(law, n_rows, n_samples=150, order=order)
        assert covered >= 0.91, law
        assert shown >= 0.9, law


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::infotheory.exceptions.InfotheoryWarning")
@pytest.mark.parametrize(
    ("law", "n_rows", "order"),
    [
        # Many rare labels of which some samples show none: .85, .90 and .40 with one alone.
        (np.r_[np.full(5, 0.188), np.full(30, 0.002)], 40, 1.0),
        (np.r_[np.full(30, 0.033), np.full(20, 0.0005)], 150, 1.0),
        # Even labels of which several show no row: .90.
        (np.ones(20), 60, 1.5),
        (np.ones(20), 60, 3.0),
        # Labels that occur once, at orders between: .90.
        (np.r_[0.4, 0.4, np.full(20, 0.01)], 60, 1.5),
        # Frequent labels that chance leaves few rows: .76, .82, .89.
        (np.r_[0.05, np.full(95, 0.01)], 200, 4.0),
        (ZIPF**0.7, 100, 4.0),
        (ZIPF, 60, 2.5),
        # And those that were held before.
        (ZIPF[:50], 200, 2.0),
        (0.5 ** np.arange(40), 60, 1.0),
    ],
)
def test_entropies_of_few_rows_are_covered(law, n_rows, order):
    covered, shown = coverage(law, n_rows, order=order)
    assert covered >= 0.93
    assert shown >= 0.4


@pytest.mark.parametrize("counts", [[10] + [2] * 94, [2] * 50, [3, 2]])
def test_very_large_orders_are_near_the_infinite_one(counts):
    """Powers of the shares are no numbers there: before a math domain error."""
    for order in (500.0, 5000.0):
        low, high = entropy_from_counts(counts, order=order).interval()
        end = entropy_from_counts(counts, order=np.inf).value
        assert 0.0 <= low < end <= high < np.inf


def test_a_count_that_may_be_small_by_chance_lowers_large_orders():
    counts = np.r_[7, np.full(40, 2), np.full(40, 1)]
    with pytest.warns(WithheldWarning):
        entropy_from_counts(counts)
    low, _ = entropy_from_counts(counts, order=4.0).interval()
    # A label of 14.4 expected rows shows 7 or fewer with the probability of the tail.
    mean = stats.gamma.ppf(0.975, 8)
    assert stats.poisson.cdf(7, mean) == pytest.approx(0.025)
    power = ((counts / counts.sum()) ** 4).sum() + (mean**4 - 7**4) / counts.sum() ** 4
    assert low == pytest.approx(-np.log(power) / 3)
    # Where rows are many for the labels the law is normal.
    many = entropy_from_counts(10 * counts, order=4.0, alphabet_size=81)
    assert many.law.name != "largest count"


def test_counts_beyond_any_float_are_refused_in_words():
    with pytest.raises(ValueError, match="counts must lie between -1e308 and 1e308"):
        entropy_from_counts([10**400, 10**400])


@pytest.mark.filterwarnings("ignore::infotheory.exceptions.WithheldWarning")
@pytest.mark.parametrize("n_rows", [1e13, 1e16, 1e18, 1e30])
@pytest.mark.parametrize("method", [*METHODS])
def test_very_large_counts_have_the_entropy_of_their_shares(method, n_rows):
    shares = np.array([0.5, 0.3, 0.2])
    found = entropy_from_counts(np.rint(n_rows * shares), method=method, alphabet_size=3)
    assert found.value == pytest.approx(float(entropy(shares)), rel=1e-10)
    error = np.sqrt((shares @ np.log(shares) ** 2 - entropy(shares) ** 2) / n_rows)
    assert found.standard_error == pytest.approx(float(error), rel=1e-3)
    # A label of nearly all rows.
    assert entropy_from_counts([n_rows, 20, 10], method=method, alphabet_size=3).value < 1e-9


def test_more_labels_as_likely_as_those_that_were_seen():
    """One of fifty even labels is not among 300 rows in .11 of samples."""
    counts = np.full(49, 6)
    assert entropy_from_counts(counts).interval()[1] >= np.log(50)


@pytest.mark.parametrize("counts", [[15, 14, 13, 9, 6, 3], [500, 500]])
def test_the_largest_share_may_be_that_of_several_labels(counts):
    """Each has the bound of Clopper and Pearson, all of them together the level."""
    counts, n = np.array(counts), sum(counts)
    close = (counts >= counts.max() - 2.0 * np.sqrt(2.0 * counts.max())).sum()
    estimate = entropy_from_counts(counts, order=np.inf, alphabet_size=len(counts))
    test = stats.binomtest(int(counts.max()), n)
    low = test.proportion_ci(1.0 - 0.05 / close, method="exact").low
    assert estimate.interval()[1] == pytest.approx(min(-np.log(low), np.log(len(counts))))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::infotheory.exceptions.SparseCellWarning")
@pytest.mark.parametrize("order", [1.0, 1.5, 2.0, np.inf])
@pytest.mark.parametrize(
    ("even", "rare", "n_rows"),
    [(6, [0.01], 60), (2, [0.005], 60), (20, [0.005], 300), (12, [0.003] * 3, 150), (50, [], 300)],
)
def test_even_labels_beside_one_that_no_row_may_have(even, rare, n_rows, order):
    """Six beside one of .01 were covered .42, two beside one of .005 .25."""
    law = np.r_[np.full(even, (1.0 - sum(rare)) / even), rare]
    truth, study = entropy(law, order=order), Study(300, covers=(0.92, 1.0))
    rng = np.random.default_rng(even)
    for _ in study:
        counts = rng.multinomial(n_rows, law)
        low, high = entropy_from_counts(counts[counts > 0], order=order).interval()
        study.note(covers=low - 1e-9 <= truth <= high + 1e-9)
    study.check(f"{even} even labels, {rare}, {n_rows} rows, order {order}")


def test_far_from_the_largest_entropy_nothing_has_changed():
    for method in ("plugin", "miller_madow", "jackknife"):
        estimate = entropy_from_counts([700, 200, 100], method=method, alphabet_size=3)
        center = estimate.value + (2 / 2000 if method == "plugin" else 0.0)
        half = 1.959963984540054 * estimate.standard_error
        assert estimate.interval() == pytest.approx((center - half, center + half), rel=1e-12)


@pytest.mark.parametrize(
    ("counts", "options", "reason"),
    [
        ([7], {}, "one label was seen"),
        ([5, 4], {"order": 0}, "order 0 counts labels"),
        ([200, 4, 3], {"method": "chao_wang_jost"}, "7 rows off the most frequent label"),
        ([9, 9, 1, 1, 1, 1], {}, "18% of the rows have a label of their own"),
        ([9, 9, 1, 1, 1, 1], {"method": "nsb"}, "use method='chao_wang_jost'"),
        ([9, 9, 1, 1, 1, 1], {"order": 0.5}, "a label has 1 rows, and rare labels"),
    ],
)
def test_what_is_withheld_and_why(counts, options, reason):
    with pytest.warns(WithheldWarning, match=reason) as record:
        estimate = entropy_from_counts(counts, **options)
    assert record[0].filename == __file__
    assert np.isnan(estimate.interval()).all()
    assert estimate.reason == str(record[0].message)
    assert np.isfinite(estimate.value)


def test_what_is_shown_where_labels_are_rare():
    rare = [9, 9, 1, 1, 1, 1]
    for options in (
        {"method": "chao_wang_jost"},
        {"method": "nsb", "alphabet_size": 9},
        {"order": 2.0},
    ):
        assert np.isfinite(entropy_from_counts(rare, **options).interval()).all()
    weighted = estimate_entropy(np.arange(30) % 7, sample_weight=np.linspace(1.0, 2.0, 30))
    assert np.isfinite(weighted.interval()).all()


def test_a_biased_interval_is_warned_of():
    law = np.r_[np.full(20, 0.045), np.full(400, 0.1 / 400)]
    counts = np.random.default_rng(0).multinomial(800, law)
    with pytest.warns(SparseCellWarning, match="standard errors off: the value of plugin"):
        found = entropy_from_counts(counts)
    low, high = entropy_from_counts(counts, method="chao_wang_jost").interval()
    assert low < stats.entropy(law) < high
    # Its interval reaches as far as that which knows of labels that were not seen.
    assert found.interval()[0] < low
    assert high <= found.interval()[1] < high + 0.002


def test_low_orders_need_rows_of_every_label():
    """A long tail of rare labels, of which none was seen, has most of an entropy of order 1/2."""
    with pytest.warns(WithheldWarning, match="a label has 9 rows, .* needs 10 rows of each"):
        assert np.isnan(entropy_from_counts([50, 30, 9], order=0.5).interval()).all()
    assert np.isfinite(entropy_from_counts([50, 30, 10], order=0.5).interval()).all()
    assert np.isfinite(entropy_from_counts([50, 30, 9], order=0.6).interval()).all()


def test_large_orders_have_the_degrees_of_freedom_of_their_bias():
    """Most of 80 labels are rare: by k - 1 degrees lower ends lay too high in .45 of samples."""
    shares = np.exp(1.2 * np.random.default_rng(1).normal(size=80))
    shares /= shares.sum()
    truth = -np.log((shares**4).sum()) / 3.0
    tables = np.random.default_rng(2).multinomial(60, shares, size=200)
    intervals = [entropy_from_counts(table[table > 0], order=4).interval() for table in tables]
    assert np.mean([low <= truth <= high for low, high in intervals]) >= 0.9


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::infotheory.exceptions.WithheldWarning")
@pytest.mark.filterwarnings("ignore::infotheory.exceptions.SparseCellWarning")
@pytest.mark.parametrize("method", ["plugin", "grassberger", "jackknife"])
@pytest.mark.parametrize("n_rows", [300, 1500])
@pytest.mark.parametrize("tail", ["power", "log-normal", "common and rare"])
def test_upper_ends_know_of_rare_labels(method, n_rows, tail):
    """Of labels with long tails; the plug-in alone covered .48 to .84 where it was shown."""
    shares = {
        "power": np.arange(1, 301) ** -1.5,
        "log-normal": np.exp(1.2 * np.random.default_rng(1).normal(size=80)),
        "common and rare": np.r_[np.full(5, 0.15), np.full(400, 0.25 / 400)],
    }[tail]
    shares = shares / shares.sum()
    truth, covered = stats.entropy(shares), []
    for table in np.random.default_rng(n_rows).multinomial(n_rows, shares, size=200):
        low, high = entropy_from_counts(table[table > 0], method=method).interval()
        covered += [] if np.isnan(low) else [low <= truth <= high]
    print(f"{tail}, {n_rows} rows, {method}: shown {len(covered) / 200:.2f}")
    if covered:
        print(f"covers {np.mean(covered):.3f}")
        assert np.mean(covered) >= 0.93 - 2.5 * np.sqrt(0.05 * 0.95 / len(covered))


UNDERSAMPLED = {
    "50 labels by Zipf, 60 rows": (1 / np.arange(1, 51.0), 60),
    "geometric, 200 rows": (0.97 ** np.arange(400), 200),
    "1000 equal labels, 250 rows": (np.ones(1000), 250),
    "300 equal labels, 600 rows": (np.ones(300), 600),
    "1000 labels by Zipf, 1000 rows": (1 / np.arange(1, 1001.0), 1000),
    "1000 labels by Zipf, 5000 rows": (1 / np.arange(1, 1001.0), 5000),
    "a level of half and a power tail": (
        np.r_[1.0, 1 / np.arange(1, 3001.0) ** 1.5 / special.zeta(1.5)],
        1000,
    ),
    "20 common and 2000 rare labels": (np.r_[np.full(20, 0.04), np.full(2000, 1e-4)], 200),
    "a fair coin, 30 rows": (np.ones(2), 30),
    "a coin of .53, 1000 rows": (np.array([0.53, 0.47]), 1000),
    "a die, 60 rows": (np.ones(6), 60),
}


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::infotheory.exceptions.WithheldWarning")
@pytest.mark.parametrize("name", UNDERSAMPLED)
def test_coverage_by_discovery_rates(name):
    law, n_rows = UNDERSAMPLED[name]
    law = law / law.sum()
    rng = np.random.default_rng(17)
    intervals = np.array(
        [
            entropy_from_counts(counts, method="chao_wang_jost").interval()
            for counts in rng.multinomial(n_rows, law, size=400)
        ]
    )
    low, high = intervals[~np.isnan(intervals[:, 0])].T
    covered = ((low <= stats.entropy(law)) & (stats.entropy(law) <= high)).mean()
    print(f"{name}: covers {covered:.3f}, shown in {low.size / 400:.3f}")
    assert covered >= 0.93 - 2.5 * np.sqrt(0.05 * 0.95 / low.size)
    assert low.size >= 0.9 * 400


@pytest.mark.slow
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "law",
    [np.full(8, 1 / 8), np.array([0.4, 0.3, 0.1, 0.1, 0.05, 0.03, 0.02])],
    ids=["flat", "skew"],
)
def test_coverage(method, law):
    rng = np.random.default_rng(5)
    truth = stats.entropy(law)
    intervals = [
        entropy_from_counts(counts, method=method, alphabet_size=law.size).interval()
        for counts in rng.multinomial(400, law, size=800)
    ]
    covered = np.mean([low <= truth <= high for low, high in intervals])
    assert covered >= 0.93 - 0.5 * np.sqrt(0.05 * 0.95 / 800)


@pytest.mark.filterwarnings("ignore::infotheory.exceptions.WithheldWarning")
@pytest.mark.filterwarnings("ignore::infotheory.exceptions.SparseCellWarning")
def test_one_row_has_no_jackknife_to_speak_of():
    estimate = entropy_from_counts([1, 0], method="jackknife")
    assert (estimate.value, estimate.standard_error) == (0.0, 0.0)

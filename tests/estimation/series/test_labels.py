import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special, stats

from infotheory.estimation import (
    active_information_storage,
    estimate_conditional_mutual_information,
    estimate_mutual_information,
    transfer_entropy,
)
from tests.studies import Study


def binary_entropy(p):
    return special.entr(p) + special.entr(1 - p)


def copies(share, n_steps, rng, *, lag=1):
    """A fair source; at each step the target takes the source's bit with some probability and stays
    otherwise.
    """
    source = rng.integers(0, 2, n_steps)
    takes = rng.random(n_steps) < share
    target = np.zeros(n_steps, dtype=int)
    for t in range(lag, n_steps):
        target[t] = source[t - lag] if takes[t] else target[t - 1]
    return source, target


def copied_information(share):
    """Given its last bit the target changes with probability share / 2; given the source too, share
    or not at all.
    """
    return binary_entropy(share / 2) - binary_entropy(share) / 2


def sticky_labels(stay, n_steps, n_labels, rng):
    """Labels that are kept with a probability, and drawn anew otherwise."""
    drawn = rng.integers(n_labels, size=n_steps)
    changes = np.where(rng.random(n_steps) < stay, 0, np.arange(n_steps))
    return drawn[np.maximum.accumulate(changes)]


def sticky(stay, n_steps, rng):
    return np.cumsum(rng.random(n_steps) > stay) % 2


# values by hand


def test_a_noisy_channel_in_time():
    """The target is the last bit of a fair source, flipped with probability 0.1."""
    rng = np.random.default_rng(0)
    source = rng.integers(0, 2, 50_000)
    target = np.r_[0, source[:-1]] ^ (rng.random(50_000) < 0.1)
    there = transfer_entropy(source, target, base=2)
    truth = 1 - binary_entropy(0.1) / np.log(2)
    assert there.value == pytest.approx(truth, abs=4 * there.standard_error)
    assert there.p_value < 1e-300
    back = transfer_entropy(target, source)
    assert back.p_value > 0.001
    assert transfer_entropy(source, target, lag=2).p_value > 0.001
    assert transfer_entropy(source, target, lag=2, source_history=2).p_value > 0.001
    assert transfer_entropy(source, target, lag=1, source_history=2, base=2).value == pytest.approx(
        truth, abs=0.02
    )
    assert active_information_storage(target).p_value > 0.001


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_coupled_chains_in_closed_form(share):
    source, target = copies(share, 40_000, np.random.default_rng(1), lag=2)
    estimate = transfer_entropy(source, target, lag=2)
    assert estimate.value == pytest.approx(
        copied_information(share), abs=4 * estimate.standard_error
    )
    storage = active_information_storage(target)
    truth = np.log(2) - binary_entropy(share / 2)
    assert storage.value == pytest.approx(truth, abs=4 * storage.standard_error + 1e-3)
    longer = active_information_storage(target, history=3)
    assert longer.value == pytest.approx(
        truth, abs=4 * longer.standard_error + 1e-3
    )  # a Markov chain of order 1


def test_a_common_cause_goes_with_the_condition():
    """x and y both repeat z, y one step later: x tells of y, but not given z."""
    rng = np.random.default_rng(2)
    z = rng.integers(0, 3, 5000)
    x = np.where(rng.random(5000) < 0.8, np.r_[0, z[:-1]], rng.integers(0, 3, 5000))
    y = np.where(rng.random(5000) < 0.8, np.r_[0, 0, z[:-2]], rng.integers(0, 3, 5000))
    assert transfer_entropy(x, y).value > 0.1
    lagged = np.r_[0, z[:-1]]
    assert transfer_entropy(x, y, conditions=lagged).p_value > 0.001
    assert transfer_entropy(x, y, conditions=np.c_[lagged, z]).p_value > 0.001


def test_exclusive_or_needs_the_condition():
    rng = np.random.default_rng(3)
    a, b = rng.integers(0, 2, (2, 4000))
    target = np.r_[0, (a ^ b)[:-1]]
    assert transfer_entropy(a, target, base=2).value < 0.01
    assert transfer_entropy(a, target, conditions=b, base=2).value == pytest.approx(1.0, abs=0.01)


# from outside: the embedding written out, and the conditional mutual information of it


@pytest.mark.filterwarnings("ignore::infotheory.exceptions.WithheldWarning")
@settings(max_examples=40, deadline=None)
@given(
    st.integers(0, 2**32 - 1),
    st.integers(1, 3),
    st.integers(1, 3),
    st.integers(1, 2),
    st.booleans(),
)
def test_it_is_the_conditional_information_of_the_embedding(
    seed, history, lag, source_history, conditional
):
    x, y, c = np.random.default_rng(seed).integers(0, 3, (3, 60))
    times = range(max(history, lag + source_history - 1), 60)
    sent = [[x[t - lag - i] for i in range(source_history)] for t in times]
    past = [
        [*(y[t - i] for i in range(1, history + 1)), *([c[t - 1]] if conditional else [])]
        for t in times
    ]
    following = [y[t] for t in times]
    estimate = transfer_entropy(
        x,
        y,
        history=history,
        lag=lag,
        source_history=source_history,
        conditions=c if conditional else None,
    )
    expected = estimate_conditional_mutual_information(sent, following, past)
    assert estimate.value == pytest.approx(expected.value, abs=1e-12)
    # rows are steps of one series, whose terms may cancel
    assert estimate.standard_error**2 >= 0.1 * expected.standard_error**2 * (1 - 1e-9)
    assert estimate.p_value >= expected.p_value * (
        1 - 1e-9
    )  # or that by shifts, where it is larger
    storage = active_information_storage(y, history=history)
    rows = range(history, 60)
    expected = estimate_mutual_information(
        [[y[t - i] for i in range(1, history + 1)] for t in rows], [y[t] for t in rows]
    )
    assert storage.value == pytest.approx(expected.value, abs=1e-12)


@pytest.mark.parametrize("method", ["miller_madow", "grassberger", "james_stein", "dirichlet"])
def test_corrected_methods_and_labels_of_any_type(method):
    rng = np.random.default_rng(0)
    source, target = copies(0.5, 20_000, rng)
    named = transfer_entropy(
        np.array(["a", "b"])[source], np.array([False, True])[target], method=method
    )
    assert named.value == pytest.approx(
        copied_information(0.5), abs=4 * named.standard_error + 1e-3
    )
    assert named.method == method


@pytest.mark.filterwarnings("ignore::infotheory.exceptions.WithheldWarning")
def test_permutations_find_transfer_and_keep_the_past():
    rng = np.random.default_rng(5)
    source, target = copies(0.5, 300, rng)
    estimate = transfer_entropy(source, target, n_permutations=199, rng=0)
    assert estimate.p_value == pytest.approx(1 / 200)
    assert estimate == transfer_entropy(source, target, n_permutations=199, rng=0)
    # the target drives the source, which repeats it: nothing beyond the target's own past
    target = sticky(0.8, 300, rng)
    assert transfer_entropy(target, target, n_permutations=199, rng=0).p_value == 1.0
    flat = transfer_entropy(np.zeros(50, dtype=int), target[:50], n_permutations=9, rng=0)
    assert (flat.value, flat.p_value) == (0.0, 1.0)
    assert active_information_storage(target, n_permutations=199, rng=0).p_value == pytest.approx(
        1 / 200
    )


@pytest.mark.filterwarnings("ignore::infotheory.exceptions.WithheldWarning")
def test_shifts_keep_the_memory_of_both_series():
    rng = np.random.default_rng(3)
    source, target = sticky_labels(0.9, 300, 5, rng), sticky_labels(0.9, 300, 5, rng)
    estimate = transfer_entropy(source, target)
    assert estimate.p_value == transfer_entropy(source, target).p_value

    # By hand: the statistic of the embedded series at 99 shifts, and a gamma law of their moments.
    sent, past, following = source[:-1], target[:-1], target[1:]
    values = [
        2 * 299 * estimate_conditional_mutual_information(np.roll(sent, -k), following, past).value
        for k in np.unique(np.linspace(14, 285, 99).astype(int))
    ]
    mean, variance = np.mean(values), np.var(values, ddof=1)
    by_gamma = stats.gamma.sf(2 * 299 * estimate.value, mean**2 / variance, scale=variance / mean)
    # So many of the shifts are unlike: the law of the next value is Student's.
    apart = values - mean
    products = np.correlate(apart, apart, "full")[len(values) - 1 :]
    pairs = products[0:98:2] + products[1:99:2]
    pairs = pairs[: int(np.argmax(pairs <= 0.0))]
    unlike = len(values) / max(1.0, 2.0 * pairs.sum() / products[0] - 1.0)
    assert 20 < unlike < 90
    by_shifts = stats.t.sf(stats.norm.isf(by_gamma) / np.sqrt(1 + 1 / unlike), unlike - 1)
    given_margins = estimate_conditional_mutual_information(sent, following, past).p_value
    assert estimate.p_value == pytest.approx(max(by_shifts, given_margins), rel=1e-6)
    assert given_margins < by_shifts

    drawn = transfer_entropy(source, target, n_permutations=99, surrogates="shift", rng=0)
    assert drawn.p_value == pytest.approx(by_shifts, abs=0.15)
    copied = transfer_entropy(
        source, np.roll(source, 1), n_permutations=99, surrogates="shift", rng=0
    )
    assert copied.p_value == 0.01
    for constant in (source * 0, target * 0):
        for options in ({}, {"n_permutations": 9, "surrogates": "shift", "rng": 0}):
            assert transfer_entropy(source, constant, **options).p_value == 1.0
    assert 0.0 <= transfer_entropy([0, 1, 1, 0], [1, 0, 1, 1]).p_value <= 1.0
    with pytest.raises(ValueError, match=r"a series of at least 20 steps, got 4.*block"):
        transfer_entropy([0, 1, 1, 0], [1, 0, 1, 1], n_permutations=9)
    with pytest.raises(ValueError, match="surrogates must be"):
        transfer_entropy(source, target, surrogates="theiler")


BITS = np.arange(20) % 2


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: transfer_entropy(BITS, BITS, history=0),
            "history must be an integer of at least 1, .*got 0",
        ),
        (
            lambda: transfer_entropy(BITS, BITS, lag=0),
            "lag must be an integer of at least 1, got 0",
        ),
        (
            lambda: transfer_entropy(BITS, BITS, source_history=1.5),
            "source_history must be an integer .* got 1.5",
        ),
        (
            lambda: transfer_entropy(BITS, BITS[:9]),
            "source and target must have one entry a row, got 20, 9 rows",
        ),
        (
            lambda: transfer_entropy(BITS, BITS, conditions=BITS[:9]),
            "target and conditions must .* got 20, 20, 9 rows",
        ),
        (
            lambda: transfer_entropy(BITS[:3], BITS[:3], lag=3),
            "must be longer than the 3 steps of its past, got 3",
        ),
        (lambda: transfer_entropy([], []), "source must have shape"),
        (
            lambda: transfer_entropy(BITS, np.where(BITS, np.nan, 0.0)),
            "target must not contain NaN or None, got 10",
        ),
        (
            lambda: transfer_entropy(np.random.default_rng(0).normal(size=20), BITS),
            "source must hold labels, got 20",
        ),
        (
            lambda: transfer_entropy(BITS, BITS, method="ksg2"),
            "method must be one of 'plugin'.*got 'ksg2'",
        ),
        (
            lambda: transfer_entropy(BITS, BITS, n_permutations=2.5),
            "n_permutations must be an integer of at least 0, .* got 2.5",
        ),
        (lambda: transfer_entropy(BITS, BITS, base=0.5), "base must be"),
        (
            lambda: active_information_storage(BITS, history=0),
            "history must be an integer of at least 1, .*got 0",
        ),
        (
            lambda: active_information_storage(BITS[:1]),
            "must be longer than the 1 steps of its past, got 1 steps",
        ),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()


# Monte-Carlo studies


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::infotheory.exceptions.WithheldWarning")
@pytest.mark.parametrize("stay", [0.5, 0.9])
@pytest.mark.parametrize("history", [1, 2])
def test_size_of_both_tests(stay, history):
    """Two independent chains, with long stays in a state too: the tests hold, as no independence in
    time is needed.
    """
    rng = np.random.default_rng(7)
    # three standard errors of 300 samples
    rate = (0.012, 0.088)
    study = Study(300, analytic=rate, permuted=rate, half=(0.413, 0.587))
    for _ in study:
        source, target = sticky(stay, 400, rng), sticky(stay, 400, rng)
        analytic = transfer_entropy(source, target, history=history).p_value
        permuted = transfer_entropy(
            source, target, history=history, n_permutations=19, rng=rng
        ).p_value
        study.note(analytic=analytic < 0.05, permuted=permuted <= 0.05, half=permuted <= 0.5)
    study.check(f"stay {stay} history {history}")


@pytest.mark.slow
def test_size_where_the_target_drives_the_source():
    rng = np.random.default_rng(8)
    # three standard errors of 300 samples
    study = Study(300, analytic=(0.012, 0.088), permuted=(0.012, 0.088))
    for _ in study:
        source, target = copies(0.5, 400, rng)  # ask for the transfer back, of which there is none
        study.note(
            analytic=transfer_entropy(target, source).p_value <= 0.05,
            permuted=transfer_entropy(target, source, n_permutations=19, rng=rng).p_value <= 0.05,
        )
    study.check("transfer back")


#: Labels, steps, history, and how long source and target stay.
SPARSE_SERIES = [
    (5, 300, 1, 0.0, 0.0),
    (5, 300, 1, 0.7, 0.7),
    (5, 300, 1, 0.9, 0.9),
    (4, 300, 3, 0.0, 0.5),
    (6, 250, 1, 0.8, 0.3),
    (3, 500, 3, 0.6, 0.85),
]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::infotheory.exceptions.WithheldWarning")
@pytest.mark.parametrize("setting", SPARSE_SERIES, ids=str)
def test_size_where_cells_are_sparse(setting):
    n_labels, n_steps, history, source_stays, target_stays = setting
    rng = np.random.default_rng(21)
    study = Study(500, rejects=(-1.0, 0.065 + 2.5 * np.sqrt(0.05 * 0.95 / 500)))
    for _ in study:
        found = transfer_entropy(
            sticky_labels(source_stays, n_steps, n_labels, rng),
            sticky_labels(target_stays, n_steps, n_labels, rng),
            history=history,
        )
        study.note(rejects=found.p_value < 0.05)
    study.check(f"{setting}")


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::infotheory.exceptions.WithheldWarning")
def test_size_of_storage_where_cells_are_sparse():
    rng = np.random.default_rng(22)
    p_values = [
        active_information_storage(rng.integers(0, 4, 300), history=2).p_value for _ in range(500)
    ]
    assert np.mean(np.array(p_values) < 0.05) == pytest.approx(0.05, abs=0.025)


@pytest.mark.slow
def test_size_of_storage():
    rng, study = np.random.default_rng(9), Study(800, rejects=(0.019, 0.081))
    for _ in study:
        found = active_information_storage(rng.integers(0, 3, 300), history=2)
        study.note(rejects=found.p_value < 0.05)
    study.check("storage of noise")


def regimes(stay, n_steps, rng):
    """A channel that is open or closed for long; the target shows which: T is log 2 while open."""
    is_open = sticky(stay, n_steps, rng)
    source, noise = rng.integers(0, 2, (2, n_steps))
    return source, 2 * is_open + np.where(is_open, np.r_[0, source[:-1]], noise)


def lazy(n_steps, rng):
    """State 0 is kept with probability .98; states 1 and 2 are left with .02, and drawn anew
    otherwise.
    """
    here, states = 0, np.empty(n_steps, dtype=int)
    for t, u in enumerate(rng.random(n_steps)):
        here = (0 if u < 0.02 else 1 + (u > 0.51)) if here else (u > 0.98) * (1 + (u > 0.99))
        states[t] = here
    return states


def lazy_storage():
    """The chain is symmetric in 1 and 2, and in balance at (1/2, 1/4, 1/4)."""
    conditional = (stats.entropy([0.98, 0.01, 0.01]) + stats.entropy([0.02, 0.49, 0.49])) / 2
    return stats.entropy([0.5, 0.25, 0.25]) - conditional


DYNAMICS = {
    **{
        f"copies {share}": (
            lambda n, rng, s=share: transfer_entropy(*copies(s, n, rng)),
            copied_information(share),
        )
        for share in (0.1, 0.3, 0.6, 0.9)
    },
    **{
        f"regimes {stay}": (
            lambda n, rng, s=stay: transfer_entropy(*regimes(s, n, rng)),
            np.log(2) / 2,
        )
        for stay in (0.5, 0.9, 0.97)
    },
    "storage of a sticky chain": (
        lambda n, rng: active_information_storage(sticky(0.9, n, rng)),
        np.log(2) - binary_entropy(0.1),
    ),
    "storage of a lazy chain": (
        lambda n, rng: active_information_storage(lazy(n, rng)),
        lazy_storage(),
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", DYNAMICS)
def test_coverage(name):
    rng = np.random.default_rng(10)
    estimator, truth = DYNAMICS[name]
    study = Study(250, covers=(0.905, 0.996))
    for _ in study:
        low, high = estimator(1500, rng).interval()
        study.note(covers=low <= truth <= high)
    study.check(name)


def test_analytic_and_permutation_p_values_agree():
    rng = np.random.default_rng(13)
    source, target = copies(0.1, 2000, rng)
    noise = np.where(rng.random(2000) < 0.75, rng.integers(0, 2, 2000), source)
    analytic = transfer_entropy(noise, target).p_value
    permuted = transfer_entropy(noise, target, n_permutations=999, rng=0).p_value
    assert permuted == pytest.approx(analytic, abs=4 * np.sqrt(analytic / 999) + 0.005)
    assert stats.norm.isf(analytic) > -3

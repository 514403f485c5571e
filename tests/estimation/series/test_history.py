"""Histories, entropy rates, blocks and what they predict, against closed forms."""

import numpy as np
import pytest

from infotheory.estimation import (
    active_information_storage,
    block_entropies,
    choose_history,
    estimate_entropy_rate,
    predictive_information,
    transfer_entropy,
)
from infotheory.exceptions import WithheldWarning
from tests.estimation.series.processes import autoregressive, driven, sticky
from tests.studies import Study


def golden_mean(n_steps, rng):
    """State A goes to B or stays, with 1/2 each; B goes back to A. Labels are the states."""
    tosses, states = rng.random(n_steps) < 0.5, np.zeros(n_steps, dtype=int)
    for t in range(1, n_steps):
        states[t] = 0 if states[t - 1] else tosses[t]
    return states


def even_process(n_steps, rng):
    """Ones come in blocks of even length: no finite history sees the state."""
    tosses, inside, labels = rng.random(n_steps) < 0.5, False, np.zeros(n_steps, dtype=int)
    for t in range(n_steps):
        labels[t] = 1 if inside else tosses[t]
        inside = not inside and bool(tosses[t])
    return labels


def test_the_golden_mean_chain():
    x = golden_mean(20_000, np.random.default_rng(0))
    for history in (1, 2, 3):
        rate = estimate_entropy_rate(x, history=history, base=2)
        assert rate.value == pytest.approx(2 / 3, abs=3 * rate.standard_error)
        assert rate.history == history
        assert rate.local.mean() == pytest.approx(rate.value, abs=1e-3)
    blocks = block_entropies(x, 4, base=2)
    assert blocks.values[0] == pytest.approx(0.918296, abs=3 * blocks.standard_errors[0])
    assert blocks.gains[1:] == pytest.approx(2 / 3, abs=0.01)
    assert list(blocks.to_frame().columns) == ["length", "value", "standard_error", "gain"]
    for past, future in ((1, 1), (3, 2)):
        shared = predictive_information(x, past, future, base=2)
        assert shared.value == pytest.approx(0.251629, abs=3 * shared.standard_error)
    stored = active_information_storage(x)
    assert predictive_information(x).value == pytest.approx(stored.value, abs=1e-12)
    assert predictive_information(x, 1, 2).p_value is None


def test_the_interval_of_a_rate_is_withheld_where_many_steps_are_alone_in_their_cells():
    """Chains of six labels, history 3: covered .62 by what is shown of filled cells."""
    rng = np.random.default_rng(31)
    x = np.cumsum(np.where(rng.random(600) < 0.85, 0, rng.integers(1, 6, 600))) % 6
    with pytest.warns(WithheldWarning, match="of 597 steps have a past and a label that") as told:
        rate = estimate_entropy_rate(x, history=3)
    assert told[0].filename == __file__
    assert np.isnan(rate.interval()).all()
    assert rate.reason == str(told[0].message)
    assert np.isfinite(estimate_entropy_rate(x).interval()).all()


@pytest.mark.parametrize("x", [[0] * 60, [0, 1] * 30, [0, 1, 2] * 20])
@pytest.mark.parametrize("method", ["plugin", "miller_madow"])
def test_the_interval_of_a_rate_is_withheld_where_every_step_follows_from_its_past(x, method):
    with pytest.warns(WithheldWarning, match=r"each of 59 steps follows.*fewer than 0.051"):
        rate = estimate_entropy_rate(x, method=method)
    assert rate.value == 0.0
    assert np.isnan(rate.interval()).all()
    # One label that is followed by two is enough for an error.
    low, high = estimate_entropy_rate([*x, 1, 1], method=method).interval()
    assert low < high


def test_errors_of_blocks_are_withheld_where_the_last_label_follows_from_those_before():
    with pytest.warns(WithheldWarning, match=r"length 2 follows.*2 of 3 lengths") as told:
        blocks = block_entropies([0, 1] * 30, 3)
    assert len(told) == 1
    assert np.isnan(blocks.standard_errors).tolist() == [False, True, True]
    assert blocks.standard_errors[0] > 0.0
    with pytest.warns(WithheldWarning, match="length 1 follows"):
        assert np.isnan(block_entropies([7] * 30, 1).standard_errors).all()


def test_errors_remain_where_all_steps_surprise_alike():
    # Each pair of two labels as often as the others
    x = [0, 0, 1, 1] * 10 + [0]
    rate, blocks = estimate_entropy_rate(x, method="plugin"), block_entropies(x[:-1], 1)
    assert rate.standard_error == pytest.approx(np.sqrt(2 / 2) / 40)
    # Nothing varies: the degrees of freedom of its variance are infinite.
    center, reach = np.log(2) + 2 / 80, 1.959964 / 40
    wanted = center - reach, np.log(2)
    assert rate.interval() == pytest.approx(wanted, rel=1e-6)
    # Beside the error stands the bias of two labels; errors of a root reach further up.
    error = np.hypot(np.sqrt(1 / 2) / 40, 1 / 80)
    wanted = error * (1 + 1.959964 * error / (4 * np.log(2)))
    assert blocks.standard_errors == pytest.approx(wanted, rel=1e-6)


def test_the_rate_of_the_even_process_is_bounded_from_above():
    x = even_process(100_000, np.random.default_rng(1))
    for history, wanted in ((1, 0.873), (4, 0.7295), (8, 0.6825)):
        rate = estimate_entropy_rate(x, history=history, base=2)
        assert rate.value == pytest.approx(wanted, abs=3 * rate.standard_error + 5e-4)


@pytest.mark.filterwarnings("ignore:.* steps have a past and a label that come together once")
@pytest.mark.parametrize("trials", [None, np.repeat([0, 1, 2], 30)])
def test_rates_are_differences_of_entropies(trials):
    x = np.random.default_rng(2).integers(0, 3, 90)
    whole = estimate_entropy_rate(x, history=2, trials=trials, method="plugin")
    times = whole.steps
    assert times.size == (88 if trials is None else 84)
    joint = {}
    past = {}
    for t in times:
        joint[tuple(x[t - 2 : t + 1])] = joint.get(tuple(x[t - 2 : t + 1]), 0) + 1
        past[tuple(x[t - 2 : t])] = past.get(tuple(x[t - 2 : t]), 0) + 1

    def entropy(counts):
        p = np.array(list(counts.values())) / times.size
        return -(p * np.log(p)).sum()

    assert whole.value == pytest.approx(entropy(joint) - entropy(past), abs=1e-12)
    corrected = estimate_entropy_rate(x, history=2, trials=trials)
    added = (len(joint) - len(past)) / (2 * times.size)
    assert corrected.value == pytest.approx(whole.value + added, abs=1e-12)


def test_the_rate_of_a_gaussian_process():
    x = autoregressive([0.6], 20_000, np.random.default_rng(3))
    rate = estimate_entropy_rate(x, method="gaussian", history="auto")
    assert rate.value == pytest.approx(np.log(2 * np.pi * np.e) / 2, abs=3 * rate.standard_error)
    assert rate.history == 1


def test_published_block_entropies():
    """Examples of rinform."""
    first = [0, 0, 1, 1, 1, 1, 0, 0, 0]
    assert block_entropies(first, 2, base=2).values == pytest.approx([0.9910761, 1.811278])
    second = [1, 0, 0, 1, 0, 0, 1, 0, 0]
    both = block_entropies([*first, *second], 2, trials=np.repeat([0, 1], 9), base=2)
    assert both.values[1] == pytest.approx(1.936278)


@pytest.mark.parametrize(
    ("coefficients", "wanted", "least"),
    [([0.9], 1, 18), ([0.95 * 2**0.5, -0.9025], 2, 17), ([0.5, 0, 0.4], 3, 18)],
)
def test_the_order_of_an_autoregression(coefficients, wanted, least):
    found = [
        choose_history(
            autoregressive(coefficients, 1000, np.random.default_rng(seed)), method="gaussian"
        ).history
        for seed in range(20)
    ]
    assert found.count(wanted) >= least


def test_neighbours_and_labels_take_the_shortest_history_that_is_enough():
    x = autoregressive([0.95 * 2**0.5, -0.9025], 600, np.random.default_rng(4))
    choice = choose_history(x, method="ksg", max_history=4)
    assert choice.history == 2
    assert choice.scores.shape == choice.standard_errors.shape == (1, 4)
    assert choice.to_frame()["chosen"].tolist() == [False, True, False, False]
    chains = [sticky(0.9, 2000, np.random.default_rng(seed)) for seed in range(20)]
    assert [choose_history(x).history for x in chains].count(1) >= 17
    second = np.random.default_rng(6).integers(0, 2, 1000)
    for t in range(2, 1000):
        second[t] = second[t - 1] ^ second[t - 2] ^ (t % 5 == 0)
    assert choose_history(second, max_history=3).history == 2
    assert choose_history(golden_mean(3000, np.random.default_rng(7)), max_history=4).history == 1


def test_steps_are_chosen_with_the_history():
    """What repeats after three steps is one past step of width 3, or a history of 3."""
    x = autoregressive([0, 0, 0.8], 2000, np.random.default_rng(8))
    choice = choose_history(x, method="gaussian", max_history=4, steps=(1, 2))
    assert (choice.history, choice.step) == (3, 1)


@pytest.mark.filterwarnings("ignore::infotheory.exceptions.WithheldWarning")
@pytest.mark.parametrize("method", ["gaussian", "plugin"])
def test_the_history_is_found_where_none_is_given(method):
    x, y = driven(0.5, 0.5, 0.4, 800, np.random.default_rng(9))
    if method == "plugin":
        x, y = x > 0, y > 0
    chosen = choose_history(y, method=method).history
    found = transfer_entropy(x, y, history="auto", method=method)
    assert found.history == chosen
    assert found.value == transfer_entropy(x, y, history=chosen, method=method).value
    assert active_information_storage(y, history="auto", method=method).history == chosen


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x: choose_history(x, max_history=0), "max_history must be an integer"),
        (lambda x: choose_history(x, steps=()), "steps must be a sequence"),
        (lambda x: choose_history(x, steps=[0]), "each of steps must be an integer"),
        (lambda x: choose_history(x[:5]), "longer than the 8 steps of its past"),
        (lambda x: transfer_entropy(x, x, history="long"), "history must be one of 'auto'"),
        (lambda x: transfer_entropy(x, x, history=0), 'at least 1, or "auto", got 0'),
        (lambda x: estimate_entropy_rate(x, method="ksg"), "method must be one of"),
        (lambda x: block_entropies(x, 0), "max_length must be an integer"),
        (lambda x: block_entropies(x, 90), "longer than the \\d+ steps"),
        (lambda x: predictive_information(x, 0), "past must be an integer"),
        (lambda x: predictive_information(x, 1, 0), "future must be an integer"),
    ],
)
def test_what_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call(np.arange(40) % 2)


@pytest.mark.slow
def test_coverage_of_the_rate():
    """Terms alternate: with a factor of at least 1 intervals covered 1.000."""
    rng, study = np.random.default_rng(10), Study(300, covers=(0.91, 0.985))
    for _ in study:
        low, high = estimate_entropy_rate(golden_mean(1000, rng), base=2).interval()
        study.note(covers=low <= 2 / 3 <= high)
    study.check("golden mean")


@pytest.mark.slow
@pytest.mark.parametrize("method", ["plugin", "miller_madow"])
@pytest.mark.parametrize("shares", [[0.5, 0.5], [0.6, 0.4], [0.25] * 4])
def test_coverage_of_the_rate_of_independent_labels(method, shares):
    """Without the bias and the error of second order: plugin .62 of four even labels."""
    rng, rate = np.random.default_rng(11), -float(np.dot(shares, np.log(shares)))
    study = Study(200, covers=(0.91, 1.0))
    for _ in study:
        labels = rng.choice(len(shares), size=100, p=shares)
        low, high = estimate_entropy_rate(labels, method=method).interval()
        study.note(covers=low <= rate <= high)
    study.check(f"{method}, {shares}")

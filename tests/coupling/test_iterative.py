"""Messages through an autoregressive carrier."""

import numpy as np
import pytest
from scipy import stats

from infotheory.coupling import FactoredCoupling

BYTE = np.full(256, 1 / 256)


def byte_trials(n_trials, seed):
    rng = np.random.default_rng(seed)
    model = rng.dirichlet(np.ones(50), size=100)
    coupling = FactoredCoupling([BYTE] * 10, lambda prefix: model[len(prefix)], 100)
    wrong = 0
    for _ in range(n_trials):
        message = rng.integers(256, size=10)
        wrong += (coupling.decode(coupling.encode(message, rng=rng)).message != message).any()
    return wrong


def test_ten_bytes_come_back():
    assert byte_trials(20, seed=0) == 0


@pytest.mark.slow
def test_ten_bytes_come_back_in_300_trials():
    assert byte_trials(300, seed=1) == 0


def chain(prefix):
    """Conditional law of a token given the one before."""
    return [[0.5, 0.3, 0.2], [0.1, 0.6, 0.3], [0.25, 0.25, 0.5], [0.7, 0.2, 0.1]][
        prefix[-1] if prefix else 3
    ]


def carrier_counts(prior_of_messages, n_trials, seed):
    """Counts of the 9 carriers of two tokens, for messages drawn from ``prior_of_messages``."""
    rng = np.random.default_rng(seed)
    coupling = FactoredCoupling([np.full(8, 1 / 8)] * 2, chain, 2)
    counts = np.zeros((3, 3))
    for _ in range(n_trials):
        counts[tuple(coupling.encode(rng.choice(8, size=2, p=prior_of_messages), rng=rng))] += 1
    return counts


def chi_square_p_value(counts):
    law = np.array([[chain(())[i] * chain((i,))[j] for j in range(3)] for i in range(3)])
    return stats.chisquare(counts.ravel(), counts.sum() * law.ravel()).pvalue


def test_the_carrier_has_the_model_s_law_and_the_test_has_power():
    uniform, tilted = np.full(8, 1 / 8), np.array([0.23, *[0.11] * 7])
    assert chi_square_p_value(carrier_counts(uniform, 6000, seed=2)) > 0.001
    # the same test rejects when messages are not encrypted: one symbol of eight has probability .23
    # instead of .125
    assert chi_square_p_value(carrier_counts(tilted, 6000, seed=3)) < 0.001


def test_posteriors_average_to_the_prior_under_the_model():
    """Without sampling: summed over all carriers with the model's weights, the posteriors of a
    block are its prior.
    """
    priors = [np.array([0.5, 0.25, 0.25]), np.array([0.9, 0.1])]
    coupling = FactoredCoupling(priors, chain, 3)
    mean = [np.zeros(3), np.zeros(2)]
    for carrier in np.ndindex(3, 3, 3):
        weight = np.prod([chain(carrier[:i])[token] for i, token in enumerate(carrier)])
        for total, posterior in zip(mean, coupling.decode(carrier).posteriors, strict=True):
            np.add(total, weight * posterior, out=total)
    for total, prior in zip(mean, priors, strict=True):
        assert total == pytest.approx(prior, abs=1e-12)


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: FactoredCoupling([], chain, 2), "got 0 blocks"),
        (
            lambda: FactoredCoupling([[1.0]], chain, 0),
            "n_tokens must be an integer of at least 1, got 0",
        ),
        (lambda: FactoredCoupling([[0.3]], chain, 1), "block 0 must sum to 1"),
        (
            lambda: FactoredCoupling([[1.0]], chain, 1).encode([0, 0], rng=np.random.default_rng()),
            r"got \[0, 0\]",
        ),
        (
            lambda: FactoredCoupling([[1.0, 0.0]], chain, 1).encode(
                [1], rng=np.random.default_rng()
            ),
            r"got \[1\]",
        ),
        (lambda: FactoredCoupling([[1.0]], chain, 1).decode([0, 1]), "n_tokens=1 tokens, got 2"),
        (
            lambda: FactoredCoupling([[1.0]], chain, 1).decode([7]),
            "token 0 must have positive probability .* got 7",
        ),
        (
            lambda: FactoredCoupling([[1.0]], lambda _: [0.5], 1).decode([0]),
            "the model's pmf of token 0 must sum to 1",
        ),
    ],
)
def test_errors_say_the_rule_and_the_value(call, text):
    with pytest.raises(ValueError, match=text):
        call()

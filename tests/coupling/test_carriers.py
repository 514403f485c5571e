"""Messages in carriers: what sender and receiver can rely on, by all carriers of small models."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infotheory.coupling import FactoredCoupling

FEW = settings(max_examples=15)


@st.composite
def channels(draw):
    """One to three blocks, a model of a few tokens that looks back one token, and its length."""
    seed = draw(st.integers(0, 2**32 - 1))
    sizes = draw(st.lists(st.integers(1, 4), min_size=1, max_size=3))
    n_symbols, n_tokens = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    rng = np.random.default_rng(seed)
    priors = [rng.dirichlet(np.ones(size)) for size in sizes]
    rows = rng.dirichlet(np.ones(n_symbols), size=n_symbols + 1)
    return priors, (lambda prefix: rows[prefix[-1] if prefix else -1]), n_tokens, n_symbols


def carriers(model, n_tokens, n_symbols):
    """All carriers with their probability under the model."""
    for tokens in itertools.product(range(n_symbols), repeat=n_tokens):
        law = [model(tokens[:i])[token] for i, token in enumerate(tokens)]
        yield tokens, float(np.prod(law))


@FEW
@given(channels())
def test_the_posteriors_average_to_the_priors(channel):
    priors, model, n_tokens, n_symbols = channel
    coupling = FactoredCoupling(priors, model, n_tokens)
    mean = [np.zeros(prior.size) for prior in priors]
    for tokens, weight in carriers(model, n_tokens, n_symbols):
        for total, posterior in zip(mean, coupling.decode(tokens).posteriors, strict=True):
            np.add(total, weight * posterior, out=total)
    for total, prior in zip(mean, priors, strict=True):
        np.testing.assert_allclose(total, prior, atol=1e-10)


@FEW
@given(channels(), st.integers(0, 2**32 - 1))
def test_what_was_sent_stays_possible_and_is_told_honestly(channel, seed):
    priors, model, n_tokens, _ = channel
    coupling = FactoredCoupling(priors, model, n_tokens)
    rng = np.random.default_rng(seed)
    message = [int(rng.choice(prior.size, p=prior)) for prior in priors]
    tokens = coupling.encode(message, rng=rng)
    assert tokens.shape == (n_tokens,)
    read = coupling.decode(tokens)
    likely = 1.0
    for sent, best, posterior in zip(message, read.message, read.posteriors, strict=True):
        assert posterior.sum() == pytest.approx(1.0)
        assert posterior[sent] > 0.0
        assert posterior[best] == posterior.max()
        likely *= posterior[best]
    assert read.probability == pytest.approx(likely)


@FEW
@given(channels())
def test_the_most_probable_message_is_right_as_often_as_it_says(channel):
    """Over all carriers the mean of ``probability`` is at least that of the best guess before."""
    priors, model, n_tokens, n_symbols = channel
    coupling = FactoredCoupling(priors, model, n_tokens)
    told = sum(
        weight * coupling.decode(tokens).probability
        for tokens, weight in carriers(model, n_tokens, n_symbols)
        if weight > 0.0
    )
    assert told >= np.prod([prior.max() for prior in priors]) - 1e-10


def uniform(n):
    return np.full(n, 1.0 / n)


@pytest.mark.parametrize(("n_blocks", "n_tokens"), [(1, 2), (2, 4), (3, 6)])
def test_as_many_bits_as_tokens_carry_come_through_without_a_doubt(n_blocks, n_tokens):
    """A block of four symbols takes two tokens of a fair coin: all messages are read surely."""
    coupling = FactoredCoupling([uniform(4)] * n_blocks, lambda _: [0.5, 0.5], n_tokens)
    seen = set()
    for message in itertools.product(range(4), repeat=n_blocks):
        tokens = coupling.encode(message, rng=0)
        read = coupling.decode(tokens)
        assert read.message.tolist() == list(message)
        assert read.probability == pytest.approx(1.0)
        seen.add(tuple(tokens.tolist()))
    assert len(seen) == 4**n_blocks


def test_a_model_that_never_wavers_tells_nothing():
    coupling = FactoredCoupling([[0.7, 0.3]], lambda _: [0.0, 1.0], 5)
    for message in ([0], [1]):
        assert coupling.encode(message, rng=1).tolist() == [1] * 5
    read = coupling.decode([1] * 5)
    np.testing.assert_allclose(read.posteriors[0], [0.7, 0.3])
    assert (read.message.tolist(), read.probability) == ([0], pytest.approx(0.7))


def test_the_model_sees_the_tokens_so_far():
    seen = []

    def model(prefix):
        seen.append(prefix)
        return [0.25] * 4

    tokens = FactoredCoupling([uniform(4)] * 2, model, 3).encode([1, 2], rng=0)
    assert seen == [tuple(tokens[:i].tolist()) for i in range(3)]
    assert all(isinstance(token, int) for prefix in seen for token in prefix)


def test_the_receiver_needs_no_randomness_and_the_sender_s_is_its_own():
    coupling = FactoredCoupling([uniform(3)] * 2, lambda _: uniform(5), 4)
    first, again = (coupling.encode([2, 0], rng=9) for _ in range(2))
    assert first.tolist() == again.tolist()
    others = {tuple(coupling.encode([2, 0], rng=seed).tolist()) for seed in range(20)}
    assert len(others) > 1
    assert coupling.decode(first).probability == coupling.decode(first.tolist()).probability


def test_blocks_come_as_lists_or_as_rows_of_an_array():
    rows = np.array([[0.5, 0.5], [0.25, 0.75]])
    by_array, by_list = (FactoredCoupling(b, lambda _: uniform(3), 2) for b in (rows, list(rows)))
    assert by_array.encode([1, 1], rng=2).tolist() == by_list.encode([1, 1], rng=2).tolist()
    assert repr(by_array) == "FactoredCoupling(2 blocks of 2, 2 symbols, 2 tokens)"
    many = FactoredCoupling([uniform(2)] * 9, lambda _: uniform(3), 1)
    assert repr(many) == "FactoredCoupling(9 blocks of 2, 2, 2, 2, 2, 2, ... symbols, 1 tokens)"


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ((None, lambda _: [1.0], 1), "blocks must hold at least one pmf, got None"),
        ((0.5, lambda _: [1.0], 1), "blocks must hold at least one pmf, got 0.5"),
        (([[1.0]], [1.0], 1), r"model must be a function of the tokens so far, got \[1.0\]"),
        (([[1.0]], lambda _: [1.0], 1.5), "n_tokens must be an integer"),
        (([[0.5, 0.5], [1.5, -0.5]], lambda _: [1.0], 1), "block 1"),
    ],
)
def test_what_is_no_channel(arguments, text):
    with pytest.raises(ValueError, match=text):
        FactoredCoupling(*arguments)


@pytest.mark.parametrize("message", [[0], [0, 0, 0], [2, 0], [-1, 0], [0, 1], ["a", 0], 5])
def test_what_is_no_message(message):
    """The second block has no symbol 1: it is of probability 0."""
    coupling = FactoredCoupling([[0.5, 0.5], [1.0, 0.0]], lambda _: [0.5, 0.5], 2)
    with pytest.raises(ValueError, match="message must"):
        coupling.encode(message, rng=0)


def test_a_token_that_the_model_never_draws_is_no_carrier():
    coupling = FactoredCoupling([[0.5, 0.5]], lambda _: [0.5, 0.5, 0.0], 2)
    with pytest.raises(ValueError, match=r"token 1 must have positive probability .*, got 2"):
        coupling.decode([0, 2])

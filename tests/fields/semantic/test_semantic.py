"""Lu's semantic information."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.mixture import GaussianMixture

from infotheory import kl_divergence, mutual_information
from infotheory.exceptions import InfeasibleError
from infotheory.fields.semantic import (
    confirmation,
    logical_probability,
    maximum_information_classifier,
    optimal_truth,
    pointwise_semantic_information,
    rate_of_semantic_information,
    semantic_bayes,
    semantic_mixture,
    semantic_mutual_information,
)

JOINT = np.array([[0.6, 0.2], [0.05, 0.15]])
AGES = np.arange(11.0)
GAUSS = np.exp(-((AGES[:, None] - np.array([2.0, 8.0])) ** 2) / 8)
UNIFORM = np.full(11, 1 / 11)


def draw(seed, shape=(4, 3)):
    rng = np.random.default_rng(seed)
    return rng.dirichlet(np.ones(math.prod(shape))).reshape(shape), rng.uniform(size=shape)


def test_values_of_the_sources():
    truth = optimal_truth(JOINT)
    assert semantic_mutual_information(JOINT, truth, base=2) == pytest.approx(0.122790, abs=1e-6)
    assert mutual_information(JOINT, base=2) == pytest.approx(0.122790, abs=1e-6)
    point = rate_of_semantic_information(UNIFORM, GAUSS, 1.0, base=2)
    assert point == (pytest.approx(0.68843, abs=1e-5), pytest.approx(0.71278, abs=1e-5))
    assert confirmation(0.9, 0.1) == pytest.approx(0.888889, abs=1e-6)


@given(st.integers(0, 300))
def test_semantic_information_is_at_most_shannons(seed):
    joint, truth = draw(seed)
    shannon = mutual_information(joint)
    assert semantic_mutual_information(joint, truth) <= shannon + 1e-12
    assert semantic_mutual_information(joint, optimal_truth(joint)) == pytest.approx(
        shannon, abs=1e-12
    )


@given(st.integers(0, 300))
def test_bayes_and_information_agree(seed):
    joint, truth = draw(seed)
    px = joint.sum(axis=1)
    laws = semantic_bayes(px, truth)
    assert laws.sum(axis=0) == pytest.approx(np.ones(3))
    assert laws * logical_probability(px, truth) == pytest.approx(px[:, None] * truth)
    information = pointwise_semantic_information(px, truth)
    assert information == pytest.approx(np.log(laws / px[:, None]))
    assert semantic_mutual_information(joint, truth, base=2) == pytest.approx(
        (joint * information).sum() / math.log(2)
    )
    # G is I less the divergence of the laws given y from the laws that the statements predict
    py = joint.sum(axis=0)
    lost = py @ kl_divergence((joint / py).T, laws.T)
    assert semantic_mutual_information(joint, truth) == pytest.approx(
        mutual_information(joint) - lost, abs=1e-10
    )


@given(st.integers(0, 200), st.floats(0.2, 5.0))
def test_rate_by_plain_iteration(seed, s):
    joint, truth = draw(seed)
    px = joint.sum(axis=1)
    gain = (truth / logical_probability(px, truth)) ** s
    py = np.full(3, 1 / 3)
    for _ in range(2000):
        channel = py * gain
        channel /= channel.sum(axis=1, keepdims=True)
        py, before = px @ channel, py
        if np.abs(py - before).max() < 1e-14:
            break
    information, rate = rate_of_semantic_information(px, truth, s)
    made = px[:, None] * channel
    # the minimum of R - s G is certified, and the plain iteration comes near it from above
    plain = mutual_information(made) - s * semantic_mutual_information(made, truth)
    assert plain - 1e-4 <= rate - s * information <= plain + 1e-9
    assert information <= rate + 1e-9


def test_the_curve_rises_with_its_slope():
    points = [rate_of_semantic_information(UNIFORM, GAUSS, s) for s in (0.5, 0.9, 1.0, 1.1, 2.0)]
    information, rate = np.array(points).T
    assert (np.diff(information) > 0).all()
    assert (np.diff(rate) > 0).all()
    low, high = (rate_of_semantic_information(UNIFORM, GAUSS, s) for s in (0.999, 1.001))
    assert (high.rate - low.rate) / (high.information - low.information) == pytest.approx(
        1.0, abs=1e-3
    )


def test_false_statements():
    truth = [[1.0, 0.0, 0.5], [0.0, 1.0, 0.5]]
    assert semantic_mutual_information([[0.5, 0.0, 0.0], [0.0, 0.5, 0.0]], truth, base=2) == 1.0
    assert semantic_mutual_information([[0.4, 0.1, 0.0], [0.0, 0.5, 0.0]], truth) == -math.inf
    assert rate_of_semantic_information([0.5, 0.5], truth, 3.0, base=2) == pytest.approx((1.0, 1.0))
    assert pointwise_semantic_information([0.5, 0.5], truth)[0, 1] == -math.inf
    assert pointwise_semantic_information([0.5, 0.5], truth)[:, 2].tolist() == [0.0, 0.0]


@given(st.floats(1e-6, 1), st.floats(1e-6, 1))
def test_confirmation_is_a_bounded_weight_of_evidence(p1, p0):
    w = math.log(p1 / p0)
    assert confirmation(p1, p0) == pytest.approx(math.copysign(-math.expm1(-abs(w)), w), abs=1e-12)
    assert confirmation(p1, p0) == -confirmation(p0, p1)


def test_confirmation_edges():
    assert confirmation([1.0, 0.0, 0.5], [0.0, 1.0, 0.5]).tolist() == [1.0, -1.0, 0.0]


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: logical_probability([0.5, 0.6], GAUSS[:2]), "px must sum to 1"),
        (
            lambda: logical_probability([0.5, 0.5], [1.0, 1.0]),
            r"truth must have shape \(2, n_statements\), got",
        ),
        (
            lambda: logical_probability([0.5, 0.5], [[1.0], [math.nan]]),
            "truth must be finite, got nan",
        ),
        (
            lambda: logical_probability([0.5, 0.5], [[1.5], [0.0]]),
            "truth must lie between 0 and 1, got values from 0",
        ),
        (
            lambda: logical_probability([0.5, 0.5], [[-0.5], [0.0]]),
            "must lie between 0 and 1, got values from -0.5",
        ),
        (
            lambda: semantic_bayes([1.0, 0.0], [[0.0], [1.0]]),
            "every statement must be true of .*, got statement 0",
        ),
        (
            lambda: pointwise_semantic_information([1.0], [[0.0]]),
            "every statement must be true of an instance",
        ),
        (lambda: semantic_mutual_information([0.5, 0.5], [[1.0]]), "pxy must have at least 2 axes"),
        (
            lambda: semantic_mutual_information([[[1.0]]], [[1.0]]),
            r"pxy must have shape \(n_instances, n_statements\)",
        ),
        (
            lambda: semantic_mutual_information(JOINT, [[1.0], [1.0]]),
            r"truth must have the shape of pxy \(2, 2\), got",
        ),
        (
            lambda: optimal_truth([[0.5, 0.5], [0.0, 0.0]]),
            "must have mass in every row and column, got none in row 1",
        ),
        (lambda: optimal_truth([[0.5, 0.0], [0.5, 0.0]]), "got none in column 1; drop it"),
        (
            lambda: rate_of_semantic_information([0.5, 0.5], [[1.0], [0.0]], 1.0),
            "truth must be positive .* in row 1",
        ),
        (
            lambda: rate_of_semantic_information(UNIFORM, GAUSS, 0.0),
            "s must be finite and positive, got 0.0",
        ),
        (lambda: confirmation(1.5, 0.5), "p1 must lie between 0 and 1, got 1.5"),
        (lambda: confirmation(0.5, [0.5, math.nan]), "p0 must lie between 0 and 1, got nan"),
        (
            lambda: confirmation(0.0, 0.0),
            "p1 and p0 must not both be 0, got evidence that never occurs",
        ),
    ],
)
def test_messages(call, text):
    with pytest.raises(ValueError, match=text):
        call()


def every_classifier(joint, n_labels):
    """Largest information of instance and label over all labels of the observations."""
    best = 0.0
    for labels in itertools.product(range(n_labels), repeat=joint.shape[1]):
        said = joint @ np.eye(n_labels)[list(labels)]
        best = max(best, mutual_information(said[:, said.any(axis=0)]))
    return best


@pytest.mark.parametrize("seed", range(12))
def test_a_classifier_gains_information_up_to_the_best(seed):
    rng = np.random.default_rng(seed)
    joint = rng.dirichlet(np.full(18, 0.5)).reshape(3, 6) + 1e-12
    joint /= joint.sum()
    starts = [None, *rng.integers(3, size=(12, 6))]
    fits = [maximum_information_classifier(joint, 3, start=start) for start in starts]
    for fit in fits:
        assert (np.diff(fit.history) > 0).all()
        said = joint @ np.eye(3)[fit.labels]
        used = said.any(axis=0)
        assert fit.information == pytest.approx(mutual_information(said[:, used]), abs=1e-12)
        assert fit.truth[:, used] == pytest.approx(optimal_truth(said[:, used]))
        # what is said is worth what it says
        worth = semantic_mutual_information(said[:, used], fit.truth[:, used])
        assert worth == pytest.approx(fit.information, abs=1e-12)
    assert max(fit.information for fit in fits) == pytest.approx(every_classifier(joint, 3))


def test_wrong_classifiers():
    with pytest.raises(ValueError, match="mass in every column, got none in column 1"):
        maximum_information_classifier([[0.5, 0.0], [0.5, 0.0]], 2)
    with pytest.raises(ValueError, match="n_labels must be an integer of at least 1"):
        maximum_information_classifier([[0.5], [0.5]], 0)
    with pytest.raises(ValueError, match="start must hold 1 integers from 0 to 1"):
        maximum_information_classifier([[0.5], [0.5]], 2, start=[2])
    assert maximum_information_classifier([[0.5], [0.5]], 1).information == 0.0


def test_a_mixture_is_that_of_em():
    """The optimum of scikit-learn's EM on the same sample, and R - G at it is the divergence."""
    rng = np.random.default_rng(1)
    sample = np.concatenate([rng.normal(0, 1, 3000), rng.normal(5, 2, 1000)])
    edges = np.linspace(-6.0, 14.0, 401)
    counts = np.histogram(sample, edges)[0]
    centres, law = (edges[1:] + edges[:-1]) / 2, counts / counts.sum()
    fit = semantic_mixture(centres, law, [-1.0, 3.0], [2.0, 2.0], tolerance=1e-13, max_iter=5000)
    assert fit.converged
    assert (np.diff(fit.history) < 1e-12).all()
    assert fit.weights.sum() == pytest.approx(1.0)
    gap = fit.information - fit.semantic_information
    assert gap == pytest.approx(fit.divergence, abs=1e-5)

    start = {"means_init": [[-1.0], [3.0]], "weights_init": [0.5, 0.5]}
    em = GaussianMixture(2, precisions_init=[[[0.25]], [[0.25]]], tol=1e-9, max_iter=5000, **start)
    em.fit(np.repeat(centres, counts)[:, None])
    assert fit.means == pytest.approx(em.means_.ravel(), abs=1e-3)
    assert fit.deviations == pytest.approx(np.sqrt(em.covariances_.ravel()), abs=2e-3)
    assert fit.weights == pytest.approx(em.weights_, abs=1e-3)


def test_bits_and_wrong_mixtures():
    x, law = np.arange(5.0), np.array([0.1, 0.2, 0.4, 0.2, 0.1])
    nats = semantic_mixture(x, law, [1.0, 3.0], [1.0, 1.0], max_iter=5)
    bits = semantic_mixture(x, law, [1.0, 3.0], [1.0, 1.0], max_iter=5, base=2)
    assert bits.divergence == pytest.approx(nats.divergence / math.log(2))
    assert not nats.converged
    with pytest.raises(ValueError, match="x must have at least two centres that ascend"):
        semantic_mixture(x[::-1], law, [1.0], [1.0])
    with pytest.raises(ValueError, match="deviations must be positive, got 0"):
        semantic_mixture(x, law, [1.0], [0.0])
    with pytest.raises(ValueError, match="deviations must be at least 1e-9 of the range of x"):
        semantic_mixture(x, law, [1.0], [1e-300])
    # a component that starts nowhere comes to the cells, or is told to have no weight
    far = semantic_mixture(x, law, [1e200], [1.0])
    assert far.means == pytest.approx([law @ x])
    with pytest.raises(InfeasibleError, match="must keep a weight, got none of component 1"):
        semantic_mixture(x, law, [2.0, 1e200], [1.0, 1.0])
    with pytest.raises(InfeasibleError, match="as wide as a fifth of a cell"):
        semantic_mixture(x, [0.5, 0.0, 0.0, 0.0, 0.5], [0.0, 4.0], [0.1, 0.1])

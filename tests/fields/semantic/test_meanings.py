"""Semantic information: identities that hold for every law and every truth."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infotheory import measures
from infotheory.fields.semantic import (
    confirmation,
    logical_probability,
    optimal_truth,
    pointwise_semantic_information,
    semantic_bayes,
    semantic_mutual_information,
)

FEW = settings(max_examples=30)


@st.composite
def cases(draw):
    """A joint law without empty rows or columns, and truth that is nowhere 0."""
    seed = draw(st.integers(0, 2**32 - 1))
    shape = draw(st.tuples(st.integers(1, 5), st.integers(1, 4)))
    rng = np.random.default_rng(seed)
    joint = rng.dirichlet(np.ones(shape[0] * shape[1])).reshape(shape) + 1e-3
    return joint / joint.sum(), rng.uniform(0.05, 1.0, shape)


@FEW
@given(cases())
def test_bayes_gives_laws_and_takes_them_back(case):
    joint, truth = case
    law = joint.sum(axis=1)
    predicted, held = semantic_bayes(law, truth), logical_probability(law, truth)
    np.testing.assert_allclose(predicted.sum(axis=0), 1.0)
    np.testing.assert_allclose(predicted * held, law[:, None] * truth)
    # the information of a statement is that of its prediction over the law
    told = pointwise_semantic_information(law, truth)
    np.testing.assert_allclose(told, np.log(predicted / law[:, None]), atol=1e-12)
    assert (told <= -np.log(held) + 1e-12).all()


@FEW
@given(cases())
def test_the_mean_of_what_is_told_is_the_semantic_information(case):
    joint, truth = case
    told = pointwise_semantic_information(joint.sum(axis=1), truth)
    assert semantic_mutual_information(joint, truth) == pytest.approx(float((joint * told).sum()))


@FEW
@given(cases())
def test_shannon_bounds_it_and_the_best_truth_reaches_him(case):
    joint, truth = case
    shannon = float(measures.mutual_information(joint))
    assert semantic_mutual_information(joint, truth) <= shannon + 1e-9
    best = optimal_truth(joint)
    assert semantic_mutual_information(joint, best) == pytest.approx(shannon, abs=1e-9)
    np.testing.assert_allclose(best.max(axis=0), 1.0)
    assert (best > 0.0).all()


@FEW
@given(cases(), st.lists(st.floats(0.1, 1.0), min_size=4, max_size=4))
def test_truth_counts_by_its_proportions(case, factors):
    """A statement that is as true as another everywhere, times a constant, says the same."""
    joint, truth = case
    dimmed = truth * np.array(factors)[: truth.shape[1]]
    law = joint.sum(axis=1)
    np.testing.assert_allclose(semantic_bayes(law, dimmed), semantic_bayes(law, truth), atol=1e-12)
    assert semantic_mutual_information(joint, dimmed) == pytest.approx(
        semantic_mutual_information(joint, truth), abs=1e-9
    )


@FEW
@given(cases(), st.sampled_from([2, "bits", 10]))
def test_the_base_divides(case, base):
    joint, truth = case
    unit, law = math.log({"bits": 2}.get(base, base)), joint.sum(axis=1)
    assert semantic_mutual_information(joint, truth, base=base) * unit == pytest.approx(
        semantic_mutual_information(joint, truth), abs=1e-12
    )
    np.testing.assert_allclose(
        pointwise_semantic_information(law, truth, base=base) * unit,
        pointwise_semantic_information(law, truth),
        atol=1e-12,
    )


def test_tautologies_say_nothing_and_false_statements_cost_all():
    law = np.array([0.2, 0.3, 0.5])
    always = np.ones((3, 1))
    assert logical_probability(law, always).tolist() == [1.0]
    assert pointwise_semantic_information(law, always).tolist() == [[0.0]] * 3
    lie = np.array([[1.0], [1.0], [0.0]])
    assert pointwise_semantic_information(law, lie)[2, 0] == -math.inf
    assert semantic_mutual_information(law[:, None], lie) == -math.inf
    kept = np.array([[0.4], [0.6], [0.0]])
    assert np.isfinite(semantic_mutual_information(kept, lie))


@FEW
@given(st.floats(0.001, 1.0), st.floats(0.001, 1.0))
def test_confirmation_is_odd_and_bounded(p1, p0):
    degree = float(confirmation(p1, p0))
    assert -1.0 < degree < 1.0
    assert degree == pytest.approx(-float(confirmation(p0, p1)), abs=1e-15)
    weight = math.log(p1 / p0)
    assert degree == pytest.approx(math.copysign(-math.expm1(-abs(weight)), weight), abs=1e-12)


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: optimal_truth([[0.5, 0.0], [0.5, 0.0]]), "got none in column 1; drop it"),
        (lambda: optimal_truth([[0.5, 0.5], [0.0, 0.0]]), "got none in row 1; drop it"),
        (lambda: semantic_mutual_information([[0.5, 0.5]], [[1.0, 2.0]]), "truth"),
        (lambda: semantic_mutual_information([[0.5, 0.5]], [[1.0]]), "truth"),
        (lambda: semantic_bayes([0.5, 0.5], [[0.0], [0.0]]), "true"),
        (lambda: semantic_bayes([0.5, 0.6], [[1.0], [1.0]]), "px must sum to 1"),
        (lambda: confirmation(0.0, 0.0), "must not both be 0"),
        (lambda: confirmation(1.1, 0.5), "p1 must lie between 0 and 1, got 1.1"),
        (lambda: confirmation([0.1, 0.2], [0.1, 0.2, 0.3]), "must broadcast"),
    ],
)
def test_what_is_refused(call, text):
    with pytest.raises(ValueError, match=text):
        call()

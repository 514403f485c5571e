import math

import numpy as np
import pytest

import infotheory as it


@pytest.mark.parametrize(
    ("p", "text"),
    [
        ([1.0, 2.0], "p must sum to 1 along axis -1, got 3.0; pass counts to entropy_from_counts"),
        ([0.5, math.nan], "p must be finite, got nan"),
        ([0.5, math.inf], "p must be finite, got inf"),
        ([1.5, -0.5], "p must not be negative, got -0.5"),
        ([], r"p must not be empty along axis -1, got shape \(0,\)"),
        (1.0, "p must have at least one axis, got the scalar 1.0"),
        (["a", "b"], "p must hold real numbers in a rectangular array"),
        ([[0.5, 0.5], [1.0]], "p must hold real numbers in a rectangular array"),
        ([0.5 + 0j, 0.5], "p must hold real numbers"),
    ],
)
@pytest.mark.parametrize("order", [1.0, 2.0])
def test_not_a_pmf(p, text, order):
    with pytest.raises(ValueError, match=text):
        it.entropy(p, order=order)


@pytest.mark.parametrize("spoilt", [math.nan, -0.5, math.inf, 3.0])
def test_a_bad_row_among_many(spoilt):
    p = np.full((20_000, 10), 0.1)
    p[4321, 3] = spoilt
    with pytest.raises(ValueError, match="p must"):
        it.entropy(p)


def test_axis_is_checked_and_named():
    with pytest.raises(ValueError, match="p must sum to 1 along axis 0, got"):
        it.entropy([[0.5, 0.5]], axis=0)
    with pytest.raises(ValueError, match=r"axis must lie between -1 and 0 for shape \(2,\), got 1"):
        it.entropy([0.5, 0.5], axis=1)


def test_shapes_must_fit():
    with pytest.raises(ValueError, match="p and q must have the same number of outcomes"):
        it.kl_divergence([0.5, 0.5], [1.0])
    with pytest.raises(ValueError, match="the batch axes of p and q must fit each other"):
        it.kl_divergence(np.full((2, 2), 0.5), np.full((3, 2), 0.5))
    with pytest.raises(
        ValueError, match=r"weights must have shape \(2,\), one a pmf, got shape \(3,\)"
    ):
        it.jensen_shannon_divergence([0.5, 0.5], [0.5, 0.5], weights=[0.5, 0.25, 0.25])


@pytest.mark.parametrize("order", [-1.0, math.nan])
def test_order(order):
    with pytest.raises(ValueError, match="order must be a number from 0 to inf"):
        it.entropy([0.5, 0.5], order=order)


@pytest.mark.parametrize("base", [0, 1, -2, math.nan, math.inf])
def test_base(base):
    with pytest.raises(ValueError, match="base must be finite and above 1"):
        it.entropy([0.5, 0.5], base=base)


def test_joints_and_options():
    with pytest.raises(
        ValueError, match=r"pxy must have at least 2 axes, one a variable, got shape \(2,\)"
    ):
        it.mutual_information([0.5, 0.5])
    with pytest.raises(ValueError, match=r"pxy must sum to 1 over its 2 variable axes, got 10\.0"):
        it.mutual_information([[1, 2], [3, 4]])
    with pytest.raises(ValueError, match=r"p must sum to 1 over its 3 variable axes, got 2\.0"):
        it.total_correlation(np.full((2, 2, 2), 0.25))
    with pytest.raises(
        ValueError, match="kind must be one of 'sibson', 'arimoto', 'csiszar', got 'other'"
    ):
        it.mutual_information([[1.0]], kind="other")
    with pytest.raises(ValueError, match="given must name some but not all of the 2 variables"):
        it.conditional_entropy([[1.0]], given=(0, 1))
    with pytest.raises(ValueError, match="given must name variables between -2 and 1, got 5"):
        it.conditional_entropy([[1.0]], given=5)
    with pytest.raises(ValueError, match="given must name one of the three variables"):
        it.conditional_mutual_information([[[1.0]]], given=3)


def test_channels():
    with pytest.raises(
        ValueError, match=r"channel must sum to 1 along axis -1, got 1\.5; rows are the laws"
    ):
        it.channel_capacity([[0.5, 1.0]])
    with pytest.raises(ValueError, match="channel must have shape"):
        it.channel_capacity([0.5, 0.5])
    with pytest.raises(ValueError, match="tolerance must be positive, got 0"):
        it.channel_capacity([[1.0]], tolerance=0)
    with pytest.raises(ValueError, match="slope must be finite and not negative, got -1"):
        it.rate_distortion([1.0], [[0.0]], slope=-1)
    with pytest.raises(ValueError, match="distortion must be finite, got inf"):
        it.rate_distortion([1.0], [[math.inf]], slope=1)
    with pytest.raises(ValueError, match=r"got shapes \(1,\) and \(2, 1\)"):
        it.rate_distortion([1.0], [[0.0], [1.0]], slope=1)
    with pytest.raises(ValueError, match="betas must be a sequence of finite positive"):
        it.information_bottleneck_curve([[1.0]], betas=[])
    with pytest.raises(
        ValueError, match="n_codes must be an integer from 1 to 1, the symbols of X, got 2"
    ):
        it.information_bottleneck_curve([[1.0]], betas=[1.0], n_codes=2)


def test_a_bottleneck_needs_one_table():
    with pytest.raises(
        ValueError, match=r"pxy must have shape \(n_x, n_y\), one table, got shape \(1, 2, 2\)"
    ):
        it.information_bottleneck_curve(np.full((1, 2, 2), 0.25), betas=[1.0])


def test_tsallis_limits():
    assert it.tsallis_entropy([0.5, 0.5], order=1.0) == pytest.approx(math.log(2))
    assert it.tsallis_entropy([0.5, 0.5], order=math.inf) == 0.0

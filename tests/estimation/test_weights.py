"""Weights of one are no weights, bit for bit; methods without weights take them too."""

from dataclasses import astuple

import numpy as np
import pandas as pd
import pytest

from infotheory.estimation import (
    PairwiseMutualInformation,
    estimate_conditional_mutual_information,
    estimate_entropy,
    estimate_mutual_information,
    pairwise_mutual_information,
)
from infotheory.lattice import Information

RNG = np.random.default_rng(0)
X, Y, Z = RNG.integers(0, 4, (3, 60))
REALS = RNG.normal(size=(3, 60))
FRAME = pd.DataFrame({"x": X, "y": Y, "z": Z})
LABEL_METHODS = (
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


def as_numbers(result):
    if isinstance(result, Information):
        return result.labels, result.weights
    if isinstance(result, PairwiseMutualInformation):
        return astuple(result)[:3]
    return result.value, result.standard_error, result.p_value, result.interval()


def mutual(method):
    first, second = (X, Y) if method in LABEL_METHODS else REALS[:2]
    second = Y if method == "ross" else second
    return lambda w: estimate_mutual_information(first, second, method=method, sample_weight=w)


def conditional(method):
    columns = (X, Y, Z) if method in LABEL_METHODS else REALS
    return lambda w: estimate_conditional_mutual_information(
        *columns, method=method, sample_weight=w
    )


def entropy(method):
    column = X if method in LABEL_METHODS else REALS[0]
    return lambda w: estimate_entropy(column, method=method, sample_weight=w)


CALLS = {
    **{f"entropy, {m}": entropy(m) for m in (*LABEL_METHODS, "kozachenko_leonenko")},
    **{
        f"mutual, {m}": mutual(m)
        for m in (*LABEL_METHODS, "ksg", "ksg2", "ross", "gaussian_copula")
    },
    **{f"conditional, {m}": conditional(m) for m in (*LABEL_METHODS, "ksg", "gaussian_copula")},
    "mutual, permuted": lambda w: estimate_mutual_information(
        X, Y, n_permutations=19, rng=0, sample_weight=w
    ),
    "pairwise": lambda w: pairwise_mutual_information(FRAME, sample_weight=w),
    "from_labels": lambda w: Information.from_labels(X, w),
    "from_frame": lambda w: Information.from_frame(FRAME, ["x", "y"], sample_weight=w),
}


@pytest.mark.filterwarnings("ignore::infotheory.exceptions.WithheldWarning")
@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("ones", [np.ones(60), [1] * 60, 1.0], ids=["array", "list", "scalar"])
def test_weights_of_one_are_no_weights(name, ones):
    plain, weighted = (as_numbers(CALLS[name](w)) for w in (None, ones))
    for without, with_ones in zip(plain, weighted, strict=True):
        assert np.array_equal(
            np.asarray(without, dtype=float), np.asarray(with_ones, dtype=float), equal_nan=True
        )

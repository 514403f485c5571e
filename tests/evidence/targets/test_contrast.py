"""Worth of an encoding on other rows: gradients, agreement with the divergence, no optimism."""

import numpy as np
import pytest

from infotheory.evidence.targets.contrast import encoding_of_sums, worth_of_encoding
from infotheory.evidence.targets.estimates import explained_share
from infotheory.tables import EvidenceTable

KINDS = ["fraction", "rate", "continuous", "multiclass"]


def drawn(kind, n, seed, effect=0.5, weights=False):
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, 4, n)
    score = effect * (codes - 1.5)
    mass = rng.exponential(size=n) if weights else None
    if kind == "fraction":
        y = rng.beta(1.0, np.exp(-score))
    elif kind == "rate":
        y = rng.poisson(np.exp(score)).astype(float)
    elif kind == "continuous":
        y = 1000.0 + score + rng.normal(size=n)
    else:
        y = (np.stack([score, -score, 0 * score], 1) + rng.gumbel(size=(n, 3))).argmax(axis=1)
    return EvidenceTable.from_rows(codes, y, kind, sample_weight=mass, labels="abcd")


def encoding_learnt(table):
    if table.kind == "multiclass":
        return encoding_of_sums(table)
    sums = table.sums
    if table.kind == "continuous":
        return sums[:, 1] / sums[:, 0] - sums[:, 1].sum() / sums[:, 0].sum()
    p, q = (sums / sums.sum(axis=0)).T
    return np.log(p / q)


@pytest.mark.parametrize("kind", KINDS)
def test_on_its_own_rows_it_is_the_divergence(kind):
    table = drawn(kind, 4000, 0)
    worth = worth_of_encoding(table, encoding_learnt(table))
    # The logarithms of several classes have half a row more in each cell.
    rel = 0.01 if kind == "multiclass" else 1e-9
    assert worth.value == pytest.approx(explained_share(table), rel=rel)


@pytest.mark.parametrize("weights", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_its_error_is_that_of_many_samples(kind, weights):
    encoding = encoding_learnt(drawn(kind, 4000, 0))
    worths = [
        worth_of_encoding(drawn(kind, 1000, seed, weights=weights), encoding)
        for seed in range(1, 161)
    ]
    values = np.array([worth.value for worth in worths])
    error = np.median([worth.standard_error for worth in worths])
    # A standard deviation of 160 values has a relative error of 5.6 %.
    assert error == pytest.approx(values.std(ddof=1), rel=0.2)


@pytest.mark.parametrize("kind", KINDS)
def test_noise_is_worth_nothing_and_what_turned_round_less(kind):
    encoding = encoding_learnt(drawn(kind, 2000, 0))
    noise = [worth_of_encoding(drawn(kind, 500, s, effect=0.0), encoding) for s in range(60)]
    values = np.array([worth.value for worth in noise])
    assert abs(values.mean()) < 4.0 * values.std() / np.sqrt(values.size)
    turned = worth_of_encoding(drawn(kind, 2000, 5, effect=-0.5), encoding)
    assert turned.interval()[1] < 0.0


def test_rows_that_do_not_vary_are_refused():
    # The second lies a little off the origin, where squares leave a rounding.
    for value in (3.0, 1e6 + 0.1):
        table = EvidenceTable.from_rows(np.arange(1000) % 2, np.full(1000, value), "continuous")
        with pytest.raises(ValueError, match="must vary in a continuous target"):
            worth_of_encoding(table, np.array([-1.0, 1.0]))

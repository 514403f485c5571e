"""The bootstrap of counts: pieces of draws, and what is refused."""

import numpy as np
import pytest
from scipy.special import ndtri

from infotheory.estimation import bootstrap_counts
from infotheory.estimation.discrete import bootstrap
from infotheory.exceptions import WithheldWarning
from infotheory.measures import (
    entropy,
    hellinger_distance,
    kl_divergence,
    mutual_information,
    normalized_mutual_information,
    renyi_divergence,
    total_variation,
    tsallis_entropy,
    variation_of_information,
)
from tests.studies import Study

COUNTS = np.array([[5, 8], [6, 12]])


def largest_share(tables):
    return tables.reshape(len(tables), -1).max(axis=1)


def test_pieces_give_the_numbers_of_one(monkeypatch):
    whole = bootstrap_counts(COUNTS, largest_share, n_resamples=50, rng=3)
    sizes = []

    def counted(tables):
        sizes.append(len(tables))
        return largest_share(tables)

    monkeypatch.setattr(bootstrap, "_CELLS_AT_ONCE", 4 * 16)
    parts = bootstrap_counts(COUNTS, counted, n_resamples=50, rng=3)
    assert sizes == [17, 16, 16, 2]
    assert (parts.value, parts.standard_error) == (whole.value, whole.standard_error)
    np.testing.assert_array_equal(parts.interval(), whole.interval())


def test_a_statistic_of_another_shape_is_refused():
    with pytest.raises(ValueError, match=r"one value a table, got shape \(4, 2\) for 4 tables"):
        bootstrap_counts(COUNTS, lambda p: p.sum(axis=1), n_resamples=3, rng=0)


def between(divergence):
    """A divergence of the two rows of tables."""

    def statistic(tables):
        laws = tables / tables.sum(axis=-1, keepdims=True)
        return divergence(laws[..., 0, :], laws[..., 1, :])

    return statistic


def renyi(p, q):
    return renyi_divergence(p, q, order=2.0)


def without_the_last(tables):
    return np.where(tables[..., -1] == 0.0, tables[..., 0], np.nan)


def rare_labels(tables):
    return tsallis_entropy(tables, order=0.3)


def cramers_v(tables):
    expected = tables.sum(axis=-1, keepdims=True) * tables.sum(axis=-2, keepdims=True)
    return np.sqrt(((tables - expected) ** 2 / expected).sum(axis=(-1, -2)) / 2)


@pytest.mark.parametrize(
    ("counts", "statistic", "words"),
    [
        # Rows off a function are as many as happened to be drawn: intervals covered .4 to .7.
        ([[60, 1, 0], [0, 59, 1], [1, 0, 60]], mutual_information, "67% of the cells have fewer"),
        ([40, 30, 20, 20, 0], rare_labels, r"half a row more .* moves the value by .* errors"),
        ([[30, 20], [12, 0]], between(renyi), "drawn tables have no finite value"),
        ([50], entropy, "all drawn tables have one value"),
        # A value of seen labels only, which one row of the empty one would make no number.
        ([50, 50, 50, 50, 0], without_the_last, "moves the value by nan errors"),
    ],
)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_what_draws_do_not_tell_has_no_interval(counts, statistic, words):
    with pytest.warns(WithheldWarning, match=words):
        estimate = bootstrap_counts(counts, statistic, n_resamples=199, rng=0)
    assert np.isnan(estimate.interval()).all()
    assert estimate.reason is not None


def test_ends_are_the_widest_of_three():
    """Errors of quartiles .1 and .3 and mean .2: basic, normal of error .2, and percentiles."""
    law = bootstrap.BootstrapLaw(np.array([0.0, 0.1, 0.2, 0.3, 0.4]))
    normal = 0.2 * ndtri(0.75)
    assert law.interval(1.0, 0.2, 0.5) == pytest.approx((1 - 0.3 - 0.4, 1 - 0.2 + normal))
    mirrored = bootstrap.BootstrapLaw(-law.errors[::-1])
    assert mirrored.interval(1.0, 0.2, 0.5) == pytest.approx((1 + 0.2 - normal, 1 + 0.3 + 0.4))
    skewed = bootstrap.BootstrapLaw(np.array([-0.4, -0.1, 0.0, 0.1, 1.4]))
    assert skewed.interval(1.0, 0.0, 0.5) == pytest.approx((1 - 0.1 - 0.4, 1 + 0.1))


EVEN, ZIPF = np.full(5, 0.2), np.array([1, 1 / 2, 1 / 3, 1 / 4, 1 / 5]) / (137 / 60)
LINKED = 0.7 * np.full((3, 3), 1 / 9) + 0.3 * np.eye(3) / 3
LAWS = {
    # Lengths that are all noise: a basic interval covered .72, .71 and .66.
    "total variation, equal": (np.stack([EVEN, EVEN]) / 2, between(total_variation), 200),
    "Hellinger, equal": (np.stack([EVEN, EVEN]) / 2, between(hellinger_distance), 200),
    "Cramer, independent": (np.full((3, 3), 1 / 9), cramers_v, 200),
    "total variation": (np.stack([EVEN, ZIPF]) / 2, between(total_variation), 400),
    "divergence": (np.stack([EVEN, ZIPF]) / 2, between(kl_divergence), 400),
    "normalised": (LINKED, normalized_mutual_information, 300),
    "variation of information": (LINKED, variation_of_information, 300),
    "entropy": (ZIPF, entropy, 200),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", LAWS)
def test_intervals_of_functions_of_tables_cover(name):
    law, statistic, n_rows = LAWS[name]
    truth, rng = float(statistic(law[None])[0]), np.random.default_rng(8)
    study = Study(300, covers=(0.92, 1.0), shown=(0.9, 1.0))
    for _ in study:
        counts = rng.multinomial(n_rows, law.ravel()).reshape(law.shape)
        low, high = bootstrap_counts(counts, statistic, n_resamples=399, rng=rng).interval()
        study.note(shown=np.isfinite(low))
        if np.isfinite(low):
            study.note(covers=low <= truth <= high)
    study.check(name)

"""Rows of series are no independent rows: measures of many variables say so."""

import warnings

import numpy as np
import pytest
from scipy import signal

from infotheory.decomposition import estimate_partial_information
from infotheory.estimation import (
    MutualInformationSelector,
    estimate_conditional_mutual_information,
    estimate_entropy,
    estimate_mutual_information,
    higher_order_information,
    mutual_information_score,
    o_information_gradient,
    pairwise_mutual_information,
)
from infotheory.estimation._row_memory import warn_of_memory
from infotheory.exceptions import ApproximationWarning


def remembering(memory, n_columns, n_rows=400, seed=0):
    shocks = np.random.default_rng(seed).normal(size=(n_rows, n_columns))
    return signal.lfilter([1], [1, -memory], shocks, axis=0)


@pytest.mark.parametrize("method", ["gaussian", "gaussian_copula", "ksg", "plugin"])
def test_series_are_told_at_the_line_of_the_caller(method):
    x = remembering(0.9, 3, 200)
    x = x > 0.0 if method == "plugin" else x
    with pytest.warns(ApproximationWarning, match="rows remember those before them") as told:
        higher_order_information(x, method=method)
    assert [one.filename for one in told] == [__file__]
    with pytest.warns(ApproximationWarning, match="independent rows"):
        o_information_gradient(x, [0, 1, 2], 0, method=method)


def test_the_warning_names_rows_that_were_sorted_and_the_way_out():
    """By a column that the call does not see: from the rows alone it looks like a trend."""
    rng = np.random.default_rng(12)
    age = np.sort(rng.normal(size=400))
    columns = age[:, None] + rng.normal(size=(400, 2))
    with pytest.warns(ApproximationWarning, match=r"not among these, are to be shuffled"):
        higher_order_information(np.column_stack([columns, rng.normal(size=400)]))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        shuffled = rng.permutation(columns)
        higher_order_information(np.column_stack([shuffled, rng.normal(size=400)]))


def test_the_growth_is_that_of_bartlett():
    """Of AR(1) it is ``(1 + r s) / (1 - r s)``."""
    with pytest.warns(ApproximationWarning) as told:
        warn_of_memory(*remembering(0.8, 2, 2000).T)
    factor = float(str(told[0].message).split("up to ")[1].split(")")[0])
    assert factor == pytest.approx(1.64 / 0.36, rel=0.15)


def test_a_season_is_a_memory():
    weights = np.r_[1.0, np.zeros(11), -0.8]
    shocks = np.random.default_rng(1).normal(size=(400, 3))
    with pytest.warns(ApproximationWarning):
        warn_of_memory(*signal.lfilter([1], weights, shocks, axis=0).T)


def test_one_column_that_remembers_changes_no_error():
    rng = np.random.default_rng(2)
    one = np.column_stack([remembering(0.95, 1)[:, 0], rng.normal(size=(400, 3))])
    rows = np.random.default_rng(3).permutation(remembering(0.95, 4))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for columns in (one, rows, np.exp(3.0 * rng.normal(size=(100, 40))), np.ones((20, 3))):
            warn_of_memory(*columns.T)


def test_independent_rows_are_hardly_ever_warned_of():
    rng = np.random.default_rng(4)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for n_rows, n_columns in [(12, 5), (50, 30), (400, 3)] * 30:
            warn_of_memory(*rng.normal(size=(n_columns, n_rows)))


def of_labels(x):
    return (x > 0.0).astype(int)


#: Functions of three columns, some of which look at two or at one.
ESTIMATES = {
    "labels": lambda x: estimate_mutual_information(*of_labels(x.T[:2])),
    "joint labels": lambda x: estimate_mutual_information(of_labels(x[:, :2]), of_labels(x[:, 2])),
    "given labels": lambda x: estimate_conditional_mutual_information(*of_labels(x.T)),
    "ksg": lambda x: estimate_mutual_information(*x.T[:2], method="ksg"),
    "ross": lambda x: estimate_mutual_information(x[:, 0], of_labels(x[:, 1]), method="ross"),
    "gaussian": lambda x: estimate_mutual_information(*x.T[:2], method="gaussian"),
    "copula": lambda x: estimate_mutual_information(x[:, :2], x[:, 2], method="gaussian_copula"),
    "mixed": lambda x: estimate_mutual_information(x[:, 0], of_labels(x[:, 1]), method="mixed"),
    "given": lambda x: estimate_conditional_mutual_information(*x.T, method="gaussian"),
    "ksg given": lambda x: estimate_conditional_mutual_information(*x.T, method="ksg"),
    "mixed given": lambda x: estimate_conditional_mutual_information(
        x[:, 0], x[:, 1], of_labels(x[:, 2]), method="mixed"
    ),
    "entropy": lambda x: estimate_entropy(x[:, 0], method="kozachenko_leonenko"),
    "pairs": lambda x: pairwise_mutual_information(of_labels(x)),
    "scores": lambda x: mutual_information_score(x[:, :2], x[:, 2]),
    "selector": lambda x: MutualInformationSelector().fit(x[:, :2], x[:, 2]),
    "partial": lambda x: estimate_partial_information(
        *of_labels(x.T[:2]), target=of_labels(x[:, 2])
    ),
    "gaussian partial": lambda x: estimate_partial_information(
        *x.T[:2], target=x[:, 2], kind="minimum", method="gaussian"
    ),
}


@pytest.mark.parametrize("name", ESTIMATES)
def test_each_estimate_of_rows_tells_once_of_series_and_never_of_shuffled_ones(name):
    x = remembering(0.9, 3, 300, seed=5)
    with pytest.warns(ApproximationWarning, match="rows remember") as told:
        ESTIMATES[name](x)
    assert [one.filename for one in told if one.category is ApproximationWarning] == [__file__]
    with warnings.catch_warnings():
        warnings.simplefilter("error", ApproximationWarning)
        ESTIMATES[name](np.random.default_rng(0).permutation(x))


def test_rows_that_list_a_table_are_no_series():
    rng = np.random.default_rng(6)
    labels = rng.integers(0, 3, size=(400, 2))
    design = np.array(["a", "a", "b", "b"] * 25), np.array([0, 1, 0, 1] * 25)
    by_cell = labels[np.lexsort(labels.T)].T
    # Sorted by one column alone, which the other follows.
    by_one = np.sort(labels[:, 0])
    follows = by_one + rng.integers(0, 2, 400)
    measured = np.sort(rng.normal(size=400))
    with warnings.catch_warnings():
        warnings.simplefilter("error", ApproximationWarning)
        for x, y in (design, by_cell, (by_one, follows), (follows, by_one)):
            estimate_mutual_information(x, y)
        estimate_mutual_information(measured, measured + rng.normal(size=400), method="gaussian")
        warn_of_memory(*labels[np.argsort(labels[:, 0])].T, strata=np.sort(labels[:, 0]))


@pytest.mark.filterwarnings("ignore::infotheory.exceptions.WithheldWarning")
@pytest.mark.parametrize("names", [False, True])
def test_rows_that_list_a_sparse_table_are_no_series(names):
    """Few cells had two rows: 179 of 400 tables of 20 x 20 labels and 400 rows were warned of."""
    rng = np.random.default_rng(11)
    for n_x, n_y, n_rows in ((20, 20, 400), (2, 30, 100), (7, 11, 60)):
        x, y = rng.integers(0, n_x, n_rows), rng.integers(0, n_y, n_rows)
        x, y = (column[np.lexsort((y, x))] for column in (x, y))
        if names:
            x, y = (np.array([f"level {i}" for i in column]) for column in (x, y))
        with warnings.catch_warnings():
            warnings.simplefilter("error", ApproximationWarning)
            estimate_mutual_information(x, y)


def test_a_series_of_labels_inside_blocks_is_told():
    """Labels come and go inside of each, in no order of theirs."""
    rng = np.random.default_rng(12)
    blocks = np.repeat(np.arange(4), 100)
    walk = np.cumsum(rng.random(400) < 0.05) % 3
    with pytest.warns(ApproximationWarning, match="remember"):
        warn_of_memory(walk, walk + 3 * blocks)


def quiet(*variables, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("error", ApproximationWarning)
        warn_of_memory(*variables, **options)


def test_matched_pairs_are_independent_rows():
    """Less the means of their strata, neighbours have a correlation of -1/2: before .98."""
    for size in (2, 3, 5):
        pairs = np.repeat(np.arange(60), size)
        for seed in range(40):
            x, y = np.random.default_rng(seed).normal(size=(2, pairs.size))
            quiet(x, y, strata=pairs)
    series = remembering(0.9, 2, 400, seed=12).T
    with pytest.warns(ApproximationWarning):
        warn_of_memory(*series, strata=np.repeat(np.arange(20), 20))


def test_what_a_design_explains_is_no_memory():
    """Turns of two treatments, one row after the other: before .97 of 400 rows."""
    turns = np.tile([0, 1], 200)
    for seed in range(40):
        rng = np.random.default_rng(seed)
        quiet(turns + rng.normal(size=400), turns)
    # Hours beside a series that remembers inside each of them.
    x = remembering(0.9, 1, 480, seed=13)[:, 0]
    with pytest.warns(ApproximationWarning):
        warn_of_memory(np.tile(np.arange(24), 20), x)


@pytest.mark.parametrize("labels", [True, False])
def test_a_table_sorted_by_one_of_its_columns_is_no_series(labels):
    """As tables of flowers are, class by class: before .89 to 1 of 100 to 400 rows."""
    for seed in range(40):
        rng = np.random.default_rng(seed)
        by = np.sort(rng.integers(0, 3, 400) if labels else rng.normal(size=400))
        columns = by[:, None] + rng.normal(size=(400, 4))
        quiet(*columns.T, by)
        quiet(by, columns)
        quiet(columns[:, 0], np.column_stack([by, columns[:, 1:]]))


def test_many_columns_beside_sorted_classes_are_no_series():
    """Each of them may seem to remember inside the classes: before .02 of 200 rows."""
    y = np.sort(np.random.default_rng(20).integers(0, 3, 200))
    for seed in range(60):
        quiet(y, y[:, None] + np.random.default_rng(seed).normal(size=(200, 40)))


@pytest.mark.parametrize("by", [np.arange(400), np.repeat(np.arange(10), 40)])
def test_the_time_of_a_series_does_not_hide_its_memory(by):
    with pytest.warns(ApproximationWarning):
        warn_of_memory(by, *remembering(0.9, 2, 400, seed=14).T)


@pytest.mark.slow
def test_independent_rows_of_any_law_are_hardly_ever_warned_of():
    """At most .004 of each; one in a hundred is asked."""
    laws = (
        lambda rng, n: rng.exponential(size=n),
        lambda rng, n: rng.lognormal(size=n),
        lambda rng, n: rng.standard_cauchy(size=n),
        lambda rng, n: rng.poisson(0.1, n),
        lambda rng, n: np.round(rng.normal(size=n)),
    )
    for law in laws:
        for n_rows in (30, 100, 500):
            told = 0
            for seed in range(400):
                with warnings.catch_warnings(record=True) as seen:
                    warnings.simplefilter("always")
                    warn_of_memory(law(np.random.default_rng(seed), n_rows))
                told += len(seen)
            assert told <= 4


def test_blocks_beside_a_series_are_told():
    """Rows of one year after the other, beside a series that remembers inside each year."""
    x = remembering(0.9, 1, 400, seed=7)[:, 0]
    with pytest.warns(ApproximationWarning):
        warn_of_memory(np.repeat(np.arange(10), 40), x)


def test_what_a_condition_explains_is_no_memory():
    z = remembering(0.95, 1, 500, seed=8)
    x, y = z[:, 0] + np.random.default_rng(9).normal(size=(2, 500))
    with warnings.catch_warnings():
        warnings.simplefilter("error", ApproximationWarning)
        warn_of_memory(x, y, given=z)
        warn_of_memory(z[:, 0], z[:, 0], given=z)
        warn_of_memory(of_labels(z), of_labels(z) + 2, strata=of_labels(z)[:, 0])
    with pytest.warns(ApproximationWarning):
        warn_of_memory(x, y)


def test_rare_labels_and_heavy_tails_are_not_told_of():
    """Two of three rare rows side by side are chance: before .10 of such samples."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", ApproximationWarning)
        for seed in range(150):
            rng = np.random.default_rng(seed)
            rare = (rng.random(100) < 0.03).astype(int)
            warn_of_memory(rare, rare)
            warn_of_memory(rng.normal(size=100) ** 3)


def test_rows_without_weight_are_no_rows():
    x, y = remembering(0.9, 2, 300, seed=10).T > 0.0
    weights = np.tile([1.0, 0.0, 0.0, 0.0, 0.0, 0.0], 50)
    order = np.argsort(-weights, kind="stable")
    shuffled = np.random.default_rng(0).permutation(50)
    places = np.r_[order[:50][shuffled], order[50:]]
    with warnings.catch_warnings():
        warnings.simplefilter("error", ApproximationWarning)
        estimate_mutual_information(x[places], y[places], sample_weight=weights[places])

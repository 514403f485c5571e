"""Rows go together by position, and an index of pandas that says otherwise is told of."""

import dataclasses
import warnings

import numpy as np
import pandas as pd
import pytest

from infotheory import plots
from infotheory._row_order import warn_of_axis_order, warn_of_bin_order, warn_of_row_order
from infotheory.binning import OptimalBinner, optimal_groups
from infotheory.decomposition import gaussian_information_lattice
from infotheory.estimation import (
    active_information_storage,
    block_entropies,
    choose_history,
    estimate_entropy_rate,
    mutual_information_score,
    pairwise_mutual_information,
    predictive_information,
    transfer_network,
)
from infotheory.evidence import (
    area_under_curve,
    jensen_shannon_stability,
    linear_combination,
    population_stability_index,
    woe_values,
)
from infotheory.evidence.combinations import ratio
from infotheory.exceptions import RowOrderWarning
from infotheory.fields import alignment, semantic, statmech
from infotheory.fields.allocation import (
    allocate_rollouts,
    dual_mirror_descent,
    entropic_matching,
    entropic_mirror_step,
)
from infotheory.fields.coding import prequential_code_length
from infotheory.fields.collective import schooling_entropies
from infotheory.fields.language import entropy_performance_fit
from infotheory.measures import (
    jensen_shannon_divergence,
    kl_divergence,
    rate_distortion,
    renyi_cross_entropy,
)
from infotheory.scorecard import herfindahl_index
from infotheory.spectral import (
    diffusion_spectral_mutual_information,
    matrix_renyi_entropy,
    matrix_renyi_mutual_information,
    spectral_entropy,
    vendi_score,
)
from infotheory.tables import CountTable
from tests.robustness import weighted
from tests.robustness.more_weighted import MORE

N_ROWS = 60
ORDER = np.random.default_rng(0).permutation(N_ROWS)
NAMES = [f"row {i}" for i in range(N_ROWS)]
MONTHS = pd.period_range("2020-01", periods=N_ROWS, freq="M")


@pytest.mark.parametrize(
    "index",
    [
        pd.RangeIndex(N_ROWS),
        pd.Index(NAMES),
        pd.Index(np.linspace(0.0, 1.0, N_ROWS)),
        pd.date_range("2026-01-01", periods=N_ROWS),
        MONTHS,
        pd.MultiIndex.from_arrays([NAMES, range(N_ROWS)]),
    ],
    ids=["range", "text", "floats", "dates", "months", "several levels"],
)
def test_the_same_labels_in_another_order_are_told_of(index):
    X = pd.DataFrame({"x": np.arange(N_ROWS)}, index=index)
    y = pd.Series(np.arange(N_ROWS), index=index[ORDER])
    with pytest.warns(RowOrderWarning, match=r"y has the index labels of X in another order"):
        warn_of_row_order(X=X, y=y)


def quiet(**arguments):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warn_of_row_order(**arguments)


def test_nothing_is_said_where_an_index_says_nothing():
    X = pd.DataFrame({"x": np.arange(N_ROWS)})
    y = pd.Series(np.arange(N_ROWS))
    # The same order, the same index, other labels, another length, no index at all.
    quiet(X=X, y=y)
    quiet(X=X, y=y.set_axis(X.index.copy()))
    quiet(X=X.set_axis(pd.Index(range(N_ROWS), dtype="int64")), y=y)
    quiet(X=X, y=y.set_axis(ORDER + 1000))
    quiet(X=X, y=y.iloc[ORDER][:-1])
    quiet(X=X.to_numpy(), y=y.iloc[ORDER])
    quiet(X=X, y=y.iloc[ORDER].to_numpy())
    quiet(X=X, y=y.iloc[ORDER].tolist())
    # Numbers and their text, in columns of any objects.
    for odd in (0, ()):
        numbers = pd.Index([odd, *range(1, N_ROWS)], dtype=object)
        texts = pd.Index([str(label) for label in numbers], dtype=object)
        quiet(X=X.set_axis(numbers.map(str)), y=y.set_axis(numbers))
        quiet(X=X.set_axis(texts), y=y.set_axis(numbers))
    # Labels that occur twice name no row.
    twice = X.index // 2
    quiet(X=X.set_axis(twice), y=y.set_axis(twice[ORDER]))


def test_position_is_what_counts():
    X = pd.DataFrame({"x": np.arange(N_ROWS) % 7.0})
    y = pd.Series(np.arange(N_ROWS) % 3 == 0).astype(int).iloc[ORDER]
    with pytest.warns(RowOrderWarning) as caught:
        found = OptimalBinner().fit(X, y)
    assert len(caught) == 1
    wanted = OptimalBinner().fit(X, y.to_numpy())
    np.testing.assert_array_equal(found.woe_["x"], wanted.woe_["x"])
    # The way out that the message names.
    quiet(X=X, y=y.loc[X.index])


def test_weights_beside_scores_are_told_of():
    y, score = pd.Series(np.arange(N_ROWS) % 2), np.arange(N_ROWS)
    weights = pd.Series(1.0 + np.arange(N_ROWS))[ORDER]
    with pytest.warns(RowOrderWarning, match="sample_weight has the index labels of y"):
        area_under_curve(y, score, sample_weight=weights)


def test_columns_beside_weights_or_trials_are_told_of():
    X = pd.DataFrame(np.random.default_rng(2).normal(size=(N_ROWS, 2)))
    labels, beside = X > 0.0, pd.Series(1.0 + np.arange(N_ROWS) // 30)[ORDER]
    with pytest.warns(RowOrderWarning, match="sample_weight has the index labels of X"):
        pairwise_mutual_information(labels, sample_weight=beside)
    with pytest.warns(RowOrderWarning, match="trials has the index labels of X"):
        transfer_network(X, max_lag=1, trials=beside.sort_values())


PLACES = weighted.PLACES | MORE


@pytest.mark.filterwarnings("ignore::infotheory.exceptions.InfotheoryWarning")
@pytest.mark.parametrize(
    "place",
    [
        *("optimal", "fair", "card", "selection", "monitor", "cut-offs", "report", "groups"),
        *("evidence", "discrimination", "calibration", "grades", "decomposition", "workbench"),
        *("validation of means", "plots", "lattice", "frontier of cards", "cards"),
        *("permutations", "cross-fitting", "demographic value"),
    ],
)
def test_every_place_that_takes_weights_says_that_they_lie_in_another_order(place):
    rows = weighted.sample()
    names = ("y", "p", "score", "amount", "group")
    given = dataclasses.replace(rows, **{name: pd.Series(getattr(rows, name)) for name in names})
    order = np.random.default_rng(1).permutation(weighted.N_ROWS)
    weights = pd.Series(np.random.default_rng(4).uniform(0.3, 3.0, weighted.N_ROWS), index=order)
    with pytest.warns(RowOrderWarning, match="sample_weight has the index labels of") as caught:
        PLACES[place](given, weights)
    lines = {warning.filename for warning in caught if warning.category is RowOrderWarning}
    assert all(name.endswith("weighted.py") for name in lines)


COUNTS = pd.Series([100, 200, 30], index=["a", "b", "c"])
SHARES = COUNTS / COUNTS.sum()


@pytest.mark.parametrize(
    ("function", "first"),
    [
        (population_stability_index, COUNTS),
        (jensen_shannon_stability, COUNTS),
        (woe_values, COUNTS),
        (CountTable.from_counts, COUNTS),
        (optimal_groups, COUNTS),
        (kl_divergence, SHARES),
        (jensen_shannon_divergence, SHARES),
        (lambda p, q: renyi_cross_entropy(p, q, order=2.0), SHARES),
        (lambda p, r: alignment.best_of_n(p, r, 2), SHARES),
        (lambda p, r: alignment.exponential_tilt(p, r, 0.5), SHARES),
        (alignment.differential_information, SHARES),
        (lambda c, s: herfindahl_index(c, squared_weights=s), COUNTS),
    ],
)
def test_bins_that_are_named_in_another_order_are_told_of(function, first):
    # As value_counts of two samples come: each in the order of its own counts.
    second = first.sort_values()
    with pytest.warns(RowOrderWarning, match="in another order, and bins are matched by position"):
        function(first, second)
    with pytest.warns(RowOrderWarning, match=r"has other labels than \w+ \(such as 'd'\)"):
        function(first, second.rename({"c": "d"}))

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        function(first, second.to_numpy())
        function(*first.align(second, fill_value=0))
        function(first.reset_index(drop=True), second)


def test_labels_of_bins_are_compared_as_text_and_batches_may_have_their_own():
    def said(first, second):
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            warn_of_bin_order(p=first, q=second)
        return len(told)

    cells = pd.IntervalIndex.from_breaks([0, 1, 2, 3])
    assert not said(COUNTS.set_axis(cells), COUNTS.set_axis(cells.astype(str)))
    assert not said(COUNTS, COUNTS.set_axis(pd.CategoricalIndex(["a", "b", "c"])))
    assert said(COUNTS, COUNTS.set_axis(pd.CategoricalIndex(["b", "a", "c"])))
    assert said(COUNTS.set_axis(cells), COUNTS.set_axis(pd.IntervalIndex.from_breaks([0, 2, 3, 4])))
    assert said(COUNTS.set_axis([3, 1, 2]), COUNTS.set_axis([1, 2, 4]))
    assert not said(COUNTS.reset_index(drop=True)[:2], COUNTS.reset_index(drop=True)[1:])

    # Rows of two tables are other laws, whose names may differ; their columns are the outcomes.
    table = pd.DataFrame([[0.5, 0.5], [0.1, 0.9]], index=["train", "new"], columns=["a", "b"])
    assert not said(table, table.rename({"train": "old", "new": "later"}))
    assert said(table, table[["b", "a"]])
    assert not said(table, SHARES)


def test_value_counts_of_two_samples_are_aligned_as_the_warning_says():
    first = pd.Series(list("aaab")).value_counts()
    second = pd.Series(list("bbba") * 2).value_counts()
    with pytest.warns(RowOrderWarning, match=r"expected.align\(actual, fill_value=0\)"):
        assert population_stability_index(first, second).value == 0.0
    aligned = population_stability_index(*first.align(second, fill_value=0))
    assert aligned.value == pytest.approx(np.log(3.0))

    with pytest.raises(ValueError, match=r"got 2 and 3; of value counts of pandas expected.align"):
        population_stability_index(first, pd.Series(list("abc")).value_counts())


LETTERS, TURNED = list("abc"), list("bca")
LAW = pd.Series([0.5, 0.3, 0.2], index=LETTERS)
SQUARE = pd.DataFrame(np.eye(3) + 0.5, index=LETTERS, columns=LETTERS)
TRUTH = (SQUARE - 0.5).replace(0.0, 0.25)
JOINT = TRUTH / TRUTH.to_numpy().sum()
MEANS = pd.Series([1.0, 2.0, 3.0], index=LETTERS)


@pytest.mark.parametrize(
    ("arguments", "measure"),
    [
        ([LAW, TRUTH], semantic.logical_probability),
        ([LAW, TRUTH], semantic.semantic_bayes),
        ([LAW, TRUTH], semantic.pointwise_semantic_information),
        ([LAW, TRUTH], lambda p, t: semantic.rate_of_semantic_information(p, t, 1.0)),
        ([JOINT, TRUTH], semantic.semantic_mutual_information),
        ([JOINT.T, TRUTH.T], lambda p, t: semantic.semantic_mutual_information(p.T, t.T)),
        ([MEANS, LAW], lambda x, p: semantic.semantic_mixture(x, p, [2.0], [1.0])),
        (
            [MEANS, MEANS],
            lambda m, d: semantic.semantic_mixture([1, 2, 3], LAW.to_numpy(), m, d, max_iter=1),
        ),
        ([MEANS.to_frame(), LAW], lambda f, p: statmech.maximum_entropy(f, [1.7], prior=p)),
        ([SQUARE.T, MEANS * 0 + 2.5 / 3], lambda f, m: statmech.maximum_entropy(f.T, m)),
        ([MEANS, LAW], statmech.boltzmann_entropy),
        ([LAW, SQUARE * 0 + 1], lambda v, c: linear_combination(v, c, [1, 1, 1])),
        ([LAW, MEANS], lambda v, w: linear_combination(v, np.eye(3), w)),
        ([LAW, MEANS], lambda v, b: linear_combination(v, np.eye(3), [1, 1, 1], bias=b)),
        ([LAW, SQUARE], lambda p, d: rate_distortion(p, d, slope=1.0)),
        ([MEANS, LAW], lambda m, g: entropic_mirror_step(m, g, 0.1)),
        ([MEANS, LAW], lambda r, c: dual_mirror_descent(r, c, 1.0, 0.1)),
        ([MEANS, SQUARE], lambda r, c: dual_mirror_descent(r, c, [1.0, 1.0, 1.0], 0.1)),
        ([SQUARE.T, MEANS], lambda c, b: dual_mirror_descent([1, 2, 3], c.T, b, 0.1)),
        ([SQUARE.T, MEANS], lambda r, b: entropic_matching(r.T, b, 0.1, temperature=0.1)),
        ([LAW, LAW], lambda s, v: allocate_rollouts(s, 9, value=v)),
        ([MEANS, MEANS], prequential_code_length),
        ([LAW, MEANS], lambda s, w: spectral_entropy(s, weights=w)),
        ([LAW, LAW], semantic.confirmation),
        (
            [JOINT.T, MEANS.astype(int) - 1],
            lambda p, s: semantic.maximum_information_classifier(p.T, 3, start=s),
        ),
        ([SQUARE.T, SQUARE.T], lambda x, s: statmech.entropy_production_parts(x.T, s.T, np.eye(3))),
    ],
)
def test_entries_that_go_together_by_position_are_told_of(arguments, measure):
    first, second = arguments
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        measure(first, second)
        # What pandas numbered says nothing.
        measure(first, second.reset_index(drop=True))

    turned = second.set_axis(TURNED, axis=0)
    message = r"has the labels of \w+\.(index|columns) in another order, and entries are matched by"
    with pytest.warns(RowOrderWarning, match=message) as told:
        measure(first, turned)
    assert {warning.filename for warning in told} == {__file__}

    # Either way out that the message names is silent.
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        measure(first, turned.reindex(first.axes[0], axis=0))


RING = pd.DataFrame([[0.3, 0.5, 0.2], [0.2, 0.3, 0.5], [0.5, 0.2, 0.3]], LETTERS, LETTERS)
SPREAD = pd.DataFrame(np.diag([1.0, 2.0, 3.0]), LETTERS, LETTERS)


def silent(measure, *arguments):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return measure(*arguments)


@pytest.mark.parametrize(
    ("table", "measure"),
    [
        (RING, statmech.entropy_production_markov),
        (RING, plots.plot_migration),
        (-SPREAD, lambda a: statmech.entropy_production_linear(a, np.eye(3))),
        (SPREAD, lambda d: statmech.entropy_production_linear(-np.eye(3), d)),
        (SPREAD, lambda d: statmech.entropy_production_diffusion(np.eye(3), np.eye(3), d)),
        (SPREAD, gaussian_information_lattice),
        (SPREAD, lambda k: matrix_renyi_entropy(k, order=2)),
        (SPREAD / SPREAD, vendi_score),
    ],
)
def test_columns_of_a_square_table_in_another_order_than_its_rows_are_told_of(table, measure):
    table = table.fillna(0.0)
    silent(measure, table)
    # Names of two kinds say nothing of which row is which column.
    silent(measure, table.add_prefix("to "))
    silent(measure, table.reset_index(drop=True))

    message = r"has the labels of \w+\.index in another order, and entries are matched by position"
    with pytest.warns(RowOrderWarning, match=message) as told:
        measure(table.set_axis(TURNED, axis=1))
    assert {warning.filename for warning in told} == {__file__}
    silent(measure, table.set_axis(TURNED, axis=1).to_numpy())
    # A state that is never left, another one that is never entered: a crosstab has such axes.
    with pytest.warns(RowOrderWarning, match=r"has other labels than \w+\.index \(such as 'd'\)"):
        measure(table.set_axis(["b", "c", "d"], axis=1))


def test_the_production_of_a_chain_of_turned_columns_is_that_of_their_positions():
    turned = RING[TURNED]
    with pytest.warns(RowOrderWarning, match=r"P.reindex\(P.index, axis=1\)"):
        found = statmech.entropy_production_markov(turned)
    assert found == statmech.entropy_production_markov(turned.to_numpy())
    aligned = silent(statmech.entropy_production_markov, turned.reindex(turned.index, axis=1))
    assert aligned == pytest.approx(0.3 * np.log(2.5))


def test_two_square_tables_and_a_ratio_are_told_of():
    other = SPREAD.set_axis(TURNED).set_axis(TURNED, axis=1)
    with pytest.warns(RowOrderWarning, match=r"D has the labels of A.index in another order"):
        statmech.entropy_production_linear(-SPREAD, other)
    values = pd.Series([0.4, 0.2], ["iv", "demographic"])
    covariance = pd.DataFrame(np.diag([0.01, 0.02]), values.index[::-1], values.index[::-1])
    with pytest.warns(RowOrderWarning, match=r"covariance has the labels of values.index"):
        ratio(values, covariance)
    silent(ratio, values, covariance.loc[values.index, values.index])


def test_weights_of_laws_go_by_their_names():
    p, q = pd.Series([0.5, 0.5], name="old"), pd.Series([0.1, 0.9], name="new")
    weights = pd.Series([0.3, 0.7], ["old", "new"])
    silent(lambda w: jensen_shannon_divergence(p, q, weights=w), weights)
    silent(lambda w: jensen_shannon_divergence(p, q, weights=w), weights.reset_index(drop=True))
    silent(lambda w: jensen_shannon_divergence(p, q, weights=w), weights[::-1].tolist())
    with pytest.warns(RowOrderWarning, match=r"weights.reindex\(\['old', 'new'\]\)") as told:
        jensen_shannon_divergence(p, q, weights=weights[::-1])
    assert {warning.filename for warning in told} == {__file__}
    with pytest.warns(RowOrderWarning, match="other labels than the arguments"):
        jensen_shannon_divergence(p, q, weights=weights.rename({"old": "older"}))

    # Laws without names go by those of the parameters, which labels of other kinds know nothing of.
    laws = p.to_numpy(), q.to_numpy()
    silent(lambda w: jensen_shannon_divergence(*laws, weights=w), weights)
    with pytest.warns(RowOrderWarning, match="weights has the labels of the arguments"):
        jensen_shannon_divergence(*laws, weights=pd.Series([0.3, 0.7], ["q", "p"]))

    # Nor do laws of one name, as value_counts gives them, tell which is which.
    shares = p.rename("proportion"), q.rename("proportion")
    silent(lambda w: jensen_shannon_divergence(*shares, weights=w), weights)


@pytest.mark.parametrize(
    ("measure", "name"),
    [
        (lambda x, t: choose_history(x, max_history=2, trials=t), "trials"),
        (lambda x, t: block_entropies(x, 2, trials=t), "trials"),
        (lambda x, t: estimate_entropy_rate(x, history=1, trials=t), "trials"),
        (lambda x, t: predictive_information(x, trials=t), "trials"),
        (lambda x, t: active_information_storage(x, trials=t), "trials"),
        (lambda x, y: mutual_information_score(x.to_frame(), y), "y"),
        (lambda x, y: diffusion_spectral_mutual_information(x.to_frame(), y), "y"),
        (lambda x, y: matrix_renyi_mutual_information(kernel_of(x), y, order=2), "y"),
        (entropy_performance_fit, "reward"),
    ],
)
@pytest.mark.filterwarnings("ignore::infotheory.exceptions.WithheldWarning")
@pytest.mark.filterwarnings("ignore::infotheory.exceptions.ApproximationWarning")
def test_rows_beside_trials_targets_and_rewards_are_told_of(measure, name):
    x = pd.Series(np.random.default_rng(3).integers(2, size=N_ROWS).astype(float))
    beside = pd.Series(np.arange(N_ROWS) // 30)
    with pytest.warns(RowOrderWarning, match=f"{name} has the index labels of") as told:
        measure(x, beside.set_axis(ORDER))
    lines = {warning.filename for warning in told if warning.category is RowOrderWarning}
    assert lines == {__file__}
    with warnings.catch_warnings():
        warnings.simplefilter("error", RowOrderWarning)
        measure(x, beside)


def kernel_of(x):
    """Ones where rows have one label, beside a ridge."""
    names = x.index
    return pd.DataFrame(np.eye(x.size) + np.equal.outer(x.to_numpy(), x.to_numpy()), names, names)


def test_rows_of_a_school_are_told_of():
    positions = pd.DataFrame(np.random.default_rng(0).random((8, 3)), index=list("abcdefgh"))
    with pytest.warns(RowOrderWarning, match="velocities has the index labels of positions"):
        schooling_entropies(positions, positions[::-1], 1.0)


def test_axes_without_labels_of_their_own_are_passed_over():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warn_of_axis_order(("p", LAW, 0), ("costs", LAW, 1), ("d", [1, 2], 0), ("w", None, 0))
        warn_of_axis_order(("p", LAW, 0), ("q", LAW.iloc[:2], 0), ("r", LAW.copy(), -1))

    with pytest.warns(RowOrderWarning, match=r"q has other labels than p\.index \(such as 'x'\)"):
        warn_of_axis_order(("p", LAW, 0), ("q", LAW.set_axis(list("abx")), 0))

"""How to call each public function and class that takes arrays; ``frames.py`` has those that take
frames.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import strategies as st

import infotheory as m
from infotheory import (
    binning,
    cells,
    coupling,
    decomposition,
    estimation,
    evidence,
    inference,
    lattice,
    laws,
    spectral,
)
from infotheory import scorecard as s
from infotheory._validation import check_level
from infotheory.evidence.combinations import ratio
from infotheory.fields import alignment, allocation, coding, semantic, statmech
from infotheory.lattice import Information
from infotheory.lattice.distances import between
from infotheory.tables import CountTable, EvidenceTable
from tests.robustness import inputs as i

CALLS: dict[Callable[..., Any], st.SearchStrategy] = {}


def call(
    function: Callable[..., Any],
    *args: st.SearchStrategy,
    needed: dict[str, Any] | None = None,
    **options: Any,
) -> None:
    """Register a function with what its arguments may be; options are given or left out."""
    CALLS[function] = st.tuples(
        st.tuples(*args), st.fixed_dictionaries(needed or {}, optional=options)
    )


# measures
base, both = {"base": i.bases}, {"base": i.bases, "axis": i.axes}
batch = {"base": i.bases, "batch_ndim": st.sampled_from([0, 1, -1, 5])}
call(m.entropy, i.pmf, order=i.orders, **both)
call(m.tsallis_entropy, i.pmf, order=i.orders, axis=i.axes)
call(m.hill_number, i.pmf, order=i.orders, axis=i.axes)
for f in (m.kl_divergence, m.cross_entropy, m.jeffreys_divergence):
    call(f, i.pmf3, i.pmf3, **both)
call(m.jensen_shannon_divergence, i.pmf3, i.pmf3, weights=st.one_of(st.none(), i.pmf), **both)
for f in (m.chi_square_divergence, m.hellinger_distance, m.total_variation):
    call(f, i.pmf3, i.pmf3, axis=i.axes)
for f in (m.renyi_divergence, m.renyi_cross_entropy):
    call(f, i.pmf3, i.pmf3, needed={"order": i.orders}, **both)
call(m.joint_entropy, i.pair, order=i.orders, **batch)
call(
    m.conditional_entropy,
    i.pair,
    order=i.orders,
    kind=i.one("arimoto", "hayashi"),
    given=i.axes,
    **batch,
)
call(
    m.mutual_information, i.pair, order=i.orders, kind=i.one("sibson", "csiszar", "arimoto"), **base
)
call(m.conditional_mutual_information, i.cube, order=i.orders, given=i.axes, **base)
for f in (m.total_correlation, m.dual_total_correlation, m.o_information, m.s_information):
    call(f, i.cube, **batch)
for f in (m.interaction_information, m.co_information):
    call(f, i.cube, **batch)
call(m.variation_of_information, i.pair, **base)
call(m.rajski_distance, i.pair)
call(
    m.normalized_mutual_information,
    i.pair,
    normalization=i.one("arithmetic", "geometric", "min", "max", "joint"),
)
iterations = {"tolerance": st.sampled_from([1e-4, 1e-6]), "max_iter": st.sampled_from([200, 3])}
call(m.channel_capacity, i.channel, needed=iterations, **base)
slopes = st.sampled_from([0.0, 1.0, 5.0, 1e300, -1.0, np.nan, np.inf])
call(
    m.rate_distortion,
    i.pmf3,
    i.spoilt(i.array(i.numbers, i.fixed, i.few)),
    needed={"slope": slopes, **iterations},
    **base,
)
betas = st.sampled_from([[1.0], [0.0, 5.0], [], [np.nan], [-1.0], [np.inf], "a", 1.0, [1e300]])
call(
    m.information_bottleneck_curve,
    i.pair,
    needed={"betas": betas, **iterations},
    n_codes=i.positive,
    **base,
)

call(
    estimation.higher_order_information,
    i.matrix,
    sizes=st.sampled_from([(2,), (2,), (2,), (3,), (3, 4), (), 3]),
    target=i.one(None, None, None, None, 0, "x1", 9, "z"),
    method=i.one("gaussian_copula", "gaussian", "plugin"),
    missing=i.one("error", "omit", "omit", "drop"),
    adjust=i.one("bh", "by"),
    device=i.one(None, None, "cpu", "nowhere"),
    **base,
)
call(
    estimation.local_o_information,
    st.one_of(i.labels, i.series),
    i.one([0, 1, 2], [0, 1], [0, 0, 1]),
    method=i.one("gaussian_copula", "gaussian", "plugin"),
    **base,
)
call(
    estimation.o_information_gradient,
    i.matrix,
    st.sampled_from([[0, 1, 2], [0, 1, 2], [0, 1], [0, 0, 1], ["x0", "x1", "x2"]]),
    st.sampled_from([0, 1, 5, "x2"]),
    method=i.one("gaussian_copula", "gaussian", "plugin"),
    **base,
)

# decomposition
kinds = i.one("broja", "williams_beer", "mmi", "meet", "common_change")
sources = st.sampled_from([None, [[0], [1]], [], [[7]], [[0]]])
for f in (decomposition.partial_information_decomposition, decomposition.redundant_information):
    call(f, i.cube, kind=kinds, sources=sources, target=i.axes, **base)

call(
    decomposition.partial_information_lattice,
    i.cube,
    kind=i.one("shared_exclusions", "williams_beer", "minimum", "meet", "broja", "common_change"),
    sources=sources,
    target=i.axes,
    **base,
)

call(
    decomposition.estimate_partial_information,
    i.labels,
    i.labels,
    needed={"target": i.labels},
    kind=i.one("shared_exclusions", "williams_beer", "minimum", "meet"),
    method=i.one("plugin", "plugin", "gaussian", "gaussian_copula"),
    sample_weight=i.weights,
    **base,
)

# estimation
plugins = [
    "plugin",
    "miller_madow",
    "grassberger",
    "chao_shen",
    "james_stein",
    "dirichlet",
    "nsb",
    "jackknife",
    "chao_wang_jost",
]
TINY = i.TINY
alphabet = st.sampled_from([None, None, 3, 5, 1, 0, -2, 2.5, 10**6])
methods = i.one(
    *plugins, "ksg", "ross", "mixed", "gaussian", "gaussian_copula", "kozachenko_leonenko"
)
concentration = st.sampled_from([0.5, 1.0, 0.0, -1.0, np.nan, 1e300, TINY])
shared = {"method": methods, "base": i.bases, "concentration": concentration}
values = st.one_of(i.labels, i.floats, i.reals)
near = {"n_neighbors": i.positive, "workers": st.sampled_from([1, 2, 0])}
permutations = {"n_permutations": st.sampled_from([0, 3, -1]), "rng": i.seeds}
call(
    estimation.estimate_entropy,
    values,
    order=i.orders,
    sample_weight=i.weights,
    alphabet_size=alphabet,
    **near,
    **shared,
)
call(estimation.entropy_from_counts, i.counts, order=i.orders, alphabet_size=alphabet, **shared)
call(
    estimation.estimate_mutual_information,
    values,
    values,
    sample_weight=i.weights,
    **near,
    **shared,
    **permutations,
)
call(
    estimation.estimate_conditional_mutual_information,
    values,
    values,
    values,
    sample_weight=i.weights,
    **near,
    **shared,
)
call(
    estimation.pairwise_mutual_information,
    st.one_of(i.matrix, i.spoilt(i.array(st.sampled_from("ab"), i.rows, i.few))),
    sample_weight=i.weights,
    **base,
)
call(
    estimation.transfer_entropy,
    values,
    values,
    history=i.positive,
    history_step=i.positive,
    lag=i.positive,
    source_history=i.positive,
    source_step=i.positive,
    conditions=st.one_of(st.none(), i.labels),
    condition_lags=i.one(1, 0, [1, 2], [[1]]),
    pattern=i.one(None, (2, 1), (3, 2)),
    order=i.orders,
    trials=st.one_of(st.none(), i.labels),
    missing=i.one("error", "omit"),
    method=st.one_of(methods, i.one("gaussian", "gaussian_copula", "ksg")),
    n_neighbors=i.positive,
    surrogates=i.one("auto", "shift", "trials", "block", "iaaft", "strata", "local"),
    **permutations,
    **base,
)
call(
    estimation.active_information_storage,
    values,
    history=i.positive,
    history_step=i.positive,
    trials=st.one_of(st.none(), i.labels),
    missing=i.one("error", "omit"),
    method=st.one_of(methods, i.one("gaussian", "gaussian_copula", "ksg")),
    n_neighbors=i.positive,
    **permutations,
    **base,
)
series = {
    "trials": st.one_of(st.none(), i.labels),
    "missing": i.one("error", "omit"),
    "joint_columns": i.one(True, False),
    **base,
}
series_methods = st.one_of(methods, i.one("gaussian", "gaussian_copula", "ksg"))
call(
    estimation.transfer_network,
    st.one_of(i.labels, i.series),
    needed={"max_lag": i.positive},
    min_lag=i.positive,
    method=i.one("gaussian", "gaussian_copula", "ksg", "plugin"),
    adjust=i.one("bh", "by"),
    n_permutations=i.one(19, 3),
    missing=i.one("error", "omit"),
    rng=i.seeds,
    **base,
)
call(
    estimation.lagged_mutual_information,
    values,
    values,
    needed={"max_lag": i.positive},
    method=i.one("gaussian", "gaussian_copula", "ksg", "plugin"),
    n_permutations=i.one(19, 3),
    missing=i.one("error", "omit"),
    rng=i.seeds,
    **base,
)
call(
    estimation.choose_history,
    values,
    max_history=i.positive,
    steps=i.one((1,), (1, 2), ()),
    method=series_methods,
    n_neighbors=i.positive,
    **series,
)
call(
    estimation.estimate_entropy_rate,
    values,
    history=st.one_of(i.positive, i.one("auto")),
    history_step=i.positive,
    method=i.one("plugin", "miller_madow", "gaussian"),
    **series,
)
call(estimation.block_entropies, values, i.positive, method=methods, **series)
call(
    estimation.predictive_information,
    values,
    i.positive,
    i.positive,
    method=series_methods,
    n_neighbors=i.positive,
    **series,
)
call(
    decomposition.gaussian_information_lattice,
    i.pair,
    sources=i.one(None, [[0], [1]], [9]),
    target=i.one(-1, 0, [1], 9),
    **base,
)
call(estimation.stack_trials, values, trial_axis=i.one(None, 0, 1, 7))
call(
    estimation.bootstrap_counts,
    i.counts,
    st.sampled_from([m.entropy, estimation.entropy_from_counts]),
    n_resamples=st.sampled_from([2, 9, 0]),
    rng=i.seeds,
)
call(
    estimation.mutual_information_score,
    i.matrix,
    i.target,
    n_bins=i.positive,
    discrete_features=st.sampled_from(["auto", True, False, [0], [9], None]),
)

# coupling
call(
    coupling.minimum_entropy_coupling,
    i.pmf,
    i.pmf,
    i.pmf,
    method=i.one("greedy", "max_seeking", "zero_seeking", "majorization"),
    **base,
)
call(
    coupling.coupling_lower_bound,
    i.pmf,
    i.pmf,
    kind=i.one("majorized_profile", "max_entropy", "majorization"),
    **base,
)
rate = st.sampled_from([0.5, 1.0, 0.0, 1e-300, 1e300, np.inf, -1.0, np.nan])
call(
    coupling.entropy_bounded_information,
    i.pmf,
    rate,
    method=i.one("best", "algorithm1", "search", "exact", "balanced"),
    **base,
)
call(coupling.bottleneck_coupling, i.pmf, i.pmf, rate, method=i.one("best", "algorithm1"), **base)
call(
    coupling.rate_curve,
    i.pmf,
    i.pmf,
    st.sampled_from([[0.5], [0.1, 0.2], [], [np.nan], "a", 1.0]),
    **base,
)
call(coupling.entropic_causal_direction, i.pair, **base)
call(
    coupling.markov_coding_game,
    st.sampled_from([4, 0, -1, 1.5]),
    needed={"episodes": st.sampled_from([1, 0, -1, 1.5])},
    rate=rate,
    log_beta=st.sampled_from([-5.0, 0.0, np.nan, 1e300]),
    compress=i.one("message", "moves"),
    n_blocks=st.sampled_from([None, 1, 2, 0, -1]),
    convention=i.one("entering", "authors"),
    rng=i.seeds,
)
call(coupling.GridWorld.build, slip=st.sampled_from([0.0, 0.1, 0.5, -1.0, np.nan]))
call(
    coupling.expected_reward,
    st.just(coupling.GridWorld.build()),
    st.sampled_from([np.full((64, 4), 0.25), np.ones((64, 4)), np.eye(4), np.nan, "a"]),
    convention=i.one("entering", "authors"),
)
call(
    coupling.soft_policy,
    st.just(coupling.GridWorld.build()),
    st.sampled_from([-5.0, 0.0, np.nan, 1e300, -1e300]),
)

# inference and laws
for f in (check_level,):
    call(f, i.levels)
number = st.one_of(i.numbers, st.sampled_from([np.nan, np.inf]))
for f in (inference.benjamini_hochberg, inference.holm):
    call(f, i.probabilities)
call(laws.chi2_noncentrality_interval, number, number, i.levels)
for f in (laws.two_sided_quantile, laws.one_sided_quantile):
    call(f, i.levels)

# tables and evidence
call(CountTable.from_counts, i.counts, i.counts, labels=st.one_of(st.none(), i.labels))
call(
    CountTable.from_codes,
    i.spoilt(i.array(st.integers(0, 3), i.rows)),
    i.target,
    group=st.one_of(st.none(), i.groups),
    sample_weight=i.weights,
)
cell = st.sampled_from([0, 1, 2, 7, 100, 1e15])
tables = (
    st.tuples(i.array(cell, i.fixed), i.array(cell, i.fixed))
    .filter(lambda t: t[0].any() and t[1].any())
    .map(lambda t: CountTable.from_counts(*t))
)
grouped = (
    st.tuples(
        i.array(st.integers(0, 2), i.rows),
        i.array(st.integers(0, 1), i.rows),
        i.array(st.sampled_from("fm"), i.rows),
    )
    .filter(lambda t: len(set(t[1])) == 2)
    .map(lambda t: CountTable.from_codes(t[0], t[1], group=t[2]))
)
any_table = st.one_of(tables, grouped)
zero = {"zero_cells": st.sampled_from(["haldane", "error", "drop", 0.5, -1.0, np.nan])}
how = {
    "method": i.one("delta", "null", "bootstrap"),
    "debias": i.flags,
    "interval": i.one("auto", "chi2", "normal"),
    "second_order": i.flags,
}
kinds_of_target = i.one("fraction", "rate", "continuous", "multiclass")
amounts = i.spoilt(
    st.one_of(i.array(st.sampled_from([0.0, 0.25, 0.5, 1.0]), i.rows), i.array(i.numbers, i.rows))
)
call(
    EvidenceTable.from_rows,
    i.spoilt(i.array(st.integers(0, 3), i.rows)),
    st.one_of(amounts, i.labels),
    kinds_of_target,
    group=st.one_of(st.none(), i.groups),
    sample_weight=i.weights,
)
few_amounts = i.array(st.sampled_from([0.0, 0.25, 0.5, 1.0]), i.rows)
sums_of_targets = st.tuples(
    i.array(st.integers(0, 2), i.rows),
    st.one_of(
        st.tuples(few_amounts, st.sampled_from(["fraction", "rate", "continuous"])),
        st.tuples(few_amounts.map(lambda y: y.astype(str)), st.just("multiclass")),
    ),
).map(lambda t: EvidenceTable.from_rows(t[0], *t[1]))
call(
    evidence.target_divergence,
    st.one_of(sums_of_targets, tables),
    divergence=i.one("iv", "js", "kl", "poisson", "gamma", "r2", "mi", "ovr"),
)
call(evidence.information_value, any_table, **how, **zero)
call(
    evidence.weight_of_evidence,
    any_table,
    method=how["method"],
    woe_sign=i.one("nonevent", "event"),
    **zero,
)
call(evidence.woe_values, i.counts, i.counts, **zero)
call(evidence.event_rates, any_table, level=i.levels)
call(evidence.independence_tests, any_table, **zero)
call(
    evidence.demographic_information_value,
    any_table,
    reference=st.sampled_from([None, "f", "z"]),
    outcome=i.one("event", "nonevent"),
    **zero,
)
call(evidence.population_stability_index, i.counts, i.counts, **how, **zero)
call(evidence.characteristic_stability, any_table, any_table, **how, **zero)
call(
    evidence.jensen_shannon_stability, i.counts, i.counts, debias=i.flags, interval=how["interval"]
)
call(evidence.stability_band, number)
call(
    evidence.stability_by_period,
    any_table,
    st.dictionaries(st.sampled_from("ab"), any_table),
    level=i.levels,
    alpha=i.levels,
)
codes = i.spoilt(i.array(st.integers(0, 2), i.rows, i.few))
call(
    evidence.information_values,
    codes,
    i.target,
    sample_weight=i.weights,
    clusters=st.one_of(st.none(), i.labels),
    **zero,
)
call(evidence.total_information_value, codes, i.target, sample_weight=i.weights, **zero)
call(
    evidence.information_value_covariance, i.spoilt(i.array(cell, st.just(2), i.few, i.few)), **zero
)
call(
    evidence.linear_combination,
    i.counts,
    i.spoilt(st.just(np.eye(3))),
    i.counts,
    bias=st.one_of(st.none(), i.counts),
)
call(ratio, i.spoilt(i.array(i.numbers, st.just(2))), i.spoilt(st.just(np.eye(2))))
estimate = st.sampled_from(
    [
        inference.Estimate(value=v, standard_error=e, method="a")
        for v in (0.0, 1.0, -1.0)
        for e in (0.0, 0.5)
    ]
)
call(evidence.conservative_ratio, estimate, estimate, level=i.levels)
scores = st.one_of(i.floats, i.probabilities)
decision = {
    "decision": st.one_of(st.none(), i.target),
    "favourable": st.sampled_from([1, "good", 5]),
    "sample_weight": i.weights,
}
call(
    evidence.adverse_impact_ratio,
    i.target,
    i.groups,
    reference=st.sampled_from([None, "f", "z"]),
    **{k: v for k, v in decision.items() if k != "decision"},
)
call(
    evidence.standardized_mean_difference,
    scores,
    i.groups,
    reference=st.sampled_from([None, "f", "z"]),
    sample_weight=i.weights,
)
call(evidence.area_under_curve, i.target, scores, sample_weight=i.weights)
call(evidence.group_metrics, i.target, scores, i.groups, level=i.levels, **decision)
call(evidence.group_estimates, i.target, scores, i.groups, **decision)


# lattice
information = st.one_of(
    st.sampled_from(
        [Information.from_labels(list(text)) for text in ("aabb", "abab", "aaaa", "abcd", "aabc")]
    ),
    st.just(Information.from_labels(list("ab"))),
)
call(Information.from_labels, i.labels, sample_weight=i.weights)
call(Information.from_joint, i.cube, st.sampled_from([[0], [0, 1], [], [9], [0, 0]]))
for f in (lattice.shannon_distance,):
    call(f, information, information, **base)
call(lattice.rajski_distance, information, information)
call(lattice.dependency_coefficient, information, information)
call(lattice.relative_redundancy, information, information)
call(lattice.functional_representation, information, information)
call(lattice.renyi_distance, information, information, needed={"order": i.orders}, **base)
call(lattice.triangle_defect, information, information, information, **base)
tolerance = st.sampled_from([1e-9, 0.0, -1.0, np.nan])
call(lattice.convex_envelope, information, information, tolerance=tolerance)
call(between, information, information, information, tolerance=tolerance)
call(lattice.common_information, information, information, **base)
call(
    lattice.generated_lattice,
    information,
    information,
    names=st.sampled_from([None, ["a", "b"], ["a"], "ab"]),
    max_elements=i.positive,
)
call(lattice.geodesic, information, information)
call(
    lattice.minimal_sufficient_statistic,
    information,
    information,
    decimals=st.sampled_from([12, 0, -1]),
)
parts = st.lists(information, max_size=3)
call(lattice.minimal_sufficient_subset, information, parts)
call(lattice.reconstruction, information, parts, tolerance=tolerance, **base)
call(lattice.wyner_bounds, information, information, tolerance=tolerance, **base)

# spectral
times = st.sampled_from([1.0, 0.0, 5.0, -1.0, np.nan, np.inf])
width = st.sampled_from(["median", 1.0, 0.0, -1.0, np.nan, "a", TINY, 1e300, "knn", "adaptive"])
diffusion = {
    "t": times,
    "order": i.orders,
    "bandwidth": width,
    "anisotropy": times,
    "method": i.one("auto", "exact", "lanczos", "nystroem", "subsample"),
    "base": i.bases,
    "device": st.sampled_from([None, "cpu"]),
    "dtype": st.sampled_from([None, "float32", "float64"]),
    "rng": i.seeds,
    "n_neighbors": i.positive,
    "repeats": i.positive,
}
call(
    spectral.spectral_entropy,
    i.spoilt(i.array(st.sampled_from([0.0, 0.5, 1.0, 1e-300, 0.25]), i.sizes)),
    t=times,
    order=i.orders,
    weights=st.one_of(st.none(), i.pmf),
    **base,
)
call(spectral.diffusion_spectral_entropy, i.matrix, subset_size=i.positive, **diffusion)
call(
    spectral.diffusion_spectral_mutual_information,
    i.matrix,
    st.one_of(i.labels, i.reals),
    discrete=st.sampled_from([None, True, False]),
    n_clusters=i.positive,
    **diffusion,
)
for f in (spectral.rankme,):
    call(f, i.matrix)
call(spectral.effective_rank, i.matrix, spectrum=i.one("singular", "covariance"), center=i.flags)
call(spectral.vendi_score, i.kernel, order=i.orders)
call(spectral.cosine_vendi_score, i.matrix, order=i.orders)
for f in (spectral.participation_ratio, spectral.stable_rank):
    call(f, i.matrix, center=i.flags)
call(spectral.von_neumann_entropy, i.matrix, center=i.flags, **base)
call(spectral.matrix_renyi_entropy, i.kernel, needed={"order": i.orders}, **base)
call(
    spectral.matrix_renyi_mutual_information,
    i.kernel,
    st.one_of(i.kernel, i.spoilt(i.array(st.integers(0, 1), st.just(5)))),
    needed={"order": i.orders},
    **base,
)
call(
    spectral.spectral_decay,
    i.matrix,
    needed={"fit_range": st.sampled_from([(1, 2), (1, 3), (0, 5), (2, 1), (1.5, 2), (1, 10**9)])},
    center=i.flags,
)
call(
    spectral.SpectralMonitor,
    measures=st.sampled_from([("rankme",), (), "rankme", ("nothing",), None]),
    t=times,
    base=i.bases,
    rng=i.seeds,
)

# scorecard: what takes arrays
weighted = {"sample_weight": i.weights}
for f in (s.brier_score, s.calibration_intercept, s.calibration_slope, s.observed_expected_ratio):
    call(f, i.target, st.one_of(i.probabilities, i.inner_probabilities), **weighted)
for f in (s.gini_coefficient, s.kolmogorov_smirnov):
    call(f, i.target, scores, **weighted)
call(s.brier_decomposition, i.target, i.probabilities, n_groups=i.positive, **weighted)
call(s.hosmer_lemeshow, i.target, i.probabilities, n_groups=i.positive, fitted=i.flags, **weighted)
call(
    s.calibration_table,
    i.target,
    i.probabilities,
    bands=st.one_of(st.none(), i.labels),
    n_groups=i.positive,
    level=i.levels,
    **weighted,
)
call(s.gains_table, i.target, scores, n_groups=i.positive, **weighted)
call(s.concordance, i.floats, i.floats, **weighted)
call(s.ordered_gini, i.probabilities, i.floats, relative=i.flags, **weighted)
of_mean = {"needed": {"target_type": i.one("fraction", "rate", "continuous")}, **weighted}
call(s.deviance_explained, i.probabilities, i.inner_probabilities, power=number, **of_mean)
call(s.mean_calibration, i.probabilities, i.inner_probabilities, **of_mean)
for f in (s.mean_calibration_table, s.mean_gains_table):
    call(f, i.probabilities, i.inner_probabilities, n_groups=i.positive, level=i.levels, **of_mean)
call(s.herfindahl_index, i.counts, squared_weights=st.one_of(st.none(), i.counts))
call(
    s.calibrate_to_rate,
    i.probabilities,
    i.levels,
    method=i.one("shift", "logit", "isotonic"),
    y=st.one_of(st.none(), i.target),
    rate_standard_error=number,
    **weighted,
)
call(s.Scale, number, number, number)
call(
    s.MeanScale,
    number,
    number,
    number,
    i.one("logit", "log", "identity"),
    needed={"rising": st.booleans()},
)
call(s.align_scores, i.target, scores, st.sampled_from([s.Scale(20, 600, 50)]), **weighted)
call(
    s.migration_matrix,
    st.one_of(i.labels, i.floats),
    st.one_of(i.labels, i.floats),
    splits=st.sampled_from([None, [0.0], [1.0, 0.0], [np.nan], "a", []]),
    labels=st.sampled_from([None, ["a", "b"], ["a"], "ab"]),
    **weighted,
)
call(s.MasterScale.from_ends, st.lists(number, max_size=4))
costs = st.sampled_from([s.CostTable(1.0, 5.0)])
call(s.CostTable, number, number)
call(
    s.best_cut_off,
    i.target,
    scores,
    costs,
    candidates=st.sampled_from([None, [0.5], [], [np.nan]]),
    **weighted,
)
call(
    s.cut_off_sweep,
    i.target,
    scores,
    st.sampled_from([[0.5, 0.7], [], [np.nan], "a", 0.5]),
    costs=costs,
    protected=st.one_of(st.none(), i.groups),
    level=i.levels,
    **weighted,
)
call(
    s.cut_offs_at_rates, scores, st.sampled_from([[0.5], [], [np.nan], [2.0], "a", 0.5]), **weighted
)
call(
    s.grade_table,
    st.sampled_from([s.MasterScale(bounds=(0.1, 0.3), pds=(0.05, 0.2, 0.5))]),
    i.target,
    i.probabilities,
    level=i.levels,
    **weighted,
)
call(
    s.fit_logistic,
    i.matrix,
    i.spoilt(i.array(cell, i.rows, st.just(2))),
    penalty=i.one("ridge", "firth"),
    alpha=number,
    max_iterations=i.positive,
    offset=st.one_of(st.none(), i.floats),
)

# binning: what takes arrays
limits = st.one_of(st.none(), st.just(binning.Limits(min_bin_size=0.05)))
call(
    binning.Limits,
    max_n_bins=i.positive,
    min_bin_size=number,
    max_bin_size=number,
    min_bin_n_event=number,
    bin_penalty=number,
    max_pvalue=number,
)
call(
    binning.optimal_groups,
    i.counts,
    i.counts,
    limits=limits,
    monotonic_trend=i.one("auto", "ascending", "peak"),
    divergence=i.one("iv", "js", "hellinger"),
)
call(
    cells.BinSpec,
    needed={"name": st.sampled_from(["x", ""]), "kind": i.one("numerical", "categorical")},
    splits=st.sampled_from([(), (1.0,), (2.0, 1.0), (np.nan,)]),
    levels=st.sampled_from([(), (("a",),), (("a",), ("a",))]),
    unknown=i.one("zero", "missing", "error"),
)
call(cells.Factor.from_values, i.labels, st.just("x"))

# fields: what needs no tensors
square = i.spoilt(i.array(st.sampled_from([0.0, 0.5, 1.0, 0.25, -0.5]), i.fixed, i.fixed))
truths = i.spoilt(i.array(st.sampled_from([0.0, 1.0, 0.5, 1e-300]), i.fixed, st.just(2)))
losses = i.spoilt(i.array(i.numbers, i.few))
tokens = i.spoilt(i.array(st.sampled_from([1.0, 2.0, 0.0, 1e15]), i.few))
call(coding.prequential_code_length, losses, tokens, final_loss=number, **base)
call(coding.requential_code_length, losses, tokens, **base)
call(semantic.confirmation, i.probabilities, i.probabilities)
call(semantic.semantic_mutual_information, i.pair, truths, **base)
call(semantic.optimal_truth, i.pair)
call(semantic.maximum_information_classifier, i.pair, st.sampled_from([1, 2, 0, 1.5]), **base)
call(
    semantic.semantic_mixture,
    st.sampled_from([[0.0, 1.0, 2.0], [2.0, 1.0, 0.0], [0.0, np.nan, 1.0]]),
    i.pmf3,
    st.sampled_from([[0.5], [0.0, 2.0], [np.inf], []]),
    st.sampled_from([[1.0], [1.0, 1.0], [0.0], [-1.0]]),
    max_iter=st.sampled_from([1, 20, 0]),
    **base,
)
call(semantic.rate_of_semantic_information, i.pmf3, truths, number, **base)
for f in (semantic.logical_probability, semantic.semantic_bayes):
    call(f, i.pmf3, truths)
call(semantic.pointwise_semantic_information, i.pmf3, truths, **base)
call(statmech.log_multiplicity, i.counts, **base)
call(statmech.structural_entropy, i.counts, normalized=i.flags, **base)
call(statmech.boltzmann_entropy, i.counts, i.counts, **base)
drift = st.sampled_from([np.diag([-1.0, -2.0, -3.0]), [[-1, 0.5, 0], [-0.5, -1, 0], [0, 0, -1]]])
noise = st.sampled_from([np.eye(3), np.diag([1.0, 2.0, 0.5])])
drifts, noises = st.one_of(square, i.spoilt(drift)), st.one_of(square, i.spoilt(noise))
call(statmech.entropy_production_linear, drifts, noises, **base)
call(statmech.entropy_production_parts, drifts, noises, noises, **base)
call(statmech.entropy_production_markov, st.one_of(square, i.channel), **base)
features = i.spoilt(i.array(st.sampled_from([0.0, 1.0, 2.0, -0.5]), i.fixed, st.just(1)))
means = i.spoilt(i.array(st.sampled_from([0.5, 1.0, 0.0]), st.just(1)))
call(statmech.maximum_entropy, features, means, prior=st.one_of(st.none(), i.pmf3))
call(alignment.differential_information, i.pmf3, i.pmf3)
call(alignment.rejected_sample_law, i.pmf3, i.pmf3, number)
call(alignment.best_of_n, i.pmf3, i.counts, i.positive)
call(alignment.best_of_n_kl_bound, i.positive, **base)
call(alignment.exponential_tilt, i.pmf3, i.counts, number)
call(alignment.tilt_for_kl, i.pmf3, i.counts, number)
call(allocation.entropic_mirror_step, i.counts, i.counts, number)
totals = st.sampled_from([24, 36, 12, 0, 1.5])
call(
    allocation.entropic_matching,
    st.sampled_from([[[0.5, 0.2]], [[0.5], [0.1]], [0.5], [[np.nan]]]),
    st.sampled_from([1.0, 0.5, [1.0, 2.0], 0.0, -1.0]),
    number,
    needed={"temperature": number},
    mirror=i.one("entropy", "euclidean"),
)
call(allocation.allocate_rollouts, i.probabilities, totals, low=i.positive, high=i.positive)

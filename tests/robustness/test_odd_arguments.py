"""Values of the wrong kind in every argument: a worded ValueError, or a number that is one.

Each argument of a valid call is replaced by each odd value, the others stay.
"""

import importlib
import math
import traceback
import warnings
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

import infotheory as it
from infotheory import coupling, decomposition, estimation, evidence, lattice, spectral
from infotheory import scorecard as s
from infotheory.exceptions import InfotheoryWarning
from infotheory.fields import alignment, allocation, coding, semantic, statmech
from infotheory.lattice import Information

ODD = {
    "None": None,
    "True": True,
    "a negative zero": -0.0,
    "an integer": -1,
    "a fraction": 0.5,
    "a huge integer": 10**30,
    "the least float": 5e-324,
    "NaN": math.nan,
    "infinity": math.inf,
    "text": "abc",
    "bytes": b"ab",
    "an empty list": [],
    "a tuple": (0, 1),
    "a dict": {"a": 1},
    "a complex number": 1 + 2j,
    "an object": object(),
    "a function": len,
    "a scalar array": np.array(1.0),
    "a table": np.array([[1.0, 2.0]]),
    "no rows": np.empty((0, 3)),
    "half precision": np.array([0.5, 0.25, 0.25], dtype=np.float16),
    "flags": np.array([True, False]),
    "large unsigned integers": np.array([2**63 + 1, 1], dtype=np.uint64),
    "dates": np.array(["2020-01-01"], dtype="M8[D]"),
    "durations": np.array([1], dtype="m8[s]"),
    "records": np.zeros(2, dtype=[("a", float)]),
    "another order of bytes": np.array([0.5, 0.3, 0.2]).astype(">f8"),
    "a series": pd.Series([0.5, 0.3, 0.2], index=[7, 7, "a"]),
    "categories": pd.Categorical(["a", "b", "a"]),
    "nullable integers": pd.Series([1, None], dtype="Int64"),
    "a frame": pd.DataFrame({"a": [0.5, 0.5]}),
    "rows of two lengths": [[1], [1, 2]],
    "masked": np.ma.array([0.5, 0.5], mask=[0, 1]),
    "sparse": sparse.csr_array(np.eye(2)),
    "a decimal": Decimal("0.5"),
    "a ratio": Fraction(1, 2),
    "a list with None": [None, 1.0],
}

P, Q = [0.5, 0.3, 0.2], [0.2, 0.3, 0.5]
PAIR = np.array([[0.3, 0.1, 0.1], [0.1, 0.2, 0.2]])
CUBE = np.random.default_rng(0).dirichlet(np.ones(8)).reshape(2, 2, 2)
X, Y, Z = (np.array(list(text * 4)) for text in ("abbabaab", "ababbaab", "aabbabab"))
FIRST, SECOND = Information.from_labels([0, 0, 1, 1]), Information.from_labels([0, 1, 0, 1])
LIMITS = {"tolerance": 1e-4, "max_iter": 100}
TRUTHS = np.array([[1.0, 0.5, 0.2], [0.2, 0.6, 1.0]])
POINTS = np.random.default_rng(1).normal(size=(12, 3))
LABELS, GROUPS = [0, 1, 0, 1, 1, 0] * 4, list("abab") * 6
SCORES = np.linspace(0.1, 0.9, 24)
CODES = np.arange(48).reshape(24, 2) % 3
TWO = coupling.FactoredCoupling([[0.5, 0.5]] * 2, lambda _: [0.25] * 4, 2)

CALLS = [
    (it.entropy, [P], {"order": 2.0, "base": 2, "axis": -1}),
    (it.renyi_divergence, [P, Q], {"order": 2.0, "base": 2, "axis": -1}),
    (it.jensen_shannon_divergence, [P, Q], {"weights": [0.5, 0.5], "base": 2, "axis": -1}),
    (it.total_correlation, [CUBE], {"base": 2, "batch_ndim": 0}),
    (it.conditional_entropy, [PAIR], {"given": -1, "order": 1.0, "kind": "arimoto"}),
    (it.conditional_mutual_information, [CUBE], {"given": -1, "order": 2.0}),
    (it.mutual_information, [PAIR], {"order": 2.0, "kind": "arimoto"}),
    (it.normalized_mutual_information, [PAIR], {"normalization": "min"}),
    (it.channel_capacity, [[[0.9, 0.1], [0.2, 0.8]]], {"base": 2, **LIMITS}),
    (it.rate_distortion, [[0.5, 0.5], [[0.0, 1.0], [1.0, 0.0]]], {"slope": 1.0, **LIMITS}),
    (it.information_bottleneck_curve, [PAIR], {"betas": [2.0], "n_codes": 2, **LIMITS}),
    (
        decomposition.redundant_information,
        [CUBE],
        {"kind": "williams_beer", "sources": [0, 1], "target": -1},
    ),
    (
        estimation.estimate_entropy,
        [X],
        {"order": 1.0, "method": "plugin", "alphabet_size": 5, "concentration": 0.5},
    ),
    (
        estimation.estimate_mutual_information,
        [X, Y],
        {"method": "plugin", "sample_weight": None, "concentration": 0.5},
    ),
    (estimation.transfer_entropy, [X, Y], {"history": 1, "joint_columns": False}),
    (coupling.minimum_entropy_coupling, [P, Q], {"method": "greedy", "base": 2}),
    (coupling.bottleneck_coupling, [P, Q, 1.0], {"method": "best", "base": 2}),
    (coupling.rate_curve, [P, Q, [0.5]], {"methods": ["algorithm1"], "base": 2}),
    (coupling.entropic_causal_direction, [PAIR], {"base": 2}),
    (coupling.soft_policy, [coupling.GridWorld.build(), -5.0], {}),
    (coupling.markov_coding_game, [4], {"rate": 1.0, "log_beta": -5.0, "episodes": 1}),
    (TWO.encode, [[1, 0]], {"rng": 0}),
    (TWO.decode, [[0, 1]], {}),
    (Information.from_joint, [PAIR, 0], {"min_weight": 0.0}),
    (Information.from_frame, [pd.DataFrame({"a": [0, 1]}), "a"], {"min_weight": 0.0}),
    (FIRST.conditional_entropy, [SECOND], {"order": 2.0, "base": 2}),
    (FIRST.conditional_mutual_information, [SECOND, FIRST], {"base": 2}),
    (FIRST.has_independent_complement, [None], {"rtol": 1e-9}),
    (lattice.shannon_distance, [FIRST, SECOND], {}),
    (lattice.renyi_distance, [FIRST, SECOND], {"order": 2.0}),
    (lattice.generated_lattice, [FIRST, SECOND], {"names": ["a", "b"], "max_elements": 50}),
    (lattice.minimal_sufficient_statistic, [FIRST, SECOND], {"decimals": 12}),
    (lattice.reconstruction, [FIRST, [FIRST, SECOND]], {"tolerance": 1e-9}),
    (lattice.wyner_bounds, [FIRST, SECOND], {"tolerance": 1e-12}),
    (alignment.exponential_tilt, [P, [1.0, 2.0, 3.0], 1.0], {}),
    (alignment.tilt_for_kl, [P, [1.0, 2.0, 3.0], 0.1], {}),
    (allocation.dual_mirror_descent, [[1.0, 2.0], [1.0, 1.0], 1.5, 0.1], {"start": 0.5}),
    (coding.prequential_code_length, [[1.0, 0.5], [10, 10]], {"final_loss": 0.4}),
    (semantic.confirmation, [0.3, 0.2], {}),
    (statmech.structural_entropy, [[3, 2, 1]], {"normalized": False}),
    (semantic.semantic_mutual_information, [PAIR, TRUTHS], {"base": 2}),
    (semantic.optimal_truth, [PAIR], {}),
    (semantic.rate_of_semantic_information, [[0.5, 0.5], TRUTHS[:, :2].T, 1.0], {"base": 2}),
    (semantic.semantic_bayes, [P, TRUTHS.T], {}),
    (
        estimation.bootstrap_counts,
        [[30, 20, 10], lambda tables: tables.max(axis=-1)],
        {"n_resamples": 5, "rng": 0},
    ),
    (spectral.spectral_entropy, [[1.0, 0.5, 0.25]], {"t": 1.0, "order": 1.0, "weights": P}),
    (spectral.rankme, [POINTS], {}),
    (spectral.effective_rank, [POINTS], {"spectrum": "singular", "center": True}),
    (spectral.participation_ratio, [POINTS], {"center": True}),
    (spectral.stable_rank, [POINTS], {"center": False}),
    (spectral.vendi_score, [np.eye(4)], {"order": 2.0}),
    (spectral.cosine_vendi_score, [POINTS], {"order": 2.0}),
    (spectral.von_neumann_entropy, [POINTS], {"center": True, "base": 2}),
    (spectral.matrix_renyi_entropy, [np.eye(4)], {"order": 2.0, "base": 2}),
    (spectral.matrix_renyi_mutual_information, [np.eye(4), np.eye(4)], {"order": 2.0}),
    (spectral.spectral_decay, [POINTS], {"fit_range": (1, 3), "center": True}),
    (
        spectral.diffusion_spectral_entropy,
        [POINTS],
        {"t": 1.0, "bandwidth": 1.0, "method": "exact", "base": 2, "order": 1.0},
    ),
    (
        spectral.diffusion_spectral_mutual_information,
        [POINTS, [0, 1] * 6],
        {"bandwidth": 1.0, "discrete": True, "rng": 0},
    ),
    (evidence.information_values, [CODES, LABELS], {"sample_weight": None, "clusters": None}),
    (evidence.area_under_curve, [LABELS, SCORES], {"sample_weight": None}),
    (evidence.adverse_impact_ratio, [LABELS, GROUPS], {"favourable": 1, "reference": "a"}),
    (evidence.standardized_mean_difference, [SCORES, GROUPS], {"reference": "a"}),
    (evidence.group_metrics, [LABELS, SCORES, GROUPS], {"decision": LABELS, "level": 0.9}),
    (evidence.woe_values, [[30, 20], [10, 20]], {"zero_cells": 0.5}),
    (evidence.population_stability_index, [[30, 20], [10, 20]], {"debias": True}),
    (s.brier_score, [LABELS, SCORES], {"sample_weight": None}),
    (s.observed_expected_ratio, [LABELS, SCORES], {"sample_weight": None}),
    (s.calibration_slope, [LABELS, SCORES], {}),
    (s.hosmer_lemeshow, [LABELS, SCORES], {"n_groups": 3}),
    (s.calibration_table, [LABELS, SCORES], {"n_groups": 3, "level": 0.9}),
    (s.gains_table, [LABELS, SCORES], {"n_groups": 3}),
    (s.kolmogorov_smirnov, [LABELS, SCORES], {}),
    (s.herfindahl_index, [[3, 2, 1]], {"squared_weights": None}),
    (s.calibrate_to_rate, [SCORES, 0.3], {"method": "shift", "rate_standard_error": 0.01}),
    (s.migration_matrix, [GROUPS, GROUPS], {"labels": ["a", "b"]}),
    (s.cut_offs_at_rates, [SCORES, [0.5]], {}),
    (s.best_cut_off, [LABELS, SCORES, s.CostTable(1.0, 5.0)], {"candidates": None}),
]

LOGITS = [[0.1, 0.7, -0.3], [1.0, 0.0, 0.2]]
LANGUAGE = [
    ("attention_entropy", [[[0.5, 0.5], [0.2, 0.8]]], {"mask": None, "base": 2}),
    ("attention_entropy_penalty", [[[[[0.5, 0.5], [0.2, 0.8]]]], [0.3]], {"margin": 0.2}),
    ("clip_cov_mask", [[0.1, 2.0, 3.0, -1.0]], {"mask": None, "share": 0.5, "rng": None}),
    ("cluster_entropy", [[0, 0, 1]], {"log_prob": None, "base": 2}),
    ("entropy_change", [LOGITS, LOGITS], {}),
    ("entropy_discriminator", [LOGITS], {}),
    ("kl_cov_mask", [[0.1, 2.0, 3.0, -1.0]], {"mask": None, "share": 0.5}),
    ("policy_covariance", [[-1.0, -2.0, -0.5], [1.0, 0.0, -1.0]], {"mask": None}),
    ("policy_entropy_change", [LOGITS, [0, 1], [0.5, 0.5]], {}),
    ("segment_entropy", [[0.5, 0.2, 0.1], [0, 0, 1]], {"n": 2}),
    ("temperature_for_entropy", [LOGITS, 0.5], {}),
    ("token_divergence", [LOGITS, LOGITS], {"kind": "kl", "base": 2}),
    ("token_entropy", [LOGITS], {"temperature": 1.0, "base": 2}),
    ("token_importance", [LOGITS, LOGITS], {}),
    ("truncated_entropy", [[-1.0, -2.0]], {"tail": True, "base": 2}),
    ("window_entropy", [[0.5, 0.2, 0.1], 2], {}),
]

# They take as long as they are told to.
ENDLESS = {("markov_coding_game", "episodes")}


def replaced(args, options):
    """The arguments with each odd value in each place."""
    for place in range(len(args)):
        for odd, value in ODD.items():
            yield place, odd, [*args[:place], value, *args[place + 1 :]], options
    for name in options:
        for odd, value in ODD.items():
            yield name, odd, args, {**options, name: value}


def numbers_of(result):
    """Numbers of a result, whatever it is."""
    value = getattr(result, "value", result)
    if isinstance(value, float | np.floating):
        return [float(value)]
    if isinstance(value, np.ndarray) and value.dtype.kind == "f":
        return value.ravel().tolist()
    return []


@pytest.mark.parametrize(
    ("function", "args", "options"), CALLS, ids=[call[0].__qualname__ for call in CALLS]
)
def test_odd_arguments_are_worded_errors_or_give_numbers(function, args, options):
    assert not faults_of(function, args, options)


@pytest.mark.parametrize(("name", "args", "options"), LANGUAGE, ids=[call[0] for call in LANGUAGE])
def test_odd_arguments_of_measures_of_language(name, args, options):
    torch = pytest.importorskip("torch")
    function = getattr(importlib.import_module("infotheory.fields.language"), name)
    tensors = [torch.tensor(value) if isinstance(value, list) else value for value in args]
    assert not faults_of(function, tensors, options)


@pytest.mark.parametrize(("name", "args", "options"), LANGUAGE, ids=[call[0] for call in LANGUAGE])
def test_measures_of_language_take_short_floats_and_no_nan(name, args, options):
    torch = pytest.importorskip("torch")
    function = getattr(importlib.import_module("infotheory.fields.language"), name)

    def tensors(dtype):
        made = [torch.tensor(np.array(x)) if isinstance(x, list) else x for x in args]
        return [x.to(dtype) if is_float_tensor(x) else x for x in made]

    # The masses 0.2 and 0.8 of three digits move the entropies by less than a hundredth.
    exact = flat(function(*tensors(torch.float64), **options))
    for dtype in (torch.float32, torch.float16, torch.bfloat16):
        short = flat(function(*tensors(dtype), **options))
        assert short == pytest.approx(exact, rel=0.01, abs=0.01), dtype

    for place, value in enumerate(tensors(torch.float32)):
        if is_float_tensor(value):
            spoilt = tensors(torch.float32)
            spoilt[place].view(-1)[-1] = math.nan
            with pytest.raises(ValueError, match="must be finite"):
                function(*spoilt, **options)


def is_float_tensor(value):
    return hasattr(value, "is_floating_point") and value.is_floating_point()


def flat(result):
    parts = result if isinstance(result, tuple) else [result]
    return [x for part in parts for x in np.ravel(np.asarray(part.double())).tolist()]


def faults_of(function, args, options):
    """Errors that are raw, and numbers that are none, with the argument that made them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", InfotheoryWarning)
        function(*args, **options)
    raw = []
    for place, odd, odd_args, odd_options in replaced(args, options):
        if (function.__name__, place) in ENDLESS:
            continue
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                result = function(*odd_args, **odd_options)
        except ValueError as error:
            where = traceback.extract_tb(error.__traceback__)[-1].filename
            if "infotheory" not in where:
                raw.append((place, odd, where, str(error)))
        except Exception as error:  # noqa: BLE001 - what is sought
            if not str(error).startswith("rng must"):
                raw.append((place, odd, type(error).__name__, str(error)))
        else:
            values = numbers_of(result)
            if any(math.isnan(value) for value in values):
                raw.append((place, odd, "NaN"))
            if any(value == 0.0 and math.copysign(1.0, value) < 0.0 for value in values):
                raw.append((place, odd, "-0.0"))
    return raw


def test_tensors_without_values_and_of_half_precision():
    torch = pytest.importorskip("torch")
    nothing = torch.empty(2, device="meta")
    for function in (it.entropy, estimation.estimate_entropy):
        with pytest.raises(ValueError, match="must hold values"):
            function(nothing)
    half = torch.tensor([0.5, 0.5], dtype=torch.bfloat16)
    result = coupling.minimum_entropy_coupling(half, [0.6, 0.4], base=2)
    assert result.entropy == pytest.approx(1.360964, abs=1e-6)
    learnt = torch.tensor([0.5, 0.5], requires_grad=True)
    assert coupling.minimum_entropy_coupling(learnt, learnt, base=2).entropy == pytest.approx(1.0)
    mixed = it.jensen_shannon_divergence(P, Q, weights=torch.tensor([0.5, 0.5]))
    assert float(mixed) == pytest.approx(float(it.jensen_shannon_divergence(P, Q)))


@pytest.mark.parametrize("order", [5e-324, 1e-300, 1e-20])
def test_orders_below_the_rounding_of_one(order):
    assert float(it.renyi_divergence(P, Q, order=order)) == pytest.approx(0.0, abs=1e-15)
    assert float(it.mutual_information(PAIR, order=order)) == pytest.approx(0.0, abs=1e-15)


def test_masks_are_refused_where_sklearn_or_torch_read_the_rows():
    from infotheory.binning import OptimalBinner

    rows = np.ma.array(np.random.default_rng(0).normal(size=(60, 3)), mask=False)
    rows[0, 0] = np.ma.masked
    y = np.arange(60) % 2
    calls = [
        lambda: OptimalBinner().fit(rows, y),
        lambda: OptimalBinner().fit(np.asarray(rows), y).transform(rows),
        lambda: estimation.mutual_information_score(rows, y),
        lambda: estimation.estimate_entropy(rows[:, 0], method="kozachenko_leonenko"),
    ]
    for call in calls:
        with pytest.raises(ValueError, match="masked entries"):
            call()


def test_masks_are_refused_by_spectral_measures():
    pytest.importorskip("torch")
    from infotheory import spectral

    rows = np.ma.array(np.random.default_rng(0).normal(size=(20, 3)), mask=False)
    rows[0, 0] = np.ma.masked
    with pytest.raises(ValueError, match="masked entries"):
        spectral.rankme(rows)

"""Figures of results: spoilt arguments, and results of few, tied, constant or odd rows."""

import functools

import numpy as np
import pandas as pd
import pytest
from hypothesis import strategies as st

from infotheory import plots
from infotheory.coupling import bottleneck_coupling, minimum_entropy_coupling, rate_curve
from infotheory.datasets import make_portfolio
from infotheory.fairness import fairness_frontier, scorecard_frontier
from infotheory.lattice import Information
from infotheory.scorecard import (
    CostTable,
    Scale,
    Scorecard,
    align_scores,
    cut_off_sweep,
    reject_inference,
)
from infotheory.spectral import SpectralMonitor
from tests.plots import test_hostile_tables as tables
from tests.plots.test_hostile_tables import NAMES, ODD, fuzz

#: In place of a result: what a user may have at hand.
STRANGE = [None, 5, "result", [1, 2], pd.DataFrame({"value": [1]}), np.eye(2)]
names = st.sampled_from([*NAMES, "x", "a$b$", "iv", "auc", 1, None, [1], np.nan])
levels = st.sampled_from([0.95, 0.5, 0.0, 1.0, np.nan, "a", None, 1e-300])


@functools.cache
def portfolio():
    made = make_portfolio(
        600, numeric=[0.6], categorical=[0.4], protected_slope=1.0, random_state=0
    )
    return made.X.set_axis(["a$b$", "_x"], axis=1), made.y, made.protected


@functools.cache
def card():
    X, y, _ = portfolio()
    return Scorecard().fit(X, y)


@functools.cache
def rejects():
    X, y, _ = portfolio()
    return reject_inference(card(), X[:400], y[:400], X[400:], factors=(1, 2), bands=2)


@functools.cache
def sweep(n_rows, kind):
    """A sweep of few rows, of rows with equal points, or of rows of which none is approved."""
    rng = np.random.default_rng(n_rows)
    points = rng.integers(0, 5 if kind == "tied" else 1000, n_rows)
    cut_offs = {"tied": [2.0], "wide": [-1e12, 3.0, 1e12], "none": [1e9]}[kind]
    # Both classes and both groups are there, however few the rows.
    y, group = np.arange(n_rows) % 2, np.where(np.arange(n_rows) // 2 % 2, "<u>", "v$")
    costs = CostTable(gain_per_good=1.0, loss_per_bad=1e50)
    return cut_off_sweep(y, points, cut_offs, costs=costs, protected={"_g": group})


@functools.cache
def frontier(kind):
    X, y, protected = portfolio()
    if kind == "cards":
        return scorecard_frontier(X, y, protected, n_points=2)
    return fairness_frontier(X, y, protected, [0.0, np.inf])


@functools.cache
def aligned(kind):
    rng = np.random.default_rng(0)
    score = rng.integers(0, 2 if kind == "two" else 9, 60) * (1e15 if kind == "huge" else 1.0)
    y = np.arange(60) % 2
    return align_scores(y, score, Scale(pdo=20, base_points=500, base_odds=1))


@st.composite
def monitors(draw):
    """A monitor of odd layers, whose measures may be equal, few or far from each other."""
    rng = np.random.default_rng(0)
    monitor = SpectralMonitor(draw(st.sampled_from([["rankme"], ["rankme", "stable_rank"]])))
    layers = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=8, unique=True))
    for step in draw(st.lists(st.sampled_from([0, 1, -1e300, 1e18, 0.5]), unique=True)):
        monitor.record(step, {name: rng.normal(size=(6, 3)) for name in layers})
    return monitor


@st.composite
def informations(draw):
    n_atoms = draw(st.sampled_from([1, 2, 4, 6]))
    labels = st.lists(st.sampled_from([0, 1, 2]), min_size=n_atoms, max_size=n_atoms)
    made = [Information.from_labels(each) for each in draw(st.lists(labels, max_size=3))]
    return [*made, *draw(st.sampled_from([[], [], [], [5], [Information.from_labels([0, 1, 1])]]))]


def lattice(parts, **options):
    return plots.plot_lattice(*parts, **options)


weights = st.lists(st.sampled_from([0.0, 1e-300, 0.2, 1.0]), min_size=1, max_size=4)
pmfs = weights.filter(any).map(lambda values: np.array(values) / sum(values))
couplings = st.one_of(
    st.builds(minimum_entropy_coupling, pmfs, pmfs),
    st.builds(minimum_entropy_coupling, pmfs, pmfs, pmfs),
    st.builds(lambda p, q: bottleneck_coupling(p, q, 0.3), pmfs, pmfs),
)
rates = st.sampled_from([[0.5], [0.0, 1e-9, 5.0], [1e300]])
curves = st.builds(rate_curve, pmfs, pmfs, rates)


def result(*made):
    return st.one_of(*made, *made, *made, st.sampled_from(STRANGE))


RESULTS = {
    "cut-offs": (
        plots.plot_cut_offs,
        {
            "sweep": result(
                st.builds(
                    sweep, st.sampled_from([8, 60]), st.sampled_from(["tied", "wide", "none"])
                )
            ),
            "quantity": st.one_of(
                st.sampled_from(["approval_rate", "bad_rate", "profit", "adverse_impact_ratio"]),
                names,
            ),
        },
        {
            "attribute": st.sampled_from(["", "_g", "_g", "g", None, 5]),
            "marked": st.sampled_from([3, 1e308, *ODD]),
        },
    ),
    "quantities of rejects": (
        plots.plot_reject_quantity,
        {
            "result": result(st.builds(rejects)),
            "quantity": st.one_of(
                st.sampled_from(["auc_accepted", "auc_all", "bad_rate_rejected", "bad_rate_all"]),
                st.sampled_from(["points", "profit"]),
                names,
            ),
        },
        {},
    ),
    "points of rejects": (
        plots.plot_reject_points,
        {"result": result(st.builds(rejects)), "feature": st.one_of(st.just("a$b$"), names)},
        {},
    ),
    "alignment": (
        plots.plot_alignment,
        {
            "alignment": result(st.builds(aligned, st.sampled_from(["two", "nine", "huge"]))),
            "score": tables.sequences(),
        },
        {},
    ),
    "frontier": (
        plots.plot_frontier,
        {"frontier": result(st.builds(frontier, st.sampled_from(["cards", "bins"])))},
        {"x": st.one_of(st.sampled_from(["iv", "auc"]), names), "y": names},
    ),
    "lattice": (
        lattice,
        {"parts": informations()},
        {
            "names": st.sampled_from([None, NAMES[:1], NAMES[:2], NAMES[:3], "abc", 5, []]),
            "base": st.sampled_from([2, None, "e", 1.0, -1, np.nan, 1e300, 10, "a"]),
            "max_elements": st.sampled_from([32, 1, 0, -1, 2.5, "a"]),
        },
    ),
    "coupling": (plots.plot_coupling, {"coupling": result(couplings)}, {}),
    "rate curve": (plots.plot_rate_curve, {"curve": result(curves)}, {}),
    "spectra": (
        plots.plot_spectral,
        {"monitor": result(monitors())},
        {"measure": st.one_of(st.sampled_from([None, "rankme"]), names), "level": levels},
    ),
    "bins": (
        plots.plot_binnings,
        {"binner": result(st.builds(card))},
        {
            "features": st.sampled_from([["a$b$"], ["_x", "_x"], [], "_x", 5, [None], [1], ["y"]]),
            "n_columns": st.sampled_from([1, 2, 7, 0, -1, 2.5, "a"]),
            "value": st.sampled_from(["woe", "event_rate", "mean", None]),
            "level": levels,
        },
    ),
    "bins of one": (
        plots.plot_binning,
        {"table": result(st.builds(card))},
        {"feature": names, "woe_sign": st.sampled_from(["event", "nonevent", 5]), "level": levels},
    ),
}


@pytest.fixture(autouse=True)
def _layers_need_torch(request):
    if "spectra" in request.node.name:
        pytest.importorskip("torch")


@pytest.mark.part_of("test_many_figures_of_results")
@pytest.mark.parametrize("name", RESULTS)
def test_figures_of_random_results(name):
    function, needed, options = RESULTS[name]
    fuzz(function, st.fixed_dictionaries(needed, optional=options), 10, by_position=False)


@pytest.mark.slow
@pytest.mark.parametrize("name", RESULTS)
def test_many_figures_of_results(name):
    function, needed, options = RESULTS[name]
    fuzz(function, st.fixed_dictionaries(needed, optional=options), 30, by_position=False)


def test_every_figure_is_fuzzed():
    drawn = {getattr(function, "__name__", "") for function, *_ in RESULTS.values()}
    drawn |= {function.__name__ for function, _ in [*tables.TABLES.values(), *tables.ROWS.values()]}
    # The strategy of a lattice takes its informations as one list.
    assert {name for name in plots.__all__ if callable(getattr(plots, name))} == drawn - {
        "lattice",
        "<lambda>",
    } | {"plot_lattice"}

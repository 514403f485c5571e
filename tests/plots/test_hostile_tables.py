"""Random and spoilt tables and rows: a worded error, or a figure that can be drawn."""

import io

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infotheory import plots
from tests.robustness.outcome import check
from tests.robustness.test_fuzz_arrays import EXPLORING

SOUND = [0.0, 0.05, 0.1, 0.2, 0.5, 0.9, 1.0]
ODD = [-1.0, 2.0, np.nan, np.inf, -np.inf, 1e300, -1e300, 5e-324, 10**400, None, "a", "1", True]
ODD += [1j, pd.NA, pd.Timestamp(0), [1]]
NAMES = ["a", "b$c$", r"$\frac{1", "<b>", "\u202ex", "x" * 200, "", "_hidden", "a\nb", "Totals"]
NAMES += [None, 1, np.nan]
WORDS = ("bin", "feature", "period", "measure")
INTERVALS = (("low", "high"), ("woe_low", "woe_high"), ("iv_low", "iv_high"))
INTERVALS += (("lift_low", "lift_high"), ("cumulative_capture_low", "cumulative_capture_high"))

TABLES = {
    "bins": (plots.plot_binning, "bin count woe woe_low woe_high"),
    "rates": (lambda t: plots.plot_binning(t, value="event_rate"), "bin count events event_rate"),
    "ranking": (plots.plot_ranking, "feature iv iv_low iv_high"),
    "calibration": (plots.plot_calibration, "expected_event_rate event_rate low high"),
    "lift": (plots.plot_lift, "cumulative_share lift cumulative_lift lift_low lift_high"),
    "lorenz": (
        plots.plot_lorenz,
        "cumulative_share cumulative_capture cumulative_capture_low cumulative_capture_high",
    ),
    "stability": (plots.plot_stability, "period value low high critical_value alarm"),
    "map": (plots.plot_stability_map, "period feature value critical_value alarm"),
    "drift": (plots.plot_drift, "period measure value low high reference alarm"),
    "shares": (plots.plot_shares, "bin reference_share share"),
}


def sound_column(draw, name, n):
    if name in WORDS:
        return ["one"] * n if name == "measure" else [f"{name} {i}" for i in range(n)]
    if name == "alarm":
        return draw(st.lists(st.booleans(), min_size=n, max_size=n))
    if name == "cumulative_share":
        return list(np.arange(1, n + 1) / n)
    values = [1, 5, 1000] if name == "count" else SOUND
    return draw(st.lists(st.sampled_from(values), min_size=n, max_size=n))


@st.composite
def tables(draw, names):
    """A table with intervals in order, and mostly one column that is spoilt."""
    n = draw(st.sampled_from([1, 2, 3, 7]))
    table = pd.DataFrame({name: sound_column(draw, name, n) for name in names})
    for low, high in INTERVALS:
        if low in table:
            table[[low, high]] = np.sort(table[[low, high]].to_numpy(float), axis=1)

    name = draw(st.sampled_from(["", *names]))
    if name:
        values = table[name].tolist()
        odd = NAMES if name in WORDS else ODD
        for row in draw(st.sampled_from([range(n), [0], [n - 1]])):
            values[row] = draw(st.sampled_from(odd))
        kind = draw(st.sampled_from([object, None]))
        # No float holds 10**400: older pandas look for a type that does, and fail.
        is_huge = any(isinstance(value, int) and value == 10**400 for value in values)
        table[name] = pd.Series(values, dtype=object if is_huge else kind)
    return draw(st.sampled_from([table, table, table, table[:0], pd.concat([table, table])]))


@st.composite
def sequences(draw):
    values = draw(st.lists(st.sampled_from(SOUND), max_size=8))
    if values and draw(st.booleans()):
        values[0] = draw(st.sampled_from(ODD))
    elif draw(st.booleans()):
        values = sorted(values)
    return draw(st.sampled_from([values, values, values, None, 5, "text", [[1], [1, 2]]]))


@st.composite
def labels(draw):
    values = draw(st.lists(st.sampled_from([0, 1]), max_size=8))
    return [*values, draw(st.sampled_from([0, 1, *ODD]))]


places = st.sampled_from([None, None, 0.3, *ODD])
by_name = st.dictionaries(st.sampled_from(NAMES), st.tuples(sequences(), sequences()), max_size=3)
three = st.one_of(
    st.tuples(sequences(), sequences(), sequences()),
    st.sampled_from([5, (), ([0, 1, 2], [0.5, 1.0], [0.4, 1.0]), ([1, 2], [0.5, 1], [0.4, 1])]),
)
ROWS = {
    "roc": (plots.plot_roc, {"y": labels(), "score": sequences(), "sample_weight": sequences()}),
    "roc of rates": (plots.plot_roc, {"rates": st.one_of(by_name, sequences())}),
    "roc of samples": (plots.plot_roc, {"y": by_name}),
    "curves": (plots.plot_class_curves, {"points": sequences(), "y": labels(), "cut_off": places}),
    "curves of shares": (plots.plot_class_curves, {"shares": three, "cut_off": places}),
    "distribution": (
        plots.plot_score_distribution,
        {
            "points": sequences(),
            "y": labels(),
            "n_cells": st.sampled_from([30, 1, 0, -1, 2.5, "a", 10**9]),
        },
    ),
    "distribution of cells": (plots.plot_score_distribution, {"cells": three}),
    "migration": (
        plots.plot_migration,
        {
            "rates": st.one_of(st.lists(sequences(), max_size=3), sequences()),
            "labels": st.sampled_from([None, None, NAMES[:2], "ab", 5]),
        },
    ),
}


def drawn(function, *args, **options):
    """Draw a figure whole: some of matplotlib's errors come only then."""
    ax = check(function, *args, **options)
    if ax is not None:
        ax.figure.savefig(io.BytesIO(), format="svg")
    return ax


def fuzz(function, strategy, n_examples, *, by_position):
    @settings(max_examples=settings.default.max_examples if EXPLORING else n_examples)
    @given(strategy)
    def run(value):
        drawn(function, value) if by_position else drawn(function, **value)

    run()


@pytest.mark.part_of("test_many_figures")
@pytest.mark.parametrize("name", TABLES)
def test_figures_of_random_tables(name):
    function, columns = TABLES[name]
    fuzz(function, tables(columns.split()), 12, by_position=True)


@pytest.mark.part_of("test_many_figures")
@pytest.mark.parametrize("name", ROWS)
def test_figures_of_random_rows(name):
    function, options = ROWS[name]
    fuzz(function, st.fixed_dictionaries(options), 12, by_position=False)


@pytest.mark.slow
@pytest.mark.parametrize("name", [*TABLES, *ROWS])
def test_many_figures(name):
    if name in TABLES:
        function, columns = TABLES[name]
        fuzz(function, tables(columns.split()), 24, by_position=True)
    else:
        function, options = ROWS[name]
        fuzz(function, st.fixed_dictionaries(options), 24, by_position=False)


def table(**columns):
    return pd.DataFrame(columns)


STABLE = {"period": ["1", "2"], "value": [0.1, 0.2], "low": [0.0, 0.1], "high": [0.2, 0.3]}
STABLE |= {"critical_value": [0.3, 0.3], "alarm": [False, False]}
RANKED = {"feature": ["a"], "iv": [0.2], "iv_low": [0.1], "iv_high": [0.3]}
BINS = {"bin": ["a", "b"], "count": [1, 2], "woe": [0.1, -0.1]}
BINS |= {"woe_low": [0.0, -0.2], "woe_high": [0.2, 0.0]}
CALIBRATED = {"expected_event_rate": [0.1], "event_rate": [0.2], "low": [0.1], "high": [0.3]}


@pytest.mark.parametrize(
    ("draw", "text"),
    [
        (
            lambda: plots.plot_ranking(table(**RANKED | {"iv_low": [0.4]})),
            "no interval may end below its start",
        ),
        (lambda: plots.plot_ranking(table(**RANKED | {"iv": ["0.2"]})), "'iv' must hold numbers"),
        (lambda: plots.plot_ranking(table(**RANKED | {"iv": [np.nan]})), "missing values only"),
        (lambda: plots.plot_binning(table(**BINS | {"count": [-1, 2]})), "counts of rows from 0"),
        (
            lambda: plots.plot_calibration(table(**CALIBRATED | {"event_rate": [20.0]})),
            "shares from 0 to 1",
        ),
        (
            lambda: plots.plot_stability(table(**STABLE | {"alarm": [False, np.nan]})),
            "'alarm' must hold True or False, got nan",
        ),
        (
            lambda: plots.plot_stability_map(pd.concat([table(feature=["a", "a"], **STABLE)] * 2)),
            "one row a period and feature",
        ),
        (
            lambda: plots.plot_shares(table(bin=["a"], reference_share=[40.0], share=[0.5])),
            "shares must lie between 0 and 1",
        ),
        (
            lambda: plots.plot_class_curves([1, 2, 3], [0, 1, 0], cut_off=np.nan),
            "cut_off must be one finite number",
        ),
        (
            lambda: plots.plot_class_curves(shares=([2, 1], [0.5, 1.0], [0.4, 1.0])),
            "points must be finite numbers that ascend",
        ),
        (
            lambda: plots.plot_score_distribution(cells=([0, 1], [0], [1])),
            "some of each class above 0",
        ),
        (lambda: plots.plot_roc(rates={}), "rates must name one sample or more"),
    ],
)
def test_what_would_make_a_wrong_figure_is_refused(draw, text):
    with pytest.raises(ValueError, match=text):
        draw()


def test_axes_are_axes():
    with pytest.raises(TypeError, match="ax must be axes of matplotlib, or None"):
        plots.plot_ranking(table(**RANKED), ax=5)


@pytest.mark.parametrize("draw", [plots.plot_stability, plots.plot_drift, plots.plot_stability_map])
def test_a_figure_of_nothing_says_so(draw):
    empty = table(**STABLE | {"value": [np.nan] * 2}, measure=["AUC"] * 2, reference=[np.nan] * 2)
    empty["feature"] = "a"
    assert "no value is known" in [text.get_text() for text in draw(empty).texts]


def test_an_interval_without_an_end_leaves_the_figure():
    ax = plots.plot_stability(table(**STABLE | {"high": [0.2, np.inf]}))
    ends = [segment[1, 1] for segment in ax.collections[0].get_segments()]
    assert ends[0] == 0.2
    assert ends[1] > ax.get_ylim()[1]


def test_a_name_that_matplotlib_would_hide_is_in_the_legend():
    ax = plots.plot_roc(rates={"_test": ([0.0, 1.0], [0.0, 1.0])})
    assert [text.get_text().strip("\u200b") for text in ax.get_legend().get_texts()] == ["_test"]

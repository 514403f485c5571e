"""What is wrong with a frame is said in the same words on every engine."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from infotheory.binning import FairBinner, OptimalBinner
from infotheory.engines import count_frame, open_frame
from infotheory.evidence import population_stability_indices

# The few rows of these frames separate the classes.
pytestmark = [
    pytest.mark.filterwarnings("ignore::infotheory.exceptions.LeakageWarning"),
    pytest.mark.filterwarnings("ignore::infotheory.exceptions.SparseCellWarning"),
]

every_engine = pytest.mark.parametrize(
    "engine", ["pandas", "pyarrow", "polars lazy", "duckdb", "spark"]
)


def spoilt(**columns):
    data = {
        "x": [1.0, 2.0, 3.0, 4.0] * 5,
        "c": list("abab") * 5,
        "y": [0, 1, 1, 0] * 5,
        "w": [1.0] * 20,
    }
    return pd.DataFrame(
        data | {name: list(values) * (20 // len(values)) for name, values in columns.items()}
    )


SPOILT = {
    "no such column": (
        {},
        {"sample_weight": "weight"},
        ValueError,
        r"\('x', 'c', 'y', 'w'\), got 'weight'",
    ),
    "no such feature": (
        {},
        {"features": ["z"]},
        ValueError,
        r"columns of the frame \('x', .*, got 'z'",
    ),
    "target as feature": (
        {},
        {"features": ["x", "y"]},
        ValueError,
        r"besides target, .* got \['y'\]",
    ),
    "two roles": ({}, {"sample_weight": "y"}, ValueError, "must be different columns, got"),
    "infinite": ({"x": [1.0, np.inf]}, {}, ValueError, "infinity in feature 'x', got inf"),
    "minus infinite": ({"x": [1.0, -np.inf]}, {}, ValueError, "infinity in feature 'x', got -inf"),
    "dates": (
        {"x": [dt.datetime(2020, 1, 1)]},
        {},
        ValueError,
        "feature 'x' must hold numbers or categories",
    ),
    "lists": ({"x": [[1, 2], [3]]}, {}, TypeError, "argument must be a string or a number"),
    "one class": ({"y": [1]}, {}, ValueError, "y must hold two classes, got one class: 1"),
    "three classes": (
        {"y": [0, 1, 2, 1]},
        {},
        ValueError,
        "Only binary classification is supported",
    ),
    "missing label": (
        {"y": [0, 1, None, 1]},
        {},
        ValueError,
        "y must not contain NaN or None, got 5 missing labels",
    ),
    "missing text label": (
        {"y": ["a", "b", None, "b"]},
        {},
        ValueError,
        "y must not contain NaN or None, got 5",
    ),
    "negative weight": (
        {"w": [1.0, -2.0]},
        {"sample_weight": "w"},
        ValueError,
        "must not be negative, got -2",
    ),
    "missing weight": (
        {"w": [1.0, np.nan]},
        {"sample_weight": "w"},
        ValueError,
        "sample_weight 'w' must be finite",
    ),
    "no weight": (
        {"w": [0.0]},
        {"sample_weight": "w"},
        ValueError,
        "sample_weight 'w' must not all be zero",
    ),
    "one class with weight": (
        {"w": [1.0, 0.0, 0.0, 1.0]},
        {"sample_weight": "w"},
        ValueError,
        "one class with positive sample_weight",
    ),
    "text as weight": (
        {"w": ["a", "b"]},
        {"sample_weight": "w"},
        (TypeError, ValueError),
        "must (be|hold) (real )?numbers",
    ),
    "missing group": ({"c": ["a", None, "b", "a"]}, {"protected": "c"}, None, ""),
}


@every_engine
@pytest.mark.parametrize("case", SPOILT)
def test_what_is_wrong_is_said(on_engine, engine, case):
    columns, options, error, text = SPOILT[case]
    frame = on_engine(spoilt(**columns), engine)
    options = {"features": ["x"]} | options
    if error is None:
        OptimalBinner().fit_frame(frame, "y", **options)
        with pytest.raises(ValueError, match="protected attribute 'c' must not be missing"):
            FairBinner().fit_frame(frame, "y", **options)
        return
    with pytest.raises(error, match=text):
        OptimalBinner().fit_frame(frame, "y", **options)


@every_engine
def test_weights_are_named_where_the_target_tells_its_kind(on_engine, engine):
    frame = on_engine(spoilt(w=[1.0, -2.0]), engine)
    with pytest.raises(ValueError, match="sample_weight 'w' must not be negative, got -2"):
        OptimalBinner(target_type="auto").fit_frame(frame, "y", sample_weight="w")


@every_engine
def test_an_empty_frame_is_an_error_unless_the_classes_are_told(on_engine, engine):
    frame = on_engine(spoilt().head(0).astype({"c": "str"}), engine)
    with pytest.raises(ValueError, match=r"Found array with 0 sample\(s\)"):
        OptimalBinner().fit_frame(frame, "y", features=["x"])
    specs = OptimalBinner().fit_frame(spoilt(), "y", features=["x", "c"]).specs_
    counts = count_frame(frame, specs, target="y", classes=(0, 1), groups="c")
    assert counts.rows == 0
    assert not counts.tables["x"].counts.any()
    full = count_frame(on_engine(spoilt(), engine), specs, target="y", classes=(0, 1), groups="c")
    for total in (counts + full, full + counts):
        assert total.tables["c"].counts.tolist() == full.tables["c"].counts.tolist()


@pytest.mark.parametrize(
    "name", ["x.y", 'a"b', "a'b", "order", "count(*)", "$1", "a\nb", "a,b", "*"]
)
def test_names_of_columns_are_no_queries_of_duckdb(name):
    """A feature and a period by names that mean something in SQL."""
    duckdb = pytest.importorskip("duckdb")
    rng = np.random.default_rng(0)
    rows = pd.DataFrame(
        {name: rng.normal(size=200), name + "_": np.resize(["2024-01", "2024-02"], 200)}
    )
    binner = OptimalBinner(max_n_bins=3).fit(rows[[name]], rng.integers(0, 2, 200))

    def indices(frame):
        return population_stability_indices(rows, frame, binner.specs_, periods=name + "_")

    old = int(duckdb.__version__.split(".")[0]) < 2
    if name == "*" or (old and name in ("x.y", 'a"b')):
        with pytest.raises(ValueError, match=r"must have names other than '\*'.* in another way"):
            indices(duckdb.from_df(rows))
    else:
        pd.testing.assert_frame_equal(indices(duckdb.from_df(rows)), indices(rows))


@pytest.mark.parametrize("name", [["x"], {"x": 1}, np.array(["x"]), 5, ("x",)])
def test_what_is_no_name_is_no_column(name):
    frame = open_frame(pd.DataFrame({"x": [1.0], "y": [0]}))
    with pytest.raises(ValueError, match="must be columns of the frame"):
        frame.check_columns("features", [name])


@pytest.mark.parametrize("name", [["y"], 5, {"y": 1}, ("y",), [["y"]]])
def test_roles_that_are_no_names_are_refused_in_words(name):
    rows = pd.DataFrame({"x": np.arange(60.0), "y": [0, 1, 1] * 20, "g": list("ab") * 30})
    specs = OptimalBinner().fit(rows[["x"]], rows["y"]).specs_
    calls = [
        lambda: OptimalBinner().fit_frame(rows, name),
        lambda: OptimalBinner().fit_frame(rows, "y", features=[name]),
        lambda: OptimalBinner().fit_frame(rows, "y", sample_weight=name),
        lambda: OptimalBinner().fit_frame(rows, "y", protected=[name]),
        lambda: count_frame(rows, specs, target=name),
        lambda: count_frame(rows, specs, target="y", groups=[name]),
        lambda: population_stability_indices(rows, rows, specs, periods=name),
        lambda: population_stability_indices(rows, rows, specs, sample_weight=name),
    ]
    for call in calls:
        with pytest.raises(ValueError, match="must be columns of the frame"):
            call()

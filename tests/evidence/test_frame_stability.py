"""Stability indices of two frames: those of the rows in memory, whatever the engines."""

from contextlib import nullcontext

import numpy as np
import pandas as pd
import pytest

from infotheory.cells import BinSpec
from infotheory.evidence import (
    characteristic_stability,
    population_stability_index,
    population_stability_indices,
)
from infotheory.exceptions import SparseCellWarning
from infotheory.inference import benjamini_hochberg, holm
from infotheory.tables import CountTable
from tests.engines.warehouse import WAREHOUSES

ENGINES = ("pandas", "pyarrow", "polars", "polars lazy", "duckdb", "spark", *WAREHOUSES)

every_engine = pytest.mark.parametrize("engine", ENGINES)


def rows(n, seed, shift=0.0):
    rng = np.random.default_rng(seed)
    x = rng.normal(shift, 1.0, n)
    x[::11] = np.nan
    places = ["North", "South", "East"] if shift == 0.0 else ["North", "South", "Moon"]
    region = rng.choice(places, n, p=[0.5, 0.4, 0.1]).astype(object)
    region[::17] = None
    return pd.DataFrame(
        {"x": x, "region": region, "flag": rng.random(n) < 0.3, "w": rng.uniform(0.0, 2.0, n)}
    )


@pytest.fixture(scope="module")
def specs():
    return {
        "x": BinSpec(name="x", kind="numerical", splits=(-1.0, 0.0, 1.0)),
        "region": BinSpec(
            name="region", kind="categorical", levels=(("North",), ("East", "South"))
        ),
        "flag": BinSpec(name="flag", kind="categorical", levels=(("False",), ("True",))),
    }


def table_of(spec, frame, weights):
    codes = spec.encode(frame[spec.name].to_numpy())
    labels = (*spec.labels, "Unseen")
    return CountTable.from_codes(
        codes, np.zeros(len(codes), int), sample_weight=weights, labels=labels
    )


@every_engine
@pytest.mark.parametrize("weights", [None, "w"])
def test_each_row_is_the_single_index(specs, on_engine, engine, weights):
    march, april = rows(3000, 1), rows(1500, 2, shift=0.2)
    found = population_stability_indices(
        on_engine(march, engine),
        on_engine(april, engine),
        specs,
        sample_weight=weights,
        level=0.9,
        alpha=0.1,
    )
    assert found["feature"].tolist() == list(specs)
    for name, spec in specs.items():
        pair = [
            table_of(spec, frame, None if weights is None else frame["w"])
            for frame in (march, april)
        ]
        with pytest.warns(SparseCellWarning) if name == "region" else nullcontext():
            wanted = characteristic_stability(*pair)
        row = found.set_index("feature").loc[name]
        assert row["value"] == pytest.approx(wanted.value, rel=1e-10)
        assert row["standard_error"] == pytest.approx(wanted.standard_error, rel=1e-10)
        assert row["critical_value"] == pytest.approx(wanted.critical_value(0.1), rel=1e-10)
        assert (row["low"], row["high"]) == pytest.approx(wanted.interval(0.9), rel=1e-9)
        assert row["p_value"] == pytest.approx(wanted.p_value, abs=0.02)
    assert found["adjusted_p_value"].tolist() == pytest.approx(
        benjamini_hochberg(found["p_value"].to_numpy()).tolist()
    )
    assert found["moved"].tolist() == (found["adjusted_p_value"] < 0.1).tolist()
    assert found["alarm"].tolist() == (found["adjusted_tolerance_p_value"] < 0.1).tolist()
    assert found.set_index("feature").loc["region", "moved"]


@every_engine
def test_the_frames_may_lie_on_different_engines(specs, on_engine, engine):
    march, april = rows(900, 3), rows(700, 4)
    wanted = population_stability_indices(march, april, specs)
    pd.testing.assert_frame_equal(
        population_stability_indices(march, on_engine(april, engine), specs), wanted
    )


def test_by_hand():
    """Shares 1/2, 1/2 against 0.4, 0.6: (0.5 - 0.4) ln(0.5 / 0.4) + (0.5 - 0.6) ln(0.5 / 0.6)."""
    spec = BinSpec(name="x", kind="numerical", splits=(1.0,))
    march, april = (
        pd.DataFrame({"x": np.repeat([0.0, 1.0], sizes)}) for sizes in ((50, 50), (40, 60))
    )
    row = population_stability_indices(march, april, {"x": spec}).iloc[0]
    assert row["value"] == pytest.approx(0.1 * np.log(0.5 / 0.4) - 0.1 * np.log(0.5 / 0.6))
    assert row["value"] == pytest.approx(population_stability_index([50, 50], [40, 60]).value)


@every_engine
def test_faults_say_which_frame_and_column(specs, on_engine, engine):
    march, april = rows(500, 5), rows(400, 6)

    def indices(first, second, **options):
        return population_stability_indices(
            on_engine(first, engine), on_engine(second, engine), specs, **options
        )

    with pytest.raises(ValueError, match=r"features must be columns of the frame .* got 'flag'"):
        indices(march, april.drop(columns="flag"))
    with pytest.raises(ValueError, match=r"must be columns of the frame .* got 'weight'"):
        indices(march, april, sample_weight="weight")
    with pytest.raises(ValueError, match="actual must hold rows, got an empty frame"):
        indices(march, april[:0])
    with pytest.raises(ValueError, match="expected must hold rows, got an empty frame"):
        indices(march[:0], april)
    with pytest.raises(ValueError, match="infinity in feature 'x'"):
        indices(march, april.assign(x=np.inf))
    with pytest.raises(TypeError, match="'x'"):
        indices(march, april.assign(x="many"))


def test_options_are_checked(specs):
    frame = rows(100, 7)
    with pytest.raises(
        ValueError, match="specs must hold the bins of at least one feature, got none"
    ):
        population_stability_indices(frame, frame, {})
    with pytest.raises(ValueError, match="alpha must lie strictly between 0 and 1"):
        population_stability_indices(frame, frame, specs, alpha=0.0)
    with pytest.raises(TypeError, match="frame must be a table of a known engine"):
        population_stability_indices([1, 2], frame, specs)


@pytest.mark.parametrize("engine", ["pandas", "polars lazy", "duckdb"])
def test_one_index_a_feature_and_period(specs, on_engine, engine):
    march = rows(3000, 1)
    later = pd.concat([rows(900, 2, shift=0.4), rows(700, 3)], ignore_index=True)
    later["month"] = ["2024-04"] * 900 + ["2024-05"] * 700
    found = population_stability_indices(
        march, on_engine(later, engine), specs, periods="month", sample_weight="w"
    )
    assert found[["feature", "period"]].to_numpy().tolist() == [
        [feature, period] for feature in specs for period in ("2024-04", "2024-05")
    ]
    for period, of_period in found.groupby("period"):
        alone = population_stability_indices(
            march, later[later["month"] == period], specs, sample_weight="w"
        )
        own = [name for name in alone if not name.startswith("overall_")]
        pd.testing.assert_frame_equal(of_period[own].reset_index(drop=True), alone[own], rtol=1e-12)
    smallest = found.groupby("period")["adjusted_p_value"].min().to_numpy()
    overall = found.groupby("period")["overall_p_value"].min().to_numpy()
    assert overall.tolist() == pytest.approx(holm(smallest).tolist())


def test_a_period_must_not_be_missing(specs):
    later = rows(100, 2).assign(month=["2024-04"] * 99 + [None])
    with pytest.raises(
        ValueError, match="periods must not be missing, got rows without one in column 'month'"
    ):
        population_stability_indices(rows(100, 1), later, specs, periods="month")


@pytest.mark.parametrize("periods", [None, "p"])
def test_a_sample_without_any_weight_is_refused(periods):
    rng = np.random.default_rng(7)
    rows = pd.DataFrame({"a": rng.normal(size=60), "w": 2.0, "p": ["x", "y"] * 30})
    specs = {"a": BinSpec(name="a", kind="numerical", splits=(0.0,))}
    with pytest.raises(ValueError, match="sample_weight 'w' must not all be zero"):
        population_stability_indices(
            rows, rows.assign(w=0.0), specs, sample_weight="w", periods=periods
        )

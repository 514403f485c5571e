"""Spark Connect, and Dask through narwhals: all that takes a frame gives the numbers of rows.

One server of Spark for all tests, small tables; skipped where the packages are not installed.
"""

import shutil
import warnings

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from infotheory.binning import OptimalBinner
from infotheory.engines import CountStore, PrebinOptions, count_frame, fine_cells, sampling
from infotheory.evidence import population_stability_indices
from infotheory.scorecard import Scorecard, ScorecardMonitor, ScorecardRegressor

pytestmark = [
    # Spark does not know pandas 3 in full, narwhals will have Dask in a package of its own.
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::infotheory.exceptions.InfotheoryWarning"),
]
FEATURES = ["amount", "age", "region", "owner"]
N = 300


@pytest.fixture(scope="module")
def rows():
    """Amounts with gaps, text with blanks and case, text of numbers, booleans."""
    rng = np.random.default_rng(7)
    amount = rng.normal(size=N).round(1)
    region = rng.choice(["north", "North", "north ", "süd"], N).astype(object)
    amount[::17], region[::13] = np.nan, None
    return pd.DataFrame(
        {
            "amount": amount,
            "age": rng.integers(20, 29, N),
            "region": region,
            "owner": rng.random(N) < 0.4,
            "rate": rng.choice(["1.50", "2.0", "3"], N),
            "bad": (rng.random(N) < 0.3 + 0.2 * (region == "North")).astype(int),
            "loss": rng.beta(1, 2, N),
            "weight": rng.integers(1, 4, N) / 2.0,
            "month": np.repeat(["2026-01", "2026-02"], N // 2),
        }
    )


@pytest.fixture(scope="module")
def spark_connect():
    """Remote session of a local server."""
    if shutil.which("java") is None:
        pytest.skip("Spark needs Java 17 on the path")
    for name in ("grpc", "grpc_status", "pyspark"):
        pytest.importorskip(name, reason="Spark Connect needs pyspark[connect]")
    from pyspark.sql import SparkSession

    if SparkSession._instantiatedSession is not None:
        pytest.skip("a process has one kind of session of Spark, and has another one already")
    settings = {
        "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.sql.shuffle.partitions": "1",
        "spark.sql.session.timeZone": "UTC",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
    }
    with warnings.catch_warnings(), pytest.MonkeyPatch.context() as patch:
        # What only a server can be told, it was told when it started.
        warnings.simplefilter("ignore")
        # A port of its own: else it is 15002, which the server of another worker may have.
        patch.setenv("SPARK_TESTING", "1")
        session = SparkSession.builder.remote("local[1]").config(map=settings).getOrCreate()
    yield session
    session.stop()


@pytest.fixture(scope="module", params=["spark connect", "dask"])
def on_engine(request):
    """Return a function that gives rows to an engine."""
    if request.param == "dask":
        dask = pytest.importorskip("dask")
        dask_frame = pytest.importorskip("dask.dataframe")
        with dask.config.set(scheduler="synchronous"):
            yield lambda frame: dask_frame.from_pandas(frame, npartitions=2)
        return

    session = request.getfixturevalue("spark_connect")
    yield lambda frame: session.createDataFrame(pa.Table.from_pandas(frame, preserve_index=False))


@pytest.fixture(scope="module")
def frame(on_engine, rows):
    return on_engine(rows)


def in_memory(frame):
    """Rows of a result."""
    # A frame of Spark has every name for that of a column.
    is_spark = hasattr(type(frame), "toArrow")
    return frame.toArrow().to_pandas() if is_spark else frame.compute()


def binner():
    return OptimalBinner(max_n_bins=4)


@pytest.mark.parametrize("weights", [None, "weight"])
def test_bins_are_those_of_rows(frame, rows, weights):
    weight = None if weights is None else rows[weights]
    wanted = binner().fit(rows[FEATURES], rows["bad"], weight)
    found = binner().fit_frame(frame, "bad", sample_weight=weights, features=FEATURES)
    assert found.specs_ == wanted.specs_
    pd.testing.assert_frame_equal(found.summary(), wanted.summary(), check_exact=True)
    by_row = in_memory(found.transform_frame(frame))[FEATURES].to_numpy()
    np.testing.assert_array_equal(by_row, np.asarray(wanted.transform(rows[FEATURES])))


def test_text_of_numbers_has_its_level_however_it_is_written(frame, rows):
    read = rows[["age"]].assign(rate=rows["rate"].astype(float))
    learnt = OptimalBinner(categorical_features=["rate"]).fit(read, rows["bad"])
    found = in_memory(learnt.transform_frame(frame))["rate"].to_numpy()
    np.testing.assert_array_equal(found, np.asarray(learnt.transform(read))[:, 1])


def test_cards_points_and_means_are_those_of_rows(frame, rows):
    wanted = Scorecard(binner(), signs="free").fit(rows[FEATURES], rows["bad"])
    found = Scorecard(binner(), signs="free").fit_frame(frame, "bad", features=FEATURES)
    np.testing.assert_allclose(found.coef_, wanted.coef_, rtol=1e-9)
    np.testing.assert_allclose(found.covariance_, wanted.covariance_, rtol=1e-9, atol=1e-14)
    points = in_memory(wanted.predict_points_frame(frame))["points"]
    assert points.tolist() == wanted.predict_points(rows[FEATURES]).tolist()

    mean = ScorecardRegressor(binner(), target_type="fraction", signs="free")
    coefficients = mean.fit_frame(frame, "loss", features=FEATURES[:2]).coef_
    wanted = mean.fit(rows[FEATURES[:2]], rows["loss"]).coef_
    np.testing.assert_allclose(coefficients, wanted, rtol=1e-9)


def test_stability_and_monitors_are_those_of_rows(frame, rows):
    card = Scorecard(binner(), signs="free").fit(rows[FEATURES], rows["bad"])
    specs = card.binner_.specs_
    pd.testing.assert_frame_equal(
        population_stability_indices(rows[:100], frame, specs),
        population_stability_indices(rows[:100], rows, specs),
        check_exact=True,
    )
    monitor = ScorecardMonitor.from_reference_frame(card, frame, "bad")
    found = monitor.compare_frame(frame, "bad", periods="month").stability
    monitor = ScorecardMonitor.from_reference(card, rows[FEATURES], rows["bad"])
    wanted = monitor.compare(rows[FEATURES], rows["bad"], periods=rows["month"]).stability
    pd.testing.assert_frame_equal(found, wanted, check_exact=True)


def test_shards_add_up_in_a_store(on_engine, rows, tmp_path):
    cells = fine_cells(rows, dict.fromkeys(FEATURES, PrebinOptions(max_n_prebins=5)))
    store = CountStore(tmp_path)
    for month in ("2026-01", "2026-02"):
        shard = on_engine(rows[rows["month"] == month])
        store.count(shard, cells, shard=month, target="bad")
    wanted = count_frame(rows, cells, target="bad")
    for name, table in store.total().tables.items():
        np.testing.assert_array_equal(table.counts, wanted.tables[name].counts)


def test_of_many_rows_a_sample_places_the_cells(frame, monkeypatch):
    monkeypatch.setattr(sampling, "SAMPLE_ROWS", 150)
    fits = [
        OptimalBinner(max_n_prebins=5).fit_frame(frame, "bad", features=["amount"])
        for _ in range(2)
    ]
    assert fits[0].specs_ == fits[1].specs_
    assert fits[0].counts_.rows == N

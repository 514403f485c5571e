"""Parquet files, whose statistics leave NaN out: engines that trust them must not lose missing
values.
"""

import duckdb
import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from pyarrow import parquet

from infotheory.binning import OptimalBinner

ENGINES = {
    "polars": pl.scan_parquet,
    # of the module's own connection: before DuckDB 1.4 a relation does not keep another one open
    "duckdb": lambda path: duckdb.read_parquet(str(path)),
}


@pytest.mark.parametrize("engine", ENGINES)
def test_nan_in_a_file_is_missing(tmp_path, engine):
    x = np.array([1.0, np.nan, 2.0, 3.0, np.nan, 4.0, np.nan, 2.0])
    y = np.array([0, 1, 0, 1, 1, 0, 0, 1])
    parquet.write_table(pa.table({"x": x, "y": y}), tmp_path / "rows.parquet")
    frame = ENGINES[engine](tmp_path / "rows.parquet")
    binner = OptimalBinner(user_splits={"x": [2.5]}, metric="indices").fit_frame(frame, "y")
    assert binner.prebin_tables_["x"].counts.tolist() == [[2.0, 1.0], [1.0, 1.0], [1.0, 2.0]]
    found = binner.transform_frame(frame)
    codes = (found.collect() if engine == "polars" else found.pl())["x"].to_list()
    assert codes == [0, 2, 0, 1, 2, 1, 2, 0]

"""Fitting Parquet files that need not fit in memory: seconds and peak memory beside reading the same file once.

`python large_tables.py 100000000` fits 10^8 rows (a file of 6 GB, in the directory of temporary files); `--figure`
draws `docs/images/large_tables.png` of the sizes that were run.
"""

from pathlib import Path
from typing import Any

import numpy as np

SIZES = (10**5, 10**6, 10**7)
IN_MEMORY = 10**7
CHUNK = 10**6
ROW_GROUP = 2**17
DUCKDB_MEMORY = "2GB"
FIGURE = Path(__file__).parent.parent / "docs" / "images" / "large_tables.png"


def chunk(number: int, n_rows: int) -> dict[str, np.ndarray[Any, Any]]:
    """Ten numbers of all sorts and a target: ties, heavy tails, mostly zeros, missing values."""
    rng = np.random.default_rng((0, number))
    noise = rng.standard_normal((3, n_rows))
    columns = {
        "balance": rng.lognormal(7.0, 1.2, n_rows).round(2),
        "age": rng.integers(18, 90, n_rows).astype(np.float64),
        "inquiries": rng.poisson(1.3, n_rows).astype(np.float64),
        "arrears": np.where(rng.random(n_rows) < 0.7, 0.0, rng.exponential(400.0, n_rows).round(2)),
        "score": noise[0],
        "return": rng.standard_t(3, n_rows),
        "utilisation": (100.0 * rng.beta(0.8, 2.0, n_rows)).round(),
        "share": rng.random(n_rows),
        "trend": np.where(rng.random(n_rows) < 0.05, np.nan, noise[1]),
        "mixture": np.where(rng.random(n_rows) < 0.3, 3.0 + 0.5 * noise[2], noise[2]),
    }
    z = 0.4 * columns["score"] + 0.015 * columns["utilisation"] + 0.2 * columns["inquiries"]
    z += 0.3 * np.nan_to_num(columns["trend"], nan=0.8) + 0.0008 * columns["arrears"] - 0.02 * columns["age"]
    columns["bad"] = (rng.random(n_rows) < 1.0 / (1.0 + np.exp(2.4 - z))).astype(np.int8)
    return columns


def write(path: Path, n_rows: int) -> None:
    """Write the rows a chunk at a time, so that memory does not grow with them."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    writer = None
    for number, start in enumerate(range(0, n_rows, CHUNK)):
        table = pa.table(chunk(number, min(CHUNK, n_rows - start)))
        writer = writer or pq.ParquetWriter(path, table.schema, compression="zstd")
        writer.write_table(table, row_group_size=ROW_GROUP)
    if writer is not None:
        writer.close()

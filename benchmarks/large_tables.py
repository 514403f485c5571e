"""Fitting Parquet files that need not fit in memory.

Seconds and peak memory beside reading the same file once.

`python large_tables.py 100000000` fits 10^8 rows (a file of 6 GB, in the directory of temporary
files); `--figure` draws `docs/images/large_tables.png` of the sizes that were run.
"""

import argparse
import json
import os
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from harness import Measurement, Row, compare, ratio, record, sized

SIZES = sized((10**5, 10**6, 10**7), (10**5,))
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
    z += (
        0.3 * np.nan_to_num(columns["trend"], nan=0.8)
        + 0.0008 * columns["arrears"]
        - 0.02 * columns["age"]
    )
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


def polars_frame(path: Path) -> Any:
    import polars as pl

    return pl.scan_parquet(path)


def duckdb_frame(path: Path) -> Any:
    import duckdb

    connection = duckdb.connect()
    connection.execute(f"SET memory_limit = '{DUCKDB_MEMORY}'")
    return connection.read_parquet(str(path))


def read_polars(path: Path) -> None:
    """Add up every column: all of the file is read and decoded, nothing is kept."""
    import polars as pl

    polars_frame(path).select(pl.all().sum()).collect(engine="streaming")


def read_duckdb(path: Path) -> None:
    frame = duckdb_frame(path)
    frame.aggregate(", ".join(f'sum("{name}")' for name in frame.columns)).fetchall()


FRAMES = {"Polars": polars_frame, "DuckDB": duckdb_frame}
READS = {"Polars": read_polars, "DuckDB": read_duckdb}


def fit(engine: str, path: Path, answer: Path) -> None:
    """Fit the file, and leave what was found for the parent."""
    from infotheory.binning import OptimalBinner

    binner = OptimalBinner().fit_frame(FRAMES[engine](path), "bad")
    found = {
        "bound": max(binner.rank_errors_.values()),
        "iv": binner.summary().set_index("feature")["iv"].to_dict(),
        "prebins": {name: spec.splits for name, spec in binner.prebin_specs_.items()},
        "splits": {name: spec.splits for name, spec in binner.specs_.items()},
    }
    answer.write_text(json.dumps(found))


def fit_number(engine: str, path: Path) -> None:
    """Fit the file with a number as its target, on ten columns as well: powers of it are added."""
    from infotheory.binning import OptimalBinner

    OptimalBinner(target_type="continuous").fit_frame(FRAMES[engine](path), "balance")


def fit_in_memory(path: Path, answers: dict[str, Path]) -> None:
    """Fit the same rows in memory, and say how far pre-bins, splits and values are apart."""
    import pandas as pd

    from infotheory.binning import OptimalBinner

    rows = pd.read_parquet(path)
    X = rows.drop(columns="bad")
    binner = OptimalBinner().fit(X, rows["bad"])
    summary = binner.summary().set_index("feature")
    ordered = {name: np.sort(X[name].dropna().to_numpy()) for name in X}
    for engine, answer in answers.items():
        found = json.loads(answer.read_text())
        gaps = [abs(found["iv"][name] - summary["iv"][name]) for name in X]
        errors = [
            gap / summary["iv_standard_error"][name] for name, gap in zip(X, gaps, strict=True)
        ]
        # The gap of a number that tells nothing may be large beside its error, which is tiny.
        farthest = max(zip(errors, X, strict=True))[1]
        same = sum(list(binner.specs_[name].splits) == found["splits"][name] for name in X)
        apart = max(
            distance(ordered[name], found["prebins"][name], binner.prebin_specs_[name].splits)
            for name in X
        )
        print(
            f"{engine} and memory: pre-bins at most {apart:.5f} of the rows apart; {same} of 10 "
            "features have the same "
            f"bins; information values at most {max(gaps):.1e} apart, {max(errors):.2f} of a "
            f"standard error ({farthest}, whose value is {summary['iv'][farthest]:.1e})",
            flush=True,
        )


def distance(ordered: np.ndarray[Any, Any], found: list[float], wanted: tuple[float, ...]) -> float:
    """Largest share of the rows between a cut and the nearest one that was wanted."""
    ranks = [np.searchsorted(ordered, cuts) / len(ordered) for cuts in (found, wanted)]
    return (
        float(np.abs(ranks[0][:, None] - ranks[1]).min(axis=1).max(initial=0.0))
        if len(ranks[1])
        else 0.0
    )


def load(engine: str, path: Path) -> None:
    """Import everything and compile the kernels before the clock starts."""
    from infotheory.binning import OptimalBinner

    OptimalBinner().fit_frame(FRAMES[engine](path).limit(5000), "bad")
    OptimalBinner(target_type="continuous").fit_frame(FRAMES[engine](path).limit(5000), "balance")


def measure(directory: Path, n_rows: int) -> dict[str, Measurement]:
    """Print one size; each case runs in a process of its own."""
    path = directory / f"{n_rows}.parquet"
    if not path.exists():
        (written,) = compare({"write": lambda: write(path, n_rows)}, repeats=1)
        print(f"\nwritten in {written.seconds[0]:.0f} s, peak {written.process_mib:.0f} MiB")
    answers = {engine: directory / f"{engine}.json" for engine in FRAMES}
    cases: dict[str, Callable[[], object]] = {}
    for engine in FRAMES:
        cases[f"{engine} reads"] = partial(READS[engine], path)
        cases[f"{engine} fits"] = partial(fit, engine, path, answers[engine])
        cases[f"{engine} number"] = partial(fit_number, engine, path)
    warm_ups = {name: partial(load, name.split()[0], path) for name in cases}
    repeats = 3 if n_rows < IN_MEMORY else 1
    runs = {run.name: run for run in compare(cases, repeats=repeats, warm_up=warm_ups)}
    rows: list[Row] = []
    for name, run in runs.items():
        engine, seconds = name.split()[0], float(np.median(run.seconds))
        reading = runs[f"{engine} reads"]
        row: Row = {
            "case": {"reads": f"{engine} reads", "fits": f"OptimalBinner on {engine}"}.get(
                name.split()[1], f"OptimalBinner on {engine}, a number as target"
            ),
            "cpu_s": float(np.median(run.cpu_seconds)),
            "wall_s": seconds,
            "process_mib": run.process_mib,
            "cpu of reading": ratio(run.cpu_seconds, reading.cpu_seconds),
            "clock of reading": ratio(run.seconds, reading.seconds),
        }
        if name.endswith("fits"):
            row["rank error at most"] = json.loads(answers[engine].read_text())["bound"]
        rows.append(row)
    record(
        f"{n_rows:,} rows x 10 numbers, {path.stat().st_size / 1e9:.2f} GB of Parquet",
        rows,
        "Reading is the sum of every column on the same engine; memory is of the whole process.",
    )
    if n_rows <= IN_MEMORY:
        (memory,) = compare({"memory": lambda: fit_in_memory(path, answers)}, repeats=1)
        print(f"rows in memory: peak {memory.process_mib:.0f} MiB")
    return runs


def draw(results: dict[int, dict[str, Measurement]]) -> None:
    """Draw seconds and peak memory against rows."""
    from matplotlib.figure import Figure

    left, right = Figure(figsize=(9.0, 3.6), layout="constrained").subplots(1, 2)
    styles = {
        "Polars fits": "C0o-",
        "Polars reads": "C0o:",
        "DuckDB fits": "C1s-",
        "DuckDB reads": "C1s:",
    }
    for name, style in styles.items():
        runs = [sizes[name] for sizes in results.values()]
        left.loglog(list(results), [np.median(run.seconds) for run in runs], style, label=name)
        right.semilogx(list(results), [run.process_mib / 1024 for run in runs], style, label=name)
    right.axhline(3.0, color="0.6", linewidth=0.8)
    left.set(xlabel="rows, with 10 numbers each", ylabel="seconds")
    right.set(
        xlabel="rows, with 10 numbers each",
        ylabel="peak memory of the process, GiB",
        ylim=(0.0, 3.2),
    )
    left.legend(frameon=False)
    left.figure.savefig(FIGURE, dpi=150)


def main() -> None:
    """Run the sizes of the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "sizes", nargs="*", type=int, help="numbers of rows (default: 10^5, 10^6, 10^7)"
    )
    parser.add_argument(
        "--keep",
        type=Path,
        help="directory where the files stay; those that are there are read again",
    )
    parser.add_argument(
        "--figure", action="store_true", help=f"draw {FIGURE.name} for the documentation"
    )
    options = parser.parse_args()
    print(
        f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; DuckDB memory_limit "
        f"{DUCKDB_MEMORY}"
    )
    with tempfile.TemporaryDirectory() as path:
        directory = options.keep or Path(path)
        directory.mkdir(parents=True, exist_ok=True)
        results = {n_rows: measure(directory, n_rows) for n_rows in options.sizes or SIZES}
    if options.figure:
        draw(results)


if __name__ == "__main__":
    main()

"""A report on 500 000 rows and 100 characteristics.

Seconds of every step and the largest memory of the process.

70 % of the rows train the card, 30 % are held out; every characteristic is in the card. The card is
fitted in a process of its own. Limits: 120 s and 4 GiB for the report with its three formats, the
rows in memory counted.
"""

import argparse
import multiprocessing
import resource
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from harness import Row, record, sized

from infotheory.binning import OptimalBinner
from infotheory.datasets import make_portfolio
from infotheory.report import scorecard_report
from infotheory.scorecard import Scorecard


def peak_gib() -> float:
    """Largest resident memory of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


class Clock:
    """Print what took how long, on the wall and of the processors, and the peak so far."""

    def __init__(self) -> None:
        self.last = time.perf_counter(), time.process_time()
        self.laps: list[Row] = []

    def lap(self, what: str) -> None:
        """Print the seconds since the last call."""
        now = time.perf_counter(), time.process_time()
        wall, cpu = (new - old for new, old in zip(now, self.last, strict=True))
        print(f"{what:46} {wall:8.2f} s {cpu:8.2f} CPU s   peak {peak_gib():5.2f} GiB", flush=True)
        self.laps.append(
            {"case": what, "cpu_s": cpu, "wall_s": wall, "process_mib": 1024.0 * peak_gib()}
        )
        self.last = now


def fit(X: pd.DataFrame, y: pd.Series, jobs: int) -> Scorecard:
    """Fit the card."""
    warnings.simplefilter("ignore")
    return Scorecard(OptimalBinner(n_jobs=jobs)).fit(X, y)


def main() -> None:
    """Build rows, fit a card, write the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=sized(500_000, 5000))
    parser.add_argument("--characteristics", type=int, default=sized(100, 10))
    parser.add_argument("--permutations", type=int, default=sized(199, 9))
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    n_categories = options.characteristics // 5
    clock = Clock()
    portfolio = make_portfolio(
        options.rows,
        numeric=np.linspace(0.15, 0.0, options.characteristics - n_categories),
        categorical=np.linspace(0.1, 0.0, n_categories),
        event_rate=0.1,
        missing_rate=0.05,
        protected_slope=0.5,
        random_state=0,
    )
    train = np.arange(options.rows) % 10 < 7
    parts: list[dict[str, Any]] = [
        {"X": portfolio.X[part], "y": portfolio.y[part], "protected": portfolio.protected[part]}
        for part in (train, ~train)
    ]
    del portfolio
    clock.lap("rows made")
    with multiprocessing.get_context("fork").Pool(1) as pool:
        card = pool.apply(fit, (parts[0]["X"], parts[0]["y"], options.jobs))
    clock.lap("card fitted")
    start, used = time.perf_counter(), time.process_time()
    report = scorecard_report(
        card,
        **parts[0],
        holdout=parts[1],
        n_permutations=options.permutations,
        progress=lambda _done, _total, what: clock.lap(f"  {what}"),
    )
    with tempfile.TemporaryDirectory() as folder:
        for suffix, write in (
            ("html", report.to_html),
            ("xlsx", report.to_excel),
            ("json", report.to_json),
        ):
            path = write(Path(folder) / f"report.{suffix}")
            clock.lap(f"  {suffix}, {path.stat().st_size / 2**20:.1f} MiB")
    seconds, cpu = time.perf_counter() - start, time.process_time() - used
    clock.laps.append(
        {
            "case": "the report with its three files",
            "cpu_s": cpu,
            "wall_s": seconds,
            "process_mib": 1024.0 * peak_gib(),
        }
    )
    record(
        f"report, {options.rows:,} rows x {options.characteristics} characteristics",
        clock.laps,
        "Limits: 120 s and 4 GiB, the rows in memory counted.",
    )


if __name__ == "__main__":
    main()

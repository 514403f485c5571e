"""Time callables beside each other, each in a forked child and in turn.

Peaks do not mix, drift hits all alike. What a benchmark tells is printed, and recorded for the page
of benchmarks where `run.py` runs it.
"""

import json
import multiprocessing
import os
import resource
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median
from typing import NoReturn, TypeVar

RECORD = os.environ.get("INFOTHEORY_BENCH_RECORD")
SMALL = os.environ.get("INFOTHEORY_BENCH_SIZES") == "small"
ONCE = SMALL or os.environ.get("INFOTHEORY_BENCH_ONCE") == "yes"
NOT_RUN = 75  # the exit status of a benchmark that this machine cannot run

Row = dict[str, object]
Size = TypeVar("Size")


@dataclass(frozen=True)
class Measurement:
    """Every run of a callable: seconds of the clock and of the processor, and peak memory in MiB.

    `peak_mib` is above the start, `process_mib` that of the whole process; both are medians.
    """

    name: str
    seconds: tuple[float, ...]
    cpu_seconds: tuple[float, ...]
    peak_mib: float
    process_mib: float


def sized(full: Size, small: Size) -> Size:
    """Return the full size, or the small one where all is only tried (`run.py --small`)."""
    return small if SMALL else full


def repeated(times: int) -> int:
    """Return how often a case is run: once where `run.py --once` asks for it."""
    return 1 if ONCE else times


def not_run(reason: str) -> NoReturn:
    """End here, because this machine lacks something; the page says what."""
    print(f"not run: {reason}")
    sys.exit(NOT_RUN)


def _peak_mib() -> float:
    # macOS counts bytes where Linux counts kibibytes.
    unit = 1 if sys.platform == "darwin" else 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**20


def _resident_mib() -> float:
    held = Path("/proc/self/statm")
    if not held.exists():
        return _peak_mib()
    return int(held.read_text().split()[1]) * resource.getpagesize() / 2**20


def cpu_seconds() -> float:
    """Seconds of the processor so far, of all threads and of children that have ended."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + ended.ru_utime + ended.ru_stime


def _run_once(
    function: Callable[[], object], warm_up: Callable[[], object] | None, pipe: Connection
) -> None:
    if warm_up is not None:
        warm_up()
    before = _resident_mib()
    start, cpu_start = time.perf_counter(), cpu_seconds()
    function()
    seconds, cpu = time.perf_counter() - start, cpu_seconds() - cpu_start
    peak = _peak_mib()
    pipe.send((seconds, cpu, max(peak - before, 0.0), peak))
    pipe.close()


def compare(
    cases: Mapping[str, Callable[[], object]],
    *,
    repeats: int = 5,
    warm_up: Callable[[], object] | Mapping[str, Callable[[], object]] | None = None,
) -> list[Measurement]:
    """Run every case `repeats` times in turn (A B C A B C ...), each run in a forked child.

    `warm_up` runs in the child before the clock starts: imports, compiled kernels; a mapping names
    the cases it is for.
    """
    context = multiprocessing.get_context("fork")
    warm_ups = warm_up if isinstance(warm_up, Mapping) else dict.fromkeys(cases, warm_up)
    runs: dict[str, list[tuple[float, float, float, float]]] = {name: [] for name in cases}
    for _ in range(repeated(repeats)):
        for name, function in cases.items():
            receiver, sender = context.Pipe(duplex=False)
            child = context.Process(target=_run_once, args=(function, warm_ups.get(name), sender))
            child.start()
            sender.close()
            runs[name].append(receiver.recv())
            child.join()
    return [
        Measurement(
            name,
            tuple(row[0] for row in rows),
            tuple(row[1] for row in rows),
            median(row[2] for row in rows),
            median(row[3] for row in rows),
        )
        for name, rows in runs.items()
    ]


def ratio(theirs: Sequence[float], ours: Sequence[float]) -> float:
    """Median of the run-by-run ratios."""
    return median(other / mine for other, mine in zip(theirs, ours, strict=True))


def report(title: str, measurements: Sequence[Measurement], note: str = "") -> None:
    """Print and record a table; ratios are medians of the run-by-run ratios to the first (ours)."""
    ours = measurements[0]
    rows: list[Row] = [
        {
            "case": run.name,
            "cpu_s": median(run.cpu_seconds),
            "wall_s": median(run.seconds),
            "peak_mib": run.peak_mib,
            "cpu_ratio": ratio(run.cpu_seconds, ours.cpu_seconds),
            "wall_ratio": ratio(run.seconds, ours.seconds),
            "memory_ratio": run.peak_mib / max(ours.peak_mib, 1.0),
        }
        for run in measurements
    ]
    record(title, rows, note)


def record(title: str, rows: Sequence[Row], note: str = "", **more: object) -> None:
    """Print a table, and keep it for the page where `run.py` asks for it."""
    print(f"\n## {title}\n")
    names = list(rows[0])
    texts = [names, *([_text(row.get(name)) for name in names] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*texts, strict=True)]
    for line in texts:
        first, *others = (
            text.ljust(width) if place == 0 else text.rjust(width)
            for place, (text, width) in enumerate(zip(line, widths, strict=True))
        )
        print("  ".join([first, *others]))
    if note:
        print(note)
    sys.stdout.flush()

    if RECORD:
        with Path(RECORD).open("a") as file:
            kept = {"title": title, "note": note, "rows": list(rows)} | more
            file.write(json.dumps(kept) + "\n")


def _text(value: object) -> str:
    """Return a number in four digits, anything else as it is."""
    return f"{value:.4g}" if isinstance(value, float) else "" if value is None else str(value)

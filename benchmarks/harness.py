"""Time callables beside each other, each in a forked child and in turn.

Peaks do not mix, drift hits all alike.
"""

import multiprocessing
import resource
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median


@dataclass(frozen=True)
class Measurement:
    """Seconds of every run of a callable; peak memory above the start and in all, in MiB."""

    name: str
    seconds: tuple[float, ...]
    peak_mib: float
    process_mib: float


def _resident_mib() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


def _run_once(
    function: Callable[[], object], warm_up: Callable[[], object] | None, pipe: Connection
) -> None:
    if warm_up is not None:
        warm_up()
    before = _resident_mib()
    start = time.perf_counter()
    function()
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10
    pipe.send((seconds, max(peak - before, 0.0), peak))
    pipe.close()


def compare(
    cases: dict[str, Callable[[], object]],
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
    runs: dict[str, list[tuple[float, float, float]]] = {name: [] for name in cases}
    for _ in range(repeats):
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
            median(row[1] for row in rows),
            median(row[2] for row in rows),
        )
        for name, rows in runs.items()
    ]


def report(title: str, measurements: list[Measurement]) -> None:
    """Print a table; ratios are medians of the run-by-run ratios to the first case (ours)."""
    ours = measurements[0]
    print(f"\n## {title}\n")
    print(
        f"{'case':42} {'median s':>10} {'min s':>10} {'peak MiB':>9} {'time ratio':>11} "
        f"{'memory ratio':>13}"
    )
    for m in measurements:
        ratio = median(theirs / mine for theirs, mine in zip(m.seconds, ours.seconds, strict=True))
        memory = m.peak_mib / max(ours.peak_mib, 1.0)
        row = f"{m.name:42} {median(m.seconds):10.4f} {min(m.seconds):10.4f} {m.peak_mib:9.1f}"
        print(f"{row} {ratio:11.1f} {memory:13.1f}")

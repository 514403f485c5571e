"""Run every benchmark: without peers here, with peers in an environment of their own (.venv-peers).

What each prints is also written to results/NAME.json with date, machine and load; the documentation
shows these files.
"""

import datetime as dt
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent
PEERS = ROOT / ".venv-peers"
RESULTS = HERE / "results"
SHARED = {"harness.py", "run.py"}


def make_peer_environment() -> Path:
    """Create the environment of the peers once.

    Ours is installed in it, so both run in one process.
    """
    python = PEERS / "bin" / "python"
    done = PEERS / ".done"
    requirements = HERE / "peers-requirements.txt"
    if not done.exists() or done.stat().st_mtime < requirements.stat().st_mtime:
        subprocess.run([sys.executable, "-m", "venv", PEERS], check=True)
        pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "--requirement", requirements], check=True)
        subprocess.run([*pip, "--no-deps", "--editable", ROOT], check=True)
        done.touch()
    return python


def machine() -> str:
    """Processor, cores and memory of this machine."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    processor = next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")),
        "unknown",
    )
    gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{processor}, {len(os.sched_getaffinity(0))} cores, {gib:.0f} GiB"


def run(python: Path, name: str) -> None:
    """Run one benchmark, show its lines as they come, and write them with what they depend on."""
    git = shutil.which("git")
    command = [git, "rev-parse", "--short", "HEAD"]
    commit = (
        subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT).stdout
        if git
        else ""
    )
    load, start, lines = os.getloadavg()[0], time.perf_counter(), []
    command = [python, HERE / f"{name}.py"]
    with subprocess.Popen(command, cwd=HERE, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout:
            print(line, end="", flush=True)
            lines.append(line)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    result = {
        "benchmark": name,
        "date": dt.datetime.now(dt.UTC).date().isoformat(),
        "machine": machine(),
        "load": [load, os.getloadavg()[0]],
        "seconds": round(time.perf_counter() - start, 1),
        "commit": commit.strip() or "unknown",
        "output": "".join(lines),
    }
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.json").write_text(json.dumps(result, indent=1) + "\n")


def main() -> None:
    """Run the benchmarks named on the command line, or all."""
    wanted = sys.argv[1:] or sorted(
        path.stem for path in HERE.glob("*.py") if path.name not in SHARED
    )
    for name in wanted:
        python = make_peer_environment() if name.startswith("peers_") else Path(sys.executable)
        print(f"\n# {name}", flush=True)
        run(python, name)


if __name__ == "__main__":
    main()

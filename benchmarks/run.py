"""Run every benchmark: those without peers here, those with peers in an environment of their own (.venv-peers)."""

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent
PEERS = ROOT / ".venv-peers"
SHARED = {"harness.py", "run.py"}


def make_peer_environment() -> Path:
    """Create the environment of the peers once; ours is installed in it, so both run in one process."""
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


def main() -> None:
    """Run the benchmarks named on the command line, or all."""
    wanted = sys.argv[1:] or sorted(path.stem for path in HERE.glob("*.py") if path.name not in SHARED)
    for name in wanted:
        python = make_peer_environment() if name.startswith("peers_") else Path(sys.executable)
        print(f"\n# {name}", flush=True)
        subprocess.run([python, HERE / f"{name}.py"], check=True, cwd=HERE)


if __name__ == "__main__":
    main()

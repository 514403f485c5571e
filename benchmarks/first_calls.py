"""First calls in fresh processes, with an empty cache of kernels and with a kept one.

Every program runs in a process of its own: what a new machine, a container or CI waits for. Seconds
of the processor and the peak memory of the whole process are those of imports and call together.
"""

import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

from harness import Row, record, repeated

ROOT = Path(__file__).parents[1]
REPEATS = repeated(3)

DATA = """
import numpy as np
rng = np.random.default_rng(0)
x = rng.normal(size=(2000, 2))
y = (x[:, 0] + rng.normal(size=2000) > 1).astype(int)
"""
PROGRAMS = {
    "numpy, pandas, scipy, numba: imports alone": "import numpy, pandas, numba, scipy.special",
    "import infotheory": "import infotheory",
    "import infotheory.evidence": "import infotheory.evidence",
    "import infotheory.spectral": "import infotheory.spectral",
    "import infotheory.binning": "import infotheory.binning",
    "infotheory --help": (
        "from infotheory.cli import main\ntry:\n    main(['--help'])\nexcept SystemExit:\n    pass"
    ),
    # As the installed command runs: `main` reads the words of the process, which is then its own.
    "infotheory demo": (
        "import sys\nsys.argv[1:] = ['demo', '--output', 'out']\n"
        "from infotheory.cli import main\nmain()"
    ),
    "entropy": "import infotheory; infotheory.entropy([.5, .5])",
    "OptimalBinner.fit": f"{DATA}\nfrom infotheory import OptimalBinner\nOptimalBinner().fit(x, y)",
    "Scorecard.fit": f"{DATA}\nfrom infotheory import Scorecard\nScorecard().fit(x, y)",
    "FairBinner(budget).fit": (
        f"{DATA}\nfrom infotheory.binning import FairBinner\n"
        "FairBinner(budget=0.01).fit(x, y, protected=rng.integers(0, 2, 2000))"
    ),
    "scorecard_report": (
        f"{DATA}\nfrom infotheory import Scorecard, scorecard_report\n"
        "scorecard_report(Scorecard().fit(x, y), x, y).to_html('report.html')"
    ),
    "estimate_mutual_information of labels": (
        f"{DATA}\nfrom infotheory import estimate_mutual_information\n"
        "estimate_mutual_information(y, y[::-1])"
    ),
    "the same of measurements (ksg)": (
        f"{DATA}\nfrom infotheory import estimate_mutual_information\n"
        "estimate_mutual_information(x[:, 0], x[:, 1], method='ksg')"
    ),
    "transfer_entropy": (
        f"{DATA}\nfrom infotheory.estimation import transfer_entropy\ntransfer_entropy(y, y[::-1])"
    ),
    "minimum_entropy_coupling": (
        "from infotheory.coupling import minimum_entropy_coupling\n"
        "minimum_entropy_coupling([.5, .5], [.6, .4])"
    ),
    "diffusion_spectral_entropy": (
        f"{DATA}\nfrom infotheory.spectral import diffusion_spectral_entropy\n"
        "diffusion_spectral_entropy(x[:300], bandwidth=1.0)"
    ),
}
# The peak of the program alone, and not of the interpreter that starts it.
TOLD = """
import resource, sys
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(peak / (2**20 if sys.platform == 'darwin' else 2**10))
"""


def fresh(program: str, cache: str) -> tuple[float, float]:
    """Return seconds of the processor and peak MiB of a program in a process of its own."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", f"{program}\n{TOLD}"],
        check=True,
        capture_output=True,
        text=True,
        env=os.environ | {"NUMBA_CACHE_DIR": f"{cache}/kernels", "PYTHONPATH": str(ROOT)},
        cwd=cache,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return seconds, float(done.stdout.split()[-1])


def main() -> None:
    """Record a line a program."""
    rows: list[Row] = []
    for name, program in PROGRAMS.items():
        first, again, peaks = [], [], []
        for _ in range(REPEATS):
            with tempfile.TemporaryDirectory() as folder:
                seconds, peak = fresh(program, folder)
                first.append(seconds)
                peaks.append(peak)
                again.append(fresh(program, folder)[0])
        rows.append(
            {
                "case": name,
                "empty cache, cpu_s": median(first),
                "kept kernels, cpu_s": median(again),
                "process_mib": median(peaks),
            }
        )
    record(
        f"imports and the first call, median of {REPEATS} fresh processes",
        rows,
        "2,000 rows or fewer: the call itself takes hardly any time.",
    )


if __name__ == "__main__":
    main()

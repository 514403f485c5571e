"""Ctrl-C ends long computations soon, as KeyboardInterrupt, and leaves no process behind."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

import infotheory
from infotheory._interrupts import InterruptLater, InterruptNow, in_pieces, run_beside
from infotheory._parallel import run_tasks

#: Seconds, of the clock or of the processor: on a busy machine a program waits for a core, and what
#: it computes before it ends is as much as ever. A tenth of it is usual.
PATIENCE = 8.0

START = """
import warnings; warnings.simplefilter("ignore")
import numpy as np
rng = np.random.default_rng(0)
X = rng.normal(size=(4000, 6))
y = (rng.random(4000) < 1 / (1 + np.exp(2 - X[:, 0] - X[:, 1] / 2))).astype(int)
group = np.where(X.sum(axis=1) + rng.normal(size=4000) > 0, "a", "b")
"""

#: What is imported and compiled first, and what takes long.
PROGRAMS = {
    "permutations": """
from infotheory.binning import OptimalBinner, permutation_test
binner = OptimalBinner().fit(X, y)
# then
permutation_test(binner, n_permutations=10**7, rng=0)
""",
    "permutations in threads": """
from infotheory.binning import OptimalBinner, permutation_test
binner, pairs = OptimalBinner(n_jobs=3).fit(X, y), np.arange(4000) // 2
# then
permutation_test(binner, X, y, clusters=pairs, n_permutations=10**6, rng=0)
""",
    "small kernels": """
from infotheory.coupling import minimum_entropy_coupling
minimum_entropy_coupling([0.5, 0.5], [0.4, 0.6])
# then
while True: minimum_entropy_coupling(*rng.dirichlet(np.ones(6), 2))
""",
    "a long kernel": """
from infotheory.coupling import minimum_entropy_coupling
minimum_entropy_coupling([0.5, 0.5], [0.4, 0.6])
# then
minimum_entropy_coupling(*rng.dirichlet(np.ones(2_000_000), 8))
""",
    "neighbours": """
from infotheory.estimation import estimate_mutual_information
x = rng.normal(size=(300_000, 4))
# then
estimate_mutual_information(x, x + rng.normal(size=x.shape), method="ksg")
""",
    "eigenvalues": """
from infotheory.spectral import vendi_score
x = rng.normal(size=(7000, 1))
kernel = np.exp(-((x - x.T) ** 2))
# then
vendi_score(kernel)
""",
    "a network of series": """
from infotheory.estimation import transfer_network
series = rng.normal(size=(3000, 10))
# then
transfer_network(series, max_lag=5, method="ksg", n_permutations=999, rng=0)
""",
    "labels": """
from infotheory.estimation import estimate_mutual_information
x = rng.integers(0, 9, (2, 10_000))
# then
estimate_mutual_information(*x, n_permutations=10**8, rng=0)
""",
    "frontier of scorecards": """
from infotheory.fairness import scorecard_frontier
# then
scorecard_frontier(X, y, group, n_points=10_000)
""",
    "gigabytes of chains": """
from infotheory.binning import OptimalBinner
OptimalBinner().fit(X, y)
wide = OptimalBinner(max_n_prebins=1000, min_event_rate_diff=0.01, max_n_bins=40)
# then
while True: wide.fit(X, y)
""",
    "fair bins": """
from infotheory.binning import FairBinner
FairBinner(budget=0.05).fit(X, y, protected=group)
# then
while True: FairBinner(budget=0.01, max_n_prebins=50).fit(X, y, protected=group)
""",
    "quadrature of a diffusion": """
from infotheory.spectral import diffusion_spectral_entropy
x = rng.normal(size=(50_000, 8))
diffusion_spectral_entropy(x[:200], t=2.0, method="slq")
# then
diffusion_spectral_entropy(x, t=2.0, method="slq")
""",
    "landmarks of a diffusion": """
from infotheory.spectral import diffusion_spectral_entropy
x = rng.normal(size=(50_000, 8))
diffusion_spectral_entropy(x[:200], t=3.0, method="nystrom")
# then
diffusion_spectral_entropy(x, t=3.0, method="nystrom", subset_size=4000)
""",
    "tables of a bootstrap": """
from infotheory.estimation import bootstrap_counts
# then
bootstrap_counts(np.full(2000, 9), lambda p: p.max(axis=1), n_resamples=10**7, rng=0)
""",
    "stumps, a report and a monitor": """
import pandas as pd
from infotheory.binning import StumpBinner
from infotheory.report import scorecard_report
from infotheory.scorecard import Scorecard, ScorecardMonitor
frame = pd.DataFrame(X, columns=list("abcdef"))
card = Scorecard(StumpBinner()).fit(frame, y)
monitor = ScorecardMonitor.from_reference(card, frame, y)
# then
while True:
    Scorecard(StumpBinner()).fit(frame, y)
    scorecard_report(card, frame, y, n_permutations=99)
    monitor.compare(frame, y, periods=np.repeat(np.arange(40), 100))
""",
    "partitions": """
from infotheory.coupling import entropy_bounded_information
# then
while True: entropy_bounded_information(rng.dirichlet(np.ones(8)), 1.0, method="exact")
""",
    "frontier of bins, in processes": """
from infotheory.binning import FairBinner
from infotheory.fairness import fairness_frontier
# then
fairness_frontier(X, y, group, np.linspace(0, 1, 10**5), n_jobs=2)
""",
}

#: What goes through one short piece again and again is in the middle of it at once.
REPEATED = {
    *("permutations", "permutations in threads", "small kernels", "labels", "fair bins"),
    *("partitions", "stumps, a report and a monitor", "tables of a bootstrap"),
}

#: A market split problem, on which solvers spend hours.
SOLVER = """
import scipy.sparse as sp
from infotheory.binning.fair.milp import SolverOptions, solve_program
from infotheory.binning.fair.problem import LinearProgram
weights = rng.integers(1000, 2000, (8, 60)).astype(float)
limit = np.floor(weights.sum(axis=1) * 0.3)
program = LinearProgram(
    objective=rng.random(60), matrix=sp.csr_array(weights), lower=limit - 1, upper=limit,
    is_binary=np.ones(60, dtype=bool), constant=0.0,
    first_fairness=0, blocks=(), spreads={}, stretches={},
)
# then
solve_program(program, SolverOptions(solver=SOLVER, mip_gap=0.0))
"""


#: Imports once what the programs need, and forks each: it begins at once, in a session of its own,
#: and ends as one that was started does. Lines of it: who began, what it says, and how it ended.
NURSERY = """
import json, os, sys, tempfile
from infotheory.binning import FairBinner, OptimalBinner, StumpBinner, permutation_test
from infotheory.coupling import entropy_bounded_information, minimum_entropy_coupling
from infotheory.estimation import bootstrap_counts, estimate_mutual_information, transfer_network
from infotheory.fairness import fairness_frontier, scorecard_frontier
from infotheory.report import scorecard_report
from infotheory.scorecard import Scorecard, ScorecardMonitor
from infotheory.spectral import diffusion_spectral_entropy, vendi_score

for line in iter(sys.stdin.readline, ""):
    with tempfile.TemporaryFile() as errors:
        child = os.fork()
        if child == 0:
            os.setsid()
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os.dup2(errors.fileno(), 2)
            print("started", os.getpid(), flush=True)
            exec(compile(json.loads(line), "<program>", "exec"), {"__name__": "__main__"})
            sys.exit()
        _, status, used = os.wait4(child, 0)
        errors.seek(0)
        ended = os.waitstatus_to_exitcode(status), used.ru_utime + used.ru_stime
        print("ended", json.dumps([*ended, errors.read().decode()]), flush=True)
"""


@pytest.fixture(scope="module")
def nursery():
    """The process that programs are forked from."""
    with subprocess.Popen(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", NURSERY],
        env={**os.environ, "PYTHONPATH": str(Path(infotheory.__file__).parents[1])},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield process
        process.stdin.close()


def interrupted(nursery, program, seconds=1.0):
    """Run a program, send it Ctrl-C, and return the seconds that it took to end.

    They are those of the clock or, where they are fewer, of the processor.
    """
    program = START + program.replace("# then", "print('ready', flush=True)") + "print('finished')"
    print(json.dumps(program), file=nursery.stdin, flush=True)
    number = int(nursery.stdout.readline().removeprefix("started "))
    # A program that is never ready, or hears nothing, does not keep the test waiting.
    stopped = threading.Timer(240, os.kill, [number, signal.SIGKILL])
    stopped.start()
    try:
        said = nursery.stdout.readline()
        assert said == "ready\n", said
        time.sleep(seconds)
        before = processor_seconds(number)
        os.kill(number, signal.SIGINT)
        sent = time.monotonic()
        said = []
        while not (line := nursery.stdout.readline()).startswith("ended "):
            assert line, "the nursery is gone"
            said.append(line)
        took = time.monotonic() - sent
    finally:
        stopped.cancel()

    assert said == []
    code, used, errors = json.loads(line.removeprefix("ended "))
    assert errors.rstrip().endswith("KeyboardInterrupt"), errors
    assert "SystemError" not in errors
    assert code == -signal.SIGINT
    wait_for_end(number)
    return min(took, used - before)


def wait_for_end(session):
    """Wait until no process of a session is left: those that were killed take a moment."""
    for _ in range(600):
        if not (left := processes_of(session)):
            return
        time.sleep(0.1)
    pytest.fail(f"processes were left behind: {left}")


def processes_of(session):
    left = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, _, its_session, *_ = stat.read_text().rpartition(") ")[2].split()
        except OSError:
            continue
        if int(its_session) == session and state != "Z":
            left.append(stat.parent.name)
    return left


def processor_seconds(process):
    """Seconds of the processor that a process and those that it waited for have used."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(") ")[2].split()
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


posix = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs Linux")


@posix
@pytest.mark.parametrize("name", list(PROGRAMS))
def test_long_computations_end_soon(nursery, name):
    assert interrupted(nursery, PROGRAMS[name], 0.4 if name in REPEATED else 1.0) < PATIENCE


@posix
@pytest.mark.parametrize("solver", ["highs", "scipy", "cbc"])
def test_solvers_end_soon(nursery, solver):
    assert interrupted(nursery, SOLVER.replace("SOLVER", repr(solver))) < PATIENCE


def within(contexts, reached):
    with contextlib.ExitStack() as stack:
        for context in contexts:
            stack.enter_context(context)
        signal.raise_signal(signal.SIGINT)
        reached.append("the end")


@pytest.mark.parametrize(
    ("contexts", "steps"),
    [([InterruptLater()], ["the end"]), ([InterruptLater(), InterruptNow()], [])],
    ids=["a kernel runs", "a kernel is compiled"],
)
def test_ctrl_c_waits_for_kernels_and_not_for_the_compiler(contexts, steps):
    reached, before = [], signal.getsignal(signal.SIGINT)
    # A Spark session of another test may have put its own handler there.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            within(contexts, reached)
        assert reached == steps
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, before)


def finalise(reached):
    class Finalised:
        def __del__(self):
            signal.raise_signal(signal.SIGINT)

    with InterruptLater():
        with InterruptNow():
            Finalised()
            reached.append("the finaliser")
        reached.append("the kernel")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_ctrl_c_that_falls_into_a_finaliser_is_not_lost():
    reached = []
    # What ran in this process before may hear Ctrl-C in a way of its own.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            finalise(reached)
    finally:
        signal.signal(signal.SIGINT, before)
    assert reached == ["the finaliser"]


def test_what_the_user_does_with_ctrl_c_is_left_to_the_user():
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with InterruptLater():
            assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def test_pieces_cover_everything_once():
    assert [(p.start, p.stop) for p in in_pieces(7, 3)] == [(0, 3), (3, 6), (6, 7)]
    assert list(in_pieces(0, 3)) == []


def test_what_runs_beside_returns_and_raises():
    assert run_beside(lambda: 3, None) == 3
    with pytest.raises(ZeroDivisionError):
        run_beside(lambda: 1 / 0, None)


def test_tasks_hear_of_their_own_call_only():
    def interrupt():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_tasks(interrupt, [()], None)
    assert run_tasks(lambda x: x + 1, [(1,), (2,)], 2, prefer="threads") == [2, 3]

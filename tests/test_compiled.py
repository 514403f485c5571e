"""Kernels without a folder for compiled code, with a damaged one, and after a change elsewhere."""

import ast
import logging
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numba
import numpy as np
import pytest

import infotheory
from infotheory import _compiled, _dispatchers
from infotheory.coupling import _bounds_kernel, _exact_kernel, _heap_kernel
from infotheory.scorecard import Scorecard

PACKAGE = Path(infotheory.__file__).parent

#: Root writes wherever it likes: it gives that up here.
WITHOUT_PRIVILEGE = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]

FIT = """
import logging, sys, warnings
logging.basicConfig(level=logging.INFO, format="%(name)s: %(message)s")
warnings.simplefilter("error")
import numpy as np
import infotheory.coupling
from infotheory.scorecard import Scorecard
x = np.arange(200.0)
y = (x % 7 + x / 50 > 5).astype(int)
points = Scorecard().fit(x[:, None], y).predict_points(x[:, None])
print(infotheory.__file__, len(set(points)) > 1)
"""


def run(program, folder, **variables):
    """Run a program on the package in a folder; no home can be written, warnings are errors."""
    command = [sys.executable, "-B", "-c", program]
    if os.geteuid() == 0:
        if shutil.which("setpriv") is None:
            pytest.skip("root writes into read-only folders, and setpriv is not installed")
        command = [*WITHOUT_PRIVILEGE, *command]
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(folder),
        "HOME": str(folder),
        **variables,
    }
    return subprocess.run(  # noqa: S603 - our own interpreter
        command, env=environment, cwd=folder, capture_output=True, text=True, check=False
    )


@pytest.fixture
def installed(tmp_path):
    """A copy of the package in a folder that nobody may write."""
    folder = tmp_path / "site"
    shutil.copytree(PACKAGE, folder / "infotheory", ignore=shutil.ignore_patterns("__pycache__"))
    folders = [folder, *(path for path in folder.rglob("*") if path.is_dir())]
    for path in folders:
        path.chmod(0o555)
    yield folder
    for path in folders:
        path.chmod(0o755)


def test_a_read_only_install_without_a_cache_works_and_logs_it_once(installed):
    got = run(FIT, installed)
    assert got.returncode == 0, got.stderr
    assert got.stdout.split() == [str(installed / "infotheory" / "__init__.py"), "True"]
    assert got.stderr.count("NUMBA_CACHE_DIR names a folder for them") == 1
    assert list(installed.rglob("*.nb[ci]")) == []


def test_the_folder_that_numba_is_given_is_used(installed, tmp_path):
    given = tmp_path / "kernels"
    got = run(FIT, installed, NUMBA_CACHE_DIR=str(given))
    assert (got.returncode, got.stderr) == (0, "")
    assert list(given.rglob("*extend_chains*.nbi"))
    assert list(given.rglob("*extend_chains*.nbc"))

    # an index that was cut short, and code that is no pickle: compiled anew, and kept again
    for path in given.rglob("*.nb[ci]"):
        path.write_bytes(path.read_bytes()[:40] if path.suffix == ".nbi" else b"\0" * 99)
    got = run(FIT, installed, NUMBA_CACHE_DIR=str(given))
    assert got.returncode == 0, got.stderr
    assert "cannot be read" in got.stderr
    got = run(FIT, installed, NUMBA_CACHE_DIR=str(given))
    assert (got.returncode, got.stderr) == (0, "")


def test_a_folder_that_fills_up_stops_no_kernel(monkeypatch, caplog):
    def full(*_):
        raise OSError(28, "No space left on device")

    @_compiled.compiled
    def twice(x: float) -> float:
        return 2.0 * x

    monkeypatch.setattr("numba.core.caching.IndexDataCacheFile._save_data", full)
    with caplog.at_level(logging.INFO, logger="infotheory"):
        assert twice(1.5) == 3.0
    assert "cannot be kept: OSError(28, 'No space left on device')" in caplog.text


@pytest.mark.skipif(
    not hasattr(numba.core.config, "CACHE_LOCATOR_CLASSES"),
    reason="this numba has no setting for the places of its cache",
)
def test_another_fault_of_numbas_settings_is_an_error(monkeypatch):
    monkeypatch.setattr("numba.core.config.CACHE_LOCATOR_CLASSES", "no_such_module.Locator")
    kernel = _compiled.compiled(lambda x: x)
    with pytest.raises(RuntimeError, match="Failed to import"):
        kernel(1.0)


CALLER = """
from trial.helper import SHIFT, helper_of
from infotheory._compiled import compiled

@compiled
def outer(x):
    return helper_of(x) + SHIFT
"""

HELPER = """
from infotheory._compiled import compiled

SHIFT = {shift}

@compiled
def helper_of(x):
    return {factor} * x
"""


@pytest.mark.parametrize(("factor", "shift"), [(3.0, 0.0), (2.0, 5.0)])
def test_a_change_in_the_file_of_a_callee_is_seen(tmp_path, factor, shift):
    """numba alone gives the old value: the file of the caller is as it was."""
    package = tmp_path / "trial"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "caller.py").write_text(CALLER)
    program = (
        "from trial.caller import outer; print(outer(10.0), sum(outer.stats.cache_hits.values()))"
    )

    values = []
    for f, s in [(2.0, 0.0), (factor, shift), (factor, shift)]:
        (package / "helper.py").write_text(HELPER.format(factor=f, shift=s))
        os.utime(package / "helper.py", (1, 1))  # the time and the length of the file before
        got = subprocess.run(  # noqa: S603 - our own interpreter
            [sys.executable, "-B", "-c", program],
            env={**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(PACKAGE.parent)])},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
        )
        value, hits = got.stdout.split()
        values.append((float(value), int(hits)))

    after = factor * 10.0 + shift
    assert values == [(20.0, 0), (after, 0), (after, 1)]


def test_a_kernel_leads_to_others_and_to_itself():
    """Kernels that are named before they are written, in this file or in others, count too."""
    exact, heap = _exact_kernel._search.py_func, _heap_kernel.phi.py_func
    before = _dispatchers.digest(exact), _dispatchers.digest(heap)
    assert before == (_dispatchers.digest(exact), _dispatchers.digest(heap))
    assert before[0] != before[1]


@pytest.mark.parametrize(
    ("module", "name", "value"),
    [
        (_exact_kernel, "_EQUAL", 1e-3),
        (_exact_kernel, "_leave", _heap_kernel.phi),  # written below the kernel that names it
        (_exact_kernel, "phi", _heap_kernel.delta),  # from another file
        (_bounds_kernel, "phi", _heap_kernel.delta),  # from another file by way of another file
    ],
)
def test_all_that_a_kernel_leads_to_is_in_its_digest(monkeypatch, module, name, value):
    function = _exact_kernel._search.py_func
    before = _dispatchers.digest(function)
    monkeypatch.setattr(module, name, value)
    assert _dispatchers.digest(function) != before


#: What numba compiles on the way to a result where nothing is kept, and where it comes from.
COMPILED = """
import sys
from numba.core import event
compiled = event.RecordingListener()
event.register("numba:compile", compiled)
import numpy as np
from infotheory.binning import OptimalBinner
from infotheory.coupling import bottleneck_coupling, minimum_entropy_coupling
x = np.arange(400.0)
p, q = np.array([0.5, 0.3, 0.2]), np.array([0.6, 0.4])
calls = {
    "fit": lambda: OptimalBinner().fit(x[:, None], x % 7 + x / 100 > 5),
    "exact": lambda: minimum_entropy_coupling(p, q, method="exact"),
    "bottleneck": lambda: bottleneck_coupling(p, q, 0.4),
}
calls[sys.argv[1]]()
for _, told in compiled.buffer:
    if told.is_start:
        function = told.data["dispatcher"].py_func
        print(function.__module__, function.__qualname__)
"""


@pytest.mark.parametrize(
    ("call", "kernels", "all_in_all"),
    [("fit", 8, 8), ("exact", 17, 40), ("bottleneck", 28, 65)],
)
def test_a_first_call_compiles_little(tmp_path, call, kernels, all_in_all):
    """Seconds of a fresh machine: a sort takes numba one, the text of an error in a row two.

    Rows that are assigned to rows lead to such texts. Parts that are compiled twice for integers of
    two kinds would show here, too.
    """
    got = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", COMPILED, call],
        env={**os.environ, "PYTHONPATH": str(PACKAGE.parent), "NUMBA_CACHE_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    told = got.stdout.splitlines()
    ours = [line for line in told if line.startswith("infotheory.")]
    assert 0 < len(ours) <= kernels, ours
    assert len(told) <= all_in_all, told
    assert not [line for line in told if "unicode" in line or "sort" in line.split()[0]]


def test_a_service_that_scores_a_few_rows_at_a_time_loads_no_compiler(tmp_path):
    x = np.arange(400.0)
    card = Scorecard().fit(np.c_[x % 7, x], x % 7 + x / 100 > 5)
    (tmp_path / "card.json").write_text(card.to_json(), encoding="utf-8")
    program = """
import sys
import numpy as np
from infotheory.scorecard import Scorecard
card = Scorecard.from_json(open("card.json").read())
rows = np.c_[np.arange(50.0) % 7, np.arange(50.0)]
points = [card.predict_points(rows).sum() for _ in range(20)]
print("numba" in sys.modules, len(set(points)), card.predict_points(np.tile(rows, (9000, 1)))[0])
print("numba" in sys.modules, card.predict_points(rows)[0])
"""
    got = subprocess.run(  # noqa: S603 - our own text
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": str(PACKAGE.parent)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    (before, distinct, first), (after, same) = map(str.split, got.stdout.splitlines())
    assert (before, distinct, after, first) == ("False", "1", "True", same)


def test_a_part_of_kernels_is_called_by_kernels_only():
    with pytest.raises(TypeError, match="delta is called by kernels only"):
        _heap_kernel.delta(0.5, 0.5)
    assert _heap_kernel.delta.py_func(0.5, 0.5) == pytest.approx(np.log(2.0))


def test_kernels_are_compiled_in_one_place():
    for path in PACKAGE.rglob("*.py"):
        if path.name != "_dispatchers.py":
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                assert not (isinstance(node, ast.Attribute) and node.attr in {"njit", "jit"}), path


def test_kernels_run_as_python_where_compilation_is_switched_off():
    program = (
        "import numpy as np\nfrom infotheory._search import locate\n"
        "out = np.empty(2, np.int64)\nlocate(np.array([0.5, 3.0]), np.array([1.0]), 9, out)\n"
        "print(*out)"
    )
    got = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", program],
        env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert got.stdout.split() == ["0", "1"]


PICKLED = """
import copy, pickle
from infotheory import _search
kernels = [kernel for kernel in vars(_search).values() if hasattr(kernel, "py_func")]
assert kernels
for kernel in kernels:
    assert pickle.loads(pickle.dumps(kernel)) is kernel
    assert copy.deepcopy(kernel) is kernel
"""


@pytest.mark.parametrize("disabled", ["0", "1"])
def test_kernels_are_pickled_by_name_compiled_or_not(disabled):
    command = [sys.executable, "-c", PICKLED]
    got = subprocess.run(  # noqa: S603 - our own text
        command,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"NUMBA_DISABLE_JIT": disabled},
    )
    assert (got.returncode, got.stderr) == (0, "")

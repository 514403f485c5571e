"""Files appear whole or not at all: full disks, stops in the middle, links, permissions."""

import ast
import gc
import os
import resource
import stat
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest

import infotheory
from infotheory._files import replace_file, replace_text
from infotheory.cli import main
from infotheory.engines import count_frame
from infotheory.report import monitoring_report, scorecard_report
from infotheory.scorecard import Scorecard, ScorecardMonitor

OLD = "what was there before"


@pytest.fixture(scope="module")
def model():
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"income": rng.normal(size=600), "age": rng.normal(size=600)})
    y = (rng.random(600) < 1 / (1 + np.exp(1 + X["income"] + X["age"]))).astype(int).to_numpy()
    return Scorecard().fit(X, y), X, y


@pytest.fixture(scope="module")
def report(model):
    return scorecard_report(*model, n_permutations=2)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_text_replaces_what_was_there(tmp_path):
    path = tmp_path / "page.html"
    path.write_text(OLD)
    assert replace_text(path, "é\n") == path
    assert path.read_bytes() == b"\xc3\xa9\n"
    assert names(tmp_path) == ["page.html"]


@pytest.mark.parametrize("error", [OSError(28, "No space left"), KeyboardInterrupt(), SystemExit()])
@pytest.mark.parametrize("there", [True, False])
def test_a_stop_in_the_middle_leaves_the_old_file(tmp_path, error, there):
    path = tmp_path / "page.html"
    if there:
        path.write_text(OLD)

    def stop():
        with replace_file(path) as file:
            file.write(b"half of it")
            raise error

    with pytest.raises(type(error)):
        stop()
    assert names(tmp_path) == (["page.html"] if there else [])
    assert not there or path.read_text() == OLD


def test_a_move_that_fails_leaves_no_draft(tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError(5, "Input/output error")

    path = tmp_path / "page.html"
    path.write_text(OLD)
    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(OSError, match="Input/output"):
        replace_text(path, "new")
    assert (names(tmp_path), path.read_text()) == (["page.html"], OLD)


@pytest.mark.parametrize("umask", [0o022, 0o077, 0o002])
def test_new_files_have_the_permissions_of_an_ordinary_open(tmp_path, umask):
    before = os.umask(umask)
    try:
        replace_text(tmp_path / "ours", "x")
        (tmp_path / "ordinary").write_text("x")
    finally:
        os.umask(before)
    ours, ordinary = ((tmp_path / name).stat().st_mode for name in ("ours", "ordinary"))
    assert ours == ordinary == stat.S_IFREG | (0o666 & ~umask)


def test_a_file_keeps_its_permissions_and_owner(tmp_path):
    path = tmp_path / "page.html"
    path.write_text(OLD)
    path.chmod(0o640)
    if os.geteuid() == 0:
        os.chown(path, 12345, 12345)
    owner = path.stat().st_uid, path.stat().st_gid
    replace_text(path, "new")
    status = path.stat()
    assert stat.S_IMODE(status.st_mode) == 0o640
    assert (status.st_uid, status.st_gid) == owner


@pytest.mark.parametrize("there", [True, False])
def test_a_link_stays_and_its_file_is_written(tmp_path, there):
    (tmp_path / "store").mkdir()
    target, link = tmp_path / "store" / "report.html", tmp_path / "latest.html"
    if there:
        target.write_text(OLD)
    link.symlink_to(Path("store") / "report.html")
    replace_text(link, "new")
    assert link.is_symlink()
    assert target.read_text() == "new"
    assert (names(tmp_path), names(target.parent)) == (["latest.html", "store"], ["report.html"])


def test_places_where_no_file_can_be(tmp_path):
    (tmp_path / "folder").mkdir()
    with pytest.raises(IsADirectoryError, match="path must name a file, got the folder"):
        replace_text(tmp_path / "folder", "x")
    with pytest.raises(FileNotFoundError, match="path must be in a folder that is there"):
        replace_text(tmp_path / "nowhere" / "page.html", "x")
    with pytest.raises(ValueError, match=r"lone surrogate '\\ud800' after 'a'"):
        replace_text(tmp_path / "page.html", "a\ud800b")
    assert names(tmp_path) == ["folder"]


def test_a_protected_file_is_not_replaced(tmp_path, monkeypatch):
    path = tmp_path / "page.html"
    path.write_text(OLD)
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write everything
    with pytest.raises(PermissionError, match="which is protected"):
        replace_text(path, "new")
    assert path.read_text() == OLD


def test_pipes_and_devices_are_written_to(tmp_path):
    replace_text("/dev/null", "x")
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)
    pipe, received = tmp_path / "pipe", []
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: received.append(pipe.read_bytes()))
    reader.start()
    replace_text(pipe, "through")
    reader.join(120)
    assert received == [b"through"]


def test_long_names_fit(tmp_path):
    name = "x" * 255
    replace_text(tmp_path / name, "x")
    assert names(tmp_path) == [name]


FULL = """
import resource, sys
from pathlib import Path
from infotheory._files import replace_text
path = Path(sys.argv[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    replace_text(path, "x" * 100_000)
except OSError as error:
    print(type(error).__name__, error.errno)
"""


def test_a_full_disk_leaves_the_old_file(tmp_path):
    path = tmp_path / "page.html"
    path.write_text(OLD)
    command = [sys.executable, "-c", FULL, path]
    run = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    assert run.stdout.startswith("OSError")
    assert (names(tmp_path), path.read_text()) == (["page.html"], OLD)


@contextmanager
def full_disk():
    """No file of this process may grow beyond 100 bytes.

    It ends within the test: pytest writes the outcome before a fixture ends, and could not where
    its output is a file.
    """
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


# openpyxl leaves a sheet open whose file could not be written; it is closed when it is collected.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("form", ["html", "json", "excel"])
def test_reports_on_a_full_disk(report, tmp_path, form):
    path = tmp_path / "report"
    path.write_text(OLD)
    if form == "html":
        report.to_html(tmp_path / "warm")  # figures fill caches of their own
        (tmp_path / "warm").unlink()
    # The sheets of a workbook are drafted in the folder for such files, which is full first.
    named = "" if form == "excel" else r": .*report'"
    with pytest.raises(OSError, match=f"File too large{named}") as caught, full_disk():
        getattr(report, f"to_{form}")(path)
    assert (names(tmp_path), path.read_text()) == (["report"], OLD)

    # Not in a later test, which would be blamed for it.
    del caught
    gc.collect()


def test_counts_on_a_full_disk(model, tmp_path):
    card, X, y = model
    counts = count_frame(X.assign(y=y), card.binner_.specs_, target="y")
    path = counts.to_parquet(tmp_path / "counts.parquet")
    before = path.read_bytes()
    with pytest.raises(OSError, match="File too large"), full_disk():
        counts.to_parquet(path)
    assert (names(tmp_path), path.read_bytes()) == (["counts.parquet"], before)


@pytest.mark.parametrize("to", ["sql", "pmml", "python"])
def test_exports_of_the_command_line_on_a_full_disk(model, tmp_path, capsys, to):
    (tmp_path / "card.json").write_text(model[0].to_json())
    (tmp_path / "out").write_text(OLD)
    words = ["export", str(tmp_path / "card.json"), "--to", to, "-o", str(tmp_path / "out")]
    with full_disk():
        assert main([*words, *(["--table", "t"] if to == "sql" else [])]) == 2
    assert "File too large" in capsys.readouterr().err
    assert names(tmp_path) == ["card.json", "out"]
    assert (tmp_path / "out").read_text() == OLD


def test_tables_of_the_command_line_on_a_full_disk(model, tmp_path, capsys):
    _, X, y = model
    X.assign(y=y).to_csv(tmp_path / "rows.csv", index=False)
    for name in ("summary.csv", "psi.csv"):
        (tmp_path / name).write_text(OLD)
    rows, out = str(tmp_path / "rows.csv"), str(tmp_path)
    with full_disk():
        assert main(["bin", rows, "--target", "y", "-o", out]) == 2
        assert main(["psi", rows, rows, "-o", f"{out}/psi.csv"]) == 2
    assert capsys.readouterr().err.count("File too large") == 2
    assert (tmp_path / "summary.csv").read_text() == (tmp_path / "psi.csv").read_text() == OLD


def test_compressed_tables_are_what_their_names_say(model, tmp_path):
    model[1].to_csv(tmp_path / "rows.csv", index=False)
    rows = str(tmp_path / "rows.csv")
    for name in ("psi.csv", "psi.csv.gz", "psi.csv.zip"):
        assert main(["psi", rows, rows, "-o", str(tmp_path / name)]) == 0
        assert pd.read_csv(tmp_path / name)["feature"].tolist() == ["income", "age"]


def test_reports_of_a_monitor_are_whole(model, tmp_path):
    card, X, y = model
    monitor = ScorecardMonitor.from_reference(card, X, y)
    page = monitoring_report(monitor, X, y).to_excel(tmp_path / "monitor.xlsx")
    assert "about" in openpyxl.load_workbook(page).sheetnames
    assert names(tmp_path) == ["monitor.xlsx"]


def test_nothing_else_writes_files():
    """Every other place hands its bytes to ``infotheory._files``."""
    writers = {"write_text", "write_bytes", "savefig", "to_parquet", "to_excel", "save", "to_csv"}
    allowed = {
        "_files.py": {"open"},
        "report/formats/excel.py": {"save"},  # into memory
        "report/formats/figures.py": {"savefig"},  # into memory
        "report/formats/word.py": {"save", "savefig"},  # into memory
        "cli/bins.py": {"to_csv"},  # a string
        "cli/psi.py": {"to_csv"},  # into the draft
        "cli/select.py": {"to_csv"},  # a string
        "cli/report.py": {"to_excel"},  # of a report
        "cli/in_use.py": {"to_csv", "to_parquet", "to_excel"},  # into the draft; of a report
        "workbench/export.py": {"to_excel"},  # of a report
        "workbench/journal.py": {"open"},  # a journal grows line by line, each synced
        "workbench/lock.py": {"open"},  # holds a process number
        "workbench/server.py": {"open"},  # of a browser
        "engines/store.py": {"save", "to_parquet"},  # of counts
    }
    package = Path(infotheory.__file__).parent
    for path in package.rglob("*.py"):
        called = set()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                mode = next((a.value for a in node.args if isinstance(a, ast.Constant)), "r")
                reads = node.func.attr == "open" and "r" in str(mode)
                if node.func.attr in writers or (node.func.attr == "open" and not reads):
                    called.add(node.func.attr)
        assert called <= allowed.get(path.relative_to(package).as_posix(), set()), (path, called)

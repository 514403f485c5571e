import json
import os
import resource
import signal
import stat
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infotheory.binning import FairBinner
from infotheory.workbench import workbench
from infotheory.workbench.journal import _chained, _hash, read_session, states_of
from tests.workbench.conftest import edit
from tests.workbench.test_state import DURATION, actions

PURPOSE = "purpose"


def document(binner):
    return json.loads(binner.to_json())


@settings(max_examples=15)
@given(data=st.data())
def test_any_sequence_resumes_equal(small, tmp_path_factory, data):
    X, y, binner, periods = small
    path = tmp_path_factory.mktemp("session") / "s.tune.jsonl"
    samples = {"holdout": (X[:100], y[:100]), "periods": periods}
    with workbench(binner, X, y, session=path, **samples) as session:
        for action in data.draw(st.lists(actions, min_size=1, max_size=8)):
            edit(session, action["type"], **{k: v for k, v in action.items() if k != "type"})
        session.handle({"type": "review", "feature": "level", "status": "accepted", "note": "ok"})
        before = [session.handle({"type": "feature", "feature": name}) for name in X.columns]
        tuned = session.binner

    with workbench(binner, X, y, session=path, **samples) as again:
        assert document(again.binner) == document(tuned)
        now = [again.handle({"type": "feature", "feature": name}) for name in X.columns]
        assert now == before

    # Without rows, and read-only, the same.
    with workbench(None, session=path, read_only=True) as looked_at:
        assert document(looked_at.binner) == document(tuned)


def a_session(german, path):
    X, y, binner = german
    with workbench(binner, X, y, session=path, who="KL") as session:
        for at in (24.0, 30.0):
            assert edit(session, "split", feature=DURATION, at=at)["type"] == "edited"
        assert edit(session, "split", feature="credit_amount", at=5000)["type"] == "edited"
        assert edit(session, "merge", feature=PURPOSE, bins=[0, 1])["type"] == "edited"
    return path


def test_a_file_torn_at_every_byte_of_its_last_line_loses_that_line_alone(german, tmp_path):
    X, y, binner = german
    columns = [DURATION, "credit_amount", PURPOSE]
    X, binner = X[columns], binner.subset(columns)
    path = a_session((X, y, binner), tmp_path / "a.tune.jsonl")
    content = path.read_bytes()
    begin = content.rstrip(b"\n").rfind(b"\n") + 1
    whole = [state.version for state in states_of(read_session(path))]
    assert whole == [0, 1, 2, 3, 4]
    for end in range(begin, len(content)):
        path.write_bytes(content[:end])
        assert len(read_session(path).steps) == 3
    for end in (begin + 1, (begin + len(content)) // 2, len(content) - 1):
        path.write_bytes(content[:end])
        with workbench(binner, X, y, session=path) as session:
            assert edit(session, "merge", feature=PURPOSE, bins=[0, 1])["type"] == "edited"
        assert path.read_bytes().count(b"\n") == 5
        assert len(read_session(path).steps) == 4


def test_a_changed_line_is_named(german, tmp_path):
    X, y, binner = german
    path = a_session(german, tmp_path / "a.tune.jsonl")
    lines = path.read_text().splitlines(keepends=True)

    def refused(changed, words):
        path.write_text("".join(changed))
        with pytest.raises(ValueError, match=words):
            workbench(binner, X, y, session=path)

    refused([*lines[:2], lines[2].replace("a test", "another"), *lines[3:]], "step 2 of session")
    refused([*lines[:2], *lines[3:]], "step 2 of session")
    refused([*lines[:2], lines[3], lines[2], *lines[4:]], "step 2 of session")
    refused([*lines[:3], "\0\0\n", *lines[3:]], "step 3 of session")
    refused([*lines[:3], "[1]\n"], "step 3 of session")
    refused([lines[0].replace('"rows": 1000.0', '"rows": 999.0'), *lines[1:]], "start of session")
    head = json.loads(lines[0])
    head["fingerprint"]["rows"] += 1.0
    refused([json.dumps(head) + "\n", *lines[1:]], "its counts do not give its fingerprint")

    # A line that is sound, of a release whose bins were others.
    first = json.loads(lines[1])
    del first["hash"]
    first["iv_after"] += 0.01
    first["hash"] = _chained(_hash(lines[0].rstrip()), first)
    led = r"step 1 of session .*it led to information value .*, and now to"
    refused([lines[0], json.dumps(first) + "\n"], led)
    refused([lines[0].replace('"version": 1', '"version": 9', 1)], "must be of version 1")
    refused(["{}\n"], "must be a file of infotheory tune")
    refused([], "without a line")
    path.write_bytes(b"\xff\xfe\n")
    with pytest.raises(ValueError, match="must be a file of infotheory tune"):
        workbench(binner, X, y, session=path)


def test_lines_nested_by_the_thousand_are_named(german, tmp_path):
    X, y, binner = german
    path = a_session(german, tmp_path / "a.tune.jsonl")
    head, first, *_ = path.read_text().splitlines()
    deep = "[" * 200_000
    within = (
        f'{{"format": "infotheory tune session", "version": 1, "binner": {"[" * 900}{"]" * 900}}}'
    )
    for content, words in (
        (deep, "must be a file of infotheory tune"),
        (within, "start of session"),
        ('{"format": "infotheory tune session", "version": 1, "binner": []}', "start of session"),
        (f"{head}\n{deep}\n{first}", "step 1 of session"),
    ):
        path.write_text(content + "\n")
        with pytest.raises(ValueError, match=words):
            workbench(binner, X, y, session=path)


@pytest.mark.parametrize(
    "content",
    ["[" * 200_000, '{"pid": 1e999, "started": "1"}', f'{{"pid": {2**70}, "started": ""}}'],
)
def test_a_lock_file_of_another_program_names_nobody(german, tmp_path, content):
    X, y, binner = german
    path = tmp_path / "a.tune.jsonl"
    path.with_name("a.tune.jsonl.lock").write_text(content)
    with workbench(binner, X, y, session=path) as session:
        assert edit(session, "split", feature=DURATION, at=24.0)["type"] == "edited"


def test_another_file_of_data_is_refused_and_read_only_opens_it(german, tmp_path):
    X, y, binner = german
    path = a_session(german, tmp_path / "a.tune.jsonl")
    other = type(binner)().fit(X[:500], y[:500])
    with pytest.raises(ValueError, match=r"got rows 500\.0, .* begun with rows 1000\.0"):
        workbench(other, X[:500], y[:500], session=path)
    with workbench(other, X[:500], y[:500], session=path, read_only=True) as looked_at:
        assert looked_at.handle({"type": "open"})["meta"]["rows"] == 1000.0
        refused = edit(looked_at, "undo")
        assert refused["code"] == "read_only"


def test_nobody_else_reads_the_file(german, tmp_path):
    path = a_session(german, tmp_path / "a.tune.jsonl")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.tune.jsonl"]


def test_one_writer_a_session(opened, german, tmp_path):
    X, y, binner = german
    with pytest.raises(ValueError, match=rf"which process {os.getpid()} writes"):
        workbench(binner, X, y, session=opened.path)
    with workbench(None, session=opened.path, read_only=True) as looked_at:
        assert looked_at.handle({"type": "open"})["type"] == "opened"


def test_the_lock_of_a_process_that_ended_is_taken_over(german, tmp_path):
    X, y, binner = german
    path = a_session(german, tmp_path / "a.tune.jsonl")
    lock = tmp_path / "a.tune.jsonl.lock"
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    for content in (f'{{"pid": {ended.pid}, "started": "1"}}', "", "no json"):
        lock.write_text(content)
        workbench(binner, X, y, session=path).close()
        assert not lock.exists()

    # The number of a process that lives, but began at another time, is of one that ended.
    lock.write_text(json.dumps({"pid": os.getpid(), "started": "1"}))
    workbench(binner, X, y, session=path).close()
    lock.write_text(json.dumps({"pid": os.getppid(), "started": None}))
    with pytest.raises(ValueError, match=f"which process {os.getppid()} writes"):
        workbench(binner, X, y, session=path)


#: Imports and fits once; a child writes each session, and is killed.
WRITER = """
import os, sys
from infotheory.binning import OptimalBinner
from infotheory.datasets import load_german_credit
from infotheory.workbench import workbench

X, y = load_german_credit()
binner = OptimalBinner().fit(X, y)
for path in sys.argv[1:]:
    child = os.fork()
    if child == 0:
        session = workbench(binner, X, y, session=path)
        print(os.getpid(), flush=True)
        for version, line in enumerate(sys.stdin):
            name, at = line.split()
            action = {"type": "split", "feature": name, "at": float(at), "reason": "r"}
            answer = session.handle({"type": "edit", "version": version, "action": action})
            print(answer["type"], flush=True)
    os.waitpid(child, 0)
    print("ended", flush=True)
"""


def test_a_killed_process_loses_nothing_that_was_answered(german, tmp_path):
    X, y, binner = german
    cuts = [(DURATION, 24), (DURATION, 30), ("age_in_years", 41.0), ("credit_amount", 5000)]
    paths = {n_edits: tmp_path / f"{n_edits}.tune.jsonl" for n_edits in (1, 2, 4)}
    with subprocess.Popen(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", WRITER, *map(str, paths.values())],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as writer:
        for n_edits, path in paths.items():
            number = int(writer.stdout.readline())
            for name, at in cuts[:n_edits]:
                writer.stdin.write(f"{name} {at}\n")
                writer.stdin.flush()
                assert writer.stdout.readline() == "edited\n"
            os.kill(number, signal.SIGKILL)
            assert writer.stdout.readline() == "ended\n"
            with workbench(binner, X, y, session=path) as session:
                assert [line["action"] for line in session.binner.audit_] == ["split"] * n_edits
                assert edit(session, "undo")["type"] == "edited"


FULL = """
import resource, sys
from pathlib import Path
from infotheory.binning import OptimalBinner
from infotheory.datasets import load_german_credit
from infotheory.workbench import workbench

X, y = load_german_credit()
path = Path(sys.argv[1])
session = workbench(OptimalBinner().fit(X, y), X, y, session=path)
merge = {"type": "merge", "feature": "purpose", "bins": [0, 1], "reason": "r" * 200}
_, most = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 150, most))
answer = session.handle({"type": "edit", "version": 0, "action": merge})
assert answer["code"] == "broken", answer
assert not session.binner.audit_
size = path.stat().st_size

# Room again: the same edit is made.
resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
print(session.handle({"type": "edit", "version": 0, "action": merge})["type"], size)
"""


def test_a_full_disk_is_an_error_and_the_edit_is_not_made(german, tmp_path):
    X, y, binner = german
    path = tmp_path / "full.tune.jsonl"
    done = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", FULL, str(path)], capture_output=True, text=True, check=True
    )
    word, size = done.stdout.split()
    assert word == "edited"
    content = path.read_bytes()
    assert content[int(size) - 1 : int(size)] == b"\n", "the file was cut back to whole lines"
    with workbench(binner, X, y, session=path) as session:
        assert len(session.binner.audit_) == 1


def test_a_disk_that_is_full_at_the_start_leaves_no_file(german, tmp_path):
    X, y, binner = german
    path = tmp_path / "none.tune.jsonl"
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, usual[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            workbench(binner, X, y, session=path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, usual)
    assert list(tmp_path.iterdir()) == []


def test_characteristics_of_a_budget_cannot_be_left_out(small):
    X, y, _, groups = small
    fair = FairBinner(budget=0.5).fit(X, y, protected=groups)
    with workbench(fair, X, y) as session:
        assert edit(session, "merge", feature="number", bins=[0, 1])["type"] == "edited"
        excluded = session.handle({"type": "review", "feature": "level", "status": "excluded"})
        assert "budgets" in excluded["message"]

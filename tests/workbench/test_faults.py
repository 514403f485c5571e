"""Faults of a session: a broken file, what has no document, a step of no line."""

import numpy as np
import pytest

from infotheory import FairBinner, OptimalBinner
from infotheory.workbench import workbench


class Broken:
    """A file on a disk that takes nothing any more, not even a cut."""

    def __init__(self, file, cuts):
        self._file, self._cuts = file, cuts

    def __getattr__(self, name):
        return getattr(self._file, name)

    def write(self, _content):
        raise OSError(28, "No space left on device")

    def truncate(self, size):
        if not self._cuts:
            raise OSError(5, "Input/output error")
        return self._file.truncate(size)


def merge(session, version):
    action = {"type": "merge", "feature": "number", "bins": [0, 1], "reason": "a test"}
    return session.handle({"type": "edit", "version": version, "action": action})


@pytest.mark.parametrize("cuts", [True, False])
def test_a_write_that_fails_makes_no_edit(small, tmp_path, cuts):
    """Where the file can be cut back the next edit is written; else no more is."""
    X, y, binner, _ = small
    path = tmp_path / "s.tune.jsonl"
    with workbench(binner, X, y, session=path) as session:
        before = path.read_bytes()
        journal = session._session.journal
        whole = journal._file
        journal._file = Broken(whole, cuts)
        assert "No space left" in merge(session, 0)["message"]
        assert session.binner.audit_ == []
        assert path.read_bytes() == before

        journal._file = whole
        answer = merge(session, 0)
        if cuts:
            assert answer["type"] == "edited"
        else:
            assert "cannot be written since an earlier write failed" in answer["message"]
            assert path.read_bytes() == before
    with workbench(binner, X, y, session=path) as again:
        assert len(again.binner.audit_) == int(cuts)


def test_what_has_no_document_is_exported_as_a_card(small):
    X, y, binner, _ = small
    groups = np.arange(len(y)) % 2
    fair = FairBinner(budget=0.5).fit(X, y, protected=groups)
    with workbench(fair, X, y) as session:
        said = session.handle({"type": "export", "what": "bins"})
        assert "bins of a FairBinner have no document" in said["message"]
        assert "export the card" in said["message"]
    with workbench(binner, X, y) as session:
        said = session.handle({"type": "export", "what": "report"})
        assert "a report needs a place, got a session without a file" in said["message"]
        text = session.handle({"type": "export", "what": "bins"})["text"]
        assert set(OptimalBinner.from_json(text).features_) == {"number", "level"}


def test_a_session_that_is_looked_at_shows_its_steps_and_no_other(small, tmp_path):
    X, y, binner, _ = small
    path = tmp_path / "s.tune.jsonl"
    with workbench(binner, X, y, session=path) as session:
        assert merge(session, 0)["type"] == "edited"
    with workbench(None, session=path, read_only=True) as looked_at:
        first, second = (looked_at.handle({"type": "open", "step": step}) for step in (0, 1))
        sizes = [
            next(row for row in opened["features"] if row["name"] == "number")["n_bins"]
            for opened in (first, second)
        ]
        assert sizes[0] == sizes[1] + 1
        said = looked_at.handle({"type": "open", "step": 2})
        assert "step must be from 0 to 1, got 2" in said["message"]
        assert merge(looked_at, 0)["type"] == "error"

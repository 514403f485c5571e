"""The file of a session: its start, then a line an action, written before the action is answered.

A line carries the hash of what stands before it, so that accidents and careless edits are found and
named. It is no signature: who rewrites the whole file is not found.
"""

import contextlib
import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from infotheory._any_table import AnyTable
from infotheory._documents import check_schema, load_schema, within
from infotheory._files import replace_file
from infotheory._target_kinds import TargetKind
from infotheory._typing import FloatArray
from infotheory._version import __version__
from infotheory.binning import OptimalBinner, StumpBinner
from infotheory.binning._base import BaseBinner
from infotheory.cells import UNSEEN, BinSpec
from infotheory.tables import CountTable, EvidenceTable
from infotheory.workbench.state import (
    Refinement,
    Review,
    SampleCells,
    State,
    apply,
    refine,
    reviewed,
)

__all__ = ["Journal", "Line", "fingerprint", "read_session", "same_data", "states_of"]

FORMAT = "infotheory tune session"
VERSION = 1
_BINNERS: dict[str, type[OptimalBinner] | type[StumpBinner]] = {
    "OptimalBinner": OptimalBinner,
    "StumpBinner": StumpBinner,
}
#: Sums of the same counts in another order differ by less.
_ROUNDING = 1e-9
#: What a line raises that is no line of ours, or is nested by the thousand.
_DAMAGE = (
    *(ValueError, TypeError, LookupError, ArithmeticError),
    *(AttributeError, RecursionError),
)

Document = dict[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """One line: an action with the finer pre-bins that it needed, or a review."""

    action: Mapping[str, Any] | None = None
    refinement: Refinement | None = None
    iv_after: float | None = None
    feature: str = ""
    review: Review | None = None

    def led_from(self, state: State) -> State:
        """Return the state after this line."""
        if self.review is not None:
            return reviewed(state, self.feature, self.review)
        if self.refinement is not None:
            state = refine(state, self.refinement)
        return apply(state, self.action or {})


def fingerprint(state: State) -> Document:
    """Say which data a session is of: sizes, and a hash of the counts by pre-bin.

    The bins of the start count too where the file does not hold their binner.
    """
    features: list[Any] = [
        (spec.to_dict(), _sums_of(table).tolist())
        for spec, table in (bins.prebin_sums()[:2] for bins in state.start.features_.values())
    ]
    # Every feature counts all rows of the fit: the weight of the first is that of all.
    rows: Any = features[0][1] if features else []
    first = next(iter(state.start.features_.values()), None)
    if first is not None and isinstance(table := first.prebin_sums()[1], EvidenceTable):
        rows = table.weight
        # Sums are about an origin: without it amounts that are all larger by one number are equal.
        features.append((table.kind, table.origin, [str(label) for label in table.classes]))
    if not _is_written(state.start):
        features += [bins.spec.to_dict() for bins in state.start.features_.values()]
    samples = {name: _sample_document(cells) for name, cells in state.samples.items()}
    return {
        "rows": float(np.sum(rows)),
        "columns": len(state.start.features_),
        "counts": _hash(json.dumps(features))[:16],
        "samples": _hash(json.dumps(samples, sort_keys=True))[:16],
    }


def same_data(one: Document, other: Document) -> bool:
    """Whether two fingerprints are of the same data and pre-bins."""
    # The hash of the counts tells how many columns there are; an earlier release wrote those of a
    # FairBinner twice, and its files are still of the same data.
    return all(one.get(key) == other.get(key) for key in ("rows", "counts", "samples"))


class Journal:
    """A session file that is open for writing; ``append`` returns when a line is on the disk."""

    def __init__(self, path: Path, chain: str, steps: int) -> None:
        self.path, self._chain, self._steps = path, chain, steps
        # "r+b" and a place of our own: after a failed write the file is cut back to it.
        self._file = path.open("r+b", buffering=0)
        self._end = self._file.seek(0, os.SEEK_END)
        self._broken = False

    @classmethod
    def start(cls, path: Path, state: State) -> "Journal":
        """Write the first line of a new session; the file is there whole, or not at all."""
        head = json.dumps(_head(state), allow_nan=False)
        with replace_file(path) as file:
            # Counts of small cells are in it, so that nobody else reads it.
            if hasattr(os, "fchmod"):
                os.fchmod(file.fileno(), 0o600)
            file.write(f"{head}\n".encode())
        return cls(path, _hash(head), 0)

    @classmethod
    def resume(cls, path: Path, session: "Recorded") -> "Journal":
        """Open a session that was read; an unfinished last line is cut, it was never answered."""
        os.truncate(path, session.n_bytes)
        return cls(path, session.chain, len(session.steps))

    def append(self, step: Line) -> None:
        """Write a line and sync it; where that fails the file is as before."""
        if self._broken:
            message = (
                f"session {str(self.path)!r} cannot be written since an earlier write failed; free "
                "the disk and start again, all that was answered is in it"
            )
            raise OSError(message)
        body = {"step": self._steps + 1, **_step_document(step)}
        chain = _chained(self._chain, body)
        line = json.dumps({**body, "hash": chain}, allow_nan=False) + "\n"
        self._write(line.encode())
        self._chain, self._steps = chain, self._steps + 1

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _write(self, content: bytes) -> None:
        """Put a whole line on the disk, or nothing of it."""
        left = memoryview(content)
        try:
            while left:
                # A disk that fills up takes a part first, and refuses at the next attempt.
                left = left[self._file.write(left) :]
            os.fsync(self._file.fileno())
        except OSError:
            self._cut_back()
            raise
        self._end += len(content)

    def _cut_back(self) -> None:
        """Remove what a failed write left; where even that fails nothing more is written."""
        try:
            self._file.truncate(self._end)
            self._file.seek(self._end)
        except OSError:
            self._broken = True


@dataclass(frozen=True, slots=True, eq=False)
class Recorded:
    """What a file says: the start, the lines after it, and where its sound part ends."""

    start: State
    fingerprint: Document
    steps: Sequence[Line]
    chain: str
    n_bytes: int
    path: Path

    @property
    def holds_binner(self) -> bool:
        """Whether the start is in the file, and not only what it was begun with."""
        return _is_written(self.start.binner)


def read_session(path: Path, begun_with: BaseBinner | None = None) -> Recorded:
    """Read a session file; ValueError names the line that is not as it was written.

    ``begun_with`` is the fitted binner of a session whose file does not hold it.
    """
    # What follows the last line break is the beginning of a line whose write did not end: its step
    # was never answered, and is none.
    content = path.read_bytes()
    n_bytes = content.rfind(b"\n") + 1
    lines = content[:n_bytes].split(b"\n")[:-1]
    if not lines:
        message = f"session must be a file of infotheory tune, got {str(path)!r} without a line"
        raise ValueError(message)

    start, head = _read_head(path, lines[0], begun_with)
    chain = _hash(lines[0].decode())
    steps = []
    for number, line in enumerate(lines[1:], 1):
        with _named(path, number):
            document = json.loads(line)
            check_schema(document, load_schema("infotheory.workbench", "session-1.schema.json"))
            # The text that was hashed comes back from what was read: JSON keeps the order of keys
            # and every digit of a number.
            told = document.pop("hash")
            chain = _chained(chain, document)
            if chain != told or document["step"] != number:
                message = "its hash is not the one that was written"
                raise ValueError(message)
            steps.append(_read_step(document, start.binner))
    return Recorded(start, head["fingerprint"], steps, chain, n_bytes, path)


def states_of(session: Recorded) -> Iterator[State]:
    """Replay a session: the start, then the state after each line."""
    state = session.start
    yield state
    for number, step in enumerate(session.steps, 1):
        with _named(session.path, number):
            state = step.led_from(state)
            # A release that bins otherwise leads elsewhere from the same steps: it is told and not
            # hidden.
            if step.iv_after is not None:
                value = state.binner.audit_[-1]["iv_after"]
                if not np.isclose(value, step.iv_after, rtol=0.0, atol=_ROUNDING):
                    message = f"it led to information value {step.iv_after}, and now to {value}"
                    raise ValueError(message)
        yield state


@contextlib.contextmanager
def _named(path: Path, number: int) -> Iterator[None]:
    """Name the step of a session that cannot be read or taken again."""
    try:
        yield
    except _DAMAGE as error:
        message = (
            f"step {number} of session {str(path)!r} must be as it was written, got a changed one: "
            f"{error}; restore the file from a copy, or start a new session"
        )
        raise ValueError(message) from error


def _read_head(path: Path, line: bytes, begun_with: BaseBinner | None) -> tuple[State, Document]:
    """Read the first line: the binner of the start, and the other samples by pre-bin."""
    try:
        head = json.loads(line)
        known = isinstance(head, dict) and head.get("format") == FORMAT
    # Brackets nested by the thousand exceed the depth of Python's reader.
    except (ValueError, RecursionError):
        known = False
    if not known:
        message = f"session must be a file of infotheory tune, got {str(path)!r}, which is another"
        raise ValueError(message)
    if head.get("version") != VERSION:
        message = (
            f"session {str(path)!r} must be of version {VERSION}, got {head.get('version')!r}; "
            "open it with the release that wrote it"
        )
        raise ValueError(message)

    # A binner that has no document is not in the file; its steps need the one they began with.
    kind = head.get("begun_with")
    if kind is not None and type(begun_with).__name__ != kind:
        message = (
            f"session {str(path)!r} must be opened with the fitted {kind} that it was begun with, "
            f"got {'none' if begun_with is None else type(begun_with).__name__}; the file holds "
            "its steps, not the binner"
        )
        raise ValueError(message)

    with _head_named(path):
        binner = begun_with
        if kind is None or binner is None:
            document = head["binner"]
            binner = _BINNERS[document["binner"]].from_json(json.dumps(document))
        specs = binner.prebin_specs_
        samples = {
            name: {
                feature: _read_cells(specs[feature], part, _kind_of(binner))
                for feature, part in cells.items()
            }
            for name, cells in head["samples"].items()
        }
        state = State(binner, binner, samples)
        _ = head["fingerprint"].items()  # of a binner that is not in the file nobody else reads it
        # Only of a binner that is in the file: what is given is compared by whoever opens the
        # session.
        if kind is None and fingerprint(state) != head["fingerprint"]:
            message = "its counts do not give its fingerprint"
            raise ValueError(message)
    return state, head


@contextlib.contextmanager
def _head_named(path: Path) -> Iterator[None]:
    try:
        yield
    except _DAMAGE as error:
        message = (
            f"the start of session {str(path)!r} must be as it was written, got a changed one: "
            f"{error}; restore the file from a copy, or start a new session"
        )
        raise ValueError(message) from error


def _is_written(binner: BaseBinner) -> bool:
    """Whether a file can hold the binner; a FairBinner has counts by group, and no document."""
    return isinstance(binner, OptimalBinner | StumpBinner)


def _head(state: State) -> Document:
    binner = state.start
    begun: Document = {"begun_with": type(binner).__name__}
    if isinstance(binner, OptimalBinner | StumpBinner):
        begun = {"binner": json.loads(binner.to_json())}
    return {
        "format": FORMAT,
        "version": VERSION,
        "infotheory": __version__,
        "fingerprint": fingerprint(state),
        **begun,
        "samples": {name: _sample_document(cells) for name, cells in state.samples.items()},
    }


def _sample_document(cells: Mapping[str, SampleCells]) -> Document:
    return {feature: _table_document(part.table) for feature, part in cells.items()}


def _kind_of(binner: BaseBinner) -> TargetKind | None:
    """Return what the target is where it is no two classes."""
    kind: TargetKind | None = getattr(binner, "target_kind_", None)
    return kind


def _sums_of(table: AnyTable) -> FloatArray:
    return table.sums if isinstance(table, EvidenceTable) else table.counts


def _table_document(table: AnyTable) -> Document:
    if isinstance(table, EvidenceTable):
        return {"sums": table.sums.tolist(), "products": table.products.tolist()}
    return {"counts": table.counts.tolist(), "squared_weights": table.squared_weights.tolist()}


def _read_cells(spec: BinSpec, document: Document, kind: TargetKind | None) -> SampleCells:
    # The codes of a spec end with that of unseen levels: as many counts have a row for them.
    unseen = len(document["counts" if kind is None else "sums"]) == spec.n_codes
    labels = (*spec.labels, UNSEEN) if unseen else spec.labels
    if kind is None:
        return SampleCells(spec, _read_table(labels, document))

    sums, products = (np.array(document[key], dtype=np.float64) for key in ("sums", "products"))
    table = EvidenceTable(labels, kind.kind, sums, products, kind.classes, (), kind.origin)
    return SampleCells(spec, table)


def _read_table(
    labels: tuple[str, ...], document: Document, groups: tuple[Any, ...] = ()
) -> CountTable:
    counts, squares = (
        np.array(document[key], dtype=np.float64) for key in ("counts", "squared_weights")
    )
    return CountTable(labels, counts, squares, groups)


def _step_document(step: Line) -> Document:
    """Write a line as plain data."""
    if step.review is not None:
        return {"review": {"feature": step.feature, **step.review._asdict()}}

    # The counts of finer pre-bins are in the line: whoever replays it has no rows to count.
    document: Document = {"action": dict(step.action or {}), "iv_after": step.iv_after}
    if step.refinement is not None:
        spec, table = step.refinement.training
        document["refined"] = {
            "prebins": spec.to_dict(),
            **_table_document(table),
            "samples": {
                name: _table_document(cells.table)
                for name, cells in step.refinement.samples.items()
            },
        }
        if step.refinement.groups:
            groups = step.refinement.groups.items()
            document["refined"]["groups"] = {name: _table_document(table) for name, table in groups}
    return document


def _read_step(document: Document, start: BaseBinner) -> Line:
    """Read a line of the file: a review, or an action with what it was carried out on."""
    if "review" in document:
        review = document["review"]
        told = Review(*(review[key] for key in Review._fields))
        return Line(feature=review["feature"], review=told)

    finer = None
    if "refined" in document:
        part = document["refined"]
        with within("$.refined"):
            spec = BinSpec.from_dict(part["prebins"])
            kind = _kind_of(start)
            samples = {
                name: _read_cells(spec, inner, kind) for name, inner in part["samples"].items()
            }
            by_group = start.features_[spec.name].prebin_groups
            groups = {
                # Protected groups are those of the start, by name and order; the file holds counts
                # alone.
                name: _read_table(spec.labels[: len(inner["counts"])], inner, by_group[name].groups)
                for name, inner in part.get("groups", {}).items()
            }
            finer = Refinement(_read_cells(spec, part, kind), samples, groups)
    return Line(document["action"], finer, document["iv_after"])


def _chained(before: str, body: Document) -> str:
    return _hash(before + json.dumps(body, allow_nan=False))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()

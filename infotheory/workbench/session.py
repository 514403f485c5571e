"""A session: the state of now, the rows behind it, and the file that every step goes to first."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from infotheory._files import replace_text
from infotheory.binning import keep_features
from infotheory.binning._base import BaseBinner
from infotheory.cells import BinSpec
from infotheory.workbench.card import CardFits, SessionCard
from infotheory.workbench.export import (
    exported_text,
    naming_place,
    place_of_exports,
    written_report,
)
from infotheory.workbench.journal import Journal, Line
from infotheory.workbench.samples import SessionRows
from infotheory.workbench.state import (
    Action,
    Refinement,
    Review,
    SampleCells,
    State,
    apply,
    refine,
    refinement_of,
    reviewed,
)

__all__ = ["ReadOnlyError", "Session", "StaleError"]


class StaleError(ValueError):
    """An edit was asked for on a state that is not the state of now."""


class ReadOnlyError(ValueError):
    """An edit was asked for in a session that is only looked at."""


@dataclass(slots=True, eq=False)
class Session:
    """What ``handle`` works on; ``lock`` is held while a message is answered.

    ``history`` has the state after each line of the file, for a session that is only looked at.
    """

    state: State
    rows: SessionRows
    journal: Journal | None = None
    who: str = ""
    read_only: bool = False
    history: tuple[State, ...] = ()
    steps: int = 0
    template: SessionCard | None = None
    lock: Any = field(default_factory=threading.RLock)
    cards: CardFits | None = None

    def __post_init__(self) -> None:
        if self.rows.training is not None and not self.read_only:
            self.cards = CardFits(self.state.start, self.rows, self.template)

    def card(self) -> dict[str, Any]:
        """Return the newest card that is fitted, and see to the one of the bins of now."""
        if self.cards is None:
            return {"step": None, "updating": False, "reason": "the session has no rows"}
        return self.cards.ask(self.steps, self.final_binner())

    def export(self, what: str) -> dict[str, str]:
        """Write what a session leaves behind, beside its file, or return it as text."""
        # Taken together: a report takes a while, and edits go on meanwhile.
        with self.lock:
            binner, reviews, journal = self.final_binner(), self.state.reviews, self.journal
        place = None if journal is None else place_of_exports(journal.path)
        if what == "report":
            if place is None:
                message = (
                    "a report needs a place, got a session without a file; open it with session=, "
                    "or make it with infotheory.report.scorecard_report"
                )
                raise ValueError(message)
            folder = place.with_name(f"{place.name}-report")
            with naming_place(folder):
                page = written_report(folder, binner, reviews, self.rows, self.template)
            return {"path": str(page.resolve())}

        text = exported_text(what, binner, self.rows, self.template)
        if place is None:
            return {"text": text}
        ending = {
            "audit": ".audit.csv",
            "card": ".card.json",
            "python": ".card.py",
            "bins": ".bins.json",
        }[what]
        path = place.with_name(place.name + ending)
        with naming_place(path):
            replace_text(path, text)
        return {"path": str(path.resolve())}

    def preview(self, action: Action) -> State:
        """Return the state that an action would lead to."""
        # The library refuses an edit without a reason, which is given only when the edit is made.
        after, _ = self._led_to({**action, "reason": action.get("reason") or "preview"})
        return after

    def edit(self, action: Action, version: int) -> State:
        """Take an action: first on a state of its own, then in the file, then for all to see."""
        self._check_writable()
        if version != self.state.version:
            message = (
                f"version must be {self.state.version}, that of the bins now, got {version}; they "
                "were changed elsewhere: reload them"
            )
            raise StaleError(message)

        # Nothing is changed before the file has the line: an error on the way leaves all as it was.
        who = action.get("who") or self.who
        signed = {"reason": "", **action, "who": who, "when": _now()}
        after, finer = self._led_to(signed)
        value = after.binner.audit_[-1]["iv_after"]
        self._write(Line(action=signed, refinement=finer, iv_after=value))
        self.state = after
        return after

    def review(self, feature: str, review: Review) -> State:
        """Decide about a characteristic; a review is in the file, and no step of the trail."""
        self._check_writable()
        for text in (review.note, review.who):
            text.encode()  # lone surrogates are in no file
        if review.status == "excluded":
            self._check_excludable(feature)
        signed = review._replace(who=review.who or self.who, when=_now())
        after = reviewed(self.state, feature, signed)
        self._write(Line(feature=feature, review=signed))
        self.state = after
        return after

    def state_at(self, step: int | None) -> State:
        """Return the state of now, or of after a line of the file."""
        # A session that is edited keeps no history: it shows the state of now whatever is asked.
        if step is None or not self.history:
            return self.state
        if step >= len(self.history):
            message = f"step must be from 0 to {len(self.history) - 1}, got {step}"
            raise ValueError(message)
        return self.history[step]

    def final_binner(self) -> BaseBinner:
        """Return the tuned binner without the characteristics that were excluded."""
        binner = self.state.binner
        for name, review in self.state.reviews.items():
            if review.status == "excluded" and name in binner.features_:
                staying = [other for other in binner.features_ if other != name]
                reason = review.note.strip() or "excluded in the workbench"
                author = {"reason": reason, "who": review.who, "when": review.when}
                binner = keep_features(binner, staying, **author)
        return binner

    def _check_excludable(self, feature: str) -> None:
        """Raise an error where a characteristic cannot be left out of the binner."""
        others = {
            name
            for name in self.state.binner.features_
            if name != feature and self.state.reviews.get(name, Review()).status != "excluded"
        }
        if not others:
            message = f"one characteristic must stay, got {feature!r}, the last one, to exclude"
            raise ValueError(message)
        if feature in self.state.binner.features_:
            # Tried, and dropped: a refusal must come before the review is in the file.
            keep_features(self.state.binner, sorted(others), reason="can it be left out?")

    def _led_to(self, action: Action) -> tuple[State, Refinement | None]:
        """Return the state after an action, and the finer pre-bins that it needed."""
        # With rows first, which may cut finer pre-bins; then again along these and without rows, as
        # whoever replays the file does. So both have the same state to the last digit.
        tried = apply(self.state, action, self.rows.of_fit)
        finer = refinement_of(self.state, tried, action, self._counted)
        if finer is None:
            return tried, None
        return apply(refine(self.state, finer), action), finer

    def _counted(self, spec: BinSpec) -> Mapping[str, SampleCells]:
        counts = self.rows.counted(self.state.binner, {spec.name: spec})
        return {name: cells[spec.name] for name, cells in counts.items()}

    def _check_writable(self) -> None:
        if self.read_only:
            message = "this session must not be changed, got an edit; it was opened read-only"
            raise ReadOnlyError(message)

    def _write(self, step: Line) -> None:
        if self.journal is not None:
            self.journal.append(step)
        self.steps += 1


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")

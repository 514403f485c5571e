"""The one way to warn: at the line of the caller, whatever lies between it and us."""

import inspect
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from types import FrameType
from typing import Any

__all__ = ["collect_warnings", "warn", "warn_once", "warn_once_a_call"]

#: Packages whose lines are not the caller's: ours, and those that call us on behalf of the user. A
#: warning that names one of their files helps nobody.
_GO_BETWEENS = frozenset(
    [
        "infotheory",
        "sklearn",
        "joblib",
        "pandas",
        "narwhals",
        "numpy",
        "scipy",
        "contextlib",
        "functools",
        "torch",
        "threading",
        "multiprocessing",
        "concurrent",
    ]
)

Told = tuple[str, type[Warning]]

#: Where warnings go while tasks run that have no caller on their stack.
_collected: ContextVar[list[Told] | None] = ContextVar("collected", default=None)


#: What was said once, from which line, and the filters that were in force then.
_said: dict[tuple[str, type[Warning], str, int], Any] = {}


def warn(message: str, category: type[Warning]) -> None:
    """Warn at the first line outside this package, and outside the packages that call us for it."""
    collected = _collected.get()
    if collected is not None:
        collected.append((message, category))
        return

    # warnings counts from its own caller, which is this function: level 1.
    _, level = _caller()
    warnings.warn(message, category, stacklevel=level)


def warn_once(message: str, category: type[Warning]) -> None:
    """Warn as ``warn``, but from a line of the caller only once, even where all are shown.

    Another block of ``warnings.catch_warnings`` around that line hears it again.
    """
    collected = _collected.get()
    if collected is not None:
        collected += [] if (message, category) in collected else [(message, category)]
        return

    # Threads of joblib clone later folds: the first one was told of at the line of the caller.
    frame, _ = _caller()
    if frame is None:
        return

    # Cross-validation enters and leaves such a block for each fold, which brings the filters of
    # the caller back: the same list, where a new block would have another one.
    key = message, category, frame.f_code.co_filename, frame.f_lineno
    if _said.get(key) is not warnings.filters:
        warn(message, category)
        _said[key] = warnings.filters


def warn_once_a_call(message: str, category: type[Warning], *, about: str | None = None) -> None:
    """Warn as ``warn``, but once for each call that the user makes, even where all are shown.

    A cross-validation comes back for each of its folds with filters made anew, and is one call.
    Messages ``about`` the same, whose numbers differ from fold to fold, count as one.
    """
    told = about or message
    entry = _entry()
    if entry is not None and _collected.get() is None:
        # Names beyond those of its code stay with a frame for as long as the call lasts, no longer.
        said = entry.f_locals.setdefault("infotheory said", set())
        if (told, category) in said:
            return
        said.add((told, category))
    warn(message, category)


def _entry() -> FrameType | None:
    """Frame of what the user called, of ours or of a go-between; None where no user is there."""
    here = inspect.currentframe()
    frame = here.f_back if here is not None else None
    before = None
    while frame is not None and _is_between(frame):
        before, frame = frame, frame.f_back
    return None if frame is None else before


def _caller() -> tuple[FrameType | None, int]:
    """Frame of the first line that is not ours, None where there is none, and its stack level."""
    here = inspect.currentframe()
    frame = here.f_back if here is not None else None
    level = 0
    while frame is not None and _is_between(frame):
        frame = frame.f_back
        level += 1
    return frame, level + 1


@contextmanager
def collect_warnings() -> Iterator[list[Told]]:
    """Collect what this thread or process warns of, to be said later where there is a caller."""
    collected: list[Told] = []
    token = _collected.set(collected)
    try:
        yield collected
    finally:
        _collected.reset(token)


def _is_between(frame: FrameType) -> bool:
    """Tell whether a frame belongs to this package or to one that calls us for the user.

    Its module says so, not its file: methods that dataclasses write have no file.
    """
    module: str = frame.f_globals.get("__name__", "")
    return module.partition(".")[0] in _GO_BETWEENS

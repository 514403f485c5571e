"""The one way to warn: at the line of the caller, whatever lies between it and us."""

import inspect
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from types import FrameType

__all__ = ["collect_warnings", "warn"]

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
        "threading",
        "concurrent",
    ]
)

Told = tuple[str, type[Warning]]

#: Where warnings go while tasks run that have no caller on their stack.
_collected: ContextVar[list[Told] | None] = ContextVar("collected", default=None)


def warn(message: str, category: type[Warning]) -> None:
    """Warn at the first line outside this package, and outside the packages that call us for it."""
    collected = _collected.get()
    if collected is not None:
        collected.append((message, category))
        return

    here = inspect.currentframe()
    frame: FrameType | None = here.f_back if here is not None else None
    level = 1
    while frame is not None and _is_between(frame):
        frame = frame.f_back
        level += 1

    # warnings counts from its own caller, which is this function: level 1.
    warnings.warn(message, category, stacklevel=level + 1)


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

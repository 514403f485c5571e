"""The one way to warn: at the line of the caller, whatever lies between it and us."""

import sys
import warnings
from functools import cache
from pathlib import Path
from types import FrameType

__all__ = ["warn"]

#: Packages that call us on behalf of the user: a warning that names one of their files helps nobody.
_GO_BETWEENS = ("sklearn", "joblib", "contextlib", "functools", "threading", "concurrent")


def warn(message: str, category: type[Warning] = UserWarning) -> None:
    """Warn at the first line outside this package, and outside the packages that call us for it."""
    frame: FrameType | None = sys._getframe(1)
    level = 1
    while frame is not None and _is_ours(frame.f_code.co_filename):
        frame = frame.f_back
        level += 1

    # warnings counts from its own caller, which is this function: level 1.
    warnings.warn(message, category, stacklevel=level + 1)


@cache
def _is_ours(filename: str) -> bool:
    """Tell whether a file belongs to this package or to a package that calls us for the user."""
    return filename.startswith(_folders())


@cache
def _folders() -> tuple[str, ...]:
    """List the folders and files whose lines are not the caller's."""
    ours = str(Path(__file__).parent)
    found = [sys.modules[name].__file__ for name in _GO_BETWEENS if name in sys.modules]
    others = [
        str(Path(file).parent) if Path(file).stem == "__init__" else file for file in found if file
    ]
    return (ours, *others)

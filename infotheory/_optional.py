"""Packages of optional extras, loaded where they are first used."""

import importlib
import sys
from types import ModuleType

from infotheory._collector import collector_at_rest
from infotheory.exceptions import MissingDependencyError


def require(module: str, *, extra: str, purpose: str) -> ModuleType:
    """Import an optional package, or say how to install it."""
    # asked for each cell of a workbook
    if (loaded := sys.modules.get(module)) is not None:
        return loaded
    try:
        with collector_at_rest():
            return importlib.import_module(module)
    except ModuleNotFoundError as error:
        top = module.partition(".")[0]
        if error.name is None or error.name.partition(".")[0] != top:
            # The package is there, and one of its own imports failed: that is the message to show.
            raise
        message = (
            f"{purpose} needs the package {top!r}, which is not installed; pip install "
            f"'infotheory-stats[{extra}]'"
        )
        raise MissingDependencyError(message) from error

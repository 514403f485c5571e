"""Entropies of neighbouring fields, a module each, loaded when it is first named.

``language`` needs the extra ``torch``; the others need numpy and scipy only.
"""

import importlib
from importlib.util import find_spec
from types import ModuleType

__all__ = ["alignment", "allocation", "coding", "collective", "language", "semantic", "statmech"]


def __getattr__(name: str) -> ModuleType:
    """Import a module when it is first named."""
    if name not in __all__:
        message = f"module 'infotheory.fields' has no attribute {name!r}"
        raise AttributeError(message)
    return importlib.import_module(f"infotheory.fields.{name}")


def __dir__() -> list[str]:
    """List the modules that can be loaded here."""
    # help() opens all that is listed: one without its package would leave no page at all
    able = find_spec("torch") is not None
    return sorted(name for name in __all__ if able or name != "language")

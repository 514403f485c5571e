"""Entropies of neighbouring fields, a module each, loaded when it is first named.

``language`` needs the extra ``torch``; the others need numpy and scipy only.
"""

from importlib.util import find_spec
from typing import TYPE_CHECKING

from infotheory._later import names_of

if TYPE_CHECKING:
    from infotheory.fields import (
        alignment,
        allocation,
        coding,
        collective,
        language,
        semantic,
        statmech,
    )

__all__ = ["alignment", "allocation", "coding", "collective", "language", "semantic", "statmech"]

if not TYPE_CHECKING:  # to a checker it would give every name there is
    __getattr__ = names_of(__name__, {})


def __dir__() -> list[str]:
    """List the modules that can be loaded here."""
    # help() opens all that is listed: one without its package would leave no page at all
    able = find_spec("torch") is not None
    return sorted(name for name in __all__ if able or name != "language")

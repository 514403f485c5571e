"""The workbench: bins tuned by hand in a browser or a notebook, with a file of every step."""

from typing import TYPE_CHECKING

from infotheory._later import names_of

if TYPE_CHECKING:
    from infotheory.workbench.start import Workbench, workbench

__all__ = ["Workbench", "workbench"]

#: Where each name lives: what needs one of them does not load the others.
_PLACES = {"start": ("Workbench", "workbench")}

if not TYPE_CHECKING:  # to a checker it would give every name there is
    __getattr__ = names_of(__name__, _PLACES)


def __dir__() -> list[str]:
    """List the public names, loaded or not."""
    return sorted(__all__)

"""The workbench: bins tuned by hand in a browser or a notebook, with a file of every step."""

from infotheory.workbench.start import Workbench, workbench

__all__ = ["Workbench", "workbench"]


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)

"""Credit scorecards and information theory with standard errors that hold."""

from infotheory._version import __version__

__all__ = ["__version__"]

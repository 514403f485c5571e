"""Command line: ``infotheory demo``, ``report``, ``bin``, ``select``, ``psi``, ``score``, ...

The parser lists all commands.
"""

import argparse
import atexit
import gc
import importlib
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from infotheory._collector import collector_at_rest
from infotheory.cli.parser import make_parser
from infotheory.exceptions import (
    InfotheoryWarning,
    MissingDependencyError,
    QueryError,
    SparseCellWarning,
    UnseenValueWarning,
)

__all__ = ["main"]

#: New objects between two rounds of the collector of garbage, in a process that is the command's.
_NEW_OBJECTS = 50_000


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command.

    Parameters
    ----------
    arguments : sequence of str, optional
        Words after ``infotheory``; those of the process when None.

    Returns
    -------
    int
        0 where the command did its work, 1 where a report is not what was recomputed, 2 where the
        request or the data cannot be used.

    Examples
    --------
    >>> main(["verify", "no such report.json"])
    2
    """
    options = make_parser().parse_args(arguments)
    try:
        with warnings.catch_warnings(), _plain_warnings():
            # the tables mark these bins, and the report names them among its limitations
            warnings.simplefilter("ignore", SparseCellWarning)
            warnings.simplefilter("ignore", UnseenValueWarning)
            run = _loaded(options.run)
            if arguments is None:
                _spare_the_collector()
            status = run(options)
    except (ValueError, TypeError, OSError, MissingDependencyError, QueryError) as error:
        # One line: messages of others may have several.
        print(f"infotheory: error: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    return status or 0


def _loaded(place: str) -> Callable[[argparse.Namespace], int | None]:
    """Load the function of a command, and only now what it works with."""
    module, _, name = place.partition(".")
    with collector_at_rest():
        run: Callable[..., int | None] = getattr(
            importlib.import_module(f"infotheory.cli.{module}"), name
        )
    return run


def _spare_the_collector() -> None:
    """Take what is loaded out of the collector's rounds, and let it go round less often.

    Modules stay until the process ends: going over them takes a fifth of the time of a report.
    """
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS)
    # At the end it would go over all there is once more, which takes half a second. Files and
    # connections are closed where they were opened, and memory goes with the process.
    atexit.register(gc.freeze)


@contextmanager
def _plain_warnings() -> Iterator[None]:
    """Show our warnings as one line, without a place in a file: here the caller has no code."""
    usual = warnings.formatwarning

    def plain(message: Warning | str, category: type[Warning], *place: Any, **line: Any) -> str:
        if issubclass(category, InfotheoryWarning):
            return f"infotheory: warning: {message}\n"
        return usual(message, category, *place, **line)

    warnings.formatwarning = plain
    try:
        yield
    finally:
        warnings.formatwarning = usual


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)

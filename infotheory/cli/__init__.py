"""Command line: ``infotheory demo | report | bin | psi | export``."""

import sys
import warnings
from collections.abc import Sequence

from infotheory.cli.parser import make_parser
from infotheory.exceptions import MissingDependencyError, SparseCellWarning, UnseenValueWarning

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command.

    Parameters
    ----------
    arguments : sequence of str, optional
        Words after ``infotheory``; those of the process when None.

    Returns
    -------
    int
        0 where the command did its work, 2 where the request or the data cannot be used.
    """
    options = make_parser().parse_args(arguments)
    try:
        with warnings.catch_warnings():
            # the tables mark these bins, and the report names them among its limitations
            warnings.simplefilter("ignore", SparseCellWarning)
            warnings.simplefilter("ignore", UnseenValueWarning)
            options.run(options)
    except (ValueError, TypeError, OSError, MissingDependencyError) as error:
        print(f"infotheory: error: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    return 0

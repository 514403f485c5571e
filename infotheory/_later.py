"""Modules that take long to import, each loaded when something of it is first named.

``from infotheory._later import stats`` reads as ``from scipy import stats`` does. A value of them
is taken where it is used, not where a module of ours is loaded. An annotation that names one is
written as text.
"""

import importlib
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from infotheory._clash import refuse_clash
from infotheory._collector import collector_at_rest

__all__ = ["Later", "distance", "joblib", "names_of", "optimize", "pd", "signal", "stats"]


# A room that loads its names later imports nothing else of ours at first.
refuse_clash(__file__)


class Later:
    """Stands for a module, and imports it when something of it is first named."""

    __slots__ = ("_module", "_name")

    def __init__(self, name: str) -> None:
        self._name = name
        self._module: Any = None

    def __getattr__(self, name: str) -> Any:
        """Return what the module calls so."""
        if self._module is None:
            self._module = self.load()
        return getattr(self._module, name)

    def load(self) -> Any:
        """Import the module."""
        with collector_at_rest():
            return importlib.import_module(self._name)


def names_of(face: str, places: Mapping[str, Sequence[str]]) -> Callable[[str], Any]:
    """Return the ``__getattr__`` of a room, which loads a name of it when it is first named.

    Parameters
    ----------
    face : str
        Full name of the room.
    places : mapping of str to sequence of str
        Names by the module of the room that they live in, or of another room by its full name:
        one who needs some of them does not load the others. None of the names may be that of a
        module of the room, which would stand under it as soon as anything has imported it.

    Returns
    -------
    callable
        What Python asks for a name that is not there yet. Modules of the room load likewise. Type
        checkers must not see it: they would take every misspelt name for one of the room.

    Examples
    --------
    >>> names_of("infotheory.scorecard", {"points.scale": ("Scale",)})("Scale").__name__
    'Scale'
    """
    homes = {
        name: place if place.startswith("infotheory.") else f"{face}.{place}"
        for place, names in places.items()
        for name in names
    }

    def load(name: str) -> Any:
        if name in homes:
            with collector_at_rest():
                value = getattr(importlib.import_module(homes[name]), name)
        elif (
            name.isidentifier()
            and not name.startswith("_")
            and find_spec(f"{face}.{name}") is not None
        ):
            return importlib.import_module(f"{face}.{name}")
        else:
            message = f"module {face!r} has no attribute {name!r}"
            raise AttributeError(message)
        setattr(sys.modules[face], name, value)  # the next look-up does not come here
        return value

    return load


if TYPE_CHECKING:  # what type checkers and editors know of them
    import joblib
    import pandas as pd
    from scipy import optimize, signal, stats
    from scipy.spatial import distance
else:
    joblib = Later("joblib")
    pd = Later("pandas")
    distance = Later("scipy.spatial.distance")
    optimize, signal, stats = (Later(f"scipy.{name}") for name in ("optimize", "signal", "stats"))

"""Modules that take long to import, each loaded when something of it is first named.

``from infotheory._later import stats`` reads as ``from scipy import stats`` does. A value of them
is taken where it is used, not where a module of ours is loaded. An annotation that names one is
written as text.
"""

import importlib
from typing import TYPE_CHECKING, Any

__all__ = ["Later", "distance", "joblib", "optimize", "pd", "signal", "stats"]


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
        return importlib.import_module(self._name)


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

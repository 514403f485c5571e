"""Versions of what a result depends on, for reports and for questions to the developers."""

import platform
import sys
from collections.abc import Iterable
from contextlib import suppress
from importlib import metadata

from infotheory._version import __version__

__all__ = ["show_versions", "versions_behind_numbers"]

_NEEDED = ("numpy", "scipy", "pandas", "scikit-learn", "numba", "narwhals")
_OF_EXTRAS = (
    "array-api-compat",
    "xgboost",
    "pulp",
    "highspy",
    "torch",
    "jinja2",
    "matplotlib",
    "openpyxl",
    "pyarrow",
    "polars",
    "duckdb",
    "pyspark",
    "sqlglot",
)
# What may place the splits of bins: its version belongs to the numbers.
_MAKERS_OF_BINS = ("xgboost", "pulp", "highspy")


def versions_behind_numbers() -> dict[str, str]:
    """Versions of what had a hand in numbers: packages of extras only where they are loaded."""
    return _versions((*_NEEDED, *(name for name in _MAKERS_OF_BINS if name in sys.modules)))


def _versions(names: Iterable[str]) -> dict[str, str]:
    """Name to version, this package and Python first; what is not installed is left out."""
    versions = {"infotheory": __version__, "python": platform.python_version()}
    for name in names:
        # Extras may not be there; what lies on the path without being installed has no metadata.
        with suppress(metadata.PackageNotFoundError):
            versions[name] = metadata.version(name)
    return versions


def show_versions() -> None:
    """Print the platform and the versions of Python, of this package and of what it uses.

    Examples
    --------
    >>> show_versions()
    platform    ...
    infotheory  ...
    python      ...
    """
    entries = {"platform": platform.platform(), **_versions((*_NEEDED, *_OF_EXTRAS))}
    width = max(map(len, entries)) + 2
    for name, version in entries.items():
        print(f"{name:<{width}}{version}")

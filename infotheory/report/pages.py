"""What every HTML page of a report is rendered with."""

from typing import Any

from infotheory._optional import require
from infotheory.report import numbers

__all__ = ["environment"]


def environment() -> Any:
    """Return the jinja environment of a page: escaping, number filters, an error where a value is absent.

    Returns
    -------
    Environment
        The environment.

    Raises
    ------
    MissingDependencyError
        If jinja2 is not installed.
    """
    jinja2 = require("jinja2", extra="report", purpose="writing an HTML report")
    pages = jinja2.Environment(
        loader=jinja2.PackageLoader("infotheory.report"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    pages.filters |= {name: getattr(numbers, name) for name in ("count", "fixed", "p_value", "percent")}
    return pages

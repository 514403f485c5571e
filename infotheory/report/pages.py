"""What every HTML page of a report is rendered with."""

from pathlib import Path
from typing import Any

from infotheory._optional import require
from infotheory.report import numbers

__all__ = ["environment"]


def environment(folder: Path | None = None) -> Any:
    """Return the jinja environment of a page: escaping, number filters, an error where a value is absent.

    Parameters
    ----------
    folder : Path, optional
        Where templates of the user's lie; ours come first.

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
    loaders = [jinja2.PackageLoader("infotheory.report")]
    if folder is not None:
        loaders.append(jinja2.FileSystemLoader(folder))
    pages = jinja2.Environment(
        loader=jinja2.ChoiceLoader(loaders),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    names = ("count", "fixed", "p_value", "percent", "significant")
    pages.filters |= {name: getattr(numbers, name) for name in names}
    return pages

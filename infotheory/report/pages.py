"""What every HTML page of a report is rendered with."""

from pathlib import Path
from typing import Any

from infotheory._optional import require
from infotheory.report import numbers

__all__ = ["get_page"]


def get_page(name: str, template: str | Path | None = None) -> Any:
    """Return the template of a page, or the user's that extends it.

    Parameters
    ----------
    name : str
        Name of our template.
    template : str or Path, optional
        A template of the user's; it may have the name of ours.

    Returns
    -------
    Template
        What renders the page.

    Raises
    ------
    MissingDependencyError
        If jinja2 is not installed.
    ValueError
        If the user's template does not extend ours.
    """
    if template is None:
        return _environment().get_template(name)
    path = Path(template)
    text = path.read_text(encoding="utf-8")
    if "extends" not in text or name not in text:
        message = (
            f'a template must begin with {{% extends "{name}" %}}, got none of that in {path.name}'
        )
        raise ValueError(message)
    return _environment(path.parent).from_string(text)


def _environment(folder: Path | None = None) -> Any:
    """Escaping, number filters, an error where a value is absent; our templates come before those of ``folder``."""
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

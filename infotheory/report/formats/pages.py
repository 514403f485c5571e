"""What every HTML page of a report is rendered with: a template, filters of numbers, a logo."""

import base64
import re
from pathlib import Path
from typing import Any

from infotheory._optional import require
from infotheory.report.formats import number_texts as numbers

__all__ = ["get_page", "read_logo"]

_PNG = b"\x89PNG\r\n\x1a\n"
_MOST_BYTES = 1_000_000

#: What would run, or load something from elsewhere, when the page is opened.
_ACTIVE = re.compile(
    rb"<script|<foreignObject|\son\w+\s*=|<!ENTITY|(?:href|src)\s*=\s*[\"'](?!#|data:)",
    re.IGNORECASE,
)


def get_page(name: str, template: str | Path | None = None) -> Any:
    """Return the template of a page, or the user's that extends it."""
    if template is None:
        return _environment().get_template(name)
    path = Path(template)
    text = path.read_text(encoding="utf-8")
    # A page of one's own that does not extend ours would leave out sections without a word.
    if "extends" not in text or name not in text:
        message = (
            f'a template must begin with {{% extends "{name}" %}}, got none of that in {path.name}'
        )
        raise ValueError(message)
    return _environment(path.parent).from_string(text)


def _environment(folder: Path | None = None) -> Any:
    """Escaping, filters of numbers, an error where a value is absent; ours before ``folder``'s."""
    jinja2 = require("jinja2", extra="report", purpose="writing an HTML report")
    # Ours come first, so that a file of the folder that has the same name does not replace them.
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


def read_logo(path: Path) -> str:
    """Read an image into a data URI."""
    content = path.read_bytes()
    if len(content) > _MOST_BYTES:
        message = f"a logo must have at most {_MOST_BYTES} bytes, got {len(content)} in {path.name}"
        raise ValueError(message)

    if content.startswith(_PNG):
        kind = "image/png"
    # The tag may stand behind a declaration and comments, and is near the start still.
    elif b"<svg" in content[:2000]:
        active = _ACTIVE.search(content)
        if active:
            message = (
                "an SVG logo must hold neither scripts nor parts that lie elsewhere, "
                f"got {active.group().decode(errors='replace').strip()!r} in {path.name}"
            )
            raise ValueError(message)
        kind = "image/svg+xml"
    else:
        message = (
            f"a logo must be a PNG or SVG file, got {path.name!r}, which begins with "
            f"{content[:8]!r}"
        )
        raise ValueError(message)

    return f"data:{kind};base64,{base64.b64encode(content).decode('ascii')}"

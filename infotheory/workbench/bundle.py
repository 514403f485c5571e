"""The modules of the page joined to one text: a notebook's widget takes one module."""

import re
from importlib import resources

__all__ = ["MODULES", "joined_modules", "static_text"]

#: Modules of the page in the order in which they use one another; ``page.js`` is of the server.
MODULES = ("dom", "chart", "table", "list", "panels", "edits", "keys", "app")

_IMPORT = re.compile(r"^import .* from \"\./\w+\.js\";\n", re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?function|const|let|class)", re.MULTILINE)


def joined_modules() -> str:
    """Return one module: imports of our own files and exports of names go, the default stays.

    Names of different files must differ; a test proves it.
    """
    texts = [_EXPORT.sub("", _IMPORT.sub("", static_text(f"{name}.js"))) for name in MODULES]
    return "\n".join(texts)


def static_text(name: str) -> str:
    """Read a file of the page."""
    path = resources.files("infotheory.workbench").joinpath("static", name)
    return path.read_text(encoding="utf-8")

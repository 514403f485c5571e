"""A logo as part of a page."""

import base64
import re
from pathlib import Path

__all__ = ["read_logo"]

_PNG = b"\x89PNG\r\n\x1a\n"
_MOST_BYTES = 1_000_000
_ACTIVE = re.compile(
    rb"<script|<foreignObject|\son\w+\s*=|<!ENTITY|(?:href|src)\s*=\s*[\"'](?!#|data:)",
    re.IGNORECASE,
)


def read_logo(path: Path) -> str:
    """Read an image into a data URI.

    Parameters
    ----------
    path : Path
        A PNG file, or an SVG file without scripts and without parts that lie elsewhere; at most 1
        MB.

    Returns
    -------
    str
        The URI.

    Raises
    ------
    ValueError
        If the file is neither, or too large.
    """
    content = path.read_bytes()
    if len(content) > _MOST_BYTES:
        message = f"a logo must have at most {_MOST_BYTES} bytes, got {len(content)} in {path.name}"
        raise ValueError(message)
    if content.startswith(_PNG):
        kind = "image/png"
    elif b"<svg" in content[:2000]:
        found = _ACTIVE.search(content)
        if found:
            message = (
                "an SVG logo must hold neither scripts nor parts that lie elsewhere, "
                f"got {found.group().decode(errors='replace').strip()!r} in {path.name}"
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

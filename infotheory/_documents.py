"""JSON documents that say their format and version."""

import json
from typing import Any

__all__ = ["read_document"]


def read_document(text: str, form: str, version: int) -> dict[str, Any]:
    """Read a JSON document that says its format and version.

    Parameters
    ----------
    text : str
        The document.
    form : str
        Format that it must have.
    version : int
        Version that it must have.

    Returns
    -------
    dict
        The document.

    Raises
    ------
    ValueError
        If the text is not such a document, or of another version.
    """
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        message = f"text must be JSON that to_json() wrote, got {str(text)[:40]!r} ({error})"
        raise ValueError(message) from error
    if not isinstance(document, dict) or document.get("format") != form:
        message = f"text must be a document of format {form!r}, got {str(text)[:40]!r}; write it with to_json()"
        raise ValueError(message)
    if document.get("version") != version:
        message = f"version must be {version}, got {document.get('version')!r}; read it with the release that wrote it"
        raise ValueError(message)
    return document

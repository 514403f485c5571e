"""JSON documents that say their format and version."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

__all__ = ["read_document", "sound"]

#: What a missing key, or a value of another type, length or range raises, part by part.
_DAMAGE = (
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,
    RecursionError,
)


def read_document(text: str, form: str, version: int) -> dict[str, Any]:
    """Read a JSON document of a format and version, or raise ValueError."""
    try:
        document = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        message = f"text must be JSON that to_json() wrote, got {str(text)[:40]!r} ({error})"
        raise ValueError(message) from error

    if not isinstance(document, dict) or document.get("format") != form:
        message = (
            f"text must be a document of format {form!r}, got {str(text)[:40]!r}; write it with "
            "to_json()"
        )
        raise ValueError(message)
    if document.get("version") != version:
        message = (
            f"version must be {version}, got {document.get('version')!r}; read it with the release "
            "that wrote it"
        )
        raise ValueError(message)
    return document


@contextmanager
def sound(form: str) -> Iterator[None]:
    """Turn whatever a damaged document raises while it is read into one ValueError that says so."""
    try:
        yield
    except _DAMAGE as error:
        message = (
            f"text must be a sound document of format {form!r}, got one that is damaged "
            f"({type(error).__name__}: {error}); write it with to_json()"
        )
        raise ValueError(message) from error


def _no_constant(text: str) -> float:
    message = f"numbers must be finite, or text such as 'nan', got {text}"
    raise ValueError(message)

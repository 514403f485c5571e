"""The JSON schema of a report."""

import json
from importlib.resources import files
from typing import Any

__all__ = ["report_schema"]


def report_schema() -> dict[str, Any]:
    """Return the JSON schema (draft 2020-12) that ``Report.to_json`` follows.

    Returns
    -------
    dict
        The schema; ``jsonschema.validate(document, report_schema())`` checks a document.

    Examples
    --------
    >>> report_schema()["properties"]["schema"]["properties"]["name"]
    {'const': 'infotheory.scorecard_report'}
    """
    schema: dict[str, Any] = json.loads(
        files("infotheory.report").joinpath("schema.json").read_text(encoding="utf-8")
    )
    return schema

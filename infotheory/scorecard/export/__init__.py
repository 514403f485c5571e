"""A card in other places: JSON, SQL, PMML, Python."""

from infotheory.scorecard.export.document import document_schema

__all__ = ["document_schema"]


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)

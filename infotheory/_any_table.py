"""Sums of bins whatever the target is, for those that serve every kind."""

from infotheory.tables import CountTable, EvidenceTable

__all__ = ["AnyTable", "of_two_classes"]

AnyTable = CountTable | EvidenceTable


def of_two_classes(table: AnyTable) -> CountTable:
    """Return a table of two classes as it is; ValueError where the target is of another kind."""
    if isinstance(table, EvidenceTable):
        message = (
            f"this takes bins of two classes, got bins of target_type={table.kind!r}; fit the "
            "binner with target_type='binary'"
        )
        raise ValueError(message)  # noqa: TRY004 - an option that the caller has set
    return table

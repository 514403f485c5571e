"""Sums of bins whatever the target is, for those that serve every kind."""

from infotheory.tables import CountTable, EvidenceTable

__all__ = ["AnyTable", "largest_evidence", "of_two_classes"]

AnyTable = CountTable | EvidenceTable


#: Odds of e^50 = 5e21 are those of no rows; means of amounts keep the range of the amounts.
_MOST_NATS, _LARGEST_MEAN = 50.0, 1e60


def largest_evidence(table: AnyTable) -> float:
    """Largest weight of evidence, of either sign, that may be set by hand for a bin of a table."""
    of_mean = isinstance(table, EvidenceTable) and table.kind == "continuous"
    return _LARGEST_MEAN if of_mean else _MOST_NATS


def of_two_classes(table: AnyTable) -> CountTable:
    """Return a table of two classes as it is; ValueError where the target is of another kind."""
    if isinstance(table, EvidenceTable):
        message = (
            f"this takes bins of two classes, got bins of target_type={table.kind!r}; fit the "
            "binner with target_type='binary'"
        )
        raise ValueError(message)  # noqa: TRY004 - an option that the caller has set
    return table

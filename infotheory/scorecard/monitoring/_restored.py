"""The counts of a monitor from its document, after checking that they agree with its card."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np

from infotheory._documents import DocumentError, member_path, within
from infotheory.cells import UNSEEN, BinSpec
from infotheory.inference import Estimate
from infotheory.scorecard.export.agreement import check_labels, check_squares
from infotheory.scorecard.points.fitted import FittedCard
from infotheory.tables import CountTable

__all__ = [
    "check_entry_length",
    "parts_of_document",
    "score_bins_of_document",
    "tables_of_document",
]

Table = TypeVar("Table")

#: Sums of the same rows in another order differ by less.
_ROUNDING = 1e-6


def parts_of_document(document: Mapping[str, Any], card: FittedCard) -> dict[str, Any]:
    """Read everything but the card from a document that keeps the schema."""
    bins = score_bins_of_document(document["score"])
    score_table = _read_table(document["score"], "$.score", bins.n_bins)
    tables = _read_tables(document["characteristics"], card, score_table)
    _check_description(document["description"], score_table)

    return {
        "score_bins": bins,
        "score_table": score_table,
        "tables": tables,
        "performance": {name: Estimate(**entry) for name, entry in document["performance"].items()},
        "description": {
            name: np.nan if value is None else value
            for name, value in document["description"].items()
        },
    }


def score_bins_of_document(score: Mapping[str, Any]) -> BinSpec:
    """Read the bands of the score, which are those of numbers."""
    with within("$.score.bins"):
        bins = BinSpec.from_dict(score["bins"])
        if bins.kind != "numerical" or bins.special:
            raise DocumentError(path="$.kind", rule=f" must be numerical, got {bins.kind!r}")
    return bins


def tables_of_document(
    entries: Mapping[str, Any],
    specs: Mapping[str, BinSpec],
    read: Callable[[Mapping[str, Any], str, int], Table],
) -> dict[str, Table]:
    """Read the table of each characteristic, whose labels are those of the bins of the card."""
    if list(entries) != list(specs):
        rule = f" must be those of the card, {list(specs)!r:.200}, got {list(entries)!r:.200}"
        raise DocumentError(path="$.characteristics", rule=rule)

    tables = {}
    for name, entry in entries.items():
        path, labels = member_path("$.characteristics", name), (*specs[name].labels, UNSEEN)
        tables[name] = read(entry, path, len(labels))
        check_labels(entry["labels"][:-1], specs[name], path)
        if entry["labels"][-1] != UNSEEN:
            rule = f" must be {UNSEEN!r}, got {entry['labels'][-1]!r:.60}"
            raise DocumentError(path=f"{path}.labels[{len(labels) - 1}]", rule=rule)
    return tables


def _read_tables(
    entries: Mapping[str, Any], card: FittedCard, score: CountTable
) -> dict[str, CountTable]:
    """Read the counts of each characteristic; they are of the bins of the card, and of one sample.

    ``score`` are the rows of the sample by band of the score.
    """
    tables = tables_of_document(entries, card.binner_.specs_, _read_table)
    for name, table in tables.items():
        for key in ("counts", "squared_weights"):
            found, wanted = (getattr(part, key).sum(axis=0) for part in (table, score))
            if not np.allclose(found, wanted, rtol=_ROUNDING, atol=0.0):
                rule = f" must add up to {wanted.tolist()} like the score, got {found.tolist()}"
                path = member_path("$.characteristics", name)
                raise DocumentError(path=f"{path}.{key}", rule=rule)
    return tables


def _read_table(entry: Mapping[str, Any], path: str, n_bins: int) -> CountTable:
    for key in ("labels", "counts", "squared_weights"):
        check_entry_length(entry[key], n_bins, f"{path}.{key}")
    counts, squared = (
        np.array(entry[key], dtype=np.float64) for key in ("counts", "squared_weights")
    )
    check_squares(counts, squared, path)
    with within(path):
        return CountTable(tuple(entry["labels"]), counts, squared)


def check_entry_length(values: Sequence[Any], n_wanted: int, path: str) -> None:
    """Raise DocumentError where a list has not one entry a bin."""
    if len(values) != n_wanted:
        rule = f" must have {n_wanted} entries, one for each bin, got {len(values)}"
        raise DocumentError(path, rule)


def _check_description(description: Mapping[str, float], table: CountTable) -> None:
    """Check sizes and rates against the counts from which they follow."""
    total, events = float(table.counts.sum()), float(table.events.sum())
    if not (total > events > 0.0):
        rule = f" must hold rows of both classes, got {table.counts.sum(axis=0).tolist()}"
        raise DocumentError(path="$.score.counts", rule=rule)
    size = total**2 / float(table.squared_weights.sum())
    wanted = {"count": total, "size": size, "events": events, "event_rate": events / total}
    for key, value in wanted.items():
        if not np.isclose(description[key], value, rtol=_ROUNDING, atol=0.0):
            rule = f" must be {value:.9g}, as the counts say, got {description[key]!r}"
            raise DocumentError(path=f"$.description.{key}", rule=rule)

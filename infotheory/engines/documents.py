"""Counts of a frame as JSON or Parquet, and back: plain data with a version, nothing that runs."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypedDict

import numpy as np

from infotheory._documents import read_document, sound
from infotheory._files import replace_file
from infotheory._optional import require
from infotheory._typing import FloatArray
from infotheory.cells import BinSpec
from infotheory.engines.coded import sums_by_code, table_of
from infotheory.tables import CountTable

__all__ = [
    "CountFields",
    "counts_of_json",
    "counts_of_parquet",
    "counts_to_json",
    "counts_to_parquet",
]

FORMAT = "infotheory counts"
VERSION = 1

#: Key of the document with everything but the sums in the metadata of a Parquet file.
_METADATA = b"infotheory"
_LABELS = (str, int, float)
_KEYS = {
    "format",
    "version",
    "classes",
    "event_label",
    "attributes",
    "groups",
    "rows",
    "weighted",
    "shards",
    "bins",
}
_SUMS = ("counts", "squared_weights")


class CountFields(TypedDict):
    """The fields of ``FrameCounts``: what a document is made of, and what it gives back."""

    specs: dict[str, BinSpec]
    tables: dict[str, CountTable]
    classes: tuple[Any, ...]
    event_label: Any
    attributes: tuple[str, ...]
    rows: int
    weighted: bool
    shards: tuple[str, ...]


def counts_to_json(counts: CountFields) -> str:
    """Write counts as one versioned JSON document, from which numbers come back exactly."""
    sums = [sums_by_code(spec, counts["tables"][name]) for name, spec in counts["specs"].items()]
    document = _header(counts) | {
        key: [pair[i].tolist() for pair in sums] for i, key in enumerate(_SUMS)
    }
    return json.dumps(document, allow_nan=False)


def counts_of_json(text: str) -> CountFields:
    """Read what ``counts_to_json`` wrote."""
    document = read_document(text, FORMAT, VERSION)
    with sound(FORMAT):
        specs = _specs(document, _KEYS.union(_SUMS))
        return _fields(document, specs, _sums_of_lists(document, specs))


def counts_to_parquet(counts: CountFields, path: str | Path) -> Path:
    """Write counts as a Parquet file, one row a cell that has weight."""
    parquet = require("pyarrow.parquet", extra="report", purpose="writing Parquet")
    header = json.dumps(_header(counts), allow_nan=False)
    table = _cell_table(counts).replace_schema_metadata({_METADATA: header.encode()})

    with replace_file(path) as file:
        parquet.write_table(table, file, compression="zstd")
    return Path(path)


def counts_of_parquet(path: str | Path) -> CountFields:
    """Read what ``counts_to_parquet`` wrote."""
    arrow = require("pyarrow", extra="report", purpose="reading Parquet")
    parquet = require("pyarrow.parquet", extra="report", purpose="reading Parquet")
    with Path(path).open("rb") as source:
        try:
            file = parquet.ParquetFile(source)
        except arrow.ArrowInvalid as error:
            message = (
                f"{path} must be a Parquet file that to_parquet() wrote, got another file ({error})"
            )
            raise ValueError(message) from error

        text = (file.schema_arrow.metadata or {}).get(_METADATA)
        if text is None or not file.schema_arrow.equals(_schema()):
            message = (
                f"{path} must be written by to_parquet(), got the columns {file.schema_arrow.names}"
            )
            raise ValueError(message)

        document = read_document(text.decode(), FORMAT, VERSION)
        specs = _specs(document, _KEYS)
        return _fields(document, specs, _sums_of_cells(file.read(), document, specs))


def _header(counts: CountFields) -> dict[str, Any]:
    """Return everything but the sums."""
    odd = [label for label in counts["classes"] if not isinstance(label, _LABELS)]
    if odd:
        message = (
            f"labels of the target must be text, numbers or booleans to be saved, got {odd[0]!r}; "
            "recode them"
        )
        raise TypeError(message)

    groups = [list(group) for table in [*counts["tables"].values()][:1] for group in table.groups]
    return {
        "format": FORMAT,
        "version": VERSION,
        "classes": list(counts["classes"]),
        "event_label": counts["event_label"],
        "attributes": list(counts["attributes"]),
        "groups": groups,
        "rows": counts["rows"],
        "weighted": counts["weighted"],
        "shards": list(counts["shards"]),
        "bins": [spec.to_dict() for spec in counts["specs"].values()],
    }


def _specs(document: Mapping[str, Any], keys: set[str]) -> list[BinSpec]:
    """Check a document but for its sums, and read its bins."""
    if set(document) != keys:
        message = f"counts must have the keys {sorted(keys)}, got {sorted(document)}"
        raise ValueError(message)

    classes, n_attributes = document["classes"], _length(document["attributes"], str)
    rules = {
        "classes": _length(classes, _LABELS) == 2,
        "event_label": isinstance(classes, list) and document["event_label"] in classes,
        "attributes": n_attributes >= 0,
        "groups": isinstance(document["groups"], list)
        and all(_length(group, (str, type(None))) == n_attributes for group in document["groups"]),
        "rows": type(document["rows"]) is int and document["rows"] >= 0,
        "weighted": isinstance(document["weighted"], bool),
        "shards": _length(document["shards"], str) >= 0,
        "bins": _length(document["bins"], dict) >= 0,
    }
    for key, holds in rules.items():
        if not holds:
            message = (
                f"{key} of the counts are not what to_json() and to_parquet() write, got "
                f"{document[key]!r:.80}"
            )
            raise ValueError(message)

    try:
        specs = [BinSpec.from_dict(entry) for entry in document["bins"]]
    except (TypeError, AttributeError) as error:
        message = f"bins of the counts are not what to_json() and to_parquet() write: {error}"
        raise ValueError(message) from error
    if len({spec.name for spec in specs}) < len(specs):
        message = f"counts must have one entry a feature, got {[spec.name for spec in specs]}"
        raise ValueError(message)
    return specs


def _length(values: object, kinds: type | tuple[type, ...]) -> int:
    """Length of a list of values of some types; -1 where it is none."""
    return (
        len(values)
        if isinstance(values, list) and all(isinstance(value, kinds) for value in values)
        else -1
    )


def _shape(document: Mapping[str, Any], spec: BinSpec) -> tuple[int, ...]:
    n_groups = len(document["groups"])
    return (spec.n_codes, 2, n_groups) if n_groups else (spec.n_codes, 2)


def _fields(
    document: Mapping[str, Any], specs: Sequence[BinSpec], sums: Sequence[FloatArray]
) -> CountFields:
    groups = tuple(map(tuple, document["groups"]))
    return {
        "specs": {spec.name: spec for spec in specs},
        "tables": {
            spec.name: table_of(spec, pair[0], pair[1], groups)
            for spec, pair in zip(specs, sums, strict=True)
        },
        "classes": tuple(document["classes"]),
        "event_label": document["event_label"],
        "attributes": tuple(document["attributes"]),
        "rows": document["rows"],
        "weighted": document["weighted"],
        "shards": tuple(document["shards"]),
    }


def _sums_of_lists(document: Mapping[str, Any], specs: Sequence[BinSpec]) -> list[FloatArray]:
    lengths = [_length(document[key], list) for key in _SUMS]
    if lengths != [len(specs)] * 2:
        message = (
            f"{' and '.join(_SUMS)} must be lists with one entry for each of {len(specs)} "
            f"features, got {lengths}"
        )
        raise ValueError(message)

    sums = []
    for spec, *pair in zip(specs, *(document[key] for key in _SUMS), strict=True):
        shape = _shape(document, spec)
        arrays = [np.array(values, dtype=np.float64) for values in pair]
        if any(array.shape != shape for array in arrays):
            message = (
                f"sums of feature {spec.name!r} must have shape {shape}, got "
                f"{[a.shape for a in arrays]}"
            )
            raise ValueError(message)
        sums.append(np.stack(arrays))
    return sums


def _schema() -> Any:
    pa = require("pyarrow", extra="report", purpose="Parquet")
    kinds = {"feature": pa.string(), "code": pa.int32(), "event": pa.int32(), "group": pa.int32()}
    return pa.schema(kinds | {"count": pa.float64(), "squared_weight": pa.float64()})


def _cell_table(counts: CountFields) -> Any:
    """Lay the cells that have weight out as rows of an Arrow table."""
    columns: list[Any] = []
    for name, spec in counts["specs"].items():
        sums = sums_by_code(spec, counts["tables"][name])
        cells = sums if counts["tables"][name].groups else sums[..., np.newaxis]
        place = np.nonzero(cells.any(axis=0))
        columns.append(
            [np.full(len(place[0]), name, dtype=object), *place, *(part[place] for part in cells)]
        )

    joined = [np.concatenate(parts) for parts in zip(*columns, strict=True)]
    pa = require("pyarrow", extra="report", purpose="Parquet")
    schema = _schema()
    return pa.table(
        [pa.array(part, kind) for part, kind in zip(joined, schema.types, strict=True)],
        schema=schema,
    )


def _sums_of_cells(
    table: Any, document: Mapping[str, Any], specs: Sequence[BinSpec]
) -> list[FloatArray]:
    feature, *place, count, squared = (table.column(i).to_numpy() for i in range(table.num_columns))
    sums = []
    for spec in specs:
        shape = _shape(document, spec)
        is_own = feature == spec.name
        inside = [part[is_own] for part in place]

        # A table without groups has one column of zeros for the group, hence the last 1.
        if any(
            (part < 0).any() or (part >= n).any()
            for part, n in zip(inside, (*shape, 1), strict=False)
        ):
            message = (
                f"cells of feature {spec.name!r} must lie within {shape} (codes, classes[, "
                "groups]), got others"
            )
            raise ValueError(message)

        pair = np.zeros((2, *shape))
        for part, values in zip(pair, (count, squared), strict=True):
            np.add.at(part, tuple(inside[: len(shape)]), values[is_own])
        sums.append(pair)
    return sums

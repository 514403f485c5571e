"""Counts of a frame as JSON or Parquet, and back: plain data with a version, nothing that runs."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypedDict

import numpy as np

from infotheory._any_table import AnyTable
from infotheory._documents import DocumentError, load_schema, read_document, sound, within
from infotheory._evidence_table import NUMERIC_KINDS
from infotheory._files import replace_file
from infotheory._optional import require
from infotheory._target_kinds import TargetKind
from infotheory._typing import FloatArray
from infotheory.cells import BinSpec
from infotheory.engines.coded import any_table_of, sums_by_code

__all__ = [
    "CountFields",
    "counts_of_json",
    "counts_of_parquet",
    "counts_to_json",
    "counts_to_parquet",
    "header_of_parquet",
]

FORMAT = "infotheory counts"
VERSION = 1
SCHEMA = "counts-1.schema.json"

#: Key of the document with everything but the sums in the metadata of a Parquet file.
_METADATA = b"infotheory"
_LABELS = (str, int, float)
_SUMS = ("counts", "squared_weights")

#: Sums of the same rows in another order differ by less.
_ROUNDING = 1e-6

_Pair = tuple[FloatArray, FloatArray]


class CountFields(TypedDict):
    """The fields of ``FrameCounts``: what a document is made of, and what it gives back."""

    specs: dict[str, BinSpec]
    tables: dict[str, AnyTable]
    classes: tuple[Any, ...]
    event_label: Any
    attributes: tuple[str, ...]
    rows: int
    weighted: bool
    shards: tuple[str, ...]
    target_kind: TargetKind | None


def counts_to_json(counts: CountFields) -> str:
    """Write counts as one versioned JSON document, from which numbers come back exactly.

    Of amounts "counts" are the sums and "squared_weights" the products of an ``EvidenceTable``.
    """
    sums = [sums_by_code(spec, counts["tables"][name]) for name, spec in counts["specs"].items()]
    document = _header(counts) | {
        key: [pair[i].tolist() for pair in sums] for i, key in enumerate(_SUMS)
    }
    return json.dumps(document, allow_nan=False)


def counts_of_json(text: str) -> CountFields:
    """Read what ``counts_to_json`` wrote."""
    document = read_document(text, FORMAT, VERSION, load_schema("infotheory.engines", SCHEMA))
    with sound(FORMAT):
        specs = _specs(document)
        sums = _sums_of_lists(document, specs)
        _check_sums(document, specs, sums)
        return _fields(document, specs, sums)


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
    document, rows = _read_parquet(path)
    with sound(FORMAT):
        specs = _specs(document)
        sums = _sums_of_cells(rows, document, specs)
        _check_sums(document, specs, sums)
        return _fields(document, specs, sums)


def header_of_parquet(path: str | Path) -> CountFields:
    """Read what ``counts_to_parquet`` wrote but for the sums, of which no row is read."""
    document, _ = _read_parquet(path, with_rows=False)
    with sound(FORMAT):
        return _fields(document, _specs(document), None)


def _read_parquet(path: str | Path, *, with_rows: bool = True) -> tuple[dict[str, Any], Any]:
    """Read the header of a file, a document of its own, and its cells."""
    arrow = require("pyarrow", extra="report", purpose="reading Parquet")
    parquet = require("pyarrow.parquet", extra="report", purpose="reading Parquet")
    with Path(path).open("rb") as source:
        try:
            file = parquet.ParquetFile(source)
            names, metadata = file.schema_arrow.names, file.schema_arrow.metadata or {}
            # Of another file no more than the schema is read.
            is_ours = _METADATA in metadata and file.schema_arrow.equals(_schema())
            rows = file.read() if is_ours and with_rows else None
        except (arrow.ArrowException, OSError, MemoryError) as error:
            # A damaged file may also claim a size that no memory holds.
            message = (
                f"{path} must be a Parquet file that to_parquet() wrote, got another file ({error})"
            )
            raise ValueError(message) from error
    if not is_ours:
        message = f"{path} must be written by to_parquet(), got the columns {names}"
        raise ValueError(message)

    # A header is a document of its own: its places are told within the file.
    text = metadata[_METADATA]
    schema = load_schema("infotheory.engines", SCHEMA)
    return read_document(text, FORMAT, VERSION, schema), rows


def _header(counts: CountFields) -> dict[str, Any]:
    """Return everything but the sums."""
    odd = [label for label in counts["classes"] if not isinstance(label, _LABELS)]
    if odd:
        message = (
            f"labels of the target must be text, numbers or booleans to be saved, got {odd[0]!r}; "
            "recode them"
        )
        raise TypeError(message)

    # All tables have the same groups: the first one tells them.
    groups = [list(group) for table in [*counts["tables"].values()][:1] for group in table.groups]
    return {
        "format": FORMAT,
        "version": VERSION,
        "classes": list(counts["classes"]),
        "event_label": counts["event_label"],
        **_target_entry(counts["target_kind"]),
        "attributes": list(counts["attributes"]),
        "groups": groups,
        "rows": counts["rows"],
        "weighted": counts["weighted"],
        "shards": list(counts["shards"]),
        "bins": [spec.to_dict() for spec in counts["specs"].values()],
    }


def _target_entry(kind: TargetKind | None) -> dict[str, Any]:
    """Write what the target is, only where it is no two classes: earlier readers know no other."""
    return {} if kind is None else {"target": {"kind": kind.kind, "origin": kind.origin}}


def _read_target_kind(document: Mapping[str, Any]) -> TargetKind | None:
    """Read what the target is where it is no two classes."""
    if "target" not in document:
        return None
    target = document["target"]
    return TargetKind(target["kind"], tuple(document["classes"]), float(target["origin"]))


def _check_labels(document: Mapping[str, Any]) -> None:
    """Raise DocumentError unless labels and event are those of the kind of target."""
    classes, event = document["classes"], document["event_label"]
    kind = document["target"]["kind"] if "target" in document else "binary"
    wanted = {"binary": "2 entries", "multiclass": "2 entries or more"}.get(kind, "no entries")
    fits = {"binary": len(classes) == 2, "multiclass": len(classes) > 1}.get(kind, not classes)
    if not fits:
        rule = f" must have {wanted}, got {len(classes)}"
        raise DocumentError(path="$.classes", rule=rule)
    if len(set(classes)) < len(classes):
        rule = f" must hold each label once, got {classes!r:.60}"
        raise DocumentError(path="$.classes", rule=rule)

    # Types too: 1 equals True, and is another label.
    if kind == "binary":
        if not any(type(event) is type(label) and event == label for label in classes):
            rule = f" must be one of {classes!r:.60}, got {event!r:.60}"
            raise DocumentError(path="$.event_label", rule=rule)
    elif event is not None:
        rule = f" must be null for a target of kind {kind!r}, got {event!r:.60}"
        raise DocumentError(path="$.event_label", rule=rule)


def _specs(document: Mapping[str, Any]) -> list[BinSpec]:
    """Check a document but for its sums, and read its bins."""
    _check_labels(document)
    n_attributes = len(document["attributes"])
    for i, group in enumerate(document["groups"]):
        if len(group) != n_attributes:
            rule = f" must have {n_attributes} entries, one an attribute, got {len(group)}"
            raise DocumentError(path=f"$.groups[{i}]", rule=rule)

    specs: list[BinSpec] = []
    for i, entry in enumerate(document["bins"]):
        with within(f"$.bins[{i}]"):
            spec = BinSpec.from_dict(entry)
        if spec.name in {other.name for other in specs}:
            rule = f" must be of one feature, got {spec.name!r:.60} again"
            raise DocumentError(path=f"$.bins[{i}].name", rule=rule)
        specs.append(spec)
    return specs


def _shapes(document: Mapping[str, Any], spec: BinSpec) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Shapes of the two arrays of a feature: sums and products, or counts and squared weights."""
    kind, n_groups = _read_target_kind(document), len(document["groups"])
    n_columns = n_products = len(document["classes"])
    if kind is not None and not kind.classes:
        # A symmetric matrix of products is kept as the half with its diagonal.
        n_columns = len(NUMERIC_KINDS[kind.kind])
        n_products = n_columns * (n_columns + 1) // 2
    groups = (n_groups,) if n_groups else ()
    return (spec.n_codes, n_columns, *groups), (spec.n_codes, n_products, *groups)


def _fields(
    document: Mapping[str, Any], specs: Sequence[BinSpec], sums: Sequence[_Pair] | None
) -> CountFields:
    """Put the parts of a document together; without sums there are no tables."""
    groups, kind = tuple(map(tuple, document["groups"])), _read_target_kind(document)
    # Without groups the tables have no group axis, and the list of groups is empty.
    return {
        "specs": {spec.name: spec for spec in specs},
        "tables": {
            spec.name: any_table_of(spec, *pair, groups, kind)
            for spec, pair in ([] if sums is None else zip(specs, sums, strict=True))
        },
        "classes": tuple(document["classes"]),
        "event_label": document["event_label"],
        "attributes": tuple(document["attributes"]),
        "rows": document["rows"],
        "weighted": document["weighted"],
        "shards": tuple(document["shards"]),
        "target_kind": kind,
    }


def _sums_of_lists(document: Mapping[str, Any], specs: Sequence[BinSpec]) -> list[_Pair]:
    """Read the sums of a document, one list a feature."""
    for key in _SUMS:
        n_lists = len(document[key]) if key in document else 0
        if n_lists != len(specs):
            rule = f" must have {len(specs)} entries, one a feature, got {n_lists}"
            raise DocumentError(path=f"$.{key}", rule=rule)

    pairs = []
    for i, spec in enumerate(specs):
        first, second = (
            _array(document[key][i], shape, f"$.{key}[{i}]")
            for key, shape in zip(_SUMS, _shapes(document, spec), strict=True)
        )
        if not _may_be_negative(document):
            _refuse_negative(first, f"$.counts[{i}]")
            _refuse_negative(second, f"$.squared_weights[{i}]")
        pairs.append((first, second))
    return pairs


def _may_be_negative(document: Mapping[str, Any]) -> bool:
    kind = _read_target_kind(document)
    return kind is not None and kind.kind == "continuous"


def _array(values: Sequence[Any], shape: tuple[int, ...], path: str) -> FloatArray:
    """Return nested lists as an array, each of which must have the length that it should."""
    if len(values) != shape[0]:
        rule = f" must have {shape[0]} entries, one for each bin, got {len(values)}"
        raise DocumentError(path, rule)

    # numpy would refuse them as well, but name no place.
    for i, row in enumerate(values):
        if len(row) != shape[1]:
            rule = f" must have {shape[1]} entries, got {len(row)}"
            raise DocumentError(path=f"{path}[{i}]", rule=rule)
        for k, cell in enumerate(row):
            n_groups = len(cell) if isinstance(cell, list) else None
            if n_groups != (shape[2] if len(shape) > 2 else None):
                wanted = f"{shape[2]} entries, one a group" if len(shape) > 2 else "one number"
                got = "one number" if n_groups is None else f"{n_groups} entries"
                rule = f" must have {wanted}, got {got}"
                raise DocumentError(path=f"{path}[{i}][{k}]", rule=rule)
    return np.array(values, dtype=np.float64).reshape(shape)


def _refuse_negative(array: FloatArray, path: str) -> None:
    """Raise DocumentError at the first number below 0; only sums of y - o may be."""
    negative = np.argwhere(array < 0.0)
    if negative.size:
        place = "".join(f"[{k}]" for k in negative[0])
        rule = f" must be at least 0, got {array[tuple(negative[0])]}"
        raise DocumentError(path=f"{path}{place}", rule=rule)


def _check_sums(
    document: Mapping[str, Any], specs: Sequence[BinSpec], sums: Sequence[_Pair]
) -> None:
    """Raise DocumentError unless all features count the same rows, and squares go with sums."""
    kind = _read_target_kind(document)
    if kind is not None and not kind.classes:
        _check_amount_sums(document, specs, sums, kind)
        return

    totals = []
    for i, (counted, squared) in enumerate(sums):
        odd = np.argwhere((counted > 0.0) != (squared > 0.0))
        if odd.size:
            place = "".join(f"[{k}]" for k in odd[0])
            rule = (
                f" must be above 0 where the count is, got {squared[tuple(odd[0])]} beside "
                f"{counted[tuple(odd[0])]}"
            )
            raise DocumentError(path=f"$.squared_weights[{i}]{place}", rule=rule)
        if not document["weighted"] and (counted != squared).any():
            rule = " must be true where sums of squares differ from sums, got false"
            raise DocumentError(path="$.weighted", rule=rule)

        total = counted.sum(axis=0)
        totals.append(total)
        if not np.allclose(total, totals[0], rtol=_ROUNDING, atol=0.0):
            rule = f" must add up to {totals[0].tolist()} like the first, got {total.tolist()}"
            raise DocumentError(path=f"$.counts[{i}]", rule=rule)

        n_counted = float(total.sum())
        if not document["weighted"] and n_counted != document["rows"]:
            rule = f" must be {n_counted:.0f}, the sum of the counts of {specs[i].name!r}, got "
            raise DocumentError(path="$.rows", rule=f"{rule}{document['rows']}")


def _check_amount_sums(
    document: Mapping[str, Any],
    specs: Sequence[BinSpec],
    sums: Sequence[_Pair],
    kind: TargetKind,
) -> None:
    """Raise DocumentError unless all features add up the same amounts over the same rows."""
    totals = []
    for i, (spec, pair) in enumerate(zip(specs, sums, strict=True)):
        with within(f"$.counts[{i}]"):
            table = any_table_of(spec, *pair, tuple(map(tuple, document["groups"])), kind)
        if (table.weight < 0.0).any() or (table.squared_weight < 0.0).any():
            rule = f" must hold sums of weights from 0 on, got {table.weight.min():g}"
            raise DocumentError(path=f"$.counts[{i}]", rule=rule)
        if not document["weighted"] and table.weighted:
            rule = " must be true where sums of squares differ from sums, got false"
            raise DocumentError(path="$.weighted", rule=rule)

        # About an origin sums may cancel: what they differ by is compared with what was added up.
        total = np.concatenate([part.sum(axis=0).ravel() for part in pair])
        totals.append(total)
        scale = np.abs(total).max(initial=0.0)
        if not np.allclose(total, totals[0], rtol=_ROUNDING, atol=_ROUNDING * scale):
            rule = f" must add up to {totals[0].tolist()} like the first, got {total.tolist()}"
            raise DocumentError(path=f"$.counts[{i}]", rule=rule)
        # The weight of a fraction adds up two parts, which may leave whole numbers by rounding.
        n_counted = float(table.weight.sum())
        if not document["weighted"] and round(n_counted) != document["rows"]:
            rule = f" must be {n_counted:.0f}, the sum of the counts of {spec.name!r}, got "
            raise DocumentError(path="$.rows", rule=f"{rule}{document['rows']}")


def _schema() -> Any:
    pa = require("pyarrow", extra="report", purpose="Parquet")
    kinds = {"feature": pa.string(), "code": pa.int32(), "event": pa.int32(), "group": pa.int32()}
    return pa.schema(kinds | {"count": pa.float64(), "squared_weight": pa.float64()})


def _cell_table(counts: CountFields) -> Any:
    """Lay the cells that have weight out as rows of an Arrow table."""
    columns: list[Any] = []
    for name, spec in counts["specs"].items():
        first, second = sums_by_code(spec, counts["tables"][name])
        # Amounts have more products than sums: the places beyond hold no sum.
        missing = second.shape[1] - first.shape[1]
        first = np.pad(first, [(0, 0), (0, missing), *[(0, 0)] * (first.ndim - 2)])
        sums = np.stack([first, second])
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
) -> list[_Pair]:
    """Put the rows of a Parquet file in their places; each must have one, and a number."""
    for name in table.column_names:
        if table.column(name).null_count:
            message = f"column {name!r} must hold a value in each row, got null"
            raise ValueError(message)
    feature, *place, count, squared = (table.column(i).to_numpy() for i in range(table.num_columns))
    may_be_negative = _may_be_negative(document)
    for name, values in zip(_SUMS, (count, squared), strict=True):
        wrong = values[~(np.isfinite(values) & (may_be_negative | (values >= 0.0)))]
        if wrong.size:
            rule = "finite" if may_be_negative else "finite and not negative"
            message = f"{name} must be {rule}, got {wrong[0]}"
            raise ValueError(message)
    foreign = sorted(set(feature) - {spec.name for spec in specs})
    if foreign:
        message = f"cells must be of the features in the header, got {foreign[0]!r:.60}"
        raise ValueError(message)

    sums = []
    for spec in specs:
        shapes = _shapes(document, spec)
        shape = shapes[1]
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

        # Both arrays get the places of the products, as the cells were written; sums fill the first
        # ones.
        first, second = np.zeros((2, *shape))
        for part, values in ((first, count), (second, squared)):
            np.add.at(part, tuple(inside[: len(shape)]), values[is_own])
        if first[:, shapes[0][1] :].any():
            message = f"cells of feature {spec.name!r} must hold sums in {shapes[0]}, got others"
            raise ValueError(message)
        sums.append((first[:, : shapes[0][1]], second))
    return sums

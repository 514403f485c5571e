"""Counts of a frame: tables of all features over the same rows, which add up over shards."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

import numpy as np

from infotheory._any_table import AnyTable
from infotheory._databases import Query
from infotheory._display import html_repr, short_repr
from infotheory._target_kinds import TargetKind
from infotheory._typing import FloatArray
from infotheory.cells import BinSpec
from infotheory.engines.coded import any_table_of, sums_by_code
from infotheory.engines.documents import (
    CountFields,
    counts_of_json,
    counts_of_parquet,
    counts_to_json,
    counts_to_parquet,
    header_of_parquet,
)
from infotheory.engines.population import sorted_groups
from infotheory.tables import EvidenceTable

__all__ = ["FrameCounts", "add_bins", "bins_of_parquet", "with_new_levels"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FrameCounts:
    """Counts of all features over the rows of a frame.

    Parameters
    ----------
    specs : dict of str to BinSpec
        Bins (fine cells, for a fit) by feature.
    tables : dict of str to CountTable or EvidenceTable
        Counts, or sums of another target than two classes, over ``specs[feature].labels``, followed
        by "Unseen" where categories were in no bin.
        Where there are attributes, a group is a tuple with the text of each attribute, None where
        it is missing.
    classes : tuple
        The labels of the target, sorted; none of an amount.
    event_label : object
        The label that counts as an event; None where the target is no two classes.
    attributes : tuple of str
        Columns of the groups.
    rows : int
        Number of rows, those of weight 0 included.
    weighted : bool
        Whether counts are sums of weights.
    shards : tuple of str
        Keys of the shards that were counted.
    target_kind : TargetKind or None
        What the target is where it is no two classes: kind, classes, origin.
    queries : tuple of Query
        What a database behind Ibis was asked for these counts; not saved with them.

    Examples
    --------
    >>> import pandas as pd
    >>> from infotheory.engines import count_frame
    >>> spec = BinSpec(name="age", kind="numerical", splits=(40.0,))
    >>> day = pd.DataFrame({"age": [30, 50, 60], "bad": [1, 0, 0]})
    >>> days = ("monday", "tuesday")
    >>> counts = [count_frame(day, {"age": spec}, target="bad", shard=key) for key in days]
    >>> total = counts[0] + counts[1]
    >>> total.shards, total.tables["age"].counts.tolist()
    (('monday', 'tuesday'), [[0.0, 2.0], [4.0, 0.0], [0.0, 0.0]])
    """

    specs: dict[str, BinSpec]
    tables: "dict[str, AnyTable]"
    classes: tuple[Any, ...]
    event_label: Any
    attributes: tuple[str, ...] = ()
    rows: int = 0
    weighted: bool = False
    shards: tuple[str, ...] = ()
    target_kind: TargetKind | None = None
    queries: tuple[Query, ...] = ()

    __repr__ = short_repr
    _repr_html_ = html_repr

    @property
    def target_type(self) -> str:
        """What the target is: "binary", "fraction", "rate", "continuous" or "multiclass"."""
        return "binary" if self.target_kind is None else self.target_kind.kind

    def __add__(self, other: "FrameCounts") -> "FrameCounts":
        if not isinstance(other, FrameCounts):
            return NotImplemented
        _check_same(self, other)
        if self.target_kind != other.target_kind:
            # Sums about one origin; that of more rows loses fewer digits.
            origin_of_most = max(self, other, key=lambda counts: counts.rows).target_kind
            return _about(self, origin_of_most) + _about(other, origin_of_most)

        specs = _united_specs(self, other)
        groups = sorted_groups({*_groups(self), *_groups(other)})
        tables = {}
        for name, spec in specs.items():
            # Either side may lack levels or groups of the other: these get zeros.
            ours, theirs = (_spread(counts, name, spec, groups) for counts in (self, other))
            sums, products = ours[0] + theirs[0], ours[1] + theirs[1]
            tables[name] = any_table_of(spec, sums, products, groups, self.target_kind)

        return replace(
            self,
            specs=specs,
            tables=tables,
            rows=self.rows + other.rows,
            weighted=self.weighted or other.weighted,
            shards=self.shards + other.shards,
            queries=self.queries + other.queries,
        )

    def to_json(self) -> str:
        """Write the counts as one versioned JSON document.

        Returns
        -------
        str
            What ``from_json`` reads; numbers survive exactly.

        Raises
        ------
        TypeError
            If the labels of the target are neither text, numbers nor booleans.
        """
        return counts_to_json(self._fields())

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what ``to_json`` wrote.

        Parameters
        ----------
        text : str
            The document.

        Returns
        -------
        FrameCounts
            The same counts.

        Raises
        ------
        ValueError
            If the text is not such a document, or of another version.
        """
        return cls(**counts_of_json(text))

    def to_parquet(self, path: str | Path) -> Path:
        """Write the counts as a Parquet file, one row a cell that has weight.

        The file appears whole or not at all: it is written beside its place under another name, and
        then moved there.

        Parameters
        ----------
        path : str or Path
            The file; one that is there is replaced.

        Returns
        -------
        Path
            The file, with the columns feature, code, event, group, count and squared_weight; bins,
            labels and groups are in its metadata.

        Raises
        ------
        TypeError
            If the labels of the target are neither text, numbers nor booleans.
        """
        return counts_to_parquet(self._fields(), path)

    @classmethod
    def read_parquet(cls, path: str | Path) -> Self:
        """Read what ``to_parquet`` wrote.

        Parameters
        ----------
        path : str or Path
            The file.

        Returns
        -------
        FrameCounts
            The same counts.

        Raises
        ------
        ValueError
            If the file is not such a file, or of another version.
        FileNotFoundError
            If there is no such file.
        """
        return cls(**counts_of_parquet(path))

    def _fields(self) -> CountFields:
        return CountFields(
            specs=self.specs,
            tables=self.tables,
            classes=self.classes,
            event_label=self.event_label,
            attributes=self.attributes,
            rows=self.rows,
            weighted=self.weighted,
            shards=self.shards,
            target_kind=self.target_kind,
        )


def add_bins(a: FrameCounts, b: FrameCounts) -> FrameCounts:
    """Add counts up but for their sums, which need not be there; ValueError as of ``a + b``."""
    _check_same(a, b)
    shards = a.shards + b.shards
    return replace(a, specs=_united_specs(a, b), tables={}, shards=shards, queries=())


def bins_of_parquet(path: str | Path) -> FrameCounts:
    """Read what ``to_parquet`` wrote but for the sums: the tables are left out."""
    return FrameCounts(**header_of_parquet(path))


def _united_specs(a: FrameCounts, b: FrameCounts) -> dict[str, BinSpec]:
    return {name: _united(spec, b.specs[name]) for name, spec in a.specs.items()}


def _about(counts: FrameCounts, kind: TargetKind | None) -> FrameCounts:
    """Take the sums of a continuous target about the origin of another one."""
    if kind is None or counts.target_kind == kind:
        return counts
    tables = {
        name: table.centred_at(kind.origin) if isinstance(table, EvidenceTable) else table
        for name, table in counts.tables.items()
    }
    return replace(counts, tables=tables, target_kind=kind)


def _check_same(a: FrameCounts, b: FrameCounts) -> None:
    """Refuse counts that do not add up: shards twice, other targets, attributes or features."""
    twice = sorted(set(a.shards) & set(b.shards))
    if twice:
        message = (
            f"a shard may be counted once only, got {', '.join(map(repr, twice))} on both sides; "
            "leave one out"
        )
        raise ValueError(message)

    for what in ("target_type", "classes", "event_label", "attributes"):
        if getattr(a, what) != getattr(b, what):
            message = (
                f"counts add up only over the same {what}, got {getattr(a, what)!r} and "
                f"{getattr(b, what)!r}"
            )
            raise ValueError(message)

    if set(a.specs) != set(b.specs):
        differ = sorted(set(a.specs) ^ set(b.specs))
        message = (
            f"counts add up only over the same features, got {', '.join(map(repr, differ[:5]))} on "
            "one side only"
        )
        raise ValueError(message)


def _united(a: BinSpec, b: BinSpec) -> BinSpec:
    """Return bins that hold both; levels that have a bin each are united in order of their name."""
    if a == b:
        return a
    if a.kind == b.kind == "categorical" and replace(a, levels=b.levels) == b:
        levels = {*a.levels, *b.levels} - {()}
        if all(len(group) == 1 for group in levels):
            return replace(a, levels=_in_order(a, a.levels, b.levels))
    message = (
        f"counts of feature {a.name!r} add up only over the same bins, got {_shown(a)} and "
        f"{_shown(b)}; "
        "count every shard with the cells of one call of fine_cells"
    )
    raise ValueError(message)


def _shown(spec: BinSpec) -> str:
    what = (
        f"splits {list(spec.splits[:3])}"
        if spec.kind == "numerical"
        else f"levels {list(spec.levels[:3])}"
    )
    return f"{spec.n_bins} {'ordered' if spec.ordered else spec.kind} bins with {what}"


def _groups(counts: FrameCounts) -> set[Any]:
    return {group for table in counts.tables.values() for group in table.groups}


def _spread(
    counts: FrameCounts, name: str, spec: BinSpec, groups: tuple[Any, ...]
) -> list[FloatArray]:
    """Lay counts and squared weights out over wider bins and groups, unseen categories last."""
    table, own = counts.tables[name], counts.specs[name]
    rows, parts = _row_places(own, spec, own.n_codes), []
    for narrow in sums_by_code(own, table):
        cells = narrow
        if groups:
            cells = np.zeros((*narrow.shape[:2], len(groups)))
            if table.groups:
                cells[..., [groups.index(group) for group in table.groups]] = narrow
        wide = np.zeros((spec.n_codes, *cells.shape[1:]))
        np.add.at(wide, rows, cells)
        parts.append(wide)
    return parts


def _row_places(own: BinSpec, wide: BinSpec, n_rows: int) -> list[int]:
    if own == wide:
        return list(range(n_rows))
    place = {levels: i for i, levels in enumerate(wide.levels)}
    # Special, missing and unseen values follow behind the bins, however many these are.
    tail = range(wide.n_bins, wide.n_bins + n_rows - own.n_bins)
    return [
        *(place.get(levels, 0) for levels in own.levels),
        *tail,
    ]  # a cell without a level is empty


def with_new_levels(spec: BinSpec, levels: Iterable[str], *, ordered: bool = False) -> BinSpec:
    """Give levels that are in no bin one each; where all have one level, in order of name.

    Ordered bins take levels that come in order (``ordered``), and only where their place is known.
    """
    special = {level for _, values in spec.special for level in values}
    known = {level for group in spec.levels for level in group}
    regular = [(level,) for level in levels if level not in special]
    new = [group for group in regular if group[0] not in known]
    if not new:
        return spec
    if spec.joined:
        message = (
            f"new_levels need bins of {spec.name!r} to which nothing is joined, got {spec.joined}; "
            "count in prebin_specs_, or without new_levels"
        )
        raise ValueError(message)

    # Bins without a level have no place among them.
    bins = [group for group in spec.levels if group]
    # Rows whose levels have no order do not say where a new one stands among the others.
    if spec.ordered and not ordered:
        raise ValueError(_no_order(spec, new[0], (bins or new)[0]))
    if all(len(group) == 1 for group in bins):
        return replace(spec, levels=_in_order(spec, bins, regular))
    return replace(spec, levels=(*bins, *sorted(new)))


def _in_order(
    spec: BinSpec, first: Iterable[tuple[str, ...]], second: Iterable[tuple[str, ...]]
) -> tuple[tuple[str, ...], ...]:
    """Unite levels that have a bin each: in order of name, or in the order that both have."""
    one, other = ([group for group in groups if group] for groups in (first, second))
    if not spec.ordered:
        return tuple(sorted({*one, *other}))

    united = []
    ahead, behind = list(one), list(other)
    while ahead and behind:
        # A level of one side has its place before the next one that both sides have.
        is_common = ahead[0] in behind, behind[0] in ahead
        if ahead[0] != behind[0] and is_common[0] == is_common[1]:
            raise ValueError(_no_order(spec, ahead[0], behind[0]))
        is_same = ahead[0] == behind[0]
        united.append(behind[0] if is_common[0] else ahead[0])
        if is_same or not is_common[0]:
            ahead.pop(0)
        if is_same or is_common[0]:
            behind.pop(0)
    return (*united, *ahead, *behind)


def _no_order(spec: BinSpec, one: tuple[str, ...], other: tuple[str, ...]) -> str:
    return (
        f"levels of the ordered feature {spec.name!r} must have one order in all rows, got "
        f"{one[0]!r} and {other[0]!r}, of which nobody says which is first; place fine_cells with "
        "PrebinOptions(level_order=[...]) of all levels, and count again"
    )

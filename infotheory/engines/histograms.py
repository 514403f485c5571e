"""Counts of numerical features on DuckDB: one select, a histogram a feature."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from infotheory._typing import FloatArray
from infotheory.cells import BinSpec
from infotheory.engines.layout import Layout, Tally
from infotheory.engines.numbers import count_generic

__all__ = ["count_duckdb"]


def count_duckdb(layout: Layout, specs: Mapping[str, BinSpec]) -> dict[str, Tally]:
    """Count the rows of numerical features by code, all of them in one scan.

    DuckDB's histogram has no weights: with weights cells are found by a tree of comparisons.

    Parameters
    ----------
    layout : Layout
        The rows of a DuckDB relation.
    specs : mapping of str to BinSpec
        Bins by feature.

    Returns
    -------
    dict of str to Tally
        Sums by the codes of ``BinSpec.mark``.
    """
    if layout.sums:
        return count_generic(layout, specs)
    columns = [f"x{i}" for i in range(len(specs))]
    numbers = (layout.frame.number(name).alias(column) for name, column in zip(specs, columns, strict=True))
    rows: Any = layout.select(*numbers).to_native()
    keys = ", ".join(layout.keys)
    counts = [_counts(spec, column) for column, spec in zip(columns, specs.values(), strict=True)]
    found = rows.aggregate(", ".join([keys, *counts]), keys).fetchall()
    n_keys = len(layout.keys)
    cells = layout.population.cell(
        [row[0] for row in found], [np.array([row[j] for row in found], dtype=object) for j in range(1, n_keys)]
    )
    shape, inner = layout.population.shape, int(np.prod(layout.population.shape))
    tallies = {}
    for i, (name, spec) in enumerate(specs.items()):
        counted = np.zeros((spec.n_codes + 1, inner))
        for cell, row in zip(cells, found, strict=True):
            counted[:, cell] += _by_code(spec, *row[n_keys + 2 * i : n_keys + 2 * i + 2])
        counted = counted.reshape(-1, *shape)
        tallies[name] = Tally(counted, counted)
    return tallies


def _counts(spec: BinSpec, x: str) -> str:
    """Return a histogram of the regular values, and the counts of the others in the order of their codes."""
    special = [value for _, group in spec.special for value in group]
    own = "".join(f" OR {x} = {_literal(value)}" for value in special)
    other = f"{x} IS NULL OR isnan({x}) OR isinf({x}){own}"
    ends = ", ".join(_literal(np.nextafter(split, -np.inf)) for split in spec.splits)
    regular = f"map_values(histogram(CASE WHEN {other} THEN NULL ELSE {x} END, [{ends}]::DOUBLE[]))"
    tests = [" OR ".join(f"{x} = {_literal(value)}" for value in group) for _, group in spec.special]
    tests += [f"{x} IS NULL OR isnan({x})"]
    taken = f" AND NOT coalesce({own[4:]}, false)" if own else ""
    tests += [f"{x} = 'inf'::DOUBLE{taken}", f"{x} = '-inf'::DOUBLE{taken}"]
    return f"{regular}, [{', '.join(f'count(*) FILTER (WHERE {test})' for test in tests)}]"


def _literal(value: float) -> str:
    return f"'{float(value)!r}'::DOUBLE"


def _by_code(spec: BinSpec, regular: list[int] | None, others: list[int]) -> FloatArray:
    """Lay out the lists of ``_counts``: the histogram leaves out what is above the last edge where nothing is there."""
    counts = np.zeros(spec.n_codes + 1)
    counts[: len(regular or [])] = regular or []
    counts[spec.n_bins :] = others
    return counts

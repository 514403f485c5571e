"""Counts of numerical features on Polars: one streaming scan, cells found by the package's own kernel."""

from collections.abc import Callable, Mapping
from typing import Any

import narwhals as nw
import numpy as np

from infotheory._typing import IntArray
from infotheory.cells import BinSpec
from infotheory.engines.layout import Layout, Tally

__all__ = ["count_numbers"]


def count_numbers(layout: Layout, specs: Mapping[str, BinSpec]) -> dict[str, Tally]:
    """Count the rows of numerical features by code, all of them in one scan.

    Parameters
    ----------
    layout : Layout
        The rows of a Polars frame.
    specs : mapping of str to BinSpec
        Bins by feature.

    Returns
    -------
    dict of str to Tally
        Sums by code, two codes more than the bins have: ``unseen_code`` counts inf, the next one -inf.
    """
    import polars as pl

    columns = [f"x{i}" for i in range(len(specs))]
    rows = layout.select(
        *(layout.frame.number(name).alias(column) for name, column in zip(specs, columns, strict=True))
    )
    starts = np.cumsum([0, *(spec.n_codes + 1 for spec in specs.values())])
    codes = [
        pl.col(column).map_batches(_coder(spec, int(start)), return_dtype=pl.Int32, is_elementwise=True)
        for column, spec, start in zip(columns, specs.values(), starts, strict=False)
    ]
    kept = [*layout.keys, *layout.sums]
    long = nw.from_native(rows.to_native().with_columns(codes).unpivot(columns, index=kept, value_name="code"))
    table = long.group_by("code", *layout.keys).agg(*layout.aggregates()).collect(engine="streaming")
    code = table["code"].to_numpy()
    tallies = {}
    for name, start, end in zip(specs, starts[:-1], starts[1:], strict=True):
        own = (code >= start) & (code < end)
        tallies[name] = layout.tally(table.filter(own.tolist()), code[own] - start, int(end - start))
    return tallies


def _coder(spec: BinSpec, start: int) -> Callable[[Any], Any]:
    """Return a function of a column of numbers that gives their codes, counted from ``start``."""

    def codes(series: Any) -> Any:
        found: IntArray = spec.mark(series.to_numpy(), np.int32)
        return type(series)(found + np.int32(start))

    return codes

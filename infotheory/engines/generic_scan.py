"""Counts of numerical features on any lazy engine: a group-by a feature over a tree of comparisons."""

from collections.abc import Mapping

from infotheory.cells import BinSpec
from infotheory.engines.expressions import cell_codes
from infotheory.engines.layout import Layout, Tally

__all__ = ["count_numbers"]


def count_numbers(layout: Layout, specs: Mapping[str, BinSpec]) -> dict[str, Tally]:
    """Count the rows of numerical features by code.

    Parameters
    ----------
    layout : Layout
        The rows.
    specs : mapping of str to BinSpec
        Bins by feature.

    Returns
    -------
    dict of str to Tally
        Sums by code, two codes more than the bins have: ``unseen_code`` counts inf, the next one -inf.
    """
    tallies = {}
    for name, spec in specs.items():
        codes = cell_codes(spec, layout.frame.number(name)).alias("code")
        table = layout.select(codes).group_by("code", *layout.keys).agg(*layout.aggregates()).collect()
        tallies[name] = layout.tally(table, table["code"].to_numpy(), spec.n_codes + 1)
    return tallies

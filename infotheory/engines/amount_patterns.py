"""Rows of a frame to distinct rows of bin codes with the sums of a target that is a number."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import narwhals as nw
import numpy as np

from infotheory._evidence_table import EvidenceTable
from infotheory._patterns import Patterns
from infotheory._target_kinds import TargetKind
from infotheory.cells import BinSpec
from infotheory.engines.frames import open_frame
from infotheory.engines.layout import Layout
from infotheory.engines.patterns import codes_in_memory, grouped_codes
from infotheory.engines.population import read_population, rows_in_memory

__all__ = ["count_amount_patterns"]


def count_amount_patterns(
    frame: Any,
    specs: Mapping[str, BinSpec],
    *,
    target: str,
    kind: TargetKind,
    sample_weight: str | None = None,
    max_patterns: int = 1_000_000,
) -> Patterns:
    """Add up rows by their bin codes, in one scan of the engine; rows of weight 0 are left out.

    ``kind`` is what the binner learnt of its target: amounts are read as it reads them, and about
    its origin. ValueError where a column is missing, amounts are not of the kind, or there are more
    than ``max_patterns``.
    """
    opened = open_frame(frame)
    opened.check_columns("features", specs)
    population = read_population(
        opened, target=target, weights=sample_weight, target_type=kind.kind
    )
    if not population.rows:
        message = "frame must hold rows, got none; leave it out"
        raise ValueError(message)
    population = replace(population, kind=kind)

    if isinstance(opened.table, nw.DataFrame):
        amounts, weights = rows_in_memory(opened, population)
        codes = codes_in_memory(opened, specs)
        patterns = Patterns.from_rows(codes, amounts, weights, kind=kind)
    else:
        layout = Layout(opened, population)
        table, codes = grouped_codes(layout, specs, max_patterns)
        sums = layout.tally(table, np.arange(len(codes)), len(codes))
        labels = ("",) * len(codes)
        evidence = EvidenceTable(labels, kind.kind, sums.counts, sums.squared, origin=kind.origin)
        patterns = Patterns.of_sums(codes, evidence, kind)
        patterns = patterns.take(patterns.mass > 0.0)

    # Engines return groups in any order; results must not depend on it.
    return patterns.take(np.lexsort([*patterns.codes.T[::-1]]))

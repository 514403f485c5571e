"""How a lazy engine is asked for counts: columns of fixed names in, sums by cell out."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Self

import narwhals as nw
import numpy as np

from infotheory._codes import cell_sums
from infotheory._typing import FloatArray, IntArray
from infotheory.engines.frames import Frame
from infotheory.engines.population import Population

__all__ = ["Layout", "Tally"]


@dataclass(frozen=True, slots=True, eq=False)
class Tally:
    """Sums of weights and of squared weights by code, shape (n_codes, 2[, n_groups])."""

    counts: FloatArray
    squared: FloatArray

    @classmethod
    def of_cells(
        cls,
        cells: IntArray,
        shape: tuple[int, ...],
        weights: FloatArray | None,
        squared_weights: FloatArray | None = None,
    ) -> Self:
        """Add up what belongs to the same place of the flattened table, as ``cell_sums`` does."""
        return cls(*cell_sums(cells, shape, weights, squared_weights))

    @classmethod
    def zeros(cls, shape: tuple[int, ...]) -> Self:
        """Count nothing."""
        return cls(np.zeros(shape), np.zeros(shape))

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(self.counts + other.counts, self.squared + other.squared)

    def first(self, n_codes: int) -> "Tally":
        """Keep the first codes."""
        return Tally(self.counts[:n_codes], self.squared[:n_codes])


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """The columns of a lazy frame under fixed names.

    They are ``y`` (1 for an event), ``g0``, ``g1``, ... (the groups), ``w`` and ``w2`` (a weight
    and its square).
    """

    frame: Frame
    population: Population

    @property
    def keys(self) -> list[str]:
        """Columns by which everything is counted."""
        return ["y", *(f"g{j}" for j in range(len(self.population.attributes)))]

    @property
    def sums(self) -> list[str]:
        """Columns that are added up; the number of rows where there are none."""
        return [] if self.population.weights is None else ["w", "w2"]

    def aggregates(self) -> list[nw.Expr]:
        """Return the sums of a group: ``n``, and ``n2`` where there are weights."""
        if not self.sums:
            return [nw.len().alias("n")]
        return [nw.col("w").sum().alias("n"), nw.col("w2").sum().alias("n2")]

    def select(self, *columns: nw.Expr) -> "nw.LazyFrame[Any]":
        """Return keys, weights and further columns, which must have names."""
        population = self.population
        chosen = [(nw.col(population.target) == population.event_label).cast(nw.Int8).alias("y")]
        chosen += [nw.col(name).alias(f"g{j}") for j, name in enumerate(population.attributes)]
        if population.weights is not None:
            w = self.frame.weight(population.weights)
            chosen += [w.alias("w"), (w * w).alias("w2")]
        return self.frame.lazy().select(*chosen, *columns)

    def count_features(
        self,
        coded: "nw.LazyFrame[Any]",
        sizes: Mapping[str, int],
        options: Mapping[str, Any] = MappingProxyType({}),
    ) -> dict[str, Tally]:
        """Count the rows of several features in one scan, each row once a feature.

        ``coded`` holds keys, weights, and the code of each feature in the columns ``x0``, ``x1``,
        ...; the codes of a feature start where those of the one before end. ``sizes`` are numbers
        of codes by feature, ``options`` those of the engine for ``collect``.
        """
        columns = [f"x{i}" for i in range(len(sizes))]
        long = coded.unpivot(
            columns, index=[*self.keys, *self.sums], variable_name="feature", value_name="code"
        )
        table = long.group_by("code", *self.keys).agg(*self.aggregates()).collect(**options)

        code = table["code"].to_numpy()
        tallies, start = {}, 0
        for name, size in sizes.items():
            of_feature = (code >= start) & (code < start + size)
            part = table.filter(of_feature.tolist())
            tallies[name] = self.tally(part, code[of_feature] - start, size)
            start += size
        return tallies

    def tally(self, table: "nw.DataFrame[Any]", codes: IntArray, n_codes: int) -> Tally:
        """Add up a table of groups (keys and sums of each) by the code of each group."""
        population = self.population
        groups: Sequence[Any] = [table[name].to_numpy() for name in self.keys[1:]]
        within = population.cell(table["y"].to_numpy(), groups)
        cells = np.asarray(codes, dtype=np.intp) * math.prod(population.shape) + within

        # Without weights a group of n rows has n rows of squared weight 1.
        weights = table["n"].to_numpy().astype(np.float64)
        squared = table["n2"].to_numpy() if self.sums else weights
        return Tally.of_cells(cells, (n_codes, *population.shape), weights, squared)

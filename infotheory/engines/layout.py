"""How a lazy engine is asked for counts: columns of fixed names in, sums by cell out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Self

import narwhals as nw
import numpy as np

from infotheory._typing import FloatArray, IntArray
from infotheory.engines.frames import Frame
from infotheory.engines.population import Population

__all__ = ["Layout", "Tally"]


@dataclass(frozen=True, slots=True, eq=False)
class Tally:
    """Sums of one feature.

    Parameters
    ----------
    counts : ndarray of shape (n_codes, 2) or (n_codes, 2, n_groups)
        Sums of weights by code.
    squared : ndarray of the same shape
        Sums of squared weights.
    """

    counts: FloatArray
    squared: FloatArray

    @classmethod
    def of_cells(
        cls,
        cells: IntArray,
        weight: FloatArray | None,
        squared: FloatArray | None,
        shape: tuple[int, ...],
    ) -> Self:
        """Add up sums that belong to the same cell.

        Parameters
        ----------
        cells : ndarray of int
            Place in the flattened table.
        weight, squared : ndarray or None
            What is added there; 1 where None.
        shape : tuple of int
            Shape of the table.

        Returns
        -------
        Tally
            The sums.
        """
        size = int(np.prod(shape))
        counts = np.bincount(cells, weight, minlength=size).astype(np.float64).reshape(shape)
        if squared is None:
            return cls(counts, counts)
        return cls(
            counts, np.bincount(cells, squared, minlength=size).astype(np.float64).reshape(shape)
        )

    @classmethod
    def zeros(cls, shape: tuple[int, ...]) -> Self:
        """Count nothing.

        Parameters
        ----------
        shape : tuple of int
            Shape of the table.

        Returns
        -------
        Tally
            Zeros.
        """
        return cls(np.zeros(shape), np.zeros(shape))

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(self.counts + other.counts, self.squared + other.squared)

    def first(self, n_codes: int) -> "Tally":
        """Keep the first codes.

        Parameters
        ----------
        n_codes : int
            How many.
        """
        return Tally(self.counts[:n_codes], self.squared[:n_codes])


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """The columns of a lazy frame under fixed names: ``y`` (1 for an event), ``g0``, ``g1``, ..., ``w`` and ``w2``.

    Parameters
    ----------
    frame : Frame
        A lazy frame.
    population : Population
        Its rows.
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
        """Return keys, weights and columns.

        Parameters
        ----------
        *columns : narwhals.Expr
            Further columns, with names.
        """
        population = self.population
        chosen = [(nw.col(population.target) == population.event_label).cast(nw.Int8).alias("y")]
        chosen += [nw.col(name).alias(f"g{j}") for j, name in enumerate(population.attributes)]
        if population.weights is not None:
            w = nw.col(population.weights).cast(nw.Float64)
            chosen += [w.alias("w"), (w * w).alias("w2")]
        return self.frame.lazy().select(*chosen, *columns)

    def count_codes(
        self,
        coded: "nw.LazyFrame[Any]",
        sizes: Mapping[str, int],
        options: Mapping[str, Any] = MappingProxyType({}),
    ) -> dict[str, Tally]:
        """Count the rows of several features in one scan, each row once a feature.

        Parameters
        ----------
        coded : narwhals.LazyFrame
            Keys, weights, and the code of each feature in the columns ``x0``, ``x1``, ...; the
            codes of a feature start where those of the one before end.
        sizes : mapping of str to int
            Number of codes of each feature.
        options : mapping
            Options of the engine for ``collect``.

        Returns
        -------
        dict of str to Tally
            Sums by feature and code.
        """
        columns = [f"x{i}" for i in range(len(sizes))]
        long = coded.unpivot(
            columns, index=[*self.keys, *self.sums], variable_name="feature", value_name="code"
        )
        table = long.group_by("code", *self.keys).agg(*self.aggregates()).collect(**options)
        code = table["code"].to_numpy()
        tallies, start = {}, 0
        for name, size in sizes.items():
            own = (code >= start) & (code < start + size)
            tallies[name] = self.tally(table.filter(own.tolist()), code[own] - start, size)
            start += size
        return tallies

    def tally(self, table: "nw.DataFrame[Any]", codes: IntArray, n_codes: int) -> Tally:
        """Add up a table of groups.

        Parameters
        ----------
        table : narwhals.DataFrame
            Keys and sums of each group.
        codes : ndarray of shape (n_groups,)
            Code of each group.
        n_codes : int
            Number of codes.

        Returns
        -------
        Tally
            Sums by code.
        """
        groups: Sequence[Any] = [table[name].to_numpy() for name in self.keys[1:]]
        inner = int(np.prod(self.population.shape))
        cells = np.asarray(codes, dtype=np.intp) * inner + self.population.cell(
            table["y"].to_numpy(), groups
        )
        weight = table["n"].to_numpy().astype(np.float64)
        squared = table["n2"].to_numpy() if self.sums else None
        return Tally.of_cells(cells, weight, squared, (n_codes, *self.population.shape))

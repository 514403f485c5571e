"""How rows are counted: cells and what they add; columns of fixed names to a lazy engine."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import narwhals as nw
import numpy as np

from infotheory._codes import cell_sums
from infotheory._evidence_table import POWERS, power_sums, power_terms, sums_of_powers
from infotheory._optional import require
from infotheory._typing import FloatArray, IntArray
from infotheory.engines.frames import IBIS, Frame
from infotheory.engines.population import Population

__all__ = ["CountedRows", "Layout", "Tally"]


@dataclass(frozen=True, slots=True, eq=False)
class Tally:
    """Sums of weights and of squared weights by code, shape (n_codes, n_classes[, n_groups]).

    Of amounts, the sums and products of an ``EvidenceTable``.
    """

    counts: FloatArray
    squared: FloatArray

    @classmethod
    def zeros(cls, population: Population, n_codes: int) -> Self:
        """Count nothing."""
        # No rows are counted, so that shapes are those of all others.
        nothing = CountedRows(population, np.zeros(0, dtype=np.intp), np.zeros(0))
        empty = nothing.tally(np.zeros(0, dtype=np.intp), n_codes)
        return cls(empty.counts, empty.squared)

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(self.counts + other.counts, self.squared + other.squared)

    def first(self, n_codes: int) -> "Tally":
        """Keep the first codes."""
        return Tally(self.counts[:n_codes], self.squared[:n_codes])


@dataclass(frozen=True, slots=True, eq=False)
class CountedRows:
    """Rows but for their features: the cell of each within any bin, and what it adds there."""

    population: Population
    cell: IntArray
    target: FloatArray
    weights: FloatArray | None = None
    squared: FloatArray | None = None
    terms: Any = field(init=False, default=())

    def __post_init__(self) -> None:
        # All features add up the same powers: to make them takes as long as to add them up once.
        if self.population.is_number and self.population.kind is not None:
            terms = power_terms(self.population.kind.kind, self.target, self.weights)
            object.__setattr__(self, "terms", terms)

    def tally(self, codes: IntArray, n_codes: int) -> Tally:
        """Add up the rows of each code."""
        population = self.population
        cells, shape = codes * population.n_cells + self.cell, (n_codes, *population.shape)
        if population.kind is None or population.kind.classes:
            return Tally(*cell_sums(cells, shape, self.weights, self.squared))
        powers = power_sums(cells, shape, self.terms)
        return Tally(*sums_of_powers(population.kind.kind, *powers))

    @property
    def four_powers(self) -> bool:
        """Whether rows add up four powers of an amount, which one column tells."""
        return self.weights is None and self.terms != () and len(self.terms[1]) == 5

    def stacked_terms(self) -> FloatArray:
        """Lay what a row adds besides itself side by side, shape (n_rows, n_terms)."""
        if self.four_powers:
            return self.target[:, None]
        if self.population.is_number:
            plain, squared = self.terms
            # Without weights the powers with squared weights hold those with weights.
            terms = squared[1:] if self.weights is None else [*plain, *squared]
        elif self.weights is None:
            terms = []
        else:
            of_square = self.weights * self.weights if self.squared is None else self.squared
            terms = [self.weights, of_square]
        return np.stack(terms, axis=1) if terms else np.zeros((len(self.cell), 0))

    def tally_of(self, counts: IntArray, sums: FloatArray, n_codes: int) -> Tally:
        """Read sums of rows and of their stacked terms by code and cell."""
        population, shape = self.population, (n_codes, *self.population.shape)
        rows = counts.astype(np.float64).reshape(shape)
        columns = [column.reshape(shape) for column in sums.T]
        if not population.is_number or population.kind is None:
            return Tally(*columns) if columns else Tally(rows, rows)

        n_powers, _ = POWERS[population.kind.kind]
        if self.weights is None:
            squared = [rows, *columns]
            plain = squared[:n_powers]
        else:
            plain, squared = columns[:n_powers], columns[n_powers:]
        powers = np.stack(plain, axis=1), np.stack(squared, axis=1)
        return Tally(*sums_of_powers(population.kind.kind, *powers))


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """The columns of a lazy frame under fixed names.

    They are ``y`` (1 for an event, the code of a class, or an amount less its origin), ``g0``,
    ``g1``, ... (the groups), ``w`` and ``w2`` (a weight and its square).
    """

    frame: Frame
    population: Population

    @property
    def keys(self) -> list[str]:
        """Columns by which everything is counted."""
        classes = [] if self.population.is_number else ["y"]
        return [*classes, *self.group_names]

    @property
    def group_names(self) -> list[str]:
        """Columns of the groups."""
        return [f"g{j}" for j in range(len(self.population.attributes))]

    @property
    def sums(self) -> list[str]:
        """Columns that are added up; the number of rows where there are none."""
        amounts = ["y"] if self.population.is_number else []
        return amounts if self.population.weights is None else [*amounts, "w", "w2"]

    def grouped(self, rows: "nw.LazyFrame[Any]", *keys: str) -> "nw.LazyFrame[Any]":
        """Group rows by further keys and those of the layout, and add them up.

        The sums of a group are ``n``, and ``n2`` where there are weights. Of amounts the sums of
        weights times their powers follow, ``n_y1``, ``n_y2``, ...
        """
        terms = self._terms()
        if self.frame.engine == "dask":
            # Dask adds up columns, and no products of them.
            rows = rows.with_columns(term.alias(name) for name, term in terms.items())
            terms = {name: nw.col(name) for name in terms}
        sums = [term.sum().alias(name) for name, term in terms.items()]
        if self.population.weights is None:
            sums = [nw.len().alias("n"), *sums]
        return rows.group_by(*keys, *self.keys).agg(*sums)

    def _terms(self) -> dict[str, nw.Expr]:
        """Return what is added up of each row, by name; rows without weights count themselves."""
        is_weighted = self.population.weights is not None
        if not self.population.is_number:
            return {"n": nw.col("w"), "n2": nw.col("w2")} if is_weighted else {}

        n_powers, n_squared = self._powers
        if not is_weighted:
            # Without weights sums and squared sums are the same: the longer list of powers serves
            # for both.
            return _powers_of(None, "n", n_squared)
        return _powers_of("w", "n", n_powers) | _powers_of("w2", "n2", n_squared)

    @property
    def _powers(self) -> tuple[int, int]:
        kind = self.population.kind
        return (0, 0) if kind is None else POWERS[kind.kind]

    def select(self, *columns: nw.Expr) -> "nw.LazyFrame[Any]":
        """Return keys, weights and further columns, which must have names."""
        population = self.population
        chosen = [self._target().alias("y")]
        chosen += [nw.col(name).alias(f"g{j}") for j, name in enumerate(population.attributes)]
        if population.weights is not None:
            w = self.frame.weight(population.weights)
            chosen += [w.alias("w"), (w * w).alias("w2")]
        return self.frame.rows_of_weight(population.weights).select(*chosen, *columns)

    def _target(self) -> nw.Expr:
        """Return the code of a class, or an amount less its origin."""
        population, column = self.population, nw.col(self.population.target)
        if population.kind is None:
            # PostgreSQL makes no other integer of a boolean than the common one.
            small = nw.Int32 if self.frame.engine == IBIS else nw.Int8
            return (column == population.event_label).cast(small)
        if population.is_number:
            return self.frame.number(population.target) - population.kind.origin
        # At most one label equals the column: the sum is the code of this one, 0 for the first.
        codes = nw.lit(0)
        for code, label in enumerate(population.classes[1:], start=1):
            codes = codes + (column == label).cast(nw.Int32) * code
        return codes

    def count_features(
        self, coded: "nw.LazyFrame[Any]", sizes: Mapping[str, int]
    ) -> dict[str, Tally]:
        """Count the rows of several features in one scan, each row once a feature.

        ``coded`` holds keys, weights, and the code of each feature in the columns ``x0``, ``x1``,
        ...; the codes of a feature start where those of the one before end. ``sizes`` are numbers
        of codes by feature.
        """
        # Codes of the features do not overlap: the name of the feature need not be a key.
        long = self._unpivoted(coded, [f"x{i}" for i in range(len(sizes))])
        table = self.frame.collect(self.grouped(long, "code"))

        code = table["code"].to_numpy()
        tallies, start = {}, 0
        for name, size in sizes.items():
            of_feature = (code >= start) & (code < start + size)
            part = table.filter(of_feature.tolist())
            tallies[name] = self.tally(part, code[of_feature] - start, size)
            start += size
        return tallies

    def _unpivoted(self, coded: "nw.LazyFrame[Any]", columns: list[str]) -> "nw.LazyFrame[Any]":
        """Put the codes of all features into one column, ``code``, below each other."""
        beside = [*self.keys, *self.sums]
        if self.frame.engine == "duckdb":
            # Narwhals asks the connection of the module, which cannot read the tables of others.
            native: Any = coded.to_native()
            projection = [*beside, f"unnest([{', '.join(columns)}]) as code"]
            return nw.from_native(native.project(", ".join(projection)))

        if self.frame.database != "postgres":
            return coded.unpivot(columns, index=beside, variable_name="feature", value_name="code")

        # Ibis would have PostgreSQL write a JSON document a row and feature, some ten times slower.
        ibis = require("ibis", extra="ibis", purpose="tables of Ibis")
        rows: Any = coded.to_native()
        codes = ibis.array([rows[name] for name in columns]).unnest().name("code")
        return nw.from_native(rows.select(*beside, codes))

    def tally(self, table: "nw.DataFrame[Any]", codes: IntArray, n_codes: int) -> Tally:
        """Add up a table of groups (keys and sums of each) by the code of each group."""
        population = self.population
        groups: Sequence[Any] = [table[name].to_numpy() for name in self.group_names]
        weights = table["n"].to_numpy().astype(np.float64)
        # Amounts have no class: only the length of this array is looked at.
        target = weights if population.is_number else table["y"].to_numpy()
        cell = population.cell(target, groups)
        codes = np.asarray(codes, dtype=np.intp)
        if population.kind is not None and population.is_number:
            cells, shape = codes * population.n_cells + cell, (n_codes, *population.shape)
            powers = (self._power_sums(table, cells, shape, of) for of in (False, True))
            return Tally(*sums_of_powers(population.kind.kind, *powers))

        # Without weights a group of n rows has n rows of squared weight 1.
        squared = weights if population.weights is None else table["n2"].to_numpy()
        return CountedRows(population, cell, target, weights, squared).tally(codes, n_codes)

    def _power_sums(
        self, table: "nw.DataFrame[Any]", cells: IntArray, shape: tuple[int, ...], squared: bool
    ) -> FloatArray:
        """Add up the powers that an engine returned by group, the power as the second axis."""
        start = "n2" if squared and self.population.weights is not None else "n"
        names = [start if not r else f"{start}_y{r}" for r in range(self._powers[squared])]
        sums = [cell_sums(cells, shape, table[name].to_numpy())[0] for name in names]
        return np.stack(sums, axis=1)


def _powers_of(weight: str | None, name: str, n_powers: int) -> dict[str, nw.Expr]:
    """Return a weight times the powers of y; without a weight from the first power on."""
    term, terms = None if weight is None else nw.col(weight), {}
    for power in range(n_powers):
        if power:
            term = nw.col("y") if term is None else term * nw.col("y")
        if term is not None:
            terms[f"{name}_y{power}" if power else name] = term
    return terms

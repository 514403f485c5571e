"""Fair binning as one mixed-integer linear program in plain arrays; no solver is known here.

Variables are one binary a candidate bin and direction of the event rate, one binary that drops a
characteristic, and under a chance constraint the standard error of each divergence between groups.
The rows are

- exactly one bin starts at the first pre-bin, or the characteristic is dropped;
- at each boundary as many bins end as start;
- at each boundary the rank of the event rate does not fall (or rise): both sides are 0 where there
  is no boundary, so the row needs no bound on the rates;
- fewest and most bins of a characteristic;
- the divergences between groups, in total or by characteristic, plus ``z`` standard errors, stay
  within their budget.

The aim is that of Sudjianto and Burakov, arXiv:2509.09855; they state no program, this one is the
project's own.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from scipy import sparse

from infotheory._display import short_repr
from infotheory._groups import Comparison
from infotheory._typing import BoolArray, FloatArray, IntArray
from infotheory._validation import check_number
from infotheory.binning.fair.candidates import RANK_SLACK, Candidates, Choice
from infotheory.binning.fair.spread_cuts import chord, lifted_tangent, stretches

__all__ = [
    "Block",
    "FairProblem",
    "FairnessRow",
    "LinearProgram",
    "build_program",
    "fairness_rows",
]


@dataclass(frozen=True, slots=True)
class FairnessRow:
    """A limit on a divergence between two groups."""

    # Position of the comparison among the terms of the candidates
    comparison: int
    # Characteristics whose divergences are added
    features: tuple[int, ...]
    # Largest sum, standard errors included
    budget: float
    # What it limits, for messages
    name: str


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class FairProblem:
    """What is asked: the bins with the largest total information value within the budgets."""

    # One a characteristic
    candidates: tuple[Candidates, ...]
    # Limits on divergences between groups
    rows: tuple[FairnessRow, ...] = ()
    # Standard errors that count against a budget; 0 where the estimates themselves are limited
    z: float = 0.0

    __repr__ = short_repr

    def value(self, choices: Sequence[Choice]) -> float:
        """Total information value less penalties."""
        return sum(c.value_of(choice) for c, choice in zip(self.candidates, choices, strict=True))

    def used_by(self, feature: int, choice: Choice) -> FloatArray:
        """Return what the bins of one characteristic (by position) use of each budget."""
        c = self.candidates[feature]
        terms = c.divergences_of(choice) + self.z * c.spreads_of(choice)
        return np.array(
            [terms[row.comparison] if feature in row.features else 0.0 for row in self.rows]
        )

    def used(self, choices: Sequence[Choice]) -> FloatArray:
        """Return what the bins use of the budget of each row."""
        return np.sum(
            [self.used_by(feature, choice) for feature, choice in enumerate(choices)], axis=0
        )

    def meets(self, choices: Sequence[Choice]) -> bool:
        """Say whether bins are within every budget."""
        return bool((self.used(choices) <= self.budgets).all())

    @property
    def budgets(self) -> FloatArray:
        """Budget of each row."""
        return np.array([row.budget for row in self.rows])

    def spread_keys(self) -> list[tuple[int, int]]:
        """(Characteristic, comparison) of every standard error that counts."""
        if self.z == 0.0:
            return []
        return sorted({(feature, row.comparison) for row in self.rows for feature in row.features})


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Where the variables of one characteristic stand."""

    # Binaries of bins, of shape (n_binaries,)
    columns: IntArray
    # What each of them means, of shape (n_binaries,)
    candidate: IntArray
    direction: IntArray
    # Binary that drops the characteristic; -1 where there is none
    dropped: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LinearProgram:
    """Maximise ``objective @ x + constant`` with ``lower <= matrix @ x <= upper``, ``x >= 0``."""

    # Coefficients, of shape (n_variables,)
    objective: FloatArray
    # Part of the objective that nothing changes
    constant: float
    # Variables that are 0 or 1; the others have no upper bound, of shape (n_variables,)
    is_binary: BoolArray
    # Rows, of shape (n_rows, n_variables)
    matrix: sparse.csr_array
    # Their limits, of shape (n_rows,)
    lower: FloatArray
    upper: FloatArray
    # Number of the first fairness row; the others follow it
    first_fairness: int
    # Variables by characteristic
    blocks: tuple[Block, ...]
    # Variable of the standard error, by characteristic and comparison
    spreads: dict[tuple[int, int], int]
    # What the tangents of each standard error need to know of the characteristic
    stretches: dict[tuple[int, int], FloatArray]

    def decode(self, x: FloatArray) -> tuple[Choice, ...]:
        """Bins that a solution stands for."""
        return tuple(
            Choice(np.sort(block.candidate[x[block.columns] > 0.5])) for block in self.blocks
        )

    def encode(self, problem: FairProblem, choices: Sequence[Choice]) -> FloatArray:
        """Solution that stands for bins: where a solver may start."""
        x = np.zeros(self.objective.size)
        for c, block, choice in zip(problem.candidates, self.blocks, choices, strict=True):
            if choice.dropped:
                x[block.dropped] = 1.0
                continue

            # One bin has no direction, and stands in the program under the first one.
            direction, first, last = c.directions[0], choice.picked[0], choice.picked[-1]
            if len(c.directions) > 1 and choice.picked.size > 1:
                direction = 1 if c.order[last] > c.order[first] else -1
            chosen = np.isin(block.candidate, choice.picked) & (block.direction == direction)
            x[block.columns[chosen]] = 1.0

        for (feature, comparison), column in self.spreads.items():
            x[column] = problem.candidates[feature].spreads_of(choices[feature])[comparison]
        return x

    def tightened(self, amounts: FloatArray) -> "LinearProgram":
        """Return the program with less room in the fairness rows, by an amount a row."""
        upper = self.upper.copy()
        upper[self.first_fairness : self.first_fairness + amounts.size] -= amounts
        return replace(self, upper=upper)

    def with_tangents(self, problem: FairProblem, choices: Sequence[Choice]) -> "LinearProgram":
        """Return the program with the tangents that make standard errors exact at a solution."""
        rows = _MatrixRows()
        for (feature, comparison), column in self.spreads.items():
            c, choice = problem.candidates[feature], choices[feature]
            if c.spreads_of(choice)[comparison] > 0.0:
                cut = lifted_tangent(c, choice, comparison, self.stretches[feature, comparison])
                _add_spread(rows, column, self.blocks[feature], *cut)
        return self._with(rows)

    def _with(self, rows: "_MatrixRows") -> "LinearProgram":
        """Return the program with more rows."""
        if not rows.columns:
            return self
        matrix, lower, upper = rows.arrays(self.objective.size)
        return replace(
            self,
            matrix=sparse.csr_array(sparse.vstack([self.matrix, matrix])),
            lower=np.concatenate([self.lower, lower]),
            upper=np.concatenate([self.upper, upper]),
        )


@dataclass(slots=True)
class _MatrixRows:
    """Rows of a sparse matrix as they are written down."""

    columns: list[IntArray] = field(default_factory=list)
    values: list[FloatArray] = field(default_factory=list)
    lower: list[float] = field(default_factory=list)
    upper: list[float] = field(default_factory=list)

    def add(
        self, terms: Iterable[tuple[IntArray, FloatArray | float]], lower: float, upper: float
    ) -> None:
        """Write one row; a variable may occur once."""
        pairs = [(np.atleast_1d(c), np.broadcast_to(v, np.atleast_1d(c).shape)) for c, v in terms]
        self.columns.append(np.concatenate([c for c, _ in pairs]).astype(np.intp))
        self.values.append(np.concatenate([v for _, v in pairs]).astype(np.float64))
        self.lower.append(lower)
        self.upper.append(upper)

    def arrays(self, n_variables: int) -> tuple[sparse.csr_array, FloatArray, FloatArray]:
        """Return matrix, lower and upper limits."""
        ends = np.cumsum([0, *(column.size for column in self.columns)])
        shape = (len(self.columns), n_variables)
        matrix = sparse.csr_array(
            (np.concatenate(self.values), np.concatenate(self.columns), ends), shape=shape
        )
        # Ranks and slopes of 0 would be entries, too.
        matrix.eliminate_zeros()
        return matrix, np.array(self.lower), np.array(self.upper)


def build_program(problem: FairProblem) -> LinearProgram:
    """Write the problem down as a linear program.

    Under a chance constraint the program is a relaxation: a standard error lies above a chord of
    its square root, and tangents are added where a solution shows that they are needed
    (``with_tangents``).
    """
    # Variables: the binaries of one characteristic after the other, then the standard errors.
    blocks, n_binaries = [], 0
    for c in problem.candidates:
        block = _block(c, n_binaries)
        n_binaries += block.columns.size + (block.dropped >= 0)
        blocks.append(block)
    spreads = {key: n_binaries + i for i, key in enumerate(problem.spread_keys())}

    rows, objective = _MatrixRows(), np.zeros(n_binaries + len(spreads))
    for c, block in zip(problem.candidates, blocks, strict=True):
        objective[block.columns] = c.value[block.candidate]
        if block.dropped >= 0:
            # The constant counts what is outside the bins of every characteristic: dropping takes
            # it back.
            objective[block.dropped] = c.dropped_value - c.outside_value
        _add_chain(rows, c, block)
    for (feature, comparison), column in spreads.items():
        _add_spread(rows, column, blocks[feature], *chord(problem.candidates[feature], comparison))

    first_fairness = len(rows.columns)
    for row in problem.rows:
        _add_fairness(rows, problem, row, blocks, spreads)

    matrix, lower, upper = rows.arrays(objective.size)
    return LinearProgram(
        objective=objective,
        constant=sum(c.outside_value for c in problem.candidates),
        is_binary=np.arange(objective.size) < n_binaries,
        matrix=matrix,
        lower=lower,
        upper=upper,
        first_fairness=first_fairness,
        blocks=tuple(blocks),
        spreads=spreads,
        stretches={key: stretches(problem.candidates[key[0]], key[1]) for key in spreads},
    )


def _block(c: Candidates, first: int) -> Block:
    """Lay out the binaries: the bins once a direction, that of everything once, dropped last."""
    bins = np.flatnonzero(c.allowed)
    parts = bins[bins < c.start.size - c.has_single]
    candidate = np.concatenate([bins, *(parts for _ in c.directions[1:])])
    direction = np.repeat(c.directions, [bins.size, *(parts.size for _ in c.directions[1:])])
    columns = np.arange(first, first + candidate.size)
    return Block(columns, candidate, direction, first + candidate.size if c.droppable else -1)


def _dropped(block: Block, value: float) -> tuple[IntArray, FloatArray]:
    """Term of the binary that drops a characteristic, where there is one."""
    there = np.array([block.dropped] if block.dropped >= 0 else [], dtype=np.intp)
    return there, np.full(there.size, value)


def _add_chain(rows: _MatrixRows, c: Candidates, block: Block) -> None:
    """Write that the bins of a characteristic follow each other, in order and in number."""
    start, end, order = c.start[block.candidate], c.end[block.candidate], c.order[block.candidate]
    limits = c.task.limits
    most = c.n_prebins if limits.max_n_bins is None else int(limits.max_n_bins)

    # One bin starts at the first pre-bin, or the characteristic is dropped.
    rows.add([(block.columns[start == 0], 1.0), _dropped(block, 1.0)], 1.0, 1.0)
    dropped = _dropped(block, float(limits.min_n_bins))  # exempt from the fewest bins
    rows.add([(block.columns, 1.0), dropped], limits.min_n_bins, np.inf)
    rows.add([(block.columns, 1.0)], -np.inf, most)

    for direction in c.directions:
        of_direction = block.direction == direction
        for boundary in range(c.n_prebins - 1):
            before = of_direction & (end == boundary)
            after = of_direction & (start == boundary + 1)
            columns = (block.columns[before], block.columns[after])
            # As many bins end before a boundary as start behind it: with the row above, one or
            # none.
            rows.add([(columns[0], 1.0), (columns[1], -1.0)], 0.0, 0.0)
            if direction != 0:
                # Of the bins on each side at most one is chosen, so that the sums are its rank, or
                # 0 on both sides.
                ranks = (-direction * order[before], direction * order[after])
                rows.add(zip(columns, ranks, strict=True), -RANK_SLACK, np.inf)
            if c.task.order is not None:
                _add_conflicts(rows, c, block, (before, after), direction)


def _add_conflicts(
    rows: _MatrixRows,
    c: Candidates,
    block: Block,
    sides: tuple[BoolArray, BoolArray],
    direction: int,
) -> None:
    """Write that bins which break the order in a period are no neighbours at a boundary."""
    order = c.task.order
    first, second = (np.flatnonzero(side) for side in sides)
    if order is None or not second.size:
        return
    starts, ends = c.start[block.candidate], c.end[block.candidate]
    for one in first:
        each = np.full(second.size, one)
        follows = order.follows(
            (starts[each], ends[each]), (starts[second], ends[second]), direction
        )
        if not follows.all():
            columns = (block.columns[[one]], block.columns[second[~follows]])
            rows.add([(columns[0], 1.0), (columns[1], 1.0)], -np.inf, 1.0)


def _add_fairness(
    rows: _MatrixRows,
    problem: FairProblem,
    row: FairnessRow,
    blocks: Sequence[Block],
    spreads: dict[tuple[int, int], int],
) -> None:
    """Write a budget; the constant parts of the divergences stand on its right side."""
    # A characteristic has the divergence of its bins and of what is outside them, unless it is
    # dropped: then none, so that the constant of the latter is taken off again.
    terms: list[tuple[IntArray, FloatArray]] = []
    constant = 0.0
    for feature in row.features:
        c, block = problem.candidates[feature], blocks[feature]
        outside = float(c.outside_divergence[row.comparison])
        terms += [
            (block.columns, c.divergence[row.comparison, block.candidate]),
            _dropped(block, -outside),
        ]
        if problem.z > 0.0:
            terms.append((np.array([spreads[feature, row.comparison]]), np.array([problem.z])))
        constant += outside
    rows.add(terms, -np.inf, row.budget - constant)


def _add_spread(
    rows: _MatrixRows, column: int, block: Block, slopes: FloatArray, constant: float
) -> None:
    """Write ``s >= slopes @ x + constant``, or ``s >= 0`` where the characteristic is dropped."""
    spread = (np.array([column]), 1.0)
    bins = (block.columns, -slopes[block.candidate])
    rows.add([spread, bins, _dropped(block, constant)], constant, np.inf)


_Budget = float | Mapping[str, float] | None


def fairness_rows(
    budget: _Budget,
    budget_per_feature: _Budget,
    comparisons: Sequence[Comparison],
    features: Sequence[str],
) -> tuple[FairnessRow, ...]:
    """List the limits on divergences between groups as a user states them, totals first.

    ``budget`` bounds the sum over features for every comparison, or by attribute;
    ``budget_per_feature`` that of every feature, or by feature.
    """
    attributes = list(dict.fromkeys(c.attribute for c in comparisons))
    totals = _by_name("budget", budget, attributes, "protected attribute")
    single = _by_name("budget_per_feature", budget_per_feature, features, "feature")

    everything = tuple(range(len(features)))
    rows = [
        FairnessRow(k, everything, totals[c.attribute], f"budget ({c}, all features)")
        for k, c in enumerate(comparisons)
        if c.attribute in totals
    ]
    rows += [
        FairnessRow(k, (features.index(name),), limit, f"budget_per_feature ({c}, {name!r})")
        for k, c in enumerate(comparisons)
        for name, limit in single.items()
    ]
    return tuple(rows)


def _by_name(what: str, budget: _Budget, names: Sequence[str], kind: str) -> dict[str, float]:
    """Budget of each attribute or feature that has one."""
    if budget is None:
        return {}
    budgets = budget if isinstance(budget, Mapping) else dict.fromkeys(names, budget)
    for name, value in budgets.items():
        if name not in names:
            message = f"{what} must name a {kind} ({', '.join(map(repr, names))}), got {name!r}"
            raise ValueError(message)
        rule = "a finite number of nats, at least 0"
        check_number(what, value, 0.0, np.inf, ends="[)", rule=rule)
    return {name: float(value) for name, value in budgets.items()}

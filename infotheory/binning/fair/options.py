"""From the options of a FairBinner and the counts of its pre-bins to the program and its bins."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from infotheory._groups import Comparison
from infotheory.binning.fair.candidates import Choice
from infotheory.binning.fair.groups import GroupTables
from infotheory.binning.fair.milp import SolverOptions
from infotheory.binning.fair.problem import FairProblem, fairness_rows
from infotheory.binning.fair.search import FairSolution, solve_fair
from infotheory.binning.fair.terms import feature_candidates, feature_grouping
from infotheory.binning.periods.counts import order_of_periods
from infotheory.binning.prebins.grouping import Grouping
from infotheory.binning.prebins.options import BinnerOptions, most_cells_of, option_of
from infotheory.binning.prebins.rows import OrderedCells, ordered_cells
from infotheory.binning.search.limits import Limits
from infotheory.cells import BinSpec
from infotheory.laws import one_sided_quantile
from infotheory.tables import CountTable

__all__ = [
    "LIMITS",
    "FairOptions",
    "FairSearch",
    "check_budgets_have_groups",
    "search_counts",
    "solver_options",
]

LIMITS = (
    "min_n_bins",
    "max_n_bins",
    "min_bin_size",
    "max_bin_size",
    "min_bin_n_event",
    "min_bin_n_nonevent",
    "bin_penalty",
)


class FairOptions(BinnerOptions, Protocol):
    """The options of a FairBinner, and the pairs of groups that its fit compares."""

    budget: float | Mapping[str, float] | None
    budget_per_feature: float | Mapping[str, float] | None
    confidence: float | None
    divergence: str
    keep: Sequence[str]
    solver: str
    mip_gap: float
    time_limit: float | None

    comparisons_: tuple[Comparison, ...]


class FairSearch:
    """The program of all features, which several budgets share."""

    def __init__(
        self,
        binner: FairOptions,
        prebins: Sequence[tuple[BinSpec, CountTable]],
        groups: GroupTables,
        periods: Mapping[str, CountTable],
    ) -> None:
        rows = fairness_rows(
            binner.budget,
            binner.budget_per_feature,
            binner.comparisons_,
            [spec.name for spec, _ in prebins],
        )

        candidates = []
        self.ordered: list[OrderedCells] = []
        for spec, table in prebins:
            cells = ordered_cells(spec, table, most_cells_of(binner, spec.name))
            between = [
                groups[c.attribute][spec.name].between_groups(c.first, c.second)
                for c in binner.comparisons_
            ]
            # Without budgets nothing is gained by dropping a feature.
            may_go = bool(rows) and spec.name not in binner.keep and _says_something(table)
            candidates.append(
                feature_candidates(
                    spec,
                    table,
                    between,
                    cells,
                    limits=Limits(**{key: option_of(binner, spec.name, key) for key in LIMITS}),
                    trend=option_of(binner, spec.name, "monotonic_trend"),
                    droppable=may_go,
                    divergence_of_groups=binner.divergence,
                    order=order_of_periods(
                        periods.get(spec.name),
                        spec,
                        cells.place,
                        option_of(binner, spec.name, "order_in_periods"),
                        option_of(binner, spec.name, "max_rate_drift"),
                    ),
                )
            )
            self.ordered.append(cells)

        z = 0.0 if binner.confidence is None else one_sided_quantile(binner.confidence)
        self.problem = FairProblem(tuple(candidates), rows, z)
        self.options = solver_options(binner)

    def solve(self, share: float = 1.0, start: Sequence[Choice] | None = None) -> FairSolution:
        """Find the best bins within a share of every budget."""
        # Candidates stay as they are: budgets are rows of the program alone.
        rows = tuple(replace(row, budget=share * row.budget) for row in self.problem.rows)
        return solve_fair(replace(self.problem, rows=rows), self.options, start)

    def groupings(self, solution: FairSolution) -> list[Grouping]:
        """Which pre-bins make a bin, by feature."""
        return [
            feature_grouping(c, choice, cells, solution.status)
            for c, choice, cells in zip(
                self.problem.candidates, solution.choices, self.ordered, strict=True
            )
        ]


def search_counts(
    binner: FairOptions,
    prebins: Sequence[tuple[BinSpec, CountTable]],
    groups: GroupTables,
    periods: Mapping[str, CountTable],
    start: Sequence[Choice] | None = None,
) -> tuple[FairSolution, list[Grouping]]:
    """Solve the program of all features, from the counts of their pre-bins."""
    check_budgets_have_groups(binner)
    search = FairSearch(binner, prebins, groups, periods)
    solution = search.solve(start=start)
    return solution, search.groupings(solution)


def check_budgets_have_groups(binner: FairOptions) -> None:
    """Raise ValueError where a budget is given but no protected attribute."""
    budgets = binner.budget, binner.budget_per_feature
    if not binner.comparisons_ and any(budget is not None for budget in budgets):
        message = (
            "a budget needs protected attributes, got protected=None with "
            f"budget={binner.budget!r}, budget_per_feature={binner.budget_per_feature!r}; "
            "pass protected to fit"
        )
        raise ValueError(message)


def solver_options(binner: FairOptions) -> SolverOptions:
    """How the program is solved; ValueError where an option is outside its range."""
    return SolverOptions(solver=binner.solver, mip_gap=binner.mip_gap, time_limit=binner.time_limit)


def _says_something(table: CountTable) -> bool:
    """Whether more than one cell has rows: with one, dropping the feature would change nothing."""
    return int(table.counts.any(axis=1).sum()) > 1

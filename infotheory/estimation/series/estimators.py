"""Information of embedded series given their past: of labels, Gaussian, by nearest neighbours."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Protocol

import numpy as np
from scipy import special

from infotheory._codes import Codes, compress, joint_codes
from infotheory._typing import ArrayLike, BoolArray, FloatArray, IntArray
from infotheory._validation import check_option
from infotheory.estimation._permutations import ConditionalStatistic, shift_p_value
from infotheory.estimation.discrete._entropy_methods import METHODS
from infotheory.estimation.discrete._samples import check_method
from infotheory.estimation.discrete._step_cells import StepCells
from infotheory.estimation.discrete._strata import (
    corrected_information,
    count_strata,
    information_estimate,
    information_law,
)
from infotheory.estimation.measurements._conditional_neighbors import ConditionalNeighbors
from infotheory.estimation.measurements._gaussian import GaussianCondition, normal_scores
from infotheory.estimation.measurements._scaling import check_neighbors, standardized
from infotheory.estimation.measurements._terms import (
    RowTerms,
    heaviest_tail,
    neighbor_law,
    scale_of_bias,
)
from infotheory.estimation.measurements.continuous import GAUSSIAN_METHODS, ksg_terms
from infotheory.estimation.series.embedding import Embedding, Lagged
from infotheory.estimation.series.estimates import made_when_asked, waiting
from infotheory.estimation.series.memory.cycles import indicators, steps_of_whole_cycles
from infotheory.estimation.series.memory.label_memory import memory_factor, memory_loss
from infotheory.estimation.series.memory.long_run import long_run_factor, long_run_factor_of_cells
from infotheory.estimation.series.memory.transfer_draws import NO_EVIDENCE, LawWithTest
from infotheory.estimation.series.signals import Signal, label_signal, measured_signal
from infotheory.inference import Estimate
from infotheory.laws import IntervalLaw, NormalLaw, WithheldLaw

__all__ = [
    "SERIES_METHODS",
    "Estimator",
    "StepInformation",
    "TargetGivenPast",
    "error_of",
    "estimator_of",
    "left_by_past",
]

SERIES_METHODS = (*METHODS, *GAUSSIAN_METHODS, "ksg")

# Jeffreys' pseudo-count of a cell, for dirichlet.
_CONCENTRATION = 0.5
_CYCLE_WITH_GAPS = (
    "source and target have a common cycle that does not fade, of which the source tells the place "
    "whether it drives the target or not, and shifts by whole cycles need steps without gaps: no "
    "p-value; take n_permutations, or the place in the cycle as conditions with condition_lags=0"
)
#: Memory that is noise of the correlations it is computed from.
_MOST_MEMORY = 1.05


@dataclass(frozen=True, slots=True, eq=False)
class StepInformation:
    """A value in nats with its error and test, and what each row says."""

    value: float
    standard_error: float
    p_value: float | None
    law: IntervalLaw
    local: FloatArray
    # Why there is no p-value where there could be one
    reason: str | None = None


made_when_asked(StepInformation, "local")


class TargetGivenPast(Protocol):
    """Next steps of a target given its past, to be compared with one past of a source or many."""

    def take(self, parts: Sequence[Lagged]) -> Any:
        """Return the columns of the source as ``value`` and ``measure`` want them."""

    def reorder(self, x: Any, order: IntArray) -> Any:
        """Return such columns with their rows in another order."""

    def among(self, seen: BoolArray) -> "TargetGivenPast":
        """Return the same of some of the rows only."""

    def value(self, x: Any) -> float:
        """Return the value in nats."""

    def score(self, x: Any) -> StepInformation:
        """Return the value with its error, without test and interval."""

    def error(self, x: Any) -> float:
        """Return the error that ``measure`` has, NaN and a warning where it has no interval."""

    def measure(self, x: Any, unit: float) -> StepInformation:
        """Return the value with all that comes with it."""


class Estimator(Protocol):
    """A way to estimate from series."""

    @property
    def labels(self) -> bool:
        """Whether series are labels."""

    def read(self, name: str, x: ArrayLike, *, omit: bool, joint: bool) -> Signal:
        """Read a series."""

    def compare(self, y: Lagged, z: Sequence[Lagged], rows: Embedding) -> TargetGivenPast:
        """Take up next steps and what they are compared given."""


def estimator_of(method: str, n_neighbors: int, workers: int) -> Estimator:
    """Return the estimator of a method."""
    check_option("method", method, SERIES_METHODS)
    if method in METHODS:
        return _LabelEstimator(method)
    if method in GAUSSIAN_METHODS:
        return _GaussianEstimator(method)
    return _NeighborEstimator(n_neighbors, workers)


@dataclass(frozen=True, slots=True)
class _LabelEstimator:
    method: str
    labels: bool = True

    def read(self, name: str, x: ArrayLike, *, omit: bool, joint: bool) -> Signal:
        return label_signal(name, x, omit=omit, joint=joint)

    def compare(self, y: Lagged, z: Sequence[Lagged], rows: Embedding) -> TargetGivenPast:
        return _LabelComparison(self.method, rows.codes([y]), rows.codes(z) if z else None, rows)


class _LabelComparison:
    def __init__(self, method: str, y: Codes, z: Codes | None, rows: Embedding) -> None:
        self._method, self._y, self._z, self._rows = method, y, z, rows
        # Without a past all steps are one stratum.
        self._one = Codes(np.zeros(y.n_rows, dtype=np.intp), 1) if z is None else z
        self._statistic: ConditionalStatistic | None = None

    def take(self, parts: Sequence[Lagged]) -> Codes:
        return self._rows.codes(parts)

    def reorder(self, x: Codes, order: IntArray) -> Codes:
        return x.take(order)

    def among(self, seen: BoolArray) -> TargetGivenPast:
        z = None if self._z is None else self._z.take(seen)
        return _LabelComparison(self._method, self._y.take(seen), z, self._rows.take(seen))

    def value(self, x: Codes) -> float:
        if self._method != "plugin":
            strata = count_strata(x, self._y, self._z)
            return corrected_information(strata, self._method, _CONCENTRATION)
        if self._statistic is None:
            self._statistic = ConditionalStatistic(self._y, self._one)
        return self._statistic.of(compress(x)) / (2.0 * x.n_rows)

    def score(self, x: Codes) -> StepInformation:
        cells = StepCells.of(x, self._y, self._one)
        by_cell = _pointwise(cells)
        local = cells.spread(by_cell)
        error = float(np.sqrt(local.var() * self._long_run_factor(by_cell, cells) / local.size))
        return StepInformation(self.value(x), error, None, NormalLaw(lower=0.0), local)

    def error(self, x: Codes) -> float:
        # Shifts would cost a hundred times the error.
        cells = StepCells.of(x, self._y, self._one)
        return error_of(self._estimate(cells, _pointwise(cells), 1.0, None))

    def measure(self, x: Codes, unit: float) -> StepInformation:
        # Rows are touched once: all else is a function of the cells.
        cells = StepCells.of(x, self._y, self._one)
        by_cell = _pointwise(cells)

        # Two doubts may ask for them, and they cost more than all else.
        @cache
        def by_shifts() -> float:
            turn = None if self._rows.has_gaps else whole_cycles()
            return shift_p_value(x, self._y, self._one, turn)

        @cache
        def whole_cycles() -> int | None:
            both = indicators(x), indicators(self._y)
            return steps_of_whole_cycles(*map(self._rows.laid_out, both))

        found = self._estimate(cells, by_cell, unit, None if self._z is None else by_shifts)
        p_value, law = found.p_value, found.law
        # What stays longer in a state than the history sees is too uneven for the chi-square, and
        # the place in a cycle is told by all that have it.
        reason = None
        if (
            p_value is not None
            and self._z is not None
            and (
                memory_factor(cells) > _MOST_MEMORY
                or (p_value <= NO_EVIDENCE and whole_cycles() is not None)
            )
        ):
            p_value = max(p_value, by_shifts())
            # A shift of rows beside gaps is one of many lengths in time.
            withheld = p_value <= NO_EVIDENCE and self._rows.has_gaps and whole_cycles() is not None
            if not isinstance(law, WithheldLaw):
                law = LawWithTest(law, 1.0 if withheld else p_value)
            if withheld:
                p_value, reason = None, _CYCLE_WITH_GAPS
        return StepInformation(
            found.value * unit,
            found.standard_error * unit,
            p_value,
            law,
            waiting(lambda: cells.spread(by_cell)),
            reason,
        )

    def _estimate(
        self,
        cells: StepCells,
        by_cell: FloatArray,
        unit: float,
        other_test: Callable[[], float] | None,
    ) -> Estimate:
        strata = count_strata(cells.x, cells.y, cells.z if self._z else None, counts=cells.counts)
        check_method(self._method, strata.counts, _CONCENTRATION)
        return information_estimate(
            strata,
            self._method,
            _CONCENTRATION,
            unit,
            inflation=self._long_run_factor(by_cell, cells),
            loss=memory_loss(cells) if self._z is None else 0.0,
            knows_labels=True,
            other_test=other_test,
        )

    def _long_run_factor(self, by_cell: FloatArray, cells: StepCells) -> float:
        if self._rows.one_run:
            return long_run_factor_of_cells(by_cell, cells)
        return long_run_factor(cells.spread(by_cell), self._rows.steps, self._rows.trials)


def error_of(found: Estimate | StepInformation) -> float:
    """Return the standard error; NaN where the interval is withheld, as no error holds either."""
    return np.nan if isinstance(found.law, WithheldLaw) else found.standard_error


def left_by_past(
    comparison: TargetGivenPast, x: FloatArray
) -> tuple[FloatArray, FloatArray] | None:
    """Return what the past leaves of columns of a source and of the target; None of no numbers."""
    return comparison.left(x) if isinstance(comparison, _GaussianComparison) else None


def _pointwise(cells: StepCells) -> FloatArray:
    """Return the pointwise information of each cell."""

    def margin(*columns: Codes) -> FloatArray:
        joint = compress(joint_codes(cells.z, *columns))
        return np.asarray(np.bincount(joint.index, cells.counts)[joint.index], dtype=np.float64)

    # Differences of logarithms: products of large counts would lose digits.
    joint, one, of_x, of_y = map(np.log, (cells.counts, margin(), margin(cells.x), margin(cells.y)))
    return np.asarray(joint + one - of_x - of_y)


@dataclass(frozen=True, slots=True)
class _GaussianEstimator:
    method: str
    labels: bool = False

    def read(self, name: str, x: ArrayLike, *, omit: bool, joint: bool) -> Signal:  # noqa: ARG002
        copula = self.method == "gaussian_copula"
        signal = measured_signal(name, x, omit=omit, density=copula)
        if not copula:
            return signal

        # Ranks of the series as a whole, so that a value has one score in all its lags.
        scores = np.full(signal.values.shape, np.nan)
        there = ~signal.missing
        scores[there] = normal_scores(np.asarray(signal.values[there], dtype=np.float64))
        return Signal(scores, signal.missing)

    def compare(self, y: Lagged, z: Sequence[Lagged], rows: Embedding) -> TargetGivenPast:
        return _GaussianComparison(self.method, rows.matrix([y]), rows.matrix(z), rows)


class _GaussianComparison:
    def __init__(self, method: str, y: FloatArray, z: FloatArray, rows: Embedding) -> None:
        self._method, self._y, self._z, self._rows = method, y, z, rows
        self._condition = GaussianCondition(
            y,
            z if z.shape[1] else None,
            names=("the source", "the target", "the past"),
            method=method,
        )

    def take(self, parts: Sequence[Lagged]) -> FloatArray:
        return self._rows.matrix(parts)

    def reorder(self, x: FloatArray, order: IntArray) -> FloatArray:
        return x[order]

    def among(self, seen: BoolArray) -> TargetGivenPast:
        return _GaussianComparison(
            self._method, self._y[seen], self._z[seen], self._rows.take(seen)
        )

    def value(self, x: FloatArray) -> float:
        found = self._condition.information(x)
        return found.plugin - found.bias

    def left(self, x: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return what the past leaves of the columns of the source, and of the target."""
        return self._condition.residuals(x)

    def score(self, x: FloatArray) -> StepInformation:
        return self.measure(x, 1.0)

    def error(self, x: FloatArray) -> float:
        return self.measure(x, 1.0).standard_error

    def measure(self, x: FloatArray, unit: float) -> StepInformation:
        found, local = self._condition.information_and_terms(x)
        factor = long_run_factor(local, self._rows.steps, self._rows.trials)
        variance, n_rows = float(local.var()) * factor, local.size
        return StepInformation(
            value=found.plugin - found.bias,
            # Near no information the plug-in is a chi-square over 2 N, whose variance stays.
            standard_error=float(
                np.sqrt(variance / n_rows + found.degrees_of_freedom / (2.0 * n_rows**2))
            ),
            p_value=found.exact_p_value,
            law=information_law(found.plugin, variance, n_rows, found.degrees_of_freedom, unit),
            local=local,
        )


@dataclass(frozen=True, slots=True)
class _NeighborEstimator:
    n_neighbors: int
    workers: int
    labels: bool = False

    def read(self, name: str, x: ArrayLike, *, omit: bool, joint: bool) -> Signal:  # noqa: ARG002
        return measured_signal(name, x, omit=omit, density=True)

    def compare(self, y: Lagged, z: Sequence[Lagged], rows: Embedding) -> TargetGivenPast:
        check_neighbors(self.n_neighbors, rows.n_rows, self.workers)
        of_y, of_z = standardized(rows.matrix([y])), rows.matrix(z)
        given = (
            ConditionalNeighbors(of_y, standardized(of_z), self.n_neighbors)
            if of_z.shape[1]
            else None
        )
        return _NeighborComparison(of_y, given, self.n_neighbors, rows)


@dataclass(frozen=True, slots=True, eq=False)
class _NeighborComparison:
    y: FloatArray
    given: ConditionalNeighbors | None
    k: int
    rows: Embedding
    seen: BoolArray | None = None

    def take(self, parts: Sequence[Lagged]) -> FloatArray:
        return standardized(self.rows.matrix(parts))

    def reorder(self, x: FloatArray, order: IntArray) -> FloatArray:
        return x[order]

    def among(self, seen: BoolArray) -> TargetGivenPast:
        rows = self.rows.take(seen)
        check_neighbors(self.k, rows.n_rows, 1)
        if self.given is None:
            return replace(self, y=self.y[seen], rows=rows)
        # ``seen`` counts among the rows that were seen before, the order of the condition among
        # all.
        whole = seen
        if self.seen is not None:
            whole = self.seen.copy()
            whole[self.seen] = seen
        return replace(self, rows=rows, seen=whole)

    def value(self, x: FloatArray) -> float:
        return float(self._terms(x).values.mean())

    def score(self, x: FloatArray) -> StepInformation:
        return self._score(self._terms(x))

    def error(self, x: FloatArray) -> float:
        return error_of(self.measure(x, 1.0))

    def measure(self, x: FloatArray, unit: float) -> StepInformation:  # noqa: ARG002
        terms = self._terms(x)
        found = self._score(terms)
        tail = heaviest_tail(x, *self._conditions())
        bias = scale_of_bias(found.value, terms.coarseness, tail)
        return replace(
            found,
            standard_error=float(np.hypot(found.standard_error, bias)),
            law=neighbor_law(terms.coarseness, tail),
        )

    def _conditions(self) -> tuple[FloatArray, ...]:
        """Return the columns of the target and of what it is compared given."""
        return (self.y,) if self.given is None else self.given.columns

    def _score(self, of_steps: RowTerms) -> StepInformation:
        """Leave out the bias, which the values that a score is compared with share."""
        terms = of_steps.values
        variance = float(terms.var(ddof=1))
        factor = long_run_factor(terms, self.rows.steps, self.rows.trials)

        # The noise of distances, at most all of the variance, counts twice.
        noise = min(variance, float(special.polygamma(1, self.k)))
        return StepInformation(
            value=float(terms.mean()),
            standard_error=float(np.sqrt((variance * factor + noise) / terms.size)),
            # Nearest neighbours have no law under independence: surrogates make the p-value.
            p_value=None,
            law=NormalLaw(lower=0.0),
            local=terms,
        )

    def _terms(self, x: FloatArray) -> RowTerms:
        if self.given is None:
            return ksg_terms(x, self.y, self.k)
        if self.seen is None:
            return self.given.terms(x)
        # All rows keep their places in the order of the condition, some without a value.
        everywhere = np.zeros((self.seen.size, x.shape[1]))
        everywhere[self.seen] = x
        return self.given.terms(everywhere, self.seen)

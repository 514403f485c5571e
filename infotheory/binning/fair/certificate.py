"""Bins that one half of the rows chooses, and the other half certifies to stay within budgets.

A program that looks for bins within a budget finds those that chance put there, with standard
errors in its rows or without. So one half of the rows chooses bins for growing shares of the
budgets, and the other half, which chose nothing, tests them in this order and stops at the first
that it cannot certify. Each test has the full size: bins beyond the first that truly exceed a
budget are reached only if that one was certified by mistake (tests in a fixed sequence).
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from infotheory._display import html_repr, number_text, short_repr
from infotheory._groups import ProtectedAttribute
from infotheory._rows import Rows
from infotheory._typing import FloatArray, IntArray
from infotheory._warnings import warn
from infotheory.binning.fair.candidates import Choice
from infotheory.binning.fair.groups import tables_by_group
from infotheory.binning.fair.options import FairOptions, FairSearch
from infotheory.binning.fair.problem import FairnessRow
from infotheory.binning.fair.search import FairSolution
from infotheory.binning.periods.counts import count_periods, counts_of_periods
from infotheory.binning.prebins.grouping import Grouping
from infotheory.binning.prebins.rows import PreBins, table_of_codes
from infotheory.evidence.binned_samples import samples_of_table
from infotheory.evidence.divergence import divergence_estimate
from infotheory.evidence.moment_laws import ExactMomentLaw
from infotheory.evidence.totals import total_of_columns
from infotheory.exceptions import InfeasibleError, SparseCellWarning, WithheldWarning
from infotheory.tables import CountTable

__all__ = ["Certificate", "CertificateStep", "certified_groupings"]

#: Shares of the budgets for which bins are chosen, in the order of the tests.
SHARES = (0.2, 0.4, 0.6, 0.8, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class CertificateStep:
    """Bins for one share of the budgets, and whether they were certified.

    Parameters
    ----------
    share : float
        Share of every budget that the bins were chosen for.
    objective : float
        Total information value less penalties, on the rows that chose.
    upper : ndarray of shape (n_budgets,)
        Upper end of IV_fair on the rows that certify, a budget; infinite where nothing bounds it,
        NaN where it is withheld.
    certified : bool
        Whether every upper end is within its budget.
    """

    share: float
    objective: float
    upper: FloatArray
    certified: bool

    __repr__ = short_repr
    _repr_html_ = html_repr


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Certificate:
    """What the rows that chose no bins say of them.

    Parameters
    ----------
    confidence : float
        In at least this share of fits the true IV_fair is within every budget.
    budgets : dict of str to float
        The budgets by name.
    n_choosing, n_certifying : int
        Rows that chose the bins, and those that certified them.
    steps : tuple of CertificateStep
        The bins tried, in order; the last one certified was taken.
    """

    confidence: float
    budgets: dict[str, float]
    n_choosing: int
    n_certifying: int
    steps: tuple[CertificateStep, ...]

    __repr__ = short_repr
    _repr_html_ = html_repr

    @property
    def share(self) -> float:
        """Share of the budgets for which the bins were chosen that were taken; 0 for none."""
        return max((step.share for step in self.steps if step.certified), default=0.0)

    def to_frame(self) -> pd.DataFrame:
        """Show every test.

        Returns
        -------
        pandas.DataFrame
            One row a share and budget: share, objective, budget_name, budget, upper (end of a
            one-sided interval), certified (of the whole step).
        """
        columns = ["share", "objective", "budget_name", "budget", "upper", "certified"]
        rows = [
            (step.share, step.objective, name, budget, float(upper), step.certified)
            for step in self.steps
            for (name, budget), upper in zip(self.budgets.items(), step.upper, strict=True)
        ]
        return pd.DataFrame(rows, columns=columns)


def certified_groupings(
    binner: FairOptions,
    prebins: Sequence[PreBins],
    rows: Rows,
    counted_by: tuple[tuple[ProtectedAttribute, ...], Any],
    confidence: float,
    seed: int,
) -> tuple[Certificate, FairSolution, list[Grouping]]:
    """Choose bins on half the rows, and take the last that the other half certifies.

    Rows are ``counted_by`` protected attributes, and by periods (None without).

    Raises
    ------
    ValueError
        If a group has no rows in one of the halves.
    InfeasibleError
        If nothing is certified and features in ``keep`` may not be dropped.

    Warns
    -----
    WithheldWarning
        If no bins are certified: every feature is dropped.
    """
    attributes, _ = counted_by
    choosing, certifying = _halves(rows, attributes, seed)
    _check_groups(attributes, (choosing, certifying))
    search = _search_of(binner, prebins, rows.take(choosing), counted_by, choosing)
    tests = _Tests(prebins, rows.take(certifying), attributes, certifying, confidence)

    budget_rows, steps, taken, start = search.problem.rows, [], None, None
    solution, groupings = None, []
    for share in SHARES:
        try:
            solution = search.solve(share, start)
        except InfeasibleError:
            if share == SHARES[-1]:
                raise
            continue  # what has to be kept does not fit, as the rows that choose say alone

        # Budgets grow from share to share, so that bins within the last one are a start for the
        # next.
        start, groupings = solution.choices, search.groupings(solution)
        upper = np.array([tests.upper(binner, row, groupings) for row in budget_rows])
        if not upper.any():
            continue  # all is in one bin: nothing to certify
        within = bool((upper <= search.problem.budgets).all())
        steps.append(
            CertificateStep(
                share=share, objective=solution.objective, upper=upper, certified=within
            )
        )
        # In a fixed sequence of tests nothing is tried after one that failed.
        if not within:
            break
        taken = replace(solution, problem=search.problem)

    certificate = Certificate(
        confidence=confidence,
        budgets={row.name: row.budget for row in budget_rows},
        n_choosing=choosing.size,
        n_certifying=certifying.size,
        steps=tuple(steps),
    )

    # Where every share left all in one bin there was nothing to certify, and these bins do no harm.
    if not steps and solution is not None:
        return certificate, replace(solution, problem=search.problem), groupings
    if taken is None:
        taken = _nothing(binner, search, certificate)
        dropped = [
            replace(grouping, status="dropped: not certified")
            for grouping in search.groupings(taken)
        ]
        return certificate, taken, dropped
    return certificate, taken, search.groupings(taken)


def _halves(
    rows: Rows, attributes: tuple[ProtectedAttribute, ...], seed: int
) -> tuple[IntArray, IntArray]:
    """Positions of two halves with about equally many rows of each group and class."""
    shuffled = np.random.default_rng(seed).permutation(rows.n_rows)
    keys = [rows.target, *(attribute.codes for attribute in reversed(attributes))]
    # Within each group and class the order is random: every second row makes halves of equal parts.
    order = shuffled[np.lexsort([key[shuffled] for key in keys])]
    return np.sort(order[::2]), np.sort(order[1::2])


def _check_groups(attributes: tuple[ProtectedAttribute, ...], halves: Sequence[IntArray]) -> None:
    """Raise ValueError where a group has no rows in one of the halves."""
    for attribute in attributes:
        for half in halves:
            present = np.unique(attribute.codes[half])
            absent = sorted(set(range(len(attribute.groups))) - set(present.tolist()))
            if absent:
                message = (
                    "certify=True needs rows of every group in both halves of the rows, got "
                    f"{[attribute.groups[i] for i in absent]} of {attribute.name!r} in one of them "
                    "only; join small groups, or pass reference"
                )
                raise ValueError(message)


def _search_of(
    binner: FairOptions,
    prebins: Sequence[PreBins],
    rows: Rows,
    counted_by: tuple[tuple[ProtectedAttribute, ...], Any],
    half: IntArray,
) -> FairSearch:
    """Write the program of the rows that choose; their cells are those of all rows."""
    cells = [replace(each, codes=each.codes[half]) for each in prebins]
    cells = [replace(c, sums=table_of_codes(c.spec, c.codes, rows)) for c in cells]
    attributes, periods = counted_by
    groups = tables_by_group([attribute.take(half) for attribute in attributes], cells, rows)
    of_half = None if periods is None else np.asarray(periods)[half]
    by_period = counts_of_periods(count_periods(cells, rows, of_half, needed=False))
    return FairSearch(binner, [(c.spec, c.table) for c in cells], groups, by_period)


class _Tests:
    """Upper ends of IV_fair on rows that chose nothing."""

    def __init__(
        self,
        prebins: Sequence[PreBins],
        rows: Rows,
        attributes: tuple[ProtectedAttribute, ...],
        half: IntArray,
        confidence: float,
    ) -> None:
        self.prebins, self.half, self.weights = prebins, half, rows.weights
        self.attributes = {each.name: each.take(half) for each in attributes}
        self.level = 2.0 * confidence - 1.0  # whose upper end is the one-sided one

    def upper(self, binner: FairOptions, row: FairnessRow, groupings: Sequence[Grouping]) -> float:
        """Upper end of what a budget bounds; 0 where every feature is in one bin."""
        comparison = binner.comparisons_[row.comparison]
        members, second = self.attributes[comparison.attribute].indicator(comparison)
        # Rows of the two groups alone: others have no part in what tells them apart.
        rows = self.half[members]
        codes = [
            groupings[f].new_codes(self.prebins[f].spec)[self.prebins[f].codes[rows]]
            for f in row.features
            if not groupings[f].dropped
        ]

        # A feature with all these rows in one bin tells nothing of the groups, and has no interval.
        varied = [code for code in codes if code.min() < code.max()]
        if not varied:
            return 0.0
        weights = None if self.weights is None else self.weights[members]
        return self._upper_of_sum(
            np.column_stack(varied), second.astype(np.float64), weights, binner.divergence
        )

    def _upper_of_sum(
        self, codes: IntArray, second: FloatArray, weights: FloatArray | None, divergence: str
    ) -> float:
        """Upper end of the sum over features.

        A standard error of a sum is at most the sum of standard errors. So where a feature has few
        rows in a bin, where the law of the sum may fail, the ends of all features bound it too; and
        they alone bound a sum of Jensen-Shannon divergences, which has no law of its own here.
        """
        each = [
            divergence_estimate(
                samples_of_table(CountTable.from_codes(column, second, sample_weight=weights)),
                divergence=divergence,
            )
            for column in codes.T
        ]
        singly = sum(estimate.interval(self.level)[1] for estimate in each)
        few_rows = any(isinstance(estimate.law, ExactMomentLaw) for estimate in each)
        if divergence != "iv" or len(each) == 1 or not np.isfinite(singly):
            return singly

        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SparseCellWarning)
            total = total_of_columns(codes, second, weights).estimate
        upper = total.interval(self.level)[1]
        return max(singly, upper) if few_rows or np.isnan(upper) else upper


def _nothing(binner: FairOptions, search: FairSearch, certificate: Certificate) -> FairSolution:
    """Drop every feature, which needs no certificate; warn, or raise where some have to stay."""
    problem, first = search.problem, certificate.steps[0]
    ends = ", ".join(
        f"{name} <= {number_text(budget)}: {upper:.3g}"
        for (name, budget), upper in zip(certificate.budgets.items(), first.upper, strict=True)
        if not upper <= budget
    )
    message = (
        f"no bins are certified with confidence {number_text(certificate.confidence)} by "
        f"{certificate.n_certifying} rows: upper ends of bins chosen for "
        f"{number_text(first.share)} of the budgets are {ends}; give more rows, raise the budget "
        "or give fewer features"
    )
    if binner.keep:
        message += f"; keep={list(binner.keep)} may not be dropped"
        raise InfeasibleError(message)
    warn(f"{message}; every feature is dropped", WithheldWarning)

    choices = tuple(Choice(np.zeros(0, dtype=np.intp)) for _ in problem.candidates)
    value = problem.value(choices)
    return FairSolution(
        choices=choices,
        objective=value,
        bound=value,
        status="not certified",
        seconds=0.0,
        solver="none",
        n_rounds=0,
        used=problem.used(choices),
        problem=problem,
        progress=np.array([[0.0, value, value]]),
    )

"""Exact optimal grouping of ordered pre-bins by dynamic programming over intervals."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from infotheory._display import html_repr, short_repr
from infotheory._typing import ArrayLike, IntArray
from infotheory.binning.search.chains import UNRESTRICTED, groups_of, larger, solve
from infotheory.binning.search.limits import Limits
from infotheory.binning.search.period_order import PeriodOrder
from infotheory.binning.search.task import DIVERGENCES, TRENDS, Chain, Task, make_task, vectors
from infotheory.exceptions import InfeasibleError

__all__ = [
    "DIVERGENCES",
    "TRENDS",
    "OptimalGroups",
    "best_groups",
    "feasible_chains",
    "optimal_groups",
]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OptimalGroups:
    """The best grouping of ordered pre-bins.

    Objectives are those of a choice on the counts that were grouped, not an estimate.

    Parameters
    ----------
    groups : ndarray of shape (n_prebins,)
        Bin of each pre-bin, integers 0, 1, ... that never fall.
    objective : float
        Divergence over the bins minus ``bin_penalty`` times their number, in nats.
    trend : str or None
        Shape of the event rate that won; None where none was asked for, or where ``"auto"`` ends in
        a single bin.
    status : str
        ``"optimal"``, or ``"single bin: "`` and the reason.
    shape_objectives : dict of str to float
        Objective of every shape tried. Under ``"auto"`` also that of ``"unrestricted"``, so that
        the cost of the shape can be read off; shapes that the limits rule out are absent.
    """

    groups: IntArray
    objective: float
    trend: str | None
    status: str
    shape_objectives: dict[str, float]

    __repr__ = short_repr
    _repr_html_ = html_repr

    @property
    def n_bins(self) -> int:
        """Number of bins."""
        return int(self.groups[-1]) + 1


def optimal_groups(
    nonevents: ArrayLike,
    events: ArrayLike,
    *,
    squared_nonevents: ArrayLike | None = None,
    squared_events: ArrayLike | None = None,
    total_nonevents: float | None = None,
    total_events: float | None = None,
    limits: Limits | None = None,
    monotonic_trend: str | None = "auto",
    divergence: str = "iv",
    fixed: ArrayLike | None = None,
    labels: Sequence[str] | None = None,
    order: PeriodOrder | None = None,
) -> OptimalGroups:
    r"""Group ordered pre-bins so that the divergence between non-events and events is largest.

    The objective is that of a choice on these very counts, not an estimate.

    The optimum is exact: a dynamic program over all contiguous groupings, no solver. Its objective
    :math:`\sum_j f(g_j / G, b_j / B)` adds up over bins because the totals G and B stay those of
    the table.

    Parameters
    ----------
    nonevents, events : array-like of shape (n_prebins,)
        Counts (sums of weights) of the pre-bins in order. Cells outside the order (missing, special
        values) do not belong here.
    squared_nonevents, squared_events : array-like of shape (n_prebins,), optional
        Sums of squared weights; the counts themselves when None. They give the sizes behind
        ``max_pvalue`` (Kish) and the standard error behind ``"auto"``.
    total_nonevents, total_events : float, optional
        Totals of the whole table, cells outside the order included; the sums of the counts when
        None.
    limits : Limits, optional
        What bins have to meet; ``Limits()`` when None.
    monotonic_trend : str or None
        One of "auto", "ascending", "descending", "peak", "valley", "concave", "convex".
        Shape of the event rate over the bins; equal rates are allowed in every shape. A peak rises
        to some bin and falls after it (either part may be empty); concave and convex refer to the
        bin number and take at most 64 pre-bins. ``"auto"`` is the better of ascending and
        descending, unless a peak or valley gains more than one standard error of the difference.
    divergence : {"iv", "js", "kl"}
        Information value (Jeffreys), Jensen-Shannon, or Kullback-Leibler divergence of non-events
        from events.
    fixed : array-like of bool of shape (n_prebins - 1,), optional
        Boundaries between pre-bins that have to stay.
    labels : sequence of str of length n_prebins, optional
        Names of the pre-bins for messages; their numbers when None.
    order : PeriodOrder, optional
        What event rates have to meet in each of several periods; see ``OptimalBinner``.

    Returns
    -------
    OptimalGroups
        Groups, objective, the shape that won, and what every shape tried would give.

    Raises
    ------
    ValueError
        If counts are negative, not finite or of unequal length, a class is empty, totals are below
        the sums, an option is unknown, or a concave or convex shape is asked of more than 64
        pre-bins.
    InfeasibleError
        If no grouping meets the limits; the message names those that contradict each other.

    Notes
    -----
    A bin with an empty class, where the limits allow one, contributes with 0.5 added to both its
    cells. A single bin is exempt from ``min_bin_size``, ``min_bin_n_event`` and
    ``min_bin_n_nonevent``: there is nothing to merge it with. Pre-bins without weight are never a
    bin of their own. Ties go to fewer bins.

    Examples
    --------
    >>> result = optimal_groups([50, 40, 30, 30], [5, 4, 10, 30])
    >>> result.groups.tolist(), result.trend
    ([0, 0, 1, 2], 'ascending')
    """
    task = make_task(
        np.column_stack(vectors(nonevents, events, "nonevents", "events")),
        squared_nonevents,
        squared_events,
        (total_nonevents, total_events),
        limits=Limits() if limits is None else limits,
        trend=monotonic_trend,
        divergence=divergence,
        fixed=fixed,
        labels=labels,
        order=order,
    )
    return best_groups(task)


def best_groups(task: Task) -> OptimalGroups:
    """Best grouping of a task whose arguments have been checked."""
    chains, monotonic_trend = feasible_chains(task), task.trend
    shape = _choose(task, chains) if monotonic_trend == "auto" else next(iter(chains))
    chain = chains[shape]
    # One bin has any shape: where none was asked for, it is given none.
    single = len(chain.starts) == 1
    return OptimalGroups(
        groups=groups_of(chain, len(task.cells)),
        objective=chain.objective,
        trend=None if shape == UNRESTRICTED or (single and monotonic_trend == "auto") else shape,
        status=f"single bin: {_contradiction(task, 2)}" if single else "optimal",
        shape_objectives={name: best.objective for name, best in chains.items()},
    )


def feasible_chains(task: Task) -> dict[str, Chain]:
    """Best grouping of each shape, or an error that names the limits."""
    chains = solve(task)
    if not chains:
        named, alone = _blocking(task, 1)
        way_out = "relax one of them" if alone else "relax them together"
        message = (
            f"no grouping of the {len(task.cells)} pre-bins meets {_joined(named)}; "
            f"{_faults(task)}{way_out}, or give more pre-bins"
        )
        raise InfeasibleError(message)
    return chains


def _contradiction(task: Task, fewest: int) -> str:
    """Name the limits that rule out a grouping of ``fewest`` bins."""
    named, _ = _blocking(task, fewest)
    if "order_in_periods" in task.active() and named == [task.active()["order_in_periods"]]:
        return "no order holds in all periods"
    if not named:
        return (
            "one pre-bin"
            if len(task.cells) == 1
            else f"the pre-bins do not differ in {task.rate_name}"
        )
    return _joined(named)


def _joined(texts: list[str]) -> str:
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} and {texts[-1]} together"


def _blocking(task: Task, fewest: int) -> tuple[list[str], bool]:
    """Texts of limits without which there are ``fewest`` bins, and whether one of them suffices.

    First each limit is taken away alone. Where that never helps, all are taken away and put back
    one by one where they do no harm: what stays away is needed, all of it.
    """
    texts = task.active()
    alone = [name for name in texts if _reaches(task.relaxed(name), fewest)]
    if alone:
        return [texts[name] for name in alone], True

    # No single limit is to blame: all are lifted, then each comes back that is not needed for it.
    # What is left away blocks together, and none of it does without the others.
    away = list(texts)
    if not _reaches(_without(task, away), fewest):
        return [], False
    for name in texts:
        fewer = [other for other in away if other != name]
        if _reaches(_without(task, fewer), fewest):
            away = fewer
    return [texts[name] for name in away], False


def _without(task: Task, names: list[str]) -> Task:
    for name in names:
        task = task.relaxed(name)
    return task


def _reaches(task: Task, fewest: int) -> bool:
    """Whether there are ``fewest`` bins in a shape that was asked for."""
    # With "auto" the free grouping is searched too, to tell what a shape costs; it is not on offer.
    asked = task.trend if task.trend == "auto" else None
    return any(
        len(chain.starts) >= fewest
        for shape, chain in solve(task).items()
        if asked is None or shape != UNRESTRICTED
    )


def _faults(task: Task) -> str:
    """Name the parts between fixed boundaries that can be no bin, whatever is merged in them."""
    if not task.fixed.any():
        return ""

    # A part between two fixed boundaries is the largest bin that can be made of it.
    starts = [0, *(np.flatnonzero(task.fixed) + 1).tolist()]
    parts, ends = np.add.reduceat(task.cells, starts, axis=0), [*starts[1:], len(task.cells)]
    labels = task.labels or tuple(f"pre-bin {i}" for i in range(len(task.cells)))
    found = []

    # The first fault is named: one without rows has no events either.
    for start, end, part in zip(starts, ends, parts, strict=True):
        faults = task.faults(part)
        fault = next((text for text, holds in faults.items() if holds), None)
        if fault is not None:
            name = labels[start] if end == start + 1 else f"{labels[start]} to {labels[end - 1]}"
            found.append(f"{name} holds {fault}")
    return f"between fixed boundaries {', '.join(found)}; " if found else ""


def _choose(task: Task, chains: dict[str, Chain]) -> str:
    """Return ascending or descending, unless a bend gains more than one standard error."""
    simple = _first_best(chains, ("ascending", "descending"))
    bent = _first_best(chains, ("peak", "valley"))
    if simple is None or bent is None:
        return str(simple or bent)
    gain = larger(chains[simple], chains[bent]).objective - chains[simple].objective
    if gain > 0.0 and gain > task.error_of_difference(chains[bent], chains[simple]):
        return bent
    return simple


def _first_best(chains: dict[str, Chain], names: tuple[str, str]) -> str | None:
    """Return the better one of two shapes, the first where they are equal up to rounding."""
    possible = [name for name in names if name in chains]
    if len(possible) < 2:
        return possible[0] if possible else None
    first, second = possible
    return second if larger(chains[first], chains[second]) is chains[second] else first

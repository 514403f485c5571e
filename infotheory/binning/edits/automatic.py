"""Bins of one feature searched again, under other limits and with splits that stay."""

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any, TypeVar

import numpy as np

from infotheory._display import number_text
from infotheory._typing import BoolArray, IntArray
from infotheory.binning._base import BaseBinner
from infotheory.binning.edits.audit import (
    Author,
    FitRows,
    Prebinned,
    Step,
    refined,
    with_groups,
)
from infotheory.binning.edits.subject import editable, read_split, spec_of
from infotheory.binning.periods.counts import order_of_periods
from infotheory.binning.prebins.options import most_cells_of, option_of
from infotheory.binning.prebins.ordered_evidence import ordered_evidence
from infotheory.binning.prebins.rows import ordered_cells
from infotheory.binning.prebins.separation import classes_of_parted, separating_area
from infotheory.binning.search.limits import Limits
from infotheory.binning.search.of_feature import (
    best_groups_of,
    best_target_groups_of,
    fixed_boundaries,
)
from infotheory.binning.search.period_order import PeriodOrder
from infotheory.cells import BinSpec
from infotheory.tables import EvidenceTable

__all__ = ["rebin"]

Binner = TypeVar("Binner")
_LIMITS = tuple(field.name for field in fields(Limits))


def rebin(
    binner: Binner,
    feature: str,
    *,
    keep: Sequence[float] = (),
    reason: str,
    who: str = "",
    when: str = "",
    rows: Sequence[Any] | None = None,
    protected: Any = None,
    **limits: Any,
) -> Binner:
    """Search the bins of one feature again, under other limits and with splits that stay.

    The search is that of :func:`infotheory.binning.optimal_groups` on the counts of the pre-bins:
    exact, and without a look at the rows.

    Parameters
    ----------
    binner : OptimalBinner, StumpBinner, FairBinner, FrozenEstimator or Scorecard
        A fitted binner, a frozen one, or a card on one; it stays as it is.
    feature : str
        Name of a feature.
    keep : sequence of float
        Splits of a numerical feature that the new bins must have.
    reason : str
        Why; it stands in the audit trail.
    who, when : str
        By whom and when, as text for the audit trail.
    rows : tuple, optional
        ``(X, y)`` or ``(X, y, sample_weight)`` of the fit; needed where the pre-bins do not have
        a split that stays, and for a card.
    protected : array-like or frame, optional
        Protected attributes of the rows of the fit; needed with ``rows`` for a FairBinner that was
        fitted with them, whose counts by group become finer too.
    **limits
        ``monotonic_trend`` and the fields of :class:`infotheory.binning.Limits`; those that are not
        given are as in the binner, and without a limit where the binner has no such option. The
        divergence, too, is the binner's, and what its ``user_splits_fixed`` hold stays.

    Returns
    -------
    OptimalBinner, StumpBinner, FairBinner, FrozenEstimator or Scorecard
        A fitted copy, as ``split_bin`` returns. The bins count as set by hand: cross-fitting does
        not search them again.

    Raises
    ------
    ValueError
        If the feature, a split or a limit is not valid, or no reason is given.
    InfeasibleError
        If no bins meet the limits.
    TypeError
        If ``binner`` is no binner of this package, nor a frozen one, nor a card.

    See Also
    --------
    set_bins : Give the bins themselves.

    Examples
    --------
    >>> from infotheory.binning import OptimalBinner
    >>> X, y = [[1.0], [2.0], [3.0], [4.0]] * 50, [0, 0, 1, 1] * 40 + [1, 0, 1, 0] * 10
    >>> binner = OptimalBinner(max_n_bins=2).fit(X, y)
    >>> tuned = rebin(binner, "x0", keep=[2.0], max_n_bins=3, reason="another policy below 2")
    >>> tuned.splits_["x0"].tolist(), tuned.audit_[-1]["detail"]
    ([2.0, 4.0], 'max_n_bins=3, splits kept 2')
    """
    bins, edited = spec_of(binner, feature), editable(binner)
    staying = _splits(bins, [*keep, *_always(edited, bins)])
    search = _search_options(edited, feature, limits)

    prebinned = Prebinned.of(edited.features_[feature])
    # A split that is no edge of a pre-bin needs finer ones, which only the rows of the fit give.
    if set(staying) - set(prebinned.spec.splits):
        wanted = replace(bins, splits=staying)
        prebinned = refined(edited, wanted, FitRows.read(rows), protected)
    groups = _searched(edited, prebinned, staying, search)

    changed = [f"{name}={value!r}" for name, value in limits.items()]
    if staying:
        changed.append("splits kept " + ", ".join(map(number_text, staying)))
    detail = ", ".join(changed) or "limits of the binner"
    step = Step(feature, "rebin", detail, Author(reason, who, when))
    return with_groups(binner, step, prebinned, groups, rows)


def _splits(bins: BinSpec, keep: Sequence[float]) -> tuple[float, ...]:
    """Read the splits that stay."""
    if bins.kind == "categorical" and len(keep):
        message = (
            f"keep must be empty for the categorical feature {bins.name!r}, whose bins have no "
            f"splits, got {list(keep)!r}; use set_bins"
        )
        raise ValueError(message)
    return tuple(sorted({read_split(split) for split in keep}))


def _always(binner: BaseBinner, bins: BinSpec) -> list[float]:
    """Return the splits of a numerical feature that stay in every search of the binner."""
    splits = (getattr(binner, "user_splits", None) or {}).get(bins.name, ())
    flags = (getattr(binner, "user_splits_fixed", None) or {}).get(bins.name)
    if flags is None or bins.kind == "categorical":
        return []
    return [split for split, stays in zip(splits, flags, strict=True) if stays]


def _search_options(binner: BaseBinner, feature: str, limits: dict[str, Any]) -> dict[str, Any]:
    """Limits and trend of the search: those given, else those of the binner."""
    known = (*_LIMITS, "monotonic_trend")
    unknown = [name for name in limits if name not in known]
    if unknown:
        message = f"limits must be some of {', '.join(known)}, got {unknown[0]!r}"
        raise ValueError(message)

    options = binner.get_params(deep=False)
    # A binner without one of these options has it off; what the caller says comes last and wins.
    usual = {"monotonic_trend": None, "divergence": "iv"}
    usual |= {"order_in_periods": None, "max_rate_drift": None}
    of_binner = (name for name in (*known, *usual) if name in options)
    return usual | {name: option_of(binner, feature, name) for name in of_binner} | limits


def _searched(
    binner: BaseBinner,
    prebinned: Prebinned,
    staying: Sequence[float],
    search: dict[str, Any],
) -> IntArray:
    """Bin of each pre-bin in the best grouping."""
    spec, table = prebinned.spec, prebinned.table
    own_splits = getattr(binner, "user_splits", None) or {}
    # Groups of levels that the user made are not pooled.
    most = most_cells_of(binner, spec.name)
    most = spec.n_bins if spec.name in own_splits else most
    if isinstance(table, EvidenceTable):
        evidence = ordered_evidence(spec, table, most)
        groups = best_target_groups_of(
            spec,
            table,
            evidence,
            {name: value for name, value in search.items() if name in _LIMITS},
            monotonic_trend=search["monotonic_trend"],
            divergence=search["divergence"],
            fixed=_boundaries(binner, spec, staying, evidence.place),
            parted=classes_of_parted(spec, table),
            order=_order_asked(prebinned, evidence.place, search),
        ).groups
        return groups[evidence.place]

    plain = table.without_groups()
    cells = ordered_cells(spec, plain, most)
    limits = Limits(**{name: value for name, value in search.items() if name in _LIMITS})
    if separating_area(spec, plain) is not None:
        limits = limits.for_separating(plain.counts.sum(axis=0))

    best = best_groups_of(
        spec,
        plain,
        cells,
        limits,
        monotonic_trend=search["monotonic_trend"],
        divergence=search["divergence"] or "iv",
        fixed=_boundaries(binner, spec, staying, cells.place),
        order=_order_asked(prebinned, cells.place, search),
    )
    return best.groups[cells.place]


def _order_asked(
    prebinned: Prebinned, place: IntArray, search: dict[str, Any]
) -> PeriodOrder | None:
    """Return what the options of a search ask of each period."""
    return order_of_periods(
        prebinned.periods,
        prebinned.spec,
        place,
        search["order_in_periods"],
        search["max_rate_drift"],
    )


def _boundaries(
    binner: BaseBinner, spec: BinSpec, staying: Sequence[float], place: IntArray
) -> BoolArray | None:
    """Whether each boundary between cells has to stay."""
    # A split that stays is a boundary between cells, which are the pre-bins in their order.
    if spec.kind == "numerical":
        return np.isin(spec.splits, staying) if staying else None
    flags = getattr(binner, "user_splits_fixed", None) or {}
    return fixed_boundaries(flags.get(spec.name), place)

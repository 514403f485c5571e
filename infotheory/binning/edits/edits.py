"""Bins set by hand: every step returns a new fitted binner and leaves a line in its audit trail."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np

from infotheory._display import number_text
from infotheory._levels import level_text
from infotheory._validation import check_integer
from infotheory.binning.edits.audit import Author, Step, regrouped
from infotheory.binning.edits.joins import joined_names, merged, read_bins, taken_out
from infotheory.binning.edits.subject import bins_of, read_split, spec_of
from infotheory.cells import BinSpec
from infotheory.engines.placing import check_level_order

__all__ = ["merge_bins", "move_category", "set_bins", "split_bin"]

Binner = TypeVar("Binner")


def split_bin(
    binner: Binner,
    feature: str,
    at: float | Sequence[str],
    *,
    reason: str,
    who: str = "",
    when: str = "",
    rows: Sequence[Any] | None = None,
    protected: Any = None,
) -> Binner:
    """Split a bin of a fitted binner.

    Parameters
    ----------
    binner : OptimalBinner, StumpBinner, FairBinner, FrozenEstimator or Scorecard
        A fitted binner, a frozen one, or a card on one; it stays as it is.
    feature : str
        Name of a feature.
    at : float, str or sequence of str
        Numerical: the value at which the bin that holds it is split, the smallest value of the bin
        on the right. Categorical: levels of one bin, which become a bin of their own. "Missing" or
        names of special groups that ``merge_bins`` joined to a bin: they get their own bins back.
    reason : str
        Why; it stands in the audit trail.
    who, when : str
        By whom and when, as text for the audit trail.
    rows : tuple, optional
        ``(X, y)`` or ``(X, y, sample_weight)`` of the fit; needed where the pre-bins do not have
        this split, and for a card, whose regression is fitted anew on them.
    protected : array-like or frame, optional
        Protected attributes of the rows of the fit; needed with ``rows`` for a FairBinner that was
        fitted with them, whose counts by group become finer too.

    Returns
    -------
    OptimalBinner, StumpBinner, FairBinner, FrozenEstimator or Scorecard
        A fitted copy with the new bins, of the kind that was given; a card is fitted anew on
        ``rows``, with its bins frozen. The ``audit_`` of the binner has one more entry: feature,
        action, detail, reason, who, when, bins before and after, information value before and
        after, the difference with its standard error, the trend of the event rate, and the limits
        that the bins do not meet (stated, not forbidden). Put a binner into scikit-learn's
        ``FrozenEstimator`` to use it in a scorecard; ``clone`` and ``fit`` forget what was done by
        hand.

    Raises
    ------
    ValueError
        If the feature, the split or the rows are not valid, or no reason is given.
    TypeError
        If ``binner`` is no binner of this package, nor a frozen one, nor a card.

    See Also
    --------
    merge_bins : Join bins.
    move_category : Move a level to another bin.
    set_bins : Give all bins.
    undo_step : Take a step back.

    Notes
    -----
    The information values are those of the rows of the fit, which were looked at: they are
    optimistic. Their difference has the variance ``sum_c S_c (phi_after - phi_before)^2`` over
    cells c of pre-bin and class, with S the sums of squared weights and phi the influence of one
    row on the information value.

    Examples
    --------
    >>> from infotheory.binning import OptimalBinner
    >>> X, y = [[1.0], [2.0], [3.0], [4.0]] * 50, [0, 0, 1, 1] * 40 + [1, 0, 1, 0] * 10
    >>> binner = OptimalBinner().fit(X, y)
    >>> binner.splits_["x0"].tolist()
    [3.0]
    >>> tuned = split_bin(binner, "x0", 2.0, reason="another policy below 2")
    >>> tuned.splits_["x0"].tolist(), tuned.status_["x0"], tuned.audit_[-1]["bins_after"]
    ([2.0, 3.0], 'set by hand', ['[-inf, 2)', '[2, 3)', '[3, inf)'])
    """
    spec, present = spec_of(binner, feature), bins_of(binner, feature)
    author = Author(reason, who, when)
    # What is joined to a bin is taken out by its name, of numbers and of categories alike.
    names = joined_names(present, at)
    if names:
        step = Step(feature, "split", f"{', '.join(names)} on their own", author)
        return regrouped(binner, step, spec, rows, taken_out(present, names), protected)
    if spec.kind == "numerical":
        # Bins are left-closed, so that a split of the bins splits nothing more.
        value = read_split(at)
        if value in spec.splits:
            message = (
                f"at must lie inside a bin of {feature!r}, got {number_text(value)}, which is a "
                "split already"
            )
            raise ValueError(message)
        wanted = replace(spec, splits=tuple(sorted((*spec.splits, value))))
        detail = f"at {number_text(value)}"
    else:
        wanted, detail = _without_levels(spec, at)

    step = Step(feature, "split", detail, author)
    return regrouped(binner, step, wanted, rows, protected=protected)


def merge_bins(
    binner: Binner,
    feature: str,
    bins: Sequence[int | str],
    *,
    reason: str,
    who: str = "",
    when: str = "",
    rows: Sequence[Any] | None = None,
) -> Binner:
    """Merge bins of a fitted binner.

    Parameters
    ----------
    binner : OptimalBinner, StumpBinner, FairBinner, FrozenEstimator or Scorecard
        A fitted binner, a frozen one, or a card on one; it stays as it is.
    feature : str
        Name of a feature.
    bins : sequence of int or str
        Numbers of two bins or more, from 0 as in ``binning_table``; neighbours where the feature is
        numerical or ordered. "Missing" and special groups, by name or by number, are joined to the
        bin, or to one another where no bin is named: transform, points, exports and engines give
        them what they give the bin. They stay with it in later edits; where it is cut, with the
        part whose event rate is nearest to theirs. ``split_bin`` takes them out again.
    reason : str
        Why; it stands in the audit trail.
    who, when : str
        By whom and when, as text for the audit trail.
    rows : tuple, optional
        ``(X, y)`` or ``(X, y, sample_weight)`` of the fit; needed only for a card.

    Returns
    -------
    OptimalBinner, StumpBinner, FairBinner, FrozenEstimator or Scorecard
        A fitted copy, as ``split_bin`` returns.

    Raises
    ------
    ValueError
        If the feature or the bins are not valid, or no reason is given.
    TypeError
        If ``binner`` is no binner of this package, nor a frozen one, nor a card.

    Examples
    --------
    >>> from infotheory.binning import OptimalBinner
    >>> X = [[1.0], [2.0], [3.0], [float("nan")]] * 50
    >>> binner = OptimalBinner().fit(X, [0, 0, 1, 1] * 40 + [1, 0, 1, 0] * 10)
    >>> tuned = merge_bins(binner, "x0", [1, "Missing"], reason="no answer is no good sign")
    >>> tuned.binning_table("x0")[["bin", "count"]].to_numpy().tolist()
    [['[-inf, 2)', 50.0], ['[2, inf) or Missing', 150.0], ['', 200.0]]
    """
    spec, present = spec_of(binner, feature), bins_of(binner, feature)
    if isinstance(bins, str) or not np.iterable(bins):
        message = f"bins must be the numbers of two or more bins of {feature!r}, got {bins!r}"
        raise ValueError(message)
    codes = read_bins(spec, bins)
    numbers = [code for code in codes if code < spec.n_bins]
    if len(codes) < 2:
        message = f"bins must name at least two different bins of {feature!r}, got {list(bins)}"
        raise ValueError(message)
    # Numbers are sorted and distinct: neighbours span no more than there are of them.
    if spec.has_order and numbers and numbers[-1] - numbers[0] >= len(numbers):
        kind = "ordered" if spec.ordered else "numerical"
        message = f"bins of the {kind} feature {feature!r} must be neighbours, got {numbers}"
        raise ValueError(message)

    wanted, joined = merged(spec, present.joined, codes)
    detail = ", ".join(present.labels[code] for code in codes)
    step = Step(feature, "merge", detail, Author(reason, who, when))
    return regrouped(binner, step, wanted, rows, joined)


def move_category(
    binner: Binner,
    feature: str,
    level: str | Sequence[str],
    to: int,
    *,
    reason: str,
    who: str = "",
    when: str = "",
    rows: Sequence[Any] | None = None,
    protected: Any = None,
) -> Binner:
    """Move levels of a categorical feature to another bin of a fitted binner.

    Parameters
    ----------
    binner : OptimalBinner, StumpBinner, FairBinner, FrozenEstimator or Scorecard
        A fitted binner, a frozen one, or a card on one; it stays as it is.
    feature : str
        Name of a categorical feature.
    level : str or sequence of str
        The level, or several, of one bin or more.
    to : int
        Number of the bin that gets them, from 0 as in ``binning_table``. ``split_bin`` makes a bin
        of their own.
    reason : str
        Why; it stands in the audit trail.
    who, when : str
        By whom and when, as text for the audit trail.
    rows : tuple, optional
        ``(X, y)`` or ``(X, y, sample_weight)`` of the fit; needed where the pre-bins pool a level
        with others (``cat_cutoff``), and for a card.
    protected : array-like or frame, optional
        Protected attributes of the rows of the fit; needed with ``rows`` for a FairBinner that was
        fitted with them, whose counts by group become finer too.

    Returns
    -------
    OptimalBinner, StumpBinner, FairBinner, FrozenEstimator or Scorecard
        A fitted copy, as ``split_bin`` returns. A bin that loses its last level is gone.

    Raises
    ------
    ValueError
        If the feature, a level, the bin or the rows are not valid, or no reason is given.
    TypeError
        If ``binner`` is no binner of this package, nor a frozen one, nor a card.

    Examples
    --------
    >>> from infotheory.binning import OptimalBinner
    >>> from infotheory.datasets import load_german_credit
    >>> X, y = load_german_credit()
    >>> binner = OptimalBinner().fit(X[["housing"]], y)
    >>> [labels for labels in binner.specs_["housing"].levels]
    [('own',), ('rent',), ('for free',)]
    >>> moved = move_category(binner, "housing", "for free", to=1, reason="few rows")
    >>> moved.specs_["housing"].levels
    (('own',), ('for free', 'rent'))
    """
    spec = spec_of(binner, feature)
    if spec.kind == "numerical":
        message = (
            f"only levels of categorical features move, got the numerical feature {feature!r}; use "
            "set_bins"
        )
        raise ValueError(message)

    names, target = _texts_of(level), _bin_number(spec, to)
    sources = sorted({_bin_of(spec, name) for name in names})
    if not names:
        message = f"level must name a level of {feature!r} or several, got {list(names)!r}"
        raise ValueError(message)
    if target in sources:
        there = [name for name in names if name in spec.levels[target]]
        message = (
            f"levels of {feature!r} must move to another bin, got {to}, where {there} are already"
        )
        raise ValueError(message)

    groups = [tuple(name for name in levels if name not in names) for levels in spec.levels]
    groups[target] = (*groups[target], *names)
    # Levels that have an order stand in it, whichever came into the bin last.
    if spec.ordered:
        place = {name: i for i, name in enumerate(name for group in spec.levels for name in group)}
        groups[target] = tuple(sorted(groups[target], key=place.__getitem__))

    wanted = _regrouped_levels(spec, [levels for levels in groups if levels])
    left = ", ".join(spec.labels[source] for source in sources)
    detail = f"{', '.join(names)} from {left} to {spec.labels[target]}"
    step = Step(feature, "move", detail, Author(reason, who, when))
    return regrouped(binner, step, wanted, rows, protected=protected)


def set_bins(
    binner: Binner,
    feature: str,
    bins: Sequence[Any],
    *,
    reason: str,
    who: str = "",
    when: str = "",
    rows: Sequence[Any] | None = None,
    protected: Any = None,
) -> Binner:
    """Give a feature of a fitted binner other bins.

    Parameters
    ----------
    binner : OptimalBinner, StumpBinner, FairBinner, FrozenEstimator or Scorecard
        A fitted binner, a frozen one, or a card on one; it stays as it is.
    feature : str
        Name of a feature.
    bins : sequence
        Numerical: the splits. Categorical: lists of levels, together all levels of the fit.
    reason : str
        Why; it stands in the audit trail.
    who, when : str
        By whom and when, as text for the audit trail.
    rows : tuple, optional
        ``(X, y)`` or ``(X, y, sample_weight)`` of the fit; needed where the pre-bins do not have
        these bins, and for a card.
    protected : array-like or frame, optional
        Protected attributes of the rows of the fit; needed with ``rows`` for a FairBinner that was
        fitted with them, whose counts by group become finer too.

    Returns
    -------
    OptimalBinner, StumpBinner, FairBinner, FrozenEstimator or Scorecard
        A fitted copy, as ``split_bin`` returns.

    Raises
    ------
    ValueError
        If the feature, the bins or the rows are not valid, or no reason is given.
    TypeError
        If ``binner`` is no binner of this package, nor a frozen one, nor a card.

    Examples
    --------
    >>> from infotheory.binning import OptimalBinner
    >>> from infotheory.datasets import load_german_credit
    >>> X, y = load_german_credit()
    >>> binner = OptimalBinner().fit(X[["housing"]], y)
    >>> changed = set_bins(binner, "housing", [["own"], ["rent", "for free"]], reason="policy")
    >>> changed.specs_["housing"].levels
    (('own',), ('for free', 'rent'))
    """
    spec = spec_of(binner, feature)
    if spec.kind == "numerical":
        wanted = replace(spec, splits=tuple(read_split(split) for split in bins))
        detail = "splits " + ", ".join(map(number_text, wanted.splits))
    else:
        wanted = _with_levels(spec, bins)
        detail = " | ".join(", ".join(levels) for levels in wanted.levels)
    step = Step(feature, "set", detail, Author(reason, who, when))
    return regrouped(binner, step, wanted, rows, protected=protected)


def _bin_number(spec: BinSpec, number: int) -> int:
    check_integer(f"a bin of {spec.name!r}", number, low=0, high=spec.n_bins - 1)
    return int(number)


def _bin_of(spec: BinSpec, level: str) -> int:
    for number, levels in enumerate(spec.levels):
        if level in levels:
            return number
    message = (
        f"{level!r} must be a level of {spec.name!r}, got none of "
        f"{[name for g in spec.levels for name in g][:10]}"
    )
    raise ValueError(message)


def _texts_of(levels: Any) -> tuple[str, ...]:
    """Texts of one level or of several, each once."""
    several = hasattr(levels, "__iter__") and not isinstance(levels, str)
    return tuple(dict.fromkeys(level_text(level) for level in (levels if several else [levels])))


def _without_levels(spec: BinSpec, at: Any) -> tuple[BinSpec, str]:
    """Take levels out of their bin into one of their own."""
    names = _texts_of(at)
    numbers = {_bin_of(spec, name) for name in names}
    source = min(numbers, default=0)
    staying = tuple(level for level in spec.levels[source] if level not in names)
    if len(numbers) != 1 or not staying:
        message = (
            f"at must hold some but not all levels of one bin of {spec.name!r}, got {list(names)}"
        )
        raise ValueError(message)

    pieces = [staying, names]
    # What is taken from the low end of an ordered bin makes the bin before the others.
    if spec.ordered and spec.levels[source][0] in names:
        pieces = [names, staying]
    parted = [*spec.levels[:source], *pieces, *spec.levels[source + 1 :]]
    wanted = _regrouped_levels(spec, parted)
    return wanted, f"{', '.join(names)} out of {spec.labels[source]}"


def _with_levels(spec: BinSpec, bins: Sequence[Any]) -> BinSpec:
    """Put every level of the fit into the bins that are wanted."""
    if any(isinstance(levels, str) or not hasattr(levels, "__iter__") for levels in bins):
        message = (
            f"bins of the categorical feature {spec.name!r} must be lists of levels, got "
            f"{list(bins)!r}"
        )
        raise ValueError(message)

    groups = tuple(tuple(level_text(level) for level in levels) for levels in bins)
    known = {level for levels in spec.levels for level in levels}
    wanted = {level for levels in groups for level in levels}
    if known != wanted:
        message = (
            f"bins of {spec.name!r} must hold every level of the fit and no other, "
            f"got none for {sorted(known - wanted)[:5]} and the unknown "
            f"{sorted(wanted - known)[:5]}"
        )
        raise ValueError(message)
    return _regrouped_levels(spec, groups)


def _regrouped_levels(spec: BinSpec, groups: Sequence[tuple[str, ...]]) -> BinSpec:
    """Put levels into other bins, of neighbours where they have an order."""
    if spec.ordered:
        order = [level for levels in spec.levels for level in levels]
        check_level_order(spec.name, groups, order)
    return replace(spec, levels=tuple(groups))

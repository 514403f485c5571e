"""What a cut-off does on rows it never saw: approvals, bad rate, profit and adverse impact."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from infotheory._display import html_frame, short_repr
from infotheory._row_order import warn_of_row_order
from infotheory._rows import Rows, needed
from infotheory._shares import share_estimate
from infotheory._typing import ArrayLike, BoolArray, FloatArray, LabelArray
from infotheory._validation import as_label_array, check_length, check_level
from infotheory._warnings import warn
from infotheory.evidence.groups.differences import impact_ratio_of_approvals
from infotheory.exceptions import WithheldWarning
from infotheory.inference import Estimate
from infotheory.laws import WithheldLaw
from infotheory.scorecard.decisions.costs import CostTable, amounts_by_row, amounts_differ
from infotheory.scorecard.decisions.cut_offs import CutOffs, as_cut_offs, digest_of
from infotheory.scorecard.decisions.share_laws import (
    mean_profit,
    profit_of_amounts,
    reason_of_amounts,
)
from infotheory.scorecard.validation.outcomes import as_rows

__all__ = ["CutOffEstimate", "CutOffSweep", "cut_off_sweep"]

#: Why a profit has no error: an interval that is a point is no mistake then.
_ONE_AMOUNT = "every applicant is worth the same at this cut-off, whatever the rows"

UNDEFINED = Estimate(
    value=np.nan, standard_error=np.nan, method="undefined: nobody of the denominator is approved"
)


@dataclass(frozen=True, slots=True)
class CutOffEstimate:
    """One number at one cut-off.

    Parameters
    ----------
    cut_off : float
        Points from which applicants are approved.
    quantity : {"approval_rate", "bad_rate", "profit", "adverse_impact_ratio"}
        What was measured.
    attribute : str
        Protected attribute of an adverse impact ratio, empty otherwise.
    estimate : Estimate
        The number.
    """

    cut_off: float
    quantity: str
    attribute: str
    estimate: Estimate


@dataclass(frozen=True, slots=True, eq=False)
class CutOffSweep:
    """Result of :func:`cut_off_sweep`.

    Parameters
    ----------
    rows : tuple of CutOffEstimate
        By cut-off, ascending, then by quantity.
    cut_offs : CutOffs
        The cut-offs and their origin.
    n_rows : int
        Number of rows they were judged on.
    level : float
        Coverage of the intervals in the frame.
    """

    rows: "tuple[CutOffEstimate, ...]"
    cut_offs: CutOffs
    n_rows: int
    level: float

    __repr__ = short_repr
    _repr_html_ = html_frame

    def estimate(self, quantity: str, cut_off: float, *, attribute: str = "") -> Estimate:
        """One number of the sweep.

        Parameters
        ----------
        quantity : str
            As in ``CutOffEstimate``.
        cut_off : float
            One of the cut-offs.
        attribute : str
            Protected attribute, for an adverse impact ratio.

        Returns
        -------
        Estimate
            The number with its error and interval.

        Raises
        ------
        KeyError
            If the sweep has no such number.
        """
        for row in self.rows:
            if (row.quantity, row.cut_off, row.attribute) == (quantity, cut_off, attribute):
                return row.estimate
        message = (
            f"the sweep must hold the number asked for, got {(quantity, cut_off, attribute)!r}; "
            "see to_frame()"
        )
        raise KeyError(message)

    def to_frame(self) -> pd.DataFrame:
        """All numbers, one a row.

        Returns
        -------
        DataFrame
            Columns cut_off, quantity, attribute, value, standard_error, low, high, method, origin.
        """
        return pd.DataFrame(
            {
                "cut_off": row.cut_off,
                "quantity": row.quantity,
                "attribute": row.attribute,
                **row.estimate.to_row(self.level, p_value=False),
                "method": row.estimate.method,
                "origin": self.cut_offs.origin,
            }
            for row in self.rows
        )


def cut_off_sweep(
    y: ArrayLike,
    points: ArrayLike,
    cut_offs: "CutOffs | ArrayLike",
    *,
    costs: CostTable | None = None,
    protected: Any = None,
    reference: Mapping[str, Any] | None = None,
    sample_weight: ArrayLike | None = None,
    event_label: Any = None,
    level: float = 0.95,
) -> CutOffSweep:
    """Judge cut-offs that were fixed beforehand: approval rate, bad rate, profit, adverse impact.

    Parameters
    ----------
    y : array-like of shape (n_rows,)
        Two labels; ``event_label`` names the event (bad). Every row has a known outcome,
        whatever the cut-off says.
    points : array-like of shape (n_rows,)
        Finite points, more are safer; from the cut-off on applicants are approved.
    cut_offs : CutOffs or array-like
        Stated numbers, or what :func:`best_cut_off` or :func:`cut_offs_at_rates` learnt on *other*
        rows. Numbers are taken to be stated without a look at these rows.
    costs : CostTable, optional
        Money by decision and outcome; no profit without it.
    protected : mapping, frame or array-like, optional
        Protected attributes: name to group of each row, or one array (named "group").
    reference : mapping of str to object, optional
        Group of the denominator by attribute. Where none is named it is the group with the highest
        approval rate, and the interval knows of that choice.
    sample_weight : array-like of shape (n_rows,), optional
        Sampling weights.
    event_label : object, optional
        The label of an event. When None it is the larger of the two, and an EventLabelWarning says
        so unless labels are 0/1, -1/1 or False/True (numbers or text).
    level : float
        Coverage of the intervals in the frame.

    Returns
    -------
    CutOffSweep
        See its ``to_frame``. Intervals hold for each cut-off by itself, not for the best of
        several.

    Raises
    ------
    ValueError
        If cut-offs were learnt on these very rows, there are not two labels, or an input is not
        valid.

    Warns
    -----
    WithheldWarning
        If the interval of the profit is withheld.

    Notes
    -----
    A rate is a (weighted) share p of a set of rows with variance ``sum w^2 (x - p)^2 / W^2`` and a
    Jeffreys interval of size ``p (1 - p) / variance`` (the number of rows where weights are equal;
    Kish's where p is 0 or 1, and at most Kish's), which shrinks by Student's quantile where rows
    have weights. The bad rate takes the approved as given. Profit is the mean over *all*
    applicants, in the unit of the cost table; its interval is that of the difference of two parts,
    gains and losses, each a mean amount times a share of rows (MOVER). Where amounts differ by row
    it is Student's, wider where Hall's transformation of the skewness is (half way between that of
    the profits seen and that of all amounts that could have occurred, where the latter is larger),
    and withheld where gains, losses or costs rest on fewer than 40 rows (Kish's number of the
    amounts). The ratio is that of
    :func:`infotheory.evidence.adverse_impact_ratio`. Where nobody, or nobody of the reference
    group, is approved, bad rate and ratio are NaN; the profit knows that somebody may be, but for
    an infinite cut-off.

    Examples
    --------
    >>> sweep = cut_off_sweep([1, 1, 0, 0, 1, 0], [1, 2, 3, 4, 5, 6], [3], costs=CostTable(10, 15))
    >>> sweep.to_frame()[["quantity", "value", "standard_error"]].round(3)
            quantity  value  standard_error
    0  approval_rate  0.667           0.192
    1       bad_rate  0.250           0.217
    2         profit  2.500           3.680
    """
    check_level(level)
    rows = as_rows(
        y,
        event_label=event_label,
        score=points,
        sample_weight=sample_weight,
        score_name="points",
        all_rows=True,
    )
    warn_of_row_order(y=y, protected=protected)
    groups = _attributes(protected, rows.n_rows)
    references = _references(reference, groups)
    money = None if costs is None else costs.outcomes(rows.target)
    # Checked beside all rows, amounts and groups are those of the rows that have weight.
    has_weight = rows.mass > 0.0
    rows = rows.present()
    if money is not None:
        money = money[0][has_weight], money[1][has_weight]
    groups = {name: labels[has_weight] for name, labels in groups.items()}

    scores = needed(rows.score, "score")
    frozen = as_cut_offs(cut_offs)
    # Cut-offs that were learnt on these rows fit them better than any others.
    if frozen.digest == digest_of(scores):
        message = (
            f"cut-offs must be judged on rows they were not learnt on, got the same {rows.n_rows} "
            f"rows ({frozen.origin}); pass hold-out rows"
        )
        raise ValueError(message)

    amounts = None
    if costs is not None and amounts_differ(costs, has_weight):
        amounts = [of_rows[has_weight] for of_rows in amounts_by_row(costs, has_weight.size)]
    estimates: list[CutOffEstimate] = []
    for cut in frozen.points.tolist():
        approved = scores >= cut
        estimates += [
            CutOffEstimate(cut, quantity, "", estimate)
            for quantity, estimate in _numbers(rows, cut, money, amounts)
        ]
        for name, labels in groups.items():
            ratio = impact_ratio_of_approvals(
                approved, labels, reference=references.get(name), sample_weight=rows.mass
            )
            estimates.append(CutOffEstimate(cut, "adverse_impact_ratio", name, ratio))
    withheld = [
        each
        for each in estimates
        if each.quantity == "profit" and isinstance(each.estimate.law, WithheldLaw)
    ]
    if withheld:
        message = (
            f"no interval of the profit is shown at {len(withheld)} of {frozen.points.size} "
            f"cut-offs: {withheld[0].estimate.reason}"
        )
        warn(message, WithheldWarning)
    return CutOffSweep(tuple(estimates), frozen, rows.n_rows, level)


def _numbers(
    rows: Rows,
    cut: float,
    money: tuple[FloatArray, FloatArray] | None,
    amounts: Sequence[FloatArray] | None,
) -> Iterator[tuple[str, Estimate]]:
    """Rates and, where money is known, the mean profit at one cut-off."""
    approved = needed(rows.score, "score") >= cut
    yield "approval_rate", _share(approved.astype(np.float64), rows)
    yield "bad_rate", _share(rows.target[approved], rows.take(approved))
    if money is not None:
        # Of a cut-off without end one decision only is possible.
        possible = cut < np.inf, cut > -np.inf
        yield "profit", _profit(rows, (approved, ~approved), possible, money, amounts)


def _share(flags: FloatArray, rows: Rows) -> Estimate:
    """Share of rows with a flag, undefined where no row has weight."""
    if not rows.mass.any():
        return UNDEFINED
    return share_estimate(flags, rows.mass, rows.squared_mass)


def _profit(
    rows: Rows,
    decisions: tuple[BoolArray, BoolArray],
    possible: tuple[bool, bool],
    money: tuple[FloatArray, FloatArray],
    amounts: Sequence[FloatArray] | None,
) -> Estimate:
    """Mean profit over all applicants, who are approved or refused.

    ``amounts`` are those that differ by row.
    """
    approved, _ = decisions
    # where nobody is approved (or refused) those amounts have no part in the mean
    if amounts is not None and any(
        np.ptp(of_rows[decision]) > 0.0
        for decision, each in zip(decisions, (amounts[:2], amounts[2:]), strict=True)
        if decision.any()
        for of_rows in each
    ):
        estimate = profit_of_amounts(np.where(approved, *money), rows, approved, amounts)
        reason = reason_of_amounts(rows, approved, amounts, possible)
        return estimate if reason is None else replace(estimate, law=WithheldLaw(reason))
    # The largest gain and loss that a row could bring: what no row shows may still occur, be it
    # that somebody is approved.
    each = np.concatenate([of_rows for of_rows, may in zip(money, possible, strict=True) if may])
    largest = (max(float(each.max()), 0.0), max(float(-each.min()), 0.0))
    estimate = mean_profit(np.where(approved, *money), rows, largest)
    return estimate if np.ptp(each) > 0.0 else replace(estimate, reason=_ONE_AMOUNT)


def _attributes(protected: Any, n_rows: int) -> dict[str, LabelArray]:
    """Read the group of each row, by attribute."""
    return {
        name: check_length(f"protected[{name!r}]", as_label_array(name, values), n_rows)
        for name, values in _columns(protected)
    }


def _columns(protected: Any) -> Iterator[tuple[str, Any]]:
    """Name the attributes of a frame, a series, a mapping, or of one array without a name."""
    if protected is None:
        return
    native = nw.from_native(protected, eager_only=True, allow_series=True, pass_through=True)
    if isinstance(native, nw.DataFrame):
        yield from ((name, native.get_column(name).to_numpy()) for name in native.columns)
    elif isinstance(native, nw.Series):
        yield str(native.name or "group"), native.to_numpy()
    elif isinstance(protected, Mapping):
        yield from protected.items()
    else:
        yield "group", protected


def _references(
    reference: Mapping[str, Any] | None, groups: Mapping[str, LabelArray]
) -> Mapping[str, Any]:
    """Check that the groups of the denominators belong to attributes that are there."""
    known = {} if reference is None else reference
    unknown = [name for name in known if name not in groups]
    if unknown:
        message = (
            f"reference must name protected attributes, got {unknown}; given are {list(groups)}"
        )
        raise ValueError(message)
    return known

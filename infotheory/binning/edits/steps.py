"""Steps by hand that are taken back, and taken again."""

from collections.abc import Sequence
from typing import Any, TypeVar

from infotheory.binning._base import BaseBinner
from infotheory.binning.edits.audit import Author, Step, apply_step
from infotheory.binning.edits.subject import editable, with_binner
from infotheory.binning.features import Past
from infotheory.binning.prebins.options import check_feature

__all__ = ["redo_step", "undo_step"]

Binner = TypeVar("Binner")


def undo_step(
    binner: Binner,
    feature: str | None = None,
    *,
    reason: str,
    who: str = "",
    when: str = "",
    rows: Sequence[Any] | None = None,
) -> Binner:
    """Take the last step back that is not taken back yet; the audit trail keeps both.

    Parameters
    ----------
    binner : OptimalBinner, StumpBinner, FairBinner, FrozenEstimator or Scorecard
        A binner whose bins were changed by hand, a frozen one, or a card on one; it stays as it is.
    feature : str, optional
        Take back the last step of this feature, whatever was done to others since; the last step of
        all when None.
    reason : str
        Why; it stands in the audit trail.
    who, when : str
        By whom and when, as text for the audit trail.
    rows : tuple, optional
        ``(X, y)`` or ``(X, y, sample_weight)`` of the fit; needed only for a card.

    Returns
    -------
    OptimalBinner, StumpBinner, FairBinner, FrozenEstimator or Scorecard
        A fitted copy with the bins, pre-bins and status of before.

    Raises
    ------
    ValueError
        If the feature is unknown, there is no step to take back, or no reason is given.
    TypeError
        If ``binner`` is no binner of this package, nor a frozen one, nor a card.

    See Also
    --------
    redo_step : Take it again.

    Examples
    --------
    >>> from infotheory.binning import OptimalBinner, merge_bins, undo_step
    >>> X, y = [[1.0], [2.0], [3.0], [4.0]] * 50, [0, 0, 1, 1] * 40 + [1, 0, 1, 0] * 10
    >>> binner = OptimalBinner().fit(X, y)
    >>> tuned = merge_bins(binner, "x0", [0, 1], reason="no policy")
    >>> back = undo_step(tuned, "x0", reason="the policy stays")
    >>> len(tuned.splits_["x0"]), len(back.splits_["x0"]), back.audit_[-1]["detail"]
    (0, 1, 'step 1: merge [-inf, 3), [3, inf)')
    """
    edited = editable(binner)
    _check_feature(edited, feature)
    history = edited.history_
    past = history.last(history.done, feature)
    if past is None:
        message = f"undo_step needs a step to take back, got {_without(feature)}; see its audit_"
        raise ValueError(message)

    step = Step(past.bins.name, "undo", _named(edited, past), Author(reason, who, when))
    history = history.take_back(past, edited.features_[past.bins.name])
    return with_binner(binner, apply_step(edited, step, past.bins, history), rows)


def redo_step(
    binner: Binner,
    feature: str | None = None,
    *,
    reason: str,
    who: str = "",
    when: str = "",
    rows: Sequence[Any] | None = None,
) -> Binner:
    """Take the step again that was taken back last; the audit trail keeps all three.

    Parameters
    ----------
    binner : OptimalBinner, StumpBinner, FairBinner, FrozenEstimator or Scorecard
        A binner after ``undo_step``, a frozen one, or a card on one; it stays as it is.
    feature : str, optional
        Take again the step of this feature that was taken back last; that of all when None.
    reason : str
        Why; it stands in the audit trail.
    who, when : str
        By whom and when, as text for the audit trail.
    rows : tuple, optional
        ``(X, y)`` or ``(X, y, sample_weight)`` of the fit; needed only for a card.

    Returns
    -------
    OptimalBinner, StumpBinner, FairBinner, FrozenEstimator or Scorecard
        A fitted copy with the bins, pre-bins and status that ``undo_step`` took away.

    Raises
    ------
    ValueError
        If the feature is unknown, no step was taken back since the last new one of its feature, or
        no reason is given.
    TypeError
        If ``binner`` is no binner of this package, nor a frozen one, nor a card.

    See Also
    --------
    undo_step : Take a step back.

    Examples
    --------
    >>> from infotheory.binning import OptimalBinner, merge_bins, redo_step, undo_step
    >>> X, y = [[1.0], [2.0], [3.0], [4.0]] * 50, [0, 0, 1, 1] * 40 + [1, 0, 1, 0] * 10
    >>> tuned = merge_bins(OptimalBinner().fit(X, y), "x0", [0, 1], reason="no policy")
    >>> again = redo_step(undo_step(tuned, reason="a doubt"), reason="no doubt")
    >>> len(again.splits_["x0"]), [line["action"] for line in again.audit_]
    (0, ['merge', 'undo', 'redo'])
    """
    edited = editable(binner)
    _check_feature(edited, feature)
    history = edited.history_
    past = history.last(history.undone, feature)
    if past is None:
        message = f"redo_step needs a step that was taken back, got {_without(feature)}"
        raise ValueError(message)

    step = Step(past.bins.name, "redo", _named(edited, past), Author(reason, who, when))
    # The line that tells of it is the step from now on: taken back again, this one is named.
    number = len(edited.audit_) + 1
    history = history.take_again(past, number, edited.features_[past.bins.name])
    return with_binner(binner, apply_step(edited, step, past.bins, history), rows)


def _check_feature(binner: BaseBinner, feature: str | None) -> None:
    if feature is not None:
        check_feature("feature", feature, tuple(binner.features_))


def _without(feature: str | None) -> str:
    return "a binner without any" if feature is None else f"none of {feature!r}"


def _named(binner: BaseBinner, past: Past) -> str:
    """Say which step of the audit trail is taken back or again."""
    line = binner.audit_[past.step - 1]
    return f"step {past.step}: {line['action']} {line['detail']}"

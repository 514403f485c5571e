"""Weights of evidence that somebody sets, where the counts do not say what is known."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np

from infotheory._any_table import largest_evidence
from infotheory._display import number_text
from infotheory._validation import check_number
from infotheory.binning.edits.audit import Author, Step, apply_step
from infotheory.binning.edits.joins import check_apart, read_bins
from infotheory.binning.edits.subject import bins_of, editable, with_binner
from infotheory.binning.features import FeatureBins, sign_of

__all__ = ["set_woe"]

Binner = TypeVar("Binner")


def set_woe(
    binner: Binner,
    feature: str,
    bin: int | str,  # noqa: A002 - the word of the tables
    value: float | None,
    *,
    reason: str,
    who: str = "",
    when: str = "",
    rows: Sequence[Any] | None = None,
) -> Binner:
    """Set the weight of evidence of a bin by hand.

    For a bin of which the rows of the fit say too little, or nothing: few rows, a value that will
    come and did not, a rule of the business. The bins, their counts and their information value
    stay what they are; the estimated weight is kept beside the one that is set.

    Parameters
    ----------
    binner : OptimalBinner, StumpBinner, FairBinner, FrozenEstimator or Scorecard
        A fitted binner, a frozen one, or a card on one; it stays as it is.
    feature : str
        Name of a feature.
    bin : int or str
        Number of the bin, from 0 as in ``binning_table``, or the name of a group of special values
        or "Missing".
    value : float or None
        The weight of evidence, with the sign of the binner (``woe_sign``), from -50 to 50 nats; of
        a continuous target the distance from its mean, from -1e60 to 1e60. None takes back what
        was set, so that the bin has the estimated one again.
    reason : str
        Why; it stands in the audit trail.
    who, when : str
        By whom and when, as text for the audit trail.
    rows : tuple, optional
        ``(X, y)`` or ``(X, y, sample_weight)`` of the fit; needed only for a card, whose regression
        is fitted anew on them.

    Returns
    -------
    OptimalBinner, StumpBinner, FairBinner, FrozenEstimator or Scorecard
        A fitted copy, as ``split_bin`` returns. ``transform``, points and exports use the value. It
        has no standard error: tables show NaN with the reason "set by hand", and errors of
        coefficients and points take it as given. Later edits of the feature keep it while its bin
        holds the same values; the audit trail says where it goes.

    Raises
    ------
    ValueError
        If the feature, the bin or the value is not valid, nothing was set that None could take
        back, or no reason is given.
    TypeError
        If ``binner`` is no binner of this package, nor a frozen one, nor a card.

    See Also
    --------
    merge_bins : Join missing values to a bin, whose weight they then share.
    undo_step : Take a step back.

    Examples
    --------
    >>> from infotheory.binning import OptimalBinner
    >>> X, y = [[1.0], [2.0], [3.0], [4.0]] * 50, [0, 0, 1, 1] * 40 + [1, 0, 1, 0] * 10
    >>> binner = OptimalBinner().fit(X, y)
    >>> tuned = set_woe(binner, "x0", "Missing", -0.5, reason="no answer is no good sign")
    >>> tuned.transform([[float("nan")]]).tolist()
    [[-0.5]]
    >>> row = tuned.binning_table("x0").loc[2]
    >>> float(row["woe"]), float(row["woe_estimated"]), row["woe_reason"]
    (-0.5, 0.0, 'set by hand')
    """
    edited, spec = editable(binner), bins_of(binner, feature)
    (code,) = read_bins(spec, [bin])
    before = edited.features_[feature]
    if before.woe is not None and before.woe.ndim > 1:
        message = (
            f"feature {feature!r} must have one weight of evidence a bin, got one for each of "
            f"{before.woe.shape[1]} classes; merge or split its bins instead"
        )
        raise ValueError(message)
    _check_code(before, code)

    if value is None:
        if code not in before.woe_by_hand:
            message = (
                f"value must be a number where none is set, got None for {spec.labels[code]!r} of "
                f"{feature!r}, which has the estimated one"
            )
            raise ValueError(message)
        by_hand = {of: set_to for of, set_to in before.woe_by_hand.items() if of != code}
    else:
        most = largest_evidence(before.summed()[1])
        rule = f"a number from {-most:g} to {most:g}, or None for the estimated one"
        check_number("value", value, -most, most, rule=rule)
        by_hand = dict(sorted({**before.woe_by_hand, code: float(value) + 0.0}.items()))

    sign = sign_of(edited.woe_sign)
    # Both from the counts: what they alone say, and what is said with the numbers set by hand.
    estimated, after = (
        replace(before, woe_by_hand=values).with_evidence(edited.zero_cells, sign)
        for values in ({}, by_hand)
    )
    steps = " to ".join(_shown(bins, code) for bins in (before, after))
    detail = f"{spec.labels[code]}: {steps}, estimated {_shown(estimated, code)}"
    step = Step(feature, "woe", detail, Author(reason, who, when))
    history = edited.history_.with_step(len(edited.audit_) + 1, before)
    return with_binner(binner, apply_step(edited, step, after, history), rows)


def _check_code(bins: FeatureBins, code: int) -> None:
    """Raise ValueError where no value has the code: its bin is another, or all values are one."""
    spec = bins.spec
    if spec.pooled:
        message = (
            f"bins of {spec.name!r} must be more than one, got a feature that says nothing; give "
            "it bins first, with set_bins"
        )
        raise ValueError(message)
    check_apart(spec, spec.joined, code)


def _shown(bins: FeatureBins, code: int) -> str:
    """Weight of evidence of a bin, as text that gives the number back."""
    return number_text(float(np.asarray(bins.woe)[code]))

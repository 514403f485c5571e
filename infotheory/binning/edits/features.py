"""Features of a fitted binner that are set aside, while the bins of the others stay."""

from collections.abc import Sequence
from typing import Any, TypeVar

from infotheory.binning.copies import Copies
from infotheory.binning.edits.audit import Author, Step, audit_line
from infotheory.binning.edits.subject import editable, with_binner

__all__ = ["keep_features"]

Binner = TypeVar("Binner")


def keep_features(
    binner: Binner,
    features: Sequence[str],
    *,
    reason: str,
    who: str = "",
    when: str = "",
    rows: Sequence[Any] | None = None,
) -> Binner:
    """Keep some features of a fitted binner with their bins, and set the others aside.

    So that 200 features can be binned, 40 tuned and 12 selected without a second fit, which would
    forget what was done by hand.

    Parameters
    ----------
    binner : OptimalBinner, StumpBinner, FrozenEstimator or Scorecard
        A fitted binner, a frozen one, or a card on one; it stays as it is.
    features : sequence of str
        Names of the features that stay; they keep the order of the fit.
    reason : str
        Why the others go; it stands in the audit trail.
    who, when : str
        By whom and when, as text for the audit trail.
    rows : tuple, optional
        ``(X, y)`` or ``(X, y, sample_weight)`` of the fit, with the features that stay; needed only
        for a card.

    Returns
    -------
    OptimalBinner, StumpBinner, FrozenEstimator or Scorecard
        A fitted copy of these features alone: ``transform`` takes X with their columns. Its
        ``audit_`` has a line "exclude" for each feature that went, with its information value;
        steps of these cannot be taken back any more.

    Raises
    ------
    ValueError
        If a name is unknown or stands twice, none or all are kept, or no reason is given.
    TypeError
        If ``binner`` is no binner of this package, nor a frozen one, nor a card; or a FairBinner,
        whose budgets concern all of its features together.

    Examples
    --------
    >>> import numpy as np
    >>> from infotheory.binning import OptimalBinner
    >>> X = np.column_stack([np.arange(200) % 4, np.arange(200) % 3])
    >>> y = [0, 0, 1, 1] * 40 + [1, 0, 1, 0] * 10
    >>> selected = keep_features(OptimalBinner().fit(X, y), ["x0"], reason="no power")
    >>> list(selected.features_), selected.audit_[-1]["feature"], selected.n_features_in_
    (['x0'], 'x1', 1)
    """
    edited = editable(binner)
    if not isinstance(edited, Copies):
        message = (
            f"binner must bin each feature by itself, got a {type(edited).__name__}, whose budgets "
            "concern all of its features together; fit it on the features that stay"
        )
        raise TypeError(message)

    kept = edited.subset(features)
    if len(kept.features_) == len(edited.features_):
        message = (
            f"features must leave out one of the {len(edited.features_)} features at least, got "
            "all; there is nothing to set aside"
        )
        raise ValueError(message)
    author = Author(reason, who, when)
    # No step is applied here, which would check it before its line is written.
    author.check()

    detail = f"{len(kept.features_)} of {len(edited.features_)} features stay"
    for name, bins in edited.features_.items():
        if name not in kept.features_:
            step = Step(name, "exclude", detail, author)
            number = len(kept.audit_) + 1
            kept.audit_.append(audit_line(edited, number, step, bins, None))
    return with_binner(binner, kept, rows)

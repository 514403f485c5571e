"""Features of a fitted binner that are set aside, while the bins of the others stay."""

import copy
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import numpy as np

from infotheory.binning._base import BaseBinner
from infotheory.binning.edits.audit import Author
from infotheory.binning.edits.subject import editable, with_binner
from infotheory.binning.fair.binner import FairBinner
from infotheory.binning.features import FeatureBins, History
from infotheory.binning.options import check_feature
from infotheory.engines.memory import declared_names
from infotheory.evidence.binned_samples import samples_of_table
from infotheory.evidence.divergence import divergence_estimate

__all__ = ["keep_features"]

Binner = TypeVar("Binner")
#: Options that a binner takes by feature, as dicts whose keys are names.
_BY_FEATURE = ("feature_params", "special_codes", "user_splits", "user_splits_fixed")


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
    >>> from infotheory.binning import OptimalBinner
    >>> X = np.column_stack([np.arange(200) % 4, np.arange(200) % 3])
    >>> y = [0, 0, 1, 1] * 40 + [1, 0, 1, 0] * 10
    >>> selected = keep_features(OptimalBinner().fit(X, y), ["x0"], reason="no power")
    >>> list(selected.features_), selected.audit_[-1]["feature"], selected.n_features_in_
    (['x0'], 'x1', 1)
    """
    edited = editable(binner)
    if isinstance(edited, FairBinner):
        message = (
            "binner must bin each feature by itself, got a FairBinner, whose budgets concern all "
            "of its features together; fit it on the features that stay"
        )
        raise TypeError(message)

    names = tuple(edited.features_)
    staying = _read_names(features, names)
    author = Author(reason, who, when)
    author.check()

    kept = copy.copy(edited)
    kept.features_ = {name: bins for name, bins in edited.features_.items() if name in staying}
    kept.n_features_in_ = len(staying)
    if hasattr(edited, "feature_names_in_"):
        kept.feature_names_in_ = np.array(list(kept.features_), dtype=object)
    for option in _BY_FEATURE:
        by_feature = getattr(edited, option, None)
        # Special codes may also be a list, or groups of codes for all features.
        if isinstance(by_feature, Mapping) and by_feature.keys() <= edited.features_.keys():
            of_staying = {name: value for name, value in by_feature.items() if name in staying}
            setattr(kept, option, of_staying or None)
    declared = declared_names(edited.categorical_features, names)
    if declared:
        # A mask fits features with and without names in X.
        kept.categorical_features = [name in declared for name in kept.features_]

    going = [bins for name, bins in edited.features_.items() if name not in staying]
    detail = f"{len(staying)} of {len(names)} features stay"
    kept.audit_ = [
        *edited.audit_,
        *(
            _excluded(edited, bins, len(edited.audit_) + number, detail, author)
            for number, bins in enumerate(going, start=1)
        ),
    ]
    kept.history_ = History(
        tuple(past for past in edited.history_.done if past.bins.name in staying),
        tuple(past for past in edited.history_.undone if past.bins.name in staying),
    )
    return with_binner(binner, kept, rows)


def _read_names(features: Sequence[str], names: tuple[str, ...]) -> set[str]:
    """Read which features stay: some of them, but not all."""
    if isinstance(features, str) or not np.iterable(features):
        message = f"features must be a list of names, got {features!r}"
        raise ValueError(message)
    wanted = list(features)
    for name in wanted:
        check_feature("features", name, names)

    staying = set(wanted)
    if len(staying) < len(wanted) or not 0 < len(staying) < len(names):
        message = (
            f"features must name some of the {len(names)} features, each once, and not all, got "
            f"{len(wanted)} names"
        )
        raise ValueError(message)
    return staying


def _excluded(
    binner: BaseBinner, bins: FeatureBins, step: int, detail: str, author: Author
) -> dict[str, Any]:
    """Return the line of the audit trail for a feature that is set aside, as plain data."""
    spec, table = bins.counted()
    value = divergence_estimate(samples_of_table(table), zero_cells=binner.zero_cells)
    return {
        "step": step,
        "feature": bins.name,
        "action": "exclude",
        "detail": detail,
        **author._asdict(),
        "bins_before": list(spec.labels[: spec.n_bins]),
        "bins_after": [],
        "iv_before": value.value,
        "iv_before_standard_error": value.standard_error,
        "iv_after": None,
        "iv_after_standard_error": None,
        "iv_difference": None,
        "iv_difference_standard_error": None,
        "trend_before": bins.trend,
        "trend_after": None,
        "not_met": [],
    }

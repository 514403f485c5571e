"""What can be tuned by hand: a fitted binner, a frozen one, and what other rooms register."""

from collections.abc import Sequence
from dataclasses import replace
from functools import singledispatch
from typing import Any, TypeVar, cast

import numpy as np
from sklearn.frozen import FrozenEstimator
from sklearn.utils.validation import check_is_fitted

from infotheory._validation import check_exact
from infotheory.binning._base import BaseBinner
from infotheory.binning.features import FittedBinner
from infotheory.binning.prebins.learnt_evidence import check_evidence_options
from infotheory.binning.prebins.options import check_feature
from infotheory.cells import BinSpec

__all__ = [
    "bins_of",
    "editable",
    "read_split",
    "rewrapped",
    "spec_of",
    "tuned_binner",
    "with_binner",
]

Subject = TypeVar("Subject")


@singledispatch
def tuned_binner(subject: object) -> object:
    """Return the binner whose bins are tuned; whoever holds one in another room registers here."""
    return subject


@tuned_binner.register
def _of_frozen(subject: FrozenEstimator) -> object:
    return tuned_binner(subject.estimator)


def with_binner(subject: Subject, binner: FittedBinner, rows: Sequence[Any] | None) -> Subject:
    """Return what was tuned with its new binner: a binner, a frozen one, a card fitted on rows."""
    return cast("Subject", rewrapped(subject, binner, rows))


@singledispatch
def rewrapped(
    subject: object,  # noqa: ARG001 - decides which rule is taken
    binner: FittedBinner,
    rows: Sequence[Any] | None,  # noqa: ARG001 - for those that are fitted on rows
) -> object:
    """Put the new binner where the old one was; other rooms register their kind."""
    return binner


@rewrapped.register
def _frozen(
    subject: FrozenEstimator,
    binner: FittedBinner,
    rows: Sequence[Any] | None,
) -> FrozenEstimator:
    return FrozenEstimator(with_binner(subject.estimator, binner, rows))


def editable(subject: object) -> BaseBinner:
    """Return the fitted binner of what is tuned; ValueError where it keeps no pre-bins."""
    binner = tuned_binner(subject)
    if not isinstance(binner, BaseBinner):
        message = (
            f"binner must be a binner of infotheory.binning, got {type(binner).__name__}; "
            "a FrozenEstimator of one and a Scorecard are tuned too, of a pipeline pass the binner"
        )
        raise TypeError(message)

    check_is_fitted(binner)
    check_evidence_options(binner)
    # The view leaves features out that keep no pre-bins.
    if len(binner.prebin_specs_) < len(binner.features_):
        message = (
            "binner must keep its pre-bins, got one read from JSON, which has none; fit it, or use "
            "the fitted one"
        )
        raise ValueError(message)
    return binner


def bins_of(subject: object, feature: str) -> BinSpec:
    """Return the bins of a feature as they are."""
    binner = editable(subject)
    check_feature("feature", feature, tuple(binner.features_))
    return binner.features_[feature].spec


def spec_of(subject: object, feature: str) -> BinSpec:
    """Return the bins of a feature that is tuned, without what is joined to them."""
    # Bins set by hand bring a dropped feature back, and what was joined is joined to them again.
    return replace(bins_of(subject, feature), pooled=False, joined={})


def read_split(value: Any) -> float:
    """Read a split of a numerical feature."""
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError) as error:
        message = f"a split of a numerical feature must be a number, got {value!r:.60}"
        raise ValueError(message) from error
    if not np.isfinite(number):
        message = f"a split of a numerical feature must be finite, got {number}"
        raise ValueError(message)
    check_exact("a split of a numerical feature", [value])
    return number

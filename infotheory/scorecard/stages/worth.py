"""What a characteristic is worth, whatever the target is: in its bins, outside them, by chance."""

from typing import Any

import numpy as np
from sklearn.frozen import FrozenEstimator

from infotheory._random import Rng
from infotheory._target_kinds import TargetKind
from infotheory._typing import ArrayLike, FloatArray
from infotheory.binning import (
    PermutationResult,
    cross_fitted_information_value,
    permutation_test,
)
from infotheory.binning.features import FittedBinner
from infotheory.binning.prebins.searched import information_of_bins
from infotheory.binning.resampling.refit import TableBinner
from infotheory.inference import Estimate

__all__ = [
    "kind_learnt",
    "least_worth",
    "permutation_tests",
    "suspicious_worth",
    "values_inside",
    "values_outside",
    "word_of_worth",
]


def kind_learnt(binner: object) -> TargetKind | None:
    """Return what the target of a fitted binner is where it is no two classes."""
    kind: TargetKind | None = getattr(binner, "target_kind_", None)
    return kind


def word_of_worth(kind: TargetKind | None) -> str:
    """Return what the worth of a characteristic is called."""
    is_share = kind is not None and kind.kind == "continuous"
    return "share of variance" if is_share else "information value"


def suspicious_worth(kind: TargetKind | None) -> float:
    """Return the worth from which a characteristic is named that may know the outcome.

    Of two classes 1 nat is alone an area under the curve of about .76; half of the variance of an
    amount is as much as few characteristics tell.
    """
    return 0.5 if kind is not None and kind.kind == "continuous" else 1.0


def least_worth(kind: TargetKind | None) -> float:
    """Return the worth in later rows below which a characteristic goes where no limit is stated.

    Two halves of the rows that are .14 standard deviations apart have an information value of .02
    between them, and .005 of the variance.
    """
    return 0.005 if kind is not None and kind.kind == "continuous" else 0.02


def values_inside(binner: FittedBinner) -> dict[str, Estimate]:
    """Worth of each feature on the rows of the fit, with an interval over the search for bins."""
    return {
        name: information_of_bins(bins, binner.zero_cells)
        for name, bins in binner.features_.items()
    }


def values_outside(
    binner: TableBinner, X: Any, y: ArrayLike, weights: FloatArray | None, cv: Any, rng: Rng
) -> dict[str, Estimate]:
    """Worth of each feature on rows that its bins have not seen.

    The counts of the pre-bins suffice where rows of two classes are not weighted and folds are
    drawn at random.
    """
    if _needs_rows(binner):
        return cross_fitted_information_value(
            _as_it_is(binner), X, y, cv, sample_weight=weights, rng=rng
        )
    if weights is None and isinstance(cv, int | np.integer):
        return cross_fitted_information_value(binner, cv=cv, rng=rng)
    return cross_fitted_information_value(binner, X, y, cv, sample_weight=weights, rng=rng)


def permutation_tests(
    binner: TableBinner,
    X: Any,
    y: ArrayLike,
    weights: FloatArray | None,
    n_permutations: int,
    rng: Rng,
) -> dict[str, PermutationResult]:
    """Test whether the bins of each feature learn more than chance would teach them."""
    if weights is None and not _needs_rows(binner):
        return permutation_test(binner, n_permutations=n_permutations, rng=rng)
    fitted = _as_it_is(binner) if _needs_rows(binner) else binner
    return permutation_test(
        fitted, X, y, n_permutations=n_permutations, sample_weight=weights, rng=rng
    )


def _needs_rows(binner: object) -> bool:
    """Whether sums of pre-bins do not tell rows apart: those of all but two classes."""
    return kind_learnt(binner) is not None


def _as_it_is(binner: TableBinner) -> Any:
    """Freeze a binner that was fitted on these rows, so that its pre-bins are not found again."""
    return binner if isinstance(binner, FrozenEstimator) else FrozenEstimator(binner)

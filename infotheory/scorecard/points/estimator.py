"""What estimators on the bins of a binner share: its parameters, also where none is named yet."""

from collections.abc import Sequence
from typing import Any, Self

from sklearn.base import BaseEstimator
from sklearn.frozen import FrozenEstimator

from infotheory._typing import ArrayLike
from infotheory._validation import present_labels
from infotheory.binning.edits.audit import FitRows
from infotheory.binning.edits.subject import rewrapped, tuned_binner
from infotheory.binning.features import FittedBinner
from infotheory.binning.optimal_binner import OptimalBinner
from infotheory.scorecard.points.fitted import check_estimated

__all__ = ["EstimatorOnBins", "ScoredByWeight"]


class ScoredByWeight:
    """scikit-learn's score of an estimator, which asks nothing of rows of weight 0."""

    def score(self, X: Any, y: ArrayLike, sample_weight: ArrayLike | None = None) -> float:
        """Return scikit-learn's score: accuracy of a classifier, R2 of a regressor.

        Parameters
        ----------
        X : array-like or frame of shape (n_rows, n_features)
            Features.
        y : array-like of shape (n_rows,)
            The target.
        sample_weight : array-like of shape (n_rows,), optional
            Sampling weights. A row of weight 0 is no row, whatever its target.

        Returns
        -------
        float
            The score, descriptive.
        """
        labels, weights = present_labels("y", y, sample_weight)
        score: float = super().score(X, labels, weights)  # type: ignore[misc]
        return score


class EstimatorOnBins(BaseEstimator):
    """An estimator with a parameter ``binner``, which is ``OptimalBinner()`` when None."""

    def set_params(self, **params: Any) -> Self:
        """Set parameters, those of a binner that is None until now included.

        Parameters
        ----------
        **params : dict
            Parameters by name; ``binner__max_n_bins`` is ``max_n_bins`` of the binner.

        Returns
        -------
        Self
            The estimator.
        """
        # A search over parameters of the binner names them of an estimator that has none yet.
        names_some = any(name.startswith("binner__") for name in params)
        if names_some and params.get("binner", self.binner) is None:
            params["binner"] = OptimalBinner()
        return super().set_params(**params)


# Registered beside the class: whoever holds a card has loaded this, and no more of the room.
@tuned_binner.register(EstimatorOnBins)
def _binner_of_card(card: Any) -> object:
    check_estimated(card, "edits of bins")
    return tuned_binner(card.binner_)


@rewrapped.register
def _card_with_binner(
    card: EstimatorOnBins, binner: FittedBinner, rows: Sequence[Any] | None
) -> EstimatorOnBins:
    """Fit the card anew on the rows, with its edited bins as they are."""
    sample = FitRows.read(rows)
    if sample is None:
        message = (
            f"rows must be given to tune the bins of a {type(card).__name__}, whose coefficients "
            "follow from them, got None; pass rows=(X, y) of the fit, or tune its binner_ and fit "
            "later"
        )
        raise ValueError(message)

    # A frozen binner is taken as it is: a fit would learn the bins anew and lose the edits.
    settings = card.get_params(deep=False) | {"binner": FrozenEstimator(binner)}
    fresh: Any = type(card)(**settings)
    fitted: EstimatorOnBins = fresh.fit(*sample)
    return fitted

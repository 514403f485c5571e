"""What estimators on the bins of a binner share: its parameters, also where none is named yet."""

from typing import Any, Self

from sklearn.base import BaseEstimator

from infotheory._typing import ArrayLike
from infotheory._validation import present_labels
from infotheory.binning import OptimalBinner

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

"""What estimators on the bins of a binner share: its parameters, also where none is named yet."""

from typing import Any, Self

from sklearn.base import BaseEstimator

from infotheory.binning import OptimalBinner

__all__ = ["EstimatorOnBins"]


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

"""Measures of the layers of a network by training step."""

import math
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np

from infotheory._later import pd
from infotheory._random import Rng
from infotheory._typing import ArrayLike, Base
from infotheory._validation import check_option, number_or_nan
from infotheory.laws import StudentLaw
from infotheory.spectral.diffusion.diffusion_entropy import diffusion_spectral_entropy
from infotheory.spectral.diffusion.diffusion_information import (
    diffusion_spectral_mutual_information,
)
from infotheory.spectral.representation import (
    participation_ratio,
    rankme,
    stable_rank,
    von_neumann_entropy,
)

__all__ = ["SpectralMonitor"]

Measure = Callable[[Any], Any]

_OF_FEATURES: Mapping[str, Measure] = MappingProxyType(
    {
        "rankme": rankme,
        "participation_ratio": participation_ratio,
        "stable_rank": stable_rank,
        "von_neumann_entropy": von_neumann_entropy,
    }
)
_ENTROPY, _INFORMATION = "diffusion_spectral_entropy", "diffusion_spectral_mutual_information"
_KNOWN = (_ENTROPY, _INFORMATION, *_OF_FEATURES)
_COLUMNS = (
    "step",
    "layer",
    "measure",
    "value",
    "standard_error",
    "degrees_of_freedom",
    "bandwidth",
    "n_samples",
)


class SpectralMonitor:
    """Collect measures of layers during training, one call a batch; no gradient is kept.

    Descriptive of the rows at hand: no error is given.

    Parameters
    ----------
    measures : sequence of str
        Any of diffusion_spectral_entropy, diffusion_spectral_mutual_information (which needs
        labels), rankme, participation_ratio, stable_rank, von_neumann_entropy.
    t : float
        Diffusion time of the two diffusion measures.
    bandwidth : float or {"median", "sqrt_d", "adaptive"}
        Width of their kernel. A number stays the same while activations grow, which can turn a
        trend around.
    base : float or str, optional
        Base of the logarithm of entropies and informations; nats when None.
    rng : Generator or int, optional
        Source of the subsets of the mutual information, or its seed; a seed gives the same subsets
        at every step.

    Examples
    --------
    >>> monitor = SpectralMonitor(["rankme"])
    >>> monitor.record(0, {"hidden": [[1.0, 0.0], [0.0, 1.0]]})
    >>> monitor.to_frame()[["step", "layer", "measure", "value"]].values.tolist()
    [[0, 'hidden', 'rankme', 2.0]]
    """

    def __init__(
        self,
        measures: Sequence[str] = (_ENTROPY, "rankme", "participation_ratio"),
        *,
        t: float = 1.0,
        bandwidth: float | str = "median",
        base: Base = None,
        rng: Rng = None,
    ) -> None:
        if isinstance(measures, str) or not measures:
            message = f"measures must be a non-empty list of names, got {measures!r}"
            raise ValueError(message)
        for name in measures:
            check_option("measures", name, _KNOWN)
        self.measures = tuple(measures)
        self.t = t
        self.bandwidth = bandwidth
        self.base = base
        self.rng = rng
        self._rows: list[tuple[Any, ...]] = []

    def __repr__(self) -> str:
        measures = ", ".join(self.measures)
        return f"{type(self).__name__}({measures}; {len(self._rows)} values recorded)"

    def record(
        self, step: float, layers: Mapping[str, Any], labels: ArrayLike | None = None
    ) -> None:
        """Measure the layers of one batch; nothing is recorded where one of them fails.

        Parameters
        ----------
        step : float
            Step or epoch, finite; together with a layer it may be recorded once.
        layers : mapping of str to array-like or tensor of shape (n_rows, ...)
            Activations by layer name; further axes are flattened.
        labels : array-like of shape (n_rows,), optional
            Classes of the rows, needed by the mutual information.

        Raises
        ------
        ValueError
            If there are no layers, the step is not finite or already there, labels are missing, or
            a layer is not finite or constant.
        """
        # NaN equals no step, itself included, so that it could be recorded again and again.
        if not math.isfinite(number_or_nan(step)):
            message = f"step must be a finite number, got {step!r}"
            raise ValueError(message)
        if hasattr(step, "item"):
            # Tensors of one value differ as keys, and arrays are none.
            step = step.item()
        if not isinstance(layers, Mapping) or not layers:
            message = f"layers must map at least one layer to activations, got {layers!r}"
            raise ValueError(message)
        if _INFORMATION in self.measures and labels is None:
            message = f"labels must be given to measure {_INFORMATION}, got None"
            raise ValueError(message)

        recorded = {row[:2] for row in self._rows}
        new = []
        for layer, activations in layers.items():
            if (step, layer) in recorded:
                message = (
                    f"a step of a layer is recorded once, got step {step!r} of {layer!r} again"
                )
                raise ValueError(message)
            rows = _flatten(activations)
            new += [
                (step, layer, name, *self._measure(name, rows, labels)) for name in self.measures
            ]

        # All layers or none: a failure leaves the table as it was.
        self._rows += new

    def to_frame(self) -> "pd.DataFrame":
        """Return one row a step, layer and measure.

        Returns
        -------
        DataFrame
            Columns step, layer, measure, value, standard_error (of the subsets; 0 for measures
            without randomness), degrees_of_freedom (of the standard error; NaN where its interval
            is withheld), bandwidth (NaN for measures without a kernel), n_samples.
        """
        return pd.DataFrame(self._rows, columns=list(_COLUMNS))

    def _measure(
        self, name: str, rows: Any, labels: ArrayLike | None
    ) -> tuple[float, float, float, float, int]:
        """Return value, standard error, degrees of freedom, bandwidth and number of rows."""
        if name in _OF_FEATURES:
            value = (
                von_neumann_entropy(rows, base=self.base)
                if name == "von_neumann_entropy"
                else _OF_FEATURES[name](rows)
            )
            # All eigenvalues of features, under no kernel: no error and no width.
            return float(value), 0.0, float("inf"), float("nan"), len(rows)

        options: dict[str, Any] = {
            "t": self.t,
            "bandwidth": self.bandwidth,
            "base": self.base,
            "rng": self.rng,
        }
        if name == _ENTROPY:
            result = diffusion_spectral_entropy(rows, **options)
        else:
            # Labels of a batch are classes, floats too.
            result = diffusion_spectral_mutual_information(rows, labels, discrete=True, **options)
        # Without an interval nobody is to make one of the error.
        law = result.law
        freedom = law.degrees_of_freedom if isinstance(law, StudentLaw) else math.nan
        return float(result), result.standard_error, freedom, result.bandwidth, result.n_samples


def _flatten(activations: Any) -> Any:
    """Make a matrix of a batch; a tensor loses its gradient and keeps its device."""
    rows = activations.detach() if hasattr(activations, "detach") else np.asarray(activations)
    return rows.reshape(rows.shape[0], -1) if rows.ndim > 2 else rows

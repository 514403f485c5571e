"""Mixtures by matching of information: EM as the meeting of R and G."""

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import softmax, xlogy

from infotheory._display import html_repr, short_repr
from infotheory._numerics import log_base
from infotheory._row_order import warn_of_axis_order
from infotheory._typing import ArrayLike, Base, FloatArray
from infotheory._validation import check_integer, check_number
from infotheory.exceptions import InfeasibleError
from infotheory.fields._inputs import as_finite, as_law
from infotheory.measures._fixed_point import logs

__all__ = ["SemanticMixture", "semantic_mixture"]

# Deviations between a cell and a mean that are told apart; squares of them are float64.
_FARTHEST = 1e100


@dataclass(frozen=True, slots=True, eq=False)
class SemanticMixture:
    """A mixture of normal laws, and the informations that meet in it, of a given law: descriptive.

    Parameters
    ----------
    means, deviations, weights : ndarray of shape (n_components,)
        Parameters of the components.
    posterior : ndarray of shape (n_cells, n_components)
        Probability of each component, given the cell.
    information : float
        R, Shannon's information between cell and component.
    semantic_information : float
        G, what the components say of the cells; ``information - semantic_information`` is
        ``divergence``.
    divergence : float
        Divergence of the law from the mixture.
    history : ndarray of shape (n_iterations + 1,)
        Divergence at the start and after each iteration, never rising.
    converged : bool
        Whether the last iteration gained less than the tolerance.
    """

    means: FloatArray
    deviations: FloatArray
    weights: FloatArray
    posterior: FloatArray
    information: float
    semantic_information: float
    divergence: float
    history: FloatArray
    converged: bool

    __repr__ = short_repr
    _repr_html_ = html_repr


def semantic_mixture(
    x: ArrayLike,
    px: ArrayLike,
    means: ArrayLike,
    deviations: ArrayLike,
    *,
    weights: ArrayLike | None = None,
    tolerance: float = 1e-10,
    max_iter: int = 2000,
    base: Base = None,
) -> SemanticMixture:
    r"""Fit a mixture of normal laws to a histogram by matching informations (G theory).

    With :math:`P(y_j | x) = P(y_j) P(x | \theta_j) / P_\theta(x)`, the divergence of the law from
    the mixture is R - G: Shannon's information R of cell and component less the semantic one, G,
    which is :math:`G = \sum P(x) P(y_j | x) \log [P(x | \theta_j) / P(x)]`.
    Each iteration first repeats the matching of the weights until they reproduce themselves to
    1e-6, at most ten times; then it takes the components of largest G. That is EM with more steps
    for the weights: no step raises the divergence.

    Parameters and informations are descriptive: none has an error where the histogram is of rows.

    Parameters
    ----------
    x : array-like of shape (n_cells,)
        Centres of cells, ascending; a cell reaches halfway to its neighbours.
    px : array-like of shape (n_cells,)
        Probabilities of the cells.
    means, deviations : array-like of shape (n_components,)
        Where the components start; deviations are positive.
    weights : array-like of shape (n_components,), optional
        Their weights to start with, positive; equal when None.
    tolerance : float
        Gain in nats below which iterations end, not negative.
    max_iter : int
        Most iterations, at least 1.
    base : float or str, optional
        Base of the logarithm, "bits" or "nats"; nats when None.

    Returns
    -------
    SemanticMixture
        Components and informations.

    Raises
    ------
    InfeasibleError
        If a component shrinks to less than a fifth of a cell or loses its weight: its density, read
        at the centres of cells, no longer is one.
    ValueError
        If shapes do not fit, ``x`` does not ascend, ``px`` is not a pmf, or a number leaves its
        range.

    References
    ----------
    C. Lu (2025), "A semantic generalization of Shannon's information theory and applications",
    doi:10.3390/e27050461.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.arange(-10.0, 20.0, 0.1)
    >>> law = np.exp(-(x**2) / 2) + np.exp(-((x - 8) ** 2) / 2)
    >>> fit = semantic_mixture(x, law / law.sum(), [-3.0, 4.0], [2.0, 2.0])
    >>> fit.means.round(3) + 0.0, fit.weights.round(3)
    (array([0., 8.]), array([0.5, 0.5]))
    """
    warn_of_axis_order(("x", x, 0), ("px", px, 0))
    warn_of_axis_order(("means", means, 0), ("deviations", deviations, 0), ("weights", weights, 0))
    centres = as_finite(x, name="x", shape=("n_cells",))
    if centres.size < 2 or not (np.diff(centres) > 0.0).all():
        message = f"x must have at least two centres that ascend, got {centres[:6].tolist()}"
        raise ValueError(message)
    law = as_law(px, name="px", size=centres.size)
    mean = as_finite(means, name="means", shape=("n_components",))
    deviation = as_finite(deviations, name="deviations", shape=mean.shape)
    equal = np.full(mean.size, 1.0 / mean.size)
    share = equal if weights is None else as_law(weights, name="weights", size=mean.size)
    for name, values in (("deviations", deviation), ("weights", share)):
        if (values <= 0.0).any():
            message = f"{name} must be positive, got {values.min():g}"
            raise ValueError(message)
    if deviation.min() < 1e-9 * np.ptp(centres):
        message = f"deviations must be at least 1e-9 of the range of x, got {deviation.min():g}"
        raise ValueError(message)
    check_number("tolerance", tolerance, 0.0, math.inf)
    check_integer("max_iter", max_iter)

    # Widths of the cells: half the distance between the two neighbours of a centre, at the ends the
    # distance to the one there is.
    cells = np.gradient(centres)
    history = [_divergence(law, _log_components(centres, cells, mean, deviation) + np.log(share))]
    converged = False
    for _ in range(max_iter):
        log_parts = _log_components(centres, cells, mean, deviation)
        share = _matched_weights(law, log_parts, share)
        mean, deviation = _moments(centres, cells, law, log_parts, share)
        parts = _log_components(centres, cells, mean, deviation) + np.log(share)
        history.append(_divergence(law, parts))
        converged = history[-2] - history[-1] <= tolerance
        if converged:
            break

    log_parts = _log_components(centres, cells, mean, deviation)
    share = _matched_weights(law, log_parts, share)
    posterior = softmax(log_parts + np.log(share), axis=1)
    unit = log_base(base)
    information, semantic = _informations(law, log_parts, posterior)
    return SemanticMixture(
        means=mean,
        deviations=deviation,
        weights=share,
        posterior=posterior,
        information=information / unit,
        semantic_information=semantic / unit,
        divergence=_divergence(law, log_parts + np.log(share)) / unit,
        history=np.array(history) / unit,
        converged=bool(converged),
    )


def _log_components(
    centres: FloatArray, cells: FloatArray, mean: FloatArray, deviation: FloatArray
) -> FloatArray:
    """Return logarithms of the mass of each cell under each component."""
    # a component far from a cell has next to nothing there, and no more than that overflows
    z = np.clip((centres[:, None] - mean) / deviation, -_FARTHEST, _FARTHEST)
    return np.asarray(
        -0.5 * z**2 - np.log(deviation * math.sqrt(2 * math.pi)) + np.log(cells)[:, None]
    )


def _divergence(law: FloatArray, log_parts: FloatArray) -> float:
    """Divergence of the law from the mixture in nats."""
    mixture = np.logaddexp.reduce(log_parts, axis=1)
    return float((xlogy(law, law) - law * np.where(law > 0.0, mixture, 0.0)).sum())


def _matched_weights(law: FloatArray, log_parts: FloatArray, share: FloatArray) -> FloatArray:
    """Return weights that reproduce themselves, or come closer to it."""
    # A few rounds do: the weights are matched anew after each move of the components.
    for _ in range(10):
        matched = law @ softmax(log_parts + np.log(share), axis=1)
        if (matched <= 0.0).any():
            message = (
                f"components must keep a weight, got none of component {matched.argmin()}; start "
                "with other means or fewer components"
            )
            raise InfeasibleError(message)
        moved = np.abs(matched - share).max()
        share = matched
        if moved < 1e-6:
            break
    return share


def _moments(
    centres: FloatArray,
    cells: FloatArray,
    law: FloatArray,
    log_parts: FloatArray,
    share: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    """Return means and deviations of the components that predict best."""
    parts = law[:, None] * softmax(log_parts + np.log(share), axis=1)
    parts = parts / parts.sum(axis=0)
    mean = centres @ parts
    deviation = np.sqrt(((centres[:, None] - mean) ** 2 * parts).sum(axis=0))

    # Density times width, which stands for the mass of a cell, has no bound where a component
    # shrinks onto one centre: the divergence would fall for ever.
    narrow = deviation < 0.2 * (cells @ parts)
    if narrow.any():
        message = (
            f"components must be as wide as a fifth of a cell, got {deviation.min():g} of "
            f"component {narrow.argmax()}; take smaller cells or fewer components"
        )
        raise InfeasibleError(message)
    return mean, deviation


def _informations(
    law: FloatArray, log_parts: FloatArray, posterior: FloatArray
) -> tuple[float, float]:
    """Shannon's information of cell and component, and the semantic one, in nats."""
    joint = law[:, None] * posterior
    # what has no mass says nothing
    used = joint > 0.0
    shannon = np.where(used, logs(posterior) - logs(joint.sum(axis=0)), 0.0)
    semantic = np.where(used, log_parts - logs(law)[:, None], 0.0)
    return float((joint * shannon).sum()), float((joint * semantic).sum())

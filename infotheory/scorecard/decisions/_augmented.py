"""A card refitted with rejected applicants whose outcome is assumed, and how every row moves its numbers.

Rejects of pattern r enter as events with the assumed share ``q_r`` and as non-events with
``1 - q_r``. All numbers are functions T of the augmented counts ``c``: a reject moves T by
``(1 - q) dT/dc_0 + q dT/dc_1``, an accepted row by its own ``dT/dc`` and by what it does to the
assumed shares, ``sum_r n_r (dT/dc_r1 - dT/dc_r0) dq_r/da``. The two methods differ in ``q`` and its
derivative:

- parcelling: ``q_r = min(1, factor * event rate of accepted rows in the score band of r)``, bands
  taken as given;
- fuzzy: ``logit q_r = log odds of r on the card of the accepted rows + ln factor``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy import special

from infotheory._patterns import Patterns
from infotheory._typing import FloatArray, IntArray
from infotheory.evidence.binned_samples import BinnedSamples, fill_zero_cells
from infotheory.evidence.woe import woe_values
from infotheory.scorecard.regression._blocks import row_sums_by_code
from infotheory.scorecard.regression.influences import influence_by_code, row_influences
from infotheory.scorecard.regression.likelihood import with_intercept
from infotheory.scorecard.regression.logistic import LogisticFit, fit_logistic
from infotheory.scorecard.regression.regressors import Regressor, columns_of

__all__ = [
    "Assumption",
    "Augmented",
    "Binning",
    "Fuzzy",
    "Model",
    "Parcelling",
    "augment",
    "fit_model",
]


@dataclass(frozen=True, slots=True)
class Binning:
    """What the bins of a card say of codes.

    Parameters
    ----------
    n_codes : tuple of int
        Number of codes of each characteristic, the unseen one (weight of evidence 0) included as
        the last.
    zero_cells : {"haldane", "error"} or float
        Rule for bins with rows of one class only.
    sign : float
        1.0 for positive = safer, -1.0 for the opposite.
    """

    n_codes: tuple[int, ...]
    zero_cells: str | float
    sign: float


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """Weights of evidence and a logistic regression, both estimated on the same patterns.

    Parameters
    ----------
    patterns : Patterns
        Rows of the fit.
    regressors : tuple of Regressor
        One a characteristic.
    counts : tuple of BinnedSamples
        Counts by bin behind the weights of evidence.
    fit : LogisticFit
        The regression.
    """

    patterns: Patterns
    regressors: tuple[Regressor, ...]
    counts: tuple[BinnedSamples, ...]
    fit: LogisticFit

    @property
    def theta(self) -> FloatArray:
        """Intercept and coefficients."""
        return np.r_[self.fit.intercept, self.fit.coefficients]

    def design(self, patterns: Patterns) -> FloatArray:
        """Weights of evidence of other patterns, after a column of ones."""
        return with_intercept(patterns.design(columns_of(self.regressors)))

    def influences(self) -> tuple[FloatArray, FloatArray]:
        """Influence on ``theta`` of a non-event and an event of each pattern, of shape (n_patterns, 1 + n_features)."""
        return row_influences(self.theta, self.patterns, self.regressors, self.fit.bread)


class Assumption(Protocol):
    """How the outcome of rejects follows from the accepted rows."""

    def shares(self, factor: float) -> FloatArray:
        """Assumed share of events of each pattern of rejects.

        Parameters
        ----------
        factor : float
            Prudence factor, 1 for rejects that behave as accepted applicants of the same score.
        """

    def carry(self, factor: float, derivative: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Influence of accepted rows through the assumed shares.

        Parameters
        ----------
        factor : float
            Prudence factor.
        derivative : ndarray of shape (n_reject_patterns, n_outputs)
            Derivative of the outputs with respect to the assumed shares.

        Returns
        -------
        nonevent, event : ndarray of shape (n_accepted_patterns, n_outputs)
            Influence of a row of weight 1 of either class.
        """


class Parcelling:
    """Event rates of accepted rows by score band, times a factor.

    Parameters
    ----------
    accepted : Patterns
        Patterns of the accepted rows.
    band : ndarray of shape (n_accepted_patterns,)
        Their score bands, 0 to ``n_bands - 1``, none of them empty.
    reject_band : ndarray of shape (n_reject_patterns,)
        Score bands of the rejects.
    n_bands : int
        Number of bands.
    """

    def __init__(
        self, accepted: Patterns, band: IntArray, reject_band: IntArray, n_bands: int
    ) -> None:
        self.band, self.reject_band, self.n_bands = band, reject_band, n_bands
        counts = row_sums_by_code(band, n_bands, accepted.counts)
        self.size = counts.sum(axis=1)
        self.rate = counts[:, 1] / self.size

    def shares(self, factor: float) -> FloatArray:
        """Assumed shares, at most 1.

        Parameters
        ----------
        factor : float
            Prudence factor on the event rate.
        """
        return np.asarray(np.minimum(factor * self.rate, 1.0)[self.reject_band])

    def carry(self, factor: float, derivative: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Influence of accepted rows through the rates of their band.

        Parameters
        ----------
        factor : float
            Prudence factor.
        derivative : ndarray of shape (n_reject_patterns, n_outputs)
            Derivative of the outputs with respect to the assumed shares.
        """
        slope = factor * (factor * self.rate < 1.0) / self.size
        moved = (row_sums_by_code(self.reject_band, self.n_bands, derivative) * slope[:, None])[
            self.band
        ]
        rate = self.rate[self.band][:, None]
        return -rate * moved, (1.0 - rate) * moved


class Fuzzy:
    """Every reject is an event with its own predicted probability, its odds times a factor.

    Parameters
    ----------
    base : Model
        The card of the accepted rows.
    rejects : Patterns
        Patterns of the rejects.
    """

    def __init__(self, base: Model, rejects: Patterns) -> None:
        self.base, self.codes = base, rejects.codes
        self.design = base.design(rejects)
        self.log_odds = self.design @ base.theta
        self.influences = base.influences()

    def shares(self, factor: float) -> FloatArray:
        """Assumed shares.

        Parameters
        ----------
        factor : float
            Prudence factor on the odds.
        """
        return np.asarray(special.expit(self.log_odds + np.log(factor)))

    def carry(self, factor: float, derivative: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Influence of accepted rows through the regression and the weights of evidence.

        Parameters
        ----------
        factor : float
            Prudence factor.
        derivative : ndarray of shape (n_reject_patterns, n_outputs)
            Derivative of the outputs with respect to the assumed shares.
        """
        q = self.shares(factor)
        moved = derivative * (q * (1.0 - q))[:, None]
        nonevent, event = (influence @ (self.design.T @ moved) for influence in self.influences)
        for f, (regressor, counts) in enumerate(
            zip(self.base.regressors, self.base.counts, strict=True)
        ):
            by_code = row_sums_by_code(self.codes[:, f], regressor.woe.size, moved)
            own = regressor.sign * self.base.fit.coefficients[f] * by_code
            codes = self.base.patterns.codes[:, f]
            nonevent += influence_by_code(own, counts.first)[codes]
            event -= influence_by_code(own, counts.second)[codes]
        return nonevent, event


@dataclass(frozen=True, slots=True, eq=False)
class Augmented:
    """Card of accepted rows and rejects together, under one assumption.

    Parameters
    ----------
    model : Model
        The refitted card; its patterns are those of the accepted rows, then those of the rejects.
    accepted, rejects : Patterns
        The two parts.
    shares : ndarray of shape (n_reject_patterns,)
        Assumed share of events.
    assumption : Assumption
        Where the shares come from.
    factor : float
        Prudence factor.
    """

    model: Model
    accepted: Patterns
    rejects: Patterns
    shares: FloatArray
    assumption: Assumption
    factor: float

    def variance(self, nonevent: FloatArray, event: FloatArray) -> FloatArray:
        """Covariance of functions of the augmented counts.

        Parameters
        ----------
        nonevent, event : ndarray of shape (n_patterns, n_outputs)
            Derivatives with respect to the augmented counts.

        Returns
        -------
        ndarray of shape (n_outputs, n_outputs)
            Sum over all rows of the products of their influences.
        """
        n, size = len(self.accepted.codes), self.rejects.counts[:, 0]
        derivative = size[:, None] * (event[n:] - nonevent[n:])
        own = nonevent[n:] + self.shares[:, None] * (event[n:] - nonevent[n:])
        return self.total(derivative, (nonevent[:n], event[:n]), own)

    def total(
        self, derivative: FloatArray, accepted: tuple[FloatArray, FloatArray], rejected: FloatArray
    ) -> FloatArray:
        """Covariance from derivatives by the assumed shares and the direct influences of both parts.

        Parameters
        ----------
        derivative : ndarray of shape (n_reject_patterns, n_outputs)
            Derivatives with respect to the assumed shares.
        accepted : tuple of ndarray of shape (n_accepted_patterns, n_outputs)
            Direct influence of accepted non-events and events.
        rejected : ndarray of shape (n_reject_patterns, n_outputs)
            Direct influence of rejects.

        Returns
        -------
        ndarray of shape (n_outputs, n_outputs)
            Covariance.
        """
        carried = self.assumption.carry(self.factor, derivative)
        covariance = rejected.T @ (rejected * self.rejects.squared_weights[:, [0]])
        for label in (0, 1):
            influence = accepted[label] + carried[label]
            covariance = covariance + influence.T @ (
                influence * self.accepted.squared_weights[:, [label]]
            )
        return np.asarray(covariance)


def fit_model(patterns: Patterns, binning: Binning, names: Sequence[str]) -> Model:
    """Estimate weights of evidence in given bins, and the regression on them.

    Parameters
    ----------
    patterns : Patterns
        Rows; counts may be fractions.
    binning : Binning
        The bins.
    names : sequence of str
        Names of the characteristics, for warnings.

    Returns
    -------
    Model
        The fitted model.
    """
    values, filled = [], []
    for f, n_codes in enumerate(binning.n_codes):
        counts = patterns.counts_by_code(f, n_codes)
        counts[-1] = (
            0.0  # unseen values have weight of evidence 0 and take no part in that of others
        )
        raw = BinnedSamples(counts[:, 0], counts[:, 1], counts[:, 0], counts[:, 1])
        values.append(
            binning.sign * woe_values(raw.first, raw.second, zero_cells=binning.zero_cells)
        )
        filled.append(fill_zero_cells(raw, binning.zero_cells))
    fit = fit_logistic(patterns.design(values), patterns.counts, names=names)
    regressors = [
        Regressor(woe, counts, binning.sign) for woe, counts in zip(values, filled, strict=True)
    ]
    return Model(patterns, tuple(regressors), tuple(filled), fit)


def augment(
    base: Model,
    rejects: Patterns,
    assumption: Assumption,
    factor: float,
    binning: Binning,
    names: Sequence[str],
) -> Augmented:
    """Refit a card with rejects under an assumption.

    Parameters
    ----------
    base : Model
        The card of the accepted rows.
    rejects : Patterns
        Patterns of the rejects; their counts stand in the first column.
    assumption : Assumption
        Where the assumed shares come from.
    factor : float
        Prudence factor.
    binning : Binning
        The bins.
    names : sequence of str
        Names of the characteristics.

    Returns
    -------
    Augmented
        The refitted card.
    """
    shares = assumption.shares(factor)
    split = np.stack([1.0 - shares, shares], axis=1)
    accepted = base.patterns
    counts = np.vstack([accepted.counts, rejects.counts[:, [0]] * split])
    codes: IntArray = np.vstack([accepted.codes, rejects.codes])
    model = fit_model(Patterns(codes, counts, counts), binning, names)
    return Augmented(model, accepted, rejects, shares, assumption, factor)

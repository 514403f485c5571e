"""A card refitted with rejects whose outcome is assumed, and how every row moves its numbers.

Rejects of pattern r enter as events with the assumed share ``q_r`` and as non-events with
``1 - q_r``. All numbers are functions T of the augmented counts ``c``: a reject moves T by
``(1 - q) dT/dc_0 + q dT/dc_1``, an accepted row by its own ``dT/dc`` and by what it does to the
assumed shares, ``sum_r n_r (dT/dc_r1 - dT/dc_r0) dq_r/da``. The two methods differ in ``q`` and its
derivative:

- parcelling: ``q_r = min(1, factor * event rate of accepted rows in the score band of r)``, bands
  taken as given;
- fuzzy: ``logit q_r = log odds of r on the card of the accepted rows + ln factor``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy import special

from infotheory._patterns import Patterns
from infotheory._typing import FloatArray, IntArray
from infotheory.evidence.binned_samples import BinnedSamples, fill_zero_cells
from infotheory.evidence.woe import log_share_ratio
from infotheory.scorecard.regression._blocks import row_sums_by_code
from infotheory.scorecard.regression.influences import influence_by_code, row_influences
from infotheory.scorecard.regression.likelihood import with_intercept
from infotheory.scorecard.regression.logistic import LogisticFit, fit_logistic
from infotheory.scorecard.regression.regressors import Regressor, columns_of

__all__ = [
    "Assumption",
    "Augmented",
    "FixedBins",
    "Fuzzy",
    "Parcelling",
    "RefittedCard",
    "augment",
    "refit",
    "variance_of_accepted",
]


@dataclass(frozen=True, slots=True)
class FixedBins:
    """The bins of a card, and how it makes weights of evidence of their counts.

    ``n_codes`` counts the codes of each characteristic, the last of which is the unseen one;
    ``sign`` is 1.0 for positive = safer, -1.0 for the opposite; ``by_hand`` holds values that were
    set, by code of each characteristic, and stay.
    """

    names: tuple[str, ...]
    n_codes: tuple[int, ...]
    zero_cells: str | float
    sign: float
    by_hand: tuple[Mapping[int, float], ...]


@dataclass(frozen=True, slots=True, eq=False)
class RefittedCard:
    """Weights of evidence and a logistic regression, both estimated on the same patterns.

    ``counts`` are those by bin behind the weights of evidence, one entry a characteristic.
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
        """Influence on ``theta`` of a non-event and of an event, shape (n_patterns, n_theta)."""
        return row_influences(self.theta, self.patterns, self.regressors, self.fit.bread)


class Assumption(Protocol):
    """How the outcome of rejects follows from the accepted rows, at a prudence factor."""

    def shares(self, factor: float) -> FloatArray:
        """Assumed share of events of each pattern of rejects."""

    def carry(self, factor: float, derivative: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Influence of accepted rows through the assumed shares, a non-event's and an event's.

        ``derivative`` of shape (n_reject_patterns, n_outputs) is that of the outputs by the shares;
        the influences have shape (n_accepted_patterns, n_outputs).
        """


class Parcelling:
    """Event rates of accepted rows by score band, times a factor, at most 1.

    ``band`` and ``reject_band`` are the bands of the patterns, 0 to ``n_bands - 1``; none lacks
    accepted rows.
    """

    def __init__(
        self, accepted: Patterns, band: IntArray, reject_band: IntArray, n_bands: int
    ) -> None:
        self.band, self.reject_band, self.n_bands = band, reject_band, n_bands
        counts = row_sums_by_code(band, n_bands, accepted.counts)
        self.size = counts.sum(axis=1)
        self.rate = counts[:, 1] / self.size

    def shares(self, factor: float) -> FloatArray:
        """Assumed share of events of each pattern of rejects."""
        return np.asarray(np.minimum(factor * self.rate, 1.0)[self.reject_band])

    def carry(self, factor: float, derivative: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Influence of accepted rows through the rates of their band."""
        # A share that stands at 1 moves with no row.
        slope = factor * (factor * self.rate < 1.0) / self.size
        by_band = row_sums_by_code(self.reject_band, self.n_bands, derivative) * slope[:, None]
        moved, rate = by_band[self.band], self.rate[self.band][:, None]
        return -rate * moved, (1.0 - rate) * moved


class Fuzzy:
    """Every reject is an event with its own predicted probability, its odds times a factor."""

    def __init__(self, base: RefittedCard, rejects: Patterns) -> None:
        self.base, self.codes = base, rejects.codes
        self.design = base.design(rejects)
        self.log_odds = self.design @ base.theta
        self.influences = base.influences()

    def shares(self, factor: float) -> FloatArray:
        """Assumed share of events of each pattern of rejects."""
        return np.asarray(special.expit(self.log_odds + np.log(factor)))

    def carry(self, factor: float, derivative: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Influence of accepted rows through the regression and the weights of evidence."""
        q = self.shares(factor)
        # dq = q (1 - q) d(log odds), which the coefficients and the weights of evidence move.
        moved = derivative * (q * (1.0 - q))[:, None]
        nonevent, event = (influence @ (self.design.T @ moved) for influence in self.influences)

        pairs = zip(self.base.regressors, self.base.counts, strict=True)
        for f, (regressor, counts) in enumerate(pairs):
            by_code = row_sums_by_code(self.codes[:, f], regressor.woe.size, moved)
            by_evidence = regressor.sign * self.base.fit.coefficients[f] * by_code
            by_evidence = regressor.through_counts(by_evidence)
            codes = self.base.patterns.codes[:, f]
            nonevent += influence_by_code(by_evidence, counts.first)[codes]
            event -= influence_by_code(by_evidence, counts.second)[codes]
        return nonevent, event


@dataclass(frozen=True, slots=True, eq=False)
class Augmented:
    """Card of accepted rows and rejects together, under one assumption at one factor.

    The patterns of ``card`` are those of the accepted rows, then those of the rejects; ``shares``
    are the assumed shares of events of the latter.
    """

    card: RefittedCard
    accepted: Patterns
    rejects: Patterns
    shares: FloatArray
    assumption: Assumption
    factor: float

    def variance(self, nonevent: FloatArray, event: FloatArray) -> FloatArray:
        """Covariance of outputs from their derivatives by the augmented counts.

        The derivatives have shape (n_patterns, n_outputs).
        """
        n, size = len(self.accepted.codes), self.rejects.counts[:, 0]
        # A share that grows turns non-events into events.
        by_share = event[n:] - nonevent[n:]
        rejected = nonevent[n:] + self.shares[:, None] * by_share
        return self.total(size[:, None] * by_share, (nonevent[:n], event[:n]), rejected)

    def total(
        self, derivative: FloatArray, accepted: tuple[FloatArray, FloatArray], rejected: FloatArray
    ) -> FloatArray:
        """Covariance from derivatives by the assumed shares and direct influences of both parts.

        ``accepted`` are the influences of non-events and of events; every array has a row a pattern
        and a column an output.
        """
        carried = self.assumption.carry(self.factor, derivative)
        # Accepted rows and rejects are drawn independently: their squares add up.
        covariance = _outer(rejected, self.rejects.squared_weights[:, 0])
        for label in (0, 1):
            influence = accepted[label] + carried[label]
            covariance = covariance + _outer(influence, self.accepted.squared_weights[:, label])
        return covariance


def _outer(influence: FloatArray, squares: FloatArray) -> FloatArray:
    """Sum of the products of influences over rows, whose squared weights are summed by pattern."""
    return np.asarray(influence.T @ (influence * squares[:, None]))


def variance_of_accepted(card: RefittedCard, nonevent: FloatArray, event: FloatArray) -> FloatArray:
    """Covariance of outputs of a card of accepted rows from their derivatives by its counts."""
    squares = card.patterns.squared_weights
    return _outer(nonevent, squares[:, 0]) + _outer(event, squares[:, 1])


def refit(patterns: Patterns, bins: FixedBins) -> RefittedCard:
    """Estimate weights of evidence in given bins, and the regression; counts may be fractions."""
    values, filled = [], []
    for f, n_codes in enumerate(bins.n_codes):
        counts, squares = patterns.counts_by_code(f, n_codes), patterns.squares_by_code(f, n_codes)

        # Unseen values have weight of evidence 0 and take no part in that of others.
        counts[-1] = squares[-1] = 0.0
        filled.append(fill_zero_cells(BinnedSamples(*counts.T, *squares.T), bins.zero_cells))
        woe = bins.sign * log_share_ratio(filled[-1])
        woe[list(bins.by_hand[f])] = list(bins.by_hand[f].values())
        values.append(woe)

    fit = fit_logistic(
        patterns.design(values),
        patterns.counts,
        squared_weights=patterns.squared_weights,
        names=bins.names,
    )
    regressors = [
        Regressor(woe, counts, bins.sign, tuple(by_hand))
        for woe, counts, by_hand in zip(values, filled, bins.by_hand, strict=True)
    ]
    return RefittedCard(patterns, tuple(regressors), tuple(filled), fit)


def augment(
    base: RefittedCard,
    rejects: Patterns,
    assumption: Assumption,
    factor: float,
    bins: FixedBins,
) -> Augmented:
    """Refit the card of the accepted rows with rejects, whose weight stands in the first column."""
    shares = assumption.shares(factor)
    by_class = np.stack([1.0 - shares, shares], axis=1)

    accepted = base.patterns
    counts = np.vstack([accepted.counts, rejects.counts[:, [0]] * by_class])
    squares = np.vstack([accepted.squared_weights, rejects.squared_weights[:, [0]] * by_class])
    codes: IntArray = np.vstack([accepted.codes, rejects.codes])
    card = refit(Patterns(codes, counts, squares), bins)
    return Augmented(card, accepted, rejects, shares, assumption, factor)

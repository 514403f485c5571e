"""Intervals of coefficients that allow for the noise of the weights of evidence they multiply."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from sklearn.frozen import FrozenEstimator

from infotheory._typing import FloatArray
from infotheory.binning.features import FeatureBins
from infotheory.binning.prebins.options import keeps_a_trend
from infotheory.binning.prebins.searched import estimate_of_bins, noise_of_search
from infotheory.laws import (
    NoncentralChi2Law,
    WithheldLaw,
    chi2_noncentrality_interval,
    two_sided_quantile,
)
from infotheory.scorecard.points.fitted import AnyCard, event_coefficients
from infotheory.scorecard.points.signs import HELD, ONE_BIN, effective_sign, right_sign

__all__ = [
    "CoefficientInterval",
    "coefficient_intervals",
    "coefficient_matrices",
    "evidence_is_given",
    "given_evidence",
    "interval_beside_noise",
    "noise_of_evidence",
]

#: Why nothing bounds a coefficient.
NO_EVIDENCE = "the rows do not show that this characteristic has evidence: nothing bounds it"
#: Why a coefficient has no error.
ALONE = "the only characteristic: its coefficient is {:+.0f} whatever the rows"
#: Why an interval is withheld where the rows that the bins counted are not at hand.
NO_COUNTS = "counts of the bins are not known"

# Largest part of what columns tell that is taken for their noise.
_MOST_NOISE = 0.7

# Characteristics of which a document holds matrices: of 60 they take 80 kB.
_MOST_SHOWN = 60

# Errors and variances that differ by less differ by rounding.
_ROUNDING = 1e-6


@dataclass(frozen=True, slots=True)
class CoefficientInterval:
    """Error and interval of a coefficient, and why any of it is missing ("" if nothing is)."""

    # Of the coefficient; NaN where it has none
    standard_error: float
    # Ends; infinite where nothing bounds the coefficient, NaN where they are withheld
    low: float = np.nan
    high: float = np.nan
    # What is missing
    reason: str = ""


def coefficient_intervals(card: AnyCard, level: float) -> list[CoefficientInterval]:
    """Return the interval of each coefficient (of the log odds of an event) of a fitted card."""
    # Rounding can leave a variance that is 0 a little below it.
    errors = np.sqrt(np.maximum(np.diag(card.covariance_)[1:], 0.0)).tolist()
    toward = right_sign(effective_sign(card.binner_))
    # Place 0 of the covariance is the intercept; the codes of each characteristic follow.
    starts = np.cumsum([1, *(bins.spec.n_codes for bins in card.binner_.features_.values())])

    undone = _undone_together(card, level)
    intervals = []
    for f, (name, coefficient) in enumerate(event_coefficients(card).items()):
        bins = card.binner_.features_[name]
        if card.held_[f] or not card.active_[f]:
            reason = HELD if card.held_[f] else ONE_BIN
            intervals.append(CoefficientInterval(np.nan, reason=reason))
            continue

        # Given weights of evidence leave the usual interval. Those learnt on these rows fix the
        # coefficient of an only characteristic at -1 or 1, and bring noise to that of one among
        # others.
        of_bins = np.diag(card.contribution_covariance_)[starts[f] : starts[f + 1]]
        if _is_given(bins, errors[f], of_bins):
            reach = two_sided_quantile(level) * errors[f]
            interval = CoefficientInterval(errors[f], coefficient - reach, coefficient + reach)
        elif card.active_.sum() == 1 and errors[f] < _ROUNDING:
            interval = CoefficientInterval(errors[f], reason=ALONE.format(coefficient))
        else:
            interval = _of_learnt(card, bins, (coefficient, errors[f], toward), level)
            # NaN where it is not known, which leaves both ends as they are.
            low, high = np.fmin(interval.low, undone[f, 0]), np.fmax(interval.high, undone[f, 1])
            if not np.isnan(interval.low):
                interval = replace(interval, low=float(low), high=float(high))
        intervals.append(interval)
    return intervals


def evidence_is_given(card: AnyCard) -> bool:
    """Tell whether all weights of evidence of a fitted card came from other rows than its own."""
    if not card.active_.any():
        # Nothing varies with the rows of such a card but how it was asked for.
        return isinstance(card.get_params(deep=False)["binner"], FrozenEstimator)
    return all(given_evidence(card))


def given_evidence(card: AnyCard) -> list[bool]:
    """Tell of each characteristic whether its weights of evidence came from other rows."""
    errors = np.sqrt(np.maximum(np.diag(card.covariance_)[1:], 0.0)).tolist()
    features = list(card.binner_.features_.values())
    ends = np.cumsum([1, *(bins.spec.n_codes for bins in features)])[:-1]
    of_bins = np.split(np.diag(card.contribution_covariance_), ends)[1:]
    return list(map(_is_given, features, errors, of_bins))


def coefficient_matrices(card: AnyCard) -> dict[str, Any] | None:
    """Return what intervals of coefficients are made of, beside counts, of active characteristics.

    Matrices are rows up to the diagonal: the information of the coefficients beside a free
    intercept, and their covariance. ``ordered`` and ``trend_bound`` tell how much noise the search
    for bins finds. None where the information is not known, or there are too many to show.
    """
    used = np.flatnonzero(card.active_)
    if card.information_ is None or used.size > _MOST_SHOWN:
        return None
    features = list(card.binner_.features_.values())
    shown = [features[f] for f in used]
    whole = {
        "information": card.information_[np.ix_(used, used)],
        "covariance": card.covariance_[np.ix_(1 + used, 1 + used)],
    }
    return {
        "features": [bins.name for bins in shown],
        "ordered": [bins.spec.has_order for bins in shown],
        "trend_bound": [keeps_a_trend(card.binner_, bins.name) for bins in shown],
    } | {name: [row[: i + 1] for i, row in enumerate(matrix)] for name, matrix in whole.items()}


def interval_beside_noise(
    coefficient: float,
    standard_error: float,
    toward: float,
    degrees_of_freedom: float,
    noncentrality: float,
    level: float,
) -> tuple[float, float]:
    """Interval of a coefficient whose weights of evidence come from the rows of the regression.

    Noise in the weights of evidence is noise of these very rows, where its coefficient is exactly
    ``toward`` (-1, or 1 for weights of the opposite sign). So it draws the coefficient there, by a
    share of ``df / (S + df)``: ``S`` is the noncentrality of the characteristic's information
    value, ``df`` its degrees of freedom. Undone with the least ``S`` that the rows allow, and not
    undone at all, are the two ends of what may be; the interval is the union of theirs.

    Examples
    --------
    >>> low, high = interval_beside_noise(-0.6, 0.05, -1.0, 3.0, 10.772, 0.95)
    >>> round(low, 4), round(high, 4)
    (-0.698, -0.3633)
    """
    # NaN counts as none: without evidence nothing bounds the coefficient.
    if not noncentrality > 0.0:
        return -np.inf, np.inf
    reach = two_sided_quantile(level) * standard_error
    # The coefficient is beta + (toward - beta) df / (S + df), which is solved for beta here.
    stretch = degrees_of_freedom / noncentrality
    undone, wider = coefficient + (coefficient - toward) * stretch, reach * (1.0 + stretch)
    return min(coefficient - reach, undone - wider), max(coefficient + reach, undone + wider)


def _undone_together(card: AnyCard, level: float) -> FloatArray:
    """Return ends for coefficients when the noise of all weights of evidence is undone at once.

    Noise in the weights of one characteristic moves the coefficients of those that depend on it.
    Learnt columns have the information H, of which D is noise, whose coefficients are ``toward``:
    in the mean ``H b = (H - D) beta + D toward``, which is solved for beta.
    """
    features, used = list(card.binner_.features_.values()), np.flatnonzero(card.active_)
    ends = np.full((len(features), 2), np.nan)
    # Documents of earlier versions do not tell how characteristics depend on each other.
    if card.information_ is None or used.size == 0:
        return ends
    information = card.information_[np.ix_(used, used)]
    # Rounding can leave the information of columns that depend on each other a little below 0.
    known = np.maximum(np.diag(information), 0.0)
    noise = known * [_share_of_noise(card, features[f]) for f in used]

    # A column that may be all noise would leave nothing to solve with.
    inverse = np.linalg.pinv(information, hermitian=True)
    largest = float(np.linalg.eigvalsh(inverse * np.sqrt(np.outer(noise, noise))).max())
    if not 0.0 < largest < np.inf:
        return ends
    noise *= min(1.0, _MOST_NOISE / largest)
    stretch = np.eye(used.size) + np.linalg.solve(information - np.diag(noise), np.diag(noise))

    toward = right_sign(effective_sign(card.binner_))
    coefficients = np.array(list(event_coefficients(card).values()))[used]
    center = toward + stretch @ (coefficients - toward)
    covariance = card.covariance_[np.ix_(1 + used, 1 + used)]
    variance = np.einsum("fg,gh,fh->f", stretch, covariance, stretch)
    reach = two_sided_quantile(level) * np.sqrt(np.maximum(variance, 0.0))
    ends[used] = np.column_stack([center - reach, center + reach])
    return ends


def _share_of_noise(card: AnyCard, bins: FeatureBins) -> float:
    """Share of noise in the squares of learnt weights of evidence; 0 where it is not known."""
    if bins.table is None:
        return 0.0
    value = estimate_of_bins(bins.table.without_groups(), card.binner_.zero_cells)
    degrees = value.degrees_of_freedom
    if isinstance(value.law, WithheldLaw) or not degrees:
        return 0.0
    shown = max(value.plug_in - value.bias, 0.0) * value.n_effective + degrees
    return min(degrees * noise_of_evidence(card, bins) / shown, 1.0)


def noise_of_evidence(card: AnyCard, bins: FeatureBins) -> float:
    """Noise of learnt weights of evidence over that of weights of bins fixed before.

    ``bins``, one characteristic of the card, have a table.
    """
    is_free = not keeps_a_trend(card.binner_, bins.name)
    in_order, zero_cells = bins.spec.has_order, card.binner_.zero_cells
    return noise_of_search(bins, zero_cells, ordered=in_order, free=is_free)


def _of_learnt(
    card: AnyCard, bins: FeatureBins, estimate: tuple[float, float, float], level: float
) -> CoefficientInterval:
    """Interval of a coefficient beside the noise of weights of evidence that its rows taught."""
    _, standard_error, _ = estimate
    if bins.table is None:
        return CoefficientInterval(standard_error, reason=NO_COUNTS)

    value = estimate_of_bins(bins.table.without_groups(), card.binner_.zero_cells)
    if isinstance(value.law, WithheldLaw):
        return CoefficientInterval(standard_error, reason=value.law.reason)

    # The interval of the value is one of unit times the noncentrality.
    law = value.limit_tests
    degrees, unit = float(value.degrees_of_freedom), 1.0 / value.n_effective
    if isinstance(law, NoncentralChi2Law):
        degrees, unit = law.degrees_of_freedom, law.scale
    least, noise = value.interval(level)[0] / unit, noise_of_evidence(card, bins)
    if noise > 1.0:
        # What the search may have found by chance is more than fixed bins would show.
        draw = max(value.plug_in - value.bias, 0.0) / unit + degrees
        degrees *= noise
        least = min(least, chi2_noncentrality_interval(draw, degrees, level)[0])
    low, high = interval_beside_noise(*estimate, degrees, least, level)
    return CoefficientInterval(standard_error, low, high, NO_EVIDENCE if np.isinf(low) else "")


def _is_given(bins: FeatureBins, error: float, variances: FloatArray) -> bool:
    """Tell whether weights of evidence came from other rows than the coefficient.

    What a bin adds then varies as its coefficient does, and in no other way.
    """
    if bins.woe is None:
        return True
    as_coefficient = (bins.woe * error) ** 2
    return bool(np.allclose(variances, as_coefficient, rtol=_ROUNDING, atol=1e-12))

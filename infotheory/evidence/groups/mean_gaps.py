"""A difference of two means in pooled standard deviations: its error, interval and test."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from infotheory._typing import FloatArray
from infotheory.evidence.groups.laws import (
    KnownUnit,
    SkewedStudentLaw,
    skewed_student_p_value,
)
from infotheory.inference import Estimate, kish_size
from infotheory.laws import WithheldLaw

__all__ = ["GroupScores", "standardized_gap"]

#: Rows that the smaller group needs for the interval to hold.
FEWEST_ROWS = 30.0

#: Kurtosis less 1 is at least the squared skewness, and equals it for two values. Scores with no
#: more than so many times as much lie in two clumps, and the mean of a group may be so skewed.
_CLUMPED, MOST_SKEWED_MEAN = 1.1, 0.25

#: Fewest degrees of freedom of the variance of a mean, however heavy the tails of all rows are: few
#: rows show less of them.
_FEWEST_DEGREES = 5.0

#: How much less of the error of the unit samples show than there is, over the rows that carry it.
_UNSEEN_OF_UNIT = 3.0

#: Deviations from the group's median that nine rows in ten do not exceed, over those that half do
#: not (normal 2.4, exponential 3.3, log-normal of deviation 1 4.4 and of 1.5 7.5). Where they are
#: further off most samples of fewer rows a group hold too few of the far rows.
_FARTHEST, _MANY_ROWS = 6.5, 1000.0

#: Cubes of smaller deviations leave float64.
_LEAST_UNIT = 1e-90


@dataclass(frozen=True, slots=True, eq=False)
class GroupScores:
    """Scores of the rows of a group, with their weights, and the group's label."""

    label: Any
    scores: FloatArray
    weights: FloatArray

    @property
    def total(self) -> float:
        """Sum of the weights."""
        return float(self.weights.sum())

    @property
    def rows(self) -> float:
        """Kish size of the weights."""
        return kish_size(self.total, float(self.weights @ self.weights))

    @property
    def mean(self) -> float:
        """Mean score."""
        return float(np.average(self.scores, weights=self.weights))

    def moment(self, power: int, unit: float = 1.0) -> float:
        """Mean power of the deviations from the mean, measured in a unit."""
        deviations = (self.scores - self.mean) / unit
        return float(np.average(deviations**power, weights=self.weights))


def standardized_gap(
    first: GroupScores, second: GroupScores, method: str, comparisons: int
) -> Estimate:
    """Mean of the first group less that of the second, as one of several that are compared."""
    total = first.total + second.total
    shares = (first.total / total, second.total / total)
    pooled = shares[0] * first.moment(2) + shares[1] * second.moment(2)
    if not pooled > 0.0:
        message = (
            f"score must vary inside a group, got constants {[first.mean, second.mean]} in "
            f"{first.label!r} and {second.label!r}"
        )
        raise ValueError(message)

    unit = float(np.sqrt(pooled))
    if unit < _LEAST_UNIT:
        message = f"score must vary by {_LEAST_UNIT:g} or more, got {unit:.3g}; rescale it"
        raise ValueError(message)

    gap = (first.mean - second.mean) / unit
    skewness, kurtosis = (
        shares[0] * first.moment(power, unit) + shares[1] * second.moment(power, unit)
        for power in (3, 4)
    )
    influences = [
        _influence(group, sign, gap, unit, total) for group, sign in ((first, 1.0), (second, -1.0))
    ]
    # Rows are independent: their squared influences add up.
    variance = sum(float((means + units) @ (means + units)) for means, units in influences)
    of_means = [float(means @ means) for means, _ in influences]
    sizes = (first.rows, second.rows)

    reason = _why_none_holds(first, second, skewness, kurtosis)
    if reason is not None:
        error = float(np.sqrt(variance))
        return Estimate(value=gap, standard_error=error, method=method, law=WithheldLaw(reason))

    # Welch's variances are those of samples; what the unit of measurement adds is at least what it
    # adds under a normal law.
    v, u = (of * size / (size - 1.0) for of, size in zip(of_means, sizes, strict=True))
    measurement = max(gap**2 / (2.0 * sum(sizes)), variance - sum(of_means))

    # The few rows of a heavy tail carry most of what the unit adds. Most samples hold fewer of them
    # than there should be, and show less of it. What a normal law adds beyond what rows show is
    # known by all of them: where each group lies in two clumps, hardly any row moves the unit.
    of_units, fourths = (sum(float(np.sum(x**power)) for _, x in influences) for power in (2, 4))
    carriers = of_units**2 / fourths if fourths > 0.0 else sum(sizes)
    carried = min(max(variance - sum(of_means), of_units), measurement)
    rest = measurement - carried
    carried *= 1.0 + _UNSEEN_OF_UNIT / carriers
    error = float(np.sqrt(v + u + carried + rest))

    # Third moment of the means by the skewness of all rows, as few rows do not show their own; what
    # the unit adds to it is that of the influences, of which samples show as little.
    of_unit = sum(float(((means + units) ** 3 - means**3).sum()) for means, units in influences)
    of_unit *= 1.0 + _UNSEEN_OF_UNIT / carriers
    third = skewness * float(v**1.5 / np.sqrt(sizes[0]) - u**1.5 / np.sqrt(sizes[1]))

    # With each part's own degrees the sum has Satterthwaite's.
    spread = sum(
        part**2 / _degrees_of_variance(size, kurtosis)
        for part, size in zip((v, u), sizes, strict=True)
    )
    # Constants in one group leave its mean no error, and the other's is not 0.
    of_both = float(np.sqrt(v + u))
    known = KnownUnit(of_both, third / (3.0 * of_both**3), of_both**4 / spread)
    spread += carried**2 / carriers + rest**2 / sum(sizes)
    law = SkewedStudentLaw(
        degrees_of_freedom=error**4 / spread,
        slope=(third + of_unit) / (3.0 * error**3),
        comparisons=comparisons,
        in_this_unit=known,
    )
    p_value = skewed_student_p_value(law, gap, error)
    return Estimate(value=gap, standard_error=error, method=method, p_value=p_value, law=law)


def _influence(
    group: GroupScores, sign: float, gap: float, unit: float, total: float
) -> tuple[FloatArray, FloatArray]:
    """How each row moves the mean of its group, and the unit in which the gap is measured."""
    centred = group.scores - group.mean
    # The derivatives of a difference over the unit: 1 / unit by a mean, and by the pooled variance
    # the gap over -2 times that variance.
    means = sign * group.weights * centred / (group.total * unit)
    spread = group.weights * (centred**2 - group.moment(2)) / total
    return means, -gap / (2.0 * unit**2) * spread


def _degrees_of_variance(size: float, kurtosis: float) -> float:
    """Return the degrees of freedom of a variance: those of its own variance, at most all."""
    # The variance of a variance is (kurtosis - 1) / n of its square, and 2 / df with a normal law.
    heavy = 2.0 * size / max(kurtosis - 1.0, _LEAST_UNIT)
    return max(min(size - 1.0, heavy), _FEWEST_DEGREES)


def _why_none_holds(
    first: GroupScores, second: GroupScores, skewness: float, kurtosis: float
) -> str | None:
    """Say what the groups lack for an interval, None where nothing."""
    smaller = min(first, second, key=lambda group: group.rows)
    if smaller.rows < FEWEST_ROWS:
        return f"{smaller.label!r} has {smaller.rows:.3g} rows, {FEWEST_ROWS:.0f} are needed"

    scores = np.concatenate([group.scores[group.weights > 0.0] for group in (first, second)])
    if np.all((scores == scores.min()) | (scores == scores.max())):
        return "the score has two values only; compare their rates"

    # A continuous tail of any weight is known by its rows; of a clump the group may have none.
    few = abs(skewness) > MOST_SKEWED_MEAN * np.sqrt(smaller.rows)
    if few and kurtosis - 1.0 < _CLUMPED * skewness**2:
        return (
            f"few of the {smaller.rows:.3g} rows of {smaller.label!r} lie in the rarer one of two "
            f"clumps of scores (skewness {skewness:.2g})"
        )

    # Not by kurtosis or a tail index: samples without their far rows show neither, and miss.
    far = _far_rows(first, second) if smaller.rows < _MANY_ROWS else 0.0
    if far > _FARTHEST:
        return (
            f"scores lie far out: one in ten {far:.2g} times as far from the median of its group "
            f"as half do, and {smaller.label!r} has {smaller.rows:.3g} rows, {_MANY_ROWS:.0f} are "
            "needed then; compare logarithms or ranks"
        )
    return None


def _far_rows(first: GroupScores, second: GroupScores) -> float:
    """Deviations from the medians of the groups at their ninth decile, over their median."""
    deviations = np.concatenate(
        [np.abs(g.scores - _weighted_quantile(g.scores, g.weights, 0.5)) for g in (first, second)]
    )
    weights = np.concatenate([first.weights, second.weights])
    middle, far = (_weighted_quantile(deviations, weights, level) for level in (0.5, 0.9))
    # Where half of the rows have one score the ratio tells that alone.
    return far / middle if middle > 0.0 else 0.0


def _weighted_quantile(values: FloatArray, weights: FloatArray, level: float) -> float:
    """Smallest value that rows of this share of the weight do not exceed."""
    order = np.argsort(values)
    reached = np.cumsum(weights[order])
    # Sums of weights round: a share that is reached but for that is reached.
    return float(values[order][np.searchsorted(reached, level * reached[-1] * (1.0 - 1e-12))])

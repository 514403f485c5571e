"""The law of the largest of several divergences, one for each pair of groups."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from infotheory.inference import DivergenceEstimate, largest_interval
from infotheory.laws import WithheldLaw

__all__ = ["LargestLaw", "largest_divergence"]


@dataclass(frozen=True, slots=True)
class LargestLaw:
    """Interval and tests of the largest divergence of several pairs, whichever it is.

    Parameters
    ----------
    pairs : tuple of DivergenceEstimate
        Estimates of all pairs that were compared, none withheld.
    """

    pairs: tuple[DivergenceEstimate, ...]
    name: str = field(default="largest of all pairs", init=False)

    def interval(self, value: float, standard_error: float, level: float) -> tuple[float, float]:
        """Return the largest lower and the largest upper end, each pair at its share of the level.

        Parameters
        ----------
        value : float
            The estimate.
        standard_error : float
            Its standard error.
        level : float
            Coverage of the two-sided interval.
        """
        return largest_interval(self.pairs, level)

    def exceeds(self, threshold: float) -> float:
        """P-value of the test that rejects "all divergences <= threshold" (Bonferroni).

        Parameters
        ----------
        threshold : float
            Limit, not negative.
        """
        return min(1.0, len(self.pairs) * min(pair.exceeds(threshold) for pair in self.pairs))

    def certifies(self, threshold: float) -> float:
        """P-value of the test that rejects "some divergence >= threshold": all have to be below.

        Parameters
        ----------
        threshold : float
            Limit, not negative.
        """
        return max(pair.certifies(threshold) for pair in self.pairs)


def largest_divergence(pairs: Sequence[DivergenceEstimate]) -> DivergenceEstimate:
    """Estimate of the pair with the largest value; interval and tests know that it was picked."""
    largest = max(pairs, key=lambda estimate: estimate.value)
    if len(pairs) == 1:
        return largest

    tested = [pair.p_value for pair in pairs if pair.p_value is not None]
    p_value = min(1.0, len(pairs) * min(tested)) if tested else None
    withheld = [pair.law for pair in pairs if isinstance(pair.law, WithheldLaw)]
    if withheld:
        return replace(largest, p_value=p_value, law=withheld[0], reason=withheld[0].reason)

    law = LargestLaw(tuple(pairs))
    reasons = [pair.reason for pair in (largest, *pairs) if pair.reason is not None]
    reason = reasons[0] if reasons else None
    return replace(largest, p_value=p_value, law=law, reason=reason, limit_tests=law)

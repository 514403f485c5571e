"""The largest of several estimates, with an interval and tests that know that it was picked."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from infotheory.inference import DivergenceEstimate, Estimate
from infotheory.laws import NoncentralChi2Law, WithheldLaw

__all__ = ["AnyOrAll", "LargestLaw", "largest_divergence", "largest_of"]

_Number = TypeVar("_Number", bound=Estimate)


@dataclass(frozen=True, slots=True)
class LargestLaw:
    """Interval of the largest of several true values, whichever it is (Bonferroni).

    Parameters
    ----------
    pairs : tuple of Estimate
        Estimates of all pairs that were compared, none withheld.
    """

    pairs: tuple[Estimate, ...]
    name: str = field(default="largest of all pairs", init=False)

    def interval(
        self,
        value: float,  # noqa: ARG002 - the protocol of laws
        standard_error: float,  # noqa: ARG002 - the protocol of laws
        level: float,
    ) -> tuple[float, float]:
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
        # The parts of what each interval may miss add up to what all of them may.
        of_each = 1.0 - (1.0 - level) / len(self.pairs)
        lows, highs = zip(*(pair.interval(of_each) for pair in self.pairs), strict=True)
        return max(lows), max(highs)


@dataclass(frozen=True, slots=True)
class AnyOrAll:
    """Tests of the largest of several divergences against a limit.

    Parameters
    ----------
    pairs : tuple of DivergenceEstimate
        Estimates of all pairs that were compared, none withheld.
    """

    pairs: tuple[DivergenceEstimate, ...]

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


def largest_of(pairs: Sequence[_Number]) -> _Number:
    """Return the estimate with the largest value, withheld where one of the others is."""
    largest = max(pairs, key=lambda pair: pair.value)
    if len(pairs) == 1:
        return largest
    # The pair that is not known might be the largest.
    withheld = [pair.law for pair in pairs if isinstance(pair.law, WithheldLaw)]
    if withheld:
        return replace(largest, law=withheld[0], reason=withheld[0].reason)

    # The reason of the largest itself, where it has one, before those of the others.
    reasons = [pair.reason for pair in (largest, *pairs) if pair.reason is not None]
    return replace(largest, law=LargestLaw(tuple(pairs)), reason=reasons[0] if reasons else None)


def largest_divergence(pairs: Sequence[DivergenceEstimate]) -> DivergenceEstimate:
    """Return the divergence with the largest value; its tests know that it was picked, too."""
    largest = largest_of(pairs)
    if len(pairs) == 1:
        return largest

    # Picked of several, the smallest p-value pays for all of them.
    tested = [pair.p_value for pair in pairs if pair.p_value is not None]
    p_value = min(1.0, len(pairs) * min(tested)) if tested else None
    # The law of the statistic, whose scale depends on weights, stays beside the tests of all.
    law = largest.limit_tests if isinstance(largest.limit_tests, NoncentralChi2Law) else None
    return replace(
        largest,
        p_value=p_value,
        limit_tests=AnyOrAll(tuple(pairs)),
        chi_square=law or largest.chi_square,
    )

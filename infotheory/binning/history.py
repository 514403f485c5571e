"""Which steps by hand can be taken back, and which of those taken back can be taken again."""

from dataclasses import dataclass
from typing import NamedTuple, Self

from infotheory.binning.features import FeatureBins

__all__ = ["History", "Past"]


class Past(NamedTuple):
    """Number of a step in the audit trail, and the bins of its feature that it replaced."""

    step: int
    bins: FeatureBins


@dataclass(frozen=True, slots=True)
class History:
    """The steps by hand of a fitted binner, oldest first.

    A step concerns one feature, so a step back takes the last one of that feature and leaves later
    steps on others alone.

    Parameters
    ----------
    done : tuple of Past
        Steps that can be taken back.
    undone : tuple of Past
        Steps that were taken back and can be taken again, the last one first to return.
    """

    done: tuple[Past, ...] = ()
    undone: tuple[Past, ...] = ()

    def with_step(self, step: int, before: FeatureBins) -> Self:
        """Remember a new step; what was taken back of its feature cannot return after it."""
        undone = tuple(past for past in self.undone if past.bins.name != before.name)
        return type(self)((*self.done, Past(step, before)), undone)

    def take_back(self, past: Past, now: FeatureBins) -> Self:
        """Move a step to those that can be taken again; ``now`` is what it led to."""
        done = tuple(other for other in self.done if other is not past)
        return type(self)(done, (*self.undone, Past(past.step, now)))

    def take_again(self, past: Past, step: int, now: FeatureBins) -> Self:
        """Move a step back to those done, under the number of the line that says so."""
        undone = tuple(other for other in self.undone if other is not past)
        return type(self)((*self.done, Past(step, now)), undone)

    @staticmethod
    def last(steps: tuple[Past, ...], feature: str | None) -> Past | None:
        """Return the last of some steps, of one feature where it is named; None without any."""
        of_feature = [past for past in steps if feature in (None, past.bins.name)]
        return of_feature[-1] if of_feature else None

"""Compiled staircase of the majorised profile bound."""

from infotheory._compiled import compiled
from infotheory._typing import FloatArray
from infotheory.coupling._heap_kernel import phi

__all__ = ["majorized_profile_nats"]


@compiled
def majorized_profile_nats(
    covered: FloatArray, mass: FloatArray, total: float, largest: float
) -> float:
    """Return the entropy of the least spread masses that the profile allows."""
    # Both arrays fall from point to point. The inner loop ends at the last one, (0, 0), at the
    # latest.
    left = total
    cap = min(total, largest)
    bound = 0.0
    i = 0
    while left > 0.0:
        while covered[i] + mass[i] > left:
            cap = min(cap, mass[i])
            i += 1
        step = min(cap, left - covered[i])
        left -= step
        bound += phi(step)
    return bound

"""Compiled staircase of the majorised profile bound."""

from infotheory._compiled import compiled
from infotheory._typing import FloatArray
from infotheory.coupling._heap_kernel import phi

__all__ = ["majorized_profile_nats"]


@compiled
def majorized_profile_nats(
    covered: FloatArray, mass: FloatArray, total: float, largest: float
) -> float:
    """Return the entropy of the least spread masses that the profile allows.

    Parameters
    ----------
    covered, mass : ndarray of shape (n_points,)
        Inclusive sums of ascending masses and those masses, ``covered`` descending, ``mass``
        strictly descending, with (0, 0) as the last point.
    total : float
        Mass to be coupled; 1 for pmfs.
    largest : float
        No cell is larger; 1 where that is not known.

    Returns
    -------
    float
        Sum of ``-u log u`` over the steps, in nats.
    """
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

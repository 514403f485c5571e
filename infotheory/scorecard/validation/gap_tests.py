"""The exact test that two samples of a score share one law, ties and all."""

import numpy as np
from scipy import special

from infotheory._typing import FloatArray, IntArray

__all__ = ["exact_gap_p_value"]

# What takes about 20 ms. More values of the score than this are no ties to speak of, in so many
# rows that the limit law is right.
_MOST_VALUES = 1_000
_MOST_PRODUCTS = 20_000_000

# Steps farther from their mean, in standard deviations and rows, have probabilities below 1e-20:
# a p-value as small as the second number may be theirs.
_FARTHEST_STEP, _LEAST = 12.0, 1e-18


def exact_gap_p_value(counts: IntArray) -> float | None:
    """P-value of the largest gap of two distribution functions given the values of all rows.

    ``counts`` are rows of each class by value of the score in ascending order, of shape
    (2, n_values). None where the count would take long, and below 1e-18.

    Given which scores there are, every choice of the rows that are of the first class is as likely
    as any other where both share one law. The rows of it up to a value are then a walk of
    hypergeometric steps, which are binomial ones given where the walk ends. The p-value is the
    probability that the walk is ever as far from its mean as it was seen to be; between equal
    scores there is no cut, so that no step is counted inside of ties. J. Hodges, Arkiv för
    Matematik 3 (1958) 469-486, doi:10.1007/BF02589501, counts such paths without ties.
    """
    smaller, larger = sorted(counts.tolist(), key=sum)
    n, m = sum(smaller), sum(larger)
    size, steps = n + m, np.add(smaller, larger)
    if steps.size > _MOST_VALUES:
        return None
    up_to = np.cumsum(steps)

    # Whole numbers: (n + m) times the rows above their mean, so that ties with what was seen count.
    farthest = int(np.abs(size * np.cumsum(smaller) - n * up_to).max())
    if farthest == 0:
        return 1.0
    share, beyond = n / size, 0.0
    reach = _FARTHEST_STEP * (1.0 + np.sqrt(steps * share * (1.0 - share)))
    lowest = np.maximum(steps * share - reach, 0.0).astype(np.intp)
    highest = np.minimum(np.minimum(steps, n), steps * share + reach).astype(np.intp)
    width = np.minimum(2.0 * farthest / size + 1.0, np.minimum(n, up_to) + 1.0)
    if float(width @ (highest - lowest + 1)) > _MOST_PRODUCTS:
        return None

    of_end = _binomial_steps(np.array([n]), size, share)
    # Most scores are had by one row or few: their steps are looked up.
    known = {
        step: (low, _binomial_steps(np.arange(low, high + 1), step, share))
        for step, low, high in np.unique(
            np.stack([steps, lowest, highest], axis=1), axis=0
        ).tolist()
    }
    inside, first = np.ones(1), 0
    for step, rows in zip(steps.tolist(), up_to.tolist(), strict=True):
        low, of_step = known[step]
        inside = np.convolve(inside, of_step)
        first += low
        reached = first + np.arange(inside.size)

        # Walks that are too far for the first time end here, whatever they do afterwards.
        far = np.abs(size * reached - n * rows) >= farthest
        possible = (reached <= n) & (n - reached <= size - rows)
        ending = far & possible
        if ending.any():
            rest = _binomial_steps(n - reached[ending], size - rows, share)
            beyond += float(inside[ending] @ rest)
        kept = np.flatnonzero(~far & possible)
        if kept.size == 0:
            break
        first, inside = first + int(kept[0]), inside[kept[0] : kept[-1] + 1]
    p_value = min(beyond / float(of_end[0]), 1.0)
    return p_value if p_value > _LEAST else None


def _binomial_steps(taken: IntArray, step: int, share: float) -> FloatArray:
    """Probabilities of so many rows among ``step``."""
    rest = step - taken
    ways = special.gammaln(step + 1.0) - special.gammaln(taken + 1.0) - special.gammaln(rest + 1.0)
    return np.asarray(np.exp(ways + taken * np.log(share) + rest * np.log1p(-share)))

"""Ways to couple marginals: by greedy rules, by majorisation, exactly."""

from collections.abc import Callable, Sequence
from types import MappingProxyType

import numpy as np
from scipy.special import entr

from infotheory._typing import FloatArray, IntArray
from infotheory.coupling._exact_kernel import exact_cells
from infotheory.coupling._greedy_kernel import greedy_cells
from infotheory.coupling._majorization_kernel import majorization_cells
from infotheory.coupling._marginals import RATE_TOLERANCE, Marginal
from infotheory.coupling._zero_kernel import zero_seeking_cells

__all__ = [
    "COUPLERS",
    "EXACT_SUPPORT",
    "better_greedy_coupling",
    "exact_coupling",
    "greedy_coupling",
    "majorization_coupling",
    "zero_seeking_coupling",
]

# Largest support of each marginal that the exact method takes: vertices grow beyond all bounds.
EXACT_SUPPORT = 8

# Symbols of two marginals up to which both greedy rules are tried: seeking zeros looks at all
# masses for every cell, 3 ms here.
_BOTH_RULES = 500

#: Symbols of each cell, one column a marginal, and the masses of the cells.
Cells = tuple[IntArray, FloatArray]


def greedy_coupling(marginals: Sequence[Marginal]) -> Cells:
    """Couple the largest masses left, again and again (Kocaoglu et al. 2017, arXiv:1611.04035)."""
    starts = np.cumsum([0, *(marginal.order.size for marginal in marginals)], dtype=np.intp)
    mass = np.concatenate([marginal.mass for marginal in marginals])
    symbol = np.concatenate([marginal.order for marginal in marginals])
    return greedy_cells(mass, symbol, starts)


def zero_seeking_coupling(marginals: Sequence[Marginal]) -> Cells:
    """Couple the two masses left that are closest, again and again (arXiv:2410.21666, Table 1)."""
    if len(marginals) != 2:
        message = (
            f"method 'zero_seeking' couples two marginals, got {len(marginals)}; use "
            "method='greedy'"
        )
        raise ValueError(message)
    ranks, mass = zero_seeking_cells(marginals[0].mass, marginals[1].mass)
    symbols = [marginal.order[ranks[:, j]] for j, marginal in enumerate(marginals)]
    return np.column_stack(symbols), mass


def better_greedy_coupling(marginals: Sequence[Marginal]) -> Cells:
    """Return the better of the two greedy rules for two marginals that are not too long."""
    largest = greedy_coupling(marginals)
    if len(marginals) != 2 or sum(marginal.order.size for marginal in marginals) > _BOTH_RULES:
        return largest
    closest = zero_seeking_coupling(marginals)
    # rounding decides nothing: of equal couplings the first rule's is taken
    gain = float(entr(largest[1]).sum() - entr(closest[1]).sum())
    return closest if gain > RATE_TOLERANCE else largest


def majorization_coupling(marginals: Sequence[Marginal]) -> Cells:
    """Split the meet of two marginals; more of them are coupled in pairs, then the pairs.

    Cicalese, Gargano and Vaccaro, arXiv:1901.07530.
    """
    groups: list[Cells] = [(marginal.order[:, None], marginal.mass) for marginal in marginals]
    while len(groups) > 1:
        pairs = zip(groups[::2], groups[1::2], strict=False)
        # A group without a partner, which `zip` drops, waits for the next round.
        odd = groups[len(groups) // 2 * 2 :]
        groups = [*(_couple_groups(first, second) for first, second in pairs), *odd]
    return groups[0]


def _couple_groups(first: Cells, second: Cells) -> Cells:
    """Couple two couplings as if their cells were symbols."""
    orders = [np.argsort(-mass, kind="stable") for _, mass in (first, second)]
    ranks, mass = majorization_cells(first[1][orders[0]], second[1][orders[1]])
    parts = [
        group[0][order[ranks[:, j]]]
        for j, (group, order) in enumerate(zip((first, second), orders, strict=True))
    ]
    return np.concatenate(parts, axis=1), mass


def exact_coupling(marginals: Sequence[Marginal]) -> Cells:
    """Search all vertices of the couplings of two marginals, in order of falling cells.

    The largest cell of an optimal coupling uses up one of its two symbols: otherwise moving mass to
    it from a cell in its row and a cell in its column would majorise. The same holds for the rest,
    so the search misses no optimum.
    """
    sizes = [marginal.order.size for marginal in marginals]
    if len(sizes) != 2 or max(sizes) > EXACT_SUPPORT:
        message = (
            f"method 'exact' couples two marginals with at most {EXACT_SUPPORT} positive masses "
            f"each, got {len(sizes)} with {sizes}; use method='greedy', whose gap says how far "
            "from the optimum it can be"
        )
        raise ValueError(message)

    # The greedy coupling is the one to beat.
    start = greedy_coupling(marginals)
    ranks, mass = exact_cells(marginals[0].mass, marginals[1].mass, float(entr(start[1]).sum()))
    # No branch was better than the greedy coupling.
    if mass.size == 0:
        return start

    # Symbols so light that rounding left nothing of them get a cell beside the last one's partner.
    lost = [np.setdiff1d(np.arange(size), ranks[:, j]) for j, size in enumerate(sizes)]
    last = ranks[-1]
    beside = np.concatenate(
        [
            np.column_stack([lost[0], np.full(lost[0].size, last[1])]),
            np.column_stack([np.full(lost[1].size, last[0]), lost[1]]),
        ]
    )
    mass = np.concatenate([mass, marginals[0].mass[lost[0]], marginals[1].mass[lost[1]]])
    ranks = np.concatenate([ranks, beside])

    return np.column_stack(
        [marginal.order[ranks[:, j]] for j, marginal in enumerate(marginals)]
    ), mass


COUPLERS: MappingProxyType[str, Callable[[Sequence[Marginal]], Cells]] = MappingProxyType(
    {
        "greedy": better_greedy_coupling,
        "max_seeking": greedy_coupling,
        "zero_seeking": zero_seeking_coupling,
        "exact": exact_coupling,
        "majorization": majorization_coupling,
    }
)

"""Redundancy as the common change in surprisal (Ince 2017)."""

from collections import Counter
from functools import reduce
from itertools import combinations
from operator import or_

import numpy as np

from infotheory._typing import FloatArray
from infotheory._warnings import warn
from infotheory.decomposition.antichains import Antichains, Node
from infotheory.decomposition.most_entropy import law_of_most_entropy
from infotheory.decomposition.outcomes import Outcomes, Redundancies
from infotheory.exceptions import NotConvergedWarning

__all__ = ["common_change", "common_change_of_groups"]

#: Pairs of a joint value of the sources and a target value: the dual program is dense.
_MOST_PAIRS = 2048
#: Sets that may overlap: every choice of them is a term. A lattice of 4 sources has up to 6.
_MOST_SETS = 8
#: Changes below it are no change: rounding must not decide which sign 0 has.
_NO_CHANGE = 1e-8
#: Margins that are further off could turn the signs of changes that count.
_TOLERATED = 1e-9


def common_change(cells: Outcomes, lattice: Antichains) -> Redundancies:
    """Compute the common change in surprisal at every node."""
    return Redundancies(np.array([_of_node(cells, node) for node in lattice.nodes]))


def common_change_of_groups(table: FloatArray, groups: list[tuple[int, ...]], target: int) -> float:
    """Compute that of groups of variables in nats; one that holds another adds nothing."""
    sets = {sum(1 << axis for axis in group) for group in groups}
    node = tuple(one for one in sets if not any(one & other == other for other in sets - {one}))
    if len(node) > _MOST_SETS:
        message = f"kind='common_change' needs at most {_MOST_SETS} sources, got {len(node)}"
        raise ValueError(message)
    return _of_node(Outcomes.of_table(table, [(axis,) for axis in range(table.ndim)], target), node)


def _of_node(cells: Outcomes, node: Node) -> float:
    """Mean in nats of the change in surprisal of the target that all sets of a node share.

    ``sum q c`` over the outcomes where ``c``, the local co-information of the sets and the target,
    has the sign of the local information of each set and of all together; ``q`` is the law of most
    entropy with the margins of all sets together, and of each with the target.
    """
    together = reduce(or_, node)
    product = _every_pair(cells, together)
    margins = [product.code(together), *(product.code_with_target(one) for one in node)]
    solution = law_of_most_entropy(margins, product.probability)
    if solution.residual > _TOLERATED:
        message = (
            "the law of most entropy was not reached: its margins are off by "
            f"{solution.residual:.1e}; merge rare values"
        )
        warn(message, NotConvergedWarning)

    holds = solution.probability > 0.0
    law = Outcomes(solution.probability[holds], product.sources[holds], product.target[holds])
    information = {one: _local_information(law, one) for one in {*node, *_overlaps(node)}}
    shared = np.zeros(law.n_cells)
    for one, times in _overlaps(node).items():
        shared += times * information[one]

    # Changes of unlike sign have nothing in common, nor has a change with none.
    signs = [_sign(information[one]) for one in (*node, together)]
    agree = np.all([sign == _sign(shared) for sign in signs], axis=0)
    return float(law.probability[agree] @ shared[agree])


def _every_pair(cells: Outcomes, together: int) -> Outcomes:
    """Every joint value of some sources with every target value, also those that do not occur."""
    code, target = cells.code(together), cells.target_code
    n_values, n_targets = int(code.max()) + 1, int(target.max()) + 1
    if n_values * n_targets > _MOST_PAIRS:
        message = (
            f"kind='common_change' needs at most {_MOST_PAIRS} pairs of a joint "
            f"value of the sources and a target value, got {n_values} times {n_targets}; merge "
            "values"
        )
        raise ValueError(message)

    law = np.bincount(code * n_targets + target, cells.probability, n_values * n_targets)
    # Any outcome with a joint value shows what its sources are.
    one_of = np.empty(n_values, dtype=np.intp)
    one_of[code] = np.arange(cells.n_cells)
    sources = np.repeat(cells.sources[one_of], n_targets, axis=0)
    return Outcomes(law.astype(np.float64), sources, np.tile(np.arange(n_targets), n_values))


def _overlaps(node: Node) -> Counter[int]:
    """How often each set counts in the overlap of all sets of a node, by inclusion, exclusion."""
    times: Counter[int] = Counter()
    for size in range(1, len(node) + 1):
        for some in combinations(node, size):
            times[reduce(or_, some)] += (-1) ** (size + 1)
    return times


def _local_information(law: Outcomes, sources: int) -> FloatArray:
    """Information in nats of a set of sources on the target, outcome by outcome."""
    code, pair = law.code(sources), law.code_with_target(sources)
    mass = law.probability
    of_pair, of_code, of_target = (
        np.log(np.bincount(one, mass))[one] for one in (pair, code, law.target_code)
    )
    return np.asarray(of_pair - of_code - of_target)


def _sign(change: FloatArray) -> FloatArray:
    return np.asarray(np.where(np.abs(change) < _NO_CHANGE, 0.0, np.sign(change)))

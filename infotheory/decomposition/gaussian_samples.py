"""Redundancies and atoms of Gaussian sources from samples, with errors."""

from collections.abc import Sequence

import numpy as np

from infotheory._typing import FloatArray
from infotheory.decomposition.antichains import antichains_of
from infotheory.estimation.measurements._gaussian import GaussianCondition, normal_scores

__all__ = ["gaussian_parts"]

#: Errors of a difference beyond which the lesser of two is taken for known.
_REACH = 1.96


def gaussian_parts(
    sources: Sequence[FloatArray], target: FloatArray, method: str
) -> tuple[FloatArray, FloatArray]:
    """Return redundancies and then atoms, and their standard errors, in nats.

    The redundancy of a node is the least information of its sets of sources. Where the two least
    are near each other, the sample may have taken the wrong one: how far the other may lie below
    joins the error in quadrature. So does the second-order variance of the plug-in, which stays
    where there is no information.
    """
    if method == "gaussian_copula":
        sources, target = [normal_scores(one) for one in sources], normal_scores(target)
    lattice = antichains_of(len(sources))
    condition = GaussianCondition(target, None, names=("sources", "target", ""), method=method)
    # Every set of sources is a node by itself.
    sets = [node[0] for node in lattice.named() if len(node) == 1]
    values, changes = np.empty(len(sets)), np.empty((len(target), len(sets)))
    for i, members in enumerate(sets):
        columns = np.hstack([sources[j] for j in members])
        found = condition.information(columns)
        values[i] = found.plugin - found.bias
        changes[:, i] = _changes(columns, target)
    changes -= changes.mean(axis=0)

    # A redundancy is the information of one set, the least, and has its error.
    place = {members: i for i, members in enumerate(sets)}
    nodes = [[place[one] for one in node] for node in lattice.named()]
    redundancy, shortfall = np.empty(len(nodes)), np.zeros(len(nodes))
    least, freedom = np.empty((len(target), len(nodes))), np.empty(len(nodes))
    for i, node in enumerate(nodes):
        first, *others = sorted(node, key=lambda one: float(values[one]))
        redundancy[i], least[:, i] = values[first], changes[:, first]
        union = {j for one in node for j in sets[one]}
        # Correlations of the sources of the node with the target: where they are 0 the plug-in is
        # chi square with so many degrees of freedom, over twice the rows.
        freedom[i] = target.shape[1] * sum(sources[j].shape[1] for j in union)
        if others:
            # The whole error of the difference where the two are equal, nothing where they are 1.96
            # errors apart.
            apart = _error(changes[:, others[0]] - changes[:, first])
            further = float(values[others[0]] - values[first])
            shortfall[i] = max(0.0, float(apart) - further / _REACH)
    # Atoms are sums of redundancies with whole numbers, and so are what rows change of them.
    parts = np.concatenate([redundancy, lattice.atoms(redundancy)])
    bias = np.concatenate([shortfall, lattice.atoms(shortfall)])
    errors = _error(np.hstack([least, lattice.atoms(least.T).T]))
    curved = np.tile(freedom / (2.0 * len(target) ** 2), 2)
    return parts, np.sqrt(errors**2 + bias**2 + np.where(errors + np.abs(bias) > 0.0, curved, 0.0))


def _changes(sources: FloatArray, target: FloatArray) -> FloatArray:
    """Return how the information changes where each row is left out.

    A scatter matrix that loses a row of leverage h has its determinant times ``1 - h n / (n - 1)``.
    """
    n_rows = len(target)

    def log_ratio(columns: FloatArray) -> FloatArray:
        # Rows of an orthonormal basis have the leverages as squared lengths. A row that is alone in
        # some direction has (n - 1) / n, and without it the determinant is 0: the minimum keeps its
        # logarithm.
        basis = np.linalg.qr(columns - columns.mean(axis=0))[0]
        return np.log1p(-np.minimum((basis**2).sum(axis=1) * n_rows / (n_rows - 1.0), 1.0 - 1e-12))

    both = np.hstack([sources, target])
    return np.asarray(0.5 * (log_ratio(sources) + log_ratio(target) - log_ratio(both)))


def _error(changes: FloatArray) -> FloatArray:
    """Return the jackknife's standard error from what leaving out each row changes."""
    n_rows = len(changes)
    return np.asarray(np.sqrt((n_rows - 1.0) * changes.var(axis=0)))

"""Laws of tables of known information, for the studies of size and coverage."""

import numpy as np
from scipy import special, stats


def margin(kind, n_levels):
    """Shares of levels; none of them is a setting of the specification but the uniform ones."""
    k = np.arange(n_levels)
    shares = {
        "uniform": np.ones(n_levels),
        "zipf": 1.0 / (k + 1.0),
        "steep zipf": 1.0 / (k + 1.0) ** 1.5,
        "geometric": 0.75**k,
        "half": np.where(k == 0, n_levels - 1.0, 1.0),
        "rare": np.where(k == 0, 1.0 - 0.01 * (n_levels - 1), 0.01),
    }[kind]
    return shares / shares.sum()


def joint(family, strength, a, b):
    """Joint law with these margins, or nearly (noise and wheel keep those of a only)."""
    if family == "independent":
        return np.outer(a, b)
    if family == "copula":
        edges = [special.ndtri(np.concatenate([[0], np.cumsum(m)[:-1], [1]])) for m in (a, b)]
        ends = [np.clip(edge, -8.5, 8.5) for edge in edges]
        normal = stats.multivariate_normal(cov=[[1.0, strength], [strength, 1.0]])
        cdf = normal.cdf(np.stack(np.meshgrid(*ends, indexing="ij"), axis=-1))
        law = np.maximum(np.diff(np.diff(cdf, axis=0), axis=1), 0.0)
        return law / law.sum()
    if family == "noise":
        # y is a function of x but for a share of the rows, whose y is any label.
        function = np.arange(a.size) % b.size
        law = np.outer(a, np.full(b.size, strength / b.size))
        law[np.arange(a.size), function] += (1.0 - strength) * a
        return law
    if family == "uneven":
        # Every fourth cell is likelier, in no order.
        factor = 1.0 + strength * (np.add.outer(3 * np.arange(a.size), np.arange(b.size)) % 4 == 0)
        law = np.outer(a, b) * factor
        return law / law.sum()
    raise AssertionError(family)


def information(law):
    """Mutual information of a joint law, in nats."""
    independent = np.outer(law.sum(axis=1), law.sum(axis=0))
    return float(special.rel_entr(law, independent).sum())


def rows(table):
    """Labels of x and of y of the rows of a table."""
    x, y = np.indices(table.shape).reshape(2, -1)
    return np.repeat(x, table.ravel()), np.repeat(y, table.ravel())

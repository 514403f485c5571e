"""P-values by permutation."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from scipy import special

from infotheory._codes import CodeArray, Codes, compress, count_codes, joint_codes
from infotheory._random import Rng, as_generator
from infotheory._typing import FloatArray
from infotheory._validation import check_integer

__all__ = ["check_permutations", "permutation_p_value", "shuffled_p_value"]

# Statistics of two permutations that are equal on paper differ by the order of a sum.
_ROUNDING = 1e-12


def check_permutations(n_permutations: Any, weights: FloatArray | None = None) -> None:
    """Raise ValueError unless the number is whole, and 0 where rows have weights."""
    check_integer("n_permutations", n_permutations, low=0, alternative=", 0 for none")

    # A row of weight 3 is not exchangeable with a row of weight 1: the permuted tables would not
    # follow the law of the table under independence.
    if n_permutations and weights is not None:
        message = (
            f"n_permutations must be 0 where rows have weights, got {n_permutations}; weighted "
            "rows do not swap"
        )
        raise ValueError(message)


def permutation_p_value(observed: float, permuted: Iterable[float]) -> float:
    """Share of the values, the observed one among them, that reach the observed one.

    Phipson and Smyth 2010, doi:10.2202/1544-6115.1585: never 0, and of the right size for any
    number of permutations.
    """
    values = np.fromiter(permuted, dtype=np.float64)
    reached = values >= observed - _ROUNDING * max(1.0, abs(observed))
    return float(1 + reached.sum()) / (1 + values.size)


def shuffled_p_value(x: Codes, y: Codes, z: Codes | None, n_permutations: int, rng: Rng) -> float:
    """P-value of the mutual information of x and y, x permuted within the strata of z.

    Permutation keeps the counts of (x, z) and of (y, z), so the information grows with
    ``sum n log n`` over the cells.
    """
    x = compress(x)
    strata = compress(z) if z is not None else Codes(np.zeros(x.n_rows, dtype=np.intp), 1)
    condition = compress(joint_codes(strata, y))
    generator = as_generator(rng)

    # numpy sorts integers of one or two bytes by radix, in one pass over the rows.
    small = strata.index.astype(np.min_scalar_type(strata.n_levels))
    by_stratum = np.argsort(small, kind="stable")

    def shuffled() -> CodeArray:
        # A permutation of all rows, sorted by stratum and stable, is one within each stratum.
        order = generator.permutation(x.n_rows)
        moved = np.empty(x.n_rows, dtype=np.intp)
        moved[by_stratum] = x.index[order[np.argsort(small[order], kind="stable")]]
        return moved

    observed = _sum_of_count_logs(x, condition)
    draws = (
        _sum_of_count_logs(Codes(shuffled(), x.n_levels), condition) for _ in range(n_permutations)
    )
    return permutation_p_value(observed, draws)


def _sum_of_count_logs(x: Codes, condition: Codes) -> float:
    """Sum ``n log n`` over the cells of x and the condition."""
    _, counts = count_codes(joint_codes(condition, x))
    return float(special.xlogy(counts, counts).sum())

"""P-values by permutation."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from scipy import special

from infotheory._codes import CodeArray, Codes, compress, count_codes, joint_codes
from infotheory._typing import ArrayLike
from infotheory._validation import check_integer

_ROUNDING = 1e-12


def check_permutations(n_permutations: Any, weights: ArrayLike | None = None) -> None:
    """Raise ValueError unless the number is whole and not negative, and 0 where rows have weights."""
    check_integer("n_permutations", n_permutations, low=0, alternative=", 0 for none")
    if n_permutations and weights is not None:
        message = (
            f"n_permutations must be 0 where rows have weights, got {n_permutations}; weighted "
            "rows do not swap"
        )
        raise ValueError(message)


def permutation_p_value(observed: float, permuted: Iterable[float]) -> float:
    """Share of the values, the observed one among them, that reach the observed one (up to rounding).

    Phipson and Smyth 2010, doi:10.2202/1544-6115.1585: never 0, and of the right size for any
    number of permutations.
    """
    values = np.fromiter(permuted, dtype=np.float64)
    reached = values >= observed - _ROUNDING * max(1.0, abs(observed))
    return float(1 + reached.sum()) / (1 + values.size)


def shuffled_p_value(x: Codes, y: Codes, z: Codes | None, n_permutations: int, rng: Any) -> float:
    """P-value of the mutual information of x and y, x permuted within the strata of z.

    Permutation keeps the counts of (x, z) and of (y, z), so the information grows with
    ``sum n log n`` over the cells.
    """
    strata = compress(z) if z is not None else Codes(np.zeros(x.n_rows, dtype=np.intp), 1)
    given = compress(joint_codes(strata, y))
    x = compress(x)
    generator = np.random.default_rng(rng)
    small = strata.index.astype(
        np.min_scalar_type(strata.n_levels)
    )  # a short type sorts in one pass
    place = np.argsort(small, kind="stable")

    def permuted() -> CodeArray:
        draw = generator.permutation(x.n_rows)
        shuffled = np.empty(x.n_rows, dtype=np.intp)
        shuffled[place] = x.index[draw[np.argsort(small[draw], kind="stable")]]
        return shuffled

    observed = _concentration(x, given)
    draws = (_concentration(Codes(permuted(), x.n_levels), given) for _ in range(n_permutations))
    return permutation_p_value(observed, draws)


def _concentration(x: Codes, given: Codes) -> float:
    _, counts = count_codes(joint_codes(given, x))
    return float(special.xlogy(counts, counts).sum())

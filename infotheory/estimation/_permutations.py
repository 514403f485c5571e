"""P-values by permutation, and by circular shifts of a series."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from scipy import special

from infotheory._codes import CodeArray, Codes, compress, count_codes, joint_codes
from infotheory._random import Rng, as_generator
from infotheory._typing import FloatArray
from infotheory._validation import check_integer

__all__ = [
    "check_permutations",
    "permutation_p_value",
    "random_shift_p_value",
    "shift_p_value",
    "shuffled_p_value",
]

# Circular shifts behind a p-value of shifts that are evenly spread.
_SHIFTS = 99

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


def shift_p_value(x: Codes, y: Codes, z: Codes) -> float:
    """P-value of the information of x and y given z, of series, by 99 even circular shifts of x.

    Shifts keep the memory of all series, which random tables with the margins do not have; they
    need stationary ones. A gamma law with mean and variance of the shifted statistics.
    """
    statistics = _ShiftedStatistic(x, y, z)
    values = np.array([statistics.at(shift) for shift in _even_shifts(x.n_rows)])
    if values.size < 2:
        return 1.0
    mean, variance = float(values.mean()), float(values.var(ddof=1))

    # Where no shift changes anything there is no law to compare with.
    if variance <= _ROUNDING * max(1.0, mean**2):
        return 1.0
    scale = variance / mean
    return float(special.gammaincc(mean / scale, statistics.at(0) / scale))


def random_shift_p_value(x: Codes, y: Codes, z: Codes, n_shifts: int, rng: Rng) -> float:
    """P-value of the information of x and y given z by random circular shifts of x.

    Raises
    ------
    ValueError
        If the series is too short to shift.
    """
    shortest = _shortest_shift(x.n_rows)
    if x.n_rows < 2 * shortest:
        message = (
            f"surrogates='shift' needs a series of at least 4 steps beyond its past, got {x.n_rows}"
        )
        raise ValueError(message)
    statistics = _ShiftedStatistic(x, y, z)
    generator = as_generator(rng)
    shifts = generator.integers(shortest, x.n_rows - shortest, size=n_shifts, endpoint=True)
    return permutation_p_value(statistics.at(0), map(statistics.at, shifts.tolist()))


def _shortest_shift(n_rows: int) -> int:
    """Least shift: what lies close in time is not independent."""
    return max(2, n_rows // 20)


def _even_shifts(n_rows: int) -> list[int]:
    """Shifts from the least one forwards to the least one backwards."""
    shortest = _shortest_shift(n_rows)
    if n_rows < 2 * shortest:
        return []
    places = np.linspace(shortest, n_rows - shortest, _SHIFTS).astype(int)
    return np.unique(places).tolist()


class _ShiftedStatistic:
    """``2 N I(x; y | z)`` where x is shifted against the other two."""

    def __init__(self, x: Codes, y: Codes, z: Codes) -> None:
        self._x, self._z = compress(x), compress(z)
        self._target = compress(joint_codes(self._z, compress(y)))

        # The counts of z and of (z, y) do not change.
        self._constant = sum(
            sign * special.xlogy(counts, counts).sum()
            for sign, counts in (
                (1.0, count_codes(self._z)[1]),
                (-1.0, count_codes(self._target)[1]),
            )
        )

    def at(self, shift: int) -> float:
        """Statistic after a circular shift by some steps."""
        x = Codes(np.roll(self._x.index, -shift), self._x.n_levels)
        varies = _sum_of_count_logs(x, self._target) - _sum_of_count_logs(x, self._z)
        return 2.0 * (varies + self._constant)


def _sum_of_count_logs(x: Codes, condition: Codes) -> float:
    """Sum ``n log n`` over the cells of x and the condition."""
    _, counts = count_codes(joint_codes(condition, x))
    return float(special.xlogy(counts, counts).sum())

"""P-values by permutation, and by circular shifts of a series."""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from scipy import special

from infotheory._codes import CodeArray, Codes, compress, count_codes, joint_codes
from infotheory._parallel import run_tasks
from infotheory._random import Rng, as_generator
from infotheory._typing import FloatArray
from infotheory._validation import check_integer

__all__ = [
    "FEWEST_SHIFTS",
    "ConditionalStatistic",
    "StrataShuffle",
    "check_permutations",
    "even_shifts",
    "gamma_p_value",
    "least_turn",
    "p_value_of_shifts",
    "permutation_p_value",
    "shift_beyond",
    "shift_p_value",
    "shifts_of_cycles",
    "shuffled_p_value",
    "surrogate_values",
]

#: Shifts of surrogates that differ, of all trials together, below which they are hardly draws.
FEWEST_SHIFTS = 20
# What lies closer in time is not independent.
_CLOSE = 10
# Circular shifts behind a p-value of shifts that are evenly spread.
_SHIFTS = 99
# Golden section, whose multiples fill an interval evenly.
_GOLDEN = 0.6180339887498949

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


def surrogate_values(
    value: Callable[[np.random.Generator], float], n: int, rng: Rng, workers: int
) -> FloatArray:
    """Evaluate surrogates, each with a stream of its own: the same for any number of workers."""
    seeds = as_generator(rng).integers(2**63, size=n).tolist()

    def one(seed: int) -> float:
        return value(np.random.default_rng(seed))

    return np.array(run_tasks(one, [(seed,) for seed in seeds], workers, prefer="threads"))


def shuffled_p_value(x: Codes, y: Codes, z: Codes | None, n_permutations: int, rng: Rng) -> float:
    """P-value of the mutual information of x and y, x permuted within the strata of z.

    Permutation keeps the counts of (x, z) and of (y, z), so the information grows with
    ``sum n log n`` over the cells.
    """
    x = compress(x)
    strata = compress(z) if z is not None else Codes(np.zeros(x.n_rows, dtype=np.intp), 1)
    # y and the strata stay where they are: their cells are numbered once for all draws.
    condition = compress(joint_codes(strata, y))
    generator, shuffle = as_generator(rng), StrataShuffle(strata)

    observed = _sum_of_count_logs(x, condition)
    draws = (
        _sum_of_count_logs(Codes(x.index[shuffle.draw(generator)], x.n_levels), condition)
        for _ in range(n_permutations)
    )
    return permutation_p_value(observed, draws)


class StrataShuffle:
    """Permutations of rows within strata."""

    def __init__(self, strata: Codes) -> None:
        # numpy sorts integers of one or two bytes by radix, in one pass over the rows.
        dense = compress(strata)
        self._strata = dense.index.astype(np.min_scalar_type(dense.n_levels))
        self._by_stratum = np.argsort(self._strata, kind="stable")

    def draw(self, rng: np.random.Generator) -> CodeArray:
        """Return for each row the row that comes in its place."""
        # A permutation of all rows, sorted by stratum and stable, is one within each stratum.
        order = rng.permutation(self._strata.size)
        moved = np.empty(order.size, dtype=np.intp)
        moved[self._by_stratum] = order[np.argsort(self._strata[order], kind="stable")]
        return moved


def shift_p_value(x: Codes, y: Codes, z: Codes, turn: int | None = None) -> float:
    """P-value of the information of x and y given z, of series, by 99 even circular shifts of x.

    Shifts keep the memory of all series, which random tables with the margins do not have; they
    need stationary ones. The law is that of `p_value_of_shifts`. What comes after ``turn`` steps is
    the beginning again.
    """
    x, statistic = compress(x), ConditionalStatistic(y, z)
    shifts = even_shifts(x.n_rows) if turn is None else shifts_of_cycles(turn)
    values = np.array([statistic.of_shifted(x, shift, turn) for shift in shifts])

    return p_value_of_shifts(statistic.of(x), values)


def shift_beyond(past: int) -> int:
    """Return the steps by which a series is moved at least where ``past`` are looked back."""
    return max(_CLOSE, past)


def least_turn(past: int = 0) -> int:
    """Return the steps of whole cycles from which shifts keep them: enough shifts differ there."""
    return 2 * shift_beyond(past) + FEWEST_SHIFTS


def shifts_of_cycles(n_steps: int) -> list[int]:
    """Return shifts as far apart on average as even ones, at all places of a cycle."""
    shortest, number = _shortest_shift(n_steps), np.arange(_SHIFTS - 1)
    if n_steps < 2 * shortest:
        return []
    # Even shifts may be a cycle apart: those by golden sections of what lies between two fill it.
    places = (number + number * _GOLDEN % 1.0) / number.size
    return np.unique((shortest + places * (n_steps - 2 * shortest)).astype(int)).tolist()


def p_value_of_shifts(observed: float, values: FloatArray) -> float:
    """Return the upper tail of the law of statistics of even shifts, which come in their order.

    It is a gamma law with their mean and variance. Series that remember have neighbouring shifts
    that are alike, and few values that are not: the next value has then Student's law, as far off
    in deviations as the gamma law says.
    """
    # One shift has no variance.
    if values.size < 2:
        return 1.0
    upper = gamma_p_value(observed, values)
    n_values = _unlike_values(values)
    if upper >= 1.0 or n_values < 2.0:
        return 1.0
    # A tail that is below all numbers is some 38 deviations off, which of few values may be chance.
    upper = max(upper, float(np.finfo(np.float64).tiny))
    deviations = -float(special.ndtri(upper)) / np.sqrt(1.0 + 1.0 / n_values)
    return float(special.stdtr(n_values - 1.0, -deviations))


def _unlike_values(values: FloatArray) -> float:
    """Return how many independent values have a mean that varies as that of successive ones."""
    centered = values - values.mean()
    variance = float(centered @ centered)
    if variance <= 0.0:
        return float(values.size)
    # Autocovariances up to the first two neighbouring ones that add up to nothing (Geyer 1992).
    total = 0.0
    for lag in range(0, values.size - 1, 2):
        pair = sum(float(centered[one:] @ centered[: values.size - one]) for one in (lag, lag + 1))
        if pair <= 0.0:
            break
        total += pair
    return values.size / max(1.0, 2.0 * total / variance - 1.0)


def gamma_p_value(observed: float, values: FloatArray) -> float:
    """Return the upper tail of a gamma law with the mean and variance of some positive values."""
    mean, variance = float(values.mean()), float(values.var(ddof=1))

    # Where all values are one there is no law to compare with.
    if variance <= _ROUNDING * max(1.0, mean**2):
        return 1.0

    # A gamma law of shape mean / scale and this scale has both moments.
    scale = variance / mean
    return float(special.gammaincc(mean / scale, max(observed, 0.0) / scale))


def _shortest_shift(n_rows: int) -> int:
    """Least shift: what lies close in time is not independent."""
    return max(2, n_rows // 20)


def even_shifts(n_rows: int) -> list[int]:
    """Shifts from the least one forwards to the least one backwards."""
    shortest = _shortest_shift(n_rows)
    if n_rows < 2 * shortest:
        return []

    # A short series has fewer shifts than are wanted: places that round to one count once.
    places = np.linspace(shortest, n_rows - shortest, _SHIFTS).astype(int)
    return np.unique(places).tolist()


class ConditionalStatistic:
    """``2 N I(x; y | z)`` of labels, for many x with the same y and z."""

    def __init__(self, y: Codes, z: Codes) -> None:
        self._z = compress(z)
        self._target = compress(joint_codes(self._z, compress(y)))

        # The counts of z and of (z, y) do not change.
        self._constant = sum(
            sign * special.xlogy(counts, counts).sum()
            for sign, counts in (
                (1.0, count_codes(self._z)[1]),
                (-1.0, count_codes(self._target)[1]),
            )
        )

    def of(self, x: Codes) -> float:
        """Statistic of labels x."""
        varies = _sum_of_count_logs(x, self._target) - _sum_of_count_logs(x, self._z)
        return float(2.0 * (varies + self._constant))

    def of_shifted(self, x: Codes, shift: int, turn: int | None = None) -> float:
        """Statistic of x after a circular shift by some steps, of the first ``turn`` if given."""
        if turn is None:
            return self.of(Codes(np.roll(x.index, -shift), x.n_levels))
        moved = np.take(x.index[:turn], np.arange(shift, shift + x.n_rows), mode="wrap")
        return self.of(Codes(moved, x.n_levels))


def _sum_of_count_logs(x: Codes, condition: Codes) -> float:
    """Sum ``n log n`` over the cells of x and the condition."""
    _, counts = count_codes(joint_codes(condition, x))
    return float(special.xlogy(counts, counts).sum())
